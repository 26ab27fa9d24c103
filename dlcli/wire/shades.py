"""Numbers as the 256 shades of a picture, and in words how they became them."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlcli.tensor import Array

SCALES = ("clip", "minmax", "symmetric")


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
