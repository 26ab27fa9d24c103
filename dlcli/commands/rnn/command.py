"""``dlcli rnn``: a sequence step by step through a net that remembers, and the gradient's way back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from dlcli.commands.kinds.one_tensor import Read, one_tensor
from dlcli.commands.kinds.recurrence.recurrent_facts import expect_facts
from dlcli.commands.kinds.recurrence.recurrent_weights import (
    Loaded,
    claimed,
    expect_kind,
    load_net,
    save_net,
    weight_file,
)
from dlcli.commands.kinds.recurrence.sequence import Sequence, from_the_end, sequence_of, vocabulary_of
from dlcli.commands.kinds.sounds.blocks import say_alone
from dlcli.commands.rnn.cells import LATCH, MATRICES, CellWord, Weight, letters
from dlcli.commands.rnn.first_states import States, first_states
from dlcli.commands.rnn.masks import expect_lengths, given_mask, of_read_steps, padded
from dlcli.commands.rnn.options import Options, loss_of, refuse_idle
from dlcli.commands.rnn.record import HANDED, LAST_ONLY, Learning, Work
from dlcli.commands.rnn.results import compared, latched, results, several
from dlcli.commands.rnn.targets import LEAST_CLASSES, NEXT, Targets, given_targets, next_targets
from dlcli.engines.base.central_differences import verdict
from dlcli.engines.recurrent.bidirectional import Layer
from dlcli.engines.recurrent.cell import Cell
from dlcli.engines.recurrent.descent import Exploded, gradient_descent
from dlcli.engines.recurrent.layouts.read import LAYOUTS
from dlcli.engines.recurrent.seeded_cells import seeded_readout
from dlcli.engines.recurrent.seeded_layers import UNITS, seeded_layers
from dlcli.errors import BadData, DlcliError, WrongUsage
from dlcli.runner.command import command as subcommand
from dlcli.runner.environment import Environment
from dlcli.runner.inputs import SENTENCES, Block, tensors, tensors_or_sentences
from dlcli.runner.manual import Manual
from dlcli.runner.result import Each, Result, Run, Worker
from dlcli.tensor import Array, Axis, Tensor
from dlcli.wire.stream import Limits
from dlcli.words.number import counted, number

#: The headings of its stories.
SECTIONS = (
    "Input", "Both directions", "Course notes", "Course notes on the step", "Formula", "GRU", "Gated latch",
    "LSTM", "Leaky unit", "Learning", "Simple cell", "Unrolled", "Without memory", "Cells", "Conventions",
    "First states", "Layers", "Output weights", "Truth table", "Weights", "Arithmetic", "Candidate …",
    "Forget gate …", "Gradient dL/dh…", "Gradient dL/d…", "Gradients", "Input gate …", "Inputs added up",
    "Loss L[…]", "Output gate …", "Output y[…]", "Recalled …", "Reset gate …", "Sigmoid", "Softmax",
    "State", "State …", "Step", "Term", "Update gate …", "Way back", "By distance", "Chain",
    "Course notes on the chain", "Final states", "Gradient", "Gradient left", "How far back",
    "How they fall", "Loss", "Orders", "Paths", "Q", "Result", "Signals", "States", "Steps",
    "The same in an LSTM", "Σ of losses", "Notice", "Try next",
)  # fmt: skip

MANUAL = Manual(
    emits={
        "states": "h at every step, of the highest layer (time, unit).",
        "outputs": "y = h V + b_y at every step, or at the last with --shape many-to-one (time, output).",
        "gradients": "dL/dh at every step, all later losses counted in, of both directions (time, unit).",
        "loss": "The loss of each step, NaN where it has no target (time); with --times, Σ L before the "
        "first step of learning and after each (step).",
        "weight-gradients": "dL/dW of every weight, b, V and b_y among them, by Keras' names, truncated and "
        "clipped as asked; several tensors. With --paths-of, that of the highest layer's forward cell alone "
        "(unit, gate), or that of one entry.",
        "paths": "Norms of the terms of that dL/dU: from a loss, back to a step; of the last 400 steps. With "
        "--paths-of U[I,J], the signed terms of that entry.",
    },
    sometimes={
        "probabilities": "p at every step, softmax of y for classes and words, σ of y where outputs are each "
        "true or not (time, output).",
        "gates": "Every gate and the candidate (gate, time, unit), NaN where a step is not read; a simple "
        "cell has none.",
        "cell": "c at every step of an LSTM (time, unit).",
        "feedback-cut": "h at every step of the same net with its feedback cut (time, unit).",
        "final-states": "h and c behind the last step that each direction reads, for --initial-state (state, "
        "unit).",
        "added-up": "h of the same net with its feedback cut that reads x[0] + … + x[t] (time, unit).",
    },
    formulas={
        "simple h[t]": "tanh(x[t] W + h[t−1] U + b)",
        "leaky h[t]": "a·h[t−1] + (1 − a)·(x[t] W + b)",
        "lstm f, i, o": "σ(x[t] W + h[t−1] U + b)",
        "lstm g": "tanh(x[t] W + h[t−1] U + b)",
        "lstm c[t]": "f·c[t−1] + i·g",
        "lstm h[t]": "o·tanh(c[t])",
        "gru z, r": "σ(x[t] W + h[t−1] U + b)",
        "gru n": "tanh(x[t] W + b + r·(h[t−1] U + b′))",
        "gru h[t]": "z·h[t−1] + (1 − z)·n",
        "y[t]": "h[t] V + b_y",
        "p[t]": "softmax(y[t]), or σ(y[t]) with --loss binary-cross-entropy",
        "W": "W − LR · dL/dW, for every weight, with --step LR",
        "dL/dU": "Σ over t and k ≤ t of  dL[t]/dh[t] · dh[t]/dh[k] · ∂h[k]/∂U",
    },
    examples=(
        "dlcli rnn 'the cat sat on the mat'",
        "dlcli rnn '1 0 0 0 0 1' --cell lstm --explain 2,0",
        "dlcli rnn 'the cat sat on the mat' --without-memory",
        "dlcli rnn 'the cat sat on the mat' --emit added-up --explain mat,0",
        "dlcli rnn 'the cat sat on the mat' --emit outputs --explain cat,sat",
        "dlcli rnn 'the cat sat on the mat' --cell gru --bptt",
        "dlcli rnn 'the cat sat' --shape many-to-one --targets yes --classes 'no yes' --bptt",
        "dlcli rnn 'the cat sat on the mat' --emit gradients --explain sat,0",
        "dlcli rnn '1 0 0 1 0' --loss binary-cross-entropy --emit probabilities --explain 1,0",
        "dlcli rnn sample:sunspots --standardize --bptt --cell simple --cell lstm --cell gru "
        "--forget-bias 5 --update-bias 5",
        "dlcli rnn 'the cat sat on the mat' --step 0.1 --check",
        "dlcli rnn 'the cat sat on the mat' --step 0.2 --times 200 --cell simple --cell lstm --cell gru",
        "dlcli rnn 'the cat sat on the mat' --cell lstm --step 1 --times 200 --clip 1 --save-weights cat.npz",
        "dlcli rnn 'the cat sat' --bidirectional --layers 2 --shape many-to-one",
        "dlcli rnn sample:sunspots --standardize --cell lstm --units 8 --emit states | dlcli show -f plain",
        "dlcli rnn '1 0 0' --cell gru --save-weights gru.safetensors --layout torch",
        "dlcli rnn '1 0 0' --cell lstm --emit final-states -o state.npy",
        "dlcli rnn '1 0 0' --cell gru --initial-state '0.5 -0.5' --explain 0,1",
        "dlcli rnn '1 0 0' '0 0 1' --stateful",
        "dlcli rnn '3 1 2 0 0' --lengths 3 --bptt",
        "dlcli rnn 'the cat sat' --go-backwards",
        "dlcli rnn '1 1; 0 0; 0 1; 1 0' --cell latch",
        "dlcli rnn 'the cat sat' --cell lstm --units 3 -o steps.gif",
    ),
    sections=SECTIONS,
)


@subcommand("rnn", MANUAL, Options, reads=SENTENCES)
def command(run: Run, options: Options) -> Worker | Each:
    """Read a sequence step by step with a net that remembers, and follow the gradient back through time.

    Every gate, candidate and state at every step, for simple, leaky, LSTM and GRU cells as Keras and PyTorch
    have them, with weights drawn from --seed as Keras draws them. INPUT is a sentence, a table (a row for
    each step), a vector, frames from stft, - for standard input, sample:NAME, or a literal such as '1 0 0'.
    --explain walks through a unit of the highest layer, with --emit through a number of that result: an
    output, a gate, a loss, dL/dh, an entry of dL/dU, or one of its paths.

    With --step the net learns: each weight goes against its gradient, --times N times. What is told,
    explained, emitted and saved is then of the net behind these steps; without --step of the net as it was.

    With --shape many-to-one the output reads the state at which the reading ends: of the direction that reads
    backwards that is the one at the first step.
    """
    refuse_idle(options, run.line, run.emit)
    cells = options.cell or (CellWord(),)
    if cells[0].kind == LATCH:
        return partial(latched, line=run.line)
    loaded, before = loaded_net(options, run), Before()

    def each(worker: Callable[[Tensor], Result]) -> Worker | Each:
        if options.lengths is None:
            return worker
        return Each(worker, replace(SENTENCES, items=WithLengths(run.inputs, options.lengths, before).items))

    if len(cells) == 1:
        return each(partial(ran, run=run, options=options, cell=cells[0], loaded=loaded, before=before))
    if options.weights or options.save_weights:
        raise WrongUsage(
            "weights are those of one net; give a single --cell with --weights and --save-weights"
        )

    def all_of_them(tensor: Tensor) -> Result:
        place, before.inputs = before.inputs, before.inputs + 1
        works = [work_of(tensor, run, options, cell, place=place) for cell in cells]
        return compared(works)

    return each(all_of_them)


@dataclass
class Before:
    """What is known of the inputs before this one: how many there were, and the last of them."""

    inputs: int = 0
    work: Work | None = None


@dataclass
class WithLengths:
    """Reads all inputs before the first is worked on: there must be a length for each of them."""

    words: tuple[str, ...]
    lengths: tuple[int, ...]
    before: Before
    read: dict[str, tuple[list[Tensor], DlcliError | None]] = field(default_factory=dict)

    def items(
        self, word: str, environment: Environment, limits: Limits, block: Block | None = None
    ) -> Iterator[Tensor]:
        """The tensors of one input. Raises ``WrongUsage`` for more or fewer lengths than inputs."""
        if not self.read:
            self.read = {one: _read_up(one, environment, limits) for one in dict.fromkeys(self.words)}
            every = [self.read[one] for one in self.words]
            expect_lengths(self.lengths, sum(len(found) or 1 for found, _ in every))
        found, error = self.read[word]
        yield from found
        if error is not None:
            self.before.inputs += not found  # its length is for no other
            raise error


def _read_up(word: str, environment: Environment, limits: Limits) -> tuple[list[Tensor], DlcliError | None]:
    """The tensors of one input, and what is wrong with the next, where that is so."""
    found: list[Tensor] = []
    try:
        found.extend(tensors_or_sentences(word, environment, limits))
    except WrongUsage:
        raise
    except DlcliError as error:
        return found, error
    return found, None


def ran(
    tensor: Tensor, *, run: Run, options: Options, cell: CellWord, loaded: Loaded | None, before: Before
) -> Result:
    """One net over one input."""
    place, before.inputs = before.inputs, before.inputs + 1
    work = work_of(tensor, run, options, cell, loaded, place=place, before=before.work)
    if options.stateful:
        _ = work.steps  # where they explode, nothing goes on from them
        before.work = work
    wrong = verdict(work.checks) if options.check else ""
    if options.save_weights:
        path = claimed(options.save_weights, run)
        save_net(work.net, path, options.layout)
    return Result(results(work), work, verdict=wrong, several=several(work))


def work_of(
    tensor: Tensor,
    run: Run,
    options: Options,
    cell: CellWord,
    loaded: Loaded | None = None,
    *,
    place: int,
    before: Work | None = None,
) -> Work:
    """A sequence, a net that suits it and has learnt what it should, and what that gives at each step."""
    if not options.stateful:
        say_alone(tensor, range(tensor.data.ndim), run, "rnn")
    work = untrained(tensor, run, options, cell, loaded, place=place, before=before)
    if options.step is None:
        return work
    _ = work.short_gradients  # the first may explode for reasons of its own, which are told

    def seen(steps: int, loss: float) -> None:
        run.doing = f"step {steps}/{options.times or 1}, loss {number(loss, 4)}"

    try:
        found = gradient_descent(
            work.net, work.objective, options.step, options.times or 1, clip=options.clip, seen=seen
        )
    except Exploded as error:
        raise DlcliError(_exploded(error, options, work.name)) from error
    run.doing = ""
    learning = Learning(options.step, options.times, work.net, found)
    assert found.net.readout is not None
    return replace(work, layers=found.net.layers, readout=found.net.readout, learning=learning)


def _exploded(error: Exploded, options: Options, cell: str) -> str:
    """In words, at which step learning ended in numbers that are not finite, and what to try."""
    of = f" of {cell}" if len(options.cell) > 1 else ""
    after = f"after {error.steps} step{'s' * (error.steps != 1)} of --step {number(options.step or 0, 15)}"
    norm = "" if error.norm is None else f"; the gradient before that had the norm {number(error.norm, 3)}"
    clip = "--clip 1" if options.clip is None else "a smaller --clip"
    return f"learning{of} explodes: {after} {error.what}{norm}; try {clip}, or a smaller --step"


def untrained(
    tensor: Tensor,
    run: Run,
    options: Options,
    cell: CellWord,
    loaded: Loaded | None = None,
    *,
    place: int,
    before: Work | None = None,
) -> Work:
    """A sequence, a net that suits it, and what that should say at each step."""
    words = () if options.vocabulary is None else vocabulary_of(options.vocabulary, run.warn)
    whole = sequence_of(tensor, words, standardize=options.standardize)
    if options.go_backwards:
        whole = from_the_end(whole)
    if "--vocabulary" in run.line and whole.words is None:
        raise WrongUsage("--vocabulary is for words; the sequence is numbers: leave it out")
    if "--standardize" in run.line and whole.words is not None:
        raise WrongUsage("--standardize is for numbers; words are one-hot: leave it out")
    net = None if loaded is None else loaded.net
    if loaded and whole.words is not None and len(whole.words) != loaded.net.features:
        count = loaded.net.features
        raise DlcliError(
            f"{loaded.source} reads {count} different word{'s' * (count > 1)}, the sentence has "
            f"{len(whole.words)}; name all of them, in their order, with --vocabulary"
        )
    mask = mask_of(options, run, place, len(whole.data))
    sequence, unread = shaped(whole, options.shape)
    mask = None if mask is None else mask[: len(sequence.data)]
    if unread:
        run.warn(f"--shape {options.shape}: {unread}; --shape many-{str(options.shape)[4:]} reads all")
    features = sequence.data.shape[1]
    rng = run.generator()
    if options.without_memory and net and net.layers[-1].backward is not None:
        raise WrongUsage(
            "--without-memory is for a net that reads in one direction; that of --weights reads in both"
        )
    layers = net.layers if net else seeded(options, cell, features, rng)
    targets, aimless = None, ""
    try:
        every = targets_of(options, run, whole, sequence, loaded)
        if mask is not None and options.shape not in LAST_ONLY:
            every = of_read_steps(every, mask, following=options.targets == NEXT)
        targets = every
    except DlcliError as error:
        error = _as_asked(error, options)
        asked = options.bptt or options.check or options.step is not None
        if asked or options.targets != NEXT or options.loss is not None:
            raise error from None
        aimless = str(error)
    top = layers[-1].forward
    expect_weight(options.paths_of, top)
    readout = net.readout if net else None
    readout = readout or seeded_readout(layers[-1].width, targets.outputs if targets else features, rng)
    if options.readout_activation == "softmax" and readout.bias.size < LEAST_CLASSES:
        raise DlcliError(
            "softmax of a single output is always 1: give several, or try --readout-activation sigmoid"
        )
    initial, begins = beginning(options, run, layers, sequence, before)
    return Work(
        input=tensor,
        sequence=sequence,
        cell=cell if net is None else CellWord(top.kind),
        name=str(cell) if net is None else top.kind,
        layers=layers,
        readout=readout,
        seed=run.seed,
        file=loaded.source if loaded else None,
        readout_file=loaded.source if loaded and loaded.net.readout else None,
        conventions=loaded.conventions if loaded else {},
        two_biases=loaded is not None and LAYOUTS[loaded.layout].biases[1] != "one",
        targets=targets,
        aimless=aimless,
        shape=options.shape,
        bptt=options.bptt,
        truncate=options.truncate,
        clip=options.clip,
        paths_of=options.paths_of,
        check=options.check,
        without_memory=options.without_memory,
        read_by=options.readout_activation,
        initial=initial,
        begins=begins,
        stateful=options.stateful,
        mask=mask,
        line=run.line,
    )


def _as_asked(error: DlcliError, options: Options) -> DlcliError:
    """What is wrong with a loss, in words of the option that asked for it."""
    typed = isinstance(error, BadData) or options.loss is not None
    if typed or options.readout_activation is None:
        return error
    flag = "--readout-activation"
    words = (
        str(error).replace("try --loss squared", f"leave {flag} out").replace("leave --loss", f"leave {flag}")
    )
    words = words.replace(f"--loss {loss_of(options)}", f"{flag} {options.readout_activation}")
    return type(error)(words)


def mask_of(options: Options, run: Run, place: int, steps: int) -> Array | None:
    """Which steps of the input at this place are read, in the order of reading; None where all are."""
    if options.mask is None and options.lengths is None:
        return None
    if options.mask is not None:
        mask = given_mask(beside("--mask", options.mask, run), steps)
    else:
        assert options.lengths is not None
        mask = padded(options.lengths, place, steps)
    return mask[::-1] if options.go_backwards else mask


def beginning(
    options: Options, run: Run, layers: tuple[Layer, ...], sequence: Sequence, before: Work | None
) -> tuple[States, str]:
    """The states that the net begins with, and where they come from in words; none where they are zeros."""
    skips = any(cell.skip for layer in layers for cell in layer.cells)
    asked = "--initial-state" if options.initial_state is not None else "--stateful" * options.stateful
    masked = "--mask" if options.mask is not None else "--lengths" * (options.lengths is not None)
    if skips and (asked or masked):
        raise WrongUsage(f"{asked or masked} does not go with a skip connection, which this net has")
    if options.stateful and layers[-1].backward is not None:
        raise WrongUsage(
            "--stateful is for a net that reads in one direction; that of --weights reads in both"
        )
    if before is not None:
        if before.sequence.words != sequence.words:
            raise DlcliError(
                "--stateful: these words are not those of the input before; name all with --vocabulary"
            )
        if before.sequence.data.shape[1] != sequence.data.shape[1]:
            raise DlcliError(
                f"--stateful: the input before had {counted(before.sequence.data.shape[1], 'feature')} a "
                f"step, this one has {sequence.data.shape[1]}, which is for another net"
            )
        return before.steps.last, HANDED
    if options.initial_state is None:
        return (), ""
    tensor = beside("--initial-state", options.initial_state, run)
    return first_states(tensor, layers, sequence.data.dtype), f"--initial-state {options.initial_state}"


def beside(flag: str, word: str, run: Run, read: Read = tensors) -> Tensor:
    """What an option names or holds; a single number is a vector of one. Raises as ``one_tensor`` does."""
    tensor = one_tensor(word, run, flag, read)
    return tensor if tensor.data.ndim else replace(tensor, data=tensor.data[None], axes=(Axis("index"),))


def expect_weight(weight: Weight | None, top: Cell) -> None:
    """Raise ``DlcliError`` for a weight of ``--paths-of``, or an entry of it, that the cell does not have."""
    if weight is None:
        return
    if weight.letter not in letters(top):
        raise DlcliError(
            f"a cell '{top.kind}' like this has no {weight.letter}; it has {', '.join(letters(top))}"
        )
    rows, columns = top.arrays()[MATRICES[weight.letter]].shape
    if weight.entry is not None and (weight.entry[0] >= rows or weight.entry[1] >= columns):
        raise DlcliError(
            f"--paths-of {weight}: {weight.letter} is {rows} × {columns} here, its last entry "
            f"{weight.letter}[{rows - 1},{columns - 1}]"
        )


def seeded(options: Options, cell: CellWord, features: int, rng: np.random.Generator) -> tuple[Layer, ...]:
    """The layers of a net of one of the cells; of several, all have as many units."""
    return seeded_layers(
        cell.kind,
        features,
        rng,
        units=options.units or (UNITS if len(options.cell) > 1 else None),
        layers=options.layers,
        bidirectional=options.bidirectional,
        merge=options.merge,
        skip=cell.skip or options.skip or 0,
        alpha=options.alpha if cell.alpha is None else cell.alpha,
        activation=options.activation,
        recurrent_activation=options.recurrent_activation,
        reset_after=not options.reset_before,
        forget_bias=options.forget_bias,
        update_bias=options.update_bias,
    )


def loaded_net(options: Options, run: Run) -> Loaded | None:
    """The net of ``--weights``, with what other options say that arrays cannot tell; None without a file.

    Raises ``WrongUsage`` for what was asked for and is not so in the file.
    """
    if options.save_weights:
        weight_file(options.save_weights)
    if options.weights is None:
        return None
    cell = options.cell[0] if options.cell else None
    asked = _asked(options, run, cell)
    # A variable may say these.
    facts: dict[str, object] = {
        "activation": options.activation,
        "recurrent_activation": options.recurrent_activation,
        "skip": options.skip,
    }
    facts |= {name: value for name, (_, value) in asked.items()}
    loaded = load_net(options.weights, run, facts)
    expect_kind(loaded, cell.kind if cell else None, options.units)
    expect_facts(loaded.source, loaded.net.layers, asked)
    if loaded.net.readout is None and (run.emit == "outputs" or options.step is not None):
        run.warn(f"{loaded.source} has no output layer: y is made by one drawn from --seed {run.seed}")
    return loaded


def _asked(options: Options, run: Run, cell: CellWord | None) -> dict[str, tuple[str, object]]:
    """What the line says of a net beside its weights: by the name of a fact, in which words, what."""
    words = {words[0]: " ".join(words) for words in run.line.options}
    typed = {
        "layers": options.layers,
        "bidirectional": True,
        "activation": options.activation,
        "recurrent-activation": options.recurrent_activation,
        "alpha": options.alpha,
        "skip": options.skip,
        "merge": options.merge,
    }
    asked: dict[str, tuple[str, object]]
    asked = {
        name.replace("-", "_"): (words[f"--{name}"], value)
        for name, value in typed.items()
        if f"--{name}" in words
    }
    for flag, after in (("--reset-before", False), ("--reset-after", True)):
        if flag in words:
            asked["reset_after"] = flag, after
    if cell and cell.alpha is not None:
        asked["alpha"] = f"--cell {cell}", cell.alpha
    if cell and cell.skip:
        asked["skip"] = f"--cell {cell}", cell.skip
    return asked


def shaped(sequence: Sequence, shape: str | None) -> tuple[Sequence, str]:
    """What is left of a sequence in one of the shapes: a single step, or only its first one with an input.

    The words say which inputs are lost by that, if any are.
    """
    count = len(sequence.data)
    if shape == "one-to-one":
        time = sequence.time
        first = replace(time, labels=time.labels[:1]) if time.labels else time
        left, lost = replace(sequence, data=sequence.data[:1], time=first), count > 1
    elif shape == "one-to-many":
        data = sequence.data.copy()
        data[1:] = 0
        left, lost = replace(sequence, data=data), bool(sequence.data[1:].any())
    else:
        return sequence, ""
    if not lost:
        return left, ""
    unread = f"step 0 alone is read, {'step 1 is' if count == 2 else f'steps 1 to {count - 1} are'} not"
    return replace(left, how="; ".join(filter(None, (left.how, unread)))), unread


def targets_of(
    options: Options, run: Run, whole: Sequence, sequence: Sequence, loaded: Loaded | None
) -> Targets:
    """What each step should give. Raises ``DlcliError`` where there is nothing, or nothing that fits.

    ``whole`` is the sequence before it got its shape: what comes next comes from there. Beside a sentence a
    single word is a word: no sample is meant.
    """
    last_only = options.shape in LAST_ONLY
    of_words = whole.words is not None
    readout = loaded.net.readout if loaded else None
    count = None if readout is None else readout.bias.size
    if options.targets == NEXT:
        targets = next_targets(whole, last_only=last_only, loss=loss_of(options))
    else:
        read = partial(tensors_or_sentences, slips=not of_words)
        targets = given_targets(
            beside("--targets", options.targets, run, read),
            len(sequence.data),
            last_only=last_only,
            loss=loss_of(options),
            classes=options.classes,
            vocabulary=(whole.words or ()) if options.vocabulary is not None else (),
            outputs=count,
        )
        if targets.note:
            run.warn(targets.note)
    if loaded and count is not None and not targets.fits(count):
        raise DlcliError(
            f"{loaded.source} gives {count} output{'s' * (count > 1)} a step, these targets are for "
            f"{targets.outputs}: give --targets for {count}"
        )
    return targets
