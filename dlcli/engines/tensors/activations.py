"""Activation functions, each with its derivative and its formula side by side.

All take an array of floats of any shape and give one of the same shape and dtype; no finite input overflows,
and NaN stays NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.tensors.erf import density, normal

#: What a leaky ReLU leaves of negative values: Maas, Hannun and Ng, 2013, and PyTorch.
NEGATIVE_SLOPE = 0.01


@dataclass(frozen=True, slots=True)
class Activation:
    """One activation: y = ``function`` (x), dy/dx = ``derivative`` (x), and their formulas for a person."""

    name: str
    formula: str
    function: Callable[[Array], Array]
    derivative_formula: str
    derivative: Callable[[Array], Array]


def linear(x: Array) -> Array:
    """y = x.

    >>> linear(np.array([-2.0, 3.0]))
    array([-2.,  3.])
    """
    return x


def relu(x: Array) -> Array:
    """y = max(0, x).

    >>> relu(np.array([-2.0, 3.0]))
    array([0., 3.])

    Source: Nair and Hinton, Rectified linear units improve restricted Boltzmann machines, 2010.
    """
    return np.maximum(x, 0)


def leaky_relu(x: Array) -> Array:
    """y = x where x > 0, else 0.01 x.

    >>> leaky_relu(np.array([-2.0, 3.0]))
    array([-0.02,  3.  ])

    Source: Maas, Hannun and Ng, Rectifier nonlinearities improve neural network acoustic models, 2013.
    """
    return np.maximum(x, x * x.dtype.type(NEGATIVE_SLOPE))


def sigmoid(x: Array) -> Array:
    """y = 1 / (1 + exp(-x)), by way of exp(-|x|), which cannot overflow.

    >>> sigmoid(np.array([-1000.0, 0.0]))
    array([0. , 0.5])
    """
    small = np.exp(-np.abs(x))
    return np.maximum(small, x >= 0) / (1 + small)  # no branch: signs come in no order


def sigmoid_derivative(x: Array) -> Array:
    """y' = sigmoid(x) sigmoid(-x).

    >>> sigmoid_derivative(np.array([0.0]))
    array([0.25])
    """
    small = np.exp(-np.abs(x))
    return small / (1 + small) ** 2


def tanh_derivative(x: Array) -> Array:
    """y' = 1 - tanh(x)^2, as 4 s s' with s = exp(-2|x|), which keeps its digits where tanh is nearly 1.

    >>> tanh_derivative(np.array([0.0]))
    array([1.])
    """
    small = np.exp(-2 * np.minimum(np.abs(x), 400))
    return 4 * small / (1 + small) ** 2


def elu(x: Array) -> Array:
    """y = x where x > 0, else exp(x) - 1.

    >>> elu(np.array([-1.0, 3.0])).round(4)
    array([-0.6321,  3.    ])

    Source: Clevert, Unterthiner and Hochreiter, Fast and accurate deep network learning by ELUs, 2016.
    """
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


def elu_derivative(x: Array) -> Array:
    """y' = 1 where x > 0, else exp(x).

    >>> elu_derivative(np.array([-1.0, 3.0])).round(4)
    array([0.3679, 1.    ])
    """
    return np.exp(np.minimum(x, 0))


def gelu(x: Array) -> Array:
    """y = x P(x), P the normal distribution's cumulative probability: exact, not the form by tanh.

    >>> gelu(np.array([0.0, 1.0])).round(6)
    array([0.      , 0.841345])

    Source: Hendrycks and Gimpel, Gaussian error linear units, 2016.
    """
    return _in_double(lambda z: np.maximum(z, -40) * normal(z), x)


def gelu_derivative(x: Array) -> Array:
    """y' = P(x) + x p(x), p being the normal distribution's density.

    >>> gelu_derivative(np.array([0.0, 1.0])).round(4)
    array([0.5   , 1.0833])
    """

    def slope(z: Array) -> Array:
        near = z.clip(-40, 40)  # beyond, the density is 0, and infinity times 0 would not be
        return normal(z) + near * density(near)

    return _in_double(slope, x)


def silu(x: Array) -> Array:
    """y = x sigmoid(x), which is also called swish.

    >>> silu(np.array([0.0, 1.0])).round(6)
    array([0.      , 0.731059])

    Source: Hendrycks and Gimpel, Gaussian error linear units, 2016; Ramachandran, Zoph and Le, Searching for
    activation functions, 2017.
    """
    return np.where(np.isneginf(x), 0, x) * sigmoid(x)


def silu_derivative(x: Array) -> Array:
    """y' = s + x s (1 - s), s being sigmoid(x).

    >>> silu_derivative(np.array([0.0, 1.0])).round(4)
    array([0.5   , 0.9277])
    """
    return sigmoid(x) + np.clip(x, -1000, 1000) * sigmoid_derivative(x)


def softplus(x: Array) -> Array:
    """y = log(1 + exp(x)), by way of exp(-|x|).

    >>> softplus(np.array([0.0, 1000.0])).round(4)
    array([6.931e-01, 1.000e+03])
    """
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def _in_double(function: Callable[[Array], Array], x: Array) -> Array:
    """A function of float64 on an array of any precision, a piece at a time."""
    flat = np.ascontiguousarray(x).reshape(-1)
    y = np.empty_like(flat)
    for start in range(0, flat.size, 1 << 15):
        piece = slice(start, start + (1 << 15))
        y[piece] = function(flat[piece].astype(np.float64))
    return y.reshape(x.shape)


def _relu_derivative(x: Array) -> Array:
    """0 at 0, as Keras and PyTorch have it."""
    return np.where(np.isnan(x), x, x > 0).astype(x.dtype)


def _leaky_relu_derivative(x: Array) -> Array:
    return np.where(np.isnan(x), x, np.where(x > 0, 1, NEGATIVE_SLOPE)).astype(x.dtype)


#: Every activation by the name it has on the command line.
ACTIVATIONS: dict[str, Activation] = {
    one.name: one
    for one in (
        Activation("linear", "x", linear, "1", np.ones_like),
        Activation("relu", "max(0, x)", relu, "1 if x > 0 else 0", _relu_derivative),
        Activation(
            "leaky-relu",
            f"x if x > 0 else {NEGATIVE_SLOPE}·x",
            leaky_relu,
            f"1 if x > 0 else {NEGATIVE_SLOPE}",
            _leaky_relu_derivative,
        ),
        Activation("sigmoid", "1 / (1 + exp(-x))", sigmoid, "f(x)·(1 - f(x))", sigmoid_derivative),
        Activation("tanh", "(exp(x) - exp(-x)) / (exp(x) + exp(-x))", np.tanh, "1 - f(x)²", tanh_derivative),
        Activation("elu", "x if x > 0 else exp(x) - 1", elu, "1 if x > 0 else exp(x)", elu_derivative),
        Activation("gelu", "x·P(x)", gelu, "P(x) + x·p(x)", gelu_derivative),
        Activation(
            "silu",
            "x / (1 + exp(-x))",
            silu,
            "f(x) + (1 - f(x)) / (1 + exp(-x))",
            silu_derivative,
        ),
        Activation("softplus", "log(1 + exp(x))", softplus, "1 / (1 + exp(-x))", sigmoid),
    )
}
