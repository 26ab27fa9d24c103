"""The arithmetic of one unit at one step: each gate term by term, then the state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.rnn.equations import equations, letter
from dlcli.commands.rnn.protocol import Work
from dlcli.tensor import Axis, Tensor
from dlcli.views.origin import whence
from dlcli.views.story import Section, Story
from dlcli.views.tables.sums import SumTable, largest, sum_of_others
from dlcli.views.text.cell import checked
from dlcli.views.text.formula import Formula
from dlcli.views.text.text import clip
from dlcli.words.number import MINUS, Numbers, number

if TYPE_CHECKING:
    from dlcli.engines.recurrent.cell import Cell, Steps
    from dlcli.engines.recurrent.terms import GateTerms

CALLED = {
    "hidden": "State",
    "input": "Input gate",
    "forget": "Forget gate",
    "output": "Output gate",
    "candidate": "Candidate",
    "update": "Update gate",
    "reset": "Reset gate",
    "recall": "Recalled",
}

LISTED = 12  # terms of a gate that are listed; of more these are the largest


@dataclass(frozen=True)
class _Heard:
    """What a cell hears at step t of the sequence; what reads backwards has read the steps behind it."""

    work: Work
    cell: Cell
    t: int
    backwards: bool

    def called(self, source: tuple[str, int]) -> str:
        """What a factor is: an input, a unit of a step before."""
        name, i = source
        if name == "x":
            features = self.work.sequence.feature if len(self.work.layers) == 1 else Axis("unit")
            return f"x[{self.t}] {features.place(i)}"
        back = self.cell.skip.steps if name == "skip" and self.cell.skip else 1
        step = number(self.t + back if self.backwards else self.t - back)
        return f"r·h[{step}] {i}" if name == "r·h" else f"h[{step}] {i}"


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """Step and unit of the highest layer. Raises ``WrongUsage`` when there is no such unit or step."""
    states = Tensor(work.steps.outputs, (work.sequence.time, Axis("unit")), "states")
    t, unit = checked(cell, states)
    direction, steps, gates, at, own = work.terms(t, unit)
    layer = work.layers[-1]
    own_cell = layer.backward if direction and layer.backward is not None else layer.forward
    merged = layer.backward is not None and layer.merge != "concat"
    word = f" ({clip(work.sequence.time.place(t), 16)})" if work.sequence.time.labels else ""
    place = f"step {t}{word}, unit {own}"
    told = f"{place}{', reading backwards' if direction else ''}"
    sections = [
        Section("input", "Input", whence(work.input, precision)),
        Section(
            "formula",
            "Formula",
            Text(told, style="dim"),
            Group(*equations(own_cell, backwards=bool(direction))),
        ),
    ]
    sections += [
        Section(
            "arithmetic",
            f"{CALLED[gate.gate]} {letter(gate.gate, own_cell.kind)}[{t}]",
            body=_sum(work, gate, _Heard(work, own_cell, t, bool(direction)), precision),
        )
        for gate in gates
    ]
    lines = _state(
        own_cell, {name: part[own] for name, part in steps.at(at).items()}, steps, (t, at, own), precision
    )
    if lines:
        sections.append(Section("arithmetic", "State", body=Group(*lines)))
    value = number(steps.after(at).hidden[own], precision)
    arrow = "" if layer.backward is None else "←" if direction else "→"
    result = f"h{arrow}[{t}] of unit {own} is {value}"
    if merged:
        both = number(states.data[t, unit], precision)
        result += f"; merged with the other direction by {layer.merge}: {both}"
    sections.append(Section("result", "Result", Text(result)))
    return Story(tuple(sections))


def _state(
    cell: Cell, known: dict[str, Any], steps: Steps, place: tuple[int, int, int], precision: int
) -> list[Formula]:
    """The lines in which old and new are weighed; a simple cell has none: its sum is its state."""
    (t, at, own), kind = place, cell.kind
    before, after = steps.after(at - 1), steps.after(at)

    def told(value: float) -> str:
        text = number(value, precision)
        return f"({text})" if text.startswith(MINUS) else text

    old, value = told(before.hidden[own]), number(after.hidden[own], precision)
    gates = {name: told(one) for name, one in known.items()}
    if before.cell is not None and after.cell is not None:
        f, i, g, o = (gates[name] for name in ("forget", "input", "candidate", "output"))
        c = number(after.cell[own], precision)
        shown = c if cell.activation == "linear" else f"{cell.activation}({c})"
        return [
            Formula(f"c[{t}]", f"{f} · {told(before.cell[own])} + {i} · {g}", c),
            Formula(f"h[{t}]", f"{o} · {shown}", value),
        ]
    if kind == "gru":
        z, n = gates["update"], gates["candidate"]
        return [Formula(f"h[{t}]", f"{z} · {old} + (1 − {z}) · {n}", value)]
    if kind == "leaky":
        a = number(getattr(cell, "alpha", 0.0), precision)
        return [Formula(f"h[{t}]", f"{a} · {old} + (1 − {a}) · {gates['candidate']}", value)]
    return []


def _sum(work: Work, terms: GateTerms, heard: _Heard, precision: int) -> RenderableType:
    """Factors and products line by line, what stands beside them, the sum, and the activation of it."""
    adds = np.flatnonzero(terms.values != 0)
    shown = adds[largest(terms.products[adds], LISTED)] if len(adds) > LISTED else adds
    rest = sum_of_others(terms.products, shown)
    rows = [
        (heard.called(terms.sources[i]), terms.values[i], terms.weights[i], terms.products[i]) for i in shown
    ]
    left_out = len(terms.values) - len(adds)
    more = {"others": rest} if len(adds) > LISTED else {}
    notes = f"and {left_out} value{'s' * (left_out > 1)} of 0, adding nothing" if left_out else ""
    function = "σ" if terms.activation == "sigmoid" else terms.activation
    numbers = Numbers(np.array([terms.total]), precision).texts[0].strip()
    last = (f"{function}({numbers})", terms.value) if function != "linear" else None
    return SumTable(rows, {**more, **terms.extra}, terms.total, last, note=notes, precision=precision)
