"""Worlds that are observed as numbers: what is known of them, and the spaces that nobody can act in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from dlcli.errors import DlcliError
from dlcli.worlds.gym import SteppedWorld, gym_world
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


def played(*, sees: Any, pays: float = 1.0) -> Any:
    """A world whose observations are ``sees`` after the first step, whatever its space."""

    class Odd(gymnasium.Env[Any, Any]):  # type: ignore[misc]
        observation_space, action_space = ROW, COUNTED

        def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
            return np.zeros(3), {}

        def step(self, action: Any) -> Any:
            return sees, pays, False, False, {}

    return Odd


@pytest.mark.parametrize(
    ("sees", "pays", "told"),
    [
        (np.zeros(2), 1.0, "2 numbers were observed; its space has 3"),
        (np.array([0, np.nan, 1]), 1.0, "it was observed as [0.0, nan, 1.0]; finite numbers were expected"),
        (np.zeros(3), np.nan, "it paid nan; a finite number was expected"),
    ],
    ids=["length", "no number", "reward"],
)
def test_what_is_observed_otherwise_than_its_space_says_is_told(
    sees: Any, pays: float, told: str, cli: Any
) -> None:
    gymnasium.register("Liar-v0", entry_point=played(sees=sees, pays=pays), disable_env_checker=True)
    try:
        words = ("td", "gym:Liar-v0", "--control", "q-learning", "--approximate", "mlp", "--steps", "50")
        ended = cli(*words, "--epsilon-decay", "0", "-f", "plain")
    finally:
        del gymnasium.registry["Liar-v0"]
    assert ended.code == 1
    assert "gym:Liar-v0 cannot do action" in ended.err
    assert told in ended.err


class Bell(gymnasium.Env[Any, Any]):  # type: ignore[misc]
    """One number is seen, and one is done, both from 5 on; what is done is paid."""

    observation_space = SPACES.Discrete(3, start=5)
    action_space = SPACES.Discrete(2, start=5)
    seen: Any = 7

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        return self.seen, {}

    def step(self, action: Any) -> Any:
        assert self.action_space.contains(action)
        return self.seen, float(np.asarray(action).sum()), True, False, {}


class Chords(Bell):
    """Pairs of numbers, in what is seen and in what is done."""

    observation_space = SPACES.MultiDiscrete([2, 3])
    action_space = SPACES.MultiDiscrete([2, 2], start=[0, 4])
    seen = np.array([1, 2])


@pytest.mark.parametrize(
    ("world", "states", "actions", "seen"),
    [
        (Bell, ("5", "6", "7", "end"), ("5", "6"), 2),
        (Chords, ("0,0", "0,1", "0,2", "1,0", "1,1", "1,2", "end"), ("0,4", "0,5", "1,4", "1,5"), 5),
    ],
    ids=["from 5 on", "pairs"],
)
def test_spaces_are_counted_from_where_they_start(
    world: Any, states: tuple[str, ...], actions: tuple[str, ...], seen: int
) -> None:
    gymnasium.register("Bell-v0", entry_point=world, disable_env_checker=True)
    try:
        made = gym_world("gym:Bell-v0")
        assert isinstance(made, SteppedWorld)
        assert (made.states, made.actions) == (states, actions)
        agent = made.simulate(0)
        assert agent.reset() == seen
        last = len(actions) - 1
        assert agent.step(last) == (len(states) - 1, float(sum(map(int, actions[last].split(",")))), True)
    finally:
        del gymnasium.registry["Bell-v0"]


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
