"""What later steps hand back, term by term, beside the whole gradient."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.recurrent.bptt import backward_steps
from dlcli.engines.recurrent.gradient_terms import handed_back
from dlcli.engines.recurrent.unroll import unroll
from tests.engines.recurrent.cells import KINDS, cell


@pytest.mark.parametrize("skip", [0, 1, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_with_what_a_loss_says_itself_they_add_up_to_the_gradient(kind: str, skip: int) -> None:
    rng = np.random.default_rng(5)
    weights, pulls = cell(kind, skip=skip), rng.normal(size=(6, 4))
    steps = unroll(rng.normal(size=(6, 3)), weights)
    deltas = backward_steps(weights, steps, pulls)
    for t in range(6):
        for unit in range(4):
            found = handed_back(weights, steps, deltas, t, unit)
            assert pulls[t, unit] + found.products.sum() == pytest.approx(deltas.hidden[t, unit], rel=1e-12)
            assert len(found.sources) == len(found.products)
    assert handed_back(weights, steps, deltas, 5, 0).sources == ()
