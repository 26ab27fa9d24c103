"""Slips of convolution: the kernel turned, the bias forgotten, the window in the wrong place.

Each takes what the definition takes, one picture and one kernel as arrays of exact numbers, and gives the
map, whose cells are computed when they are asked for.
"""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.cells import Cells
from dlcli.engines.base.checks import Array
from dlcli.engines.base.exact import Exact, absolute, ceiling, largest
from dlcli.engines.base.slips import slip


def correlated(x: Array, k: Array, b: Exact = 0, stride: int = 1, padding: int = 0) -> Cells:
    """The map y[i,j] = Σ x[i·s+a, j·s+c] · k[a,c] + b, of exact numbers.

    Parameters
    ----------
    x : (height, width) or (height, width, channels), k : (kernel height, kernel width) or with its channels
        The picture and the kernel; zeros stand around the picture, ``padding`` rows and columns of them.

    >>> y = correlated(np.array([[1, 2], [3, 4]], object), np.array([[1, 0], [0, 1]], object))
    >>> y.shape, y[0, 0]
    ((1, 1), 5)
    """
    x = _padded(x, padding)
    height, width = k.shape[:2]

    def cell(i: int, j: int) -> Exact:
        window = x[i * stride : i * stride + height, j * stride : j * stride + width]
        return (window * k).sum() + b

    return Cells((1 + (x.shape[0] - height) // stride, 1 + (x.shape[1] - width) // stride), cell)


def _padded(x: Array, padding: int) -> Array:
    if not padding:
        return x
    around = ((padding, padding), (padding, padding), (0, 0))
    return np.pad(x, around[: x.ndim], constant_values=0)


@slip("conv.flip", "with the kernel turned by 180 degrees", "The kernel is laid on as it stands, not turned.")
def flipped(x: Array, k: Array, b: Exact = 0, stride: int = 1, padding: int = 0) -> Cells:
    """True convolution, as in signal processing."""
    return correlated(x, k[::-1, ::-1], b, stride, padding)


@slip(
    "conv.transpose",
    "with rows and columns of the kernel exchanged",
    "Rows of the kernel lie on rows of the picture.",
)
def transposed(x: Array, k: Array, b: Exact = 0, stride: int = 1, padding: int = 0) -> Cells:
    """The kernel read by columns."""
    return correlated(x, np.swapaxes(k, 0, 1), b, stride, padding)


@slip(
    "conv.mirror",
    "with the kernel mirrored left to right",
    "The left column of the kernel lies on the left column of the window.",
)
def mirrored(x: Array, k: Array, b: Exact = 0, stride: int = 1, padding: int = 0) -> Cells:
    """The kernel mirrored on one axis."""
    return correlated(x, k[:, ::-1], b, stride, padding)


@slip("conv.bias-forgotten", "without the bias", "The bias is added to the sum of products.")
def unbiased(x: Array, k: Array, b: Exact = 0, stride: int = 1, padding: int = 0) -> Cells:
    """Σ x·k."""
    return correlated(x, k, 0, stride, padding)


@slip("conv.bias-per-term", "with the bias added to every product", "The bias is added once, to the sum.")
def bias_in_each_term(x: Array, k: Array, b: Exact = 0, stride: int = 1, padding: int = 0) -> Cells:
    """Σ (x·k + b)."""
    return correlated(x, k, b * k.size, stride, padding)


@slip(
    "conv.bias-per-channel",
    "with the bias added once for each channel",
    "The sums of all channels are added, and to that the bias, once.",
)
def bias_in_each_channel(x: Array, k: Array, b: Exact = 0, stride: int = 1, padding: int = 0) -> Cells:
    """Σ (Σ x·k + b) over the channels."""
    return correlated(x, k, b * np.shape(k)[-1], stride, padding)


@slip(
    "conv.one-channel",
    "from the first channel alone",
    "A kernel is as deep as the picture: the sums of all channels are added.",
)
def first_channel(x: Array, k: Array, b: Exact = 0, stride: int = 1, padding: int = 0) -> Cells:
    """Σ x[..., 0]·k[..., 0] + b."""
    return correlated(x[..., 0], k[..., 0], b, stride, padding)


@slip("conv.bias-sign", "with the bias subtracted", "The bias is added, with its own sign.")
def bias_subtracted(x: Array, k: Array, b: Exact = 0, stride: int = 1, padding: int = 0) -> Cells:
    """Σ x·k − b."""
    return correlated(x, k, -b, stride, padding)


@slip("conv.sign-lost", "with the minus signs of the kernel left out", "A weight below 0 is subtracted.")
def unsigned(x: Array, k: Array, b: Exact = 0, stride: int = 1, padding: int = 0) -> Cells:
    """Σ x·|k| + b."""
    return correlated(x, np.vectorize(absolute, otypes=[object])(k), b, stride, padding)


@slip(
    "conv.offset", "with the window one row and one column further", "The first window begins in the corner."
)
def shifted(x: Array, k: Array, b: Exact = 0, stride: int = 1, padding: int = 0) -> Cells:
    """The window centred on the cell where it begins at it."""
    moved = _padded(_padded(x, padding), 1)[2:, 2:]
    return correlated(moved, k, b, stride)


@slip(
    "conv.stride-origin",
    "with the window moved on by one, not by the stride",
    "The window of output i begins at i times the stride.",
)
def strideless(x: Array, k: Array, b: Exact = 0, stride: int = 1, padding: int = 0) -> Cells:
    """The windows of stride 1 in the places of those of the stride."""
    return correlated(x, k, b, 1, padding)


def size(n: int, k: int, s: int = 1, p: int = 0, d: int = 1) -> Exact:
    """The output size (n + 2p − d(k−1) − 1) div s + 1."""
    return (n + 2 * p - _wide(k, d)) // s + 1


def _wide(k: Exact, d: Exact) -> Exact:
    """The cells that a kernel spans, its holes among them; a kernel without holes is as wide as it is."""
    return k if getattr(d, "value", d) == 1 else d * (k - 1) + 1


@slip("size.plus-one", "without the + 1", "The steps are counted, and the first place besides: + 1.")
def steps_alone(n: Exact, k: Exact, s: Exact, p: Exact, d: Exact) -> Exact:
    """The number of steps, not of places."""
    return (n + 2 * p - _wide(k, d)) // s


@slip(
    "size.brackets",
    "when only the padding is divided by the stride",
    "All that is left beside the kernel is divided by the stride.",
)
def padding_divided(n: Exact, k: Exact, s: Exact, p: Exact, d: Exact) -> Exact:
    """(n − k) + 2p/s + 1."""
    return n - _wide(k, d) + 2 * p / s + 1


@slip(
    "size.floor-ceil",
    "when a part of a step counts as a whole one",
    "A step that does not fit is not made: round down.",
)
def rounded_up(n: Exact, k: Exact, s: Exact, p: Exact, d: Exact) -> Exact:
    """The division rounded up."""
    return ceiling(n + 2 * p - _wide(k, d), s) + 1


@slip("size.fraction-kept", "when the fraction is kept", "There is no half a place: round the division down.")
def fraction_kept(n: Exact, k: Exact, s: Exact, p: Exact, d: Exact) -> Exact:
    """The division not rounded."""
    return (n + 2 * p - _wide(k, d)) / s + 1


@slip("size.pad-once", "with padding on one side only", "The padding stands on both sides: 2p.")
def padded_once(n: Exact, k: Exact, s: Exact, p: Exact, d: Exact) -> Exact:
    """p for 2p."""
    return (n + p - _wide(k, d)) // s + 1


@slip(
    "size.pad-forgotten", "without the padding", "The padding makes the picture larger on both sides: + 2p."
)
def unpadded(n: Exact, k: Exact, s: Exact, p: Exact, d: Exact) -> Exact:
    """No padding."""
    return (n - _wide(k, d)) // s + 1


@slip("size.stride-forgotten", "without the stride", "The window moves s cells a step: divide by s.")
def stride_forgotten(n: Exact, k: Exact, s: Exact, p: Exact, d: Exact) -> Exact:
    """Stride 1."""
    return n + 2 * p - _wide(k, d) + 1


@slip(
    "size.dilation-forgotten", "without the dilation", "With dilation d the kernel spans d(k − 1) + 1 cells."
)
def undilated(n: Exact, k: Exact, s: Exact, p: Exact, d: Exact) -> Exact:
    """The kernel without its holes."""
    return (n + 2 * p - k) // s + 1


@slip(
    "size.dilation-dk",
    "when the dilated kernel is taken to span d·k cells",
    "It spans d(k − 1) + 1: behind the last weight there is no hole.",
)
def too_wide(n: Exact, k: Exact, s: Exact, p: Exact, d: Exact) -> Exact:
    """d·k for d(k − 1) + 1."""
    return (n + 2 * p - d * k) // s + 1


def activated(terms: Array, b: Exact) -> Exact:
    """max(0, Σ + b), of the products that a kernel makes.

    >>> activated(np.array([3, -7], object), 2)
    0
    """
    return largest(0, terms.sum() + b)


@slip(
    "kernel.zeros",
    "with zeros for the weights below 0",
    "A weight below 0 takes away what stands beside the line; a 0 lets it pass.",
)
def without_negatives(k: Array) -> Array:
    """The positive weights alone."""
    return np.array([largest(0, one) for one in k.ravel()], object).reshape(k.shape)


@slip(
    "conv.channels-kept",
    "with a channel of the result for each channel of the picture",
    "A kernel adds up over all channels and gives one channel of the result.",
)
def channels_kept(shape: tuple[int, ...], channels: int) -> tuple[int, ...]:
    """The channels of the picture for the number of kernels."""
    return (*shape[:-1], channels)


@slip("act.before-bias", "with ReLU before the bias", "The bias comes first: max(0, Σ x·k + b).")
def relu_first(terms: Array, b: Exact) -> Exact:
    """max(0, Σ) + b."""
    return largest(0, terms.sum()) + b


@slip("act.forgotten", "without ReLU", "ReLU makes 0 of what is below 0.")
def not_activated(terms: Array, b: Exact) -> Exact:
    """Σ + b."""
    return terms.sum() + b


@slip("act.abs", "with the minus turned into a plus", "ReLU makes 0 of what is below 0, not its amount.")
def amount(terms: Array, b: Exact) -> Exact:
    """|Σ + b|."""
    return absolute(terms.sum() + b)


@slip("act.per-term", "with ReLU on every product", "ReLU is applied once, to the sum with the bias.")
def relu_on_each(terms: Array, b: Exact) -> Exact:
    """Σ max(0, x·k) + b."""
    return np.array([largest(0, one) for one in terms.ravel()], object).sum() + b
