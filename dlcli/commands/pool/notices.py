"""What is worth noticing about a pooling."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from dlcli.views.text.text import clip
from dlcli.words.number import number

if TYPE_CHECKING:
    from dlcli.commands.pool.protocol import Work
    from dlcli.engines.pooling.windows import Line

#: What a window of each kind keeps, in words.
KEEPS = {
    "max": "its largest number",
    "min": "its least number",
    "avg": "the mean of its numbers",
    "lp": "the root of the sum of their powers",
}


def notices(work: Work, precision: int) -> list[str]:
    """The facts that hold for this run, the most telling first."""
    return list(_facts(work, precision))


def _facts(work: Work, precision: int) -> Iterator[str]:
    before, after = work.input.data.size, work.output.data.size
    kind = work.settings.kind
    share = f"{number(100 * after / before, 2)} %"
    yield f"Of {before} number{'s' * (before != 1)} {after} {'is' if after == 1 else 'are'} left: {share}."
    unseen = [words for words in map(_unseen, _lines(work), _names(work)) if words]
    if unseen:
        many = len(unseen) > 1 or not unseen[0].startswith("1 ")
        yield (
            f"At the end {' and '.join(unseen)} {'are' if many else 'is'} in no window; "
            "--ceil or --padding same would keep them."
        )
    if any(line.stride > (line.size - 1) * line.dilation + 1 and line.count > 1 for line in _lines(work)):
        yield "The stride is larger than the window: what lies between windows is seen by none."
    if kind in ("max", "min") and work.output.data.dtype.kind == "f" and np.isnan(work.output.data).any():
        yield "A NaN wins every window that sees it."
    if not all(line.full for line in _lines(work)):
        yield _padding(work)
    elif (
        kind in ("max", "min")
        and max(line.size for line in _lines(work)) > 1
        and all(line.apart for line in _lines(work))
    ):
        word = "largest" if kind == "max" else "least"
        yield f"A {word} number may move within its window and the result stays the same."


def _padding(work: Work) -> str:
    kind = work.settings.kind
    if kind == "avg" and work.settings.count_padding:
        return "In a mean at the border the padding counts as zeros."
    if kind == "avg":
        return "A mean at the border counts only the cells of the input, not the padding."
    if kind == "lp":
        return "The padding adds nothing to a sum."
    return "The padding is never the winner: windows at the border choose among fewer cells."


def _unseen(line: Line, name: str) -> str:
    """How many rows or columns at the end no window reaches."""
    reach = (line.count - 1) * line.stride + (line.size - 1) * line.dilation + 1 - line.before
    left = line.length - reach
    return f"{left} {name}{'s' * (left != 1)}" if left > 0 else ""


def _lines(work: Work) -> tuple[Line, Line]:
    return work.windows.rows, work.windows.columns


def _names(work: Work) -> tuple[str, str]:
    if work.input.axis_names[:2] == ("height", "width"):
        return "row", "column"
    first, second = (clip(name, 16) for name in work.input.axis_names[:2])
    return first, second
