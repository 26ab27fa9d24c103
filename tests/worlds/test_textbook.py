"""The textbook's figures: each has its book, its line, and comparisons that can fail."""

from __future__ import annotations

import shlex

import numpy as np
import pytest

from dlcli.cli import COMMANDS
from dlcli.worlds.textbook import ALIASES, CERTAIN, FIGURES, Check, check


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


@pytest.mark.parametrize("name", ["fig4.2", "fig4.3", "fig5.2", "fig5.3", "fig12.3"])
def test_every_number_of_a_quick_figure_is_near_the_printed_one(name: str) -> None:
    failed = [one.label for one in FIGURES[name].compute(np.random.default_rng(7)) if not one.passed]
    assert failed == []
