"""One run of ``dlcli flatten`` on one tensor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcli.engines.tensors.flatten import Shuffle, shuffle
from dlcli.tensor import Tensor
from dlcli.words.line import Line


@dataclass(frozen=True)
class Work:
    """A tensor, all its numbers in one row, and the seed that cells are shuffled by."""

    input: Tensor
    output: Tensor
    seed: int
    line: Line

    @property
    def depth(self) -> int:
        """How many of the last axes are one pixel: 1 for channels, else 0."""
        return int(self.input.data.ndim > 1 and self.input.axes[-1].name == "channel")

    def shuffle(self) -> Shuffle | None:
        """The same cells in another order, pixels whole; None when there is nothing to shuffle."""
        x = self.input.data
        if not x.size or max(x.shape[: x.ndim - self.depth], default=1) < 2:
            return None
        return shuffle(x, np.random.default_rng(self.seed), depth=self.depth)
