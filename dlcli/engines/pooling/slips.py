"""Slips of pooling: another number kept of a window, windows in other places, what stands at the edge.

Each takes what the definition takes, a picture of exact numbers, and gives the whole map.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.base.exact import Exact, largest, least
from dlcli.engines.base.slips import slip

#: What is kept of the numbers of a window.
Kept = Callable[[Array], Exact]


def most(numbers: Array) -> Exact:
    """The largest."""
    return largest([*numbers.ravel()])


def mean(numbers: Array) -> Exact:
    """The mean."""
    return numbers.sum() / numbers.size


def pooled(x: Array, size: int, stride: int, kept: Kept = most, *, cut: bool = False) -> Array:
    """The map of what is kept of each window; with ``cut`` also of windows that reach beyond the picture.

    Parameters
    ----------
    x : (height, width) or (height, width, channels)
        Each channel is pooled by itself.

    >>> pooled(np.array([[1, 2, 5], [3, 4, 6]], object), 2, 2).tolist()
    [[4]]
    >>> pooled(np.array([[1, 2, 5], [3, 4, 6]], object), 2, 2, cut=True).tolist()
    [[4, 6]]
    """
    rows, columns = (places(n, size, stride, cut=cut) for n in x.shape[:2])
    made = np.empty((rows, columns, *x.shape[2:]), object)
    for i, j, *k in np.ndindex(made.shape):
        window = x[i * stride : i * stride + size, j * stride : j * stride + size]
        made[i, j, *k] = kept(window[..., *k])
    return made


def places(n: int, size: int, stride: int, *, cut: bool = False) -> int:
    """The number of windows along an axis; with ``cut`` a part of one counts.

    >>> places(5, 2, 2), places(5, 2, 2, cut=True)
    (2, 3)
    """
    return -((size - n) // stride) + 1 if cut else (n - size) // stride + 1


@slip("pool.average", "with the mean of each window", "Max pooling keeps the largest number of a window.")
def averaged(x: Array, size: int, stride: int) -> Array:
    """The mean for the largest."""
    return pooled(x, size, stride, mean)


@slip("pool.min-sum", "with the smallest number of each window", "Max pooling keeps the largest number.")
def smallest(x: Array, size: int, stride: int) -> Array:
    """The least for the largest."""
    return pooled(x, size, stride, lambda window: least([*window.ravel()]))


@slip(
    "pool.stride1",
    "with the window moved on by one",
    "A pooling window moves on by its own size, unless a stride is given.",
)
def by_ones(x: Array, size: int, stride: int) -> Array:
    """The windows of stride 1, in the places of those of the stride."""
    rows, columns = pooled(x, size, stride).shape[:2]
    return pooled(x, size, 1)[:rows, :columns]


@slip(
    "pool.ceil",
    "with the part of a window at the edge, as in Caffe",
    "A window that reaches beyond the picture is left out, unless the task says otherwise.",
    convention=True,
)
def with_the_part(x: Array, size: int, stride: int) -> Array:
    """The division rounded up."""
    return pooled(x, size, stride, cut=True)


@slip(
    "pool.across-channels",
    "with the largest number of all channels",
    "Each channel is pooled by itself.",
)
def across_channels(x: Array, size: int, stride: int) -> Array:
    """The maximum over window and channels.

    >>> across_channels(np.array([[[1, 5], [2, 3]], [[4, 0], [0, 1]]], object), 2, 2).tolist()
    [[[5, 5]]]
    """
    made = pooled(x, size, stride)
    for i, j in np.ndindex(made.shape[:2]):
        made[i, j] = most(made[i, j])
    return made


@slip("pool.sum", "with the sum of each window", "A mean is the sum divided by how many there are.")
def summed(x: Array, size: int, stride: int, *, cut: bool = False) -> Array:
    """The sum for the mean."""
    return pooled(x, size, stride, lambda window: window.sum(), cut=cut)


@slip("pool.max", "with the largest number of each window", "Average pooling keeps the mean of a window.")
def largest_for_mean(x: Array, size: int, stride: int, *, cut: bool = False) -> Array:
    """The largest for the mean."""
    return pooled(x, size, stride, cut=cut)


@slip(
    "pool.pad-counted",
    "when the padding counts as zeros, as PyTorch does by default",
    "The mean is that of the cells that there are, as in Keras.",
    convention=True,
)
def padding_counted(x: Array, size: int, stride: int, *, cut: bool = False) -> Array:
    """Divided by size², also at the edge.

    >>> padding_counted(np.array([[8, 4]], object), 2, 2, cut=True).tolist()
    [[3.0]]
    """
    return pooled(x, size, stride, lambda window: window.sum() / size**2, cut=cut)


@slip(
    "pool.own-size",
    "with the window moved on by its own size",
    "Where a stride is given, the window moves on by that.",
)
def by_size(n: Exact, size: Exact, stride: Exact) -> Exact:
    """Places along an axis, (n − size) div size + 1."""
    return (n - size) // size + 1


@slip("pool.part-lost", "without the part of a window at the edge", "Here a part of a window counts as one.")
def part_lost(n: Exact, size: Exact, stride: Exact) -> Exact:
    """Places along an axis, rounded down."""
    return (n - size) // stride + 1
