"""What people type: every notation of a number, and what is refused because it may be two."""

from __future__ import annotations

from fractions import Fraction

import pytest

from dlcli.teaching.reading import Unreadable, choice, number, order, typed, word
from dlcli.teaching.task import Field

DASHES = "-‐‑‒–—−﹣－"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        (" 3. ", 3),
        (".5", Fraction(1, 2)),
        ("0,5", Fraction(1, 2)),
        ("0.500", Fraction(1, 2)),
        ("0,125", Fraction(1, 8)),
        ("12,5", Fraction(25, 2)),
        ("1,0000", 1),
        ("1/9", Fraction(1, 9)),
        ("1 / 9", Fraction(1, 9)),
        ("1⁄9", Fraction(1, 9)),
        ("-1/-3", Fraction(1, 3)),
        ("½", Fraction(1, 2)),
        ("1½", Fraction(3, 2)),
        ("−1½", Fraction(-3, 2)),
        ("2 1/2", Fraction(5, 2)),
        ("０．５", Fraction(1, 2)),
        ("１２", 12),
        ("٣", 3),
        ("50%", Fraction(1, 2)),
        ("33,3 %", Fraction(333, 1000)),
        ("1e-2", Fraction(1, 100)),
        ("1.5·10^-3", Fraction(3, 2000)),
        ("2×10^3", 2000),
        ("= 7", 7),
        ("≈ 0.67", Fraction(67, 100)),
        ("1.2·10⁻²", Fraction(3, 250)),
        ("(6)", 6),
        ("**6**;", 6),
        ("`−8`", -8),
        ("(7+6j)", 7 + 6j),
        ("+4", 4),
        ("- 4", -4),
        *((f"{dash}4", -4) for dash in DASHES),
        ("3+2i", 3 + 2j),
        ("3 − 2j", 3 - 2j),
        ("-i", -1j),
        ("2i", 2j),
        ("-1/2+1/2i", -0.5 + 0.5j),
        ("(12+8-5)/3 + 1 = 6", 6),
        ("1/3 = 0.333", Fraction(1, 3)),
        ("2*0.25 ≈ 0,5", Fraction(1, 2)),
        ("6 = 2*3", 6),
        ("11.236 = G0", Fraction(11236, 1000)),
        ("0.222…", Fraction(222, 1000)),
        ("0.222...", Fraction(222, 1000)),
        ("²⁄₉", Fraction(2, 9)),
        ("10⁻¹", Fraction(1, 10)),
        ("$26$", 26),
        ("-0.4.", Fraction(-2, 5)),
        ("-(2/5)", Fraction(-2, 5)),
        ("-0.4 ✓", Fraction(-2, 5)),
        ("0.252 (rounded)", Fraction(252, 1000)),
        ("-3.52   (= -1 + 0.9*(-2.8))", Fraction(-352, 100)),
        ("6i+7", 7 + 6j),
        ("7-i6", 7 - 6j),
    ],
)  # fmt: skip
def test_a_number_is_read_in_every_notation(text: str, value: object) -> None:
    assert number(text)[0] == value


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1,000", "'1,000' may be 1000 or 1.000: write one of them"),
        ("12,345", "'12,345' may be 12345 or 12.345: write one of them"),
        ("1 000", "is not a number"),
        ("1.000,5", "is not a number"),
        ("6 or 7", "is not a number"),
        ("six", "is not a number"),
        ("1/0", "it divides by zero"),
        ("1e999999999", "is not a number"),
        ("1e300", "ten to the power 300 is out of all proportion"),
        ("9" * 40, "it has 40 digits; a number has at most 30"),
        ("nan", "is not a number"),
        ("inf", "is not a number"),
        ("2**3", "is not a number"),
        ("3 = 4", "'3 = 4' has more than one value: write one alone"),
        ("2*3 = 3+3", "'2*3 = 3+3' is not a number"),
        ("1/3 = 0.34", "more than one value"),
        ("__import__('os')", "is not a number"),
    ],
)
def test_what_is_no_number_is_refused_with_a_reason(text: str, why: str) -> None:
    with pytest.raises(Unreadable) as error:
        number(text)
    assert why in str(error.value)


def test_decimals_are_counted_and_what_was_typed_is_kept() -> None:
    assert [number(text)[1] for text in ("0.67", "3", "2/3", "1e-2", "67 %")] == [2, 0, None, 2, 2]
    read = typed(" −0,50 ", Field("y"))
    assert (read.text, read.value, read.decimals) == ("−0,50", Fraction(-1, 2), 2)
    assert typed("____", Field("y")).empty
    assert [typed(text, Field("rows")).value for text in ("6 rows", "6ROWS")] == [6, 6]
    assert typed("6 y", Field("x")).trouble == "'6 y' is not a number"
    assert typed("line 3", Field("line")).value == 3
    for text in (" (to 2 decimals) 0.67", "0.67", "(to 2 decimals); 0.67"):
        assert typed(text, Field("y", says="to 2 decimals")).value == Fraction(67, 100)
    assert [typed("1,504", Field("y"), comma=comma).value for comma in (False, True)] == [
        None,
        Fraction(1504, 1000),
    ]
    assert typed("1,504", Field("y", says="to 3 decimals")).value == Fraction(1504, 1000)
    assert typed("1,504", Field("y")).trouble
    remark = Field("y", says="to 2 decimals")
    assert typed("   (to 2 decimals)", remark).empty
    assert typed(" 0.67   (to 2 decimals)", remark).value == Fraction(67, 100)
    assert typed("x" * 300, Field("y")).trouble == "it has 300 characters; an answer has at most 200"
    assert typed("\x1b[2J7", Field("y")).text == "\\x1b[2J7"


def test_choices_orders_and_words() -> None:
    options = ("every row", "every column", "all of it")
    assert [choice(text, options) for text in ("a", "B)", "(c).", "Every  Row", "all of it.")] == [
        "every row", "every column", "all of it", "every row", "all of it",
    ]  # fmt: skip
    for text in ("d", "row", "ab"):
        with pytest.raises(Unreadable, match="is none of a, b, c"):
            choice(text, options)
    assert order("c,a b", options) == order("cab", options) == ("all of it", "every row", "every column")
    for text in ("ab", "aab", "abcd"):
        with pytest.raises(Unreadable, match="is not each of a, b, c once"):
            order(text, options)
    shapes = ("(3, 4)", "[3,4]", "3×4", "3 x 4", "3 4", "(3,4,)")
    assert {word(text) for text in shapes} == {"3,4"}
    assert word(" Refused! ") == "refused"
