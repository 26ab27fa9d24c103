"""One look of ``dlcli predict`` at an input, or at many: what went in, what was asked, what came out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from dlcli.commands.kinds.level import no_level
from dlcli.commands.predict.answers import Answers
from dlcli.commands.predict.model import Model
from dlcli.engines.base.checks import Array
from dlcli.nets.layers.dense import Dense
from dlcli.tensor import BETWEEN, Attr, Axis, Tensor, default_axes
from dlcli.wire.datasets.read import CLASSES
from dlcli.words.axes import PICTURE
from dlcli.words.line import Line

COLOURS = ("red", "green", "blue")

#: The colour of a gradient that is drawn over a picture, and how bright that stays below it.
GLOW, BELOW = np.array([255, 80, 0]), 0.6


@dataclass(frozen=True)
class Work:
    """A net and what it was asked.

    ``input`` is the tensor that came in, None of a set of data, whose name is ``source``; ``alone`` says that
    it is one input and not a batch of them. ``names`` (picture,) are what the inputs are called, ``labels``
    (picture,) the classes they truly have; ``part`` says in words which part of a set they are. ``fitted``
    says that pictures were brought to another size or other colours, ``pixels`` what became of their numbers,
    ``learnt`` that the net has learnt from
    these very inputs. ``wanted`` (picture, value) are the values that it was to give. ``top`` is how many
    classes are kept, ``target`` the class that ``saliency`` is of. ``words`` are those of a sentence.
    """

    input: Tensor | None
    source: str
    attrs: Mapping[str, Attr]
    alone: bool
    answers: Answers
    line: Line
    names: tuple[str, ...] | None = None
    labels: Array | None = None
    part: str = ""
    fitted: bool = False
    learnt: bool = False
    wanted: Array | None = None
    pixels: str = ""
    top: int | None = None
    saliency: bool = False
    target: int | None = None
    words: tuple[str, ...] = ()

    @property
    def model(self) -> Model:
        """The net that is asked."""
        return self.answers.model

    def tensor(self, data: Array, inner: tuple[Axis, ...], name: str) -> Tensor:
        """Numbers (picture, …) of all inputs, or of the one that is alone, with these axes of one input."""
        like = Tensor(np.zeros(0), attrs=self.attrs)
        if self.alone:
            return Tensor(data[0], inner, name, no_level(like, name))
        attrs: dict[str, Attr] = dict(no_level(like, name))
        if self.names is not None and self.model.classes:
            attrs[CLASSES] = BETWEEN.join(self.model.classes)
        first = Axis(self.model.one, self.names)
        return Tensor(data, (first, *inner), name, attrs)

    def answer(self, data: Array, inner: tuple[Axis, ...], name: str) -> Tensor:
        """The same of what the net says: the first axis is ``true`` where it names the true classes."""
        made = self.tensor(data, inner, name)
        if self.alone or self.names is None or self.labels is None:
            return made
        return replace(made, axes=(replace(made.axes[0], name="true"), *made.axes[1:]))

    @property
    def classes(self) -> Axis:
        """The axis of the classes, or of the values of a net that gives such."""
        if self.model.answers == "values":
            return Axis("value")
        return Axis("class", self.model.labels)

    @property
    def probabilities(self) -> Tensor:
        """All probabilities, or scores (class)."""
        return self.answer(self.answers.shares, (self.classes,), self.model.answers)

    def explained(self) -> Tensor:
        """What ``--explain`` names a place of: inputs by their numbers; classes, or places of the output."""
        image = self.model.answers == "image"
        found = self.output if image else self.tensor(self.answers.shares, (self.classes,), "classes")
        return found if self.alone else replace(found, axes=(Axis(found.axes[0].name), *found.axes[1:]))

    @property
    def kept(self) -> Tensor:
        """Probabilities (class): of ``top`` classes the largest, the most probable first.

        Of several inputs, whose classes differ then, the number of a class and its probability in turn
        (answer).
        """
        if self.top is None:
            return self.probabilities
        order = self.answers.order[:, : self.top]
        shares = np.take_along_axis(self.answers.shares, order, axis=1)
        if self.alone:
            axis = Axis("class", tuple(map(self.model.named, order[0].tolist())))
            return self.answer(shares, (axis,), self.model.answers)
        one = "probability" if self.model.answers == "probabilities" else "score"
        names = tuple(f"{word} {rank + 1}" for rank in range(order.shape[1]) for word in ("class", one))
        both = np.stack([order.astype(shares.dtype), shares], axis=2).reshape(len(order), -1)
        return self.answer(both, (Axis("answer", names),), self.model.answers)

    @property
    def logits(self) -> Tensor:
        """The numbers before softmax or sigmoid."""
        axis = Axis("unit") if self.model.binary else self.classes
        return self.answer(self.answers.logits, (axis,), "logits")

    @property
    def found(self) -> Tensor:
        """The numbers of the most probable classes."""
        order = self.answers.order.astype(np.int64)
        if self.top is None:
            return self.answer(order[:, 0], (), "classes")
        order = order[:, : self.top]
        labels = tuple(map(self.model.named, order[0].tolist())) if self.alone and self.model.labels else None
        return self.answer(order, (Axis("rank", labels),), "classes")

    @property
    def output(self) -> Tensor:
        """The output as the model gives it."""
        inner = axes_of(self.model, self.model.spec.output, "value")
        return self.tensor(self.answers.outputs, inner, "output")

    def layer(self, name: str) -> Tensor:
        """The output of a layer."""
        return self.tensor(self.answers.layer(name), layer_axes(self.model, name), name)

    @property
    def gradient(self) -> Tensor:
        """The gradient of a logit at the inputs."""
        data = self.answers.gradient(self.target)
        if self.model.spec.words:
            return self.tensor(data, (self.tokens, Axis("feature")), "gradient")
        return self.tensor(data, self.of_input(data.shape[1:]), "gradient")

    @property
    def salient(self) -> Tensor:
        """Its size, of all channels the largest (height, width); of words what ``share_of_words`` says."""
        if self.model.spec.words:
            return self.tensor(self.answers.share_of_words(self.target), (self.tokens,), "saliency")
        data = np.abs(self.answers.gradient(self.target))
        if data.ndim == 4:
            return self.tensor(data.max(axis=3), tuple(map(Axis, PICTURE)), "saliency")
        return self.tensor(data, self.of_input(data.shape[1:]), "saliency")

    def of_input(self, shape: tuple[int, ...]) -> tuple[Axis, ...]:
        """The axes of an input of this shape; a window that came alone has its own times and names."""
        axes, own = axes_of(self.model, shape, "feature"), self.input
        if own is None or not self.alone or len(shape) != 2 or own.shape != shape[: own.data.ndim]:
            return axes
        return axes if own.axes == default_axes(2) else (*own.axes, *axes[own.data.ndim :])

    @property
    def tokens(self) -> Axis:
        """The axis of the words of one input."""
        return Axis("token", self.words or None)

    def spread(self, place: int) -> Tensor:
        """Mean (0) or standard deviation (1) of probabilities, or values, with dropout left on."""
        name = ("mean", "spread")[place]
        return self.answer(self.answers.spread[place], (self.classes,), name)

    @property
    def confusion(self) -> Array:
        """How often each class (row) was taken for each (column)."""
        assert self.labels is not None
        count = self.model.count
        pairs = self.labels * count + self.answers.order[:, 0]
        return np.bincount(pairs, minlength=count * count).reshape(count, count)

    @property
    def differences(self) -> Array:
        """How far the values are from those that were wanted (picture, value)."""
        assert self.wanted is not None
        return np.asarray(self.answers.outputs.astype(np.float64) - self.wanted)

    @property
    def right(self) -> Array:
        """Which answers are the labels (picture,)."""
        return np.asarray(self.answers.order[:, 0] == self.labels)

    def as_learnt(self, exact: Array) -> Array:
        """What was computed in float64, in the type of the net: no digits more than it knows."""
        return exact.astype(self.model.net.dtype)

    def picture(self, place: int) -> Tensor:
        """An input as the net sees it: a picture (height, width[, channel]) or features."""
        return self.as_picture(self.answers.seen(place))

    def as_picture(self, data: Array) -> Tensor:
        """Numbers of the shape of an input, to be looked at."""
        if data.ndim < 3:
            return Tensor(data, self.of_input(data.shape), "input")
        axes = tuple(map(Axis, PICTURE))
        if data.shape[2] == 1:
            return Tensor(data[..., 0], axes, "input")
        colours = COLOURS if data.shape[2] == 3 else None
        return Tensor(data, (*axes, Axis("channel", colours)), "input")

    def overlay(self, place: int = 0) -> Tensor:
        """Where the gradient is large, over the picture in gray (height, width, channel), 0 to 255."""
        seen = self.answers.seen(place).mean(axis=2)
        salient = np.abs(self.answers.exact(place).gradient(self.target)[0]).max(axis=2)
        gray = (seen - seen.min()) / (np.ptp(seen) or 1) * 255 * BELOW
        share = (salient / (salient.max() or 1))[..., None]
        drawn = gray[..., None] * (1 - share) + GLOW * share
        axes = (*map(Axis, PICTURE), Axis("channel", COLOURS))
        return Tensor(np.rint(drawn).astype(np.uint8), axes, "saliency")


def layer_axes(model: Model, name: str) -> tuple[Axis, ...]:
    """The axes of the output of a layer for one input."""
    layer = model.spec.layer(name)
    if layer is model.spec.layers[-1] and len(layer.output) == 1 and model.labels and not model.binary:
        return (Axis("class", model.labels),)
    return axes_of(model, layer.output, "unit" if isinstance(layer.kind, Dense) else "feature")


def axes_of(model: Model, shape: tuple[int, ...], one: str) -> tuple[Axis, ...]:
    """The axes of pictures of this shape, or the one, of this name, of a vector."""
    if len(shape) == 1:
        return (Axis(one),)
    if len(shape) == 2:
        return Axis("time"), Axis(one)
    colours = shape == model.spec.input and shape[2] == 3 and model.spec.target == "input"
    return (*map(Axis, PICTURE), Axis("channel", COLOURS if colours else None))
