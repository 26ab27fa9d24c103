"""How often numbers of each size occur: columns over an axis."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.style import Style

from dlcli.tensor import Array
from dlcli.views.charts.ruler import Gutter, Ruler
from dlcli.views.charts.ticks import GAP, Scale, labels
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
        left_out = {"nan": self.missing, "infinite": self.infinite}
        words = ", ".join(f"{count} {what}" for what, count in left_out.items() if count)
        if words:
            yield from text_line(f"not counted: {words}", DIM)

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

    def _columns(self, width: int, ink: Style) -> Iterator[Segment]:
        many = len(self.values)
        what = f"{many} {'complex size' if self.complex else 'number'}{'s' * (many > 1)}"
        gutter_width = len(str(len(self.values))) + 1
        if self.single is not None:
            values, counts = self.single
            texts = [number(value) for value in values]
            each = min(WIDEST, (width - gutter_width + 1) // len(values) - 1)
            if each >= max(map(cell_len, texts)) + GAP - 1:
                heading = f"{what} of {len(values)} {'value' if len(values) == 1 else 'values'}"
                places = [i * (each + 1) + each // 2 for i in range(len(values))]
                heights = np.repeat(counts, each + 1)
                heights[each :: each + 1] = 0
                yield from self._drawn(heights[:-1], heading, places, texts, ink)
                return
        low, high, counts = self._binned(width - gutter_width)
        each = (width - gutter_width) // len(counts)
        wide = number(high / len(counts) - low / len(counts), 3)
        heading = f"{what} in {len(counts)} bin{'s' * (len(counts) > 1)} of {wide}"
        scale = Scale(low, high)
        found, texts = scale.fitting(each * len(counts), whole=self.whole)
        places = [round(share * (each * len(counts) - 1)) for share in scale.share(np.array(found)).tolist()]
        yield from self._drawn(np.repeat(counts, each), heading, places, texts, ink)

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
        ticks = [tick for tick in Scale(0, top).ticks(self.height // 3 + 3, whole=True) if tick]
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
