"""The model of a training: what it may learn from, in the shape of the data, and that it fits them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields

from dlcli.commands.kinds.nets.model import built_in, read_model
from dlcli.commands.kinds.nets.net_file import NetFile
from dlcli.commands.train.examples import class_names
from dlcli.commands.train.options import Options
from dlcli.errors import DlcliError, WrongUsage, called, printable
from dlcli.nets.builtin import UNSAID
from dlcli.nets.forecasting import foretells
from dlcli.nets.spec import ModelSpec, NamedLayer
from dlcli.runner.result import Run
from dlcli.wire.datasets.dataset import DataSet
from dlcli.wire.datasets.series import WINDOW
from dlcli.words.near import some


def learns_series(word: str, run: Run) -> bool:
    """Whether the model of a name or a file foretells the next step of a series."""
    try:
        return foretells(read_model(word, run, input=(WINDOW, 1), said=UNSAID))
    except DlcliError:
        return False


def is_series_set(data: DataSet) -> bool:
    """Whether it is a series of numbers."""
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
        is_series_set, "no series",
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


def model_of(run: Run, options: Options, data: DataSet, learnt: int) -> tuple[ModelSpec, bool]:
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
            f"{called(data.name)} holds one character alone, {class_names(data)[0]!r}: there is nothing "
            "to foretell"
        )
    if len(data.classes) == 1 and spec.target == "label":
        raise DlcliError(
            f"{called(data.name)} has one class, {class_names(data)[0]}: there is nothing to tell apart"
            + "; a model whose target is the input (autoencoder) learns without classes"
            * (not data.vocabulary)
        )
    if built_in(options.model) is None:
        return spec, False
    usual = read_model(options.model, run)
    return spec, (usual.input, usual.output) != (spec.input, spec.output)


def check_outputs(spec: ModelSpec, data: DataSet) -> None:
    """Raise ``DlcliError`` for a net with more outputs than there are classes, or one for more than two."""
    classes = len(data.classes)
    if spec.target == "label" and classes > 2 and spec.output == (1,):
        raise DlcliError(
            f"{printable(spec.name)} tells two classes apart by its one output, and {called(data.name)} "
            f'has {classes}: {some(class_names(data), 4)}; end with a dense layer of units = "classes", and '
            f'leave loss = "{spec.loss}" out'
        )
    by_step = data.labels is not None and data.labels.ndim == len(spec.output)
    if spec.target == "label" and classes and by_step and spec.output[-1] > classes:
        raise DlcliError(
            f"{called(data.name)} has {classes} classes, and {spec.layers[-1].name} gives "
            f'{spec.output[-1]} outputs: end with a dense layer of {classes} units, or units = "classes"'
        )


def check_causal(spec: ModelSpec, data: DataSet) -> None:
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


def same_model(run: Run, options: Options, data: DataSet, learnt: int, file: NetFile) -> ModelSpec:
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
