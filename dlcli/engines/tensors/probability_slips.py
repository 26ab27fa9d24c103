"""Slips of softmax, temperature and cross-entropy, each a wrong version of one step by hand.

A row of scores z has exponentials e, their sum, probabilities p and, with the class t that is right, a loss.
All numbers may be exact.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.base.exact import Exact, exp, largest, ln, sigmoid
from dlcli.engines.base.slips import slip

#: Scores of one row, their exponentials, or its probabilities.
Row = Sequence[Exact] | Array


def exponentials(z: Array) -> Array:
    """e[i] = exp(z[i]), of a row or a matrix of exact numbers.

    >>> exponentials(np.array([0, 0], object)).tolist()
    [Fraction(1, 1), Fraction(1, 1)]
    """
    return _each(exp, z)


def share(e: Row, i: int) -> Exact:
    """p[i] = e[i] / Σ e.

    >>> share([1, 3], 1)
    0.75
    """
    return e[i] / sum(e)


def shares(e: Array, axis: int) -> Array:
    """The exponentials of a matrix, divided by their sum along an axis.

    >>> shares(np.array([[1, 3], [2, 2]], object), 1).tolist()
    [[0.25, 0.75], [0.5, 0.5]]
    """
    return e / e.sum(axis=axis, keepdims=True)


def surprise(p: Row, t: int) -> Exact:
    """The loss −ln p[t].

    >>> round(surprise([0.5, 0.25, 0.25], 1), 4)
    1.3863
    """
    return -ln(p[t])


@slip("softmax.no-exp", "with the scores themselves divided by their sum", "Take e^z of each score first.")
def unexponentiated(z: Array) -> Array:
    """z for exp(z)."""
    return z


@slip("softmax.base", "with powers of 2", "The base of softmax is e = 2.718….")
def powers_of_two(z: Array) -> Array:
    """2^z for e^z."""
    return _each(lambda one: 2**one, z)


@slip("softmax.not-divided", "without the division by the sum", "Divide by the sum of all exponentials.")
def undivided(e: Row, i: int) -> Exact:
    """exp(z[i])."""
    return e[i]


@slip(
    "softmax.self-left-out",
    "with the sum of the others alone",
    "The sum goes over all scores, the one above the line among them.",
)
def divided_by_others(e: Row, i: int) -> Exact:
    """exp(z[i]) / Σ exp(z[j]) over j ≠ i."""
    return e[i] / sum(one for j, one in enumerate(e) if j != i)


@slip(
    "softmax.sigmoid",
    "with the sigmoid of each score alone",
    "The scores share one sum: a larger score takes from the others.",
)
def sigmoid_of_each(z: Row, i: int) -> Exact:
    """1 / (1 + exp(−z[i]))."""
    return sigmoid(z[i])


@slip(
    "softmax.shift-half",
    "with the maximum taken away above the line, not below",
    "What is taken from one score is taken from all, in the sum, too.",
)
def shifted_above(z: Row, i: int) -> Exact:
    """exp(z[i] − max) / Σ exp(z[j])."""
    return exp(z[i] - largest(z)) / sum(exp(one) for one in z)


@slip(
    "softmax.axis",
    "with the sums taken along the other axis",
    "The sum that a number is divided by goes along the axis that is named.",
)
def along_other_axis(e: Array, axis: int) -> Array:
    """exp(z[i,j]) / Σ over the other index."""
    return shares(e, 1 - axis)


@slip(
    "softmax.whole",
    "with one sum for the whole matrix",
    "Each row, or each column, has a sum of its own.",
)
def over_all(e: Array, axis: int) -> Array:
    """exp(z[i,j]) / Σ over i and j."""
    return e / e.sum()


def cooled(z: Array, temperature: Exact) -> Array:
    """z / T."""
    return z / temperature


@slip("temp.multiply", "with the scores multiplied by the temperature", "Scores are divided by T.")
def multiplied(z: Array, temperature: Exact) -> Array:
    """z · T."""
    return z * temperature


@slip(
    "temp.cancels",
    "without the temperature, or with both parts of the fraction divided by T, where it cancels",
    "Scores are divided by T before the exponential.",
)
def untempered(z: Array, temperature: Exact) -> Array:
    """Softmax of z."""
    return z


@slip(
    "temp.after",
    "with the probability divided by the temperature",
    "Scores are divided by T, before the exponential; probabilities add up to 1.",
)
def probability_divided(p: Exact, temperature: Exact) -> Exact:
    """p / T, of a softmax without temperature."""
    return p / temperature


@slip("ce.prob", "with the probability itself as the loss", "The loss is −ln of the probability.")
def probability_itself(p: Row, t: int) -> Exact:
    """p[t]."""
    return p[t]


@slip("ce.sign", "without the minus sign", "The logarithm of a probability is below 0: the loss is −ln p.")
def sign_lost(p: Row, t: int) -> Exact:
    """ln p[t]."""
    return ln(p[t])


@slip("ce.base", "with the logarithm to base 2", "The loss is a natural logarithm, in nats.")
def in_bits(p: Row, t: int) -> Exact:
    """−log2 p[t]."""
    return -ln(p[t]) / math.log(2)


@slip("ce.log-ten", "with the logarithm to base 10", "The loss is a natural logarithm: the key ln, not log.")
def in_tens(p: Row, t: int) -> Exact:
    """−log10 p[t]."""
    return -ln(p[t]) / math.log(10)


@slip(
    "ce.softmax-twice",
    "with softmax of what are probabilities already",
    "Softmax is taken once, of the scores.",
)
def softmax_twice(p: Row, t: int) -> Exact:
    """−ln softmax(p)[t]."""
    return -ln(share([exp(one) for one in p], t))


@slip(
    "ce.all-classes",
    "with the logarithms of all classes added",
    "Only the class that is right counts: the target is 1 there, and 0 for the others.",
)
def of_all_classes(p: Row, t: int) -> Exact:
    """−Σ ln p."""
    return sum(-ln(one) for one in p)


@slip(
    "ce.mean-classes",
    "with the loss divided by the number of classes",
    "The mean is over pictures, not over classes.",
)
def divided_by_classes(p: Row, t: int) -> Exact:
    """−ln p[t] / n."""
    return -ln(p[t]) / len(p)


@slip(
    "ce.log-logit",
    "with the logarithm of the raw score",
    "Scores become probabilities first, by softmax.",
)
def of_the_score(z: Row, t: int) -> Exact:
    """−ln z[t]."""
    return -ln(z[t])


def _each(function: Callable[[Exact], Exact], values: Array) -> Array:
    made: Array = np.vectorize(function, otypes=[object])(values)
    return made
