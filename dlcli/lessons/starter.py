"""A process that has loaded dlcli and forks for each command line: nine lessons are checked in seconds.

``python -P -m dlcli.lessons.starter SOCKET [COMMAND ...]`` listens on a Unix socket. On each connection come
the descriptors 0, 1 and 2, and as JSON the words of a line, its folder and its variables; the exit code goes
back. When who asked has gone, as where a time limit ended it, the line is ended, too; when standard input
ends, everything.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import sys
import traceback
from contextlib import suppress
from importlib import import_module
from typing import NoReturn

#: Bytes of one request, at most.
MOST = 1 << 20

#: In the place of ``dlcli``: hands its line over and waits. Where nobody listens the line runs by itself.
ASKS = """import json, os, socket, sys
line = socket.socket(socket.AF_UNIX)
try:
    line.connect({socket!r})
except OSError:
    os.execv({alone!r}, ["dlcli", *sys.argv[1:]])
try:
    folder = os.getcwd()
except OSError:
    folder = "/"
asked = json.dumps([sys.argv[1:], folder, dict(os.environ)]).encode() + b"\\n"
sent = socket.send_fds(line, [asked], [0, 1, 2])
line.sendall(asked[sent:])
told = line.recv(8)
sys.exit(int(told) if told else 1)
"""


def main() -> None:
    """Load what the commands need, listen, and fork until this process is ended."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(sys.argv[1])
    listener.listen(64)
    woken, wakes = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(wakes, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakes)
    _load(sys.argv[2:])
    print("ready", flush=True)
    lines: dict[int, socket.socket] = {}
    while True:
        polled = select.poll()
        polled.register(listener, select.POLLIN)
        polled.register(woken, select.POLLIN)
        polled.register(0, 0)
        for line in lines.values():
            polled.register(line, 0)  # its end alone: what is on it the child reads
        ready = {descriptor for descriptor, _ in polled.poll()}
        if 0 in ready:  # standard input ends when the process that started this one does
            os.killpg(0, signal.SIGKILL)
        if woken in ready:
            with suppress(BlockingIOError):
                os.read(woken, 512)
            _bury(lines)
        for child, line in list(lines.items()):
            if line.fileno() in ready:
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGTERM)
                _bury(lines, child)
        if listener.fileno() in ready:
            line = listener.accept()[0]
            if child := os.fork():
                lines[child] = line
                continue
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for other in (listener, *lines.values()):
                other.close()
            os.close(woken)
            os.close(wakes)
            _run(line)


def _bury(lines: dict[int, socket.socket], one: int = 0) -> None:
    """Say of each child that has ended its exit code."""
    for child in [one] if one else list(lines):
        ended, status = os.waitpid(child, 0 if one else os.WNOHANG)
        if ended:
            code = os.waitstatus_to_exitcode(status)
            with lines.pop(child) as line, suppress(OSError):
                line.sendall(str(code if code >= 0 else 128 - code).encode())


def _load(commands: list[str]) -> None:
    """Import what a line of these commands would import."""
    names = [
        "numpy",
        "PIL.Image",
        "rich.console",
        "rich.table",
        "dlcli.runner.run",
        "dlcli.runner.storyteller",
    ]
    names += ["dlcli.runner.delivery", "dlcli.runner.endings", "dlcli.cli"]
    names += [f"dlcli.commands.{name}.{part}" for name in commands for part in ("command", "story")]
    for name in names:
        with suppress(ImportError):
            import_module(name)
    gc.collect()
    gc.freeze()


def _run(line: socket.socket) -> NoReturn:
    """Run the line that comes in this process, and end it."""
    code = 1
    try:
        data, descriptors, _, _ = socket.recv_fds(line, MOST, 3)
        while not data.endswith(b"\n") and len(data) < MOST and (more := line.recv(MOST)):
            data += more
        words, folder, variables = json.loads(data)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(variables)
        for place, descriptor in enumerate(descriptors):
            os.dup2(descriptor, place)
            os.close(descriptor)
        sys.stdin, sys.stdout, sys.stderr = (
            open(place, mode, closefd=False, buffering=1, encoding="utf-8")  # noqa: SIM115
            for place, mode in enumerate("rww")
        )
        sys.argv = ["dlcli", *words]
        from dlcli.cli import main as dlcli

        dlcli()
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    except BaseException:  # noqa: BLE001 (a line of its own: what Python would print of it, and its exit code)
        traceback.print_exc()
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
