"""Numbers to begin with, by the names that Keras gives the recipes, and PyTorch's own.

Each keeps signals from fading or growing from layer to layer: the more numbers go into a sum, the smaller
they are.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.tensors.initializers import orthogonal as orthogonal_matrix

#: Deviation of a normal distribution that is cut off at two deviations.
TRUNCATED = 0.87962566103423978

#: How far from 0 numbers are that no fans decide.
SMALL = 0.05

#: What draws an array of a shape (Keras' layout, in float64) from the fans (in, out).
Initialiser = Callable[[np.random.Generator, tuple[int, ...], tuple[int, int]], Array]


def zeros(rng: np.random.Generator, shape: tuple[int, ...], fans: tuple[int, int]) -> Array:
    """All 0: for biases."""
    return np.zeros(shape)


def ones(rng: np.random.Generator, shape: tuple[int, ...], fans: tuple[int, int]) -> Array:
    """All 1: for what multiplies."""
    return np.ones(shape)


def quarters(rng: np.random.Generator, shape: tuple[int, ...], fans: tuple[int, int]) -> Array:
    """All 1/4: for the slope of a prelu, as in PyTorch."""
    return np.full(shape, 0.25)


def glorot_uniform(rng: np.random.Generator, shape: tuple[int, ...], fans: tuple[int, int]) -> Array:
    """U(±√(6 / (in + out))). Source: Glorot and Bengio, 2010, equation 16; Keras' default.

    >>> bool(abs(glorot_uniform(np.random.default_rng(0), (3, 3, 1, 5), (9, 45))).max() <= 1 / 3)
    True
    """
    limit = math.sqrt(6 / (fans[0] + fans[1]))
    return rng.uniform(-limit, limit, shape)


def glorot_normal(rng: np.random.Generator, shape: tuple[int, ...], fans: tuple[int, int]) -> Array:
    """N(0, 2 / (in + out)), cut off at two deviations. Source: Glorot and Bengio, 2010, equation 12."""
    return _truncated(rng, shape, math.sqrt(2 / (fans[0] + fans[1])))


def he_uniform(rng: np.random.Generator, shape: tuple[int, ...], fans: tuple[int, int]) -> Array:
    """U(±√(6 / in)). Source: He et al., Delving deep into rectifiers, 2015, equation 10."""
    limit = math.sqrt(6 / fans[0])
    return rng.uniform(-limit, limit, shape)


def he_normal(rng: np.random.Generator, shape: tuple[int, ...], fans: tuple[int, int]) -> Array:
    """N(0, 2 / in), cut off at two deviations. Source: He et al., 2015, equation 10."""
    return _truncated(rng, shape, math.sqrt(2 / fans[0]))


def orthogonal(rng: np.random.Generator, shape: tuple[int, ...], fans: tuple[int, int]) -> Array:
    """All but the last axis as rows of a matrix, its columns (or rows) at right angles and of length 1.

    Source: Saxe, McClelland and Ganguli, Exact solutions to the nonlinear dynamics of learning, 2014.
    """
    return orthogonal_matrix(rng, math.prod(shape[:-1]), shape[-1]).reshape(shape)


def torch_uniform(rng: np.random.Generator, shape: tuple[int, ...], fans: tuple[int, int]) -> Array:
    """U(±1 / √in), for kernels and biases: what PyTorch's linear and convolution layers begin with.

    >>> bool(abs(torch_uniform(np.random.default_rng(0), (4, 3), (4, 3))).max() <= 0.5)
    True
    """
    limit = 1 / math.sqrt(fans[0])
    return rng.uniform(-limit, limit, shape)


def random_uniform(rng: np.random.Generator, shape: tuple[int, ...], fans: tuple[int, int]) -> Array:
    """U(±0.05), whatever the fans: what Keras' embeddings begin with."""
    return rng.uniform(-SMALL, SMALL, shape)


def random_normal(rng: np.random.Generator, shape: tuple[int, ...], fans: tuple[int, int]) -> Array:
    """N(0, 0.05²), whatever the fans: Keras' ``random_normal``."""
    return SMALL * rng.standard_normal(shape)


def standard_normal(rng: np.random.Generator, shape: tuple[int, ...], fans: tuple[int, int]) -> Array:
    """N(0, 1): what PyTorch's embeddings begin with."""
    return rng.standard_normal(shape)


#: Every recipe by the word of a model file.
INITIALISERS: dict[str, Initialiser] = {
    "glorot-uniform": glorot_uniform,
    "glorot-normal": glorot_normal,
    "he-uniform": he_uniform,
    "he-normal": he_normal,
    "orthogonal": orthogonal,
    "torch-uniform": torch_uniform,
    "random-uniform": random_uniform,
    "random-normal": random_normal,
    "standard-normal": standard_normal,
    "zeros": zeros,
    "ones": ones,
    "quarters": quarters,
}


def _truncated(rng: np.random.Generator, shape: tuple[int, ...], deviation: float) -> Array:
    """Normal numbers of this deviation, those beyond two deviations drawn again."""
    drawn = rng.standard_normal(shape)
    while (beyond := np.abs(drawn) > 2).any():
        drawn[beyond] = rng.standard_normal(int(beyond.sum()))
    return drawn * (deviation / TRUNCATED)
