"""Sequence to sequence: an encoder reads one sequence into a context, a decoder writes another from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.recurrent.bidirectional import Layer
from dlcli.engines.recurrent.cell import State
from dlcli.engines.recurrent.net import RecurrentNet
from dlcli.engines.recurrent.seeded_cells import seeded_cell, seeded_readout
from dlcli.engines.recurrent.sequence_loss import Readout
from dlcli.engines.recurrent.stacked import StackSteps, run_stack

#: The state of every layer of a decoder, the lowest first.
States = tuple[State, ...]


@dataclass(frozen=True)
class Seq2Seq:
    """An encoder, and a decoder of the same cells whose output layer gives a score to every token.

    The decoder reads the token before, one-hot, and behind it the context, when its kernel has rows for
    both. Before the first token it reads ``start``, or zeros when that is None; after ``end`` it is done.
    """

    encoder: tuple[Layer, ...]
    decoder: tuple[Layer, ...]
    readout: Readout
    start: int | None = None
    end: int | None = None

    @property
    def tokens(self) -> int:
        """How many tokens there are to choose from."""
        return int(self.readout.kernel.shape[1])

    @property
    def feeds_context(self) -> bool:
        """Whether every step of the decoder reads the context, and not only its first state."""
        return self.decoder[0].forward.features > self.tokens

    def check(self) -> None:
        """Raise ``EngineError`` where encoder, decoder and output layer do not fit together."""
        RecurrentNet(self.encoder).check()
        RecurrentNet(self.decoder, self.readout).check()
        if len(self.encoder) != len(self.decoder):
            raise EngineError(
                f"every layer of the decoder begins with the last state of the encoder's at its height; "
                f"received {len(self.encoder)} and {len(self.decoder)} layers"
            )
        for name, layers in (("encoder", self.encoder), ("decoder", self.decoder)):
            if any(layer.backward is not None for layer in layers):
                raise EngineError(f"the {name} reads in one direction; received one with two")
            if any(layer.forward.skip for layer in layers):
                raise EngineError(f"the {name} has no skip connections; received one that has")
        for place, (one, other) in enumerate(zip(self.encoder, self.decoder, strict=True)):
            if (one.forward.units, one.forward.has_cell) != (other.forward.units, other.forward.has_cell):
                raise EngineError(
                    f"layer {place} of the decoder begins with the encoder's state: received "
                    f"{one.forward.units} units of '{one.forward.kind}' and {other.forward.units} of "
                    f"'{other.forward.kind}'"
                )
        reads, width = self.decoder[0].forward.features, self.decoder[-1].width
        if reads not in (self.tokens, self.tokens + width):
            raise EngineError(
                f"the decoder reads one of {self.tokens} tokens, or that and the context, "
                f"{self.tokens + width} numbers; its kernel is for {reads}"
            )
        for name, token in (("start", self.start), ("end", self.end)):
            if token is not None and not 0 <= token < self.tokens:
                raise EngineError(f"{name} is one of {self.tokens} tokens, from 0; received {token}")


def seeded_seq2seq(
    kind: str,
    features: int,
    units: int,
    tokens: int,
    rng: np.random.Generator,
    *,
    start: int | None = None,
    end: int | None = None,
) -> Seq2Seq:
    """An encoder and a decoder of one layer each that nobody has trained, drawn as Keras draws them.

    The encoder reads ``features`` numbers a step, the decoder one of ``tokens``; both have cells of ``kind``
    with as many ``units``, and the output layer has a kernel (unit, token).

    >>> net = seeded_seq2seq("gru", 5, 4, 3, np.random.default_rng(0))
    >>> net.encoder[0].forward.kernel.shape, net.decoder[0].forward.kernel.shape, net.readout.kernel.shape
    ((5, 12), (3, 12), (4, 3))

    Raises ``EngineError`` for a kind of cell that there is not.

    Source: Cho et al., Learning phrase representations using RNN encoder-decoder, 2014, section 2.2.
    """
    return Seq2Seq(
        (Layer(seeded_cell(kind, features, units, rng)),),
        (Layer(seeded_cell(kind, tokens, units, rng)),),
        seeded_readout(units, tokens, rng),
        start,
        end,
    )


@dataclass(frozen=True)
class Encoded:
    """What the encoder made of a sequence: every state of every layer, and the last of each."""

    steps: StackSteps

    @property
    def states(self) -> Array:
        """The states of the highest layer, (time, unit)."""
        return self.steps.outputs

    @property
    def last(self) -> States:
        """What the decoder begins with: the state after the last step, layer by layer."""
        return tuple(layer.forward.last for layer in self.steps.layers)

    @property
    def context(self) -> Array:
        """c = h[T] of the highest layer, (unit,)."""
        return self.last[-1].hidden


def encode(x: Array, net: Seq2Seq) -> Encoded:
    """Read a sequence (time, feature), step by step, into the last states of the encoder.

    >>> import numpy as np
    >>> from dlcli.engines.recurrent.leaky import LeakyCell
    >>> half = (Layer(LeakyCell(np.ones((2, 1)), alpha=0.5)),)
    >>> encode(np.eye(2), Seq2Seq(half, half, Readout(np.zeros((1, 2)), np.zeros(2)))).context
    array([0.75])

    Raises ``EngineError`` as ``unroll`` does, and where the parts of the net do not fit together.
    """
    net.check()
    if x.ndim != 2:
        raise EngineError(f"one sequence at a time is translated, (time, feature); received {x.shape}")
    return Encoded(run_stack(x, net.encoder))
