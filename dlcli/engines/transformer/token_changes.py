"""How each token's vector changes from layer to layer: its length, and where it turns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.transformer.sentence_vector import unit_vectors


@dataclass(frozen=True)
class TokenChanges:
    """Of each token before the first layer and behind each, all (layer + 1, T).

    ``norms`` are the lengths of the vectors, ``first`` the cosine with the vector that came in, ``previous``
    that with the vector one layer before, 1 for what came in.
    """

    norms: Array
    first: Array
    previous: Array


def token_changes(states: Array) -> TokenChanges:
    """The changes of tokens from their vectors (layer + 1, T, F).

    >>> changes = token_changes(np.array([[[3.0, 4.0]], [[0.0, 2.0]], [[-3.0, -4.0]]]))
    >>> changes.norms.ravel().tolist(), changes.first.ravel().tolist(), changes.previous.ravel().tolist()
    ([5.0, 2.0, 5.0], [1.0, 0.8, -1.0], [1.0, 0.8, -0.8])

    A vector without a length has the cosine 0 with all. Raises ``EngineError`` for other than three axes.

    Source: Ethayarajh, How contextual are contextualized word representations?, 2019, section 3.3, for the
    cosine as the measure.
    """
    if states.ndim != 3 or not states.size:
        raise EngineError(f"changes are those of states (layer, token, feature); received {states.shape}")
    states = states.astype(np.float64)
    units = unit_vectors(states)
    first = (units * units[0]).sum(axis=-1)
    previous = np.concatenate([first[:1], (units[1:] * units[:-1]).sum(axis=-1)])
    return TokenChanges(np.linalg.norm(states, axis=-1), first.clip(-1, 1), previous.clip(-1, 1))
