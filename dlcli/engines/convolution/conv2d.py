"""Two-dimensional convolution as every framework means it: a kernel slides, products are added up."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Unpack

import numpy as np

from dlcli.engines.base.checks import Array, DType, EngineError, Size, compute_dtype
from dlcli.engines.base.padding import Geometry, Padding
from dlcli.engines.convolution.definition import ConvOptions, checked, plain
from dlcli.engines.convolution.plan import Plan, choose

METHODS = ("auto", "plain", "banded", "separable", "overlap-save", "im2col")


@dataclass(frozen=True, slots=True)
class Convolution:
    """What a convolution gave, where its windows stood, and how it was computed.

    ``output`` is (batch, height, width, channel_out).
    """

    output: Array
    geometry: Geometry
    plan: Plan


def conv2d(
    x: Array,
    w: Array,
    b: Array | None = None,
    *,
    stride: Size = 1,
    padding: Padding = "valid",
    dilation: Size = 1,
    groups: int = 1,
    pad_mode: str = "zeros",
    method: str = "auto",
    threads: int | None = None,
) -> Array:
    """Slide kernels over pictures: a convolution layer, or one filter on a photo.

    ``y[n, i, j, o]`` is how strongly picture n answers to kernel o where the kernel's top left cell lies on
    row i * stride and column j * stride of the padded picture: ``conv2d_plain`` is the formula.

    x         (batch, height, width, channel_in), any number type; integers are computed in floats
    w         (kernel_height, kernel_width, channel_in / groups, channel_out)
    b         (channel_out,), or none
    stride, dilation  cells between two windows, and between two cells of one window
    padding, pad_mode  the frame around the picture, see ``padding.geometry``
    groups    channels are cut into this many parts, each with its own kernels (channel_in: one each)
    method    one of ``METHODS``; all give the same result to rounding, ``auto`` follows ``plan``
    threads   how many share the work; none for as many as the machine offers

    Raises ``EngineError`` when shapes or options do not fit together.

    >>> photo = np.arange(12.0).reshape(1, 3, 4, 1)
    >>> rising = np.array([[0.0, 1.0], [1.0, 0.0]]).reshape(2, 2, 1, 1)
    >>> conv2d(photo, rising)[0, :, :, 0]
    array([[ 5.,  7.,  9.],
           [13., 15., 17.]])

    Source: Dumoulin and Visin, A guide to convolution arithmetic for deep learning, 2016; the arguments are
    those of ``torch.nn.functional.conv2d`` with Keras' order of the axes.
    """
    return convolution(
        x, w, b, stride=stride, padding=padding, dilation=dilation, groups=groups, pad_mode=pad_mode,
        method=method, threads=threads,
    ).output  # fmt: skip


def convolution(
    x: Array,
    w: Array,
    b: Array | None = None,
    *,
    method: str = "auto",
    threads: int | None = None,
    **options: Unpack[ConvOptions],
) -> Convolution:
    """As ``conv2d``, with the geometry and the method beside the output.

    >>> made = convolution(np.ones((1, 3, 3, 1)), np.ones((2, 2, 1, 1)), stride=1)
    >>> made.output.shape, made.geometry.out_size, made.plan.why
    ((1, 2, 2, 1), (2, 2), 'small: the definition')
    """
    x, w, b = np.asarray(x), np.asarray(w), None if b is None else np.asarray(b)
    where, groups = checked(x, w, b, **options), options.get("groups", 1)
    if method not in METHODS:
        raise EngineError(f"method expects one of {', '.join(METHODS)}; received {method!r}")
    chosen = Plan(method, "as asked")
    if method == "auto":
        chosen = choose(x.shape, w, where, groups, compute_dtype(x, w, b))
    if chosen.method == "plain":
        return Convolution(plain(x, w, b, where, groups), where, chosen)
    # Each of the faster methods is a module, imported only now: a program pays for what it uses.
    fast = import_module(f"dlcli.engines.convolution.{chosen.method.replace('-', '_')}")
    return Convolution(fast.forward(x, w, b, where, groups, threads), where, chosen)


def plan(
    x_shape: tuple[int, int, int, int],
    w: Array,
    *,
    dtype: DType | type = np.float32,
    **options: Unpack[ConvOptions],
) -> Plan:
    """Say which method ``conv2d`` chooses by itself for pictures of this shape and dtype and this kernel.

    >>> plan((1, 3, 3, 1), np.ones((2, 2, 1, 1)))
    Plan(method='plain', why='small: the definition')
    """
    x = np.broadcast_to(np.zeros((), dtype), x_shape)
    where = checked(x, w, None, **options)
    return choose(x_shape, w, where, options.get("groups", 1), compute_dtype(x, w))
