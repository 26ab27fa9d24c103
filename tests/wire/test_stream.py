"""Bytes from files and pipes: looked at, taken, limited."""

from __future__ import annotations

import fcntl
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcli.errors import BadData
from dlcli.wire.read import read_tensors
from dlcli.wire.stream import PIPE_BYTES, Limits, Source, widen


@given(
    st.binary(max_size=60),
    st.lists(st.tuples(st.sampled_from(["peek", "read", "into", "line"]), st.integers(0, 20))),
)
def test_whatever_is_called_the_bytes_come_in_order_and_once(
    data: bytes, calls: list[tuple[str, int]]
) -> None:
    source = Source(io.BytesIO(data), "x")
    left = data
    for name, count in calls:
        if name == "peek":
            assert source.peek(count) == left[:count]
            continue
        if name == "read":
            got = source.read(count)
            assert got == left[:count]
        elif name == "line":
            got = source.read_line(1000)
            assert got == left[: left.find(b"\n") + 1 or None]
        else:
            place = bytearray(count)
            got = bytes(place[: source.read_into(memoryview(place))])
            assert got == left[:count]
        left = left[len(got) :]
    assert source.at_end() == (not left)
    assert source.read_rest(1000) == left


class Drip(io.BytesIO):
    """A pipe that brings a byte at a time."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(1)


TABLES = {
    "a,b\n1,2\n\n\n3,4\n": ["a,b\n1,2\n\n\n", "3,4\n"],
    "1\r\n\r\n\r\n2\r\n\r\n3\r\n": ["1\r\n\r\n\r\n", "2\r\n\r\n3\r\n"],
    "1\r\n\r\n\r\n\r\n2": ["1\r\n\r\n\r\n\r\n2"],
    "1\n\n2\n\n\n\n3\n\n\n": ["1\n\n2\n\n\n\n3\n\n\n"],
    '"a\n\n\nb",1\n\n\n"c""",2': ['"a\n\n\nb",1\n\n\n', '"c""",2'],
}


@pytest.mark.parametrize("text", TABLES)
@pytest.mark.parametrize("stream", [io.BytesIO, Drip])
def test_two_empty_lines_divide_tables_wherever_a_pipe_cuts(text: str, stream: type[io.BytesIO]) -> None:
    source, read = Source(stream(text.encode()), "x"), []
    while not source.at_end():
        read.append(source.read_table(1000).decode())
    assert read == TABLES[text]


def test_a_limit_holds_for_each_table() -> None:
    tables = Source(io.BytesIO(b"1 2\n\n\n3 4\n"), "x")
    assert [one.shape for one in read_tensors(tables, limits=Limits(6))] == [(1, 2), (1, 2)]
    with pytest.raises(BadData, match="more than the 5 bytes allowed"):
        next(read_tensors(Source(io.BytesIO(b"1 2\n\n\n3 4\n"), "x"), limits=Limits(5)))


def test_a_limit_is_a_limit() -> None:
    message = "^x: more than the 4 bytes allowed; raise --max-bytes to read it all$"
    for read in (Source.read_rest, Source.read_line):
        assert read(Source(io.BytesIO(b"abcd"), "x"), 4) == b"abcd"
        with pytest.raises(BadData, match=message):
            read(Source(io.BytesIO(b"abcde"), "x"), 4)
    with pytest.raises(BadData, match="more than the 4 bytes allowed"):
        list(read_tensors(Source(io.BytesIO(b"1 2 3 4"), "x"), limits=Limits(4)))
    with pytest.raises(BadData, match="more than the 4 bytes allowed"):
        list(read_tensors(Source(io.BytesIO(b"[1, 2]\n"), "x"), limits=Limits(4)))


def test_a_pipe_becomes_a_file_that_can_be_sought_in(
    pipe: Callable[[bytes], BinaryIO], tmp_path: Path
) -> None:
    source = Source(pipe(b"abcdef"), "x")
    assert source.peek(2) == b"ab"
    assert source.size() is None
    assert source.seekable(100).read() == b"abcdef"
    (tmp_path / "file").write_bytes(b"abcdef")
    with open(tmp_path / "file", "rb", buffering=0) as file:
        source = Source(file, "x")
        assert (source.peek(2), source.size()) == (b"ab", 6)
        assert source.seekable(100).read() == b"abcdef"


def test_a_pipe_is_made_wider_and_other_files_are_left_alone() -> None:
    reader, writer = os.pipe()
    with open(reader, "rb") as file, open(writer, "wb") as other:
        widen(file)
        if hasattr(fcntl, "F_GETPIPE_SZ"):
            assert fcntl.fcntl(file, fcntl.F_GETPIPE_SZ) == PIPE_BYTES
        widen(other)
    widen(io.BytesIO())


def test_a_pipe_that_does_not_block_is_waited_for() -> None:
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    with open(reader, "rb", buffering=0) as file:
        source = Source(file, "x")
        pid = os.fork()
        if pid == 0:
            import time

            time.sleep(0.2)
            os.write(writer, b"1 2")
            os._exit(0)
        os.close(writer)
        place = bytearray(3)
        assert source.read_into(memoryview(place)) == 3
        assert (bytes(place), source.read_rest(10)) == (b"1 2", b"")
        os.waitpid(pid, 0)


def test_names_from_outside_are_harmless_in_messages() -> None:
    with pytest.raises(BadData, match=r"^a\\x1b\[2J: no$"):
        Source(io.BytesIO(), "a\x1b[2J").bad("no")


def test_kinds_of_input_by_content_before_suffix(read: Any) -> None:
    assert read(b"1 2\n", "photo.png")[0].data.tolist() == [[1, 2]]
    assert read(b" " * 200 + b"[1, 2]", "x")[0].data.tolist() == [1, 2]


def test_a_pipe_that_was_looked_into_is_whole_for_the_next_reader() -> None:
    """Also where that takes less than what was looked at."""
    read, write = os.pipe()
    os.write(write, b"0123456789abcdef")
    os.close(write)
    with open(read, "rb", buffering=0) as pipe:
        source = Source(pipe, "pipe")
        assert source.peek(12) == b"0123456789ab"
        again = Source(source.whole(), "pipe")
        assert [again.read(5), again.peek(9), again.read(20)] == [b"01234", b"56789abcd", b"56789abcdef"]
        assert again.at_end()
