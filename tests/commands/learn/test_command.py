"""``dlcli learn``, ``hint`` and ``why``: what is asked, answered, noted, with and without a terminal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dlcli.teaching.drawing import draw
from dlcli.teaching.learner import SECRET
from dlcli.teaching.topic import topics
from dlcli.teaching.worked import words

FIRST = next(iter(topics().values()))


@pytest.fixture
def at_home(cli: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """A command line with a record of its own."""
    variables = {"XDG_STATE_HOME": str(tmp_path / "state")}
    return lambda *line, **world: cli(*line, variables=variables, **world)


def record(tmp_path: Path) -> list[list[str]]:
    return [line.split("\t")[1:] for line in (tmp_path / "state/dlcli/learning.log").read_text().splitlines()]


def key(level: int = 1, counter: int = 0) -> list[str]:
    task = draw(FIRST, level, SECRET, "", counter).task
    return [value if isinstance(value, str) else words(value) for value in task.key]


def answers(values: list[str]) -> list[str]:
    return [word for value in values for word in ("--answer", value)]


def test_a_task_is_asked_helped_with_answered_and_explained(at_home: Any, tmp_path: Path) -> None:
    asked = at_home("learn")
    assert asked.code == 0
    assert f"0 of {len(topics())} topics held" in asked.out
    assert FIRST.title in asked.out
    again = at_home("learn")
    assert again.out.splitlines()[-3:] == asked.out.splitlines()[-3:]  # it stays open
    assert (
        at_home("why").err == "dlcli why: no answer has been right yet: dlcli learn asks, dlcli hint helps\n"
    )
    first, second = at_home("hint"), at_home("hint")
    assert first.out == f"hint 1 of 3: {FIRST.idea}\n"
    assert second.out.startswith("hint 2 of 3: ")
    wrong = at_home("learn", *answers(["999999"] * len(key())))
    assert (wrong.code, wrong.err) == (
        1,
        "dlcli learn: not right yet: try again, dlcli hint, or dlcli learn --skip\n",
    )
    assert at_home("learn", "--answer", "zz=3").err.startswith("dlcli learn: no answer zz here: there ")
    right = at_home("learn", *answers(key()))
    assert (right.code, right.err) == (0, "")
    assert right.out.startswith("Right.")
    why = at_home("why")
    assert why.out.startswith(f"{FIRST.title}, level 1\n")
    kinds = [line[0] + (f" {line[4]}" if line[4] else "") for line in record(tmp_path)]
    assert kinds == ["asked", "hint", "hint", "answered wrong", "answered right"]


def test_answers_may_be_piped_in(at_home: Any) -> None:
    at_home("learn")
    ended = at_home("learn", stdin="\n".join(key()).encode(), stdin_piped=True)
    assert (ended.code, ended.out.startswith("Right.")) == (0, True)


def test_at_a_terminal_there_is_a_prompt_for_each_answer_for_hints_and_for_another_task(
    at_home: Any, tmp_path: Path
) -> None:
    terminal = {"stdin_is_terminal": True, "stdout_is_terminal": True}
    typed = "\n".join(["hint", *["999999"] * len(key()), *key()]) + "\n"
    ended = at_home("learn", stdin=typed.encode(), **terminal)
    assert ended.code == 0
    assert "hint 1 of 3" in ended.out
    assert "Right." in ended.out
    left = at_home("learn", stdin=b"skip\n\n", **terminal)
    assert "It stays open" in left.out
    kinds = ["asked", "hint", "answered", "answered", "asked", "skipped", "asked"]
    assert [line[0] for line in record(tmp_path)] == kinds


def test_what_cannot_be_read_is_not_held_against_anybody(at_home: Any, tmp_path: Path) -> None:
    at_home("learn", "--topic", "conv-cell")
    ended = at_home("learn", "--answer", "1,000")
    assert "'1,000' may be 1000 or 1" in ended.out
    assert [line[0] for line in record(tmp_path)] == ["asked"]


def test_a_topic_a_start_a_level_and_skip_always_work(at_home: Any, tmp_path: Path) -> None:
    assert "conv-map, level 3" in at_home("learn", "--topic", "conv-map", "--level", "3").out
    assert "conv-cell, level 1" in at_home("learn", "--from", "conv-cell").out
    at_home("learn", "--skip")
    assert [line[0] for line in record(tmp_path)] == ["asked", "skipped", "asked", "skipped", "asked"]
    status = at_home("learn", "--status")
    assert status.out.rstrip().endswith(f"0 of {len(topics())} topics held")


@pytest.mark.parametrize(
    ("line", "code", "told"),
    [
        (("learn", "--answer", "6"), 1, "there is no open task to answer: dlcli learn asks one"),
        (("learn", "--topic", "conv-cel"), 2, "no topic 'conv-cel': did you mean conv-cell?"),
        (("hint",), 1, "there is no open task: dlcli learn asks one; dlcli hint TOPIC is about a sheet"),
    ],
)
def test_what_cannot_be_says_so(at_home: Any, line: tuple[str, ...], code: int, told: str) -> None:
    ended = at_home(*line)
    assert (ended.code, ended.err) == (code, f"dlcli {line[0]}: {told}\n")


def test_what_is_due_on_another_day_is_asked_then(at_home: Any, tmp_path: Path) -> None:
    for counter in range(3):
        at_home("learn", "--topic", FIRST.name, "--level", "2", "--now", "2026-03-01")
        assert at_home("learn", *answers(key(2, counter)), "--now", "2026-03-01").code == 0
    assert "again on 2026-03-03" in at_home("learn", "--status", "--now", "2026-03-02").out
    assert "held; due" in at_home("learn", "--status", "--now", "2026-03-04").out
    assert "do you still know it?" in at_home("learn", "--now", "2026-03-04").out
    assert record(tmp_path)[-1][:2] == ["review", FIRST.name]
    assert at_home("learn", "--now", "tomorrow").code == 2


def test_too_many_answers_are_refused(at_home: Any) -> None:
    at_home("learn", "--topic", "conv-cell")
    ended = at_home("learn", "--answer", "1", "--answer", "2")
    assert (ended.code, ended.err) == (
        2,
        "dlcli learn: 2 answers, and y[0,1] is to be answered: 2\n",
    ) or ended.code == 2


def test_a_record_that_cannot_be_written_says_so(cli: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = cli("learn", variables={"XDG_STATE_HOME": str(tmp_path / "file")})
    assert ended.code == 1
    assert "cannot be" in ended.err
