"""``dlcli tensor``: parts, orders, shapes and broadcasts, the axes that go with them, and words for the rest."""

from __future__ import annotations

import io
import shlex
from typing import Any

import numpy as np
import pytest

from dlcli.commands.tensor.command import MANUAL
from dlcli.tensor import Axis, Tensor

MONTHS = Tensor(
    np.array([[-4, 18, 7], [8, 26, 15]]),
    (Axis("city", ("Oslo", "New York")), Axis("month", ("jan", "jul", "sep"))),
    "warmth",
)
WAVE = Tensor(
    np.arange(8.0).reshape(4, 2),
    (Axis("time", start=1.0, step=0.5, unit="s"), Axis("channel", ("left", "right"))),
)


def test_without_steps_a_tensor_passes_as_it_came(cli: Any) -> None:
    found = cli("tensor", stdin=MONTHS).tensor
    assert (found.data.tolist(), found.axes, found.name) == (MONTHS.data.tolist(), MONTHS.axes, "warmth")
    assert found.attrs["command"] == "tensor"


JAN, SEP = ("jan",), ("jan", "sep")


@pytest.mark.parametrize(
    ("words", "numbers", "axes"),
    [
        (("--index", "0"), [-4, 18, 7], (Axis("month", ("jan", "jul", "sep")),)),
        (("--index", ":,0"), [-4, 8], (Axis("city", ("Oslo", "New York")),)),
        (("--index", "..., -1"), [7, 15], (Axis("city", ("Oslo", "New York")),)),
        (("--index", ":,::2"), [[-4, 7], [8, 15]], (Axis("city", ("Oslo", "New York")), Axis("month", SEP))),
        (("--index", "jul"), [18, 26], (Axis("city", ("Oslo", "New York")),)),
        (("--index", "New York"), [8, 26, 15], (Axis("month", ("jan", "jul", "sep")),)),
        (("--index", "'New York', jan"), 8, ()),
        (("--index", "[1, 1]"), 26, ()),
        (("--index", "1,newaxis,:1"), [[8]], (Axis("axis0"), Axis("month", JAN))),
        (("--index", "-1,::-1"), [15, 26, 8], (Axis("month", ("sep", "jul", "jan")),)),
        (("--transpose", "month,city"), [[-4, 8], [18, 26], [7, 15]], MONTHS.axes[::-1]),
        (("--transpose", "reverse"), [[-4, 8], [18, 26], [7, 15]], MONTHS.axes[::-1]),
        (("--transpose", "-1,city"), [[-4, 8], [18, 26], [7, 15]], MONTHS.axes[::-1]),
        (("--reshape", "3,2"), [[-4, 18], [7, 8], [26, 15]], (Axis("axis0"), Axis("axis1"))),
        (("--reshape", "-1"), [-4, 18, 7, 8, 26, 15], (Axis("axis0"),)),
        (("--reshape", "2,1,-1"), [[[-4, 18, 7]], [[8, 26, 15]]], (MONTHS.axes[0], Axis("axis1"), MONTHS.axes[1])),
        (("--broadcast", "2,2,3"), [MONTHS.data.tolist()] * 2, (Axis("axis0"), *MONTHS.axes)),
        (("--index", "0", "--broadcast", "2,3"), [[-4, 18, 7]] * 2, (Axis("axis0"), MONTHS.axes[1])),
        (("--index", "0:1", "--broadcast", "(2, 3)"), [[-4, 18, 7]] * 2, (Axis("city"), MONTHS.axes[1])),
    ],
)  # fmt: skip
def test_steps_and_the_meaning_of_their_axes(
    words: tuple[str, ...], numbers: Any, axes: Any, cli: Any
) -> None:
    found = cli("tensor", *words, stdin=MONTHS).tensor
    assert found.data.tolist() == numbers
    assert found.axes == axes


def test_numbers_on_an_axis_are_cut_with_it(cli: Any) -> None:
    found = cli("tensor", "--index", "1::2, right", stdin=WAVE).tensor
    assert found.axes == (Axis("time", start=1.5, step=1.0, unit="s"),)
    assert found.data.tolist() == [3, 7]
    back = cli("tensor", "--index", "::-1", stdin=WAVE).tensor
    assert back.axes[0] == Axis("time", start=2.5, step=-0.5, unit="s")


def test_steps_are_taken_in_the_order_typed(cli: Any) -> None:
    """As NumPy takes them: x.T.reshape(3, 2) is not x.reshape(3, 2).T."""
    x = np.array([[1, 2, 3], [4, 5, 6]])
    for line, expected in (
        (("--transpose=1,0", "--reshape=2,3"), x.T.reshape(2, 3)),
        (("--reshape=2,3", "--transpose=1,0"), x.reshape(2, 3).T),
        (("--reshape=3,2", "--index=0"), x.reshape(3, 2)[0]),
        (("--index=0", "--reshape=3,1"), x[0].reshape(3, 1)),
        (("--index=0", "--index=-1"), x[0][-1]),
        (
            ("--index=0", "--broadcast=2,3", "--transpose=1,0", "--index=1"),
            np.broadcast_to(x[0], (2, 3)).T[1],
        ),
        (("--broadcast=2,2,3", "--index=1", "--broadcast=3,2,3", "--reshape=-1"), np.tile(x.ravel(), 3)),
    ):
        assert cli("tensor", "1 2 3; 4 5 6", *line).tensor.data.tolist() == expected.tolist(), line


def test_a_step_of_a_variable_comes_before_those_that_are_typed(cli: Any) -> None:
    more = {"DLCLI_TENSOR_TRANSPOSE": "1,0"}
    x = cli("tensor", "1 2 3; 4 5 6", "--index", "0", variables=more).tensor
    assert x.data.tolist() == [1, 4]


def test_a_row_typed_by_hand_can_be_a_vector(cli: Any) -> None:
    assert cli("tensor", "[12, 3, 6, 34]", "--index", "-1").tensor.data.tolist() == 34
    row = cli("tensor", "12 3 6 34", "--index", "-1", "-f", "csv")
    assert (row.code, row.out.split()[1:]) == (0, ["0,12", "1,3", "2,6", "3,34"])
    assert row.err == (
        "dlcli: index -1 took the only row of a matrix; '[12, 3, 6, 34]' is a vector, and -1 its last number\n"
    )
    assert cli("tensor", "12 3 6 34", "--index", "2").err == (
        "dlcli tensor: literal: index 2 is outside axis row, which has length 1: 0 to 0, or -1 to -1 from the "
        "end; '[12, 3, 6, 34]' is a vector\n"
    )


def test_a_photo_by_the_names_of_its_axes(cli: Any) -> None:
    whole = cli("tensor", "sample:cat").tensor.data
    np.testing.assert_array_equal(cli("tensor", "sample:cat", "--index", "red").tensor.data, whole[..., 0])
    np.testing.assert_array_equal(
        cli("tensor", "sample:cat", "--transpose", "width,height,channel").tensor.data,
        whole.transpose(1, 0, 2),
    )
    sheared = cli("tensor", "sample:cat", "--reshape", "451,300,3").tensor
    np.testing.assert_array_equal(sheared.data, whole.reshape(451, 300, 3))
    assert (sheared.axis_names, sheared.axes[2].labels) == (
        ("axis0", "axis1", "channel"),
        ("red", "green", "blue"),
    )


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        (("1; 2; 3", "--broadcast", "10 20"), [[1, 1], [2, 2], [3, 3]]),
        (("1 2 3", "--broadcast", "2 2 2"), [[1, 2, 3]]),
        (("5", "--broadcast", "[1, 2, 3]"), [[5, 5, 5]]),
        (("5", "--broadcast", "sample:exercise-kernel-1"), [[5, 5], [5, 5]]),
        (("5", "--broadcast", "y.npy"), [[[5, 5]]] * 3),
        (("1 2", "--broadcast", "()"), [[1, 2]]),
        (("1 2", "--broadcast", "2"), [[1, 2]]),
        (("1 2", "--broadcast", "0,1"), []),
        (("1 2 3", "--index", "0", "--reshape", "3,1", "--broadcast", "3,4"), [[1] * 4, [2] * 4, [3] * 4]),
    ],
)
def test_the_other_one_is_a_shape_a_literal_a_sample_or_a_file(
    words: tuple[str, ...], numbers: Any, cli: Any
) -> None:
    np.save("y.npy", np.zeros((3, 1, 2)))
    assert cli("tensor", *words).tensor.data.tolist() == numbers


def test_places_that_are_repeated_get_the_labels_of_the_other_one(cli: Any) -> None:
    with open("months.json", "wb") as file:
        file.write(cli("tensor", "-f", "json", stdin=MONTHS).raw)
    found = cli("tensor", "1 2 3", "--broadcast", "months.json").tensor
    assert found.axes == (MONTHS.axes[0], Axis("column"))
    assert cli("tensor", "--broadcast", "5; 6", stdin=MONTHS).tensor.axes == MONTHS.axes
    assert cli("tensor", "1; 2", "--broadcast", "months.json").tensor.axes == (Axis("row"), MONTHS.axes[1])


def test_files_and_streams_hold_what_was_asked_for(cli: Any) -> None:
    assert cli("tensor", "1 2; 3 4", "--transpose", "reverse", "-f", "csv").out == "1,3\n2,4\n"
    array = np.load(io.BytesIO(cli("tensor", "1 2", "--broadcast", "2,2", "-f", "npy").raw))
    assert array.tolist() == [[1, 2], [1, 2]]
    assert cli("tensor", "1 2; 3 4", "--index", "0", "-o", "y.npz").code == 0
    with np.load("y.npz") as archive:
        assert archive["tensor"].tolist() == [1, 2]


def test_complex_numbers_and_booleans(cli: Any) -> None:
    assert cli("tensor", "1+2j 3", "--transpose", "1,0").tensor.data.tolist() == [[1 + 2j], [3]]
    assert cli("tensor", "--reshape", "2,1", stdin=Tensor([True, False])).tensor.data.tolist() == [
        [True],
        [False],
    ]


TWICE = Tensor(np.ones((2, 2)), (Axis("a", ("x", "y")), Axis("b", ("x", "x"))))
YEARS = Tensor(np.ones(2), (Axis("year", ("2019", "2020")),))
EVIL = Tensor(np.ones((1, 1)), (Axis("\x1b[2J", ("\x07a",)), Axis("b")))
INDEX = "such as 1:3 or ::2, ..., newaxis, or a label"
BAD: dict[str, tuple[tuple[str, ...], Any, int, str]] = {
    "sizes": (("1 2 3; 4 5 6", "--reshape", "4,2"), b"", 1, "literal: a reshape keeps every number: 2 × 3 = 6, and 4 × 2 = 8; try -1,2, which gives 3,2"),
    "what is left over": (("1 2 3; 4 5 6", "--reshape", "4,-1"), b"", 1, "literal: a reshape keeps every number: 2 × 3 = 6, and -1 would be 6 / 4 = 1.5, not a whole number; try 3,-1"),
    "no shape": (("1 2", "--reshape", "2x1"), b"", 2, "invalid value for '--reshape': '2x1' is no shape: give its lengths, such as 3,4 or 3,-1 (-1 is what is left over)\nTry 'dlcli tensor --help'."),
    "nothing for a shape": (("1 2", "--reshape", ""), b"", 2, "invalid value for '--reshape': '' is no shape: give its lengths, such as 3,4 or 3,-1 (-1 is what is left over)\nTry 'dlcli tensor --help'."),
    "outside": (("--index", "0,3"), MONTHS, 1, "standard input: index 3 is outside axis month, which has length 3: 0 to 2, or -3 to -1 from the end"),
    "too many": (("--index", "0,0,0"), MONTHS, 1, "standard input: 3 indices for 2 axes (city, month); give one for each axis, or fewer"),
    "too many for a scalar": (("--index", "0"), Tensor(5), 1, "standard input: 1 index for 0 axes; give one for each axis, or fewer"),
    "unknown label": (("--index", "jlu"), MONTHS, 1, "standard input: --index: there is no label 'jlu': did you mean jul?"),
    "label on its axis": (("--index", ":,Oslo"), MONTHS, 1, "standard input: there is no label 'Oslo' on axis month: the labels are jan, jul, sep"),
    "no labels at all": (("1 2", "--index", "red"), b"", 1, "literal: --index: no axis has labels, so 'red' is none; give whole numbers (axes: row, column)"),
    "no labels there": (("1 2", "--index", "0,red"), b"", 1, "literal: axis column has no labels, so 'red' is none; give a whole number"),
    "label on two axes": (("--index", "x"), TWICE, 1, "standard input: the axes a and b both have a label 'x'; say which, such as --index :,x"),
    "label twice": (("--index", ":,x"), TWICE, 1, "standard input: axis b has the label 'x' more than once; give a whole number"),
    "a year": (("--index", "2019"), YEARS, 1, "standard input: index 2019 is outside axis year, which has length 2; for its label of that name write --index \"'2019'\""),
    "nothing between commas": (("1 2", "--index", "0,,1"), b"", 2, f"invalid value for '--index': '0,,1' is no index: between commas stands a whole number, a slice {INDEX}\nTry 'dlcli tensor --help'."),
    "no index": (("1 2", "--index", ""), b"", 2, f"invalid value for '--index': '' is no index: between commas stands a whole number, a slice {INDEX}\nTry 'dlcli tensor --help'."),
    "two dots": (("1 2", "--index", "...,..."), b"", 2, "invalid value for '--index': '...,...' has more than one ...: it stands for all axes that are not named\nTry 'dlcli tensor --help'."),
    "no step": (("1 2", "--index", "::0"), b"", 1, "literal: a step of 0 never moves on axis row; leave it out, or give 1, 2, -1"),
    "unknown axis": (("--transpose", "mnoth,city"), MONTHS, 1, "standard input: there is no axis 'mnoth': did you mean month?"),
    "axis in capitals": (("--transpose", "MONTH,city"), MONTHS, 1, "standard input: there is no axis 'MONTH': did you mean month?"),
    "axis outside": (("--transpose", "2,0"), MONTHS, 1, "standard input: there is no axis 2; the 2 axes are city, month"),
    "axis missing": (("--transpose", "month"), MONTHS, 1, "standard input: a transpose names each axis once (city, month); here city missing"),
    "axis twice": (("--transpose", "city,0"), MONTHS, 1, "standard input: a transpose names each axis once (city, month); here month missing and city twice"),
    "no order": (("1 2", "--transpose", "1,"), b"", 2, "invalid value for '--transpose': '1,' is no order of axes: give names or indices, such as width,height or 1,0, or reverse\nTry 'dlcli tensor --help'."),
    "does not fit": (("1 2 3", "--index", "0", "--broadcast", "4"), b"", 1, "literal: 3 and 4 do not broadcast\naxis -1: 3 against 4: they must be equal or one of them 1; try --reshape 3,1"),
    "the other shape": (("sample:cat", "--broadcast", "300,451"), b"", 1, "sample:cat: 300,451,3 and 300,451 do not broadcast\naxis -1: 3 against 451, axis -2: 451 against 300: they must be equal or one of them 1; try --broadcast 300,451,1"),
    "the other tensor": (("--broadcast", "1 2; 3 4"), Tensor(np.ones((2, 2, 5))), 1, "standard input: 2,2,5 and 2,2 do not broadcast\naxis -1: 5 against 2: they must be equal or one of them 1; the other one fits as 2,2,1: dlcli tensor '1 2; 3 4' --reshape 2,2,1 | dlcli tensor … --broadcast -"),
    "too large": (("1 2", "--broadcast", "1000000,1000000,2"), b"", 1, "1000000 × 1000000 × 2 numbers of 8 bytes are more than the 8589934592 bytes allowed; raise --max-bytes, or broadcast to less"),
    "axes without end": (("5", "--reshape", ",".join("1" * 65)), b"", 1, "literal: an array has at most 64 axes; received 65"),
    "new axes without end": (("5", "--index", ",".join(["newaxis"] * 63)), b"", 1, "literal: an array has at most 64 axes; received 65"),
    "axes without end to meet": (("5", "--broadcast", ",".join("1" * 65)), b"", 1, "literal: an array has at most 64 axes; received 65"),
    "a size that no index counts": (("1", "--index", "5:", "--reshape", "0,999999999999999999"), b"", 1, "literal: no array can be as large as 0 × 999999999999999999 numbers; try smaller lengths"),
    "a size that no index counts to meet": (("1", "--broadcast", "0,999999999999999999"), b"", 1, "literal: no array can be as large as 0 × 999999999999999999 numbers; try smaller lengths"),
    "no such file": (("1 2", "--broadcast", "nowhere"), b"", 1, "--broadcast: 'nowhere' is neither a file nor a matrix of numbers: see the name again, or write numbers: '0 1; 1 0'"),
    "the same input": (("--broadcast", "-"), b"", 2, "--broadcast cannot read standard input, which is the tensor; name the input, or give a file"),
    "several": (("1 2", "--broadcast", "two.npz"), b"", 1, "--broadcast two.npz: expected one tensor; received a (index 1) int64 and b (index 1) int64; for one of them write --broadcast two.npz:a"),
    "cell": (("1 2", "--explain", "0,2", "-f", "plain"), b"", 2, "there is no cell 0,2 in the table: row 0 to 0, column 0 to 1"),
    "cell of a scalar": (("--explain", "0", "-f", "plain"), Tensor(5), 2, "the tensor is a single number, which has no index: its cell is ()"),
    "outside text": (("--index", "1"), EVIL, 1, "standard input: index 1 is outside axis \\x1b[2J, which has length 1: 0 to 0, or -1 to -1 from the end"),
    "outside labels": (("--index", "b"), EVIL, 1, "standard input: --index: there is no label 'b': the labels are \\x07a"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_fit_ends_in_words(case: str, cli: Any) -> None:
    words, stdin, code, message = BAD[case]
    np.savez("two.npz", a=np.array([1]), b=np.array([2]))
    ended = cli("tensor", *words, stdin=stdin)
    assert ended.err == f"dlcli tensor: {message}\n"
    assert (ended.code, ended.raw) == (code, b"")


def test_every_try_of_a_message_works(cli: Any) -> None:
    assert cli("tensor", "1 2 3", "--index", "0", "--reshape", "3,1", "--broadcast", "4").tensor.shape == (
        3,
        4,
    )
    assert cli("tensor", "sample:cat", "--broadcast", "300,451,1").tensor.shape == (300, 451, 3)
    assert cli("tensor", "--index", "'2019'", stdin=YEARS).tensor.data == 1
    assert cli("tensor", "--index", ":,x", stdin=Tensor(np.ones((1, 1)), TWICE_OK)).tensor.shape == (1,)


TWICE_OK = (Axis("a", ("x",)), Axis("b", ("x",)))


@pytest.mark.parametrize(
    "words", [(), ("--reshape", "0"), ("--transpose", "reverse"), ("--index", "..., 1:")]
)
def test_a_tensor_without_a_cell_has_its_steps_too(words: tuple[str, ...], cli: Any) -> None:
    found = cli("tensor", *words, stdin=Tensor(np.zeros((0, 3)))).tensor
    assert found.data.size == 0


def test_a_scalar_has_its_steps_too(cli: Any) -> None:
    assert cli("tensor", "--reshape", "1,1", stdin=Tensor(5)).tensor.data.tolist() == [[5]]
    assert cli("tensor", "--broadcast", "2,2", stdin=Tensor(5)).tensor.data.tolist() == [[5, 5], [5, 5]]
    assert cli("tensor", "--transpose", "reverse", stdin=Tensor(5)).tensor.shape == ()
    assert cli("tensor", "--index", "...", stdin=Tensor(5)).tensor.shape == ()
    assert cli("tensor", "--reshape", "()", "1").tensor.shape == ()


@pytest.mark.parametrize(
    ("data", "axes", "told"),
    [
        (np.array(2.0), "3", "there is no axis 3; a single number has none"),
        (np.array([2.0]), "3", "there is no axis 3; the only one is index"),
        (np.array([2.0]), "x", "--transpose: there is no axis 'x': the only one is index"),
    ],
)
def test_few_axes_are_told_as_what_they_are(data: Any, axes: str, told: str, cli: Any) -> None:
    np.save("x.npy", data)
    assert cli("tensor", "x.npy", "--transpose", axes).err == f"dlcli tensor: x.npy: {told}\n"


X = np.array([[1, 2], [3, 4]])
W = np.array([[1, 0, -1], [2, 1, 1]])


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--add", "10"), X + 10),
        (("--subtract", "-1"), X + 1),
        (("--multiply", "1/4"), X / 4),
        (("--divide", "2"), X / 2),
        (("--power", "2"), X**2),
        (("--power", "1/2"), X**0.5),
        (("--maximum", "2 3"), np.maximum(X, [2, 3])),
        (("--minimum", "2; 3"), np.minimum(X, [[2], [3]])),
        (("--matmul", "1 0 -1; 2 1 1"), X @ W),
        (("--matmul", "[1, 2]"), X @ [1, 2]),
        (("--sum", "column"), X.sum(1)),
        (("--sum", "-2"), X.sum(0)),
        (("--add", "1", "--multiply", "2"), (X + 1) * 2),
        (("--multiply", "2", "--add", "1"), X * 2 + 1),
        (("--add", "1", "--transpose", "1,0", "--add", "[1, 0]"), (X + 1).T + np.array([1, 0])),
        (("--power", "2", "--sum", "1", "--power", "1/2"), np.hypot(X[:, 0], X[:, 1])),
    ],
)
def test_steps_that_compute_are_taken_in_the_order_typed(
    words: tuple[str, ...], expected: Any, cli: Any
) -> None:
    found = cli("tensor", "1 2; 3 4", *words).tensor
    np.testing.assert_allclose(found.data, expected, rtol=1e-15)
    assert found.data.dtype == expected.dtype


def test_the_line_of_the_course_is_the_same_three_ways(cli: Any) -> None:
    for other in ("2", "[2]", "[2, 2, 2]"):
        assert cli("tensor", "[1, 2, 3]", "--multiply", other).tensor.data.tolist() == [2, 4, 6]


def test_a_dense_layer_by_hand(cli: Any) -> None:
    y = cli("tensor", "1 2; 3 4", "--matmul", "1 0 -1; 2 1 1", "--add", "[0.5, 0, 0]").tensor
    assert y.data.tolist() == [[5.5, 2, 1], [11.5, 4, 1]]


def test_a_layer_of_a_net_by_the_names_of_its_weights(cli: Any) -> None:
    arrays = {one.name: one.data for one in cli("show", "sample:digits-cnn").tensors}
    kernel, bias = arrays["dense/kernel"], arrays["dense/bias"]
    np.save("x.npy", np.linspace(0, 1, kernel.shape[0], dtype=np.float32))
    net = "sample:digits-cnn:dense"
    y = cli("tensor", "x.npy", "--matmul", f"{net}/kernel", "--add", f"{net}/bias").tensor
    np.testing.assert_allclose(y.data, np.load("x.npy") @ kernel + bias, rtol=1e-6)
    assert y.data.dtype == np.float32


def test_a_photo_from_0_to_1_keeps_its_names(cli: Any) -> None:
    whole = cli("tensor", "sample:cat").tensor
    found = cli("tensor", "sample:cat", "--multiply", "1/255").tensor
    assert (found.axes, found.data.dtype) == (whole.axes, np.float32)
    np.testing.assert_allclose(found.data, whole.data / 255, rtol=1e-6)
    bright = cli("tensor", "sample:cat", "--multiply", "2", "--minimum", "255").tensor
    np.testing.assert_array_equal(bright.data, np.minimum(whole.data.astype(int) * 2, 255))


def test_two_maps_of_two_files_and_their_magnitude(cli: Any) -> None:
    """As one (height, width, 2) tensor, too."""
    for axis in "xy":
        cli("conv", "sample:cat", "-k", f"sobel-{axis}", "--channels", "gray", "-o", f"{axis}.npy")
    x, y = np.load("x.npy"), np.load("y.npy")
    square = cli("tensor", "y.npy", "--power", "2").raw
    found = cli("tensor", "x.npy", "--power", "2", "--add", "-", "--power", "1/2", stdin=square).tensor
    np.testing.assert_allclose(found.data, np.hypot(x, y), rtol=1e-5)
    both = cli("conv", "sample:cat", "-k", "sobel-x", "-k", "sobel-y", "--channels", "gray").raw
    one = cli("tensor", "--power", "2", "--sum", "channel", "--power", "1/2", stdin=both).tensor
    np.testing.assert_allclose(one.data, np.hypot(x, y), rtol=1e-5)
    assert one.axis_names == ("height", "width")


def test_axes_that_are_not_stretched_give_their_names(cli: Any) -> None:
    assert cli("tensor", "5", "--add", "[1, 2]").tensor.axes == (Axis("row"), Axis("index"))
    assert cli("tensor", "--add", "1; 2", stdin=MONTHS).tensor.axes == MONTHS.axes
    assert cli("tensor", "--matmul", "1; 2; 3", stdin=MONTHS).tensor.axes == (MONTHS.axes[0], Axis("column"))
    assert cli("tensor", "--sum", "city", stdin=MONTHS).tensor.axes == (MONTHS.axes[1],)
    x = Tensor(np.ones((2, 1, 2, 3)), (Axis("batch"), Axis("head"), Axis("query"), Axis("key")))
    np.save("w.npy", np.ones((4, 3, 5)))
    found = cli("tensor", "--matmul", "w.npy", stdin=x).tensor
    assert (found.shape, found.axis_names) == ((2, 4, 2, 5), ("batch", "axis1", "query", "axis3"))


def test_noise_is_drawn_from_the_seed_anew_for_each_step_and_input(cli: Any) -> None:
    def drawn(*words: str) -> list[Any]:
        return [one.data for one in cli("tensor", *words).tensors]

    (once,) = drawn("sample:cat", "--noise", "gaussian:0.1")
    (again,) = drawn("sample:cat", "--noise", "gaussian:0.1", "--seed", "0")
    (other,) = drawn("sample:cat", "--noise", "gaussian:0.1", "--seed", "1")
    np.testing.assert_array_equal(once, again)
    noise = once - cli("tensor", "sample:cat").tensor.data
    assert abs(noise.mean()) < 1e-3
    assert noise.std() == pytest.approx(0.1, rel=1e-2)
    assert (once != other).any()
    twice = drawn("[0, 0]", "[0, 0]", "--noise", "uniform:1/2")
    assert (twice[0] != twice[1]).all()
    assert max(map(np.max, map(np.abs, twice))) <= 0.5
    (wide,) = drawn("sample:cat", "--multiply", "0", "--noise", "uniform:0.1")
    assert (round(wide.min(), 3), round(wide.max(), 3)) == (-0.1, 0.1)
    (both,) = drawn("[0, 0]", "--noise", "gaussian:1", "--noise", "gaussian:1")
    (first,) = drawn("[0, 0]", "--noise", "gaussian:1")
    assert (both != 2 * first).all()


REFUSED: dict[str, tuple[tuple[str, ...], Any, int, str]] = {
    "a reshape of the other": (("1 2 3; 4 5 6", "--add", "[1, 2]"), b"", 1, "literal: 2,3 and 2 do not broadcast\naxis -1: 3 against 2: they must be equal or one of them 1; the other one fits as 2,1: dlcli tensor '[1, 2]' --reshape 2,1 | dlcli tensor … --add -; this one fits as 2,3,1: --reshape 2,3,1 before"),
    "as many numbers": (("1 2 3; 4 5 6", "--divide", "[1, 2, 3, 4, 5, 6]"), b"", 1, "literal: 2,3 and 6 do not broadcast\naxis -1: 3 against 6: they must be equal or one of them 1; the other one fits as 2,3: dlcli tensor '[1, 2, 3, 4, 5, 6]' --reshape 2,3 | dlcli tensor … --divide -"),
    "turned": (("1 2 3; 4 5 6", "--maximum", "1 2; 3 4; 5 6"), b"", 1, "literal: 2,3 and 3,2 do not broadcast\naxis -1: 3 against 2, axis -2: 2 against 3: they must be equal or one of them 1; the other one fits turned: dlcli tensor '1 2; 3 4; 5 6' --transpose reverse | dlcli tensor … --maximum -"),
    "weights of PyTorch": (("1 2", "--matmul", "1 2; 3 4; 5 6"), b"", 1, "literal: 1,2 · 3,2: a row of 2 numbers meets a column of 3: both must be as long; the other one fits turned, from (out, in) as PyTorch keeps weights to (in, out): dlcli tensor '1 2; 3 4; 5 6' --transpose reverse | dlcli tensor … --matmul -"),
    "this one turned": (("1; 2; 3", "--matmul", "1 2; 3 4; 5 6"), b"", 1, "literal: 3,1 · 3,2: a row of 1 numbers meets a column of 3: both must be as long; this one fits turned: --transpose reverse before"),
    "no axis": (("1 2", "--matmul", "3"), b"", 1, "literal: a matrix product adds up along an axis, and a single number has none; received shapes (1, 2) and ()"),
    "no such axis": (("1 2", "--sum", "colunm"), b"", 2, "--sum colunm: there is no such axis: did you mean column? the axes are row (0), column (1)"),
    "no noise": (("1 2", "--noise", "0.1"), b"", 2, "invalid value for '--noise': '0.1' is no noise: gaussian:0.1 has the mean 0 and the deviation 0.1, uniform:0.1 lies between -0.1 and 0.1\nTry 'dlcli tensor --help'."),
    "noise below 0": (("1 2", "--noise", "uniform:-1"), b"", 2, "invalid value for '--noise': 'uniform:-1' is no noise: gaussian:0.1 has the mean 0 and the deviation 0.1, uniform:0.1 lies between -0.1 and 0.1\nTry 'dlcli tensor --help'."),
    "noise without end": (("1 2", "--noise", "gaussian:inf"), b"", 2, "invalid value for '--noise': 'gaussian:inf' is no noise: gaussian:0.1 has the mean 0 and the deviation 0.1, uniform:0.1 lies between -0.1 and 0.1\nTry 'dlcli tensor --help'."),
    "complex noise": (("1j 2", "--noise", "gaussian:1"), b"", 1, "literal: noise is drawn for real numbers; received complex128"),
    "no order": (("1j 2", "--maximum", "0"), b"", 1, "literal: complex numbers have no order, so there is no maximum of them"),
    "too large": (("x.npy", "--add", "y.npy"), b"", 1, "100000 × 100000 numbers of 8 bytes are more than the 8589934592 bytes allowed; raise --max-bytes, or give shapes that stretch less"),
    "the input itself": (("--add", "-"), b"1 2\n", 2, "--add cannot read standard input, which is the tensor; name the input, or give a file"),
    "twice": (("1 2", "--add", "-", "--add", "-"), b"1 2\n", 2, "'-' (standard input) can be read once; it is named more than once"),
    "no such file": (("1 2", "--add", "nowhere.npy"), b"", 1, "--add: 'nowhere.npy' is neither a file nor a matrix of numbers: see the name again, or write numbers: '0 1; 1 0'"),
    "no such name": (("1 2", "--add", "two.npz:c"), b"", 1, "--add: two.npz: there is no tensor 'c': there are a, b"),
    "no fraction": (("1 2", "--add", "1/0"), b"", 2, "--add: '1/0' divides by zero"),
    "no float": (("1 2", "--add", "1e400"), b"", 2, "--add: '1e400' is too large: the largest number is 1.8e308"),
    "torn numbers": (("1 2", "--add", "1", "2"), b"", 2, "--add 1 takes one word, so 2 behind it is read as input; for one value write --add '1 2'"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_computed_ends_in_words(case: str, cli: Any) -> None:
    words, stdin, code, message = REFUSED[case]
    np.savez("two.npz", a=np.array([1]), b=np.array([2]))
    np.save("x.npy", np.zeros((100000, 1)))
    np.save("y.npy", np.zeros(100000))
    ended = cli("tensor", *words, stdin=stdin)
    assert ended.err == f"dlcli tensor: {message}\n"
    assert (ended.code, ended.raw) == (code, b"")


def test_the_reshape_and_the_transpose_of_a_message_work(cli: Any) -> None:
    turned = cli("tensor", "1 2; 3 4; 5 6", "--transpose", "reverse").raw
    assert cli("tensor", "1 2", "--matmul", "-", stdin=turned).tensor.data.tolist() == [[5, 11, 17]]
    column = cli("tensor", "[1, 2]", "--reshape", "2,1").raw
    assert cli("tensor", "1 2 3; 4 5 6", "--add", "-", stdin=column).tensor.data.tolist() == [
        [2, 3, 4],
        [6, 7, 8],
    ]


def test_nobody_is_waited_for_at_a_terminal(cli: Any) -> None:
    ended = cli("tensor", "1 2", "--add", "-", stdin_is_terminal=True)
    assert ended.code == 2
    assert "nothing is piped in" in ended.err


FITTING: dict[str, tuple[tuple[int, ...], tuple[int, ...], str]] = {
    "an outer product of a few": ((3,), (4,), "; the other one fits as 4,1: dlcli tensor y.npy --reshape 4,1 | dlcli tensor … --add -; this one fits as 3,1: --reshape 3,1 before"),
    "longer": ((100,), (99,), "; this one fits cut: --index :99 before"),
    "shorter": ((99, 7), (100, 7), "; the other one fits cut: dlcli tensor y.npy --index :99,: | dlcli tensor … --add -"),
    "turned, with a 1": ((7, 5, 50), (5, 7), "; the other one fits turned, as 7,5,1: dlcli tensor y.npy --transpose reverse --reshape 7,5,1 | dlcli tensor … --add -"),
    "far from each other": ((4, 5), (24, 32), ""),
    "nothing in it": ((0, 3), (4, 5), ""),
}  # fmt: skip


@pytest.mark.parametrize("case", FITTING)
def test_what_is_proposed_makes_no_far_larger_tensor(case: str, cli: Any) -> None:
    left, right, hint = FITTING[case]
    np.save("x.npy", np.ones(left))
    np.save("y.npy", np.ones(right))
    told = cli("tensor", "x.npy", "--add", "y.npy").err
    assert told.endswith(f"they must be equal or one of them 1{hint}\n")


def test_a_noisy_photo_of_the_examples_keeps_its_black(cli: Any) -> None:
    (line,) = [line for line in MANUAL.examples if "noisy.png" in line]
    told = cli(*shlex.split(line)[1:]).err
    assert told.endswith("minmax: 0 became black and 1 white\n")
