"""How activations are written in numbers: by their formula, or by one that still holds where it does not."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.tensors.activations import SELU_ALPHA, SELU_SCALE, Activation, sigmoid, silu
from dlcli.engines.tensors.erf import density, normal


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a function of x: ``formula``, in which ``parts`` are numbers of their own.

    ``gives`` is what x and the parts, in their order, give. ``sign`` says where it may be written: 1 above 0,
    -1 where x is not above 0, 0 everywhere.
    """

    formula: str
    parts: Mapping[str, Callable[[Array], Array]]
    gives: Callable[..., float]
    sign: int = 0

    def numbers(self, x: float, dtype: np.dtype[np.floating]) -> dict[str, Any]:
        """The parts at x as numbers of that kind, and as far as these hold them.

        >>> {part: float(value) for part, value in FORMS["softplus"][0].numbers(0.0, np.dtype("f4")).items()}
        {'exp(x)': 1.0}
        """
        with np.errstate(all="ignore"):
            found = {name: function(np.asarray(x, np.float64)) for name, function in self.parts.items()}
            return {name: np.asarray(value).astype(dtype)[()] for name, value in found.items()}

    def fits(self, x: float) -> bool:
        """Whether the form may be written at x."""
        return not self.sign or (x > 0) == (self.sign > 0)


_UP: dict[str, Callable[[Array], Array]] = {"exp(x)": np.exp}
_DOWN: dict[str, Callable[[Array], Array]] = {"exp(-x)": lambda x: np.exp(-x)}
_UP_TWICE: dict[str, Callable[[Array], Array]] = {"exp(2·x)": lambda x: np.exp(2 * x)}
_DOWN_TWICE: dict[str, Callable[[Array], Array]] = {"exp(-2·x)": lambda x: np.exp(-2 * x)}

_SIGMOID = (
    Form("1 / (1 + exp(-x))", _DOWN, lambda x, e: 1 / (1 + e)),
    Form("exp(x) / (1 + exp(x))", _UP, lambda x, e: e / (1 + e), -1),
)

#: The forms of each function by its name, the formula's first; those after it are for where an exponential is
#: more than a float holds, or where two numbers that are written alike are subtracted.
FORMS: dict[str, tuple[Form, ...]] = {
    "sigmoid": _SIGMOID,
    "tanh": (
        Form(
            "(exp(x) - exp(-x)) / (exp(x) + exp(-x))",
            {**_UP, **_DOWN},
            lambda x, up, down: (up - down) / (up + down),
        ),
        Form("(1 - exp(-2·x)) / (1 + exp(-2·x))", _DOWN_TWICE, lambda x, e: (1 - e) / (1 + e), 1),
        Form("(exp(2·x) - 1) / (exp(2·x) + 1)", _UP_TWICE, lambda x, e: (e - 1) / (e + 1), -1),
    ),
    "elu": (Form("exp(x) - 1", _UP, lambda x, e: e - 1, -1),),
    "gelu": (Form("x·P(x)", {"P(x)": normal}, lambda x, p: x * p),),
    "silu": (
        Form("x / (1 + exp(-x))", _DOWN, lambda x, e: x / (1 + e)),
        Form("x·exp(x) / (1 + exp(x))", _UP, lambda x, e: x * e / (1 + e), -1),
    ),
    "softplus": (
        Form("log(1 + exp(x))", _UP, lambda x, e: math.log1p(e)),
        Form("x + log(1 + exp(-x))", _DOWN, lambda x, e: x + math.log1p(e), 1),
    ),
}

#: The same of their derivatives.
SLOPES: dict[str, tuple[Form, ...]] = {
    "sigmoid": (
        Form("f(x)·(1 - f(x))", {"f(x)": sigmoid}, lambda x, f: f * (1 - f)),
        Form("exp(-x) / (1 + exp(-x))²", _DOWN, lambda x, e: e / (1 + e) ** 2, 1),
        Form("exp(x) / (1 + exp(x))²", _UP, lambda x, e: e / (1 + e) ** 2, -1),
    ),
    "tanh": (
        Form("1 - f(x)²", {"f(x)": np.tanh}, lambda x, f: 1 - f**2),
        Form("4·exp(-2·x) / (1 + exp(-2·x))²", _DOWN_TWICE, lambda x, e: 4 * e / (1 + e) ** 2, 1),
        Form("4·exp(2·x) / (1 + exp(2·x))²", _UP_TWICE, lambda x, e: 4 * e / (1 + e) ** 2, -1),
    ),
    "elu": (Form("exp(x)", _UP, lambda x, e: e, -1),),
    "gelu": (
        Form("P(x) + x·p(x)", {"P(x)": normal, "p(x)": density}, lambda x, below, there: below + x * there),
    ),
    "silu": (
        Form(
            "f(x) + (1 - f(x)) / (1 + exp(-x))",
            {"f(x)": silu, **_DOWN},
            lambda x, f, e: f + (1 - f) / (1 + e),
        ),
        Form(
            "f(x) + (1 - f(x))·exp(x) / (1 + exp(x))",
            {"f(x)": silu, **_UP},
            lambda x, f, e: f + (1 - f) * e / (1 + e),
            -1,
        ),
    ),
    "softplus": _SIGMOID,
}


def forms_of(function: Activation) -> tuple[Form, ...]:
    """The forms of a function; none where it has nothing but its formula.

    >>> from dlcli.engines.tensors.activations import activation
    >>> forms_of(activation("elu:0.5"))[0].formula
    '0.5·(exp(x) - 1)'
    """
    weight = _weight(function)
    if weight is None:
        return FORMS.get(function.kind, ())
    return (Form(_below(function.formula), _UP, lambda x, e: weight * (e - 1), -1),)


def slopes_of(function: Activation) -> tuple[Form, ...]:
    """The same of its derivative."""
    weight = _weight(function)
    if weight is None:
        return SLOPES.get(function.kind, ())
    return (Form(_below(function.derivative_formula), _UP, lambda x, e: weight * e, -1),)


def _weight(function: Activation) -> float | None:
    """What the exponential of an elu is multiplied by, where that is not 1; None of others."""
    if function.kind == "selu":
        return SELU_SCALE * SELU_ALPHA
    return function.alpha if function.kind == "elu" and function.alpha != 1 else None


def _below(formula: str) -> str:
    return formula.partition(" else ")[2]
