"""The arithmetic of one unit or one output at one step: what is added term by term, and what it becomes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.kinds.recurrence.readout_story import LISTED, output_sum
from dlcli.commands.rnn.cells import letter
from dlcli.commands.rnn.equations import equations, output_equations
from dlcli.commands.rnn.record import Work
from dlcli.commands.rnn.steps import output_names
from dlcli.commands.rnn.story_learning import learnt
from dlcli.engines.recurrent.memory import running_sums
from dlcli.engines.recurrent.sequence_loss import binary_cross_entropy
from dlcli.engines.recurrent.stacked import run_stack
from dlcli.engines.recurrent.terms import GateTerms, UnitTerms, layer_terms
from dlcli.errors import WrongUsage
from dlcli.tensor import Array, Axis, Tensor
from dlcli.views.origin import origin_words
from dlcli.views.page.cells import NO_CELLS, Listed, listed
from dlcli.views.story import Section, Story
from dlcli.views.tables.bar_table import score_bars
from dlcli.views.tables.sums import SumTable, largest, sum_of_others
from dlcli.views.text.cell import checked
from dlcli.views.text.formula import Formula, bracketed
from dlcli.views.text.text import clip
from dlcli.words.number import Numbers, number, setting

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


def explain_cell(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """Step and unit of the cell states of an LSTM."""
    t, unit = checked(cell, Tensor(work.top_steps.states, (work.sequence.time, Axis("unit")), "cell"))
    return explain(work, (t, unit), precision=precision, of="c")


def explain_gate(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """Gate, step and unit of the highest layer's cell that reads forwards."""
    steps = work.top_steps
    names = [name for name in steps.parts if name in work.top.gates]
    axes = Axis("gate", tuple(names)), work.sequence.time, Axis("unit")
    which, t, unit = checked(cell, Tensor(np.stack([steps.parts[name] for name in names]), axes, "gates"))
    return explain(work, (t, unit), precision=precision, of=names[which])


def explain(
    work: Work,
    cell: tuple[int, ...],
    *,
    precision: int = 4,
    of: str = "h",
    read: Array | None = None,
    heard: str = "",
) -> Story:
    """Step and unit of the highest layer; ``of`` is h, c, or the name of the gate that is meant.

    With ``read`` (time, feature) it is explained of a net without feedback, which reads that step of it
    alone, by the name ``heard``.

    Raises ``WrongUsage`` when there is no such unit or step.
    """
    states = Tensor(work.steps.outputs, (work.sequence.time, Axis("unit")), "states")
    t, unit = checked(cell, states)
    layer = work.layers[-1]
    if work.mask is not None and not work.mask[t] and not heard:
        return _not_read(work, t, unit, of, precision, cut=read is not None)
    if read is None:
        terms = layer_terms(layer, work.steps.layers[-1], t, unit)
    else:
        terms = layer_terms(layer, run_stack(read[t : t + 1], work.layers).layers[-1], 0, unit)
    backwards = terms.backwards
    place = f"{step_words(work, t)}, unit {terms.unit}{', reading backwards' if backwards else ''}"
    below = len(work.layers) - 2
    if read is not None:
        place += "; without memory: h[t−1] is 0"
    if heard and below < 0:
        place += f", and {heard} stands for x[t]"
    elif heard:
        of_that = "it makes" if below == 0 else f"layer {below} makes"
        place += f", layer 0 reads {heard}, and x[t] is what {of_that} of that"
    elif below >= 0:
        place += f"; x[t] is h[t] of layer {below}"
    formulas = Group(*equations(terms.cell, backwards=backwards))
    sections = [
        Section("input", "Input", origin_words(work.input, precision), learnt(work)),
        Section("formula", "Formula", Text(place, style="dim"), formulas),
    ]
    gates = [
        one for one in terms.gates if of in ("h", "c", one.gate) or (of, one.gate) == ("candidate", "recall")
    ]
    for gate in gates:
        heading = f"{CALLED[gate.gate]} {letter(gate.gate, terms.cell.kind)}[{t}]"
        table = _sum(work, terms, gate, t, precision, heard if heard and below < 0 else f"x[{t}]")
        sections.append(Section("arithmetic", heading, body=table, cells=_read(work, t)))
    before = NO_CELLS if read is not None else _before(work, terms, t)
    if of in ("h", "c") and (lines := _state(terms, t, precision)):
        sections.append(Section("arithmetic", "State", body=Group(*lines)))
    arrow = "" if layer.backward is None else "←" if backwards else "→"
    value, name = terms.value, of
    if of == "c":
        assert terms.steps.cell is not None
        value = float(terms.steps.cell[terms.t, terms.unit])
    elif of != "h":
        value, name = gates[-1].value, letter(of, terms.cell.kind)
    result = f"{name}{arrow}[{t}] of unit {terms.unit} is {number(value, precision)}"
    if of == "h" and layer.backward is not None and layer.merge != "concat":
        both = number(states.data[t, unit], precision)
        result += f"; merged with the other direction by {layer.merge}: {both}"
    sections.append(Section("result", "Result", Text(result), cells=before))
    return Story(*sections)


def _not_read(work: Work, t: int, unit: int, of: str, precision: int, *, cut: bool) -> Story:
    """A step that is masked has no arithmetic, and of a net with its feedback ``cut`` no state either.

    Raises ``WrongUsage`` where a gate is asked for.
    """
    if of not in ("h", "c"):
        raise WrongUsage(f"--explain: step {t} is not read: it has no gates; name another step")
    layer, done = work.layers[-1], work.steps.layers[-1]
    backwards = unit >= layer.forward.units
    states = done.directions[0].cell if of == "c" else None
    value = 0.0 if cut else float(work.steps.outputs[t, unit] if states is None else states[t, unit])
    before = f"t{'+' if backwards else '−'}1"
    given = "0" if cut else f"{of}[{before}]"
    then = "without memory it begins with 0" if cut else "hands on the state that it was given"
    words = f"{of}[{t}] of unit {unit} is {number(value, precision)}: step {t} is not read"
    return Story(
        Section("input", "Input", origin_words(work.input, precision), learnt(work)),
        Section("formula", "Formula", body=Formula(f"{of}[t]", f"{given}, where a step is not read")),
        Section("result", "Result", Text(f"{words}, and {then}")),
    )


def step_words(work: Work, t: int) -> str:
    """A step by its number and, in a sentence, its word."""
    return f"step {t}" + (f" ({clip(work.sequence.time.place(t), 16)})" if work.sequence.time.labels else "")


def _state(terms: UnitTerms, t: int, precision: int) -> list[Formula]:
    """The lines in which old and new are weighed; a simple cell has none: its sum is its state."""
    cell, steps, own = terms.cell, terms.steps, terms.unit
    before, after = steps.after(terms.t - 1), steps.after(terms.t)

    def factor(value: float) -> str:
        return bracketed(number(value, precision))

    old, value = factor(before.hidden[own]), number(after.hidden[own], precision)
    gates = {name: factor(part[own]) for name, part in steps.at(terms.t).items()}
    if before.cell is not None and after.cell is not None:
        f, i, g, o = (gates[name] for name in ("forget", "input", "candidate", "output"))
        c = number(after.cell[own], precision)
        shown = c if cell.activation == "linear" else f"{cell.activation}({c})"
        return [
            Formula(f"c[{t}]", f"{f} · {factor(before.cell[own])} + {i} · {g}", c),
            Formula(f"h[{t}]", f"{o} · {shown}", value),
        ]
    if cell.kind == "gru":
        z, n = gates["update"], gates["candidate"]
        return [Formula(f"h[{t}]", f"{z} · {old} + (1 − {z}) · {n}", value)]
    if cell.kind == "leaky":
        a = setting(getattr(cell, "alpha", 0.0), precision)
        return [Formula(f"h[{t}]", f"{a} · {old} + (1 − {a}) · {gates['candidate']}", value)]
    return []


def added_up(work: Work, t: int, precision: int) -> Iterator[Formula]:
    """The sum of each input over all steps up to t, number by number; the largest of many."""
    data = work.heard[: t + 1]
    total = running_sums(data)[-1]
    for i in sorted(largest(total, LISTED).tolist()):
        parts = [bracketed(number(value, precision)) for value in data[:, i]]
        if len(parts) > LISTED:
            parts = [*parts[: LISTED // 2], "…", *parts[-LISTED // 2 :]]
        name = f"Σx {clip(work.sequence.feature.place(i), 12)}"
        yield Formula(name, " + ".join(parts), number(total[i], precision), name_width=16)


def _sum(work: Work, terms: UnitTerms, gate: GateTerms, t: int, precision: int, heard: str) -> RenderableType:
    """Factors and products line by line, what stands beside them, the sum, and the activation of it."""
    adds = np.flatnonzero(gate.values != 0)
    shown = adds[largest(gate.products[adds], LISTED)]
    rows = [
        (_heard(work, terms, t, gate.sources[i], heard), gate.values[i], gate.weights[i], gate.products[i])
        for i in shown
    ]
    left_out = len(gate.values) - len(adds)
    more = {"others": sum_of_others(gate.products, shown)} if len(adds) > LISTED else {}
    notes = f"and {left_out} value{'s' * (left_out > 1)} of 0, adding nothing" if left_out else ""
    function = "σ" if gate.activation == "sigmoid" else gate.activation
    total = Numbers(np.array([gate.total]), precision).texts[0].strip()
    last = (f"{function}({total})", gate.value) if function != "linear" else None
    return SumTable(rows, {**more, **gate.extra}, gate.total, last, note=notes, precision=precision)


def _read(work: Work, t: int) -> Listed:
    """What was read at step t, where the input has a row or a word for each step."""
    x = work.input
    if x.data.ndim not in (1, 2) or x.shape[0] != len(work.sequence.data):
        return NO_CELLS
    features = [()] if x.data.ndim == 1 else [(i,) for i in range(x.shape[1])]
    return listed(x, [(t, *feature) for feature in features])


def _before(work: Work, terms: UnitTerms, t: int) -> Listed:
    """The states of the step before, behind it for what reads backwards, where the results have them."""
    layer = work.layers[-1]
    step = t + (1 if terms.backwards else -1)
    if not 0 <= step < len(work.steps.outputs) or (layer.backward is not None and layer.merge != "concat"):
        return NO_CELLS
    first = layer.forward.units if terms.backwards else 0
    return listed("states", [(step, first + unit) for unit in range(terms.cell.units)])


def _heard(work: Work, terms: UnitTerms, t: int, source: tuple[str, int], heard: str) -> str:
    """What a factor is at step t: an input, or a unit of a step before (behind, for what reads backwards)."""
    name, i = source
    if name == "x":
        features = work.sequence.feature if len(work.layers) == 1 else Axis("unit")
        return f"{heard} {features.place(i)}"
    back = terms.cell.skip.steps if name == "skip" and terms.cell.skip else 1
    step = number(t + back if terms.backwards else t - back)
    return f"r·h[{step}] {i}" if name == "r·h" else f"h[{step}] {i}"


def explain_output(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """Step and output: h V + b_y, then softmax where the outputs stand for words, then the loss.

    Raises ``WrongUsage`` when there is no such step or output. Where only the last step has one, that is the
    first of what is emitted: both numbers mean it.
    """
    steps, count = work.outputs.shape
    t, output = checked(cell, Tensor(work.outputs, (Axis("time"), Axis("output")), "outputs"))
    if work.last_only:
        if t not in (0, steps - 1):
            raise WrongUsage(f"there is no y[{t}]: only the last step has an output, y[{steps - 1}]")
        t = steps - 1
    words = output_names(work)
    labels = words or tuple(str(i) for i in range(count))
    ends = "; h is of each direction where its reading ends" if work.final else ""
    place = Text(f"{step_words(work, t)}, output {labels[output]}{ends}", style="dim")
    sections = [
        Section("input", "Input", origin_words(work.input, precision), learnt(work)),
        Section("formula", "Formula", place, Group(*output_equations(work))),
        Section(
            "arithmetic",
            f"Output y[{t}]",
            body=output_sum(
                work.readout,
                work.read[t],
                output,
                float(work.outputs[t, output]),
                name="h" if work.final else f"h[{t}]",
                bias="b_y",
                precision=precision,
            ),
        ),
    ]
    y = number(work.outputs[t, output], precision)
    shares = None if work.readout_activation is None else work.probabilities[t]
    if shares is not None and work.readout_activation == "sigmoid":
        p = number(shares[output], precision)
        line = Formula(f"p[{t}]", f"σ(y[{t}]) = 1 / (1 + exp(−{bracketed(y)}))", p)
        sections.append(Section("arithmetic", "Sigmoid", body=line))
    elif shares is not None:
        bars = score_bars("output", labels, work.outputs[t], shares, output, precision=precision)
        sections.append(Section("arithmetic", "Softmax", body=bars))
    which = f"“{labels[output]}”" if words else f"output {output}"
    said = f"y[{t}] of {which} is {y}"
    parts = [said, *_becomes(work, t, output, shares, precision)]
    sections.append(Section("result", "Result", Text("; ".join(parts))))
    return Story(*sections)


def _becomes(work: Work, t: int, output: int, shares: Array | None, precision: int) -> Iterator[str]:
    """Its probability, and its part of the loss, where this step has a target."""
    if shares is not None:
        yield f"p = {number(shares[output], precision)}"
    if work.targets is None or not work.loss.counted[t]:
        return
    if not work.classes:
        target = float(work.targets.values[t, output])
        if np.isnan(target):
            return
        wanted = bracketed(number(target, precision))
        if work.binary:
            parts = binary_cross_entropy(work.outputs[t : t + 1, output : output + 1], np.array([[target]]))
            said = {1.0: "−log p", 0.0: "−log(1 − p)"}.get(target)
            said = said or f"−{wanted} · log p − (1 − {wanted}) · log(1 − p)"
            yield f"the target is {wanted}: its part of the loss is {said} = {number(parts.total, precision)}"
            return
        part = number((float(work.outputs[t, output]) - target) ** 2 / 2, precision)
        yield f"its part of the loss is ½ (y − {wanted})² = {part}"
    elif int(work.targets.values[t]) == output:
        yield f"the target: L = −log p = {number(work.loss.steps[t], precision)}"
