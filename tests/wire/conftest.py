"""Inputs for the readers: the same bytes as a file that can be sought in and as a pipe."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import pytest

from dlcli.tensor import Tensor
from dlcli.wire.read import read_tensors
from dlcli.wire.stream import Limits, Source


class Drip(io.RawIOBase):
    """A stream that cannot be sought in and gives a few bytes at a time, as a slow pipe does."""

    def __init__(self, data: bytes, most: int = 7) -> None:
        self.data = memoryview(data)
        self.most = most

    def readable(self) -> bool:
        return True

    def readinto(self, place: Any) -> int:
        count = min(len(place), self.most, len(self.data))
        place[:count] = self.data[:count]
        self.data = self.data[count:]
        return count


@pytest.fixture
def pipe() -> Iterator[Callable[[bytes], BinaryIO]]:
    """Makes the reading end of a real pipe that another thread fills."""
    opened: list[BinaryIO] = []
    writers: list[threading.Thread] = []

    def make(data: bytes) -> BinaryIO:
        reader, writer = os.pipe()

        def fill() -> None:
            with open(writer, "wb") as file:
                file.write(data)

        writers.append(threading.Thread(target=fill))
        writers[-1].start()
        opened.append(open(reader, "rb", buffering=0))  # noqa: SIM115
        return opened[-1]

    yield make
    for file in opened:
        while file.read(1 << 16):
            pass
        file.close()
    for thread in writers:
        thread.join()


@pytest.fixture
def read() -> Callable[..., list[Tensor]]:
    """Reads bytes as a file would be read, and as a slow pipe; the two must give the same."""

    def both(data: bytes, name: str = "input", **limits: int) -> list[Tensor]:
        answers: list[Any] = []
        for raw in (io.BytesIO(data), Drip(data)):
            try:
                answers.append(list(read_tensors(Source(raw, name), limits=Limits(**limits))))  # type: ignore[arg-type]
            except Exception as error:  # noqa: BLE001 (compared, then raised)
                answers.append(error)
        file, slow = answers
        if isinstance(file, Exception):
            assert (type(file), str(file)) == (type(slow), str(slow))
            raise file
        assert [alike(a, b) for a, b in zip(file, slow, strict=True)] == [True] * len(file)
        return file

    return both


def alike(a: Tensor, b: Tensor) -> bool:
    """Whether two tensors are equal in everything, to the last bit."""
    return (
        a.data.dtype == b.data.dtype
        and a.shape == b.shape
        and a.data.tobytes() == b.data.tobytes()
        and (a.axes, a.name, dict(a.attrs)) == (b.axes, b.name, dict(b.attrs))
    )
