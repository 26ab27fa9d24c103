"""Sample efficiency: how much experience a method needs until its error has come down."""

from __future__ import annotations

import numpy as np

from dlcli.engines.base.checks import Array, EngineError


def transitions_until(rms: Array, steps: Array, share: float) -> Array:
    """The transitions after which each method's error is at most a share of its first one (M,).

    Parameters
    ----------
    rms : (M, R, E+1)
        The error of M methods in R runs, before the first of E episodes and after each.
    steps : (R, E)
        The lengths of the episodes, which all methods share.
    share : float
        Of the error before the first episode.

    Both are means over the runs; the number is inf where the error never comes down so far.

    Raises ``EngineError`` for arrays that do not fit each other.

    >>> transitions_until(np.array([[[4.0, 3.0, 1.0]], [[4.0, 4.0, 3.0]]]), np.array([[5, 7]]), 0.5)
    array([12., inf])

    Source: Sutton and Barto, Reinforcement Learning, 2nd edition, example 6.2 compares methods so.
    """
    if rms.ndim != 3 or rms.shape[1:] != (steps.shape[0], steps.shape[-1] + 1):
        raise EngineError(
            f"errors are (methods, runs, episodes + 1) for steps (runs, episodes); received {rms.shape} for "
            f"{steps.shape}"
        )
    mean = rms.mean(axis=1)  # (M, E+1)
    ends = np.concatenate([[0.0], np.cumsum(steps.mean(axis=0))])  # (E+1,)
    down = mean <= share * mean[:, :1]
    return np.where(down.any(axis=1), ends[down.argmax(axis=1)], np.inf)
