"""Graphs of ONNX as nets: what PyTorch exports and what ONNX tests operators with, beside what they gave."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest

from dlcli.engines.base.checks import Array, EngineError
from dlcli.nets.net import Net, picture_first
from dlcli.nets.onnx.graph import Graph
from dlcli.nets.onnx.read import FromGraph, read_graph
from dlcli.wire.onnx_model import read_onnx
from dlcli.wire.stream import Limits, Source

DATA = Path(__file__).parents[2] / "data"
TORCH = np.load(DATA / "torch_onnx.npz")
LAYERS = np.load(DATA / "onnx_layers.npz")


def graph_of(data: bytes) -> Graph:
    return Graph.of(read_onnx(Source(io.BytesIO(data), "net.onnx"), limits=Limits()))


def given(read: FromGraph, x: Array, dtype: type = np.float64) -> Array:
    """What a net that was read gives for inputs as the file takes them, as the file gives it."""
    net = Net(read.spec, dtype).load(read.weights)
    y = picture_first(net.headed(net.forward(net.batch(x.transpose(0, 2, 3, 1) if x.ndim == 4 else x))))
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
    if read.notes and "in the order of Keras" in read.notes[0]:  # a flatten that nothing follows
        _, c, h, w = arrays[names[0]].shape
        y = y.reshape(-1, h, w, c).transpose(0, 3, 1, 2)
    np.testing.assert_allclose(y.reshape(wanted.shape), wanted, rtol=1e-4, atol=1e-5)


def test_enough_of_them_are_read() -> None:
    assert sum(not re.search(REFUSED, name) for name in onnx_cases()) > 75
