"""``dlcli attn``: by hand, sentences, heads, weights from files, and words for what does not fit."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.engines.attention.attention import attention
from dlcli.engines.attention.heads import split_heads
from dlcli.engines.attention.positions import rotary, sinusoidal
from dlcli.engines.attention.word_vectors import word_vectors
from dlcli.tensor import Axis, Tensor
from dlcli.words.number import number

STORED = np.load(Path(__file__).parents[2] / "data" / "torch_attention.npz")
RNG = np.random.default_rng(4)
SENTENCE = "the cat sat on the mat"


def stored(case: str) -> dict[str, np.ndarray]:
    return {
        name.removeprefix(f"{case}/"): STORED[name] for name in STORED.files if name.startswith(f"{case}/")
    }


def weights_of(case: str) -> dict[str, np.ndarray]:
    return {name.removeprefix("w/"): array for name, array in stored(case).items() if name.startswith("w/")}


def drawn(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape)


def test_by_hand(cli: Any) -> None:
    found = cli("attn", "1 0; 0 1", "--key", "2 0; 0 2", "--value", "8 0; 0 4").tensor
    high = math.exp(math.sqrt(2)) / (math.exp(math.sqrt(2)) + 1)
    np.testing.assert_allclose(found.data, [[8 * high, 4 * (1 - high)], [8 * (1 - high), 4 * high]])
    assert (found.name, found.axis_names) == ("output", ("query", "column"))


def test_what_it_emits(cli: Any) -> None:
    line = ("attn", "1 0; 3 1", "--key", "2 0; 0 2", "--causal", "--emit")
    scaled = np.array([[2, 0], [6, 2]]) / math.sqrt(2)
    by_hand = {
        "scores": [[2, 0], [6, 2]],
        "scaled": scaled,
        "masked": [[scaled[0, 0], -math.inf], scaled[1]],
        "weights": [[1, 0], np.exp(scaled[1]) / np.exp(scaled[1]).sum()],
    }
    for emit, expected in by_hand.items():
        found = cli(*line, emit).tensor
        np.testing.assert_allclose(found.data, expected, rtol=1e-12)
        assert (found.name, found.axis_names) == (emit, ("query", "key"))


def test_what_goes_in_can_be_had_too(cli: Any) -> None:
    line = ("attn", SENTENCE, "--project", "--heads", "2", "--emit")
    q, k, v, weights, output = (
        cli(*line, emit).tensor for emit in ("queries", "keys", "values", "weights", "output")
    )
    assert (q.axis_names, k.axis_names, v.shape) == (
        ("head", "query", "feature"), ("head", "key", "feature"), (2, 6, 4),
    )  # fmt: skip
    found = attention(q.data, k.data, v.data)
    np.testing.assert_allclose(found.weights, weights.data, rtol=1e-12)
    assert output.shape == (6, 8)
    entropy = cli(*line, "entropy").tensor
    assert (entropy.axis_names, entropy.axes[1].labels) == (("head", "query"), tuple(SENTENCE.split()))
    by_hand = -(weights.data * np.log2(weights.data)).sum(axis=-1)
    np.testing.assert_allclose(entropy.data, by_hand, rtol=1e-10)
    alone = cli("attn", "1 0; 0 1", "--emit", "entropy").tensor
    assert (alone.axis_names, alone.shape) == (("query",), (2,))
    assert cli("attn", "1 0; 0 1", "--emit", "values").tensor.data.tolist() == [[1, 0], [0, 1]]


def test_words_get_vectors_that_depend_on_word_and_seed_and_place(cli: Any) -> None:
    words = SENTENCE.split()
    x = word_vectors(words, 8, 0) + sinusoidal(6, 8)
    found = cli("attn", SENTENCE, "--emit", "weights").tensor
    np.testing.assert_allclose(found.data, attention(x, x, x).weights, rtol=1e-12)
    assert [axis.labels for axis in found.axes] == [tuple(words)] * 2
    again = cli("attn", SENTENCE, "--emit", "weights").tensor
    np.testing.assert_array_equal(found.data, again.data)
    other = cli("attn", SENTENCE, "--emit", "weights", "--seed", "1").tensor
    assert np.abs(found.data - other.data).max() > 0.1
    bag = cli("attn", "cat the the", "--position", "none", "--emit", "output", "--dim", "5").tensor
    np.testing.assert_allclose(bag.data[1], bag.data[2], rtol=1e-12)
    assert bag.shape == (3, 5)


def test_a_sentence_looks_at_another(cli: Any) -> None:
    found = cli("attn", "le chat", "--key", "the cat sleeps", "--emit", "weights").tensor
    assert [axis.labels for axis in found.axes] == [("le", "chat"), ("the", "cat", "sleeps")]
    q, k = (
        word_vectors(words, 8, 0) + sinusoidal(len(words), 8)
        for words in (("le", "chat"), found.axes[1].labels)
    )
    np.testing.assert_allclose(found.data, attention(q, k, k).weights, rtol=1e-12)


def test_words_beside_numbers_are_as_wide(cli: Any, tmp_path: Path) -> None:
    np.save(tmp_path / "k.npy", drawn(4, 3))
    assert cli("attn", "the cat", "--key", str(tmp_path / "k.npy")).tensor.shape == (2, 3)


def test_heads_share_the_features(cli: Any) -> None:
    x = drawn(5, 6)
    parts = split_heads(x, 3)
    whole = attention(parts, parts, parts)
    tensor = Tensor(x, (Axis("token"), Axis("feature")), "x")
    found = cli("attn", "--heads", "3", "--emit", "weights", stdin=tensor).tensor
    assert found.axis_names == ("head", "query", "key")
    np.testing.assert_allclose(found.data, whole.weights, rtol=1e-12)
    output = cli("attn", "--heads", "3", stdin=tensor).tensor
    np.testing.assert_allclose(output.data, whole.output.swapaxes(0, 1).reshape(5, 6), rtol=1e-12)


def test_a_head_axis_stays_and_queries_may_share_keys(cli: Any, tmp_path: Path) -> None:
    q, k, v = drawn(4, 3, 5), drawn(2, 6, 5), drawn(2, 6, 7)
    for name, array in zip("qkv", (q, k, v), strict=True):
        np.save(tmp_path / f"{name}.npy", array)
    files = [str(tmp_path / f"{name}.npy") for name in "qkv"]
    found = cli("attn", "--query", files[0], "--key", files[1], "--value", files[2]).tensor
    assert found.axis_names == ("head", "query", "feature")
    np.testing.assert_allclose(found.data, attention(q, k, v).output, rtol=1e-12)
    line = ("attn", "--query", files[0], "--key", files[1], "--head", "1", "--explain", "2,5", "-f", "plain")
    told = cli(*line).out
    assert "query 2, key 5, head 1" in told
    assert f"score   {number(q[1, 2] @ k[0, 5])}" in told


def test_one_set_of_queries_at_many_heads(cli: Any, tmp_path: Path) -> None:
    np.save(tmp_path / "k.npy", k := drawn(3, 6, 2))
    found = cli("attn", "1 2; 3 4", "--key", str(tmp_path / "k.npy")).tensor
    q = np.array([[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_allclose(found.data, attention(q, k, k).output, rtol=1e-12)


@pytest.mark.parametrize("case", ["self", "cross"])
def test_torch_weights(case: str, cli: Any, tmp_path: Path) -> None:
    its = stored(f"mha-{case}")
    np.savez(tmp_path / "w.npz", **weights_of(f"mha-{case}"))
    line = ["attn", "-", "--weights", str(tmp_path / "w.npz"), "--heads", "4"]
    if case == "cross":
        for name in ("keys", "values"):
            np.save(tmp_path / f"{name}.npy", its[name][0])
        line += ["--key", str(tmp_path / "keys.npy"), "--value", str(tmp_path / "values.npy")]
    x = Tensor(its["x"][0], (Axis("token"), Axis("feature")), "x")
    found = cli(*line, stdin=x).tensor
    np.testing.assert_allclose(found.data, its["y"][0], atol=1e-9)
    weights = cli(*line, "--emit", "weights", stdin=x).tensor
    np.testing.assert_allclose(weights.data, its["weights"][0], atol=1e-9)


@pytest.mark.parametrize("case", ["value", "grouped"])
def test_keras_weights_tell_their_heads(case: str, cli: Any, tmp_path: Path) -> None:
    its = stored(f"keras-{case}")
    np.savez(tmp_path / "w.npz", **{f"mha/{name}": a for name, a in weights_of(f"keras-{case}").items()})
    x = Tensor(its["x"][0], (Axis("token"), Axis("feature")), "x")
    found = cli("attn", "--weights", str(tmp_path / "w.npz"), stdin=x).tensor
    np.testing.assert_allclose(found.data, its["y"][0], atol=1e-6)


def test_words_are_as_wide_as_the_weights_want(cli: Any, tmp_path: Path) -> None:
    np.savez(tmp_path / "w.npz", **weights_of("mha-cross"))
    found = cli("attn", "the cat", "--weights", str(tmp_path / "w.npz"), "--heads", "2")
    assert found.tensor.shape == (2, 8)


def test_weights_of_a_similarity(cli: Any, tmp_path: Path) -> None:
    np.savez(tmp_path / "g.npz", weight=np.array([[0.0, 1.0], [0.0, 0.0]]))
    line = ("attn", "2 9; 1 1", "--emit", "scores", "--similarity", "general")
    found = cli(*line, "--weights", str(tmp_path / "g.npz")).tensor
    assert found.data.tolist() == [[18, 2], [9, 1]]
    drawn_ = [cli(*line, "--seed", seed).tensor.data for seed in ("0", "0", "1")]
    np.testing.assert_array_equal(drawn_[0], drawn_[1])
    assert np.abs(drawn_[0] - drawn_[2]).max() > 0.1


def test_matrices_drawn_from_the_seed(cli: Any) -> None:
    made = [cli("attn", SENTENCE, "--project", "--heads", "2", "--seed", seed).tensor.data for seed in "001"]
    np.testing.assert_array_equal(made[0], made[1])
    assert np.abs(made[0] - made[2]).max() > 0.1


def test_positions(cli: Any, tmp_path: Path) -> None:
    x = drawn(3, 4)
    tensor = Tensor(x, (Axis("token"), Axis("feature")), "x")
    table = drawn(5, 4)
    np.save(tmp_path / "table.npy", table)
    turned = rotary(x)
    for position, expected in (
        ("none", attention(x, x, x)),
        ("sinusoidal", attention(*[x + sinusoidal(3, 4)] * 3)),
        ("rotary", attention(turned, turned, x)),
        (str(tmp_path / "table.npy"), attention(*[x + table[:3]] * 3)),
    ):
        found = cli("attn", "--position", position, stdin=tensor).tensor
        np.testing.assert_allclose(found.data, expected.output, rtol=1e-10)


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        ("1 0; 1 1", [[1, 0], [0.5, 0.5]]),
        ("1 0", [[1, 0], [1, 0]]),
        (f"0.5 -inf; 0.5 {0.5 + math.log(3)}", [[1, 0], [0.25, 0.75]]),
    ],
)
def test_masks(mask: str, expected: list[list[float]], cli: Any) -> None:
    found = cli("attn", "0 0; 0 0", "--mask", mask, "--emit", "weights").tensor
    np.testing.assert_allclose(found.data, expected, rtol=1e-12)


def test_a_mask_of_floats_that_look_like_truth_values_is_told(cli: Any) -> None:
    found = cli("attn", "1 2; 3 4", "--mask", "1.0 0.0")
    assert found.code == 0
    assert found.err.startswith("dlcli: the mask has 0 and 1 as floats, which are added to the scores; ")


def test_a_query_that_sees_nothing(cli: Any) -> None:
    line = ("attn", "1 2; 3 4", "--mask", "0 0; 1 1", "--fully-masked")
    assert cli(*line, "zero").tensor.data[0].tolist() == [0, 0]
    assert np.isnan(cli(*line, "nan").tensor.data[0]).all()
    ended = cli(*line, "error")
    assert ended.code == 1
    assert ended.err == (
        "dlcli attn: literal: the mask leaves no key for query 0; "
        "allow each query a key, or let such queries get zeros or NaN\n"
    )


def test_long_inputs_are_the_definition(cli: Any, tmp_path: Path) -> None:
    x = drawn(1200, 4).astype(np.float32)
    np.save(tmp_path / "x.npy", x)
    found = cli("attn", str(tmp_path / "x.npy"), "--causal")
    np.testing.assert_allclose(found.tensor.data, attention(x, x, x, causal=True).output, atol=1e-5)
    told = cli("attn", str(tmp_path / "x.npy"), "--causal", "-f", "plain").out
    assert "1200 × 1200 of them, never there at once: the largest of each block" in told
    assert "and 1188 more queries" in told
    assert (
        "query 1100, key 1099"
        in cli("attn", str(tmp_path / "x.npy"), "--explain", "1100,1099", "-f", "plain").out
    )


def test_the_row_that_is_explained_is_that_of_the_matrix(cli: Any) -> None:
    line = ("attn", SENTENCE, "--causal", "--mask", "1 1 1 0 1 1", "--heads", "2", "--head", "1")
    weights = cli(*line, "--emit", "weights", "-f", "json")
    assert weights.code == 0
    table = cli(*line, "--emit", "weights").tensor.data[1]
    told = cli(*line, "--explain", "4,cat", "-f", "plain").out
    assert f"{table[4, 1]:.4g}: query the (4) at key cat (1), head 1" in told


BAD: dict[str, tuple[list[str], int, str]] = {
    "widths": (["1 2 3", "--key", "1 2"], 1, "literal: a query and a key need the same width for similarity 'scaled'"),
    "values": (["1 2; 3 4", "--value", "1 2"], 1, "literal: every key needs one value; received 2 keys and 1 value"),
    "heads": (["1 2 3", "--heads", "2"], 1, "2 heads do not divide the 3 features of the queries evenly; try 1 or 3"),
    "head": (["1 2 3", "--head", "1"], 2, "--head 1: there is one head, 0"),
    "which head": (["1 2", "--heads", "2", "--head", "2"], 2, "--head 2: there are heads 0 to 1"),
    "mask shape": (["1 2; 3 4", "--mask", "1 1 1"], 1, "dlcli attn: --mask: a mask says of each query and key who may look, (query, key) 2 × 2, or of the 2 keys in one row; received shape (1, 3)\n"),
    "mask of a column": (["1 2; 3 4", "--mask", "1; 0"], 1, "received shape (2, 1); what is meant of keys is one row, such as '1 1 0', not a column"),
    "mask of one number": (["1 2; 3 4", "--mask", "1"], 1, "of the 2 keys in one row; received shape (1,)"),
    "mask numbers": (["1 2; 3 4", "--mask", "1 2"], 1, "--mask 1 2: whole numbers say who may look, 1, and who may not, 0"),
    "rotary": (["1 2 3", "--position", "rotary"], 1, "rotary positions turn features in pairs; received 3 of them"),
    "table": (["a b", "--position", "sample:exercise"], 1, "a table of places for tokens of 8 features is (place, 8)"),
    "dim": (["1 2", "--dim", "3"], 2, "--dim 3 is for sentences; this input has 2 features"),
    "picture": (["sample:cat"], 1, "attn wants queries as a sentence, or as real numbers (token, feature) or"),
    "scaling": (["1 2", "--without-scaling", "--similarity", "cosine"], 2, "--without-scaling goes with --similarity scaled: add it, or leave --without-scaling out"),
    "both": (["1 2", "--query", "3 4"], 2, "--query 3 4 stands for the input; '1 2' is named beside it"),
    "no file": (["1 2", "--key", "k.npy"], 1, "'k.npy' is neither a file nor a sentence"),
    "no weights": (["1 2", "--weights", "w.npz"], 1, "'w.npz' is neither a file nor"),
    "other weights": (["1 2", "--weights", "sample:exercise"], 1, "sample:exercise: a text or a table, no file of weights"),
    "cell": (["1 2; 3 4", "--explain", "2,0", "-f", "plain"], 2, "there is no cell 2,0 in the table of scores: query 0 to 1, key 0 to 1"),
    "label": (["the cat", "--explain", "dog,0", "-f", "plain"], 2, "'dog' is no query and no index: give one of the, cat"),
    "two": (["1 2", "--key", "BOTH"], 1, "--key both.npz: one tensor or sentence; received a (row 1, column 1) float64 and b"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_does_not_fit_is_told(name: str, cli: Any) -> None:
    words, code, told = BAD[name]
    np.savez("both.npz", a=np.ones((1, 1)), b=np.ones((1, 1)))
    ended = cli("attn", *("both.npz" if word == "BOTH" else word for word in words))
    assert (ended.code, ended.raw) == (code, b"")
    assert told in ended.err
    assert len(ended.err.splitlines()) <= 2


def test_weights_that_do_not_fit(cli: Any, tmp_path: Path) -> None:
    torch, keras = tmp_path / "torch.npz", tmp_path / "keras.npz"
    np.savez(torch, **weights_of("mha-self"))
    np.savez(keras, **weights_of("keras-self"))
    for words, code, told in (
        (["a b", "--weights", str(torch)], 2, "does not tell how many heads share its features: add --heads N"),
        (["a b", "--weights", str(keras), "--heads", "3"], 2, "--heads 3: "),
        (["a b", "--weights", str(keras), "--dim", "5"], 2, f"--dim 5: {keras} makes queries of 8 features"),
        (["1 2", "--weights", str(keras)], 1, "makes queries of 8 features; received 2"),
        (["a b", "--weights", str(torch), "--similarity", "additive"], 1, "has the weights query_kernel, key_kernel, vector"),
    ):  # fmt: skip
        ended = cli("attn", *words)
        assert (ended.code, ended.raw) == (code, b"")
        assert told in ended.err


def test_what_agrees_with_a_file_is_taken_beside_it(cli: Any, tmp_path: Path) -> None:
    file = str(tmp_path / "keras.npz")
    np.savez(file, **weights_of("keras-self"))
    found = cli("attn", "a b", "--weights", file).tensor.data
    agreeing = ("--project", "--heads", "4", "--dim", "8")
    np.testing.assert_array_equal(cli("attn", "a b", "--weights", file, *agreeing).tensor.data, found)


def test_an_option_stands_for_the_input(cli: Any) -> None:
    found = cli("attn", "--query", "1 0; 0 1", stdin_is_terminal=True)
    assert found.code == 0
    np.testing.assert_array_equal(found.tensor.data, cli("attn", "1 0; 0 1").tensor.data)


@pytest.mark.parametrize(
    ("name", "place", "bad", "told"),
    [
        ("in_proj_bias", slice(None), np.nan, "in_proj_bias is nan at 0; a net needs numbers it can add"),
        ("out_proj.weight", (2, 1), -np.inf, "out_proj.weight is -inf at 2, 1; a net needs"),
    ],
)
def test_weights_that_are_no_numbers_are_refused(
    name: str, place: Any, bad: float, told: str, cli: Any, tmp_path: Path
) -> None:
    arrays = {key: array.copy() for key, array in weights_of("mha-self").items()}
    arrays[name][place] = bad
    np.savez(tmp_path / "w.npz", **arrays)
    ended = cli("attn", "a b", "--weights", str(tmp_path / "w.npz"), "--heads", "2")
    assert (ended.code, ended.raw) == (1, b"")
    assert f"w.npz: {told}" in ended.err


def test_a_similarity_of_no_numbers_is_refused(cli: Any) -> None:
    np.savez("g.npz", weight=np.array([[0.0, np.nan], [0.0, 0.0]]))
    ended = cli("attn", "1 2; 3 4", "--similarity", "general", "--weights", "g.npz")
    assert (ended.code, ended.raw) == (1, b"")
    assert "g.npz: weight is nan at 0, 1; a net needs numbers it can add" in ended.err


@pytest.mark.parametrize("emit", ["scores", "scaled", "masked", "weights"])
def test_a_cell_of_what_is_emitted_is_explained(emit: str, cli: Any) -> None:
    """With several heads such a tensor has an axis of heads, and the cell names one."""
    line = ("attn", "the cat sat", "--heads", "2", "--project", "--emit", emit)
    weight = cli(*line[:-1], "weights").tensor.data[1, 2, 0]
    told = cli(*line, "--explain", "1,sat,the", "-f", "plain").out
    assert f"Weight  {weight:.4g}: query sat (2) at key the (0), head 1" in told
    ended = cli(*line, "--explain", "sat,the", "-f", "plain")
    assert (ended.code, ended.raw) == (2, b"")
    assert "has 2 of 3 indices" in ended.err or "is not a cell" in ended.err
    one = cli("attn", "the cat", "--emit", emit, "--explain", "cat,the", "-f", "plain").out
    assert one == cli("attn", "the cat", "--explain", "cat,the", "-f", "plain").out


@pytest.mark.parametrize("emit", ["entropy", "tokens"])
def test_a_cell_that_has_no_explanation_is_refused(emit: str, cli: Any) -> None:
    ended = cli("attn", "the cat", "--emit", emit, "--explain", "0,0")
    assert (ended.code, ended.raw) == (2, b"")
    told = "scores, scaled, capped, masked, weights, queries, keys, values or output"
    assert f"--explain knows the arithmetic of {told}, not of {emit}" in ended.err


def test_what_a_variable_asks_for_is_left_out_where_it_does_not_fit(cli: Any) -> None:
    line = ("attn", "1 2; 3 4", "--similarity", "cosine", "-f", "plain")
    variables = {"DLCLI_ATTN_WITHOUT_SCALING": "1", "DLCLI_ATTN_LAYER": "3"}
    assert cli(*line, variables=variables).out == cli(*line).out


def test_a_mask_comes_down_a_pipe_where_queries_are_a_file(cli: Any, tmp_path: Path) -> None:
    np.save(tmp_path / "q.npy", np.eye(2))
    line = ("attn", "--query", str(tmp_path / "q.npy"), "--mask", "-", "--emit", "weights", "-f", "csv")
    piped = cli(*line, stdin=b"1 0\n1 1\n")
    assert (piped.code, piped.out.splitlines()[1]) == (0, "0,1.0,0.0")
    refused = cli("attn", "--mask", "-", stdin=b"1 0\n1 1\n")
    assert (refused.code, "cannot read standard input" in refused.err) == (2, True)
