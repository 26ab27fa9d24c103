"""What a sliding window does to the meaning of an axis."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dlcli.engines.base.padding import Geometry
from dlcli.engines.convolution.transposed import Stamps
from dlcli.tensor import Array, Axis
from dlcli.words.axes import hertz_of


def slid(axis: Axis, where: Geometry, direction: int) -> Axis:
    """The axis of the output along rows (0) or columns (1): each position stands for its window's centre.

    Labels stay when the output has one cell for each input cell, in its place, and go otherwise; but those of
    mels are numbers: a centre between two of them has the hertz between theirs. Where padding puts a centre
    beyond the ends, these go, too.

    >>> from dlcli.engines.base.padding import geometry
    >>> slid(Axis("time", start=0.0, step=0.5, unit="s"), geometry((8, 8), (3, 3), stride=2), 0)
    Axis(name='time', labels=None, start=0.5, step=1.0, unit='s')
    >>> slid(Axis("mel", ("74 Hz", "147 Hz", "221 Hz")), geometry((3, 3), (2, 2)), 0).labels
    ('110.5 Hz', '184 Hz')
    """
    stride = where.stride[direction]
    in_place = stride == 1 and where.in_size[direction] == where.out_size[direction]
    if in_place:
        return axis
    centre = (where.span[direction] - 1) / 2 - where.pads[direction][0]
    if axis.labels is not None:
        centres = centre + stride * np.arange(where.out_size[direction])
        return replace(axis, labels=_between(axis, centres))
    if not axis.numeric:
        return axis
    return placed(axis, centre, stride)


def placed(axis: Axis, first: float, step: float) -> Axis:
    """The axis whose cell 0 stands at place ``first`` of another one and the next ``step`` further; no
    labels.

    >>> placed(Axis("time", start=0.0, step=0.5, unit="s"), -0.25, 0.5)
    Axis(name='time', labels=None, start=-0.125, step=0.25, unit='s')
    >>> placed(Axis("width", ("a", "b")), 0, 0.5)
    Axis(name='width', labels=None, start=None, step=None, unit='')
    """
    if axis.step is None:
        return replace(axis, labels=None)
    return replace(axis, start=axis.value(first), step=axis.step * step)


def _between(axis: Axis, centres: Array) -> tuple[str, ...] | None:
    hertz = hertz_of(axis)
    if hertz is None or not len(centres) or centres[0] < 0 or centres[-1] > len(hertz) - 1:
        return None
    return tuple(f"{value:.10g} Hz" for value in np.interp(centres, np.arange(len(hertz)), hertz))


def mixed(where: Geometry | Stamps) -> list[int]:
    """The directions, rows (0) and columns (1), in which cells are mixed with others, moved or left out.

    >>> from dlcli.engines.base.padding import geometry
    >>> mixed(geometry((8, 8), (3, 1))), mixed(geometry((8, 8), (1, 1)))
    ([0], [])
    """
    return [
        place
        for place in (0, 1)
        if where.kernel[place] > 1 or where.stride[place] > 1 or where.in_size[place] != where.out_size[place]
    ]
