"""The stories of a tensor and of its steps, told of real runs."""

from __future__ import annotations

import re
import shlex
from typing import Any

import numpy as np
import pytest

from dlcli.commands.tensor.command import MANUAL
from dlcli.tensor import Axis, Tensor

WARMTH = Tensor(
    np.array([[-4, 18, 7], [8, 26, 15]]),
    (Axis("city", ("Oslo", "Rome")), Axis("month", ("jan", "jul", "sep"))),
    "warmth",
)


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip("\n").split("\n")]


def section(text: str, name: str) -> list[str]:
    """The lines of one section of a plain story, its heading first."""
    told = lines(text)
    start = next(i for i, line in enumerate(told) if re.match(rf"{re.escape(name)}( |$)", line))
    end = next((i for i in range(start + 1, len(told)) if told[i] and told[i][0] != " "), len(told))
    return [line for line in told[start:end] if line]


def test_a_look_tells_rank_axes_shape_and_size(cli: Any) -> None:
    told = cli("tensor", "sample:cat", "-f", "plain").out
    assert section(told, "Rank")[:1] == [
        "Rank  3: a number is named by 3 indices; a stride is so many numbers on in"
    ]
    assert section(told, "Rank")[2:] == [
        "  axis  name     length  stride  places",
        "     0  height      300    1353  0 to 299",
        "     1  width       451       3  0 to 450",
        "     2  channel       3       1  red, green, blue",
    ]
    assert section(told, "Size") == [
        "Size  the product of the lengths; a number of uint8 takes 1 byte",
        "  shape  (300, 451, 3)",
        "  size   300 × 451 × 3 = 405900",
        "  bytes  405900 × 1 = 405900",
    ]
    assert section(told, "Input") == [
        "Input  sample:cat, 300 × 451 × 3 (height, width, channel), uint8, 0 to 231"
    ]
    assert section(told, "Notice") == ["Notice  A tensor cannot be changed: every step makes a new one."]


def test_units_and_many_labels_are_told_in_short(cli: Any) -> None:
    axes = (Axis("time", start=0, step=0.5, unit="s"), Axis("token", tuple("abcdef")), Axis("gate", ("i",)))
    told = cli("tensor", "-f", "plain", stdin=Tensor(np.ones((4, 6, 1)), axes)).out
    assert [line.split(maxsplit=4)[4] for line in section(told, "Rank")[-3:]] == [
        "0 s to 1.5 s",
        "a, b, c, d, … f",
        "i",
    ]


def test_a_reshape_stands_beside_the_transpose(cli: Any) -> None:
    told = cli("tensor", "--reshape", "3,2", "-f", "plain", stdin=WARMTH).out
    assert section(told, "Reshape is not transpose") == [
        "Reshape is not transpose",
        "  reshaped                     transposed",
        "          axis1                        city",
        "  axis0          0         1   month       Oslo      Rome",
        "      0         −4        18     jan         −4         8",
        "          Oslo,jan  Oslo,jul           Oslo,jan  Rome,jan",
        "      1          7         8     jul         18        26",
        "          Oslo,sep  Rome,jan           Oslo,jul  Rome,jul",
        "      2         26        15     sep          7        15",
        "          Rome,jul  Rome,sep           Oslo,sep  Rome,sep",
        "  4 of 6 cells differ. At 0,1 the transpose has 8, which is Rome, jan; the",
        "  reshape has 18, which is Oslo, jul: to call it Rome, jan would be wrong.",
    ]
    assert section(told, "Reshape") == [
        "Reshape  the row of numbers stays as it is and is cut elsewhere",
        "  before  2 × 3 = 6",
        "  after   3 × 2 = 6",
    ]
    assert " ".join(section(told, "Notice")).startswith(
        "Notice  City and month are gone: nothing says what the new axes mean."
    )


def test_a_column_reshaped_to_a_row_is_its_transpose(cli: Any) -> None:
    told = cli("tensor", "1; 2; 3", "--reshape", "1,-1", "-f", "plain").out
    assert "  Here both are the same: one of the axes has length 1." in lines(told)
    assert "  −1      3 / 1 = 3" in lines(told)


@pytest.mark.parametrize("numbers", ["1 2; 2 1", "1 nan; nan 1"])
def test_a_matrix_that_is_its_transpose_is_not_said_to_differ(numbers: str, cli: Any) -> None:
    told = " ".join(cli("tensor", numbers, "--reshape", "2,2", "-f", "plain").out.split())
    assert (
        "2 of 4 numbers come from other cells, though here they are the same: turned, this matrix is what it was."
        in told
    )
    assert "differ" not in told


def test_only_cells_with_another_number_differ(cli: Any) -> None:
    told = " ".join(cli("tensor", "1 2 7; 2 1 9; 8 9 1", "--reshape", "3,3", "-f", "plain").out.split())
    assert (
        "2 of 9 cells differ. At 0,2 the transpose has 8, which is row 2, column 0; the reshape has 7,"
        in told
    )


def test_a_reshape_to_no_transpose_shows_where_numbers_came_from(cli: Any) -> None:
    told = cli("tensor", "--reshape", "-1", "-f", "plain", stdin=WARMTH).out
    assert "Oslo,jan  Oslo,jul  Oslo,sep  Rome,jan" in " ".join(section(told, "Where each number came from"))


def test_a_sheared_photo_stands_beside_the_turned_one(cli: Any) -> None:
    told = cli("tensor", "sample:cat", "--reshape", "451,300,3", "-f", "plain").out
    assert section(told, "Reshape is not transpose")[-3:] == [
        "  402501 of 405900 cells differ. At 0,1,0 the transpose has 146, which is height",
        "  1, width 0, red; the reshape has 143, which is height 0, width 1, red: to call",
        "  it height 1, width 0, red would be wrong.",
    ]
    assert " ".join(section(told, "Notice")).startswith(
        "Notice  Channel keeps the meaning (same length, same stride); height and width"
    )


def test_a_photo_reshaped_to_channels_first_stands_beside_the_transposed_one(cli: Any) -> None:
    """Both drawn as photos: the three bands of the sheared one are no colours."""
    cat = cli("show", "sample:cat").tensor.data
    sheared, turned = cat.reshape(3, 300, 451), cat.transpose(2, 0, 1)
    told = section(
        cli("tensor", "sample:cat", "--reshape", "3,300,451", "-f", "plain").out, "Reshape is not transpose"
    )
    assert told[1].split() == ["reshaped", "transposed"]
    assert all(line[24] == " " for line in told[2:9])
    assert told[2:9] != [line[26:] for line in told[2:9]]
    assert " ".join(" ".join(told[9:]).split()).startswith(
        f"{np.count_nonzero(sheared != turned)} of 405900 cells differ. At 0,0,1 the transpose has "
        f"{turned[0, 0, 1]}, which is height 0, width 1, red; the reshape has {sheared[0, 0, 1]}, which is "
        "height 0, width 0, green:"
    )
    shell_line = cli("tensor", "sample:cat", "--reshape", "3,300,451", "-f", "plain").out
    assert shell_line.rstrip().endswith("dlcli tensor sample:cat --transpose 2,0,1")


def test_a_large_tensor_whose_long_axes_keep_their_order_is_its_transpose(cli: Any) -> None:
    ended = cli("tensor", "sample:lines", "--index", ":,:,newaxis", "--reshape", "1,240,320", "-f", "plain")
    assert "  Here both are the same: one of the axes has length 1." in lines(ended.out)


def test_a_broadcast_is_told_axis_by_axis(cli: Any) -> None:
    told = cli(
        "tensor", "1 2 3", "--index", "0", "--reshape", "3,1", "--broadcast", "5,1,4", "-f", "plain"
    ).out
    assert section(told, "Broadcast") == [
        "Broadcast  axis by axis from the last: equal, or one of them 1 or missing",
        "  axis  this  other  result  rule",
        "    −1     1      4       4  1 is stretched",
        "    −2     3      1       3  1 is stretched",
        "    −3     –      5       5  missing, counts as 1",
    ]
    assert [line.split("  ")[0] for line in lines(told) if line and line[0] != " "] == [
        "Input", "Index", "Reshape", "Broadcast", "Course notes", "Tensor", "Notice", "Try next",
    ]  # fmt: skip
    assert "Each number stands in 20 cells and is stored once." in " ".join(section(told, "Notice"))


def test_the_other_tensor_is_shown(cli: Any) -> None:
    told = cli("tensor", "1; 2", "--broadcast", "10 20", "-f", "plain").out
    assert section(told, "Other")[0].startswith("Other  1 × 2 (row, column), int64, 10 to 20")


def test_an_index_is_told_axis_by_axis(cli: Any) -> None:
    told = cli("tensor", "sample:cat", "--index", "newaxis, 10:20:3, -1, red", "-f", "plain").out
    assert section(told, "Index") == [
        "Index  [newaxis,10:20:3,-1,red]",
        "  axis  name     length  taken",
        "  new                    a new axis of length 1",
        "  0     height      300  10 to 19 in steps of 3: 4 places",
        "  1     width       451  450; axis goes",
        "  2     channel       3  0 (red); axis goes",
    ]


def test_a_transpose_tells_where_the_axes_went(cli: Any) -> None:
    told = cli("tensor", "sample:cat", "--transpose", "channel,height,width", "-f", "plain").out
    assert section(told, "Transpose")[1:] == [
        "  axis  was axis  name     length",
        "     0         2  channel       3",
        "     1         0  height      300",
        "     2         1  width       451",
    ]


def test_a_cell_is_followed_back_through_all_steps(cli: Any) -> None:
    words = ("--index", ":,::2", "--transpose", "1,0", "--reshape", "4,1", "--broadcast", "2,4,3")
    told = cli("tensor", *words, "--explain", "1,2,1", "-f", "plain", stdin=WARMTH).out
    assert [line.split("  ")[0] for line in lines(told) if line and line[0] != " "] == [
        "Input", "Broadcast", "Reshape", "Transpose", "Index", "Tensor",
    ]  # fmt: skip
    assert section(told, "Broadcast")[1:] == [
        "  axis  index  was  why",
        "    −1      1    0  length 1: its number is repeated",
        "    −2      2    2  as it is",
        "    −3      1    –  the tensor lacks this axis",
    ]
    assert section(told, "Reshape")[1:] == [
        "  after   2 × 1 + 0 = 2",
        "  before  1 × 2 + 0 = 2",
        "  cell    2,0 → 1,0",
    ]
    assert section(told, "Transpose")[1:] == [
        "  name   index  axis  was axis",
        "  month      1     0         1",
        "  city       0     1         0",
    ]
    assert section(told, "Index")[1:] == ["  city   0 + 0 × 1 = 0", "  month  0 + 1 × 2 = 2"]
    assert section(told, "Tensor") == [
        "Tensor  7 at axis0 1, axis1 2, axis2 1; city Oslo, month sep of the input"
    ]


def test_a_reshaped_cell_has_one_flat_index_in_both_shapes(cli: Any) -> None:
    told = cli("tensor", "1 2 3; 4 5 6", "--reshape", "3,2", "--explain", "2,1", "-f", "plain").out
    assert section(told, "Reshape")[1:] == [
        "  after   2 × 2 + 1 = 5",
        "  before  1 × 3 + 2 = 5",
        "  cell    2,1 → 1,2",
    ]


def test_a_cell_of_what_was_only_looked_at_has_a_place_in_memory(cli: Any) -> None:
    told = cli("tensor", "sample:cat", "--explain", "1,2,0", "-f", "plain").out
    assert section(told, "Place in memory")[-3:] == [
        "  number  (1 × 451 + 2) × 3 + 0 = 1359",
        "  number  1 × 1353 + 2 × 3 + 0 × 1 = 1359",
        "  byte    1359 × 1 = 1359",
    ]


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
@pytest.mark.parametrize(
    "words",
    [
        (), ("--index", "..."), ("--transpose", "reverse"), ("--reshape", "SWAPPED"), ("--broadcast", "(1, 1)"),
        ("--multiply", "1/3", "--add", "[1]"), ("--reshape", "-1,1", "--matmul", "[[1, 0.5]]", "--sum", "0"),
    ],
    ids=lambda words: words[0] if words else "look",
)  # fmt: skip
@pytest.mark.parametrize("form", ["plain", "markdown", "rich"])
def test_every_tensor_has_a_story_of_every_step(
    x: Tensor, words: tuple[str, ...], form: str, cli: Any
) -> None:
    if 0 in x.shape and "-1,1" in words:
        pytest.skip("no reshape says how many rows of no number there are")
    swapped = ",".join(map(str, x.shape[::-1])) or "()"
    words = tuple(swapped if word == "SWAPPED" else word for word in words)
    ended = cli("tensor", *words, "-f", form, "--width", "40", stdin=x)
    assert (ended.code, ended.err) == (0, "")
    assert "\x07" not in ended.out
    assert "\x1b[2J" not in ended.out
    if form == "plain":
        assert max(map(len, lines(ended.out))) <= 42 or "猫" in ended.out
    shape = cli("tensor", *words, stdin=x).tensor.shape
    if shape and 0 not in shape:
        told = cli("tensor", *words, "-f", form, "--explain", ",".join(["0"] * len(shape)), stdin=x)
        assert (told.code, told.err) == (0, "")


@pytest.mark.parametrize(
    "line",
    [
        *(line for line in MANUAL.examples if " | " not in line),
        "dlcli tensor ' -1 2; 3 4' --transpose -1,0",
        "dlcli tensor sample:exercise --index -1",
        "dlcli tensor '1 2' --index 0,0",
        "dlcli tensor 7",
    ],
)
def test_the_line_to_try_runs_after_every_example(line: str, cli: Any) -> None:
    words = [word for word in shlex.split(line)[1:] if word not in ("-f", "csv", "-o", "noisy.png")]
    if "--explain" in words:
        words = words[: words.index("--explain")]
    told = cli(*words, "-f", "plain", "--width", "500")
    assert (told.code, told.err) == (0, "")
    (again,) = [text for text in lines(told.out) if text.startswith("  dlcli ")]
    ended = cli(*shlex.split(again)[1:], "-f", "plain")
    assert (ended.code, ended.err) == (0, "")


def test_a_label_that_is_no_plain_word_is_not_offered(cli: Any) -> None:
    x = Tensor(np.ones((2, 2)), (Axis("a", ("$(x)", "b")), Axis("b", ("7", "x"))), attrs={"source": "x.npy"})
    assert lines(cli("tensor", "-f", "plain", stdin=x).out)[-1] == "  dlcli tensor x.npy --reshape 2,2"


def test_a_number_is_stretched_and_the_line_of_the_course_stands_there(cli: Any) -> None:
    told = cli("tensor", "[1, 2, 3]", "--multiply", "2", "-f", "plain").out
    assert section(told, "Multiply") == [
        "Multiply  x × y with y = 2; y stands in 3 cells; int64",
        "  axis  this  other  result  rule",
        "    −1     3      –       3  missing, counts as 1",
    ]
    assert section(told, "Course notes")[-3:] == [
        "  a number   [1, 2, 3] × 2 = [2, 4, 6]",
        "  y alone    [1, 2, 3] × [2] = [2, 4, 6]",
        "  z as many  [1, 2, 3] × [2, 2, 2] = [2, 4, 6]",
    ]
    assert "Course notes" not in cli("tensor", "1 2; 3 4", "--multiply", "2", "-f", "plain").out


def test_both_operands_and_the_stretched_axes_are_shown(cli: Any) -> None:
    told = cli("tensor", "1 2 3", "--add", "10; 20", "-f", "plain").out
    assert section(told, "Other")[0] == "Other  2 × 1 (row, column), int64, 10 to 20"
    assert section(told, "Add") == [
        "Add  x + y, cell by cell; each of x stands in 2 cells, each of y stands in 3",
        "  cells; int64",
        "  axis  this  other  result  rule",
        "    −1     3      1       3  1 is stretched",
        "    −2     1      2       2  1 is stretched",
    ]


def test_the_two_numbers_that_met_and_where_each_stands(cli: Any) -> None:
    told = cli("tensor", "1 2; 3 4", "--subtract", "10; -20", "--explain", "1,1", "-f", "plain").out
    assert section(told, "Subtract")[1:] == [
        "  of     number  cell             why",
        "  this        4  row 1, column 1  as it is",
        "  other     −20  row 1, column 0  an axis of length 1 is stretched",
        "  result  4 − (−20) = 24",
    ]
    told = cli(
        "tensor", "1 2; 3 4", "--power", "[1, 2]", "--divide", "8", "--explain", "1,1", "-f", "plain"
    ).out
    assert section(told, "Divide")[1:] == [
        "  of     number  cell             why",
        "  this       16  row 1, column 1  as it is",
        "  other       8  –                one number, stretched",
        "  result  16 / 8 = 2",
    ]
    assert section(told, "Power")[3:] == [
        "  other       2  index 1          an axis that it lacks is stretched",
        "  result  4 ** 2 = 16",
    ]
    assert section(told, "Tensor") == ["Tensor  2 at row 1, column 1; row 1, column 1 of the input"]


def test_a_product_and_a_bias_read_as_a_dense_layer(cli: Any) -> None:
    words = ("1 2; 3 4", "--matmul", "1 0 -1; 2 1 1", "--add", "[0.5, 0, 0.25]", "-f", "plain")
    told = cli("tensor", *words).out
    assert section(told, "Matmul")[1:] == [
        "  shapes       (2, 2) · (2, 3) = (2, 3)",
        "  each number  Σ x[i, k] · W[k, j] over 2 of k",
    ]
    assert section(told, "So far") == [
        "So far  2 × 3 (row, column), int64, 1 to 11",
        "       column",
        "  row   0   1   2",
        "    0   5   2   1",
        "    1  11   4   1",
    ]
    assert section(told, "Dense layer")[1:] == [
        "  y           x · W + b",
        "  units       0, 1, 2: the columns of W, one bias each",
        "  parameters  2 × 3 + 3 = 9",
    ]
    told = cli("tensor", *words, "--explain", "1,2").out
    assert section(told, "Dense layer")[1:] == [
        "            x    W   product",
        "  column 0  3 × −1 =   −3.00",
        "  column 1  4 ×  1 =    4.00",
        "            + b[2]      0.25",
        "                     ───────",
        "               sum      1.25",
    ]
    assert "Add" not in told
    assert section(told, "Tensor") == ["Tensor  1.25 at row 1, column 2"]


@pytest.mark.parametrize("bias", ["5", "1 2 3; 4 5 6", "1; 2"])
def test_what_is_no_bias_is_no_dense_layer(bias: str, cli: Any) -> None:
    words = ("1 2; 3 4", "--matmul", "1 0 -1; 2 1 1", "--add", bias, "-f", "plain")
    assert "Dense layer" not in cli("tensor", *words).out
    told = cli("tensor", *words, "--explain", "1,2").out
    assert [line.split()[0] for line in lines(told) if line and line[0] != " "] == [
        "Input", "Add", "Matmul", "Tensor",
    ]  # fmt: skip


@pytest.mark.parametrize("left", [(3,), (2, 3), (4, 2, 3), (5, 1, 2, 3)], ids=str)
@pytest.mark.parametrize("right", [(3,), (3, 2), (4, 3, 2)], ids=str)
def test_each_cell_of_a_product_is_the_sum_of_its_row_and_column(
    left: tuple[int, ...], right: tuple[int, ...], cli: Any
) -> None:
    generator = np.random.default_rng(0)
    x, w = generator.integers(1, 99, left), generator.integers(1, 99, right)
    np.save("w.npy", w)
    expected = x @ w
    found = cli("tensor", "--matmul", "w.npy", stdin=Tensor(x)).tensor
    assert found.data.tolist() == expected.tolist()
    if not expected.ndim:
        return
    for cell in ((0,) * expected.ndim, tuple(n - 1 for n in expected.shape)):
        words = ("--matmul", "w.npy", "--explain", ",".join(map(str, cell)), "-f", "plain")
        told = section(cli("tensor", *words, stdin=Tensor(x)).out, "Matmul")
        products = [line.split() for line in told if " × " in line]
        assert sum(int(words[-5]) * int(words[-3]) for words in products) == expected[cell]
        assert told[-1].split() == ["sum", str(expected[cell])]


def test_many_products_are_the_largest_and_the_others(cli: Any) -> None:
    np.save("x.npy", np.arange(1.0, 31.0))
    np.save("w.npy", np.ones((30, 2)))
    told = section(cli("tensor", "x.npy", "--matmul", "w.npy", "--explain", "1", "-f", "plain").out, "Matmul")
    assert told[2].split() == ["index", "6", "7", "×", "1", "=", "7"]
    assert told[-3].split() == ["+", "6", "others", "21"]
    assert told[-1].split() == ["sum", "465"]


def test_a_sum_tells_the_numbers_that_were_added(cli: Any) -> None:
    told = cli("tensor", "--sum", "month", "--explain", "Rome", "-f", "plain", stdin=WARMTH).out
    assert section(told, "Sum")[1:] == [
        "  month  number",
        "  jan         8",
        "  jul        26",
        "  sep        15",
        "             ──",
        "  sum        49",
    ]


def test_the_only_cell_of_a_single_number_has_a_name(cli: Any) -> None:
    told = cli("tensor", "[1, 2]", "--matmul", "[3, 4]", "--explain", "()", "-f", "plain")
    assert (told.code, section(told.out, "Tensor")) == (0, ["Tensor  11 at no index (a scalar)"])
    several = cli("tensor", "1 2", "--explain", "()")
    assert several.err.endswith(": cell () has 0 of 2 indices; in the table: row 0 to 0, column 0 to 1\n")


def test_axes_keep_their_names_where_another_is_added_up(cli: Any) -> None:
    told = cli("tensor", "[[[1,2],[3,4]],[[5,6],[7,8]]]", "--sum", "1")
    assert told.tensor.axis_names == ("axis0", "axis2")


NOTICES = {
    "bytes": (("sample:cat", "--multiply", "2"), "uint8 holds 0 to 255: in NumPy and PyTorch 167774 of 405900 cells would have wrapped round (286 to 30); here integers are computed in int64."),
    "bytes and a number that is none": (("sample:cat", "--subtract", "300"), "uint8 holds 0 to 255: NumPy refuses 300, and in PyTorch 405900 of 405900 cells would have wrapped round ("),
    "a root of 0 and of less": (("-8 0 4", "--power", "-0.5"), "1 cell is divided by 0: 1 inf (1 / 0), as in NumPy. 1 cell is a negative number to a power that is no whole number: NaN, as in NumPy."),
    "int64 ends": (("1 2; 3 4", "--power", "80"), "Not every result may fit in int64: computed in float64, which rounds."),
    "by zero": (("1 0 -1 0.5", "--divide", "0 0 0 2"), "3 cells are divided by 0: 2 inf (1 / 0), 1 NaN (0 / 0), as in NumPy."),
    "to a negative power": (("0 2", "--power", "-1"), "1 cell is divided by 0: 1 inf (1 / 0), as in NumPy."),
    "no root": (("1 -4", "--power", "1/2"), "1 cell is a negative number to a power that is no whole number: NaN, as in NumPy."),
    "too large": (("1e300 1", "--multiply", "1e300"), "1 cell is beyond the largest float64: inf."),
    "faint": (("sample:cat", "--noise", "gaussian:0.1"), "Beside numbers up to 231, noise of 0.1 is not seen: --multiply 1/255 before it makes a photo of 0 to 1."),
}  # fmt: skip


@pytest.mark.parametrize("case", NOTICES)
def test_what_a_student_would_not_expect_is_noticed(case: str, cli: Any) -> None:
    words, notice = NOTICES[case]
    told = cli("tensor", *words, "-f", "plain").out
    assert " ".join(" ".join(section(told, "Notice")).split()).startswith(f"Notice {notice}")


def test_labels_in_another_order_are_told_of_both_axes(cli: Any) -> None:
    with open("a.csv", "w") as a, open("b.csv", "w") as b:
        a.write("at,x,y\np,1,2\nq,3,4\n")
        b.write("at,y,x\nq,1,2\np,3,4\n")
    told = " ".join(section(cli("tensor", "a.csv", "--add", "b.csv", "-f", "plain").out, "Notice"))
    assert " ".join(told.split()).startswith(
        "Notice At p met q, and column x met y: numbers meet by their places, whatever their labels say."
    )


@pytest.mark.parametrize(
    "words",
    [
        ("1 2", "--multiply", "2"),
        ("inf 1", "--divide", "2"),
        ("sample:cat", "--multiply", "1/255", "--noise", "gaussian:0.1"),
        ("1 2", "--noise", "gaussian:0"),
    ],
)
def test_where_nothing_is_strange_nothing_is_noticed(words: tuple[str, ...], cli: Any) -> None:
    told = cli("tensor", *words, "-f", "plain").out
    assert section(told, "Notice")[0].startswith("Notice  A tensor cannot be changed")


def test_labels_and_axes_that_met_by_their_lengths_are_noticed(cli: Any) -> None:
    other = Tensor(WARMTH.data, (WARMTH.axes[0], Axis("month", ("jan", "feb", "sep"))))
    raw = cli("tensor", stdin=other).raw
    cli("tensor", "-o", "warmth.npz", stdin=WARMTH)
    with open("warmth.json", "wb") as file:
        file.write(cli("tensor", "-f", "json", stdin=WARMTH).raw)
    told = cli("tensor", "warmth.json", "--subtract", "-", "-f", "plain", stdin=raw).out
    assert section(told, "Notice")[0].startswith("Notice  Month jul met feb: numbers meet by their places")


def test_noise_names_what_was_drawn_and_the_seed(cli: Any) -> None:
    told = cli("tensor", "0 0; 0 0", "--noise", "gaussian:0.5", "--seed", "3", "-f", "plain").out
    drawn = np.random.default_rng(3).normal(0, 0.5, (2, 2))
    heading, *facts = section(told, "Noise")
    assert heading.startswith("Noise  gaussian, mean 0, deviation 0.5, a draw for each number (--seed 3)")
    assert float(facts[-1].split()[1].replace("−", "-")) == pytest.approx(drawn.std(), rel=1e-3)
    told = cli("tensor", "[3]", "--noise", "uniform:1", "--explain", "0", "-f", "plain").out
    assert section(told, "Noise")[2].startswith("  this   ")
    assert "--seed 0" in cli("tensor", "[3]", "--noise", "uniform:1", "-f", "plain").out
