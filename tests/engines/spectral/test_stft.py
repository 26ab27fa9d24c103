"""The transform: its definition, what must hold of it, SciPy live, librosa and PyTorch stored."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import ShortTimeFFT, get_window

from dlcli.engines.base.checks import EngineError
from dlcli.engines.spectral.conventions import CONVENTIONS, Convention
from dlcli.engines.spectral.frames import frames
from dlcli.engines.spectral.istft import istft
from dlcli.engines.spectral.stft import stft, stft_plain
from dlcli.engines.spectral.stft_plan import Plan

DATA = Path(__file__).parents[2] / "data"
LIBROSA, TORCH = (np.load(DATA / f"{name}_sound.npz") for name in ("librosa", "torch"))
NAMES = {"boxcar": "rect", "constant": "zeros"}


def stored(file: Any) -> list[tuple[int, dict[str, Any]]]:
    return list(enumerate(json.loads(str(file["cases"]))))


def ours(case: dict[str, Any], habit: Convention) -> dict[str, Any]:
    """A case of librosa's or torch's in our words; what it leaves to the library is the convention's."""
    mode, kind = case.get("pad_mode", habit.pad_mode), case.get("window", habit.window)
    return {
        "frame": case.get("win_length", case["n_fft"]), "n_fft": case["n_fft"], "hop": case["hop_length"],
        "window": NAMES.get(kind, kind), "pad_mode": NAMES.get(mode, mode),
        "center": case.get("center", habit.center), "edges": habit.edges, "phase": habit.phase,
        "scale": "orthonormal" if case.get("normalized") else "none",
    }  # fmt: skip


@pytest.mark.parametrize(("number", "case"), stored(LIBROSA), ids=str)
def test_as_librosas(number: int, case: dict[str, Any]) -> None:
    options = ours(case, CONVENTIONS["librosa"])
    s = stft(LIBROSA["x"], **options)
    np.testing.assert_allclose(s, LIBROSA[f"s{number}"], atol=1e-12)
    back = istft(s, length=len(LIBROSA["x"]), uncovered="zero", **options)
    theirs = LIBROSA[f"y{number}"]
    covered = np.abs(theirs - LIBROSA["x"]) < 1e-6  # where it has seen too little, librosa divides by nothing
    np.testing.assert_allclose(back[covered], theirs[covered], atol=1e-10)
    assert covered.mean() > (0.9 if case["hop_length"] < case["n_fft"] else 0.5)


@pytest.mark.parametrize(("number", "case"), stored(TORCH), ids=str)
def test_as_torchs(number: int, case: dict[str, Any]) -> None:
    options = ours(case, CONVENTIONS["torch"])
    s = stft(TORCH["x"], **options)
    np.testing.assert_allclose(s, TORCH[f"s{number}"], atol=1e-12)
    if f"y{number}" in TORCH:
        theirs = TORCH[f"y{number}"]
        np.testing.assert_allclose(istft(s, length=len(theirs), **options), theirs, atol=1e-12)


@pytest.mark.parametrize("samples", [9, 100, 101])
@pytest.mark.parametrize(("frame", "hop"), [(16, 4), (17, 5), (16, 16), (15, 7)])
@pytest.mark.parametrize("scaling", [None, "magnitude", "psd"])
@pytest.mark.parametrize("n_fft", [None, 32])
@pytest.mark.parametrize("rate", [1.0, 8000.0])
def test_as_scipys(samples: int, frame: int, hop: int, scaling: Any, n_fft: int | None, rate: float) -> None:
    x = np.random.default_rng(1).standard_normal(samples)
    weights = get_window("hamming", frame)
    theirs = ShortTimeFFT(weights, hop, rate, mfft=n_fft, scale_to=scaling, phase_shift=0)
    habit = CONVENTIONS["scipy"]
    options: dict[str, Any] = {"frame": frame, "hop": hop, "n_fft": n_fft, "window": "hamming", "pad_mode": habit.pad_mode,
               "edges": habit.edges, "phase": habit.phase, "scale": scaling or "none", "sample_rate": rate}  # fmt: skip
    s = stft(x, **options)
    np.testing.assert_allclose(s, theirs.stft(x), atol=1e-12)
    if hop <= frame // 2:
        np.testing.assert_allclose(istft(s, length=samples, **options), x, atol=1e-12)


@given(samples=st.integers(1, 60), frame=st.integers(1, 12), hop=st.integers(1, 15), more=st.integers(0, 5),
       center=st.booleans(), edges=st.sampled_from(["fit", "touch"]), phase=st.sampled_from(["start", "middle"]),
       pad_mode=st.sampled_from(["zeros", "reflect", "edge"]), channels=st.integers(0, 2))  # fmt: skip
def test_the_fast_way_equals_the_definition(
    samples: int,
    frame: int,
    hop: int,
    more: int,
    center: bool,
    edges: str,
    phase: str,
    pad_mode: str,
    channels: int,
) -> None:
    if edges == "fit" and not center and samples < frame + more:
        return
    x = np.random.default_rng(samples).standard_normal((samples, channels) if channels else samples)
    options: dict[str, Any] = {"frame": frame, "hop": hop, "n_fft": frame + more, "center": center,
                               "edges": edges, "phase": phase, "pad_mode": pad_mode, "window": "hamming"}  # fmt: skip
    np.testing.assert_allclose(stft(x, **options), stft_plain(x, Plan.of(**options)), atol=1e-12)


def test_many_strips_and_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(0).standard_normal((3000, 2)).astype(np.float32)
    whole = stft(x, frame=32, hop=8)
    monkeypatch.setattr(sys.modules[stft.__module__], "STRIP", 128)
    np.testing.assert_array_equal(stft(x, frame=32, hop=8, threads=3), whole)
    assert whole.dtype == np.complex64


def test_an_impulse_has_every_frequency_alike() -> None:
    x = np.zeros(64)
    x[20] = 1
    s = stft(x, frame=16, hop=4, window="rect", center=False)
    for t in range(s.shape[1]):
        np.testing.assert_allclose(np.abs(s[:, t]), 1.0 if t * 4 <= 20 < t * 4 + 16 else 0.0, atol=1e-12)
    np.testing.assert_allclose(s[:, 5], 1, atol=1e-12)  # the impulse at the start of the frame: phase 0
    np.testing.assert_allclose(s[:, 4], np.exp(-2j * np.pi * 4 * np.arange(9) / 16), atol=1e-12)


def test_a_sine_stands_at_its_frequency() -> None:
    """A cosine of amplitude A at bin k: A·Σw/2 there, A·Σw/4 beside it under a Hann window, 0 elsewhere."""
    n = np.arange(256)
    s = stft(3 * np.cos(2 * np.pi * 5 * n / 32), frame=32, hop=32, center=False)
    expected = np.zeros(17)
    expected[[4, 5, 6]] = [12, 24, 12]
    np.testing.assert_allclose(np.abs(s), np.repeat(expected[:, None], 8, axis=1), atol=1e-12)
    scaled = stft(3 * np.cos(2 * np.pi * 5 * n / 32), frame=32, hop=32, center=False, scale="magnitude")
    np.testing.assert_allclose(np.abs(scaled[5]), 1.5, atol=1e-12)


def test_silence_is_silent() -> None:
    assert not stft(np.zeros(100, np.float32), frame=16).any()


@given(samples=st.integers(1, 80), frame=st.integers(1, 16), hop=st.integers(1, 20), more=st.integers(0, 6),
       center=st.booleans(), pad_mode=st.sampled_from(["zeros", "reflect", "wrap"]),
       window=st.sampled_from(["hann", "hamming", "rect", "kaiser:5", "gaussian:3"]), seed=st.integers(0, 99))  # fmt: skip
def test_parseval(
    samples: int, frame: int, hop: int, more: int, center: bool, pad_mode: str, window: str, seed: int
) -> None:
    """Energy: that of each windowed frame is that of its spectrum, inner frequencies counted twice."""
    n_fft = frame + more
    if not center and samples < n_fft:
        return
    x = np.random.default_rng(seed).standard_normal(samples)
    s = stft(x, frame=frame, hop=hop, n_fft=n_fft, center=center, pad_mode=pad_mode, window=window,
             scale="orthonormal")  # fmt: skip
    twice = np.full((len(s), 1), 2.0)
    twice[0] = 1
    if n_fft % 2 == 0:
        twice[-1] = 1
    plan = Plan.of(frame=frame, hop=hop, n_fft=n_fft, window=window)
    blocks = frames(x, n_fft, hop, center=center, pad_mode=pad_mode).values
    seen = blocks[:, plan.offset : plan.offset + frame] * plan.window
    np.testing.assert_allclose(
        (twice * np.abs(s) ** 2).sum(axis=0), np.square(seen).sum(axis=1), rtol=1e-10, atol=1e-12
    )


def test_it_is_linear_and_delays_turn_phases() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 200))
    both = stft(2 * a - 3 * b, frame=16)
    np.testing.assert_allclose(both, 2 * stft(a, frame=16) - 3 * stft(b, frame=16), atol=1e-12)
    # A circular delay of 3 samples in a frame of 16 turns frequency k by 3k/16 of a circle.
    plain: dict[str, Any] = {"frame": 16, "hop": 16, "window": "rect", "center": False}
    turns = np.exp(-2j * np.pi * 3 * np.arange(9) / 16)[:, None]
    np.testing.assert_allclose(stft(np.roll(a[:16], 3), **plain), turns * stft(a[:16], **plain), atol=1e-12)


def test_nan_stays_in_its_frames() -> None:
    x = np.ones(100)
    x[50] = np.nan
    s = stft(x, frame=8, hop=4, center=False)
    touched = [t for t in range(s.shape[1]) if t * 4 <= 50 < t * 4 + 8]
    assert sorted({int(t) for t in np.flatnonzero(np.isnan(s).any(axis=0))}) == touched


@pytest.mark.parametrize(
    ("x", "words", "message"),
    [
        (np.ones(0), {}, "a sound needs at least one sample; received shape (0,)"),
        (np.ones((2, 2, 2)), {}, "a sound has axes (time) or (time, channel); received shape (2, 2, 2)"),
        (np.ones(9, complex), {}, "stft expects real samples; received complex128; try the real part"),
        (np.ones(9), {"frame": 0}, "frame expects a whole number of samples, at least 1; received 0"),
        (np.ones(9), {"hop": 0}, "hop expects a whole number of samples, at least 1; received 0"),
        (np.ones(9), {"n_fft": 3}, "n_fft expects at least the 4 samples of a frame; received 3; try n_fft=4"),
        (np.ones(9), {"phase": "end"}, "phase expects one of start, middle; received 'end'"),
        (np.ones(9), {"pad_mode": "up"}, "pad_mode expects one of zeros, reflect, mirror, symmetric, edge, wrap; received 'up'"),
        (np.ones(9), {"scale": "db"}, "scale expects one of none, magnitude, psd, orthonormal or a number; received 'db'"),
        (np.ones(9), {"scale": 0.0}, "scale expects a number that is finite and not 0; received 0.0"),
        (np.ones(3), {"center": False}, "a frame of 4 samples does not fit in a sound of 3; try centred frames, or frames of at most 3 samples"),
    ],
)  # fmt: skip
def test_what_does_not_fit(x: Any, words: dict[str, Any], message: str) -> None:
    with pytest.raises(EngineError) as refused:
        stft(x, **{"frame": 4, **words})
    assert str(refused.value) == message
