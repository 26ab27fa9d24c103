"""Steps as rows, quantities as groups of columns: what folds, what is left out, what is coloured."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlcli.tensor import Axis
from dlcli.views.tables.step_table import ROWS, Columns, StepTable

WORDS = Axis("time", ("the", "cat"))
GATE = Columns("f", "forget", np.array([[0.5, 1.0], [0.25, 0.0]]), scale="sequential", limits=(0, 1))
STATE = Columns("h", "state", np.array([[-1.0], [np.nan]]))


def test_groups_stand_beside_each_other_under_their_names(draw: Any) -> None:
    assert draw(StepTable(WORDS, [GATE, STATE]), 60).split("\n") == [
        "      f forget    h state",
        "time      0    1     0",
        "the    0.50 1.00    −1",
        "cat    0.25 0.00     –",
    ]


def test_a_group_that_does_not_fit_goes_on_below_under_the_same_steps(draw: Any) -> None:
    told = draw(StepTable(WORDS, [GATE, STATE]), 24)
    assert told.count("time") == 2
    assert told.index("f forget") < told.index("h state")


def test_a_group_wider_than_the_screen_is_parted_evenly(draw: Any) -> None:
    wide = Columns("x", "", np.arange(40.0).reshape(2, 20))
    told = draw(StepTable(WORDS, [wide]), 40)
    heads = [line.split()[1:] for line in told.split("\n") if line.startswith("time")]
    assert [head for line in heads for head in line] == [str(i) for i in range(20)]
    assert max(map(len, heads)) - min(map(len, heads)) <= 1


def test_of_many_steps_the_first_and_the_last_are_listed(draw: Any) -> None:
    values = np.arange(100.0)[:, None]
    told = draw(StepTable(Axis("time"), [Columns("h", "", values)])).split("\n")
    assert len(told) == 2 + ROWS + 1
    assert told[2].split() == ["0", "0"]
    assert told[2 + ROWS // 2].split() == ["⋮", "⋮"]
    assert told[-1].split() == ["99", "99"]


def test_numbers_have_the_colours_of_their_scale_and_what_is_missing_has_none(paint: Any) -> None:
    rows = paint(StepTable(WORDS, [GATE, STATE]), 60)
    grounds = [{ground for _, (_, ground) in row if ground} for row in rows]
    assert grounds[:2] == [set(), set()]
    assert len(grounds[2]) == 3
    assert len(grounds[3]) == 2


def test_in_markdown_all_columns_are_one_table() -> None:
    told = StepTable(WORDS, [GATE, STATE]).markdown().split("\n")
    assert told[0] == "| time | f 0 | f 1 | h 0 |"
    assert told[-1] == "| cat | 0.25 | 0.00 | – |"


def test_labels_from_outside_do_no_harm(draw: Any) -> None:
    told = draw(StepTable(Axis("time", ("\x1b[31m", "a" * 50)), [GATE]))
    assert "␛[31m" in told
    assert "a" * 17 not in told


def test_in_markdown_groups_of_one_letter_are_told_apart() -> None:
    cut = Columns("h", "feedback cut", STATE.values)
    head = StepTable(WORDS, [GATE, STATE, cut]).markdown().split("\n")[0]
    names = [name.strip() for name in head.strip("|").split("|")]
    assert len(set(names)) == len(names)
    assert "h feedback cut 0" in names
