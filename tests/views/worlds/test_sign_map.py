"""Signs in rows and columns: the first row below, labels as far as there is room, colours by shares."""

from __future__ import annotations

import io

import numpy as np
import pytest
from rich.console import Console

from dlcli.tensor import Axis
from dlcli.views.worlds.sign_map import SignMap

ROWS, COLUMNS = Axis("sum", start=12, step=1), Axis("shown", ("ace", "2", "3"))


def drawn(view: SignMap, width: int = 40, **console: object) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=width, **console).print(view)  # type: ignore[arg-type]
    return out.getvalue().splitlines()


def test_rows_go_upwards_and_labels_stand_where_they_fit() -> None:
    signs = np.array([["H", "", "S"], ["S", "S", "S"]])
    lines = drawn(SignMap(signs, np.zeros((2, 3)), ROWS, COLUMNS, "H hit, S stick"))
    assert lines == [
        "sum",
        " 13   S  S  S",
        " 12   H     S",
        "    ace     3",
        "      shown",
        "H hit, S stick",
    ]


def test_where_it_is_narrow_one_blank_is_enough() -> None:
    signs = np.full((1, 12), "1")
    wide, narrow = (
        drawn(SignMap(signs, np.zeros((1, 12)), ROWS, Axis("x"), ""), width) for width in (60, 30)
    )
    assert wide[1] == " 12   " + "  ".join("1" * 12)
    assert narrow[1] == " 12  " + " ".join("1" * 12)


def test_a_sign_stands_on_the_colour_of_its_share() -> None:
    view = SignMap(np.array([["a", "b"]]), np.array([[-1.0, 1.0]]), ROWS, COLUMNS, "")
    line = drawn(view, color_system="truecolor", force_terminal=True)[1]
    grounds = [part for part in line.split("\x1b[") if "48;2" in part]
    assert len(set(grounds)) == 2


def test_shapes_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match=r"received \(1, 2\) and \(2, 1\)"):
        SignMap(np.full((1, 2), "a"), np.zeros((2, 1)), ROWS, COLUMNS, "")
