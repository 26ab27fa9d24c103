"""What the story of several kernels gives as the reason that some win, or that nobody does."""

from __future__ import annotations

import re
from typing import Any

import pytest

EVEN = "5 5 5; 5 5 5; 5 5 9"
LAST = "--threshold 0 lets the weakest answer above 0 win, too."


def notice(told: str) -> str:
    """The words of the notice in one line, nothing where there is none."""
    found = re.findall(r"^Notice  (.*(?:\n  .*)*)", told, re.MULTILINE)
    return re.sub(r"\s*\n  ", " ", found[0]) if found else ""


def told(cli: Any, line: str, x: str = EVEN) -> str:
    ended = cli("conv", x, *line.split(), "--emit", "winner", "-f", "plain", "--width", "300")
    assert ended.code == 0, ended.err
    return notice(ended.out)


def test_a_kernel_that_answers_to_brightness_is_said_to_be_ahead(cli: Any) -> None:
    """Weights of squares 3 win everywhere over such of squares 18: it is not their size that wins."""
    line = "-k diag:3 -k horizontal"
    assert cli("conv", EVEN, *line.split(), "--emit", "winner").tensor.data.tolist() == [[0]]
    assert told(cli, line) == (
        "The weights of diag:3 add up to 3, those of horizontal to 0: an even area answers with so many times "
        "its value, so what is bright is won by diag:3 whatever it shows. Kernels that add up to 0, such as "
        "line:ANGLE, compare shapes alone."
    )


def test_kernels_alike_in_their_sums_are_told_by_their_squares(cli: Any) -> None:
    assert told(cli, "-k prewitt-x -k sobel-x", "1 2 3; 1 2 3; 1 2 3") == (
        "The squares of the weights add up to 6 in one kernel and to 12 in another: larger weights win more often."
    )
    assert told(cli, "-k horizontal -k vertical") == "No answer is above 0: an even picture, or one that none of the kernels fits."  # fmt: skip


def test_biases_and_groups_are_reasons_too(cli: Any) -> None:
    assert told(cli, "-k diag -k antidiag --bias 1 --bias 50").startswith(
        "The bias of antidiag is 50 and that of diag 1: the larger one is ahead wherever the picture is even."
    )
    assert told(cli, "-k diag -k antidiag -k box:2 --groups 3", "sample:cat").startswith(
        "The kernels see other channels each: the brighter channel wins more often. The weights of diag add up "
        "to 2, those of box:2 to 1: "
    )


@pytest.mark.parametrize(
    ("x", "line", "why"),
    [
        (
            "500 600; 700 900",
            "-k diag -k antidiag --activation sigmoid",
            "Nobody wins: wherever a kernel answers most, another answers as much, for sigmoid makes 1 of the answers.",
        ),
        ("nan 1; 1 1", "-k diag -k antidiag", "Nobody wins: everywhere an answer is nan."),
        ("1 1; 1 1", "-k diag -k antidiag", "Nobody wins: wherever a kernel answers most, another answers as much."),
        (
            "1 1; 1 2",
            "-k diag -k antidiag --bias -500",
            "No answer is above 0: every bias is negative, and no kernel answers with more than it takes away.",
        ),
        (
            "0 0; 0 0",
            "-k diag -k antidiag",
            "No answer is above 0: an even picture, or one that none of the kernels fits.",
        ),
    ],
)  # fmt: skip
def test_why_nobody_wins_anywhere(x: str, line: str, why: str, cli: Any) -> None:
    assert told(cli, line, x) == why


def test_the_threshold_is_spoken_of_where_it_changes_something(cli: Any) -> None:
    line, x = "-k 1;0 -k 0;1", "100 2 0; 0 1 0"
    assert told(cli, line, x).endswith(LAST)
    assert LAST not in told(cli, f"{line} --threshold 0", x)
    assert LAST not in told(cli, line, "100 20 0; 0 1 0")
    assert LAST not in told(cli, line, "100 2 0; 0 2 0")  # a tie with any threshold


def test_names_that_are_cut_alike_have_the_letters_of_the_map(cli: Any) -> None:
    one = "1 2 3 4 5 6 7 8 9 1 2 3 {} 1 2 3 4 5 6 7 8 9 1 2 3"
    words = ("-k", one.format("0"), "-k", one.format("9"), "--emit", "winner", "-f", "plain")
    x = " ".join(map(str, range(30)))
    for more, title in (((), "\nWins "), (("--explain", "0,1"), "\nAnswers ")):
        ended = cli("conv", f"{x}; {x}", *words, *more)
        assert ended.code == 0, ended.err
        rows = ended.out.partition(title)[2].partition("\n\n")[0].split("\n")[2:4]
        assert sorted(row.strip(" ▸")[:4] for row in rows) == ["a 1 ", "b 1 "]
    short = cli("conv", f"{x}; {x}", "-k", "1 2", "-k", "2 1", *words[4:]).out
    assert "\n  1 2 " in short.partition("\nWins ")[2]
