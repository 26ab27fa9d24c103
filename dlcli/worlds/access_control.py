"""Access to servers: which customers to accept while some servers are free."""

from __future__ import annotations

import math

import numpy as np

from dlcli.engines.decisions.transitions import Transitions
from dlcli.tensor import Axis
from dlcli.worlds.world import Layout, Numbers, World

#: What customers of each priority pay, and the chance that a busy server becomes free in a step.
PAYS, FREED = (1, 2, 4, 8), 0.06
SERVERS = 10

REJECT, ACCEPT = 0, 1


def access_control(servers: int = SERVERS) -> World:
    """A queue of customers who pay 1, 2, 4 or 8, each as likely; a state is who is first and who is free.

    To accept takes a free server and pays; to reject sends the customer away. Then each busy server becomes
    free with a chance of 0.06, and the next customer is first. Without a free server one can only reject. It
    never ends: what counts is the average reward of a step.

    >>> world = access_control(2)
    >>> world.states[:3], world.actions
    (('pays 1 with 0 free', 'pays 1 with 1 free', 'pays 1 with 2 free'), ('reject', 'accept'))

    Source: Sutton and Barto, Reinforcement Learning, 2nd edition, example 10.2.
    """
    rows: list[tuple[int, int, int, float, float]] = []
    place = {(i, free): i * (servers + 1) + free for i in range(len(PAYS)) for free in range(servers + 1)}
    for (i, free), state in place.items():
        for action in (REJECT, ACCEPT) if free else (REJECT,):
            left = free - action
            busy = servers - left
            for done in range(busy + 1):
                chance = math.comb(busy, done) * FREED**done * (1 - FREED) ** (busy - done)
                for j in range(len(PAYS)):
                    there = place[j, left + done]
                    rows.append((state, action, there, chance / len(PAYS), float(action * PAYS[i])))
    start = np.zeros(len(place))
    start[[place[i, servers] for i in range(len(PAYS))]] = 1 / len(PAYS)
    moves = Transitions.of(*zip(*rows, strict=True), n_states=len(place), n_actions=2, start=start)
    numbers = Numbers(
        Axis("pays", tuple(map(str, PAYS))),
        Axis("free servers", start=0, step=1),
        ("·", "A"),
        "A accept, · reject",
    )
    places = np.argwhere(np.ones((len(PAYS), servers + 1), bool))
    return World(
        f"access-control:{servers}",
        tuple(f"pays {PAYS[i]} with {free} free" for i, free in place),
        ("reject", "accept"),
        moves,
        layout=Layout(places, np.zeros((len(PAYS), servers + 1), bool), "·A", numbers=numbers),
    )
