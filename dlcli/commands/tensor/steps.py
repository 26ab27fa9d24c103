"""The steps that ``tensor`` takes: what becomes of the numbers and of the meaning of their axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from dlcli.commands.tensor.axes import labelled, named, ordered
from dlcli.commands.tensor.record import Broadcasting, Indexing, Reshaping, Transposing
from dlcli.commands.tensor.words import IndexItem, index_text
from dlcli.engines.base.checks import EngineError
from dlcli.engines.tensors import broadcast, indexing, reshape
from dlcli.engines.tensors.indexing import Pick
from dlcli.engines.tensors.reshape import written
from dlcli.engines.tensors.transpose import origin as transposed_origin
from dlcli.engines.tensors.transpose import transpose
from dlcli.errors import DlcliError, printable
from dlcli.tensor import Axis, Tensor


def indexed(x: Tensor, items: Sequence[IndexItem]) -> Indexing:
    """Some places of each axis; labels and numbers of the axes are cut with them."""
    picks = indexing.picks(labelled(items, x), x.shape, tuple(map(printable, x.axis_names)))
    axes = named(
        None if pick.axis is None else _cut(x.axes[pick.axis], pick, x.shape[pick.axis])
        for pick in picks
        if pick.length is not None
    )
    after = Tensor(indexing.select(x.data, picks), axes, x.name, x.attrs)
    return Indexing(("--index", index_text(items)), x, after, partial(indexing.origin, taken=picks), picks)


def transposed(x: Tensor, words: Sequence[str]) -> Transposing:
    """The axes in another order, each with its name, labels and numbers."""
    order = ordered(words, x)
    axes = tuple(x.axes[axis] for axis in order)
    after = Tensor(transpose(x.data, order), axes, x.name, x.attrs)
    return Transposing(
        ("--transpose", ",".join(words)), x, after, partial(transposed_origin, order=order), order
    )


def reshaped(x: Tensor, asked: tuple[int, ...]) -> Reshaping:
    """The same row of numbers cut elsewhere; axes that no longer mean what they did lose their names."""
    shape = reshape.resolved_shape(asked, x.shape)
    kept = reshape.surviving(x.shape, shape)
    axes = named(x.axes[kept[axis]] if axis in kept else None for axis in range(len(shape)))
    after = Tensor(x.data.reshape(shape), axes, x.name, x.attrs)
    swap = (1, 0, *range(2, len(shape)))
    turned = x.data.ndim > 1 and len(shape) == x.data.ndim and shape == tuple(x.shape[axis] for axis in swap)
    beside = transposed(x, list(map(str, swap))) if turned else None
    origin = partial(reshape.origin, after=shape, before=x.shape)
    return Reshaping(("--reshape", written(asked)), x, after, origin, asked, kept, beside)


def broadcasted(x: Tensor, other: Tensor | tuple[int, ...], word: str, most_bytes: int) -> Broadcasting:
    """The tensor repeated to the shape it has in common with another, whose labels its new places get."""
    tensor = other if isinstance(other, Tensor) else None
    right = other.shape if isinstance(other, Tensor) else other
    rules = broadcast.broadcast_rule(x.shape, right)
    try:
        shape = broadcast.broadcast_shape(x.shape, right)
    except EngineError as error:
        if all(rule.rule != broadcast.MISFIT for rule in rules):
            raise
        told = f"{written(x.shape)} and {written(right)} do not broadcast"
        raise EngineError(f"{told}\n{error}{_hint(x.shape, other)}") from error
    each = x.data.itemsize
    if math.prod(shape) * each > most_bytes:
        raise DlcliError(
            f"{' × '.join(map(str, shape))} numbers of {each} byte{'s' * (each > 1)} are more than the "
            f"{most_bytes} bytes allowed; raise --max-bytes, or broadcast to less"
        )
    axes = named(_met(rule, x, tensor) for rule in reversed(rules))
    after = Tensor(np.broadcast_to(x.data, shape), axes, x.name, x.attrs)
    origin = partial(broadcast.origin, shape=x.shape)
    return Broadcasting(("--broadcast", word), x, after, origin, rules, tensor)


def _hint(left: tuple[int, ...], other: Tensor | tuple[int, ...]) -> str:
    """What makes two shapes fit: lengths of 1 put into the one that needs fewer of them."""
    right = other.shape if isinstance(other, Tensor) else other
    mine, theirs = broadcast.with_ones(left, right), broadcast.with_ones(right, left)
    if theirs and (not mine or len(theirs) - len(right) < len(mine) - len(left)):
        if isinstance(other, Tensor):
            return (
                f"; the other fits as {written(theirs)}: dlcli tensor --reshape {written(theirs)} makes it so"
            )
        return f"; try --broadcast {written(theirs)}"
    return f"; try --reshape {written(mine)}" if mine else ""


def _cut(axis: Axis, pick: Pick, length: int) -> Axis:
    """What is left of an axis: labels and numbers of the places that were taken."""
    if pick.places == range(length):
        return axis
    if axis.labels is not None:
        return replace(axis, labels=tuple(axis.labels[place] for place in pick.places))
    if axis.step is not None:
        return replace(axis, start=axis.value(pick.start), step=axis.step * pick.step)
    return axis


def _met(rule: broadcast.AxisRule, x: Tensor, other: Tensor | None) -> Axis | None:
    """The axis of the result: of the two that met, the one whose numbers are not repeated."""
    if rule.repeated != "left":
        return x.axes[rule.axis]
    if other is not None:
        return other.axes[rule.axis]
    return Axis(x.axes[rule.axis].name) if rule.left is not None else None
