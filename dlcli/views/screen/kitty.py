"""Pixels for terminals that speak kitty's graphics protocol."""

from __future__ import annotations

import zlib
from base64 import b64encode
from collections.abc import Iterator

from dlcli.tensor import Array

CHUNK = 4096  # most bytes of base64 in one escape sequence, a multiple of four


def kitty(rgba: Array, rows: int, columns: int) -> str:
    r"""The escape sequences that draw (height, width, 4) bytes of RGBA over ``rows`` by ``columns`` cells.

    The numbers go as zlib data inside base64, in chunks; the cursor stays where it is (``C=1``) and the
    terminal answers nothing (``q=2``).

    >>> import numpy as np
    >>> kitty(np.zeros((1, 1, 4), np.uint8), 1, 1)
    '\x1b_Ga=T,f=32,o=z,s=1,v=1,c=1,r=1,C=1,q=2,m=0;eJxjYGBgAAAABAAB\x1b\\'

    Source: Kovid Goyal, Terminal graphics protocol, https://sw.kovidgoyal.net/kitty/graphics-protocol/.
    """
    height, width = rgba.shape[:2]
    first = f"a=T,f=32,o=z,s={width},v={height},c={columns},r={rows},C=1,q=2,"
    data = b64encode(zlib.compress(rgba.tobytes())).decode("ascii")
    return "".join(_chunks(first, data))


def _chunks(first: str, data: str) -> Iterator[str]:
    """Every chunk but the last says that more follows; what the picture is stands in the first alone."""
    for start in range(0, len(data), CHUNK):
        more = int(start + CHUNK < len(data))
        yield f"\x1b_G{first if start == 0 else ''}m={more};{data[start : start + CHUNK]}\x1b\\"
