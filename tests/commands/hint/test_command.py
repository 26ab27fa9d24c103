"""``dlcli hint TOPIC``: hints for a sheet; those of the learner's path are in the tests of learn."""

from __future__ import annotations

from typing import Any

from dlcli.teaching.drawing import draw
from dlcli.teaching.topic import topic_of
from dlcli.teaching.worked import words


def test_the_hints_of_a_sheet_are_idea_formula_and_first_line(cli: Any) -> None:
    line = ("hint", "outsize", "--level", "2", "--seed", "7")
    said = [cli(*line, "--step", str(step)).out for step in (1, 2, 3)]
    task = draw(topic_of("outsize"), 2, "7").task
    (solution,) = task.lines()
    assert said[0] == f"hint 1 of 3: {topic_of('outsize').idea}\n"
    assert said[1].startswith(f"hint 2 of 3: {task.formula}   (div: divide, and round down)\n")
    assert f"n = {task.given['n']}" in said[1]
    row = cli("hint", "softmax", "--step", "2").out
    assert f"z = ({', '.join(map(words, draw(topic_of('softmax'), 2, '0').task.given['z']))})" in row
    assert "c" in draw(topic_of("lstm-step"), 1, "0").task.given
    told = cli("hint", "lstm-step", "--level", "1", "--step", "2").out.splitlines()[-1]
    assert "f = " in told
    assert "c = " not in told, "the old state has the name of an answer"
    begun = [cli("hint", name, "--level", "2", "--step", "3").out for name in ("latch", "lstm-gates")]
    assert begun[0].startswith("hint 3 of 3: Q[0] = ")
    assert begun[1].startswith("hint 3 of 3: It begins with: ")
    assert said[2] == f"hint 3 of 3: rows = {solution.text}\n"
    assert not any(f"= {solution.value}\n" in one for one in said)
