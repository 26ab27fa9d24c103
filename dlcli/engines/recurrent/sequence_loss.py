"""The loss of a sequence: an output at each step, its distance from a target, and the sum over the steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.tensors.activations import sigmoid, softplus
from dlcli.engines.tensors.softmax import log_softmax


@dataclass(frozen=True)
class Readout:
    """The output layer y[t] = h[t] W + b of every step: ``kernel`` (unit, output), ``bias`` (output,)."""

    kernel: Array
    bias: Array

    @property
    def parameters(self) -> int:
        """How many numbers can be learnt."""
        return int(self.kernel.size + self.bias.size)

    def __call__(self, states: Array) -> Array:
        """The outputs (..., time, output) of states (..., time, unit)."""
        return states @ self.kernel.astype(states.dtype) + self.bias.astype(states.dtype)


@dataclass(frozen=True)
class Loss:
    """``steps`` (time,) is the loss of each step, ``doutputs`` (time, output) the gradient at its output.

    ``counted`` (time,) says which steps have a target: the loss of the others is NaN, and no gradient comes
    from them. ``probabilities`` are those of the classes, where the loss is their cross entropy, or those of
    each output by itself, where it is a binary one.
    """

    steps: Array
    doutputs: Array
    counted: Array
    probabilities: Array | None = None

    @property
    def total(self) -> float:
        """The sum over the steps that have a target."""
        return float(self.steps[self.counted].sum())


def squared_error(outputs: Array, targets: Array) -> Loss:
    """L[t] = ½ Σ (y[t] − target[t])² over the outputs of each step; the gradient is y[t] − target[t].

    ``outputs`` and ``targets`` are (time, output); an output whose target is NaN counts for nothing, and a
    step without any target has no loss.

    >>> loss = squared_error(np.array([[1.0, 5.0], [2.0, 2.0]]), np.array([[4.0, np.nan], [np.nan, np.nan]]))
    >>> loss.steps, loss.doutputs
    (array([4.5, nan]), array([[-3.,  0.],
           [ 0.,  0.]]))

    Raises ``EngineError`` when there are not as many of one as of the other.
    """
    if targets.shape != outputs.shape:
        raise EngineError(
            f"a target for each output of each step, {_size(outputs.shape)}; received {_size(targets.shape)}"
        )
    known = ~np.isnan(targets)
    counted = np.asarray(known.any(axis=-1))
    difference = np.where(known, outputs - targets.astype(outputs.dtype), 0).astype(outputs.dtype)
    steps = np.where(counted, 0.5 * np.square(difference).sum(axis=-1), np.nan)
    return Loss(steps.astype(outputs.dtype), difference, counted)


def binary_cross_entropy(outputs: Array, targets: Array) -> Loss:
    """L[t] = −Σ (target log p + (1 − target) log(1 − p)) with p = σ(y[t]); the gradient is p − target.

    ``outputs`` and ``targets`` are (time, output), targets from 0 to 1; an output whose target is NaN counts
    for nothing, and a step without any target has no loss.

    >>> loss = binary_cross_entropy(np.log([[3.0], [1.0]]), np.array([[1.0], [np.nan]]))
    >>> loss.steps.round(4), loss.doutputs.ravel(), loss.probabilities.ravel()
    (array([0.2877,    nan]), array([-0.25,  0.  ]), array([0.75, 0.5 ]))

    Raises ``EngineError`` when there are not as many of one as of the other, and for targets outside of 0 to
    1. It is computed from y, as log(1 + exp(y)) − target · y: a probability that rounds to 0 or 1 loses
    nothing. Source: PyTorch's ``BCEWithLogitsLoss``, Keras' ``BinaryCrossentropy(from_logits=True)``.
    """
    if targets.shape != outputs.shape:
        raise EngineError(
            f"a target for each output of each step, {_size(outputs.shape)}; received {_size(targets.shape)}"
        )
    known = ~np.isnan(targets)
    wanted = np.where(known, targets, 0).astype(outputs.dtype)
    if wanted.min(initial=0) < 0 or wanted.max(initial=0) > 1:
        found = f"{wanted.min():g} to {wanted.max():g}"
        raise EngineError(f"targets of a binary cross entropy are from 0 to 1; received {found}")
    counted = np.asarray(known.any(axis=-1))
    probabilities = sigmoid(outputs)
    parts = np.where(known, softplus(outputs) - wanted * outputs, 0)
    steps = np.where(counted, parts.sum(axis=-1), np.nan).astype(outputs.dtype)
    doutputs = np.where(known, probabilities - wanted, 0).astype(outputs.dtype)
    return Loss(steps, doutputs, counted, probabilities)


def cross_entropy(outputs: Array, classes: Array) -> Loss:
    """L[t] = −log p[class of t] with p = softmax(y[t]); the gradient is p, less 1 at the class.

    ``outputs`` (time, class); ``classes`` (time,) whole numbers, −1 where a step has no target.

    >>> loss = cross_entropy(np.log([[1.0, 3.0], [1.0, 1.0]]), np.array([1, -1]))
    >>> loss.steps.round(4), loss.doutputs[0].round(4)
    (array([0.2877,    nan]), array([ 0.25, -0.25]))

    Raises ``EngineError`` for classes that do not exist, and for more or fewer of them than steps.
    """
    if classes.shape != outputs.shape[:-1]:
        raise EngineError(f"a class for each of {len(outputs)} steps; received {_size(classes.shape)}")
    if classes.min(initial=0) < -1 or classes.max(initial=0) >= outputs.shape[-1]:
        raise EngineError(
            f"classes are whole numbers from 0 to {outputs.shape[-1] - 1}; "
            f"received {int(classes.min(initial=0))} to {int(classes.max(initial=0))}"
        )
    counted = classes >= 0
    logarithms = log_softmax(outputs)
    probabilities = np.exp(logarithms)
    steps, doutputs = np.full(len(outputs), np.nan, outputs.dtype), np.zeros_like(outputs)
    at = np.flatnonzero(counted)
    steps[at] = -logarithms[at, classes[at]]
    doutputs[at] = probabilities[at]
    doutputs[at, classes[at]] -= 1
    return Loss(steps, doutputs, counted, probabilities)


def _size(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) or "one number"
