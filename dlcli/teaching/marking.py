"""What an answer is worth, and why: read, compared with the key, and with what each slip would give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations
from math import factorial
from typing import Any, Literal

from dlcli.engines.base.slips import SLIPS
from dlcli.teaching.drawing import Drawn
from dlcli.teaching.reading import Typed, typed
from dlcli.teaching.task import Field, Task, near

#: What can be said of one answer.
Kind = Literal["right", "empty", "unread", "few", "convention", "slip", "carried", "pair", "unknown"]

#: A table with so many cells, all but one of them wrong, that agree with one slip is no chance.
MAP = 4

#: What comes out of a slip may be typed with so many decimals or more, however many it has.
ROUNDED = 2

#: So many decimals are a program's.
PRINTED = 12

#: A key that may be rounded to a whole number and is then still known by it.
LARGE = 100

#: Neither are so many tasks, where no wrong answer speaks against it ...
TASKS = 2

#: ... and where guesses would agree more seldom than this; one number, guessed, agrees so often.
CHANCE, GUESS = Fraction(1, 500), Fraction(1, 25)


@dataclass(frozen=True)
class Policy:
    """What is given for what is not right; ``accept`` are conventions that count as right."""

    few: Fraction = Fraction(1, 2)
    carried: Fraction = Fraction(1)
    accept: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Mark:
    """What is said of one answer: its share of full marks, and the slips that explain it.

    ``yours`` says that the slip is no chance: a whole table or another task has it, too. ``source`` is the
    earlier answer from which it was carried forward.
    """

    field: Field
    typed: Typed
    kind: Kind
    share: Fraction
    slips: tuple[str, ...] = ()
    source: str = ""
    yours: bool = False

    def reason(self) -> str:
        """One line on it, without the key."""
        said = f"'{self.typed.text}'"
        if self.kind == "right":
            named = f" ({SLIPS[self.slips[0]].says}, which is accepted)" if self.slips else ""
            return f"right{named}"
        if self.kind == "empty":
            return "no answer"
        if self.kind == "unread":
            return self.typed.trouble
        if self.kind == "few":
            return f"{said} has too few digits: {self.field.says or 'all of them can be written'}"
        if self.kind == "carried":
            return f"right from {self.source}: carried forward"
        if self.kind == "unknown":
            return f"{said} is not right"
        what = " or ".join(SLIPS[one].says for one in self.slips)
        if self.kind == "pair":
            what = " and ".join(SLIPS[one].says for one in self.slips)
        if self.kind == "convention":
            return f"{said} is what comes out {what}: another convention than the task's"
        if self.yours:
            return f"{said}: your slip: it comes out {what}"
        return f"{said} is what comes out {what}"


@dataclass(frozen=True)
class Marked:
    """One task with its answers marked; ``points`` are what it is worth."""

    drawn: Drawn
    marks: tuple[Mark, ...]
    points: Fraction = Fraction(1)

    @property
    def earned(self) -> Fraction:
        """Points for it, exact."""
        return self.points * sum((one.share for one in self.marks), Fraction(0)) / len(self.marks)

    @property
    def right(self) -> bool:
        """Whether every answer has full marks."""
        return all(one.share == 1 for one in self.marks)

    def slips(self) -> Counter[str]:
        """How many of its answers each slip explains alone."""
        found = [one.slips[0] for one in self.marks if one.kind == "slip" and len(one.slips) == 1]
        return Counter(found)


def mark(
    drawn: Drawn,
    answers: Mapping[str, str],
    points: Fraction = Fraction(1),
    policy: Policy | None = None,
    *,
    comma: bool = False,
) -> Marked:
    """Mark the answers to one task, by the names of its fields; what is not among them is empty.

    ``comma`` says that they have a comma before decimals.
    """
    task, policy = drawn.task, policy or Policy()
    read = tuple(typed(answers.get(one.name, ""), one, comma=comma) for one in task.fields)
    return Marked(drawn, tuple(_marks(task, read, policy)), points)


def _marks(task: Task, read: Sequence[Typed], policy: Policy) -> list[Mark]:
    marks: list[Mark | None] = [
        _plainly(*one, policy) for one in zip(task.fields, read, task.key, strict=True)
    ]
    if None not in marks:
        return [one for one in marks if one]
    whole = _agreeing(task.wrong, task, read, range(len(read)))
    if whole:  # what is short of the key is then no rounded key: the others say what it is
        marks = [None if one and one.kind == "few" else one for one in marks]
    if conventions := [one for one in whole if SLIPS[one].convention]:
        return _explained(task, read, marks, conventions, "convention", policy)
    marks = _carried(task, read, marks, policy)
    if whole:
        return _explained(task, read, marks, whole, "slip", policy)
    left = [place for place, one in enumerate(marks) if one is None]
    if not left:
        return [one for one in marks if one]
    wrong = {
        one.field.name: one.typed.value if one else read[place].value
        for place, one in enumerate(marks)
        if one and one.kind in ("carried", "few")
    } | {task.fields[place].name: read[place].value for place in left}
    local = _from_earlier(task, wrong)
    if here := _agreeing(local, task, read, left):
        kind: Kind = "convention" if all(SLIPS[one].convention for one in here) else "slip"
        return _explained(task, read, marks, here, kind, policy)
    if len(read) >= MAP:
        pairs = {
            both: made for both in combinations(task.wrong, 2) if (made := task.answers(both)) is not None
        }
        agreeing = _agreeing(pairs, task, read, range(len(read)))
        if len(agreeing) == 1:
            return _explained(task, read, marks, agreeing[0], "pair", policy)
    return [one or _alone(task, local, place, read[place]) for place, one in enumerate(marks)]


def _from_earlier(task: Task, wrong: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """What each slip makes of the earlier answers that somebody gave; nothing where it changes nothing."""
    plain = task.answers((), wrong)
    made = {one: task.answers((one,), wrong) for one in task.wrong}
    return {
        one: tuple(
            "" if near(value, usual, field.tolerance) else value
            for value, usual, field in zip(values, plain, task.fields, strict=True)
        )
        for one, values in made.items()
        if values is not None and plain is not None
    }


def _plainly(one: Field, said: Typed, right: Any, policy: Policy) -> Mark | None:
    """The mark of what needs no explanation."""
    if said.empty:
        return Mark(one, said, "empty", Fraction(0))
    if said.trouble:
        return Mark(one, said, "unread", Fraction(0))
    if _is(said, right, one.tolerance):
        return Mark(one, said, "right", Fraction(1))
    return Mark(one, said, "few", policy.few) if _is_short(said, right) else None


def _alone(task: Task, local: Mapping[str, Sequence[Any]], place: int, said: Typed) -> Mark:
    """The mark of one cell that nothing explains together with the others.

    ``local`` is what slips make of it from the answers before it.
    """
    found = _agreeing(task.wrong, task, {place: said}, [place])
    found = found or _agreeing(local, task, {place: said}, [place])
    kind: Kind = "slip" if found else "unknown"
    if found and all(SLIPS[one].convention for one in found):
        kind = "convention"
    return Mark(task.fields[place], said, kind, Fraction(0), tuple(found))


def _is(said: Typed, value: Any, tolerance: Fraction) -> bool:
    """Whether an answer is a value within the tolerance, or as a program prints it that rounds."""
    if near(said.value, value, tolerance):
        return True
    plain = not isinstance(value, str | tuple | complex) and not isinstance(said.value, complex)
    return plain and (said.decimals or 0) >= PRINTED and near(float(said.value), float(value), 0)


def _fits(said: Typed, value: Any, tolerance: Fraction) -> bool:
    """Whether an answer is a value within the tolerance, or that as it was typed, rounded."""
    rounded = said.decimals is not None and said.decimals >= ROUNDED and _is_short(said, value)
    return _is(said, value, tolerance) or rounded


def _is_short(said: Typed, right: Any) -> bool:
    """Whether an answer is the key, rounded to the decimals that it has."""
    if said.decimals is None or isinstance(said.value, complex) or isinstance(right, str | tuple | complex):
        return False
    half = Fraction(1, 2 * 10**said.decimals)
    shown = abs(float(said.value) - float(right))
    enough = said.decimals > 0 or abs(float(right)) >= LARGE
    return bool(said.value) and shown <= float(half) * (1 + 1e-9) and enough


def _agreeing(
    made: Mapping[Any, Sequence[Any]],
    task: Task,
    read: Sequence[Typed] | Mapping[int, Typed],
    places: Iterable[int],
) -> list[Any]:
    """Those that give all of these answers, where one was given and could be read."""
    asked = [place for place in places if read[place].value is not None]
    return [
        name
        for name, values in made.items()
        if asked and all(_fits(read[i], values[i], task.fields[i].tolerance) for i in asked)
    ]


def _explained(
    task: Task,
    read: Sequence[Typed],
    marks: Sequence[Mark | None],
    slips: Sequence[str],
    kind: Kind,
    policy: Policy,
) -> list[Mark]:
    """Marks where one explanation holds for all that is left."""
    accepted = kind == "convention" and bool(set(slips) & policy.accept)
    made = []
    for one, said, known in zip(task.fields, read, marks, strict=True):
        if known is not None:
            made.append(known)
        elif accepted:
            made.append(Mark(one, said, "right", Fraction(1), tuple(slips)))
        else:
            made.append(Mark(one, said, kind, Fraction(0), tuple(slips)))
    return made


def _carried(
    task: Task, read: Sequence[Typed], marks: Sequence[Mark | None], policy: Policy
) -> list[Mark | None]:
    """Marks of what is right from an earlier answer that is not, unless that one makes it trivial."""
    made = list(marks)
    wrong: dict[str, Any] = {}
    alone: dict[str, tuple[Any, ...] | None] = {}
    for place, (one, said) in enumerate(zip(task.fields, read, strict=True)):
        known = made[place]
        if known is None and wrong:
            for name, value in reversed(wrong.items()):
                if name not in alone:
                    alone[name] = task.answers((), {name: value})
                after = alone[name]
                if after is None or value in (0, 1):
                    continue
                trivial = near(after[place], value, one.tolerance)
                if not trivial and near(said.value, after[place], one.tolerance):
                    made[place] = Mark(one, said, "carried", policy.carried, source=name)
                    break
            else:
                after = task.answers((), wrong)
                usable = all(value not in (0, 1) for value in wrong.values())
                if after is not None and usable and near(said.value, after[place], one.tolerance):
                    made[place] = Mark(one, said, "carried", policy.carried, source=", ".join(wrong))
        now = made[place]
        if said.value is not None and (now is None or now.kind != "right"):
            wrong[one.name] = said.value
    return made


def together(marked: Sequence[Marked]) -> list[Marked]:
    """The tasks of one hand-in, where the one slip behind them is named alone, and called theirs.

    It is, where a whole table shows it, or several tasks do, and every wrong answer to a task that can show
    it does. Where several slips would explain all that, none is.
    """
    wrong = {
        place: [one for one in task.marks if one.kind in WRONG]
        for place, task in enumerate(marked)
        if any(one.kind in WRONG for one in task.marks)
    }
    said = {
        place: frozenset.intersection(*(frozenset(one.slips) for one in marks))
        for place, marks in wrong.items()
    }
    theirs: dict[str, list[int]] = {}
    for name in dict.fromkeys(one for marks in wrong.values() for mark in marks for one in mark.slips):
        can_show = [place for place in wrong if name in marked[place].drawn.task.wrong]
        agrees = all(name in said[place] and not _speaks_against(marked[place], name) for place in can_show)
        if not SLIPS[name].convention and agrees:
            theirs[name] = can_show
    sure = {name: places for name, places in theirs.items() if _is_no_chance(places, wrong, marked)}
    made = list(marked)
    for name, places in sure.items():
        others = [theirs for other, theirs in sure.items() if other != name and set(theirs) & set(places)]
        for place in [] if any(len(theirs) >= len(places) for theirs in others) else places:
            marks = tuple(
                replace(one, kind="slip", slips=(name,), yours=True) if one in wrong[place] else one
                for one in made[place].marks
            )
            made[place] = replace(made[place], marks=marks)
    return made


def behind(one: Marked) -> str:
    """The one slip that all wrong answers to a task have in common, where no right one speaks against it."""
    wrong = [frozenset(mark.slips) for mark in one.marks if mark.kind in WRONG]
    shared = frozenset.intersection(*wrong) if wrong else frozenset()
    found = [name for name in shared if not SLIPS[name].convention and not _speaks_against(one, name)]
    return found[0] if len(found) == 1 else ""


#: Answers that are not right, and may have a slip in common.
WRONG = ("slip", "unknown", "convention", "pair")


def _speaks_against(one: Marked, name: str) -> bool:
    """Whether an answer is right that this slip would have made wrong."""
    task = one.drawn.task
    return any(
        mark.kind in ("right", "few") and not near(made, key, field.tolerance)
        for mark, made, key, field in zip(one.marks, task.wrong[name], task.key, task.fields, strict=True)
    )


def _is_no_chance(
    places: Sequence[int], wrong: Mapping[int, Sequence[Mark]], marked: Sequence[Marked]
) -> bool:
    """Whether so many answers with one slip are more than a guesser would hit."""
    whole = any(len(wrong[one]) >= MAP - 1 and len(marked[one].marks) >= MAP for one in places)
    chance = Fraction(1)
    for place in places:
        for one in wrong[place]:
            chance *= guessed(one.field)
    return (whole or len(places) >= TASKS) and chance <= CHANCE


def guessed(field: Field) -> Fraction:
    """How often a guess hits a given answer."""
    if field.form == "choice":
        return Fraction(1, max(1, len(field.options)))
    if field.form == "order":
        return Fraction(1, factorial(len(field.options)))
    return GUESS


def slips_of(marked: Iterable[Marked]) -> Collection[str]:
    """The slips that are called theirs."""
    return {m.slips[0] for one in marked for m in one.marks if m.yours}
