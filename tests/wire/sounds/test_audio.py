"""Sound: every format, mono and stereo, and words when it is cut, empty or no sound."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from dlcli.errors import BadData, DlcliError
from dlcli.wire.read import read_tensors
from dlcli.wire.sounds.audio import read_audio_blocks
from dlcli.wire.stream import Limits, Source

TONE = (0.5 * np.sin(np.arange(4000) / 9)).astype(np.float32)
NOT = "not a sound that dlcli reads, or one that is cut short: WAV, FLAC, OGG, AIFF or MP3"


def encoded(data: Any, format: str = "WAV", subtype: str | None = None, rate: int = 8000) -> bytes:
    stream = io.BytesIO()
    soundfile.write(stream, data, rate, subtype=subtype, format=format)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("format", "subtype", "error"),
    [
        ("WAV", "PCM_16", 2**-15), ("WAV", "FLOAT", 0), ("WAV", "DOUBLE", 0), ("WAV", "PCM_U8", 2**-7), ("WAV", "PCM_24", 2**-23),
        ("WAV", "PCM_32", 2**-30), ("WAV", "ULAW", 0.02), ("WAV", "ALAW", 0.02), ("WAV", "IMA_ADPCM", 0.05), ("WAV", "GSM610", 0.1),
        ("WAV", "NMS_ADPCM_32", 0.1), ("RF64", "PCM_24", 2**-23), ("WAVEX", "PCM_16", 2**-15),
        ("FLAC", "PCM_S8", 2**-7), ("FLAC", "PCM_16", 2**-15), ("FLAC", "PCM_24", 2**-23), ("OGG", "VORBIS", 0.05), ("OGG", "OPUS", 0.05),
        ("AIFF", "PCM_S8", 2**-7), ("AIFF", "PCM_16", 2**-15), ("AIFF", "PCM_32", 2**-30), ("AIFF", "FLOAT", 0), ("MP3", None, 0.1),
    ],
)  # fmt: skip
def test_formats(format: str, subtype: str | None, error: float, read: Any) -> None:
    (tensor,) = read(encoded(TONE, format, subtype))
    assert tensor.data.dtype == (np.float64 if subtype in ("DOUBLE", "PCM_32") else np.float32)
    begun = 500 if error > 2**-7 else 0  # what predicts samples from those before them starts badly
    assert np.abs(tensor.data[begun:4000] - TONE[begun:]).max() <= error
    assert (tensor.axes[0].name, tensor.axes[0].unit, tensor.axes[0].step) == ("time", "s", 1 / 8000)
    assert tensor.attrs["sample_rate"] == 8000


def test_channels(read: Any) -> None:
    (stereo,) = read(encoded(np.stack([TONE, -TONE], 1)))
    assert stereo.axes[1].labels == ("left", "right")
    (three,) = read(encoded(np.stack([TONE] * 3, 1)))
    assert three.axes[1].labels == ("1", "2", "3")


def test_without_a_sample_without_a_rate_and_too_long(read: Any) -> None:
    for format in ("WAV", "AIFF"):
        with pytest.raises(BadData, match=r"^input: the sound has no sample$"):
            read(encoded(TONE[:0], format))
    for format, place, size in (("WAV", 24, 4), ("AIFF", 28, 10)):
        rateless = bytearray(encoded(TONE, format))
        rateless[place : place + size] = bytes(size)
        with pytest.raises(
            BadData, match=r"^input: the sound has a sample rate of 0 Hz; expected at least 1$"
        ):
            read(bytes(rateless))
    with pytest.raises(
        BadData, match="the sound takes 16000 bytes, more than the 9000 allowed; raise --max-bytes"
    ):
        read(encoded(TONE), max_bytes=9000)


@pytest.mark.parametrize(
    ("format", "message"),
    [
        ("WAV", "the sound is cut short: 3956 of its 8000 bytes"),
        ("AIFF", "the sound is cut short: 3954 of its 8008 bytes"),
        ("RF64", "the sound is cut short: 3896 of its 8000 bytes"),
        ("FLAC", "the sound is damaged or cut short: its samples cannot all be decoded"),
        ("OGG", NOT),
        ("MP3", r"the sound is cut short: \d+ of its 4000 samples"),
    ],
)
def test_a_sound_that_is_cut_is_never_taken_for_a_whole_one(format: str, message: str, read: Any) -> None:
    whole = encoded(TONE, format)
    half = 4000 if len(whole) > 8000 else len(whole) // 2
    with pytest.raises(BadData, match=f"^input: {message}$"):
        read(whole[:half])
    for length in range(20, len(whole), 131):
        with pytest.raises(DlcliError, match=r"^input: "):
            read(whole[:length])


@pytest.mark.parametrize("length", [0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFF024, 0x80000000])
def test_a_sound_whose_sender_did_not_know_its_end(length: int, read: Any) -> None:
    """ffmpeg, SoX and arecord write such lengths into a pipe."""
    data = bytearray(encoded(TONE, "WAV", "PCM_16"))
    data[40:44] = length.to_bytes(4, "little")
    (tensor,) = read(bytes(data))
    assert tensor.shape == (4000,)


def test_a_corrupt_header(read: Any) -> None:
    with pytest.raises(BadData, match=f"^input: {NOT}$"):
        read(b"RIFF\x24\0\0\0WAVEfmt \xff\xff\xff\xff" + bytes(20))


@settings(max_examples=50)
@given(st.binary(max_size=200), st.integers(0, 60), st.sampled_from(["WAV", "FLAC", "OGG", "AIFF"]))
def test_arbitrary_bytes_give_a_tensor_or_a_dlcli_error(data: bytes, keep: int, format: str) -> None:
    with contextlib.suppress(DlcliError):
        list(
            read_tensors(
                Source(io.BytesIO(encoded(TONE[:50], format)[:keep] + data), "input"), limits=Limits(10**6)
            )
        )


@pytest.mark.parametrize("size", [1, 7, 100, 1000, 5000])
@pytest.mark.parametrize("piped", [False, True])
def test_blocks_are_the_sound(size: int, piped: bool, tmp_path: Path) -> None:
    x = np.random.default_rng(0).uniform(-1, 1, (1003, 2)).astype(np.float32)
    soundfile.write(tmp_path / "x.wav", x, 8000, "FLOAT")

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    data = (tmp_path / "x.wav").read_bytes()
    with open(tmp_path / "x.wav", "rb", buffering=0) as file:
        source = Source(Pipe(data) if piped else file, "x.wav")
        parts = list(read_audio_blocks(source, limits=Limits(), block=lambda rate: size * rate // 8000))
    np.testing.assert_array_equal(np.concatenate([part.data for part in parts]), x)
    assert [part.attrs["block"] for part in parts] == list(range(len(parts)))
    assert [part.attrs["last"] for part in parts] == [False] * (len(parts) - 1) + [True]
    assert all(len(part.data) == size for part in parts[:-1])
    assert (size + 1) // 2 <= len(parts[-1].data) < size + (size + 1) // 2 or len(parts) == 1
    place = 0
    for part in parts:
        assert part.axes[0].start == pytest.approx(place / 8000)
        place += len(part.data)


def test_a_block_may_be_too_large_where_the_sound_would_be() -> None:
    data = io.BytesIO()
    soundfile.write(data, np.zeros(5000), 8000, format="WAV")
    few = Limits(max_bytes=2000)
    with pytest.raises(
        BadData, match="the sound takes 2400 bytes, more than the 2000 allowed; raise --max-bytes"
    ):
        list(read_audio_blocks(Source(io.BytesIO(data.getvalue()), "x"), limits=few, block=lambda _: 600))
    parts = list(read_audio_blocks(Source(io.BytesIO(data.getvalue()), "x"), limits=few, block=lambda _: 300))
    assert sum(len(part.data) for part in parts) == 5000
