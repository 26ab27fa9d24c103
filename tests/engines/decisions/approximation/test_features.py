"""Features: groups, tiles and positions are what their definitions say."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.decisions.approximation.features import Groups, OneHot, Position, Tiles

POINTS = np.random.default_rng(0).random((200, 2))


def test_a_point_lies_in_one_tile_of_every_tiling() -> None:
    coding = Tiles(tilings=8, tiles=4, dimensions=2)
    active = coding(POINTS)
    assert active.index.shape == (200, 8)
    assert (active.index // 25 == np.arange(8)).all()
    assert 0 <= active.index.min() <= active.index.max() < coding.size == 200
    assert (active.value == 1).all()


def test_tilings_are_moved_by_odd_shares_of_a_tile() -> None:
    coding = Tiles(tilings=4, tiles=3, dimensions=2)
    for k in range(4):
        for x, y in POINTS[:20]:
            row = int(x * 3 + k * 1 % 4 / 4)
            column = int(y * 3 + k * 3 % 4 / 4)
            assert coding(np.array([[x, y]])).index[0, k] == k * 16 + row * 4 + column


def test_one_tiling_without_a_move_is_state_aggregation() -> None:
    inner = POINTS[:, :1]
    tiles, groups = Tiles(1, 5, 1)(inner), Groups(5, 1)(inner)
    assert np.array_equal(tiles.index, groups.index)


def test_neighbours_share_more_tiles_than_what_lies_apart() -> None:
    coding = Tiles(tilings=8, tiles=4, dimensions=1)
    index = coding(np.array([[0.5], [0.55], [0.65], [0.95]])).index
    shared = [int((index[0] == other).sum()) for other in index]
    assert shared == sorted(shared, reverse=True)
    assert shared[0] == 8
    assert shared[-1] == 0


def test_groups_of_all_states_are_the_table() -> None:
    points = (np.arange(10)[:, None] + 0.5) / 10
    assert np.array_equal(Groups(10, 1)(points).index, OneHot(10)(np.arange(10.0)[:, None]).index)


def test_a_position_makes_a_plane() -> None:
    values = Position(2)(POINTS).weighted(np.array([1.0, 2.0, -3.0]))
    np.testing.assert_allclose(values, 1 + 2 * POINTS[:, 0] - 3 * POINTS[:, 1])


@pytest.mark.parametrize(
    "make", [lambda: Tiles(8, 1000, 3), lambda: Groups(10_000, 2), lambda: Tiles(0, 4, 1)]
)
def test_features_beyond_reason_are_refused(make: object) -> None:
    with pytest.raises(EngineError):
        make()  # type: ignore[operator]
