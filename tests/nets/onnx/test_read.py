"""Graphs of ONNX as nets: what PyTorch exports and what ONNX tests operators with, beside what they gave."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.engines.base.checks import Array, EngineError
from dlcli.nets.builtin import builtin
from dlcli.nets.net import Net, picture_first
from dlcli.nets.onnx.graph import Graph, Node
from dlcli.nets.onnx.read import FromGraph, read_graph
from dlcli.nets.onnx.write import write_graph
from dlcli.wire.models.onnx_model import read_onnx
from dlcli.wire.stream import Limits, Source

DATA = Path(__file__).parents[2] / "data"
TORCH = np.load(DATA / "torch_onnx.npz")
LAYERS = np.load(DATA / "onnx_layers.npz")


def graph_of(data: bytes) -> Graph:
    return Graph.of(read_onnx(Source(io.BytesIO(data), "net.onnx"), limits=Limits()))


def given(read: FromGraph, x: Array, dtype: type = np.float64) -> Array:
    """What a net that was read gives for inputs as the file takes them, as the file gives it."""
    net = Net(read.spec, dtype).load(read.weights)
    y = picture_first(list(net.activations(net.batch(x.transpose(0, 2, 3, 1) if x.ndim == 4 else x)))[-1][1])
    return y.transpose(0, 3, 1, 2) if y.ndim == 4 else y


@pytest.mark.parametrize("way", ["dynamo", "torchscript"])
@pytest.mark.parametrize("name", sorted({key.partition("/")[0] for key in TORCH.files}))
def test_what_pytorch_exports(name: str, way: str) -> None:
    read = read_graph(graph_of(TORCH[f"{name}/{way}"].tobytes()))
    np.testing.assert_allclose(given(read, TORCH[f"{name}/x"]), TORCH[f"{name}/y"], rtol=1e-5, atol=1e-6)


def onnx_cases() -> list[str]:
    return sorted({key.removesuffix("/model") for key in LAYERS.files if key.endswith("/model")})


#: What no layer here does: axes other than those of pictures, means that count the frame, other fillings.
REFUSED = (
    "GLU|LogSoftmax|log_softmax|PixelShuffle|NLLL|ReflectionPad|ReplicationPad|Softmin|softmax_functional_dim3|"
    "(Constant|Zero)Pad|count_include_pad|starts_on_pad|dilations|group_2|convtranspose_pads|ConvTranspose2d|flatten_axis(0|2|3)|negative_axis(1|2|4)|"
    "gemm_all|matrix_bias|transposeA|matmul_(4d|bcast)|downsample|linear|ceil_half|floor_align|ceil_asym|"
    "sizes_nearest$|not_(larger|smaller)|sizes_nearest_axes"
)


@pytest.mark.parametrize("name", onnx_cases())
def test_onnx_own_tests_of_the_operators(name: str) -> None:
    graph = graph_of(LAYERS[f"{name}/model"].tobytes())
    names = [one for one, _ in graph.inputs if one not in graph.initializers]
    arrays = {one: LAYERS[f"{name}/in/{place}"] for place, one in enumerate(names)}
    known = {**graph.initializers, **{one: arrays[one] for one in names[1:]}}
    graph = Graph(graph.inputs, graph.outputs, graph.nodes, known, graph.opset)
    if re.search(REFUSED, name):
        with pytest.raises(EngineError, match=r"node \S+ \(\w+\): |is not what the last layer gives"):
            read_graph(graph)
        return
    read = read_graph(graph)
    y, wanted = given(read, arrays[names[0]]), LAYERS[f"{name}/out"]
    if read.notes and "channels come first" in read.notes[0]:  # a flatten that nothing follows
        _, c, h, w = arrays[names[0]].shape
        y = y.reshape(-1, h, w, c).transpose(0, 3, 1, 2)
    np.testing.assert_allclose(y.reshape(wanted.shape), wanted, rtol=1e-4, atol=1e-5)


def test_enough_of_them_are_read() -> None:
    assert sum(not re.search(REFUSED, name) for name in onnx_cases()) > 75


def graph(*nodes: Node, shape: tuple[int | None, ...] | None = (None, 3, 4, 4), **arrays: Any) -> Graph:
    """A graph of these nodes, the last of which gives the output."""
    known = {name: np.asarray(array, np.float32) for name, array in arrays.items()}
    return Graph((("x", shape),), ((nodes[-1].outputs[0], None),), nodes, known, 17)


KERNEL = np.ones((2, 3, 3, 3))


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (graph(Node("LSTM", ("x",), ("y",), "/lstm/LSTM")), r"node /lstm/LSTM \(LSTM\): no kind of layer here does"),
        (graph(Node("Conv", ("x", "w"), ("y",), domain="com.microsoft"), w=KERNEL), r"node y \(Conv\): no kind"),
        (graph(Node("Conv", ("x", "w"), ("y",))), "its weights are computed by another node"),
        (graph(Node("Conv", ("x",), ("y",))), "it has no weights"),
        (graph(Node("Conv", ("z", "w"), ("y",)), w=KERNEL), "it takes 'z', which no node before it gives"),
        (graph(Node("Conv", ("x", "w"), ("y",)), w=np.ones((2, 4, 3, 3))), r"its kernel has shape \(3, 3, 4, 2\)"),
        (graph(Node("Conv", ("x", "w"), ("y",)), w=np.ones((2, 3, 9, 9))), "the kernel is larger than the picture"),
        (graph(Node("Gemm", ("x", "w"), ("y",)), w=np.ones((3, 2))), "a flatten may be missing"),
        (
            graph(Node("Relu", ("x",), ("a",)), Node("Sigmoid", ("x",), ("b",)), Node("Add", ("a", "b"), ("y",))),
            r"node b \(Sigmoid\): it does not follow on the layer before it",
        ),
        (
            graph(Node("Pad", ("x", "p"), ("a",)), Node("Add", ("a", "a"), ("y",)), p=[0, 0, 1, 1, 0, 0, 1, 1]),
            "a Pad stands before it",
        ),
        (graph(Node("Mul", ("x", "x"), ("y",))), "only Add does so"),
        (graph(Node("Sub", ("w", "x"), ("y",)), w=1), "it subtracts a value of the net from an array of the file; the "
         "other way round, value - array, is read"),
        (graph(Node("Div", ("w", "x"), ("y",)), w=1), "it divides an array of the file by a value of the net; .*value / array, is read"),
        (
            graph(
                Node("Pad", ("x", "p", "v"), ("a",)), Node("Conv", ("a", "w"), ("y",)), p=[0, 0, 1, 1, 0, 0, 1, 1], v=1,
                w=KERNEL,
            ),
            "the Pad before it fills the frame with 1; a convolution here has a frame of zeros",
        ),
        (graph(Node("Conv", ("x", "w"), ("y",)), w=np.ones((2, 3, 3))), r"its kernels have 3 axes, \(2, 3, 3\); those over"),
        (graph(Node("LayerNormalization", ("x", "w"), ("y",)), w=np.ones(4)),
         r"it runs over width \(axis 3\); layernorm here runs over the channels of each cell alone"),
        (
            graph(Node("LayerNormalization", ("x", "w"), ("y",), attributes={"axis": 1}), w=np.ones((3, 4, 4))),
            r"it runs over channel, height, width \(axes 1, 2, 3\)",
        ),
        (graph(Node("Softmax", ("x",), ("y",), attributes={"axis": 3})),
         "it runs over axis 3; softmax here runs over the 3 channels of each cell, axis 1"),
        (graph(Node("Add", ("x", "w"), ("y",)), w=np.ones((4, 4))), "neither one number nor one a channel"),
        (graph(Node("Transpose", ("x",), ("y",), attributes={"perm": (1, 0, 2, 3)})), "the batch stays first"),
        (graph(Node("Relu", ("x",), ("y",)), shape=(None, 3, None, 4)), "leaves lengths open beside the batch"),
        (graph(Node("Relu", ("x",), ("y",)), shape=(None, 3, 4)), r"pictures \(N, channel, height, width\)"),
        (graph(Node("Relu", ("x",), ("y",)), shape=None), "received no lengths"),
        (
            graph(Node("Pad", ("x", "p"), ("a",)), Node("Relu", ("a",), ("y",)), p=[0, 0, 1, 1, 0, 0, 1, 1]),
            "a Pad stands before it",
        ),
        (graph(Node("MaxPool", ("x",), ("y", "i"), attributes={"kernel_shape": (2,)})), "its kernel_shape are"),
        (
            graph(
                Node("Flatten", ("x",), ("a",)), Node("Softmax", ("a",), ("y",), attributes={"axis": 0})
            ),
            "it runs over axis 0",
        ),
        (graph(Node("Flatten", ("x",), ("y",)), shape=(None, 3, 10**5, 10**5)), "has more than 67108864 numbers"),
        (graph(Node("Conv", ("x", "w"), ("y",), attributes={"pads": (9**9,) * 4, "strides": (9**9,) * 2}), w=KERNEL),
         "more than 67108864 cells"),
        (graph(Node("Resize", ("x", "", "w"), ("y",)), w=[1, 1, 1e9, 1e9]), "at most 1024 are read"),
        (graph(Node("Resize", ("x", "", "w"), ("a",)), Node("Resize", ("a", "", "w"), ("y",)), w=[1, 1, 999, 999]),
         "more than 67108864 numbers"),
        (graph(Node("Reshape", ("x", "s"), ("y",)), s=[3, -1]), "the batch stays first"),
        (graph(Node("HardSigmoid", ("x",), ("y",))), r"its alpha is 0\.2 and its beta 0\.5; hard-sigmoid has 1/6 and 0\.5"),
        (graph(Node("Selu", ("x",), ("y",), attributes={"gamma": 1.0})), r"its gamma is 1\.0; selu has 1\.0507"),
        (graph(Node("Clip", ("x", "a", "b"), ("y",)), a=0.0, b=6.0), "it cuts off at 0 to 6; hard-tanh does at -1 to 1"),
        (graph(Node("Clip", ("x",), ("y",))), "it cuts off at anything to anything"),
        (graph(Node("Reshape", ("x", "s"), ("y",)), s=[-1, 47]), "of pictures of 48 numbers"),
        (graph(Node("Reshape", ("x", "s"), ("y",)), s=[-1, 4, 4, 3]), "puts numbers in another order"),
    ],
)  # fmt: skip
def test_what_is_no_chain_of_layers(told: Graph, words: str) -> None:
    whole = {
        name: array.astype(np.int64) if name in ("p", "s") else array
        for name, array in told.initializers.items()
    }
    with pytest.raises(EngineError, match=words):
        read_graph(Graph(told.inputs, told.outputs, told.nodes, whole, told.opset))


def test_the_softmax_of_old_files_runs_over_all_axes_behind_one() -> None:
    told = graph(Node("Softmax", ("x",), ("y",)))
    words = r"before opset 13 it runs over all axes from 1 on as over one, 48 numbers; softmax here runs over the 3 channels"
    with pytest.raises(EngineError, match=words):
        read_graph(Graph(told.inputs, told.outputs, told.nodes, told.initializers, 11))


def test_several_inputs_or_outputs() -> None:
    one = graph(Node("Relu", ("x",), ("y",)))
    with pytest.raises(EngineError, match=r"one input and one output; received 2 \(x, z\) and 1"):
        read_graph(Graph((*one.inputs, ("z", (1,))), one.outputs, one.nodes, {}, 17))


@pytest.mark.parametrize("model", ["char-rnn", "tiny-gpt", "forecast", "speech-commands"])
def test_a_net_over_sequences_is_written_and_not_read(model: str) -> None:
    net = Net(builtin(model)).draw(0)
    with pytest.raises(
        EngineError, match=r"nets over sequences are written as ONNX and not read: \.safetensors"
    ):
        read_graph(write_graph(net.spec, net.weights()))


def test_channels_last_as_tensorflow_exports_it() -> None:
    """Pictures (N, height, width, channel) with a transpose before each convolution, and a flatten after one back."""
    rng = np.random.default_rng(0)
    w, d = rng.normal(size=(2, 3, 3, 3)), rng.normal(size=(8, 5))
    nodes = (
        Node("Transpose", ("x",), ("a",), attributes={"perm": (0, 3, 1, 2)}),
        Node("Conv", ("a", "w"), ("b",)),
        Node("Transpose", ("b",), ("c",), attributes={"perm": (0, 2, 3, 1)}),
        Node("Relu", ("c",), ("e",)),
        Node("Reshape", ("e", "s"), ("f",)),
        Node("MatMul", ("f", "d"), ("g",)),
        Node("Add", ("g", "bias"), ("y",)),
    )
    told = graph(*nodes, shape=(None, 4, 4, 3), w=w, d=d, bias=np.arange(5))
    told = Graph(told.inputs, told.outputs, nodes, {**told.initializers, "s": np.array([-1, 8])}, 17)
    read = read_graph(told)
    assert read.spec.input == (4, 4, 3)
    assert [one.name for one in read.spec.layers] == ["conv2d", "flatten", "dense"]
    assert (read.spec.layer("conv2d").kind.settings()["activation"], read.spec.parameters) == (
        "relu",
        54 + 45,
    )
    x = rng.normal(size=(2, 4, 4, 3))
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(1, 2))  # (n, 2, 2, c, 3, 3)
    hidden = np.maximum(np.einsum("nijcrs,ocrs->nijo", windows, w), 0).reshape(2, 8)
    np.testing.assert_allclose(given_last(read, x), hidden @ d + np.arange(5), rtol=1e-5)


def given_last(read: FromGraph, x: Array) -> Array:
    net = Net(read.spec, np.float64).load(read.weights)
    return picture_first(list(net.activations(net.batch(x)))[-1][1])


def test_a_mean_and_a_deviation_of_each_channel() -> None:
    told = graph(
        Node("Sub", ("x", "mean"), ("a",)), Node("Div", ("a", "deviation"), ("y",)),
        mean=np.reshape([1, 2, 3], (1, 3, 1, 1)), deviation=np.reshape([2, 4, 8], (3, 1, 1)),
    )  # fmt: skip
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 4))
    wanted = (x - np.reshape([1, 2, 3], (1, 3, 1, 1))) / np.reshape([2, 4, 8], (1, 3, 1, 1))
    np.testing.assert_allclose(given(read_graph(told), x), wanted, rtol=1e-9)


def test_what_a_net_ends_with_says_its_loss() -> None:
    """Scores without a softmax are said to be read as such: there is another reading."""
    flat = (Node("Flatten", ("x",), ("f",)), Node("Gemm", ("f", "w"), ("d",)))
    w = np.ones((48, 2))
    for ending, loss, notes in (
        ((), "cross-entropy", 1),
        ((Node("Softmax", ("d",), ("y",)),), "cross-entropy", 0),
        ((Node("Sigmoid", ("d",), ("y",)),), "binary-cross-entropy", 0),
        ((Node("Tanh", ("d",), ("y",)),), "mean-squared", 0),
    ):
        read = read_graph(graph(*flat, *ending, w=w))
        assert (read.spec.loss, len(read.notes)) == (loss, notes)
    assert read_graph(graph(*flat, w=np.ones((48, 1)))).spec.loss == "mean-squared"
    assert read_graph(graph(Node("Relu", ("x",), ("y",)))).spec.loss == "mean-squared"


def test_layers_are_called_as_their_weights_in_pytorch() -> None:
    read = read_graph(graph_of(TORCH["views/dynamo"].tobytes()))
    assert [one.name for one in read.spec.layers] == ["conv1", "max_pooling2d", "flatten", "fc1", "fc2"]
    assert read_graph(graph_of(TORCH["depthwise/torchscript"].tobytes())).spec.layers[0].name == "0"


def test_lengths_that_grow_are_not_computed() -> None:
    """A few nodes could ask for more memory than there is."""
    fill = Node("ConstantOfShape", ("n",), ("big",))
    told = graph(fill, Node("Add", ("x", "big"), ("y",)))
    told = Graph(told.inputs, told.outputs, told.nodes, {"n": np.array([1 << 20, 1 << 20])}, 17)
    with pytest.raises(EngineError, match="ConstantOfShape"):
        read_graph(told)
    doubling = [Node("Concat", (f"c{i}", f"c{i}"), (f"c{i + 1}",), attributes={"axis": 0}) for i in range(60)]
    told = graph(*doubling, Node("Add", ("x", "c60"), ("y",)))
    with pytest.raises(EngineError, match="Concat"):
        read_graph(Graph(told.inputs, told.outputs, told.nodes, {"c0": np.ones(1)}, 17))


def test_the_softplus_of_pytorch_is_one_where_it_bends_late() -> None:
    def softplus(threshold: float) -> Graph:
        nodes = (
            Node("Softplus", ("x",), ("s",)),
            Node("Greater", ("x", "t"), ("g",)),
            Node("Where", ("g", "x", "s"), ("y",)),
        )
        return graph(*nodes, t=threshold)

    assert read_graph(softplus(20)).spec.layers[0].kind.settings() == {"function": "softplus"}
    with pytest.raises(EngineError, match=r"\(Greater\): no kind of layer"):
        read_graph(softplus(1))
