"""One run of ``dlcli activate`` on one tensor."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dlcli.commands.kinds.level import no_level
from dlcli.engines.base.checks import Array
from dlcli.engines.tensors.activations import Activation
from dlcli.tensor import Tensor
from dlcli.words.line import Line

CURVE = 257  # points at which the curve of a function is computed


@dataclass(frozen=True)
class Work:
    """A tensor before and after an activation; ``derivative`` says that its slope is what was asked for."""

    input: Tensor
    output: Tensor
    function: Activation
    derivative: bool
    line: Line

    @cached_property
    def slope(self) -> Tensor:
        """f′(x) of every number."""
        data = self.function.derivative(self.input.data.astype(self.output.data.dtype, copy=False))
        return Tensor(data, self.input.axes, "derivative", no_level(self.input, "derivative"))

    def curve(self, low: float, high: float) -> tuple[Array, Array, Array]:
        """Places from ``low`` to ``high``, f and f′ there."""
        x = 2 * np.linspace(low / 2, high / 2, CURVE)  # the whole difference may be more than a float holds
        return x, self.function.function(x), self.function.derivative(x)
