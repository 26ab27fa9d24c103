"""A lesson step by step: its text, a command as it is typed, and what that shows; then the reader goes on."""

from __future__ import annotations

import io
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass

from rich.console import Console, RenderableType
from rich.markdown import Markdown
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text as Styled

from dlcli.errors import DlcliError
from dlcli.lessons.lesson import Block, Command, Lesson, Question, Text
from dlcli.lessons.shell import Shell
from dlcli.runner.environment import Environment
from dlcli.runner.storyteller import colourful
from dlcli.wire.atomic import write_all

#: Columns of text that are read with ease.
WIDE = 88

#: What takes the line of the keys away again.
ERASED = b"\x1b[1A\r\x1b[2K"


@dataclass(frozen=True)
class Stop:
    """What is shown until the reader says that it goes on; ``slide`` is its own, counted from 1."""

    slide: int
    blocks: tuple[Block, ...]

    @property
    def command(self) -> Command | None:
        """What then runs."""
        last = self.blocks[-1] if self.blocks else None
        return last if isinstance(last, Command) else None


def stops(lesson: Lesson) -> list[Stop]:
    """A lesson as a player waits: before a command runs, at a question, at the end of a slide."""
    found = []
    for number, slide in enumerate(lesson.slides, 1):
        waiting: list[Block] = []
        for block in slide.blocks:
            waiting.append(block)
            if not isinstance(block, Text):
                found.append(Stop(number, tuple(waiting)))
                waiting = []
        if waiting or number < len(lesson.slides):
            found.append(Stop(number, tuple(waiting)))
    return found


def play(lesson: Lesson, environment: Environment) -> None:
    """Show a lesson. On a terminal it waits for its reader; elsewhere all of it comes at once.

    Raises ``DlcliError`` where a command ends the shell.
    """
    waits = environment.stdin_is_terminal and environment.stdout_is_terminal
    with Shell(lesson.tools, live=waits, variables=environment.variables) as shell:
        player = _Player(environment, lesson, shell, waits)
        place, route = 0, stops(lesson)
        while 0 <= place < len(route):
            before = route[place - 1].slide if place else 0
            step = player.stop(route[place], before, last=place + 1 == len(route))
            if step is None:
                return
            place = max(0, place + step)


@dataclass
class _Player:
    environment: Environment
    lesson: Lesson
    shell: Shell
    waits: bool

    def stop(self, stop: Stop, before: int, *, last: bool) -> int | None:
        """Show a stop; how far to go from it, None for the end."""
        if before and stop.slide != before:
            self._slide(stop.slide)
        for block in stop.blocks:
            match block:
                case Text():
                    self._say(Markdown(block.markdown), block.markdown)
                case Question():
                    said = Padding(Markdown(block.markdown, style="bold yellow"), (0, 0, 0, 2))
                    self._say(said, "\n".join(f"? {line}" for line in block.markdown.split("\n")))
                case Command():
                    typed = prompted(block.text)
                    self._say(Styled(typed, style="bold cyan"), typed, after="", whole=True)
        command = stop.command
        if self.waits and not (last and command is None):
            step = self._wait("runs it" if command else "goes on")
            if step != 1:
                return step
        if command is not None:
            self._run(command)
        return 1

    def _run(self, command: Command) -> None:
        with _left_alone() if self.waits else nullcontext():
            outcome = self.shell.run(command.text)
        self._write(outcome.output + "\n" * bool(outcome.output and outcome.output[-1] != "\n"))
        if outcome.code is None:
            raise DlcliError(f"{self.lesson.name}:{command.line}: {outcome.why}")
        if outcome.code:
            meant = "" if outcome.code == command.code else f"; the lesson says {command.code}"
            told = f"(exit code {outcome.code}{meant})"
            self._say(Styled(told, style="dim"), told, after="")
        self._write("\n")

    def _slide(self, number: int) -> None:
        told = f"{number} of {len(self.lesson.slides)}"
        self._say(Rule(told, style="dim"), f"--- {told} ---")

    def _wait(self, what: str) -> int | None:
        """What the reader says: 1 to go on, -1 to go back, None to end it."""
        while True:
            keys = f"Enter {what}   b Enter back   s Enter a shell here   q Enter ends it "
            self._write(_rendered(Styled(keys, style="dim"), self._width, self._colours).rstrip("\n"))
            stdin = self.environment.stdin
            try:
                said = (stdin.readline() if stdin is not None else b"").decode(errors="replace")
            except KeyboardInterrupt:
                self._write("\n")
                raise
            self._write(ERASED if said and not self.environment.dumb else "\n")
            match said.strip().lower():
                case "":
                    return 1 if said else None
                case "b":
                    return -1
                case "q":
                    return None
                case "s":
                    with _left_alone():
                        variables = self.shell.variables
                        words = [variables.get("SHELL") or "sh"]
                        self._write(f"A shell in {self.shell.folder}: exit comes back to the lesson.\n")
                        with suppress(OSError):
                            subprocess.run(words, cwd=self.shell.folder, env=variables, check=False)

    @property
    def _width(self) -> int:
        return min(self.environment.width, WIDE)

    @property
    def _colours(self) -> bool:
        return colourful(self.environment, terminal=self.environment.stdout_is_terminal)

    def _say(self, drawn: RenderableType, source: str, *, after: str = "\n", whole: bool = False) -> None:
        """What is drawn on a terminal, and as it stands in the file where there is none.

        Lines that are ``whole`` the terminal wraps, so that what is copied is what is typed.
        """
        if self.environment.stdout_is_terminal and not self.environment.dumb:
            source = _rendered(drawn, self._width, self._colours, whole=whole)
        self._write(source.rstrip("\n") + "\n" + after)

    def _write(self, said: str | bytes) -> None:
        write_all(self.environment.stdout, said.encode() if isinstance(said, str) else said)


def prompted(command: str) -> str:
    """A command as it stands on a screen.

    >>> print(prompted("echo a \\\\\\n  b"))
    $ echo a \\
        b
    """
    return "$ " + command.replace("\n", "\n  ")


def listed(lesson: Lesson) -> str:
    """The commands of a lesson with their lines, for somebody to look at before they run."""
    lines = [
        (command.line + at, line)
        for command in lesson.commands
        for at, line in enumerate(command.text.split("\n"))
    ]
    wide = len(str(lines[-1][0]))
    return "\n".join(f"{number:{wide}}  {line}" for number, line in lines)


@contextmanager
def _left_alone() -> Iterator[None]:
    """While another program has the terminal, Ctrl-C is for it."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _rendered(drawn: RenderableType, width: int, colours: bool, *, whole: bool = False) -> str:
    page = io.StringIO()
    console = Console(
        file=page, width=width, force_terminal=True, color_system="standard" if colours else None,
        no_color=not colours, legacy_windows=False, highlight=False, markup=False, emoji=False,
        force_jupyter=False, _environ=dict(os.environ),
    )  # fmt: skip
    console.print(drawn, soft_wrap=whole)
    return page.getvalue()
