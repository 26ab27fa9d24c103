"""Mel: both scales and the filters, by hand and beside librosa's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcli.engines.base.checks import EngineError
from dlcli.engines.spectral.mel import hertz_to_mel, mel_centres, mel_filterbank, mel_to_hertz

LIBROSA = np.load(Path(__file__).parents[2] / "data" / "librosa_sound.npz")


@pytest.mark.parametrize(("number", "case"), list(enumerate(json.loads(str(LIBROSA["mels"])))), ids=str)
def test_as_librosas(number: int, case: dict[str, Any]) -> None:
    bank = mel_filterbank(
        case["sr"], case["n_fft"], case["n_mels"], low=case.get("fmin", 0.0), high=case.get("fmax"),
        scale="htk" if case.get("htk") else "slaney", norm="area" if case.get("norm", "slaney") else "peak",
    )  # fmt: skip
    np.testing.assert_allclose(bank, LIBROSA[f"mel{number}"], atol=1e-14)


@given(hertz=st.floats(0, 20_000), scale=st.sampled_from(["slaney", "htk"]))
def test_there_and_back(hertz: float, scale: str) -> None:
    assert float(mel_to_hertz(hertz_to_mel(hertz, scale), scale)) == pytest.approx(hertz, abs=1e-7)


def test_the_scales_by_hand() -> None:
    np.testing.assert_allclose(hertz_to_mel([0, 500, 1000, 6400]), [0, 7.5, 15, 42])
    np.testing.assert_allclose(hertz_to_mel([0, 700, 6300], "htk"), 2595 * np.log10([1, 2, 10]))


def test_filters_rise_to_their_centre_and_share_every_frequency() -> None:
    """With peaks of 1, the filters between the first and the last centre add up to 1 at each frequency."""
    bank = mel_filterbank(16000, 1024, 30, norm="peak")
    centres = mel_centres(30, 0, 8000)
    hertz = np.arange(513) * 16000 / 1024
    inside = (hertz >= centres[0]) & (hertz <= centres[-1])
    np.testing.assert_allclose(bank.sum(axis=0)[inside], 1, atol=1e-12)
    assert (np.abs(hertz[bank.argmax(axis=1)] - centres) <= 16000 / 1024).all()
    areas = mel_filterbank(16000, 16384, 30).sum(axis=1) * 16000 / 16384
    np.testing.assert_allclose(areas, 1, rtol=1e-3)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"sample_rate": 0}, "sample_rate expects hertz above 0; received 0"),
        ({"mels": 0}, "mels expects a whole number, at least 1; received 0"),
        ({"n_fft": 0}, "n_fft expects a whole number of samples, at least 1; received 0"),
        ({"low": 9000.0}, "low and high expect hertz with 0 <= low < high; received 9000 and 8000"),
        ({"norm": "l2"}, "norm expects one of peak, area; received 'l2'"),
        ({"scale": "bark"}, "scale expects one of slaney, htk; received 'bark'"),
    ],
)
def test_what_does_not_fit(words: dict[str, Any], message: str) -> None:
    with pytest.raises(EngineError) as refused:
        mel_filterbank(**{"sample_rate": 16000, "n_fft": 512, **words})
    assert str(refused.value) == message
