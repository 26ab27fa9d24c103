"""Slips of the gradients of a convolution, by a weight, an input or the bias, and of a step along them.

The convolution is y[i,j] = Σ x[i+a, j+c] · k[a,c] + b; dY is the gradient of the loss by its output.
"""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.base.exact import Exact
from dlcli.engines.base.slips import slip


def weight_gradient(x: Array, dy: Array, a: int, c: int) -> Exact:
    """dk[a,c] = Σ x[i+a, j+c] · dY[i,j].

    >>> weight_gradient(np.array([[1, 2], [3, 4]], object), np.array([[2]], object), 1, 0)
    6
    """
    return (x[a : a + dy.shape[0], c : c + dy.shape[1]] * dy).sum()


def input_gradient(dy: Array, k: Array, i: int, j: int) -> Exact:
    """dx[i,j] = Σ dY[i−a, j−c] · k[a,c], over those that there are.

    >>> input_gradient(np.array([[2]], object), np.array([[1, 0], [0, 3]], object), 1, 1)
    6
    """
    return sum(
        dy[i - a, j - c] * k[a, c]
        for a, c in np.ndindex(k.shape)
        if 0 <= i - a < dy.shape[0] and 0 <= j - c < dy.shape[1]
    )


@slip(
    "grad.unturned",
    "with the kernel laid on dY as it stands",
    "x[i,j] came into y[i−a,j−c] by the weight k[a,c]: backwards the kernel is turned by 180 degrees.",
)
def unturned(dy: Array, k: Array, i: int, j: int) -> Exact:
    """The kernel not turned on dY in a frame of zeros."""
    return input_gradient(dy, k[::-1, ::-1], i, j)


@slip(
    "grad.mirrored",
    "with the kernel turned on one axis only",
    "The kernel is turned on both axes, up and down, left and right.",
)
def mirrored(dy: Array, k: Array, i: int, j: int) -> Exact:
    """Turned left and right alone."""
    return input_gradient(dy, k[::-1], i, j)


@slip("grad.transposed", "with rows and columns of the kernel exchanged", "Turned is not transposed.")
def transposed(dy: Array, k: Array, i: int, j: int) -> Exact:
    """k[c,a] for k[a,c]."""
    return input_gradient(dy, k.T, i, j)


@slip(
    "grad.dy-turned",
    "with dY turned by 180 degrees",
    "dY is laid on x as it stands; only for the gradient of x something turns.",
)
def dy_turned(x: Array, dy: Array, a: int, c: int) -> Exact:
    """dY from its end."""
    return weight_gradient(x, dy[::-1, ::-1], a, c)


@slip("grad.dy-transposed", "with rows and columns of dY exchanged", "dY lies on x row on row.")
def dy_transposed(x: Array, dy: Array, a: int, c: int) -> Exact:
    """dY[j,i] for dY[i,j]."""
    return weight_gradient(x, dy.T, a, c)


@slip(
    "grad.transposed-place",
    "with the window of the weight in the mirrored place",
    "dk[a,c] has the window that begins at row a, column c of x.",
)
def place_transposed(x: Array, dy: Array, a: int, c: int) -> Exact:
    """dk[c,a]."""
    return weight_gradient(x, dy, c, a)


@slip("grad.first-window", "with the first window for every weight", "The weight k[a,c] met x[i+a, j+c].")
def first_window(x: Array, dy: Array, a: int, c: int) -> Exact:
    """dk[0,0]."""
    return weight_gradient(x, dy, 0, 0)


@slip("grad.bias-mean", "with the mean of dY for the bias", "The bias is in every cell: the sum of dY.")
def bias_mean(dy: Array) -> Exact:
    """Σ dY / n."""
    return dy.sum() / dy.size


@slip(
    "grad.bias-times-x",
    "with dY multiplied by the input for the bias",
    "The bias meets no input: the sum of dY.",
)
def bias_times_x(dy: Array, x: Array) -> Exact:
    """dk[0,0]."""
    return weight_gradient(x, dy, 0, 0)


@slip("grad.ascent", "with the gradient added", "A step goes against the gradient: w − lr · dw.")
def upwards(w: Exact, gradient: Exact, lr: Exact) -> Exact:
    """w + lr·dw."""
    return w + lr * gradient


@slip("grad.no-rate", "without the learning rate", "The gradient is multiplied by it: w − lr · dw.")
def whole_gradient(w: Exact, gradient: Exact, lr: Exact) -> Exact:
    """w − dw."""
    return w - gradient
