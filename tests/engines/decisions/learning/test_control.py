"""Learning to do: all runs in step against each by itself, and the optimum on small worlds."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.decisions.learning.control import control
from dlcli.engines.decisions.learning.control_definition import RULES, ArmsEnvironment, control_plain
from dlcli.engines.decisions.learning.exploration import WAYS, Exploration, epsilon_greedy_action
from dlcli.engines.decisions.transitions import Transitions
from dlcli.worlds.builtin import builtin


def world(name: str) -> Transitions:
    found = builtin(name)
    assert found is not None
    return found.transitions


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    ("alpha", "epsilon", "gamma", "limit"),
    [(0.5, 0.1, 1.0, 500), (None, 0.3, 0.9, 30), (0.1, 0.0, 0.5, 50), (0.2, 1.0, 1.0, 20)],
)
@pytest.mark.parametrize("name", ["cliff", "frozen-lake", "random-walk"])
def test_all_runs_in_step_equal_each_by_itself_to_the_last_bit(
    name: str, alpha: float | None, epsilon: float, gamma: float, limit: int, rule: str
) -> None:
    moves = world(name)
    options = {
        "episodes": 8,
        "alpha": alpha,
        "gamma": gamma,
        "explore": Exploration(value=epsilon),
        "limit": limit,
        "initial": 0.5,
    }
    learnt = control(moves, rule, np.random.default_rng(3).spawn(3), **options, trace=60)  # type: ignore[arg-type]
    cut = 0
    for run, generator in enumerate(np.random.default_rng(3).spawn(3)):
        plain = control_plain(moves, rule, generator, **options)  # type: ignore[arg-type]
        np.testing.assert_array_equal(learnt.q[run], plain.q[0])
        np.testing.assert_array_equal(learnt.returns[run], plain.returns[0])
        np.testing.assert_array_equal(learnt.steps[run], plain.steps[0])
        cut += plain.cut
        if not run:
            assert learnt.happened == plain.happened[:60]
    assert learnt.cut == cut


EXPLORATIONS = [
    Exploration("greedy"),
    Exploration(value=0.4, decay=0.7),
    Exploration("optimistic", 2.0),
    Exploration("softmax", 0.3, 0.9),
    Exploration("ucb", 1.5, 0.95),
]


@pytest.mark.parametrize("explore", EXPLORATIONS, ids=WAYS)
@pytest.mark.parametrize("rule", RULES)
def test_every_way_to_explore_is_the_same_in_step_and_by_itself(explore: Exploration, rule: str) -> None:
    moves = world("cliff")
    best = np.random.default_rng(1).random(moves.allowed.shape) < 0.5
    options = {"episodes": 6, "alpha": 0.5, "gamma": 0.9, "explore": explore, "limit": 60, "initial": 0.5}
    options["best"] = best
    learnt = control(moves, rule, np.random.default_rng(3).spawn(3), **options, trace=60)  # type: ignore[arg-type]
    assert learnt.best is not None
    for run, generator in enumerate(np.random.default_rng(3).spawn(3)):
        plain = control_plain(moves, rule, generator, **options)  # type: ignore[arg-type]
        assert plain.best is not None
        np.testing.assert_array_equal(learnt.q[run], plain.q[0])
        np.testing.assert_array_equal(learnt.best[run], plain.best[0])
        if not run:
            assert learnt.happened == plain.happened[:60]
            share = np.mean([best[step.state, step.action] for step in plain.happened[: plain.steps[0, 0]]])
            assert plain.best[0, 0] == pytest.approx(share)


@pytest.mark.parametrize("explore", EXPLORATIONS, ids=WAYS)
def test_a_bandit_in_step_equals_each_by_itself(explore: Exploration) -> None:
    arms = np.random.default_rng(0).standard_normal((3, 5))
    one = Transitions.of([0] * 5, range(5), [1] * 5, [1] * 5, [0] * 5, n_states=2, n_actions=5)
    options = {"episodes": 80, "alpha": None, "explore": explore}
    best = (arms == arms.max(axis=1, keepdims=True))[:, None]
    learnt = control(
        one,
        "q-learning",
        np.random.default_rng(7).spawn(3),
        **options,
        best=best,
        arms=arms,  # type: ignore[arg-type]
    )
    for run, generator in enumerate(np.random.default_rng(7).spawn(3)):
        plain = control_plain(
            ArmsEnvironment(arms[run]),
            "q-learning",
            generator,
            **options,
            best=np.repeat(best[run], 2, 0),  # type: ignore[arg-type]
        )
        np.testing.assert_array_equal(learnt.q[run], plain.q[0])
        np.testing.assert_array_equal(learnt.returns[run], plain.returns[0])
        np.testing.assert_array_equal(learnt.best[run], plain.best[0])  # type: ignore[index]


@pytest.mark.parametrize("rule", RULES)
def test_the_best_action_is_found_where_it_is_a_long_way_off(rule: str) -> None:
    """A corridor of six cells: the reward of 1 is at the right end only; the values are powers of γ."""
    n = 6
    state = np.repeat(np.arange(n), 2)
    landing = np.stack([np.maximum(np.arange(n) - 1, 0), np.arange(n) + 1], axis=1).ravel()
    moves = Transitions.of(
        state, np.tile([0, 1], n), landing, np.ones(2 * n), landing == n, n_states=n + 1, n_actions=2
    )
    learnt = control(
        moves,
        rule,
        np.random.default_rng(0).spawn(4),
        episodes=600,
        alpha=0.2,
        gamma=0.9,
        explore=Exploration(value=0.3),
    )
    assert (learnt.q[:, :n].argmax(axis=2) == 1).all()
    if rule in ("q-learning", "double-q"):
        np.testing.assert_allclose(
            learnt.q[:, :n, 1], np.tile(0.9 ** np.arange(n - 1, -1, -1), (4, 1)), atol=0.02
        )


def test_every_step_is_the_formula() -> None:
    learnt = control(world("cliff"), "q-learning", np.random.default_rng(0).spawn(2), episodes=3, trace=50)
    assert len(learnt.happened) == 50
    for step in learnt.happened:
        assert step.delta == step.target - step.before
        assert step.after == step.before + step.alpha * step.delta
    for before, after in zip(learnt.happened, learnt.happened[1:], strict=False):
        assert after.state in (before.next, int(np.argmax(world("cliff").start)))


def test_steps_end_a_run_before_its_episodes_do() -> None:
    learnt = control(
        world("windy"), "sarsa", np.random.default_rng(0).spawn(2), episodes=500, alpha=0.5, steps=1000
    )
    total = learnt.steps.sum(axis=1)
    assert (total <= 1000).all()
    assert (learnt.steps[:, -1] == 0).all()
    assert np.isnan(learnt.returns[:, -1]).all()


def test_errors_are_those_of_the_best_actions() -> None:
    moves = world("random-walk")
    exact = np.array([0, 1, 1, 1, 1, 1, 0.0])
    learnt = control(
        moves,
        "q-learning",
        np.random.default_rng(0).spawn(2),
        episodes=30,
        alpha=0.5,
        explore=Exploration(value=0.5),
        exact=exact,
    )
    assert learnt.errors is not None
    assert learnt.errors.shape == (2, 31)
    np.testing.assert_array_equal(learnt.errors[:, 0], 1.0)
    best = np.nanmax(learnt.q[:, 1:6], axis=2)
    np.testing.assert_allclose(learnt.errors[:, -1], np.sqrt(((best - 1) ** 2).mean(axis=1)))


@pytest.mark.parametrize("rule", RULES)
def test_values_that_are_no_numbers_lead_to_no_action_that_is_not_there(rule: str) -> None:
    moves = Transitions.of([0, 0, 1], [1, 2, 1], [1, 1, 2], [1, 1, 1], [1e308, 1e308, 1e308],
                           n_states=3, n_actions=3)  # fmt: skip
    with np.errstate(all="ignore"):
        learnt = control(moves, rule, np.random.default_rng(0).spawn(1), episodes=200, alpha=0.5, trace=400)
        alone = control_plain(moves, rule, np.random.default_rng(0).spawn(1)[0], episodes=200, alpha=0.5)
    assert not np.isfinite(learnt.q[0, 0, 1:]).any()
    assert {step.action for step in learnt.happened if step.state == 0} == {1, 2}
    np.testing.assert_array_equal(learnt.q, alone.q)


def test_any_action_is_as_likely_as_epsilon_says() -> None:
    q, allowed = np.array([1.0, -np.inf, 3.0, 3.0]), np.array([True, False, True, True])
    uniform = (np.arange(3000) + 0.5) / 3000
    counts = np.bincount([epsilon_greedy_action(q, allowed, 0.3, u) for u in uniform], minlength=4)
    assert counts.tolist() == [300, 0, 1350, 1350]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            {"rule": "monte-carlo"},
            "there is no rule 'monte-carlo'; there are sarsa, expected-sarsa, q-learning",
        ),
        ({"alpha": 0.0}, r"alpha expects a number above 0 and up to 1; received 0"),
        ({"alpha": 1.5}, "received 1.5"),
        ({"gamma": -0.1}, "gamma expects a number from 0 to 1; received -0.1"),
        ({"episodes": 0}, "episodes expects a whole number, at least 1; received 0"),
    ],
)
def test_numbers_outside_of_their_ranges_are_refused(options: dict[str, object], told: str) -> None:
    words = {"rule": "sarsa", "episodes": 1} | options
    with pytest.raises(EngineError, match=told):
        control(world("cliff"), generators=[np.random.default_rng(0)], **words)  # type: ignore[arg-type]
