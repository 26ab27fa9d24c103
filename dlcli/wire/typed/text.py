"""Inputs as text, and what is said of those that are none."""

from __future__ import annotations

from collections.abc import Callable

from dlcli.wire.foreign import HELP, STORY, foreign, is_story
from dlcli.wire.stream import Limits, Source

#: First bytes -> the encoding of what follows.
MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def read_text(source: Source, *, limits: Limits) -> str:
    """All that is left of an input as text, its lines ended by one sign each, whatever wrote them.

    Raises ``BadData`` when it is in another encoding, the story of a command, or not text at all.
    """
    return as_text(source, source.read_rest, limits).replace("\r\n", "\n")


def encoding_of(start: bytes) -> str:
    """The encoding of a text by the mark that it begins with."""
    return next((name for mark, name in MARKS.items() if start.startswith(mark)), "utf-8")


def as_text(source: Source, read: Callable[[int], bytes], limits: Limits) -> str:
    """What a method of the source reads next, as text. Raises ``BadData`` as ``read_text`` does."""
    if told := foreign(source):
        source.bad(told)
    encoding = encoding_of(source.peek(3))
    try:
        text = read(limits.max_bytes).decode(encoding)
    except UnicodeDecodeError:
        told = f"not a format that dlcli reads, and not {encoding.upper()[:6].rstrip('-')} text"
        source.bad(told + "; older text: iconv -f latin1 -t utf-8" * (encoding == "utf-8"))
    if text.startswith("Usage: dlcli"):
        source.bad(HELP)
    if is_story(text):
        source.bad(STORY)
    return text
