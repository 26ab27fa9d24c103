"""A dense layer: every output is a weighted sum of all inputs and a bias."""

from __future__ import annotations

from dataclasses import dataclass

from dlcli.engines.base.checks import Array, EngineError


@dataclass(frozen=True)
class DenseWeights:
    """y = x kernel + bias: kernel (feature_in, feature_out), bias (feature_out,) as in Keras."""

    kernel: Array
    bias: Array


def dense(x: Array, weights: DenseWeights) -> Array:
    """y[..., o] = Σ x[..., i] kernel[i, o] + bias[o].

    x is (..., feature_in); the result has its precision.

    >>> import numpy as np
    >>> dense(np.array([[1.0, 2.0]]), DenseWeights(np.array([[1.0, 0.0], [3.0, 1.0]]), np.array([10.0, 0.0])))
    array([[17.,  2.]])

    Raises ``EngineError`` when the features and the kernel's rows differ in number.
    """
    kernel = weights.kernel
    if x.ndim == 0 or x.shape[-1] != kernel.shape[0]:
        raise EngineError(
            f"a dense layer of kernel {kernel.shape} takes {kernel.shape[0]} features; "
            f"received shape {x.shape}"
        )
    y: Array = x.reshape(-1, x.shape[-1]) @ kernel.astype(x.dtype, copy=False)
    y += weights.bias.astype(x.dtype, copy=False)
    return y.reshape(*x.shape[:-1], kernel.shape[1])


def dense_backward(dy: Array, x: Array, weights: DenseWeights) -> tuple[Array, DenseWeights]:
    """The gradient at x, and those at kernel and bias, from ``dy`` at the output (..., feature_out).

    >>> import numpy as np
    >>> layer = DenseWeights(np.array([[2.0], [3.0]]), np.zeros(1))
    >>> dx, at = dense_backward(np.array([[1.0]]), np.array([[5.0, 7.0]]), layer)
    >>> dx, at.kernel.ravel(), at.bias
    (array([[2., 3.]]), array([5., 7.]), array([1.]))
    """
    rows, inputs = dy.reshape(-1, dy.shape[-1]), x.reshape(-1, x.shape[-1])
    dx = (rows @ weights.kernel.astype(dy.dtype, copy=False).T).reshape(x.shape)
    return dx, DenseWeights(inputs.T @ rows, rows.sum(axis=0))
