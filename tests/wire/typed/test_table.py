"""Tables: every way in which people write them, names of rows and columns, and there and back."""

from __future__ import annotations

import contextlib
import io
import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcli.errors import BadData, DlcliError
from dlcli.tensor import Axis, Tensor, named, names_of
from dlcli.wire.read import read_tensors
from dlcli.wire.stream import Limits, Source
from dlcli.wire.typed.table_write import write_table


def written(tensor: Tensor, delimiter: str = ",") -> str:
    stream = io.BytesIO()
    write_table(tensor, stream, delimiter=delimiter)
    return stream.getvalue().decode()


@pytest.mark.parametrize(
    "text",
    [
        "1,2,3\n4,5,6\n",
        "1,2,3\r\n4,5,6",
        "1\t2\t3\n4\t5\t6\n",
        "1 2 3\n4   5 6\n",
        "  1 2 3\n\n  4 5 6\n\n",
        "1;2;3\n4;5;6\n",
        "1 2 3; 4 5 6",
        "1 2 3;\n4 5 6;\n",
        "1, 2, 3\n4, 5, 6\n",
        '"1","2","3"\n"4","5","6"\n',
        "\ufeff1,2,3\n4,5,6\n",
        "2/2,2,3\n4,5,12/2",
        "1 2 3\n4 5 12/2",
        "# of numpy.savetxt: x y z\n1 2 3\n4 5 6\n",
        "sep=;\n1;2;3\n4;5;6\n",
        "sep=,\r\n1,2,3\r\n4,5,6\r\n",
    ],
)
def test_every_way_of_writing_a_table(text: str, read: Any) -> None:
    (tensor,) = read(text.encode())
    assert tensor.data.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert tensor.axis_names == ("row", "column")


def test_utf_16_as_spreadsheets_write_it(read: Any) -> None:
    (tensor,) = read("größe\tb\n3\t4\n".encode("utf-16"))
    assert tensor.axes[1].labels == ("größe", "b")


@pytest.mark.parametrize(
    ("text", "rows", "columns", "first"),
    [
        ("a,b\n1,2\n", None, ("a", "b"), "row"),
        ("apples,3,1\npears,4,2\nplums,5,3\n", ("apples", "pears", "plums"), None, "row"),
        ('x,"1"\n2,3\n', None, ("x", "1"), "row"),
        ("C:\\a,3,1\nC:\\b,4,2\n", ("C:\\a", "C:\\b"), None, "row"),
        ('"x" "y"\n"a b" 1 2\n"c" 3 4\n', ("a b", "c"), ("x", "y"), "row"),  # write.table of R
        ("#cat,5,1\n#dog,6,2\n", ("#cat", "#dog"), None, "row"),
        ("#by hand\na,b\n1,2\n#more\n", None, ("a", "b"), "row"),
        (",1,2\nx,3,4\n", ("x",), ("1", "2"), "row"),
        ('year,"2019","2020"\na,3,4\n', ("a",), ("2019", "2020"), "year"),
        ('"2019",3,1\n"2020",4,2\n', ("2019", "2020"), None, "row"),
        ("# time, size\n#\na,b\n1,2\n", None, ("a", "b"), "row"),
        ("sep=;\na;b\n1;2\n", None, ("a", "b"), "row"),
        (",a,b\nx,1,2\ny,3,4\n", ("x", "y"), ("a", "b"), "row"),
        ("state,a,b\nx,1,2\ny,3,4\n", ("x", "y"), ("a", "b"), "state"),
        ("column,a,b\nx,1,2\ny,3,4\n", ("x", "y"), ("a", "b"), "row"),
        ('"a, b",c\n1,2\n', None, ("a, b", "c"), "row"),
        ("V,I\n1,2\n3,4\n", None, ("V", "I"), "row"),
        ("i,j\n0,1\n1,2\n", None, ("i", "j"), "row"),
        ("i j\n0 1\n1 2\n", None, ("i", "j"), "row"),
        ("i,j,value\n0,0,1\n0,1,2\n", None, ("i", "j", "value"), "row"),
        ("I,II,III\n1,2,3\n4,5,7\n", None, ("I", "II", "III"), "row"),
        ('V,I\n"1","2"\n', None, ("V", "I"), "row"),
        ("x,i\n2+3j,4\n", None, ("x", "i"), "row"),
        ("x,nan\n1,2\n", None, ("x", "nan"), "row"),
        ("I,NaN\n1,2\n", None, ("I", "NaN"), "row"),
        ("q,inf,k\na,1,2\n", ("a",), ("inf", "k"), "q"),
        (",V,I\n0,1,2\n1,3,4\n", None, ("V", "I"), "row"),
        ("quarter,a,b\nI,3,1\nII,4,1\n", ("I", "II"), ("a", "b"), "quarter"),
        ("A,3,1\nI,4,2\n", ("A", "I"), None, "row"),
        ("I,3,1\nJ,4,2\n", ("I", "J"), None, "row"),
        ("a\\b,i,j\n0,1,2\n1,3,4\n", None, ("i", "j"), "a"),
    ],
)
def test_names_become_labels(
    text: str, rows: tuple[str, ...] | None, columns: tuple[str, ...] | None, first: str, read: Any
) -> None:
    (tensor,) = read(text.encode())
    assert (tensor.axes[0].labels, tensor.axes[1].labels, tensor.axes[0].name) == (rows, columns, first)


IMAGINARY = "was read as the imaginary unit; names that are numbers stand in quotation marks"


@pytest.mark.parametrize(
    ("text", "values", "said"),
    [
        ("1,i\n2,3\n", [[1, 1j], [2, 3]], f"'i' {IMAGINARY}"),
        ("J,1\n", [[1j, 1]], f"'J' {IMAGINARY}"),
        ("i\nj\n", [1j, 1j], f"'i' {IMAGINARY}"),
        ("i,1\n2+3j,4\n", [[1j, 1], [2 + 3j, 4]], None),
        ("j,i\n2j,4\n", [[1j, 1j], [2j, 4]], None),
        ("a,inf,inf\nb,nan,1\n", [[math.inf, math.inf], [math.nan, 1]], None),
        ("a,i\nb,2j\n", [1j, 2j], None),
        ("nan,inf\n1,2\n", [[math.nan, math.inf], [1, 2]], None),
    ],
)
def test_numbers_that_are_words(text: str, values: Any, said: str | None) -> None:
    heard: list[str] = []
    (tensor,) = read_tensors(Source(io.BytesIO(text.encode()), "input", heard.append), limits=Limits())
    np.testing.assert_array_equal(tensor.data, values)
    assert heard == ([] if said is None else [f"dlcli: input: {said}"])


@pytest.mark.parametrize(
    "text",
    [
        " (1.000e+00+2.000e+00j)  (0.000e+00-1.000e+00j)\n (3.000e+00+0.000e+00j)  (nan+0.000e+00j)\n",
        "a,b\n(1+2j),-1j\n(3+0j),(nan+0j)\n",  # of pandas, but for the second
        ",a,b\n0,(1+2j),(0-1j)\n1,(3+0j),(nan+0j)\n",
    ],
)
def test_complex_numbers_in_parentheses(text: str, read: Any) -> None:
    (tensor,) = read(text.encode())
    np.testing.assert_array_equal(tensor.data, [[1 + 2j, -1j], [3, complex(math.nan, 0)]])


@pytest.mark.parametrize("text", ["(i),1,2\n(ii),3,4\n", '"(2j)",1,2\nb,3,4\n'])
def test_names_in_parentheses(text: str, read: Any) -> None:
    (tensor,) = read(text.encode())
    assert tensor.data.tolist() == [[1, 2], [3, 4]]
    with pytest.raises(BadData, match=r"'\(5\)' is not a number"):  # bookkeepers mean -5
        read(b"1,(5)\n2,3\n")


@pytest.mark.parametrize("text", ["i", "i 1", "1 j", "i\n1\n2"])
def test_a_typed_i_is_the_unit(text: str, cli: Any) -> None:
    ended = cli("show", text, "-f", "csv")
    assert (ended.code, "0.0+1.0j" in ended.out, ended.err) == (0, True, "")


@pytest.mark.parametrize(
    "name",
    [
        "01.02.2024",
        "1.2.24",
        "31.12.",
        "2024-01-01",
        "01/02/2024",
        "2024/1/2",
        "12:30",
        "12:30:15",
        "1.2.3",
        "2.13.0.1",
        "192.168.0.1",
        "01.02.2024 12:30",
    ],
)
def test_dates_times_and_versions_are_names(name: str, read: Any) -> None:
    for text in (f"Datum;Temp\n{name};3,5\nx;4,5\n", f"{name};3,5\nx;4,5\n"):
        (tensor,) = read(text.encode())
        assert (tensor.data.tolist(), tensor.axes[0].labels) == ([3.5, 4.5], (name, "x"))
    (tensor,) = read(f"{name};b\n1;2\n3;4\n".encode())
    assert tensor.axes[1].labels == (name, "b")
    for data in (f"n;Datum\n1;{name}\n2;{name}\n", f"1;{name}\n2;{name}\n"):
        with pytest.raises(BadData, match="is not a number; leave the column out"):
            read(data.encode())


@pytest.mark.parametrize("word", ["1.234.567", "-1.234.567", "1.234.567,5"])
def test_points_between_thousands_make_no_date(word: str, read: Any) -> None:
    (tensor,) = read(f"{word};2\n3;4\n".encode())
    assert tensor.data[0, 0] == float(word.replace(".", "").replace(",", "."))
    with pytest.raises(BadData, match="a number has digits and one mark"):
        read(b"1.234.56;2\n3;4\n")


def test_types(read: Any) -> None:
    assert read(b"1 2\n3 4")[0].data.dtype == np.int64
    assert read(b"1 2\n3 4.0")[0].data.dtype == np.float64
    assert read(b"1 2\n3 4j")[0].data.dtype == np.complex128
    assert math.isnan(read(b"1 nan")[0].data[0, 1])
    assert read(b"1 99999999999999999999")[0].data.dtype == np.float64


BAD = {
    "ragged": (b"1,2\n3\n", "line 2 has 1 value; the others have 2"),
    "ragged by blanks": (b"1 2\n\n3 4 5\n", "line 3 has 3 values; the others have 2"),
    "more than headings": (b"   a  b\n0  1  2\n1  3  4\n", "line 2 has 3 values; there are 2 headings"),
    "less than headings": (b"a,b\n1\n2,3\n", "line 2 has 1 value; there are 2 headings"),
    "one heading": (b"a\n1 2\n", "line 2 has 2 values; there is 1 heading"),
    "names and less than headings": (b"q,a,b\nx,1\ny,2\n", "line 2 has 2 values; there are 3 headings"),
    "ragged below headings": (b"a,b\n1,2\n3\n", "line 3 has 1 value; there are 2 headings"),
    "ragged below headings of R": (b"a b\nx 1 2\ny 3\n", "line 3 has 2 values; the others have 3"),
    "ragged below a corner": (b"q,a,b\nx,1,2\ny,1\n", "line 3 has 2 values; there are 3 headings"),
    "ragged behind a count": (b",a,b\n0,5,6\n1,7\n", "line 3 has 2 values; there are 3 headings"),
    "a word": (b"1,2\n3,cat\n", "line 2, number 2: 'cat' is not a number"),
    "empty cell": (b"1,2\n3,\n", "line 2, number 2: an empty cell is not a number"),
    "empty cell in the first line": (
        b"1,,2\n3,4,5\n",
        "line 1, number 2: an empty cell is not a number; write nan",
    ),
    "empty cell of two semicolons": (b"1,5;;2,5\n3;4;5\n", "line 1, number 2: an empty cell is not a number"),
    "empty cell between tabs": (b"1\t\t2\n3\t4\t5\n", "line 1, number 2: an empty cell is not a number"),
    "empty cell in front": (b"1,2\n,4\n", "line 2, number 1: an empty cell is not a number"),
    "NA": (b"1,NA,2\n3,4,5\n", "line 1, number 2: 'NA' is not a number; write nan where one is missing"),
    "?": (b"1,?,2\n3,4,5\n", "line 1, number 2: '?' is not a number; write nan where one is missing"),
    "-": (b"1,-,2\n3,4,5\n", "line 1, number 2: '-' is not a number; write nan where one is missing"),
    "NA alone": (b"NA\n1\n2\n", "line 1, number 1: 'NA' is not a number"),
    "euro": (
        "€5;2\n3;4\n".encode(),
        "line 1, number 1: '€5' is not a number; a number has digits and one mark",
    ),
    "currency behind": ("12,5 €;3\n13,5 €;4\n".encode(), "line 1, number 1: '12,5 €' is not a number"),
    "hexadecimal": (b"0x10,2\n3,4\n", "line 1, number 1: '0x10' is not a number"),
    "underscore": (b"1_000,2\n3,4\n", "line 1, number 1: '1_000' is not a number"),
    "underscore in a column": (b"1_000\n2\n", "line 1, number 1: '1_000' is not a number"),
    "a note behind numbers": (b"1,2 # a\n3,4\n", "line 1, number 2: '2 # a' is not a number"),
    "numbers in a note": (
        b"#1 2\n3 4\n",
        "line 1, number 1: '#1' is not a number; a line that begins with '# '",
    ),
    "a number above": (
        b"x,1\n2,3\n",
        "line 1, number 1: 'x' is not a number; names that are numbers stand in",
    ),
    "a sum": (
        b"1,2\n3,4\nsum,6\n",
        "line 3, number 1: 'sum' is not a number; names that are numbers stand in",
    ),
    "a row of words": (b"1,2,3\na,b,c\n4,5,6\n", "line 2, number 1: 'a' is not a number"),
    "a word behind a name": (b"a,1,2\nb,x,3\n", "line 2, number 2: 'x' is not a number"),
    "a blank between thousands": (
        b"1 234,5;2\n1;3\n",
        "the rows of a matrix need one length: row 1 has 3 values, row 2 has 1 value; if its commas are decimal",
    ),
    "too large": (b"1e400,1\n", "line 1, number 1: '1e400' is too large: the largest number is 1.8e308"),
    "names alone": (b"1,a\n", "line 1, number 2: 'a' is not a number"),
    "blank": (b"\n  \n", "a table without a line"),
    "open quote": (b'a,b\n"1,2\n', "line 2: "),
    "ragged literal": (
        b"1 2; 3",
        "the rows of a matrix need one length: row 1 has 2 values, row 2 has 1 value",
    ),
    "latin 1": (
        "größe,2\n".encode("latin1"),
        "not a format that dlcli reads, and not UTF-8 text; older text: iconv -f",
    ),
    "a world": (
        b'# a drawing\nname = "maze"\ngrid = """\nS.\n.G\n"""\n[legend]\nG = 1\n',
        "TOML, which describes a world or a model; numbers are wanted here",
    ),
    "prose": (
        b"The quick brown fox\njumps over\n",
        "a text without a number; a table has numbers, one line for each row",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_table_is_refused_with_its_place(case: str, read: Any) -> None:
    data, message = BAD[case]
    with pytest.raises(BadData, match="^" + re.escape(f"input: {message}")):
        read(data)


def test_a_matrix_with_names_comes_back_with_them(read: Any) -> None:
    tensor = Tensor(
        np.float32([[0.1, 2], [3, 1e-20]]), (Axis("state", ("a", "b, c")), Axis("column", ("x", 'y"z')))
    )
    for delimiter in (",", "\t"):
        (back,) = read(written(tensor, delimiter).encode())
        assert back.axes == tensor.axes
        np.testing.assert_array_equal(back.data.astype(np.float32), tensor.data)


@pytest.mark.parametrize(
    ("text", "name", "labels"),
    [
        ("3\n4\n5\n", "table", None),
        ("1.5\n1/2\n", "table", None),
        ("x\n3\n4\n", "x", None),
        ("apples,3\npears,4\n", "table", ("apples", "pears")),
        ('"2019",3\n"2020",4\n', "table", ("2019", "2020")),
        ("fruit,kg\napples,3\npears,4\n", "kg", ("apples", "pears")),
    ],
)
def test_one_number_a_line_is_a_vector(
    text: str, name: str, labels: tuple[str, ...] | None, read: Any
) -> None:
    (tensor,) = read(text.encode())
    assert (tensor.data.ndim, tensor.name, tensor.axes[0].labels) == (1, name, labels)


TABLES = {
    "1\n2\n": Tensor([1, 2]),
    '"value"\n3\n': Tensor(3),
    'index,"value"\n0,3\n': Tensor([3]),
    'token,"value"\na,1.5\nb,0.0\n': Tensor([1.5, 0], (Axis("token", ("a", "b")),)),
    'episode,"value"\n0,5\n1,6\n': Tensor([5, 6], (Axis("episode"),)),
    'time (s),"value"\n0.25,5\n0.5,6\n': Tensor([5, 6], (Axis("time", start=0.25, step=0.25, unit="s"),)),
    "row\\column,0\n0,5\n1,6\n": Tensor([[5], [6]]),
    "query\\key,a,b\nx,1,2\n": Tensor([[1, 2]], (Axis("query", ("x",)), Axis("key", ("a", "b")))),
    't,"i",c,"value"\n0.0,0,r,0\n0.0,0,g,1\n0.5,0,r,2\n0.5,0,g,3\n': Tensor(
        np.arange(4).reshape(2, 1, 2), (Axis("t", start=0, step=0.5), Axis("i"), Axis("c", ("r", "g")))
    ),
    'h,q,k,"value"\n0,a,a,0\n0,a,a,1\n\n0,a,a,2\n0,a,a,3\n\n\n\n1,a,a,4\n1,a,a,5\n\n1,a,a,6\n1,a,a,7\n': Tensor(
        np.arange(8).reshape(2, 2, 2), (Axis("h"), Axis("q", ("a", "a")), Axis("k", ("a", "a")))
    ),
    '"a,b","#",\'c\\d\',"value"\n0,0,0,5\n'.replace("'", '"'): Tensor(
        [[[5]]], (Axis("a,b"), Axis("#"), Axis("c\\d"))
    ),
    '"a\\b",c,"value"\n0,0,5\n0,1,6\n': Tensor([[5, 6]], (Axis("a\\b"), Axis("c"))),
}


@pytest.mark.parametrize("text", TABLES)
def test_the_form_of_a_tensor_and_that_it_comes_back(text: str, read: Any) -> None:
    made = TABLES[text]
    assert written(made) == text
    (back,) = read(text.encode())
    assert (back.data.tolist(), back.axes) == (made.data.tolist(), made.axes)


@pytest.mark.parametrize(
    "text",
    [
        "x,value\n3,1\n5,2\n7,3\n",
        "x,y,value\n0,0,1\n0,1,2\n1,0,3\n",
        "reward,value\n1,10\n2,20\n3,30\n",
        '"x","value"\n1,10\n2,20\n3,30\n',  # write.csv of R, which quotes all headings
        'x,"value"\n3,1\n5,2\n6,3\n',  # no even steps
        'x,y,"value"\n0,0,1\n0,1,2\n1,0,3\n',  # no whole grid
        'x,x,"value"\n0,0,1\n0,1,2\n0,2,3\n',
        '"value"\n1\n2\n3\n',
        '"","value"\n5,1\n6,2\n8,3\n',
    ],
)
def test_a_column_called_value_of_what_is_no_grid_is_one_of_many(text: str, read: Any) -> None:
    (tensor,) = read(text.encode())
    heads = tuple(text.splitlines()[0].replace('"', "").split(","))
    if len(heads) > 1:
        assert (tensor.shape, tensor.axes[1].labels) == ((3, len(heads)), heads)
    else:
        assert (tensor.shape, tensor.name) == ((3,), "value")


def test_a_column_called_value_keeps_times_and_names(read: Any) -> None:
    (sound,) = read(b"time,value\n0,5\n0.5,6\n1,7\n")
    assert sound.axes == (Axis("time", start=0, step=0.5, unit="s"),)
    (fruit,) = read(b"fruit,value\napple,5\npear,6\n")
    assert (fruit.data.tolist(), fruit.axes) == ([5, 6], (Axis("fruit", ("apple", "pear")),))


_LABEL = st.text('ab,"#\\ ;1.', max_size=2) | st.sampled_from(
    ["", "no", "0", "a\nb", "a\n\n\nb", "NA", "0,5", "1,250", "i", "nan"]
)
_NAME = st.text('ab,"#\\;1|.', min_size=1, max_size=2) | st.sampled_from(["time", "value", "state", "row"])


@st.composite
def tensors(draw: st.DrawFn) -> Tensor:
    """Tensors of every rank whose axes have odd names and few, often equal, labels."""
    shape = draw(st.lists(st.integers(1, 3), min_size=0, max_size=4))
    names = draw(st.lists(_NAME, min_size=len(shape), max_size=len(shape), unique=True))
    axes = []
    for name, length in zip(names, shape, strict=True):
        few = st.sampled_from(draw(st.lists(_LABEL, min_size=1, max_size=2)))
        labels = draw(st.none() | st.lists(few, min_size=length, max_size=length).map(tuple))
        axes.append(Axis(name, labels))
    return Tensor(np.arange(math.prod(shape)).reshape(shape), tuple(axes), "table")


@given(st.lists(tensors(), min_size=1, max_size=3), st.sampled_from([",", "\t"]))
def test_whatever_the_names_are_tensors_come_back(made: list[Tensor], delimiter: str) -> None:
    text = "\n\n".join(written(tensor, delimiter) for tensor in made)
    back = list(read_tensors(Source(io.BytesIO(text.encode()), "input"), limits=Limits()))
    assert [(one.data.tolist(), one.axes) for one in back] == [(one.data.tolist(), one.axes) for one in made]


def test_a_first_column_of_times_is_the_axis_of_the_others(read: Any) -> None:
    (series,) = read(b"t,x\n0,5\n0.5,6\n1,7\n")
    assert (series.name, series.data.tolist()) == ("x", [5, 6, 7])
    assert series.axes == (Axis("time", start=0, step=0.5, unit="s"),)
    (sound,) = read(b"Time (ms);left;right\n0;1;2\n1;3;4\n")
    assert sound.data.tolist() == [[1, 2], [3, 4]]
    assert sound.axes == (Axis("time", start=0, step=1, unit="ms"), Axis("column", ("left", "right")))
    said: list[str] = []
    (plain,) = read_tensors(
        Source(io.BytesIO(b"t,x\n0,5\n1,6\n3,7\n"), "input", said.append), limits=Limits()
    )
    assert plain.axes[1].labels == ("t", "x")
    assert said == ["dlcli: input: the steps of column t are not even: it is read as numbers like the others"]


@pytest.mark.parametrize(
    ("text", "values", "said"),
    [
        ("1,5;2,5\n3,5;4,5\n", [[1.5, 2.5], [3.5, 4.5]], None),
        ("1,5;2,5;\n3,5;4,5;\n", [[1.5, 2.5], [3.5, 4.5]], None),
        ("a;b;;\r\n1,5;2;;\r\n;;;\r\n", [[1.5, 2]], None),
        ("1,2,\n3,4,\n", [[1, 2], [3, 4]], None),
        ("−1,5;−2\n3;4\n", [[-1.5, -2], [3, 4]], None),
        ("½;1¾\n1;-½\n", [[0.5, 1.75], [1, -0.5]], None),
        ("1'234.5;2\n2’000.5;3\n", [[1234.5, 2], [2000.5, 3]], None),
        ('"1,5","2,5"\n"3,5","4,5"\n', [[1.5, 2.5], [3.5, 4.5]], None),
        ('a,b\n"1,5","2,5"\n"3,5","4,5"\n', [[1.5, 2.5], [3.5, 4.5]], None),
        ('"sep=;"\n1;2\n3;4\n', [[1, 2], [3, 4]], None),
        ("SEP=|\n1|2\n3|4\n", [[1, 2], [3, 4]], None),
        ("#c\n1 2\n#c\n3 4\n", [[1, 2], [3, 4]], None),
        ("1\u202f000 2\n6\u202f000 3\n", [[1000, 2], [6000, 3]], None),
        ("23\u00a0255\u00a040\n1 2 3\n", [[23, 255, 40], [1, 2, 3]], None),
        (
            "1\u00a0234,5;2\n1;3\n",
            [[1234.5, 2], [1, 3]],
            "'1 234' with no-break spaces was read as 1234; two numbers: put a plain blank in between",
        ),
        (
            'a,b\n"1,234",2\n3,4\n',
            [[1234, 2], [3, 4]],
            r"""'1,234' was read as 1234; if it is a decimal comma: sed -E 's/"(-?[0-9]+),/"\1./g'""",
        ),
        ("1,5\n2,5\n", [[1, 5], [2, 5]], "',' was read between numbers; decimal commas: tr , ."),
        (
            "1,5;\n2,5;\n",
            [1.5, 2.5],
            "',' was read as the decimal comma; if it stands between numbers: tr , ' '",
        ),
        (
            "1,0 0,1\n",
            [[1, 0.1]],
            "'1,0 0,1' was read as 1.0 0.1; commas between numbers: blanks in their place, ';' after a row",
        ),
        (
            "A 1,5\nB 2,5\n",
            [1.5, 2.5],
            "'A 1,5' was read as 'A' and 1.5, not as 'A 1' and 5; names with blanks: put them in quotation marks",
        ),
        (
            "room 1,5\nroom 2,6\n",
            [5, 6],
            "'room 1,5' was read as 'room 1' and 5, not as 'room' and 1.5; names with blanks: put them in "
            "quotation marks",
        ),
        (
            ",0,1\n0,3,4\n1,5,6\n",  # to_csv of pandas
            [[3, 4], [5, 6]],
            "the first column has no name and counts the rows: it is left out",
        ),
        ("a;b\n1,5;2,5\n", [[1.5, 2.5]], None),
        ('"1.234,5";"2"\n"3";"4,5"\n', [[1234.5, 2], [3, 4.5]], None),
        ("x;1,5;2\ny;3,25;4\n", [[1.5, 2], [3.25, 4]], None),
        ("1.234,5;2\n3,5;-1.234.567,25\n", [[1234.5, 2], [3.5, -1234567.25]], None),
        ("1,5\t2,5\n3,5\t4\n", [[1.5, 2.5], [3.5, 4]], None),
        ("1,5 2,5\n3,5 4,5\n", [[1.5, 2.5], [3.5, 4.5]], None),
        ('a,b\n1,"2,5"\n3,"4,5"\n', [[1, 2.5], [3, 4.5]], None),
        ('a,b\n1,"2,500.5"\n3,"1,000"\n', [[1, 2500.5], [3, 1000]], None),
        (
            "1,500;2\n3;4\n",
            [[1.5, 2], [3, 4]],
            "'1,500' was read as 1.500; if the comma divides thousands: tr -d ,",
        ),
        (
            "1,500\t2\n3\t4\n",
            [[1.5, 2], [3, 4]],
            "'1,500' was read as 1.500; if the comma divides thousands: tr -d ,",
        ),
        (
            "1,500\t2\n3\t4.5\n",
            [[1500, 2], [3, 4.5]],
            "'1,500' was read as 1500; if it is a decimal comma: tr , .",
        ),
        ("0,125\t0,250\n", [[0.125, 0.25]], None),
        ('"0,125","0,250"\n', [[0.125, 0.25]], None),
        ("p\n0,125\n0,250\n", [0.125, 0.25], None),
        (
            "A 0,125\nB 0,250\n",
            [0.125, 0.25],
            "'A 0,125' was read as 'A' and 0.125, not as 'A 0' and 125; names with blanks: put them in "
            "quotation marks",
        ),
        ("x;y\n0.125;1,5\n1.250;2,5\n", [[0.125, 1.5], [1.25, 2.5]], None),
        (
            "x;y\n1.125;1,5\n2.250;2,5\n",
            [[1125, 1.5], [2250, 2.5]],
            "'1.125' was read as 1125; if it has a decimal point: tr , .",
        ),
        ("0.123,1;0.250,2\n0.5,1;0.25,2\n", [[0.123, 1], [0.25, 2], [0.5, 1], [0.25, 2]], None),
        ("1,234.5;5,678.5\n3,456.0;4,567.1\n", [[1234.5, 5678.5], [3456, 4567.1]], None),
        ("1,5;1/2\n2,5;3,5\n", [[1.5, 0.5], [2.5, 3.5]], None),
        ("½;1,5\n2,5;3,5\n", [[0.5, 1.5], [2.5, 3.5]], None),
        (
            "1.500;2.500\n1.250;3.125\n",
            [[1.5, 2.5], [1.25, 3.125]],
            "'1.500' was read as 1.5; if the point divides thousands: tr -d .",
        ),
        (
            "x;y\n1.500;2\n",
            [[1.5, 2]],
            "'1.500' was read as 1.5; if the point divides thousands: tr -d .",
        ),
        ("1.500;2.500\n1.250;0.125\n", [[1.5, 2.5], [1.25, 0.125]], None),
        (
            "1,5;2,5\n",
            [[1, 5], [2, 5]],
            "';' was read as the end of a row and ',' between numbers; decimal commas: tr , .",
        ),
    ],
)
def test_commas_in_numbers(text: str, values: list[list[float]], said: str | None) -> None:
    heard: list[str] = []
    (tensor,) = read_tensors(Source(io.BytesIO(text.encode()), "input", heard.append), limits=Limits())
    assert tensor.data.tolist() == values
    assert heard == ([] if said is None else [f"dlcli: input: {said}"])


@pytest.mark.parametrize(
    ("text", "values", "told"),
    [
        ('x,n\n"0,5",1\n"1,5",2\n', [[0.5, 1], [1.5, 2]], "0,5"),  # to_csv(decimal=",") of pandas
        ('x,n\n"0,5",1\n1,2\n', [[0.5, 1], [1, 2]], None),
        ('"0,5",1\n"1,5",2\n', [[0.5, 1], [1.5, 2]], "0,5"),
        ('"0,5","3,5"\n"1,5",2\n', [[0.5, 3.5], [1.5, 2]], "0,5"),
        ('x,n\n"-1,250.5",1\n"2,000",2\n', [[-1250.5, 1], [2000, 2]], "-1,250.5"),
        ('t,x\n"0,0",1\n"0,5",2\n', [1, 2], "0,0"),
        (',x\n"0,5",1\n"1,5",2\n', [[0.5, 1], [1.5, 2]], "0,5"),
        ('state,n,m\n"0,5",1,2\n"1,5",2,3\n', [[1, 2], [2, 3]], None),
        ('row\\column,n,m\n"0,5",1,2\n"1,5",2,3\n', [[1, 2], [2, 3]], None),
        ('n m\n"0,5" 1 2\n"1,5" 2 3\n', [[1, 2], [2, 3]], None),
        ('n,m\n"0,5",1,2\n"1,5",2,3\n', [[1, 2], [2, 3]], None),  # write.table of R
        ('x,n,m\n"0,5",1,2\nend,2,3\n', [[1, 2], [2, 3]], None),
        ('x,n,m\n"0,5",1,2\n"1",2,3\n', [[1, 2], [2, 3]], None),
    ],
)
def test_decimal_commas_in_the_first_column(text: str, values: Any, told: str | None) -> None:
    heard: list[str] = []
    (tensor,) = read_tensors(Source(io.BytesIO(text.encode()), "input", heard.append), limits=Limits())
    assert tensor.data.tolist() == values
    said = f"dlcli: input: the first column, from {told!r}, was read as numbers; if these are names, write "
    assert heard == ([] if told is None else [said + "row\\column in the corner above them"])


def test_a_number_is_missing_among_decimal_commas(read: Any) -> None:
    with pytest.raises(BadData, match="line 3, column x: an empty cell is not a number"):
        read(b'x,n\n"0,5",1\n,2\n')


def test_thousands_in_the_first_column(read: Any) -> None:
    (tensor,) = read(b'price,area\n"1,250",120\n"2,250",110\n')
    assert (tensor.data.tolist(), tensor.axes[1].labels) == ([[1250, 120], [2250, 110]], ("price", "area"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a,b\n1,5\n\n\n1,5\n2,5\n", 0),
        ("1,5,2\n\n\n1,5\n2,5\n", 0),
        ("a;b\n1,5;2\n\n\n1,5\n2,5\n", 1),
        ("1,5\n2,5\n\n\na,b\n1,5\n", 1),
        ("1,5\n2,5\n\n\n1,5\n2,5\n", 1),
    ],
)
def test_a_table_shows_what_the_comma_is_in_those_behind_it(text: str, told: int) -> None:
    heard: list[str] = []
    tables = list(read_tensors(Source(io.BytesIO(text.encode()), "input", heard.append), limits=Limits()))
    assert (len(tables), sum("',' was read between numbers" in said for said in heard)) == (2, told)


@pytest.mark.parametrize("name", ["10\u00a0000", "10\u2009000", "a\nb", "−1", "a,\nb; c"])
@pytest.mark.parametrize("mark", [",", ";", "\t", " "])
def test_names_in_quotation_marks_stay_as_they_are(name: str, mark: str) -> None:
    for text in (f'"{name}"{mark}c\n1{mark}2\n3{mark}4\n', f'c{mark}"{name}"\n1{mark}2\n3{mark}4\n'):
        heard: list[str] = []
        (tensor,) = read_tensors(Source(io.BytesIO(text.encode()), "input", heard.append), limits=Limits())
        assert (tensor.data.tolist(), heard) == ([[1, 2], [3, 4]], [])
        assert name in (tensor.axes[1].labels or ())
    (tensor,) = read_tensors(
        Source(io.BytesIO(f'"{name}"{mark}1{mark}2\nb{mark}3{mark}4\n'.encode()), "input"), limits=Limits()
    )
    assert (tensor.data.tolist(), tensor.axes[0].labels) == ([[1, 2], [3, 4]], (name, "b"))


def test_a_fault_below_a_name_with_a_line_break_has_its_line(read: Any) -> None:
    with pytest.raises(BadData, match="line 4, column c: 'x'"):
        read(b'"a\nb",c\n1,2\n3,x\n')
    with pytest.raises(BadData, match="line 4, column c: 'x'"):
        read(b'"a\nb" c\n1 2\n3 x\n')


def test_a_zero_and_three_digits_are_no_thousands(read: Any) -> None:
    (tensor,) = read("1 0\u00a0125\n2 0\u2009125\n".encode())
    assert tensor.data.tolist() == [[1, 0, 125], [2, 0, 125]]
    with pytest.raises(BadData, match='"0\'125" is not a number'):
        read(b"1 0'125\n2 3\n")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1% 3.33 %\n50 % 2e1%\n", [[0.01, 0.0333], [0.5, 0.2]]),
        ("a,b\n1%,3.33 %\n−50\u00a0%,2\n", [[0.01, 0.0333], [-0.5, 2]]),
        ("1,5 %;3\n2,5 %;4\n", [[0.015, 3], [0.025, 4]]),
        ("p\n50%\n20%\n", [0.5, 0.2]),
        ("50%\n20%\n", [0.5, 0.2]),
        ("cat,50%\ndog,20%\n", [0.5, 0.2]),
        ("50%,1\n20%,2\n", [[0.5, 1], [0.2, 2]]),
        ("[[1%, 3.33 %], [50%, 2]]", [[0.01, 0.0333], [0.5, 2]]),
    ],
)
def test_a_percent_is_a_hundredth(text: str, values: list[list[float]], read: Any) -> None:
    (tensor,) = read(text.encode())
    assert tensor.data.tolist() == values


@pytest.mark.parametrize("word", ["50%", "50 %", ".5e2\u00a0%", "1/2"])
def test_a_percent_in_an_option(word: str, cli: Any) -> None:
    assert cli("softmax", "1 2", "--temperature", word, "-f", "csv") == cli(
        "softmax", "1 2", "--temperature", "0.5", "-f", "csv"
    )
    ended = cli("rnn", "1 2 3", "--units", "100%")
    assert (ended.code, "'100%' is not a whole number" in ended.err) == (2, True)


@pytest.mark.parametrize(
    ("text", "rows", "columns"),
    [
        ("10%,50%,90%\n1,2,3\n", None, ("10%", "50%", "90%")),
        ("cell,10%,50%\na,1,2\n", ("a",), ("10%", "50%")),
        ("stat\\cell,25%,75%\nlow,1,2\n", ("low",), ("25%", "75%")),
        (",x,y\ncount,8,8\n25%,1,2\n50%,2,3\n", ("count", "25%", "50%"), ("x", "y")),  # describe of pandas
    ],
)
def test_the_percent_of_quantiles_are_names(text: str, rows: Any, columns: Any, read: Any) -> None:
    (tensor,) = read(text.encode())
    assert tuple(axis.labels for axis in tensor.axes) == (rows, columns)


def test_missing_numbers_beside_decimal_commas(read: Any) -> None:
    (tensor,) = read(b"1,5;nan\n2,5;3,5\n")
    assert str(tensor.data.tolist()) == "[[1.5, nan], [2.5, 3.5]]"
    (tensor,) = read(b"nan;1,5\n2,5;3,5\n")
    assert str(tensor.data.tolist()) == "[[nan, 1.5], [2.5, 3.5]]"
    with pytest.raises(BadData, match="line 2, number 2: 'NA' is not a number; write nan"):
        read(b"1,5;2,5\n3,5;NA\n")


def test_the_advice_on_a_quoted_decimal_comma_keeps_the_cells_apart(read: Any) -> None:
    (tensor,) = read(re.sub(rb'"(-?[0-9]+),', rb'"\1.', b'a,"b"\n"1,234","-2,5"\n3,"4"\n'))
    assert tensor.data.tolist() == [[1.234, -2.5], [3, 4]]


def test_a_column_of_times_is_the_axis_wherever_it_stands(read: Any) -> None:
    for text in (b"x,t\n5,0\n6,0.5\n7,1\n", b"Zeit;x\n0;5\n0,5;6\n1;7\n"):
        (series,) = read(text)
        assert (series.name, series.data.tolist()) == ("x", [5, 6, 7])
        assert series.axes == (Axis("time", start=0, step=0.5, unit="s"),)


def test_with_the_name_of_a_column_words_are_left_out(read: Any) -> None:
    text = b"reward,state,k\n1,A,3\n2,B,4\n"
    (table,) = read_tensors(Source(io.BytesIO(text), "input"), limits=Limits(), column="reward")
    assert (table.data.tolist(), table.axes[1].labels) == ([[1, 3], [2, 4]], ("reward", "k"))
    with pytest.raises(BadData, match="line 2, column state: 'A' is not a number; leave the column out"):
        read(text)


def test_a_long_table_is_whole() -> None:
    array = np.arange(60_000).reshape(300, 200)
    lines = written(Tensor(array)).splitlines()
    assert len(lines) == 300
    assert lines[299] == ",".join(map(str, array[299]))
    lines = written(Tensor(array.reshape(30, 10, 200))).splitlines()
    assert len(lines) == 60_001
    assert lines[-1] == "29,9,199,59999"


def test_letters_beyond_the_first_plane_reach_no_c_code_that_trips_over_them(read: Any) -> None:
    with pytest.raises(BadData, match="a text without a number"):
        read("\U000f1913".encode())


def test_a_row_of_a_row_number_alone_is_an_error_without_warnings(read: Any) -> None:
    with pytest.raises(BadData, match="line 2 has 1 value; there are 2 headings"):
        read(b"\t0\n0")


@given(st.text(max_size=60) | st.text('0123456789 ,;\n\t.-/eijn"a', max_size=60))
def test_arbitrary_text_gives_a_tensor_or_a_dlcli_error(text: str) -> None:
    with contextlib.suppress(DlcliError):
        for tensor in read_tensors(Source(io.BytesIO(text.encode()), "input"), limits=Limits()):
            assert tensor.data.size or "[]" in "".join(text.split())


def test_numbers_that_stand_for_names_are_written_as_these() -> None:
    axes = (Axis("outcome"), Axis("column", ("state", "next", "reward")))
    data = [[0, 1, 1], [1, 2, 0], [0.5, -1, 1]]
    tensor = Tensor(data, axes, attrs=named(("state", "next"), ("rain", "sun, wind")))
    assert written(tensor) == 'state,next,reward\nrain,"sun, wind",1.0\n"sun, wind",2.0,0.0\n0.5,-1.0,1.0\n'


@pytest.mark.parametrize("delimiter", [",", "\t"])
@pytest.mark.parametrize(
    ("rows", "columns"),
    [
        (("apples", "pears"), None),
        (("1", "2"), None),
        (("a", "1"), ("x", "3")),
        (None, ("2019", "2020")),
        (("2", '3"'), ("1", "-0.5")),
        (("# a", "b"), ("sep=;", "c")),
        (("0,1", "0,2"), ("1,5", "2,5")),
        (("0,1", "0,2"), ("x", "y")),
        (("0,1", "0,2"), None),
        (("0,1", "1"), None),
        (("1,234.5", "½"), ("1'000", "−1")),
        (("", "NA"), ("?", "-")),
        (("#a", " b "), ("a;b", "c|d")),
        (("C:\\a", "C:\\b"), None),
        (("a\nb", "c"), ("t", "x")),
        (None, ("x", "value")),
    ],
)
def test_names_that_could_be_numbers_come_back_as_names(
    rows: tuple[str, ...] | None, columns: tuple[str, ...] | None, delimiter: str, read: Any
) -> None:
    made = Tensor(np.array([[1, 2], [3, 4]]), (Axis("row", rows), Axis("column", columns)), "table")
    (back,) = read(written(made, delimiter).encode())
    assert (back.data.tolist(), back.axes) == (made.data.tolist(), made.axes)


@pytest.mark.parametrize("delimiter", [",", "\t"])
@pytest.mark.parametrize(
    ("rows", "columns"),
    [
        (Axis("time"), Axis("unit")),
        (Axis("frequency", start=0, step=0.5, unit="Hz"), Axis("frame", start=-1, step=0.25, unit="s")),
        (Axis("mel", ("57 Hz", "114 Hz")), Axis("frame", start=0, step=1)),
        (Axis("step", ("a", "b")), Axis("column")),
        (Axis("unit"), Axis("gate", ("i0", "i1"))),
        (Axis("time", start=0, step=0.5, unit="s"), Axis("column", ("left", "right"))),
        (Axis("row", unit="m"), Axis("loss (mean)", ("a", "b"))),
    ],
)
def test_axes_come_back_with_all_that_they_say(rows: Axis, columns: Axis, delimiter: str, read: Any) -> None:
    made = Tensor(np.array([[1, 2.5], [3, 4]]), (rows, columns))
    (back,) = read(written(made, delimiter).encode())
    assert (back.data.tolist(), back.axes) == (made.data.tolist(), made.axes)


def test_a_table_and_a_picture_are_plain_numbers() -> None:
    for axes in ((), (Axis("height"), Axis("width")), (Axis("column"), Axis("row"))):
        text = written(Tensor([[1, 2], [3, 4]], axes))
        assert np.loadtxt(io.StringIO(text), delimiter=",").tolist() == [[1, 2], [3, 4]]


def test_the_minus_sign_of_the_screens_is_one(read: Any) -> None:
    assert read("a,b\n−1,2\n3,−0.5\n".encode())[0].data.tolist() == [[-1, 2], [3, -0.5]]


@pytest.mark.parametrize("text", ["5.1,3.5,setosa\n4.9,3.0,virginica\n", "5.1,setosa,2\n4.9,setosa\n"])
def test_a_column_of_words_without_a_header_is_named(text: str, read: Any) -> None:
    told = "line 1, number [23]: 'setosa' is not a number; leave the column out, or give each of its words"
    with pytest.raises(BadData, match=told):
        read(text.encode())


UNTOLD = (
    "apples,3\npears,4\n",
    "apples,3,4,5\npears,4,5,6\n",
    "apples,2019\npears,7\n",
    "a,1,2\nb,3,4\n",
    "2019 2020\n2021 2022\n",
    "1,2,3\n4,5,7\n",
    "a,inf,inf\nb,nan,1\n",
    "lo,1950,1960\nhi,1990,2000\n",
    'city,"2019","2020"\nBerlin,1,2\n',
    "x,y\n1,5\n2,6\n",
    "0.0,1.0\n0.5,0.25\n",
    "0,1,2\n0.5,1.5,2\n3,4,5\n",
    "0\n0.5\n",
    "0,1,3\n0.5,1.5,2\n",
)
HEADINGS = "was read as a row of numbers; headings that are numbers stand in quotation marks"
UNNAMED = "the first column has no name and is read as numbers like the others; where it only counts the rows"


@pytest.mark.parametrize(
    ("text", "shape", "said"),
    [
        ("city,2019,2020\nBerlin,1,2\nParis,3,4\n", (3, 2), f"the first line, 2019 to 2020, {HEADINGS}"),
        ("2019;2020\n1,5;2,5\n", (2, 2), f"the first line, 2019 to 2020, {HEADINGS}"),
        ("2019,2020,2021\n1,2,3\n3,4,5\n", (3, 3), f"the first line, 2019 to 2021, {HEADINGS}"),
        ("class,1,2,3\nann,51,88,70\nbob,3,5,6\n", (3, 3), f"the first line, 1 to 3, {HEADINGS}"),
        ("class,10,20\nann,5.5,8\nbob,3,5.5\n", (3, 2), f"the first line, 10 to 20, {HEADINGS}"),
        ("0,1,2\n0.5,0.25,1\n0.125,3,4\n", (3, 3), f"the first line, 0 to 2, {HEADINGS}"),  # of pandas
        ("0;1\n0,5;2\n", (2, 2), f"the first line, 0 to 1, {HEADINGS}"),
        (",x\n1,5\n2,6\n", (2, 2), f"{UNNAMED}, take it off: cut -d ',' -f 2-"),
        ("\tx\n1\t5\n3\t6\n", (2, 2), f"{UNNAMED}, take it off: cut -f 2-"),
        *((text, None, None) for text in UNTOLD),
    ],
)
def test_what_may_be_headings_or_a_count_is_told(
    text: str, shape: tuple[int, ...] | None, said: str | None
) -> None:
    heard: list[str] = []
    (tensor,) = read_tensors(Source(io.BytesIO(text.encode()), "input", heard.append), limits=Limits())
    assert shape in (tensor.shape, None)
    assert heard == ([] if said is None else [f"dlcli: input: {said}"])


def test_typed_numbers_have_no_headings(cli: Any) -> None:
    assert cli("show", "0 1\n0.5 0.25", "-f", "csv").err == ""


@pytest.mark.parametrize(
    "text",
    [
        "A =\n\n     1     2\n     3     4\n\n",
        "\nans =\r\n\r\n     1     2\r\n     3     4\r\n\r\n",
        "% matlab\n1 2\n3 4\n",
        "%matlab\n%\n%%\n1,2\n3,4\n",
        "// c\n// 5\n1,2\n3,4\n",
        "% by hand\n\n\n1,2,\n3,4,\n",
        "\n\n\n1,2\n3,4\n\n\n# the end\n",
    ],
)
def test_lines_in_front_that_say_what_a_table_is_are_notes(text: str, read: Any) -> None:
    (tensor,) = read(text.encode())
    assert (tensor.data.tolist(), tensor.axes[1].labels) == ([[1, 2], [3, 4]], None)


def test_a_percent_sign_may_begin_a_heading(read: Any) -> None:
    (tensor,) = read(b"%,count\n1,2\n3,4\n")
    assert tensor.axes[1].labels == ("%", "count")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "A =\n\n   1.0e+03 *\n\n  1 2\n",
            "line 3: '1.0e+03 *' is a factor of all numbers below it: multiply",
        ),
        ("Usage: dlcli conv [OPTIONS]\n\n  height = 3\n", "the help of a command, for people to read"),
        ("f = x y\nz\n", "a text without a number"),
        ("1,2\n\n\n3,4\n5,x\n", "line 5, number 2: 'x' is not a number"),
        ("a b\n1 2\n\n\n3 4\n5 x\n", "line 6, number 2: 'x' is not a number"),
    ],
)
def test_errors_name_what_stands_there(text: str, told: str) -> None:
    with pytest.raises(BadData, match="^" + re.escape(f"input: {told}")):
        list(read_tensors(Source(io.BytesIO(text.encode()), "input"), limits=Limits()))


@pytest.mark.parametrize(
    ("text", "rows", "names"),
    [
        (
            'state,action,next,reward\nA,"0",B,1\nB,"1",end,2\n',
            [[0, 0, 1, 1], [1, 1, 2, 2]],
            {"state": ("A", "B", "end"), "next": ("A", "B", "end"), "action": ("0", "1")},
        ),
        (
            '"",state,next\n0.5,"0,0","x"\n2.5,"x","x"\n',
            [[0.5, 0, 1], [2.5, 1, 1]],
            {"state": ("0,0", "x"), "next": ("0,0", "x")},
        ),
        ("k,action,next\n1,up,B\n2,up,A\n", [[1, 0, 0], [2, 0, 1]], {"next": ("B", "A"), "action": ("up",)}),
    ],
)
def test_names_in_the_columns_of_a_world_are_numbered(
    text: str, rows: list[list[float]], names: dict[str, tuple[str, ...]], read: Any
) -> None:
    (tensor,) = read(text.encode())
    assert (tensor.data.tolist(), names_of(tensor)) == (rows, names)


@pytest.mark.parametrize("text", ["k,state\n1,A\n2,B\n", "k,state,next\n1,A,B\n2,B,0\n"])
def test_other_columns_of_names_are_refused(text: str, read: Any) -> None:
    with pytest.raises(BadData, match="column state: 'A' is not a number"):
        read(text.encode())
