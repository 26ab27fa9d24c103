"""The story of a comparison: what is told of numbers, axes, several tensors, and slips."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from dlcli.tensor import Axis, Tensor

NOTHING = "dlcli: standard input: nothing was compared: 0 × 2 (row, column) holds no number\n"


def section(text: str, name: str) -> list[str]:
    """The lines of one section of a plain story, its heading first."""
    told = [line.rstrip() for line in text.split("\n")]
    start = next(i for i, line in enumerate(told) if re.match(rf"{re.escape(name)}( |$)", line))
    end = next((i for i in range(start + 1, len(told)) if told[i] and told[i][0] != " "), len(told))
    return [line for line in told[start:end] if line]


def test_where_both_differ_most_and_how_much(cli: Any) -> None:
    told = cli("compare", "3 -4; 0 1", "3 -4.5; 1 1", "-f", "plain").out
    assert [line.split("  ")[0] for line in told.split("\n") if line and line[0] != " "] == [
        "Reference", "Compared", "Rule", "Difference", "Measures", "Verdict", "Try next",
    ]  # fmt: skip
    assert section(told, "Rule")[1:] == ["  allowed  1e−8 + 1e−5 · |a|"]
    assert section(told, "Measures")[1:] == [
        "  beyond   2 of 4 numbers (50 %)",
        "  largest  1 at row 1, column 0: 1, not 0",
        "  RMS      0.559",
        "  SNR      13.18 dB (Σ a² over Σ (b − a)²)",
    ]
    assert section(told, "Verdict") == [
        "Verdict  2 beyond the tolerance (exit code 1); --atol 1 would let them pass"
    ]
    assert section(told, "Try next")[1] == "  dlcli compare '3 -4; 0 1' '3 -4.5; 1 1' --explain 1,0"


def test_what_is_the_same_is_said(cli: Any) -> None:
    told = cli("compare", "1 2", "1 2", "-f", "plain").out
    assert section(told, "Measures")[1:3] == [
        "  beyond   none of 2",
        "  largest  0: every number is the same",
    ]
    assert section(told, "Verdict") == ["Verdict  all numbers are within the tolerance (exit code 0)"]
    assert "Notice" not in told
    empty = cli("compare", "[]", "[]", "-f", "plain")
    assert (empty.code, section(empty.out, "Verdict")) == (
        0,
        ["Verdict  there is no number, and nothing differs (exit code 0)"],
    )


def test_integers_that_float64_does_not_tell_apart_are_not_the_same(cli: Any) -> None:
    exact = ("--rtol", "0", "--atol", "0", "-f", "plain")
    ended = cli("compare", "9223372036854775807", "9223372036854775806", *exact)
    assert ended.code == 1
    assert section(ended.out, "Measures")[2].endswith(": 9223372036854775806, not 9223372036854775807")


def test_a_difference_beyond_the_largest_float_is_told_as_one(cli: Any) -> None:
    ended = cli("compare", "1e308 1", "-1e308 1", "-f", "plain")
    assert section(ended.out, "Measures")[2:] == [
        "  largest  beyond the largest float64 at row 0, column 0: −1e308, not 1e308",
        "  RMS      beyond the largest float64",
        "  SNR      −6.021 dB (Σ a² over Σ (b − a)²)",
    ]
    assert ended.err.endswith(": largest difference beyond the largest float64 at 0,0\n")


def test_no_difference_is_told_in_words_and_0_has_one_gray(cli: Any) -> None:
    same = section(cli("compare", "sample:cat", "sample:cat", "-f", "plain").out, "Difference")
    assert same[1:] == ["  nothing to draw: every number is the same"]
    brighter = cli("tensor", "sample:exercise", "--add", "1").raw
    for words, stdin in ((("sample:exercise",), b""), ((), brighter)):
        ended = cli("compare", "sample:exercise", *words, "-o", "d.png", stdin=stdin)
        assert "symmetric: 0 became the middle gray 128, -1 black and 1 white" in ended.err
    cat = cli("tensor", "sample:cat").tensor
    darker = Tensor(np.minimum(cat.data, 100), cat.axes)
    told = section(cli("compare", "sample:cat", "-f", "plain", stdin=darker).out, "Difference")
    least = int((darker.data.astype(int) - cat.data).min())
    assert told[-1].strip() == f"−{-least} |=-, '+#| +{-least}"


def test_weights_of_long_names_are_told_apart_and_lead_on(cli: Any) -> None:
    layer = "encoder.layer.0.attention.self"
    names = [f"{layer}.{one}.weight" for one in ("query", "key", "value")]
    np.savez("m.npz", **{name: np.full(2, float(i)) for i, name in enumerate(names)})
    table = section(cli("compare", "m.npz", "m.npz", "-f", "plain", "--width", "120").out, "Differences")[2:]
    assert len({row.split()[0] for row in table}) == 3
    alone = cli("compare", "m.npz", f"m.npz:{names[0]}", "-f", "plain")
    again = " ".join(section(alone.out, "Try next")[1:]).replace("\\", "").split()
    assert section(alone.out, "Verdict") == ["Verdict  2 of 3 differ (exit code 1)"]
    assert "2 of 3 tensors differ: not there: " in alone.err
    assert again[1:4] == ["compare", f"m.npz:{names[0]}", f"m.npz:{names[0]}"]
    assert cli(*again[1:]).code == 0


def test_a_cell_is_explained_with_what_it_may_differ(cli: Any) -> None:
    told = cli("compare", "1 2; 3 -4", "1 2; 3 -4.5", "--rtol", "0.1", "--explain", "1,1", "-f", "plain").out
    assert section(told, "Difference")[1:] == [
        "  a        −4",
        "  b        −4.5",
        "  b − a    −4.5 − (−4) = −0.5",
        "  allowed  1e−8 + 0.1 · 4 = 0.4",
        "  within   0.5 > 0.4",
    ]
    assert section(told, "Verdict") == ["Verdict  −0.5 at row 1, column 1: beyond the tolerance"]
    told = cli("compare", "1j", "1+2j", "--atol", "2", "--explain", "0,0", "-f", "plain").out
    assert section(told, "Difference")[3] == "  b − a    1+2i − (0+1i) = 1+1i"
    assert section(told, "Difference")[5].split()[1:3] == ["1.414", "≤"]


def test_numbers_that_nearly_agree_are_shown_with_the_digits_that_differ(cli: Any) -> None:
    told = cli("compare", "1.2345678", "1.2345679", "-f", "plain").out
    assert section(told, "Measures")[2].endswith(": 1.2345679, not 1.2345678")


@pytest.mark.parametrize(
    ("other", "notice"),
    [
        ("2 4 8; 16 6 10", "the reference times 2."),
        ("0 1 3; 7 2 4", "the reference with −1 added to every number."),
        ("4 2 1; 5 3 8", "the reference in reverse along column."),
        ("5 3 8; 4 2 1", "the reference turned by 180°"),
        ("9 1 2; 9 8 3", "the reference one place later along column."),
        ("2 4 9; 3 5 9", "the reference one place earlier along column."),
    ],
)
def test_a_slip_that_explains_all_is_noticed(other: str, notice: str, cli: Any) -> None:
    told = " ".join(section(cli("compare", "1 2 4; 8 3 5", other, "-f", "plain").out, "Notice"))
    assert f"What is compared is {notice}" in " ".join(told.split())


def test_axes_that_are_called_otherwise_are_told(cli: Any) -> None:
    x = Tensor(np.ones((2, 3)), (Axis("time", start=0, step=0.5, unit="s"), Axis("unit", ("a", "b", "c"))))
    told = cli("compare", "1 1 1; 1 1 1", "-f", "plain", stdin=x)
    assert told.code == 0
    assert section(told.out, "Axes")[1:] == [
        "  axis  reference  compared",
        "     0  row        time: 0 s, 0.5 s, …",
        "     1  column     unit: a, b, c",
    ]


def test_nan_in_both_is_equal_and_noticed(cli: Any) -> None:
    told = cli("compare", "1 nan", "1 nan", "-f", "plain")
    assert told.code == 0
    assert " ".join(section(told.out, "Notice")).startswith("Notice  1 cell is NaN in both: equal here;")
    told = cli("compare", "1 nan", "1 nan", "--unequal-nan", "-f", "plain")
    assert told.code == 1
    assert section(told.out, "Notice") == ["Notice  1 cell is NaN in both: not equal."]
    assert told.err.rstrip().endswith("not the same, and not finite at 0,1")
    told = cli("compare", "1 nan; inf 4", "1 2; 3 4.5", "-f", "plain").out
    assert section(told, "Measures")[2:5] == [
        "  largest  not finite at row 0, column 1: 2, not nan",
        "  finite   2 numbers in both; of these alone:",
        "  RMS      0.3536",
    ]
    told = cli("compare", "1 nan", "1 2", "--explain", "0,1", "-f", "plain").out
    assert section(told, "Difference")[3] == "  within  not the same, and no tolerance is as large"


def test_a_difference_far_below_a_rounding_of_the_largest_number_is_none(cli: Any) -> None:
    """A number that is off by a factor of 2 is so, however small it is beside the others."""
    exact = ("--rtol", "0", "--atol", "0", "-f", "plain")
    assert "roundings" not in cli("compare", "1e-300 1", "2e-300 1", *exact).out
    told = cli("compare", "1e-300 1", "1.0000000000000004e-300 1", *exact).out
    assert re.search(r" [12][.]?\d* roundings of float64 of its own number", " ".join(told.split()))
    told = cli("compare", "1e-17 1", "1.5e-16 1", *exact).out  # what is left where sums cancel
    assert "0.63 roundings of float64 at the largest number" in " ".join(told.split())


def test_a_difference_of_rounding_is_noticed(cli: Any) -> None:
    x = np.array([0.1, 1, 100], np.float32)
    np.save("a.npy", x)
    np.save("b.npy", np.nextafter(x, np.float32(np.inf)))
    told = cli("compare", "a.npy", "b.npy", "--rtol", "0", "--atol", "0", "-f", "plain").out
    assert " ".join(section(told, "Notice")).startswith(
        "Notice  The largest difference is 0.64 roundings of float32"
    )
    np.save("b.npy", x * 1.01)
    assert "roundings" not in cli("compare", "a.npy", "b.npy", "-f", "plain").out


def test_a_photo_stays_one_beside_what_goes_below_0(cli: Any) -> None:
    noisy = cli("tensor", "sample:cat", "--noise", "gaussian:30").tensor
    told = cli("compare", "sample:cat", "--atol", "200", "-f", "plain", stdin=noisy).out
    assert section(told, "Compared")[2].split() == ["reference", "compared"]
    assert "SSIM" in told


def test_several_tensors_are_told_name_by_name(cli: Any) -> None:
    np.savez("a.npz", kernel=np.eye(2), bias=np.zeros(2), old=np.ones(1), wide=np.ones((2, 3)))
    np.savez("b.npz", bias=np.array([0, 0.5]), kernel=np.eye(2), new=np.ones(1), wide=np.ones((3, 2)))
    told = cli("compare", "a.npz", "b.npz", "-f", "plain").out
    assert [line.split() for line in section(told, "Differences")[1:]] == [
        ["tensor", "shape", "largest", "at", "RMS", "verdict"],
        ["kernel", "2", "×", "2", "0", "0", "within"],
        ["bias", "2", "0.5", "1", "0.3536", "1", "beyond"],
        ["wide", "2", "×", "3", "/", "3", "×", "2", "another", "shape"],
        ["old", "only", "in", "the", "reference"],
        ["new", "not", "in", "the", "reference"],
    ]
    assert section(told, "Verdict") == ["Verdict  4 of 5 differ (exit code 1)"]
    assert section(told, "Try next")[1] == "  dlcli compare a.npz:bias b.npz:bias"
    same = cli("compare", "a.npz", "a.npz", "-f", "plain")
    assert (same.code, section(same.out, "Verdict")) == (
        0,
        ["Verdict  all are within the tolerance (exit code 0)"],
    )


EVIL = Tensor(np.ones((2, 3)), (Axis("[b]\x1b[2J", ("\x07", "[/]")), Axis("猫" * 30)), "\x1b]0;x\x07")


@pytest.mark.parametrize(
    "x",
    [
        Tensor(5),
        Tensor([1, 2, 3]),
        Tensor(np.zeros((0, 2))),
        Tensor(np.full((3, 4), np.nan)),
        Tensor(np.ones((2, 3, 4, 5))),
        Tensor(np.array([[1j, 2]])),
        Tensor(np.array([[True, False]])),
        EVIL,
    ],
    ids=["scalar", "vector", "empty", "nan", "rank 4", "complex", "bool", "outside text"],
)
@pytest.mark.parametrize("form", ["plain", "markdown", "rich"])
def test_every_tensor_has_a_story(x: Tensor, form: str, cli: Any) -> None:
    raw = cli("tensor", stdin=x).raw
    with open("x.safetensors", "wb") as file:
        file.write(raw)
    for words in (
        (),
        ("--emit", "measures"),
        *([("--explain", ",".join("0" * x.data.ndim))] * bool(x.data.ndim and x.data.size)),
    ):
        ended = cli("compare", "x.safetensors", *words, "-f", form, "--width", "40", stdin=raw)
        told = ended.err if x.data.size else ended.err.replace(NOTHING, "")
        assert (ended.code, told) == (0, "")
        assert "\x07" not in ended.out
        assert "\x1b[2J" not in ended.out


def test_the_line_to_try_keeps_the_pipe_that_the_reference_came_by(cli: Any) -> None:
    made = cli("tensor", "1 2", "--add", "1").raw
    told = cli("compare", "-", "2 4", "-f", "plain", stdin=made).out
    assert section(told, "Try next")[1:] == [
        "  dlcli tensor '1 2' --add 1 | dlcli compare - '2 4' --explain 0,1"
    ]
    told = cli("compare", "-", "2 4", "-f", "plain", stdin=b"2 3\n").out
    assert section(told, "Try next")[1:] == ["  … | dlcli compare - '2 4' --explain 0,1"]
    told = cli("compare", "2 4", "-f", "plain", stdin=made).out
    assert section(told, "Try next")[1:] == [
        "  dlcli tensor '1 2' --add 1 | dlcli compare '2 4' --explain 0,1"
    ]


def test_the_place_is_told_in_the_units_of_whichever_has_some(cli: Any) -> None:
    wave = Tensor(np.array([0.0, 0.5, 0.25]), (Axis("time", start=0, step=0.5, unit="s"),), "audio")
    for words in (("[0, 0.5, 0]", "-"), ("-", "[0, 0.5, 0]")):
        told = cli("compare", *words, "-f", "plain", stdin=wave).out
        assert section(told, "Measures")[2].startswith("  largest  0.25 at time 1 s: ")
        assert cli("compare", *words, stdin=wave).tensors[0].axes == wave.axes


def test_sounds_of_different_rates_are_told(cli: Any) -> None:
    one = Tensor(np.ones(4), (Axis("time", start=0, step=0.5, unit="s"),))
    other = Tensor(np.ones(4), (Axis("time", start=0, step=0.25, unit="s"),))
    with open("one.safetensors", "wb") as file:
        file.write(cli("tensor", stdin=one).raw)
    ended = cli("compare", "one.safetensors", "-f", "plain", stdin=other)
    assert ended.code == 0
    assert section(ended.out, "Axes")[2] == "     0  time: 0 s, 0.5 s, …  time: 0 s, 0.25 s, …"
