"""The world a command runs in, passed in so that a test can hand over another one."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, TextIO

from dlcli.errors import DlcliError, printable_lines

#: What TERM calls terminals that only print letters, such as the shell in an editor's window.
DUMB = ("dumb", "unknown")


@dataclass(frozen=True)
class Environment:
    """Streams and what is known about them.

    ``stdin`` is None when the process was started without one. ``width`` is the number of columns a story may
    use: that of the terminal, of ``COLUMNS``, or 80. ``terminal`` is the device that can be asked how it
    draws pictures, None where there is none. ``unwatched`` says that nobody may look at what comes
    out: neither stream is a terminal, or standard output is a file. ``stdin_file`` is the file that standard
    input is read from, as in ``< photo.png``, where the system tells its name. ``stdin_piped`` says that a
    pipe or a file stands at standard input, which somebody may have meant to be read. ``variables`` are all
    that is read of the environment, those that stand for options among them. ``receive`` takes each result,
    a ``dlcli.runner.handed.Handed``, in place of standard output and the story beside it: none of them is
    written then, and files are where ``-o`` asks for them.
    """

    stdin: BinaryIO | None
    stdout: BinaryIO
    stderr: TextIO
    stdin_is_terminal: bool = False
    stdin_piped: bool = False
    stdout_is_terminal: bool = False
    stderr_is_terminal: bool = False
    variables: Mapping[str, str] | None = None
    width: int = 80
    terminal: str | None = None
    unwatched: bool = False
    stdin_file: str | None = None
    receive: Callable[[Any], None] | None = None

    @classmethod
    def of_process(cls) -> Environment:
        """The streams of this process, unbuffered: a tensor goes down the pipe without another copy."""
        try:
            stdin: BinaryIO | None = open(0, "rb", buffering=0, closefd=False)  # noqa: SIM115
        except OSError:
            stdin = None
        try:
            stdout = open(1, "wb", buffering=0, closefd=False)  # noqa: SIM115
        except OSError as error:
            raise DlcliError(
                "standard output is closed; redirect it to a file, a pipe or /dev/null"
            ) from error
        return cls(
            stdin=stdin,
            stdout=stdout,
            stderr=sys.stderr,
            stdin_is_terminal=stdin is not None and os.isatty(0),
            stdin_piped=stdin is not None and _piped(os.fstat(0).st_mode),
            stdout_is_terminal=os.isatty(1),
            stderr_is_terminal=sys.stderr is not None and sys.stderr.isatty(),
            variables=os.environ,
            width=_columns(),
            unwatched=_unwatched(),
            stdin_file=None if stdin is None else _redirected(),
            terminal="/dev/tty" if os.isatty(1) and os.path.exists("/dev/tty") else None,
        )

    def say(self, text: str) -> None:
        """One line on standard error: for what is neither the data nor the story."""
        self.show(printable_lines(text))

    def show(self, text: str) -> None:
        """Text on standard error as it is, with the colours in it."""
        if self.stderr is not None:
            print(text, file=self.stderr, flush=True)

    @property
    def dumb(self) -> bool:
        """Whether the terminal knows no escape sequences: it would print them."""
        return (self.variables or {}).get("TERM") in DUMB


def _unwatched() -> bool:
    if os.isatty(1):
        return False
    return stat.S_ISREG(os.fstat(1).st_mode) or not (sys.stderr is not None and sys.stderr.isatty())


def _piped(mode: int) -> bool:
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode)


def _redirected() -> str | None:
    """The name of the file that standard input is, from its beginning: Linux tells it."""
    try:
        if not stat.S_ISREG(os.fstat(0).st_mode) or os.lseek(0, 0, os.SEEK_CUR):
            return None
        path = os.readlink("/proc/self/fd/0")
        if not os.path.samestat(os.stat(path), os.fstat(0)):
            return None
        near = os.path.relpath(path)
        return min(f"./{near}" if near.startswith("-") else near, path, key=len)
    except (OSError, ValueError):
        return None


def _columns() -> int:
    told = os.environ.get("COLUMNS", "")
    if told.isdigit() and int(told) > 0:
        return int(told)
    for descriptor in (1, 2, 0):
        try:
            return os.get_terminal_size(descriptor).columns or 80
        except OSError:
            continue
    return 80
