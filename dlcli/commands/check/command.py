"""``dlcli check``: mark answers to exercises."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import click

from dlcli.commands.kinds.exercises.handed_out import HandedOut, TopicWord
from dlcli.errors import BadData, DlcliError, WrongUsage, printable
from dlcli.runner.command import tool
from dlcli.runner.environment import Environment
from dlcli.runner.kinds import Reads, Whole, Words, Writes
from dlcli.runner.manual import Manual
from dlcli.runner.option import argument, option
from dlcli.runner.storyteller import colourful, render

if TYPE_CHECKING:
    from dlcli.teaching.handin import HandIn
    from dlcli.teaching.school import Result

MANUAL = Manual(
    emits={},
    examples=(
        "dlcli check sheet.txt",
        "dlcli check sheet.txt --solution",
        "dlcli check --set week3.toml --for class.csv --secret secret handins/*",
        "dlcli check --set week3.toml --for class.csv --secret secret handins/* -f csv -o marks.csv",
        "dlcli check --topic pool --for class.csv --secret secret all.csv --statistics",
    ),
    tables={
        "Verdicts": {
            "right": "The key, within the tolerance of the task, in any notation.",
            "few digits": "The key rounded further than was asked: half of the points.",
            "convention": "Right by another book's definition than the task's: no points unless --accept says so.",
            "slip": 'What comes out of a known mistake; "your slip" where a whole table or several tasks show it.',
            "carried": "Right from an earlier answer that was not: full points.",
        }
    },
)


class Percent(Words):
    """A share: ``60%``, ``0.6``, ``3/5``."""

    name = "60%"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Fraction:
        """The share as a fraction."""
        from dlcli.teaching.reading import Unreadable, number

        try:
            share = number(str(value))[0]
        except Unreadable:
            share = -1
        if isinstance(share, complex) or not 0 <= share <= 1:
            self.fail(f"{str(value)!r} is no share from 0 to 100 %, such as 60% or 0.6", param, ctx)
        return Fraction(share)


@dataclass(frozen=True)
class Options(HandedOut):
    """Which hand-ins, against which sheets, told how."""

    files: tuple[str, ...] = argument(Reads("FILE"), metavar="FILE...", many=True)
    topics: tuple[str, ...] = option(
        "--topic",
        TopicWord(),
        many=True,
        under="Tasks",
        excludes="--set",
        help="A topic of the sheet, as exercise was given it. Repeatable.",
    )
    accept: tuple[str, ...] = option(
        "--accept",
        str,
        many=True,
        under="Marks",
        metavar="CONVENTION",
        help="Count this convention as right, such as gru.z. Repeatable.",
    )
    few: Fraction | None = option(
        "--few", Percent(), under="Marks", help="What is given for too few digits. [default: 50%]"
    )
    passing: Fraction | None = option(
        "--pass", Percent(), under="Marks", help="End with exit code 1 where a hand-in has less."
    )
    format_: str | None = option(
        "-f --format",
        click.Choice(("rich", "plain", "csv", "json")),
        under="Result",
        help="csv: a row for each hand-in; json: every answer with its verdict. [default: rich on a terminal, plain otherwise, by suffix with -o]",
    )
    output: str | None = option(
        "-o --output", Writes("FILE"), under="Result", help="Write to FILE, whole or not at all."
    )
    solution: bool = option(
        "--solution", under="Result", help="Tell the key of each task and how it is reached, too."
    )
    statistics: bool = option(
        "--statistics",
        under="Result",
        help="Tell of the tasks and slips of all: difficulty, discrimination, most frequent slips.",
    )
    width: int | None = option(
        "--width",
        Whole("COLUMNS", least=40),
        under="Result",
        help="Columns on a screen. [default: the terminal's, or 80]",
    )


@tool("check", MANUAL, Options)
def command(environment: Environment, options: Options) -> None:
    """Mark what was handed in, and say what is behind what is not right.

    FILE is a sheet that was filled in (text), a table (CSV: a column task and a column answer, or a row for
    each person), JSON, or - for standard input. Without --set or --topic its first line says which tasks it
    has: that is for one's own answers. With a class, a file is that of the person after whom it is named, or
    its rows have a column name. Nothing in a hand-in is run, or believed.
    """
    if not options.files:
        raise WrongUsage("what is to be marked: name a file, as in dlcli check sheet.txt")
    results = [*_results(environment, options)]
    failed = [one for one in results if options.passing is not None and one.share < options.passing]
    _write(environment, options, results)
    if failed:
        names = ", ".join(printable(one.name or one.source) for one in failed[:5])
        more = f" and {len(failed) - 5} more" if len(failed) > 5 else ""
        raise DlcliError(f"{len(failed)} of {len(results)} hand-ins have not passed: {names}{more}")


def _results(environment: Environment, options: Options) -> Iterator[Result]:
    """Every hand-in marked, in the order of the line; then those of the class who handed in nothing."""
    from dataclasses import replace

    from dlcli.teaching.course import check_conventions
    from dlcli.teaching.handin import HandIn
    from dlcli.teaching.school import marked, person_of
    from dlcli.teaching.sheet import Plan, sheet

    people = options.people()
    check_conventions(frozenset(options.accept), "--accept")
    told = options.set_ is not None or bool(options.topics)
    if (people or options.secret) and not told:
        raise WrongUsage(
            "whose sheets are these: add --set FILE.toml, or --topic TOPIC with --level and --count as they were"
        )
    known: Plan | None = options.plan(options.topics) if told else None
    secret = options.key_word()
    options.warn(environment)
    seen: dict[str, str] = {}
    for source in options.files:
        for handin in _read(environment, source):
            trouble = "; ".join(handin.notes) if handin.answers == {} and handin.notes else ""
            plan, name, word = known, "", secret
            if people:
                person = (
                    person_of(handin.name or source, people)
                    if handin.name and _rows(source)
                    else person_of(source, people)
                )
                if person is None:
                    raise DlcliError(
                        f"{printable(source)}: whose is it? No one of {printable(options.list_ or '')} is called {printable(handin.name or os.path.basename(source))!r}"
                    )
                name = person.name
                if name in seen:
                    raise DlcliError(
                        f"two hand-ins of {printable(name)}: {printable(seen[name])} and {printable(source)}: keep one"
                    )
                seen[name] = source
            elif plan is None:
                if trouble and not handin.made:
                    raise BadData(trouble)
                plan, word, name = _own(handin)
            else:
                name = handin.name
            policy = plan.policy
            policy = replace(
                policy,
                accept=policy.accept | set(options.accept),
                few=policy.few if options.few is None else options.few,
            )
            made = marked(sheet(plan, word, name), handin, policy)
            yield replace(made, trouble=trouble)
    for one in people:
        if one.name not in seen:
            empty = HandIn("", notes=["no hand-in"])
            assert known is not None
            yield replace(marked(sheet(known, secret, one.name), empty, known.policy), trouble="no hand-in")


def _rows(source: str) -> bool:
    return source.lower().endswith((".csv", ".tsv", ".json")) or source == "-"


def _read(environment: Environment, source: str) -> list[HandIn]:
    """The hand-ins of a file; one that cannot be read is one without answers, and a note."""
    from dlcli.teaching.handin import BYTES, HandIn, read

    shown = printable("standard input" if source == "-" else source)
    try:
        if source == "-":
            if environment.stdin is None:
                raise WrongUsage("standard input is closed")
            data = _all(environment.stdin, BYTES + 1)
        else:
            with open(source, "rb") as file:
                data = file.read(BYTES + 1)
    except OSError as error:
        raise WrongUsage(f"{shown}: {os.strerror(error.errno or 0).lower()}") from error
    try:
        return read(data, shown)
    except BadData as error:
        return [HandIn(shown, notes=[str(error)])]


def _all(stream: Any, most: int) -> bytes:
    found = bytearray()
    while len(found) < most and (part := stream.read(most - len(found))):
        found += part
    return bytes(found)


def _own(handin: HandIn) -> tuple[Any, str, str]:
    """The tasks that a sheet says it has: topics, level, count, seed, name, and nothing else.

    Raises ``DlcliError`` where it does not say, or says something else.
    """
    from dlcli.commands.kinds.exercises.handed_out import topic_named
    from dlcli.teaching.sheet import Entry, Plan

    said = f"{handin.source}: its first line is to say which tasks it has, as dlcli exercise writes it"
    if not handin.made:
        raise DlcliError(f"{said}: '# dlcli exercise TOPIC --level 2'; or add --topic TOPIC")
    try:
        words = shlex.split(handin.made)[2:]
    except ValueError as error:
        raise DlcliError(f"{said}: {error}") from error
    found = {"--level": "2", "--count": "1", "--seed": "0", "--name": ""}
    topics = []
    while words:
        word = words.pop(0)
        if word in found and words:
            found[word] = words.pop(0)
        elif word.startswith("-") or word.lower().endswith(".toml"):
            raise DlcliError(f"{said}; {printable(word)} is not believed: give it to check itself")
        else:
            topics.append(word)
    numbers = [
        int(found[one]) if found[one].isdecimal() and len(found[one]) < 10 else -1
        for one in ("--level", "--count", "--seed")
    ]
    level, count, _ = numbers
    if (
        not topics
        or not 1 <= level <= 3
        or not 1 <= count <= 200
        or min(numbers) < 0
        or len(topics) * count > 500
    ):
        raise DlcliError(f"{said}; received {printable(handin.made)[:100]!r}")
    plan = Plan(tuple(Entry(topic_named(one), level, count) for one in topics))
    return plan, found["--seed"], found["--name"]


def _write(environment: Environment, options: Options, results: list[Result]) -> None:
    """The marks in the form that is asked for."""
    from dlcli.commands.check.story import as_csv, as_json, statistics_csv, story

    suffix = os.path.splitext(options.output or "")[1].lower()
    by_suffix = {".csv": "csv", ".json": "json", ".txt": "plain"}
    if options.output and suffix not in by_suffix and options.format_ is None:
        raise WrongUsage(f"-o {printable(options.output)}: name a .csv, .json or .txt, or say -f")
    usual = by_suffix.get(suffix) or ("rich" if environment.stdout_is_terminal else "plain")
    format_ = options.format_ or usual
    if format_ == "csv":
        text = statistics_csv(results) if options.statistics else as_csv(results)
    elif format_ == "json":
        text = as_json(results)
    else:
        colours = (
            format_ == "rich"
            and not options.output
            and colourful(environment, terminal=environment.stdout_is_terminal)
        )
        parts = story(results, solution=options.solution, statistics=options.statistics)
        text = render(parts, "rich" if colours else "plain", environment, options.width or environment.width)
    if options.output:
        from dlcli.wire.atomic import replacing

        with replacing(options.output) as file:
            file.write(text.encode())
        return
    view = memoryview(text.encode(errors="replace"))
    while view:
        view = view[environment.stdout.write(view) :]
