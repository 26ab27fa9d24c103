"""Things one below the other, each with its name and words beside it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from rich.text import Text

from dlcli.views.tables.listing import Listing
from dlcli.views.tables.matrix import Matrix

KERNEL = Matrix(np.array([[0, 1], [1, 0]]))


def test_name_and_words_stand_beside_the_drawing(draw: Callable[..., str]) -> None:
    rows = [("diag", "rising lines\n1 from corner to corner", KERNEL), ("none", "nothing to see", None)]
    assert draw(Listing(rows), 40).split("\n") == [
        " 0  1    diag",
        " 1  0    rising lines",
        "         1 from corner to corner",
        "",
        "         none",
        "         nothing to see",
    ]


def test_words_wrap_in_their_column(draw: Callable[..., str]) -> None:
    told = draw(Listing([("diag", "lines that rise to the right", KERNEL)]), 24).split("\n")
    assert [line[9:] for line in told] == ["diag", "lines that rise", "to the right"]


def test_a_wide_drawing_leaves_half_for_the_words(draw: Callable[..., str]) -> None:
    lines = draw(Listing([("wide", "words " * 9, Matrix(np.arange(40).reshape(2, 20)))]), 60).split("\n")
    assert all(line[33:].strip() in ("", "wide") or "words" in line[33:] for line in lines)
    assert any("words" in line for line in lines)


@pytest.mark.parametrize("rows", [[], [("a", "", None)]])
def test_little_is_drawn_as_well(rows: list[tuple[str, str, None]], draw: Callable[..., str]) -> None:
    assert draw(Listing(rows)).strip() == "".join(name for name, _, _ in rows)


def test_outside_words_steer_nothing(draw: Callable[..., str]) -> None:
    assert draw(Listing([("\x1b[31m", "[bold]\x07", None)])) == "␛[31m\n[bold]␇"
    assert Listing([("a*b", "c\nd_e", Text("f"))]).markdown() == "**a\\*b**: c; d\\_e\n\nf"
