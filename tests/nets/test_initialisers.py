"""What weights begin with: their distributions, and the fans by which Keras and PyTorch size them."""

from __future__ import annotations

from math import prod, sqrt
from typing import Any

import numpy as np
import pytest

from dlcli.nets.initialisers import INITIALISERS
from dlcli.nets.net import Net
from dlcli.nets.spec import model_spec
from tests.nets.small import PICTURES, ends

SHAPE, FANS = (3, 3, 50, 80), (450, 720)
COUNT = prod(SHAPE)


def drawn(name: str) -> np.ndarray[Any, Any]:
    return INITIALISERS[name](np.random.default_rng(0), SHAPE, FANS)


@pytest.mark.parametrize(
    ("name", "limit"),
    [("glorot-uniform", sqrt(6 / 1170)), ("he-uniform", sqrt(6 / 450)), ("torch-uniform", 1 / sqrt(450))],
)
def test_uniform_numbers_fill_their_range(name: str, limit: float) -> None:
    w = drawn(name)
    assert w.shape == SHAPE
    assert limit * 0.999 < w.max() <= limit
    assert -limit <= w.min() < -limit * 0.999
    assert w.mean() == pytest.approx(0, abs=4 * limit / sqrt(3 * COUNT))
    assert w.var() == pytest.approx(limit**2 / 3, rel=0.02)


@pytest.mark.parametrize(("name", "variance"), [("glorot-normal", 2 / 1170), ("he-normal", 2 / 450)])
def test_normal_numbers_end_at_two_deviations_and_have_their_variance(name: str, variance: float) -> None:
    w = drawn(name)
    limit = (
        2 * sqrt(variance) / 0.87962566103423978
    )  # where the variance of what is left is the one asked for
    assert limit * 0.995 < np.abs(w).max() <= limit
    assert w.var() == pytest.approx(variance, rel=0.02)
    assert (np.abs(w) < limit / 2).mean() == pytest.approx(0.6827 / 0.9545, abs=0.01)


@pytest.mark.parametrize("shape", [(3, 3, 4, 10), (6, 9), (9, 6)])
def test_orthogonal_rows_or_columns_stand_at_right_angles(shape: tuple[int, ...]) -> None:
    w = INITIALISERS["orthogonal"](np.random.default_rng(0), shape, (1, 1)).reshape(-1, shape[-1])
    short = w if len(w) < w.shape[1] else w.T
    np.testing.assert_allclose(short @ short.T, np.eye(len(short)), atol=1e-12)


def test_constants() -> None:
    for name, value in (("zeros", 0), ("ones", 1), ("quarters", 0.25)):
        assert (drawn(name) == value).all()


@pytest.mark.parametrize("one", PICTURES, ids=lambda one: one["kind"])
def test_fans_are_counted_as_keras_does(one: dict[str, Any]) -> None:
    """From the shape alone: the last two axes are what goes in and out, the others cells of a kernel."""
    spec = model_spec({"input": [5, 6, 2], "layer": ends(one, picture=True), "loss": "mean-squared"})
    for layer in spec.layers:
        kernels = [weight for weight in layer.weights.values() if len(weight.shape) > 1]
        for weight in kernels:
            *cells, into, out = weight.shape
            assert weight.fans == (prod(cells) * into, prod(cells) * out)


def test_a_model_says_whose_recipes_its_weights_begin_with_and_a_layer_its_own() -> None:
    layers = [{"kind": "dense", "units": 50}, {"kind": "dense", "units": 50, "kernel_initializer": "zeros"}]
    told = {"input": [60], "layer": layers, "loss": "mean-squared"}
    keras = Net(model_spec(told)).draw(0).weights()
    torch = Net(model_spec({**told, "initializer": "torch"})).draw(0).weights()
    for zero in (keras["dense/bias"], keras["dense_1/kernel"], torch["dense_1/kernel"]):
        assert not zero.any()
    assert sqrt(6 / 110) * 0.99 < np.abs(keras["dense/kernel"]).max() <= sqrt(6 / 110)
    for name in ("dense/kernel", "dense/bias"):
        assert 0.9 / sqrt(60) < np.abs(torch[name]).max() <= 1 / sqrt(60)


def test_a_seed_is_a_beginning() -> None:
    spec = model_spec({"input": [6], "layer": [{"kind": "dense", "units": 5}], "loss": "mean-squared"})
    first, same, other = (Net(spec).draw(seed).flat for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, same)
    assert (first != other).any()


@pytest.mark.parametrize(
    ("one", "fans"),
    [
        ({"kind": "depthwise-conv", "depth_multiplier": 3}, {"kernel": 9, "bias": 9}),
        ({"kind": "separable-conv", "filters": 5}, {"depthwise_kernel": 9, "pointwise_kernel": 100, "bias": 100}),
        ({"kind": "conv", "filters": 10, "groups": 10}, {"kernel": 90, "bias": 90}),
        ({"kind": "conv-transpose", "filters": 5}, {"kernel": 45, "bias": 45}),
    ],
)  # fmt: skip
def test_torch_uniform_counts_as_pytorch_does(one: dict[str, Any], fans: dict[str, int]) -> None:
    """PyTorch: 1 / √(the numbers of weight[0]), for weight and bias."""
    (layer,) = model_spec({"input": [8, 8, 100], "initializer": "torch", "layer": [one]}).layers
    spec = model_spec({"input": [8, 8, 100], "initializer": "torch", "loss": "mean-squared", "layer": [one]})
    drawn = Net(spec).draw(0).weights()
    for name, count in fans.items():
        largest = np.abs(drawn[f"{layer.name}/{name}"]).max()
        assert (
            (0.9 if drawn[f"{layer.name}/{name}"].size > 20 else 0.3) / sqrt(count)
            < largest
            <= 1.000001 / sqrt(count)
        )
