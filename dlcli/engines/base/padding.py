"""The frame around a picture: how many rows and columns a sliding window adds, and what stands in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, Size, pair

#: A word of ``PADDINGS``, one number for all four sides, or ((top, bottom), (left, right)).
Padding = str | int | tuple[tuple[int, int], tuple[int, int]]

PADDINGS = ("valid", "same", "full")

#: What stands in the frame, by name; ``mirror`` is SciPy's name for ``reflect``.
PAD_MODES = {
    "zeros": "zeros",  #          0 0 | a b c | 0 0
    "reflect": "reflect",  #      c b | a b c | b a
    "mirror": "reflect",
    "symmetric": "symmetric",  #  b a | a b c | c b
    "edge": "edge",  #            a a | a b c | c c
    "wrap": "wrap",  #            b c | a b c | a b
}


@dataclass(frozen=True, slots=True)
class Geometry:
    """Where a window of ``kernel`` cells stands for each output cell, each field as (rows, columns).

    Output cell (i, j) sees the cells (i * stride + r * dilation, j * stride + c * dilation), r and c counting
    the kernel's rows and columns, of the picture after ``pads`` ((top, bottom), (left, right)) were added.
    """

    stride: tuple[int, int]
    dilation: tuple[int, int]
    kernel: tuple[int, int]
    pads: tuple[tuple[int, int], tuple[int, int]]
    pad_mode: str
    in_size: tuple[int, int]
    out_size: tuple[int, int]

    @property
    def span(self) -> tuple[int, int]:
        """Rows and columns from the first to the last cell that one window sees: (k - 1) * dilation + 1."""
        (kh, kw), (dy, dx) = self.kernel, self.dilation
        return (kh - 1) * dy + 1, (kw - 1) * dx + 1

    @property
    def turned(self) -> Geometry:
        """The same with rows and columns exchanged."""
        return Geometry(
            self.stride[::-1], self.dilation[::-1], self.kernel[::-1], self.pads[::-1], self.pad_mode,
            self.in_size[::-1], self.out_size[::-1],
        )  # fmt: skip

    def seen(self, r: int, c: int, height: int, width: int) -> tuple[slice, slice]:
        """The padded rows and columns under cell (r, c) of ``height`` by ``width`` windows."""
        (sy, sx), (dy, dx) = self.stride, self.dilation
        down = slice(r * dy, r * dy + (height - 1) * sy + 1, sy)
        return down, slice(c * dx, c * dx + (width - 1) * sx + 1, sx)

    def rows(self) -> Array:
        """The input row behind each padded row, -1 where it is a row of zeros."""
        return source_index(self.in_size[0], *self.pads[0], self.pad_mode)

    def columns(self) -> Array:
        """The input column behind each padded column, -1 where it is a column of zeros."""
        return source_index(self.in_size[1], *self.pads[1], self.pad_mode)


def geometry(
    in_size: tuple[int, int],
    kernel_size: tuple[int, int],
    *,
    stride: Size = 1,
    padding: Padding = "valid",
    dilation: Size = 1,
    pad_mode: str = "zeros",
    window: str = "kernel",
) -> Geometry:
    """Work out the frame and the output size of a window that slides over a picture.

    ``in_size`` and ``kernel_size`` are (rows, columns). ``padding``: ``"valid"`` adds nothing, ``"same"``
    as much as makes ceil(n / stride) outputs (an odd row goes to the bottom, an odd column to the right, as
    in Keras), ``"full"`` as much as lets the window overlap by a single cell; or numbers of one's own.
    ``pad_mode`` is one of ``PAD_MODES``; ``window`` is what an error calls the window. The size
    formula, for n cells, p added on both sides together, a kernel of k cells, dilation d and stride s, rounds
    down:

        out = (n + p - ((k - 1) * d + 1)) / s + 1

    >>> geometry((28, 28), (3, 3), stride=2, padding="same").out_size
    (14, 14)
    >>> geometry((28, 28), (3, 3), stride=2, padding="same").pads
    ((0, 1), (0, 1))

    Raises ``EngineError`` when a number is out of range or the window is larger than the padded picture.
    Source: Dumoulin and Visin, A guide to convolution arithmetic for deep learning, 2016, section 4.
    """
    size = pair("in_size", in_size)
    kernel = pair("kernel_size", kernel_size)
    strides = pair("stride", stride)
    dilations = pair("dilation", dilation)
    if pad_mode not in PAD_MODES:
        raise EngineError(f"pad_mode expects one of {', '.join(PAD_MODES)}; received {pad_mode!r}")
    axes = [
        pads_of_axis(axis, n, (k - 1) * d + 1, s, padding)
        for axis, (n, k, d, s) in enumerate(zip(size, kernel, dilations, strides, strict=True))
    ]
    spans = [(k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True)]
    padded = [n + before + after for n, (before, after) in zip(size, axes, strict=True)]
    if any(span > n for span, n in zip(spans, padded, strict=True)):
        dilated = "" if dilations == (1, 1) else f" (dilation makes it span {spans[0]}x{spans[1]})"
        raise EngineError(
            f"the {window} is larger than the picture: {window} {kernel[0]}x{kernel[1]}{dilated}, "
            f"picture {padded[0]}x{padded[1]} with its padding; try a smaller {window} or padding='same'"
        )
    out = [(n - span) // s + 1 for n, span, s in zip(padded, spans, strides, strict=True)]
    return Geometry(
        strides, dilations, kernel, (axes[0], axes[1]), PAD_MODES[pad_mode], size, (out[0], out[1])
    )


def pads_of_axis(axis: int, length: int, span: int, stride: int, padding: Padding) -> tuple[int, int]:
    """Cells added (before, after) along axis 0 (rows) or 1 (columns) for a window that reaches over ``span``.

    >>> pads_of_axis(0, 28, 3, 2, "same")
    (0, 1)
    """
    if isinstance(padding, str):
        if padding not in PADDINGS:
            raise EngineError(
                f"padding expects {', '.join(PADDINGS)}, a whole number or ((top, bottom), (left, right)); "
                f"received {padding!r}"
            )
        if padding == "valid":
            return 0, 0
        if padding == "full":
            return span - 1, span - 1
        missing = max((-(-length // stride) - 1) * stride + span - length, 0)
        return missing // 2, missing - missing // 2
    if isinstance(padding, tuple | list):
        if len(padding) != 2:
            raise EngineError(f"padding expects ((top, bottom), (left, right)); received {padding!r}")
        return pair("padding", padding[axis], least=0)
    return pair("padding", padding, least=0)


def source_index(length: int, before: int, after: int, mode: str) -> Array:
    """For each cell of a padded axis, the input cell it repeats, or -1 where it is a zero.

    ``length`` cells get ``before`` cells in front and ``after`` behind; ``mode`` is one of ``PAD_MODES``.
    The reflections go on as between two mirrors, so a frame may be wider than the picture.

    >>> source_index(3, 2, 2, "reflect")
    array([2, 1, 0, 1, 2, 1, 0])
    >>> source_index(3, 1, 1, "zeros")
    array([-1,  0,  1,  2, -1])
    """
    return source_of(np.arange(-before, length + after), length, mode)


def source_of(position: Array, length: int, mode: str) -> Array:
    """The input cell that stands at each position, 0 being the first of ``length`` cells; -1 for a zero.

    >>> source_of(np.array([-2, 1, 4]), 3, "edge")
    array([0, 1, 2])
    """
    match PAD_MODES[mode]:
        case "zeros":
            return np.where((position >= 0) & (position < length), position, -1)
        case "edge":
            return position.clip(0, length - 1)
        case "wrap":
            return position % length
        case "symmetric":
            position = position % (2 * length)
            return np.minimum(position, 2 * length - 1 - position)
        case _:
            period = max(2 * (length - 1), 1)
            position = position % period
            return np.minimum(position, period - position) if length > 1 else position


def pad(x: Array, pads: tuple[tuple[int, int], tuple[int, int]], mode: str = "zeros") -> Array:
    """Add ((top, bottom), (left, right)) cells around the pictures of x (batch, height, width, channel).

    >>> pad(np.array([[1, 2, 3]]).reshape(1, 1, 3, 1), ((0, 0), (2, 1)), "edge")[0, :, :, 0]
    array([[1, 1, 1, 2, 3, 3]])
    """
    for axis, (before, after) in enumerate(pads, start=1):
        source = source_index(x.shape[axis], before, after, mode)
        x = x.take(source, axis=axis)
        np.moveaxis(x, axis, 0)[source < 0] = 0
    return x
