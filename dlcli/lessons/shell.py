"""One shell for all commands of a lesson, in a fresh folder; what each shows, and its exit code."""

from __future__ import annotations

import fcntl
import os
import select
import shlex
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

from dlcli.lessons.starter import ASKS

#: The size of the screen on which lessons are checked, and the bytes that a step may show.
COLUMNS, LINES, MOST = 80, 24, 1 << 20

#: Bytes that the name of a Unix socket has at most, on the systems that have the least.
SOCKET = 100

#: What is said in the place of an exit code where there is none.
ENDED = "it ended the shell: what follows cannot run"
HUNG = "it had not ended after {:g} seconds (--timeout)"
FLOOD = f"it showed more than {MOST:,} bytes"

#: ``dlcli`` as the one that plays the lesson; ``-P``: no module of the lesson's folder takes another's place.
DLCLI = 'PYTHONPATH={path}${{PYTHONPATH:+:$PYTHONPATH}} exec {python} -P -m dlcli "$@"'


@dataclass(frozen=True)
class Outcome:
    """What a command showed, on both streams; its exit code, None with ``why`` where it has none."""

    output: str
    code: int | None
    why: str = ""


class Shell:
    """The shell; a context that ends it, with all that it started, and removes its folder.

    What is shown goes to a terminal of its own without colours, 80 columns wide, and home and state are new;
    or, ``live``, to the terminal of this process in its own world. Standard input is closed in both. Where
    it is not live, ``commands`` of dlcli are loaded once and not by each line.
    """

    def __init__(
        self, commands: Sequence[str] = (), *, live: bool = False, variables: Mapping[str, str] | None = None
    ) -> None:
        self.live = live
        self._box = tempfile.TemporaryDirectory(prefix="dlcli-lesson-", ignore_cleanup_errors=True)
        box = Path(self._box.name)
        self.folder = box / "lesson"
        self._step, self._status = box / "step", box / "status"
        self.folder.mkdir()
        os.mkfifo(self._status)
        tool = box / "bin" / "dlcli"
        tool.parent.mkdir()
        path, python = (shlex.quote(str(one)) for one in (Path(__file__).parents[2], sys.executable))
        _executable(tool, DLCLI.format(path=path, python=python))
        self.variables = _world(os.environ if variables is None else variables, box, live=live)
        self._starter = None if live else _starter(box, tool, commands, self.variables)
        # Both sides: a writer never waits, and a reader finds no end.
        self._told = os.open(self._status, os.O_RDWR | os.O_NONBLOCK)
        self._screen, self._end, self._ours = (-1, -1, -1) if live else _terminal()
        self._shell = subprocess.Popen(
            ["sh"], stdin=subprocess.PIPE, cwd=self.folder, env=self.variables, start_new_session=not live,
            stdout=None if live else self._end, stderr=None if live else self._end,
        )  # fmt: skip
        # Ctrl-C ends a command, and not the shell.
        self._say("trap : INT" if live else ":")

    def __enter__(self) -> Shell:
        return self

    def __exit__(self, *error: Any) -> None:
        if self.live:
            with suppress(OSError):
                self._shell.stdin.close()  # type: ignore[union-attr]
            with suppress(subprocess.TimeoutExpired):
                self._shell.wait(timeout=1)
        self.stop()
        for descriptor in (self._told, self._screen, self._end, self._ours):
            if descriptor >= 0:
                os.close(descriptor)
        self._box.cleanup()

    def stop(self) -> None:
        """End the shell; where it has a session of its own, all that it started."""
        with suppress(ProcessLookupError, PermissionError):
            if self.live:
                self._shell.kill()
            else:
                os.killpg(self._shell.pid, signal.SIGKILL)
        self._shell.wait()
        if self._starter is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._starter.pid, signal.SIGKILL)
            self._starter.communicate()
            self._starter = None
        with suppress(OSError):
            self._shell.stdin.close()  # type: ignore[union-attr]

    def run(self, command: str, *, timeout: float | None = None) -> Outcome:
        """Run a command, and wait until it has ended, ``timeout`` seconds at most."""
        self._step.write_text(command + "\n", encoding="utf-8")
        quoted = shlex.quote(str(self._step))
        self._say(f". {quoted} </dev/null; printf '%s\\n' \"$?\" >{shlex.quote(str(self._status))}")
        until = None if timeout is None else time.monotonic() + timeout
        shown, status = bytearray(), b""
        while not status.endswith(b"\n"):
            ready = self._wait(0.05)
            if self._told in ready:
                status += os.read(self._told, 64)
            if self._screen in ready:
                shown += os.read(self._screen, 1 << 16)
            if len(shown) > MOST:
                return self._ended(shown[:MOST], FLOOD)
            if not ready and self._shell.poll() is not None:
                return self._ended(shown, ENDED)
            if until is not None and time.monotonic() > until:
                return self._ended(shown, HUNG.format(timeout))
        return Outcome(self._rest(shown), int(status))

    def _wait(self, seconds: float) -> list[int]:
        waited = [self._told] if self.live else [self._told, self._screen]
        return select.select(waited, [], [], seconds)[0]

    def _rest(self, shown: bytearray) -> str:
        """What was shown, with all that is still on its way: until a word of ours comes behind it."""
        if self.live:
            return ""
        word = left = token_hex(16).encode()
        while word not in shown[-MOST:] and len(shown) <= 2 * MOST:
            reads, writes, _ = select.select([self._screen], [self._ours] if left else [], [], 1)
            if not (reads or writes):
                break
            if writes:
                with suppress(BlockingIOError):
                    left = left[os.write(self._ours, left) :]
            if reads:
                shown += os.read(self._screen, 1 << 16)
        return _text(shown.replace(word, b""))

    def _ended(self, shown: bytearray, why: str) -> Outcome:
        """Of a step that did not end: what it showed, as far as that has come. Nothing waits for anything."""
        self.stop()
        while not self.live and len(shown) < MOST and select.select([self._screen], [], [], 0.05)[0]:
            shown += os.read(self._screen, 1 << 16)
        return Outcome(_text(shown[:MOST]), None, why)

    def _say(self, line: str) -> None:
        assert self._shell.stdin is not None
        with suppress(BrokenPipeError):
            os.write(self._shell.stdin.fileno(), f"{line}\n".encode())


def _starter(
    box: Path, tool: Path, commands: Sequence[str], variables: Mapping[str, str]
) -> subprocess.Popen[bytes] | None:
    """The process that runs the lines of dlcli, when it is ready; None where it cannot be had."""
    place, asks, alone = box / "starter", box / "asks.py", tool.with_name("dlcli-alone")
    if len(os.fsencode(place)) > SOCKET:
        return None
    package = Path(__file__).parents[2]
    path = os.pathsep.join(filter(None, [str(package), variables.get("PYTHONPATH", "")]))
    starter = subprocess.Popen(
        [sys.executable, "-P", "-m", "dlcli.lessons.starter", str(place), *commands],
        env={**variables, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"}, cwd=box, start_new_session=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert starter.stdout is not None
    if starter.stdout.readline() == b"ready\n":
        tool.rename(alone)
        asks.write_text(ASKS.format(socket=str(place), alone=str(alone)))
        _executable(tool, f'exec {shlex.quote(sys.executable)} -ISP {shlex.quote(str(asks))} "$@"')
    return starter


def _executable(file: Path, line: str) -> None:
    """Write a script of one line; not one of Python's, for an interpreter's name may have blanks in it."""
    file.write_text(f"#!/bin/sh\n{line}\n")
    file.chmod(0o755)


def _text(shown: bytes | bytearray) -> str:
    return shown.decode(errors="replace").replace("\r\n", "\n")


def _terminal() -> tuple[int, int, int]:
    """A terminal of fixed size that leaves what is written to it as it is.

    Its two ends, and the second once more: one at which a write never waits, as no reader may be there.
    """
    screen, end = os.openpty()
    modes = termios.tcgetattr(end)
    modes[1] &= ~termios.OPOST
    termios.tcsetattr(end, termios.TCSANOW, modes)
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    return screen, end, os.open(os.ttyname(end), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)


def _world(variables: Mapping[str, str], box: Path, *, live: bool) -> dict[str, str]:
    """The variables of the shell: none that is an option of dlcli; fixed ones where it is not live."""
    kept = {name: value for name, value in variables.items() if not name.startswith(("DLCLI_", "_DLCLI"))}
    path = os.pathsep.join([str(box / "bin"), kept.get("PATH", os.defpath)])
    if live:
        return {**kept, "PATH": path}
    home = box / "home"
    home.mkdir()
    for name in [name for name in kept if name.startswith(("LC_", "LANG", "XDG_")) or name in LOOKS]:
        del kept[name]
    folders = {name: str(home / f".{name[4:-5].lower()}") for name in FOLDERS}
    fixed = {"PATH": path, "HOME": str(home), "COLUMNS": str(COLUMNS), "LINES": str(LINES), "TERM": "dumb"}
    return {**kept, **fixed, **folders, "NO_COLOR": "1", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


#: Variables that change how a story looks, or what a shell does before it does anything.
LOOKS = ("FORCE_COLOR", "COLORTERM", "CLICOLOR_FORCE", "ENV", "BASH_ENV", "CDPATH", "POSIXLY_CORRECT")

FOLDERS = ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
