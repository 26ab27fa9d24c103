"""Sweeps: the book's k = 0, 1, 2, 3, 10, both orders, and where they lead."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from dlcli.engines.decisions.bellman import evaluate, q_values
from dlcli.engines.decisions.policy import random_policy
from dlcli.engines.decisions.sweeps import optimal_sweeps, sweeps
from dlcli.engines.decisions.transitions import Transitions
from dlcli.worlds.builtin import builtin

#: Sutton and Barto, figure 4.1: the upper half of the grid (the lower is the same upside down), by k.
#: The book cuts −1.75 to −1.7 where rounding would give −1.8.
FIGURE_4_1 = {
    0: [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    1: [0.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0],
    2: [0.0, -1.7, -2.0, -2.0, -1.7, -2.0, -2.0, -2.0],
    3: [0.0, -2.4, -2.9, -3.0, -2.4, -2.9, -3.0, -2.9],
    10: [0.0, -6.1, -8.4, -9.0, -6.1, -7.7, -8.4, -8.4],
}


def world(word: str) -> Transitions:
    found = builtin(word)
    assert found is not None
    return found.transitions


@pytest.mark.parametrize("k", FIGURE_4_1)
def test_synchronous_sweeps_are_the_book_s(k: int) -> None:
    moves = world("gridworld:4x4")
    values = next(islice(sweeps(moves, random_policy(moves), 1.0), k, None))
    assert np.abs(values[:8] - FIGURE_4_1[k]).max() <= 0.0501
    assert np.abs(values - values[::-1]).max() < 1e-12


def plain_sweep(
    moves: Transitions, policy: np.ndarray, values: np.ndarray, gamma: float, in_place: bool
) -> np.ndarray:
    """The loop of the book: state by state, the old array kept or not."""
    source = values.copy()
    result = source if in_place else values.copy()
    for s in range(moves.n_states):
        total = 0.0
        for k in range(len(moves.state)):
            if moves.state[k] == s:
                step = moves.probability[k] * (moves.reward[k] + gamma * source[moves.next[k]])
                total += policy[s, moves.action[k]] * step
        result[s] = total
    return result


@pytest.mark.parametrize("in_place", [False, True])
@pytest.mark.parametrize("word", ["gridworld:4x4", "frozen-lake", "random-walk"])
def test_a_sweep_is_the_loop_of_the_book(word: str, in_place: bool) -> None:
    moves = world(word)
    policy = random_policy(moves)
    expected = np.zeros(moves.n_states)
    for values in islice(sweeps(moves, policy, 0.9, in_place=in_place), 4):
        assert np.abs(values - expected).max() < 1e-14
        expected = plain_sweep(moves, policy, expected, 0.9, in_place)


@pytest.mark.parametrize("in_place", [False, True])
def test_a_sweep_of_value_iteration_takes_the_best_action(in_place: bool) -> None:
    moves = world("frozen-lake")
    expected = np.zeros(16)
    for values in islice(optimal_sweeps(moves, 0.9, in_place=in_place), 6):
        assert np.abs(values - expected).max() < 1e-15
        old = expected.copy()
        for s in np.flatnonzero(~moves.terminal):
            expected[s] = q_values(moves, expected if in_place else old, 0.9)[s].max()


@pytest.mark.parametrize("in_place", [False, True])
def test_sweeps_come_to_the_exact_values(in_place: bool) -> None:
    moves = world("frozen-lake:8x8")
    policy = random_policy(moves)
    exact = evaluate(moves, policy, 0.95)
    found = next(islice(sweeps(moves, policy, 0.95, in_place=in_place), 700, None))
    assert np.abs(found - exact).max() < 1e-13


def test_in_place_is_quicker() -> None:
    moves = world("gridworld:4x4")
    exact = evaluate(moves, random_policy(moves), 1.0)
    left = [
        np.abs(next(islice(sweeps(moves, random_policy(moves), 1.0, in_place=way), 30, None)) - exact).max()
        for way in (False, True)
    ]
    assert left[1] < left[0] / 2


def test_a_sweep_leaves_the_one_before_as_it_was() -> None:
    moves = world("cliff")
    before, after = islice(sweeps(moves, random_policy(moves), 1.0, in_place=True), 2)
    assert not before.any()
    assert after.any()
