"""Activation functions, each with its derivative and its formula side by side.

All take an array of floats of any shape and give one of the same shape and dtype; no finite input overflows,
and NaN stays NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.tensors.erf import density, normal

#: What a leaky ReLU leaves of negative values: Maas, Hannun and Ng, 2013, and PyTorch.
NEGATIVE_SLOPE = 0.01


#: What a parametric ReLU begins with: He, Zhang, Ren and Sun, 2015, and PyTorch. Keras begins with 0.
LEARNT_SLOPE = 0.25

#: SELU's scale and alpha, with which means of 0 and variances of 1 stay what they are.
SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772

#: The slope of a hard sigmoid: PyTorch's and that of Keras 3. Keras 2 and ONNX have 0.2.
HARD_SLOPE = 1 / 6

#: The largest number behind the colon of a name.
LARGEST = 100


@dataclass(frozen=True, slots=True)
class Activation:
    """One activation: y = ``function`` (x), dy/dx = ``derivative`` (x), and their formulas for a person.

    ``kind`` is its name without the number ``alpha``, where it has one.
    """

    name: str
    formula: str
    function: Callable[[Array], Array]
    derivative_formula: str
    derivative: Callable[[Array], Array]
    alpha: float | None = None

    @property
    def kind(self) -> str:
        """The name without a number."""
        return self.name.partition(":")[0]


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


def leaky_relu(x: Array, slope: float = NEGATIVE_SLOPE) -> Array:
    """y = x where x > 0, else slope x.

    >>> leaky_relu(np.array([-2.0, 3.0]))
    array([-0.02,  3.  ])

    Source: Maas, Hannun and Ng, Rectifier nonlinearities improve neural network acoustic models, 2013; with a
    slope that is learnt He, Zhang, Ren and Sun, Delving deep into rectifiers, 2015.
    """
    if slope == 0:
        return relu(x)
    with np.errstate(over="ignore"):
        below = x * x.dtype.type(slope)
    return np.maximum(x, below) if slope <= 1 else np.minimum(x, below)  # no branch: signs come in no order


def leaky_relu_derivative(x: Array, slope: float = NEGATIVE_SLOPE) -> Array:
    """y' = 1 where x > 0, else slope.

    >>> leaky_relu_derivative(np.array([-2.0, 0.0, 3.0]), 0.3)
    array([0.3, 0.3, 1. ])
    """
    return np.where(np.isnan(x), x, np.where(x > 0, 1, slope)).astype(x.dtype)


def hard_sigmoid(x: Array, slope: float = HARD_SLOPE) -> Array:
    """y = slope x + 1/2, but no less than 0 and no more than 1.

    >>> hard_sigmoid(np.array([-4.0, 0.0, 1.5]))
    array([0.  , 0.5 , 0.75])

    Source: Courbariaux, Bengio and David, BinaryConnect, 2015; the slope is that of Howard et al., Searching
    for MobileNetV3, 2019.
    """
    with np.errstate(over="ignore"):
        y: Array = np.clip(x * x.dtype.type(slope) + x.dtype.type(0.5), 0, 1)
    return y


def hard_sigmoid_derivative(x: Array, slope: float = HARD_SLOPE) -> Array:
    """y' = slope between the two bends, else 0.

    >>> hard_sigmoid_derivative(np.array([-3.0, 0.0, 2.9])).round(4)
    array([0.    , 0.1667, 0.1667])
    """
    return np.where(np.isnan(x), x, np.where(np.abs(x) < 0.5 / slope, slope, 0)).astype(x.dtype)


def hard_tanh(x: Array) -> Array:
    """y = x, but no less than -1 and no more than 1.

    >>> hard_tanh(np.array([-4.0, 0.5, 1.5]))
    array([-1. ,  0.5,  1. ])

    Source: Collobert, Large scale machine learning, dissertation, Paris, 2004.
    """
    y: Array = np.clip(x, -1, 1)
    return y


def hard_tanh_derivative(x: Array) -> Array:
    """y' = 1 between -1 and 1, else 0: 0 at both ends, too.

    >>> hard_tanh_derivative(np.array([-1.0, 0.5, 1.5]))
    array([0., 1., 0.])
    """
    return np.where(np.isnan(x), x, np.abs(x) < 1).astype(x.dtype)


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


def elu(x: Array, alpha: float = 1.0) -> Array:
    """y = x where x > 0, else alpha (exp(x) - 1).

    >>> elu(np.array([-1.0, 3.0])).round(4)
    array([-0.6321,  3.    ])

    Source: Clevert, Unterthiner and Hochreiter, Fast and accurate deep network learning by ELUs, 2016.
    """
    return np.where(x > 0, x, x.dtype.type(alpha) * np.expm1(np.minimum(x, 0)))


def elu_derivative(x: Array, alpha: float = 1.0) -> Array:
    """y' = 1 where x > 0, else alpha exp(x).

    >>> elu_derivative(np.array([-1.0, 3.0])).round(4)
    array([0.3679, 1.    ])
    """
    if alpha == 1:
        return np.exp(np.minimum(x, 0))
    return np.where(x > 0, x.dtype.type(1), x.dtype.type(alpha) * np.exp(np.minimum(x, 0)))


def selu(x: Array) -> Array:
    """y = s x where x > 0, else s alpha (exp(x) - 1).

    >>> selu(np.array([-1.0, 1.0])).round(4)
    array([-1.1113,  1.0507])

    Source: Klambauer, Unterthiner, Mayr and Hochreiter, Self-normalizing neural networks, 2017.
    """
    with np.errstate(over="ignore"):
        y: Array = x.dtype.type(SELU_SCALE) * elu(x, SELU_ALPHA)
    return y


def selu_derivative(x: Array) -> Array:
    """y' = s where x > 0, else s alpha exp(x).

    >>> selu_derivative(np.array([-1.0, 1.0])).round(4)
    array([0.6468, 1.0507])
    """
    y: Array = x.dtype.type(SELU_SCALE) * elu_derivative(x, SELU_ALPHA)
    return y


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


def _leaky(kind: str, slope: float) -> Activation:
    told = _told(slope)
    return Activation(
        kind,
        f"x if x > 0 else {told}·x",
        partial(leaky_relu, slope=slope),
        f"1 if x > 0 else {told.strip('()')}",
        partial(leaky_relu_derivative, slope=slope),
        slope,
    )


def _elu(kind: str, alpha: float) -> Activation:
    plain = alpha == 1
    return Activation(
        kind,
        "x if x > 0 else exp(x) - 1" if plain else f"x if x > 0 else {_told(alpha)}·(exp(x) - 1)",
        partial(elu, alpha=alpha),
        "1 if x > 0 else exp(x)" if plain else f"1 if x > 0 else {_told(alpha)}·exp(x)",
        partial(elu_derivative, alpha=alpha),
        alpha,
    )


def _hard_sigmoid(kind: str, slope: float) -> Activation:
    usual = slope == HARD_SLOPE
    told, end = _told(slope), _told(0.5 / slope)
    return Activation(
        kind,
        "max(0, min(1, x/6 + 1/2))" if usual else f"max(0, min(1, {told}·x + 1/2))",
        partial(hard_sigmoid, slope=slope),
        "1/6 if -3 < x < 3 else 0" if usual else f"{told} if -{end} < x < {end} else 0",
        partial(hard_sigmoid_derivative, slope=slope),
        slope,
    )


def _told(value: float) -> str:
    """A number as it is typed, every digit of it, brackets around one below 0."""
    text = f"{value:.17g}" if float(f"{value:.15g}") != value else f"{value:.15g}"
    return f"({text})" if value < 0 else text


#: Functions with a number behind their name: how they are made of it, its usual value and the least.
PARAMETRIC: dict[str, tuple[Callable[[str, float], Activation], float, float]] = {
    "leaky-relu": (_leaky, NEGATIVE_SLOPE, -LARGEST),
    "prelu": (_leaky, LEARNT_SLOPE, -LARGEST),
    "elu": (_elu, 1.0, 0),
    "hard-sigmoid": (_hard_sigmoid, HARD_SLOPE, 1e-3),
}

_SCALE, _BELOW = f"{SELU_SCALE:.17g}", f"{SELU_SCALE * SELU_ALPHA:.17g}"

#: Every activation by the name it has on the command line, with its usual number where it has one.
ACTIVATIONS: dict[str, Activation] = {
    one.name: one
    for one in (
        Activation("linear", "x", linear, "1", np.ones_like),
        Activation("relu", "max(0, x)", relu, "1 if x > 0 else 0", _relu_derivative),
        _leaky("leaky-relu", NEGATIVE_SLOPE),
        _leaky("prelu", LEARNT_SLOPE),
        Activation("sigmoid", "1 / (1 + exp(-x))", sigmoid, "f(x)·(1 - f(x))", sigmoid_derivative),
        _hard_sigmoid("hard-sigmoid", HARD_SLOPE),
        Activation("tanh", "(exp(x) - exp(-x)) / (exp(x) + exp(-x))", np.tanh, "1 - f(x)²", tanh_derivative),
        Activation(
            "hard-tanh", "max(-1, min(1, x))", hard_tanh, "1 if -1 < x < 1 else 0", hard_tanh_derivative
        ),
        _elu("elu", 1.0),
        Activation(
            "selu",
            f"{_SCALE}·x if x > 0 else {_BELOW}·(exp(x) - 1)",
            selu,
            f"{_SCALE} if x > 0 else {_BELOW}·exp(x)",
            selu_derivative,
        ),
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


def activation(text: str) -> Activation:
    """The activation that ``NAME`` or ``NAME:ALPHA`` stands for; ``PARAMETRIC`` lists those with a number.

    >>> activation("leaky-relu:0.3").function(np.array([-2.0, 3.0]))
    array([-0.6,  3. ])

    Raises ``EngineError`` for a name that is none, and for a number that is none, too large, or not wanted.
    """
    name, colon, word = text.partition(":")
    if name not in ACTIVATIONS:
        raise EngineError(f"there is no activation {name!r}; try one of {', '.join(ACTIVATIONS)}")
    if not colon:
        return ACTIVATIONS[name]
    if name not in PARAMETRIC:
        raise EngineError(f"{name} has no number; received {text!r}; {', '.join(PARAMETRIC)} have one")
    make, usual, least = PARAMETRIC[name]
    try:
        value = float(word)
    except ValueError:
        value = np.nan
    if not least <= value <= LARGEST:
        wanted = f"a number from {least:g} to {LARGEST}"
        raise EngineError(f"ALPHA of {name} is {wanted}; received {word!r}: try {name}:{usual:.3g}")
    return make(text, value)
