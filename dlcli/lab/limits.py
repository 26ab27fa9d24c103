"""What one run of the page may take, and how much the page takes at once."""

from __future__ import annotations

#: Seconds of a run, as a clock and as the processor counts them; and until a request has come whole.
SECONDS, ARRIVES = 20, 10

#: Bytes of memory that a run may ask for, and of a file that it writes; and files that it holds open.
MEMORY, FILE, OPEN = 4 << 30, 256 << 20, 256

#: What one run may read: pixels of a picture, bytes of a tensor.
PIXELS, TENSOR = 20_000_000, 256_000_000

#: Runs that go on at the same time, and such as wait for one to end; beyond that: 429.
AT_ONCE, WAITING = 2, 4

#: Connections that are open at the same time; beyond that: 503.
CONNECTIONS = 128

#: Bytes of a request, of one whose line is told when it is not begun, and of an answer.
REQUEST, LINE, ANSWER = 16 << 20, 64 << 10, 64 << 20

#: Input pictures that are kept for the page, and their bytes.
PICTURES, KEPT = 64, 64 << 20
