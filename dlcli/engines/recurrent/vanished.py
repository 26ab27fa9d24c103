"""Gradients that have vanished: numbers so small that a processor needs a hundred times as long for each.

A gradient that goes back through many steps shrinks until it is subnormal, below 1e-38 in float32. Nothing is
added to a sum by such a number, but arithmetic with it is done in microcode.
"""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array

#: How far above the least normal number is dropped: what slopes of gates may still make of it.
ABOVE = 1e13

#: After so many steps back what has vanished is dropped.
EVERY = 8


def drop_vanished(*gradients: Array | None) -> None:
    """Make 0 of numbers below 1e-25 in float32, or 1e-295 in float64, in place.

    >>> gradient = np.array([1e-3, -1e-30], np.float32)
    >>> drop_vanished(gradient)
    >>> gradient
    array([0.001, 0.   ], dtype=float32)
    """
    for gradient in gradients:
        if gradient is not None:
            least = np.finfo(gradient.dtype).tiny * ABOVE
            np.copyto(gradient, 0, where=np.abs(gradient) < least)
