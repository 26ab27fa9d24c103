"""Weights as PyTorch, Keras and ONNX name them: what their nets give, there and back, and words for the rest."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from dlcli.engines.base.checks import EngineError
from dlcli.engines.recurrent.bidirectional import Layer
from dlcli.engines.recurrent.gru import GRUCell
from dlcli.engines.recurrent.layouts.read import LAYOUTS, implied, layout_of, read_net, write_net
from dlcli.engines.recurrent.leaky import LeakyCell
from dlcli.engines.recurrent.net import RecurrentNet, StoredFacts
from dlcli.engines.recurrent.seeded_cells import seeded_cell, seeded_readout
from dlcli.engines.recurrent.stacked import run_stack
from tests.engines.recurrent.cells import cell

Array = np.ndarray[Any, Any]
DATA = Path(__file__).parents[3] / "data"


def arrays_of(name: str) -> dict[str, Array]:
    with np.load(DATA / name) as file:
        return dict(file)


ANSWERS = arrays_of("recurrent_weights/answers.npz")
TORCH = load_file(DATA / "recurrent_weights" / "torch.safetensors")
KERAS = arrays_of("recurrent_weights/keras.npz")


def outputs(net: RecurrentNet, x: Array) -> Array:
    states = run_stack(x, net.layers).outputs
    return states if net.readout is None else net.readout(states)


def test_a_model_of_characters_in_pytorch_gives_what_it_gave_there() -> None:
    found = read_net(TORCH)
    assert (found.layout, found.embedded) == ("torch", True)
    assert [[one.kind for one in layer.cells] for layer in found.net.layers] == [["lstm"] * 2] * 2
    np.testing.assert_allclose(outputs(found.net, ANSWERS["torch_x"]), ANSWERS["torch_y"], atol=1e-6)


def test_a_deep_model_in_keras_gives_what_it_gave_there() -> None:
    found = read_net(KERAS)
    assert (found.layout, found.embedded) == ("keras", False)
    kinds = [(layer.forward.kind, layer.backward is not None) for layer in found.net.layers]
    assert kinds == [("gru", False), ("gru", False), ("lstm", True), ("gru", False), ("simple", False)]
    resets = [layer.forward.reset_after for layer in found.net.layers if isinstance(layer.forward, GRUCell)]
    assert resets == [True, True, False]
    np.testing.assert_allclose(outputs(found.net, ANSWERS["keras_x"]), ANSWERS["keras_y"], atol=1e-6)


def stored_cases(name: str) -> list[tuple[int, dict[str, Any]]]:
    return list(enumerate(json.loads(str(arrays_of(name)["cases"]))))


PEER = arrays_of("torch_recurrent.npz")


@pytest.mark.parametrize(("i", "case"), stored_cases("torch_recurrent.npz"), ids=str)
def test_every_state_dict_of_pytorch(i: int, case: dict[str, Any]) -> None:
    head = f"{i}/w/"
    weights = {name.removeprefix(head): a for name, a in PEER.items() if name.startswith(head)}
    told = StoredFacts(activation=case["kind"]) if case["kind"] == "relu" else StoredFacts()
    net = read_net(weights, told).net
    assert (len(net.layers), net.layers[0].backward is not None) == (case["layers"], case["bidirectional"])
    np.testing.assert_allclose(outputs(net, PEER["x"]), PEER[f"{i}/y"], atol=1e-6)
    again = write_net(net, "torch")
    assert {name.removeprefix("rnn.") for name in again} == set(weights)
    for name, array in again.items():
        if name.startswith("rnn.weight") or case["kind"] == "gru":
            np.testing.assert_array_equal(array, weights[name.removeprefix("rnn.")])


NODES = arrays_of("onnx_recurrent.npz")


@pytest.mark.parametrize(("i", "case"), stored_cases("onnx_recurrent.npz"), ids=lambda v: str(v)[:40])
def test_every_node_test_of_onnx(i: int, case: dict[str, Any]) -> None:
    head = f"{i}/in/"
    given = {name.removeprefix(head): a for name, a in NODES.items() if name.startswith(head)}
    x, expected = given.pop("X"), NODES[f"{i}/out/Y_h"]
    if not case["attributes"].get("layout"):
        x, expected = x.swapaxes(0, 1), expected.swapaxes(0, 1)
    after = case["attributes"].get("linear_before_reset")
    if after is not None:
        given["linear_before_reset"] = np.array(after)
    found = read_net({f"node.{name}": array for name, array in given.items()})
    assert found.layout == "onnx"
    (layer,) = found.net.layers
    assert layer.forward.kind == {"RNN": "simple"}.get(case["operator"], case["operator"].lower())
    if case["attributes"].get("direction") == "reverse":
        x = np.flip(x, axis=1)
    states = run_stack(x, found.net.layers).layers[0]
    np.testing.assert_allclose(states.forward.states[:, -1], expected[:, 0], atol=1e-6)
    again = write_net(found.net, "onnx")
    for name in ("W", "R"):
        np.testing.assert_array_equal(again[name], given[name])


RANDOM = arrays_of("onnx_weights.npz")


@pytest.mark.parametrize(("i", "case"), stored_cases("onnx_weights.npz"), ids=str)
def test_random_weights_of_onnx_are_in_its_order(i: int, case: dict[str, Any]) -> None:
    """The node tests' weights are all alike: they would not notice gates in another order."""
    weights = {name: RANDOM[f"{i}/{name}"] for name in ("W", "R", "B")}
    told = StoredFacts(reset_after=bool(case["attributes"].get("linear_before_reset", 0)))
    net = read_net(weights, told).net
    states = run_stack(RANDOM[f"{i}/X"][:, 0], net.layers).outputs
    np.testing.assert_allclose(states[-1], RANDOM[f"{i}/Y_h"][0, 0], atol=1e-6)
    again = write_net(net, "onnx")
    for name in ("W", "R"):
        np.testing.assert_array_equal(again[name], weights[name])


NETS: dict[str, RecurrentNet] = {
    "simple": RecurrentNet((Layer(cell("simple")),)),
    "relu": RecurrentNet((Layer(cell("simple-relu")),)),
    "leaky": RecurrentNet((Layer(cell("leaky")),)),
    "lstm": RecurrentNet((Layer(cell("lstm")),)),
    "gru": RecurrentNet((Layer(cell("gru")),)),
    "gru-reset-before": RecurrentNet((Layer(cell("gru-reset-before")),)),
    "skip": RecurrentNet((Layer(cell("gru", skip=3)),)),
    "deep": RecurrentNet(tuple(Layer(cell("lstm", features=n, units=4)) for n in (3, 4, 4)),
                         seeded_readout(4, 2, np.random.default_rng(0))),
    "both": RecurrentNet(tuple(Layer(cell("gru", n, 4, seed=1), cell("gru", n, 4, seed=2)) for n in (3, 8))),
    "both-sum": RecurrentNet((Layer(cell("lstm", seed=1), cell("lstm", seed=2), "sum"),)),
    "no-bias": RecurrentNet((Layer(GRUCell(np.ones((3, 12)), recurrent_kernel=np.ones((4, 12)))),)),
    "no-bias-before": RecurrentNet(
        (Layer(GRUCell(np.ones((3, 12)), recurrent_kernel=np.ones((4, 12)), reset_after=False)),)
    ),
}  # fmt: skip

#: What a layout has no place for, and what is said then.
IMPOSSIBLE = {
    ("leaky", "torch"): "PyTorch has no leaky units; try layout=keras",
    ("leaky", "onnx"): "ONNX has no leaky units",
    ("skip", "torch"): "PyTorch has no skip connections",
    ("skip", "onnx"): "ONNX has no skip connections",
    ("gru-reset-before", "torch"): "a GRU of PyTorch resets after the product",
    ("no-bias-before", "torch"): "a GRU of PyTorch resets after the product",
    ("both-sum", "torch"): "PyTorch only concatenates both directions; this net merges by sum",
    ("both-sum", "onnx"): "this net merges by sum",
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", NETS)
def test_there_and_back_nothing_changes(name: str, layout: str) -> None:
    net = NETS[name]
    if (name, layout) in IMPOSSIBLE:
        with pytest.raises(EngineError, match=IMPOSSIBLE[name, layout]):
            write_net(net, layout)
        return
    weights = write_net(net, layout)
    assert layout_of(weights) == layout
    assert all(array.flags.c_contiguous for array in weights.values())
    shuffled = dict(sorted(weights.items(), key=lambda pair: pair[0][::-1]))
    for given in (weights, shuffled):
        back = read_net(given, StoredFacts.of(StoredFacts.by(net).facts())).net
        assert len(back.layers) == len(net.layers)
        for ours, theirs in zip(net.layers, back.layers, strict=True):
            assert ours.merge == theirs.merge
            for one, other in zip(ours.cells, theirs.cells, strict=True):
                assert (one.kind, one.activation) == (other.kind, other.activation)
                assert set(one.arrays()) == set(other.arrays())
                for what, array in one.arrays().items():
                    np.testing.assert_array_equal(other.arrays()[what], array)
        if net.readout is not None:
            assert back.readout is not None
            np.testing.assert_array_equal(back.readout.kernel, net.readout.kernel)
            np.testing.assert_array_equal(back.readout.bias, net.readout.bias)
        x = np.random.default_rng(3).normal(size=(5, 3))
        np.testing.assert_array_equal(outputs(back, x), outputs(net, x))


def test_the_paths_of_keras_are_those_of_keras() -> None:
    written = write_net(read_net(KERAS).net, "keras")
    assert [f"sequential/{name}" for name in written] == list(KERAS)
    twice = write_net(NETS["both"], "keras")
    assert list(twice)[6] == "bidirectional_1/forward_gru_1/gru_cell/kernel"


def test_through_all_three_layouts_a_gru_stays_the_same() -> None:
    net = NETS["gru"]
    for before, after in pairwise(("keras", "torch", "onnx", "keras")):
        net = read_net(write_net(read_net(write_net(net, before)).net, after)).net
    x = np.random.default_rng(3).normal(size=(5, 3))
    np.testing.assert_array_equal(outputs(net, x), outputs(NETS["gru"], x))


def test_ten_layers_stay_in_order_when_names_are_sorted() -> None:
    rng = np.random.default_rng(0)
    net = RecurrentNet(tuple(Layer(seeded_cell("gru", 2, 2, rng)) for _ in range(12)))
    for layout in LAYOUTS:
        back = read_net(dict(sorted(write_net(net, layout).items()))).net
        for ours, theirs in zip(net.layers, back.layers, strict=True):
            np.testing.assert_array_equal(theirs.forward.kernel, ours.forward.kernel)


def test_what_arrays_do_not_tell_is_told_beside_them() -> None:
    assert StoredFacts.by(NETS["leaky"]).facts() == {
        "activation": "tanh" if NETS["leaky"].layers[0].forward.activation == "tanh" else "linear",
        "alpha": 0.7,
    }  # fmt: skip
    assert StoredFacts.by(NETS["skip"]).skip == 3
    assert (
        StoredFacts.of({"alpha": 7, "skip": 0, "reset_after": "yes", "activation": "gelu"}) == StoredFacts()
    )
    assert isinstance(read_net(write_net(NETS["leaky"], "keras")).net.layers[0].forward, LeakyCell)


def test_the_convention_says_where_a_gru_resets() -> None:
    assert implied("onnx", NETS["gru-reset-before"])["reset"].startswith("before the product")
    assert implied("keras", NETS["gru"])["layout"].endswith("gates z r h")
    assert implied("keras", NETS["gru"])["reset"].startswith("after the product")
    assert implied("torch", NETS["lstm"]) == {
        "layout": "as PyTorch has it: W x, outputs in rows; gates i f g o",
        "bias": "two, added up",
    }
    assert implied("keras", NETS["no-bias"])["bias"] == "none"
    assert implied("keras", read_net(KERAS).net) == {
        "layout": "as Keras has it: x W, inputs in rows; gates z r h of gru, i f c o of lstm",
        "bias": "one, of two rows (layer 0, 1); one (layer 2, 3, 4)",
        "reset": "after the product: n = tanh(x W + b + r·(h U + b′)) (layer 0, 1); "
        "before the product: n = tanh(x W + b + (r·h) U) (layer 3)",
    }


def named(**arrays: tuple[int, ...]) -> dict[str, Array]:
    return {name.replace("__", "/").replace("_1_", "."): np.zeros(shape) for name, shape in arrays.items()}


BAD: dict[str, tuple[dict[str, Array], str]] = {
    "nobody's": (named(a=(2, 3)), "expected a recurrent net's weights, named as Keras .* received a \\(2, 3\\)"),
    "nothing": ({}, "received nothing"),
    "no hh": (named(weight_ih_l0=(8, 3)), "weight_hh_l0 is missing"),
    "no ih": (named(weight_ih_l0=(8, 3), weight_hh_l0=(8, 2), weight_hh_l1=(8, 2)), "weight_ih_l1 is missing"),
    "a layer between": (named(weight_ih_l0=(8, 3), weight_hh_l0=(8, 2), weight_ih_l2=(8, 2), weight_hh_l2=(8, 2)), "weight_ih_l1 is missing"),
    "one bias": (named(weight_ih_l0=(8, 3), weight_hh_l0=(8, 2), bias_ih_l0=(8,)), "bias_ih_l0 and bias_hh_l0 belong together"),
    "short bias": (named(weight_ih_l0=(8, 3), weight_hh_l0=(8, 2), bias_ih_l0=(8,), bias_hh_l0=(6,)), r"its biases have shape \(8,\); received \(8,\) and \(6,\)"),
    "two cells": (named(weight_ih_l0=(6, 3), weight_hh_l0=(8, 2)), "weight_ih_l0: what meets the input and what meets the state"),
    "no cell": (named(weight_ih_l0=(4, 3), weight_hh_l0=(4, 2)), "4 columns for 2 units are no cell"),
    "projected": (named(weight_ih_l0=(8, 3), weight_hh_l0=(8, 2), weight_hr_l0=(1, 2)), "projected"),
    "no kernel": (named(gru__recurrent_kernel=(2, 6)), "gru/recurrent_kernel: beside it there is no kernel"),
    "bias": (named(gru__kernel=(3, 6), gru__recurrent_kernel=(2, 6), gru__bias=(5,)), r"bias of a cell 'gru' with 2 units has shape \(6,\); received \(5,\)"),
    "one direction": (named(bidirectional__forward_gru__kernel=(3, 6), bidirectional__forward_gru__recurrent_kernel=(2, 6)), "one direction is missing"),
    "layers apart": (named(gru__kernel=(3, 6), gru__recurrent_kernel=(2, 6), gru_9__kernel=(3, 6), gru_9__recurrent_kernel=(2, 6)), "layer 1 reads 3 numbers a step; layer 0 gives 2"),
    "peepholes": (named(W=(1, 8, 3), R=(1, 8, 2), P=(1, 6)), "peepholes"),
    "other directions": (named(W=(2, 8, 3), R=(1, 8, 2)), "directions being 1 or 2; received"),
    "other B": (named(W=(1, 8, 3), R=(1, 8, 2), B=(1, 8)), r"B has shape \(1, 16\); received \(1, 8\)"),
    "two heads": (named(W=(1, 8, 3), R=(1, 8, 2), a_1_weight=(4, 2), b_1_weight=(4, 2)), "one output layer at most"),
    "attention": (named(W=(1, 8, 3), R=(1, 8, 2), attn_1_v=(4,)), "one output layer at most.* received attn.v"),
    "head of others": (named(W=(1, 8, 3), R=(1, 8, 2), fc_1_weight=(4, 3)), r"above 2 units has a kernel \(2, output\)"),
    "embedding of others": (named(W=(1, 8, 3), R=(1, 8, 2), embedding_1_weight=(9, 4)), r"embedding.weight is \(token, 3\)"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_weights_that_do_not_fit_are_refused_in_words(case: str) -> None:
    weights, told = BAD[case]
    with pytest.raises(EngineError, match=told):
        read_net(weights)


def test_layers_that_differ_are_no_module_of_pytorch() -> None:
    net = RecurrentNet((Layer(cell("gru")), Layer(cell("lstm", features=4))))
    with pytest.raises(EngineError, match="layers of one module are alike"):
        write_net(net, "torch")
    back = read_net(write_net(net, "keras")).net
    assert [layer.forward.kind for layer in back.layers] == ["gru", "lstm"]


def test_an_activation_that_pytorch_has_not_is_refused() -> None:
    net = RecurrentNet(
        (Layer(GRUCell(np.ones((3, 6)), recurrent_kernel=np.ones((2, 6)), activation="relu")),)
    )
    with pytest.raises(EngineError, match="knows tanh, no activation relu"):
        write_net(net, "torch")


def test_what_nobody_tells_of_a_net_is_listed() -> None:
    def untold(name: str, layout: str) -> tuple[str, ...]:
        return read_net(write_net(NETS[name], layout)).untold

    assert untold("lstm", "torch") == untold("gru", "torch") == untold("gru", "keras") == ()
    assert untold("leaky", "keras") == ("alpha",)
    assert untold("gru-reset-before", "onnx") == ()
    bare = {name: array for name, array in write_net(NETS["gru"], "onnx").items() if name in ("W", "R", "B")}
    assert read_net(bare).untold == ("reset_after",)
    assert read_net(bare, StoredFacts(reset_after=True)).untold == ()


def test_shapes_may_tell_the_order_of_layers_and_numbers_do() -> None:
    def layers(**sizes: tuple[int, int]) -> dict[str, Array]:
        return {
            f"{name}.weight_{which}_l0": np.zeros((4 * units, features if which == "ih" else units))
            for name, (features, units) in sizes.items()
            for which in ("ih", "hh")
        }

    assert read_net(layers(b=(2, 2), a=(2, 2))).order == ("b", "a")
    for told in (layers(b=(3, 4), a=(2, 3)), layers(rnn_1=(2, 2), rnn_0=(2, 2)), layers(b=(2, 2))):
        found = read_net(told)
        assert (found.order, found.net.features) == ((), 2)
