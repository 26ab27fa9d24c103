"""Make ``serial.json``: how long a recurrent net and an attention take, by the number of tokens.

``python samples/make_serial.py`` measures on the machine that it runs on and writes the table beside this
file, with what it ran on. Both work on 64 numbers a token in float32, on one thread, whose processor time is
counted (what others do with the machine is not); each time is the least of many runs that take turns.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from time import thread_time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from dlcli.engines.attention import attention_output
from dlcli.engines.base.tiles import processors
from dlcli.engines.base.timing import in_turns
from dlcli.engines.recurrent import gru_states, seeded_cell
from dlcli.tensor import Array, Axis, Tensor
from dlcli.wire.write import save_tensors

FEATURES = 64
STEP, MOST = 256, 4096
RUNS = 60


def serial(lengths: Sequence[int], runs: int = RUNS, clock: Callable[[], float] = thread_time) -> Tensor:
    """Milliseconds (token, net) for so many tokens, evenly spaced; the attributes say how it was measured."""
    rng = np.random.default_rng(0)
    cell = seeded_cell("gru", FEATURES, FEATURES, rng).astype(np.dtype(np.float32))
    nets: dict[str, Callable[[Array], Array]] = {
        "GRU": lambda x: gru_states(x[None], cell),
        "attention": lambda x: attention_output(x, x, x, threads=1),
    }
    tokens = [rng.standard_normal((length, FEATURES)).astype(np.float32) for length in lengths]
    times = in_turns([partial(net, x) for x in tokens for net in nets.values()], rounds=runs, clock=clock)
    least = np.array([1000 * time.least for time in times]).round(3)
    usual, longest = (max(getattr(time, name) for time in times) for name in ("usual", "longest"))
    step = lengths[1] - lengths[0]
    return Tensor(
        least.reshape(len(lengths), len(nets)),
        (Axis("tokens", start=lengths[0], step=step), Axis("net", tuple(nets))),
        "milliseconds",
        {
            "measured": f"when this sample was made: processor time, the least of {runs} runs",
            "machine": f"one thread of {processors()} processors",
            "spread": f"the middle run up to {usual:.2g} times the least, the longest {longest:.2g} times",
        },
    )


if __name__ == "__main__":
    made = serial(range(STEP, MOST + 1, STEP))
    save_tensors({"milliseconds": made}, str(Path(__file__).with_name("serial.json")))
