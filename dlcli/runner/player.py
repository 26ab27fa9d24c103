"""Pictures that move: each one is drawn over the one before it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from typing import BinaryIO

RATE = 12  # pictures a second
HIDE, SHOW = b"\x1b[?25l", b"\x1b[?25h"

#: After a picture that was broken off: no colour, and a line of its own for what comes next.
BROKEN_OFF = b"\x1b[0m\n"


def play(pictures: Iterable[str], stream: BinaryIO, *, rate: float = RATE) -> None:
    """Draw pictures in the same place, the last of which stays; the cursor is hidden meanwhile.

    Whoever breaks it off (Ctrl-C) finds the cursor below what was drawn, and no colour left over.

    Lines that a terminal has no room for are left out at the bottom: it could not go back above its edge.

    >>> from io import BytesIO
    >>> screen = BytesIO()
    >>> play(["one\\n", "two\\n"], screen, rate=1000)
    >>> screen.getvalue()
    b'\\x1b[?25lone\\x1b[K\\n\\x1b[1A\\x1b[Jtwo\\x1b[K\\n\\x1b[?25h'
    """
    most, height = _rows(stream), 0
    stream.write(HIDE)
    try:
        for picture in pictures:
            lines = picture.rstrip("\n").split("\n")[:most]
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


def _rows(stream: BinaryIO) -> int | None:
    """The rows that may be drawn over; None where nobody knows."""
    try:
        return max(1, os.get_terminal_size(stream.fileno()).lines - 1)
    except (OSError, ValueError, AttributeError):
        return None
