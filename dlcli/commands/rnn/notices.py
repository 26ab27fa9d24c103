"""What is worth noticing of a net that has read a sequence: its memory, what is flat, what vanishes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dlcli.commands.rnn.record import Work
from dlcli.engines.recurrent.gradient_paths import farthest
from dlcli.engines.recurrent.memory import same_inputs
from dlcli.views.text.text import clip
from dlcli.words.number import number

SATURATED = 0.99
MANY = 0.25  # share of the states from which on it is worth a word
SAME = 1e-9  # states nearer than this do not differ to the eye
VANISHED, EXPLODED = 1e-3, 1e3


def memory(work: Work) -> str:
    """How much of what came before is in a state, told by two steps that read the same if there are any."""
    states, cut = work.steps.outputs, work.cut
    if len(states) == 1:
        return "A single step has nothing to remember: with the feedback cut, it is the same."
    pair = same_inputs(work.sequence.data)
    if pair is not None and work.shape != "one-to-many":
        first, second = pair
        apart = float(np.abs(states[first] - states[second]).max())
        same = f"Steps {first} and {second} read the same{_word(work, first)}"
        if apart < SAME:
            return f"{same}, and h is the same: nothing of what came between shows in it."
        return (
            f"{same}, but h differs by up to {number(apart, 3)}: what came before is in it. With the "
            "feedback cut, both give the same."
        )
    apart = float(np.abs(states[-1] - cut[-1]).max())
    if apart < SAME:
        return "With the feedback cut, the last state would be the same: nothing from before shows in it."
    return f"With the feedback cut, the last state would differ by {number(apart, 3)}: so much is memory."


def flat(work: Work) -> Iterator[str]:
    """What stands in the way of learning: states where the activation is flat."""
    share = float((np.abs(work.steps.outputs) > SATURATED).mean())
    if work.top.activation == "tanh" and share > MANY:
        yield (
            f"{number(100 * share, 2)} % of the states are beyond ±{SATURATED}, where tanh is flat and lets "
            "no gradient through: try --standardize, or smaller inputs."
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
    keeping = work.kept
    if keeping is not None and keeping[0] == "forget" and far:
        yield (
            "Along the cell state alone it is multiplied by the forget gates: their product over "
            f"{steps} is {number(float(keeping[1][far]), 3)}."
        )
    radius = work.radius
    if radius is not None and work.top.kind == "simple":
        yield (
            f"Each step back multiplies by U, whose spectral radius is {number(radius, 3)}, and by the slope "
            f"of {work.top.activation}{', 1 − h², at most 1' if work.top.activation == 'tanh' else ''}."
        )


def _word(work: Work, t: int) -> str:
    labels = work.sequence.time.labels
    return f" word “{clip(labels[t], 16)}”" if labels and work.sequence.words else " input"
