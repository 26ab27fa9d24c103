"""Gradients: by hand, by central differences, by autograd, and as the adjoint of the forward pass."""

from __future__ import annotations

import itertools
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlcli.engines.base.checks import EngineError
from dlcli.engines.convolution.backward import conv2d_backward, conv2d_backward_plain
from dlcli.engines.convolution.conv2d import conv2d

MODES = ["zeros", "reflect", "symmetric", "edge", "wrap"]
CASES = [
    {"stride": stride, "dilation": dilation, "padding": padding, "groups": groups, "pad_mode": mode}
    for (stride, dilation, padding, groups), mode in zip(
        itertools.product([1, 2, (1, 3)], [1, 2], ["valid", "same", "full", ((0, 3), (2, 1))], [1, 2]),
        itertools.cycle(MODES),
        strict=False,
    )
]


def layer(options: dict[str, Any], dtype: str, seed: int = 1) -> tuple[Any, Any, Any]:
    """A gradient from above, an input of 4 channels and kernels for it."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((3, 9, 8, 4)).astype(dtype)
    w = rng.standard_normal((3, 2, 4 // options.get("groups", 1), 6)).astype(dtype)
    y = conv2d(x, w, **options)
    return rng.standard_normal(y.shape).astype(dtype), x, w


def test_by_hand() -> None:
    x = np.array([[1.0, 2, 3], [4, 5, 6]]).reshape(1, 2, 3, 1)
    w = np.array([[10.0, 1]]).reshape(1, 2, 1, 1)
    dy = np.array([[1.0, 2], [3, 4]]).reshape(1, 2, 2, 1)
    dx, dw, db = conv2d_backward(dy, x, w)
    assert dx[0, :, :, 0].tolist() == [[10, 21, 2], [30, 43, 4]]
    assert dw[0, :, 0, 0].tolist() == [1 + 4 + 12 + 20, 2 + 6 + 15 + 24]
    assert db.tolist() == [10]


@pytest.mark.parametrize("options", CASES, ids=str)
def test_the_fast_way_equals_the_definition(options: dict[str, Any]) -> None:
    for dtype, limit in (("float64", 1e-12), ("float32", 1e-4)):
        dy, x, w = layer(options, dtype)
        for fast, plain in zip(
            conv2d_backward(dy, x, w, **options), conv2d_backward_plain(dy, x, w, **options), strict=True
        ):
            assert (fast.shape, fast.dtype) == (plain.shape, plain.dtype)
            np.testing.assert_allclose(fast, plain, atol=limit * 10, rtol=limit)


@pytest.mark.parametrize("channels", [1, 3, 40])
def test_pictures_that_take_several_pieces(channels: int) -> None:
    rng = np.random.default_rng(2)
    for batch, edge in ((30, 12), (2, 130)):
        x, w = rng.standard_normal((batch, edge, edge, channels)), rng.standard_normal((3, 3, channels, 5))
        dy = rng.standard_normal((batch, edge, edge, 5))
        found = conv2d_backward(dy, x, w, padding="same")
        for fast, plain in zip(found, conv2d_backward_plain(dy, x, w, padding="same"), strict=True):
            np.testing.assert_allclose(fast, plain, rtol=1e-10, atol=1e-9)


@pytest.mark.parametrize("options", CASES[::3], ids=str)
def test_central_differences(options: dict[str, Any]) -> None:
    dy, x, w = layer(options, "float64", seed=3)
    b = np.zeros(6)
    gradients = conv2d_backward(dy, x, w, **options)
    rng = np.random.default_rng(4)
    step = 1e-6
    for name, value, gradient in zip("xwb", (x, w, b), gradients, strict=True):
        for _ in range(6):
            place = tuple(rng.integers(0, n) for n in value.shape)
            kept = value[place]
            losses = []
            for moved in (kept + step, kept - step):
                value[place] = moved
                losses.append((conv2d(x, w, b, method="plain", **options) * dy).sum())
            value[place] = kept
            numeric = (losses[0] - losses[1]) / (2 * step)
            assert abs(numeric - gradient[place]) < 1e-6 * max(1, abs(numeric)), (
                f"d{name}{place}: central difference {numeric}, ours {gradient[place]}"
            )


def test_autograd_finds_the_same() -> None:
    from autograd import grad
    from autograd.scipy.signal import convolve

    rng = np.random.default_rng(5)
    x, w, dy = rng.standard_normal((7, 8)), rng.standard_normal((3, 2)), rng.standard_normal((5, 7))

    def loss(x: Any, w: Any) -> Any:
        return (convolve(x, w[::-1, ::-1], mode="valid") * dy).sum()

    found = conv2d_backward(dy[None, ..., None], x[None, ..., None], w[..., None, None])
    np.testing.assert_allclose(found.dx[0, ..., 0], grad(loss, 0)(x, w), rtol=1e-10)
    np.testing.assert_allclose(found.dw[..., 0, 0], grad(loss, 1)(x, w), rtol=1e-10)


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.sampled_from(CASES))
def test_it_is_the_adjoint_of_the_forward_pass(seed: int, options: dict[str, Any]) -> None:
    dy, x, w = layer(options, "float64", seed)
    dx, dw, _ = conv2d_backward(dy, x, w, **options)
    forward = (dy * conv2d(x, w, method="plain", **options)).sum()
    np.testing.assert_allclose((dx * x).sum(), forward, rtol=1e-9, atol=1e-8)
    np.testing.assert_allclose((dw * w).sum(), forward, rtol=1e-9, atol=1e-8)


def test_what_does_not_fit_is_refused_in_words() -> None:
    x, w = np.zeros((1, 4, 5, 1)), np.zeros((2, 2, 1, 3))
    message = (
        "dy expects floats of shape (1, 3, 4, 3), that of conv2d's result; received float64 (1, 3, 4, 2)"
    )
    with pytest.raises(EngineError, match=f"^{re.escape(message)}$"):
        conv2d_backward(np.zeros((1, 3, 4, 2)), x, w)
    with pytest.raises(EngineError, match="received int64"):
        conv2d_backward(np.zeros((1, 3, 4, 3), int), x, w)
    with pytest.raises(EngineError, match="depth must be 1"):
        conv2d_backward(np.zeros((1, 3, 4, 3)), x, np.zeros((2, 2, 2, 3)))
