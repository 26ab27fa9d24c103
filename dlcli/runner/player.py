"""Pictures that move: each one is drawn over the one before it."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable
from typing import BinaryIO

RATE = 12  # pictures a second
HIDE, SHOW = b"\x1b[?25l", b"\x1b[?25h"

#: What only says in which colours the letters behind it are.
STYLE = re.compile(r"\x1b\[[0-9;]*m")

#: After a picture that was broken off: no colour, and a line of its own for what comes next.
BROKEN_OFF = b"\x1b[0m\n"


def play(pictures: Iterable[tuple[str, int]], stream: BinaryIO, *, rate: float = RATE) -> None:
    """Draw pictures in the same place, the last of which stays; the cursor is hidden meanwhile.

    Whoever breaks it off (Ctrl-C) finds the cursor below what was drawn, and no colour left over.

    Beside each picture stands how many of its last lines matter the most: of lines that a terminal has no
    room for, because it could not go back above its edge, those before them are left out, and it is told.

    >>> from io import BytesIO
    >>> screen = BytesIO()
    >>> play([("one\\n", 0), ("two\\n", 0)], screen, rate=1000)
    >>> screen.getvalue()
    b'\\x1b[?25lone\\x1b[K\\n\\x1b[1A\\x1b[Jtwo\\x1b[K\\n\\x1b[?25h'
    """
    most, height = _rows(stream), 0
    stream.write(HIDE)
    try:
        for picture, last in pictures:
            lines = cut(picture.rstrip("\n").split("\n"), most, last)
            back = f"\x1b[{height}A\x1b[J" if height else ""
            stream.write((back + "".join(f"{line}\x1b[K\n" for line in lines)).encode(errors="replace"))
            stream.flush()
            height = len(lines)
            time.sleep(1 / rate)
    except BaseException:
        stream.write(BROKEN_OFF)
        raise
    finally:
        stream.write(SHOW)


def cut(lines: list[str], most: int | None, last: int) -> list[str]:
    """At most so many lines, with those at the end that matter, and a line on those that are left out.

    Blank lines between others go first.

    >>> cut(["title", "a", "b", "c", "= 3"], 4, 1), cut(["title", "a", " ", "b"], 3, 0)
    (['title', 'a', '\\x1b[0m(2 lines are left out: the terminal is too low)', '= 3'], ['title', 'a', 'b'])
    """
    if most is None or len(lines) <= most:
        return lines
    letters = [STYLE.sub("", line) for line in lines]
    if not any("\x1b" in line for line in letters):  # no pixels that lie over blank lines
        lines = [line for line, seen in zip(lines, letters, strict=True) if seen.strip()]
    if len(lines) <= most:
        return lines
    last = min(last, max(0, most - 2))
    first = most - 1 - last
    told = f"\x1b[0m({len(lines) - first - last} lines are left out: the terminal is too low)"
    return [*lines[:first], told, *lines[len(lines) - last :]]


def _rows(stream: BinaryIO) -> int | None:
    """The rows that may be drawn over; None where nobody knows."""
    try:
        return max(1, os.get_terminal_size(stream.fileno()).lines - 1)
    except (OSError, ValueError, AttributeError):
        return None
