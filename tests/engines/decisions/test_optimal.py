"""The optimum: the book's tables, policy iteration against value iteration, and worlds without one."""

from __future__ import annotations

import re
from itertools import product

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.decisions.bellman import evaluate
from dlcli.engines.decisions.optimal import policy_iteration, value_iteration
from dlcli.engines.decisions.policy import best_actions, proper_actions
from dlcli.engines.decisions.transitions import Transitions
from dlcli.worlds.builtin import builtin
from dlcli.worlds.toml_grid import read_grid

#: Sutton and Barto, 2nd edition, figure 3.5: the optimal values with gamma 0.9, and all optimal actions.
FIGURE_3_5 = """
22.0 24.4 22.0 19.4 17.5
19.8 22.0 19.8 17.8 16.0
17.8 19.8 17.8 16.0 14.4
16.0 17.8 16.0 14.4 13.0
14.4 16.0 14.4 13.0 11.7
"""
ARROWS = """
→    ↑→↓←  ←   ↑→↓←  ←
↑→   ↑     ↑←  ←     ←
↑→   ↑     ↑←  ↑←    ↑←
↑→   ↑     ↑←  ↑←    ↑←
↑→   ↑     ↑←  ↑←    ↑←
"""


def world(word: str) -> Transitions:
    found = builtin(word)
    assert found is not None
    return found.transitions


def test_values_and_actions_of_the_book_s_five_by_five_grid() -> None:
    best = policy_iteration(world("gridworld:5x5"), 0.9)
    assert np.abs(best.values - np.array(FIGURE_3_5.split(), float)).max() <= 0.05
    signs = ["".join(sign for sign, there in zip("↑→↓←", row, strict=True) if there) for row in best.policy]
    assert signs == ARROWS.split()


@pytest.mark.parametrize("gamma", [0.0, 0.9, 0.99, 1.0])
@pytest.mark.parametrize(
    "word",
    ["gridworld:4x4", "cliff", "windy", "frozen-lake", "frozen-lake:8x8", "random-walk:19"],
)
@pytest.mark.parametrize("in_place", [False, True])
def test_policy_iteration_and_value_iteration_agree(word: str, gamma: float, in_place: bool) -> None:
    moves = world(word)
    best = policy_iteration(moves, gamma)
    values, count = value_iteration(moves, gamma, tolerance=1e-14, in_place=in_place)
    assert np.abs(best.values - values).max() < 1e-10
    assert np.abs(evaluate(moves, best.policy, gamma) - best.values).max() < 1e-10
    assert best.rounds < 20 < count + 20


@pytest.mark.parametrize("gamma", [0.9, 0.99])
def test_they_agree_on_large_worlds_drawn_at_random(gamma: float) -> None:
    rng = np.random.default_rng(3)
    n, actions, width = 1200, 4, 5
    pair = np.repeat(np.arange(n * actions), width)
    moves = Transitions.of(
        pair // actions, pair % actions, rng.integers(0, n, len(pair)),
        rng.dirichlet(np.ones(width), n * actions).ravel(), rng.normal(size=len(pair)),
        n_states=n, n_actions=actions,
    )  # fmt: skip
    values, _ = value_iteration(moves, gamma, tolerance=1e-15)
    assert np.abs(policy_iteration(moves, gamma).values - values).max() < 1e-10 * np.abs(values).max()


def test_they_agree_on_a_grid_of_many_states() -> None:
    moves = world("gridworld:40x40")
    assert np.abs(policy_iteration(moves, 1.0).values - value_iteration(moves, 1.0)[0]).max() < 1e-12


def test_known_optima() -> None:
    start = {"cliff": 36, "windy": 30, "frozen-lake": 0}
    found = {word: policy_iteration(world(word), 1.0).values[s] for word, s in start.items()}
    assert found == pytest.approx({"cliff": -13, "windy": -15, "frozen-lake": 14 / 17}, abs=1e-12)


def test_no_policy_is_better() -> None:
    moves = world("frozen-lake")
    best = policy_iteration(moves, 0.95).values
    rng = np.random.default_rng(0)
    for _ in range(50):
        policy = rng.dirichlet(np.ones(4) / 4, 16) * moves.allowed
        assert (evaluate(moves, policy, 0.95) <= best + 1e-12).all()


def test_walking_in_a_circle_is_not_taken_for_arriving() -> None:
    """Undiscounted and free of charge, every cell is worth 1 and every move as good as any other."""
    world_ = read_grid('grid = """\nS...\n...G\n"""\n[legend]\nG = {reward = 1, end = true}')
    moves = world_.transitions
    best = policy_iteration(moves, 1.0)
    assert np.abs(best.values[~moves.terminal] - 1).max() < 1e-14
    assert best_actions(best.q)[~moves.terminal].sum() == 28
    assert np.abs(evaluate(moves, best.policy, 1.0) - best.values).max() < 1e-12


UNDISCOUNTED = ("frozen-lake", "frozen-lake:8x8", "random-walk:19", "cliff", "windy", "gridworld:6x6")


@pytest.mark.parametrize("word", UNDISCOUNTED)
def test_whoever_takes_any_marked_action_earns_the_value(word: str) -> None:
    moves = world(word)
    best = policy_iteration(moves, 1.0)
    marked = proper_actions(moves, best.q, 1.0)
    assert ((best.policy > 0) == marked).all()
    rng = np.random.default_rng(0)
    choices = [marked.argmax(axis=1), moves.n_actions - 1 - marked[:, ::-1].argmax(axis=1)]
    choices += [np.where(marked, rng.random(marked.shape), -1).argmax(axis=1) for _ in range(20)]
    for chosen in choices:
        policy = np.eye(moves.n_actions)[chosen] * moves.allowed
        assert np.abs(evaluate(moves, policy, 1.0) - best.values).max() < 1e-10


def test_the_first_of_all_equal_actions_would_earn_nothing() -> None:
    """In the corner of the lake up keeps the wall at one's back, and is worth as much as any other move."""
    moves = world("frozen-lake")
    best = policy_iteration(moves, 1.0)
    first = np.eye(4)[best_actions(best.q).argmax(axis=1)] * moves.allowed
    assert (moves.start @ best.values, moves.start @ evaluate(moves, first, 1.0)) == pytest.approx(
        (14 / 17, 0)
    )


@pytest.mark.parametrize("seed", range(30))
def test_marked_actions_keep_their_promise_in_small_worlds_full_of_ties(seed: int) -> None:
    """Every choice of marked actions is tried; rewards of −1, 0 and 1 make circles, places to stay and ties."""
    rng = np.random.default_rng(seed)
    state, action = np.repeat(np.arange(4), 4), np.tile([0, 0, 1, 1], 4)
    paid = rng.choice([-1, 0, 0, 0, 1], 16)
    moves = Transitions.of(
        state, action, rng.integers(0, 6, 16), np.full(16, 0.5), paid, n_states=6, n_actions=2
    )
    try:
        best = policy_iteration(moves, 1.0)
    except EngineError:
        return  # a loop that earns, or costs, for ever
    marked = proper_actions(moves, best.q, 1.0)
    assert (marked <= best_actions(best.q)).all()
    for chosen in product(*(np.flatnonzero(row) for row in marked[:4])):
        policy = np.zeros((6, 2))
        policy[np.arange(4), chosen] = 1
        assert np.abs(evaluate(moves, policy, 1.0) - best.values).max() < 1e-9


def test_an_equal_action_that_cannot_lead_round_for_ever_is_marked_though_it_comes_no_nearer() -> None:
    """From 0 straight to the end for −2, or over 1 for −1 each; nothing can be walked for ever."""
    moves = Transitions.of([0, 0, 1], [0, 1, 0], [2, 1, 2], [1] * 3, [-2, -1, -1], n_states=3, n_actions=2)
    assert policy_iteration(moves, 1.0).policy[0].tolist() == [0.5, 0.5]


def test_staying_for_nothing_beats_leaving_for_a_price() -> None:
    """In state 0 one may stay for 0 or leave for −1; state 2 pays −5 to get there, from where one leaves for 9."""
    price = Transitions.of([0, 0], [0, 1], [0, 1], [1, 1], [0, -1], n_states=2, n_actions=2)
    best = policy_iteration(price, 1.0)
    assert best.values.tolist() == [0, 0]
    assert best.policy[0].tolist() == [1, 0]
    worth = Transitions.of([0, 0, 2], [0, 1, 0], [0, 2, 1], [1, 1, 1], [0, -5, 9], n_states=3, n_actions=2)
    assert policy_iteration(worth, 1.0).values.tolist() == [4, 0, 9]


def test_going_round_for_nothing_in_all_is_no_optimal_policy() -> None:
    """In state 0 one stays for 0, or earns 1 on a way from which one pays 1 to come back: a sum without a value."""
    moves = Transitions.of([0, 0, 1], [0, 1, 0], [0, 1, 0], [1, 1, 1], [0, 1, -1], n_states=2, n_actions=2)
    best = policy_iteration(moves, 1.0)
    assert best.values.tolist() == [0, -1]
    assert best_actions(best.q)[0].tolist() == [True, True]
    assert best.policy.tolist() == [[1, 0], [1, 0]]
    assert evaluate(moves, best.policy, 1.0).tolist() == [0, -1]


def test_a_loop_that_earns_has_no_optimum() -> None:
    """Leaving pays 10 at once; the loop through state 1 pays 1 on every turn."""
    moves = Transitions.of(
        [0, 0, 1, 1], [0, 1, 0, 1], [2, 1, 0, 2], [1, 1, 1, 1], [10, 0, 1, 0], n_states=3, n_actions=2
    )
    told = "from state home a loop earns more on every turn, and with gamma 1 without end; try gamma 0.9"
    with pytest.raises(EngineError, match=f"^{re.escape(told)}$"):
        policy_iteration(moves, 1.0, states=("home", "loop", "out"))
    assert policy_iteration(moves, 0.9).values.round(12).tolist() == [10, 10, 0]


def test_jumping_again_and_again_has_no_optimum_undiscounted() -> None:
    told = "from state 0,0 a loop earns more on every turn, and with gamma 1 without end; try gamma 0.9"
    grid = builtin("gridworld:5x5")
    assert grid is not None
    with pytest.raises(EngineError, match=f"^{re.escape(told)}$"):
        policy_iteration(grid.transitions, 1.0, states=grid.states)


def test_a_price_that_is_paid_for_ever_has_no_optimum_undiscounted() -> None:
    moves = Transitions.of([0], [0], [0], [1], [-1], n_states=1, n_actions=1)
    with pytest.raises(EngineError, match="from state 0 rewards come for ever and with gamma 1 have no sum"):
        policy_iteration(moves, 1.0)


def test_value_iteration_that_does_not_come_to_rest_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlcli.engines.decisions.optimal.SWEEPS", 50)
    with pytest.raises(EngineError, match="the values still change after 50 sweeps of value iteration"):
        value_iteration(world("gridworld:5x5"), 1.0)
