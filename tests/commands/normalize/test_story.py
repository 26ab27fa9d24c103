"""The story of a normalisation: which numbers share a mean, and the arithmetic of one."""

from __future__ import annotations

import shlex
from typing import Any

import numpy as np
import pytest

from dlcli.tensor import Axis, Tensor
from dlcli.words.number import number

SHARED = """\
  axis    length                          taken for   row  0  1  2
  row          2  a mean for each         examples    0    A  A  A
  column       3  the mean goes over all  features    1    B  B  B

Statistics
         mean  √(σ² + ε)  mean after  deviation after
  row 0     3      2.160           0                1
  row 1     6      2.828           0                1
"""

CELL = """\
Shares a mean with  2 numbers: every row, column 2
       column
  row   0   1   2
    0   1   2   6
    1   4   4 [10]

Arithmetic
  μ   (6 + 10) / 2 = 8
  σ²  ((6 − 8)² + (10 − 8)²) / 2 = 4
  √   √(4 + 1e−5) = 2
  n   (10 − 8) / 2 = 1
  y   0.5 · 1 + 3 = 3.5

Normalized  3.5 at row 1, column 2
"""


def test_which_numbers_share_a_mean(cli: Any) -> None:
    told = cli("normalize", "1 2 6; 4 4 10", "-f", "plain").out
    assert SHARED in "\n".join(line.rstrip() for line in told.split("\n"))


def test_the_arithmetic_of_a_cell(cli: Any) -> None:
    line = ("normalize", "1 2 6; 4 4 10", "--kind", "batch", "--gain", "1 2 0.5", "--bias", "0 0 3")
    told = cli(*line, "--explain", "1,2", "-f", "plain").out
    assert "\n".join(line.rstrip() for line in told.split("\n")).endswith(CELL)


MAPS = Tensor(
    np.arange(2 * 3 * 3 * 4, dtype=np.float64).reshape(2, 3, 3, 4) ** 2 % 17,
    (Axis("batch"), Axis("height"), Axis("width"), Axis("channel", tuple("abcd"))),
)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--kind group --groups 2", ["4 means, each of 18 numbers", "a mean for each 2 of them: 2 groups", "batch 1, channels c to d"]),
        ("--kind group --groups 2 --explain 1,0,0,3", ["18 numbers: batch 1, every height, every width, channels c to d", "μ Σ x / 18 ="]),
        ("--kind batch", ["4 means, each of 18 numbers", "Each example depends on the others of its batch"]),
        ("--kind instance", ["8 means, each of 9 numbers", "No example depends on another one"]),
        ("--kind rms", ["18 mean squares, each of 4 numbers", "n x / √(μ₂ + 1e−6)"]),
        ("--kind rms --explain 0,0,0,1", ["μ₂ (0² + 1² + 4² + 9²) / 4 = 24.5", "n 1 / 4.95 = 0.202"]),
        ("--axis width", ["24 means, each of 3 numbers", "…"]),
        ("--kind local-response --size 3 --details", ["y[c] x[c] / (1 + 0.0001 / 3 · Σ x[c′]²)^0.75", "over the 3 channels around c", "TensorFlow's alpha"]),
        ("--kind local-response --size 3 --alpha 1 --explain 0,0,0,0", ["2 channels of 3, 1 beyond the end", "(1 + 1 / 3 · 1)^0.75"]),
        ("--gain 3", ["y 3 · n"]),
        ("--bias 3", ["y n + 3"]),
    ],
)  # fmt: skip
def test_what_is_told(words: str, told: list[str], cli: Any) -> None:
    ended = cli("normalize", *shlex.split(words), "-f", "plain", stdin=MAPS)
    assert ended.code == 0, ended.err
    assert max(map(len, ended.out.split("\n"))) <= 80
    found = " ".join(ended.out.split())
    for text in told:
        assert " ".join(text.split()) in found


def test_groups_of_an_axis_whose_name_ends_in_a_digit(cli: Any) -> None:
    told = cli("normalize", "--kind", "group", "--groups", "2", "-f", "plain", stdin=Tensor(MAPS.data))
    assert "axis0 0, axis3 0 to 1" in told.out
    cell = cli(
        "normalize",
        "--kind",
        "group",
        "--groups",
        "2",
        "--explain",
        "0,0,0,3",
        "-f",
        "plain",
        stdin=Tensor(MAPS.data),
    ).out
    assert "every axis2, axis3 2 to 3" in " ".join(cell.split())


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("'5 5; 1 2'", "1 of 2 sets is of equal numbers: ε keeps the division possible"),
        ("'5 5; 1 1'", "2 of 2 sets are of equal numbers"),
        ("'5 5; 1 2' --eps 0", "1 of 2 sets is of equal numbers: 0 / 0 without ε, which is no number"),
        ("'0 0; 1 2' --kind rms", "1 of 2 sets is of zeros: ε keeps the division possible"),
        ("'1e300 0; 1 2'", "Notice A variance is beyond the largest float, 1.8e308; its root is not"),
        ("'1e300 0; 1 2' --explain 0,0", "= over 1.8e308 √ √(over 1.8e308 + 1e−5) = 5e299"),
        ("'1e300 4' --kind local-response --explain 0,0", "· over 1.8e308)^0.75 = over 1.8e308"),
        (
            "'2e300 4' --kind local-response --beta 0.5 --explain 0,0",
            "^0.5 = 8.944e297 y 2e300 / 8.944e297 = 223.6",
        ),
        ("'1e-300 4e-300' --eps 0 --explain 0,0", "2 = below 1e−308 √ √(below 1e−308 + 0) = 1.5e−300"),
        ("'3 4 2' --kind local-response --explain 0,1", "· 29)^0.75 = 1.0004 y 4 / 1.0004 = 3.998"),
        ("'nan 1; 1 2'", "A number that is not finite spoils all that share its mean."),
        ("'1; 2'", "Each number has its mean to itself: all of them become 0."),
        ("'1; 2' --kind rms", "nothing but its sign is left"),
        ("sample:exercise --kind batch", "in inference the means of the training take their place"),
        ("sample:cat --kind batch", "This is a batch of one"),
        ("'1 2; 3 4' --kind batch --weights w.npz", "those that w.npz has kept from training"),
        (
            "'1 2; 3 4' --kind batch --weights w.npz --explain 0,0",
            "From training the mean and variance that w.npz has kept for column 0",
        ),
        (
            "'1 2; 3 4' --kind batch --weights w.npz --explain 0,0",
            "μ moving mean = 1 σ² moving variance = 4 √ √(4 + 0.001) = 2 n (1 − 1) / 2 = 0",
        ),
        ("'1 2; 3 4' --kind batch --weights w.npz", "Share a mean 2 means from w.npz, each for 2 numbers"),
        ("'1 2; 3 4' --kind batch --weights w.npz", "row 2 the same for all examples"),
    ],
)
def test_what_is_worth_noticing(typed: str, told: str, cli: Any) -> None:
    np.savez("w.npz", gamma=[1.0, 1], beta=[0.0, 0], moving_mean=[1.0, 2], moving_variance=[4.0, 4])
    ended = cli("normalize", *shlex.split(typed), "-f", "plain")
    assert ended.code == 0, ended.err
    assert told in " ".join(ended.out.split())
    if "from" in told or "From" in told:
        assert "Shares a mean with" not in ended.out
        assert "the mean goes over all" not in ended.out


def test_of_many_numbers_only_those_that_are_told_are_put_in_words(
    cli: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A channel of a photo has 135,300: each in words would take seconds."""
    said: list[object] = []

    def counted(value: Any, *given: Any) -> str:
        said.append(value)
        return number(value, *given)

    monkeypatch.setattr("dlcli.commands.normalize.story.number", counted)
    told = cli("normalize", "sample:cat", "--kind", "instance", "--explain", "102,169,2", "-f", "plain")
    assert "Σ x / 135300" in told.out
    assert len(said) < 100
