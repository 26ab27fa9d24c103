"""Overlap-add: put frames back where they come from and add up what falls on the same sample."""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array, DType
from dlcli.engines.spectral.overlap import NOTHING, overlap_sums


class OverlapAdd:
    """Adds frames a hop apart, as they come, in rows of one hop.

    A row is finished when the last frame that reaches it has been added: ``add`` gives the finished rows of
    every strip of frames, ``rest`` what is left at the end. Nothing grows: a strip of frames and the rows
    that one frame covers are all it keeps.

    >>> sums = OverlapAdd(length=3, hop=2, most=2, dtype=np.dtype("f8"))
    >>> sums.add(np.ones((2, 3)))
    array([[1., 1.],
           [2., 1.]])
    >>> sums.rest()
    array([[1., 0.]])
    """

    def __init__(self, *, length: int, hop: int, most: int, dtype: DType) -> None:
        self.length, self.hop = length, hop
        self.rows = -(-length // hop)  # that a frame covers, the last one perhaps in part
        self.sums = np.zeros((most + self.rows - 1, hop), dtype)
        self.finished = 0

    def add(self, frames: Array) -> Array:
        """Add frames (frame, sample); returns as many finished rows (row, hop), valid until the next call."""
        self._forget()
        count, hop, sums = len(frames), self.hop, self.sums
        if self.rows <= count:
            for r in range(self.rows):  # row r of all frames at once
                part = frames[:, r * hop : (r + 1) * hop]
                target = sums[r : r + count, : part.shape[1]]
                np.add(target, part, out=target)
        else:
            flat = sums.reshape(-1)
            for t, frame in enumerate(frames):
                target = flat[t * hop : t * hop + self.length]
                np.add(target, frame, out=target)
        self.finished = count
        return sums[:count]

    def rest(self) -> Array:
        """The rows behind the last frame's first."""
        self._forget()
        return self.sums[: self.rows - 1]

    def _forget(self) -> None:
        """Move the unfinished rows to the front."""
        if self.finished:
            kept = self.sums[self.finished : self.finished + self.rows - 1]
            self.sums[: self.rows - 1] = kept
            self.sums[self.rows - 1 :] = 0
            self.finished = 0


class Coverage:
    """How much of each sample ``count`` frames a hop apart have seen: the squares of their weights added up.

    Rows of one hop, as ``OverlapAdd`` has them: the first and the last few are seen by fewer frames than the
    others, which are all alike (``steady``).
    """

    def __init__(self, window: Array, hop: int, count: int) -> None:
        self.count, self.rows = count, -(-len(window) // hop)
        self.steady = overlap_sums(np.square(window), hop)  # (hop,)
        self.least = NOTHING * float(self.steady.max())
        few = min(count, 2 * self.rows)  # so many frames have all the ends that more of them have
        sums = OverlapAdd(length=len(window), hop=hop, most=few, dtype=np.dtype(np.float64))
        rows = sums.add(np.broadcast_to(np.square(window), (few, len(window)))).copy()
        self.ends = np.concatenate([rows, sums.rest()])

    def is_steady(self, row: int) -> bool:
        """Whether as many frames see this row as see any."""
        return self.rows - 1 <= row < self.count

    def row(self, row: int) -> Array:
        """The sums of a row (hop,); of one beyond the last frame too."""
        if not 0 <= row < self.count + self.rows - 1:
            return np.zeros_like(self.steady)
        if row >= self.rows and row < self.count:
            return self.steady
        return self.ends[row if row < self.rows else row - self.count - self.rows + 1]
