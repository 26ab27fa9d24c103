"""What the terminal is asked, what its answers mean, and that nobody's input is lost."""

from __future__ import annotations

import os
import pty
import re
import select
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dlcli.runner import terminal
from dlcli.runner.terminal import QUESTIONS, Answers, ask, understood

KITTY = b"\x1b_Gi=31;OK\x1b\\\x1bP>|kitty(0.35.2)\x1b\\\x1b[6;18;9t\x1b[?62;c"
SIXEL = b"\x1bP>|foot(1.16)\x1b\\\x1b[6;22;11t\x1b[?62;4;22c"
PLAIN = b"\x1bP>|XTerm(390)\x1b\\\x1b[?64;1;2;6;9;22c"


@pytest.mark.parametrize(
    ("heard", "answers"),
    [
        (KITTY, Answers("kitty", (18, 9))),
        (SIXEL, Answers("sixel", (22, 11))),
        (PLAIN, Answers(None, None)),
        (b"\x1bP>|iTerm2 3.5.0\x1b\\\x1b[?62;4c", Answers("iterm", None)),
        (b"\x1bP>|WezTerm 20240203\x1b\\\x1b[6;17;8t\x1b[?65;4;6c", Answers("iterm", (17, 8))),
        (b"\x1b_Gi=31;EINVAL:no\x1b\\\x1b[?62;4c", Answers("sixel", None)),
        (b"\x1b[?4c", Answers(None, None)),  # a VT132: the first number is the kind of terminal
        (b"\x1b[?14;24c", Answers(None, None)),
        (b"\x1b[6;0;0t\x1b[?1;4c", Answers("sixel", None)),
        (b"ls\n\x1b[Agarbage\xff\x1b[?62;4cx", Answers("sixel", None)),
        (b"", Answers(None, None)),
    ],
)
def test_answers(heard: bytes, answers: Answers) -> None:
    assert understood(heard) == answers


def test_the_deadline_counts_for_all_answers_together() -> None:
    listener, speaker = os.pipe()
    moments = iter([0.0, 0.05, 0.1, 0.16])
    os.write(speaker, b"\x1b[?")
    asked: list[float] = []

    def clock() -> float:
        os.write(speaker, b"6")  # a terminal that goes on and on and never ends its answer
        asked.append(next(moments))
        return asked[-1]

    assert terminal._listen(listener, 0.15, clock) == b"\x1b[?666"
    assert asked == [0.0, 0.05, 0.1, 0.16]
    os.close(speaker)
    assert terminal._listen(listener, 0.15, lambda: 0.0) == b"6"  # a terminal that goes away
    os.close(listener)


@pytest.mark.parametrize(
    "variables",
    [{}, {"TERM": "dumb"}, {"TERM": "linux"}, {"TERM": "xterm", "TERM_PROGRAM": "Apple_Terminal"}],
)
def test_a_terminal_that_would_show_the_questions_is_not_asked(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal.os, "open", lambda *_: pytest.fail("opened"))
    assert ask("/dev/tty", variables) == Answers()


def test_no_device_and_a_device_of_somebody_else_are_no_answer(tmp_path: Path) -> None:
    assert ask(str(tmp_path / "none"), {"TERM": "xterm"}) == Answers()
    master, slave = pty.openpty()
    assert ask(os.ttyname(slave), {"TERM": "xterm"}) == Answers()  # not the terminal of this process
    assert not select.select([master], [], [], 0)[0]
    os.close(master)
    os.close(slave)


class Played:
    """A terminal that this test plays: dlcli runs in it, and ``answer`` is what the questions get."""

    def __init__(
        self,
        line: str,
        folder: Path,
        answer: bytes | Callable[[int], None] = b"",
        typed: bytes = b"",
        **variables: str,
    ) -> None:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("DLCLI_", "NO_COLOR", "TERM_"))}
        world = {**clean, "TERM": "xterm-256color", "COLORTERM": "truecolor", **variables}
        program = f'dlcli() {{ "{sys.executable}" -m dlcli "$@"; }}; {line}'
        child, self.master = pty.fork()
        if child == 0:
            os.chdir(folder)
            os.execvpe("bash", ["bash", "-c", program], world)
        if typed:
            os.write(self.master, typed)
        self.before = termios.tcgetattr(self.master)
        self.said = b""
        self.during: list[int] = []
        answered = False
        while True:
            try:
                piece = os.read(self.master, 65536)
            except OSError:
                break
            if not piece:
                break
            self.said += piece
            if QUESTIONS in self.said and not answered:
                answered = True
                self.during = termios.tcgetattr(self.master)[3:4]
                if callable(answer):
                    answer(self.master)
                else:
                    os.write(self.master, answer)
        self.code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os.close(self.master)


LINE = "dlcli conv sample:cat -k diag"


@pytest.mark.parametrize(
    ("answer", "sign"),
    [
        (KITTY, rb"\x1b_Ga=T,f=32,o=z,s=\d+,v=\d+,c=\d+,r=\d+,C=1,q=2,m=[01];"),
        (SIXEL, rb'\x1bP0;1;0q"1;1;\d+;\d+#0;2;'),
        (b"\x1bP>|iTerm2 3.5.0\x1b\\\x1b[?62;4c", rb"\x1b\]1337;File=inline=1;"),
        (PLAIN, "▀".encode()),
        (b"", "▀".encode()),
    ],
    ids=["kitty", "sixel", "iterm", "plain", "silent"],
)
def test_pictures_are_drawn_as_the_terminal_says_it_can(answer: bytes, sign: bytes, tmp_path: Path) -> None:
    seen = Played(LINE, tmp_path, answer)
    assert seen.code == 0
    assert seen.said.count(QUESTIONS) == 1
    assert re.search(sign, seen.said)
    assert not seen.during[0] & (termios.ECHO | termios.ICANON)
    if answer != b"":
        assert answer.split(b"\x1b\\")[-1] not in seen.said  # no echo of what was answered


def test_the_cell_s_size_decides_how_many_pixels_there_are(tmp_path: Path) -> None:
    seen = Played(LINE + " --width 41", tmp_path, KITTY)
    sizes = re.findall(rb"s=(\d+),v=(\d+),c=(\d+),r=(\d+)", seen.said)
    assert [(int(width) / 9, int(height) / 18) for width, height, _, _ in sizes] == [
        (int(columns), int(rows)) for _, _, columns, rows in sizes
    ]


@pytest.mark.parametrize(
    "option", ["--pixels blocks", "--pixels ascii", "-f plain", "-o x.png >/dev/null", "-f svg"]
)
def test_nobody_is_asked_who_need_not_be(option: str, tmp_path: Path) -> None:
    seen = Played(f"{LINE} {option}", tmp_path)
    assert seen.code == 0
    assert QUESTIONS not in seen.said


def test_a_story_without_a_picture_asks_nothing(tmp_path: Path) -> None:
    seen = Played("dlcli conv '1 2; 3 4' -k 1", tmp_path)
    assert b"Feature map" in seen.said
    assert QUESTIONS not in seen.said


def test_without_colour_nobody_is_asked(tmp_path: Path) -> None:
    seen = Played(LINE, tmp_path, NO_COLOR="1")
    assert seen.code == 0
    assert QUESTIONS not in seen.said


def test_a_pipe_on_standard_input_keeps_every_byte(tmp_path: Path) -> None:
    line = "dlcli conv sample:cat -k diag | tee sent.frame | dlcli conv -k identity -o seen.npy; cmp sent.frame <(cat sent.frame) && echo whole"
    seen = Played(line, tmp_path, SIXEL)
    assert QUESTIONS in seen.said
    assert b"whole" in seen.said
    assert (tmp_path / "seen.npy").stat().st_size > 297 * 448 * 4


def test_keys_typed_ahead_stay_for_the_shell(tmp_path: Path) -> None:
    seen = Played(
        f"sleep 0.3; {LINE}; read -r words; echo got:$words", tmp_path, KITTY, typed=b"typed ahead\n"
    )
    assert QUESTIONS not in seen.said
    assert b"got:typed ahead" in seen.said


def test_an_answer_that_comes_late_is_not_typed_for_the_shell(tmp_path: Path) -> None:
    def late(master: int) -> None:
        os.write(master, b"\x1b[6;20;10t")  # something at once, the rest never in time
        time.sleep(0.01)

    seen = Played(f"{LINE}; read -r -t 0.2 words; echo got:$words", tmp_path, late)
    assert "▀".encode() in seen.said
    assert b"got:\r\n" in seen.said


def test_in_the_background_nobody_is_asked(tmp_path: Path) -> None:
    seen = Played(f"set -m; {LINE} & wait", tmp_path, KITTY)
    assert seen.code == 0
    assert QUESTIONS not in seen.said
    assert "▀".encode() in seen.said
