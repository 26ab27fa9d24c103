"""One run of ``dlcli transformer`` on one input: its tokens, its blocks, and what each of them did."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypedDict

import numpy as np

from dlcli.commands.kinds.attention.layers import change_tensor, rollout_tensor
from dlcli.engines.attention.attention import Attended
from dlcli.engines.attention.heads import MultiHead
from dlcli.engines.transformer.blocks import Block, Design, Transformer, parameters
from dlcli.engines.transformer.decoding import DecodedStep, decoded_steps
from dlcli.engines.transformer.residual import Measures, measures
from dlcli.engines.transformer.token_changes import TokenChanges, token_changes
from dlcli.engines.transformer.torch_weights import Stack
from dlcli.tensor import Array, Axis, Tensor
from dlcli.words.line import Line


@dataclass(frozen=True)
class Model(Stack):
    """The blocks, and where they come from: a file, or nothing but a seed."""

    source: str | None


@dataclass(frozen=True)
class Tokens:
    """Vectors (token, feature) for the blocks to work on; ``embedded`` when they were words.

    ``positions`` says whether their places were added.
    """

    tensor: Tensor
    embedded: bool
    positions: bool


class Masks(TypedDict):
    """Who may look at whom among the tokens and at the memory: as for ``transformer``, None for all."""

    mask: Array | None
    memory_mask: Array | None


@dataclass(frozen=True)
class Work:
    """Tokens through all blocks, looked into at the block ``layer``.

    ``all_layers`` says whether the story is of all of them.
    ``memory`` (token, feature) is what a decoder looks at and ``memory_made`` says how it was made; 1 in the
    ``masks`` was read as ``mask_means``;
    ``at_memory`` is true where the weights at it are looked at, not those among the tokens. What only a story
    needs is computed when it is read.
    """

    input: Tensor
    tokens: Tokens
    model: Model
    design: Design
    made: Transformer
    memory: Tensor | None
    memory_made: str
    masks: Masks
    mask_means: str
    layer: int
    all_layers: bool
    decoder: bool
    at_memory: bool
    seed: int
    line: Line

    @property
    def output(self) -> Tensor:
        """The tokens behind the last block."""
        return Tensor(self.made.output, self.tokens.tensor.axes, "output", self.input.attrs)

    @property
    def layers(self) -> Tensor:
        """The tokens before the first block and behind each."""
        names = ("input", *(f"block {number}" for number in range(len(self.made.blocks))))
        own = zip(self.tokens.tensor.axes, ("token", "feature"), strict=True)
        axes = (Axis("layer", names), *(replace(a, name=name) if a.name == "layer" else a for a, name in own))
        return Tensor(self.made.states, axes, "layers", self.input.attrs)

    @property
    def weights(self) -> Tensor:
        """What each token looks at, in every block and head."""
        data = np.stack([block.maps[int(self.at_memory)] for block in self.made.blocks])
        query = self.tokens.tensor.axes[0]
        key = self.memory.axes[0] if self.at_memory and self.memory is not None else query
        axes = (Axis("layer"), Axis("head"), replace(query, name="query"), replace(key, name="key"))
        return Tensor(data, axes, "weights", self.input.attrs)

    @property
    def blind(self) -> Array:
        """The tokens that in some head of the block see nothing where the weights are looked at."""
        weights = self.weights.data[self.layer]
        return np.flatnonzero((weights == 0).all(axis=-1).any(axis=0))

    @cached_property
    def rollout(self) -> Tensor:
        """How much of each token of the input is in each behind a block, by attention among them alone."""
        return rollout_tensor(self.own_weights, self.tokens.tensor.axes[0])

    @property
    def own_weights(self) -> Array:
        """What each token looks at among the tokens (layer, head, T, T)."""
        return np.stack([block.maps[0] for block in self.made.blocks])

    @cached_property
    def changes(self) -> TokenChanges:
        """How each token's vector changes from block to block."""
        return token_changes(self.made.states)

    def change(self, name: str) -> Tensor:
        """Of each token before the first block and behind each its norm, or a cosine."""
        layer, token, _ = self.layers.axes
        return change_tensor(name, self.changes, layer, token)

    def attended(self, layer: int) -> Attended:
        """Every number of the attention of one block whose weights are looked at."""
        parts = [step.part for step in self.made.blocks[layer].steps if isinstance(step.part, MultiHead)]
        return parts[int(self.at_memory)].attended

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
    def parameters(self) -> int:
        """How many numbers could be trained."""
        return sum(map(parameters, (*self.model.layers, self.model.norm)))

    @cached_property
    def measured(self) -> tuple[tuple[Measures, ...], ...]:
        """What each part of each block did, in a few numbers."""
        return tuple(tuple(map(measures, block.steps)) for block in self.made.blocks)

    @cached_property
    def decoding(self) -> tuple[DecodedStep, ...]:
        """Token by token with a cache, each step beside its row of the pass over all tokens."""
        memory = None if self.memory is None else self.memory.data
        return decoded_steps(
            self.made, self.model.layers, self.design, memory=memory, norm=self.model.norm, **self.masks
        )
