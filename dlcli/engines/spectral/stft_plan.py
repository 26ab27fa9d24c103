"""What a short-time Fourier transform does with every frame: the options, checked and worked out once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, sqrt
from typing import Required, TypedDict

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, whole
from dlcli.engines.base.padding import PAD_MODES
from dlcli.engines.spectral.frames import EDGES, Framing, check_word, frames, framing
from dlcli.engines.spectral.windows import window as named_window

#: Where the phase of a frame counts from.
PHASES = ("start", "middle")

#: What a spectrum is multiplied with, by name; w are the window's weights, N the length of the transform,
#: R the sample rate.
SCALES = {
    "none": "1",
    "magnitude": "1 / |Σw|",  #       a sine of amplitude A shows A/2 at its frequency
    "psd": "1 / √(R Σw²)",  #         its square is power per hertz, for R samples a second
    "orthonormal": "1 / √N",  #       a rectangular frame keeps its energy
}


class StftOptions(TypedDict, total=False):
    """The options that ``stft``, ``istft``, ``StftStream`` and ``griffin_lim`` share: see ``stft``."""

    frame: Required[int]
    hop: int | None
    window: str | Array
    periodic: bool
    n_fft: int | None
    center: bool
    pad_mode: str
    edges: str
    phase: str
    scale: str | float
    sample_rate: float


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A transform's options, each with its value, and what follows from them.

    ``window`` holds the weights (frame,) in float64, ``factor`` is what the spectrum is multiplied with;
    ``window_name`` and ``scale`` are how they were asked for.
    """

    frame: int
    hop: int
    n_fft: int
    window: Array
    factor: float
    center: bool
    pad_mode: str
    edges: str
    phase: str
    window_name: str
    scale: str | float

    @staticmethod
    def of(
        *,
        frame: int,
        hop: int | None = None,
        window: str | Array = "hann",
        periodic: bool = True,
        n_fft: int | None = None,
        center: bool = True,
        pad_mode: str = "reflect",
        edges: str = "fit",
        phase: str = "start",
        scale: str | float = "none",
        sample_rate: float = 1.0,
    ) -> Plan:
        """Check the options of ``stft``.

        >>> Plan.of(frame=512).hop
        128

        Raises ``EngineError`` when one of them cannot be.
        """
        frame = whole("frame", frame, unit="samples")
        hop = max(frame // 4, 1) if hop is None else whole("hop", hop, unit="samples")
        n_fft = frame if n_fft is None else whole("n_fft", n_fft, unit="samples")
        if n_fft < frame:
            raise EngineError(
                f"n_fft expects at least the {frame} samples of a frame; received {n_fft}; try n_fft={frame}"
            )
        check_word("edges", edges, EDGES)
        check_word("phase", phase, PHASES)
        check_word("pad_mode", pad_mode, PAD_MODES)
        weights = named_window(window, frame, periodic=periodic)
        weights.flags.writeable = False
        factor = _factor(scale, weights, n_fft, sample_rate)
        name = window if isinstance(window, str) else "given"
        return Plan(frame, hop, n_fft, weights, factor, center, pad_mode, edges, phase, name, scale)

    @property
    def waves(self) -> Array:
        """exp(2πi k n / n_fft) for each frequency k and each sample n of a frame, (n_fft, frame).

        Samples are counted from where the phase begins.
        """
        first = self.offset if self.phase == "start" else -(self.frame // 2)
        turns = np.outer(np.arange(self.n_fft), first + np.arange(self.frame)) % self.n_fft
        return np.exp(2j * np.pi * turns / self.n_fft)

    @property
    def bins(self) -> int:
        """Frequencies from 0 to half the sample rate; bin k stands for ``k * sample_rate / n_fft`` hertz."""
        return self.n_fft // 2 + 1

    @property
    def block(self) -> int:
        """The samples that ``framing`` counts as a frame."""
        return self.n_fft if self.edges == "fit" else self.frame

    @property
    def offset(self) -> int:
        """The sample of a block at which the window begins: it stands in the middle."""
        return (self.block - self.frame) // 2

    @property
    def first(self) -> int:
        """The sample of the sound that the first weight of frame 0's window falls on."""
        return self.framing(self.block).first + self.offset

    def framing(self, samples: int) -> Framing:
        """Where the blocks of a sound of so many samples lie."""
        silent = int(np.argmax(self.window != 0))
        return framing(samples, self.block, self.hop, center=self.center, edges=self.edges, silent=silent)

    def seen(self, blocks: Framing) -> Framing:
        """The frames in the middle of the blocks that are transformed: what the window lets through.

        >>> plan = Plan.of(frame=4, hop=2, n_fft=8)
        >>> plan.framing(10).before, plan.seen(plan.framing(10)).before
        (4, 2)
        """
        return replace(blocks, length=self.frame, first=blocks.first + self.offset)

    def cut(self, x: Array) -> Array:
        """The frames of a sound x (time[, channel]) before the window, (frame, sample[, channel])."""
        blocks = frames(
            x, self.block, self.hop, center=self.center, pad_mode=self.pad_mode, edges=self.edges
        ).values
        return blocks[: self.framing(len(x)).count, self.offset : self.offset + self.frame]

    def parts(self) -> list[tuple[slice, slice]]:
        """Which samples of a frame stand where in the ``n_fft`` samples of the transform.

        One piece, or two when the phase counts from the frame's middle: its first half then stands at the
        end, as what comes before time 0 does in a discrete transform.

        >>> Plan.of(frame=4, n_fft=6, phase="middle").parts()
        [(slice(0, 2, None), slice(4, 6, None)), (slice(2, 4, None), slice(0, 2, None))]
        """
        place = self.offset if self.phase == "start" else -(self.frame // 2) % self.n_fft
        first = min(self.frame, self.n_fft - place)
        pieces = [(slice(0, first), slice(place, place + first))]
        if first < self.frame:
            pieces.append((slice(first, self.frame), slice(0, self.frame - first)))
        return pieces


def _factor(scale: str | float, weights: Array, n_fft: int, sample_rate: float) -> float:
    """What a scale multiplies the spectrum with."""
    if not isinstance(scale, str):
        if not np.isfinite(scale) or scale == 0:
            raise EngineError(f"scale expects a number that is finite and not 0; received {scale!r}")
        return float(scale)
    if scale not in SCALES:
        raise EngineError(f"scale expects one of {', '.join(SCALES)} or a number; received {scale!r}")
    if not 0 < sample_rate < inf:
        raise EngineError(f"sample_rate expects hertz above 0; received {sample_rate!r}")
    divisors = {
        "none": 1.0,
        "magnitude": abs(weights.sum()),
        "psd": np.sqrt(sample_rate * np.square(weights).sum()),
        "orthonormal": sqrt(n_fft),
    }
    if scale == "magnitude" and not divisors[scale]:
        raise EngineError("scale 'magnitude' expects a window whose weights do not add up to 0")
    return float(1 / divisors[scale])
