"""One run of ``dlcli seq2seq`` on one sequence: what was read, what was said, what else could have been."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from dlcli.commands.kinds.recurrence.sequence import Sequence
from dlcli.engines.base.checks import Array
from dlcli.engines.recurrent.translation.beam import Beam, beam_search
from dlcli.engines.recurrent.translation.decoding import Decoded, decode, greedy, sample
from dlcli.engines.recurrent.translation.seq2seq import Encoded, Seq2Seq, encode
from dlcli.engines.recurrent.translation.timing import DecoderTime, decoder_times
from dlcli.errors import DlcliError
from dlcli.tensor import Axis, Tensor
from dlcli.words.line import Line


@dataclass(frozen=True)
class Translator:
    """A net and its words: ``source`` those it can read, none for numbers, ``target`` those it can say.

    ``origin`` says where the weights come from, ``conventions`` what their layout implies, by what it is
    about; ``trained`` whether they are more than random.
    """

    net: Seq2Seq
    source: tuple[str, ...]
    target: tuple[str, ...]
    origin: str
    conventions: Mapping[str, str]
    trained: bool


@dataclass(frozen=True)
class Sampling:
    """How tokens are drawn: see ``draw``; the ``seed`` decides what comes of it."""

    temperature: float
    top_k: int | None
    top_p: float | None
    seed: int


@dataclass(frozen=True)
class Work:
    """A sequence, the net, and what it makes of it: each part is computed when it is read.

    ``steps`` is the most that the decoder may take, ``beam`` how many sequences it follows side by side,
    ``target`` (step,) the tokens that it is made to say, and ``sampling`` how they are drawn, if they are.
    """

    input: Tensor
    sequence: Sequence
    translator: Translator
    steps: int
    beam: int
    target: Array | None
    timed: bool
    line: Line
    sampling: Sampling | None = None

    @cached_property
    def encoded(self) -> Encoded:
        """What the encoder makes of the sequence. Raises ``DlcliError`` where states explode."""
        encoded = encode(self.sequence.data, self.translator.net)
        _check_finite(encoded.states, "the encoder's states")
        return encoded

    @cached_property
    def trace(self) -> tuple[Beam, ...]:
        """What a beam keeps after every step; nothing without one."""
        if self.beam == 1:
            return ()
        return beam_search(self.translator.net, self.encoded, width=self.beam, steps=self.steps)

    @cached_property
    def decoded(self) -> Decoded:
        """The target, the best of the beam, drawn, or greedy. Raises ``DlcliError`` where scores explode."""
        if (how := self.sampling) is not None:
            rng = np.random.default_rng(how.seed)
            return _finite(
                sample(
                    self.translator.net, self.encoded, self.steps, rng,
                    temperature=how.temperature, top_k=how.top_k, top_p=how.top_p,
                )
            )  # fmt: skip
        said = np.array(self.trace[-1][0].tokens) if self.trace else self.target
        return self.greedy if said is None else _finite(decode(self.translator.net, self.encoded, said))

    @cached_property
    def output(self) -> Tensor:
        """p of every token at every step, (step, token)."""
        axes = Axis("step"), Axis("token", self.translator.target)
        return Tensor(self.decoded.probabilities, axes, "probabilities")

    @cached_property
    def greedy(self) -> Decoded:
        """The likeliest token at every step."""
        return _finite(greedy(self.translator.net, self.encoded, self.steps))

    @cached_property
    def times(self) -> tuple[DecoderTime, ...]:
        """How long decoders of several lengths compute, measured now; none unless it was asked for."""
        return decoder_times(self.translator.net, self.encoded) if self.timed else ()

    @property
    def read_axis(self) -> Axis:
        """The steps that were read, by their words where they have any."""
        return replace(self.sequence.time, name="read")

    def words(self, tokens: Array) -> list[str]:
        """The words that tokens stand for."""
        return [self.translator.target[token] for token in tokens.tolist()]


def _finite(decoded: Decoded) -> Decoded:
    _check_finite(decoded.scores, "the decoder's scores")
    return decoded


def _check_finite(values: Array, what: str) -> None:
    bad = np.flatnonzero(~np.isfinite(values).all(axis=1))
    if len(bad):
        raise DlcliError(
            f"{what} are not finite from step {bad[0]} on; try smaller numbers, --cell gru, or other weights"
        )
