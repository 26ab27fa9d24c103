"""Sets of data as a training takes them: what it learns from, what is held out, with noise or without."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from dlcli.errors import printable
from dlcli.nets.evaluation import Examples
from dlcli.nets.spec import ModelSpec
from dlcli.runner.result import Run
from dlcli.tensor import Array
from dlcli.wire.datasets.dataset import DEEP, WHITE, DataSet

#: Inputs that are looked at at once.
BLOCK = 256

#: Numbers above these are no pixels of 0 to 1, or of 0 to 255.
ABOVE_ONE, ABOVE_WHITE = 2.0, 255.0

#: Bytes of a set that stays in memory.
KEPT = 1 << 28


def examples(data: DataSet, places: Array | None = None, of: DataSet | None = None) -> Examples:
    """A set, or the inputs at these places, as a training takes them: again and again.

    Those of a set that is small enough stay in memory once they were read, decoded or drawn. Pixels of 16
    bits become numbers from 0 to 1; ``of`` is the set that is learnt from, where this is another.

    >>> from dlcli.wire.datasets.dataset import of_array
    >>> white = of_array("x", np.full((1, 2, 2), 65535, np.uint16), None, ())
    >>> float(examples(white).take(np.array([0])).max())
    1.0
    """
    take = Kept(data).take if _is_small(data) else data.take
    if data.dtype == np.uint16 and max(one.white for one in (data, of or data)) == DEEP:
        take = partial(_unit, take)
    if places is None:
        return Examples(len(data), take, data.labels)
    labels = None if data.labels is None else data.labels[places]
    return Examples(len(places), lambda at: take(places[at]), labels, places)


def _is_small(data: DataSet) -> bool:
    return data.dtype.itemsize * math.prod(data.shape) * len(data) <= KEPT


def _unit(take: Callable[[Array], Array], places: Array) -> Array:
    return take(places).astype(np.float32) / np.float32(DEEP)


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

    Pixels of whole numbers become numbers from 0 to 1, and stay there. ``part`` tells sets apart that have
    noise of their own.
    """

    def take(places: Array) -> Array:
        inputs = found.take(places)
        whole = inputs.dtype.kind in "iu" and (inputs.ndim == 4 or inputs.dtype.itemsize == 1)
        noisy = inputs.astype(np.float32) / np.float32(WHITE if whole else 1)
        for place, one in zip(places.tolist(), noisy, strict=True):
            generator = np.random.default_rng([seed, NOISE, part, place])
            one += np.float32(deviation) * generator.standard_normal(one.shape, np.float32)
        return noisy.clip(0, 1, out=noisy) if whole else noisy

    return replace(found, take=take)


def in_range(
    run: Run, spec: ModelSpec, data: DataSet, learnt: Examples, held: Examples | None
) -> tuple[Examples, Examples | None]:
    """The examples in the range that a model expects: pixels that have become 0 to 1 times 255 for some.

    Says where pictures do not look like what the model expects, and which classes have no example.
    """
    if spec.target == "label" and (words := data.missing_words()):
        run.warn(f"train: {words}")
    if len(data.shape) != 3:
        return learnt, held
    if data.dtype.kind == "f" or (data.dtype.kind in "iu" and data.dtype not in (np.uint8, np.uint16)):
        _tell_range(run, spec, data, learnt)
    if spec.rescales and data.dtype.kind in "ui":
        return _white(learnt), None if held is None else _white(held)
    return learnt, held


def white_fact(data: DataSet) -> dict[str, int]:
    """What a file keeps of pixels of 16 bits: the number of a white one."""
    return {"white": DEEP} if data.white == DEEP else {}


def _white(found: Examples) -> Examples:
    """Examples whose pixels are 0 to 255, those that were 0 to 1 among them."""

    def take(places: Array) -> Array:
        inputs = found.take(places)
        return inputs * inputs.dtype.type(WHITE) if inputs.dtype.kind == "f" else inputs

    return replace(found, take=take)


def _tell_range(run: Run, spec: ModelSpec, data: DataSet, learnt: Examples) -> None:
    """A line on standard error for numbers in another range than the model expects.

    All of a set that stays in memory is looked at, some of a larger one.
    """
    some = learnt.count if _is_small(data) else min(learnt.count, BLOCK)
    places = np.linspace(0, learnt.count - 1, some).astype(np.intp)
    blocks = [learnt.take(places[start : start + BLOCK]) for start in range(0, some, BLOCK)]
    low, high = min(float(one.min()) for one in blocks), max(float(one.max()) for one in blocks)
    where, whole = printable(data.name), data.dtype.kind != "f"
    told = f"train: {where}: numbers up to {high:.4g} are taken as they are, and {printable(spec.name)}"
    if low < 0 or not math.isfinite(high):
        return
    if whole and high > ABOVE_WHITE:
        run.warn(
            f"train: {where}: numbers up to {high:.6g} of {data.dtype} are taken for pixels of 0 to {WHITE}; "
            f"where they are pixels of 16 bits, save them as uint16"
        )
    elif not whole and spec.rescales and 0 < high <= 1:
        run.warn(
            f"{told} divides its pixels by {WHITE} itself; where they are pixels of 0 to 1, multiply them by "
            f"{WHITE}"
        )
    elif not whole and not spec.rescales and high > ABOVE_ONE:
        run.warn(
            f"{told} learns best from pixels of 0 to 1; where they are pixels of 0 to {WHITE}, save them as "
            f"uint8 or divide them by {WHITE}"
        )


#: What the noise of a picture is drawn for, behind the seed.
NOISE = 5


def class_names(data: DataSet) -> tuple[str, ...]:
    """The names of the classes, as they may be shown."""
    return tuple(printable(name) for name in data.classes)
