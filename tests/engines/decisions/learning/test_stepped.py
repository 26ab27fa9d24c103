"""Learning in worlds that can only be stepped in: what is seen gets numbers of its own."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.decisions.learning.control_definition import RULES
from dlcli.engines.decisions.learning.control_replay import Rule
from dlcli.engines.decisions.learning.exploration import Exploration
from dlcli.engines.decisions.learning.prediction import Method
from dlcli.engines.decisions.learning.stepped import Seen, control_stepped, predict_stepped


class Corridor:
    """From state 4 action 1 leads by way of 2 to the end 6 and pays 1 there; action 0 ends at once, unpaid."""

    def __init__(self, seed: int) -> None:
        self.state = 4

    def reset(self) -> int:
        self.state = 4
        return 4

    def step(self, action: int) -> tuple[int, float, bool]:
        if not action:
            return 6, 0.0, True
        if self.state == 2:
            return 6, 1.0, True
        self.state = 2
        return 2, 0.0, False


def generators(count: int) -> list[np.random.Generator]:
    return np.random.default_rng(0).spawn(count)


@pytest.mark.parametrize("method", [Method("mc", None), Method("td0", 0.02)])
def test_values_are_those_of_the_states_that_were_seen(method: Method) -> None:
    learnt, seen = predict_stepped(Corridor, 7, 2, [method], generators(3), episodes=900)
    assert seen.states.tolist() == [2, 4, 6]
    assert learnt.values.shape == (1, 3, 3)
    np.testing.assert_allclose(learnt.values[0], [[0.5, 0.25, 0]] * 3, atol=0.12)
    assert set(learnt.first.state.tolist()) == {0, 1}
    assert set(learnt.first.next.tolist()) == {0, 2}
    assert seen.transitions.terminal.tolist() == [False, False, True]
    assert seen.transitions.start.tolist() == [0, 1, 0]


@pytest.mark.parametrize("rule", RULES)
def test_actions_are_learnt_and_steps_bear_the_new_numbers(rule: str) -> None:
    rules = [Rule(rule, 0.5, Exploration(value=0.3)), Rule("q-learning", 0.5, Exploration(value=0.3))]
    (learnt, other), seen = control_stepped(Corridor, 7, 2, rules, generators(2), episodes=300, gamma=0.9)
    assert seen.states.tolist() == [2, 4, 6]
    assert learnt.q.shape == other.q.shape == (2, 3, 2)
    assert np.isnan(learnt.q[:, 2]).all()
    np.testing.assert_allclose(other.q[:, :2], [[[0, 1], [0, 0.9]]] * 2, atol=1e-6)
    assert len(learnt.happened) == learnt.steps[0].sum()
    assert {(step.state, step.next) for step in learnt.happened} == {(1, 0), (1, 2), (0, 2)}
    assert other.happened == ()


def test_new_numbers_of_old_states() -> None:
    _, seen = predict_stepped(Corridor, 7, 2, [Method()], generators(1), episodes=50)
    assert isinstance(seen, Seen)
    assert seen.renumbered(np.array([6, 2, 4])).tolist() == [2, 0, 1]
