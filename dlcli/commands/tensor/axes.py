"""From words to axes: labels become places, names become an order, and no two axes share a name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from dlcli.commands.tensor.words import IndexItem, index_text
from dlcli.engines.base.checks import EngineError
from dlcli.engines.tensors.indexing import Item, expanded
from dlcli.errors import printable
from dlcli.tensor import Axis, Tensor

LISTED = 6  # labels that a message names


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
            raise EngineError(f"there is no axis {word!r}: {_near(word, names, known)}") from None
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
    raise EngineError(f"there is no label {label!r}: {_near(label, labels, _list(labels))}")


def _place(label: str, axis: Axis) -> int:
    name = printable(axis.name)
    if axis.labels is None:
        raise EngineError(f"axis {name} has no labels, so {label!r} is none; give a whole number")
    if label not in axis.labels:
        hint = _near(label, axis.labels, _list(axis.labels))
        raise EngineError(f"there is no label {label!r} on axis {name}: {hint}")
    if axis.labels.count(label) > 1:
        raise EngineError(f"axis {name} has the label {label!r} more than once; give a whole number")
    return axis.labels.index(label)


def _list(labels: Sequence[str]) -> str:
    more = f" and {len(labels) - LISTED} more" if len(labels) > LISTED else ""
    return f"the labels are {_told(labels[:LISTED])}{more}"


def _told(names: Sequence[str]) -> str:
    return printable(", ".join(names)) or "none"


def _near(word: str, words: Sequence[str], otherwise: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(word, words, n=1)
    return f"did you mean {printable(near[0])}?" if near else otherwise
