"""Beam search: several unfinished sequences side by side, the likeliest of all that they can become kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import EngineError
from dlcli.engines.recurrent.translation.decoding import DecoderStates
from dlcli.engines.recurrent.translation.seq2seq import Encoded, Seq2Seq
from dlcli.engines.tensors.softmax import log_softmax


@dataclass(frozen=True)
class Hypothesis:
    """A sequence so far: its tokens, the logarithm of its probability, and whether it has ended."""

    tokens: tuple[int, ...]
    log_probability: float
    ended: bool


#: The sequences that are kept after a step, the likeliest first.
Beam = tuple[Hypothesis, ...]


def beam_search(net: Seq2Seq, encoded: Encoded, *, width: int, steps: int) -> tuple[Beam, ...]:
    """The sequences that are kept after every step; the likeliest of all comes first in the last.

    With a width of 1 it is greedy decoding. A sequence that has ended keeps its place as long as no other
    pushes it out; when all have ended, it is over: every further token only makes a sequence less likely.

    >>> from dlcli.engines.recurrent.bidirectional import Layer
    >>> from dlcli.engines.recurrent.translation.seq2seq import encode
    >>> from dlcli.engines.recurrent.sequence_loss import Readout
    >>> from dlcli.engines.recurrent.simple_rnn import SimpleRNNCell
    >>> cell = SimpleRNNCell(np.zeros((2, 1)), recurrent_kernel=np.ones((1, 1)))
    >>> net = Seq2Seq((Layer(cell),), (Layer(cell),), Readout(np.zeros((1, 2)), np.log([0.4, 0.6])), end=0)
    >>> [(one.tokens, round(float(np.exp(one.log_probability)), 3))
    ...  for one in beam_search(net, encode(np.eye(2), net), width=2, steps=2)[-1]]
    [((0,), 0.4), ((1, 1), 0.36)]

    Raises ``EngineError`` for a width or a number of steps below 1.

    Source: Sutskever, Vinyals and Le, Sequence to sequence learning with neural networks, 2014, section 3.2.
    """
    if width < 1 or steps < 1:
        raise EngineError(f"a beam is at least 1 wide and goes at least 1 step; received {width} and {steps}")
    decoders = DecoderStates.begin(net, encoded)
    kept: Beam = (Hypothesis((), 0.0, False),)
    trace: list[Beam] = []
    for _ in range(steps):
        decoders = decoders.step()
        before = np.array([one.log_probability for one in kept if not one.ended])
        totals = before[:, None] + log_softmax(decoders.scores)  # (decoder, token)
        best = np.argsort(-totals, axis=None, kind="stable")[:width]
        parents, tokens = np.unravel_index(best, totals.shape)
        alive = [one for one in kept if not one.ended]
        candidates = [(one, -1) for one in kept if one.ended]
        candidates += [
            (_longer(alive[p], t, float(totals[p, t]), net.end), p)
            for p, t in zip(parents.tolist(), tokens.tolist(), strict=True)
        ]
        candidates.sort(key=lambda pair: -pair[0].log_probability)
        candidates = candidates[:width]
        kept = tuple(one for one, _ in candidates)
        trace.append(kept)
        going = [(one.tokens[-1], parent) for one, parent in candidates if not one.ended]
        if not going:
            break
        tokens, parents = np.array(going).T
        decoders = decoders.read(tokens, parents)
    return tuple(trace)


def _longer(one: Hypothesis, token: int, total: float, end: int | None) -> Hypothesis:
    return Hypothesis((*one.tokens, token), total, token == end)
