"""JSON: what comes back is the same sheet, which can be marked, and written in every other form."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dlcli.engines.base.slips import SLIPS
from dlcli.errors import BadData
from dlcli.teaching import handin
from dlcli.teaching.forms.data import data, read
from dlcli.teaching.forms.forms import FORMS
from dlcli.teaching.forms.manner import Manner
from dlcli.teaching.marking import mark
from tests.teaching.forms import sheets

ALL = ("made", "hostile", "drawn")


@pytest.fixture(autouse=True)
def _conventions(monkeypatch: pytest.MonkeyPatch) -> None:
    sheets.known(monkeypatch)


@pytest.mark.parametrize("made", ALL)
def test_a_sheet_comes_back_with_fields_keys_and_slips(made: str) -> None:
    before = getattr(sheets, made)()
    (after,) = read(data([before], Manner("end")))
    assert (after.title, after.name, after.line) == (before.title, before.name, before.line)
    for one, other in zip(before.items, after.items, strict=True):
        assert (one.number, one.points, one.names) == (other.number, other.points, other.names)
        task, back = one.drawn.task, other.drawn.task
        assert (task.blocks, task.fields, task.key) == (back.blocks, back.fields, back.key)
        assert [type(value) for value in task.key] == [type(value) for value in back.key]
        assert (task.wrong, task.targets, task.line) == (back.wrong, back.targets, back.line)
        assert [str(line) for line in task.lines()] == [str(line) for line in back.lines()]
    for name, form in FORMS.items():
        if name.startswith("cartridge") and made == "drawn":
            continue
        quiet = Manner("end", say=lambda note: None)
        assert form.write([before], quiet) == form.write([after], quiet), name


def test_a_sheet_that_came_back_is_marked_alike() -> None:
    before = sheets.drawn()
    (after,) = read(data([before], Manner("end")))
    for one, other in zip(before.items, after.items, strict=True):
        task = one.drawn.task
        for values in (task.key, *task.wrong.values()):
            typed = {field.name: str(value) for field, value in zip(task.fields, values, strict=True)}
            marks = [mark(each.drawn, typed).marks for each in (one, other)]
            assert all(
                (was.kind, was.share, was.slips) == (now.kind, now.share, now.slips)
                for was, now in zip(*marks, strict=True)
                if was.kind != "carried"  # which needs the formulas, and these are not stored
            )


def test_without_solutions_it_has_no_key_and_check_reads_its_answers() -> None:
    text = data([sheets.made("Ada"), sheets.made("Bob")], Manner())
    assert not any(word in text for word in ('"key"', '"slips"', '"solution"', "turned by 180"))
    found = json.loads(text)
    names = [name for item in sheets.made().items for name in item.names]
    for one in found:
        one["answers"] = {name: f"{one['name']} {place}" for place, name in enumerate(one["answers"])}
    back = handin.read(json.dumps(found).encode(), "class.json")
    assert [one.name for one in back] == ["Ada", "Bob"]
    assert back[1].answers == {name: f"Bob {place}" for place, name in enumerate(names)}
    with pytest.raises(BadData, match="with its solutions"):
        read(text)


def test_slips_of_an_exercise_of_ones_own_are_known_again(monkeypatch: pytest.MonkeyPatch) -> None:
    text = data([sheets.made()], Manner("end"))
    monkeypatch.delitem(SLIPS, sheets.OTHER)
    read(text)
    assert SLIPS[sheets.OTHER].convention
    assert SLIPS[sheets.OTHER].says == "with the sum in place of the mean"


def _spoiled(change: Any) -> str:
    found = json.loads(data([sheets.made()], Manner("end")))
    change(found)
    return json.dumps(found)


NO_SHEETS: dict[str, Any] = {
    "nothing": "",
    "no JSON": "{",
    "another thing": "[1, 2]",
    "another form": '{"form": "dlcli sheet 9"}',
    "a form of another time": lambda one: one.update(form="dlcli sheet 9"),
    "no tasks": '{"form": "dlcli sheet 1"}',
    "a deep list": "[" * 100_000,
    "a field without a tolerance": lambda one: one["tasks"][0]["fields"][0].pop("tolerance"),
    "a tolerance by zero": lambda one: one["tasks"][0]["fields"][0].update(tolerance="1/0"),
    "a value of no kind": lambda one: one["tasks"][0]["solution"][0].update(value={"code": "x"}),
    "no line for a field": lambda one: one["tasks"][0].update(solution=[]),
    "points of no kind": lambda one: one["tasks"][0].update(points="many"),
}


@pytest.mark.parametrize("case", NO_SHEETS)
def test_what_is_no_sheet_is_refused(case: str) -> None:
    text = NO_SHEETS[case] if isinstance(NO_SHEETS[case], str) else _spoiled(NO_SHEETS[case])
    with pytest.raises(BadData):
        read(text)
