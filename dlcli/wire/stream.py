"""Input as a stream of bytes: a file or a pipe, with a look ahead and limits on what is read."""

from __future__ import annotations

import contextlib
import io
import os
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from select import select
from typing import Any, BinaryIO, NoReturn, cast

from dlcli.errors import BadData, printable

#: What messages call the input of a pipe.
STANDARD_INPUT = "standard input"
LITERAL = "literal"  # that was typed

#: Bytes that one read of a text or a packed file asks for.
CHUNK = 1 << 20

#: Bytes that a pipe should hold: with the usual 64 kB its two ends wait for each other all the time.
PIPE_BYTES = 1 << 20

#: The end of a line and exactly two empty ones, with another behind them.
_BREAK = re.compile(rb"(?<!\n)(?<!\n\r)\n(?:\r?\n){2}(?=[^\r\n])")

#: Bytes of data to read for one tensor, where nobody says.
MAX_BYTES = 2**33

#: What is packed may become so many bytes, or so many times its own, without anybody having asked for it.
UNPACKED = 2**28
UNPACKED_TIMES = 100


@dataclass(frozen=True)
class Limits:
    """Bounds on one tensor: bytes of data, and pixels of a picture (None: Pillow's own limit).

    Unless somebody has ``chosen`` the bytes, there are bounds on what is unpacked, too.
    """

    max_bytes: int = MAX_BYTES
    max_pixels: int | None = None
    chosen: bool = False


def memory() -> int:
    """The bytes of this machine's memory; without a bound where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 2**63


class Source:
    """One input as a stream of bytes; ``name`` is what the person called it, for messages and origins.

    ``raw`` is any binary file, best an unbuffered one: large arrays are read straight into their place.
    ``say`` takes a sentence for the person, on what was read in one of several ways. ``divider`` is the mark
    of which a table of this input has shown that it divides values.

    >>> source = Source(io.BytesIO(b"abcdef"), "letters")
    >>> source.peek(2), source.read(3), source.read(10), source.at_end()
    (b'ab', b'abc', b'def', True)
    """

    def __init__(self, raw: BinaryIO, name: str, say: Callable[[str], None] = lambda _: None) -> None:
        self.raw = raw
        self.name = name
        self.divider = ""
        self._say = say
        self._told: set[str] = set()
        self._ahead = b""

    def bad(self, message: str) -> NoReturn:
        """Raise ``BadData`` with the name of this input in front."""
        raise BadData(f"{printable(self.name)}: {message}")

    def tell(self, message: str) -> None:
        """Say something about this input, with its name in front; what has been said of it already is not."""
        if message in self._told:
            return
        self._told.add(message)
        self._say(f"dlcli: {printable(self.name)}: {message}")

    def again(self, text: str) -> Source:
        """A text that was read from this input, to be read in another way."""
        return Source(io.BytesIO(text.encode()), self.name, self._say)

    def whole(self) -> BinaryIO:
        """All that is left, what was peeked at among it, as a file for another source.

        >>> source = Source(io.BytesIO(b"abc"), "letters")
        >>> source.peek(2), source.whole().read()
        (b'ab', b'abc')
        """
        ahead, self._ahead = self._ahead, b""
        if ahead and self.raw.seekable():
            self.raw.seek(-len(ahead), os.SEEK_CUR)
            ahead = b""
        return cast(BinaryIO, _Ahead(ahead, self.raw)) if ahead else self.raw

    def peek(self, count: int) -> bytes:
        """The next bytes, left where they are; fewer than ``count`` only at the end."""
        while len(self._ahead) < count:
            piece = self._take(count - len(self._ahead))
            if not piece:
                break
            self._ahead += piece
        return self._ahead[:count]

    def at_end(self) -> bool:
        """Whether nothing is left."""
        return not self.peek(1)

    def read(self, count: int) -> bytes:
        """The next bytes; fewer than ``count`` only at the end."""
        self.peek(count)
        taken, self._ahead = self._ahead[:count], self._ahead[count:]
        return taken

    def read_into(self, place: memoryview) -> int:
        """Fill a buffer of bytes; returns how many came before the end."""
        ahead = min(len(self._ahead), len(place))
        place[:ahead], self._ahead = self._ahead[:ahead], self._ahead[ahead:]
        filled = ahead
        while filled < len(place):
            try:
                count: int | None = self.raw.readinto(place[filled:])  # type: ignore[attr-defined]
            except OSError as error:
                self.bad(f"cannot be read: {os.strerror(error.errno or 0)}")
            if count == 0:
                break
            if count is None:
                self._wait()
            else:
                filled += count
        return filled

    def read_rest(self, limit: int) -> bytes:
        """Everything that is left. Raises ``BadData`` when that is more than ``limit`` bytes."""
        pieces: list[bytes] = []
        total = 0
        while piece := self._ahead or self._take(CHUNK):
            self._ahead = b""
            pieces.append(piece)
            total += len(piece)
            self._check(total, limit)
        return b"".join(pieces)

    def read_line(self, limit: int) -> bytes:
        """The next line with its end. Raises ``BadData`` when it is longer than ``limit`` bytes."""
        pieces: list[bytes] = []
        total = 0
        while piece := self._ahead or self._take(CHUNK):
            end = piece.find(b"\n") + 1
            pieces.append(piece[:end] if end else piece)
            self._ahead = piece[end:] if end else b""
            total += len(pieces[-1])
            self._check(total, limit)
            if end:
                break
        return b"".join(pieces)

    def read_table(self, limit: int) -> bytes:
        """What comes up to two empty lines with another behind them, these included; else what is left.

        In quotation marks they are part of a name. Raises ``BadData`` when that is more than ``limit`` bytes.
        """
        read, seen, counted, marks = bytearray(), 0, 0, 0
        while piece := self._ahead or self._take(CHUNK):
            self._ahead = b""
            read += piece
            while found := _BREAK.search(read, seen):
                marks += read.count(b'"', counted, found.end())
                seen = counted = found.end()
                if marks % 2 == 0:
                    self._check(seen, limit)
                    self._ahead = bytes(read[seen:])
                    return bytes(read[:seen])
            self._check(len(read), limit)
            seen = max(seen, len(read) - 8)  # more than the bytes of a break
        return bytes(read)

    def seekable(self, limit: int) -> BinaryIO:
        """The whole input as a file that can be sought in: itself, or a copy of what the pipe brings."""
        if self.raw.seekable():
            return self.whole()
        return io.BytesIO(self.read_rest(limit))

    def size(self) -> int | None:
        """Bytes that are left, if this is known: of a plain file it is, of a pipe it is not."""
        try:
            status = os.fstat(self.raw.fileno())
        except OSError:
            return None
        if not stat.S_ISREG(status.st_mode):
            return None
        return status.st_size - self.raw.tell() + len(self._ahead)

    def allow(self, what: str, size: int, limit: int) -> None:
        """Raise ``BadData`` for data that takes more bytes than the limit."""
        if size > limit:
            self.bad(
                f"{what} takes {size} bytes, more than the {limit} allowed; raise --max-bytes to read it"
            )

    def allow_unpacked(self, what: str, size: int, packed: int, limits: Limits) -> None:
        """Raise ``BadData`` for packed data that becomes much more than it was, or than there is room for."""
        most = min(max(UNPACKED, UNPACKED_TIMES * packed), memory() // 2)
        if size > most and not limits.chosen:
            self.bad(
                f"{what} of {packed} bytes unpacks to {size} bytes, more than the {most} allowed; "
                f"--max-bytes {size} reads it"
            )

    def _check(self, total: int, limit: int) -> None:
        if total > limit:
            self.bad(f"more than the {limit} bytes allowed; raise --max-bytes to read it all")

    def _take(self, count: int) -> bytes:
        while True:
            try:
                piece: bytes | None = self.raw.read(count)
            except OSError as error:
                self.bad(f"cannot be read: {os.strerror(error.errno or 0)}")
            if piece is not None:
                return piece
            self._wait()

    def _wait(self) -> None:
        """Wait for a pipe that some other program has set to non-blocking."""
        select([self.raw], [], [])


class _Ahead(io.RawIOBase):
    """A pipe with what was read of it already before it."""

    def __init__(self, ahead: bytes, raw: BinaryIO) -> None:
        self.ahead, self.raw = ahead, raw

    def fileno(self) -> int:
        return self.raw.fileno()

    def readable(self) -> bool:
        return True

    def readinto(self, place: Any) -> int | None:
        """Fill a buffer as far as there is something now; nothing at the end, None where one has to wait."""
        if not self.ahead:
            return self.raw.readinto(place)  # type: ignore[attr-defined]
        view = memoryview(place).cast("B")
        count = min(len(view), len(self.ahead))
        view[:count], self.ahead = self.ahead[:count], self.ahead[count:]
        return count


def widen(stream: BinaryIO) -> None:
    """Enlarge the buffer of a pipe, where the system allows it."""
    with contextlib.suppress(OSError, AttributeError, ImportError):
        import fcntl

        if stat.S_ISFIFO(os.fstat(stream.fileno()).st_mode):
            fcntl.fcntl(stream, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
