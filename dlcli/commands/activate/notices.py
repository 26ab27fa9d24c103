"""What is worth noticing about an activation and what it did to the numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

import numpy as np

from dlcli.tensor import Array, Tensor
from dlcli.views.text.text import clip
from dlcli.words.number import number

if TYPE_CHECKING:
    from dlcli.engines.tensors.activations import Activation

FLAT = 0.01  # a slope below this lets almost no gradient through
NAMED = 4  # dead units that are named

#: What holds of a function whatever the numbers.
TELLING = {
    "linear": "Without a bend, layers in a row are no more than one layer.",
    "relu": "Where relu gives 0 its slope is 0, too: no gradient passes, and a unit that is never above 0 "
    "stops learning.",
    "leaky-relu": "Below 0 the slope is small but not 0: a unit that is never above 0 still learns.",
    "sigmoid": "The slope is 0.25 at most: through many layers gradients fade.",
    "tanh": "The slope is 1 at 0 and fades to both sides; the outputs are balanced around 0.",
    "elu": "Below 0 it bends to −1 without a corner, so that the outputs are nearer to balanced around 0.",
    "gelu": "A smooth relu: it dips below 0 and is lowest, −0.17, at −0.75.",
    "softplus": "A smooth relu, always above 0; its slope is the sigmoid.",
}


class Work(Protocol):
    """What the command hands over."""

    @property
    def input(self) -> Tensor: ...
    @property
    def output(self) -> Tensor: ...
    @property
    def slope(self) -> Tensor: ...
    @property
    def function(self) -> Activation: ...
    @property
    def derivative(self) -> bool: ...

    def curve(self, low: float, high: float) -> tuple[Array, Array, Array]:
        """Places from ``low`` to ``high``, f and f′ there."""


def effect(work: Work, precision: int = 4) -> list[tuple[str, str]]:
    """How many numbers became 0, how many stand where the curve is flat, which units are dead."""
    return list(_effect(work, precision))


def notices(work: Work) -> list[str]:
    """What holds for this run, then what holds for the function."""
    found = []
    name, x = work.function.name, work.input.data
    if name in ("relu", "leaky-relu", "elu") and not np.any(x < 0):
        found.append(f"No number is below 0: {name} changes nothing here.")
    return [*found, TELLING[name]]


def _effect(work: Work, precision: int) -> Iterator[tuple[str, str]]:
    slope, size = work.slope.data, work.slope.data.size
    name = work.function.name
    if name == "relu":
        cut = int(np.count_nonzero((work.input.data != 0) & (work.output.data == 0)))
        yield "set to 0", _share(cut, size)
    elif name not in ("linear", "leaky-relu"):
        what = "saturated" if name in ("sigmoid", "tanh") else "flat"
        yield what, f"{_share(int(np.count_nonzero(np.abs(slope) < FLAT)), size)}, slope below {FLAT}"
    known = slope[np.isfinite(slope)]
    if known.size:
        mean = float(np.abs(known).mean(dtype=np.float64))
        yield "slope", f"{number(mean, precision)} on average: so much of a gradient passes"
    dead = _dead(work.slope)
    if dead is not None:
        yield "dead units", dead
    lost = size - int(np.count_nonzero(np.isfinite(work.output.data)))
    if lost:
        yield "not finite", _share(lost, size)


def _dead(slope: Tensor) -> str | None:
    """Places of the last axis, the units, of which no example lets a gradient pass; None without any."""
    if slope.data.ndim < 2 or slope.data.shape[-1] == slope.data.size:
        return None
    axis = slope.axes[-1]
    dead = np.flatnonzero(~np.any(slope.data, axis=tuple(range(slope.data.ndim - 1)))).tolist()
    if not dead:
        return None
    named = ", ".join(clip(axis.place(i), 16) for i in dead[:NAMED]) + (", …" if len(dead) > NAMED else "")
    return f"{len(dead)} of {slope.data.shape[-1]} ({clip(axis.name, 16)} {named}): slope 0 everywhere"


def _share(count: int, size: int) -> str:
    return f"{count} of {size} ({number(100 * count / size, 3)} %)"
