"""Activations: values, derivatives against central differences, and the ends of the number line."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from dlcli.engines.base.checks import EngineError
from dlcli.engines.tensors.activation_forms import forms_of, slopes_of
from dlcli.engines.tensors.activations import ACTIVATIONS, activation
from dlcli.engines.tensors.erf import erfc

X = np.linspace(-8, 8, 4001)
EXPECTED = {
    "linear": X,
    "relu": np.where(X > 0, X, 0),
    "leaky-relu": np.where(X > 0, X, 0.01 * X),
    "prelu": np.where(X > 0, X, 0.25 * X),
    "sigmoid": special.expit(X),
    "hard-sigmoid": np.clip(X / 6 + 0.5, 0, 1),
    "tanh": np.tanh(X),
    "hard-tanh": np.clip(X, -1, 1),
    "elu": np.where(X > 0, X, np.exp(X) - 1),
    "selu": 1.0507009873554805 * np.where(X > 0, X, 1.6732632423543772 * (np.exp(X) - 1)),
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


WITH_NUMBERS = ["leaky-relu:0.3", "leaky-relu:3", "prelu:-0.5", "elu:0.5", "elu:0", "hard-sigmoid:0.2"]


def test_activations_are_those_of_torch_and_keras() -> None:
    with np.load(Path(__file__).parents[2] / "data" / "torch_activations.npz") as stored:
        x = stored["x"]
        for key in stored.files:
            program, _, name = key.partition(" ")
            if program not in ("torch", "slope", "keras"):
                continue
            one = activation(name)
            found = one.derivative(x) if program == "slope" else one.function(x)
            tolerance = 1e-6 if program == "keras" else 1e-15  # Keras computes in float32
            if key == "slope hard-sigmoid":  # torch has its sixth in float32
                tolerance = 1e-8
            np.testing.assert_allclose(found, stored[key], rtol=tolerance, atol=tolerance, err_msg=key)
        assert sum(key.startswith("slope ") for key in stored.files) >= 9


@pytest.mark.parametrize("name", [*ACTIVATIONS, *WITH_NUMBERS])
def test_derivatives_are_central_differences(name: str) -> None:
    step, one = 1e-5, activation(name)
    bends = (0, 1, 3, 2.5)  # at which some have no derivative
    away = X[np.min([np.abs(np.abs(X) - bend) for bend in bends], axis=0) > 2 * step]
    numeric = (one.function(away + step) - one.function(away - step)) / (2 * step)
    np.testing.assert_allclose(one.derivative(away), numeric, atol=1e-9)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("swoosh", "there is no activation 'swoosh'; try one of linear, relu"),
        ("relu:1", "relu has no number; received 'relu:1'; leaky-relu, prelu, elu, hard-sigmoid have one"),
        (
            "leaky-relu:x",
            "ALPHA of leaky-relu is a number from -100 to 100; received 'x': try leaky-relu:0.01",
        ),
        ("leaky-relu:", "ALPHA of leaky-relu is a number from -100 to 100; received '': try leaky-relu:0.01"),
        ("prelu:nan", "ALPHA of prelu is a number from -100 to 100; received 'nan': try prelu:0.25"),
        ("elu:-1", "ALPHA of elu is a number from 0 to 100; received '-1': try elu:1"),
        ("hard-sigmoid:0", "ALPHA of hard-sigmoid is a number from 0.001 to 100; received '0': try hard-sig"),
    ],
)
def test_names_and_numbers_that_are_none_are_refused(text: str, message: str) -> None:
    with pytest.raises(EngineError, match=f"^{re.escape(message)}"):
        activation(text)


@pytest.mark.parametrize("name", [*ACTIVATIONS, *WITH_NUMBERS[3:]])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_no_number_overflows_and_precision_stays(name: str, dtype: str) -> None:
    most = np.finfo(dtype).max
    ends = np.array([-np.inf, -most, -1e4, -50, 0, 50, 1e4, most, np.inf, np.nan], dtype)
    one = activation(name)
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
    "exp": np.exp, "log": np.log, "max": np.maximum, "min": np.minimum, "P": stats.norm.cdf, "p": stats.norm.pdf,
}  # fmt: skip


@pytest.mark.parametrize("name", [*ACTIVATIONS, *WITH_NUMBERS])
@pytest.mark.parametrize("x", [-2.75, 0.0, 0.75, 3.5])
def test_formulas_and_their_parts_mean_what_is_computed(name: str, x: float) -> None:
    one, at = activation(name), np.array(x)

    def worth(formula: str) -> float:
        code = formula.replace("·", "*").replace("²", "**2").replace("f(x)", f"({one.formula})")
        return eval(code.replace("·", "*"), {**MEANING, "x": x, "__builtins__": {}})

    assert worth(one.formula) == pytest.approx(float(one.function(at)), abs=1e-14)
    assert worth(one.derivative_formula) == pytest.approx(float(one.derivative(at)), abs=1e-14)
    for forms, computed in ((forms_of(one), one.function), (slopes_of(one), one.derivative)):
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
