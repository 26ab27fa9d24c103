"""``dlcli activate``: functions by hand, derivatives, and words for what does not fit."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from dlcli.tensor import Axis, Tensor

BY_HAND = {
    "linear": ([[1, -2], [0, 3]], [[1, 1], [1, 1]]),
    "relu": ([[1, 0], [0, 3]], [[1, 0], [0, 1]]),
    "leaky-relu": ([[1, -0.02], [0, 3]], [[1, 0.01], [0.01, 1]]),
    "leaky-relu:0.3": ([[1, -0.6], [0, 3]], [[1, 0.3], [0.3, 1]]),
    "Leaky_ReLU:−1/2": ([[1, 1], [0, 3]], [[1, -0.5], [-0.5, 1]]),
    "prelu": ([[1, -0.5], [0, 3]], [[1, 0.25], [0.25, 1]]),
    "hard-sigmoid": ([[2 / 3, 1 / 6], [0.5, 1]], [[1 / 6, 1 / 6], [1 / 6, 0]]),
    "hard-sigmoid:0.2": ([[0.7, 0.1], [0.5, 1]], [[0.2, 0.2], [0.2, 0]]),
    "hard-tanh": ([[1, -1], [0, 1]], [[0, 0], [1, 0]]),
    "elu": ([[1, math.exp(-2) - 1], [0, 3]], [[1, math.exp(-2)], [1, 1]]),
    "tanh": (
        [[math.tanh(1), math.tanh(-2)], [0, math.tanh(3)]],
        [[math.cosh(1) ** -2, math.cosh(2) ** -2], [1, math.cosh(3) ** -2]],
    ),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_by_hand(name: str, cli: Any) -> None:
    y, slope = BY_HAND[name]
    found = cli("activate", name, "1 -2; 0 3").tensor
    np.testing.assert_allclose(found.data, y, rtol=1e-14)
    assert (found.name, found.data.dtype) == ("activated", np.float64)
    for words in (("--derivative",), ("--emit", "derivative")):
        found = cli("activate", name, *words, "1 -2; 0 3").tensor
        np.testing.assert_allclose(found.data, slope, rtol=1e-13)
        assert found.name == "derivative"


def test_emit_is_stronger_than_derivative(cli: Any) -> None:
    found = cli("activate", "relu", "--derivative", "--emit", "activated", "1 -2").tensor
    assert found.data.tolist() == [[1, 0]]


@pytest.mark.parametrize(
    ("words", "told", "again"),
    [
        (
            ("--derivative", "--emit", "activated"),
            "Activated  1 × 2",
            "dlcli activate relu '1 -2' --explain 0,1",
        ),
        (
            ("--emit", "derivative"),
            "Derivative  1 × 2",
            "dlcli activate relu '1 -2' --derivative --explain 0,1",
        ),
        (("--derivative",), "Derivative  1 × 2", "dlcli activate relu '1 -2' --derivative --explain 0,1"),
    ],
)
def test_the_story_is_about_what_is_emitted(words: tuple[str, ...], told: str, again: str, cli: Any) -> None:
    found = cli("activate", "relu", "1 -2", *words, "-f", "plain").out
    assert f"\n{told} " in found
    assert found.rstrip().endswith(again)


@pytest.mark.parametrize("words", [(), ("--derivative",)])
def test_after_a_single_number_another_line_is_suggested(words: tuple[str, ...], cli: Any) -> None:
    np.save("s.npy", np.array(2.0))
    told = cli("activate", "relu", "s.npy", *words, "-f", "plain").out.rstrip().split("\n")[-1]
    assert told.split() == ["dlcli", "activate", "relu", "s.npy", *(() if words else ("--derivative",))]


def test_both_into_one_file(cli: Any) -> None:
    assert cli("activate", "relu", "1 -2", "-o", "both.npz").code == 0
    with np.load("both.npz") as file:
        assert (file["activated"].tolist(), file["derivative"].tolist()) == ([[1, 0]], [[1, 0]])


def test_axes_names_and_origin_stay(cli: Any) -> None:
    x = Tensor(
        np.array([[1, 2], [3, 250]], np.uint8), (Axis("time", start=0, step=0.5, unit="s"), Axis("unit", ("a", "b"))),
        attrs={"source": "gates.npy", "sample_rate": 4},
    )  # fmt: skip
    found = cli("activate", "softplus", stdin=x).tensor
    assert (found.data.dtype, found.axes) == (np.float32, x.axes)
    assert found.attrs == {"source": "gates.npy", "sample_rate": 4, "command": "activate softplus"}


def test_after_a_convolution_it_is_the_activation_of_conv(cli: Any) -> None:
    answers = cli("conv", "sample:exercise", "-k", "sobel-x").raw
    both = cli("conv", "sample:exercise", "-k", "sobel-x", "--activation", "relu").tensor
    np.testing.assert_array_equal(cli("activate", "relu", stdin=answers).tensor.data, both.data)


BAD: dict[str, tuple[tuple[str, ...], Any, int, str]] = {
    "a near name": (("rleu", "1 2"), b"", 2, "dlcli activate: invalid value for 'FUNCTION': 'rleu' is no activation function: did you mean relu?\nTry 'dlcli activate --help'."),
    "a file where the name belongs": (("photo.png",), b"", 2, "dlcli activate: invalid value for 'FUNCTION': 'photo.png' is no activation function: linear, relu, leaky-relu, prelu, sigmoid, hard-sigmoid, tanh, hard-tanh, elu, selu, gelu, silu, softplus stand before the input\nTry 'dlcli activate --help'."),
    "a number that is none": (("elu:x", "1 2"), b"", 2, "dlcli activate: invalid value for 'FUNCTION': ALPHA of elu is a number from 0 to 100; received 'x': try elu:1\nTry 'dlcli activate --help'."),
    "a number too many": (("tanh:2", "1 2"), b"", 2, "dlcli activate: invalid value for 'FUNCTION': tanh has no number; received 'tanh:2'; leaky-relu, prelu, elu, hard-sigmoid have one\nTry 'dlcli activate --help'."),
    "no name": ((), b"", 2, "dlcli activate: missing argument 'FUNCTION'. Name one of linear, relu, leaky-relu, prelu, sigmoid, hard-sigmoid, tanh, hard-tanh, elu, selu, gelu, silu, softplus.\nTry 'dlcli activate --help'."),
    "complex": (("relu", "1j 2"), b"", 1, "dlcli activate: literal: relu is not defined for complex numbers; received complex128; try their sizes or real parts"),
    "empty": (("relu",), Tensor(np.ones((0, 2)), name="maps"), 1, "dlcli activate: activate wants at least one number; received maps (row 0, column 2) float64"),
    "cell outside": (("relu", "1 2", "--explain", "1,0", "-f", "plain"), b"", 2, "dlcli activate: there is no cell 1,0 in the activated: row 0 to 0, column 0 to 1"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_fit_ends_in_words(case: str, cli: Any) -> None:
    words, stdin, code, message = BAD[case]
    ended = cli("activate", *words, stdin=stdin)
    assert (ended.code, ended.raw) == (code, b"")
    assert ended.err == message + "\n"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("swish", "silu"),
        ("Swish", "silu"),
        ("identity", "linear"),
        ("leaky-relu:30%", "leaky-relu:0.3"),
        ("leaky-relu:−1/2", "leaky-relu:-0.5"),
        ("elu:½", "elu:0.5"),
    ],
)
def test_other_names_and_numbers_as_screens_write_them(typed: str, meant: str, cli: Any) -> None:
    one, other = (cli("activate", word, "-2 1") for word in (typed, meant))
    assert (one.code, one.tensor.data.tolist()) == (0, other.tensor.data.tolist())
