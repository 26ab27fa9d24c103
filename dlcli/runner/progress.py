"""A sign of life on standard error for work that takes longer than a second."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from dlcli.runner.environment import Environment

PATIENCE = 1.0
BEAT = 0.2


class Progress:
    """While the block runs, and once it has run for a second, shows what is being done and for how long.

    ``doing`` gives the line where there is more to say.

    Only on a terminal: a log file is no place for a moving line. The line is wiped when the block ends.
    """

    def __init__(
        self,
        text: str,
        environment: Environment,
        patience: float = PATIENCE,
        doing: Callable[[], str] = lambda: "",
    ) -> None:
        self.text = text
        self.environment = environment
        self.patience = patience
        self.doing = doing
        self._done = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Progress:
        if self.environment.stderr_is_terminal and not self.environment.dumb:
            self._thread = threading.Thread(target=self._show, daemon=True)
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        if self._thread is not None:
            self._thread.join()

    def _show(self) -> None:
        begun = time.monotonic()
        shown = False
        wait = self.patience
        while not self._done.wait(wait):
            told = self.doing() or f"{self.text} … {time.monotonic() - begun:.0f} s"
            line = told[: self.environment.width - 1]
            print(f"\r\x1b[2K{line}", end="", file=self.environment.stderr, flush=True)
            shown = True
            wait = BEAT
        if shown:
            print("\r\x1b[2K", end="", file=self.environment.stderr, flush=True)
