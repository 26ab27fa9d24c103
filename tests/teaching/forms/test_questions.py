"""Keys, tolerances, slips and names of questions, before any platform has its own notation of them."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import pytest

from dlcli.errors import BadData
from dlcli.teaching.forms.manner import Manner
from dlcli.teaching.forms.questions import blanks, by_category, questions, ways
from dlcli.teaching.reading import word
from dlcli.teaching.sheet import Sheet
from dlcli.teaching.task import Field, Pen, Task
from tests.teaching.forms import sheets
from tests.teaching.forms.sheets import FLIP, MINUS, OTHER, TURN


@pytest.fixture(autouse=True)
def _conventions(monkeypatch: pytest.MonkeyPatch) -> None:
    sheets.known(monkeypatch)


def number(key: Any, slips: dict[str, Any] | None = None, tolerance: Any = 0) -> Task:
    return sheets.task(lambda pen: pen("a", key, slips), Field("a", Fraction(tolerance)))


CASES = {
    "a whole number is exact": (6, {}, 0, "6", "0", ""),
    "a decimal that ends is exact": (Fraction(-5, 16), {}, 0, "-0.3125", "0", ""),
    "a fraction is asked in three decimals": (Fraction(1, 3), {}, 0, "0.333333", "0.0005", "a fraction as a decimal, to 3 decimals"),
    "and in more where a slip is near": (Fraction(1, 3), {FLIP: Fraction(334, 1000)}, 0, "0.3333333", "0.00005", "a fraction as a decimal, to 4 decimals"),
    "and in more where it is small": (Fraction(1, 700), {}, 0, "0.0014286", "0.00005", "a fraction as a decimal, to 4 decimals"),
    "a tolerance is kept": (0.66524095, {}, Fraction(1, 200), "0.66524", "0.005", ""),
    "no power of ten": (1e-7, {}, Fraction(1, 10**9), "0.0000001", "0.000000001", ""),
    "noise of a float is none": (0.1 + 0.2, {}, 0, "0.3", "0", ""),
    "no minus before nothing": (-1e-17, {}, 0, "0", "0", ""),
    "large": (10**20, {}, 0, "1" + "0" * 20, "0", ""),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_how_a_key_is_written(case: str) -> None:
    key, slips, tolerance, written, margin, says = CASES[case]
    ((blank,),) = blanks(number(key, slips, tolerance), Manner())
    assert (blank.written(blank.key), blank.margin, blank.says) == (written, margin, says)
    typed = Fraction(blank.typed(blank.key))  # what is typed to the decimals that are asked for is right
    assert abs(typed - blank.key) <= blank.tolerance or not blank.tolerance


def test_the_answer_that_needs_most_decimals_says_how_many() -> None:
    both = sheets.task(
        lambda pen: (pen("a", Fraction(1, 700)), pen("b", Fraction(2, 3))), Field("a"), Field("b")
    )
    assert {one.says for one in questions([Sheet((sheets.item(both),))], Manner())[0].flat} == {
        "a fraction as a decimal, to 4 decimals"
    }


def test_answers_of_one_task_are_asked_in_the_same_decimals() -> None:
    both = sheets.task(lambda pen: (pen("a", 2), pen("b", Fraction(2, 3)), pen("c", 0.5)), Field("a"), Field("b"), Field("c", Fraction(1, 20), says="to 1 decimal"))  # fmt: skip
    first, second, third = questions([Sheet((sheets.item(both),))], Manner())[0].flat
    assert first.says == second.says == "a fraction as a decimal, to 3 decimals"
    assert (first.tolerance, second.tolerance) == (0, Fraction(1, 2000))
    assert third.says == "to 1 decimal"


def test_a_slip_within_the_tolerance_is_never_wrong_and_two_of_one_value_are_one_with_both_named() -> None:
    slips = {FLIP: 0.667, TURN: 0.25, MINUS: 0.2505, OTHER: 9.0}
    ((blank,),) = blanks(number(0.66524095, slips, Fraction(1, 200)), Manner())
    assert [one.slips for one in blank.wrong] == [(OTHER,), (TURN, MINUS)]
    convention, both = (one.says for one in blank.wrong)
    assert "another convention" in convention
    assert "rows and columns of the kernel exchanged or with the minus signs" in both


def test_a_slip_that_cannot_be_computed_or_is_not_finite_is_none() -> None:
    slips = {FLIP: lambda: 1 / 0, TURN: float("nan"), MINUS: float("inf"), OTHER: 2}
    ((blank,),) = blanks(number(1, {FLIP: float("inf"), TURN: float("nan"), OTHER: 2}), Manner())
    assert [one.slips for one in blank.wrong] == [(OTHER,)]
    assert [one.slips for one in blanks(number(1, slips), Manner())[0][0].wrong] == [(OTHER,)]


def test_a_key_that_is_no_number_is_refused() -> None:
    with pytest.raises(BadData, match="a: the key is nan"):
        blanks(number(float("nan")), Manner())


def test_a_wrong_number_that_does_not_end_is_known_by_its_first_decimals() -> None:
    ((blank,),) = blanks(number(2, {FLIP: Fraction(1, 3), TURN: 5}), Manner())
    assert blank.margin == "0"
    assert [one.margin for one in blank.wrong] == ["0.0005", "0"]


def test_a_complex_number_is_two_with_the_whole_of_its_table() -> None:
    flat = questions([Sheet((sheets.item(sheets.TASKS["complex"]),))], Manner())[0].flat
    assert [(one.label, one.key) for one in flat] == [
        ("X[0] (real part)", 6), ("X[0] (imaginary part)", 0),
        ("X[1] (real part)", -2), ("X[1] (imaginary part)", 2),
    ]  # fmt: skip
    assert [[each.value for each in one.wrong] for one in flat] == [[], [], [], [-2]]
    assert sum(one.share for one in flat) == 1


def test_all_ways_to_write_a_word_are_read_as_that_word() -> None:
    for one in ("3,4", "2,3,4", "7", "refused"):
        assert {word(each) for each in ways(one)} == {one}


NAMES = ("", "Ada", "Ada ", "Adá", "中文", "中国", "A" * 300, "../x", "1", "a:b", "\x00", sheets.HOSTILE)


def test_parts_that_are_moved_into_an_order_have_no_letters() -> None:
    ((asked,),) = blanks(sheets.TASKS["order"], Manner())
    assert (sheets.TASKS["order"].fields[0].remark, asked.remark) == ("(the letters in order)", "")


def test_names_of_questions_are_names_in_xml_and_no_two_are_alike() -> None:
    listed = [
        Sheet((sheets.item(sheets.TASKS["whole"], 1, name), sheets.item(sheets.TASKS["whole"], 1, name)))
        for name in NAMES
    ]
    idents = [one.ident for one in questions(listed, Manner())]
    assert len(set(idents)) == len(idents)
    assert all(re.fullmatch(r"[A-Za-z_][\w.-]{0,99}", one, re.ASCII) for one in idents)
    assert all(len(one.title) < 250 and "\n" not in one.title for one in questions(listed, Manner()))
    assert idents == [one.ident for one in questions(listed, Manner())]


def test_a_category_is_a_path_whatever_the_chapter_is_called() -> None:
    one = sheets.item(sheets.TASKS["whole"])
    object.__setattr__(one.drawn.topic, "chapter", "See/hear")
    ((path, found),) = by_category(questions([Sheet((one,))], Manner()))
    assert path == "$course$/top/dlcli/See//hear/made-1 level 2"
    assert len(found) == 1


def test_what_is_made_of_a_word_is_no_number() -> None:
    def solve(pen: Pen) -> None:
        pen("a", 1, {FLIP: "refused"})

    assert blanks(sheets.task(solve, Field("a")), Manner())[0][0].wrong == ()
