"""A process that has loaded everything and waits for one run: the way of systems that have no fork.

On its standard input comes one request, on its standard output goes one answer: see ``dlcli.lab.messages``.
When its standard input ends, because the server has, it ends.
"""

from __future__ import annotations

import os
import sys
from queue import SimpleQueue
from threading import Thread
from typing import Any

from dlcli.lab.files import Folder
from dlcli.lab.messages import unpacked
from dlcli.lab.work import fulfil, preload, ready, silence


def main() -> None:
    """Load everything, or as much as there is time for until the request comes; answer it, and end."""
    folder = Folder.at(sys.argv[1])
    os.chdir(folder.root)
    asked, told = os.dup(0), os.dup(1)
    silence()
    came: SimpleQueue[Any] = SimpleQueue()
    Thread(target=_listen, args=[asked, came], daemon=True).start()
    try:
        for _ in preload(folder):
            if not came.empty():
                break
        ready(folder)
        message = fulfil(came.get(), folder)
        with open(told, "wb") as line:
            line.write(message)
    finally:
        os._exit(0)


def _listen(asked: int, came: SimpleQueue[Any]) -> None:
    """Hand over the request; end the process when nobody is there any more who would read the answer."""
    try:
        came.put(unpacked(lambda count: os.read(asked, count)))
        while os.read(asked, 1):
            pass
    finally:
        os._exit(1)


if __name__ == "__main__":
    main()
