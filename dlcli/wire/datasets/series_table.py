"""A series in a table: a line for each step, numbers in its columns, and one of times where there is one.

The column of times is that whose name is a word for time, or the first one whose values are dates, or numbers
that rise in even steps. Dates are those of ISO 8601; calendar months and years are even steps.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import BinaryIO, cast

import numpy as np

from dlcli.errors import BadData, called, printable
from dlcli.tensor import Array, Axis, Tensor
from dlcli.wire.datasets.series import is_series
from dlcli.wire.stream import Limits, Source
from dlcli.wire.typed.table import CORNER
from dlcli.wire.typed.text import read_text
from dlcli.words.number import counted
from dlcli.words.numeral import is_number, number
from dlcli.words.table_text import (
    delimiter_of,
    heads_of,
    lines_of,
    plain_numbers,
    without_ends,
    without_notes,
)

#: What a column of times is called.
TIMES = (
    "t", "time", "date", "datetime", "timestamp", "ds", "year", "quarter", "month", "week", "day", "hour",
    "zeit", "datum", "jahr", "monat", "tag",
)  # fmt: skip

#: A month without a day, and the name of a column with the unit of its values.
_MONTH = re.compile(r"(\d{4})-(\d\d)")
_UNIT = re.compile(r"(.+) \(([^()]*)\)")

#: By which share steps may differ that are even but for how their places were rounded.
ROUNDED = 0.1

#: Seconds of the units that steps are told in.
UNITS = {"days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}

#: Where a row stands, in words: ``line 3``.
Place = Callable[[int], str]


def read_series(path: str, word: str, *, limits: Limits, say: Callable[[str], None]) -> Tensor:
    """The series (time, feature) of a table of numbers. Raises ``BadData`` with the line of what is none."""
    with open(path, "rb", buffering=0) as file:
        return series_of(read_text(Source(cast(BinaryIO, file), word), limits=limits), word, say)


def series_of(text: str, word: str, say: Callable[[str], None]) -> Tensor:
    r"""The same of the text of a table.

    >>> months = series_of("month,passengers\n1949-01,112\n1949-02,118\n", "x", lambda _: None)
    >>> months.describe(), months.axes[1].labels
    ('series (year 2, feature 1) float64', ('passengers',))
    """
    where = called(word)
    lines, rows, mark = _cells(text)
    if not rows:
        raise BadData(f"{where}: there is nothing in it; a series is a table with a line for each step")
    plain, decimals = plain_numbers((cell for cells in rows for cell in cells), mark)
    rows = [[plain.get(cell, cell) for cell in cells] for cells in rows]
    beside = len(rows) == 1 < len(rows[0]) and all(map(_is_value, rows[0]))
    if beside:  # its steps, beside each other
        rows, lines = [[cell] for cell in rows[0]], lines * len(rows[0])
    heads = None if all(map(_is_value, rows[0])) else [_head(cell) for cell in rows.pop(0)]
    if twice := next((head for head in heads or () if head and (heads or []).count(head) > 1), None):
        raise BadData(
            f"{where}: two columns are called {printable(twice)}, and a series has a name for each: give one "
            "of them another name, or leave it out"
        )
    if not rows:
        raise BadData(f"{where}: no line below its headings; a series has one for each step")

    def place(row: int) -> str:
        return f"line {lines[row + (heads is not None)]}"

    width = len(heads or rows[0])
    for i, cells in enumerate(rows):
        if len(cells) != width:
            told = f"there are {width} headings" if heads else f"the first has {width}"
            raise BadData(f"{where}: {place(i)} has {counted(len(cells), 'value')}; {told}")
    if width == 1 and (gap := next((a for a, b in pairwise(lines) if b > a + 1), None)) is not None:
        raise BadData(f"{where}: line {gap + 1} is empty; a series has a number at each step")
    columns = [list(column) for column in zip(*rows, strict=True)]
    time, at = _time_among(heads, columns, place, where)
    names = [head for i, head in enumerate(heads or ()) if i != at]
    kept = [column for i, column in enumerate(columns) if i != at]
    if not kept:
        raise BadData(f"{where}: no column but that of the times: there is nothing to foretell")
    numbers = _numbers(kept, names, place, where)
    if decimals:
        say(f"{where}: {decimals}")
    told = _told(time, "" if at is None else columns[at][0], heads, at, (len(rows), width), names)
    say(f"{where}: {told.replace('lines', 'numbers') if beside else told}")
    features = Axis("feature", tuple(names) if _are_names(names) else None)
    return Tensor(numbers, (time, features), "series", {"source": word})


def as_series(tensor: Tensor, word: str, say: Callable[[str], None]) -> Tensor:
    """A tensor as a series: along its first axis, or a column of times in it, time passes.

    >>> table = Tensor([[1700, 5], [1701, 11]], (Axis("row"), Axis("column", ("year", "spots"))))
    >>> as_series(table, "x", print).describe()
    x: column year holds the times, 2 steps of 1 from 1700; the series is spots
    'tensor (year 2, feature 1) int64'

    Raises ``BadData`` for what is no series.
    """
    if is_series(tensor):
        return tensor
    where = called(word)
    data, axes = tensor.data, tensor.axes
    if data.ndim not in (1, 2) or data.dtype.kind not in "biuf" or not data.size:
        raise BadData(f"{where}: {tensor.describe()} is no series: a series is (time, feature), or (time)")
    if data.ndim == 2 and len(data) == 1 and axes[0].name == "row":  # as a literal gives
        data, axes = data.T, (Axis("time"), Axis("feature"))
    heads = list(axes[1].labels or ()) if data.ndim == 2 else []
    columns = data.reshape(len(data), -1).T

    def place(row: int) -> str:
        return f"row {row}"

    first, at = "", None
    if (labels := axes[0].labels) is not None:
        first, time = labels[0], _times("", labels, place, where, must=True)
        assert time is not None
    else:
        cells = [[f"{value:.17g}" for value in column.tolist()] for column in columns]
        time, at = _time_among(heads or None, cells, place, where)
        first = "" if at is None else f"{columns[at][0]:g}"
    names = [head for i, head in enumerate(heads) if i != at]
    kept = columns if at is None else np.delete(columns, at, axis=0)
    if first or len(columns) > 1:
        say(f"{where}: {_told(time, first, heads or None, at, data.shape, names)}")
    features = Axis("feature", tuple(names) if _are_names(names) else None)
    return Tensor(np.ascontiguousarray(kept.T), (time, features), tensor.name, tensor.attrs)


def are_numbers(path: str) -> bool:
    """Whether the first line of a text that is no note holds nothing but numbers and dates."""
    with open(path, "rb") as file:
        text = file.read(1 << 12).decode("utf-8-sig", errors="replace")
    _, rows, _ = _cells(text)
    return bool(rows) and all(map(_is_value, rows[0]))


def _cells(text: str) -> tuple[list[int], list[list[str]], str | None]:
    """The lines that are not empty, by their number from 1, their cells, and what divides these."""
    text, mark = without_notes(text, close=True)
    lines, _ = without_ends(lines_of(text if "\n" in text else text.replace("\r", "\n")))
    full = [line for line in lines if line.strip()]
    mark = mark or (delimiter_of(full) if full else None)
    numbers, rows, count = [], [], 1
    for line in lines:
        if line.strip():
            numbers.append(count)
            rows.append(line.split() if mark is None else heads_of(line.rstrip("\r"), mark))
        count += 1 + line.count("\n")
    return numbers, rows, mark


def _head(cell: str) -> str:
    """The name of a column; the corner that dlcli writes names both axes."""
    return cell.partition(CORNER)[0]


def _is_value(cell: str) -> bool:
    return not cell or is_number(cell) or _is_decimal(cell) or _moment(cell) is not None


def _is_decimal(cell: str) -> bool:
    return re.fullmatch(r"[-+]?\d+,\d+", cell) is not None


def _are_names(names: Sequence[str]) -> bool:
    return bool(names) and all(names) and len(set(names)) == len(names)


def _time_among(
    heads: Sequence[str] | None, columns: Sequence[Sequence[str]], place: Place, where: str
) -> tuple[Axis, int | None]:
    """The axis of the steps, and the place of the column that tells it; the lines are counted without one."""
    named = [i for i, head in enumerate(heads or ()) if (_named(head)[0].lower() in TIMES)]
    if len(columns) > 1 or _is_date(columns[0][0]):
        at = named[0] if named else 0
        name = heads[at] if heads else ""
        found = _times(name, columns[at], place, where, must=bool(named) or _is_date(columns[at][0]))
        if found is not None:
            return found, at
    return Axis("time"), None


def _named(head: str) -> tuple[str, str]:
    """The name of a column and the unit of its values.

    >>> _named("time (s)"), _named("year")
    (('time', 's'), ('year', ''))
    """
    found = _UNIT.fullmatch(head)
    return (found[1], found[2]) if found else (head, "")


def _moment(cell: str) -> datetime | None:
    """The moment that a cell names in ISO 8601, a month by its first day.

    >>> _moment("1949-02"), _moment("1949-02-03"), _moment("Feb 1949")
    (datetime.datetime(1949, 2, 1, 0, 0), datetime.datetime(1949, 2, 3, 0, 0), None)
    """
    try:
        if month := _MONTH.fullmatch(cell):
            return datetime(int(month[1]), int(month[2]), 1)
        found = datetime.fromisoformat(cell)
    except ValueError:
        return None
    return (
        found if found.tzinfo is None else (found - (found.utcoffset() or found - found)).replace(tzinfo=None)
    )


def _is_date(cell: str) -> bool:
    return not is_number(cell) and _moment(cell) is not None


def _times(name: str, cells: Sequence[str], place: Place, where: str, *, must: bool) -> Axis | None:
    """The axis of times in even steps; None where these are none, unless they ``must`` be.

    Raises ``BadData`` then, with the place of the first that is none, or does not follow.
    """
    of = f"{where}: {{}}, column {printable(name)}: " if name else f"{where}: {{}}: "
    if not must and not all(map(is_number, cells)):
        return None
    dates = _is_date(cells[0])
    for i, cell in enumerate(cells):
        if (not _is_date(cell)) if dates else not (is_number(cell) and np.isfinite(float(number(cell).real))):
            told = repr(cells[0]) + " is one" if dates else "numbers, or dates such as 1949-01 or 1949-01-31"
            shown = printable(repr(cell)) if cell else "an empty cell"
            raise BadData(f"{of.format(place(i))}{shown} is no time; {told}")
    axis_name, unit = _named(name or "time")
    if not dates:
        values = [float(number(cell).real) for cell in cells]
        if not (must or len(values) > 2):
            return None
        whole = all(value == round(value) for value in values)
        apart = 0 if whole else ROUNDED
        if not _check_even(values, cells, place, of, must=must, told=lambda step: f"{step:g}", apart=apart):
            return None
        return _numbered(axis_name, values, unit)
    moments = [found for cell in cells if (found := _moment(cell)) is not None]
    if _are_calendar(moments):
        months = [12 * one.year + one.month - 1 for one in moments]
        _check_even(months, cells, place, of, must=True, told=lambda step: counted(round(step), "month"))
        return Axis("year", start=months[0] / 12, step=(months[1] - months[0]) / 12)
    seconds = [(one - moments[0]).total_seconds() for one in moments]
    _check_even(seconds, cells, place, of, must=True, told=_seconds_told)
    step = seconds[1] if len(seconds) > 1 else UNITS["days"]
    unit, size = _unit_of(step)
    return Axis(axis_name, start=0.0, step=step / size, unit=f"{unit} since {cells[0]}")


def _are_calendar(moments: Sequence[datetime]) -> bool:
    """Whether all moments are the same day of their months, or the last."""
    same = len({(one.day, one.time()) for one in moments}) == 1
    last = all(one.day == monthrange(one.year, one.month)[1] for one in moments)
    return (same or last) and len({(one.year, one.month) for one in moments}) > 1


def _unit_of(seconds: float) -> tuple[str, int]:
    return next(((unit, size) for unit, size in UNITS.items() if seconds % size == 0), ("seconds", 1))


def _seconds_told(seconds: float) -> str:
    unit, size = _unit_of(seconds)
    return counted(round(seconds / size), unit.removesuffix("s"))


def _check_even(
    values: Sequence[float],
    cells: Sequence[str],
    place: Place,
    of: str,
    *,
    must: bool,
    told: Callable[[float], str],
    apart: float = 0,
) -> bool:
    """Whether values rise in even steps; where they ``must``, ``BadData`` names the first that does not.

    Steps may differ by a share ``apart`` from the usual one.
    """
    steps = [after - before for before, after in pairwise(values)]
    usual = float(np.median(steps)) if steps else 1.0
    falls = [i for i, step in enumerate(steps) if step < 0]
    for i in [*falls, *range(len(steps))]:
        step = steps[i]
        if usual > 0 and abs(step - usual) <= apart * usual:
            continue
        if not must:
            return False
        before, this = printable(cells[i]), printable(cells[i + 1])
        if step == 0:
            why = f"{this} stands there twice"
        elif step < 0:
            why = f"{this} comes behind {before}: sort the lines by time"
        else:
            why = f"from {before} to {this} the step is {told(step)}, most are {told(usual)}: fill the gap"
        raise BadData(f"{of.format(place(i + 1))}{why}; without this column each line is a step")
    return True


def _numbered(name: str, values: Sequence[float], unit: str) -> Axis:
    """The axis of numbers in even steps; those that were rounded lie where they were meant to be."""
    step = values[1] - values[0] if len(values) > 1 else 1.0
    exact = all(values[0] + i * step == value for i, value in enumerate(values))
    return Axis(
        name, start=values[0], step=step if exact else (values[-1] - values[0]) / (len(values) - 1), unit=unit
    )


def _numbers(columns: Sequence[Sequence[str]], names: Sequence[str], place: Place, where: str) -> Array:
    """The numbers of columns (time, feature)."""
    made = np.empty((len(columns[0]), len(columns)))
    for j, column in enumerate(columns):
        for i, cell in enumerate(column):
            try:
                value = float(number(cell))  # type: ignore[arg-type]
            except (ValueError, TypeError):
                value = np.nan
            if not np.isfinite(value):
                shown = f"{printable(repr(cell))} is no finite number" if cell else "the cell is empty"
                column_words = f", column {printable(names[j])}" * bool(names and names[j])
                what = "; a series has a number at each step"
                if _is_date(cell):
                    what = "; a column of times comes first, or is called time, date or so"
                elif cell and not is_number(cell):
                    what += ": leave the column out, or put one there"
                raise BadData(f"{where}: {place(i)}{column_words}: {shown}{what}")
            made[i, j] = value
    return made


def _told(
    time: Axis,
    first: str,
    heads: Sequence[str] | None,
    at: int | None,
    shape: tuple[int, ...],
    names: Sequence[str],
) -> str:
    """What was taken for what, in words."""
    steps, width = shape[0], shape[-1] if len(shape) > 1 else 1
    series = ""
    if at is not None:
        series = "the series is its other column" if width == 2 else "the series are its other columns"
    if names and all(names):
        shown = ", ".join(map(printable, names[:6])) + ", …" * (len(names) > 6)
        series = f"the series {'is' if len(names) == 1 else 'are'} {shown}"
    if not first:
        other = ", none of its columns the time" * (width > 1)
        return "; ".join(filter(None, (f"each of {steps} lines is a step{other}", series)))
    column = "the names of the rows are" if at is None else "the first column holds"
    if at is not None and heads and heads[at]:
        column = f"column {printable(heads[at])} holds"
    return "; ".join(
        filter(
            None, (f"{column} the times, {counted(steps, 'step')} of {_step_told(time)} from {first}", series)
        )
    )


def _step_told(time: Axis) -> str:
    """A step of an axis, in words."""
    step = time.step or 1.0
    if " since " in time.unit:
        return counted(round(step), time.unit.partition(" ")[0].removesuffix("s"))
    months = 12 * step
    if time.name == "year" and months < 12 and abs(months - round(months)) < 1e-6:
        return counted(round(months), "month")
    return f"{step:.6g} {time.unit}".rstrip()
