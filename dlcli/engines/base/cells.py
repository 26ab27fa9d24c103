"""A table whose cells are computed when they are asked for, each once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Cells:
    """A table of which often a few cells are wanted: ``cell`` makes the one at a place.

    >>> squares = Cells((3, 3), lambda i, j: i * j)
    >>> squares.shape, squares[2, 2]
    ((3, 3), 4)
    """

    def __init__(self, shape: tuple[int, ...], cell: Callable[..., Any]) -> None:
        self.shape = shape
        self._cell = cell
        self._made: dict[tuple[int, ...], Any] = {}

    def __getitem__(self, place: tuple[int, ...]) -> Any:
        if place not in self._made:
            self._made[place] = self._cell(*place)
        return self._made[place]
