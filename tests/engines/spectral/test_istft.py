"""Back to the sound: round trips, the definition, and what cannot be inverted."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcli.engines.base.checks import EngineError
from dlcli.engines.spectral.istft import istft, istft_plain
from dlcli.engines.spectral.overlap import cola, nola
from dlcli.engines.spectral.stft import stft
from dlcli.engines.spectral.stft_plan import Plan
from dlcli.engines.spectral.windows import window


@pytest.mark.parametrize(("dtype", "bound"), [(np.float32, 1e-6), (np.float64, 1e-12)])
@pytest.mark.parametrize(("frame", "hop"), [(512, 128), (2048, 512), (511, 100), (64, 32), (10, 1)])
@pytest.mark.parametrize("edges", ["fit", "touch"])
@pytest.mark.parametrize("channels", [0, 2])
def test_there_and_back(dtype: Any, bound: float, frame: int, hop: int, edges: str, channels: int) -> None:
    x = np.random.default_rng(0).uniform(-1, 1, (20_000, channels) if channels else 20_000).astype(dtype)
    s = stft(x, frame=frame, hop=hop, edges=edges)
    back = istft(s, frame=frame, hop=hop, edges=edges, length=len(x))
    assert back.dtype == dtype
    assert np.abs(back - x).max() < bound


@given(samples=st.integers(1, 60), frame=st.integers(1, 12), hop=st.integers(1, 15), more=st.integers(0, 5),
       center=st.booleans(), edges=st.sampled_from(["fit", "touch"]), phase=st.sampled_from(["start", "middle"]),
       changed=st.booleans())  # fmt: skip
def test_the_fast_way_equals_the_definition(
    samples: int, frame: int, hop: int, more: int, center: bool, edges: str, phase: str, changed: bool
) -> None:
    if edges == "fit" and not center and samples < frame + more:
        return
    rng = np.random.default_rng(samples)
    options: dict[str, Any] = {"frame": frame, "hop": hop, "n_fft": frame + more, "center": center,
                               "edges": edges, "phase": phase, "window": "hamming"}  # fmt: skip
    s = stft(rng.standard_normal(samples), **options)
    if changed:  # so that it is no sound's spectrum any more
        s = s * rng.uniform(0, 2, s.shape)
        s.imag[0] = 0
        if options["n_fft"] % 2 == 0:
            s.imag[-1] = 0
    plain = istft_plain(s, samples + 3, Plan.of(**options))
    np.testing.assert_allclose(istft(s, length=samples + 3, uncovered="zero", **options), plain, atol=1e-9)


def test_many_strips_and_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(0).standard_normal((3000, 2))
    s = stft(x, frame=32, hop=8)
    whole = istft(s, frame=32, hop=8)
    monkeypatch.setattr(sys.modules[istft.__module__], "STRIP", 128)
    for threads in (1, 3):
        np.testing.assert_allclose(istft(s, frame=32, hop=8, threads=threads), whole, atol=1e-14)


def test_without_a_length_it_ends_with_the_last_frame() -> None:
    x = np.random.default_rng(0).standard_normal(103)
    assert len(istft(stft(x, frame=16, hop=4), frame=16, hop=4)) == 100
    plain = {"frame": 16, "hop": 4, "window": "rect", "center": False}
    assert len(istft(stft(x, **plain), **plain)) == 100


@pytest.mark.parametrize(
    ("name", "hop", "holds"), [("hann", 8, True), ("hann", 4, True), ("hann", 7, False), ("rect", 16, True),
                               ("rect", 5, False), ("bartlett", 8, True), ("blackman", 4, True)]
)  # fmt: skip
def test_constant_overlap_add_is_what_scipy_says(name: str, hop: int, holds: bool) -> None:
    from scipy.signal import check_COLA

    found = cola(window(name, 16), hop)
    assert found.holds == holds == check_COLA(window(name, 16), 16, 16 - hop)
    assert ("add up to a constant" in found.words) == (not holds)


@pytest.mark.parametrize("hop", [1, 8, 15, 16])
def test_nonzero_overlap_add_is_what_scipy_says(hop: int) -> None:
    from scipy.signal import check_NOLA

    assert nola(window("hann", 16), hop).holds == check_NOLA(window("hann", 16), 16, 16 - hop)


SPECTRUM = stft(np.ones(20), frame=4, hop=2)


@pytest.mark.parametrize(
    ("s", "words", "message"),
    [
        (np.ones((3, 4)), {}, "istft expects a complex spectrum; received float64, which has no phase; try griffin_lim on its magnitude"),
        (np.ones(3, complex), {}, "a spectrum has axes (frequency, frame) or (frequency, frame, channel); received shape (3,)"),
        (np.ones((2, 4), complex), {}, "a transform of 4 samples has 3 frequencies; received 2; try frame=2 or the n_fft that the spectrum was made with"),
        (SPECTRUM, {"hop": 4}, "the spectrum cannot be inverted: windows 4 samples apart miss sample 2 of every 4: the squares of the weights add up to 0 there; try a hop of at most 2, or uncovered='zero'"),
        (SPECTRUM, {"center": False}, "the spectrum cannot be inverted: no window has seen sample 0 of 24; try centred frames, or uncovered='zero'"),
        (SPECTRUM, {"length": 30}, "the spectrum cannot be inverted: no window has seen samples 22-29 of 30; try a length of 22, or uncovered='zero'"),
        (SPECTRUM, {"length": 0}, "length expects a whole number of samples, at least 1; received 0"),
        (SPECTRUM, {"uncovered": "one"}, "uncovered expects one of refuse, zero; received 'one'"),
    ],
    ids=["real", "one axis", "frequencies", "hop", "not centred", "too long", "no length", "uncovered"],
)  # fmt: skip
def test_what_cannot_be_inverted(s: Any, words: dict[str, Any], message: str) -> None:
    with pytest.raises(EngineError) as refused:
        istft(s, **{"frame": 4, "hop": 2, **words})
    assert str(refused.value) == message
