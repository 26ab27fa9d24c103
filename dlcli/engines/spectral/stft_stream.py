"""The short-time Fourier transform of a sound that arrives piece by piece, in memory that does not grow."""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.spectral.stft import Analysis, real_sound, spectrum_dtype, strips
from dlcli.engines.spectral.stft_plan import Plan


class StftStream:
    """Takes blocks of samples of any length, gives the frames that they complete.

    What ``feed`` and ``finish`` give, one after the other, is ``stft`` of the whole sound, number for number:
    every frame is computed from the same samples in the same way. Only the samples of a few frames are kept.
    ``pad_mode="wrap"`` cannot be had: what stands before the sound would be its end.

    >>> stream = StftStream(Plan.of(frame=4, hop=2))
    >>> parts = [stream.feed(np.arange(7.0)), stream.feed(np.arange(7.0, 10)), stream.finish()]
    >>> [part.shape for part in parts]
    [(3, 3), (3, 2), (3, 1)]
    >>> from dlcli.engines.spectral.stft import stft
    >>> bool((np.concatenate(parts, axis=1) == stft(np.arange(10.0), frame=4, hop=2)).all())
    True

    Raises ``EngineError`` as ``stft`` does.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        if plan.pad_mode == "wrap" and (plan.center or plan.edges == "touch"):
            raise EngineError("a stream cannot be padded with 'wrap': its end is not known; try 'reflect'")
        self.kept: Array | None = None  # samples (time, channel)
        self.base = 0  # the sample of the sound that the kept ones begin with
        self.frames = 0  # that have been given
        self.flat = True
        self.analysis: Analysis | None = None

    @property
    def samples(self) -> int:
        """How many samples have come so far."""
        return self.base + (0 if self.kept is None else len(self.kept))

    def feed(self, x: Array) -> Array:
        """Take samples (time,) or (time, channel); returns frames (frequency, frame[, channel])."""
        x = real_sound(x)
        lanes = x.reshape(len(x), -1)
        if self.kept is None:
            self.kept, self.flat = lanes, x.ndim == 1
        elif lanes.shape[1:] != self.kept.shape[1:] or lanes.dtype != self.kept.dtype:
            raise EngineError(
                f"the blocks of a sound have the same channels and precision; received {x.dtype} {x.shape} "
                f"after {self.kept.dtype} of {self.kept.shape[1]} channels"
            )
        else:
            self.kept = np.concatenate([self.kept, lanes])
        reflected = max(-self.plan.first, 0) + 1  # samples that the padding in front is made of
        if self.samples <= max(reflected, self.plan.block):
            return self._given(self.frames)
        complete = (self.samples - self.plan.frame - self.plan.first) // self.plan.hop + 1
        return self._given(min(complete, self.plan.framing(self.samples).count))

    def finish(self) -> Array:
        """The frames that reach beyond the end; raises ``EngineError`` when no sample has come."""
        return self._given(self.plan.framing(self.samples).count)

    def _given(self, stop: int) -> Array:
        """Frames up to ``stop``, and forget the samples that no later frame needs."""
        assert self.kept is not None
        plan, kept, count = self.plan, self.kept, max(stop - self.frames, 0)
        s = np.empty((kept.shape[1], count, plan.bins), spectrum_dtype(kept))
        if self.analysis is None:
            self.analysis = Analysis(plan, s.real.dtype)
        first = plan.first + self.frames * plan.hop
        for samples, out in strips(kept.T, s, plan, first - self.base):
            self.analysis(samples, out)
        self.frames += count
        needed = first + count * plan.hop  # by the next frame
        mirrored = self.samples - plan.block - plan.hop  # by the padding behind the end
        drop = min(max(min(needed, mirrored) - self.base, 0), max(len(kept) - 1, 0))
        if drop:
            self.kept, self.base = kept[drop:].copy(), self.base + drop
        return s[0].T if self.flat else s.transpose(2, 1, 0)
