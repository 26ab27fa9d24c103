"""Layers with weights to begin with: their widths, and in which order they are drawn."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.recurrent.seeded_cells import seeded_cell
from dlcli.engines.recurrent.seeded_layers import seeded_layers


def test_each_is_drawn_after_the_one_below_it_and_backwards_after_forwards() -> None:
    net = seeded_layers("lstm", 3, np.random.default_rng(7), units=4, layers=2, bidirectional=True, skip=2)
    rng = np.random.default_rng(7)
    for cell, features in zip([one for layer in net for one in layer.cells], (3, 3, 8, 8), strict=True):
        for name, array in seeded_cell("lstm", features, 4, rng, skip=2).arrays().items():
            np.testing.assert_array_equal(cell.arrays()[name], array)


@pytest.mark.parametrize(
    ("kind", "features", "widths"),
    [("simple", 5, [2, 2]), ("leaky", 5, [5, 5]), ("leaky", 8, [8, 8]), ("leaky", 9, [2, 2])],
)
def test_the_usual_units(kind: str, features: int, widths: list[int]) -> None:
    net = seeded_layers(kind, features, np.random.default_rng(0), layers=2)
    assert [layer.width for layer in net] == widths


def test_merged_directions_are_as_wide_as_one() -> None:
    net = seeded_layers(
        "gru", 2, np.random.default_rng(0), units=3, layers=2, bidirectional=True, merge="sum"
    )
    assert [(layer.forward.features, layer.width, layer.merge) for layer in net] == [
        (2, 3, "sum"),
        (3, 3, "sum"),
    ]


def test_a_kind_that_there_is_not_is_refused() -> None:
    with pytest.raises(EngineError, match="no cell is called 'elman'; try one of simple, leaky, lstm, gru"):
        seeded_layers("elman", 2, np.random.default_rng(0))
