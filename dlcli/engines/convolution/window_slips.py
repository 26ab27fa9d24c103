"""Slips of windows: where one begins and ends, the padding of 'same', what a stack of layers sees.

Numbers are exact, along one axis; places are counted from 0.
"""

from __future__ import annotations

from dlcli.engines.base.exact import Exact, largest
from dlcli.engines.base.slips import slip


def first_place(i: Exact, s: Exact = 1, p: Exact = 0) -> Exact:
    """Where the window of output i begins: i·s − p; below 0 lies the padding.

    >>> first_place(2, 2, 1)
    3
    """
    first = i if _is(s, 1) else i * s
    return first if _is(p, 0) else first - p


def last_place(first: Exact, k: Exact) -> Exact:
    """Where a window of k places ends: first + k − 1."""
    return first + k - 1


def _is(x: Exact, known: int) -> bool:
    return bool(getattr(x, "value", x) == known)


@slip("window.end", "with the end one place too far", "A window of k places ends at its first + k − 1.")
def one_too_many(first: Exact, k: Exact) -> Exact:
    """first + k."""
    return first + k


@slip(
    "window.centred",
    "with the window around the place where it begins",
    "The window begins at its place; it does not lie around it.",
)
def centred(i: Exact, k: Exact, s: Exact, p: Exact) -> Exact:
    """(k − 1) div 2 places before."""
    return first_place(i, s, p) - (k - 1) // 2


@slip(
    "window.padding",
    "when the padding is forgotten",
    "With padding p the first window begins p places before the picture: − p.",
)
def unpadded(i: Exact, k: Exact, s: Exact, p: Exact) -> Exact:
    """i·s."""
    return first_place(i, s, 0)


def unstrided(i: Exact, k: Exact, s: Exact, p: Exact) -> Exact:
    """i − p, of stride 1: what the slip conv.stride-origin makes of it."""
    return first_place(i, 1, p)


def shifted(i: Exact, k: Exact, s: Exact, p: Exact) -> Exact:
    """One place further: what the slip conv.offset makes of it."""
    return first_place(i, s, p) + 1


def same(n: Exact, k: Exact, s: Exact = 1) -> tuple[Exact, Exact, Exact]:
    """Places of the result, padding before and after of 'same': all rounded as Keras does.

    >>> same(7, 4, 2)
    (4, 1, 2)
    """
    rows = n if _is(s, 1) else (n + s - 1) // s
    return rows, *_shared(needed(n, k, s, rows))


def needed(n: Exact, k: Exact, s: Exact, rows: Exact) -> Exact:
    """Padding (rows − 1)·s + k − n that so many windows need; none where they need none."""
    return largest(0, k - 1 if _is(s, 1) else (rows - 1) * s + k - n)


def _shared(total: Exact) -> tuple[Exact, Exact]:
    """The smaller half before, the larger behind."""
    return total // 2, total - total // 2


@slip(
    "same.left",
    "with the odd place of padding before, as in Caffe",
    "Where the padding is odd, the larger half stands behind, as in Keras.",
    convention=True,
)
def odd_before(n: Exact, k: Exact, s: Exact) -> tuple[Exact, Exact, Exact]:
    """The larger half before."""
    rows, before, after = same(n, k, s)
    return rows, after, before


@slip(
    "same.half",
    "with k div 2 on both sides, as padding=k//2 does in PyTorch",
    "'same' pads as much as is needed for ceil(n / s) places, and no more.",
)
def half_kernel(n: Exact, k: Exact, s: Exact) -> tuple[Exact, Exact, Exact]:
    """p = k div 2, and the size by the formula."""
    p = k // 2
    return (n + 2 * p - k) // s + 1, p, p


@slip(
    "same.stride1",
    "when 'same' is taken to keep the size at every stride",
    "'same' gives ceil(n / s) places: the size is kept at stride 1 alone.",
)
def as_without_stride(n: Exact, k: Exact, s: Exact) -> tuple[Exact, Exact, Exact]:
    """n places."""
    return same(n, k, 1)


@slip(
    "same.each-side",
    "with all of the padding on each side",
    "k − 1 places are missing in all, and both sides share them.",
)
def on_each_side(n: Exact, k: Exact, s: Exact) -> tuple[Exact, Exact, Exact]:
    """The whole padding before and behind."""
    rows = same(n, k, s)[0]
    total = needed(n, k, s, rows)
    return rows, total, total


@slip("same.behind", "with all of the padding behind", "Both sides share it; only the odd place is behind.")
def all_behind(n: Exact, k: Exact, s: Exact) -> tuple[Exact, Exact, Exact]:
    """The whole padding after the last place."""
    rows = same(n, k, s)[0]
    return rows, 0, needed(n, k, s, rows)


@slip(
    "same.valid",
    "without padding",
    "'same' pads so that every step of the stride gives a place: ceil(n / s).",
)
def valid(n: Exact, k: Exact, s: Exact) -> tuple[Exact, Exact, Exact]:
    """(n − k) div s + 1 places."""
    return (n - k) // s + 1, 0, 0


def sees(r: Exact, j: Exact, k: Exact, s: Exact, d: Exact) -> Exact:
    """The receptive field r + d·(k − 1)·j after a layer, j cells apart what it reads.

    >>> sees(3, 2, 3, 1, 1)
    7
    """
    return r + _spread(k, d) * j if not _is(j, 1) else r + _spread(k, d)


def _spread(k: Exact, d: Exact) -> Exact:
    return k - 1 if _is(d, 1) else d * (k - 1)


@slip(
    "rf.stride",
    "when strides are ignored",
    "Behind a stride, neighbours are further apart in the picture: times the jump.",
)
def without_jump(r: Exact, j: Exact, k: Exact, s: Exact, d: Exact) -> Exact:
    """r + d·(k − 1)."""
    return r + _spread(k, d)


@slip(
    "rf.own-stride",
    "when a layer's own stride already counts for it",
    "A stride widens what comes behind its layer, not the layer itself.",
)
def own_stride(r: Exact, j: Exact, k: Exact, s: Exact, d: Exact) -> Exact:
    """r + d·(k − 1)·j·s."""
    return r + _spread(k, d) * (j * s)


@slip(
    "rf.plus-one",
    "when each layer adds its whole kernel",
    "A layer adds k − 1: one of its cells was there before.",
)
def whole_kernel(r: Exact, j: Exact, k: Exact, s: Exact, d: Exact) -> Exact:
    """r + d·k·j, but for the first layer, which sees k."""
    return r + (k if _is(d, 1) else d * k) * j


@slip("rf.dilation", "without the dilation", "With dilation d the kernel spans d(k − 1) + 1 cells.")
def closed_kernel(r: Exact, j: Exact, k: Exact, s: Exact, d: Exact) -> Exact:
    """r + (k − 1)·j."""
    return sees(r, j, k, s, 1)


@slip("rf.product", "when kernel sizes are multiplied", "Kernel sizes add up: r + (k − 1) for each layer.")
def multiplied(r: Exact, j: Exact, k: Exact, s: Exact, d: Exact) -> Exact:
    """r · k."""
    return r * k
