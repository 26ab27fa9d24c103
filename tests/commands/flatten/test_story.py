"""The story of a flattening, told of a real run."""

from __future__ import annotations

import re
import shlex
from typing import Any

import numpy as np
import pytest

from dlcli.tensor import Axis, Tensor

SMALL = """\
Input  2 × 3 (row, column), int64, 1 to 6
       column
  row  0  1  2
    0  1  2  3
    1  4  5  6

Index  each axis by the length of the next, the last fastest
  index  row × 3 + column
  last   1 × 3 + 2 = 5
  size   2 × 3 = 6

Flat  6 (index), int64, 1 to 6
  index     0    1    2    3    4    5
            1    2    3    4    5    6
          0,0  0,1  0,2  1,0  1,1  1,2

Neighbours  one step along an axis of the input, in the vector
  row     3 further on
  column  1 further on

Shuffled  the same numbers in another order (--seed 0)
"""


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip("\n").split("\n")]


def test_a_small_matrix_is_shown_whole(cli: Any) -> None:
    told = lines(cli("flatten", "1 2 3; 4 5 6", "-f", "plain").out)
    assert told[: len(lines(SMALL))] == lines(SMALL)


def test_a_photo_shows_the_first_numbers_and_what_is_lost(cli: Any) -> None:
    told = cli("flatten", "sample:cat", "-f", "plain").out
    for part in (
        "index  (height × 451 + width) × 3 + channel",
        "last   (299 × 451 + 450) × 3 + 2 = 405899",
        "0,0,red  0,0,green",
        "and 405,884 more",
        "height   451 × 3 = 1353 further on",
        "width    3 further on",
        "Shuffled  the same pixels in another order (--seed 0)",
        "touched are 1353 (along height) or 3 (along width) apart.",
    ):
        assert part in re.sub(r"\s*\n  (?=\S)", " ", told) or part in told
    before, after = map(
        float, re.search(r"differ by ([\d.]+) on average; shuffled, by ([\d.]+)\.", told).groups()
    )  # type: ignore[union-attr]
    assert before < 6 < 30 < after


@pytest.mark.parametrize(
    "x",
    [
        Tensor(5.0),
        Tensor([1, 2, 3]),
        Tensor(np.zeros((0, 2))),
        Tensor(np.zeros((1, 1))),
        Tensor(np.full((3, 4), np.nan)),
        Tensor(np.ones((2, 3, 4, 5))),
        Tensor(np.ones((20, 20)) * 1j),
        Tensor(np.ones((2, 2)), (Axis("[b]\x1b[2J", ("\x07", "b")), Axis("猫" * 30))),
        Tensor(np.ones((20, 30, 1)), (Axis("height"), Axis("width"), Axis("channel"))),
    ],
    ids=["scalar", "vector", "empty", "one", "nan", "rank 4", "complex", "outside text", "one channel"],
)
@pytest.mark.parametrize("form", ["plain", "markdown", "rich", "svg"])
def test_every_tensor_has_a_story(x: Tensor, form: str, cli: Any) -> None:
    ended = cli("flatten", "-f", form, "--width", "40", stdin=x)
    assert (ended.code, ended.err) == (0, "")
    assert "\x07" not in ended.out
    assert "\x1b[2J" not in ended.out
    if x.data.size:
        assert cli("flatten", "-f", form, "--explain", "0", stdin=x).code == 0


def test_the_neighbours_in_the_vector_are_named(cli: Any) -> None:
    told = cli("flatten", "1 2 3; 4 5 6", "--explain", "3", "-f", "plain").out
    assert re.sub(r"\s*\n  ", " ", told[told.index("Notice") :]) == (
        "Notice  Before it in the vector stands row 0, column 2; after it in the vector stands row 1, column 1.\n"
    )
    last = cli("flatten", "1 2 3; 4 5 6", "--explain", "5", "-f", "plain").out
    assert lines(last)[-1] == "Notice  Before it in the vector stands row 1, column 1."


@pytest.mark.parametrize("source", ["1 2 3; 4 5 6", " -1 2", "sample:cat", "sample:exercise", "7"])
def test_the_line_to_try_runs(source: str, cli: Any) -> None:
    told = cli("flatten", source, "-f", "plain", "--width", "500").out
    (line,) = [line for line in lines(told) if line.startswith("  dlcli ")]
    ended = cli(*shlex.split(line)[1:], "-f", "plain")
    assert (ended.code, ended.err) == (0, "")
    assert "And back" in ended.out


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ("1 2 3", "Neighbours one step along an axis of the input, in the vector column 1 further on "),
        ("1; 2; 3", "Neighbours one step along an axis of the input, in the vector row 1 further on "),
        ("5", "Neighbours none: every axis has length 1 "),
    ],
)
def test_there_is_no_step_along_an_axis_of_one_place(numbers: str, told: str, cli: Any) -> None:
    page = " ".join(cli("flatten", numbers, "-f", "plain").out.split())
    assert told in page
    assert "nothing in the vector says" not in page


def test_of_a_file_without_numbers_none_is_explained(cli: Any) -> None:
    np.save("e.npy", np.zeros((0, 3)))
    assert "e.npy --explain" not in cli("flatten", "e.npy", "-f", "plain").out
