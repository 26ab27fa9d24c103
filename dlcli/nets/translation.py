"""Translating: a net reads a sequence and writes another behind it, each word after those before it.

Such a net takes what is read and what has been written in one input: the first steps are read, the others
begin with a start sign. Its layers cut the two apart by ``steps``; it gives a step for each word to be
written. What it writes is what it reads at the next step.

Sources: Sutskever, Vinyals and Le, Sequence to sequence learning with neural networks, 2014; Bahdanau, Cho
and Bengio, Neural machine translation by jointly learning to align and translate, 2015, for the alignment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.language.sampling import Draw, draw
from dlcli.nets.layers.attention import Attending
from dlcli.nets.layers.sequence import Steps
from dlcli.nets.net import Net
from dlcli.nets.spec import ModelSpec


@dataclass(frozen=True)
class Translated:
    """What a net has written: a ``Draw`` over the classes for each word.

    ``inputs`` (time,) are what it has read in the end. ``alignment`` (head, written, read) says how much of
    each word that was read went into each that was written: shares that add up to 1; none where no attention
    looks at what was read.
    """

    draws: tuple[Draw, ...]
    inputs: Array
    alignment: Array | None


def read_steps(spec: ModelSpec) -> int:
    """How many of a model's steps are read, where it writes behind them; 0 where it is no such model.

    >>> from dlcli.nets.builtin import builtin
    >>> [read_steps(builtin(name, input=(12,), said={"source": 8})) for name in ("seq2seq", "char-rnn")]
    [8, 0]
    """
    cuts = [one.kind for one in spec.layers if isinstance(one.kind, Steps)]
    ends = {one.stop for one in cuts if one.start == 0 and one.stop is not None}
    found = ends & {one.start for one in cuts if one.stop is None}
    steps = min(found, default=0)
    writes = spec.words > 0 and len(spec.output) == 2 and spec.output[0] == spec.input[0] - steps
    return steps if steps > 0 and writes else 0


def translate(
    net: Net, read: Sequence[int], start: int, words: Sequence[int], end: int | None = None
) -> Translated:
    """What a net writes behind some words: at every step the most probable.

    Parameters
    ----------
    net : Net
    read : sequence of int
        The words that are read, by their numbers; the rest is filled up with the word 0.
    start : int
        The start sign.
    words : sequence of int (class,)
        The number by which the net reads what it writes.
    end : int, optional
        The class behind which nothing is written.

    Raises ``EngineError`` for a net that writes nothing behind what it reads, for nothing to read or more
    than it reads, and for another number of words than it has classes.

    >>> from dlcli.nets.builtin import builtin
    >>> spec = builtin("seq2seq-attention", input=(7,), classes=3, said={"source": 4, "vocabulary": 6})
    >>> found = translate(Net(spec, np.float64).draw(0), [5, 4, 5], 1, [2, 3, 4])
    >>> len(found.draws), found.inputs[:5].tolist(), found.alignment.shape
    (3, [5.0, 4.0, 5.0, 0.0, 1.0], (1, 3, 3))
    """
    spec, most = net.spec, read_steps(net.spec)
    if not most:
        raise EngineError(f"{spec.name} translates nothing: its layers do not cut what is read from the rest")
    if not 0 < len(read) <= most:
        raise EngineError(f"{spec.name} reads 1 to {most} words at once; received {len(read)}")
    if len(words) != spec.output[1]:
        raise EngineError(f"{spec.name} writes {spec.output[1]} words; received the numbers of {len(words)}")
    x = np.zeros((spec.input[0], 1), net.dtype)
    x[: len(read), 0], x[most, 0] = read, start
    draws: list[Draw] = []
    for step in range(spec.output[0]):
        drawn = draw(net.forward(x)[:, step, 0], None)
        draws.append(drawn)
        if drawn.word == end:
            break
        if step + 1 < spec.output[0]:
            x[most + step + 1, 0] = words[drawn.word]
    looking = [one.layer for one in net.steps_at_work if one.sources and isinstance(one.layer, Attending)]
    alignment = None
    if looking:
        alignment = looking[0].weights[0].transpose(0, 2, 1)[:, : len(draws), : len(read)].copy()
    return Translated(tuple(draws), x[:, 0].copy(), alignment)
