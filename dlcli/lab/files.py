"""Which files the page may read and write: those below the folder it was started in, and nothing else."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlcli.errors import WrongUsage

#: Where what the page writes goes: results, and pictures that were pasted.
RESULTS = "dlcli-lab"

#: Files that are listed as inputs, at most, and how deep below the start they are looked for.
LISTED, DEEP = 200, 3
READABLE = re.compile(
    r"\.(png|jpe?g|gif|bmp|tiff?|webp|wav|flac|ogg|aiff?|mp3|npy|npz|csv|tsv|txt|json|safetensors|toml)$",
    re.I,
)

#: What a name of a result may look like: no folder, no dot in front, an ending.
NAME = re.compile(r"[\w][\w .+-]{0,80}\.[a-z0-9]{1,12}", re.ASCII)

#: What Python and its libraries read of the system.
SYSTEM = (
    "/dev/null",
    "/dev/urandom",
    "/proc/self/",
    "/proc/meminfo",
    "/proc/cpuinfo",
    "/sys/fs/cgroup",
    "/etc/mime",
)

OUTSIDE = "the page reads files below the folder in which dlcli lab was started, by names from there"


@dataclass(frozen=True)
class Folder:
    """The folder that a page was started in; ``root`` is its real path."""

    root: Path

    @classmethod
    def at(cls, start: str | Path) -> Folder:
        """The folder of this name."""
        return cls(Path(start).resolve())

    def check(self, word: str) -> None:
        """Raise ``WrongUsage`` for a word that names, or may name, a file elsewhere.

        What is there, and whether anything is, makes no difference to what is said.
        """
        if word.startswith("sample:"):
            return
        for part in _paths(word):
            if os.path.isabs(part) or part.startswith("~") or ".." in Path(part).parts or "\0" in part:
                raise WrongUsage(f"{word!r}: {OUTSIDE}")
            if not self._inside(part):
                raise WrongUsage(f"{word!r}: {OUTSIDE}")

    def result(self, name: str) -> str:
        """The path of a result of this name, from the start.

        Raises ``WrongUsage`` for a name that is not a plain one with an ending.
        """
        if not NAME.fullmatch(name):
            raise WrongUsage(f"{name!r}: a result has a plain name with an ending, such as map.png")
        path = f"{RESULTS}/{name}"
        if not self._inside(path):
            raise WrongUsage(f"{name!r}: {OUTSIDE}")
        return path

    def listed(self) -> list[str]:
        """The files that may be inputs, by their names from the start."""
        return sorted(self._found())[:LISTED]

    def _found(self) -> Iterator[str]:
        count = 0
        for folder, folders, names in os.walk(self.root):
            depth = len(Path(folder).relative_to(self.root).parts)
            folders[:] = sorted(one for one in folders if not one.startswith((".", "__")) and depth < DEEP)
            for name in sorted(names):
                path = Path(folder, name)
                if READABLE.search(name) and not name.startswith(".") and not path.is_symlink():
                    yield str(path.relative_to(self.root))
                    count += 1
                    if count >= LISTED:
                        return

    def _inside(self, path: str) -> bool:
        """Whether a name leads to a place below the start, links and all, be it there or not."""
        try:
            real = (self.root / path).resolve()
        except (OSError, RuntimeError):
            return False
        return real == self.root or self.root in real.parents


def _paths(word: str) -> Iterator[str]:
    """The paths that a word may be: itself, what stands before a colon or behind an equals sign in it."""
    yield word
    for mark in (":", "=", ","):
        yield from (part for part in word.split(mark) if "/" in part or part.startswith(("~", "..")))


def guard(folder: Folder) -> None:
    """From here on this process reads files of the folder and of Python alone, and writes results alone.

    It starts no other program and opens no connection. There is no way back.
    """
    reads = [str(folder.root), *_python(), *SYSTEM]
    writes = [str(folder.root / RESULTS)]

    def below(path: Any, roots: list[str]) -> bool:
        if isinstance(path, int):
            return True  # a descriptor that is open
        real = os.path.realpath(os.fsdecode(path))
        return any(real == root.rstrip("/") or real.startswith(root.rstrip("/") + "/") for root in roots)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode, flags = arguments
            writing = any(letter in (mode or "") for letter in "wax+") or (flags or 0) & (
                os.O_WRONLY | os.O_RDWR
            )
            if not below(path, writes if writing else [*reads, *writes]):
                raise PermissionError(OUTSIDE)
        elif event in CHANGES:
            if not all(below(one, writes) for one in arguments[: CHANGES[event]]):
                raise PermissionError(OUTSIDE)
        elif event in ("os.listdir", "os.scandir"):
            if not below(arguments[0] or ".", reads):
                raise PermissionError(OUTSIDE)
        elif event in FORBIDDEN:
            raise PermissionError("the page starts no program and opens no connection")

    sys.addaudithook(hook)


#: Events of Python's audit that change files: how many of their arguments are paths.
CHANGES = {
    "os.mkdir": 1, "os.remove": 1, "os.rename": 2, "os.rmdir": 1, "os.link": 2, "os.symlink": 2,
    "os.truncate": 1, "os.chmod": 1, "os.chown": 1, "os.utime": 1, "shutil.rmtree": 1,
}  # fmt: skip
FORBIDDEN = (
    "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty",
    "socket.connect", "socket.bind", "socket.getaddrinfo", "webbrowser.open", "ctypes.dlopen",
)  # fmt: skip


def _python() -> list[str]:
    """The folders that Python and what is installed with it are read from."""
    here = Path(__file__).resolve().parents[2]
    places = {sys.prefix, sys.base_prefix, sys.exec_prefix, str(here / "dlcli"), str(here / "samples")}
    places |= {path for path in sys.path if path and os.path.isdir(path) and path != str(here)}
    return [os.path.realpath(place) for place in places]
