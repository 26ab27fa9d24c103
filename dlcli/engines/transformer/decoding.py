"""Causal decoding token by token: keys and values of what was read stay in a cache.

A token's keys and values depend on no later token, so that nothing that was computed once need be computed
again: each step works on one token and equals a row of the pass over all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from dlcli.engines.attention.heads import MultiHead, MultiHeadWeights, attend, split_heads
from dlcli.engines.base.checks import Array, EngineError, compute_dtype
from dlcli.engines.tensors.dense import dense
from dlcli.engines.transformer.blocks import (
    FORWARD,
    MEMORY,
    SELF,
    Block,
    BlockWeights,
    Design,
    Step,
    Transformer,
    step_of,
)
from dlcli.engines.transformer.feed_forward import FeedForward, feed_forward
from dlcli.engines.transformer.layer_norm import NormWeights, layer_norm


class Cache:
    """The keys and values (H, most, D) of one attention, filled as tokens come."""

    def __init__(self, weights: MultiHeadWeights, heads: int, most: int) -> None:
        self.weights, self.heads, self.most, self.length = weights, heads, most, 0
        self._keys: Array | None = None
        self._values: Array | None = None

    def add(self, tokens: Array) -> None:
        """Keys and values of further tokens (n, F). Raises ``EngineError`` when there is no room for them."""
        key, value = (
            split_heads(dense(tokens, part), self.heads) for part in (self.weights.key, self.weights.value)
        )
        if self._keys is None or self._values is None:
            heads, _, width = key.shape
            self._keys, self._values = np.empty((2, heads, self.most, width), key.dtype)
        end = self.length + len(tokens)
        if end > self.most:
            raise EngineError(f"the cache has room for {self.most} tokens; received {end}")
        self._keys[:, self.length : end] = key
        self._values[:, self.length : end] = value
        self.length = end

    def attend(self, tokens: Array, mask: Array | None = None, window: int | None = None) -> MultiHead:
        """What tokens (n, F), the last that came, find among all in the cache; ``mask`` is of that size."""
        if self._keys is None or self._values is None:
            raise EngineError("nothing is in the cache; add tokens before attending to them")
        query = split_heads(dense(tokens, self.weights.query), self.heads)
        return attend(
            query,
            self._keys[:, : self.length],
            self._values[:, : self.length],
            self.weights,
            mask=mask,
            window=window,
            offset=self.length - len(tokens),
        )


class Decoder:
    """Works through a text token by token, at most ``most`` of them.

    The rest is as for ``transformer``; whether the design is causal does not matter, since what has not come
    yet cannot be seen, and the keys and values of a memory (S, F) are computed once, here. ``mask`` fits
    (H, most, most), ``memory_mask`` (H, most, S).
    """

    def __init__(
        self,
        layers: Sequence[BlockWeights],
        design: Design,
        most: int,
        *,
        memory: Array | None = None,
        norm: NormWeights | None = None,
        mask: Array | None = None,
        memory_mask: Array | None = None,
    ) -> None:
        self.layers, self.design, self.norm, self.length = layers, design, norm, 0
        self.masks: dict[str, Array] = {}
        for name, seen, keys in (
            (SELF, mask, most),
            (MEMORY, memory_mask, 0 if memory is None else len(memory)),
        ):
            if seen is not None:
                self.masks[name] = np.broadcast_to(seen, (*seen.shape[:-2], most, keys))
        self.caches: list[dict[str, Cache]] = []
        for weights in layers:
            if (memory is None) != (weights.memory is None):
                raise EngineError("a decoder's block needs a memory, an encoder's has no weights for one")
            caches = {SELF: Cache(weights.attention, design.heads, most)}
            if memory is not None and weights.memory is not None:
                caches[MEMORY] = Cache(weights.memory, design.heads, len(memory))
                caches[MEMORY].add(memory)
            self.caches.append(caches)

    def step(self, x: Array) -> tuple[Array, tuple[Block, ...]]:
        """The next token (F,): what the last block (and the norm behind it) makes of it, and every block."""
        x = x.astype(compute_dtype(x), copy=False)[None]
        self.length += 1
        blocks: list[Block] = []
        for weights, caches in zip(self.layers, self.caches, strict=True):
            steps: list[Step] = []
            for name, norm in zip([*caches, FORWARD], weights.norms, strict=True):
                part = partial(self._part, name, weights, caches)
                steps.append(step_of(name, x, norm, self.design, part))
                x = steps[-1].output
            blocks.append(Block(tuple(steps)))
        last = x if self.norm is None else layer_norm(x, self.norm, self.design.eps).output
        return last[0], tuple(blocks)

    def _part(
        self, name: str, weights: BlockWeights, caches: dict[str, Cache], x: Array
    ) -> MultiHead | FeedForward:
        if name == FORWARD:
            return feed_forward(x, weights.feed_forward, self.design.activation)
        if name == SELF:
            caches[SELF].add(x)
        mask = self.masks.get(name)
        if mask is not None:
            mask = mask[..., self.length - 1 : self.length, : caches[name].length]
        return caches[name].attend(x, mask, self.design.window if name == SELF else None)


@dataclass(frozen=True)
class Products:
    """Multiplications of numbers with weights and with each other that one step takes, in all blocks."""

    cached: int
    again: int


def products(tokens: int, features: int, hidden: int, layers: int, memory: int = 0) -> Products:
    """What the step to so many tokens takes with the cache, and what a pass over all of them would take.

    Per token: four dense layers of attention, two of the feed-forward part (and two of the attention to the
    memory, whose keys and values take two more a pass); per query and key a score and a weighted value.

    >>> products(3, 4, 8, 1)
    Products(cached=152, again=456)
    """
    of_token = 4 * features**2 + 2 * features * hidden
    if memory:
        of_token += 2 * features**2 + 2 * memory * features
    cached = of_token + 2 * tokens * features
    again = tokens * of_token + 2 * tokens**2 * features + 2 * memory * features**2
    return Products(layers * cached, layers * again)


@dataclass(frozen=True)
class DecodedStep:
    """One step with a cache: how far it is at most from its row of the pass over all, and what it took."""

    difference: float
    products: Products


def decoded_steps(
    whole: Transformer,
    layers: Sequence[BlockWeights],
    design: Design,
    *,
    memory: Array | None = None,
    norm: NormWeights | None = None,
    mask: Array | None = None,
    memory_mask: Array | None = None,
) -> tuple[DecodedStep, ...]:
    """Decode the tokens (T, F) of a causal pass over all of them once more, step by step with a cache.

    The rest is as for that pass. Where both ways have no number (nan), they are not apart.

    >>> from dlcli.engines.transformer.blocks import transformer
    >>> from dlcli.engines.transformer.random_weights import random_layers
    >>> layers, design = random_layers(np.random.default_rng(0), 1, 4, 8), Design(2, causal=True)
    >>> steps = decoded_steps(transformer(np.eye(4), layers, design), layers, design)
    >>> len(steps), steps[2].products, max(step.difference for step in steps) < 1e-12
    (4, Products(cached=152, again=456), True)

    Source: Vaswani et al., Attention is all you need, 2017, section 3.2.3, for what makes them equal.
    """
    decoder = Decoder(
        layers, design, len(whole.input), memory=memory, norm=norm, mask=mask, memory_mask=memory_mask
    )
    narrow = layers[0].feed_forward.narrow.kernel  # (hidden, F)
    sizes = narrow.shape[1], narrow.shape[0], len(layers)
    steps = []
    for place, (token, wanted) in enumerate(zip(whole.input, whole.output, strict=True)):
        row, _ = decoder.step(token)
        apart = np.where(np.isnan(row) & np.isnan(wanted), 0, np.abs(row - wanted))
        took = products(place + 1, *sizes, 0 if memory is None else len(memory))
        steps.append(DecodedStep(float(apart.max()), took))
    return tuple(steps)
