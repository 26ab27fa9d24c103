"""What dlcli says when something cannot be done.

Every error that a user can cause is a ``DlcliError``: one or two lines that say what was expected, what
came, and what to try. The front door prints them on standard error and turns them into an exit code.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_ONE_AT_A_TIME = threading.RLock()


class DlcliError(Exception):
    """The work failed: bad data, a missing file, a full disk. Exit code 1.

    ``outcome`` is what a line that was run from Python had given before, a ``dlcli.Outcome``.
    """

    exit_code = 1
    outcome: Any = None


class WrongUsage(DlcliError):
    """The command line itself asks for something that cannot be. Exit code 2."""

    exit_code = 2


class BadData(DlcliError):
    """Bytes that arrived from outside are not what they claim to be.

    ``typed`` is the word of the command line in which they stand, where it is no name of them.
    """

    typed: str | None = None


class Stopped(KeyboardInterrupt):
    """Another program, or the end of the session, told this one to stop; ``number`` is the signal's."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class BadTensor(DlcliError, ValueError):
    """A tensor or an axis that contradicts itself; also a ``ValueError`` for callers in Python."""


def printable(text: str) -> str:
    """Text from outside as it may stand in a message: what a terminal would obey is written out.

    >>> printable("a" + chr(27) + "[2J") == "a" + chr(92) + "x1b[2J"
    True
    """
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def called(word: str) -> str:
    """What an input is called in a message.

    >>> called("-"), called("copy:5")
    ('standard input', 'copy:5')
    """
    return "standard input" if word == "-" else printable(word)


def printable_lines(text: str) -> str:
    r"""The same of a message of several lines, which stay apart.

    >>> printable_lines("no file a" + chr(7) + "\nTry b.") == "no file a" + chr(92) + "x07\nTry b."
    True
    """
    return "\n".join(map(printable, text.split("\n")))


@contextmanager
def without_warnings() -> Iterator[None]:
    """Keep a library from printing; what stands for the whole process is changed by one thread at a time.

    Python's list of filters belongs to all threads: two that put back what they found, the one inside the
    other's change, would leave it changed for good. What waits for input is not to be read in here.

    >>> with without_warnings():
    ...     warnings.warn("nobody hears this")
    """
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
