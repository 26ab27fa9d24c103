"""Framing: which samples each frame holds, what is padded and what is dropped."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcli.engines.base.checks import EngineError
from dlcli.engines.base.padding import PAD_MODES
from dlcli.engines.spectral.frames import frames, framing

numbers = st.integers(1, 12)


@given(samples=st.integers(1, 40), length=numbers, hop=numbers, center=st.booleans(),
       edges=st.sampled_from(["fit", "touch"]), mode=st.sampled_from(sorted(PAD_MODES)))  # fmt: skip
def test_every_sample_is_where_it_should_be(
    samples: int, length: int, hop: int, center: bool, edges: str, mode: str
) -> None:
    x = np.arange(1, samples + 1)
    half = length // 2 if center else 0
    if edges == "fit" and samples + 2 * half < length:
        with pytest.raises(EngineError, match="does not fit in a sound of"):
            frames(x, length, hop, center=center)
        return
    found = frames(x, length, hop, center=center, edges=edges, pad_mode=mode)
    where = found.framing
    assert found.values.shape == (where.count, length)
    for t, start in enumerate(where.starts):
        for i in range(length):
            place = start + i
            if 0 <= place < samples:
                assert found.values[t, i] == x[place]
            elif mode == "zeros":
                assert found.values[t, i] == 0
            elif mode == "edge":
                assert found.values[t, i] == x[0 if place < 0 else -1]
            elif mode == "wrap":
                assert found.values[t, i] == x[place % samples]
    np.testing.assert_array_equal(where.ends - where.starts, length)
    if edges == "fit":
        assert where.first == -half
        assert where.dropped == max(samples - where.ends[-1], 0) < hop
        assert samples + half - where.ends[-1] < hop
    else:
        touched = [t for t in range(-50, 99) if t * hop - half < samples and t * hop - half + length > 0]
        assert where.starts.tolist()[: len(touched)] == [t * hop - half for t in touched]


@pytest.mark.parametrize("mode", ["reflect", "symmetric"])
def test_mirrors_are_numpys(mode: Any) -> None:
    x = np.arange(9.0)
    found = frames(x, 6, 3, center=True, pad_mode=mode).values
    padded = np.pad(x, 3, mode=mode)
    np.testing.assert_array_equal(found, [padded[t : t + 6] for t in range(0, 10, 3)])


def test_channels_and_views() -> None:
    x = np.arange(20.0).reshape(10, 2)
    found = frames(x, 4, 3).values
    assert found.shape == (3, 4, 2)
    np.testing.assert_array_equal(found[1], x[3:7])
    assert np.shares_memory(found, x)
    assert not found.flags.writeable


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"samples": 0}, "framing expects at least one sample; received an empty sound"),
        ({"length": 0}, "frame expects a whole number of samples, at least 1; received 0"),
        ({"hop": 0}, "hop expects a whole number of samples, at least 1; received 0"),
        ({"hop": 1.5}, "hop expects a whole number of samples; received 1.5"),
        ({"edges": "most"}, "edges expects one of fit, touch; received 'most'"),
        ({"samples": 3}, "a frame of 4 samples does not fit in a sound of 3; try centred frames, or frames of at most 3 samples"),
    ],
)  # fmt: skip
def test_what_does_not_fit(words: dict[str, Any], message: str) -> None:
    with pytest.raises(EngineError) as refused:
        framing(**{"samples": 10, "length": 4, "hop": 2, **words})
    assert str(refused.value) == message
