"""Several cells over the same sequence: what they cost, and how far back their gradients reach."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dlcli.commands.rnn.gradients import NetRun
from dlcli.commands.rnn.results import results
from dlcli.errors import DlcliError
from dlcli.runner.result import Result
from dlcli.tensor import Axis, Tensor

#: Results that every cell has, so that they can stand side by side.
SHARED = ("states", "outputs", "gradients", "loss", "paths")


@dataclass(frozen=True)
class Comparison:
    """What the view is told: the runs, with different cells and the same sequence."""

    runs: tuple[NetRun, ...]

    @property
    def input(self) -> Tensor:
        """What all of them read."""
        return self.runs[0].input


def compared(runs: Sequence[NetRun]) -> Result:
    """The results of all runs along a first axis ``cell``. Raises ``DlcliError`` where they are not alike."""
    names = [run.name for run in runs]
    unlike = [
        name if names.count(name) == 1 else f"{name} ({names[: i + 1].count(name)})"
        for i, name in enumerate(names)
    ]
    runs = [replace(run, name=name) for run, name in zip(runs, unlike, strict=True)]
    outputs = {name: _stack(name, runs) for name in SHARED if all(name in results(run) for run in runs)}
    return Result(outputs, Comparison(tuple(runs)), view="story_compare")


def _stack(name: str, runs: Sequence[NetRun]) -> Callable[[], Tensor]:
    def stacked() -> Tensor:
        parts = [results(run)[name]() for run in runs]
        shapes = {part.shape for part in parts}
        if len(shapes) > 1:
            told = ", ".join(
                f"{run.name} {' × '.join(map(str, part.shape))}"
                for run, part in zip(runs, parts, strict=True)
            )
            raise DlcliError(
                f"the {name} of these cells have different shapes ({told}); try --units 2, or one --cell"
            )
        axis = Axis("cell", tuple(run.name for run in runs))
        return Tensor(np.stack([part.data for part in parts]), (axis, *parts[0].axes), name)

    return stacked
