"""Reshaping: the numbers keep their order, the places they are called by change."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from dlcli.engines.base.checks import EngineError, possible
from dlcli.engines.tensors.flatten import flat_index, place_of, strides

FAR = 10_000  # how far from the length that was asked for one that divides is looked for


def resolved_shape(asked: Sequence[int], shape: Sequence[int]) -> tuple[int, ...]:
    """The shape that is meant, a single -1 in it replaced by the length that uses up all numbers.

    >>> resolved_shape((2, -1), (3, 4))
    (2, 6)

    Raises ``EngineError`` when the lengths do not multiply out to the same size, with the -1 that would;
    when there are several -1; for any other negative length; and for a shape that no array can have.

    Source: ``numpy.reshape``, ``tf.reshape``, ``torch.reshape``.
    """
    size = math.prod(shape)
    if any(length < -1 for length in asked):
        raise EngineError(f"a length is 0 or more, or -1 for what is left over; received {written(asked)}")
    if list(asked).count(-1) > 1:
        raise EngineError(f"only one length can be -1, what is left over; received {written(asked)}")
    others = math.prod(length for length in asked if length != -1)
    if -1 not in asked:
        if others == size:
            return possible(asked)
        raise EngineError(
            f"a reshape keeps every number: {_product(shape)}, and {_product(asked)}; {_hint(asked, size)}"
        )
    if others == 0:
        raise EngineError(f"-1 beside a length of 0 could be anything; received {written(asked)}")
    if size % others:
        raise EngineError(
            f"a reshape keeps every number: {_product(shape)}, and -1 would be {size} / {others} = "
            f"{size / others:.4g}, not a whole number; {_hint(asked, size)}"
        )
    return possible([size // others if length == -1 else length for length in asked])


def origin(cell: Sequence[int], after: Sequence[int], before: Sequence[int]) -> tuple[int, ...]:
    """The cell of the shape ``before`` that has become ``cell`` of the shape ``after``: same flat index.

    >>> origin((1, 0), (3, 2), (2, 3))
    (0, 2)
    """
    return place_of(flat_index(cell, after), before)


def surviving(before: Sequence[int], after: Sequence[int]) -> dict[int, int]:
    """Which axes mean after a reshape what they meant before: axis after -> axis before.

    The place on an axis is ``flat // stride % length``; so an axis survives when one of the same length and
    stride is there again. Of length 1 there may be several with one stride: they survive when all do.

    >>> surviving((300, 451, 3), (135300, 3)), surviving((2, 3), (3, 2)), surviving((3, 1), (1, 3))
    ({1: 2}, {}, {1: 0})
    """
    if 0 in before or 0 in after:
        return {axis: axis for axis in range(len(after))} if tuple(before) == tuple(after) else {}
    keys = [list(zip(shape, strides(shape), strict=True)) for shape in (before, after)]
    counts = [Counter(key) for key in keys]
    found = {}
    for axis, key in enumerate(keys[1]):
        if counts[0][key] == counts[1][key]:
            earlier = keys[1][:axis].count(key)
            found[axis] = [place for place, other in enumerate(keys[0]) if other == key][earlier]
    return found


def written(shape: Sequence[int]) -> str:
    """A shape as it is typed.

    >>> written((2, 6)), written(())
    ('2,6', '()')
    """
    return ",".join(map(str, shape)) or "()"


def _product(shape: Sequence[int]) -> str:
    size = math.prod(shape)
    return f"{' × '.join(map(str, shape))} = {size}" if len(shape) > 1 else f"{written(shape)} is {size}"


def _hint(asked: Sequence[int], size: int) -> str:
    """The nearest shape that works: one of its lengths left open, or everything in one row."""
    for axis in reversed(range(len(asked))):
        before, behind = asked[:axis], asked[axis + 1 :]
        others = math.prod([*before, *behind])
        if -1 not in asked and others and size % others == 0:
            meant = written([*before, size // others, *behind])
            return f"try {written([*before, -1, *behind])}, which gives {meant}"
    if len(asked) == 2 and -1 in asked and size:
        wanted = min(size, max(asked))
        for distance in range(min(wanted, FAR)):
            for near in (wanted - distance, wanted + distance):
                if size % near == 0:
                    open_ = [-1 if length == -1 else near for length in asked]
                    return f"try {written(open_)}"
    return "try -1, which gives all of them in one row"
