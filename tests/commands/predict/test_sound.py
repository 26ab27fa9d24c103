"""``dlcli predict sample:vad``: a net that hears, chunk by chunk, beside onnxruntime's numbers (stored)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlcli.commands.kinds.nets.net_file import history_tensor, write_net_file
from dlcli.commands.predict.sound.record import spans
from dlcli.nets.net import Net
from dlcli.nets.spec import model_spec
from dlcli.tensor import Axis, Tensor

with np.load(Path(__file__).parents[2] / "data" / "silero_vad.npz") as file:  # make_silero_vad.py
    SILERO = dict(file)


def story(cli: Any, *words: str, **more: Any) -> str:
    return " ".join(cli("predict", "sample:vad", *words, "-f", "plain", **more).out.split())


def sound(samples: Any, rate: int = 16000) -> Tensor:
    return Tensor(np.asarray(samples, np.float32), (Axis("time", start=0, step=1 / rate, unit="s"),), "audio")


def test_the_voice_detector_s_probabilities_are_those_of_onnxruntime(cli: Any) -> None:
    made = cli("predict", "sample:vad", "sample:speech").tensor
    assert made.axes == (Axis("time", start=0, step=0.032, unit="s"), Axis("class", ("quiet", "speech")))
    np.testing.assert_allclose(made.data[:, 1], SILERO["probabilities"], atol=1e-5)
    np.testing.assert_allclose(made.data.sum(axis=1), 1, atol=1e-6)
    logits = cli("predict", "sample:vad", "sample:speech", "--emit", "logits").tensor
    np.testing.assert_allclose(1 / (1 + np.exp(-logits.data[:, 0])), SILERO["probabilities"], atol=1e-5)


@pytest.mark.parametrize("layer", ["stft", "conv1", "conv2", "conv3", "conv4", "lstm", "relu"])
def test_every_layer_of_it_can_be_looked_at(cli: Any, layer: str) -> None:
    made = cli("predict", "sample:vad", "sample:speech", "--emit", layer).tensor
    wanted = SILERO[layer] if len(SILERO[layer]) > 1 else SILERO[layer][0]
    assert made.shape == (94, *wanted.shape)
    names = ("time", "step", "feature") if wanted.ndim == 2 else ("time", "feature")
    assert made.axis_names == names
    np.testing.assert_allclose(made.data[SILERO["chunk"]], wanted, rtol=1e-5, atol=1e-5)


def test_the_story_tells_from_when_to_when_somebody_speaks(cli: Any) -> None:
    told = story(cli, "sample:speech")
    assert "94 chunks of 512 samples, 32 ms, each heard with the 64 samples before it" in told
    assert "from (s) to (s) long (s) 0.26 2.85 2.59" in told
    assert "Speech is heard in 78 of 94 chunks. lstm goes on from chunk to chunk" in told
    assert told.endswith("dlcli predict sample:vad sample:speech --explain 8,speech")
    told = story(cli, "sample:speech", "--explain", "8,speech")
    assert "Probability 0.7071 for speech at 0.256 s" in told
    assert "p[quiet] 1 / (1 + exp(0.8811)) = 0.2929" in story(cli, "sample:speech", "--explain", "8,quiet")
    silent = story(cli, stdin=sound(np.zeros(700)))
    assert "2 chunks" in silent
    assert "Segments none: speech has nowhere as much as 50 %" in silent


def test_what_it_cannot_hear_is_refused_with_what_helps(cli: Any) -> None:
    def refused(*words: str, **more: Any) -> str:
        done = cli("predict", "sample:vad", *words, **more)
        return str(done.err)

    assert "hears 16000 samples a second; received 8000" in refused(stdin=sound(np.zeros(600), 8000))
    two = Tensor(np.zeros((600, 2), np.float32), (Axis("time"), Axis("channel")), "audio")
    assert "hears one channel" in refused(stdin=two)
    assert "hears a sound, such as sample:speech; received a set of pictures" in refused("sample:digits")
    assert "--fit is not for a net that hears a sound" in refused("sample:speech", "--fit", "crop")
    assert "--monte-carlo is not for a net" in refused("sample:speech", "--monte-carlo", "3")
    quiet = cli("predict", "sample:vad", stdin=Tensor(np.zeros(600), (Axis("sample"),), "x"))
    assert "16000 are taken" in quiet.err


def test_a_file_that_contradicts_itself_is_refused(cli: Any) -> None:
    spec = model_spec({"input": [8, 1], "layer": [{"kind": "lstm", "units": 2}]})
    facts = {"data": {"sound": {"sample_rate": 8000, "chunk": 9}}}
    net = Net(spec).draw(0)
    write_net_file("w.safetensors", spec, net.weights(), state={}, facts=facts, history=history_tensor([]))
    assert "a net that hears has inputs (sample, 1)" in cli("predict", "w.safetensors", "0 1").err


def test_inputs_beside_each_other_do_not_go_on_from_one_another(cli: Any, save: Any) -> None:
    layers = [
        {"kind": "lstm", "units": 3, "stateful": True},
        {"kind": "last-step"},
        {"kind": "dense", "units": 2},
    ]
    save({"input": [4, 1], "layer": layers}, classes=())
    x = np.ones((130, 4, 1), np.float32)
    axes = Axis("sequence"), Axis("time"), Axis("feature")
    made = cli("predict", "w.safetensors", stdin=Tensor(x, axes, "x"))
    np.testing.assert_array_equal(made.tensor.data, np.repeat(made.tensor.data[:1], 130, axis=0))
    made = cli("predict", "w.safetensors", "--emit", "lstm", stdin=Tensor(x, axes, "x"))
    np.testing.assert_array_equal(made.tensor.data, np.repeat(made.tensor.data[:1], 130, axis=0))


def test_short_pauses_do_not_part_what_is_said() -> None:
    there = np.array([1, 0, 1, 0, 0, 1], bool)
    assert spans(there, 1) == [(0, 3), (5, 6)]
    assert spans(there, 2) == [(0, 6)]
    assert spans(np.zeros(3, bool), 2) == []
