"""The stream back to a sound: what the whole at once gives, whatever the blocks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcli.engines.base.checks import EngineError
from dlcli.engines.spectral.istft import istft
from dlcli.engines.spectral.istft_stream import IstftStream
from dlcli.engines.spectral.stft import stft
from dlcli.engines.spectral.stft_plan import Plan

RNG = np.random.default_rng(0)


@given(samples=st.integers(1, 120), frame=st.integers(1, 12), hop=st.integers(1, 15), more=st.integers(0, 5),
       center=st.booleans(), edges=st.sampled_from(["fit", "touch"]), phase=st.sampled_from(["start", "middle"]),
       channels=st.integers(0, 2), size=st.integers(1, 9))  # fmt: skip
def test_it_is_the_whole_at_once(
    samples: int,
    frame: int,
    hop: int,
    more: int,
    center: bool,
    edges: str,
    phase: str,
    channels: int,
    size: int,
) -> None:
    if edges == "fit" and not center and samples < frame + more:
        return
    x = np.random.default_rng(samples).standard_normal((samples, channels) if channels else samples)
    options: dict[str, Any] = {"frame": frame, "hop": hop, "n_fft": frame + more, "center": center,
                               "edges": edges, "phase": phase, "window": "hamming"}  # fmt: skip
    s = stft(x, **options)
    stream = IstftStream(Plan.of(**options))
    parts = [stream.feed(s[:, a : a + size]) for a in range(0, s.shape[1], size)]
    parts.append(stream.finish(length=samples, uncovered="zero"))
    np.testing.assert_allclose(
        np.concatenate(parts), istft(s, length=samples, uncovered="zero", **options), atol=1e-12
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_there_and_back_in_the_precision_that_came(dtype: Any) -> None:
    x = RNG.uniform(-1, 1, 50_000).astype(dtype)
    s = stft(x, frame=512, hop=128)
    stream = IstftStream(Plan.of(frame=512, hop=128))
    parts = [stream.feed(part) for part in np.array_split(s, 7, axis=1)]
    back = np.concatenate([*parts, stream.finish(length=len(x))])
    assert back.dtype == dtype
    assert np.abs(back - x).max() < (1e-6 if dtype == np.float32 else 1e-12)


def test_it_keeps_a_few_frames() -> None:
    stream = IstftStream(Plan.of(frame=64, hop=16))
    given_ = 0
    for count in range(1, 40):
        given_ += len(stream.feed(stft(RNG.standard_normal(16 * 99), frame=64, hop=16)))
        assert count * 100 * 16 - given_ <= 64 + 16 + 32
        assert stream.kept is not None
        assert len(stream.kept) <= 64 + 16


def test_what_does_not_fit() -> None:
    s = stft(np.ones(40), frame=4, hop=2)
    with pytest.raises(EngineError, match="a spectrum needs at least one frame; received none"):
        IstftStream(Plan.of(frame=4, hop=2)).finish()
    stream = IstftStream(Plan.of(frame=4, hop=2))
    stream.feed(s)
    with pytest.raises(
        EngineError, match=r"blocks of a spectrum have the same channels and precision; received complex64"
    ):
        stream.feed(s.astype(np.complex64))
    with pytest.raises(EngineError, match="length expects at least the 34 samples given; received 3"):
        stream.finish(length=3)
    with pytest.raises(EngineError, match="no window has seen samples 42-49 of 50"):
        stream.finish(length=50)
    stream = IstftStream(Plan.of(frame=4, hop=2, center=False))
    stream.feed(s)
    with pytest.raises(EngineError, match="no window has seen sample 0 of"):
        stream.finish()
