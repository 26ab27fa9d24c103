"""Softmax: the definition, its properties, SciPy, PyTorch's stored answers, and gradients by differences."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import special

from dlcli.engines.base.checks import EngineError
from dlcli.engines.tensors.softmax import (
    entropy,
    log_softmax,
    softmax,
    softmax_backward,
    softmax_plain,
    softmax_terms,
)

INF, NAN = math.inf, math.nan
RNG = np.random.default_rng(7)

#: Every way through the engine: rows added up by columns or each by itself, other axes, blocks of both kinds.
SHAPES = {
    "one number": ((1,), 0),
    "a vector": ((9,), 0),
    "short rows": ((7, 3), -1),
    "columns": ((7, 3), 0),
    "rows longer than a column is worth": ((5, 40), 1),
    "many short rows": ((50_000, 3), -1),
    "many long rows": ((300, 500), -1),
    "a middle axis": ((4, 5, 6), 1),
    "blocks beside each other": ((3, 40, 3000), 1),
    "one long vector": ((100_000,), -1),
    "no slices": ((0, 3), -1),
    "no entries": ((3, 0), -1),
    "neither": ((0, 0, 2), 1),
}


@pytest.mark.parametrize("case", SHAPES)
@pytest.mark.parametrize("temperature", [1.0, 0.3, 20.0])
def test_scipy_and_the_definition_agree(case: str, temperature: float) -> None:
    shape, axis = SHAPES[case]
    x = RNG.normal(size=shape) * 3
    y = softmax(x, axis, temperature)
    assert y.shape == shape
    if x.size:
        np.testing.assert_allclose(y, special.softmax(x / temperature, axis), rtol=1e-11)
        np.testing.assert_allclose(y, softmax_plain(x, axis, temperature), rtol=1e-11)
        logarithms = special.log_softmax(x / temperature, axis)
        np.testing.assert_allclose(log_softmax(x, axis, temperature), logarithms, rtol=1e-10, atol=1e-12)
    else:
        assert log_softmax(x, axis, temperature).shape == shape
    np.testing.assert_allclose(softmax_terms(x, axis, temperature).probabilities, y, rtol=1e-12)


@pytest.mark.parametrize("case", SHAPES)
def test_float32_stays_and_is_as_exact_as_it_can_be(case: str) -> None:
    shape, axis = SHAPES[case]
    x = (RNG.normal(size=shape) * 3).astype(np.float32)
    y = softmax(x, axis)
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, softmax(x.astype(np.float64), axis), rtol=2e-5)


def test_a_tensor_in_any_order_of_memory_is_left_as_it_was() -> None:
    x = np.asfortranarray(RNG.normal(size=(4, 5, 6)))[::-1, :, ::2]
    before = x.copy()
    x.flags.writeable = False
    np.testing.assert_allclose(softmax(x, 0), special.softmax(before, 0), rtol=1e-12)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize(
    ("given", "computed"),
    [("uint8", "float32"), ("bool", "float32"), ("float16", "float32"), ("int64", "float64")],
)
def test_other_numbers_are_computed_in_floats(given: str, computed: str) -> None:
    x = np.array([0, 1, 1], given)
    assert softmax(x).dtype == log_softmax(x).dtype == softmax_terms(x).exponentials.dtype == computed
    np.testing.assert_allclose(softmax(x), special.softmax([0, 1, 1]), rtol=1e-6)


#: What torch.softmax and torch.log_softmax (2.13, CPU) answer, the same in float32 and float64.
TORCH = {
    "a mask": ([-INF, 0, 1], [0, 0.26894142136999516, 0.7310585786300049],
               [-INF, -1.3132616875182228, -0.31326168751822286]),
    "nothing but the mask": ([-INF, -INF, -INF], [NAN] * 3, [NAN] * 3),
    "infinity": ([INF, 0, 1], [NAN] * 3, [NAN] * 3),
    "infinity twice": ([INF, INF], [NAN] * 2, [NAN] * 2),
    "both infinities": ([INF, -INF, 0], [NAN] * 3, [NAN] * 3),
    "no number": ([NAN, 0, 1], [NAN] * 3, [NAN] * 3),
    "large": ([1e38, -1e38, 0], [1, 0, 0], [0, -2e38, -1e38]),
}  # fmt: skip


@pytest.mark.parametrize("case", TORCH)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "lay", [lambda x: x, lambda x: np.tile(x[:, None], 40), lambda x: np.tile(x, (2, 1))]
)
def test_special_numbers_are_as_in_torch(case: str, dtype: str, lay) -> None:
    x, probabilities, logarithms = (lay(np.array(part, dtype)) for part in TORCH[case])
    axis = 0 if x.shape[-1] == 40 else -1
    rtol = 1e-6 if dtype == "float32" else 1e-14
    np.testing.assert_allclose(softmax(x, axis), probabilities, rtol=rtol)
    np.testing.assert_allclose(softmax_terms(x, axis).probabilities, probabilities, rtol=rtol)
    np.testing.assert_allclose(log_softmax(x, axis), logarithms, rtol=rtol)


finite = arrays(np.float64, st.integers(1, 12), elements=st.floats(-1e3, 1e3))


@given(finite, st.floats(0.05, 50))
def test_probabilities_sum_to_one_and_keep_the_order(x: np.ndarray, temperature: float) -> None:
    y = softmax(x, temperature=temperature)
    assert y.sum() == pytest.approx(1, abs=1e-12)
    assert (y >= 0).all()
    assert (np.diff(y[np.argsort(x, kind="stable")]) >= 0).all()
    assert y[x.argmax()] == y.max()


@given(finite, st.floats(-1e3, 1e3))
def test_a_shift_of_all_scores_changes_nothing(x: np.ndarray, shift: float) -> None:
    np.testing.assert_allclose(softmax(x + shift), softmax(x), rtol=1e-9, atol=1e-300)


def test_temperature_goes_from_the_largest_alone_to_all_alike() -> None:
    x = np.array([1.0, 2.0, 4.0, -3.0])
    np.testing.assert_allclose(softmax(x, temperature=1e9), 0.25, rtol=1e-8)
    assert softmax(x, temperature=1e-3).tolist() == [0, 0, 1, 0]
    evenness = [entropy(softmax(x, temperature=t)) for t in (0.1, 0.5, 1, 2, 10, 100)]
    assert evenness == sorted(evenness)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_no_temperature_is_too_small_or_too_large(dtype: str) -> None:
    x = np.array([1, 2, 2, -1], dtype)
    for function in (softmax, lambda x, temperature: softmax_terms(x, temperature=temperature).probabilities):
        assert function(x, temperature=5e-324).tolist() == [0, 0.5, 0.5, 0]
        assert function(x, temperature=1e308).tolist() == [0.25] * 4
    assert log_softmax(x, temperature=1e308).tolist() == pytest.approx([-math.log(4)] * 4)


def test_the_terms_by_hand() -> None:
    terms = softmax_terms(np.array([[2.0, 2 + 2 * math.log(3)], [5.0, 5.0]]), temperature=2)
    np.testing.assert_allclose(terms.shift, [[2 + 2 * math.log(3)], [5]])
    np.testing.assert_allclose(terms.exponents, [[-math.log(3), 0], [0, 0]])
    np.testing.assert_allclose(terms.exponentials, [[1 / 3, 1], [1, 1]])
    np.testing.assert_allclose(terms.total, [[4 / 3], [2]])
    np.testing.assert_allclose(terms.probabilities, [[0.25, 0.75], [0.5, 0.5]])


@pytest.mark.parametrize("temperature", [1.0, 0.4, 3.0])
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_gradients_are_central_differences(axis: int, temperature: float) -> None:
    x, dy, step = RNG.normal(size=(3, 4, 5)), RNG.normal(size=(3, 4, 5)), 1e-6
    found = softmax_backward(dy, softmax(x, axis, temperature), axis, temperature)
    numeric = np.empty_like(x)
    for cell in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[cell] += step
        down[cell] -= step
        change = softmax(up, axis, temperature) - softmax(down, axis, temperature)
        numeric[cell] = (dy * change).sum() / (2 * step)
    np.testing.assert_allclose(found, numeric, atol=1e-8)
    np.testing.assert_allclose(found.sum(axis=axis), 0, atol=1e-12)


def test_entropy_counts_bits() -> None:
    assert entropy(np.full((2, 8), 1 / 8)).tolist() == [3, 3]
    assert entropy(np.array([[0.5, 1.0], [0.5, 0.0]]), axis=0).tolist() == [1, 0]
    assert math.copysign(1, entropy(np.array([1.0, 0.0]))) == 1
    assert np.isnan(entropy(np.array([NAN, NAN])))
    p = softmax(RNG.normal(size=100))
    assert entropy(p) == pytest.approx(special.entr(p).sum() / math.log(2))


@pytest.mark.parametrize(
    ("x", "more", "told"),
    [
        (np.array([1j]), {}, r"softmax is not defined for complex numbers; received complex128; try their"),
        (np.array(3.0), {}, r"softmax needs an axis .* received a single number"),
        (np.zeros((2, 3)), {"axis": 2}, r"there is no axis 2 in shape \(2, 3\); try axis=-1"),
        (np.zeros((2, 3)), {"axis": -3}, r"there is no axis -3 in shape \(2, 3\); try axis=-1"),
        (np.zeros(2), {"axis": 0.5}, r"axis expects a whole number; received 0.5; try axis=-1"),
        (np.zeros(2), {"temperature": 0}, r"temperature expects a finite number above 0; received 0; try 1"),
        (np.zeros(2), {"temperature": -1}, r"received -1; try 1"),
        (np.zeros(2), {"temperature": NAN}, r"received nan; try 1"),
        (np.zeros(2), {"temperature": INF}, r"received inf; try 1"),
        (np.array(["a"]), {}, r"an engine computes with numbers; received dtype <U1"),
    ],
)  # fmt: skip
def test_what_cannot_be_computed_is_said(x: np.ndarray, more: dict, told: str) -> None:
    for function in (softmax, log_softmax, softmax_terms):
        with pytest.raises(EngineError, match=told):
            function(x, **more)
