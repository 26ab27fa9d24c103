"""Pieces of words: by hand, by properties, and against the tokenizer that all-MiniLM-L6-v2 came with."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcli.engines.base.checks import EngineError
from dlcli.engines.transformer.wordpiece import Rules, pieces_of, tokenize, words

STORED = json.loads((Path(__file__).parents[2] / "data" / "minilm_tokens.json").read_text())
VOCABULARY = {
    name: place
    for place, name in enumerate(
        [
            "[PAD]",
            "[UNK]",
            "[CLS]",
            "[SEP]",
            "[MASK]",
            "un",
            "##aff",
            "##able",
            "aff",
            "able",
            "a",
            "##a",
            "!",
            "ok",
        ]
    )
}


@pytest.mark.model
@pytest.mark.parametrize("text", STORED, ids=ascii)
def test_equals_the_reference(text: str) -> None:
    from dlcli.wire.models.model_folder import read_vocabulary

    vocabulary = read_vocabulary(os.path.join(os.environ["DLCLI_MODEL"], "vocab.txt"))
    found = tokenize(text, vocabulary)
    assert list(found.pieces) == STORED[text]
    assert found.ids == tuple(vocabulary[piece] for piece in found.pieces)


@pytest.mark.parametrize(
    ("text", "rules", "wanted"),
    [
        ("The CAT", Rules(), ["the", "cat"]),
        ("The CAT", Rules(lower=False, accents=True), ["The", "CAT"]),
        ("Zoë", Rules(), ["zoe"]),
        ("Zoë", Rules(accents=True), ["zoë"]),
        ("e\u0301", Rules(accents=True), ["e\u0301"]),
        ("don't (stop)!", Rules(), ["don", "'", "t", "(", "stop", ")", "!"]),
        ("$5^2~`", Rules(), ["$", "5", "^", "2", "~", "`"]),
        ("北京x", Rules(), ["北", "京", "x"]),
        ("北京x", Rules(chinese=False), ["北京x"]),
        ("a\tb\nc\u00a0d\u3000e", Rules(), ["a", "b", "c", "d", "e"]),
        ("a\x00b\u200bc\ufffdd\u00ade", Rules(), ["abcde"]),
        ("a [MASK] b[SEP]", Rules(), ["a", "[MASK]", "b", "[SEP]"]),
        ("[mask]", Rules(), ["[", "mask", "]"]),
        ("ΣΑΣ", Rules(), ["σασ"]),
        ("", Rules(), []),
    ],
)
def test_words(text: str, rules: Rules, wanted: list[str]) -> None:
    assert words(text, rules) == wanted


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        ("unaffable", ["un", "##aff", "##able"]),
        ("affable", ["aff", "##able"]),
        ("aaa", ["a", "##a", "##a"]),
        ("unknown", None),
        ("ok", ["ok"]),
        ("okun", None),
        ("a" * 100, ["a"] + ["##a"] * 99),
        ("a" * 101, None),
    ],
)
def test_the_longest_piece_comes_first(word: str, wanted: list[str] | None) -> None:
    assert pieces_of(word, VOCABULARY) == wanted


def test_markers_stand_at_both_ends_and_unknown_words_are_told() -> None:
    found = tokenize("Unaffable okay [MASK] okay!", VOCABULARY)
    assert found.pieces == ("[CLS]", "un", "##aff", "##able", "[UNK]", "[MASK]", "[UNK]", "!", "[SEP]")
    assert found.ids == (2, 5, 6, 7, 1, 4, 1, 12, 3)
    assert (found.unknown, found.dropped) == (("okay", "okay"), 0)


def test_a_marker_that_the_vocabulary_lacks_is_unknown() -> None:
    without = {name: place for name, place in VOCABULARY.items() if name != "[MASK]"}
    assert tokenize("[MASK]", without).unknown == ("[MASK]",)


def test_what_is_beyond_the_limit_is_dropped_and_counted() -> None:
    found = tokenize("a a a a", VOCABULARY, most=4)
    assert (found.pieces, found.dropped) == (("[CLS]", "a", "a", "[SEP]"), 2)
    with pytest.raises(EngineError, match="are 3 tokens; received room for 2"):
        tokenize("a", VOCABULARY, most=2)


def test_a_vocabulary_needs_the_markers() -> None:
    with pytest.raises(EngineError, match=r"no \[UNK\] and no \[SEP\]; is it a BERT model's vocab\.txt\?"):
        tokenize("a", {"[CLS]": 0, "a": 1})


@given(st.text(alphabet="una fblek!x", max_size=30))
def test_pieces_of_known_words_join_to_the_text(text: str) -> None:
    found = tokenize(text, VOCABULARY)
    if not found.unknown:
        joined = "".join(piece.removeprefix("##") for piece in found.pieces[1:-1])
        assert joined == "".join(words(text))
    assert found.pieces[0] == "[CLS]"
    assert found.pieces[-1] == "[SEP]"


@given(st.text(max_size=40))
def test_any_text_becomes_words_that_stay_the_same_words(text: str) -> None:
    found = words(text)
    assert all(found)
    assert words(" ".join(found)) == found
