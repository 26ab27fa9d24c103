"""Lists of states: values in a column, coloured, and words that give way."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from dlcli.views.state_list import StateList


def view(names: tuple[str, ...] = ("here", "there")) -> StateList:
    return StateList(names, np.array([1.5, -10]), ["▸ go 1.5   stay 1", "■ end"], "v(s)", "q(s, a)")


def test_points_stand_below_each_other(draw: Callable[..., str]) -> None:
    assert draw(view(), 60).splitlines() == [
        "state   v(s)  q(s, a)",
        "here     1.5  ▸ go 1.5   stay 1",
        "there  −10.0  ■ end",
    ]


@pytest.mark.parametrize("width", range(16, 50))
def test_numbers_are_whole_at_any_width(width: int, draw: Callable[..., str]) -> None:
    lines = draw(view(("a name that is long", "another one")), width).splitlines()
    assert "  1.5" in lines[1]
    assert "−10.0" in lines[2]


def test_markdown(draw: Callable[..., str]) -> None:
    assert view().markdown().splitlines()[-1] == "| there | −10.0 | ■ end |"
