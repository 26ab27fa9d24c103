"""Shapes painted into a picture: for files of pixels and for pictures that move."""

from __future__ import annotations

import io
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from dlcli.tensor import Array
from dlcli.views.page.layout import Block
from dlcli.views.page.shapes import Area, Box, Dots, Image, Letters, Shape, Stroke, moved
from dlcli.views.page.style import DASHES, DRAWN, PAPER, SERIES
from dlcli.views.pictures.area import averaged

if TYPE_CHECKING:
    from PIL import Image as Pictures
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

#: Lines and areas are drawn so many times as large and made smaller again, so that slanted ones are smooth.
FINE = 3

#: Parts of a pixel, of which small bold letters are two wider.
PARTS = 4

#: Look -> its colours in light and in dark.
LOOKS = {selector.lstrip("."): both for selector, _, both in DRAWN}

#: How thick the line of a series is.
CURVE = 2.0


def painted(block: Block, *, theme: str = "light", times: int = 1) -> Array:
    """A block as a picture: bytes (height, width, 3) of sRGB, ``times`` as many pixels as it says.

    Letters stand over all that is drawn. A picture in it is as large as it says, each of its pixels a whole
    number of the picture's where its size is such a multiple. What ``theme`` has no colours for is light.

    >>> painted(Block(4, 2, [Box(0, 0, 2, 2, colour="ff0000")]))[0].tolist()
    [[255, 0, 0], [255, 0, 0], [255, 255, 255], [255, 255, 255]]
    """
    from PIL import Image as Pictures
    from PIL import ImageDraw

    side = int(theme == "dark")
    size = round(block.width * times), round(block.height * times)
    finer = FINE if any(map(_slanted, block.shapes)) else 1
    page = Pictures.new("RGB", (size[0] * finer, size[1] * finer), PAPER[side])
    draw = ImageDraw.Draw(page, "RGBA")
    for shape in block.shapes:
        if not isinstance(shape, Letters):
            _draw(page, draw, moved(shape, 0, 0, times * finer), side, times * finer)
    if finer > 1:
        page = page.reduce(finer)
    draw = ImageDraw.Draw(page)
    for shape in block.shapes:
        if isinstance(shape, Letters):
            _write(draw, shape, side, times)
    return np.asarray(page)


def _slanted(shape: Shape) -> bool:
    """Whether anything of a shape is neither level nor upright, so that its edge needs shades."""
    if isinstance(shape, Stroke):
        steps = np.diff(np.asarray(shape.points, float), axis=0)
        return bool((np.nan_to_num(steps) != 0).all(axis=1).any())
    return isinstance(shape, Area | Dots)


def _draw(page: Pictures.Image, draw: ImageDraw, shape: Shape, side: int, scale: float) -> None:
    match shape:
        case Box():
            ends = shape.x, shape.y, shape.x + shape.width - 1, shape.y + shape.height - 1
            if ends[2] >= ends[0] and ends[3] >= ends[1]:
                draw.rectangle(ends, fill=_rgba(shape, side, shape.opacity))
        case Area():
            for piece in _pieces(shape.points):
                draw.polygon([tuple(one) for one in piece.tolist()], fill=_rgba(shape, side, shape.opacity))
        case Dots():
            for x, y in shape.points[np.isfinite(shape.points).all(axis=1)].tolist():
                r = shape.radius * scale
                draw.ellipse((x - r, y - r, x + r, y + r), fill=_rgba(shape, side))
        case Stroke():
            wide = CURVE if shape.look.isdigit() and shape.wide == 1 else shape.wide
            dash = DASHES[int(shape.look) % len(DASHES)] if shape.look.isdigit() else ""
            for piece in _pieces(shape.points):
                for part in _dashed(piece, dash, scale):
                    points = [tuple(one) for one in part.tolist()]
                    draw.line(
                        points, fill=_rgba(shape, side), width=max(1, round(wide * scale)), joint="curve"
                    )
        case Image():
            _paste(page, shape)
        case _:
            pass


def _paste(page: Pictures.Image, shape: Image) -> None:
    from PIL import Image as Pictures

    rgb = shape.data if shape.colours is None else shape.colours[shape.data]
    size = max(1, round(shape.width)), max(1, round(shape.height))
    if size[0] < rgb.shape[1] or size[1] < rgb.shape[0]:
        rgb = np.rint(averaged(rgb, min(size[1], rgb.shape[0]), min(size[0], rgb.shape[1])))
    image = Pictures.fromarray(np.ascontiguousarray(rgb, np.uint8))
    # At a whole pixel of the picture that is painted: else neighbours would run into each other.
    place = round(shape.x / FINE) * FINE, round(shape.y / FINE) * FINE
    page.paste(image.resize(size, Pictures.Resampling.NEAREST), place)


def _write(draw: ImageDraw, shape: Letters, side: int, times: int) -> None:
    place = shape.x * times, shape.y * times
    anchor = {"start": "ls", "middle": "ms", "end": "rs"}[shape.anchor]
    fill = _rgba(shape, side)
    text = "".join(map(_drawable, shape.text))
    if shape.bold and times == 1:
        x, y = (round(one * PARTS) for one in place)
        mask, left, top = _bold(text, shape.size, anchor, x % PARTS, y % PARTS)
        draw.bitmap((x // PARTS + left, y // PARTS + top), mask, fill=fill)
        return
    font = _font(shape.size * times)
    draw.text(place, text, fill=fill, font=font, anchor=anchor)
    if shape.bold:  # a second time beside itself, whole pixels apart: every letter is as much bolder
        draw.text((place[0] + (times + 1) // 2, place[1]), text, fill=fill, font=font, anchor=anchor)


@lru_cache(maxsize=4096)
def _bold(text: str, size: int, anchor: str, x: int, y: int) -> tuple[Pictures.Image, int, int]:
    """Small letters half a pixel bolder, and where their left and upper end is from where they are anchored.

    A whole pixel would fill the gaps of an m: they are drawn larger, and twice. ``x`` and ``y`` are the parts
    of a pixel that they stand to the right and below.
    """
    from PIL import Image as Pictures
    from PIL import ImageDraw

    font = _font(size * PARTS)
    left, top, right, bottom = font.getbbox(text, anchor=anchor)
    left, top = (int(end // PARTS) - 1 for end in (left, top))
    right, bottom = (int(end // PARTS) + 3 for end in (right, bottom))
    page = Pictures.new("L", ((right - left) * PARTS, (bottom - top) * PARTS))
    draw = ImageDraw.Draw(page)
    for beside in (-1, 1):
        place = x + beside - left * PARTS, y - top * PARTS
        draw.text(place, text, fill=255, font=font, anchor=anchor)
    return page.reduce(PARTS), left, top


@cache
def _drawable(letter: str) -> str:
    """A letter, or a question mark for one of which the font has no picture.

    >>> "".join(map(_drawable, "ab 猫"))
    'ab ?'
    """
    return letter if letter.isspace() or _font(12).getmask(letter).getbbox() else "?"


@cache
def _font(size: int) -> FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(
        io.BytesIO(files("dlcli.views.page").joinpath("letters.ttf").read_bytes()), size
    )


def _rgba(
    shape: Letters | Box | Stroke | Area | Dots, side: int, opacity: float = 1.0
) -> tuple[int, int, int, int]:
    colour = shape.colour
    if not colour:
        both = SERIES[int(shape.look) % len(SERIES)] if shape.look.isdigit() else LOOKS[shape.look or "ink"]
        colour = both[side].lstrip("#")
    red, green, blue = bytes.fromhex(colour)
    return red, green, blue, round(255 * opacity)


def _pieces(points: Array) -> list[Array]:
    """The parts of a line between the points that are nan."""
    points = np.asarray(points, float)
    gaps = np.flatnonzero(~np.isfinite(points).all(axis=1))
    parts = np.split(points, gaps)
    return [part[np.isfinite(part).all(axis=1)] for part in parts if np.isfinite(part).all(axis=1).sum() > 1]


def _dashed(points: Array, dash: str, scale: float) -> list[Array]:
    """A line as the dashes that it is made of."""
    if not dash:
        return [points]
    lengths = np.array([float(part) for part in dash.split()]) * scale
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    edges = np.concatenate([[0.0], np.cumsum(np.tile(lengths, int(along[-1] / lengths.sum()) + 1))])
    parts = []
    for start, end in zip(edges[:-1:2], edges[1::2], strict=False):
        if start >= along[-1]:
            break
        inside = (along > start) & (along < end)
        at = np.concatenate([[start], along[inside], [min(end, along[-1])]])
        parts.append(np.stack([np.interp(at, along, points[:, axis]) for axis in (0, 1)], axis=1))
    return parts
