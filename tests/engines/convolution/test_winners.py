"""Who answers most: against loops and SciPy's correlations, and the places where nobody does."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from dlcli.engines.base.checks import EngineError
from dlcli.engines.convolution.conv2d import conv2d
from dlcli.engines.convolution.kernels import named
from dlcli.engines.convolution.winners import NONE, TIE, winners

ANSWERS = arrays(np.float64, (3, 4, 5), elements=st.integers(-9, 9).map(float))


@given(ANSWERS, st.sampled_from([0.0, 0.25, 1.0]))
def test_the_definition(answers: np.ndarray, share: float) -> None:
    found, largest = winners(answers, share), max(answers.max(), 0)
    for i, j in np.ndindex(3, 4):
        here = answers[i, j].tolist()
        most = max(here)
        wins = most > 0 and most >= share * largest and here.count(most) == 1
        assert found.winner[i, j] == (here.index(most) if wins else NONE)
        assert found.strength[i, j] == most
        reasons = [bool(why[i, j]) for why in (found.silent, found.tied, found.unknown)]
        assert sum(reasons) == (not wins)


@given(ANSWERS, st.permutations(range(5)))
def test_the_order_of_the_kernels_only_renames_the_winners(answers: np.ndarray, order: list[int]) -> None:
    first, turned = winners(answers), winners(answers[..., order])
    won = first.winner != NONE
    np.testing.assert_array_equal(won, turned.winner != NONE)
    np.testing.assert_array_equal(first.winner[won], np.array(order)[turned.winner[won]])


def test_a_bank_of_lines_is_the_argmax_of_scipy_s_correlations() -> None:
    picture = np.random.default_rng(3).normal(size=(40, 50))
    bank = [named(f"line:{angle}").array for angle in range(0, 180, 15)]
    answers = conv2d(picture[None, ..., None], np.stack(bank, axis=-1)[:, :, None])[0]
    scipy = np.stack([ndimage.correlate(picture, kernel)[4:-4, 4:-4] for kernel in bank], axis=-1)
    found = winners(answers)
    np.testing.assert_allclose(found.strength, scipy.max(axis=-1), rtol=1e-12)
    assert not found.tied.any()
    np.testing.assert_array_equal(found.winner, np.where(scipy.max(axis=-1) > 0, scipy.argmax(axis=-1), NONE))


def test_what_nearly_ties_is_a_tie_and_what_is_rounding_is_silent() -> None:
    near, apart = 1 - TIE / 2, 1 - 2 * TIE
    found = winners(np.array([[[1, near], [1, apart], [1e-7, 0], [2e-6, 0], [np.nan, 5], [-1, -2]]]))
    assert found.winner.tolist() == [[NONE, 0, NONE, 0, NONE, NONE]]
    assert found.tied.tolist() == [[True, False, False, False, False, False]]
    assert found.silent.tolist() == [[False, False, True, False, False, True]]
    assert found.unknown.tolist() == [[False, False, False, False, True, False]]


def test_infinities_win_and_are_no_measure_of_the_others() -> None:
    found = winners(np.array([[[np.inf, 1], [np.inf, np.inf], [1, -np.inf], [-np.inf, -np.inf]]]), 0.5)
    assert found.winner.tolist() == [[0, NONE, 0, NONE]]
    assert (found.least, found.tied.tolist()) == (0.5, [[False, True, False, False]])


@pytest.mark.parametrize(
    ("answers", "share", "message"),
    [
        (np.ones((2, 2, 1)), 0, "answers of two kernels or more (height, width, kernel); received (2, 2, 1)"),
        (np.ones((2, 2)), 0, "answers of two kernels or more (height, width, kernel); received (2, 2)"),
        (np.ones((1, 1, 2), complex), 0, "complex answers have no order; received complex128"),
        (np.ones((1, 1, 2)), 1.5, "a share is from 0 to 1; received 1.5"),
    ],
)
def test_what_has_no_winner_is_refused(answers: np.ndarray, share: float, message: str) -> None:
    with pytest.raises(EngineError, match=f"^{re.escape(message)}$"):
        winners(answers, share)
