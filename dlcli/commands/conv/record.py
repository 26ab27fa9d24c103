"""One run of ``dlcli conv`` on one input: what went in, how it was set, what came out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from dlcli.commands.kinds.level import no_level
from dlcli.engines.base.checks import Array
from dlcli.engines.base.padding import Geometry
from dlcli.engines.convolution.kernels import orientations
from dlcli.engines.convolution.transposed import Stamps, laid
from dlcli.engines.convolution.winners import Winners, winners
from dlcli.engines.tensors.activations import activation
from dlcli.tensor import FIELD, Tensor
from dlcli.words.line import Line
from dlcli.words.winners import WINNER
from dlcli.words.winners import Bank as Names


@dataclass(frozen=True)
class Kernel:
    """One kernel: its name, unlike all others of a run, and its weights.

    ``array`` is (kernel_height, kernel_width, depth); of a ``vector``, which is for sounds alone, a row.
    """

    name: str
    array: Array
    vector: bool = False


@dataclass(frozen=True)
class Bank:
    """All kernels of one run, of one size; ``layer`` when they came as the weights of a trained layer.

    ``bias`` holds one number for each kernel; a layer may have none (``biased``). ``groups`` is how many
    groups of channels the file of a layer tells, None where it tells nothing. Of a layer of a trained net
    ``net`` is the layer in words, ``channels`` how many it takes, ``sliding`` its stride, padding, dilation
    and activation, ``rescaling`` what pixels of 0 to 255 are multiplied by before it, and what is added, None
    where other layers are before it. ``order`` tells of each output whether it is one of the kernels (""),
    or the filter that is called so, whose weights a sound decides.
    """

    kernels: tuple[Kernel, ...]
    bias: Array
    layer: bool = False
    biased: bool = True
    groups: int | None = None
    net: str = ""
    channels: int = 0
    sliding: Mapping[str, Any] = field(default_factory=dict)
    rescaling: tuple[float, float] | None = None
    order: tuple[str, ...] = ()

    @property
    def depth(self) -> int:
        """Channels of each kernel; 1 means the same weights for every channel of the input."""
        return int(self.kernels[0].array.shape[2])


@dataclass(frozen=True)
class Applied:
    """The kernels of one run, and what they made of an input.

    ``seen`` is the input as (height, width, channel), as the engine saw it; ``weights`` are (kernel_height,
    kernel_width, channel / groups, output channel), flipped when asked for; ``channels`` says what became of
    a picture's channels, and is None where there are none. ``layer`` is true of kernels that came as the
    weights of a trained layer.
    """

    input: Tensor
    output: Tensor
    kernels: tuple[Kernel, ...]
    bias: Array
    padding: str
    activation: str
    channels: str | None
    flip: bool
    groups: int
    seen: Array
    weights: Array
    layer: bool
    line: Line

    @property
    def depth(self) -> int:
        """How many channels of the input one output channel sees."""
        return int(self.weights.shape[2])

    @property
    def parts(self) -> bool:
        """Whether an output channel is only one channel's part of what its kernel adds up."""
        return self.channels == "keep" and self.kernels[0].array.shape[2] > 1

    @property
    def added(self) -> int:
        """How many channels the same weights are laid on, and added up."""
        return self.depth if self.kernels[0].array.shape[2] == 1 else 1

    def activated(self, value: float) -> float:
        """What the activation makes of one number."""
        return float(activation(self.activation).function(np.array(value))[()])


@dataclass(frozen=True)
class Work(Applied):
    """Kernels that slid over an input: where their windows stood, and by what ``method`` it was computed.

    ``share`` of the largest answer is the least that wins a place.
    """

    geometry: Geometry
    method: str
    share: float = 0.0
    biased: bool = True

    @property
    def contest(self) -> bool:
        """Whether there are several kernels with one real answer each at every place."""
        several = len(self.kernels) > 1 and self.channels != "keep"
        return several and self.output.data.ndim == 3 and self.output.data.dtype.kind != "c"

    @cached_property
    def found(self) -> Winners:
        """Who wins at each place."""
        return winners(self.output.data, self.share)

    @cached_property
    def bank(self) -> Names:
        """The kernels by their names, and by their angles where these tell them apart."""
        names = tuple(kernel.name for kernel in self.kernels)
        turned = None if self.layer else orientations(names)
        return Names(names) if turned is None else Names(names, tuple(turned[1]), turned[0])

    @property
    def winner(self) -> Tensor:
        """The number of the kernel that wins each place, and the kernels as attributes."""
        field = {key: told for key, told in self.output.attrs.items() if key == FIELD}
        attrs = {**no_level(self.input, WINNER), **self.bank.attrs, **field}
        return Tensor(self.found.winner, self.output.axes[:2], WINNER, attrs)

    @property
    def strength(self) -> Tensor:
        """The strongest answer at each place."""
        return Tensor(self.found.strength, self.output.axes[:2], "strength", self.output.attrs)


@dataclass(frozen=True)
class Laid(Applied):
    """Kernels that were laid down by each cell of an input, and ``where``."""

    where: Stamps
    biased: bool = True

    @cached_property
    def counts(self) -> Array:
        """How many stamps of one channel lie on each cell of the output: (height, width)."""
        ones = np.ones((1, *self.where.in_size, 1), np.float64)
        kernel = np.ones((*self.where.kernel, 1, 1))
        counted: Array = laid(ones, kernel, None, self.where)[0, ..., 0].astype(np.int64)
        return counted

    def stamp(self, cell: tuple[int, int], channel: int, out: int) -> Array:
        """What one cell of the input lays down, alone, in the size of the output; NaN beside it."""
        one = np.zeros((1, *self.where.in_size, 1))
        one[0, cell[0], cell[1], 0] = 1
        kernel = np.ones((*self.where.kernel, 1, 1))
        touched = laid(one, kernel, None, self.where)[0, ..., 0] > 0
        group = out // (self.weights.shape[3] // self.groups)
        weights = self.weights[..., channel - group * self.depth, out][..., None, None]
        values: Array = laid(one * self.seen[cell[0], cell[1], channel], weights, None, self.where)[0, ..., 0]
        return np.where(touched, values, np.nan)
