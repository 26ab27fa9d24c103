"""Tensors as picture files: in the colours of the screen, large enough for a slide."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from dlcli.errors import DlcliError
from dlcli.tensor import Array, Axis, Tensor
from dlcli.views.charts.spectrogram import BELOW, SHOWN, in_decibels, is_spectrum, is_upwards, upright
from dlcli.views.look import is_decibels, is_map, is_rgb
from dlcli.views.pictures.tone import Tone, finite_range
from dlcli.views.pictures.winner_map import WinnerMap
from dlcli.words.axes import last, matrices, reordered
from dlcli.words.winners import bank_of

SIDE = 480  # pixels that the longer side of a small picture is magnified to, or a little more
GAP = 1  # cells between the channels
PAPER = 255


def painted(tensor: Tensor) -> Tensor:
    """A tensor as a picture (height, width, 3) of bytes, in the colours of the screen.

    Signed numbers are blue below zero and red above; others are gray in a picture and on the scale of a heat
    map in a table; red, green and blue are light as they are. Many channels stand beside each other, in rows,
    all in the same tone; kernels that win have a colour each. Cells of a small tensor become squares. Of a
    spectrogram the lowest frequency is at the bottom, and decibels go from dark to light: a spectrum, its
    magnitude, its power and its mels are painted in decibels below the largest.

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
        rgb = _side_by_side(values, _tone(tensor, values))
    times = max(1, SIDE // max(rgb.shape[:2]))
    rgb = rgb.repeat(times, axis=0).repeat(times, axis=1)
    axes = Axis("height"), Axis("width"), Axis("channel", labels=("red", "green", "blue"))
    return replace(tensor, data=rgb, axes=axes)


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


def _side_by_side(values: Array, tone: Tone) -> Array:
    """The channels of (height, width, channel) on one sheet, at most as many rows as columns."""
    height, width, channels = values.shape
    across = math.ceil(math.sqrt(channels))
    down = -(-channels // across)
    sheet = np.full((down * (height + GAP) - GAP, across * (width + GAP) - GAP, 3), PAPER, np.uint8)
    for channel in range(channels):
        row, column = divmod(channel, across)
        top, left = row * (height + GAP), column * (width + GAP)
        sheet[top : top + height, left : left + width] = tone.rgb(values[..., channel, None])
    return sheet
