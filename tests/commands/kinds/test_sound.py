"""Tensors as sounds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlcli.commands.kinds.sounds.sound import sound_of
from dlcli.errors import DlcliError
from dlcli.tensor import Axis, Tensor

TIME = Axis("time", start=1.5, step=0.001, unit="s")


def test_a_sound_with_its_time() -> None:
    found = sound_of(Tensor(np.arange(4), (TIME,)))
    assert (found.rate, found.start, found.channel) == (1000, 1.5, None)
    assert sound_of(Tensor(np.arange(4), (TIME,)), 50).rate == 50


def test_channels() -> None:
    channel = Axis("channel", ("left", "right"))
    found = sound_of(Tensor(np.ones((4, 2)), (TIME, channel), attrs={"sample_rate": 8000}))
    assert (found.samples.shape, found.rate, found.channel) == ((4, 2), 8000, channel)


def test_one_row_is_one_channel_and_several_are_several() -> None:
    assert sound_of(Tensor([[1, 2, 3]])).samples.shape == (3,)
    assert sound_of(Tensor([[1, 2, 3]])).rate is None
    assert sound_of(Tensor([[1, 2, 3], [4, 5, 6]])).samples.shape == (2, 3)


@pytest.mark.parametrize(
    ("tensor", "message"),
    [
        (Tensor(np.ones((2, 2, 2))), "a sound is (time) or (time, channel), not empty; received tensor (axis0 2, axis1 2, axis2 2) float64"),
        (Tensor(np.ones(0)), "a sound is (time) or (time, channel), not empty; received tensor (index 0) float64"),
        (Tensor(np.ones((3, 2)), (Axis("frequency"), Axis("frame"))), "a sound is (time) or (time, channel), not empty; received tensor (frequency 3, frame 2) float64; istft brings a spectrum back"),
        (Tensor(np.array([1j])), "a sound has real samples; received tensor (index 1) complex128; try istft, or its real part"),
        (Tensor(np.array([0, np.inf])), "a sound has finite samples; sample 1 is inf; try without it"),
        (Tensor(np.ones(2), attrs={"sample_rate": -5}), "a sample rate is above 0 Hz, at most 1e+09; tensor (index 2) float64 has -5; give --sample-rate"),
        (Tensor(np.ones(2), attrs={"sample_rate": "fast"}), "a sample rate is above 0 Hz, at most 1e+09; tensor (index 2) float64 has 'fast'; give --sample-rate"),
    ],
)  # fmt: skip
def test_what_is_no_sound(tensor: Any, message: str) -> None:
    with pytest.raises(DlcliError) as refused:
        sound_of(tensor)
    assert str(refused.value) == message
