"""Several models, or one on several sets, trained side by side: what each comes to, in one table."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from dlcli.commands.kinds.nets.data import Data, data_sets
from dlcli.commands.train.options import Options
from dlcli.commands.train.outcome import (
    error_of,
    errors_without_net,
    forecasts_of,
    measure_of,
    unit_of,
)
from dlcli.commands.train.plan import Plan, prepare
from dlcli.commands.train.record_sweep import MEASURES, Sweep, Trained
from dlcli.engines.base.checks import EngineError
from dlcli.errors import DlcliError, WrongUsage, called, printable
from dlcli.nets.evaluation import evaluate
from dlcli.nets.net import Net
from dlcli.runner.environment import Environment
from dlcli.runner.inputs import Block
from dlcli.runner.result import Result, Run
from dlcli.wire.stream import Limits
from dlcli.words.number import loss_words


def listed(word: str, names: Collection[str] = ()) -> list[str]:
    """The words of a list: ``memory:lstm,gru`` are two of one base, as are ``copy:5,50``.

    What is one of ``names`` stands for itself.

    >>> listed("memory:lstm,gru"), listed("small-cnn")
    (['memory:lstm', 'memory:gru'], ['small-cnn'])
    >>> listed("seq2seq,seq2seq-attention", names=["seq2seq", "seq2seq-attention"])
    ['seq2seq', 'seq2seq-attention']

    Raises ``WrongUsage`` where one of them is empty.
    """
    found: list[str] = []
    base = ""
    if os.path.lexists(word):
        return [word]
    for one in (part.strip() for part in word.split(",")):
        if not one and base:
            raise WrongUsage(
                f"{printable(word)}: nothing stands between two of its commas, or behind the last"
            )
        if ":" in one:
            base = one.partition(":")[0]
        elif one not in names and not base:
            return [word]
        found.append(one if ":" in one or one in names else f"{base}:{one}")
    return found


def sets(
    word: str, environment: Environment, limits: Limits, block: Block | None = None, *, series: bool = False
) -> Iterator[Data]:
    """The sets of a list such as ``copy:5,50``, one after the other; with ``series`` tables are such."""
    for one in listed(word):
        yield from data_sets(one, environment, limits, block, series=series)


def swept(read: Sequence[Data], *, models: Sequence[str], run: Run, options: Options) -> Result:
    """Train every model on every set, from every seed; what is held out is measured at the best epoch.

    All are prepared before the first one learns: what cannot be trained is told at once. Raises
    ``WrongUsage`` where their errors are of several kinds, that no table can compare.
    """
    if not read:
        raise WrongUsage("there is no set of data to learn from")
    pairs = [(data, model) for data in read for model in models]
    if options.steps is not None and len(pairs) > 1:
        raise WrongUsage("--steps is of one model on one series, and this line has several: leave it out")
    first = [prepare(run, replace(options, model=model), data, None) for data, model in pairs]
    measure = _measure([(_name(*pair), measure_of(plan)) for pair, plan in zip(pairs, first, strict=True)])
    found: list[Trained] = []
    nets: list[Net] = []
    total = len(pairs) * options.runs
    for pair, plan in zip(pairs, first, strict=True):
        data, model = pair
        for seed in range(run.seed, run.seed + options.runs):
            name = f"{_name(*pair)}, seed {seed}"
            run.doing = f"{len(found) + 1} of {total}: {name}"
            if seed != run.seed:
                plan = prepare(replace(run, seed=seed), replace(options, model=model), data, None)
            one = _trained(plan, name)
            nets.append(plan.training.net)
            run.environment.say(f"{name}: {measure} {loss_words(one.error)}")
            found.append(one)
    run.doing = ""
    names = tuple(one.set.name for one in read)
    guess = 1 - 1 / len(read[-1].set.classes) if measure == "wrong" and read[-1].set.classes else None
    work = Sweep(
        tuple(models), names, tuple(found), options.runs, measure, guess, plan.training.settings,
        {"source": names[0]}, run.line, forecasts_of(plan, nets) if len(pairs) == 1 else (),
        _others([errors_without_net(plan) for plan in first[:: len(models)]]),
        all(plan.held is not None for plan in first),
        " or ".join(sorted({f"{unit_of(plan)}s" for plan in first})) if all(map(unit_of, first)) else "",
    )  # fmt: skip
    outputs = {"errors": lambda: work.errors}
    if work.forecasts:
        outputs["forecast"] = lambda: work.forecasts[-1].tensor(dict(work.attrs))
    return Result(outputs, work, view="story_sweep")


def _name(data: Data, model: str) -> str:
    return f"{printable(model)} on {called(data.set.name)}"


def _others(found: Sequence[Mapping[str, float]]) -> dict[str, tuple[float, ...]]:
    """The errors without a net on all sets, by what stands in its place on all of them."""
    return {name: tuple(one[name] for one in found) for name in found[0] if all(name in one for one in found)}


def _measure(found: Sequence[tuple[str, str]]) -> str:
    """The one thing that is measured of all. Raises ``WrongUsage`` for several."""
    (name, measure), *others = found
    for other, what in others:
        if what != measure:
            raise WrongUsage(
                f"{name} is measured by {MEASURES[measure]}, {other} by {MEASURES[what]}: errors of two "
                "kinds are not to be compared; train them in two lines"
            )
    return measure


def _trained(plan: Plan, name: str) -> Trained:
    """One training, run to its end; the net has the weights of its best epoch then."""
    training, net = plan.training, plan.training.net
    begun = time.thread_time()
    try:
        for _ in training.epochs():
            pass
    except EngineError as broken:
        raise DlcliError(f"{name}: {broken}") from broken
    spent = time.thread_time() - begun
    net.flat[...] = training.best
    evaluation = evaluate(net, plan.held or plan.learnt, seed=training.settings.seed)
    error = error_of(evaluation, measure_of(plan))
    seconds = spent / max(1, len(training.history))
    return Trained(plan.model or "", plan.read.set.name, training.settings.seed, error, net.trained, seconds)
