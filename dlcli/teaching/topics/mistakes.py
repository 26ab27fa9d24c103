"""Find the mistake: a solution of any other topic, in which one line has a slip that is carried on."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from operator import itemgetter
from typing import Any

from dlcli.engines.base import proof_slips  # noqa: F401  (its slips are named below)
from dlcli.engines.base.slips import SLIPS
from dlcli.teaching.dice import Dice
from dlcli.teaching.drawing import counts
from dlcli.teaching.task import Field, Line, Lines, Pen, Say, Task, near
from dlcli.teaching.topic import Topic, topic, topics
from dlcli.teaching.topics.slipping import those, turned_into
from dlcli.teaching.worked import given, words

NAME = "find-mistake"

#: The level of the tasks that are solved, and how many lines a solution has at least, at most.
LEVEL, FEW, MANY = 2, 3, 12

#: How near a right value is, where it is no short decimal.
NEAR = Fraction(1, 1000)


class SlipOnce(Pen):
    """A pen that slips in one line and is right in all others."""

    def __init__(self, slip: str, place: int) -> None:
        super().__init__()
        self._slip, self._place = slip, place

    def __call__(self, *words: Any, **named: Any) -> Any:
        """Write a line."""
        self.mistakes = frozenset((self._slip,) if len(self.lines) == self._place else ())
        return super().__call__(*words, **named)

    def table(self, *words: Any, **named: Any) -> Any:
        """Write a table, in which one cell may be the line."""
        self.mistakes = frozenset((self._slip,))
        return super().table(*words, **named)


@dataclass(frozen=True)
class Flawed:
    """A solution with a slip in one line: ``wrong`` are the places of that line and of what carries it on."""

    slip: str
    right: list[Line]
    shown: list[Line]
    wrong: list[int]


@topic(
    NAME,
    "Find the mistake",
    notes="all",
    levels=("nothing follows from it", "early, and carried on", "one of two slips"),
    idea="Compute line by line from what stands above it; the first that does not come out is the one.",
    products=24,
    digits=6,
)
def find_mistake(dice: Dice, level: int) -> Task:
    """Any topic, any slip of it, one line."""
    return _flawed_task(dice, level)


@cache
def _sources() -> tuple[Topic, ...]:
    """The topics whose solutions have lines enough, all of them numbers."""
    found = []
    for one in topics().values():
        if one.name == NAME:
            continue
        lines = one.draw(Dice("sources", one.name), LEVEL).lines()
        if FEW <= len(lines) <= MANY and not any(isinstance(line.value, str | tuple) for line in lines):
            found.append(one)
    return tuple(found)


def _flawed_task(dice: Dice, level: int) -> Task:
    while True:
        source = dice.one(_sources())
        task = source.draw(dice, LEVEL)
        if not counts(task, task.targets, source):
            continue
        flawed: list[Flawed] = []
        for slip in dice.mixed([one for one in task.slips if not SLIPS[one].convention]):
            made = _flawed(dice, task, slip, level)
            if made and not any(SLIPS[slip].says == SLIPS[one.slip].says for one in flawed):
                flawed.append(made)
            if len(flawed) > (level == 3):
                return _asked(dice, level, source, task, flawed)


def _flawed(dice: Dice, task: Task, slip: str, level: int) -> Flawed | None:
    """The solution with a slip in one of the lines that know it; None where none shows."""
    right = task.lines()
    try:
        places = [place for place, line in enumerate(task.lines((slip,))) if line.slip == slip]
        pen = SlipOnce(slip, dice.one(places))
        task.solve(pen)
    except (ZeroDivisionError, ValueError, OverflowError, IndexError):
        return None
    if len(pen.lines) != len(right) or any(isinstance(one.value, str | tuple | complex) for one in pen.lines):
        return None
    wrong = [
        place
        for place, (one, other) in enumerate(zip(pen.lines, right, strict=True))
        if not near(one.value, other.value, NEAR, 5)
    ]
    if not wrong or pen.lines[wrong[0]].slip != slip:
        return None
    follows = len(wrong) > 1
    return Flawed(slip, right, pen.lines, wrong) if follows == (level > 1) and wrong[0] > 0 else None


def _asked(dice: Dice, level: int, source: Topic, task: Task, flawed: list[Flawed]) -> Task:
    """The task with its flawed solution."""
    one = flawed[0]
    values, shown = [line.value for line in one.right], [line.value for line in one.shown]
    first = one.wrong[0]
    says = [SLIPS[each.slip].says for each in flawed[:2]]

    def solve(pen: Pen) -> None:
        for place, line in enumerate(one.right[:first], 1):
            pen(f"({place}) {line.name}", line.made)
        wrong = those("find.before", one.wrong, values) | those("find.kept", one.wrong, shown)
        if level > 1:
            wrong |= those("find.carried", one.wrong, values)
        for place, (name, right) in enumerate((("line", given(first + 1)), ("value", one.right[first].made))):
            pen(
                name,
                right,
                turned_into(turned_into(wrong, itemgetter(place)), given),
            )
        if level == 3:
            pen("what", says[0], those("find.other", *says), "that is what line and value show")

    seen = (
        values[first],
        values[first - 1],
        shown[first],
        values[one.wrong[-1]],
        values[one.wrong[level > 1]],
    )
    exact = all(isinstance(each, int | Fraction) and "/" not in words(each) for each in seen)
    value = Field("value") if exact else Field("value", NEAR, says="to 3 decimals")
    what = (Field("what", form="choice", options=tuple(dice.mixed(says))),) * (level == 3)
    after = {1: "", 2: " and carried on", 3: " and carried on"}[level]
    ask = " Also say which of two things happened there." * (level == 3)
    return Task(
        (
            Say(f"This task was solved by the lines below it. In one line a mistake was made{after}:"),
            *task.blocks,
            Lines(tuple(map(str, one.shown)), numbered=True),
            Say(
                "Give the number of the line in which the mistake was made, and the value that this line "
                f"should have.{ask}"
            ),
        ),
        (Field("line", says="its number"), value, *what),
        solve,
        task.formula,
        {
            "topic": [source.name],
            "task": {**task.given, "level": LEVEL},
            "fields": [each.name for each in task.fields],
            "right": [(line.name, line.value) for line in one.right],
            "shown": [(line.name, line.value) for line in one.shown],
            "says": says[:1],
        },
        "",
        ("find.before", "find.kept") + ("find.carried",) * (level > 1) + ("find.other",) * (level == 3),
    )
