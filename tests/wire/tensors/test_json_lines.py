"""JSON both ways: strict in what it writes, exact in what comes back, and clear about what it refuses."""

from __future__ import annotations

import contextlib
import io
import json
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcli.errors import BadData, DlcliError
from dlcli.tensor import DTYPES, Axis, Tensor
from dlcli.wire.stream import Limits, Source
from dlcli.wire.tensors.json_lines import read_json, write_json


def written(tensor: Tensor) -> str:
    stream = io.BytesIO()
    write_json(tensor, stream)
    return stream.getvalue().decode()


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no strict JSON")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 0, 3), (40, 30, 20)])
def test_every_tensor_comes_back_the_same(dtype: str, shape: tuple[int, ...], read: Any) -> None:
    rng = np.random.default_rng(1)
    array = (
        (rng.standard_normal(shape) * 100).astype(dtype)
        if dtype[0] in "fc"
        else rng.integers(0, 2, shape).astype(dtype)
    )
    axes = tuple(Axis(f"a{i}", start=0.5, step=0.1, unit="s") for i in range(len(shape)))
    tensor = Tensor(array, axes, "x", {"rate": 44100, "note": "é"})
    told = json.loads(written(tensor), parse_constant=refuse)
    assert (told["dtype"], told["shape"]) == (dtype, list(shape))
    (back,) = read(written(tensor).encode())
    assert back.data.dtype == array.dtype
    np.testing.assert_array_equal(back.data, array)
    assert (back.axes, back.name, back.attrs["note"]) == (tensor.axes, "x", "é")


def test_the_form_is_the_documented_one() -> None:
    axes = (Axis("time", start=0.0, step=0.5, unit="s"), Axis("unit", ("a", "b")))
    text = written(Tensor(np.float32([[0.1, np.nan], [np.inf, -np.inf]]), axes, "x", {"hop": 2}))
    assert text == (
        '{"name": "x", "dtype": "float32", "shape": [2, 2], "axes": [{"name": "time", "start": 0.0, "step": 0.5, '
        '"unit": "s"}, {"name": "unit", "labels": ["a", "b"]}], "attrs": {"hop": 2}, '
        '"data": [[0.1, "NaN"], ["Infinity", "-Infinity"]]}\n'
    )


def test_complex_numbers_are_pairs_and_booleans_are_words() -> None:
    assert json.loads(written(Tensor([1 + 2j, complex("nan")])))["data"] == [[1.0, 2.0], ["NaN", 0.0]]
    assert json.loads(written(Tensor([True, False])))["data"] == [True, False]


def test_plain_arrays_objects_and_lines(read: Any) -> None:
    assert [t.data.tolist() for t in read(b"[[1, 2], [3, 4]]")] == [[[1, 2], [3, 4]]]
    assert [t.data.tolist() for t in read(b'{"data": [1.5]}\n\n{"data": [2]}\n[3]\n')] == [[1.5], [2], [3]]
    (pretty,) = read(json.dumps({"data": [[1], ["NaN"]], "name": "n"}, indent=2).encode())
    assert (pretty.name, str(pretty.data.tolist())) == ("n", "[[1.0], [nan]]")


NOT = "not a tensor in JSON: "
BAD = {
    "NaN": (b"[NaN]", 'not valid JSON: NaN is no JSON number; write it as the string "NaN"'),
    "cut short": (b"[[1, 2], [3", "not valid JSON: "),
    "two on a line": (b"[1] [2]", "not valid JSON: "),
    "ragged": (b"[[1, 2], [3]]", NOT + "data must be numbers in lists of lists of one length"),
    "deeper": (b"[1, [2]]", NOT + "data must be numbers in lists of lists of one length"),
    "null": (b"[1, null]", NOT + "data must be numbers in lists of lists of one length"),
    "word": (
        b'["cat"]',
        NOT + 'data holds the string "cat"; only "NaN", "Infinity" and "-Infinity" are numbers',
    ),
    "mixed": (b"[true, 2]", NOT + "data mixes true and false with numbers"),
    "no data": (b'{"shape": [1]}', NOT + 'an object needs "data", a list of numbers or of lists'),
    "shape": (b'{"data": [1], "shape": [2]}', NOT + "shape says [2]; data has the shape [1]"),
    "dtype": (b'{"data": [1], "dtype": "int3"}', NOT + "dtype must be one of bool, int8"),
    "fractions": (b'{"data": [1.5], "dtype": "int8"}', NOT + "dtype says int8; data holds fractions"),
    "too large": (b'{"data": [300], "dtype": "int8"}', NOT + "data holds a number that int8 cannot hold"),
    "65 bits": (b"[18446744073709551616]", NOT + "data holds a whole number of more than 64 bits"),
    "pairs": (b'{"data": [1.5], "dtype": "complex64"}', NOT + "complex data must be pairs [re, im]"),
    "numbers for bool": (b'{"data": [1], "dtype": "bool"}', NOT + "dtype says bool; data holds numbers"),
    "name": (b'{"data": [1], "name": 3}', NOT + "name must be a string; received 3"),
    "axes": (b'{"data": [1], "axes": [{"name": ""}]}', NOT + "an axis needs a name; received ''"),
    "twice": (b'{"data": [1], "data": [2]}', "not valid JSON: it names 'data' twice"),
    "deep": (b"[" * 100_000, "not valid JSON: it is nested too deeply"),
    "dimensions": (b"[" * 40 + b"1" + b"]" * 40, NOT + "data has 40 dimensions; at most 32 are read"),
    "digits": (
        b"[" + b"9" * 5000 + b"]",
        f"not valid JSON: '{'9' * 30}…' is too large: the largest number is 1.8e308",
    ),
    "too large for any dtype": (
        b"[1, -1e400]",
        "not a tensor in JSON: data holds a number that float64 cannot hold",
    ),
    "too large for its dtype": (
        b'{"data": ["Infinity", 70000], "dtype": "float16"}',
        "not a tensor in JSON: data holds a number that float16 cannot hold",
    ),
    "too large in words": (
        b"[1 1e400]",
        "not valid JSON: '1e400' is too large: the largest number is 1.8e308",
    ),
    "surrogate": (b'{"data": [1], "name": "\\ud800"}', "not valid JSON: it is not UTF-8 text"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_tensor_is_refused_in_words(case: str, read: Any) -> None:
    data, message = BAD[case]
    with pytest.raises(BadData, match="^" + re.escape(f"input: {message}")):
        read(data)


@given(
    st.text()
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=3), st.lists
    ).map(json.dumps)
)
def test_arbitrary_text_gives_tensors_or_a_dlcli_error(text: str) -> None:
    for start in ("", "[", '{"data": '):
        with contextlib.suppress(DlcliError):
            list(read_json(Source(io.BytesIO((start + text).encode()), "input"), limits=Limits()))
