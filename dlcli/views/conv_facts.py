"""What is worth noticing about a correlation and its answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from rich.text import Text

from dlcli.tensor import Array, Tensor
from dlcli.views.cell import cell_words
from dlcli.views.number import number

if TYPE_CHECKING:
    from dlcli.views.conv_work import Work


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


def notices(work: Work, precision: int) -> list[str]:
    """The facts that hold for this run, the most telling first."""
    return list(_facts(work, precision))


def _facts(work: Work, precision: int) -> Iterator[str]:
    data = work.output.data
    if work.activation == "relu" and data.size:
        share = 1 - np.count_nonzero(data) / data.size
        yield f"relu leaves {number(100 * share, 2)} % of the map at 0: only positive answers go on."
    sums = [complex(kernel.array.sum()) for kernel in work.kernels]
    sizes = [float(np.abs(kernel.array).sum()) for kernel in work.kernels]
    the = "The kernel's weights" if len(sums) == 1 else "The weights of every kernel"
    if all(size > 0 and abs(total) <= 1e-6 * size for total, size in zip(sums, sizes, strict=True)):
        answer = "0" if not np.any(work.bias) else "the bias"
        yield f"{the} sum to 0: where the input is flat the answer is {answer}, only change answers."
    elif all(abs(total - 1) <= 1e-6 for total in sums):
        yield f"{the} sum to 1: flat areas stay as bright as they are."
    elif len(sums) == 1 and sums[0].imag == 0:
        total = number(sums[0].real, precision)
        yield f"{the} sum to {total}: a flat area answers with {total} times its value."
    if max(work.geometry.stride) > 1:
        rows, columns = work.geometry.stride
        moves = f"{rows} rows" if rows == columns else f"{rows} rows or {columns} columns"
        yield f"The kernel moves {moves} at a time: the map is smaller by that factor."
    yield from _border(work)


def _border(work: Work) -> Iterator[str]:
    geometry = work.geometry
    if not any(side for pads in geometry.pads for side in pads):
        lost = [span - 1 for span in geometry.span]
        if any(lost):
            rows, columns = (
                f"{n} {word}{'s' * (n != 1)}" for n, word in zip(lost, ("row", "column"), strict=True)
            )
            yield f"Without padding the kernel stays inside: {rows} and {columns} are lost at the border."
        return
    filled = "zeros" if geometry.pad_mode == "zeros" else f"the input again ({geometry.pad_mode})"
    if work.padding == "full":
        yield f"Full padding answers wherever the kernel touches the input; beyond, it sees {filled}."
    else:
        yield f"At the border the kernel reaches into the padding and sees {filled} there."


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
