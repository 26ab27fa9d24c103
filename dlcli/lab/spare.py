"""A process that has loaded everything and waits for one run: the way of systems that have no fork.

On its standard input comes one request, on its standard output goes one answer: see ``dlcli.lab.messages``.
When its standard input ends, because the server has, it ends.
"""

from __future__ import annotations

import os
import sys
from threading import Thread

from dlcli.lab.files import Folder
from dlcli.lab.messages import unpacked
from dlcli.lab.work import fulfil, preload, ready, silence


def main() -> None:
    """Load everything, answer one request, and end."""
    folder = Folder.at(sys.argv[1])
    os.chdir(folder.root)
    asked, told = os.dup(0), os.dup(1)
    silence()
    for _ in preload(folder):
        pass
    ready(folder)
    try:
        request = unpacked(lambda count: os.read(asked, count))
        Thread(target=_watch, args=[asked], daemon=True).start()
        with open(told, "wb") as line:
            line.write(fulfil(request, folder))
    finally:
        os._exit(0)


def _watch(asked: int) -> None:
    """End when nobody is there any more who would read the answer."""
    while os.read(asked, 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
