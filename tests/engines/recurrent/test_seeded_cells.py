"""Weights to begin with: Keras' rules, and the same numbers for the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.recurrent.seeded_cells import CELLS, glorot_uniform, orthogonal, seeded_cell
from dlcli.engines.recurrent.unroll import unroll


@pytest.mark.parametrize("kind", CELLS)
def test_the_same_seed_gives_the_same_cell(kind: str) -> None:
    one, other, another = (seeded_cell(kind, 3, 4, np.random.default_rng(seed), skip=2) for seed in (1, 1, 2))
    for name, array in one.arrays().items():
        np.testing.assert_array_equal(array, other.arrays()[name])
    assert not np.array_equal(one.kernel, another.kernel)
    assert np.isfinite(unroll(np.ones((5, 3)), one).states).all()


@pytest.mark.parametrize(("kind", "parameters"), [("simple", 32), ("lstm", 128), ("gru", 108)])
def test_there_are_as_many_parameters_as_keras_counts(kind: str, parameters: int) -> None:
    assert seeded_cell(kind, 3, 4, np.random.default_rng(0)).parameters == parameters


@pytest.mark.parametrize("kind", ["simple", "lstm", "gru"])
def test_recurrent_kernels_are_orthogonal(kind: str) -> None:
    u = seeded_cell(kind, 3, 4, np.random.default_rng(0)).arrays()["recurrent_kernel"]
    np.testing.assert_allclose(u @ u.T, np.eye(4), atol=1e-12)


def test_more_rows_than_columns_have_orthogonal_columns() -> None:
    u = orthogonal(np.random.default_rng(0), 6, 2)
    np.testing.assert_allclose(u.T @ u, np.eye(2), atol=1e-12)


def test_forget_gates_begin_open_and_nothing_else_has_a_bias() -> None:
    cell = seeded_cell("lstm", 3, 4, np.random.default_rng(0), forget_bias=5)
    expected = np.zeros(16)
    expected[cell.block("forget")] = 5
    np.testing.assert_array_equal(cell.arrays()["bias"], expected)
    assert not seeded_cell("gru", 3, 4, np.random.default_rng(0)).arrays()["bias"].any()


def test_glorots_limit() -> None:
    drawn = glorot_uniform(np.random.default_rng(0), 100, 50)
    assert 0.99 * np.sqrt(6 / 150) < np.abs(drawn).max() <= np.sqrt(6 / 150)


def test_a_leaky_layer_as_wide_as_its_input_takes_it_as_it_is() -> None:
    rng = np.random.default_rng(0)
    np.testing.assert_array_equal(seeded_cell("leaky", 3, 3, rng).kernel, np.eye(3))
    assert seeded_cell("leaky", 3, 2, rng).kernel.shape == (3, 2)


def test_an_unknown_cell_is_refused() -> None:
    with pytest.raises(EngineError, match="no cell is called 'elman'; try one of simple, leaky, lstm, gru"):
        seeded_cell("elman", 3, 4, np.random.default_rng(0))
