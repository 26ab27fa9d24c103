"""Noise learnt from a passage and the gains against it: by hand, by property, beside noisereduce and librosa."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.spectral.denoise import (
    gate,
    learnt,
    ratio_gain,
    smoothed,
    subtraction_gain,
    triangle,
    wiener_gain,
)

GATED = np.load(Path(__file__).parents[2] / "data" / "noise_gate.npz")
SIZE = np.abs(GATED["sound"])


def test_threshold_and_gate_as_noisereduces() -> None:
    noise = learnt(np.abs(GATED["noise"]))
    np.testing.assert_allclose(noise.threshold(1.5).ravel(), GATED["threshold"], rtol=1e-9)
    np.testing.assert_array_equal(gate(SIZE, noise.threshold(1.5)), GATED["mask"])
    assert 0.1 < GATED["mask"].mean() < 0.5


def test_smoothing_is_noisereduces_but_for_the_edges() -> None:
    found = smoothed(GATED["mask"].astype(float), 2, 3)
    np.testing.assert_allclose(found[2:-2, 3:-3], GATED["smooth"][2:-2, 3:-3], atol=1e-12)
    np.testing.assert_allclose(smoothed(np.ones((4, 9)), 3, 20), 1, atol=1e-12)
    assert (found[0] > GATED["smooth"][0] - 1e-12).all()


def test_smoothing_by_hand() -> None:
    np.testing.assert_allclose(triangle(2) * 9, [1, 2, 3, 2, 1])
    gain = np.zeros((5, 5))
    gain[2, 2] = 1
    np.testing.assert_allclose(smoothed(gain, 1, 0)[:, 2], [0, 0.25, 0.5, 0.25, 0])
    np.testing.assert_array_equal(smoothed(gain, 0, 0), gain)
    both = smoothed(np.stack([gain, 3 * gain], axis=2), 1, 1)
    np.testing.assert_allclose(both[..., 1], 3 * both[..., 0])


@pytest.mark.parametrize("power", [1, 2])
def test_the_ratio_is_librosas_softmask(power: int) -> None:
    found = ratio_gain(SIZE, GATED["threshold"][:, None], power)
    np.testing.assert_allclose(found, GATED[f"soft{power}"], atol=1e-12)


def test_a_ratio_of_a_large_power_is_the_gate() -> None:
    threshold = GATED["threshold"][:, None]
    np.testing.assert_allclose(ratio_gain(SIZE, threshold, 1e6), gate(SIZE, threshold), atol=1e-9)


def test_wiener_and_subtraction_of_a_known_signal() -> None:
    """Of power S beside noise of power N, Wiener's gain is S / (S + N): that of the textbooks."""
    signal, noise = np.array([0.5, 1.0, 9.0]), 2.0
    size = np.sqrt(signal + noise)
    np.testing.assert_allclose(wiener_gain(size, np.array(noise)), signal / (signal + noise))
    np.testing.assert_allclose(size * subtraction_gain(size, np.array(1.2)), np.maximum(size - 1.2, 0))
    np.testing.assert_allclose(wiener_gain(size, np.array(noise), 2), np.maximum(0, 1 - 2 * noise / size**2))
    np.testing.assert_allclose(subtraction_gain(size, np.array(0.5), 2), 1 - 1 / size)


@pytest.mark.parametrize("gain", [ratio_gain, wiener_gain, subtraction_gain])
def test_gains_of_what_is_no_usual_size(gain: object) -> None:
    size = np.array([0.0, 1e-200, 1e200, np.inf, np.nan])
    for noise in (0.0, 1.0):
        found = gain(size, np.array(noise))  # type: ignore[operator]
        assert ((found >= 0) & (found <= 1)).all()
        assert (found[0], found[3], found[4]) == (0, 1, 0)
        assert found[2] == pytest.approx(1)
    assert gain(np.array([2.0]), np.array(0.0))[0] == 1  # type: ignore[operator]


def test_noise_by_hand() -> None:
    noise = learnt(np.array([[[1.0], [100.0]], [[0.0], [0.0]]]))
    assert noise.level.shape == (2, 1, 1)
    np.testing.assert_allclose([noise.level[0, 0, 0], noise.deviation[0, 0, 0]], [20, 20])
    np.testing.assert_allclose([noise.size[0, 0, 0], noise.power[0, 0, 0]], [50.5, 5000.5])
    np.testing.assert_allclose(noise.threshold(2)[:, 0, 0], [1000, 0])


def test_learning_sees_how_loud_and_nothing_else() -> None:
    """Twice as loud a passage has a threshold twice as high, in whatever order its frames come."""
    sizes = np.random.default_rng(1).uniform(0.1, 1, (6, 30))
    once = learnt(sizes).threshold()
    np.testing.assert_allclose(learnt(1e150 * sizes[:, ::-1]).threshold(), 1e150 * once)


@pytest.mark.parametrize(
    ("passage", "message"),
    [
        (np.zeros((3, 0)), r"noise is learnt from \(frequency, frame\) with a frame; received \(3, 0\)"),
        (np.zeros(3), r"noise is learnt from \(frequency, frame\) with a frame; received \(3,\)"),
        (np.full((2, 2), np.nan), "noise is learnt from finite numbers; the passage has NaN or infinity"),
    ],
)
def test_what_does_not_fit(passage: np.ndarray, message: str) -> None:
    with pytest.raises(EngineError, match=message):
        learnt(passage)
