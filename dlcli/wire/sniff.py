"""What kind of input this is, by its first bytes, and only then by its suffix."""

from __future__ import annotations

import os
import re

from dlcli.wire.stream import Source

#: First bytes of the formats that have them.
MAGIC = {
    b"\x93NUMPY": "npy",
    b"PK\x03\x04": "npz",
    b"PK\x05\x06": "npz",
    b"\x89PNG": "image",
    b"\xff\xd8\xff": "image",
    b"GIF8": "image",
    b"BM": "image",
    b"II*\0": "image",
    b"MM\0*": "image",
    b"fLaC": "audio",
    b"OggS": "audio",
    b"ID3": "audio",
    b"RF64": "audio",
}

#: Bytes 8 to 11 of the containers RIFF and FORM.
CONTENTS = {b"WEBP": "image", b"WAVE": "audio", b"AIFF": "audio", b"AIFC": "audio"}

#: What a suffix promises when the bytes are those of several formats or of none.
SUFFIXES = {
    ".safetensors": "frame",
    ".npy": "npy",
    ".npz": "npz",
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp"), "image"),
    **dict.fromkeys((".wav", ".flac", ".ogg", ".oga", ".aif", ".aiff", ".mp3"), "audio"),
    ".json": "json",
    **dict.fromkeys((".csv", ".tsv", ".txt"), "text"),
}

#: Bytes that are looked at. No frame is shorter, so that nobody waits for what a sender has not sent yet.
LOOK = 12

#: Bytes that are looked at when the first ones are blank.
LOOK_FARTHER = 256


def promised(name: str) -> str | None:
    """The kind that the suffix of a file's name promises.

    >>> promised("a.npy"), promised("cat.PNG"), promised("notes")
    ('npy', 'image', None)
    """
    return SUFFIXES.get(os.path.splitext(name)[1].lower())


#: How an array or an object of JSON begins, or an array that was printed; [MASK] begins a sentence.
_JSON = re.compile(
    rb"(\xef\xbb\xbf)?\s*(\{|((array|tensor)\()?\[(?!(?!(true|false|null|nan|inf)\b)[a-z]))", re.IGNORECASE
)


def kind_of(source: Source) -> str | None:
    """The kind of what comes next: frame, npy, npz, image, audio, json, text, pickle, or none known.

    >>> from io import BytesIO
    >>> [kind_of(Source(BytesIO(start), "x")) for start in (b"GIF89a", b" [1, 2]", b"1 2; 3 4", b"\\0\\1")]
    ['image', 'json', 'text', None]
    """
    start = source.peek(LOOK)
    for magic, kind in MAGIC.items():
        if start.startswith(magic) and (magic != b"BM" or not _is_text(start)):
            return kind
    if start[:4] in (b"RIFF", b"FORM") and start[8:12] in CONTENTS:
        return CONTENTS[start[8:12]]
    if _is_text(start):
        start = start if start.strip() else source.peek(LOOK_FARTHER)
        return "json" if _JSON.match(start) else "text"
    if start[8:9] == b"{":
        return "frame"
    promise = promised(source.name)
    if promise not in (None, "json", "text"):
        return promise
    if start[:1] == b"\xff" and start[1:2] >= b"\xe0":
        return "audio"
    if start[:1] == b"\x80" and start[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return "pickle"
    return None


def _is_text(start: bytes) -> bool:
    """Whether these bytes are text: no control characters but those that lay out lines, or UTF-16."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return not any(byte < 9 or 13 < byte < 32 or byte == 127 for byte in start)
