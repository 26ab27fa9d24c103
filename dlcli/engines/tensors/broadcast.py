"""Broadcasting: tensors of different shapes meet, axis by axis from the last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement, zip_longest

from dlcli.engines.base.checks import EngineError, possible

EQUAL, STRETCHED, MISSING, MISFIT = "equal", "stretched", "missing", "misfit"

MOST_ONES = 2


@dataclass(frozen=True)
class AxisRule:
    """What becomes of one axis, counted from the last: ``axis`` is -1, -2, …

    ``left`` and ``right`` are the lengths that meet, None where a tensor has no such axis; ``result`` is the
    length they give, None when they give none. ``rule`` is ``equal``, ``stretched`` (a length of 1 is
    repeated), ``missing`` (no axis counts as a length of 1) or ``misfit``; ``repeated`` says whose number is
    repeated: ``left``, ``right`` or nobody's.
    """

    axis: int
    left: int | None
    right: int | None
    result: int | None
    rule: str
    repeated: str = ""


def broadcast_rule(left: Sequence[int], right: Sequence[int]) -> tuple[AxisRule, ...]:
    """How two shapes meet, the last axis first.

    >>> [(r.axis, r.left, r.right, r.result, r.rule) for r in broadcast_rule((2, 1), (4, 3, 5))]
    [(-1, 1, 5, 5, 'stretched'), (-2, 2, 3, None, 'misfit'), (-3, None, 4, 4, 'missing')]

    Source: NumPy's "General broadcasting rules"; TensorFlow and PyTorch follow the same.
    """
    pairs = zip_longest(reversed(left), reversed(right))
    return tuple(_met(-1 - place, a, b) for place, (a, b) in enumerate(pairs))


def broadcast_shape(left: Sequence[int], right: Sequence[int]) -> tuple[int, ...]:
    """The common shape of two shapes.

    >>> broadcast_shape((3, 1), (4,))
    (3, 4)

    Raises ``EngineError`` that names the axes on which they do not fit, and for a shape that no array can
    have.
    """
    rules = broadcast_rule(left, right)
    misfits = [rule for rule in rules if rule.rule == MISFIT]
    if misfits:
        told = ", ".join(f"axis {rule.axis}: {rule.left} against {rule.right}" for rule in misfits)
        raise EngineError(f"{told}: they must be equal or one of them 1")
    return possible([rule.result for rule in reversed(rules) if rule.result is not None])


def origin(cell: Sequence[int], shape: Sequence[int]) -> tuple[int, ...]:
    """The cell of a tensor of this shape that stands in ``cell`` of the common shape.

    An axis that the tensor lacks is left out, and on one of length 1 every index is 0.

    >>> origin((2, 3), (3, 1)), origin((2, 3), (4,))
    ((2, 0), (3,))
    """
    own = cell[len(cell) - len(shape) :]
    return tuple(0 if length == 1 else index for index, length in zip(own, shape, strict=True))


def with_ones(left: Sequence[int], right: Sequence[int]) -> tuple[int, ...] | None:
    """The shape ``left`` with the fewest lengths of 1 put in, as far back as possible, so that both fit.

    None when not even ``MOST_ONES`` of them help, or none is needed.

    >>> with_ones((3,), (4,)), with_ones((2, 3), (2, 4)), with_ones((2, 3), (5, 3))
    ((3, 1), (2, 3, 1, 1), (2, 1, 3))
    """
    if all(rule.rule != MISFIT for rule in broadcast_rule(left, right)):
        return None
    for count in range(1, MOST_ONES + 1):
        for gaps in combinations_with_replacement(range(len(left), 0, -1), count):
            shape = list(left)
            for gap in gaps:  # from the back, so that the gaps before keep their places
                shape.insert(gap, 1)
            if all(rule.rule != MISFIT for rule in broadcast_rule(shape, right)):
                return tuple(shape)
    return None


def _met(axis: int, left: int | None, right: int | None) -> AxisRule:
    if left == right:
        return AxisRule(axis, left, right, left, EQUAL)
    for rule, short in ((MISSING, None), (STRETCHED, 1)):
        if short in (left, right):
            own, repeated = (right, "left") if left == short else (left, "right")
            return AxisRule(axis, left, right, own, rule, repeated)
    return AxisRule(axis, left, right, None, MISFIT)
