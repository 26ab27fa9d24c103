"""What was told by a line, as figures of a page: whether each is one, and whether marked cells are what stands there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from dlcli.runner import storyteller
from dlcli.runner.result import Result
from dlcli.tensor import Tensor
from dlcli.views.page import compose
from dlcli.views.page.cells import called
from dlcli.views.page.figures import Column, Drawing, Figure, Part, Pixels, Row, Table
from dlcli.views.page.shapes import Box, Image

#: A number in a table, maybe in brackets, or with the sign of an operation behind it.
WRITTEN = re.compile(r"\[?(−?[\d.]+(?:e−?\d+)?)\]?(?: [×=])?")

#: Tensors that stand for places alone: their numbers are not looked at.
PLACES = ("table of scores", "updates")


@dataclass(frozen=True)
class Marked:
    """A number or a picture of a page: the tensor that it is of, the cell or the cells, what is written."""

    of: str
    cell: str
    text: str = ""


@dataclass(frozen=True)
class Told:
    """A result and what was told of it."""

    command: str
    result: Result
    stories: Sequence[Any]

    @property
    def explained(self) -> Tensor:
        """The tensor whose cells ``--explain`` names."""
        return (self.result.explained or next(iter(self.result.outputs.values())))()

    def explanation(self) -> Any:
        """The arithmetic of a cell in the middle; None where there is none."""
        view = storyteller.view_of(self.command, self.result.view)
        if not self.result.outputs or not hasattr(view, "explain") or not self.explained.data.size:
            return None
        return view.explain(self.result.work, tuple(n // 2 for n in self.explained.shape), precision=4)

    def tensors(self, name: str) -> list[Tensor]:
        """What a mark of this name may mean."""
        makers = [*self.result.outputs.items()]
        found = [make() for key, make in makers if key == name] + ([self.explained] if makers else [])
        found += [getattr(self.result.work, "output", None), getattr(self.result.work, "input", None)]
        return [one for one in found if isinstance(one, Tensor) and called(one) == name]


def parts_of(stories: Sequence[Any]) -> list[Part]:
    """All sections of all stories; raises for what would be drawn in characters."""
    drawn: list[str] = []
    known = compose.lines_of

    def lines_of(body: Any) -> Any:
        drawn.append(f"{type(body).__module__}.{type(body).__name__}")
        return known(body)

    compose.lines_of = lines_of
    try:
        flat = (one for story in stories for one in (story if isinstance(story, list) else [story]))
        parts = [part for story in flat for part in compose.parts_of(story)]
    finally:
        compose.lines_of = known
    assert drawn == []
    return parts


def marks_of(figure: Figure | None) -> Iterator[Marked]:
    """All cells that are marked in a figure."""
    match figure:
        case Table():
            for cell in (cell for row in figure.body for cell in row if cell.cell):
                yield Marked(cell.of or figure.of, cell.cell, cell.text)
        case Pixels() if figure.cells:
            yield Marked(figure.cells.of, figure.cells.pattern)
        case Drawing():
            for shape in figure.shapes:
                if isinstance(shape, Image) and shape.cells:
                    yield Marked(shape.cells.of, shape.cells.pattern)
                elif isinstance(shape, Box) and shape.cell:
                    yield Marked(shape.of, shape.cell)
        case Row():
            for _, one in figure.parts:
                yield from marks_of(one)
        case Column():
            for one in figure.parts:
                yield from marks_of(one)


def check(told: Told, parts: Sequence[Part]) -> None:
    """Every marked cell is there in the tensor that it names, and a number beside it is its own."""
    for part in parts:
        marks = [Marked(part.cells.of, cell) for cell in part.cells.cells]
        for mark in (*marks, *marks_of(part.body)):
            tensors = told.tensors(mark.of)
            if not tensors and (part.name in ("input", "parameters") or not mark.text):
                continue  # of another input, such as what is compared with it, or a picture on the way
            assert any(_fits(mark, tensor) for tensor in tensors), (part.heading, mark, tensors)


def _fits(mark: Marked, tensor: Tensor) -> bool:
    index = [0 if place in ("r", "c", "R") else int(place) for place in mark.cell.split(",") if place]
    if len(index) > tensor.data.ndim or not all(
        0 <= i < n for i, n in zip(index, tensor.shape, strict=False)
    ):
        return False
    written = WRITTEN.fullmatch(mark.text)
    value = tensor.data[tuple(index)]
    if written is None or np.ndim(value) or mark.of in PLACES or not np.isfinite(value):
        return True
    shown = Decimal(written[1].replace("−", "-"))
    last = Decimal(10) ** int(shown.as_tuple().exponent)
    number = abs(value) if np.iscomplexobj(value) else value
    return abs(float(shown) - float(number)) <= 0.501 * float(last) + 1e-6 * abs(float(number))
