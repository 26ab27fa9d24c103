"""How much experience methods need: read off by hand, and what does not fit."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.decisions.learning.learning_curve import transitions_until


@pytest.mark.parametrize(
    ("share", "expected"), [(1.0, [0, 0]), (0.5, [6, np.inf]), (0.25, [10, np.inf]), (0.2, [np.inf, np.inf])]
)
def test_the_first_episode_whose_mean_error_is_down(share: float, expected: list[float]) -> None:
    """Two runs: mean errors 8, 4, 2 after 0, 6 and 10 transitions of the first method; 4, 3, 3 of the other."""
    rms = np.array([[[8.0, 6, 1], [8, 2, 3]], [[4, 3, 2], [4, 3, 4]]])
    steps = np.array([[5, 3], [7, 5]])
    assert transitions_until(rms, steps, share).tolist() == expected


def test_an_error_that_comes_back_counts_where_it_was_down_first() -> None:
    assert transitions_until(np.array([[[4.0, 1, 9, 1]]]), np.array([[2, 2, 2]]), 0.5).tolist() == [2]


@pytest.mark.parametrize(("rms", "steps"), [((1, 2, 3), (2, 3)), ((1, 2, 3), (3, 2)), ((2, 3), (2, 2))])
def test_arrays_that_do_not_fit_are_refused(rms: tuple[int, ...], steps: tuple[int, ...]) -> None:
    with pytest.raises(EngineError, match="errors are \\(methods, runs, episodes"):
        transitions_until(np.ones(rms), np.ones(steps, int), 0.5)
