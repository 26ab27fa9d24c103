"""What a training is made of, from the options of a command line or from the file that it goes on from."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from typing import Any

import numpy as np

from dlcli.commands.kinds.data import DATA, Data, data_sets
from dlcli.commands.kinds.model import as_words, built_in, read_model
from dlcli.commands.kinds.net_convert import is_onnx
from dlcli.commands.kinds.net_file import HISTORY, NetFile, facts_of, is_net, net_in, read_net_file
from dlcli.commands.kinds.parts import SHARE, few, is_share, share_held_out, share_words, split
from dlcli.commands.kinds.weights import finite_weights
from dlcli.commands.kinds.words_heard import open_set
from dlcli.commands.train.examples import (
    class_names,
    examples,
    in_range,
    met_before,
    tell_inputs,
    variants_told,
    varied,
    white_fact,
    with_noise,
)
from dlcli.commands.train.facts import settings_of
from dlcli.commands.train.options import Options
from dlcli.errors import BadData, DlcliError, WrongUsage, called, printable
from dlcli.nets.builtin import UNSAID
from dlcli.nets.evaluation import HELD_OUT, Examples
from dlcli.nets.forecasting import foretells, season_of
from dlcli.nets.net import WHITE, Net
from dlcli.nets.optimisers import RATES, Rule
from dlcli.nets.spec import ModelSpec, NamedLayer
from dlcli.nets.training import Settings, Training
from dlcli.runner.environment import Environment
from dlcli.runner.inputs import Block, weights
from dlcli.runner.result import Run
from dlcli.tensor import Array
from dlcli.wire.datasets.dataset import UNKNOWN, DataSet
from dlcli.wire.datasets.series import WINDOW
from dlcli.wire.datasets.vocabularies import in_vocabulary, of_learnt, of_length, with_classes
from dlcli.wire.stream import Limits
from dlcli.words.near import some
from dlcli.words.number import counted

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
        if name == "-" and environment.stdin_is_terminal:
            raise WrongUsage(
                f"--resume {printable(word)}: it has learnt from what was piped in; pipe the same in again: "
                f"dlcli show DATA | dlcli train --resume {printable(word)}"
            )
        if isinstance(name, str):
            word = name
    yield from data_sets(word, environment, limits, block, series=series)


#: What is learnt from: a set, or what a training that goes on has learnt from.
LEARNT_FROM = replace(DATA, items=training_data, option="resume", beside=True, before="model")


def prepare(run: Run, options: Options, read: Data, file: NetFile | None) -> Plan:
    """The training that the options ask for, or the one that a file goes on with.

    Raises ``DlcliError`` for a model that the data do not fit, and for other data than those of the file.
    """
    data = whole = _in_shape(run, options, _windowed(options, read.set, file), file)
    _check_pictures(options, data)
    settings = _settings(run, options) if file is None else _kept(options, file)
    facts: dict[str, Any] = {
        "validation": options.validation,
        "per_class": options.per_class,
        "noise": options.noise,
        "window": options.window,
    }
    if file is not None:
        facts = {name: file.facts["data"].get(name) for name in facts}
    places = _places(run, data, facts, settings.seed)
    data = _in_words(run, options, data, places, file)
    read = replace(read, set=data)
    digest = data.digest() if options.net_file is not None or file is not None else ""
    if file is not None:
        _check_same(file, digest, data)
        _check_epochs(options, file)
    learnt, held, held_name, apart = _parts(run, data, facts["validation"], places)
    if places.share:
        _tell_twice(run, whole, places)
    for words in _idle(settings) if file is None else ():
        run.warn(f"train: {words}")
    if file is None:
        spec, fitted = _model(run, options, data, learnt.count)
        dtype = np.dtype(options.dtype)
    else:
        spec, fitted, dtype = (
            _same_model(run, options, data, learnt.count, file),
            False,
            np.dtype(file.facts["dtype"]),
        )
    _check_outputs(spec, data)
    _check_causal(spec, data)
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
            net, taken = _begun(run, options, data, spec, dtype, settings.seed)
        tell_inputs(run, spec, data, learnt, apart, held)
        count, told = learnt.count, variants_told(data, learnt, held)
        learnt = varied(data, learnt)
        learnt = _as_taken(spec, data, learnt, facts["noise"], settings.seed, 0)
        if held is not None:
            held = _as_taken(spec, apart or data, held, facts["noise"], settings.seed, 1)
        training = Training(net, learnt, held, settings)
        told = " ".join(filter(None, (told, _left_out(training))))
        other = None
        if options.compare:
            other = Training(Net(spec, dtype).draw(settings.seed), learnt, held, settings)
    if run.emit == "confusion" and not learnt.counts(net):
        raise WrongUsage(
            f"--emit confusion: the answers of {printable(spec.name)} are not right or wrong: leave it out"
        )
    if file is not None:
        _resume(training, file)
        _tell_onward(run, training, file)
    return Plan(
        training, read, options.model, learnt, held, held_name, class_names(data),
        {
            "name": data.name, "source": str(read.attrs.get("source", data.name)), "count": count,
            "digest": digest, "mean": brightness(learnt), **white_fact(data), **facts,
            **({"vocabulary": list(data.vocabulary)} if data.vocabulary else {}),
            **({"sound": dict(data.sound)} if data.sound else {}),
            **({} if season is None else {"season": season}),
        },
        options.net_file or goes_on_in(options.resume), options.log, options.check_gradients, taken,
        options.from_ or "", other, fitted,
        training.epoch, told, options.steps,
    )  # fmt: skip


def learns_series(word: str, run: Run) -> bool:
    """Whether the model of a name or a file foretells the next step of a series."""
    if built_in(word) is None and not os.path.isfile(word):
        return False
    try:
        return foretells(read_model(word, run, input=(WINDOW, 1), said=UNSAID))
    except DlcliError:
        return False


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
    if len(data.shape) != 3 or data.shape[2] != 1 or options.model == "-":
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
        f"{printable(options.model or '')} takes, not as pictures"
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


def read_training(word: str, run: Run) -> NetFile:
    """The training in a file that goes on. Raises ``DlcliError`` for a file that holds weights alone."""
    tensors = {} if is_onnx(word) else finite_weights(word, run)
    file = net_in(word, tensors) if is_net(tensors) else None
    told = {} if file is None else file.facts
    whole = all(isinstance(told.get(name), dict) for name in ("settings", "data", "progress"))
    if file is None or not whole or "training/net/weights" not in file.state:
        raise DlcliError(
            f"--resume {printable(word)}: it holds weights, no training to go on with; "
            f"--from {printable(word)} begins with them"
        )
    settings_of(file)
    return file


def goes_on_in(word: str | None) -> str | None:
    """The file that a training goes on in where no other is named: that it was in, unless it was piped in."""
    return None if word is None or word == "-" else word


def _kept(options: Options, file: NetFile) -> Settings:
    """The settings of a file, with the options that may be given anew."""
    settings = settings_of(file)
    if options.epochs is not None:
        settings = replace(settings, epochs=options.epochs)
    return replace(settings, patience=options.early_stopping or settings.patience)


def _is_series(data: DataSet) -> bool:
    return data.series is not None and not data.vocabulary


def _is_text(data: DataSet) -> bool:
    return bool(data.vocabulary) and data.labels is not None and data.labels.ndim == len(data.shape) + 1


def _are_sentences(data: DataSet) -> bool:
    return bool(data.vocabulary) and data.labels is not None and data.labels.ndim == 1


def _are_frames(data: DataSet) -> bool:
    return len(data.shape) == 2 and data.series is None


#: Models by name -> whether a set is what they learn from, what one that is not lacks, and what they want.
LEARNS: Mapping[str, tuple[Callable[[DataSet], bool], str, str]] = {
    **dict.fromkeys(
        ("seq2seq", "seq2seq-attention"),
        (
            lambda data: data.source > 0, "nothing to be translated",
            "sequences with a translation behind each, such as dates:4000 or a CSV with columns source and "
            "target",
        ),
    ),
    **dict.fromkeys(
        ("char-rnn", "tiny-gpt"),
        (_is_text, "no text", "the characters of a text, such as FILE.txt or sample:austen"),
    ),
    "forecast": (
        _is_series, "no series",
        "a series of numbers, such as sample:sunspots or a CSV with a line for each step",
    ),
    "sequence-classifier": (
        _are_sentences, "no sentences",
        "sentences with classes, such as reviews:2000 or a CSV with columns text and label",
    ),
    "speech-commands": (
        _are_frames, "no recorded words",
        "recorded words, such as sample:spoken-digits or a folder of WAV for each",
    ),
}  # fmt: skip


def _model(run: Run, options: Options, data: DataSet, learnt: int) -> tuple[ModelSpec, bool]:
    """The model of the command line, in the shape of the data where it has a name and no file of its own."""
    assert options.model is not None  # the command has checked it
    classes = len(data.classes) or None
    said = data.said(learnt)
    base = (built_in(options.model) or "").partition(":")[0]
    if base in LEARNS and not LEARNS[base][0](data):
        _, lacking, wanted = LEARNS[base]
        raise DlcliError(
            f"{called(data.name)} holds {lacking}: {printable(options.model)} learns from {wanted}"
        )
    spec = read_model(options.model, run, input=data.shape, classes=classes, said=said, data=data.name)
    if spec.input != data.shape:
        raise DlcliError(
            f"{called(data.name)} has inputs of shape {data.shape}, {printable(options.model)} takes "
            f"{spec.input}; leave input out of the model file, and it takes those of the data"
        )
    if data.in_time and len(data.vocabulary) == 1:
        raise DlcliError(
            f"{printable(data.name)} holds one character alone, {class_names(data)[0]!r}: there is nothing "
            "to foretell"
        )
    if len(data.classes) == 1 and spec.target == "label":
        raise DlcliError(
            f"{called(data.name)} has one class, {class_names(data)[0]}: there is nothing to tell apart; "
            "a model whose target is the input (autoencoder) learns without classes"
        )
    if built_in(options.model) is None:
        return spec, False
    usual = read_model(options.model, run)
    return spec, (usual.input, usual.output) != (spec.input, spec.output)


def _check_outputs(spec: ModelSpec, data: DataSet) -> None:
    """Raise ``DlcliError`` for a net with more outputs than there are classes, or one for more than two."""
    classes = len(data.classes)
    if spec.target == "label" and classes > 2 and spec.output == (1,):
        raise DlcliError(
            f"{printable(spec.name)} tells two classes apart by its one output, and {printable(data.name)} "
            f'has {classes}: {some(class_names(data), 4)}; end with a dense layer of units = "classes", and '
            f'leave loss = "{spec.loss}" out'
        )
    by_step = data.labels is not None and data.labels.ndim == len(spec.output)
    if spec.target == "label" and classes and by_step and spec.output[-1] > classes:
        raise DlcliError(
            f"{called(data.name)} has {classes} classes, and {spec.layers[-1].name} gives "
            f'{spec.output[-1]} outputs: end with a dense layer of {classes} units, or units = "classes"'
        )


def _check_causal(spec: ModelSpec, data: DataSet) -> None:
    """Raise ``DlcliError`` for a net that would see the character that it is to foretell."""
    ahead = spec.looking_ahead
    if data.in_time and data.vocabulary and len(spec.output) == 2 and ahead is not None:
        raise DlcliError(
            f"{printable(spec.name)} would see its answers: each step of {called(data.name)} is to "
            f"foretell the next character, and {ahead.name} looks at later ones; {_back_alone(ahead)}"
        )


def _back_alone(ahead: NamedLayer) -> str:
    """What makes a layer look back alone."""
    settings = {one.name for one in fields(ahead.kind)}
    if ahead.kind.kind == "conv1d":
        return 'give it padding = "causal"'
    return "give it causal = true" if "causal" in settings and not ahead.kind.sources else "leave it out"


def _same_model(run: Run, options: Options, data: DataSet, learnt: int, file: NetFile) -> ModelSpec:
    """The model of a file; one that is named beside it must be the same."""
    if options.model is not None and options.model != options.resume:
        classes = len(data.classes) or None
        named = read_model(
            options.model, run, input=data.shape, classes=classes, said=data.said(learnt), data=data.name
        )
        if named.layers != file.spec.layers:
            raise WrongUsage(
                f"--resume {printable(file.source)} holds a training of {file.spec.name}, not of "
                f"{printable(options.model)}; leave the model out"
            )
    return file.spec


@dataclass(frozen=True)
class _Places:
    """Which examples of a set are learnt from, and which are held out, by a ``share``."""

    learnt: Array
    held: Array
    share: float


def _places(run: Run, data: DataSet, facts: Mapping[str, Any], seed: int) -> _Places:
    """Which examples are learnt from, and which are held out of the same set."""
    per_class = facts["per_class"]
    share = share_held_out(facts["validation"], data)
    places, apart = split(data, share, seed)
    if share and (not len(places) or not len(apart)):
        raise DlcliError(
            f"{called(data.name)} has {counted(len(data), 'example')}: a share of {share:g} "
            f"leaves {len(places)} to learn from and {len(apart)} held out; try --validation 0"
        )
    if per_class is not None:
        if not data.classes or data.labels is None:
            raise WrongUsage(f"--per-class counts examples of classes, and {called(data.name)} has none")
        if data.labels.ndim > 1:
            raise WrongUsage(
                f"--per-class counts examples of classes, and in {called(data.name)} each step has one of "
                "its own: leave it out"
            )
        counts = np.bincount(data.labels[places], minlength=len(data.classes))
        fewest = int(counts.argmin())
        if counts[fewest] < per_class:
            short = int((counts < per_class).sum())
            others = f"; {short} classes have fewer" * (short > 1)
            run.warn(
                f"train: --per-class {per_class:,}: of {class_names(data)[fewest]} there are "
                f"{counts[fewest]:,} to learn from{others}"
            )
        places = few(data.labels, places, per_class, seed)
    return _Places(places, apart, share)


def _in_words(run: Run, options: Options, data: DataSet, places: _Places, file: NetFile | None) -> DataSet:
    """Sentences with the words of what is learnt from, or those of the net that a training begins with."""
    if data.in_time and data.vocabulary and data.labels is not None:
        alone = np.setdiff1d(data.labels[places.held], data.labels[places.learnt])
        if shown := some([printable(repr(data.vocabulary[place])) for place in alone.tolist()], 5):
            where = printable(data.name)
            _tell(run, f"{where}: what is held out alone has {shown}: nothing can be learnt of it")
    if UNKNOWN not in data.vocabulary:
        return data
    if file is None and options.from_ is not None:
        file = read_net_file(options.from_, run)
    known = known_words(file)
    if file is None or UNKNOWN not in known:
        return of_learnt(data, places.learnt, partial(_tell, run))
    found = in_vocabulary(data, known, printable(file.source), partial(_tell, run))
    return with_classes(found, file.classes) if data.source else found


def _tell(run: Run, words: str) -> None:
    run.warn(f"train: {words}")


def _parts(
    run: Run, data: DataSet, validation: str | None, places: _Places
) -> tuple[Examples, Examples | None, str, DataSet | None]:
    """What is learnt from, what is held out, where that is from in words, and as a set of its own."""
    held, name, other = None, "nothing", None
    if places.share:
        held, name = examples(data, places.held), share_words(places.share, data)
    elif validation is not None and not is_share(validation):
        other, name = _other(run, data, validation)
    elif validation is None and data.held_out is not None:
        other, name = data.held_out, "its own test part"
    if other is not None:
        held = replace(examples(other, of=data), called=HELD_OUT)
    every = len(places.learnt) == len(data)
    learnt = examples(data) if every else examples(data, places.learnt)
    if held is not None and validation is not None and not places.share:
        _check_unmet(run, learnt, held, validation)
    return learnt, held, name, other


def _tell_twice(run: Run, data: DataSet, places: _Places) -> None:
    """A line on standard error for sentences that are held out and learnt from, word by word."""
    if not data.vocabulary or data.in_time:
        return
    if met := met_before(examples(data, places.learnt), examples(data, places.held)):
        run.warn(
            f"train: {printable(data.name)}: {met:,} of the {len(places.held):,} sentences held out are "
            "learnt from, too: what is measured is better than it will be"
        )


def _as_taken(
    spec: ModelSpec, data: DataSet, found: Examples, noise: float | None, seed: int, part: int
) -> Examples:
    """Examples of a set as the net takes them: with noise, in the range of the model."""
    if noise:
        pixels = len(data.shape) == 3 and data.dtype.kind in "iu"
        found = with_noise(found, noise, seed, part, pixels=pixels)
    return in_range(spec, data, found)


def _other(run: Run, data: DataSet, word: str) -> tuple[DataSet, str]:
    """What --validation measures on, and its name: of a set that has a test part of its own, that part.

    Raises ``DlcliError`` where it does not go with the data.
    """
    other = (
        data
        if word == data.name
        else open_set(word, limits=run.limits, say=run.environment.say, series=_is_series(data))
    )
    name, flag = printable(word), f"--validation {printable(word)}"
    if other.held_out is not None:
        count = len(other.held_out)
        run.warn(f"train: {flag} has a test part of its own: its {count:,} inputs are measured on")
        other, name = other.held_out, f"the test part of {name}"
    return _alike(run, data, other), name


def _alike(run: Run, data: DataSet, other: DataSet) -> DataSet:
    """Another set in the words, the steps and the classes of that which is learnt from.

    Raises ``DlcliError`` for one that cannot be, with what differs.
    """
    where, flag = printable(data.name), f"--validation {printable(other.name)}"
    mine, theirs = (one.sound.get("sample_rate") for one in (data, other))
    if mine and theirs and mine != theirs:
        raise DlcliError(
            f"{flag} has {theirs:,} samples a second, {where} has {mine:,}; another program brings them "
            f"together: ffmpeg -i word.wav -ar {mine} converted.wav"
        )
    try:
        if data.window is not None and other.window is not None:
            other = other.windowed(data.shape[0])
        if data.vocabulary and other.vocabulary and data.spelled == other.spelled:
            other = in_vocabulary(other, data.vocabulary, where, partial(_tell, run))
            other = of_length(other, data.shape[0], data.source, partial(_tell, run))
        if data.classes and other.classes and data.spelled == other.spelled:
            other = with_classes(other, data.classes)
    except BadData as error:
        named = str(error).startswith(printable(other.name))
        raise DlcliError(f"--validation {error}" if named else f"{flag}: {error}") from error
    if other.shape != data.shape or other.classes != data.classes:
        mine, theirs = (
            f"inputs of {one.size_words()} and {len(one.classes) or 'no'} classes" for one in (data, other)
        )
        raise DlcliError(f"{flag} has {theirs}, {where} has {mine}: they must be alike")
    return other


def _check_unmet(run: Run, learnt: Examples, held: Examples, word: str) -> None:
    """A line on standard error where some of what is measured on is learnt from, too.

    Raises ``WrongUsage`` where all of it is.
    """
    met, flag = met_before(learnt, held), f"--validation {printable(word)}"
    if met == held.count:
        raise WrongUsage(
            f"{flag} is what it learns from, and would be known by heart; a share such as "
            f"--validation {SHARE} holds some of it out"
        )
    if met:
        run.warn(
            f"train: {flag}: {met:,} of the {held.count:,} inputs that are measured on are learnt from, too: "
            "what is measured is better than it will be"
        )


def _begun(
    run: Run, options: Options, data: DataSet, spec: ModelSpec, dtype: np.dtype[Any], seed: int
) -> tuple[Net, tuple[str, ...]]:
    """The net that begins with another's weights, and the layers that took them."""
    assert options.from_ is not None
    file = read_net_file(options.from_, run, spec)
    _check_vocabulary(file, data)
    taken = tuple(
        layer.name
        for layer in spec.layers
        if (mine := layer.weights)
        and all(
            (found := file.weights.get(f"{layer.name}/{name}")) is not None and found.shape == weight.shape
            for name, weight in mine.items()
        )
    )
    if not taken:
        theirs = dict.fromkeys(name.rpartition("/")[0] for name in file.weights)
        raise DlcliError(
            f"--from {printable(file.source)}: none of its layers ({', '.join(theirs)}) has name and shape "
            f"of one of {spec.name} ({', '.join(one.name for one in spec.layers if one.weights)})"
        )
    net = Net(spec, dtype, frozen=taken if options.freeze else ()).draw(seed)
    return net.load(file.weights, only=lambda name: name in taken), taken


def known_words(file: NetFile | None) -> tuple[str, ...]:
    """The words that the net of a file knows, by their numbers; none where it does not say."""
    told = None if file is None else file.facts.get("data")
    found = told.get("vocabulary") if isinstance(told, dict) else None
    return tuple(found) if isinstance(found, list) and all(isinstance(one, str) for one in found) else ()


def _check_vocabulary(file: NetFile, data: DataSet) -> None:
    """Raise ``DlcliError`` where the words of a net have other numbers than those of the data."""
    known = known_words(file)
    if not known or not data.vocabulary or known == data.vocabulary:
        return
    lacking = [one for one in data.vocabulary if one not in known]
    differ = "in another order"
    if lacking:
        differ = f"without {', '.join(printable(repr(one)) for one in lacking[:3])}"
    elif len(known) != len(data.vocabulary):
        differ = f"{len(known)} of them, where the data have {len(data.vocabulary)}"
    same = "a text of the same characters" if data.spelled else "sentences of the same words"
    raise DlcliError(
        f"--from {printable(file.source)}: its weights are of another vocabulary, {differ}; learn from "
        f"{same}, or begin without it"
    )


def _check_same(file: NetFile, digest: str, data: DataSet) -> None:
    """Raise ``DlcliError`` where the data are others than those of the file."""
    known = file.facts["data"].get("digest")
    if known != digest:
        raise DlcliError(
            f"{printable(file.source)} learnt from {printable(str(file.facts['data'].get('name')))} "
            f"(SHA-256 {str(known)[:12]}…); {called(data.name)} holds something else ({digest[:12]}…): "
            f"go on with the same data, or begin anew with --from {printable(file.source)}"
        )


def _check_epochs(options: Options, file: NetFile) -> None:
    """Raise ``WrongUsage`` for fewer epochs than the training has had."""
    progress = file.facts["progress"]
    had, begun = progress.get("epoch", 0), bool(progress.get("step", 0))
    if options.epochs is not None and options.epochs < had + begun:
        told = f"is in epoch {had + 1}" if begun else f"has had {had} epoch{'s' * (had != 1)}"
        raise WrongUsage(
            f"--epochs {options.epochs} counts from the first on; the training in {printable(file.source)} "
            f"{told} already: give more"
        )


def _resume(training: Training, file: NetFile) -> None:
    """Take up the state of a file."""
    best = Net(file.spec, training.net.dtype, frozen=training.net.frozen).load(file.weights).flat
    training.restore(file.state, file.facts["progress"], best)


def _tell_onward(run: Run, training: Training, file: NetFile) -> None:
    """Say where going on is not what one thinks: nothing is left, or the learning rate knew another end."""
    settings, before = training.settings, file.facts["settings"]["epochs"]
    where = printable(file.source)
    if training.over:
        told = f"has had its {training.epoch} epochs; more --epochs go on"
        if training.epoch < settings.epochs:
            told = f"ended early; --early-stopping with more than {settings.patience} epochs goes on"
        run.warn(f"train: the training in {where} {told}")
    elif settings.schedule.ends and settings.epochs != before:
        last = f"{training.history[-1].rate:.3g} was the last rate, " if training.history else ""
        run.warn(
            f"train: schedule {settings.schedule} ends with the last epoch: {last}{training.rate():.3g} is "
            f"the next, as if there had been {settings.epochs} epochs from the first on rather than "
            f"{before}; at once they give another net"
        )


def brightness(learnt: Examples) -> float | None:
    """The mean of the pixels of some pictures, from 0 to 1; none where they are no bytes."""
    inputs = learnt.take(np.linspace(0, learnt.count - 1, min(learnt.count, LOOKED_AT)).astype(np.intp))
    return float(inputs.mean()) / WHITE if inputs.dtype == np.uint8 else None
