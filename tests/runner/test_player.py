"""Pictures that move are drawn in one place, and leave the cursor as it was."""

from __future__ import annotations

import io
import os
import pty
from collections.abc import Iterator

import pyte
import pytest

from dlcli.runner.player import cut, play


def screen(raw: bytes) -> list[str]:
    shown = pyte.Screen(20, 10)
    pyte.ByteStream(shown).feed(raw.replace(b"\n", b"\r\n"))
    return [line.rstrip() for line in shown.display]


def test_a_picture_takes_the_place_of_the_one_before_however_tall_they_are() -> None:
    stream = io.BytesIO()
    play([("a\nb\nc\n", 0), ("long line\n", 0), ("x\ny\n", 0)], stream, rate=1000)
    assert screen(stream.getvalue())[:3] == ["x", "y", ""]


def test_the_cursor_comes_back_when_a_picture_cannot_be_made() -> None:
    def pictures() -> Iterator[tuple[str, int]]:
        yield "one\n", 0
        raise KeyboardInterrupt

    stream = io.BytesIO()
    with pytest.raises(KeyboardInterrupt):
        play(pictures(), stream, rate=1000)
    assert stream.getvalue().endswith(b"one\x1b[K\n\x1b[0m\n\x1b[?25h")


def test_a_picture_is_never_taller_than_the_terminal() -> None:
    main, side = pty.openpty()
    try:
        import fcntl
        import struct
        import termios

        fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 5, 40, 0, 0))
        with os.fdopen(side, "wb", buffering=0) as stream:
            play([("\n".join("abcdefgh") + "\n", 1)] * 2, stream, rate=1000)
            raw = os.read(main, 10_000)
    finally:
        os.close(main)
    assert raw.count(b"a\x1b[K") == 2
    assert raw.count(b"(5 lines are left out: the terminal is too low)") == 2
    assert raw.count(b"h\x1b[K") == 2
    assert b"e\x1b[K" not in raw
    assert b"\x1b[4A" in raw


def test_blank_lines_go_first_but_not_those_below_pixels() -> None:
    board = ["title", " 1 [2]", "    ×3", "\x1b[2m 4  5 \x1b[0m", "\x1b[2m   \x1b[0m", " 6  7", "", "= 6"]
    assert cut(board, 6, 1) == [*board[:4], board[5], board[7]]
    pixels = ["title", "  ", "  \x1b7\x1b_Gq=2;AA==\x1b\\\x1b8", "= 6"]
    assert cut(pixels, 3, 1)[1].endswith("(2 lines are left out: the terminal is too low)")
