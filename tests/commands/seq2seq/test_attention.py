"""``dlcli seq2seq``: decoders that look back, encoders that read both ways, tokens that are drawn."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from dlcli.engines.language.sampling import draw
from dlcli.engines.recurrent.layouts.seq2seq import read_seq2seq
from dlcli.engines.recurrent.translation.attention import SIMILARITIES
from dlcli.engines.recurrent.translation.decoding import greedy
from dlcli.engines.recurrent.translation.seq2seq import encode, seeded_seq2seq

SENTENCE = "the cat sat"
KINDS = [*SIMILARITIES]


def engine(kind: str | None, *, both: bool = False) -> Any:
    net = seeded_seq2seq("gru", 3, 4, 4, np.random.default_rng(0), end=3, bidirectional=both, attention=kind)
    return net, encode(np.eye(3), net)


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_emitted_is_the_engines(kind: str, both: bool, cli: Any) -> None:
    words = ("seq2seq", SENTENCE, "--attention", kind, *["--bidirectional"] * both, "--emit")
    net, encoded = engine(kind, both=both)
    done = greedy(net, encoded, 10)
    for name, wanted in (("alignment", done.alignment), ("contexts", done.contexts), ("probabilities", done.probabilities), ("context", encoded.context), ("encoder-states", encoded.states)):  # fmt: skip
        np.testing.assert_allclose(cli(*words, name).tensor.data, wanted, rtol=1e-12, err_msg=name)
    assert cli(*words, "alignment").tensor.axes[1].labels == ("the", "cat", "sat")


def test_without_attention_nothing_has_changed(cli: Any) -> None:
    net, encoded = engine(None)
    np.testing.assert_array_equal(
        cli("seq2seq", SENTENCE).tensor.data, greedy(net, encoded, 10).probabilities
    )
    assert "this run gives no alignment" in cli("seq2seq", SENTENCE, "--emit", "alignment").err
    page = cli("seq2seq", SENTENCE, "-f", "plain").out
    assert "All that goes from reader to writer is c" in page
    assert "\nAlignment" not in page


@pytest.mark.parametrize("kind", KINDS)
def test_a_share_is_explained_from_its_score_on(kind: str, cli: Any) -> None:
    words = ("seq2seq", SENTENCE, "--attention", kind, "--target", "cat the", "--emit")
    shares, contexts = (cli(*words, name).tensor.data for name in ("alignment", "contexts"))
    for step in (0, 1):
        told = cli(*words, "alignment", "--explain", f"{step},cat", "-f", "plain", "--precision", "9").out
        assert f"a[{step}, 1] is {shares[step, 1]:.9g}" in told
        rows = re.findall(r" +(−?[\d.e−]+) × +(−?[\d.e−]+) = +(−?[\d.e−]+)$", told, re.MULTILINE)
        numbers = np.array([[float(one.replace("−", "-")) for one in row] for row in rows])
        np.testing.assert_allclose(numbers[:, 0] * numbers[:, 1], numbers[:, 2], atol=1e-8)
        (total,) = re.findall(r"^ +sum +(−?[\d.]+)$", told, re.MULTILINE)
        assert numbers[:, 2].sum() == pytest.approx(float(total.replace("−", "-")), abs=1e-7)
        asked = {"bahdanau": f"s[{step - 1}]".replace("-", "−")}.get(kind, f"s[{step}]")
        assert asked in told
    told = cli(*words, "contexts", "--explain", "1,2", "-f", "plain", "--precision", "9").out
    assert f"c[1] of unit 2 is {contexts[1, 2]:.9g}".replace("-", "−") in told
    score = cli(*words, "probabilities", "--explain", "1,cat", "-f", "plain").out
    assert ("s̃ · V + a" in score) == (kind != "bahdanau")


@pytest.mark.parametrize("kind", KINDS)
def test_the_story_has_its_formulas_and_the_alignment(kind: str, cli: Any) -> None:
    page = cli("seq2seq", SENTENCE, "--attention", kind, "--bidirectional", "-f", "plain").out
    score = {
        "bahdanau": "v · tanh(s[t−1] A + h[j] B)",
        "luong-dot": "s[t] · h[j]",
        "luong-general": "s[t] W · h[j]",
        "luong-concat": "v · tanh(s[t] A + h[j] B)",
    }[kind]
    assert f"softmax over j of {score}" in page
    assert "[h→[t], h←[t]]" in page
    assert ("s̃[t]" in page) == (kind != "bahdanau")
    table = page[page.index("\nAlignment") : page.index("\nNotice")]
    rows = re.findall(r"^  \d+ \S+ +([\d.]+) +([\d.]+) +([\d.]+)$", table, re.MULTILINE)
    np.testing.assert_allclose(np.array(rows, float).sum(axis=1), 1, atol=2e-4)
    assert "Each step looks back at all 3 states" in " ".join(page.split())
    assert "All that goes from reader to writer is c" not in page
    assert f"attention    {kind}" in page


@pytest.mark.parametrize("kind", KINDS)
def test_a_saved_net_is_the_same_again(kind: str, cli: Any, tmp_path: Any) -> None:
    words = ("seq2seq", SENTENCE, "--emit", "alignment")
    saved = cli(*words, "--attention", kind, "--bidirectional", "--save-weights", "net.npz").tensor.data
    again = cli(*words, "--weights", "net.npz").tensor.data
    np.testing.assert_allclose(again, saved, rtol=1e-12)
    with np.load(tmp_path / "net.npz") as file:
        assert read_seq2seq(dict(file)).net.attention.kind == kind  # type: ignore[union-attr]


def test_drawn_tokens_are_those_of_draw_by_the_seed(cli: Any) -> None:
    words = ("seq2seq", "hears woman", "--weights", "sample:translator", "--temperature", "3")
    for seed in ("0", "7"):
        found = cli(*words, "--top-p", "0.95", "--seed", seed, "--emit", "log-probabilities").tensor
        rng = np.random.default_rng(int(seed))
        steps = (
            cli(*words, "--top-p", "0.95", "--seed", seed, "--emit", "decoder-states").tensor.axes[0].labels
        )
        for row, said in zip(found.data, steps, strict=True):
            drawn = draw(row, rng, temperature=3, top_p=0.95)
            assert found.axes[1].labels[drawn.word] == said
    one, other = (cli(*words, "--seed", seed).tensor.data for seed in ("0", "0"))
    np.testing.assert_array_equal(one, other)
    cold = cli("seq2seq", "hears woman", "--weights", "sample:translator", "--temperature", "0").tensor.data
    np.testing.assert_array_equal(
        cold, cli("seq2seq", "hears woman", "--weights", "sample:translator").tensor.data
    )


def test_a_draw_is_told_and_explained(cli: Any) -> None:
    words = ("seq2seq", "hears woman", "--weights", "sample:translator", "--temperature", "3", "--top-k", "5")
    page = " ".join(cli(*words, "-f", "plain").out.split())
    assert "each drawn by --seed 0: temperature 3, among the 5 most probable" in page
    assert re.search(r"In \d+ of \d+ steps another than the likeliest token was drawn", page)
    told = cli(*words, "--explain", "0,die", "-f", "plain").out
    assert re.search(r"5 of 22 tokens are left; u = 0\.637 falls into the part of “\S+”", told)
    assert told[told.index("\nDraw") :].count("\n    ") + told[told.index("\nDraw") :].count("\n  ▸") >= 5
    only = " ".join(cli("seq2seq", SENTENCE, "--top-k", "1", "-f", "plain").out.split())
    assert "temperature 1, among the 1 most probable" in only


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--temperature", "2", "--beam", "2"), 2, "--temperature does not go with --beam"),
        (("--top-k", "2", "--target", "cat"), 2, "does not go with --t"),
        (("--temperature", "-1"), 2, "is not a number from 0"),
        (("--attention", "luong"), 2, "'luong-dot'"),
        (
            ("--attention", "luong-dot", "--save-weights", "n.npz", "--layout", "torch"),
            2,
            "try --layout keras",
        ),
        (
            ("--weights", "net.npz", "--attention", "luong-dot"),
            2,
            "has bahdanau attention, --attention asks for",
        ),
        (("--weights", "net.npz", "--bidirectional"), 2, "reads in one direction; leave --bidirectional out"),
        (("--attention", "bahdanau", "--emit", "alignment", "--explain", "0,dog"), 2, "dog"),
        (("--attention", "bahdanau", "--emit", "contexts", "--explain", "0,9"), 2, "9"),
    ],
)
def test_what_does_not_fit_ends_in_words(words: tuple[str, ...], code: int, told: str, cli: Any) -> None:
    cli("seq2seq", SENTENCE, "--attention", "bahdanau", "--save-weights", "net.npz")
    ended = cli("seq2seq", SENTENCE, *words, *(("-f", "plain") if "--explain" in words else ()))
    assert (ended.code, ended.raw) == (code, b"")
    assert told in ended.err


def test_numbers_are_read_too_and_many_steps_are_a_picture(cli: Any) -> None:
    words = ("seq2seq", "1 2; 3 4", "--attention", "luong-dot", "--target-vocabulary", "up down")
    assert "is of h[" in " ".join(cli(*words, "-f", "plain").out.split())
    assert cli(*words, "--emit", "alignment", "--explain", "0,1", "-f", "plain").code == 0
    long = " ".join("abcdefghijklmnopqrstu")
    page = cli("seq2seq", long, "--attention", "luong-dot", "-f", "plain", "--width", "80").out
    assert max(map(len, page.split("\n"))) <= 80
    for width in ("40", "60"):
        page = cli("seq2seq", SENTENCE, "--attention", "luong-concat", "--bidirectional", "-f", "plain", "--width", width).out  # fmt: skip
        assert max(map(len, page.split("\n"))) <= int(width)
