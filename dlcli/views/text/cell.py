"""The cell that somebody wants explained, checked and in words."""

from __future__ import annotations

from dlcli.errors import WrongUsage
from dlcli.tensor import Tensor
from dlcli.views.text.text import clip


def checked(cell: tuple[int, ...], tensor: Tensor) -> tuple[int, ...]:
    """The cell itself, when the tensor has it.

    Raises ``WrongUsage`` when there are more or fewer indices than axes, or one is out of range.
    """
    axes = (
        "no axis"
        if not tensor.axes
        else ", ".join(
            f"{clip(axis.name, 24)} 0 to {length - 1}" if length else f"nothing along {clip(axis.name, 24)}"
            for axis, length in zip(tensor.axes, tensor.shape, strict=True)
        )
    )
    written = ",".join(map(str, cell))
    if len(cell) != len(tensor.shape):
        raise WrongUsage(
            f"cell {written} has {len(cell)} of {len(tensor.shape)} indices; "
            f"the {clip(tensor.name, 40)} has {axes}"
        )
    if not all(0 <= index < length for index, length in zip(cell, tensor.shape, strict=True)):
        raise WrongUsage(f"there is no cell {written}; the {clip(tensor.name, 40)} has {axes}")
    return cell


def cell_words(cell: tuple[int, ...], tensor: Tensor) -> str:
    """Where a cell is, axis by axis.

    >>> cell_words((2, 1), Tensor([[1, 2], [3, 4], [5, 6]]))
    'row 2, column 1'
    """
    return ", ".join(
        f"{clip(axis.name, 24)} {clip(axis.place(index), 24)}"
        for axis, index in zip(tensor.axes, cell, strict=True)
    )
