"""One run of ``dlcli train``: what was learnt from, how it went, and what the net does now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from dlcli.commands.kinds.nets.forecast import Forecast
from dlcli.engines.base.central_differences import Checked
from dlcli.nets.evaluation import Evaluation
from dlcli.nets.spec import ModelSpec
from dlcli.nets.training import Measured, Settings
from dlcli.tensor import Array
from dlcli.words.line import Line

if TYPE_CHECKING:
    from dlcli.commands.kinds.nets.data import Data


@dataclass(frozen=True)
class Mistake:
    """One example that the net is wrong about: the picture, what it is and what it was taken for.

    ``given`` is the probability that the true class got.
    """

    picture: Array
    true: str
    taken_for: str
    given: float


@dataclass(frozen=True)
class Change:
    """A kernel of the first layer that slides over pictures, before and after; (rows, columns, channel)."""

    place: int
    before: Array
    after: Array

    @property
    def size(self) -> float:
        """How far it has moved, as a share of its length before."""
        length = float(np.linalg.norm(self.before))
        return float(np.linalg.norm(self.after - self.before)) / length if length else 0.0


@dataclass(frozen=True, eq=False)
class Moment:
    """The end of an epoch, None before the first, and the first kernels over pictures (rows, columns, …)."""

    measured: Measured | None
    kernels: Array | None


@dataclass(frozen=True)
class Compared:
    """How the same training went without the weights of another net."""

    epochs: tuple[Measured, ...]
    best_epoch: int


@dataclass(frozen=True)
class Outcome:
    """All that a training has come to.

    ``evaluation`` is of the best epoch's weights on what is held out, or on what was learnt from where
    nothing is. ``confusion`` counts (true class, predicted class). ``repaired`` are pictures (example, 3, …):
    with noise, as the net gives them, and clean. ``layer`` is the name of the layer of ``changes``, ``noise``
    the deviation of the noise that was put on every input, ``pixels`` what becomes of pixels, in words,
    ``size`` how large an input is, in words, and ``word`` names the set to a command that takes arrays, too.
    Where each step has an answer, ``unit`` is what a step is; of a text, ``ngram`` is how many bits a
    character a model needs that has counted three characters in a row. ``longest`` is the length of the
    longest gradient, and the epoch and step that it came in; ``constant`` are the losses in training of
    nets that always give the same number, the best one and 0, where numbers are to be given.
    """

    data: str
    shape: tuple[int, ...]
    size: str
    count: int
    held_count: int
    held_name: str
    classes: tuple[str, ...]
    settings: Settings
    trained: int
    frozen: tuple[str, ...]
    epochs: tuple[Measured, ...]
    best_epoch: int
    evaluation: Evaluation
    confusion: Array | None
    mistakes: tuple[Mistake, ...]
    wrong: int
    repaired: Array | None
    layer: str
    changes: tuple[Change, ...]
    checks: tuple[Checked, ...]
    taken: tuple[str, ...]
    source: str
    compared: Compared | None
    fitted: bool
    output: str | None
    resumed: int
    noise: float | None
    dtype: str
    pixels: str
    word: str
    ngram: float | None = None
    unit: str = ""
    forecasts: tuple[Forecast, ...] = ()
    told: str = ""
    longest: tuple[float, int, int] = (0.0, 0, 0)
    constant: tuple[float, float] | None = None

    @property
    def best(self) -> Measured | None:
        """What was measured in the best epoch."""
        return self.epochs[self.best_epoch - 1] if self.best_epoch else None

    @property
    def evaluated(self) -> int:
        """How many answers the evaluation looked at."""
        labels = self.evaluation.labels
        return (self.held_count or self.count) if labels is None else len(labels)


@dataclass(frozen=True)
class Work:
    """A training that has run, or that runs while it is looked at.

    ``model`` is the word of the model, where one was typed; ``read`` what is learnt from. ``live`` trains
    epoch by epoch; ``finish`` does what is left of it and looks at the net. ``moments`` are its epochs so
    far, where they are shown; ``epochs`` are to be had.
    """

    spec: ModelSpec
    line: Line
    model: str | None
    read: Data
    live: Callable[[], Iterator[Measured]]
    finish: Callable[[], Outcome]
    moments: Sequence[Moment] = ()
    epochs: int = 0

    @cached_property
    def outcome(self) -> Outcome:
        """What the training has come to."""
        return self.finish()
