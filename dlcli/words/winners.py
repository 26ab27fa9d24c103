"""What travels with the numbers of the kernels that win at the places of a map: their names and angles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dlcli.tensor import BETWEEN, Attr, Tensor

#: What such a tensor is called, and where its attributes stand.
WINNER = "winner"
NAMES, ANGLES, PERIOD = "kernels", "angles", "period"


@dataclass(frozen=True, slots=True)
class Bank:
    """The ``names`` of kernels by their numbers.

    ``angles`` in degrees where they are what tells them apart, which after ``period`` begin again.
    """

    names: tuple[str, ...]
    angles: tuple[float, ...] = ()
    period: int = 0

    @property
    def attrs(self) -> Mapping[str, Attr]:
        """The bank as attributes of a tensor.

        >>> dict(Bank(("line:0", "line:45"), (0, 45), 180).attrs)
        {'kernels': 'line:0\\tline:45', 'angles': '0\\t45', 'period': 180}
        """
        told: dict[str, Attr] = {NAMES: BETWEEN.join(self.names)}
        if self.angles:
            told |= {ANGLES: BETWEEN.join(f"{angle:.10g}" for angle in self.angles), PERIOD: self.period}
        return told

    @property
    def labels(self) -> tuple[str, ...]:
        """What a legend calls each: its angle, or its name.

        >>> Bank(("line:0", "line:22.5"), (0, 22.5), 180).labels, Bank(("box", "sharpen")).labels
        (('0°', '22.5°'), ('box', 'sharpen'))
        """
        return tuple(f"{angle:.10g}°" for angle in self.angles) or self.names


def bank_of(tensor: Tensor) -> Bank | None:
    """The bank whose numbers a map of winners holds; None of any other tensor.

    >>> bank_of(Tensor([[0, -1]], name="winner", attrs=Bank(("box", "sharpen")).attrs))
    Bank(names=('box', 'sharpen'), angles=(), period=0)
    """
    told = tensor.attrs.get(NAMES)
    if tensor.name != WINNER or not isinstance(told, str):
        return None
    if tensor.data.ndim != 2 or tensor.data.dtype.kind not in "iu" or not tensor.data.size:
        return None
    names = tuple(told.split(BETWEEN))
    if not -1 <= tensor.data.min() <= tensor.data.max() < len(names):
        return None
    return Bank(names, *_angles(tensor.attrs, len(names)))


def _angles(attrs: Mapping[str, Attr], count: int) -> tuple[tuple[float, ...], int]:
    told, period = attrs.get(ANGLES), attrs.get(PERIOD)
    if not isinstance(told, str) or not isinstance(period, int) or period <= 0:
        return (), 0
    try:
        angles = tuple(map(float, told.split(BETWEEN)))
    except ValueError:
        return (), 0
    return (angles, period) if len(angles) == count else ((), 0)
