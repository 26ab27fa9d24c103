"""``dlcli predict`` over sentences: which class, and the word that decided."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.cli import run
from dlcli.commands.predict.answers import Answers
from dlcli.commands.predict.model import Model
from dlcli.nets.net import Net
from dlcli.nets.spec import model_spec
from dlcli.runner.environment import Environment
from dlcli.tensor import Axis
from dlcli.wire.datasets.reviews import HELD_OUT, VOCABULARY, reviews


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A classifier that has learnt from reviews, as its command line stands in the guide."""
    path = str(tmp_path_factory.mktemp("reviews") / "net.safetensors")
    world = Environment(io.BytesIO(), io.BytesIO(), io.StringIO())
    assert run(("train", "sequence-classifier", "reviews:2000", "-o", path), world) == 0
    return path


def test_reviews_that_were_never_learnt_from_are_told(net: str, cli: Any) -> None:
    confusion = cli("predict", net, "reviews:2000", "--emit", "confusion").tensor
    assert confusion.data.sum() == HELD_OUT
    assert np.trace(confusion.data) / HELD_OUT >= 0.99


@pytest.mark.parametrize(
    ("sentence", "wanted"),
    [
        ("the film was good", "positive"),
        ("the film was not good", "negative"),
        ("The film was never boring.", "positive"),
        ("although the plot was weak, I loved the ending", "positive"),
        ("I loved the ending, but the film was dull!", "negative"),
    ],
)
def test_a_sentence_is_typed_as_it_is_written(sentence: str, wanted: str, net: str, cli: Any) -> None:
    found = cli("predict", net, sentence, "--emit", "probabilities").tensor
    assert found.axes == (Axis("class", ("negative", "positive")),)
    assert found.axes[0].labels[found.data.argmax()] == wanted  # type: ignore[index]
    assert found.data.sum() == pytest.approx(1)


def test_the_word_that_decided(net: str, cli: Any) -> None:
    """A negation turns a judgement: gradient times embedding has its largest bar there, with its sign."""
    words = ("although", "the", "plot", "was", "weak", ",", "i", "loved", "the", "ending")
    ask = ("predict", net, "although the plot was weak, I loved the ending", "--saliency")
    found = cli(*ask, "--emit", "saliency").tensor
    assert found.axes == (Axis("token", words),)
    assert words[int(found.data.argmax())] == "loved"
    other = cli(*ask, "--emit", "saliency", "--class", "negative").tensor
    np.testing.assert_allclose(other.data, -found.data, rtol=1e-5)
    story = cli(*ask, "-f", "plain").out
    assert "Saliency  gradient times embedding, for the logit of positive" in story
    assert "The word that\n  decided is loved." in story
    bar = next(line for line in story.splitlines() if line.startswith("  loved"))
    assert bar.endswith("█" * 12)


def test_where_no_word_speaks_for_the_answer_that_is_told(net: str, cli: Any) -> None:
    """The net's own beginning answers then: here a sentence whose words all speak against it."""
    other = (
        "although the plot was weak, I loved the ending",
        "--saliency",
        "--class",
        "negative",
        "-f",
        "plain",
    )
    told = " ".join(cli("predict", net, *other).out.split())
    assert "What speaks most for negative, which is not the answer, is weak." in told
    stories = [
        " ".join(cli("predict", net, "loved", "--saliency", "--class", one, "-f", "plain").out.split())
        for one in ("positive", "negative")
    ]
    assert (
        sum("No word speaks for" in one for one in stories) == 1
    )  # what speaks for one speaks against the other


def test_the_deciding_words_of_the_grammar_have_the_most(net: str, cli: Any) -> None:
    """In three of four reviews the largest share is that of the judgement, or of its negation."""
    found = cli("predict", net, "reviews:2000", "--saliency", "--emit", "saliency").tensor.data
    right = [int(row.argmax()) in one.deciding for row, one in zip(found, reviews(1), strict=False)]
    assert np.mean(right) > 0.75


#: After the embedding: one road, or attention that looks at the embedding again.
ROADS = {
    "one": [{"kind": "gru", "units": 5}],
    "two": [{"kind": "gru", "units": 4}, {"kind": "attention", "memory": "embedding"}],
    "again": [
        {"kind": "gru", "units": 4, "name": "encoder"},
        {"kind": "gru", "units": 4, "after": "embedding"}, {"kind": "concat", "source": "encoder"},
    ],
}  # fmt: skip


@pytest.mark.parametrize("road", ROADS)
def test_the_share_of_a_word_is_how_the_logit_changes(road: str) -> None:
    """By central differences: every embedding alone a little longer and shorter."""
    layers = [
        {"kind": "embedding", "input_dim": 7, "output_dim": 4, "mask_zero": True},
        *ROADS[road], {"kind": "last-step"}, {"kind": "dense", "units": 3},
    ]  # fmt: skip
    net = Net(model_spec({"input": [4], "layer": layers}), np.float64).draw(3)
    words = np.array([[1, 5, 2, 0], [6, 3, 4, 1]])
    answers = Answers(Model("w", net, (), {}, None), 2, lambda at: words[at])
    found, table = answers.share_of_words(1), net.values["embedding"]["embeddings"]
    step = 1e-6
    for place in np.ndindex(2, 4):
        word, kept = words[place], table[words[place]].copy()
        values = []
        for factor in (1 + step, 1 - step):
            table[word] = factor * kept
            values.append(net.forward(net.batch(words[place[0]][None]))[1, 0])
        table[word] = kept
        assert found[place] == pytest.approx((values[0] - values[1]) / (2 * step), abs=1e-8)
    assert found[0, 3] == 0  # what fills up is not there


def test_words_by_their_numbers_are_the_same_words(net: str, cli: Any) -> None:
    words = ["the", "film", "was", "good"]
    numbers = " ".join(str(VOCABULARY.index(one)) for one in words)
    ask = ("--saliency", "--emit", "saliency")
    by_number, by_word = (cli("predict", net, one, *ask).tensor for one in (numbers, " ".join(words)))
    assert by_number.axes == by_word.axes == (Axis("token", tuple(words)),)
    np.testing.assert_array_equal(by_number.data, by_word.data)


def test_a_file_holds_a_sentence_a_line(net: str, cli: Any) -> None:
    Path("two.txt").write_text("The film was good.\nThe film was not good.\n")
    found = cli("predict", net, "two.txt", "--emit", "classes")
    assert [int(one.data) for one in found.tensors] == [1, 0]
    piped = cli("predict", net, "--emit", "classes", stdin=Path("two.txt").read_bytes())
    assert piped.raw.count(b"\n") == found.raw.count(b"\n")


def test_the_sum_behind_the_logit(net: str, cli: Any) -> None:
    story = cli("predict", net, "the film was not good", "--explain", "negative", "-f", "plain").out
    assert "Logit of negative  unit of dense: 32 products of last_step with its weights" in story


@pytest.mark.parametrize(
    ("sentence", "code", "told"),
    [
        ("the filme was good", 1, "has not learnt 'filme': it knows 86 words; did you mean film?"),
        ("the xylophone was qwerty", 1, "has not learnt 'xylophone' and 1 more: it knows 86 words; it knows the, i"),
        ("!?", 1, "there is no word in it"),
        ("copy:5", 1, "lacks 9 words of copy:5: 'b', 'c', 'd', 'e', 'f', …; ask it about reviews:2000"),
        ("nothing.txt", 1, "'nothing.txt' is neither a file nor a sentence"),
    ],
)  # fmt: skip
def test_what_is_not_known(sentence: str, code: int, told: str, net: str, cli: Any) -> None:
    ended = cli("predict", net, sentence)
    assert (ended.code, ended.raw) == (code, b"")
    assert told in ended.err
    assert len(ended.err.splitlines()) <= 2


def test_options_that_are_not_of_sentences(net: str, cli: Any) -> None:
    for more, told in (
        (("--fit", "crop"), "--fit is for pictures"),
        (("--part", "all"), "--part all is of a set of data; received a sentence"),
        (("--rescale", "2"), "--rescale 2 is of numbers; received a sentence"),
    ):
        ended = cli("predict", net, "the film was good", *more)
        assert ended.code == 2
        assert told in ended.err


def test_a_table_of_sentences_is_learnt_from_and_asked(cli: Any) -> None:
    lines = [f"{' '.join(one.words)!r},{one.label}".replace("'", '"') for one in reviews(10)[:60]]
    Path("own.csv").write_text("\n".join(["text,label", *lines, "an odd xylophone,0"]))
    trained = cli("train", "sequence-classifier", "own.csv", "--epochs", "1", "-o", "own.safetensors")
    assert (trained.code, "occur once" in trained.err) == (0, True)
    asked = cli("predict", "own.safetensors", "the banjo was so", "--emit", "probabilities")
    assert asked.err == "dlcli: own.safetensors has not learnt 'banjo': read as its unknown word, [UNK]\n"
    assert asked.tensors[0].data.sum() == pytest.approx(1)
    other = cli("predict", "own.safetensors", "reviews:10", "--emit", "confusion")
    assert other.tensors[0].data.sum() == HELD_OUT
    assert "words of reviews:10, read as [UNK]" in other.err
