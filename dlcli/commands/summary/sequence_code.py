"""The calls that make layers over sequences, for Keras 3 and for PyTorch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from dlcli.commands.summary.calls import (
    TORCH_ACTIVATIONS,
    Module,
    Raw,
    call_of,
    keras_activation,
    keras_recipe,
    keras_recipes,
    short,
)
from dlcli.engines.base.checks import EngineError
from dlcli.nets.layers.attention import Attention
from dlcli.nets.layers.base import Kind
from dlcli.nets.layers.bidirectional import Bidirectional
from dlcli.nets.layers.conv1d import CAUSAL, Conv1D
from dlcli.nets.layers.recurrent import GRU, LSTM, Leaky, Recurrent, SimpleRNN
from dlcli.nets.layers.sequence import Concat, Embedding, LastStep, Masking, Positions, Steps
from dlcli.nets.layers.spectrogram import StftSpectrogram
from dlcli.nets.layers.transformer import TransformerBlock
from dlcli.nets.spec import ModelSpec, NamedLayer, initialiser_of

#: What both call their recurrent layers.
CALLED: dict[type[Kind], tuple[str, str]] = {
    LSTM: ("LSTM", "LSTM"),
    GRU: ("GRU", "GRU"),
    SimpleRNN: ("SimpleRNN", "RNN"),
}

#: Activations that PyTorch's transformer layers know by a word, and the others as functions.
BLOCK_ACTIVATIONS = {
    "relu": "relu", "gelu": "gelu", "leaky-relu": Raw("nn.functional.leaky_relu"),
    "elu": Raw("nn.functional.elu"), "selu": Raw("nn.functional.selu"),
    "hard-sigmoid": Raw("nn.functional.hardsigmoid"), "hard-tanh": Raw("nn.functional.hardtanh"),
    "silu": Raw("nn.functional.silu"), "softplus": Raw("nn.functional.softplus"), "tanh": Raw("torch.tanh"),
    "sigmoid": Raw("torch.sigmoid"), "linear": Raw("lambda x: x"),
}  # fmt: skip


def ends_with_step(spec: ModelSpec, layer: NamedLayer) -> bool:
    """Whether nobody takes but the last step of a recurrent layer: both are one layer in Keras."""
    place = spec.layers.index(layer)
    if not isinstance(layer.kind, Recurrent) or place + 1 == len(spec.layers):
        return False
    behind = spec.layers[place + 1]
    return isinstance(behind.kind, LastStep) and not behind.after and layer.name not in spec.used_later


def keras_given(kind: Kind, kept: dict[str, str]) -> str:
    """What a layer is called with, where outputs of earlier layers are ``kept`` under these words."""
    others = [kept[name] for name in kind.sources]
    if isinstance(kind, Attention):
        causal = ", use_causal_mask=True" if kind.causal else ""
        return f"x, {others[0] if others else 'x'}{causal}"
    if isinstance(kind, Recurrent) and others:
        return f"x, initial_state={others[0]}"
    if isinstance(kind, TransformerBlock):
        return ", ".join(["x", *others])
    return f"[x, {others[0]}]" if others else "x"


def keras_over_time(layer: NamedLayer, spec: ModelSpec) -> list[str] | None:
    """The calls that make a layer over sequences; none of another kind."""
    kind, name, x = layer.kind, layer.name, layer.input
    match kind:
        case Embedding():
            given = {"mask_zero": short(kind.mask_zero, False), **keras_recipes(layer, spec)}
            return [call_of("layers.Embedding", kind.input_dim, kind.output_dim, **given, name=name)]
        case Positions(encoding="learned"):
            return [call_of("PositionEmbedding", kind.max_length or x[0], name=name)]
        case Positions():
            return [call_of("SinePositions", name=name)]
        case Masking():
            return [call_of("layers.Masking", mask_value=short(kind.mask_value, 0.0), name=name)]
        case Steps():
            return [call_of("Steps", kind.start, stop=kind.stop, name=name)]
        case LastStep():
            place = spec.layers.index(layer)
            if place and ends_with_step(spec, spec.layers[place - 1]):
                return []
            return [call_of("LastStep", name=name)]
        case Recurrent():
            return [_keras_recurrent(layer, spec, every=not ends_with_step(spec, layer), name=name)]
        case Bidirectional():
            inner = _keras_recurrent(_inner(layer, kind.layer), spec, every=True, name=None)
            merge = short(kind.merge_mode, "concat")
            return [call_of("layers.Bidirectional", Raw(inner), merge_mode=merge, name=name)]
        case Conv1D():
            return _keras_conv1d(layer, spec)
        case StftSpectrogram():
            mirrored = {"pad": kind.pad} if any(kind.pad) else {}
            return [call_of("Spectrogram", kind.frame_length, kind.frame_step, **mirrored, name=name)]
        case Concat():
            masks = any(
                isinstance(one.kind, Masking) or getattr(one.kind, "mask_zero", False) for one in spec.layers
            )
            return [call_of("Beside" if masks else "layers.Concatenate", name=name)]
        case Attention():
            return [_keras_attention(layer, spec)]
        case TransformerBlock():
            hidden = kind.hidden or 4 * x[1]
            return [
                call_of(
                    "TransformerBlock", kind.heads, x[1], hidden,
                    activation=None if kind.activation == "relu" else _plain(kind.activation),
                    norm_first=short(kind.norm_first, False), causal=short(kind.causal, False),
                    to_memory=short(bool(kind.sources), False), dropout=short(kind.dropout, 0.0),
                    epsilon=short(kind.epsilon, 1e-5), name=name,
                )
            ]  # fmt: skip
    return None


def _plain(activation: str) -> Any:
    """An activation as an argument; Keras' word for none is linear."""
    return keras_activation(activation) or "linear"


def _inner(layer: NamedLayer, kind: Kind) -> NamedLayer:
    """The layer inside another, on what that takes."""
    return replace(layer, kind=kind)


def _check_skip(layer: NamedLayer, kind: Recurrent) -> None:
    if isinstance(kind, SimpleRNN) and kind.skip and kind.initial:
        raise EngineError(
            f"layer {layer.name}: there is no way to write a simple-rnn that skips and begins with a state"
        )


def _keras_recurrent(layer: NamedLayer, spec: ModelSpec, *, every: bool, name: str | None) -> str:
    kind = layer.kind
    assert isinstance(kind, Recurrent)
    _check_skip(layer, kind)
    given: dict[str, Any] = {"return_sequences": short(every, False)}
    bias = short(kind.use_bias, True)
    if isinstance(kind, Leaky) or (isinstance(kind, SimpleRNN) and kind.skip):
        if isinstance(kind, Leaky):
            activation = None if kind.activation == "linear" else _plain(kind.activation)
            cell = call_of(
                "LeakyCell", kind.units, kind.alpha, activation=activation, use_bias=bias, name="leaky_cell"
            )
        else:
            assert isinstance(kind, SimpleRNN)
            activation = None if kind.activation == "tanh" else _plain(kind.activation)
            cell = call_of(
                "SkipCell",
                kind.units,
                kind.skip,
                activation=activation,
                use_bias=bias,
                name="simple_rnn_cell",
            )
        return call_of("layers.RNN", Raw(cell), **given, name=name)
    given |= {"activation": None if kind.activation == "tanh" else _plain(kind.activation), "use_bias": bias}
    given |= keras_recipes(layer, spec)
    if isinstance(kind, LSTM) and kind.use_bias:
        one = kind.forget_bias == 1 or (kind.forget_bias is None and spec.initializer == "keras")
        given["unit_forget_bias"] = short(one, True)
    if isinstance(kind, GRU):
        given["reset_after"] = short(kind.reset_after, True)
    return call_of(f"layers.{CALLED[type(kind)][0]}", kind.units, **given, name=name)


def _keras_conv1d(layer: NamedLayer, spec: ModelSpec) -> list[str]:
    kind, name = layer.kind, layer.name
    assert isinstance(kind, Conv1D)
    if kind.strides > 1 and kind.dilation_rate > 1:
        raise EngineError(f"layer {name}: Keras has no conv1d with strides and dilation_rate above 1")
    before, padding = [], kind.padding
    if padding not in ("valid", "same", CAUSAL):
        pads = kind.where(layer.input).pads[1]
        before = [call_of("layers.ZeroPadding1D", pads, name=f"{name}_frame")] if any(pads) else []
        padding = "valid"
    given = {
        "strides": short(kind.strides, 1), "padding": short(padding, "valid"),
        "dilation_rate": short(kind.dilation_rate, 1), "groups": short(kind.groups, 1),
        "activation": keras_activation(kind.activation), "use_bias": short(kind.use_bias, True),
        **keras_recipes(layer, spec),
    }  # fmt: skip
    return [*before, call_of("layers.Conv1D", kind.filters, kind.kernel_size, **given, name=name)]


def _keras_attention(layer: NamedLayer, spec: ModelSpec) -> str:
    kind, weights = layer.kind, layer.weights
    assert isinstance(kind, Attention)
    given: dict[str, Any] = {"use_bias": short(kind.use_bias, True)}
    for end, usual in (("kernel", "glorot-uniform"), ("bias", "zeros")):
        weight = weights.get(f"in_proj_{end}")
        if weight is not None and (recipe := initialiser_of(weight, spec)) != usual:
            given[f"{end}_initializer"] = keras_recipe(recipe, weight.fans_of(recipe))
    width = kind.width(layer.input) // kind.heads
    return call_of("layers.MultiHeadAttention", kind.heads, width, **given, name=layer.name)


# PyTorch ----------------------------------------------------------------------------------------------------


def torch_over_time(layer: NamedLayer, name: str) -> list[Module] | None:
    """The modules that make a layer over sequences, without its activation; none of another kind."""
    kind, x = layer.kind, layer.input
    match kind:
        case Embedding():
            return [Module(name, call_of("nn.Embedding", kind.input_dim, kind.output_dim))]
        case Positions(encoding="learned"):
            return [Module(name, call_of("Positions", kind.max_length or x[0], x[1]))]
        case Positions():
            return [Module(name, "SinePositions()")]
        case Masking():
            return [Module(name, "nn.Identity()")]
        case Steps():
            return [Module(name, call_of("Steps", kind.start, stop=kind.stop))]
        case LastStep():
            return [Module(name, "LastStep()")]
        case Recurrent():
            return [Module(name, _torch_recurrent(layer, kind))]
        case Bidirectional():
            inner = _torch_recurrent(layer, kind.recurrent, both=True)
            merged = (
                []
                if kind.merge_mode == "concat"
                else [Module(f"{name}_merged", call_of("Merged", kind.merge_mode))]
            )
            return [Module(name, inner), *merged]
        case Conv1D():
            given = {
                "stride": short(kind.strides, 1), "dilation": short(kind.dilation_rate, 1),
                "groups": short(kind.groups, 1), "bias": short(kind.use_bias, True),
                "frame": None if not any(pads := kind.where(x).pads[1]) else pads,
            }  # fmt: skip
            return [Module(name, call_of("Conv1d", x[1], kind.filters, kind.kernel_size, **given))]
        case StftSpectrogram():
            sizes = kind.frame_length, kind.frame_step
            mirrored = {"pad": kind.pad} if any(kind.pad) else {}
            return [Module(name, call_of("Spectrogram", *sizes, **mirrored))]
        case Concat():
            return []
        case Attention():
            if kind.width(x) != x[1]:
                raise EngineError(
                    f"layer {layer.name}: heads of PyTorch's attention share the {x[1]} features; it has no "
                    f"key_dim, here {kind.key_dim} for each of {kind.heads}"
                )
            bias, causal = short(kind.use_bias, True), short(kind.causal, False)
            return [Module(name, call_of("Attention", x[1], kind.heads, causal=causal, bias=bias))]
        case TransformerBlock():
            called = "CausalBlock" if kind.causal else "nn.TransformerEncoderLayer"
            called = "DecoderBlock" if kind.sources else called
            if kind.sources and not kind.causal:
                raise EngineError(f"layer {layer.name}: a decoder-block is causal in PyTorch's code")
            if kind.activation not in BLOCK_ACTIVATIONS:
                raise EngineError(
                    f"layer {layer.name}: there is no way to write its {kind.activation} for PyTorch"
                )
            given = {
                "dropout": kind.dropout, "activation": BLOCK_ACTIVATIONS[kind.activation],
                "layer_norm_eps": short(kind.epsilon, 1e-5), "batch_first": True,
                "norm_first": short(kind.norm_first, False),
            }  # fmt: skip
            given["activation"] = short(given["activation"], "relu")
            return [Module(name, call_of(called, x[1], kind.heads, kind.hidden or 4 * x[1], **given))]
    return None


def _torch_recurrent(layer: NamedLayer, kind: Recurrent, *, both: bool = False) -> str:
    sizes, bias = (layer.input[1], kind.units), short(kind.use_bias, True)
    if isinstance(kind, Leaky) and not both:
        return call_of("Leaky", *sizes, kind.alpha, Raw(TORCH_ACTIVATIONS[kind.activation]), bias=bias)
    _check_skip(layer, kind)
    skips = isinstance(kind, SimpleRNN) and kind.skip > 0
    known = ("tanh", "relu") if isinstance(kind, SimpleRNN) else ("tanh",)
    if isinstance(kind, Leaky) or (skips and both):
        raise EngineError(
            f"layer {layer.name}: PyTorch has no {kind.kind}{' that skips' * skips} in both directions"
        )
    if kind.activation not in known:
        raise EngineError(
            f"layer {layer.name}: a {kind.kind} of PyTorch has the activation {' or '.join(known)}, not "
            f"{kind.activation}"
        )
    if isinstance(kind, GRU) and not kind.reset_after:
        raise EngineError(
            f"layer {layer.name}: a gru of PyTorch resets after the product, this one before it "
            "(reset_after = false)"
        )
    given: dict[str, Any] = {"skip": kind.skip} if isinstance(kind, SimpleRNN) and skips else {}
    if isinstance(kind, SimpleRNN):
        given["nonlinearity"] = short(kind.activation, "tanh")
    given |= {"bias": bias, "batch_first": True, "bidirectional": short(both, False)}
    return call_of("SkipRNN" if skips else CALLED[type(kind)][1], *sizes, **given)


def over_time_notes(spec: ModelSpec, library: str) -> Iterator[str]:
    """What there is to know of a model over sequences beside its code."""
    torch = library == "torch"
    if torch and spec.words:
        yield f"Words are (batch, time) of whole numbers: (batch, {spec.input[0]})."
    elif torch and len(spec.input) == 2:
        yield f"Sequences are (batch, time, feature): (batch, {spec.input[0]}, {spec.input[1]})."
    kinds = [one.kind for one in spec.layers]
    inner = [one.layer if isinstance(one, Bidirectional) else one for one in kinds]
    masks = any(isinstance(one, Masking) or getattr(one, "mask_zero", False) for one in kinds)
    if torch and masks:
        yield "Steps that fill up short sequences are read like others here: pack them, as by"
        yield "nn.utils.rnn.pack_padded_sequence, or give sequences of one length."
    if not torch and masks and any(isinstance(one, Conv1D) for one in kinds):
        yield "A convolution hands on no mask in Keras: behind it steps that fill up short sequences are read"
        yield "like others. Give sequences of one length."
    if torch and any(isinstance(one, LSTM | SimpleRNN) and one.use_bias for one in inner):
        yield "Recurrent layers have two biases in PyTorch, which are added up: so it counts more parameters."
    if any(getattr(one, "stateful", False) for one in inner):
        yield "Each batch begins anew; a stateful net begins with the states that the one before ended with."
    starts = [getattr(one, word, None) for one in inner for word in ("forget_bias", "update_bias", "chrono")]
    if any(one not in (None, 0, 1) for one in starts) or any(getattr(one, "update_bias", 0) for one in inner):
        yield "The biases of gates begin as usual: set those of forget_bias, update_bias and chrono yourself."
