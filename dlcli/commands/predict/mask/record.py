"""A spectrum and the mask that a net gives for it: what is kept of each frequency in each frame."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from dlcli.commands.kinds.level import no_level
from dlcli.commands.predict.model import Model
from dlcli.engines.base.checks import Array
from dlcli.engines.spectral.decibels import power, power_to_decibels
from dlcli.nets.net import Net
from dlcli.tensor import Attr, Axis, Tensor
from dlcli.words.line import Line


@dataclass(frozen=True, eq=False)
class Masked:
    """A spectrum (frequency, frame[, channel]) as it came, and a net that sees its decibels."""

    model: Model
    input: Tensor
    line: Line

    @property
    def attrs(self) -> dict[str, Attr]:
        """Where the spectrum is from."""
        return dict(self.input.attrs)

    @cached_property
    def net(self) -> Net:
        """The net in float64: what is printed of it is the same on every processor."""
        return Net(self.model.spec, np.float64, frozen=self.model.net.frozen).load(self.model.net.weights())

    @cached_property
    def seen(self) -> Array:
        """What the net sees: decibels (frequency, frame, channel)."""
        x = power_to_decibels(power(self.input.data)).astype(np.float64)
        return np.ascontiguousarray(x.reshape(*x.shape[:2], -1))

    @cached_property
    def shares(self) -> Array:
        """The mask, from 0 to 1, in the shape of the spectrum."""
        found = self.net.probabilities(self.net.forward(self.seen))
        return np.asarray(found.reshape(self.input.shape))

    @property
    def mask(self) -> Tensor:
        """The mask."""
        data = self.shares.astype(self.model.net.dtype)
        return Tensor(data, self.input.axes, "mask", {**self.attrs, "quantity": "mask"})

    @property
    def masked(self) -> Tensor:
        """The spectrum times the mask, which istft reads as it read the spectrum."""
        x = self.input
        return replace(x, data=(x.data * self.shares).astype(x.data.dtype))

    def layer(self, name: str) -> Tensor:
        """What a layer gives (feature, frame[, channel])."""
        found = next(y for one, y in self.net.activations(self.seen) if one == name)
        data = found.reshape(len(found), *self.input.shape[1:]).astype(self.model.net.dtype)
        attrs = dict(no_level(Tensor(np.zeros(0), attrs=self.attrs), name)) | {"quantity": name}
        return Tensor(data, (Axis("feature"), *self.input.axes[1:]), name, attrs)

    @property
    def taken(self) -> float | None:
        """Decibels by which what is left has less energy; none of silence."""
        before, after = (float(power(one.data).sum(dtype=np.float64)) for one in (self.input, self.masked))
        return 10 * np.log10(before / after) if before and after else None
