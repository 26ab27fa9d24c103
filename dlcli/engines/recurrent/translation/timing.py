"""How a decoder's time grows with what it writes, beside what could be done for all steps at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.timing import ROUNDS, Timing, in_turns
from dlcli.engines.recurrent.translation.decoding import decode
from dlcli.engines.recurrent.translation.seq2seq import Encoded, Seq2Seq

#: Numbers of steps whose time is taken.
LENGTHS = (16, 32, 64, 128, 256)


@dataclass(frozen=True)
class DecoderTime:
    """Processor time of so many ``steps`` of a decoder.

    ``serial`` is that of all steps, one after the other; ``together`` that of their inputs' product with the
    kernel alone, x W, all at once.
    """

    steps: int
    serial: Timing
    together: Timing


def decoder_times(
    net: Seq2Seq, encoded: Encoded, lengths: Sequence[int] = LENGTHS, *, rounds: int = ROUNDS
) -> tuple[DecoderTime, ...]:
    """How long a decoder computes that writes so many tokens, measured now, length by length.

    >>> from dlcli.engines.recurrent.translation.seq2seq import encode, seeded_seq2seq
    >>> net = seeded_seq2seq("gru", 2, 4, 3, np.random.default_rng(0))
    >>> [one.steps for one in decoder_times(net, encode(np.eye(2), net), (1, 2), rounds=1)]
    [1, 2]

    Source: Vaswani et al., Attention is all you need, 2017, table 1: n steps of a recurrent layer wait for
    each other.
    """
    works = [work for steps in lengths for work in _works(net, encoded, steps)]
    found = in_turns(works, rounds=rounds)
    return tuple(
        DecoderTime(steps, serial, together)
        for steps, serial, together in zip(lengths, found[::2], found[1::2], strict=True)
    )


def _works(net: Seq2Seq, encoded: Encoded, steps: int) -> tuple[Callable[[], object], Callable[[], object]]:
    """All steps one after the other; the product of their inputs with the kernel."""
    tokens = np.arange(steps) % net.tokens
    kernel = net.decoder[0].forward.kernel.astype(encoded.context.dtype)
    inputs = np.zeros((steps, len(kernel)), kernel.dtype)
    inputs[np.arange(steps), tokens] = 1
    return lambda: decode(net, encoded, tokens), lambda: inputs @ kernel
