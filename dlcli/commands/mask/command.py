"""``dlcli mask``: keep what is strong enough, or what lies in a band."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import click
import numpy as np

from dlcli.commands.mask.record import POWERS, Work
from dlcli.engines.base.checks import Array
from dlcli.engines.spectral.mask import below_peak, level_mask, masked, quantile
from dlcli.errors import DlcliError, WrongUsage, printable
from dlcli.runner.command import command as subcommand
from dlcli.runner.kinds import Words
from dlcli.runner.manual import Manual
from dlcli.runner.option import option
from dlcli.runner.result import Result, Run, Worker
from dlcli.tensor import Axis, Tensor
from dlcli.words.cell import axis_place
from dlcli.words.line import Line

MANUAL = Manual(
    emits={
        "masked": "The numbers, those that are not kept being 0.",
        "mask": "Which are kept: true or false.",
    },
    formulas={
        "y": "x if above ≤ |x| ≤ below and its place is in a --keep of each axis, else 0",
        "-40db": "max |x| · 10 ** (−40 / 20); of powers and mels 10 ** (−40 / 10)",
        "90%": "the size that 90 % of the numbers are not above",
    },
    examples=(
        "dlcli stft sample:tones | dlcli mask --above -15db | dlcli istft -o clean.wav",
        "dlcli stft sample:speech | dlcli mask --keep frequency=300:3400 | dlcli istft -o telephone.wav",
        "dlcli mask '1 -5 2; 4 0 -3' --above 3 --explain 1,2",
        "dlcli conv sample:cat -k sobel-x --channels gray | dlcli mask --above 95% -o edges.png",
    ),
)

LEVEL = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(db|%|)", re.IGNORECASE)


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


class Band(Words):
    """AXIS=FROM:TO: a range of an axis, in its own unit or, with #, by index."""

    name = "AXIS=FROM:TO"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str, str]:
        """The words: axis, from, to."""
        if isinstance(value, tuple):
            return value
        axis, found, span = str(value).partition("=")
        low, colon, high = span.partition(":")
        if found and colon and axis:
            return axis, low.strip(), high.strip()
        self.fail(
            f"{value!r} is no range of an axis: frequency=300:3400, frame=0.5:1, by index frequency=#2:#9",
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
    if not (options.levels or options.keep):
        raise WrongUsage(
            "mask needs to know what to keep: --above LEVEL, --below LEVEL or --keep AXIS=FROM:TO"
        )
    found: list[bool] = []
    relative = [level.typed for _, level in options.levels if level.unit]

    def work(tensor: Tensor) -> Result:
        if relative and tensor.attrs.get("block", 0):
            run.warn(f"mask: {' and '.join(relative)} count anew in every block of the sound")
        result = kept(tensor, options=options, line=run.line)
        found.append(bool(result.work.mask.any()))
        if tensor.attrs.get("last", True):  # a block of silence among others is nothing to tell
            if not any(found):
                run.warn(f"mask: nothing is kept, and all is 0: {result.work.why_nothing}")
            found.clear()
        return result

    return work


def kept(x: Tensor, *, options: Options, line: Line) -> Result:
    """One tensor and its mask."""
    if not x.data.size:
        raise DlcliError(f"mask wants at least one number; received {x.describe()}")
    quantity = x.attrs.get("quantity")
    if quantity == "db":
        made = x.attrs.get("command")
        by = f": this tensor came from '{printable(str(made))}'" if made else ""
        raise DlcliError(
            f"mask sets what is weak to 0, and 0 dB is as strong as 1{by}; mask the spectrum, its "
            "magnitude or its power"
        )
    levels = tuple(
        (name, level.typed, level.of(x.data, powers=quantity in POWERS)) for name, level in options.levels
    )
    ends = {name: size for name, _, size in levels}
    mask = level_mask(x.data, least=ends.get("above"), most=ends.get("below"))
    bands = tuple(_band(x, *band) for band in options.keep)
    for place in {place for place, _, _ in bands}:
        inside = np.zeros(x.shape[place], bool)
        for _, first, last in (band for band in bands if band[0] == place):
            inside[first : last + 1] = True
        mask &= inside.reshape(-1, *[1] * (x.data.ndim - place - 1))
    output = Tensor(masked(x.data, mask), x.axes, x.name if x.name != "tensor" else "masked", x.attrs)
    outputs = {"masked": lambda: output, "mask": lambda: Tensor(mask, x.axes, "mask", x.attrs)}
    return Result(outputs, Work(x, output, mask, levels, bands, line))


def _band(x: Tensor, word: str, low: str, high: str) -> tuple[int, int, int]:
    """The place of an axis, and the first and the last index that are kept of it."""
    place = axis_place(word, x, "--keep")
    axis, length = x.axes[place], x.shape[place]

    def within(low: str, high: str) -> tuple[int, int]:
        first = max(_index(axis, length, low, 0, word, up=True), 0)
        return first, min(_index(axis, length, high, length - 1, word, up=False), length - 1)

    first, last = within(low, high)
    if first > last:
        turned, ends = within(high, low)
        if low and high and turned <= ends:
            name, begin, end = map(printable, (word, low, high))
            raise WrongUsage(
                f"--keep {name}={begin}:{end} ends before it begins; try --keep {name}={end}:{begin}"
            )
        between = 0 <= last < first < length  # two neighbours, with the range between them
        begin, end = (axis.place(index) for index in ((last, first) if between else (0, length - 1)))
        raise WrongUsage(
            f"--keep {printable(word)}={printable(low)}:{printable(high)} keeps nothing: the axis has "
            f"{printable(begin)} {'and next' if between else 'to'} {printable(end)}"
        )
    return place, first, last


def _index(axis: Axis, length: int, text: str, default: int, word: str, *, up: bool) -> int:
    """The index that an end of a band stands for: the nearest one inside."""
    if not text:
        return default
    if axis.labels is not None and text in axis.labels:
        return axis.labels.index(text)
    by_index = text.startswith("#")
    try:
        value = float(text.removeprefix("#").removesuffix(axis.unit if not by_index else "").strip())
    except ValueError:
        value = np.nan
    if np.isnan(value):
        raise WrongUsage(
            f"--keep {printable(word)}: {printable(text)!r} is no place of it; give numbers"
            f"{' in ' + printable(axis.unit) if axis.unit else ''}, or indices as in "
            f"{printable(word)}=#0:#{length - 1}"
        )
    if not by_index and axis.step:
        value = (value - (axis.start or 0.0)) / axis.step
    rounded = np.ceil(value - 1e-9) if up else np.floor(value + 1e-9)
    return int(np.clip(rounded, -1, length))
