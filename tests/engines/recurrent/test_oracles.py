"""Recurrent nets beside the stored answers of PyTorch, Keras and the node tests of ONNX, and beside autograd."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad

from dlcli.engines.recurrent.bidirectional import Layer, run_layer
from dlcli.engines.recurrent.cell import Cell
from dlcli.engines.recurrent.gru import GRUCell
from dlcli.engines.recurrent.lstm import LSTMCell
from dlcli.engines.recurrent.simple_rnn import SimpleRNNCell
from dlcli.engines.recurrent.stacked import run_stack, stack_gradients
from tests.engines.recurrent.cells import KINDS, cell

Array = np.ndarray[Any, Any]
DATA = Path(__file__).parents[2] / "data"


def stored(name: str) -> tuple[list[dict[str, Any]], dict[str, Array]]:
    with np.load(DATA / name) as file:
        arrays = dict(file)
    return json.loads(str(arrays["cases"])), arrays


def reordered(array: Array, order: Sequence[int]) -> Array:
    """Gates side by side along the last axis, in another order."""
    return np.concatenate([np.split(array, len(order), axis=-1)[i] for i in order], axis=-1)


TORCH, TORCH_ARRAYS = stored("torch_recurrent.npz")
KERAS, KERAS_ARRAYS = stored("keras_recurrent.npz")
ONNX, ONNX_ARRAYS = stored("onnx_recurrent.npz")

#: Which of PyTorch's blocks is each of ours, and which of ONNX': i f g o and r z n; i o f c and z r h.
ORDERS = {"lstm": ((0, 1, 2, 3), (0, 2, 3, 1)), "gru": ((1, 0, 2), (0, 1, 2))}


def torch_cell(kind: str, weights: dict[str, Array], suffix: str) -> Cell:
    """One direction of one layer of PyTorch's; where it adds two biases, ours has their sum."""
    order = ORDERS.get(kind, ((0,), (0,)))[0]
    w, u = (reordered(weights[f"weight_{which}_{suffix}"].T, order) for which in ("ih", "hh"))
    b, b2 = (reordered(weights[f"bias_{which}_{suffix}"], order) for which in ("ih", "hh"))
    if kind == "gru":
        return GRUCell(w, np.stack([b, b2]), recurrent_kernel=u)
    if kind == "lstm":
        return LSTMCell(w, b + b2, recurrent_kernel=u)
    return SimpleRNNCell(w, b + b2, recurrent_kernel=u, activation=kind)


def torch_net(case: dict[str, Any], weights: dict[str, Array]) -> list[Layer]:
    kind = case["kind"]
    return [
        Layer(
            torch_cell(kind, weights, f"l{i}"),
            torch_cell(kind, weights, f"l{i}_reverse") if case["bidirectional"] else None,
        )
        for i in range(case["layers"])
    ]


@pytest.mark.parametrize("i", range(len(TORCH)), ids=[str(list(case.values())) for case in TORCH])
def test_outputs_and_all_gradients_are_those_of_pytorch(i: int) -> None:
    def of_case(what: str) -> dict[str, Array]:
        head = f"{i}/{what}/"
        return {
            name.removeprefix(head): value for name, value in TORCH_ARRAYS.items() if name.startswith(head)
        }

    net = torch_net(TORCH[i], of_case("w"))
    steps = run_stack(TORCH_ARRAYS["x"], net)
    np.testing.assert_allclose(steps.outputs, TORCH_ARRAYS[f"{i}/y"], atol=1e-6)
    found = stack_gradients(net, steps, TORCH_ARRAYS[f"{i}/pull"])
    np.testing.assert_allclose(found.inputs, TORCH_ARRAYS[f"{i}/dx"], atol=1e-6)
    for n, layer in enumerate(torch_net(TORCH[i], of_case("d"))):
        for d, theirs in enumerate(layer.cells):
            ours = found.weights[n][d]
            for name, gradient in theirs.arrays().items():
                if name == "bias" and not isinstance(theirs, GRUCell):
                    gradient = gradient / 2  # both of PyTorch's biases have the gradient of ours
                np.testing.assert_allclose(ours[name], gradient, atol=1e-6, err_msg=name)


def keras_layer(case: dict[str, Any], weights: list[Array]) -> Layer:
    made = {"SimpleRNN": SimpleRNNCell, "LSTM": LSTMCell, "GRU": GRUCell}[case["kind"]]
    options = {key: value for key, value in case["options"].items() if key != "use_bias"}

    def one(kernel: Array, recurrent: Array, bias: Array | None = None) -> Cell:
        return made(kernel, bias, recurrent_kernel=recurrent, **options)

    if case["merge"] is None:
        return Layer(one(*weights))
    half = len(weights) // 2
    return Layer(one(*weights[:half]), one(*weights[half:]), case["merge"])


@pytest.mark.parametrize("i", range(len(KERAS)), ids=[str(list(case.values())) for case in KERAS])
def test_outputs_and_all_gradients_are_those_of_keras(i: int) -> None:
    def of_case(what: str) -> Iterator[Array]:
        j = 0
        while f"{i}/{what}{j}" in KERAS_ARRAYS:
            yield KERAS_ARRAYS[f"{i}/{what}{j}"]
            j += 1

    net = [keras_layer(KERAS[i], list(of_case("w")))]
    steps = run_stack(KERAS_ARRAYS["x"], net)
    np.testing.assert_allclose(steps.outputs, KERAS_ARRAYS[f"{i}/y"], atol=1e-6)
    found = stack_gradients(net, steps, KERAS_ARRAYS[f"{i}/pull"])
    np.testing.assert_allclose(found.inputs, KERAS_ARRAYS[f"{i}/dx"], atol=1e-6)
    theirs = keras_layer(KERAS[i], list(of_case("d")))
    for one, gradients in zip(theirs.cells, found.weights[0], strict=True):
        assert set(gradients) == set(one.arrays())
        for name, gradient in one.arrays().items():
            np.testing.assert_allclose(gradients[name], gradient, atol=1e-6, err_msg=name)


def onnx_cell(case: dict[str, Any], w: Array, r: Array, b: Array | None) -> Cell:
    kind = case["operator"].lower()
    order = ORDERS.get(kind, ((0,), (0,)))[1]
    kernel, recurrent = (reordered(weight.T, order) for weight in (w, r))
    biases = np.zeros((2, kernel.shape[1]), w.dtype) if b is None else np.stack(np.split(b, 2))
    biases = reordered(biases, order)
    if kind == "gru":
        if case["attributes"].get("linear_before_reset", 0):
            return GRUCell(kernel, biases, recurrent_kernel=recurrent)
        return GRUCell(kernel, biases.sum(axis=0), recurrent_kernel=recurrent, reset_after=False)
    made = LSTMCell if kind == "lstm" else SimpleRNNCell
    return made(kernel, biases.sum(axis=0), recurrent_kernel=recurrent)


@pytest.mark.parametrize("i", range(len(ONNX)), ids=[case["name"] for case in ONNX])
def test_the_node_tests_of_onnx_pass(i: int) -> None:
    case = ONNX[i]
    given = {name.split("/")[-1]: value for name, value in ONNX_ARRAYS.items() if name.startswith(f"{i}/in/")}
    assert set(given) <= {"X", "W", "R", "B"}
    x = (
        given["X"] if case["attributes"].get("layout") else given["X"].swapaxes(0, 1)
    )  # (batch, time, feature)
    biases = given.get("B", [None] * len(given["W"]))
    cells = [onnx_cell(case, *parts) for parts in zip(given["W"], given["R"], biases, strict=True)]
    if case["attributes"].get("direction") == "reverse":
        states = run_layer(np.flip(x, axis=1), Layer(cells[0])).outputs[:, -1:]
    elif len(cells) == 2:
        steps = run_layer(x, Layer(*cells))
        states = np.stack([one.states[:, -1] for one in steps.directions], axis=1)
    else:
        states = run_layer(x, Layer(cells[0])).outputs[:, -1:]
    expected = ONNX_ARRAYS[f"{i}/out/Y_h"]  # (directions, batch, unit)
    if not case["attributes"].get("layout"):
        expected = expected.swapaxes(0, 1)
    np.testing.assert_allclose(states, expected, atol=1e-6)


@pytest.mark.parametrize("name", [name for name in KINDS if name != "leaky"])
def test_gradients_are_those_of_autograd(name: str) -> None:
    ours = cell(name, skip=2)
    rng = np.random.default_rng(4)
    x, pull = rng.normal(size=(6, 3)), rng.normal(size=(6, 4))

    def sigma(z: Any) -> Any:
        return 1 / (1 + anp.exp(-z))

    def loss(weights: dict[str, Any]) -> Any:
        w, u, skip = (weights[key] for key in ("kernel", "recurrent_kernel", "skip_kernel"))
        b, b2 = weights["bias"] if weights["bias"].ndim == 2 else (weights["bias"], 0 * weights["bias"])
        states, c, total = [anp.zeros(4), anp.zeros(4)], anp.zeros(4), 0.0
        for t in range(6):
            h = states[-1]
            z = anp.dot(x[t], w) + b + anp.dot(states[-2], skip)
            v = anp.dot(h, u) + b2
            if name.startswith("simple"):
                new = anp.maximum(z + v, 0) if name.endswith("relu") else anp.tanh(z + v)
            elif name == "lstm":
                a = z + v
                c = sigma(a[4:8]) * c + sigma(a[:4]) * anp.tanh(a[8:12])
                new = sigma(a[12:]) * anp.tanh(c)
            else:
                update, reset = sigma(z[:4] + v[:4]), sigma(z[4:8] + v[4:8])
                recalled = anp.dot(reset * h, u[:, 8:]) if name.endswith("before") else reset * v[8:]
                new = update * h + (1 - update) * anp.tanh(z[8:] + recalled)
            states.append(new)
            total = total + anp.sum(new * pull[t])
        return total

    expected = grad(loss)(ours.arrays())
    net = [Layer(ours)]
    found = stack_gradients(net, run_stack(x, net), pull).weights[0][0]
    for key, value in expected.items():
        np.testing.assert_allclose(found[key], value, atol=1e-10, err_msg=key)
