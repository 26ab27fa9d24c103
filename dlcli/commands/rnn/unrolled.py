"""A net unrolled in time, drawn in text: a box for each step, arrows in and out and from step to step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment

from dlcli.views.page.figures import Drawing, Figure
from dlcli.views.page.shapes import Letters, Shape, Stroke, arrow, framed
from dlcli.views.text.text import clip, flush_left, visible

BOX = 10  # cells of a box
ARROW = 4  # cells between two boxes
EACH = BOX + ARROW
SIDE = 6  # what goes in before the first box
TRUNK = 4  # cell of a box where what goes in and out stands
UPPER_IN, LOWER_OUT = 6, 2  # the same of two boxes over each other, for what passes the other one

#: On a page, in pixels: width and height of a box, what is between two, what is at both sides of all.
WIDE, HIGH, BETWEEN, BESIDE = 76.0, 34.0, 30.0, 64.0
UP = 24.0  # from a box to what goes in or out
OUT = 22.0  # from the outermost box to a state before or behind it
LANE = 8.0  # from a box to the line that passes it
LINE, BASE = 16.0, 4.0
FITS = 5  # steps beside each other


class Unrolled:
    """Boxes for steps, the layers over each other, what is read below and what is given above.

    Parameters
    ----------
    name : str
        The cell's, in each box.
    inputs, outputs : sequences of str
        What each step reads and gives; an empty text draws no arrow. As long as there are steps.
    layers : int
    bidirectional : bool
        Whether each layer has a second row of boxes whose arrows go backwards.
    ends : bool
        Whether of two directions only the state is read at which each one ends: at step 0 that of the one
        that reads backwards, at the last step that of the other.

    More steps than fit are left out in the middle.

    >>> from rich.console import Console
    >>> Console(width=40).print(Unrolled("lstm", ["the", "cat"], ["", "y[1]"]))
                           y[1]
                            ▲
          ┌────────┐    ┌───┴────┐
    h[−1]▶┤  lstm  ├───▶┤  lstm  ├▶h[1]
          └───┬────┘    └───┬────┘
              ▲             ▲
             the           cat
    """

    def __init__(
        self,
        name: str,
        inputs: Sequence[str],
        outputs: Sequence[str],
        *,
        layers: int = 1,
        bidirectional: bool = False,
        ends: bool = False,
    ) -> None:
        self.name, self.inputs, self.outputs = name, list(inputs), list(outputs)
        self.layers, self.bidirectional, self.ends = layers, bidirectional, ends

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in self.lines(options.max_width):
            yield Segment(line.rstrip())
            yield Segment.line()

    def blank(self) -> Unrolled:
        """The same: there is no number in it."""
        return self

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        most = SIDE + EACH * len(self.inputs) + SIDE
        return Measurement(min(options.max_width, 36), min(options.max_width, most))

    def lines(self, width: int) -> list[str]:
        """The drawing, a text for each line."""
        shown, inputs, outputs = self._shown(max(2, (width - 2 * SIDE + ARROW) // EACH))
        lines = [self._texts(outputs), self._marks(outputs, "▲")] if any(outputs) else []
        for layer in reversed(range(self.layers)):
            ups, downs = self._ways(layer, shown, inputs, outputs)
            if self.bidirectional:
                ahead, behind = self._read(layer, shown, ups)
                lines += self._both(shown, ahead, behind, downs)
            else:
                lines += self._boxes(shown, False, ups, downs)
            if layer:
                lines.append(self._marks(["·" if t is not None else "" for t in shown], "▲"))
        lines += [self._marks(inputs, "▲"), self._texts(inputs)] if any(inputs) else []
        return lines

    def figure(self) -> Figure:
        """Boxes and arrows, as on the screen."""
        shown, inputs, outputs = self._shown(FITS)
        places = [BESIDE + (WIDE + BETWEEN) * i for i in range(len(shown))]
        middles = [left + WIDE / 2 for left in places]
        shapes: list[Shape] = []
        y = 0.0
        if any(outputs):
            shapes += _texts(outputs, middles, LINE - BASE)
            y = LINE
        for layer in reversed(range(self.layers)):
            ups, downs = self._ways(layer, shown, inputs, outputs)
            y += UP if any(ups) else 2.0
            inner = layer < self.layers - 1
            if self.bidirectional:
                ahead, behind = self._read(layer, shown, ups)
                low = y + HIGH + UP
                shapes += self._row(shown, places, y, backwards=True)
                shapes += self._row(shown, places, low, backwards=False)
                for i, left in enumerate(places):
                    shapes += _passing(left, y, low, ahead[i], behind[i], downs[i], inner)
                y = low + HIGH + LANE
            else:
                shapes += self._row(shown, places, y, backwards=False)
                for middle, up in zip(middles, ups, strict=True):
                    shapes += arrow((middle, y), (middle, y - UP + BASE * (not inner)), "line") if up else ()
                y += HIGH
                if not layer:
                    for middle, down in zip(middles, downs, strict=True):
                        shapes += arrow((middle, y + UP - BASE), (middle, y), "line") if down else ()
        if any(inputs):
            y += UP + LINE
            shapes += _texts(inputs, middles, y - BASE)
        ways = ", forwards and backwards" if self.bidirectional else ""
        read = ", ".join(text or "nothing" for text in inputs)
        size = f"steps {len(self.inputs)}, layers {self.layers}{ways}"
        told = f"a net of {self.name} unrolled: {size}; it reads {read}"
        return Drawing(2 * BESIDE + places[-1] + WIDE - places[0], y, shapes, visible(told))

    def _row(
        self, shown: Sequence[int | None], places: Sequence[float], y: float, *, backwards: bool
    ) -> list[Shape]:
        """Boxes with the arrows from each to the next, from the state before them to that behind them."""
        middle, last = y + HIGH / 2, len(self.inputs) - 1
        before, after = ("h[0]", f"h[{last + 1}]") if backwards else ("h[−1]", f"h[{last}]")
        shapes: list[Shape] = []
        for t, left in zip(shown, places, strict=True):
            if t is None:
                shapes.append(Letters(left + WIDE / 2, middle + BASE, "…", "quiet", anchor="middle"))
                continue
            shapes += framed(left, y, WIDE, HIGH)
            name = visible(clip(self.name, BOX))
            shapes.append(Letters(left + WIDE / 2, middle + BASE, name, anchor="middle"))
        sides = [left + side for left in places for side in (0, WIDE)]
        edges = [BESIDE - OUT, *sides, sides[-1] + OUT]
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            ends = ((end, middle), (start, middle)) if backwards else ((start, middle), (end, middle))
            shapes += arrow(*ends, "line")
        return [
            *shapes,
            Letters(edges[0] - 4, middle + BASE, before, "quiet", anchor="end"),
            Letters(edges[-1] + 4, middle + BASE, after, "quiet"),
        ]

    def _shown(self, fits: int) -> tuple[list[int | None], list[str], list[str]]:
        """The steps that are drawn, None for those left out, and what goes in and out of each."""
        steps = len(self.inputs)
        shown: list[int | None] = list(range(steps))
        if steps > fits:
            tail = max(1, fits // 3)
            shown = [*range(fits - 1 - tail), None, *range(steps - tail, steps)]
        outputs = ["" if t is None else self.outputs[t] for t in shown]
        return shown, ["" if t is None else self.inputs[t] for t in shown], outputs

    def _ways(
        self, layer: int, shown: Sequence[int | None], inputs: Sequence[str], outputs: Sequence[str]
    ) -> tuple[list[bool], list[bool]]:
        """Of which steps a layer gives something to what is above it, and has something from below."""
        inner = layer < self.layers - 1
        ups = [t is not None and (inner or bool(one)) for t, one in zip(shown, outputs, strict=True)]
        downs = [t is not None and (layer > 0 or bool(one)) for t, one in zip(shown, inputs, strict=True)]
        return ups, downs

    def _read(
        self, layer: int, shown: Sequence[int | None], ups: Sequence[bool]
    ) -> tuple[list[bool], list[bool]]:
        """Of which steps the states are read of what goes forwards, and of what goes backwards."""
        ends = [t if self.ends and layer == self.layers - 1 else None for t in shown]
        ahead = [up and t != 0 for up, t in zip(ups, ends, strict=True)]
        return ahead, [up and (t is None or t == 0) for up, t in zip(ups, ends, strict=True)]

    def _both(
        self,
        shown: Sequence[int | None],
        ahead: Sequence[bool],
        behind: Sequence[bool],
        downs: Sequence[bool],
    ) -> list[str]:
        """The boxes that read backwards over those that read forwards.

        What goes in passes the lower box on its right and enters both; what the lower one gives passes the
        upper one on its left and joins what that one gives. ``ahead`` and ``behind`` say of which steps the
        states of each direction are read.
        """
        upper = self._boxes(shown, True, behind, downs, enters=UPPER_IN)
        lower = self._boxes(shown, False, ahead, downs, leaves=LOWER_OUT)
        places = [SIDE + EACH * i for i in range(len(shown))]
        width = SIDE + EACH * len(shown) + SIDE
        above, between, below = (list(" " * width) for _ in range(3))
        for left, up, both, down in zip(places, ahead, behind, downs, strict=True):
            lane, trunk, right = left - 1, left + TRUNK, left + BOX
            if up:
                _path(between, lane, left + LOWER_OUT, "└", "┐")
                _path(above, lane, trunk, "┌", "┤" if both else "┘")
                upper = [_crossed(line, lane) for line in upper]
            elif both:
                above[trunk] = "│"
            if down:
                _path(between, left + UPPER_IN, right, "└", "┐")
                _path(below, trunk, right, "├", "┘")
                lower = [_crossed(line, right) for line in lower]
        texts = ["".join(above), *upper, "".join(between), *lower, "".join(below)]
        return [text for text in texts if text.strip()]

    def _boxes(
        self,
        shown: Sequence[int | None],
        backwards: bool,
        ups: Sequence[bool],
        downs: Sequence[bool],
        *,
        enters: int = TRUNK,
        leaves: int = TRUNK,
    ) -> list[str]:
        last = len(self.inputs) - 1
        name = clip(self.name, BOX - 4).center(BOX - 4)
        blank = " " * BOX
        boxes = [
            (blank, "…".center(BOX), blank)
            if t is None
            else (_edge(("┌", "┴", "┐"), leaves, up), f"┤ {name} ├", _edge(("└", "┬", "┘"), enters, down))
            for t, up, down in zip(shown, ups, downs, strict=True)
        ]
        line, gap = "─" * (ARROW - 1), " " * ARROW
        gaps = gap, f"◀{line}" if backwards else f"{line}▶", gap
        top, middle, bottom = (
            gap.join(parts) for gap, parts in zip(gaps, zip(*boxes, strict=True), strict=True)
        )
        before, after = ("h[0]◀─", f"◀h[{last + 1}]") if backwards else ("h[−1]▶", f"▶h[{last}]")
        after = f"─{after}" if self.bidirectional and not backwards else after
        return [" " * SIDE + top, before.rjust(SIDE) + middle + after, " " * SIDE + bottom]

    def _marks(self, texts: Sequence[str], mark: str) -> str:
        return " " * SIDE + "".join((f"    {mark}" if text else "").ljust(EACH) for text in texts)

    def _texts(self, texts: Sequence[str]) -> str:
        cells = []
        for text in texts:
            short = clip(text, EACH - 1)
            left = max(0, 4 - (cell_len(short) - 1) // 2)
            cells.append(flush_left(" " * left + short, EACH))
        return " " * SIDE + "".join(cells)


def _edge(signs: tuple[str, str, str], place: int, open_: bool) -> str:
    """The upper or lower edge of a box, with the sign of a line that goes through it at a place."""
    left, through, right = signs
    inner = "─" * (BOX - 2)
    if open_:
        inner = inner[: place - 1] + through + inner[place:]
    return left + inner + right


def _path(line: list[str], first: int, last: int, begin: str, end: str) -> None:
    """Draw from one cell of a line to another."""
    line[first : last + 1] = [begin, *"─" * (last - first - 1), end]


def _crossed(line: str, place: int) -> str:
    """A line of text with one from below to above through it."""
    line = line.ljust(place + 1)
    return line[:place] + ("┼" if line[place] == "─" else "│") + line[place + 1 :]


def _passing(
    left: float, upper: float, lower: float, ahead: bool, behind: bool, down: bool, inner: bool
) -> list[Shape]:
    """What passes one of two boxes over each other: inputs the lower one, what that one gives the upper one.

    What an ``inner`` layer gives is at once what the one above it reads.
    """
    trunk, right, between = left + WIDE / 2, left + WIDE + LANE, (upper + HIGH + lower) / 2
    top, bottom = upper - LANE, lower + HIGH + LANE
    shapes: list[Shape] = []
    if down:
        beside, under = left + 0.75 * WIDE, lower + HIGH
        lane = [(trunk, bottom), (right, bottom), (right, between), (beside, between)]
        shapes += [Stroke(np.array(lane)), *arrow((beside, between), (beside, upper + HIGH), "line")]
        shapes += arrow((trunk, bottom + UP - BASE), (trunk, under), "line")
    if ahead:
        beside, lane_x = left + 0.25 * WIDE, left - LANE
        lane = [(beside, lower), (beside, between), (lane_x, between), (lane_x, top), (trunk, top)]
        shapes.append(Stroke(np.array(lane)))
    if ahead or behind:
        start, end = (trunk, upper if behind else top), (trunk, upper - UP + BASE)
        shapes += [Stroke(np.array([start, end]))] if inner else arrow(start, end, "line")
    return shapes


def _texts(texts: Sequence[str], middles: Sequence[float], y: float) -> list[Shape]:
    """What goes in or out, above or below the boxes."""
    return [
        Letters(middle, y, visible(clip(text, EACH - 1)), anchor="middle")
        for text, middle in zip(texts, middles, strict=True)
        if text
    ]
