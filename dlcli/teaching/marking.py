"""What an answer is worth, and why: read, compared with the key, and with what each slip would give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations
from typing import Any, Literal

from dlcli.engines.base.slips import SLIPS
from dlcli.teaching.drawing import Drawn
from dlcli.teaching.reading import Typed, typed
from dlcli.teaching.task import Field, Task, near

#: What can be said of one answer.
Kind = Literal["right", "empty", "unread", "few", "convention", "slip", "carried", "pair", "unknown"]

#: A table with so many cells that agree with one slip is no chance.
MAP = 4

#: So many tasks with one slip are no chance, where no wrong answer speaks against it.
TASKS = 2


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
            return f"{said} has too few digits: {self.field.says or 'give one more'}"
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
    drawn: Drawn, answers: Mapping[str, str], points: Fraction = Fraction(1), policy: Policy | None = None
) -> Marked:
    """Mark the answers to one task, by the names of its fields; what is not among them is empty."""
    task, policy = drawn.task, policy or Policy()
    read = tuple(typed(answers.get(one.name, ""), one) for one in task.fields)
    return Marked(drawn, tuple(_marks(task, read, policy)), points)


def _marks(task: Task, read: Sequence[Typed], policy: Policy) -> list[Mark]:
    key = task.key()
    marks: list[Mark | None] = []
    for one, said, right in zip(task.fields, read, key, strict=True):
        made: Mark | None = None
        if said.empty:
            made = Mark(one, said, "empty", Fraction(0))
        elif said.trouble:
            made = Mark(one, said, "unread", Fraction(0))
        elif near(said.value, right, one.tolerance):
            made = Mark(one, said, "right", Fraction(1))
        elif _is_short(said, right):
            made = Mark(one, said, "few", policy.few)
        marks.append(made)
    if all(marks):
        return [one for one in marks if one]
    wrong = task.wrong()
    whole = _agreeing(wrong, task, read, range(len(read)))
    conventions = [one for one in whole if SLIPS[one].convention]
    if conventions:
        return _explained(task, read, marks, conventions, "convention", policy)
    if whole:
        return _explained(task, read, _carried(task, read, marks, policy), _named(whole), "slip", policy)
    marks = _carried(task, read, marks, policy)
    left = [place for place, one in enumerate(marks) if one is None]
    if not left:
        return [one for one in marks if one]
    earlier = {task.fields[i].name: one.value for i, one in enumerate(read) if one.value is not None}
    local = {
        name: made
        for name in wrong
        if (made := task.answers((name,), {k: v for k, v in earlier.items() if _is_wrong(task, marks, k)}))
    }
    if here := _agreeing(local, task, read, left):
        kind: Kind = "convention" if all(SLIPS[one].convention for one in here) else "slip"
        return _explained(task, read, marks, _named(here), kind, policy)
    if len(read) >= MAP:
        pairs = {
            two: made
            for two in combinations(wrong, 2)
            if (made := task.answers(two)) is not None
        }
        agreeing = _agreeing(pairs, task, read, range(len(read)))
        if len(agreeing) == 1:
            return _explained(task, read, marks, agreeing[0], "pair", policy)
    by_cell: list[Mark] = []
    for place, one in enumerate(marks):
        if one is None:
            alone = _agreeing(wrong, task, read, [place])
            kind = "unknown" if not alone else "convention" if all(SLIPS[s].convention for s in alone) else "slip"
            one = Mark(task.fields[place], read[place], kind, Fraction(0), tuple(_named(alone)))
        by_cell.append(one)
    return by_cell


def _is_wrong(task: Task, marks: Sequence[Mark | None], name: str) -> bool:
    """Whether the answer of that name is there and not right."""
    place = [one.name for one in task.fields].index(name)
    known = marks[place]
    return known is None or known.kind in ("carried", "few")


def _is_short(said: Typed, right: Any) -> bool:
    """Whether an answer is the key, rounded to the decimals that it has."""
    if said.decimals is None or isinstance(said.value, complex) or isinstance(right, str | tuple | complex):
        return False
    half = Fraction(1, 2 * 10**said.decimals)
    shown = abs(float(said.value) - float(right))
    return bool(said.value) and shown <= float(half) * (1 + 1e-9) and said.decimals > 0


def _agreeing(
    made: Mapping[Any, Sequence[Any]], task: Task, read: Sequence[Typed], places: Iterable[int]
) -> list[Any]:
    """Those that give all of these answers, where one was given and could be read."""
    asked = [place for place in places if read[place].value is not None]
    return [
        name
        for name, values in made.items()
        if asked and all(near(read[i].value, values[i], task.fields[i].tolerance) for i in asked)
    ]


def _named(slips: Sequence[str]) -> list[str]:
    """Slips that cannot be told apart here, mistakes before conventions."""
    return sorted(slips, key=lambda one: SLIPS[one].convention)


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
    explained = [one for one in made if one.kind == kind]
    if len(made) >= MAP and len(explained) >= MAP - 1 and len(slips) == 1 and kind == "slip":
        made = [replace(one, yours=True) if one.kind == kind else one for one in made]
    return made


def _carried(
    task: Task, read: Sequence[Typed], marks: Sequence[Mark | None], policy: Policy
) -> list[Mark | None]:
    """Marks of what is right from an earlier answer that is not, unless that one makes it trivial."""
    made = list(marks)
    wrong: dict[str, Any] = {}
    for place, (one, said) in enumerate(zip(task.fields, read, strict=True)):
        known = made[place]
        if known is None and wrong:
            for name, value in reversed(wrong.items()):
                after = task.answers((), {name: value})
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
        if said.value is not None and (made[place] is None or made[place].kind != "right"):
            wrong[one.name] = said.value
    return made


def together(marked: Sequence[Marked]) -> list[Marked]:
    """The tasks of one hand-in, where a slip that several of them show is called theirs.

    A slip is, where so many tasks show it alone and no wrong answer to a task that can show it speaks for
    something else.
    """
    shown: Counter[str] = Counter()
    against: Counter[str] = Counter()
    for one in marked:
        alone = {m.slips[0] for m in one.marks if m.kind == "slip" and len(m.slips) == 1}
        shown.update(alone)
        wrong = [m for m in one.marks if m.kind in ("slip", "unknown", "convention", "pair")]
        visible = set(one.drawn.task.wrong()) if wrong else set()
        against.update(s for s in visible if any(s not in m.slips for m in wrong))
    theirs = {one for one, count in shown.items() if count >= TASKS and not against[one]}
    return [
        replace(
            one,
            marks=tuple(
                replace(m, yours=True) if m.kind == "slip" and m.slips[:1] and set(m.slips) & theirs and len(m.slips) == 1 else m
                for m in one.marks
            ),
        )
        for one in marked
    ]


def slips_of(marked: Iterable[Marked]) -> Collection[str]:
    """The slips that are called theirs."""
    return {m.slips[0] for one in marked for m in one.marks if m.yours}
