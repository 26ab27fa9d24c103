"""Pixels for iTerm2 and the terminals that follow it: a PNG inside an escape sequence."""

from __future__ import annotations

import io
from base64 import b64encode

from dlcli.tensor import Array


def iterm(rgba: Array, rows: int, columns: int) -> str:
    """The escape sequence that draws (height, width, 4) bytes of RGBA over ``rows`` by ``columns`` cells.

    >>> import numpy as np
    >>> iterm(np.zeros((1, 1, 4), np.uint8), 2, 3)[:58]
    '\\x1b]1337;File=inline=1;size=70;width=3;height=2;preserveAspe'

    Source: iTerm2, Inline Images Protocol, https://iterm2.com/documentation-images.html.
    """
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(rgba, "RGBA").save(file, "PNG")
    data = file.getvalue()
    place = f"width={columns};height={rows};preserveAspectRatio=0;doNotMoveCursor=1"
    return f"\x1b]1337;File=inline=1;size={len(data)};{place}:{b64encode(data).decode('ascii')}\a"
