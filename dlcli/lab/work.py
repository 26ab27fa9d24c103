"""What a process of the page does: it loads what runs need, gives itself limits, and answers one request."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from dlcli.cli import COMMANDS
from dlcli.lab.answer import answer
from dlcli.lab.files import Folder, guard
from dlcli.lab.limits import FILE, MEMORY, OPEN, SECONDS
from dlcli.lab.messages import asked_line, packed
from dlcli.wire.samples import samples

#: What the page shows first, when it is opened without a file; and a run that takes the least.
FIRST = ["conv", "sample:cat", "--kernel", "diag"]
LEAST = ["conv", "1 2; 3 4", "--kernel", "diag"]


def preload(folder: Folder) -> Iterator[None]:
    """Import what any run may need, what the first one needs first; a request may be answered in between."""
    tempfile.gettempdir()
    _modules(FIRST[0])
    _run(FIRST, folder)
    yield
    from PIL import Image

    Image.init()
    yield
    for name in COMMANDS:
        _modules(name)
        answer({"form": name}, folder)
        yield
    for word in ("cat", "speech", "digits-cnn", "wordlist"):
        if word in samples():
            _run(["show", f"sample:{word}"], folder)
            yield
    _run(["samples"], folder)
    import_module("tomllib")


def ready(folder: Folder) -> None:
    """Get this process ready for a run: it has limits from then on, and sees one folder alone.

    A run that takes the least touches what any other does: pages of memory that a fork shares become its own.
    """
    sys.dont_write_bytecode = True
    bounded()
    guard(folder)
    _run(LEAST, folder)


def _run(words: list[str], folder: Folder) -> None:
    answer({"run": {"stages": [words]}}, folder)


def _modules(name: str) -> None:
    """Import what prepares a command and what tells of it."""
    folder = f"dlcli.commands.{name.replace('-', '_')}"
    import_module(f"{folder}.command")
    place = Path(str(import_module(folder).__file__)).parent
    for module in sorted(place.glob("*.py")):
        if module.stem.startswith(("record", "story", "explain", "notices")):
            import_module(f"{folder}.{module.stem}")


def silence() -> None:
    """Point the three standard streams at nothing: what is printed is nobody's."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nothing, stream)
    os.close(nothing)


def fulfil(request: Mapping[str, Any], folder: Folder) -> bytes:
    """The message that answers a request."""
    try:
        return packed(answer(request, folder))
    except MemoryError:
        told = "it needs more memory than the page gives a run"
    except Exception as error:  # noqa: BLE001 (a fault of ours ends this process; whoever asked is told)
        told = f"a fault of dlcli's own, {type(error).__name__}: {error}"
    return packed({"error": {"text": told}, "stages": [], **asked_line(request)})


def bounded() -> None:
    """From here on memory, time, open files and the size of files have limits, where the system has them."""
    try:
        import resource
    except ModuleNotFoundError:  # Windows
        return
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, FILE),
        (resource.RLIMIT_NOFILE, OPEN),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))
