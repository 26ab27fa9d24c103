"""``dlcli attn``: who may look at whom, where queries stand, and what is done to scores before the softmax."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

STORED = np.load(Path(__file__).parents[2] / "data" / "transformers_attention.npz")

#: Case of transformers or torch -> the options that are what it was asked.
CASES = {
    "cap": ("--softcap", "1.5"),
    "window": ("--causal", "--window", "3"),
    "gemma2": ("--causal", "--window", "3", "--softcap", "1.5"),
    "alibi": ("--causal", "--position", "alibi"),
    "alibi-6": ("--causal", "--position", "alibi"),
    "upper-5-7": ("--causal", "--align", "top-left"),
    "lower-5-7": ("--causal", "--align", "bottom-right"),
    "lower-7-5": ("--causal", "--align", "bottom-right"),
}


def flat(told: str) -> str:
    return re.sub(r"\s+", " ", told)


@pytest.mark.parametrize("case", CASES)
def test_transformers_and_torch_say_the_same(case: str, cli: Any, tmp_path: Path) -> None:
    words = []
    for flag, name in (("--query", "q"), ("--key", "k"), ("--value", "v")):
        np.save(tmp_path / f"{name}.npy", STORED[f"{case}/{name}"][0])
        words += [flag, str(tmp_path / f"{name}.npy")]
    found = cli("attn", *words, *CASES[case])
    wanted = STORED[f"{case}/y"][0]
    rows = np.isfinite(wanted)
    np.testing.assert_allclose(found.tensor.data[rows], wanted[rows], rtol=1e-5, atol=1e-6)
    assert found.err == ""


@pytest.mark.parametrize("position", ["rotary", "rotary-interleaved"])
def test_places_that_turn(position: str, cli: Any, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", STORED[f"{position}/x"][0])
    found = cli("attn", str(tmp_path / "x.npy"), "--position", position, "--emit", "queries").tensor.data
    np.testing.assert_allclose(found, STORED[f"{position}/y"][0], atol=1e-6)


def test_both_conventions_of_a_mask(cli: Any) -> None:
    line = ("attn", "1 0; 0 1; 1 1", "--emit", "weights", "--mask")
    shown, hidden = cli(*line, "1 1 0"), cli(*line, "0 0 1", "--mask-means", "hidden")
    np.testing.assert_array_equal(shown.tensor.data, hidden.tensor.data)
    assert (shown.tensor.data[:, 2] == 0).all()
    told = flat(cli("attn", "1 0; 0 1; 1 1", "--mask", "1 1 0", "-f", "plain").out)
    assert "1 was read as visible, as by torch's scaled_dot_product_attention and Keras" in told
    assert "one row for all queries, 1 of 3 keys hidden" in told
    told = flat(cli("attn", "1 0; 0 1", "--mask", "1 0; 0 1", "--mask-means", "hidden", "-f", "plain").out)
    assert "2 × 2, 2 of 4 pairs hidden; 1 was read as hidden, as by torch's MultiheadAttention" in told
    assert "the other way round: --mask-means visible" in told


def test_where_queries_stand_is_said_where_it_matters(cli: Any) -> None:
    line = ("attn", "1 0; 0 1", "--key", "1 1; 2 0; 0 3")
    assert cli(*line, "--emit", "weights").err == ""
    taken = cli(*line, "--causal", "--emit", "weights")
    assert taken.err == (
        "dlcli: 2 queries and 3 keys: for --causal the first query stands at the first key, --align top-left; "
        "for the last at the last: --align bottom-right\n"
    )
    assert (taken.tensors[0].data > 0).tolist() == [[True, False, False], [True, True, False]]
    below = cli(*line, "--causal", "--align", "bottom-right", "--emit", "weights")
    assert (below.err, (below.tensor.data > 0).tolist()) == ("", [[True, True, False], [True, True, True]])
    told = flat(cli(*line, "--causal", "--align", "bottom-right", "-f", "plain").out)
    assert "the last query stands at the last key (bottom-right), so query i at key i + 1" in told
    told = cli(*line, "--causal", "--align", "top-left", "-f", "plain")
    assert "query i stands at key i (top-left), as with torch's is_causal" in flat(told.out)


def test_turned_queries_stand_where_they_are_aligned(cli: Any) -> None:
    """The last of three tokens, asked alone behind the others, gives its row of all three."""
    whole = cli("attn", "1 2; 3 1; 0 2", "--position", "rotary", "--causal").tensor.data
    last = cli(
        "attn", "0 2", "--key", "1 2; 3 1; 0 2", "--position", "rotary", "--causal", "--align", "bottom-right"
    )
    np.testing.assert_allclose(last.tensor.data[0], whole[2], rtol=1e-12)


def test_a_weight_is_explained_where_its_query_is_aligned(cli: Any) -> None:
    line = ("attn", "1 0; 0 1", "--key", "1 1; 2 0; 0 3; 1 2", "--causal", "--align", "bottom-right")
    line += ("--position", "alibi", "--window", "3")
    weights = cli(*line, "--emit", "weights").tensor.data
    assert weights[0, 0] > 0
    for key in range(4):
        told = cli(*line, "--explain", f"0,{key}", "-f", "plain").out
        found = re.search(r"^Weight  (\S+): query 0", told, re.MULTILINE)
        assert found
        assert float(found[1]) == pytest.approx(weights[0, key], rel=1e-3)


def test_scale_cap_and_distance_are_told_with_their_numbers(cli: Any) -> None:
    line = (
        "attn",
        "1 0; 3 1; 2 2",
        "--similarity-scale",
        "2",
        "--softcap",
        "5",
        "--position",
        "alibi",
        "--causal",
    )
    told = cli(*line, "-f", "plain").out
    assert "scaled   scores · 2" in told
    assert "capped   5 · tanh(scaled / 5)" in told
    assert "masked   capped − m · |i − j| + mask" in told
    assert "Capped  5 · tanh(x / 5): none beyond ±5" in told
    assert "Masked  less m for each place between; 3 of 9 hidden: exp(−inf) is 0" in told
    assert "The cap takes the largest score from 20 to 5." in flat(told)
    scores, scaled, capped, masked = (
        cli(*line, "--emit", name).tensor.data for name in ("scores", "scaled", "capped", "masked")
    )
    np.testing.assert_array_equal(scaled, 2 * scores)
    np.testing.assert_allclose(capped, 5 * np.tanh(scaled / 5))
    assert masked[2, 0] == pytest.approx(capped[2, 0] - 2 * 2.0**-8)
    told = cli(*line, "--explain", "2,0", "-f", "plain").out
    assert "scaled  score · 2 = 2 · 2 = 4" in told
    assert "capped  5 · tanh(scaled / 5) = 5 · tanh(4 / 5) = 3.32" in told
    assert "masked  3.32 − 0.00390625 · 2 = 3.312" in told
    assert "− 0.00390625 · 1 − inf = −inf" in cli(*line, "--explain", "1,2", "-f", "plain").out


def test_a_window(cli: Any) -> None:
    both = cli("attn", "1; 1; 1; 1", "--window", "2", "--emit", "weights").tensor.data
    np.testing.assert_allclose(both[1], [1 / 3, 1 / 3, 1 / 3, 0])
    last = cli("attn", "1; 1; 1; 1", "--window", "2", "--causal", "--emit", "weights").tensor.data
    np.testing.assert_allclose(last[2], [0, 0.5, 0.5, 0])
    assert (
        "keys fewer than 2 places away: at most 3 keys"
        in cli("attn", "1; 2", "--window", "2", "-f", "plain").out
    )


def test_long_inputs_see_the_same(cli: Any, tmp_path: Path) -> None:
    """Beyond what is kept whole the tiles give the output: window, cap and distance in each head."""
    rng = np.random.default_rng(1)
    np.save(tmp_path / "x.npy", rng.normal(size=(1100, 4)).astype(np.float32))
    options = ("--heads", "2", "--causal", "--window", "40", "--softcap", "3", "--position", "alibi")
    found = cli("attn", str(tmp_path / "x.npy"), *options).tensor.data
    weights = cli("attn", str(tmp_path / "x.npy"), *options, "--emit", "weights").tensor.data
    values = np.load(tmp_path / "x.npy").reshape(1100, 2, 2).swapaxes(0, 1)
    wanted = (weights @ values).swapaxes(0, 1).reshape(1100, 4)
    np.testing.assert_allclose(found, wanted, atol=2e-6)
    assert cli("attn", str(tmp_path / "x.npy"), *options, "-f", "plain").code == 0


BAD = {
    "floats": (("--mask", "0.5 1", "--mask-means", "hidden"), 2, "--mask holds floats, which are added"),
    "no mask": (("--mask-means", "hidden"), 2, "--mask-means goes with --mask"),
    "no window": (("--window", "0"), 2, "--window"),
    "no cap": (("--softcap", "0"), 2, "--softcap"),
    "nothing capped": (("--emit", "capped"), 1, "this run gives no capped; it gives output, scores, scaled"),
    "no scale": (("--similarity-scale", "nan"), 2, "--similarity-scale"),
    "no division": (
        ("--without-scaling", "--similarity-scale", "2"),
        2,
        "--without-scaling does not go with --similarity-scale",
    ),
    "other numbers": (("--mask", "1 2"), 1, "the other way round with --mask-means hidden"),
    "odd": (("--position", "rotary-interleaved"), 1, "rotary positions turn features in pairs; received 1"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_is_told(name: str, cli: Any) -> None:
    words, code, told = BAD[name]
    ended = cli("attn", "1; 2", *words)
    assert (ended.code, ended.raw) == (code, b"")
    assert told in ended.err


@pytest.mark.parametrize("position", ["sinusoidal", "rotary", "rotary-interleaved", "alibi", "table"])
@pytest.mark.parametrize("matrices", [(), ("--project",)])
def test_last_queries_are_the_last_rows_of_the_whole_pass(
    position: str, matrices: tuple[str, ...], cli: Any, tmp_path: Path
) -> None:
    if position == "table":
        position = str(tmp_path / "places.npy")
        np.save(position, np.random.default_rng(5).normal(size=(5, 8)))
    line = ("--causal", "--position", position, *matrices)
    whole = cli("attn", "x y z a b", *line).tensor.data
    last = cli("attn", "z a b", "--key", "x y z a b", *line, "--align", "bottom-right")
    np.testing.assert_allclose(last.tensor.data, whole[2:], rtol=1e-9)


def test_the_places_of_aligned_queries_are_told(cli: Any) -> None:
    line = ("attn", "z a b", "--key", "x y z a b", "--causal", "--align", "bottom-right", "-f", "plain")
    told = cli(*line).out
    assert re.findall(r"^  ([zab]) +(\d) +\w \(\d\)", told, re.M) == [("z", "2"), ("a", "3"), ("b", "4")]
    assert "Causal: the first query sees 3 keys, and no" in flat(told)
    assert "query i at key i + 2" in flat(cli(*line[:4], *line[5:]).out)


def test_an_alignment_that_changes_no_number_is_refused(cli: Any, tmp_path: Path) -> None:
    line = ("attn", "1 0; 1 1", "--key", "1 0; 0 1; 1 1; 2 0")
    for words in (line, ("attn", "z a", "--key", "x y z a", "--position", "none")):
        refused = cli(*words, "--align", "bottom-right")
        assert refused.code == 2
        assert refused.err.startswith(
            "dlcli attn: --align bottom-right says where queries stand, and nothing here"
        )
    assert cli(*line, variables={"DLCLI_ATTN_ALIGN": "bottom-right"}).code == 0
    np.save(tmp_path / "places.npy", np.ones((9, 2)))
    table = ("attn", "1 0; 1 1; 2 2", "--key", "1 0; 0 1", "--position", str(tmp_path / "places.npy"))
    refused = cli(*table, "--align", "bottom-right")
    assert refused.code == 1
    assert "would stand at place -1, which a table of places does not have" in refused.err


@pytest.mark.parametrize("command", ["attn", "transformer"])
@pytest.mark.parametrize("number", ["nan", "inf"])
def test_a_mask_that_leaves_no_number_is_refused(command: str, number: str, cli: Any) -> None:
    ended = cli(command, "a b c", "--mask", f"0 0 {number}")
    assert (ended.code, ended.raw) == (1, b"")
    assert ended.err == (
        f"dlcli {command}: --mask: floats are added to the scores, and -inf hides a key; received {number}, "
        "which leaves no number\n"
    )
    assert cli(command, "a b c", "--mask", "0 0 -inf").code == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ("attn", "1e200 1e200; 1e200 1"),
            "2 of 2 queries come out as no numbers: on the way they grow beyond",
        ),
        (("attn", "1 nan; 1 1"), "2 of 2 queries come out as no numbers: what was read has nan or inf in it"),
        (("attn", "1 1; 1 nan", "--key", "1 1"), "1 of 2 queries comes out as no number: what was read has"),
        (("transformer", "1 nan; 1 1"), "2 of 2 tokens come out as no numbers: what was read has nan or inf"),
        (
            ("transformer", "1e200 1; 2 3"),
            "2 of 2 tokens come out as no numbers: on the way they grow beyond",
        ),
    ],
)
def test_what_comes_out_as_no_number_is_said_beside_the_numbers(
    words: tuple[str, ...], told: str, cli: Any
) -> None:
    for emit in ("output", "weights"):
        ended = cli(*words, "--emit", emit, "-f", "csv")
        assert ended.code == 0
        assert ended.err.startswith(f"dlcli: {told}")
        assert ended.err.count("\n") == 1
    assert cli(*words, "-f", "plain").err == ""  # the story tells it


def test_a_number_that_was_asked_to_be_none_is_not_warned_of(cli: Any) -> None:
    line = ("attn", "1 2; 3 4", "--mask", "0 0; 1 1", "--fully-masked", "nan", "-f", "csv")
    assert cli(*line).err == ""
    assert cli(*line, "--value", "1; nan").err.startswith(
        "dlcli: 1 of 2 queries comes out as no number: what"
    )
