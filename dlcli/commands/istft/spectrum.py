"""What a spectrum says of the transform that it came from, and what is no spectrum."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from dlcli.commands.istft.options import Options
from dlcli.commands.kinds.framing import check_n_fft
from dlcli.commands.kinds.sound import RATES
from dlcli.engines.base.checks import Array
from dlcli.engines.spectral.consistency import frame_count, reach
from dlcli.engines.spectral.conventions import CONVENTIONS
from dlcli.engines.spectral.decibels import decibels_to_power
from dlcli.engines.spectral.stft_plan import Plan, StftOptions
from dlcli.errors import DlcliError, printable
from dlcli.tensor import Tensor

#: What an attribute of a spectrum may say that it holds, and that magnitudes can be had from.
SIZES: dict[str, Callable[[Array], Array]] = {
    "magnitude": lambda data: data,
    "power": lambda data: np.sqrt(np.maximum(data, 0)),
    "db": lambda data: np.sqrt(decibels_to_power(data)),
}

#: Samples from frame to frame, of more than a frame, that are believed: what says more would fill the memory.
FARTHEST = 1 << 24


def checked_options(tensor: Tensor, options: Options) -> StftOptions:
    """The options of the transform that a spectrum came from, which has all its frequencies."""
    check_spectrum(tensor)
    framing = _framing(tensor, options)
    n_fft = framing["n_fft"]
    if isinstance(n_fft, int) and len(tensor.data) != n_fft // 2 + 1:
        raise DlcliError(
            f"a transform of {n_fft} samples has {n_fft // 2 + 1} frequencies, and istft wants all of them; "
            f"received {len(tensor.data)}{_made_by(tensor)}; keep them, as conv --padding same does"
        )
    return framing


def check_spectrum(tensor: Tensor) -> None:
    """Refuse what is no spectrum, in words that say what it is."""
    names = tensor.axis_names
    quantity = tensor.attrs.get("quantity", "magnitude" if tensor.data.dtype.kind != "c" else "spectrum")
    if (
        len(names) not in (2, 3)
        or not tensor.data.size
        or names[0] in ("mel", "time", "height", "channel")
        or names[1] == "time"
    ):
        hint = "; mels have merged frequencies, which cannot be parted again" if names[:1] == ("mel",) else ""
        raise DlcliError(
            f"istft wants axes (frequency, frame); this tensor has {_axes(tensor)}{_made_by(tensor)}{hint}"
        )
    if tensor.data.dtype.kind != "c" and quantity not in SIZES:
        raise DlcliError(
            f"istft wants a spectrum, or its magnitude, power or db; this tensor holds "
            f"{printable(str(quantity))}{_made_by(tensor)}"
        )
    if not np.isfinite(tensor.data).all():
        raise DlcliError(
            f"a spectrum that can be inverted is finite; {tensor.describe()} has NaN or infinity"
        )


def _axes(tensor: Tensor) -> str:
    """The names of the axes; of a tensor that is empty also how long they are."""
    names = map(printable, tensor.axis_names)
    if tensor.data.size:
        return f"({', '.join(names)})"
    return f"({', '.join(f'{name} {length}' for name, length in zip(names, tensor.shape, strict=True))})"


def _made_by(tensor: Tensor) -> str:
    made = tensor.attrs.get("command")
    return f": it came from '{printable(str(made))}'" if made else ""


def _framing(tensor: Tensor, options: Options) -> StftOptions:
    """The options of the transform: what was typed, what the spectrum says, what the convention has."""
    attrs: Mapping[str, Any] = tensor.attrs
    usual = CONVENTIONS[options.convention or "librosa"]
    stated = {} if options.convention else attrs
    rate = rate_of(tensor, options)
    n_fft = options.n_fft or attrs.get("n_fft") or 2 * len(tensor.data) - 2
    frame = options.frame.samples(rate) if options.frame else attrs.get("frame", n_fft)
    quarter = max(frame // usual.overlap, 1) if isinstance(frame, int) else 1
    if isinstance(frame, int):
        check_n_fft(options.n_fft, frame)
    hop = options.hop.samples(rate) if options.hop else attrs.get("hop", quarter)
    if isinstance(hop, int) and isinstance(frame, int) and hop > max(frame, FARTHEST):
        raise DlcliError(
            f"the spectrum cannot be inverted: its frames of {frame} samples are {hop} apart"
            f"{_made_by(tensor)}; give --hop, of at most {max(frame // 2, 1)}"
        )
    center = options.center if options.center is not None else stated.get("center", usual.center)
    return {
        "frame": frame, "hop": hop, "n_fft": n_fft, "center": bool(center),
        "window": options.window or str(stated.get("window", usual.window)),
        "pad_mode": str(stated.get("pad_mode", usual.pad_mode)),
        "edges": str(stated.get("edges", usual.edges)), "phase": str(stated.get("phase", usual.phase)),
        "scale": str(attrs.get("scaling", "none")), "sample_rate": _rate(attrs.get("sample_rate")) or 1.0,
    }  # fmt: skip


def rate_of(tensor: Tensor, options: Options) -> float | None:
    """Samples a second: as typed, or as the spectrum says; None where that is no rate."""
    return options.sample_rate or _rate(tensor.attrs.get("sample_rate"))


def _rate(rate: object) -> float | None:
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not RATES[0] <= rate <= RATES[1]:
        return None
    return float(rate)


def samples_of(samples: object) -> int | None:
    """How many samples the sound had that a spectrum came from, when what it says of them is a number."""
    if isinstance(samples, int) and not isinstance(samples, bool) and samples >= 1:
        return samples
    return None


def length_of(samples: int | None, frames: int, plan: Plan, uncovered: str) -> int | None:
    """The length of the sound that a spectrum came from, when it still has as many frames.

    None too where these do not reach its end, unless what is ``uncovered`` is to be silent.
    """
    if samples is None or frame_count(samples, plan) != frames:
        return None
    return samples if samples <= reach(frames, plan) or uncovered == "zero" else None
