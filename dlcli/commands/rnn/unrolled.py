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
    ) -> None:
        self.name, self.inputs, self.outputs = name, list(inputs), list(outputs)
        self.layers, self.bidirectional = layers, bidirectional

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
        rows = 2 if self.bidirectional else 1
        for layer in reversed(range(self.layers)):
            for row in range(rows):
                backwards = self.bidirectional and row == 0
                # Both directions hear the same from below and are heard together above.
                highest, lowest = row == 0, row == rows - 1
                ups = [highest and (bool(one) or layer < self.layers - 1) for one in outputs]
                downs = [lowest and (bool(one) or layer > 0) for one in inputs]
                lines += self._boxes(shown, backwards, ups, downs)
            if layer:
                lines.append(self._marks(["·" if t is not None else "" for t in shown], "▲"))
        lines += [self._marks(inputs, "▲"), self._texts(inputs)] if any(inputs) else []
        return lines

    def _boxes(
        self, shown: Sequence[int | None], backwards: bool, ups: Sequence[bool], downs: Sequence[bool]
    ) -> list[str]:
        last = len(self.inputs) - 1
        name = clip(self.name, BOX - 4).center(BOX - 4)
        blank, line = " " * BOX, "─" * (BOX - 6)
        boxes = [
            (blank, "…".center(BOX), blank)
            if t is None
            else (f"┌───{'┴' if up else '─'}{line}┐", f"┤ {name} ├", f"└───{'┬' if down else '─'}{line}┘")
            for t, up, down in zip(shown, ups, downs, strict=True)
        ]
        line, gap = "─" * (ARROW - 1), " " * ARROW
        gaps = gap, f"◀{line}" if backwards else f"{line}▶", gap
        top, middle, bottom = (
            gap.join(parts) for gap, parts in zip(gaps, zip(*boxes, strict=True), strict=True)
        )
        before, after = ("", f"◀h[{last + 1}]") if backwards else ("h[−1]▶", f"▶h[{last}]")
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
