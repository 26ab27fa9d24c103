"""The gated latch: its truth table, its formula, and the LSTM that does the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcli.engines.base.checks import EngineError
from dlcli.engines.recurrent.latch import latch, latching_lstm, truth_table
from dlcli.engines.recurrent.leaky import LeakyCell, leaky
from dlcli.engines.recurrent.lstm import lstm

bits = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=12)


def test_the_truth_table_is_that_of_the_circuit() -> None:
    """Q(n+1) of NAND gates: S̄ = NAND(EN, D), R̄ = NAND(EN, S̄), Q = NAND(S̄, NAND(R̄, Q))."""
    table = truth_table()
    assert len({tuple(row[:3]) for row in table.tolist()}) == 8
    for enable, data, before, after in table.astype(bool):
        not_set = not (enable and data)
        not_reset = not (enable and not_set)
        assert after == (not not_set or (not_reset and before))


@given(bits, st.integers(0, 1))
def test_a_closed_latch_keeps_and_an_open_one_follows(signals: list[tuple[int, int]], first: int) -> None:
    steps = latch(np.array(signals), q0=first)
    q = first
    for (enable, data), found in zip(signals, steps.states, strict=True):
        q = data if enable else q
        assert found == q
    np.testing.assert_array_equal(steps.before[1:], steps.states[:-1])
    np.testing.assert_array_equal(steps.taken + steps.kept, steps.states)
    assert steps.before[0] == first


def test_an_enable_that_stays_the_same_makes_a_leaky_unit() -> None:
    data = np.random.default_rng(0).random(20)
    steps = latch(np.stack([np.full(20, 0.25), data], axis=-1))
    smooth = leaky(data[:, None], LeakyCell(np.eye(1), alpha=0.75)).states[:, 0]
    np.testing.assert_allclose(steps.states, smooth, rtol=1e-12)


@given(bits)
def test_the_hard_gates_of_an_lstm_are_a_latch(signals: list[tuple[int, int]]) -> None:
    x = np.array(signals, dtype=float)
    cell = lstm(x, latching_lstm(12.0)).cell
    assert cell is not None
    np.testing.assert_allclose(cell[:, 0], latch(x).states, atol=1e-3)
    soft = lstm(x, latching_lstm(0.5)).cell
    assert soft is not None
    assert not np.allclose(soft[:, 0], 1, atol=1e-3)


def test_several_latches_at_once() -> None:
    x = np.random.default_rng(1).integers(0, 2, (3, 5, 2))
    together = latch(x, q0=np.array([0, 1, 0]))
    for i in range(3):
        np.testing.assert_array_equal(together.states[i], latch(x[i], q0=i % 2).states)


@pytest.mark.parametrize(
    ("x", "q0", "told"),
    [
        (np.ones((3, 1)), 0, "two signals a step, EN and D: (..., time, 2); received shape (3, 1)"),
        (np.ones(2), 0, "received shape (2,)"),
        (np.ones((0, 2)), 0, "an empty sequence"),
        (np.array([[1, 2]]), 0, "EN and D of a latch must lie between 0 and 1"),
        (np.array([[1, np.nan]]), 0, "EN and D of a latch must lie between 0 and 1"),
        (np.array([[1, 1]]), -1, "the bit before the first step of a latch must lie between 0 and 1"),
        (np.array([[1j, 1]]), 0, "EN and D of a latch must lie between 0 and 1"),
    ],
)
def test_what_is_no_signal_is_refused(x: np.ndarray, q0: float, told: str) -> None:
    with pytest.raises(EngineError) as raised:
        latch(x, q0=q0)
    assert told in str(raised.value)


def test_a_sharpness_of_nothing_is_refused() -> None:
    with pytest.raises(EngineError, match="a number above 0; received 0"):
        latching_lstm(0)
