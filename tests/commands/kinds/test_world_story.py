"""Worlds on the screen: facts, drawings and lists."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from dlcli.commands.kinds.decisions.world_story import drawing, facts, listing, outcomes
from dlcli.engines.decisions.bellman import evaluate, q_values
from dlcli.engines.decisions.policy import best_actions, random_policy
from dlcli.worlds.builtin import builtin
from dlcli.worlds.table import read_table
from dlcli.worlds.world import World


def world(word: str) -> World:
    found = builtin(word)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("random-walk", "7 states (2 ends, start C), 2 actions, 10 outcomes"),
        ("gridworld:4x4", "16 states (2 ends, starts anywhere), 4 actions, 56 outcomes"),
        ("gridworld:5x5", "25 states (no end, starts anywhere), 4 actions, 100 outcomes"),
        ("predictor", "3 states (1 end, starts anywhere), 1 action, 3 outcomes"),
        ("cliff", "38 states (1 end, start 3,0), 4 actions, 148 outcomes"),
    ],
)
def test_facts(word: str, told: str) -> None:
    assert facts(world(word)) == told


def test_small_worlds_show_all_outcomes_and_large_ones_those_of_the_start(draw: Callable[..., str]) -> None:
    title, tree = outcomes(world("random-walk"), 4)
    assert title is None
    assert len(draw(tree).splitlines()) == 11
    title, tree = outcomes(world("cliff"), 4)
    assert title is not None
    assert title.plain == "from 3,0; 144 more: --emit transitions"
    assert draw(tree).splitlines()[2].split() == ["├", "right", "─", "1", "−100", "→", "3,0"]


def test_a_grid_shows_values_marks_walls_and_arrows(draw: Callable[..., str]) -> None:
    lake = world("frozen-lake")
    values = evaluate(lake.transitions, random_policy(lake.transitions), 1.0)
    shown = drawing(lake, values, best_actions(q_values(lake.transitions, values, 1.0)), 4)
    assert shown is not None
    lines = draw(shown).splitlines()
    assert lines[1].split("│")[1].strip().startswith("S")
    assert "G" in lines[10]
    assert lines[4].count("H") == 2
    assert lines[-1] == "G goal: 1   H hole   S start"
    assert lines[2].split("│")[1].strip() == "0.0139"


def test_a_value_of_zero_at_an_end_is_not_written(draw: Callable[..., str]) -> None:
    walk = world("random-walk:1")
    shown = drawing(walk, np.array([0.0, 0.5, 0.0]), None, 4)
    assert shown is not None
    assert draw(shown).splitlines()[2] == "│     │ 0.5 │     │"


def test_without_room_for_values_a_chart_stands_below(draw: Callable[..., str]) -> None:
    walk = world("random-walk:19")
    row = drawing(walk, np.linspace(0, 1, 21), None, 4)
    assert row is not None
    lines = draw(row).splitlines()
    assert "(too narrow for the values)" in lines
    assert lines[lines.index("(too narrow for the values)") + 2] == "v(s) by column"
    cliff = world("cliff")
    grid = drawing(cliff, np.linspace(-65000, -1, 38), None, 4)
    assert grid is not None
    assert "−65000" in draw(grid)
    assert "column 0 to" not in draw(grid, 160)
    assert "65000" in draw(grid, 160)


def test_large_grids_are_heat_maps(draw: Callable[..., str]) -> None:
    large = world("gridworld:30x30")
    shown = drawing(large, np.arange(900.0), None, 4)
    assert shown is not None
    assert "┌" not in draw(shown)
    assert len(draw(shown).splitlines()) < 40


def test_worlds_without_a_drawing_are_listed(draw: Callable[..., str]) -> None:
    one = world("predictor")
    assert drawing(one, np.zeros(3), None, 4) is None
    q = np.array([[0.75], [0.75], [np.nan]])
    assert draw(listing(one, np.array([0.75, 0.75, 0]), q, best_actions(q), 4)).splitlines() == [
        "state  v(s)  q(s, a)",
        "A      0.75  ▸ go 0.75",
        "B      0.75  ▸ go 0.75",
        "end    0.00  ■ end",
    ]


def test_long_lists_end_with_how_many_more_there_are(draw: Callable[..., str]) -> None:
    rows = "".join(f"s{i},a{j},s{i + 1},1,{j}\n" for i in range(40) for j in range(6))
    many = read_table(f"state,action,next,probability,reward\n{rows}")
    values = np.arange(41.0)
    q = q_values(many.transitions, values, 1.0)
    lines = draw(listing(many, values, q, best_actions(q), 4)).splitlines()
    assert len(lines) == 13
    assert lines[-1] == "and 30 more states: --emit values -f csv"
    assert lines[1].split(maxsplit=2)[2] == "▸ a5 6   a4 5   a3 4   a2 3   … 2 more"
