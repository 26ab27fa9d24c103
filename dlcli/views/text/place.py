"""A cell's indices as they are written down: below its number, and in the formula of its flat index."""

from __future__ import annotations

from collections.abc import Sequence

from dlcli.tensor import Axis


def place_word(place: Sequence[int], axes: Sequence[Axis]) -> str:
    """The indices of a cell, with labels on the axes that have some.

    >>> place_word((0, 1), (Axis("row"), Axis("column", ("a", "b"))))
    '0,b'
    """
    return ",".join(axis.labels[i] if axis.labels else str(i) for axis, i in zip(axes, place, strict=True))


def horner(words: Sequence[str], shape: Sequence[int]) -> str:
    """The flat index as nested products: each word times the length of the next axis, the last fastest.

    >>> horner(["i", "j", "k"], (300, 451, 3))
    '(i × 451 + j) × 3 + k'
    """
    text = words[0] if words else "0"
    for place, (word, length) in enumerate(zip(words[1:], shape[1:], strict=True)):
        text = f"({text})" if place else text
        text = f"{text} × {length} + {word}"
    return text
