"""The arithmetic of losses and of the gradient's way back: one loss, one dL/dh[t], one path, one dL/dU."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import Group
from rich.text import Text

from dlcli.commands.kinds.recurrence.readout_story import LISTED
from dlcli.commands.rnn.cells import letter
from dlcli.commands.rnn.explain import explain_output, step_words
from dlcli.commands.rnn.record import Work
from dlcli.commands.rnn.steps import output_names
from dlcli.commands.rnn.story_learning import learnt
from dlcli.engines.recurrent.bidirectional import unmerged
from dlcli.engines.recurrent.cell import Cell
from dlcli.engines.recurrent.gradient_paths import met_by_weight
from dlcli.engines.recurrent.gradient_terms import handed_back
from dlcli.engines.recurrent.gru import GRUCell
from dlcli.engines.recurrent.sequence_loss import binary_cross_entropy
from dlcli.engines.recurrent.stacked import stack_back
from dlcli.engines.recurrent.truncated import each_loss_alone
from dlcli.errors import WrongUsage
from dlcli.tensor import Array, Axis, Tensor
from dlcli.views.origin import origin_words
from dlcli.views.story import Section, Story
from dlcli.views.tables.step_table import Columns, StepTable
from dlcli.views.tables.sums import Summands, SumTable, largest, sum_of_others
from dlcli.views.text.cell import checked
from dlcli.views.text.formula import Formula, bracketed
from dlcli.words.number import number

WIDE = 9  # cells of the longest name of a formula

#: What stands for V where a merge changes the states before it.
_MERGED = {
    "mul": "; the weights are V times the state of the other direction",
    "ave": "; the weights are half of V",
}

DELTA = "δ is the gradient at what a step adds up"

Row = tuple[str, float, float]


def explain_loss(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """One step's loss: of classes through softmax and −log, of numbers as the sum of squares."""
    if work.learning is not None and work.learning.times is not None:
        raise WrongUsage(
            "--explain takes no Σ L over the steps of learning apart; --save-weights keeps the net, and "
            "beside --weights each of its losses is explained"
        )
    (t,) = checked(cell, Tensor(work.loss.steps, (Axis("time"),), "loss"))
    targets = work.targets
    assert targets is not None  # without them there is no loss
    if not work.loss.counted[t]:
        raise WrongUsage(f"--explain {t}: step {t} has no target, and so no loss")
    if work.classes:
        row = 0 if work.last_only else t
        return explain_output(work, (row, int(targets.values[t])), precision=precision)
    y, wanted = work.outputs[t], targets.values[t]
    known = np.flatnonzero(~np.isnan(wanted))
    labels = output_names(work) or tuple(str(i) for i in range(len(y)))
    columns = {"y": y[known], "target": wanted[known]}
    if work.binary:
        formula = "−Σ (target · log p + (1 − target) · log(1 − p))"
        columns |= {"p": work.probabilities[t][known]}
        columns["part"] = np.array(
            [binary_cross_entropy(y[i : i + 1, None], wanted[i : i + 1, None]).total for i in known.tolist()]
        )
    else:
        formula = "½ Σ (y − target)²"
        columns["½ (y − target)²"] = (y - wanted)[known] ** 2 / 2
    parts = [*columns.values()][-1]
    table = Summands(
        {"output": [labels[i] for i in known]},
        columns,
        [(f"L[{t}]", parts.sum())],
        precision=precision,
    )
    return Story(
        *_head(work, step_words(work, t), [Formula(f"L[{t}]", formula, name_width=WIDE)], precision),
        Section("arithmetic", f"Loss L[{t}]", body=table),
        Section("result", "Result", Text(f"L[{t}] is {number(work.loss.steps[t], precision)}")),
    )


def explain_gradient(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """dL/dh of one unit at one step: what the step's own loss says, and what later steps hand back.

    Raises ``WrongUsage`` for a step or unit that is not there, and for truncated gradients: they are a sum
    over losses, each cut off elsewhere.
    """
    whole = work.short_gradients.hidden
    t, unit = checked(cell, Tensor(whole, (Axis("time"), Axis("unit")), "gradients"))
    if work.truncate is not None:
        raise WrongUsage(
            "--explain: with --truncate each loss is followed back by itself, and dL/dh is no one sum; "
            "leave --truncate out, or explain --emit paths"
        )
    layer, done = work.layers[-1], work.steps.layers[-1]
    backwards = unit >= layer.forward.units
    own = unit - layer.forward.units * backwards
    one, steps = layer.cells[backwards], done.directions[backwards]
    last = steps.length - 1
    later = handed_back(
        one,
        steps,
        work.gradients.layers.deltas[-1].directions[backwards],
        last - t if backwards else t,
        own,
    )
    rows = _from_the_loss(work, t, own, backwards=backwards)
    for (what, step, column), gradient, weight in zip(
        later.sources, later.gradients, later.weights, strict=True
    ):
        at = last - step if backwards else step
        rows.append((_handed(one, what, at, column), gradient, weight))
    of, arrow = _of(layer.backward is not None, backwards)
    after = "t−1" if backwards else "t+1"
    parts = ["dL/dy[t] Vᵀ"]
    following = t - 1 if backwards else t + 1
    unread = work.mask is not None and 0 <= following <= last and not work.mask[following]
    merged = _MERGED.get(layer.merge, "") if layer.backward is not None else ""
    if unread:
        parts.append(f"dL/dh[{after}], for step {following} is not read")
    elif "recurrent_kernel" in one.arrays():
        parts.append(_through_weights(one, after))
    if one.kind in ("leaky", "gru") and not unread:
        parts.append(f"{'a' if one.kind == 'leaky' else f'z[{after}]'} · dL/dh[{after}]")
    if one.skip is not None:
        parts.append(f"δ[t{'−' if backwards else '+'}{one.skip.steps}] Sᵀ")
    formulas = [
        Formula("dL/dh[t]", " + ".join(parts), name_width=WIDE),
        Formula("dL/dy[t]", _of_output(work), name_width=WIDE),
    ]
    value = number(whole[t, unit], precision)
    return Story(
        *_head(work, f"{step_words(work, t)}, unit {own}{of}; {DELTA}{merged}", formulas, precision),
        Section("arithmetic", f"Gradient dL/dh{arrow}[{t}]", body=_sum(rows, whole[t, unit], precision)),
        Section("result", "Result", Text(f"dL/dh{arrow}[{t}] of unit {own} is {value}")),
    )


def _of_output(work: Work) -> str:
    """The gradient at an output."""
    if work.classes:
        return "p[t] − 1 at the target"
    return "p[t] − target" if work.binary else "y[t] − target"


def explain_path(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """One term of dL/dU: from the loss of a step back to another, and there to the weight.

    It is told by its norm; of an entry that was asked for, it is the number that it adds to that.
    """
    told, first = work.told_paths, work.window.start
    row, column = checked(cell, Tensor(told, (Axis("loss step"), Axis("step")), "paths"))
    t, k = first + row, first + column
    place = f"from L[{t}] back to {step_words(work, k)}"
    value = number(told[row, column], precision)
    of = f"of dL/d{work.paths_of if work.entry else work.letter}"
    term, far = f"term({t}, {k})", work.truncate
    unread = work.mask is not None and not bool(work.mask[k])
    if k > t or (far is not None and t - k >= far) or not work.loss.counted[t] or unread:
        if k > t:
            why = "a loss says nothing of later steps"
        elif not work.loss.counted[t]:
            why = f"step {t} has no target"
        else:
            why = f"step {k} is not read" if unread else f"--truncate {far} ends before it"
        called = f"{term} {of}" if work.entry else f"‖{term}‖"
        result = Section("result", "Result", Text(f"{called} is {value}: {why}"))
        return Story(*_head(work, place, [], precision), result)
    layers, done, doutputs = work.way_back
    piece = done.piece(first, work.window.stop)
    alone = each_loss_alone(doutputs[work.window], np.array([row]))
    deltas = stack_back(layers, piece, alone)[-1].directions[0]
    handed, s = (deltas.hidden, "h") if deltas.cell is None else (deltas.cell, "c")
    along = handed[0, column : row + 1]
    time = Axis("time", start=k, step=1)
    norms = np.linalg.norm(along, axis=-1)[:, None]
    groups = [Columns(f"dL[{t}]/d{s}", "", along), Columns("norm", "", norms, ("",), "sequential")]
    sums = (deltas.recurrent_sums if work.weight == "recurrent_kernel" else deltas.sums)[0, column]
    parts = [*met_by_weight(work.top, piece.layers[-1].forward, work.weight)]
    place += f"; δ[{k}] is the gradient of L[{t}] at what step {k} adds up"
    place += f", of n times r[{k}]" if _resets_gradient(work) else ""
    way = Section("arithmetic", "Way back", body=StepTable(time, groups, precision=precision))
    if work.entry is not None:
        above, to = work.entry
        ((columns, value_met),) = ((c, x[column, above]) for c, x in parts if c.start <= to < c.stop)
        gate = to // work.top.units
        signs = _delta_name(work, slice(gate * work.top.units, to + 1), len(work.top.gates) > 1)
        product = f"{_met_name(work, k, columns)} {above} · {signs}[{k}] {to % work.top.units}"
        factors = " · ".join(bracketed(number(one, precision)) for one in (value_met, sums[to]))
        return Story(
            *_head(work, place, [Formula(term, product, name_width=WIDE)], precision),
            way,
            Section("arithmetic", "Term", body=Formula(term, factors, value, name_width=WIDE)),
            Section("result", "Result", Text(f"{term} {of} is {value}")),
        )
    lines, products, squares = [], [], []
    for columns, inputs in parts:
        met, delta = np.linalg.norm(inputs[column]), np.linalg.norm(sums[columns])
        names = _met_name(work, k, columns), f"{_delta_name(work, columns, len(parts) > 1)}[{k}]"
        factors = f"‖{names[0]}‖ · ‖{names[1]}‖ = {number(met, precision)} · {number(delta, precision)}"
        lines.append(Formula("", factors, number(met * delta, precision), name_width=WIDE))
        products.append(f"{names[0]}ᵀ · {names[1]}")
        squares.append((met * delta) ** 2)
    if len(lines) > 1:
        lines.append(Formula("", "√ Σ of both squares", value, name_width=WIDE))
    formulas = [Formula(term, " beside ".join(products), name_width=WIDE)]
    return Story(
        *_head(work, place, formulas, precision),
        way,
        Section("arithmetic", "Term", body=Group(*lines)),
        Section("result", "Result", Text(f"‖{term}‖ {of} is {value}")),
    )


def explain_weight(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """One entry of dL/dU: over all steps, what the weight meets times the gradient at its sum."""
    gradients, weight = work.short_gradients, work.weight
    given = gradients.of(weight, clip=work.clip)
    if work.entry is not None and not all(i in (0, at) for i, at in zip(cell, work.entry, strict=False)):
        raise WrongUsage(f"--explain: --paths-of {work.paths_of} is the one entry that is emitted")
    cell = work.entry or cell
    row, column = checked(cell, Tensor(given, (Axis("from"), Axis("to")), "weight-gradients"))
    deltas = gradients.layers.deltas[-1].directions[0]
    sums = (deltas.recurrent_sums if weight == "recurrent_kernel" else deltas.sums)[:, column]
    ((columns, met),) = (
        (columns, inputs[:, row])
        for columns, inputs in met_by_weight(work.top, work.top_steps, weight)
        if columns.start <= column < columns.stop
    )
    rows: list[Row] = [
        (f"step {k}: {_met_name(work, k, columns)} {row}", met[k], sums[k])
        for k in np.flatnonzero(met != 0).tolist()
    ]
    total = float(gradients.of(weight)[row, column])
    gate = letter(work.top.gates[column // work.top.units], work.top.kind)
    delta = "r·δ" if gate == "n" and _resets_gradient(work) else "δ"
    place = f"from {row} to {gate} {column % work.top.units}; {DELTA}"
    formulas = [
        Formula(
            f"dL/d{work.letter}", f"Σ over k of {_met_name(work, None, columns)}ᵀ {delta}[k]", name_width=WIDE
        ),
    ]
    value = number(given[row, column], precision)
    last = None
    if work.clip is not None and work.clip < gradients.norm:
        last = (f"times {number(work.clip / gradients.norm, precision)}", float(given[row, column]))
    table = _sum(rows, total, precision, heads=("from", "value", delta, "product"), last=last)
    clipped = f", clipped to --clip {number(work.clip)}" if last else ""
    return Story(
        *_head(work, place, formulas, precision),
        Section("arithmetic", f"Gradient dL/d{work.letter}", body=table),
        Section("result", "Result", Text(f"dL/d{work.letter} at {row},{column} is {value}{clipped}")),
    )


def _head(work: Work, place: str, formulas: list[Formula], precision: int) -> Iterator[Section]:
    yield Section("input", "Input", origin_words(work.input, precision), learnt(work))
    yield Section("formula", "Formula", Text(place, style="dim"), Group(*formulas) if formulas else None)


def _of(both: bool, backwards: bool) -> tuple[str, str]:
    """Which direction a unit is of, in words and as an arrow."""
    if not both:
        return "", ""
    return (", reading backwards", "←") if backwards else (", reading forwards", "→")


def _from_the_loss(work: Work, t: int, unit: int, *, backwards: bool) -> list[Row]:
    """What the loss says of a unit's state at step t itself: a row for each output, dL/dy times V."""
    layer, doutputs = work.layers[-1], work.loss.doutputs
    last = len(doutputs) - 1
    y = t
    if work.final:
        y = last  # the only output hears of the last step of each direction
        if t != (0 if backwards else last):
            return []
    row, factor = unit, 1.0
    if layer.backward is not None and layer.merge == "concat":
        row += layer.forward.units * backwards
    elif layer.backward is not None:
        ahead, behind = (one.states for one in work.steps.layers[-1].directions)
        pair = (ahead[-1], behind[-1]) if work.final else (ahead[t], behind[last - t])
        factor = float(unmerged(layer.merge, np.ones(layer.forward.units), *pair)[backwards][unit])
    labels = output_names(work) or tuple(str(i) for i in range(doutputs.shape[1]))
    return [
        (f"dL/dy[{y}] {labels[o]}", doutputs[y, o], factor * work.readout.kernel[row, o])
        for o in np.flatnonzero(doutputs[y]).tolist()
    ]


def _handed(cell: Cell, what: str, step: int, column: int) -> str:
    if what == "state":
        return f"dL/dh[{step}] {column}"
    gate = letter(cell.gates[column // cell.units], cell.kind)
    reset = "r·" if what == "reset" else ""
    return f"{reset}δ{'' if len(cell.gates) == 1 else f'_{gate}'}[{step}] {column % cell.units}"


def _through_weights(cell: Cell, after: str) -> str:
    """What comes back through the recurrent weights; a GRU's reset gate stands before or behind its own."""
    if not isinstance(cell, GRUCell):
        return f"δ[{after}] Uᵀ"
    gates = " + ".join(f"δ_{gate}[{after}] U_{gate}ᵀ" for gate in "zr")
    if cell.reset_after:
        return f"{gates} + (r[{after}] · δ_n[{after}]) U_nᵀ"
    return f"{gates} + r[{after}] · (δ_n[{after}] U_nᵀ)"


def _met_name(work: Work, k: int | None, columns: slice) -> str:
    """What these columns of the weight meet at step k."""
    if work.weight == "kernel":
        return "x[k]" if k is None else f"x[{k}]"
    back = work.top.skip.steps if work.weight == "skip_kernel" and work.top.skip else 1
    reset = "r·" if columns.start else ""  # a candidate that resets before it weighs stands alone
    return f"{reset}h[k−{back}]" if k is None else f"{reset}h[{number(k - back)}]"


def _delta_name(work: Work, columns: slice, apart: bool) -> str:
    """The gradient at these columns, by their gates where others stand apart from them."""
    cell = work.top
    gates = cell.gates[columns.start // cell.units : columns.stop // cell.units]
    return f"δ_{','.join(letter(gate, cell.kind) for gate in gates)}" if apart else "δ"


def _resets_gradient(work: Work) -> bool:
    """Whether the weight's own gradient at the candidate is that at its sum times the reset gate."""
    return isinstance(work.top, GRUCell) and work.top.reset_after and work.weight == "recurrent_kernel"


def _sum(
    rows: list[Row],
    total: float,
    precision: int,
    heads: tuple[str, str, str, str] = ("from", "gradient", "weight", "product"),
    last: tuple[str, float] | None = None,
) -> SumTable | Text:
    """Products of two factors and their sum; of many the largest."""
    if not rows:
        return Text("nothing is added: it is 0")
    products: Array = np.array([value * weight for _, value, weight in rows])
    shown = largest(products, LISTED)
    extra = {"others": sum_of_others(products, shown)} if len(rows) > len(shown) else {}
    listed = [(*rows[i], products[i]) for i in shown.tolist()]
    return SumTable(listed, extra, total, last, heads=heads, precision=precision)
