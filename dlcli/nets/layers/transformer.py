"""Transformer blocks over a batch of sequences: parts, each with a residual connection and a normalisation.

    post-norm  y = norm(x + part(x))      pre-norm  y = x + part(norm(x))

The parts are attention, in a decoder's block with a memory attention to that, and two dense layers with an
activation between them. The residual hands the gradient on unchanged beside what the part hands back.

Sources: Vaswani et al., Attention is all you need, 2017, figure 1; Xiong et al., On layer normalization in
the transformer architecture, 2020, for pre-norm.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dlcli.engines.base.checks import Array, DType, EngineError
from dlcli.nets.layers.activation import FUNCTIONS, Relu, activation_layer
from dlcli.nets.layers.attention import Attending, Attention, check_heads, check_memory
from dlcli.nets.layers.base import Arrays, Kind, Layer, Shape, Weight, Window, one_of, positive, sequence
from dlcli.nets.layers.dense import Dense, DenseLayer
from dlcli.nets.layers.noise import Dropped
from dlcli.nets.layers.normalise import OverChannels

#: The parts of a block, in front of the names of their weights; attention to a memory is in decoders alone.
OWN, MEMORY, WIDEN, NARROW = "attention", "memory", "linear1", "linear2"


@dataclass(frozen=True, kw_only=True)
class TransformerBlock(Kind):
    """Attention of ``heads``, a dense layer of ``hidden`` units (0: four times the features), one back.

    ``dropout`` is the share of what each part gives that is dropped in training.
    """

    kind: ClassVar[str] = "transformer-block"
    keras: ClassVar[str] = "transformer_block"

    heads: int = 1
    hidden: int = 0
    activation: str = "relu"
    norm_first: bool = False
    causal: bool = False
    dropout: float = 0.0
    epsilon: float = 1e-5
    kernel_initializer: str = ""

    def __post_init__(self) -> None:
        positive(self, heads=self.heads)
        one_of(self, "activation", self.activation, FUNCTIONS)
        if not 0 <= self.dropout < 1:
            raise EngineError(f"dropout of {self.kind} is from 0 to below 1; received {self.dropout!r}")
        if not self.epsilon > 0:
            raise EngineError(f"epsilon of {self.kind} is above 0; received {self.epsilon!r}")

    @property
    def ending(self) -> str:
        return "linear"  # the activation is inside

    @property
    def looks_ahead(self) -> bool:
        return not self.causal or bool(self.sources)

    @property
    def own(self) -> Attention:
        """Its attention."""
        return Attention(heads=self.heads, causal=self.causal, kernel_initializer=self.kernel_initializer)

    def output(self, x: Shape) -> Shape:
        check_heads(self.heads, sequence(self, x)[1])
        return x

    def parts(self, x: Shape) -> Iterator[tuple[str, Kind, Shape]]:
        """Each part that has weights, what it is, and the shape that it takes."""
        features = sequence(self, x)[1]
        hidden = self.hidden or 4 * features
        yield OWN, self.own, x
        yield from self.looking(x)
        recipe = self.kernel_initializer
        yield WIDEN, Dense(units=hidden, kernel_initializer=recipe), x
        yield NARROW, Dense(units=features, kernel_initializer=recipe), (x[0], hidden)

    def looking(self, x: Shape) -> Iterator[tuple[str, Kind, Shape]]:
        """The attention to a memory, where there is one."""
        return iter(())

    def weights(self, x: Shape) -> dict[str, Weight]:
        made: dict[str, Weight] = {}
        for part, kind, shape in self.parts(x):
            made |= {f"{part}_{name}": one for name, one in kind.weights(shape).items()}
        for i in range(self.norms):
            one = (x[1],)
            made |= {
                f"norm{i + 1}_gamma": Weight(one, "ones", (0,)),
                f"norm{i + 1}_beta": Weight(one, "zeros", (0,)),
            }
        return made

    @property
    def norms(self) -> int:
        """How many layer normalisations it has."""
        return 2

    def multiply_adds(self, x: Shape) -> int:
        return self.multiply_adds_with(x, ())

    def multiply_adds_with(self, x: Shape, others: tuple[Shape, ...]) -> int:
        products = sum(
            kind.multiply_adds_with(shape, others if part == MEMORY else ())
            for part, kind, shape in self.parts(x)
        )
        return products + 2 * self.norms * x[0] * x[1]

    def window(self, x: Shape) -> Window | None:
        return None

    def build(self, x: Shape, values: Arrays, slopes: Arrays, dtype: DType) -> Layer:
        return Block(self, x, values, slopes, dtype)


@dataclass(frozen=True, kw_only=True)
class DecoderBlock(TransformerBlock):
    """A block whose attention looks at no later step, and with ``memory`` at another layer's output."""

    kind: ClassVar[str] = "decoder-block"
    keras: ClassVar[str] = "decoder_block"

    causal: bool = True
    memory: str = ""

    @property
    def sources(self) -> tuple[str, ...]:
        return (self.memory,) if self.memory else ()

    def check_sources(self, x: Shape, others: tuple[Shape, ...]) -> None:
        check_memory(self.memory, x, others)

    def looking(self, x: Shape) -> Iterator[tuple[str, Kind, Shape]]:
        if self.memory:
            recipe = self.kernel_initializer
            yield MEMORY, Attention(heads=self.heads, memory=self.memory, kernel_initializer=recipe), x

    @property
    def norms(self) -> int:
        return 3 if self.memory else 2


def part_of(arrays: Arrays, part: str) -> Arrays:
    """The arrays of one part by its own names."""
    front = f"{part}_"
    return {name.removeprefix(front): array for name, array in arrays.items() if name.startswith(front)}


class Block(Layer):
    """A block at work."""

    def __init__(
        self, kind: TransformerBlock, x: Shape, values: Arrays, slopes: Arrays, dtype: DType
    ) -> None:
        super().__init__(values, slopes, dtype)
        self.kind = kind
        made: dict[str, Layer] = {
            part: one.build(shape, part_of(values, part), part_of(slopes, part), dtype)
            for part, one, shape in kind.parts(x)
        }
        self.looks = MEMORY in made
        forward = FeedForward(made.pop(WIDEN), kind.activation, made.pop(NARROW), dtype)
        self.parts: list[Layer] = [*made.values(), forward]
        self.attentions = [one for one in self.parts if isinstance(one, Attending)]
        self.norms = [
            OverChannels(
                kind.epsilon, part_of(values, f"norm{i + 1}"), part_of(slopes, f"norm{i + 1}"), dtype
            )
            for i in range(kind.norms)
        ]
        self.drops = [Dropped(kind.dropout, dtype) for _ in self.parts]

    def prepare(self, generator: np.random.Generator | None) -> None:
        for one in self.drops:
            one.prepare(generator if self.kind.dropout else None)

    def forward(self, x: Array, training: bool) -> Array:
        for place, (part, norm, drop) in enumerate(zip(self.parts, self.norms, self.drops, strict=True)):
            looks = self.looks and place == 1
            part.others, part.masks = (self.others, self.masks) if looks else ((), ())
            part.mask = self.mask
            if part is self.parts[0]:  # the memory stays the same
                part.carries = self.carries
                part.state = self.state
            inner = norm.forward(x, training) if self.kind.norm_first else x
            made = drop.forward(part.forward(inner, training), training)
            total = np.add(x, made, out=self.memory.array(f"sum {place}", x.shape))
            x = total if self.kind.norm_first else norm.forward(total, training)
        return x

    def backward(self, dy: Array) -> Array:
        self.to_others = ()
        for place in reversed(range(len(self.parts))):
            part, norm, drop = self.parts[place], self.norms[place], self.drops[place]
            if not self.kind.norm_first:
                dy = norm.backward(dy)
            inner = part.backward(drop.backward(dy))
            if part.to_others:
                self.to_others = part.to_others
            if self.kind.norm_first:
                inner = norm.backward(inner)
            dy = np.add(dy, inner, out=self.memory.array(f"dx {place}", dy.shape))
        return dy


class FeedForward(Layer):
    """The two dense layers at work."""

    def __init__(self, widen: Layer, activation: str, narrow: Layer, dtype: DType) -> None:
        super().__init__({}, {}, dtype)
        assert isinstance(widen, DenseLayer)
        assert isinstance(narrow, DenseLayer)
        between = activation_layer(activation, dtype)
        if isinstance(between, Relu):
            between.in_place = True
        self.layers = widen, between, narrow

    def forward(self, x: Array, training: bool) -> Array:
        for layer in self.layers:
            x = layer.forward(x, training)
        return x

    def backward(self, dy: Array) -> Array:
        for layer in reversed(self.layers):
            dy = layer.backward(dy)
        return dy
