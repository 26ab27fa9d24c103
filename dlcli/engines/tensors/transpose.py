"""Transposing: the axes change their order, and every number keeps its place on each of them."""

from __future__ import annotations

from collections.abc import Sequence

from dlcli.engines.base.checks import Array, EngineError


def transpose(x: Array, order: Sequence[int]) -> Array:
    """The tensor with its axes in another order: axis k of the result is axis ``order[k]`` of ``x``.

    ``y[cell]`` is ``x[origin(cell, order)]``. No number is moved: only the strides change places.

    >>> import numpy as np
    >>> transpose(np.array([[1, 2, 3], [4, 5, 6]]), (1, 0)).tolist()
    [[1, 4], [2, 5], [3, 6]]

    Raises ``EngineError`` when the order does not name every axis once.

    Source: ``numpy.transpose``, ``tf.transpose``, ``torch.permute``.
    """
    if sorted(order) != list(range(x.ndim)):
        raise EngineError(
            f"a transpose names each of the {x.ndim} axes once; received {','.join(map(str, order))}"
        )
    return x.transpose(tuple(order))


def origin(cell: Sequence[int], order: Sequence[int]) -> tuple[int, ...]:
    """The cell that has become ``cell``.

    >>> origin((0, 1, 2), (2, 0, 1))
    (1, 2, 0)
    """
    place = [0] * len(order)
    for axis, index in zip(order, cell, strict=True):
        place[axis] = index
    return tuple(place)
