"""How often numbers of each size occur: columns over an axis."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.style import Style

from dlcli.tensor import Array
from dlcli.views.charts.ruler import Gutter, Ruler
from dlcli.views.charts.ticks import GAP, Scale, labels
from dlcli.views.page import axes
from dlcli.views.page.axes import Frame
from dlcli.views.page.figures import Column, Figure
from dlcli.views.page.shapes import SIGN, Area
from dlcli.views.pictures.page_pixels import rows_high
from dlcli.views.screen.colour import colour
from dlcli.views.screen.screen import has_colour
from dlcli.views.text.markdown import drawn, fence, table
from dlcli.views.text.text import DIM, clip, text_line
from dlcli.words.number import number

HEIGHT = 8
FEW = 20  # so many different whole numbers get a column each
WIDEST = 8  # columns of the screen that one of these takes
NARROWEST = 30
EIGHTHS = " ▁▂▃▄▅▆▇█"


@dataclass(frozen=True, eq=False)
class Bars:
    """How many numbers there are of each value, or in each bin of a ``scale``; ``heading`` says which."""

    counts: Array
    heading: str
    each: int  # columns of the screen
    texts: list[str]
    scale: Scale | None = None


class Histogram:
    """A histogram: a column for each bin, as high as the count of numbers in it.

    Parameters
    ----------
    values : array of any shape
        Complex numbers stand for their sizes; nan and infinities are counted below, not drawn.
    bins : int, optional
        How many, as ``bin_count`` says otherwise; never more than there are columns. Whole numbers of few
        different values have a column each, and bins as wide as a whole number otherwise.
    name : str
        What the numbers are, with their unit: outside text, below the axis.

    >>> from rich.console import Console
    >>> Console(width=40).print(Histogram(np.array([1, 2, 2, 3, 3, 3]), height=3, name="stride"))
    6 numbers of 3 values
    3┤                  ████████
    2┤         ████████ ████████
    1┤████████ ████████ ████████
     └────┬────────┬────────┬───
          1        2        3
                stride
    """

    def __init__(
        self, values: Array, *, bins: int | None = None, name: str = "", height: int = HEIGHT
    ) -> None:
        values = np.asarray(values).ravel()
        self.complex = values.dtype.kind == "c"
        values = np.abs(values) if self.complex else values
        self.missing = self.infinite = 0
        if values.dtype.kind == "f":
            self.missing = int(np.count_nonzero(np.isnan(values)))
            self.infinite = int(np.count_nonzero(np.isinf(values)))
            values = values[np.isfinite(values)] if self.missing + self.infinite else values
        self.whole = values.dtype.kind in "biu"
        self.values, self.bins, self.name, self.height = values, bins, name, height
        self.single = _few(values, self.whole)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        ink = colour(0) if has_colour(console) else Style()
        if not self.values.size:
            yield from text_line("(nothing to count)", DIM)
        else:
            yield from self._columns(options.max_width, ink)
        for note in self._notes():
            yield from text_line(note, DIM)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(min(NARROWEST, options.max_width), options.max_width)

    def markdown(self, width: int = 80) -> str:
        """A table of the numbers when they are few, else the drawing."""
        if self.single is None:
            return fence(drawn(self, width))
        values, counts = self.single
        body = [[number(value), str(count)] for value, count in zip(values, counts.tolist(), strict=True)]
        left_out = [["nan", self.missing], ["infinite", self.infinite]]
        body += [[str(what), str(count)] for what, count in left_out if count]
        return table([self.name or "value", "count"], body, right=[0, 1])

    def figure(self, width: float = axes.WIDTH) -> Figure:
        """A column for each bin between axes."""
        if not self.values.size:
            return Column([axes.quiet(line) for line in ("(nothing to count)", *self._notes())])
        _, above = axes.title("", width, axes.LINE)
        # As much room for the counts at the left as on a screen.
        frame = Frame.right_of([str(len(self.values))], width, rows_high(self.height), top=above)
        bars = self._bars(frame.columns)
        many, top = len(bars.counts), int(bars.counts.max())
        ticks = self._ticks(top)
        if bars.scale is None:
            frame = replace(frame, width=min(frame.width, SIGN * (WIDEST + 1) * many))
            found, texts = (np.arange(many) + 0.5) / many, bars.texts
        else:
            ends, texts = bars.scale.fitting(frame.columns, whole=self.whole)
            found = bars.scale.share(np.array(ends))
        shapes, _ = axes.title(bars.heading, width)
        up = np.array(ticks) / top
        shapes += axes.left_edge(frame, frame.y(up).tolist(), labels(ticks))
        shapes.append(self._outline(frame, bars, top))
        edge, bottom = axes.lower_edge(frame, frame.x(found).tolist(), texts, self.name)
        return axes.drawn(width, bottom, [*shapes, *edge], self._words(bars), self._notes())

    def _outline(self, frame: Frame, bars: Bars, top: int) -> Area:
        """All columns as one area over the axis, one that is not empty at least a pixel high."""
        many = len(bars.counts)
        gap = 1 / 9 if bars.scale is None else min(1.0, frame.width / many / 6) * many / frame.width
        left = (np.arange(many) + gap / 2) / many
        high = np.where(bars.counts > 0, np.maximum(bars.counts / top, 1 / frame.height), 0)
        right, low = left + (1 - gap) / many, np.zeros(many)
        across = np.stack([left, left, right, right], axis=1).ravel()
        return Area(frame.points(across, np.stack([low, high, high, low], axis=1).ravel()), "0")

    def _words(self, bars: Bars) -> str:
        """What is drawn, for those who cannot see it."""
        low, high = number(self.values.min().item(), 4), number(self.values.max().item(), 4)
        most = int(np.argmax(bars.counts))
        where = f"of {bars.texts[most]}" if bars.scale is None else f"in bin {most + 1}"
        name = f" of {self.name}" if self.name else ""
        return (
            f"histogram{name}: {bars.heading}, {low} to {high}; the most, {int(bars.counts[most])}, {where}"
        )

    def _notes(self) -> Iterator[str]:
        left_out = {"nan": self.missing, "infinite": self.infinite}
        words = ", ".join(f"{count} {what}" for what, count in left_out.items() if count)
        if words:
            yield f"not counted: {words}"

    def _ticks(self, top: int) -> list[float]:
        return [tick for tick in Scale(0, top).ticks(self.height // 3 + 3, whole=True) if tick]

    def _bars(self, columns: int) -> Bars:
        """What is counted where a screen has so many columns for it."""
        many = len(self.values)
        what = f"{many} {'complex size' if self.complex else 'number'}{'s' * (many > 1)}"
        if self.single is not None:
            values, counts = self.single
            texts = [number(value) for value in values]
            each = min(WIDEST, (columns + 1) // len(values) - 1)
            if each >= max(map(cell_len, texts)) + GAP - 1:
                heading = f"{what} of {len(values)} {'value' if len(values) == 1 else 'values'}"
                return Bars(counts, heading, each, texts)
        low, high, counts = self._binned(columns)
        wide = number(high / len(counts) - low / len(counts), 3)
        heading = f"{what} in {len(counts)} bin{'s' * (len(counts) > 1)} of {wide}"
        return Bars(counts, heading, columns // len(counts), [], Scale(low, high))

    def _columns(self, width: int, ink: Style) -> Iterator[Segment]:
        bars = self._bars(width - len(str(len(self.values))) - 1)
        each, many = bars.each, len(bars.counts)
        if bars.scale is None:
            places = [i * (each + 1) + each // 2 for i in range(many)]
            heights = np.repeat(bars.counts, each + 1)
            heights[each :: each + 1] = 0
            yield from self._drawn(heights[:-1], bars.heading, places, bars.texts, ink)
            return
        found, texts = bars.scale.fitting(each * many, whole=self.whole)
        shares = bars.scale.share(np.array(found)).tolist()
        places = [round(share * (each * many - 1)) for share in shares]
        yield from self._drawn(np.repeat(bars.counts, each), bars.heading, places, texts, ink)

    def _binned(self, most: int) -> tuple[float, float, Array]:
        """The ends and the counts of at most so many bins."""
        low, high = float(self.values.min()), float(self.values.max())
        count = self.bins or bin_count(self.values)
        # Few values that have no room for a column with a label each keep a bin each.
        count = max(1, min(most if self.single is not None and self.whole else count, most))
        if self.whole:
            # A whole number stands in the middle of its bin, and all bins hold equally many of them.
            span = int(high - low + 1)
            each = -(-span // count)
            # The last bin, too, where that is possible with more than half as many bins.
            each = next((wide for wide in range(each, 2 * min(each, 1000)) if span % wide == 0), each)
            count = -(-span // each)
            low, high = low - 0.5, low - 0.5 + each * count
        elif low == high:
            low, high = low - (abs(low) / 2 or 0.5), high + (abs(high) / 2 or 0.5)
        share = Scale(low, high).share(self.values)
        return low, high, np.bincount(np.minimum((share * count).astype(np.intp), count - 1), minlength=count)

    def _drawn(
        self, heights: Array, heading: str, places: list[int], texts: list[str], ink: Style
    ) -> Iterator[Segment]:
        yield from text_line(heading, DIM)
        top = int(heights.max())
        ticks = self._ticks(top)
        # A tick stands where a column of that height ends.
        rows = [self.height - 1 - (round(tick / top * 8 * self.height) - 1) // 8 for tick in ticks]
        gutter = Gutter(dict(zip(rows, labels(ticks), strict=True)))
        # A single number among a million is still seen.
        eighths = np.rint(heights / top * 8 * self.height).astype(int)
        eighths = np.where(heights > 0, np.maximum(eighths, 1), 0)
        for row in range(self.height):
            filled = (eighths - 8 * (self.height - 1 - row)).clip(0, 8)
            yield gutter[row]
            yield from text_line("".join(EIGHTHS[part] for part in filled.tolist()).rstrip(), ink)
        yield from Ruler(places, texts, len(heights), side=gutter.width, name=clip(self.name, 32))


def bin_count(values: Array) -> int:
    """How many bins suit finite numbers (n,), n at least 1.

    The larger count of two rules, as NumPy's ``auto``: of Sturges, log2(n) + 1, for few numbers; of Freedman
    and Diaconis bins 2 IQR / n^(1/3) wide, IQR the distance of the quartiles, which extremes do not change.

    >>> bin_count(np.arange(1000) / 1000)
    11

    Source: Sturges, "The choice of a class interval" (1926); Freedman and Diaconis, "On the histogram as a
    density estimator" (1981).
    """
    n = values.size
    sturges = math.ceil(math.log2(n) + 1)
    # Halves: the distance of the two largest numbers is more than a float can hold.
    low, first, third, high = np.percentile(values.astype(np.float64) / 2, [0, 25, 75, 100]).tolist()
    if third == first:
        return sturges
    fd = (high - low) / (third - first) * n ** (1 / 3) / 2
    return max(math.ceil(fd) if fd < 1e9 else 10**9, sturges)


def _few(values: Array, whole: bool) -> tuple[list[int | float], Array] | None:
    """The different numbers with their counts, when they are few and whole, or all the same."""
    if not values.size:
        return None
    low, high = values.min(), values.max()
    if low == high:
        return [low.item()], np.array([values.size])
    if not whole:
        return None
    if int(high) - int(low) < FEW:
        # In a row, so that a number that never occurs is seen to be missing.
        shifted = values.astype(np.int64) if values.dtype != np.uint64 else values
        return list(range(int(low), int(high) + 1)), np.bincount((shifted - shifted.min()).astype(np.intp))
    if len(np.unique(values[:1000])) > FEW:  # millions are not sorted to find that out
        return None
    found, counts = np.unique(values, return_counts=True)
    return (found.tolist(), counts) if len(found) <= FEW else None
