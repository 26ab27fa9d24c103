"""The terms of one cell of a correlation: what was multiplied with what, and where it stood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.base.padding import Geometry


@dataclass(frozen=True)
class CellTerms:
    """Every product behind one output cell, one array entry each, in the order row, column, channel.

    ``rows``, ``columns`` and ``channels`` say where in the input the factor stood (all -1 for a padded
    zero), ``kernel_rows`` and ``kernel_columns`` where in the kernel its weight stands. ``outside`` is true
    where the kernel reached beyond the input, whatever the padding then put there. ``total`` is the sum of
    ``products`` and ``before`` adds the bias to it: what the activation is applied to.
    """

    cell: tuple[int, int]
    rows: Array
    columns: Array
    channels: Array
    kernel_rows: Array
    kernel_columns: Array
    inputs: Array
    weights: Array
    products: Array
    outside: Array
    total: complex | float
    bias: complex | float
    before: complex | float


def conv_terms(
    x: Array, w: Array, bias: complex | float, geometry: Geometry, cell: tuple[int, int]
) -> CellTerms:
    """The products that ``conv2d`` adds up for output cell (i, j) of one output channel.

    ``x`` is (height, width, channel), ``w`` (kernel_height, kernel_width, channel) for that output channel,
    ``geometry`` that of the whole correlation. Computed in float64 or complex128.

    Raises ``EngineError`` when the cell is outside the output or the depths differ.

    >>> from dlcli.engines.base.padding import geometry
    >>> x = np.arange(12).reshape(3, 4, 1)
    >>> terms = conv_terms(x, np.array([[[0], [1]], [[1], [0]]]), 0.5, geometry((3, 4), (2, 2)), (1, 2))
    >>> terms.inputs, terms.products, terms.before
    (array([ 6.,  7., 10., 11.]), array([ 0.,  7., 10.,  0.]), 17.5)

    Source: Goodfellow, Bengio and Courville, Deep Learning, equation 9.6 (cross-correlation).
    """
    if x.ndim != 3 or w.ndim != 3 or x.shape[2] != w.shape[2]:
        raise EngineError(
            f"conv_terms expects x (height, width, channel) and w (height, width, channel) of one depth; "
            f"received {x.shape} and {w.shape}"
        )
    if not all(0 <= place < size for place, size in zip(cell, geometry.out_size, strict=True)):
        raise EngineError(
            f"cell {cell[0]},{cell[1]} is outside the output of {geometry.out_size[0]}x{geometry.out_size[1]}"
        )
    kernel_rows, kernel_columns, channels = (places.ravel() for places in np.indices(w.shape))
    down, across = (
        place * stride + steps * dilation
        for place, steps, stride, dilation in zip(
            cell, (kernel_rows, kernel_columns), geometry.stride, geometry.dilation, strict=True
        )
    )
    beyond = np.zeros(w.size, bool)
    for places, (before, _), length in zip((down, across), geometry.pads, geometry.in_size, strict=True):
        beyond |= (places < before) | (places >= before + length)
    rows, columns = geometry.rows()[down], geometry.columns()[across]
    zero = (rows < 0) | (columns < 0)
    # Each keeps its kind: real weights stay real over complex numbers.
    inputs, weights = (
        numbers.astype(np.result_type(numbers.dtype, np.float64))
        for numbers in (np.where(zero, 0, x[rows, columns, channels]), w.ravel())
    )
    rows, columns, channels = (np.where(zero, -1, places) for places in (rows, columns, channels))
    products = inputs * weights
    total = products.sum().item()
    bias = np.asarray(bias).item()
    return CellTerms(
        (cell[0], cell[1]), rows, columns, channels, kernel_rows, kernel_columns,
        inputs, weights, products, beyond, total, bias, total + bias,
    )  # fmt: skip
