"""Griffin-Lim: beside librosa's, and that it comes near a sound that there is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.spectral.griffin_lim import griffin_lim
from dlcli.engines.spectral.stft import stft

LIBROSA = np.load(Path(__file__).parents[2] / "data" / "librosa_sound.npz")
OPTIONS: dict[str, Any] = {"frame": 64, "hop": 16, "pad_mode": "zeros"}


class Still(np.random.Generator):
    """All draws are 0, so that every phase begins as 0, which is how librosa was asked."""

    def __init__(self) -> None:
        super().__init__(np.random.PCG64(0))

    def random(self, size: Any = None, *_: Any, **__: Any) -> Any:
        return np.zeros(size)


def test_as_librosas() -> None:
    found = griffin_lim(np.abs(LIBROSA["s0"]), Still(), iterations=8, **OPTIONS)
    np.testing.assert_allclose(found.sound, LIBROSA["griffin"], atol=1e-9)


def test_it_comes_near_the_magnitudes_of_a_sound() -> None:
    time = np.arange(4000) / 8000
    x = np.sin(2 * np.pi * 500 * time) + 0.5 * np.sin(2 * np.pi * 1200 * time * time)
    found = griffin_lim(np.abs(stft(x, **OPTIONS)), np.random.default_rng(0), iterations=60, **OPTIONS)
    assert found.distances[-1] < 0.07 < 0.3 < found.distances[0]
    size = np.abs(stft(found.sound, **OPTIONS))
    assert np.linalg.norm(size - np.abs(stft(x, **OPTIONS))) < 0.1 * np.linalg.norm(size)


def test_the_seed_decides_and_precision_stays() -> None:
    size = np.abs(stft(np.random.default_rng(1).standard_normal(300), **OPTIONS)).astype(np.float32)
    first, again, other = (
        griffin_lim(size, np.random.default_rng(seed), iterations=3, **OPTIONS).sound for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    assert first.dtype == np.float32


@pytest.mark.parametrize(
    ("magnitude", "words", "message"),
    [
        (np.ones((33, 4), complex), {}, "magnitudes expect real numbers, none below 0 and none NaN; try their sizes"),
        (-np.ones((33, 4)), {}, "magnitudes expect real numbers, none below 0 and none NaN; try their sizes"),
        (np.full((33, 4), np.nan), {}, "magnitudes expect real numbers, none below 0 and none NaN; try their sizes"),
        (np.ones((33, 4)), {"iterations": 0}, "iterations expects a whole number, at least 1; received 0"),
        (np.ones((33, 4)), {"momentum": 1.0}, "momentum expects a number from 0 to below 1; received 1.0"),
    ],
)  # fmt: skip
def test_what_does_not_fit(magnitude: Any, words: dict[str, Any], message: str) -> None:
    with pytest.raises(EngineError) as refused:
        griffin_lim(magnitude, np.random.default_rng(0), **words, **OPTIONS)
    assert str(refused.value) == message
