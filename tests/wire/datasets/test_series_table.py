"""Series in tables: what is taken for the times, what for the numbers, and what is refused with its line."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.errors import BadData
from dlcli.tensor import Axis, Tensor
from dlcli.wire.datasets.read import open_data, series_in
from dlcli.wire.datasets.series_table import as_series
from dlcli.wire.stream import Limits

YEARS = [1949, 1949 + 1 / 12, 1949 + 2 / 12]


def read(tmp_path: Path, text: str, name: str = "s.csv") -> tuple[Tensor, list[str]]:
    said: list[str] = []
    (tmp_path / name).write_text(text)
    found = series_in(str(tmp_path / name), limits=Limits(), say=said.append)
    assert found is not None
    return found, [line.replace(str(tmp_path / name), name) for line in said]


@pytest.mark.parametrize(
    ("text", "times", "names", "numbers", "said"),
    [
        ("4\n5\n6\n", None, None, [4, 5, 6], "each of 3 lines is a step"),
        ("4,5,6\n", None, None, [4, 5, 6], "each of 3 numbers is a step"),
        ("x\n4\n5\n6\n", None, ("x",), [4, 5, 6], "each of 3 lines is a step; the series is x"),
        ("month,x\n1949-01,4\n1949-02,5\n1949-03,6\n", ("year", YEARS), ("x",), [4, 5, 6],
         "column month holds the times, 3 steps of 1 month from 1949-01; the series is x"),
        ("when,x\n2023-12-31,4\n2024-01-31,5\n2024-02-29,6\n", ("year", [2023 + 11 / 12, 2024, 2024 + 1 / 12]),
         ("x",), [4, 5, 6], "column when holds the times, 3 steps of 1 month from 2023-12-31; the series is x"),
        ("date,x\n2024-02-28,4\n2024-02-29,5\n2024-03-01,6\n", ("date", [0, 1, 2]), ("x",), [4, 5, 6],
         "column date holds the times, 3 steps of 1 day from 2024-02-28; the series is x"),
        ("t,x\n2024-03-01 23:00,4\n2024-03-02 01:00,5\n2024-03-02 03:00,6\n", ("t", [0, 2, 4]), ("x",), [4, 5, 6],
         "column t holds the times, 3 steps of 2 hours from 2024-03-01 23:00; the series is x"),
        ("date,x\n2024-05,4\n", ("date", [0]), ("x",), [4], "3"),
        ("x,year\n4,1700\n5,1702\n6,1704\n", ("year", [1700, 1702, 1704]), ("x",), [4, 5, 6],
         "column year holds the times, 3 steps of 2 from 1700; the series is x"),
        ("x,u\n4,1\n7,2\n6,4\n", None, ("x", "u"), [[4, 1], [7, 2], [6, 4]],
         "each of 3 lines is a step, none of its columns the time; the series are x, u"),
        ("1,4\n2,5\n3,6\n", ("time", [1, 2, 3]), None, [4, 5, 6],
         "the first column holds the times, 3 steps of 1 from 1; the series is its other column"),
        ("year\\feature,x\n1700.0,4\n1701.0,5\n1702.0,6\n", ("year", [1700, 1701, 1702]), ("x",), [4, 5, 6],
         "column year holds the times, 3 steps of 1 from 1700.0; the series is x"),
        ("ds,y,label\n2024-05-01,4,1\n2024-05-02,5,2\n2024-05-03,6,4\n", ("ds", [0, 1, 2]), ("y", "label"),
         [[4, 1], [5, 2], [6, 4]], "column ds holds the times, 3 steps of 1 day from 2024-05-01; the series are y, label"),
        ("\ufeffdatum;x\n2024-05-01;4,25\n2024-05-02;5,5\n2024-05-03;6\n", ("datum", [0, 1, 2]), ("x",),
         [4.25, 5.5, 6], "column datum holds the times, 3 steps of 1 day from 2024-05-01; the series is x"),
        ("decimal,x\n1749.042,4\n1749.123,5\n1749.204,6\n1749.288,7\n", ("decimal", [1749.042, 1749.124, 1749.206]),
         ("x",), [4, 5, 6, 7], "column decimal holds the times, 4 steps of 0.082 from 1749.042; the series is x"),
    ],
    ids=["one", "beside", "headed", "months", "month-ends", "days", "hours", "alone", "later", "no-times", "bare", "ours", "labels",
         "german", "rounded"],
)  # fmt: skip
def test_what_is_taken_is_said(
    text: str, times: Any, names: Any, numbers: list[Any], said: str, tmp_path: Path
) -> None:
    found, told = read(tmp_path, text)
    time, feature = found.axes
    np.testing.assert_array_equal(found.data, np.array(numbers, float).reshape(len(found.data), -1))
    assert feature == Axis("feature", names)
    if times is None:
        assert time == Axis("time")
    else:
        assert time.name == times[0]
        np.testing.assert_allclose([time.value(i) for i in range(len(times[1]))], times[1], rtol=1e-12)
    if len(numbers) > 1:
        assert told[-1] == f"dlcli: s.csv: {said}"


MONTHS = "month,x\n1949-01,1\n1949-02,2\n1949-03,3\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (MONTHS + "1949-05,4\n", "line 5, column month: from 1949-03 to 1949-05 the step is 2 months, most are 1 month: "
         "fill the gap; without this column each line is a step"),
        (MONTHS + "1949-03,4\n1949-04,5\n", "line 5, column month: 1949-03 stands there twice; without this column each line is a step"),
        ("month,x\n1949-01,1\n1949-03,2\n1949-02,3\n1949-04,4\n",
         "line 4, column month: 1949-02 comes behind 1949-03: sort the lines by time"),
        ("date,x\n2024-01-01,1\n2024-01-02,2\n2024-01-03,3\n2024-01-05,4\n",
         "line 5, column date: from 2024-01-03 to 2024-01-05 the step is 2 days, most are 1 day: fill the gap"),
        ("# by hand\n\n" + MONTHS + "1949-04,\n", "line 7, column x: the cell is empty; a series has a number at each"),
        (MONTHS + "1949-04,nan\n", "line 5, column x: 'nan' is no finite number"),
        (MONTHS + "1949-04,warm\n", "line 5, column x: 'warm' is no finite number; a series has a number at each step: "
         "leave the column out, or put one there"),
        (MONTHS + "April,4\n", "line 5, column month: 'April' is no time; '1949-01' is one"),
        (MONTHS + "1949-04,4,5\n", "line 5 has 3 values; there are 2 headings"),
        ("year,month,x\n1949,1,1\n1949,2,2\n", "line 3, column year: 1949 stands there twice"),
        ("x,when\n1,2024-01-01\n3,2024-01-02\n", "line 2, column when: '2024-01-01' is no finite number; a column of "
         "times comes first, or is called time, date or so"),
        ("x\n1\n\n3\n", "line 3 is empty; a series has a number at each step"),
        ("date\n2024-01-01\n2024-01-02\n", "no column but that of the times: there is nothing to foretell"),
        ("warm,cold,warm\n1,2,3\n4,5,6\n", "two columns are called warm, and a series has a name for each"),
        ("month,x\n", "no line below its headings; a series has one for each step"),
        ("\n", "there is nothing in it; a series is a table with a line for each step"),
    ],
    ids=["gap", "twice", "unsorted", "day", "empty", "nan", "word", "date", "width", "year-month", "date-later",
         "blank", "times", "two-names", "headings", "nothing"],
)  # fmt: skip
def test_what_is_no_series_is_refused_with_its_line(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(BadData) as refused:
        read(tmp_path, text)
    assert str(refused.value).removeprefix(f"{tmp_path / 's.csv'}: ").startswith(told)


def test_a_tensor_is_a_series_as_its_table_is(tmp_path: Path) -> None:
    said: list[str] = []
    months = Tensor(
        np.array([[4.0], [5], [6]]),
        (Axis("month", ("1949-01", "1949-02", "1949-03")), Axis("column", ("x",))),
    )
    found = as_series(months, "-", said.append)
    assert found.axes == (Axis("year", start=1949, step=1 / 12), Axis("feature", ("x",)))
    assert said == [
        "standard input: the names of the rows are the times, 3 steps of 1 month from 1949-01; the series is x"
    ]
    (row,) = as_series(Tensor([[4, 5, 6]]), "x", said.append).data.T.tolist()
    assert row == [4, 5, 6]
    known = Tensor(np.zeros(5), (Axis("time"),))
    assert as_series(known, "x", said.append) is known
    assert len(said) == 1
    with pytest.raises(BadData, match=r"x: row 1: 'b' is no time"):
        as_series(Tensor([1, 2], (Axis("row", ("2024-01", "b")),)), "x", said.append)
    with pytest.raises(BadData, match=r"is no series: a series is \(time, feature\), or \(time\)"):
        as_series(Tensor(np.zeros((2, 3, 4))), "x", said.append)


def test_arrays_and_texts_of_numbers_are_series(tmp_path: Path) -> None:
    numbers = np.arange(12.0) ** 2
    np.save(tmp_path / "one.npy", numbers)
    np.save(tmp_path / "two.npy", np.stack([numbers, -numbers], axis=1))
    np.savetxt(tmp_path / "one.txt", numbers)
    for name, features in (("one.npy", 1), ("two.npy", 2), ("one.txt", 1)):
        data = open_data(str(tmp_path / name), limits=Limits(), series=True)
        assert data.series is not None
        assert data.series.shape == (12, features)
        np.testing.assert_array_equal(data.series[:, 0], numbers)
    (tmp_path / "prose.txt").write_text("It was a truth universally acknowledged. " * 9)
    assert open_data(str(tmp_path / "prose.txt"), limits=Limits(), series=True).vocabulary
