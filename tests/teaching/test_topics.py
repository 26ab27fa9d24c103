"""Every topic: its key is right, right answers get full marks however they are written, slips are recognised."""

from __future__ import annotations

import pkgutil
import re
from collections import Counter
from fractions import Fraction
from functools import lru_cache
from importlib import import_module
from itertools import combinations, product
from typing import Any

import pytest

import dlcli
from dlcli.engines.base.slips import SLIPS
from dlcli.lessons.shipped import shipped
from dlcli.teaching.dice import Dice
from dlcli.teaching.drawing import Drawn, draw
from dlcli.teaching.handin import read
from dlcli.teaching.marking import mark, slips_of, together
from dlcli.teaching.reading import letter
from dlcli.teaching.stress import guess
from dlcli.teaching.task import Field, alike, near
from dlcli.teaching.topic import LEVELS, topic_of, topics
from tests.teaching import plain

KEYS: dict[str, Any] = {}
LINES: dict[str, Any] = {}
for found in pkgutil.iter_modules(plain.__path__):
    module = import_module(f"tests.teaching.plain.{found.name}")
    KEYS |= module.KEYS
    LINES |= module.LINES


@pytest.fixture(params=topics(), scope="module")
def name(request: pytest.FixtureRequest) -> str:
    """Each topic; the tests of one stand together, and its draws are made once."""
    return str(request.param)


#: Draws of a topic, over its levels; sheets of guessers and of those who slip.
DRAWS, SHEETS = 500, 27

#: In so many draws two slips that are ever told apart have been.
SEEN = 15

#: What may be missed: a steady slip that is named alone, a guesser who is accused.
NAMED, ACCUSED = 0.95, 0.005


@lru_cache(DRAWS)
def drawn(name: str, counter: int) -> Drawn:
    """A draw of a topic, of each level in turn."""
    return draw(topic_of(name), LEVELS[counter % 3], "a test", "Ada", counter // 3)


def said(one: Field, value: Any, way: int) -> str:
    """A value as somebody writes it: in one of several notations."""
    if one.form == "choice":
        return letter(one.options.index(value)) if way % 2 else str(value)
    if one.form == "order":
        return (", ", " ")[way % 2].join(letter(one.options.index(option)) for option in value)
    if one.form == "word":
        return (str(value), f"({value})", f" {value.upper()} ")[way % 3]
    if isinstance(value, complex):
        real, imaginary = (
            Fraction(value.real).limit_denominator(10**6),
            Fraction(value.imag).limit_denominator(10**6),
        )
        return f"{float(real):g}{float(imaginary):+g}{'ij'[way % 2]}"
    if isinstance(value, Fraction):
        decimal = f"{float(value):.6f}".rstrip("0").rstrip(".")
        ways = [str(value)]
        if Fraction(decimal) == value or one.tolerance:
            ways += [decimal, decimal.replace("-", "−"), decimal.replace("-", "–")]
            ways += (
                [decimal.replace(".", ",")] if "." in decimal and len(decimal.partition(".")[2]) != 3 else []
            )
        return ways[way % len(ways)]
    return f"{float(value):.5f}"


def full(task: Any, answers: Any, way: int = 0) -> dict[str, str]:
    """Answers by their names, in a notation."""
    return {
        one.name: said(one, value, way + i)
        for i, (one, value) in enumerate(zip(task.fields, answers, strict=True))
    }


def test_every_topic_has_a_plain_computation_and_a_line() -> None:
    assert set(KEYS) == set(topics())
    assert set(LINES) <= set(topics())


def test_topics_and_lessons_know_each_other() -> None:
    assert {one.lesson for one in topics().values()} - {""} == set(shipped())
    texts = [path.read_text() for path in shipped().values()]
    assert {word for text in texts for word in re.findall(r"dlcli exercise ([\w-]+)", text)} <= set(topics())


def test_needs_come_before_what_needs_them() -> None:
    order = [*topics()]
    assert len(order) >= 60
    for one in topics().values():
        assert all(order.index(need) < order.index(one.name) for need in one.needs), one.name


def test_keys_are_right_and_right_answers_are_never_accused(name: str) -> None:
    for counter in range(DRAWS):
        one = drawn(name, counter)
        task = one.task
        plainly = KEYS[name]({**task.given, "level": one.level})
        assert len(plainly) == len(task.fields)
        if counter < 9:
            (handin,) = read("".join(f"1.{one.name} = 1\n" for one in task.fields).encode(), "a.txt")
            assert [*handin.answers] == [f"1.{one.name}" for one in task.fields]
        for field, key, value in zip(task.fields, task.key, plainly, strict=True):
            assert near(key, value, Fraction(0)), (name, one.level, counter, field.name, key, value)
        assert all(m.kind == "right" for m in mark(one, full(task, task.key, counter)).marks), task.key


#: Topics with fewer draws, and why.
FEW_DRAWS = {"sheet-2-11": "the sheet of the notes, whose numbers stand there"}

#: So many draws of a level have at least so many texts, and so many answers where these are numbers.
MANY, TEXTS, ANSWERS = 150, 20, 8


def test_draws_differ_in_text_and_answers(name: str) -> None:
    for level in range(3):
        tasks = [drawn(name, level + 3 * i).task for i in range(MANY)]
        texts = {repr((one.blocks, [field.options for field in one.fields])) for one in tasks}
        answers = {one.key for one in tasks}
        are_numbers = all(field.form == "number" for one in tasks for field in one.fields)
        if name not in FEW_DRAWS:
            assert len(texts) >= TEXTS, (name, level + 1, len(texts))
            assert len(answers) >= ANSWERS or not are_numbers, (name, level + 1, len(answers))


#: Levels of these topics that no line of dlcli shows.
UNSEEN = {("bellman", 3), ("vanish", 3)}


def test_the_line_of_a_task_gives_its_answer(name: str) -> None:
    for counter in range(3):
        one = drawn(name, counter)
        if name not in LINES:
            assert not one.task.line
            continue
        if not one.task.line:
            assert (name, one.level) in UNSEEN
            continue
        outcome = dlcli.run(one.task.line.replace("dlcli ", ""))
        for field, key, value in zip(
            one.task.fields,
            one.task.key,
            LINES[name](outcome, {**one.task.given, "level": one.level}),
            strict=True,
        ):
            assert near(key, value if isinstance(value, str) else complex(value) if isinstance(key, complex) else float(value), max(field.tolerance, Fraction(1, 10**5))), (
                one.task.line, field.name, key, value,
            )  # fmt: skip


def test_each_slip_that_is_to_be_told_apart_is_recognised(name: str) -> None:
    both, same = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for counter in range(90):
        one = drawn(name, counter)
        task = one.task
        pairs = [*combinations(sorted(task.wrong), 2)]
        both.update(pairs)
        same.update(pair for pair in pairs if alike(*(task.wrong[slip] for slip in pair), task.fields))
        for slip in task.targets:
            assert slip in SLIPS
            assert not alike(task.wrong[slip], task.key, task.fields, times=3)
            made = mark(one, full(task, task.wrong[slip], counter))
            explained = [m for m in made.marks if m.kind not in ("right", "carried")]
            assert explained
            assert all(slip in m.slips for m in explained), (
                name,
                counter,
                slip,
                [m.reason() for m in made.marks],
            )
    aliases = {pair for pair, count in both.items() if count >= SEEN and same[pair] == count}
    assert not [pair for pair in aliases if not {*pair} & {*SLIPS[pair[0]].same, *SLIPS[pair[1]].same}]


def test_a_steady_slip_over_three_tasks_is_named_alone_and_guessing_is_not(name: str) -> None:
    targets = sorted({slip for counter in range(9) for slip in drawn(name, counter).task.targets})
    named = tried = 0
    for slip in targets:
        for start in range(0, SHEETS, 3):
            level = LEVELS[start // 3 % 3]
            sheet = [draw(topic_of(name), level, "steady", slip, start + i, must=()) for i in range(3)]
            if not all(slip in one.task.targets for one in sheet):
                continue
            marked = together([mark(one, full(one.task, one.task.wrong[slip])) for one in sheet])
            wrong = [m for one in marked for m in one.marks if m.kind not in ("right", "carried")]
            named += all(m.slips == (slip,) for m in wrong)
            tried += 1
    assert named >= NAMED * tried, (name, named, tried)
    dice = Dice("guesses", name)
    accused = 0
    for start in range(0, DRAWS - 9, 9):
        for level in range(3):
            sheet = [drawn(name, start + level + 3 * i) for i in range(3)]
            accused += bool(slips_of(together([mark(one, guess(one, dice)) for one in sheet])))
    assert accused <= max(1, ACCUSED * DRAWS / 3), (name, accused)


#: Topics and levels where all answers are chosen, and three tasks are enough to call a slip somebody's.
CHOSEN = [
    ("reshape", 3), ("temperature", 1), ("rnn-memory", 1), ("latch", 3),
    ("policy-improve", 1), ("policy-improve", 2), ("policy-improve", 3),
]  # fmt: skip


@pytest.mark.parametrize(("topic", "level"), CHOSEN)
def test_a_steady_slip_over_three_choices_is_theirs(topic: str, level: int) -> None:
    for start in range(0, SHEETS, 3):
        sheet = [draw(topic_of(topic), level, "steady", "Ada", start + i) for i in range(3)]
        for slip in sheet[0].task.targets:
            marked = together([mark(one, full(one.task, one.task.wrong[slip])) for one in sheet])
            assert {*slips_of(marked)} == {slip}, (topic, level, start)


#: What is an answer to nothing.
ODD = ("3i", "-1", "9" * 30, "1/3", "refused", "2,3", "a", "\x1b[31m")


def test_whatever_is_typed_is_marked(name: str) -> None:
    for counter, at in product(range(3), range(len(ODD))):
        one = drawn(name, counter)
        odd = {field.name: ODD[(at + i) % len(ODD)] for i, field in enumerate(one.task.fields)}
        marked = mark(one, odd)
        assert not marked.right or len(odd) == 1
        assert all(m.reason().isprintable() for m in marked.marks)
