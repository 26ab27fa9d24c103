"""Pictures that follow each other as one file: GIF, APNG or WebP, by Pillow."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from dlcli.tensor import Array

#: Colours of a palette, and the place behind them that stands for what has not changed.
COLOURS = 255

#: How opaque the colours of a palette are in a PNG.
CLEAR = bytes([255] * COLOURS + [0])

#: Added to a packed colour that hides what is below it.
OPAQUE = np.uint32(255 << 24)

#: Pixels that are looked at to choose them, at most.
SAMPLE = 1 << 20

#: Of these, the most frequent are kept as they are.
EXACT = 64

#: A colour is another one from so many of 255 steps on; where more than this part of a GIF has another than
#: it should, it is told.
SEEN, PART = 12, 0.007

#: A GIF counts in hundredths of a second, the others in thousandths.
TICK = {"GIF": 10}

#: Milliseconds that a picture stands at least: players draw a GIF that is faster slowly.
LEAST = 20

#: Milliseconds that a picture stands at most: an APNG counts them in 16 bits.
LONGEST = 65_535

#: A GIF of so many bytes, and so many for a pixel, is compared with an APNG, which takes as long as to write
#: one, and told of where it is so many times as large.
LARGE, DENSE, FAR = 500_000, 0.02, 2

OPTIONS: dict[str, dict[str, Any]] = {
    "GIF": {"disposal": 1, "optimize": False, "transparency": COLOURS},
    "PNG": {"compress_level": 6, "blend": 1},
    "WEBP": {"lossless": True, "quality": 0, "method": 2, "kmin": 9999, "kmax": 10000},
}


def durations(count: int, rate: float, hold: float, format: str) -> list[int]:
    """Milliseconds of each of ``count`` pictures at ``rate`` a second, the last ``hold`` seconds longer.

    They begin when they should to the nearest tick of the format: no error adds up.

    >>> durations(4, 12, 1, "GIF"), durations(4, 12, 1, "PNG")
    ([80, 90, 80, 1080], [83, 84, 83, 1083])
    """
    tick = TICK.get(format, 1)
    starts = [tick * round(1000 * place / rate / tick) for place in range(count + 1)]
    times = [max(LEAST, after - before) for before, after in pairwise(starts)]
    times[-1] += round(1000 * hold)
    return times


def write_moving(
    pictures: Iterable[Array], times: Sequence[int], file: BinaryIO, *, format: str
) -> str | None:
    """Write pictures (height, width, 3) of one size as a film that begins again when it has ended.

    ``times`` are the milliseconds of each. Equal neighbours become one that stands as long as both; of the
    others only what has changed is kept. A GIF has one palette for all of them: returns a sentence where it
    lacks colours that can be told apart, or is far larger than an APNG.
    """
    packed, stand = _apart(pictures, times)
    told = None
    if format == "WEBP":
        _save((Image.fromarray(_rgb(one)) for one in packed), stand, file, format)
        return told
    colours = _colours(packed)
    if format == "PNG" and len(colours) > COLOURS:
        _save(_with_alpha(packed), stand, file, format)
        return told
    palette, table, off = _palette(packed, colours)
    if format == "PNG":
        _save(_indexed(packed, table, palette), stand, file, format, transparency=CLEAR)
        return told
    held = io.BytesIO()
    _save(_indexed(packed, table, palette), stand, held, format, palette=palette)
    file.write(held.getvalue())
    if off > PART:
        told = f"a GIF has 256 colours, these pictures have {len(colours):,}: .apng keeps them all"
    if held.tell() >= max(LARGE, DENSE * sum(one.size for one in packed)):
        other = io.BytesIO()
        few = len(colours) <= COLOURS
        _save(_indexed(packed, table, palette) if few else _with_alpha(packed), stand, other, "PNG")
        if held.tell() >= FAR * other.tell():
            smaller = f"as an .apng it has {other.tell() / 1e6:.1f} MB, not {held.tell() / 1e6:.1f}"
            told = f"{told}; {smaller}" if told else smaller
    return told


def _save(
    images: Iterable[Image.Image], times: Sequence[int], file: BinaryIO, format: str, **more: Any
) -> None:
    first, *others = images
    first.save(
        file, format, save_all=True, append_images=others, duration=list(times), loop=0,
        **{**OPTIONS[format], **more},
    )  # fmt: skip


def _apart(pictures: Iterable[Array], times: Sequence[int]) -> tuple[list[Array], list[int]]:
    """The pictures that differ from the one before, their colours packed, and how long each stands.

    That is as long as all that were equal to it, or ``LONGEST``.
    """
    packed: list[Array] = []
    stand: list[int] = []
    for picture, time in zip(pictures, times, strict=True):
        one = _packed(np.asarray(picture))
        if packed and np.array_equal(packed[-1], one):
            stand[-1] = min(LONGEST, stand[-1] + time)
        else:
            packed.append(one)
            stand.append(time)
    return packed, stand


def _packed(rgb: Array) -> Array:
    """Bytes (…, 3) as one number below 2²⁴ each, the first of them its lowest byte."""
    bytes_ = np.zeros((*rgb.shape[:-1], 4), np.uint8)
    bytes_[..., :3] = rgb
    return bytes_.view("<u4")[..., 0]


def _rgb(packed: Array) -> Array:
    """Packed colours (…) as bytes (…, 3)."""
    return _bytes(packed)[..., :3].copy()


def _bytes(packed: Array) -> Array:
    """Numbers (…) as their bytes (…, 4)."""
    return np.ascontiguousarray(packed, "<u4")[..., None].view(np.uint8)


def _colours(packed: Sequence[Array]) -> Array:
    """All colours (n,) of some pictures."""
    seen = np.zeros(1 << 24, bool)
    seen[packed[0]] = True
    for before, one in pairwise(packed):
        seen[one[one != before]] = True
    return np.flatnonzero(seen)


def _palette(packed: Sequence[Array], colours: Array) -> tuple[bytes, Array, float]:
    """A palette for all pictures, which of its places each colour has, and which part of them is far off."""
    table = np.zeros(1 << 24, np.uint8)
    known, off = colours, 0.0
    if len(colours) > COLOURS:
        new = [one[one != before] for before, one in pairwise(packed)]
        some = np.concatenate([packed[0].ravel(), *new])
        known, table[colours], off = _few(some[:: 1 + len(some) // SAMPLE], colours)
    else:
        table[colours] = np.arange(len(colours))
    # Pillow finds the places of a palette by its colours: no two may be alike, nor like what is transparent.
    others = np.setdiff1d(np.arange(2 * COLOURS + 2), known)[: COLOURS + 1 - len(known)]
    return _rgb(np.concatenate([known, others])).tobytes(), table, off


def _few(some: Array, colours: Array) -> tuple[Array, Array, float]:
    """As many colours as a palette has, which of them stands for each, and what part of pixels is far off.

    The most frequent of ``some`` pixels stay what they are, the others are divided by median cut.
    """
    found, counts = np.unique(some, return_counts=True)
    frequent = found[np.argsort(-counts, kind="stable")[:EXACT]]
    others = some[~np.isin(some, frequent)]
    cut = Image.fromarray(_rgb(others)[None]).quantize(
        COLOURS - EXACT, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
    )
    palette = np.frombuffer(bytes(cut.getpalette() or b""), np.uint8).reshape(-1, 3)
    known = np.unique(np.concatenate([frequent, _packed(palette[: COLOURS - EXACT])]))
    few = Image.new("P", (1, 1))
    few.putpalette(_rgb(known).tobytes())
    row = Image.fromarray(_rgb(colours)[None]).quantize(palette=few, dither=Image.Dither.NONE)
    places = np.asarray(row)[0].clip(0, len(known) - 1)
    exact = np.searchsorted(known, colours).clip(0, len(known) - 1)
    places = np.where(known[exact] == colours, exact, places)
    far = np.abs(_rgb(known[places]).astype(int) - _rgb(colours)).max(axis=1) >= SEEN
    return known, places, float(counts[np.isin(found, colours[far])].sum() / some.size)


def _indexed(packed: Sequence[Array], table: Array, palette: bytes) -> Iterator[Image.Image]:
    """Pictures as places of a palette, what has not changed as the place behind it."""
    for place, one in enumerate(packed):
        index = table[one]
        if place:
            index[one == packed[place - 1]] = COLOURS
        image = Image.fromarray(index)
        image.putpalette(palette)
        yield image


def _with_alpha(packed: Sequence[Array]) -> Iterator[Image.Image]:
    """Pictures in all their colours, what has not changed transparent."""
    for place, one in enumerate(packed):
        rgba = one | OPAQUE
        if place:
            rgba[one == packed[place - 1]] = 0
        yield Image.fromarray(_bytes(rgba))
