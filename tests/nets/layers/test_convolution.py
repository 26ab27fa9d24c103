"""Convolutions beside the engines', and the pass that pools at once beside the two it stands for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlcli.engines.convolution import conv2d, conv2d_backward
from dlcli.engines.pooling import avg_pool2d, max_pool2d
from dlcli.nets.layers import convolution
from dlcli.nets.layers.convolution import PooledConvolution
from dlcli.nets.net import Net
from tests.nets.recipe import numbers
from tests.nets.small import net_of, there_and_back


def settings(trial: int) -> dict[str, Any]:
    """Some settings of a convolution that fit 11 x 10 cells and 4 channels."""
    rng = np.random.default_rng(trial)
    kernel, strides, dilation = (tuple(map(int, rng.integers(1, most + 1, 2))) for most in (4, 3, 3))
    return {
        "filters": 4,
        "kernel_size": kernel,
        "strides": strides if trial % 3 else (1, 1),
        "dilation_rate": dilation if trial % 2 and (trial % 3 == 0 or trial % 5 == 0) else (1, 1),
        "padding": ("valid", "same", ((2, 0), (1, 3)))[trial % 3],
        "groups": 2 if trial % 4 == 0 else 1,
        "use_bias": trial % 7 != 0,
    }


@pytest.mark.parametrize("trial", range(40))
def test_a_convolution_is_that_of_the_engines(trial: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convolution, "STRIP", 600)  # several strips, and a last one that is smaller
    told = settings(trial)
    net = net_of([{"kind": "conv", **told}], (11, 10, 4))
    x = numbers((3, 11, 10, 4), 50)
    y, dx, slopes = there_and_back(net, x)
    weights = {name.rpartition("/")[2]: array for name, array in net.weights().items()}
    w, options = weights["kernel"], {name: told[name] for name in ("padding", "groups")}
    options |= {"stride": told["strides"], "dilation": told["dilation_rate"]}
    np.testing.assert_allclose(y, conv2d(x, w, weights.get("bias"), **options), rtol=1e-12, atol=1e-12)
    wanted = conv2d_backward(numbers(y.shape, 70), x, w, **options)
    for found, want in zip((dx, *slopes.values()), wanted, strict=False):
        np.testing.assert_allclose(found, want, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("kind", ["maxpool", "avgpool"])
@pytest.mark.parametrize(
    "told",
    [
        {"pool_size": 2, "padding": "same"},
        {"pool_size": (3, 2), "strides": (2, 1), "padding": "same"},
        {"pool_size": (2, 3), "strides": 3},
        {"pool_size": 3, "strides": 2, "padding": ((1, 0), (1, 1))},
    ],
)
def test_a_pooling_is_that_of_the_engines(kind: str, told: dict[str, Any]) -> None:
    x = numbers((2, 7, 6, 3), 50)
    y, _, _ = there_and_back(net_of([{"kind": kind, **told}], (7, 6, 3)), x)
    pool = max_pool2d if kind == "maxpool" else avg_pool2d
    stride = told.get("strides", told["pool_size"])
    want = pool(x, told["pool_size"], stride=stride, padding=told.get("padding", "valid"))
    np.testing.assert_allclose(y, want, rtol=1e-14)


def whole(shape: tuple[int, ...], seed: int) -> Any:
    """Whole numbers from -2 to 2: sums of them are exact, and many are equal."""
    return np.round(numbers(shape, seed) * 2.4)


@pytest.mark.parametrize("activation", ["relu", "linear"])
@pytest.mark.parametrize(
    ("shape", "told"),
    [
        ((8, 8, 2), {}),
        ((9, 7, 3), {"padding": "same"}),  # an odd row and column, which the pooling drops
        ((6, 9, 1), {"kernel_size": (1, 4)}),
        ((7, 6, 2), {"kernel_size": 2, "padding": ((1, 0), (0, 2)), "use_bias": False}),
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_pass_that_pools_at_once_gives_the_bits_of_the_two(
    activation: str, shape: tuple[int, int, int], told: dict[str, Any], dtype: type
) -> None:
    layers = [{"kind": "conv", "filters": 3, "activation": activation, **told}, {"kind": "maxpool"}]
    fast = net_of(layers, shape, dtype=dtype)
    fast.flat[...] = np.round(fast.flat * 2.4)
    plain = net_of(layers, shape, dtype=dtype)
    plain.flat[...] = fast.flat
    plain._fast = plain._plain
    assert [type(step.layer) for step in fast._fast] == [PooledConvolution]
    x = whole((4, *shape), 51)
    dy = whole((4, *fast.spec.output), 71)
    for found, want in zip(*(there_and_back(net, x, dy=dy)[:2] for net in (fast, plain)), strict=True):
        np.testing.assert_array_equal(found, want)
    np.testing.assert_array_equal(fast.gradient, plain.gradient)
    assert fast.gradient.any()


def test_of_equal_cells_the_first_gets_the_gradient() -> None:
    net = net_of(
        [{"kind": "conv", "filters": 1, "kernel_size": 1, "use_bias": False}, {"kind": "maxpool"}], (2, 2, 1)
    )
    net.flat[...] = 1
    for cells, winner in (
        ([5, 5, 5, 5], 0),
        ([1, 5, 5, 5], 1),
        ([1, 2, 5, 5], 2),
        ([5, 1, 1, 5], 0),
        ([1, 2, 3, 4], 3),
    ):
        _, dx, _ = there_and_back(
            net, np.array(cells, float).reshape(1, 2, 2, 1), dy=np.full((1, 1, 1, 1), 7.0)
        )
        np.testing.assert_array_equal(dx.ravel(), 7.0 * (np.arange(4) == winner))


@pytest.mark.parametrize(
    ("first", "then", "pooled"),
    [
        ({}, {}, True),
        ({"strides": 2}, {}, False),
        ({"dilation_rate": 2}, {}, False),
        ({"groups": 2, "filters": 2}, {}, False),
        ({"activation": "tanh"}, {}, False),
        ({}, {"pool_size": 3}, False),
        ({}, {"strides": 1}, False),
        ({"padding": "same"}, {"padding": "same"}, False),  # 9 rows: the last window reaches beyond
    ],
)
def test_what_can_be_one_pass_is_one(first: dict[str, Any], then: dict[str, Any], pooled: bool) -> None:
    net = net_of([{"kind": "conv", "filters": 3, **first}, {"kind": "maxpool", **then}], (9, 9, 2))
    assert any(isinstance(step.layer, PooledConvolution) for step in net._fast) == pooled
    assert not any(isinstance(step.layer, PooledConvolution) for step in net._plain)
    x = numbers((2, 9, 9, 2), 50)
    y = net.predict(x)
    np.testing.assert_allclose(
        dict(net.activations(net.batch(x)))["max_pooling2d"].transpose(3, 1, 2, 0), y, rtol=1e-12
    )


def test_the_output_of_a_convolution_that_is_added_later_is_kept() -> None:
    layers = [
        {"kind": "conv", "filters": 2, "name": "kept", "padding": "same"},
        {"kind": "maxpool"},
        {"kind": "upsampling"},
        {"kind": "add", "source": "kept"},
    ]
    net = net_of(layers, (4, 4, 2))
    assert not any(isinstance(step.layer, PooledConvolution) for step in net._fast)


def test_a_net_can_go_back_to_an_input_that_nobody_has_framed() -> None:
    """The gradient at the input has the input's shape whatever the padding."""
    net: Net = net_of([{"kind": "conv", "filters": 2, "padding": "same"}, {"kind": "maxpool"}], (5, 7, 3))
    _, dx, _ = there_and_back(net, numbers((2, 5, 7, 3), 50))
    assert dx.shape == (2, 5, 7, 3)
