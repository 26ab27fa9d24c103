"""Attention rollout and the changes of tokens from layer to layer."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.transformer.rollout import attention_rollout, with_residual
from dlcli.engines.transformer.token_changes import token_changes

RNG = np.random.default_rng(5)


def shares(*shape: int) -> np.ndarray:
    drawn = RNG.random(shape)
    return drawn / drawn.sum(axis=-1, keepdims=True)


def joint_attention(weights: np.ndarray) -> np.ndarray:
    """compute_joint_attention of Abnar and Zuidema's attention_graph_util.py, with the residual added."""
    mean = weights.mean(axis=1)
    residual = np.eye(mean.shape[1])[None, ...]
    augmented = mean + residual
    augmented = augmented / augmented.sum(axis=-1)[..., None]
    joint = np.zeros(augmented.shape)
    joint[0] = augmented[0]
    for layer in np.arange(1, len(augmented)):
        joint[layer] = augmented[layer].dot(joint[layer - 1])
    return joint


def test_rollout_is_that_of_its_authors() -> None:
    weights = shares(4, 3, 6, 6)
    np.testing.assert_allclose(attention_rollout(weights), joint_attention(weights), rtol=1e-12)


def test_rows_add_up_to_one_and_what_looks_at_itself_stays() -> None:
    np.testing.assert_allclose(attention_rollout(shares(5, 2, 7, 7)).sum(axis=-1), 1, rtol=1e-12)
    itself = np.broadcast_to(np.eye(3), (4, 2, 3, 3))
    np.testing.assert_array_equal(attention_rollout(itself), np.broadcast_to(np.eye(3), (4, 3, 3)))


def test_by_hand() -> None:
    first, second = np.array([[0.0, 1.0], [0.5, 0.5]]), np.array([[1.0, 0.0], [1.0, 0.0]])
    rolled = attention_rollout(np.stack([first, second])[:, None])
    np.testing.assert_allclose(rolled[0], [[0.5, 0.5], [0.25, 0.75]])
    np.testing.assert_allclose(rolled[1], [[0.5, 0.5], [0.375, 0.625]])
    np.testing.assert_allclose(with_residual(second[None, None])[0], [[1, 0], [0.5, 0.5]])


def test_changes_do_not_depend_on_the_size_of_a_vector() -> None:
    states = RNG.normal(size=(4, 5, 6))
    found, scaled = token_changes(states), token_changes(states * np.array([1, 2, 3, 4.0])[:, None, None])
    np.testing.assert_allclose(found.previous, scaled.previous)
    np.testing.assert_allclose(found.first, scaled.first)
    np.testing.assert_allclose(scaled.norms[3], 4 * found.norms[3])
    a, b = states[2, 3], states[1, 3]
    assert found.previous[2, 3] == pytest.approx(a @ b / np.sqrt((a @ a) * (b @ b)))
    assert (found.first[0] == found.previous[0]).all()
    assert token_changes(np.zeros((2, 1, 3))).first.tolist() == [[0], [0]]


def test_refusals() -> None:
    with pytest.raises(EngineError, match=r"rollout is of weights .* received \(2, 3, 4\)"):
        attention_rollout(np.ones((2, 3, 4)))
    with pytest.raises(EngineError, match=r"changes are those of states .* received \(3, 4\)"):
        token_changes(np.ones((3, 4)))
