"""Lessons run in one shell: what each step shows, what is said where it is otherwise, what is written."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dlcli.errors import DlcliError
from dlcli.lessons.check import check, ran, update
from dlcli.lessons.compare import difference, lines_of
from dlcli.lessons.read import parse
from dlcli.lessons.shell import FLOOD, Shell
from dlcli.lessons.shipped import found, shipped


def told(text: str, timeout: float = 20) -> list[tuple[int, str, str]]:
    return [(one.command.line, one.expected, one.received) for one in check(parse(text), timeout)]


def shown(text: str) -> list[str]:
    return [outcome.output for _, outcome in ran(parse(text), 20)]


@pytest.mark.parametrize("name", shipped())
def test_a_lesson_that_comes_along_is_as_written(name: str) -> None:
    assert check(found(name)) == []


@pytest.mark.parametrize("name", shipped())
def test_a_lesson_that_comes_along_runs_as_it_is_where_nobody_watches(name: str) -> None:
    """``sh`` runs the whole file, and no line of it writes to a terminal."""
    lesson = found(name)
    with Shell(lesson.tools) as shell:
        outcome = shell.run(f"sh {shipped()[name]} 2>/dev/null | cat", timeout=120)
    lines = [line for line in lines_of(outcome.output) if line]
    expected = [line for step in lesson.commands if not step.code for line in step.expected if line]
    assert difference(expected, lines) is None


@pytest.mark.parametrize("name", shipped())
def test_a_lesson_that_comes_along_can_be_taken(name: str) -> None:
    lesson = found(name)
    assert 10 <= len(lesson.commands) <= 20
    assert lesson.minutes == 20
    assert "dlcli exercise" in lesson.source
    assert lesson.source.count("\n#? ") >= 8
    for command in lesson.commands:
        assert command.expected, f"{name}:{command.line}: what it shows is not said"
        assert command.code or not command.expected[0].startswith("dlcli"), f"{name}:{command.line}: refused"
        assert len(command.expected) <= 24
        assert max(map(len, command.text.split("\n"))) <= 100


def test_one_shell_in_a_fresh_folder_for_all_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "it's a place"))
    (tmp_path / "it's a place").mkdir()
    monkeypatch.setenv("DLCLI_FORMAT", "json")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("ENV", "/nowhere")
    text = 'ls -A; k=3; cd ..; mkdir x; cd x\n\necho $k$ENV$FORCE_COLOR $COLUMNS $LC_ALL $NO_COLOR; ls -A "$HOME"; pwd\n\n'
    text += "cat; dlcli softmax '0 0 9' --only largest\n\necho out; echo err >&2\n"
    first, second, third, fourth = shown(text)
    assert first == ""
    assert second.startswith("3 80 C.UTF-8 1\n/")
    assert second.endswith("/x\n")
    assert not os.path.exists(second[15:-1])
    assert third == "Largest  0.9998 at row 0, column 2\n"
    assert fourth == "out\nerr\n"


def test_only_the_output_of_a_step_is_its_own() -> None:
    assert shown("printf a\n\nprintf 'b\\n\\n'\n\n(sleep 30; echo late) & echo c\n\necho d\n") == [
        "a",
        "b\n\n",
        "c\n",
        "d\n",
    ]


def test_the_first_line_that_differs_is_told_of_each_step() -> None:
    text = "echo a; echo b\n#> a\n#> c\n\necho a\n#> a\n\nfalse\n\nfalse\n#! 1\n\ndlcli softmax x\n#! 1\n"
    assert told(text) == [(1, "c", "b"), (8, "exit code 0", "exit code 1")]


def test_an_exit_code_that_was_not_meant_is_told_with_the_last_line() -> None:
    ((line, expected, received),) = told("dlcli nope\n")
    assert (line, expected) == (1, "exit code 0")
    assert received == "exit code 2; its last line: Try 'dlcli --help'."


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("exit 0", "it ended the shell"),
        ("set -e; false", "it ended the shell"),
        ("exec true", "it ended the shell"),
        ("if true; then echo a", "it ended the shell"),
        ("kill -9 $$", "it ended the shell"),
        ("sleep 60", "it had not ended after 2 seconds"),
        ("trap '' INT TERM HUP; (trap '' INT TERM; sleep 61)", "it had not ended after 2 seconds"),
        ("yes", FLOOD),
    ],
)
def test_a_step_that_does_not_end_as_a_command_does_is_no_success(step: str, said: str) -> None:
    began = time.monotonic()
    ((line, expected, received),) = told(f"echo a\n#> a\n\n{step}\n\necho never\n#> never\n", 2)
    assert (line, expected) == (4, "exit code 0, and a shell that goes on")
    assert received.startswith(said)
    assert time.monotonic() - began < 20


def test_a_screen_that_is_full_is_waited_for_by_nobody() -> None:
    def late(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, late)
    try:
        with Shell() as shell:
            signal.setitimer(signal.ITIMER_REAL, 20)
            shell._say("yes b")
            time.sleep(0.5)  # nobody reads meanwhile
            outcome = shell._ended(bytearray(), FLOOD)
            assert outcome.code is None
            assert "b\nb\nb\n" in outcome.output
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.skipif(sys.platform != "linux", reason="what processes are there is read from /proc")
def test_a_line_ends_with_whoever_asked_for_it_and_tells_how_it_ended() -> None:
    with Shell(["td"]) as shell:
        assert shell._starter is not None
        number = shell._starter.pid
        place = Path(f"/proc/{number}/task/{number}/children")
        line = "dlcli td random-walk --episodes 10000000 >a"
        assert shell.run(f"timeout 0.5 {line}", timeout=20).code == 124
        _until(lambda: not place.read_text())
        shell.run(f"({line}; echo $? >code) &", timeout=20)
        _until(lambda: bool(place.read_text()))
        os.kill(int(place.read_text()), signal.SIGKILL)
        _until((shell.folder / "code").exists)
        assert shell.run("wait; cat code").output == "137\n"


def _until(done: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not done():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_nothing_is_left_when_the_shell_has_ended() -> None:
    with Shell() as shell:
        assert shell.run("sleep 100 & echo $!").output.strip().isdecimal()
        number, box = int(shell.run("echo $!").output), shell.folder.parent
        os.kill(number, 0)
    assert not box.exists()
    _until(lambda: not _is_there(number))  # whoever has inherited it may not have buried it yet


def _is_there(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(
    "line", ["dlcli softmax '1 2' -f csv", "dlcli nope", "dlcli conv sample:cat -k diag | dlcli pool"]
)
def test_a_line_that_is_forked_is_as_one_that_is_started(line: str) -> None:
    """Processes of their own: what is compared is what they print."""
    alone = line.replace("dlcli ", "dlcli-alone ")
    forked, started = (outcome for _, outcome in ran(parse(f"{line}\n\n{alone}\n"), 20))
    assert forked == started


LESSON = """# # A
echo one
#> two
# text

echo '1 ms'; date; echo z
#> {*} ms
#> ...
#> y
#! 0

cat <<END
#> a
END

false
#> gone
#! 1
"""

WRITTEN = """# # A
echo one
#> one
# text

echo '1 ms'; date; echo z
#> {*} ms
#> ...
#> z

cat <<END
#> a
END
#> #> a

false
#! 1
"""


def test_what_came_is_written_and_then_is_as_written() -> None:
    assert update(parse(LESSON)) == WRITTEN
    assert told(WRITTEN) == []
    assert update(parse(WRITTEN)) == WRITTEN
    assert update(parse("echo a")) == "echo a\n#> a\n"
    assert update(parse("echo a\n#> a")) == "echo a\n#> a"


def test_what_would_leave_something_open_is_told() -> None:
    told: list[str] = []
    text = "echo ...; echo b\n#> c\n\necho 'a{*}'\n#> {*}\n\necho ...\n"
    assert update(parse(text), 20, told.append).startswith("echo ...; echo b\n#> ...\n#> b\n")
    assert [one.split(" it shows ")[0] for one in told] == ["lesson:7:", "lesson:4:", "lesson:1:"]
    assert told[2] == "lesson:1: it shows '...', which is written and leaves open what stands there"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("echo a\n#> b\n\nfalse\n", "lesson:4: expected exit code 0, received exit code 1; write '#! 1'"),
        ("echo a\n#> b\n\nexit\n", "lesson:4: expected exit code 0, .* goes on, received it ended the shell"),
        ("printf 'a\\033[2J'\n", r"lesson:1: it shows U[+]001B, which is not seen"),
        ("printf 'a\\rb'\n", r"lesson:1: it shows U[+]000D, which is not seen"),
        ("printf '\\342\\200\\256'\n", r"lesson:1: it shows U[+]202E, which is not seen"),
    ],
)
def test_what_is_not_meant_is_not_written(text: str, said: str) -> None:
    with pytest.raises(DlcliError, match=said):
        update(parse(text))


def test_a_shell_without_the_one_that_forks_runs_lines_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlcli.lessons.shell.SOCKET", 0)
    assert shown("dlcli softmax '0 0 9' --only largest\n") == ["Largest  0.9998 at row 0, column 2\n"]
