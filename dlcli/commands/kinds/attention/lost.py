"""Rows of an output that hold no numbers, in a line for those who read the numbers alone."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.words.number import number


def lost_words(output: Array, read: Iterable[Array], what: str, but: Array | None = None) -> str:
    """A line on rows of an output (..., row, feature) that are not finite, and whence; empty where all are.

    ``read`` is what was read; rows that are true in ``but`` (row,) were asked to be NaN.

    >>> lost_words(np.array([[1.0], [np.nan]]), [np.array([np.nan])], "tokens")
    '1 of 2 tokens comes out as no number: what was read has nan or inf in it'
    >>> lost_words(np.array([[1.0], [np.nan]]), [np.array([1.0])], "tokens")
    '1 of 2 tokens comes out as no number: on the way they grow beyond 1.798e308, the most that floats hold'
    >>> lost_words(np.array([[1.0]]), [], "tokens")
    ''
    """
    lost = ~np.isfinite(output).all(axis=-1)
    lost = lost.reshape(-1, lost.shape[-1]).any(axis=0)
    if but is not None:
        lost &= ~but
    count = int(np.count_nonzero(lost))
    if not count:
        return ""
    come = "comes out as no number" if count == 1 else "come out as no numbers"
    most = number(float(np.finfo(output.dtype).max))
    why = f"on the way they grow beyond {most}, the most that floats hold"
    if not all(np.isfinite(one).all() for one in read):
        why = "what was read has nan or inf in it"
    return f"{count} of {lost.size} {what} {come}: {why}"
