"""Dates as people write them, to be translated into ISO 8601, character by character: ``dates:N``.

    Friday, 5 March 2021 · · · · · · · · ·  | ^ 2 0 2 1 - 0 3 - 0     what is read, and what has been written
                                              2 0 2 1 - 0 3 - 0 5     what is to be written

Days are from 1950 to 2049, so that two digits say the year. Days that are held out are in no form among
those that are learnt from. How they are laid out stands in ``pairs``.

Numbers with points between are day, month, year; with slashes month, day, year, as in the United States.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from dlcli.errors import BadData, printable
from dlcli.tensor import Array
from dlcli.wire.datasets.dataset import PADDING, START, DataSet
from dlcli.wire.datasets.pairs import pairs

#: The first day, and how many there are.
FIRST = date(1950, 1, 1)
DAYS = (date(2050, 1, 1) - FIRST).days

#: Days that are held out, the least and the most that are learnt from.
HELD_OUT, LEAST, MOST = 500, 10, 30_000

#: Characters of what is read at most, and of what is written.
SOURCE, TARGET = 30, 10

#: What is written, and all characters that there are.
WRITTEN = tuple("0123456789-")
VOCABULARY = (PADDING, START, *WRITTEN, *" ,./", *"ABCDEFGHIJKLMNOPQRSTUVWXYZ".lower(), *"ADFJMNOSTW")

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
_WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _ordinal(day: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th") if day not in (11, 12, 13) else "th"
    return f"{day}{ending}"


#: The forms of a day, from its date, the name of its month and that of its day of the week.
FORMS: tuple[Callable[[date, str, str], str], ...] = (
    lambda d, month, _: f"{d.day} {month} {d.year}",
    lambda d, month, _: f"{month} {d.day}, {d.year}",
    lambda d, month, _: f"{d.day} {month[:3]} {d.year}",
    lambda d, month, _: f"{month[:3]} {d.day}, {d.year}",
    lambda d, month, _: f"{_ordinal(d.day)} {month} {d.year}",
    lambda d, month, _: f"{month} {_ordinal(d.day)}, {d.year}",
    lambda d, month, week: f"{week}, {d.day} {month} {d.year}",
    lambda d, month, week: f"{week}, {month} {d.day}, {d.year}",
    lambda d, month, week: f"{week[:3]} {d.day} {month[:3]} {d.year}",
    lambda d, *_: f"{d.day}.{d.month}.{d.year}",
    lambda d, *_: f"{d.day:02}.{d.month:02}.{d.year % 100:02}",
    lambda d, *_: f"{d.month}/{d.day}/{d.year}",
)


def read_dates(word: str) -> DataSet:
    """The set of a word such as ``dates:4000``. Raises ``BadData`` for what is no number of dates.

    >>> found = read_dates("dates:100")
    >>> found.shape, found.source, found.labels.shape, len(found), len(found.held_out)
    ((40,), 30, (100, 10), 100, 500)
    >>> found.words(0)
    ('7/15/1976', '1976-07-15')
    """
    told = word.partition(":")[2]
    number = int(told) if re.fullmatch(r"\d{1,6}", told) else -1
    if not LEAST <= number <= MOST:
        raise BadData(
            f"{printable(word)}: dates:N says how many to learn from, {LEAST} to {MOST}; try dates:4000"
        )
    days = np.random.default_rng(0).permutation(DAYS)
    held = _set(word, days[:HELD_OUT], 1)
    return replace(_set(word, days[HELD_OUT : HELD_OUT + number], 0), held_out=held)


def _set(word: str, days: Array, part: int) -> DataSet:
    rng = np.random.default_rng([part, 2])
    forms, lower = rng.integers(0, len(FORMS), DAYS), rng.random(DAYS) < 0.25
    texts, isos = [], []
    for place, day in enumerate(days.tolist()):
        found = FIRST + timedelta(days=day)
        text = FORMS[forms[place]](found, _MONTHS[found.month - 1], _WEEK[found.weekday()])
        texts.append(text.lower() if lower[place] else text)
        isos.append(found.isoformat())
    return pairs(word, texts, isos, VOCABULARY, WRITTEN, SOURCE, TARGET)
