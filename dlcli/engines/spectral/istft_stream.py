"""The inverse short-time Fourier transform of a spectrum that arrives piece by piece."""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, whole
from dlcli.engines.spectral.istft import Synthesis, first_sample, refuse_uncovered, sound_length, spectrum
from dlcli.engines.spectral.overlap_add import Coverage, OverlapAdd
from dlcli.engines.spectral.stft_plan import Plan, PlannedStream

ENDLESS = 1 << 62  # frames: nobody knows yet which is the last


class IstftStream(PlannedStream):
    """Takes blocks of frames, gives the samples that they complete.

    What ``feed`` and ``finish`` give, one after the other, is ``istft`` of the whole spectrum, but for
    rounding. Sums that later frames add to are kept, and a few samples, since nobody knows where the sound
    ends. What no window has seen is refused by ``finish``.

    >>> stream = IstftStream(frame=4, hop=2)
    >>> from dlcli.engines.spectral.stft import stft
    >>> s = stft(np.arange(10.0), frame=4, hop=2)
    >>> parts = [stream.feed(s[:, :3]), stream.feed(s[:, 3:]), stream.finish(length=10)]
    >>> [part.round(12).tolist() for part in parts]
    [[], [0.0, 1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0, 8.0, 9.0]]

    Raises ``EngineError`` as ``istft`` does, and for a block that does not go with the first.
    """

    def _begin(self, plan: Plan) -> None:
        self.plan = plan
        self.frames = 0  # that have come
        self.samples = 0  # that have been given
        self.kept: Array | None = None  # finished ones that have not, (time, channel)
        self.row = 0  # of a hop, that is finished next
        self.flat = True
        self.dtype = np.dtype(np.complex64)
        self.lanes: list[tuple[Synthesis, OverlapAdd]] = []

    def feed(self, s: Array) -> Array:
        """Take frames (frequency, frame[, channel]); returns samples (time[, channel])."""
        s = spectrum(s, self.plan)
        lanes = s.reshape(*s.shape[:2], -1)
        if not self.lanes:
            self.flat, self.dtype = s.ndim == 2, s.dtype
            self.lanes = [self._lane() for _ in range(lanes.shape[2])]
            unseen = max(first_sample(self.plan), 0)  # samples before the first frame
            self.kept = np.zeros((unseen, len(self.lanes)), np.zeros(0, self.dtype).real.dtype)
        elif (lanes.shape[2], s.dtype) != (len(self.lanes), self.dtype):
            raise EngineError(
                f"the blocks of a spectrum have the same channels and precision; received {s.dtype} "
                f"{s.shape} after {self.dtype} of {len(self.lanes)} channels"
            )
        coverage = Coverage(self.plan.window, self.plan.hop, ENDLESS)
        parts = [] if self.kept is None else [self.kept]
        row, most = self.row, self.lanes[0][0].most
        for first in range(0, s.shape[1], most):
            strip = lanes[:, first : first + most]
            rows = [
                sums.add(turn.back(strip[..., channel])).copy()
                for channel, (turn, sums) in enumerate(self.lanes)
            ]
            parts.append(self._finished(np.stack(rows, axis=-1), row, coverage))
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
        coverage = Coverage(self.plan.window, self.plan.hop, self.frames)
        stop = (
            sound_length(self.plan, self.frames, coverage)
            if length is None
            else whole("length", length, unit="samples")
        )
        if uncovered == "refuse":
            refuse_uncovered(self.plan, coverage, stop)
        left = stop - self.samples
        if left < 0:
            raise EngineError(f"length expects at least the {self.samples} samples given; received {stop}")
        rest = np.stack([sums.rest() for _, sums in self.lanes], axis=-1)
        found = np.concatenate([self.kept, self._finished(rest, self.row, coverage)])[:left]
        silent = np.zeros((left - len(found), len(self.lanes)), found.dtype)
        return self._shaped(np.concatenate([found, silent]))

    def _lane(self) -> tuple[Synthesis, OverlapAdd]:
        """What one channel needs."""
        dtype = np.dtype(np.float32 if self.dtype == np.complex64 else np.float64)
        turn = Synthesis(self.plan, Coverage(self.plan.window, self.plan.hop, ENDLESS), dtype)
        return turn, OverlapAdd(length=self.plan.frame, hop=self.plan.hop, most=turn.most, dtype=dtype)

    def _finished(self, rows: Array, row: int, coverage: Coverage) -> Array:
        """Finished rows (row, sample, channel) as samples (time, channel) from the sound's first on."""
        for i, line in enumerate(rows):
            if not coverage.is_steady(row + i):
                line *= self.lanes[0][0].put_right(coverage, row + i)[:, None].astype(line.dtype)
        begin = first_sample(self.plan) + row * self.plan.hop
        return rows.reshape(-1, rows.shape[-1])[max(-begin, 0) :]

    def _shaped(self, samples: Array) -> Array:
        return samples[:, 0] if self.flat else samples
