"""From the output of a layer to the end of a net, and the outputs of layers around its last activation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.nets.layers.base import UnknownName
from dlcli.nets.net import Net
from dlcli.nets.spec import model_spec

#: Down to three numbers and up again; the last activation, which the loss includes, is no layer's last step.
NARROW: dict[str, Any] = {
    "input": [4, 4, 1],
    "target": "input",
    "loss": "binary-cross-entropy",
    "layer": [
        {"kind": "noise", "stddev": 0.5},
        {"kind": "conv", "filters": 2, "activation": "relu", "padding": "same"},
        {"kind": "maxpool"},
        {"kind": "flatten"},
        {"kind": "dense", "units": 3, "name": "code"},
        {"kind": "dropout", "rate": 0.5},
        {"kind": "dense", "units": 16},
        {"kind": "sigmoid"},
        {"kind": "reshape", "target_shape": [2, 2, 4], "name": "early"},
        {"kind": "reshape", "target_shape": [4, 4, 1]},
    ],
}


def batch(net: Net, count: int = 5) -> Any:
    return net.batch(np.random.default_rng(3).random((count, *net.spec.input), np.float32))


@pytest.mark.parametrize("name", [one.name for one in model_spec(NARROW).layers])
def test_to_a_layer_and_on_from_there_is_through_bit_by_bit(name: str) -> None:
    net = Net(model_spec(NARROW)).draw(1)
    x = batch(net)
    found = {one: y.copy() for one, y in net.activations(x)}
    made = net.onward(name, found[name])
    np.testing.assert_array_equal(made, found["reshape"])
    np.testing.assert_allclose(made, net.probabilities(net.forward(x)), rtol=1e-5)


def test_every_layer_gives_its_output_with_the_last_activation_and_without() -> None:
    net = Net(model_spec(NARROW)).draw(1)
    x = batch(net)
    found = {name: y.copy() for name, y in net.activations(x)}
    assert list(found) == [one.name for one in net.spec.layers]
    logits = found["dense"]
    np.testing.assert_allclose(found["activation"], 1 / (1 + np.exp(-logits)), rtol=1e-5)
    flat = found["early"].transpose(1, 2, 0, 3).reshape(16, -1)
    np.testing.assert_array_equal(flat, found["activation"])
    np.testing.assert_array_equal(found["reshape"].reshape(16, -1), flat)


def residual(source: str) -> Net:
    layers = [
        {"kind": "dense", "units": 4, "name": "first"},
        {"kind": "dense", "units": 4, "name": "second"},
        {"kind": "dense", "units": 4, "name": "third"},
        {"kind": "add", "source": source, "activation": "relu"},
        {"kind": "dense", "units": 2, "name": "last"},
    ]
    return Net(model_spec({"input": [4], "loss": "mean-squared", "layer": layers})).draw(2)


def test_a_residual_that_begins_before_the_layer_is_refused() -> None:
    net = residual("first")
    with pytest.raises(EngineError, match="layer second is not all that goes on: add adds that of first"):
        net.onward("second", np.ones((4, 1)))


def test_a_residual_that_begins_at_the_layer_or_behind_it_goes_on() -> None:
    for source in ("second", "third"):
        net = residual(source)
        x = batch(net)
        through = net.forward(x).copy()
        y = dict(net.activations(x))["second"].copy()
        np.testing.assert_array_equal(net.onward("second", y), through)
    net = residual("first")
    x = batch(net)
    y = dict(net.activations(x))["add"].copy()  # what is added lies before it, and has been
    np.testing.assert_array_equal(net.onward("add", y), net.forward(x))


def test_what_is_no_output_of_a_layer() -> None:
    net = Net(model_spec(NARROW)).draw(1)
    with pytest.raises(UnknownName, match="no layer 'cod'"):
        net.onward("cod", np.ones((3, 1)))
    with pytest.raises(EngineError, match=r"layer code gives \(3,\), pictures last; received \(4, 1\)"):
        net.onward("code", np.ones((4, 1)))
    with pytest.raises(EngineError, match=r"layer conv2d gives \(2, 4, 4\)"):
        net.onward("conv2d", np.ones((4, 4, 2, 1)))


def test_a_gradient_is_that_of_the_last_forward_pass_whatever_was_looked_at_between() -> None:
    net = Net(model_spec(NARROW)).draw(1)
    x = batch(net)
    net.loss_of(x, x)
    _, slope, _ = net.loss_of(x, x)
    net.backward(slope.copy())
    expected = net.gradient.copy()
    _, slope, _ = net.loss_of(x, x)
    list(net.activations(x[..., :2]))
    net.backward(slope.copy())
    np.testing.assert_array_equal(net.gradient, expected)
