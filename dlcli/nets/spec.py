"""A model as it is written down: the shape of one input, and the layers, each with a name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import Any

from dlcli.engines.base.checks import MOST_NUMBERS, EngineError, possible
from dlcli.nets.initialisers import INITIALISERS
from dlcli.nets.layers.activation import Activation
from dlcli.nets.layers.base import Kind, Shape, UnknownName, Weight
from dlcli.nets.layers.kinds import declared
from dlcli.nets.layers.noise import Dropout, Noise
from dlcli.nets.layers.sequence import Embedding
from dlcli.nets.layers.shape import Flatten, Rescaling, Reshape
from dlcli.nets.losses import LOSSES

#: What may stand at the top of a model file, and what it says.
KEY_WORDS = {
    "name": "What the model is called; else its file's name.",
    "input": "One input: [height, width, channels], [time, features], [features], or [time] of words.",
    "loss": f"What is made small: {', '.join(LOSSES)}.",
    "target": "What the output is to come near: label, or input.",
    "initializer": "How weights begin that do not say it themselves: keras, or torch.",
    "classes": 'How many outputs a dense layer with units = "classes" has.',
    "vocabulary": 'How many words an embedding with input_dim = "vocabulary" knows.',
    "layer": "The layers, each under its own [[layer]]; after = NAME takes an earlier layer's output.",
}
KEYS = tuple(KEY_WORDS)

#: A rescaling by so much at most is made for pixels of 0 to 255.
PIXEL_SCALE = 1 / 16

#: What a model's output is to come near: the label of an input, or the input itself.
TARGETS = ("label", "input")

#: Whose recipes the weights of layers begin with that do not say, by the role of a weight.
DEFAULTS = {
    "keras": {
        "kernel": "glorot-uniform", "bias": "zeros", "recurrent": "orthogonal", "embedding": "random-uniform",
    },
    "torch": {
        "kernel": "torch-uniform", "bias": "torch-uniform", "recurrent": "torch-uniform",
        "embedding": "standard-normal",
    },
}  # fmt: skip


class BadModel(EngineError):
    """A model that contradicts itself: ``layer`` is the name of the layer where it does."""

    def __init__(self, layer: str, message: str) -> None:
        super().__init__(f"layer {layer}: {message}")
        self.layer = layer


class OtherNumber(EngineError):
    """A model that says another number of classes, or words, than there are: ``said`` and ``given``."""

    def __init__(self, word: str, said: int, given: int) -> None:
        super().__init__(f"it says {word} = {said}, and there are {given}: leave {word} out")
        self.word, self.said, self.given = word, said, given


@dataclass(frozen=True)
class NamedLayer:
    """One layer of a model: its name, its declaration, and the shapes at its two ends.

    ``after`` names the layer whose output it takes, where that is not the one before it.
    """

    name: str
    kind: Kind
    input: Shape
    output: Shape
    after: str = ""

    @property
    def weights(self) -> dict[str, Weight]:
        """Its arrays by Keras' names."""
        return self.kind.weights(self.input)

    @property
    def parameters(self) -> int:
        """How many numbers it owns."""
        return sum(weight.size for weight in self.weights.values())


@dataclass(frozen=True)
class ModelSpec:
    """A model: what one input looks like, its layers, its loss, and what it is to give.

    ``loss`` is the name of one of ``LOSSES``. ``target`` is what the output is compared with.
    """

    name: str
    input: Shape
    layers: tuple[NamedLayer, ...]
    loss: str = "cross-entropy"
    target: str = "label"
    initializer: str = "keras"

    @property
    def output(self) -> Shape:
        """The shape of one output."""
        return self.layers[-1].output if self.layers else self.input

    @property
    def parameters(self) -> int:
        """How many numbers all its layers own."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def rescales(self) -> bool:
        """Whether the model brings pixels of 0 to 255 into its range by itself.

        The first layer that changes numbers decides: a rescaling by ``PIXEL_SCALE`` or less is made for such
        pixels (1/255, 1/127.5); any other layer, and a rescaling by more (2, offset -1), expects 0 to 1.

        >>> dense = {"kind": "dense", "units": 1}
        >>> for scale in (1 / 255, 2):
        ...     layers = [{"kind": "dropout", "rate": 0.5}, {"kind": "rescaling", "scale": scale}, dense]
        ...     print(model_spec({"input": [4], "layer": layers}).rescales)
        True
        False
        """
        changing = (one.kind for one in self.layers if not passes(one.kind))
        first = next(changing, None)
        return isinstance(first, Rescaling) and abs(first.scale) <= PIXEL_SCALE

    def layer(self, name: str) -> NamedLayer:
        """The layer of a name. Raises ``UnknownName``."""
        for one in self.layers:
            if one.name == name:
                return one
        raise UnknownName("layer", name, tuple(one.name for one in self.layers))

    @property
    def words(self) -> int:
        """How many words its inputs are numbers of, where it begins with an embedding; else 0."""
        first = self.layers[0].kind if self.layers else None
        return first.input_dim if isinstance(first, Embedding) else 0

    @property
    def looking_ahead(self) -> NamedLayer | None:
        """The first layer whose output at a step depends on later ones; none where all look back alone."""
        return next((one for one in self.layers if one.kind.looks_ahead), None)

    @property
    def one(self) -> str:
        """What one input is called: picture, sequence or row."""
        if len(self.input) == 3:
            return "picture"
        return "sequence" if len(self.input) == 2 or self.words else "row"

    @property
    def used_later(self) -> frozenset[str]:
        """Layers whose outputs are taken by another than the one behind them."""
        return frozenset(name for one in self.layers for name in (*one.kind.sources, one.after) if name)

    def beside(self, name: str) -> tuple[str, str] | None:
        """The first layer behind one that takes the output of a layer before it, and which that is.

        Without such a residual the output of the layer is all that goes on. Raises ``UnknownName``.
        """
        place = self.layers.index(self.layer(name))
        before = {one.name for one in self.layers[:place]}
        for one in self.layers[place + 1 :]:
            for source in (*one.kind.sources, one.after):
                if source in before:
                    return one.name, source
        return None

    def as_mapping(self) -> dict[str, Any]:
        """What a model file would say, for ``model_spec`` to read again."""
        return {
            "name": self.name,
            "input": list(self.input),
            "loss": self.loss,
            "target": self.target,
            "initializer": self.initializer,
            "layer": [
                {
                    "kind": one.kind.kind,
                    "name": one.name,
                    **({"after": one.after} if one.after else {}),
                    **one.kind.settings(),
                }
                for one in self.layers
            ],
        }


def passes(kind: Kind) -> bool:
    """Whether a layer lets numbers through as they are when nothing is learnt."""
    return isinstance(kind, Noise | Dropout | Flatten | Reshape) or kind == Activation(function="linear")


def model_spec(
    told: Mapping[str, Any],
    *,
    input: Shape | None = None,
    classes: int | None = None,
    said: Mapping[str, Any] | None = None,
) -> ModelSpec:
    """The model that a file or a mapping describes, every shape checked.

    ``input`` stands in where the file gives no shape. ``classes`` is how many there are: a dense layer
    whose ``units`` are the word "classes" has one for each. A file that says another number is refused.
    ``said`` is what else the data say, by the words of ``SAID_BY_DATA``: a layer may write them in the place
    of a number.

    >>> spec = model_spec({"input": [4, 4, 1], "layer": [{"kind": "flatten"}, {"kind": "dense", "units": 2}]})
    >>> [(layer.name, layer.output) for layer in spec.layers], spec.parameters
    ([('flatten', (16,)), ('dense', (2,))], 34)

    Raises ``EngineError``: ``UnknownName`` for a word that names nothing, ``BadModel`` for shapes that do not
    fit, with the layer, ``OtherNumber`` for another number of classes or words.
    """
    for key in told:
        if key not in KEYS:
            raise UnknownName("key of a model", key, KEYS)
    if not set(told) - {"name"}:
        raise EngineError(
            "there is nothing in it; a model has input = [height, width, channels], then its layers, each "
            "under its own [[layer]]"
        )
    shape = _input(told.get("input"), input)
    listed = told.get("layer", [])
    if isinstance(listed, Mapping):
        raise EngineError("[layer] is one table: write [[layer]], in two pairs of brackets, above each layer")
    if not isinstance(listed, list) or not all(isinstance(one, Mapping) for one in listed):
        raise EngineError(f"layers stand each under a [[layer]] of its own; received layer = {_told(listed)}")
    if not listed:
        raise EngineError('the model has no layer; begin each with [[layer]] and kind = "dense" or another')
    loss, target = str(told.get("loss", "cross-entropy")), str(told.get("target", "label"))
    initializer = str(told.get("initializer", "keras"))
    for what, word, choices in (
        ("loss", loss, tuple(LOSSES)),
        ("target", target, TARGETS),
        ("initializer", initializer, tuple(DEFAULTS)),
    ):
        if word not in choices:
            raise UnknownName(what, word, choices)
    numbers = {**(said or {}), "classes": classes}
    numbers |= {word: _number(told, listed, word, numbers.get(word)) for word in COUNTED}
    layers = _layers(listed, shape, numbers)
    spec = ModelSpec(str(told.get("name", "model")), shape, layers, loss, target, initializer)
    if target == "input" and spec.output != shape:
        raise BadModel(
            layers[-1].name,
            f"the target is the input {shape}, {prod(shape)} numbers; the output is {spec.output}; "
            "let a dense layer make as many, and a reshape behind it give them that shape",
        )
    return spec


#: Words in the place of a number that the data say -> the attributes that may be them, and what they are.
SAID_BY_DATA = {
    "classes": (("units",), "how many classes there are"),
    "vocabulary": (("input_dim", "units"), "how many words there are"),
    "source": (("start", "stop"), "how many steps are what is to be translated"),
    "mean": (("mean",), "the means of the features"),
    "variance": (("variance",), "the variances of the features"),
}

#: Those that a model file may say at its top.
COUNTED = ("classes", "vocabulary")


def _number(
    told: Mapping[str, Any], listed: list[Mapping[str, Any]], word: str, given: int | None
) -> int | None:
    """How many classes, or words, there are: as the data say, or the file. Raises where both differ."""
    number = told.get(word)
    if number is not None and (not isinstance(number, int) or isinstance(number, bool) or number < 1):
        raise EngineError(f"{word} is a whole number from 1 on; received {_told(number)}")
    attributes, _ = SAID_BY_DATA[word]
    if number is not None and not any(word in _said(one, attributes) for one in listed):
        layer = "a dense layer whose units are" if word == "classes" else "an embedding whose input_dim is"
        raise EngineError(
            f'{word} = {_told(number)} goes to {layer} the word "{word}", and there is none: leave it out'
        )
    if number is not None and given is not None and number != given:
        raise OtherNumber(word, number, given)
    return number if given is None else given


def _said(entry: Mapping[str, Any], attributes: tuple[str, ...]) -> list[Any]:
    """What a layer, and the layer inside it, say for some attributes."""
    inner = entry.get("layer")
    own = [entry.get(one) for one in attributes]
    return [*own, *(_said(inner, attributes) if isinstance(inner, Mapping) else [])]


def _input(told: Any, given: Shape | None) -> Shape:
    """The shape of one input."""
    shape = given if told is None else tuple(told) if isinstance(told, list | tuple) else (told,)
    if shape is None:
        raise EngineError("the model says no input; write input = [height, width, channels]")
    if len(shape) == 4 and isinstance(shape[0], int | None):
        raise EngineError(
            f"input is [height, width, channels] of one picture; received {_told(list(shape))}; "
            f"leave the batch out: {_told(list(shape[1:]))}"
        )
    if any(isinstance(length, int) and length > MOST_NUMBERS for length in shape):
        raise EngineError(f"a length of the input is at most {MOST_NUMBERS}; received a larger number")
    whole = all(isinstance(length, int) and not isinstance(length, bool) and length > 0 for length in shape)
    if len(shape) not in (1, 2, 3) or not whole:
        raise EngineError(
            "input is [height, width, channels], [time, features] or [features], whole numbers from 1 on; "
            f"received {_told(told)}"
        )
    return possible(shape)


#: An argument as an engine names it, and engines' words for what layers call otherwise.
ARGUMENT = re.compile(r"\b([a-z]\w*)=('?)(-?[\w.]+)\2")
OTHERWISE = {"stride": "strides", "dilation": "dilation_rate"}


def _in_file_words(text: str) -> str:
    """What an engine says, with its arguments as a model file has them.

    >>> _in_file_words("stride expects at least 1; received 0; try stride=1 or padding='same'")
    'strides expects at least 1; received 0; try strides = 1 or padding = "same"'
    """
    for word, other in OTHERWISE.items():
        text = re.sub(rf"\b{word}(?= expects|=)", other, text)
    return ARGUMENT.sub(lambda one: f"{one[1]} = " + (f'"{one[3]}"' if one[2] else one[3]), text)


def _told(value: Any, most: int = 60) -> str:
    """A value as it is repeated in a message, cut where it is long."""
    if isinstance(value, int) and abs(value) > MOST_NUMBERS:
        return "a number of many digits"
    if isinstance(value, list | tuple):
        inner = ", ".join(_told(one, most) for one in value[:8])
        text = f"[{inner}{', …' if len(value) > 8 else ''}]"
    else:
        text = repr(value)
    return text if len(text) <= most else f"{text[:most]}…"


def _filled(settings: Mapping[str, Any], numbers: Mapping[str, Any], label: str) -> dict[str, Any]:
    """The attributes with what the data say in the place of the words for it."""
    filled = dict(settings)
    if isinstance(inner := filled.get("layer"), Mapping):
        filled["layer"] = _filled(inner, numbers, label)
    for word, (attributes, what) in SAID_BY_DATA.items():
        for attribute in attributes:
            if filled.get(attribute) != word:
                continue
            if numbers.get(word) is None:
                above = f"write {word} = 10 above the layers, or " if word in COUNTED else "write "
                raise BadModel(
                    label, f'its {attribute} is the word "{word}", and nobody says {what}; {above}a number'
                )
            filled[attribute] = numbers[word]
    return filled


def _layers(
    listed: list[Mapping[str, Any]], shape: Shape, numbers: Mapping[str, Any]
) -> tuple[NamedLayer, ...]:
    """The layers in their order, each on the shape that the one before leaves, or the one it is after."""
    made: list[NamedLayer] = []
    counts: dict[str, int] = {}
    for place, entry in enumerate(listed):
        settings = dict(entry)
        word = settings.pop("kind", None)
        called = settings.pop("name", None)
        after = settings.pop("after", "")
        label = called if isinstance(called, str) and called else f"{place} ({word})"
        if not isinstance(word, str):
            wrong = "says no kind" if word is None else f"has the kind {_told(word)}, which is no word"
            raise BadModel(
                str(called or place),
                f'it {wrong}; write kind = "conv" or another, which the manual page of summary lists',
            )
        settings = _filled(settings, numbers, label)
        try:
            kind = declared(word, settings)
            if after:
                shape = _outputs(made, word, (after,))[0]
            others = _outputs(made, word, kind.sources)
            kind.check_sources(shape, others)
            output = kind.output_with(shape, others)
            for array in (output, *(weight.shape for weight in kind.weights(shape).values())):
                possible(array)
        except UnknownName as error:
            raise UnknownName(error.what, error.name, error.choices, label) from error
        except EngineError as error:
            raise BadModel(label, _in_file_words(str(error))) from error
        name = called
        if name is None:
            base = kind.keras
            count = counts.get(base, 0)
            counts[base] = count + 1
            name = f"{base}_{count}" if count else base
        if not isinstance(name, str) or not name:
            raise BadModel(label, f"a name is a word that no other layer has; received {_told(name)}")
        if taken := [other for other, one in enumerate(made) if one.name == name]:
            raise BadModel(
                f"{place} ({word})", f"layer {taken[0]} is called {name!r} already: no two have one name"
            )
        if "/" in name:
            raise BadModel(label, f"a name has no '/', which stands before the name of a weight: {name!r}")
        made.append(NamedLayer(name, kind, shape, output, after))
        shape = output
    _check_used(made)
    return tuple(made)


def _outputs(before: list[NamedLayer], kind: str, names: tuple[str, ...]) -> tuple[Shape, ...]:
    """The shapes of what earlier layers give. Raises where one is not there."""
    found = {one.name: one.output for one in before}
    for name in names:
        if not found:
            raise EngineError(f"{kind} takes the output of an earlier layer, and there is none before it")
        if name not in found:
            raise UnknownName("layer before this one", str(name), tuple(found))
    return tuple(found[name] for name in names)


def _check_used(made: list[NamedLayer]) -> None:
    """Raise ``BadModel`` for a layer whose output no other takes."""
    used = {name for one in made for name in (*one.kind.sources, one.after)}
    for one, following in pairwise(made):
        if following.after and one.name not in used:
            raise BadModel(one.name, f"nobody takes its output: the next layer is after {following.after}")


def initialiser_of(weight: Weight, spec: ModelSpec) -> str:
    """The recipe of a weight: its own, or the model's. Raises ``UnknownName``."""
    role = weight.role or ("bias" if len(weight.shape) == 1 else "kernel")
    name = weight.initializer or DEFAULTS[spec.initializer][role]
    if name not in INITIALISERS:
        raise UnknownName("initializer", name, tuple(INITIALISERS))
    return name
