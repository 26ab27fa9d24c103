"""``dlcli check``: mark answers to exercises."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import click

from dlcli.commands.kinds.exercises.handed_out import HandedOut, TopicWord
from dlcli.errors import DlcliError, WrongUsage, printable
from dlcli.runner.command import tool
from dlcli.runner.environment import Environment
from dlcli.runner.kinds import Reads, Whole, Words, Writes
from dlcli.runner.manual import Manual
from dlcli.runner.option import argument, option
from dlcli.runner.storyteller import colourful, render, told_by

if TYPE_CHECKING:
    from dlcli.commands.check.hand_ins import HandIns
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
            "convention": "Right by another book's definition than the task's: no points without --accept.",
            "slip": 'What comes out of a known mistake; "your slip" where a whole table or several tasks do.',
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
        help="csv: a row for each hand-in; json: every answer with its verdict. [default: rich on a "
        "terminal, plain otherwise, by suffix with -o]",
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
    if options.statistics and options.format_ == "json":
        raise WrongUsage("--statistics is told as plain or csv")
    if options.solution and options.format_ in ("csv", "json"):
        raise WrongUsage("--solution is told in words: leave out -f, or --solution")
    options.check_kept(options.output, read=options.files)
    results = [*_hand_ins(environment, options).results(options.files)]
    failed = [one for one in results if options.passing is not None and one.share < options.passing]
    _write(environment, options, results)
    if failed:
        names = ", ".join(printable(one.name or one.source) for one in failed[:5])
        more = f" and {len(failed) - 5} more" if len(failed) > 5 else ""
        without = sum(not one.source for one in failed)
        told = f", {without} of them without a hand-in" if without else ""
        raise DlcliError(f"{len(failed)} of {len(results)} have not passed{told}: {names}{more}")


def _hand_ins(environment: Environment, options: Options) -> HandIns:
    """What marks the hand-ins, as the options have it."""
    from dlcli.commands.check.hand_ins import HandIns
    from dlcli.teaching.course import check_conventions

    accepted = frozenset(options.accept)
    check_conventions(accepted, "--accept")
    plan, people = None, options.people()
    if options.set_ is not None or options.topics:
        plan = options.plan(options.topics)
        policy = replace(plan.policy, accept=plan.policy.accept | accepted)
        plan = replace(plan, policy=policy if options.few is None else replace(policy, few=options.few))
    elif people or options.secret:
        raise WrongUsage("which sheets are these: add --set FILE.toml, or --topic with --level and --count")
    elif accepted or options.few is not None:
        flag = "--accept" if accepted else "--few"
        raise WrongUsage(f"{flag} is a teacher's: say which tasks there were, by --set or --topic")
    options.warn(environment)
    return HandIns(environment, plan, options.key_word(), people)


def _write(environment: Environment, options: Options, results: list[Result]) -> None:
    """The marks in the form that is asked for."""
    story = told_by("check")
    suffix = os.path.splitext(options.output or "")[1].lower()
    by_suffix = {".csv": "csv", ".json": "json", ".txt": "plain"}
    if options.output and suffix not in by_suffix and options.format_ is None:
        raise WrongUsage(f"-o {printable(options.output)}: name a .csv, .json or .txt, or say -f")
    usual = by_suffix.get(suffix) or ("rich" if environment.stdout_is_terminal else "plain")
    format_ = options.format_ or usual
    if format_ == "csv":
        text = story.statistics_csv(results) if options.statistics else story.as_csv(results)
    elif format_ == "json":
        text = story.as_json(results)
    else:
        colours = (
            format_ == "rich"
            and not options.output
            and colourful(environment, terminal=environment.stdout_is_terminal)
        )
        parts = story.marks(results, solution=options.solution, statistics=options.statistics)
        text = render(parts, "rich" if colours else "plain", environment, options.width or environment.width)
    if options.output:
        from dlcli.wire.atomic import replacing

        with replacing(options.output) as file:
            file.write(text.encode())
        return
    view = memoryview(text.encode(errors="replace"))
    while view:
        view = view[environment.stdout.write(view) :]
