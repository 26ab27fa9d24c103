"""Arithmetic of two tensors: PyTorch's numbers, plain loops, integers that do not wrap round."""

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcli.engines.base.checks import EngineError
from dlcli.engines.tensors.arithmetic import (
    LARGEST,
    OPERATIONS,
    beyond_integers,
    combine,
    matmul,
    sum_along,
)
from dlcli.engines.tensors.broadcast import broadcast_shape, origin

TORCH = json.loads((Path(__file__).parents[2] / "data" / "torch_arithmetic.json").read_text())
SHAPES = st.lists(st.integers(0, 3), max_size=3).map(tuple)
PLAIN = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "power": lambda a, b: a**b,
    "maximum": max,
    "minimum": min,
}


@pytest.mark.parametrize(("name", "x", "y", "expected"), TORCH["combine"])
def test_two_tensors_give_torch_s_numbers(name, x, y, expected):
    found, _ = combine(name, np.array(x), np.array(y))
    np.testing.assert_allclose(found, expected, rtol=1e-14, equal_nan=True)
    assert np.shape(found) == np.shape(expected)


@pytest.mark.parametrize(("x", "y", "expected"), TORCH["matmul"])
def test_matrix_products_are_torch_s(x, y, expected):
    found, _ = matmul(np.array(x), np.array(y))
    np.testing.assert_allclose(found, expected, rtol=1e-13)
    assert found.shape == np.shape(expected)


def test_a_product_and_a_bias_are_torch_s_linear():
    x, weight, bias, expected = map(np.array, TORCH["linear"])
    found, _ = combine("add", matmul(x, weight.T)[0], bias)
    np.testing.assert_allclose(found, expected, rtol=1e-14)


@pytest.mark.parametrize("name", OPERATIONS)
@given(SHAPES, SHAPES, st.integers(0, 99))
def test_every_cell_is_that_of_the_two_numbers_that_meet(name, left, right, seed):
    generator = np.random.default_rng(seed)
    x, y = generator.integers(1, 9, left), generator.integers(1, 5, right)
    try:
        shape = broadcast_shape(left, right)
    except EngineError:
        with pytest.raises(EngineError, match="do not broadcast"):
            combine(name, x, y)
        return
    found, wrapped = combine(name, x, y)
    assert (found.shape, wrapped) == (shape, None)
    for cell in product(*map(range, shape)):
        assert found[cell] == PLAIN[name](int(x[origin(cell, left)]), int(y[origin(cell, right)]))


def test_what_would_have_wrapped_is_torch_s_wrong_number():
    left, right, torch = TORCH["bytes"]
    x, y = np.array(left, np.uint8), np.array(right, np.uint8)
    for name in ("add", "subtract", "multiply"):
        found, wrapped = combine(name, x, y)
        expected = [PLAIN[name](a, b) for a, b in zip(left, right, strict=True)]
        assert (found.dtype, found.tolist()) == (np.int64, expected)
        outside = [i for i, value in enumerate(expected) if not 0 <= value <= 255]
        assert wrapped is not None
        assert (wrapped.dtype, wrapped.count, wrapped.cell) == (np.uint8, len(outside), (outside[0],))
        assert wrapped.would == torch[name][outside[0]]


def test_bytes_beside_a_typed_number_would_wrap_as_numpy_has_it():
    x = np.array([200, 1], np.uint8)
    wrapped = combine("multiply", x, np.array(2), typed=(False, True))[1]
    assert wrapped is not None
    assert wrapped.would == (x * 2)[0]
    for other, typed in ((np.array(2), False), (np.array([2]), True)):  # NumPy takes int64 for these
        assert (x * other)[0] == 400
        assert combine("multiply", x, other, typed=(False, typed))[1] is None


@pytest.mark.parametrize(
    ("name", "left", "right", "typed", "dtype"),
    [
        ("multiply", "uint8", "float64", (False, True), "float32"),
        ("multiply", "float32", "int64", (False, True), "float32"),
        ("multiply", "float64", "float32", (True, False), "float32"),
        ("multiply", "float32", "float64", (False, False), "float64"),
        ("add", "float16", "float16", (False, False), "float32"),
        ("add", "bool", "bool", (False, False), "int64"),
        ("divide", "int64", "int64", (True, True), "float64"),
        ("divide", "uint8", "uint8", (False, False), "float32"),
        ("maximum", "uint8", "int64", (False, True), "uint8"),
        ("maximum", "uint8", "int64", (False, False), "int64"),
        ("add", "float32", "complex128", (False, True), "complex64"),
        ("add", "complex64", "float64", (False, True), "complex64"),
        ("power", "int64", "int64", (True, True), "int64"),
        ("power", "uint8", "float64", (False, True), "float32"),
    ],
)
def test_the_dtype_of_what_two_make(name, left, right, typed, dtype):
    found, _ = combine(name, np.ones(2, left), np.ones(2, right), typed=typed)
    assert found.dtype == dtype


def test_a_typed_number_that_bytes_do_not_hold_makes_them_wide():
    for value in (-1, 256):
        found, _ = combine("maximum", np.array([3], np.uint8), np.array(value), typed=(False, True))
        assert (found.tolist(), found.dtype) == ([max(3, value)], np.int64)


@pytest.mark.parametrize(
    ("name", "x", "y", "floats"),
    [
        ("add", LARGEST, 0, False),
        ("add", LARGEST, 1, True),
        ("subtract", -LARGEST, 1, True),
        ("multiply", 2**32, 2**31 - 1, False),
        ("multiply", 2**32, 2**31, True),
        ("power", 2, 62, False),
        ("power", 2, 63, True),
        ("power", -1, 10**12, False),
    ],
)
def test_integers_become_floats_where_int64_ends(name, x, y, floats):
    left, right = np.array([x]), np.array([y])
    found, _ = combine(name, left, right)
    assert beyond_integers(name, left, right) is floats
    assert found.dtype == (np.float64 if floats else np.int64)
    assert float(found[0]) == float(PLAIN[name](x, y))
    assert floats or int(found[0]) == PLAIN[name](x, y)


def test_a_negative_exponent_makes_a_float():
    assert combine("power", np.array([2]), np.array(-1))[0].tolist() == [0.5]
    assert not beyond_integers("power", np.array([2]), np.array(-1))


def test_large_products_of_integers_are_exact():
    x, y = np.array([[2**31, 1]]), np.array([[2**30], [1]])
    assert matmul(x, y)[0].tolist() == [[2**61 + 1]]
    assert matmul(np.array([3, 4], np.uint8), np.array([200, 1], np.uint8))[0].tolist() == 604


def test_a_product_that_int64_may_not_hold_is_one_of_floats():
    x, y = np.array([[2**31, 2**31]]), np.array([[2**31], [2**31]])
    found, _ = matmul(x, y)
    assert (found.tolist(), found.dtype) == ([[float(2**63)]], np.float64)
    assert beyond_integers("matmul", x, y)
    assert not beyond_integers("matmul", x[:, :1], y[:1])


@given(st.integers(1, 4), st.integers(0, 4), st.integers(1, 4), st.integers(0, 99))
def test_a_matrix_product_is_every_row_with_every_column(n, k, m, seed):
    generator = np.random.default_rng(seed)
    x, y = generator.integers(-9, 9, (n, k)), generator.integers(-9, 9, (k, m))
    found = matmul(x, y)[0]
    for i, j in product(range(n), range(m)):
        assert found[i, j] == sum(int(x[i, p]) * int(y[p, j]) for p in range(k))


def test_sums_do_not_wrap():
    x = np.array([[200, 100], [1, 2]], np.uint8)
    assert (sum_along(x, 1).tolist(), sum_along(x, 0).tolist()) == ([300, 3], [201, 102])
    assert sum_along(np.array([[LARGEST, 1]]), 1).tolist() == [float(2**63)]
    assert sum_along(np.ones((2, 3), np.float32), 0).dtype == np.float32
    assert sum_along(np.array([True, True, False]), 0) == 2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: combine("maximum", np.array([1j]), np.array(1)), "no order, so there is no maximum"),
        (lambda: combine("add", np.ones(2), np.ones(3)), r"\(2,\) and \(3,\) do not broadcast"),
        (lambda: matmul(np.ones(2), np.array(3)), "a single number has none"),
        (lambda: matmul(np.ones((2, 3)), np.ones((2, 3))), r"3 columns of \(2, 3\) meet 2 rows of \(2, 3\)"),
        (lambda: matmul(np.ones((2, 2, 3)), np.ones((3, 3, 1))), "do not broadcast before their last axes"),
    ],
)
def test_what_cannot_be_computed_is_said(call, message):
    with pytest.raises(EngineError, match=message):
        call()
