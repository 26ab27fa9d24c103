"""The wire format of Protocol Buffers: both ways, and what is refused of bytes that lie."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcli.wire.models import protobuf
from dlcli.wire.models.protobuf import Field, Malformed, Schema, read_message, write_message

INNER: Schema = {1: Field("word", "text"), 2: Field("numbers", "int", many=True)}
OUTER: Schema = {
    1: Field("whole", "int"), 2: Field("real", "float"), 3: Field("double", "double"), 4: Field("raw", "bytes"),
    5: Field("inner", INNER), 6: Field("several", INNER, many=True), 7: Field("reals", "float", many=True),
    300: Field("far", "int"),
}  # fmt: skip


@given(st.lists(st.integers(-(2**63), 2**63 - 1)), st.text(max_size=20), st.floats(width=32, allow_nan=False))
def test_what_is_written_is_read(numbers: list[int], word: str, real: float) -> None:
    told = {
        "whole": (numbers or [0])[0], "real": real, "double": real / 3, "raw": b"\0\1",
        "inner": {"word": word, "numbers": numbers}, "several": [{"word": "a"}, {}], "reals": [real, -real],
        "far": -1,
    }  # fmt: skip
    read = read_message(b"".join(write_message(told, OUTER)), OUTER)
    assert (read["whole"], read["real"], read["double"]) == (told["whole"], real, real / 3)
    assert bytes(read["raw"]) == b"\0\1"
    assert read["inner"]["word"] == word
    assert list(read["inner"].get("numbers", [])) == numbers
    assert read["several"] == [{"word": "a"}, {}]
    assert read["reals"].tolist() == [real, -real]
    assert read["far"] == -1


def test_numbers_that_are_not_packed_and_fields_that_nobody_knows() -> None:
    data = bytes([2 << 3, 7, 2 << 3, 172, 2, 2 << 3 | 2, 2, 1, 2, 9 << 3 | 5, 0, 0, 0, 0, 8 << 3, 1])
    np.testing.assert_array_equal(read_message(data, INNER)["numbers"], [7, 300, 1, 2])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x08", "a whole number is cut short"),
        (b"\x08\x80", "a whole number is cut short"),
        (b"\x08" + b"\xff" * 10 + b"\x01", "more than 10 bytes"),
        (b"\x22\x05ab", "a field of 5 bytes, 2 are left"),
        (b"\x22\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "a field of 9223372036854775807 bytes, 0 are left"),
        (b"\x15\0\0", "a field of 4 bytes, 2 are left"),
        (b"\x0b", "written in way 3"),
        (b"\x00\x01", "number 0"),
        (b"\x20\x01", "raw written in way 0"),
        (b"\x0a\x01\x01", "whole written in way 2"),
        (b"\x10\x01", "real written in way 0"),
        (b"\x3a\x03abc", "which hold no whole number of 4"),
        (b"\x2a\x03\x0a\x01\xff", "word is not text in UTF-8"),
        (b"\x2a\x02\x0a\x05", "a field of 5 bytes, 0 are left"),
        (b"\x2a\x03\x12\x01\x80", "a whole number is cut short"),
        (b"\x2a\x0d\x12\x0b" + b"\xff" * 10 + b"\x01", "more than 10 bytes"),
    ],
)
def test_bytes_that_lie(data: bytes, words: str) -> None:
    with pytest.raises(Malformed, match=words):
        read_message(data, OUTER)


def test_few_bytes_do_not_become_many_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protobuf, "MOST_FIELDS", 1000)
    assert len(read_message(b"\x32\0" * 1000, OUTER)["several"]) == 1000
    with pytest.raises(Malformed, match="more than 1000 fields"):
        read_message(b"\x32\0" * 1001, OUTER)
