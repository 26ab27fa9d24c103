"""The textbook's figures: each has its book, its line, and comparisons that can fail."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pytest

from dlcli.cli import COMMANDS
from dlcli.engines.decisions.bellman import evaluate
from dlcli.engines.decisions.learning.importance import importance_estimates
from dlcli.engines.decisions.walk import sample_episodes
from dlcli.tensor import Array
from dlcli.worlds import textbook_blackjack
from dlcli.worlds.blackjack import blackjack
from dlcli.worlds.comparison import Check, check
from dlcli.worlds.textbook import ALIASES, CERTAIN, FIGURES
from dlcli.worlds.textbook_blackjack import best_strategy, deuce_errors, estimated_values
from dlcli.worlds.textbook_traces import lambda_return_errors

Few = Callable[[np.random.Generator], Iterator[Check]]


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_knows_its_name_and_a_line_to_try(name: str) -> None:
    figure = FIGURES[name]
    assert figure.name == figure.attrs["source"] == name
    words = shlex.split(figure.line)
    assert words[0] == "dlcli"
    assert words[1] in COMMANDS
    assert words == figure.line.split()


def test_other_names_are_of_figures() -> None:
    assert set(ALIASES.values()) <= set(FIGURES)
    assert not set(ALIASES) & set(FIGURES)


@pytest.mark.parametrize(
    ("ours", "book", "tolerance", "passed"),
    [(1.0, 1.0, 0.0, True), (1.04, 1.0, 0.05, True), (1.06, 1.0, 0.05, False), (np.nan, 1.0, 9.0, False)],
)
def test_a_comparison_holds_within_its_tolerance(
    ours: float, book: float, tolerance: float, passed: bool
) -> None:
    assert check("x", ours, book, tolerance, "").passed is passed


def test_one_number_of_a_grid_is_enough_to_fail() -> None:
    grid = np.zeros((2, 2))
    wrong = grid.copy()
    wrong[1, 1] = 1
    assert Check("grid", grid, grid, 0.1, "").passed
    assert not Check("grid", wrong, grid, 0.1, "").passed


@pytest.mark.parametrize("name", CERTAIN)
def test_what_does_not_depend_on_chance_does_not_depend_on_the_seed(name: str) -> None:
    first, other = (list(FIGURES[name].compute(np.random.default_rng(seed))) for seed in (0, 1))
    for one, two in zip(first, other, strict=True):
        np.testing.assert_array_equal(one.ours, two.ours)


def failed(checks: Iterable[Check]) -> list[str]:
    """The labels of the comparisons that do not hold."""
    return [one.label for one in checks if not one.passed]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "few",
    [
        pytest.param(lambda rng: estimated_values(rng, 100_000), id="fig5.1"),
        pytest.param(lambda rng: best_strategy(rng, 40_000), id="fig5.2"),
        pytest.param(lambda rng: deuce_errors(rng, 60), id="fig5.3"),
        pytest.param(lambda rng: lambda_return_errors(rng, 30), id="fig12.3"),
    ],
)
def test_comparisons_hold_whatever_the_seed(few: Few, seed: int) -> None:
    assert failed(few(np.random.default_rng(10 + seed))) == []


def test_wrong_estimates_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_a_step(returns: Array, ratios: Array) -> tuple[Array, Array]:
        return importance_estimates(returns, ratios / 2)

    monkeypatch.setattr(textbook_blackjack, "importance_estimates", without_a_step)
    found = failed(deuce_errors(np.random.default_rng(0), 60))
    assert "ordinary: squared error, in exact variances" in found


def test_moments_are_those_of_all_returns() -> None:
    moves = blackjack().transitions
    policy = textbook_blackjack.sticking_on(20)
    none, mean = textbook_blackjack.moments(moves, policy, (0, 1))
    inner = ~moves.terminal
    np.testing.assert_allclose(none[inner], 1.0, rtol=1e-12)
    np.testing.assert_allclose(mean, evaluate(moves, policy, 1.0), atol=1e-12)
    seen = sample_episodes(moves, policy, 20_000, [np.random.default_rng(0)])
    counts = np.bincount(seen.state, minlength=moves.n_states) / 20_000
    far = counts - textbook_blackjack.visits(moves, policy)
    assert np.abs(far[inner]).max() < 5 * np.sqrt(0.1 / 20_000)
