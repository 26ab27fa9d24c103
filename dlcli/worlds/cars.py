"""Jack's car rental: how many cars to move over night between two places that rent them out."""

from __future__ import annotations

import math

import numpy as np

from dlcli.engines.decisions.transitions import Transitions
from dlcli.tensor import Array, Axis
from dlcli.words.number import number
from dlcli.worlds.world import Layout, Numbers, World

#: Cars that a place has room for, and that can be moved in a night.
ROOM, MOVED = 20, 5

#: What a rented car earns, and what moving one costs.
RENT, COST = 10.0, 2.0

#: Cars that are asked for and brought back in a day, on average, at the first place and at the second.
ASKED, RETURNED = (3.0, 4.0), (3.0, 2.0)


def poisson(mean: float, most: int) -> Array:
    """The chances of 0, 1, … and of ``most`` or more (most + 1,) of a Poisson distribution.

    >>> poisson(3.0, 2).round(4)
    array([0.0498, 0.1494, 0.8009])
    """
    chances = [math.exp(-mean)]
    for n in range(1, most):
        chances.append(chances[-1] * mean / n)
    return np.array([*chances[:most], 1.0 - math.fsum(chances[:most])])


def day(room: int, asked: float, returned: float) -> tuple[Array, Array]:
    """A day at one place: the chance of each number of cars at its end, and the rent that it then has earned.

    Both are (cars in the morning, cars in the evening); the rent is what is expected where both are known. A
    car that is brought back can be rented out the day after.

    >>> chance, rent = day(1, 1.0, 1.0)
    >>> chance.sum(axis=1).round(12), float(rent[1, 0].round(9))
    (array([1., 1.]), 10.0)
    """
    chance, paid = np.zeros((room + 1, room + 1)), np.zeros((room + 1, room + 1))
    for morning in range(room + 1):
        for rented, likely in enumerate(poisson(asked, morning)):
            left = morning - rented
            for back, joined in enumerate(poisson(returned, room - left)):
                chance[morning, left + back] += likely * joined
                paid[morning, left + back] += likely * joined * RENT * rented
    return chance, paid / chance


def cars(room: int = ROOM) -> World:
    """The rental of so many cars at most at each place: a state for both numbers, an action for a move.

    ``move 2`` takes two cars from the first place to the second, ``move -2`` the other way; cars for which a
    place has no room are given back. An outcome pays the rent that is expected where it is known how many
    cars are there in the evening.

    >>> world = cars(2)
    >>> world.states[:3], world.actions
    (('0,0', '0,1', '0,2'), ('move -2', 'move -1', 'move 0', 'move 1', 'move 2'))

    Source: Sutton and Barto, Reinforcement Learning, 2nd edition, example 4.2.
    """
    (first, rent1), (second, rent2) = (
        day(room, asked, back) for asked, back in zip(ASKED, RETURNED, strict=True)
    )
    moved = min(MOVED, room)
    size = room + 1
    joint = np.multiply.outer(first, second).transpose(0, 2, 1, 3).reshape(size, size, -1)
    rents = np.add.outer(rent1, rent2).transpose(0, 2, 1, 3).reshape(size, size, -1)
    pairs = [
        (one, two, move)
        for one in range(size)
        for two in range(size)
        for move in range(-min(moved, two), min(moved, one) + 1)
    ]
    state = np.array([one * size + two for one, two, _ in pairs])
    action = np.array([move + moved for *_, move in pairs])
    morning = np.array([(min(one - move, room), min(two + move, room)) for one, two, move in pairs])
    cost = COST * np.abs(action - moved)
    moves = Transitions.of(
        np.repeat(state, size * size),
        np.repeat(action, size * size),
        np.tile(np.arange(size * size), len(pairs)),
        joint[morning[:, 0], morning[:, 1]].ravel(),
        (rents[morning[:, 0], morning[:, 1]] - cost[:, None]).ravel(),
        n_states=size * size,
        n_actions=2 * moved + 1,
        start=np.full(size * size, 1 / (size * size)),
    )
    amounts = np.arange(-moved, moved + 1)
    numbers = Numbers(
        Axis("first place", start=0, step=1),
        Axis("second place", start=0, step=1),
        tuple(map(number, amounts.tolist())),
        "cars moved from the first place to the second; below 0 the other way",
        amounts=amounts.astype(np.float64),
    )
    places = np.argwhere(np.ones((size, size), bool))
    return World(
        f"cars:{room}",
        tuple(f"{one},{two}" for one, two in places.tolist()),
        tuple(f"move {amount}" for amount in amounts.tolist()),
        moves,
        0.9,
        Layout(places, np.zeros((size, size), bool), "•" * len(amounts), numbers=numbers),
    )
