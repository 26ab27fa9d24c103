"""Peaks, between the bins too; the strongest tones, and frames that tell them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcli.engines.base.checks import EngineError
from dlcli.engines.spectral.peaks import (
    Leakage,
    lowest_tone,
    midi_number,
    note_name,
    peaks,
    strongest,
    usual_frame,
)
from dlcli.engines.spectral.stft import stft
from dlcli.engines.spectral.windows import window


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
    with pytest.raises(EngineError, match="peaks expects real sizes"):
        strongest(size * np.arange(size.size).reshape(size.shape))


def test_two_tones_are_found_at_their_places_and_levels() -> None:
    n = np.arange(256)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * n / 256)
    x = np.sin(2 * np.pi * 20.3 * n / 256) + 0.1 * np.sin(2 * np.pi * 60 * n / 256)
    places, levels = strongest(np.abs(np.fft.rfft(window * x)), 2)
    np.testing.assert_allclose(places, [20.3, 60], atol=0.03)
    np.testing.assert_allclose(levels, [0, -20], atol=0.2)


def test_the_strongest_comes_first_though_its_top_lies_between_two_places() -> None:
    for off in np.linspace(0, 1, 11):
        n = np.arange(256)
        window = 0.5 - 0.5 * np.cos(2 * np.pi * n / 256)
        x = np.sin(2 * np.pi * 20 * n / 256) + 1.02 * np.sin(2 * np.pi * (60 + off) * n / 256)
        _, levels = strongest(np.abs(np.fft.rfft(window * x)))
        assert levels[0] == 0
        assert (np.diff(levels) <= 0).all()


@pytest.mark.parametrize("magnitude", [np.zeros(5), np.full(5, 0.1), np.full(5, 7, np.float32)])
def test_where_all_are_equally_strong_there_is_none(magnitude: np.ndarray) -> None:
    places, levels = strongest(magnitude)
    assert (len(places), len(levels)) == (0, 0)


def test_what_lies_60_decibels_lower_is_not_heard() -> None:
    quiet = [0, 1.0, 0, 0.0011, 0, 0.0009, 0]
    assert strongest(np.array(quiet))[0].tolist() == [1, 3]


def test_frames_of_about_eleven_milliseconds_that_are_quick_to_transform() -> None:
    for rate in (8000, 22050, 44100, 96000):
        frame = usual_frame(rate, 1)
        assert abs(frame / rate - 0.0116) < 0.0005
        for factor in (2, 3, 5):
            while frame % factor == 0:
                frame //= factor
        assert frame == 1
    assert [usual_frame(None, samples) for samples in (1, 5, 1000, 10**6)] == [2, 2, 256, 512]
    assert lowest_tone(8000, 256) == pytest.approx(1.5 / 0.032)


LIBROSA = np.load(Path(__file__).parents[2] / "data" / "librosa_sound.npz")


def test_keys_are_librosas() -> None:
    np.testing.assert_allclose([midi_number(f) for f in (27.5, 261.63, 450.0)], LIBROSA["midi"])


@pytest.mark.parametrize(
    ("hertz", "name"),
    [(27.5, "A0 ±0"), (32.7032, "C1 ±0"), (261.6256, "C4 ±0"), (277.1826, "C♯4 ±0"), (432, "A4 −32"),
     (4186.009, "C8 ±0"), (466.1638, "A♯4 ±0"), (8.1758, "C-1 ±0"), (20000, "D♯10 +8")],
)  # fmt: skip
def test_names(hertz: float, name: str) -> None:
    assert note_name(hertz) == name
    assert note_name(hertz, cents=False) == name.partition(" ")[0]


def shown(
    turns: float, phase: float, weights: np.ndarray, n_fft: int, leakage: Leakage | None = None
) -> list[float]:
    """The frequencies that a frame shows of a tone, in turns a frame."""
    wave = np.cos(2 * np.pi * turns * np.arange(len(weights)) / len(weights) + phase)
    places, _ = strongest(np.abs(np.fft.rfft(weights * wave, n_fft)), 5, leakage)
    return (places * len(weights) / n_fft).tolist()


@pytest.mark.parametrize("name", ["hann", "hamming", "blackman", "bartlett", "rect", "kaiser:8"])
@pytest.mark.parametrize("n_fft", [256, 500])
@pytest.mark.parametrize("turns", [3, 5, 17, 40])
def test_the_error_of_a_peak_is_that_of_a_tone(name: str, n_fft: int, turns: int) -> None:
    weights = window(name, 256)
    leakage, steps = Leakage(weights, n_fft), np.arange(8) / 8 * 256 / n_fft
    off = max(
        abs(shown(turns + s, p, weights, n_fft)[0] - turns - s) for s in steps for p in np.arange(12) / 4
    )
    assert leakage.error(turns * n_fft / 256) * 256 / n_fft == pytest.approx(off, rel=0.35, abs=2e-3)


def test_a_ripple_beside_a_zero_is_not_the_highest() -> None:
    """Three turns and a bit of a long transform: the parabola beside an exact zero once rose above the tone."""
    assert shown(3, 1.5, window("hann", 256), 500)[0] == pytest.approx(3, abs=0.01)


@pytest.mark.parametrize("name", ["hann", "hamming", "blackman", "rect", "kaiser:8"])
@pytest.mark.parametrize("n_fft", [256, 511, 1024])
@pytest.mark.parametrize("turns", [6, 16, 16.04, 40.3])
def test_the_ripples_of_a_window_are_no_tones(name: str, n_fft: int, turns: float) -> None:
    weights = window(name, 256)
    found = shown(turns, 1, weights, n_fft, Leakage(weights, n_fft))
    assert found == [pytest.approx(turns, abs=0.2)]


def test_a_tone_beside_another_is_kept() -> None:
    weights, n = window("hann", 256), np.arange(256)
    x = np.cos(2 * np.pi * 20 * n / 256) + 0.02 * np.cos(2 * np.pi * 30.2 * n / 256)
    places, levels = strongest(np.abs(np.fft.rfft(weights * x, 1024)), 5, Leakage(weights, 1024))
    np.testing.assert_allclose(places / 4, [20, 30.2], atol=0.05)
    np.testing.assert_allclose(levels, [0, -33.98], atol=0.2)


@pytest.mark.parametrize("hertz", [0, -1, np.nan, np.inf])
def test_what_is_no_tone(hertz: float) -> None:
    with pytest.raises(EngineError, match="a note expects a frequency above 0 Hz; received"):
        note_name(hertz)
