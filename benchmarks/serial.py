"""What must wait and what need not: attention beside a recurrent net over the same tokens, by their number.

The ratio is attention's time over the recurrent net's. The net takes a step for each token, each waiting for
the one before; attention takes a product for each pair, none of which waits. ``samples/make_serial.py`` makes
a curve of it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.contest import Contest, Work

FEATURES = 64
LENGTHS = (128, 512, 2048, 8192)


def contests(*, quick: bool) -> list[Contest]:
    """Several lengths, with one processor and with all."""
    found = []
    for length in LENGTHS[: 2 if quick else None]:
        for threads, told in ((1, "one thread"), (None, "all processors")):
            options = {"tokens": length, "threads": threads}
            name = f"{length} tokens, {told}"
            found.append(Contest(name, ["attention", "gru", "lstm"], options, same=False, rounds=9))
    return found


def inputs(tokens: int) -> np.ndarray[Any, Any]:
    """The tokens (token, feature) in float32."""
    return np.random.default_rng(0).standard_normal((tokens, FEATURES)).astype(np.float32)


def attention(tokens: int, threads: int | None) -> Work:
    """Every token looks at all others."""
    from dlcli.engines.attention import attention_output

    x = inputs(tokens)
    return lambda: attention_output(x, x, x, threads=threads)


def gru(tokens: int, threads: int | None) -> Work:
    """A GRU of as many units as there are features; it cannot use a second thread."""
    from dlcli.engines.recurrent import gru_states

    return _recurrent("gru", tokens, gru_states)


def lstm(tokens: int, threads: int | None) -> Work:
    """An LSTM of as many units."""
    from dlcli.engines.recurrent import lstm_states

    return _recurrent("lstm", tokens, lstm_states)


def _recurrent(kind: str, tokens: int, states: Any) -> Work:
    from dlcli.engines.recurrent import seeded_cell

    cell = seeded_cell(kind, FEATURES, FEATURES, np.random.default_rng(1)).astype(np.dtype(np.float32))
    x = inputs(tokens)[None]
    return lambda: states(x, cell)


CONTENDERS = {"attention": attention, "gru": gru, "lstm": lstm}
