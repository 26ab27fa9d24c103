"""What a teacher writes down once: the tasks of a week, how they are marked, and who is in the class."""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any

from dlcli.engines.base.slips import SLIPS
from dlcli.errors import BadData, printable
from dlcli.teaching.dice import plain_name
from dlcli.teaching.marking import Policy
from dlcli.teaching.reading import Unreadable, number
from dlcli.teaching.sheet import Entry, Plan
from dlcli.teaching.topic import LEVELS, Topic, topics
from dlcli.words.near import did_you_mean

#: So many tasks of one kind, and in all.
MOST = 200

#: Columns of a class list that say who somebody is; of one without them the first column does.
NAMES = ("name", "student", "full name")

#: Columns of the lists that platforms give out, of which none is a whole name.
COLUMN = re.compile(r"(?:first|last|given|family|sur)[ -]?names?|e-?mail(?: address)?"
                    r"|(?:student |user )?(?:id|number)"
                    r"|user ?name|groups?|institution|department|course")  # fmt: skip


@dataclass(frozen=True)
class Person:
    """One of the class: the name that the sheet is for, and what else may stand for it."""

    name: str
    others: tuple[str, ...] = ()


def plan_of(text: str, source: str, topic: Callable[[str], Topic]) -> Plan:
    """The plan that a TOML file holds.

    ``title``, then a ``[[task]]`` each: ``topic`` or the path of an exercise's file, ``level`` (2), ``count``
    (1), ``points`` (1, also as "1/2"); ``[marks]`` says what is given for ``few`` digits and for what is
    ``carried`` forward, and which conventions to ``accept``.

    Raises ``BadData`` for what is not to be there, or is not as it is to be.
    """
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadData(f"{source}: no TOML: {error}") from error
    _check(found, ("title", "task", "marks"), source)
    tasks = found.get("task", [])
    if not isinstance(tasks, list) or not tasks:
        raise BadData(f'{source}: no tasks: write [[task]] and below it topic = "conv-cell"')
    entries = []
    for place, one in enumerate(tasks, 1):
        where = f"{source}: task {place}"
        if not isinstance(one, dict):
            raise BadData(f"{where}: write [[task]] and below it topic, level, count, points")
        _check(one, ("topic", "level", "count", "points"), where)
        word = one.get("topic")
        if not isinstance(word, str):
            raise BadData(f"{where} has no topic")
        entries.append(
            Entry(
                topic(word),
                _whole(one.get("level", 2), f"{where}: level", LEVELS[0], LEVELS[-1]),
                _whole(one.get("count", 1), f"{where}: count", 1, MOST),
                _share(one.get("points", 1), f"{where}: points", None),
            )
        )
    if sum(one.count for one in entries) > MOST:
        raise BadData(f"{source}: more than {MOST} tasks on a sheet")
    return Plan(tuple(entries), str(found.get("title", "")), policy_of(found.get("marks", {}), source))


def policy_of(marks: Mapping[str, Any], source: str) -> Policy:
    """How a plan marks what is not plainly right or wrong."""
    _check(marks, tuple(one.name for one in fields(Policy)), f"{source}: [marks]")
    listed = marks.get("accept", [])
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        raise BadData(f'{source}: accept: write a list, as in ["gru.z"]')
    accepted = frozenset(listed)
    check_conventions(accepted, f"{source}: accept")
    usual = Policy()
    return Policy(
        _share(marks.get("few", usual.few), f"{source}: few", 1),
        _share(marks.get("carried", usual.carried), f"{source}: carried", 1),
        accepted,
    )


def check_conventions(names: frozenset[str], where: str) -> None:
    """Raise ``BadData`` for what is no convention: a slip is one, but it is never accepted."""
    topics()  # their modules name the slips
    known = [name for name, one in SLIPS.items() if one.convention]
    for name in names:
        if name not in known:
            why = "is a slip, not a convention" if name in SLIPS else "is no convention"
            raise BadData(f"{where}: {name!r} {why}: {did_you_mean(name, known, ', '.join(known))}")


def people_of(text: str, source: str) -> list[Person]:
    """The class: a name on each line, or a table with a column ``name``.

    Raises ``BadData`` for a name that stands there twice.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    divider = max(",;\t", key=(lines[0] if lines else "").count)
    rows = [
        [cell.strip() for cell in row] for row in csv.reader(io.StringIO("\n".join(lines)), delimiter=divider)
    ]
    heads = [cell.lower() for cell in rows[0]] if rows else []
    column = next((heads.index(name) for name in NAMES if name in heads), None)
    others = [cell for cell in heads if COLUMN.fullmatch(cell)]
    if column is None and len(others) == len(heads) > 1:
        raise BadData(f"{source}: no column 'name' among {', '.join(map(printable, rows[0]))}: call one so")
    people = [
        Person(plain_name(row[column or 0]), tuple(filter(None, row)))
        for row in (rows if column is None else rows[1:])
        if len(row) > (column or 0) and row[column or 0]
    ]
    seen: set[str] = set()
    for one in people:
        if one.name.casefold() in seen:
            raise BadData(f"{source}: {printable(one.name)!r} stands there twice: add what tells them apart")
        seen.add(one.name.casefold())
    if not people:
        raise BadData(f"{source}: no names: write one on each line, or a table with a column 'name'")
    return people


def _check(found: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    if not isinstance(found, dict):
        raise BadData(f"{where}: a table is wanted, with {', '.join(known)}")
    for key in found:
        if key not in known:
            raise BadData(
                f"{where}: unknown {printable(key)!r}: {did_you_mean(key, known, ', '.join(known))}"
            )


def _whole(value: Any, where: str, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise BadData(f"{where}: {value!r} is no whole number from {least} to {most}")
    return value


def _share(value: Any, where: str, most: int | None) -> Fraction:
    try:
        made = number(str(value))[0]
    except Unreadable:
        made = None
    if not isinstance(made, int | Fraction) or made < 0 or (most is not None and made > most) or made > 1000:
        raise BadData(
            f'{where}: {value!r} is no number from 0 {f"to {most}" if most else "on"}, such as 1 or "1/2"'
        )
    return Fraction(made)
