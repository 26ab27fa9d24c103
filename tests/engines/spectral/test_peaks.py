"""Peaks: where they are, between the bins too."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcli.engines.base.checks import EngineError
from dlcli.engines.spectral.peaks import peaks
from dlcli.engines.spectral.stft import stft


@pytest.mark.parametrize("tone", [40.0, 40.25, 40.5, 63.9])
def test_a_sine_is_found_between_the_bins(tone: float) -> None:
    x = 0.7 * np.sin(2 * np.pi * tone * np.arange(1024) / 512)
    size = np.abs(stft(x, frame=512, hop=512, window="gaussian:70", center=False, scale="magnitude")[:, 0])
    places, heights = peaks(size, 1)
    assert places[0] == pytest.approx(tone, abs=0.01)
    assert heights[0] == pytest.approx(0.35, rel=0.01)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30))
def test_peaks_are_where_it_rises_and_falls(y: list[int]) -> None:
    size = np.array(y, float)
    padded = [-1, *y, -1]
    by_hand = {i for i in range(len(y)) if padded[i] < padded[i + 1] >= padded[i + 2] and y[i] > 0}
    places, heights = peaks(size, len(y))
    assert {int(np.floor(place + 0.5)) for place in places - 1e-9} == by_hand
    assert len(places) == len(by_hand)
    assert (heights >= np.array(sorted((y[i] for i in by_hand), reverse=True)) - 1e-9).all()


def test_silence_has_none_and_the_highest_come_first() -> None:
    assert len(peaks(np.zeros(8))[0]) == 0
    assert peaks(np.array([0, 1, 0, 5, 0, 3, 0.0]), 2)[0].tolist() == [3, 5]


@pytest.mark.parametrize("size", [np.ones((2, 2)), np.ones(3, complex)])
def test_what_has_no_peaks(size: np.ndarray) -> None:
    with pytest.raises(EngineError, match="peaks expects real sizes"):
        peaks(size)
