"""What librosa, PyTorch and SciPy do by default when they transform a sound: the same idea, other habits."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Convention:
    """The defaults of one library, by the names of ``stft``'s options; ``overlap`` frames share a sample."""

    name: str
    function: str
    overlap: int
    window: str
    center: bool
    pad_mode: str
    edges: str
    phase: str
    words: str


CONVENTIONS: dict[str, Convention] = {
    one.name: one
    for one in (
        Convention(
            "librosa", "librosa.stft", 4, "hann", True, "zeros", "fit", "start",
            "frames are centred, with silence beyond the ends",
        ),
        Convention(
            "torch", "torch.stft", 4, "rect", True, "reflect", "fit", "start",
            "frames are centred, with the sound mirrored beyond its ends, and have no window",
        ),
        Convention(
            "scipy", "scipy.signal.ShortTimeFFT", 2, "hann", True, "zeros", "touch", "middle",
            "every frame that touches the sound counts, and phases count from a frame's middle",
        ),
    )
}  # fmt: skip
