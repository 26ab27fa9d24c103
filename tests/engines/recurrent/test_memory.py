"""How long a net remembers: eigenvalues, products of gates, and the same net with its feedback cut."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.recurrent.bidirectional import Layer
from dlcli.engines.recurrent.memory import (
    adding_up,
    first_not_finite,
    keeping_gate,
    kept_by_distance,
    other_orders,
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


def test_a_net_that_adds_up_is_a_dense_layer_over_the_sum_and_knows_no_order() -> None:
    weights = cell("simple")
    w, b = (weights.arrays()[name] for name in ("kernel", "bias"))
    found = adding_up(X, [Layer(weights)])
    for t in range(len(X)):
        np.testing.assert_allclose(found[t], np.tanh(sum(X[: t + 1]) @ w + b), rtol=1e-12)
    for order in other_orders(X):
        assert not np.array_equal(X[order], X)
        np.testing.assert_allclose(adding_up(X[order], [Layer(weights)])[-1], found[-1], rtol=1e-12)
        assert np.abs(run_stack(X[order], [Layer(weights)]).outputs[-1] - run_stack(X, [Layer(weights)]).outputs[-1]).max() > 1e-3  # fmt: skip


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_gates_without_memory_are_those_of_a_first_step(kind: str) -> None:
    net = [Layer(cell(kind)), Layer(cell(kind, 4, seed=2))]
    total = X[:3].sum(axis=0)
    np.testing.assert_allclose(adding_up(X, net)[2], run_stack(total[None], net).outputs[0], rtol=1e-12)


def test_other_orders_are_orders_that_change_something() -> None:
    def orders(*steps: int) -> list[list[int]]:
        return [one.tolist() for one in other_orders(np.array(steps, float)[:, None])]

    assert orders(1) == orders(2, 2, 2) == []
    assert orders(1, 2) == [[1, 0]]
    assert orders(1, 1, 2) == [[2, 1, 0]]
    assert orders(1, 2, 1, 3) == [[1, 2, 0, 3], [3, 2, 1, 0]]
