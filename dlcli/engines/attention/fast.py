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
from numpy.lib.stride_tricks import sliding_window_view

from dlcli.engines.attention.attention import (
    FullyMasked,
    blind_words,
    checked_scale,
    fitting,
    soft_capped,
)
from dlcli.engines.attention.masks import additive, check_mask
from dlcli.engines.attention.positions import alibi
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
    window: int | None = None,
    offset: int = 0,
    scale: float | None = None,
    cap: float | None = None,
    slopes: Array | None = None,
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
            q, k, v, mask=mask, causal=causal, window=window, offset=offset, scale=factor, cap=cap,
            slopes=slopes, similarity=how, fully_masked=fully_masked,
        ):  # fmt: skip
            y[..., rows, :] = terms.output
        return y
    soft_capped(np.zeros(0, y.dtype), cap)  # refuses what is no cap
    if window is not None and window < 1:
        raise EngineError(f"a window has at least the query's own place; received {window}")
    places = _Places(offset, causal, window)
    slopes = None if slopes is None else np.broadcast_to(slopes, leading)
    blind = np.zeros(y.shape[:-1], bool)
    for at in product(*map(range, leading)):
        queries = np.broadcast_to(pair[0], (*leading, *pair[0].shape[-2:]))[at]
        keys, values = (_of_head(x, leading, at, groups) for x in (pair[1], v))
        allowed = None if mask is None else mask[at]
        slope = None if slopes is None else float(slopes[at])
        head = _Head(queries, keys, values, allowed, factor, cap, slope, places, y[at])
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
class _Places:
    """Which keys places alone let a query see; see ``seen_mask``."""

    offset: int
    causal: bool
    window: int | None

    def keys(self, rows: slice, count: int) -> tuple[int, int]:
        """The first key that one of these queries sees, and the one behind the last."""
        first, end = 0, count
        if self.window is not None:
            first = max(rows.start + self.offset - self.window + 1, 0)
            end = min(end, rows.stop + self.offset + self.window - 1)
        if self.causal:
            end = min(end, rows.stop + self.offset)
        return first, max(end, 0)

    def hide(self, s: Array, rows: slice, columns: slice) -> None:
        """Set to −inf the scores of keys that a query may not see."""
        if not self.causal and self.window is None:
            return
        own = np.arange(rows.start, rows.stop)[:, None] + self.offset
        keys = np.arange(columns.start, columns.stop)
        ahead = 1 if self.causal else self.window
        if ahead is not None and columns.stop - 1 >= rows.start + self.offset + ahead:
            np.copyto(s, -np.inf, where=keys >= own + ahead)
        if self.window is not None and columns.start <= rows.stop - 1 + self.offset - self.window:
            np.copyto(s, -np.inf, where=keys <= own - self.window)


@dataclass(frozen=True)
class _Head:
    """One attention: queries (query, d), keys (key, d), values (key, d_v), what may be seen, the output."""

    q: Array
    k: Array
    v: Array
    mask: Array | None
    scale: float
    cap: float | None
    slope: float | None
    places: _Places
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
        bound = bound if self.cap is None else min(bound, self.cap)
        numbers = self.slope is not None or (self.mask is not None and self.mask.dtype.kind != "b")
        keys = range(*self.places.keys(rows, len(self.k)), COLUMNS)
        if bound <= SAFE and not numbers:
            sums, totals = self._plain(rows, q, tile, keys)
            blind[rows] = totals == 0
        else:
            sums, totals, largest = self._online(rows, q, tile, keys)
            blind[rows] = np.isneginf(largest[:, 0])
        np.divide(sums, totals[:, None], out=self.y[rows])

    def _plain(self, rows: slice, q: Array, tile: _Tile, keys: range) -> tuple[Array, Array]:
        """Values (query, d_v) added up in shares exp(score), and the sums of these (query,)."""
        sums, part, totals = tile.sums[: len(q)], tile.part[: len(q)], np.zeros(len(q), q.dtype)
        if not keys:
            sums[:] = 0
        for first in keys:
            columns = slice(first, min(first + COLUMNS, keys.stop))
            s = self._scores(q, tile, rows, columns)
            np.exp(s, out=s)
            totals += s @ tile.ones[: s.shape[1]]
            later = first > keys.start
            np.matmul(s, tile.values[columns], out=part if later else sums)
            if later:
                sums += part
        return sums, totals

    def _online(self, rows: slice, q: Array, tile: _Tile, keys: range) -> tuple[Array, Array, Array]:
        """The same in shares exp(score − largest score), and those largest (query, 1)."""
        sums, part, totals = tile.sums[: len(q)], tile.part[: len(q)], np.zeros(len(q), q.dtype)
        sums[:] = 0
        largest = np.full((len(q), 1), -np.inf, q.dtype)
        for first in keys:
            columns = slice(first, min(first + COLUMNS, keys.stop))
            s = self._scores(q, tile, rows, columns)
            grown = np.maximum(largest, s.max(axis=1, keepdims=True))
            shift = np.where(np.isneginf(grown), 0, grown)  # where nothing was seen yet: −inf − 0
            np.subtract(s, shift, out=s)
            vanishing = np.less(s, tile.least, out=tile.vanishing[: s.size].reshape(s.shape))
            if vanishing.any():
                np.copyto(s, -np.inf, where=vanishing)
            np.exp(s, out=s)
            np.matmul(s, tile.values[columns], out=part)
            less = np.exp(largest - shift)
            sums *= less
            sums += part
            totals *= less[:, 0]
            totals += s @ tile.ones[: s.shape[1]]
            largest = grown
        return sums, totals, largest

    def _scores(self, q: Array, tile: _Tile, rows: slice, columns: slice) -> Array:
        """What the softmax of some queries and keys is of: −inf for keys that a query may not see."""
        s = tile.scores(q, columns)
        if self.cap is not None:
            size = s.dtype.type(self.cap)
            s /= size
            np.tanh(s, out=s)
            s *= size
        if self.slope is not None:
            apart = rows.start + self.places.offset - columns.start
            s += tile.biases(self.slope, apart, s.shape)
        if self.mask is not None and self.mask.dtype.kind != "b":
            s += self.mask[rows, columns]
        elif self.mask is not None:
            np.copyto(s, -np.inf, where=~self.mask[rows, columns])
        self.places.hide(s, rows, columns)
        return s


class _Tile:
    """What one thread works in."""

    def __init__(self, keys: Array, values: Array, dtype: DType) -> None:
        self.turned, self.values = keys.T, values
        self.queries = np.empty((ROWS, keys.shape[1]), dtype)
        self.sums, self.part = np.empty((2, ROWS, values.shape[1]), dtype)
        self.ones = np.ones(COLUMNS, dtype)
        self._scores = np.empty(ROWS * min(COLUMNS, len(keys)), dtype)
        #: Shares below the least normal number are 0: products with such numbers are many times slower.
        self.least = np.log(np.finfo(dtype).tiny)
        self.vanishing = np.empty(self._scores.shape, bool)

    def biases(self, slope: float, apart: int, shape: tuple[int, int]) -> Array:
        """``alibi`` of a tile whose first query is ``apart`` places behind its first key.

        Each row is the one above, moved by one place: all lie in one row of numbers.
        """
        queries, keys = shape
        line = alibi(np.array(slope), 1, queries + keys - 1, apart + queries - 1)[0].astype(
            self.queries.dtype
        )
        found: Array = sliding_window_view(line, keys)[::-1]
        return found

    def scores(self, q: Array, columns: slice) -> Array:
        """The scores of queries and some keys."""
        wide = columns.stop - columns.start
        s = self._scores[: len(q) * wide].reshape(len(q), wide)
        return np.matmul(q, self.turned[:, columns], out=s)
