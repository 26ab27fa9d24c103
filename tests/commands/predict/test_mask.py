"""``dlcli predict`` of nets that give a mask: a spectrum in, a spectrum out, and a cleaner sound at the end."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlcli.commands.kinds.nets.net_file import history_tensor, write_net_file
from dlcli.nets.net import Net
from dlcli.nets.spec import model_spec
from dlcli.tensor import Axis, Tensor

SOUND = {"sample_rate": 8000, "frame": 8, "hop": 2, "window": "hann", "mask": True}


@pytest.fixture
def half(cli: Any) -> None:  # which changes to a folder of the test's own
    """A net in ``w.safetensors`` that keeps σ(dB / 10) of each number of a spectrum of five frequencies."""
    write()


def write(sound: Any = SOUND, units: int = 5) -> None:
    layers = [{"kind": "dense", "units": units, "activation": "sigmoid", "name": "share"}]
    spec = model_spec({"name": "half", "input": [9, 5], "loss": "binary-cross-entropy", "layer": layers})
    net = Net(spec)
    net.load({"share/kernel": np.eye(5, units) / 10, "share/bias": np.zeros(units)})
    facts = {"data": {"sound": sound}}
    write_net_file("w.safetensors", spec, net.weights(), state={}, facts=facts, history=history_tensor([]))


def sound(channels: int = 0) -> Tensor:
    shape = (60, channels) if channels else (60,)
    axes = (Axis("time", start=0, step=1 / 8000, unit="s"), Axis("channel"))[: len(shape)]
    return Tensor(np.random.default_rng(0).normal(size=shape).astype(np.float32), axes, "audio")


@pytest.mark.usefixtures("half")
@pytest.mark.parametrize("channels", [0, 2])
def test_a_spectrum_comes_out_times_its_mask_and_goes_on_to_istft(cli: Any, channels: int) -> None:
    s = cli("stft", "--frame", "8", stdin=sound(channels)).tensor
    mask = cli("predict", "w.safetensors", "--emit", "mask", stdin=s).tensor
    decibels = 20 * np.log10(np.maximum(np.abs(s.data), 1e-5))
    np.testing.assert_allclose(mask.data, 1 / (1 + np.exp(-decibels / 10)), rtol=1e-5)
    assert mask.axes == s.axes
    made = cli("predict", "w.safetensors", stdin=s).tensor
    np.testing.assert_allclose(made.data, s.data * mask.data, rtol=1e-5)
    kept = {name: made.attrs[name] for name in s.attrs if name != "command"}
    assert (made.data.dtype, made.axes) == (s.data.dtype, s.axes)
    assert kept == {name: one for name, one in s.attrs.items() if name != "command"}
    back = cli("istft", stdin=made)
    assert back.tensor.shape == sound(channels).shape
    assert not back.err
    layer = cli("predict", "w.safetensors", "--emit", "share", stdin=s).tensor
    assert layer.shape == s.shape


@pytest.mark.usefixtures("half")
def test_the_story_shows_the_mask_and_a_number_of_it(cli: Any) -> None:
    s = cli("stft", "--frame", "8", stdin=sound()).tensor
    told = " ".join(cli("predict", "w.safetensors", "-f", "plain", stdin=s).out.split())
    share = percent_kept(cli, s)
    assert f"{share} of its numbers keep half or more of their size" in told
    assert "phases stay as the noise has left them" in told
    assert told.replace("\\ ", "").endswith("| dlcli predict w.safetensors | dlcli istft -o clean.wav")
    told = " ".join(cli("predict", "w.safetensors", "--explain", "2,3", "-f", "plain", stdin=s).out.split())
    assert "mask · s 0." in told


def percent_kept(cli: Any, s: Tensor) -> str:
    mask = cli("predict", "w.safetensors", "--emit", "mask", stdin=s).tensor.data
    return f"{100 * (mask >= 0.5).mean():.3g} %"


@pytest.mark.usefixtures("half")
def test_other_spectra_are_refused_with_the_line_to_type(cli: Any) -> None:
    line = "dlcli stft noisy.wav --frame 1ms | dlcli predict w.safetensors | dlcli istft -o clean.wav"

    def refused(x: Tensor, *words: str) -> str:
        return str(cli("predict", "w.safetensors", *words, stdin=x).err)

    other = cli("stft", "--frame", "16", stdin=sound()).tensor
    assert "the spectrum has frame 16, hop 4, n_fft 16, and w.safetensors has learnt from frame 8" in refused(
        other
    )
    assert line in refused(other)
    assert line in refused(sound())
    power = cli("stft", "--frame", "8", "--emit", "power", stdin=sound()).tensor
    assert "received power (frequency 5, frame 31)" in refused(power)
    quick = Tensor(sound().data, (Axis("time", start=0, step=1 / 16000, unit="s"),), "audio")
    rate = refused(cli("stft", "--frame", "8", stdin=quick).tensor)
    assert "sample_rate 16000" in rate
    assert "ffmpeg -i x.wav -ar 8000 noisy.wav" in rate
    s = cli("stft", "--frame", "8", stdin=sound()).tensor
    assert "--top is not for" in refused(s, "--top", "2")
    bad = s.data.copy()
    bad[1, 2] = np.nan
    assert "every output would be NaN" in refused(Tensor(bad, s.axes, s.name, s.attrs))
    few = Tensor(s.data[:4], s.axes, s.name)
    assert "the spectrum has frequencies 4, and w.safetensors has learnt from frequencies 5" in refused(few)


def test_a_file_that_contradicts_itself_is_refused(cli: Any) -> None:
    write({**SOUND, "hop": "often"})
    assert "a net that gives a mask takes (frame, frequency)" in cli("predict", "w.safetensors", "0 1").err
    write(units=4)
    assert "a net that gives a mask takes (frame, frequency)" in cli("predict", "w.safetensors", "0 1").err
