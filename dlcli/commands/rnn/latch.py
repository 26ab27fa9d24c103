"""A gated latch over a tensor of signals: what ``dlcli rnn --cell latch`` does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.recurrent.cell import Steps
from dlcli.engines.recurrent.latch import SIGNALS, LatchSteps, latch, latching_lstm, truth_table
from dlcli.engines.recurrent.lstm import lstm
from dlcli.errors import DlcliError
from dlcli.runner.result import Result
from dlcli.tensor import Axis, Tensor

#: How hard the gates of the LSTM are that is shown beside the latch.
SHARPNESS = 5.0


@dataclass(frozen=True)
class LatchWork:
    """What the view is told."""

    input: Tensor
    output: Tensor
    steps: LatchSteps

    sharpness: float = SHARPNESS

    @property
    def table(self) -> Array:
        """All that can happen to a latch."""
        return truth_table()

    @property
    def lstm(self) -> Steps:
        """An LSTM whose gates do the same, on the same signals."""
        x = np.stack([self.steps.enable, self.steps.data], axis=-1)
        return lstm(x, latching_lstm(self.sharpness))


def latched(x: Tensor) -> Result:
    """The bit that a latch shows at every step (time, unit), and what it let in and kept (time, gate).

    Raises ``DlcliError`` for anything but a matrix (time, 2).
    """
    if x.data.ndim != 2 or x.shape[1] != len(SIGNALS):
        raise DlcliError(
            f"a latch wants two signals a step, EN and D: axes (time, 2), such as '1 1; 0 0; 0 1'; "
            f"received {x.describe()}"
        )
    steps = latch(x.data)
    time = x.axes[0]

    def named(name: str, kind: str, labels: tuple[str, ...], data: Array) -> Tensor:
        return Tensor(data, (time, Axis(kind, labels)), name, x.attrs)

    states = named("states", "unit", ("Q",), steps.states[:, None])
    gates = named("gates", "gate", ("taken", "kept"), np.stack([steps.taken, steps.kept], axis=-1))
    return Result(
        {"states": lambda: states, "gates": lambda: gates}, LatchWork(x, states, steps), view="story_latch"
    )
