"""Slips of Adam, each a wrong version of one line of a step.

With the gradient g of step t, from 1 on: m ← β1·m + (1 − β1)·g, v ← β2·v + (1 − β2)·g², m̂ = m / (1 − β1^t),
v̂ = v / (1 − β2^t), w ← w − lr · m̂ / (√v̂ + ε). An ε so small that it changes nothing is left out.

Source: Kingma and Ba, Adam (2015), algorithm 1.
"""

from __future__ import annotations

from dlcli.engines.base.exact import Exact, root
from dlcli.engines.base.slips import slip


def moved(mean: Exact, beta: Exact, new: Exact) -> Exact:
    """A running mean: β·mean + (1 − β)·new.

    >>> moved(1.0, 0.5, 3.0)
    2.0
    """
    return beta * mean + (1 - beta) * new


def corrected(mean: Exact, beta: Exact, t: int) -> Exact:
    """A running mean that began at 0, without that beginning: mean / (1 − β^t).

    >>> corrected(0.75, 0.5, 2)
    1.0
    """
    return mean / (1 - beta**t)


def stepped(w: Exact, m: Exact, v: Exact, lr: Exact, eps: Exact = 0) -> Exact:
    """w − lr · m̂ / (√v̂ + ε).

    >>> stepped(1, 2.0, 4, 0.5), stepped(1, 2.0, 4, 0.5, 0.5)
    (0.5, 0.6)
    """
    return w - lr * m / (root(v) + eps if eps else root(v))


@slip(
    "adam.no-correction",
    "without the bias correction",
    "Running means that begin at 0 are divided by 1 − β^t.",
)
def uncorrected(mean: Exact, beta: Exact, t: int) -> Exact:
    """m for m̂."""
    return mean


@slip("adam.power", "with 1 − β for 1 − β^t", "In step t the correction is 1 − β^t.")
def first_correction(mean: Exact, beta: Exact, t: int) -> Exact:
    """mean / (1 − β)."""
    return mean / (1 - beta)


@slip("adam.t0", "with steps counted from 0", "The first step is t = 1.")
def counted_from_zero(mean: Exact, beta: Exact, t: int) -> Exact:
    """mean / (1 − β^(t−1))."""
    return mean / (1 - beta ** (t - 1))


@slip("adam.correction-sqrt", "with β^t for 1 − β^t under the root", "v̂ = v / (1 − β2^t).")
def corrected_by_power(mean: Exact, beta: Exact, t: int) -> Exact:
    """v / β^t."""
    return mean / beta**t


@slip(
    "adam.no-root", "without the root of v", "The step is divided by √v̂: it is as long as lr, whatever g is."
)
def rootless(w: Exact, m: Exact, v: Exact, lr: Exact, eps: Exact = 0) -> Exact:
    """w − lr · m̂ / (v̂ + ε)."""
    return w - lr * m / (v + eps if eps else v)


@slip("adam.ascent", "with the step added", "A step goes against the gradient: w − lr · m̂ / √v̂.")
def upwards(w: Exact, m: Exact, v: Exact, lr: Exact, eps: Exact = 0) -> Exact:
    """w + lr · m̂ / (√v̂ + ε)."""
    return w + lr * m / (root(v) + eps if eps else root(v))


@slip(
    "adam.eps-inside",
    "with ε under the root",
    "Here ε is added to the root, as in the paper, Keras and PyTorch.",
    convention=True,
)
def eps_inside(w: Exact, m: Exact, v: Exact, lr: Exact, eps: Exact) -> Exact:
    """w − lr · m̂ / √(v̂ + ε)."""
    return w - lr * m / root(v + eps)


@slip(
    "adam.eps-hat",
    "with ε beside the root of v, before the correction",
    "Here ε is added to the root of the corrected v̂; older TensorFlow added it before.",
    convention=True,
)
def eps_before(w: Exact, m: Exact, v: Exact, lr: Exact, eps: Exact, correction: Exact) -> Exact:
    """w − lr · m̂ / (√v̂ + ε / √(1 − β2^t)): the correction multiplied into the step."""
    return w - lr * m / (root(v) + eps / root(correction))


@slip("adam.no-square", "with g for g² in v", "v is the running mean of the squares.")
def unsquared(mean: Exact, beta: Exact, g: Exact) -> Exact:
    """β·v + (1 − β)·g."""
    return moved(mean, beta, g)


@slip("adam.betas", "with the two β exchanged", "β1 is that of m, β2, nearer to 1, that of v.")
def with_other_beta(mean: Exact, beta: Exact, new: Exact) -> Exact:
    """The other β for this mean."""
    return moved(mean, beta, new)
