"""A net at work: its weights as one flat vector, forward through the layers and back again.

Nothing is recorded on the way: each layer knows its derivative, and going back is calling them in the
opposite order.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from dlcli.engines.base.checks import Array, DType, EngineError
from dlcli.nets.initialisers import INITIALISERS
from dlcli.nets.layers.activation import Activation, activation_layer
from dlcli.nets.layers.base import Layer, Shape, UnknownName
from dlcli.nets.layers.convolution import Conv, PooledConvolution, pools_with
from dlcli.nets.layers.noise import Noisy
from dlcli.nets.layers.normalise import BatchNorm
from dlcli.nets.layers.pooling import MaxPool
from dlcli.nets.layers.shape import Reshaped
from dlcli.nets.losses import LOSSES, SEQUENCE
from dlcli.nets.memory import Memory, short_rows
from dlcli.nets.spec import ModelSpec, NamedLayer, initialiser_of

#: What pixels of whole numbers are divided by, unless the model rescales them itself.
WHITE = 255


@dataclass
class Step:
    """One thing that is done to a batch: a layer, or the activation that a layer ends with.

    ``output_of`` is the name of the layer whose output it makes, where it does; ``trains`` says whether it
    works as in training then. It takes the output of the layer ``after``, or of the step before, and beside
    that those of ``sources``.
    """

    layer: Layer
    name: str
    output_of: str | None
    trains: bool = True
    after: str = ""
    sources: tuple[str, ...] = ()


class DifferentWeights(EngineError):
    """Weights of another model: ``layer`` is the first that differs."""

    def __init__(self, layer: str, message: str) -> None:
        super().__init__(f"layer {layer}: {message}")
        self.layer = layer


class Net:
    """The layers of a model with memory of their own, and weights.

    Parameters
    ----------
    spec : ModelSpec
    dtype : float32 or float64
    frozen : names of layers
        Their weights stay as they are.

    ``values[layer][weight]`` are views of one flat vector in the layouts of PyTorch, ``slopes`` the same of
    the last gradient. Raises ``UnknownName`` for a frozen layer that is not there.

    >>> from dlcli.nets.builtin import builtin
    >>> net = Net(builtin("mlp", input=(2, 2, 1), classes=3)).draw(0)
    >>> net.predict(np.zeros((5, 2, 2, 1))).shape
    (5, 3)
    """

    def __init__(
        self, spec: ModelSpec, dtype: DType | type = np.float32, *, frozen: Collection[str] = ()
    ) -> None:
        self.spec, self.dtype, self.frozen = spec, np.dtype(dtype), frozenset(frozen)
        for name in frozen:
            spec.layer(name)
        self.loss = LOSSES[spec.loss]
        self.memory = Memory(self.dtype)
        #: Which steps of the last outputs there are, (time, sequence), where these are sequences; none: all.
        self.mask: Array | None = None
        self._follows = False
        self._lay_out()
        self._plain = self._steps(pooled=False)
        self._fast = self._headless(self._steps(pooled=True))

    def _lay_out(self) -> None:
        """Give each weight its place: the trained first, then the frozen, then what is measured."""
        places: list[tuple[int, str, str, Shape]] = []
        for layer in self.spec.layers:
            for name, weight in layer.weights.items():
                turn = 2 if not weight.trained else int(layer.name in self.frozen)
                places.append((turn, layer.name, name, weight.inner))
        places.sort(key=lambda place: place[0])
        size = sum(prod(shape) for *_, shape in places)
        self.trained = sum(prod(shape) for turn, *_, shape in places if turn == 0)
        self.learnt = sum(prod(shape) for turn, *_, shape in places if turn < 2)
        self.flat, self.gradient = np.zeros(size, self.dtype), np.zeros(size, self.dtype)
        self.values: dict[str, dict[str, Array]] = {layer.name: {} for layer in self.spec.layers}
        self.slopes: dict[str, dict[str, Array]] = {layer.name: {} for layer in self.spec.layers}
        begin = 0
        for _, layer_name, name, shape in places:
            end = begin + prod(shape)
            self.values[layer_name][name] = self.flat[begin:end].reshape(shape)
            self.slopes[layer_name][name] = self.gradient[begin:end].reshape(shape)
            begin = end

    def _steps(self, *, pooled: bool) -> list[Step]:
        """What is done to a batch, in order; ``pooled`` puts a pooling into its convolution."""
        elsewhere = self.spec.used_later
        steps: list[Step] = []
        layers = list(self.spec.layers)
        while layers:
            layer, behind = layers.pop(0), layers[0] if layers else None
            alone = behind is not None and not behind.after and layer.name not in elsewhere
            if pooled and alone and behind and (made := self._pooled(layer, behind)):
                steps.append(Step(made, layer.name, behind.name, after=layer.after))
                layers.pop(0)
                continue
            at_work = layer.kind.build(
                layer.input, self.values[layer.name], self.slopes[layer.name], self.dtype
            )
            trains = not (layer.name in self.frozen and isinstance(layer.kind, BatchNorm))
            ending = layer.kind.ending
            output_of = layer.name if ending == "linear" else None
            steps.append(Step(at_work, layer.name, output_of, trains, layer.after, layer.kind.sources))
            if ending != "linear":
                steps.append(Step(activation_layer(ending, self.dtype), layer.name, layer.name))
        for step in steps:
            if getattr(self.spec.layer(step.name).kind, "stateful", False):
                step.layer.carries = True
        return steps

    def _pooled(self, layer: NamedLayer, after: NamedLayer) -> Layer | None:
        """A convolution and the pooling after it as one pass, where they can be."""
        if not (isinstance(layer.kind, Conv) and isinstance(after.kind, MaxPool)):
            return None
        conv, pool = layer.kind.where(layer.input), after.kind.where(after.input)
        if (pool.kernel, pool.stride, pool.pads) != ((2, 2), (2, 2), ((0, 0), (0, 0))):
            return None
        if not pools_with(layer.kind, conv):
            return None
        values, slopes = self.values[layer.name], self.slopes[layer.name]
        relu = layer.kind.activation == "relu"
        return PooledConvolution(conv, layer.input[2], relu, values, slopes, self.dtype)

    def _headless(self, steps: list[Step]) -> list[Step]:
        """The steps without the activation that the loss includes, which is kept as ``head``.

        It may stand before a reshape, which changes no number.
        """
        self.head = None
        for place in range(len(steps) - 1, -1, -1):
            name = activation_of(steps[place], self.spec)
            if name is not None and name == self.loss.head:
                moved = place != len(steps) - 1
                if moved and name == "softmax":
                    break
                self.head = Step(steps[place].layer, steps[place].name, steps[-1].output_of)
                if steps[place].name in self.spec.used_later or steps[place].after:
                    self.head = None
                    break
                if steps[place].output_of and place:
                    steps[place - 1].output_of = steps[place - 1].output_of or steps[place].name
                return steps[:place] + steps[place + 1 :]
            if not isinstance(steps[place].layer, Reshaped):
                break
        return steps

    def draw(self, seed: int) -> Net:
        """Draw all weights anew; returns the net itself."""
        rng = np.random.default_rng(seed)
        for layer in self.spec.layers:
            for name, weight in layer.weights.items():
                recipe = initialiser_of(weight, self.spec)
                drawn = INITIALISERS[recipe](rng, weight.shape, weight.fans_of(recipe))
                self.values[layer.name][name][...] = weight.in_net(drawn)
            layer.kind.begin(self.values[layer.name], self.spec.initializer)
        return self

    def pixel_words(self, dtype: Any, white: int = WHITE) -> str:
        """What becomes of inputs of a type where they are pixels, in words; nothing for other numbers.

        ``white`` is the number of a white pixel; where it is not 255, they are brought to the range of the
        net before they come here.
        """
        if not self._are_pixels(np.dtype(dtype)):
            return ""
        if self.spec.rescales and white != WHITE:
            return f"pixels divided by {white / WHITE:g}, to 0 to {WHITE}, which the model rescales"
        if self.spec.rescales:
            return f"pixels of 0 to {WHITE}, which the model rescales"
        return f"pixels divided by {white}"

    def _are_pixels(self, dtype: DType) -> bool:
        rows = len(self.spec.input) < 3
        return dtype.kind in "ui" and not self.spec.words and (dtype.itemsize == 1 or not rows)

    def batch(self, inputs: Array) -> Array:
        """Inputs (picture, …) as the net takes them, (…, picture).

        Whole numbers that are pixels, of pictures or in bytes, are divided by 255 unless the model rescales
        them itself (``ModelSpec.rescales``); rows of other numbers, and what is true or false, are taken as
        they are. Raises ``EngineError`` for another shape.
        """
        wanted, received = self.spec.input, inputs.shape[1:]
        if received != wanted and not (self.any_length and received[1:] == wanted[1:] and received):
            raise EngineError(f"{self.spec.name} takes inputs of shape {wanted}; received {received}")
        innermost = inputs.transpose(3, 1, 2, 0) if inputs.ndim == 4 else inputs.T
        x = self.memory.array("batch", innermost.shape)
        if self._are_pixels(inputs.dtype) and not self.spec.rescales:
            np.divide(innermost, self.dtype.type(WHITE), out=x, casting="unsafe")
        else:
            np.copyto(x, innermost, casting="unsafe")
        return x

    @property
    def any_length(self) -> bool:
        """Whether it takes sequences of any number of steps: no layer counts them."""
        sequences = len(self.spec.input) == 2 or self.spec.words > 0
        return sequences and not any(one.kind.counts_steps for one in self.spec.layers)

    def forward(
        self,
        x: Array,
        *,
        training: bool = False,
        generator: np.random.Generator | None = None,
        draws: type[Layer] = Layer,
    ) -> Array:
        """The outputs of a batch (…, picture) before the head that the loss includes.

        Layers that go on from batch to batch begin anew, but while the net is ``following``. With a
        ``generator`` dropout and noise draw from it, or those of them alone that ``draws`` says.
        """
        self._begin()
        y = x = np.ascontiguousarray(x)  # windows are found by the strides
        with short_rows():
            for _, y in self._run(self._fast, x, training, generator, draws):  # noqa: B007 (the last)
                pass
        return y

    def _run(
        self,
        steps: list[Step],
        x: Array,
        training: bool,
        generator: np.random.Generator | None,
        draws: type[Layer] = Layer,
        known: Mapping[str, Array] | None = None,
    ) -> Iterator[tuple[Step, Array]]:
        """Each step with what it gave; outputs of layers before the first step may be ``known``."""
        wanted = self.spec.used_later
        outputs: dict[str, tuple[Array, Array | None]] = {
            name: (y, None) for name, y in (known or {}).items()
        }
        mask: Array | None = None
        for step in steps:
            layer = step.layer
            if step.after:
                x, mask = outputs[step.after]
            beside = [outputs[name] for name in step.sources]
            layer.others, layer.masks = tuple(y for y, _ in beside), tuple(there for _, there in beside)
            layer.mask = mask
            layer.prepare(generator if isinstance(layer, draws) else None)
            x = layer.forward(x, training and step.trains)
            mask = layer.mask_after() if x.ndim == SEQUENCE else None
            if step.output_of in wanted:
                outputs[step.output_of] = x, mask
            self.mask = mask
            yield step, x

    def noised(self, x: Array, generator: np.random.Generator) -> Array:
        """A batch as the layers behind the noise that the model begins with see it, where it does."""
        layer = self._fast[0].layer if self._fast else None
        if not isinstance(layer, Noisy):
            return x
        layer.generator = generator
        return layer.forward(x, False)

    def loss_of(
        self, x: Array, target: Array, *, generator: np.random.Generator | None = None
    ) -> tuple[float, Array, Array]:
        """In training: the loss of a batch, its gradient at the outputs, and the outputs."""
        outputs = self.forward(x, training=True, generator=generator)
        value, slope = self.loss.of(outputs, target, self.memory, self.mask)
        return value, slope, outputs

    def backward(self, dy: Array, *, to_input: bool = False, to_words: bool = False) -> Array:
        """The gradient at all weights, into ``gradient``, from the one at the outputs (before the head).

        Returns the one at the input where that is asked for. Words are numbers that cannot be moved: with
        ``to_words`` it is the one at what the embedding makes of them, which the net begins with.
        """
        steps = self._fast
        waiting: dict[str, Array] = {}
        lowest = 0 if to_input or to_words else self._lowest(steps)
        with short_rows():
            for place in range(len(steps) - 1, lowest - 1, -1):
                step, layer = steps[place], steps[place].layer
                if step.output_of in waiting:
                    later = waiting.pop(step.output_of)
                    goes_on = place + 1 == len(steps) or not steps[place + 1].after
                    dy = dy + later if goes_on else later
                if to_words and place == 0:
                    break
                layer.first = place == lowest and not to_input
                dy = layer.backward(dy)
                if layer.first:
                    break
                found = list(zip(step.sources, layer.to_others, strict=True))
                if step.after:
                    found.append((step.after, dy))
                for name, slope in found:
                    before = waiting.get(name)
                    waiting[name] = slope.copy() if before is None else before + slope
        return dy

    def _lowest(self, steps: list[Step]) -> int:
        """The first step with weights that learn: nothing below it needs a gradient."""
        for place, step in enumerate(steps):
            weights = self.spec.layer(step.name).weights
            if step.name not in self.frozen and any(one.trained for one in weights.values()):
                return place
        return 0

    def probabilities(self, outputs: Array) -> Array:
        """What the loss compares with the targets: outputs before the head as shares, or as they are.

        A loss that takes logits makes shares of them, whether or not the model ends with that activation.
        """
        head = self.loss.head
        return activation_layer(head, self.dtype).forward(outputs, False) if head else outputs

    def predict(self, inputs: Array) -> Array:
        """Probabilities, or outputs, of inputs (picture, …), as (picture, …)."""
        return picture_first(self.probabilities(self.forward(self.batch(inputs))))

    def activations(
        self, x: Array, *, generator: np.random.Generator | None = None
    ) -> Iterator[tuple[str, Array]]:
        """The output of every layer by its name, as (…, picture), overwritten by the next batch."""
        self._begin()
        x = np.ascontiguousarray(x)
        for step, y in self._run(self._plain, x, False, generator):
            if step.output_of is not None:
                yield step.output_of, y

    def onward(self, layer: str, y: Array) -> Array:
        """What the net gives (…, picture), by the layers behind one, for outputs of this layer.

        The head is among them, as in ``probabilities``. Running to a layer and on from there gives what
        running through gives, bit by bit.

        >>> from dlcli.nets.spec import model_spec
        >>> layers = [{"kind": "dense", "units": 1, "name": "code"}, {"kind": "dense", "units": 2}]
        >>> net = Net(model_spec({"input": [2], "loss": "mean-squared", "layer": layers}))
        >>> net.flat[:] = 3, 5, 1, 10, 20, 0, 1  # code = 3 a + 5 b + 1, outputs 10 code and 20 code + 1
        >>> net.onward("code", np.array([[2.0, 9.0]])).T.tolist()
        [[20.0, 41.0], [90.0, 181.0]]

        Raises ``UnknownName``, and ``EngineError`` where a layer behind adds the output of one before, or for
        another shape.
        """
        shape = self.spec.layer(layer).output
        wanted = (shape[2], *shape[:2]) if len(shape) == 3 else shape
        if y.shape[:-1] != wanted:
            raise EngineError(f"layer {layer} gives {wanted}, pictures last; received {y.shape}")
        if (beside := self.spec.beside(layer)) is not None:
            raise EngineError(
                f"the output of layer {layer} is not all that goes on: {beside[0]} adds that of {beside[1]}, "
                "which lies before it"
            )
        y = np.ascontiguousarray(y, self.dtype)
        behind = self._plain[1 + max(i for i, step in enumerate(self._plain) if step.output_of == layer) :]
        for _, y in self._run(behind, y, False, None, known={layer: y}):  # noqa: B007, B020
            pass
        return y if self.head else self.probabilities(y)

    def first_bad(self, x: Array) -> str | None:
        """The first layer whose output is not finite for a batch: its weights, or what it makes of them."""
        if not np.isfinite(x).all():
            return "input"
        return next((name for name, y in self.activations(x) if not np.isfinite(y).all()), None)

    def weights(self) -> dict[str, Array]:
        """Copies of all weights in Keras' layout, by ``layer/weight``."""
        return {
            f"{layer.name}/{name}": np.array(weight.in_keras(self.values[layer.name][name]), order="C")
            for layer in self.spec.layers
            for name, weight in layer.weights.items()
        }

    @property
    def carriers(self) -> dict[str, Layer]:
        """The layers at work that go on where the last batch ended, by their names."""
        return {step.name: step.layer for step in self._fast if step.layer.carries}

    @property
    def steps_at_work(self) -> tuple[Step, ...]:
        """What is done to a batch, in order, up to the outputs before the head."""
        return tuple(self._fast)

    @contextmanager
    def following(self) -> Iterator[None]:
        """While the block runs, each batch follows on the one before, for the layers that go on."""
        before = self._follows
        self._follows = True
        try:
            yield
        finally:
            self._follows = before

    def _begin(self) -> None:
        if not self._follows:
            self.forget()

    def forget(self) -> None:
        """Let every layer that goes on begin anew."""
        for step in (*self._fast, *self._plain):
            if step.layer.carries:
                step.layer.state.clear()

    def load(self, weights: Mapping[str, Array], *, only: Callable[[str], bool] = lambda _: True) -> Net:
        """Take weights in Keras' layout by ``layer/weight``, of the layers that ``only`` says.

        Raises ``DifferentWeights`` for the first layer that they do not fit.
        """
        for layer in self.spec.layers:
            if not only(layer.name):
                continue
            for name, weight in layer.weights.items():
                array = weights.get(f"{layer.name}/{name}")
                if array is None:
                    there = ", ".join(dict.fromkeys(key.rpartition("/")[0] for key in weights)) or "none"
                    raise DifferentWeights(layer.name, f"there is no {name} for it; the layers are {there}")
                if array.shape != weight.shape:
                    raise DifferentWeights(
                        layer.name, f"its {name} has shape {weight.shape}; received {array.shape}"
                    )
                self.values[layer.name][name][...] = weight.in_net(array)
        return self

    def part(self, start: str, end: str) -> tuple[NamedLayer, ...]:
        """The layers from one name to another, both included. Raises ``UnknownName``."""
        names = [one.name for one in self.spec.layers]
        for name in (start, end):
            if name not in names:
                raise UnknownName("layer", name, tuple(names))
        return self.spec.layers[names.index(start) : names.index(end) + 1]


def activation_of(step: Step, spec: ModelSpec) -> str | None:
    """The name of the activation that a step is, where it is one."""
    layer = spec.layer(step.name)
    if isinstance(layer.kind, Activation):
        return layer.kind.function
    ending = layer.kind.ending
    return ending if ending != "linear" and step.output_of == step.name else None


def picture_first(y: Array) -> Array:
    """An activation (channel, height, width, picture), (feature, time, sequence) or (feature, row), turned.

    The examples are first then, and the channels or features last.
    """
    return y.transpose(3, 1, 2, 0) if y.ndim == 4 else y.T
