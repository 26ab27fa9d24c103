"""Nets that foretell the next step of a series: how it goes on from its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeGuard

import numpy as np

from dlcli.commands.kinds.nets.data import Data, piped_text
from dlcli.commands.kinds.nets.forecast import foretold
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
from dlcli.tensor import Axis, Tensor
from dlcli.wire.datasets.read import series_in
from dlcli.wire.datasets.series_table import as_series, series_of
from dlcli.wire.stream import Limits
from dlcli.words.number import counted


def series_or(reading: Reading) -> Reading:
    """A reading that takes the table of a series as train does, and every other word as before."""

    def items(
        word: str, environment: Environment, limits: Limits, block: Block | None = None
    ) -> Iterator[Tensor | Data]:
        if word == "-":
            text, environment = piped_text(environment, limits)
            if text is not None:
                yield series_of(text, "-", lambda told: environment.say(f"dlcli: {told}"))
                return
        found = series_in(word, limits=limits, say=environment.say)
        yield from reading.items(word, environment, limits, block) if found is None else (found,)

    return replace(reading, items=items)


def is_series(x: Tensor | Data) -> TypeGuard[Tensor]:
    """Whether an input is one series, not a set of windows."""
    return isinstance(x, Tensor) and x.data.ndim in (1, 2)


def last_window(x: Tensor | Data, *, model: Model, run: Run) -> Tensor | Data:
    """The window at the end of a series, which is said of a longer one; a set of windows as it is.

    Raises ``DlcliError`` for a series that is shorter.
    """
    if not is_series(x):
        return x
    x = _series(x, model, run)
    window, steps, time = model.spec.input[0], len(x.data), x.axes[0]
    if steps == window:
        return x
    run.warn(
        f"{printable(model.word)} takes a window of {window} steps: the last {window} of the {steps} "
        f"of {called(str(x.attrs.get('source', '-')))} are looked at"
    )
    if time.step is not None:
        time = replace(time, start=(time.start or 0.0) + (steps - window) * time.step)
    return Tensor(x.data[-window:], (time, *x.axes[1:]), x.name, x.attrs)


def _series(x: Tensor, model: Model, run: Run) -> Tensor:
    """A series with the features that a net has learnt from, in their order, and as long as its window.

    Raises ``DlcliError`` for another.
    """
    check_numbers(x)
    where = str(x.attrs.get("source", "-"))
    x = as_series(x, where, run.warn)
    window, features = model.spec.input
    if len(x.data) < window:
        raise DlcliError(
            f"{printable(model.word)} takes a window of {counted(window, 'step')}; {called(where)} has "
            f"{len(x.data)}"
        )
    learnt = model.data.get("features")
    known = tuple(map(str, learnt)) if isinstance(learnt, list) and len(learnt) == features else ()
    names, count = x.axes[1].labels if x.data.ndim == 2 else None, x.data[0].size
    ours, theirs = (", ".join(map(printable, some or ())) for some in (known, names))
    if count != features:
        ours, theirs = (f", {some}" if some else "" for some in (ours, theirs))
        raise DlcliError(
            f"{printable(model.word)} foretells {counted(features, 'feature')}{ours}; "
            f"{called(where)} has {count}{theirs}"
        )
    if not known or names == known:
        return x
    if names is None:
        if features > 1:
            run.warn(
                f"the columns of {called(where)} have no names: they are taken for {ours}, in this order"
            )
        return _named(x, known, range(features))
    if sorted(names) == sorted(known):
        return _named(x, known, [names.index(name) for name in known])
    if features > 1:
        raise DlcliError(
            f"{printable(model.word)} has learnt from {ours}; {called(where)} has {theirs}: give its columns "
            "those names"
        )
    run.warn(f"{printable(model.word)} has learnt from {ours}; {called(where)} is {theirs}")
    return x


def _named(x: Tensor, features: tuple[str, ...], order: Sequence[int]) -> Tensor:
    """A series with some of its columns, by the names of features."""
    data = x.data.reshape(len(x.data), -1)[:, order]
    return Tensor(data, (x.axes[0], Axis("feature", features)), x.name, x.attrs)


def goes_on(x: Tensor | Data, *, model: Model, steps: int, run: Run) -> Result:
    """So many steps behind a series, each from those foretold before it.

    Raises ``DlcliError`` for what is no series that the net goes on with.
    """
    if isinstance(x, Data):
        raise WrongUsage(
            f"--steps goes on from the end of a series; {printable(x.set.name)} is a set of inputs"
        )
    x = _series(x, model, run)
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
