"""A table of sentences: words by their numbers, the most frequent first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.errors import BadData
from dlcli.wire.datasets.read import open_data
from dlcli.wire.datasets.sentence_table import LONGEST
from dlcli.wire.datasets.words import is_data
from dlcli.wire.stream import Limits


@pytest.fixture
def table(tmp_path: Path, data: Any) -> Any:
    def read(text: str, name: str = "t.csv", **more: Any) -> Any:
        (tmp_path / name).write_text(text)
        assert is_data(str(tmp_path / name))
        return data(str(tmp_path / name), **more)

    return read


def test_words_are_numbered_by_how_often_they_occur(table: Any) -> None:
    found = table('text,label\nA film,neg\n"a film, a Film!",pos\nanother film,neg\n')
    assert found.vocabulary == ("[PAD]", "[UNK]", "film", "a", "!", ",", "another")
    assert (found.classes, found.labels.tolist()) == (("neg", "pos"), [0, 1, 0])
    rows = [[3, 2, 0, 0, 0, 0], [3, 2, 5, 3, 2, 4], [6, 2, 0, 0, 0, 0]]
    assert found.take(np.arange(3)).tolist() == rows


@pytest.mark.parametrize("heads", ["label\tSentence", "class\treview\tstars"])
def test_other_headings_columns_and_marks(heads: str, table: Any) -> None:
    more = "\t5" * (heads.count("\t") - 1)
    found = table(f"{heads}\n1\tso, so{more}\n0\tso{more}\n", "t.tsv")
    assert found.words(0) == ("so , so", "1")
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
        ("text,label,Text\nso,a,good\n", r"has 2 columns called text: one of them is read"),
        ("source,target\nso,\n", "target 0, counted from 0, has no word"),
    ],
)
def test_bad_tables(text: str, told: str, table: Any) -> None:
    with pytest.raises(BadData, match=told):
        table(text)


def test_lines_between_that_are_empty_are_told_and_those_at_the_end_are_not(table: Any) -> None:
    said: list[str] = []
    name = table("text,label\nso,a\n\n,\nbad,b\n\n").name
    assert len(open_data(name, limits=Limits(), say=said.append)) == 2
    assert said == [f"dlcli: {name}: 2 empty lines are passed over: results are of the other lines"]


def test_translations_are_learnt_word_by_word_to_an_end_sign(table: Any) -> None:
    found = table("Target,note,source\nIch bin froh,x,I am happy\nDu,y,you\n")
    assert found.vocabulary == (
        "[PAD]", "[UNK]", "[START]", "[END]", "am", "bin", "du", "froh", "happy", "i", "ich", "you",
    )  # fmt: skip
    assert found.classes == ("[END]", "[UNK]", "bin", "du", "froh", "ich")
    assert (found.source, found.shape) == (3, (7,))
    assert found.take(np.arange(2)).tolist() == [[9, 4, 8, 2, 10, 5, 7], [11, 0, 0, 2, 6, 0, 0]]
    assert found.labels.tolist() == [[5, 2, 4, 0], [3, 0, -1, -1]]
    assert found.words(0) == ("i am happy", "ich bin froh")
