"""A net unrolled in time, drawn in text: a box for each step, arrows in and out and from step to step."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment

from dlcli.views.text.text import clip, flush_left

BOX = 10  # cells of a box
ARROW = 4  # cells between two boxes
EACH = BOX + ARROW
SIDE = 6  # what goes in before the first box
TRUNK = 4  # cell of a box where what goes in and out stands
UPPER_IN, LOWER_OUT = 6, 2  # the same of two boxes over each other, for what passes the other one


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

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        most = SIDE + EACH * len(self.inputs) + SIDE
        return Measurement(min(options.max_width, 36), min(options.max_width, most))

    def lines(self, width: int) -> list[str]:
        """The drawing, a text for each line."""
        steps = len(self.inputs)
        fits = max(2, (width - 2 * SIDE + ARROW) // EACH)
        shown: list[int | None] = list(range(steps))
        if steps > fits:
            tail = max(1, fits // 3)
            shown = [*range(fits - 1 - tail), None, *range(steps - tail, steps)]
        outputs = ["" if t is None else self.outputs[t] for t in shown]
        inputs = ["" if t is None else self.inputs[t] for t in shown]
        lines = [self._texts(outputs), self._marks(outputs, "▲")] if any(outputs) else []
        for layer in reversed(range(self.layers)):
            inner = layer < self.layers - 1
            ups = [t is not None and (inner or bool(one)) for t, one in zip(shown, outputs, strict=True)]
            downs = [t is not None and (layer > 0 or bool(one)) for t, one in zip(shown, inputs, strict=True)]
            if self.bidirectional:
                ends = [t if self.ends and not inner else None for t in shown]
                ahead = [up and t != 0 for up, t in zip(ups, ends, strict=True)]
                behind = [up and (t is None or t == 0) for up, t in zip(ups, ends, strict=True)]
                lines += self._both(shown, ahead, behind, downs)
            else:
                lines += self._boxes(shown, False, ups, downs)
            if layer:
                lines.append(self._marks(["·" if t is not None else "" for t in shown], "▲"))
        lines += [self._marks(inputs, "▲"), self._texts(inputs)] if any(inputs) else []
        return lines

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
