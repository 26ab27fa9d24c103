"""The Fourier transform as a layer: its frames by the definition, its gradient by central differences."""

from __future__ import annotations

import numpy as np
import pytest

from dlcli.engines.base.checks import EngineError
from dlcli.nets.net import picture_first
from tests.nets.small import net_of, numbers

LAYER = {"kind": "stft-spectrogram", "frame_length": 8, "frame_step": 4, "pad": [2, 3]}


def test_its_magnitudes_are_those_of_the_definition() -> None:
    x = numbers((3, 20, 1), 5)
    net = net_of([LAYER], (20, 1))
    assert net.spec.output == (5, 5)
    y = picture_first(net.forward(net.batch(x)))
    whole = np.pad(x[..., 0], ((0, 0), (2, 3)), mode="reflect")
    n, k = np.arange(8), np.arange(5)[:, None]
    waves = (0.5 - 0.5 * np.cos(2 * np.pi * n / 8)) * np.exp(-2j * np.pi * k * n / 8)
    for t in range(5):
        np.testing.assert_allclose(y[:, t], np.abs(whole[:, 4 * t :][:, :8] @ waves.T), atol=1e-12)


@pytest.mark.parametrize("length", [8, 7])
def test_its_gradient_is_what_central_differences_measure(length: int) -> None:
    net = net_of(
        [{**LAYER, "frame_length": length}, {"kind": "flatten"}, {"kind": "dense", "units": 2}], (20, 1)
    )
    x, pull = net.batch(numbers((3, 20, 1), 5)), numbers((2, 3), 7)
    net.forward(x, training=True)
    dx = net.backward(pull.copy(), to_input=True).copy()
    for cell in [(0, 0, 0), (0, 2, 1), (0, 9, 2), (0, 17, 0), (0, 19, 1)]:
        ends = []
        for step in (1e-6, -1e-6):
            moved = x.copy()
            moved[cell] += step
            ends.append((net.forward(moved) * pull).sum())
        assert dx[cell] == pytest.approx((ends[0] - ends[1]) / 2e-6, abs=1e-8)


def test_the_gradient_of_silence_is_none() -> None:
    net = net_of([LAYER], (20, 1))
    net.forward(np.zeros((1, 20, 1)), training=True)
    assert not net.backward(np.ones((5, 5, 1)), to_input=True).any()


@pytest.mark.parametrize(
    ("layer", "shape", "words"),
    [
        ({"pad": [2]}, (20, 1), "two whole numbers"),
        ({"pad": [20, 0]}, (20, 1), "20 samples mirror at most 19"),
        ({"frame_length": 30}, (20, 1), "more than all 25 samples"),
        ({}, (20, 2), "one channel of samples"),
        ({"frame_step": 0}, (20, 1), "from 1 on"),
    ],
)
def test_what_cannot_be_is_refused(layer: dict[str, object], shape: tuple[int, int], words: str) -> None:
    with pytest.raises(EngineError, match=words):
        net_of([{**LAYER, **layer}], shape)
