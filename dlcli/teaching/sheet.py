"""A sheet: the tasks that a plan gives one person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from dlcli.teaching.dice import plain_name
from dlcli.teaching.drawing import Drawn, draw
from dlcli.teaching.marking import Policy
from dlcli.teaching.topic import Topic

#: So often a task is drawn again that the sheet has already; a topic may have no others.
AGAIN = 20


@dataclass(frozen=True)
class Entry:
    """So many tasks of one topic, each worth so many points."""

    topic: Topic
    level: int = 2
    count: int = 1
    points: Fraction = Fraction(1)


@dataclass(frozen=True)
class Plan:
    """What everybody's sheet has, and how it is marked."""

    entries: tuple[Entry, ...]
    title: str = ""
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True)
class Item:
    """One task of a sheet with its number, from 1 on."""

    number: int
    drawn: Drawn
    points: Fraction

    @property
    def names(self) -> tuple[str, ...]:
        """What its answers are called on the sheet: ``2.y[0,1]``."""
        return tuple(f"{self.number}.{one.name}" for one in self.drawn.task.fields)


@dataclass(frozen=True)
class Sheet:
    """The tasks of one person; ``line`` are the words that make it again, where anybody may know them."""

    items: tuple[Item, ...]
    title: str = ""
    name: str = ""
    line: str = ""

    @property
    def points(self) -> Fraction:
        """All that can be earned."""
        return sum((one.points for one in self.items), Fraction(0))

    @property
    def topics(self) -> tuple[str, ...]:
        """Its topics, each once."""
        return tuple(dict.fromkeys(one.drawn.topic.name for one in self.items))


def sheet(plan: Plan, secret: str, name: str = "", line: str = "") -> Sheet:
    """Draw the tasks of a plan for a name; one that is there already is drawn again."""
    drawn: Counter[str] = Counter()
    items: list[Item] = []
    seen: set[str] = set()
    for entry in plan.entries:
        for _ in range(entry.count):
            for _ in range(AGAIN):
                one = draw(entry.topic, entry.level, secret, name, drawn[entry.topic.name])
                drawn[entry.topic.name] += 1
                asked = repr((one.task.blocks, one.task.fields))
                if asked not in seen:
                    break
            seen.add(asked)
            items.append(Item(len(items) + 1, one, entry.points))
    return Sheet(tuple(items), plan.title, plain_name(name), line)


def sheets(plan: Plan, secret: str, names: Sequence[str], line: str = "") -> list[Sheet]:
    """A sheet for each name."""
    return [sheet(plan, secret, name, line) for name in names]
