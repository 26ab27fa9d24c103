"""A text that a net has translated, and how many translations of a set are right."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dlcli.commands.predict.model import Model
from dlcli.commands.predict.record import layer_axes
from dlcli.engines.base.checks import Array
from dlcli.engines.language.sampling import Draw
from dlcli.nets.evaluation import Evaluation
from dlcli.nets.net import Net, picture_first
from dlcli.nets.translation import Translated
from dlcli.tensor import Attr, Axis, Tensor
from dlcli.words.line import Line


@dataclass(frozen=True)
class Translation:
    """What was read, by its numbers, and what came of it. ``net`` computes in float64."""

    model: Model
    net: Net
    read: tuple[int, ...]
    found: Translated
    attrs: Mapping[str, Attr]
    line: Line

    @property
    def input(self) -> None:
        """No tensor: what came in is a text."""

    @property
    def text(self) -> str:
        """What was read."""
        return self.model.joined(self.read, self.model.vocabulary)

    @property
    def keys(self) -> tuple[str, ...]:
        """Its characters, or words."""
        return tuple(self.model.vocabulary[one] for one in self.read)

    @property
    def draws(self) -> tuple[Draw, ...]:
        """How each character was chosen."""
        return self.found.draws

    @property
    def characters(self) -> tuple[str, ...]:
        """What was written, character by character, or word by word with the end sign."""
        return tuple(self.model.classes[one.word] for one in self.draws)

    @property
    def written(self) -> str:
        """What was written."""
        return self.behind(len(self.draws))

    def behind(self, step: int) -> str:
        """What has been written before a step."""
        return self.model.joined(one.word for one in self.draws[:step])

    @property
    def shares(self) -> Array:
        """The probability of each character that was written (step,)."""
        return np.array([one.shares[one.word] for one in self.draws])

    @property
    def likelihood(self) -> float:
        """The probability of all of them together: the product."""
        return math.prod(self.shares.tolist())

    @property
    def tensor(self) -> Tensor:
        """What was written (token,) by the numbers of the vocabulary; the text is in ``attrs["text"]``."""
        numbers = [self.model.vocabulary.index(one) for one in self.characters]
        attrs = {**self.attrs, "text": self.written}
        return Tensor(np.array(numbers), (Axis("token", self.characters),), "written", attrs)

    @property
    def steps(self) -> Tensor:
        """The classes that were written (step,): what ``--explain`` names one of."""
        return Tensor(np.array([one.word for one in self.draws]), (Axis("step"),), "steps", self.attrs)

    @property
    def probabilities(self) -> Tensor:
        """The probabilities of every step (step, class)."""
        return self._of_all([one.shares for one in self.draws], "probabilities")

    @property
    def logits(self) -> Tensor:
        """The numbers before softmax (step, class)."""
        return self._of_all([one.logits for one in self.draws], "logits")

    def _of_all(self, rows: list[Array], name: str) -> Tensor:
        return Tensor(np.stack(rows), (Axis("step"), Axis("class", self.model.classes)), name, self.attrs)

    @property
    def alignment(self) -> Tensor:
        """Where the net looked for each character (query, key), with several heads (head, query, key)."""
        assert self.found.alignment is not None
        axes: tuple[Axis, ...] = (Axis("query", self.characters), Axis("key", self.keys))
        maps = self.found.alignment
        if len(maps) == 1:
            return Tensor(maps[0], axes, "alignment", self.attrs)
        return Tensor(maps, (Axis("head"), *axes), "alignment", self.attrs)

    def layer(self, name: str) -> Tensor:
        """The output of a layer, once all is written."""
        x = self.found.inputs[:, None]
        y = next(picture_first(y)[0].copy() for found, y in self.net.activations(x) if found == name)
        return Tensor(y, layer_axes(self.model, name), name, self.attrs)


@dataclass(frozen=True)
class Measured:
    """How many translations of a part of a set are right.

    Each step of ``evaluation`` has been given the right characters before it: a translation whose steps are
    all right then is the one that the net writes by itself. ``rows`` are what is read, written and wanted of
    some: those that are wrong, where there are any.
    """

    model: Model
    attrs: Mapping[str, Attr]
    part: str
    learnt: bool
    evaluation: Evaluation
    rows: tuple[tuple[str, str, str], ...]
    line: Line

    @property
    def input(self) -> None:
        """No tensor: what came in is a set."""

    @property
    def whole(self) -> Array:
        """Which are right in every character, or word (example,)."""
        assert self.evaluation.whole is not None
        return self.evaluation.whole

    @property
    def tensor(self) -> Tensor:
        """The shares of whole translations and of characters that are right (measure,)."""
        right = [float(self.whole.mean()), self.evaluation.accuracy or 0.0]
        names = "whole", f"{self.model.translated}s"
        return Tensor(np.array(right), (Axis("measure", names),), "measures", self.attrs)
