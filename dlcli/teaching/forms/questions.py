"""Tasks as questions of a learning platform: keys in its notation, slips as wrong answers with feedback."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from dlcli.engines.base.slips import SLIPS
from dlcli.errors import BadData
from dlcli.teaching.drawing import APART
from dlcli.teaching.forms.manner import Manner
from dlcli.teaching.forms.markup import clean
from dlcli.teaching.forms.numbers import decimal, ends, exact
from dlcli.teaching.sheet import Item, Sheet
from dlcli.teaching.task import Field, Form, Task, remark

#: Decimals that are asked of a fraction: so many, and more where slips would not be told apart.
LEAST, MOST = 3, 8

#: A number that is asked in decimals has an error of at most this share of it.
SHARE = Fraction(1, 20)

#: Decimals of a key behind those that its tolerance needs.
BEHIND = 3

#: Characters of a name, and of the title of a topic, in the title of a question.
LONGEST = 90

#: The two numbers of a complex one.
PARTS = ("real part", "imaginary part")


@dataclass(frozen=True)
class Wrong:
    """What some slips answer, and how near to it is the same; ``right`` where a convention is accepted."""

    value: Any
    says: str
    slips: tuple[str, ...]
    right: bool = False
    tolerance: Fraction = Fraction(0)

    @property
    def margin(self) -> str:
        """Its tolerance, which is written even where it is 0."""
        return margin_of(self.tolerance)


@dataclass(frozen=True)
class Blank:
    """One thing that is typed or chosen.

    A complex number is two of them, with a ``part``. ``key`` and ``tolerance`` are exact; ``places`` are the
    decimals in which numbers are written. ``share`` is its part of the points of the task.
    """

    name: str
    form: Form
    key: Any
    tolerance: Fraction
    places: int
    options: tuple[str, ...]
    says: str
    unit: str
    wrong: tuple[Wrong, ...]
    share: Fraction
    part: str = ""

    @property
    def label(self) -> str:
        """What it is called: its name, and which part of the number it is."""
        return f"{self.name} ({self.part})" if self.part else self.name

    def written(self, value: Fraction) -> str:
        """A number of it, for another program."""
        return decimal(value, self.places)

    def typed(self, value: Fraction) -> str:
        """A number of it in the decimals that are asked for."""
        return decimal(value, self.places - BEHIND)

    @property
    def remark(self) -> str:
        """What is said beside it: how it is to be written, and its unit."""
        return f" {remark(self.says, self.unit, self.tolerance)}".rstrip()

    @property
    def margin(self) -> str:
        """Its tolerance, which is written even where it is 0."""
        return margin_of(self.tolerance)


def margin_of(tolerance: Fraction) -> str:
    """A tolerance, for another program."""
    return decimal(tolerance, 12)


@dataclass(frozen=True)
class Question:
    """A task of a sheet as a question; its ``blanks`` are one tuple for each field."""

    ident: str
    title: str
    sheet: Sheet
    item: Item
    blanks: tuple[tuple[Blank, ...], ...]

    @property
    def task(self) -> Task:
        """What was drawn."""
        return self.item.drawn.task

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields as they are asked here."""
        return tuple(
            replace(one, says=blanks[0].says)
            for one, blanks in zip(self.task.fields, self.blanks, strict=True)
        )

    @property
    def flat(self) -> tuple[Blank, ...]:
        """All blanks, in the order of the fields."""
        return tuple(one for blanks in self.blanks for one in blanks)


def questions(sheets: Sequence[Sheet], manner: Manner) -> list[Question]:
    """The tasks of all sheets; no two have the same ``ident``, which is a name in XML.

    Raises ``BadData`` where a key is no number that can be written.
    """
    taken: set[str] = set()
    made = []
    for sheet in sheets:
        for item in sheet.items:
            ident = _ident(item, taken)
            made.append(Question(ident, _title(item), sheet, item, blanks(item.drawn.task, manner)))
    return made


def _title(item: Item) -> str:
    drawn = item.drawn
    name = f", {_short(drawn.name)}" if drawn.name else ""
    return f"{_short(drawn.topic.title)}, level {drawn.level}{name}, variant {drawn.counter + 1}"


def _short(text: str) -> str:
    """A text in a title, of which a platform keeps some 250 characters."""
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _ident(item: Item, taken: set[str]) -> str:
    drawn = item.drawn
    parts = (drawn.topic.name, str(drawn.level), ident_of(drawn.name), str(drawn.counter))
    base = ident = "dlcli-" + "-".join(filter(None, map(ident_of, parts)))[:80]
    count = 1
    while ident in taken:
        count += 1
        ident = f"{base}_{count}"
    taken.add(ident)
    return ident


def ident_of(name: str) -> str:
    """A name in ASCII letters, digits and hyphens; where that loses something, with a part of its hash.

    >>> ident_of("Ada Lovelace"), ident_of("conv-cell"), ident_of("")
    ('Ada-Lovelace', 'conv-cell', '')
    >>> ident_of("Żółć") == ident_of("Żołć")
    False
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")[:40]
    if slug == name or slug.replace("-", " ") == name:
        return slug
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{slug}-{digest}".lstrip("-")


def blanks(task: Task, manner: Manner) -> tuple[tuple[Blank, ...], ...]:
    """The blanks of each field of a task."""
    parts = _parts(task)
    asked = _asked(task, parts)
    made = []
    for place, (field, key) in enumerate(zip(task.fields, task.key, strict=True)):
        answers = {name: values[place] for name, values in task.wrong.items()}
        share = Fraction(1, len(task.fields) * len(parts[place]))
        if field.form == "number":
            made.append(
                tuple(_number(field, key, answers, part, share, asked, manner) for part in parts[place])
            )
        else:
            made.append((_worded(field, key, answers, share, manner),))
    return tuple(made)


def _parts(task: Task) -> list[tuple[str, ...]]:
    """The parts of each answer: two where it, or another cell of its table, is a complex number."""
    both = [one for one, key in zip(task.fields, task.key, strict=True) if isinstance(key, complex)]
    tables = {one.table for one in both} - {""}
    return [PARTS if one in both or one.table in tables else ("",) for one in task.fields]


def _asked(task: Task, parts: Sequence[tuple[str, ...]]) -> int:
    """The decimals that are asked where exact answers do not end; 0 where all do.

    They are the same for all answers of a task, none of which is told apart by them.
    """
    asked = 0
    for place, (field, key) in enumerate(zip(task.fields, task.key, strict=True)):
        if field.form != "number" or field.tolerance:
            continue
        for part in parts[place]:
            right = _part(key, part)
            if right is None or ends(right):
                continue
            others = [_part(values[place], part) for values in task.wrong.values()]
            fits = (one for one in range(LEAST, MOST) if _tells(right, others, Fraction(1, 2 * 10**one)))
            asked = max(asked, next(fits, MOST))
    return asked


def _number(
    field: Field,
    key: Any,
    answers: Mapping[str, Any],
    part: str,
    share: Fraction,
    asked: int,
    manner: Manner,
) -> Blank:
    """A number, or one part of a complex one."""
    right = _part(key, part)
    if right is None:
        raise BadData(f"{field.name}: the key is {key}, which no question can ask for; leave this task out")
    tolerance, says = Fraction(field.tolerance), field.says
    places = (_places(tolerance) if tolerance else asked or MOST) + BEHIND
    if asked and not tolerance:
        says = f"a fraction as a decimal, to {asked} decimals"
        tolerance = Fraction(0) if ends(right) else Fraction(1, 2 * 10**asked)
    found = {name: value for name, answer in answers.items() if (value := _part(answer, part)) is not None}
    wrong = _wrong(
        {name: value for name, value in found.items() if abs(value - right) > tolerance},
        lambda one, other: abs(one - other) <= tolerance,
        manner,
    )
    wrong = tuple(replace(one, tolerance=tolerance or _loose(one.value)) for one in wrong)
    return Blank(field.name, "number", right, tolerance, places, (), says, field.unit, wrong, share, part)


def _loose(value: Fraction) -> Fraction:
    """How near to what a slip gives is the same, where the key is exact: nothing but what is rounded is."""
    return Fraction(0) if ends(value) else Fraction(1, 2 * 10**LEAST)


def _tells(right: Fraction, others: Iterable[Fraction | None], tolerance: Fraction) -> bool:
    """Whether numbers that are right within a tolerance are near enough, and far from those of slips."""
    return tolerance <= SHARE * abs(right) and all(
        one is None or one == right or abs(one - right) > APART * tolerance for one in others
    )


def _places(tolerance: Fraction) -> int:
    """The decimals in which a tolerance begins."""
    return next(one for one in range(30) if tolerance * 10**one >= Fraction(1, 2))


def _part(value: Any, part: str) -> Fraction | None:
    """A number, or a part of it, as a fraction; None for what is none."""
    if isinstance(value, str | tuple):
        return None
    if part:
        value = complex(value)
        value = value.real if part == PARTS[0] else value.imag
    return None if isinstance(value, complex) else exact(value)


def _worded(field: Field, key: Any, answers: Mapping[str, Any], share: Fraction, manner: Manner) -> Blank:
    """A choice, an order or a word."""
    known = {
        name: answer
        for name, answer in answers.items()
        if answer != key and (not field.options or _is_among(answer, field.options))
    }
    wrong = _wrong(known, lambda one, other: bool(one == other), manner)
    says = "" if field.form == "order" else field.says  # a platform's parts are moved, and have no letters
    return Blank(field.name, field.form, key, Fraction(0), 0, field.options, says, field.unit, wrong, share)


def _is_among(answer: Any, options: Sequence[str]) -> bool:
    return answer in options if isinstance(answer, str) else sorted(answer) == sorted(options)


def _wrong(answers: Mapping[str, Any], same: Any, manner: Manner) -> tuple[Wrong, ...]:
    """Each different answer once, with all the slips that give it, in the order of marking."""
    values: list[Any] = []
    slips: list[list[str]] = []
    for name in sorted(answers, key=lambda one: not SLIPS[one].convention):
        for value, names in zip(values, slips, strict=True):
            if same(value, answers[name]):
                names.append(name)
                break
        else:
            values.append(answers[name])
            slips.append([name])
    return tuple(
        Wrong(value, feedback(names), tuple(names), bool(manner.accept & set(names)))
        for value, names in zip(values, slips, strict=True)
    )


def feedback(names: Sequence[str]) -> str:
    """What somebody reads whose answer these slips give."""
    said = " or ".join(
        SLIPS[one].says + (", which is another convention than the task's" if SLIPS[one].convention else "")
        for one in names
    )
    instead = dict.fromkeys(SLIPS[one].instead for one in names)
    return " ".join(filter(None, (f"This is what comes out {said}.", *instead)))


def ways(word: str) -> tuple[str, ...]:
    """The ways in which a word is typed: a shape in several notations, everything else as it is.

    >>> ways("3,4")
    ('(3, 4)', '(3,4)', '3, 4', '3,4', '[3, 4]', '[3,4]', '3x4', '3 x 4', '3 × 4')
    >>> ways("7"), ways("refused")
    (('(7,)', '(7)', '7', '[7]'), ('refused',))
    """
    if not re.fullmatch(r"\d+(,\d+)*", word):
        return (word,)
    spaced, times = word.replace(",", ", "), word.replace(",", "x")
    if "," not in word:
        return (f"({word},)", f"({word})", word, f"[{word}]")
    crossed = (times, times.replace("x", " x "), times.replace("x", " × "))
    return (f"({spaced})", f"({word})", spaced, word, f"[{spaced}]", f"[{word}]", *crossed)


def starless(word: str) -> str:
    """A word in which a star is a star: Moodle takes it for anything otherwise."""
    return word.replace("*", r"\*")


def by_category(found: Sequence[Question]) -> Iterator[tuple[str, list[Question]]]:
    """Questions of one topic and level together: a quiz picks variants at random from such a category."""
    categories: dict[str, list[Question]] = {}
    for one in found:
        topic = one.item.drawn.topic
        parts = ("dlcli", topic.chapter or "Other", f"{topic.name} level {one.item.drawn.level}")
        path = "/".join(" ".join(clean(part).split()).replace("/", "//") for part in parts)
        categories.setdefault(f"$course$/top/{path}", []).append(one)
    yield from categories.items()
