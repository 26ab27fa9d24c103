"""One run of ``dlcli upsample`` on one input: what went in, how it was made larger, what came out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.pooling.upsample import Sampling
from dlcli.tensor import Tensor
from dlcli.words.line import Line


@dataclass(frozen=True)
class Work:
    """A picture and a larger one.

    ``size`` says by how much rows and columns were multiplied, and is None where the output's size was typed
    or told by the winners. ``lines`` are the shares along rows and columns; they are missing of an
    unpooling, whose ``winners`` (in the shape of the input) say where each number goes. ``told`` says who
    tells its size.
    """

    input: Tensor
    output: Tensor
    kind: str
    align_corners: bool
    size: tuple[int, int] | None
    lines: tuple[Sampling, Sampling] | None
    winners: Array | None
    told: str
    line: Line

    @property
    def seen(self) -> Array:
        """The input as (height, width, channel)."""
        return self.input.data if self.input.data.ndim == 3 else self.input.data[..., None]

    def came(self, cell: tuple[int, ...]) -> list[tuple[int, int]]:
        """The cells of the input whose winner stands in a cell of the output, in their order."""
        assert self.winners is not None
        winners = self.winners[..., cell[2]] if len(cell) == 3 else self.winners
        places = np.argwhere(winners == cell[0] * self.output.shape[1] + cell[1])
        return [(int(row), int(column)) for row, column in places]

    @property
    def collisions(self) -> int:
        """How many numbers were laid over by a later one: their windows had one winner."""
        if self.winners is None:
            return 0
        planes = self.winners.reshape(*self.input.shape[:2], -1)
        return sum(planes[..., k].size - len(np.unique(planes[..., k])) for k in range(planes.shape[2]))
