"""How long a net remembers: eigenvalues, products of gates, and the same net with its feedback cut."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.recurrent.bidirectional import Layer
from dlcli.engines.recurrent.memory import (
    first_not_finite,
    keeping_gate,
    kept_by_distance,
    same_inputs,
    spectral_radius,
    without_memory,
)
from dlcli.engines.recurrent.stacked import run_stack
from dlcli.engines.recurrent.unroll import unroll
from tests.engines.recurrent.cells import cell

X = np.random.default_rng(0).normal(size=(6, 3))


@pytest.mark.parametrize(
    ("name", "gate"), [("simple", "hidden"), ("lstm", "candidate"), ("gru", "candidate")]
)
def test_the_radius_is_what_many_steps_grow_by(name: str, gate: str) -> None:
    weights = cell(name, seed=3)
    u = weights.arrays()["recurrent_kernel"][:, weights.block(gate)]
    grown = np.linalg.norm(np.linalg.matrix_power(u, 400)) ** (1 / 400)
    assert spectral_radius(weights) == pytest.approx(grown, rel=0.02)
    assert spectral_radius(cell("leaky")) is None


def test_the_product_of_gates_is_the_mean_over_all_stretches() -> None:
    gate = np.random.default_rng(1).uniform(size=(5, 2))
    found = kept_by_distance(gate)
    for d in range(5):
        stretches = [gate[t - d + 1 : t + 1].prod(axis=0) for t in range(d, 5)]
        assert found[d] == pytest.approx(np.mean(stretches), rel=1e-12)


def test_a_gate_that_is_shut_keeps_nothing() -> None:
    assert kept_by_distance(np.zeros((3, 1))).tolist() == [1, 0, 0]


@pytest.mark.parametrize(("name", "gate"), [("lstm", "forget"), ("gru", "update"), ("leaky", "alpha")])
def test_the_gate_that_keeps(name: str, gate: str) -> None:
    weights = cell(name)
    found = keeping_gate(weights, unroll(X, weights))
    assert found is not None
    assert found[0] == gate
    assert found[1].shape == (6, 4)
    assert keeping_gate(cell("simple"), unroll(X, cell("simple"))) is None


def test_without_feedback_equal_inputs_give_equal_outputs_and_the_first_step_is_as_before() -> None:
    layers = [Layer(cell("lstm")), Layer(cell("gru", 4))]
    x = np.concatenate([X, X[:1]])
    cut = without_memory(x, layers)
    np.testing.assert_array_equal(cut[0], cut[-1])
    whole = run_stack(x, layers).outputs
    np.testing.assert_allclose(cut[0], whole[0])
    assert np.abs(whole[-1] - whole[0]).max() > 1e-3


def test_the_first_step_that_is_not_finite() -> None:
    assert first_not_finite(X) is None
    assert first_not_finite(np.where(np.arange(6)[:, None] > 3, np.nan, X)) == 4


@pytest.mark.parametrize(
    ("x", "pair"), [([1, 2, 1, 2], (0, 2)), ([1, 1], (0, 1)), ([1, 2, 3], None), ([5], None)]
)
def test_the_first_step_that_reads_what_another_read(x: list[float], pair: tuple[int, int] | None) -> None:
    assert same_inputs(np.array(x, float)[:, None]) == pair
