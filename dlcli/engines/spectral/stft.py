"""The short-time Fourier transform: which frequencies a sound holds, moment by moment.

The definition reads like the formula. The fast path multiplies strips of frames, read where they lie in the
sound, by the window into a buffer that stays in the cache, and transforms them straight into the result. It
keeps float32: NumPy's forward transforms do so only when they divide by their length, which the window's
weights take back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Unpack

import numpy as np
from numpy.fft import rfft
from numpy.lib.stride_tricks import as_strided

from dlcli.engines.base.checks import Array, DType, EngineError, compute_dtype
from dlcli.engines.base.tiles import for_each, thread_count
from dlcli.engines.spectral.frames import checked_sound, padded
from dlcli.engines.spectral.stft_plan import Plan, StftOptions

#: Numbers in the buffer of a strip of frames: 256 kB of float32.
STRIP = 1 << 16

#: Multiply-adds that a transform's work on one number is worth.
COST = 20


def stft(x: Array, *, threads: int | None = None, **options: Unpack[StftOptions]) -> Array:
    """The short-time Fourier transform of a sound.

    x (time,) or (time, channel). Returns (frequency, frame[, channel]), complex64 for float32 and complex128
    for float64, with ``n_fft // 2 + 1`` frequencies: ``s[k, t]`` is how much of the frequency
    k * sample_rate / n_fft frame t holds, its absolute value the size, its angle the phase:

        s[k, t] = scale · Σ_n w[n] x[first + t hop + n] exp(−2πi k n / n_fft)

    ``frame`` and ``hop`` count in samples; the hop is a quarter of a frame unless given. ``window`` and
    ``periodic`` are those of ``dlcli.engines.spectral.windows.window``. A longer ``n_fft`` adds zeros around
    the frame, for a finer grid of frequencies. ``center``, ``pad_mode`` and ``edges`` are those of
    ``framing``, applied to blocks of ``n_fft`` samples with the window in their middle, and with
    ``edges="touch"`` to the frames themselves. ``phase`` counts from the ``"start"`` of the block, or
    from the ``"middle"`` of the frame (its sample ``frame // 2``). ``scale`` is one of ``SCALES`` or a
    number; ``sample_rate``, in hertz, matters to ``"psd"`` alone. What librosa, torch and scipy do by default
    is in ``dlcli.engines.spectral.conventions``. NaN and infinite samples make NaNs in the frames that hold
    them and in no others.

    >>> s = stft(np.array([1.0, 0, 0, 0]), frame=4, hop=2, window="rect", center=False)
    >>> s
    array([[1.+0.j],
           [1.+0.j],
           [1.+0.j]])
    >>> stft(np.zeros(1000, np.float32), frame=64, hop=10).shape
    (33, 101)

    Raises ``EngineError`` when the sound is empty, complex or shorter than a frame that is not centred, and
    when an option cannot be.
    Source: Allen and Rabiner, A unified approach to short-time Fourier analysis and synthesis, 1977;
    Oppenheim and Schafer, Discrete-Time Signal Processing, section 10.3.
    """
    x = real_sound(x)
    return transform(x, Plan.of(**options), threads)


def stft_plain(x: Array, plan: Plan) -> Array:
    """``stft`` by its definition: every frame times every wave, added up.

    >>> stft_plain(np.array([1.0, 2, 3]), Plan.of(frame=2, hop=1, window="rect", center=False)).real
    array([[ 3.,  5.],
           [-1., -1.]])
    """
    x, dtype = real_sound(x), spectrum_dtype(x)
    seen = plan.cut(x) * plan.window.reshape(1, -1, *[1] * (x.ndim - 1))  # (T, N[, C])
    waves = plan.waves[: plan.bins].conj()  # (K, N)
    return (plan.factor * np.einsum("kn,tn...->kt...", waves, seen)).astype(dtype)


def transform(x: Array, plan: Plan, threads: int | None = None) -> Array:
    """``stft`` of a sound that is known to be one, by fast transforms."""
    where = plan.framing(len(x))
    lanes = x.reshape(len(x), -1).T  # (C, N)
    s = np.empty((len(lanes), where.count, plan.bins), spectrum_dtype(x))
    count = thread_count(threads, COST * s.size, 4 * s.itemsize * max(STRIP, plan.n_fft))

    def worker() -> Callable[[tuple[Array, Array]], None]:
        analysis = Analysis(plan, s.real.dtype)
        return lambda strip: analysis(*strip)

    for_each(list(strips(lanes, s, plan, where.first + plan.offset)), worker, count)
    return s[0].T if x.ndim == 1 else s.transpose(2, 1, 0)


class Analysis:
    """Windows and transforms frames, a strip at a time, in a buffer of its own."""

    def __init__(self, plan: Plan, dtype: DType) -> None:
        self.plan = plan
        weights = (plan.window * (plan.factor * plan.n_fft)).astype(dtype)
        self.parts = [(seen, place, weights[seen]) for seen, place in plan.parts()]
        self.buffer = np.zeros((strip_length(plan), plan.n_fft), dtype)

    def __call__(self, samples: Array, out: Array) -> None:
        """Transform the frames that begin at samples 0, hop, 2 hop, … into ``out`` (frame, frequency)."""
        (step,) = samples.strides
        shape, buffer = (len(out), self.plan.frame), self.buffer[: len(out)]
        cut = as_strided(samples, shape, (self.plan.hop * step, step), writeable=False)
        for seen, place, weights in self.parts:
            np.multiply(cut[:, seen], weights, out=buffer[:, place], casting="same_kind")
        rfft(buffer, norm="forward", out=out)


def strip_length(plan: Plan) -> int:
    """How many frames are transformed at a time."""
    return max(1, STRIP // plan.n_fft)


def strips(lanes: Array, s: Array, plan: Plan, first: int) -> Iterator[tuple[Array, Array]]:
    """The samples of each strip of frames, and the part of s (channel, frame, frequency) that is theirs.

    The window of frame 0 begins at sample ``first`` of the lanes (channel, time). What lies within the sound
    is given where it is, what sticks out as a copy.
    """
    samples, count, length = lanes.shape[1], s.shape[1], strip_length(plan)
    inside = min(max(-(first // plan.hop), 0), count)  # frames before it begin before the sound
    outside = min(max((samples - plan.frame - first) // plan.hop + 1, inside), count)
    for start, stop in ((0, inside), (inside, outside), (outside, count)):
        for a in range(start, stop, length):
            b = min(a + length, stop)
            begin, end = first + a * plan.hop, first + (b - 1) * plan.hop + plan.frame
            for channel, lane in enumerate(lanes):
                seen = begin >= 0 and end <= samples
                yield lane[begin:end] if seen else padded(lane, begin, end, plan.pad_mode), s[channel, a:b]


def real_sound(x: Array) -> Array:
    """x as a sound of real samples, or an error."""
    x = checked_sound(x)
    if x.dtype.kind == "c":
        raise EngineError(f"stft expects real samples; received {x.dtype}; try the real part")
    compute_dtype(x)
    return x


def spectrum_dtype(x: Array) -> DType:
    """complex64 for what is computed in float32, complex128 for float64."""
    return np.dtype(np.complex64 if compute_dtype(x) == np.float32 else np.complex128)
