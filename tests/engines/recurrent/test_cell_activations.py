"""Activations of recurrent cells: the slope told from the value, with a number behind the name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.recurrent.bidirectional import Layer
from dlcli.engines.recurrent.cell_activations import SLOPES, activate, cell_activation, slope
from dlcli.engines.recurrent.net import StoredFacts
from dlcli.engines.recurrent.simple_rnn import SimpleRNNCell
from dlcli.engines.recurrent.stacked import run_stack, stack_gradients
from dlcli.engines.tensors.activations import activation

NUMBERED = ["leaky-relu:0.3", "leaky-relu:0", "elu:2", "elu:0.5", "hard-sigmoid:0.2"]


@pytest.mark.parametrize("name", [*SLOPES, *NUMBERED])
def test_the_slope_told_from_the_value_is_the_derivative(name: str) -> None:
    x = np.random.default_rng(0).normal(size=200) * 3
    np.testing.assert_allclose(slope(name, activate(name, x)), activation(name).derivative(x), atol=1e-12)
    assert slope(name, activate(name, x.astype(np.float32))).dtype == np.float32


@pytest.mark.parametrize(
    ("name", "last", "gradient"),
    [
        (
            "leaky-relu:0.3",
            [-0.28326, 0.26895],
            [[-0.04075284, 0.007464684], [0.022977399, -0.042343146]],
        ),
        (
            "elu:2",
            [-1.4754604757354355, 0.4260388750804239],
            [[-0.5518906603272111, -0.8363255570694441], [1.6856292593416593, 0.5674469322039832]],
        ),
    ],
)
def test_states_and_gradients_are_those_of_pytorch(name: str, last: Any, gradient: Any) -> None:
    """PyTorch 2.13, h = f(x W + h U + b) written out and ½ Σ h² by its autograd."""
    cell = SimpleRNNCell(
        np.array([[0.5, -0.3]]),
        recurrent_kernel=np.array([[0.2, -0.7], [0.4, 0.1]]),
        bias=np.array([0.1, -0.2]),
        activation=name,
    )
    steps = run_stack(np.array([[1.0], [0.0], [-2.0]]), [Layer(cell)])
    np.testing.assert_allclose(steps.outputs[-1], last, rtol=1e-12)
    found = stack_gradients([Layer(cell)], steps, steps.outputs).weights[0][0]["recurrent_kernel"]
    np.testing.assert_allclose(found, gradient, rtol=1e-12)


def test_what_no_value_tells_the_slope_of_is_refused() -> None:
    for name, told in (
        ("gelu", "a cell has no activation 'gelu'"),
        ("prelu:0.3", "a cell has no activation 'prelu:0.3'"),
        ("leaky-relu:-1", "a cell's leaky-relu has a number from 0 on"),
        ("elu:x", "ALPHA of elu is a number from 0 to 100; received 'x'"),
        ("tanh:2", "tanh has no number"),
    ):
        with pytest.raises(EngineError, match=told):
            cell_activation(name)
    assert StoredFacts.of({"activation": "elu:2"}).facts() == {"activation": "elu:2"}
    assert StoredFacts.of({"activation": "elu:x", "recurrent_activation": "gelu"}).facts() == {}


@pytest.mark.parametrize("cell", ["simple", "leaky", "lstm", "gru"])
def test_a_net_keeps_its_number_in_its_file(cell: str, cli: Any) -> None:
    gates = ("--recurrent-activation", "hard-sigmoid:0.2") * (cell in ("lstm", "gru"))
    words = ("rnn", "1 0 -2", "--cell", cell, "--activation", "leaky-relu:0.3", *gates)
    made = cli(*words, "--check", "--save-weights", "net.npz")
    assert (made.code, made.err) == (0, "")
    again = cli("rnn", "1 0 -2", "--weights", "net.npz")
    np.testing.assert_array_equal(again.tensor.data, made.tensor.data)
    ended = cli("rnn", "1 0 -2", "--weights", "net.npz", "--activation", "leaky-relu")
    assert (ended.code, ended.raw) == (2, b"")
    assert "its activation is leaky-relu:0.3, not as --activation leaky-relu has it" in ended.err
    for word, told in (("gelu", "is no activation of a cell"), ("leaky-relu:-1", "a number from 0 on")):
        ended = cli("rnn", "1 0", "--activation", word)
        assert (ended.code, ended.raw) == (2, b"")
        assert told in ended.err
