"""``dlcli mask``: keep what is strong enough, what lies in a band, or what is louder than the noise."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import click
import numpy as np

from dlcli.commands.kinds.sounds.blocks import is_part, say_alone
from dlcli.commands.mask.bands import Band, Passage, band
from dlcli.commands.mask.record import POWERS, SOFT, Gain, Learnt, Soft, Work, amplitudes
from dlcli.engines.base.checks import Array
from dlcli.engines.spectral.denoise import (
    gate,
    learnt,
    ratio_gain,
    smoothed,
    subtraction_gain,
    wiener_gain,
)
from dlcli.engines.spectral.mask import below_peak, level_mask, masked, quantile
from dlcli.errors import DlcliError, WrongUsage, printable
from dlcli.runner.command import command as subcommand
from dlcli.runner.kinds import Real, Words
from dlcli.runner.manual import Manual
from dlcli.runner.option import option, was_typed
from dlcli.runner.result import Result, Run, Worker
from dlcli.tensor import Tensor
from dlcli.words.line import Line
from dlcli.words.near import known_as

#: The headings of its stories.
SECTIONS = (
    "Input", "Mask", "Its frequency", "Noise", "Rules", "Gain", "Kept", "Levels", "Masked", "Notice",
    "Try next",
)  # fmt: skip

MANUAL = Manual(
    emits={
        "masked": "The numbers, those that are not kept being 0.",
        "mask": "Which are kept: true or false; of a gain between 0 and 1, where it is a half at least.",
        "gain": "What each number was multiplied by, from 0 to 1; of powers and mels the square of G.",
    },
    formulas={
        "y": "x if above ≤ |x| ≤ below and its place is in a --keep of each axis, in no --drop, else 0",
        "--noise": "x if |x| > threshold of its frequency, else 0",
        "threshold": "10 ** (L / 20), L = mean + n-std · standard deviation of 20 log10 |x| in the passage",
        "--reduction": "y = x · max(gain, 10 ** (−DB / 20))",
        "-40db": "max |x| · 10 ** (−40 / 20); of powers and mels 10 ** (−40 / 10)",
        "90%": "the size that 90 % of the numbers are not above",
    },
    examples=(
        "dlcli stft sample:tones | dlcli mask --above -15db | dlcli istft -o clean.wav",
        "dlcli stft sample:speech | dlcli mask --keep frequency=300:3400 | dlcli istft -o telephone.wav",
        "dlcli stft sample:speech | dlcli mask --noise 0s:0.2s | dlcli istft -o clean.wav",
        "dlcli stft sample:speech | dlcli mask --noise 0s:0.2s --soft wiener --reduction 12 --explain 20,300",
        "dlcli stft sample:tones | dlcli mask --drop frequency=400:500 --emit gain -o gain.png",
        "dlcli mask '1 -5 2; 4 0 -3' --above 3 --explain 1,2",
        "dlcli conv sample:cat -k sobel-x --channels gray | dlcli mask --above 95% -o edges.png",
    ),
    sections=SECTIONS,
)

LEVEL = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(db|%|)", re.IGNORECASE)

#: Quantities whose 0 is not nothing -> what it is.
NO_SIZES = {
    "db": "0 dB is as strong as 1",
    "mfcc": "coefficients tell the shape of decibels, whose 0 is no silence",
    "phase": "an angle of 0 is as strong as any other",
}


@dataclass(frozen=True, slots=True)
class Level:
    """A size: as it is, in decibels below the largest (``db``), or as a share of the numbers (``%``)."""

    number: float
    unit: str
    typed: str

    def of(self, x: Array, *, powers: bool = False) -> float:
        """The size that is meant among these numbers."""
        if self.unit == "db":
            return below_peak(x, self.number, powers=powers)
        return quantile(x, self.number / 100) if self.unit == "%" else self.number


class LevelType(Words):
    """A ``Level``: 0.5, -40db, 90%."""

    name = "LEVEL"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Level:
        """The level."""
        found = LEVEL.fullmatch(str(value).strip())
        if found:
            number, unit = float(found[1]), found[2].lower()
            if unit == "db" or (0 <= number <= 100 if unit else number >= 0):
                return Level(number, unit, str(value))
        self.fail(f"{value!r} is no level: a size such as 0.5, -40db below the largest, or 90%", param, ctx)


class SoftType(Words):
    """NAME[:STRENGTH] of a gain."""

    name = "ratio|wiener|subtract[:N]"
    words = tuple(SOFT)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Soft:
        """The gain; the strength is that of the literature unless typed."""
        if isinstance(value, Soft):
            return value
        word, colon, typed = str(value).strip().partition(":")
        word = known_as(word, SOFT)
        if word not in SOFT:
            self.fail(f"{value!r} is none of ratio, wiener, subtract, such as wiener:2", param, ctx)
        if not colon:
            return Soft(word, SOFT[word])
        return Soft(word, Real("N", above=0).convert(typed, param, ctx))


class Radii(Words):
    """N[,N]: rows and columns to each side."""

    name = "N[,N]"
    range = "x>=0"
    between = ","

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """The pair; one number stands for both."""
        if isinstance(value, tuple):
            return value
        numbers = [word.strip() for word in str(value).split(",")]
        if len(numbers) in (1, 2) and all(word.isdecimal() and len(word) < 6 for word in numbers):
            return int(numbers[0]), int(numbers[-1])
        self.fail(
            f"{value!r} is neither a whole number nor two of them (frequencies,frames), such as 2 or 2,4",
            param,
            ctx,
        )


@dataclass(frozen=True)
class Options:
    """The options of ``dlcli mask``."""

    above: Level | None = option(
        "--above",
        LevelType(),
        under="Mask",
        help="Keep sizes from here on: 0.5, -40db (below the largest), 90%.",
    )
    below: Level | None = option("--below", LevelType(), under="Mask", help="Keep sizes of at most this.")
    keep: tuple[tuple[str, str, str], ...] = option(
        "--keep",
        Band(),
        many=True,
        under="Mask",
        help="Keep this range of an axis, in its unit or by #INDEX, its end included. "
        "Repeatable: ranges of one axis add up.",
    )
    drop: tuple[tuple[str, str, str], ...] = option(
        "--drop",
        Band(),
        many=True,
        under="Mask",
        help="Set this range of an axis to 0, as a mains hum: frequency=45:55. Repeatable.",
    )
    noise: tuple[str, str] | None = option(
        "--noise",
        Passage(),
        under="Noise",
        excludes=("--above", "--below"),
        help="Learn from these frames, 0s:0.5s or #0:#40, how loud the noise is at each frequency, and keep "
        "what is louder.",
    )
    n_std: float = option(
        "--n-std",
        Real("K", least=0),
        "1.5",
        under="Noise",
        needs="--noise",
        help="Standard deviations above the mean of the noise, in decibels, at which the threshold lies.",
    )
    soft: Soft | None = option(
        "--soft",
        SoftType(),
        under="Noise",
        needs=("--noise", "--above"),
        excludes="--below",
        help="A gain from 0 to 1 in place of keeping or not. ratio:P is |x|^P / (|x|^P + threshold^P) "
        "[P: 2]; wiener:B is 1 − B · noise power / |x|², subtract:B is 1 − B · noise size / |x| [B: 1].",
    )
    reduction: float | None = option(
        "--reduction",
        Real("DB", above=0),
        under="Noise",
        help="Make what is not kept weaker by so many decibels, and nothing by more. [default: it becomes 0]",
    )
    smooth: tuple[int, int] | None = option(
        "--smooth",
        Radii(),
        under="Noise",
        help="Average the gain over a triangle of so many frequencies and frames to each side.",
    )

    @property
    def levels(self) -> tuple[tuple[str, Level], ...]:
        """The levels that were given, by the names of their options."""
        return tuple((name, level) for name in ("above", "below") if (level := getattr(self, name)))


@subcommand("mask", MANUAL, Options)
def command(run: Run, options: Options) -> Worker:
    """Set to 0 what is too weak, or outside a band, and keep the rest.

    Between stft and istft it takes noise out of a sound, or all but some frequencies. INPUT is a file, - for
    standard input, sample:NAME, or a literal such as '1 -5 2; 4 0 -3'.
    """
    if not (options.levels or options.keep or options.drop or options.noise):
        raise WrongUsage(
            "mask needs to know what to keep: --above LEVEL, --below LEVEL, --keep or --drop AXIS=FROM:TO, "
            "or --noise FROM:TO"
        )
    _check_soft(options)
    return Masking(run, options)


def _check_soft(options: Options) -> None:
    """Refuse a gain without the noise that it is of, and deviations that it knows nothing of."""
    soft = options.soft
    if soft is None or soft.name == "ratio":
        return
    if options.noise is None:
        raise WrongUsage(
            f"--soft {soft.name} is of the noise of a passage: give --noise, or take --soft ratio"
        )
    if was_typed("n_std"):
        raise WrongUsage(
            f"--n-std is for a threshold, and --soft {soft.name} has none: leave it out, or make the gain "
            f"stronger, as --soft {soft.name}:2"
        )


class Masking:
    """Masks one tensor after the other; of a sound in blocks the first teaches what the noise is."""

    def __init__(self, run: Run, options: Options) -> None:
        self.run, self.options = run, options
        self.found: list[bool] = []
        self.noise: Learnt | None = None
        self.bands = Bands()

    def __call__(self, tensor: Tensor) -> Result:
        """What is kept of a tensor."""
        options, run = self.options, self.run
        block = tensor.attrs.get("block", 0)
        relative = [level.typed for _, level in options.levels if level.unit]
        if relative and block:
            run.warn(f"mask: {' and '.join(relative)} count anew in every block of the sound")
        if options.smooth and options.smooth[1] and tensor.data.ndim > 1:
            say_alone(tensor, [1], run, "mask --smooth")
        if options.noise and (not block or self.noise is None):
            self.noise = learn(tensor, options.noise, options.n_std)
            if not is_part(tensor) and self.noise.last - self.noise.first + 1 == tensor.shape[1]:
                low, high = options.noise
                end = tensor.axes[1].place(tensor.shape[1] - 1)
                run.warn(f"mask: --noise {low}:{high} is all of the sound, whose last frame is at {end}")
        before = self.bands.before(tensor, run)
        result = kept(tensor, options=options, noise=self.noise, line=run.line, before=before)
        self.bands.add(result.work)
        self.found.append(bool(result.work.mask.any() or result.work.floor))
        if tensor.attrs.get("last", True):  # a block of silence among others is nothing to tell
            if not any(self.found):
                run.warn(f"mask: nothing is kept, and all is 0: {result.work.why_nothing}")
            elif is_part(tensor):
                for flag, (axis, low, high) in self.bands.unseen(options):
                    run.warn(f"mask: {flag} {axis}={low}:{high} has no frame of the sound")
            self.found.clear()
            self.noise = None
        return result


class Bands:
    """Where the blocks of a sound go on, and which ranges of their frames have been met with."""

    def __init__(self) -> None:
        self.due = self.frames = 0  # the block that comes next, and the frames before it
        self.met: set[tuple[str, int]] = set()

    def before(self, x: Tensor, run: Run) -> int | None:
        """How many frames came before those of a block; None for what is no block of several."""
        number = x.attrs.get("block", 0)
        if number == 0:
            self.due = self.frames = 0
            self.met.clear()
        if not is_part(x):
            return None
        if number != self.due:
            run.warn(
                f"mask: block {number!r} came where block {self.due} was due: by #INDEX its frames count "
                f"from {self.frames}"
            )
        return self.frames

    def add(self, work: Work) -> None:
        """One more block has been dealt with."""
        x = work.input
        if "frame" in x.axis_names:
            self.frames += x.shape[x.axis_names.index("frame")]
        self.due += 1
        for flag, bands in (("--keep", work.bands), ("--drop", work.drops)):
            self.met |= {(flag, i) for i, (_, first, last) in enumerate(bands) if first <= last}

    def unseen(self, options: Options) -> Iterator[tuple[str, tuple[str, str, str]]]:
        """The options whose range no block had anything of."""
        for flag, typed in (("--keep", options.keep), ("--drop", options.drop)):
            for place, one in enumerate(typed):
                if (flag, place) not in self.met:
                    yield flag, one


def _check(x: Tensor) -> None:
    """Refuse a tensor without a number, and what is no size: decibels, cepstra, angles."""
    if not x.data.size:
        raise DlcliError(f"mask wants at least one number; received {x.describe()}")
    why = NO_SIZES.get(str(x.attrs.get("quantity")))
    if why:
        made = x.attrs.get("command")
        by = f": this tensor came from '{printable(str(made))}'" if made else ""
        raise DlcliError(
            f"mask sets what is weak to 0, and {why}{by}; mask the spectrum, its magnitude or its power"
        )


def learn(x: Tensor, passage: tuple[str, str], deviations: float) -> Learnt:
    """The noise of a passage of a spectrum.

    Raises ``DlcliError`` for what has no frames, and ``WrongUsage`` for a passage that is not all there.
    """
    _check(x)
    if x.axis_names[1:2] != ("frame",) or x.data.ndim not in (2, 3):
        raise DlcliError(
            f"--noise learns from the frames of a spectrum (frequency, frame); received {x.describe()}; "
            "dlcli stft makes one of a sound"
        )
    low, high = passage
    place, first, last = band(x, "frame", low, high, "--noise", before=0 if is_part(x) else None)
    if is_part(x) and x.attrs.get("last") is False and (first > last or last == x.shape[1] - 1):
        end = x.axes[1].place(x.shape[1] - 1)
        raise WrongUsage(
            f"--noise {low}:{high} goes beyond the first block, which ends at {end}: "
            "nothing is known of the noise until then; try a longer --block, or an earlier passage"
        )
    sizes = amplitudes(x)[:, first : last + 1]
    if not np.isfinite(sizes).all():
        raise DlcliError(f"--noise {low}:{high}: the passage has NaN or infinity; try another")
    noise = learnt(sizes)
    return Learnt(noise, x.axes[place], first, last, deviations, noise.threshold(deviations))


def kept(
    x: Tensor, *, options: Options, noise: Learnt | None, line: Line, before: int | None = None
) -> Result:
    """One tensor, its gain and its mask; of a sound in blocks, with the number of frames ``before`` it."""
    _check(x)
    powers = x.attrs.get("quantity") in POWERS
    levels = tuple((name, level.typed, level.of(x.data, powers=powers)) for name, level in options.levels)
    bands = tuple(band(x, *one, before=before) for one in options.keep)
    drops = tuple(band(x, *one, "--drop", before=before) for one in options.drop)
    place = np.ones(x.shape, bool)
    for axis in {axis for axis, _, _ in bands}:
        place &= _inside(x, axis, bands)
    for axis in {axis for axis, _, _ in drops}:
        place &= ~_inside(x, axis, drops)
    ends = {name: size for name, _, size in levels}
    hard = level_mask(x.data, least=ends.get("above"), most=ends.get("below")) & place
    floor = 0.0 if options.reduction is None else 10 ** (-options.reduction / 20)
    plain = not (noise or options.soft or floor or options.smooth)
    if plain:
        gain, mask, output = None, hard, masked(x.data, hard)
    else:
        if options.smooth and x.data.ndim < 2:
            raise DlcliError(f"--smooth averages over rows and columns; received {x.describe()}")
        size = amplitudes(x)
        strength = hard.astype(float)
        if noise or options.soft:
            level = ends.get("above", 0.0)
            threshold = noise.threshold if noise else np.array(level**0.5 if powers else level)
            strength = _gain(size, threshold, options.soft, noise) * place
        gain = Gain(strength, np.maximum(strength, floor))
        if options.smooth:
            gain = Gain(strength, np.where(place, smoothed(gain.used, *options.smooth), floor))
        # Smoothing goes over gains from the floor to 1.
        mask = strength >= 0.5 if options.smooth is None else gain.used >= (1 + floor) / 2
        output = _weighted(x.data, gain.used**2 if powers else gain.used)
    name = x.name if x.name != "tensor" else "masked"
    y = Tensor(output, x.axes, name, x.attrs)
    work = Work(
        x, y, mask, levels, bands, line, drops=drops, noise=noise, soft=options.soft, floor=floor,
        smooth=options.smooth, gain=gain,
    )  # fmt: skip
    outputs: dict[str, Callable[[], Tensor]] = {
        "masked": lambda: y,
        "mask": lambda: Tensor(mask, x.axes, "mask", {**x.attrs, "quantity": "mask"}),
        "gain": lambda: Tensor(work.gains, x.axes, "gain", {**x.attrs, "quantity": "gain"}),
    }
    return Result(outputs, work, in_place=not options.smooth)


def _inside(x: Tensor, axis: int, bands: Sequence[tuple[int, int, int]]) -> Array:
    """Where a place of an axis lies in one of its bands, in a shape that goes with ``x``."""
    inside = np.zeros(x.shape[axis], bool)
    for _, first, last in (one for one in bands if one[0] == axis):
        inside[first : last + 1] = True
    return inside.reshape(-1, *[1] * (x.data.ndim - axis - 1))


def _gain(size: Array, threshold: Array, soft: Soft | None, noise: Learnt | None) -> Array:
    """The gain of every size."""
    if soft is None:
        return gate(size, threshold)
    if soft.name == "ratio" or noise is None:
        return ratio_gain(size, threshold, soft.strength)
    if soft.name == "wiener":
        return wiener_gain(size, noise.noise.power, soft.strength)
    return subtraction_gain(size, noise.noise.size, soft.strength)


def _weighted(x: Array, gain: Array) -> Array:
    """x · gain in the precision of x, 0 where the gain is 0."""
    kind = np.result_type(x.dtype, np.float32) if x.dtype.kind in "fc" else np.dtype(np.float64)
    with np.errstate(invalid="ignore"):
        found = x * gain
    return np.where(gain == 0, 0, found).astype(kind)
