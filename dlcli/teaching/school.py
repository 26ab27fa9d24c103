"""A class: whose hand-in a file is, what everybody earned, and what the tasks and the slips of all show."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import PurePath

from dlcli.teaching.course import Person
from dlcli.teaching.dice import plain_name
from dlcli.teaching.handin import HandIn
from dlcli.teaching.marking import Mark, Marked, Policy, mark, slips_of, together
from dlcli.teaching.reading import TROUBLE, TWICE, writes_commas
from dlcli.teaching.sheet import Item, Sheet

#: What Moodle puts behind the name of a person in the file name of a hand-in.
MOODLE = re.compile(r"_\d+_assignsubmission.*$")


@dataclass(frozen=True)
class Result:
    """One hand-in, marked; ``trouble`` says why it could not be."""

    source: str
    name: str
    sheet: Sheet
    tasks: tuple[Marked, ...]
    notes: tuple[str, ...] = ()
    trouble: str = ""

    @property
    def earned(self) -> Fraction:
        """Its points, exact."""
        return sum((one.earned for one in self.tasks), Fraction(0))

    @property
    def share(self) -> Fraction:
        """Its part of all points."""
        return self.earned / self.sheet.points if self.sheet.points else Fraction(0)

    @property
    def slips(self) -> list[str]:
        """The slips that are called theirs."""
        return sorted(slips_of(self.tasks))


def marked(sheet: Sheet, handin: HandIn, policy: Policy) -> Result:
    """Mark a hand-in against the sheet that it answers."""
    known = {name for item in sheet.items for name in item.names}
    notes = list(handin.notes)
    answers = _answers(handin, sheet, known)
    if strange := [name for name in handin.answers if name not in known and name not in answers.taken]:
        more = f" and {len(strange) - 3} more" if len(strange) > 3 else ""
        notes.append(f"no such answer on this sheet: {', '.join(strange[:3])}{more}")
    if odd := [name for name in dict.fromkeys(handin.odd) if name in known and not answers.found.get(name)]:
        notes.append(f"a line that names {', '.join(odd[:3])} was not understood: write {odd[0]} = …")
    if handin.name and sheet.name and plain_name(handin.name).casefold() != sheet.name.casefold():
        notes.append(f"it says that it is from {handin.name}; it is marked as that of {sheet.name}")
    comma = writes_commas(
        answers.found.get(name, "")
        for item in sheet.items
        for name, one in zip(item.names, item.drawn.task.fields, strict=True)
        if one.form == "number"
    )
    tasks = [
        mark(
            item.drawn,
            {
                one.name: answers.found.get(name, "")
                for one, name in zip(item.drawn.task.fields, item.names, strict=True)
            },
            item.points,
            policy,
            comma=comma,
        )
        for item in sheet.items
    ]
    return Result(handin.source, sheet.name, sheet, tuple(together(tasks)), tuple(notes))


@dataclass
class _Found:
    found: dict[str, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)


def _answers(handin: HandIn, sheet: Sheet, known: set[str]) -> _Found:
    """Answers by the names of the sheet; a whole table may stand behind its name, row by row.

    A task with one answer, or one table, is known by its number, too; letters may be large or small.
    """
    made = _Found()
    plainly = {name.casefold(): name for name in known}
    plainly |= {str(item.number): _alone(item) for item in sheet.items if _alone(item)}
    plainly |= {
        f"{item.number}.{table}".casefold(): f"{item.number}.{table}"
        for item in sheet.items
        for table in _tables(item)
    }
    given: dict[str, str] = {}
    for typed, text in (*handin.loose.items(), *handin.answers.items()):
        name = plainly.get(typed.casefold(), "")
        made.taken.update([typed] if name else [])
        if name and (text or name not in given or typed in handin.answers):
            given[name] = text
    for item in sheet.items:
        for table in _tables(item):
            whole = given.get(f"{item.number}.{table}", "")
            cells = {
                name: one.cell
                for name, one in zip(item.names, item.drawn.task.fields, strict=True)
                if one.table == table
            }
            if whole and any(given.get(name) for name in cells):
                made.found.update(dict.fromkeys(cells, TWICE))
            elif whole:
                columns = 1 + max(cell[-1] for cell in cells.values())
                values = values_of(whole, columns)
                fits = len(values) == len(cells)
                told = f"{TROUBLE}{len(values)} value{'s' * (len(values) != 1)} for {len(cells)} cells"
                made.found.update(zip(cells, values, strict=True) if fits else dict.fromkeys(cells, told))
            if whole:
                for name in cells:
                    given.pop(name, None)
    made.found = {**given, **made.found}
    return made


def _tables(item: Item) -> list[str]:
    return [*dict.fromkeys(one.table for one in item.drawn.task.fields if one.table)]


def _alone(item: Item) -> str:
    """The only answer of a task, or its only table."""
    fields, tables = item.drawn.task.fields, _tables(item)
    if len(fields) == 1:
        return item.names[0]
    return f"{item.number}.{tables[0]}" if len(tables) == 1 and all(one.table for one in fields) else ""


def values_of(text: str, columns: int) -> list[str]:
    """The values of a table that was typed in one go, its rows apart by semicolons, brackets or lines.

    >>> values_of("1 2; 3 4", 2), values_of("[[1, 2], [3, 4]]", 2), values_of("0,5 1; 2 3", 2)
    (['1', '2', '3', '4'], ['1', '2', '3', '4'], ['0,5', '1', '2', '3'])
    >>> values_of("0,0;3,10", 2), values_of("1 | 2 ; 3 | 4", 2)
    (['0', '0', '3', '10'], ['1', '2', '3', '4'])
    """
    found: list[str] = []
    for row in re.split(r"[;\n]|[\])}]\s*,?\s*[\[({]", text):
        inner = row.strip("[](){} ,|")
        parts = [one.strip(",") for one in re.split(r"[\s|]+", inner) if one.strip(",")]
        if len(parts) == 1 < columns == len(inner.split(",")):
            parts = inner.split(",")
        found += parts
    return found


def person_of(source: str, people: Sequence[Person]) -> Person | None:
    """Whose hand-in a file is, by its name; None where it is nobody's, or of more than one.

    >>> ada = Person("Ada Lovelace", ("Ada Lovelace", "ada@x.org"))
    >>> files = "in/ada_lovelace.txt", "Ada Lovelace_17_assignsubmission_file.txt"
    >>> [person_of(one, [ada]) is ada for one in files]
    [True, True]
    >>> person_of("grace.txt", [ada])
    """
    path = PurePath(source)
    named = [MOODLE.sub("", path.name) if MOODLE.search(path.name) else path.stem]
    if MOODLE.search(path.parent.name):
        named.append(MOODLE.sub("", path.parent.name))
    for stem in named:
        found = [one for one in people if _key(stem) in {_key(word) for word in (one.name, *one.others)}]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _key(text: str) -> str:
    made = unicodedata.normalize("NFC", text).casefold()
    return re.sub(r"[\W_]+", "", made)


@dataclass(frozen=True)
class TaskStatistics:
    """What all hand-ins show of one task of the sheet.

    ``difficulty`` is the mean share of its points, as in classical test theory high where it is easy;
    ``discrimination`` the correlation of that share with the points for all other tasks, None where one of
    them does not vary.
    """

    number: int
    topic: str
    count: int
    difficulty: float
    discrimination: float | None
    slips: tuple[tuple[str, int], ...]


def handed_in(results: Sequence[Result]) -> list[Result]:
    """Those that somebody of the class handed in, what could not be read among them."""
    return [one for one in results if one.source and one.tasks]


def statistics(results: Sequence[Result]) -> list[TaskStatistics]:
    """Difficulty and discrimination of each task, and its slips, the most frequent first."""
    made = []
    whole = handed_in(results)
    for place, item in enumerate(whole[0].sheet.items if whole else ()):
        shares = [float(one.tasks[place].earned / item.points) if item.points else 0.0 for one in whole]
        others = [float(one.earned - one.tasks[place].earned) for one in whole]
        slips = Counter(
            slip for one in whole for slip in {s for m in one.tasks[place].marks for s in _sure(m)}
        )
        made.append(
            TaskStatistics(
                item.number,
                item.drawn.topic.name,
                len(whole),
                sum(shares) / len(shares),
                correlation(shares, others),
                tuple(sorted(slips.items(), key=lambda one: (-one[1], one[0]))),
            )
        )
    return made


def all_slips(results: Sequence[Result]) -> list[tuple[str, int, int]]:
    """Each slip of the class, how many hand-ins have it, and in how many it is called theirs."""
    people: Counter[str] = Counter()
    theirs: Counter[str] = Counter()
    for one in results:
        people.update({s for task in one.tasks for m in task.marks for s in _sure(m)})
        theirs.update(one.slips)
    return sorted(
        ((name, count, theirs[name]) for name, count in people.items()), key=lambda one: (-one[1], one[0])
    )


def _sure(one: Mark) -> tuple[str, ...]:
    """The slip behind an answer, where it is one alone."""
    return one.slips if one.kind in ("slip", "convention") and len(one.slips) == 1 else ()


def correlation(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Pearson's correlation; None where one of them does not vary.

    >>> correlation([0, 1, 2], [1, 3, 5]), correlation([1, 1], [0, 1])
    (1.0, None)
    """
    count = len(one)
    if count < 2:
        return None
    a, b = sum(one) / count, sum(other) / count
    across = sum((x - a) * (y - b) for x, y in zip(one, other, strict=True))
    spread = (sum((x - a) ** 2 for x in one) * sum((y - b) ** 2 for y in other)) ** 0.5
    return None if spread < 1e-12 else round(across / spread, 12)
