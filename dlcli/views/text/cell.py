"""Cells of a tensor: checked, in words, and where the largest and the least number stand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.text import Text

from dlcli.errors import WrongUsage
from dlcli.tensor import Array, Axis, Tensor
from dlcli.views.text.text import clip
from dlcli.words.number import number


def checked(cell: tuple[int, ...], tensor: Tensor) -> tuple[int, ...]:
    """Check that a tensor has a cell, and return it.

    Raises ``WrongUsage`` when there are more or fewer indices than axes, or one is out of range.
    """
    axes = ", ".join(
        f"{clip(axis.name, 24)} 0 to {length - 1}" if length else f"nothing along {clip(axis.name, 24)}"
        for axis, length in zip(tensor.axes, tensor.shape, strict=True)
    )
    written = ",".join(map(str, cell)) or "()"
    if cell and not tensor.axes:
        raise WrongUsage(
            f"the {clip(tensor.name, 40)} is a single number, which has no index: its cell is ()"
        )
    if len(cell) != len(tensor.shape):
        raise WrongUsage(
            f"cell {written} has {len(cell)} of {len(tensor.shape)} indices; "
            f"in the {clip(tensor.name, 40)}: {axes}"
        )
    if not all(0 <= index < length for index, length in zip(cell, tensor.shape, strict=True)):
        raise WrongUsage(f"there is no cell {written} in the {clip(tensor.name, 40)}: {axes}")
    return cell


def cell_words(cell: tuple[int, ...], tensor: Tensor) -> str:
    """A cell in words, axis by axis.

    >>> cell_words((2, 1), Tensor([[1, 2], [3, 4], [5, 6]]))
    'row 2, column 1'
    """
    return ", ".join(
        f"{clip(axis.name, 24)} {clip(axis.place(index), 24)}"
        for axis, index in zip(tensor.axes, cell, strict=True)
    )


def at_words(cell: tuple[int, ...], tensor: Tensor) -> str:
    """Where a number stands, to be written behind it; nothing for the only one.

    >>> at_words((1,), Tensor([1, 2])), at_words((), Tensor(7))
    (' at index 1', '')
    """
    return f" at {cell_words(cell, tensor)}" if cell else ""


def place_word(place: Sequence[int], axes: Sequence[Axis]) -> str:
    """The indices of a cell, with labels on the axes that have some.

    >>> place_word((0, 1), (Axis("row"), Axis("column", ("a", "b"))))
    '0,b'
    """
    return ",".join(axis.labels[i] if axis.labels else str(i) for axis, i in zip(axes, place, strict=True))


def horner(words: Sequence[str], shape: Sequence[int]) -> str:
    """The flat index as nested products: each word times the length of the next axis, the last fastest.

    >>> horner(["i", "j", "k"], (300, 451, 3))
    '(i × 451 + j) × 3 + k'
    """
    text = words[0] if words else "0"
    for place, (word, length) in enumerate(zip(words[1:], shape[1:], strict=True)):
        text = f"({text})" if place else text
        text = f"{text} × {length} + {word}"
    return text


def strongest(output: Tensor) -> tuple[int, ...] | None:
    """The cell of the largest number (of the largest size when complex); None when no number is finite."""
    return _extreme(output.data, largest=True)


def strongest_words(output: Tensor, precision: int) -> Text:
    """Where a tensor is largest in words, and where it is least when that is below zero."""
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
