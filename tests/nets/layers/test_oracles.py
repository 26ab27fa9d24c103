"""Every kind of layer beside Keras' (stored), and its gradients beside central differences."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.engines.base.central_differences import NEAR
from dlcli.nets.gradient_check import check_gradients
from dlcli.nets.layers.activation import NAMES
from dlcli.nets.layers.kinds import KINDS
from tests.nets.recipe import Array, numbers
from tests.nets.small import PICTURES, ROWS, ends, net_of, there_and_back

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
        np.testing.assert_allclose(dx, wanted[1], rtol=1e-12, atol=1e-14)


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


def test_every_kind_is_among_those_that_are_checked() -> None:
    assert {one["kind"] for one in PICTURES} | {"dense"} >= set(KINDS)


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
