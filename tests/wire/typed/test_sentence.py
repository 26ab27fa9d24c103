"""Words as tensors: what counts as a word, a sentence, a text of several, and what is no prose."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcli.errors import BadData
from dlcli.tensor import Tensor
from dlcli.wire.read import read_tensors
from dlcli.wire.stream import Limits, Source
from dlcli.wire.typed.sentence import is_prose, looks_like_sentence, sentence, sentences, tokens


def read(text: str, name: str = "words.txt") -> list[Tensor]:
    return list(read_tensors(Source(io.BytesIO(text.encode()), name), limits=Limits(), prose=True))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("the cat sat.", ["the", "cat", "sat", "."]),
        ("[CLS] a [MASK]", ["[CLS]", "a", "[MASK]"]),
        ("<start>a <b", ["<start>", "a", "<", "b"]),
        ("it’s 3.5", ["it’s", "3", ".", "5"]),
        ("猫が 座る", ["猫が", "座る"]),
        ("\x1b[2J", ["\x1b", "[", "2J"]),
    ],
)
def test_words_and_signs(text: str, words: list[str]) -> None:
    assert tokens(text) == words


@given(st.lists(st.sampled_from(["a", "bee", "C", "."]), min_size=1))
def test_equal_words_have_equal_numbers_in_the_order_of_appearance(words: list[str]) -> None:
    made = sentence(" ".join(words))
    assert made.axes[0].labels == tuple(words)
    ids = made.data.tolist()
    assert all((a == b) == (ids[i] == ids[j]) for i, a in enumerate(words) for j, b in enumerate(words))
    assert sorted(set(ids), key=ids.index) == list(range(len(set(words))))


def test_a_line_is_a_sentence_and_a_list_of_words_one() -> None:
    assert [s.attrs["text"] for s in sentences("one two\n\nthree four\n")] == ["one two", "three four"]
    assert [s.attrs["text"] for s in sentences("one\ntwo\nthree\n")] == ["one two three"]
    assert [t.attrs["text"] for t in read("the cat\nsat")] == ["the cat", "sat"]
    assert read("the cat")[0].attrs["source"] == "words.txt"


def test_numbers_are_still_a_table() -> None:
    assert read("x,y\n1,2\n3,4")[0].data.tolist() == [[1, 2], [3, 4]]
    assert read("1 2; 3 4")[0].data.tolist() == [[1, 2], [3, 4]]
    assert read("name x\ncat 1\ndog 2")[0].axes[0].labels == ("cat", "dog")
    assert read("I have 2 cats")[0].shape == (4,)


@pytest.mark.parametrize("text", ["", " \n "])
def test_nothing_to_say(text: str) -> None:
    with pytest.raises(BadData, match="a sentence needs at least one word"):
        sentence(text)
    with pytest.raises(BadData, match="a text without a word"):
        list(sentences(text))


@pytest.mark.parametrize(
    ("word", "is_one"),
    [
        ("the cat sat", True), ("hello", True), ("see cat.png there", True), ("end.", True), ("wow!", True),
        ("cat.png", False), ("folder/cat", False), ("sample:cat", False), ("0 1; 1 0", False), ("-", False),
        ("", False), ("...", True), ("I think", True), ("i", False), ("nan inf", False), ("3 cats", True), ("1 2 x", False),
        ("3.33 % 5 %; 2 % 1 %", False), ("3.33 %, 5 %; 2 %, 1 %", False), ("50 %", False), ("50 % of cats", True),
    ],
)  # fmt: skip
def test_what_is_meant_as_a_sentence(word: str, is_one: bool) -> None:
    assert looks_like_sentence(word) is is_one


def test_a_file_is_a_file_whatever_it_is_called(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert looks_like_sentence("the cat")
    (tmp_path / "the cat").write_text("1 2")
    assert not looks_like_sentence("the cat")


def test_prose_or_table() -> None:
    assert is_prose("the 2 cats\nsat down")
    assert not is_prose("a b\nc 1")
    assert not is_prose("1")
    assert is_prose("Roses are red,\nViolets are blue,\n")
    assert not is_prose("1,2,\n3,4,\n")
    assert is_prose("Sales fell\nby 5 %")
    assert is_prose("Born 1990.\nDied 2000.")


@pytest.mark.parametrize(
    "text", ["a 5 %\nb 10 %", "a 5%\nb 10%", "name share\na 5 %\nb 10 %", "3.33 % 5 %\n2 % 1 %"]
)
def test_percents_are_numbers(text: str) -> None:
    assert read(text)[0].data.ravel().tolist() in ([0.05, 0.1], [0.0333, 0.05, 0.02, 0.01])


@pytest.mark.parametrize(
    "text",
    [
        'sepal,species\n5.1,setosa\n4.9,"very, nice"\n',
        'id,text\n1,"Well, no"\n2,yes\n',
        'id,text\n1,"a\nb, c"\n2,x',
        "# my notes\nsepal,species\n5.1,setosa\n4.9,virg",
        "sep=;\nsepal;species\n5;setosa",
        "sepal,species\n5.1,setosa\n4.9,",
        "sepal\tspecies\n5.1\tsetosa\n4.9\t",
        "sepal|species\n5.1|setosa",
        "sepal|x\n5.1|3",
        "5.1 setosa\n4.9 virginica",
        "sepal species\n5.1 setosa\n4.9 virginica",
        "a,b\nc,d,e\nf,g",
        "cat, dog\nkitten, puppy",
        '"a","b."\n"c","d."',
        "a,b.\nc,d.",
        "5.1,setosa.\n4.9,setosa.",
        '1, "No, never."\n2, "Yes, it is."',
        '"Sepal.Length" "Sepal.Width" "Species"\n"1" 5.1 3.5 "setosa"\n"2" 4.9 3 "very setosa"',
        '"mpg" "from"\n"Fiat X1" 27.3 "Italy"\n"Mazda" 21 "Japan"',
        "   sepal_length sepal_width species\n0 5.1 3.5 setosa\n1 4.9 3.0 setosa",
        "  species\n0 setosa\n1 virginica",
        "   share species\n0 5 % setosa\n1 10 % virginica",
    ],
)
def test_tables_with_words_are_no_sentences(text: str) -> None:
    assert not is_prose(text)
    with pytest.raises(
        BadData, match=r"^-: (line \d, .* is not a number; leave|line 2 has|a text without a number)"
    ):
        read(text, "-")


@pytest.mark.parametrize(
    "text",
    [
        "The cat, who sat, purred.\nThe dog, who ran, barked.",
        '"Yes, I do," he said.\n"No, never," she said.',
        "1,000 people came.\n2,000 people left.",
        "5.1 is much.\n4.9 is less.",
        "# Title\n\nThe cat sat, and\nthe dog ran",
        '5" nails\n6" nails, long',
        "Who, me?\nYes, you!",
        'He said, "No, I can not."\nShe asked, "Why?"',
        'He said, "No."\nShe said, "Yes."',
        '"No," said Tom, "I won\'t."\n"Yes," said Ann, "you will."',
        "“No,” said Tom, “I won’t.”\n“Yes,” said Ann, “you will.”",
        "„Nein“, sagte er, „nie.“\n»Ja,« sagte sie, »immer.«",
        "The cat sat down\n3 cats sat\n2 dogs ran off",
        '"Yes" he said\n"No" she said',
        "In 1990, he won.\nIn 1991, she won.",
    ],
)
def test_lines_that_end_as_sentences_or_part_unevenly_are_sentences(text: str) -> None:
    assert is_prose(text)
    assert len(read(text)) == len([line for line in text.splitlines() if line])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("The cat, who sat\nThe dog, who ran", "; if its lines are sentences, end each with a full stop"),
        ("3 cats\n2 dogs", "; if its lines are sentences, end each with a full stop"),
        (
            "Chapter 1\nIt rained.\nChapter 2\nThe end",
            "; if its lines are sentences, end each with a full stop",
        ),
        ("In 1990 there were 5\nIn 1991, 6", "; if its lines are sentences, end each with a full stop"),
        ('1, "No."\n2, "Yes."', "leave the column out, or give each of its words a column of 0 and 1"),
        ("sepal|x\n5.1|3", "; if '|' divides its values, write sep=| in a line above them"),
        ("cat,dog\nkitten,puppy", "a table has numbers, one line for each row"),
    ],
)
def test_a_text_that_is_refused_is_told_the_other_reading(text: str, told: str) -> None:
    with pytest.raises(BadData, match=f"{re.escape(told)}$"):
        read(text)
    if "sentences" in told:
        assert len(read(text.replace("\n", ".\n") + ".")) == len(text.splitlines())
    if "sep=" in told:
        assert read(f"sep=|\n{text}")[0].data.tolist() == [[5.1, 3]]


def test_words_in_a_file_that_promises_numbers_are_no_sentence() -> None:
    assert read("the file has moved", "notes.md")[0].attrs["text"] == "the file has moved"
    for name in ("tokens.npy", "tokens.safetensors", "cat.png"):
        with pytest.raises(BadData, match=f"{name}: a text without a number"):
            read("the file has moved", name)


@pytest.mark.parametrize("text", ["(1, 2, 3)", "[0 1 ... 8 9]", "array([1, 2])", "[1, 2", "−1"])
def test_numbers_in_brackets_are_no_sentence(text: str) -> None:
    assert not looks_like_sentence(text)


def test_a_text_without_a_line_is_no_prose() -> None:
    assert not is_prose("")
    assert not is_prose("\n \n")
