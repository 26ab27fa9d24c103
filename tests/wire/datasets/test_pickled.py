"""The restricted reader of pickles: what no CIFAR file has is refused, and nothing runs."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.errors import BadData
from dlcli.wire.datasets.pickled import read_pickle


class Runs:
    def __init__(self, call: Any, *arguments: Any) -> None:
        self.made = call, arguments

    def __reduce__(self) -> Any:
        return self.made


@pytest.mark.parametrize("protocol", range(6))
def test_arrays_texts_and_numbers_are_read(protocol: int) -> None:
    content = {
        "data": np.arange(6, dtype=np.uint8).reshape(2, 3),
        b"turned": np.asfortranarray(np.arange(6, dtype=">i4").reshape(2, 3)),
        "labels": [1, -2, 3],
        "names": ["a", "ü"],
    }
    found = read_pickle(pickle.dumps(content, protocol), "x")
    assert found.pop("labels") == [1, -2, 3]
    assert found.pop("names") == ["a", "ü"]
    for key, value in content.items():
        name = key if isinstance(key, str) else key.decode()
        if name in ("data", "turned"):
            np.testing.assert_array_equal(found[name], value)


@pytest.mark.parametrize(
    ("attack", "name"),
    [
        (Runs(open, "evidence", "w"), r"io\.open"),
        (Runs(exec, "open('evidence', 'w')"), r"built.*\.exec"),
        (Runs(getattr, (), "__class__"), r"built.*\.getattr"),
        (np.array([None], object), "an array of 'O8'"),
        (np.zeros(1, [("a", "u1")]), "an array of 'V1'"),
        (np.uint8(3), "multiarray.scalar"),
        (slice(3), r"built.*\.slice"),
    ],
    ids=["open", "exec", "getattr", "objects", "records", "scalar", "slice"],
)
@pytest.mark.parametrize("protocol", [2, 4])
def test_anything_else_is_refused_and_does_not_run(
    attack: Any, name: str, protocol: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        BadData, match=rf"^x: a pickle with .*{name}.* a pickle can run code, so nothing but "
    ):
        read_pickle(pickle.dumps({"data": attack}, protocol), "x")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "program",
    [
        b"\x80\x02c_codecs\nencode\n}U\x08__code__K\x01sb.",  # changes a function that is known
        b"\x80\x02c_codecs\nencode\nX\x01\x00\x00\x00aX\x03\x00\x00\x00zip\x86R.",
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct.os\n.",
        b"\x80\x04\x8c\x05numpy\x8c\x0edtype.__init__\x93.",  # a name below a known one
        b"\x80\x02U\x01aQ.",  # something outside
        b"\x80\x02cposix\nsystem\n(U\x04trueo.",
        b"\x80\x02\x82\x01.",  # the registry of extensions
    ],
    ids=["changed", "codec", "below", "stacked", "persistent", "obj", "extension"],
)
def test_programs_written_by_hand_are_refused(program: bytes) -> None:
    with pytest.raises(BadData, match=r"^x: (a pickle with|the pickle is cut short or corrupt)"):
        read_pickle(program, "x")


def test_an_array_that_lies_about_its_size_is_refused() -> None:
    whole = pickle.dumps({"data": np.arange(6, dtype=np.uint8)}, 2)
    lying = whole.replace(b"K\x06\x85", b"K\x09\x85")
    assert lying != whole
    with pytest.raises(BadData, match="a pickle with an array that contradicts itself"):
        read_pickle(lying, "x")


def test_a_place_far_off_in_its_memo_takes_no_memory() -> None:
    assert read_pickle(b"\x80\x02}r\xff\xff\xff\xff.", "x") == {}


@pytest.mark.parametrize("length", [3, 10, 200])
def test_a_pickle_that_is_cut_short_is_refused(length: int) -> None:
    whole = pickle.dumps({"data": np.zeros((2, 3072), np.uint8), "labels": [1, 2]}, 2)
    with pytest.raises(BadData, match=r"^x: the pickle is cut short or corrupt$"):
        read_pickle(whole[:length], "x")


def test_it_holds_a_dictionary() -> None:
    with pytest.raises(BadData, match=r"^x: the pickle holds no dictionary, as CIFAR's files do$"):
        read_pickle(pickle.dumps([1, 2]), "x")
