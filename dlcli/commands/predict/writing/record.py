"""A text that a net has written, and how well it foretells one that is there."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dlcli.commands.predict.model import Model
from dlcli.commands.predict.record import layer_axes
from dlcli.engines.base.checks import Array
from dlcli.engines.language.sampling import Draw
from dlcli.nets.evaluation import Evaluation, Examples
from dlcli.nets.generation import attentions, cached_numbers, room
from dlcli.nets.net import Net, picture_first
from dlcli.tensor import Attr, Axis, Tensor
from dlcli.words.line import Line


@dataclass(frozen=True)
class Written:
    """What came behind a text.

    ``net`` computes in float64; ``begun`` are the words that were there, by their numbers, ``draws`` what was
    drawn behind them. Where nothing was to be written (``writes``) that is the one word whose probabilities
    were asked for. The others are the options.
    """

    model: Model
    net: Net
    begun: tuple[int, ...]
    draws: tuple[Draw, ...]
    writes: bool
    temperature: float
    top_k: int | None
    top_p: float | None
    seed: int
    attrs: Mapping[str, Attr]
    line: Line

    @property
    def input(self) -> None:
        """No tensor: what came in is a text."""

    @property
    def words(self) -> tuple[int, ...]:
        """All words by their numbers, those that were drawn last."""
        return self.begun + tuple(one.word for one in self.draws) * self.writes

    def text(self, words: tuple[int, ...]) -> str:
        """Words as they are read."""
        return "".join(self.model.vocabulary[word] for word in words)

    @property
    def prompt(self) -> str:
        """The text that was there."""
        return self.text(self.begun)

    @property
    def continuation(self) -> str:
        """What was written behind it."""
        return self.text(self.words[len(self.begun) :])

    @property
    def tensor(self) -> Tensor:
        """All words (token,), labelled by themselves; the text is in ``attrs["text"]``."""
        names = tuple(self.model.vocabulary[word] for word in self.words)
        attrs = {**self.attrs, "text": self.text(self.words)}
        return Tensor(np.array(self.words), (Axis("token", names),), "written", attrs)

    @property
    def steps(self) -> Tensor:
        """The numbers of the words that were drawn (step,): what ``--explain`` names one of."""
        return Tensor(np.array([one.word for one in self.draws]), (Axis("step"),), "drawn", self.attrs)

    @property
    def probabilities(self) -> Tensor:
        """What each word was drawn by (step, word); of the next word alone (word,)."""
        return self._of_all([one.probabilities for one in self.draws], "probabilities")

    @property
    def logits(self) -> Tensor:
        """What the net said of each word (step, word)."""
        return self._of_all([one.logits for one in self.draws], "logits")

    def _of_all(self, rows: list[Array], name: str) -> Tensor:
        words = Axis("word", self.model.vocabulary)
        if not self.writes:
            return Tensor(rows[0], (words,), name, self.attrs)
        return Tensor(np.stack(rows), (Axis("step"), words), name, self.attrs)

    @property
    def attends(self) -> bool:
        """Whether there is an attention to be looked at."""
        return cached_numbers(self.net) > 0

    @property
    def cached(self) -> int:
        """Numbers that are kept of each word that was read, so that no step computes them again."""
        return cached_numbers(self.net)

    @property
    def room(self) -> int | None:
        """How many words the net reads at once at most."""
        return room(self.net)

    def layer(self, name: str) -> Tensor:
        """The output of a layer for all words, or the last that the net reads at once (token, feature)."""
        words = self.words if self.room is None else self.words[-self.room :]
        x = np.array(words, self.net.dtype)[:, None]
        y = next(picture_first(y)[0].copy() for found, y in self.net.activations(x) if found == name)
        first, *inner = layer_axes(self.model, name)
        if len(y) == len(words):
            first = Axis("token", tuple(self.model.vocabulary[word] for word in words))
        return Tensor(y, (first, *inner), name, self.attrs)

    @cached_property
    def attention(self) -> Tensor:
        """Where each of the last words looked (layer, head, query, key): shares that add up to 1."""
        words = self.words if self.room is None else self.words[-self.room :]
        maps = attentions(self.net, words)
        names = tuple(self.model.vocabulary[word] for word in words)
        axes = Axis("layer"), Axis("head"), Axis("query", names), Axis("key", names)
        return Tensor(maps, axes, "attention", self.attrs)


@dataclass(frozen=True)
class Measured:
    """How well a net foretells a text: ``evaluation`` over all its characters, ``part`` which they are.

    ``examples`` are windows of ``window`` characters, each labelled by those that truly follow.
    """

    model: Model
    attrs: Mapping[str, Attr]
    part: str
    learnt: bool
    window: int
    examples: Examples
    evaluation: Evaluation
    line: Line

    @property
    def input(self) -> None:
        """No tensor: what came in is a text."""

    @property
    def count(self) -> int:
        """How many characters are foretold."""
        return self.examples.count * self.window

    @property
    def bits(self) -> float:
        """Bits a character."""
        return self.evaluation.loss / math.log(2)

    @property
    def tensor(self) -> Tensor:
        """Bits a character and the share of right ones (measure,)."""
        right = self.evaluation.accuracy or 0.0
        axis = Axis("measure", ("bits", "accuracy"))
        return Tensor(np.array([self.bits, right]), (axis,), "measures", self.attrs)

    @property
    def probabilities(self) -> Tensor:
        """What the net gave each character before one was seen (true, word), labelled by those that came."""
        net, known = self.model.net, self.model.vocabulary
        shares = self._through(lambda x: net.probabilities(net.forward(x)))
        assert self.examples.labels is not None
        came = tuple(known[one] for one in self.examples.labels.reshape(-1).tolist())
        return Tensor(shares, (Axis("true", came), Axis("word", known)), "probabilities", self.attrs)

    def layer(self, name: str) -> Tensor:
        """The output of a layer for each character that was read (token, feature)."""
        net, known = self.model.net, self.model.vocabulary
        y = self._through(lambda x: next(y for found, y in net.activations(x) if found == name))
        first, *inner = layer_axes(self.model, name)
        if len(y) == self.count:
            read = self.examples.take(np.arange(self.examples.count)).reshape(-1)
            first = Axis("token", tuple(known[one] for one in read.tolist()))
        return Tensor(y, (first, *inner), name, self.attrs)

    def _through(self, of: Callable[[Array], Array]) -> Array:
        """What a function of batches, read as ``evaluate`` reads them, gives at every step (step, …)."""
        net, examples = self.model.net, self.examples
        made, order = [], []
        net.forget()
        for places in examples.read_by(net):
            with net.following():
                made.append(picture_first(of(net.batch(examples.take(places)))).copy())
            order.append(places)
        net.forget()
        y = np.concatenate(made)[np.argsort(np.concatenate(order))]
        return y.reshape(-1, *y.shape[2:])
