"""Chains: what is reached, what pays, what never ends."""

from __future__ import annotations

import numpy as np

from dlcli.engines.decisions.chain import Chain
from dlcli.engines.decisions.policy import random_policy
from dlcli.engines.decisions.transitions import Transitions
from dlcli.worlds.builtin import random_walk


def chain(*steps: tuple[int, int, float], n: int) -> Chain:
    """One action; its outcomes from a state are alike likely."""
    state = [s for s, _, _ in steps]
    share = [1 / state.count(s) for s in state]
    moves = Transitions.of(
        state,
        [0] * len(steps),
        [t for _, t, _ in steps],
        share,
        [r for _, _, r in steps],
        n_states=n,
        n_actions=1,
    )
    return Chain.of(moves, random_policy(moves))


def test_what_reaches_a_goal_is_found_backwards() -> None:
    """0 → 1 → 2 → 1, 3 → 4."""
    one = chain((0, 1, 0), (1, 2, 0), (2, 1, 0), (3, 4, 0), n=5)
    assert one.reaching(np.array([False, False, True, False, False])).tolist() == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert one.reaching(np.array([True, False, False, False, False])).tolist() == [
        True,
        False,
        False,
        False,
        False,
    ]
    assert not one.reaching(np.zeros(5, bool)).any()


def plain_reaching(one: Chain, goal: np.ndarray) -> np.ndarray:
    found = goal.copy()
    for _ in range(one.n_states):
        for s, t in zip(one.state, one.next, strict=True):
            found[s] |= found[t]
    return found


def test_reaching_is_the_closure_of_single_steps() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        n = int(rng.integers(2, 12))
        m = int(rng.integers(1, 14))
        one = chain(
            *zip(rng.integers(0, n, m).tolist(), rng.integers(0, n, m).tolist(), [0.0] * m, strict=True), n=n
        )
        goal = rng.random(n) < 0.3
        assert one.reaching(goal).tolist() == plain_reaching(one, goal).tolist()


def test_silence_and_endlessness() -> None:
    """0 pays and goes to 1, which stays for nothing; 2 and 3 pay each other +1 and −1; 4 may go to 0 or 2."""
    one = chain((0, 1, 5), (1, 1, 0), (2, 3, 1), (3, 2, -1), (4, 0, 0), (4, 2, 0), n=6)
    assert one.silent().tolist() == [False, True, False, False, False, True]
    assert one.endless().tolist() == [False, False, True, True, False, False]


def test_expected_values_and_rewards() -> None:
    moves = random_walk(2).transitions
    one = Chain.of(moves, random_policy(moves))
    assert one.reward.tolist() == [0, 0, 0.5, 0]
    assert one.expected(np.array([1.0, 2.0, 4.0, 8.0])).tolist() == [0, 2.5, 5, 0]
