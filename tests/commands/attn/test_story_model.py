"""The stories of a trained encoder, told of weights whose habits are known, and of many sentences."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from dlcli.commands.attn import story_model, story_similarity
from dlcli.commands.attn.model import with_model
from dlcli.commands.attn.options import Options
from dlcli.engines.transformer.head_patterns import HeadPatterns
from dlcli.errors import WrongUsage
from dlcli.wire.typed.sentence import sentence
from dlcli.words.line import Line

TINY = str(Path(__file__).parents[2] / "data" / "tiny_bert")


def work(*texts: str, layer: int | None = None, head: int | None = None) -> Any:
    warned: list[str] = []
    run: Any = SimpleNamespace(warn=warned.append, line=Line("attn"), emit=None)
    return (
        with_model(run, Options(layer=layer, head=head), TINY).work([sentence(text) for text in texts]).work
    )


def notices(shares: list[list[float]]) -> str:
    told: Any = SimpleNamespace(patterns=HeadPatterns(np.array(shares), np.zeros(len(shares))))
    return " ".join(story_model._notices(told))


@pytest.mark.parametrize(
    ("shares", "wanted"),
    [
        ([[0.1, 0.2, 0.1, 0.2, 0.1]], "No head looks mostly at one place: these weights depend on the words."),
        ([[0.1, 0.9, 0.1, 0.0, 0.0], [0.1, 0.1, 0.1, 0.1, 0.1]], "Head 0 looks mostly at the token before, whatever the words."),
        ([[0.1, 0.1, 0.1, 0.1, 0.1], [0.1, 0.1, 0.6, 0.1, 0.1]], "Head 1 looks mostly at the token after, whatever the words."),
        ([[0.1, 0.1, 0.1, 0.1, 0.1], [0.1, 0.1, 0.1, 0.7, 0.0]], "Head 1 looks mostly at [CLS], whatever the words."),
        ([[0.7, 0.1, 0.1, 0.4, 0.2]], "60 % of what this layer looks at is [CLS] and [SEP], which stand in every sentence: a head that finds nothing looks there. Head 0 looks mostly at each token itself, whatever the words."),
    ],
)  # fmt: skip
def test_habits_in_words(shares: list[list[float]], wanted: str) -> None:
    assert notices(shares) == wanted


def test_one_head_lists_the_strongest_key_of_each_token(draw: Callable[..., str]) -> None:
    told = work("the kittens sat on a mat", head=1)
    page = draw(story_model.story(told))
    rows = re.findall(r"^  (\S+) +(\S+) +(0\.\d\d)$", page.partition("Looks most at")[2], re.MULTILINE)
    weights = told.weights.data
    assert len(rows) == len(weights) == 10
    tokens = told.sentences[0].pieces.pieces
    assert [row[1] for row in rows] == [tokens[at] for at in weights.argmax(axis=1)]
    assert [float(row[2]) for row in rows] == pytest.approx(weights.max(axis=1), abs=0.006)
    assert "Looks most at" not in draw(story_model.story(work("the cat")))


def test_many_sentences_are_cut_short(draw: Callable[..., str]) -> None:
    page = draw(story_similarity.story(work(*(f"the {'cat ' * (i % 5)}mat" for i in range(30)))))
    assert page.count("and 6 more") == 2
    assert re.search(r"^ +23  “the ", page, re.MULTILINE)
    assert not re.search(r"^ +24  “the ", page, re.MULTILINE)


def test_the_nearest_is_no_sentence_itself(draw: Callable[..., str]) -> None:
    told = work("the cat", "a mat!", "the cat sat")
    page = draw(story_similarity.story(told))
    near = told.similarity.data - 2 * np.eye(3)
    rows = re.findall(r"^ +(\d)  “[^”]*” +(\d)  “[^”]*” +(\S+)$", page, re.MULTILINE)
    assert [int(at) for _, at, _ in rows] == near.argmax(axis=1).tolist()
    words = " ".join(page.partition("Notice")[2].split())
    texts = [one.text for one in told.sentences]
    a, b = divmod(int(np.argmin(told.similarity.data)), 3)
    assert f"“{texts[min(a, b)]}” and “{texts[max(a, b)]}” farthest" in words
    a, b = divmod(int(np.argmax(near)), 3)
    assert f"“{texts[min(a, b)]}” and “{texts[max(a, b)]}” are nearest" in words


def test_two_alone_have_no_farthest(draw: Callable[..., str]) -> None:
    assert "farthest" not in draw(story_similarity.story(work("the cat", "a mat!")))
    assert "farthest" in draw(story_similarity.story(work("the cat", "a mat!", "the mat")))


@pytest.mark.parametrize("width", [40, 80, 120])
def test_stories_fit(width: int, draw: Callable[..., str]) -> None:
    one, several = work("the kittens sat on a mat!"), work("the cat", "a mat!")
    for view in (
        story_model.story(one),
        story_model.explain(one, (0, 1, 2)),
        story_similarity.story(several),
        story_similarity.explain(several, (0, 1)),
    ):
        draw(view, width=width)


def test_no_such_cell() -> None:
    with pytest.raises(WrongUsage, match="there is no cell 2,0,0 in the weights: head 0 to 1, query 0 to 3"):
        story_model.explain(work("the cat"), (2, 0, 0))
    with pytest.raises(WrongUsage, match="there is no cell 0,2 in the similarity: sentence 0 to 1"):
        story_similarity.explain(work("the cat", "a mat"), (0, 2))


def test_what_is_left_out_is_told(draw: Callable[..., str]) -> None:
    page = draw(story_model.story(work("the cat " * 12)))
    assert "left out  10 tokens at the end: the model reads no more" in page
