"""What several trainings have come to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from dlcli.commands.kinds.nets.forecast import Forecast
from dlcli.nets.training import Settings
from dlcli.tensor import Array, Attr, Axis, Tensor
from dlcli.words.line import Line

#: What is measured of all trainings -> in words.
MEASURES = {"wrong": "the share of wrong answers", "loss": "loss", "bits": "bits a character"}


#: What stands in the place of a net: a model that has counted characters, and one number for all.
COUNTED, CONSTANT = "counted, three in a row", "always the same"


@dataclass(frozen=True)
class Trained:
    """One training: its ``error`` on what is held out, its parameters, and seconds of an epoch."""

    model: str
    data: str
    seed: int
    error: float
    parameters: int
    seconds: float


@dataclass(frozen=True)
class Sweep:
    """All of them: ``models`` and ``sets`` in their order, each pair from ``runs`` seeds.

    ``measure`` is what the errors are, of ``MEASURES``; ``guess`` the share of wrong answers of guessing on
    the last set, and ``others`` are the errors on each set without any net, by what stands in its place.
    ``held_out`` says whether they are of what is held out, or of what was learnt from, and ``unit`` what is
    right or wrong where each step has an answer: words, or characters.
    """

    models: tuple[str, ...]
    sets: tuple[str, ...]
    found: tuple[Trained, ...]
    runs: int
    measure: str
    guess: float | None
    settings: Settings
    attrs: Mapping[str, Attr]
    line: Line
    forecasts: tuple[Forecast, ...] = ()
    others: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    held_out: bool = True
    unit: str = ""

    @property
    def values(self) -> Array:
        """The errors (model, set, run)."""
        by_pair: dict[tuple[str, str], list[float]] = {(one.model, one.data): [] for one in self.found}
        for one in self.found:
            by_pair[one.model, one.data].append(one.error)
        return np.array([[by_pair[model, data] for data in self.sets] for model in self.models])

    @property
    def steps(self) -> tuple[float, ...] | None:
        """The numbers behind the colons of the sets, where they rise; none where there are no such."""
        found = [re.fullmatch(r"[^:]+:(\d+)", name) for name in self.sets]
        numbers = tuple(float(one[1]) for one in found if one)
        rises = all(a < b for a, b in pairwise(numbers))
        return numbers if len(numbers) == len(self.sets) and rises else None

    @property
    def errors(self) -> Tensor:
        """The mean errors (model, set); of several runs (model, set, measure) with least and largest."""
        axes = Axis("model", self.models), Axis("set", self.sets)
        values = self.values
        if self.runs == 1:
            return Tensor(values[..., 0], axes, "errors", self.attrs)
        data = np.stack([values.mean(axis=2), values.min(axis=2), values.max(axis=2)], axis=2)
        return Tensor(data, (*axes, Axis("measure", ("mean", "least", "largest"))), "errors", self.attrs)

    def of(self, model: str) -> list[Trained]:
        """The trainings of one model."""
        return [one for one in self.found if one.model == model]
