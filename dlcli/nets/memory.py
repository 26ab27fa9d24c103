"""Arrays that are kept from batch to batch: fresh ones of some megabytes cost more than the arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import prod

import numpy as np

from dlcli.engines.base.checks import Array, DType

#: Numbers of NumPy's buffer while a net works: 8,192 otherwise.
ROW = 1024


class Memory:
    """Arrays by name, each as large as the largest that was asked for under that name.

    What was there is overwritten by whoever asks next; a smaller batch uses the beginning of the same memory.

    >>> memory = Memory(np.dtype(np.float32))
    >>> large, small = memory.array("y", (2, 3)), memory.array("y", (2, 2))
    >>> np.shares_memory(large, small), small.flags.c_contiguous, memory.nbytes
    (True, True, 24)
    >>> memory.array("y", (2, 2)) is small  # made once
    True
    >>> larger = memory.array("y", (4, 3))
    >>> np.shares_memory(larger, memory.array("y", (2, 2))), memory.nbytes
    (True, 48)
    """

    def __init__(self, dtype: DType) -> None:
        self.dtype = dtype
        self._flat: dict[str, Array] = {}
        self._views: dict[tuple[str, tuple[int, ...]], Array] = {}

    def array(self, name: str, shape: tuple[int, ...], dtype: DType | type | None = None) -> Array:
        """An array of this shape, its numbers being whatever was left there."""
        found = self._views.get((name, shape))
        if found is None:
            size = prod(shape)
            flat = self._flat.get(name)
            if flat is None or flat.size < size:
                flat = self._flat[name] = np.empty(size, self.dtype if dtype is None else dtype)
                self._views = {key: view for key, view in self._views.items() if key[0] != name}
            found = self._views[name, shape] = flat[:size].reshape(shape)
        return found

    @property
    def nbytes(self) -> int:
        """The bytes of all its arrays."""
        return sum(flat.nbytes for flat in self._flat.values())


@contextmanager
def short_rows() -> Iterator[None]:
    """Let NumPy work on rows of some hundred numbers where they lie.

    Unless rows are as long as its buffer it copies them there first, which takes two to four times as long.
    """
    before = np.setbufsize(ROW)
    try:
        yield
    finally:
        np.setbufsize(before)
