"""Ways, circles and where one can stay: against plain closures and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse
from scipy.sparse.csgraph import connected_components

from dlcli.engines.decisions.graph import components, narrow_order, staying, steps_to
from dlcli.engines.decisions.linear_equations import band
from dlcli.engines.decisions.transitions import Transitions
from dlcli.worlds.builtin import builtin


def test_distances_are_those_of_matrix_powers() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        n, m = int(rng.integers(2, 12)), int(rng.integers(1, 20))
        state, next, goal = rng.integers(0, n, m), rng.integers(0, n, m), rng.random(n) < 0.3
        expected, reached = np.where(goal, 0, -1), goal.copy()
        for far in range(1, n + 1):
            new = np.zeros(n, bool)
            new[state[reached[next]]] = True
            expected[new & ~reached] = far
            reached |= new
        assert steps_to(goal, state, next).tolist() == expected.tolist()


@pytest.mark.parametrize("n", [3, 40, 600])
def test_components_are_scipy_s_and_come_last_first(n: int) -> None:
    rng = np.random.default_rng(n)
    for _ in range(20):
        state, next = rng.integers(0, n, (2, n + n // 8))
        of, count = components(state, next, n)
        graph = scipy.sparse.csr_matrix((np.ones(state.size), (state, next)), (n, n))
        expected, theirs = connected_components(graph, connection="strong")[::-1]
        assert count == theirs == len(set(zip(of.tolist(), expected.tolist(), strict=True)))
        assert (of[state] >= of[next]).all()


def test_a_shuffled_row_is_put_in_order_again() -> None:
    place = np.random.default_rng(0).permutation(50)
    state, next = place[:-1], place[1:]
    order = np.argsort(narrow_order(state, next, 50))
    assert sorted(order.tolist()) == list(range(50))
    assert max(band(order[state], order[next])) == 1


def plain_staying(moves: Transitions, actions: np.ndarray, ends: np.ndarray) -> np.ndarray:
    kept = actions.copy()
    for _ in range(moves.n_states + 1):
        there = kept.any(axis=1) | ends
        for state, action, next in zip(moves.state, moves.action, moves.next, strict=True):
            kept[state, action] &= there[next]
    return kept


def test_staying_is_the_largest_set_that_leads_to_itself() -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        n, m = int(rng.integers(2, 9)), int(rng.integers(2, 16))
        pair = rng.integers(0, n * 2, m)
        share = 1 / np.bincount(pair)[pair]
        moves = Transitions.of(
            pair // 2, pair % 2, rng.integers(0, n, m), share, np.zeros(m), n_states=n, n_actions=2
        )
        ends = moves.terminal & (rng.random(n) < 0.5)
        actions = moves.allowed & (rng.random((n, 2)) < 0.8)
        assert staying(moves, actions, ends).tolist() == plain_staying(moves, actions, ends).tolist()
    lake = builtin("frozen-lake")
    assert lake is not None
    assert staying(lake.transitions, lake.transitions.allowed, np.zeros(16, bool))[0].any()
