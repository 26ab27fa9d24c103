"""Optimisers and clipping beside PyTorch's (stored by tests/data/make_torch_nets.py)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlcli.nets import optimisers
from dlcli.nets.layers.base import UnknownName
from dlcli.nets.optimisers import RATES, SLOTS, Optimiser, Rule, clip
from tests.nets.recipe import numbers

with np.load(Path(__file__).parents[1] / "data" / "torch_nets.npz") as file:
    TORCH = dict(file)

SIZES = np.array([1, 1, 1, 10, 1e-3, 1e-6, 1e-7])


@pytest.mark.parametrize("decay", [0, 0.1])
@pytest.mark.parametrize("name", SLOTS)
def test_five_steps_are_those_of_torch(name: str, decay: float) -> None:
    weights = numbers((7,), 1).astype(np.float64)
    optimiser = Optimiser(Rule(name, weight_decay=decay), 7, weights.dtype)
    for step in range(5):
        optimiser.step(weights, numbers((7,), 2 + step) * SIZES, 0.1)
        np.testing.assert_allclose(
            weights, TORCH[f"optimiser/{name}/{decay:g}"][step], rtol=1e-13, atol=1e-15
        )


@pytest.mark.parametrize("name", SLOTS)
def test_float32_stays_float32_and_a_block_ends_where_it_likes(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for block in (1 << 15, 3):
        monkeypatch.setattr(optimisers, "BLOCK", block)
        weights = numbers((7,), 1).astype(np.float32)
        optimiser = Optimiser(Rule(name, weight_decay=0.1), 7, weights.dtype)
        gradient = numbers((7,), 2).astype(np.float32)
        kept = gradient.copy()
        for _ in range(3):
            optimiser.step(weights, gradient, 0.1)
        np.testing.assert_array_equal(gradient, kept)
        found.append(weights)
        assert all(slot.dtype == np.float32 for slot in optimiser.slots.values())
    np.testing.assert_array_equal(*found)
    np.testing.assert_allclose(found[0], by_float64(name), rtol=1e-5)


def by_float64(name: str) -> np.ndarray:
    weights = numbers((7,), 1).astype(np.float64)
    optimiser = Optimiser(Rule(name, weight_decay=0.1), 7, weights.dtype)
    for _ in range(3):
        optimiser.step(weights, numbers((7,), 2), 0.1)
    return weights


@pytest.mark.parametrize("name", [name for name, slots in SLOTS.items() if slots])
def test_what_a_dead_unit_leaves_does_not_fade_to_numbers_that_are_slow(name: str) -> None:
    tiny = np.finfo(np.float32).tiny
    weights = np.ones(3, np.float32)
    optimiser = Optimiser(Rule(name), 3, weights.dtype)
    optimiser.step(weights, np.array([1, 1e-3, 1e-12], np.float32), 0.001)
    for slot in optimiser.slots.values():
        slot[2] = tiny * 1e3
    for _ in range(1500):
        optimiser.step(weights, np.zeros(3, np.float32), 0.001)
        for slot in optimiser.slots.values():
            assert not ((slot != 0) & (np.abs(slot) < tiny)).any()


@pytest.mark.parametrize("most", [0.5, 100.0])
def test_clipping_is_that_of_torch(most: float) -> None:
    gradient = numbers((7,), 3)
    length = np.linalg.norm(gradient)
    assert clip(gradient, most) == pytest.approx(length)
    np.testing.assert_allclose(gradient, TORCH[f"clip/{most:g}"], rtol=2e-6)  # torch adds 1e-6 to the length


def test_an_unknown_optimiser_names_those_there_are() -> None:
    with pytest.raises(UnknownName, match="there is no optimizer 'adagrad'; there are sgd, momentum"):
        Rule("adagrad")
    assert set(RATES) == set(SLOTS)
