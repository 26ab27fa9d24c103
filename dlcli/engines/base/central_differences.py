"""Central differences: beside a derived gradient, what a loss does when one number is moved a little.

dL/dw ≈ (L(w + h) − L(w − h)) / 2h      off by a number of the size of h²

Where a relu of the net bends between w − h and w + h the two sides have other slopes, and what is measured is
neither. Such a weight is measured again with a smaller h, which a bend that far off does not reach.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array

#: How far a weight is moved, in float64: small enough for h², large enough for the digits of the loss.
H = 1e-6

#: The share of it that a weight is moved where what is measured differs: a kink nearby is not passed then.
NEARER = 0.1

#: How far weights are moved off the kinks.
JITTER = 1e-3

#: Roundings of the loss that a measured gradient may be off by.
ROUNDED = 4

#: How near two gradients are that count as equal, as a share of the largest of an array.
NEAR = 1e-4

#: Weights of each array that are tried.
TRIED = 8


@dataclass(frozen=True)
class Checked:
    """One array of weights: of those that were tried the steepest, or where the numbers differ, the worst.

    ``place`` is its index in Keras' layout, ``derived`` the gradient by the formulas, ``measured`` the one by
    central differences, ``difference`` how far those that were tried are apart at most, as a share of
    the larger of the array's gradients. Where these are smaller than what rounding makes of 0 (a bias before
    batch normalisation), it is the share of a number that rounding could not hide.
    """

    layer: str
    weight: str
    place: tuple[int, ...]
    derived: float
    measured: float
    difference: float
    tried: int


def check_array(
    layer: str,
    weight: str,
    values: Array,
    slopes: Array,
    loss: Callable[[], float],
    *,
    rng: np.random.Generator,
    value: float,
) -> Checked:
    """Try some numbers of one array of weights in float64, which is moved in place and left as it was.

    ``slopes`` are the derived gradients, ``loss`` measures, and ``value`` is what it gives for the weights as
    they are.

    >>> weights, target = np.array([1.0, 2.0]), np.array([1.0, 5.0])
    >>> loss = lambda: float(((weights - target) ** 2).sum() / 2)
    >>> found = check_array(
    ...     "dense", "bias", weights, weights - target, loss, rng=np.random.default_rng(0), value=loss()
    ... )
    >>> found.place, found.derived, round(found.measured, 6), found.difference < NEAR
    ((1,), -3.0, -3.0, True)
    """
    flat, slopes = values.reshape(-1), slopes.reshape(-1)
    # A loss is rounded to some 2e-16 of it, so that a gradient of 0 is measured as that over h.
    rounding = ROUNDED * max(abs(value), 1.0) * float(np.finfo(np.float64).eps)
    places = rng.choice(flat.size, min(TRIED, flat.size), replace=False)
    # Half of them where there is a slope at all: behind a relu there is often none.
    steep = np.argsort(-np.abs(slopes), kind="stable")[: len(places) // 2]
    places = np.unique(np.concatenate([places, steep]))

    def moved(place: int, h: float) -> float:
        kept = flat[place]
        flat[place] = kept + h
        above = loss()
        flat[place] = kept - h
        below = loss()
        flat[place] = kept
        return (above - below) / (2 * h)

    measured, known = np.array([moved(place, H) for place in places.tolist()]), slopes[places]
    largest = max(float(np.abs(known).max()), float(np.abs(measured).max()))
    size = max(largest, rounding / (H * NEAR))
    apart = np.abs(measured - known) / size
    for i in np.flatnonzero(apart >= NEAR).tolist():  # wrong, or a kink between the two
        nearer = moved(int(places[i]), NEARER * H)
        closer = abs(nearer - known[i]) / max(largest, rounding / (NEARER * H * NEAR))
        if closer < apart[i]:
            measured[i], apart[i] = nearer, closer
    # Which one differs most is chance where all agree: rounding decides.
    shown = int(apart.argmax() if apart.max() >= NEAR else np.abs(known).argmax())
    inner = tuple(map(int, np.unravel_index(int(places[shown]), values.shape)))
    return Checked(
        layer, weight, inner, float(known[shown]), float(measured[shown]), float(apart.max()), len(places)
    )


def verdict(checks: Iterable[Checked]) -> str:
    """What is wrong with gradients, in words; empty where all are equal."""
    wrong = [f"{one.layer}/{one.weight}" for one in checks if one.difference >= NEAR]
    return f"derived and measured gradients differ in {', '.join(wrong)}" if wrong else ""
