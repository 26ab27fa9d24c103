"""Pictures by Pillow, from tensors that are pictures or can be seen as one."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from dlcli.errors import DlcliError, printable
from dlcli.tensor import Array, Tensor
from dlcli.words.axes import channels_first, last, matrices, reordered

#: Depth of a picture -> Pillow's mode and the channels it stands for.
MODES = {
    1: ("L", ("gray",)),
    2: ("LA", ("gray", "alpha")),
    3: ("RGB", ("red", "green", "blue")),
    4: ("RGBA", ("red", "green", "blue", "alpha")),
}

#: What a format cannot hold becomes what it can.
OPAQUE = {"JPEG", "BMP"}
SIXTEEN = {"PNG", "TIFF"}
OPTIONS: dict[str, dict[str, Any]] = {"JPEG": {"quality": 95}, "WEBP": {"lossless": True}}
LARGEST = {"JPEG": 65535, "WEBP": 16383, "GIF": 65535}


def write_image(tensor: Tensor, file: BinaryIO, *, format: str, scale: str | None) -> str | None:
    """Write a tensor (height, width) or (height, width, 1 to 4 channels) as a picture.

    ``format`` is Pillow's name. Whole numbers of 16 bits stay what they are in a gray PNG or TIFF; any other
    number becomes one of 256 shades by ``scale``, see ``shades``. Returns a sentence on what was done to the
    numbers, or none. Raises ``DlcliError`` when the tensor is no picture or too large for the format.
    """
    data, notes = _pixels(tensor), []
    most = LARGEST.get(format, 2**31 - 1)
    if max(data.shape[:2]) > most:
        raise DlcliError(
            f"a {format} picture has at most {most} pixels a side; "
            f"this one has {data.shape[1]}x{data.shape[0]}: write a .png"
        )
    depth = data.shape[2] if data.ndim == 3 else 1
    if data.dtype == np.uint16 and depth == 1 and scale is None and format in SIXTEEN:
        image = Image.fromarray(np.ascontiguousarray(data.reshape(data.shape[:2])))
    else:
        painted, note = shades(data, scale)
        notes.append(note)
        if depth == 1:
            painted = painted.reshape(data.shape[:2])
        image = Image.fromarray(np.ascontiguousarray(painted), MODES[depth][0])
    if format in OPAQUE and depth in (2, 4):
        image = image.convert("L" if depth == 2 else "RGB")
        notes.append(f"{format} has no transparency; the alpha channel is left out")
    if format == "WEBP" and image.mode == "LA":
        image = image.convert("RGBA")
    image.save(file, format, **OPTIONS.get(format, {}))
    return "; ".join(filter(None, notes)) or None


def _pixels(tensor: Tensor) -> Array:
    """The numbers of a picture, channels last, wherever their name stands. Raises ``DlcliError``."""
    several = matrices(tensor.axis_names)
    tensor = reordered(tensor, last(several[0])) if len(several) == 1 else tensor
    data = tensor.data
    if data.dtype.kind == "c":
        raise DlcliError(f"complex numbers are no picture; write {tensor.name} to a .npy or .npz file")
    if data.ndim not in (2, 3) or 0 in data.shape or (data.ndim == 3 and data.shape[2] not in MODES):
        view = ", or try --scale view" if data.ndim == 3 and data.size else ""
        if channels_first(tensor):
            view += "; with the channels first, try dlcli tensor --transpose 1,2,0"
        raise DlcliError(
            "a picture is (height, width) or (height, width, 1 to 4 channels); "
            f"received {tensor.describe()}: write a .npy or .npz file{view}"
        )
    labels = tensor.axes[2].labels if data.ndim == 3 else None
    if labels and len(labels) in (2, 4) and labels[-1] != "alpha":
        names = ", ".join(map(printable, labels))
        raise DlcliError(
            f"the channels {names} are no picture: the last of {len(labels)} would be its transparency; "
            "try --scale view, which draws them side by side"
        )
    return data


def shades(data: Array, scale: str | None) -> tuple[Array, str | None]:
    """Real numbers as uint8, and a sentence on how, or none when every value was kept as it is.

    ``clip`` rounds and keeps 0 to 255; ``minmax`` maps the least to 0 and the greatest to 255;
    ``symmetric`` maps 0 to the middle gray and the greatest magnitude to black or white. Without a scale
    the content decides: whole numbers from 0 to 255 are kept, other numbers from 0 to 255 that exceed 1 are
    rounded, what has negative values is symmetric, and anything else is minmax. NaN becomes 0, infinities
    the ends.

    >>> shades(np.array([-2.0, 0.0, 1.0]), None)
    (array([  0, 128, 191], dtype=uint8), 'symmetric: 0 became the middle gray 128, -2 black and 2 white')
    """
    if data.dtype == np.bool_:
        return data * np.uint8(255), None
    if data.dtype == np.uint8 and scale in (None, "clip"):
        return data, None
    work: type[np.floating[Any]] = (
        np.float64 if data.dtype.itemsize > 4 or data.dtype.kind in "iu" else np.float32
    )
    finite = data[np.isfinite(data)] if data.dtype.kind == "f" else data
    low, high = (finite.min().item(), finite.max().item()) if finite.size else (0, 0)
    scale = scale or _by_content(low, high)
    values: np.ndarray[Any, np.dtype[np.floating[Any]]] = data.astype(work)
    match scale:
        case "symmetric":
            most = max(abs(low), abs(high)) or 1
            values *= 127.5 / most
            values += 127.5
            told = f"symmetric: 0 became the middle gray 128, {-most:g} black and {most:g} white"
        case "minmax":
            values -= low
            values *= 255 / ((high - low) or 1)
            told = f"minmax: {low:g} became black and {high:g} white"
        case _:
            told = _clip_words(finite, low, high)
    lost = int(np.isnan(values).sum()) if data.dtype.kind == "f" else 0
    with np.errstate(invalid="ignore"):
        painted = np.nan_to_num(np.rint(values, out=values), copy=False, posinf=255, neginf=0).clip(0, 255)
    if lost:
        told = f"{told}{'; ' if told else ''}{lost} NaN became black"
    return painted.astype(np.uint8), told or None


def _by_content(low: float, high: float) -> str:
    if low < 0:
        return "symmetric"
    return "clip" if 1 < high <= 255 else "minmax"


def _clip_words(finite: Array, low: float, high: float) -> str:
    if low < 0 or high > 255:
        outside = int(((finite < 0) | (finite > 255)).sum())
        return f"clip: {outside} values outside 0..255 became 0 or 255 (they ran from {low:g} to {high:g})"
    rounded = finite.dtype.kind == "f" and bool((finite != np.rint(finite)).any())
    return "clip: values were rounded to whole numbers" if rounded else ""
