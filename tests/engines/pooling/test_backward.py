"""Gradients of pooling: by hand, by their definition, as PyTorch does, and by central differences."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.pooling import sweep as pool_sweep
from dlcli.engines.pooling.backward import (
    avg_pool2d_backward,
    lp_pool2d_backward,
    max_pool2d_backward,
    min_pool2d_backward,
)
from dlcli.engines.pooling.definition import (
    average_backward_plain,
    extreme_backward_plain,
    norm_backward_plain,
)
from dlcli.engines.pooling.pool2d import avg_pool2d, lp_pool2d, max_pool2d, min_pool2d
from dlcli.engines.pooling.windows import pool_windows

STORED = np.load(Path(__file__).parents[2] / "data" / "pool_cases.npz")
TORCH = [
    pytest.param(case, {name.split()[1]: STORED[name] for name in STORED.files if name.startswith(f"{i} ")},
                 id=f"{case['kind']} {case['content']} {case['size']} {case['options']}")
    for i, case in enumerate(json.loads(str(STORED["cases"])))
]  # fmt: skip


def test_by_hand() -> None:
    x = np.array([[1.0, 5, 2], [4, 3, 9], [0, 7, 8]]).reshape(1, 3, 3, 1)
    dy = np.array([[1.0, 10], [100, 1000]]).reshape(1, 2, 2, 1)
    dx = max_pool2d_backward(dy, x, 2, stride=1)[0, ..., 0]
    assert dx.tolist() == [[0, 1, 0], [0, 0, 1010], [0, 100, 0]]
    dx = min_pool2d_backward(dy, x, 2, stride=1)[0, ..., 0]
    assert dx.tolist() == [[1, 0, 10], [0, 1000, 0], [100, 0, 0]]
    dx = avg_pool2d_backward(dy, x, 2, stride=1)[0, ..., 0]
    assert (4 * dx).tolist() == [[1, 11, 10], [101, 1111, 1010], [100, 1100, 1000]]


def test_of_equal_numbers_the_first_gets_it_and_of_several_nan_the_last() -> None:
    ties = np.array([[2, 7, 1, 1, 0], [7, 7, 1, 1, 0]], float)
    odd = np.array([[np.nan, 1, 2, 3, 0], [np.nan, 3, np.nan, 9, 0]])
    dy = np.array([5.0, 6]).reshape(1, 1, 2, 1)
    for x, expected in (
        (ties, [[0, 5, 6, 0, 0], [0, 0, 0, 0, 0]]),
        (odd, [[0, 0, 0, 0, 0], [5, 0, 6, 0, 0]]),
    ):
        assert max_pool2d_backward(dy, x.reshape(1, 2, 5, 1), 2)[0, ..., 0].tolist() == expected


@pytest.mark.parametrize(("case", "stored"), TORCH)
def test_it_equals_pytorch(case: dict[str, Any], stored: dict[str, Any]) -> None:
    x, dy, options = stored["x"], stored["dy"], case["options"]
    match case["kind"]:
        case "max":
            np.testing.assert_allclose(max_pool2d_backward(dy, x, **options), stored["dx"], rtol=1e-6)
            turned = min_pool2d_backward(dy, -x, **options)
            np.testing.assert_allclose(turned, stored["dx"], rtol=1e-6)
        case "avg":
            dx = avg_pool2d_backward(dy, x, **options)
            np.testing.assert_allclose(dx, stored["dx"], rtol=1e-5, atol=1e-7)
        case _:
            dx = lp_pool2d_backward(dy, x, **options)
            np.testing.assert_allclose(dx, stored["dx"], rtol=1e-4, atol=1e-6)


CHOICES = list(
    itertools.product(
        [(7, 9), (6, 6), (6, 7)],
        [1, 2, (2, 3), 5],
        [None, 1, (3, 1)],
        ["valid", "same", "full", ((0, 1), (2, 0))],
        [1, 2],
        [False, True],
    )
)


def test_the_fast_ways_equal_the_definition(monkeypatch: pytest.MonkeyPatch) -> None:
    """In long strips and in short ones."""
    rng = np.random.default_rng(2)
    tried = 0
    for (edges, size, stride, padding, dilation, ceil), channels in zip(
        CHOICES, itertools.cycle([1, 2, 8]), strict=False
    ):
        options: dict[str, Any] = {"stride": stride, "padding": padding, "dilation": dilation, "ceil": ceil}
        try:
            windows = pool_windows(edges, size, **options)
        except EngineError:
            continue
        tried += 1
        x = rng.integers(-2, 3, (3, *edges, channels)).astype(np.float32)
        dy = rng.standard_normal((3, *windows.where.out_size, channels))
        if tried % 3 == 0:
            x[rng.random(x.shape) < 0.05] = np.nan
        if tried % 5 == 0:
            dy[rng.random(dy.shape) < 0.05] = np.inf
        options["threads"] = 1 + tried % 2
        counted, p = tried % 2 == 0, (1, 2, 3, 2.5)[tried % 4]
        largest, smallest = (extreme_backward_plain(dy, x, windows, largest) for largest in (True, False))
        average = average_backward_plain(dy, x, windows, counted)
        norm = norm_backward_plain(dy, np.abs(x), windows, p)
        for strip in (100_000, 300):
            monkeypatch.setattr(pool_sweep, "CACHE_BYTES", strip)
            monkeypatch.setattr(pool_sweep, "BATCH_BYTES", 2 * strip)
            pool_sweep.pieces.cache_clear()
            for back, expected in ((max_pool2d_backward, largest), (min_pool2d_backward, smallest)):
                dx = back(dy, x, size, **options)
                assert (dx.shape, dx.dtype) == (x.shape, dy.dtype)
                np.testing.assert_allclose(dx, expected, rtol=1e-12)
            dx = avg_pool2d_backward(dy, x, size, count_padding=counted, **options)
            np.testing.assert_allclose(dx, average, rtol=1e-11, atol=1e-12)
            dx = lp_pool2d_backward(dy, np.abs(x), size, p=p, **options)
            np.testing.assert_allclose(dx, norm, rtol=1e-10, atol=1e-12)
    pool_sweep.pieces.cache_clear()
    assert tried > 300


def test_pictures_that_take_several_strips_and_threads() -> None:
    rng = np.random.default_rng(3)
    for edges in ((700, 901), (701, 900)):
        x = rng.integers(0, 5, (2, *edges, 1)).astype(np.float32)
        for options in ({}, {"threads": 2}):
            dy = rng.standard_normal((2, 350, 450, 1)).astype(np.float32)
            dx = max_pool2d_backward(dy, x, 2, **options)
            cells = (
                x[:, :700, :900, 0]
                .reshape(2, 350, 2, 450, 2)
                .transpose(0, 1, 3, 2, 4)
                .reshape(2, 350, 450, 4)
            )
            winner = cells.argmax(axis=3)[..., None] == np.arange(4)
            spread = (winner * dy).reshape(2, 350, 450, 2, 2).transpose(0, 1, 3, 2, 4).reshape(2, 700, 900)
            np.testing.assert_array_equal(dx[:, :700, :900, 0], spread)
            assert not dx[:, 700:].any()
            assert not dx[:, :, 900:].any()


def test_a_gradient_that_is_not_finite_reaches_the_winner_alone() -> None:
    x = np.array([[1.0, 2, 3, 0], [0, 1, 2, 1]]).reshape(1, 2, 4, 1)
    for value in (np.inf, np.nan):
        dx = max_pool2d_backward(np.array([value, 5.0]).reshape(1, 1, 2, 1), x, 2)[0, ..., 0]
        np.testing.assert_array_equal(dx, [[0, value, 5, 0], [0, 0, 0, 0]])


BOTH = {
    "max": (max_pool2d, max_pool2d_backward, {}),
    "min": (min_pool2d, min_pool2d_backward, {}),
    "avg": (avg_pool2d, avg_pool2d_backward, {"count_padding": True}),
    "lp": (lp_pool2d, lp_pool2d_backward, {"p": 3}),
}
OPTIONS: list[dict[str, Any]] = [
    {"size": 2},
    {"size": 3, "stride": 2, "padding": "same"},
    {"size": (3, 2), "stride": (1, 2), "dilation": 2, "padding": 1, "ceil": True},
]


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_central_differences(kind: str, options: dict[str, Any]) -> None:
    forward, backward, more = BOTH[kind]
    rng = np.random.default_rng(5)
    x = rng.random((2, 7, 6, 2)) + 0.1
    y = forward(x, **options, **more)
    dy = rng.standard_normal(y.shape)
    dx = backward(dy, x, **options, **more)
    step = 1e-6
    for _ in range(30):
        place = tuple(rng.integers(0, n) for n in x.shape)
        kept = x[place]
        losses = []
        for moved in (kept + step, kept - step):
            x[place] = moved
            losses.append((forward(x, **options, **more) * dy).sum())
        x[place] = kept
        numeric = (losses[0] - losses[1]) / (2 * step)
        assert abs(numeric - dx[place]) < 1e-6 * max(1, abs(numeric)), (
            f"dx{place}: central difference {numeric}, ours {dx[place]}"
        )


def test_where_a_norm_is_zero_its_gradient_is_taken_as_zero() -> None:
    dy = np.ones((1, 1, 1, 1))
    for p in (1, 2, 3):
        assert not lp_pool2d_backward(dy, np.zeros((1, 2, 2, 1)), 2, p=p).any()


def test_a_photo_of_bytes_has_a_gradient_and_a_mean_of_complex_numbers_too() -> None:
    photo = np.arange(4, dtype=np.uint8).reshape(1, 2, 2, 1)
    dx = max_pool2d_backward(np.full((1, 1, 1, 1), 0.5, np.float32), photo, 2)
    assert (dx.ravel().tolist(), dx.dtype) == ([0, 0, 0, 0.5], np.float32)
    dx = avg_pool2d_backward(np.full((1, 1, 1, 1), 4j), photo * 1j, 2)
    assert dx.ravel().tolist() == [1j] * 4
    assert max_pool2d_backward(np.ones((0, 1, 1, 1)), photo[:0], 2).shape == (0, 2, 2, 1)


def test_what_does_not_fit_is_refused_in_words() -> None:
    x = np.zeros((1, 4, 6, 3))
    for kind, (_, backward, _) in BOTH.items():
        message = f"dy expects floats of shape (1, 2, 3, 3), that of {kind}_pool2d's result; received float64 (1, 2, 3, 2)"
        with pytest.raises(EngineError, match=f"^{re.escape(message)}$"):
            backward(np.zeros((1, 2, 3, 2)), x, 2)
        with pytest.raises(EngineError, match="received int64"):
            backward(np.zeros((1, 2, 3, 3), int), x, 2)
    with pytest.raises(EngineError, match="received complex128"):
        max_pool2d_backward(np.zeros((1, 2, 3, 3), complex), x, 2)
