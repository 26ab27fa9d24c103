"""``dlcli seq2seq``: an encoder reads a sequence into a context, a decoder writes another from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import click
import numpy as np

from dlcli.commands.kinds.recurrent_weights import claimed
from dlcli.commands.kinds.sequence import sequence_of, word_place
from dlcli.commands.seq2seq.net import Translator, loaded, save, seeded
from dlcli.commands.seq2seq.record import Translation
from dlcli.engines.base.checks import Array
from dlcli.engines.recurrent.layouts.read import LAYOUTS
from dlcli.errors import DlcliError, WrongUsage
from dlcli.runner.command import command as subcommand
from dlcli.runner.inputs import SENTENCES
from dlcli.runner.manual import Manual
from dlcli.runner.result import Result, Run, Worker
from dlcli.tensor import Tensor
from dlcli.wire.sentence import tokens as words_of

CELLS = ("simple", "lstm", "gru")
UNITS = 4
STEPS = 10

MANUAL = Manual(
    emits={
        "probabilities": "p(y[t] | y[0] … y[t−1], c) of every token at every step (step, token).",
        "context": "c = h[T], the encoder's last state (unit); of an LSTM its cell state, too.",
        "encoder-states": "h at every step of the encoder (time, unit).",
        "decoder-states": "s at every step of the decoder (step, unit).",
        "log-probabilities": "Their natural logarithms, exact where a probability is too small for a float.",
    },
    formulas={
        "h[t]": "f(x[t], h[t−1])",
        "c": "h[T]",
        "s[t]": "g(y[t−1], s[t−1]),  s[−1] = c",
        "p(y[t] | …)": "softmax(s[t] V + a)",
        "p(y | c)": "Π p(y[t] | y[0] … y[t−1], c)",
    },
    groups={
        "Net": ("cell", "units", "weights", "save_weights", "layout"),
        "Words": ("source_vocabulary", "target_vocabulary"),
        "Decoding": ("steps", "beam", "target", "time"),
    },
    explains="probabilities, or of log-probabilities where --emit asks for these",
    examples=(
        "dlcli seq2seq 'the cat sees a dog' --weights sample:translator",
        "dlcli seq2seq 'the cat sees a dog' --weights sample:translator --explain 3,einen",
        "dlcli seq2seq 'hears woman' --weights sample:translator --beam 3",
        "dlcli seq2seq 'the dog sings' --weights sample:translator --target 'die Hund singt'",
        "dlcli seq2seq 'the cat sat' --cell lstm --units 3 --emit context -f csv",
        "dlcli seq2seq 'the cat sat' --save-weights net.npz --layout torch",
    ),
)


@dataclass(frozen=True)
class Options:
    """The options of one run, as they were typed."""

    cell: str | None
    units: int | None
    weights: str | None
    save_weights: str | None
    layout: str
    source_vocabulary: str | None
    target_vocabulary: str | None
    steps: int
    beam: int
    target: str | None
    time: bool


@subcommand("seq2seq", MANUAL, reads=SENTENCES)
@click.option(
    "--cell",
    type=click.Choice(CELLS),
    help="The cell of both sides. [default: gru; with --weights the file's]",
)
@click.option(
    "--units",
    type=click.IntRange(min=1),
    metavar="N",
    help="Numbers of the context, and of every state. [default: 4; with --weights the file's]",
)
@click.option(
    "--weights",
    metavar="FILE",
    help="An .npz or .safetensors file whose names say encoder and decoder, in any layout; sample:translator "
    "is one.",
)
@click.option("--save-weights", metavar="FILE", help="Write the weights, as .npz or .safetensors.")
@click.option(
    "--layout",
    type=click.Choice(tuple(LAYOUTS)),
    default="keras",
    show_default=True,
    help="Whose names and order --save-weights gives them.",
)
@click.option(
    "--source-vocabulary",
    metavar="WORDS",
    help="All words that the encoder knows, divided by blanks, in their order. [default: the file's, or the "
    "input's]",
)
@click.option(
    "--target-vocabulary",
    metavar="WORDS",
    help="All words that the decoder can say. [default: the file's, or those of --target, or the input's]",
)
@click.option(
    "--steps",
    type=click.IntRange(min=1),
    default=STEPS,
    show_default=True,
    metavar="N",
    help="The decoder stops at its end token, or after so many steps.",
)
@click.option(
    "--beam",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="K",
    help="Follow the K likeliest sequences side by side; 1 is greedy.",
)
@click.option(
    "--target",
    metavar="WORDS",
    help="Have the decoder say these words, and tell how likely they are.",
)
@click.option("--time", is_flag=True, help="Measure how the decoder's time grows with the length.")
def command(run: Run, **values: object) -> Worker:
    """Read a sequence into one context vector, and write another sequence from it, token by token.

    An encoder and a decoder of recurrent cells. Each token is chosen from probabilities given all before it.
    Without --weights they are drawn from --seed, and so is what is said. INPUT is a sentence, a table (a row
    for each step), - for standard input, sample:NAME, or a literal such as '1 0 0'.
    """
    options = Options(**values)  # type: ignore[arg-type]
    if options.beam > 1 and options.target is not None:
        raise WrongUsage("--target says what the decoder says, --beam lets it search; give one of them")
    source, target = ((text or "").split() for text in (options.source_vocabulary, options.target_vocabulary))
    net = None
    if options.weights is not None:
        net = loaded(options.weights, run, source, target)
        _expect(net, options)
    return partial(translated, run=run, options=options, net=net)


def translated(tensor: Tensor, *, run: Run, options: Options, net: Translator | None) -> Result:
    """One sequence, and what the net makes of it."""
    source = net.source if net else tuple((options.source_vocabulary or "").split())
    sequence = sequence_of(tensor, source)
    if net is None:
        spoken = _spoken(options, sequence.words, tensor)
        features = sequence.data.shape[1]
        units = options.units or UNITS
        net = seeded(options.cell or "gru", units, features, sequence.words or (), spoken, run)
    elif sequence.words is not None and not net.source:
        raise WrongUsage(
            f"--weights {options.weights}: nobody says which words its tokens stand for; give all of them, "
            "in their order, with --source-vocabulary"
        )
    if options.save_weights is not None:
        save(net, claimed(options.save_weights, run), options.layout)
    wanted = None if options.target is None else _wanted(options.target, net)
    work = Translation(tensor, sequence, net, options.steps, options.beam, wanted, options.time)
    return Result(work.results(), work)


def _spoken(options: Options, read: tuple[str, ...] | None, tensor: Tensor) -> list[str]:
    """The words of a decoder that nobody trained."""
    if options.target_vocabulary is not None:
        words = options.target_vocabulary.split()
    elif options.target is not None:
        words = words_of(options.target)
    elif read is not None:
        words = list(read)
    else:
        raise WrongUsage(
            f"which words can the decoder say? {tensor.describe()} has none: give --target-vocabulary, "
            "such as 'up down', or --weights"
        )
    if not words:
        raise WrongUsage("the decoder needs a word to say; --target or --target-vocabulary has none")
    return words


def _wanted(text: str, net: Translator) -> Array:
    """The tokens of ``--target``, the one that ends it among them."""
    words = text.split() if all(word in net.target for word in text.split()) else words_of(text)
    if not words:
        raise WrongUsage("--target has no word in it; try 'die Katze'")
    try:
        tokens = [word_place(word, net.target) for word in words]
    except DlcliError as error:
        raise WrongUsage(f"--target: {error}") from error
    end = net.net.end
    return np.array(tokens if end is None or tokens[-1] == end else [*tokens, end])


def _expect(net: Translator, options: Options) -> None:
    """Raise ``WrongUsage`` when the net in a file is another than that which was asked for."""
    cell = net.net.encoder[0].forward
    if options.cell not in (None, cell.kind):
        raise WrongUsage(
            f"--weights {options.weights} has cells '{cell.kind}', --cell asks for '{options.cell}'; "
            "leave it away"
        )
    if options.units not in (None, cell.units):
        raise WrongUsage(
            f"--weights {options.weights} has {cell.units} units, --units asks for {options.units}; "
            "leave it away"
        )
