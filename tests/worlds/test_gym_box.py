"""Worlds that are observed as numbers: what is known of them, and the spaces that nobody can act in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from dlcli.errors import DlcliError
from dlcli.worlds.gym import gym_world
from dlcli.worlds.gym_box import BoxWorld

gymnasium = pytest.importorskip("gymnasium")


def box(word: str) -> BoxWorld:
    world = gym_world(word)
    assert isinstance(world, BoxWorld)
    return world


def test_cartpole_is_what_gymnasium_says() -> None:
    world = box("gym:CartPole-v1")
    assert world.observed == ("position", "velocity", "angle", "angular velocity")
    assert world.actions == ("left", "right")
    assert (world.limit, world.solved) == (500, 475.0)
    assert np.isinf(world.high).tolist() == [False, True, False, True]
    assert world.high[0] == pytest.approx(4.8)


def test_an_agent_there_steps_as_in_gymnasium() -> None:
    mine, theirs = box("gym:CartPole-v1").simulate(7), gymnasium.make("CartPole-v1").unwrapped
    assert np.array_equal(mine.reset(), theirs.reset(seed=7)[0])
    for action in (0, 1, 1, 0):
        observed, reward, ended = mine.step(action)
        expected = theirs.step(action)
        assert np.array_equal(observed, expected[0])
        assert (reward, ended) == (expected[1], expected[2])
    assert np.array_equal(mine.reset(), theirs.reset()[0])  # chance goes on, and does not begin again


def test_an_option_of_the_world_is_heeded() -> None:
    assert box("gym:CartPole-v1?sutton_barto_reward=true").simulate(0).reset().shape == (4,)


SPACES = gymnasium.spaces
ROW, COUNTED = SPACES.Box(-1, 1, (3,)), SPACES.Discrete(2)


@pytest.mark.parametrize(
    ("observed", "acted", "told"),
    [
        (SPACES.Dict({"eye": ROW}), COUNTED, "states that cannot be counted: Dict('eye': Box("),
        (SPACES.Box(0, 255, (8, 8, 3), np.uint8), COUNTED, "states that cannot be counted: Box(0, 255, (8, 8, 3), uint8)"),
        (SPACES.MultiBinary(4), COUNTED, "states that cannot be counted: MultiBinary(4)"),
        (ROW, SPACES.Box(-1, 1, (1,)), "actions that cannot be counted: Box("),
        (ROW, SPACES.MultiBinary(2), "actions that cannot be counted: MultiBinary(2)"),
        (ROW, SPACES.Discrete(2, start=1), "actions that cannot be counted: Discrete(2, start=1)"),
    ],
)  # fmt: skip
def test_a_space_that_no_agent_can_act_in_is_named(observed: Any, acted: Any, told: str, odd: Any) -> None:
    odd(observed, acted)
    with pytest.raises(DlcliError, match=re.escape(f"gym:OddBox-v0 has {told}")):
        gym_world("gym:OddBox-v0")


def test_a_world_that_nobody_knows_has_numbers_for_names(odd: Any) -> None:
    odd(ROW, COUNTED)
    world = box("gym:OddBox-v0")
    assert (world.observed, world.actions) == (("0", "1", "2"), ("0", "1"))
    assert (world.limit, world.solved) == (1000, None)
    with pytest.raises(DlcliError, match=r"^gym:OddBox-v0 cannot do action 1: no such thing$"):
        world.simulate(0).step(1)


@pytest.fixture
def odd() -> Iterator[Any]:
    """Registers ``gym:OddBox-v0`` with these spaces."""

    def register(observed: Any, acted: Any) -> None:
        class Odd(gymnasium.Env[Any, Any]):  # type: ignore[misc]
            observation_space, action_space = observed, acted

            def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
                return observed.sample(), {}

            def step(self, action: Any) -> Any:
                raise ValueError("no such thing")

        gymnasium.register("OddBox-v0", entry_point=Odd, disable_env_checker=True)

    yield register
    del gymnasium.registry["OddBox-v0"]
