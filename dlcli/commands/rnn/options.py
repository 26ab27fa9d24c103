"""The options of ``dlcli rnn``, and which of them would do nothing beside others."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from functools import partial
from typing import Any

import click

from dlcli.commands.kinds.activation import CellActivationWord
from dlcli.commands.kinds.recurrence.recurrent_facts import reset_after_option, reset_before_option
from dlcli.commands.kinds.recurrence.recurrent_weights import NetFiles
from dlcli.commands.rnn.cells import LATCH, MATRICES, OF_CELL, OF_LEARNING, OF_ONE_CELL, CellWord, Weight
from dlcli.commands.rnn.targets import LEAST_CLASSES, LOSSES, MOST_CLASSES, NEXT, READ_BY, Classes
from dlcli.engines.recurrent.bidirectional import MERGES
from dlcli.engines.recurrent.cell_activations import SLOPES
from dlcli.engines.recurrent.seeded_cells import CELLS
from dlcli.errors import WrongUsage
from dlcli.runner.kinds import Reads, Real, Whole, Word, Words
from dlcli.runner.moving import Moving
from dlcli.runner.option import option
from dlcli.words.line import Line
from dlcli.words.near import did_you_mean, known_as
from dlcli.words.numeral import plainly

KINDS = (*CELLS, LATCH)

#: Which steps read something, and which give something.
SHAPES = ("one-to-one", "many-to-one", "one-to-many", "many-to-many")

#: What a file of weights has decided already.
IN_FILE = ("--forget-bias", "--update-bias")


class CellName(Words):
    """``KIND``, ``leaky:ALPHA``, ``KIND+D``."""

    name = "KIND[:ALPHA][+D]"
    words = KINDS

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> CellWord:
        """The parts of the word."""
        if isinstance(value, CellWord):
            return value
        head, plus, skip = str(value).partition("+")
        kind, colon, alpha = plainly(known_as(head, KINDS)).partition(":")
        if kind not in KINDS:
            near = did_you_mean(kind, KINDS)
            hint = f": {near}" if near else f"; try one of {', '.join(KINDS)}"
            self.fail(f"no cell is called {kind!r}{hint}", param, ctx)
        if plus and not (skip.isdecimal() and int(skip)):
            self.fail(
                f"{value!r}: after + stands the number of steps of a skip connection, such as +5", param, ctx
            )
        if plus and kind == LATCH:
            self.fail(f"{value!r}: a latch has no skip connection; try --cell {LATCH}", param, ctx)
        if colon and (kind != "leaky" or not _is_share(alpha)):
            self.fail(f"{value!r}: after leaky: stands its alpha, from 0 to 1, such as leaky:0.9", param, ctx)
        return CellWord(kind, float(alpha) if alpha else None, int(skip or 0))


class ClassesWord(Words):
    """``N``, or the words of all classes in the order of the outputs."""

    name = "N|WORDS"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Classes:
        """A number, or at least two different words."""
        if not isinstance(value, str):
            made: Classes = value
            return made
        if value.strip().isdecimal():
            count = int(value)
            if not LEAST_CLASSES <= count <= MOST_CLASSES:
                self.fail(f"{value!r} is not a number from {LEAST_CLASSES} to {MOST_CLASSES}", param, ctx)
            return count
        from dlcli.wire.typed.sentence import tokens

        words = tuple(tokens(value))
        double = next((word for word in words if words.count(word) > 1), None)
        if double is not None:
            self.fail(f"{value!r}: {double!r} is one class, and stands more than once", param, ctx)
        if len(words) < LEAST_CLASSES:
            self.fail(
                f"{value!r}: there are at least {LEAST_CLASSES} classes, such as 3 or 'no yes'", param, ctx
            )
        return words


class WeightWord(Words):
    """``U``, ``W`` or ``S``, or one entry of it: ``U[0,1]``."""

    name = "U[I,J]"
    words = tuple(MATRICES)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Weight:
        """The letter, and row and column behind it."""
        if isinstance(value, Weight):
            return value
        found = re.fullmatch(r"([a-zA-Z])(?:\[\s*(\d+)\s*,\s*(\d+)\s*\])?", str(value).strip())
        if found is None or found[1].upper() not in MATRICES:
            letters = ", ".join(MATRICES)
            self.fail(
                f"{value!r} is none of {letters}, nor one entry of them by row and column, such as U[0,1]",
                param,
                ctx,
            )
        entry = None if found[2] is None else (int(found[2]), int(found[3]))
        return Weight(found[1].upper(), entry)


class Lengths(Words):
    """Whole numbers from 1 on, one for each input."""

    name = "N[,N...]"
    between = ","

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """The numbers; blanks may divide them, too."""
        if isinstance(value, tuple):
            return value
        words = str(value).replace(",", " ").split()
        if not words or not all(word.isdecimal() and int(word) for word in words):
            self.fail(f"{value!r}: lengths are whole numbers from 1 on, such as 4 or 4,2", param, ctx)
        return tuple(map(int, words))


def _is_share(text: str) -> bool:
    try:
        return 0 <= float(text) <= 1
    except ValueError:
        return False


#: Options by their heading.
net_option = partial(option, under="Net")
sequence_option = partial(option, under="Sequence")
gradient_option = partial(option, under="Back through time")
learning_option = partial(option, under="Learning")


@dataclass(frozen=True)
class NetOptions:
    """Which net reads which sequence."""

    cell: tuple[CellWord, ...] = net_option(
        "--cell",
        CellName(),
        many=True,
        help="simple, leaky, lstm, gru or latch; leaky:0.95 sets its alpha, simple+5 adds a skip connection "
        "of 5 steps. Several are compared. [default: simple]",
    )
    units: int | None = net_option(
        "--units",
        Whole(),
        help="Numbers that each step hands on. [default: 2]",
    )
    layers: int = net_option(
        "--layers",
        Whole(most=1000),
        1,
        help="Layers over each other: the states of one are the inputs of the next.",
    )
    bidirectional: bool = net_option("--bidirectional", help="Read the sequence from its end, too.")
    merge: str = net_option(
        "--merge",
        click.Choice(tuple(MERGES)),
        "concat",
        needs=("--bidirectional", "--weights"),
        help="How the states of both directions become one.",
    )
    skip: int | None = net_option(
        "--skip",
        Whole("D"),
        help="Let each step also hear of the state D steps before it.",
    )
    alpha: float = net_option(
        "--alpha",
        Real("A", least=0, most=1),
        0.9,
        help="How much of its old value a leaky unit keeps: 0 is no memory, 1 is constant.",
    )
    activation: str | None = net_option(
        "--activation",
        CellActivationWord(),
        help=f"In place of tanh: {', '.join(SLOPES)}; leaky-relu:A, elu:A and hard-sigmoid:A with a number "
        "of their own. [default: tanh; linear for leaky units]",
    )
    recurrent_activation: str | None = net_option(
        "--recurrent-activation",
        CellActivationWord(),
        help="What opens and shuts the gates of an LSTM or a GRU, as Keras' recurrent_activation. [default: "
        "sigmoid]",
    )
    reset_before: bool = reset_before_option(under="Net")
    reset_after: bool = reset_after_option(under="Net")
    forget_bias: float = net_option(
        "--forget-bias",
        Real("B"),
        1.0,
        help="Where an LSTM's forget gates begin: 1 as in Keras; at 5 they keep nearly everything.",
    )
    update_bias: float = net_option(
        "--update-bias",
        Real("B"),
        0.0,
        help="Where a GRU's update gates begin: at 0 they keep a half a step; at 5 nearly everything.",
    )
    shape: str | None = sequence_option(
        "--shape",
        click.Choice(SHAPES),
        help="Which steps read and which are read out; draws it. [default: many-to-many, not drawn]",
    )
    vocabulary: str | None = sequence_option(
        "--vocabulary",
        Word("WORDS"),
        help="All words there are, in the order of their features. [default: those of the sentence]",
    )
    standardize: bool = sequence_option(
        "--standardize",
        help="Take the mean off each feature and divide it by its deviation.",
    )
    go_backwards: bool = sequence_option(
        "--go-backwards",
        excludes="--bidirectional",
        help="Read the sequence from its end alone, as Keras' go_backwards; results, --targets and what "
        "comes next are in the order of reading.",
    )
    initial_state: str | None = sequence_option(
        "--initial-state",
        Reads("FILE|ROWS"),
        excludes="--skip",
        help="What the net begins with in place of zeros: h of each layer and direction in a row, the lowest "
        "first, below them c of an LSTM; --emit final-states gives such a table.",
    )
    stateful: bool = sequence_option(
        "--stateful",
        excludes=("--bidirectional", "--standardize", "--skip", "--step", "--go-backwards"),
        help="Begin each input with the states at the end of the one before, as Keras' stateful.",
    )
    mask: str | None = sequence_option(
        "--mask",
        Reads("FILE|ROWS"),
        excludes=("--standardize", "--skip", "--without-memory"),
        help="1 for each step that is read and 0 for those that are not: these hand on the state that they "
        "were given, and have no loss.",
    )
    lengths: tuple[int, ...] | None = sequence_option(
        "--lengths",
        Lengths(),
        excludes=("--mask", "--standardize", "--skip", "--without-memory"),
        help="How many steps of each input are read, one number for each; those behind them are padding, as "
        "if masked.",
    )
    without_memory: bool = sequence_option(
        "--without-memory",
        excludes="--bidirectional",
        help="Beside each state show that of two nets without memory, one that adds its inputs up and one "
        "whose feedback is cut, and what all three make of the steps in other orders.",
    )
    weights: str | None = option(
        "--weights",
        Reads("FILE"),
        under="Weights",
        help="Weights as Keras, PyTorch or ONNX name them, in .npz or .safetensors, in place of seeded ones.",
    )


@dataclass(frozen=True)
class Options(NetFiles, NetOptions, Moving):
    """The options of ``dlcli rnn``: those of the net first, then those of its files."""

    bptt: bool = gradient_option(
        "--bptt",
        help="Tell of the losses and of the gradient's way back, path by path.",
    )
    targets: str = gradient_option(
        "--targets",
        Reads("FILE|ROWS|WORDS"),
        NEXT,
        help="What each step should give: rows, words, a file; next: the input that follows.",
    )
    loss: str | None = gradient_option(
        "--loss",
        click.Choice(LOSSES),
        help="½ Σ (y − target)²; −log p(target) of one class among several; or that of outputs that are each "
        "true or not, −Σ (target log p + (1 − target) log(1 − p)). [default: cross-entropy for words, else "
        "squared]",
    )
    readout_activation: str | None = gradient_option(
        "--readout-activation",
        click.Choice(tuple(READ_BY)),
        help="Make probabilities of the outputs: of all of them together, or of each by itself; the loss is "
        "then a cross entropy, or a binary one. [default: what goes with the loss]",
    )
    classes: int | tuple[str, ...] | None = gradient_option(
        "--classes",
        ClassesWord(),
        needs="--targets",
        excludes=("--loss squared", "--loss binary-cross-entropy", "--readout-activation sigmoid"),
        help="How many classes a cross entropy has, or their words in order. [default: those of --targets]",
    )
    truncate: int | None = gradient_option(
        "--truncate",
        Whole("K"),
        needs=("--bptt", "--step", "--emit gradients", "--emit weight-gradients", "--emit paths"),
        help="Let each loss reach back over K steps, its own one among them, and no farther.",
    )
    paths_of: Weight | None = gradient_option(  # noqa: RUF009 (a field)
        "--paths-of",
        WeightWord(),
        needs=("--bptt", "--step", "--emit weight-gradients", "--emit paths"),
        help="The weight whose gradient is told path by path, or emitted alone: U of the state before, W of "
        "the input, S of a skip connection; U[0,1] is the entry in row 0, column 1: its signed terms, and "
        "with --step its step. [default: the steepest entry of U; of W for leaky units]",
    )
    clip: float | None = gradient_option(
        "--clip",
        Real("NORM", above=0),
        needs=("--bptt", "--step", "--emit weight-gradients"),
        help="Shorten the gradient of all weights together to this norm; with --step, before each step.",
    )
    step: float | None = learning_option(
        "--step",
        Real("LR", above=0),
        help="Let every weight go a step against its gradient, W − LR · dL/dW, and show it. All results are "
        "then those of the net after it.",
    )
    times: int | None = learning_option(
        "--times",
        Whole(),
        needs="--step",
        help="Go N such steps, and draw the losses; several cells learn beside each other. [default: 1]",
    )
    check: bool = learning_option(
        "--check",
        help="Compare the gradient of some weights of each array with what the loss does when they are "
        "moved.",
    )


def loss_of(options: Options) -> str | None:
    """The loss that was asked for, be it by what makes probabilities of the outputs; None where none was."""
    return options.loss or READ_BY.get(options.readout_activation or "")


def refuse_idle(options: Options, line: Line, emit: str | None = None) -> None:
    """Raise ``WrongUsage`` for an option that was typed and would do nothing for these cells or a file."""
    cells = options.cell or (CellWord(),)
    kinds = {cell.kind for cell in cells}
    read_by = options.readout_activation
    if read_by is not None and options.loss not in (None, READ_BY[read_by]):
        raise WrongUsage(
            f"--readout-activation {read_by} goes with --loss {READ_BY[read_by]}, not with {options.loss}: "
            "leave one of them out"
        )
    told = options.bptt or emit in ("weight-gradients", "paths")
    if options.paths_of is not None and "--paths-of" in line and options.step is not None and not told:
        if options.paths_of.entry is None:
            raise WrongUsage(
                f"--paths-of {options.paths_of} with --step: name an entry whose step is told, such as "
                f"{options.paths_of}[0,1], or add --bptt"
            )
        if (options.times or 1) > 1:
            raise WrongUsage(
                f"--paths-of {options.paths_of} tells the step of its entry, and of many steps none is told: "
                "leave --times out, or add --bptt"
            )
    if len(cells) > 1 and LATCH in kinds:
        raise WrongUsage("a latch has no weights to compare; give it a --cell of its own")
    for flag in sorted(f"--{field.name.replace('_', '-')}" for field in fields(options)):
        if flag not in line:
            continue
        if LATCH in kinds and flag != "--cell":
            raise WrongUsage(f"{flag}: a latch has two signals and nothing to learn; leave {flag} out")
        if options.weights and flag in IN_FILE:
            raise WrongUsage(f"{flag} is decided by the file of --weights; leave {flag} out")
        learns = options.step is not None and flag in OF_LEARNING
        if len(cells) > 1 and flag in OF_ONE_CELL and emit not in OF_ONE_CELL[flag] and not learns:
            also = "".join(f", or add --emit {name}" for name in OF_ONE_CELL[flag][:1])
            raise WrongUsage(f"{flag} changes nothing of how several cells are compared: leave it out{also}")
        wanted = OF_CELL.get(flag, ())
        if wanted and not options.weights and not kinds & {*wanted}:
            adds = " or ".join(f"--cell {kind}" for kind in wanted)
            raise WrongUsage(f"{flag} is for another cell: add {adds}, or leave {flag} out")
        said = [str(cell) for cell in cells if cell.says(flag)]
        if said and not any(cell.heeds(flag) for cell in cells):
            says = "says" if len(said) == 1 else "say"
            raise WrongUsage(f"{flag}: {' and '.join(said)} {says} it already; leave one of them out")
