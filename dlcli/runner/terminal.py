"""What the terminal is asked: whether it draws pixels, and how large its cells are."""

from __future__ import annotations

import os
import re
import select
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

#: Seconds that the terminal has for all its answers together.
PATIENCE = 0.15

#: Whether kitty's graphics are known, which terminal it is, the pixels of a cell, and, because everything
#: answers it and answers come in the order of the questions, what it can do at all.
QUESTIONS = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\" + b"\x1b[>q" + b"\x1b[16t" + b"\x1b[c"

LAST_ANSWER = re.compile(rb"\x1b\[\?([0-9;]*)c")
KITTY = re.compile(rb"\x1b_Gi=31;OK\x1b\\")
NAME = re.compile(rb"\x1bP>\|([^\x1b]*)\x1b\\")
CELL = re.compile(rb"\x1b\[6;(\d+);(\d+)t")

#: Terminals that would show the questions instead of answering them.
DEAF = ("", "dumb", "unknown", "linux")
SIXEL = b"4"


@dataclass(frozen=True, slots=True)
class Answers:
    """What a terminal said of itself; a protocol is ``kitty``, ``iterm``, ``sixel`` or None."""

    protocol: str | None = None
    cell: tuple[int, int] | None = None


def ask(device: str, variables: Mapping[str, str], clock: Callable[[], float] = time.monotonic) -> Answers:
    """Ask the terminal behind ``device``, never standard input, and wait ``PATIENCE`` seconds at most.

    Nobody is asked from the background, when keys have been typed ahead (they are the shell's), or where the
    environment tells of a terminal that would show the questions.
    """
    if variables.get("TERM", "") in DEAF or variables.get("TERM_PROGRAM") == "Apple_Terminal":
        return Answers()
    try:
        descriptor = os.open(device, os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return Answers()
    try:
        if os.tcgetpgrp(descriptor) != os.getpgrp() or select.select([descriptor], [], [], 0)[0]:
            return Answers()
        return understood(_converse(descriptor, clock), descriptor)
    except OSError:
        return Answers()
    finally:
        os.close(descriptor)


def understood(heard: bytes, descriptor: int = -1) -> Answers:
    r"""The answers in what a terminal said, whatever else stands between them.

    >>> understood(b"\x1b[6;20;10t\x1b[?62;4;22c")
    Answers(protocol='sixel', cell=(20, 10))
    >>> understood(b"\x1b_Gi=31;OK\x1b\\\x1bP>|kitty(0.35)\x1b\\\x1b[?62;c").protocol
    'kitty'
    """
    last, name, cell = LAST_ANSWER.search(heard), NAME.search(heard), CELL.search(heard)
    protocol = None
    if KITTY.search(heard):
        protocol = "kitty"
    elif name and name[1].startswith((b"iTerm2", b"WezTerm")):
        protocol = "iterm"
    elif last and SIXEL in last[1].split(b";")[1:]:
        protocol = "sixel"
    size = (int(cell[1]), int(cell[2])) if cell and cell[1].strip(b"0") and cell[2].strip(b"0") else None
    return Answers(protocol, size or _window_cell(descriptor))


def _listen(descriptor: int, deadline: float, clock: Callable[[], float]) -> bytes:
    """What comes until the last answer, or until time is up."""
    heard = b""
    while not LAST_ANSWER.search(heard) and (left := deadline - clock()) > 0:
        if not select.select([descriptor], [], [], left)[0]:
            break
        more = os.read(descriptor, 4096)
        if not more:
            break
        heard += more
    return heard


def _converse(descriptor: int, clock: Callable[[], float]) -> bytes:
    """Questions out and answers in, which come at once and are not shown; then the terminal is as it was."""
    import termios

    before: list[Any] = termios.tcgetattr(descriptor)
    private = [*before]
    private[3] &= ~(termios.ICANON | termios.ECHO)
    private[6] = [*before[6]]
    private[6][termios.VMIN], private[6][termios.VTIME] = 0, 0
    heard = b""
    termios.tcsetattr(descriptor, termios.TCSANOW, private)
    try:
        os.write(descriptor, QUESTIONS)
        heard = _listen(descriptor, clock() + PATIENCE, clock)
    finally:
        # An answer that comes too late is thrown away, or the shell would take it for something typed.
        complete = LAST_ANSWER.search(heard)
        termios.tcsetattr(descriptor, termios.TCSADRAIN if complete else termios.TCSAFLUSH, before)
    return heard


def _window_cell(descriptor: int) -> tuple[int, int] | None:
    """The pixels of a cell from the size of the whole window, where the terminal told the system."""
    import fcntl
    import struct
    import termios

    try:
        size = fcntl.ioctl(descriptor, termios.TIOCGWINSZ, bytes(8))
    except (OSError, ValueError):
        return None
    rows, columns, width, height = struct.unpack("HHHH", size)
    return (height // rows, width // columns) if rows and columns and width and height else None
