"""``dlcli istft``: from frequencies, moment by moment, back to a sound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import click
import numpy as np

from dlcli.commands.istft_blocks import Blocks, goes_on
from dlcli.commands.spectrum_options import SIZES, check_spectrum, checked_options, length_of, rate_of
from dlcli.commands.window_word import WindowWord
from dlcli.engines.checks import Array, EngineError
from dlcli.engines.conventions import CONVENTIONS
from dlcli.engines.griffin_lim import Reconstruction, griffin_lim
from dlcli.engines.istft import first_sample, inverse, sound_length, unseen
from dlcli.engines.overlap import Overlap, cola, nola, ranges
from dlcli.engines.overlap_add import Coverage
from dlcli.engines.stft import transform
from dlcli.engines.stft_plan import Plan
from dlcli.errors import WrongUsage
from dlcli.runner.command import command as subcommand
from dlcli.runner.duration import Duration, Length
from dlcli.runner.kinds import Real
from dlcli.runner.manual import Manual
from dlcli.runner.result import Result, Run, Worker
from dlcli.runner.sound import RATES
from dlcli.runner.typed import was_typed
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


@dataclass(frozen=True)
class Work:
    """What the view is told; what only a story needs is computed when it is read.

    ``spectrum`` is what the sound was made of: what came, or its sizes with the phases that were ``guessed``;
    nothing when it came in several ``blocks``, of which none is kept: ``input`` is the last. ``frames``
    counts all that came, ``told`` is the length of the sound that they came from, where they say so.
    """

    input: Tensor
    output: Tensor
    plan: Plan
    window_name: str
    spectrum: Array | None
    guessed: Reconstruction | None
    negative: int
    frames: int
    told: int | None
    blocks: int = 1

    @property
    def rate(self) -> float | None:
        """Samples a second."""
        rate = self.output.attrs.get("sample_rate")
        return float(rate) if isinstance(rate, int | float) else None

    @property
    def overlaps(self) -> tuple[Overlap, Overlap]:
        """Whether windows add up to a constant, and whether their squares do to more than nothing."""
        window, hop, first = self.plan.window, self.plan.hop, first_sample(self.plan)
        return cola(window, hop, first=first), nola(window, hop, first=first)

    @property
    def _coverage(self) -> Coverage:
        return Coverage(self.plan.window, self.plan.hop, self.frames)

    @cached_property
    def unseen(self) -> Array:
        """The samples of the sound whose weights are 0 in every frame."""
        return unseen(self.plan, self._coverage, len(self.output.data))

    @property
    def unseen_words(self) -> str:
        """Which these are."""
        return ranges(self.unseen.tolist())

    @cached_property
    def whole(self) -> int:
        """How long the sound of all frames is, of which ``--length`` may have left something out."""
        length = len(self.output.data)
        if self.told is not None:
            return self.told
        if self._framed(length) and self.plan.framing(length).count == self.frames:
            return length
        try:
            return sound_length(self.plan, self.frames, self._coverage)
        except EngineError:  # so few frames that they tell of no sample without a length
            return length

    def _framed(self, samples: int) -> bool:
        return self.plan.center or self.plan.edges == "touch" or samples >= self.plan.block

    @cached_property
    def distance(self) -> float | None:
        """How far the whole sound's own spectrum is from the one that came, as a part of its norm.

        None where there is nothing to compare: the spectrum is gone, or the sound is shorter than a frame.
        """
        if self.spectrum is None or not self._framed(self.whole):
            return None
        y: Array = self.output.data
        if len(y) != self.whole:
            y = inverse(self.spectrum, self.plan, length=self.whole, uncovered="zero")
        again = transform(y, self.plan)[:, : self.spectrum.shape[1]]
        wanted = self.spectrum[:, : again.shape[1]]
        top = float(np.abs(wanted).max()) or 1.0  # the squares of parts of it are no more than floats hold
        return float(np.linalg.norm((again - wanted) / top)) / (float(np.linalg.norm(wanted / top)) or 1.0)

    def covering(self, sample: int, channel: int = 0) -> list[tuple[int, int, float, float]]:
        """The frames that hold a sample: frame, place in it, weight of the window, number of the frame."""
        if self.spectrum is None:
            raise WrongUsage("--explain wants the whole spectrum: leave out --block in stft")
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
