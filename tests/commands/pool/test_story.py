"""The story of a pooling, told of a real run."""

from __future__ import annotations

import re
import shlex
from typing import Any

import numpy as np
import pytest

from dlcli.tensor import Axis, Tensor

SEVEN = (
    "1 3 2 0 7 1 4; 4 2 5 1 7 0 2; 0 1 7 2 7 3 3; 8 0 3 6 7 1 1; 1 2 3 4 5 6 2; 9 1 0 2 8 3 4; 5 5 1 0 2 7 6"
)

STORY = """\
Input  7 × 7 (row, column), int64, 0 to 9

Size  (input + padding before + after − window) / stride + 1, rounded down
  row     ⌊(7 + 0 + 0 − 2) / 2⌋ + 1 = ⌊2.5⌋ + 1 = 3
  column  ⌊(7 + 0 + 0 − 2) / 2⌋ + 1 = ⌊2.5⌋ + 1 = 3

Windows  2 × 2, side by side; each keeps its largest number
       column
  row  0  1    2  3    4  5    6
    0  1  3  │ 2  0  │[7] 1  │ 4
    1 [4] 2  │[5] 1  │ 7  0  │ 2
      ───────┼───────┼───────┼───
    2  0  1  │[7] 2  │[7] 3  │ 3
    3 [8] 0  │ 3  6  │ 7  1  │ 1
      ───────┼───────┼───────┼───
    4  1  2  │ 3 [4] │ 5  6  │ 2
    5 [9] 1  │ 0  2  │[8] 3  │ 4
      ───────┼───────┼───────┼───
    6  5  5  │ 1  0  │ 2  7  │ 6

Pooled  3 × 3 (row, column), int64, 4 to 9
       column
  row  0  1  2
    0  4  5  7
    1  8  7  7
    2  9  4  8

Notice  Of 49 numbers 9 are left: 18 %. At the end 1 row and 1 column are in
  no window; --ceil or --padding same would keep them. A largest number may move
  within its window and the result stays the same.

Try next
"""

TIES = """\
Input  4 × 4 (row, column), int64, 0 to 7

Window  the window starts at cell × stride − padding before
  row     0 × 2 − 1 = −1, up to 1
  column  1 × 2 − 1 = 1, up to 3

Cells  6 cells of the input; the largest: 7, at row 0, column 3, the first of
  2 alike
           column
  row      1  2  3
  padding  ·  ·  ·
        0  3  2 [7]
        1  2  5  7

Pooled  7 at row 0, column 1
Notice  3 of 9 cells lie in the padding and do not take part.
"""


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip("\n").split("\n")]


def test_the_windows_of_the_notes_and_their_winners(cli: Any) -> None:
    told = lines(cli("pool", SEVEN, "-f", "plain").out)
    assert told[: len(lines(STORY))] == lines(STORY)


def test_a_window_at_the_border_and_a_tie(cli: Any) -> None:
    words = ("--size", "3", "--stride", "2", "--padding", "1", "--explain", "0,1", "-f", "plain")
    told = cli("pool", "1 3 2 7; 4 2 5 7; 0 1 7 2; 1 0 3 6", *words).out
    assert lines(told) == lines(TIES)


@pytest.mark.parametrize(
    ("words", "steps"),
    [
        (("--kind", "avg"), ["sum   1 + 3 + 4 + (−2) = 6", "mean  6 / 4 = 1.5"]),
        (("--kind", "avg", "--padding", "1", "--count-padding"), ["sum   1 = 1", "mean  1 / 4 = 0.25"]),
        (("--kind", "avg", "--padding", "1"), ["sum   1 = 1", "mean  1 / 1 = 1"]),
        (
            ("--kind", "lp"),
            ["sum   1^2 + 3^2 + 4^2 + (−2)^2 = 1 + 9 + 16 + 4 = 30", "root  30^(1/2) = 5.477"],
        ),
        (("--kind", "lp", "--p", "3"), ["sum   1^3 + 3^3 + 4^3 + (−2)^3 = 1 + 27 + 64 + (−8) = 84"]),
    ],
)
def test_sums_are_written_out(words: tuple[str, ...], steps: list[str], cli: Any) -> None:
    told = lines(cli("pool", "1 3; 4 -2", *words, "--explain", "0,0", "-f", "plain").out)
    start = told.index("Arithmetic")
    assert told[start + 1 : start + 1 + len(steps)] == [f"  {step}" for step in steps]


def test_a_large_window_is_a_picture_and_its_sum_is_named(cli: Any) -> None:
    told = cli("pool", "sample:cat", "--global", "--kind", "avg", "--explain", "0,0,1", "-f", "plain").out
    assert "Cells  135300 cells of the input, channel green\n" in told
    assert "  sum   Σ of 135300 numbers = 1.508e7\n  mean  1.508e7 / 135300 = 111.4\n" in told
    told = cli("pool", "sample:cat", "--global", "--explain", "0,0,0", "-f", "plain").out
    assert "the largest: 215, at height" in told.replace("\n  ", " ")


@pytest.mark.parametrize(
    ("words", "formula", "notice"),
    [
        (("--ceil",), "row     ⌈(3 + 0 + 0 − 2) / 2⌉ + 1 = ⌈0.5⌉ + 1 = 2", "choose among fewer cells."),
        (
            ("--size", "1", "--stride", "4", "--ceil"),
            "row     ⌈(3 + 0 + 0 − 1) / 4⌉ + 1 − 1 = ⌈0.5⌉ + 1 − 1 = 1",
            "At the end 2 rows and 3 columns are in no window",
        ),
        (("--dilation", "2"), "row     (3 + 0 + 0 − 3) / 2 + 1 = 1", "Of 12 numbers 1 is left: 8.3 %."),
        (
            ("--size", "1", "--stride", "2"),
            "row     (3 + 0 + 0 − 1) / 2 + 1 = 2",
            "what lies between windows",
        ),
        (("--kind", "avg", "--padding", "1"), "row     ⌊(3 + 1 + 1 − 2) / 2⌋ + 1", "counts only the cells"),
        (
            ("--kind", "avg", "--padding", "1", "--count-padding"),
            "row     ⌊(3 + 1 + 1 − 2) / 2⌋ + 1",
            "the padding counts as zeros",
        ),
        (("--kind", "lp", "--padding", "1"), "row", "The padding adds nothing to a sum."),
    ],
)
def test_sizes_and_what_to_notice(words: tuple[str, ...], formula: str, notice: str, cli: Any) -> None:
    told = cli("pool", "1 2 3 4; 5 6 7 8; 9 8 7 6", *words, "-f", "plain").out
    assert f"\n  {formula}" in told
    assert notice in re.sub(r"\s*\n  (?=\S)", " ", told)


@pytest.mark.parametrize(
    "x",
    [
        Tensor(np.full((3, 4), np.nan)),
        Tensor(np.full((3, 4), -np.inf)),
        Tensor(np.ones((5, 5, 30))),
        Tensor(np.arange(400, dtype=np.uint8).reshape(20, 20)),
        Tensor(np.ones((4, 4), bool)),
        Tensor(
            np.ones((2, 2, 2)),
            (Axis("[b]\x1b[2J", ("\x07", "b")), Axis("猫" * 30), Axis("channel", ("a\x1b[31m", "b"))),
        ),
        Tensor(np.random.default_rng(1).standard_normal((12, 12))),
        Tensor(np.ones((2, 300))),
    ],
    ids=["nan", "infinite", "deep", "bytes", "bool", "outside text", "wide numbers", "long"],
)
@pytest.mark.parametrize("kind", ["max", "avg"])
@pytest.mark.parametrize("form", ["plain", "markdown", "rich", "svg"])
def test_every_tensor_has_a_story(x: Tensor, form: str, kind: str, cli: Any) -> None:
    cell = "0,0,0" if x.data.ndim == 3 else "0,0"
    for words in ((), ("--explain", cell)):
        ended = cli("pool", "--kind", kind, "-f", form, "--width", "40", *words, stdin=x)
        assert (ended.code, ended.err) == (0, "")
        assert "\x07" not in ended.out
        assert "\x1b[2J" not in ended.out
        if form == "plain":
            assert max(map(len, ended.out.split("\n"))) <= 40


@pytest.mark.parametrize(
    "line",
    [
        (SEVEN,),
        ("sample:cat", "--size", "4,3"),
        ("sample:exercise", "--kind", "lp", "--p", "3", "--stride", "1", "--padding", "1", "--ceil"),
        ("sample:exercise", "--kind", "avg", "--count-padding", "--padding", "same", "--dilation", "2"),
        (" -1 2; 3 4", "--global", "--kind", "min"),
        (" -1 2; 3 4", "--global", "--kind", "avg", "--count-padding"),
    ],
)
def test_the_line_to_try_runs_and_asks_for_the_largest(line: tuple[str, ...], cli: Any) -> None:
    told = cli("pool", *line, "-f", "plain", "--width", "500").out
    (offered,) = [text for text in lines(told) if text.startswith("  dlcli ")]
    ended = cli(*shlex.split(offered)[1:], "-f", "plain")
    assert (ended.code, ended.err) == (0, "")
    y = cli("pool", *line).tensor.data
    cell = tuple(map(int, offered.rpartition(" ")[2].split(",")))
    assert y[cell] == y.max()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        (
            ("-1 -2; -3 -4", "--kind", "lp", "--p", "3"),
            "dlcli pool '-1 -2; -3 -4' --kind lp --p 3 --explain 0,0",
        ),
        (
            ("1e308 1e308; 1e308 1e308", "--kind", "avg"),
            "dlcli pool '1e308 1e308; 1e308 1e308' --kind avg --explain 0,0",
        ),
        (
            ("nan 1; 2 3", "--kind", "lp", "--p", "3.5"),
            "dlcli pool 'nan 1; 2 3' --kind lp --p 3.5 --explain 0,0",
        ),
    ],
)
def test_where_no_number_is_finite_the_line_to_try_runs(
    line: tuple[str, ...], offered: str, cli: Any
) -> None:
    told = lines(cli("pool", *line, "-f", "plain", "--width", "500").out)
    assert told[-1].strip() == offered
    assert cli(*shlex.split(offered)[1:], "-f", "plain").code == 0


def test_in_a_window_of_one_cell_nothing_moves(cli: Any) -> None:
    told = cli("pool", "1 2; 3 4", "--size", "1", "-f", "plain").out
    assert "may move" not in told
    assert "may move" in cli("pool", "1 2; 3 4", "--size", "1,2", "-f", "plain").out
    told = cli("pool", "1 2; 3 4", "--size", "1", "--explain", "1,0", "-f", "plain").out
    assert "Cells  1 cell of the input; the largest: 3, at row 1, column 0\n" in told
    assert "Of 1 number 1 is left" in cli("pool", "7", "--size", "1", "-f", "plain").out


def test_rows_and_columns_bear_their_labels_in_the_arithmetic_too(cli: Any) -> None:
    x = Tensor(np.array([[1, 2], [5, 3]]), (Axis("name", ("ann", "bob")), Axis("column", ("x", "y"))))
    told = lines(cli("pool", "--explain", "0,0", "-f", "plain", stdin=x).out)
    start = told.index("Cells  4 cells of the input; the largest: 5, at name bob, column x")
    assert told[start + 1 : start + 5] == ["        column", "  name  x  y", "   ann  1  2", "   bob [5] 3"]


HALVES = np.full((40, 40), 100.0)
HALVES[:, 20:] = 200
HALVES[3, 3] = 1000


@pytest.mark.parametrize("channels", [0, 1, 2])
@pytest.mark.parametrize("axes", [("height", "width"), ("frequency", "frame"), ("row", "column")])
def test_before_and_after_have_one_scale(channels: int, axes: tuple[str, str], cli: Any) -> None:
    """A level that pooling leaves as it is looks alike in both, though the largest number is gone."""
    names = (*axes, "channel") if channels else axes
    data = np.repeat(HALVES[..., None], channels, axis=2) if channels else HALVES
    told = cli("pool", "--kind", "avg", "-f", "plain", stdin=Tensor(data, tuple(map(Axis, names)))).out
    drawn = told.split("\nPooled ")[1].split("\nNotice ")[0]
    _, *rows = drawn.split("\n")
    assert re.search(r" \d+ \| \.:-=\+\*#%@\| 1000$", drawn, re.MULTILINE)
    shades = set("".join(row for row in rows if "|" not in row)) & set(".:-=+*#%@")
    assert "." in shades  # 200 on the way from 100 to 1000, before and after
    assert shades <= {".", ":", "@"}  # the largest number stands out of what its dot stands for


def test_a_photo_and_what_is_left_of_it_stand_side_by_side(cli: Any) -> None:
    told = cli("pool", "sample:cat", "--size", "4", "--kind", "avg", "-f", "plain").out
    pooled = told.split("\nPooled ")[1]
    assert pooled.split("\n")[1].split() == ["before", "after"]
    assert "  0 | .:-=+*#%@| 255\n" in pooled


def test_one_large_number_does_not_make_a_signed_map_pale_and_the_scale_says_that_it_is_beyond(
    cli: Any,
) -> None:
    data = np.where(np.arange(40 * 40).reshape(40, 40) % 40 < 20, -1.0, 1.0)
    data[0, 0] = 1000
    x = Tensor(data, (Axis("height"), Axis("width")))
    told = cli("pool", "-f", "plain", stdin=x).out.split("\nPooled ")[1]
    assert " −1000 −1 |=-, '+#| +1 +1000\n" in told
    assert re.search(r"^  #-+\++ +#-+\++$", told, re.MULTILINE)


def test_a_map_without_a_finite_number_is_told(cli: Any) -> None:
    x = Tensor(np.full((20, 20), np.nan), (Axis("height"), Axis("width")))
    assert cli("pool", "-f", "plain", stdin=x).code == 0
