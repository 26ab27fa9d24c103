"""A run of ``dlcli rnn`` from its options: the sequence, the net that suits it, what it should say."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from dlcli.commands.kinds.recurrent_weights import Loaded
from dlcli.commands.kinds.sequence import Sequence, sequence_of, vocabulary_of
from dlcli.commands.rnn.gradients import NetRun, weight_named
from dlcli.commands.rnn.net import CellWord
from dlcli.commands.rnn.options import Options
from dlcli.commands.rnn.targets import NEXT, Targets, given_targets, next_targets
from dlcli.engines.recurrent.seeded_cells import seeded_readout
from dlcli.errors import DlcliError, WrongUsage
from dlcli.runner.result import Run
from dlcli.tensor import Tensor


def net_run(
    tensor: Tensor, run: Run, options: Options, cell: CellWord, loaded: Loaded | None = None
) -> NetRun:
    """A sequence, and a net that suits it."""
    words = () if options.vocabulary is None else vocabulary_of(options.vocabulary)
    whole = sequence_of(tensor, words, standardize=options.standardize)
    _expect_heeded(options.typed, whole)
    if loaded is not None and whole.words is not None and len(whole.words) != loaded.net.features:
        count = loaded.net.features
        raise DlcliError(
            f"{loaded.source} reads {count} different word{'s' * (count > 1)}, the sentence has "
            f"{len(whole.words)}; name all of them, in their order, with --vocabulary"
        )
    sequence = shaped(whole, options.shape)
    last_only = options.shape in ("many-to-one", "one-to-one")

    def targets() -> Targets:
        if options.targets == NEXT:
            found = next_targets(whole, last_only=last_only, loss=options.loss)
        else:
            found = given_targets(
                _read(options.targets, run, words=whole.words is not None),
                sequence,
                last_only=last_only,
                loss=options.loss,
                closed=options.vocabulary is not None and whole.words is not None,
            )
        if loaded is not None and loaded.net.readout is not None:
            _expect_outputs(loaded.source, loaded.net.readout.bias.size, found)
        return found

    rng = run.generator()
    if loaded is None:
        layers = options.architecture(cell).seeded(sequence.data.shape[1], rng)
    else:
        layers = loaded.net.layers
    readout = None if loaded is None else loaded.net.readout
    seeded = f"--seed {run.seed}"
    try:
        outputs = targets().outputs
    except DlcliError:
        if options.bptt or options.targets != NEXT or options.loss is not None:
            raise
        outputs = sequence.data.shape[1]
    if options.paths_of is not None:
        weight_named(options.paths_of, layers[-1].forward)
    return NetRun(
        input=tensor,
        sequence=sequence,
        options=options,
        cell=cell.typed,
        name=cell.typed if loaded is None else layers[-1].forward.kind,
        layers=layers,
        readout=readout or seeded_readout(layers[-1].width, outputs, rng),
        origin=seeded if loaded is None else loaded.source,
        readout_origin=seeded if loaded is None or readout is None else loaded.source,
        conventions={} if loaded is None else loaded.conventions,
        shape=options.shape,
        target=targets,
        wants_gradients=options.bptt,
        paths_of=options.paths_of,
        truncate=options.truncate,
        clip=options.clip,
    )


def _expect_outputs(source: str, count: int, targets: Targets) -> None:
    """Raise ``DlcliError`` when targets are for other outputs than the output layer of a file gives."""
    if not targets.fits(count):
        raise DlcliError(
            f"{source} gives {count} output{'s' * (count > 1)} a step, these targets are for "
            f"{targets.outputs}: give --targets for {count}"
        )


def _expect_heeded(typed: Collection[str], sequence: Sequence) -> None:
    """Raise ``WrongUsage`` for a typed option that is for words when there are numbers, or the reverse."""
    if "vocabulary" in typed and sequence.words is None:
        raise WrongUsage("--vocabulary is for words; the sequence is numbers: leave it out")
    if "standardize" in typed and sequence.words is not None:
        raise WrongUsage("--standardize is for numbers; words are one-hot: leave it out")


def shaped(sequence: Sequence, shape: str | None) -> Sequence:
    """What is left of a sequence in one of the shapes: a single step, or only its first one with an input."""
    if shape == "one-to-one":
        time = sequence.time
        first = replace(time, labels=time.labels[:1]) if time.labels else time
        return replace(sequence, data=sequence.data[:1], time=first)
    if shape == "one-to-many":
        data = sequence.data.copy()
        data[1:] = 0
        return replace(sequence, data=data)
    return sequence


def _read(word: str, run: Run, *, words: bool) -> Tensor:
    """The tensor that ``--targets`` names; beside a sentence a single word is a word: no sample is meant."""
    from dlcli.runner.inputs import tensors_or_sentences

    found = list(tensors_or_sentences(word, run.environment, run.limits, slips=not words))
    if len(found) != 1:
        raise DlcliError(f"--targets {word}: one tensor is wanted; received {len(found)}")
    return found[0]
