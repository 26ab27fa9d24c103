"""A tensor as a picture file with its axes: what a page draws of it, painted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from rich.console import RenderableType

from dlcli.errors import DlcliError
from dlcli.tensor import Tensor
from dlcli.views.look import look, matrices_last
from dlcli.views.page.axes import around
from dlcli.views.page.compose import figure_of
from dlcli.views.page.figures import Column, Figure, Pixels, Row
from dlcli.views.page.layout import MARGIN, Block, block
from dlcli.views.page.layout import around as with_margin
from dlcli.views.page.raster import FINE
from dlcli.views.page.raster import painted as in_pixels
from dlcli.views.page.shapes import Image
from dlcli.views.paint import RGB

#: Pixels of the file for each of the page's, so that letters are sharp; and where a picture needs more, most.
SHARP, MOST = 2, 6

#: Bytes that painting may take.
ROOM = 500_000_000


def plate(
    tensor: Tensor, body: RenderableType | None = None, *, theme: str = "auto", precision: int = 4
) -> tuple[Tensor, str | None]:
    """A tensor as a picture (height, width, 3) of bytes, with axes, names, and the scale of its colours.

    It is its ``body``, or what ``dlcli.views.look.look`` makes of it, so large that each number of a map has
    a pixel. What is said of it, too, where there is no room for that. Raises ``DlcliError`` where there is
    nothing to draw.

    >>> plate(Tensor([[1.0, -1.0]]))[0].axis_names
    ('height', 'width', 'channel')
    """
    if not tensor.data.size:
        raise DlcliError(f"there is nothing to draw in {tensor.describe()}")
    body = look(tensor, precision=precision) if body is None else body
    page = with_margin(block(_framed(figure_of(body), tensor)), 0, MARGIN)
    maps = [shape for shape in page.shapes if isinstance(shape, Image) and len(shape.data) > 1]
    needed = _needed(maps)
    times = max(1, min(max(SHARP, needed), MOST, math.isqrt(int(ROOM / _bytes(page)))))
    fewer = bool(maps) and math.prod(_outline(tensor).shape[:2]) > math.prod(maps[0].data.shape[:2])
    few = times < needed or fewer
    note = "a pixel stands for several numbers: without --axes each has its own" if few else None
    colours = "dark" if theme == "dark" else "light"
    return replace(tensor, data=in_pixels(page, theme=colours, times=times), axes=RGB), note


def _framed(figure: Figure, tensor: Tensor) -> Figure:
    """The pictures of a figure between the axes of the tensor that they are of."""
    match figure:
        case Pixels():
            shown = _outline(tensor)
            down, across = shown.axis_names[:2]
            return around(figure, (shown.shape[0], shown.shape[1]), (down, across))
        case Row():
            return Row([(name, _framed(part, tensor)) for name, part in figure.parts])
        case Column():
            return Column([_framed(part, tensor) for part in figure.parts])
        case _:
            return figure


def _outline(tensor: Tensor) -> Tensor:
    """A tensor whose first two axes are those of each of its maps."""
    while tensor.data.ndim > 3:
        tensor = Tensor(tensor.data[0], tensor.axes[1:], tensor.name)
    return matrices_last(tensor) if tensor.data.ndim == 3 else tensor


def _needed(maps: Sequence[Image]) -> int:
    """How many times as large a page has to be for each number of its maps to have a pixel."""
    shares = [max(image.data.shape[0] / image.height, image.data.shape[1] / image.width) for image in maps]
    return math.ceil(max(shares, default=1.0) - 1e-9)


def _bytes(page: Block) -> float:
    """What painting a page takes, which grows with the square of how large it is."""
    return max(1.0, 3 * FINE**2 * page.width * page.height)
