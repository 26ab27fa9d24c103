"""The gambler's problem: how much of his capital to stake on a coin, to reach 100."""

from __future__ import annotations

import numpy as np

from dlcli.engines.decisions.transitions import Transitions
from dlcli.tensor import Axis
from dlcli.worlds.world import Layout, Numbers, World

GOAL = 100
HEADS = 0.4


def gambler(heads: float = HEADS) -> World:
    """A coin that shows heads with a probability: a stake is won, or lost, until there are 0 or 100.

    In state s one can stake from 1 up to s, and never more than is missing. Reaching 100 pays 1, so that the
    value of a state is the probability of reaching it.

    >>> world = gambler()
    >>> world.states[:3], world.actions[:2], world.transitions.n_actions
    (('0', '1', '2'), ('stake 1', 'stake 2'), 50)

    Source: Sutton and Barto, Reinforcement Learning, 2nd edition, example 4.3; there a stake of 0 is allowed,
    too, which changes nothing.
    """
    pairs = np.array([(s, a) for s in range(1, GOAL) for a in range(1, min(s, GOAL - s) + 1)])
    state, stake = np.repeat(pairs, 2, axis=0).T
    sign = np.tile([1, -1], len(pairs))
    landing = state + sign * stake
    moves = Transitions.of(
        state,
        stake - 1,
        landing,
        np.where(sign > 0, heads, 1 - heads),
        np.where(landing == GOAL, 1.0, 0.0),
        n_states=GOAL + 1,
        n_actions=GOAL // 2,
        start=GOAL // 2,
    )
    stakes = np.arange(1, GOAL // 2 + 1)
    numbers = Numbers(
        Axis("capital"),
        Axis("capital", start=0, step=1),
        tuple(map(str, stakes.tolist())),
        "the least of the best stakes",
        amounts=stakes.astype(np.float64),
    )
    places = np.stack([np.zeros(GOAL + 1, np.intp), np.arange(GOAL + 1)], axis=1)
    return World(
        f"gambler:{heads:g}",
        tuple(map(str, range(GOAL + 1))),
        tuple(f"stake {stake}" for stake in stakes.tolist()),
        moves,
        layout=Layout(places, np.zeros((1, GOAL + 1), bool), "•" * len(stakes), numbers=numbers),
    )
