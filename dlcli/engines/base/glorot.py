"""Weights before any training, drawn so that what passes a layer keeps its size."""

from __future__ import annotations

import math

import numpy as np

from dlcli.engines.base.checks import Array


def glorot_uniform(generator: np.random.Generator, inputs: int, outputs: int) -> Array:
    """A kernel (inputs, outputs) of numbers uniform in ±√(6 / (inputs + outputs)), float64.

    >>> kernel = glorot_uniform(np.random.default_rng(0), 2, 4)
    >>> kernel.shape, bool(np.abs(kernel).max() <= 1)
    ((2, 4), True)

    Source: Glorot and Bengio, Understanding the difficulty of training deep feedforward networks, 2010,
    equation 16.
    """
    limit = math.sqrt(6 / (inputs + outputs))
    return generator.uniform(-limit, limit, (inputs, outputs))
