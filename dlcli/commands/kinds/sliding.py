"""What a sliding window does to the meaning of an axis."""

from __future__ import annotations

from dataclasses import replace

from dlcli.engines.base.padding import Geometry
from dlcli.tensor import Axis


def slid(axis: Axis, where: Geometry, direction: int) -> Axis:
    """The axis of the output along rows (0) or columns (1): each position stands for its window's centre.

    Labels stay when the output has one cell for each input cell, in its place, and go otherwise.

    >>> from dlcli.engines.base.padding import geometry
    >>> slid(Axis("time", start=0.0, step=0.5, unit="s"), geometry((8, 8), (3, 3), stride=2), 0)
    Axis(name='time', labels=None, start=0.5, step=1.0, unit='s')
    """
    stride = where.stride[direction]
    in_place = stride == 1 and where.in_size[direction] == where.out_size[direction]
    if axis.labels is not None:
        return axis if in_place else replace(axis, labels=None)
    if not axis.numeric or in_place:
        return axis
    centre = (where.span[direction] - 1) / 2 - where.pads[direction][0]
    assert axis.step is not None
    return replace(axis, start=axis.value(centre), step=axis.step * stride)
