"""What a residual connection and a norm did to the tokens, in a few numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.transformer.blocks import Step

#: Directions that are apart by so many roundings of their numbers are the same.
BLUR = 4


@dataclass(frozen=True)
class Measures:
    """Means over all tokens.

    Sizes are root mean squares over the features: of the tokens that came in, of what was added, of the sum,
    and of what went out. ``turned`` is the angle between what came in and what went out, in degrees;
    ``scaled`` what the norm multiplied by (1 / deviation).
    """

    before: float
    change: float
    summed: float
    after: float
    turned: float
    scaled: float


def measures(step: Step) -> Measures:
    """How much one part changed its tokens (T, F), and what the sum and the norm made of that.

    A change that is small beside its input leaves the token much as it was: the angle says how much.

    >>> from dlcli.engines.transformer.blocks import Design, block
    >>> from dlcli.engines.transformer.random_weights import random_layers
    >>> rng = np.random.default_rng(0)
    >>> made = block(rng.normal(size=(3, 4)), random_layers(rng, 1, 4, 8)[0], Design(heads=2))
    >>> round(measures(made.steps[0]).after, 3)
    1.0
    """
    return Measures(
        before=_size(step.input),
        change=_size(step.part.output),
        summed=_size(step.input + step.part.output),
        after=_size(step.output),
        turned=float(angles(step.input, step.output).mean()),
        scaled=float((1 / step.norm.deviation).mean()),
    )


def angles(a: Array, b: Array) -> Array:
    """The angle between each pair of vectors along the last axis, in degrees; 0 where one is all zeros.

    >>> angles(np.array([[1.0, 0.0], [1.0, 1.0]]), np.array([[0.0, 2.0], [3.0, 3.0]])).round(6)
    array([90.,  0.])

    So it is where the two are as far apart as rounding alone brings them.

    >>> angles(np.array([[1.0, -1.0]]), np.array([[1.0, -1.0 - 2**-52]]))
    array([0.])
    """
    blur = BLUR * max(np.finfo(x.dtype).eps if x.dtype.kind == "f" else 0.0 for x in (a, b))
    a, b = a.astype(np.float64), b.astype(np.float64)
    # Twice the half angle, by way of the unit vectors' sum and difference: exact for small angles too.
    one, other = _unit(a), _unit(b)
    apart, along = (np.sqrt(np.square(part).sum(axis=-1)) for part in (one - other, one + other))
    none = ~(a.any(axis=-1) & b.any(axis=-1))
    turned = 2 * np.arctan2(apart, along)
    turned = np.where(none | (turned < blur), 0.0, turned)
    degrees: Array = np.degrees(turned)
    return degrees


def _unit(a: Array) -> Array:
    """Each vector with length 1; its largest number first becomes 1, that no square overflows."""
    most = np.abs(a).max(axis=-1, keepdims=True, initial=0)
    with np.errstate(invalid="ignore"):
        a = np.divide(a, most, out=np.zeros_like(a), where=most != 0)
        size = np.sqrt(np.square(a).sum(axis=-1, keepdims=True))
        return np.divide(a, size, out=np.zeros_like(a), where=size != 0)


def _size(x: Array) -> float:
    """The root mean square over the features, its mean over the tokens; no square of it overflows.

    >>> round(_size(np.array([[3e200, 4e200]])) / 1e200, 3)
    3.536
    """
    x = np.abs(x.astype(np.float64))
    most = float(x.max(initial=0))
    if not 0 < most < np.inf:
        return most
    return float(np.sqrt(np.square(x / most).mean(axis=-1)).mean()) * most
