"""What one run of the page may take, and how much the page takes at once."""

from __future__ import annotations

#: Seconds of a run, as a clock and as the processor counts them.
SECONDS = 20

#: Bytes of memory that a run may ask for, and of a file that it writes.
MEMORY, FILE = 4 << 30, 256 << 20

#: Runs that go on at the same time, and such as wait for one to end; beyond that: 429.
AT_ONCE, WAITING = 2, 4

#: Bytes of a request, and of an answer.
REQUEST, ANSWER = 16 << 20, 64 << 20

#: Input pictures that are kept for the page.
PICTURES = 64
