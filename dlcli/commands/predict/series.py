"""Nets that foretell the next step of a series: how it goes on from its end."""

from __future__ import annotations

import numpy as np

from dlcli.commands.kinds.data import Data
from dlcli.commands.kinds.forecast import foretold
from dlcli.commands.predict.inputs import check_numbers
from dlcli.commands.predict.model import Model
from dlcli.commands.predict.record_series import Going
from dlcli.engines.base.checks import EngineError
from dlcli.errors import DlcliError, WrongUsage, printable
from dlcli.nets.net import Net
from dlcli.runner.result import Result
from dlcli.tensor import Axis, Tensor
from dlcli.words.line import Line


def goes_on(x: Tensor | Data, *, model: Model, steps: int, line: Line) -> Result:
    """So many steps behind a series, each from those foretold before it.

    Raises ``DlcliError`` for what is no series that the net goes on with.
    """
    if isinstance(x, Data):
        raise WrongUsage(
            f"--steps goes on from the end of a series; {printable(x.set.name)} is a set of inputs"
        )
    check_numbers(x)
    data = x.data.astype(np.float64)
    if data.ndim == 2 and len(data) == 1 and x.axes[0].name == "row":  # as a literal gives
        data = data.T
    data = data.reshape(len(data), -1)
    time = x.axes[0] if x.axes[0].labels is None and x.axes[0].name != "row" else Axis("time")
    net = Net(model.spec, np.float64).load(model.net.weights())
    try:
        found = foretold([net], data, len(data), time, steps)
    except EngineError as error:
        raise DlcliError(f"{printable(model.word)}: {error}") from error
    work = Going(model, x, found, line)
    return Result({"forecast": lambda: found.tensor(work.attrs)}, work, view="story_forecast")
