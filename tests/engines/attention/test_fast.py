"""The fast path: equal to the definition on every way through it, and small in memory."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

from dlcli.engines.attention import fast as attention_fast
from dlcli.engines.attention.attention import attention
from dlcli.engines.attention.fast import COLUMNS, ROWS, SAFE, attention_output
from dlcli.engines.attention.similarities import Additive, General
from dlcli.engines.attention.strips import strips
from dlcli.engines.base.checks import EngineError

RNG = np.random.default_rng(11)


def drawn(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape)


def some(*shape: int) -> np.ndarray:
    """A mask in which one query sees nothing."""
    mask = RNG.random(shape) > 0.5
    mask[..., 1, :] = False
    return mask


#: Case -> shapes of queries, keys and values, and the options.
CASES: dict[str, tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], dict[str, Any]]] = {
    "one query": ((1, 4), (1, 4), (1, 4), {}),
    "less than a tile": ((3, 5), (4, 5), (4, 2), {}),
    "tiles": ((2 * ROWS + 3, 8), (2 * COLUMNS + 7, 8), (2 * COLUMNS + 7, 5), {}),
    "heads": ((2, 3, 9, 4), (2, 3, 7, 4), (2, 3, 7, 4), {}),
    "one set of keys for all heads": ((2, 3, 9, 4), (7, 4), (3, 7, 4), {}),
    "grouped": ((2, 6, 9, 4), (2, 3, 7, 4), (2, 3, 7, 4), {}),
    "grouped, one batch": ((6, 9, 4), (2, 3, 7, 4), (2, 3, 7, 4), {}),
    "causal": ((ROWS + 9, 4), (ROWS + 9, 4), (ROWS + 9, 4), {"causal": True}),
    "causal, tiles": ((COLUMNS + 9, 4), (COLUMNS + 200, 4), (COLUMNS + 200, 4), {"causal": True}),
    "causal behind a cache": ((5, 4), (COLUMNS + 9, 4), (COLUMNS + 9, 4), {"causal": True, "offset": COLUMNS + 4}),
    "causal before all keys": ((5, 4), (6, 4), (6, 4), {"causal": True, "offset": -2}),
    "booleans": ((2, 9, 4), (2, 7, 4), (2, 7, 4), {"mask": some(9, 7)}),
    "booleans and causal": ((2, 9, 4), (2, 7, 4), (2, 7, 4), {"mask": some(2, 9, 7), "causal": True}),
    "numbers": ((9, 4), (COLUMNS + 7, 4), (COLUMNS + 7, 4), {"mask": 30 * drawn(9, COLUMNS + 7)}),
    "minus infinity": ((9, 4), (7, 4), (7, 4), {"mask": np.where(some(9, 7), 0, -np.inf)}),
    "a mask of one row": ((9, 4), (7, 4), (7, 4), {"mask": np.array([True] * 5 + [False] * 2)}),
    "scale": ((9, 4), (7, 4), (7, 4), {"scale": -1.7}),
    "cosine": ((9, 4), (7, 4), (7, 4), {"similarity": "cosine", "scale": 3.0}),
    "general": ((9, 4), (7, 3), (7, 4), {"similarity": General(drawn(4, 3))}),
    "additive": ((9, 4), (7, 3), (7, 4), {"similarity": Additive(drawn(4, 2), drawn(3, 2), drawn(2)), "causal": True}),
    "no keys": ((3, 4), (0, 4), (0, 2), {}),
    "no queries": ((0, 4), (3, 4), (3, 2), {}),
    "no features": ((2, 0), (3, 0), (3, 2), {}),
}  # fmt: skip


@pytest.mark.parametrize("size", [0.1, 1, 30])
@pytest.mark.parametrize("case", CASES)
def test_it_equals_the_definition(case: str, size: float) -> None:
    *shapes, options = CASES[case]
    q, k, v = (drawn(*shape) for shape in shapes)
    found = attention_output(q * size, k, v, **options)
    np.testing.assert_allclose(found, attention(q * size, k, v, **options).output, rtol=1e-10, atol=1e-12)


def test_large_scores_take_another_way(monkeypatch: pytest.MonkeyPatch) -> None:
    q, k = np.ones((1, 4)), np.ones((3, 4))
    used: list[str] = []
    for name in ("_plain", "_online"):
        whole = getattr(attention_fast._Head, name)

        def noted(self: Any, *more: Any, name: str = name, whole: Any = whole) -> Any:
            used.append(name)
            return whole(self, *more)

        monkeypatch.setattr(attention_fast._Head, name, noted)
    attention_output(q * SAFE / 2 * 0.999, k, k)
    attention_output(q * SAFE / 2 * 1.001, k, k)
    assert used == ["_plain", "_online"]


def test_what_lies_ahead_of_all_queries_of_a_tile_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    whole = attention_fast._Tile.scores

    def noted(self: Any, q: np.ndarray, columns: slice) -> np.ndarray:
        asked.append(len(q) * (columns.stop - columns.start))
        return whole(self, q, columns)

    monkeypatch.setattr(attention_fast._Tile, "scores", noted)
    x = drawn(8 * ROWS, 4)
    attention_output(x, x, x, causal=True, threads=1)
    assert sum(asked) == ROWS**2 * sum(range(1, 9))


@pytest.mark.parametrize("size", [1, 30])
def test_float32_is_as_exact_as_the_definition(size: float) -> None:
    q, k, v = (drawn(200, 64).astype(np.float32) for _ in range(3))
    q *= size
    best = attention(*(x.astype(np.float64) for x in (q, k, v))).output
    found, plain = attention_output(q, k, v), attention(q, k, v).output
    assert found.dtype == np.float32
    assert np.abs(found - best).max() < 4 * max(np.abs(plain - best).max(), 1e-6)


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("size", [1e-20, 1, 1e20, 3e38])
def test_exponentials_that_are_all_small_or_all_large_share_values_of_any_size(
    sign: int, size: float
) -> None:
    key = np.zeros((50, 4), np.float32)
    key[:, 0] = 1
    q = np.array([[sign * SAFE * 1.99, 0, 0, 0]], np.float32)  # all scores are just within SAFE
    v = (RNG.random((50, 3)) * size).astype(np.float32)
    best = v.astype(np.float64).mean(axis=0)
    with np.errstate(over="raise"):
        np.testing.assert_allclose(attention_output(q, key, v / 64)[0], best / 64, rtol=1e-5)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("part", [0, 1, 2])
def test_no_numbers_spread_as_in_the_definition(bad: float, part: int) -> None:
    inputs = [drawn(6, 4) for _ in range(3)]
    inputs[part][2, 1] = bad
    with np.errstate(all="ignore"):
        plain = attention(*inputs).output
    np.testing.assert_allclose(attention_output(*inputs), plain, rtol=1e-10)


def test_what_may_not_be_seen_does_not_matter_whatever_it_is() -> None:
    x = drawn(6, 4)
    later = x.copy()
    later[3:] = np.nan
    found = attention_output(x, later, x, causal=True)
    np.testing.assert_allclose(found[:3], attention(x, x, x, causal=True).output[:3], rtol=1e-12)


def test_threads_change_nothing() -> None:
    q, k, v = drawn(700, 8), drawn(1500, 8), drawn(1500, 8)
    np.testing.assert_array_equal(attention_output(q, k, v, threads=3), attention_output(q, k, v, threads=1))


@pytest.mark.parametrize("similarity", ["scaled", Additive(drawn(4, 2), drawn(4, 2), drawn(2))])
def test_a_row_of_nothing_by_policy(similarity: Any) -> None:
    x = drawn(3, 4)
    mask = np.array([True, False, True])[:, None]
    assert not attention_output(x, x, x, mask=mask, similarity=similarity)[1].any()
    nan = attention_output(x, x, x, mask=mask, similarity=similarity, fully_masked="nan")
    assert np.isnan(nan).any(axis=1).tolist() == [False, True, False]
    with pytest.raises(EngineError, match="leaves no key for query 1"):
        attention_output(x, x, x, mask=mask, similarity=similarity, fully_masked="error")


def test_the_matrix_of_scores_is_never_there() -> None:
    n = 4096
    q, k, v = (drawn(2, n, 16).astype(np.float32) for _ in range(3))
    tracemalloc.start()
    y = attention_output(q, k, v, threads=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < y.nbytes + 4_000_000 < n * n * 4 / 10


def test_strips_are_the_definition_cut() -> None:
    q, k, v = drawn(3, 10, 4), drawn(3, 6, 4), drawn(3, 6, 2)
    for mask in (None, some(10, 6), some(3, 10, 6), some(3, 2, 6)[:, :1], np.ones(6, bool)):
        whole = attention(q, k, v, causal=True, mask=mask)
        for rows, terms in strips(q, k, v, causal=True, mask=mask, rows=4):
            np.testing.assert_array_equal(terms.weights, whole.weights[:, rows])
    assert len(list(strips(q, k, v))) == 1
    with pytest.raises(EngineError, match="at least one query; received 0"):
        list(strips(q, k, v, rows=0))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_shares_that_vanish_are_left_out(dtype: type) -> None:
    """Scores down to 2000 below the largest: exp gives less than the least normal number of some of them."""
    rng = np.random.default_rng(5)
    q = np.linspace(1, 40, 300)[:, None].astype(dtype)
    k = np.linspace(0, -50, 1100)[:, None].astype(dtype)
    v = rng.normal(size=(1100, 3)).astype(dtype)
    made = attention_output(q, k, v, scale=1.0)
    close = 1e-5 if dtype is np.float32 else 1e-13
    np.testing.assert_allclose(made, attention(q, k, v, scale=1.0).output, rtol=0, atol=close)


@pytest.mark.parametrize("offset", [0, 400])
def test_linear_biases_reach_over_tiles(offset: int) -> None:
    rng = np.random.default_rng(6)
    q, k, v = (rng.normal(size=(2, n, 4)) for n in (300, 1100, 1100))
    options = {"slopes": np.array([0.25, 0.01]), "offset": offset}
    np.testing.assert_allclose(
        attention_output(q, k, v, **options), attention(q, k, v, **options).output, rtol=0, atol=1e-13
    )
