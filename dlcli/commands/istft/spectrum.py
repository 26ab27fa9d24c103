"""What a spectrum says of the transform that it came from, and what is no spectrum."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from dlcli.commands.istft.options import Options
from dlcli.commands.kinds.sounds.framing import check_n_fft
from dlcli.commands.kinds.sounds.sound import RATES
from dlcli.engines.base.checks import Array
from dlcli.engines.spectral.consistency import frame_count, reach
from dlcli.engines.spectral.conventions import CONVENTIONS
from dlcli.engines.spectral.decibels import decibels_to_power
from dlcli.engines.spectral.stft_plan import Plan, StftOptions
from dlcli.errors import DlcliError, WrongUsage, printable
from dlcli.runner.result import Run
from dlcli.tensor import Tensor
from dlcli.wire.stream import STANDARD_INPUT
from dlcli.words.number import number

#: What an attribute of a spectrum may say that it holds, and that magnitudes can be had from.
SIZES: dict[str, Callable[[Array], Array]] = {
    "magnitude": lambda data: data,
    "power": lambda data: np.sqrt(np.maximum(data, 0)),
    "db": lambda data: np.sqrt(decibels_to_power(data)),
}

#: What a spectrum may tell of its transform, by the name of the option, and how that is said.
TOLD: dict[str, Callable[[object], str]] = {
    "frame": "its frames have {} samples".format,
    "hop": "its frames are {} samples apart".format,
    "n_fft": "its transform has {} samples".format,
    "window": "its window is {}".format,
    "center": lambda center: f"its frames are {'' if center else 'not '}centred",
    "pad_mode": "its padding is {}".format,
    "edges": "its frames at the ends are those that {}".format,
    "phase": "its phases count from the {} of a frame".format,
}

#: Samples from frame to frame, of more than a frame, that are believed: what says more would fill the memory.
FARTHEST = 1 << 24


def checked_options(tensor: Tensor, options: Options, run: Run) -> StftOptions:
    """The options of the transform that a spectrum came from, which has all its frequencies.

    Says what neither the spectrum nor the line tells. Raises ``WrongUsage`` where the two contradict.
    """
    check_spectrum(tensor)
    framing, taken = _framing(tensor, options, run)
    n_fft = framing["n_fft"]
    if isinstance(n_fft, int) and len(tensor.data) != n_fft // 2 + 1:
        raise DlcliError(
            f"a transform of {n_fft} samples has {n_fft // 2 + 1} frequencies, and istft wants all of them; "
            f"received {len(tensor.data)}{_made_by(tensor)}; keep them, as conv --padding same does"
        )
    if taken:
        source = str(tensor.attrs.get("source", "the spectrum"))
        source = STANDARD_INPUT if source == "-" else printable(source)
        run.warn(f"istft: {source} does not tell all of its transform; taken: {', '.join(taken)}")
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


def _framing(tensor: Tensor, options: Options, run: Run) -> tuple[StftOptions, list[str]]:
    """The options of the transform: what the spectrum tells, what was typed, what the convention has.

    With them the options that say otherwise of what only the convention tells.
    """
    usual = CONVENTIONS[options.convention or "librosa"]
    rate = rate_of(tensor, options)
    given, told = _given(options, rate), _told(tensor, rate)
    typed = _typed(options, given, run)
    _check_contradictions(tensor, told, typed, run)
    known = {**given, **told, **{name: value for name, (_, value) in typed.items()}}
    taken = []
    even = max(2 * len(tensor.data) - 2, 1)
    if "n_fft" not in known and known.get("frame") in (even, even + 1):
        known["n_fft"] = known["frame"]
    if "n_fft" not in known:
        known["n_fft"] = even
        other = f" ({even + 1} has as many frequencies)" if even > 1 else ""
        taken.append(f"--{'n-fft' if 'frame' in known else 'frame'} {even}{other}")
    elif "frame" not in known:
        taken.append(f"--frame {known['n_fft']}")
    frame = known.setdefault("frame", known["n_fft"])
    if isinstance(frame, int):
        check_n_fft(options.n_fft, frame)
    made = tensor.attrs.get("hop", told.get("hop"))
    if told.get("hop") != made and "hop" not in typed:
        run.warn(
            printable(
                f"istft: the frames are {told['hop']} samples apart, as their axis says, not {made} as when "
                f"they were made; taken: --hop {told['hop']}"
            )
        )
    if "hop" not in known:
        known["hop"] = max(frame // usual.overlap, 1) if isinstance(frame, int) else 1
        taken.append(f"--hop {known['hop']}")
    hop = known["hop"]
    if isinstance(hop, int) and isinstance(frame, int) and hop > max(frame, FARTHEST):
        raise DlcliError(
            f"the spectrum cannot be inverted: its frames of {frame} samples are {hop} apart"
            f"{_made_by(tensor)}; give --hop, of at most {max(frame // 2, 1)}"
        )
    if "window" not in known:
        taken.append(f"--window {usual.window}")
    if "center" not in known:
        taken.append("--center" if usual.center else "--no-center")
    if not {"edges", "phase"} <= set(known):
        taken.append(f"--convention {usual.name}")
    own = _rate(tensor.attrs.get("sample_rate"))
    if "--sample-rate" in run.line and own and rate and own != rate:
        times = number(rate / own, 3)
        run.warn(
            f"istft: the spectrum has {own:g} samples a second; at {rate:g} it plays {times} times as fast"
        )
    framing: StftOptions = {
        "frame": frame, "hop": hop, "n_fft": known["n_fft"],
        "center": bool(known.get("center", usual.center)),
        "window": str(known.get("window", usual.window)),
        "pad_mode": str(known.get("pad_mode", usual.pad_mode)),
        "edges": str(known.get("edges", usual.edges)), "phase": str(known.get("phase", usual.phase)),
        "scale": str(tensor.attrs.get("scaling", "none")),
        "sample_rate": own or 1.0,
    }  # fmt: skip
    return framing, taken


def _told(tensor: Tensor, rate: float | None) -> dict[str, Any]:
    """What a spectrum tells of its transform; of frames that were left out or merged the axis knows best."""
    told = {name: tensor.attrs[name] for name in TOLD if name in tensor.attrs}
    apart = _apart(tensor, rate)
    if apart is not None:
        told["hop"] = apart
    return told


def _apart(tensor: Tensor, rate: float | None) -> int | None:
    """How many samples the frames are apart, as their axis says; None where it does not."""
    axis, second = tensor.axes[1], _rate(tensor.attrs.get("sample_rate")) or rate
    scale = {"s": second, "": 1.0}.get(axis.unit)
    if not axis.step or not scale or (samples := abs(axis.step) * scale) < 0.5:
        return None
    return max(round(min(samples, 2.0 * FARTHEST)), 1)


def _given(options: Options, rate: float | None) -> dict[str, Any]:
    """The options of the transform that have a value, from the line or from a variable."""
    values = {
        "frame": options.frame and options.frame.samples(rate),
        "hop": options.hop and options.hop.samples(rate),
        "n_fft": options.n_fft,
        "window": options.window,
        "center": options.center,
    }
    return {name: value for name, value in values.items() if value is not None}


def _typed(options: Options, given: Mapping[str, Any], run: Run) -> dict[str, tuple[str, Any]]:
    """What the line says of the transform: the words that say it, and the value."""
    typed: dict[str, tuple[str, Any]] = {}
    if options.convention and "--convention" in run.line:
        usual = CONVENTIONS[options.convention]
        typed = {
            name: (f"--convention {usual.name}", getattr(usual, name))
            for name in ("window", "center", "pad_mode", "edges", "phase")
        }
    for words in run.line.options:
        name = words[0].removeprefix("--").removeprefix("no-").replace("-", "_")
        if name in given:
            typed[name] = (" ".join(words), given[name])
    return typed


def _check_contradictions(
    tensor: Tensor, told: Mapping[str, Any], typed: Mapping[str, tuple[str, Any]], run: Run
) -> None:
    """Refuse what was typed against what the spectrum tells, but for what only changes how fast it plays."""
    for name, (words, value) in typed.items():
        if told.get(name, value) == value or (name == "hop" and _too_far(told[name])):
            continue
        said, asked = TOLD[name](told[name]), f" ({value})"
        if isinstance(value, bool) or str(value) in words:
            asked = ""
        if name == "hop" and tensor.data.dtype.kind != "c" and isinstance(told[name], int):
            times = number(value / told[name], 3)
            run.warn(f"istft: {said}; at {words}{asked} the sound lasts {times} times as long")
            continue
        other = ""
        if name == "hop":
            other = ": phases fit at one hop alone, and stft --emit magnitude makes a spectrum without them"
        raise WrongUsage(
            printable(f"the spectrum is another: {said}, not as {words}{asked} has it; leave that out{other}")
        )


def _too_far(hop: object) -> bool:
    return isinstance(hop, int) and hop > FARTHEST


def rate_of(tensor: Tensor, options: Options) -> float | None:
    """Samples a second: as typed, or as the spectrum says; None where that is no rate."""
    return options.sample_rate or _rate(tensor.attrs.get("sample_rate"))


def _rate(rate: object) -> float | None:
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not RATES[0] <= rate <= RATES[1]:
        return None
    return float(rate)


def samples_before(tensor: Tensor, hop: int) -> int | None:
    """The length of the sound that a spectrum came from, unless its frames are to be another hop apart."""
    told = _told(tensor, None).get("hop", hop)
    return samples_of(tensor.attrs.get("samples")) if told == hop else None


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
