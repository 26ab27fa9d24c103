"""Paths of a gradient: their sum is the gradient, of any weight of any layer; truncation leaves the far ones out."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.recurrent.bidirectional import Layer
from dlcli.engines.recurrent.gradient_paths import MOST_STEPS, farthest, gradient_paths, gradient_reach
from dlcli.engines.recurrent.leaky import LeakyCell
from dlcli.engines.recurrent.stacked import run_stack, stack_gradients
from tests.engines.recurrent.cells import KINDS, cell

T = 40  # more steps than losses are followed at once


def net(name: str, *, both: bool, merge: str = "mul") -> list[Layer]:
    def layer(features: int, seed: int) -> Layer:
        ahead = cell(name, features, 4, skip=2, seed=seed)
        return Layer(ahead, cell(name, features, 4, skip=2, seed=seed + 1) if both else None, merge)

    return [layer(3, 0), layer(4, 5)]


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("both", [False, True])
def test_the_paths_of_every_weight_add_up_to_its_gradient(name: str, both: bool) -> None:
    rng = np.random.default_rng(0)
    layers = net(name, both=both)
    steps = run_stack(rng.normal(size=(T, 3)), layers)
    pull = rng.normal(size=steps.outputs.shape)
    whole = stack_gradients(layers, steps, pull)
    for n, directions in enumerate(whole.weights):
        for d, weights in enumerate(directions):
            for which, gradient in weights.items():
                if which == "bias":
                    continue
                found = gradient_paths(layers, steps, pull, layer=n, direction=d, weight=which)
                size = np.abs(gradient).max()
                np.testing.assert_allclose(found.total, gradient, rtol=0, atol=1e-12 * size)
                assert found.terms.sum() == pytest.approx(gradient[found.entry], rel=1e-11)
                assert np.abs(gradient[found.entry]) == size


def test_the_terms_of_any_entry_add_up_to_its_gradient() -> None:
    rng = np.random.default_rng(3)
    layers = net("gru", both=False)
    steps = run_stack(rng.normal(size=(T, 3)), layers)
    pull = rng.normal(size=steps.outputs.shape)
    whole = stack_gradients(layers, steps, pull).weights[-1][0]["recurrent_kernel"]
    for entry in np.ndindex(*whole.shape):
        found = gradient_paths(layers, steps, pull, entry=entry)
        assert found.entry == entry
        assert found.terms.sum() == pytest.approx(whole[entry], rel=1e-9, abs=1e-12)
    with pytest.raises(
        EngineError, match=r"recurrent_kernel has shape \(4, 12\), .*; received entry \(4, 0\)"
    ):
        gradient_paths(layers, steps, pull, entry=(4, 0))


def test_the_term_of_a_pair_of_steps_is_the_chain_of_the_notes() -> None:
    weights = cell("simple", 1, 1)
    w, u, b = (weights.arrays()[name].item() for name in ("kernel", "recurrent_kernel", "bias"))
    x = np.array([[0.5], [-1.0], [2.0]])
    layers = [Layer(weights)]
    steps = run_stack(x, layers)
    h = [0.0, *steps.outputs.ravel().tolist()]
    slope = [1 - value**2 for value in h[1:]]
    assert h[1] == pytest.approx(np.tanh(0.5 * w + b))
    pull = np.array([[0.0], [0.0], [3.0]])
    found = gradient_paths(layers, steps, pull, weight="kernel")
    chain = [
        3 * slope[2] * u * slope[1] * u * slope[0] * 0.5,
        3 * slope[2] * u * slope[1] * -1.0,
        3 * slope[2] * 2.0,
    ]
    np.testing.assert_allclose(found.terms[2], chain, rtol=1e-12)
    np.testing.assert_array_equal(found.terms[:2], 0)
    np.testing.assert_allclose(found.sizes[2], np.abs(chain), rtol=1e-12)
    np.testing.assert_allclose(found.distances, np.abs(chain[::-1]), rtol=1e-12)
    np.testing.assert_allclose(
        found.states[2], [3 * slope[2] * u * slope[1] * abs(u), 3 * abs(slope[2] * u), 3]
    )


def test_truncation_leaves_out_what_is_as_far_or_farther() -> None:
    rng = np.random.default_rng(1)
    layers = net("lstm", both=False)
    steps = run_stack(rng.normal(size=(T, 3)), layers)
    pull = rng.normal(size=steps.outputs.shape)
    whole = gradient_paths(layers, steps, pull)
    short = gradient_paths(layers, steps, pull, truncate=5)
    t, k = np.indices((T, T))
    np.testing.assert_array_equal(short.sizes[t - k >= 5], 0)
    np.testing.assert_array_equal(short.by_distance[5:], 0)
    np.testing.assert_allclose(short.by_distance[:5], whole.by_distance[:5], rtol=1e-12)
    np.testing.assert_allclose(short.total, whole.by_distance[:5].sum(axis=0), rtol=1e-12)
    assert not np.allclose(short.total, whole.total)


@pytest.mark.parametrize("name", ["simple", "lstm", "gru"])
def test_what_is_left_is_the_mean_over_the_losses(name: str) -> None:
    rng = np.random.default_rng(2)
    layers = net(name, both=False)
    steps = run_stack(rng.normal(size=(T, 3)), layers)
    pull = rng.normal(size=steps.outputs.shape)
    pull[5] = 0
    norms = gradient_paths(layers, steps, pull).states
    found = gradient_reach(norms)
    for d in (0, 1, 7, T - 1):
        left = [norms[t, t - d] / norms[t, t] for t in range(d, T) if norms[t, t] > 0]
        assert found[d] == pytest.approx(np.mean(left), rel=1e-12)
    assert np.isnan(gradient_reach(np.diag([1.0, 0.0, 0.0]))[1:]).all()


@pytest.mark.parametrize("name", ["simple", "lstm", "gru"])
@pytest.mark.parametrize("both", [False, True])
def test_a_piece_has_the_paths_that_lie_in_it(name: str, both: bool) -> None:
    rng = np.random.default_rng(3)
    layers = net(name, both=both)[:1]
    steps = run_stack(rng.normal(size=(T, 3)), layers)
    pull = rng.normal(size=steps.outputs.shape)
    for direction in range(1 + both):
        whole = gradient_paths(layers, steps, pull, weight="recurrent_kernel", direction=direction)
        part = gradient_paths(
            layers, steps.piece(8, 30), pull[8:30], weight="recurrent_kernel", direction=direction
        )
        np.testing.assert_allclose(part.states, whole.states[8:30, 8:30], rtol=1e-12)
        np.testing.assert_allclose(part.sizes, whole.sizes[8:30, 8:30], rtol=1e-12)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"weight": "recurrent_kernel"}, "a cell 'leaky' has no recurrent_kernel; try one of kernel"),
        ({"weight": "kernel", "direction": 1}, "does not read backwards"),
        ({"weight": "kernel", "truncate": 0}, "keeps at least 1 step; received 0"),
    ],
)
def test_what_has_no_paths_is_refused(options: dict[str, object], told: str) -> None:
    layers = [Layer(LeakyCell(np.eye(1), alpha=0.5))]
    steps = run_stack(np.ones((3, 1)), layers)
    with pytest.raises(EngineError, match=told):
        gradient_paths(layers, steps, np.ones((3, 1)), **options)  # type: ignore[arg-type]


def test_too_many_steps_are_refused() -> None:
    layers = [Layer(LeakyCell(np.eye(1), alpha=0.5))]
    x = np.ones((MOST_STEPS + 1, 1))
    with pytest.raises(EngineError, match=f"at most {MOST_STEPS} steps"):
        gradient_paths(layers, run_stack(x, layers), x, weight="kernel")


def test_the_farthest_distance_that_has_a_gradient() -> None:
    assert farthest(np.array([1.0, np.nan, 0.5, np.nan])) == 2
    assert farthest(np.array([np.nan, np.nan])) == 0
