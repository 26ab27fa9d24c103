"""Our frozen lakes and our cliff beside Gymnasium's tables of theirs, and what a linear programme finds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlcli.engines.decisions.optimal import policy_iteration, value_iteration
from dlcli.worlds.builtin import LAKE, LAKES, builtin
from dlcli.worlds.toml_grid import read_grid
from dlcli.worlds.world import World

TABLES = Path(__file__).parents[1] / "data" / "gym_tables.npz"
GAMMA = 0.95

#: The actions in Gymnasium's order.
LAKE_ACTIONS = ("left", "down", "right", "up")
CLIFF_ACTIONS = ("up", "right", "down", "left")


def named(word: str) -> World:
    found = builtin(word)
    assert found is not None
    return found


def dry() -> World:
    text = LAKE.format(size="4x4", rows="\n".join(LAKES["4x4"].split()))
    return read_grid(text.replace("slip = 0.6666666666666666", "slip = 0"))


OURS = {
    "lake_4x4": (lambda: named("frozen-lake"), LAKE_ACTIONS),
    "lake_8x8": (lambda: named("frozen-lake:8x8"), LAKE_ACTIONS),
    "lake_dry": (dry, LAKE_ACTIONS),
    "cliff": (lambda: named("cliff"), CLIFF_ACTIONS),
}


def places(world: World, columns: int) -> np.ndarray:
    """The number that Gymnasium gives each of our states: cells are counted row by row."""
    assert world.layout is not None
    found: np.ndarray = world.layout.places @ [columns, 1]
    return found


@pytest.mark.parametrize("key", OURS)
def test_every_outcome_is_gymnasium_s(key: str) -> None:
    make, actions = OURS[key]
    world = make()
    moves = world.transitions
    with np.load(TABLES) as file:
        rows = file[key]
    where = places(world, 12 if key == "cliff" else int(np.sqrt(rows[:, 0].max() + 1)))
    theirs = np.zeros((int(rows[:, 0].max()) + 1, len(actions), int(rows[:, 0].max()) + 1, 2))
    for state, action, there, chance, reward, _ in rows:
        theirs[int(state), int(action), int(there)] += chance, chance * reward
    ours = np.zeros_like(theirs)
    order = np.array([actions.index(name) for name in world.actions])
    taken = where[moves.state], order[moves.action], where[moves.next]
    np.add.at(ours[..., 0], taken, moves.probability)
    np.add.at(ours[..., 1], taken, moves.probability * moves.reward)
    going = where[~moves.terminal]
    assert np.abs(ours[going] - theirs[going]).max() < 1e-13
    ends = set(rows[rows[:, 5] == 1, 2].astype(int).tolist())
    assert ends == set(where[moves.terminal].tolist())


@pytest.mark.parametrize("key", OURS)
def test_the_optimum_is_that_of_a_linear_programme(key: str) -> None:
    make, _ = OURS[key]
    world = make()
    with np.load(TABLES) as file:
        worth = file[f"{key}_worth"]
    going = ~world.transitions.terminal
    expected = worth[places(world, 12 if key == "cliff" else int(np.sqrt(len(worth))))][going]
    best = policy_iteration(world.transitions, GAMMA).values[going]
    assert np.abs(best - expected).max() < 1e-8 * max(1.0, float(np.abs(expected).max()))
    swept, _ = value_iteration(world.transitions, GAMMA, tolerance=1e-14)
    assert np.abs(best - swept[going]).max() < 1e-10
