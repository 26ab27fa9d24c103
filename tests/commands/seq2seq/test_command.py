"""``dlcli seq2seq``: translated, scored, searched; weights from files, and words for what does not fit."""

from __future__ import annotations

import json
import math
import re
import zipfile
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from dlcli.tensor import Axis, Tensor
from dlcli.words.number import number

TRANSLATOR = ("--weights", "sample:translator")
CAT = "the cat sees a dog"


def test_a_sentence_is_translated(cli: Any) -> None:
    found = cli("seq2seq", CAT, *TRANSLATOR).tensor
    assert (found.name, found.axis_names) == ("probabilities", ("step", "token"))
    words = found.axes[1].labels
    assert words is not None
    said = [words[i] for i in found.data.argmax(axis=1)]
    assert said == ["die", "Katze", "sieht", "einen", "Hund", "<end>"]
    np.testing.assert_allclose(found.data.sum(axis=1), 1)


def test_what_it_emits_belongs_together(cli: Any) -> None:
    """c is the encoder's last state; the decoder's states make the probabilities."""
    sent = {
        emit: cli("seq2seq", CAT, *TRANSLATOR, "--emit", emit).tensor
        for emit in ("probabilities", "context", "encoder-states", "decoder-states", "log-probabilities")
    }
    np.testing.assert_array_equal(sent["context"].data, sent["encoder-states"].data[-1])
    assert sent["encoder-states"].axes[0] == Axis("time", tuple(CAT.split()))
    assert sent["decoder-states"].axes[0].labels == ("die", "Katze", "sieht", "einen", "Hund", "<end>")
    np.testing.assert_allclose(np.exp(sent["log-probabilities"].data), sent["probabilities"].data)
    weights = {t.name: t.data for t in cli("samples", "translator").tensors}
    scores = sent["decoder-states"].data @ weights["decoder/dense/kernel"] + weights["decoder/dense/bias"]
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(sent["probabilities"].data, shares, atol=1e-6)


def test_a_target_is_scored_by_the_product_of_its_steps(cli: Any) -> None:
    own = cli("seq2seq", CAT, *TRANSLATOR, "--emit", "log-probabilities").tensor
    told = cli("seq2seq", CAT, *TRANSLATOR, "--target", "die Katze sieht einen Hund", "-f", "plain").out
    p = math.exp(own.data.max(axis=1).sum())
    assert f"“die Katze sieht einen Hund”, p = {p:.4g}" in told
    assert "just what the decoder would have said" in told
    wrong = cli("seq2seq", CAT, *TRANSLATOR, "--target", "die Katze sieht ein Hund", "-f", "plain").out
    assert "By itself the decoder says “die Katze sieht einen Hund”" in wrong.replace("\n  ", " ")


def test_a_target_has_its_end_once(cli: Any) -> None:
    plain, ended = (
        cli("seq2seq", CAT, *TRANSLATOR, "--target", text).tensor for text in ("der Hund", "der Hund <end>")
    )
    np.testing.assert_array_equal(plain.data, ended.data)
    assert len(plain.data) == 3


def test_an_untrained_net_learns_no_signs_from_the_end_of_a_target(cli: Any) -> None:
    """What the screens show as one word is one: <end> is no three of the decoder's words."""
    plain, ended = (cli("seq2seq", "a b", "--target", text).tensor for text in ("c", "c <end>"))
    assert plain.axes[1].labels == ended.axes[1].labels == ("c", "<end>")
    np.testing.assert_array_equal(plain.data, ended.data)


@pytest.mark.parametrize("mark", ["<start>", "<s>", "</s>", "<eos>", "[SEP]", "[START]"])
def test_marks_are_words_wherever_they_are_typed(mark: str, cli: Any) -> None:
    states = cli("seq2seq", f"a {mark}", "--emit", "encoder-states").tensor
    assert states.axes[0].labels == ("a", mark)
    said = cli("seq2seq", "a", "--target", f"{mark} b").tensor.axes[1].labels
    assert said is not None
    assert said[:2] == (mark, "b")


def test_a_beam_finds_what_greedy_misses(cli: Any) -> None:
    told = cli("seq2seq", "hears woman", *TRANSLATOR, "--beam", "3", "-f", "plain").out
    assert "“die Frau hört eine Frau”" in told
    assert "3 side by side; 3.193 times as likely as the greedy answer" in told
    greedy = cli("seq2seq", "hears woman", *TRANSLATOR, "-f", "plain").out
    assert "“hört die hört eine Frau”" in greedy


def test_seeded_nets_are_the_same_for_the_same_seed(cli: Any) -> None:
    one, two, three = (
        cli("seq2seq", "the cat sat", "--seed", seed, "--emit", "context").tensor.data for seed in "112"
    )
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, three)


@pytest.mark.parametrize("cell", ["simple", "lstm", "gru"])
def test_every_cell_and_every_length(cell: str, cli: Any) -> None:
    found = cli(
        "seq2seq", "1 0 2", "--cell", cell, "--units", "3", "--steps", "4", "--target-vocabulary", "up"
    ).tensor
    assert found.axes[1].labels == ("up", "<end>")
    assert 1 <= len(found.data) <= 4
    context = cli(
        "seq2seq", "1 0 2", "--cell", cell, "--units", "3", "--target-vocabulary", "up", "--emit", "context"
    )
    assert context.tensor.shape == ((2, 3) if cell == "lstm" else (3,))


@pytest.mark.parametrize("layout", ["keras", "torch", "onnx"])
@pytest.mark.parametrize("suffix", ["npz", "safetensors"])
def test_weights_are_saved_and_read_again(layout: str, suffix: str, cli: Any) -> None:
    line = ("seq2seq", "the cat sat", "--save-weights", f"net.{suffix}", "--layout", layout)
    first = cli(*line).tensor
    again = cli("seq2seq", "the cat sat", "--weights", f"net.{suffix}").tensor
    np.testing.assert_allclose(again.data, first.data, rtol=1e-12)
    assert again.axes == first.axes


def test_weights_of_pytorch_without_words_are_read(cli: Any) -> None:
    cli("seq2seq", "the cat sat", "--save-weights", "net.safetensors", "--layout", "torch")
    save_file(load_file("net.safetensors"), "bare.safetensors")
    ended = cli("seq2seq", "the cat sat", "--weights", "bare.safetensors")
    assert (ended.code, "give all of them, in their order, with --source-vocabulary" in ended.err) == (
        2,
        True,
    )
    words = ("--source-vocabulary", "the cat sat")
    found = cli("seq2seq", "the cat sat", "--weights", "bare.safetensors", *words).tensor
    assert found.axes[1].labels == ("0", "1", "2", "3")
    named = cli(
        "seq2seq",
        "the cat sat",
        "--weights",
        "bare.safetensors",
        *words,
        "--target-vocabulary",
        "a b c <end>",
    )
    np.testing.assert_array_equal(named.tensor.data[0], found.data[0])


def test_what_agrees_with_the_file_is_taken(cli: Any) -> None:
    agreeing = ("--cell", "gru", "--units", "32", "--reset-after")
    found = cli("seq2seq", CAT, *TRANSLATOR, *agreeing).tensor
    np.testing.assert_array_equal(found.data, cli("seq2seq", CAT, *TRANSLATOR).tensor.data)


def test_the_activation_of_a_file_is_not_another(cli: Any) -> None:
    first = cli("seq2seq", "a b", "--cell", "simple", "--save-weights", "net.npz").tensor.data
    line = ("seq2seq", "a b", "--weights", "net.npz", "--activation")
    np.testing.assert_array_equal(cli(*line, "tanh").tensor.data, first)
    ended = cli(*line, "relu")
    assert (ended.code, ended.raw) == (2, b"")
    told = "its activation is tanh, not as --activation relu has it; leave that out"
    assert ended.err == f"dlcli seq2seq: net.npz: {told}\n"
    ended = cli("seq2seq", CAT, *TRANSLATOR, "--activation", "relu")
    assert (ended.code, ended.raw, ended.err) == (2, b"", f"dlcli seq2seq: sample:translator: {told}\n")


def test_grus_that_pytorch_exported_to_onnx_are_asked_about(cli: Any) -> None:
    cli("seq2seq", "a b", "--save-weights", "net.npz", "--layout", "onnx")
    with np.load("net.npz") as net:
        bare = {name: net[name] for name in net.files if "linear" not in name and name != "dlcli.json"}
    np.savez("bare.npz", **bare)
    line = (
        "seq2seq",
        "a b",
        "--weights",
        "bare.npz",
        "--source-vocabulary",
        "a b",
        "--target-vocabulary",
        "a b <end>",
    )
    ended = cli(*line)
    assert (ended.code, ended.err) == (0, (
        "dlcli: bare.npz does not tell all of its net; taken: --reset-before (ONNX's default; PyTorch exports "
        "--reset-after)\n"
    ))  # fmt: skip
    before, after = (cli(*line, f"--reset-{side}").tensor.data for side in ("before", "after"))
    np.testing.assert_array_equal(ended.tensors[0].data, before)
    assert not np.allclose(before, after)
    whole = cli("seq2seq", "a b", "--weights", "net.npz").tensor.data
    np.testing.assert_array_equal(after, whole)


def test_time_is_measured_only_when_asked_for(cli: Any) -> None:
    told = cli("seq2seq", CAT, *TRANSLATOR, "--time", "-f", "plain").out
    assert "of the processor: 16 times the steps took" in told
    assert "Time  " not in cli("seq2seq", CAT, *TRANSLATOR, "-f", "plain").out


def test_a_score_is_explained_down_to_its_terms(cli: Any) -> None:
    told = cli("seq2seq", CAT, *TRANSLATOR, "--explain", "3,einen", "-f", "plain").out
    assert "step 3, after “die Katze sieht”" in told
    assert "  ▸ einen " in told
    assert "+ 20 others" in told
    small = cli("seq2seq", "the cat", "--units", "2", "--explain", "0,cat", "-f", "plain").out
    assert "step 0, from the context alone" in small
    assert "others" not in small


BAD: dict[str, tuple[tuple[str, ...], int, str]] = {
    "unknown word": (("the cta sees a dog", *TRANSLATOR), 1, "unknown word 'cta': it is none of the 16 of the vocabulary; did you mean cat?"),
    "unknown target": ((CAT, *TRANSLATOR, "--target", "die Katz"), 2, "--target: unknown word 'Katz'"),
    "no target": ((CAT, *TRANSLATOR, "--target", " "), 2, "'--target': it is empty"),
    "both": ((CAT, *TRANSLATOR, "--target", "die", "--beam", "2"), 2, "--beam does not go with --target: leave one of them out"),
    "idle layout": ((CAT, *TRANSLATOR, "--layout", "torch"), 2, "--layout goes with --save-weights: add it, or leave --layout out"),
    "another cell": ((CAT, *TRANSLATOR, "--cell", "lstm"), 2, "has cells 'gru', --cell asks for 'lstm'"),
    "other units": ((CAT, *TRANSLATOR, "--units", "3"), 2, "has 32 units, --units asks for 3"),
    "other features": (("1 2 3", *TRANSLATOR), 1, "these weights of a cell 'gru' are for 16 features a step; the sequence has 1"),
    "too few words": ((CAT, *TRANSLATOR, "--target-vocabulary", "a b"), 2, "--target-vocabulary has 2 words; the net in sample:translator has 22 tokens there"),
    "other words": ((CAT, *TRANSLATOR, "--source-vocabulary", " ".join("abcdefghijklmnop")), 2, "--source-vocabulary has 'b' at 1; the words in sample:translator have 'bird' there: leave it out"),
    "another reset": ((CAT, *TRANSLATOR, "--reset-before"), 2, "sample:translator: its reset gate acts after the product, not as --reset-before has it"),
    "reset of none": (("the cat", "--reset-after"), 2, "--reset-after goes with --weights: add it, or leave --reset-after out"),
    "numbers": (("1 2 3",), 2, "which words can the decoder say?"),
    "no word": (("1 2 3", "--target-vocabulary", " "), 2, "'--target-vocabulary': it is empty"),
    "not a net": ((CAT, "--weights", "sample:sunspots"), 1, "sample:sunspots: weights of a seq2seq net say 'encoder' and 'decoder'"),
    "nowhere": ((CAT, "--weights", "nowhere.npz"), 1, "'nowhere.npz' is neither a file nor"),
    "where to": (("the cat", "--save-weights", "net.csv"), 2, "weights are several arrays; use .npz or .safetensors"),
    "no beam": (("the cat", "--beam", "0"), 2, "0 is not in the range"),
    "no such word": ((CAT, *TRANSLATOR, "--explain", "0,Katz", "-f", "plain"), 2, "'Katz' is no token and no index: did you mean Katze?"),
    "no such step": ((CAT, *TRANSLATOR, "--explain", "6,0", "-f", "plain"), 2, "there is no cell 6,0"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_fit_ends_in_words(case: str, cli: Any) -> None:
    words, code, told = BAD[case]
    ended = cli("seq2seq", *words)
    assert (ended.code, ended.raw) == (code, b"")
    assert ended.err.startswith("dlcli seq2seq: ")
    assert told in ended.err
    assert len(ended.err.splitlines()) <= 2


@pytest.mark.parametrize(("typed", "set_"), [(("--target", "die"), "BEAM"), (("--beam", "2"), "TARGET")])
def test_a_beam_from_a_variable_does_not_go_with_a_target_either(
    typed: tuple[str, ...], set_: str, cli: Any
) -> None:
    variables = {f"DLCLI_SEQ2SEQ_{set_}": "2"}
    assert cli("seq2seq", CAT, *TRANSLATOR, *typed, variables=variables).code == 2


@pytest.mark.parametrize(
    ("side", "told"),
    [
        ("encoder", "the encoder's states are not finite from step 1 on"),
        ("decoder", "the decoder's scores are not finite from step 0 on"),
    ],
)
def test_what_explodes_is_told_with_its_step(side: str, told: str, cli: Any) -> None:
    cli("seq2seq", "a b c", "--cell", "simple", "--save-weights", "net.npz", "--target-vocabulary", "a b")
    with np.load("net.npz") as file:
        arrays = {name: file[name] for name in file if name.endswith(("kernel", "bias"))}
    notes = {
        name: {"axes": None, "attrs": {"activation": "relu", "source_vocabulary": "a b c"}} for name in arrays
    }
    arrays = {name: np.abs(array) * (1e250 if side in name else 1) for name, array in arrays.items()}
    np.savez("loud.npz", **arrays)
    with zipfile.ZipFile("loud.npz", "a") as archive:
        archive.writestr("dlcli.json", json.dumps(notes))
    ended = cli("seq2seq", "a b c", "--weights", "loud.npz")
    assert (ended.code, ended.raw) == (1, b"")
    assert told in ended.err


def test_an_empty_sequence_is_refused(cli: Any) -> None:
    ended = cli("seq2seq", "--target-vocabulary", "a", stdin=Tensor(np.ones((0, 2)), name="nothing"))
    assert ended.code == 1
    assert "empty" in ended.err


@pytest.mark.parametrize("emit", ["context", "encoder-states", "decoder-states"])
def test_states_have_no_explanation_and_say_so(emit: str, cli: Any) -> None:
    ended = cli("seq2seq", "a b", "--emit", emit, "--explain", "0,1")
    assert (ended.code, ended.raw) == (2, b"")
    assert (
        f"--explain knows the arithmetic of probabilities, log-probabilities, alignment or contexts, not of {emit}: leave out "
        f"--emit {emit}" in ended.err
    )


def test_a_logarithm_is_explained_by_the_scores(cli: Any) -> None:
    line = ("seq2seq", CAT, *TRANSLATOR, "--emit", "log-probabilities")
    found = cli(*line).tensor
    assert found.axes[1].labels is not None
    token = found.axes[1].labels.index("einen")
    told = cli(*line, "--explain", "3,einen", "-f", "plain").out
    wanted = number(found.data[3, token])
    assert "  log p  score − max − log Σ exp(score − max)\n" in told
    assert re.search(rf"^ +\S+ − \S+ − \S+ = {wanted}$", told, re.MULTILINE)
    assert f"Result  log p(“einen” | …) = {wanted}\n" in told
    plain = cli("seq2seq", CAT, *TRANSLATOR, "--explain", "3,einen", "-f", "plain").out
    assert "Logarithm" not in plain


def test_what_the_decoder_is_made_to_say_ends_by_itself(cli: Any) -> None:
    ended = cli("seq2seq", "the cat", "--steps", "1", "--target", "cat cat")
    assert (ended.code, ended.raw) == (2, b"")
    assert "--steps does not go with --target" in ended.err
