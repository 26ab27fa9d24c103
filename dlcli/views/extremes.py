"""The largest and the least number of a tensor, and where they stand."""

from __future__ import annotations

import numpy as np
from rich.text import Text

from dlcli.tensor import Array, Tensor
from dlcli.views.text.cell import cell_words
from dlcli.words.number import number


def strongest(output: Tensor) -> tuple[int, ...] | None:
    """The cell of the largest number (of the largest size when complex); None when no number is finite."""
    return _extreme(output.data, largest=True)


def strongest_words(output: Tensor, precision: int) -> Text:
    """Where the answer is largest, and where it is least when it can be negative."""
    cell = strongest(output)
    if cell is None:
        return Text("nowhere: no answer is finite")
    words = _at(output, cell, precision)
    least = _extreme(output.data, largest=False) if output.data.dtype.kind in "if" else None
    if least is not None and output.data[least] < 0:
        words += f"; lowest {_at(output, least, precision)}"
    return Text(words)


def _extreme(data: Array, *, largest: bool) -> tuple[int, ...] | None:
    values = np.abs(data) if data.dtype.kind == "c" else data
    if not values.size:
        return None
    place = values.argmax() if largest else values.argmin()
    if not np.isfinite(values.flat[place]):
        finite = np.isfinite(values)
        if not finite.any():
            return None
        values = np.where(finite, values, -np.inf if largest else np.inf)
        place = values.argmax() if largest else values.argmin()
    return tuple(int(index) for index in np.unravel_index(place, data.shape))


def _at(output: Tensor, cell: tuple[int, ...], precision: int) -> str:
    value = output.data[cell]
    others = int(np.count_nonzero(output.data == value)) - 1
    also = f" (and in {others} more {'cell' if others == 1 else 'cells'})" if others > 0 else ""
    return f"{number(value, precision)} at {cell_words(cell, output)}{also}"
