"""The models that a word of the command line stands for: by name, or a TOML file."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from dlcli.engines.base.checks import EngineError
from dlcli.errors import BadData, DlcliError, WrongUsage, printable
from dlcli.nets.builtin import ABOUT, BUILTIN, builtin
from dlcli.nets.layers.base import Shape, UnknownName
from dlcli.nets.spec import ModelSpec, OtherNumber, model_spec
from dlcli.runner.result import Run
from dlcli.wire.read import Literal, open_input
from dlcli.wire.stream import LITERAL
from dlcli.wire.typed.text import read_text
from dlcli.words.near import did_you_mean, known_as, plain

#: What a model may be called, and what it is.
MODEL_WORDS = {**ABOUT, "FILE.toml": "A file that describes one, as the manual page of summary shows."}

#: What one may look for in a model, and Keras' words for it -> the option of train that says it.
OF_TRAINING = {
    "optimizer": "optimizer", "optimiser": "optimizer", "lr": "lr", "learning-rate": "lr", "batch": "batch",
    "batch-size": "batch", "epochs": "epochs", "schedule": "schedule", "seed": "seed", "clip": "clip",
    "weight-decay": "weight-decay", "early-stopping": "early-stopping", "validation": "validation",
    "shift": "shift", "flip": "flip",
}  # fmt: skip

#: How the names of files end that describe a model.
ENDINGS = (".toml",)

#: What is said where something else is named.
A_MODEL = "a model is a TOML file or a name that dlcli summary lists"


def read_model(
    word: str,
    run: Run,
    *,
    input: Shape | None = None,
    classes: int | None = None,
    said: Mapping[str, Any] | None = None,
    data: str | None = None,
) -> ModelSpec:
    """The model of a name or a file, for inputs of this shape and so many classes where they are given.

    A file that says its input keeps it; so does a number of units. A file that says another number of
    classes, or of words, is refused; they are those of the set ``data``, where it is named, else of
    --classes. ``said`` is what else the data say. Raises
    ``DlcliError`` for what is neither, with the nearest name, and for a file that describes no model that can
    be built.
    """
    if (name := built_in(word)) is not None:
        with as_words(name):
            return builtin(name, input=input, classes=classes, said=said)
    name, told = described(word, run)
    with as_words(printable(name)):
        stem = os.path.splitext(os.path.basename(name))[0]
        try:
            return model_spec({"name": stem, **told}, input=input, classes=classes, said=said)
        except OtherNumber as other:
            what, says = other.word, printable(f"{name} says {other.word} = {other.said}")
            if data is None:
                raise WrongUsage(f"{says}: leave --{what} out, or leave {what} out of the file") from other
            raise BadData(
                f"{says}, and {printable(data)} has {other.given}: leave {what} out, and there are as "
                "many as the data have"
            ) from other


def described(word: str, run: Run, wanted: str = A_MODEL) -> tuple[str, Mapping[str, Any]]:
    """The name of a model's file and what it says in TOML, read once: a pipe gives it once.

    Raises ``DlcliError`` for what is no such file; ``wanted`` is said where it is something else.
    """
    if word not in run.described:
        run.described[word] = _read(word, run, wanted)
    return run.described[word]


def _read(word: str, run: Run, wanted: str) -> tuple[str, Mapping[str, Any]]:
    if os.path.isdir(word):
        raise BadData(f"{printable(word)} is a directory; {wanted}")
    literal = Literal("a model", f"the models with names are {', '.join(BUILTIN)}", lambda: BUILTIN, ENDINGS)
    with open_input(word, stdin=run.environment.stdin, literal=literal, say=run.environment.say) as source:
        try:
            return source.name, tomllib.loads(read_text(source, limits=run.limits))
        except (DlcliError, ValueError, RecursionError) as error:
            if source.name == LITERAL:
                unknown = f"{word!r} is neither a file nor a model"
                raise BadData(
                    printable(f"{unknown}: the models with names are {', '.join(BUILTIN)}")
                ) from error
            if word != "-" and not word.lower().endswith(ENDINGS):
                source.bad(f"not TOML; {wanted}")
            if isinstance(error, DlcliError):
                raise
            source.bad(f"not TOML: {_toml_words(error)}")


def built_in(word: str) -> str | None:
    """The name of the built-in model that a word stands for; none where it is a file or no name."""
    base, mark, cell = word.partition(":")
    name = known_as(base, BUILTIN)
    return f"{name}{mark}{cell.lower()}" if name in BUILTIN and not os.path.lexists(word) else None


def no_weights(word: str) -> str:
    """That a word is a model, where weights are wanted, and where they come from."""
    shown = printable(word)
    return f"{shown} is a model without weights; train one first: dlcli train {shown} DATA -o net.safetensors"


def _toml_words(error: Exception) -> str:
    """What is wrong with a TOML file, with its line where that is known."""
    if not isinstance(error, tomllib.TOMLDecodeError):
        deep = isinstance(error, RecursionError)
        return "its lists stand too deep in each other" if deep else "a number in it has too many digits"
    return f'{error}; words stand in quotes: kind = "conv"' if "Invalid value" in str(error) else str(error)


@contextmanager
def as_words(where: str, error: Callable[[str], DlcliError] = BadData) -> Iterator[None]:
    """What an engine refuses, with where it stands; of a name that is unknown, the nearest one."""
    try:
        yield
    except UnknownName as unknown:
        what, before, this = unknown.what.partition(" before ")
        choices = ", ".join(unknown.choices)
        stand = "stands" if len(unknown.choices) == 1 else "stand"
        known = f"before it {stand} {choices}" if before else f"there are {choices}"
        hint = did_you_mean(unknown.name, unknown.choices, known)
        if unknown.what == "key of a model" and (flag := OF_TRAINING.get(plain(unknown.name))):
            hint = f"it belongs to the training; dlcli train has --{flag}"
        place = f"{where}: layer {unknown.layer}" if unknown.layer else where
        told = f"there is no {what} {unknown.name!r}{before}{this}"
        raise error(printable(f"{place}: {told}: {hint}")) from unknown
    except EngineError as refused:
        raise error(printable(f"{where}: {refused}")) from refused


def layer_word(spec: ModelSpec, name: str, flag: str) -> str:
    """The name of a layer that an option asks for. Raises ``WrongUsage`` with the nearest one."""
    with as_words(f"{flag} {name}", WrongUsage):
        return spec.layer(name).name
