"""Numbers that look drawn, by integer arithmetic: the same in the tests and in the scripts that asked others."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

#: The CNN of the notes, by the name of each array: its shape in Keras' layout, and the size of its numbers.
CNN = {
    "conv2d/kernel": ((3, 3, 3, 32), 1 / 4),
    "conv2d/bias": ((32,), 1 / 16),
    "conv2d_1/kernel": ((3, 3, 32, 64), 1 / 8),
    "conv2d_1/bias": ((64,), 1 / 16),
    "conv2d_2/kernel": ((3, 3, 64, 64), 1 / 8),
    "conv2d_2/bias": ((64,), 1 / 16),
    "dense/kernel": ((1024, 64), 1 / 32),
    "dense/bias": ((64,), 1 / 16),
    "dense_1/kernel": ((64, 10), 1 / 8),
    "dense_1/bias": ((10,), 1 / 16),
}

#: Pictures of a batch, steps, and numbers that are looked at of each gradient.
BATCH, STEPS, LOOKED_AT = 16, 5, 24


def bits(count: int, seed: int) -> Array:
    """So many numbers of 24 bits. Source: Steele, Lea and Flood, Fast splittable generators, 2014."""
    z = (np.arange(count, dtype=np.uint64) + np.uint64(seed << 32)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (z ^ (z >> np.uint64(31))) >> np.uint64(40)


def numbers(shape: tuple[int, ...], seed: int) -> Array:
    """Numbers from -1 to 1, which float32 holds exactly."""
    return (bits(prod(shape), seed).reshape(shape) / 2.0**23) - 1


def cnn_weights() -> dict[str, Array]:
    """What the CNN begins with."""
    return {name: numbers(shape, i) * size for i, (name, (shape, size)) in enumerate(CNN.items())}


def cnn_batch(step: int) -> tuple[Array, Array]:
    """Pictures (picture, height, width, channel) of bytes, and their classes."""
    pixels = (bits(BATCH * 32 * 32 * 3, 100 + step) % 256).astype(np.uint8)
    return pixels.reshape(BATCH, 32, 32, 3), (bits(BATCH, 200 + step) % 10).astype(np.int64)


#: Words of a small language, and steps of a sequence of them.
WORDS, LONG = 11, 8


def words_batch(step: int) -> tuple[Array, Array]:
    """Words of a batch (sequence, time), and those that follow each."""
    drawn = (bits(4 * (LONG + 1), 300 + step) % WORDS).astype(np.int64).reshape(4, LONG + 1)
    return drawn[:, :-1], drawn[:, 1:]


def looked_at(gradient: Array) -> Array:
    """Some numbers of a gradient in Keras' layout, then its largest and its length."""
    flat = gradient.reshape(-1)
    some = flat[(bits(LOOKED_AT, flat.size) % flat.size).astype(np.int64)]
    return np.append(some.astype(np.float64), [np.abs(flat).max(), np.linalg.norm(flat.astype(np.float64))])
