"""Pictures moved and mirrored."""

from __future__ import annotations

import numpy as np

from dlcli.nets.augment import mirrored, shifted
from tests.nets.recipe import numbers


def test_each_picture_is_moved_each_way_equally_often_and_0_follows() -> None:
    pictures = np.tile(np.arange(1, 31, dtype=np.uint8).reshape(1, 6, 5, 1), (900, 1, 1, 2))
    moved = shifted(pictures, 1, np.random.default_rng(0))
    assert moved.dtype == np.uint8
    framed = np.pad(pictures[0], ((1, 1), (1, 1), (0, 0)))
    wanted = {(y, x): framed[1 - y : 7 - y, 1 - x : 6 - x] for y in (-1, 0, 1) for x in (-1, 0, 1)}
    counts = {way: sum((one == want).all() for one in moved) for way, want in wanted.items()}
    assert sum(counts.values()) == 900
    assert all(60 < count < 140 for count in counts.values())


def test_a_picture_may_be_moved_out_of_sight_but_not_broken() -> None:
    moved = shifted(np.ones((50, 2, 2, 1)), 3, np.random.default_rng(0))
    assert set(moved.sum(axis=(1, 2, 3))) <= {0, 1, 2, 4}


def test_half_of_all_pictures_are_mirrored_whole() -> None:
    pictures = numbers((400, 3, 4, 2), 50)
    kept = pictures.copy()
    turned = mirrored(pictures, np.random.default_rng(0))
    np.testing.assert_array_equal(pictures, kept)
    same = (turned == pictures).all(axis=(1, 2, 3))
    other = (turned == pictures[:, :, ::-1]).all(axis=(1, 2, 3))
    assert (same ^ other).all()
    assert 150 < other.sum() < 250
