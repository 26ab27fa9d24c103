"""Larger pictures: PyTorch's and Keras' numbers, the definition, and what must hold of every enlargement."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.pooling.pool2d import argmax_pool2d, avg_pool2d, max_pool2d
from dlcli.engines.pooling.unpool import side_by_side, unpool2d
from dlcli.engines.pooling.upsample import sampling, upsample2d, upsample2d_plain

DATA = Path(__file__).parents[2] / "data"
TORCH = np.load(DATA / "torch_decoder.npz")
KERAS = np.load(DATA / "keras_decoder.npz")
SIZES = [name for name in TORCH.files if name.split()[0] in ("nearest", "bilinear", "aligned")]


@pytest.mark.parametrize("name", SIZES)
def test_it_is_what_pytorch_gives(name: str) -> None:
    word, height, width = name.split()
    kind = "nearest" if word == "nearest" else "bilinear"
    made = upsample2d(
        TORCH["upsample x"], (int(height), int(width)), kind=kind, align_corners=word == "aligned"
    )
    np.testing.assert_allclose(made, TORCH[name], rtol=0, atol=1e-14)


@pytest.mark.parametrize("kind", ["nearest", "bilinear"])
def test_it_is_what_keras_gives(kind: str) -> None:
    made = upsample2d(KERAS["x"], (6, 12), kind=kind)
    assert made.dtype == np.float32
    np.testing.assert_allclose(made, KERAS[kind], rtol=0, atol=1e-6)


@pytest.mark.parametrize("aligned", [False, True])
def test_the_definition_of_bilinear(aligned: bool) -> None:
    """A mean of the numbers around the middle of each new cell, written with a line through them."""
    x, size = np.random.default_rng(0).normal(size=(1, 4, 5, 1)), (9, 6)
    made = upsample2d(x, size, kind="bilinear", align_corners=aligned)[0, ..., 0]
    places = [
        np.linspace(0, old - 1, new)
        if aligned
        else ((np.arange(new) + 0.5) * old / new - 0.5).clip(0, old - 1)
        for old, new in zip((4, 5), size, strict=True)
    ]
    rows = np.array([np.interp(places[1], np.arange(5), line) for line in x[0, ..., 0]])  # (4, 6)
    expected = np.array([np.interp(places[0], np.arange(4), line) for line in rows.T]).T
    np.testing.assert_allclose(made, expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize("kind", ["nearest", "bilinear"])
@pytest.mark.parametrize("aligned", [False, True])
@pytest.mark.parametrize(("width", "channels"), [(7, 1), (30, 3), (5, 40)])
@pytest.mark.parametrize("threads", [1, 3])
def test_many_strips_are_the_definition(
    monkeypatch: pytest.MonkeyPatch, kind: str, aligned: bool, width: int, channels: int, threads: int
) -> None:
    monkeypatch.setattr("dlcli.engines.pooling.upsample.STRIP", 500)
    x, size = np.random.default_rng(3).normal(size=(2, 9, width, channels)), (23, width + 5)
    made = upsample2d(x, size, kind=kind, align_corners=aligned, threads=threads)
    expected = upsample2d_plain(x, size, kind=kind, align_corners=aligned)
    np.testing.assert_allclose(made, expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize("kind", ["nearest", "bilinear"])
@pytest.mark.parametrize("aligned", [False, True])
def test_the_shares_of_a_cell_add_up_to_one(kind: str, aligned: bool) -> None:
    for old in range(1, 9):
        for new in range(old, 30):
            line = sampling(old, new, kind, aligned)
            np.testing.assert_allclose(line.shares.sum(axis=1), 1)
            assert (line.shares >= 0).all()
            assert line.places.min() == 0
            assert line.places.max() == old - 1


def test_what_was_repeated_is_found_again_by_a_mean() -> None:
    x = np.random.default_rng(1).normal(size=(2, 3, 4, 2))
    np.testing.assert_allclose(avg_pool2d(upsample2d(x, (6, 12)), (2, 3)), x, rtol=1e-14)


def test_a_number_that_is_not_finite_stays_where_it_has_a_share() -> None:
    x = np.array([0.0, 1, np.inf, 1]).reshape(1, 1, 4, 1)
    made = upsample2d(x, (1, 8), kind="bilinear")[0, 0, :, 0]
    assert np.isfinite(made).tolist() == [True] * 3 + [False] * 4 + [True]
    assert not np.isnan(made).any()


def test_dtypes() -> None:
    x = np.arange(4).reshape(1, 2, 2, 1)
    assert upsample2d(x.astype(np.uint8), 4).dtype == np.uint8
    assert upsample2d(x.astype(np.uint8), 4, kind="bilinear").dtype == np.float32
    assert upsample2d(x * 1j, 4, kind="bilinear")[0, 0, 1, 0] == 0.25j


@pytest.mark.parametrize(
    ("shape", "size", "kind", "words"),
    [
        ((1, 2, 2, 1), (1, 2), "nearest", "no fewer cells of 2 than there are; received 1"),
        ((1, 2, 2, 1), (2, 2), "cubic", "kind expects one of nearest, bilinear; received 'cubic'"),
        ((2, 2), (2, 2), "nearest", r"not empty; received \(2, 2\)"),
        ((1, 0, 2, 1), (2, 2), "nearest", r"not empty; received \(1, 0, 2, 1\)"),
    ],
)
def test_what_it_refuses(shape: tuple[int, ...], size: tuple[int, int], kind: str, words: str) -> None:
    with pytest.raises(EngineError, match=words):
        upsample2d(np.zeros(shape), size, kind=kind)


UNPOOLED = sorted(
    {name.rpartition(" ")[0] for name in TORCH.files if name.startswith("unpool ") and name.endswith("kept")}
)


@pytest.mark.parametrize("name", UNPOOLED)
def test_unpooling_is_pytorchs(name: str) -> None:
    kept, winners, output = (TORCH[f"{name} {part}"] for part in ("kept", "winners", "output"))
    np.testing.assert_array_equal(unpool2d(kept, winners, (7, 9)), output)


def test_the_winners_are_ours_too() -> None:
    photo = TORCH["unpool photo"]
    np.testing.assert_array_equal(argmax_pool2d(photo, 2), TORCH["unpool 2 2 0 winners"])


def test_pooled_again_it_is_what_it_was() -> None:
    x = np.random.default_rng(2).uniform(1, 9, (2, 6, 8, 3))
    made = unpool2d(max_pool2d(x, 2), argmax_pool2d(x, 2), (6, 8))
    np.testing.assert_array_equal(max_pool2d(made, 2), max_pool2d(x, 2))
    assert np.isin(made[made != 0], x).all()


def test_of_two_with_one_winner_the_last_stands_there() -> None:
    made = unpool2d(
        np.array([[1.0, 2, 3]]).reshape(1, 1, 3, 1), np.array([[4, 0, 4]]).reshape(1, 1, 3, 1), (2, 3)
    )
    assert made[0, :, :, 0].tolist() == [[2, 0, 0], [0, 3, 0]]


@pytest.mark.parametrize(
    ("winners", "words"),
    [
        (np.array([[0, 6]]), "at 0 to 5; one is 6"),
        (np.array([[-1, 2]]), "at 0 to 5; one is -1"),
        (np.array([[0.5, 2]]), "whole numbers from 0 on; received float64"),
        (np.array([[0]]), "one place for each number"),
    ],
)
def test_places_that_are_none(winners: np.ndarray, words: str) -> None:
    with pytest.raises(EngineError, match=words):
        unpool2d(np.ones((1, 1, 2, 1)), winners[None, ..., None], (2, 3))


def test_winners_side_by_side() -> None:
    x = np.random.default_rng(3).normal(size=(1, 6, 9, 2))
    winners = argmax_pool2d(x, (2, 3))
    assert side_by_side(winners, (2, 3))
    assert not side_by_side(winners, (2, 2))
