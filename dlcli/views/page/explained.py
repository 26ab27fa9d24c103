"""A story with the arithmetic of its cells in the same page: a click shows it."""

from __future__ import annotations

import json
import zlib
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any

import numpy as np
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

from dlcli.tensor import PLACES, Array, Tensor
from dlcli.views.page.elements import element, text
from dlcli.views.page.figures import Cell as TableCell
from dlcli.views.page.figures import Figure, Table
from dlcli.words.number import number

#: Cells whose arithmetic a page holds, at most, and the bytes that it takes: of more the strongest.
MOST, BYTES = 1000, 1_500_000

#: Cells whose numbers a page holds, and how many stand in a row where no picture shows them.
VALUES, ROW = 200_000, 12

#: Cells that are told first, and how many more may fit than they let expect.
FIRST, SURELY = 60, 1.25

#: Places of an axis that are called by their labels, at most.
LABELS = 2000

Cell = tuple[int, ...]


@dataclass(frozen=True)
class Explained:
    """A story, the tensor whose cells are explained, and what explains one.

    A tensor with the attribute ``dlcli.tensor.PLACES`` has cells and no numbers. ``sizes``, of its shape, say
    which cells are the strongest where that is not the size of its own numbers: these may count something.
    """

    story: RenderableType
    tensor: Tensor
    explain: Callable[[Cell], Sequence[RenderableType]]
    precision: int
    sizes: Array | None = None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """On a screen the story alone."""
        yield self.story

    def cells(self, most: int = MOST) -> list[Cell]:
        """All cells, or so many of the largest size, in the order of the tensor."""
        data = self.tensor.data
        flat = np.arange(data.size)
        if data.size > most:
            sizes = data if self.sizes is None else self.sizes
            sizes = np.nan_to_num(np.abs(sizes.ravel()).astype(np.float64), nan=-1.0)
            flat = np.sort(np.argsort(-sizes, kind="stable")[:most])
        return [tuple(int(i) for i in np.unravel_index(place, data.shape)) for place in flat.tolist()]

    def html(self, write: Callable[[RenderableType], str], figure: Callable[[Figure], str]) -> str:
        """The story, a place for the arithmetic, and what is shown there; both functions make HTML."""
        known: dict[str, str] = {}

        def tell(most: int) -> dict[str, str]:
            for cell in (cells := self.cells(most)):
                if word(cell) not in known:
                    known[word(cell)] = "".join(map(write, self.explain(cell)))
            return {word(cell): known[word(cell)] for cell in cells}

        # A few say for about how many there is room beside the numbers.
        told, empty = tell(FIRST), len(self._packed({}))
        each = (len(self._packed(told)) - empty) / len(told)
        told = tell(min(MOST, max(FIRST, int(SURELY * (BYTES - empty) / each))))
        packed = self._packed(told)
        while len(packed) > BYTES and len(told) > 1:
            told = tell(max(1, len(told) * BYTES // len(packed)))
            packed = self._packed(told)
        story = write(self.story)
        if not shows(story, self.tensor.name):
            story += element("h2", text(self.tensor.name.capitalize())) + figure(self.listed(told))
        folder = files("dlcli.views.page")
        script = "".join(folder.joinpath(name).read_text("utf-8") for name in ("cells.js", "explained.js"))
        return "".join(
            (
                element("div", story, id="story"),
                element("p", self._note(len(told)), class_="quiet"),
                element("label", text("Or type its place: ") + element("input", id="cell", size=12)),
                element(
                    "section", "", id="arithmetic", aria_live="polite", aria_label="Arithmetic of a cell"
                ),
                f'<script type="text/plain" id="explanations">{packed}</script><script>{script}</script>',
            )
        )

    def listed(self, cells: Sequence[str] | dict[str, str]) -> Table:
        """The cells by their places in rows, where nothing in a story shows them."""
        names = [
            TableCell(cell, below=self._value(cell) if self._valued else "", cell=cell) for cell in cells
        ]
        rows = [names[first : first + ROW] for first in range(0, len(names), ROW)]
        return Table([], rows, labels=0, of=self.tensor.name)

    @property
    def _valued(self) -> bool:
        return not self.tensor.attrs.get(PLACES)

    def _value(self, cell: str) -> str:
        return number(
            self.tensor.data[tuple(map(int, filter(None, cell.strip("()").split(","))))], self.precision
        )

    @cached_property
    def _values(self) -> list[str]:
        """The numbers of all cells, where they are not too many."""
        if not self._valued or self.tensor.data.size > VALUES:
            return []
        return [number(value, self.precision) for value in self.tensor.data.ravel()]

    def _packed(self, told: dict[str, str]) -> str:
        """The arithmetic by cells, and the numbers of all cells."""
        axes = [
            [axis.name, axis.labels if length <= LABELS else None]
            for axis, length in zip(self.tensor.axes, self.tensor.shape, strict=True)
        ]
        held: dict[str, Any] = {"name": self.tensor.name, "shape": self.tensor.shape, "axes": axes}
        held |= {"values": self._values, "cells": told}
        return b64encode(zlib.compress(json.dumps(held, ensure_ascii=False).encode(), 9)).decode("ascii")

    def _note(self, held: int) -> str:
        """How many of the cells can be clicked."""
        count = self.tensor.data.size
        if count <= held:
            return "A click on a number of the result shows its arithmetic."
        told = f"A click on a cell shows its arithmetic: it is here for the {held:,} strongest of {count:,}."
        if self._valued and count > VALUES:
            told += " The pointer shows the place of a cell alone: there are too many numbers for this page."
        return told


def word(cell: Cell) -> str:
    """A cell as it is typed.

    >>> word((3, 0)), word(())
    ('3,0', '()')
    """
    return ",".join(map(str, cell)) or "()"


def shows(page: str, name: str) -> bool:
    """Whether some element of a page shows cells of the tensor of this name.

    >>> shows('<img data-of="map" data-cells="r,c">', "map"), shows('<img data-of="map">', "other")
    (True, False)
    """
    named = element("i", data_of=name)[3:-2]
    return named in page and "data-cell" in page
