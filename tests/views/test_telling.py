"""What is told of a story: sections by their names, details, one result alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.text import Text

from dlcli.tensor import Tensor
from dlcli.views.story import Section, Story
from dlcli.views.telling import Wishes, of_output, told

STORY = Story(
    Section("input", "Input", Text("3 numbers")),
    Section("parameters", "Weights →", Text("7")),
    Section("result", "Pooled", Text("1")),
    Section("result", "Windows", Text("2")),
    Section("notice", "Notice", Text("Half of them are left.")),
    Section("method", "Computed by", Text("tiles"), detail=True),
    Section("next", "Try next", Text("dlcli")),
)


def names(wishes: Wishes, *stories: Story) -> list[list[str]]:
    said: list[str] = []
    found = told(stories or [STORY], wishes, said.append)
    assert said == []
    return [[section.name for section in story.sections] for story in found]


@pytest.mark.parametrize(
    ("wishes", "kept"),
    [
        (Wishes(), "Input|Weights →|Pooled|Windows|Notice|Try next"),
        (Wishes(details=True), "Input|Weights →|Pooled|Windows|Notice|Computed by|Try next"),
        (Wishes(only=("notice", "POOLED")), "Pooled|Notice"),
        (Wishes(only=("result",)), "Pooled|Windows"),
        (Wishes(only=("weights", "computed-by")), "Weights →|Computed by"),
        (Wishes(only=("method",)), "Computed by"),
        (Wishes(only=("window",)), "Windows"),
        (Wishes(without=("try next", "parameters", "notices")), "Input|Pooled|Windows"),
    ],
)
def test_sections_are_kept_by_heading_beginning_part_or_number(wishes: Wishes, kept: str) -> None:
    assert names(wishes) == [kept.split("|")]


def test_what_one_of_several_stories_lacks_is_not_missed() -> None:
    other = Story(Section("input", "Input", Text("4")), Section("result", "Mean", Text("5")))
    assert names(Wishes(only=("pooled", "mean")), STORY, other) == [["Pooled"], ["Mean"]]


@pytest.mark.parametrize("wishes", [Wishes(only=("gates", "input")), Wishes(without=("gates", "input"))])
def test_a_section_that_a_run_lacks_is_said(wishes: Wishes) -> None:
    said: list[str] = []
    told([STORY], wishes, said.append)
    (line,) = said
    assert "gates: this story has no such section; it has Input; Weights →; Pooled; Windows" in line


EVERY = ("input", "parameters", "result", "notice", "method", "next")


@pytest.mark.parametrize(
    ("wishes", "says"),
    [
        (Wishes(only=("gates",)), "--only gates: this story has no such section; it has Input; "),
        (Wishes(without=EVERY), "leaves nothing of this story, which has Input; "),
    ],
)
def test_a_story_of_which_nothing_would_be_left_is_told(wishes: Wishes, says: str) -> None:
    said: list[str] = []
    (story,) = told([STORY], replace(wishes, details=True), said.append)
    assert [one.name for one in story.sections] == [one.name for one in STORY.sections]
    (line,) = said
    assert says in line
    assert line.endswith("; all is told")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("pooled", "Input|Weights →|Pooled|Computed by|Try next"),
        ("argmax", "Input|Weights →|Argmax|Computed by|Try next"),
        ("weights", "Input|Weights →|Weights|Computed by|Try next"),
    ],
)
def test_one_result_alone_has_its_own_section_or_its_numbers(name: str, kept: str) -> None:
    story = of_output(STORY, name, Tensor([[4.0, 5.0]]), 4)
    assert [section.name for section in story.sections] == kept.split("|")
    (result,) = (section for section in story.sections if section.part == "result")
    assert result.title is not None
    assert result.title.plain == ("1" if name == "pooled" else "1 × 2 (row, column), float64, 4 to 5")


def test_a_section_may_be_of_a_result_under_another_heading() -> None:
    story = Story(
        Section("input", "Input"), Section("result", "RMS error", of=("rms",)), Section("result", "Values")
    )
    found = of_output(story, "rms", Tensor([1.0]), 4)
    assert [section.name for section in found.sections] == ["Input", "RMS error"]
