"""Numbers as a picture of a page: every number a pixel, in the colours of the screen."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from dlcli.tensor import Array
from dlcli.views.page.cells import UNKNOWN, Cells
from dlcli.views.page.figures import Legend, Pixels
from dlcli.views.pictures.area import Ground, averaged, fit, shrink
from dlcli.views.pictures.tone import Tone
from dlcli.views.screen.raster import with_holes
from dlcli.views.screen.screen import CELL
from dlcli.words.number import number

#: Pixels of a page from left to right.
WIDTH = 640

#: Numbers of one picture, at most: of a larger one each pixel stands for an area.
MOST = 1 << 20


def pixels_of(
    values: Array,
    tone: Tone | None,
    ground: Callable[[], Ground | None],
    *,
    height: int,
    width: int = WIDTH,
    whole: bool = True,
    legend: bool = True,
    precision: int = 4,
    cells: Cells = UNKNOWN,
    words: str = "",
) -> Pixels:
    """A picture (height, width) or (height, width, 3) with all its numbers, or as many as seen.

    ``height`` and ``width`` are the pixels of the page that it may take; unless it is to be ``whole``, it has
    no more numbers than that. A smaller one is magnified a whole number of times. From which ``ground`` its
    numbers stand out is asked where it is made smaller.
    """
    rows, columns = values.shape[:2]
    times = min(height // rows, width // columns)
    shown = values
    if times < 1:
        most = MOST if whole else height * width
        share = math.sqrt(most / (rows * columns))
        size = (rows, columns) if share >= 1 else (max(1, int(rows * share)), max(1, int(columns * share)))
        size = size if whole else fit(rows, columns, height, width)
        if size != (rows, columns):
            stands = ground()
            small = averaged(values, *size) if stands is None else shrink(values, size[0], size[1], stands)
            shown = small if values.ndim == 3 else small[..., 0]
    tone = tone or Tone.of(values, shown)
    ends = f"{number(tone.low, precision)} to {number(tone.high, precision)}"
    said = f"{words or 'picture'}, {rows} × {columns}, {ends}"
    if shown.shape[:2] != (rows, columns):
        said += f", drawn as {shown.shape[0]} × {shown.shape[1]}"
    data, colours = _coloured(shown, tone)
    return Pixels(
        data,
        said,
        colours,
        max(1, times),
        legend_of(tone, precision) if legend else None,
        replace(cells, shape=(rows, columns)) if cells else UNKNOWN,
    )


def _coloured(values: Array, tone: Tone) -> tuple[Array, Array | None]:
    """The bytes of a picture, and the colours that they count, where they do."""
    if values.ndim == 3:
        return with_holes(tone.rgb(values), values), None
    if values.dtype.kind in "biu" or np.isfinite(values).all():
        return tone.steps(values)
    return with_holes(tone.rgb(values[..., None]), values[..., None]), None


def legend_of(tone: Tone, precision: int) -> Legend:
    """The numbers at the ends of a tone and the colours between."""
    low, steps, high = tone.ends(precision)
    return Legend(low, tone.rgb(steps[None, :, None])[0], high)


def rows_high(rows: int) -> int:
    """Pixels of so many rows of a terminal."""
    return rows * CELL[0]
