"""How the numbers of a picture become colours: as brightness, as light of three colours, or signed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from rich.segment import Segment
from rich.style import Style

from dlcli.tensor import Array
from dlcli.views.screen.colour import coloured as in_colours
from dlcli.views.screen.colour import steps as in_steps
from dlcli.views.text.text import DIM
from dlcli.words.number import MINUS, number

BRIGHTNESS = " .:-=+*#%@"
SIGNS = "=-, '+#"  # from the most negative over nothing to the most positive, told apart without colour

BAR, NARROW = 14, 6

BOLD = 0.8  # of the colours are for numbers within the ends, the others for what lies beyond
BOLD_OF_SIXTEEN = 0.7  # where a side of zero has two: the darker is for what lies beyond
FARTHER = 5 / 4  # of the ends, up to which all numbers share the colours evenly


@dataclass(frozen=True)
class Tone:
    """A map from numbers to colours: ``low`` and ``high`` get the colours at the two ends.

    ``signed`` numbers are drawn around zero, others along ``scale`` (from black to white, or any other that
    grows). ``beyond`` is the largest size where some numbers lie beyond the ends, else 0: signed ones get the
    outermost colours, so that a spike stands out of the crowd, others the colour of the end.
    """

    low: float
    high: float
    signed: bool = False
    beyond: float = 0.0
    scale: str = "gray"

    @classmethod
    def of(cls, picture: Array, drawn: Array) -> Tone:
        """The tone that suits a picture: (H, W) or (H, W, channel), and what is left of it at drawn size.

        Bytes and booleans keep their whole range, so that a dark photo looks dark; anything negative makes it
        signed, up to the size that only one in a hundred drawn areas exceeds; other numbers are stretched
        from the least to the largest.
        """
        if picture.dtype == np.uint8:
            return cls(0, 255)
        if picture.dtype == np.bool_:
            return cls(0, 1)
        low, high = finite_range(picture)
        if low < 0:
            sizes = np.abs(drawn[np.isfinite(drawn)])
            limit = float(np.percentile(sizes, 99)) if sizes.size else 0.0
            return cls._around_zero(limit, max(-low, high))
        if picture.dtype.kind == "f" and high <= 1 and low < high / 2:
            return cls(0, 1 if high > 0.5 else high)
        return cls(low if picture.ndim == 2 else 0, high)

    @classmethod
    def of_map(
        cls,
        values: Array,
        drawn: Array,
        *,
        scale: str | None = None,
        limits: tuple[float, float] | None = None,
    ) -> Tone:
        """The tone of a heat map: around zero where numbers have both signs, otherwise along a scale.

        ``scale`` (``diverging``, ``sequential``) and the ``limits`` of its ends may be given.

        >>> Tone.of_map(np.array([0, 9]), np.array([0, 9]))
        Tone(low=0.0, high=9.0, signed=False, beyond=0.0, scale='sequential')
        """
        low, high = limits or finite_range(values)
        if scale == "diverging" or (scale is None and low < 0 < high):
            if limits is None and low < 0:
                return cls.of(values, drawn)
            limit = max(-low, high)
            return cls(-limit, limit, signed=True)
        if limits is None and 0 < low < high / 2:
            low = 0.0
        return cls(low, high, scale=scale or "sequential")

    @classmethod
    def between(cls, low: float, high: float, picture: Array) -> Tone:
        """The tone of a picture from one number to another, around zero where the first is negative.

        >>> Tone.between(-2, 5, np.array([-7, 1]))
        Tone(low=-5, high=5, signed=True, beyond=7.0, scale='gray')
        """
        least, largest = finite_range(np.abs(picture) if picture.dtype.kind == "c" else picture)
        if low < 0:
            return cls._around_zero(max(-low, high), max(-least, largest))
        return cls(low, high, beyond=max(-least, largest) if least < low or largest > high else 0.0)

    @classmethod
    def _around_zero(cls, limit: float, most: float) -> Tone:
        limit = limit if limit * FARTHER < most else max(limit, most)
        limit = limit or most
        return cls(-limit, limit, signed=True, beyond=most if most > limit else 0.0)

    def share(self, values: Array, bold: float = BOLD) -> Array:
        """Where values stand: -1..1 around zero when signed, up to ``bold`` within the ends; else 0..1."""
        if self.signed and self.beyond:
            sizes = [0.0, self.high, self.beyond]
            return np.asarray(np.sign(values) * np.interp(np.abs(values), sizes, [0.0, bold, 1.0]))
        if self.signed:
            return np.asarray(np.clip(values / self.high, -1, 1))
        return np.asarray(np.clip((values - self.low) / ((self.high - self.low) or 1.0), 0, 1))

    def rgb(self, values: Array, *, sixteen: bool = False) -> Array:
        """(h, w, 1) or (h, w, 3) numbers -> (h, w, 3) bytes of sRGB; ``sixteen``: for so few colours."""
        share = np.nan_to_num(self.share(values, BOLD_OF_SIXTEEN if sixteen else BOLD))
        if values.shape[-1] == 1:
            scale = "diverging" if self.signed else self.scale
            return in_colours(scale, share[..., 0], sixteen=sixteen)
        return np.asarray(np.rint(share * 255).astype(np.uint8))

    def steps(self, values: Array) -> tuple[Array, Array]:
        """(h, w) numbers -> the number of each one's colour (h, w), a byte, and the colours (n, 3)."""
        return in_steps("diverging" if self.signed else self.scale, np.nan_to_num(self.share(values)))

    def characters(self, values: Array) -> Array:
        """(h, w) numbers -> (h, w) characters, for a terminal without colour."""
        ramp = SIGNS if self.signed else BRIGHTNESS
        share = np.nan_to_num(self.share(values))
        if self.signed:
            share = (share + 1) / 2
        step = np.rint(share * (len(ramp) - 1)).astype(np.intp)
        return np.asarray(np.array(list(ramp))[step])

    def ends(self, precision: int) -> tuple[str, Array, str]:
        """The number at the low end, numbers with the colours between, that at the high end."""
        low, high = number(self.low, precision), number(self.high, precision)
        if self.signed:
            high = f"+{high}"
        steps = np.linspace(self.low, self.high, BAR)
        if self.beyond and self.signed:
            most = number(self.beyond, precision)
            low, high = f"{MINUS}{most} {low}", f"{high} +{most}"
            steps = np.array([-self.beyond, *np.linspace(self.low, self.high, NARROW), self.beyond])
        elif self.beyond:
            low, high = f"≤ {low}", f"≥ {high}"
        return low, steps, high

    def legend(self, coloured: bool, precision: int, *, sixteen: bool = False) -> list[Segment]:
        """One line: the number at each end and the colours or characters between."""
        low, steps, high = self.ends(precision)
        if not coloured:
            return [Segment(f"{low} |{SIGNS if self.signed else BRIGHTNESS}| {high}", DIM)]
        bar = self.rgb(steps[None, :, None], sixteen=sixteen)[0]
        return [
            Segment(f"{low} ", DIM),
            *(Segment(" ", Style.parse(f"on #{r:02x}{g:02x}{b:02x}")) for r, g, b in bar.tolist()),
            Segment(f" {high}", DIM),
        ]


def black_and_white(data: Array) -> tuple[float, float]:
    """The ends of the scale for all of a picture, so that a part of it looks as it does there.

    >>> black_and_white(np.array([3 + 4j, 0])), black_and_white(np.array([7], np.uint8))
    ((0.0, 5.0), (0.0, 255.0))
    """
    if data.dtype == np.uint8:
        return 0.0, 255.0
    return finite_range(np.abs(data) if data.dtype.kind == "c" else data)


def finite_range(values: Array) -> tuple[float, float]:
    """The least and the largest number that is neither nan nor infinite; (0, 0) when there is none."""
    if values.size == 0:
        return 0.0, 0.0
    low, high = values.min(), values.max()  # a nan or an infinity shows in these, at no further pass
    if not (np.isfinite(low) and np.isfinite(high)):
        finite = values[np.isfinite(values)]
        if not finite.size:
            return 0.0, 0.0
        low, high = finite.min(), finite.max()
    return float(low), float(high)
