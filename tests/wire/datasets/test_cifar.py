"""CIFAR's files, written here as its page describes them."""

from __future__ import annotations

import io
import os
import pickle
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.wire.datasets.words import is_data

NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def pictures(count: int, seed: int) -> Any:
    return np.random.default_rng(seed).integers(0, 256, (count, 32, 32, 3), np.uint8)


def rows(x: Any) -> Any:
    """Red, then green, then blue, each row by row: (n, 3072)."""
    return np.stack([np.concatenate([one[..., i].reshape(-1) for i in range(3)]) for one in x])


def binary(folder: Path, batches: int = 2) -> None:
    folder.mkdir()
    for i in range(batches):
        x, y = pictures(4, i), [i, 1, 2, 9]
        (folder / f"data_batch_{i + 1}.bin").write_bytes(
            b"".join(bytes([label]) + row.tobytes() for label, row in zip(y, rows(x), strict=True))
        )
    (folder / "test_batch.bin").write_bytes(b"\x03" + rows(pictures(1, 99))[0].tobytes())
    (folder / "batches.meta.txt").write_text("\n".join(NAMES) + "\n\n")
    (folder / "readme.html").write_text("<html>")


@pytest.mark.parametrize("word", ["c", "c/"])
def test_the_binary_batches_of_a_folder_are_one_set(word: str, data: Any, tmp_path: Path) -> None:
    binary(tmp_path / "c")
    assert is_data(word)
    found = data(word)
    assert (len(found), found.shape, found.dtype, found.classes) == (8, (32, 32, 3), np.uint8, NAMES)
    assert found.labels.tolist() == [0, 1, 2, 9, 1, 1, 2, 9]
    expected = np.concatenate([pictures(4, 0), pictures(4, 1)])
    at = np.array([7, 0, 3, 4])
    np.testing.assert_array_equal(found.take(at), expected[at])
    assert found.held_out.labels.tolist() == [3]
    np.testing.assert_array_equal(found.held_out.take(np.array([0])), pictures(1, 99))


def test_ten_batches_come_in_the_order_of_their_numbers(data: Any, tmp_path: Path) -> None:
    binary(tmp_path / "c", 10)
    assert data("c").labels[::4].tolist() == list(range(10))


def test_a_batch_alone_has_the_names_and_the_test_batch_beside_it(data: Any, tmp_path: Path) -> None:
    binary(tmp_path / "c")
    found = data("c/data_batch_2.bin")
    assert (len(found), found.classes, len(found.held_out)) == (4, NAMES, 1)
    test = data("c/test_batch.bin")
    assert (len(test), test.held_out) == (1, None)
    os.remove("c/batches.meta.txt")
    assert data("c").classes == tuple("0123456789")


def test_the_fine_label_of_cifar_100_is_its_second(data: Any, tmp_path: Path) -> None:
    (tmp_path / "h").mkdir()
    for name, seed in (("train", 0), ("test", 1)):
        (tmp_path / "h" / f"{name}.bin").write_bytes(b"\x05\x2a" + rows(pictures(1, seed))[0].tobytes())
    (tmp_path / "h" / "fine_label_names.txt").write_text("".join(f"thing {i}\n" for i in range(100)))
    found = data("h")
    assert (found.labels.tolist(), found.classes[42], len(found.classes)) == ([42], "thing 42", 100)
    np.testing.assert_array_equal(found.held_out.take(np.array([0])), pictures(1, 1))


def python_file(content: dict[Any, Any], protocol: int) -> bytes:
    return pickle.dumps(content, protocol)


def python(folder: Path, protocol: int, key: Any = str) -> None:
    folder.mkdir()
    for name, seed, labels in (
        ("data_batch_1", 0, [3, 1]),
        ("data_batch_2", 1, [0, 9]),
        ("test_batch", 2, [5, 5]),
    ):
        content = {
            key("batch_label"): "training batch",
            key("labels"): labels,
            key("data"): rows(pictures(2, seed)),
            key("filenames"): ["a.png", "b.png"],
        }
        (folder / name).write_bytes(python_file(content, protocol))
    (folder / "batches.meta").write_bytes(
        python_file({key("num_cases_per_batch"): 2, key("label_names"): list(NAMES)}, protocol)
    )


@pytest.mark.parametrize("key", [str, str.encode], ids=["str", "bytes"])
@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_the_python_batches_of_a_folder_are_one_set(
    protocol: int, key: Any, data: Any, tmp_path: Path
) -> None:
    python(tmp_path / "p", protocol, key)
    assert is_data("p")
    assert is_data("p/data_batch_1")
    found = data("p")
    assert (found.labels.tolist(), found.classes) == ([3, 1, 0, 9], NAMES)
    np.testing.assert_array_equal(found.take(np.arange(4))[2:], pictures(2, 1))
    assert found.held_out.labels.tolist() == [5, 5]


def test_a_batch_as_python_2_wrote_it(data: Any) -> None:
    """Protocol 2 with the texts of Python 2, as the files of CIFAR-10 are, put together by hand."""

    def text(value: bytes) -> bytes:
        return b"U" + bytes([len(value)]) + value

    raw = rows(pictures(1, 0)).tobytes()
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85" + text(b"b") + b"tR"
        b"(K\x01K\x01M\x00\x0c\x86cnumpy\ndtype\n(" + text(b"u1") + b"K\x00K\x01tR(K\x03" + text(b"|")
        + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T" + len(raw).to_bytes(4, "little") + raw + b"tb"
    )  # fmt: skip
    Path("data_batch_1").write_bytes(
        b"\x80\x02}(" + text(b"batch_label") + text(b"training batch 1 of 5")
        + text(b"labels") + b"](K\x06e" + text(b"data") + array + b"u."
    )  # fmt: skip
    found = data("data_batch_1")
    assert found.labels.tolist() == [6]
    np.testing.assert_array_equal(found.take(np.array([0])), pictures(1, 0))


def test_the_python_files_of_cifar_100(data: Any, tmp_path: Path) -> None:
    (tmp_path / "h").mkdir()
    for name in ("train", "test"):
        content = {
            "filenames": ["a"],
            "fine_labels": [99],
            "coarse_labels": [1],
            "data": rows(pictures(1, 0)),
        }
        (tmp_path / "h" / name).write_bytes(pickle.dumps(content, 2))
    names = [f"fine {i}" for i in range(100)]
    (tmp_path / "h" / "meta").write_bytes(
        pickle.dumps({"fine_label_names": names, "coarse_label_names": []}, 2)
    )
    assert is_data("h")
    found = data("h")
    assert (found.labels.tolist(), found.classes[99], len(found.held_out)) == ([99], "fine 99", 1)


@pytest.mark.parametrize("form", [binary, lambda folder: python(folder, 2)], ids=["binary", "python"])
def test_an_archive_is_read_as_it_was_fetched(form: Any, data: Any, tmp_path: Path) -> None:
    form(tmp_path / "cifar-10-batches")
    with tarfile.open(tmp_path / "cifar-10.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "cifar-10-batches", "cifar-10-batches")
        evil = tarfile.TarInfo("../../outside")
        archive.addfile(evil, io.BytesIO())
    assert is_data("cifar-10.tar.gz")
    assert data("cifar-10.tar.gz").digest() == data("cifar-10-batches").digest()


def test_what_is_no_batch_is_refused(data: Any, refused: Any, tmp_path: Path) -> None:
    binary(tmp_path / "c")
    batch = tmp_path / "c" / "data_batch_1.bin"
    whole = batch.read_bytes()
    batch.write_bytes(whole[:-1])
    assert refused("c") == (
        "c, data_batch_1.bin has 12291 bytes, which are no whole pictures of 3073: 1 for its label, "
        "3072 for 32 x 32 pixels of three colours; fetch it again"
    )
    batch.write_bytes(b"\x0b" + whole[1:])
    assert refused("c") == (
        "c, data_batch_1.bin: labels out of range: 11 at picture 0; there are the classes 0 to 9"
    )
    content = {"batch_label": "", "labels": [1, 2], "data": rows(pictures(1, 0))}
    (tmp_path / "data_batch_1").write_bytes(pickle.dumps(content, 2))
    assert refused("data_batch_1") == (
        "data_batch_1: no batch of CIFAR: its dictionary needs data (n, 3072) of bytes and as many labels"
    )
