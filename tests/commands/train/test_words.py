"""``dlcli train speech-commands`` of recorded words, and ``predict`` of sounds and of log-mel frames."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest

from dlcli.commands.kinds.sounds.words_heard import spoken
from dlcli.runner.result import Run
from dlcli.tensor import Axis, Tensor


def tone(hertz: float, rate: int = 8000) -> Tensor:
    n = np.arange(int(0.3 * rate))
    axis = Axis("time", start=0, step=1 / rate, unit="s")
    return Tensor((0.5 * np.sin(2 * np.pi * hertz * n / rate)).astype(np.float32), (axis,), "audio")


@pytest.fixture
def trained(cli: Any) -> Any:
    """Two tones as words, three takes each, and a net that tells them apart in ``w.safetensors``."""
    names = np.repeat([200.0, 900.0], 3) + np.tile([0, 10, 20], 2)
    x = np.stack([tone(hertz).data for hertz in names])
    y = np.repeat(["low", "high"], 3)
    np.savez("words.npz", x_train=x[[0, 1, 3, 4]], y_train=y[[0, 1, 3, 4]], x_test=x[[2, 5]], y_test=y[[2, 5]],
             sample_rate=8000)  # fmt: skip
    words = ("speech-commands", "words.npz", "--epochs", "3", "--lr", "0.005", "-o", "w.safetensors")
    return cli("train", *words, "-f", "plain")


def test_recordings_are_learnt_from_in_variants_and_the_story_says_so(trained: Any) -> None:
    told = " ".join(trained.out.split())
    assert "words.npz: 1,000 to learn from, 2 held out" in told
    assert "Each of 4 recordings is learnt from in 250 variants: at other speeds, moved, in noise." in told
    assert "Held out are 2 other recordings, as they are: of voices not among them they say nothing." in told
    assert "2 of 2 held out are right" in told


@pytest.mark.usefixtures("trained")
def test_a_sound_and_its_frames_are_predicted_alike(cli: Any) -> None:
    sound = tone(910)
    straight = cli("predict", "w.safetensors", stdin=sound).tensor
    assert straight.axes[0].labels == ("high", "low")
    assert straight.data[0] > 0.6
    stft = ("stft", "--frame", "25ms", "--hop", "10ms", "--emit", "log-mel")
    frames = cli(*stft, stdin=sound).tensor
    piped = cli("predict", "w.safetensors", stdin=frames).tensor
    np.testing.assert_allclose(piped.data, straight.data, atol=0.1)  # frames at the ends mirror the word
    turned = cli(
        "predict", "w.safetensors", stdin=Tensor(frames.data.T, frames.axes[::-1], frames.name, frames.attrs)
    )
    np.testing.assert_array_equal(turned.tensor.data, piped.data)
    known = {"sample_rate": 8000, "samples": 8000, "frame": 200, "hop": 80, "mels": 40}
    run = cast(Run, None)  # warns of nothing here
    one, other = (spoken(x, known, "w", run).data for x in (sound, frames))
    assert one.shape == other.shape == (101, 40)
    np.testing.assert_allclose(one[37:64], other[37:64], atol=0.01)
    assert (other[:35] == -100).all()
    told = " ".join(cli("predict", "w.safetensors", "words.npz", "-f", "plain").out.split())
    assert "100 %: 2 of 2 are right" in told
    assert "has changed" not in cli("predict", "w.safetensors", "words.npz", "--part", "learnt").err


@pytest.mark.usefixtures("trained")
def test_other_sounds_and_frames_are_refused_with_the_line_to_type(cli: Any) -> None:
    def refused(x: Tensor) -> str:
        return str(cli("predict", "w.safetensors", stdin=x).err)

    line = "dlcli stft word.wav --frame 25ms --hop 10ms --mels 40 --emit log-mel"
    other = cli("stft", "--emit", "log-mel", stdin=tone(900)).tensor
    assert refused(other).rstrip().endswith(line)
    assert "w.safetensors has learnt from frame 200, hop 80, n_fft 200" in refused(other)
    framed = (
        "stft",
        "--frame",
        "25ms",
        "--hop",
        "10ms",
        "--emit",
        "log-mel",
        "--mel-scale",
        "htk",
        "--top-db",
        "80",
    )
    told = refused(cli(*framed, stdin=tone(900)).tensor)
    assert (
        "the frames have mel_scale htk, mel_norm none, top_db 80.0, and w.safetensors has learnt from" in told
    )
    assert "mel_scale slaney, mel_norm slaney, top_db none" in told
    mel = cli("stft", "--frame", "25ms", "--hop", "10ms", "--emit", "mel", stdin=tone(900)).tensor
    assert f"takes log-mel frames; received mel (mel 40, frame 31) float32: {line}" in refused(mel)
    assert "hears 8000 samples a second; received 16000" in refused(tone(900, 16000))
    two = Tensor(np.zeros((90, 2), np.float32), (Axis("time"), Axis("channel")), "audio")
    assert "hears one channel" in refused(two)
    long = Tensor(np.tile(tone(900).data, 4), tone(900).axes, "audio")
    assert "longer than the 1 s of a word: the middle of it is taken" in refused(long)


def test_log_mel_is_mel_in_decibels(cli: Any) -> None:
    mel, log = (cli("stft", "sample:chirp", "--emit", name).tensor for name in ("mel", "log-mel"))
    np.testing.assert_allclose(log.data, 10 * np.log10(np.maximum(mel.data, 1e-10)), rtol=1e-5, atol=1e-4)
    assert (log.name, log.axes, log.attrs["quantity"]) == ("log-mel", mel.axes, "db")
    assert "mel needs hertz" in cli("stft", "0 1 0 -1 0 1", "--frame", "4", "--emit", "log-mel").err
