"""The inverse short-time Fourier transform of a spectrum that arrives piece by piece."""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, whole
from dlcli.engines.spectral.istft import (
    Coverage,
    OverlapAdd,
    Synthesis,
    refuse_uncovered,
    sound_length,
    spectrum,
)
from dlcli.engines.spectral.stft_plan import Plan

ENDLESS = 1 << 62  # frames: nobody knows yet which is the last


class IstftStream:
    """Takes blocks of frames, gives the samples that they complete.

    What ``feed`` and ``finish`` give, one after the other, is ``istft`` of the whole spectrum, but for
    rounding. Sums that later frames add to are kept, and a few samples, since nobody knows where the sound
    ends. What no window has seen is refused by ``finish``.

    >>> stream = IstftStream(Plan.of(frame=4, hop=2))
    >>> from dlcli.engines.spectral.stft import stft
    >>> s = stft(np.arange(10.0), frame=4, hop=2)
    >>> parts = [stream.feed(s[:, :3]), stream.feed(s[:, 3:]), stream.finish(length=10)]
    >>> [part.round(12).tolist() for part in parts]
    [[], [0.0, 1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0, 8.0, 9.0]]

    Raises ``EngineError`` as ``istft`` does, and for a block that does not go with the first.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.frames = 0  # that have come
        self.samples = 0  # that have been given
        self.kept: Array | None = None  # finished ones that have not, (time, channel)
        self.row = 0  # of a hop, that is finished next
        self.flat = True
        self.dtype = np.dtype(np.complex64)

    def feed(self, s: Array) -> Array:
        """Take frames (frequency, frame[, channel]); returns samples (time[, channel])."""
        s = spectrum(s, self.plan)
        lanes = s.reshape(*s.shape[:2], -1)
        if self.kept is None:
            self.flat, self.dtype = s.ndim == 2, s.dtype
            dtype = np.zeros(0, s.dtype).real.dtype
            self.turn = turn = Synthesis(Coverage(self.plan, ENDLESS), dtype)
            self.sums = [
                OverlapAdd(length=self.plan.frame, hop=self.plan.hop, most=turn.most, dtype=dtype)
                for _ in range(lanes.shape[2])
            ]
            self.kept = np.zeros((max(self.plan.first, 0), len(self.sums)), dtype)  # before the first frame
        elif (lanes.shape[2], s.dtype) != (len(self.sums), self.dtype):
            raise EngineError(
                f"the blocks of a spectrum have the same channels and precision; received {s.dtype} "
                f"{s.shape} after {self.dtype} of {len(self.sums)} channels"
            )
        parts, row, turn = [self.kept], self.row, self.turn
        for first in range(0, s.shape[1], turn.most):
            strip = lanes[:, first : first + turn.most]
            rows = [sums.add(turn.back(strip[..., i])).copy() for i, sums in enumerate(self.sums)]
            parts.append(self._finished(np.stack(rows, axis=-1), row, turn.coverage))
            row += strip.shape[1]
        self.row, self.frames = row, self.frames + s.shape[1]
        found = np.concatenate(parts)
        ready = max(len(found) - self.plan.block - self.plan.hop, 0)
        self.kept = found[ready:].copy()
        self.samples += ready
        return self._shaped(found[:ready])

    def finish(self, *, length: int | None = None, uncovered: str = "refuse") -> Array:
        """The samples that are left of ``length``, or of what the frames tell of.

        Raises ``EngineError`` when no frame has come, when there is a sample that no window has seen, and
        when more than ``length`` samples have been given.
        """
        if self.kept is None:
            raise EngineError("a spectrum needs at least one frame; received none")
        coverage = Coverage(self.plan, self.frames)
        stop = sound_length(coverage) if length is None else whole("length", length, unit="samples")
        if uncovered == "refuse":
            refuse_uncovered(coverage, stop)
        left = stop - self.samples
        if left < 0:
            raise EngineError(f"length expects at least the {self.samples} samples given; received {stop}")
        rest = np.stack([sums.rest() for sums in self.sums], axis=-1)
        found = np.concatenate([self.kept, self._finished(rest, self.row, coverage)])[:left]
        silent = np.zeros((left - len(found), len(self.sums)), found.dtype)
        return self._shaped(np.concatenate([found, silent]))

    def _finished(self, rows: Array, row: int, coverage: Coverage) -> Array:
        """Finished rows (row, sample, channel) as samples (time, channel) from the sound's first on."""
        for i, line in enumerate(rows):
            if not coverage.is_steady(row + i):
                line *= self.turn.put_right(coverage, row + i)[:, None].astype(line.dtype)
        begin = self.plan.first + row * self.plan.hop
        return rows.reshape(-1, rows.shape[-1])[max(-begin, 0) :]

    def _shaped(self, samples: Array) -> Array:
        return samples[:, 0] if self.flat else samples
