"""Unrolled cells: formulas by hand, properties of each kind, and what does not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.recurrent.gru import GRUCell, gru
from dlcli.engines.recurrent.leaky import LeakyCell, leaky
from dlcli.engines.recurrent.lstm import LSTMCell, lstm
from dlcli.engines.recurrent.simple_rnn import SimpleRNNCell, simple_rnn
from dlcli.engines.recurrent.unroll import unroll
from tests.engines.recurrent.cells import KINDS, cell

X = np.random.default_rng(5).normal(size=(7, 3))


def s(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def test_an_lstm_is_its_six_equations() -> None:
    weights = cell("lstm")
    w, u, b = (weights.arrays()[name] for name in ("kernel", "recurrent_kernel", "bias"))
    assert isinstance(weights, LSTMCell)
    found = lstm(X, weights)
    h, c = np.zeros(4), np.zeros(4)
    for t, x in enumerate(X):
        i, f, g, o = np.split(x @ w + h @ u + b, 4)
        c = s(f) * c + s(i) * np.tanh(g)
        h = s(o) * np.tanh(c)
        np.testing.assert_allclose(found.states[t], h, rtol=1e-12)
        np.testing.assert_allclose(found.after(t).cell, c, rtol=1e-12)
        for name, value in {"input": s(i), "forget": s(f), "candidate": np.tanh(g), "output": s(o)}.items():
            np.testing.assert_allclose(found.at(t)[name], value, rtol=1e-12)


@pytest.mark.parametrize("name", ["gru", "gru-reset-before"])
def test_a_gru_is_its_four_equations(name: str) -> None:
    weights = cell(name)
    w, u, b = (weights.arrays()[key] for key in ("kernel", "recurrent_kernel", "bias"))
    assert isinstance(weights, GRUCell)
    b, b2 = b if weights.reset_after else (b, np.zeros(12))
    found = gru(X, weights)
    h = np.zeros(4)
    for t, x in enumerate(X):
        sums, back = x @ w + b, h @ u + b2
        z, r = s(sums[:4] + back[:4]), s(sums[4:8] + back[4:8])
        recalled = r * back[8:] if weights.reset_after else (r * h) @ u[:, 8:]
        n = np.tanh(sums[8:] + recalled)
        h = (1 - z) * n + z * h
        np.testing.assert_allclose(found.states[t], h, rtol=1e-12)
        for key, value in {"update": z, "reset": r, "candidate": n}.items():
            np.testing.assert_allclose(found.at(t)[key], value, rtol=1e-12)


def test_a_simple_cell_is_its_one_equation() -> None:
    weights = cell("simple")
    w, u, b = (weights.arrays()[name] for name in ("kernel", "recurrent_kernel", "bias"))
    assert isinstance(weights, SimpleRNNCell)
    h = np.ones(4)
    for t, state in enumerate(simple_rnn(X, weights, h0=np.ones(4)).states):
        h = np.tanh(X[t] @ w + h @ u + b)
        np.testing.assert_allclose(state, h, rtol=1e-12)


def test_a_leaky_unit_without_memory_is_its_input() -> None:
    np.testing.assert_array_equal(leaky(X, LeakyCell(np.eye(3), alpha=0.0)).states, X)


def test_a_leaky_unit_that_forgets_nothing_stays_as_it_was() -> None:
    h0 = np.array([1.0, -2.0, 3.0])
    np.testing.assert_array_equal(
        leaky(X, LeakyCell(np.eye(3), alpha=1.0), h0=h0).states, np.tile(h0, (7, 1))
    )


def test_a_skip_connection_brings_an_earlier_state() -> None:
    weights = cell("simple", skip=3)
    assert weights.skip is not None
    w, u, b = (weights.arrays()[name] for name in ("kernel", "recurrent_kernel", "bias"))
    h0 = np.array([0.5, -0.5, 1.0, 2.0])
    known = [np.zeros(4), np.zeros(4), h0]
    for x in X:
        known.append(np.tanh(x @ w + known[-1] @ u + known[-3] @ weights.skip.kernel + b))
    np.testing.assert_allclose(unroll(X, weights, h0=h0).states, known[3:], rtol=1e-12)


@pytest.mark.parametrize("name", KINDS)
def test_sequences_of_a_batch_do_not_meet(name: str) -> None:
    weights, x = cell(name), np.stack([X, -X, 2 * X])
    together = unroll(x, weights)
    for i in range(3):
        alone = unroll(x[i], weights)
        np.testing.assert_allclose(together.states[i], alone.states, rtol=1e-12)
        for part, values in alone.parts.items():
            np.testing.assert_allclose(together.parts[part][i], values, rtol=1e-12)


@pytest.mark.parametrize("name", KINDS)
def test_the_precision_is_that_of_the_sequence(name: str) -> None:
    assert unroll(X.astype(np.float32), cell(name)).states.dtype == np.float32
    assert unroll(X, cell(name)).states.dtype == np.float64


@pytest.mark.parametrize(
    ("x", "options", "told"),
    [
        (np.zeros((4, 2)), {}, "are for 3 features a step; the sequence has 2"),
        (np.zeros((0, 3)), {}, "an empty sequence"),
        (np.zeros(3), {}, r"has axes \(..., time, feature\); received shape \(3,\)"),
        (np.zeros((4, 3), complex), {}, "not defined for complex numbers"),
        (np.zeros((4, 3)), {"h0": np.zeros(3)}, r"h0 of this cell has shape \(4,\); received \(3,\)"),
        (np.zeros((4, 3)), {"c0": np.zeros(4)}, "has no cell state, only an LSTM has"),
    ],
)
def test_what_does_not_fit_is_refused(x: Any, options: Any, told: str) -> None:
    with pytest.raises(EngineError, match=told):
        unroll(x, cell("gru"), **options)


@pytest.mark.parametrize(
    ("weights", "told"),
    [
        (GRUCell(np.zeros((3, 8)), recurrent_kernel=np.zeros((2, 8))), r"is \(feature, 3·unit\)"),
        (
            LSTMCell(np.zeros((3, 8)), recurrent_kernel=np.zeros((2, 6))),
            r"recurrent_kernel .* shape \(2, 8\); received \(2, 6\)",
        ),
        (
            GRUCell(np.zeros((3, 6)), np.zeros(6), recurrent_kernel=np.zeros((2, 6))),
            r"bias .* \(2, 6\); received \(6,\)",
        ),
        (LeakyCell(np.eye(3), alpha=1.5), "between 0 and 1; received 1.5"),
        (SimpleRNNCell(np.eye(3), recurrent_kernel=np.eye(3), activation="gelu"), "no activation 'gelu'"),
    ],
)
def test_weights_that_do_not_fit_each_other_are_refused(weights: Any, told: str) -> None:
    with pytest.raises(EngineError, match=told):
        unroll(np.zeros((4, 3)), weights)
