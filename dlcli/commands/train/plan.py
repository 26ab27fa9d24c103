"""What a training is made of, from the options of a command line or from the file that it goes on from."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from dlcli.commands.kinds.data import DATA, Data, data_sets
from dlcli.commands.kinds.model import as_words, read_model
from dlcli.commands.kinds.net_file import HISTORY, NetFile, facts_of, read_net_file
from dlcli.commands.kinds.parts import few, is_share, share_held_out, share_words, split
from dlcli.commands.train.examples import class_names, examples, with_noise
from dlcli.commands.train.options import Options
from dlcli.engines.base.checks import EngineError
from dlcli.errors import DlcliError, WrongUsage, printable
from dlcli.nets.builtin import BUILTIN
from dlcli.nets.evaluation import Examples
from dlcli.nets.net import WHITE, Net
from dlcli.nets.optimisers import RATES, Rule
from dlcli.nets.schedules import schedule
from dlcli.nets.spec import ModelSpec
from dlcli.nets.training import Settings, Training
from dlcli.runner.environment import Environment
from dlcli.runner.inputs import Block, weights
from dlcli.runner.result import Run
from dlcli.wire.datasets.dataset import DataSet
from dlcli.wire.datasets.read import open_data
from dlcli.wire.stream import Limits

#: Passes over the data where nobody says how many.
EPOCHS = 10

#: Pictures of which the mean brightness is taken.
LOOKED_AT = 256


@dataclass(frozen=True)
class Plan:
    """A training that can begin, and what is to become of it.

    ``data`` is the set, ``learnt`` and ``held`` what is learnt from and what is measured on; ``held_name``
    says in words where that is from. ``taken`` are the layers whose weights come from another net, ``source``
    its file. ``other`` is a second training without these, to be compared. ``data_facts`` are what a file
    says of the data. ``fitted`` says whether a model with a name took its shape from the data.
    """

    training: Training
    data: DataSet
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

    @property
    def spec(self) -> ModelSpec:
        """The model."""
        return self.training.net.spec


def training_data(
    word: str, environment: Environment, limits: Limits, block: Block | None = None
) -> Iterator[Data]:
    """The set of a word; where that is the file of a training, the set that it learns from."""
    if word.lower().endswith(".safetensors") and os.path.isfile(word):
        history = weights(word, environment, limits).get(HISTORY)
        name = None if history is None else facts_of(history, word).get("data", {}).get("name")
        if isinstance(name, str):
            word = name
    yield from data_sets(word, environment, limits, block)


#: What is learnt from: a set, or what a training that goes on has learnt from.
LEARNT_FROM = replace(DATA, items=training_data, option="resume", beside=True)


def prepare(run: Run, options: Options, data: DataSet, file: NetFile | None) -> Plan:
    """The training that the options ask for, or the one that a file goes on with.

    Raises ``DlcliError`` for a model that the data do not fit, and for other data than those of the file.
    """
    settings = _settings(run, options) if file is None else _kept(options, file)
    facts = {"validation": options.validation, "per_class": options.per_class, "noise": options.noise}
    if file is not None:
        facts = {name: file.facts["data"].get(name) for name in facts}
    learnt, held, held_name = _parts(run, data, facts, settings.seed)
    if file is None:
        spec, fitted = _model(run, options, data)
        dtype = np.dtype(options.dtype)
    else:
        spec, fitted, dtype = _same_model(run, options, data, file), False, np.dtype(file.facts["dtype"])
    with as_words(printable(data.name), DlcliError):
        net = Net(spec, dtype).draw(settings.seed)
        taken: tuple[str, ...] = ()
        if file is not None:
            net = Net(spec, dtype, frozen=file.facts.get("frozen", ()))
        elif options.from_ is not None:
            net, taken = _begun(run, options, spec, dtype, settings.seed)
        training = Training(net, learnt, held, settings)
        other = None
        if options.compare:
            other = Training(Net(spec, dtype).draw(settings.seed), learnt, held, settings)
    kept = options.net_file is not None
    digest = data.digest() if kept or file is not None else ""
    if file is not None:
        _resume(training, file, digest, data)
    return Plan(
        training, data, learnt, held, held_name, class_names(data),
        {"name": data.name, "count": learnt.count, "digest": digest, "mean": brightness(learnt), **facts},
        options.net_file, options.log, options.check_gradients, taken, options.from_ or "", other, fitted,
        training.epoch,
    )  # fmt: skip


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


def settings_facts(settings: Settings) -> dict[str, Any]:
    """Settings as a file keeps them."""
    return {**asdict(settings), "schedule": str(settings.schedule)}


def _kept(options: Options, file: NetFile) -> Settings:
    """The settings of a file, with the options that may be given anew."""
    told = file.facts.get("settings")
    if not isinstance(told, dict) or "training/weights" not in file.state:
        raise DlcliError(
            f"{printable(file.source)} holds no training that could go on, only weights; "
            f"--from {printable(file.source)} begins with them"
        )
    try:
        settings = Settings(**{**told, "rule": Rule(**told["rule"]), "schedule": schedule(told["schedule"])})
    except (TypeError, KeyError, EngineError) as error:
        raise DlcliError(f"{printable(file.source)}: its settings are none of a training: {error}") from error
    if options.epochs is not None:
        settings = replace(settings, epochs=options.epochs)
    return replace(settings, patience=options.early_stopping or settings.patience)


def _model(run: Run, options: Options, data: DataSet) -> tuple[ModelSpec, bool]:
    """The model of the command line, in the shape of the data where it has a name and no file of its own."""
    assert options.model is not None  # the command has checked it
    classes = len(data.classes) or None
    spec = read_model(options.model, run, input=data.shape, classes=classes)
    if spec.input != data.shape:
        raise DlcliError(
            f"{printable(data.name)} has inputs of shape {data.shape}, {printable(options.model)} takes "
            f"{spec.input}; leave input out of the model file, and it takes those of the data"
        )
    if len(data.classes) == 1 and spec.target == "label":
        raise DlcliError(
            f"{printable(data.name)} has one class, {class_names(data)[0]}: there is nothing to tell apart; "
            "a model whose target is the input (autoencoder) learns without classes"
        )
    if spec.name not in BUILTIN:
        return spec, False
    usual = read_model(options.model, run)
    return spec, (usual.input, usual.output) != (spec.input, spec.output)


def _same_model(run: Run, options: Options, data: DataSet, file: NetFile) -> ModelSpec:
    """The model of a file; one that is named beside it must be the same."""
    if options.model is not None and options.model != options.resume:
        named = read_model(options.model, run, input=data.shape, classes=len(data.classes) or None)
        if named.layers != file.spec.layers:
            raise WrongUsage(
                f"--resume {printable(file.source)} holds a training of {file.spec.name}, not of "
                f"{printable(options.model)}; leave the model out"
            )
    return file.spec


def _parts(
    run: Run, data: DataSet, facts: Mapping[str, Any], seed: int
) -> tuple[Examples, Examples | None, str]:
    """What is learnt from, what is held out, and where that is from in words."""
    validation, per_class = facts["validation"], facts["per_class"]
    held, name = None, "nothing"
    share = share_held_out(validation, data)
    places, apart = split(data, share, seed)
    if share:
        if not len(places) or not len(apart):
            raise DlcliError(
                f"{printable(data.name)} has {len(data)} examples: a share of {share:g} leaves {len(places)} "
                f"to learn from and {len(apart)} held out; try --validation 0"
            )
        held, name = examples(data, apart), share_words(share, data)
    elif validation is not None and not is_share(validation):
        held, name = examples(_other(run, data, validation)), printable(validation)
    elif validation is None and data.held_out is not None:
        held, name = examples(data.held_out), "its own test part"
    if per_class is not None:
        if not data.classes or data.labels is None:
            raise WrongUsage(f"--per-class counts examples of classes, and {printable(data.name)} has none")
        places = few(data.labels, places, per_class, seed)
    learnt = examples(data) if len(places) == len(data) else examples(data, places)
    if facts["noise"]:
        learnt = with_noise(learnt, facts["noise"], seed, 0)
        held = None if held is None else with_noise(held, facts["noise"], seed, 1)
    return learnt, held, name


def _other(run: Run, data: DataSet, word: str) -> DataSet:
    """The set that --validation names. Raises ``DlcliError`` where it does not go with the data."""
    other = open_data(word, limits=run.limits, say=run.environment.say)
    if other.shape != data.shape or other.classes != data.classes:
        raise DlcliError(
            f"--validation {printable(word)} has inputs {other.shape} and {len(other.classes)} classes, "
            f"{printable(data.name)} has {data.shape} and {len(data.classes)}: they must be alike"
        )
    return other


def _begun(
    run: Run, options: Options, spec: ModelSpec, dtype: np.dtype[Any], seed: int
) -> tuple[Net, tuple[str, ...]]:
    """The net that begins with another's weights, and the layers that took them."""
    assert options.from_ is not None
    file = read_net_file(options.from_, run, spec)
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


def _resume(training: Training, file: NetFile, digest: str, data: DataSet) -> None:
    """Take up the state of a file. Raises ``DlcliError`` where the data are others."""
    known = file.facts["data"].get("digest")
    if known != digest:
        raise DlcliError(
            f"{printable(file.source)} learnt from {printable(str(file.facts['data'].get('name')))} "
            f"(SHA-256 {str(known)[:12]}…); {printable(data.name)} holds something else ({digest[:12]}…): "
            f"go on with the same data, or begin anew with --from {printable(file.source)}"
        )
    best = Net(file.spec, training.net.dtype, frozen=training.net.frozen).load(file.weights).flat
    try:
        training.restore(file.state, file.facts["progress"], best)
    except (KeyError, TypeError, ValueError) as error:
        raise DlcliError(f"{printable(file.source)}: its training cannot go on: {error}") from error


def brightness(learnt: Examples) -> float | None:
    """The mean of the pixels of some pictures, from 0 to 1; none where they are no bytes."""
    inputs = learnt.take(np.linspace(0, learnt.count - 1, min(learnt.count, LOOKED_AT)).astype(np.intp))
    return float(inputs.mean()) / WHITE if inputs.dtype == np.uint8 else None
