"""Masks, first states, reading backwards and other gates, beside what Keras and PyTorch make of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.engines.base.central_differences import check_array
from dlcli.engines.base.checks import EngineError
from dlcli.engines.recurrent.bidirectional import Layer
from dlcli.engines.recurrent.bptt import bptt
from dlcli.engines.recurrent.cell import Cell, State
from dlcli.engines.recurrent.cell_activations import SLOPES, slope
from dlcli.engines.recurrent.fast_layer import unroll_fast
from dlcli.engines.recurrent.gradient_paths import gradient_paths
from dlcli.engines.recurrent.gradient_terms import handed_back
from dlcli.engines.recurrent.gru import GRUCell
from dlcli.engines.recurrent.lstm import LSTMCell
from dlcli.engines.recurrent.memory import keeping_gate, without_memory
from dlcli.engines.recurrent.simple_rnn import SimpleRNNCell
from dlcli.engines.recurrent.stacked import run_stack, stack_back, stack_gradients
from dlcli.engines.recurrent.unroll import unroll
from dlcli.engines.tensors.activations import ACTIVATIONS
from tests.engines.recurrent.cells import KINDS, cell
from tests.engines.recurrent.test_oracles import stored, torch_cell

Array = np.ndarray[Any, Any]
DATA = Path(__file__).parents[2] / "data"
KERAS, ARRAYS = stored("keras_recurrent_modes.npz")
PACKED, PACKED_ARRAYS = stored("torch_packed.npz")
X = np.random.default_rng(1).normal(size=(6, 3))
MASK = np.array([True, False, True, True, False, False])


def of(i: int, what: str) -> list[Array]:
    found = []
    while f"{i}/{what}{len(found)}" in ARRAYS:
        found.append(ARRAYS[f"{i}/{what}{len(found)}"])
    return found


def function(case: dict[str, Any]) -> str:
    return str(case["options"].get("recurrent_activation", "sigmoid")).replace("_", "-")


def layer_of(case: dict[str, Any], weights: list[Array]) -> Layer:
    made = {"SimpleRNN": SimpleRNNCell, "LSTM": LSTMCell, "GRU": GRUCell}[case["kind"]]
    own: dict[str, Any] = {} if made is SimpleRNNCell else {"recurrent_activation": function(case)}
    if made is GRUCell:
        own["reset_after"] = case["options"].get("reset_after", True)

    def one(kernel: Array, recurrent: Array, bias: Array) -> Cell:
        return made(kernel, bias, recurrent_kernel=recurrent, **own)

    return Layer.of([one(*weights[i : i + 3]) for i in range(0, len(weights), 3)], case["merge"] or "concat")


def states_of(case: dict[str, Any], arrays: list[Array]) -> list[State]:
    """Keras has h, or h and c, of one direction behind the other."""
    if case["kind"] != "LSTM":
        return [State(h) for h in arrays]
    return [State(h, c) for h, c in zip(arrays[::2], arrays[1::2], strict=True)]


@pytest.mark.parametrize("i", range(len(KERAS)), ids=[str(list(case.values())) for case in KERAS])
def test_outputs_states_and_gradients_are_those_of_keras(i: int) -> None:
    case = KERAS[i]
    net = [layer_of(case, of(i, "w"))]
    turn = slice(None, None, -1 if case["options"].get("go_backwards") else 1)
    x, mask = ARRAYS["x"][:, turn], ARRAYS["mask"] if case["mask"] else None
    first = states_of(case, of(i, "s"))
    steps = run_stack(x, net, initial=[first] if first else (), mask=mask)
    y, pull = steps.outputs, ARRAYS[f"{i}/pull"]  # of which Keras computes parts in float32
    if case["merge"] and mask is not None:  # a Bidirectional of Keras gives zeros where nothing is read
        y, pull = (np.where(mask[..., None], one, 0) for one in (y, pull))
    np.testing.assert_allclose(y, ARRAYS[f"{i}/y"], rtol=1e-5, atol=1e-6)
    for ours, theirs in zip(steps.last[0], states_of(case, of(i, "e")), strict=True):
        np.testing.assert_allclose(ours.hidden, theirs.hidden, rtol=1e-5, atol=1e-6)
        if theirs.cell is not None:
            np.testing.assert_allclose(ours.cell, theirs.cell, rtol=1e-5, atol=1e-6)
    found = stack_gradients(net, steps, pull)
    np.testing.assert_allclose(found.inputs, ARRAYS[f"{i}/dx"][:, turn], rtol=1e-5, atol=1e-6)
    theirs_ = layer_of(case, of(i, "d"))
    for one, gradients in zip(theirs_.cells, found.weights[0], strict=True):
        for name, gradient in one.arrays().items():
            np.testing.assert_allclose(gradients[name], gradient, rtol=1e-5, atol=5e-6, err_msg=name)
    for delta, gradient_ in zip(found.deltas[0].directions, states_of(case, of(i, "ds")), strict=False):
        np.testing.assert_allclose(delta.initial.hidden, gradient_.hidden, rtol=1e-5, atol=1e-6)
        if gradient_.cell is not None:
            np.testing.assert_allclose(delta.initial.cell, gradient_.cell, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("i", range(len(PACKED)), ids=[str(list(case.values())) for case in PACKED])
def test_masked_padding_gives_what_packed_sequences_of_pytorch_give(i: int) -> None:
    case, length = PACKED[i], PACKED_ARRAYS["lengths"]
    weights = {
        name.removeprefix(f"{i}/w/"): one for name, one in PACKED_ARRAYS.items() if name.startswith(f"{i}/w/")
    }
    net = [
        Layer(
            torch_cell(case["kind"], weights, f"l{n}"),
            torch_cell(case["kind"], weights, f"l{n}_reverse") if case["bidirectional"] else None,
        )
        for n in range(case["layers"])
    ]
    mask = np.arange(PACKED_ARRAYS["x"].shape[1]) < length[:, None]
    steps = run_stack(PACKED_ARRAYS["x"], net, mask=mask)
    padded = np.where(mask[..., None], steps.outputs, 0)  # PyTorch gives zeros behind the end
    np.testing.assert_allclose(padded, PACKED_ARRAYS[f"{i}/y"], atol=1e-12)
    last = np.stack([state.hidden for directions in steps.last for state in directions])
    np.testing.assert_allclose(last, PACKED_ARRAYS[f"{i}/h"], atol=1e-12)
    pull = np.where(mask[..., None], PACKED_ARRAYS[f"{i}/pull"], 0)
    found = stack_gradients(net, steps, pull)
    np.testing.assert_allclose(found.inputs, PACKED_ARRAYS[f"{i}/dx"], atol=1e-12)


@pytest.mark.parametrize("name", KINDS)
def test_a_masked_sequence_is_the_one_without_these_steps(name: str) -> None:
    net = [Layer(cell(name), cell(name, seed=3)), Layer(cell(name, 8, seed=1))]
    whole, alone = run_stack(X, net, mask=MASK), run_stack(X[MASK], net)
    np.testing.assert_allclose(whole.outputs[MASK], alone.outputs, rtol=1e-12)
    np.testing.assert_array_equal(whole.outputs[4:], whole.outputs[3:4].repeat(2, axis=0))
    pull = np.random.default_rng(2).normal(size=whole.outputs.shape)
    pull[~MASK] = 0
    ours, theirs = stack_gradients(net, whole, pull), stack_gradients(net, alone, pull[MASK])
    np.testing.assert_array_equal(ours.inputs[~MASK], 0)
    for one, other in zip(ours.weights, theirs.weights, strict=True):
        for weights, others in zip(one, other, strict=True):
            for key, gradient in others.items():
                np.testing.assert_allclose(weights[key], gradient, rtol=1e-9, atol=1e-12, err_msg=key)


@pytest.mark.parametrize("name", KINDS)
def test_in_two_pieces_with_the_state_carried_it_is_the_whole(name: str) -> None:
    net = [Layer(cell(name)), Layer(cell(name, 4, seed=1))]
    whole, first = run_stack(X, net), run_stack(X[:2], net)
    second = run_stack(X[2:], net, initial=first.last)
    np.testing.assert_allclose(np.concatenate([first.outputs, second.outputs]), whole.outputs, rtol=1e-12)


@pytest.mark.parametrize("name", ["simple", "leaky", "lstm", "gru", "gru-reset-before"])
def test_what_a_masked_step_hands_back_is_the_gradient_as_it_came(name: str) -> None:
    one = cell(name)
    steps = unroll(X, one, mask=MASK)
    pull = np.random.default_rng(2).normal(size=steps.states.shape)
    deltas = bptt(one, steps, pull).deltas
    for t in range(len(X) - 1):
        for unit in range(4):
            found = handed_back(one, steps, deltas, t, unit)
            assert pull[t, unit] + found.products.sum() == pytest.approx(deltas.hidden[t, unit], rel=1e-9)
    found = handed_back(one, steps, deltas, 0, 1)
    assert found.sources == (("state", 1, 1),)
    layers = [Layer(one)]
    done = run_stack(X, layers, mask=MASK)
    weight = "kernel" if name == "leaky" else "recurrent_kernel"
    paths = gradient_paths(layers, done, pull, weight=weight)
    np.testing.assert_array_equal(paths.sizes[:, ~MASK], 0)
    np.testing.assert_allclose(paths.total, stack_gradients(layers, done, pull).weights[0][0][weight], rtol=1e-9)  # fmt: skip
    assert len(stack_back(layers, done, pull)) == 1


def test_a_masked_step_keeps_all_and_without_memory_gives_nothing() -> None:
    one = cell("lstm")
    gate = keeping_gate(one, unroll(X, one, mask=MASK))
    assert gate is not None
    np.testing.assert_array_equal(gate[1][~MASK], 1)
    assert (gate[1][MASK] < 1).all()
    np.testing.assert_array_equal(without_memory(X, [Layer(one)], mask=MASK)[~MASK], 0)


@pytest.mark.parametrize("name", SLOPES)
@pytest.mark.parametrize("kind", ["lstm", "gru", "gru-reset-before"])
def test_the_gradient_through_other_gates_is_measured(kind: str, name: str) -> None:
    one = cell(kind)
    made, options = KINDS[kind]
    one = made(**one.arrays(), **options, recurrent_activation=name)  # type: ignore[arg-type]
    rng = np.random.default_rng(0)
    pull = rng.normal(size=(6, 4))
    arrays = {key: array.copy() for key, array in one.arrays().items()}
    one = one.with_arrays(arrays)
    slopes = bptt(one, unroll(X, one), pull).weights

    def loss() -> float:
        return float((unroll(X, one).states * pull).sum())

    for key, array in arrays.items():
        done = check_array("cell", key, array, slopes[key], loss, rng=rng, value=loss())
        assert done.difference < 1e-5, (key, done)


@pytest.mark.parametrize("name", SLOPES)
def test_a_slope_told_from_the_value_is_the_derivative(name: str) -> None:
    x = np.linspace(-4.3, 4.4, 60)
    one = ACTIVATIONS[name]
    np.testing.assert_allclose(slope(name, one.function(x)), one.derivative(x), rtol=1e-6, atol=1e-9)


def test_what_does_not_fit_is_said() -> None:
    with pytest.raises(EngineError, match=r"the mask of these steps is bool, \(6,\); received bool \(5,\)"):
        unroll(X, cell("gru"), mask=MASK[:5])
    with pytest.raises(EngineError, match=r"received float64 \(6,\)"):
        unroll_fast(X, cell("gru"), mask=np.ones(6))
    with pytest.raises(EngineError, match="a skip connection counts steps"):
        unroll(X, cell("gru", skip=2), mask=MASK)
    for name in ("simple", "gru", "lstm"):
        with pytest.raises(EngineError, match=r"h0 of this cell has shape \(4,\); received \(3,\)"):
            run_stack(X, [Layer(cell(name))], initial=[[State(np.zeros(3))]])
    with pytest.raises(EngineError, match=r"c0 of this cell has shape \(2, 4\); received \(4,\)"):
        run_stack(np.stack([X, X]), [Layer(cell("lstm"))], initial=[[State(np.zeros((2, 4)), np.zeros(4))]])
    with pytest.raises(EngineError, match="has no cell state, only an LSTM has; try h0"):
        run_stack(X, [Layer(cell("gru"))], initial=[[State(np.zeros(4), np.zeros(4))]])
