"""Text as programs really write it: UTF-8 with or without its mark, and UTF-16 with it."""

from __future__ import annotations

from dlcli.wire.limits import Limits
from dlcli.wire.stream import Source

MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def read_text(source: Source, *, limits: Limits) -> str:
    """All that is left of an input as text. Raises ``BadData`` when it is in another encoding."""
    start = source.peek(3)
    encoding = next((name for mark, name in MARKS.items() if start.startswith(mark)), "utf-8")
    try:
        return source.read_rest(limits.max_bytes).decode(encoding)
    except UnicodeDecodeError:
        source.bad(f"not a format that dlcli reads, and not {encoding.upper()[:6].rstrip('-')} text")
