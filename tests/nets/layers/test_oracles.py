"""Every kind of layer beside Keras' (stored), and its gradients beside central differences."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.engines.base.central_differences import NEAR, H
from dlcli.nets.gradient_check import check_gradients
from dlcli.nets.layers.activation import NAMES
from dlcli.nets.layers.kinds import KINDS
from tests.nets.recipe import Array, numbers
from tests.nets.small import PICTURES, ROWS, SEQUENCES, ends, net_of, sequence_ends, there_and_back

DATA = Path(__file__).parents[2] / "data"

with np.load(DATA / "keras_nets.npz") as file:  # tests/data/make_keras_nets.py
    KERAS = dict(file)
CASES = json.loads(str(KERAS["cases"]))

with np.load(DATA / "torch_nets.npz") as file:  # tests/data/make_torch_nets.py
    TORCH = dict(file)


#: What Keras computes in float32 on PyTorch, whatever it is asked for.
SINGLE = ("global-avgpool", "batchnorm", "layernorm", "gelu")


def label(case: list[Any]) -> str:
    _, _, listed, shape = case
    return " ".join([*(f"{value}" for value in listed.values()), f"of {len(shape)}"])


@pytest.mark.parametrize("i", range(len(CASES)), ids=[label(case) for case in CASES])
def test_a_layer_and_its_gradients_are_those_of_keras(i: int) -> None:
    _, _, listed, shape = CASES[i]
    net = net_of([listed], shape)
    y, dx, slopes = there_and_back(net, numbers((2, *shape), 50))
    single = any(word in SINGLE for word in listed.values() if isinstance(word, str))
    close = {"rtol": 1e-5, "atol": 1e-6} if single else {"rtol": 1e-12, "atol": 1e-12}
    np.testing.assert_allclose(y, KERAS[f"{i}/y"], **close)
    np.testing.assert_allclose(dx, KERAS[f"{i}/dx"], **close)
    assert f"{i}/d{len(slopes)}" not in KERAS
    for j, slope in enumerate(slopes.values()):
        np.testing.assert_allclose(slope.reshape(KERAS[f"{i}/d{j}"].shape), KERAS[f"{i}/d{j}"], **close)
    if listed["kind"] == "batchnorm":
        for j, name in enumerate(("moving_mean", "moving_variance")):
            moved = net.weights()[f"batch_normalization/{name}"]
            np.testing.assert_allclose(moved, KERAS[f"{i}/moved{j}"], **close)


@pytest.mark.parametrize("name", NAMES)
def test_an_activation_and_its_gradient_are_those_of_torch(name: str) -> None:
    x, pull = np.append(numbers((11,), 13) * 6, 0.0).reshape(4, 3), numbers((4, 3), 14)
    if name == "linear":
        wanted = x, pull
    else:
        wanted = TORCH[f"activation/{name}"], TORCH[f"activation/{name}/slope"]
    for listed in ({"kind": "activation", "function": name}, {"kind": name}):
        y, dx, _ = there_and_back(net_of([listed], (3,)), x, dy=pull)
        np.testing.assert_allclose(y, wanted[0], rtol=1e-12, atol=1e-14)
        close = 1e-7 if name == "hard-sigmoid" else 1e-12  # torch has the slope of 1/6 in float32
        np.testing.assert_allclose(dx, wanted[1], rtol=close, atol=1e-14)


@pytest.mark.parametrize(
    ("one", "picture"),
    [*((one, True) for one in PICTURES), *((one, False) for one in ROWS)],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "pictures" * value or "rows",
)
def test_gradients_are_what_central_differences_measure(one: dict[str, Any], picture: bool) -> None:
    net = net_of(ends(one, picture=picture), (5, 6, 2) if picture else (5,), loss="cross-entropy")
    x = net.batch(numbers((3, *net.spec.input), 50))
    checked = list(check_gradients(net, x, np.array([0, 2, 1])))
    assert {(one.layer, one.weight) for one in checked} == {
        (layer.name, name) for layer in net.spec.layers for name, w in layer.weights.items() if w.trained
    }
    for found in checked:
        assert found.difference < NEAR, found
        # Rounding of the loss alone makes some 1e-9 of the gradient of a bias before batch normalisation, 0.
        assert found.difference < 3e-7 or abs(found.measured - found.derived) < 2e-9, found


@pytest.mark.parametrize("masked", [False, True], ids=["", "masked"])
@pytest.mark.parametrize("layers", SEQUENCES, ids=lambda layers: spelt(layers[-1]))
def test_gradients_over_sequences_are_what_central_differences_measure(
    layers: list[dict[str, Any]], masked: bool
) -> None:
    """Those at the weights, and those at the inputs of the steps that there are."""
    net = net_of(sequence_ends(layers, masked=masked), (6, 4))
    given = numbers((3, 6, 4), 50)
    if masked:  # the first steps, one between, the last: one of each half is there
        given[0, :2], given[1, 2], given[1, 4:], given[2, 5] = 0, 0, 0, 0
    x = net.batch(given)
    target = numbers(net.forward(x).shape, 51)
    for found in check_gradients(net, x, target):
        assert found.difference < 1e-6 or abs(found.measured - found.derived) < 2e-9, found

    def loss() -> float:
        return net.loss_of(x, target, generator=np.random.default_rng(0))[0]

    dx = net.backward(net.loss_of(x, target, generator=np.random.default_rng(0))[1], to_input=True).copy()
    for feature, (n, step) in enumerate(((0, 2), (0, 5), (1, 1), (1, 3), (2, 0), (2, 4))):
        at = feature % 4, step, n
        kept = x[at]
        x[at] = kept + H
        above = loss()
        x[at] = kept - H
        below = loss()
        x[at] = kept
        assert dx[at] == pytest.approx((above - below) / (2 * H), abs=1e-6 * np.abs(dx).max())
    if masked and layers[-1]["kind"] not in ("conv1d", "flatten", "reshape"):  # these see what fills up
        assert not dx[:, 2, 1].any()


@pytest.mark.parametrize("mask_zero", [False, True])
def test_the_gradient_at_an_embedding_is_what_central_differences_measure(mask_zero: bool) -> None:
    embedding = {"kind": "embedding", "input_dim": 5, "output_dim": 3, "mask_zero": mask_zero}
    net = net_of([embedding, {"kind": "masking"}, {"kind": "gru", "units": 2}, {"kind": "dense", "units": 5}], (4,),
                 loss="cross-entropy")  # fmt: skip
    x = net.batch(np.array([[4, 0, 1, 2], [2, 2, 1, 0], [1, 4, 0, 0]]))
    target = np.array([[0, -1, 1], [1, 4, 2], [-1, -1, 3], [2, 0, 4]])
    for found in check_gradients(net, x, target):
        assert found.difference < 1e-6, found
    assert not net.slopes["embedding"]["embeddings"][3].any()


def spelt(one: dict[str, Any]) -> str:
    """What a layer is, as the name of a test."""
    inner = (
        {**one, **one["layer"], "kind": f"{one['kind']} {one['layer']['kind']}"} if "layer" in one else one
    )
    return " ".join(f"{value}" for name, value in inner.items() if name not in ("layer", "units", "filters"))


def test_every_kind_is_among_those_that_are_checked() -> None:
    over_sequences = {one["kind"] for layers in SEQUENCES for one in layers}
    assert {one["kind"] for one in PICTURES} | over_sequences | {"dense", "embedding", "masking"} >= set(
        KINDS
    )


def test_the_check_of_gradients_sees_a_wrong_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from dlcli.nets.layers.dense import DenseLayer

    right = DenseLayer.backward

    def wrong(layer: DenseLayer, dy: Array) -> Array:
        dx = right(layer, dy)
        layer.slopes["kernel"][0] *= 1.001
        return dx

    monkeypatch.setattr(DenseLayer, "backward", wrong)
    net = net_of([{"kind": "dense", "units": 2}], (3,), loss="cross-entropy")
    checked = list(check_gradients(net, net.batch(numbers((3, 3), 50)), np.array([0, 1, 1])))
    assert max(one.difference for one in checked) > 1e-4
