"""Nets that foretell the next step of a series: how it goes on from its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from dlcli.commands.kinds.data import Data
from dlcli.commands.kinds.forecast import foretold
from dlcli.commands.predict.inputs.checks import check_numbers
from dlcli.commands.predict.model import Model
from dlcli.commands.predict.series.record import Going
from dlcli.engines.base.checks import EngineError
from dlcli.errors import DlcliError, WrongUsage, called, printable
from dlcli.nets.forecasting import season_of
from dlcli.nets.net import Net
from dlcli.runner.environment import Environment
from dlcli.runner.inputs import Block, Reading
from dlcli.runner.result import Result, Run
from dlcli.tensor import Tensor
from dlcli.wire.datasets.read import series_in
from dlcli.wire.datasets.series_table import as_series, series_of
from dlcli.wire.read import open_input, read_tensors
from dlcli.wire.sniff import kind_of
from dlcli.wire.stream import Limits
from dlcli.wire.text import read_text


def series_or(reading: Reading) -> Reading:
    """A reading that takes the table of a series as train does, and every other word as before."""

    def items(
        word: str, environment: Environment, limits: Limits, block: Block | None = None
    ) -> Iterator[Tensor | Data]:
        if word == "-":
            yield from _piped(environment, limits, block)
            return
        found = series_in(word, limits=limits, say=environment.say)
        yield from reading.items(word, environment, limits, block) if found is None else (found,)

    return replace(reading, items=items)


def _piped(environment: Environment, limits: Limits, block: Block | None) -> Iterator[Tensor]:
    """What comes down a pipe: the table of a series, or tensors."""

    def say(told: str) -> None:
        environment.say(f"dlcli: {told}")

    with open_input("-", stdin=environment.stdin, say=environment.say) as source:
        if not source.at_end() and kind_of(source) == "text":
            yield series_of(read_text(source, limits=limits), "-", say)
        else:
            yield from read_tensors(source, limits=limits, block=block)


def is_series_of(x: Tensor | Data, model: Model) -> bool:
    """Whether an input is a series at least as long as the window of a net."""
    return isinstance(x, Tensor) and _length(x) >= model.spec.input[0]


def _length(x: Tensor) -> int:
    """The steps of a series, in a column or in one row; 0 of what is none."""
    if x.data.ndim not in (1, 2):
        return 0
    return max(x.shape) if x.shape[0] == 1 else x.shape[0]


def last_window(x: Tensor | Data, *, model: Model, run: Run) -> Tensor | Data:
    """The window at the end of a longer series, which is said; anything else as it is."""
    window = model.spec.input[0]
    if isinstance(x, Data) or _length(x) <= window:
        return x
    check_numbers(x)
    where = str(x.attrs.get("source", "-"))
    x = as_series(x, where, run.warn)
    run.warn(
        f"{printable(model.word)} takes a window of {window} steps: the last {window} of the {len(x.data)} "
        f"of {called(where)} are looked at"
    )
    time, before = x.axes[0], len(x.data) - window
    if time.step is not None:
        time = replace(time, start=(time.start or 0.0) + before * time.step)
    return Tensor(x.data[before:], (time, *x.axes[1:]), x.name, x.attrs)


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
    return Result({"forecast": lambda: found.tensor(work.attrs)}, work, view="series.story")
