"""The output of attention in bounded memory: tile by tile, never the whole matrix of scores.

The share of a key is exp(score) over their sum. No score of a query q is beyond ±|q| · max |k|: where that
bound is small, the exponentials of the scores as they are neither overflow nor vanish, and what they do to
the values is divided by their sum at the end. That leaves three calls a tile: a product, the exponentials, a
product; and a sum.

Where the bound is large, the largest score so far is taken away from all of them first, and what was added
up is corrected whenever it grows (online softmax).

Source: Milakov and Gimelshein, Online normalizer calculation for softmax, 2018; Rabe and Staats,
Self-attention does not need O(n²) memory, 2021.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np

from dlcli.engines.attention.attention import FullyMasked, blind_words, checked_scale, fitting
from dlcli.engines.attention.masks import additive, check_mask
from dlcli.engines.attention.similarities import Similarity, similarity_of
from dlcli.engines.attention.strips import strips
from dlcli.engines.base.checks import Array, DType, EngineError
from dlcli.engines.base.tiles import for_each, thread_count

ROWS = 256  # queries of a tile
COLUMNS = 512  # keys of a tile: 256 × 512 float32 numbers stay in the cache between the three calls

SAFE = 40.0  # scores up to which exponentials are used as they are: float32 holds exp(±40) · LARGE
LARGE = 1e15  # values up to which they are


def attention_output(
    q: Array,
    k: Array,
    v: Array,
    *,
    mask: Array | None = None,
    causal: bool = False,
    offset: int = 0,
    scale: float | None = None,
    similarity: str | Similarity = "scaled",
    fully_masked: FullyMasked = "zero",
    threads: int | None = None,
) -> Array:
    """The output (..., query, d_v) of ``attention``, equal to it but for rounding, in memory of its own size.

    Parameters as for ``attention``; ``threads`` share the queries, by default as many as are worth it. For a
    similarity that is no dot product (additive) it is the definition, a strip of queries at a time.

    >>> q, k = np.array([[1.0, 0.0]]), np.array([[np.log(3) * np.sqrt(2), 0.0], [0.0, 0.0]])
    >>> attention_output(q, k, np.array([[8.0], [4.0]]))
    array([[7.]])

    Raises ``EngineError`` as ``attention`` does.
    """
    q, k, v, groups = fitting(q, k, v)
    how = similarity_of(similarity)
    how.check(q, k)
    factor = checked_scale(scale, how, q.shape[-1])
    pair = how.as_products(q, k)
    leading = np.broadcast_shapes(q.shape[:-2], *(_heads(x, groups) for x in (k, v)))
    shape = (*leading, q.shape[-2], k.shape[-2])
    if mask is not None:
        check_mask(mask, shape)
        mask = np.broadcast_to(mask if mask.dtype.kind == "b" else additive(mask, q.dtype), shape)
    y = np.empty((*leading, q.shape[-2], v.shape[-1]), q.dtype)
    if pair is None:
        for rows, terms in strips(
            q, k, v, mask=mask, causal=causal, offset=offset, scale=factor, similarity=how,
            fully_masked=fully_masked,
        ):  # fmt: skip
            y[..., rows, :] = terms.output
        return y
    blind = np.zeros(y.shape[:-1], bool)
    for at in product(*map(range, leading)):
        queries = np.broadcast_to(pair[0], (*leading, *pair[0].shape[-2:]))[at]
        keys, values = (_of_head(x, leading, at, groups) for x in (pair[1], v))
        allowed = None if mask is None else mask[at]
        head = _Head(queries, keys, values, allowed, factor, offset if causal else None, y[at])
        head.fill(blind[at], threads)
    if blind.any():
        if fully_masked == "error":
            raise EngineError(blind_words(blind))
        y[blind] = np.nan if fully_masked == "nan" else 0
    return y


def _heads(x: Array, groups: int) -> tuple[int, ...]:
    """The leading axes of keys or values, their heads repeated."""
    leading: tuple[int, ...] = x.shape[:-2]
    return leading if groups == 1 else (*leading[:-1], leading[-1] * groups)


def _of_head(x: Array, leading: tuple[int, ...], at: tuple[int, ...], groups: int) -> Array:
    """The keys or values (key, d) that the queries at a place of the leading axes look at."""
    if groups > 1:
        at = (*at[:-1], at[-1] // groups)
        leading = (*leading[:-1], leading[-1] // groups)
    found: Array = np.broadcast_to(x, (*leading, *x.shape[-2:]))[at]
    return found


@dataclass(frozen=True)
class _Head:
    """One attention: queries (query, d), keys (key, d), values (key, d_v), what is allowed, and the output.

    ``latest`` is the key that the first query may still see, in causal attention.
    """

    q: Array
    k: Array
    v: Array
    mask: Array | None
    scale: float
    latest: int | None
    y: Array

    def fill(self, blind: Array, threads: int | None) -> None:
        """Write the output, and true into ``blind`` (query,) where a query may look at nothing."""
        if not len(self.k):
            blind[:] = True
            return
        keys, values = np.ascontiguousarray(self.k), np.ascontiguousarray(self.v)
        with np.errstate(all="ignore"):
            longest = float(np.sqrt(np.einsum("ij,ij->i", keys, keys).max()))
        if not -LARGE <= values.min(initial=0) <= values.max(initial=0) <= LARGE:
            longest = np.inf
        starts = range(0, len(self.q), ROWS)
        work = self.q.shape[0] * self.k.shape[0] * (keys.shape[1] + values.shape[1])
        scratch = ROWS * (COLUMNS + keys.shape[1] + 2 * values.shape[1]) * self.y.itemsize

        def worker() -> Callable[[int], None]:
            tile = _Tile(keys, values, self.y.dtype)

            def do(start: int) -> None:
                self._rows(slice(start, min(start + ROWS, len(self.q))), tile, longest, blind)

            return do

        for_each(starts, worker, thread_count(threads, work, scratch))

    def _rows(self, rows: slice, tile: _Tile, longest: float, blind: Array) -> None:
        """The output of some queries."""
        dtype = self.y.dtype
        q = tile.queries[: rows.stop - rows.start]
        np.multiply(self.q[rows], dtype.type(self.scale), out=q)
        bound = float(np.sqrt(np.einsum("ij,ij->i", q, q).max())) * longest
        numbers = self.mask is not None and self.mask.dtype.kind != "b"
        end = len(self.k)
        if self.latest is not None:
            end = max(min(end, self.latest + rows.stop), 0)
        if bound <= SAFE and not numbers:
            sums, totals = self._plain(rows, q, tile, end)
            blind[rows] = totals == 0
        else:
            sums, totals, largest = self._online(rows, q, tile, end)
            blind[rows] = np.isneginf(largest[:, 0])
        np.divide(sums, totals[:, None], out=self.y[rows])

    def _plain(self, rows: slice, q: Array, tile: _Tile, end: int) -> tuple[Array, Array]:
        """Values (query, d_v) added up in shares exp(score), and the sums of these (query,)."""
        sums, part, totals = tile.sums[: len(q)], tile.part[: len(q)], np.zeros(len(q), q.dtype)
        if not end:
            sums[:] = 0
        for first in range(0, end, COLUMNS):
            columns = slice(first, min(first + COLUMNS, end))
            s = tile.scores(q, columns)
            self._hide(s, rows, columns)
            np.exp(s, out=s)
            totals += s @ tile.ones[: s.shape[1]]
            np.matmul(s, tile.values[columns], out=part if first else sums)
            if first:
                sums += part
        return sums, totals

    def _online(self, rows: slice, q: Array, tile: _Tile, end: int) -> tuple[Array, Array, Array]:
        """The same in shares exp(score − largest score), and those largest (query, 1)."""
        sums, part, totals = tile.sums[: len(q)], tile.part[: len(q)], np.zeros(len(q), q.dtype)
        sums[:] = 0
        largest = np.full((len(q), 1), -np.inf, q.dtype)
        for first in range(0, end, COLUMNS):
            columns = slice(first, min(first + COLUMNS, end))
            s = tile.scores(q, columns)
            if self.mask is not None and self.mask.dtype.kind != "b":
                s += self.mask[rows, columns]
            self._hide(s, rows, columns)
            grown = np.maximum(largest, s.max(axis=1, keepdims=True))
            shift = np.where(np.isneginf(grown), 0, grown)  # where nothing was seen yet: −inf − 0
            np.subtract(s, shift, out=s)
            np.exp(s, out=s)
            np.matmul(s, tile.values[columns], out=part)
            less = np.exp(largest - shift)
            sums *= less
            sums += part
            totals *= less[:, 0]
            totals += s @ tile.ones[: s.shape[1]]
            largest = grown
        return sums, totals, largest

    def _hide(self, s: Array, rows: slice, columns: slice) -> None:
        """Set to −inf the scores of keys that a query may not see."""
        if self.mask is not None and self.mask.dtype.kind == "b":
            np.copyto(s, -np.inf, where=~self.mask[rows, columns])
        if self.latest is not None and columns.stop - 1 > rows.start + self.latest:
            seen = np.arange(rows.start, rows.stop) + self.latest
            np.copyto(s, -np.inf, where=np.arange(columns.start, columns.stop) > seen[:, None])


class _Tile:
    """What one thread works in."""

    def __init__(self, keys: Array, values: Array, dtype: DType) -> None:
        self.turned, self.values = keys.T, values
        self.queries = np.empty((ROWS, keys.shape[1]), dtype)
        self.sums, self.part = np.empty((2, ROWS, values.shape[1]), dtype)
        self.ones = np.ones(COLUMNS, dtype)
        self._scores = np.empty(ROWS * min(COLUMNS, len(keys)), dtype)

    def scores(self, q: Array, columns: slice) -> Array:
        """The scores of queries and some keys."""
        wide = columns.stop - columns.start
        s = self._scores[: len(q) * wide].reshape(len(q), wide)
        return np.matmul(q, self.turned[:, columns], out=s)
