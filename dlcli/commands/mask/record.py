"""One run of ``dlcli mask`` on one tensor."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.spectral.decibels import energy_share, power_to_decibels
from dlcli.engines.spectral.denoise import Noise
from dlcli.engines.spectral.mask import sizes
from dlcli.tensor import Axis, Tensor
from dlcli.words.line import Line
from dlcli.words.number import number

#: Quantities that are squares of sizes.
POWERS = ("power", "mel")

DEEPEST, NOISE = -40.0, -80.0  # dB below the largest that pictures show; beside noise

#: Gains in place of a hard mask -> how strong they are unless something else is typed.
SOFT = {"ratio": 2.0, "wiener": 1.0, "subtract": 1.0}


class Soft(NamedTuple):
    """A gain between 0 and 1 in place of a hard mask: which, and how strong."""

    name: str
    strength: float

    @property
    def typed(self) -> str:
        """As it may be typed."""
        return f"{self.name}:{self.strength:g}"


@dataclass(frozen=True, eq=False)
class Learnt:
    """The noise of a passage: frames ``first`` to ``last`` of ``axis``, and the threshold of each frequency.

    ``threshold`` is a size, ``deviations`` standard deviations above the mean.
    """

    noise: Noise
    axis: Axis
    first: int
    last: int
    deviations: float
    threshold: Array


@dataclass(frozen=True, eq=False)
class Gain:
    """Gains in the shape of the input: by the rules alone, and as used, with floor and smoothing."""

    strength: Array
    used: Array


def amplitudes(x: Tensor) -> Array:
    """|x| in float64; of powers and mels their roots."""
    size = sizes(x.data).astype(np.float64)
    return np.sqrt(size) if x.attrs.get("quantity") in POWERS else size


@dataclass(frozen=True)
class Work:
    """A tensor, what is kept of it, and why.

    ``drops`` are bands that are not kept, ``noise`` what was learnt from a passage, ``soft`` the gain that
    stands in place of a hard mask, ``floor`` what of a number is left at least, ``smooth`` over how many
    rows and columns the gain was averaged. Where all numbers are kept or 0, ``gain`` is None.
    ``levels`` are the name of an option (above, below), the level as it was typed, and the size that it is;
    ``bands`` are the place of an axis, and the first and the last index that are kept of it.
    """

    input: Tensor
    output: Tensor
    mask: Array
    levels: tuple[tuple[str, str, float], ...]
    bands: tuple[tuple[int, int, int], ...]
    line: Line
    drops: tuple[tuple[int, int, int], ...] = ()
    noise: Learnt | None = None
    soft: Soft | None = None
    floor: float = 0.0
    smooth: tuple[int, int] | None = None
    gain: Gain | None = None

    @property
    def gains(self) -> Array:
        """What every number was multiplied by: of powers the square of what their roots were."""
        kind = np.result_type(self.output.data.real.dtype, np.float32)
        used = self.mask if self.gain is None else self.gain.used
        used = used**2 if self.powers and self.gain is not None else used
        return np.asarray(used, kind)

    def in_range(self, cell: tuple[int, ...]) -> bool:
        """Whether a cell lies in a range that is kept of every axis, and in none that is dropped."""

        def within(ranges: tuple[tuple[int, int, int], ...], axis: int) -> bool:
            return any(place == axis and first <= cell[axis] <= last for place, first, last in ranges)

        kept = {axis for axis, _, _ in self.bands}
        dropped = {axis for axis, _, _ in self.drops}
        return all(within(self.bands, axis) for axis in kept) and not any(
            within(self.drops, axis) for axis in dropped
        )

    @property
    def powers(self) -> bool:
        """Whether the numbers are squares of sizes."""
        return self.input.attrs.get("quantity") in POWERS

    @property
    def elsewhere(self) -> bool:
        """Whether the passage of noise lies in a block before this one."""
        return bool(self.input.attrs.get("block", 0))

    def levels_of(self, *, passage: bool) -> tuple[float, float] | None:
        """Mean powers in dB of the frames of the passage or of all others, before and after.

        Silence is −∞. None without a passage, where there is no such frame, and where one is not finite.
        """
        if self.noise is None:
            return None
        frames = np.zeros(self.input.shape[1], bool)
        if not self.elsewhere:
            frames[self.noise.first : self.noise.last + 1] = True
        chosen = frames if passage else ~frames
        found = []
        for tensor in (self.input, self.output):
            size = amplitudes(tensor)[:, chosen]
            if not size.size or not np.isfinite(size).all():
                return None
            found.append(10 * float(np.log10(np.square(size).mean())) if size.any() else -np.inf)
        return found[0], found[1]

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
        """The share of Σ |x|², of powers of Σ |x|, that is kept.

        Infinite numbers give NaN, and nothing but zeros none.
        """
        return energy_share(amplitudes(self.input), self.mask)

    def other_rules(self, above: str, below: str, keep: str) -> str:
        """Rules in place of those that there are, "a lower --above": such words for each of the options."""
        options = [f"a {above if name == 'above' else below} --{name}" for name, _, _ in self.levels]
        options += [f"a {keep} --keep"] if self.bands else []
        options += [f"a {'narrower' if keep == 'wider' else 'wider'} --drop"] if self.drops else []
        if self.noise is not None and (self.soft is None or self.soft.name == "ratio"):
            options.append(f"a {above} --n-std")
        elif self.noise is not None:
            options.append(f"a {'weaker' if above == 'lower' else 'stronger'} --soft")
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
    def deepest(self) -> float:
        """The decibels below the largest that pictures go down to."""
        return DEEPEST if self.noise is None else NOISE

    @property
    def decibels(self) -> tuple[Tensor, Tensor]:
        """Input and output in decibels below the largest size of the input, down to ``deepest``."""
        before, after = (sizes(tensor.data) * 1.0 for tensor in (self.input, self.output))
        top = float(before.max(where=np.isfinite(before), initial=0)) or 1.0
        exponent = 1 if self.powers else 2
        least = 10 ** (self.deepest / 10)
        before, after = (power_to_decibels((size / top) ** exponent, least=least) for size in (before, after))
        read = Tensor(before, self.input.axes, self.input.name)
        if self.input.read:
            read = read.as_read()
        return read, Tensor(after, self.output.axes, self.output.name)
