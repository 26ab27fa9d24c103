"""The equations of a cell, with the sizes of this run, and its weights in one table."""

from __future__ import annotations

import numpy as np
from rich.console import RenderableType

from dlcli.commands.rnn.cells import letter
from dlcli.commands.rnn.record import Work
from dlcli.engines.recurrent.cell import Cell
from dlcli.engines.recurrent.cell_activations import SIGMOID
from dlcli.engines.recurrent.sequence_loss import Readout
from dlcli.tensor import Array, Axis
from dlcli.views.tables.matrix import Matrix
from dlcli.views.text.formula import Formula
from dlcli.words.number import MINUS, number, setting

WIDE = 5  # cells of the longest name on the left

#: What each way to merge makes of the states of both directions.
MERGED = {
    "concat": "[h→[t], h←[t]]",
    "sum": "h→[t] + h←[t]",
    "mul": "h→[t] · h←[t]",
    "ave": "½ (h→[t] + h←[t])",
}


def earlier(steps: int, *, backwards: bool = False) -> str:
    """The index of the step that was read ``steps`` steps before step t; t+1, … in the backward direction.

    >>> earlier(1), earlier(2, backwards=True)
    ('t−1', 't+2')
    """
    return f"t{'+' if backwards else MINUS}{steps}"


def equations(cell: Cell, *, backwards: bool = False) -> list[Formula]:
    """What happens at each step, a line for each quantity; t is the place in the sequence."""
    kind, f = cell.kind, "tanh" if cell.activation == "tanh" else cell.activation
    s, biases = "σ" if cell.gate_activation == SIGMOID else cell.gate_activation, cell.bias is not None
    before = earlier(1, backwards=backwards)

    def summed(name: str, recurrent: bool = True) -> str:
        own = f"_{name}" if len(cell.gates) > 1 else ""
        parts = [f"x[t] W{own}"]
        if recurrent and kind != "leaky":
            parts.append(f"h[{before}] U{own}")
        if cell.skip is not None:
            parts.append(f"h[{earlier(cell.skip.steps, backwards=backwards)}] S{own}")
        return " + ".join([*parts, *([f"b{own}"] if biases else [])])

    lines: list[tuple[str, str]]
    if kind == "simple":
        lines = [("h[t]", _called(f, summed("")))]
    elif kind == "leaky":
        a = setting(getattr(cell, "alpha", 0.0))
        rest = number(1 - getattr(cell, "alpha", 0.0))
        inner = _called(f, summed(""))
        inner = f"({inner})" if f == "linear" else inner
        lines = [
            ("h[t]", f"a · h[{before}] + (1 − a) · {inner}"),
            ("", f"{a} · h[{before}] + {rest} · {inner}"),
        ]
    elif kind == "lstm":
        lines = [
            ("f[t]", _called(s, summed("f"))),
            ("i[t]", _called(s, summed("i"))),
            ("g[t]", _called(f, summed("g"))),
            ("o[t]", _called(s, summed("o"))),
            ("c[t]", f"f[t] · c[{before}] + i[t] · g[t]"),
            ("h[t]", f"o[t] · {_called(f, 'c[t]')}"),
        ]
    else:
        after = bool(getattr(cell, "reset_after", True))
        inner = summed("n", recurrent=False)
        own = " + b′_n" if biases else ""
        recall = f"r[t] · (h[{before}] U_n{own})" if after else f"(r[t] · h[{before}]) U_n"
        extra = {gate: f" + b′_{gate}" if biases and after else "" for gate in "zr"}
        lines = [
            ("z[t]", _called(s, f"{summed('z')}{extra['z']}")),
            ("r[t]", _called(s, f"{summed('r')}{extra['r']}")),
            ("n[t]", _called(f, f"{inner} + {recall}")),
            ("h[t]", f"z[t] · h[{before}] + (1 − z[t]) · n[t]"),
        ]
    return [Formula(name, side, name_width=WIDE) for name, side in lines]


def output_equations(work: Work) -> list[Formula]:
    """How an output comes from a state, and where it stands for a word, its probability from the outputs.

    Of two directions and a single output, h is what each holds where its reading ends.
    """
    lines, h, t = [], "h[t]", "t"
    if work.final:
        h, t = "h", str(len(work.outputs) - 1)
        ends = MERGED[work.layers[-1].merge].replace("→[t]", f"→[{t}]").replace("←[t]", "←[0]")
        lines.append((h, ends))
    lines.append((f"y[{t}]", f"{h} V + b_y"))
    if (function := work.readout_activation) is not None:
        lines.append((f"p[{t}]", f"{'σ' if function == SIGMOID else function}(y[{t}])"))
    return [Formula(name, side, name_width=WIDE) for name, side in lines]


def sizes(cell: Cell) -> str:
    """The sizes of the weights, and how many numbers that makes.

    >>> from dlcli.engines.recurrent.simple_rnn import SimpleRNNCell
    >>> sizes(SimpleRNNCell(np.zeros((3, 2)), recurrent_kernel=np.zeros((2, 2))))
    'W 3 × 2, U 2 × 2: 10 parameters'
    """
    names = {"kernel": "W", "recurrent_kernel": "U", "bias": "b", "skip_kernel": "S"}
    arrays = {name: array for name in names if (array := cell.arrays().get(name)) is not None}
    each = [f"{names[name]} {' × '.join(map(str, array.shape))}" for name, array in arrays.items()]
    return f"{', '.join(each)}: {cell.parameters} parameters"


def weights(cell: Cell, features: Axis, precision: int, *, backwards: bool = False) -> RenderableType:
    """All weights of a cell in one table: a row for each input and unit, a column for each sum."""
    skip = cell.skip.steps if cell.skip else 0
    rows: list[str] = []
    parts: list[Array] = []
    arrays = cell.arrays()
    if len(arrays["kernel"]):
        rows += [f"x {features.place(i)}" for i in range(cell.features)]
        parts.append(arrays["kernel"])
    for name, head in (
        ("recurrent_kernel", f"h[{earlier(1, backwards=backwards)}]"),
        ("skip_kernel", f"h[{earlier(skip, backwards=backwards)}]"),
    ):
        if name in arrays:
            rows += [f"{head} {i}" for i in range(cell.units)]
            parts.append(arrays[name])
    if "bias" in arrays:
        bias = np.atleast_2d(arrays["bias"])
        rows += ["b", "b′"][: len(bias)]
        parts.append(bias)
    columns = tuple(f"{letter(gate, cell.kind)} {i}" for gate in cell.gates for i in range(cell.units))
    along, across = Axis("from", tuple(rows)), Axis("to", columns)
    return Matrix(np.concatenate(parts), rows=along, columns=across, precision=precision, max_cells=240)


def output_sizes(readout: Readout) -> str:
    """The sizes of the output layer's weights.

    >>> from dlcli.engines.recurrent.sequence_loss import Readout
    >>> output_sizes(Readout(np.zeros((3, 2)), np.zeros(2)))
    'V 3 × 2, b_y 2: 8 parameters'
    """
    units, count = readout.kernel.shape
    return f"V {units} × {count}, b_y {count}: {readout.parameters} parameters"


def output_weights(readout: Readout, labels: tuple[str, ...] | None, precision: int) -> RenderableType:
    """V and b_y in one table: a row for each unit, a column for each output."""
    units, count = readout.kernel.shape
    columns = labels if labels and len(labels) == count else tuple(f"y {i}" for i in range(count))
    rows = Axis("from", (*(f"h {i}" for i in range(units)), "b_y"))
    table = np.concatenate([readout.kernel, readout.bias[None]])
    return Matrix(table, rows=rows, columns=Axis("to", columns), precision=precision)


def _called(activation: str, inner: str) -> str:
    return inner if activation == "linear" else f"{activation}({inner})"
