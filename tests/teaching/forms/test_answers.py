"""Which answers are a table, and which stand alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dlcli.teaching.forms.answers import Table, groups, headed
from dlcli.teaching.task import Field, Grid, cells

WHOLE = cells("y", 2, 2)

CASES: dict[str, tuple[Any, int]] = {
    "a whole table": (WHOLE, 1),
    "its cells in any order": (WHOLE[::-1], 1),
    "a row": (cells("y", 3), 1),
    "two tables": ((*WHOLE, *cells("z", 2)), 2),
    "a cell is missing": (WHOLE[:3], 3),
    "one cell": (WHOLE[:1], 1),
    "a cell twice": ((*WHOLE, WHOLE[0]), 5),
    "three axes": (cells("y", 2, 1, 2), 4),
    "cells that are written otherwise": ((*WHOLE[:3], replace(WHOLE[3], says="as a fraction")), 4),
    "cells of several units": ((*WHOLE[:3], replace(WHOLE[3], unit="s")), 4),
    "cells that are words": (tuple(replace(one, form="word") for one in WHOLE), 4),
}


@pytest.mark.parametrize("case", CASES)
def test_fields_are_a_table_or_lines_and_none_is_lost(case: str) -> None:
    fields, count = CASES[case]
    made = list(groups(fields))
    assert len(made) == count
    assert any(isinstance(one, Table) for one in made) == (case in list(CASES)[:4])
    places = [
        place
        for one in made
        for place in ([one] if isinstance(one, int) else [at for row in one.rows for at in row])
    ]
    assert sorted(places) == list(range(len(fields)))


def test_a_table_has_its_cells_in_their_places() -> None:
    (one,) = groups((WHOLE[3], WHOLE[0], WHOLE[2], WHOLE[1]))
    assert isinstance(one, Table)
    assert one.rows == ((1, 3), (2, 0))
    assert (one.across, one.down) == (("col 0", "col 1"), ("row 0", "row 1"))


def test_headers_are_a_tables_own_or_its_indices() -> None:
    assert headed(Grid("x", (("1", "2"),), down=("q",))) == ((), ("q",))
    assert headed(Grid("x", (("1", "2"),))) == (("[0]", "[1]"), ())
    assert headed(Grid("x", (("1",), ("2",)))) == (("col 0",), ("row 0", "row 1"))
    assert list(groups((Field("a"), Field("b")))) == [0, 1]
