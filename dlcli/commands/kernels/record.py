"""What ``dlcli kernels`` shows: a kernel by its name, or those that a layer has learnt."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.convolution.kernels import Named
from dlcli.engines.convolution.rank_one import factors
from dlcli.tensor import Tensor


@dataclass(frozen=True)
class Work:
    """One kernel: what it is, and its weights as a tensor; ``seed`` is what a random one was drawn by."""

    kernel: Named
    output: Tensor
    seed: int | None

    @cached_property
    def factors(self) -> tuple[Array, Array] | None:
        """The column and the row that the weights are the product of; none where all weights are alike."""
        return factors(self.kernel.array) if np.ptp(self.kernel.array) else None


@dataclass(frozen=True)
class Learnt:
    """The kernels of a ``layer`` of a net, (height, width[, channel]) each, and a bias for each, or none."""

    weights: str
    layer: str
    kernels: tuple[Tensor, ...]
    bias: Array | None
    activation: str
