"""A process that has loaded everything and forks for each run: a run costs no start and leaves nothing.

Its standard input is a socket. With each byte on it comes another socket, on which one request is read and
one answer written, see ``dlcli.lab.messages``. A child first writes its number in 8 bytes. When the first
socket ends, because the server has, all of them end.
"""

from __future__ import annotations

import ctypes
import gc
import os
import select
import signal
import socket
import sys
from contextlib import suppress

from dlcli.lab.files import Folder
from dlcli.lab.messages import LENGTH, unpacked
from dlcli.lab.work import fulfil, preload, ready, silence

#: Linux sends a process this signal when the one that started it ends (prctl's PR_SET_PDEATHSIG).
PARENT_ENDS = 1


def main() -> None:
    """Fork for each socket that comes, until there are no more; load meanwhile what is not loaded yet."""
    folder = Folder.at(sys.argv[1])
    os.chdir(folder.root)
    control = socket.socket(fileno=os.dup(0))
    silence()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children that end leave nothing
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    for _ in preload(folder):
        gc.freeze()
        while select.select([control], [], [], 0)[0]:
            _fork(control, folder, libc)
    gc.collect()
    gc.freeze()
    while True:
        _fork(control, folder, libc)


def _fork(control: socket.socket, folder: Folder, libc: ctypes.CDLL | None) -> None:
    """Wait for the next socket, and start a process that answers on it."""
    try:
        said, descriptors, _, _ = socket.recv_fds(control, 1, 1)
    except ConnectionError:
        said, descriptors = b"", []
    if not said:
        os.killpg(0, signal.SIGKILL)  # what still runs has nobody to tell of it, and neither has this one
    parent = os.getpid()
    for descriptor in descriptors:
        if os.fork() == 0:
            control.close()
            if libc is not None:
                libc.prctl(PARENT_ENDS, signal.SIGKILL)
                if os.getppid() != parent:
                    os._exit(1)
            _serve(descriptor, folder)
        os.close(descriptor)


def _serve(descriptor: int, folder: Folder) -> None:
    """Answer one request in this process, and end it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    gc.disable()
    try:
        with socket.socket(fileno=descriptor) as line, suppress(EOFError, ConnectionError):
            line.sendall(LENGTH.pack(os.getpid()))
            ready(folder)
            line.sendall(fulfil(unpacked(line.recv), folder))
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
