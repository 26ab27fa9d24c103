"""What stands on the card of a stage: name and shape of what it sends, and a small picture of that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from dlcli.tensor import Tensor
from dlcli.views.look import thumbnail
from dlcli.views.page.cells import UNKNOWN
from dlcli.views.page.compose import figure_of
from dlcli.views.page.figures import Column, Drawing, Figure, Pixels, Row
from dlcli.views.page.html import Writer
from dlcli.views.pictures.picture import Picture

#: Pixels of a card's picture on its longer side; rows and columns up to which numbers are drawn as one.
SIDE, CELLS = 96, 24


def card(tensor: Tensor | None, writer: Writer) -> dict[str, str]:
    """The card of a tensor: ``name``, ``shape`` in words, ``thumb`` as HTML, empty where nothing is drawn."""
    if tensor is None:
        return {"name": "", "shape": "", "thumb": ""}
    drawn = small(tensor) if tensor.data.size else None
    return {
        "name": tensor.name,
        "shape": " × ".join(map(str, tensor.shape)) or "one number",
        "thumb": "" if drawn is None else writer.figure(drawn),
    }


def small(tensor: Tensor) -> Figure | None:
    """A tensor as a picture of few pixels, or as a drawing; None for what is neither."""
    found = _picture(figure_of(thumbnail(_thinned(tensor))))
    data = np.atleast_2d(tensor.data)
    if found is None and data.ndim == 2 and data.dtype.kind == "f" and max(data.shape) <= CELLS:
        found = _picture(figure_of(Picture(data, legend=False)))
    return found


def _thinned(tensor: Tensor) -> Tensor:
    """Of a large picture every so manieth row and column: a small one is made of these in no time."""
    step = max(tensor.shape[:2], default=1) // SIDE
    if step < 2 or tensor.axis_names[:2] != ("height", "width"):
        return tensor
    return Tensor(tensor.data[::step, ::step], tensor.axes, tensor.name, tensor.attrs)


def _picture(figure: Figure) -> Figure | None:
    match figure:
        case Pixels():
            step = -(-max(figure.data.shape[:2]) // SIDE)
            data = np.ascontiguousarray(figure.data[::step, ::step])
            return replace(figure, data=data, times=1, legend=None, cells=UNKNOWN)
        case Drawing():
            return figure
        case Row():
            return _first(part for _, part in figure.parts)
        case Column():
            return _first(figure.parts)
    return None


def _first(figures: Iterable[Figure]) -> Figure | None:
    return next((found for figure in figures if (found := _picture(figure)) is not None), None)
