"""Going on with a sequence: a net says what may come next, one is drawn, and that is what it reads then.

Each step takes the last word alone: recurrent layers have their states, attention the keys and values of all
words so far, so that nothing is computed twice. A net with as many positions as it was trained with has room
for no more words; then it reads the last of them anew at every step.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.language.sampling import Draw, draw
from dlcli.nets.layers.attention import Attending
from dlcli.nets.layers.sequence import LEARNED, Positions
from dlcli.nets.layers.transformer import Block
from dlcli.nets.net import Net


@contextmanager
def going_on(net: Net) -> Iterator[None]:
    """While the block runs every layer goes on where the last batch ended, from nothing."""
    steps = net.steps_at_work
    before = [(step.layer.carries, step.layer.state) for step in steps]
    try:
        for step in steps:
            step.layer.carries, step.layer.state = True, {}
        with net.following():
            yield
    finally:
        for step, (carries, state) in zip(steps, before, strict=True):
            step.layer.carries, step.layer.state = carries, state


def room(net: Net) -> int | None:
    """How many words the net can read at once; none where that is without end."""
    found = [
        layer.weights["embeddings"].shape[0]
        for layer in net.spec.layers
        if isinstance(layer.kind, Positions) and layer.kind.encoding == LEARNED
    ]
    return min(found, default=None)


def attending(net: Net) -> list[Attending]:
    """The attentions of a net to its own steps, from the first layer on."""
    found: list[Attending] = []
    for step in net.steps_at_work:
        if isinstance(step.layer, Attending):
            found.append(step.layer)
        elif isinstance(step.layer, Block):
            found += step.layer.attentions[:1]
    return found


def cached_numbers(net: Net) -> int:
    """Numbers that are kept of each word that was read: its keys and values, in all layers."""
    return sum(2 * one.width for one in attending(net))


def attentions(net: Net, words: Sequence[int]) -> Array:
    """Where each word looks among these (layer, head, query, key)."""
    net.forward(np.array(words, net.dtype)[:, None])
    return np.stack([one.weights[0].transpose(0, 2, 1) for one in attending(net)])


class Writer:
    """A net that foretells the next of some words at each step (time, word), and what it has read so far.

    Raises ``EngineError`` for a net that is no such, and for a beginning without a word.

    >>> from dlcli.nets.builtin import builtin
    >>> net = Net(builtin("char-rnn", said={"vocabulary": 5}), np.float64).draw(0)
    >>> writer = Writer(net, [0, 3])
    >>> writer.logits.shape, len(list(writer.write(4, np.random.default_rng(0)))), writer.words
    ((5,), 4, [0, 3, 2, 4, 1, 4])
    """

    def __init__(self, net: Net, words: Sequence[int]) -> None:
        if not net.spec.words or len(net.spec.output) != 2 or not net.any_length:
            raise EngineError(
                f"{net.spec.name} foretells no next word: a net that does begins with an embedding and gives "
                f"(time, word); it gives {net.spec.output}"
            )
        if (ahead := net.spec.looking_ahead) is not None:
            raise EngineError(
                f"{net.spec.name} foretells no next word: {ahead.name} looks at later ones; there are none"
            )
        if not words:
            raise EngineError("there is nothing to go on from: give one word at least")
        self.net, self.words, self.most = net, list(words), room(net)
        self.logits = self._read(self.words)

    @property
    def cached(self) -> bool:
        """Whether the next word is read alone: there is room for it."""
        return self.most is None or len(self.words) <= self.most

    def _read(self, words: list[int]) -> Array:
        """The scores of all words to come next (word,), after the last of these."""
        if self.most is not None:
            words = words[-self.most :]
        outputs = self.net.forward(np.array(words, self.net.dtype)[:, None])
        return outputs[:, -1, 0].copy()

    def write(
        self,
        steps: int,
        rng: np.random.Generator | None,
        *,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
    ) -> Iterator[Draw]:
        """Draw one word after the other, and read each. ``rng`` and the rest are as for ``draw``."""
        with going_on(self.net):
            self.logits = self._read(self.words)  # once more, to remember them
            for step in range(steps):
                drawn = draw(self.logits, rng, temperature=temperature, top_k=top_k, top_p=top_p)
                self.words.append(drawn.word)
                yield drawn
                if step + 1 == steps:
                    return
                if self.cached:
                    self.logits = self._read(self.words[-1:])
                else:
                    self.net.forget()
                    self.logits = self._read(self.words)
