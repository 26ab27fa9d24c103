"""Pixels for terminals that speak sixel, DEC's graphics of six rows a band."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

import numpy as np

from dlcli.tensor import Array

BAND = 6
COLOURS = 256
OPAQUE = 128  # the alpha from which a pixel is drawn


def sixel(rgba: Array) -> str:
    r"""The escape sequence that draws (height, width, 4) bytes of RGBA where the cursor stands.

    At most ``COLOURS`` colours: exact where there are no more (to the hundredth of full light that the format
    knows), chosen by Pillow otherwise. What is transparent stays as the screen is.

    >>> sixel(np.full((6, 3, 4), 255, np.uint8))
    '\x1bP0;1;0q"1;1;3;6#0;2;100;100;100#0~~~-\x1b\\'

    Source: Digital Equipment Corporation, VT330/VT340 Programmer Reference Manual, volume 2, chapter 14.
    """
    height, width = rgba.shape[:2]
    index, colours = palette(rgba[..., :3])
    index[rgba[..., 3] < OPAQUE] = len(colours)
    told = np.rint(colours / 2.55).astype(int).tolist()
    head = "".join(f"#{i};2;{red};{green};{blue}" for i, (red, green, blue) in enumerate(told))
    return f'\x1bP0;1;0q"1;1;{width};{height}{head}{_bands(index, len(colours))}\x1b\\'


def palette(rgb: Array) -> tuple[Array, Array]:
    """The number of each pixel's colour (height, width), and the colours (n, 3)."""
    packed = rgb.astype(np.int32) @ np.array([1 << 16, 1 << 8, 1], np.int32)
    found, index = np.unique(packed, return_inverse=True)
    if len(found) <= COLOURS:
        colours = np.stack([found >> 16, found >> 8 & 255, found & 255], axis=1)
        return index.reshape(rgb.shape[:2]), colours
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(rgb)).quantize(COLOURS, dither=Image.Dither.NONE)
    colours = np.array(image.getpalette(), np.uint8).reshape(-1, 3)
    return np.asarray(image).astype(np.intp), colours


def _bands(index: Array, colours: int) -> str:
    """Six rows at a time: for each colour in them a line of characters, whose bits are the rows."""
    texts = ["" for _ in range(0, len(index), BAND)]
    for line, run in groupby(_runs(index, colours), key=itemgetter(0)):
        band, colour = divmod(line, colours)
        end, parts = 0, [f"{'$' if texts[band] else ''}#{colour}"]
        for _, column, count, letter in run:
            parts += [_repeated("?", column - end), _repeated(letter, count)]
            end = column + count
        texts[band] += "".join(parts)
    return "".join(f"{text}-" for text in texts)


def _runs(index: Array, colours: int) -> Iterator[tuple[int, int, int, str]]:
    """Equal characters in a row, as (line, first column, how many, which); empty characters are left out.

    Line ``band * colours + colour`` holds that colour's pixels in that band.
    """
    rows, columns = np.nonzero(index < colours)
    width = index.shape[1]
    place = ((rows // BAND) * colours + index[rows, columns]) * width + columns
    order = np.argsort(place, kind="stable")
    place, bit = place[order], (1 << (rows % BAND))[order]
    begins = np.flatnonzero(np.diff(place, prepend=-1))
    place, bits = place[begins], np.add.reduceat(bit, begins) if len(begins) else bit
    # A run goes on with the same character in the next place, unless a line begins there.
    same = (np.diff(place, prepend=-2) == 1) & (np.diff(bits, prepend=0) == 0) & (place % width > 0)
    begins = np.flatnonzero(~same)
    counts = np.diff(begins, append=len(place)).tolist()
    letters = (bits[begins] + 63).astype(np.uint8).tobytes().decode("ascii")
    lines, firsts = (part.tolist() for part in np.divmod(place[begins], width))
    return zip(lines, firsts, counts, letters, strict=True)


def _repeated(letter: str, count: int) -> str:
    """Four or more alike are written as their number and one of them."""
    return f"!{count}{letter}" if count > 3 else letter * count
