"""The gradients of pooling: of a maximum, a minimum, a mean and a norm."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, Size
from dlcli.engines.pooling.fast import norm
from dlcli.engines.pooling.route import route, share
from dlcli.engines.pooling.windows import PoolOptions, PoolWindows, checked


def max_pool2d_backward(
    dy: Array,
    x: Array,
    size: Size,
    **options: Unpack[PoolOptions],
) -> Array:
    """How a loss L changes with the input of ``max_pool2d``: only the winners have an influence.

    dy (batch, out_height, out_width, channel) holds dL/dy; x and the options are those of the forward pass.
    Returns dL/dx in the shape of x and the precision of dy: each window's dL/dy stands where its largest
    number stood (the first of equals, row by row), added up where windows overlap. Raises ``EngineError``
    when shapes do not fit.

    >>> import numpy as np
    >>> x = np.array([[1, 3, 2, 2], [4, 2, 2, 1]]).reshape(1, 2, 4, 1)
    >>> dy = np.array([[10.0, 20.0]]).reshape(1, 1, 2, 1)
    >>> max_pool2d_backward(dy, x, 2)[0, :, :, 0]
    array([[ 0.,  0., 20.,  0.],
           [10.,  0.,  0.,  0.]])

    Source: Goodfellow, Bengio and Courville, Deep Learning, 2016, section 9.3; LeCun et al., Gradient-based
    learning applied to document recognition, 1998.
    """
    windows, threads = _windows("max_pool2d", dy, x, size, **options)
    return route(dy, x, windows, largest=True, threads=threads)


def min_pool2d_backward(
    dy: Array,
    x: Array,
    size: Size,
    **options: Unpack[PoolOptions],
) -> Array:
    """How a loss L changes with the input of ``min_pool2d``; see ``max_pool2d_backward``.

    >>> import numpy as np
    >>> x = np.array([[1, 3], [4, 2]]).reshape(1, 2, 2, 1)
    >>> min_pool2d_backward(np.full((1, 1, 1, 1), 10.0), x, 2)[0, :, :, 0]
    array([[10.,  0.],
           [ 0.,  0.]])
    """
    windows, threads = _windows("min_pool2d", dy, x, size, **options)
    return route(dy, x, windows, largest=False, threads=threads)


def avg_pool2d_backward(
    dy: Array,
    x: Array,
    size: Size,
    *,
    count_padding: bool = False,
    **options: Unpack[PoolOptions],
) -> Array:
    """How a loss L changes with the input of ``avg_pool2d``: every cell of a window has the same share.

    The arguments are those of ``max_pool2d_backward``; of x only the shape matters.

    >>> import numpy as np
    >>> avg_pool2d_backward(np.full((1, 1, 1, 1), 10.0), np.zeros((1, 2, 2, 1)), 2)[0, :, :, 0]
    array([[2.5, 2.5],
           [2.5, 2.5]])
    """
    windows, threads = _windows("avg_pool2d", dy, x, size, "fc", **options)
    counts = windows.counts(count_padding)[:, :, None].astype(dy.dtype)  # (OH, OW, 1)
    return share(dy / counts, x.shape, windows, threads=threads)


def lp_pool2d_backward(
    dy: Array,
    x: Array,
    size: Size,
    *,
    p: float = 2,
    **options: Unpack[PoolOptions],
) -> Array:
    """How a loss L changes with the input of ``lp_pool2d``: dL/dy * y ** (1 - p) * x ** (p - 1).

    Where y is 0 that is not defined; 0 is taken, as PyTorch does. The arguments are those of
    ``max_pool2d_backward``.

    >>> import numpy as np
    >>> x = np.array([[3.0, 4.0], [0.0, 0.0]]).reshape(1, 2, 2, 1)
    >>> lp_pool2d_backward(np.full((1, 1, 1, 1), 10.0), x, 2)[0, :, :, 0]
    array([[6., 8.],
           [0., 0.]])
    """
    windows, threads = _windows("lp_pool2d", dy, x, size, p=p, **options)
    x = x.astype(dy.dtype, copy=False)
    y = norm(x, windows, p, threads=threads)
    with np.errstate(all="ignore"):
        scale = np.where(y == 0, 0, dy * y ** (1 - p)).astype(dy.dtype, copy=False)
        dx = share(scale, x.shape, windows, threads=threads)
        return np.where(dx == 0, 0, dx * x ** (p - 1)).astype(dy.dtype, copy=False)


def _windows(
    engine: str, dy: Array, x: Array, size: Size, kinds: str = "f", **options: Any
) -> tuple[PoolWindows, int | None]:
    """The windows of the forward pass, when dy has the shape of its result; and the threads to share it."""
    windows = checked(engine, x, size, ordered=kinds == "f", **options)
    wanted = (len(x), *windows.where.out_size, x.shape[3])
    if dy.shape != wanted or dy.dtype.kind not in kinds:
        raise EngineError(
            f"dy expects floats of shape {wanted}, that of {engine}'s result; received {dy.dtype} {dy.shape}"
        )
    return windows, options.get("threads")
