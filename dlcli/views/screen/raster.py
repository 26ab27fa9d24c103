"""Pixels among the lines of a story, in the escape sequences of kitty, iTerm2 and sixel."""

from __future__ import annotations

import io
import zlib
from base64 import b64encode
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

import numpy as np
from rich.segment import ControlType, Segment

from dlcli.tensor import Array
from dlcli.views.screen.screen import Drawing

HOLE = 255, 0, 255

SAVE, RESTORE = "\x1b7", "\x1b8"
#: Down and up again: at the bottom of the screen this makes room for what a terminal puts below a picture.
MAKE_ROOM = "\x1bD\x1b[A"

BAND = 6
SIXEL_COLOURS = 256
OPAQUE = 128  # the alpha from which a pixel is drawn

CHUNK = 4096  # most bytes of base64 in one escape sequence, a multiple of four


def pixels(rgb: Array, drawing: Drawing) -> Iterator[Segment]:
    """Lines of blanks, and the escape sequence that draws (height, width, 3) bytes of RGB over them.

    The drawing takes no room in its line and leaves the cursor where it was, so that whatever stands to the
    right of the picture, or below it, is not moved.
    """
    height, width = rgb.shape[:2]
    (down, across) = drawing.cell
    rows, columns = -(-height // down), -(-width // across)
    rgba = np.zeros((rows * down, columns * across, 4), np.uint8)
    rgba[:height, :width, :3], rgba[:height, :width, 3] = rgb, 255
    for _ in range(rows - 1):
        yield Segment(" " * columns)
        yield Segment.line()
    yield Segment(" " * columns)
    up = f"\x1b[{rows - 1}A" if rows > 1 else ""
    image = encoded(rgba, drawing.means, rows, columns)
    yield Segment(f"{MAKE_ROOM}{SAVE}{up}\x1b[{columns}D{image}{RESTORE}", None, [(ControlType.CURSOR_UP, 0)])
    yield Segment.line()


def encoded(rgba: Array, means: str, rows: int, columns: int) -> str:
    """The escape sequence that draws (height, width, 4) bytes over so many character cells."""
    if means == "kitty":
        return kitty(rgba, rows, columns)
    return iterm(rgba, rows, columns) if means == "iterm" else sixel(rgba)


def with_holes(rgb: Array, values: Array) -> Array:
    """The colours (height, width, 3), magenta where one of the values (height, width, …) is not finite."""
    rgb[~np.isfinite(values).all(axis=-1)] = HOLE
    return rgb


def sixel(rgba: Array) -> str:
    r"""The escape sequence that draws (height, width, 4) bytes of RGBA where the cursor stands.

    At most ``SIXEL_COLOURS`` colours: exact where there are no more (to the hundredth of full light that the
    format knows), chosen by Pillow otherwise. What is transparent stays as the screen is.

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
    if len(found) <= SIXEL_COLOURS:
        colours = np.stack([found >> 16, found >> 8 & 255, found & 255], axis=1)
        return index.reshape(rgb.shape[:2]), colours
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(rgb)).quantize(SIXEL_COLOURS, dither=Image.Dither.NONE)
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
