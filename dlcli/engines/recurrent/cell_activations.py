"""Activations whose derivative can be told from their value: backward needs no more than the states."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.tensors.activations import SELU_ALPHA, SELU_SCALE, Activation, activation

#: dy/dx as a function of y and of the number behind the name, where it has one. GELU and SiLU have none: they
#: take most of their negative values twice.
SLOPES: dict[str, Callable[[Array, float], Array]] = {
    "tanh": lambda y, _: (1 - y) * (1 + y),
    "sigmoid": lambda y, _: y * (1 - y),
    "linear": lambda y, _: np.ones_like(y),
    "relu": lambda y, _: np.where(y > 0, 1, 0).astype(y.dtype),
    "leaky-relu": lambda y, alpha: np.where(y > 0, 1, alpha).astype(y.dtype),
    "elu": lambda y, alpha: np.where(y > 0, 1, y + alpha).astype(y.dtype),
    "softplus": lambda y, _: -np.expm1(-y),
    "selu": lambda y, _: np.where(y > 0, SELU_SCALE, y + SELU_SCALE * SELU_ALPHA).astype(y.dtype),
    "hard-sigmoid": lambda y, alpha: np.where((y > 0) & (y < 1), alpha, 0).astype(y.dtype),
    "hard-tanh": lambda y, _: np.where(np.abs(y) < 1, 1, 0).astype(y.dtype),
}

#: What opens and shuts a gate in the formulas: σ, or another by its name.
SIGMOID = "sigmoid"


@cache
def cell_activation(name: str) -> Activation:
    """The activation of that name, a number behind a colon where it has one.

    >>> cell_activation("leaky-relu:0.3").function(np.array([-1.0, 2.0]))
    array([-0.3,  2. ])

    Raises ``EngineError`` for a kind that is not in ``SLOPES``, and for a number that is none or below 0: of
    such a function a value does not tell its slope.
    """
    kind = name.partition(":")[0]
    if kind not in SLOPES:
        raise EngineError(f"a cell has no activation '{name}'; try one of {', '.join(SLOPES)}")
    found = activation(name)
    if found.alpha is not None and found.alpha < 0:
        raise EngineError(f"a cell's {kind} has a number from 0 on; received '{name}'")
    return found


def is_cell_activation(name: object) -> bool:
    """Whether a cell can have an activation of that name.

    >>> [is_cell_activation(name) for name in ("elu:2", "elu:x", "gelu", 3)]
    [True, False, False, False]
    """
    try:
        return isinstance(name, str) and bool(cell_activation(name))
    except EngineError:
        return False


def activate(name: str, x: Array) -> Array:
    """The activation of that name.

    >>> activate("relu", np.array([-1.0, 2.0]))
    array([0., 2.])

    Raises ``EngineError`` as ``cell_activation`` does.
    """
    return cell_activation(name).function(x)


def slope(name: str, y: Array) -> Array:
    """The derivative of that activation where its value is ``y``.

    >>> slope("tanh", np.array([0.0, 0.5])), slope("elu:2", np.array([-0.5, 3.0]))
    (array([1.  , 0.75]), array([1.5, 1. ]))
    """
    found = cell_activation(name)
    return SLOPES[found.kind](y, found.alpha or 0.0)
