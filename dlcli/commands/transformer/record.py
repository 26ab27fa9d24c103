"""What the views of ``dlcli transformer`` are told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from dlcli.commands.transformer.parts import Model, Options, Tokens
from dlcli.engines.attention.attention import Attended
from dlcli.engines.attention.heads import MultiHead
from dlcli.engines.transformer.blocks import Block, BlockWeights, Design, Transformer
from dlcli.engines.transformer.decoding import Decoder, Products, products
from dlcli.engines.transformer.residual import Measures, measures
from dlcli.tensor import Axis, Tensor


@dataclass(frozen=True)
class DecodedStep:
    """One step of decoding with a cache: how far it is from the pass over all tokens, and what it took."""

    difference: float
    products: Products


@dataclass(frozen=True)
class Work:
    """What the view is told."""

    input: Tensor
    tokens: Tokens
    model: Model
    design: Design
    made: Transformer
    memory: Tensor | None
    memory_made: str
    layer: int
    options: Options

    @property
    def output(self) -> Tensor:
        """The tokens behind the last block."""
        return Tensor(self.made.output, self.tokens.tensor.axes, "output", self.input.attrs)

    @property
    def layers(self) -> Tensor:
        """The tokens before the first block and behind each."""
        names = ("input", *(f"block {number}" for number in range(len(self.made.blocks))))
        axes = (Axis("layer", names), *self.tokens.tensor.axes)
        return Tensor(self.made.states, axes, "layers", self.input.attrs)

    @property
    def weights(self) -> Tensor:
        """What each token looks at, in every block and head."""
        memory = self.options.maps == "memory" and self.memory is not None
        data = np.stack([block.maps[int(memory)] for block in self.made.blocks])
        query = self.tokens.tensor.axes[0]
        key = self.memory.axes[0] if memory and self.memory is not None else query
        axes = (Axis("layer"), Axis("head"), named("query", query), named("key", key))
        return Tensor(data, axes, "weights", self.input.attrs)

    def attended(self, layer: int) -> Attended:
        """Every number of the attention of one block whose weights are looked at."""
        memory = self.options.maps == "memory" and self.memory is not None
        parts = [step.part for step in self.made.blocks[layer].steps if isinstance(step.part, MultiHead)]
        return parts[int(memory)].attended

    def behind(self, count: int) -> Work:
        """The same, as if the first so many blocks were all."""
        blocks = self.made.blocks[:count]
        made = replace(self.made, blocks=blocks, norm=None, output=blocks[-1].output)
        model = replace(self.model, layers=self.model.layers[:count], norm=None)
        return replace(self, made=made, model=model, layer=count - 1)

    @property
    def block(self) -> Block:
        """The block that is looked at."""
        return self.made.blocks[self.layer]

    @property
    def block_weights(self) -> BlockWeights:
        """Its weights."""
        return self.model.layers[self.layer]

    @property
    def parameters(self) -> int:
        """How many numbers could be trained."""
        of_blocks = sum(count(weights) for weights in self.model.layers)
        return of_blocks + (count(self.model.norm) if self.model.norm is not None else 0)

    @cached_property
    def measured(self) -> tuple[tuple[Measures, ...], ...]:
        """What each part of each block did, in a few numbers."""
        return tuple(tuple(map(measures, block.steps)) for block in self.made.blocks)

    @property
    def words(self) -> tuple[str, ...]:
        """The options that decide about the result, as they would be typed again."""
        return tuple(self.options.words())

    @cached_property
    def decoding(self) -> tuple[DecodedStep, ...]:
        """Token by token with a cache, each step beside its row of the pass over all tokens."""
        x = self.made.input
        memory = None if self.memory is None else self.memory.data
        decoder = Decoder(self.model.layers, self.design, len(x), memory=memory, norm=self.model.norm)
        sizes = self.model.features, self.model.hidden, len(self.model.layers)
        found = []
        for place, token in enumerate(x):
            row, _ = decoder.step(token)
            wanted = self.made.output[place]
            # No number is as good as no number: both passes lose the same ones.
            apart = np.where(np.isnan(row) & np.isnan(wanted), 0, np.abs(row - wanted))
            difference = float(apart.max())
            took = products(place + 1, *sizes, 0 if memory is None else len(memory))
            found.append(DecodedStep(difference, took))
        return tuple(found)


def named(name: str, axis: Axis) -> Axis:
    """An axis under another name."""
    return Axis(name, axis.labels, axis.start, axis.step, axis.unit)


def count(weights: object) -> int:
    """Numbers in a record of arrays and of further records."""
    if isinstance(weights, np.ndarray):
        return int(weights.size)
    parts = weights if isinstance(weights, tuple) else vars(weights).values() if weights is not None else ()
    return sum(map(count, parts))
