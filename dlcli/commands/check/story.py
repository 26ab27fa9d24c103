"""Marks as they are told: a line for what is worth a word, tables for a class."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from fractions import Fraction

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from dlcli.engines.base.slips import SLIPS
from dlcli.errors import printable
from dlcli.teaching.forms.plain import HEAD, solution_of
from dlcli.teaching.marking import Mark, Marked
from dlcli.teaching.school import Result, all_slips, handed_in, statistics
from dlcli.teaching.worked import words
from dlcli.views.story import Section

#: How a verdict looks, beside its words.
STYLES = {"right": "green", "carried": "green", "few": "yellow", "convention": "yellow"}


def marks(results: Sequence[Result], *, solution: bool, statistics: bool) -> list[RenderableType]:
    """Each hand-in, task by task; of a class the tasks and slips of all."""
    there = [one for one in results if one.source]
    parts: list[RenderableType] = [] if statistics else [_result(one, solution) for one in there]
    if (missing := [one.name for one in results if not one.source]) and not statistics:
        parts.append(Section("result", f"No hand-in of {len(missing)}", Text("; ".join(missing))))
    return parts + ([_statistics(results)] if statistics else [])


def percent(share: Fraction) -> str:
    """A share in percent, two decimals at most, halves rounded up.

    >>> percent(Fraction(2, 3)), percent(Fraction(1, 2))
    ('66.67 %', '50 %')
    """
    hundredths = int(share * 10000 + Fraction(1, 2))
    return f"{hundredths / 100:g} %"


def _result(one: Result, solution: bool) -> RenderableType:
    who = f"{one.name} ({one.source})" if one.name and one.source else one.name or one.source
    said = f"{words(one.earned)} of {words(one.sheet.points)} points, {percent(one.share)}"
    lines: list[RenderableType] = []
    if one.trouble:
        lines.append(Text(one.trouble, style="red"))
    else:
        for task in one.tasks:
            lines += _task(task, one, solution)
        lines += [Text(f"note: {note}", style="yellow") for note in one.notes]
        lines += [
            Text.assemble(("your slip: ", "bold"), f"{SLIPS[slip].says} ({slip}). {SLIPS[slip].instead}")
            for slip in one.slips
        ]
    return Section("result", who, Text(said), Group(*lines))


def _task(task: Marked, one: Result, solution: bool) -> Iterator[RenderableType]:
    number = one.tasks.index(task) + 1
    heading = f"Task {number}, {task.drawn.topic.name}: {words(task.earned)} of {words(task.points)}"
    if all(m.kind == "right" and not m.slips for m in task.marks):
        yield Text(f"{heading}, right", style="green")
    else:
        yield Text(heading)
        for alike in _alike(task.marks):
            first = alike[0]
            names = ", ".join(f"{number}.{one.field.name}" for one in alike)
            typed = ", ".join(f"'{one.typed.text}'" for one in alike)
            reason = first.reason().replace(f"'{first.typed.text}'", typed, 1)
            if len(alike) > 1:
                reason = reason.replace(f"{typed} is", f"{typed} are").replace(
                    f"{typed} has", f"{typed} have"
                )
            yield Text(f"  {names}: {reason}", style=STYLES.get(first.kind, "red"))
    if solution:
        yield from (
            Text(f"  {line.removeprefix(HEAD)}", style="dim") for line in solution_of(task.drawn.task)
        )


def _alike(marks: Sequence[Mark]) -> list[list[Mark]]:
    """The marks of what is not plainly right, those of one reason together."""
    found: dict[tuple[object, ...], list[Mark]] = {}
    for one in marks:
        if one.kind == "right" and not one.slips:
            continue
        reason = one.reason().replace(f"'{one.typed.text}'", "", 1)
        found.setdefault((one.kind, one.slips, one.yours, one.source, reason), []).append(one)
    return [*found.values()]


def _statistics(results: Sequence[Result]) -> RenderableType:
    table = Table("task", "topic", "mean", "discrimination", "most frequent slips", box=None, pad_edge=False)
    for one in statistics(results):
        slips = ", ".join(f"{name} {count}" for name, count in one.slips[:3])
        apart = "-" if one.discrimination is None else f"{one.discrimination:.2f}".replace("-", "−")
        table.add_row(
            str(one.number),
            one.topic,
            percent(Fraction(one.difficulty).limit_denominator(10**6)),
            apart,
            slips,
        )
    by_slip = Table("slip", "hand-ins", "theirs", "what comes out", box=None, pad_edge=False)
    for name, count, theirs in all_slips(results):
        by_slip.add_row(name, str(count), str(theirs), SLIPS[name].says)
    there = handed_in(results)
    mean = sum((one.share for one in there), Fraction(0)) / max(1, len(there))
    said = f"{counted(len(there), 'hand-in')}, {percent(mean)} on average"
    return Group(Section("result", "Tasks", Text(said), table), "", Section("result", "Slips", None, by_slip))


def counted(number: int, what: str) -> str:
    """So many of something.

    >>> counted(1, "hand-in"), counted(0, "hand-in")
    ('1 hand-in', '0 hand-ins')
    """
    return f"{number} {what}{'s' * (number != 1)}"


def as_csv(results: Sequence[Result]) -> str:
    """A row for each hand-in: points exact, percent, the points of each task, slips, notes."""
    count = max((len(one.tasks) for one in results), default=0)
    page = io.StringIO()
    out = csv.writer(page, lineterminator="\n")
    out.writerow(
        [
            "name",
            "file",
            "points",
            "of",
            "percent",
            *(f"task {i + 1}" for i in range(count)),
            "slips",
            "notes",
        ]
    )
    for one in results:
        tasks = [str(task.earned) for task in one.tasks]
        share = percent(one.share).removesuffix(" %")
        unread = [
            f"{n}.{m.field.name}"
            for n, task in enumerate(one.tasks, 1)
            for m in task.marks
            if m.kind == "unread"
        ]
        notes = [one.trouble] if one.trouble else [*one.notes]
        notes += [f"not understood: {', '.join(unread)}"] if unread else []
        row = [
            printable(one.name),
            one.source,
            str(one.earned),
            str(one.sheet.points),
            share,
            *tasks,
            *[""] * (count - len(tasks)),
        ]
        out.writerow([_harmless(cell) for cell in (*row, " ".join(one.slips), "; ".join(notes))])
    return page.getvalue()


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") and not cell[1:2].isdigit() else cell


def statistics_csv(results: Sequence[Result]) -> str:
    """A row for each task."""
    page = io.StringIO()
    out = csv.writer(page, lineterminator="\n")
    out.writerow(["task", "topic", "hand-ins", "difficulty", "discrimination", "slips"])
    for one in statistics(results):
        apart = "" if one.discrimination is None else f"{one.discrimination:.4f}"
        slips = " ".join(f"{name}:{count}" for name, count in one.slips)
        out.writerow([one.number, one.topic, one.count, f"{one.difficulty:.4f}", apart, slips])
    return page.getvalue()


def as_json(results: Sequence[Result]) -> str:
    """Every answer with its verdict; what was typed as it was typed, never the key."""
    found = [
        {
            "name": one.name,
            "file": one.source,
            "points": str(one.earned),
            "of": str(one.sheet.points),
            "slips": one.slips,
            "notes": [*one.notes, *([one.trouble] if one.trouble else [])],
            "answers": {
                f"{number}.{m.field.name}": {
                    "typed": m.typed.text,
                    "verdict": m.kind,
                    "slips": [*m.slips],
                    "share": str(m.share),
                    "reason": m.reason(),
                }
                for number, task in enumerate(one.tasks, 1)
                for m in task.marks
            },
        }
        for one in results
    ]
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"
