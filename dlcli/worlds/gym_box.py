"""Gymnasium's worlds whose observations are numbers: a box of them, and actions that can be counted."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dlcli.errors import DlcliError, printable
from dlcli.tensor import Array, Attr

#: What the numbers of an observation are called, in worlds that everybody knows.
OBSERVED = {
    "CartPole": ("position", "velocity", "angle", "angular velocity"),
    "MountainCar": ("position", "velocity"),
    "Acrobot": ("cos θ₁", "sin θ₁", "cos θ₂", "sin θ₂", "velocity 1", "velocity 2"),
}

#: A bound from which on a number counts as unbounded.
UNBOUNDED = 1e6

#: The discount of such worlds: most have episodes of some hundred steps.
GAMMA = 0.99

#: The steps of an episode in a world that does not say how many it allows.
STEPS = 1000


class BoxSimulator:
    """One agent in such a world, seeded once.

    ``reset()`` gives the observation (D,) in which an episode begins, ``step(action)`` the next one, the
    reward, and whether the world ended the episode.
    """

    def __init__(
        self, environment: Any, seed: int, name: str, count: int, value: Callable[[int], Any] = int
    ) -> None:
        self._environment, self._name, self._count, self._value = environment, name, count, value
        self._seed: int | None = seed

    def reset(self) -> Array:
        """Begin an episode. Raises ``DlcliError`` when the world cannot."""
        try:
            found = self._observed(self._environment.reset(seed=self._seed)[0])
        except Exception as error:  # noqa: BLE001 (whatever code that is not ours may raise)
            raise self._failed("cannot begin an episode", error) from None
        self._seed = None
        return found

    def step(self, action: int) -> tuple[Array, float, bool]:
        """Do something. Raises ``DlcliError`` when the world cannot."""
        try:
            observation, reward, ended, _, _ = self._environment.step(self._value(action))
            return self._observed(observation), finite_reward(reward), bool(ended)
        except Exception as error:  # noqa: BLE001 (whatever code that is not ours may raise)
            raise self._failed(f"cannot do action {action}", error) from None

    def _observed(self, observation: Any) -> Array:
        """What was observed (D,). Raises ``ValueError`` where it is not what the space says."""
        found = np.asarray(observation, np.float64).reshape(-1)
        if len(found) != self._count:
            raise ValueError(f"{len(found)} numbers were observed; its space has {self._count}")
        if not np.isfinite(found).all():
            raise ValueError(f"it was observed as {found.tolist()}; finite numbers were expected")
        return found

    def _failed(self, what: str, error: Exception) -> DlcliError:
        told = str(error).partition("\n")[0] or type(error).__name__
        return DlcliError(printable(f"{self._name} {what}: {told}"))


def finite_reward(reward: Any) -> float:
    """A reward. Raises ``ValueError`` where it is no finite number."""
    paid = float(reward)
    if not math.isfinite(paid):
        raise ValueError(f"it paid {paid}; a finite number was expected")
    return paid


@dataclass(frozen=True, eq=False)
class BoxWorld:
    """A world in which each observation is D numbers; ``simulate(seed)`` makes an agent that steps in it.

    ``low`` and ``high`` (D,) are the least and the largest numbers, infinite where there is no bound.
    ``limit`` is after how many steps an episode is cut, ``solved`` the mean return from which on the world
    counts as solved, where it says so.
    """

    name: str
    observed: tuple[str, ...]
    actions: tuple[str, ...]
    low: Array
    high: Array
    simulate: Callable[[int], BoxSimulator]
    limit: int = STEPS
    solved: float | None = None
    gamma: float = GAMMA
    attrs: Mapping[str, Attr] = field(default_factory=dict)


def is_box(space: Any) -> bool:
    """Whether a space of Gymnasium's is a row of numbers, no picture."""
    shape = getattr(space, "shape", None)
    return hasattr(space, "high") and shape is not None and len(shape) == 1 and shape[0] > 0


def box_world(
    word: str,
    name: str,
    environment: Any,
    actions: tuple[str, ...],
    make: Callable[[], Any],
    value: Callable[[int], Any],
) -> BoxWorld:
    """The world of an environment whose observations are a box; ``make`` makes another one like it, and
    ``value`` is what it takes for the action of a number.
    """
    import gymnasium

    space, own = environment.observation_space, environment.spec
    spec = gymnasium.registry.get(getattr(own, "id", ""), own)  # its own lacks the steps that are allowed
    count = int(space.shape[0])
    known = OBSERVED.get(name.rpartition("/")[2].partition("-")[0], ())
    observed = known if len(known) == count else tuple(str(i) for i in range(count))
    low, high = np.asarray(space.low, np.float64), np.asarray(space.high, np.float64)
    limit, solved = getattr(spec, "max_episode_steps", None), getattr(spec, "reward_threshold", None)
    return BoxWorld(
        word,
        observed,
        actions,
        np.where(low < -UNBOUNDED, -np.inf, low),
        np.where(high > UNBOUNDED, np.inf, high),
        lambda seed: BoxSimulator(make(), seed, word, count, value),
        STEPS if limit is None else int(limit),
        None if solved is None else float(solved),
        attrs={"source": word},
    )
