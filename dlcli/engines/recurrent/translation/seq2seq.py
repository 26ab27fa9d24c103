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
from dlcli.engines.recurrent.translation.attention import Attention, seeded_attention

#: The state of every layer of a decoder, the lowest first.
States = tuple[State, ...]


@dataclass(frozen=True)
class Seq2Seq:
    """An encoder, and a decoder of the same cells whose output layer gives a score to every token.

    The encoder reads forwards, or in both directions: then each state of the decoder has the units of both
    beside each other. The decoder reads the token before, one-hot, and behind it the context, when its kernel
    has rows for both; with ``attention`` it looks back at all states of the encoder. Before the first token
    it reads ``start``, or zeros when that is None; after ``end`` it is done.
    """

    encoder: tuple[Layer, ...]
    decoder: tuple[Layer, ...]
    readout: Readout
    start: int | None = None
    end: int | None = None
    attention: Attention | None = None

    @property
    def tokens(self) -> int:
        """How many tokens there are to choose from."""
        return int(self.readout.kernel.shape[1])

    @property
    def feeds_context(self) -> bool:
        """Whether every step of the decoder reads a context, and not only its first state."""
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
        if any(layer.backward is not None for layer in self.decoder):
            raise EngineError("the decoder reads in one direction; received one with two")
        if any(layer.backward is not None and layer.merge != "concat" for layer in self.encoder):
            raise EngineError("both directions of an encoder stand beside each other; received another merge")
        for name, layers in (("encoder", self.encoder), ("decoder", self.decoder)):
            if any(layer.forward.skip for layer in layers):
                raise EngineError(f"the {name} has no skip connections; received one that has")
        for place, (one, other) in enumerate(zip(self.encoder, self.decoder, strict=True)):
            if (one.width, one.forward.has_cell) != (other.forward.units, other.forward.has_cell):
                both = "" if one.backward is None else " of both directions"
                raise EngineError(
                    f"layer {place} of the decoder begins with the encoder's state: received {one.width} "
                    f"units{both} of '{one.forward.kind}' and {other.forward.units} of '{other.forward.kind}'"
                )
        reads, width = self.decoder[0].forward.features, self.encoder[-1].width
        if self.attention is not None:
            self.attention.check(width, self.decoder[-1].width)
            if self.feeds_context != (self.attention.combine is None):
                raise EngineError(
                    "a decoder that looks back as Bahdanau has it reads a token and what it saw, one as "
                    f"Luong has it a token alone; its kernel is for {reads} numbers, and there are "
                    f"{self.tokens} tokens"
                )
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
    bidirectional: bool = False,
    attention: str | None = None,
) -> Seq2Seq:
    """An encoder and a decoder of one layer each that nobody has trained, drawn as Keras draws them.

    The encoder reads ``features`` numbers a step, the decoder one of ``tokens``; both have cells of ``kind``
    with as many ``units``, and the output layer has a kernel (unit, token). With ``bidirectional`` the
    encoder has two of these cells, and the decoder twice the units; ``attention`` is one of ``SIMILARITIES``.

    >>> net = seeded_seq2seq("gru", 5, 4, 3, np.random.default_rng(0))
    >>> net.encoder[0].forward.kernel.shape, net.decoder[0].forward.kernel.shape, net.readout.kernel.shape
    ((5, 12), (3, 12), (4, 3))

    Raises ``EngineError`` for a kind of cell or of attention that there is not.

    Source: Cho et al., Learning phrase representations using RNN encoder-decoder, 2014, section 2.2.
    """
    ahead = seeded_cell(kind, features, units, rng)
    reader = Layer(ahead, seeded_cell(kind, features, units, rng) if bidirectional else None)
    width = reader.width
    reads = tokens + width * (attention == "bahdanau")
    writer, readout = seeded_cell(kind, reads, width, rng), seeded_readout(width, tokens, rng)
    looks = None if attention is None else seeded_attention(attention, width, width, rng)
    return Seq2Seq((reader,), (Layer(writer),), readout, start, end, looks)


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
        """What the decoder begins with: the state at the end of each reading, layer by layer.

        Of two directions these are h→[T] and h←[0], beside each other.
        """
        return tuple(beside(*directions) for directions in self.steps.last)

    @property
    def context(self) -> Array:
        """c = h[T] of the highest layer, (unit,); of two directions [h→[T], h←[0]]."""
        return self.last[-1].hidden


def beside(*states: State) -> State:
    """The states of several directions as one.

    >>> import numpy as np
    >>> beside(State(np.array([1.0])), State(np.array([2.0]))).hidden
    array([1., 2.])
    """
    cells = [state.cell for state in states if state.cell is not None]
    hidden = np.concatenate([state.hidden for state in states], axis=-1)
    return State(hidden, np.concatenate(cells, axis=-1) if cells else None)


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
