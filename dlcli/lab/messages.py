"""How the page's server and the processes that run commands talk: a length in 8 bytes, then JSON."""

from __future__ import annotations

import json
import shlex
import struct
from collections.abc import Callable, Mapping
from typing import Any

from dlcli.python.words import line_of

LENGTH = struct.Struct("!Q")

#: Bytes that are asked for at a time.
PIECE = 1 << 20


def packed(message: Any) -> bytes:
    """A message with its length before it.

    >>> packed({"a": 1})
    b'\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x08{"a": 1}'
    """
    data = json.dumps(message, allow_nan=False).encode()
    return LENGTH.pack(len(data)) + data


def unpacked(read: Callable[[int], bytes]) -> Any:
    """The next message; ``read`` returns up to so many bytes, none where there are no more.

    Raises ``EOFError`` where it ends before its end.

    >>> import io
    >>> unpacked(io.BytesIO(packed([1, 2])).read)
    [1, 2]
    """
    (length,) = LENGTH.unpack(_exactly(read, LENGTH.size))
    return json.loads(_exactly(read, length))


def asked_line(request: Mapping[str, Any]) -> dict[str, str]:
    """The ``line`` that a request is to run, whatever becomes of it; nothing where it has none.

    ``behind`` is its end, from ``--`` on: what is an option stands before that.

    >>> asked_line({"run": {"stages": [["show", "a b.png"]]}}), asked_line({"parse": "show"})
    ({'line': "dlcli show 'a b.png'", 'behind': ''}, {})
    >>> asked_line({"run": {"stages": [["show", "--", "-a.png"]]}})
    {'line': 'dlcli show -- -a.png', 'behind': ' -- -a.png'}
    """
    match request:
        case {"run": {"stages": [*stages]}} if stages:
            lists = all(isinstance(stage, list) and stage for stage in stages)
            if lists and all(isinstance(word, str) for stage in stages for word in stage):
                last = stages[-1]
                behind = f" {shlex.join(last[last.index('--') :])}" if "--" in last else ""
                return {"line": _sendable(line_of(stages)), "behind": _sendable(behind)}
    return {}


def _sendable(text: str) -> str:
    return text.encode(errors="replace").decode()


def _exactly(read: Callable[[int], bytes], count: int) -> bytes:
    data = bytearray()
    while len(data) < count:
        part = read(min(count - len(data), PIECE))
        if not part:
            raise EOFError
        data += part
    return bytes(data)
