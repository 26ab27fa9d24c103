"""The steps that ``tensor`` takes: what becomes of the numbers and of the meaning of their axes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from itertools import permutations

import numpy as np

from dlcli.commands.tensor.fitting import fitting
from dlcli.commands.tensor.record import Broadcasting, Indexing, Reshaping, Transposing
from dlcli.commands.tensor.words import IndexItem, index_text
from dlcli.engines.base.checks import EngineError
from dlcli.engines.tensors import broadcast, indexing, reshape
from dlcli.engines.tensors.indexing import Item, Pick, expanded
from dlcli.engines.tensors.reshape import written
from dlcli.engines.tensors.transpose import origin as transposed_origin
from dlcli.engines.tensors.transpose import transpose
from dlcli.errors import DlcliError, printable
from dlcli.tensor import Axis, Tensor
from dlcli.words.near import did_you_mean

LISTED = 6  # labels that a message names
TURNED = 4  # axes of a tensor up to which a transpose to a shape is looked for
TYPED = 12  # numbers of a row that a message repeats


def indexed(x: Tensor, items: Sequence[IndexItem]) -> Indexing:
    """Some places of each axis; labels and numbers of the axes are cut with them."""
    try:
        picks = indexing.picks(labelled(items, x), x.shape, tuple(map(printable, x.axis_names)))
    except EngineError as error:
        if is_typed_row(x) and len(items) == 1 and isinstance(items[0], int):
            raise EngineError(f"{error}; {as_vector(x)} is a vector") from error
        raise
    axes = named(
        None if pick.axis is None else _cut(x.axes[pick.axis], pick, x.shape[pick.axis])
        for pick in picks
        if pick.length is not None
    )
    after = Tensor(indexing.select(x.data, picks), axes, x.name, x.attrs)
    return Indexing(x, after, partial(indexing.origin, taken=picks), index_text(items), picks)


def is_typed_row(x: Tensor) -> bool:
    """Whether a matrix is a single row that was typed by hand: a vector may have been meant."""
    one = x.data.ndim == 2 and x.shape[0] == 1 and x.shape[1] > 1
    return one and x.attrs.get("source") == "literal" and "command" not in x.attrs


def as_vector(x: Tensor) -> str:
    """How the numbers of a matrix of one row are typed as a vector.

    >>> as_vector(Tensor([[1, 2.5]]))
    "'[1.0, 2.5]'"
    """
    return f"'[{', '.join(map(str, x.data[0].tolist()))}]'" if x.data.size <= TYPED else "the row in brackets"


def transposed(x: Tensor, words: Sequence[str]) -> Transposing:
    """The axes in another order, each with its name, labels and numbers."""
    order = ordered(words, x)
    axes = tuple(x.axes[axis] for axis in order)
    after = Tensor(transpose(x.data, order), axes, x.name, x.attrs)
    return Transposing(x, after, partial(transposed_origin, order=order), order)


def reshaped(x: Tensor, asked: tuple[int, ...]) -> Reshaping:
    """The same row of numbers cut elsewhere; axes that no longer mean what they did lose their names."""
    shape = reshape.resolved_shape(asked, x.shape)
    kept = reshape.surviving(x.shape, shape)
    axes = named(x.axes[kept[axis]] if axis in kept else None for axis in range(len(shape)))
    after = Tensor(x.data.reshape(shape), axes, x.name, x.attrs)
    order = _turn(x.shape, shape)
    beside = transposed(x, list(map(str, order))) if order else None
    origin = partial(reshape.origin, after=shape, before=x.shape)
    return Reshaping(x, after, origin, asked, kept, beside)


def _turn(before: tuple[int, ...], after: tuple[int, ...]) -> tuple[int, ...]:
    """The order of axes that gives this shape by a transpose: what somebody may have wanted; else nothing.

    The first two axes swapped come first, then whatever turns the fewest axes round.

    >>> _turn((2, 3), (3, 2)), _turn((300, 451, 3), (3, 300, 451)), _turn((4, 3), (12,))
    ((1, 0), (2, 0, 1), ())
    """
    if len(after) != len(before) or not 2 <= len(before) <= TURNED:
        return ()
    swap = (1, 0, *range(2, len(before)))
    orders = (swap, *list(permutations(range(len(before))))[1:])
    return next((order for order in orders if after == tuple(before[axis] for axis in order)), ())


def broadcasted(x: Tensor, other: Tensor | tuple[int, ...], word: str, most_bytes: int) -> Broadcasting:
    """The tensor repeated to the shape it has in common with another, whose labels its new places get.

    ``word`` is what was typed for the other.
    """
    tensor = other if isinstance(other, Tensor) else None
    right = other.shape if isinstance(other, Tensor) else other
    rules = broadcast.broadcast_rule(x.shape, right)
    try:
        shape = broadcast.broadcast_shape(x.shape, right)
    except EngineError as error:
        if all(rule.rule != broadcast.MISFIT for rule in rules):
            raise
        told = f"{written(x.shape)} and {written(right)} do not broadcast"
        hint = _hint(x.shape, right) if tensor is None else fitting(x.shape, right, word, "--broadcast")
        raise EngineError(f"{told}\n{error}{hint}") from error
    each = x.data.itemsize
    if math.prod(shape) * each > most_bytes:
        raise DlcliError(
            f"{' × '.join(map(str, shape))} numbers of {each} byte{'s' * (each > 1)} are more than the "
            f"{most_bytes} bytes allowed; raise --max-bytes, or broadcast to less"
        )
    axes = named(met(rule, x, tensor) for rule in reversed(rules))
    after = Tensor(np.broadcast_to(x.data, shape), axes, x.name, x.attrs)
    origin = partial(broadcast.origin, shape=x.shape)
    return Broadcasting(x, after, origin, rules, tensor)


def _hint(left: tuple[int, ...], right: tuple[int, ...]) -> str:
    """What makes a shape fit: lengths of 1 put into the one that needs fewer of them."""
    mine, theirs = broadcast.with_ones(left, right), broadcast.with_ones(right, left)
    if theirs and (not mine or len(theirs) - len(right) < len(mine) - len(left)):
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


def met(rule: broadcast.AxisRule, x: Tensor, other: Tensor | None) -> Axis | None:
    """The axis of the result: of the two that met, the one whose numbers are not repeated."""
    if rule.repeated != "left":
        return x.axes[rule.axis]
    if other is not None:
        return other.axes[rule.axis]
    return Axis(x.axes[rule.axis].name) if rule.left is not None else None


def labelled(items: Sequence[IndexItem], tensor: Tensor) -> tuple[Item, ...]:
    """An index without labels: each has become its place.

    A label stands for a place on the axis at its position; one that is the whole index is looked for on all
    axes. Raises ``EngineError`` when an axis has no such label, with the nearest.

    >>> x = Tensor([[1, 2]], (Axis("row"), Axis("column", ("a", "b"))))
    >>> labelled(("b",), x)
    (slice(None, None, None), 1)
    """
    if len(items) == 1 and isinstance(items[0], str):
        return _anywhere(items[0], tensor)
    axes = zip(tensor.axes, tensor.shape, strict=True)
    out: list[Item] = []
    for item in expanded(items, len(tensor.axes), tuple(map(printable, tensor.axis_names))):
        if item is None:
            out.append(None)
            continue
        axis, length = next(axes)
        if isinstance(item, int) and not -length <= item < length and str(item) in (axis.labels or ()):
            quoted = f"--index \"'{item}'\""
            raise EngineError(
                f"index {item} is outside axis {printable(axis.name)}, which has length {length}; "
                f"for its label of that name write {quoted}"
            )
        out.append(_place(item, axis) if isinstance(item, str) else item)
    return tuple(out)


def ordered(words: Sequence[str], tensor: Tensor) -> tuple[int, ...]:
    """The order of axes that names or indices stand for; ``reverse`` turns them all round.

    Raises ``EngineError`` when a name is none of the axes', and when they do not name each axis once.

    >>> ordered(("column", "0"), Tensor([[1, 2]]))
    (1, 0)
    """
    names = tensor.axis_names
    told = _told(names)
    few = {0: "a single number has none", 1: f"the only one is {told}"}
    known = few.get(len(names), f"the axes are {told}")
    many = few.get(len(names), f"the {len(names)} axes are {told}")
    if tuple(words) == ("reverse",) and "reverse" not in names:
        return tuple(reversed(range(len(names))))
    order = []
    for word in words:
        if word in names:
            order.append(names.index(word))
            continue
        try:
            place = int(word)
        except ValueError:
            raise EngineError(
                f"there is no axis {word!r}: {printable(did_you_mean(word, names, known))}"
            ) from None
        if not -len(names) <= place < len(names):
            raise EngineError(f"there is no axis {place}; {many}")
        order.append(place % len(names))
    if sorted(order) != list(range(len(names))):
        missing = [name for axis, name in enumerate(names) if axis not in order]
        twice = [name for axis, name in enumerate(names) if order.count(axis) > 1]
        wrong = [
            f"{_told(group)} {what}" for group, what in ((missing, "missing"), (twice, "twice")) if group
        ]
        raise EngineError(f"a transpose names each axis once ({told}); here {' and '.join(wrong)}")
    return tuple(order)


def named(axes: Iterable[Axis | None]) -> tuple[Axis, ...]:
    """Axes with names of their own: ``axis0``, ``axis1``, … where there is none or it is taken.

    Such a name says no more than the position: an axis that has only that gets the one of its new position.

    >>> [axis.name for axis in named((None, Axis("row"), Axis("row"), Axis("axis0")))]
    ['axis0', 'row', 'axis2', 'axis3']
    """
    given = [None if axis is None or _is_nameless(axis) else axis for axis in axes]
    used = {axis.name for axis in given if axis is not None}
    out: list[Axis] = []
    for place, axis in enumerate(given):
        if axis is None or any(axis.name == other.name for other in out):
            count = place
            while f"axis{count}" in used:
                count += 1
            used.add(f"axis{count}")
            axis = Axis(f"axis{count}") if axis is None else replace(axis, name=f"axis{count}")
        out.append(axis)
    return tuple(out)


def _is_nameless(axis: Axis) -> bool:
    return axis == Axis(axis.name) and re.fullmatch(r"axis\d+", axis.name) is not None


def _anywhere(label: str, tensor: Tensor) -> tuple[Item, ...]:
    holders = [place for place, axis in enumerate(tensor.axes) if label in (axis.labels or ())]
    if len(holders) > 1:
        told = printable(" and ".join(tensor.axes[place].name for place in holders))
        example = printable(",".join([":"] * holders[1] + [index_text((label,))]))
        raise EngineError(
            f"the axes {told} both have a label {label!r}; say which, such as --index {example}"
        )
    if holders:
        return (*[slice(None)] * holders[0], _place(label, tensor.axes[holders[0]]))
    labels = [found for axis in tensor.axes for found in axis.labels or ()]
    if not labels:
        told = _told(tensor.axis_names)
        raise EngineError(f"no axis has labels, so {label!r} is none; give whole numbers (axes: {told})")
    raise EngineError(f"there is no label {label!r}: {printable(did_you_mean(label, labels, _list(labels)))}")


def _place(label: str, axis: Axis) -> int:
    name = printable(axis.name)
    if axis.labels is None:
        raise EngineError(f"axis {name} has no labels, so {label!r} is none; give a whole number")
    if label not in axis.labels:
        hint = printable(did_you_mean(label, axis.labels, _list(axis.labels)))
        raise EngineError(f"there is no label {label!r} on axis {name}: {hint}")
    if axis.labels.count(label) > 1:
        raise EngineError(f"axis {name} has the label {label!r} more than once; give a whole number")
    return axis.labels.index(label)


def _list(labels: Sequence[str]) -> str:
    more = f" and {len(labels) - LISTED} more" if len(labels) > LISTED else ""
    return f"the labels are {_told(labels[:LISTED])}{more}"


def _told(names: Sequence[str]) -> str:
    return printable(", ".join(names)) or "none"
