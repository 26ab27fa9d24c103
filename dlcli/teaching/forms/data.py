"""Sheets as JSON: everything that they are, to be marked, and written in other forms, later.

Without solutions there are no keys, and what is left is what a student may have: ``answers`` is to be
filled in, and ``check`` reads it.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from fractions import Fraction
from typing import Any

from dlcli.engines.base.exact import Log
from dlcli.engines.base.slips import SLIPS, Slip
from dlcli.errors import BadData
from dlcli.teaching.drawing import Drawn
from dlcli.teaching.forms.manner import Manner
from dlcli.teaching.sheet import Item, Sheet
from dlcli.teaching.task import Block, Field, Grid, Lines, Pen, Say, Task
from dlcli.teaching.topic import Topic
from dlcli.teaching.worked import ATOM, Worked

#: What a file says that it is.
FORM = "dlcli sheet 1"


def data(sheets: Sequence[Sheet], manner: Manner) -> str:
    """A sheet as an object, several as a list of them."""
    made = [_sheet(one, bool(manner.solutions)) for one in sheets]
    text = json.dumps(made[0] if len(made) == 1 else made, ensure_ascii=False, indent=1) + "\n"
    return re.sub("[\ud800-\udfff]", lambda half: f"\\u{ord(half[0]):04x}", text)  # no UTF-8 has these


def read(text: str, source: str = "JSON") -> list[Sheet]:
    """The sheets of such a file, which has their solutions.

    Their tasks solve themselves from what is stored: keys, slips and worked lines are as written.

    Raises ``BadData`` for what is no such file.
    """
    try:
        found = json.loads(text)
        listed = found if isinstance(found, list) else [found]
        if any(one.get("form") != FORM for one in listed):
            raise BadData(f'{source}: expected "form": "{FORM}", as dlcli exercise -f json writes it')
        return [_read(one) for one in listed]
    except (ValueError, ArithmeticError, RecursionError, LookupError, TypeError, AttributeError) as error:
        raise BadData(f"{source}: no sheet of dlcli with its solutions: {str(error)[:80]}") from error


def _sheet(sheet: Sheet, solved: bool) -> dict[str, Any]:
    return {
        "form": FORM,
        "title": sheet.title,
        "name": sheet.name,
        "line": sheet.line,
        "answers": {name: "" for item in sheet.items for name in item.names},
        "tasks": [_item(one, solved) for one in sheet.items],
    }


def _item(item: Item, solved: bool) -> dict[str, Any]:
    drawn, task = item.drawn, item.drawn.task
    topic = drawn.topic
    made: dict[str, Any] = {
        "number": item.number,
        "topic": topic.name,
        "title": topic.title,
        "chapter": topic.chapter,
        "level": drawn.level,
        "name": drawn.name,
        "counter": drawn.counter,
        "points": str(item.points),
        "blocks": [_block(one) for one in task.blocks],
        "fields": [asdict(one) | {"tolerance": str(one.tolerance)} for one in task.fields],
    }
    if solved:
        made |= {
            "key": [_value(one) for one in task.key],
            "slips": {
                name: {
                    "answers": [_value(one) for one in answers],
                    "says": SLIPS[name].says,
                    "instead": SLIPS[name].instead,
                    "convention": SLIPS[name].convention,
                }
                for name, answers in task.wrong.items()
            },
            "solution": list(_lines(task)),
            "formula": task.formula,
            "line": task.line,
            "targets": list(task.targets),
            "idea": topic.idea,
        }
    return made


def _lines(task: Task) -> Iterator[dict[str, Any]]:
    """The lines of the solution, each with what slips make of it."""
    slipped = {name: {one.name: one for one in task.lines((name,))} for name in task.wrong}
    for line in task.lines():
        slips = {
            name: {"value": _value(other[line.name].value), "text": other[line.name].text}
            for name, other in slipped.items()
            if line.name in other and other[line.name].value != line.value
        }
        yield {"name": line.name, "value": _value(line.value), "text": line.text, "slips": slips}


def _block(one: Block) -> dict[str, Any]:
    if isinstance(one, Say):
        return {"say": one.text}
    if isinstance(one, Grid):
        return {"table": one.name, "rows": one.rows, "across": one.across, "down": one.down}
    return {"lines": one.lines, "numbered": one.numbered}


def _value(value: Any) -> Any:
    """A value whose kind comes back: words and whole numbers are themselves, others say what they are.

    >>> _value(3), _value(Fraction(1, 3)), _value(1 - 2j), _value(("a", "b"))
    (3, {'fraction': '1/3'}, {'complex': [1.0, -2.0]}, ['a', 'b'])
    """
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Log):
        return {"ln": str(value.of)}
    if isinstance(value, Fraction):
        return {"fraction": str(value)}
    if isinstance(value, complex):
        return {"complex": [value.real, value.imag]}
    if isinstance(value, int):
        return int(value)
    made = float(value)
    return made if math.isfinite(made) else {"float": str(made)}


def _valued(stored: Any) -> Any:
    if isinstance(stored, list):
        return tuple(map(str, stored))
    if not isinstance(stored, Mapping):
        return stored
    ((kind, value),) = stored.items()
    if kind == "complex":
        return complex(*value)
    if kind == "ln":
        return Log(Fraction(value))
    return {"fraction": Fraction, "float": float}[kind](value)


def _read(stored: Mapping[str, Any]) -> Sheet:
    items = tuple(map(_read_item, stored["tasks"]))
    return Sheet(items, str(stored["title"]), str(stored["name"]), str(stored["line"]))


def _read_item(stored: Mapping[str, Any]) -> Item:
    for name, slip in stored[
        "slips"
    ].items():  # those of an exercise of somebody's own are known from here on
        says, instead = str(slip["says"]), str(slip["instead"])
        SLIPS.setdefault(name, Slip(name, says, instead, _no_slip, bool(slip["convention"])))
    title, level = str(stored["title"]), int(stored["level"])
    topic = Topic(
        str(stored["topic"]), title, "", ("", "", ""), stored["idea"], _no_draw, chapter=stored["chapter"]
    )
    task = _read_task(stored)
    if task.key != tuple(map(_valued, stored["key"])):
        raise ValueError(f"the solution of task {stored['number']} does not lead to its key")
    drawn = Drawn(topic, level, str(stored["name"]), int(stored["counter"]), task, 1)
    return Item(int(stored["number"]), drawn, Fraction(stored["points"]))


def _no_slip(*numbers: Any) -> Any:
    raise ValueError("this slip comes from a file; it is known by what it gave there")


def _no_draw(dice: Any, level: int) -> Task:
    raise ValueError("this task comes from a file; nothing is drawn")


def _read_task(stored: Mapping[str, Any]) -> Task:
    lines = stored["solution"]

    def solve(pen: Pen) -> None:
        pen.known.update(dict.fromkeys(stored["slips"]))  # in their order, whichever line shows them first
        for line in lines:
            slips = {name: _stored(one) for name, one in line["slips"].items()}
            pen(line["name"], _stored(line), slips, line["text"])

    fields = tuple(
        Field(
            one["name"],
            Fraction(one["tolerance"]),
            one["form"],
            tuple(one["options"]),
            one["says"],
            one["unit"],
        )
        for one in stored["fields"]
    )
    blocks = tuple(map(_read_block, stored["blocks"]))
    return Task(blocks, fields, solve, stored["formula"], {}, stored["line"], tuple(stored["targets"]))


def _stored(stored: Mapping[str, Any]) -> Any:
    """The value of a line, with the text of its calculation."""
    value, text = _valued(stored["value"]), str(stored["text"])
    return value if isinstance(value, str | tuple) else Worked(value, lambda: (text, ATOM))


def _read_block(stored: Mapping[str, Any]) -> Block:
    if "say" in stored:
        return Say(stored["say"])
    if "table" in stored:
        rows = tuple(map(tuple, stored["rows"]))
        return Grid(stored["table"], rows, tuple(stored["across"]), tuple(stored["down"]))
    return Lines(tuple(stored["lines"]), bool(stored["numbered"]))
