"""Make ``serial.json``: how long a recurrent net and an attention take, by the number of tokens.

``python samples/make_serial.py`` measures on the machine that it runs on and writes the table beside this
file. Both work on 64 numbers a token in float32, on one processor, whose time is counted (what others do with
the machine is not); each time is the least of many runs that take turns.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from time import process_time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from dlcli.engines.attention import attention_output
from dlcli.engines.recurrent import gru_states, seeded_cell
from dlcli.tensor import Array, Axis, Tensor
from dlcli.wire.write import save_tensors

FEATURES = 64
STEP, MOST = 256, 4096
RUNS = 60


def serial(lengths: Sequence[int], runs: int = RUNS, clock: Callable[[], float] = process_time) -> Tensor:
    """Milliseconds (token, net) for so many tokens, which are evenly spaced."""
    rng = np.random.default_rng(0)
    cell = seeded_cell("gru", FEATURES, FEATURES, rng).astype(np.dtype(np.float32))
    nets: dict[str, Callable[[Array], Array]] = {
        "GRU": lambda x: gru_states(x[None], cell),
        "attention": lambda x: attention_output(x, x, x, threads=1),
    }
    times = np.empty((len(lengths), len(nets)))
    for row, length in zip(times, lengths, strict=True):
        x = rng.standard_normal((length, FEATURES)).astype(np.float32)
        row[:] = np.min([[timed(net, x, clock) for net in nets.values()] for _ in range(runs)], axis=0)
    step = lengths[1] - lengths[0]
    return Tensor(
        (1000 * times).round(3),
        (Axis("tokens", start=lengths[0], step=step), Axis("net", tuple(nets))),
        "milliseconds",
    )


def timed(net: Callable[[Array], Array], x: Array, clock: Callable[[], float]) -> float:
    """Seconds of one run."""
    begun = clock()
    net(x)
    return clock() - begun


if __name__ == "__main__":
    made = serial(range(STEP, MOST + 1, STEP))
    save_tensors({"milliseconds": made}, str(Path(__file__).with_name("serial.json")))
