"""The error function, which NumPy does not have, to the last digits of float64; the normal distribution."""

from __future__ import annotations

import math

import numpy as np

from dlcli.engines.base.checks import Array

#: Numerators and denominators of three rational functions, from the highest power down. Source: Cody,
#: Rational Chebyshev approximations for the error function, Mathematics of Computation 23 (1969), 631-637.
_NEAR = (
    (1.85777706184603153e-1, 3.16112374387056560e0, 1.13864154151050156e2, 3.77485237685302021e2,
     3.20937758913846947e3),
    (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3),
)  # fmt: skip
_MIDDLE = (
    (2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e0, 6.61191906371416295e1,
     2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3,
     1.23033935479799725e3),
    (1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
     3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3),
)  # fmt: skip
_FAR = (
    (1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
     1.60837851487422766e-2, 6.58749161529837803e-4),
    (1.0, 2.56852019228982242e0, 1.87295284992346725e0, 5.27905102951428412e-1, 6.05183413124413191e-2,
     2.33520497626869185e-3),
)  # fmt: skip


def erfc(x: Array) -> Array:
    """The complementary error function: 2 / sqrt(pi) times the integral of exp(-t^2) from x on.

    Small results keep their digits: erfc(10) is 2.09e-45, not 0.

    >>> erfc(np.array([-np.inf, 0.0, 10.0]))
    array([2.00000000e+00, 1.00000000e+00, 2.08848758e-45])
    """
    x = np.asarray(x, np.float64)
    size = np.abs(x)
    y = np.where(np.isnan(x), x, 0.0)
    near, far = size <= 0.46875, size > 4
    middle = (size > 0.46875) & ~far
    z = x[near]
    y[near] = 1 - z * _ratio(_NEAR, z * z)
    z = size[middle]
    y[middle] = _ratio(_MIDDLE, z) * _bell(z)
    z = np.minimum(size[far], 28)  # exp(-28^2) is 0 already
    inverse = 1 / (z * z)
    y[far] = (1 / math.sqrt(math.pi) - inverse * _ratio(_FAR, inverse)) / z * _bell(z)
    flip = (x < 0) & ~near
    y[flip] = 2 - y[flip]
    return y


def _ratio(parts: tuple[tuple[float, ...], tuple[float, ...]], x: Array) -> Array:
    """One polynomial over another, by Horner's rule."""
    above, below = (np.polyval(polynomial, x) for polynomial in parts)
    return np.asarray(above / below)


def _bell(x: Array) -> Array:
    """exp(-x^2) without the error that rounding x^2 makes: x is cut where its square is exact."""
    coarse = np.trunc(x * 16) / 16
    bell: Array = np.exp(-coarse * coarse) * np.exp(-(x - coarse) * (x + coarse))
    return bell


def normal(z: Array) -> Array:
    """The probability that a standard normal number is at most z."""
    return 0.5 * erfc(z / -math.sqrt(2))


def density(z: Array) -> Array:
    """The density of a standard normal number at z."""
    return np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
