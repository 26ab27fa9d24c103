"""Sound files: what was read comes back, what is too loud is said, what is no sound is refused."""

from __future__ import annotations

import io
import re
from typing import Any

import numpy as np
import pytest
import soundfile

from dlcli.errors import DlcliError
from dlcli.tensor import Axis, Tensor
from dlcli.wire.sounds.audio_write import write_audio

TIME = Axis("time", start=0.0, step=1 / 8000, unit="s")


def sound(data: Any, rate: int | None = 8000, axis: Axis = TIME) -> Tensor:
    data = np.asarray(data)
    axes = (axis, Axis("channel"))[: data.ndim]
    return Tensor(data, axes, "audio", {} if rate is None else {"sample_rate": rate})


def written(tensor: Tensor, format: str = "WAV") -> tuple[soundfile.SoundFile, str | None]:
    file = io.BytesIO()
    note = write_audio(tensor, file, format=format)
    file.seek(0)
    return soundfile.SoundFile(file), note


@pytest.mark.parametrize("format", ["WAV", "FLAC"])
@pytest.mark.parametrize("channels", [0, 1, 2])
def test_sixteen_bits_come_back_bit_by_bit(format: str, channels: int) -> None:
    steps = np.random.default_rng(0).integers(-32768, 32768, (70000, channels) if channels else 70000)
    steps.flat[:2] = -32768, 32767
    file, note = written(sound((steps / 32768).astype(np.float32), 44100), format)
    assert (note, file.subtype, file.samplerate, file.channels) == (None, "PCM_16", 44100, max(1, channels))
    np.testing.assert_array_equal(file.read(dtype="int16"), steps if channels != 1 else steps[:, 0])


@pytest.mark.parametrize("format", ["WAV", "FLAC"])
def test_finer_numbers_get_24_bits(format: str) -> None:
    tone = (0.9 * np.sin(np.arange(1000) / 7)).astype(np.float32)
    file, note = written(sound(tone), format)
    assert (note, file.subtype) == (None, "PCM_24")
    assert np.abs(file.read() - tone).max() <= 2**-23
    assert written(sound([0.0, 1.0]))[0].subtype == "PCM_24"  # full scale does not fit into 16 bits


def test_ogg_is_near() -> None:
    tone = (0.5 * np.sin(np.arange(8000) / 9)).astype(np.float32)
    file, note = written(sound(tone), "OGG")
    assert (note, file.format, file.subtype) == (None, "OGG", "VORBIS")
    assert np.abs(file.read()[:8000] - tone).max() < 0.05


def test_what_is_too_loud_is_clipped_and_said() -> None:
    file, note = written(sound([0.5, 1.5, -3.0, 1.0]))
    assert note == "2 samples beyond full scale were clipped to ±1 (the largest was 3)"
    np.testing.assert_allclose(file.read(), [0.5, 1, -1, 1], atol=2**-22)


@pytest.mark.parametrize(
    ("dtype", "numbers", "heard"),
    [
        ("uint8", [0, 128, 192], [-1, 0, 0.5]),
        ("int16", [-32768, 0, 16384], [-1, 0, 0.5]),
        ("int32", [-(2**31), 0, 2**30], [-1, 0, 0.5]),
        ("float16", [-1, 0, 0.5], [-1, 0, 0.5]),
        ("bool", [0, 1, 0], [0, 1, 0]),
        ("int64", [0, -1, 1], [0, -1, 1]),
    ],
)
def test_whole_numbers_are_shares_of_their_scale(dtype: str, numbers: list[int], heard: list[float]) -> None:
    file, note = written(sound(np.array(numbers).astype(dtype)))
    assert note is None
    np.testing.assert_allclose(file.read(), heard, atol=2**-22)


def test_the_rate_of_a_time_axis() -> None:
    assert written(sound([0.0, 0.1], None))[0].samplerate == 8000


@pytest.mark.parametrize(
    ("tensor", "told"),
    [
        (sound([0.5], None, Axis("index")), "a sound file needs a sample rate: attribute sample_rate in hertz, or a "
         "time axis in seconds; audio (index 1) float64 has none"),
        (sound([0.5], 0), "has 0"),
        (sound([1j]), "complex numbers are no sound; bring audio back with istft, or write a .npy"),
        (sound(np.zeros((2, 0))), "a sound is (time) or (time, channel), not empty; received audio (time 2, channel 0)"),
        (Tensor(np.zeros((2, 2, 2))), "a sound is (time) or (time, channel), not empty; received tensor (axis0 2"),
        (sound([0.5, np.nan]), "a sound has finite numbers; audio (time 2) float64 has NaN or infinity"),
    ],
)  # fmt: skip
def test_what_is_no_sound_is_refused(tensor: Tensor, told: str) -> None:
    with pytest.raises(DlcliError, match=re.escape(told)):
        write_audio(tensor, io.BytesIO(), format="WAV")


def test_flac_has_eight_channels() -> None:
    with pytest.raises(
        DlcliError, match=r"a FLAC file has at most 8 channels; received audio \(time 4, channel 9\)"
    ):
        write_audio(sound(np.zeros((4, 9))), io.BytesIO(), format="FLAC")


def test_a_sound_through_a_command_and_back(cli: Any) -> None:
    tone = np.round(8000 * np.sin(np.arange(4000) / 9)) / 32768
    soundfile.write("in.wav", tone, 8000, subtype="PCM_16")
    ended = cli("show", "in.wav", "-o", "out.flac")
    assert (ended.code, ended.err) == (0, "")
    back, rate = soundfile.read("out.flac")
    assert rate == 8000
    np.testing.assert_array_equal(back, tone)
    loud = cli("show", "in.wav", "-f", "frame").tensor
    loud = Tensor(loud.data * 100, loud.axes, loud.name, loud.attrs)
    ended = cli("show", "-o", "loud.wav", stdin=loud)
    assert ended.code == 0
    assert re.fullmatch(
        r"dlcli: loud.wav: \d+ samples beyond full scale were clipped to ±1 \(the largest was 24.4\d*\)\n",
        ended.err,
    )
