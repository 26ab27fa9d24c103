"""The short-time Fourier transform as a layer: samples come in, the magnitudes of frequencies go on.

    y[k, t] = |s[k, t]|,   s[k, t] = Σ w[n] x[t·step + n] exp(−2πi k n / N),   N = frame_length, n < N

It owns no numbers. Going back, each frequency hands on its own wave: ∂y / ∂x[t·step + n] is the real part of
w[n] exp(2πi k n / N) s / |s|, and 0 where a magnitude is 0.

Keras has it as ``STFTSpectrogram`` with ``mode="magnitude"`` and ``periodic=True``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dlcli.engines.base.checks import Array, DType, EngineError
from dlcli.nets.layers.base import Arrays, Kind, Layer, Shape, Window, positive, sequence

if TYPE_CHECKING:
    from dlcli.engines.spectral.stft_plan import Plan


@dataclass(frozen=True, kw_only=True)
class StftSpectrogram(Kind):
    """Frames of ``frame_length`` samples, ``frame_step`` apart, and how strong each frequency is in each.

    Frames are under a periodic Hann window. ``pad`` says how many samples are mirrored before the first and
    behind the last.
    """

    kind: ClassVar[str] = "stft-spectrogram"
    keras: ClassVar[str] = "stft_spectrogram"

    frame_length: int = 256
    frame_step: int = 128
    pad: tuple[int, ...] = (0, 0)

    def __post_init__(self) -> None:
        positive(self, frame_length=self.frame_length, frame_step=self.frame_step)
        if len(self.pad) != 2 or any(not isinstance(one, int) or one < 0 for one in self.pad):
            raise EngineError(
                f"pad of {self.kind} is two whole numbers, of samples before and behind; received {self.pad}"
            )

    @property
    def plan(self) -> Plan:
        """The transform."""
        from dlcli.engines.spectral.stft_plan import Plan  # nets without this layer load none

        return Plan.of(frame=self.frame_length, hop=self.frame_step, window="hann", center=False)

    def _samples(self, x: Shape) -> int:
        """How many samples there are with those that are mirrored."""
        time, channels = sequence(self, x)
        if channels != 1:
            raise EngineError(f"{self.kind} takes one channel of samples, (time, 1); received {x}")
        if max(self.pad) >= time:
            raise EngineError(f"{time} samples mirror at most {time - 1} of them; received pad={self.pad}")
        samples = time + sum(self.pad)
        if samples < self.frame_length:
            raise EngineError(f"frame_length={self.frame_length} is more than all {samples} samples")
        return samples

    def output(self, x: Shape) -> Shape:
        frames = (self._samples(x) - self.frame_length) // self.frame_step + 1
        return frames, self.frame_length // 2 + 1

    def window(self, x: Shape) -> Window | None:
        return (self.frame_length, 1), (self.frame_step, 1)

    def multiply_adds(self, x: Shape) -> int:
        frames, bins = self.output(x)
        return 2 * frames * bins * self.frame_length

    def build(self, x: Shape, values: Arrays, slopes: Arrays, dtype: DType) -> Layer:
        return Spectrogram(self, values, slopes, dtype)


class Spectrogram(Layer):
    """The layer at work."""

    def __init__(self, kind: StftSpectrogram, values: Arrays, slopes: Arrays, dtype: DType) -> None:
        super().__init__(values, slopes, dtype)
        from dlcli.engines.spectral.stft import transform

        self.kind, self.plan, self.transform = kind, kind.plan, transform
        self.spectrum = np.zeros(0)
        self.places = np.zeros(0, np.int64)

    def forward(self, x: Array, training: bool) -> Array:
        self.places = np.pad(np.arange(x.shape[1]), self.kind.pad, mode="reflect")
        self.spectrum = self.transform(np.ascontiguousarray(x[0, self.places]), self.plan)
        y = self.memory.array("y", self.spectrum.shape)
        return np.abs(self.spectrum, out=y)

    def mask_after(self) -> Array | None:
        return None

    def backward(self, dy: Array) -> Array:
        size = np.abs(self.spectrum)
        turned = dy * self.spectrum / np.where(size > 0, size, 1)  # (frequency, frame, sequence)
        n = self.plan.n_fft
        turned[1 : (n + 1) // 2] *= 0.5  # irfft counts these twice
        frames = np.fft.irfft(turned, n, axis=0, norm="forward") * self.plan.window[:, None, None]
        padded = np.zeros((len(self.places), dy.shape[2]), dy.dtype)
        for t in range(dy.shape[1]):
            padded[t * self.plan.hop :][:n] += frames[:, t]
        dx = np.zeros((1, int(self.places.max()) + 1, dy.shape[2]), dy.dtype)
        np.add.at(dx[0], self.places, padded)
        return dx
