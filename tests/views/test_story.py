"""The parts of a story: their order, their headings, and lines that must stay whole."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from rich.console import Console
from rich.text import Text

from dlcli.views.story import Section, Story
from dlcli.views.tables.matrix import Matrix
from dlcli.views.text.command_line import CommandLine


def test_parts_come_in_their_order_and_drawings_get_air(draw: Callable[..., str]) -> None:
    import numpy as np

    story = Story(
        Section("next", "Try next", body=Text("later")),
        Section("notice", "Notice", Text("b")),
        Section("input", "Input", Text("a")),
        Section("notice", "Also", Text("c")),
        Section("result", "Result", Text("1 × 1"), Matrix(np.array([[7]]))),
    )
    assert draw(story, 40) == ("Input  a\n\nResult  1 × 1\n   7\n\nNotice  b\nAlso  c\n\nTry next\n  later")


def test_a_part_that_says_nothing_is_left_out(draw: Callable[..., str]) -> None:
    story = Story(
        Section("input", "Input", Text("a")),
        Section("notice", "Notice", Text("")),
        Section("next", "Try next", Text(""), Text("later")),
    )
    assert [one.name for one in story.sections] == ["Input", "Try next"]


def test_a_part_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="not in tuple"):
        Story(Section("middle", "x"))


def test_a_story_begins_with_a_heading_by_which_it_is_known() -> None:
    with pytest.raises(ValueError, match="a story begins with Data, Figure, Input, "):
        Story(Section("result", "Similarity"), Section("arithmetic", "Products"))


def test_a_heading_wraps_under_itself(draw: Callable[..., str]) -> None:
    assert (
        draw(Section("notice", "Notice", Text("a long line of words")), 20)
        == "Notice  a long\n  line of words"
    )


def test_a_word_of_a_command_line_is_never_cut() -> None:
    page = io.StringIO()
    console = Console(width=30, file=page, color_system=None, _environ={})
    word = "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16"
    console.print(
        Section("next", "Try next", body=CommandLine(["dlcli", "pool", word, "--size", "2"])), crop=False
    )
    assert page.getvalue() == f"Try next\n  dlcli pool \\\n      '{word}' \\\n      --size 2\n"


@pytest.mark.parametrize("width", [30, 40, 60, 80, 120])
def test_a_pipe_reads_in_a_shell_as_it_was(width: int, draw: Callable[..., str]) -> None:
    line = CommandLine(
        ["dlcli", "stft", "a b.wav"], ["dlcli", "mask", "--above", "-40db"], ["dlcli", "istft", "-o", "x.wav"]
    )
    told = draw(line, width)
    assert all(len(row) <= width for row in told.splitlines())
    assert " ".join(told.replace(" \\\n", " ").split()) == line.text
    assert line.text == "dlcli stft 'a b.wav' | dlcli mask --above -40db | dlcli istft -o x.wav"
    for row in told.splitlines()[:-1]:
        assert not row.rstrip(" \\").endswith(("--above", "-o", "|", "| dlcli"))
