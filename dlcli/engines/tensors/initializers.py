"""Weights to begin with: matrices drawn at random, so that signals neither fade nor grow on their way."""

from __future__ import annotations

import math

import numpy as np

from dlcli.engines.base.checks import Array


def glorot_uniform(rng: np.random.Generator, rows: int, columns: int) -> Array:
    """A matrix (rows, columns), uniform between ±√(6 / (rows + columns)), in float64.

    >>> bool(abs(glorot_uniform(np.random.default_rng(0), 2, 4)).max() <= 1)
    True

    Source: Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks,
    2010, equation 16.
    """
    limit = math.sqrt(6 / (rows + columns))
    return rng.uniform(-limit, limit, (rows, columns))


def orthogonal(rng: np.random.Generator, rows: int, columns: int) -> Array:
    """A matrix (rows, columns) whose rows are at right angles and of length 1, drawn evenly, in float64.

    Where there are fewer columns than rows it is the columns that are.

    >>> u = orthogonal(np.random.default_rng(0), 2, 6)
    >>> np.allclose(u @ u.T, np.eye(2))
    True

    Source: Saxe, McClelland and Ganguli, Exact solutions to the nonlinear dynamics of learning, 2014.
    """
    tall = rng.normal(size=(max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(tall)
    q = q * np.where(np.diag(r) < 0, -1.0, 1.0)  # else the signs would not be drawn evenly
    return q if rows >= columns else q.T
