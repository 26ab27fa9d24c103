"""How the weights of a kernel are shown: numbers of a small one, a picture of a large one."""

from __future__ import annotations

from rich.console import RenderableType

from dlcli.tensor import Array, Axis
from dlcli.views.look import matrix
from dlcli.views.page.cells import UNKNOWN, Cells
from dlcli.views.pictures.picture import Picture
from dlcli.views.pictures.tone import Tone

LARGE = 7  # rows and columns up to which a kernel is numbers
ROWS = 12  # terminal rows of one that is drawn by itself
WIDTH, HEIGHT = 9, 5  # columns and terminal rows of one among many


def is_large(array: Array) -> bool:
    """Whether a kernel has too many rows and columns to be read as numbers; a single row is a row of them.

    >>> import numpy as np
    >>> [is_large(np.zeros(shape)) for shape in ((7, 7), (9, 9), (9, 3), (1, 12))]
    [False, True, True, False]
    """
    return max(array.shape) > LARGE and min(array.shape) > 1


def kernel_view(
    array: Array, limit: float, *axes: Axis, precision: int, legend: bool = True, cells: Cells = UNKNOWN
) -> RenderableType:
    """The weights (rows, columns) of a kernel, ``limit`` being the largest size of all that are compared.

    ``cells`` say which cells of a tensor they are.
    """
    if is_large(array):
        return Picture(array, tone=_tone(limit), height=ROWS, legend=legend, precision=precision, cells=cells)
    return matrix(array, *axes, precision=precision, limits=(-limit, limit), cells=cells)


def drawn(array: Array, limit: float) -> RenderableType:
    """The weights of a kernel as a small picture among others, ``limit`` being the largest of all."""
    return Picture(array, tone=_tone(limit), width=WIDTH, height=HEIGHT, legend=False)


def _tone(limit: float) -> Tone:
    return Tone(-limit, limit, signed=True)
