"""``dlcli exercise``: draw tasks, for oneself, for a class, for a learning platform."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import click

from dlcli.commands.kinds.exercises.handed_out import HandedOut, TopicWord, topic_named
from dlcli.errors import DlcliError
from dlcli.runner.command import tool
from dlcli.runner.environment import Environment
from dlcli.runner.kinds import Whole, Writes
from dlcli.runner.manual import Manual
from dlcli.runner.option import argument, option
from dlcli.runner.storyteller import colourful, render, told_by
from dlcli.teaching.forms.forms import FORMS

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
    tables={"Forms": {name: f"{one.help} [{one.suffix}]" for name, one in FORMS.items()}},
)


@dataclass(frozen=True)
class Options(HandedOut):
    """Which tasks, for whom, in which form."""

    topics: tuple[str, ...] = argument(TopicWord(), metavar="[TOPIC]...", many=True)
    person: str | None = option(
        "--name", str, under="Class", metavar="NAME", excludes="--for", help="The sheet is for NAME alone."
    )
    format_: str | None = option(
        "-f --format",
        click.Choice(("rich", *FORMS)),
        under="Result",
        help="The form of the sheets (below). [default: rich on a terminal, plain in a pipe, by suffix "
        "with -o]",
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
        help="Write the solutions of all sheets to FILE, apart from them, in the form of its suffix.",
    )
    width: int | None = option(
        "--width",
        Whole("COLUMNS", least=40),
        under="Result",
        help="Columns of a sheet on a screen, and in plain text. [default: the terminal's; of plain text 76]",
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
            _write(environment, ("\n".join(described(report)) + "\n").encode())
            faults += len(report.faults())
    if faults:
        raise DlcliError(f"{faults} beyond a limit, as told above")


def _sheets(environment: Environment, options: Options) -> None:
    """Draw all sheets, then write them, and the key."""
    from dlcli.commands.exercise.written import Writer
    from dlcli.teaching.forms.manner import Manner
    from dlcli.teaching.sheet import sheets

    plan, people = options.plan(options.topics), options.people()
    secret = options.key_word()
    own = tuple(word for word in options.topics if word.lower().endswith(".toml"))
    options.check_kept(options.output, options.key, read=own)
    manner = Manner("end" if options.solution else "", plan.policy.accept, say=_told(environment))
    if options.width:
        manner = replace(manner, width=options.width)
    writer = Writer(options.output, options.format_, manner, terminal=environment.stdout_is_terminal)
    key = (
        Writer(options.key, None, replace(manner, solutions="alone"), terminal=False) if options.key else None
    )
    options.warn(environment)
    made = sheets(plan, secret, [one.name for one in people] or [options.person or ""], _line(options))
    if writer.form is None:
        tell = told_by("exercise").sheet_parts
        _show(environment, options, [part for one in made for part in tell(one, solution=options.solution)])
    else:
        _write(environment, writer.write(made))
    if key is not None:
        key.write(made)


def _told(environment: Environment) -> Callable[[str], None]:
    """Says what a form has no place for, once."""
    told: set[str] = set()

    def say(text: str) -> None:
        if text not in told:
            environment.say(f"dlcli: {text}")
        told.add(text)

    return say


def _line(options: Options) -> str:
    """The words that make a sheet again, where they are no secret and no file."""
    if options.secret or options.set_ or any(word.lower().endswith(".toml") for word in options.topics):
        return ""
    from dlcli.teaching.dice import plain_name

    numbers = {"--level": options.level, "--count": options.count, "--seed": options.seed}
    words = [*options.topics, *(word for flag, number in numbers.items() for word in (flag, str(number)))]
    return shlex.join([*words, *(["--name", plain_name(options.person)] if options.person else [])])


def _show(environment: Environment, options: Options, parts: Sequence[Any]) -> None:
    terminal = environment.stdout_is_terminal
    coloured = options.format_ in (None, "rich") and colourful(environment, terminal=terminal)
    width = options.width or environment.width
    _write(
        environment,
        render(parts, "rich" if coloured else "plain", environment, width).encode(errors="replace"),
    )


def _write(environment: Environment, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[environment.stdout.write(view) :]
