"""What the story of a correlation says is so, and the line that it suggests runs."""

from __future__ import annotations

import re
import shlex
from typing import Any

import numpy as np
import pytest

from dlcli.tensor import Axis, Tensor

COLOURS = Axis("channel", ("red", "green", "blue"))
FLAT = Tensor(np.full((6, 6, 3), 50, np.uint8), (Axis("height"), Axis("width"), COLOURS))
EXERCISE = "sample:exercise"


def notice(told: str) -> str:
    """The words of the notice in one line."""
    (found,) = re.findall(r"^Notice  (.*(?:\n  .*)*)", told, re.MULTILINE)
    return re.sub(r"\s*\n  ", " ", found)


def line_to_try(told: str) -> list[str]:
    """The words of the suggested command."""
    (found,) = re.findall(r"^Try next\n  (.*)", told, re.MULTILINE)
    return shlex.split(found)


def test_channels_that_are_added_up_are_brighter_and_it_says_so(cli: Any) -> None:
    ended = cli("conv", "-k", "box", stdin=FLAT)
    np.testing.assert_allclose(ended.tensor.data, 150, rtol=1e-6)
    told = notice(cli("conv", "-k", "box", "-f", "plain", stdin=FLAT).out)
    assert told.startswith(
        "The kernel's weights sum to 1 on each channel, and the channels are added up: a flat area answers "
        "with the sum of its 3 channels, 3 times as bright. --channels keep filters each by itself."
    )
    for mode in ("keep", "gray"):
        np.testing.assert_allclose(
            cli("conv", "-k", "box", "--channels", mode, stdin=FLAT).tensor.data, 50, rtol=1e-6
        )
        told = notice(cli("conv", "-k", "box", "--channels", mode, "-f", "plain", stdin=FLAT).out)
        assert told.startswith("The kernel's weights sum to 1: flat areas stay as bright as they are.")
    told = notice(cli("conv", "-k", "diag", "--bias", "5", "-f", "plain", stdin=FLAT).out)
    assert "a flat area answers with 2 times the sum of its 3 channels plus the bias of 5. " in told
    assert cli("conv", "-k", "diag", "--bias", "5", stdin=FLAT).tensor.data[0, 0] == 2 * 150 + 5


def test_a_deep_kernel_speaks_of_channels_that_are_alike(cli: Any) -> None:
    deep = np.ones((1, 1, 3))
    np.save("deep.npy", deep)
    told = notice(cli("conv", "-k", "deep.npy", "-f", "plain", stdin=FLAT).out)
    assert "sum to 3: a flat area whose channels are alike answers with 3 times its value." in told
    deep[..., 0], deep[..., 1] = -1, 0
    np.save("deep.npy", deep)
    assert "only change" not in notice(cli("conv", "-k", "deep.npy", "-f", "plain", stdin=FLAT).out)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("-k", "box"), "The kernel's weights sum to 1: flat areas stay as bright as they are."),
        (
            ("-k", "box", "--bias", "3"),
            "The kernel's weights sum to 1: a flat area answers with its value plus the bias of 3.",
        ),
        (("-k", "diag"), "The kernel's weights sum to 2: a flat area answers with 2 times its value."),
        (("-k", "diag", "--bias", "5"), "a flat area answers with 2 times its value plus the bias of 5."),
        (("-k", "box", "--activation", "tanh"), "sum to 1: before tanh, a flat area answers with its value."),
        (("-k", "sobel-x"), "sum to 0: where the input is flat the answer is 0, only change answers."),
        (("-k", "sobel-x", "--bias", "2"), "where the input is flat the answer is the bias, only change"),
        (
            ("-k", "sobel-x", "--activation", "sigmoid"),
            "where the input is flat the answer is sigmoid(0) = 0.5, only change differs.",
        ),
        (("-k", "sobel-x", "--bias", "2", "--activation", "relu"), "the answer is relu(2) = 2, only change"),
        (
            ("-k", "box", "-k", "gaussian:3", "--bias", "1", "--bias", "2"),
            "The weights of every kernel sum to 1: a flat area answers with its value plus its kernel's bias.",
        ),
    ],
)
def test_what_comes_of_an_even_area(words: tuple[str, ...], wanted: str, cli: Any) -> None:
    assert wanted in notice(cli("conv", EXERCISE, *words, "-f", "plain").out)


@pytest.mark.parametrize(
    ("x", "words", "wanted"),
    [
        ("1 2 3 4", ("-k", "1 1", "--stride", "2"), "moves 2 columns at a time: the map has 2 columns instead of 3."),
        (EXERCISE, ("-k", "diag", "--stride", "1,2"), "moves 2 columns at a time: the map has 2 columns instead of 4."),
        (EXERCISE, ("-k", "diag", "--stride", "3,2"), "moves 3 rows and 2 columns at a time: the map has 1 row instead of 3 and 2 columns instead of 4."),
        (EXERCISE, ("-k", "diag", "--stride", "2", "--padding", "same"), "the map has 2 rows instead of 4 and 3 columns instead of 5."),
        ("1 2 3; 4 5 6; 7 8 9", ("-k", "box", "--stride", "2"), None),
    ],
)  # fmt: skip
def test_what_a_stride_makes_of_the_map(x: str, words: tuple[str, ...], wanted: str | None, cli: Any) -> None:
    told = notice(cli("conv", x, *words, "-f", "plain").out)
    assert wanted in told if wanted else "at a time" not in told
    if wanted:
        at = words.index("--stride")
        without = (*words[:at], *words[at + 2 :])
        there, bare = (cli("conv", x, *line).tensor.shape for line in (words, without))
        for axis, (have, had) in enumerate(zip(there, bare, strict=True)):
            word = ("row", "column")[axis] + "s" * (have != 1)
            assert (f"{have} {word} instead of {had}" in told) == (have != had)


def test_what_is_lost_at_the_border_is_counted(cli: Any) -> None:
    assert "inside: 1 column is lost at" in notice(cli("conv", "1 2 3", "-k", "1 1", "-f", "plain").out)
    assert "inside: 1 row and 1 column are" in notice(cli("conv", EXERCISE, "-k", "diag", "-f", "plain").out)


@pytest.mark.parametrize(
    "line",
    [
        (EXERCISE, "-k", "random", "--seed", "4"),
        (EXERCISE, "-k", "random:2", "-k", "random:2", "-k", "diag", "-k", "diag", "--seed", "4"),
        (EXERCISE, "-k", "sobel-x", "--bias", "-2", "--activation", "tanh", "--flip"),
        ("1e308 1e308; 1e308 1e308", "-k", "1 1"),
        ("1 2", "-k", "1j 2"),
    ],
)
def test_the_line_to_try_runs_and_is_of_the_same_run(line: tuple[str, ...], cli: Any) -> None:
    told = cli("conv", *line, "-f", "plain", "--width", "500").out
    offered = line_to_try(told)
    assert cli(*offered[1:], "-f", "plain").code == 0
    if line[0] == EXERCISE:
        y = cli("conv", *line).tensor
        np.testing.assert_array_equal(cli(*offered[1:-2]).tensor.data, y.data)
        cell = tuple(map(int, offered[-1].split(",")))
        assert y.data[cell] == y.data.max()


def test_a_share_of_one_factor_comes_from_the_padding(cli: Any) -> None:
    words = ("-k", "1 1", "--padding", "1", "--explain", "1,0", "-f", "plain")
    assert "1 of 2 factors comes from the padding (zeros)." in notice(cli("conv", "1 2", *words).out)


def test_the_last_line_of_the_arithmetic_is_the_result(cli: Any) -> None:
    words = (
        "-k",
        "sobel-x",
        "--padding",
        "same",
        "--activation",
        "sigmoid",
        "--explain",
        "0,0",
        "-f",
        "plain",
    )
    told = cli("conv", "1 2 3; 4 5 6", *words).out
    assert re.search(r"^ +sigmoid\(9\) +0\.9999$", told, re.MULTILINE)
    assert "Feature map  0.9999 at row 0, column 0" in told


def test_of_groups_the_channel_of_each_kernel_is_named(cli: Any) -> None:
    colours = Tensor(np.full((2, 2, 3), (10, 20, 30), np.uint8), FLAT.axes)
    words = [word for name in ("1", "2", "3", "4", "5", "6") for word in ("-k", name)]
    told = cli("conv", *words, "--groups", "3", "-f", "plain", "--width", "200", stdin=colours).out
    named = re.findall(r"(\d) on (\w+), bias", told)
    assert named == [*zip("123456", ("red", "red", "green", "green", "blue", "blue"), strict=True)]
    red, green, blue = 10, 20, 30
    made = cli("conv", *words, "--groups", "3", stdin=colours).tensor
    assert made.data[0, 0].tolist() == [red, 2 * red, 3 * green, 4 * green, 5 * blue, 6 * blue]


@pytest.mark.parametrize("kernel", ["1 0; 0 1", "0.9 1.1; -2.8 0.8", "0.9 1.1; 0 0.8", "0.25 0.5; 1.75 -0.5"])
@pytest.mark.parametrize("bias", ["0", "0.15", "-1.6"])
def test_the_numbers_of_a_worksheet_are_exact(kernel: str, bias: str, cli: Any) -> None:
    """Weights of two decimals on whole numbers: products and sums end after the second, too."""
    line = "conv", "sample:exercise", "--kernel", kernel, "--bias", bias
    exact = cli(*line).tensor.data.round(9)
    told = cli(*line, "-f", "plain").out.replace("−", "-")
    table = told.partition("Feature map")[2].partition("Strongest")[0].split("\n")[3:6]
    assert [[float(word) for word in row.split()[1:]] for row in table] == exact.tolist()
    words = f"{exact.min():.12g} to {exact.max():.12g}"
    assert words in told
    cell = ",".join(map(str, np.unravel_index(int(exact.argmin()), exact.shape)))
    last = cli(*line, "--explain", cell, "-f", "plain").out.replace("−", "-").strip().split("\n")[-1]
    assert f"{exact.min():.12g} at" in last


def test_complex_numbers_cancel_and_it_is_said(cli: Any) -> None:
    """Phases of a steady tone turn from frame to frame: its neighbours take each other away."""
    told = "Complex numbers add up with their phases, and what points in opposite directions cancels"
    tone = Tensor(
        np.sin(2 * np.pi * 1125 * np.arange(4000) / 8000), (Axis("time", start=0.0, step=1 / 8000, unit="s"),)
    )
    spectrum = cli("stft", "--frame", "64", stdin=tone).tensor
    size = cli("stft", "--frame", "64", "--emit", "magnitude", stdin=tone).tensor
    smear = ("conv", "-k", ".25 .25 .25 .25", "--padding", "same")
    whole, sizes = (cli(*smear, stdin=one).tensor.data[9, 9:-9] for one in (spectrum, size))
    assert np.abs(whole).max() < 1e-9 < 15 < sizes.min()
    line = (*smear, "-f", "plain", "--width", "999")
    assert (
        f"{told}: the phase of a steady tone turns on from frame to frame" in cli(*line, stdin=spectrum).out
    )
    assert told not in cli(*line, stdin=size).out
    assert f"{told}. " in cli(*line, stdin=Tensor(np.ones((4, 5), complex))).out
    assert told in cli("pool", "--kind", "avg", "-f", "plain", "--width", "999", stdin=spectrum).out


def counts(told: str) -> list[str]:
    """The formulas of parameters and multiply-adds in a story."""
    return [
        " ".join(line.split())
        for line in re.findall(r"^  (?:parameters|multiply-adds) .*", told, re.MULTILINE)
    ]


@pytest.mark.parametrize(
    ("words", "formulas"),
    [
        (("-k", "1 | 2 | 3"), ["parameters (1·1·3 + 1)·1 = 4", "multiply-adds 300·451·1·(1·1·3) = 405,900"]),
        (
            ("-k", "kirsch:0:315:45", "-k", "sobel:0:315:45", "--stride", "2", "--padding", "same"),
            ["parameters (3·3·3 + 1)·16 = 448", "multiply-adds 150·226·16·(3·3·3) = 14,644,800"],
        ),
        (
            ("-k", "diag", "-k", "box:2", "-k", "antidiag", "--groups", "3"),
            ["parameters (2·2·(3/3) + 1)·3 = 15", "multiply-adds 299·450·3·(2·2·(3/3)) = 1,614,600"],
        ),
        (
            ("-k", "diag", "--channels", "keep"),
            ["parameters (2·2·(3/3) + 1)·3 = 15", "multiply-adds 299·450·3·(2·2·(3/3)) = 1,614,600"],
        ),
        (("-k", "1 | 2 | 3", "--channels", "keep"), []),
    ],
)
def test_the_counts_of_a_layer_with_these_kernels(
    words: tuple[str, ...], formulas: list[str], cli: Any
) -> None:
    """Keras counts 448 parameters of Conv2D(16, 3) on 3 channels."""
    assert counts(cli("conv", "sample:cat", *words, "-f", "plain").out) == formulas


def test_the_counts_are_those_of_summary(cli: Any) -> None:
    line = ("conv", "--weights", "sample:digits-cnn", "--layer", "conv2d", "-f", "plain")
    told = cli(*line, stdin=Tensor(np.zeros((28, 28), np.float32))).out
    summary = cli("summary", "sample:digits-cnn", "--explain", "conv2d", "-f", "plain").out
    assert len(counts(told)) == 2
    assert counts(told) == counts(summary)


def test_a_layer_without_a_bias_counts_none(cli: Any) -> None:
    np.savez("layer.npz", kernel=np.ones((3, 3, 1, 2)))
    told = cli("conv", "1 2 3; 4 5 6; 7 8 9", "--weights", "layer.npz", "-f", "plain").out
    assert counts(told) == ["parameters (3·3·1)·2 = 18", "multiply-adds 1·1·2·(3·3·1) = 18"]


@pytest.mark.parametrize(
    "words",
    [("-k", "box:2"), ("-k", "box:2", "--transposed"), ("-k", "diag", "-k", "antidiag", "--emit", "winner")],
)
def test_what_was_turned_gray_is_shown_gray(words: tuple[str, ...], cli: Any) -> None:
    """One gray number for each place, as the kernels see it, no three colours."""
    x = Tensor(np.full((3, 3, 3), (10, 20, 60), np.uint8), FLAT.axes)
    gray = round(float(cli("conv", "-k", "1", "--channels", "gray", stdin=x).tensor.data[0, 0]))
    head, _, shown = cli("conv", *words, "--channels", "gray", "-f", "plain", stdin=x).out.partition(
        "turned gray"
    )
    shown = shown.partition("\n\n")[0]
    assert head.startswith("Input")
    assert re.findall(r"\b\d\d\b", shown) == [str(gray)] * 9
    coloured = cli("conv", *words, "-f", "plain", stdin=x).out.partition("\n\n")[0]
    assert "red" in coloured
    assert "60" in coloured
