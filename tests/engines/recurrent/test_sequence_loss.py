"""Losses of sequences: by hand, by central differences, and what does not fit."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, log_softmax

from dlcli.engines.base.checks import EngineError
from dlcli.engines.recurrent.clip import clip_by_norm, global_norm
from dlcli.engines.recurrent.sequence_loss import binary_cross_entropy, cross_entropy, squared_error

RNG = np.random.default_rng(2)
Y = RNG.normal(size=(5, 3))
STEP = 1e-6


@pytest.mark.parametrize("which", ["squared", "entropy", "binary"])
def test_the_gradient_at_the_outputs_is_that_of_central_differences(which: str) -> None:
    targets, classes = RNG.normal(size=(5, 3)), np.array([0, 2, -1, 1, 1])
    targets[2] = np.nan

    shares = 1 / (1 + np.exp(-targets))
    losses = {
        "squared": lambda y: squared_error(y, targets),
        "entropy": lambda y: cross_entropy(y, classes),
        "binary": lambda y: binary_cross_entropy(y, shares),
    }

    def total(y: np.ndarray) -> float:  # type: ignore[type-arg]
        return losses[which](y).total

    found = losses[which](Y).doutputs
    for place in np.ndindex(Y.shape):
        step = np.zeros_like(Y)
        step[place] = STEP
        numeric = (total(Y + step) - total(Y - step)) / (2 * STEP)
        assert found[place] == pytest.approx(numeric, abs=1e-8)
    np.testing.assert_array_equal(found[2], 0)


def test_cross_entropy_is_scipys_log_softmax_at_the_class() -> None:
    classes = np.array([0, 1, 2, 0, 1])
    expected = -log_softmax(Y, axis=1)[np.arange(5), classes]
    np.testing.assert_allclose(cross_entropy(Y, classes).steps, expected, rtol=1e-12)


def test_a_binary_cross_entropy_is_its_formula_and_loses_nothing_where_p_is_0_or_1() -> None:
    targets = RNG.uniform(size=(5, 3))
    p = expit(Y)
    expected = -(targets * np.log(p) + (1 - targets) * np.log(1 - p)).sum(axis=1)
    loss = binary_cross_entropy(Y, targets)
    np.testing.assert_allclose(loss.steps, expected, rtol=1e-12)
    np.testing.assert_allclose(loss.probabilities, p, rtol=1e-12)
    # PyTorch 2.13: BCEWithLogitsLoss(reduction="none") of these
    far = binary_cross_entropy(np.array([[1000.0], [-1000.0], [-50.0]]), np.array([[0.0], [1.0], [0.0]]))
    np.testing.assert_allclose(far.steps, [1000, 1000, 1.9287498479639178e-22], rtol=1e-12)
    part = binary_cross_entropy(
        np.array([[1.0, 2.0], [1.0, 1.0]]), np.array([[np.nan, 1.0], [np.nan, np.nan]])
    )
    np.testing.assert_allclose(part.steps, [np.log1p(np.exp(-2.0)), np.nan], rtol=1e-12)
    assert part.doutputs[0, 0] == 0


def test_an_output_without_a_target_is_not_counted() -> None:
    # PyTorch 2.13: (0.5 * torch.where(known, y - target, 0) ** 2).sum(1), and its gradient by backward()
    y = np.array([[1.5, -0.5, 2.0], [0.25, 1.0, -1.0], [3.0, 0.5, 0.5]])
    nan = np.nan
    loss = squared_error(y, np.array([[1.0, nan, -1.0], [nan, nan, nan], [nan, 2.0, 0.0]]))
    np.testing.assert_array_equal(loss.steps, [4.625, nan, 1.25])
    np.testing.assert_array_equal(loss.doutputs, [[0.5, 0, 3], [0, 0, 0], [0, -1.5, 0.5]])
    assert loss.counted.tolist() == [True, False, True]
    assert loss.total == 5.875


def test_a_step_without_a_class_is_not_counted() -> None:
    loss = cross_entropy(np.zeros((2, 4)), np.array([-1, 3]))
    np.testing.assert_allclose(loss.steps, [np.nan, np.log(4)])
    assert loss.total == pytest.approx(np.log(4))


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: binary_cross_entropy(Y, np.full((5, 3), 1.5)), "from 0 to 1; received 1.5 to 1.5"),
        (lambda: binary_cross_entropy(Y, np.zeros((5, 2))), "a target for each output of each step"),
        (lambda: squared_error(Y, Y[:4]), "5 × 3; received 4 × 3"),
        (lambda: cross_entropy(Y, np.zeros(4, int)), "a class for each of 5 steps; received 4"),
        (lambda: cross_entropy(Y, np.array([0, 3, 0, 0, 0])), "from 0 to 2; received 0 to 3"),
        (lambda: cross_entropy(Y, np.array([0, -2, 0, 0, 0])), "from 0 to 2; received -2 to 0"),
    ],
)
def test_targets_that_do_not_fit_are_refused(call: object, told: str) -> None:
    with pytest.raises(EngineError, match=told):
        call()  # type: ignore[operator]


def test_clipping_keeps_the_direction_and_bounds_the_norm() -> None:
    gradients = {"kernel": RNG.normal(size=(3, 4)), "bias": RNG.normal(size=4)}
    norm = global_norm(gradients)
    clipped = clip_by_norm(gradients, norm / 2)
    assert global_norm(clipped) == pytest.approx(norm / 2)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(clipped[name], gradient / 2)
    for name, gradient in clip_by_norm(gradients, 2 * norm).items():
        np.testing.assert_array_equal(gradient, gradients[name])
    with pytest.raises(EngineError, match="above 0; received 0"):
        clip_by_norm(gradients, 0)
