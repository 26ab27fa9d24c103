"""Where the windows of a pooling stand, by hand and cell by cell."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.pooling.windows import AxisWindows, pool_windows

#: n, size, stride, padding, ceil -> windows, and how many cells of each lie in the picture; by hand.
SIZES = {
    "the notes' 7 to 3": (7, 2, None, "valid", False, [2, 2, 2]),
    "rounded up": (7, 2, None, "valid", True, [2, 2, 2, 1]),
    "same": (7, 2, None, "same", False, [2, 2, 2, 1]),
    "same, odd cell at the end": (6, 3, 2, "same", False, [3, 3, 2]),
    "same, a cell each side": (5, 3, 1, "same", False, [2, 3, 3, 3, 2]),
    "one on each side": (5, 3, 2, 1, False, [2, 3, 2]),
    "one that would begin behind": (4, 2, 3, "valid", True, [2, 1]),
    "none that begins in the padding": (5, 3, 3, 1, True, [2, 3]),
    "full": (3, 2, 1, "full", False, [1, 2, 2, 1]),
    "larger than the picture": (2, 3, 2, "valid", True, [2]),
    "global": (4, 4, None, "valid", False, [4]),
}


@pytest.mark.parametrize("case", SIZES)
def test_how_many_windows_and_what_they_see(case: str) -> None:
    n, size, stride, padding, ceil, seen = SIZES[case]
    found = pool_windows((n, n), size, stride=stride, padding=padding, ceil=ceil)  # type: ignore[arg-type]
    for line in (found.rows, found.columns):
        assert line.count == len(seen)
        assert line.seen().tolist() == seen
        assert [len(line.inside(i)) for i in range(line.count)] == seen


def lines() -> list[AxisWindows]:
    choices = itertools.product((4, 7), (1, 3, 5), (1, 2, 3), (1, 2), (0, 1, 3))
    found = []
    for length, size, stride, dilation, before in choices:
        count = (length + before - 1) // stride + 1
        found.append(AxisWindows(length, count, size, stride, dilation, before))
    return found


@pytest.mark.parametrize("line", lines(), ids=str)
def test_a_line_says_the_same_in_all_its_ways(line: AxisWindows) -> None:
    seen = [
        [
            place
            for r in range(line.size)
            if 0 <= (place := i * line.stride + r * line.dilation - line.before) < line.length
        ]
        for i in range(line.count)
    ]
    assert [list(line.inside(i)) for i in range(line.count)] == seen
    assert line.seen().tolist() == [len(cells) for cells in seen]
    reached: list[list[int]] = [[] for _ in range(line.count)]
    for r in range(line.size):
        windows, cells = line.reach(r)
        places = range(line.length)[cells]
        assert len(range(line.count)[windows]) == len(places)
        for i, place in zip(range(line.count)[windows], places, strict=True):
            reached[i].append(place)
    assert reached == seen
    for i, first in enumerate(line.first().tolist()):
        if seen[i]:
            assert i * line.stride + first * line.dilation - line.before == seen[i][0]
    whole = all(len(cells) == line.size for cells in seen)
    assert line.full == whole
    if whole:
        assert line.apart == all(max(a) < min(b) for a, b in itertools.pairwise(seen))


@pytest.mark.parametrize("line", [line for line in lines() if line.seen().all()][::5], ids=str)
def test_a_strip_sees_what_its_windows_saw(line: AxisWindows) -> None:
    for first, last in itertools.combinations(range(line.count + 1), 2):
        cells, strip = line.strip(first, last)
        assert strip.length == len(range(line.length)[cells])
        for i in range(first, last):
            there = [place + cells.start for place in strip.inside(i - first)]
            assert there == list(line.inside(i))


def test_what_an_average_counts() -> None:
    # 3 x 3 on 4 x 4 with one row and column around it, every second window, one more by rounding up
    found = pool_windows((4, 4), 3, stride=2, padding=1, ceil=True)
    assert found.where.out_size == (3, 3)
    assert found.beyond == (1, 1)
    assert found.counts().tolist() == [[4, 6, 2], [6, 9, 3], [2, 3, 1]]
    assert found.counts(count_padding=True).tolist() == [[9, 9, 6], [9, 9, 6], [6, 6, 4]]


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "size": ({"size": 0}, "size expects at least 1; received 0; try size=1"),
    "stride": ({"size": 2, "stride": 0}, "stride expects at least 1; received 0; try stride=1"),
    "words": (
        {"size": "2"},
        "size expects one whole number or two (rows, columns); received '2'; try size=1",
    ),
    "larger": (
        {"size": (2, 6)},
        "the window is larger than the picture: window 2x6, picture 4x5 with its padding; try a smaller window or padding='same'",
    ),
    "only padding": (
        {"size": 2, "padding": 2},
        "with padding=2 a window of 2x2 sees nothing but padding; try padding=1 or less",
    ),
    "between two cells": (
        {"size": 2, "dilation": 6, "padding": 3, "stride": 1},
        "with padding=3 a window of 2x2 sees nothing but padding; try padding=1 or less",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_fit_is_refused_in_words(case: str) -> None:
    options, message = WRONG[case]
    with pytest.raises(EngineError, match=f"^{re.escape(message)}$"):
        pool_windows((4, 5), **options)


def test_lists_do_as_well_as_pairs() -> None:
    lists = pool_windows((7, 9), [2, 3], stride=[1, 2], padding=[[0, 1], [1, 0]])  # type: ignore[arg-type]
    assert lists == pool_windows((7, 9), (2, 3), stride=(1, 2), padding=((0, 1), (1, 0)))
