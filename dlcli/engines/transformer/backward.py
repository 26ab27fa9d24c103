"""The way back through transformer blocks: how a loss changes with tokens, memory and weights."""

from __future__ import annotations

from dataclasses import dataclass

from dlcli.engines.attention.heads import MultiHead, MultiHeadWeights, multi_head_backward
from dlcli.engines.base.checks import Array
from dlcli.engines.transformer.blocks import MEMORY, SELF, Block, BlockWeights, Design, Step
from dlcli.engines.transformer.feed_forward import FeedForward, FeedForwardWeights, feed_forward_backward
from dlcli.engines.transformer.layer_norm import NormWeights, layer_norm_backward


@dataclass(frozen=True)
class BlockGradients:
    """Gradients at the tokens (T, F), at the memory (S, F) where there is one, and at the weights."""

    x: Array
    memory: Array | None
    weights: BlockWeights


def block_backward(
    dy: Array, terms: Block, weights: BlockWeights, design: Design, memory: Array | None = None
) -> BlockGradients:
    """From ``dy`` (..., T, F) at the output of a block back through its parts, the last one first.

    A residual connection hands the gradient on unchanged beside what the part hands back; that is why deep
    stacks can be trained. Arguments as for ``block``, which made ``terms``.

    >>> import numpy as np
    >>> from dlcli.engines.transformer.blocks import block
    >>> from dlcli.engines.transformer.random_weights import random_layers
    >>> rng, design = np.random.default_rng(0), Design(heads=2)
    >>> x, (weights,) = rng.normal(size=(3, 4)), random_layers(rng, 1, 4, 8)
    >>> found = block_backward(np.ones((3, 4)), block(x, weights, design), weights, design)
    >>> found.x.shape, found.weights.feed_forward.widen.kernel.shape
    ((3, 4), (4, 8))

    Source: Vaswani et al., 2017, by the chain rule.
    """
    dmemory: Array | None = None
    norms: list[NormWeights] = []
    attentions: dict[str, MultiHeadWeights] = {}
    forward: FeedForwardWeights = weights.feed_forward
    for step, norm in zip(reversed(terms.steps), reversed(weights.norms), strict=True):
        inner = step.norm.output if design.norm_first else step.input
        dsum = dy
        if not design.norm_first:
            dsum, gain, bias = layer_norm_backward(dy, step.norm, norm)
        dinner, dseen, at = _part_backward(dsum, inner, step, weights, design, memory)
        if isinstance(at, FeedForwardWeights):
            forward = at
        else:
            attentions[step.name] = at
        if step.name == MEMORY:
            dmemory = dseen
        elif dseen is not None:
            dinner = dinner + dseen
        if design.norm_first:
            dinner, gain, bias = layer_norm_backward(dinner, step.norm, norm)
        norms.insert(0, NormWeights(gain, bias))
        dy = dsum + dinner
    return BlockGradients(
        dy, dmemory, BlockWeights(attentions[SELF], forward, tuple(norms), attentions.get(MEMORY))
    )


def _part_backward(
    dy: Array, x: Array, step: Step, weights: BlockWeights, design: Design, memory: Array | None
) -> tuple[Array, Array | None, MultiHeadWeights | FeedForwardWeights]:
    """Gradients at a part's input, at what its attention looked at, and at its weights."""
    part = step.part
    if isinstance(part, FeedForward):
        dx, forward = feed_forward_backward(dy, x, part, weights.feed_forward, design.activation)
        return dx, None, forward
    assert isinstance(part, MultiHead)
    own = step.name == SELF
    attention = weights.attention if own else weights.memory
    seen = x if own else memory
    assert attention is not None and seen is not None  # noqa: PT018 (block made sure of both)
    return multi_head_backward(dy, x, seen, part, attention)
