"""Spectra as they are looked at: decibels below the largest, and rows that count in hertz."""

from __future__ import annotations

from dataclasses import replace
from math import floor, log10

import numpy as np

from dlcli.tensor import Array, Tensor
from dlcli.words.axes import by_role
from dlcli.words.number import number

#: Axes that grow upwards when they are the rows.
UPWARDS = ("frequency", "mel")

#: Quantities of a spectrum, and the decibels that a factor of ten in them is worth.
WORTH = {"spectrum": 20, "magnitude": 20, "power": 10, "mel": 10}

SHOWN = 80.0  # decibels below the largest that are told apart
BELOW = "decibels below the largest"


def is_upwards(tensor: Tensor) -> bool:
    """Whether the first row of a tensor belongs at the bottom."""
    return tensor.axis_names[:1] in {(name,) for name in UPWARDS}


def upright(tensor: Tensor) -> Tensor:
    """The tensor with its frequencies as rows, where its axes are named as those of a spectrum; else itself.

    >>> from dlcli.tensor import Axis
    >>> upright(Tensor([[1, 2, 3]], (Axis("frame"), Axis("frequency")))).axis_names
    ('frequency', 'frame')
    """
    return by_role(tensor, UPWARDS, ("frame", "time"), ("channel",))


def is_spectrum(tensor: Tensor) -> bool:
    """Whether the numbers are sizes or powers of frequencies, whose range only decibels show."""
    data = tensor.data
    if not {*UPWARDS} & {*tensor.axis_names} or not data.size or tensor.attrs.get("quantity") not in WORTH:
        return False
    return data.dtype.kind == "c" or bool(np.min(data) >= 0)


def in_decibels(tensor: Tensor, largest: float | None = None) -> Tensor:
    """A spectrum in decibels below its largest number, or below another one, down to ``SHOWN``.

    >>> from dlcli.tensor import Axis
    >>> axes = Axis("frequency"), Axis("frame")
    >>> in_decibels(Tensor([[10.0, 1.0]], axes, attrs={"quantity": "power"})).data
    array([[  0., -10.]])
    """
    size = np.abs(tensor.data * 1.0)
    top = largest or float(size.max(where=np.isfinite(size), initial=0)) or 1.0
    worth = WORTH[str(tensor.attrs["quantity"])]
    share = np.maximum(size / top, 10 ** (-SHOWN / worth))
    attrs = {**tensor.attrs, "quantity": "db"}
    return replace(tensor, data=np.asarray(worth * np.log10(share)), attrs=attrs)


def mel_marks(hertz: Array) -> dict[float, str]:
    """Round numbers of hertz at their rows, which may lie between two.

    >>> mel_marks(np.array([80.0, 120.0, 240.0]))
    {0.5: '100', 1.6666666666666665: '200'}
    """
    if not hertz.size or not hertz[0] > 0 or (np.diff(hertz) <= 0).any():
        return {}
    rows = np.arange(len(hertz))
    return {
        float(np.interp(value, hertz, rows)): number(value) for value in round_numbers(hertz[0], hertz[-1])
    }


def round_numbers(low: float, high: float) -> list[float]:
    """1, 2 and 5 times the powers of ten between two positive ends.

    >>> round_numbers(20, 700)
    [20.0, 50.0, 100.0, 200.0, 500.0]
    """
    powers = range(floor(log10(low)), floor(log10(high)) + 1)
    values = (float(f"{times}e{power}") for power in powers for times in (1, 2, 5))
    return [value for value in values if low * (1 - 1e-9) <= value <= high * (1 + 1e-9)]
