"""Pictures inside a page: as PNG, every pixel as it is."""

from __future__ import annotations

import io
from base64 import b64encode

import numpy as np

from dlcli.tensor import Array

#: How much a picture that is written once is worth packing; one that is looked at for a moment takes 1.
BEST = 9


def png(data: Array, colours: Array | None = None, level: int = BEST) -> bytes:
    """A picture as a PNG: bytes (height, width, 3) of sRGB, or (height, width) the numbers of colours (n, 3).

    >>> from PIL import Image
    >>> seen = Image.open(io.BytesIO(png(np.zeros((2, 3), np.uint8), np.array([[7, 8, 9]], np.uint8))))
    >>> seen.mode, seen.size, seen.convert("RGB").getpixel((0, 0))
    ('P', (3, 2), (7, 8, 9))
    """
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(data))
    if colours is not None:
        image.putpalette(np.ascontiguousarray(colours, np.uint8).tobytes())
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=level)
    return file.getvalue()


def data_url(data: Array, colours: Array | None = None, level: int = BEST) -> str:
    """The same as an address that holds it."""
    return f"data:image/png;base64,{b64encode(png(data, colours, level)).decode('ascii')}"
