"""What a net says of inputs: computed batch after batch, when somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from dlcli.commands.predict.model import Model
from dlcli.engines.base.checks import Array
from dlcli.errors import DlcliError, printable
from dlcli.nets.evaluation import NOISE, TOGETHER
from dlcli.nets.layers.activation import Activation
from dlcli.nets.layers.dense import Dense
from dlcli.nets.layers.noise import Dropout, Dropped, Noise
from dlcli.nets.layers.shape import Flatten, Reshape
from dlcli.nets.net import Net, picture_first

#: Layers behind the last dense one that only bend, name or let through what it gives.
BEHIND = (Activation, Flatten, Reshape, Dropout, Noise)


@dataclass(frozen=True)
class Terms:
    """The sum of one unit of a dense layer: Σ values · weights + bias.

    ``below`` is the layer whose output the values are, None for the input, and ``shape`` the shape that it
    has; ``activation`` is what the layer makes of its sums.
    """

    layer: str
    below: str | None
    shape: tuple[int, ...]
    values: Array
    weights: Array
    bias: float | None
    activation: str

    @property
    def total(self) -> float:
        """What the layer adds up to, before its activation."""
        return float((self.values * self.weights).sum()) + (self.bias or 0.0)


@dataclass(frozen=True)
class Answers:
    """A net, and inputs (k, …) that ``take`` gives for indices (k,), ``count`` of them.

    ``noise`` puts on the noise that the model begins with; that, and what dropout draws in ``passes``, are
    functions of the ``seed``.
    """

    model: Model
    count: int
    take: Callable[[Array], Array]
    seed: int = 0
    noise: bool = False
    passes: int = 0

    def batches(self) -> Iterator[tuple[Array, Array]]:
        """The indices of each batch, and the batch as the net takes it, overwritten by the next."""
        generator = np.random.default_rng([self.seed, NOISE])
        net = self.model.net
        for begin in range(0, self.count, TOGETHER):
            at = np.arange(begin, min(begin + TOGETHER, self.count))
            x = net.batch(self.take(at))
            yield at, net.noised(x, generator) if self.noise else x

    def collect(self, of: Callable[[Array, Array], Array]) -> Array:
        """What a function of indices and batch makes (…, picture), of all inputs (picture, …)."""
        return np.concatenate([picture_first(of(at, x)).copy() for at, x in self.batches()])

    @cached_property
    def logits(self) -> Array:
        """The outputs before the activation that the loss includes (picture, unit).

        Raises ``DlcliError`` where they are NaN or infinite.
        """
        found = self.collect(lambda _, x: self.model.net.forward(x))
        wrong = np.flatnonzero(~np.isfinite(found).reshape(len(found), -1).all(axis=1))
        if len(wrong):
            raise DlcliError(
                f"{printable(self.model.word)} gives NaN or infinity for input {wrong[0]}: its numbers, or "
                f"the weights, are too large for {self.model.net.dtype}"
            )
        return found

    @cached_property
    def outputs(self) -> Array:
        """The outputs (picture, …), as the model gives them: probabilities where its loss says so."""
        net = self.model.net
        if self.model.answers == "image":
            return self.collect(lambda _, x: net.probabilities(net.forward(x)))
        return picture_first(net.probabilities(self.logits.T)).copy()

    @cached_property
    def shares(self) -> Array:
        """Of each input a number for each class (picture, class): its probability, or its score."""
        return self._of_classes(self.outputs)

    def _of_classes(self, outputs: Array) -> Array:
        return np.concatenate([1 - outputs, outputs], axis=1) if self.model.binary else outputs

    @cached_property
    def order(self) -> Array:
        """The classes of each input, the most probable first (picture, class)."""
        return np.argsort(-self.shares, axis=1, kind="stable")

    @property
    def margins(self) -> Array:
        """How far the most probable class is before the second (picture,)."""
        best = -np.sort(-self.shares, axis=1)
        return best[:, 0] - best[:, 1] if best.shape[1] > 1 else best[:, 0]

    def layer(self, name: str) -> Array:
        """The output of one layer for all inputs (picture, …)."""

        def of(_: Array, x: Array) -> Array:
            return next(y for found, y in self.model.net.activations(x) if found == name)

        return self.collect(of)

    def gradient(self, target: int | None) -> Array:
        """The gradient of the logit of a class, or of each input's most probable one, at the inputs.

        Its shape is (picture, …), as that of the inputs; of words it is the gradient at their embeddings,
        (sequence, time, feature).
        """
        net, binary = self.model.net, self.model.binary
        targets = self.order[:, 0] if target is None else np.full(self.count, target)

        def of(at: Array, x: Array) -> Array:
            slope = np.zeros_like(net.forward(x, training=True))  # dropout is off without a generator
            if binary:
                slope[0] = 2 * targets[at] - 1
            else:
                slope[targets[at], np.arange(len(at))] = 1
            words = self.model.spec.words > 0
            return net.backward(slope, to_input=not words, to_words=words)

        return self.collect(of)

    def share_of_words(self, target: int | None) -> Array:
        """Of each word its gradient times its embedding, added up over the features (sequence, time).

        It is how much the logit would fall, to a first order, if the word's embedding were 0.
        """
        first = self.model.spec.layers[0].name
        table = self.model.net.values[first]["embeddings"]
        words = self.collect(lambda _, x: x).astype(np.intp)
        return np.asarray((self.gradient(target) * table[words]).sum(axis=2))

    @cached_property
    def spread(self) -> tuple[Array, Array]:
        """Mean and standard deviation over ``passes`` with dropout left on, both (picture, class)."""
        generator = np.random.default_rng(self.seed)
        net, means, deviations = self.model.net, [], []
        for _, x in self.batches():
            mean = squares = np.zeros(1)
            for i in range(self.passes):
                outputs = net.probabilities(net.forward(x, generator=generator, draws=Dropped))
                y = self._of_classes(picture_first(outputs)).astype(np.float64)
                away = y - mean
                mean = mean + away / (i + 1)
                squares = squares + away * (y - mean)
            means.append(mean)
            deviations.append(np.sqrt(squares / self.passes))
        return np.concatenate(means), np.concatenate(deviations)

    @cached_property
    def errors(self) -> Array:
        """Of a net whose target is its input: the mean square difference of the two (picture,)."""
        net, found = self.model.net, []
        for at, x in self.batches():
            outputs = picture_first(net.probabilities(net.forward(x))).copy()
            wanted = picture_first(net.batch(self.take(at)))
            found.append(np.square(outputs - wanted).reshape(len(at), -1).mean(axis=1))
        return np.concatenate(found)

    def seen(self, place: int) -> Array:
        """One input as the net sees it, before any layer (…)."""
        return picture_first(self.model.net.batch(self.take(np.array([place]))))[0].copy()

    def noised(self, place: int) -> Array:
        """The same with the noise that was put on it."""
        for at, x in self.batches():
            if place in at:
                return picture_first(x)[place - at[0]].copy()
        raise IndexError(place)

    def exact(self, place: int) -> Answers:
        """What the net says of one input alone, computed in float64.

        What is printed of it is the same on every processor, which sums of float32 are not.
        """
        net = self.model.net
        x = self.noised(place) if self.noise else self.seen(place)
        model = replace(self.model, net=Net(net.spec, np.float64, frozen=net.frozen).load(net.weights()))
        return Answers(model, 1, lambda at: np.stack([x] * len(at)), self.seed)

    def terms(self, place: int, unit: int) -> Terms | None:
        """The sum behind a number of the output of one input; None where no dense layer gives it."""
        layers = self.model.spec.layers
        last = len(layers) - 1
        while last >= 0 and isinstance(layers[last].kind, BEHIND):
            last -= 1
        kind = layers[last].kind
        if last < 0 or not isinstance(kind, Dense):
            return None
        net = self.model.net
        x = next(x[..., place - at[0]][..., None] for at, x in self.batches() if place in at).copy()
        if last:
            x = next(y for name, y in net.activations(x) if name == layers[last - 1].name)
        source = last - 1  # dropout and noise let everything through here, and a flatten keeps the order
        while source >= 0 and isinstance(layers[source].kind, Dropout | Noise | Flatten):
            source -= 1
        below, shape = None, self.model.spec.input
        if source >= 0:
            below, shape = layers[source].name, layers[source].output
        weights = net.values[layers[last].name]
        bias = float(weights["bias"][unit]) if "bias" in weights else None
        return Terms(
            layers[last].name, below, shape, x[:, 0].astype(np.float64),
            weights["kernel"][unit].astype(np.float64), bias, kind.activation,
        )  # fmt: skip
