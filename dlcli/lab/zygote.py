"""A process that has loaded everything and forks for each run: a run costs no start and leaves nothing.

Its standard input is a socket. With each byte on it comes another socket, on which one request is read and
one answer written, each as its length in 8 bytes and JSON. A child first writes its number in 8 bytes.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import resource
import signal
import socket
import sys
from importlib import import_module
from pathlib import Path

from dlcli.cli import COMMANDS
from dlcli.lab.answer import answer
from dlcli.lab.files import Folder, guard
from dlcli.lab.limits import FILE, MEMORY, SECONDS
from dlcli.lab.messages import LENGTH, packed


def main() -> None:
    """Load what runs need, then fork for each socket that comes, until there are no more."""
    folder = Folder.at(sys.argv[1])
    os.chdir(folder.root)
    control = socket.socket(fileno=0)
    preload()
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, _reap)
    while True:
        try:
            said, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        except InterruptedError:
            continue
        if not said:
            break
        for descriptor in descriptors:
            if os.fork() == 0:
                control.close()
                serve(descriptor, folder)
            os.close(descriptor)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with contextlib.suppress(OSError):
        os.killpg(0, signal.SIGKILL)  # what still runs has nobody to tell of it


def preload() -> None:
    """Import what any run may need, and make what it would make first."""
    from PIL import Image

    for name in COMMANDS:
        folder = f"dlcli.commands.{name.replace('-', '_')}"
        import_module(f"{folder}.command")
        place = Path(str(import_module(folder).__file__)).parent
        for module in place.glob("*.py"):
            if module.stem.startswith(("story", "explain", "notices")):
                import_module(f"{folder}.{module.stem}")
    Image.init()

    answer({"run": {"stages": [["conv", "1 2; 3 4", "--kernel", "diag"]]}}, Folder.at("."))


def serve(descriptor: int, folder: Folder) -> None:
    """Answer one request in this process, and end it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    gc.disable()
    code = 1
    try:
        with socket.socket(fileno=descriptor) as line:
            line.sendall(LENGTH.pack(os.getpid()))
            request = read(line)
            bounded()
            guard(folder)
            line.sendall(packed(answer(request, folder)))
            code = 0
    finally:
        os._exit(code)


def read(line: socket.socket) -> dict[str, object]:
    """One message."""
    (length,) = LENGTH.unpack(_exactly(line, LENGTH.size))
    found: dict[str, object] = json.loads(_exactly(line, length))
    return found


def bounded() -> None:
    """From here on memory, time and the size of files have limits."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, FILE),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))


def _exactly(line: socket.socket, count: int) -> bytes:
    data = bytearray()
    while len(data) < count:
        part = line.recv(min(count - len(data), 1 << 20))
        if not part:
            raise EOFError
        data += part
    return bytes(data)


def _reap(number: int, frame: object) -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


if __name__ == "__main__":
    main()
