"""Decoding: a sequence is written token by token, each chosen from probabilities given those before it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.language.sampling import Draw, draw
from dlcli.engines.recurrent.bidirectional import Layer
from dlcli.engines.recurrent.translation.attention import Look
from dlcli.engines.recurrent.translation.seq2seq import Encoded, Seq2Seq, States
from dlcli.engines.tensors.softmax import log_softmax


@dataclass(frozen=True)
class Decoded:
    """Every number of a decoder that wrote ``tokens`` (step,).

    ``scores`` and ``log_probabilities`` (step, token) are those of all tokens at every step, given the ones
    before; ``states`` (step, unit) are those of the highest layer, and ``read`` what the output layer reads
    of them. Of a net with attention ``similarity`` and ``alignment`` (step, time) are the scores and the
    shares of the encoder's states, ``contexts`` (step, width) what these gave. Where tokens were drawn,
    ``draws`` says how.
    """

    tokens: Array
    scores: Array
    log_probabilities: Array
    states: Array
    read: Array
    similarity: Array | None = None
    alignment: Array | None = None
    contexts: Array | None = None
    draws: tuple[Draw, ...] = ()

    @property
    def probabilities(self) -> Array:
        """p(y[t] | y[0] … y[t−1], c) of every token, (step, token)."""
        return np.exp(self.log_probabilities)

    @property
    def chosen(self) -> Array:
        """log p of the tokens that were written, (step,)."""
        return self.log_probabilities[np.arange(len(self.tokens)), self.tokens]

    @property
    def log_likelihood(self) -> float:
        """log p(y | c) = Σ log p(y[t] | …): the logarithm of the product."""
        return float(self.chosen.sum())


def decode(net: Seq2Seq, encoded: Encoded, tokens: Array) -> Decoded:
    """Have the decoder write given tokens: what it would have said at every step (teacher forcing).

    >>> from dlcli.engines.recurrent.translation.seq2seq import encode
    >>> from dlcli.engines.recurrent.sequence_loss import Readout
    >>> from dlcli.engines.recurrent.simple_rnn import SimpleRNNCell
    >>> cell = SimpleRNNCell(np.zeros((2, 1)), recurrent_kernel=np.ones((1, 1)))
    >>> net = Seq2Seq((Layer(cell),), (Layer(cell),), Readout(np.zeros((1, 2)), np.log([0.25, 0.75])))
    >>> found = decode(net, encode(np.eye(2), net), np.array([1, 0]))
    >>> round(float(np.exp(found.log_likelihood)), 4)  # 0.75 · 0.25
    0.1875

    Raises ``EngineError`` for no token, and for one that is not there.
    """
    tokens = np.asarray(tokens, np.int64)
    if not tokens.size:
        raise EngineError("a decoder writes at least one token; received none")
    if tokens.min() < 0 or tokens.max() >= net.tokens:
        raise EngineError(f"tokens go from 0 to {net.tokens - 1}; received {tokens.tolist()}")
    return _written(net, encoded, len(tokens), lambda step, scores: int(tokens[step]))


def greedy(net: Seq2Seq, encoded: Encoded, steps: int) -> Decoded:
    """Write the likeliest token at every step, until ``end`` or for so many steps.

    >>> from dlcli.engines.recurrent.leaky import LeakyCell
    >>> from dlcli.engines.recurrent.sequence_loss import Readout
    >>> from dlcli.engines.recurrent.translation.seq2seq import encode
    >>> half = (Layer(LeakyCell(np.ones((2, 1)), alpha=0.5)),)
    >>> net = Seq2Seq(half, half, Readout(np.array([[0.0, 1.0]]), np.zeros(2)))
    >>> greedy(net, encode(np.eye(2), net), 3).tokens
    array([1, 1, 1])

    Raises ``EngineError`` for less than 1 step.

    Source: Sutskever, Vinyals and Le, Sequence to sequence learning with neural networks, 2014.
    """
    if steps < 1:
        raise EngineError(f"a decoder goes at least 1 step; received {steps}")
    return _written(net, encoded, steps, lambda _, scores: int(scores.argmax()), end=net.end)


def sample(
    net: Seq2Seq,
    encoded: Encoded,
    steps: int,
    rng: np.random.Generator,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
) -> Decoded:
    """Draw every token from its probabilities, until ``end`` or for so many steps: see ``draw``.

    >>> from dlcli.engines.recurrent.translation.seq2seq import encode, seeded_seq2seq
    >>> net = seeded_seq2seq("gru", 2, 4, 3, np.random.default_rng(0))
    >>> encoded = encode(np.eye(2), net)
    >>> cold = sample(net, encoded, 4, np.random.default_rng(0), temperature=0)
    >>> cold.tokens.tolist() == greedy(net, encoded, 4).tokens.tolist()
    True

    Raises ``EngineError`` for less than 1 step, and as ``draw`` does.
    """
    if steps < 1:
        raise EngineError(f"a decoder goes at least 1 step; received {steps}")
    draws: list[Draw] = []

    def choose(_: int, scores: Array) -> int:
        draws.append(draw(scores, rng, temperature=temperature, top_k=top_k, top_p=top_p))
        return draws[-1].word

    return replace(_written(net, encoded, steps, choose, end=net.end), draws=tuple(draws))


def _written(
    net: Seq2Seq,
    encoded: Encoded,
    steps: int,
    choose: Callable[[int, Array], int],
    *,
    end: int | None = None,
) -> Decoded:
    """Let one decoder write what ``choose`` makes of each step and its scores (token,), up to ``end``."""
    decoder, steps_taken, tokens = DecoderStates.begin(net, encoded), list[DecoderStates](), list[int]()
    for t in range(steps):
        decoder = decoder.step()
        steps_taken.append(decoder)
        tokens.append(choose(t, decoder.scores[0]))
        if tokens[-1] == end:
            break
        decoder = decoder.read(np.array(tokens[-1:]))
    scores = np.concatenate([decoder.scores for decoder in steps_taken])
    done = Decoded(
        tokens=np.array(tokens),
        scores=scores,
        log_probabilities=log_softmax(scores),
        states=np.concatenate([decoder.states[-1].hidden for decoder in steps_taken]),
        read=np.concatenate([decoder.seen for decoder in steps_taken]),
    )
    looks = [decoder.look for decoder in steps_taken if decoder.look is not None]
    if not looks:
        return done
    return replace(
        done,
        similarity=np.concatenate([look.scores for look in looks]),
        alignment=np.concatenate([look.weights for look in looks]),
        contexts=np.concatenate([look.context for look in looks]),
    )


@dataclass(frozen=True)
class DecoderStates:
    """Several decoders side by side: their states (decoder, unit), and the one-hot token each reads next.

    ``scores`` (decoder, token) are those of the step that was taken last, ``seen`` (decoder, unit) what the
    output layer read for them, and ``look`` what attention saw, where there is one.
    """

    net: Seq2Seq
    encoded: Encoded
    states: States
    inputs: Array
    scores: Array
    seen: Array
    look: Look | None = None

    @classmethod
    def begin(cls, net: Seq2Seq, encoded: Encoded) -> DecoderStates:
        """One decoder before its first step."""
        dtype = encoded.context.dtype
        inputs = np.zeros((1, net.tokens), dtype)
        if net.start is not None:
            inputs[0, net.start] = 1
        states = tuple(state.map(lambda one: one[None]) for state in encoded.last)
        cells = tuple(Layer(layer.forward.astype(dtype)) for layer in net.decoder)
        nothing = np.zeros((1, net.tokens), dtype)
        return cls(replace(net, decoder=cells), encoded, states, inputs, nothing, states[-1].hidden)

    def step(self) -> DecoderStates:
        """Every decoder one step on: s[t] from s[t−1] and the token before, then a score for each token."""
        x, attention, look = self.inputs, self.net.attention, None
        if attention is not None and attention.combine is None:
            look = attention.look(self.states[-1].hidden, self.encoded.states)
            x = np.concatenate([x, look.context], axis=1)
        elif self.net.feeds_context:
            context = self.encoded.context
            x = np.concatenate([x, np.broadcast_to(context, (len(x), len(context)))], axis=1)
        after = []
        for layer, before in zip(self.net.decoder, self.states, strict=True):
            cell = layer.forward
            sums = x @ cell.kernel
            _, state = cell.step(sums if cell.input_bias is None else sums + cell.input_bias, before)
            after.append(state)
            x = state.hidden
        if attention is not None and attention.combine is not None:
            look = attention.look(x, self.encoded.states)
            x = attention.combined(look, x)
        return replace(self, states=tuple(after), scores=self.net.readout(x), seen=x, look=look)

    def read(self, tokens: Array, parents: Array | None = None) -> DecoderStates:
        """Let each read a token next; ``parents`` says whose state each one goes on from."""
        states = self.states
        if parents is not None:
            states = tuple(state.map(lambda one: one[parents]) for state in states)
        inputs = np.zeros((len(tokens), self.net.tokens), self.inputs.dtype)
        inputs[np.arange(len(tokens)), tokens] = 1
        return replace(self, states=states, inputs=inputs)
