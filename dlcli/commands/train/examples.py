"""Sets of data as a training takes them: what it learns from, what is held out, with noise or without."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from dlcli.errors import called, printable
from dlcli.nets.evaluation import Examples
from dlcli.nets.spec import ModelSpec
from dlcli.runner.result import Run
from dlcli.tensor import Array
from dlcli.wire.datasets.dataset import ABOVE_ONE, DEEP, WHITE, DataSet
from dlcli.words.number import counted

#: Inputs that are looked at at once.
BLOCK = 256

#: Examples to learn from that recordings are varied for.
ENOUGH = 1000

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
    """How many of the inputs that are held out are among those that are learnt from, in whatever type.

    They are compared as float32, as they are read and with pixels from 0 to 1: it is enough that one of both
    is the same.

    >>> from dlcli.wire.datasets.dataset import of_array
    >>> x = np.arange(10)[:, None]
    >>> first, second = (of_array("x", one, None, ()) for one in (x[:3].astype(np.uint8), x[[4, 2]] / 1.0))
    >>> met_before(examples(first), examples(second))
    1
    """
    pairs = zip(_marks(held), _marks(learnt), strict=True)
    return int(np.logical_or.reduce([np.isin(*pair) for pair in pairs]).sum())


def _marks(found: Examples) -> Array:
    """Numbers of 64 bits (2, count) for the inputs as they are read and with pixels from 0 to 1."""
    blocks = []
    for places in found.batches(BLOCK):
        inputs = found.take(places)
        with np.errstate(over="ignore"):
            numbers = inputs.astype(np.float32) + np.float32(0)  # no zero is negative
        pair = numbers, numbers / np.float32(WHITE) if _are_pixels(inputs) else numbers
        blocks.append(np.array([[hash(one.tobytes()) for one in some] for some in pair], np.int64))
    return np.concatenate(blocks or [np.empty((2, 0), np.int64)], axis=1)


def _are_pixels(inputs: Array) -> bool:
    """Whether inputs (k, …) are whole numbers that a net divides by 255: pictures, or bytes."""
    return inputs.dtype.kind in "iu" and (inputs.ndim == 4 or inputs.dtype.itemsize == 1)


def with_noise(found: Examples, deviation: float, seed: int, part: int, *, pixels: bool = False) -> Examples:
    """Examples as if each had been taken with noise: drawn once, and the same whenever it is looked at.

    Pixels of whole numbers become numbers from 0 to 1, and stay there; where those of a picture go beyond,
    they stay between its least and its largest. ``pixels`` says of fractions that they were such. ``part``
    tells sets apart that have noise of their own.
    """

    def take(places: Array) -> Array:
        inputs = found.take(places)
        whole = _are_pixels(inputs)
        noisy = inputs.astype(np.float32) / np.float32(WHITE if whole else 1)
        for place, one in zip(places.tolist(), noisy, strict=True):
            low, high = min(0, one.min()), max(1, one.max())
            generator = np.random.default_rng([seed, NOISE, part, place])
            one += np.float32(deviation) * generator.standard_normal(one.shape, np.float32)
            if whole or pixels:
                one.clip(low, high, out=one)
        return noisy

    return replace(found, take=take, clean=found.take)


def tell_inputs(
    run: Run, spec: ModelSpec, data: DataSet, learnt: Examples, other: DataSet | None, held: Examples | None
) -> None:
    """Say where pictures do not look like what the model expects, and which classes have no example.

    The examples are as they are read, without noise. ``other`` is the set of what is held out, where that is
    not the data: their own test part is named where only that looks otherwise.
    """
    if spec.target == "label" and (words := data.missing_words()):
        run.warn(f"train: {words}")
    if told := _range_words(spec, data, learnt, name := called(data.name)):
        run.warn(told)
    own = other is data.held_out
    if held is None or other is None or (own and told):
        return
    if told := _range_words(spec, other, held, f"the test part of {name}" if own else called(other.name)):
        run.warn(told)


def in_range(spec: ModelSpec, data: DataSet, found: Examples) -> Examples:
    """Examples in the range that a model expects: pixels that have become 0 to 1 times 255 for some."""
    pixels = len(data.shape) == 3 and data.dtype.kind in "ui"
    return _white(found) if spec.rescales and pixels else found


def white_fact(data: DataSet) -> dict[str, int]:
    """What a file keeps of pixels of 16 bits: the number of a white one."""
    return {"white": DEEP} if data.white == DEEP else {}


def _white(found: Examples) -> Examples:
    """Examples whose pixels are 0 to 255, those that were 0 to 1 among them."""

    def take(places: Array) -> Array:
        inputs = found.take(places)
        return inputs * inputs.dtype.type(WHITE) if inputs.dtype.kind == "f" else inputs

    return replace(found, take=take)


def _range_words(spec: ModelSpec, data: DataSet, learnt: Examples, where: str) -> str:
    """A line for pixels in another range than the model expects; nothing for others.

    All of a set that stays in memory is looked at, some of a larger one.
    """
    if len(data.shape) != 3 or data.dtype.kind not in "fiu" or data.dtype in (np.uint8, np.uint16):
        return ""
    some = learnt.count if _is_small(data) else min(learnt.count, BLOCK)
    places = np.linspace(0, learnt.count - 1, some).astype(np.intp)
    blocks = [learnt.take(places[start : start + BLOCK]) for start in range(0, some, BLOCK)]
    low, high = min(float(one.min()) for one in blocks), max(float(one.max()) for one in blocks)
    whole = data.dtype.kind != "f"
    told = f"train: {where}: numbers up to {high:.4g} are taken as they are, and {printable(spec.name)}"
    if low < 0 or not math.isfinite(high):
        return ""
    if whole and high > WHITE:
        return (
            f"train: {where}: numbers up to {high:.6g} of {data.dtype} are taken for pixels of 0 to {WHITE}; "
            f"where they are pixels of 16 bits, save them as uint16"
        )
    if not whole and spec.rescales and 0 < high <= 1:
        return (
            f"{told} divides its pixels by {WHITE} itself; where they are pixels of 0 to 1, multiply them by "
            f"{WHITE}"
        )
    if not whole and not spec.rescales and high > ABOVE_ONE:
        return (
            f"{told} learns best from pixels of 0 to 1; where they are pixels of 0 to {WHITE}, save them as "
            f"uint8 or divide them by {WHITE}"
        )
    return ""


#: What the noise of a picture is drawn for, behind the seed.
NOISE = 5


def class_names(data: DataSet) -> tuple[str, ...]:
    """The names of the classes, as they may be shown."""
    return tuple(printable(name) for name in data.classes)


def variants_of(data: DataSet, learnt: Examples) -> int:
    """In how many variants each example is learnt from: 1 where there are none, or enough without."""
    return 1 if data.vary is None else max(1, round(ENOUGH / learnt.count))


def varied(data: DataSet, learnt: Examples) -> Examples:
    """Examples in their variants, the examples themselves first; as they are of a set without variants."""
    many, vary = variants_of(data, learnt), data.vary
    if many == 1 or vary is None:
        return learnt
    places = np.arange(len(data)) if learnt.places is None else learnt.places
    at, variants = np.tile(places, many), np.repeat(np.arange(many), len(places))
    labels = None if learnt.labels is None else np.tile(learnt.labels, many)
    return replace(
        learnt, count=len(at), take=lambda some: vary(at[some], variants[some]), labels=labels, places=at
    )


def variants_told(data: DataSet, learnt: Examples, held: Examples | None) -> str:
    """What a reader of results on recordings has to know; nothing of other sets."""
    if data.vary is None:
        return ""
    many = variants_of(data, learnt)
    told = [
        f"Each of {counted(learnt.count, 'recording')} is learnt from in {many} variants: at other speeds, "
        "moved, in noise."
    ] * (many > 1)
    if held is not None:
        others = f"{held.count} other recordings, as they are"
        told.append(f"Held out are {others}: of voices not among them they say nothing.")
    return " ".join(told)
