"""Layers in both directions and over each other: what does not fit, and which layer it is."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.recurrent.bidirectional import MERGES, Layer, run_layer
from dlcli.engines.recurrent.stacked import run_stack
from tests.engines.recurrent.cells import cell

X = np.random.default_rng(0).normal(size=(6, 3))


@pytest.mark.parametrize("merge", MERGES)
def test_each_direction_is_a_layer_of_its_own(merge: str) -> None:
    ahead, behind = cell("gru", seed=1), cell("lstm", seed=2)
    steps = run_layer(X, Layer(ahead, behind, merge))
    one = run_layer(X, Layer(ahead)).outputs
    other = run_layer(X[::-1], Layer(behind)).outputs[::-1]
    np.testing.assert_allclose(steps.outputs, MERGES[merge](one, other), rtol=1e-12)
    assert steps.outputs.shape[-1] == Layer(ahead, behind, merge).width


def test_the_first_output_of_the_direction_from_the_end_has_read_everything() -> None:
    far = X.copy()
    far[-1] += 1
    both = Layer(cell("lstm", seed=1), cell("lstm", seed=2))
    before, after = (run_layer(x, both).outputs[0] for x in (X, far))
    np.testing.assert_array_equal(before[:4], after[:4])
    assert (before[4:] != after[4:]).all()


def test_a_wrong_merge_and_unequal_directions_are_refused() -> None:
    with pytest.raises(EngineError, match="called 'max'; try one of concat, sum, mul, ave"):
        run_layer(X, Layer(cell("gru"), cell("gru"), "max"))
    with pytest.raises(EngineError, match="as many units; received 4 and 5"):
        run_layer(X, Layer(cell("gru"), cell("gru", units=5), "sum"))


def test_the_layer_that_does_not_fit_is_named() -> None:
    with pytest.raises(EngineError, match="layer 1: these weights of a cell 'gru' are for 3 features"):
        run_stack(X, [Layer(cell("gru")), Layer(cell("gru"))])
    with pytest.raises(EngineError, match="at least 1 layer"):
        run_stack(X, [])
