"""Framing: cut a sound into short overlapping pieces, and keep account of where each comes from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from dlcli.engines.base.checks import Array, EngineError, whole
from dlcli.engines.base.padding import PAD_MODES, source_of

#: Which frames there are at the two ends of a sound.
EDGES = ("fit", "touch")


@dataclass(frozen=True, slots=True)
class Framing:
    """Where the frames of a sound lie; everything counts in samples, 0 being the sound's first.

    Frame t holds the samples ``first + t * hop`` to ``first + t * hop + length``, the last one excluded. It
    may begin before 0 and end behind ``samples``: what it holds there is padding.
    """

    samples: int
    length: int
    hop: int
    first: int
    count: int

    @property
    def starts(self) -> Array:
        """The first sample of each frame, (frame,); negative in the padding."""
        return self.first + self.hop * np.arange(self.count)

    @property
    def ends(self) -> Array:
        """The sample behind the last of each frame, (frame,)."""
        return self.starts + self.length

    @property
    def end(self) -> int:
        """The sample behind the last frame."""
        return self.first + (self.count - 1) * self.hop + self.length

    @property
    def before(self) -> int:
        """Samples of padding in front of the sound."""
        return max(-self.first, 0)

    @property
    def after(self) -> int:
        """Samples of padding behind the sound that the frames hold."""
        return max(self.end - self.samples, 0)

    @property
    def dropped(self) -> int:
        """Samples of the sound's tail that no frame holds."""
        return max(self.samples - self.end, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """The frames of a sound, (frame, sample[, channel]), read-only, and where they lie."""

    values: Array
    framing: Framing


def framing(
    samples: int, length: int, hop: int, *, center: bool = False, edges: str = "fit", silent: int = 0
) -> Framing:
    """Work out where the frames of a sound of so many samples lie.

    A frame of ``length`` samples begins every ``hop`` samples. With ``center`` frame t has sample t * hop in
    its middle (sample ``length // 2`` of the frame), and ``length // 2`` samples are padded at both ends;
    without it frame 0 begins at sample 0. ``edges``: ``"fit"`` has the frames that fit in the padded sound,
    from there on; what is left at its end is dropped. ``"touch"`` has every frame of the grid that holds at
    least one sample of the sound, not counting the first ``silent`` samples of a frame (where a window is
    0). The number of frames that fit, for n samples and p samples of padding:

        frames = (n + p − length) / hop + 1, rounded down

    >>> where = framing(10, 4, 3)
    >>> where.starts, where.ends, where.dropped
    (array([0, 3, 6]), array([ 4,  7, 10]), 0)
    >>> where = framing(10, 4, 3, center=True)
    >>> where.starts, where.before, where.after
    (array([-2,  1,  4,  7]), 2, 1)

    Raises ``EngineError`` when there are no samples, when length or hop is not a whole number from 1 on, and
    when not one frame fits.
    """
    length = whole("frame", length, unit="samples")
    hop = whole("hop", hop, unit="samples")
    if samples < 1:
        raise EngineError("framing expects at least one sample; received an empty sound")
    check_word("edges", edges, EDGES)
    half = length // 2 if center else 0
    if edges == "touch":
        before = (length - half - 1) // hop
        after = max(samples // hop if center else 0, -(-(samples + half - silent) // hop) - 1)
        return Framing(samples, length, hop, -half - before * hop, before + after + 1)
    count = (samples + 2 * half - length) // hop + 1
    if count < 1:
        raise EngineError(
            f"a frame of {length} samples does not fit in a sound of {samples}; try centred frames, "
            f"or frames of at most {samples} samples"
        )
    return Framing(samples, length, hop, -half, count)


def frames(
    x: Array,
    length: int,
    hop: int,
    *,
    center: bool = False,
    pad_mode: str = "reflect",
    edges: str = "fit",
) -> Frames:
    """Cut a sound into frames.

    x (time,) or (time, channel), of any dtype; ``values[t, i]`` is sample i of frame t, for each channel.
    ``pad_mode`` is one of ``PAD_MODES``; the other options are those of ``framing``. Without padding the
    values are a view of x: frames that overlap share their samples and take no memory.

    >>> x = np.arange(10)
    >>> frames(x, 4, 3).values
    array([[0, 1, 2, 3],
           [3, 4, 5, 6],
           [6, 7, 8, 9]])
    >>> frames(x, 4, 5, center=True).values
    array([[2, 1, 0, 1],
           [3, 4, 5, 6],
           [8, 9, 8, 7]])

    Raises ``EngineError`` as ``framing`` does, and when x has other axes or there is no such ``pad_mode``.
    """
    x = checked_sound(x)
    check_word("pad_mode", pad_mode, PAD_MODES)
    where = framing(len(x), length, hop, center=center, edges=edges)
    if where.before or where.after:
        front, behind = padded(x, where.first, 0, pad_mode), padded(x, len(x), where.end, pad_mode)
        x = np.concatenate([front, x[: where.end], behind])
    values = sliding_window_view(x, length, axis=0)[:: where.hop][: where.count]  # (frame[, channel], sample)
    return Frames(np.moveaxis(values, -1, 1), where)


def padded(x: Array, start: int, stop: int, mode: str) -> Array:
    """The samples ``start`` to ``stop`` of a sound that goes on beyond both its ends as ``mode`` says.

    >>> padded(np.array([1, 2, 3]), -2, 4, "zeros")
    array([0, 0, 1, 2, 3, 0])
    """
    source = source_of(np.arange(start, stop), len(x), mode)
    found = x.take(source, axis=0)
    found[source < 0] = 0
    return found


def checked_sound(x: Array) -> Array:
    """x as an array (time,) or (time, channel) with at least one sample and one channel, or an error."""
    x = np.asarray(x)
    if x.ndim not in (1, 2):
        raise EngineError(f"a sound has axes (time) or (time, channel); received shape {x.shape}")
    if x.size == 0:
        raise EngineError(f"a sound needs at least one sample; received shape {x.shape}")
    return x


def check_word(name: str, word: str, words: Iterable[str]) -> None:
    """Raise ``EngineError`` unless a word is one of those that an option knows."""
    if word not in words:
        raise EngineError(f"{name} expects one of {', '.join(words)}; received {word!r}")
