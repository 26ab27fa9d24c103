"""Whether the commands of a lesson show what it says; and what it says, written anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dlcli.errors import DlcliError
from dlcli.lessons.compare import difference, is_wild, lines_of, updated
from dlcli.lessons.lesson import Command, Lesson
from dlcli.lessons.read import unseen
from dlcli.lessons.shell import Outcome, Shell


@dataclass(frozen=True)
class Differs:
    """A step that is not as it is written: what was expected, and what was received.

    ``writes``: ``update`` writes what came instead; ``ended``: what follows did not run.
    """

    command: Command
    expected: str
    received: str
    writes: bool = True
    ended: bool = False


def ran(lesson: Lesson, timeout: float) -> Iterator[tuple[Command, Outcome]]:
    """Each step with what came of it, up to one that does not end as a command does."""
    with Shell(lesson.tools) as shell:
        for command in lesson.commands:
            outcome = shell.run(command.text, timeout=timeout)
            yield command, outcome
            if outcome.code is None:
                return


def check(lesson: Lesson, timeout: float = 60) -> list[Differs]:
    """The steps that differ, each with its first line that does; of a step that fails the exit code."""
    return [differs for step in ran(lesson, timeout) if (differs := _differs(*step))]


def _differs(command: Command, outcome: Outcome) -> Differs | None:
    lines = lines_of(outcome.output)
    if outcome.code != command.code:
        said = outcome.why or f"exit code {outcome.code}"
        last = "".join(f"; its last line: {line}" for line in lines[-1:])
        meant = f"exit code {command.code}" + ", and a shell that goes on" * (outcome.code is None)
        return Differs(command, meant, said + last, writes=False, ended=outcome.code is None)
    first = difference(command.expected, lines)
    return first and Differs(command, *first)


def update(lesson: Lesson, timeout: float = 60, tell: Callable[[str], None] = lambda _: None) -> str:
    """The file with what came in the place of what it says is to be seen.

    Lines with ``...`` and ``{*}`` stay where they still fit; ``tell`` hears of each step that shows such a
    line itself. Raises ``DlcliError`` where a step ends with another exit code than it says, for what is to
    be written then is the author's to say, and where it shows what no lesson may have in it.
    """
    lines = lesson.source.split("\n")
    for command, outcome in reversed(list(ran(lesson, timeout))):
        place = f"{lesson.name}:{command.line}"
        if outcome.code != command.code:
            differs = _differs(command, outcome)
            assert differs is not None
            meant = f"; write '#! {outcome.code}' below it if that is meant" if outcome.code else ""
            raise DlcliError(f"{place}: expected {differs.expected}, received {differs.received}{meant}")
        came = lines_of(outcome.output)
        for line in came:
            if found := unseen(line):
                raise DlcliError(
                    f"{place}: it shows U+{ord(found[1]):04X}, which is not seen; no lesson may have that "
                    "in it: nothing was written"
                )
        if wild := [line for line in came if is_wild(line) and line not in command.expected]:
            tell(f"{place}: it shows {wild[0]!r}, which is written and leaves open what stands there")
        shown = [f"#> {line}".rstrip() for line in updated(command.expected, came)]
        code = [f"#! {command.code}"] * bool(command.code)
        lines[command.end - 1 : command.after - 1] = shown + code
    text = "\n".join(lines)
    return text if text == lesson.source or text.endswith("\n") else f"{text}\n"
