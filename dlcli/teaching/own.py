"""An exercise of a teacher's own: a TOML file with a text, what is drawn, and lines of dlcli; no Python."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, partial
from pathlib import PurePath
from typing import Any

import numpy as np

from dlcli.engines.base.slips import SLIPS, Slip
from dlcli.errors import BadData, DlcliError, printable
from dlcli.python.session import run
from dlcli.teaching.dice import Dice
from dlcli.teaching.reading import Unreadable, number
from dlcli.teaching.task import Block, Field, Form, Pen, Say, Task, grid
from dlcli.teaching.topic import Topic
from dlcli.teaching.topics.literal import matrix, vector
from dlcli.teaching.worked import given, words
from dlcli.words.near import did_you_mean

#: What a file may hold, in its table and in those below it.
KEYS = ("title", "text", "show", "formula", "idea", "needs", "draw", "answer", "slip", "products", "digits")
ANSWER = ("line", "cell", "is", "options", "form", "name", "tolerance", "says", "unit")
SLIP = ("id", "says", "instead", "line", "cell", "is", "convention", "target")

#: How a draw is written: ``whole 0..9``, five of them, a table, without some; or ``one of 2, 3``.
WHOLE = re.compile(
    r"whole\s+(?P<least>-?\d+)\s*\.\.\s*(?P<most>-?\d+)"
    r"(?:\s*,?\s*(?:(?P<rows>\d+)\s*x\s*(?P<columns>\d+)|x\s*(?P<count>\d+)))?"
    r"(?:\s+not\s+(?P<leaving>-?\d+(?:\s*,\s*-?\d+)*))?"
)
ONE_OF = re.compile(r"one of\s+(?P<things>.+)")

#: A choice has a letter for each option.
LETTERS = 26

#: What would write a file.
WRITES = ("--output", "--save-weights", "--log")

#: A table that is drawn has at most so many numbers, and a result that is asked for.
MOST = 64

#: A number of a result that is as near to a fraction with a denominator up to this is that fraction.
DENOMINATOR, NEARLY = 1000, 1e-6

#: The id of a slip, and a name in a text that stands for what is drawn.
ID = re.compile(r"[\w.-]+")
PLACEHOLDER = re.compile(r"\{(\w+)\}")


def topic_of_file(text: str, source: str) -> Topic:
    """The topic that a file declares.

    Raises ``BadData`` for what is not to be there or is missing.
    """
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadData(f"{source}: no TOML: {error}") from error
    _check(found, KEYS, source)
    for key in ("text", "answer"):
        if key not in found:
            raise BadData(
                f"{source}: {key!r} is missing: an exercise has a text, [draw], [answer] and [[slip]]"
            )
    declared = Declared(source, found)
    declared.check()
    name = PurePath(source).stem
    title = found.get("title", name)
    if not isinstance(title, str):
        raise BadData(f"{source}: title = {title!r}: write it in quotation marks")
    return Topic(
        name,
        title,
        "",
        ("", "", ""),
        str(found.get("idea", "")),
        lambda dice, level: declared.drawn(dice),
        tuple(found.get("needs", ())),
        int(found.get("products", 99)),
        int(found.get("digits", 12)),
    )


@dataclass(frozen=True)
class Declared:
    """What the file of an exercise says."""

    source: str
    found: Mapping[str, Any]

    @property
    def slips(self) -> list[Mapping[str, Any]]:
        """Its slips, as they are written."""
        listed = self.found.get("slip", [])
        if not isinstance(listed, list):
            raise BadData(f"{self.source}: write [[slip]], once for each")
        return listed

    def check(self) -> None:
        """Raise ``BadData`` for what is wrong whatever is drawn; name its slips."""
        answer = self.found["answer"]
        _check(answer, ANSWER, f"{self.source}: [answer]")
        if answer.get("form", "word") not in ("word", "number"):
            raise BadData(f"{self.source}: [answer] form is word or number, or options make it a choice")
        if ("line" in answer) == ("is" in answer):
            raise BadData(f"{self.source}: [answer] has a line of dlcli, or what it is: one of them")
        for place, one in enumerate(self.slips, 1):
            where = f"{self.source}: slip {place}"
            _check(one, SLIP, where)
            for key in ("id", "says"):
                if not isinstance(one.get(key), str):
                    raise BadData(f"{where} has no {key!r}")
            if not ID.fullmatch(one["id"]):
                raise BadData(
                    f"{where}: {printable(one['id'])!r} is no id: letters, digits, hyphens and points"
                )
            if ("line" in one) == ("is" in one):
                raise BadData(f"{where} has a line of dlcli, or what comes out: one of them")
            known = SLIPS.get(one["id"])
            made = Slip(
                one["id"], one["says"], str(one.get("instead", "")), _nothing, bool(one.get("convention"))
            )
            if known is not None and known.says != made.says:
                raise BadData(f"{where}: another slip is called {one['id']!r}: give it a name of its own")
            SLIPS.setdefault(one["id"], made)
        for name, how in self._draws().items():
            if not isinstance(how, str) or not (
                WHOLE.fullmatch(how.strip()) or ONE_OF.fullmatch(how.strip())
            ):
                raise BadData(
                    f"{self.source}: [draw] {name} = {how!r}: write 'whole 0..9', 'whole 0..9 x 5' for a "
                    "row, 'whole -2..2 3x3 not 0' for a table, or 'one of 2, 3'"
                )
        for name in self.found.get("show", ()):
            if name not in self._draws():
                raise BadData(f"{self.source}: show: {printable(str(name))} is not drawn: see [draw]")
        texts = [
            self.found["text"],
            *(str(one.get(key, "")) for one in (answer, *self.slips) for key in ("line", "is", "cell")),
        ]
        for name in (name for text in texts for name in PLACEHOLDER.findall(str(text))):
            if name not in self._draws():
                near = did_you_mean(name, [*self._draws()], "see [draw]")
                raise BadData(f"{self.source}: {{{name}}} is not drawn: {near}")

    def _draws(self) -> Mapping[str, Any]:
        draws = self.found.get("draw", {})
        _check(draws, None, f"{self.source}: [draw]")
        return dict(draws)

    def drawn(self, dice: Dice) -> Task:
        """A task of it."""
        values = {name: _draw(dice, how.strip(), self.source) for name, how in self._draws().items()}
        answer = self.found["answer"]
        typed = {name: _literal(value) for name, value in values.items()}
        made = cache(self._result)
        fields, right = self._fields(answer, typed, made)
        slips: dict[str, Callable[[], dict[str, Any]]] = {
            one["id"]: partial(self._answers, one, answer, typed, fields, made) for one in self.slips
        }

        def solve(pen: Pen) -> None:
            others = {name: cache(make) for name, make in slips.items()}
            for one in fields:
                slipped = {name: partial(_answer, make, one.name) for name, make in others.items()}
                pen(one.name, right[one.name], slipped)

        shown = {name: _shown(value) for name, value in values.items()}
        blocks: list[Block] = [
            Say(_filled(part, shown)) for part in str(self.found["text"]).strip().split("\n\n")
        ]
        for name in self.found.get("show", ()):
            value = values[name]
            blocks.append(grid(name, value if isinstance(value, list) else [value]))
        line = _filled(answer["line"], typed) if "line" in answer else ""
        targets = tuple(
            one["id"] for one in self.slips if one.get("target", True) and not one.get("convention")
        )
        return Task(tuple(blocks), fields, solve, str(self.found.get("formula", line)), values, line, targets)

    def _fields(
        self, answer: Mapping[str, Any], typed: Mapping[str, str], made: Callable[[str], Any]
    ) -> tuple[tuple[Field, ...], dict[str, Any]]:
        """What is asked, and what is right; that a fraction is wanted is said where no decimal is exact."""
        fields, right = self._asked(answer, typed, made)
        exact = [right[one.name] for one in fields if not one.says and not one.tolerance]
        if any(isinstance(one, Fraction) and (one * 10**6).denominator > 1 for one in exact):
            fields = tuple(replace(one, says="as a fraction") for one in fields)
        return fields, right

    def _asked(
        self, answer: Mapping[str, Any], typed: Mapping[str, str], made: Callable[[str], Any]
    ) -> tuple[tuple[Field, ...], dict[str, Any]]:
        name, says, unit = (
            str(answer.get(key, usual)) for key, usual in (("name", "answer"), ("says", ""), ("unit", ""))
        )
        tolerance = _tolerance(answer.get("tolerance", 0), self.source)
        if "is" in answer:
            options = tuple(_filled(str(one), typed) for one in answer.get("options", ()))
            plain = [one.casefold().strip() for one in options]
            if len(set(plain)) < len(plain) or len(plain) == 1 or "" in plain or len(plain) > LETTERS:
                raise BadData(f"{self.source}: options are 2 to {LETTERS} different words")
            form: Form = "choice" if options else "number" if answer.get("form") == "number" else "word"
            one = Field(name, tolerance, form, options, says, unit)
            return (one,), {name: self._said(answer, typed, form, options)}
        result = made(_filled(answer["line"], typed))
        if "cell" in answer or result.size == 1:
            return (Field(name, tolerance, "number", (), says, unit),), {
                name: self._cell(answer, typed, result)
            }
        if result.size > MOST:
            raise BadData(
                f'{self.source}: the line gives {result.size} numbers: ask for a cell, as in cell = "0,1"'
            )
        places = [*np.ndindex(result.shape)]
        fields = tuple(Field(f"{name}[{','.join(map(str, one))}]", tolerance, says=says) for one in places)
        return fields, {one.name: _exact(result[place]) for one, place in zip(fields, places, strict=True)}

    def _answers(
        self,
        one: Mapping[str, Any],
        answer: Mapping[str, Any],
        typed: Mapping[str, str],
        fields: tuple[Field, ...],
        made: Callable[[str], Any],
    ) -> dict[str, Any]:
        """What a slip answers. Raises ``ValueError`` where it has another shape, and cannot be compared."""
        if "is" in one:
            return {fields[0].name: self._said(one, typed, fields[0].form, fields[0].options)}
        result = made(_filled(one["line"], typed))
        if len(fields) == 1 and not fields[0].table:
            return {fields[0].name: self._cell({**answer, **one}, typed, result)}
        if result.size != len(fields):
            raise ValueError("another shape")
        return {field.name: _exact(value) for field, value in zip(fields, result.ravel(), strict=True)}

    def _said(
        self, one: Mapping[str, Any], typed: Mapping[str, str], form: str, options: tuple[str, ...]
    ) -> Any:
        text = _filled(str(one["is"]), typed)
        if form == "choice" and text not in options:
            known = ", ".join(options)
            raise BadData(f"{self.source}: {printable(text)!r} is none of the options: {printable(known)}")
        if form != "number":
            return text
        try:
            return number(text)[0]
        except Unreadable as error:
            raise BadData(f"{self.source}: {error}") from error

    def _cell(self, one: Mapping[str, Any], typed: Mapping[str, str], result: Any) -> Any:
        if "cell" not in one:
            return _exact(result.ravel()[0])
        word = _filled(str(one["cell"]), typed)
        try:
            return _exact(result[tuple(int(part) for part in word.split(",") if part.strip())])
        except (IndexError, ValueError, TypeError) as error:
            raise BadData(
                f"{self.source}: the line gives numbers of shape {result.shape}, and cell is {word!r}"
            ) from error

    def _result(self, line: str) -> Any:
        """The numbers that a line gives."""
        words_ = line.strip().removeprefix("dlcli ")
        if any(word.partition("=")[0] in WRITES or word.startswith("-o") for word in line.split()):
            raise BadData(f"{self.source}: {printable(line)}: a line of an exercise writes no file")
        try:
            return np.asarray(run(words_).tensor().data)
        except DlcliError as error:
            raise BadData(f"{self.source}: {printable(line)}: {error}") from error


def _answer(make: Callable[[], dict[str, Any]], name: str) -> Any:
    return make()[name]


def _nothing() -> None:
    """A slip that is a line of dlcli has no function."""


def _check(found: Any, known: tuple[str, ...] | None, where: str) -> None:
    if not isinstance(found, dict):
        raise BadData(f"{where}: a table is wanted")
    for key in found:
        if known is not None and key not in known:
            raise BadData(
                f"{where}: unknown {printable(key)!r}: {did_you_mean(key, known, ', '.join(known))}"
            )


def _draw(dice: Dice, how: str, source: str) -> Any:
    if found := ONE_OF.fullmatch(how):
        word = dice.one([one.strip() for one in found["things"].split(",")])
        try:
            return number(word)[0]
        except Unreadable:
            return word
    found = WHOLE.fullmatch(how)
    assert found is not None  # it was checked
    leaving = {int(one) for one in (found["leaving"] or "").split(",") if one.strip()}
    from_, to = int(found["least"]), int(found["most"])
    allowed = (
        [one for one in range(from_, to + 1) if one not in leaving]
        if to - from_ < 10**5
        else range(from_, to)
    )
    if not allowed:
        raise BadData(f"{source}: '{how}' leaves nothing to draw")
    rows, columns = int(found["rows"] or 1), int(found["columns"] or found["count"] or 1)
    if rows * columns > MOST:
        raise BadData(f"{source}: '{how}' are {rows * columns} numbers; {MOST} at most")
    table = [[dice.one(allowed) for _ in range(columns)] for _ in range(rows)]
    return table if found["rows"] else table[0] if found["count"] else table[0][0]


def _literal(value: Any) -> str:
    """A drawn value as it is typed on a line."""
    if isinstance(value, list):
        return matrix(value) if isinstance(value[0], list) else vector(value)
    return str(value)


def _shown(value: Any) -> str:
    """A drawn value as it is read in a text."""
    if isinstance(value, list):
        rows = value if isinstance(value[0], list) else [value]
        return "; ".join(" ".join(words(one) for one in row) for row in rows)
    return value if isinstance(value, str) else given(value).text


def _filled(text: str, values: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda found: values[found[1]], text)


def _exact(value: Any) -> Any:
    """A number of a result, as a fraction where it is one but for the rounding of floats."""
    if np.iscomplexobj(value):
        return complex(value)
    if not np.isfinite(value):
        raise BadData("a line of the exercise gives no finite number")
    near = Fraction(float(value)).limit_denominator(DENOMINATOR)
    return (
        given(near).value
        if abs(float(near) - float(value)) <= NEARLY * max(1.0, abs(float(value)))
        else float(value)
    )


def _tolerance(value: Any, source: str) -> Fraction:
    try:
        made = number(str(value))[0]
    except Unreadable as error:
        raise BadData(f"{source}: tolerance: {error}") from error
    if made < 0:
        raise BadData(f"{source}: tolerance: {value!r} is below 0")
    return Fraction(made)
