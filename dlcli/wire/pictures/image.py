"""Pictures by Pillow: whatever a camera, a scanner or a drawing program wrote, as numbers."""

from __future__ import annotations

import contextlib
import os
import struct
import sys
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
from PIL import ExifTags, Image, ImageFile, ImageMode, ImageOps, UnidentifiedImageError

from dlcli.errors import without_warnings
from dlcli.tensor import Axis, Tensor
from dlcli.wire.stream import Limits, Source

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")

#: The names of the channels of each mode that has several; every other mode is gray.
CHANNELS = {
    "RGB": ("red", "green", "blue"),
    "RGBA": ("red", "green", "blue", "alpha"),
    "LA": ("gray", "alpha"),
}

#: Layouts of 16 bits a channel, and the same with the two bytes of a number the other way round.
_SWAPPED = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}
OPPOSITE = {f"{mode};16{a}": f"{mode};16{b}" for mode in ("RGB", "RGBA") for a, b in _SWAPPED.items()}

#: The values of a photo's orientation at which its rows are columns.
SIDEWAYS = (5, 6, 7, 8)

#: What stands at the end of a picture, within so many bytes of the end of its file.
MARKS, TAIL = {"PNG": b"IEND", "JPEG": b"\xff\xd9"}, 1024

#: What Pillow and its decoders raise for bytes that are no whole picture.
BROKEN = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, OverflowError, IndexError,
          KeyError, TypeError, ZeroDivisionError, AttributeError, NotImplementedError)  # fmt: skip


def read_image(source: Source, *, limits: Limits) -> Tensor:
    """The picture in an input: (height, width), or (height, width, channel) with the colours' names.

    Values stay what they are in the file: 0 to 255, or 0 to 65535 of 16 bits a channel; black and white
    become 0 and 255; a palette becomes the colours it stands for, ink (CMYK, YCbCr) red, green and blue. A
    photo is turned the way its camera was held. Of an animation it is the first picture.

    Raises ``BadData`` for bytes that are no whole picture, and for more pixels or bytes than allowed.
    """
    most = limits.max_pixels or Image.MAX_IMAGE_PIXELS or 2**31
    file = source.seekable(limits.max_bytes)
    with _quiet(source):
        start = file.tell()
        image = Image.open(file, formats=FORMATS)
        width, height = image.size
        if width * height > most:
            source.bad(
                f"a picture of {width}x{height} pixels, more than the {most} allowed; "
                f"raise --max-pixels to read it"
            )
        other = _byte_order(image)
        size = width * height * _bytes(_plain_mode(image)) * (1 if other is None else 2)
        source.allow("the picture", size, limits.max_bytes)
        turned = _plain(ImageOps.exif_transpose(image))
        data = np.asarray(turned)
        if other is not None:
            file.seek(start)
            low = Image.open(file, formats=FORMATS)
            low.tile = [_with_order(tile, other) for tile in low.tile]
            data = data.astype(np.uint16) << 8 | np.asarray(ImageOps.exif_transpose(low))
    if data.dtype == np.bool_:
        data = data * np.uint8(255)
    axes = [Axis("height"), Axis("width")]
    if data.ndim == 3:
        axes.append(Axis("channel", CHANNELS[turned.mode]))
    return Tensor(data, tuple(axes), "image")


def head_of_image(source: Source, *, limits: Limits) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and dtype of what ``read_image`` makes of a picture, by its head and its last bytes.

    Nothing is decoded but a picture without the mark at its end. Raises ``BadData`` for bytes that do not
    begin as a picture does, for what is cut short, and for more pixels than allowed.
    """
    most = limits.max_pixels or Image.MAX_IMAGE_PIXELS or 2**31
    file = source.seekable(limits.max_bytes)
    with _quiet(source):
        image = Image.open(file, formats=FORMATS)
        width, height = image.size
        if width * height > most:
            source.bad(f"a picture of {width}x{height} pixels, more than the {most} allowed")
        # Of a PNG Pillow looks for the orientation behind the pixels, too, and decodes these on the way.
        exif = {} if image.format == "PNG" and "exif" not in image.info else image.getexif()
        if exif.get(ExifTags.Base.Orientation, 1) in SIDEWAYS:
            width, height = height, width
        mode = ImageMode.getmode(_plain_mode(image))
        dtype = np.dtype(np.uint8 if mode.mode == "1" else mode.typestr).newbyteorder("=")
        if _byte_order(image) is not None:
            dtype = np.dtype(np.uint16)
        if not _ends(file, image):
            image.load()
    return (height, width, len(mode.bands)), dtype


def _ends(file: BinaryIO, image: ImageFile.ImageFile) -> bool:
    """Whether the end of a file is that of a whole picture, for sure; its place is kept."""
    place = file.tell()
    size = file.seek(0, os.SEEK_END)
    try:
        file.seek(max(0, size - TAIL))
        tail = file.read(TAIL)
        file.seek(0)
        head = file.read(8)
    finally:
        file.seek(place)
    if image.format in MARKS:
        return MARKS[image.format] in tail
    if image.format == "GIF":
        return tail.endswith(b";")
    if image.format == "BMP":
        return int.from_bytes(head[2:6], "little") == size
    if image.format == "WEBP":
        return int.from_bytes(head[4:8], "little") + 8 <= size
    return False


def _plain(image: Image.Image) -> Image.Image:
    """The picture in a mode whose numbers mean brightness."""
    mode = _plain_mode(image)
    return image if mode == image.mode else image.convert(mode)


def _plain_mode(image: Image.Image) -> str:
    """The name of that mode; a gray picture with one value that is declared transparent is still gray."""
    mode, seen_through = image.mode, "transparency" in image.info
    if mode in ("P", "PA"):
        return "RGBA" if seen_through or mode == "PA" else "RGB"
    if seen_through and mode not in ("L", "I;16", "I", "1"):
        return "RGBA"
    if mode in ("CMYK", "YCbCr", "LAB", "HSV", "RGBX"):
        return "RGB"
    return {"RGBa": "RGBA", "La": "LA", "I;16B": "I;16"}.get(mode, mode)


def _bytes(mode: str) -> int:
    """What a pixel takes in a mode, all its channels together."""
    known = ImageMode.getmode(mode)
    return len(known.bands) * np.dtype(known.typestr).itemsize


def _byte_order(image: ImageFile.ImageFile) -> str | None:
    """How to read a colour picture of 16 bits a channel once more; none for any other picture.

    Pillow keeps the upper byte of each of its numbers. Told that the bytes stand in the opposite order, it
    keeps the lower one.
    """
    modes = {_mode(tile) for tile in image.tile}
    return OPPOSITE.get(modes.pop()) if len(modes) == 1 else None


def _mode(tile: Any) -> str:
    """The layout of the bytes that Pillow is about to decode."""
    arguments = tile[3]
    return str(arguments[0] if isinstance(arguments, tuple) else arguments)


def _with_order(tile: Any, mode: str) -> Any:
    codec, extents, offset, arguments = tile
    changed = (mode, *arguments[1:]) if isinstance(arguments, tuple) else mode
    made = codec, extents, offset, changed
    return type(tile)(*made) if hasattr(tile, "_fields") else made  # a plain tuple before Pillow 11


@contextlib.contextmanager
def _quiet(source: Source) -> Iterator[None]:
    """Turn whatever Pillow raises for a broken picture into ``BadData``, and keep it from printing."""
    try:
        with without_warnings(), _without_limit():
            yield
    except UnidentifiedImageError:
        source.bad(
            "not a picture that dlcli reads, or one that is cut short: PNG, JPEG, GIF, BMP, TIFF or WebP"
        )
    except MemoryError:
        source.bad("the picture needs more than this machine's memory")
    except BROKEN:
        source.bad("the picture is cut short or corrupt")


@contextlib.contextmanager
def _without_limit() -> Iterator[None]:
    """Pillow's own limit of pixels out of the way: it is ours to check, before anything is decoded."""
    limit = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = None
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = limit
