"""Exact values: the book's tables, the Bellman equation itself, SciPy, and worlds that have none."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.linalg

from dlcli.engines.base.checks import EngineError
from dlcli.engines.decisions import solving
from dlcli.engines.decisions.bellman import bellman_terms, evaluate, q_values, unknown_states
from dlcli.engines.decisions.chain import Chain
from dlcli.engines.decisions.policy import greedy_policy, random_policy
from dlcli.engines.decisions.transitions import Transitions
from dlcli.worlds.builtin import builtin, corners, random_walk

#: Sutton and Barto, 2nd edition, figure 3.2: the random policy with gamma 0.9.
FIGURE_3_2 = """
 3.3  8.8  4.4  5.3  1.5
 1.5  3.0  2.3  1.9  0.5
 0.1  0.7  0.7  0.4 -0.4
-1.0 -0.4 -0.4 -0.6 -1.2
-1.9 -1.3 -1.2 -1.4 -2.0
"""

#: Figure 4.1, k = infinity: the random policy, undiscounted.
FIGURE_4_1 = """
  0 -14 -20 -22
-14 -18 -20 -20
-20 -20 -18 -14
-22 -20 -14   0
"""


def book(text: str) -> np.ndarray:
    return np.array(text.split(), float)


def world(word: str) -> Transitions:
    found = builtin(word)
    assert found is not None
    return found.transitions


def drawn(seed: int, n: int = 30, actions: int = 3, ends: int = 2) -> Transitions:
    """A world drawn at random, from every state of which the end can be reached."""
    rng = np.random.default_rng(seed)
    state = np.repeat(np.arange(n - ends), actions * 4)
    action = np.tile(np.repeat(np.arange(actions), 4), n - ends)
    there = rng.integers(0, n, len(state))
    there[::4] = n - 1 - rng.integers(0, ends, len(there[::4]))
    probability = rng.dirichlet(np.ones(4), (n - ends) * actions).ravel()
    return Transitions.of(
        state, action, there, probability, rng.normal(size=len(state)), n_states=n, n_actions=actions
    )


def test_the_random_policy_on_the_book_s_five_by_five_grid() -> None:
    moves = world("gridworld:5x5")
    values = evaluate(moves, random_policy(moves), 0.9)
    assert np.abs(values - book(FIGURE_3_2)).max() <= 0.05


def test_the_random_policy_on_the_book_s_four_by_four_grid() -> None:
    moves = world("gridworld:4x4")
    assert np.abs(evaluate(moves, random_policy(moves), 1.0) - book(FIGURE_4_1)).max() < 1e-12


@pytest.mark.parametrize("n", [1, 5, 19])
def test_a_walk_is_worth_its_distance_from_the_left(n: int) -> None:
    moves = random_walk(n).transitions
    values = evaluate(moves, random_policy(moves), 1.0)
    expected = [float(Fraction(i, n + 1)) for i in range(n + 1)] + [0.0]
    assert np.abs(values - expected).max() < 1e-15 * (n + 1)


def test_the_predictor_is_worth_three_quarters() -> None:
    moves = world("predictor")
    assert evaluate(moves, random_policy(moves), 1.0).tolist() == [0.75, 0.75, 0]


def plain_q(moves: Transitions, values: np.ndarray, gamma: float, s: int, a: int) -> float:
    """Equation 4.6, outcome by outcome."""
    total = 0.0
    for k in range(len(moves.state)):
        if (moves.state[k], moves.action[k]) == (s, a):
            total += moves.probability[k] * (moves.reward[k] + gamma * values[moves.next[k]])
    return total


@pytest.mark.parametrize("seed", range(3))
def test_action_values_are_their_definition(seed: int) -> None:
    moves = drawn(seed)
    values = np.random.default_rng(seed).normal(size=moves.n_states)
    q = q_values(moves, values, 0.8)
    for s in range(moves.n_states):
        for a in range(moves.n_actions):
            if moves.terminal[s]:
                assert np.isnan(q[s, a])
            else:
                assert abs(q[s, a] - plain_q(moves, values, 0.8, s, a)) < 1e-12


@pytest.mark.parametrize("gamma", [0.0, 0.5, 0.99, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_values_satisfy_the_bellman_equation(seed: int, gamma: float) -> None:
    moves = drawn(seed)
    policy = np.random.default_rng(seed).dirichlet(np.ones(3), moves.n_states) * moves.allowed
    values = evaluate(moves, policy, gamma)
    expected = (policy * np.nan_to_num(q_values(moves, values, gamma))).sum(axis=1)
    assert np.abs(values - expected).max() < 1e-12
    assert (values[moves.terminal] == 0).all()


def scipy_values(chain: Chain, gamma: float, unknown: np.ndarray) -> np.ndarray:
    """SciPy's sparse elimination of the same equations."""
    n = chain.n_states
    steps = scipy.sparse.csr_matrix((chain.weight, (chain.state, chain.next)), (n, n))[unknown][:, unknown]
    matrix = scipy.sparse.identity(unknown.size) - gamma * steps
    return scipy.sparse.linalg.spsolve(matrix.tocsc(), chain.reward[unknown])


def cases(side: int = 20, states: int = 400) -> dict[str, tuple[Transitions, np.ndarray, float]]:
    """Worlds in which an agent wanders, runs straight to the end, drifts, or never arrives."""
    wide = corners(side, side).transitions
    straight = greedy_policy(q_values(wide, evaluate(wide, random_policy(wide), 1.0), 1.0))
    large = drawn(7, n=states)
    lake = world("frozen-lake:8x8")
    endless = world("gridworld:5x5")
    corridor = random_walk(states).transitions
    right = np.tile([0.0, 1.0], (states + 2, 1)) * corridor.allowed
    return {
        "corridor": (corridor, right, 1.0),
        "wandering": (wide, random_policy(wide), 1.0),
        "wandering, discounted": (wide, random_policy(wide), 0.99),
        "straight": (wide, straight, 1.0),
        "drawn": (large, random_policy(large), 1.0),
        "lake": (lake, random_policy(lake), 1.0),
        "endless": (endless, random_policy(endless), 0.999),
    }


def largest_error(case: tuple[Transitions, np.ndarray, float]) -> float:
    """How far the values are from SciPy's, of the largest of them."""
    moves, policy, gamma = case
    chain = Chain.of(moves, policy)
    unknown = unknown_states(chain, gamma)
    expected = scipy_values(chain, gamma, unknown)
    return float(np.abs(solving.solve(chain, gamma, unknown) - expected).max() / np.abs(expected).max())


@pytest.mark.parametrize("case", cases())
@pytest.mark.parametrize("cheap", [0, solving.MOST], ids=["products alone", "elimination"])
def test_both_ways_to_solve_agree_with_scipy(cheap: int, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "CHEAP", cheap)
    monkeypatch.setattr(solving, "MOST", cheap)
    assert largest_error(cases()[case]) < 1e-10


@pytest.mark.parametrize("case", ["corridor", "wandering", "wandering, discounted", "straight", "drawn"])
def test_large_worlds_are_solved_as_scipy_solves_them(case: str) -> None:
    assert largest_error(cases(60, 3000)[case]) < 1e-10


def test_wide_worlds_are_solved_without_a_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    moves = corners(80, 80).transitions

    def refuse(*_: object) -> None:
        raise AssertionError("a matrix")

    monkeypatch.setattr(solving, "solve_by_reduction", refuse)
    assert evaluate(moves, random_policy(moves), 0.9).shape == (6400,)
    with pytest.raises(AssertionError):
        evaluate(world("gridworld:4x4"), random_policy(world("gridworld:4x4")), 0.9)


def thomas(n: int) -> np.ndarray:
    """Thomas' algorithm for v_i = (v_{i-1} + v_{i+1}) / 2, i = 1 … n, v_0 = 0, v_{n+1} = 1."""
    ahead, right, found = np.zeros(n), np.zeros(n), np.zeros(n)
    for i in range(n):
        below = 1 - (0.25 * 2 * ahead[i - 1] if i else 0)
        ahead[i] = 0.5 / below
        right[i] = ((0.5 if i == n - 1 else 0) + (0.5 * right[i - 1] if i else 0)) / below
    found[-1] = right[-1]
    for i in range(n - 2, -1, -1):
        found[i] = right[i] + ahead[i] * found[i + 1]
    return found


@pytest.mark.parametrize("shuffled", [False, True])
def test_a_long_walk_has_the_values_of_thomas_algorithm(shuffled: bool) -> None:
    n = 5000
    values = evaluate(*both(random_walk(n).transitions, shuffled), 1.0)
    order = np.random.default_rng(0).permutation(n + 2) if shuffled else np.arange(n + 2)
    assert np.abs(values[order[1:-1]] - thomas(n)).max() < 2e-12
    assert np.abs(values[order[1:-1]] - np.arange(1, n + 1) / (n + 1)).max() < 1e-13


def both(moves: Transitions, shuffled: bool) -> tuple[Transitions, np.ndarray]:
    """The transitions with their states in another order, and the random policy."""
    n = moves.n_states
    order = np.random.default_rng(0).permutation(n) if shuffled else np.arange(n)
    again = Transitions.of(
        order[moves.state], moves.action, order[moves.next], moves.probability, moves.reward,
        n_states=n, n_actions=moves.n_actions,
    )  # fmt: skip
    return again, random_policy(again)


@pytest.mark.parametrize("shuffled", [False, True])
def test_a_long_way_is_solved_one_state_after_the_other(shuffled: bool) -> None:
    n = 70_000
    steps = np.arange(n)
    moves = Transitions.of(steps, 0 * steps, steps + 1, np.ones(n), -np.ones(n), n_states=n + 1, n_actions=1)
    again, policy = both(moves, shuffled)
    order = np.random.default_rng(0).permutation(n + 1) if shuffled else np.arange(n + 1)
    values = evaluate(again, policy, 1.0)
    assert values[order].tolist() == [float(k - n) for k in range(n)] + [0.0]


def test_where_products_alone_do_not_arrive_elimination_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "LAST", 0)
    moves = corners(80, 80).transitions
    values = evaluate(moves, random_policy(moves), 1.0)
    monkeypatch.setattr(solving, "MOST", 0)
    told = "the values of 6398 states do not come out: their Bellman equations are off by inf of the largest"
    with pytest.raises(EngineError, match=f"^{told}; try a smaller gamma$"):
        evaluate(moves, random_policy(moves), 1.0)
    monkeypatch.undo()
    assert np.abs(values - evaluate(moves, random_policy(moves), 1.0)).max() < 1e-9 * np.abs(values).max()


def test_a_way_out_of_one_in_a_trillion_is_not_lost_in_rounding() -> None:
    """A loop of two states, left once in 10¹⁷ rounds: what is left over of 1 would be nothing."""
    moves = Transitions.of(
        [0, 1, 1], [0, 0, 0], [1, 0, 2], [1.0, 1.0, 1e-17], [1, 0, 0], n_states=3, n_actions=1
    )
    values = evaluate(moves, np.array([[1.0], [1.0], [0.0]]), 1.0)
    assert values[:2].tolist() == pytest.approx([1e17, 1e17], rel=1e-14)


def test_probabilities_that_add_up_to_more_than_their_way_out_are_said() -> None:
    moves = Transitions.of([0, 0], [0, 0], [0, 1], [1.0, 5e-10], [1, 0], n_states=2, n_actions=1)
    told = (
        "the values of 1 states do not come out: some leave their loop so rarely that it is lost in rounding"
    )
    with pytest.raises(EngineError, match=f"^{told}; try a smaller gamma$"):
        evaluate(moves, np.array([[1.0], [0.0]]), 1.0)


def test_loops_that_pay_nothing_are_worth_nothing() -> None:
    """0 → 1 → 1 → …: the last step is free."""
    moves = Transitions.of([0, 1], [0, 0], [1, 1], [1, 1], [5, 0], n_states=2, n_actions=1)
    assert evaluate(moves, np.ones((2, 1)), 1.0).tolist() == [5, 0]


def test_a_loop_that_pays_has_a_value_only_when_discounted() -> None:
    moves = Transitions.of([0, 1], [0, 0], [1, 1], [1, 1], [5, -1], n_states=2, n_actions=1)
    assert evaluate(moves, np.ones((2, 1)), 0.5).tolist() == [4, -2]
    told = "from state start rewards come for ever and with gamma 1 have no sum; try gamma 0.9"
    with pytest.raises(EngineError, match=f"^{re.escape(told)}$"):
        evaluate(moves, np.ones((2, 1)), 1.0, states=("start", "loop"))


def test_one_policy_ends_where_another_does_not() -> None:
    """In state 0 action 0 stays for −1, action 1 leaves."""
    moves = Transitions.of([0, 0], [0, 1], [0, 1], [1, 1], [-1, 0], n_states=2, n_actions=2)
    assert evaluate(moves, np.array([[0.75, 0.25], [0, 0]]), 1.0).round(12).tolist() == [-3, 0]
    with pytest.raises(EngineError, match="rewards come for ever"):
        evaluate(moves, np.array([[1.0, 0.0], [0, 0]]), 1.0)


@pytest.mark.parametrize("gamma", [-0.1, 1.1, float("nan"), float("inf")])
def test_a_discount_is_from_0_to_1(gamma: float) -> None:
    with pytest.raises(EngineError, match=f"^gamma expects a number from 0 to 1; received {gamma:g}$"):
        evaluate(world("cliff"), random_policy(world("cliff")), gamma)


def test_a_policy_of_another_world_is_refused() -> None:
    with pytest.raises(EngineError, match="a policy of this world is"):
        evaluate(world("cliff"), random_policy(world("windy")), 1.0)


def test_the_terms_of_a_state_add_up_to_its_value() -> None:
    moves = world("frozen-lake")
    policy = random_policy(moves)
    values = evaluate(moves, policy, 0.9)
    for state in np.flatnonzero(~moves.terminal):
        terms = bellman_terms(moves, policy, values, 0.9, int(state))
        assert abs(terms.product.sum() - values[state]) < 1e-14
        assert terms.value.tolist() == values[terms.next].tolist()
    straight = policy * 0
    straight[:, 1] = moves.allowed[:, 1]
    assert set(bellman_terms(moves, straight, values, 0.9, 0).action) == {1}
    assert bellman_terms(moves, policy, values, 0.9, 5).product.size == 0
