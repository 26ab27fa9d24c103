"""A table of sentences: words by their numbers, those that occur once as the unknown word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.errors import BadData
from dlcli.wire.datasets.sentence_table import LONGEST
from dlcli.wire.datasets.words import is_data


@pytest.fixture
def table(tmp_path: Path, data: Any) -> Any:
    def read(text: str, name: str = "t.csv", **more: Any) -> Any:
        (tmp_path / name).write_text(text)
        assert is_data(str(tmp_path / name))
        return data(str(tmp_path / name), **more)

    return read


def test_words_are_numbered_by_how_often_they_occur(table: Any) -> None:
    found = table('text,label\nA film,neg\n"a film, a Film!",pos\nanother film,neg\n')
    assert found.vocabulary == ("[PAD]", "[UNK]", "film", "a")
    assert (found.classes, found.labels.tolist()) == (("neg", "pos"), [0, 1, 0])
    rows = [[3, 2, 0, 0, 0, 0], [3, 2, 1, 3, 2, 1], [1, 2, 0, 0, 0, 0]]
    assert found.take(np.arange(3)).tolist() == rows


@pytest.mark.parametrize("heads", ["label\tSentence", "class\treview\tstars"])
def test_other_headings_columns_and_marks(heads: str, table: Any) -> None:
    more = "\t5" * (heads.count("\t") - 1)
    found = table(f"{heads}\n1\tso, so{more}\n0\tso{more}\n", "t.tsv")
    assert found.words(0) == ("so [UNK] so", "1")
    assert found.labels.tolist() == [1, 0]


def test_a_column_of_this_name_with_numbers_is_one_of_numbers(table: Any) -> None:
    assert table("text,other,label\n1,2,0\n3,4,1\n").shape == (2,)


def test_a_long_sentence_is_cut(table: Any) -> None:
    assert table(f"text,label\n{'so ' * 300},a\nso,b\n").shape == (LONGEST,)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "text,label\nso good,a\nso, bad,b\n",
            r"line 3 has 3 values; there are 2 headings: a text with ',' in it",
        ),
        ("text,label\nso good,a\n!,b\n?,\n", "no label in line 4"),
        ("text,label\n", "a table without a line below its headings"),
        ("text,label\nso good,a\n ,b\n", "sentence 1, counted from 0, has no word"),
    ],
)
def test_bad_tables(text: str, told: str, table: Any) -> None:
    with pytest.raises(BadData, match=told):
        table(text)
