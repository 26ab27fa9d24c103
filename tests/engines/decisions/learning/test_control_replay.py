"""A run of learning by doing once more: steps, what was looked at ahead, pictures, and what was found."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.decisions.learning.control import control
from dlcli.engines.decisions.learning.control_definition import RULES, Control
from dlcli.engines.decisions.learning.control_replay import (
    ControlReplay,
    Rule,
    best_values,
    greedy_return,
)
from dlcli.engines.decisions.learning.exploration import Exploration, choose_plain
from dlcli.engines.decisions.optimal import policy_iteration
from dlcli.engines.decisions.transitions import Transitions
from dlcli.worlds.builtin import builtin, random_walk
from dlcli.worlds.toml_grid import read_grid

MOVES = random_walk().transitions
ICE = read_grid('slip = 0.5\ngrid = "S..G"').transitions

ONE_IN_FIVE = Exploration(value=0.2)


def replay_of(
    name: str, *, kept: int = 5, explore: Exploration = ONE_IN_FIVE, moves: Transitions = MOVES
) -> tuple[Control, ControlReplay]:
    rule, generators = Rule(name, 0.3, explore), np.random.default_rng(1).spawn(1)

    def learn(trace: int) -> Control:
        return control(
            moves, name, deepcopy(generators), episodes=6, alpha=0.3, gamma=0.9, explore=explore, initial=0.5,
            trace=trace,
        )  # fmt: skip

    learnt = learn(kept)
    return learnt, ControlReplay(moves, rule, learnt, 0.5, learn)


@pytest.mark.parametrize("rule", RULES)
def test_the_steps_that_were_not_kept_are_those_of_the_same_run(rule: str) -> None:
    learnt, replay = replay_of(rule)
    assert replay.count == learnt.steps[0].sum() > 5
    steps = replay.steps(replay.count)
    assert steps[:5] == learnt.happened
    q = np.tile(np.where(MOVES.allowed, 0.5, np.nan), (2 if rule == "double-q" else 1, 1, 1))
    for step in steps:
        assert q[step.table, step.state, step.action] == step.before
        q[step.table, step.state, step.action] = step.after
    np.testing.assert_allclose(q.mean(axis=0), learnt.q[0])


@pytest.mark.parametrize("rule", RULES)
def test_every_target_is_the_reward_and_the_worth_ahead(rule: str) -> None:
    _, replay = replay_of(rule)
    for i in range(replay.count):
        steps = replay.steps(i + 1)
        ahead = replay.ahead(steps)
        assert (ahead is None) == bool(MOVES.terminal[steps[i].next])
        worth = 0.0 if ahead is None else ahead.worth
        assert steps[i].target == pytest.approx(steps[i].reward + 0.9 * worth)


@pytest.mark.parametrize("rule", RULES)
def test_columns_are_the_steps_in_their_order(rule: str) -> None:
    learnt, replay = replay_of(rule)
    columns = replay.columns(replay.steps(replay.count))
    assert np.bincount(columns["episode"]).tolist() == learnt.steps[0].tolist()
    assert columns["episode"].tolist() == [replay.place(i)[0] for i in range(replay.count)]
    assert ("table" in columns) == (rule == "double-q")
    for before, alpha, delta, after in zip(
        *(columns[name] for name in ("before", "alpha", "delta", "after")), strict=True
    ):
        assert after == before + alpha * delta


@pytest.mark.parametrize("rule", RULES)
def test_the_last_picture_shows_what_was_learnt(rule: str) -> None:
    learnt, replay = replay_of(rule)
    *_, last = replay.moments(10)
    np.testing.assert_allclose(last.values, best_values(MOVES, learnt.q[0]))
    assert (last.episode, last.step) == (5, replay.count - 1)
    assert last.best is not None
    assert len([*replay.moments(10)]) <= 10


def test_greedy_actions_of_the_optimum_earn_the_optimum() -> None:
    world = builtin("cliff")
    assert world is not None
    best = policy_iteration(world.transitions, 1.0)
    assert greedy_return(world.transitions, best.q, 1.0) == pytest.approx(-13)
    np.testing.assert_allclose(best_values(world.transitions, best.q), best.values)


def test_best_actions_that_never_end_are_told_of() -> None:
    circle = Transitions.of([0, 0], [0, 1], [0, 1], [1, 1], [-1, -1], n_states=2, n_actions=2)
    nan = [np.nan, np.nan]
    assert greedy_return(circle, np.array([[0.0, 1.0], nan]), 1.0) == -1
    with pytest.raises(EngineError):
        greedy_return(circle, np.array([[1.0, 0.0], nan]), 1.0)


def test_a_value_that_is_lost_is_not_taken_for_an_action_that_is_absent() -> None:
    fork = Transitions.of([0, 0], [0, 1], [1, 1], [1, 1], [4, 0], n_states=2, n_actions=3)
    lost = best_values(fork, np.array([[[np.nan, 1.0, np.nan], [np.nan] * 3]]))
    np.testing.assert_array_equal(lost, [[np.nan, 0.0]])
    np.testing.assert_array_equal(best_values(fork, np.array([[2.0, 1.0, np.nan], [np.nan] * 3])), [2.0, 0.0])


@pytest.mark.parametrize(
    "explore",
    [
        Exploration("greedy"),
        Exploration(value=0.5, decay=0.6),
        Exploration("softmax", 0.4),
        Exploration("ucb"),
    ],
    ids=lambda explore: explore.name,
)
@pytest.mark.parametrize("rule", RULES)
def test_the_choice_told_is_the_one_that_was_made(rule: str, explore: Exploration) -> None:
    """On ice, where who slips may stay where he is: SARSA has chosen again before it learns of that."""
    _, replay = replay_of(rule, kept=40, explore=explore, moves=ICE)
    for i in range(min(replay.count, 40)):
        step = replay.steps(i + 1)[-1]
        choice = replay.choice(replay.steps(i + 1))
        allowed = ~np.isnan(choice.q)
        assert choice.action == step.action
        assert choice.policy.sum() == pytest.approx(1)
        assert choice.value == pytest.approx(explore.value * explore.decay ** replay.place(i)[0])
        known = np.where(allowed, choice.q, -np.inf), allowed, choice.seen, choice.value, choice.draw
        assert choose_plain(explore, *known) == step.action
