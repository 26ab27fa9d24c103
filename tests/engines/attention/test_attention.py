"""Attention: the formula by hand, its properties, PyTorch's stored answers, and gradients by differences."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcli.engines.attention.attention import Attended, attention, row_softmax
from dlcli.engines.attention.backward import attention_backward
from dlcli.engines.attention.masks import additive, causal_mask, padding_mask
from dlcli.engines.attention.similarities import (
    Additive,
    Cosine,
    Dot,
    General,
    Scaled,
    Similarity,
    similarity_of,
)
from dlcli.engines.base.checks import EngineError

INF = math.inf
STORED = np.load(Path(__file__).parents[2] / "data" / "torch_attention.npz")
RNG = np.random.default_rng(5)

#: Case -> what PyTorch was asked for beside queries, keys and values.
TORCH: dict[str, dict[str, Any]] = {
    "plain": {}, "value": {}, "causal": {"causal": True}, "boolean": {}, "additive": {}, "scale": {"scale": 0.7},
    "grouped": {},
}  # fmt: skip

SIMILARITIES: dict[str, Similarity] = {
    "scaled": Scaled(),
    "dot": Dot(),
    "cosine": Cosine(),
    "general": General(RNG.normal(size=(4, 4))),
    "additive": Additive(RNG.normal(size=(4, 3)), RNG.normal(size=(4, 3)), RNG.normal(size=3)),
}


def stored(case: str) -> dict[str, np.ndarray]:
    start = f"sdpa-{case}/"
    return {name.removeprefix(start): STORED[name] for name in STORED.files if name.startswith(start)}


def drawn(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape)


@pytest.mark.parametrize("case", TORCH)
def test_torch_says_the_same(case: str) -> None:
    its = stored(case)
    found = attention(its["q"], its["k"], its["v"], mask=its.get("mask"), **TORCH[case])
    np.testing.assert_allclose(found.output, its["y"], rtol=1e-10, atol=1e-12)
    gradients = attention_backward(its["dy"], found)
    for name, gradient in (("q", gradients.query), ("k", gradients.key), ("v", gradients.value)):
        assert gradient.shape == its[name].shape
        np.testing.assert_allclose(gradient, its[f"d/{name}"], rtol=1e-9, atol=1e-11, err_msg=name)


def test_the_stored_masks_have_a_row_of_nothing() -> None:
    its = stored("boolean")
    assert not its["mask"][0, 0, 2].any()
    assert not its["y"][0, :, 2].any()


def by_hand(q: np.ndarray, k: np.ndarray, v: np.ndarray, score: Any) -> np.ndarray:
    """The formula in loops."""
    y = np.zeros((len(q), v.shape[1]))
    for i, query in enumerate(q):
        powers = [math.exp(score(query, key)) for key in k]
        for power, value in zip(powers, v, strict=True):
            y[i] += power / sum(powers) * value
    return y


def test_each_similarity_is_its_formula() -> None:
    q, k, v = drawn(3, 4), drawn(5, 4), drawn(5, 2)
    w = SIMILARITIES["general"].arrays()["weight"]
    a, b, u = SIMILARITIES["additive"].arrays().values()
    formulas = {
        "scaled": lambda x, y: sum(x * y) / 2,
        "dot": lambda x, y: sum(x * y),
        "cosine": lambda x, y: sum(x * y) / math.sqrt(sum(x * x) * sum(y * y)),
        "general": lambda x, y: sum(x[i] * w[i, j] * y[j] for i in range(4) for j in range(4)),
        "additive": lambda x, y: sum(
            u[h] * math.tanh(sum(x * a[:, h]) + sum(y * b[:, h])) for h in range(len(u))
        ),
    }
    for name, score in formulas.items():
        found = attention(q, k, v, similarity=SIMILARITIES[name])
        np.testing.assert_allclose(found.output, by_hand(q, k, v, score), rtol=1e-12, err_msg=name)


@pytest.mark.parametrize("name", SIMILARITIES)
@pytest.mark.parametrize("masked", [False, True])
def test_gradients_are_central_differences(name: str, masked: bool) -> None:
    how = SIMILARITIES[name]
    inputs = {"query": drawn(2, 2, 3, 4), "key": drawn(2, 1, 5, 4), "value": drawn(5, 3), "bias": drawn(3, 5)}
    if masked:
        inputs["bias"][0, 1:3] = inputs["bias"][1] = -INF
    dy = drawn(2, 2, 3, 3)

    def run(arrays: dict[str, np.ndarray], how: Similarity) -> Attended:
        return attention(
            arrays["query"], arrays["key"], arrays["value"], mask=arrays["bias"], similarity=how, scale=0.8
        )

    found = attention_backward(dy, run(inputs, how))
    gradients = {"query": found.query, "key": found.key, "value": found.value}
    for part, gradient in gradients.items():
        numeric = differences(inputs[part], lambda x, part=part: run({**inputs, part: x}, how).output, dy)
        np.testing.assert_allclose(gradient, numeric, atol=2e-8, err_msg=part)
    assert set(found.similarity) == set(how.arrays())
    for part, array in how.arrays().items():
        other = lambda x, part=part: type(how)(**{**how.arrays(), part: x})  # noqa: E731
        numeric = differences(array, lambda x, other=other: run(inputs, other(x)).output, dy)
        np.testing.assert_allclose(found.similarity[part], numeric, atol=2e-8, err_msg=part)
    if not masked:
        numeric = differences(inputs["bias"], lambda x: run({**inputs, "bias": x}, how).output, dy)
        np.testing.assert_allclose(found.bias.sum(axis=(0, 1)), numeric, atol=2e-8)


def differences(x: np.ndarray, y: Any, dy: np.ndarray, step: float = 1e-6) -> np.ndarray:
    found = np.empty_like(x)
    for cell in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[cell] += step
        down[cell] -= step
        found[cell] = (dy * (y(up) - y(down))).sum() / (2 * step)
    return found


def test_a_vector_without_length_has_no_angle_and_no_gradient() -> None:
    q, k = np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([[0.0, 0.0], [2.0, 0.0]])
    found = attention(q, k, np.eye(2), similarity="cosine")
    np.testing.assert_allclose(found.scores, [[0, 0], [0, math.sqrt(0.5)]])
    gradients = attention_backward(np.ones((2, 2)) * [1, 3], found)
    assert np.isfinite(gradients.query).all()
    assert np.isfinite(gradients.key).all()
    assert not gradients.query[0].any()


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 2**32))
def test_rows_sum_to_one_and_outputs_lie_among_the_values(queries: int, keys: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    v = rng.normal(size=(keys, 3))
    found = attention(rng.normal(size=(queries, 4)) * 9, rng.normal(size=(keys, 4)), v)
    np.testing.assert_allclose(found.weights.sum(axis=-1), 1, rtol=1e-12)
    assert (found.weights >= 0).all()
    assert (found.output <= v.max(axis=0) + 1e-12).all()
    assert (found.output >= v.min(axis=0) - 1e-12).all()


@given(st.integers(0, 2**32))
def test_the_order_of_keys_does_not_matter_and_that_of_queries_is_kept(seed: int) -> None:
    rng = np.random.default_rng(seed)
    q, k, v = rng.normal(size=(4, 3)), rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
    rows, columns = rng.permutation(4), rng.permutation(6)
    found = attention(q[rows], k[columns], v[columns])
    np.testing.assert_allclose(found.output, attention(q, k, v).output[rows], rtol=1e-10)


def test_causal_outputs_do_not_change_with_what_comes_later() -> None:
    x = drawn(6, 4)
    later = x.copy()
    later[4:] = 99
    one, two = (attention(t, t, t, causal=True) for t in (x, later))
    np.testing.assert_array_equal(one.output[:4], two.output[:4])
    assert not np.triu(one.weights, 1).any()
    assert np.isneginf(one.masked[np.triu_indices(6, 1)]).all()
    assert np.isfinite(one.scaled).all()


def test_behind_a_cache_a_query_stands_after_its_keys() -> None:
    x = drawn(6, 4)
    whole = attention(x, x, x, causal=True)
    last = attention(x[4:], x, x, causal=True, offset=4)
    np.testing.assert_allclose(last.output, whole.output[4:], rtol=1e-12)


def test_padding_is_as_if_it_were_not_there() -> None:
    q, k, v = drawn(2, 3, 4), drawn(2, 5, 4), drawn(2, 5, 4)
    found = attention(q, k, v, mask=padding_mask(np.array([2, 5]), 5))
    np.testing.assert_allclose(found.output[0], attention(q[0], k[0, :2], v[0, :2]).output, rtol=1e-12)
    np.testing.assert_allclose(found.output[1], attention(q[1], k[1], v[1]).output, rtol=1e-12)


def test_booleans_and_minus_infinity_mean_the_same() -> None:
    q, k, v = drawn(3, 4), drawn(5, 4), drawn(5, 2)
    mask = causal_mask(3, 5, offset=1)
    by_words = attention(q, k, v, mask=mask)
    by_numbers = attention(q, k, v, mask=additive(mask, np.dtype(np.float64)))
    np.testing.assert_array_equal(by_words.weights, by_numbers.weights)
    np.testing.assert_array_equal(by_words.weights > 0, mask)


def test_a_row_of_nothing_by_policy() -> None:
    q, k, v = drawn(3, 4), drawn(2, 4), drawn(2, 4)
    mask = np.array([[True, True], [False, False], [True, False]])
    zero = attention(q, k, v, mask=mask)
    assert zero.blind.tolist() == [False, True, False]
    assert not zero.output[1].any()
    assert np.isfinite(zero.output).all()
    nan = attention(q, k, v, mask=mask, fully_masked="nan")
    assert np.isnan(nan.output[1]).all()
    np.testing.assert_array_equal(nan.output[::2], zero.output[::2])
    with pytest.raises(EngineError, match="the mask leaves no key for query 1; allow each query a key"):
        attention(q, k, v, mask=mask, fully_masked="error")
    with pytest.raises(EngineError, match="for queries 0, 1, 2; "):
        attention(q, k, v, mask=np.zeros((3, 2), bool), fully_masked="error")


def test_without_keys_there_is_nothing_to_look_at() -> None:
    found = attention(drawn(2, 3), drawn(0, 3), drawn(0, 2))
    assert found.output.tolist() == [[0, 0], [0, 0]]
    assert found.blind.all()
    assert row_softmax(np.zeros((2, 0))).shape == (2, 0)


def test_grouped_queries_are_repeated_keys() -> None:
    q, k, v = drawn(4, 3, 5), drawn(2, 6, 5), drawn(2, 6, 5)
    found = attention(q, k, v)
    again = attention(q, np.repeat(k, 2, axis=0), np.repeat(v, 2, axis=0))
    assert found.groups == 2
    np.testing.assert_array_equal(found.output, again.output)
    dy = drawn(4, 3, 5)
    gradient, other = (attention_backward(dy, terms) for terms in (found, again))
    np.testing.assert_allclose(gradient.key, other.key.reshape(2, 2, 6, 5).sum(axis=1), rtol=1e-12)


def test_the_scale_keeps_the_variance_of_the_scores() -> None:
    q, k = drawn(400, 256), drawn(400, 256)
    found = attention(q, k, k)
    assert found.scores.var() == pytest.approx(256, rel=0.05)
    assert found.scaled.var() == pytest.approx(1, rel=0.05)


@pytest.mark.parametrize(
    ("given_", "computed"), [("float32", "float32"), ("float16", "float32"), ("int64", "float64"), ("uint8", "float32")]
)  # fmt: skip
@pytest.mark.parametrize("how", SIMILARITIES)
def test_the_precision_is_that_of_the_input(given_: str, computed: str, how: str) -> None:
    x = (drawn(3, 4) * 2).astype(given_)
    found = attention(x, x, x, mask=np.eye(3), similarity=SIMILARITIES[how])
    assert found.output.dtype == found.weights.dtype == found.scores.dtype == computed
    gradient = attention_backward(found.output, found)
    assert gradient.query.dtype == gradient.key.dtype == gradient.value.dtype == computed


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"k": np.zeros((5, 3))}, r"the same width for similarity 'scaled'; .* 4 numbers and keys of 3; try"),
        ({"v": np.zeros((6, 2))}, "every key needs one value; received 5 keys and 6 values"),
        ({"q": np.zeros(4)}, r"queries need two axes or more, .* received shape \(4,\)"),
        ({"q": np.zeros((2, 3, 4)), "k": np.zeros((3, 5, 4))}, r"need to fit; received \(2,\), \(3,\) and \(\)"),
        ({"q": np.zeros((3, 1, 4)), "k": np.zeros((2, 5, 4)), "v": np.zeros((2, 5, 4))},
         "the key heads to divide the query heads; received 2 and 3"),
        ({"mask": np.zeros((2, 5), bool)}, r"a mask needs to fit the scores .* \(3, 5\); received \(2, 5\)"),
        ({"mask": np.zeros((2, 3, 5), bool)}, r"a mask needs to fit the scores .* \(3, 5\); received \(2, 3, 5\)"),
        ({"mask": np.zeros((3, 5), int)}, "a mask holds true and false .* received dtype int64"),
        ({"scale": INF}, "scale expects a finite number; received inf"),
        ({"q": np.zeros((3, 4)) * 1j}, "not defined for complex numbers"),
        ({"similarity": "manhattan"}, "no similarity 'manhattan'; try one of scaled, dot, cosine, general, additive"),
        ({"similarity": "general"}, "similarity 'general' has weights"),
        ({"similarity": General(np.zeros((4, 3)))}, r"weight of similarity 'general' needs shape \(4, 4\) .* \(4, 3\)"),
        ({"similarity": Additive(np.zeros((4, 2)), np.zeros((4, 3)), np.zeros(2))},
         r"key_kernel of similarity 'additive' needs shape \(4, 2\)"),
        ({"similarity": Additive(np.zeros((4, 2)), np.zeros((4, 2)), np.zeros((2, 1)))}, "vector of similarity"),
        ({"fully_masked": "maybe"}, "fully_masked is one of zero, nan, error; received 'maybe'"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told(change: dict[str, Any], told: str) -> None:
    whole: dict[str, Any] = {"q": np.zeros((3, 4)), "k": np.zeros((5, 4)), "v": np.zeros((5, 2)), **change}
    with pytest.raises(EngineError, match=told):
        attention(whole.pop("q"), whole.pop("k"), whole.pop("v"), **whole)


def test_values_may_be_wider_and_keys_of_another_width_where_a_weight_joins_them() -> None:
    found = attention(drawn(3, 4), drawn(5, 2), drawn(5, 7), similarity=General(drawn(4, 2)))
    assert found.output.shape == (3, 7)


def test_padding_lengths_are_checked() -> None:
    with pytest.raises(EngineError, match="from 0 to the 3 keys that there are; received 4 to 4"):
        padding_mask(np.array([4]), 3)
    with pytest.raises(EngineError, match="whole numbers; received dtype float64"):
        padding_mask(np.array([1.0]), 3)


def test_similarities_by_name() -> None:
    assert similarity_of("cosine") == Cosine()
    with pytest.raises(EngineError, match="has weights: give it as an object"):
        similarity_of("additive")


def test_a_mask_hides_keys_beside_those_that_come_later() -> None:
    x = np.random.default_rng(0).normal(size=(5, 3))
    mask = np.ones((5, 5), bool)
    mask[3, 1] = False
    both = attention(x, x, x, causal=True, mask=mask)
    one = attention(x, x, x, mask=mask & np.tri(5, dtype=bool))
    np.testing.assert_array_equal(both.weights, one.weights)
    assert (both.weights > 0).sum() == 14
