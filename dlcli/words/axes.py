"""Axes put where they belong by their names: the colours of a picture last, the time of a sound first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dlcli.tensor import Array, Axis, Tensor, default_axes

#: Axes of a picture, whose cells are square and whose first row is on top.
PICTURE = ("height", "width")

#: The axes of a picture with channels, in Keras' order.
CHANNELS_LAST = tuple(map(Axis, (*PICTURE, "channel")))

#: Axes that count matrices of one kind. What stands side by side along them are no neighbours.
SEVERAL = ("batch", "head", "layer", "gate", "kernel", "channel")

#: Channels of a picture: gray, colours, colours and transparency.
COLOURS = (1, 3, 4)

#: Axes along which places follow each other: none of them counts channels.
PLACES = (*PICTURE, "row", "time", "frame", "frequency", "mel", "token")


def matrices(names: Sequence[str]) -> list[int]:
    """Which of three axes count matrices: those named so, or the one beside height and width.

    >>> matrices(("channel", "height", "width")), matrices(("height", "shot", "width")), matrices("abc")
    ([0], [1], [])
    """
    if len(names) != 3:
        return []
    named = [place for place, name in enumerate(names) if name in SEVERAL]
    beside = [place for place, name in enumerate(names) if name not in PICTURE]
    return named or (beside if len(beside) == 1 else [])


def last(place: int, rank: int = 3) -> tuple[int, ...]:
    """The order that puts one axis last and leaves the others as they stand."""
    return (*(other for other in range(rank) if other != place), place)


def picture_order(names: Sequence[str]) -> tuple[int, ...] | None:
    """The order of two or three axes that makes them (height, width[, channel]), None where names contradict.

    Of three, the one that counts matrices goes last; the others keep their order unless they are width and
    height. Names that say nothing change nothing.

    >>> picture_order(("channel", "height", "width")), picture_order(("head", "query", "key"))
    ((1, 2, 0), (1, 2, 0))
    >>> picture_order(("width", "height")), picture_order(("axis0", "axis1", "width"))
    ((1, 0), None)
    """
    several = matrices(names)
    if len(several) > 1:
        return None
    order = last(several[0]) if several else tuple(range(len(names)))
    if tuple(names[axis] for axis in order[:2]) == PICTURE[::-1]:
        order = (order[1], order[0], *order[2:])
    if len(names) == 3:
        rows, columns, channels = (names[axis] for axis in order)
        if channels in PLACES or rows == "width" or columns == "height":
            return None
    return order


def channels_first(tensor: Tensor) -> bool:
    """Whether an array without names looks like pictures of PyTorch's: (channel, height, width).

    So do 1, 3 or 4 channels of any picture; and of one that is at most twice as wide as high, or as high as
    wide, any number of channels that is clearly less than both: by a fifth. What ``conv`` makes of a picture
    has its channels last, and as a rule fewer of them than rows.

    >>> channels_first(Tensor(np.zeros((3, 8, 9)))), channels_first(Tensor(np.zeros((8, 9, 3))))
    (True, False)
    >>> channels_first(Tensor(np.zeros((16, 20, 30)))), channels_first(Tensor(np.zeros((20, 30, 16))))
    (True, False)
    """
    if tensor.data.ndim != 3 or tensor.axes != default_axes(3):
        return False
    first, (short, long) = tensor.shape[0], sorted(tensor.shape[1:])
    if short <= max(COLOURS):
        return False
    return first in COLOURS or (5 * first <= 4 * short and long <= 2 * short)


def reordered(tensor: Tensor, order: Sequence[int]) -> Tensor:
    """The tensor with its axes, and what they mean, in another order; itself where that is the one it has.

    Its numbers lie in memory in the new order, so that sums round as they do in a tensor that came so.

    >>> reordered(Tensor([[1, 2]]), (1, 0)).describe()
    'tensor (column 2, row 1) int64'
    """
    if list(order) == sorted(order):
        return tensor
    data = np.ascontiguousarray(tensor.data.transpose(order))
    return replace(tensor, data=data, axes=tuple(tensor.axes[i] for i in order))


def hertz_of(axis: Axis) -> Array | None:
    """The frequencies that the labels of an axis of mels stand for, when all of them say so in hertz.

    >>> hertz_of(Axis("mel", ("74 Hz", "147 Hz")))
    array([ 74., 147.])
    """
    if axis.labels is None or axis.name != "mel":
        return None
    try:
        return np.array([float(label.removesuffix(" Hz")) for label in axis.labels])
    except ValueError:
        return None


def by_role(tensor: Tensor, *roles: Sequence[str]) -> Tensor:
    """The tensor with each axis at the place of its role; as it stands, where a name has none of these.

    >>> by_role(Tensor([[1, 2, 3]], (Axis("channel"), Axis("time"))), ("time",), ("channel",)).axis_names
    ('time', 'channel')
    """
    names = tensor.axis_names
    ranks = [rank for name in names for rank, role in enumerate(roles) if name in role]
    if not len(ranks) == len(set(ranks)) == len(names):
        return tensor
    return reordered(tensor, sorted(range(len(names)), key=ranks.__getitem__))
