"""Basic indexing: one place, every place or some places of each axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import EllipsisType

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, possible

#: One part of an index: a place, places in steps, all axes that are not named (...), or a new axis (None).
Item = int | slice | EllipsisType | None


@dataclass(frozen=True)
class Pick:
    """What an index takes of one axis: ``length`` places from ``start`` in steps of ``step``.

    ``axis`` is that of the tensor, None for a new axis of length 1. ``length`` is None for a single place:
    its axis goes.
    """

    axis: int | None
    start: int = 0
    step: int = 1
    length: int | None = 1

    @property
    def places(self) -> range:
        """The places on the tensor's axis."""
        return range(self.start, self.start + (self.length or 0) * self.step, self.step)


def picks(items: Sequence[Item], shape: Sequence[int], names: Sequence[str] = ()) -> tuple[Pick, ...]:
    """What a basic index takes of each axis of a tensor of this shape.

    Axes after those that are named are taken whole, as is every axis that ``...`` stands for. ``names`` are
    for messages.

    >>> picks((-1, slice(None, None, 2)), (3, 5))
    (Pick(axis=0, start=2, step=1, length=None), Pick(axis=1, start=0, step=2, length=3))

    Raises ``EngineError`` for more indices than axes, more than one ``...``, a place outside an axis, and a
    step of 0; and for more axes than an array has.

    Source: NumPy's basic indexing, which TensorFlow and PyTorch share (they have no negative steps).
    """
    found, axis = [], 0
    for item in expanded(items, len(shape), names):
        if item is None:
            found.append(Pick(None))
            continue
        name = names[axis] if names else str(axis)
        found.append(_pick(item, axis, shape[axis], name))
        axis += 1
    possible([pick.length for pick in found if pick.length is not None])
    return tuple(found)


def expanded(
    items: Sequence[Item | str], rank: int, names: Sequence[str] = ()
) -> list[int | slice | str | None]:
    """The index with one item for each axis: ``...`` written out, whole axes added at the end.

    >>> expanded((..., 1), 3)
    [slice(None, None, None), slice(None, None, None), 1]

    Raises ``EngineError`` for more indices than axes and for more than one ``...``.
    """
    named = sum(item is not None and item is not ... for item in items)
    if named > rank:
        told = f" ({', '.join(names)})" if names else ""
        raise EngineError(
            f"{named} ind{'ex' if named == 1 else 'ices'} for {rank} ax{'is' if rank == 1 else 'es'}{told}; "
            "give one for each axis, or fewer"
        )
    if sum(item is ... for item in items) > 1:
        raise EngineError("an index can have one ... only: it stands for all axes that are not named")
    out: list[int | slice | str | None] = []
    for item in items if ... in items else [*items, ...]:
        out += [slice(None)] * (rank - named) if item is ... else [item]
    return out


def select(x: Array, taken: Sequence[Pick]) -> Array:
    """The part of a tensor that these picks take; a view, nothing is copied.

    >>> x = np.arange(15).reshape(3, 5)
    >>> select(x, picks((-1, slice(None, None, 2)), x.shape))
    array([10, 12, 14])
    """
    parts = tuple(
        np.newaxis if pick.axis is None else pick.start if pick.length is None else _as_slice(pick.places)
        for pick in taken
    )
    return np.asarray(x[parts])


def origin(cell: Sequence[int], taken: Sequence[Pick]) -> tuple[int, ...]:
    """The cell of the tensor that has become ``cell`` of the part: ``start + index · step`` on each axis.

    >>> origin((1,), picks((-1, slice(None, None, 2)), (3, 5)))
    (2, 2)
    """
    indices = iter(cell)
    place = []
    for pick in taken:
        index = 0 if pick.length is None else next(indices)
        if pick.axis is not None:
            place.append(pick.start + index * pick.step)
    return tuple(place)


def _pick(item: int | slice | str, axis: int, length: int, name: str) -> Pick:
    if isinstance(item, slice):
        if item.step == 0:
            raise EngineError(f"a step of 0 never moves on axis {name}; leave it out, or give 1, 2, -1")
        places = range(length)[item]
        return Pick(axis, places.start, places.step, len(places))
    if isinstance(item, str):
        raise EngineError(f"axis {name} is indexed by whole numbers; received {item!r}")
    if not -length <= item < length:
        fits = f"0 to {length - 1}, or -{length} to -1 from the end" if length else "no place at all"
        raise EngineError(f"index {item} is outside axis {name}, which has length {length}: {fits}")
    return Pick(axis, item % length, 1, None)


def _as_slice(places: range) -> slice:
    """The slice that takes these places of an axis."""
    end: int | None = places.stop
    if places.step < 0 and places.stop < 0:
        end = None  # a negative end would count from the end of the axis
    return slice(places.start, end, places.step) if len(places) else slice(0, 0)
