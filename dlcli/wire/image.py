"""Pictures by Pillow: whatever a camera, a scanner or a drawing program wrote, as numbers."""

from __future__ import annotations

import contextlib
import struct
import warnings
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from dlcli.tensor import Axis, Tensor
from dlcli.wire.limits import Limits
from dlcli.wire.stream import Source

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")

#: The names of the channels of each mode that has several; every other mode is gray.
CHANNELS = {
    "RGB": ("red", "green", "blue"),
    "RGBA": ("red", "green", "blue", "alpha"),
    "LA": ("gray", "alpha"),
}

#: What Pillow and its decoders raise for bytes that are no whole picture.
BROKEN = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, OverflowError, IndexError,
          KeyError, TypeError, ZeroDivisionError, AttributeError, NotImplementedError)  # fmt: skip


def read_image(source: Source, *, limits: Limits) -> Tensor:
    """The picture in an input: (height, width), or (height, width, channel) with the colours' names.

    Values stay what they are in the file: 0 to 255, or 0 to 65535 of 16-bit gray; black and white become 0
    and 255; a palette becomes the colours it stands for, ink (CMYK, YCbCr) red, green and blue. A photo is
    turned the way its camera was held. Of an animation it is the first picture.

    Raises ``BadData`` for bytes that are no whole picture and for more pixels than allowed.
    """
    most = limits.max_pixels or Image.MAX_IMAGE_PIXELS or 2**31
    with _quiet(source):
        image = Image.open(source.seekable(limits.max_bytes), formats=FORMATS)
        width, height = image.size
        if width * height > most:
            source.bad(
                f"a picture of {width}x{height} pixels, more than the {most} allowed; "
                f"raise --max-pixels to read it"
            )
        turned = _plain(ImageOps.exif_transpose(image))
        data = np.asarray(turned)
    if data.dtype == np.bool_:
        data = data * np.uint8(255)
    axes = [Axis("height"), Axis("width")]
    if data.ndim == 3:
        axes.append(Axis("channel", CHANNELS[turned.mode]))
    return Tensor(data, tuple(axes), "image")


def _plain(image: Image.Image) -> Image.Image:
    """The picture in a mode whose numbers mean brightness."""
    if image.mode in ("P", "PA") or "transparency" in image.info:
        colours = "RGBA" if "transparency" in image.info or image.mode == "PA" else "RGB"
        if image.mode in ("L", "I;16", "I", "1"):
            return image  # one gray value is declared transparent; it is still gray
        return image.convert(colours)
    if image.mode in ("CMYK", "YCbCr", "LAB", "HSV", "RGBX"):
        return image.convert("RGB")
    if image.mode in ("RGBa", "La"):
        return image.convert("RGBA" if image.mode == "RGBa" else "LA")
    if image.mode == "I;16B":
        return image.convert("I;16")
    return image


@contextlib.contextmanager
def _quiet(source: Source) -> Iterator[None]:
    """While it is open, what a broken picture does to Pillow becomes ``BadData``, and nothing is printed."""
    limit = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = None  # the limit is ours to check, before anything is decoded
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except UnidentifiedImageError:
        source.bad(
            "not a picture that dlcli reads, or one that is cut short: PNG, JPEG, GIF, BMP, TIFF or WebP"
        )
    except MemoryError:
        source.bad("the picture needs more than this machine's memory")
    except BROKEN:
        source.bad("the picture is cut short or corrupt")
    finally:
        Image.MAX_IMAGE_PIXELS = limit
