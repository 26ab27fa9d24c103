"""Which of its methods a convolution takes: the fastest for these shapes, as measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, DType
from dlcli.engines.base.padding import Geometry
from dlcli.engines.convolution.rank_one import factors

#: Multiply-adds up to which no preparation pays.
SMALL = 200_000

#: Cells of a kernel from which a Fourier transform costs less than the products.
LARGE_KERNEL = 121

#: Cells of a kernel from which two passes cost less than one.
TWO_PASSES = 25

#: Cells of a kernel along a line, such as a sound, from which the line is cut into blocks; how many are few.
LONG_LINE, FEW_LINES = 24, 8

#: Spectra of this many kernels and channels fit the memory that a picture may take beside itself.
SPECTRA = 9


@dataclass(frozen=True, slots=True)
class Plan:
    """Which method computes a convolution, and why, in words a story can print."""

    method: str
    why: str


def choose(x_shape: tuple[int, ...], w: Array, where: Geometry, groups: int, dtype: DType) -> Plan:
    """The method for pictures of this shape, this kernel (kh, kw, depth, kernels) and this precision."""
    kh, kw, depth, kernels = w.shape
    height, width = where.out_size
    size = f"{kh}x{kw}"
    per_group = kernels // groups
    if x_shape[0] * height * width * w.size <= SMALL:
        return Plan("plain", "small: the definition")
    along = max(kh, kw)
    if min(kh, kw) == 1 and (width if kh > 1 else height) <= FEW_LINES:
        if along >= LONG_LINE and depth * kernels <= FEW_LINES and where.stride == (1, 1):
            return Plan("separable", f"{size} along a line: blocks of it times a banded matrix")
        if kh > 1:
            return Plan("im2col", f"{size} along a line: im2col GEMM")
    same = groups > 1 and depth == 1 and bool((w[..., 1:] == w[..., :-1]).all())
    channels = depth * (kernels if groups == 1 else 1 if same else kernels)
    if channels <= SPECTRA and where.stride == (1, 1) and height * width > 4 * kh * kw:
        if (
            kh * kw >= TWO_PASSES
            and min(kh, kw) > 1
            and channels <= 3
            and factors(np.moveaxis(w.astype(dtype, copy=False), (2, 3), (0, 1))) is not None
        ):
            return Plan("separable", f"{size} of rank 1: two passes")
        if kh * kw >= LARGE_KERNEL and dtype.kind == "f":
            return Plan("overlap-save", f"{size}: overlap-save FFT")
    if depth * per_group <= 8 and height * width > 4096:
        return Plan("banded", f"{size}: banded GEMM")
    return Plan("im2col", f"{size} on {depth} channel{'s' * (depth > 1)}: im2col GEMM")
