"""IDX files, written here as MNIST's page describes them."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.wire.datasets.words import is_data

CODES = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}


def idx(array: Any, code: str = "u1") -> bytes:
    """Two zeros, the type, the number of axes, the length of each, the numbers, highest bytes first."""
    head = bytes([0, 0, CODES[code], array.ndim])
    lengths = b"".join(length.to_bytes(4, "big") for length in array.shape)
    return head + lengths + array.astype(f">{code}").tobytes()


X = np.random.default_rng(0).integers(0, 256, (6, 5, 4), np.uint8)
Y = np.array([3, 1, 4, 1, 5, 9])


def write(folder: Path, packed: bool = False, between: str = "-") -> None:
    folder.mkdir()
    for part, count in (("train", 6), ("t10k", 2)):
        for kind, data in ((f"images{between}idx3", X[:count]), (f"labels{between}idx1", Y[:count])):
            name = folder / f"{part}-{kind}-ubyte{'.gz' * packed}"
            name.write_bytes(gzip.compress(idx(data)) if packed else idx(data))


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("between", ["-", "."])
def test_images_and_labels_find_each_other(packed: bool, between: str, data: Any, tmp_path: Path) -> None:
    write(tmp_path / "m", packed, between)
    end = ".gz" * packed
    names = [
        f"m/train-{kind}{between}{form}-ubyte{end}" for kind, form in (("images", "idx3"), ("labels", "idx1"))
    ]
    for word in ("m", *names):
        assert is_data(word)
        found = data(word)
        assert (len(found), found.shape, found.labels.tolist()) == (6, (5, 4, 1), Y.tolist())
        assert found.classes == tuple("0123456789")
        np.testing.assert_array_equal(found.take(np.array([5, 0]))[..., 0], X[[5, 0]])
        assert (len(found.held_out), found.held_out.classes) == (2, found.classes)
    test = data(names[0].replace("train", "t10k"))
    assert (len(test), test.held_out) == (2, None)


def test_the_clothes_of_fashion_mnist_have_names(data: Any, tmp_path: Path) -> None:
    write(tmp_path / "fashion-mnist")
    assert data("fashion-mnist").classes[3:5] == ("Dress", "Coat")


@pytest.mark.parametrize("code", list(CODES))
def test_every_type_of_number_is_read(code: str, data: Any, said: list[str]) -> None:
    x = np.arange(24).reshape(2, 3, 4) - (12 if code[0] != "u" else 0)
    Path("x-images-idx3-ubyte").write_bytes(idx(x, code))
    found = data("x-images-idx3-ubyte")
    assert found.dtype == np.dtype(code)
    np.testing.assert_array_equal(found.take(np.arange(2))[..., 0], x)
    assert found.labels is None
    assert said == [
        "x-images-idx3-ubyte has no labels, which are looked for in x-labels-idx1-ubyte beside it: "
        "its 2 pictures are read without"
    ]


def test_labels_alone_are_refused(refused: Any) -> None:
    Path("train-labels-idx1-ubyte").write_bytes(idx(Y))
    assert refused("train-labels-idx1-ubyte") == (
        "train-labels-idx1-ubyte holds labels; their pictures are looked for in train-images-idx3-ubyte "
        "beside it, which is not there"
    )


@pytest.mark.parametrize("packed", [False, True])
def test_files_that_are_cut_short_are_refused(packed: bool, refused: Any, tmp_path: Path) -> None:
    write(tmp_path / "m", packed)
    file = tmp_path / "m" / f"train-images-idx3-ubyte{'.gz' * packed}"
    file.write_bytes(file.read_bytes()[:-9])
    told = "the IDX file is cut short or corrupt" if packed else "cut short: 127 bytes, 136 announced"
    assert refused("m") == f"m/{file.name}: {told}"


def test_fewer_labels_than_images_are_refused(refused: Any, tmp_path: Path) -> None:
    write(tmp_path / "m")
    (tmp_path / "m" / "train-labels-idx1-ubyte").write_bytes(idx(Y[:4]))
    assert refused("m") == (
        "m/train-labels-idx1-ubyte has 4 labels for 6 inputs; one each is wanted, in the same order"
    )
