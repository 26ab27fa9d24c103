"""Sound as it comes: a WAV down a pipe, whose end nobody knows, in blocks as soon as they are there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from dlcli.tensor import Array
from dlcli.wire.stream import CHUNK, Limits, Source

#: Lengths that programs write who cannot know the end of what they are sending.
ENDLESS = (range(0x7FFF_F000, 0x8000_0001), range(0xFFFF_FFFF, 0x1_0000_0000))

#: Bytes before the samples that are looked through; real files have a few hundred.
MOST_HEADER = 1 << 20

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE


@dataclass(frozen=True, slots=True)
class WavFormat:
    """What the header of a WAV tells: how samples are stored, and how many bytes of them there are.

    ``length`` is None where the sender did not know; ``none`` says that it wrote 0 then. ``header`` is the
    place of the first sample.
    """

    kind: int
    bits: int
    channels: int
    rate: int
    length: int | None
    header: int
    none: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether samples are stored as numbers, of a size that numbers have."""
        sizes = {PCM: (8, 16, 24, 32), FLOAT: (32, 64)}.get(self.kind, ())
        return self.bits in sizes and self.channels > 0

    @property
    def bytes(self) -> int:
        """Bytes of one sample of all channels."""
        return self.channels * self.bits // 8

    @property
    def dtype(self) -> str:
        """The type that holds the samples exactly."""
        wide = self.bits == 64 or (self.kind == PCM and self.bits == 32)
        return "float64" if wide else "float32"


def wav_format(source: Source) -> WavFormat | None:
    """The format of a WAV whose bytes are next in a source, all left where they are; None for anything else.

    >>> import io, soundfile
    >>> file = io.BytesIO()
    >>> soundfile.write(file, np.zeros((5, 2)), 8000, format="WAV", subtype="PCM_16")
    >>> found = wav_format(Source(io.BytesIO(file.getvalue()), "x.wav"))
    >>> found.rate, found.channels, found.bits, found.length
    (8000, 2, 16, 20)

    Source: Microsoft and IBM, Multimedia Programming Interface 1.0, 1991 (RIFF); EBU Tech 3306, 2009 (RF64).
    """
    start = source.peek(12)
    if start[8:12] != b"WAVE" or start[:4] not in (b"RIFF", b"RF64"):
        return None
    place, told, long = 12, b"", None
    while place < MOST_HEADER:
        head = source.peek(place + 8)[place:]
        if len(head) < 8:
            return None
        name, length = head[:4], int.from_bytes(head[4:], "little")
        place += 8
        if name == b"data":
            return _format(told, place, _length(length, long), none=length == 0)
        if place + length > MOST_HEADER:
            return None
        content = source.peek(place + length)[place:]
        if name == b"fmt ":
            told = content
        elif name == b"ds64":
            long = int.from_bytes(content[8:16], "little")
        place += length + length % 2
    return None


def _length(length: int, long: int | None) -> int | None:
    """The bytes of samples, None where the header says 0 or the most that it can."""
    length = long if long is not None and length == 0xFFFF_FFFF else length
    return None if length in (0, (1 << 64) - 1) or any(length in span for span in ENDLESS) else length


def _format(told: bytes, place: int, length: int | None, *, none: bool) -> WavFormat | None:
    if len(told) < 16:
        return None
    kind, channels, rate, bits = (
        int.from_bytes(told[a:b], "little") for a, b in ((0, 2), (2, 4), (4, 8), (14, 16))
    )
    if kind == EXTENSIBLE and len(told) >= 26:
        kind = int.from_bytes(told[24:26], "little")
    return WavFormat(kind, bits, channels, rate, length, place, none)


def samples_of(data: bytes, form: WavFormat) -> Array:
    """Samples from −1 to 1, (time,) or (time, channel), of the bytes of a plain format.

    >>> samples_of(b"\\x00\\x40\\x00\\xc0", WavFormat(PCM, 16, 1, 8000, None, 44))
    array([ 0.5, -0.5], dtype=float32)
    """
    if form.kind == FLOAT:
        found: Array = np.frombuffer(data, f"<f{form.bits // 8}").astype(form.dtype)
    elif form.bits == 8:
        found = (np.frombuffer(data, np.uint8).astype(form.dtype) - 128) / 128
    elif form.bits == 24:
        three = np.frombuffer(data, np.uint8).reshape(-1, 3)
        four = np.zeros((len(three), 4), np.uint8)
        four[:, 1:] = three  # the sign is in the highest byte
        found = four.view("<i4")[:, 0].astype(np.float64).astype(form.dtype) / 2**31
    else:
        found = np.frombuffer(data, f"<i{form.bits // 8}").astype(form.dtype) / 2 ** (form.bits - 1)
    return found.reshape(-1, form.channels) if form.channels > 1 else found


def wav_blocks(
    source: Source, form: WavFormat, *, limits: Limits, block: Callable[[int], int]
) -> Iterator[tuple[Array, bool]]:
    """Blocks of samples as soon as they have come, and whether each is the last.

    Of a length that the header tells the last block has up to half as many more, so that none is shorter
    than half. Where it tells none, the newest sample waits for the next block, so that there is one for the
    last, whenever the sound ends: the first block is shorter by it.

    Raises ``BadData`` for a sound without a sample, for one that is cut short and for blocks of more bytes
    than allowed.
    """
    size = max(1, block(form.rate)) * form.bytes
    wide = 8 if form.dtype == "float64" else 4
    source.read(form.header)
    if form.length is None:
        source.allow("the sound", max(size, 2 * form.bytes) * wide * 8 // form.bits, limits.max_bytes)
        yield from _endless(source, form, max(size, 2 * form.bytes))
    else:
        start, length = 0, form.length // form.bytes * form.bytes
        while start < length:
            last = length - start < size + (size + form.bytes) // 2
            wanted = length - start if last else size
            source.allow("the sound", wanted * wide * 8 // form.bits, limits.max_bytes)
            data = source.read(wanted)
            start += len(data)
            if len(data) < wanted:
                there, whole = start // form.bytes, length // form.bytes
                source.bad(f"the sound is cut short: {there} of its {whole} samples")
            yield samples_of(data, form), last
    while source.read(CHUNK):  # what stands behind the samples is none of them
        pass


def _endless(source: Source, form: WavFormat, size: int) -> Iterator[tuple[Array, bool]]:
    """Blocks of so many bytes until no more come, each but for its newest sample."""
    kept = b""
    if source.peek(4) in (b"", b"LIST", b"id3 ", b"ID3 "):
        source.bad("the sound has no sample")
    while True:
        data = source.read(size)
        ended, data = len(data) < size, kept + data
        if ended:
            yield samples_of(data[: len(data) // form.bytes * form.bytes], form), True
            return
        kept = data[-form.bytes :]
        yield samples_of(data[: -form.bytes], form), False
