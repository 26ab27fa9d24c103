"""``dlcli istft``: from frequencies, moment by moment, back to a sound."""

from __future__ import annotations

import numpy as np

from dlcli.commands.istft.options import Options
from dlcli.commands.istft.record import Work
from dlcli.commands.istft.spectrum import (
    SIZES,
    check_spectrum,
    checked_options,
    length_of,
    rate_of,
    samples_before,
    samples_of,
)
from dlcli.engines.base.checks import Array
from dlcli.engines.spectral.griffin_lim import griffin_lim
from dlcli.engines.spectral.istft import inverse
from dlcli.engines.spectral.istft_stream import IstftStream
from dlcli.engines.spectral.stft_plan import Plan
from dlcli.errors import DlcliError, WrongUsage
from dlcli.runner.command import command as subcommand
from dlcli.runner.manual import Manual
from dlcli.runner.result import Result, Run, Worker
from dlcli.tensor import Axis, Tensor
from dlcli.words.axes import by_role
from dlcli.words.line import Line

#: The headings of its stories.
SECTIONS = (
    "Input", "Overlap-add", "Frames", "Griffin-Lim", "Arithmetic", "Mean", "Audio", "Notice", "Try next",
)  # fmt: skip

MANUAL = Manual(
    emits={"audio": "The sound (time) or (time, channel), with its sample rate."},
    formulas={
        "y[m]": "Σ w[n] · x[t, n] / Σ w[n]²  over frames t that hold m, n = m − t·hop",
        "x[t, n]": "1/N · Σ s[k, t] · exp(2πi·k·n / N): each frame back in samples",
    },
    examples=(
        "dlcli stft sample:speech | dlcli istft -o again.wav",
        "dlcli stft sample:speech --emit magnitude | dlcli conv --kernel '.2 .2 .2 .2 .2' --padding same "
        "| dlcli istft -o smeared.wav",
        "dlcli stft sample:speech --emit magnitude | dlcli istft --iterations 50 -o guessed.wav",
        "dlcli stft '0 1 0 -1 0 1 0 -1' --frame 4 --hop 2 | dlcli istft --explain 3",
    ),
    sections=SECTIONS,
)


@subcommand("istft", MANUAL, Options)
def command(run: Run, options: Options) -> Worker:
    """Make a sound of a spectrum: every frame back to samples, and all of them added up.

    A complex spectrum of stft comes back exactly. One that was changed gives the sound whose spectrum is
    nearest, and one that has lost its phase (magnitude, power, db) goes through Griffin-Lim, from random
    phases (--seed).
    """
    return Sounding(run, options)


class Sounding:
    """Makes a sound of every spectrum; of one that comes in blocks when it has them all."""

    def __init__(self, run: Run, options: Options) -> None:
        self.run, self.options = run, options
        self.blocks: Blocks | None = None

    def __call__(self, tensor: Tensor) -> Result | None:
        """The sound, or nothing while there are blocks to come."""
        tensor = by_role(tensor, ("frequency",), ("frame",), ("channel",))
        if "block" not in tensor.attrs or (tensor.attrs["block"] == 0 and bool(tensor.attrs.get("last"))):
            return sounding(tensor, options=self.options, run=self.run)
        if tensor.attrs["block"] == 0 or self.blocks is None:
            framing = checked_options(tensor, self.options, self.run)
            if tensor.data.dtype.kind == "c":
                _check_search(self.run.line)
            self.blocks = Blocks(Plan.of(**framing), str(framing["window"]))
        check_spectrum(tensor)
        self.blocks.add(tensor)
        if self.options.stream:
            return self._piece(tensor)
        if not tensor.attrs.get("last"):
            return None
        blocks, self.blocks = self.blocks, None
        rate, frames = rate_of(tensor, self.options), blocks.stream.frames
        asked = self.options.length.samples(rate) if self.options.length else None
        samples, uncovered = samples_of(blocks.samples), self.options.uncovered
        wanted = asked or length_of(samples, frames, blocks.plan, uncovered)
        output = _audio(tensor, blocks.sound(wanted, uncovered), rate)
        output = output.with_attrs(block=0, last=True)
        work = Work(
            tensor, output, blocks.plan, blocks.window, None, None, 0, frames, samples, asked, blocks.count,
            line=self.run.line,
        )  # fmt: skip
        return _told(work, self.run)

    def _piece(self, tensor: Tensor) -> Result | None:
        """The samples that a block completes, or nothing where these are none."""
        blocks, last = self.blocks, bool(tensor.attrs.get("last"))
        assert blocks is not None
        if last:
            self.blocks = None
            samples, uncovered = samples_of(blocks.samples), self.options.uncovered
            wanted = length_of(samples, blocks.stream.frames, blocks.plan, uncovered)
            blocks.parts.append(blocks.stream.finish(length=wanted, uncovered=uncovered))
        y = np.concatenate(blocks.parts)
        blocks.parts.clear()
        if not len(y):
            return None
        output = _audio(tensor, y, rate_of(tensor, self.options), blocks.sent)
        output = output.with_attrs(block=blocks.pieces, last=last, live=True)
        blocks.sent, blocks.pieces = blocks.sent + len(y), blocks.pieces + 1
        work = Work(
            tensor, output, blocks.plan, blocks.window, None, None, 0, blocks.stream.frames, None, None,
            blocks.count, line=self.run.line,
        )  # fmt: skip
        return Result({"audio": lambda: output}, work)


class Blocks:
    """The blocks of one spectrum in their order; keeps their sound, which is a fraction of what they take."""

    def __init__(self, plan: Plan, window: str) -> None:
        self.plan, self.window = plan, window
        self.stream = IstftStream(plan)
        self.parts: list[Array] = []
        self.count = 0
        self.sent = self.pieces = 0  # samples and pieces of the sound that have gone on already
        self.samples: int | None = 0  # of the sound that the blocks were made of, when they say so
        self.due: float | None = None  # where the next block's first frame lies

    def add(self, tensor: Tensor) -> None:
        """One more block.

        Raises ``DlcliError`` for one whose turn it is not, and for sizes without phases.
        """
        number = tensor.attrs["block"]
        if number != self.count:
            raise DlcliError(f"block {number!r} of a spectrum came where block {self.count} was due")
        if tensor.data.dtype.kind != "c":
            raise DlcliError(
                "Griffin-Lim looks for the phases of a whole spectrum; this is one block of many: "
                "leave out --block in stft"
            )
        axis, frames = tensor.axes[1], tensor.shape[1]
        if axis.step and self.due is not None and abs(axis.value(0) - self.due) > abs(axis.step) / 2:
            raise DlcliError(
                f"block {number} of a spectrum begins at frame {axis.place(0)}, where the one before ends at "
                f"{self.due:g}: frames were left out between them; leave out --block in stft"
            )
        self.due = axis.value(frames) if axis.step else None
        self.parts.append(self.stream.feed(tensor.data))
        self.count += 1
        samples = samples_of(tensor.attrs.get("samples"))
        self.samples = None if self.samples is None or samples is None else self.samples + samples

    def sound(self, length: int | None, uncovered: str) -> Array:
        """All samples, or ``length`` of them."""
        if length is None or length > self.stream.samples:
            self.parts.append(self.stream.finish(length=length, uncovered=uncovered))
        whole: Array = np.concatenate(self.parts)
        return whole[:length]


def sounding(tensor: Tensor, *, options: Options, run: Run) -> Result:
    """The sound of one spectrum."""
    framing = checked_options(tensor, options, run)
    plan = Plan.of(**framing)
    rate = rate_of(tensor, options)
    frames, samples = tensor.shape[1], samples_before(tensor, plan.hop)
    asked = options.length.samples(rate) if options.length else None
    wanted = asked or length_of(samples, frames, plan, options.uncovered)
    guessed, negative = None, 0
    spectrum = tensor.data
    if spectrum.dtype.kind == "c":
        _check_search(run.line)
        y = inverse(spectrum, plan, length=wanted, uncovered=options.uncovered)
    else:
        quantity = str(tensor.attrs.get("quantity", "magnitude"))
        spectrum = SIZES[quantity](spectrum)
        negative = int(np.count_nonzero(spectrum < 0))
        run.warn(
            f"istft: the {quantity} has no phase: Griffin-Lim looks for one, "
            f"in {options.iterations} steps from seed {run.seed}"
        )
        guessed = griffin_lim(
            np.maximum(spectrum, 0), run.generator(), iterations=options.iterations,
            momentum=options.momentum, length=wanted, **framing,
        )  # fmt: skip
        y, spectrum = guessed.sound, guessed.spectrum
    output = _audio(tensor, y, rate)
    work = Work(
        tensor, output, plan, str(framing["window"]), spectrum, guessed, negative, frames, samples, asked,
        line=run.line,
    )  # fmt: skip
    return _told(work, run)


def _told(work: Work, run: Run) -> Result:
    """The result of a run, and a line on standard error where its length is not that of the sound before."""
    if work.short:
        run.warn(f"istft: {work.short}")
    return Result({"audio": lambda: work.output}, work)


def _check_search(line: Line) -> None:
    """Refuse options of the search for phases, of a spectrum that has them."""
    for flag in ("--iterations", "--momentum"):
        if flag in line:
            raise WrongUsage(
                f"{flag}: the spectrum has its phases, and nothing looks for them; leave {flag} out"
            )


def _audio(tensor: Tensor, y: Array, rate: float | None, first: int = 0) -> Tensor:
    """Samples as a sound, the first of them being that of this number."""
    axes = [Axis("time", start=first / rate, step=1 / rate, unit="s") if rate else Axis("time")]
    axes += tensor.axes[2:]
    about: dict[str, str | float] = {"quantity": "audio", **({"sample_rate": rate} if rate else {})}
    return Tensor(y, tuple(axes), "audio", about)
