"""What many draws of a topic show: whether its tasks can tell the slips apart, and what guessing hits."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations
from typing import Any

from dlcli.engines.base.slips import SLIPS
from dlcli.teaching.dice import Dice
from dlcli.teaching.drawing import Drawn, digits, draw
from dlcli.teaching.marking import Marked, mark, slips_of, together
from dlcli.teaching.task import Field, alike
from dlcli.teaching.topic import LEVELS, Topic
from dlcli.teaching.worked import words

#: Draws that a task may take, and the share of guessers that may hear "your slip".
DRAWS_NEEDED, CHANCE_HITS = 20, Fraction(1, 20)

#: Tasks of a sheet that a guesser fills in.
SHEET = 3

#: Slips that are told apart in less than so many draws are worth a look.
SELDOM = Fraction(1, 4)


@dataclass
class Report:
    """What so many draws of one level gave."""

    topic: str
    level: int
    draws: int = 0
    attempts: int = 0
    most_attempts: int = 0
    products: int = 0
    digits: int = 0
    targets: tuple[str, ...] = ()
    known: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)
    #: Pairs of slips -> in how many draws both can be seen, and in how many of these they give the same.
    both: Counter[tuple[str, str]] = field(default_factory=Counter)
    same: Counter[tuple[str, str]] = field(default_factory=Counter)
    guesses: int = 0
    hits: int = 0
    sheets: int = 0
    accused: int = 0
    #: Draws with a number that nobody can write down: no fraction, no decimal, and no tolerance.
    ugly: int = 0

    @property
    def aliases(self) -> list[tuple[str, str]]:
        """Pairs of slips that no draw tells apart."""
        return [pair for pair, count in self.both.items() if self.same[pair] == count]

    def faults(self) -> list[str]:
        """What is beyond a limit, in words."""
        found = []
        if self.attempts > DRAWS_NEEDED * self.draws:
            found.append(f"a task takes {self.attempts / self.draws:.0f} draws; the limit is {DRAWS_NEEDED}")
        if self.accused > CHANCE_HITS * self.sheets:
            share = 100 * self.accused / self.sheets
            found.append(f'"your slip" is said of {share:.1f} % of guessers; the limit is 5 %')
        if self.ugly:
            found.append(f"{self.ugly} draws have a key that cannot be written in full, and no tolerance")
        hidden = [name for name in self.targets if not self.seen[name]]
        found += [f"{name} can never be seen" for name in hidden]
        found += [
            f"{one} and {other} are always the same: tell them apart, or name one"
            for one, other in self.aliases
            if other not in SLIPS[one].same and one not in SLIPS[other].same
        ]
        return found


def stress(topic: Topic, level: int, draws: int = 500, secret: str = "stress") -> Report:
    """Draw so many tasks of a level and count."""
    report = Report(topic.name, level)
    dice = Dice(secret, f"guesses of {topic.name}/{level}")
    sheet: list[Marked] = []
    for counter in range(draws):
        drawn = draw(topic, level, secret, "", counter)
        _count(report, drawn)
        marked = mark(drawn, guess(drawn, dice))
        report.guesses += 1
        report.hits += any(one.kind == "slip" for one in marked.marks)
        sheet.append(marked)
        if len(sheet) == SHEET:
            report.sheets += 1
            report.accused += bool(slips_of(together(sheet)))
            sheet = []
    return report


def _count(report: Report, drawn: Drawn) -> None:
    task = drawn.task
    lines, wrong = task.lines(), task.wrong
    report.draws += 1
    report.attempts += drawn.attempts
    report.most_attempts = max(report.most_attempts, drawn.attempts)
    report.products = max(report.products, sum(one.products for one in lines))
    report.digits = max(report.digits, *(digits(one.value) for one in lines))
    report.ugly += any(
        not one.tolerance and not is_short(value) for one, value in zip(task.fields, task.key, strict=True)
    )
    report.targets = tuple(dict.fromkeys((*report.targets, *task.targets)))
    report.known.update(task.slips)
    report.seen.update([*wrong])
    for pair in combinations(wrong, 2):
        report.both[pair] += 1
        report.same[pair] += alike(wrong[pair[0]], wrong[pair[1]], task.fields)


def is_short(value: Any) -> bool:
    """Whether an answer can be written in full: words, and numbers whose decimals end.

    >>> is_short(Fraction(1, 8)), is_short(Fraction(1, 3)), is_short(0.5)
    (True, False, False)
    """
    if isinstance(value, complex):
        return all(part * 1000 == round(part * 1000) for part in (value.real, value.imag))
    return not isinstance(value, float | Fraction) or words(value).count("/") + isinstance(value, float) == 0


def guess(drawn: Drawn, dice: Dice) -> dict[str, str]:
    """Answers of somebody who has no idea, but knows what kind of answer is wanted."""
    task = drawn.task
    key, wrong = task.key, task.wrong
    return {
        one.name: _guess(one, [key[i], *(made[i] for made in wrong.values())], dice)
        for i, one in enumerate(task.fields)
    }


def _guess(one: Field, near: list[Any], dice: Dice) -> str:
    """A number between those that come out rightly or wrongly, and some way beyond; or any choice."""
    if one.form == "choice":
        return dice.one(one.options)
    if one.form == "order":
        return " ".join(chr(ord("a") + one.options.index(name)) for name in dice.mixed(one.options))
    if one.form == "word":
        return dice.one([*sorted({str(value) for value in near}), "1", "1,2", "2,1"])
    values = [complex(value) for value in near]
    parts = [[value.real for value in values], [value.imag for value in values]]
    step = (
        1.0
        if all(part == int(part) for both in parts for part in both)
        else max(2 * float(one.tolerance), 0.01)
    )
    said = []
    for both in parts:
        low, high = min(both), max(both)
        beyond = max(5 * step, (high - low) / 4)
        count = max(1, int((high - low + 2 * beyond) / step))
        value = low - beyond + step * dice.whole(0, min(count, 10**6))
        said.append(round(value) if step == 1 else round(value, 4))
    return str(said[0]) if not any(parts[1]) else f"{said[0]}{'+' if said[1] >= 0 else '-'}{abs(said[1])}i"


def all_levels(topic: Topic, draws: int = 500) -> list[Report]:
    """The reports of all levels."""
    return [stress(topic, level, draws) for level in LEVELS]


def described(report: Report) -> list[str]:
    """A report in lines."""
    mean = report.attempts / report.draws
    lines = [
        f"{report.topic}, level {report.level}: {report.draws} draws",
        f"  draws needed: {mean:.1f} for a task, {report.most_attempts} at most",
        f"  by hand: {report.products} products at most, numbers of {report.digits} digits at most",
        f"  guessers: {100 * report.hits / report.guesses:.1f} % of answers come out of a slip; "
        f'"your slip" is said of {100 * report.accused / max(1, report.sheets):.1f} % of sheets',
    ]
    for name, count in report.known.items():
        mark_ = "*" if name in report.targets else " "
        lines.append(f"  {mark_} {name:24} can be seen in {100 * report.seen[name] / count:3.0f} %")
    lines += [f"  always the same: {one} and {other}" for one, other in report.aliases]
    return lines + [f"  beyond the limit: {fault}" for fault in report.faults()]
