"""One run of ``dlcli softmax`` on one tensor."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.tensors.softmax import SoftmaxTerms, entropy, log_softmax, softmax_terms
from dlcli.tensor import Tensor
from dlcli.words.line import Line


@dataclass(frozen=True)
class Work:
    """Scores and their probabilities; what only a story needs is computed when it is read."""

    input: Tensor
    output: Tensor
    axis: int
    temperature: float
    line: Line

    @property
    def bits(self) -> Array:
        """The entropy of each slice."""
        return entropy(self.output.data, self.axis)

    @property
    def overflows(self) -> bool:
        """Whether exp(x / T) of some score would be infinite."""
        data = self.input.data[np.isfinite(self.input.data)]
        most = math.log(float(np.finfo(self.output.data.dtype).max))
        return bool(data.size) and float(data.max()) > most * self.temperature

    def terms(self, cell: tuple[int, ...]) -> tuple[Array, SoftmaxTerms]:
        """The scores (n,) of the slice through a cell, and what became of them."""
        scores = np.moveaxis(self.input.data, self.axis, -1)[(*cell[: self.axis], *cell[self.axis + 1 :])]
        return scores, softmax_terms(scores, temperature=self.temperature)

    def logarithm(self, cell: tuple[int, ...]) -> float:
        """The logarithm of the probability of a cell."""
        scores, _ = self.terms(cell)
        return float(log_softmax(scores, -1, self.temperature)[cell[self.axis]])
