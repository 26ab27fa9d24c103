"""Layers over sequences that look at one step alone, or choose among the steps.

    embedding         y[t] = table[x[t]], a row for each word;  dtable[w] = Σ dy[t] over the t where x[t] = w
    positions         y[t] = x[t] + table[t], learnt, or of sines
    masking           y = x; steps whose features are all ``mask_value`` count as not there, and are 0
    steps             the steps from ``start`` to before ``stop``
    last-step         the last step that there is
    time-distributed  another layer on every step alone
    concat            the features of an earlier layer beside those that come in

Sources: Bengio et al., A neural probabilistic language model, 2003, for the embedding; Vaswani et al.,
Attention is all you need, 2017, section 3.5, and Radford et al., Improving language understanding by
generative pre-training, 2018, for positions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dlcli.engines.attention.positions import learned, sinusoidal
from dlcli.engines.base.checks import Array, DType, EngineError
from dlcli.nets.layers.base import (
    Arrays,
    Kind,
    Layer,
    Shape,
    Weight,
    Window,
    flat,
    one_of,
    positive,
    sequence,
)

#: Where positions come from.
LEARNED, SINUSOIDAL = "learned", "sinusoidal"


@dataclass(frozen=True, kw_only=True)
class Embedding(Kind):
    """A row of ``output_dim`` numbers for each of ``input_dim`` words, which come as whole numbers from 0.

    With ``mask_zero`` the word 0 fills up short sequences: its steps count as not there.
    """

    kind: ClassVar[str] = "embedding"
    keras: ClassVar[str] = "embedding"

    input_dim: int
    output_dim: int
    mask_zero: bool = False
    embeddings_initializer: str = ""

    def __post_init__(self) -> None:
        positive(self, input_dim=self.input_dim, output_dim=self.output_dim)

    def output(self, x: Shape) -> Shape:
        if len(x) != 1:
            raise EngineError(f"embedding takes (time,) of words by their numbers; received {x}")
        return x[0], self.output_dim

    def weights(self, x: Shape) -> dict[str, Weight]:
        size = self.input_dim, self.output_dim
        return {"embeddings": Weight(size, self.embeddings_initializer, (0, 1), size, role="embedding")}

    def build(self, x: Shape, values: Arrays, slopes: Arrays, dtype: DType) -> Layer:
        return Looked(self.mask_zero, values, slopes, dtype)


class Looked(Layer):
    """An embedding at work: rows are looked up."""

    def __init__(self, mask_zero: bool, values: Arrays, slopes: Arrays, dtype: DType) -> None:
        super().__init__(values, slopes, dtype)
        self.mask_zero = mask_zero

    def forward(self, x: Array, training: bool) -> Array:
        table = self.values["embeddings"]
        self.words = x.astype(np.intp)
        wrong = (self.words < 0) | (self.words >= len(table))
        if wrong.any():
            raise EngineError(
                f"words are numbers from 0 to {len(table) - 1} here; received "
                f"{x.reshape(-1)[wrong.argmax()]:g}"
            )
        y = self.memory.array("y", (table.shape[1], *x.shape))
        return np.take(table.T, self.words, axis=1, out=y, mode="clip")  # unbuffered: all are in range

    def mask_after(self) -> Array | None:
        return self.words != 0 if self.mask_zero else None

    def backward(self, dy: Array) -> Array:
        slope, words = self.slopes["embeddings"], self.words.reshape(-1)
        order = np.argsort(words, kind="stable")
        met, starts = np.unique(words[order], return_index=True)
        slope.fill(0)
        slope[met] = np.add.reduceat(flat(dy)[:, order], starts, axis=1).T
        return np.zeros(self.words.shape, self.dtype)


@dataclass(frozen=True, kw_only=True)
class Positions(Kind):
    """Where a step stands, added to it: a row for each of ``max_length`` places, learnt or sinusoidal."""

    kind: ClassVar[str] = "positions"
    keras: ClassVar[str] = "position_embedding"

    max_length: int = 0
    encoding: str = LEARNED
    embeddings_initializer: str = ""

    def __post_init__(self) -> None:
        one_of(self, "encoding", self.encoding, (LEARNED, SINUSOIDAL))

    def _length(self, x: Shape) -> int:
        return self.max_length or x[0]

    def output(self, x: Shape) -> Shape:
        time, _ = sequence(self, x)
        if time > self._length(x):
            raise EngineError(f"positions for {self.max_length} steps (max_length); received {time}")
        return x

    def weights(self, x: Shape) -> dict[str, Weight]:
        if self.encoding == SINUSOIDAL:
            return {}
        size = self._length(x), x[1]
        return {"embeddings": Weight(size, self.embeddings_initializer, (0, 1), size, role="embedding")}

    def build(self, x: Shape, values: Arrays, slopes: Arrays, dtype: DType) -> Layer:
        return Placed(values, slopes, dtype)


class Placed(Layer):
    """Positions at work; a sequence that goes on counts on."""

    def forward(self, x: Array, training: bool) -> Array:
        features, time, _ = x.shape
        begin = int(self.state["place"]) if self.carries and "place" in self.state else 0
        if self.values:
            rows = learned(self.values["embeddings"], time, begin)
        else:
            rows = sinusoidal(time, features, start=begin).astype(self.dtype)
        if self.carries:
            self.state["place"] = np.array(begin + time)
        return np.add(x, rows.T[:, :, None], out=self.memory.array("y", x.shape))

    def backward(self, dy: Array) -> Array:
        if self.values:
            slope = self.slopes["embeddings"]
            slope.fill(0)
            slope[: dy.shape[1]] = dy.sum(axis=2).T
        return dy


@dataclass(frozen=True, kw_only=True)
class Masking(Kind):
    """Steps whose features are all ``mask_value`` fill up short sequences: as if not there, and 0."""

    kind: ClassVar[str] = "masking"
    keras: ClassVar[str] = "masking"

    mask_value: float = 0.0

    def output(self, x: Shape) -> Shape:
        sequence(self, x)
        return x

    def build(self, x: Shape, values: Arrays, slopes: Arrays, dtype: DType) -> Layer:
        return Masked(self.mask_value, dtype)


class Masked(Layer):
    """Masking at work."""

    def __init__(self, value: float, dtype: DType) -> None:
        super().__init__({}, {}, dtype)
        self.value = dtype.type(value)

    def forward(self, x: Array, training: bool) -> Array:
        self.there = (x != self.value).any(axis=0)
        return x * self.there if self.value else x

    def mask_after(self) -> Array | None:
        return self.there

    def backward(self, dy: Array) -> Array:
        return dy * self.there


@dataclass(frozen=True, kw_only=True)
class Steps(Kind):
    """The steps from ``start`` to before ``stop``; numbers below 0 count from the end, as in Python."""

    kind: ClassVar[str] = "steps"
    keras: ClassVar[str] = "steps"

    start: int = 0
    stop: int | None = None

    def output(self, x: Shape) -> Shape:
        time, features = sequence(self, x)
        kept = len(range(time)[self.start : self.stop])
        if not kept:
            raise EngineError(f"steps {self.start} to {self.stop} of {time} are none")
        return kept, features

    def build(self, x: Shape, values: Arrays, slopes: Arrays, dtype: DType) -> Layer:
        return Cut(slice(self.start, self.stop), dtype)


class Cut(Layer):
    """Some of the steps, at work."""

    def __init__(self, at: slice, dtype: DType) -> None:
        super().__init__({}, {}, dtype)
        self.at = at

    def forward(self, x: Array, training: bool) -> Array:
        self.shape = x.shape
        kept = x[:, self.at]
        y = self.memory.array("y", kept.shape)
        np.copyto(y, kept)
        return y

    def mask_after(self) -> Array | None:
        return None if self.mask is None else self.mask[self.at]

    def backward(self, dy: Array) -> Array:
        dx = self.memory.array("dx", self.shape)
        dx.fill(0)
        dx[:, self.at] = dy
        return dx


@dataclass(frozen=True, kw_only=True)
class LastStep(Kind):
    """The last step that there is: what is left of a sequence at its end."""

    kind: ClassVar[str] = "last-step"
    keras: ClassVar[str] = "last_step"

    @property
    def looks_ahead(self) -> bool:
        return True

    def output(self, x: Shape) -> Shape:
        return (sequence(self, x)[1],)

    def window(self, x: Shape) -> Window | None:
        return None

    def build(self, x: Shape, values: Arrays, slopes: Arrays, dtype: DType) -> Layer:
        return Last({}, {}, dtype)


class Last(Layer):
    """The last step at work; of a sequence that has none, the last of those that are not there."""

    def forward(self, x: Array, training: bool) -> Array:
        self.shape, (_, time, n) = x.shape, x.shape
        self.ends = np.full(n, time - 1)
        if self.mask is not None:
            self.ends -= np.argmax(self.mask[::-1], axis=0)
        y = self.memory.array("y", (len(x), n))
        np.copyto(y, x[:, self.ends, np.arange(n)])
        return y

    def backward(self, dy: Array) -> Array:
        dx = self.memory.array("dx", self.shape)
        dx.fill(0)
        dx[:, self.ends, np.arange(self.shape[2])] = dy
        return dx


@dataclass(frozen=True, kw_only=True)
class TimeDistributed(Kind):
    """A ``layer`` over features, at work on every step alone, with the same weights."""

    kind: ClassVar[str] = "time-distributed"
    keras: ClassVar[str] = "time_distributed"

    layer: Kind

    @property
    def ending(self) -> str:
        return self.layer.ending

    def output(self, x: Shape) -> Shape:
        time, features = sequence(self, x)
        inner = self.layer.output((features,))
        if self.layer.sources or len(inner) != 1:
            raise EngineError(f"its layer makes features of features; {self.layer.kind} gives {inner}")
        return time, inner[0]

    def weights(self, x: Shape) -> dict[str, Weight]:
        return self.layer.weights((sequence(self, x)[1],))

    def multiply_adds(self, x: Shape) -> int:
        return x[0] * self.layer.multiply_adds((x[1],))

    def begin(self, values: Arrays, recipe: str) -> None:
        self.layer.begin(values, recipe)

    def build(self, x: Shape, values: Arrays, slopes: Arrays, dtype: DType) -> Layer:
        return EachStep(self.layer.build((x[1],), values, slopes, dtype))


class EachStep(Layer):
    """A layer on every step: all steps of all sequences are its batch."""

    def __init__(self, layer: Layer) -> None:
        super().__init__(layer.values, layer.slopes, layer.dtype)
        self.layer = layer

    def prepare(self, generator: np.random.Generator | None) -> None:
        self.layer.prepare(generator)

    def forward(self, x: Array, training: bool) -> Array:
        y = self.layer.forward(flat(x), training)
        return y.reshape(len(y), *x.shape[1:])

    def backward(self, dy: Array) -> Array:
        self.layer.first = self.first
        dx = self.layer.backward(flat(dy))
        return dy if self.first else dx.reshape(len(dx), *dy.shape[1:])


@dataclass(frozen=True, kw_only=True)
class Concat(Kind):
    """What comes in, and behind its features (or channels) those of the layer that is named ``source``."""

    kind: ClassVar[str] = "concat"
    keras: ClassVar[str] = "concatenate"

    source: str

    @property
    def sources(self) -> tuple[str, ...]:
        return (self.source,)

    def check_sources(self, x: Shape, others: tuple[Shape, ...]) -> None:
        if others[0][:-1] != x[:-1]:
            raise EngineError(
                f"concat takes two that differ in their last number alone: {x} comes in, {self.source} gives "
                f"{others[0]}"
            )

    def output_with(self, x: Shape, others: tuple[Shape, ...]) -> Shape:
        return *x[:-1], x[-1] + others[0][-1]

    def build(self, x: Shape, values: Arrays, slopes: Arrays, dtype: DType) -> Layer:
        return Beside({}, {}, dtype)


class Beside(Layer):
    """Two activations beside each other, at work."""

    def forward(self, x: Array, training: bool) -> Array:
        (other,), self.width = self.others, len(x)
        y = self.memory.array("y", (len(x) + len(other), *x.shape[1:]))
        np.copyto(y[: len(x)], x)
        np.copyto(y[len(x) :], other)
        return y

    def backward(self, dy: Array) -> Array:
        self.to_others = (dy[self.width :],)
        return dy[: self.width]
