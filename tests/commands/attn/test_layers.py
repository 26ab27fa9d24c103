"""``dlcli attn --model`` in all layers, in means of heads, and with a pair of sentences."""

from __future__ import annotations

import os
import re
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.engines.transformer.rollout import attention_rollout

DATA = Path(__file__).parents[2] / "data"
TINY = str(DATA / "tiny_bert")
EXPECTED, PAIR = np.load(DATA / "tiny_bert" / "expected.npz"), np.load(DATA / "bert_pair.npz")
LINE = ("attn", "--model", TINY)
TEXT = "the kittens sat on a mat"
PAIRED = (*LINE, "the kittens sat", "--pair", "a mat!")


def flat(told: str) -> str:
    return re.sub(r"\s+", " ", told)


def one(cli: Any, *words: str) -> Any:
    return cli(*LINE, TEXT, *words).tensor


def test_all_layers_are_the_layers_one_by_one(cli: Any) -> None:
    for name in ("weights", "scores", "entropy", "queries", "values"):
        whole = one(cli, "--layer", "all", "--emit", name)
        layers = [one(cli, "--layer", str(layer), "--emit", name) for layer in range(2)]
        np.testing.assert_array_equal(whole.data, np.stack([layer.data for layer in layers]))
        assert whole.axis_names == ("layer", *layers[0].axis_names)
    mean = one(cli, "--layer", "all", "--head", "mean", "--emit", "weights")
    np.testing.assert_allclose(
        mean.data, one(cli, "--layer", "all", "--emit", "weights").data.mean(axis=1), rtol=1e-6
    )
    assert mean.axis_names == ("layer", "query", "key")


def test_rollout_and_changes(cli: Any) -> None:
    weights = one(cli, "--layer", "all", "--emit", "weights").data
    rollout = one(cli, "--emit", "rollout")
    np.testing.assert_allclose(rollout.data, attention_rollout(weights), rtol=1e-6)
    assert rollout.axes[2].labels == ("[CLS]", "the", "kit", "##ten", "##s", "sat", "on", "a", "mat", "[SEP]")
    states = one(cli, "--emit", "layers").data.astype(float)
    norms, first, previous = (
        one(cli, "--emit", n).data for n in ("norms", "first-cosine", "previous-cosine")
    )
    np.testing.assert_allclose(norms, np.sqrt((states**2).sum(axis=-1)), rtol=1e-6)
    np.testing.assert_allclose(
        first[2], (states[2] * states[0]).sum(axis=-1) / norms[2] / norms[0], atol=1e-9
    )
    np.testing.assert_allclose(
        previous[2], (states[2] * states[1]).sum(axis=-1) / norms[2] / norms[1], atol=1e-9
    )


def test_the_states_are_those_of_transformers(cli: Any) -> None:
    found = cli(*LINE, "the kittens sat xyz", "--emit", "layers").tensors[0]
    np.testing.assert_allclose(found.data, EXPECTED["states"], atol=2e-6)


def test_the_sheet_has_a_map_for_each_head_of_each_layer(cli: Any) -> None:
    told = cli(*LINE, TEXT, "--layer", "all", "-f", "plain").out
    assert "All layers  2, 2 heads each; rows of a map are queries" in told
    sheet = told[told.index("All layers") : told.index("Means")]
    assert re.search(r"^  layer  0 +1$", sheet, re.MULTILINE)
    assert re.findall(r"^    (\d)  ", sheet, re.MULTILINE) == ["0", "1"]
    assert "R_l = (½ A_l + ½ I) · R_(l−1)" in told
    changes = one(cli, "--emit", "previous-cosine").data
    row = " ".join(f"{value:.2f}".replace("-", "−") for value in changes[:, 2])
    assert f"kit {row}" in flat(told)
    layer = int(changes[1:].mean(axis=1).argmin())
    assert f"Layer {layer} turns the tokens most" in flat(told)
    single = cli(*LINE, TEXT, "--layer", "all", "--head", "1", "-f", "plain").out
    assert "All layers  2, head 1 of each" in single
    assert (
        "the mean of their heads" in cli(*LINE, TEXT, "--layer", "all", "--head", "mean", "-f", "plain").out
    )


@pytest.mark.parametrize("emit", ["rollout", "norms", "first-cosine", "previous-cosine"])
def test_every_cell_is_explained_by_a_sum_that_gives_it(emit: str, cli: Any) -> None:
    numbers = one(cli, "--emit", emit).data
    cells = list(product(*map(range, numbers.shape)))
    for cell in cells[:: max(len(cells) // 12, 1)]:
        told = cli(*LINE, TEXT, "--emit", emit, "--explain", ",".join(map(str, cell)), "-f", "plain").out
        value = f"{numbers[cell]:.4g}".replace("-", "−")
        result = re.search(rf"^{emit.capitalize()}  (\S+) at ", told, re.MULTILINE)
        assert result
        assert float(result[1].replace("−", "-")) == pytest.approx(
            float(value.replace("−", "-")), rel=1e-3, abs=1e-6
        )
        (added,) = re.findall(r"^\s+sum\s+(\S+)$", told, re.MULTILINE)
        if emit.endswith("cosine"):
            rule = re.search(r"= (\S+) / \((\S+) · (\S+)\) = ", told)
            assert rule
            total, one_length, other_length = (float(part.replace("−", "-")) for part in rule.groups())
            assert total / (one_length * other_length) == pytest.approx(numbers[cell], abs=2e-3)
        if emit == "rollout":
            assert float(added) == pytest.approx(numbers[cell], rel=2e-2, abs=1e-3)


def test_weights_of_all_layers_and_means_are_explained(cli: Any) -> None:
    told = cli(*LINE, TEXT, "--layer", "all", "--explain", "1,0,sat,kit", "-f", "plain").out
    same = cli(*LINE, TEXT, "--layer", "1", "--head", "0", "--explain", "sat,kit", "-f", "plain").out
    assert told.replace("layer 1, head 0, query", "query") == same.replace("layer 1, head 0, query", "query")
    mean = one(cli, "--head", "mean", "--emit", "weights").data
    told = cli(*LINE, TEXT, "--head", "mean", "--explain", "sat,kit", "-f", "plain").out
    assert f"Weight  {mean[5, 2]:.4g} at query sat, key kit" in told
    weights = one(cli, "--emit", "weights").data[:, 5, 2]
    assert f"mean  {weights.sum():.4g} / 2 = {mean[5, 2]:.4g}" in told


def test_a_pair_looks_across(cli: Any) -> None:
    weights = cli(*PAIRED, "--layer", "all", "--emit", "weights").tensor
    np.testing.assert_allclose(weights.data, PAIR["weights"], atol=2e-6)
    there, back = (cli(*PAIRED, "--emit", name).tensor for name in ("a-to-b", "b-to-a"))
    np.testing.assert_allclose(there.data, PAIR["weights"][1][:, 1:6, 7:10], atol=2e-6)
    np.testing.assert_allclose(back.data, PAIR["weights"][1][:, 7:10, 1:6], atol=2e-6)
    assert (there.axes[1].labels, there.axes[2].labels) == (
        ("the", "kit", "##ten", "##s", "sat"),
        ("a", "mat", "!"),
    )
    assert back.axes[1].labels == there.axes[2].labels
    told = cli(*PAIRED, "-f", "plain").out
    assert "token types  0 for 7 tokens up to the first [SEP], 1 for those behind it" in flat(told).replace(
        "token types 0", "token types  0"
    )
    share = PAIR["weights"][1].mean(axis=0)[7:10, 1:6].sum(axis=1).mean()
    assert f"B to A words of the second sentence look at the first: {100 * share:.2g} % of what they" in flat(
        told
    )
    row = [PAIR["weights"][1][1][q, k].sum(axis=1).mean() for q in (slice(1, 6), slice(7, 10))
           for k in (slice(1, 6), slice(7, 10))]  # fmt: skip
    assert "1 " + " ".join(f"{value:.2f}" for value in row) in flat(told[told.index("Who looks across") :])
    explained = cli(*PAIRED, "--emit", "b-to-a", "--explain", "1,mat,kit", "-f", "plain").out
    assert f"Weight  {PAIR['weights'][1][1, 8, 2]:.4g} at head 1, query mat, key kit" in explained
    assert cli(*PAIRED, "--layer", "all", "-f", "plain").code == 0


def test_the_story_leads_from_heads_to_layers(cli: Any) -> None:
    told = cli(*LINE, TEXT, "-f", "plain", "--width", "200").out
    assert told.rstrip().endswith(f"dlcli attn '{TEXT}' --model {TINY} --layer all")


BAD = {
    "mean of untrained": (("attn", "the cat", "--head", "mean"), 2, "--head mean is of a model's heads"),
    "a stage of a mean": ((*LINE, TEXT, "--head", "mean", "--emit", "scores"), 1, "this run gives no scores"),
    "no layer": ((*LINE, TEXT, "--layer", "two"), 2, "'two' is neither a whole number from 0 on nor all"),
    "a negative one": ((*LINE, TEXT, "--layer", "-1"), 2, "neither a whole number from 0 on nor all"),
    "too deep": ((*LINE, TEXT, "--layer", "2"), 2, "--layer 2: the model's are 0 to 1"),
    "across without a pair": ((*LINE, TEXT, "--emit", "a-to-b"), 1, "this run gives no a-to-b"),
    "three": ((*LINE, "the cat", "a mat", "--pair", "the"), 2, "--pair the looks into one sentence; of 2"),
    "no words": ((*LINE, "the cat", "--pair", "[SEP]\t"), 0, ""),
    "no model": (("attn", "the cat", "--pair", "the"), 2, "--pair goes with --model"),
    **{
        f"a layer of {emit}": ((*LINE, TEXT, "--layer", "0", "--emit", emit), 2,
                               f"--layer 0 does nothing beside --emit {emit}, which is of all layers")
        for emit in ("rollout", "norms", "first-cosine", "previous-cosine", "layers", "vectors", "similarity")
    },
    "all for rollout": ((*LINE, TEXT, "--layer", "all", "--emit", "rollout"), 0, ""),
    "all of several": ((*LINE, "the", "cat", "--layer", "all"), 2, "--layer all looks into one sentence"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_is_told(name: str, cli: Any) -> None:
    words, code, told = BAD[name]
    ended = cli(*words)
    assert ended.code == code
    assert told in ended.err
    assert bool(ended.raw) == (not code)


@pytest.mark.skipif("DLCLI_MODEL" not in os.environ, reason="DLCLI_MODEL names no model")
def test_minilm_in_all_layers(cli: Any) -> None:
    stored = np.load(DATA / "minilm.npz")
    line = ("attn", "--model", os.environ["DLCLI_MODEL"], str(stored["sentences"][5]), "--layer", "all")
    weights = cli(*line, "--emit", "weights", variables={}).tensor.data
    np.testing.assert_allclose(weights, stored["weights"], atol=2e-5)
    told = cli(*line, "-f", "plain", variables={}).out
    assert "All layers  6, 12 heads each" in told


@pytest.mark.parametrize("head", ["1", "mean"])
def test_the_sheet_of_one_head_bears_its_name(head: str, cli: Any) -> None:
    told = cli(*LINE, TEXT, "--layer", "all", "--head", head, "-f", "plain").out
    assert re.search(rf"^ +head\n  layer  {head}\n    0 ", told, re.M)


def test_a_norm_is_told_by_the_name_of_its_layer(cli: Any) -> None:
    told = cli(*LINE, TEXT, "--emit", "norms", "--explain", "2,1", "-f", "plain").out
    assert re.search(r"^Norms  \S+ at layer 1, token the$", told, re.M)
