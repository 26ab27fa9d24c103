"""How a decoder's time grows with what it writes, beside what could be done for all steps at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import thread_time

import numpy as np

from dlcli.engines.recurrent.translation.decoding import decode
from dlcli.engines.recurrent.translation.seq2seq import Encoded, Seq2Seq

#: Numbers of steps whose time is taken, and how often each: the least counts.
LENGTHS = (16, 32, 64, 128, 256)
ROUNDS = 9


@dataclass(frozen=True)
class DecoderTime:
    """Processor time, in seconds, of so many ``steps`` of a decoder.

    ``serial`` is that of all steps, one after the other; ``together`` that of their inputs' product with the
    kernel alone, x W, all at once.
    """

    steps: int
    serial: float
    together: float


def decoder_times(
    net: Seq2Seq, encoded: Encoded, lengths: Sequence[int] = LENGTHS, *, rounds: int = ROUNDS
) -> tuple[DecoderTime, ...]:
    """How long a decoder computes that writes so many tokens, measured now, length by length.

    Processor time does not count the turns of other programs. The lengths take turns, and of the rounds the
    least counts.

    >>> from dlcli.engines.recurrent.translation.seq2seq import encode, seeded_seq2seq
    >>> net = seeded_seq2seq("gru", 2, 4, 3, np.random.default_rng(0))
    >>> [one.steps for one in decoder_times(net, encode(np.eye(2), net), (1, 2), rounds=1)]
    [1, 2]

    Source: Vaswani et al., Attention is all you need, 2017, table 1: n steps of a recurrent layer wait for
    each other.
    """
    turns = [[_measured(net, encoded, steps) for steps in lengths] for _ in range(rounds)]
    return tuple(
        DecoderTime(steps, min(one.serial for one in same), min(one.together for one in same))
        for steps, same in zip(lengths, zip(*turns, strict=True), strict=True)
    )


def _measured(net: Seq2Seq, encoded: Encoded, steps: int) -> DecoderTime:
    tokens = np.arange(steps) % net.tokens
    kernel = net.decoder[0].forward.kernel.astype(encoded.context.dtype)
    inputs = np.zeros((steps, len(kernel)), kernel.dtype)
    inputs[np.arange(steps), tokens] = 1
    begun = thread_time()
    decode(net, encoded, tokens)
    middle = thread_time()
    inputs @ kernel
    return DecoderTime(steps, middle - begun, thread_time() - middle)
