"""What a training is made of, from the options of a command line or from the file that it goes on from."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from dlcli.commands.kinds.nets.data import DATA, Data, data_sets
from dlcli.commands.kinds.nets.model import as_words, read_model
from dlcli.commands.kinds.nets.net_file import HISTORY, NetFile, facts_of
from dlcli.commands.train.examples import (
    class_names,
    in_range,
    tell_inputs,
    variants_told,
    varied,
    white_fact,
    with_noise,
)
from dlcli.commands.train.fitting import check_causal, check_outputs, model_of, same_model
from dlcli.commands.train.going_on import (
    begun_with,
    check_epochs,
    check_same,
    goes_on_in,
    kept_settings,
    resume,
    tell_onward,
)
from dlcli.commands.train.held_out import in_words, parts_of, places_of, tell_twice
from dlcli.commands.train.options import Options
from dlcli.errors import BadData, DlcliError, WrongUsage, called, printable
from dlcli.nets.evaluation import Examples
from dlcli.nets.forecasting import foretells, season_of
from dlcli.nets.net import WHITE, Net
from dlcli.nets.optimisers import RATES, Rule
from dlcli.nets.spec import ModelSpec
from dlcli.nets.training import Settings, Training
from dlcli.runner.environment import Environment
from dlcli.runner.inputs import Block, weights
from dlcli.runner.result import Run
from dlcli.wire.datasets.dataset import DataSet
from dlcli.wire.stream import Limits

#: Passes over the data where nobody says how many.
EPOCHS = 10

#: Pictures of which the mean brightness is taken.
LOOKED_AT = 256


@dataclass(frozen=True)
class Plan:
    """A training that can begin, and what is to become of it.

    ``read`` is the set, ``model`` the word of the model where one was typed, ``learnt`` and ``held`` what is
    learnt from and what is measured on; ``held_name`` says in words where that is from. ``taken`` are the
    layers whose weights come from another net, ``source`` its file. ``other`` is a second training without
    these, to be compared. ``data_facts`` are what a file says of the data. ``fitted`` says whether a model
    with a name took its shape from the data; ``steps`` are to be foretold behind the end of a series.
    """

    training: Training
    read: Data
    model: str | None
    learnt: Examples
    held: Examples | None
    held_name: str
    classes: tuple[str, ...]
    data_facts: Mapping[str, Any]
    output: str | None
    log: str | None
    check: bool
    taken: tuple[str, ...] = ()
    source: str = ""
    other: Training | None = None
    fitted: bool = False
    resumed: int = 0
    told: str = ""
    steps: int | None = None

    @property
    def known(self) -> int:
        """How many steps of a series are learnt from."""
        return self.learnt.count + self.read.set.shape[0]

    @property
    def foretold(self) -> bool:
        """Whether there is something to foretell: the end of a series, or what is behind it."""
        ends = 0 if self.read.set.series is None else len(self.read.set.series)
        return self.data_facts.get("season") is not None and (self.steps is not None or self.known < ends)

    @property
    def spec(self) -> ModelSpec:
        """The model."""
        return self.training.net.spec


def training_data(
    word: str, environment: Environment, limits: Limits, block: Block | None = None, *, series: bool = False
) -> Iterator[Data]:
    """The set of a word; where that is the file of a training, the set that it learns from."""
    if word.lower().endswith(".safetensors") and os.path.isfile(word):
        history = weights(word, environment, limits).get(HISTORY)
        told = None if history is None else facts_of(history, word).get("data")
        name = told.get("name") if isinstance(told, dict) else None
        if name == "-":
            yield from _piped_again(word, environment, limits, block, series=series)
            return
        word = name if isinstance(name, str) else word
    yield from data_sets(word, environment, limits, block, series=series)


def _piped_again(
    word: str, environment: Environment, limits: Limits, block: Block | None, *, series: bool
) -> Iterator[Data]:
    """The set of standard input, which a training goes on with."""
    told = (
        f"--resume {printable(word)}: it has learnt from what was piped in; pipe the same in again: "
        f"… | dlcli train --resume {printable(word)}"
    )
    if environment.stdin is None or environment.stdin_is_terminal:
        raise WrongUsage(told)
    try:
        yield from data_sets("-", environment, limits, block, series=series)
    except BadData as error:
        raise BadData(f"{error}; {told}") from error


#: What is learnt from: a set, or what a training that goes on has learnt from.
LEARNT_FROM = replace(DATA, items=training_data, option="resume", beside=True, before="model")


def prepare(run: Run, options: Options, read: Data, file: NetFile | None) -> Plan:
    """The training that the options ask for, or the one that a file goes on with.

    Raises ``DlcliError`` for a model that the data do not fit, and for other data than those of the file.
    """
    with run.once_ready():
        return _prepared(run, options, read, file)


#: What is told of a series that is measured on another.
_ELSEWHERE = (
    "What is held out is another series: of this one nothing is foretold; --steps N goes on behind its end."
)


def _prepared(run: Run, options: Options, read: Data, file: NetFile | None) -> Plan:
    data = whole = _in_shape(run, options, _windowed(options, read.set, file), file)
    _check_pictures(options, data)
    settings = _settings(run, options) if file is None else kept_settings(options, file)
    facts: dict[str, Any] = {
        "validation": options.validation,
        "per_class": options.per_class,
        "noise": options.noise,
        "window": options.window,
    }
    if file is not None:
        facts = {name: file.facts["data"].get(name) for name in facts}
    places = places_of(run, data, facts, settings.seed)
    data = in_words(run, options, data, places, file)
    read = replace(read, set=data)
    digest = data.digest() if options.net_file is not None or file is not None else ""
    if file is not None:
        check_same(file, digest, data)
        check_epochs(options, file)
    learnt, held, held_name, apart = parts_of(run, data, facts["validation"], places)
    if places.share:
        tell_twice(run, whole, places)
    for words in _idle(settings) if file is None else ():
        run.warn(f"train: {words}")
    if file is None:
        spec, fitted = model_of(run, options, data, learnt.count)
        dtype = np.dtype(options.dtype)
    else:
        spec, fitted, dtype = (
            same_model(run, options, data, learnt.count, file),
            False,
            np.dtype(file.facts["dtype"]),
        )
    check_outputs(spec, data)
    check_causal(spec, data)
    season = _season(spec, data, learnt.count)
    if options.steps is not None and season is None:
        raise WrongUsage(
            f"--steps goes on behind the end of a series; {spec.name} on {called(data.name)} foretells none: "
            "leave it out"
        )
    with as_words(called(data.name), DlcliError):
        net = Net(spec, dtype).draw(settings.seed)
        taken: tuple[str, ...] = ()
        if file is not None:
            net = Net(spec, dtype, frozen=file.facts["frozen"])
        elif options.from_ is not None:
            net, taken = begun_with(run, options, data, spec, dtype, settings.seed)
        tell_inputs(run, spec, data, learnt, apart, held)
        count, told = learnt.count, variants_told(data, learnt, held)
        if season is not None and apart is not None and options.steps is None:
            told = _ELSEWHERE
        learnt = varied(data, learnt)
        learnt = _as_taken(spec, data, learnt, facts["noise"], settings.seed, 0)
        if held is not None:
            held = _as_taken(spec, apart or data, held, facts["noise"], settings.seed, 1)
        training = Training(net, learnt, held, settings)
        told = " ".join(filter(None, (told, _left_out(training))))
        other = None
        if options.compare:
            other = Training(Net(spec, dtype).draw(settings.seed), learnt, held, settings)
    if run.emit == "forecast" and (season is None or (apart is not None and options.steps is None)):
        why = "foretells no series" if season is None else "is measured on another series: add --steps N"
        raise WrongUsage(f"--emit forecast: {printable(spec.name)} on {called(data.name)} {why}")
    if run.emit == "confusion" and not learnt.counts(net):
        raise WrongUsage(
            f"--emit confusion: the answers of {printable(spec.name)} are not right or wrong: leave it out"
        )
    if file is not None:
        resume(training, file)
        tell_onward(run, training, file)
    return Plan(
        training, read, options.model, learnt, held, held_name, class_names(data),
        {
            "name": data.name, "source": str(read.attrs.get("source", data.name)), "count": count,
            "digest": digest, "mean": brightness(learnt), **white_fact(data), **facts,
            **({"vocabulary": list(data.vocabulary)} if data.vocabulary else {}),
            **({"sound": dict(data.sound)} if data.sound else {}),
            **({} if season is None else {"season": season}),
            **({"features": list(data.features)} if data.features and season is not None else {}),
        },
        options.net_file or goes_on_in(options.resume), options.log, options.check_gradients, taken,
        options.from_ or "", other, fitted,
        training.epoch, told, options.steps,
    )  # fmt: skip


def _season(spec: ModelSpec, data: DataSet, learnt: int) -> int | None:
    """After how many steps what is learnt from is most like itself; None where no series is foretold."""
    if data.series is None or data.vocabulary or not foretells(spec):
        return None
    return season_of(data.series[: learnt + data.shape[0]])


def _left_out(training: Training) -> str:
    """What of each epoch a net that takes whole batches alone never sees; nothing for others."""
    count, batch = training.examples.count, training.settings.batch
    left = max(0, count - training.steps * batch)
    if not left:
        return ""
    return (
        f"{left:,} of the {count:,} windows are learnt from in no epoch: the net goes on from batch to "
        f"batch, in {batch} streams of the same length."
    )


def _windowed(options: Options, data: DataSet, file: NetFile | None) -> DataSet:
    """A text or a series in windows of the asked length, the set as it is where none is asked."""
    size = options.window
    if file is not None:
        size = file.facts["data"].get("window")
    elif size is not None and data.window is None:
        raise WrongUsage(f"--window is for texts and series; {called(data.name)} is neither: leave it out")
    if size is None and data.window is not None and not len(data):  # shorter than a window
        size = data.shape[0]
    return data if size is None else data.windowed(size)


def _in_shape(run: Run, options: Options, data: DataSet, file: NetFile | None) -> DataSet:
    """Inputs (height, width, 1) as sequences (time, feature), where the model takes these and no pictures."""
    steps = data.shape[:2]
    if len(data.shape) != 3 or data.shape[2] != 1:
        return data
    if file is not None:
        return data.as_sequences() if file.spec.input == steps else data

    def fits(shape: tuple[int, ...]) -> bool:
        try:
            spec = read_model(options.model or "", run, input=shape, classes=len(data.classes) or None)
        except DlcliError:
            return False
        return spec.input == shape

    if fits(data.shape) or not fits(steps):
        return data
    run.warn(
        f"train: {printable(data.name)}: read as sequences (time, feature) of {steps[0]} x {steps[1]}, which "
        f"{called(options.model or '')} takes, not as pictures"
    )
    return data.as_sequences()


def _check_pictures(options: Options, data: DataSet) -> None:
    """Raise ``WrongUsage`` for what is done to pictures, where rows come or nothing of one would be left."""
    where = called(data.name)
    for flag, asked in (("--shift", options.shift), ("--flip", options.flip)):
        if asked and len(data.shape) != 3:
            raise WrongUsage(
                f"{flag} is for pictures; {where} has inputs of {data.size_words()}: leave it out"
            )
    if options.noise and data.vocabulary:
        raise WrongUsage(f"--noise is put on numbers; {where} has inputs of words: leave it out")
    if options.shift and options.shift >= min(data.shape[:2]):
        height, width, _ = data.shape
        raise WrongUsage(
            f"--shift {options.shift} would move pictures out of sight; those of {where} have "
            f"{height} × {width} cells: try fewer"
        )


def _settings(run: Run, options: Options) -> Settings:
    """How the net is to be trained."""
    return Settings(
        epochs=EPOCHS if options.epochs is None else options.epochs,
        batch=options.batch,
        rule=Rule(options.optimizer, weight_decay=options.weight_decay),
        rate=RATES[options.optimizer] if options.lr is None else options.lr,
        schedule=options.schedule,
        shift=options.shift,
        flip=options.flip,
        clip=options.clip,
        patience=options.early_stopping,
        seed=run.seed,
    )


def _idle(settings: Settings) -> Iterator[str]:
    """Words on each setting that does nothing in so many epochs, or nothing of its own."""
    epochs, course = settings.epochs, settings.schedule
    if epochs and course.name == "step" and course.epochs >= epochs:
        yield (
            f"schedule {course} first changes the rate after {course.epochs} epochs, and there are {epochs}: "
            "the rate is constant"
        )
    if epochs and course.name == "warm-up" and course.epochs >= epochs:
        yield (
            f"schedule {course} rises over {course.epochs} epochs, and there are {epochs}: "
            "the rate never falls"
        )
    if settings.rule.name == "adamw" and not settings.rule.weight_decay:
        yield "adamw without --weight-decay is adam; try --weight-decay 0.01"
    if epochs and settings.patience is not None and settings.patience >= epochs:
        yield (
            f"--early-stopping {settings.patience} waits for as many epochs after the best, and there are "
            f"{epochs}: it ends nothing"
        )


def settings_facts(settings: Settings) -> dict[str, Any]:
    """Settings as a file keeps them."""
    return {**asdict(settings), "schedule": str(settings.schedule)}


def _as_taken(
    spec: ModelSpec, data: DataSet, found: Examples, noise: float | None, seed: int, part: int
) -> Examples:
    """Examples of a set as the net takes them: with noise, in the range of the model."""
    if noise:
        pixels = len(data.shape) == 3 and data.dtype.kind in "iu"
        found = with_noise(found, noise, seed, part, pixels=pixels)
    return in_range(spec, data, found)


def brightness(learnt: Examples) -> float | None:
    """The mean of the pixels of some pictures, from 0 to 1; none where they are no bytes."""
    inputs = learnt.take(np.linspace(0, learnt.count - 1, min(learnt.count, LOOKED_AT)).astype(np.intp))
    return float(inputs.mean()) / WHITE if inputs.dtype == np.uint8 else None
