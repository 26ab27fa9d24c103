"""Kitty's graphics, byte for byte and decoded again."""

from __future__ import annotations

import re
import zlib
from base64 import b64decode, b64encode

import numpy as np
import pytest

from dlcli.views.screen import kitty as module
from dlcli.views.screen.kitty import kitty


def test_a_small_picture_byte_for_byte() -> None:
    rgba = np.array([[[1, 2, 3, 255], [4, 5, 6, 0]]], np.uint8)
    data = b64encode(zlib.compress(bytes([1, 2, 3, 255, 4, 5, 6, 0]))).decode()
    told = kitty(rgba, 1, 2)
    assert told == f"\x1b_Ga=T,f=32,o=z,s=2,v=1,c=2,r=1,C=1,q=2,m=0;{data}\x1b\\"


@pytest.mark.parametrize(
    ("length", "sizes"), [(4, [4]), (12, [12]), (16, [12, 4]), (24, [12, 12]), (28, [12, 12, 4])]
)
def test_the_chunks_are_cut_where_the_protocol_wants_them(
    length: int, sizes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHUNK", 12)
    data = "abcdefgh" * 4
    expected = []
    start = 0
    for place, size in enumerate(sizes):
        head = "HEAD," if place == 0 else ""
        more = 0 if place == len(sizes) - 1 else 1
        expected.append(f"\x1b_G{head}m={more};{data[start : start + size]}\x1b\\")
        start += size
    assert list(module._chunks("HEAD,", data[:length])) == expected


def test_a_large_picture_comes_back_from_its_chunks() -> None:
    rgba = np.random.default_rng(0).integers(0, 256, (90, 111, 4)).astype(np.uint8)
    told = kitty(rgba, 5, 12)
    chunks = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", told)
    assert "".join(f"\x1b_G{head};{data}\x1b\\" for head, data in chunks) == told
    assert len(chunks) > 5
    assert chunks[0][0] == "a=T,f=32,o=z,s=111,v=90,c=12,r=5,C=1,q=2,m=1"
    assert [head for head, _ in chunks[1:]] == ["m=1"] * (len(chunks) - 2) + ["m=0"]
    assert all(len(data) == 4096 for _, data in chunks[:-1])
    assert len(chunks[-1][1]) % 4 == 0
    raw = zlib.decompress(b64decode("".join(data for _, data in chunks)))
    np.testing.assert_array_equal(np.frombuffer(raw, np.uint8).reshape(rgba.shape), rgba)
