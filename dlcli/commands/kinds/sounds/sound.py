"""A tensor as a sound: its samples, its channels, its sample rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcli.errors import DlcliError
from dlcli.tensor import Array, Axis, Tensor
from dlcli.words.axes import by_role

#: Samples a second, from one in thirty years to more than any sound has.
RATES = (1e-9, 1e9)


@dataclass(frozen=True, eq=False)
class Sound:
    """Samples (time,) or (time, channel), how many come a second (none if nobody knows), where they begin.

    ``channel`` is the axis of the channels, none for a single one; ``start`` is in seconds, or in samples
    where there is no rate.
    """

    samples: Array
    rate: float | None
    channel: Axis | None
    start: float


def sound_of(tensor: Tensor, rate: float | None = None) -> Sound:
    """What a tensor holds as a sound: its first axis is time, a second one counts channels, unless named so.

    A matrix of one row, as a literal gives, is a single channel. ``rate`` replaces the tensor's own.
    Raises ``DlcliError`` for what is no sound: other axes, complex numbers, NaN, a rate that is none.

    >>> sound_of(Tensor([[1, 2, 3]])).samples
    array([1, 2, 3])
    """
    tensor = by_role(tensor, ("time",), ("channel",))
    data, axes = tensor.data, tensor.axes
    if data.ndim == 2 and axes[0].name == "row" and len(data) == 1:
        data, axes = data[0], axes[1:]
    if data.ndim not in (1, 2) or not data.size or axes[0].name in ("height", "frequency", "mel", "frame"):
        hint = "; istft brings a spectrum back" if axes and axes[0].name == "frequency" else ""
        raise DlcliError(
            f"a sound is (time) or (time, channel), not empty; received {tensor.describe()}{hint}"
        )
    if data.dtype.kind == "c":
        raise DlcliError(
            f"a sound has real samples; received {tensor.describe()}; try istft, or its real part"
        )
    if data.dtype.kind == "f" and not np.isfinite(data).all():
        place = tuple(int(index[0]) for index in np.nonzero(~np.isfinite(data)))
        raise DlcliError(f"a sound has finite samples; sample {place[0]} is {data[place]:g}; try without it")
    if rate is None:
        rate = _own_rate(tensor, axes[0])
    start = axes[0].start or 0.0 if axes[0].unit == "s" else 0.0
    return Sound(data, rate, axes[1] if data.ndim == 2 else None, start)


def _own_rate(tensor: Tensor, time: Axis) -> float | None:
    rate = tensor.attrs.get("sample_rate")
    if rate is None and time.step and time.unit == "s":
        rate = 1 / time.step
    if rate is None:
        return None
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not RATES[0] <= rate <= RATES[1]:
        raise DlcliError(
            f"a sample rate is above 0 Hz, at most {RATES[1]:g}; {tensor.describe()} has {rate!r}; "
            "give --sample-rate"
        )
    return float(rate)
