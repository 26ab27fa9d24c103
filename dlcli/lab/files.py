"""Which files the page may read and write: those below the folder it was started in, and nothing else."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any

from dlcli.errors import WrongUsage, printable
from dlcli.wire.samples import folder as samples_folder

#: Where what the page writes goes: results, and pictures that were pasted.
RESULTS = "dlcli-lab"

#: Files that are listed as inputs, at most, and how deep below the start they are looked for.
LISTED, DEEP = 200, 3
READABLE = re.compile(
    r"\.(png|jpe?g|gif|bmp|tiff?|webp|wav|flac|ogg|aiff?|mp3|npy|npz|csv|tsv|txt|json|safetensors|toml)$",
    re.I,
)

#: Files of a folder that are looked at to see whether it has changed.
MARKED = 20_000

#: What a name of a result may look like: no folder, no dot in front, an ending.
NAME = re.compile(r"[\w][\w .+-]{0,80}\.[a-z0-9]{1,12}")

#: Bytes that a name has at most.
NAME_BYTES = 200

#: What Python and its libraries read of the system.
SYSTEM = ("/dev/null", "/dev/urandom")

OUTSIDE = (
    "the page reads files below the folder in which dlcli lab was started, by names from there; links that "
    "lead out of it are not followed"
)


@dataclass(frozen=True)
class Folder:
    """The folder that a page was started in; ``root`` is its real path."""

    root: Path

    @classmethod
    def at(cls, start: str | Path) -> Folder:
        """The folder of this name."""
        return cls(Path(start).resolve())

    def check(self, word: str) -> None:
        """Raise ``WrongUsage`` for a word that names, or may name, a file elsewhere, or a module of Python's.

        What is there, and whether anything is, makes no difference to what is said.
        """
        if word.startswith("sample:"):
            return
        if word.startswith("gym:") and ":" in word.removeprefix("gym:"):
            raise WrongUsage(
                f"{printable(word)}: the page has the worlds that are registered by Gymnasium alone"
            )
        if not all(map(self._inside, _paths(word))):
            raise WrongUsage(f"{printable(word)}: {OUTSIDE}")
        if any(map(self._waits, (word, *re.split("[:=,]", word)))):
            raise WrongUsage(f"{printable(word)}: the page reads files and folders, nothing that others fill")

    def marks(self, words: Iterable[str]) -> dict[str, str]:
        """What the files and folders are now that words name, or may name: other texts where these change."""
        parts = {part for word in words for part in (word, *re.split("[:=,]", word)) if part}
        found = ((part, self._mark(part)) for part in sorted(parts) if not part.startswith("sample:"))
        return {os.path.normpath(name): mark for name, mark in found if mark}

    def _mark(self, name: str) -> str:
        """Size and time of a file, or of all in a folder; empty where there is none."""
        path = self.root / name
        if not self._inside(name) or path == self.root:
            return ""
        try:
            if not path.is_dir():
                return _facts(path.stat())
            below = [
                f"{one.path} {_facts(one.stat(follow_symlinks=False))}" for one in islice(_in(path), MARKED)
            ]
            return blake2b("\n".join(sorted(below)).encode("utf-8", "replace"), digest_size=8).hexdigest()
        except (OSError, ValueError):
            return ""

    def result(self, name: str) -> str:
        """The path of a result of this name, from the start.

        Raises ``WrongUsage`` for a name that is not a plain one with an ending.
        """
        if not NAME.fullmatch(name) or len(os.fsencode(name)) > NAME_BYTES:
            raise WrongUsage(
                f"'{printable(name)}': a result has a plain name of letters, digits, blanks and . + - _ with "
                "an ending in small letters, such as map.png"
            )
        path = f"{RESULTS}/{name}"
        if not self._inside(path):
            raise WrongUsage(f"'{printable(name)}': {OUTSIDE}")
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

    def _waits(self, path: str) -> bool:
        """Whether a name is that of what is neither a file nor a folder, such as a pipe."""
        try:
            mode = (self.root / path).stat().st_mode if self._inside(path) else stat.S_IFREG
        except (OSError, ValueError):
            return False
        return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))

    def _inside(self, path: str) -> bool:
        """Whether a name leads to a place below the start, links and all, be it there or not."""
        if os.path.isabs(path) or path.startswith("~") or ".." in Path(path).parts:
            return False
        try:
            with _looking():
                real = (self.root / path).resolve()
        except (OSError, RuntimeError, ValueError):  # links in a circle; what no file can be called
            return False
        return real == self.root or self.root in real.parents


def _facts(told: os.stat_result) -> str:
    return f"{told.st_size} {told.st_mtime_ns}"


def _in(folder: str | Path) -> Iterator[os.DirEntry[str]]:
    """What lies in a folder and in those in it; links are not followed."""
    with os.scandir(folder) as entries:
        for one in entries:
            yield one
            if one.is_dir(follow_symlinks=False):
                yield from _in(one.path)


def _paths(word: str) -> Iterator[str]:
    """The paths that a word may be: itself, what stands before a colon or behind an equals sign in it."""
    yield word
    for mark in (":", "=", ","):
        yield from (part for part in word.split(mark) if "/" in part or part.startswith(("~", "..")))


def guard(folder: Folder) -> None:
    """From here on this process reads files of the folder and of Python alone, and writes results alone.

    Elsewhere nothing is there, whatever is asked. It starts no other program and opens no connection. There
    is no way back.
    """
    writes = [str(folder.root / RESULTS)]
    reads = [str(folder.root), *_python(), *SYSTEM]
    if not UNNAMED:
        tempfile.tempdir = writes[0]
    temporary = tempfile.gettempdir()

    def below(path: Any, roots: Sequence[str]) -> bool:
        if isinstance(path, int) or getattr(ASKING, "now", False):
            return True  # a descriptor that is open; the question below
        with _looking():
            real = os.path.realpath(os.fsdecode(path))
        return any(real == root or real.startswith(f"{root.rstrip(os.sep)}{os.sep}") for root in roots)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode, flags = arguments
            flags = flags or 0
            if UNNAMED and (flags & UNNAMED == UNNAMED or path == temporary):
                return  # a file without a name, which is gone when it is closed, or the folder of such
            if not (any(letter in (mode or "") for letter in "wax+") or flags & WRITING):
                if not below(path, reads):
                    raise _nothing(path)
            elif not below(path, writes):
                raise _refused(path)
        elif event in CHANGES:
            for path in arguments[: CHANGES[event]]:
                if not below(path, writes):
                    raise _refused(path)
        elif event in ("os.listdir", "os.scandir"):
            if not below(arguments[0] or ".", reads):
                raise _nothing(arguments[0])
        elif event in FORBIDDEN and arguments[:1] != (None,):  # ctypes looks at this program itself
            raise PermissionError(errno.EPERM, "the page starts no program and opens no connection")

    for name in ("stat", "lstat", "readlink", "access"):  # of these no audit tells
        _seen(name, lambda path: below(path, reads))
    os.listdir = _listing(lambda path: below(path, reads))
    sys.addaudithook(hook)


#: Whether a thread asks where a name leads: links are followed for that, wherever they lead.
ASKING = threading.local()


@contextmanager
def _looking() -> Iterator[None]:
    """While the block runs, this thread may look at links to see where they lead."""
    before = getattr(ASKING, "now", False)
    ASKING.now = True
    try:
        yield
    finally:
        ASKING.now = before


def _listing(allowed: Callable[[Any], bool]) -> Callable[..., list[Any]]:
    """``os.listdir`` without links that lead to where looking is not allowed."""
    whole = os.listdir

    def listing(path: Any = ".") -> list[Any]:
        if isinstance(path, int | bytes):
            return whole(path)
        with os.scandir(path) as entries:
            return [one.name for one in entries if not one.is_symlink() or allowed(one.path)]

    return listing


def _seen(name: str, allowed: Callable[[Any], bool]) -> None:
    """Have a function of ``os`` find nothing where looking is not allowed."""
    whole = getattr(os, name)

    def seen(path: Any, *arguments: Any, **more: Any) -> Any:
        if not allowed(path):
            if name == "access":
                return False
            raise _nothing(path)
        return whole(path, *arguments, **more)

    setattr(os, name, seen)


def _nothing(path: Any) -> FileNotFoundError:
    return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)


def _refused(path: Any) -> PermissionError:
    return PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)


#: Flags of a file that is written, or made.
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

#: The flag of files without a name, which end with the process.
UNNAMED: int = getattr(os, "O_TMPFILE", 0)

#: Events of Python's audit that change files: how many of their arguments are paths.
CHANGES = {
    "os.mkdir": 1, "os.remove": 1, "os.rename": 2, "os.rmdir": 1, "os.link": 2, "os.symlink": 2,
    "os.truncate": 1, "os.chmod": 1, "os.chown": 1, "os.utime": 1, "shutil.rmtree": 1,
}  # fmt: skip
FORBIDDEN = (
    "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty",
    "os.kill", "os.killpg", "socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname",
    "socket.sendto", "socket.sendmsg", "webbrowser.open", "ctypes.dlopen",
)  # fmt: skip


def _python() -> list[str]:
    """The folders that Python and what is installed with it are read from."""
    package = Path(__file__).parents[1]
    places = {sys.prefix, sys.base_prefix, sys.exec_prefix, str(package), str(samples_folder())}
    places |= {path for path in sys.path if os.path.isdir(path) and path != str(package.parent)}
    return [os.path.realpath(place) for place in places]
