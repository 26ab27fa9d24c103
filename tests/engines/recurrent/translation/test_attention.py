"""Decoders that look back, encoders that read both ways, tokens that are drawn: beside PyTorch, and properties."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.recurrent.layouts.seq2seq import read_seq2seq, write_seq2seq
from dlcli.engines.recurrent.translation.attention import SIMILARITIES, seeded_attention
from dlcli.engines.recurrent.translation.beam import beam_search
from dlcli.engines.recurrent.translation.decoding import decode, greedy, sample
from dlcli.engines.recurrent.translation.seq2seq import Seq2Seq, encode, seeded_seq2seq

Array = np.ndarray[Any, Any]
with np.load(Path(__file__).parents[3] / "data" / "torch_seq2seq_attention.npz") as file:
    PEER = dict(file)
CASES = list(enumerate(json.loads(str(PEER["cases"]))))
X = np.random.default_rng(5).normal(size=(4, 3))


def seeded(attention: str | None, *, both: bool = False, kind: str = "gru", seed: int = 0) -> Seq2Seq:
    """A net with opinions: all its weights are larger than fresh ones."""
    net = seeded_seq2seq(
        kind, 3, 4, 3, np.random.default_rng(seed), end=2, bidirectional=both, attention=attention
    )
    weights = {name: 3 * array for name, array in write_seq2seq(net, "keras").items()}
    return read_seq2seq(weights, end=2).net


@pytest.mark.parametrize(("i", "case"), CASES, ids=str)
def test_states_shares_and_probabilities_are_those_of_pytorch(i: int, case: dict[str, Any]) -> None:
    head = f"{i}/"
    parts = tuple(f"{head}{name}." for name in ("encoder", "decoder", "fc", "attention"))
    weights = {name.removeprefix(head): array for name, array in PEER.items() if name.startswith(parts)}
    net = read_seq2seq(weights).net
    assert net.attention is not None
    assert net.attention.kind == case["attention"]
    done = decode(net, encode(PEER["x"], net), PEER["tokens"])
    for name in ("states", "log_probabilities", "alignment", "contexts"):
        np.testing.assert_allclose(getattr(done, name), PEER[f"{i}/{name}"], rtol=0, atol=1e-12)


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("kind", SIMILARITIES)
def test_what_is_seen_is_a_mean_of_the_states_in_shares_that_add_up_to_1(kind: str, both: bool) -> None:
    net = seeded(kind, both=both)
    encoded = encode(X, net)
    done = greedy(net, encoded, 5)
    assert done.alignment is not None
    assert done.similarity is not None
    np.testing.assert_allclose(done.alignment.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(done.contexts, done.alignment @ encoded.states, rtol=1e-12)
    powers = np.exp(done.similarity)
    np.testing.assert_allclose(done.alignment, powers / powers.sum(axis=1, keepdims=True), rtol=1e-12)
    np.testing.assert_allclose(done.scores, net.readout(done.read), rtol=1e-12)
    again = decode(net, encoded, done.tokens)
    np.testing.assert_allclose(again.scores, done.scores, rtol=1e-12)
    (best, *_) = beam_search(net, encoded, width=1, steps=5)[-1]
    assert best.tokens == tuple(done.tokens.tolist())


@pytest.mark.parametrize("kind", SIMILARITIES)
def test_a_beam_keeps_what_each_sequence_has_seen(kind: str) -> None:
    net = seeded(kind, seed=3)
    encoded = encode(X, net)
    for one in beam_search(net, encoded, width=4, steps=4)[-1]:
        said = decode(net, encoded, np.array(one.tokens))
        assert said.log_likelihood == pytest.approx(one.log_probability, rel=1e-9)


@pytest.mark.parametrize("kind", ["simple", "lstm", "gru"])
def test_both_directions_begin_the_decoder_beside_each_other(kind: str) -> None:
    net = seeded(None, both=True, kind=kind)
    encoded = encode(X, net)
    (layer,) = encoded.steps.layers
    ahead, behind = layer.directions
    np.testing.assert_array_equal(encoded.context, np.concatenate([ahead.states[-1], behind.states[-1]]))
    np.testing.assert_array_equal(encoded.context[4:], encoded.states[0, 4:])
    (first,) = encoded.last
    assert (first.cell is None) == (kind != "lstm")
    turned = encode(X[::-1], net)
    assert not np.allclose(turned.context, encoded.context)


@pytest.mark.parametrize("kind", [None, *SIMILARITIES])
def test_weights_there_and_back(kind: str | None) -> None:
    net = seeded(kind, both=True, kind="lstm")
    back = read_seq2seq(write_seq2seq(net, "keras"), end=2).net
    assert (back.attention is None) == (kind is None)
    scores = [greedy(one, encode(X, one), 6).scores for one in (net, back)]
    np.testing.assert_allclose(*scores, rtol=1e-12)
    if kind is not None:
        with pytest.raises(EngineError, match="in Keras' layout alone"):
            write_seq2seq(net, "torch")
        weights = write_seq2seq(net, "keras")
        if kind != "luong-dot":
            (name, *_) = (name for name in weights if name.startswith("attention/") and "combine" not in name)
            del weights[name]
            if kind != "luong-general":
                with pytest.raises(EngineError, match="attention has the weights query_kernel"):
                    read_seq2seq(weights)


def test_tokens_are_drawn_as_often_as_they_are_likely() -> None:
    net = seeded("luong-dot", seed=2)
    encoded = encode(X, net)
    p = greedy(net, encoded, 1).probabilities[0]
    rng = np.random.default_rng(0)
    first = [int(sample(net, encoded, 1, rng).tokens[0]) for _ in range(2000)]
    found = np.bincount(first, minlength=3) / 2000
    np.testing.assert_allclose(found, p, atol=0.035)
    (drawn,) = sample(net, encoded, 1, rng, temperature=2.0).draws
    z = np.exp(greedy(net, encoded, 1).scores[0] / 2)
    np.testing.assert_allclose(drawn.shares, z / z.sum(), rtol=1e-12)


def test_drawn_from_one_token_it_is_greedy_and_the_seed_decides() -> None:
    net = seeded("bahdanau")
    encoded = encode(X, net)
    best = greedy(net, encoded, 6).tokens
    for how in ({"top_k": 1}, {"top_p": 1e-9}, {"temperature": 0.0}):
        done = sample(net, encoded, 6, np.random.default_rng(1), **how)  # type: ignore[arg-type]
        np.testing.assert_array_equal(done.tokens, best)
        assert len(done.draws) == len(done.tokens)
    one, same = (sample(net, encoded, 20, np.random.default_rng(4)).tokens for _ in range(2))
    np.testing.assert_array_equal(one, same)
    with pytest.raises(EngineError, match="at least 1 step; received 0"):
        sample(net, encoded, 0, np.random.default_rng(0))


def test_what_there_is_not_is_refused_in_words() -> None:
    with pytest.raises(EngineError, match="no attention is called 'luong'; try one of bahdanau, luong-dot"):
        seeded_attention("luong", 4, 4, np.random.default_rng(0))
    with pytest.raises(EngineError, match="same width for similarity 'dot'"):
        seeded_attention("luong-dot", 4, 2, np.random.default_rng(0))
