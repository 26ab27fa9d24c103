"""The forms of activations: each gives the function, wherever its parts are finite."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dlcli.engines.tensors.activation_forms import FORMS, SLOPES, Form
from dlcli.engines.tensors.activations import ACTIVATIONS

DOUBLE = np.dtype("float64")
PLACES = [-800.0, -40.0, -3.0, -0.5, 0.0, 0.5, 3.0, 40.0, 800.0]
CASES = [
    pytest.param(name, table, place, id=f"{what} of {name}, form {place}")
    for what, table in (("value", FORMS), ("slope", SLOPES))
    for name, forms in table.items()
    for place in range(len(forms))
]


def given(form: Form, x: float) -> float:
    return float(form.gives(x, *form.numbers(x, DOUBLE).values()))


@pytest.mark.parametrize(("name", "table", "place"), CASES)
def test_a_form_gives_what_the_function_does(
    name: str, table: dict[str, tuple[Form, ...]], place: int
) -> None:
    form, one = table[name][place], ACTIVATIONS[name]
    function = one.function if table is FORMS else one.derivative
    tried = 0
    for x in PLACES:
        if form.fits(x) and all(map(math.isfinite, form.numbers(x, DOUBLE).values())):
            tried += 1
            assert given(form, x) == pytest.approx(float(function(np.array([x]))[0]), rel=1e-12, abs=1e-15), x
    assert tried >= 4


@pytest.mark.parametrize("x", PLACES)
@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_one_form_has_only_finite_parts(name: str, x: float) -> None:
    for forms in (FORMS.get(name, ()), SLOPES.get(name, ())):
        fitting = [form for form in forms if form.fits(x)]
        assert not fitting or any(
            all(map(math.isfinite, form.numbers(x, DOUBLE).values())) for form in fitting
        )


def test_parts_are_no_larger_than_the_kind_of_number_holds() -> None:
    assert FORMS["softplus"][0].numbers(100.0, np.dtype("float32")) == {"exp(x)": math.inf}
    assert FORMS["softplus"][1].numbers(20.0, np.dtype("float16")) == {"exp(-x)": 0.0}
