"""Encoder and decoder: beside PyTorch, beside all sequences there are, and the words for what does not fit."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.engines.attention.similarities import Dot, General
from dlcli.engines.base.checks import EngineError
from dlcli.engines.recurrent.bidirectional import Layer
from dlcli.engines.recurrent.cell import Skip
from dlcli.engines.recurrent.layouts.read import LAYOUTS, read_net
from dlcli.engines.recurrent.layouts.seq2seq import read_seq2seq, write_seq2seq
from dlcli.engines.recurrent.seeded_cells import seeded_cell, seeded_readout
from dlcli.engines.recurrent.sequence_loss import Readout
from dlcli.engines.recurrent.stacked import run_stack
from dlcli.engines.recurrent.translation.attention import Attention, seeded_attention
from dlcli.engines.recurrent.translation.beam import beam_search
from dlcli.engines.recurrent.translation.decoding import decode, greedy
from dlcli.engines.recurrent.translation.seq2seq import Encoded, Seq2Seq, encode, seeded_seq2seq
from dlcli.engines.recurrent.translation.timing import decoder_times

Array = np.ndarray[Any, Any]
with np.load(Path(__file__).parents[3] / "data" / "torch_seq2seq.npz") as file:
    PEER = dict(file)
CASES = list(enumerate(json.loads(str(PEER["cases"]))))

X = np.random.default_rng(5).normal(size=(4, 3))


def seeded(
    kind: str = "gru", tokens: int = 3, *, feeds: bool = False, units: int = 4, scale: float = 3.0
) -> Seq2Seq:
    """A net with opinions: its output layer is larger than a fresh one's."""
    rng = np.random.default_rng(1)
    readout = seeded_readout(units, tokens, rng)
    return Seq2Seq(
        (Layer(seeded_cell(kind, 3, units, rng)),),
        (Layer(seeded_cell(kind, tokens + units * feeds, units, rng)),),
        Readout(scale * readout.kernel, rng.normal(size=tokens)),
        end=tokens - 1,
    )


@pytest.mark.parametrize(("i", "case"), CASES, ids=str)
def test_states_and_probabilities_are_those_of_pytorch(i: int, case: dict[str, Any]) -> None:
    head = f"{i}/"
    weights = {
        name.removeprefix(head): array
        for name, array in PEER.items()
        if name.startswith((f"{head}encoder", f"{head}decoder", f"{head}fc"))
    }
    found = read_seq2seq(weights)
    assert (found.layout, found.net.feeds_context) == ("torch", case["feeds"])
    encoded = encode(PEER["x"], found.net)
    np.testing.assert_allclose(encoded.context, PEER[f"{i}/context"], atol=1e-10)
    done = decode(found.net, encoded, PEER["tokens"])
    np.testing.assert_allclose(done.states, PEER[f"{i}/states"], atol=1e-10)
    np.testing.assert_allclose(done.log_probabilities, PEER[f"{i}/log_probabilities"], atol=1e-10)


def every_sequence(net: Seq2Seq, encoded: Encoded, steps: int) -> dict[tuple[int, ...], float]:
    """log p of all sequences that end within so many steps, or go on for all of them."""
    found: dict[tuple[int, ...], float] = {}
    for tokens in itertools.product(range(net.tokens), repeat=steps):
        cut = tokens[: tokens.index(net.end) + 1] if net.end in tokens else tokens
        if cut not in found:
            found[cut] = decode(net, encoded, np.array(cut)).log_likelihood
    return found


@pytest.mark.parametrize("kind", ["simple", "lstm", "gru"])
@pytest.mark.parametrize("feeds", [False, True])
def test_the_probabilities_of_all_sequences_add_up_to_1(kind: str, feeds: bool) -> None:
    net = seeded(kind, feeds=feeds)
    found = every_sequence(net, encode(X, net), 4)
    assert sum(np.exp(list(found.values()))) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("kind", ["simple", "lstm", "gru"])
@pytest.mark.parametrize("seed", range(3))
def test_a_beam_as_wide_as_the_world_finds_the_likeliest(seed: int, kind: str) -> None:
    net = seeded(kind, scale=2.0 + seed)
    encoded = encode(X + seed, net)
    everything = every_sequence(net, encoded, 4)
    best = sorted(everything.items(), key=lambda pair: -pair[1])
    kept = beam_search(net, encoded, width=200, steps=4)[-1]
    assert [one.tokens for one in kept[:5]] == [tokens for tokens, _ in best[:5]]
    np.testing.assert_allclose(
        [one.log_probability for one in kept[:5]], [p for _, p in best[:5]], atol=1e-12
    )


@pytest.mark.parametrize("kind", ["simple", "lstm", "gru"])
def test_a_beam_of_one_is_greedy_and_both_are_what_decode_says_of_them(kind: str) -> None:
    net = seeded(kind)
    encoded = encode(X, net)
    done = greedy(net, encoded, 8)
    (kept,) = beam_search(net, encoded, width=1, steps=8)[-1]
    assert kept.tokens == tuple(done.tokens.tolist())
    assert kept.log_probability == pytest.approx(done.log_likelihood, abs=1e-12)
    again = decode(net, encoded, done.tokens)
    np.testing.assert_allclose(again.log_probabilities, done.log_probabilities, atol=1e-12)
    np.testing.assert_array_equal(done.tokens, done.probabilities.argmax(axis=1))
    np.testing.assert_allclose(done.probabilities.sum(axis=1), 1)


def test_greedy_can_be_beaten() -> None:
    """0 looks best at first (0.6), but what follows it is unsure; 1 (0.4) is followed by the end."""
    net = seeded(tokens=3)
    wins = 0
    for shift in range(40):
        encoded = encode(X + 0.1 * shift, net)
        wide = beam_search(net, encoded, width=9, steps=5)[-1][0].log_probability
        narrow = greedy(net, encoded, 5).log_likelihood
        assert wide >= narrow - 1e-12
        wins += wide > narrow + 1e-9
    assert wins


def test_a_decoder_stops_at_the_end_and_at_the_last_step() -> None:
    net = seeded()
    encoded = encode(X, net)
    loud = replace(net, readout=Readout(net.readout.kernel * 0, np.array([0.0, 1.0, 5.0])))
    assert greedy(loud, encoded, 9).tokens.tolist() == [2]
    assert greedy(replace(loud, end=None), encoded, 9).tokens.tolist() == [2] * 9
    trace = beam_search(loud, encoded, width=1, steps=9)
    assert [(kept[0].tokens, kept[0].ended) for kept in trace] == [((2,), True)]


def test_what_is_said_first_depends_on_the_start_token() -> None:
    net = seeded()
    encoded = encode(X, net)
    first = [
        decode(replace(net, start=start), encoded, np.array([0])).log_probabilities[0]
        for start in (None, 0, 1)
    ]
    assert not np.allclose(first[0], first[1])
    assert not np.allclose(first[1], first[2])


def test_float32_stays_float32() -> None:
    net = seeded()
    done = greedy(net, encode(X.astype(np.float32), net), 3)
    assert done.states.dtype == done.log_probabilities.dtype == np.float32


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("feeds", [False, True])
def test_weights_there_and_back(layout: str, feeds: bool) -> None:
    net = seeded("lstm", feeds=feeds)
    back = read_seq2seq(write_seq2seq(net, layout), end=2)
    assert back.layout == layout
    for ours, theirs in ((net.encoder, back.net.encoder), (net.decoder, back.net.decoder)):
        for name, array in ours[0].forward.arrays().items():
            np.testing.assert_array_equal(theirs[0].forward.arrays()[name], array)
    expected = greedy(net, encode(X, net), 6)
    np.testing.assert_allclose(greedy(back.net, encode(X, back.net), 6).scores, expected.scores, rtol=1e-12)


@pytest.mark.parametrize("kind", ["simple", "lstm", "gru"])
def test_a_seeded_net_fits_together_and_has_its_marks(kind: str) -> None:
    net = seeded_seq2seq(kind, 3, 5, 4, np.random.default_rng(2), start=0, end=3)
    net.check()
    assert (net.tokens, net.start, net.end, net.feeds_context) == (4, 0, 3, False)
    assert encode(X, net).context.shape == (5,)
    again = seeded_seq2seq(kind, 3, 5, 4, np.random.default_rng(2))
    np.testing.assert_array_equal(again.readout.kernel, net.readout.kernel)


@pytest.mark.parametrize("feeds", [False, True])
def test_time_is_measured_for_every_length(feeds: bool) -> None:
    net = seeded(feeds=feeds)
    found = decoder_times(net, encode(X, net), (1, 40), rounds=2)
    assert [one.steps for one in found] == [1, 40]
    assert all(one.serial.least > 0 <= one.together.least for one in found)
    assert found[1].serial.least > found[0].serial.least


NET = seeded()
CELL = NET.decoder[0].forward
BAD: dict[str, tuple[Seq2Seq, str]] = {
    "layers": (replace(NET, decoder=(NET.decoder[0], Layer(seeded_cell("gru", 4, 4, np.random.default_rng(0))))), "received 1 and 2 layers"),
    "units": (replace(NET, encoder=seeded(units=5).encoder), "received 5 units of 'gru' and 4 of 'gru'"),
    "kinds": (replace(NET, encoder=seeded("lstm").encoder), "received 4 units of 'lstm' and 4 of 'gru'"),
    "features": (replace(NET, decoder=(Layer(seeded_cell("gru", 6, 4, np.random.default_rng(0))),)), "the decoder reads one of 3 tokens, or that and the context, 7 numbers; its kernel is for 6"),
    "output": (replace(NET, readout=Readout(np.zeros((5, 3)), np.zeros(3))), r"has a kernel \(4, output\)"),
    "both ways": (replace(NET, encoder=(Layer(NET.encoder[0].forward, NET.encoder[0].forward, "sum"),)), "both directions of an encoder stand beside each other"),
    "both ways back": (replace(NET, decoder=(Layer(CELL, CELL, "sum"),)), "the decoder reads in one direction"),
    "both units": (replace(NET, encoder=(Layer(NET.encoder[0].forward, NET.encoder[0].forward),)), "received 8 units of both directions of 'gru' and 4 of 'gru'"),
    "luong feeds": (replace(seeded(feeds=True), attention=seeded_attention("luong-dot", 4, 4, np.random.default_rng(0))), "one as Luong has it a token alone; its kernel is for 7 numbers"),
    "bahdanau": (replace(NET, attention=seeded_attention("bahdanau", 4, 4, np.random.default_rng(0))), "reads a token and what it saw"),
    "combine": (replace(NET, attention=Attention(Dot(), np.zeros((4, 4)))), r"what combines context and state is \(8, 4\)"),
    "widths": (replace(NET, attention=Attention(General(np.zeros((3, 4))), np.zeros((8, 4)))), r"weight of similarity 'general' needs shape \(4, 4\)"),
    "skip": (replace(NET, decoder=(Layer(replace(CELL, skip=Skip(np.zeros((4, 12)), 2))),)), "the decoder has no skip connections"),
    "start": (replace(NET, start=3), "start is one of 3 tokens, from 0; received 3"),
    "end": (replace(NET, end=-1), "end is one of 3 tokens, from 0; received -1"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_parts_that_do_not_fit_are_refused_in_words(case: str) -> None:
    net, told = BAD[case]
    with pytest.raises(EngineError, match=told):
        encode(X, net)


def test_bad_wishes_are_refused_in_words() -> None:
    encoded = encode(X, NET)
    with pytest.raises(EngineError, match="one sequence at a time"):
        encode(X[None], NET)
    with pytest.raises(EngineError, match="at least 1 step; received 0"):
        greedy(NET, encoded, 0)
    with pytest.raises(EngineError, match="at least one token; received none"):
        decode(NET, encoded, np.array([]))
    with pytest.raises(EngineError, match=r"tokens go from 0 to 2; received \[0, 3\]"):
        decode(NET, encoded, np.array([0, 3]))
    with pytest.raises(EngineError, match="received 0 and 3"):
        beam_search(NET, encoded, width=0, steps=3)


WEIGHTS = write_seq2seq(NET, "torch")
BAD_FILES: dict[str, tuple[dict[str, Array], str]] = {
    "no decoder": ({name: a for name, a in WEIGHTS.items() if "decoder" not in name}, "there is no decoder among encoder.rnn"),
    "no output": ({name: a for name, a in WEIGHTS.items() if "fc" not in name}, "there is no output layer"),
    "two outputs": (WEIGHTS | {"fc.weight": np.zeros((3, 4))}, r"has nothing; received fc.weight \(3, 4\)"),
    "output of the encoder": (WEIGHTS | {"encoder.fc.weight": np.zeros((3, 4))}, "the encoder has an output layer"),
    "a broken side": (WEIGHTS | {"decoder.rnn.weight_hh_l1": np.zeros((12, 4))}, "the decoder: rnn|the decoder: decoder.rnn.weight_ih_l1 is missing"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_FILES)
def test_files_that_do_not_fit_are_refused_in_words(case: str) -> None:
    weights, told = BAD_FILES[case]
    with pytest.raises(EngineError, match=told):
        read_seq2seq(weights)


def test_embeddings_on_both_sides_are_multiplied_in() -> None:
    rng = np.random.default_rng(3)
    tables = {side: rng.normal(size=(size, 2)) for side, size in (("encoder", 7), ("decoder", 3))}
    small = write_seq2seq(
        Seq2Seq(
            (Layer(seeded_cell("gru", 2, 4, rng)),),
            (Layer(seeded_cell("gru", 2, 4, rng)),),
            seeded_readout(4, 2, rng),
        ),
        "torch",
    )
    weights = small | {f"{side}.embedding.weight": table for side, table in tables.items()}
    weights |= {"decoder.fc.weight": rng.normal(size=(3, 4)), "decoder.fc.bias": np.zeros(3)}
    found = read_seq2seq(weights)
    assert (found.embedded, found.net.encoder[0].forward.features, found.net.tokens) == (True, 7, 3)
    words = np.array([5, 0, 6])
    x = tables["encoder"][words]
    h = run_stack(
        x,
        read_net(
            {k.removeprefix("encoder."): a for k, a in small.items() if k.startswith("encoder")}
        ).net.layers,
    )
    np.testing.assert_allclose(encode(np.eye(7)[words], found.net).states, h.outputs, atol=1e-12)


def test_the_output_layer_may_stand_by_itself() -> None:
    alone = {name.replace("decoder.fc", "out"): array for name, array in WEIGHTS.items()}
    net = read_seq2seq(alone).net
    np.testing.assert_array_equal(net.readout.kernel, NET.readout.kernel)
