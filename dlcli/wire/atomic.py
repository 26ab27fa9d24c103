"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from typing import BinaryIO

from dlcli.errors import DlcliError


@contextlib.contextmanager
def replacing(path: str) -> Iterator[BinaryIO]:
    """A file to write to, which takes the place of ``path`` when the block ends well.

    It is written beside it under a name of its own and renamed at the end, so that whoever reads ``path``
    finds the old file or the new one. When the block fails nothing is left behind. A device or a named pipe
    is written to directly. Raises ``DlcliError`` when the folder does not let us.
    """
    target = os.path.realpath(path)
    try:
        mode = os.stat(target).st_mode
    except FileNotFoundError:
        mode = None
    except OSError as error:
        raise _cannot(path, error) from error
    if mode is not None and stat.S_ISDIR(mode):
        raise DlcliError(f"cannot write {path}: it is a directory")
    if mode is not None and not stat.S_ISREG(mode):
        try:
            with open(target, "wb", buffering=0) as device:
                yield device
        except BrokenPipeError:
            raise
        except OSError as error:
            raise _cannot(path, error) from error
        return
    beside = os.path.join(os.path.dirname(target), f".{os.path.basename(target)[:200]}.{os.getpid()}.part")
    try:
        with open(beside, "xb") as file:
            yield file
            if mode is not None:
                os.fchmod(file.fileno(), stat.S_IMODE(mode))
        os.replace(beside, target)
    except FileNotFoundError as error:
        folder = os.path.dirname(target)
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


def _cannot(path: str, error: OSError) -> DlcliError:
    return DlcliError(f"cannot write {path}: {os.strerror(error.errno or 0)}")
