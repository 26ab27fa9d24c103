"""Tensors as picture files: in the colours of the screen, large enough for a slide."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from dlcli.errors import DlcliError, printable
from dlcli.tensor import Array, Axis, Tensor
from dlcli.views.charts.spectrogram import BELOW, SHOWN, in_decibels, is_spectrum, is_upwards, upright
from dlcli.views.look import is_decibels, is_map, is_rgb
from dlcli.views.pictures.tone import Tone, finite_range
from dlcli.views.pictures.winner_map import WinnerMap
from dlcli.words.axes import COLOURS, SEVERAL, last, matrices, reordered
from dlcli.words.winners import bank_of

SIDE = 480  # pixels that the longer side of a small picture is magnified to, or a little more
GAP = 1  # cells between the channels
PAPER = 255
LABEL = 13  # pixels above a channel for its name
LETTER = 10  # pixels of its letters

#: The axes of a picture in colours.
RGB = Axis("height"), Axis("width"), Axis("channel", labels=("red", "green", "blue"))


def painted(tensor: Tensor) -> Tensor:
    """A tensor as a picture (height, width, 3) of bytes, in the colours of the screen.

    Signed numbers are blue below zero and red above; others are gray in a picture and on the scale of a heat
    map in a table; red, green and blue are light as they are. Many channels stand beside each other, in rows,
    each below its name, all in the same tone; kernels that win have a colour each. Cells of a small tensor
    become squares. Of a spectrogram the lowest frequency is at the bottom, and decibels go from dark to
    light: a spectrum, its magnitude, its power and its mels are painted in decibels below the largest.

    Raises ``DlcliError`` when the tensor is no picture.

    >>> painted(Tensor([[-1.0, 1.0]])).data[0, [0, -1]].tolist()
    [[5, 48, 97], [103, 0, 31]]
    """
    if several := matrices(tensor.axis_names):
        tensor = reordered(tensor, last(several[-1]))
    tensor = upright(tensor)
    if is_spectrum(tensor):
        tensor = in_decibels(tensor)
    data = np.abs(tensor.data) if tensor.data.dtype.kind == "c" else tensor.data
    if data.ndim not in (2, 3) or 0 in data.shape:
        raise DlcliError(
            "a picture is (height, width) or (height, width, channel); "
            f"received {tensor.describe()}: write a .svg of the story, or a .npy"
        )
    values = data[..., None] if data.ndim == 2 else data
    upwards = is_upwards(tensor)
    if bank := bank_of(tensor):
        rgb = WinnerMap(data, bank).painted(*data.shape)
    elif is_rgb(tensor):
        rgb = Tone.of(values[..., :3], values[..., :3]).rgb(values[..., :3])
    else:
        values = values[::-1] if upwards else values
        tone = _tone(tensor, values)
        maps = [tone.rgb(values[..., channel, None]) for channel in range(values.shape[2])]
        if len(maps) > 1:
            return replace(tensor, data=_side_by_side(maps, _names(tensor)), axes=RGB)
        (rgb,) = maps
    times = max(1, SIDE // max(rgb.shape[:2]))
    rgb = rgb.repeat(times, axis=0).repeat(times, axis=1)
    return replace(tensor, data=rgb, axes=RGB)


def spectrogram(tensor: Tensor, *, shaded: bool) -> tuple[Tensor, str | None]:
    """A spectrum as a picture file has it unless the colours of the screen are asked for; others as they are.

    Its frequencies are rows, by the names of its axes, the lowest at the bottom. What is not to be ``shaded``
    in some other way is painted, and a sentence says how.
    """
    names, tensor = tensor.axis_names, upright(tensor)
    told = [f"turned to ({', '.join(tensor.axis_names)})"] if tensor.axis_names != names else []
    upwards = is_upwards(tensor)
    if shaded or not (is_spectrum(tensor) or (upwards and is_decibels(tensor))):
        return (replace(tensor, data=tensor.data[::-1]) if upwards else tensor), "".join(told) or None
    told.append(f"{BELOW}, down to −{SHOWN:.0f}" if is_spectrum(tensor) else "decibels")
    told.append("in the colours of --scale view")
    if upwards:
        told.append("low frequencies at the bottom")
    return painted(tensor), ", ".join(told)


def _tone(tensor: Tensor, values: Array) -> Tone:
    """The tone in which the screen draws these numbers: as decibels, as a heat map, or as a picture."""
    if is_decibels(tensor):
        low, high = finite_range(values)
        return Tone(max(low, high - SHOWN), high, scale="sequential")
    if is_map(tensor):
        return Tone.of_map(values, values)
    return Tone.of(values if values.shape[2] > 1 else values[..., 0], values)


def is_sheet(tensor: Tensor) -> bool:
    """Whether a tensor is several maps of a picture, more than are its colours, and no spectrogram.

    >>> from dlcli.words.axes import CHANNELS_LAST
    >>> [is_sheet(Tensor(np.ones((2, 2, count)), CHANNELS_LAST)) for count in (8, 3)]
    [True, False]
    """
    several = matrices(tensor.axis_names)
    if (
        len(several) != 1
        or not tensor.data.size
        or "quantity" in tensor.attrs
        or tensor.data.dtype.kind == "c"
    ):
        return False
    axis, count = tensor.axes[several[0]], tensor.shape[several[0]]
    named = axis.labels is not None and axis.labels[-1] != "alpha"
    return axis.name in SEVERAL and (count > max(COLOURS) or (count in (2, 4) and named))


def sheet(tensor: Tensor, shades: Callable[[Array], Array] | None) -> tuple[Tensor, str]:
    """Several maps as one picture, each below its name, and a sentence on how they are scaled.

    ``shades`` makes the bytes of each by itself; without it all are painted in the same tone.
    """
    count = tensor.shape[matrices(tensor.axis_names)[0]]
    if shades is None:
        return painted(tensor), f"{count} maps, all in the same tone (--scale minmax: each by itself)"
    tensor = reordered(tensor, last(matrices(tensor.axis_names)[0]))
    maps = [np.repeat(shades(tensor.data[..., k])[..., None], 3, axis=2) for k in range(count)]
    page = _side_by_side(maps, _names(tensor))
    return replace(tensor, data=page, axes=RGB), f"{count} maps, each scaled by itself"


def _names(tensor: Tensor) -> list[str]:
    """What the channels of a tensor (height, width, channel) are called."""
    axis = tensor.axes[2]
    return [axis.place(k) if axis.labels is not None else f"{axis.name} {k}" for k in range(tensor.shape[2])]


def _side_by_side(maps: Sequence[Array], names: Sequence[str]) -> Array:
    """Maps (height, width, 3) on one sheet below their names, at most as many rows as columns."""
    across = math.ceil(math.sqrt(len(maps)))
    down = -(-len(maps) // across)
    height, width = maps[0].shape[:2]
    times = max(1, SIDE // max(down * (height + GAP) - GAP, across * (width + GAP) - GAP))
    height, width, gap = height * times, width * times, GAP * times
    page = np.full((down * (LABEL + height + gap) - gap, across * (width + gap) - gap, 3), PAPER, np.uint8)
    for k, one in enumerate(maps):
        row, column = divmod(k, across)
        top, left = row * (LABEL + height + gap), column * (width + gap)
        page[top : top + LABEL, left : left + width] = _label(names[k], width)
        top += LABEL
        page[top : top + height, left : left + width] = one.repeat(times, axis=0).repeat(times, axis=1)
    return page


def _label(name: str, width: int) -> Array:
    """A name in black letters on paper, cut off where it is too long."""
    from PIL import Image, ImageDraw, ImageFont

    strip = Image.new("L", (width, LABEL), PAPER)
    ImageDraw.Draw(strip).text((1, 0), printable(name), fill=0, font=ImageFont.load_default(LETTER))
    return np.asarray(strip)[..., None]
