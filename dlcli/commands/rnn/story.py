"""The story of a recurrent net: its equations, its weights, and every step with every gate."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import Group
from rich.text import Text

from dlcli.commands.rnn import notation
from dlcli.commands.rnn.cells import OF_LEARNING, OF_ONE_CELL, CellWord
from dlcli.commands.rnn.equations import (
    MERGED,
    WIDE,
    equations,
    output_equations,
    output_sizes,
    output_weights,
    sizes,
    weights,
)
from dlcli.commands.rnn.explain import explain, explain_cell, explain_gate, explain_output
from dlcli.commands.rnn.explain_gradient import (
    explain_gradient,
    explain_loss,
    explain_path,
    explain_weight,
)
from dlcli.commands.rnn.moving import reading as frames
from dlcli.commands.rnn.notices import flat, gradient_notices, kept, memory
from dlcli.commands.rnn.record import Work
from dlcli.commands.rnn.steps import OUTPUTS, output_names, steps
from dlcli.commands.rnn.story_going_on import begun, ended, going_on
from dlcli.commands.rnn.story_gradient import gradient_sections, loss_sections
from dlcli.commands.rnn.story_learning import learning_notices, learning_sections, steps_gone
from dlcli.commands.rnn.story_memory import explain_added, explain_cut, memory_notices, memory_sections
from dlcli.commands.rnn.unrolled import Unrolled
from dlcli.engines.recurrent.cell import Cell
from dlcli.tensor import Axis
from dlcli.views.again import again
from dlcli.views.origin import origin_words
from dlcli.views.story import Section, Story
from dlcli.views.tables.table import FactsTable, Table
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import Formula
from dlcli.words.number import number

__all__ = ["EXPLAIN", "explain", "frames", "story"]

WEIGHTS = 240  # weights up to which they are shown
NOTICED = 3

#: What to look at after each kind of cell.
AFTER = {"simple": "lstm", "leaky": "simple", "lstm": "gru", "gru": "lstm"}

#: Options that only write.
WRITTEN = ("--save-weights", "--layout")

#: Options of one net, which nets beside each other do not heed.
OF_ONE = tuple(OF_ONE_CELL)

#: Of which results alone the weights are told, and those of the output.
OF_GRADIENTS = ("gradients", "weight-gradients", "paths")
OF_OUTPUTS = (*OF_GRADIENTS, "outputs", "probabilities", "loss")


def story(work: Work, *, precision: int = 4) -> Story:
    """What one net did with a sequence."""
    after = gradient_notices(work) if work.bptt else kept(work)
    notices = [
        *learning_notices(work),
        *memory_notices(work),
        *going_on(work),
        memory(work),
        *flat(work),
        *after,
    ]
    how = Text(work.sequence.how, style="dim") if work.sequence.how else None
    return Story(
        Section("input", "Input", origin_words(work.input, precision), how),
        *_drawn(work),
        *_formulas(work),
        notation.letters(work),
        *learning_sections(work, precision),
        *_layers(work),
        *_weights(work, precision),
        _output_weights(work, precision),
        *begun(work, precision),
        *steps(work, precision),
        *ended(work, precision),
        *memory_sections(work, precision),
        *loss_sections(work, precision),
        *(gradient_sections(work, precision) if work.bptt else ()),
        Section("notice", "Notice", Text(" ".join([one for one in notices if one][:NOTICED]))),
        Section("next", "Try next", body=CommandLine(*_again(work))),
    )


def _formulas(work: Work) -> Iterator[Section]:
    """The equations of the highest layer, those of each direction with its own steps before, and of y."""
    layer = work.layers[-1]
    after = output_equations(work)
    words = Text(sizes(layer.forward), style="dim")
    if layer.backward is None:
        yield Section("formula", _title(work), words, Group(*equations(layer.forward), *after))
        return
    yield Section("formula", _title(work, " →"), words, Group(*equations(layer.forward)))
    words = Text("reads from the end: step t+1 comes before step t", style="dim")
    yield Section("formula", _title(work, " ←"), words, Group(*equations(layer.backward, backwards=True)))
    ends = f"; y[{len(work.outputs) - 1}] reads each direction where its reading ends" if work.final else ""
    words = Text(f"merged by {layer.merge}{ends}", style="dim")
    both = Formula("h[t]", MERGED[layer.merge], name_width=WIDE)
    yield Section("formula", "Both directions", words, Group(both, *after))


def _title(work: Work, direction: str = "") -> str:
    name = {"simple": "Simple cell", "leaky": "Leaky unit", "lstm": "LSTM", "gru": "GRU"}[work.top.kind]
    return f"{name}{direction}, layer {len(work.layers) - 1}" if len(work.layers) > 1 else name + direction


def _drawn(work: Work) -> Iterator[Section]:
    """The unrolled net, when a shape was asked for."""
    if work.shape is None:
        return
    count = len(work.sequence.data)
    read = [0] if work.shape in ("one-to-one", "one-to-many") else range(count)
    read = [t for t in read if work.mask is None or work.mask[t]]
    given = [count - 1] if work.last_only else range(count)
    words = work.sequence.time.labels
    inputs = [(words[t] if words else f"x[{t}]") if t in read else "" for t in range(count)]
    outputs = [f"y[{t}]" if t in given else "" for t in range(count)]
    if work.final and count > 1:
        outputs[0], outputs[-1] = (f"{h} of y[{count - 1}]" for h in ("h←", "h→"))
    picture = Unrolled(
        work.top.kind,
        inputs,
        outputs,
        layers=len(work.layers),
        bidirectional=work.layers[-1].backward is not None,
        ends=work.final and count > 1,
    )
    drawn = work.shape
    if work.top.skip is not None:
        drawn += f"; not drawn: h[t−{work.top.skip.steps}] goes into step t, too"
    yield Section("formula", "Unrolled", Text(drawn, style="dim"), picture)


def _layers(work: Work) -> Iterator[Section]:
    """What each layer has, when there are several or two directions."""
    both = work.layers[-1].backward is not None
    if len(work.layers) == 1 and not both:
        return
    rows = [
        [
            str(i),
            layer.forward.kind + (f" ⇄ {layer.merge}" if layer.backward is not None else ""),
            f"{layer.forward.features} → {layer.width}",
            str(layer.parameters),
        ]
        for i, layer in enumerate(work.layers)
    ]
    total = Text(f"{work.parameters} parameters", style="dim")
    yield Section(
        "parameters",
        "Layers",
        total,
        Table(["layer", "cell", "features → out", "parameters"], rows, right=(0, 3)),
    )


def _weights(work: Work, precision: int) -> Iterator[Section]:
    """The weights of the highest layer, where they come from, and the conventions of their layout."""
    layer = work.layers[-1]
    below = work.sequence.feature if len(work.layers) == 1 else Axis("unit")
    words = Text(_origin(work), style="dim")
    for direction, cell in zip(("→", "←"), layer.cells, strict=False):
        name = f"Weights {direction}" if layer.backward is not None else "Weights"
        if cell.parameters > WEIGHTS:
            said = Text.assemble(words, Text(f"; {sizes(cell)}", style="dim"))
            yield Section("parameters", name, said, of=OF_GRADIENTS)
        else:
            table = weights(cell, below, precision, backwards=direction == "←")
            yield Section("parameters", name, words, table, of=OF_GRADIENTS)
    if work.conventions:
        known = FactsTable(list(work.conventions.items()))
        yield Section("parameters", "Conventions", body=known, detail=True)


def _output_weights(work: Work, precision: int) -> Section:
    """V and b_y, and whether they are the file's: many files hold a cell without an output layer."""
    origin = work.readout_file
    if origin is None:
        origin = f"--seed {work.seed}: Glorot uniform{'' if work.file is None else '; the file has none'}"
    if work.learning is not None:
        origin = f"{steps_gone(work)} from {origin}"
    table = None
    if work.readout.kernel.shape[1] <= OUTPUTS and work.readout.parameters <= WEIGHTS:
        table = output_weights(work.readout, output_names(work), precision)
    head = Text(f"{origin}; {output_sizes(work.readout)}", style="dim")
    return Section("parameters", "Output weights", head, table, of=OF_OUTPUTS)


def _origin(work: Work) -> str:
    """Where the weights come from: a file or a seed, and how far they have gone from there."""
    if work.learning is None:
        return _drawn_from(work, work.top)
    return f"{steps_gone(work)} from {_drawn_from(work, work.learning.before.layers[-1].forward)}"


def _drawn_from(work: Work, cell: Cell) -> str:
    if work.file is not None:
        return work.file
    drawn = "kernel Glorot uniform"
    if cell.kind == "leaky":
        drawn = "kernel the identity" if np.array_equal(cell.kernel, np.eye(cell.units)) else drawn
    else:
        drawn += ", recurrent kernel orthogonal"
    if cell.kind == "lstm" and cell.bias is not None:
        drawn += f", forget bias {number(float(cell.bias[cell.block('forget')][0]))}"
    return f"--seed {work.seed}: {drawn}"


def _again(work: Work) -> list[list[str]]:
    """The gradient's way back; once that has been shown, the same with another cell beside it.

    Weights from a file are those of one cell: their largest state is asked about.
    """
    line, x = work.own_line, work.input
    if work.learning is not None and work.learning.times is None:
        alone = () if work.bptt else ("--paths-of",)  # of many steps none is told
        return again(line, x, "--times", "100", without=(*WRITTEN, "--check", *alone))
    if work.learning is not None and work.file is None:
        words = cell_words(work.cell, _other(work))
        unheard = [flag for flag in OF_ONE if flag not in OF_LEARNING]
        return again(line, x, *words, without=("--cell", *WRITTEN, *unheard))
    if work.bptt and work.file is None:
        words = cell_words(work.cell, _other(work))
        return again(line, x, *words, "--bptt", without=("--cell", "--bptt", *WRITTEN, *OF_ONE))
    aim = _aim(work) if work.targets is None else []
    if not work.bptt and (aim or work.targets is not None):
        return again(line, x, *aim, "--bptt", without=WRITTEN)
    place = np.unravel_index(int(np.abs(work.steps.outputs).argmax()), work.steps.outputs.shape)
    return again(line, x, "--explain", ",".join(map(str, place)), without=WRITTEN)


def cell_words(*cells: CellWord) -> list[str]:
    """Cells as they are typed."""
    return [word for cell in cells for word in ("--cell", str(cell))]


def _other(work: Work) -> CellWord:
    """A cell to stand beside this one, with its skip connection if it has one of its own."""
    return CellWord(AFTER[work.top.kind], skip=work.cell.skip)


def _aim(work: Work) -> list[str]:
    """Options that give a sequence a target where nothing comes next: a class of its own, or ones."""
    if not (work.last_only or len(work.sequence.data) < 2):
        return []
    if work.sequence.words is not None and work.readout_file is None:
        return ["--targets", "yes", "--classes", "no yes"]
    return ["--targets", "1" if work.readout_file is None else " ".join(["1"] * work.outputs.shape[1])]


#: Result -> what explains its cells; of all others it is a state that is explained.
EXPLAIN = {
    "outputs": explain_output,
    "probabilities": explain_output,
    "gates": explain_gate,
    "cell": explain_cell,
    "added-up": explain_added,
    "feedback-cut": explain_cut,
    "loss": explain_loss,
    "gradients": explain_gradient,
    "weight-gradients": explain_weight,
    "paths": explain_path,
    "*": explain,
}
