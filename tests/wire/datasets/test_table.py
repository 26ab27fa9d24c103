"""A CSV with a column of labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.wire.datasets.words import is_data


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("name", ["label", "class", "Label"])
def test_a_column_of_words_is_classes(mark: str, name: str, data: Any) -> None:
    lines = [["length", name, "width"], ["1.5", "setosa", "2"], ["3", "virginica", "4"], ["5", "setosa", "6"]]
    Path("iris.csv").write_text("\n".join(map(mark.join, lines)) + "\n")
    assert is_data("iris.csv")
    found = data("iris.csv")
    assert (found.shape, found.dtype, found.classes) == ((2,), np.float32, ("setosa", "virginica"))
    assert found.labels.tolist() == [0, 1, 0]
    assert found.take(np.array([2, 0])).tolist() == [[5, 6], [1.5, 2]]


def test_names_in_quotation_marks_may_have_commas(data: Any) -> None:
    Path("t.csv").write_text('x,label\n1,"cat, old"\n2,"dog"\n')
    assert data("t.csv").classes == ("cat, old", "dog")


def test_whole_numbers_are_class_numbers_and_fractions_values(data: Any) -> None:
    Path("t.csv").write_text("y,a\n2,1\n0,2\n")
    assert not is_data("t.csv")  # a column y is in many tables
    assert (data("t.csv").labels.tolist(), data("t.csv").classes) == ([2, 0], ("0", "1", "2"))
    Path("t.csv").write_text("y,a\n2.5,1\n0,2\n")
    assert (data("t.csv").labels.tolist(), data("t.csv").classes) == ([2.5, 0], ())


@pytest.mark.parametrize(
    "heads", [[f"pixel{i}" for i in range(9)], [f"{i}x{j}" for i in "123" for j in "123"]]
)
def test_columns_of_pixels_are_pictures(heads: list[str], data: Any, said: list[str]) -> None:
    lines = [["label", *heads], ["7", *map(str, range(9))], ["1", *["255"] * 9]]
    Path("mnist.csv").write_text("\n".join(map(",".join, lines)))
    found = data("mnist.csv")
    assert (found.shape, found.dtype) == ((3, 3, 1), np.uint8)
    assert found.take(np.array([0]))[0, ..., 0].tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    first, second, last = heads[0], heads[1], heads[-1]
    assert said == [
        f"mnist.csv: the 9 columns {first}, {second}, …, {last} were read as pictures of 3 x 3 pixels"
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "a,b\n1,2\n",
            "t.csv: no column of labels; its first line has to name one of its columns label, class or y; "
            "received a, b; without labels it is a series, for dlcli train forecast",
        ),
        ("a,label\n1,x\nzwei,y\n", "t.csv: line 3, column a: 'zwei' is not a finite number; leave out the line or "
         "the column, or put a number there"),
        ("a,label\n1,x\n,y\n", "t.csv: line 3, column a: '' is not a finite number; leave out the line or "
         "the column, or put a number there"),
        ("a,label\n1,x\n2\n", "t.csv: line 3 has 1 value; there are 2 headings"),
        ("a,label\n", "t.csv: a table without a line below its headings"),
        ("label\nx\n", "t.csv: no column but label: there is nothing to tell its labels by"),
        ("a,label\n1,0\n\n1,\n", "t.csv, column label: no label in line 4"),
        ("label,a\n1,2\n-1,2\n", "t.csv, column label: labels out of range: -1 in line 3; class numbers count "
         "from 0, up to 999 for 2 inputs: number the classes 0, 1, 2, …, or save values to be fitted as floats"),
    ],
    ids=["column", "word", "empty", "short", "lines", "alone", "label", "negative"],
)  # fmt: skip
def test_what_is_wrong_is_told(text: str, told: str, refused: Any) -> None:
    Path("t.csv").write_text(text)
    assert refused("t.csv") == told
