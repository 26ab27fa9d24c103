"""A stream of samples gives the same frames as the whole sound, in memory that does not grow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcli.engines.base.checks import EngineError
from dlcli.engines.spectral.stft import stft
from dlcli.engines.spectral.stft_plan import Plan
from dlcli.engines.spectral.stft_stream import StftStream


@given(sizes=st.lists(st.integers(1, 40), min_size=1, max_size=6), frame=st.integers(1, 12), hop=st.integers(1, 15),
       more=st.integers(0, 5), center=st.booleans(), edges=st.sampled_from(["fit", "touch"]),
       phase=st.sampled_from(["start", "middle"]), pad_mode=st.sampled_from(["zeros", "reflect", "edge", "symmetric"]),
       channels=st.integers(0, 2))  # fmt: skip
def test_it_is_the_whole_at_once(
    sizes: list[int],
    frame: int,
    hop: int,
    more: int,
    center: bool,
    edges: str,
    phase: str,
    pad_mode: str,
    channels: int,
) -> None:
    samples = sum(sizes)
    options: dict[str, Any] = {"frame": frame, "hop": hop, "n_fft": frame + more, "center": center, "edges": edges,
                               "phase": phase, "pad_mode": pad_mode, "window": "hamming"}  # fmt: skip
    x = np.random.default_rng(samples).standard_normal((samples, channels) if channels else samples)
    stream = StftStream(Plan.of(**options))
    parts = [stream.feed(part) for part in np.split(x, np.cumsum(sizes)[:-1])]
    if edges == "fit" and not center and samples < frame + more:
        with pytest.raises(EngineError, match="does not fit in a sound of"):
            stream.finish()
        return
    parts.append(stream.finish())
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), stft(x, **options))


def test_it_keeps_a_few_frames() -> None:
    stream = StftStream(Plan.of(frame=64, hop=16))
    for _ in range(50):
        stream.feed(np.ones(1000))
        assert stream.kept is not None
        assert len(stream.kept) <= 1000 + 64 + 16
        assert stream.kept.base is None
    assert stream.samples == 50_000


def test_what_cannot_be_streamed() -> None:
    with pytest.raises(
        EngineError, match="a stream cannot be padded with 'wrap': its end is not known; try 'reflect'"
    ):
        StftStream(Plan.of(frame=4, pad_mode="wrap"))
    stream = StftStream(Plan.of(frame=4))
    stream.feed(np.ones(9))
    with pytest.raises(
        EngineError,
        match=r"the blocks of a sound have the same channels and precision; received float64 \(9, 2\)",
    ):
        stream.feed(np.ones((9, 2)))
    with pytest.raises(EngineError, match="at least one sample"):
        StftStream(Plan.of(frame=4)).finish()
