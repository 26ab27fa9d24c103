"""``dlcli seq2seq``: an encoder reads a sequence into a context, a decoder writes another from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import click
import numpy as np

from dlcli.commands.kinds.activation import CellActivationWord
from dlcli.commands.kinds.recurrence.recurrent_facts import reset_after_option, reset_before_option
from dlcli.commands.kinds.recurrence.recurrent_weights import NetFiles, claimed
from dlcli.commands.kinds.recurrence.sequence import each_once, sequence_of, word_place
from dlcli.commands.seq2seq.net import loaded, save, seeded
from dlcli.commands.seq2seq.record import Sampling, Translator, Work
from dlcli.engines.base.checks import Array
from dlcli.engines.recurrent.translation.attention import SIMILARITIES
from dlcli.errors import DlcliError, WrongUsage
from dlcli.runner.command import command as subcommand
from dlcli.runner.inputs import SENTENCES
from dlcli.runner.kinds import Reads, Real, Whole, Word
from dlcli.runner.manual import Manual
from dlcli.runner.moving import Moving
from dlcli.runner.option import option
from dlcli.runner.result import Result, Run, Worker
from dlcli.tensor import Axis, Tensor
from dlcli.wire.typed.sentence import tokens as words_of

CELLS = ("simple", "lstm", "gru")
UNITS = 4
STEPS = 10

#: The headings of its stories.
SECTIONS = (
    "Input", "Course notes", "Formula", "Conventions", "Weights", "Context c[…]", "Draw", "Logarithm",
    "Score of “…”", "Score of …", "Softmax", "Alignment", "Answer", "Beam", "Context", "Decoder", "Encoder",
    "Likeliest words", "Probabilities", "Product", "Result", "Search", "Time", "Notice", "Try next",
)  # fmt: skip

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
        "a[t, j]": "softmax over j of score(s, h[j]), s being s[t−1] for Bahdanau, s[t] for Luong",
        "c[t]": "Σ over j of a[t, j] h[j], with --attention",
        "p(y[t] | …)": "softmax(s[t] V + a)",
        "p(y | c)": "Π p(y[t] | y[0] … y[t−1], c)",
    },
    sometimes={
        "alignment": "a: how much of each state that was read goes into each step that is written, with "
        "--attention (step, read).",
        "contexts": "c[t] = Σ a[t, j] h[j] of each step (step, unit).",
    },
    explains="probabilities, or of log-probabilities, alignment or contexts where --emit asks for these",
    examples=(
        "dlcli seq2seq 'the cat sees a dog' --weights sample:translator",
        "dlcli seq2seq 'the cat sees a dog' --weights sample:translator --explain 3,einen",
        "dlcli seq2seq 'hears woman' --weights sample:translator --beam 3",
        "dlcli seq2seq 'the dog sings' --weights sample:translator --target 'die Hund singt'",
        "dlcli seq2seq 'the cat sat' --attention bahdanau --bidirectional",
        "dlcli seq2seq 'the cat sat' --attention luong-dot --emit alignment --explain 0,cat",
        "dlcli seq2seq 'the cat sees a dog' --weights sample:translator --temperature 1.5 --top-k 5",
        "dlcli seq2seq 'the cat sat' --cell lstm --units 3 --emit context -f csv",
        "dlcli seq2seq 'the cat sat' --save-weights net.npz --layout torch",
        "dlcli seq2seq 'the cat sees a dog' --weights sample:translator -o words.gif",
    ),
    sections=SECTIONS,
)


#: Options by their heading.
net_option = partial(option, under="Net")
word_option = partial(option, under="Words")
decoding_option = partial(option, under="Decoding")


@dataclass(frozen=True)
class NetOptions:
    """Which net: its cells, or the file that it comes from."""

    cell: str | None = net_option(
        "--cell",
        click.Choice(CELLS),
        help="The cell of both sides. [default: gru; with --weights the file's]",
    )
    units: int | None = net_option(
        "--units",
        Whole(),
        help="Numbers of the context, and of every state. [default: 4; with --weights the file's]",
    )
    bidirectional: bool = net_option(
        "--bidirectional",
        help="Let the encoder read from the end, too: the decoder begins with the ends of both readings, and "
        "has twice the units.",
    )
    attention: str | None = net_option(
        "--attention",
        click.Choice(tuple(SIMILARITIES)),
        help="Let each step of the decoder look at all that was read: as Bahdanau has it with its state "
        "before, as Luong has it with its new one, by the product or by weights that are learnt.",
    )
    weights: str | None = net_option(
        "--weights",
        Reads("FILE"),
        help="An .npz or .safetensors file whose names say encoder and decoder, in any layout; "
        "sample:translator is one.",
    )
    activation: str | None = net_option(
        "--activation",
        CellActivationWord(),
        needs="--weights",
        help="That of the cells in a file that does not tell it. [default: tanh]",
    )
    reset_before: bool = reset_before_option(under="Net", needs="--weights")
    reset_after: bool = reset_after_option(under="Net", needs="--weights")


@dataclass(frozen=True)
class Options(NetFiles, NetOptions, Moving):
    """The options of ``dlcli seq2seq``: those of the net first, then those of its files."""

    source_vocabulary: str | None = word_option(
        "--source-vocabulary",
        Word("WORDS"),
        help="All words that the encoder knows, divided by blanks, in their order. [default: the file's, or "
        "the input's]",
    )
    target_vocabulary: str | None = word_option(
        "--target-vocabulary",
        Word("WORDS"),
        help="All words that the decoder can say. [default: the file's, or those of --target, or the "
        "input's]",
    )
    steps: int = decoding_option(
        "--steps",
        Whole(),
        STEPS,
        excludes="--target",
        help="The decoder stops at its end token, or after so many steps.",
    )
    beam: int = decoding_option(
        "--beam",
        Whole("K"),
        1,
        excludes="--target",
        help="Follow the K likeliest sequences side by side; 1 is greedy.",
    )
    temperature: float | None = decoding_option(
        "--temperature",
        Real("T", least=0),
        excludes=("--beam", "--target"),
        help="Draw each token from its probabilities, by --seed: below 1 what is probable becomes more so, "
        "above 1 less; 0 takes the most probable. [default: 1 with --top-k or --top-p]",
    )
    top_k: int | None = decoding_option(
        "--top-k", Whole(), excludes=("--beam", "--target"), help="Draw among the N most probable alone."
    )
    top_p: float | None = decoding_option(
        "--top-p",
        Real("SHARE", above=0, most=1),
        excludes=("--beam", "--target"),
        help="Draw among the fewest that have this share of the probability together.",
    )
    target: str | None = decoding_option(
        "--target",
        Word("WORDS"),
        excludes="--beam",
        help="Have the decoder say these words, and tell how likely they are.",
    )
    time: bool = decoding_option("--time", help="Measure how the decoder's time grows with the length.")


@subcommand("seq2seq", MANUAL, Options, reads=SENTENCES)
def command(run: Run, options: Options) -> Worker:
    """Read a sequence into one context vector, and write another sequence from it, token by token.

    An encoder and a decoder of recurrent cells. Each token is chosen from probabilities given all before it.
    Without --weights they are drawn from --seed, and so is what is said. INPUT is a sentence, a table (a row
    for each step), - for standard input, sample:NAME, or a literal such as '1 0 0'.
    """
    source, target = ((text or "").split() for text in (options.source_vocabulary, options.target_vocabulary))
    net = None
    if options.weights is not None:
        net = loaded(options.weights, run, source, target, _asked(options, run))
        _expect(net, options)
    return partial(translated, run=run, options=options, net=net)


def translated(tensor: Tensor, *, run: Run, options: Options, net: Translator | None) -> Result:
    """One sequence, and what the net makes of it."""
    typed = (options.source_vocabulary or "").split()
    source = net.source if net else each_once(typed, "--source-vocabulary", run.warn)
    sequence = sequence_of(tensor, source)
    if net is None:
        spoken = _spoken(options, sequence.words, tensor, run)
        features = sequence.data.shape[1]
        units = options.units or UNITS
        net = seeded(
            options.cell or "gru", units, features, sequence.words or (), spoken, run,
            bidirectional=options.bidirectional, attention=options.attention,
        )  # fmt: skip
    elif sequence.words is not None and not net.source:
        raise WrongUsage(
            f"--weights {options.weights}: nobody says which words its tokens stand for; give all of them, "
            "in their order, with --source-vocabulary"
        )
    if options.save_weights is not None:
        save(net, claimed(options.save_weights, run), options.layout)
    work = Work(
        tensor,
        sequence,
        net,
        steps=options.steps,
        beam=options.beam,
        target=None if options.target is None else _wanted(options.target, net),
        timed=options.time,
        line=run.line,
        sampling=sampling_of(options, run.seed),
    )
    return Result(_outputs(work), work)


def sampling_of(options: Options, seed: int) -> Sampling | None:
    """How tokens are drawn; None where no option says that they are."""
    if (options.temperature, options.top_k, options.top_p) == (None, None, None):
        return None
    temperature = 1.0 if options.temperature is None else options.temperature
    return Sampling(temperature, options.top_k, options.top_p, seed)


def _outputs(work: Work) -> dict[str, Callable[[], Tensor]]:
    encoded, decoded, unit = work.encoded, work.decoded, Axis("unit")
    last = encoded.last[-1]

    def context() -> Tensor:
        if last.cell is None:
            return Tensor(last.hidden, (unit,), "context")
        both = np.stack([last.hidden, last.cell])
        return Tensor(both, (Axis("state", ("hidden", "cell")), unit), "context")

    def decoder_states() -> Tensor:
        steps = Axis("step", tuple(work.words(decoded.tokens)))
        return Tensor(decoded.states, (steps, unit), "decoder-states")

    made: dict[str, Callable[[], Tensor]] = {
        "probabilities": lambda: work.output,
        "context": context,
        "encoder-states": lambda: Tensor(encoded.states, (work.sequence.time, unit), "encoder-states"),
        "decoder-states": decoder_states,
        "log-probabilities": lambda: Tensor(decoded.log_probabilities, work.output.axes, "log-probabilities"),
    }
    steps = Axis("step", tuple(work.words(decoded.tokens)))
    if (alignment := decoded.alignment) is not None:
        made["alignment"] = lambda: Tensor(alignment, (steps, work.read_axis), "alignment")
    if (contexts := decoded.contexts) is not None:
        made["contexts"] = lambda: Tensor(contexts, (steps, unit), "contexts")
    return made


def _spoken(options: Options, read: tuple[str, ...] | None, tensor: Tensor, run: Run) -> list[str]:
    """The words of a decoder that nobody trained."""
    if options.target_vocabulary is not None:
        words = [*each_once(options.target_vocabulary.split(), "--target-vocabulary", run.warn)]
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


def _asked(options: Options, run: Run) -> dict[str, tuple[str, object]]:
    """What the line says of the cells of a file: by the name of a fact, in which words, what."""
    typed = {
        "--activation": ("activation", f"--activation {options.activation}", options.activation),
        "--reset-before": ("reset_after", "--reset-before", False),
        "--reset-after": ("reset_after", "--reset-after", True),
    }
    return {name: (words, value) for flag, (name, words, value) in typed.items() if flag in run.line}


def _expect(net: Translator, options: Options) -> None:
    """Raise ``WrongUsage`` when the net in a file is another than that which was asked for."""
    cell = net.net.encoder[0].forward
    if options.cell not in (None, cell.kind):
        raise WrongUsage(
            f"--weights {options.weights} has cells '{cell.kind}', --cell asks for '{options.cell}'; "
            "leave it out"
        )
    both = net.net.encoder[0].backward is not None
    if options.bidirectional and not both:
        raise WrongUsage(f"--weights {options.weights} reads in one direction; leave --bidirectional out")
    looks = net.net.attention.kind if net.net.attention else "no"
    if options.attention not in (None, looks):
        raise WrongUsage(
            f"--weights {options.weights} has {looks} attention, --attention asks for '{options.attention}'; "
            "leave it out"
        )
    if options.units not in (None, cell.units):
        raise WrongUsage(
            f"--weights {options.weights} has {cell.units} units, --units asks for {options.units}; "
            "leave it out"
        )
