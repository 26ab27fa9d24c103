"""``dlcli attn`` with matrices that are typed: the exercise of the textbooks, and every cell of it explained."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

X = "1 0 1 0; 0 2 0 2; 1 1 1 1"
WQ = "1 0 1; 1 0 0; 0 0 1; 0 1 1"
WK = "0 0 1; 1 1 0; 0 1 0; 1 1 0"
WV = "0 2 0; 0 3 0; 1 0 3; 1 1 0"
LINE = ("attn", X, "--w-query", WQ, "--w-key", WK, "--w-value", WV)


def array(text: str) -> np.ndarray:
    return np.array([[float(one) for one in row.split()] for row in text.split(";")])


def flat(told: str) -> str:
    return re.sub(r"\s+", " ", told)


def test_the_exercise_by_hand(cli: Any) -> None:
    """R. Karim's "Illustrated: self-attention" has these numbers: Q, K, V, and scores without a division."""
    expected = {
        "tokens": array(X),
        "w-query": array(WQ),
        "queries": [[1, 0, 2], [2, 2, 2], [2, 1, 3]],
        "keys": [[0, 1, 1], [4, 4, 0], [2, 3, 1]],
        "values": [[1, 2, 3], [2, 8, 0], [2, 6, 3]],
        "scores": [[2, 4, 4], [4, 16, 12], [4, 12, 10]],
    }
    for emit, numbers in expected.items():
        assert cli(*LINE, "--emit", emit).tensor.data.tolist() == np.array(numbers).tolist()
    found = cli(*LINE, "--similarity", "dot").tensor
    assert found.axis_names == ("query", "feature")
    np.testing.assert_allclose(
        found.data, [[1.9366, 6.6831, 1.5951], [2.0, 7.9640, 0.0540], [1.9997, 7.7599, 0.3584]], atol=5e-5
    )


def test_matrices_from_files_biases_and_an_output_matrix(cli: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(5, 6))
    w = {
        name: rng.normal(size=shape)
        for name, shape in (("query", (6, 4)), ("key", (6, 4)), ("value", (6, 8)))
    }
    w["output"] = rng.normal(size=(8, 3))
    b = {name: rng.normal(size=matrix.shape[1]) for name, matrix in w.items()}
    words = ["attn", str(tmp_path / "x.npy"), "--heads", "2"]
    np.save(tmp_path / "x.npy", x)
    for kind, arrays in (("w", w), ("b", b)):
        for name, one in arrays.items():
            np.save(tmp_path / f"{kind}-{name}.npy", one)
            words += [f"--{kind}-{name}", str(tmp_path / f"{kind}-{name}.npy")]
    q, k, v = (x @ w[name] + b[name] for name in ("query", "key", "value"))
    found = []
    for head in range(2):
        scores = q[:, 2 * head : 2 * head + 2] @ k[:, 2 * head : 2 * head + 2].T / np.sqrt(2)
        weights = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        found.append(weights @ v[:, 4 * head : 4 * head + 4])
    np.testing.assert_allclose(
        cli(*words).tensor.data, np.hstack(found) @ w["output"] + b["output"], rtol=1e-9
    )
    told = cli(*words, "-f", "plain").out
    assert "Q, K, V  X · Wq + bq, X · Wk + bk, X · Wv + bv" in told
    assert "(weights · V, heads side by side) · Wo + bo" in told
    assert "Queries  Q = X · Wq + bq, columns 0 to 1 of 4: head 0" in told
    np.testing.assert_array_equal(cli(*words, "--emit", "w-output").tensor.data, w["output"])


@pytest.mark.parametrize(
    "more", [(), ("--b-query", "5 -2 1", "--b-value", "1 1 1"), ("--w-output", "1 2; 0 1; 3 1")]
)
@pytest.mark.parametrize("emit", ["queries", "keys", "values", "output"])
def test_every_cell_is_explained_by_a_sum_that_gives_it(emit: str, more: tuple[str, ...], cli: Any) -> None:
    line = (*LINE, *more, "--emit", emit)
    numbers = cli(*line).tensor.data
    for cell in product(*map(range, numbers.shape)):
        told = cli(*line, "--explain", ",".join(map(str, cell)), "-f", "plain").out
        value = f"{numbers[cell]:.4g}".replace("-", "−")
        assert f"{emit.capitalize()}  {value} at " in told
        sums = re.findall(r"^\s+sum\s+(\S+)$", told, re.MULTILINE)
        assert float(sums[-1].replace("−", "-")) == pytest.approx(numbers[cell], rel=2e-3, abs=5e-3)


def test_a_product_is_told_factor_by_factor(cli: Any) -> None:
    told = cli(*LINE, "--b-query", "0 7 0", "--emit", "queries", "--explain", "1,1", "-f", "plain").out
    assert "feature 1  2 ×  0 =       0" in told
    assert "feature 3  2 ×  1 =       2" in told
    assert re.search(r"bias\s+7\n", told)
    assert "Queries  9 at query 1, feature 1" in told


@pytest.mark.parametrize(("position", "pair"), [("rotary", (0, 2)), ("rotary-interleaved", (0, 1))])
def test_a_turned_number_is_told_with_its_pair(position: str, pair: tuple[int, int], cli: Any) -> None:
    line = ("attn", "1 2 3 4; 4 3 2 1", "--position", position, "--emit", "keys")
    value = cli(*line).tensor.data[1, 0]
    told = cli(*line, "--explain", "1,0", "-f", "plain").out
    assert "features {} and {} by the angle of place 1".format(*pair) in told
    assert f"Keys  {value:.4g}".replace("-", "−") in told
    a, b = np.array([4.0, 3, 2, 1])[list(pair)]
    assert value == pytest.approx(a * np.cos(1) - b * np.sin(1))


def test_drawn_matrices_stand_in_the_story_and_can_be_had(cli: Any) -> None:
    line = ("attn", "the cat", "--dim", "4", "--project", "--heads", "2")
    x, w, q, v, o = (
        cli(*line, "--emit", name).tensor.data
        for name in ("tokens", "w-query", "queries", "values", "w-output")
    )
    np.testing.assert_allclose((x @ w).reshape(2, 2, 2).swapaxes(0, 1), q, rtol=1e-12)
    assert (v.shape, o.shape) == ((2, 2, 2), (4, 4))
    told = cli(*line, "-f", "plain").out
    assert "Queries  Q = X · Wq, columns 0 to 1 of 4: head 0" in told
    assert "Output matrix  mixes what the heads found, side by side" in told
    first = [f"{one:.3f}".replace("-", "−") for one in w[0, :2]]
    assert flat(f"0 {first[0]} {first[1]}") in flat(told)


def test_heads_of_queries_share_those_of_keys(cli: Any) -> None:
    line = ("attn", "1 2 3 4; 0 1 0 2; 1 1 1 0", "--heads", "4", "--kv-heads", "2", "--project")
    k, w, weights, q = (
        cli(*line, "--emit", name).tensor.data for name in ("keys", "w-key", "weights", "queries")
    )
    assert (k.shape, w.shape, weights.shape) == ((2, 3, 1), (4, 2), (4, 3, 3))
    for head in range(4):
        scores = q[head] @ k[head // 2].T
        shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        np.testing.assert_allclose(weights[head], shares, rtol=1e-10)
    told = cli(*line, "--head", "3", "-f", "plain").out
    assert "key heads 2, 2 heads of queries use each: 2 times fewer keys and values to keep" in flat(told)
    assert "Keys  K = X · Wk, column 1 of 2: head 3" in told
    plain = ("attn", "1 2 3 4", "--key", "1 0; 0 1", "--heads", "2", "--kv-heads", "1", "--emit", "scores")
    assert cli(*plain).tensor.data.tolist() == [[[1, 2]], [[3, 4]]]


BAD = {
    "one is missing": (("--w-query", "1 0; 0 1"), 2, "go together; add --w-key and --w-value"),
    "two beside a file": (("--project", "--w-query", WQ), 2, "--w-query does not go with --project"),
    "alone": (("--w-key", WK), 2, "--w-key goes with --w-query"),
    "an output's bias alone": ((*LINE[2:], "--b-output", "1"), 2, "--b-output goes with --w-output"),
    "one number": (
        ("--w-query", WQ, "--w-key", WK, "--w-value", WV, "--b-query", "1"), 1,
        "--b-query 1: one number for each of the 3 columns of --w-query; received 1 number\n",
    ),
    "turned round": (
        ("--w-query", "1 0 0 0; 0 1 0 0", "--w-key", WK, "--w-value", WV), 1,
        "a query and a key need as many numbers",
    ),
    "rows": (
        ("--w-query", "1 2 3 4; 5 6 7 8; 1 2 3 4", "--w-key", "1 2 3 4; 5 6 7 8; 1 2 3 4", "--w-value", WV), 1,
        "--w-query makes queries of 3 features; received 4; turned round it would fit: torch's Linear keeps",
    ),
    "a cube": (("--w-query", "sample:cat", "--w-key", WK, "--w-value", WV), 1, "a matrix (feature, column)"),
    "no number": (("--w-query", "1 nan; 0 1", "--w-key", WK, "--w-value", WV), 1, "the matrix is nan at 0, 1"),
    "complex": (("--w-query", "1j 1; 0 1", "--w-key", WK, "--w-value", WV), 1, "--w-query 1j 1; 0 1"),
    "heads": ((*LINE[2:], "--heads", "2"), 1, "--w-query: 2 heads do not divide its 3 columns evenly; try 1 or 3"),
    "output": ((*LINE[2:], "--w-output", "1 2; 3 4"), 1, "--w-output mixes 2 numbers; 1 head of values find 3"),
    "bias": ((*LINE[2:], "--b-key", "1 2"), 1, "--b-key 1 2: one number for each of the 3 columns of --w-key"),
    "kv-heads": (("--heads", "4", "--kv-heads", "3"), 2, "--kv-heads 3 do not divide the 4 heads"),
    "kv-heads alone": (("--kv-heads", "1"), 2, "--kv-heads goes with --heads"),
    "kv-heads of plain tokens": (
        ("--heads", "2", "--kv-heads", "1"), 1,
        "1 head of keys for 2 of queries: keys of 2 features fit these queries, or --project",
    ),
    "a matrix that is not there": (("--emit", "w-query"), 1, "this run gives no w-query"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_is_told(name: str, cli: Any) -> None:
    words, code, told = BAD[name]
    ended = cli("attn", X, *words)
    assert (ended.code, ended.raw) == (code, b"")
    assert told in ended.err


def test_the_numbers_that_are_counted_are_those_that_stand_there(cli: Any, tmp_path: Path) -> None:
    line = ("attn", "1 0; 2 1", "--w-query", "1 0; 0 1", "--w-key", "0 1; 1 0", "--w-value", "1 2; 0 3")
    np.savez(
        tmp_path / "w.npz", **{"in_proj_weight": np.eye(6)[:, :2], "out_proj.weight": np.eye(2),
                               "in_proj_bias": np.ones(6), "out_proj.bias": np.zeros(2)}
    )  # fmt: skip
    for words, told in (
        (line, "Wq, Wk, Wv: 12 numbers from the line"),
        ((*line, "--w-output", "1; 2"), "Wq, Wk, Wv, Wo: 14 numbers from the line"),
        ((*line, "--b-key", "1 2"), "Wq, Wk, Wv, bk: 14 numbers from the line"),
        (("attn", "a b", "--dim", "2", "--project"), "Wq, Wk, Wv, Wo: 16 numbers from seed 0, untrained"),
        (("attn", "a b", "--dim", "4", "--heads", "2", "--kv-heads", "1", "--project"),
         "Wq, Wk, Wv, Wo: 48 numbers from seed 0, untrained"),
        (("attn", "1 2", "--weights", "w.npz", "--heads", "1"),
         "Wq, Wk, Wv, Wo, bq, bk, bv: 22 numbers from w.npz"),
    ):  # fmt: skip
        assert f"matrices {told}" in flat(cli(*words, "-f", "plain").out)


def test_a_part_of_a_head_is_named_by_the_features_and_columns_that_it_is_of(cli: Any) -> None:
    line = ("attn", "10 20 30 40; 1 2 3 4", "--heads", "2")
    for emit in ("queries", "keys", "values"):
        told = flat(cli(*line, "--emit", emit, "--explain", "1,0,1", "-f", "plain").out)
        assert "of token 0, head 1 40: the token itself, feature 3; no matrix" in told
    told = flat(cli(*line, "--position", "rotary", "--emit", "keys", "--explain", "1,1,1", "-f", "plain").out)
    assert "3: the token itself, feature 2" in told
    assert "4: the token itself, feature 3" in told
    assert "features 0 and 1 of head 1 by the angle of place 1" in told
    heads = ("attn", "1; 2; 3", "--key", "4; 5", "--emit", "keys", "--explain", "1,0", "-f", "plain")
    assert "5: the token itself, feature 0; no matrix" in flat(cli(*heads).out)


def test_columns_of_a_head_bear_their_numbers(cli: Any) -> None:
    kernels = [word for part in ("query", "key", "value") for word in (f"--w-{part}", "1 2 3 4; 5 6 7 8")]
    line = ("attn", "1 2; 3 4", *kernels, "--heads", "2", "-f", "plain")
    told = cli(*line, "--head", "1", "--b-key", "1 2 3 4").out
    for lines in (r"  feature +2 +3 +row +2 +3", r" +0 +3 +4 +0 +17 +20", r".* bias +3 +4"):
        assert re.search(f"^{lines}", told, re.M), lines
    assert re.search(r"^  feature +0 +1 +row +0 +1", cli(*line).out, re.M)
    cell = ("--explain", "1,1,1", "--position", "rotary")
    told = flat(cli(*line, "--emit", "queries", *cell).out)
    assert "of token 1, head 1, column 2 of Wq" in told
    assert "of token 1, head 1, column 3 of Wq" in told


def test_a_matrix_is_said_to_fit_turned_round_only_where_it_would(cli: Any) -> None:
    narrow, high = "1 0; 0 1", "1 0; 0 1; 1 1"
    hint = "turned round it would fit"
    for query, key, fits in ((narrow, high, False), (high, narrow, False), (high, high, True)):
        ended = cli("attn", "1 0; 2 1", "--w-query", query, "--w-key", key, "--w-value", narrow)
        assert ended.code == 1
        assert "of 3 features; received 2" in ended.err
        assert (hint in ended.err) == fits
    ended = cli("attn", "1 0; 2 1", "--w-query", narrow, "--w-key", narrow, "--w-value", high)
    assert hint in ended.err
