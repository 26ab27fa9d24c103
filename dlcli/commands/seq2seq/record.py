"""One translation: what was read, what was said, how sure the net was, and what else it could have said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from time import thread_time

import numpy as np

from dlcli.commands.kinds.sequence import Sequence
from dlcli.commands.seq2seq.net import Translator
from dlcli.engines.recurrent.translation.beam import Kept, beam_search
from dlcli.engines.recurrent.translation.decoding import Decoded, decode, greedy
from dlcli.engines.recurrent.translation.seq2seq import Encoded, encode
from dlcli.errors import DlcliError
from dlcli.tensor import Array, Axis, Tensor

#: Lengths whose time is taken, and how often each: the least counts.
LENGTHS = (16, 32, 64, 128, 256)
ROUNDS = 9


@dataclass(frozen=True)
class Timing:
    """Processor time of so many steps of the decoder one after the other, and of x W for all at once."""

    steps: int
    serial: float
    together: float


@dataclass(frozen=True, eq=False)
class Translation:
    """What the view is told; what only some of it needs is computed when it is read.

    ``wanted`` are the tokens of ``--target``; ``beam`` is how many sequences are kept side by side, and
    ``limit`` the most steps of the decoder.
    """

    input: Tensor
    sequence: Sequence
    translator: Translator
    limit: int
    beam: int
    wanted: Array | None
    timed: bool

    @cached_property
    def encoded(self) -> Encoded:
        """Every state of the encoder. Raises ``DlcliError`` where they explode."""
        with np.errstate(over="ignore", invalid="ignore"):
            found = encode(self.sequence.data, self.translator.net)
        _finite(found.states, "the encoder's states")
        return found

    @cached_property
    def trace(self) -> tuple[Kept, ...]:
        """What was kept after every step, when more than one sequence was followed."""
        if self.beam < 2:
            return ()
        return beam_search(self.translator.net, self.encoded, width=self.beam, steps=self.limit)

    @cached_property
    def greedy(self) -> Decoded:
        """The likeliest token at every step."""
        return self._checked(lambda: greedy(self.translator.net, self.encoded, self.limit))

    @cached_property
    def decoded(self) -> Decoded:
        """What is told of: the target that was given, the best of the beam, or the greedy answer."""
        if self.wanted is not None:
            wanted = self.wanted
            return self._checked(lambda: decode(self.translator.net, self.encoded, wanted))
        if self.trace:
            best = np.array(self.trace[-1][0].tokens)
            return self._checked(lambda: decode(self.translator.net, self.encoded, best))
        return self.greedy

    def _checked(self, work: Callable[[], Decoded]) -> Decoded:
        with np.errstate(over="ignore", invalid="ignore"):
            found = work()
        _finite(found.scores, "the decoder's scores")
        return found

    @cached_property
    def timings(self) -> tuple[Timing, ...]:
        """How long decoders of several lengths compute, measured now; none unless it was asked for."""
        if not self.timed:
            return ()
        # Processor time does not count the turns of other programs; the lengths take turns, too.
        rounds = [[self._time(steps) for steps in LENGTHS] for _ in range(ROUNDS)]
        return tuple(
            Timing(steps, min(one.serial for one in turns), min(one.together for one in turns))
            for steps, turns in zip(LENGTHS, zip(*rounds, strict=True), strict=True)
        )

    def _time(self, steps: int) -> Timing:
        net = self.translator.net
        tokens = np.arange(steps) % net.tokens
        kernel = net.decoder[0].forward.kernel.astype(self.encoded.context.dtype)
        inputs = np.zeros((steps, len(kernel)), kernel.dtype)
        inputs[np.arange(steps), tokens] = 1
        begun = thread_time()
        decode(net, self.encoded, tokens)
        middle = thread_time()
        inputs @ kernel
        return Timing(steps, middle - begun, thread_time() - middle)

    def words(self, tokens: Array) -> list[str]:
        """The words that tokens stand for."""
        return [self.translator.target[token] for token in tokens.tolist()]

    @cached_property
    def output(self) -> Tensor:
        """p of every token at every step."""
        axes = Axis("step"), Axis("token", self.translator.target)
        return Tensor(self.decoded.probabilities, axes, "probabilities")

    def results(self) -> dict[str, Callable[[], Tensor]]:
        """What can be emitted, by name; what cannot be decoded is told before anything is sent."""
        output = self.output
        return {
            "probabilities": lambda: output,
            "context": self._context,
            "encoder-states": lambda: self._states("encoder-states"),
            "decoder-states": lambda: self._states("decoder-states"),
            "log-probabilities": lambda: Tensor(
                self.decoded.log_probabilities, self.output.axes, "log-probabilities"
            ),
        }

    def _context(self) -> Tensor:
        last = self.encoded.last[-1]
        if last.cell is None:
            return Tensor(last.hidden, (Axis("unit"),), "context")
        both = np.stack([last.hidden, last.cell])
        return Tensor(both, (Axis("state", ("hidden", "cell")), Axis("unit")), "context")

    def _states(self, name: str) -> Tensor:
        if name == "encoder-states":
            return Tensor(self.encoded.states, (self.sequence.time, Axis("unit")), name)
        said = tuple(self.words(self.decoded.tokens))
        return Tensor(self.decoded.states, (Axis("step", said), Axis("unit")), name)


def _finite(values: Array, what: str) -> None:
    bad = np.flatnonzero(~np.isfinite(values).all(axis=1))
    if len(bad):
        raise DlcliError(
            f"{what} are not finite from step {bad[0]} on; try smaller numbers, --cell gru, or other weights"
        )
