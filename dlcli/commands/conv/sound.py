"""A sound through filters: kernels that slide along the time, each channel by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from dlcli.commands.conv.record import Bank
from dlcli.commands.conv.sound_record import SoundWork
from dlcli.commands.kinds.pictures.sliding import slid
from dlcli.commands.kinds.sounds.sound import sound_of
from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.base.padding import Geometry, pads_of_axis
from dlcli.engines.convolution.conv2d import convolution
from dlcli.engines.convolution.filters import named_filter
from dlcli.engines.tensors.activations import activation
from dlcli.errors import DlcliError, WrongUsage, printable
from dlcli.runner.result import Result, Run
from dlcli.tensor import Axis, Tensor


class Settings(NamedTuple):
    """How kernels slide over a sound, as it was asked for; ``padding`` is causal unless typed.

    ``pictures`` are options that were typed and are for pictures alone, ``weights`` is a file of them.
    """

    stride: tuple[int, int]
    dilation: tuple[int, int]
    padding: str | int
    pad_mode: str
    activation: str
    flip: bool
    weights: str | None
    pictures: Sequence[str]


class Row(NamedTuple):
    """The weights of one filter, (taps,), and what it does, where it has a name."""

    name: str
    weights: Array
    summary: str = ""


def is_sound(x: Tensor) -> bool:
    """Whether a tensor is one row of numbers, or the channels of a sound.

    >>> is_sound(Tensor([1.0, 2])), is_sound(Tensor([[1.0, 2]]))
    (True, False)
    """
    return (x.data.ndim == 1 and x.data.size > 0) or x.axis_names == ("time", "channel")


class Filters:
    """The kernels of a line over one sound after the other; of one in blocks it keeps what the next needs."""

    def __init__(self, bank: Bank, options: Settings, run: Run) -> None:
        self.bank, self.options, self.run = bank, options, run
        self.tail: Array | None = None

    def __call__(self, x: Tensor) -> Result:
        """One sound through all filters."""
        options = self.options
        self._check(x)
        sound = sound_of(x)
        rows = self._rows(sound.rate)
        weights = np.stack([row.weights for row in rows], axis=1)  # (taps, filter)
        weights = weights[::-1] if options.flip else weights
        seen = sound.samples.reshape(len(sound.samples), -1)[..., None]  # (time, channel, 1)
        stride, dilation = options.stride[0], options.dilation[0]
        span = (len(weights) - 1) * dilation + 1
        pads, tail = self._pads(len(seen), span, stride), 0
        if x.attrs.get("block", 0) and self.tail is not None:
            seen, tail, pads = np.concatenate([self.tail, seen]), len(self.tail), (0, 0)
        self.tail = None if x.attrs.get("last", True) else seen[len(seen) - (span - 1) :]
        bias = np.resize(self.bank.bias, len(rows))
        made = convolution(
            seen[None], weights[:, None, None], bias, stride=(stride, 1), padding=(pads, (0, 0)),
            pad_mode=options.pad_mode, dilation=(dilation, 1),
        )  # fmt: skip
        y = made.output[0]  # (time, channel, filter)
        if options.activation != "linear":
            y = activation(options.activation).function(y)
        axes = [self._time(x.axes[0], made.geometry, stride)]
        if sound.channel is None and len(rows) == 1:
            y = y[:, 0, 0]
        else:
            y = y.reshape(len(y), -1)
            axes.append(Axis("channel", self._labels(sound.channel, rows, seen.shape[1])))
        rate = None if sound.rate is None else sound.rate / stride
        about = {**x.attrs, **({} if rate is None else {"sample_rate": rate})}
        output = Tensor(y, tuple(axes), x.name if x.name != "tensor" else "audio", about)
        work = SoundWork(
            input=x, output=output, sound=sound, names=tuple(row.name for row in rows),
            summaries=tuple(row.summary for row in rows), weights=weights, bias=bias,
            geometry=made.geometry, padding=str(self.options.padding), activation=options.activation,
            flip=options.flip, seen=seen, tail=tail, rate=rate, method=made.plan.why, line=self.run.line,
        )  # fmt: skip
        return Result({"feature-map": lambda: output}, work, view="story_sound")

    def _check(self, x: Tensor) -> None:
        """Refuse options that are for pictures, and blocks that cannot be joined."""
        options = self.options
        if self.bank.layer:
            raise DlcliError(
                f"--weights {options.weights} are of a layer for pictures; received {x.describe()}, which "
                "takes --kernel"
            )
        for flag in options.pictures:
            raise WrongUsage(
                f"{flag} is for pictures: the channels of a sound are filtered each by itself; leave "
                f"{flag} out"
            )
        for flag, (rows, columns) in (("--stride", options.stride), ("--dilation", options.dilation)):
            if columns not in (1, rows):
                raise WrongUsage(f"{flag} {rows},{columns}: a sound has one direction; try {flag} {rows}")
        if "block" in x.attrs and (self.options.padding != "causal" or options.stride[0] != 1):
            raise WrongUsage(
                "blocks of a sound are joined with --padding causal and --stride 1 alone; leave them out, or "
                "give the whole sound"
            )

    def _rows(self, rate: float | None) -> list[Row]:
        """The weights of every filter, all of one length, at this sample rate."""
        others = iter(self.bank.kernels)
        rows = []
        for word in self.bank.order:
            if word:
                try:
                    found = named_filter(word, rate)
                except EngineError as error:
                    raise WrongUsage(f"--kernel {printable(word)}: {error}") from error
                rows.append(Row(word, found.array, found.summary))
                continue
            kernel = next(others)
            if 1 not in kernel.array.shape[:2] or kernel.array.shape[2] > 1:
                told = "x".join(map(str, kernel.array.shape))
                raise WrongUsage(
                    f"--kernel {printable(kernel.name)} is {told}: a sound takes one row of weights, such as "
                    "'-0.97 1', or a filter such as low-pass:3400"
                )
            if kernel.array.dtype.kind == "c":
                raise WrongUsage(f"--kernel {printable(kernel.name)}: a sound takes real weights")
            rows.append(Row(kernel.name, np.asarray(kernel.array.ravel(), np.float64)))
        lengths = {len(row.weights) for row in rows}
        if len(lengths) > 1:
            told = ", ".join(f"{printable(row.name)} {len(row.weights)}" for row in rows)
            raise WrongUsage(
                f"the filters of one run need one length; received {told}: run conv once for each length"
            )
        return rows

    def _pads(self, length: int, span: int, stride: int) -> tuple[int, int]:
        """Samples that are added before and behind."""
        if self.options.padding == "causal":
            return span - 1, 0
        return pads_of_axis(0, length, span, stride, self.options.padding)

    def _time(self, axis: Axis, where: Geometry, stride: int) -> Axis:
        """The axis of the output: with causal padding a sample stands where its newest one did."""
        if self.options.padding == "causal":
            return axis if stride == 1 or not axis.step else replace(axis, step=axis.step * stride)
        return slid(axis, where, 0)

    def _labels(self, channel: Axis | None, rows: Sequence[Row], channels: int) -> tuple[str, ...]:
        """A name for each output: the channel's, the filter's, or both."""
        names = [""] if channel is None else [channel.place(i) for i in range(channels)]
        return tuple(
            name if len(rows) == 1 else f"{name} {row.name}".strip() for name in names for row in rows
        )
