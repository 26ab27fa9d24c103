"""The length that the header of a WAV or AIFF file promises, which libsndfile does not check."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

#: Chunks that are looked at before the samples; real files have a handful.
MOST_CHUNKS = 1000

#: Lengths that programs write who cannot know the end of what they are sending.
ENDLESS = (range(0x7FFF_F000, 0x8000_0001), range(0xFFFF_FFFF, 0x1_0000_0000))


@dataclass(frozen=True, slots=True)
class Promise:
    """Bytes of samples that a header promises and that are there; whether it says 0 samples a second.

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


def _chunks(descriptor: int, size: int, order: str) -> Iterator[tuple[bytes, int, int]]:
    """Name, place of the content and length of every chunk; they begin at even places."""
    place = 12
    for _ in range(MOST_CHUNKS):
        head = os.pread(descriptor, 8, place)
        if len(head) < 8 or place >= size:
            return
        length = int.from_bytes(head[4:], "little" if order == "little" else "big")
        yield head[:4], place + 8, length
        place += 8 + length + length % 2
