"""Codes at work: the way from one to the next and what is drawn on it, and codes that came in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dlcli.commands.kinds.level import no_level
from dlcli.commands.kinds.pictures.sheet import sheet
from dlcli.commands.predict.answers import Answers
from dlcli.commands.predict.model import Model
from dlcli.commands.predict.record import axes_of, layer_axes
from dlcli.engines.base.checks import Array
from dlcli.nets.evaluation import TOGETHER
from dlcli.nets.net import Net, picture_first
from dlcli.tensor import Attr, Axis, Tensor
from dlcli.words.line import Line

#: Ways from one input to the next that a picture file shows, one below the other.
LEGS = 50


@dataclass(frozen=True)
class Walk:
    """The straight way from the code of each input to that of the next.

    ``answers`` are those of the inputs, ``at`` is the layer whose outputs are the codes, ``steps`` is how
    many pictures there are from one input to the next, those of both ends counted. ``called`` (input,) says
    what the inputs are called, ``source`` where they came from, empty where that is too much to say.
    ``fitted`` says that some were brought to another size or other colours.
    """

    answers: Answers
    at: str
    steps: int
    called: tuple[str, ...]
    source: str
    attrs: Mapping[str, Attr]
    line: Line
    fitted: bool = False

    @property
    def model(self) -> Model:
        """The net."""
        return self.answers.model

    @property
    def input(self) -> None:
        """No tensor: what came in are several."""

    @cached_property
    def ends(self) -> Array:
        """The codes of the inputs (input, …)."""
        return self.answers.layer(self.at)

    @property
    def lengths(self) -> Array:
        """How far apart the code of each input and that of the next are (leg,)."""
        apart = np.diff(self.ends.astype(np.float64), axis=0).reshape(len(self.ends) - 1, -1)
        return np.sqrt(np.square(apart).sum(axis=1))

    @cached_property
    def codes(self) -> Array:
        """The codes on the way (step, …); a code where one line ends and the next begins is there once."""
        return between(self.ends, self.steps)

    @cached_property
    def outputs(self) -> Array:
        """What the rest of the net makes of them (step, …)."""
        return onward(self.model.net, self.at, self.codes)

    @property
    def axis(self) -> Axis:
        """The steps by how far they are: 0 at the first input, 1 at the second."""
        return Axis("step", start=0.0, step=1 / (self.steps - 1))

    @property
    def walk(self) -> Tensor:
        """The outputs on the way (step, height, width, channel)."""
        inner = axes_of(self.model, self.model.spec.output, "value")
        return self._tensor(self.outputs, (self.axis, *inner), "walk")

    @property
    def path(self) -> Tensor:
        """The codes on the way (step, unit)."""
        return self._tensor(self.codes, (self.axis, *layer_axes(self.model, self.at)), self.at)

    def _tensor(self, data: Array, axes: tuple[Axis, ...], name: str) -> Tensor:
        return Tensor(data, axes, name, no_level(Tensor(np.zeros(0), attrs=self.attrs), name))

    def leg(self, place: int) -> slice:
        """The steps from an input to the next, both ends among them."""
        begin = place * (self.steps - 1)
        return slice(begin, begin + self.steps)

    def sheet(self) -> Tensor:
        """The first ``LEGS`` ways as one picture, a row of pictures for each."""
        legs = range(min(len(self.ends) - 1, LEGS))
        return sheet([self.outputs[self.leg(i)] for i in legs], "walk")

    def mixture(self, place: int) -> float:
        """How far (mean square) what is drawn halfway to the next input is from their outputs' mean."""
        first, *_, last = drawn = self.outputs[self.leg(place)]
        return float(np.square(drawn[self.steps // 2] - (first + last) / 2).mean())


@dataclass(frozen=True)
class Decoded:
    """Codes (code, …) that came in as ``input``, and what the layers behind ``at`` make of them.

    ``axis`` counts them, None where one came alone.
    """

    model: Model
    at: str
    input: Tensor
    codes: Array
    axis: Axis | None
    line: Line

    @property
    def attrs(self) -> Mapping[str, Attr]:
        """Those of what came in."""
        return self.input.attrs

    @cached_property
    def outputs(self) -> Array:
        """The outputs (code, …)."""
        return onward(self.model.net, self.at, self.codes)

    @property
    def output(self) -> Tensor:
        """The outputs (code, height, width, channel), or the one (height, width, channel)."""
        inner, attrs = axes_of(self.model, self.model.spec.output, "value"), no_level(self.input, "output")
        if self.axis is None:
            return Tensor(self.outputs[0], inner, "output", attrs)
        return Tensor(self.outputs, (self.axis, *inner), "output", attrs)


def between(ends: Array, steps: int) -> Array:
    """Codes on the straight lines through ``ends`` (input, …), ``steps`` from each to the next: (step, …).

    Those of the ends are the ends to the last bit; an end in the middle is there once.

    >>> between(np.array([[0.0, 0], [1, 2], [1, 0]]), 3)[:, 1].tolist()
    [0.0, 1.0, 2.0, 1.0, 0.0]
    """
    share = (np.arange(1, steps) / (steps - 1)).astype(ends.dtype)  # (N - 1,)
    share = share.reshape(1, -1, *(1,) * (ends.ndim - 1))
    first, second = ends[:-1, None], ends[1:, None]
    lines = (1 - share) * first + share * second  # (leg, N - 1, …)
    return np.concatenate([ends[:1], lines.reshape(-1, *ends.shape[1:])])


def onward(net: Net, layer: str, codes: Array) -> Array:
    """The outputs (code, …) that the layers behind one make of its outputs (code, …)."""
    made = []
    for begin in range(0, len(codes), TOGETHER):
        some = codes[begin : begin + TOGETHER]
        y = net.onward(layer, some.transpose(3, 1, 2, 0) if some.ndim == 4 else some.T)
        made.append(picture_first(y).copy())
    return np.concatenate(made)
