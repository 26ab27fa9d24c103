"""Log-mels and MFCCs: by hand, as an orthonormal transform, and beside librosa, torchaudio and SciPy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.engines.spectral.decibels import power
from dlcli.engines.spectral.log_mel import log_mel, mel_decibels, mel_power
from dlcli.engines.spectral.mel import mel_filterbank
from dlcli.engines.spectral.mfcc import dct_basis, mfcc
from dlcli.engines.spectral.stft import stft

HEARD = np.load(Path(__file__).parents[2] / "data" / "mel_sound.npz")
RATE = 8000

CASES = [
    (name, number, case)
    for name in ("librosa", "torchaudio")
    for number, case in enumerate(json.loads(str(HEARD[name])))
]


@pytest.mark.parametrize(("name", "number", "case"), CASES, ids=[f"{name}-{i}" for name, i, _ in CASES])
def test_as_librosa_and_torchaudio(name: str, number: int, case: dict[str, Any]) -> None:
    spectrum = stft(HEARD["x"], frame=case["frame"], hop=case["hop"], pad_mode="zeros")
    bank = mel_filterbank(
        RATE, case["frame"], case["mels"], low=case["low"], high=case["high"], scale=case["scale"],
        norm="area" if case["norm"] == "slaney" else "peak",
    )  # fmt: skip
    powers = mel_power(power(spectrum), bank)
    found = mel_decibels(powers, reference=case["ref"], top_db=case["top_db"])
    np.testing.assert_allclose(found, HEARD[f"{name[0]}{number}"], atol=1e-8)
    floor = mel_decibels(powers, reference=case["ref"], top_db=case["top_db"] or 80.0)
    coefficients = mfcc(floor, min(case["count"], case["mels"]))
    np.testing.assert_allclose(coefficients, HEARD[f"{name[0]}m{number}"], atol=1e-8)


def test_the_transform_is_scipys_and_keeps_lengths() -> None:
    numbers = np.arange(10.0) ** 2
    np.testing.assert_allclose(mfcc(numbers, 10), HEARD["dct"], atol=1e-12)
    basis = dct_basis(10, 10)
    np.testing.assert_allclose(basis @ basis.T, np.eye(10), atol=1e-14)
    assert np.square(mfcc(numbers, 10)).sum() == pytest.approx(np.square(numbers).sum())


def test_coefficients_by_hand() -> None:
    levels = np.array([[-10.0, 3], [-20, 3], [-60, 3]])
    first = [sum(levels[m, t] for m in range(3)) / np.sqrt(3) for t in range(2)]
    second = [
        sum(levels[m, t] * np.cos(np.pi * (2 * m + 1) / 6) for m in range(3)) * np.sqrt(2 / 3) for t in (0, 1)
    ]
    np.testing.assert_allclose(mfcc(levels, 2), [first, second], atol=1e-12)
    assert mfcc(levels[..., None], 2).shape == (2, 2, 1)


def test_the_largest_is_exactly_0_where_it_is_the_reference() -> None:
    powers = np.random.default_rng(0).uniform(0, 9, (5, 40)).astype(np.float32)
    found = mel_decibels(powers, reference="max", top_db=10)
    assert (found.max(), found.dtype) == (0, np.float32)
    assert found.min() == pytest.approx(-10, abs=1e-5)
    assert (mel_decibels(np.zeros((2, 2)), reference="max") == 0).all()


def test_log_mel_is_all_of_it_at_once() -> None:
    x = HEARD["x"]
    bank = mel_filterbank(RATE, 200, 10)
    powers = power(stft(x, frame=200, hop=80, pad_mode="reflect"))
    expected = 10 * np.log10(np.maximum(bank @ powers, 1e-10))
    np.testing.assert_allclose(log_mel(x, RATE, frame=200, hop=80, mels=10), expected)


@pytest.mark.parametrize(
    ("count", "size", "message"),
    [
        (5, 4, "a cosine transform of 4 numbers has 4 coefficients; received 5"),
        (0, 4, "count expects a whole number, at least 1; received 0"),
    ],
)
def test_what_does_not_fit(count: int, size: int, message: str) -> None:
    with pytest.raises(EngineError) as refused:
        dct_basis(count, size)
    assert str(refused.value) == message
