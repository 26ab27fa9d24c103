"""Writes gym_tables.npz: transition tables of Gymnasium's toy text worlds, and what they are worth.

Run by hand where gymnasium (1.4.0 was asked) and scipy are installed. Each table has a row (state, action, next,
probability, reward, ended) for each outcome. The optimal values come from a linear programme, minimise
Σ v(s) with v(s) ≥ Σ p (r + γ v(s')) for every action: another way than any of dlcli's.
"""

from __future__ import annotations

from pathlib import Path

import gymnasium
import numpy as np
from scipy.optimize import linprog

WORLDS = {
    "lake_4x4": ("FrozenLake-v1", {"map_name": "4x4"}),
    "lake_8x8": ("FrozenLake-v1", {"map_name": "8x8"}),
    "lake_dry": ("FrozenLake-v1", {"map_name": "4x4", "is_slippery": False}),
    "cliff": ("CliffWalking-v1", {}),
}
GAMMA = 0.95


def table(name: str, options: dict[str, object]) -> np.ndarray:
    """The outcomes of a world."""
    world = gymnasium.make(name, **options).unwrapped
    rows = [
        (state, action, there, chance, reward, ended)
        for state, actions in world.P.items()
        for action, outcomes in actions.items()
        for chance, there, reward, ended in outcomes
    ]
    return np.array(rows, float)


def worth(rows: np.ndarray) -> np.ndarray:
    """The optimal values (state,)."""
    states, actions = int(rows[:, 0].max()) + 1, int(rows[:, 1].max()) + 1
    bound, paid = np.zeros((states * actions, states)), np.zeros(states * actions)
    for state, action, there, chance, reward, ended in rows:
        pair = int(state) * actions + int(action)
        paid[pair] -= chance * reward
        bound[pair, int(there)] += 0 if ended else GAMMA * chance
    bound[np.arange(states * actions), np.arange(states * actions) // actions] -= 1
    solved = linprog(np.ones(states), A_ub=bound, b_ub=paid, bounds=(None, None), method="highs")
    assert solved.success
    return solved.x


if __name__ == "__main__":
    found = {}
    for key, (name, options) in WORLDS.items():
        found[key] = table(name, options)
        found[f"{key}_worth"] = worth(found[key])
    np.savez_compressed(Path(__file__).with_name("gym_tables.npz"), **found)
