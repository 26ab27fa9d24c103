"""The inverse short-time Fourier transform: from frequencies, moment by moment, back to a sound.

Every frame goes back to samples, is multiplied by the window once more, and added where it came from; the
sum is divided by the sum of the window's squares there. Where a spectrum is that of a sound, this gives the
sound; where it was changed and no sound has it, it gives the sound whose spectrum is nearest (Griffin and
Lim, 1984).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Unpack

import numpy as np
from numpy.fft import irfft

from dlcli.engines.base.checks import Array, DType, EngineError, compute_dtype, whole
from dlcli.engines.base.tiles import for_each, thread_count
from dlcli.engines.spectral.frames import check_word
from dlcli.engines.spectral.overlap import NOTHING, nola, overlap_sums, ranges
from dlcli.engines.spectral.stft import COST, STRIP, strip_length
from dlcli.engines.spectral.stft_plan import Plan, StftOptions

#: What becomes of samples that no frame has seen.
UNCOVERED = ("refuse", "zero")


def istft(
    s: Array,
    *,
    length: int | None = None,
    uncovered: str = "refuse",
    threads: int | None = None,
    **options: Unpack[StftOptions],
) -> Array:
    """The sound of a spectrum.

    s (frequency, frame[, channel]), from ``stft`` with the same ``options``; complex64 gives float32,
    complex128 float64, (time,) or (time, channel). ``length`` is the number of samples; without it the sound
    ends with the last frame, or, where frames are centred, half a frame before. What of the last hop no frame
    was dropped for, only ``length`` brings back. A sample that no window has seen cannot be known:
    ``uncovered`` says whether to refuse, or to leave it ``"zero"`` as librosa does.

        y[m] = Σ_t w[m − t hop] x_t[m − t hop] / Σ_t w[m − t hop]²,  x_t the inverse transform of frame t

    >>> from dlcli.engines.spectral.stft import stft
    >>> x = np.arange(10.0)
    >>> istft(stft(x, frame=4, hop=2), frame=4, hop=2, length=10).round(12)
    array([0., 1., 2., 3., 4., 5., 6., 7., 8., 9.])

    Raises ``EngineError`` when the spectrum is not complex, its shape is not that of the options, or samples
    are uncovered; then it says which and what to try.
    Source: Allen and Rabiner, 1977; Griffin and Lim, 1984, equation 6.
    """
    return inverse(s, Plan.of(**options), length=length, uncovered=uncovered, threads=threads)


def inverse(
    s: Array,
    plan: Plan,
    *,
    length: int | None = None,
    uncovered: str = "refuse",
    threads: int | None = None,
) -> Array:
    """``istft`` with options that have been worked out."""
    s = spectrum(s, plan)
    check_word("uncovered", uncovered, UNCOVERED)
    coverage = Coverage(plan, s.shape[1])
    stop = sound_length(coverage) if length is None else whole("length", length, unit="samples")
    if uncovered == "refuse":
        refuse_uncovered(coverage, stop)
    lanes = s.reshape(*s.shape[:2], -1)
    count, rows = s.shape[1], coverage.rows
    y = np.empty((lanes.shape[2], stop), np.float32 if s.dtype == np.complex64 else np.float64)
    scratch = 4 * y.itemsize * max(STRIP, plan.n_fft, plan.hop)
    workers = thread_count(threads, COST * lanes.size, scratch)
    share = max(-(-count // workers), rows)
    pieces = [
        (channel, first, min(first + share, count))
        for channel in range(len(y))
        for first in range(0, count, share)
    ]

    def worker() -> Callable[[tuple[int, int, int]], None]:
        synthesis = Synthesis(coverage, y.dtype)
        return lambda piece: synthesis(lanes[:, :, piece[0]], y[piece[0]], *piece[1:])

    for_each(pieces, worker, workers)
    y[:, max(plan.first + (count + rows - 1) * plan.hop, 0) :] = 0
    y[:, : max(plan.first, 0)] = 0
    return y[0] if s.ndim == 2 else y.T


def istft_plain(s: Array, length: int, plan: Plan) -> Array:
    """``istft`` of one channel by its definition, samples that no window has seen being 0.

    >>> plan = Plan.of(frame=2, hop=1, window="rect", center=False)
    >>> istft_plain(np.array([[3.0, 5], [-1, -1]], complex), 3, plan)
    array([1., 2., 3.])
    """
    k = np.arange(plan.n_fft)
    mirrored = np.where((k < plan.bins)[:, None], s[np.minimum(k, -k % plan.n_fft)], 0)
    mirrored[plan.bins :] = s[np.minimum(k, -k % plan.n_fft)].conj()[plan.bins :]
    cut = (plan.waves.T @ mirrored).real / (plan.n_fft * plan.factor)  # (N, T)
    total, squares = np.zeros(length), np.zeros(length)
    for t in range(s.shape[1]):
        for i, weight in enumerate(plan.window):
            m = plan.first + t * plan.hop + i
            if 0 <= m < length:
                total[m] += weight * cut[i, t]
                squares[m] += weight * weight
    seen = squares > Coverage(plan, s.shape[1]).least
    return np.where(seen, total / np.where(seen, squares, 1), 0)


def spectrum(s: Array, plan: Plan) -> Array:
    """s as complex64 or complex128 with the shape that a plan asks for, or an error."""
    s = np.asarray(s)
    if s.ndim not in (2, 3) or s.size == 0:
        raise EngineError(
            f"a spectrum has axes (frequency, frame) or (frequency, frame, channel); received shape {s.shape}"
        )
    if s.dtype.kind != "c":
        raise EngineError(
            f"istft expects a complex spectrum; received {s.dtype}, which has no phase; "
            f"try griffin_lim on its magnitude"
        )
    if len(s) != plan.bins:
        raise EngineError(
            f"a transform of {plan.n_fft} samples has {plan.bins} frequencies; received {len(s)}; "
            f"try frame={2 * len(s) - 2} or the n_fft that the spectrum was made with"
        )
    dtype: DType = compute_dtype(s)
    return s.astype(dtype, copy=False)


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

    def __init__(self, plan: Plan, count: int) -> None:
        window, hop = plan.window, plan.hop
        self.plan, self.count, self.rows = plan, count, -(-len(window) // hop)
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


def sound_end(coverage: Coverage) -> int:
    """How many samples a spectrum of so many frames tells of, padding left out; below 1 where of none."""
    plan = coverage.plan
    if plan.edges == "touch":  # the last frame may fade out, and nobody has seen what it hides
        return seen_end(coverage)
    end = plan.first - plan.offset + (coverage.count - 1) * plan.hop + plan.block
    return end - plan.block // 2 if plan.center else end


def seen_end(coverage: Coverage) -> int:
    """The sample behind the last that a window has seen.

    >>> seen_end(Coverage(Plan.of(frame=4, hop=2), 5))
    10
    """
    plan = coverage.plan
    end = plan.first + (coverage.count - 1) * plan.hop + plan.frame
    row, column = divmod(end - 1 - plan.first, plan.hop)
    while end > 1 and coverage.row(row)[column] <= coverage.least:
        end -= 1
        row, column = divmod(end - 1 - plan.first, plan.hop)
    return end


def sound_length(coverage: Coverage) -> int:
    """``sound_end``, or ``EngineError`` where that is no length."""
    end, count = sound_end(coverage), coverage.count
    if end < 1:
        raise EngineError(
            f"{count} frame{'s' * (count > 1)} of {coverage.plan.frame} samples, centred, end in the middle "
            "of the last one, which is before sample 1; try to give the sound a length"
        )
    return end


def unseen(coverage: Coverage, stop: int) -> Array:
    """The samples from 0 to ``stop``, that one excluded, whose weights are 0 in every frame.

    >>> unseen(Coverage(Plan.of(frame=4, hop=4), 3), 8)
    array([2, 6])
    """
    base, hop = coverage.plan.first, coverage.plan.hop
    holes = bool((coverage.steady <= coverage.least).any())
    missed = [np.zeros(0, np.intp)]
    for row in range(-base // hop, (stop - 1 - base) // hop + 1):
        if holes or not coverage.is_steady(row):
            places = base + row * hop + np.flatnonzero(coverage.row(row) <= coverage.least)
            missed.append(places[(places >= 0) & (places < stop)])
    return np.concatenate(missed)


def refuse_uncovered(coverage: Coverage, stop: int) -> None:
    """Raise ``EngineError`` when a sample from 0 to ``stop`` was seen by no frame."""
    plan = coverage.plan
    steady = nola(plan.window, plan.hop, first=plan.first)
    if not steady.holds:
        raise EngineError(
            f"the spectrum cannot be inverted: {steady.words}; try a hop of at most "
            f"{max(plan.frame // 2, 1)}, or uncovered='zero'"
        )
    missed = unseen(coverage, stop).tolist()
    if missed:
        centred = "" if plan.center or plan.edges == "touch" else "centred frames, "
        shorter = f"a length of {missed[0]}, " if missed[0] and missed[-1] == stop - 1 else ""
        raise EngineError(
            f"the spectrum cannot be inverted: no window has seen {ranges(missed)} of {stop}; "
            f"try {centred}{shorter}or uncovered='zero'"
        )


class Synthesis:
    """Brings frames back to samples and adds them up, a strip at a time, in buffers of its own.

    The division by the sum of the squares is in the window that frames are multiplied with, as it is for most
    rows; the few at both ends, which fewer frames have seen, are put right one by one.
    """

    def __init__(self, coverage: Coverage, dtype: DType) -> None:
        self.plan, self.coverage = coverage.plan, coverage
        plan = self.plan
        self.steady = np.where(coverage.steady > coverage.least, coverage.steady, 1)
        weights = plan.window / (np.resize(self.steady, plan.frame) * plan.factor)
        self.parts = [(seen, place, weights[seen].astype(dtype)) for seen, place in plan.parts()]
        self.most = max(1, min(strip_length(plan), STRIP // plan.hop))
        self.spectrum = np.empty((self.most, plan.bins), np.result_type(dtype, np.complex64))
        self.samples = np.empty((self.most, plan.n_fft), dtype)
        self.frames = np.empty((self.most, plan.frame), dtype) if len(self.parts) > 1 else None

    def __call__(self, s: Array, y: Array, first: int, stop: int) -> None:
        """Write the rows ``first`` to ``stop`` of one channel, behind the last frame also the rest."""
        count, rows, hop = s.shape[1], self.coverage.rows, self.plan.hop
        sums = OverlapAdd(length=self.plan.frame, hop=hop, most=self.most, dtype=y.dtype)
        row = max(first - rows + 1, 0)
        while row < stop:
            done = sums.add(self.back(s[:, row : min(row + self.most, stop)]))
            self.write(done, row, y, first)
            row += len(done)
        if stop == count:
            self.write(sums.rest(), row, y, first)

    def back(self, s: Array) -> Array:
        """Frames (frame, sample), times the window, of a spectrum (frequency, frame)."""
        turned, samples = s.T, self.samples[: s.shape[1]]
        if turned.strides[1] != turned.itemsize:
            turned = self.spectrum[: len(turned)]
            turned[...] = s.T
        irfft(turned, n=self.plan.n_fft, out=samples)
        if self.frames is None:
            ((_, place, weights),) = self.parts
            frames = samples[:, place]
            return np.multiply(frames, weights, out=frames)
        frames = self.frames[: len(samples)]
        for seen, place, weights in self.parts:
            np.multiply(samples[:, place], weights, out=frames[:, seen])
        return frames

    def put_right(self, coverage: Coverage, row: int) -> Array:
        """What a row that fewer frames have seen is multiplied with (hop,)."""
        seen = coverage.row(row)
        return np.where(seen > coverage.least, self.steady / np.where(seen > 0, seen, 1), 0)

    def write(self, rows: Array, row: int, y: Array, first: int) -> None:
        """Copy finished rows from ``first`` on to their places in y, which begins at sample 0."""
        skipped = max(first - row, 0)
        rows, row = rows[skipped:], row + skipped
        for i, line in enumerate(rows):
            if not self.coverage.is_steady(row + i):
                line *= self.put_right(self.coverage, row + i)
        begin = self.plan.first + row * self.plan.hop
        flat = rows.reshape(-1)[max(-begin, 0) :]
        begin = max(begin, 0)
        flat = flat[: max(len(y) - begin, 0)]
        y[begin : begin + len(flat)] = flat
