"""A decoder that looks back: at each step, shares of all states of the encoder in place of one context.

a[t, j] = softmax over j of score(q[t], h[j])        c[t] = Σ over j of a[t, j] h[j]

Bahdanau: q[t] = s[t−1], and the decoder's cell reads c[t] beside the token before.
Luong: q[t] = s[t], and the output layer reads s̃[t] = tanh([c[t], s[t]] W_c).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcli.engines.attention.random_weights import random_similarity
from dlcli.engines.attention.similarities import PLAIN, Similarity
from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.tensors.initializers import glorot_uniform
from dlcli.engines.tensors.softmax import softmax

#: How a decoder can look back -> the similarity of its states and the encoder's.
SIMILARITIES = {
    "bahdanau": "additive",
    "luong-dot": "dot",
    "luong-general": "general",
    "luong-concat": "additive",
}


@dataclass(frozen=True)
class Look:
    """What decoders saw: ``scores`` and shares ``weights``, each (decoder, time), and ``context``.

    ``context`` (decoder, width) is the sum of the encoder's states in these shares.
    """

    scores: Array
    weights: Array
    context: Array


@dataclass(frozen=True)
class Attention:
    """Where a decoder looks back, and what it makes of it.

    With ``combine`` W_c (width + unit, unit) it looks with its new state, as Luong has it; without it with
    the state before, as Bahdanau has it, and its cell reads what it saw.
    """

    similarity: Similarity
    combine: Array | None = None

    @property
    def kind(self) -> str:
        """Its name in ``SIMILARITIES``."""
        if self.combine is None:
            return "bahdanau"
        return {"additive": "luong-concat"}.get(self.similarity.name, f"luong-{self.similarity.name}")

    @property
    def parameters(self) -> int:
        """How many numbers can be learnt."""
        return sum(array.size for array in self.arrays().values())

    def arrays(self) -> dict[str, Array]:
        """The weights that there are, by name."""
        combine = {} if self.combine is None else {"combine": self.combine}
        return {**self.similarity.arrays(), **combine}

    def check(self, width: int, units: int) -> None:
        """Raise ``EngineError`` where it does not fit an encoder of that width and a decoder's units."""
        self.similarity.check(np.zeros((1, units)), np.zeros((1, width)))
        if self.combine is not None and self.combine.shape != (width + units, units):
            raise EngineError(
                f"what combines context and state is {(width + units, units)}: context above state; received "
                f"{self.combine.shape}"
            )

    def look(self, states: Array, encoded: Array) -> Look:
        """What decoders with ``states`` (decoder, unit) see of an encoder's states (time, width).

        >>> from dlcli.engines.attention.similarities import Dot
        >>> look = Attention(Dot()).look(np.array([[np.log(3.0), 0.0]]), np.array([[1.0, 0.0], [0.0, 4.0]]))
        >>> look.weights, look.context
        (array([[0.75, 0.25]]), array([[0.75, 1.  ]]))
        """
        scores = self.similarity.scores(states, encoded)
        weights = softmax(scores)
        return Look(scores, weights, weights @ encoded)

    def combined(self, look: Look, states: Array) -> Array:
        """s̃ = tanh([c, s] W_c) for each decoder; as Bahdanau has it, the states as they are."""
        if self.combine is None:
            return states
        both = np.concatenate([look.context, states], axis=-1)
        return np.tanh(both @ self.combine.astype(both.dtype))


def seeded_attention(kind: str, width: int, units: int, rng: np.random.Generator) -> Attention:
    """Attention that nobody has trained, between an encoder of this width and a decoder of so many units.

    Weights are drawn as ``glorot_uniform`` draws them.

    >>> seeded_attention("luong-general", 4, 2, np.random.default_rng(0)).arrays().keys()
    dict_keys(['weight', 'combine'])

    Raises ``EngineError`` for a kind that is not in ``SIMILARITIES``, and for a dot product of states that
    are not as wide as each other. Sources: Bahdanau, Cho and Bengio, Neural machine translation by jointly
    learning to align and translate, 2015; Luong, Pham and Manning, Effective approaches to attention-based
    neural machine translation, 2015, equations 5 to 8.
    """
    if kind not in SIMILARITIES:
        raise EngineError(f"no attention is called '{kind}'; try one of {', '.join(SIMILARITIES)}")
    name = SIMILARITIES[kind]
    similarity = PLAIN[name] if name in PLAIN else random_similarity(rng, name, units, width)
    combine = None if kind == "bahdanau" else glorot_uniform(rng, width + units, units)
    made = Attention(similarity, combine)
    made.check(width, units)
    return made
