"""Slips of recurrence: the state left out, gates exchanged, the way back cut short.

Each takes what one line of the calculation takes, exact numbers or arrays of them, and gives what that line
becomes. The right lines stand beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.base.exact import Exact, absolute, sigmoid, tanh
from dlcli.engines.base.slips import slip


def each(function: Callable[[Exact], Exact], values: Any) -> Any:
    """A function of a number, of each number of an array.

    >>> each(abs, np.array([-1, 2], object)).tolist()
    [1, 2]
    """
    if isinstance(values, np.ndarray):
        return np.array([function(one) for one in values.ravel()], dtype=object).reshape(values.shape)
    return function(values)


def weighed(x: Any, w: Any) -> Any:
    """x times its weight, w·x; of a row (m,) and a matrix (m, n) x·W.

    >>> weighed(2, 3), weighed(np.array([1, 2]), np.array([[1, 0], [0, 1]])).tolist()
    (6, [1, 2])
    """
    return x @ w if isinstance(w, np.ndarray) else w * x


# A simple cell: a = w·x + u·h + b, then h = tanh(a). Of numbers, or of rows and matrices.


def added(x: Any, h: Any, w: Any, u: Any, b: Any, before: Any = None) -> Any:
    """What comes before tanh, x·w + h·u + b.

    ``before`` is the input of the step before, which only a slip asks for.

    >>> added(2, 1, 3, -1, 4)
    9
    """
    return weighed(x, w) + weighed(h, u) + b


@slip(
    "rnn.memory-cut",
    "without the state before",
    "The state before takes part in every step, times its weight.",
)
def cut(x: Any, h: Any, w: Any, u: Any, b: Any, before: Any = None) -> Any:
    """x·w + b."""
    return weighed(x, w) + b


@slip(
    "rnn.swapped",
    "with the two weights exchanged",
    "The weight of the input multiplies the input, that of the state the state.",
)
def swapped(x: Any, h: Any, w: Any, u: Any, b: Any, before: Any = None) -> Any:
    """x·u + h·w + b."""
    return weighed(x, u) + weighed(h, w) + b


@slip(
    "rnn.prev-input",
    "with the input of the step before in place of the state before",
    "What is fed back is the state, not the input.",
)
def fed_back_input(x: Any, h: Any, w: Any, u: Any, b: Any, before: Any = None) -> Any:
    """x[t]·w + x[t−1]·u + b."""
    return weighed(x, w) + weighed(before, u) + b


@slip(
    "rnn.transpose",
    "with rows and columns of U exchanged",
    "Unit j adds up the states times column j of U.",
)
def turned(x: Any, h: Any, w: Any, u: Any, b: Any, before: Any = None) -> Any:
    """x·W + h·Uᵀ + b."""
    return weighed(x, w) + weighed(h, u.T) + b


@slip("rnn.no-act", "without tanh", "tanh is taken of the sum at every step.")
def not_activated(a: Any, h: Any, u: Any) -> Any:
    """a for tanh(a)."""
    return a


@slip(
    "rnn.outside",
    "with the state added behind tanh",
    "The state is added to the sum of which tanh is taken.",
)
def outside(a: Any, h: Any, u: Any) -> Any:
    """tanh(x·w + b) + h·u."""
    return each(tanh, a) + weighed(h, u)


@slip("rnn.backwards", "when it is read from the other end", "The step that comes first is read first.")
def reversed_order(xs: Sequence[Any]) -> Sequence[Any]:
    """The inputs, the last one first."""
    return xs[::-1]


@slip("rnn.shuffled", "when the order of the inputs does not count", "A state hears of its inputs in order.")
def sorted_order(xs: Sequence[Any]) -> Sequence[Any]:
    """The inputs as a heap without an order."""
    return sorted(xs)


@slip(
    "rnn.memory-kept",
    "with the state before",
    "The feedback is cut here: a state hears of its own input alone.",
)
def memory_kept(steps: int, place: int) -> int:
    """All steps from a place on, for that step alone."""
    return steps - place


@slip("rnn.later", "when the change is heard of one step late", "A state hears of the input of its own step.")
def a_step_late(steps: int, place: int) -> int:
    """One step less than there are from a place on."""
    return steps - place - 1


# Both directions.


@slip(
    "both.unturned",
    "with the states of the backward direction in the order in which they were read",
    "The state behind the first step read backwards belongs to the last step of the sequence.",
)
def not_turned_back(states: Sequence[Any]) -> Sequence[Any]:
    """The backward states, the one that was made first in front."""
    return states[::-1]


@slip(
    "both.shared",
    "with the weights of the forward direction",
    "Each direction has weights of its own.",
)
def shared(forward: Any, backward: Any) -> Any:
    """The weight of the other direction."""
    return forward


@slip(
    "both.mean",
    "with the mean of both directions",
    "To merge by their sum is to add them, no more.",
    convention=True,
)
def averaged(forward: Any, backward: Any) -> Any:
    """(h→ + h←) / 2, --merge ave."""
    return (forward + backward) / 2


@slip(
    "both.once",
    "with the units of one direction",
    "Concatenated, the units of both directions stand side by side.",
)
def units_once(steps: Exact, units: Exact) -> tuple[Exact, Exact]:
    """T, n for T, 2n."""
    return steps, units


@slip(
    "both.stacked", "with the directions laid behind each other in time", "Concatenated are units, not steps."
)
def stacked_in_time(steps: Exact, units: Exact) -> tuple[Exact, Exact]:
    """2T, n for T, 2n."""
    return 2 * steps, units


@slip("both.last", "with the last step alone", "A state is given for every step.")
def last_alone(steps: Exact, units: Exact) -> tuple[Exact, Exact]:
    """1, 2n for T, 2n."""
    return 1, 2 * units


# Which steps read, and which are read out.


@slip(
    "steps.exchanged", "with what is read and what is written exchanged", "The first word is of what is read."
)
def exchanged(read: Any, written: Any) -> tuple[Any, Any]:
    """Written for read."""
    return written, read


@slip("steps.every", "with a result at every step", "There is one result, behind the last step.")
def at_every_step(read: Any, written: Any) -> tuple[Any, Any]:
    """A result wherever something is read."""
    return read, read


@slip("steps.last", "with a result behind the last step alone", "There is a result at every step.")
def at_the_last_step(read: Any, written: Any) -> tuple[Any, Any]:
    """One result."""
    return read, 1


# A leaky unit a·h + (1 − a)·x, and a skip connection.


def leaked(a: Exact, h: Exact, x: Exact) -> Exact:
    """a·h + (1 − a)·x.

    >>> leaked(0, 3, 5)
    5
    """
    return a * h + (1 - a) * x


@slip(
    "leaky.reversed",
    "with α and 1 − α exchanged",
    "α is the share of the old state that is kept, 1 − α that of what is new.",
)
def leak_reversed(a: Exact, h: Exact, x: Exact) -> Exact:
    """(1 − a)·h + a·x."""
    return (1 - a) * h + a * x


@slip("leaky.no-complement", "with the whole new value added", "The new value counts 1 − α.")
def leak_added(a: Exact, h: Exact, x: Exact) -> Exact:
    """a·h + x."""
    return a * h + x


@slip("leaky.new-alone", "without the old state", "The share α of the old state is kept.")
def leak_of_new(a: Exact, h: Exact, x: Exact) -> Exact:
    """(1 − a)·x."""
    return (1 - a) * x


def skipped(x: Exact, h: Exact, far: Exact, w: Exact, u: Exact, s: Exact) -> Exact:
    """x·w + h[t−1]·u + h[t−2]·s.

    >>> skipped(1, 2, 3, 1, 1, 2)
    9
    """
    return x * w + h * u + far * s


@slip(
    "skip.forgotten",
    "without the skip connection",
    "The state two steps before takes part, times its weight.",
)
def without_skip(x: Exact, h: Exact, far: Exact, w: Exact, u: Exact, s: Exact) -> Exact:
    """x·w + h[t−1]·u."""
    return x * w + h * u


@slip(
    "skip.near",
    "with the skip taken from the step before",
    "The skip connection comes from two steps before.",
)
def skip_too_near(x: Exact, h: Exact, far: Exact, w: Exact, u: Exact, s: Exact) -> Exact:
    """x·w + h[t−1]·u + h[t−1]·s."""
    return x * w + h * u + h * s


@slip(
    "skip.instead",
    "without the state of the step before",
    "The skip connection comes beside it, not in its place.",
)
def skip_alone(x: Exact, h: Exact, far: Exact, w: Exact, u: Exact, s: Exact) -> Exact:
    """x·w + h[t−2]·s."""
    return x * w + far * s


# A gated latch: Q = D where it is enabled, else Q as it was.


def latched(d: int, enable: int, q: int) -> int:
    """EN·D + (1 − EN)·Q.

    >>> [latched(1, enable, 0) for enable in (0, 1)]
    [0, 1]
    """
    return d if enable else q


@slip("latch.inverted", "with the enable turned round", "An enable of 1 lets D in; 0 keeps Q.")
def latch_inverted(d: int, enable: int, q: int) -> int:
    """(1 − EN)·D + EN·Q."""
    return latched(d, 1 - enable, q)


@slip("latch.transparent", "without the enable", "Where the enable is 0, Q stays what it was.")
def latch_transparent(d: int, enable: int, q: int) -> int:
    """D."""
    return d


@slip("latch.and", "when a shut latch gives 0", "Where the enable is 0, Q stays what it was.")
def latch_and(d: int, enable: int, q: int) -> int:
    """EN·D."""
    return d * enable


@slip("latch.set", "when only a 1 is let in", "An enabled latch takes D as it is, a 0 as well.")
def latch_set(d: int, enable: int, q: int) -> int:
    """1 where D and EN are 1, else Q."""
    return 1 if d and enable else q


# An LSTM: C = f·c + i·g, then h = o·tanh(C).


def kept(f: Exact, i: Exact, g: Exact, c: Exact) -> Exact:
    """The new cell state f·c + i·g.

    >>> kept(1, 0, 5, 3)
    3
    """
    return f * c + i * g


@slip(
    "lstm.f-i",
    "with forget and input gate exchanged",
    "The forget gate multiplies the old cell state, the input gate the candidate.",
)
def gates_exchanged(f: Exact, i: Exact, g: Exact, c: Exact) -> Exact:
    """i·c + f·g."""
    return i * c + f * g


@slip("lstm.complement", "with 1 − f kept", "The forget gate says how much is kept: f, not 1 − f.")
def forget_complement(f: Exact, i: Exact, g: Exact, c: Exact) -> Exact:
    """(1 − f)·c + i·g."""
    return (1 - f) * c + i * g


@slip(
    "lstm.coupled",
    "with 1 − f in place of the input gate",
    "An LSTM's input gate is a gate of its own; a GRU couples the two.",
)
def gates_coupled(f: Exact, i: Exact, g: Exact, c: Exact) -> Exact:
    """f·c + (1 − f)·g."""
    return f * c + (1 - f) * g


@slip(
    "lstm.forget-all", "with the new value forgotten, too", "The forget gate is of the old cell state alone."
)
def all_forgotten(f: Exact, i: Exact, g: Exact, c: Exact) -> Exact:
    """f·(c + i·g)."""
    return f * (c + i * g)


@slip(
    "lstm.g-i",
    "when the candidate is taken for its gate",
    "The candidate is what would be written, the input gate how much of it.",
)
def candidate_for_gate(g: Exact, i: Exact) -> Exact:
    """i for g."""
    return i


@slip(
    "lstm.gates-late",
    "with the gates after the cell state",
    "The gates come first: the forget gate is needed for the cell state.",
)
def gates_late(steps: Sequence[Any]) -> Sequence[Any]:
    """The first two steps exchanged."""
    return [steps[1], steps[0], *steps[2:]]


@slip("lstm.tanh-c", "without tanh of the cell state", "The output gate multiplies tanh of the cell state.")
def cell_not_squashed(o: Exact, new: Exact, old: Exact) -> Exact:
    """o·C."""
    return o * new


@slip(
    "lstm.c-for-h", "when the cell state is given for h", "h is the output gate times tanh of the cell state."
)
def cell_for_state(o: Exact, new: Exact, old: Exact) -> Exact:
    """C."""
    return new


@slip("lstm.old-c", "with the cell state of the step before", "h comes of the new cell state.")
def old_cell(o: Exact, new: Exact, old: Exact) -> Exact:
    """o·tanh(c[t−1])."""
    return o * tanh(old)


@slip("lstm.candidate-sigmoid", "with σ of the candidate", "The candidate is a tanh: it may be below 0.")
def candidate_sigmoid(a: Exact) -> Exact:
    """σ(a) for tanh(a)."""
    return sigmoid(a)


@slip(
    "lstm.gate-order",
    "when the stacked numbers are cut in another order",
    "In Keras the order is i, f, g, o, with g the candidate; ONNX has i, o, f, g.",
)
def onnx_order(stacked: Sequence[Any]) -> dict[str, Any]:
    """The blocks by gate, read as ONNX lays them: i, o, f, then the candidate g."""
    return dict(zip("iofg", stacked, strict=True))


def keras_order(stacked: Sequence[Any]) -> dict[str, Any]:
    """The blocks by gate, as Keras and PyTorch lay them: i, f, the candidate g, o.

    >>> keras_order([1, 2, 3, 4])["o"]
    4
    """
    return dict(zip("ifgo", stacked, strict=True))


@slip(
    "lstm.formula-order",
    "when the stacked numbers are cut as the formulas are mostly written",
    "In Keras the order is i, f, g, o, with g the candidate.",
)
def formula_order(stacked: Sequence[Any]) -> dict[str, Any]:
    """The blocks by gate, read as f, i, g, o."""
    return dict(zip("figo", stacked, strict=True))


# A GRU: n = tanh(a + r·(h·U + b)), then (1 − z)·n + z·h.


def candidate_sum(a: Any, h: Any, u: Any, b: Any, r: Any, z: Any = None) -> Any:
    """What comes before tanh, a + r·(h·U + b): the reset behind the product.

    >>> candidate_sum(1, 2, 3, 4, 5)
    51
    """
    return a + r * (weighed(h, u) + b)


@slip(
    "gru.reset-before",
    "with the reset before the product, as in the paper of 2014",
    "Here the reset gate multiplies h·U + b: reset after.",
    convention=True,
)
def reset_before(a: Any, h: Any, u: Any, b: Any, r: Any, z: Any = None) -> Any:
    """a + (r·h)·U + b."""
    return a + weighed(r * h, u) + b


@slip("gru.reset-missing", "without the reset gate", "The reset gate multiplies what comes of the state.")
def reset_missing(a: Any, h: Any, u: Any, b: Any, r: Any, z: Any = None) -> Any:
    """a + h·U + b."""
    return a + weighed(h, u) + b


@slip(
    "gru.r-z",
    "with reset and update gate exchanged",
    "The reset gate acts inside the candidate, the update gate mixes old and new.",
)
def gru_gates_exchanged(a: Any, h: Any, u: Any, b: Any, r: Any, z: Any = None) -> Any:
    """a + z·(h·U + b)."""
    return a + z * (weighed(h, u) + b)


def blended(z: Any, n: Any, h: Any, r: Any = None) -> Any:
    """The new state (1 − z)·n + z·h.

    >>> blended(1, 5, 3)
    3
    """
    return (1 - z) * n + z * h


@slip(
    "gru.z",
    "with z and 1 − z exchanged, as arXiv 1412.3555 has it",
    "Here z is the share of the old state.",
    convention=True,
)
def update_exchanged(z: Any, n: Any, h: Any, r: Any = None) -> Any:
    """z·n + (1 − z)·h."""
    return z * n + (1 - z) * h


@slip("gru.no-blend", "with the whole candidate added", "The candidate counts 1 − z.")
def not_blended(z: Any, n: Any, h: Any, r: Any = None) -> Any:
    """n + z·h."""
    return n + z * h


@slip(
    "gru.reset-blend",
    "with the reset on the old state once more",
    "The reset gate acts inside the candidate alone.",
)
def reset_in_blend(z: Any, n: Any, h: Any, r: Any = None) -> Any:
    """(1 − z)·n + z·r·h."""
    return (1 - z) * n + z * r * h


def blended_by_reset(z: Any, n: Any, h: Any, r: Any = None) -> Any:
    """(1 − r)·n + r·h: what ``gru.r-z`` makes of the blend."""
    return blended(r, n, h)


# Parameters of a layer: gates · (n·m + n·n + biases·n).


def parameters(m: Exact, n: Exact, gates: Exact = 1, biases: int = 1) -> Exact:
    """The parameters of n units that read m features.

    >>> parameters(3, 2), parameters(3, 2, 4), parameters(3, 2, 3, 2)
    (12, 48, 42)
    """
    return _of_gates(n * m + n * n + _biases(n, biases), gates)


def _of_gates(each_gate: Exact, gates: Exact) -> Exact:
    return each_gate if getattr(gates, "value", gates) == 1 else gates * each_gate


def _biases(n: Exact, biases: int) -> Exact:
    return n if biases == 1 else biases * n


@slip(
    "params.lstm-one-gate",
    "with the weights of one gate",
    "Every gate and the candidate have weights of their own.",
)
def one_gate(m: Exact, n: Exact, gates: Exact, biases: int) -> Exact:
    """n·m + n² + n."""
    return parameters(m, n, 1, biases)


@slip(
    "params.lstm-recurrent",
    "without the weights of the state",
    "The state before has a weight to every unit: n·n.",
)
def no_recurrent(m: Exact, n: Exact, gates: Exact, biases: int) -> Exact:
    """gates · (n·m + n)."""
    return _of_gates(n * m + _biases(n, biases), gates)


@slip("params.lstm-bias", "without the biases", "Each unit has a bias.")
def no_bias(m: Exact, n: Exact, gates: Exact, biases: int) -> Exact:
    """gates · (n·m + n²)."""
    return _of_gates(n * m + n * n, gates)


@slip(
    "params.lstm-square",
    "with the square of the features",
    "States go to states: n·n. Of the features there are m to each unit.",
)
def squared_features(m: Exact, n: Exact, gates: Exact, biases: int) -> Exact:
    """gates · (n·m + m² + n)."""
    return _of_gates(n * m + m * m + _biases(n, biases), gates)


@slip(
    "params.two-biases",
    "with the biases as the other library has them",
    "The text says how many biases a unit has here; Keras and PyTorch differ.",
    convention=True,
)
def other_biases(m: Exact, n: Exact, gates: Exact, biases: int) -> Exact:
    """Two biases for one, or one for two."""
    return parameters(m, n, gates, 3 - biases)


# Loss over time: L[t] = ½·(y − target)², and the gradient's way back.


def half_square(y: Exact, target: Exact) -> Exact:
    """½·(y − target)², written (y − target)² / 2.

    >>> from fractions import Fraction
    >>> half_square(Fraction(5), 2)
    Fraction(9, 2)
    """
    return (y - target) ** 2 / 2


@slip("loss.no-half", "without the ½", "Each loss is half the square, so that its derivative is y − target.")
def whole_square(y: Exact, target: Exact) -> Exact:
    """(y − target)²."""
    return (y - target) ** 2


@slip("loss.not-squared", "without the square", "The difference is squared: ½·(y − target)².")
def half_difference(y: Exact, target: Exact) -> Exact:
    """½·|y − target|."""
    return absolute(y - target) / 2


@slip("bptt.last-loss", "with the loss of the last step alone", "Every step that has a target has a loss.")
def last_loss(losses: Sequence[Exact]) -> Exact:
    """L[T]."""
    return losses[-1]


@slip(
    "bptt.mean",
    "with the mean over the steps",
    "Here the losses of the steps are added up, not averaged.",
    convention=True,
)
def mean_loss(losses: Sequence[Exact]) -> Exact:
    """Σ L / T."""
    return sum(losses) / len(losses)


@slip("bptt.all-losses", "with the losses of all steps", "Only the last step has a target here.")
def all_losses(losses: Sequence[Exact]) -> Exact:
    """Σ L."""
    return sum(losses)


@slip(
    "bptt.sum", "with the sum of the losses", "Here the losses are averaged over the steps.", convention=True
)
def summed_loss(losses: Sequence[Exact]) -> Exact:
    """Σ L for Σ L / T."""
    return sum(losses)


def handed_back(e: Exact, w: Exact, after: Exact) -> Exact:
    """dL/dh[t] of a linear unit: its own error, and w times that of the step after.

    >>> handed_back(1, 2, 3)
    7
    """
    return e + w * after


@slip(
    "bptt.direct-only",
    "when the states before are taken as constants",
    "Each state hangs on w through all the states before it.",
)
def direct_only(e: Exact, w: Exact, after: Exact) -> Exact:
    """The error of its own step alone."""
    return e


@slip(
    "bptt.h-index", "with the state behind the weight", "The weight multiplies the state of the step before."
)
def state_behind(error: Exact, before: Exact, behind: Exact) -> Exact:
    """dL/dh[t] · h[t] for dL/dh[t] · h[t−1]."""
    return error * behind


@slip("bptt.no-factor", "without w on the way back", "Each step back multiplies by w.")
def without_factor(e: Exact, w: Exact, after: Exact) -> Exact:
    """e + the error of the step after, as it is."""
    return e + after


def through_tanh(error: Exact, h: Exact) -> Exact:
    """The error before tanh, times 1 − h².

    >>> through_tanh(2, 0)
    2
    """
    return error * (1 - h**2)


@slip("bptt.tanh-prime", "with 1 − h as the derivative of tanh", "The derivative of tanh is 1 − h².")
def wrong_derivative(error: Exact, h: Exact) -> Exact:
    """error·(1 − h)."""
    return error * (1 - h)


@slip(
    "bptt.no-prime",
    "without the derivative of tanh",
    "The error is multiplied by 1 − h² on its way through tanh.",
)
def no_derivative(error: Exact, h: Exact) -> Exact:
    """The error as it is."""
    return error


def over_weights(error: Array, u: Array) -> Array:
    """dL/dh[t−1] = δ·Uᵀ of rows (n,) and (n, n).

    >>> over_weights(np.array([1, 2]), np.array([[1, 2], [3, 4]])).tolist()
    [5, 11]
    """
    return error @ u.T


@slip(
    "bptt.transpose", "with U for Uᵀ", "On the way back each state adds up the errors times its own row of U."
)
def not_transposed(error: Array, u: Array) -> Array:
    """δ·U."""
    return error @ u


# What is left of a gradient: (w·tanh′)^n.


@slip("vanish.power", "with one factor too many", "Over n steps there are n factors.")
def one_more(factor: Exact, steps: Any) -> Exact:
    """factor^(n+1)."""
    return factor ** (steps + 1)


@slip("vanish.power-less", "with one factor too few", "Over n steps there are n factors.")
def one_less(factor: Exact, steps: Any) -> Exact:
    """factor^(n−1)."""
    return factor ** (steps - 1)


@slip(
    "vanish.no-derivative", "without the derivative of tanh", "Each step back multiplies by w and by 1 − h²."
)
def weight_alone(w: Exact, h: Exact) -> Exact:
    """w for w·(1 − h²)."""
    return w


@slip(
    "vanish.linear",
    "with the factor times the number of steps",
    "Factors multiply: a power, not a product with n.",
)
def times_steps(factor: Exact, steps: Any) -> Exact:
    """factor·n."""
    return factor * steps


# Sequence to sequence.


@slip(
    "seq.product", "with the probabilities added", "Tokens that all must come are a product of probabilities."
)
def probabilities_added(shares: Sequence[Exact]) -> Exact:
    """Σ p."""
    return sum(shares)


@slip("seq.context", "with the mean of all states", "The context is the last state of the encoder.")
def mean_state(states: Sequence[Exact]) -> Exact:
    """Σ h / T."""
    return sum(states) / len(states)


@slip("seq.first", "with the first state", "The context is the last state of the encoder.")
def first_state(states: Sequence[Exact]) -> Exact:
    """h[1]."""
    return states[0]


@slip("seq.largest", "with the largest state of each unit", "The context is the last state of the encoder.")
def largest_state(states: Sequence[Exact]) -> Exact:
    """The maximum over the steps."""
    return max(states)


@slip(
    "seq.unconditioned",
    "when what was said before is not heard",
    "Each probability is given what was said before: take the row of the token before.",
)
def unconditioned(table: Sequence[Sequence[Exact]], before: int, token: int) -> Exact:
    """The share in the first row, whatever was said before."""
    return table[0][token]


@slip(
    "seq.last-factor",
    "with the last probability alone",
    "All tokens must come: multiply all their probabilities.",
)
def last_factor(shares: Sequence[Exact]) -> Exact:
    """p of the last token."""
    return shares[-1]


@slip(
    "seq.greedy",
    "when the likeliest first token is kept",
    "The likeliest whole may begin with the less likely token.",
)
def greedy_for_best(greedy: Exact, best: Exact) -> Exact:
    """The greedy sequence for the best one."""
    return greedy
