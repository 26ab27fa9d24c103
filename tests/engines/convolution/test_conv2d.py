"""Convolution: by hand, by its definition, by SciPy, and every fast method equal to the definition."""

from __future__ import annotations

import itertools
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage, signal

from dlcli.engines.base.checks import EngineError, compute_dtype
from dlcli.engines.base.padding import geometry
from dlcli.engines.convolution.conv2d import METHODS, conv2d, convolution, plan
from dlcli.engines.convolution.definition import conv2d_plain

FAST = [method for method in METHODS if method not in ("auto", "plain", "separable")]
LIMITS = {np.dtype("f4"): 1e-5, np.dtype("f8"): 1e-12, np.dtype("c8"): 1e-5, np.dtype("c16"): 1e-12}


def random(rng: np.random.Generator, shape: tuple[int, ...], dtype: str) -> Any:
    """Numbers of any type; whole ones from a range that shows overflows."""
    kind = np.dtype(dtype)
    if kind.kind in "iu":
        return rng.integers(-100 if kind.kind == "i" else 0, 100, shape).astype(kind)
    if kind.kind == "b":
        return rng.integers(0, 2, shape).astype(kind)
    values = rng.standard_normal(shape)
    return (values + 1j * rng.standard_normal(shape) if kind.kind == "c" else values).astype(kind)


def close(found: Any, expected: Any, x: Any, w: Any) -> None:
    """Equal to the rounding that the sums of products of these sizes may have."""
    assert found.shape == expected.shape
    assert found.dtype == expected.dtype
    scale = np.abs(x.astype(complex)).max() * np.abs(w.astype(complex)).sum(axis=(0, 1, 2)).max()
    assert np.abs(found - expected).max() <= LIMITS[found.dtype] * max(scale, 1e-30)


def test_a_hand_made_case() -> None:
    x = np.array([[1.0, 2, 3], [4, 5, 6], [7, 8, 9]]).reshape(1, 3, 3, 1)
    w = np.array([[1.0, 0], [0, -1]]).reshape(2, 2, 1, 1)
    for method in ("plain", *FAST):
        y = conv2d(x, w, np.array([0.5]), method=method)
        np.testing.assert_allclose(y[0, :, :, 0], [[-3.5, -3.5], [-3.5, -3.5]], atol=1e-12)


def test_same_puts_the_odd_row_and_column_to_the_bottom_and_right() -> None:
    x = np.arange(1.0, 17).reshape(1, 4, 4, 1)
    w = np.ones((3, 3, 1, 1))
    # Keras, 4x4, kernel 3, stride 2, same: one row and one column are added, at the bottom and at the right
    y = conv2d(x, w, stride=2, padding="same")[0, :, :, 0]
    assert y.tolist() == [[54.0, 45.0], [72.0, 54.0]]


CASES = list(
    itertools.product(
        [(9, 11), (5, 4), (40, 33)],
        [(3, 3), (2, 5), (1, 1), (4, 2)],
        [1, 2, (1, 3)],
        [1, 2, (3, 1)],
        ["valid", "same", "full", 2, ((0, 3), (1, 2))],
    )
)


@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8", "int64", "complex64"])
def test_every_method_equals_the_definition(dtype: str) -> None:
    rng = np.random.default_rng(3)
    modes = itertools.cycle(["zeros", "reflect", "symmetric", "edge", "wrap", "mirror"])
    layers = itertools.cycle([(1, 1, 1), (3, 1, 2), (3, 3, 3), (4, 2, 6), (3, 3, 6), (2, 1, 3)])
    tried = 0
    for (size, kernel, stride, dilation, padding), mode, (channels, groups, kernels) in zip(
        CASES, modes, layers, strict=False
    ):
        x = random(rng, (2, *size, channels), dtype)
        w = random(rng, (*kernel, channels // groups, kernels), "float64")
        b = random(rng, (kernels,), "float64")
        options: Any = {
            "stride": stride,
            "padding": padding,
            "dilation": dilation,
            "groups": groups,
            "pad_mode": mode,
        }
        try:
            geometry(size, kernel, stride=stride, padding=padding, dilation=dilation)
        except EngineError:
            continue
        tried += 1
        defined = conv2d_plain(x, w, b, **options)
        for method in FAST:
            close(conv2d(x, w, b, method=method, **options), defined, x, w)
    assert tried > 400


@pytest.mark.parametrize("method", FAST)
@pytest.mark.parametrize("depth", [1, 2])
def test_groups_with_the_same_kernels_keep_their_own_channels(method: str, depth: int) -> None:
    rng = np.random.default_rng(4)
    x = random(rng, (2, 9, 11, 3 * depth), "float64")
    w = np.tile(random(rng, (3, 2, depth, 2), "float64"), 3)
    b = random(rng, (6,), "float64")
    close(conv2d(x, w, b, groups=3, method=method), conv2d_plain(x, w, b, groups=3), x, w)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_definition_equals_scipy_s(dtype: str) -> None:
    rng = np.random.default_rng(4)
    for height, width, kh, kw in itertools.product((4, 9), (5, 12), (1, 2, 4), (1, 3, 5)):
        x, w = random(rng, (height, width), dtype), random(rng, (kh, kw), dtype)
        for ours, theirs in (("valid", "valid"), ("full", "full")):
            found = conv2d(x[None, ..., None], w[..., None, None], padding=ours)[0, ..., 0]
            close(found, signal.correlate2d(x, w, theirs).astype(dtype), x, w[..., None, None])
    for size, shape in itertools.product((3, 5, 9), ((20, 31), (64, 70))):
        x, w = random(rng, shape, dtype), random(rng, (size, size), dtype)
        for ours, theirs in {
            "zeros": "constant", "reflect": "mirror", "mirror": "mirror", "symmetric": "reflect", "edge": "nearest",
            "wrap": "wrap",
        }.items():  # fmt: skip
            found = conv2d(x[None, ..., None], w[..., None, None], padding="same", pad_mode=ours)[0, ..., 0]
            close(found, ndimage.correlate(x, w, mode=theirs).astype(dtype), x, w[..., None, None])


@pytest.mark.parametrize("size", [(300, 700), (700, 300), (130, 2100)])
@pytest.mark.parametrize("edge", [3, 8, 31])
def test_large_pictures_cross_every_seam(size: tuple[int, int], edge: int) -> None:
    rng = np.random.default_rng(5)
    x = rng.standard_normal((1, *size, 1)).astype(np.float32)
    w = rng.standard_normal((edge, edge, 1, 1)).astype(np.float32)
    expected = ndimage.correlate(
        x[0, ..., 0].astype("f8"), w[..., 0, 0].astype("f8"), mode="constant", origin=0
    )
    found = {method: conv2d(x, w, padding="same", method=method)[0, ..., 0] for method in FAST}
    shift = 1 - edge % 2  # an even kernel's centre is to the right of ours in SciPy
    if shift:
        expected = ndimage.correlate(
            x[0, ..., 0].astype("f8"), w[..., 0, 0].astype("f8"), mode="constant", origin=-1
        )
    for y in found.values():
        close(y, expected.astype("f4"), x, w)


def test_separable_kernels_take_two_passes_and_others_say_why_not() -> None:
    rng = np.random.default_rng(6)
    for size, (kh, kw), stride, padding in itertools.product(
        [(40, 37), (5, 90)], [(3, 3), (1, 5), (4, 1), (5, 17)], [1, 2, (1, 3)], ["same", "full"]
    ):
        column, row = rng.standard_normal((kh, 1)), rng.standard_normal((1, kw))
        for dtype, (channels, groups, kernels) in itertools.product(
            ["float32", "float64", "complex64"], [(1, 1, 1), (3, 3, 3), (2, 1, 3)]
        ):
            x = random(rng, (2, *size, channels), dtype)
            w = np.broadcast_to((column @ row)[..., None, None], (kh, kw, channels // groups, kernels))
            b = np.arange(float(kernels))
            options: Any = {"stride": stride, "padding": padding, "groups": groups, "pad_mode": "edge"}
            close(conv2d(x, w, b, method="separable", **options), conv2d_plain(x, w, b, **options), x, w)
    with pytest.raises(
        EngineError,
        match=r"^method 'separable' expects kernels that are a column times a row; try method='auto'$",
    ):
        conv2d(x, np.eye(3)[..., None, None] * np.ones((1, 1, 2, 1)), method="separable")


@pytest.mark.parametrize("method", ["auto", *FAST, "separable"])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_reach_the_outputs_that_see_them_and_no_other(method: str, bad: float) -> None:
    rng = np.random.default_rng(7)
    x = rng.standard_normal((1, 90, 600, 2)).astype(np.float32)
    x[0, 40, 50, 1] = x[0, 0, 0, 0] = x[0, 89, 599, 0] = bad
    x[0, 70, 30, 0], x[0, 70, 31, 0] = np.inf, -np.inf
    w = np.ones((3, 4, 2, 1), np.float32)
    w[1] = 0
    with np.errstate(all="raise"):
        y = conv2d(x, w, padding="same", method=method)
    expected = conv2d_plain(x, w, padding="same")
    np.testing.assert_array_equal(np.isnan(y), np.isnan(expected))
    np.testing.assert_array_equal(np.isposinf(y), np.isposinf(expected))
    good = np.isfinite(expected)
    np.testing.assert_allclose(y[good], expected[good], atol=1e-4)


@pytest.mark.parametrize("method", FAST)
def test_strides_of_the_input_and_threads_do_not_matter(method: str) -> None:
    rng = np.random.default_rng(8)
    x = rng.standard_normal((1, 200, 300, 3)).astype(np.float32)
    w = rng.standard_normal((5, 5, 3, 2)).astype(np.float32)
    expected = conv2d_plain(x[:, ::-2, 3:], w)
    close(conv2d(x[:, ::-2, 3:], w, method=method, threads=3), expected, x, w)
    close(conv2d(np.asfortranarray(x)[:, ::-2, 3:], w, method=method), expected, x, w)
    one, three = (conv2d(x, w, method=method, threads=n) for n in (1, 3))
    np.testing.assert_array_equal(one, three)


small = st.integers(1, 7)


@settings(max_examples=60)
@given(
    st.integers(0, 2**32),
    small,
    small,
    st.sampled_from(["valid", "same", "full"]),
    st.sampled_from(METHODS[:3]),
)
def test_it_is_linear_and_commutes_with_a_shift(
    seed: int, kh: int, kw: int, padding: str, method: str
) -> None:
    rng = np.random.default_rng(seed)
    x, z = rng.standard_normal((2, 1, 12, 14, 1))
    w = rng.standard_normal((kh, kw, 1, 1))
    both = conv2d(2 * x - 3 * z, w, padding=padding, method=method)
    apart = 2 * conv2d(x, w, padding=padding, method=method) - 3 * conv2d(
        z, w, padding=padding, method=method
    )
    np.testing.assert_allclose(both, apart, atol=1e-10)
    moved = np.roll(x, (1, 2), axis=(1, 2))
    seen, expected = conv2d(moved, w, method=method), conv2d(x, w, method=method)
    np.testing.assert_allclose(seen[:, 1:, 2:], expected[:, :-1, :-2], atol=1e-12)


@settings(max_examples=30)
@given(st.integers(0, 2**32), small, small)
def test_a_column_after_a_row_is_their_product(seed: int, kh: int, kw: int) -> None:
    rng = np.random.default_rng(seed)
    x, column, row = (
        rng.standard_normal((1, 20, 21, 1)),
        rng.standard_normal((kh, 1)),
        rng.standard_normal((1, kw)),
    )
    twice = conv2d(conv2d(x, column[..., None, None]), row[..., None, None])
    np.testing.assert_allclose(conv2d(x, (column @ row)[..., None, None]), twice, atol=1e-12)


def test_precision_follows_the_input() -> None:
    w = np.ones((1, 1, 1, 1))
    for dtype, result in {
        "uint8": "float32", "bool": "float32", "float16": "float32", "int16": "float32", "float32": "float32",
        "int32": "float64", "int64": "float64", "float64": "float64", "complex64": "complex64",
    }.items():  # fmt: skip
        x = np.ones((1, 2, 2, 1), dtype)
        assert compute_dtype(x, w) == conv2d(x, w).dtype == result
    assert conv2d(np.full((1, 1, 1, 1), 2**53 - 1), w).item() == 2**53 - 1


X, W = np.zeros((1, 4, 5, 3)), np.zeros((2, 2, 3, 4))
WRONG: dict[str, tuple[Any, ...]] = {
    "rank": (X[0], W, {}, "conv2d expects x (batch, height, width, channel_in) and w (kernel_height, kernel_width, channel_in / groups, channel_out); received shapes (4, 5, 3) and (2, 2, 3, 4)"),
    "empty": (X[:, :0], W, {}, "conv2d expects no empty axis; received x (1, 0, 5, 3) and w (2, 2, 3, 4)"),
    "depth": (X[..., :2], W, {}, "the kernel's depth must be 2, the input's 2 channels over groups=1; received w (2, 2, 3, 4); try w of shape (2, 2, 2, 4)"),
    "groups": (X, W, {"groups": 2}, "groups expects a number that divides 3 input and 4 output channels; received 2"),
    "bias": (X, W, {"b": np.zeros(3)}, "b expects one bias per output channel, shape (4,); received (3,)"),
    "stride": (X, W, {"stride": 0}, "stride expects at least 1; received 0; try stride=1"),
    "dilation": (X, W, {"dilation": (1, 2, 3)}, "dilation expects one whole number or two (rows, columns); received (1, 2, 3); try dilation=1"),
    "padding": (X, W, {"padding": "some"}, "padding expects valid, same, full, a whole number or ((top, bottom), (left, right)); received 'some'"),
    "negative": (X, W, {"padding": -1}, "padding expects at least 0; received -1; try padding=0"),
    "mode": (X, W, {"pad_mode": "mist"}, "pad_mode expects one of zeros, reflect, mirror, symmetric, edge, wrap; received 'mist'"),
    "larger": (X, np.zeros((5, 2, 3, 1)), {}, "the kernel is larger than the picture: kernel 5x2, picture 4x5 with its padding; try a smaller kernel or padding='same'"),
    "dilated": (X, W, {"dilation": 4}, "the kernel is larger than the picture: kernel 2x2 (dilation makes it span 5x5), picture 4x5 with its padding; try a smaller kernel or padding='same'"),
    "method": (X, W, {"method": "magic"}, "method expects one of auto, plain, banded, separable, overlap-save, im2col; received 'magic'"),
    "words": (X.astype("U1"), W, {}, "an engine computes with numbers; received dtype <U1"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_fit_is_refused_in_words(case: str) -> None:
    x, w, options, message = WRONG[case]
    with pytest.raises(EngineError, match=f"^{re.escape(message)}$"):
        conv2d(x, w, **options)


def test_the_plan_is_what_is_done_and_says_why() -> None:
    gray, rgb = (1, 3000, 4000, 1), (1, 3000, 4000, 3)
    rng = np.random.default_rng(9)
    dense = {edge: rng.standard_normal((edge, edge, 1, 1)) for edge in (3, 15, 31)}
    assert plan((1, 9, 9, 1), dense[3]).why == "small: the definition"
    assert plan(gray, dense[3]).why == "3x3: banded GEMM"
    assert plan(rgb, np.repeat(dense[3], 3, 3), groups=3).method == "banded"
    assert plan(gray, dense[31]).why == "31x31: overlap-save FFT"
    bell = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1])[..., None, None]
    assert plan(gray, bell).method == "separable"
    assert plan((64, 32, 32, 3), rng.standard_normal((3, 3, 3, 32))).why == "3x3 on 3 channels: im2col GEMM"


@pytest.mark.parametrize("method", ["banded", "separable", "overlap-save", "im2col"])
def test_tiles_that_lie_wholly_in_a_frame_that_repeats_the_picture(method: str) -> None:
    x, w = np.random.default_rng(0).normal(size=(1, 6, 40, 1)), np.ones((3, 3, 1, 1))
    frame = ((0, 0), (0, 60_000))
    expected = conv2d(x, w, padding=frame, pad_mode="wrap", method="plain")
    found = conv2d(x, w, padding=frame, pad_mode="wrap", method=method)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


LINES = [
    {}, {"padding": ((40, 0), (0, 0))}, {"padding": "same", "pad_mode": "reflect"}, {"dilation": (3, 1)},
    {"padding": "same", "stride": (2, 1)},
]  # fmt: skip


@pytest.mark.parametrize("options", LINES, ids=str)
@pytest.mark.parametrize("taps", [2, 24, 41])
@pytest.mark.parametrize("lines", [1, 2])
def test_a_kernel_along_a_line_is_the_definition_whichever_way_the_line_goes(
    options: dict, taps: int, lines: int
) -> None:
    rng = np.random.default_rng(8)
    x, w, b = rng.normal(size=(1, 9000, lines, 1)), rng.normal(size=(taps, 1, 1, 3)), rng.normal(size=3)
    made = convolution(x, w, b, **options)
    assert ("line" in made.plan.why) == (taps * 3 * made.output[..., 0].size > 200_000)
    expected = conv2d_plain(x, w, b, **options)
    np.testing.assert_allclose(made.output, expected, rtol=0, atol=1e-11)
    if "stride" not in options:
        found = conv2d(x, w, b, method="separable", **options)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-11)
    lying = {name: one[::-1] if isinstance(one, tuple) else one for name, one in options.items()}
    turned = conv2d(x.swapaxes(1, 2), w.swapaxes(0, 1), b, **lying)
    np.testing.assert_allclose(turned.swapaxes(1, 2), expected, rtol=0, atol=1e-11)


def test_sounds_are_cut_into_blocks() -> None:
    sound, taps = (1, 44100, 2, 1), np.ones((101, 1, 1, 2))
    assert plan(sound, taps).method == "separable"
    assert plan(sound, taps[:23]).method == "im2col"
    assert plan((1, 2, 44100, 1), taps.swapaxes(0, 1)).method == "separable"
    assert plan((1, 4410, 441, 1), taps).method != "separable"
