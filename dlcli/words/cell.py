"""The axis, and the cell of a tensor, that words of the command line mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from dlcli.errors import WrongUsage, printable
from dlcli.tensor import Axis, Tensor
from dlcli.words.near import did_you_mean, some


def axis_place(word: str, tensor: Tensor, option: str = "--axis") -> int:
    """The place of an axis, counted from the front, by its name or else by its index.

    >>> axis_place("column", Tensor([[1, 2]])), axis_place("-2", Tensor([[1, 2]]))
    (1, 0)

    Raises ``WrongUsage`` when there is no such axis, with the near name or a list of all of them.
    """
    names = tensor.axis_names
    if word in names:
        return names.index(word)
    try:
        place = int(word)
    except ValueError:
        pass
    else:
        if -len(names) <= place < len(names):
            return place % len(names)
    axes = ", ".join(f"{name} ({place})" for place, name in enumerate(names))
    known = {0: "a single number has none", 1: f"the only one is {axes}"}.get(
        len(names), f"the axes are {axes}"
    )
    hint = printable(" ".join(filter(None, [did_you_mean(word, names), known])))
    raise WrongUsage(f"{option} {printable(word)}: there is no such axis: {hint}")


#: A place as the screens write it: ``y[2]``, ``h→[0]``.
INDEXED = re.compile(r"[^\W\d]+[→←]?\[(\d+)\]")


def place(
    words: Sequence[str], tensor: Tensor, tell: Callable[[str], None] = lambda _: None
) -> tuple[int, ...]:
    """The 0-based indices of a cell, each given as itself or, where its axis has labels, as one of them.

    >>> table = Tensor([[1, 2], [3, 4]], (Axis("token", labels=("the", "cat")), Axis("unit")))
    >>> place(("cat", "0"), table), place(("0", "1"), table)
    ((1, 0), (0, 1))

    A label comes before an index; of equal labels the first counts, and ``tell`` is told the indices of all.
    A label of a tensor with one axis may have commas in it, and an index may be written ``y[2]``. Whether
    the tensor has the cell is for its view to say. Raises ``WrongUsage`` for a word that is neither a whole
    number nor a label.
    """
    if len(tensor.axes) == 1 and len(words) > 1 and ",".join(words) in (tensor.axes[0].labels or ()):
        words = (",".join(words),)
    axes = [*tensor.axes, *[Axis("none")] * len(words)]
    return tuple(_index(word, axis, words, tensor, tell) for word, axis in zip(words, axes, strict=False))


def _index(word: str, axis: Axis, words: Sequence[str], tensor: Tensor, tell: Callable[[str], None]) -> int:
    labels, axes = axis.labels or (), tensor.axes
    if word in labels:
        first, *more = (i for i, label in enumerate(labels) if label == word)
        if more and len(words) == len(axes):  # of what names no cell there is nothing to take
            every = f"{', '.join(map(str, [first, *more][:-1]))} and {more[-1]}"
            tell(
                printable(f"--explain {word}: {axis.name} {every} have that name, {first} is taken; ")
                + "for another one give its index"
            )
        return first
    indexed = INDEXED.fullmatch(word)
    try:
        return int(indexed[1] if indexed else word)
    except ValueError:
        pass
    if not labels:
        names = ",".join(axis.name for axis in axes)
        last = ",".join(str(max(size - 1, 0)) for size in tensor.data.shape)
        hint = f"give {names}, counted from 0 and up to {last}" if axes else "that of a single number is ()"
        if len(words) != len(axes) and any(axis.labels for axis in axes):
            such = ",".join(axis.labels[0] if axis.labels else "0" for axis in axes)
            hint = f"name {names}, such as {such}"
        raise WrongUsage(f"--explain {printable(','.join(words))!r} is not a cell: {hint}")
    hint = did_you_mean(word, labels, f"give one of {some(labels)}, or an index")
    raise WrongUsage(
        printable(f"--explain {','.join(words)}: {word!r} is no {axis.name} and no index: {hint}")
    )
