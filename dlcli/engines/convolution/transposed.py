"""Transposed convolution: each input cell lays the kernel down, times its number, and stamps add up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, Size, compute_dtype, pair
from dlcli.engines.base.tiles import for_each, thread_count
from dlcli.engines.convolution.terms import CellTerms

#: The words for how much is cut off.
PADDINGS = ("valid", "same")

#: Pictures at least so wide, of fewer channels in a group, are laid row by row: their products are slow ones.
WIDE, MANY = 512, 16

#: Output rows that a thread takes at a time.
ROWS = 16


@dataclass(frozen=True, slots=True)
class Stamps:
    """Where the kernel is laid down, each field as (rows, columns).

    Input cell (i, j) lays its kernel's cell (r, c) on (i * stride + r * dilation - cut, …) of the output,
    ``cut`` being what is cut off before; ``added`` are cells behind that no padding cut off, the output
    padding.
    """

    stride: tuple[int, int]
    dilation: tuple[int, int]
    kernel: tuple[int, int]
    cut: tuple[tuple[int, int], tuple[int, int]]
    added: tuple[int, int]
    in_size: tuple[int, int]
    out_size: tuple[int, int]

    @property
    def span(self) -> tuple[int, int]:
        """Rows and columns from the first to the last cell of a stamp."""
        rows, columns = ((k - 1) * d + 1 for k, d in zip(self.kernel, self.dilation, strict=True))
        return rows, columns

    def inside(self, axis: int, step: int) -> tuple[slice, slice]:
        """For one cell of the kernel, along one axis: which inputs lay it inside the output, and where."""
        stride, before = self.stride[axis], self.cut[axis][0]
        start = step * self.dilation[axis] - before  # of input 0
        first = max(0, -(start // stride)) if start < 0 else 0
        last = min(self.in_size[axis], (self.out_size[axis] - 1 - start) // stride + 1)
        last = max(first, last)
        where = start + first * stride
        return slice(first, last), slice(
            where, where + (last - first - 1) * stride + 1 if last > first else where, stride
        )

    def inputs_of(self, axis: int, place: int) -> tuple[Array, Array]:
        """The inputs that reach an output cell along one axis, and the kernel's cell that each lays there."""
        inputs = np.arange(self.in_size[axis])
        steps, rest = np.divmod(place + self.cut[axis][0] - inputs * self.stride[axis], self.dilation[axis])
        reach = (rest == 0) & (steps >= 0) & (steps < self.kernel[axis])
        return inputs[reach], steps[reach]


def stamps(
    in_size: tuple[int, int],
    kernel_size: tuple[int, int],
    *,
    stride: Size = 1,
    padding: str | int = "valid",
    output_padding: int | None = None,
    dilation: Size = 1,
) -> Stamps:
    """Work out the output of a transposed convolution.

    For n cells, stride s, a kernel that spans k cells, and p cells cut off on each side:

        out = (n - 1) s + k - 2 p + output padding

    A number ``padding`` is p, as in PyTorch. ``"valid"`` cuts nothing, and a kernel that is shorter than the
    stride gets s - k cells behind unless ``output_padding`` says otherwise; ``"same"`` makes n s cells,
    cutting what is too much (an odd row or column at the end) or adding what is missing: both as in Keras.

    >>> stamps((3, 4), (3, 3), stride=2).out_size, stamps((3, 4), (3, 3), stride=2, padding="same").out_size
    ((7, 9), (6, 8))
    >>> stamps((3, 4), (3, 3), stride=2, padding=1, output_padding=1).out_size
    (6, 8)

    Raises ``EngineError`` when a number is out of range, nothing would be left, or ``output_padding`` is not
    below the stride or the dilation, where it would hold cells that no larger input could reach.
    Source: Dumoulin and Visin, A guide to convolution arithmetic for deep learning, 2016, section 4.
    """
    sizes, kernel = pair("in_size", in_size), pair("kernel_size", kernel_size)
    strides, dilations = pair("stride", stride), pair("dilation", dilation)
    cuts, added, out = [], [], []
    for n, k, s, d in zip(sizes, kernel, strides, dilations, strict=True):
        span = (k - 1) * d + 1
        if output_padding is not None and not 0 <= output_padding < max(s, d):
            raise EngineError(
                f"output_padding is from 0 to below the stride {s} or the dilation {d}; received "
                f"{output_padding}"
            )
        full = (n - 1) * s + span
        match padding:
            case "valid":
                before, after = 0, 0
                more = max(s - span, 0) if output_padding is None else output_padding
            case "same":
                if output_padding is not None:
                    raise EngineError(
                        f"padding 'same' makes {n * s} cells of {n} whatever the kernel: there is no "
                        f"output_padding beside it; received {output_padding}; try a number for padding"
                    )
                much = span - s
                before, after, more = max(much, 0) // 2, max(much, 0) - max(much, 0) // 2, max(-much, 0)
            case int() if padding >= 0:
                before, after, more = padding, padding, output_padding or 0
            case _:
                raise EngineError(
                    f"padding expects {', '.join(PADDINGS)} or a whole number from 0 on; received {padding!r}"
                )
        length = full - before - after + more
        if length < 1:
            raise EngineError(
                f"({n} − 1) · {s} + {span} − 2 · {before} + {more} = {length}: nothing would be left; try a "
                "smaller padding"
            )
        cuts.append((before, after))
        added.append(more)
        out.append(length)
    return Stamps(
        strides, dilations, kernel, (cuts[0], cuts[1]), (added[0], added[1]), sizes, (out[0], out[1])
    )


def conv_transpose2d(
    x: Array,
    w: Array,
    b: Array | None = None,
    *,
    stride: Size = 1,
    padding: str | int = "valid",
    output_padding: int | None = None,
    dilation: Size = 1,
    groups: int = 1,
) -> Array:
    """Lay kernels down, cell by cell of the input: what a convolution does to its gradients, used forwards.

    y[n, i * stride + r * dilation - cut, …, o] += x[n, i, j, k] * w[r, c, k, o];   then + b[o]

    x         (batch, height, width, channel_in)
    w         (kernel_height, kernel_width, channel_in / groups, channel_out): Keras' kernel with its last two
              axes exchanged; of PyTorch's weight (in, out, height, width) the order is 2, 3, 0, 1
    b         (channel_out,), or none
    stride, padding, output_padding, dilation    see ``stamps``

    ``conv_transpose2d_plain`` is the formula; this does all cells of the input at once for each cell of the
    kernel, or a row of them where there are few channels. Raises ``EngineError`` when shapes do not fit.

    >>> x = np.array([[1.0, 2.0]]).reshape(1, 1, 2, 1)
    >>> conv_transpose2d(x, np.array([1.0, 10, 100]).reshape(1, 3, 1, 1), stride=(1, 2))[0, 0, :, 0]
    array([  1.,  10., 102.,  20., 200.])

    Source: Zeiler et al., Deconvolutional networks, 2010; ``torch.nn.functional.conv_transpose2d``.
    """
    where = checked(
        x, w, b, groups, stride=stride, padding=padding, output_padding=output_padding, dilation=dilation
    )
    return laid(x, w, b, where, groups)


def laid(x: Array, w: Array, b: Array | None, where: Stamps, groups: int = 1) -> Array:
    """``conv_transpose2d`` after its checks, in the way that suits the shapes."""
    channels, kernels = x.shape[3] // groups, w.shape[3] // groups
    by_rows = x.shape[2] >= WIDE and channels < MANY and channels * kernels > 1
    return (laid_by_rows if by_rows else laid_at_once)(x, w, b, where, groups)


def laid_at_once(x: Array, w: Array, b: Array | None, where: Stamps, groups: int = 1) -> Array:
    """What each cell of the kernel adds, for all cells of the input at once."""
    dtype = compute_dtype(x, w, b)
    batch, height, width, channels = x.shape
    x = x.astype(dtype, copy=False).reshape(batch, height, width, groups, -1)  # (N, H, W, G, C/G)
    w = w.astype(dtype).reshape(*w.shape[:2], channels // groups, groups, -1)  # (kh, kw, C/G, G, O/G)
    y = np.zeros((batch, *where.out_size, groups, w.shape[-1]), dtype)
    with np.errstate(invalid="ignore", over="ignore"):
        for group, (r, c) in product(range(groups), np.ndindex(*where.kernel)):
            (rows, down), (columns, across) = where.inside(0, r), where.inside(1, c)
            y[:, down, across, group] += x[:, rows, columns, group] @ w[r, c, :, group]
        y = y.reshape(batch, *where.out_size, -1)
        return y if b is None else y + b.astype(dtype)


def laid_by_rows(
    x: Array, w: Array, b: Array | None, where: Stamps, groups: int = 1, threads: int | None = None
) -> Array:
    """As ``laid_at_once``, one row of the output after the other: for wide pictures with few channels.

    What a row of the input gives to one cell of the kernel is a run of numbers along that row. Of all cells
    of the kernel whose places leave the same rest divided by the stride, these runs lie on the same columns
    of the output: they are added up as runs, an array for each rest and channel, and are put between each
    other once, when the row is done. Products and additions of three channels at a time take three times as
    long.

    >>> x, w = np.array([[1.0, 2.0]]).reshape(1, 1, 2, 1), np.ones((1, 2, 1, 1))
    >>> laid_by_rows(x, w, None, stamps((1, 2), (1, 2)))[0, 0, :, 0]
    array([1., 3., 2.])
    """
    dtype = compute_dtype(x, w, b)
    batch, _, width, channels = x.shape
    (height, out_width), (kh, kw), stride = where.out_size, where.kernel, where.stride[1]
    x = x.astype(dtype, copy=False).reshape(*x.shape[:3], groups, -1)
    w = w.astype(dtype).reshape(kh, kw, channels // groups, groups, -1).transpose(3, 0, 1, 4, 2)
    each = w.shape[3]
    kernels = np.ascontiguousarray(w).reshape(groups, kh, kw * each, -1)  # (G, kh, kw * O/G, C/G)
    y = np.empty((batch, height, out_width, groups, each), dtype)
    bias = np.zeros((groups, each), dtype) if b is None else b.astype(dtype).reshape(groups, each)
    places = [divmod(c * where.dilation[1] - where.cut[1][0], stride) for c in range(kw)]
    before = max(0, -min(shift for shift, _ in places))
    columns = -(-out_width // stride)
    line = before + max(columns, width + max(shift for shift, _ in places))
    seen = [[indices.tolist() for indices in where.inputs_of(0, i)] for i in range(height)]

    def worker() -> Callable[[tuple[int, int, int]], None]:
        sums = np.empty((stride, each, line), dtype)
        runs = np.empty((kw, each, width), dtype)

        def do(piece: tuple[int, int, int]) -> None:
            n, group, top = piece
            for i in range(top, min(top + ROWS, height)):
                sums[...] = bias[group][:, None]
                for row, r in zip(*seen[i], strict=True):
                    np.matmul(kernels[group, r], x[n, row, :, group].T, out=runs.reshape(-1, width))
                    for run, (shift, rest) in zip(runs, places, strict=True):
                        sums[rest, :, before + shift :][:, :width] += run
                laid = sums[:, :, before : before + columns].transpose(2, 0, 1)  # (column, rest, O/G)
                y[n, i, :, group] = laid.reshape(-1, each)[:out_width]

        return do

    pieces = list(product(range(batch), range(groups), range(0, height, ROWS)))
    work = x.size * w[0, ..., 0].size
    for_each(pieces, worker, thread_count(threads, work, (stride + kw) * each * line * y.itemsize))
    return y.reshape(batch, height, out_width, -1)


def conv_transpose2d_plain(x: Array, w: Array, b: Array | None, where: Stamps, groups: int = 1) -> Array:
    """The definition, one cell of the input after the other: its stamp, and what of it lies inside.

    >>> x, w = np.array([[1.0, 2.0]]).reshape(1, 1, 2, 1), np.ones((1, 2, 1, 1))
    >>> conv_transpose2d_plain(x, w, None, stamps((1, 2), (1, 2)))[0, 0, :, 0]
    array([1., 3., 2.])
    """
    dtype = compute_dtype(x, w, b)
    outputs = w.shape[3] // groups
    y = np.zeros((len(x), *where.out_size, w.shape[3]), dtype)
    for n, i, j, k in np.ndindex(*x.shape):
        group, depth = divmod(k, w.shape[2])
        for r, c in np.ndindex(*where.kernel):
            row = i * where.stride[0] + r * where.dilation[0] - where.cut[0][0]
            column = j * where.stride[1] + c * where.dilation[1] - where.cut[1][0]
            if 0 <= row < where.out_size[0] and 0 <= column < where.out_size[1]:
                mine = slice(group * outputs, (group + 1) * outputs)
                y[n, row, column, mine] += x[n, i, j, k] * w[r, c, depth, mine].astype(dtype)
    return y if b is None else y + b.astype(dtype)


def checked(
    x: Array,
    w: Array,
    b: Array | None,
    groups: int = 1,
    *,
    stride: Size = 1,
    padding: str | int = "valid",
    output_padding: int | None = None,
    dilation: Size = 1,
) -> Stamps:
    """Refuse shapes that do not fit together, and work out where the others' stamps lie."""
    if x.ndim != 4 or w.ndim != 4 or 0 in x.shape[1:] or 0 in w.shape:
        raise EngineError(
            "conv_transpose2d expects x (batch, height, width, channel_in) and w (kernel_height, "
            "kernel_width, "
            f"channel_in / groups, channel_out), not empty; received shapes {x.shape} and {w.shape}"
        )
    channels, kernels = x.shape[3], w.shape[3]
    if groups < 1 or channels % groups or kernels % groups or w.shape[2] != channels // groups:
        raise EngineError(
            f"w of shape {w.shape} in {groups} groups does not fit {channels} channels: its depth is that of "
            "one group, and both numbers of channels are divided by the groups"
        )
    if b is not None and b.shape != (kernels,):
        raise EngineError(f"b expects one bias per output channel, shape ({kernels},); received {b.shape}")
    return stamps(
        (x.shape[1], x.shape[2]), (w.shape[0], w.shape[1]), stride=stride, padding=padding,
        output_padding=output_padding, dilation=dilation,
    )  # fmt: skip


def transposed_terms(
    x: Array, w: Array, bias: complex | float, where: Stamps, cell: tuple[int, int]
) -> CellTerms:
    """The products that ``conv_transpose2d`` adds up for output cell (i, j) of one output channel.

    ``x`` is (height, width, channel), ``w`` (kernel_height, kernel_width, channel) for that output channel.
    One entry for each input that reaches the cell, in the order row, column, channel. Computed in float64 or
    complex128.

    >>> x, w = np.array([[[1.0], [2.0]]]), np.array([[[1.0], [10], [100]]])
    >>> terms = transposed_terms(x, w, 0.0, stamps((1, 2), (1, 3), stride=(1, 2)), (0, 2))
    >>> terms.inputs, terms.weights, terms.total
    (array([1., 2.]), array([100.,   1.]), 102.0)

    Raises ``EngineError`` when the cell is outside the output or the depths differ.
    """
    if x.ndim != 3 or w.ndim != 3 or x.shape[2] != w.shape[2]:
        raise EngineError(
            "transposed_terms expects x (height, width, channel) and w (height, width, channel) of one "
            f"depth; received {x.shape} and {w.shape}"
        )
    if not all(0 <= place < size for place, size in zip(cell, where.out_size, strict=True)):
        raise EngineError(
            f"cell {cell[0]},{cell[1]} is outside the output of {where.out_size[0]}x{where.out_size[1]}"
        )
    (rows, down), (columns, across) = where.inputs_of(0, cell[0]), where.inputs_of(1, cell[1])
    i, j, channels = (places.ravel() for places in np.indices((len(rows), len(columns), x.shape[2])))
    inputs, weights = (
        numbers.astype(np.result_type(numbers.dtype, np.float64))
        for numbers in (x[rows[i], columns[j], channels], w[down[i], across[j], channels])
    )
    products = inputs * weights
    total, bias = products.sum().item(), np.asarray(bias).item()
    return CellTerms(
        (cell[0], cell[1]), rows[i], columns[j], channels, down[i], across[j],
        inputs, weights, products, np.zeros(len(products), bool), total, bias, total + bias,
    )  # fmt: skip
