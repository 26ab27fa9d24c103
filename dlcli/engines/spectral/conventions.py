"""What librosa, PyTorch and SciPy do by default when they transform a sound: the same idea, other habits."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Convention:
    """The defaults of one library, by the names of ``stft``'s options; ``overlap`` frames share a sample.

    ``words`` says so, and what the other libraries do instead.
    """

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
            "Frames are centred as librosa has them, with silence beyond the ends. "
            "PyTorch mirrors the sound there and has no window; SciPy's frames are half a frame apart, their "
            "phases counted from the middle.",
        ),
        Convention(
            "torch", "torch.stft", 4, "rect", True, "reflect", "fit", "start",
            "Frames are centred as PyTorch has them, with the sound mirrored beyond its ends and no window. "
            "librosa and SciPy have silence there and a Hann window.",
        ),
        Convention(
            "scipy", "scipy.signal.ShortTimeFFT", 2, "hann", True, "zeros", "touch", "middle",
            "Every frame that touches the sound counts, as SciPy has it, and phases are counted from a "
            "frame's middle. In librosa and PyTorch frames are a quarter of a frame apart, the first centred "
            "on sample 0, and phases are counted from a frame's start.",
        ),
    )
}  # fmt: skip
