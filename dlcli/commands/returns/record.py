"""One run of ``dlcli returns`` on one tensor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.decisions.returns import ReturnTerms, return_terms
from dlcli.tensor import Tensor
from dlcli.words.line import Line


@dataclass(frozen=True)
class Work:
    """Rewards and their returns, the discount, and the axis of the steps."""

    input: Tensor
    output: Tensor
    gamma: float
    axis: int
    line: Line

    def terms(self, cell: tuple[int, ...]) -> ReturnTerms:
        """The sum behind one return."""
        return return_terms(self._episode(self.input.data, cell), self.gamma, cell[self.axis])

    def later(self, cell: tuple[int, ...]) -> Array:
        """The returns of the episode that a cell belongs to, (step,)."""
        return self._episode(self.output.data, cell)

    def _episode(self, data: Array, cell: tuple[int, ...]) -> Array:
        episode: Array = np.moveaxis(data, self.axis, -1)[(*cell[: self.axis], *cell[self.axis + 1 :])]
        return episode.astype(self.output.data.dtype)
