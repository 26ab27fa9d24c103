"""Learning: one step of every weight with its numbers, and the falling sum of losses over many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from rich.text import Text

from dlcli.commands.kinds.nets.gradient_check_story import gradients_checked
from dlcli.commands.rnn import notation
from dlcli.commands.rnn.cells import MATRICES, letter
from dlcli.commands.rnn.record import Learning, Work
from dlcli.engines.base.central_differences import JITTER
from dlcli.tensor import Array, Axis
from dlcli.views.charts.chart import LineChart
from dlcli.views.story import Section
from dlcli.views.tables.table import Table
from dlcli.views.text.formula import bracketed
from dlcli.views.text.text import clip
from dlcli.words.number import counted, number

SMALL = 4  # numbers of an array up to which all are listed
STEEPEST = 3  # of a larger one
LISTED = 10  # steps whose losses are listed
CURVE = 8  # terminal rows of the chart
FAR = 1e4  # times the least loss: where the largest is more, a factor takes the same room everywhere
NAME = 10  # cells of a word that names a weight
CLOSE = 0.1  # of the fall that the slope promises: nearer than this it was kept

LETTERS = {name: sign for sign, name in MATRICES.items()} | {"bias": "b"}


def learning_sections(work: Work, precision: int) -> Iterator[Section]:
    """The rule, one step with its numbers or the losses of many; gradients beside measured ones."""
    if work.check:
        yield from gradients_checked(work.checks, _checked_words(work))
    learning = work.learning
    if learning is None:
        return
    losses = learning.descent.losses
    fall = f"Σ L {number(losses[0], precision)} → {number(losses[-1], precision)}"
    words = Text("; ".join([*rule([work]), fall, whose(learning)]), style="dim")
    yield Section("formula", "Learning", words, found=True)
    yield notation.step()
    if len(learning.descent.norms) == 1:
        told = Text(_step_words(work, learning, precision), style="dim")
        yield Section("arithmetic", "Step", told, _step(work, learning, precision))
    else:
        yield from loss_curves([work], precision)


def steps_gone(work: Work) -> str:
    """How far the weights have gone from where they were; empty where they are as they were."""
    learning = work.learning
    if learning is None:
        return ""
    return f"{counted(len(learning.descent.norms), 'step')} of --step {number(learning.rate, 15)}"


def learnt(work: Work) -> Text | None:
    """Of a net that has learnt, that its weights are those after so many steps."""
    return Text(f"weights after {steps_gone(work)}", style="dim") if work.learning is not None else None


def loss_curves(runs: Sequence[Work], precision: int) -> Iterator[Section]:
    """The sum of the losses of each net over the steps of learning, as numbers and as a chart."""
    curves = {run.name: run.learning.descent.losses for run in runs if run.learning is not None}
    if not curves:
        return
    steps = len(next(iter(curves.values())))
    heads = ["step", *(["Σ L"] if len(runs) == 1 else curves)]
    columns = [*curves.values()]
    if len(runs) == 1 and runs[0].learning is not None:
        heads.append("‖dL/dW‖")
        columns.append(np.append(runs[0].learning.descent.norms, np.nan))
    rows = [
        [str(t), *("" if np.isnan(one[t]) else number(one[t], precision) for one in columns)]
        for t in listed(steps)
    ]
    words = "before the first step, and after so many"
    if len(runs) == 1:
        words += "; ‖dL/dW‖ is the length of the gradient that the next step goes against"
        words += ", before it is clipped" * (runs[0].clip is not None)
    table = Table(heads, rows, right=range(len(heads)), whole=(0,))
    yield Section("result", "Σ of losses", Text(words, style="dim"), table)
    if steps > 2:
        every = np.stack([*curves.values()])
        log = bool(every.min() > 0 and every.max() > FAR * every.min())
        chart = LineChart(curves, Axis("step", start=0, step=1), y="Σ L", log=log, height=CURVE)
        yield Section("result", "How they fall", None, chart)


def listed(count: int) -> list[int]:
    """Steps whose losses are listed: all of a few, else the first, the last, some of 1, 2, 5, 10, … between.

    >>> listed(4), listed(101)
    ([0, 1, 2, 3], [0, 1, 2, 5, 10, 20, 50, 100])
    >>> listed(30001)
    [0, 1, 2, 10, 50, 200, 1000, 5000, 20000, 30000]
    """
    if count <= LISTED:
        return list(range(count))
    round_ = [digit * 10**power for power in range(len(str(count))) for digit in (1, 2, 5)]
    between = [step for step in round_ if step < count - 1]
    picked = np.linspace(0, len(between) - 1, min(LISTED - 2, len(between))).astype(int)
    return [0, *(between[i] for i in picked.tolist()), count - 1]


def learning_notices(work: Work) -> Iterator[str]:
    """Whether the losses fall, and whether by as much as the slope promised."""
    learning = work.learning
    if learning is None:
        return
    yield from rising(work)
    losses, norms = learning.descent.losses, learning.descent.norms
    if len(norms) == 1 and work.truncate is None and norms[0]:
        clipped = work.clip is not None and work.clip < norms[0]
        promised = learning.rate * norms[0] * (work.clip if clipped and work.clip else norms[0])
        fall = float(losses[0] - losses[1])
        kept = f"it {'fell' if fall > 0 else 'rose'} by {number(abs(fall), 3)}"
        if abs(fall - promised) > CLOSE * promised:
            kept += ", for on so long a way the slope changes"
        of = "LR · ‖dL/dW‖ · --clip" if clipped else "LR · ‖dL/dW‖²"
        yield f"The slope promised a fall of {of} = {number(promised, 3)}; {kept}."


def rising(work: Work) -> Iterator[str]:
    """That the losses have risen, in the end or on the way, and what helps."""
    if work.learning is None:
        return
    losses = work.learning.descent.losses
    rises = int((np.diff(losses) > 0).sum())
    tries = "a smaller --step" if work.clip is not None else "a smaller --step, or --clip"
    if losses[-1] > losses[0]:
        yield f"Σ L has risen from {number(losses[0], 3)} to {number(losses[-1], 3)}: try {tries}."
    elif rises:
        yield f"Σ L rose in {rises} of {len(losses) - 1} steps, which were too long: try {tries}."


def whose(learning: Learning) -> str:
    """Which net all the rest is about."""
    after = "this step" if len(learning.descent.norms) == 1 else "these steps"
    return f"all that is told below, emitted or saved is of the weights after {after}"


def rule(runs: Sequence[Work]) -> Iterator[str]:
    """What a step is, and what is made of the gradient before it."""
    work, learning = runs[0], runs[0].learning
    if learning is None:
        return
    times = len(learning.descent.norms)
    said = f"W ← W − {number(learning.rate, 15)} · dL/dW for all weights at once"
    yield f"{said}, {times} times" if times > 1 else said
    if work.truncate is not None:
        yield f"each loss reaches back over {counted(work.truncate, 'step')}"
    if work.clip is not None:
        norms = [run.learning.descent.norms for run in runs if run.learning is not None]
        clipped = [f"{int((one > work.clip).sum())} of {times}" for one in norms]
        each = [f"{run.name} {said}" for run, said in zip(runs, clipped, strict=True)]
        said = ", ".join(each) if len(runs) > 1 else clipped[0]
        yield f"gradients longer than {number(work.clip)} are clipped to it: {said}"
    if work.two_biases:
        yield "each b is the sum of two biases, and both go a step"
    if "embedding" in work.conventions:
        yield "embedding and kernel learn as one"


def _step_words(work: Work, learning: Learning, precision: int) -> str:
    parts = [f"of arrays of up to {SMALL} numbers all, of others the {STEEPEST} steepest"]
    if len(work.layers) > 1:
        parts.append(f"layer {len(work.layers) - 1} and what reads it")
    norm = learning.descent.norms[0]
    if work.clip is not None and work.clip < norm:
        parts.append(
            f"‖dL/dW‖ = {number(norm, precision)}, clipped: each gradient is what it was times "
            f"{number(work.clip / norm, precision)}"
        )
    return "; ".join(parts)


def _step(work: Work, learning: Learning, precision: int) -> Table:
    """W − LR · dL/dW = the new W, number by number, of some weights of each array: a line each."""
    before, gradients = learning.before.arrays(), learning.descent.gradients
    factor = 1.0 if work.clip is None else min(1.0, work.clip / (gradients.norm or 1.0))
    after = work.net.arrays()
    rows = []
    for name, old in before.items():
        if not name.startswith((f"{len(work.layers) - 1}/", "output/")):
            continue
        slopes = factor * gradients.weights[name]
        steepest = np.argsort(-np.abs(slopes), axis=None, kind="stable")[:STEEPEST].tolist()
        asked = _asked(work, name, old.shape)
        twice = "2 · " * _two(gradients.weights, name)
        for place in range(old.size) if old.size <= SMALL else sorted({*steepest, *asked}):
            at = tuple(map(int, np.unravel_index(place, old.shape)))
            new = after[name][at]
            slope = number(slopes[at], precision)
            going = f"− {twice}{number(learning.rate, 15)} · {bracketed(slope)}"
            row = [_letter(work, name, at), _place(work, name, at), number(old[at], precision), going]
            rows.append([*row, f"= {number(new, precision)}"])
    heads = ["", "from → to", "W", "− LR · dL/dW", "= new W"]
    return Table(heads, rows, right=(2,), whole=(0, 1), heads=range(5))


def _two(gradients: Mapping[str, Array], name: str) -> bool:
    """Whether an array is the sum of two biases, which both go a step."""
    return name.endswith("/bias") and name.replace("/bias", "/recurrent_bias") in gradients


def _asked(work: Work, name: str, shape: tuple[int, ...]) -> list[int]:
    """The place of the entry of ``--paths-of`` in the array of this name, flat, where it is there."""
    weight = work.paths_of
    if weight is None or weight.entry is None or name != f"{len(work.layers) - 1}/0/{work.weight}":
        return []
    return [int(np.ravel_multi_index(weight.entry, shape))]


def _letter(work: Work, name: str, at: tuple[int, ...]) -> str:
    """What a weight is called in the equations, with its layer and direction where there are several."""
    *where, what = name.split("/")
    if where == ["output"]:
        return f"{'V' if what == 'kernel' else 'b_y'}{_index(at)}"
    layer, direction = map(int, where)
    second = "′" if what == "bias" and len(at) > 1 and at[0] else ""
    of = f" {layer}" if len(work.layers) > 1 else ""
    arrow = "→←"[direction] if work.layers[layer].backward is not None else ""
    return f"{LETTERS[what]}{second}{of}{arrow}{_index(at[-1:] if what == 'bias' else at)}"


def _index(at: tuple[int, ...]) -> str:
    return f"[{','.join(map(str, at))}]"


def _place(work: Work, name: str, at: tuple[int, ...]) -> str:
    """What a weight meets, and the sum that it is part of: x cat → h 0, h 1 → y mat, → h 0."""
    *where, what = name.split("/")
    if where == ["output"]:
        labels = work.output_labels
        to = clip(labels[at[-1]], NAME) if labels else f"y {at[-1]}"
        return f"h {at[0]} → {to}" if what == "kernel" else f"→ {to}"
    layer, direction = map(int, where)
    cell = work.layers[layer].cells[direction]
    gate, unit = divmod(at[-1], cell.units)
    to = f"{letter(cell.gates[gate], cell.kind)} {unit}"
    if what == "bias":
        return f"→ {to}"
    if what == "kernel" and layer == 0:
        return f"x {clip(work.sequence.feature.place(at[0]), NAME)} → {to}"
    return f"{'x' if what == 'kernel' else 'h'} {at[0]} → {to}"


def _checked_words(work: Work) -> str:
    parts = []
    if work.learning is not None:
        parts.append("as the weights were before the first step")
    if work.truncate is not None or work.clip is not None:
        limits = {"--truncate": work.truncate, "--clip": work.clip}
        flags = " and ".join(flag for flag, value in limits.items() if value is not None)
        parts.append(f"without {flags}, for what that leaves is not the slope of the loss")
    if work.kinked:
        parts.append(f"all weights moved by some {JITTER:g} first, off the kink of {work.kinked}")
    return "; ".join(parts)
