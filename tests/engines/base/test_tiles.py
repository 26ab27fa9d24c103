"""Pieces and threads: each piece once, failures told, no more threads than are worth it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from dlcli.engines.base.tiles import for_each, processors, thread_count


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_every_piece_is_done_once(threads: int) -> None:
    done: list[int] = []
    workers: list[int] = []

    def worker() -> Callable[[int], None]:
        workers.append(threading.get_ident())
        return done.append

    for_each(range(100), worker, threads)
    assert sorted(done) == list(range(100))
    assert len(workers) == threads
    assert len(set(workers)) <= threads


@pytest.mark.parametrize("threads", [1, 3])
def test_a_failure_in_any_thread_is_raised_here_and_ends_the_others(threads: int) -> None:
    done: list[int] = []

    def do(piece: int) -> None:
        if piece == 5:
            raise KeyboardInterrupt
        done.append(piece)

    with pytest.raises(KeyboardInterrupt):
        for_each(range(100_000), lambda: do, threads)
    assert len(done) < 100_000


def test_no_pieces_no_work() -> None:
    done: list[int] = []
    for_each([], lambda: done.append, 4)
    assert done == []


def test_threads_that_are_worth_it() -> None:
    assert thread_count(7, 0, 0) == 7
    assert thread_count(0, 0, 0) == 1
    assert thread_count(None, 1000, 0) == 1
    assert thread_count(None, 10**12, 1) == processors()
    assert thread_count(None, 10**12, 10**9) == 1
