"""One run of ``dlcli mask`` on one tensor."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.spectral.decibels import energy_share, power_to_decibels
from dlcli.engines.spectral.mask import sizes
from dlcli.tensor import Tensor
from dlcli.words.line import Line
from dlcli.words.number import number

#: Quantities that are squares of sizes.
POWERS = ("power", "mel")

DEEPEST = 1e-4  # of the largest power: 40 dB below it


@dataclass(frozen=True)
class Work:
    """A tensor, what is kept of it, and why.

    ``levels`` are the name of an option (above, below), the level as it was typed, and the size that it is;
    ``bands`` are the place of an axis, and the first and the last index that are kept of it.
    """

    input: Tensor
    output: Tensor
    mask: Array
    levels: tuple[tuple[str, str, float], ...]
    bands: tuple[tuple[int, int, int], ...]
    line: Line

    @cached_property
    def size(self) -> Array:
        """|x| of every number of the input."""
        return sizes(self.input.data)

    @property
    def spectrum(self) -> bool:
        """Whether the numbers are those of a spectrum."""
        return self.input.axis_names[:1] == ("frequency",)

    @property
    def energy(self) -> float | None:
        """The share of Σ |x|² that is kept; infinite numbers give NaN, and nothing but zeros none."""
        return energy_share(self.size, self.mask)

    def other_rules(self, above: str, below: str, keep: str) -> str:
        """Rules in place of those that there are, "a lower --above": such words for each of the options."""
        options = [f"a {above if name == 'above' else below} --{name}" for name, _, _ in self.levels]
        options += [f"a {keep} --keep"] if self.bands else []
        return " or ".join(options)

    @property
    def why_nothing(self) -> str:
        """What keeps everything out: levels that exclude each other, or rules that are too strict."""
        if np.isnan(self.size).all():
            return "every number is NaN, which has no size"
        levels = {name: level for name, _, level in self.levels}
        least, most = levels.get("above", 0.0), levels.get("below", np.inf)
        if least > most:
            return f"no size is ≥ {number(least)} and ≤ {number(most)} at once"
        return f"try {self.other_rules('lower', 'higher', 'wider')}"

    @property
    def decibels(self) -> tuple[Tensor, Tensor]:
        """Input and output in decibels below the largest size of the input, down to −40."""
        before, after = (sizes(tensor.data) * 1.0 for tensor in (self.input, self.output))
        top = float(before.max(where=np.isfinite(before), initial=0)) or 1.0
        exponent = 1 if self.input.attrs.get("quantity") in POWERS else 2
        before, after = (
            power_to_decibels((size / top) ** exponent, least=DEEPEST) for size in (before, after)
        )
        return Tensor(before, self.input.axes, "input"), Tensor(after, self.output.axes, "masked")
