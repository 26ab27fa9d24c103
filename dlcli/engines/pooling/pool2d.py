"""Pooling: each window of a picture gives one number, its largest, its least, its mean or its norm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Unpack

from dlcli.engines.base.checks import Array, EngineError, Size
from dlcli.engines.base.padding import Padding
from dlcli.engines.pooling.fast import average, extreme, norm
from dlcli.engines.pooling.terms import KINDS
from dlcli.engines.pooling.windows import PoolOptions, PoolWindows, checked
from dlcli.engines.pooling.winners import winners


@dataclass(frozen=True, slots=True)
class Pooling:
    """What a pooling gave, and where its windows stood.

    ``output`` is (batch, height, width, channel).
    """

    output: Array
    windows: PoolWindows


def pooling(
    x: Array,
    size: Size,
    *,
    kind: str = "max",
    p: float = 2,
    count_padding: bool = False,
    **options: Unpack[PoolOptions],
) -> Pooling:
    """``max_pool2d``, ``min_pool2d``, ``avg_pool2d`` or ``lp_pool2d``, with the windows beside the output.

    kind      one of ``KINDS``; ``p`` is the power of "lp", ``count_padding`` is about the mean of "avg"

    The other arguments are those of ``max_pool2d``. Raises ``EngineError`` as these do, and for another kind.

    >>> import numpy as np
    >>> made = pooling(np.ones((1, 5, 7, 3)), 2, kind="avg")
    >>> made.output.shape, made.windows.where.out_size
    ((1, 2, 3, 3), (2, 3))
    """
    if kind not in KINDS:
        raise EngineError(f"kind expects one of {', '.join(KINDS)}; received {kind!r}")
    power = p if kind == "lp" else 1
    windows = checked(f"{kind}_pool2d", x, size, ordered=kind != "avg", p=power, **options)
    threads = options.get("threads")
    if kind == "avg":
        return Pooling(average(x, windows, count_padding, threads=threads), windows)
    if kind == "lp":
        return Pooling(norm(x, windows, power, threads=threads), windows)
    return Pooling(extreme(x, windows, largest=kind == "max", threads=threads), windows)


def max_pool2d(
    x: Array,
    size: Size,
    *,
    stride: Size | None = None,
    padding: Padding = "valid",
    dilation: Size = 1,
    ceil: bool = False,
    threads: int | None = None,
) -> Array:
    """Keep the largest number of each window: a max-pooling layer.

    ``y[n, i, j, c]`` is the largest of the numbers that window (i, j) sees in channel c of picture n; padding
    is never the largest. A NaN in a window wins. ``argmax_pool2d`` tells where the winners stand.

    x         (batch, height, width, channel), any real dtype, which the result keeps
    size      rows and columns of a window; all of the picture's for global pooling
    stride, padding, dilation, ceil   where the windows stand, see ``pool_windows``
    threads   how many share the work; none for as many as the machine offers

    Raises ``EngineError`` when shapes or options do not fit together, and for complex numbers, which have no
    order.

    >>> import numpy as np
    >>> photo = np.array([[1, 3, 2, 0, 7], [4, 2, 5, 1, 7], [9, 9, 9, 9, 9]]).reshape(1, 3, 5, 1)
    >>> max_pool2d(photo, 2)[0, :, :, 0]
    array([[4, 5]])
    >>> max_pool2d(photo, 2, padding="same")[0, :, :, 0]
    array([[4, 5, 7],
           [9, 9, 9]])

    Source: Goodfellow, Bengio and Courville, Deep Learning, 2016, section 9.3; the options are those of
    ``torch.nn.functional.max_pool2d`` and Keras' ``MaxPooling2D``.
    """
    return pooling(
        x, size, kind="max", stride=stride, padding=padding, dilation=dilation, ceil=ceil, threads=threads
    ).output  # fmt: skip


def min_pool2d(
    x: Array,
    size: Size,
    **options: Unpack[PoolOptions],
) -> Array:
    """Keep the least number of each window: ``max_pool2d`` turned round, with the same arguments.

    >>> import numpy as np
    >>> min_pool2d(np.array([[1, 3, 2, 0], [4, 2, 5, 1]]).reshape(1, 2, 4, 1), 2)[0, :, :, 0]
    array([[1, 0]])
    """
    return pooling(x, size, kind="min", **options).output


def avg_pool2d(
    x: Array,
    size: Size,
    *,
    count_padding: bool = False,
    **options: Unpack[PoolOptions],
) -> Array:
    """Take the mean of each window: an average-pooling layer.

    The arguments are those of ``max_pool2d``; x may be complex, and integers are computed in floats. Only
    cells of the picture are counted, as in Keras; with ``count_padding`` the padding counts as zeros, which
    is PyTorch's default (``count_include_pad=True``). What ``ceil`` adds is counted by neither.

    >>> import numpy as np
    >>> photo = np.arange(1.0, 10).reshape(1, 3, 3, 1)
    >>> avg_pool2d(photo, 2, padding="same")[0, :, :, 0]
    array([[3. , 4.5],
           [7.5, 9. ]])
    >>> avg_pool2d(photo, 2, padding="same", count_padding=True)[0, :, :, 0]
    array([[3.  , 2.25],
           [3.75, 2.25]])
    """
    return pooling(x, size, kind="avg", count_padding=count_padding, **options).output


def lp_pool2d(
    x: Array,
    size: Size,
    *,
    p: float = 2,
    **options: Unpack[PoolOptions],
) -> Array:
    """Take the p-norm of each window, as it were: the p-th root of the sum of its numbers' p-th powers.

    p = 1 is the sum and p = 2 the length of a vector; the larger p, the nearer to the maximum. There is no
    absolute value in it: where an odd p makes the sum negative, its root is NaN (p = 1 has none), as in
    PyTorch. Unlike PyTorch's, a window that ``ceil`` lets reach beyond the picture is not scaled up to the
    full number of cells. The other arguments are those of ``max_pool2d``; integers are computed in floats.

    Raises ``EngineError`` as ``max_pool2d`` does, and when p is not a positive number.

    >>> import numpy as np
    >>> lp_pool2d(np.array([[3.0, 4.0], [0.0, 0.0]]).reshape(1, 2, 2, 1), 2).item()
    5.0

    Source: Boureau, Ponce and LeCun, A theoretical analysis of feature pooling in visual recognition, 2010;
    ``torch.nn.functional.lp_pool2d``.
    """
    return pooling(x, size, kind="lp", p=p, **options).output


def argmax_pool2d(
    x: Array,
    size: Size,
    **options: Unpack[PoolOptions],
) -> Array:
    """Where the largest number of each window stands: the place of what ``max_pool2d`` keeps.

    A place is row * width + column in the picture, padding not counted, for each channel by itself. Of equal
    numbers the first wins, row by row, and of several NaN the last: both as PyTorch's ``return_indices``.
    The arguments are those of ``max_pool2d``.

    >>> import numpy as np
    >>> photo = np.array([[1, 3, 2, 2], [4, 2, 2, 1]]).reshape(1, 2, 4, 1)
    >>> argmax_pool2d(photo, 2)[0, :, :, 0]
    array([[4, 2]])
    """
    windows = checked("argmax_pool2d", x, size, ordered=True, **options)
    return winners(x, windows, largest=True, threads=options.get("threads"))


def argmin_pool2d(
    x: Array,
    size: Size,
    **options: Unpack[PoolOptions],
) -> Array:
    """Where the least number of each window stands: ``argmax_pool2d`` for ``min_pool2d``.

    >>> import numpy as np
    >>> argmin_pool2d(np.array([[1, 3, 2, 2], [4, 2, 2, 1]]).reshape(1, 2, 4, 1), 2)[0, :, :, 0]
    array([[0, 7]])
    """
    windows = checked("argmin_pool2d", x, size, ordered=True, **options)
    return winners(x, windows, largest=False, threads=options.get("threads"))
