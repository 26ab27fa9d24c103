"""Make ``translator.safetensors``: a net that has learnt to translate small sentences into German.

``python samples/make_translator.py`` trains it in a minute and writes it beside this file. The sentences
have a grammar, below; every fifth is kept from the training, to be asked for. German articles depend on the
gender of the noun and on its case, so that "the dog" is "der Hund" before the verb and "den Hund" behind it:
the decoder cannot look up word by word, it must know from the context.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from dlcli.engines.recurrent import Cell, Layer, Readout, bptt, seeded_cell, seeded_readout, unroll
from dlcli.engines.recurrent.layouts import write_seq2seq
from dlcli.engines.recurrent.net import RecurrentNet, StoredFacts
from dlcli.engines.recurrent.translation import Seq2Seq, encode, greedy
from dlcli.engines.tensors import log_softmax
from dlcli.tensor import Tensor
from dlcli.wire.write import save_tensors

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Nouns with their gender; the article of each gender as subject and as object.
NOUNS = {"cat": ("Katze", "f"), "woman": ("Frau", "f"), "dog": ("Hund", "m"), "man": ("Mann", "m"),
         "bird": ("Vogel", "m"), "child": ("Kind", "n"), "horse": ("Pferd", "n")}  # fmt: skip
ARTICLES = {
    "the": {"f": ("die", "die"), "m": ("der", "den"), "n": ("das", "das")},
    "a": {"f": ("eine", "eine"), "m": ("ein", "einen"), "n": ("ein", "ein")},
}
DOING = {"sees": "sieht", "hears": "hört", "finds": "findet", "loves": "liebt"}
BEING = {"sleeps": "schläft", "sings": "singt", "runs": "läuft"}
END = "<end>"

UNITS = 32
KEPT_BACK = 5
EPOCHS, BATCH, RATE = 240, 32, 0.005


def sentences() -> Iterator[tuple[str, str]]:
    """Every sentence of the grammar, and its translation."""
    subjects = list(product(ARTICLES, NOUNS))
    for article, noun in subjects:
        german, gender = NOUNS[noun]
        subject = f"{ARTICLES[article][gender][0]} {german}"
        for verb, other in BEING.items():
            yield f"{article} {noun} {verb}", f"{subject} {other}"
        for verb, other in DOING.items():
            for one, what in subjects:
                thing, kind = NOUNS[what]
                yield (
                    f"{article} {noun} {verb} {one} {what}",
                    f"{subject} {other} {ARTICLES[one][kind][1]} {thing}",
                )


def one_hot(tokens: Array, size: int) -> Array:
    """A last axis with a 1 at each token."""
    return np.eye(size)[tokens]


class Adam:
    """Each number's step as long as its gradients agree. Source: Kingma and Ba, 2015."""

    def __init__(self) -> None:
        self.steps = 0
        self.moments: dict[str, tuple[Array, Array]] = {}

    def __call__(
        self, weights: dict[str, Array], gradients: dict[str, Array], rate: float
    ) -> dict[str, Array]:
        self.steps += 1
        after = {}
        for name, weight in weights.items():
            g = gradients[name]
            m, v = self.moments.get(name, (0 * g, 0 * g))
            self.moments[name] = m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
            sure, size = m / (1 - 0.9**self.steps), v / (1 - 0.999**self.steps)
            after[name] = weight - rate * sure / (np.sqrt(size) + 1e-8)
        return after


def gradients(net: Seq2Seq, x: Array, tokens: Array) -> tuple[dict[str, Array], float]:
    """dL/d of all weights for sentences of one length, the loss being the mean of −log p of their tokens."""
    encoder, decoder, readout = net.encoder[0].forward, net.decoder[0].forward, net.readout
    wanted = one_hot(tokens, net.tokens)  # (sentence, step, token)
    heard = np.concatenate([np.zeros_like(wanted[:, :1]), wanted[:, :-1]], axis=1)
    read = unroll(x, encoder)
    wrote = unroll(heard, decoder, h0=read.last.hidden)
    log_p = log_softmax(readout(wrote.states))
    dscores = (np.exp(log_p) - wanted) / tokens.size
    back = bptt(decoder, wrote, dscores @ readout.kernel.T)
    dstates = np.zeros_like(read.states)
    dstates[:, -1] = back.deltas.initial.hidden  # all that the encoder hears of the loss: its last state
    first = bptt(encoder, read, dstates)
    found = {f"encoder {name}": g for name, g in first.weights.items()}
    found |= {f"decoder {name}": g for name, g in back.weights.items()}
    found["kernel"] = np.einsum("bsu,bst->ut", wrote.states, dscores)
    found["bias"] = dscores.sum(axis=(0, 1))
    return found, -float((log_p * wanted).sum()) / tokens.size


def weights_of(net: Seq2Seq) -> dict[str, Array]:
    """All that is learnt, by the names that ``gradients`` has."""
    found = {f"encoder {name}": a for name, a in net.encoder[0].forward.arrays().items()}
    found |= {f"decoder {name}": a for name, a in net.decoder[0].forward.arrays().items()}
    return found | {"kernel": net.readout.kernel, "bias": net.readout.bias}


def with_weights(net: Seq2Seq, weights: dict[str, Array]) -> Seq2Seq:
    """The same net with other numbers."""

    def cell(side: str, old: Cell) -> tuple[Layer, ...]:
        mine = {name.removeprefix(side): a for name, a in weights.items() if name.startswith(side)}
        return (Layer(old.with_arrays(mine)),)

    return replace(
        net,
        encoder=cell("encoder ", net.encoder[0].forward),
        decoder=cell("decoder ", net.decoder[0].forward),
        readout=Readout(weights["kernel"], weights["bias"]),
    )


def train() -> tuple[Seq2Seq, list[str], list[str]]:
    """The net, and its words: English ones in, German ones out."""
    pairs = [(a.split(), [*b.split(), END]) for a, b in sentences()]
    rng = np.random.default_rng(0)
    order = rng.permutation(len(pairs)).tolist()
    held = [pairs[i] for i in order[::KEPT_BACK]]
    learnt = [pairs[i] for place, i in enumerate(order) if place % KEPT_BACK]
    source = sorted({word for words, _ in pairs for word in words})
    target = [*sorted({word for _, words in pairs for word in words} - {END}), END]
    net = Seq2Seq(
        (Layer(seeded_cell("gru", len(source), UNITS, rng)),),
        (Layer(seeded_cell("gru", len(target), UNITS, rng)),),
        seeded_readout(UNITS, len(target), rng),
        end=len(target) - 1,
    )
    adam = Adam()
    by_length: dict[int, list[tuple[list[str], list[str]]]] = {}
    for pair in learnt:
        by_length.setdefault(len(pair[0]), []).append(pair)
    for epoch in range(EPOCHS):
        batches = []
        for group in by_length.values():
            mixed = [group[i] for i in rng.permutation(len(group)).tolist()]
            batches += [mixed[i : i + BATCH] for i in range(0, len(mixed), BATCH)]
        losses = []
        for i in rng.permutation(len(batches)).tolist():
            x = one_hot(np.array([[source.index(w) for w in words] for words, _ in batches[i]]), len(source))
            tokens = np.array([[target.index(w) for w in words] for _, words in batches[i]])
            found, loss = gradients(net, x, tokens)
            rate = RATE * (1 + np.cos(np.pi * epoch / EPOCHS)) / 2
            net = with_weights(net, adam(weights_of(net), found, rate))
            losses.append(loss)
        if epoch % 20 == 19:
            share = right(net, held, source, target)
            print(f"epoch {epoch + 1}: loss {np.mean(losses):.5f}, of the others right {share:.3f}")
    return net, source, target


def right(
    net: Seq2Seq, pairs: list[tuple[list[str], list[str]]], source: list[str], target: list[str]
) -> float:
    """The share of sentences that greedy decoding translates word for word."""
    good = 0
    for words, translation in pairs:
        x = one_hot(np.array([source.index(word) for word in words]), len(source))
        found = greedy(net, encode(x, net), 10).tokens
        good += [target[i] for i in found.tolist()] == translation
    return good / len(pairs)


if __name__ == "__main__":
    made, heard_words, spoken_words = train()
    words = {"source_vocabulary": " ".join(heard_words), "target_vocabulary": " ".join(spoken_words)}
    facts = StoredFacts.by(RecurrentNet(made.encoder)).facts() | words
    arrays = {name: array.astype(np.float32) for name, array in write_seq2seq(made, "keras").items()}
    file = Path(__file__).with_name("translator.safetensors")
    save_tensors({name: Tensor(array, (), name, facts) for name, array in arrays.items()}, str(file))
