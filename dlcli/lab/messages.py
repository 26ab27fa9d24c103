"""How the page's server and the processes that run commands talk: a length in 8 bytes, then JSON."""

from __future__ import annotations

import json
import struct
from typing import Any

LENGTH = struct.Struct("!Q")


def packed(message: Any) -> bytes:
    """A message with its length before it.

    >>> packed({"a": 1})
    b'\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x08{"a": 1}'
    """
    data = json.dumps(message, allow_nan=False).encode()
    return LENGTH.pack(len(data)) + data
