"""What comes back: answers by their names, out of text, CSV or JSON. Nothing in it is run or believed."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from dlcli.errors import BadData, printable
from dlcli.teaching.reading import TWICE, Unreadable, number

#: A hand-in is at most so large, and has at most so many answers.
BYTES, ANSWERS = 1 << 20, 5000

#: How much is shown of answers that contradict each other.
SHOWN = 20

#: What a text begins with that is not in plain UTF-8.
MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}

#: The name of an answer: the number of its task, and what it is called there.
_CELL = r"(?:\s*\[[\d\s,]{1,20}\]){0,4}|_?\{[\d\s,]{1,20}\}|\s?\(\w[\w\s,]{0,19}\)"
_NAME = rf"(?P<name>[^\W\d][\w'*^()]{{0,40}}?(?:{_CELL}))"
_TO = r"^[\s>*`-]*(?:(?P<task>\d{1,3})(?:\s*(?P<dot>[.)])\s*|\s+))?"
_LINE = re.compile(rf"{_TO}{_NAME}[\s*`]{{0,8}}[=:≈]\s*(?P<answer>.*)$")

#: The same in a row of a table, or with blanks before a number; an answer behind the number of its task.
_PLAIN = re.compile(
    rf"^[\s|*`]*(?P<task>\d{{1,3}})(?P<dot>\.){_NAME}[\s*`]{{0,8}}"
    r"(?:\|\s*(?P<cell>[^|]*?)[\s|]*|\s(?P<answer>[-+−–.\d½¼¾][^A-Za-z]*))$"
)
_ALONE = re.compile(r"^\s*(?P<name>\d{1,3})\s*[.)]?\s*=\s*(?P<answer>\S.*)$")

#: What looks like the name of an answer in a line that is none of these.
_MENTIONED = re.compile(rf"(?<![\w.])(?P<task>\d{{1,3}})\.{_NAME}(?![\w\[{{(])")

#: Other ways to write the place of a cell: between its brackets, and all of it.
_BETWEEN, _ROUND = re.compile(r"\]\["), re.compile(r"(?:\(|_?\{)(\d+(?:,\d+)*)[)}]$")

#: Letters and signs as wide as a Chinese one, as ours.
_NARROW = {0xFF01 + one: 0x21 + one for one in range(94)}
_ROW = re.compile(r"[\s\d.,;|/+\-−–½¼¾\[\]{}()]*\d[\s\d.,;|/+\-−–½¼¾\[\]{}()]*")
_TASK = re.compile(r"^\W*task\s+(\d{1,3})\b", re.IGNORECASE)


@dataclass
class HandIn:
    """Answers by their names, as they were typed; ``name`` is who it says it is from.

    ``loose`` are those without the number of their task, which sentences of the sheet may look like: they
    count where that answer has no line of its own. ``made`` is the line that the sheet begins with; ``odd``
    are names in lines that were not understood, ``notes`` say what was odd, ``trouble`` why nothing could be
    read.
    """

    source: str
    answers: dict[str, str] = field(default_factory=dict)
    loose: dict[str, str] = field(default_factory=dict)
    name: str = ""
    made: str = ""
    odd: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    trouble: str = ""

    def add(self, name: str, answer: str, *, loose: bool = False) -> None:
        """Take an answer; one that is given twice and differs is none.

        Raises ``BadData`` beyond all measure.
        """
        answers, name = self.loose if loose else self.answers, _tidy(name)
        known, answer = answers.get(name, ""), answer.strip()
        if known == TWICE:
            return
        if loose and known and answer and _is_number(known) != _is_number(answer):
            answer = answer if _is_number(answer) else known  # the other one is how it was reached
        elif known and answer and not _same(known, answer):
            if not loose:
                shown = f"{known[:SHOWN]!r} and {answer[:SHOWN]!r}"
                self.notes.append(f"{name} is answered twice, {shown}: neither counts")
            answer = TWICE
        if answer or name not in answers:
            answers[name] = answer
        if len(answers) > ANSWERS:
            raise BadData(f"{self.source}: more than {ANSWERS} answers; a sheet has fewer")


def _tidy(name: str) -> str:
    """The name of an answer as sheets have it: ``y[0][1]`` and ``y(0, 1)`` are ``y[0,1]``."""
    return _ROUND.sub(r"[\1]", _BETWEEN.sub(",", re.sub(r"\s+", "", name)))


def _is_number(answer: str) -> bool:
    with suppress(Unreadable):
        number(answer)
        return True
    return False


def _same(one: str, other: str) -> bool:
    """Whether two answers are the same, as numbers where they are some."""
    with suppress(Unreadable):
        return one == other or number(one)[0] == number(other)[0]
    return one == other


def read(data: bytes, source: str, names: Iterable[str] = ()) -> list[HandIn]:
    """The hand-ins of a file: one, or of a table one for each row.

    ``names`` are those of the answers, which tell a table whose columns they are from one that lists them.

    Raises ``BadData`` for what is no text, and what is too large.
    """
    if len(data) > BYTES:
        raise BadData(f"{source}: more than {BYTES} bytes; no hand-in is so large")
    text = decoded(data, source)
    stripped = text.lstrip()
    if stripped[:1] in ("{", "["):
        return list(_of_json(stripped, source))
    lines = [line for line in text.splitlines() if line.strip()]
    first = lines[0] if lines else ""
    if source.lower().endswith((".csv", ".tsv")) or _is_header(first, set(names)):
        return list(_of_table(text, source))
    return [_of_text(text, source)]


def decoded(data: bytes, source: str) -> str:
    """The text of bytes in UTF-8, or with a mark in UTF-16. Raises ``BadData`` for what is none."""
    encoding = next((name for mark, name in MARKS.items() if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        if b"\0" in data:
            raise BadData(f"{source}: this is no text; hand in a text file, CSV or JSON") from None
        text = data.decode("latin-1")
    if "\0" in text:
        raise BadData(f"{source}: this is no text; hand in a text file, CSV or JSON")
    return text


def _of_text(text: str, source: str) -> HandIn:
    """Lines such as ``2.y[0,1] = 6``; below a heading "Task 2" without the number, too.

    The rows of a table may stand on lines of their own, below its name.
    """
    made = HandIn(source)
    task = last = ""
    for line in text.translate(_NARROW).splitlines():
        if line.startswith("# dlcli exercise ") and not made.made:
            made.made = line[2:].strip()
        elif found := _TASK.match(line):
            task, last = found[1], ""
        elif found := _LINE.match(line) or _PLAIN.match(line):
            if found["name"].lower() == "name" and not found["task"]:
                made.name = printable(found["answer"].strip())[:200]
                continue
            name = _tidy(f"{found['task'] or task or 1}.{found['name']}")
            last = name if found["dot"] else ""
            made.add(name, found["answer"] or found.groupdict().get("cell") or "", loose=not found["dot"])
        elif found := _ALONE.match(line):
            last = ""
            made.add(found["name"], found["answer"], loose=True)
        elif last and _ROW.fullmatch(line) and made.answers[last] != TWICE:
            made.answers[last] = f"{made.answers[last]}; {line.strip()}".strip("; ")
        elif line.strip():
            last = ""
            made.odd += [_tidy(f"{one['task']}.{one['name']}") for one in _MENTIONED.finditer(line)]
    return made


def _is_header(line: str, names: set[str]) -> bool:
    cells = {one.strip().strip('"') for one in re.split(r"[,;\t]", line)}
    return bool(cells & names) or {"name", "answer"} <= {one.lower() for one in cells}


def _of_table(text: str, source: str) -> Iterator[HandIn]:
    """A row for each person with a column for each answer, or a row for each answer."""
    divider = max(",;\t", key=text.partition("\n")[0].count)
    try:
        rows = list(csv.DictReader(io.StringIO(text), delimiter=divider, restkey="", restval=""))
    except csv.Error as error:
        raise BadData(f"{source}: {error}") from error
    heads = {(one or "").strip().lower(): one for one in (rows[0] if rows else {})}
    if len(heads) < len(next(csv.reader(io.StringIO(text), delimiter=divider), [])):
        raise BadData(f"{source}: two columns have the same name")
    who = next((heads[name] for name in ("name", "student") if name in heads), None)
    if "answer" in heads:
        field = next((heads[name] for name in ("field", "question") if name in heads), None)
        people: dict[str, HandIn] = {}
        for row in rows:
            name = printable(_cell(row, who))[:200]
            number, inner = _cell(row, heads.get("task")), _cell(row, field)
            made = people.setdefault(name, HandIn(source, name=name))
            made.add(".".join(filter(None, (number, inner))), _cell(row, heads["answer"]))
        yield from people.values()
        return
    for row in rows:
        made = HandIn(source, name=printable(_cell(row, who))[:200])
        for head in row:
            if head and head != who:
                made.add(head.strip(), _cell(row, head))
        yield made


def _cell(row: Mapping[str, Any], head: str | None) -> str:
    value = row.get(head) if head else ""
    return value.strip() if isinstance(value, str) else ""


def _of_json(text: str, source: str) -> Iterator[HandIn]:
    """``{"name": …, "answers": {"1.y": …}}``, or a list of such."""
    try:
        found = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        told = "too deep" if isinstance(error, RecursionError) else str(error)[:80]
        raise BadData(f"{source}: no JSON: {told}") from error
    for one in found if isinstance(found, list) else [found]:
        if not isinstance(one, Mapping):
            raise BadData(f'{source}: expected {{"name": …, "answers": {{"1.y": "6"}}}}')
        made = HandIn(source, name=printable(str(one.get("name", "")))[:200])
        answers = one.get("answers", {key: value for key, value in one.items() if key != "name"})
        if not isinstance(answers, Mapping):
            raise BadData(f'{source}: "answers" are to be {{"1.y": "6"}}')
        for key, value in answers.items():
            made.add(str(key), _said(value))
        yield made


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The members of an object. Raises ``ValueError`` for a name that stands there twice."""
    if len(found := dict(pairs)) < len(pairs):
        raise ValueError("a name stands in it twice")
    return found


def _said(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)[:500]
