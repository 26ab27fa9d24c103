"""Activations: values, derivatives against central differences, and the ends of the number line."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from dlcli.engines.tensors.activation_forms import FORMS, SLOPES
from dlcli.engines.tensors.activations import ACTIVATIONS
from dlcli.engines.tensors.erf import erfc

X = np.linspace(-8, 8, 4001)
EXPECTED = {
    "linear": X,
    "relu": np.where(X > 0, X, 0),
    "leaky-relu": np.where(X > 0, X, 0.01 * X),
    "sigmoid": special.expit(X),
    "tanh": np.tanh(X),
    "elu": np.where(X > 0, X, np.exp(X) - 1),
    "gelu": X * stats.norm.cdf(X),
    "silu": X * special.expit(X),
    "softplus": np.logaddexp(0, X),
}


def test_the_names_are_the_documented_ones() -> None:
    assert list(ACTIVATIONS) == list(EXPECTED)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_values(name: str) -> None:
    np.testing.assert_allclose(ACTIVATIONS[name].function(X), EXPECTED[name], rtol=1e-13, atol=1e-15)


def test_silu_is_that_of_torch() -> None:
    """torch.nn.functional.silu of torch 2.13 and its gradient by autograd, in float64."""
    x = np.array([-20.0, -3.0, -0.5, 0.0, 0.7, 5.0])
    y = [
        -4.122307236380407e-08,
        -0.14227761953270035,
        -0.1887703343990727,
        0.0,
        0.46773144051771626,
        4.966535745378576,
    ]
    slope = [
        -3.9161918660646786e-08,
        -0.08810410601516962,
        0.2600388126973482,
        0.5,
        0.8233867834733425,
        1.0265474324296655,
    ]
    np.testing.assert_allclose(ACTIVATIONS["silu"].function(x), y, rtol=1e-14)
    np.testing.assert_allclose(ACTIVATIONS["silu"].derivative(x), slope, rtol=1e-14)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_derivatives_are_central_differences(name: str) -> None:
    step = 1e-5
    away = X[np.abs(X) > 2 * step]  # relu has no derivative at 0
    function = ACTIVATIONS[name].function
    numeric = (function(away + step) - function(away - step)) / (2 * step)
    np.testing.assert_allclose(ACTIVATIONS[name].derivative(away), numeric, atol=1e-9)


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_no_number_overflows_and_precision_stays(name: str, dtype: str) -> None:
    most = np.finfo(dtype).max
    ends = np.array([-np.inf, -most, -1e4, -50, 0, 50, 1e4, most, np.inf, np.nan], dtype)
    one = ACTIVATIONS[name]
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        y, slope = one.function(ends), one.derivative(ends)
    assert y.dtype == slope.dtype == dtype
    assert y.shape == slope.shape == ends.shape
    assert not np.isnan(y[:-1]).any()
    assert np.isnan(y[-1])
    assert np.isfinite(slope[:-1]).all()
    shaped = np.ones((2, 3, 4), dtype).transpose(2, 0, 1)
    assert one.function(shaped).shape == one.derivative(shaped).shape == (4, 2, 3)


#: What the letters of formulas mean to Python.
MEANING = {
    "exp": np.exp, "log": np.log, "max": np.maximum, "P": stats.norm.cdf, "p": stats.norm.pdf,
}  # fmt: skip


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("x", [-2.5, 0.0, 0.75, 3.0])
def test_formulas_and_their_parts_mean_what_is_computed(name: str, x: float) -> None:
    one, at = ACTIVATIONS[name], np.array(x)

    def worth(formula: str) -> float:
        code = formula.replace("·", "*").replace("²", "**2").replace("f(x)", f"({one.formula})")
        return eval(code.replace("·", "*"), {**MEANING, "x": x, "__builtins__": {}})

    assert worth(one.formula) == pytest.approx(float(one.function(at)), abs=1e-14)
    assert worth(one.derivative_formula) == pytest.approx(float(one.derivative(at)), abs=1e-14)
    for forms, computed in ((FORMS.get(name, ()), one.function), (SLOPES.get(name, ()), one.derivative)):
        for form in (form for form in forms if form.fits(x)):
            assert worth(form.formula) == pytest.approx(float(computed(at)), abs=1e-14)
            for part, function in form.parts.items():
                assert part in form.formula
                assert float(function(at)) == pytest.approx(worth(part), rel=1e-12)


@given(st.floats(-30, 30))
def test_erfc_to_the_last_digits(x: float) -> None:
    assert erfc(np.array([x]))[0] == pytest.approx(math.erfc(x), rel=4e-15, abs=1e-300)


def test_erfc_at_its_seams_and_ends() -> None:
    seams = np.array([0.46875, -0.46875, 4.0, -4.0, np.nextafter(4, 5), np.nextafter(0.46875, 1), 0.0, -0.0])
    np.testing.assert_allclose(erfc(seams), special.erfc(seams), rtol=2e-15)
    assert erfc(np.array([np.inf, -np.inf, 1e300])).tolist() == [0, 2, 0]
    assert np.isnan(erfc(np.array([np.nan]))[0])
