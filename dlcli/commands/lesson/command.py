"""``dlcli lesson``: lessons to play, to check, and to show on a wall."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from dlcli.errors import DlcliError, WrongUsage, printable
from dlcli.runner.command import tool
from dlcli.runner.environment import Environment
from dlcli.runner.kinds import Reads, Whole, Writes
from dlcli.runner.manual import Manual
from dlcli.runner.option import argument, option

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from dlcli.lessons.check import Differs
    from dlcli.lessons.lesson import Lesson

#: By what a file's name ends with, what it becomes.
ENDINGS = {".html": "html", ".md": "markdown"}

MANUAL = Manual(
    emits={},
    examples=(
        "dlcli lesson",
        "dlcli lesson convolution",
        "dlcli lesson gates -o gates.html",
        "dlcli lesson mine.sh --check",
    ),
    tables={
        "Lines of a lesson, which is a file for sh": {
            "# TEXT": "Markdown",
            "COMMAND": "a step: a line for the shell, or several",
            "#> LINE": "what it shows; ... alone stands for any lines, {*} for any letters",
            "#! N": "its exit code, where that is not 0",
            "#? QUESTION": "a question, at which the lesson waits",
            "# ---": "a new slide",
        },
    },
)


class LessonName(Reads):
    """A lesson that comes along, by its name, or a file."""

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The names that begin so, and files."""
        from click.shell_completion import CompletionItem

        from dlcli.lessons.shipped import shipped

        names = [CompletionItem(name) for name in shipped() if name.startswith(incomplete)]
        return names + super().shell_complete(ctx, param, incomplete)


@dataclass(frozen=True)
class Options:
    """What ``dlcli lesson`` takes."""

    names: tuple[str, ...] = argument(LessonName("NAME"), metavar="[NAME|FILE]...", many=True)
    yes: bool = option(
        "--yes",
        under="Play",
        excludes=("--check", "--update", "--format", "--output"),
        help="Run a file that does not come along without asking.",
    )
    check: bool = option(
        "--check",
        under="Write lessons",
        excludes=("--update", "--format", "--output"),
        help="Run all of it and say what is not as the file says: exit code 1 if anything. What it is "
        "given it runs without asking.",
    )
    update: bool = option(
        "--update",
        under="Write lessons",
        excludes=("--format", "--output"),
        help="Run all of it and write what came into the file; lines with ... and {*} stay where they fit.",
    )
    timeout: int = option(
        "--timeout",
        Whole("SECONDS"),
        60,
        under="Write lessons",
        needs=("--check", "--update"),
        help="How long a step may take.",
    )
    format: str | None = option(
        "-f --format",
        click.Choice(tuple(ENDINGS.values())),
        under="Show",
        help="Write slides for a browser, or the text. Nothing is run: what steps show is what the file says "
        "they do. [default: by the ending of -o]",
    )
    output: str | None = option(
        "-o --output",
        Writes("FILE", endings=tuple(ENDINGS)),
        under="Show",
        help="Write to FILE, whole or not at all: .html for slides, .md for the text.",
    )


@tool("lesson", MANUAL, Options)
def command(environment: Environment, options: Options) -> None:
    """Take a lesson: read, predict, run a command, look; without a name, see which there are.

    A lesson is a file for sh whose comments are its text. On a terminal it waits: before a command, at a
    question, at the end of a slide. All commands run in one shell, in a new folder. A file that does not come
    along is shown, and asked for once, before it runs.
    """
    from dlcli.lessons.shipped import found, shipped

    if not options.names:
        if options.check or options.update or options.format or options.output:
            raise WrongUsage("which lesson? dlcli lesson lists them")
        _write(environment, _listed())
        return
    lessons = [found(name) for name in options.names]
    for name in options.names:
        if name in shipped() and os.path.lexists(name):
            environment.say(f"dlcli lesson: {name} is the lesson that comes along; the file is ./{name}")
    if os.name != "posix" and not (options.format or options.output):
        raise DlcliError("a lesson runs in a shell of POSIX, which is not here: -f html shows it")
    if options.check:
        _check(environment, lessons, options.timeout)
    elif options.update:
        for name, lesson in zip(options.names, lessons, strict=True):
            _update(environment, name, lesson, options.timeout)
    elif len(lessons) > 1:
        raise WrongUsage("one lesson at a time: several go with --check and --update")
    elif options.format or options.output:
        _show(environment, lessons[0], options)
    else:
        from dlcli.lessons.play import play

        _ask(environment, lessons[0], yes=options.yes)
        play(lessons[0], environment)


def _listed() -> str:
    """The lessons that come along."""
    from dlcli.lessons.shipped import found, shipped

    lessons = [found(name) for name in shipped()]
    rows = [
        (lesson.name, f"{lesson.minutes} min", f"{len(lesson.commands)} steps", lesson.title)
        for lesson in lessons
    ]
    wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        f"{name:{wide[0]}}  {minutes:>{wide[1]}}  {steps:>{wide[2]}}  {title}"
        for name, minutes, steps, title in rows
    ]
    return (
        "\n".join(["Lessons, in the order of the course", "", *lines, "", f"Try  dlcli lesson {rows[0][0]}"])
        + "\n"
    )


def _ask(environment: Environment, lesson: Lesson, *, yes: bool) -> None:
    """Nothing for what comes along or was allowed; else show the commands, and end where the answer is no."""
    from dlcli.lessons.allowed import allow, is_allowed
    from dlcli.lessons.play import listed
    from dlcli.lessons.shipped import is_shipped

    variables = environment.variables or {}
    if yes or is_shipped(lesson) or is_allowed(lesson, variables):
        return
    if environment.stdin is None or not (environment.stdin_is_terminal and environment.stdout_is_terminal):
        raise WrongUsage(
            f"{printable(lesson.name)} does not come along, and nobody is here to be asked: "
            "read it, then add --yes"
        )
    _write(environment, f"{listed(lesson)}\n\n{printable(lesson.name)} runs these commands. Run them? [y/N] ")
    if environment.stdin.readline().strip().lower() not in (b"y", b"yes"):
        raise DlcliError(f"{printable(lesson.name)}: nothing was run")
    allow(lesson, variables)


def _check(environment: Environment, lessons: list[Lesson], timeout: int) -> None:
    from dlcli.lessons.check import check

    wrong: list[Differs] = []
    for lesson in lessons:
        differ = check(lesson, timeout)
        for one in differ:
            place = f"{printable(lesson.name)}:{one.command.line}"
            first = one.command.text.partition("\n")[0]
            told = (
                f"{place}: {first}",
                f"  expected  {one.expected}",
                f"  received  {printable(one.received)}",
            )
            _write(environment, "\n".join(told) + "\n")
        count = len(lesson.commands)
        idle = sum(one.ended and count - 1 - lesson.commands.index(one.command) for one in differ)
        said = f"{printable(lesson.name)}: {count - len(differ) - idle} of {count} steps are as written"
        _write(environment, said + f"; {idle} did not run" * bool(idle) + "\n")
        wrong += differ
    if wrong:
        said = f"{len(wrong)} {'step is' if len(wrong) == 1 else 'steps are'} not as written"
        writes = all(one.writes for one in wrong)
        raise DlcliError(said + "; --update writes what came" * writes)


def _update(environment: Environment, name: str, lesson: Lesson, timeout: int) -> None:
    from dlcli.lessons.check import update
    from dlcli.wire.atomic import replacing

    if not os.path.lexists(name):
        raise WrongUsage(f"{name} comes along: --update is for a file of your own")
    text = update(lesson, timeout, lambda said: environment.say(f"dlcli lesson: {printable(said)}"))
    if text == lesson.source:
        _write(environment, f"{printable(name)}: all steps are as written\n")
        return
    with replacing(name) as file:
        file.write(text.encode())
    _write(environment, f"{printable(name)}: written\n")


def _show(environment: Environment, lesson: Lesson, options: Options) -> None:
    from dlcli.lessons.slides import markdown, slides
    from dlcli.wire.atomic import replacing

    format_ = options.format
    if format_ is None:
        ending = os.path.splitext(options.output or "")[1].lower()
        if ending not in ENDINGS:
            raise WrongUsage(
                f"{options.output!r} ends with none of {', '.join(ENDINGS)}: add -f html or -f markdown"
            )
        format_ = ENDINGS[ending]
    text = slides(lesson) if format_ == "html" else markdown(lesson)
    if options.output is None:
        _write(environment, text)
        return
    with replacing(options.output) as file:
        file.write(text.encode())


def _write(environment: Environment, text: str) -> None:
    from dlcli.wire.atomic import write_all

    write_all(environment.stdout, text.encode())
