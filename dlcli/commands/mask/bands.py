"""Ranges of an axis as they are typed: ``frequency=300:3400``, ``0s:0.5s``, ``#2:#9``."""

from __future__ import annotations

from functools import partial
from typing import Any

import click
import numpy as np

from dlcli.errors import WrongUsage, printable
from dlcli.runner.kinds import Words
from dlcli.tensor import Axis, Tensor
from dlcli.words.cell import axis_place

#: Further than any axis goes.
FAR = 2**60


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


class Passage(Words):
    """FROM:TO: a range of the frames, in seconds or, with #, by index."""

    name = "FROM:TO"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """The words: from, to."""
        if isinstance(value, tuple):
            return value
        low, colon, high = str(value).partition(":")
        if colon and "=" not in low and ":" not in high and (low.strip() or high.strip()):
            return low.strip(), high.strip()
        self.fail(f"{value!r} is no passage of a sound: 0s:0.5s, 200ms:1s, by index #0:#40", param, ctx)


def band(
    x: Tensor, word: str, low: str, high: str, flag: str = "--keep", *, before: int | None = None
) -> tuple[int, int, int]:
    """The place of an axis, and the first and the last index that an option means of it.

    ``before`` is how many frames of the sound came in blocks before this one: by index, its frames go on from
    there, and a range may have none of them, the last index then being less than the first. Raises
    ``WrongUsage`` for an axis that is not there, and for a range with nothing in it.
    """
    place = axis_place(word, x, flag)
    axis, length = x.axes[place], x.shape[place]
    onwards = before is not None and axis.name == "frame"
    index = partial(_index, axis, length, before=before or 0 if onwards else 0)
    option = f"{flag} " if flag == "--noise" else f"{flag} {printable(word)}="
    does = {"--keep": "keeps nothing", "--drop": "drops nothing"}.get(flag, "has no frame")

    def ends(low: str, high: str) -> tuple[int, int]:
        return index(low, 0, option, up=True), index(high, length - 1, option, up=False)

    found, turned = ends(low, high), ends(high, low)
    first, last = max(found[0], 0), min(found[1], length - 1)
    if first <= last:
        return place, first, last
    if low and high and found[0] > found[1] and turned[0] <= turned[1]:
        begin, end = printable(low), printable(high)
        raise WrongUsage(f"{option}{begin}:{end} ends before it begins; try {option}{end}:{begin}")
    if onwards:
        return place, 0, -1
    between = 0 <= last < first < length  # two neighbours, with the range between them
    begin, end = (axis.place(one) for one in ((last, first) if between else (0, length - 1)))
    raise WrongUsage(
        f"{option}{printable(low)}:{printable(high)} {does}: the axis has "
        f"{printable(begin)} {'and next' if between else 'to'} {printable(end)}"
    )


def _index(
    axis: Axis, length: int, text: str, default: int, option: str, *, up: bool, before: int = 0
) -> int:
    """The index that an end of a band stands for, which may lie beyond the ends of the axis."""
    if not text:
        return default
    if axis.labels is not None and text in axis.labels:
        return axis.labels.index(text)
    by_index = text.startswith("#")
    try:
        milli = axis.unit == "s" and text.endswith("ms")
        unit = "" if by_index else "ms" if milli else axis.unit
        value = float(text.removeprefix("#").removesuffix(unit).strip()) / (1000 if milli else 1)
    except ValueError:
        value = np.nan
    if np.isnan(value):
        raise WrongUsage(
            f"{option.rstrip('= ')}: '{printable(text)}' is no place of it; give numbers"
            f"{' in ' + printable(axis.unit) if axis.unit else ''}, or indices as in "
            f"{option.partition(' ')[2]}#0:#{length - 1}"
        )
    if not by_index and axis.step:
        value = (value - (axis.start or 0.0)) / axis.step
    elif before:
        value -= before
    rounded = np.ceil(value - 1e-9) if up else np.floor(value + 1e-9)
    return int(np.clip(rounded, -FAR, FAR))
