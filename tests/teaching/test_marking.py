"""The order of verdicts, on tasks whose numbers are written out here."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from dlcli.engines.base.slips import SLIPS, Slip
from dlcli.teaching.drawing import Drawn
from dlcli.teaching.marking import Policy, mark, slips_of, together
from dlcli.teaching.task import Field, Pen, Say, Task, cells
from dlcli.teaching.topic import Topic
from dlcli.teaching.worked import given

for one in ("plus", "minus", "twice", "alias"):
    SLIPS[f"test.{one}"] = Slip(
        f"test.{one}", f"with {one}", f"Not {one}.", lambda: None, convention=one == "twice"
    )


def drawn(solve: Any, *fields: Field) -> Drawn:
    """A task that is solved so."""
    task = Task((Say("?"),), fields, solve, "y = x")
    return Drawn(Topic("test", "A test", "", ("", "", ""), "", lambda dice, level: task), 2, "", 0, task, 1)


def two_steps(pen: Pen) -> None:
    """h = 2 + 3, y = 2h; plus: 2 + 3 + 1, minus: 2 − 3, twice: y = 4h."""
    h = pen("h", given(2) + 3, {"test.plus": given(2) + 3 + 1, "test.minus": given(2) - 3})
    pen("y", 2 * h, {"test.twice": 4 * h})


STEPS = drawn(two_steps, Field("h"), Field("y"))


def verdicts(
    one: Drawn, policy: Policy | None = None, **answers: str
) -> list[tuple[str, tuple[str, ...], str]]:
    return [(m.kind, m.slips, str(m.share)) for m in mark(one, answers, policy=policy).marks]


@pytest.mark.parametrize(
    ("h", "y", "kinds"),
    [
        ("5", "10", ["right", "right"]),
        ("", "10", ["empty", "right"]),
        ("5", "1,000", ["right", "unread"]),
        ("6", "12", ["slip", "carried"]),
        ("-1", "-2", ["slip", "carried"]),
        ("7", "14", ["unknown", "carried"]),
        ("7", "15", ["unknown", "unknown"]),
        ("5", "20", ["right", "convention"]),
        ("6", "24", ["slip", "convention"]),
        ("0", "0", ["unknown", "unknown"]),
        ("1", "2", ["unknown", "unknown"]),
    ],
)
def test_verdicts_come_in_their_order(h: str, y: str, kinds: list[str]) -> None:
    assert [kind for kind, _, _ in verdicts(STEPS, h=h, y=y)] == kinds


def test_what_is_carried_forward_has_full_marks_and_names_its_source() -> None:
    marked = mark(STEPS, {"h": "7", "y": "14"}, Fraction(3))
    assert marked.earned == Fraction(3, 2)
    assert marked.marks[1].reason() == "right from h: carried forward"
    assert mark(STEPS, {"h": "7", "y": "14"}, Fraction(3), Policy(carried=Fraction(1, 3))).earned == Fraction(
        1, 2
    )


def test_a_convention_is_named_and_accepted_where_the_teacher_says_so() -> None:
    marked = mark(STEPS, {"h": "5", "y": "20"})
    assert marked.marks[1].reason() == "'20' is what comes out with twice: another convention than the task's"
    assert verdicts(STEPS, Policy(accept=frozenset({"test.twice"})), h="5", y="20")[1] == (
        "right",
        ("test.twice",),
        "1",
    )


def test_too_few_digits_are_half_right() -> None:
    third = drawn(lambda pen: pen("y", given(1) / 3), Field("y", Fraction(1, 2000), says="to 3 decimals"))
    assert [verdicts(third, y=text)[0][0] for text in ("0.333", "1/3", "0.33", "0.3", "0.34", "0.3333333")] == [
        "right", "right", "few", "few", "unknown", "right",
    ]  # fmt: skip
    marked = mark(third, {"y": "0.33"})
    assert (marked.earned, marked.marks[0].reason()) == (
        Fraction(1, 2), "'0.33' has too few digits: to 3 decimals",
    )  # fmt: skip


def table(pen: Pen) -> None:
    """y = 1 2; 3 4, minus: turned round, plus: one more."""
    pen.table("y", lambda: given([[1, 2], [3, 4]]), {
        "test.minus": lambda: given([[4, 3], [2, 1]]), "test.plus": lambda: given([[2, 3], [4, 5]]),
        "test.alias": lambda: given([[2, 3], [4, 5]]),
    })  # fmt: skip


TABLE = drawn(table, *cells("y", 2, 2))


def test_what_a_program_prints_of_an_exact_key_is_right_and_a_large_one_may_be_rounded() -> None:
    one = drawn(
        lambda pen: (pen("v", given(Fraction(-2, 5))), pen("f", given(Fraction(32634, 10)))),
        Field("v"),
        Field("f"),
    )
    assert verdicts(one, v="-0.39999999999999997", f="3263.3999999999996") == [("right", (), "1")] * 2
    assert [kind for kind, *_ in verdicts(one, v="-0.3999999", f="3263")] == ["unknown", "few"]


def test_a_whole_table_says_whose_slip_it_is_and_one_cell_does_not() -> None:
    names = [one.name for one in TABLE.task.fields]
    (whole,) = together([mark(TABLE, dict(zip(names, "4321", strict=True)))])
    assert slips_of([whole]) == {"test.minus"}
    assert whole.marks[0].reason() == "'4': your slip: it comes out with minus"
    (cell,) = together([mark(TABLE, dict(zip(names, "4234", strict=True)))])
    assert (cell.marks[0].reason(), slips_of([cell])) == ("'4' is what comes out with minus", set())
    assert cell.earned == Fraction(3, 4)


def test_cells_that_are_right_speak_against_a_slip_that_would_have_changed_them() -> None:
    names = [one.name for one in TABLE.task.fields]
    sheet = together([mark(TABLE, dict(zip(names, "4234", strict=True))) for _ in range(3)])
    assert slips_of(sheet) == set()
    assert {one.marks[0].reason() for one in sheet} == {"'4' is what comes out with minus"}


def test_two_slips_of_one_value_are_both_named() -> None:
    names = [one.name for one in TABLE.task.fields]
    (both,) = together([mark(TABLE, dict(zip(names, "2345", strict=True)))])
    assert (both.marks[0].reason(), slips_of([both])) == (
        "'2' is what comes out with plus or with alias",
        set(),
    )


def one_line(plus: int) -> Drawn:
    """y = 10 + plus; minus: 10 − plus."""
    return drawn(
        lambda pen: pen("y", given(10) + plus, {"test.minus": given(10) - plus, "test.plus": given(99)}),
        Field("y"),
    )


def test_two_tasks_say_whose_slip_it_is_unless_another_speaks_against_it() -> None:
    def handed_in(*answers: str) -> set[str]:
        tasks = [mark(one_line(place), {"y": text}) for place, text in enumerate(answers, 1)]
        return set(slips_of(together(tasks)))

    assert handed_in("9", "8") == {"test.minus"}
    assert handed_in("9", "8", "13") == {"test.minus"}
    assert handed_in("9") == set()
    assert handed_in("9", "8", "50") == set()
    assert handed_in("9", "99") == set()


def test_a_choice_is_too_easily_guessed_to_say_whose_slip_it_is() -> None:
    one = drawn(
        lambda pen: pen("y", "rows", {"test.minus": "columns"}),
        Field("y", form="choice", options=("rows", "columns")),
    )
    assert not slips_of(together([mark(one, {"y": "b"}) for _ in range(8)]))
    assert slips_of(together([mark(one, {"y": "b"}) for _ in range(9)]))
