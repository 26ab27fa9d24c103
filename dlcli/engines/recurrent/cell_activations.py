"""Activations whose derivative can be told from their value: backward needs no more than the states."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.tensors.activations import ACTIVATIONS, HARD_SLOPE, NEGATIVE_SLOPE, SELU_ALPHA, SELU_SCALE

#: dy/dx as a function of y. GELU and SiLU have none: they take most of their negative values
#: twice.
SLOPES: dict[str, Callable[[Array], Array]] = {
    "tanh": lambda y: (1 - y) * (1 + y),
    "sigmoid": lambda y: y * (1 - y),
    "linear": np.ones_like,
    "relu": lambda y: np.where(y > 0, 1, 0).astype(y.dtype),
    "leaky-relu": lambda y: np.where(y > 0, 1, NEGATIVE_SLOPE).astype(y.dtype),
    "elu": lambda y: np.where(y > 0, 1, y + 1),
    "softplus": lambda y: -np.expm1(-y),
    "selu": lambda y: np.where(y > 0, SELU_SCALE, y + SELU_SCALE * SELU_ALPHA).astype(y.dtype),
    "hard-sigmoid": lambda y: np.where((y > 0) & (y < 1), HARD_SLOPE, 0).astype(y.dtype),
    "hard-tanh": lambda y: np.where(np.abs(y) < 1, 1, 0).astype(y.dtype),
}

#: What opens and shuts a gate in the formulas: σ, or another by its name.
SIGMOID = "sigmoid"


def activate(name: str, x: Array) -> Array:
    """The activation of that name.

    >>> activate("relu", np.array([-1.0, 2.0]))
    array([0., 2.])

    Raises ``EngineError`` for a name that is not in ``SLOPES``.
    """
    if name not in SLOPES:
        raise EngineError(f"a cell has no activation '{name}'; try one of {', '.join(SLOPES)}")
    return ACTIVATIONS[name].function(x)


def slope(name: str, y: Array) -> Array:
    """The derivative of that activation where its value is ``y``.

    >>> slope("tanh", np.array([0.0, 0.5]))
    array([1.  , 0.75])
    """
    return SLOPES[name](y)
