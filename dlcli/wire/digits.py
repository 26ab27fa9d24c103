"""Numbers as text: the fewest digits that read back as the same number of that precision."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dlcli.tensor import Array

#: Numbers turned into text at a time: the words of a large array are never all in memory.
PIECE = 1 << 14


def words(array: Array) -> Iterator[list[str]]:
    """The numbers of an array in C order as words, piece by piece.

    >>> list(words(np.array([0.1, 2.0, np.inf], np.float32)))
    [['0.1', '2.0', 'inf']]
    """
    flat = array.reshape(-1)
    for start in range(0, flat.size, PIECE):
        yield _words(flat[start : start + PIECE])


def _words(piece: Array) -> list[str]:
    if piece.dtype.kind == "b":
        return ["1" if value else "0" for value in piece.tolist()]
    if piece.dtype.kind in "iu" or piece.dtype == np.float64:
        return list(map(repr, piece.tolist()))
    if piece.dtype.kind == "f":
        return list(map(str, piece))  # the repr of a Python float would have too many
    real = _words(piece.real)
    imaginary = _words(piece.imag)
    return [f"{a}{b if b.startswith('-') else '+' + b}j" for a, b in zip(real, imaginary, strict=True)]
