"""Losses beside PyTorch's (stored by tests/data/make_torch_nets.py), and where numbers are large."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlcli.nets.losses import LOSSES
from dlcli.nets.memory import Memory
from tests.nets.recipe import numbers

with np.load(Path(__file__).parents[1] / "data" / "torch_nets.npz") as file:
    TORCH = dict(file)

LABELS = np.array([0, 2, 1, 2, 2])
SHARES = np.abs(numbers((5, 3), 12))


@pytest.mark.parametrize(
    ("key", "target"),
    [
        ("cross-entropy/labels", LABELS),
        ("cross-entropy/dense", SHARES.T),
        *((name, SHARES.T) for name in LOSSES if name != "cross-entropy"),
    ],
)
def test_a_loss_and_its_gradient_are_those_of_torch(key: str, target: np.ndarray) -> None:
    z = (numbers((5, 3), 11) * 4).T.copy()
    kept = z.copy(), target.copy()
    compute, memory = LOSSES[key.partition("/")[0]].compute, Memory(z.dtype)
    compute(z, target, memory)
    for flat in memory._flat.values():
        flat.fill(np.nan if flat.dtype.kind == "f" else 1)
    value, slope = compute(z, target, memory)
    assert (value, slope.tolist()) == (compute(z, target)[0], compute(z, target)[1].tolist())
    assert value == pytest.approx(float(TORCH[f"loss/{key}"]), rel=1e-13)
    np.testing.assert_allclose(slope, TORCH[f"loss/{key}/slope"].T, rtol=1e-12, atol=1e-15)
    np.testing.assert_array_equal(z, kept[0])
    np.testing.assert_array_equal(target, kept[1])


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_gradient_has_the_precision_of_the_outputs_and_is_what_the_loss_does(
    name: str, dtype: type
) -> None:
    z = numbers((3, 2, 4), 11).astype(dtype)
    target = np.abs(numbers((3, 2, 4), 12)).astype(dtype)
    _, slope = LOSSES[name].compute(z, target)
    assert slope.dtype == dtype
    if dtype is np.float64:
        for place in np.ndindex(z.shape):
            moved = [z.copy(), z.copy()]
            moved[0][place] += 1e-6
            moved[1][place] -= 1e-6
            above, below = (LOSSES[name].compute(one, target)[0] for one in moved)
            assert slope[place] == pytest.approx((above - below) / 2e-6, abs=1e-8)


def test_no_logit_is_too_large() -> None:
    z = np.array([[1000.0, -1000.0], [-1000.0, 1000.0]], np.float32)
    with np.errstate(all="raise", under="ignore"):
        value, slope = LOSSES["cross-entropy"].compute(z, np.array([0, 0]))
        assert value == 1000
        np.testing.assert_array_equal(slope, [[0, -0.5], [0, 0.5]])
        value, slope = LOSSES["binary-cross-entropy"].compute(z, np.array([[1, 1], [0, 0]], np.float32))
        assert value == 500
        np.testing.assert_array_equal(slope, [[0, -0.25], [0, 0.25]])


def test_what_is_no_number_stays_none() -> None:
    for name, loss in LOSSES.items():
        value, _ = loss.compute(np.array([[np.nan], [0.0]]), np.array([[1.0], [0.0]]))
        assert np.isnan(value), name
