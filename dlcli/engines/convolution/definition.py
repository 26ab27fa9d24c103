"""The definition of a two-dimensional convolution, which every faster method must equal."""

from __future__ import annotations

from typing import TypedDict, Unpack

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, Size, compute_dtype
from dlcli.engines.base.padding import Geometry, Padding, geometry, pad


class ConvOptions(TypedDict, total=False):
    """The options that ``conv2d`` shares with its definition, its plan and its gradients: see ``conv2d``."""

    stride: Size
    padding: Padding
    dilation: Size
    groups: int
    pad_mode: str


def conv2d_plain(
    x: Array,
    w: Array,
    b: Array | None = None,
    **options: Unpack[ConvOptions],
) -> Array:
    """The definition of ``conv2d``, one kernel cell after the other; arguments and errors are the same.

    y[n, i, j, o] = b[o] + sum over r, c, k of
                    x[n, i * stride + r * dilation, j * stride + c * dilation, k] * w[r, c, k, o]

    where x has its frame already and k runs over the channels of o's group. Every product counts, so a NaN
    or an infinity reaches exactly the outputs whose window holds it.

    >>> conv2d_plain(np.ones((1, 3, 3, 2)), np.ones((2, 2, 2, 1)), np.array([0.5]))[0, :, :, 0]
    array([[8.5, 8.5],
           [8.5, 8.5]])
    """
    x, w, b = np.asarray(x), np.asarray(w), None if b is None else np.asarray(b)
    return plain(x, w, b, checked(x, w, b, **options), options.get("groups", 1))


def plain(x: Array, w: Array, b: Array | None, where: Geometry, groups: int) -> Array:
    """``conv2d_plain`` after its checks."""
    dtype = compute_dtype(x, w, b)
    return correlate(pad(x.astype(dtype), where.pads, where.pad_mode), w.astype(dtype), b, where, groups)


def correlate(padded: Array, w: Array, b: Array | None, where: Geometry, groups: int) -> Array:
    """The sum of products over a picture that has its frame, or over any piece of one.

    padded (batch, rows, columns, channel_in) in the dtype of the result; only kernel size, stride and
    dilation of ``where`` count. Returns as many outputs (batch, height, width, channel_out) as fit.
    """
    (kh, kw), (sy, sx) = where.kernel, where.stride
    batch, rows, columns, channels = padded.shape
    height, width = (rows - where.span[0]) // sy + 1, (columns - where.span[1]) // sx + 1
    w = w.reshape(kh, kw, channels // groups, groups, -1)  # (kh, kw, C/G, G, O/G)
    y = np.zeros((batch, height, width, groups, w.shape[-1]), padded.dtype)  # (N, OH, OW, G, O/G)
    with np.errstate(invalid="ignore", over="ignore"):
        for r, c in np.ndindex(kh, kw):
            window = padded[:, *where.seen(r, c, height, width)]  # (N, OH, OW, C)
            window = window.reshape(batch, height, width, groups, -1)  # (N, OH, OW, G, C/G)
            y += np.einsum("nijgk,kgo->nijgo", window, w[r, c])  # (N, OH, OW, G, O/G)
        y = y.reshape(batch, height, width, -1)  # (N, OH, OW, O)
        return y if b is None else y + b.astype(y.dtype)


def checked(
    x: Array,
    w: Array,
    b: Array | None,
    *,
    stride: Size = 1,
    padding: Padding = "valid",
    dilation: Size = 1,
    groups: int = 1,
    pad_mode: str = "zeros",
) -> Geometry:
    """Refuse shapes that do not fit together, and work out the geometry of the others."""
    if x.ndim != 4 or w.ndim != 4:
        raise EngineError(
            "conv2d expects x (batch, height, width, channel_in) and w (kernel_height, kernel_width, "
            f"channel_in / groups, channel_out); received shapes {x.shape} and {w.shape}"
        )
    channels, depth, kernels = x.shape[3], w.shape[2], w.shape[3]
    if 0 in x.shape[1:] or 0 in w.shape:
        raise EngineError(f"conv2d expects no empty axis; received x {x.shape} and w {w.shape}")
    if groups < 1 or channels % groups or kernels % groups:
        raise EngineError(
            f"groups expects a number that divides {channels} input and {kernels} output channels; "
            f"received {groups}"
        )
    if depth != channels // groups:
        wanted = (*w.shape[:2], channels // groups, kernels)
        raise EngineError(
            f"the kernel's depth must be {channels // groups}, the input's {channels} channels over "
            f"groups={groups}; received w {w.shape}; try w of shape {wanted}"
        )
    if b is not None and b.shape != (kernels,):
        raise EngineError(f"b expects one bias per output channel, shape ({kernels},); received {b.shape}")
    return geometry(
        x.shape[1:3], w.shape[:2], stride=stride, padding=padding, dilation=dilation, pad_mode=pad_mode
    )
