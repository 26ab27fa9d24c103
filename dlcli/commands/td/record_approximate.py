"""One run of ``dlcli td --approximate`` on worlds with tables: values by weights, beside the table's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.decisions.approximation.prediction import Estimates, Updated
from dlcli.tensor import Axis, Tensor
from dlcli.words.line import Line
from dlcli.worlds.world import World

if TYPE_CHECKING:
    from dlcli.commands.td.options import Options

#: Bytes of one number that is learnt.
BYTES = 8


@dataclass(frozen=True, eq=False)
class Compared:
    """One world: what the table and each approximation learnt from the same episodes.

    ``words`` and ``names`` are those of the M estimates, the table first; ``sizes`` how many numbers each
    learns, ``used`` how many of those of linear features belong to any state. ``exact`` (S,) is None where it
    cannot be computed, and ``why`` says why. ``points`` (S, D) are what the first approximation knows of the
    states. ``again`` learns by it once more, up to an update.
    """

    world: World
    words: tuple[str, ...]
    names: tuple[str, ...]
    sizes: tuple[int, ...]
    learnt: Estimates
    exact: Array | None
    why: str
    points: Array
    used: int | None
    again: Callable[[int], Updated]

    @cached_property
    def values(self) -> Array:
        """V(s) by each estimate (M, S), the mean over runs."""
        return np.stack([one.values.mean(axis=0) for one in self.learnt.learnt])

    @cached_property
    def rms(self) -> Array | None:
        """The RMS error of each estimate in every run, before and after each episode (M, R, E+1)."""
        if self.exact is None:
            return None
        return np.stack([one.rms for one in self.learnt.learnt if one.rms is not None])

    @property
    def ends(self) -> Array:
        """The RMS error at the end, the mean over runs (M,); nan where nobody knows it."""
        if self.rms is None:
            return np.full(len(self.names), np.nan)
        found: Array = self.rms[:, :, -1].mean(axis=1)
        return found

    @property
    def updates(self) -> int:
        """Updates of one estimate in the first run."""
        return int(self.learnt.steps[0].sum())


@dataclass(frozen=True, eq=False)
class Approximated:
    """Worlds, each with its table and its approximations."""

    compared: tuple[Compared, ...]
    options: Options
    seed: int = 0
    line: Line = field(default_factory=Line)

    @property
    def world(self) -> World:
        """The first world."""
        return self.compared[0].world

    @property
    def gamma(self) -> float:
        """The discount of the first world."""
        return self.options.discount(self.world)

    @property
    def finite(self) -> bool:
        """Whether all values are finite numbers."""
        return all(np.isfinite(one.values).all() for one in self.compared)


def outputs(work: Approximated) -> Mapping[str, Callable[[], Tensor]]:
    """The tensors of what was learnt; those of states are there for one world alone."""
    first, several = work.compared[0], len(work.compared) > 1
    unknown = np.full((len(first.names), work.options.episodes + 1), np.nan)
    names = Axis("world", tuple(one.world.title for one in work.compared))
    every = Axis("estimate", first.names)
    attrs = {"seed": work.seed} if several else {**work.world.attrs, "gamma": work.gamma, "seed": work.seed}

    def values() -> Tensor:
        return Tensor(first.values.T, (Axis("state", first.world.states), every), "values", attrs)

    def errors() -> Tensor:
        exact = np.full(len(first.world.states), np.nan) if first.exact is None else first.exact
        return Tensor((first.values - exact).T, (Axis("state", first.world.states), every), "errors", attrs)

    def rms() -> Tensor:
        found = np.stack([unknown if one.rms is None else one.rms.mean(axis=1) for one in work.compared])
        axes = (names, every, Axis("episode", start=0, step=1))
        return Tensor(found if several else found[0], axes if several else axes[1:], "rms", attrs)

    def sizes() -> Tensor:
        rows = [
            [(one.sizes[0], size, end) for size, end in zip(one.sizes, one.ends, strict=True)]
            for one in work.compared
        ]
        axes = (names, every, Axis("column", ("states", "numbers", "rms")))
        found = np.array(rows, np.float64)
        return Tensor(found if several else found[0], axes if several else axes[1:], "sizes", attrs)

    def returns() -> Tensor:
        axes = (Axis("run"), Axis("episode"))
        return Tensor(first.learnt.returns, axes, "returns", attrs)

    if several:  # whose states, and episodes, are others in each of them
        return {"sizes": sizes, "rms": rms}
    return {"values": values, "sizes": sizes, "errors": errors, "rms": rms, "returns": returns}
