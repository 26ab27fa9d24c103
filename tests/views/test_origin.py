"""Where a tensor came from, in words and as a word."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.tensor import Tensor
from dlcli.views.origin import literal, origin_words, source_word
from dlcli.wire.typed.literal import parse, parse_channels
from dlcli.wire.typed.sentence import sentence


@pytest.mark.parametrize(
    ("values", "typed"),
    [
        ([[1, -2], [0, 3]], "1 -2; 0 3"),
        ([[-1, 2]], "-1 2"),
        ([[1.0, 0.1, 1 / 3]], "1 0.1 0.3333333333333333"),
        ([[1e16, 1e14, -1.7e308]], "1e+16 100000000000000 -1.7e+308"),
        ([[2**62]], "4611686018427387904"),
        (np.array([[0.1]], np.float32), "0.10000000149011612"),
    ],
)
def test_a_matrix_is_typed_and_read_back(values, typed: str) -> None:
    array = np.asarray(values)
    assert literal(Tensor(array)) == typed
    np.testing.assert_array_equal(parse(typed).data, array)


@pytest.mark.parametrize(
    "values",
    [np.ones((1, 2, 3)), np.ones((1, 145)), [[np.nan]], [[-np.inf, 1]], [[1j]], [[True]]],
    ids=["three axes", "too many", "nan", "infinite", "complex", "truth"],
)
def test_what_cannot_be_typed(values) -> None:
    assert literal(Tensor(np.asarray(values))) is None


def test_the_matrices_of_channels_are_typed_and_read_back() -> None:
    channels = parse_channels("1 2; 3 4 | −5 0.5; 7 8")
    typed = literal(channels)
    assert typed == "1 2; 3 4 | -5 0.5; 7 8"
    np.testing.assert_array_equal(parse_channels(typed).data, channels.data)
    assert literal(Tensor(channels.data)) is None  # other axes: typed, it would get these


@pytest.mark.parametrize(
    ("attrs", "word"),
    [
        ({"source": "photo.png"}, "photo.png"),
        ({"source": "-k.png"}, "./-k.png"),
        ({"source": "sample:cat"}, "sample:cat"),
        ({"source": "literal"}, "1 2"),
        ({"source": "-"}, None),
        ({}, None),
        ({"source": "photo.png", "command": "conv photo.png -k diag"}, None),
    ],
)
def test_the_word_that_names_it_again(attrs: dict[str, str], word: str | None) -> None:
    assert source_word(Tensor([[1, 2]], attrs=attrs)) == word


def test_whence_is_outside_text() -> None:
    told = origin_words(Tensor([[1, 2]], attrs={"source": "a\x1b[2J[bold]"})).plain
    assert told == "a␛[2J[bold], 1 × 2 (row, column), int64, 1 to 2"
    assert origin_words(Tensor([[1, 2]], attrs={"source": "-"})).plain.startswith("standard input, 1 × 2")
    assert origin_words(Tensor([[1, 2]], attrs={"source": "literal"})).plain.startswith("1 × 2")


def test_a_sentence_is_quoted_and_counted() -> None:
    words = sentence("the cat the mat").with_attrs(source="literal")
    assert origin_words(words).plain == "“the cat the mat”, 4 tokens, 3 different"
    assert source_word(words) == "the cat the mat"
    assert origin_words(words.with_attrs(source="a.txt")).plain.startswith("a.txt, “the cat")
    assert origin_words(words.with_attrs(command="attn 'the cat'")).plain.startswith("sentence, 4 (token)")
