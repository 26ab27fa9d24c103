"""One run of ``dlcli pool`` on one input: what went in, how it was set, what came out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from dlcli.engines.base.checks import Array
from dlcli.engines.pooling.terms import WindowTerms, window_terms
from dlcli.engines.pooling.windows import PoolWindows
from dlcli.engines.pooling.winners import winners
from dlcli.tensor import Tensor
from dlcli.words.line import Line


@dataclass(frozen=True)
class Work:
    """An input, its windows, and the one number that is left of each.

    ``whole`` says that one window covers the input; ``p`` is the power of the kind lp.
    """

    input: Tensor
    output: Tensor
    windows: PoolWindows
    kind: str
    p: float
    count_padding: bool
    ceil: bool
    whole: bool
    line: Line

    @property
    def seen(self) -> Array:
        """The input as (height, width, channel)."""
        return self.input.data if self.input.data.ndim == 3 else self.input.data[..., None]

    @property
    def places(self) -> bool:
        """Whether what is kept stands somewhere: a largest or least number does, a sum does not."""
        return self.kind in ("max", "min")

    @cached_property
    def winners(self) -> Array:
        """Where the numbers that were kept stand, row * width + column, in the output's shape."""
        return winners(self.seen[None], self.windows, self.kind == "max")[0].reshape(self.output.shape)

    def terms(self, cell: tuple[int, ...]) -> WindowTerms:
        """The cells behind one output cell."""
        channel = cell[2] if len(cell) == 3 else 0
        return window_terms(
            self.seen[..., channel], self.windows, (cell[0], cell[1]), kind=self.kind, p=self.p,
            count_padding=self.count_padding,
        )  # fmt: skip
