"""A finite horizon: every plan of a few steps tried out, sweeps, policies, refusals."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.decisions.horizon import finite_horizon
from dlcli.engines.decisions.policy import random_policy
from dlcli.engines.decisions.sweeps import optimal_sweeps, sweeps
from dlcli.engines.decisions.transitions import Transitions
from dlcli.worlds.builtin import builtin

RNG = np.random.default_rng(5)


def small() -> Transitions:
    """Three states, two actions, every outcome possible, one end beside them."""
    rows = [(s, a, t) for s in range(3) for a in range(2) for t in range(4)]
    chance = np.concatenate([RNG.dirichlet(np.ones(4)) for _ in range(6)])
    state, action, there = zip(*rows, strict=True)
    return Transitions.of(state, action, there, chance, RNG.normal(size=24), n_states=4, n_actions=2)


def test_no_plan_of_three_steps_is_worth_more() -> None:
    moves, steps, gamma = small(), 3, 0.9
    found = finite_horizon(moves, steps, gamma).values[0]
    best = np.full(4, -np.inf)
    for plan in product(product(range(2), repeat=3), repeat=steps):  # an action for each state and step
        values = np.zeros(4)
        for acts in reversed(plan):
            after = np.zeros(4)
            for k in range(len(moves.state)):
                s = moves.state[k]
                if acts[s] == moves.action[k]:
                    after[s] += moves.probability[k] * (moves.reward[k] + gamma * values[moves.next[k]])
            values = after
        best = np.maximum(best, values)
    np.testing.assert_allclose(found, best, atol=1e-13)


@pytest.mark.parametrize("name", ["gridworld:5x5", "frozen-lake", "cliff"])
def test_with_more_steps_left_it_is_a_sweep_further(name: str) -> None:
    world = builtin(name)
    assert world is not None
    moves = world.transitions
    plan, held = finite_horizon(moves, 6, 0.9), finite_horizon(moves, 6, 0.9, policy=random_policy(moves))
    for k, (best, done) in enumerate(
        zip(optimal_sweeps(moves, 0.9), sweeps(moves, random_policy(moves), 0.9), strict=False)
    ):
        if k > 6:
            break
        np.testing.assert_allclose(plan.values[6 - k], best, atol=1e-12)
        np.testing.assert_allclose(held.values[6 - k], done, atol=1e-12)


def test_the_plan_earns_what_it_promises() -> None:
    moves = small()
    plan = finite_horizon(moves, 4)
    for step in reversed(range(4)):
        following = plan.values[step + 1]
        paid = np.zeros((4, 2))
        np.add.at(
            paid, (moves.state, moves.action), moves.probability * (moves.reward + following[moves.next])
        )
        np.testing.assert_allclose((plan.policy[step] * paid).sum(axis=1), plan.values[step], atol=1e-12)


@pytest.mark.parametrize("steps", [0, -1, 1.5])
def test_steps_are_counted_from_one(steps: int) -> None:
    with pytest.raises(EngineError, match="steps"):
        finite_horizon(small(), steps)
