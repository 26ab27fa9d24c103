"""Sound by libsndfile: every sample a number from -1 to 1, every position a time."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import BinaryIO, Literal

import numpy as np
import soundfile

from dlcli.tensor import Array, Axis, Tensor
from dlcli.wire.sounds.wav_stream import ENDLESS, WavFormat, wav_blocks, wav_format
from dlcli.wire.stream import CHUNK, Limits, Source

#: Sample formats that float32 cannot hold exactly.
WIDE = {"DOUBLE", "PCM_32"}

#: Chunks that are looked at before the samples; real files have a handful.
MOST_CHUNKS = 1000


def read_audio(source: Source, *, limits: Limits) -> Tensor:
    """The sound in an input: (time,), or (time, channel), in float32 (float64 for 32-bit and double samples).

    WAV, FLAC, OGG, AIFF and MP3. The time axis counts in seconds; ``attrs["sample_rate"]`` is in hertz.
    Raises ``BadData`` for bytes that are no sound, for a sound without a sample or a rate, for one that is
    cut short, and for more data than allowed.
    """
    form = wav_format(source)
    if form is not None and form.none and form.is_plain and form.rate:
        return _unended(source, form, limits)
    with _on_disk(source, limits) as disk, _opened(disk, source) as file:
        packed = os.fstat(disk.fileno()).st_size
        source.allow_unpacked("the sound", _bytes(file, file.frames), packed, limits)
        return _next(file, 0, file.frames, source, limits)


def read_audio_blocks(source: Source, *, limits: Limits, block: Callable[[int], int]) -> Iterator[Tensor]:
    """The same sound in blocks, each a tensor whose time goes on where the one before it ended.

    ``block`` takes the sample rate and gives the samples of a block; the last one may have up to half as many
    more, so that none is shorter than half. ``attrs["block"]`` counts them, ``attrs["last"]`` is true for the
    last. The limit of bytes holds for each.

    Of a WAV down a pipe each comes as soon as its samples have, whatever length the header tells. Where it
    tells none, ``attrs["live"]`` is true, and the last block is as short as it happens to be. Any other sound
    down a pipe is read to its end first.
    """
    form = wav_format(source)
    if source.size() is None or (form is not None and form.none):
        if form is not None and form.rate == 0:
            source.bad("the sound has a sample rate of 0 Hz; expected at least 1")
        if form is not None and form.is_plain:
            start = 0
            for index, (data, last) in enumerate(wav_blocks(source, form, limits=limits, block=block)):
                made = _tensor(data, start, form.rate).with_attrs(block=index, last=last)
                yield made if form.length is not None else made.with_attrs(live=True)
                start += len(data)
            return
        source.tell("only a WAV of plain samples goes on as it comes; this sound is read to its end first")
    with _spooled(source) as disk, _opened(disk, source) as file:
        size = max(1, block(file.samplerate))
        index = start = 0
        while (left := file.frames - start) > 0:
            last = left < size + (size + 1) // 2
            tensor = _next(file, start, left if last else size, source, limits)
            yield tensor.with_attrs(block=index, last=last)
            index, start = index + 1, start + len(tensor.data)


def _unended(source: Source, form: WavFormat, limits: Limits) -> Tensor:
    """All samples of a WAV whose header says that there are none, as of a sender who could not know."""
    pieces, total = [], 0
    for data, _ in wav_blocks(source, form, limits=limits, block=lambda _: CHUNK):
        total += data.nbytes
        source.allow("the sound", total, limits.max_bytes)
        pieces.append(data)
    return _tensor(np.concatenate(pieces), 0, form.rate)


@contextmanager
def _opened(disk: BinaryIO, source: Source) -> Iterator[soundfile.SoundFile]:
    """The sound in a file, checked; what libsndfile says while it is read becomes ``BadData``."""
    opened = False
    try:
        promise = promise_of(disk.fileno())
        if promise.rateless:
            source.bad("the sound has a sample rate of 0 Hz; expected at least 1")
        with soundfile.SoundFile(disk.fileno(), closefd=False) as file:
            opened = True
            if not promise.kept:
                source.bad(f"the sound is cut short: {promise.present} of its {promise.promised} bytes")
            if file.frames <= 0:
                source.bad("the sound has no sample")
            yield file
    except (soundfile.SoundFileError, OSError, RuntimeError, ValueError, OverflowError):
        if opened:
            source.bad("the sound is damaged or cut short: its samples cannot all be decoded")
        source.bad("not a sound that dlcli reads, or one that is cut short: WAV, FLAC, OGG, AIFF or MP3")
    except MemoryError:
        source.bad("the sound needs more than this machine's memory")


def _bytes(file: soundfile.SoundFile, count: int) -> int:
    """What so many samples of all channels take as numbers."""
    return count * file.channels * (8 if file.subtype in WIDE else 4)


def _next(file: soundfile.SoundFile, start: int, count: int, source: Source, limits: Limits) -> Tensor:
    """The next samples of a sound, ``start`` having been read (not every format can say how many were)."""
    rate, channels = file.samplerate, file.channels
    kind = "float64" if file.subtype in WIDE else "float32"
    source.allow("the sound", _bytes(file, count), limits.max_bytes)
    data = file.read(count, dtype=kind, always_2d=channels > 1)
    if len(data) != count:
        source.bad(f"the sound is cut short: {start + len(data)} of its {file.frames} samples")
    return _tensor(data, start, rate)


def _tensor(data: Array, start: int, rate: int) -> Tensor:
    """Samples (time,) or (time, channel), the first of them being sample ``start`` of the sound."""
    axes = [Axis("time", start=start / rate, step=1 / rate, unit="s")]
    channels = 1 if data.ndim == 1 else data.shape[1]
    if channels > 1:
        names = ("left", "right") if channels == 2 else tuple(str(i + 1) for i in range(channels))
        axes.append(Axis("channel", names))
    return Tensor(data, tuple(axes), "audio", {"sample_rate": rate})


@contextmanager
def _on_disk(source: Source, limits: Limits) -> Iterator[BinaryIO]:
    """The input as a file with a descriptor, which libsndfile reads by itself; a pipe is copied into one."""
    file = source.seekable(limits.max_bytes)
    try:
        file.fileno()
    except OSError:
        with TemporaryFile() as copy:
            shutil.copyfileobj(file, copy)
            copy.seek(0)
            yield copy
    else:
        yield file


@contextmanager
def _spooled(source: Source) -> Iterator[BinaryIO]:
    """The input as a file with a descriptor, whatever its size, without holding it in memory."""
    if source.size() is not None:
        yield source.seekable(0)
        return
    with TemporaryFile() as copy:
        while piece := source.read(CHUNK):
            copy.write(piece)
        copy.seek(0)
        yield copy


@dataclass(frozen=True, slots=True)
class Promise:
    """Bytes of samples that a header promises and that are there; whether it says 0 samples a second.

    libsndfile does not check them.

    >>> Promise(promised=16000, present=12000).kept
    False
    """

    promised: int = 0
    present: int = 0
    rateless: bool = False

    @property
    def kept(self) -> bool:
        """Whether all is there, or the header does not say how much that is."""
        return self.promised <= self.present or any(self.promised in span for span in ENDLESS)


def promise_of(descriptor: int) -> Promise:
    """Read the header of an open file, wherever it stands, and leave it there.

    A file that is neither WAV nor AIFF promises nothing. Source: Microsoft and IBM, Multimedia Programming
    Interface 1.0, 1991 (RIFF); EBU Tech 3306, 2009 (RF64); Apple, Audio Interchange File Format 1.3, 1989.
    """
    size, start = os.fstat(descriptor).st_size, os.pread(descriptor, 12, 0)
    if start[8:12] == b"WAVE" and start[:4] in (b"RIFF", b"RF64"):
        return _wav(descriptor, size)
    if start[8:12] in (b"AIFF", b"AIFC") and start[:4] == b"FORM":
        return _aiff(descriptor, size)
    return Promise()


def _wav(descriptor: int, size: int) -> Promise:
    rateless, long = False, 0
    for name, place, length in _chunks(descriptor, size, "little"):
        if name == b"ds64":
            long = int.from_bytes(os.pread(descriptor, 8, place + 8), "little")
        elif name == b"fmt ":
            rateless = place + length <= size and os.pread(descriptor, 4, place + 4) == bytes(4)
        elif name == b"data":
            return Promise(long or length, size - place, rateless)
    return Promise(rateless=rateless)


def _aiff(descriptor: int, size: int) -> Promise:
    rateless, found = False, Promise()
    for name, place, length in _chunks(descriptor, size, "big"):
        if name == b"COMM":  # the rate is a float of 80 bits
            rateless = place + length <= size and not any(os.pread(descriptor, 10, place + 8))
        elif name == b"SSND":  # COMM may come behind it
            found = Promise(length, size - place)
    return Promise(found.promised, found.present, rateless)


def _chunks(descriptor: int, size: int, order: Literal["little", "big"]) -> Iterator[tuple[bytes, int, int]]:
    """Name, place of the content and length of every chunk; they begin at even places."""
    place = 12
    for _ in range(MOST_CHUNKS):
        head = os.pread(descriptor, 8, place)
        if len(head) < 8 or place >= size:
            return
        length = int.from_bytes(head[4:], order)
        yield head[:4], place + 8, length
        place += 8 + length + length % 2
