"""Several models, or one on several sets, trained side by side: what each comes to, in one table."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from dlcli.commands.kinds.data import Data, data_sets
from dlcli.commands.train.options import Options
from dlcli.commands.train.outcome import forecast_of
from dlcli.commands.train.plan import prepare
from dlcli.commands.train.record_sweep import Sweep, Trained
from dlcli.errors import WrongUsage, printable
from dlcli.nets.evaluation import evaluate
from dlcli.nets.net import Net
from dlcli.runner.environment import Environment
from dlcli.runner.inputs import Block
from dlcli.runner.result import Result, Run
from dlcli.wire.stream import Limits


def listed(word: str) -> list[str]:
    """The words of a list behind a colon: ``memory:lstm,gru`` are two.

    >>> listed("memory:lstm,gru"), listed("small-cnn")
    (['memory:lstm', 'memory:gru'], ['small-cnn'])
    """
    base, mark, rest = word.partition(":")
    return [f"{base}:{one.strip()}" for one in rest.split(",")] if mark and "," in rest else [word]


def sets(word: str, environment: Environment, limits: Limits, block: Block | None = None) -> Iterator[Data]:
    """The sets of a list such as ``copy:5,50``, one after the other."""
    for one in listed(word):
        yield from data_sets(one, environment, limits, block)


def swept(read: Sequence[Data], *, models: Sequence[str], run: Run, options: Options) -> Result:
    """Train every model on every set, from every seed; what is held out is measured at the best epoch."""
    if not read:
        raise WrongUsage("there is no set of data to learn from")
    found: list[Trained] = []
    nets: list[Net] = []
    total, done = len(read) * len(models) * options.runs, 0
    for data in read:
        for model in models:
            for seed in range(run.seed, run.seed + options.runs):
                done += 1
                name = f"{printable(model)} on {printable(data.set.name)}"
                run.doing = f"{done} of {total}: {name}"
                plan = prepare(replace_seed(run, seed), replace(options, model=model), data, None)
                training = plan.training
                begun = time.thread_time()
                for _ in training.epochs():
                    pass
                spent = time.thread_time() - begun
                net = training.net
                net.flat[...] = training.best
                nets.append(net)
                part = plan.held or plan.learnt
                evaluation = evaluate(net, part, seed=seed)
                error = evaluation.loss if evaluation.accuracy is None else 1 - evaluation.accuracy
                run.environment.say(
                    f"{name}, seed {seed}: {'loss' if evaluation.accuracy is None else 'wrong'} {error:.4f}"
                )
                found.append(
                    Trained(
                        model, data.set.name, seed, error, net.trained, spent / max(1, len(training.history))
                    )
                )
    run.doing = ""
    names = tuple(one.set.name for one in read)
    counts = evaluation.accuracy is not None
    guess = 1 - 1 / len(read[0].set.classes) if counts and read[0].set.classes else None
    one = len(models) == len(read) == 1
    work = Sweep(
        tuple(models), names, tuple(found), options.runs, counts, guess, training.settings,
        {"source": names[0]}, run.line, forecast_of(plan, nets) if one else None,
    )  # fmt: skip
    outputs = {"errors": lambda: work.errors}
    if (going_on := work.forecast) is not None:
        outputs["forecast"] = lambda: going_on.tensor(dict(work.attrs))
    return Result(outputs, work, view="story_sweep")


def replace_seed(run: Run, seed: int) -> Run:
    """The run with another seed."""
    return replace(run, seed=seed)
