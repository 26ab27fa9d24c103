"""``dlcli stft``: which frequencies a sound holds, moment by moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import click
import numpy as np

from dlcli.commands.kinds.sounds.framing import (
    SAMPLE_RATE,
    Duration,
    Length,
    WindowWord,
    check_n_fft,
    frame_option,
)
from dlcli.commands.kinds.sounds.sound import Sound, sound_of
from dlcli.commands.stft.mel import NO_HERTZ, NORMS, USUAL_MFCCS, MelSettings
from dlcli.commands.stft.record import NO_FRAMES, Block, Work
from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.base.padding import PAD_MODES
from dlcli.engines.spectral.conventions import CONVENTIONS
from dlcli.engines.spectral.decibels import power, power_to_decibels
from dlcli.engines.spectral.frames import Framing
from dlcli.engines.spectral.mel import SCALES as MEL_SCALES
from dlcli.engines.spectral.peaks import USUAL_SAMPLES, usual_frame
from dlcli.engines.spectral.stft import transform
from dlcli.engines.spectral.stft_plan import SCALES, Plan
from dlcli.engines.spectral.stft_stream import StftStream
from dlcli.engines.spectral.windows import WINDOWS
from dlcli.errors import WrongUsage
from dlcli.runner.command import command as subcommand
from dlcli.runner.kinds import Real, Whole, Words
from dlcli.runner.manual import Manual
from dlcli.runner.moving import Moving
from dlcli.runner.option import option
from dlcli.runner.result import Result, Run, Worker
from dlcli.tensor import Tensor
from dlcli.words.line import Line
from dlcli.words.number import number

#: The headings of its stories.
SECTIONS = (
    "Input", "Mel", "Transform", "A weight", "Cosines", "Filter …", "Filters", "Frame …", "Frames",
    "Its spectrum", "Their hertz", "Window", "Arithmetic", "Decibels", "Orthonormal",
    "Size, power and phase", "Log-mel", "Log-mel that they are of", "MFCC", "Spectrum", "Strongest",
    "Notice", "Conventions", "Try next",
)  # fmt: skip

MANUAL = Manual(
    emits={
        "spectrum": "Complex: size and phase of each frequency in each frame.",
        "magnitude": "Their sizes |s|.",
        "power": "|s|².",
        "db": "10 log10 |s|², what is below −100 counting as that (before --scaling).",
        "phase": "Their angles, from −π to π.",
        "frames": "The pieces of the sound before the window (frame, time).",
        "mel": "|s|² summed by triangular filters that are evenly spaced to the ear (mel, frame).",
        "log-mel": "10 log10 of that, what is below −100 counting as that: what nets hear words by.",
        "mfcc": "Cosine sums of each log-mel frame: its shape in a few numbers (coefficient, frame).",
    },
    explains="a spectrum, its magnitude, power, db or phase, a mel, log-mel or MFCC",
    formulas={
        "s[k, t]": "Σ w[n] · x[t·hop + n − before] · exp(−2πi·k·n / N), n < frame",
        "frequency": "k · sample rate / N;  N is --n-fft",
        "time": "t · hop / sample rate",
        "frames": "⌊(samples + padding − frame) / hop⌋ + 1",
        "mel[m, t]": "Σ w[m, k] · |s[k, t]|² over k, w a triangle from one centre to the next but one",
        "log-mel": "max(10 log10(max(mel, 1e−10) / ref), largest − top-db)",
        "mfcc[n, t]": "√(2/M) · Σ log-mel[m, t] · cos(πn(2m + 1) / (2M)) over M mels; n = 0 by 1/√2 less",
    },
    tables={"Windows": {name: one.formula for name, one in WINDOWS.items()}},
    examples=(
        "dlcli stft sample:speech",
        "dlcli stft sample:tones --frame 2048 --frequencies log",
        "dlcli stft '0 1 0 -1 0 1 0 -1' --frame 4 --hop 2 --explain 1,1",
        "dlcli stft sample:speech --emit magnitude | dlcli conv --kernel '.2 .2 .2 .2 .2' --padding same "
        "| dlcli istft -o smeared.wav",
        "dlcli stft sample:chirp --frame 23ms --emit mel --mels 40 -o mel.npy",
        "dlcli stft sample:speech --frame 25ms --hop 10ms --emit log-mel -o speech.npy",
        "dlcli stft sample:speech --frame 32ms --hop 10ms --emit log-mel --ref max --explain 9,100",
        "dlcli stft sample:speech --frame 32ms --hop 10ms --emit mfcc --mfccs 13 -f csv",
        "dlcli stft sample:speech --block 1s --emit magnitude | dlcli show -f plain",
        "dlcli stft sample:tones --frames 20 -o frames.gif",
    ),
    sections=SECTIONS,
)


#: Options by their heading.
convention_option = partial(option, under="Conventions")
looking_option = partial(option, under="Looking")
mel_option = partial(option, under="Mels")


#: What a picture shows upwards of results whose axis ``--frequencies`` does not change.
OTHER_AXES = {
    "phase": "all frequencies evenly spaced", "frames": "no frequencies", "mel": "mels", "log-mel": "mels",
    "mfcc": "coefficients",
}  # fmt: skip


#: Results that are sums of mel filters, and those of them in decibels.
MELS = ("mel", "log-mel", "mfcc")
SQUARES = ("power", "db", *MELS)
LEVELS = ("--emit log-mel", "--emit mfcc")
SEEN = ("--emit mel", *LEVELS, "--frequencies mel")


class Reference(Words):
    """The power that is 0 dB: a number above 0, or ``max``."""

    name = "POWER|max"
    words = ("max",)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float | str:
        """The number, or the word."""
        if str(value).strip().lower() == "max":
            return "max"
        try:
            return Real("POWER", above=0).convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{value!r} is neither a power above 0, such as 1.0, nor max", param, ctx)


@dataclass(frozen=True)
class Options(Moving):
    """The options of ``dlcli stft``."""

    frame: Duration | None = frame_option(
        "--frame",
        Length(),
        help="How long a frame is: 512 (samples) or 11ms. [default: about 11.6ms]",
    )
    hop: Duration | None = frame_option(
        "--hop",
        Length(),
        help="From frame to frame. [default: a quarter of a frame; half with scipy]",
    )
    window: str | None = frame_option(
        "--window",
        WindowWord(),
        help="What a frame is multiplied with, such as hann, rect or kaiser:14. [default: the convention's]",
    )
    n_fft: int | None = frame_option(
        "--n-fft",
        Whole(),
        help="Samples of the transform; more than a frame makes the frequencies denser. [default: a frame]",
    )
    sample_rate: float | None = frame_option(
        "--sample-rate",
        SAMPLE_RATE,
        help="Samples a second. [default: what the input says]",
    )
    block: Duration | None = frame_option(
        "--block",
        Length(),
        excludes=("--explain", "--emit frames", "--ref max", "--top-db"),
        help="Read a sound in pieces and send as many spectra, each as soon as its samples have come: memory "
        "does not grow, and a WAV down a pipe need not have an end.",
    )
    convention: str = convention_option(
        "--convention",
        click.Choice(tuple(CONVENTIONS)),
        "librosa",
        help="Window, hop, centring, padding and phase as that library has them by default.",
    )
    center: bool | None = convention_option(
        "--center/--no-center",
        help="Whether frame t has sample t·hop in its middle.",
    )
    pad_mode: str | None = convention_option(
        "--pad-mode",
        click.Choice(tuple(PAD_MODES)),
        help="What stands beyond the ends. [default: the convention's]",
    )
    scaling: str = convention_option(
        "--scaling",
        click.Choice(tuple(SCALES)),
        "none",
        help="magnitude: a sine of amplitude A shows A/2; psd: squares are power per hertz, "
        "orthonormal: a rectangular frame keeps its energy.",
    )
    frequencies: str = looking_option(
        "--frequencies",
        click.Choice(("linear", "log", "mel")),
        "linear",
        help="The frequency axis of the picture, on the screen and in a picture file.",
    )
    mels: int | None = mel_option(
        "--mels",
        Whole(),
        needs=SEEN,
        help="Filters of mel. [default: 40; in a picture as many as have a frequency each]",
    )
    mel_scale: str = mel_option(
        "--mel-scale",
        click.Choice(tuple(MEL_SCALES)),
        "slaney",
        needs=SEEN,
        help="Which mel: slaney as librosa's, htk as torchaudio's.",
    )
    mel_norm: str | None = mel_option(
        "--mel-norm",
        click.Choice(tuple(NORMS)),
        needs=SEEN,
        help="slaney: every filter has area 1; none: it is 1 at its peak. [default: slaney, with htk none]",
    )
    fmin: float = mel_option(
        "--fmin", Real("HZ", least=0), "0", needs=SEEN, help="Where the first filter begins."
    )
    fmax: float | None = mel_option(
        "--fmax",
        Real("HZ", above=0),
        needs=SEEN,
        help="Where the last filter ends. [default: half the sample rate]",
    )
    ref: float | str = mel_option(
        "--ref",
        Reference(),
        "1.0",
        needs=LEVELS,
        help="The power that is 0 dB; max: the largest of this sound.",
    )
    top_db: float | None = mel_option(
        "--top-db",
        Real("DB", above=0),
        needs=LEVELS,
        help="What lies further below the largest counts as that far. [default: none; of mfcc 80]",
    )
    mfccs: int | None = mel_option(
        "--mfccs",
        Whole(),
        needs="--emit mfcc",
        help=f"Coefficients of mfcc, from the first. [default: {USUAL_MFCCS}]",
    )

    @property
    def mel_settings(self) -> MelSettings:
        """What was asked for of mels."""
        return MelSettings(
            count=self.mels,
            scale=self.mel_scale,
            own_norm=self.mel_norm,
            low=self.fmin,
            high=self.fmax,
            reference=self.ref,
            own_top_db=self.top_db,
            own_coefficients=self.mfccs,
        )

    def plan(self, rate: float | None, samples: int) -> Plan:
        """The transform of sounds with such a rate; ``samples`` decide about a frame of unknown length."""
        usual = CONVENTIONS[self.convention]
        frame = self.frame.samples(rate) if self.frame else usual_frame(rate, samples)
        check_n_fft(self.n_fft, frame)
        return Plan.of(
            frame=frame,
            hop=self.hop.samples(rate) if self.hop else max(frame // usual.overlap, 1),
            window=self.window or usual.window,
            n_fft=self.n_fft,
            center=usual.center if self.center is None else self.center,
            pad_mode=self.pad_mode or usual.pad_mode,
            edges=usual.edges,
            phase=usual.phase,
            scale=self.scaling,
            sample_rate=rate or 1.0,
        )

    @property
    def overriding(self) -> tuple[str, ...]:
        """The options that go before the convention."""
        given = {
            "--hop": self.hop,
            "--window": self.window,
            "--n-fft": self.n_fft,
            "--pad-mode": self.pad_mode,
            "--scaling": None if self.scaling == "none" else self.scaling,
            "--center" if self.center else "--no-center": self.center,
        }
        return tuple(flag for flag, value in given.items() if value is not None)


@subcommand("stft", MANUAL, Options)
def command(run: Run, options: Options) -> Worker:
    """Cut a sound into short frames and see which frequencies each of them holds.

    The short-time Fourier transform, as librosa, PyTorch and SciPy compute it. INPUT is a sound file, - for
    standard input, sample:NAME, a table of samples, or a literal such as '0 1 0 -1'.
    """
    spectra = Transform(options, run.line, run.warn, run.emit)
    if options.block is None:
        return spectra.whole
    if run.emit == "mfcc":
        run.warn("stft: mfcc in blocks have no --top-db: nobody knows yet what is the largest of all")
    run.block = spectra.samples
    return spectra.block


class Transform:
    """Transforms sounds; of one that comes block by block it keeps what the next block needs."""

    def __init__(
        self,
        options: Options,
        line: Line,
        warn: Callable[[str], None] = lambda _: None,
        emit: str | None = None,
    ) -> None:
        self.options, self.line, self.warn, self.emit = options, line, warn, emit
        self.stream: StftStream | None = None
        self.newest: Array | None = None
        self.start = 0.0
        self.count = self.unsent = 0  # blocks that have been sent, and samples of which nothing has

    def whole(self, tensor: Tensor) -> Result:
        """The spectrum of one sound."""
        sound = sound_of(tensor, self.options.sample_rate)
        if self.emit in MELS and not sound.rate:
            raise WrongUsage(NO_HERTZ)
        plan = self.options.plan(sound.rate, len(sound.samples))
        framing = plan.framing(len(sound.samples))
        result = self._result(tensor, sound, plan, framing, transform(sound.samples, plan))
        if self.emit in MELS:
            self._tell_of_empty(result.work)
        return result

    def _tell_of_empty(self, work: Work) -> None:
        """Say how many mel filters have no frequency in them, where there are some."""
        if work.empty_mels:
            self.warn(f"stft: {work.empty_mels}")

    def _tell_of_squares(self, data: Array) -> None:
        """Say so where no float of this size holds the powers of a spectrum."""
        size = np.abs(data).max(initial=0)
        with np.errstate(over="ignore"):
            held = bool(np.isfinite(np.square(size)))
        if not held:
            self.warn(
                f"stft: a size of {number(float(size))} has a square that {size.dtype} does not hold: powers "
                "are infinite there, and mels NaN; make the sound weaker"
            )

    def _mel(self, work: Work, name: str) -> Tensor:
        self._tell_of_empty(work)
        return {"mel": work.mel, "log-mel": work.log_mel, "mfcc": work.mfcc}[name]()

    def _picture(self, work: Work, name: str) -> Tensor:
        """What a picture file shows of a result, where not its own axis of frequencies was asked for."""
        kind = self.options.frequencies
        if name in OTHER_AXES:
            if name != kind:
                self.warn(
                    f"stft: --frequencies {kind} is not for {name}, whose picture has {OTHER_AXES[name]}; it "
                    "is for spectrum, magnitude, power and db"
                )
            if name in MELS:
                return self._mel(work, name)
            return work.frames() if name == "frames" else work.phase()
        if kind == "mel" and self.options.mels:
            self._tell_of_empty(work)
        return work.picture()

    def samples(self, rate: int) -> int:
        """Samples of a block: what was asked for, and no fewer than complete a frame."""
        assert self.options.block is not None
        hertz = self.options.sample_rate or rate
        plan = self.options.plan(hertz, USUAL_SAMPLES)
        return max(self.options.block.samples(hertz), 2 * (plan.n_fft + plan.hop))

    def block(self, tensor: Tensor) -> Result | None:
        """The frames that this block completes, or nothing where it completes none yet.

        Raises ``WrongUsage`` for what is no block: only files of sound are read in pieces.
        """
        if "block" not in tensor.attrs:
            raise WrongUsage(
                f"--block reads a sound file in pieces; {tensor.describe()} is here whole: leave out --block"
            )
        sound = sound_of(tensor, self.options.sample_rate)
        if tensor.attrs["block"] == 0 or self.stream is None:
            plan = self.options.plan(sound.rate, len(sound.samples))
            self.stream, self.start, self.newest = StftStream(plan), sound.start, None
            self.count = self.unsent = 0
        stream, plan = self.stream, self.stream.plan
        parts = [] if self.newest is None else [self.newest]
        first = stream.frames - len(parts)
        parts.append(stream.feed(sound.samples))
        last = bool(tensor.attrs.get("last", True))
        if last:
            parts.append(stream.finish())
        data = np.concatenate(parts, axis=1)
        if tensor.attrs.get("live") and not last:
            # The newest frame waits: of a sound that may end at any time, there is one for the last block.
            data, self.newest = data[:, :-1], data[:, -1:]
        self.unsent += len(sound.samples)
        if not data.shape[1]:
            if last:
                raise EngineError("the last block completes no frame; leave out --block")
            return None
        piece = Block(self.start, self.count, first, last, self.unsent)
        self.count, self.unsent = self.count + 1, 0
        origin = plan.framing(max(stream.samples, plan.block)).first + first * plan.hop
        framing = Framing(stream.samples, plan.block, plan.hop, origin, data.shape[1])
        return self._result(tensor, sound, plan, framing, data, piece)

    def _result(
        self,
        tensor: Tensor,
        sound: Sound,
        plan: Plan,
        framing: Framing,
        data: Array,
        block: Block | None = None,
    ) -> Result:
        options = self.options
        work = Work(
            input=tensor,
            sound=sound,
            plan=plan,
            framing=framing,
            data=data,
            convention=CONVENTIONS[options.convention],
            overriding=options.overriding,
            frequencies=options.frequencies,
            mel_settings=options.mel_settings,
            emit=self.emit,
            block=block,
            line=self.line,
        )
        if self.emit in SQUARES:
            self._tell_of_squares(data)
        outputs: dict[str, Callable[[], Tensor]] = {
            "spectrum": lambda: work.spectrum,
            "magnitude": lambda: work.named("magnitude", np.abs(data)),
            "power": lambda: work.named("power", power(data)),
            "db": lambda: work.named("db", power_to_decibels(power(data), least=work.least_power)),
            "phase": work.phase,
            "frames": work.frames,
            **{name: partial(self._mel, work, name) for name in MELS},
        }
        absent = {} if sound.rate else dict.fromkeys(MELS, NO_HERTZ)
        if block:
            absent["frames"] = NO_FRAMES
        outputs = {name: make for name, make in outputs.items() if name not in absent}
        spaced = options.frequencies != "linear"
        pictures = {name: partial(self._picture, work, name) for name in outputs} if spaced else {}
        view = "story_mel" if self.emit in MELS else "story"
        return Result(outputs, work, view=view, pictures=pictures, absent=absent)
