"""Work on a large array piece by piece: small enough for the cache, and shared between threads.

NumPy lets go of Python's lock inside its loops and matrix products, so plain threads do share the work. They
want BLAS to stay on one thread: set OPENBLAS_NUM_THREADS=1 before NumPy is imported.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from threading import Lock, Thread
from typing import TypeVar

import numpy as np

Piece = TypeVar("Piece")

#: Multiply-adds below which starting a thread costs more than it saves.
WORTH_A_THREAD = 20_000_000

#: Bytes that the scratch arrays of all threads together may take.
SCRATCH_BYTES = 8 << 20


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def thread_count(threads: int | None, work: int, scratch: int) -> int:
    """How many threads share ``work`` multiply-adds when each needs ``scratch`` bytes for itself.

    ``threads`` asked for in so many words are granted; none means as many as are worth it.

    >>> thread_count(None, 1000, 1 << 20), thread_count(3, 1000, 1 << 20)
    (1, 3)
    """
    if threads is not None:
        return max(threads, 1)
    return max(1, min(processors(), work // WORTH_A_THREAD, SCRATCH_BYTES // max(scratch, 1)))


def for_each(
    pieces: Sequence[Piece], worker: Callable[[], Callable[[Piece], None]], threads: int = 1
) -> None:
    """Do every piece once. Each thread calls ``worker`` for a function that owns its scratch arrays.

    An exception in any thread, Ctrl-C included, ends all of them after the piece they are at, and is raised
    here. Results must not depend on the order of the pieces. NumPy's warnings about NaN and infinities are
    off, because what they are about is what the caller looks for itself.

    >>> y = np.zeros(3)
    >>> for_each([0, 1, 2], lambda: lambda i: y.__setitem__(i, i * i), threads=2)
    >>> y
    array([0., 1., 4.])
    """
    left, lock, failures = iter(pieces), Lock(), list[BaseException]()

    def next_piece() -> tuple[Piece] | None:
        with lock:
            if failures:
                return None
            for piece in left:
                return (piece,)
            return None

    def work() -> None:
        try:
            do = worker()
            with np.errstate(all="ignore"):
                while piece := next_piece():
                    do(*piece)
        except BaseException as failure:  # noqa: BLE001 (it is raised again below, in the caller's thread)
            failures.append(failure)

    helpers = [Thread(target=work, daemon=True) for _ in range(min(threads, len(pieces)) - 1)]
    for helper in helpers:
        helper.start()
    try:
        work()
        for helper in helpers:
            helper.join()
    except BaseException as interruption:
        failures.append(interruption)
        for helper in helpers:
            helper.join()
        raise
    if failures:
        raise failures[0]
