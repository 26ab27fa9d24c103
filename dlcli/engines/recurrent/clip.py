"""Clipping: gradients that are too long become shorter, all by one factor: they point where they did."""

from __future__ import annotations

import math
from collections.abc import Mapping

from dlcli.engines.base.checks import Array, EngineError


def global_norm(gradients: Mapping[str, Array]) -> float:
    """√ of the sum of the squares of all numbers of all arrays.

    >>> import numpy as np
    >>> global_norm({"kernel": np.array([3.0]), "bias": np.array([4.0])})
    5.0
    """
    return math.sqrt(sum(float((array.astype(float) ** 2).sum()) for array in gradients.values()))


def clip_by_norm(gradients: Mapping[str, Array], most: float) -> dict[str, Array]:
    """The gradients times min(1, most / norm), the norm being that of all of them together.

    >>> import numpy as np
    >>> clip_by_norm({"kernel": np.array([3.0]), "bias": np.array([4.0])}, 1.0)
    {'kernel': array([0.6]), 'bias': array([0.8])}

    Raises ``EngineError`` unless ``most`` is above 0. Source: Pascanu, Mikolov and Bengio, On the difficulty
    of training recurrent neural networks, 2013.
    """
    if not most > 0:
        raise EngineError(f"a gradient is clipped to a norm above 0; received {most}")
    norm = global_norm(gradients)
    factor = min(1.0, most / norm) if norm else 1.0
    return {name: (array * array.dtype.type(factor)) for name, array in gradients.items()}
