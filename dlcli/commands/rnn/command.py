"""``dlcli rnn``: a sequence step by step through a net that remembers, and the gradient's way back."""

from __future__ import annotations

from functools import partial

import click

from dlcli.commands.kinds.recurrent_weights import Loaded, claimed, save_net
from dlcli.commands.rnn.forward import SHAPES
from dlcli.commands.rnn.gradients import WEIGHTS
from dlcli.commands.rnn.net import LATCH, CellName, CellWord
from dlcli.commands.rnn.options import Options
from dlcli.commands.rnn.results import results
from dlcli.commands.rnn.setup import net_run
from dlcli.commands.rnn.targets import LOSSES, NEXT
from dlcli.commands.rnn.usage import refuse_idle, typed_options
from dlcli.commands.rnn.weights import loaded_net
from dlcli.engines.recurrent.bidirectional import MERGES
from dlcli.engines.recurrent.cell_activations import SLOPES
from dlcli.engines.recurrent.layouts.read import LAYOUTS
from dlcli.engines.recurrent.net import RecurrentNet
from dlcli.errors import WrongUsage
from dlcli.runner.command import command as subcommand
from dlcli.runner.inputs import SENTENCES
from dlcli.runner.kinds import Real
from dlcli.runner.manual import Manual
from dlcli.runner.result import Result, Run, Worker
from dlcli.tensor import Tensor

MANUAL = Manual(
    emits={
        "states": "h at every step, of the highest layer (time, unit).",
        "outputs": "y = h V + b_y at every step, or at the last with --shape many-to-one (time, output).",
        "gradients": "dL/dh at every step, all later losses counted in (time, unit).",
        "loss": "The loss of each step (time).",
        "weight-gradients": "dL/dU (or of --paths-of), truncated and clipped as asked (unit, gate).",
        "paths": "Norms of the terms of dL/dU: from a loss, back to a step; of the last 400 steps.",
    },
    sometimes={
        "gates": "Every gate and the candidate (gate, time, unit); a simple cell has none.",
        "cell": "c at every step of an LSTM (time, unit).",
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
        "dL/dU": "Σ over t and k ≤ t of  dL[t]/dh[t] · dh[t]/dh[k] · ∂h[k]/∂U",
    },
    groups={
        "Net": ("cell", "units", "layers", "bidirectional", "merge", "skip", "alpha", "activation",
                "reset_before", "forget_bias"),
        "Sequence": ("shape", "vocabulary", "standardize"),
        "Weights": ("weights", "save_weights", "layout"),
        "Back through time": ("bptt", "targets", "loss", "paths_of", "truncate", "clip"),
    },
    examples=(
        "dlcli rnn 'the cat sat on the mat'",
        "dlcli rnn '1 0 0 0 0 1' --cell lstm --explain 2,0",
        "dlcli rnn 'the cat sat on the mat' --emit outputs --explain cat,sat",
        "dlcli rnn 'the cat sat on the mat' --cell gru --bptt",
        "dlcli rnn '1 0 0 0 0 0 0 0 0 0 0 0' --bptt --cell simple --cell leaky --cell lstm --cell gru",
        "dlcli rnn 'the cat sat' --bidirectional --layers 2 --shape many-to-one",
        "dlcli rnn sample:sunspots --standardize --cell lstm --units 8 --emit states | dlcli show -f plain",
        "dlcli rnn '1 0 0' --cell gru --save-weights gru.safetensors --layout torch",
        "dlcli rnn '1 1; 0 0; 0 1; 1 0' --cell latch",
    ),
)  # fmt: skip


@subcommand("rnn", MANUAL, reads=SENTENCES)
@click.option(
    "--cell",
    type=CellName(),
    multiple=True,
    help="simple, leaky, lstm, gru or latch; leaky:0.95 sets its alpha, simple+5 adds a skip connection of 5 "
    "steps. Several are compared. [default: simple]",
)
@click.option(
    "--units", type=click.IntRange(min=1), metavar="N", help="Numbers that each step hands on. [default: 2]"
)
@click.option(
    "--layers",
    type=click.IntRange(1, 1000),
    default=1,
    show_default=True,
    metavar="N",
    help="Layers over each other: the states of one are the inputs of the next.",
)
@click.option("--bidirectional", is_flag=True, help="Read the sequence from its end, too.")
@click.option(
    "--merge",
    type=click.Choice(tuple(MERGES)),
    default="concat",
    show_default=True,
    help="How the states of both directions become one.",
)
@click.option(
    "--skip",
    type=click.IntRange(min=1),
    metavar="D",
    help="Let each step also hear of the state D steps before it.",
)
@click.option(
    "--alpha",
    type=Real("A", least=0, most=1),
    default=0.9,
    show_default=True,
    help="How much of its old value a leaky unit keeps: 0 is no memory, 1 is constant.",
)
@click.option(
    "--activation",
    type=click.Choice(tuple(SLOPES)),
    help="In place of tanh. [default: tanh; linear for leaky units]",
)
@click.option(
    "--reset-before",
    is_flag=True,
    help="A GRU as in the paper of 2014: (r·h[t−1]) U in place of r·(h[t−1] U).",
)
@click.option(
    "--forget-bias",
    type=Real("B"),
    default=1.0,
    show_default=True,
    help="Where an LSTM's forget gates begin: 1 as in Keras; at 5 they keep nearly everything.",
)
@click.option(
    "--shape",
    type=click.Choice(SHAPES),
    help="Which steps read and which are read out; draws it. [default: many-to-many, not drawn]",
)
@click.option(
    "--vocabulary",
    metavar="WORDS",
    help="All words there are, in the order of their features. [default: those of the sentence]",
)
@click.option(
    "--standardize", is_flag=True, help="Take the mean off each feature and divide it by its deviation."
)
@click.option(
    "--weights",
    metavar="FILE",
    help="Weights as Keras, PyTorch or ONNX name them, in .npz or .safetensors, in place of seeded ones.",
)
@click.option("--save-weights", metavar="FILE", help="Write the weights, as .npz or .safetensors.")
@click.option(
    "--layout",
    type=click.Choice(tuple(LAYOUTS)),
    default="keras",
    show_default=True,
    help="Whose names and order --save-weights gives them.",
)
@click.option("--bptt", is_flag=True, help="Tell of the losses and of the gradient's way back, path by path.")
@click.option(
    "--targets",
    default=NEXT,
    show_default=True,
    metavar="FILE|ROWS|WORDS",
    help="What each step should give: rows, words, a file; next: the input that follows.",
)
@click.option(
    "--loss",
    type=click.Choice(LOSSES),
    help="½ Σ (y − target)², or −log p(target). [default: cross-entropy for words, else squared]",
)
@click.option(
    "--truncate",
    type=click.IntRange(min=1),
    metavar="K",
    help="Let each loss reach back over K steps, its own one among them, and no farther.",
)
@click.option(
    "--paths-of",
    type=click.Choice(tuple(WEIGHTS)),
    help="The weight whose gradient is told path by path: of the state before, the input, a skip connection. "
    "[default: U; W for leaky units]",
)
@click.option(
    "--clip", type=Real("NORM", above=0), help="Shorten the gradient of all weights together to this norm."
)
def command(run: Run, **values: object) -> Worker:
    """Read a sequence step by step with a net that remembers, and follow the gradient back through time.

    Every gate, candidate and state at every step, for simple, leaky, LSTM and GRU cells as Keras and PyTorch
    have them, with weights drawn from --seed as Keras draws them. INPUT is a sentence, a table (a row for
    each step), a vector, frames from stft, - for standard input, sample:NAME, or a literal such as '1 0 0'.
    --explain walks through a unit of the highest layer, with --emit outputs through an output.
    """
    options = Options(**values, seed=run.seed, typed=typed_options(values))  # type: ignore[arg-type]
    cells = options.cell or (CellWord("simple"),)
    if len(cells) > 1 and any(cell.kind == LATCH for cell in cells):
        raise WrongUsage("a latch has no weights to compare; give it a --cell of its own")
    refuse_idle(cells, options.typed, bool(options.weights))
    if cells[0].kind == LATCH:
        from dlcli.commands.rnn.latch import latched

        return latched
    loaded = loaded_net(options, run)
    if len(cells) == 1:
        return partial(ran, run=run, options=options, cell=cells[0], loaded=loaded)
    if options.weights or options.save_weights:
        raise WrongUsage(
            "weights are those of one net; give a single --cell with --weights and --save-weights"
        )
    from dlcli.commands.rnn.compare import compared

    return lambda tensor: compared([net_run(tensor, run, options, cell) for cell in cells])


def ran(tensor: Tensor, *, run: Run, options: Options, cell: CellWord, loaded: Loaded | None) -> Result:
    """One net over one input."""
    work = net_run(tensor, run, options, cell, loaded)
    if options.save_weights:
        path = claimed(options.save_weights, run)
        save_net(RecurrentNet(work.layers, work.readout), path, options.layout)
    return Result(results(work), work)
