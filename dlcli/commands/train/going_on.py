"""A training that goes on with a file, or begins with the weights of one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from dlcli.commands.kinds.nets.net_convert import is_onnx
from dlcli.commands.kinds.nets.net_file import NetFile, is_net, net_in, read_net_file
from dlcli.commands.kinds.weights import finite_weights
from dlcli.commands.train.facts import settings_of
from dlcli.commands.train.options import Options
from dlcli.errors import DlcliError, WrongUsage, called, printable
from dlcli.nets.net import Net
from dlcli.nets.spec import ModelSpec
from dlcli.nets.training import Settings, Training
from dlcli.runner.result import Run
from dlcli.wire.datasets.dataset import DataSet


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


def kept_settings(options: Options, file: NetFile) -> Settings:
    """The settings of a file, with the options that may be given anew."""
    settings = settings_of(file)
    if options.epochs is not None:
        settings = replace(settings, epochs=options.epochs)
    return replace(settings, patience=options.early_stopping or settings.patience)


def known_words(file: NetFile | None) -> tuple[str, ...]:
    """The words that the net of a file knows, by their numbers; none where it does not say."""
    told = None if file is None else file.facts.get("data")
    found = told.get("vocabulary") if isinstance(told, dict) else None
    return tuple(found) if isinstance(found, list) and all(isinstance(one, str) for one in found) else ()


def begun_with(
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


def check_same(file: NetFile, digest: str, data: DataSet) -> None:
    """Raise ``DlcliError`` where the data are others than those of the file."""
    known = file.facts["data"].get("digest")
    if known != digest:
        raise DlcliError(
            f"{printable(file.source)} learnt from {printable(str(file.facts['data'].get('name')))} "
            f"(SHA-256 {str(known)[:12]}…); {called(data.name)} holds something else ({digest[:12]}…): "
            f"go on with the same data, or begin anew with --from {printable(file.source)}"
        )


def check_epochs(options: Options, file: NetFile) -> None:
    """Raise ``WrongUsage`` for fewer epochs than the training has had."""
    progress = file.facts["progress"]
    had, begun = progress.get("epoch", 0), bool(progress.get("step", 0))
    if options.epochs is not None and options.epochs < had + begun:
        told = f"is in epoch {had + 1}" if begun else f"has had {had} epoch{'s' * (had != 1)}"
        raise WrongUsage(
            f"--epochs {options.epochs} counts from the first on; the training in {printable(file.source)} "
            f"{told} already: give more"
        )


def resume(training: Training, file: NetFile) -> None:
    """Take up the state of a file."""
    best = Net(file.spec, training.net.dtype, frozen=training.net.frozen).load(file.weights).flat
    training.restore(file.state, file.facts["progress"], best)


def tell_onward(run: Run, training: Training, file: NetFile) -> None:
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
