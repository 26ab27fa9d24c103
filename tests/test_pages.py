"""Stories on a page: numbers of results can be clicked, and what they came from lights up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dlcli.views.page.cells import called
from dlcli.views.page.figures import Column
from dlcli.views.page.html import page
from tests.told import Told, check, marks_of, parts_of

#: Lines whose results are small; of each a number is a cell whose arithmetic can be asked for.
LINES = [
    "dlcli conv sample:exercise -k box:3",
    "dlcli conv '1 2; 3 4' --transposed --kernel '1 2; 3 4' --stride 2",
    "dlcli conv '1 1 1 1; 0 0 0 0; 0 0 9 0' -k sobel-x -k sobel-y --padding same --emit winner",
    "dlcli pool sample:exercise",
    "dlcli upsample '1 2; 3 4' --kind bilinear",
    "dlcli softmax '2 1 0.1'",
    "dlcli softmax '1 2; 3 3' --axis column",
    "dlcli normalize '1 2 6; 4 4 10'",
    "dlcli activate relu '1 -2; 0 3'",
    "dlcli dropout '1 2 3 4; 5 6 7 8'",
    "dlcli flatten '1 2 3; 4 5 6'",
    "dlcli tensor '1 2; 3 4' --matmul '1 0 -1; 2 1 1'",
    "dlcli compare '1 2; 3 4' '1 2; 3 5' --atol 2",
    "dlcli kernels gaussian:5",
    "dlcli stft '0 1 0 -1 0 1 0 -1' --frame 4 --hop 2",
    "dlcli rnn '1 0; 0 1; 1 1' --cell gru",
    "dlcli seq2seq 'the cat sat' --attention bahdanau",
    "dlcli attn 'the cat sat'",
    "dlcli returns '-1 2 6 3 2' --gamma 0.5",
    "dlcli mdp gridworld:4x4",
    "dlcli mdp sample:student",
    "dlcli mdp blackjack",
    "dlcli summary cnn",
    "dlcli show sample:exercise",
]

#: Those whose arithmetic is of the places of a world or of a model, not of numbers that were typed.
WITHOUT_INPUT = ("mdp", "summary", "kernels", "seq2seq", "compare", "show")


@pytest.mark.parametrize("line", LINES)
def test_a_number_of_the_result_can_be_clicked_and_its_sources_light_up(
    line: str, shell: Callable[..., Any], told: list[Told]
) -> None:
    assert shell(line, stdout_is_terminal=True).code == 0
    (one,) = told
    parts = parts_of(one.stories)
    check(one, parts)
    explained = one.explained
    marks = [mark for part in parts if part.name == "result" for mark in marks_of(part.body)]
    assert [mark for mark in marks if mark.of == explained.name] or "winner" in line
    if line.split()[1] in WITHOUT_INPUT or "winner" in line:
        return
    arithmetic = parts_of([one.explanation()])
    check(one, arithmetic)
    lit = [
        cell
        for part in arithmetic
        if part.cells.of == called(one.result.work.input)
        for cell in part.cells.cells
    ]
    assert lit


#: Lines whose input is called as their result is.
ALIKE = [
    "pool '1 2 3 4; 5 6 7 8; 9 1 2 3; 4 5 6 7' --size 2 --stride 1 | dlcli pool --size 2 --stride 1",
    "pool sample:cat --size 4 | dlcli pool --size 4",
    "conv '1 2 3; 4 5 6; 7 8 9' -k box:2 | dlcli conv -k box:2",
    "activate relu '1 -2 3' | dlcli activate gelu",
    "dropout '1 2 3' | dlcli dropout",
    "normalize '1 2; 3 5' | dlcli normalize",
    "tensor '1 2 3; 4 5 6' --transpose 1,0",
    "upsample '1 2; 3 4' --size 2 | dlcli upsample --size 2",
    "flatten '1 2; 3 4' | dlcli flatten",
]


@pytest.mark.parametrize("line", ALIKE)
def test_what_was_read_is_no_result_of_the_same_name(
    line: str, shell: Callable[..., Any], told: list[Told]
) -> None:
    assert shell(f"dlcli {line}", stdout_is_terminal=True).code == 0
    work = told[-1].result.work
    assert work.input.name == work.output.name
    marks = [mark for part in parts_of(told[-1].stories) for mark in marks_of(part.body)]
    names = {mark.of for mark in marks}
    assert {called(work.input), work.output.name} <= names
    check(told[-1], parts_of(told[-1].stories))
    assert {part.cells.of for part in parts_of([told[-1].explanation()]) if part.cells.cells} <= {
        called(work.input)
    }


def test_of_several_heads_the_one_that_is_explained_can_be_clicked(
    shell: Callable[..., Any], told: list[Told]
) -> None:
    shell("dlcli attn 'the cat sat on the mat' --heads 4 --project --head 1", stdout_is_terminal=True)
    (heads,) = [part.body for part in parts_of(told[0].stories) if part.heading == "Heads"]
    row = heads.parts[0] if isinstance(heads, Column) else heads
    assert [bool([*marks_of(body)]) for _, body in row.parts] == [False, True, False, False]


def test_the_window_of_a_pooled_number_is_what_lights_up(shell: Callable[..., Any], told: list[Told]) -> None:
    shell("dlcli pool sample:exercise --explain 0,1", stdout_is_terminal=True)
    (cells,) = [part.cells for part in parts_of(told[0].stories) if part.cells.cells]
    assert (cells.of, [*cells.cells]) == ("table, as it was read", ["0,2", "0,3", "1,2", "1,3"])


def test_padding_is_no_cell_of_the_input(shell: Callable[..., Any], told: list[Told]) -> None:
    shell("dlcli conv '1 2; 3 4' -k box:3 --padding same --explain 0,0", stdout_is_terminal=True)
    (cells,) = [part.cells for part in parts_of(told[0].stories) if part.cells.cells]
    assert [*cells.cells] == ["0,0", "0,1", "1,0", "1,1"]


def test_sums_worlds_and_states_are_tables_with_headers(shell: Callable[..., Any], told: list[Told]) -> None:
    shell("dlcli mdp sample:maze --optimal", stdout_is_terminal=True)
    shell("dlcli conv '1 2; 3 4' -k '1 1' --explain 0,0", stdout_is_terminal=True)
    shell("dlcli rnn '1 0; 0 1'", stdout_is_terminal=True)
    text = page([story for one in told for story in one.stories], title="three")
    assert '<th scope="row">0, 1</th>' in text
    assert "▒ wall; G goal: +1; P pit: −1; S start" in text
    assert text.count('class="right barred" scope="col" colspan="2">') >= 2
    assert "data-of=" in text
    assert '<pre class="wide"' not in text


def test_stories_that_are_told_together_are_stories_on_a_page(
    shell: Callable[..., Any], told: list[Told]
) -> None:
    shell("dlcli kernels sobel-x sobel-y --explain 0,0", stdout_is_terminal=True)
    text = page(told[0].stories, title="both")
    assert text.count('<article class="story">') == 2
    assert len(told[0].stories) == 2
