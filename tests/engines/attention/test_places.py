"""Windows, caps, linear biases, turned places and where queries stand, against transformers and PyTorch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.engines.attention.attention import attention, soft_capped
from dlcli.engines.attention.backward import attention_backward
from dlcli.engines.attention.fast import attention_output
from dlcli.engines.attention.masks import seen_mask
from dlcli.engines.attention.positions import alibi, alibi_slopes, rotary
from dlcli.engines.attention.strips import strips
from dlcli.engines.base.checks import EngineError

STORED = np.load(Path(__file__).parents[2] / "data" / "transformers_attention.npz")
RNG = np.random.default_rng(7)

#: Case -> the options of ``attention`` that are what was asked there.
CASES: dict[str, dict[str, Any]] = {
    "cap": {"cap": 1.5},
    "window": {"window": 3, "causal": True},
    "gemma2": {"cap": 1.5, "window": 3, "causal": True},
    "alibi": {"slopes": alibi_slopes(4), "causal": True},
    "alibi-6": {"slopes": alibi_slopes(6), "causal": True},
    "upper-5-7": {"causal": True},
    "upper-7-5": {"causal": True},
    "lower-5-7": {"causal": True, "offset": 2},
    "lower-7-5": {"causal": True, "offset": -2},
}

#: Options that hide, squeeze and shift in one, for what must not depend on how the work is cut.
ALL: list[dict[str, Any]] = [
    {"window": 2},
    {"window": 3, "causal": True, "offset": 4},
    {"window": 2, "offset": -3, "cap": 0.7},
    {"slopes": alibi_slopes(3), "offset": 2},
    {"slopes": alibi_slopes(3), "causal": True, "window": 5, "cap": 2.0, "scale": 3.0},
]


@pytest.mark.parametrize("case", CASES)
def test_transformers_and_torch_say_the_same(case: str) -> None:
    q, k, v, y = (STORED[f"{case}/{name}"] for name in "qkvy")
    found = attention(q, k, v, fully_masked="zero", **CASES[case])
    rows = np.isfinite(y)  # their rows that see nothing are NaN or zeros, by the way they are computed
    tolerance = 1e-6 if f"{case}/weights" in STORED else 1e-12
    np.testing.assert_allclose(found.output[rows], y[rows], rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(attention_output(q, k, v, **CASES[case]), found.output, rtol=1e-12, atol=1e-12)
    if f"{case}/weights" in STORED:
        np.testing.assert_allclose(found.weights, STORED[f"{case}/weights"], atol=1e-6)


@pytest.mark.parametrize("name", ["rotary", "rotary-interleaved"])
def test_places_that_turn(name: str) -> None:
    x, y = STORED[f"{name}/x"], STORED[f"{name}/y"]
    np.testing.assert_allclose(rotary(x, interleaved=name != "rotary"), y, atol=1e-6)


@pytest.mark.parametrize("options", ALL)
@pytest.mark.parametrize("sizes", [(9, 7), (300, 1200), (700, 5)])
def test_tiles_and_strips_change_nothing(options: dict[str, Any], sizes: tuple[int, int]) -> None:
    q, k, v = RNG.normal(size=(3, sizes[0], 4)), *RNG.normal(size=(2, 3, sizes[1], 4))
    found = attention(q, k, v, **options)
    np.testing.assert_allclose(attention_output(q, k, v, **options), found.output, rtol=1e-10, atol=1e-12)
    for rows, terms in strips(q, k, v, rows=4, **options):
        np.testing.assert_allclose(terms.weights, found.weights[..., rows, :], rtol=1e-10, atol=1e-14)


def test_a_window_by_hand() -> None:
    mask = seen_mask(4, 5, window=2, offset=1)
    assert mask is not None
    assert mask.astype(int).tolist() == [[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 0, 1, 1]]
    assert seen_mask(4, 5) is None


def test_linear_biases_depend_on_distance_alone() -> None:
    bias = alibi(alibi_slopes(2), 6, 6)
    np.testing.assert_array_equal(bias[:, 1:, 1:], bias[:, :-1, :-1])
    assert bias[1, 3, 1] == -2 * 2.0**-8


def test_a_cap_keeps_the_order_and_its_gradient_is_that_of_the_differences() -> None:
    scores = np.linspace(-9, 9, 50)
    capped = soft_capped(scores, 2.0)
    assert (np.diff(capped) > 0).all()
    assert np.abs(capped).max() < 2.0
    q, k, v, dy = RNG.normal(size=(4, 3, 2))

    def loss(query: np.ndarray) -> float:
        return float((attention(query, k, v, cap=0.4).output * dy).sum())

    found = attention_backward(dy, attention(q, k, v, cap=0.4)).query
    for at in np.ndindex(q.shape):
        step = np.zeros_like(q)
        step[at] = 1e-6
        central = (loss(q + step) - loss(q - step)) / 2e-6
        assert found[at] == pytest.approx(central, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"window": 0}, "a window has at least the query's own place; received 0"),
        ({"cap": 0.0}, "cap expects a finite number above 0; received 0.0"),
        ({"cap": np.nan}, "cap expects a finite number above 0; received nan"),
    ],
)
@pytest.mark.parametrize("way", [attention, attention_output])
def test_refusals(way: Any, options: dict[str, Any], words: str) -> None:
    with pytest.raises(EngineError, match=words):
        way(*np.ones((3, 2, 2)), **options)


def test_no_slopes_of_no_heads() -> None:
    with pytest.raises(EngineError, match="one head or more; received 0"):
        alibi_slopes(0)
