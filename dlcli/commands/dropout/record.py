"""One run of ``dlcli dropout`` on one tensor."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.tensors.dropout import Averages, average, draws
from dlcli.tensor import Tensor
from dlcli.words.line import Line


@dataclass(frozen=True)
class Work:
    """A tensor before and after dropout; draws and further masks are made again when they are read.

    ``mask`` has length 1 along the axes that are not in ``per``, where there are any; ``before`` is the
    generator as it was before the first mask. In inference nothing is dropped, and there is one mask.
    """

    input: Tensor
    output: Tensor
    mask: Array
    rate: float
    inference: bool
    masks: int
    per: tuple[int, ...] | None
    seed: int
    before: np.random.Generator
    line: Line

    @cached_property
    def averages(self) -> Averages:
        """The mean over all masks, the first of them being the one that is shown."""
        return average(self.input.data, self.rate, deepcopy(self.before), self.masks, per=self.per)

    @property
    def mean(self) -> Tensor:
        """The mean over all masks as a tensor."""
        data = self.output.data if self.masks == 1 else self.averages.mean
        return Tensor(data, self.input.axes, "mean", self.input.attrs)

    @property
    def uniform(self) -> Array:
        """The uniform number for each cell."""
        u = draws(self.input.shape, deepcopy(self.before), per=self.per)
        return np.broadcast_to(u, self.input.shape)

    def draw(self, cell: tuple[int, ...]) -> float:
        """The uniform number that decided about a cell."""
        return float(self.uniform[cell])

    def kept(self, cell: tuple[int, ...]) -> bool:
        """Whether the mask that is shown kept a cell."""
        return bool(np.broadcast_to(self.mask, self.input.shape)[cell])
