"""Files that are written whole or not at all, and streams that have a name among the files."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import re
import stat
from collections.abc import Iterator
from typing import BinaryIO

from dlcli.errors import DlcliError
from dlcli.tensor import Array

#: Names of the descriptors that a process was started with, or that its shell opened for it.
STREAMS = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}
DESCRIPTOR = re.compile(r"/(?:dev|proc/self|proc/thread-self)/fd/(\d+)")

#: That of a process by its number, such as the shell's ``/proc/$$/fd/5``.
OF_A_PROCESS = re.compile(r"/proc/\d+/fd/(\d+)")

#: The right to write, of anybody.
WRITABLE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH

#: Links that are followed before they are taken for a circle.
LINKS = 40


def descriptor_of(path: str) -> int | None:
    """The descriptor that a path is another name of, or a link to one; None for anything else.

    >>> descriptor_of("/dev/stdout"), descriptor_of("/dev/fd/63"), descriptor_of("y.npy")
    (1, 63, None)
    """
    for _ in range(LINKS):
        plain = os.path.abspath(path)
        if plain in STREAMS:
            return STREAMS[plain]
        if found := DESCRIPTOR.fullmatch(plain):
            return int(found[1])
        if (found := OF_A_PROCESS.fullmatch(plain)) and _inherited(plain, int(found[1])):
            return int(found[1])
        try:
            path = os.path.join(os.path.dirname(plain), os.readlink(plain))
        except (OSError, ValueError):
            return None
    return None


def _inherited(path: str, descriptor: int) -> bool:
    """Whether a descriptor of another process is open here under the same number."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except OSError:
        return False


def is_stream(path: str) -> bool:
    """Whether what is written to a path follows what was written before: a descriptor, a device, a pipe.

    >>> is_stream("/dev/stdout"), is_stream("/dev/null"), is_stream("y.npy")
    (True, True, False)
    """
    return descriptor_of(path) is not None or _is_special(path)


def _is_special(path: str) -> bool:
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def write_all(stream: BinaryIO, data: bytes | memoryview | Array) -> None:
    """Write every byte of bytes, or of an array (n,) of uint8, to a stream that may take fewer at once.

    The view is made here and never of a ``BytesIO``: the traceback of a write that fails keeps it alive, and
    a buffer that is taken down before its view ends Python 3.12 with a segmentation fault.
    """
    left = memoryview(data if isinstance(data, bytes | memoryview) else data.data)
    while left:
        left = left[stream.write(left) :]


@contextlib.contextmanager
def replacing(path: str) -> Iterator[BinaryIO]:
    """A file to write to, which takes the place of ``path`` when the block ends well.

    It is written beside it under a name of its own and renamed at the end, so that whoever reads ``path``
    finds the old file or the new one. When the block fails nothing is left behind, and what a killed process
    has left of the same file is removed. A device or a named pipe is written to directly, and a descriptor
    where it stands. Raises ``DlcliError`` when the folder does not let us, and for a file that is read-only.
    """
    descriptor = descriptor_of(path)
    if descriptor is not None:
        with _directly(path, descriptor) as stream:
            yield stream
        return
    if _is_special(path):
        with _directly(path, path) as device:
            yield device
        return
    target = os.path.realpath(path)
    try:
        mode = os.stat(target).st_mode
    except FileNotFoundError:
        if OF_A_PROCESS.fullmatch(target):
            raise DlcliError(f"cannot write {path}: that process has no such descriptor") from None
        mode = None
    except OSError as error:
        raise _cannot(path, error) from error
    if mode is not None and stat.S_ISDIR(mode):
        raise DlcliError(f"cannot write {path}: it is a directory")
    if mode is not None and not (mode & WRITABLE and os.access(target, os.W_OK)):
        raise DlcliError(f"cannot write {path}: it is read-only; give another name, or try chmod +w")
    folder, name = os.path.dirname(target), f".{os.path.basename(target)[:200]}"
    _sweep(folder, name)
    beside = os.path.join(folder, f"{name}.{os.getpid()}.part")
    try:
        with _held(beside) as held:  # longer than what is written to: until it is in its place
            with open(os.dup(held.fileno()), "wb") as file:
                yield file
                if mode is not None:
                    os.fchmod(file.fileno(), stat.S_IMODE(mode))
            os.replace(beside, target)
    except FileNotFoundError as error:
        # Where the kernel makes all files, a folder that is there answers as a missing one does.
        what = (
            f"the folder {folder} takes no new files"
            if os.path.isdir(folder)
            else f"there is no folder {folder}"
        )
        raise DlcliError(f"cannot write {path}: {what}") from error
    except OSError as error:
        raise _cannot(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            os.unlink(beside)


@contextlib.contextmanager
def _directly(path: str, place: str | int) -> Iterator[BinaryIO]:
    """A stream to write to as it is; of a descriptor a copy, for the original is not ours to close."""
    try:
        with open(os.dup(place) if isinstance(place, int) else place, "wb", buffering=0) as stream:
            yield stream
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _cannot(path, error) from error


def _held(beside: str) -> io.FileIO:
    """A new file that is locked: one that a sweep took before it was locked is made again."""
    while True:
        file = open(beside, "xb", buffering=0)  # noqa: SIM115 (the caller closes it)
        if not _lock(file, wait=True) or os.path.lexists(beside):
            return file
        file.close()


def _lock(file: BinaryIO | io.FileIO, *, wait: bool = False) -> bool:
    """Whether a file is ours alone, which ends with this process, however it ends."""
    try:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except (OSError, ImportError):
        return False
    return True


def _sweep(folder: str, name: str) -> None:
    """Remove what processes that were killed have left of a file: parts of it that nobody holds."""
    for part in _parts(folder):
        if re.fullmatch(rf"{re.escape(name)}\.\d+\.part", part):
            with contextlib.suppress(OSError), open(os.path.join(folder, part), "rb") as file:
                # Between the two its owner may have put it in its place, and made another of that name.
                if _lock(file) and os.path.samestat(os.fstat(file.fileno()), os.stat(file.name)):
                    os.unlink(file.name)


@functools.cache
def _parts(folder: str) -> list[str]:
    """The unfinished files of a folder, as they were when it was first written to."""
    try:
        return [name for name in os.listdir(folder) if name.endswith(".part")]
    except OSError:
        return []


def _cannot(path: str, error: OSError) -> DlcliError:
    return DlcliError(f"cannot write {path}: {os.strerror(error.errno or 0)}")
