"""What comes back: answers by their names, out of text, CSV or JSON. Nothing in it is run or believed."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dlcli.errors import BadData, printable

#: A hand-in is at most so large, and has at most so many answers.
BYTES, ANSWERS = 1 << 20, 5000

#: What stands for answers that contradict each other, and how much of them is shown.
TWICE, SHOWN = "two answers", 20

#: What a text begins with that is not in plain UTF-8.
MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}

#: The name of an answer: the number of its task, and what it is called there.
_NAME = r"(?P<name>(?:(?P<task>\d{1,3})\s*\.\s*)?[^\W\d][\w'*^()]*(?:\s*\[[\d\s,]{1,20}\])?)"
_LINE = re.compile(rf"^\s*(?:[>*-]\s+)?{_NAME}\s*[=:]\s*(?P<answer>.*)$")
_TASK = re.compile(r"^\W*task\s+(\d{1,3})\b", re.IGNORECASE)


@dataclass
class HandIn:
    """Answers by their names, as they were typed; ``name`` is who it says it is from.

    ``made`` is the line that the sheet begins with; ``notes`` say what was odd, ``trouble`` why nothing could
    be read.
    """

    source: str
    answers: dict[str, str] = field(default_factory=dict)
    name: str = ""
    made: str = ""
    notes: list[str] = field(default_factory=list)
    trouble: str = ""

    def add(self, name: str, answer: str) -> None:
        """Take an answer; one that is given twice and differs is none.

        Raises ``BadData`` beyond all measure.
        """
        known, answer = self.answers.get(name, ""), answer.strip()
        if known == TWICE:
            return
        if known and answer and known != answer:
            shown = f"{known[:SHOWN]!r} and {answer[:SHOWN]!r}"
            self.notes.append(f"{name} is answered twice, {shown}: neither counts")
            answer = TWICE
        if answer or name not in self.answers:
            self.answers[name] = answer
        if len(self.answers) > ANSWERS:
            raise BadData(f"{self.source}: more than {ANSWERS} answers; a sheet has fewer")


def read(data: bytes, source: str, names: Iterable[str] = ()) -> list[HandIn]:
    """The hand-ins of a file: one, or of a table one for each row.

    ``names`` are those of the answers, which tell a table whose columns they are from one that lists them.

    Raises ``BadData`` for what is no text, and what is too large.
    """
    if len(data) > BYTES:
        raise BadData(f"{source}: {len(data)} bytes; a hand-in has at most {BYTES}")
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
    """Lines such as ``2.y[0,1] = 6``; below a heading "Task 2" without the number, too."""
    made = HandIn(source)
    task = ""
    for line in text.splitlines():
        if line.startswith("# dlcli exercise ") and not made.made:
            made.made = line[2:].strip()
        elif found := _TASK.match(line):
            task = found[1]
        elif found := _LINE.match(line):
            name = re.sub(r"\s+", "", found["name"])
            if name.lower() == "name" and not found["task"]:
                made.name = printable(found["answer"].strip())[:200]
                continue
            made.add(name if found["task"] else f"{task or 1}.{name}", found["answer"])
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
    if "answer" in heads:
        made = HandIn(source)
        by = heads.get("field") or heads.get("question") or heads.get("name")
        for row in rows:
            number = str(row.get(heads.get("task", ""), "") or "").strip()
            name = str(row.get(by, "") or "").strip() if by else ""
            made.add(f"{number}.{name}" if number else name, str(row[heads["answer"]] or ""))
        yield made
        return
    for row in rows:
        made = HandIn(source)
        for head, value in row.items():
            if head and head.strip().lower() in ("name", "student"):
                made.name = printable(str(value).strip())[:200]
            elif head:
                made.add(head.strip(), value if isinstance(value, str) else "")
        yield made


def _of_json(text: str, source: str) -> Iterator[HandIn]:
    """``{"name": …, "answers": {"1.y": …}}``, or a list of such."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadData(f"{source}: no JSON: {str(error)[:80]}") from error
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


def _said(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)[:500]
