"""``dlcli pool``: the notes' 7 x 7, every option, and words for whatever does not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from dlcli.engines.pooling.pool2d import argmax_pool2d, avg_pool2d, lp_pool2d, max_pool2d, min_pool2d
from dlcli.tensor import Axis, Tensor

SEVEN = "; ".join(" ".join(map(str, range(row * 7 + 1, row * 7 + 8))) for row in range(7))


def test_the_notes_seven_by_seven_become_three_by_three(cli: Any) -> None:
    found = cli("pool", SEVEN).tensor
    assert found.data.tolist() == [[9, 11, 13], [23, 25, 27], [37, 39, 41]]
    assert (found.name, found.data.dtype, found.axis_names) == ("pooled", np.int64, ("row", "column"))
    places = cli("pool", SEVEN, "--emit", "argmax").tensor
    assert places.data.tolist() == [[8, 10, 12], [22, 24, 26], [36, 38, 40]]
    assert (places.name, places.data.dtype) == ("argmax", np.int64)


SQUARE = "1 2 3; 4 5 6; 6 7 7"


@pytest.mark.parametrize(
    ("words", "by_hand"),
    [
        ((), [[5]]),
        (("--stride", "1"), [[5, 6], [7, 7]]),
        (("--stride", "1,2"), [[5], [7]]),
        (("--size", "1,3", "--stride", "1"), [[3], [6], [7]]),
        (("--padding", "same"), [[5, 6], [7, 7]]),
        (("--ceil",), [[5, 6], [7, 7]]),
        (("--padding", "1"), [[1, 3], [6, 7]]),
        (("--padding", "full", "--stride", "1"), [[1, 2, 3, 3], [4, 5, 6, 6], [6, 7, 7, 7], [6, 7, 7, 7]]),
        (("--dilation", "2"), [[7]]),
        (("--global",), [[7]]),
        (("--global", "--kind", "avg"), [[41 / 9]]),
        (("--kind", "min", "--stride", "1"), [[1, 2], [4, 5]]),
        (("--kind", "avg"), [[3]]),
        (("--kind", "avg", "--padding", "same"), [[3, 4.5], [6.5, 7]]),
        (("--kind", "avg", "--padding", "same", "--count-padding"), [[3, 2.25], [3.25, 1.75]]),
        (("--kind", "lp"), [[np.sqrt(46)]]),
        (("--kind", "lp", "--p", "1"), [[12]]),
    ],
    ids=str,
)
def test_options(words: tuple[str, ...], by_hand: list[list[float]], cli: Any) -> None:
    np.testing.assert_allclose(cli("pool", SQUARE, *words).tensor.data, by_hand, rtol=1e-15)


def test_a_photo_stays_a_photo(cli: Any) -> None:
    photo = cli("conv", "sample:cat", "-k", "1", "--channels", "keep").tensor.data.astype(np.uint8)
    found = cli("pool", "sample:cat", "--size", "4").tensor
    assert (found.shape, found.data.dtype) == ((75, 112, 3), np.uint8)
    assert (found.axis_names, found.axes[2].labels) == (
        ("height", "width", "channel"),
        ("red", "green", "blue"),
    )
    np.testing.assert_array_equal(found.data, max_pool2d(photo[None], 4)[0])
    assert cli("pool", "sample:cat", "--size", "4", "-o", "small.png").code == 0
    with Image.open("small.png") as image:
        np.testing.assert_array_equal(np.asarray(image), found.data)


@pytest.mark.parametrize(
    ("kind", "engine"), [("max", max_pool2d), ("min", min_pool2d), ("avg", avg_pool2d), ("lp", lp_pool2d)]
)
def test_it_is_the_engine_on_maps_of_any_depth(kind: str, engine: Any, cli: Any) -> None:
    maps = np.random.default_rng(1).standard_normal((9, 8, 5)).astype(np.float32)
    words = ("--size", "3,2", "--stride", "2", "--padding", "1", "--dilation", "1,2", "--ceil")
    options = {"stride": 2, "padding": 1, "dilation": (1, 2), "ceil": True}
    found = cli("pool", "--kind", kind, *words, stdin=Tensor(maps)).tensor
    np.testing.assert_array_equal(found.data, engine(maps[None], (3, 2), **options)[0])
    if kind == "max":
        places = cli("pool", *words, "--emit", "argmax", stdin=Tensor(maps)).tensor
        np.testing.assert_array_equal(places.data, argmax_pool2d(maps[None], (3, 2), **options)[0])


def test_after_a_convolution_in_a_pipe(cli: Any) -> None:
    answers = cli("conv", "sample:lines", "-k", "diag", "-k", "antidiag", "--activation", "relu")
    found = cli("pool", "--size", "2", stdin=answers.raw).tensor
    assert found.shape == (119, 159, 2)
    assert found.axes[2].labels == ("diag", "antidiag")
    np.testing.assert_array_equal(found.data, max_pool2d(answers.tensor.data[None], 2)[0])
    assert found.attrs["command"] == "conv sample:lines -k diag -k antidiag --activation relu | pool --size 2"
    assert found.attrs["source"] == "sample:lines"


def test_the_meaning_of_the_axes_goes_on(cli: Any) -> None:
    x = Tensor(
        np.ones((9, 4)),
        (Axis("time", start=1.0, step=0.5, unit="s"), Axis("unit", ("a", "b", "c", "d"))),
        "gates",
    )
    found = cli("pool", "--size", "3,1", stdin=x).tensor
    assert found.axes == (Axis("time", start=1.5, step=1.5, unit="s"), Axis("unit", ("a", "b", "c", "d")))
    halved = cli("pool", "--emit", "argmax", stdin=x).tensor
    assert halved.axes == (Axis("time", start=1.25, step=1.0, unit="s"), Axis("unit"))


def test_sixteen_bits_stay(cli: Any) -> None:
    deep = np.arange(0, 65536, 4096, dtype=np.uint16).reshape(4, 4)
    Image.fromarray(deep).save("deep.png")
    found = cli("pool", "deep.png").tensor
    assert found.data.dtype == np.uint16
    assert found.data.tolist() == [[20480, 28672], [53248, 61440]]
    assert cli("pool", "deep.png", "--kind", "avg").tensor.data.tolist() == [[10240, 18432], [43008, 51200]]


def test_special_numbers(cli: Any) -> None:
    odd = "nan 1 -inf -inf; 2 3 -inf -inf"
    assert str(cli("pool", odd).tensor.data.tolist()) == "[[nan, -inf]]"
    assert cli("pool", odd, "--emit", "argmax").tensor.data.tolist() == [[0, 2]]
    assert str(cli("pool", odd, "--kind", "avg").tensor.data.tolist()) == "[[nan, -inf]]"
    assert cli("pool", "1+2j 3; 4 -1j", "--kind", "avg").tensor.data.tolist() == [[2 + 0.25j]]


def test_files_with_all_results_hold_what_there_is(cli: Any) -> None:
    for kind, names in {"max": ["pooled", "argmax"], "min": ["pooled", "argmax"], "avg": ["pooled"]}.items():
        assert cli("pool", SEVEN, "--kind", kind, "-o", f"{kind}.npz").code == 0
        assert [name for name in np.load(f"{kind}.npz").files if name in ("pooled", "argmax")] == names


SHORT = "1 2; 3 4"
BAD: dict[str, tuple[tuple[str, ...], Any, int, str]] = {
    "size 0": ((SHORT, "--size", "0"), b"", 2, "invalid value for '--size': '0' is neither a whole number from 1 on nor two of them (height,width), such as 2 or 2,1\nTry 'dlcli pool --help'."),
    "stride 0": ((SHORT, "--stride", "0"), b"", 2, "invalid value for '--stride': '0' is neither a whole number from 1 on nor two of them (height,width), such as 2 or 2,1\nTry 'dlcli pool --help'."),
    "padding": ((SHORT, "--padding", "sane"), b"", 2, "invalid value for '--padding': 'sane' is none of valid, same, full, nor a number of rows and columns such as 1\nTry 'dlcli pool --help'."),
    "larger than the picture": ((SHORT, "--size", "3"), b"", 1, "literal: the window is larger than the picture: window 3x3, picture 2x2 with its padding; try a smaller window or --padding same"),
    "nothing but padding": ((SHORT, "--padding", "2"), b"", 1, "literal: with --padding 2 a window of 2x2 sees nothing but padding; try --padding 1 or less"),
    "one axis": ((), Tensor([1, 2]), 1, "pool wants a picture or a matrix: 2 or 3 axes (height, width[, channel]), none of them empty; received tensor (index 2) int64"),
    "four axes": ((), Tensor(np.ones((1, 2, 2, 3))), 1, "pool wants a picture or a matrix: 2 or 3 axes (height, width[, channel]), none of them empty; received tensor (axis0 1, axis1 2, axis2 2, axis3 3) float64; try dlcli tensor --index 0, the first of a batch"),
    "an empty axis": ((), Tensor(np.ones((0, 2))), 1, "pool wants a picture or a matrix: 2 or 3 axes (height, width[, channel]), none of them empty; received tensor (row 0, column 2) float64"),
    "the largest of complex numbers": (("1j 2; 3 4",), b"", 1, "--kind max wants real numbers: complex ones have no order, only their mean is defined; received matrix (row 2, column 2) complex128; try --kind avg"),
    "places of a mean": ((SHORT, "--emit", "argmax", "--kind", "avg"), b"", 2, "--emit argmax: only a largest or least number has a place; --kind avg has none, max and min have"),
    "global of a size": ((SHORT, "--global", "--size", "2"), b"", 2, "--size does not go with --global: leave one of them out"),
    "global with padding": ((SHORT, "--global", "--padding", "1"), b"", 2, "--padding does not go with --global: leave one of them out"),
    "power of a maximum": ((SHORT, "--p", "3"), b"", 2, "--p goes with --kind lp: add it, or leave --p out"),
    "power 0": ((SHORT, "--kind", "lp", "--p", "0"), b"", 2, "--p wants a positive, finite number; received 0; try --p 2"),
    "power below 0": ((SHORT, "--kind", "lp", "--p", "-1"), b"", 2, "--p wants a positive, finite number; received -1; try --p 2"),
    "power nan": ((SHORT, "--kind", "lp", "--p", "nan"), b"", 2, "--p wants a positive, finite number; received nan; try --p 2"),
    "power infinity": ((SHORT, "--kind", "lp", "--p", "inf"), b"", 2, "--p wants a positive, finite number; received inf; try --p 2; --kind max is what a power of infinity comes to"),
    "counting in a maximum": ((SHORT, "--count-padding"), b"", 2, "--count-padding goes with --kind avg: add it, or leave --count-padding out"),
    "unknown kind": ((SHORT, "--kind", "median"), b"", 2, "invalid value for '--kind': 'median' is not one of 'max', 'avg', 'min', 'lp'.\nTry 'dlcli pool --help'."),
    "cell outside": ((SHORT, "--explain", "1,0", "-f", "plain"), b"", 2, "there is no cell 1,0 in the pooled: row 0 to 0, column 0 to 0"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_fit_ends_in_words(case: str, cli: Any) -> None:
    words, stdin, code, message = BAD[case]
    ended = cli("pool", *words, stdin=stdin)
    assert (ended.code, ended.raw) == (code, b"")
    assert ended.err == f"dlcli pool: {message}\n"
