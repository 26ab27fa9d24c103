"""The net of ``dlcli seq2seq``: seeded or from a file, and the words that its tokens stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from dlcli.commands.kinds.recurrence.recurrent_facts import expect_facts, say_untold
from dlcli.commands.kinds.recurrence.recurrent_weights import read_weights, save_weights
from dlcli.commands.seq2seq.record import Translator
from dlcli.engines.recurrent.layouts.read import implied
from dlcli.engines.recurrent.layouts.seq2seq import read_seq2seq, write_seq2seq
from dlcli.engines.recurrent.net import RecurrentNet, StoredFacts
from dlcli.engines.recurrent.translation.seq2seq import seeded_seq2seq
from dlcli.errors import WrongUsage, printable
from dlcli.runner.result import Run

#: What the token is called that ends a sequence, and that which begins one, by whoever trained the net.
ENDS = ("<end>", "<eos>", "</s>", "[END]", "[SEP]")
STARTS = ("<start>", "<sos>", "<bos>", "<s>", "[START]", "[CLS]")

#: Under which names the words travel with a file of weights.
SOURCE, TARGET = "source_vocabulary", "target_vocabulary"


def seeded(
    kind: str,
    units: int,
    features: int,
    source: Sequence[str],
    target: Sequence[str],
    run: Run,
    *,
    bidirectional: bool = False,
    attention: str | None = None,
) -> Translator:
    """A net with weights drawn from ``--seed``; it can say the words of ``target`` and that it has ended."""
    words = with_end(target)
    starts, ends = place(STARTS, words), place(ENDS, words)
    net = seeded_seq2seq(
        kind, features, units, len(words), run.generator(),
        start=starts, end=ends, bidirectional=bidirectional, attention=attention,
    )  # fmt: skip
    return Translator(net, tuple(source), words, f"drawn from --seed {run.seed}, never trained", {}, False)


def loaded(
    path: str,
    run: Run,
    source: Sequence[str],
    target: Sequence[str],
    asked: Mapping[str, tuple[str, object]],
) -> Translator:
    """The net in a file, with the words that travel with its weights, or those given where none do.

    ``asked`` is what the line says of its cells, as ``expect_facts`` takes it. Raises ``DlcliError`` when it
    is no encoder and decoder, and ``WrongUsage`` when there are not as many words as the net has tokens, or
    it is another net than the line says.
    """
    read, facts = read_weights(path, run, read_seq2seq, {name: value for name, (_, value) in asked.items()})
    net = read.net
    expect_facts(path, (*net.encoder, *net.decoder), asked)
    say_untold(path, read, (*net.encoder, *net.decoder), run)
    heard = _words("source", source, str(facts.get(SOURCE, "")).split(), path)
    spoken = _words("target", target, str(facts.get(TARGET, "")).split(), path)
    spoken = spoken or tuple(map(str, range(net.tokens)))
    features = net.encoder[0].forward.features
    for option, words, wanted in (("source", heard, features), ("target", spoken, net.tokens)):
        if words and len(words) != wanted:
            raise WrongUsage(
                f"--{option}-vocabulary has {len(words)} words; the net in {path} has {wanted} tokens there"
            )
    net = replace(net, start=place(STARTS, spoken), end=place(ENDS, spoken))
    told = implied(read.layout, RecurrentNet(net.encoder))
    if read.embedded:
        told["embedding"] = "multiplied into the kernel"
    return Translator(net, heard, spoken, printable(path), told, True)


def _words(side: str, given: Sequence[str], stored: Sequence[str], path: str) -> tuple[str, ...]:
    """The words of one side. Raises ``WrongUsage`` where as many as in the file are not the same."""
    if stored and len(given) == len(stored):
        for place, (one, other) in enumerate(zip(given, stored, strict=True)):
            if one != other:
                raise WrongUsage(
                    f"--{side}-vocabulary has {one!r} at {place}; the words in {path} have {other!r} there: "
                    "leave it out"
                )
    return tuple(given) or tuple(stored)


def save(translator: Translator, path: str, layout: str) -> None:
    """Write the weights by the names of a layout; the words travel with them."""
    facts = StoredFacts.by(RecurrentNet(translator.net.encoder)).facts()
    if translator.source:
        facts[SOURCE] = " ".join(translator.source)
    facts[TARGET] = " ".join(translator.target)
    save_weights(partial(write_seq2seq, translator.net), path, layout, facts)


def with_end(words: Sequence[str]) -> tuple[str, ...]:
    """The words, each once, and one behind them that says that it is over, unless one does already.

    >>> with_end(("the", "cat", "the"))
    ('the', 'cat', '<end>')
    """
    known = tuple(dict.fromkeys(words))
    return known if place(ENDS, known) is not None else (*known, ENDS[0])


def place(wanted: Sequence[str], words: Sequence[str]) -> int | None:
    """Where the first of the wanted words stands."""
    return next((list(words).index(word) for word in wanted if word in words), None)
