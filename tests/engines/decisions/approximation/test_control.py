"""Agents with features: with one for each state they are the tables, and their updates the formulas."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.decisions.approximation.acting import (
    Budget,
    Experience,
    PlacedStates,
    greedy_returns,
    learn,
)
from dlcli.engines.decisions.approximation.control import RULES, LinearAgent
from dlcli.engines.decisions.approximation.features import OneHot, Tiles
from dlcli.worlds.builtin import builtin
from dlcli.worlds.positions import positions

CLIFF = builtin("cliff")
assert CLIFF is not None
MOVES = CLIFF.transitions
NUMBERED = np.arange(38.0)[:, None]


class Recorder(LinearAgent):
    """Keeps what it saw, the values before each step, and the action that came next."""

    def __init__(self, rule: str, **settings: float) -> None:
        super().__init__(rule, OneHot(38), 4, np.random.default_rng(3), alpha=0.5, **settings)  # type: ignore[arg-type]
        self.steps_seen: list[tuple[Experience, Array]] = []
        self.taken: list[int] = []

    def act(self, observed: Array) -> int:
        self.taken.append(super().act(observed))
        return self.taken[-1]

    def see(self, step: Experience) -> None:
        self.steps_seen.append((step, self.q(NUMBERED)))
        super().see(step)


@pytest.mark.parametrize("rule", RULES)
def test_an_update_is_that_of_the_table(rule: str) -> None:
    agent = Recorder(rule, epsilon=0.2, initial=1.0)
    learn(agent, PlacedStates(MOVES, NUMBERED, np.random.default_rng(2)), Budget(episodes=4))
    ends = [q for _, q in agent.steps_seen[1:]] + [agent.q(NUMBERED)]
    for i, ((step, before), after) in enumerate(zip(agent.steps_seen, ends, strict=True)):
        s, then = int(step.observed[0]), before[int(step.after[0])]
        worth = {
            "q-learning": then.max(),
            "expected-sarsa": 0.8 * then.max() + 0.2 * then.mean(),
            "sarsa": then[agent.taken[i + 1]] if not step.ended else 0.0,
        }[rule] * (not step.ended)
        expected = before.copy()
        expected[s, step.action] += 0.5 * (step.reward + worth - before[s, step.action])
        np.testing.assert_allclose(after, expected, atol=1e-12)


def test_features_learn_the_way_along_the_cliff() -> None:
    agent = LinearAgent("q-learning", OneHot(38), 4, np.random.default_rng(0), alpha=0.5)
    learn(agent, PlacedStates(MOVES, NUMBERED, np.random.default_rng(1)), Budget(episodes=250))
    begun = [PlacedStates(MOVES, NUMBERED, np.random.default_rng(0))]
    assert greedy_returns(agent.best, begun, limit=100, unended=np.nan).tolist() == [-13]


def test_tiles_share_what_is_learnt_with_neighbours() -> None:
    agent = LinearAgent("q-learning", Tiles(8, 4, 2), 4, np.random.default_rng(0), alpha=1.0)
    points = positions(CLIFF)
    agent.see(Experience(points[14], 1, 8.0, points[15], True, False))
    values = agent.q(points[[14, 15, 17]])[:, 1]
    assert values[0] == pytest.approx(8)
    assert 8 > values[1] > values[2] >= 0


class Corridor:
    """Three steps to the right pay 1 at the end; a step to the left costs 1 and ends it."""

    def reset(self) -> Array:
        self.place = 0
        return np.zeros(1)

    def step(self, action: int) -> tuple[Array, float, bool]:
        self.place += 1
        over = action == 0 or self.place == 3
        return np.array([float(self.place)]), (-1.0 if action == 0 else float(over)), over


class Always:
    updates, finished = 0, False

    def __init__(self, action: int) -> None:
        self.action, self.seen = action, []  # type: ignore[var-annotated]

    def act(self, observed: Array) -> int:
        return self.action

    def see(self, step: Experience) -> None:
        self.seen.append(step)

    def best(self, observed: Array) -> Array:
        return np.full(len(observed), self.action)

    def parameters(self) -> Array:
        return np.array([float(len(self.seen))])


def test_a_run_ends_with_its_budget_and_cuts_are_no_ends() -> None:
    agent = Always(1)
    course = learn(agent, Corridor(), Budget(steps=5), gamma=0.5)
    assert (course.lengths, course.returns, course.cut) == ([3, 2], [0.25, 0.0], 0)
    assert [(one.ended, one.cut) for one in agent.seen[2:]] == [(True, False), (False, False), (False, True)]
    assert learn(Always(1), Corridor(), Budget(episodes=2, limit=2)).cut == 2


def test_the_best_check_is_kept_and_what_is_enough_ends_the_run() -> None:
    worth = iter([1.0, 5.0, 2.0, 9.0, 9.0])
    agent = Always(1)
    course = learn(agent, Corridor(), Budget(steps=100, every=2, enough=8.0), check=lambda: next(worth))
    assert course.checks == [(2, 1.0), (4, 5.0), (6, 2.0), (8, 9.0)]
    assert (course.kept_at, course.steps) == (8, 8)
    assert course.kept is not None
    assert course.kept.tolist() == [8]


def test_a_later_check_that_is_worse_takes_nothing_away() -> None:
    worth = iter([1.0, 5.0, 2.0])
    course = learn(Always(1), Corridor(), Budget(steps=6, every=2), check=lambda: next(worth))
    assert (course.kept_at, course.steps) == (4, 6)


def test_greedy_returns_are_those_of_episodes_one_by_one() -> None:
    right, left = (greedy_returns(Always(a).best, [Corridor(), Corridor()], limit=9) for a in (1, 0))
    assert (right.tolist(), left.tolist()) == ([1, 1], [-1, -1])
    assert greedy_returns(Always(1).best, [Corridor()], limit=2).tolist() == [0]
    assert np.isnan(greedy_returns(Always(1).best, [Corridor()], limit=2, unended=np.nan)).all()


def test_a_rule_that_features_do_not_learn_by_is_refused() -> None:
    with pytest.raises(EngineError, match=r"rules with features are sarsa, .*; received 'double-q'"):
        LinearAgent("double-q", OneHot(3), 2, np.random.default_rng(0), alpha=0.1)
