"""What a head looks at, whatever the sentence: itself, its neighbours, the markers at both ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.tensors.softmax import entropy

#: The names of the shares, and the place that each token looks at in them.
PATTERNS = ("itself", "before", "after", "first", "last")


@dataclass(frozen=True)
class HeadPatterns:
    """One row per head.

    ``shares`` (head, habit) is how much of its attention a token pays on average to itself, to the token
    before and the one after it, to the first and the last of the sentence; ``bits`` (head,) the mean entropy
    of a row.
    """

    shares: Array
    bits: Array


def head_patterns(weights: Array) -> HeadPatterns:
    """How the heads of one layer look, from their weights (head, token, token).

    The first token has none before it and looks there with share 0, the last none after it; shares overlap
    where the token before is the first one.

    >>> diagonal = np.eye(3)[None]
    >>> head_patterns(diagonal).shares.round(2).tolist(), head_patterns(diagonal).bits.tolist()
    ([[1.0, 0.0, 0.0, 0.33, 0.33]], [0.0])

    Raises ``EngineError`` when queries and keys are not the same tokens.

    Source: Clark et al., What does BERT look at?, 2019, section 3.
    """
    if weights.ndim != 3 or weights.shape[1] != weights.shape[2] or not weights.size:
        raise EngineError(f"habits are told of weights (head, token, token); received {weights.shape}")
    count = weights.shape[1]
    beside = [np.trace(weights, step, 1, 2) / count for step in (0, -1, 1)]
    ends = [weights[:, :, place].mean(axis=1) for place in (0, -1)]
    return HeadPatterns(np.stack([*beside, *ends], axis=1), entropy(weights).mean(axis=1))


Habits = HeadPatterns
habits = head_patterns
