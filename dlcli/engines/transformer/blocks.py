"""Transformer blocks: attention and a feed-forward part, each with a residual connection and a layer norm.

Letters in the shapes: T tokens, S tokens of the memory, F features, H heads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from dlcli.engines.attention.heads import MultiHead, MultiHeadWeights, multi_head_attention
from dlcli.engines.base.checks import Array, EngineError, compute_dtype
from dlcli.engines.transformer.feed_forward import FeedForward, FeedForwardWeights, feed_forward
from dlcli.engines.transformer.layer_norm import EPS, LayerNorm, NormWeights, layer_norm

#: What the parts of a block are called, in their order.
SELF, MEMORY, FORWARD = "attention", "memory attention", "feed-forward"


@dataclass(frozen=True)
class BlockWeights:
    """One block. ``memory`` and a third norm are there in a decoder's block that looks at a memory.

    ``norms`` belong to the parts in their order: attention, attention to the memory, feed-forward.
    """

    attention: MultiHeadWeights
    feed_forward: FeedForwardWeights
    norms: tuple[NormWeights, ...]
    memory: MultiHeadWeights | None = None


@dataclass(frozen=True)
class Design:
    """What all blocks of a transformer share beside their shapes.

    The ``heads`` of an attention divide the features. ``norm_first`` is pre-norm, x + part(norm(x));
    otherwise it is post-norm, as in the first transformer: norm(x + part(x)). ``activation``, a name in
    ``ACTIVATIONS``, is that of the feed-forward part; with ``causal`` a token sees only itself and those
    before it, with ``window`` only tokens fewer than so many places away; ``eps`` is what the norms add to
    the variance.
    """

    heads: int
    norm_first: bool = False
    activation: str = "relu"
    causal: bool = False
    eps: float = EPS
    window: int | None = None


@dataclass(frozen=True)
class Step:
    """One part of a block with its residual connection and its norm.

    What ``part`` gave is added to ``input``; the norm is of the part's input in pre-norm, else of the sum.
    """

    name: str
    input: Array
    part: MultiHead | FeedForward
    norm: LayerNorm
    output: Array


@dataclass(frozen=True)
class Block:
    """What one block did, part by part."""

    steps: tuple[Step, ...]

    @property
    def output(self) -> Array:
        """The tokens as the block leaves them (T, F)."""
        return self.steps[-1].output

    @property
    def maps(self) -> tuple[Array, ...]:
        """The weights of each attention (H, T, T), then (H, T, S) of that to the memory."""
        return tuple(step.part.attended.weights for step in self.steps if isinstance(step.part, MultiHead))


@dataclass(frozen=True)
class Transformer:
    """What a stack of blocks did; ``norm`` is the one behind the last block, where there is one."""

    input: Array
    blocks: tuple[Block, ...]
    norm: LayerNorm | None
    output: Array

    @property
    def states(self) -> Array:
        """The tokens before the first block and behind each of them (layer + 1, T, F)."""
        return np.stack([self.input, *(block.output for block in self.blocks)])


def block(
    x: Array,
    weights: BlockWeights,
    design: Design,
    memory: Array | None = None,
    *,
    mask: Array | None = None,
    memory_mask: Array | None = None,
) -> Block:
    """One transformer block: attention, attention to the memory if there is one, and the feed-forward part.

    Parameters
    ----------
    x : array (..., T, F), real
    memory : array (..., S, F), optional
        What a decoder's block looks at, such as an encoder's output.
    mask, memory_mask : arrays that fit (..., H, T, T) and (..., H, T, S), optional
        Who may look at whom among the tokens, and of the memory, as for ``attention``.

    Raises ``EngineError`` when there is a memory and no weights for it or the other way round, and for widths
    that do not fit.

    >>> from dlcli.engines.transformer.random_weights import random_layers
    >>> rng = np.random.default_rng(0)
    >>> made = block(rng.normal(size=(3, 4)), random_layers(rng, 1, 4, 8)[0], Design(heads=2))
    >>> [step.name for step in made.steps], made.output.shape, made.maps[0].shape
    (['attention', 'feed-forward'], (3, 4), (2, 3, 3))

    Source: Vaswani et al., Attention is all you need, 2017, figure 1; Xiong et al., On layer normalization in
    the transformer architecture, 2020, for pre-norm.
    """
    if (memory is None) != (weights.memory is None):
        has = "weights for a memory and none was given" if memory is None else "no weights for a memory"
        raise EngineError(f"the block has {has}; a decoder's block looks at a memory, an encoder's does not")
    names = [SELF, MEMORY, FORWARD] if memory is not None else [SELF, FORWARD]
    if len(weights.norms) != len(names):
        raise EngineError(f"a block of {len(names)} parts has as many norms; received {len(weights.norms)}")
    x = x.astype(compute_dtype(x), copy=False)
    steps: list[Step] = []
    for name, norm in zip(names, weights.norms, strict=True):
        part = partial(_part, name, weights, design, memory, memory_mask if name == MEMORY else mask)
        steps.append(step_of(name, x, norm, design, part))
        x = steps[-1].output
    return Block(tuple(steps))


def step_of(
    name: str,
    x: Array,
    norm: NormWeights,
    design: Design,
    part: Callable[[Array], MultiHead | FeedForward],
) -> Step:
    """What ``part`` makes of the tokens x, its residual connection, and its norm before or behind it."""
    if design.norm_first:
        before = layer_norm(x, norm, design.eps)
        made = part(before.output)
        return Step(name, x, made, before, x + made.output)
    made = part(x)
    after = layer_norm(x + made.output, norm, design.eps)
    return Step(name, x, made, after, after.output)


def _part(
    name: str, weights: BlockWeights, design: Design, memory: Array | None, mask: Array | None, x: Array
) -> MultiHead | FeedForward:
    if name == SELF:
        return multi_head_attention(
            x, x, weights.attention, design.heads, mask=mask, causal=design.causal, window=design.window
        )
    if name == MEMORY and memory is not None and weights.memory is not None:
        memory = memory.astype(x.dtype, copy=False)
        return multi_head_attention(x, memory, weights.memory, design.heads, mask=mask)
    return feed_forward(x, weights.feed_forward, design.activation)


def transformer(
    x: Array,
    layers: Sequence[BlockWeights],
    design: Design,
    *,
    memory: Array | None = None,
    norm: NormWeights | None = None,
    mask: Array | None = None,
    memory_mask: Array | None = None,
) -> Transformer:
    """A stack of blocks, each working on what the one before it left; all of them look at the same memory.

    x is (..., T, F), memory (..., S, F); ``norm`` is applied behind the last block; masks are as for
    ``block``. Raises ``EngineError`` as ``block`` does, and when there is no block.

    >>> from dlcli.engines.transformer.random_weights import random_layers
    >>> rng = np.random.default_rng(0)
    >>> made = transformer(rng.normal(size=(3, 4)), random_layers(rng, 2, 4, 8), Design(heads=2, causal=True))
    >>> made.output.shape, made.states.shape
    ((3, 4), (3, 3, 4))
    """
    if not layers:
        raise EngineError("a transformer has at least one block; received none")
    x = x.astype(compute_dtype(x), copy=False)
    blocks: list[Block] = []
    state = x
    for weights in layers:
        blocks.append(block(state, weights, design, memory, mask=mask, memory_mask=memory_mask))
        state = blocks[-1].output
    last = None if norm is None else layer_norm(state, norm, design.eps)
    return Transformer(x, tuple(blocks), last, state if last is None else last.output)


def parameters(weights: object) -> int:
    """How many numbers could be trained in arrays, and in records and tuples of such; None has none.

    >>> parameters(NormWeights(np.ones(3), np.zeros(3)))
    6
    """
    if isinstance(weights, np.ndarray):
        return int(weights.size)
    parts = weights if isinstance(weights, tuple) else () if weights is None else vars(weights).values()
    return sum(map(parameters, parts))
