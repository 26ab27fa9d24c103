"""Draws that count: short by hand, and able to tell the slips apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any

from dlcli.engines.base.slips import SLIPS
from dlcli.errors import BadData
from dlcli.teaching.dice import Dice
from dlcli.teaching.task import Field, Task, alike
from dlcli.teaching.topic import Topic

#: So many tolerances lie between the key and each slip that is to be told apart, and between any two of them.
APART = 3

#: Decimals that what a slip gives may have to be typed in full.
FEW = 5

#: After so many draws a topic has a fault.
MOST = 500


@dataclass(frozen=True)
class Drawn:
    """A task with where it comes from, and the number of draws that it took."""

    topic: Topic
    level: int
    name: str
    counter: int
    task: Task
    attempts: int


def draw(
    topic: Topic,
    level: int,
    secret: str,
    name: str = "",
    counter: int = 0,
    must: Sequence[str] = (),
) -> Drawn:
    """The task that a topic has for a name: a function of these arguments alone.

    ``must`` are slips that are to be told apart beside those of the topic, where it knows them at this level.

    Raises ``BadData`` for a topic whose draws do not count.
    """
    word = f"{topic.name}/{level}" + "".join(f"+{one}" for one in must)
    dice = Dice(secret, word, name, counter)
    for attempt in range(1, MOST + 1):
        task = topic.draw(dice, level)
        known = task.slips if must else ()
        targets = tuple(dict.fromkeys((*task.targets, *(one for one in must if one in known))))
        if counts(task, targets, topic):
            return Drawn(topic, level, name, counter, task, attempt)
    raise BadData(f"{word}: {MOST} draws, and none counts: {_why_not(task, targets, topic)}")


def _why_not(task: Task, targets: Sequence[str], topic: Topic) -> str:
    """What is wrong with a draw that does not count, as an example of them all."""
    made = {one: task.answers((one,)) for one in targets}
    for one, answers in made.items():
        if answers is not None and alike(answers, task.key, task.fields, APART):
            return f"{one} gives the key"
    for one, other in combinations(made, 2):
        if alike(made[one] or (), made[other] or (), task.fields, APART):
            return f"{one} and {other} give the same"
    if none := [one for one, answers in made.items() if answers is None]:
        return f"{none[0]} cannot be computed"
    return (
        f"by hand it takes more than {topic.products} products or {topic.digits} digits, or a slip gives the "
        "key rounded"
    )


def counts(task: Task, targets: Sequence[str], topic: Topic) -> bool:
    """Whether a draw is short by hand, and the key and the targets lie apart.

    What a target gives is neither the key with fewer digits, nor what a convention gives.
    """
    lines = task.lines()
    if sum(line.products for line in lines) > topic.products:
        return False
    if any(digits(line.value) > topic.digits for line in lines):
        return False
    made = [task.answers((one,)) for one in targets]
    if any(one is None for one in made) or any(_is_short_of(task, one) for one in made if one):
        return False
    others = [task.answers((one,)) for one in task.slips if SLIPS[one].convention]
    if any(one in others for name, one in zip(targets, made, strict=True) if not SLIPS[name].convention):
        return False
    return not any(
        alike(one or (), other or (), task.fields, APART) for one, other in combinations([task.key, *made], 2)
    )


def _is_short_of(task: Task, made: Sequence[Any]) -> bool:
    """Whether an answer that a slip gives may be taken for the key with too few digits."""
    return any(
        isinstance(said, int | Fraction) and said and said != right and _is_rounded(right, said)
        for said, right in zip(made, task.key, strict=True)
        if not isinstance(right, str | tuple | complex)
    )


def _is_rounded(right: Any, said: Fraction | int) -> bool:
    """Whether a decimal is a number rounded to the decimals that it has.

    >>> _is_rounded(0.4621, Fraction(1, 2)), _is_rounded(0.4621, Fraction(2, 5)), _is_rounded(2.6, 3)
    (True, False, False)
    """
    places = next((one for one in range(1, FEW) if (said * 10**one) == int(said * 10**one)), 0)
    integral = said == int(said)
    return bool(places) and not integral and abs(float(said) - float(right)) <= 0.5 * 10**-places * (1 + 1e-9)


def digits(value: Any) -> int:
    """The digits that an exact number has, in the shorter way to write it; 0 of what is rounded anyway.

    >>> digits(Fraction(-25, 2)), digits(Fraction(1, 3)), digits(0.123456)
    (3, 2, 0)
    """
    if isinstance(value, int):
        return _length(value)
    if not isinstance(value, Fraction):
        return 0
    return min(_decimals(value), _length(value.numerator) + _length(value.denominator))


def _decimals(value: Fraction) -> int:
    for places in range(7):
        scaled = value * 10**places
        if scaled.denominator == 1:
            return _length(scaled.numerator)
    return 99


def _length(number: int) -> int:
    return len(str(abs(number)))


def visible(task: Task, fields: Sequence[Field], answers: Sequence[Any]) -> list[str]:
    """The slips that make exactly these answers."""
    return [name for name, made in task.wrong.items() if alike(made, answers, fields)]
