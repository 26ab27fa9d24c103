"""What is worth noticing of a net that has read a sequence: its memory, what is flat, what vanishes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dlcli.commands.rnn.record import Work
from dlcli.engines.recurrent.cell import Cell
from dlcli.engines.recurrent.cell_activations import activate
from dlcli.engines.recurrent.gradient_paths import farthest
from dlcli.engines.recurrent.memory import same_inputs
from dlcli.views.text.text import clip
from dlcli.words.number import number, percent

SATURATED = 0.99
MANY = 0.25  # share of the states from which on it is worth a word
SAME = 1e-9  # states nearer than this do not differ to the eye
VANISHED, EXPLODED = 1e-3, 1e3
FAINT = 0.1  # of a gradient, or less: worth a word on why
WHOLE = 1.0005  # of a gradient: from here on it is told as more than 1
LARGE = 3.0  # an input beyond it is a large one for a cell that nobody has trained
APART = 0.05  # what a gate keeps less than by its bias alone, from which on that is not for its bias
OPEN = 0.9  # what a gate keeps a step, from which on it is not the gate that loses the gradient

#: Gate that keeps the old state -> the option that says where it begins.
BIASES = {"forget": "--forget-bias", "update": "--update-bias"}


def memory(work: Work) -> str:
    """How much of what came before is in a state, told by two steps that read the same if there are any."""
    states, cut = work.steps.outputs, work.cut
    read = np.arange(len(states)) if work.mask is None else np.flatnonzero(work.mask)
    if len(read) == 1:
        return "A single step has nothing to remember: with the feedback cut, it is the same." * (
            not work.initial
        )
    pair = same_inputs(work.sequence.data[read])
    if pair is not None and work.shape != "one-to-many":
        first, second = read[[*pair]].tolist()
        apart = float(np.abs(states[first] - states[second]).max())
        same = f"Steps {first} and {second} read the same{_word(work, first)}"
        if apart < SAME:
            return f"{same}, and h is the same: nothing of what came between shows in it."
        return (
            f"{same}, but h differs by up to {number(apart, 3)}: what came before is in it. With the "
            "feedback cut, both give the same."
        )
    apart = float(np.abs(states[read[-1]] - cut[read[-1]]).max())
    if apart < SAME:
        return "With the feedback cut, the last state would be the same: nothing from before shows in it."
    return f"With the feedback cut, the last state would differ by {number(apart, 3)}: so much is memory."


def flat(work: Work) -> Iterator[str]:
    """What stands in the way of learning: states where the activation is flat."""
    share = float((np.abs(work.steps.outputs) > SATURATED).mean())
    if work.top.activation == "tanh" and share > MANY:
        yield (
            f"{percent(share, precision=2)} of the states are beyond ±{SATURATED}, where tanh is flat and "
            f"lets no gradient through: try "
            f"{'--standardize, or ' * work.sequence.can_standardize}smaller inputs."
        )


def kept(work: Work) -> Iterator[str]:
    """How much a gate keeps from step to step."""
    if work.kept is not None and work.kept[0] != "alpha":
        name = work.kept[0]
        mean = float(work.top_steps.parts[name].mean())
        what = "cell state" if name == "forget" else "state"
        yield f"The {name} gate is {number(mean, 2)} on average: that share of the {what} is kept a step."


def gradient_notices(work: Work) -> Iterator[str]:
    """What has become of the gradient at the far end."""
    reach = work.reach
    far = farthest(reach)
    steps = f"{far} steps" if far > 1 else "1 step"
    if far:
        left = float(reach[far])
        what = (
            "it vanishes: the far past is not learnt from"
            if left < VANISHED
            else "it explodes: --clip keeps a step of learning in bounds"
            if left > EXPLODED
            else "the far past is still heard"
        )
        yield f"{steps} back, {number(left, 3)} of the gradient at a state is left; {what}."
        yield from grown(work)
        if left < FAINT:
            yield from fresh_gate(work)
    keeping = work.kept
    if keeping is not None and keeping[0] == "forget" and far:
        yield (
            "Along the cell state alone it is multiplied by the forget gates: their product over "
            f"{steps} is {number(float(keeping[1][far]), 3)}."
        )
    radius = work.radius
    if radius is not None:
        yield (
            f"Each step back multiplies by U, whose spectral radius is {number(radius, 3)}, and by the slope "
            f"of {work.top.activation}{', 1 − h², at most 1' if work.top.activation == 'tanh' else ''}."
        )


def grown(work: Work) -> Iterator[str]:
    """Why more than the whole of a gradient can be left some steps back: it has more than one way."""
    if not float(np.nanmax(work.reach)) > WHOLE:
        return
    top = work.top
    if len(work.layers) > 1 or work.layers[-1].backward is not None or top.skip is not None:
        why = "there are several ways back, and what comes by all of them is added"
    elif top.kind == "lstm":
        why = "beside c a gradient goes back over h, U and the gates, and that is added"
    elif top.kind == "gru":
        why = "to what z keeps, what goes back through U and the gates is added"
    else:
        why = "U stretches by more than the slopes of the activation take away"
    yield f"A share above 1: {why}."


def fresh_gate(work: Work) -> Iterator[str]:
    """That a gate which nobody has trained keeps little, and how to begin with one that keeps nearly all."""
    if work.file is not None or work.learning is not None:
        return
    if work.kept is None or work.kept[0] not in BIASES or len(work.kept[1]) < 2:
        return
    name, share = work.kept[0], float(work.kept[1][1])
    if share >= OPEN:
        return
    open_ = float(activate(work.top.gate_activation, np.array(5.0)))
    flag, bias = BIASES[name], _bias(work.top, name)
    keeps = f"A fresh {name} gate keeps about {number(share, 2)} a step"
    alone = float(activate(work.top.gate_activation, np.array(bias)))
    begins = f"{flag} {bias:g} begins with {number(alone, 3)}"
    largest = float(np.abs(work.sequence.data).max()) if len(work.layers) == 1 else 0.0
    if largest > LARGE and share < alone - APART:
        tries = "try --standardize" if work.sequence.can_standardize else "try smaller ones"
        yield f"{keeps}, though {begins}: the inputs are large, up to {number(largest, 3)}; {tries}."
    elif flag in work.line:
        yield f"{keeps}; {begins}."
    else:
        yield f"{keeps}: what to keep, it has to learn; {flag} 5 begins with {number(open_, 3)}."


def _bias(cell: Cell, gate: str) -> float:
    """Where all gates of a kind begin, in a cell that nobody has trained."""
    assert cell.bias is not None
    return float(np.atleast_2d(cell.bias)[:, cell.block(gate)].sum(axis=0)[0])


def _word(work: Work, t: int) -> str:
    labels = work.sequence.time.labels
    return f" word “{clip(labels[t], 16)}”" if labels and work.sequence.words else " input"
