"""A story with the arithmetic of its cells in the same page: a click shows it."""

from __future__ import annotations

import json
import zlib
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

from dlcli.tensor import Tensor
from dlcli.views.page.elements import element
from dlcli.words.number import number

#: Cells whose arithmetic a page holds, at most: of more the strongest.
MOST = 1000

Cell = tuple[int, ...]


@dataclass(frozen=True)
class Explained:
    """A story, the tensor whose cells are explained, and what explains one."""

    story: RenderableType
    tensor: Tensor
    explain: Callable[[Cell], Sequence[RenderableType]]
    precision: int

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """On a screen the story alone."""
        yield self.story

    def cells(self) -> list[Cell]:
        """All cells, or the ``MOST`` of the largest size, in the order of the tensor."""
        data = self.tensor.data
        flat = np.arange(data.size)
        if data.size > MOST:
            sizes = np.nan_to_num(np.abs(data.ravel()).astype(np.float64), nan=-1.0)
            flat = np.sort(np.argsort(-sizes, kind="stable")[:MOST])
        return [tuple(int(i) for i in np.unravel_index(place, data.shape)) for place in flat.tolist()]

    def note(self) -> str:
        """How many of the cells can be clicked."""
        count = self.tensor.data.size
        if count <= MOST:
            return "A click on a number of the result shows its arithmetic."
        return f"A click on a cell shows its arithmetic: it is here for the {MOST:,} strongest of {count:,}."

    def html(self, write: Callable[[RenderableType], str]) -> str:
        """The story, a place for the arithmetic, and what is to be shown there."""
        told = {
            ",".join(map(str, cell)) or "()": [
                number(self.tensor.data[cell], self.precision),
                "".join(map(write, self.explain(cell))),
            ]
            for cell in self.cells()
        }
        text = json.dumps({"name": self.tensor.name, "cells": told}, ensure_ascii=False)
        packed = b64encode(zlib.compress(text.encode(), 9)).decode("ascii")
        folder = files("dlcli.views.page")
        script = "".join(folder.joinpath(name).read_text("utf-8") for name in ("cells.js", "explained.js"))
        return "".join(
            (
                element("div", write(self.story), id="story"),
                element("p", self.note(), class_="quiet"),
                element(
                    "section", "", id="arithmetic", aria_live="polite", aria_label="Arithmetic of a cell"
                ),
                f'<script type="text/plain" id="explanations">{packed}</script><script>{script}</script>',
            )
        )
