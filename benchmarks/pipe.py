"""A 36 MB tensor from one process to another: our frames beside a bare copy of the same bytes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any, BinaryIO, cast

import numpy as np

from benchmarks.contest import Contest, Work
from dlcli.tensor import Tensor
from dlcli.wire.stream import widen
from dlcli.wire.tensors.frame import write_frame

#: What both ends of a bare copy do; the pipe is as wide as ours.
BARE_WRITER = """
import fcntl, os, sys
count, rounds = int(sys.argv[1]), 0
data = memoryview(bytes(count))
fcntl.fcntl(1, fcntl.F_SETPIPE_SZ, 1 << 20)
for line in sys.stdin:
    left = data
    while left:
        left = left[os.write(1, left):]
"""
OUR_WRITER = """
import sys
import numpy
from dlcli.tensor import Tensor
from dlcli.wire.tensors.frame import write_frame
tensor = Tensor(numpy.zeros((3000, int(sys.argv[1]) // 12000), numpy.float32))
stream = open(1, "wb", buffering=0)
for line in sys.stdin:
    write_frame(tensor, stream)
"""


def contests(*, quick: bool) -> list[Contest]:
    """One tensor; the memory is what the reader, then the writer, needs beyond it."""
    size = 1_200_000 if quick else 36_000_000
    return [
        Contest(f"{size // 10**6} MB through a pipe", ["dlcli", "bare copy"], {"size": size},
                {"bare copy": 1.3}, 1 << 20, same=False, rounds=31),
        Contest(f"{size // 10**6} MB into a pipe", ["write_frame", "write"], {"size": size},
                {"write": 1.3}, 1 << 20, same=False, rounds=31),
    ]  # fmt: skip


def sender(program: str, size: int) -> tuple[Callable[[], None], int]:
    """A process that sends the bytes whenever it is asked to, and the end of the pipe to read them from."""
    reader, writer = os.pipe()
    argv = [sys.executable, "-c", program, str(size)]
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=writer, text=True)
    os.close(writer)

    def ask() -> None:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()

    return ask, reader


def ours(size: int) -> Work:
    """``write_frame`` to ``read_tensors``."""
    from dlcli.wire.read import read_tensors
    from dlcli.wire.stream import Limits, Source

    ask, reader = sender(OUR_WRITER, size)
    raw = open(reader, "rb", buffering=0)  # noqa: SIM115 (open as long as the process)
    tensors = read_tensors(Source(raw, "pipe"), limits=Limits())

    def work() -> Any:
        ask()
        return next(tensors).data

    return work


def bare(size: int) -> Work:
    """``os.write`` to ``readinto``."""
    ask, reader = sender(BARE_WRITER, size)
    raw = open(reader, "rb", buffering=0)  # noqa: SIM115 (open as long as the process)

    def work() -> Any:
        ask()
        array = np.empty(size // 4, np.float32)
        place = array.view(np.uint8).data
        filled = 0
        while filled < size:
            filled += raw.readinto(place[filled:])
        return array

    return work


def drain() -> BinaryIO:
    """The end of a pipe to write to, whose other end somebody empties."""
    process = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, bufsize=0)
    assert process.stdin is not None
    widen(cast(BinaryIO, process.stdin))
    return cast(BinaryIO, process.stdin)


def write_ours(size: int) -> Work:
    """``write_frame`` alone."""
    stream = drain()
    tensor = Tensor(np.zeros((3000, size // 12000), np.float32))
    return lambda: write_frame(tensor, stream)


def write_bare(size: int) -> Work:
    """``os.write`` alone."""
    stream = drain()
    data = memoryview(bytes(size))

    def work() -> None:
        left = data
        while left:
            left = left[os.write(stream.fileno(), left) :]

    return work


CONTENDERS = {"dlcli": ours, "bare copy": bare, "write_frame": write_ours, "write": write_bare}
