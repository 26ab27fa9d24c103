"""``dlcli stft``: which frequencies a sound holds, moment by moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import click
import numpy as np

from dlcli.commands.kinds.duration import Duration, Length
from dlcli.commands.kinds.sound import RATES, sound_of
from dlcli.commands.kinds.window import WindowWord, check_n_fft
from dlcli.commands.stft.record import NO_HERTZ, Looks, Part, result
from dlcli.commands.stft.usage import check_used
from dlcli.engines.base.checks import EngineError
from dlcli.engines.base.padding import PAD_MODES
from dlcli.engines.spectral.conventions import CONVENTIONS
from dlcli.engines.spectral.frames import Framing
from dlcli.engines.spectral.mel import SCALES as MEL_SCALES
from dlcli.engines.spectral.stft import transform
from dlcli.engines.spectral.stft_plan import SCALES, Plan
from dlcli.engines.spectral.stft_stream import StftStream
from dlcli.engines.spectral.windows import WINDOWS
from dlcli.errors import WrongUsage
from dlcli.runner.command import command as subcommand
from dlcli.runner.kinds import Real
from dlcli.runner.manual import Manual
from dlcli.runner.result import Result, Run, Worker
from dlcli.tensor import Tensor

#: What a frame lasts unless it is said: 512 samples at 44.1 kHz.
USUAL = 0.0116
USUAL_SAMPLES = 512

MANUAL = Manual(
    emits={
        "spectrum": "Complex: size and phase of each frequency in each frame.",
        "magnitude": "Their sizes |s|.",
        "power": "|s|².",
        "db": "10 log10 |s|², what is below −100 counting as that.",
        "phase": "Their angles, from −π to π.",
        "frames": "The pieces of the sound before the window (frame, time).",
        "mel": "|s|² summed by triangular filters that are evenly spaced to the ear (mel, frame).",
    },
    explains="a spectrum, its magnitude, power, db or phase",
    formulas={
        "s[k, t]": "Σ w[n] · x[t·hop + n − before] · exp(−2πi·k·n / N), n < frame",
        "frequency": "k · sample rate / N;  N is --n-fft",
        "time": "t · hop / sample rate",
        "frames": "⌊(samples + padding − frame) / hop⌋ + 1",
    },
    tables={"Windows": {name: one.formula for name, one in WINDOWS.items()}},
    groups={
        "Frames": ("frame", "hop", "window", "n_fft", "sample_rate", "block"),
        "Conventions": ("convention", "center", "pad_mode", "scaling"),
        "Looking": ("frequencies", "mels", "mel_scale"),
    },
    examples=(
        "dlcli stft sample:speech",
        "dlcli stft sample:tones --frame 2048 --frequencies log",
        "dlcli stft '0 1 0 -1 0 1 0 -1' --frame 4 --hop 2 --explain 1,1",
        "dlcli stft sample:speech | dlcli conv --kernel horizontal --padding same | dlcli istft -o tones.wav",
        "dlcli stft sample:chirp --frame 23ms --emit mel --mels 40 -o mel.npy",
        "dlcli stft sample:speech --block 1s --emit magnitude | dlcli show -f plain",
    ),
)


@dataclass(frozen=True)
class Options:
    """The options of one run, as they were typed."""

    frame: Duration | None
    hop: Duration | None
    window: str | None
    n_fft: int | None
    sample_rate: float | None
    block: Duration | None
    convention: str
    center: bool | None
    pad_mode: str | None
    scaling: str
    frequencies: str
    mels: int
    mel_scale: str

    def plan(self, rate: float | None, samples: int) -> Plan:
        """The transform of sounds with such a rate; ``samples`` decide about a frame of unknown length."""
        habit = CONVENTIONS[self.convention]
        frame = self.frame.samples(rate) if self.frame else usual_frame(rate, samples)
        check_n_fft(self.n_fft, frame)
        return Plan.of(
            frame=frame,
            hop=self.hop.samples(rate) if self.hop else max(frame // habit.overlap, 1),
            window=self.window or habit.window,
            n_fft=self.n_fft,
            center=habit.center if self.center is None else self.center,
            pad_mode=self.pad_mode or habit.pad_mode,
            edges=habit.edges,
            phase=habit.phase,
            scale=self.scaling,
        )

    def looks(self) -> Looks:
        """What of them is not the transform's."""
        habit = CONVENTIONS[self.convention]
        return Looks(
            habit,
            self.window or habit.window,
            self.scaling,
            self.frequencies,
            self.mels,
            self.mel_scale,
            tuple(self._words()),
        )

    def _words(self) -> Iterator[str]:
        """The options that decide about the transform, as they would be typed again."""
        for name, length in (("--frame", self.frame), ("--hop", self.hop)):
            if length is not None:
                yield from (name, length.typed)
        for name, value, usual in (
            ("--window", self.window, None),
            ("--n-fft", self.n_fft, None),
            ("--sample-rate", self.sample_rate, None),
            ("--convention", self.convention, "librosa"),
            ("--pad-mode", self.pad_mode, None),
            ("--scaling", self.scaling, "none"),
        ):
            if value != usual:
                yield from (name, f"{value:g}" if isinstance(value, float) else str(value))
        if self.center is not None:
            yield "--center" if self.center else "--no-center"


@subcommand("stft", MANUAL)
@click.option(
    "--frame", type=Length(), help="How long a frame is: 512 (samples) or 11ms. [default: about 11.6ms]"
)
@click.option(
    "--hop", type=Length(), help="From frame to frame. [default: a quarter of a frame; half with scipy]"
)
@click.option(
    "--window",
    type=WindowWord(),
    help="What a frame is multiplied with, such as hann, rect or kaiser:14. [default: the convention's]",
)
@click.option(
    "--n-fft",
    type=click.IntRange(min=1),
    metavar="N",
    help="Samples of the transform; more than a frame makes the frequencies denser. [default: a frame]",
)
@click.option(
    "--sample-rate",
    type=Real("HZ", least=RATES[0], most=RATES[1]),
    help="Samples a second. [default: what the input says]",
)
@click.option(
    "--block",
    type=Length(),
    help="Read a sound file in pieces and send as many spectra, one after the other: memory does not grow.",
)
@click.option(
    "--convention",
    type=click.Choice(tuple(CONVENTIONS)),
    default="librosa",
    show_default=True,
    help="Window, hop, centring, padding and phase as that library has them by default.",
)
@click.option("--center/--no-center", default=None, help="Whether frame t has sample t·hop in its middle.")
@click.option(
    "--pad-mode",
    type=click.Choice(tuple(PAD_MODES)),
    help="What stands beyond the ends. [default: the convention's]",
)
@click.option(
    "--scaling",
    type=click.Choice(tuple(SCALES)),
    default="none",
    show_default=True,
    help="magnitude: a sine of amplitude A shows A/2; psd: squares are power per hertz (at 1 Hz).",
)
@click.option(
    "--frequencies",
    type=click.Choice(("linear", "log", "mel")),
    default="linear",
    show_default=True,
    help="The frequency axis of the picture.",
)
@click.option(
    "--mels", type=click.IntRange(min=1), metavar="N", default=40, show_default=True, help="Filters of mel."
)
@click.option(
    "--mel-scale",
    type=click.Choice(tuple(MEL_SCALES)),
    default="slaney",
    show_default=True,
    help="Which mel; slaney filters have area 1 as librosa's, htk ones peak 1 as torchaudio's.",
)
def command(run: Run, **values: object) -> Worker:
    """Cut a sound into short frames and see which frequencies each of them holds.

    The short-time Fourier transform, as librosa, PyTorch and SciPy compute it. INPUT is a sound file, - for
    standard input, sample:NAME, a table of samples, or a literal such as '0 1 0 -1'.
    """
    options = Options(**values)  # type: ignore[arg-type]
    wanted = click.get_current_context().params
    check_used(options.frequencies, options.block is not None, wanted)
    if options.block is None:
        return lambda tensor: transformed(tensor, options, wanted["emit"])
    span = options.block
    run.block = lambda rate: _block(span, options, rate)
    return Blocks(options)


def transformed(tensor: Tensor, options: Options, emit: str | None = None) -> Result:
    """The spectrum of one sound; what ``emit`` names is known to be possible."""
    sound = sound_of(tensor, options.sample_rate)
    if emit == "mel" and not sound.rate:
        raise WrongUsage(NO_HERTZ)
    plan = options.plan(sound.rate, len(sound.samples))
    framing = plan.framing(len(sound.samples))
    data = transform(sound.samples, plan)
    return result(tensor, sound, plan, data, framing, options.looks())


class Blocks:
    """Transforms a sound that comes block by block; keeps what the next block needs."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.stream: StftStream | None = None
        self.start = 0.0

    def __call__(self, tensor: Tensor) -> Result:
        """The frames that this block completes.

        Raises ``WrongUsage`` for what is no block: only files of sound are read in pieces.
        """
        if "block" not in tensor.attrs:
            raise WrongUsage(
                f"--block reads a sound file in pieces; {tensor.describe()} is here whole: leave out --block"
            )
        sound = sound_of(tensor, self.options.sample_rate)
        if tensor.attrs["block"] == 0 or self.stream is None:
            plan = self.options.plan(sound.rate, len(sound.samples))
            self.stream, self.start = StftStream.of(plan), sound.start
        stream, plan = self.stream, self.stream.plan
        first = stream.frames
        parts = [stream.feed(sound.samples)]
        last = bool(tensor.attrs.get("last", True))
        if last:
            parts.append(stream.finish())
        data = np.concatenate(parts, axis=1)
        if not data.shape[1]:
            raise EngineError("the block completes no frame; try a longer --block")
        origin = plan.framing(max(stream.samples, plan.block))
        framing = Framing(
            stream.samples, plan.block, plan.hop, origin.first + first * plan.hop, data.shape[1]
        )
        return result(tensor, sound, plan, data, framing, self.options.looks(), Part(self.start, first, last))


def usual_frame(rate: float | None, samples: int) -> int:
    """About 11.6 ms, quick to transform; without a rate 512 samples, or fewer of a short sound.

    >>> [usual_frame(rate, 10**6) for rate in (8000, 16000, 22050, 44100, 48000)]
    [90, 180, 256, 512, 540]
    >>> usual_frame(None, 10)
    4
    """
    if rate is None:
        return min(USUAL_SAMPLES, max(1 << max(samples // 2, 1).bit_length() - 1, 2))
    wanted = rate * USUAL
    quick = {2**a * 3**b * 5**c for a in range(1, 16) for b in range(4) for c in range(3)}
    return min(quick, key=lambda length: (abs(length - wanted), -length))


def _block(span: Duration, options: Options, rate: int) -> int:
    """Samples of a block: what was asked for, and no fewer than complete a frame."""
    plan = options.plan(options.sample_rate or rate, USUAL_SAMPLES)
    return max(span.samples(options.sample_rate or rate), 2 * (plan.n_fft + plan.hop))
