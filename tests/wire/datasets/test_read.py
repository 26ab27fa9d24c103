"""Sets as tensors and back, their digest, and which words are sets."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.errors import BadData
from dlcli.tensor import Axis, Tensor
from dlcli.wire.datasets.read import as_tensor, from_tensor, open_data
from dlcli.wire.datasets.words import is_data
from dlcli.wire.stream import Limits
from dlcli.wire.tensors.frame import write_frame
from dlcli.wire.write import save_tensors


def test_a_set_goes_down_a_pipe_and_comes_back(data: Any) -> None:
    shapes = data("shapes:30")
    frame = io.BytesIO()
    write_frame(as_tensor(shapes), frame)
    frame.seek(0)
    back = open_data("-", limits=Limits(), stdin=frame)
    assert (back.name, back.classes, back.held_out) == ("-", shapes.classes, None)
    assert back.digest() == replace(shapes, held_out=None).digest()


@pytest.mark.parametrize("file", ["set.npz", "set.safetensors"])
def test_a_set_that_was_saved_is_one(file: str, data: Any) -> None:
    shapes = data("shapes:20")
    save_tensors({"tensor": as_tensor(shapes)}, file)
    assert data(file).digest() == replace(shapes, held_out=None).digest()


def test_rows_of_numbers_are_a_set_too() -> None:
    rows = Tensor(np.eye(3), (Axis("row", ("b", "a", "b")), Axis("feature")))
    found = from_tensor(rows)
    assert (found.shape, found.classes, found.labels.tolist()) == ((3,), ("a", "b"), [1, 0, 1])


WANTED = (
    "a set has axes (picture, height, width, channel) and the first is labelled by class; "
    "try dlcli show sample:digits | …"
)


@pytest.mark.parametrize(
    ("tensor", "told"),
    [
        (Tensor(np.zeros(3)), "standard input: tensor (index 3) float64 is no set: "),
        (
            Tensor(np.zeros((2, 3))),
            "standard input: tensor (row 2, column 3) float64 is no set: its axis 'row' has no labels; ",
        ),
        (
            Tensor(np.zeros((2, 3), complex)),
            "standard input: tensor (row 2, column 3) complex128 is no set: ",
        ),
    ],
    ids=["vector", "matrix", "complex"],
)
def test_another_tensor_is_no_set(tensor: Tensor, told: str) -> None:
    with pytest.raises(BadData) as caught:
        from_tensor(tensor)
    assert str(caught.value) == told + WANTED


def test_the_digest_changes_with_every_part(data: Any) -> None:
    np.savez("x.npz", x=np.zeros((4, 3, 3)), y=[0, 1, 0, 1])
    found = data("x.npz")
    others = [
        replace(found, labels=np.array([0, 1, 1, 1])),
        replace(found, classes=("a", "b")),
        replace(found, take=lambda at: np.ones((len(at), 3, 3, 1))),
        replace(found, held_out=found),
        replace(found, shape=(9, 1, 1)),
    ]
    assert len({one.digest() for one in (found, *others)}) == 6
    np.savez_compressed("z.npz", x=np.zeros((4, 3, 3)), y=[0, 1, 0, 1])
    assert data("z.npz").digest() == found.digest()  # another file of the same numbers


@pytest.mark.parametrize(
    "word",
    ["sample:cat", "sample:nothing", "the cat sat", "cat", "1 2; 3 4", "-", "", "shapes of things", "no/such/file",
     "a\0b", "digits", "digits:some"],
)  # fmt: skip
def test_other_words_are_no_sets(word: str) -> None:
    assert not is_data(word)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.bin", b"\x01" * 3073),
        ("x.pkl", b"\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00]."),
        ("x.npz", b"PK\x03\x04 and no more"),
        ("x.csv", b"a,b\n1,2\n"),
        ("x.csv", b""),
        ("x.gz", b"\x1f\x8b\x08\x00"),
        ("x", b""),
    ],
)
def test_other_files_are_no_sets(name: str, content: bytes, data: Any) -> None:
    Path(name).write_bytes(content)
    assert not is_data(name)


@pytest.mark.parametrize("word", ["digits8", "digits:all", "shapes:20"])
def test_where_tensors_are_read_a_set_is_led_to_the_pipe(word: str, cli: Any) -> None:
    ended = cli("flatten", word)
    assert (ended.code, ended.err) == (
        1,
        f"dlcli flatten: '{word}' is a set of data, which show, train and predict read; as one tensor: "
        f"dlcli show {word} | …\n",
    )


def test_the_arrays_of_a_sample_that_is_a_set_are_told(cli: Any) -> None:
    ended = cli("tensor", "sample:digits")
    assert len(ended.tensors) == 4
    assert ended.err == (
        "dlcli: sample:digits is a set of data: its arrays are read one by one; as one tensor: "
        "dlcli show sample:digits | …\n"
    )
