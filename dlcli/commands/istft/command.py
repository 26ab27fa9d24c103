"""``dlcli istft``: from frequencies, moment by moment, back to a sound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click
import numpy as np

from dlcli.commands.istft.blocks import Blocks, goes_on
from dlcli.commands.istft.record import Work
from dlcli.commands.kinds.duration import Duration, Length
from dlcli.commands.kinds.sound import RATES
from dlcli.commands.kinds.spectrum import SIZES, check_spectrum, checked_options, length_of, rate_of
from dlcli.commands.kinds.window import WindowWord
from dlcli.engines.base.checks import Array
from dlcli.engines.spectral.conventions import CONVENTIONS
from dlcli.engines.spectral.griffin_lim import griffin_lim
from dlcli.engines.spectral.istft import inverse
from dlcli.engines.spectral.stft_plan import Plan
from dlcli.errors import WrongUsage
from dlcli.runner.command import command as subcommand
from dlcli.runner.kinds import Real
from dlcli.runner.line import was_typed
from dlcli.runner.manual import Manual
from dlcli.runner.result import Result, Run, Worker
from dlcli.tensor import Axis, Tensor

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


#: Options of Griffin-Lim, and why a complex spectrum takes none of them.
SEARCH = ("iterations", "momentum")
PHASES_KNOWN = "the spectrum has its phases, and nothing looks for them"


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
    return Sounding(run, values)


class Sounding:
    """Makes a sound of every spectrum; of one that comes in blocks when it has them all."""

    def __init__(self, run: Run, values: Mapping[str, Any]) -> None:
        self.run, self.values = run, values
        self.blocks: Blocks | None = None

    def __call__(self, tensor: Tensor) -> Result | None:
        """The sound, or nothing while there are blocks to come."""
        if not goes_on(tensor):
            return sounding(tensor, self.run, **self.values)
        if tensor.attrs["block"] == 0 or self.blocks is None:
            options = checked_options(tensor, self.values)
            if tensor.data.dtype.kind == "c":
                _check_idle(SEARCH, PHASES_KNOWN)
            self.plan, self.window = Plan.of(**options), str(options["window"])
            self.blocks = Blocks(self.plan)
        check_spectrum(tensor)
        self.blocks.add(tensor)
        return self._whole(tensor, self.blocks) if tensor.attrs.get("last") else None

    def _whole(self, tensor: Tensor, blocks: Blocks) -> Result:
        self.blocks = None
        rate, length = rate_of(tensor, self.values["sample_rate"]), self.values["length"]
        frames = blocks.stream.frames
        told = length_of(blocks.samples, frames, self.plan)
        wanted = told if length is None else length.samples(rate)
        y = blocks.sound(wanted, self.values["uncovered"])
        output = _audio(tensor, y, rate).with_attrs(block=0, last=True)
        work = Work(tensor, output, self.plan, self.window, None, None, 0, frames, told, blocks.count)
        return Result({"audio": lambda: output}, work)


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
    options = checked_options(tensor, given)
    plan = Plan.of(**options)
    rate = rate_of(tensor, given["sample_rate"])
    told = length_of(tensor.attrs.get("samples"), tensor.shape[1], plan)
    samples = told if length is None else length.samples(rate)
    guessed, negative = None, 0
    spectrum = tensor.data
    if spectrum.dtype.kind == "c":
        _check_idle(SEARCH, PHASES_KNOWN)
        y = inverse(spectrum, plan, length=samples, uncovered=uncovered)
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
    output = _audio(tensor, y, rate)
    window, frames = str(options["window"]), tensor.shape[1]
    work = Work(tensor, output, plan, window, spectrum, guessed, negative, frames, told)
    return Result({"audio": lambda: output}, work)


def _check_idle(names: Sequence[str], why: str) -> None:
    """Raise ``WrongUsage`` for options that were typed and would do nothing."""
    for name in names:
        if was_typed(name):
            raise WrongUsage(f"--{name}: {why}; leave --{name} out")


def _audio(tensor: Tensor, y: Array, rate: float | None) -> Tensor:
    """Samples with their time, and the channels of the spectrum."""
    axes = [Axis("time", start=0.0, step=1 / rate, unit="s") if rate else Axis("time")]
    axes += tensor.axes[2:]
    about: dict[str, str | float] = {"quantity": "audio", **({"sample_rate": rate} if rate else {})}
    return Tensor(y, tuple(axes), "audio", about)
