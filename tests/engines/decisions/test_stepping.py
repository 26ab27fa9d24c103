"""Worlds without a table: what is seen in them, and the same learning as in a world with one."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.decisions.learning.control_definition import control_plain
from dlcli.engines.decisions.learning.exploration import Exploration
from dlcli.engines.decisions.stepping import SimulatorEnvironment, seen_transitions, stepped_episodes


class Corridor:
    """Three cells; right from the last one pays 1 and ends it. The state 3 is the end."""

    def __init__(self) -> None:
        self.state = 0

    def reset(self) -> int:
        self.state = 0
        return 0

    def step(self, action: int) -> tuple[int, float, bool]:
        self.state = max(0, self.state + (1 if action else -1))
        return self.state, float(self.state == 3), self.state == 3


POLICY = np.array([[0.5, 0.5]] * 3 + [[0.0, 0.0]])


def test_episodes_are_what_the_simulator_did() -> None:
    seen = stepped_episodes(Corridor(), POLICY, 50, np.random.default_rng(0))
    assert (len(seen.lengths), seen.cut.any()) == (50, False)
    np.testing.assert_array_equal(seen.next, np.maximum(0, seen.state + 2 * seen.action - 1))
    assert (seen.state[seen.offsets[:-1]] == 0).all()
    assert (seen.next[seen.offsets[1:] - 1] == 3).all()
    np.testing.assert_array_equal(seen.reward, seen.next == 3)


def test_actions_are_those_of_the_policy() -> None:
    right = np.array([[0.0, 1.0]] * 3 + [[0.0, 0.0]])
    assert stepped_episodes(Corridor(), right, 4, np.random.default_rng(0)).lengths.tolist() == [3] * 4


def test_an_episode_is_cut_at_the_limit() -> None:
    left = np.array([[1.0, 0.0]] * 3 + [[0.0, 0.0]])
    seen = stepped_episodes(Corridor(), left, 2, np.random.default_rng(0), limit=5)
    assert (seen.lengths.tolist(), seen.cut.tolist()) == ([5, 5], [True, True])


def test_the_table_of_what_was_seen_is_the_world_s() -> None:
    seen = stepped_episodes(Corridor(), POLICY, 200, np.random.default_rng(0))
    made, states = seen_transitions(
        seen.state, seen.action, seen.reward, seen.next, seen.state[seen.offsets[:-1]], 2
    )
    assert states.tolist() == [0, 1, 2, 3]
    assert (made.probability == 1).all()
    assert made.next.tolist() == [0, 1, 0, 2, 1, 3]
    assert made.reward.tolist() == [0, 0, 0, 0, 0, 1]
    assert made.start.tolist() == [1, 0, 0, 0]


def test_nothing_seen_is_no_world() -> None:
    nothing = np.zeros(0, int)
    with pytest.raises(EngineError, match="nothing was seen"):
        seen_transitions(nothing, nothing, nothing, nothing, nothing, 2)


@pytest.mark.parametrize("rule", ["sarsa", "expected-sarsa", "q-learning", "double-q"])
def test_the_way_out_is_learnt_by_stepping(rule: str) -> None:
    learnt = control_plain(
        SimulatorEnvironment(Corridor(), 4, 2),
        rule,
        np.random.default_rng(0),
        episodes=300,
        alpha=0.2,
        gamma=0.9,
        explore=Exploration(value=0.3),
    )
    assert (learnt.q[0, :3].argmax(axis=1) == 1).all()
    assert np.isnan(learnt.q[0, 3]).all()
