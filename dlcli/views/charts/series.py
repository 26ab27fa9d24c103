"""One line of a chart: its numbers, and the few of a million that have to be drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcli.tensor import Array

#: Parts that a long line is cut into: some thirty for every dot of the widest screen.
PARTS = 1 << 14

#: Numbers from which on a line is long.
LONG = 16 * PARTS


@dataclass(frozen=True, eq=False)
class Series:
    """One line of a chart.

    ``name`` is outside text; ``y`` (n,) numbers, complex ones stand for their sizes; ``x`` (n,) where they
    are, when that is not the chart's own axis; ``band`` two arrays (n,) below and above, such as an error.

    Raises ``ValueError`` when one of them is no vector as long as the others.
    """

    name: str
    y: Array
    x: Array | None = None
    band: tuple[Array, Array] | None = None

    def __post_init__(self) -> None:
        parts = [np.asarray(part) for part in (self.y, self.x, *(self.band or ())) if part is not None]
        if any(part.shape != (len(parts[0]),) if part.ndim else True for part in parts):
            shapes = ", ".join(str(part.shape) for part in parts)
            raise ValueError(f"the parts of a series are vectors of one length; received {shapes}")


@dataclass(frozen=True, eq=False)
class Points:
    """A series ready to be drawn: in order of ``x``, nan where there is nothing to draw.

    ``missing``, ``infinite`` and ``beyond`` count the numbers that are nan, infinite, or without a logarithm,
    ``small`` those below the least one that means something.
    """

    x: Array
    y: Array
    low: Array | None
    high: Array | None
    missing: int = 0
    infinite: int = 0
    beyond: int = 0
    small: int = 0

    @classmethod
    def of(cls, series: Series, x: Array, *, log: bool = False, least: float | None = None) -> Points:
        """The points of a series, ``x`` (n,) being where they stand when it does not say so itself."""
        x = np.asarray(series.x if series.x is not None else x, dtype=np.float64)
        y = _real(series.y)
        missing = int(np.count_nonzero(np.isnan(y)))
        infinite = int(np.count_nonzero(np.isinf(y)))
        y = np.where(np.isfinite(y) & np.isfinite(x), y, np.nan)
        small = 0 if least is None else int(np.count_nonzero(y < least))
        y = y if least is None else np.where(y >= least, y, np.nan)
        beyond = int(np.count_nonzero(y <= 0)) if log else 0
        y = np.where(y > 0, y, np.nan) if log else y
        low, high = (_real(edge) for edge in series.band) if series.band else (None, None)
        if np.any(x[1:] < x[:-1]):
            order = np.argsort(x, kind="stable")
            x, y = x[order], y[order]
            low, high = (edge if edge is None else edge[order] for edge in (low, high))
        return cls(x, y, low, high, missing, infinite, beyond, small)

    def limits(self, *, log: bool = False) -> tuple[float, float] | None:
        """The least and the largest number with the band; None when there is nothing to draw."""
        parts = [part[np.isfinite(part)] for part in (self.y, self.low, self.high) if part is not None]
        if log:
            parts = [part[part > 0] for part in parts]
        parts = [part for part in parts if part.size]
        return (min(p.min() for p in parts), max(p.max() for p in parts)) if parts else None


def thinned(column: Array, y: Array) -> tuple[Array, Array, Array]:
    """The first, least, largest and last number of each column, which cover what a line through all would.

    ``column`` (n,) whole numbers that never fall, ``y`` (n,) with nan for gaps. Returns columns, numbers and
    runs (each (m,), m at most four for every column between two gaps); a line joins points of one run.

    >>> column, y = np.array([0, 0, 0, 0, 0, 1, 1]), np.array([3, 9, 5, 1, 4, 6, np.nan])
    >>> [part.tolist() for part in thinned(column, y)]
    [[0, 0, 0, 0, 1], [3.0, 1.0, 9.0, 4.0, 6.0], [0, 0, 0, 0, 0]]

    Source: M4 of Jugel, Jerzak, Hackenbroich and Markl, "M4: a visualization-oriented time series data
    aggregation" (VLDB 2014): on a raster it equals the drawing of all points.
    """
    here = ~np.isnan(y)
    runs = np.cumsum(~here)[here]
    column, y = column[here], y[here]
    if not y.size:
        return column, y, runs
    new = np.flatnonzero((np.diff(column) != 0) | (np.diff(runs) != 0)) + 1
    first = np.concatenate([[0], new])
    last = np.concatenate([new - 1, [len(y) - 1]])
    four = [y[first], np.minimum.reduceat(y, first), np.maximum.reduceat(y, first), y[last]]
    count = last - first + 1
    kept = np.arange(4) < np.minimum(count, 4)[:, None]
    # One number needs one point and two need two; the order within a column does not matter.
    few = (count == 2) | (count == 3)
    numbers = np.stack(four, axis=1)
    numbers[few, 1] = y[np.minimum(first + 1, len(y) - 1)][few]
    numbers[count == 3, 2] = y[last][count == 3]
    return np.repeat(column[first], 4)[kept.ravel()], numbers[kept], np.repeat(runs[first], 4)[kept.ravel()]


def envelope(y: Array, parts: int = PARTS) -> tuple[Array, Array]:
    """The least and the largest number of each of many equal parts: indices and numbers, the last one too.

    For lines of millions, which would otherwise be copied several times: parts much narrower than a column
    leave a drawing as it is.

    >>> places, numbers = envelope(np.array([3, 1, 2, 8, 5]), 2)
    >>> places.tolist(), numbers.tolist()
    ([0, 0, 2, 2, 4], [1, 3, 2, 8, 5])
    """
    size = len(y) // parts
    cut = y[: size * parts].reshape(parts, size)
    ends = np.stack([cut.min(axis=1), cut.max(axis=1)], axis=1).ravel()
    return (
        np.concatenate([np.repeat(np.arange(parts) * size, 2), np.arange(size * parts, len(y))]),
        np.concatenate([ends, y[size * parts :]]),
    )


def _real(values: Array) -> Array:
    values = np.asarray(values)
    return np.asarray(np.abs(values) if values.dtype.kind == "c" else values, dtype=np.float64)
