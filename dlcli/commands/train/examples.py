"""Sets of data as a training takes them: what it learns from, what is held out, with noise or without."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from dlcli.errors import printable
from dlcli.nets.evaluation import Examples
from dlcli.nets.net import WHITE
from dlcli.tensor import Array
from dlcli.wire.datasets.dataset import DataSet

#: Inputs that are looked at at once.
BLOCK = 256

#: Bytes of a set that stays in memory.
KEPT = 1 << 28


def examples(data: DataSet, places: Array | None = None) -> Examples:
    """A set, or the inputs at these places, as a training takes them: again and again.

    Those of a set that is small enough stay in memory once they were read, decoded or drawn.
    """
    size = data.dtype.itemsize * math.prod(data.shape) * len(data)
    take = Kept(data).take if size <= KEPT else data.take
    if places is None:
        return Examples(len(data), take, data.labels)
    labels = None if data.labels is None else data.labels[places]
    return Examples(len(places), lambda at: take(places[at]), labels, places)


class Kept:
    """The inputs of a set, each read when it is first asked for.

    >>> from dlcli.wire.datasets.dataset import of_array
    >>> kept = Kept(of_array("x", np.arange(12).reshape(3, 2, 2), None, ()))
    >>> kept.take(np.array([2, 0]))[:, 0, 0, 0]
    array([8, 0])
    """

    def __init__(self, data: DataSet) -> None:
        self.data = data
        self.inputs = np.empty((len(data), *data.shape), data.dtype)
        self.there = np.zeros(len(data), bool)

    def take(self, places: Array) -> Array:
        """The inputs at these places (k,)."""
        new = places[~self.there[places]]
        if len(new):
            self.inputs[new] = self.data.take(new)
            self.there[new] = True
        return self.inputs[places]


def met_before(learnt: Examples, held: Examples) -> int:
    """How many of the inputs that are held out are among those that are learnt from.

    >>> from dlcli.wire.datasets.dataset import of_array
    >>> first, second = (of_array("x", np.arange(10.0)[at, None], None, ()) for at in ([0, 1, 2], [4, 2]))
    >>> met_before(examples(first), examples(second))
    1
    """
    return int(np.isin(_marks(held), _marks(learnt)).sum())


def _marks(found: Examples) -> Array:
    """A number of 64 bits for each input, the same of inputs that are the same."""
    starts = range(0, found.count, BLOCK)
    blocks = (found.take(np.arange(start, min(start + BLOCK, found.count))) for start in starts)
    rows = (hash((str(block.dtype), one.tobytes())) for block in blocks for one in block)
    return np.fromiter(rows, np.int64, found.count)


def with_noise(found: Examples, deviation: float, seed: int, part: int) -> Examples:
    """Examples as if each had been taken with noise: drawn once, and the same whenever it is looked at.

    Pixels of bytes become numbers from 0 to 1, and stay there. ``part`` tells sets apart that have noise of
    their own.
    """

    def take(places: Array) -> Array:
        inputs = found.take(places)
        whole = inputs.dtype == np.uint8
        noisy = inputs.astype(np.float32) / np.float32(WHITE if whole else 1)
        for place, one in zip(places.tolist(), noisy, strict=True):
            generator = np.random.default_rng([seed, NOISE, part, place])
            one += np.float32(deviation) * generator.standard_normal(one.shape, np.float32)
        return noisy.clip(0, 1, out=noisy) if whole else noisy

    return replace(found, take=take)


#: What the noise of a picture is drawn for, behind the seed.
NOISE = 5


def class_names(data: DataSet) -> tuple[str, ...]:
    """The names of the classes, as they may be shown."""
    return tuple(printable(name) for name in data.classes)
