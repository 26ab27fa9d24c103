"""Matrices typed by hand."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcli.errors import BadData
from dlcli.tensor import Tensor
from dlcli.wire.read import MATRIX, open_input, read_tensors
from dlcli.wire.sniff import kind_of
from dlcli.wire.stream import Limits
from dlcli.wire.typed.literal import looks_like, parse
from dlcli.wire.typed.sentence import looks_like_sentence
from dlcli.words.numeral import is_number, number


def tensors(word: str) -> list[Tensor]:
    with open_input(word, stdin=None, literal=MATRIX) as source:
        return list(read_tensors(source, limits=Limits()))


@pytest.mark.parametrize(
    ("text", "matrix"),
    [
        ("23 255 40; 21 34 200", [[23, 255, 40], [21, 34, 200]]),
        ("1,2,3", [[1, 2, 3]]),
        ("1, 2 ,3;4 5, 6;", [[1, 2, 3], [4, 5, 6]]),
        ("1 2\n3 4\n", [[1, 2], [3, 4]]),
        ("7", [[7]]),
        ("-1e-3 .5 5.", [[-0.001, 0.5, 5.0]]),
        ("1/4 -3/2", [[0.25, -1.5]]),
        ("1+2j -j; 3 2i", [[1 + 2j, -1j], [3, 2j]]),
        ("nan inf; -inf 0", [[math.nan, math.inf], [-math.inf, 0]]),
    ],
)
def test_rows_by_semicolons_or_lines_and_values_by_blanks_or_commas(
    text: str, matrix: list[list[complex]]
) -> None:
    tensor = parse(text)
    np.testing.assert_array_equal(tensor.data, matrix)
    assert tensor.data.dtype == np.array(matrix).dtype
    assert tensor.axis_names == ("row", "column")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("[1, 2, 3]", [1, 2, 3]),
        ("[[1,0],[0,−1]]", [[1, 0], [0, -1]]),
        (str(np.eye(2)), [[1, 0], [0, 1]]),
        (repr(np.eye(2)), [[1, 0], [0, 1]]),
        (str(np.array([-np.inf, np.nan, 1e-9])), [-np.inf, np.nan, 1e-9]),
        (str(np.arange(40)), range(40)),  # goes over two lines
        ("array([[1, 2], [3, 4]], dtype=uint8)", [[1, 2], [3, 4]]),
        ("tensor([[1., 2.], [3., 4.]], dtype=torch.float64)", [[1, 2], [3, 4]]),
        ("tensor([[1., 2.], [3., 4.]], requires_grad=True)", [[1, 2], [3, 4]]),
        ("tensor([[1., 2.],\n        [3., 4.]], device='cuda:0', grad_fn=<MulBackward0>)", [[1, 2], [3, 4]]),
        ("tensor([], size=(0, 3))", []),
        ("tensor(3.)", 3),
        ("Parameter containing:\ntensor([1., 2.], requires_grad=True)", [1, 2]),
        ("tf.Tensor([1 2], shape=(2,), dtype=int32)", [1, 2]),
        ("<tf.Tensor: shape=(2,), dtype=int32, numpy=array([1, 2], dtype=int32)>", [1, 2]),
        ("np.array([[1,2],[3,4]])", [[1, 2], [3, 4]]),
        ("x = torch.tensor([[1, 2]])", [[1, 2]]),
        ("x=[1,2]", [1, 2]),
        ("[np.float64(1.5), np.int64(2)]", [1.5, 2]),
        ("[(1, 2), (3, 4)]", [[1, 2], [3, 4]]),
        ("(1, 2)", [1, 2]),
        ("{1, 2}", [1, 2]),
        ("c(1,2)", [1, 2]),
        ("[[True, False]]", [[True, False]]),
        ("c(TRUE, FALSE)", [True, False]),
        ('{"data": [1, 2]}', [1, 2]),
        ("[1 2; 3 4]", [[1, 2], [3, 4]]),
        ("[1, 2; 3, 4;]", [[1, 2], [3, 4]]),
        ("[[1 2]; [3 4]]", [[1, 2], [3, 4]]),
        ("[1/2 0]", [0.5, 0]),
        ("[[[1 2] [3 4]]]", [[[1, 2], [3, 4]]]),
    ],
)
def test_arrays_as_python_numpy_pytorch_and_matlab_print_them(text: str, values: Any, tmp_path: Path) -> None:
    assert looks_like(text)
    assert not looks_like_sentence(text)
    (found,) = tensors(text)
    np.testing.assert_array_equal(found.data, values)
    assert (found.data.dtype.kind == "b") == bool(re.search("true|false", text.partition("=T")[0], re.I))
    (tmp_path / "printed.txt").write_text(text)
    (found,) = tensors(str(tmp_path / "printed.txt"))
    np.testing.assert_array_equal(found.data, values)


@pytest.mark.parametrize(
    "text",
    [
        *("[1,,2]", "[1, 2", "[1 2j]", "[1 1/0]", "[1 2]]", "[[1 2] [3]]", "[1; 2", "[;", "[][;]"),
        *("tensor([[1., 2.]", "[1, None]", "[True, 1]", '["the", "cat"]', "[0 1 ... 8 9]"),
    ],
)
def test_what_is_no_array_is_told(text: str) -> None:
    assert not looks_like_sentence(text)
    with pytest.raises(
        BadData, match=r"^literal: not (valid JSON: |a tensor in JSON: data (must|mixes|holds))"
    ):
        tensors(text)


@pytest.mark.parametrize(
    ("text", "channels"),
    [
        ("1 2; 3 4 | 5 6; 7 8 | 9 10; 11 12", [[[1, 2], [3, 4]], [[5, 6], [7, 8]], [[9, 10], [11, 12]]]),
        ("1|2|3", [[[1]], [[2]], [[3]]]),
        ("1,2;3,4|−½,6;7,8", [[[1, 2], [3, 4]], [[-0.5, 6], [7, 8]]]),
        ("1j; 2 | 3; 4", [[[1j], [2]], [[3], [4]]]),
    ],
)
def test_bars_divide_the_matrices_of_channels(text: str, channels: Any) -> None:
    assert looks_like(text)
    (found,) = tensors(text)
    assert found.axis_names == ("height", "width", "channel")
    np.testing.assert_array_equal(found.data, np.moveaxis(np.array(channels), 0, -1))


def test_bars_in_a_file_divide_no_channels(tmp_path: Path) -> None:
    (tmp_path / "table.txt").write_text("1 2 | 3 4\n5 6 | 7 8\n")
    with pytest.raises(BadData, match=r"write sep=\| in a line above them"):
        tensors(str(tmp_path / "table.txt"))


@pytest.mark.parametrize(
    "text", ["torch.ones(2, 3)", "np.eye(2)", "range(5)", "x = np.zeros((2, 2), dtype=int)"]
)
def test_what_a_program_would_compute_is_neither_numbers_nor_a_sentence(text: str) -> None:
    assert not looks_like(text)
    assert not looks_like_sentence(text)


@pytest.mark.parametrize(
    "text", ["f(x)", "the cat (2)", "c(at)", "x = [a, b]", ":)", "()", "{}?", "Cats (2, 3)", "a [1] b"]
)
def test_brackets_around_words_make_no_numbers(text: str) -> None:
    assert not looks_like(text)
    assert looks_like_sentence(text)


@pytest.mark.parametrize("text", ["[MASK] it", "[cat]", "[Inference] is"])
def test_words_in_brackets_are_words(text: str, tmp_path: Path) -> None:
    assert not looks_like(text)
    (tmp_path / "words.txt").write_text(text)
    with open_input(str(tmp_path / "words.txt"), stdin=None) as source:
        assert kind_of(source) == "text"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("0,125 0,250", [[0.125, 0.25]]),
        ("1% 3.33 %; 50 % 100%", [[0.01, 0.0333], [0.5, 1]]),
        ("1,500 2,500", [[1.5, 2.5]]),
        ("1\u202f000 2", [[1000, 2]]),
        ("1, 2 3", [[1, 2, 3]]),
        ("½ 1½", [[0.5, 1.5]]),
        ("1⁄2 1", [[0.5, 1]]),
    ],
)
def test_numbers_of_print(text: str, values: Any) -> None:
    (found,) = tensors(text)
    assert found.data.tolist() == values


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1,5;2,5", "';' was read as the end of a row and ',' between numbers; decimal commas: tr , ."),
        ("1.234,5", "',' was read between numbers; decimal commas: tr , ."),
        (
            "1,0 0,1",
            "'1,0 0,1' was read as 1.0 0.1; commas between numbers: blanks in their place, ';' after a row",
        ),
        (
            "1\u00a0000 2",
            "'1 000' with no-break spaces was read as 1000; two numbers: put a plain blank in between",
        ),
        ("1 0 | 0 1", "'|' was read between 2 channels of 1 x 2; ';' ends a row"),
    ],
)
def test_what_can_be_read_in_two_ways_is_said(text: str, told: str) -> None:
    said: list[str] = []
    with open_input(text, stdin=None, say=said.append) as source:
        list(read_tensors(source, limits=Limits()))
    assert said == [f"dlcli: literal: {told}"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1 0 / 0 1", "'/' is not a number; ';' ends a row: '1 0; 0 1'"),
        ("1 0 | 0 x", "matrix 2: row 1, value 2: 'x' is not a number"),
        ("1 0 | ", "matrix 2: a matrix needs at least one number"),
        ("1 0; 1 1 | 0 1; 2", "matrix 2: the rows of a matrix need one length"),
        (
            "1 0; 0 1 | 0 1 2; 3 4 5",
            "matrices divided by '|' are the channels and need one size: matrix 1 is 2x2, matrix 2 is 2x3",
        ),
        (r"1 0\n0 1", r"'0\\n0' is not a number; ';' ends a row: '1 0; 0 1'"),
        ("1 none 2", "'none' is not a number; write nan where one is missing"),
        ("1,5 a", "row 1, value 3: 'a' is not a number"),
        ("1,234.5 2", "'1,234.5' may be 1234.5 or 1 and 234.5: write it without a comma"),
        (
            "1,5;2",
            "the rows of a matrix need one length: row 1 has 2 values, row 2 has 1 value; if its commas",
        ),
        ("1e400 1", "'1e400' is too large: the largest number is 1.8e308"),
    ],
)
def test_an_odd_word_of_what_is_typed_is_named(text: str, told: str) -> None:
    with pytest.raises(BadData, match="^literal: " + re.escape(told)):
        tensors(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 2; 3", "the rows of a matrix need one length: row 1 has 2 values, row 2 has 1 value"),
        ("1 2; 3 x", "row 2, value 2: 'x' is not a number"),
        ("1/0", "row 1, value 1: '1/0' divides by zero"),
        ("1,,2", "row 1, value 2: an empty value"),
        ("", "a matrix needs at least one number"),
        (";;", "a matrix needs at least one number"),
        (
            "1 2 3 4; 5 6 7 8 9",
            "the rows of a matrix need one length: row 1 has 4 values, row 2 has 5 values",
        ),
        ("1_000", "row 1, value 1: '1_000' is not a number"),
        ("0x10", "row 1, value 1: '0x10' is not a number"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, message: str) -> None:
    with pytest.raises(BadData, match=f"^{re.escape(message)}$"):
        parse(text)


def test_a_whole_number_too_large_for_64_bits_becomes_a_float() -> None:
    assert number(str(2**63)) == 2.0**63
    assert parse(str(2**62)).data.dtype == np.int64


@pytest.mark.parametrize("word", ["photo.png", "3d.png", "diag", "", "e5", "+", "-", "j.png", "nan.csv"])
def test_names_are_no_literals(word: str) -> None:
    assert not looks_like(word)


@given(st.floats() | st.integers() | st.complex_numbers())
def test_every_number_that_python_writes_is_read(value: complex) -> None:
    text = repr(value).strip("()")
    assert is_number(text)
    expected = float(value) if isinstance(value, int) and not -(2**63) <= value < 2**63 else value
    assert number(text) == expected or value != value
