"""One run of ``dlcli flatten`` on one tensor."""

from __future__ import annotations

from dataclasses import dataclass, replace

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
    def free(self) -> tuple[int, ...]:
        """The axes along which there are other pixels: all but the channels, wherever these stand."""
        names = self.input.axis_names
        return tuple(place for place, name in enumerate(names) if name != "channel" or len(names) == 1)

    def shuffle(self) -> Shuffle | None:
        """The same cells in another order, pixels whole; None when there is nothing to shuffle."""
        x, free = self.input.data, self.free
        if not x.size or max((x.shape[place] for place in free), default=1) < 2:
            return None
        order = (*free, *(place for place in range(x.ndim) if place not in free))
        found = shuffle(x.transpose(order), np.random.default_rng(self.seed), depth=x.ndim - len(free))
        return replace(found, picture=found.picture.transpose(np.argsort(order)))
