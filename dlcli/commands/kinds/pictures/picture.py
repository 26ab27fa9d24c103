"""A tensor as a picture: which axis is its height, its width, its channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dlcli.engines.base.checks import compute_dtype
from dlcli.errors import DlcliError, printable
from dlcli.runner.result import Run
from dlcli.tensor import Array, Tensor, default_axes
from dlcli.words.axes import CHANNELS_LAST, PICTURE, SEVERAL, channels_first, picture_order, reordered

#: Red, green and blue to one gray: ITU-R BT.601, as Pillow and OpenCV do.
LUMA = {"red": 0.299, "green": 0.587, "blue": 0.114}


#: What the tensor of a picture's file is called.
IMAGE = "image"


def gray_of(data: Array, names: Sequence[str]) -> Array:
    """Channels (..., channel) of these names as one gray (...): the brightness of colours, else their mean.

    >>> gray_of(np.array([[10, 20, 60]], np.uint8), ("red", "green", "blue"))
    array([21.57], dtype=float32)
    """
    dtype = compute_dtype(data, data)
    if set(names) == set(LUMA):
        mix = np.array([LUMA[name] for name in names], dtype)
    else:
        mix = np.full(len(names), 1 / len(names), dtype)
    gray: Array = data.astype(dtype, copy=False) @ mix
    return gray


def picture_of(x: Tensor, run: Run, command: str) -> Tensor:
    """The input as (height, width[, channel]), its axes put in this order where their names tell.

    That they were, and that axes without names may stand in another order, is said on standard error. Three
    axes without names get these.
    Raises ``DlcliError`` for what has other axes, is empty, or has names that contradict each other.
    """
    if x.data.ndim not in (2, 3) or 0 in x.shape:
        batch = x.data.ndim == 4 and 0 not in x.shape and x.axis_names[0] not in PICTURE
        raise DlcliError(
            f"{command} wants a picture or a matrix: 2 or 3 axes (height, width[, channel]), none of them "
            f"empty; received {x.describe()}" + "; try dlcli tensor --index 0, the first of a batch" * batch
        )
    told_channels_first(x, run)
    if x.data.ndim == 3 and x.axes == default_axes(3):
        return replace(x, axes=CHANNELS_LAST)
    return ordered(x, run, command)


def ordered(x: Tensor, run: Run, what: str) -> Tensor:
    """A tensor of two or three axes, put in the order (height, width[, channel]) by their names."""
    order = picture_order(x.axis_names)
    if order is None:
        raise DlcliError(
            f"{what} wants (height, width, channel), and the names of the axes do not tell which is which; "
            f"received {x.describe()}; try dlcli tensor --transpose or --index first"
        )
    turned = reordered(x, order)
    if turned is not x:
        run.warn(
            f"the axes ({_listed(x)}) are taken by their names as ({_listed(turned)}); without names they "
            "would be taken in the order in which they stand"
        )
    return turned


def told_channels_first(
    x: Tensor,
    run: Run,
    who: str = "conv, pool and the like take",
    instead: str = "put them last: dlcli tensor INPUT --transpose 1,2,0",
) -> None:
    """Say so where an array without names is likely to have its channels first, as in PyTorch.

    ``who`` takes the last axis for the channels, and ``instead`` is what to do about it.
    """
    if channels_first(x):
        first, rows, columns = x.shape
        run.warn(
            f"{printable(x.name)} of shape ({first}, {rows}, {columns}) has no names: {who} its last axis "
            f"for {columns} channels; if the channels come first, {first} of {rows} x {columns}, {instead}"
        )


def check_window(x: Tensor, spans: Sequence[int], instead: str) -> None:
    """Raise ``DlcliError`` where a window is wider than 1 along an axis that counts channels.

    ``instead`` says what window is not, with ``N`` for its length along the other axis.
    """
    for place, span in enumerate(spans):
        axis = x.axes[place]
        if axis.name in SEVERAL and span > 1:
            many = f"{span} {axis.name}{'e' * axis.name.endswith('ch')}s"
            raise DlcliError(
                f"{x.describe()} has no height and width: a window of {span} along {axis.name} would mix "
                f"{many}, which are no neighbours; try {instead}, or keep the picture's axes, as dlcli "
                "tensor --index 0:1 does"
            )


def _listed(x: Tensor) -> str:
    return printable(", ".join(x.axis_names))


def white_of(x: Tensor, *, deep: bool = False) -> int:
    """The number that stands for white in a picture of whole numbers: 65535 in one of 16 bits, else 255.

    A picture's file of 16 bits is known by its name; of other numbers of 16 bits the largest decides, unless
    they are known to be ``deep``.

    >>> dark = Tensor(np.full((2, 2), 255, np.uint16))
    >>> white_of(dark), white_of(dark, deep=True)
    (255, 65535)
    """
    from dlcli.wire.datasets.dataset import DEEP, WHITE

    if x.data.dtype != np.uint16:
        return WHITE
    return DEEP if deep or x.name == IMAGE or int(x.data.max(initial=0)) > WHITE else WHITE
