"""Positions: states between 0 and 1, where their drawing has them."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.errors import BadData
from dlcli.worlds.builtin import builtin, predictor, random_walk
from dlcli.worlds.positions import positions


def test_states_of_a_row_lie_in_the_middle_of_their_share() -> None:
    found = positions(random_walk(10))
    np.testing.assert_allclose(found[1:-1, 0], (np.arange(10) + 0.5) / 10)


def test_a_grid_has_rows_and_columns() -> None:
    cliff = builtin("cliff")
    assert cliff is not None
    found = positions(cliff)
    assert found.shape == (38, 2)
    start = cliff.states.index("3,0")
    np.testing.assert_allclose(found[start], [7 / 8, 1 / 24])


def test_a_world_without_a_drawing_has_none() -> None:
    with pytest.raises(BadData, match=r"predictor has no drawing .*--features one-hot"):
        positions(predictor())
