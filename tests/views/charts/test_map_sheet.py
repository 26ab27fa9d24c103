"""Many small maps as one sheet: where they stand, how wide they are, and what stands for what."""

from __future__ import annotations

import io

import numpy as np
import pytest
from rich.console import Console

from dlcli.views.charts.map_sheet import MapSheet


def drawn(sheet: MapSheet, width: int, **more: object) -> list[str]:
    page = io.StringIO()
    Console(file=page, width=width, color_system=None, **more).print(sheet)  # type: ignore[arg-type]
    return page.getvalue().splitlines()


def maps(rows: int, columns: int, tokens: int) -> np.ndarray:
    """In map (row, column) only the query 0 looks, at the key column % tokens; row 1 looks there half."""
    found = np.zeros((rows, columns, tokens, tokens))
    for row in range(rows):
        for column in range(columns):
            found[row, column, :2, column % tokens] = 1 / (row + 1)
    return found


def test_each_map_stands_below_its_column_and_beside_its_row() -> None:
    lines = drawn(MapSheet(maps(2, 3, 4), ("layer", "head")), 7 + 3 * 5)
    assert [line.rstrip() for line in lines] == [
        "       head",
        "layer  0    1    2",
        "  0    @     @     @",
        "",
        "",
        "  1    =     =     =",
        "",
        "",
        "0 | .:-=+*#%@| 1",
    ]


@pytest.mark.parametrize(("width", "across"), [(80, 5), (120, 8), (200, 8)])
def test_what_does_not_fit_is_the_largest_of_each_block(width: int, across: int) -> None:
    lines = drawn(MapSheet(maps(6, 12, 8), ("layer", "head")), width)
    assert max(map(len, lines)) <= width
    note = f"each map {across} × {across} of 8 × 8: the largest of each block"
    assert (note in lines[-1]) == (across < 8)
    assert sum("@" in line for line in lines[:-1]) == 1  # the first layer alone looks with all it has


def test_heads_that_find_no_room_go_on_below() -> None:
    lines = drawn(MapSheet(maps(1, 12, 8), ("layer", "head")), 40)
    heads = [line.split()[1:] for line in lines if line.startswith("layer")]
    assert heads == [["0", "1", "2", "3", "4", "5"], ["6", "7", "8", "9", "10", "11"]]


def test_markdown_and_nothing_at_all() -> None:
    assert MapSheet(maps(1, 1, 2), ("layer", "head")).markdown().startswith("```")
    assert drawn(MapSheet(np.zeros((0, 2, 3, 3)), ("layer", "head")), 40) == ["(no cells)"]
    with pytest.raises(ValueError, match=r"a sheet has maps .* received \(2, 3, 3\)"):
        MapSheet(np.zeros((2, 3, 3)), ("layer", "head"))
