"""``dlcli istft``: from frequencies, moment by moment, back to a sound."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import click
import numpy as np

from dlcli.commands.window_word import WindowWord, check_n_fft
from dlcli.engines.checks import Array
from dlcli.engines.conventions import CONVENTIONS
from dlcli.engines.decibels import decibels_to_power
from dlcli.engines.griffin_lim import Reconstruction, griffin_lim
from dlcli.engines.istft import first_sample, istft
from dlcli.engines.overlap import Overlap, cola, nola
from dlcli.engines.stft import transform
from dlcli.engines.stft_plan import Plan
from dlcli.errors import DlcliError, printable
from dlcli.runner.command import command as subcommand
from dlcli.runner.duration import Duration, Length
from dlcli.runner.manual import Manual
from dlcli.runner.options import Real
from dlcli.runner.result import Result, Run, Worker
from dlcli.runner.sound import RATES
from dlcli.tensor import Axis, Tensor

#: What an attribute of a spectrum may say that it holds, and that magnitudes can be had from.
SIZES: dict[str, Callable[[Array], Array]] = {
    "magnitude": lambda data: data,
    "power": lambda data: np.sqrt(np.maximum(data, 0)),
    "db": lambda data: np.sqrt(decibels_to_power(data)),
}

#: Samples from frame to frame, of more than a frame, that are believed: what says more would fill the memory.
FARTHEST = 1 << 24

MANUAL = Manual(
    emits={"audio": "The sound (time) or (time, channel), with its sample rate."},
    formulas={
        "y[m]": "Σ w[n] · x[t, n] / Σ w[n]²  over frames t that hold m, n = m − t·hop",
        "x[t, n]": "1/N · Σ s[k, t] · exp(2πi·k·n / N): each frame back in samples",
    },
    groups={
        "Frames": (
            "frame",
            "hop",
            "window",
            "n_fft",
            "center",
            "convention",
            "sample_rate",
            "length",
            "uncovered",
        ),
        "Griffin-Lim": ("iterations", "momentum"),
    },
    examples=(
        "dlcli stft sample:speech | dlcli istft -o again.wav",
        "dlcli stft sample:speech | dlcli conv --kernel horizontal --padding same | dlcli istft -o tones.wav",
        "dlcli stft sample:speech --emit magnitude | dlcli istft --iterations 50 -o guessed.wav",
        "dlcli stft '0 1 0 -1 0 1 0 -1' --frame 4 --hop 2 | dlcli istft --explain 3",
    ),
)


@dataclass(frozen=True)
class Work:
    """What the view is told; what only a story needs is computed when it is read.

    ``spectrum`` is what the sound was made of: what came, or its sizes with the phases that were ``guessed``.
    """

    input: Tensor
    output: Tensor
    plan: Plan
    window_name: str
    spectrum: Array
    guessed: Reconstruction | None
    negative: int

    @property
    def rate(self) -> float | None:
        """Samples a second."""
        rate = self.output.attrs.get("sample_rate")
        return float(rate) if isinstance(rate, int | float) else None

    @property
    def overlaps(self) -> tuple[Overlap, Overlap]:
        """Whether windows add up to a constant, and whether their squares do to more than nothing."""
        return cola(self.plan.window, self.plan.hop), nola(self.plan.window, self.plan.hop)

    @cached_property
    def distance(self) -> float:
        """How far the sound's own spectrum is from the one that came, as a part of its norm."""
        again = transform(self.output.data, self.plan)[:, : self.spectrum.shape[1]]
        wanted = self.spectrum[:, : again.shape[1]]
        return float(np.linalg.norm(again - wanted)) / (float(np.linalg.norm(wanted)) or 1.0)

    def covering(self, sample: int, channel: int = 0) -> list[tuple[int, int, float, float]]:
        """The frames that hold a sample: frame, place in it, weight of the window, number of the frame."""
        plan = self.plan
        lanes = self.spectrum.reshape(*self.spectrum.shape[:2], -1)
        found = []
        base = first_sample(plan)
        for t in range(lanes.shape[1]):
            n = sample - base - t * plan.hop
            if 0 <= n < plan.frame:
                turned = np.fft.irfft(lanes[:, t, channel], n=plan.n_fft) / plan.factor
                place = n + plan.offset if plan.phase == "start" else (n - plan.frame // 2) % plan.n_fft
                found.append((t, n, float(plan.window[n]), float(turned[place])))
        return found


@subcommand("istft", MANUAL)
@click.option("--frame", type=Length(), help="How long a frame is. [default: what the spectrum says]")
@click.option("--hop", type=Length(), help="From frame to frame. [default: what the spectrum says]")
@click.option(
    "--window", type=WindowWord(), help="The window of the frames. [default: what the spectrum says]"
)
@click.option(
    "--n-fft", type=click.IntRange(min=1), metavar="N", help="Samples of the transform. [default: likewise]"
)
@click.option("--center/--no-center", default=None, help="Whether frames are centred. [default: likewise]")
@click.option(
    "--convention",
    type=click.Choice(tuple(CONVENTIONS)),
    help="Whose spectrum it is, where the spectrum itself does not say. [default: librosa]",
)
@click.option(
    "--sample-rate",
    type=Real("HZ", least=RATES[0], most=RATES[1]),
    help="Samples a second. [default: what the spectrum says]",
)
@click.option(
    "--length", type=Length(), help="Length of the sound. [default: that of the sound it came from]"
)
@click.option(
    "--uncovered",
    type=click.Choice(("refuse", "zero")),
    default="refuse",
    show_default=True,
    help="What to do about samples that no window has seen.",
)
@click.option(
    "--iterations",
    type=click.IntRange(min=1),
    metavar="N",
    default=32,
    show_default=True,
    help="Steps in search of a phase, where the spectrum has none.",
)
@click.option(
    "--momentum",
    type=Real("M", least=0, most=0.999),
    default=0.99,
    show_default=True,
    help="How far they go on.",
)
def command(run: Run, **values: Any) -> Worker:
    """Make a sound of a spectrum: every frame back to samples, and all of them added up.

    A complex spectrum of stft comes back exactly. One that was changed gives the sound whose spectrum is
    nearest, and one that has lost its phase (magnitude, power, db) goes through Griffin-Lim, from random
    phases (--seed).
    """
    return lambda tensor: sounding(tensor, run, **values)


def sounding(
    tensor: Tensor,
    run: Run,
    *,
    iterations: int,
    momentum: float,
    uncovered: str,
    length: Duration | None,
    **given: Any,
) -> Result:
    """The sound of one spectrum."""
    _check(tensor)
    options = _options(tensor, given)
    n_fft = options["n_fft"]
    if isinstance(n_fft, int) and len(tensor.data) != n_fft // 2 + 1:
        raise DlcliError(
            f"a transform of {n_fft} samples has {n_fft // 2 + 1} frequencies, and istft wants all of them; "
            f"received {len(tensor.data)}{_made(tensor)}; keep them, as conv --padding same does"
        )
    plan = Plan.of(**options)
    rate = _rate(tensor, given["sample_rate"])
    samples = _length(tensor, plan) if length is None else length.samples(rate)
    guessed, negative = None, 0
    spectrum = tensor.data
    if spectrum.dtype.kind == "c":
        y = istft(spectrum, length=samples, uncovered=uncovered, **options)
    else:
        quantity = str(tensor.attrs.get("quantity", "magnitude"))
        spectrum = SIZES[quantity](spectrum)
        negative = int(np.count_nonzero(spectrum < 0))
        spectrum = np.maximum(spectrum, 0)
        run.warn(
            f"istft: the {quantity} has no phase: Griffin-Lim looks for one, "
            f"in {iterations} steps from seed {run.seed}"
        )
        guessed = griffin_lim(
            spectrum, run.generator(), iterations=iterations, momentum=momentum, length=samples, **options
        )
        y, spectrum = guessed.sound, guessed.spectrum
    unit = "s" if rate else ""
    axes = [Axis("time", start=0.0, step=1 / rate, unit=unit) if rate else Axis("time")]
    axes += tensor.axes[2:]
    about: dict[str, str | float] = {"quantity": "audio", **({"sample_rate": rate} if rate else {})}
    output = Tensor(y, tuple(axes), "audio", about)
    work = Work(tensor, output, plan, str(options["window"]), spectrum, guessed, negative)
    return Result({"audio": lambda: output}, work)


def _check(tensor: Tensor) -> None:
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
            f"istft wants axes (frequency, frame); this tensor has {_axes(tensor)}{_made(tensor)}{hint}"
        )
    if tensor.data.dtype.kind != "c" and quantity not in SIZES:
        raise DlcliError(
            f"istft wants a spectrum, or its magnitude, power or db; this tensor holds "
            f"{printable(str(quantity))}{_made(tensor)}"
        )
    if "block" in tensor.attrs and not (tensor.attrs["block"] == 0 and tensor.attrs.get("last")):
        raise DlcliError("istft wants a whole spectrum; this is one block of many: leave out --block in stft")
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


def _made(tensor: Tensor) -> str:
    made = tensor.attrs.get("command")
    return f": it came from '{printable(str(made))}'" if made else ""


def _options(tensor: Tensor, given: Mapping[str, Any]) -> dict[str, Any]:
    """The options of the transform: what was typed, what the spectrum says, what the convention has."""
    attrs: Mapping[str, Any] = tensor.attrs
    habit = CONVENTIONS[given["convention"] or "librosa"]
    said = {} if given["convention"] else attrs
    rate = _rate(tensor, given["sample_rate"])
    n_fft = given["n_fft"] or attrs.get("n_fft") or 2 * len(tensor.data) - 2
    frame = given["frame"].samples(rate) if given["frame"] else attrs.get("frame", n_fft)
    quarter = max(frame // habit.overlap, 1) if isinstance(frame, int) else 1
    if isinstance(frame, int):
        check_n_fft(given["n_fft"], frame)
    hop = given["hop"].samples(rate) if given["hop"] else attrs.get("hop", quarter)
    if isinstance(hop, int) and isinstance(frame, int) and hop > max(frame, FARTHEST):
        raise DlcliError(
            f"the spectrum cannot be inverted: its frames of {frame} samples are {hop} apart{_made(tensor)}; "
            f"give --hop, of at most {max(frame // 2, 1)}"
        )
    center = given["center"] if given["center"] is not None else said.get("center", habit.center)
    return {
        "frame": frame, "hop": hop, "n_fft": n_fft, "center": bool(center),
        "window": given["window"] or str(said.get("window", habit.window)),
        "pad_mode": str(said.get("pad_mode", habit.pad_mode)),
        "edges": str(said.get("edges", habit.edges)), "phase": str(said.get("phase", habit.phase)),
        "scale": str(attrs.get("scaling", "none")),
    }  # fmt: skip


def _rate(tensor: Tensor, given: float | None) -> float | None:
    rate = given or tensor.attrs.get("sample_rate")
    return (
        float(rate)
        if isinstance(rate, int | float) and not isinstance(rate, bool) and RATES[0] <= rate <= RATES[1]
        else None
    )


def _length(tensor: Tensor, plan: Plan) -> int | None:
    """The length of the sound that a spectrum came from, when it still has as many frames."""
    samples = tensor.attrs.get("samples")
    if not isinstance(samples, int) or isinstance(samples, bool) or samples < 1:
        return None
    framed = plan.center or plan.edges == "touch" or samples >= plan.block
    if not framed or plan.framing(samples).count != tensor.shape[1]:
        return None
    end = first_sample(plan) + (tensor.shape[1] - 1) * plan.hop + plan.frame
    return samples if samples <= end else None
