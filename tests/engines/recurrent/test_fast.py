"""The fast LSTM and GRU: equal to the definition, forwards and backwards, in both precisions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.recurrent.bptt import bptt
from dlcli.engines.recurrent.fast_layer import bptt_fast, gru_states, lstm_states, record_fast, unroll_fast
from dlcli.engines.recurrent.unroll import unroll
from tests.engines.recurrent.cells import cell

FAST: dict[str, Any] = {"lstm": lstm_states, "gru": gru_states}
each = pytest.mark.parametrize("name", FAST)
shapes = pytest.mark.parametrize("shape", [(9, 3), (4, 9, 3), (2, 2, 9, 3), (1, 1, 3)], ids=str)
precisions = pytest.mark.parametrize(
    ("dtype", "rtol", "atol"),
    [(np.float64, 1e-10, 1e-12), (np.float32, 1e-4, 1e-5)],
    ids=["float64", "float32"],
)


def start(name: str, shape: tuple[int, ...], dtype: Any) -> tuple[Any, Any, dict[str, Any]]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=shape).astype(dtype)
    states = {"h0": rng.normal(size=(*shape[:-2], 4))}
    if name == "lstm":
        states["c0"] = rng.normal(size=(*shape[:-2], 4))
    return x, cell(name), states


@each
@shapes
@precisions
def test_forwards_it_is_the_definition(
    name: str, shape: tuple[int, ...], dtype: Any, rtol: float, atol: float
) -> None:
    x, weights, states = start(name, shape, dtype)
    only = FAST[name]
    for given in ({}, states):
        plain = unroll(x, weights, **given)
        found = only(x, weights, **given)
        assert found.dtype == dtype
        np.testing.assert_allclose(found, plain.states, rtol=rtol, atol=atol)
        steps = record_fast(x, weights, **given).steps(x)
        np.testing.assert_allclose(steps.states, plain.states, rtol=rtol, atol=atol)
        assert list(steps.parts) == list(plain.parts)
        for part, values in plain.parts.items():
            np.testing.assert_allclose(steps.parts[part], values, rtol=rtol, atol=atol, err_msg=part)
        np.testing.assert_allclose(steps.initial.hidden, plain.initial.hidden, rtol=rtol)
        if plain.cell is not None:
            np.testing.assert_allclose(steps.cell, plain.cell, rtol=rtol, atol=atol)
            np.testing.assert_allclose(steps.initial.cell, plain.initial.cell, rtol=rtol)


@each
@shapes
@precisions
def test_backwards_it_is_the_definition(
    name: str, shape: tuple[int, ...], dtype: Any, rtol: float, atol: float
) -> None:
    x, weights, states = start(name, shape, dtype)
    rng = np.random.default_rng(1)
    pull = rng.normal(size=(*shape[:-1], 4)).astype(dtype)
    more = {"dcell": rng.normal(size=(*shape[:-2], 4)).astype(dtype)} if name == "lstm" else {}
    plain = bptt(weights, unroll(x, weights, **states), pull, **more)
    found = bptt_fast(weights, record_fast(x, weights, **states), pull, **more)
    assert set(found.weights) == set(plain.weights)
    for which, gradient in plain.weights.items():
        assert found.weights[which].dtype == dtype
        scale = 10 * atol * max(1, np.abs(gradient).max())
        np.testing.assert_allclose(found.weights[which], gradient, rtol=rtol, atol=scale, err_msg=which)
    np.testing.assert_allclose(found.inputs, plain.inputs, rtol=rtol, atol=10 * atol)
    for which in ("hidden", "cell", "sums", "recurrent_sums"):
        ours, theirs = (getattr(one.deltas, which) for one in (found, plain))
        if theirs is not None:
            np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=10 * atol, err_msg=which)
    np.testing.assert_allclose(
        found.deltas.initial.hidden, plain.deltas.initial.hidden, rtol=rtol, atol=10 * atol
    )
    if plain.deltas.initial.cell is not None:
        np.testing.assert_allclose(
            found.deltas.initial.cell, plain.deltas.initial.cell, rtol=rtol, atol=10 * atol
        )


@each
def test_piece_by_piece_it_is_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    x, weights, states = start(name, (2, 9, 3), np.float64)
    pull = np.random.default_rng(1).normal(size=(2, 9, 4))
    whole = bptt_fast(weights, record_fast(x, weights, **states), pull)
    only = FAST[name](x, weights, **states)
    monkeypatch.setattr(
        "dlcli.engines.recurrent.feature_major.CACHED", 4 * 2 * 4
    )  # 4 steps at once: 4, 4 and 1 of 9
    pieces = bptt_fast(weights, record_fast(x, weights, **states), pull)
    np.testing.assert_allclose(FAST[name](x, weights, **states), only, rtol=1e-13)
    np.testing.assert_allclose(pieces.inputs, whole.inputs, rtol=1e-10)
    for which, gradient in whole.weights.items():
        np.testing.assert_allclose(pieces.weights[which], gradient, rtol=1e-10)


@each
@shapes
def test_what_comes_in_stays_as_it_was(name: str, shape: tuple[int, ...]) -> None:
    x, weights, states = start(name, shape, np.float64)
    pull = np.random.default_rng(1).normal(size=(*shape[:-1], 4))
    kept = x.copy(), pull.copy(), states["h0"].copy()
    bptt_fast(weights, record_fast(x, weights, **states), pull)
    for before, after in zip(kept, (x, pull, states["h0"]), strict=True):
        np.testing.assert_array_equal(before, after)


@each
def test_a_cell_without_bias(name: str) -> None:
    x, weights, _ = start(name, (4, 9, 3), np.float64)
    bare = type(weights)(weights.kernel, recurrent_kernel=weights.arrays()["recurrent_kernel"])
    only = FAST[name]
    np.testing.assert_allclose(only(x, bare), unroll(x, bare).states)
    assert set(bptt_fast(bare, record_fast(x, bare), np.ones((4, 9, 4))).weights) == {
        "kernel",
        "recurrent_kernel",
    }


@each
def test_what_it_cannot_run_is_refused(name: str) -> None:
    with pytest.raises(EngineError, match="no skip connection"):
        FAST[name](np.zeros((4, 3)), cell(name, skip=2))
    with pytest.raises(EngineError, match="for 3 features a step; the sequence has 2"):
        FAST[name](np.zeros((4, 2)), cell(name))
    with pytest.raises(EngineError, match="reset_after"):
        gru_states(np.zeros((4, 3)), cell("gru-reset-before"))  # type: ignore[arg-type]


def test_what_no_layer_runs_fast_goes_by_the_definition() -> None:
    x, pull = np.random.default_rng(0).normal(size=(2, 6, 3)), np.ones((2, 6, 4))
    skipping = cell("lstm", skip=2)
    plain = unroll(x, skipping)
    np.testing.assert_array_equal(unroll_fast(x, skipping).states, plain.states)
    found = bptt_fast(skipping, record_fast(x, skipping), pull)
    np.testing.assert_array_equal(found.inputs, bptt(skipping, plain, pull).inputs)
