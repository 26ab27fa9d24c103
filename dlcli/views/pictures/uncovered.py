"""A picture of which a part is known so far, and where something looks at it."""

from __future__ import annotations

import numpy as np
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement

from dlcli.tensor import Array
from dlcli.views.page.figures import Drawing, Pixels
from dlcli.views.page.shapes import Box, Image, Shape
from dlcli.views.pictures.picture import Picture, characters, half_blocks
from dlcli.views.pictures.tone import Tone
from dlcli.views.screen.raster import pixels
from dlcli.views.screen.screen import drawing_of

#: What looks at a picture: a frame of these colours.
FRAME = np.array([213, 94, 0], np.uint8)
THICK = 2  # pixels of it on a page


class Uncovered:
    """The first rows or columns of a picture, the rest left blank; a frame around a part of it.

    Parameters
    ----------
    picture : Picture
        All of it.
    page : Pixels
        The same on a page, as its ``figure`` makes it: those that follow each other share it.
    share : (float, float)
        Which part of its rows and of its columns is known.
    frame : ((float, float), (float, float)), optional
        From where to where the frame reaches, as parts of the rows and of the columns.
    """

    def __init__(
        self,
        picture: Picture,
        page: Pixels,
        *,
        share: tuple[float, float] = (1.0, 1.0),
        frame: tuple[tuple[float, float], tuple[float, float]] | None = None,
    ) -> None:
        self.picture, self.page, self.share, self.frame = picture, page, share, frame

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        drawing = drawing_of(console)
        small, tone = self.picture.drawn(*self.picture.size(options.max_width, drawing))
        known = [max(1, round(n * part)) for n, part in zip(small.shape, self.share, strict=False)]
        if drawing.means == "ascii":
            seen = np.full(small.shape, tone.low)
            seen[: known[0], : known[1]] = small[: known[0], : known[1]]
            yield from characters(seen, tone, self.picture.ground)
            return
        rgb = np.array(tone.rgb(small))
        rgb[known[0] :] = 0
        rgb[:, known[1] :] = 0
        if self.frame is not None:
            thick = max(1, drawing.dots[1] // 5)
            (top, bottom), (left, right) = _ends(self.frame, rgb)
            inside = rgb[top + thick : bottom - thick, left + thick : right - thick].copy()
            rgb[top:bottom, left:right] = FRAME
            rgb[top + thick : bottom - thick, left + thick : right - thick] = inside
        if drawing.pixels:
            yield from pixels(rgb, drawing)
        else:
            yield from half_blocks(rgb, Tone(0, 255))

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        drawing = drawing_of(console)
        width = -(-self.picture.size(options.max_width, drawing)[1] // drawing.dots[1]) + drawing.spare
        return Measurement(width, width)

    def figure(self) -> Drawing:
        """What is known as a picture, a gray area for the rest."""
        whole = self.page
        rows, columns = whole.data.shape[:2]
        known = [max(1, round(n * part)) for n, part in zip((rows, columns), self.share, strict=True)]
        height, width = rows * whole.times, columns * whole.times
        shapes: list[Shape] = [Box(0, 0, width, height, look="shade")]
        shapes.append(
            Image(
                0, 0, known[1] * whole.times, known[0] * whole.times, whole.data[: known[0], : known[1]],
                whole.colours, whole.words,
            )
        )  # fmt: skip
        if self.frame is not None:
            (top, bottom), (left, right) = _ends(self.frame, np.empty((height, width)))
            for x, y, w, h in (
                (left, top, right - left, THICK), (left, bottom - THICK, right - left, THICK),
                (left, top, THICK, bottom - top), (right - THICK, top, THICK, bottom - top),
            ):  # fmt: skip
                shapes.append(Box(x, y, w, h, colour=bytes(FRAME.tolist()).hex()))
        return Drawing(width, height, shapes, whole.words)


def _ends(frame: tuple[tuple[float, float], tuple[float, float]], of: Array) -> list[tuple[int, int]]:
    """From which to which dot a frame reaches, one at least."""
    ends = []
    for (first, last), n in zip(frame, of.shape, strict=False):
        start = min(max(0, round(first * n)), n - 1)
        ends.append((start, min(max(start + 1, round(last * n)), n)))
    return ends
