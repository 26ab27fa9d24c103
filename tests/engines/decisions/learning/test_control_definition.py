"""The worth of the next state against the targets of what was learnt, step by step."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.decisions.learning.control import control
from dlcli.engines.decisions.learning.control_definition import RULES, look_ahead
from dlcli.engines.decisions.learning.exploration import Exploration
from dlcli.engines.decisions.policy import epsilon_greedy
from dlcli.worlds.builtin import builtin


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", ["cliff", "frozen-lake", "random-walk"])
def test_every_target_is_the_reward_and_the_discounted_worth(name: str, rule: str) -> None:
    world = builtin(name)
    assert world is not None
    moves = world.transitions
    learnt = control(
        moves, rule, [np.random.default_rng(5)], episodes=20, alpha=0.3, gamma=0.9, explore=Exploration(value=0.2),
        initial=0.5, limit=40, trace=400,
    )  # fmt: skip
    q = np.tile(np.where(moves.allowed, 0.5, np.nan), (2 if rule == "double-q" else 1, 1, 1))
    worths = []
    for step in learnt.happened:
        worth = 0.0
        if not moves.terminal[step.next]:
            policy = epsilon_greedy(q[0, [step.next]], 0.2)[0]
            ahead = look_ahead(rule, q[:, step.next], table=step.table, then=step.then, policy=policy)
            worth = ahead.worth
            assert (ahead.action is None) == (rule == "expected-sarsa") == (ahead.policy is not None)
        assert step.target == pytest.approx(step.reward + 0.9 * worth, rel=1e-12, abs=1e-15)
        assert step.before == q[step.table, step.state, step.action]
        q[step.table, step.state, step.action] = step.after
        worths.append(worth)
    assert len(set(worths)) > 10


@pytest.mark.parametrize("rule", RULES)
def test_the_next_action_is_written_down_for_sarsa_alone(rule: str) -> None:
    world = builtin("cliff")
    assert world is not None
    learnt = control(world.transitions, rule, [np.random.default_rng(0)], episodes=6, limit=30, trace=150)
    ends = np.cumsum(learnt.steps[0]).tolist()
    for i, (step, after) in enumerate(zip(learnt.happened, learnt.happened[1:], strict=False)):
        if rule != "sarsa" or world.transitions.terminal[step.next]:
            assert step.then is None
        elif i + 1 not in ends:
            assert step.then == after.action
        else:  # the episode was cut: what would have come next counts all the same
            assert step.then is not None


def test_what_cannot_be_looked_at_is_refused() -> None:
    with pytest.raises(EngineError, match="there is no rule 'td0'; there are sarsa"):
        look_ahead("td0", np.zeros((1, 2)))
    with pytest.raises(EngineError, match="sarsa needs the action that is taken next; received none"):
        look_ahead("sarsa", np.zeros((1, 2)))
