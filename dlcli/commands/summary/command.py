"""``dlcli summary``: a model layer by layer, and as code."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, fields
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from dlcli.commands.kinds.nets.model import as_words, no_weights, read_model
from dlcli.commands.kinds.nets.net_convert import SUFFIXES, NetConvert, NetReading, save_net
from dlcli.commands.kinds.nets.net_file import read_net_file
from dlcli.commands.summary.record import Work
from dlcli.errors import DlcliError, WrongUsage, printable
from dlcli.nets.builtin import ABOUT, BUILTIN
from dlcli.nets.layers.activation import NAMES
from dlcli.nets.layers.base import Shape
from dlcli.nets.layers.kinds import KINDS
from dlcli.nets.spec import KEY_WORDS, ModelSpec
from dlcli.runner.command import command as subcommand
from dlcli.runner.kinds import Whole, Words
from dlcli.runner.manual import Manual
from dlcli.runner.option import argument, option
from dlcli.runner.result import Catalogue, Result, Run
from dlcli.words.near import known_as

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

#: How a file begins that holds arrays: .npz, .npy.
ARRAYS = (b"PK\x03\x04", b"PK\x05\x06", b"\x93NUMPY")


def attributes() -> Iterator[tuple[str, str]]:
    """Each kind of layer with its attributes and their defaults, and what it is."""
    for word, kind in KINDS.items():
        told = [
            one.name if one.default is MISSING else f"{one.name}={_default(one.default)}"
            for one in sorted(fields(kind), key=lambda one: one.default is not MISSING)
        ]
        about = re.sub(r"\s+", " ", (kind.__doc__ or "").split("\n\n")[0]).replace("``", "")
        yield word, f"{about} Takes {', '.join(told)}." if told else about
    yield "relu, tanh, …", f"An activation as a layer of its own: {', '.join(NAMES)}."


def _default(value: Any) -> str:
    """A default as a model file says it; of what is left to another, nothing."""
    if value is None or value == "":
        return "…"
    return f"{value:.4g}" if isinstance(value, float) else str(value).lower()


#: The headings of its stories.
SECTIONS = (
    "Layer", "Model", "Trained", "Attributes", "Memory", "Output", "Parameters", "Receptive field", "Work",
    "Layers", "Models", "Net", "Total", "What they are", "Notice", "Try next",
)  # fmt: skip

MANUAL = Manual(
    emits={
        "layers": "The counts (layer, measure): parameters, those of them that are trained, multiply-adds, "
        "the numbers and bytes of the output for one input, rows and columns of the input that one cell sees "
        "(of a sequence steps, and 1)."
    },
    formulas={
        "conv parameters": "(rows·columns·channels + 1)·filters",
        "dense parameters": "(features + 1)·units",
        "lstm parameters": "4·(features + units + 1)·units; gru 3·(features + units + 2)·units",
        "attention parameters": "4·(features + 1)·features",
        "conv multiply-adds": "height·width·filters·(rows·columns·channels)",
        "receptive field": "that below + (window − 1)·cells from one to the next",
    },
    tables={
        "Models by name": ABOUT,
        "Kinds of layers": dict(attributes()),
        "A model file": {
            "input = [28, 28, 1]": "Height, width and channels of one input; or [time, features], "
            "[features], or [time] of words by their numbers, before an embedding.",
            "[[layer]]": "Begins a layer; each has one of these, in the order of the net.",
            'kind = "conv"': "What it is: one of the kinds of layers.",
            'name = "edges"': "What it is called; left out, as Keras would call it: conv2d, conv2d_1, dense.",
            "filters = 8": "Its attributes, under the names that Keras has for them.",
            'padding = "same"': "The frame around what windows slide over: none (valid), one that keeps the "
            "size (same), one in which each window holds at least one cell (full), or 1 for a cell on each "
            "side. Of conv-transpose valid or same.",
            'activation = "relu"': "What is done to its output, where it has this attribute.",
        },
        "Keys of a model file": KEY_WORDS,
    },
    texts={"keras": "the model as code for Keras 3", "torch": "for PyTorch"},
    examples=(
        "dlcli summary cnn",
        "dlcli summary cnn --explain conv2d_1 --explain dense",
        "dlcli summary small-cnn -f torch",
        "dlcli summary image-classifier --input 64,64,3 --classes 10 -f keras -o classifier.py",
        "dlcli summary cnn mlp --input 32,32,3",
        "dlcli summary conv-autoencoder -f csv",
        "dlcli summary sample:digits-cnn --save-weights digits.onnx",
        "dlcli summary sample:digits-cnn --save-weights torch.safetensors --layout torch",
    ),
    sections=SECTIONS,
)  # fmt: skip


class ModelWord(Words):
    """A model's name, a TOML file that describes one, or the file of a trained net."""

    file = "read"
    name = "MODEL"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word, a name in small letters; a file of that name comes first."""
        return str(value) if os.path.lexists(value) else known_as(str(value), (*BUILTIN, "sample"))

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The names; files when none begins so."""
        from click.shell_completion import CompletionItem

        names = [CompletionItem(name, help=ABOUT[name]) for name in BUILTIN if name.startswith(incomplete)]
        return names or [CompletionItem(incomplete, type="file")]


class LayerWord(Words):
    """The name of a layer, or its number; which there are depends on the model."""

    name = "LAYER"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """The cell that the word names."""
        return value if isinstance(value, tuple) else (str(value).strip(),)


class InputShape(Words):
    """The shape of one input: H,W,C of a picture, or how many features there are."""

    name = "H,W,C|N"
    between = ","

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Shape:
        """The lengths."""
        if isinstance(value, tuple):
            return value
        words = re.split(r"\s*[,x×]\s*|\s+", str(value).strip().strip("()[]"))
        wanted = "height, width and channels of a picture, such as 28,28,1, or a number of features"
        if not all(re.fullmatch(r"[0-9]{1,18}", word) and int(word) for word in words):
            self.fail(f"{value!r} is not {wanted}", param, ctx)
        if len(words) == 2:
            self.fail(f"{value!r} has no channels: try {words[0]},{words[1]},1 for gray pictures", param, ctx)
        if len(words) not in (1, 3):
            self.fail(f"{value!r} is not {wanted}", param, ctx)
        return tuple(map(int, words))


@dataclass(frozen=True)
class Options(NetConvert, NetReading):
    """What ``dlcli summary`` takes; ``--explain`` is the shared one, whose cells are layers."""

    words: tuple[str, ...] = argument(ModelWord(), metavar="[MODEL]...", many=True)
    input: Shape | None = option(
        "--input", InputShape(), under="Model", help="Shape of one input, where the model leaves that open."
    )
    classes: int | None = option(
        "--classes",
        Whole(),
        under="Model",
        help="Number of classes, where the model leaves that open.",
    )
    batch: int = option(
        "--batch", Whole(), 32, under="Model", help="Inputs that pass at once, for the memory of activations."
    )
    explain: tuple[tuple[str, ...], ...] = option(
        "--explain",
        LayerWord(),
        many=True,
        under="Story",
        metavar="LAYER",
        help="Show how shape, parameters, multiply-adds, memory and receptive field of LAYER (its name, or "
        "its number from 0) come about. Repeatable.",
    )


@subcommand("summary", MANUAL, Options, reads=None)
def command(run: Run, options: Options) -> Catalogue:
    """Tell of a net, layer by layer: shapes, parameters, multiply-adds, memory, and what a number sees.

    MODEL is a name (without one all of them are listed), a TOML file, or a file of weights that train wrote,
    which holds its model, as an ONNX file does. --save-weights writes these weights for Keras, PyTorch or an
    ONNX runtime. Shapes are in the order of Keras, (height, width, channel) or (feature,), and
    layers without a name are called as there. Nothing is computed but counts: a net may be far larger than
    the memory.
    """
    if options.save_weights is not None and len(options.words) != 1:
        raise WrongUsage("--save-weights saves the weights of one net: name the file that holds them")
    works = [_work(word, run, options) for word in options.words or BUILTIN]
    return Catalogue(
        [_entry(work, options.flatten) for work in works],
        None if len(works) == 1 else tuple(works),
        ["layers"] if len(works) == 1 else [_key(place, work) for place, work in enumerate(works)],
    )


def _key(place: int, work: Work) -> str:
    """Under which name one of several is kept in a file."""
    return work.word if work.word in BUILTIN else f"{work.spec.name}-{place}"


def _work(word: str, run: Run, options: Options) -> Work:
    """The model of a word, where the options fit it."""
    named = word in BUILTIN and not os.path.lexists(word)
    if not named and (word.lower().endswith(SUFFIXES) or holds_arrays(word)):
        model = (
            None
            if options.model is None
            else read_model(options.model, run, input=options.input, classes=options.classes)
        )
        file = read_net_file(word, run, model, options.flatten)
        if model is None:
            _refuse(word, options, "the net of a file keeps its shape")
        if options.save_weights is not None:
            facts = {"classes": list(file.classes)}
            save_net(
                options.save_weights,
                file.spec,
                file.weights,
                options.layout,
                flatten=options.flatten,
                facts=facts,
            )
        return Work(word, file.spec, options.batch, facts=file.facts, line=run.line)
    spec = read_model(word, run, input=options.input, classes=options.classes)
    if options.model is not None:
        raise WrongUsage(
            f"--model is for files of weights; {printable(word)} is a model itself: leave it out"
        )
    if options.save_weights is not None:
        raise WrongUsage(f"--save-weights: {no_weights(word)}")
    if options.words:
        _check_taken(word, spec, options, run)
    return Work(word, spec, options.batch, about=ABOUT[word] if named else "", line=run.line)


def holds_arrays(word: str) -> bool:
    """Whether a word names a file of arrays rather than a model's description; only its head is read."""
    path = word
    if not os.path.lexists(word) and word.startswith("sample:"):
        from dlcli.wire.samples import known_sample

        path = str(known_sample(word.removeprefix("sample:")))
    if not os.path.isfile(path):  # nothing is taken out of a pipe
        return False
    try:
        with open(path, "rb") as file:
            head = file.read(9)
    except OSError:
        return False
    # A .safetensors file begins with a length of eight bytes, then the brace of its JSON.
    return head.startswith(ARRAYS) or (len(head) == 9 and head[8:] == b"{" and b"\0" in head[:8])


def _refuse(word: str, options: Options, why: str) -> None:
    """Raise where the shape or the classes were asked for, and cannot be."""
    for flag, value in (("--input", options.input), ("--classes", options.classes)):
        if value is not None:
            raise WrongUsage(f"{flag} has no place beside {printable(word)}: {why}; leave {flag} out")


def _check_taken(word: str, spec: ModelSpec, options: Options, run: Run) -> None:
    """Raise where the model has a shape of its own, or no classes: what was asked for would be unheard."""
    if options.input is not None and spec.input != options.input:
        told = ",".join(map(str, spec.input))
        raise WrongUsage(
            f"{printable(word)} says its input itself, {told}: leave --input out, or change the file"
        )
    if options.classes is None:
        return
    try:
        other = read_model(word, run, input=options.input, classes=options.classes + 1)
    except DlcliError:  # as many classes matter
        return
    if spec == other:
        why = "its output is its input" if spec.target == "input" else 'no layer of it has units = "classes"'
        raise WrongUsage(f"--classes has no place beside {printable(word)}: {why}; leave --classes out")


def _entry(work: Work, flatten: str | None) -> Callable[[], Result]:
    return lambda: Result(
        {"layers": lambda: work.output},
        work,
        explained=lambda: work.explained,
        texts={library: partial(_code, work, library, flatten) for library in MANUAL.texts},
    )


def _code(work: Work, library: str, flatten: str | None) -> str:
    """The model as code. Raises ``BadData`` for a layer that the library does not have."""
    from dlcli.commands.summary.code import keras_code, torch_code

    with as_words(printable(work.word)):
        if library == "keras":
            return keras_code(work.spec)
        return torch_code(work.spec, channels_first=flatten == "channels-first")
