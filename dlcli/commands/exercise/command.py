"""``dlcli exercise``: draw tasks, for oneself, for a class, for a learning platform."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from dlcli.commands.kinds.exercises.handed_out import HandedOut, TopicWord, topic_named
from dlcli.errors import DlcliError, WrongUsage, printable
from dlcli.runner.command import tool
from dlcli.runner.environment import Environment
from dlcli.runner.kinds import Whole, Writes
from dlcli.runner.manual import Manual
from dlcli.runner.option import argument, option
from dlcli.runner.storyteller import colourful, render, told_by

if TYPE_CHECKING:
    from dlcli.teaching.sheet import Sheet

MANUAL = Manual(
    emits={},
    examples=(
        "dlcli exercise",
        "dlcli exercise conv-cell --level 2",
        "dlcli exercise conv-cell pool --count 3 --solution -o sheet.html",
        "dlcli exercise td-update --count 30 -f moodle -o td.xml",
        "dlcli exercise --set week3.toml --for class.csv --secret secret -o 'sheets/{name}.txt'",
        "dlcli exercise --stress conv-cell",
    ),
    formulas={"draw": "HMAC-SHA256(secret, version, topic/level, name, counter)"},
)

#: Forms of a sheet, beside that of a terminal: name -> suffix of a file.
FORMATS = ("rich", "plain")

#: Files of a class may be called by these.
PLACEHOLDERS = ("{name}", "{index}")


@dataclass(frozen=True)
class Options(HandedOut):
    """Which tasks, for whom, in which form."""

    topics: tuple[str, ...] = argument(TopicWord(), metavar="[TOPIC]...", many=True)
    person: str | None = option(
        "--name", str, under="Class", metavar="NAME", excludes="--for", help="The sheet is for NAME alone."
    )
    format_: str | None = option(
        "-f --format",
        click.Choice(FORMATS),
        under="Result",
        help="The form of the sheets. [default: rich on a terminal, plain in a pipe, by suffix with -o]",
    )
    output: str | None = option(
        "-o --output",
        Writes("FILE"),
        under="Result",
        help="Write to FILE, whole or not at all; {name} and {index} stand for the person and their number.",
    )
    solution: bool = option("--solution", under="Result", help="With the solutions behind the tasks.")
    key: str | None = option(
        "--key",
        Writes("FILE"),
        under="Result",
        help="Write the solutions of all sheets to FILE, apart from them.",
    )
    width: int | None = option(
        "--width",
        Whole("COLUMNS", least=40),
        under="Result",
        help="Columns of the sheet on a screen. [default: the terminal's, or 80]",
    )
    stress: bool = option(
        "--stress",
        under="Topics",
        excludes=("--set", "--for", "--solution"),
        help="Draw 500 tasks of each level and tell how often each slip can be seen, which slips coincide, "
        "how many draws it takes, and what guessing hits.",
    )


@tool("exercise", MANUAL, Options)
def command(environment: Environment, options: Options) -> None:
    """Draw tasks to be solved by hand: short, with a key, able to tell the usual slips apart.

    TOPIC is one of the list that comes without it, or the TOML file of an exercise of one's own. The same
    topic, seed or secret, and name give the same sheet tomorrow. What is filled in behind the equal signs is
    marked by dlcli check.
    """
    if options.stress:
        _stress(environment, options)
    elif not options.topics and options.set_ is None:
        _list(environment, options)
    else:
        _sheets(environment, options)


def _list(environment: Environment, options: Options) -> None:
    from dlcli.teaching.topic import topics

    _show(environment, options, told_by("exercise").catalogue(topics()))


def _stress(environment: Environment, options: Options) -> None:
    from dlcli.teaching.stress import all_levels, described, stress
    from dlcli.teaching.topic import topics

    faults = 0
    for word in options.topics or tuple(topics()):
        own = word.lower().endswith(".toml")  # such a file has no levels
        for report in [stress(topic_named(word), 2)] if own else all_levels(topic_named(word)):
            _write(environment, "\n".join(described(report)) + "\n")
            faults += len(report.faults())
    if faults:
        raise DlcliError(f"{faults} beyond a limit, as told above")


def _sheets(environment: Environment, options: Options) -> None:
    """Draw all sheets, then write them, and the key."""
    from dlcli.teaching.forms.plain import solved
    from dlcli.teaching.sheet import sheet

    plan, people = options.plan(options.topics), options.people()
    secret = options.key_word()
    names = [one.name for one in people] or [options.person or ""]
    line = _line(options)
    usual = "rich" if environment.stdout_is_terminal else "plain"
    format_ = options.format_ or _form_of(options.output) or usual
    options.warn(environment)
    made = [sheet(plan, secret, name, line) for name in names]
    if options.key:
        _save(options.key, "\n".join(solved(one) for one in made))
    if options.output:
        _files(options.output, made, lambda one: _text(one, options.solution))
    elif format_ == "rich":
        tell = told_by("exercise").sheet_parts
        _show(environment, options, [part for one in made for part in tell(one, solution=options.solution)])
    else:
        _write(environment, "\f".join(_text(one, options.solution) for one in made))


def _text(sheet: Sheet, solution: bool) -> str:
    from dlcli.teaching.forms.plain import solved, written

    return written(sheet) + ("\n" + solved(sheet) if solution else "")


def _form_of(path: str | None) -> str | None:
    """The form that a file has by its suffix."""
    if path is None:
        return None
    suffix = os.path.splitext(path)[1].lower()
    if suffix == ".txt":
        return "plain"
    raise WrongUsage(f"-o {printable(path)}: no form of a sheet has this suffix: name a .txt")


def _line(options: Options) -> str:
    """The words that make a sheet again, where they are no secret and no file."""
    if options.secret or options.set_:
        return ""
    words = [
        *options.topics,
        "--level",
        str(options.level),
        "--count",
        str(options.count),
        "--seed",
        str(options.seed),
    ]
    return shlex.join([*words, *(["--name", options.person] if options.person else [])])


def _files(pattern: str, made: Sequence[Sheet], text: Callable[[Sheet], str]) -> None:
    """A file for each sheet, or one for all."""
    from dlcli.runner.outputs import file_word

    if len(made) > 1 and not any(one in pattern for one in PLACEHOLDERS):
        _save(pattern, "\f".join(text(one) for one in made))
        return
    paths = [
        pattern.replace("{name}", file_word(one.name or "sheet").replace(" ", "_")).replace(
            "{index}", str(place)
        )
        for place, one in enumerate(made, 1)
    ]
    if len(set(paths)) < len(paths):
        raise WrongUsage(f"-o {printable(pattern)}: two sheets would have one name: add {{index}}")
    for path, one in zip(paths, made, strict=True):
        _save(path, text(one))


def _save(path: str, text: str) -> None:
    from dlcli.wire.atomic import replacing

    folder = os.path.dirname(path)
    if folder:
        os.makedirs(folder, exist_ok=True)
    with replacing(path) as file:
        file.write(text.encode())


def _show(environment: Environment, options: Options, parts: Sequence[Any]) -> None:
    colours = options.format_ in (None, "rich") and colourful(
        environment, terminal=environment.stdout_is_terminal
    )
    width = options.width or environment.width
    _write(environment, render(parts, "rich" if colours else "plain", environment, width))


def _write(environment: Environment, text: str) -> None:
    view = memoryview(text.encode(errors="replace"))
    while view:
        view = view[environment.stdout.write(view) :]
