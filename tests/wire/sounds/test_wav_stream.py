"""WAV down a pipe: every plain format beside libsndfile, lengths that nobody knows, damage, and what waits."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
import soundfile

from dlcli.errors import BadData
from dlcli.tensor import Tensor
from dlcli.wire.sounds.audio import read_audio, read_audio_blocks
from dlcli.wire.sounds.wav_stream import wav_format
from dlcli.wire.stream import Limits, Source


class Pipe(io.RawIOBase):
    """Bytes that come in pieces; what was read is counted."""

    def __init__(self, data: bytes, piece: int = 1000) -> None:
        self.data, self.piece, self.place = data, piece, 0

    def readable(self) -> bool:
        return True

    def read(self, count: int = -1) -> bytes:
        end = min(self.place + min(count, self.piece), len(self.data))
        found, self.place = self.data[self.place : end], end
        return found


def wav(subtype: str = "PCM_16", channels: int = 1, samples: int = 1003, format: str = "WAV") -> bytes:
    x = np.random.default_rng(0).uniform(-1, 1, (samples, channels))
    file = io.BytesIO()
    soundfile.write(file, x, 8000, subtype, format=format)
    return file.getvalue()


def without_length(data: bytes, length: bytes = b"\xff\xff\xff\xff") -> bytes:
    place = data.index(b"data") + 4
    return data[:4] + b"\xff\xff\xff\xff" + data[8:place] + length + data[place + 4 :]


def blocks(data: bytes, size: int = 100, said: list[str] | None = None) -> list[Tensor]:
    source = Source(Pipe(data), "a pipe", (said if said is not None else []).append)
    return list(read_audio_blocks(source, limits=Limits(), block=lambda _: size))


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("format", ["WAV", "WAVEX", "RF64"])
@pytest.mark.parametrize("known", [True, False])
def test_every_plain_format_as_libsndfile_reads_it(
    subtype: str, channels: int, format: str, known: bool
) -> None:
    data = wav(subtype, channels, 1004, format=format)  # an even number of bytes: none are added behind them
    whole = read_audio(Source(io.BytesIO(data), "x"), limits=Limits())
    if not known:
        assert format != "RF64" or b"ds64" in data
        place = data.find(b"ds64") + 16
        data = data[:place] + bytes(8) + data[place + 8 :] if format == "RF64" else without_length(data)
    parts = blocks(data)
    np.testing.assert_array_equal(np.concatenate([part.data for part in parts]), whole.data)
    assert {(part.data.dtype, part.axes[1:], part.attrs["sample_rate"]) for part in parts} == {
        (whole.data.dtype, whole.axes[1:], 8000)
    }
    assert [part.attrs["block"] for part in parts] == list(range(len(parts)))
    assert [part.attrs["last"] for part in parts] == [False] * (len(parts) - 1) + [True]
    assert [part.attrs.get("live", False) for part in parts] == [not known] * len(parts)
    for part, after in pairwise(parts):
        assert part.axes[0].value(len(part.data)) == pytest.approx(after.axes[0].value(0))


@pytest.mark.parametrize("length", [bytes(4), b"\xff\xff\xff\xff", b"\x00\xf0\xff\x7f", b"\x00\x00\x00\x80"])
def test_lengths_that_say_nothing(length: bytes) -> None:
    data = without_length(wav(), length)
    assert sum(len(part.data) for part in blocks(data)) == 1003
    form = wav_format(Source(Pipe(data), "x"))
    assert form is not None
    assert form.length is None


@pytest.mark.parametrize("samples", [1, 2, 99, 100, 101, 199, 200, 201, 1000])
def test_a_sound_that_may_end_at_any_time_has_a_last_block(samples: int) -> None:
    parts = blocks(without_length(wav(samples=samples)))
    assert [len(part.data) for part in parts[:-1]] == ([99] + [100] * 10)[: len(parts) - 1]
    assert 1 <= len(parts[-1].data) <= 100
    assert parts[-1].attrs["last"]
    assert sum(len(part.data) for part in parts) == samples


@pytest.mark.parametrize("known", [True, False])
def test_a_block_is_there_as_soon_as_its_samples_are(known: bool) -> None:
    data = wav() if known else without_length(wav())
    pipe = Pipe(data, piece=7)
    header = data.index(b"data") + 8
    found: Iterator[Tensor] = read_audio_blocks(Source(pipe, "x"), limits=Limits(), block=lambda _: 100)
    for count in range(1, 4):
        next(found)
        assert pipe.place == header + count * 200


def test_chunks_before_and_behind_the_samples_are_no_samples() -> None:
    data = wav()
    note = b"LIST" + (5).to_bytes(4, "little") + b"INFO!\0"
    place = data.index(b"data")
    parts = blocks(data[:place] + note + data[place:] + note)
    assert sum(len(part.data) for part in parts) == 1003
    np.testing.assert_array_equal(parts[0].data, blocks(data)[0].data)


def test_half_a_sample_at_the_end_is_none() -> None:
    assert sum(len(part.data) for part in blocks(without_length(wav(channels=2)) + b"abc")) == 1003


@pytest.mark.parametrize(("subtype", "format"), [("ULAW", "WAV"), ("PCM_16", "FLAC"), ("PCM_16", "AIFF")])
def test_what_cannot_go_on_as_it_comes_is_read_to_its_end(subtype: str, format: str) -> None:
    said: list[str] = []
    data = wav(subtype, format=format)
    parts = blocks(data, said=said)
    whole = read_audio(Source(io.BytesIO(data), "x"), limits=Limits())
    np.testing.assert_array_equal(np.concatenate([part.data for part in parts]), whole.data)
    assert said == [
        "dlcli: a pipe: only a WAV of plain samples goes on as it comes; this sound is read to its end first"
    ]


DAMAGED = {
    "cut short": (wav()[:-100], "a pipe: the sound is cut short: 953 of its 1003 samples"),
    "nothing behind the header": (without_length(wav()[:44]), "a pipe: the sound has no sample"),
    "notes in place of samples": (without_length(wav()[:44] + b"LIST" + bytes(4), bytes(4)), "a pipe: the sound has no sample"),
    "a rate of 0": (wav()[:24] + bytes(4) + wav()[28:], "a pipe: the sound has a sample rate of 0 Hz; expected at least 1"),
    "no channels": (wav()[:22] + bytes(2) + wav()[24:], "a pipe: not a sound that dlcli reads"),
    "half a header": (wav()[:30], "a pipe: not a sound that dlcli reads"),
    "no samples at all": (wav()[:36], "a pipe: "),
}  # fmt: skip


@pytest.mark.parametrize("case", DAMAGED)
def test_damage_is_told(case: str) -> None:
    data, message = DAMAGED[case]
    with pytest.raises(BadData) as refused:
        blocks(data)
    assert str(refused.value).startswith(message)


def test_a_block_of_more_than_is_allowed_is_refused() -> None:
    source = Source(Pipe(without_length(wav())), "a pipe")
    with pytest.raises(BadData, match="the sound takes 2000 bytes, more than the 1000 allowed"):
        list(read_audio_blocks(source, limits=Limits(max_bytes=1000), block=lambda _: 500))
