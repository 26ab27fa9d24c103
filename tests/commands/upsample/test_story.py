"""The story of an upsampling: sizes, shares, and the cells that reach one."""

from __future__ import annotations

from typing import Any

import pytest

MIXED = """\
Reach  which cells of the input reach this one
  row     (1 + ½) · 2 / 4 − ½ = 0.25: 0 (0.75) and 1 (0.25)
  column  (2 + ½) · 2 / 4 − ½ = 0.75: 0 (0.25) and 1 (0.75)

Arithmetic
  input  value   row   column   product
  0, 0       1 × 0.75 ×   0.25 =  0.1875
  0, 1       2 × 0.75 ×   0.75 =  1.1250
  1, 0       3 × 0.25 ×   0.25 =  0.1875
  1, 1       4 × 0.25 ×   0.75 =  0.7500
                                 ───────
                            sum   2.2500

Upsampled  2.25 at row 1, column 2
"""


def test_the_arithmetic_of_a_mixed_cell(cli: Any) -> None:
    told = cli("upsample", "1 2; 3 4", "--kind", "bilinear", "--explain", "1,2", "-f", "plain").out
    assert told.endswith(MIXED)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--explain", "0,3"), ["row     ⌊0 · 1 / 2⌋ = 0", "column  ⌊3 · 2 / 4⌋ = 1", "5 at row 0, column 3"]),
        (
            ("--kind", "bilinear", "--explain", "0,3"),
            ["(3 + ½) · 2 / 4 − ½ = 1.25, outside: 1 alone", "5 at row 0, column 3"],
        ),
        (
            ("--kind", "bilinear", "--align-corners", "--explain", "0,1"),
            ["row     0 · (1 − 1) / (2 − 1) = 0: 0 alone", "1 · (2 − 1) / (4 − 1) = 0.3333: 0 (0.6667) and 1 (0.3333)"],
        ),
        (("--output-size", "1,3"), ["as --output-size tells", "column  2 becomes 3", "⌊i · n / out⌋"]),
        (("--size", "1"), ["The size is what it was: nothing changes."]),
        ((), ["row     1 × 2 = 2", "2 numbers fill 8 cells", "each cell becomes 2 × 2 of its number"]),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_told(words: tuple[str, ...], told: list[str], cli: Any) -> None:
    ended = cli("upsample", "1 5", *words, "-f", "plain")
    assert max(map(len, ended.out.split("\n"))) <= 80
    found = " ".join(ended.out.split())
    for text in told:
        assert " ".join(text.split()) in found


def test_where_the_winners_went(cli: Any) -> None:
    cli("pool", "1 3 2 0 9; 4 2 5 1 9; 0 1 7 2 9; 8 0 3 6 9", "-o", "p.npz")
    line = ("upsample", "p.npz", "--winners", "p.npz", "-f", "plain")
    told = cli(*line).out
    assert "    1 [4] 0 [5] 0  0\n" in told
    assert "16 of 20 cells (80 %) are 0" in told
    assert "row     2 becomes 4" in told
    assert (
        "1 × 5 + 0 = 5\n\nWinner  4 of row 0, column 0 had its winner at place 5"
        in cli(*line, "--explain", "1,0").out
    )
    assert "none of the 4 winners stands there: 0" in cli(*line, "--explain", "0,0").out


def test_windows_that_overlapped(cli: Any) -> None:
    cli("pool", "1 2 1; 2 9 2; 1 2 1", "--stride", "1", "-o", "p.npz")
    line = ("upsample", "1 2; 3 4", "--winners", "p.npz", "-f", "plain")
    assert "3 numbers had a place that a later one has, too, and are gone" in " ".join(cli(*line).out.split())
    told = " ".join(cli(*line, "--explain", "1,1").out.split())
    assert "4 of row 1, column 1 had their winners at place 4: the last of 4 stands there" in told
    assert "4 at row 1, column 1" in told


def test_the_next_line_runs(cli: Any) -> None:
    import shlex

    told = cli("upsample", "1 -5; 0 2", "--kind", "bilinear", "-f", "plain").out
    line = told.split("Try next\n")[1].replace("\\\n", " ")
    assert cli(*shlex.split(line)[1:]).code == 0
