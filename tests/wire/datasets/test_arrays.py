"""Sets in .npz and .npy files: which arrays belong together, labels, memory, what is refused."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.wire.datasets.arrays import map_npy
from dlcli.wire.datasets.read import open_data
from dlcli.wire.datasets.words import is_data
from dlcli.wire.stream import Limits

X = np.arange(5 * 4 * 3, dtype=np.uint8).reshape(5, 4, 3)
Y = np.array([2, 0, 1, 2, 0])
ALL = np.arange(5)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_x_and_y_of_an_archive_are_a_set(save: Any, data: Any) -> None:
    save("x.npz", x=X, y=Y)
    found = data("x.npz")
    assert (len(found), found.shape, found.dtype, found.held_out) == (5, (4, 3, 1), np.uint8, None)
    assert found.classes == ("0", "1", "2")
    assert found.labels.tolist() == Y.tolist()
    np.testing.assert_array_equal(found.take(np.array([3, 0]))[..., 0], X[[3, 0]])
    assert found.counts.tolist() == [2, 1, 2]


def test_the_names_of_keras_hold_a_part_out(data: Any) -> None:
    np.savez("k.npz", x_train=X, y_train=Y[:, None], x_test=X[:2], y_test=np.array([[3], [0]]))
    found = data("k.npz")
    assert (found.labels.tolist(), found.held_out.labels.tolist()) == (Y.tolist(), [3, 0])
    assert found.classes == found.held_out.classes == ("0", "1", "2", "3")


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["<f4", ">f4", "u1", ">i2"])
def test_an_array_that_is_not_compressed_is_mapped_where_it_stands(
    order: Any, dtype: str, data: Any, tmp_path: Path
) -> None:
    x = np.asarray(X, dtype, order)
    with zipfile.ZipFile("x.npz", "w") as archive:
        archive.writestr("note.txt", "first")
        info = zipfile.ZipInfo("x.npy")
        info.extra = b"\x99\x99\x04\x00abcd"  # the local header has a field of its own
        for member, array in ((info, x), (zipfile.ZipInfo("y.npy"), Y)):
            with archive.open(member, "w") as file:
                np.lib.format.write_array(file, array)
    found = data("x.npz")
    took = found.take(ALL)
    np.testing.assert_array_equal(took[..., 0], X)
    assert took.dtype == np.dtype(dtype).newbyteorder("=")
    base = map_npy("x.npz", "x", offset=Path("x.npz").read_bytes().index(b"\x93NUMPY"))
    while isinstance(base.base, np.ndarray):
        base = base.base
    assert isinstance(base, np.memmap)


@pytest.mark.parametrize(
    ("x", "y"), [("x", "y"), ("digits-x", "digits-y"), ("x_train", "y_train"), ("a_x_train", "a_y_train")]
)
def test_files_whose_names_belong_together_are_a_set(x: str, y: str, data: Any) -> None:
    Path("d").mkdir()
    np.save(f"d/{x}.npy", X)
    np.save(f"d/{y}.npy", Y)
    np.save("d/other.npy", X)
    for word in (f"d/{x}.npy", f"d/{y}.npy", "d"):
        assert is_data(word)
        found = data(word)
        assert (found.name, found.labels.tolist()) == (word, Y.tolist())
        np.testing.assert_array_equal(found.take(ALL)[..., 0], X)


def test_a_file_that_is_named_means_its_own_set(data: Any, refused: Any, said: list[str]) -> None:
    Path("d").mkdir()
    for name, count in {"": 5, "_train": 4, "_test": 3}.items():
        np.save(f"d/x{name}.npy", X[:count])
        np.save(f"d/y{name}.npy", Y[:count])
    for word in ("d/x.npy", "d/y.npy"):
        assert (len(data(word)), data(word).held_out) == (5, None)
    for word in ("d/x_train.npy", "d/y_train.npy", "d/x_test.npy", "d/y_test.npy"):
        assert (len(data(word)), len(data(word).held_out)) == (4, 3)
    assert said[0] == "d/x.npy: read with d/y.npy, by the names of the files"
    assert said[-1] == (
        "d/y_test.npy: read with d/x_train.npy and d/y_train.npy and d/x_test.npy, by the names of the files"
    )
    assert is_data("d")
    assert refused("d") == ("d holds 2 sets of .npy files; name the inputs of one: d/x_train.npy or d/x.npy")
    np.save("d/X.npy", X[:2])  # by its name y is its labels, and there are five
    assert refused("d/X.npy") == "d/X.npy, y has 5 labels for 2 inputs; one each is wanted, in the same order"
    assert len(data("d/x.npy")) == 5


def test_x_has_a_test_part_of_its_own_where_there_is_no_x_train(data: Any, said: list[str]) -> None:
    whole = {"x": X, "y": Y, "x_test": X[:2], "y_test": Y[:2]}
    np.savez("x.npz", **whole)
    Path("d").mkdir()
    for name, array in whole.items():
        np.save(f"d/{name}.npy", array)
    for word in ("x.npz", "d", "d/x.npy", "d/x_test.npy"):
        found = data(word)
        assert (len(found), found.held_out.labels.tolist()) == (5, Y[:2].tolist())
    said.clear()
    np.savez("both.npz", **whole, x_train=X[:3], y_train=Y[:3])
    assert (len(data("both.npz")), len(data("both.npz").held_out)) == (3, 2)
    assert set(said) == {"both.npz holds x_train and x: x_train is read"}
    said.clear()
    np.savez("bare.npz", x=X, y=Y, x_test=X[:2])
    assert data("bare.npz").held_out is None
    assert said == ["bare.npz has no y_test beside x_test: x_test is left out"]


def test_of_several_sets_in_a_folder_none_is_taken_in_silence(data: Any, refused: Any) -> None:
    for name in ("a", "b", "c"):
        np.save(f"{name}-x.npy", X)
        np.save(f"{name}-y.npy", Y)
    assert refused(".") == (
        ". holds 3 sets of .npy files; name the inputs of one: ./a-x.npy, ./b-x.npy or ./c-x.npy"
    )
    Path("a-y.npy").unlink()
    Path("b-y.npy").unlink()
    assert data(".").labels.tolist() == Y.tolist()  # one has labels


def test_labels_of_no_inputs_are_not_read(data: Any, said: list[str]) -> None:
    for name in ("x_train", "y_train", "y_test"):
        np.save(f"{name}.npy", X if name[0] == "x" else Y)
    data("x_train.npy")
    assert said == ["x_train.npy: read with y_train.npy, by the names of the files"]
    assert not is_data("y_test.npy")


def test_a_folder_of_rows_with_labels_is_a_set_and_a_file_of_rows_an_array(data: Any) -> None:
    for folder, x in (("rows", X.reshape(len(X), -1)), ("curve", np.arange(5.0))):
        Path(folder).mkdir()
        np.save(f"{folder}/a_x.npy", x)
        np.save(f"{folder}/a_y.npy", Y)
    assert (is_data("rows"), is_data("rows/a_x.npy"), is_data("curve")) == (True, False, False)
    Path("rows/a_y.npy").unlink()
    assert not is_data("rows")


def test_an_array_alone_is_no_set(data: Any, refused: Any) -> None:
    np.save("x.npy", X)
    assert not is_data("x.npy")
    assert data("x.npy").labels is None  # for what needs no labels, if it is asked for
    np.save("curve-x.npy", np.arange(5.0))
    np.save("curve-y.npy", np.arange(5.0))
    assert not is_data("curve-x.npy")
    np.savez("curve.npz", x=np.arange(5.0), y=np.arange(5.0))
    assert not is_data("curve.npz")
    assert refused("curve.npz") == (
        "curve.npz, x is 5 of float64; inputs are pictures (n, height, width) or "
        "(n, height, width, channel), or rows of numbers (n, feature)"
    )


def test_class_names_are_labels(data: Any) -> None:
    np.savez("x.npz", x_train=X, y_train=np.array(["dog", "cat", "dog", "10", "9"]),
             x_test=X[:1], y_test=np.array(["cat"]))  # fmt: skip
    found = data("x.npz")
    assert found.classes == found.held_out.classes == ("9", "10", "cat", "dog")
    assert (found.labels.tolist(), found.held_out.labels.tolist()) == ([3, 2, 3, 1, 0], [2])


def test_a_single_one_in_each_row_is_the_class(data: Any, said: list[str]) -> None:
    np.savez("x.npz", x=X, y=np.eye(3, dtype=np.float32)[Y])
    assert data("x.npz").labels.tolist() == Y.tolist()
    assert said == ["x.npz, y has a single 1 in each row: it was read as the class, 0 to 2"]


def test_fractions_are_values_to_be_fitted(data: Any, said: list[str]) -> None:
    np.savez("x.npz", x=X, y=Y + 0.5)
    found = data("x.npz")
    assert (found.labels.dtype, found.classes, said) == (np.float64, (), [])
    np.savez("x.npz", x=X, y=Y.astype(float))
    assert data("x.npz").classes == ()
    assert said == [
        "x.npz, y holds whole numbers as float64: they were read as values to be fitted; "
        "class numbers are saved as integers: y.astype(int)"
    ]


@pytest.mark.parametrize(
    ("y", "told"),
    [
        (
            np.array([0, 1, -1, 2, 0]),
            "x.npz, y: labels out of range: -1 at place 2; class numbers count from 0, up to 999 for 5 inputs: "
            "number the classes 0, 1, 2, …, or save values to be fitted as floats",
        ),
        (
            np.array([0, 1, 1, 4711, 0]),
            "x.npz, y: labels out of range: 4711 at place 3; class numbers count from 0, up to 999 for 5 inputs: "
            "number the classes 0, 1, 2, …, or save values to be fitted as floats",
        ),
        (Y[:4], "x.npz, y has 4 labels for 5 inputs; one each is wanted, in the same order"),
        (
            np.zeros((5, 2, 2)),
            "x.npz, y is 5 x 2 x 2 of float64; labels are class numbers (n,), or values to be fitted, (n,) or (n, k)",
        ),
        (
            np.array([0, 1.5, np.nan, 0, 0]),
            "x.npz, y: the value at place 2 is not finite; leave this input out",
        ),
        (
            np.array([0, "a", None, 0, 0], object),
            "x.npz, array 'y': this .npy array holds a pickle, which can run code: dlcli never loads one",
        ),
    ],
    ids=["negative", "large", "few", "deep", "nan", "objects"],
)
def test_labels_that_cannot_be_are_refused(y: Any, told: str, refused: Any) -> None:
    np.savez("x.npz", x=X, y=y)
    assert refused("x.npz") == told


def test_a_held_out_part_of_another_size_is_refused(refused: Any) -> None:
    np.savez("x.npz", x_train=X, y_train=Y, x_test=X[:, :2], y_test=Y)
    assert refused("x.npz") == (
        "x.npz: x_test has inputs of 2 x 3 x 1, x_train of 4 x 3 x 1; both need the same shape"
    )


def test_a_file_that_is_cut_short_is_refused(refused: Any) -> None:
    np.save("x.npy", X)
    np.save("y.npy", Y)
    Path("x.npy").write_bytes(Path("x.npy").read_bytes()[:-7])
    assert refused("x.npy") == "x.npy: the array is cut short: 53 of its 60 bytes"
    np.savez("z.npz", x=X, y=Y)
    Path("z.npz").write_bytes(Path("z.npz").read_bytes()[:-7])
    assert refused("z.npz") == "z.npz: the .npz archive is cut short or corrupt"


def test_what_is_unpacked_is_bounded(refused: Any) -> None:
    np.savez_compressed("x.npz", x=np.zeros((1000, 28, 28), np.uint8), y=np.zeros(1000, int))
    assert refused("x.npz", max_bytes=100_000) == (
        "x.npz: the .npz archive takes 792256 bytes, more than the 100000 allowed; raise --max-bytes to read it"
    )


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells what a process has held")
def test_the_memory_of_a_large_file_does_not_grow(tmp_path: Path) -> None:
    """Half a gigabyte that is a hole in the file: all of it is read, and little of it is held."""
    count = 2**29 // 784
    with (tmp_path / "x.npy").open("wb") as file:
        np.lib.format.write_array_header_1_0(
            file, {"descr": "|u1", "fortran_order": False, "shape": (count, 28, 28)}
        )
        file.truncate(file.tell() + count * 784)
    np.save(tmp_path / "y.npy", np.zeros(count, np.uint8))
    program = (
        "import re, sys, numpy as np\n"
        "import dlcli.wire.datasets.arrays\n"
        "from dlcli.wire.datasets.read import open_data\n"
        "from dlcli.wire.stream import Limits\n"
        "def most(): return int(re.search(r'VmHWM:\\s*(\\d+)', open('/proc/self/status').read())[1])\n"
        "before = most()\n"
        "data = open_data(sys.argv[1], limits=Limits())\n"
        "for start in range(0, len(data), 1024):\n"
        "    data.take(np.arange(start, min(start + 1024, len(data))))\n"
        "print(len(data), most() - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "x.npy")], capture_output=True, text=True, check=True
    )
    found, grown = map(int, done.stdout.split())
    assert found == count
    assert grown < 40_000  # kB: the labels, in bytes and in whole numbers, are ten of them


def test_the_files_that_are_found_by_their_names_are_told(data: Any, said: list[str]) -> None:
    np.save("a-x.npy", X)
    np.save("a-y.npy", Y)
    data("a-x.npy")
    assert said == ["a-x.npy: read with a-y.npy, by the names of the files"]
    data(".")
    assert len(said) == 1


def test_labels_that_are_dates_are_named(refused: Any) -> None:
    np.savez("x.npz", x=X, y=np.array(["2020-01-01"] * 5, "M8[D]"))
    assert refused("x.npz") == (
        "x.npz, array 'y': this .npy array holds datetime64[D]; inputs are real numbers, labels numbers or words"
    )


def test_of_two_sets_in_one_archive_it_is_said_which_is_read(tmp_path: Path) -> None:
    said: list[str] = []
    rows = np.zeros((4, 3))
    np.savez(tmp_path / "two.npz", x=rows, y=np.arange(4), x_train=rows[:2], y_train=np.arange(2))
    found = open_data(str(tmp_path / "two.npz"), limits=Limits(), say=said.append)
    assert (len(found), len(said)) == (2, 1)
    assert said[0].endswith("two.npz holds x_train and x: x_train is read")
