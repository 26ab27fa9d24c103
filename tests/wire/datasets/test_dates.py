"""Dates in words: every form says its day, and no day that is held out is learnt from."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

import numpy as np
import pytest

from dlcli.errors import BadData
from dlcli.wire.datasets.dates import FORMS, HELD_OUT, MOST, SOURCE, TARGET, VOCABULARY, WRITTEN

SUM = "30f58f6f107beebc459782eb9c680ca6fd27ff6f67dab73daed6f2400825fee7"

#: How Python reads each form, once the endings of ordinal numbers are away.
READ = (
    "%d %B %Y", "%B %d, %Y", "%d %b %Y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y", "%A, %d %B %Y", "%A, %B %d, %Y",
    "%a %d %b %Y", "%d.%m.%Y", "%d.%m.%y", "%m/%d/%Y",
)  # fmt: skip


def read(text: str) -> date:
    text = re.sub(r"(\d)(?:st|nd|rd|th)\b", r"\1", text)
    for form in READ:
        try:
            found = datetime.strptime(text, form).date()
        except ValueError:
            continue
        # Python takes two digits from 69 on for 19xx; here they are so from 50 on.
        return found.replace(year=found.year - 100) if found.year >= 2050 else found
    raise AssertionError(text)


def test_every_form_says_its_day(data: Any) -> None:
    found = data("dates:600")
    pairs = [found.words(place) for place in range(600)]
    assert [read(text).isoformat() for text, _ in pairs] == [iso for _, iso in pairs]
    assert len(READ) == len(FORMS)
    assert max(len(text) for text, _ in pairs) <= SOURCE
    assert sum(text == text.lower() for text, _ in pairs) > 100  # numbers alone, and small letters


def test_the_days_that_are_held_out_are_in_no_form_among_the_others(data: Any) -> None:
    found = data("dates:20000")
    learnt = {bytes(row) for row in found.labels}
    held = {bytes(row) for row in found.held_out.labels}
    assert (len(learnt), len(held)) == (20_000, HELD_OUT)
    assert not learnt & held


def test_the_translation_stands_behind_moved_on_by_one(data: Any) -> None:
    found = data("dates:10")
    assert (found.source, found.shape, found.labels.shape) == (SOURCE, (SOURCE + TARGET,), (10, TARGET))
    (row,) = found.take(np.array([0]))
    assert "".join(VOCABULARY[one] for one in row[SOURCE:]) == "[START]1976-07-1"
    assert "".join(WRITTEN[one] for one in found.labels[0]) == "1976-07-15"
    assert (row[len("7/15/1976") : SOURCE] == 0).all()


def test_they_are_the_same_on_every_machine(data: Any) -> None:
    """The sum is of what was drawn when the forms were fixed: other dates are another set."""
    assert data("dates:100").digest() == SUM


@pytest.mark.parametrize("word", ["dates:", "dates:9", f"dates:{MOST + 1}", "dates:x"])
def test_what_is_no_number_of_dates(word: str, data: Any) -> None:
    with pytest.raises(BadData, match=r"says how many to learn from, 10 to 30000; try dates:4000"):
        data(word)
