"""A trained net as ``dlcli predict`` asks it: what it takes, what it answers, how good it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dlcli.nets.layers.noise import Dropout, Noise
from dlcli.nets.net import Net
from dlcli.nets.spec import ModelSpec
from dlcli.tensor import Tensor
from dlcli.wire.datasets.dataset import END


@dataclass(frozen=True)
class Model:
    """A net with its weights, the names of its classes, and what its file says of the training.

    ``word`` is what was typed. ``facts`` and ``history`` (epoch, measure) are those of the file.
    """

    word: str
    net: Net
    classes: tuple[str, ...]
    facts: Mapping[str, Any]
    history: Tensor | None

    @property
    def spec(self) -> ModelSpec:
        """The model."""
        return self.net.spec

    @property
    def answers(self) -> str:
        """What an output is: ``probabilities`` or ``scores`` of classes, ``values``, or an ``image``.

        Scores are outputs of which the largest names the class, and which need not add up to 1.
        """
        if len(self.spec.output) > 1 or self.spec.target == "input":
            return "image"
        if self.spec.loss == "cross-entropy" or (self.spec.loss == "binary-cross-entropy" and self.binary):
            return "probabilities"
        return "scores" if self.classes else "values"

    @property
    def binary(self) -> bool:
        """Whether one number tells two classes apart: it is the probability of the second."""
        return self.spec.output == (1,) and self.spec.loss == "binary-cross-entropy"

    @property
    def count(self) -> int:
        """How many classes it tells apart, or how many values it gives."""
        return 2 if self.binary else self.spec.output[-1]

    @property
    def labels(self) -> tuple[str, ...] | None:
        """The names of the classes, where there is one for each."""
        return self.classes if len(self.classes) == self.count and self.answers != "image" else None

    def named(self, place: int) -> str:
        """What a class is called: its name, or its number."""
        return str(place) if self.labels is None else self.labels[place]

    @property
    def drops(self) -> bool:
        """Whether there is dropout in it."""
        return any(isinstance(one.kind, Dropout) and one.kind.rate for one in self.spec.layers)

    @property
    def noises(self) -> bool:
        """Whether it begins with noise."""
        first = self.spec.layers[0].kind
        return isinstance(first, Noise) and first.stddev > 0

    @property
    def data(self) -> Mapping[str, Any]:
        """What it learnt from: ``name``, ``count``, …; nothing where the file does not say."""
        found = self.facts.get("data")
        return found if isinstance(found, dict) else {}

    @property
    def one(self) -> str:
        """What one input is called: picture, sequence or row."""
        return self.spec.one

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """The words that its inputs are numbers of; none where they are no words."""
        found = self.data.get("vocabulary")
        words = tuple(found) if isinstance(found, list) and all(isinstance(one, str) for one in found) else ()
        return words if len(words) == self.spec.words else ()

    @property
    def by_words(self) -> bool:
        """Whether it translates words rather than characters."""
        return END in self.classes

    @property
    def translated(self) -> str:
        """What it writes a step, where it translates: a character, or a word."""
        return "word" if self.by_words else "character"

    def joined(self, numbers: Iterable[int], names: Sequence[str] | None = None) -> str:
        """What it has read or written as a text, by the numbers of its classes or of other ``names``."""
        names = self.classes if names is None else names
        found = (names[one] for one in numbers)
        return (" " if self.by_words else "").join(one for one in found if one != END)

    @property
    def best(self) -> tuple[int, dict[str, float]]:
        """The epoch that the weights are of, counted from 1, and what was measured in it; 0 where unknown."""
        progress = self.facts.get("progress")
        epoch = progress.get("best_epoch") if isinstance(progress, dict) else None
        if self.history is None or not isinstance(epoch, int) or not 1 <= epoch <= len(self.history.data):
            return 0, {}
        names, row = self.history.axes[1].labels or (), self.history.data[epoch - 1].tolist()
        return epoch, dict(zip(names, row, strict=False))
