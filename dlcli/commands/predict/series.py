"""Nets that foretell the next step of a series: how it goes on from its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from dlcli.commands.kinds.data import Data
from dlcli.commands.kinds.forecast import foretold
from dlcli.commands.predict.inputs import check_numbers
from dlcli.commands.predict.model import Model
from dlcli.commands.predict.record_series import Going
from dlcli.engines.base.checks import EngineError
from dlcli.errors import DlcliError, WrongUsage, printable
from dlcli.nets.forecasting import season_of
from dlcli.nets.net import Net
from dlcli.runner.environment import Environment
from dlcli.runner.inputs import Block, Reading
from dlcli.runner.result import Result, Run
from dlcli.tensor import Tensor
from dlcli.wire.datasets.read import series_in
from dlcli.wire.datasets.series_table import as_series
from dlcli.wire.stream import Limits


def series_or(reading: Reading) -> Reading:
    """A reading that takes the table of a series as train does, and every other word as before."""

    def items(
        word: str, environment: Environment, limits: Limits, block: Block | None = None
    ) -> Iterator[Tensor | Data]:
        found = series_in(word, limits=limits, say=environment.say)
        yield from reading.items(word, environment, limits, block) if found is None else (found,)

    return replace(reading, items=items)


def goes_on(x: Tensor | Data, *, model: Model, steps: int, run: Run) -> Result:
    """So many steps behind a series, each from those foretold before it.

    Raises ``DlcliError`` for what is no series that the net goes on with.
    """
    if isinstance(x, Data):
        raise WrongUsage(
            f"--steps goes on from the end of a series; {printable(x.set.name)} is a set of inputs"
        )
    check_numbers(x)
    x = as_series(x, str(x.attrs.get("source", "-")), run.warn)
    data = x.data.astype(np.float64).reshape(len(x.data), -1)
    names = x.axes[1].labels if x.data.ndim == 2 else None
    season = model.data.get("season")
    if not isinstance(season, int) or not 1 <= season <= len(data):
        season = season_of(data)
    net = Net(model.spec, np.float64).load(model.net.weights())
    try:
        found = foretold([net], data, len(data), x.axes[0], season, steps, names or ())
    except EngineError as error:
        raise DlcliError(f"{printable(model.word)}: {error}") from error
    work = Going(model, x, found, run.line)
    return Result({"forecast": lambda: found.tensor(work.attrs)}, work, view="story_forecast")
