"""Nets as ONNX files: what onnx' checker and onnxruntime say of every kind of layer, and our own reader."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest

from dlcli.engines.base.checks import Array, EngineError
from dlcli.nets.builtin import BUILTIN, builtin
from dlcli.nets.layers.activation import NAMES
from dlcli.nets.layers.kinds import KINDS
from dlcli.nets.net import DifferentWeights, Net, picture_first
from dlcli.nets.onnx.graph import Graph
from dlcli.nets.onnx.read import read_graph
from dlcli.nets.onnx.write import WRITERS, write_graph
from dlcli.nets.spec import BadModel, ModelSpec, model_spec
from dlcli.wire.models.onnx_model import read_onnx, write_onnx
from dlcli.wire.stream import Limits, Source

Case = tuple[list[int], list[dict[str, Any]]]


def layer(kind: str, **settings: Any) -> dict[str, Any]:
    return {"kind": kind, **settings}


#: What comes between a layer and the add that takes its output, by how many axes that has.
WORK = {3: layer("conv", filters=2, padding="same"), 1: layer("dense", units=6)}

#: Layers whose output is added later: every activation, and every layer that lets numbers through.
SOURCES: list[tuple[str, list[int], dict[str, Any]]] = [
    (f"{name}-{len(shape)}", shape, passing)
    for shape in ([4, 3, 2], [6])
    for name, passing in (
        *((name, layer("activation", function=name)) for name in NAMES),
        ("dropout", layer("dropout", rate=0.5)), ("noise", layer("noise", stddev=0.1)), ("prelu", layer("prelu")),
        ("reshape", layer("reshape", target_shape=shape)), ("rescaling", layer("rescaling", scale=0.5, offset=1)),
        ("scale", layer("rescaling", scale=0.5)), ("batchnorm", layer("batchnorm")), ("norm", layer("layernorm")),
        *((("flatten", layer("flatten")),) if len(shape) == 1 else ()),
    )
]  # fmt: skip

CASES: dict[str, Case] = {
    "rescaling": ([5, 6, 3], [layer("rescaling", scale=0.5, offset=-1)]),
    "rescaling-scale": ([7], [layer("rescaling")]),
    "conv": ([7, 6, 4], [layer("conv", filters=6, groups=2, dilation_rate=2, padding="same")]),
    "conv-uneven": (
        [7, 6, 3], [layer("conv", filters=6, kernel_size=[4, 3], padding="same", strides=[2, 3], use_bias=False)]
    ),
    "conv-frame": ([7, 6, 3], [layer("conv", filters=2, padding=[[2, 1], [0, 3]])]),
    "depthwise-conv": ([7, 6, 3], [layer("depthwise-conv", depth_multiplier=2, padding="same", strides=2)]),
    "separable-conv": ([7, 6, 3], [layer("separable-conv", filters=5, depth_multiplier=2, activation="elu")]),
    **{
        f"conv-transpose-{padding}-{size}-{strides}": (
            [4, 5, 3], [layer("conv-transpose", filters=2, kernel_size=size, strides=strides, padding=padding)]
        )
        for padding in ("valid", "same")
        for size in (1, 2, 3, [5, 2])
        for strides in (1, 2, [1, 3])
    },
    "upsampling": ([3, 4, 2], [layer("upsampling", size=[2, 3])]),
    "maxpool": ([7, 8, 2], [layer("maxpool", pool_size=3, strides=2, padding="same")]),
    "avgpool": ([7, 8, 2], [layer("avgpool", pool_size=[3, 2], strides=2, padding="same")]),
    "global-avgpool": ([7, 8, 3], [layer("global-avgpool"), layer("dense", units=2)]),
    "flatten": ([2, 3, 4], [layer("flatten")]),
    "flatten-dense": (
        [2, 3, 4],
        [layer("flatten"), layer("batchnorm"), layer("prelu"), layer("layernorm"), layer("dropout", rate=0.25),
         layer("gelu"), layer("flatten"), layer("dense", units=5, activation="silu")],
    ),
    "flatten-add": (
        [2, 3, 4], [layer("flatten", name="f"), layer("relu"), layer("add", source="f"), layer("dense", units=3)]
    ),
    "reshape": ([2, 3, 4], [layer("reshape", target_shape=[4, 3, 2]), layer("conv", filters=2, kernel_size=1)]),
    "reshape-one-channel": ([24], [layer("reshape", target_shape=[4, 6, 1])]),
    "reshape-channels": ([5], [layer("dense", units=24), layer("reshape", target_shape=[4, 2, 3])]),
    "reshape-row": ([4, 3, 2], [layer("reshape", target_shape=[24])]),
    "dense": ([6], [layer("dense", units=4, use_bias=False)]),
    "batchnorm": ([4, 3, 2], [layer("batchnorm", epsilon=0.1, activation="tanh")]),
    "layernorm": ([4, 3, 2], [layer("layernorm", epsilon=0.1, activation="sigmoid")]),
    "dropout": ([4], [layer("dropout", rate=0.25)]),
    "noise": ([4], [layer("noise", stddev=1)]),
    "prelu": ([4, 3, 2], [layer("prelu")]),
    "add": (
        [4, 3, 2],
        [layer("conv", filters=2, padding="same", name="input"),
         layer("conv", filters=2, padding="same", activation="relu"),
         layer("add", source="input", activation="relu")],
    ),
    **{
        f"add-{name}-{'deep' if before else 'input'}": (
            shape,
            [*before, passing | {"name": "r"}, *work, layer("add", source="r"), *work, layer("add", source="r"),
             layer("flatten"), layer("dense", units=3)],
        )
        for name, shape, passing in SOURCES
        for work in ([WORK[len(shape)]],)
        for before in ([], work)
    },
    "add-itself": ([4, 3, 2], [layer("linear", name="r"), layer("add", source="r"), layer("add", source="add")]),
    "add-passed": (
        [4, 3, 2],
        [layer("conv", filters=2, kernel_size=1, name="c"), layer("linear"), layer("noise", stddev=0.1),
         layer("add", source="c"), layer("relu"), layer("add", source="c")],
    ),
    "add-after-relu": (
        [5], [layer("linear", name="r"), layer("linear", name="s"), layer("relu"), layer("add", source="r"),
              layer("rescaling"), layer("add", source="s"), layer("silu"), layer("add", source="r")]
    ),
    **{f"activation-{name}": ([4, 3, 2], [layer("activation", function=name)]) for name in NAMES},
    **{f"ending-{name}": ([7], [layer("dense", units=3, activation=name)]) for name in NAMES},
}  # fmt: skip


LSTM, DENSE = layer("lstm", units=3), layer("dense", units=2, activation="tanh")

#: The first half of a sequence, called half, and what follows takes the second.
HALVES = [
    layer("linear", name="all"),
    layer("steps", stop=3, name="half"),
    layer("steps", start=3, after="all"),
]

#: Layers over sequences: written, and not read yet.
OVER_TIME: dict[str, Case] = {
    "simple-rnn": ([6, 4], [layer("simple-rnn", units=3, activation="relu"), layer("simple-rnn", units=2)]),
    "lstm": ([6, 4], [layer("lstm", units=3, use_bias=False), layer("lstm", units=3, activation="sigmoid"), layer("last-step")]),
    "gru": ([6, 4], [layer("gru", units=3), layer("gru", units=3, reset_after=False), layer("gru", units=2, use_bias=False)]),
    "leaky": ([6, 4], [layer("leaky", units=3, activation="relu", alpha=0.7), DENSE]),
    **{
        f"bidirectional-{how}": ([6, 4], [layer("bidirectional", layer=one, merge_mode=how), DENSE])
        for how, one in zip(("concat", "sum", "ave", "mul"), [LSTM, layer("gru", units=3)] * 2, strict=True)
    },
    "states": (
        [6, 4], [*HALVES[:2], layer("gru", units=3), layer("last-step", name="end"), layer("steps", start=3, after="all"),
                 layer("gru", units=3, initial="end"), layer("leaky", units=3, initial="end"),
                 layer("simple-rnn", units=3, initial="end")]
    ),
    "embedding": ([6], [layer("embedding", input_dim=7, output_dim=4), layer("positions"), DENSE]),
    "embedding-later": ([6], [layer("dropout", rate=0.5), layer("embedding", input_dim=7, output_dim=4)]),
    "stateful": ([6, 4], [layer("lstm", units=3, stateful=True), layer("leaky", units=3, stateful=True)]),
    "normalization": ([6, 2], [layer("normalization", mean=[1, 2], variance=[4, 9]), DENSE,
                               layer("normalization", mean=[0.5], variance=[3], invert=True)]),
    "normalization-pictures": ([3, 4, 2], [layer("normalization", mean=[1, 2], variance=[4, 9])]),
    "sines": ([6, 5], [layer("positions", encoding="sinusoidal")]),
    "conv1d": ([9, 4], [layer("conv1d", filters=6, padding="causal", dilation_rate=2, activation="relu"),
                        layer("conv1d", filters=4, groups=2, strides=2, padding="same", use_bias=False)]),
    "time-distributed": ([6, 4], [layer("time-distributed", layer=DENSE), layer("time-distributed", layer=layer("prelu"))]),
    "concat": ([6, 4], [layer("dense", units=3, name="a", use_bias=False), layer("tanh"), layer("concat", source="a")]),
    "concat-pictures": ([5, 6, 2], [layer("conv", filters=3, padding="same", name="a"), layer("relu"), layer("concat", source="a")]),
    "concat-rows": ([4], [layer("dense", units=3, name="a"), layer("relu"), layer("concat", source="a")]),
    "steps": ([6, 4], [layer("steps", start=-4, stop=-1)]),
    "features": ([6, 4], [layer("batchnorm"), layer("prelu"), layer("layernorm"), layer("softmax"), layer("dropout", rate=0.2)]),
    "shapes": ([6, 4], [layer("reshape", target_shape=[3, 8]), layer("dense", units=4), layer("reshape", target_shape=[2, 3, 2]),
                        layer("conv", filters=2, kernel_size=2), layer("reshape", target_shape=[2, 2]), layer("flatten"), DENSE]),
    "mean": ([6, 4], [layer("global-avgpool"), DENSE]),
    "attention": ([6, 4], [layer("attention", heads=2), layer("attention", causal=True, key_dim=3, use_bias=False)]),
    "attention-memory": ([6, 4], [*HALVES, layer("attention", heads=2, memory="half")]),
    "transformer-block": ([6, 4], [layer("transformer-block", heads=2, activation="gelu", hidden=5),
                                   layer("transformer-block", norm_first=True, causal=True, epsilon=0.1)]),
    "decoder-block": ([6, 4], [*HALVES, layer("decoder-block", heads=2, memory="half"),
                               layer("decoder-block", memory="half", norm_first=True, activation="silu"), layer("decoder-block")]),
}  # fmt: skip


#: Models by name: those that have a mask are refused, and what is over sequences is not read.
MASKED = [
    name for name in BUILTIN if any(getattr(one.kind, "mask_zero", False) for one in builtin(name).layers)
]
LONG = [name for name in BUILTIN if len(builtin(name).input) == 2 or builtin(name).words or name in MASKED]


def spec_of(name: str) -> ModelSpec:
    if name in BUILTIN:
        return builtin(name, input=(32, 32, 3) if name == "image-classifier" else None)
    shape, layers = (CASES | OVER_TIME)[name]
    return model_spec({"name": name, "input": shape, "layer": layers, "loss": "mean-squared"})


def drawn(spec: ModelSpec) -> dict[str, Array]:
    """Weights of which none is 0 or 1 throughout."""
    rng, weights = np.random.default_rng(1), Net(spec).draw(3).weights()
    return {
        key: rng.uniform(0.2, 1.2, array.shape).astype(np.float32) if array.ndim == 1 else array
        for key, array in weights.items()
    }


def batch(spec: ModelSpec) -> Array:
    rng = np.random.default_rng(0)
    if spec.name == "embedding-later":
        return rng.integers(0, 7, (3, *spec.input)).astype(np.float32)
    if spec.words:
        return rng.integers(0, spec.words, (3, *spec.input))
    return rng.normal(size=(3, *spec.input)).astype(np.float32)


def given(spec: ModelSpec, weights: dict[str, Array], x: Array) -> Array:
    net = Net(spec).load(weights)
    return picture_first(list(net.activations(net.batch(x)))[-1][1]).copy()


def written(graph: Graph) -> bytes:
    buffer = io.BytesIO()
    write_onnx(graph.as_mapping(), buffer)
    return buffer.getvalue()


def test_every_kind_of_layer_is_a_case() -> None:
    tried = {entry["kind"] for _, layers in (CASES | OVER_TIME).values() for entry in layers}
    assert set(KINDS) <= tried | {"masking", "stft-spectrogram"}  # which are refused
    assert set(KINDS.values()) == set(WRITERS)


@pytest.mark.parametrize("name", [*CASES, *OVER_TIME, *(name for name in BUILTIN if name not in MASKED)])
def test_onnxruntime_computes_the_same(name: str) -> None:
    onnx, onnxruntime = pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")
    spec = spec_of(name)
    weights, x = drawn(spec), batch(spec)
    data = written(write_graph(spec, weights))
    onnx.checker.check_model(onnx.load_from_string(data), full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    (put,), (out,) = session.get_inputs(), session.get_outputs()
    assert (put.shape[0], out.shape[0]) == ("N", "N")
    (y,) = session.run(None, {put.name: x.transpose(0, 3, 1, 2) if x.ndim == 4 else x})
    wanted = given(spec, weights, x)
    y = y.transpose(0, 2, 3, 1) if y.ndim == 4 else y
    np.testing.assert_allclose(y, wanted, rtol=0, atol=1e-6 * max(1, np.abs(wanted).max()))


@pytest.mark.parametrize("name", [*CASES, *(name for name in BUILTIN if name not in LONG)])
def test_what_is_written_is_read_again(name: str) -> None:
    spec = spec_of(name)
    weights, x = drawn(spec), batch(spec)
    told = read_onnx(Source(io.BytesIO(written(write_graph(spec, weights))), name), limits=Limits())
    read = read_graph(Graph.of(told), name)
    assert (read.spec.input, read.spec.output, read.spec.loss) == (spec.input, spec.output, spec.loss)
    assert (read.notes, list(read.weights)) == ((), list(weights)) or "separable" in name
    np.testing.assert_array_equal(given(read.spec, read.weights, x), given(spec, weights, x))


def test_names_and_attributes_come_back() -> None:
    """All but what ONNX does not say: noise, and how weights are drawn."""
    spec = builtin("cnn")
    read = read_graph(write_graph(spec, drawn(spec)), "cnn")
    assert read.spec.as_mapping() == spec.as_mapping()


def test_dropout_stays_dropout() -> None:
    spec = spec_of("flatten-dense")
    read = read_graph(write_graph(spec, drawn(spec)), spec.name)
    assert [one.name for one in read.spec.layers] == [
        "flatten", "batch_normalization", "p_re_lu", "layer_normalization", "dropout", "activation", "dense",
    ]  # fmt: skip
    assert read.spec.layer("dropout").kind.settings() == {"rate": 0.25}


def test_the_order_behind_a_flatten_costs_no_transpose() -> None:
    for name, transposes in (("cnn", 0), ("flatten-dense", 0), ("flatten", 1), ("flatten-add", 1)):
        graph = write_graph(spec_of(name), drawn(spec_of(name)))
        assert sum(node.op == "Transpose" for node in graph.nodes) == transposes, name


@pytest.mark.parametrize("kind", ["maxpool", "avgpool"])
def test_no_window_lies_in_the_frame_alone(kind: str) -> None:
    """It would have no mean, and ONNX has no such pooling."""
    with pytest.raises(EngineError, match=rf"{kind} sees more than its frame: pool_size \(2, 2\)"):
        model_spec({"input": [4, 4, 1], "layer": [layer(kind, pool_size=2, padding=2)]})


def test_weights_of_another_model() -> None:
    with pytest.raises(DifferentWeights, match="layer conv2d"):
        write_graph(builtin("cnn"), drawn(builtin("mlp")))


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (layer("masking"), "layer masking: a graph of ONNX has no mask: masking would be lost"),
        (layer("simple-rnn", units=2, skip=2), "layer simple_rnn: ONNX has no recurrent operator that skips steps"),
        (layer("bidirectional", layer=layer("simple-rnn", units=2, skip=2)), "ONNX has no skip connections"),
        (layer("bidirectional", layer=layer("leaky", units=2)), "layer bidirectional: ONNX has no leaky units"),
        (layer("gru", units=2, activation="linear"), "cells of ONNX have no activation linear; try tanh"),
    ],
)  # fmt: skip
def test_what_onnx_cannot_have_is_refused(one: dict[str, Any], words: str) -> None:
    spec = model_spec({"input": [6, 4], "layer": [one], "loss": "mean-squared"})
    with pytest.raises(BadModel, match=words):
        write_graph(spec, drawn(spec))


def test_a_fourier_transform_is_refused() -> None:
    stft = layer("stft-spectrogram", frame_length=4, frame_step=2)
    spec = model_spec({"input": [6, 1], "layer": [stft], "loss": "mean-squared"})
    with pytest.raises(BadModel, match="layer stft_spectrogram: a Fourier transform is not written"):
        write_graph(spec, {})


@pytest.mark.parametrize("name", MASKED)
def test_a_model_by_name_that_has_a_mask_is_refused(name: str) -> None:
    with pytest.raises(BadModel, match="a graph of ONNX has no mask: mask_zero would be lost"):
        write_graph(builtin(name), drawn(builtin(name)))


def test_a_mask_of_words_is_refused() -> None:
    spec = model_spec(
        {
            "input": [6],
            "layer": [layer("embedding", input_dim=5, output_dim=2, mask_zero=True)],
            "loss": "mean-squared",
        }
    )
    with pytest.raises(BadModel, match="layer embedding: a graph of ONNX has no mask: mask_zero"):
        write_graph(spec, drawn(spec))


@pytest.mark.parametrize("name", OVER_TIME)
def test_a_graph_over_time_is_read_or_refused_in_words(name: str) -> None:
    spec = spec_of(name)
    graph, x = write_graph(spec, drawn(spec)), batch(spec)
    if name == "normalization-pictures":
        read = read_graph(graph, name)
        np.testing.assert_allclose(given(read.spec, read.weights, x), given(spec, drawn(spec), x), atol=1e-6)
        return
    with pytest.raises(EngineError) as refused:
        read_graph(graph, name)
    assert 20 < len(str(refused.value)) < 300
