"""Pooling: by hand, by its definition, as PyTorch does, and what holds for every pooling."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlcli.engines.base.checks import EngineError
from dlcli.engines.pooling import sweep as pool_sweep
from dlcli.engines.pooling.definition import average_plain, extreme_plain, norm_plain
from dlcli.engines.pooling.pool2d import (
    argmax_pool2d,
    argmin_pool2d,
    avg_pool2d,
    lp_pool2d,
    max_pool2d,
    min_pool2d,
    pooling,
)
from dlcli.engines.pooling.windows import pool_windows

STORED = np.load(Path(__file__).parents[2] / "data" / "pool_cases.npz")
TORCH = [
    pytest.param(case, {name.split()[1]: STORED[name] for name in STORED.files if name.startswith(f"{i} ")},
                 id=f"{case['kind']} {case['content']} {case['size']} {case['options']}")
    for i, case in enumerate(json.loads(str(STORED["cases"])))
]  # fmt: skip

COUNTING = np.arange(1, 50).reshape(1, 7, 7, 1)


def test_the_notes_seven_by_seven_become_three_by_three() -> None:
    assert max_pool2d(COUNTING, 2)[0, ..., 0].tolist() == [[9, 11, 13], [23, 25, 27], [37, 39, 41]]
    assert min_pool2d(COUNTING, 2)[0, ..., 0].tolist() == [[1, 3, 5], [15, 17, 19], [29, 31, 33]]
    assert avg_pool2d(COUNTING, 2)[0, ..., 0].tolist() == [[5, 7, 9], [19, 21, 23], [33, 35, 37]]
    assert argmax_pool2d(COUNTING, 2)[0, 0, :, 0].tolist() == [8, 10, 12]
    assert argmin_pool2d(COUNTING, 2)[0, 0, :, 0].tolist() == [0, 2, 4]


def test_same_is_that_of_keras_with_the_odd_row_and_column_at_the_end() -> None:
    # 4 x 4, windows of 3 x 3, stride 2: one row is missing, at the bottom; one column, at the right
    x = -np.arange(1.0, 17).reshape(1, 4, 4, 1)
    assert max_pool2d(x, 3, stride=2, padding="same")[0, ..., 0].tolist() == [[-1, -3], [-9, -11]]
    averages = avg_pool2d(x, 3, stride=2, padding="same")[0, ..., 0]
    assert averages.tolist() == [[-54 / 9, -45 / 6], [-72 / 6, -54 / 4]]
    counted = avg_pool2d(x, 3, stride=2, padding="same", count_padding=True)[0, ..., 0]
    np.testing.assert_allclose(counted, [[-54 / 9, -45 / 9], [-72 / 9, -54 / 9]], rtol=1e-15)


@pytest.mark.parametrize(("case", "stored"), TORCH)
def test_it_equals_pytorch(case: dict[str, Any], stored: dict[str, Any]) -> None:
    x, options = stored["x"], case["options"]
    match case["kind"]:
        case "max":
            np.testing.assert_array_equal(max_pool2d(x, **options), stored["y"])
            np.testing.assert_array_equal(argmax_pool2d(x, **options), stored["places"])
            # the least number is where the largest is once all are turned round
            np.testing.assert_array_equal(min_pool2d(-x, **options), -stored["y"])
            np.testing.assert_array_equal(argmin_pool2d(-x, **options), stored["places"])
        case "avg":
            np.testing.assert_allclose(avg_pool2d(x, **options), stored["y"], rtol=1e-5, atol=1e-6)
        case _:
            np.testing.assert_allclose(lp_pool2d(x, **options), stored["y"], rtol=1e-5)


def test_the_stored_cases_hold_what_they_are_for() -> None:
    odd = [stored.values[1] for stored in TORCH if stored.values[0]["content"] == "odd"]
    assert sum(np.isnan(stored["y"]).sum() for stored in odd) > 50
    norms = [stored.values for stored in TORCH if stored.values[0]["kind"] == "lp"]
    assert any(np.isnan(stored["y"]).any() and case["options"]["p"] == 3 for case, stored in norms)


CHOICES = list(
    itertools.product(
        [(7, 9), (6, 6)],
        [1, 2, (2, 3), 5],
        [None, 1, 2, (3, 1)],
        ["valid", "same", "full", 1, ((0, 1), (2, 0))],
        [1, 2],
        [False, True],
    )
)


@pytest.mark.parametrize(
    ("dtype", "strip", "every"),
    [
        ("float32", 300, 2),
        ("float64", 100_000, 5),
        ("uint8", 300, 5),
        ("int16", 100_000, 5),
        ("bool", 300, 5),
    ],
)
def test_the_fast_way_equals_the_definition(
    dtype: str, strip: int, every: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_sweep, "CACHE_BYTES", strip)
    monkeypatch.setattr(pool_sweep, "BATCH_BYTES", 2 * strip)
    pool_sweep.pieces.cache_clear()
    rng = np.random.default_rng(1)
    tried = 0
    for (edges, size, stride, padding, dilation, ceil), channels in zip(
        CHOICES[::every], itertools.cycle([1, 2, 8]), strict=False
    ):
        x = rng.integers(0, 6, (3, *edges, channels)).astype(dtype)
        if dtype == "float32":
            x[rng.random(x.shape) < 0.1] = np.nan
        options: dict[str, Any] = {"stride": stride, "padding": padding, "dilation": dilation, "ceil": ceil}
        try:
            windows = pool_windows(edges, size, **options)
        except EngineError:
            continue
        tried += 1
        options["threads"] = 1 + tried % 2
        for largest, value, place in ((True, max_pool2d, argmax_pool2d), (False, min_pool2d, argmin_pool2d)):
            y, places = extreme_plain(x, windows, largest)
            found = value(x, size, **options)
            assert found.dtype == x.dtype
            np.testing.assert_array_equal(found, y)
            np.testing.assert_array_equal(place(x, size, **options), places)
        for count_padding in (False, True):
            mean = avg_pool2d(x, size, count_padding=count_padding, **options)
            expected = average_plain(x, windows, count_padding)
            assert mean.dtype == expected.dtype
            np.testing.assert_allclose(mean, expected, rtol=1e-6)
        p = (1, 2, 3, 1.5)[tried % 4]
        np.testing.assert_allclose(lp_pool2d(x, size, p=p, **options), norm_plain(x, windows, p), rtol=1e-5)
    pool_sweep.pieces.cache_clear()
    assert tried > 100


pictures = st.integers(0, 2**32).map(
    lambda seed: np.random.default_rng(seed).integers(-9, 9, (2, 9, 8, 2)).astype(np.float64)
)
settings_of = st.fixed_dictionaries(
    {
        "size": st.tuples(st.integers(1, 4), st.integers(1, 4)),
        "stride": st.integers(1, 3),
        "padding": st.sampled_from(["valid", "same", "full"]),
        "ceil": st.booleans(),
    }
)


@settings(max_examples=60)
@given(pictures, settings_of)
def test_what_holds_for_every_pooling(x: Any, options: dict[str, Any]) -> None:
    top, mean, least = (engine(x, **options) for engine in (max_pool2d, avg_pool2d, min_pool2d))
    assert (top >= mean - 1e-12).all()
    assert (mean >= least - 1e-12).all()
    np.testing.assert_array_equal(max_pool2d(-x, **options), -least)
    flat = x.reshape(2, -1, 2)
    places = argmax_pool2d(x, **options).reshape(2, -1, 2)
    np.testing.assert_array_equal(np.take_along_axis(flat, places, axis=1), top.reshape(2, -1, 2))
    for engine in (max_pool2d, avg_pool2d, min_pool2d):
        assert (engine(np.full_like(x, 7), **options) == 7).all()
    ones = lp_pool2d(np.ones_like(x), p=1, **options)
    windows = pool_windows((9, 8), **options)
    np.testing.assert_array_equal(ones[0, ..., 0], windows.counts())


@settings(max_examples=30)
@given(pictures, st.integers(1, 3), st.integers(1, 3))
def test_a_picture_moved_by_a_stride_is_pooled_to_one_moved_by_a_cell(x: Any, size: int, stride: int) -> None:
    moved = np.roll(x, (stride, stride), axis=(1, 2))
    for engine in (max_pool2d, min_pool2d, avg_pool2d, lp_pool2d):
        y, seen = (engine(picture, size, stride=stride) for picture in (x, moved))
        np.testing.assert_allclose(seen[:, 1:, 1:], y[:, :-1, :-1])


def test_a_window_of_the_whole_picture_is_global_pooling() -> None:
    rng = np.random.default_rng(4)
    x = rng.standard_normal((2, 300, 400, 3)).astype(np.float32)
    whole = x.shape[1:3]
    np.testing.assert_array_equal(max_pool2d(x, whole)[:, 0, 0], x.max(axis=(1, 2)))
    places = argmax_pool2d(x, whole)[:, 0, 0]
    np.testing.assert_array_equal(places, x.reshape(2, -1, 3).argmax(axis=1))
    exact = x.astype(np.float64)
    np.testing.assert_allclose(avg_pool2d(x + 100, whole)[:, 0, 0], 100 + exact.mean(axis=(1, 2)), rtol=1e-7)
    tenths = np.full((1, 1000, 1500, 1), 0.1, np.float32)  # the sum of so many needs double precision
    assert avg_pool2d(tenths, (1000, 1500)).item() == np.float32(0.1)
    lengths = np.sqrt((exact**2).sum(axis=(1, 2)))
    np.testing.assert_allclose(lp_pool2d(x, whole)[:, 0, 0], lengths, rtol=1e-6)


def test_types_are_kept_by_maxima_and_become_floats_in_sums() -> None:
    for kind, result in {
        "bool": "float32", "uint8": "float32", "uint16": "float32", "int64": "float64", "float16": "float32",
        "float32": "float32", "float64": "float64",
    }.items():  # fmt: skip
        x = np.ones((1, 2, 2, 1), kind)
        assert max_pool2d(x, 2).dtype == min_pool2d(x, 2).dtype == kind
        assert avg_pool2d(x, 2).dtype == lp_pool2d(x, 2).dtype == result
    whole = np.full((1, 2, 2, 1), 255, np.uint8)
    assert (avg_pool2d(whole, 2).item(), lp_pool2d(whole, 2).item()) == (255, 510)


def test_complex_numbers_have_a_mean_and_nothing_else() -> None:
    x = np.array([1 + 2j, 3, 4, -4j], np.complex64).reshape(1, 2, 2, 1)
    y = avg_pool2d(x, 2)
    assert (y.item(), y.dtype) == (2 - 0.5j, np.complex64)
    message = "max_pool2d expects real numbers: complex ones have no order, only their mean is defined; received complex64; try avg_pool2d"
    with pytest.raises(EngineError, match=f"^{re.escape(message)}$"):
        max_pool2d(x, 2)
    for engine in (min_pool2d, lp_pool2d, argmax_pool2d, argmin_pool2d):
        with pytest.raises(EngineError, match="complex ones have no order"):
            engine(x, 2)


def test_norms_are_sums_of_powers_as_in_pytorch() -> None:
    x = np.array([[1.0, -2.0], [-3.0, 1.0]]).reshape(1, 2, 2, 1)
    assert lp_pool2d(x, 2, p=1).item() == -3
    assert lp_pool2d(x, 2, p=2).item() == np.sqrt(15)
    assert np.isnan(lp_pool2d(x, 2, p=3)).all()
    assert lp_pool2d(np.abs(x), 2, p=3).item() == pytest.approx(37 ** (1 / 3))
    # where ceil lets a window reach beyond the picture PyTorch scales the sum up to all cells: 9.4868, 15.8114
    edge = lp_pool2d(np.arange(1.0, 26).reshape(1, 5, 5, 1), 2, ceil=True)[0, 0, :, 0]
    np.testing.assert_allclose(edge, [9.4868, 13.0384, 15.8114 / np.sqrt(2)], rtol=1e-5)
    for p in (0, -1, np.inf, np.nan):
        message = f"p expects a positive number; received {p!r}; try p=2 (of p=infinity the maximum is meant)"
        with pytest.raises(EngineError, match=f"^{re.escape(message)}$"):
            lp_pool2d(x, 2, p=p)


def test_sums_that_are_not_finite_stay_in_their_windows() -> None:
    x = np.ones((1, 4, 6, 1))
    x[0, 0, 0], x[0, 3, 5], x[0, 0, 3] = np.nan, np.inf, -np.inf
    assert str(avg_pool2d(x, 2)[0, ..., 0].tolist()) == "[[nan, -inf, 1.0], [1.0, 1.0, inf]]"


def test_an_empty_batch_and_empty_pictures() -> None:
    for engine in (max_pool2d, avg_pool2d, lp_pool2d, argmax_pool2d):
        assert engine(np.ones((0, 4, 4, 2)), 2).shape == (0, 2, 2, 2)
    message = "max_pool2d expects x (batch, height, width, channel) with no empty axis; received (1, 0, 4, 2)"
    with pytest.raises(EngineError, match=f"^{re.escape(message)}$"):
        max_pool2d(np.ones((1, 0, 4, 2)), 2)
    with pytest.raises(EngineError, match=re.escape("received (4, 4)")):
        avg_pool2d(np.ones((4, 4)), 2)
    with pytest.raises(EngineError, match="an engine computes with numbers; received dtype <U1"):
        max_pool2d(np.full((1, 2, 2, 1), "a"), 2)


@pytest.mark.parametrize(
    ("kind", "engine"), [("max", max_pool2d), ("min", min_pool2d), ("avg", avg_pool2d), ("lp", lp_pool2d)]
)
def test_one_entry_for_every_kind_gives_the_windows_back(kind: str, engine: Any) -> None:
    x = np.random.default_rng(3).standard_normal((2, 7, 6, 2))
    options: dict[str, Any] = {"stride": 2, "padding": "same", "dilation": (1, 2), "ceil": True}
    made = pooling(x, (3, 2), kind=kind, **options)
    np.testing.assert_array_equal(made.output, engine(x, (3, 2), **options))
    assert made.windows == pool_windows((7, 6), (3, 2), **options)
    with pytest.raises(EngineError, match=re.escape("kind expects one of max, avg, min, lp; received 'sum'")):
        pooling(x, 2, kind="sum")
