"""``dlcli lesson``: the list, a lesson in a pipe and on a terminal, what is asked, checked, written, refused."""

from __future__ import annotations

import os
import re
import select
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from dlcli.lessons.shipped import found, shipped

LESSON = (
    "# # Sums\n#\n# *Adding.*\n\nk=2; echo one\n#> one\n\n#? And two?\n\necho $k\n#> 3\n\n# ---\n# Over.\n"
)


#: A command that is wider than a screen: the terminal wraps it, and it can be copied.
LONG = f": {'one two ' * 12}three"


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    file = tmp_path / "mine.sh"
    file.write_text(LESSON)
    return file


def test_the_list_is_in_the_order_of_the_course(cli: Callable[..., Any]) -> None:
    ended = cli("lesson")
    assert (ended.code, ended.err) == (0, "")
    rows = [line.split("  ") for line in ended.out.splitlines()[2:-2]]
    assert [row[0] for row in rows] == list(shipped())
    assert len(rows) == 9
    assert all(re.search(r"20 min +\d\d steps +\w", line) for line in ended.out.splitlines()[2:-2])


def test_in_a_pipe_all_of_it_comes_at_once(cli: Callable[..., Any], mine: Path) -> None:
    ended = cli("lesson", "mine.sh", "--yes")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == (
        "# Sums\n\n*Adding.*\n\n$ k=2; echo one\none\n\n? And two?\n\n$ echo $k\n2\n\n--- 2 of 2 ---\n\nOver.\n\n"
    )


def test_check_says_what_is_not_as_written(cli: Callable[..., Any], mine: Path) -> None:
    ended = cli("lesson", "mine.sh", "--check")
    assert ended.code == 1
    assert ended.out == (
        "mine.sh:10: echo $k\n  expected  3\n  received  2\nmine.sh: 1 of 2 steps are as written\n"
    )
    assert ended.err == "dlcli lesson: 1 step is not as written; --update writes what came\n"


def test_what_did_not_run_is_no_success_and_what_update_cannot_mend_is_not_said_to_be(
    cli: Callable[..., Any], mine: Path
) -> None:
    mine.write_text("echo a\n\nexit 3\n#! 3\n\necho b\n\necho c\n")
    ended = cli("lesson", "mine.sh", "--check")
    assert ended.out == (
        "mine.sh:3: exit 3\n  expected  exit code 3, and a shell that goes on\n"
        "  received  it ended the shell: what follows cannot run\n"
        "mine.sh: 1 of 4 steps are as written; 2 did not run\n"
    )
    assert ended.err == "dlcli lesson: 1 step is not as written\n"


def test_update_writes_what_came_and_then_all_is_as_written(cli: Callable[..., Any], mine: Path) -> None:
    mine.chmod(0o640)
    assert cli("lesson", "mine.sh", "--update").out == "mine.sh: written\n"
    assert mine.read_text() == LESSON.replace("#> 3", "#> 2")
    assert mine.stat().st_mode & 0o777 == 0o640
    assert cli("lesson", "mine.sh", "--update").out == "mine.sh: all steps are as written\n"
    ended = cli("lesson", "mine.sh", "mine.sh", "--check")
    assert (ended.code, ended.out) == (0, "mine.sh: 2 of 2 steps are as written\n" * 2)


def test_what_cannot_be_written_stays_as_it_was(cli: Callable[..., Any], mine: Path) -> None:
    mine.write_text(LESSON + "\nfalse\n")
    ended = cli("lesson", "mine.sh", "--update")
    assert ended.code == 1
    assert "mine.sh:16: expected exit code 0, received exit code 1" in ended.err
    assert mine.read_text() == LESSON + "\nfalse\n"
    assert [one.name for one in mine.parent.iterdir()] == ["mine.sh"]


def test_slides_and_markdown_are_written_and_nothing_runs(cli: Callable[..., Any], mine: Path) -> None:
    mine.write_text("# # Sums\ntouch ran\n")
    assert cli("lesson", "mine.sh", "-o", "a.html").code == 0
    assert cli("lesson", "mine.sh", "-o", "a.md").code == 0
    assert cli("lesson", "mine.sh", "-f", "html").raw == (mine.parent / "a.html").read_bytes()
    assert cli("lesson", "mine.sh", "-f", "markdown").raw == (mine.parent / "a.md").read_bytes()
    assert "<h1>Sums</h1>" in (mine.parent / "a.html").read_text()
    assert not (mine.parent / "ran").exists()


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("lesson gate", 2, "there is no lesson and no file 'gate': did you mean gates?"),
        ("lesson nothing.sh", 2, "there is no lesson and no file 'nothing.sh': the lessons are tensors"),
        ("lesson mine.sh", 2, "mine.sh does not come along, and nobody is here to be asked"),
        ("lesson tensors gates", 2, "one lesson at a time"),
        ("lesson --check", 2, "which lesson?"),
        ("lesson -f html", 2, "which lesson?"),
        ("lesson tensors --update", 2, "tensors comes along"),
        ("lesson tensors --timeout 3", 2, "--timeout goes with --check or --update"),
        ("lesson tensors --check --update", 2, "--check does not go with --update"),
        ("lesson tensors --check -f html", 2, "--check does not go with --format"),
        ("lesson tensors -o a.pdf", 2, "'a.pdf' ends with none of .html, .md"),
        ("lesson tensors -o no/a.md", 1, "there is no folder"),
        ("lesson tensors -f pdf", 2, "'pdf' is not one of"),
        ("lesson bad.sh --check", 1, "bad.sh:1: '#>' stands right below"),
    ],
)
def test_refusals(cli: Callable[..., Any], mine: Path, line: str, code: int, said: str) -> None:
    (mine.parent / "bad.sh").write_text("#> a\n")
    ended = cli(*line.split())
    assert (ended.code, ended.out) == (code, "")
    assert said in ended.err
    assert ended.err.count("\n") <= 2


def test_a_file_of_the_name_of_a_lesson_is_told_of(cli: Callable[..., Any], mine: Path) -> None:
    mine.rename(mine.parent / "gates")
    ended = cli("lesson", "gates", "-f", "markdown")
    assert ended.out.startswith(f"# {found('gates').title}")
    assert ended.err == "dlcli lesson: gates is the lesson that comes along; the file is ./gates\n"
    assert cli("lesson", "./gates", "-f", "markdown").out.startswith("# Sums")


def test_on_a_terminal_a_reader_is_asked_and_goes_on(tmp_path: Path) -> None:
    """Processes, for a terminal is what the whole of it is about."""
    ptyprocess = pytest.importorskip("ptyprocess")
    one = f"echo one; {LONG}; sh -c 'test -t 1 && printf s%sn ee; exec sleep 100'"
    (tmp_path / "mine.sh").write_text(LESSON.replace("echo one", one))
    world = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "XDG_STATE_HOME": str(tmp_path / "state")}
    world |= {"TERM": "xterm", "SHELL": "/bin/sh", "PS1": "inside> "}

    def heard() -> None:
        """Ctrl-C ends a command also where these tests run behind an ``&``, which has it ignored."""
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    def typed(*keys: str) -> int:
        """Type each key when what stands before its bar is on the screen; the exit code."""
        words = [sys.executable, "-m", "dlcli", "lesson", "mine.sh"]
        reader = ptyprocess.PtyProcessUnicode.spawn(words, cwd=tmp_path, env=world, preexec_fn=heard)
        said = ""
        for key in keys:
            wanted, _, typing = key.rpartition("|")
            while wanted not in said:
                assert select.select([reader.fd], [], [], 20)[0], f"{wanted!r} did not come: {said}"
                said += reader.read()
            before, _, said = said.partition(wanted)
            shown.append(before)
            reader.write(typing)
        with suppress(EOFError):
            while True:
                assert select.select([reader.fd], [], [], 20)[0], f"it did not end: {said}"
                said += reader.read()
        shown.append(said)
        return int(reader.wait())

    shown: list[str] = []
    assert typed("[y/N] |n\n") == 1
    assert "mine.sh: nothing was run" in shown[1]
    assert " 5  k=2; echo one" in shown[0]
    assert "10  echo $k" in shown[0]
    shown.clear()
    keys = ("[y/N] |y\n", "runs it|\n", "seen|\x03", "goes on|\n", "runs it|b\n", "goes on|\n", "runs it|s\n")
    assert typed(*keys, "inside> |exit\n", "runs it|\n", "goes on|\n") == 0
    text = "".join(shown)
    assert text.count("And two?") == 2
    assert "K2\r\n" in text
    assert f"$ k=2; {one}" in text  # whole, as it is typed
    assert text.rstrip().endswith("Over.")
    shown.clear()
    assert typed("runs it|q\n") == 0  # it was allowed before
