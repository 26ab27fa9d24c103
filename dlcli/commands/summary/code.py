"""A model as code: as it is written for Keras 3, and for PyTorch."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from math import prod
from typing import Any

from dlcli.commands.kinds.nets.counts import count_words
from dlcli.commands.summary.calls import (
    Beside,
    Module,
    Raw,
    call_of,
    keras_activation,
    keras_recipe,
    keras_recipes,
    needed,
    short,
    text_of,
    torch_activation,
)
from dlcli.commands.summary.sequence_classes import KERAS_CLASSES, TORCH_CLASSES
from dlcli.commands.summary.sequence_code import (
    keras_given,
    keras_over_time,
    over_time_notes,
    torch_over_time,
)
from dlcli.engines.base.checks import EngineError, pair
from dlcli.engines.tensors.activations import NEGATIVE_SLOPE
from dlcli.nets.flat_order import check_channels_first, ordered_weights
from dlcli.nets.layers.activation import Activation, Prelu
from dlcli.nets.layers.add import Add
from dlcli.nets.layers.attention import Attention
from dlcli.nets.layers.base import Kind, Shape
from dlcli.nets.layers.convolution import Conv
from dlcli.nets.layers.dense import Dense
from dlcli.nets.layers.depthwise import DepthwiseConv, SeparableConv
from dlcli.nets.layers.noise import Dropout, Noise
from dlcli.nets.layers.normalise import BatchNorm, LayerNorm
from dlcli.nets.layers.pooling import AvgPool, GlobalAvg, MaxPool, Pool
from dlcli.nets.layers.sequence import Concat, TimeDistributed
from dlcli.nets.layers.shape import Flatten, Normalization, Rescaling, Reshape, Upsampling
from dlcli.nets.layers.transposed import ConvTranspose
from dlcli.nets.names import free_name, module_names
from dlcli.nets.spec import ModelSpec, NamedLayer, initialiser_of

Pads = tuple[tuple[int, int], tuple[int, int]]
NO_PADS: Pads = ((0, 0), (0, 0))

#: Losses as both call them: for outputs of the net as it is, and for what comes before its last activation.
KERAS_LOSSES = {
    "cross-entropy": "keras.losses.SparseCategoricalCrossentropy(from_logits={logits})",
    "binary-cross-entropy": "keras.losses.BinaryCrossentropy(from_logits={logits})",
    "mean-squared": "keras.losses.MeanSquaredError()",
    "mean-absolute": "keras.losses.MeanAbsoluteError()",
    "huber": "keras.losses.Huber()",
}
TORCH_LOSSES = {
    ("cross-entropy", True): "nn.CrossEntropyLoss()",
    ("cross-entropy", False): "lambda y, label: nn.functional.nll_loss(y.log(), label)",
    ("binary-cross-entropy", True): "nn.BCEWithLogitsLoss()",
    ("binary-cross-entropy", False): "nn.BCELoss()",
    ("mean-squared", False): "nn.MSELoss()",
    ("mean-absolute", False): "nn.L1Loss()",
    ("huber", False): "nn.HuberLoss()",
}
#: What a loss makes of the net's outputs by itself.
HEADS = {"cross-entropy": "softmax", "binary-cross-entropy": "sigmoid"}

#: Modules that PyTorch lacks, each written where a model needs it.
TORCH_MODULES = {
    "Rescaling": '''
class Rescaling(nn.Module):
    def __init__(self, scale, offset):
        super().__init__()
        self.scale, self.offset = scale, offset

    def forward(self, x):
        return x * self.scale + self.offset
''',
    "Normalization": '''
class Normalization(nn.Module):
    """(x - mean) / deviation of each feature by numbers that are known, or back again."""

    def __init__(self, mean, variance, invert=False):
        super().__init__()
        self.mean, self.variance, self.invert = mean, variance, invert

    def forward(self, x):
        mean, deviation = x.new_tensor(self.mean), x.new_tensor(self.variance).sqrt()
        if x.ndim == 4 and mean.ndim:  # channels come before rows and columns
            mean, deviation = mean[:, None, None], deviation[:, None, None]
        return x * deviation + mean if self.invert else (x - mean) / deviation
''',
    "ChannelsLast": '''
class ChannelsLast(nn.Module):
    """(batch, channel, height, width) to (batch, height, width, channel): the order in which Keras counts."""

    def forward(self, x):
        return x.permute(0, 2, 3, 1)
''',
    "ChannelsFirst": '''
class ChannelsFirst(nn.Module):
    """(batch, height, width, channel) to (batch, channel, height, width)."""

    def forward(self, x):
        return x.permute(0, 3, 1, 2)
''',
    "ChannelNorm": '''
class ChannelNorm(nn.LayerNorm):
    """Layer normalisation of each cell over its channels."""

    def forward(self, x):
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)
''',
    "Noise": '''
class Noise(nn.Module):
    """Normal noise in training, kept from low to high."""

    def __init__(self, stddev, low=None, high=None):
        super().__init__()
        self.stddev, self.low, self.high = stddev, low, high

    def forward(self, x):
        if not self.training:
            return x
        x = x + self.stddev * torch.randn_like(x)
        return x if self.low is None and self.high is None else x.clamp(self.low, self.high)
''',
    "PaddedAvgPool2d": '''
class PaddedAvgPool2d(nn.AvgPool2d):
    """Means of windows of a picture with a frame (left, right, top, bottom), which is not counted."""

    def __init__(self, kernel_size, stride, frame):
        super().__init__(kernel_size, stride)
        self.frame = frame

    def forward(self, x):
        inside = nn.functional.pad(torch.ones_like(x), self.frame)
        return super().forward(nn.functional.pad(x, self.frame)) / super().forward(inside)
''',
}  # fmt: skip

#: The same for Keras.
KERAS_LAYERS = {
    "ClippedNoise": '''
class ClippedNoise(layers.GaussianNoise):
    """Normal noise in training, kept from low to high."""

    def __init__(self, stddev, low=None, high=None, **more):
        super().__init__(stddev, **more)
        self.low = -float("inf") if low is None else low
        self.high = float("inf") if high is None else high

    def call(self, inputs, training=False):
        x = super().call(inputs, training=training)
        return keras.ops.clip(x, self.low, self.high) if training else x
''',
    "PaddedMaxPooling2D": '''
class PaddedMaxPooling2D(layers.MaxPooling2D):
    """The largest of each window of a picture with a frame ((top, bottom), (left, right))."""

    def __init__(self, pool_size, strides, frame, **more):
        super().__init__(pool_size, strides, **more)
        self.frame = ((0, 0), *frame, (0, 0))

    def call(self, inputs):
        return super().call(keras.ops.pad(inputs, self.frame, constant_values=-float("inf")))

    def compute_output_shape(self, shape):
        return super().compute_output_shape(
            tuple(n and n + sum(pads) for n, pads in zip(shape, self.frame))
        )
''',
    "PaddedAveragePooling2D": '''
class PaddedAveragePooling2D(layers.AveragePooling2D):
    """Means of windows of a picture with a frame ((top, bottom), (left, right)), which is not counted."""

    def __init__(self, pool_size, strides, frame, **more):
        super().__init__(pool_size, strides, **more)
        self.frame = ((0, 0), *frame, (0, 0))

    def call(self, inputs):
        inside = keras.ops.pad(keras.ops.ones_like(inputs), self.frame)
        return super().call(keras.ops.pad(inputs, self.frame)) / super().call(inside)

    def compute_output_shape(self, shape):
        return super().compute_output_shape(
            tuple(n and n + sum(pads) for n, pads in zip(shape, self.frame))
        )
''',
}  # fmt: skip


def keras_code(spec: ModelSpec) -> str:
    """The model as a program for Keras 3: ``Sequential``, or functional where an output is added later.

    >>> from dlcli.nets.builtin import builtin
    >>> print(keras_code(builtin("mlp")).split("model = ")[1].split("model.compile")[0])
    keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Flatten(name="flatten"),
            layers.Dense(128, activation="relu", name="dense"),
            layers.Dense(64, activation="relu", name="dense_1"),
            layers.Dense(10, name="dense_2"),
        ],
        name="mlp",
    )
    <BLANKLINE>
    <BLANKLINE>

    Raises ``EngineError`` for a layer that Keras does not have.
    """
    made = [(layer, _keras_layers(layer, spec)) for layer in spec.layers]
    calls = [call for _, several in made for call in several]
    functional = spec.used_later or any(isinstance(one.kind, Attention) for one in spec.layers)
    name = re.sub(r"\W", "_", spec.name) or "model"
    lines = [f'"""{_title(spec)}, for Keras 3."""', ""]
    if notes := list(over_time_notes(spec, "keras")):
        lines = [f'"""{_title(spec)}, for Keras 3.', "", *notes, '"""', ""]
    lines += ["import math", ""] if any(call.startswith("SinePositions(") for call in calls) else []
    lines += ["import keras", "from keras import layers", ""]
    lines += needed(KERAS_LAYERS | KERAS_CLASSES, calls)
    lines.append("")
    words = ', dtype="int32"' if spec.words else ""
    if not functional:
        lines += ["model = keras.Sequential(", "    [", f"        keras.Input({spec.input!r}{words}),"]
        lines += [f"        {call}," for call in calls]
        lines += ["    ],", f'    name="{name}",', ")"]
    else:
        kept = {name: f"{word}_{place}" for place, (name, word) in enumerate(module_names(spec).items())}
        lines.append(f"x = inputs = keras.Input({spec.input!r}{words})")
        for layer, several in made:
            lines += [f"x = {kept[layer.after]}"] if layer.after else []
            for call in several:
                meets = call == several[0] and (layer.kind.sources or isinstance(layer.kind, Attention))
                lines.append(f"x = {call}({keras_given(layer.kind, kept) if meets else 'x'})")
            if layer.name in spec.used_later:
                lines.append(f"{kept[layer.name]} = x")
        lines.append(f'model = keras.Model(inputs, x, name="{name}")')
    logits = spec.loss in HEADS and _last(spec) != HEADS[spec.loss]
    metrics = ', metrics=["accuracy"]' if spec.loss == "cross-entropy" else ""
    lines += ["", f'model.compile("adam", {KERAS_LOSSES[spec.loss].format(logits=logits)}{metrics})']
    lines += ["", 'if __name__ == "__main__":', "    model.summary()", ""]
    return re.sub(r"\n{4,}", "\n\n\n", "\n".join(lines))


def torch_code(spec: ModelSpec, *, channels_first: bool = False) -> str:
    """The model as a program for PyTorch: ``nn.Sequential``, or a module where an output is added later.

    Rows have the order that they have here, or ``channels_first``, as PyTorch flattens; the weights of dense
    layers lie so, then.

    >>> from dlcli.nets.builtin import builtin
    >>> print(torch_code(builtin("mlp", input=(9,))).split("model = ")[1].split("loss = ")[0])
    nn.Sequential(
        OrderedDict(
            flatten=nn.Flatten(),
            dense=nn.Linear(9, 128),
            dense_relu=nn.ReLU(),
            dense_1=nn.Linear(128, 64),
            dense_1_relu=nn.ReLU(),
            dense_2=nn.Linear(64, 10),
        )
    )
    <BLANKLINE>
    <BLANKLINE>

    Raises ``BadModel`` where channels first would be another net, whatever order weights have.
    """
    if channels_first:
        check_channels_first(spec)
    names = module_names(spec)
    used = set(names.values())
    made = [(layer, _torch_modules(layer, names[layer.name], used, channels_first)) for layer in spec.layers]
    calls = [module.call for _, several in made for module in several]
    sources = spec.used_later
    lines = [f'"""{_title(spec)}, for PyTorch.', "", *_torch_notes(spec, calls, channels_first), '"""', ""]
    if not sources or any("OrderedDict(" in call for call in calls):
        lines += ["from collections import OrderedDict", ""]
    lines += ["import torch", "from torch import nn", ""]
    lines += needed(TORCH_MODULES | TORCH_CLASSES, calls)
    lines.append("")
    if not sources:
        lines += ["model = nn.Sequential(", "    OrderedDict("]
        lines += [f"        {module.name}={module.call}," for _, several in made for module in several]
        lines += ["    )", ")"]
    else:
        lines += ["", "class Model(nn.Module):", "    def __init__(self):", "        super().__init__()"]
        lines += [f"        self.{module.name} = {module.call}" for _, several in made for module in several]
        lines += ["", "    def forward(self, x):"]
        for layer, several in made:
            others = [f"from_{names[name]}" for name in layer.kind.sources]
            lines += [f"        x = from_{names[layer.after]}"] if layer.after else []
            if isinstance(layer.kind, Add):
                lines.append(f"        x = x + {others[0]}")
            if isinstance(layer.kind, Concat):
                axis = 1 if len(layer.input) == 3 else -1
                lines.append(f"        x = torch.cat([x, {others[0]}], {axis})")
            for module in several:
                met = others if module.name == names[layer.name] and not isinstance(layer.kind, Add) else []
                lines.append(f"        x = self.{module.name}({', '.join(['x', *met])})")
            if layer.name in sources:
                lines.append(f"        from_{names[layer.name]} = x")
        lines += ["        return x", "", "", "model = Model()"]
    logits = spec.loss in HEADS and _last(spec) != HEADS[spec.loss]
    told = TORCH_LOSSES[spec.loss, logits]
    if len(spec.output) == 2 and spec.loss == "cross-entropy":  # classes of every step
        told = "lambda y, label: nn.functional.cross_entropy(y.flatten(0, 1), label.flatten())"
        if not logits:
            told = "lambda y, label: nn.functional.nll_loss(y.log().flatten(0, 1), label.flatten())"
    lines += ["", f"loss = {told}"]
    shape = (spec.input[2], *spec.input[:2]) if len(spec.input) == 3 else spec.input
    zeros = ", ".join(map(str, (1, *shape))) + (", dtype=torch.long" if spec.words else "")
    numbers = "sum(weights.numel() for weights in model.parameters())"
    lines += ["", 'if __name__ == "__main__":', "    print(model)", f'    print({numbers}, "parameters")']
    lines += [f"    print(tuple(model.eval()(torch.zeros({zeros})).shape))", ""]
    return re.sub(r"\n{4,}", "\n\n\n", "\n".join(lines))


def _title(spec: ModelSpec) -> str:
    name = "".join(letter for letter in spec.name if letter.isprintable() and letter not in '"\\')
    return f"{name}: {count_words(spec.parameters)} parameters"


def _torch_notes(spec: ModelSpec, calls: Iterable[str], channels_first: bool) -> list[str]:
    """What there is to know of the order of numbers, and of weights that are drawn."""
    notes = list(over_time_notes(spec, "torch"))
    if len(spec.input) == 3:
        height, width, channels = spec.input
        notes += [f"Pictures are (batch, channel, height, width): (batch, {channels}, {height}, {width})."]
    if any(call.startswith("Channels") for call in calls):
        notes += [
            "Flatten and reshape count the numbers of a picture as Keras does: row by row, the channels of a",
            "cell side by side. So pictures have their channels last for that: without it the weights of the",
            "dense layer behind it would meet other numbers.",
        ]
    if channels_first and ordered_weights(spec):
        notes += [
            "Flatten counts the numbers of a picture channel by channel: weights fit that are saved with",
            "--layout torch --flatten channels-first.",
        ]
    if len(spec.layers[-1].output) == 3:
        notes += ["The output has its channels first, too."]
    if spec.initializer != "torch":
        notes += ["New weights are drawn as PyTorch does it, not as Keras does."]
    return notes


def _last(spec: ModelSpec) -> str:
    """The activation that the model ends with; a reshape behind it changes no number."""
    for layer in reversed(spec.layers):
        if isinstance(layer.kind, Activation):
            return layer.kind.function
        if not isinstance(layer.kind, Reshape | Flatten):
            return layer.kind.ending
    return "linear"


def _one_or_all(numbers: tuple[float, ...]) -> Any:
    """One number for all features, or one for each."""
    return numbers[0] if len(numbers) == 1 else list(numbers)


def _pads(kind: Any, x: tuple[int, ...]) -> Pads:
    found: Pads = kind.where(x).pads
    return found


# Keras ------------------------------------------------------------------------------------------------------


def _keras_layers(layer: NamedLayer, spec: ModelSpec) -> list[str]:
    """The calls that make a layer: one, or with what it needs before or behind it."""
    kind, name = layer.kind, layer.name
    ending = getattr(kind, "activation", "linear")
    activation = keras_activation(ending)
    if (calls := keras_over_time(layer, spec)) is not None:
        return calls
    match kind:
        case TimeDistributed():
            (inner,) = _keras_layers(replace(layer, name="", kind=kind.layer, input=layer.input[1:]), spec)
            inner = inner.replace('name=""', "").replace(", )", ")")
            return [call_of("layers.TimeDistributed", Raw(inner), name=name)]
        case Conv() | DepthwiseConv() | SeparableConv():
            return _keras_conv(layer, spec)
        case ConvTranspose():
            given: dict[str, Any] = {
                "strides": short(pair("strides", kind.strides), 1),
                "padding": short(kind.padding, "valid"), "activation": activation,
                "use_bias": short(kind.use_bias, True), **keras_recipes(layer, spec), "name": name,
            }  # fmt: skip
            size = short(pair("kernel_size", kind.kernel_size))
            return [call_of("layers.Conv2DTranspose", kind.filters, size, **given)]
        case Dense():
            return [
                call_of(
                    "layers.Dense", kind.units, activation=activation, use_bias=short(kind.use_bias, True),
                    **keras_recipes(layer, spec), name=name,
                )
            ]  # fmt: skip
        case MaxPool() | AvgPool():
            what = "Max" if isinstance(kind, MaxPool) else "Average"
            size = short(pair("pool_size", kind.pool_size))
            step = short(pair("strides", kind.strides or size))
            if kind.padding in ("valid", "same"):
                return [
                    call_of(
                        f"layers.{what}Pooling2D", size, strides=short(step, size),
                        padding=short(kind.padding, "valid"), name=name,
                    )
                ]  # fmt: skip
            return [call_of(f"Padded{what}Pooling2D", size, step, _pads(kind, layer.input), name=name)]
        case GlobalAvg():
            return [call_of(f"layers.GlobalAveragePooling{len(layer.input) - 1}D", name=name)]
        case Flatten():
            return [call_of("layers.Flatten", name=name)]
        case Reshape():
            return [call_of("layers.Reshape", kind.target_shape, name=name)]
        case Rescaling():
            scale: Any = Raw("1 / 255") if kind.scale == 1 / 255 else Raw(repr(kind.scale))
            offset = short(kind.offset, 0.0)
            return [call_of("layers.Rescaling", scale=scale, offset=offset, name=name)]
        case Normalization():
            given = {"mean": _one_or_all(kind.mean), "variance": _one_or_all(kind.variance)}
            invert = short(kind.invert, False)
            return [call_of("layers.Normalization", **given, invert=invert, name=name)]
        case Upsampling():
            return [call_of("layers.UpSampling2D", short(pair("size", kind.size)), name=name)]
        case BatchNorm():
            usual = {"momentum": short(kind.momentum, 0.99), "epsilon": short(kind.epsilon, 0.001)}
            return [call_of("layers.BatchNormalization", **usual, name=name), *_keras_ending(layer)]
        case LayerNorm():
            epsilon = short(kind.epsilon, 0.001)
            return [call_of("layers.LayerNormalization", epsilon=epsilon, name=name), *_keras_ending(layer)]
        case Dropout():
            return [call_of("layers.Dropout", kind.rate, name=name)]
        case Noise() if kind.low is None and kind.high is None:
            return [call_of("layers.GaussianNoise", kind.stddev, name=name)]
        case Noise():
            return [call_of("ClippedNoise", kind.stddev, low=kind.low, high=kind.high, name=name)]
        case Activation(function="leaky-relu"):
            return [call_of("layers.LeakyReLU", negative_slope=NEGATIVE_SLOPE, name=name)]
        case Activation():
            return [call_of("layers.Activation", kind.function.replace("-", "_"), name=name)]
        case Prelu():
            axes = list(range(1, len(layer.input))) or None
            recipe = keras_recipe(initialiser_of(layer.weights["alpha"], spec), (1, 1))
            return [call_of("layers.PReLU", alpha_initializer=recipe, shared_axes=axes, name=name)]
        case Add():
            return [call_of("layers.Add", name=name), *_keras_ending(layer)]
    raise EngineError(f"layer {name}: there is no way to write {kind.kind} for Keras")


def _keras_conv(layer: NamedLayer, spec: ModelSpec) -> list[str]:
    kind, name = layer.kind, layer.name
    assert isinstance(kind, Conv | DepthwiseConv | SeparableConv)
    where = kind.where(layer.input)
    if max(where.stride) > 1 and max(where.dilation) > 1:
        raise EngineError(f"layer {name}: Keras has no {kind.kind} with strides and dilation_rate above 1")
    before, padding = [], kind.padding
    if padding not in ("valid", "same"):
        if where.pads != NO_PADS:
            before = [call_of("layers.ZeroPadding2D", where.pads, name=f"{name}_frame")]
        padding = "valid"
    given: dict[str, Any] = {
        "strides": short(where.stride, 1), "padding": short(padding, "valid"),
        "dilation_rate": short(where.dilation, 1),
    }  # fmt: skip
    first: tuple[Any, ...] = (short(where.kernel),)
    called = {Conv: "Conv2D", DepthwiseConv: "DepthwiseConv2D", SeparableConv: "SeparableConv2D"}[type(kind)]
    if isinstance(kind, Conv | SeparableConv):
        first = (kind.filters, *first)
    if isinstance(kind, Conv):
        given["groups"] = short(kind.groups, 1)
    else:
        given["depth_multiplier"] = short(kind.depth_multiplier, 1)
    given |= {"activation": keras_activation(kind.activation), "use_bias": short(kind.use_bias, True)}
    given |= keras_recipes(layer, spec)
    return [*before, call_of(f"layers.{called}", *first, **given, name=name)]


def _keras_ending(layer: NamedLayer) -> list[str]:
    """The activation of a layer that has none in Keras, as a layer behind it."""
    ending: str = getattr(layer.kind, "activation", "linear")
    if ending == "linear":
        return []
    name = f"{layer.name}_{ending.replace('-', '_')}"
    if ending == "leaky-relu":
        return [call_of("layers.LeakyReLU", negative_slope=NEGATIVE_SLOPE, name=name)]
    return [f'layers.Activation("{ending.replace("-", "_")}", name={text_of(name)})']


# PyTorch ----------------------------------------------------------------------------------------------------


def _torch_modules(layer: NamedLayer, name: str, used: set[str], channels_first: bool) -> list[Module]:
    """The modules that make a layer, in their order: the frame before it, itself, its activation."""
    kind, x, y = layer.kind, layer.input, layer.output

    def beside(word: str, call: str) -> Module:
        return Module(free_name(f"{name}_{word}", used), call)

    made: list[Module] = []
    if isinstance(kind, TimeDistributed):
        return _torch_modules(replace(layer, kind=kind.layer), name, used, channels_first)
    if (over_time := torch_over_time(layer, name)) is not None:
        return [*over_time, *_torch_ending(kind, x, beside)]
    match kind:
        case Conv() | DepthwiseConv() | SeparableConv():
            made = _torch_conv(layer, name, beside)
        case ConvTranspose():
            made = _torch_transposed(layer, name, beside)
        case Dense():
            made = [Module(name, call_of("nn.Linear", x[-1], kind.units, bias=short(kind.use_bias, True)))]
        case MaxPool() | AvgPool():
            made = _torch_pool(layer, name, beside)
        case GlobalAvg() if len(x) == 2:
            made = [Module(name, "MeanStep()")]
        case GlobalAvg():
            made = [Module(name, "nn.AdaptiveAvgPool2d(1)"), beside("flatten", "nn.Flatten()")]
        case Flatten():
            made = [Module(name, "nn.Flatten()")]
            if _mixed(x) and not channels_first:
                made.insert(0, beside("order", "ChannelsLast()"))
        case Reshape():
            shape = (y[2], *y[:2]) if channels_first and len(y) == 3 else y
            made = [Module(name, f"nn.Unflatten(1, {shape!r})" if len(y) > 1 else "nn.Flatten()")]
            if len(x) > 1 and len(y) > 1:
                made.insert(0, beside("row", "nn.Flatten()"))
            if _mixed(x) and not channels_first:
                made.insert(0, beside("order", "ChannelsLast()"))
            if len(y) == 3 and not channels_first:
                made.append(beside("back", "ChannelsFirst()"))
        case Rescaling():
            scale = "1 / 255" if kind.scale == 1 / 255 else repr(kind.scale)
            made = [Module(name, f"Rescaling({scale}, {kind.offset!r})")]
        case Normalization():
            told = _one_or_all(kind.mean), _one_or_all(kind.variance)
            made = [Module(name, call_of("Normalization", *told, invert=short(kind.invert, False)))]
        case Upsampling():
            made = [Module(name, call_of("nn.Upsample", scale_factor=short(pair("size", kind.size))))]
        case BatchNorm():
            # Rounded, for 1 − 0.99 is 0.010000000000000009.
            momentum = short(round(1 - kind.momentum, 12), 0.1)
            called = ("nn.BatchNorm1d", "FeatureNorm", "nn.BatchNorm2d")[len(x) - 1]
            made = [Module(name, call_of(called, x[-1], eps=kind.epsilon, momentum=momentum))]
        case LayerNorm():
            called = "ChannelNorm" if len(x) == 3 else "nn.LayerNorm"
            made = [Module(name, call_of(called, x[-1], eps=kind.epsilon))]
        case Dropout():
            made = [Module(name, f"nn.Dropout({kind.rate!r})")]
        case Noise():
            made = [Module(name, call_of("Noise", kind.stddev, low=kind.low, high=kind.high))]
        case Activation():
            made = [Module(name, torch_activation(kind.function, x))]
        case Prelu():
            made = [Module(name, f"{'FeaturePReLU' if len(x) == 2 else 'nn.PReLU'}({x[-1]})")]
        case Add():
            made = []
        case _:
            raise EngineError(f"layer {layer.name}: there is no way to write {kind.kind} for PyTorch")
    return [*made, *_torch_ending(kind, x, beside)]


def _torch_ending(kind: Kind, x: Shape, beside: Beside) -> list[Module]:
    """The activation that a layer ends with, as a module behind it."""
    if kind.ending == "linear":
        return []
    return [beside(kind.ending.replace("-", "_"), torch_activation(kind.ending, x))]


def _mixed(x: tuple[int, ...]) -> bool:
    """Whether the numbers of a picture lie otherwise with its channels last."""
    return len(x) == 3 and x[2] > 1 and prod(x[:2]) > 1


def _frame(pads: Pads) -> tuple[int, int, int, int]:
    """A frame in the order of PyTorch: left, right, top, bottom."""
    return (*pads[1], *pads[0])


def _torch_conv(layer: NamedLayer, name: str, beside: Beside) -> list[Module]:
    kind, channels = layer.kind, layer.input[2]
    assert isinstance(kind, Conv | DepthwiseConv | SeparableConv)
    where = kind.where(layer.input)
    frame, padding = _torch_frame(where.pads, beside)
    given: dict[str, Any] = {
        "stride": short(where.stride, 1), "padding": padding, "dilation": short(where.dilation, 1),
    }  # fmt: skip
    size, bias = short(where.kernel), short(kind.use_bias, True)
    if isinstance(kind, Conv):
        given |= {"groups": short(kind.groups, 1), "bias": bias}
        return [*frame, Module(name, call_of("nn.Conv2d", channels, kind.filters, size, **given))]
    depth = channels * kind.depth_multiplier
    given["groups"] = short(channels, 1)
    if isinstance(kind, DepthwiseConv):
        return [*frame, Module(name, call_of("nn.Conv2d", channels, depth, size, **given, bias=bias))]
    apart = call_of("nn.Conv2d", channels, depth, size, **given, bias=False)
    mixed = call_of("nn.Conv2d", depth, kind.filters, 1, bias=bias)
    return [*frame, Module(name, f"nn.Sequential(OrderedDict(depthwise={apart}, pointwise={mixed}))")]


def _torch_frame(pads: Pads, beside: Beside) -> tuple[list[Module], Any]:
    """The module that lays zeros around a picture, or the padding that does the same."""
    if all(before == after for before, after in pads):
        return [], short((pads[0][0], pads[1][0]), 0)
    return [beside("frame", f"nn.ZeroPad2d({_frame(pads)!r})")], None


def _torch_pool(layer: NamedLayer, name: str, beside: Beside) -> list[Module]:
    kind = layer.kind
    assert isinstance(kind, Pool)
    where = kind.where(layer.input)
    size, step = short(where.kernel), short(where.stride)
    pads = where.pads
    even = all(before == after <= k // 2 for (before, after), k in zip(pads, where.kernel, strict=True))
    largest = isinstance(kind, MaxPool)
    if even:
        padding = short((pads[0][0], pads[1][0]), 0)
        given: dict[str, Any] = {"stride": short(step, size), "padding": padding}
        if not largest and padding is not None:
            given["count_include_pad"] = False
        return [Module(name, call_of("nn.MaxPool2d" if largest else "nn.AvgPool2d", size, **given))]
    if largest:
        frame = beside("frame", f'nn.ConstantPad2d({_frame(pads)!r}, -float("inf"))')
        return [frame, Module(name, call_of("nn.MaxPool2d", size, stride=short(step, size)))]
    return [Module(name, f"PaddedAvgPool2d({size!r}, {step!r}, {_frame(pads)!r})")]


def _torch_transposed(layer: NamedLayer, name: str, beside: Beside) -> list[Module]:
    """What PyTorch makes is cut to what Keras keeps of it, or is let grow to that."""
    kind, x, y = layer.kind, layer.input, layer.output
    assert isinstance(kind, ConvTranspose)
    size, strides = pair("kernel_size", kind.kernel_size), pair("strides", kind.strides)
    more = [m - ((n - 1) * s + k) for m, n, s, k in zip(y, x, strides, size, strict=False)]
    cut = kind.cut()
    grown = tuple(max(extra, 0) for extra in more)
    given = {
        "stride": short(strides, 1), "output_padding": short(grown, 0),
        "bias": short(kind.use_bias, True),
    }  # fmt: skip
    made = [Module(name, call_of("nn.ConvTranspose2d", x[2], kind.filters, short(size), **given))]
    if min(more) < 0:
        # Negative frames cut: (left, right, top, bottom).
        ends = [
            (-begin, extra + begin) if extra < 0 else (0, 0) for begin, extra in zip(cut, more, strict=True)
        ]
        made.append(beside("cut", f"nn.ZeroPad2d({(*ends[1], *ends[0])!r})"))
    return made
