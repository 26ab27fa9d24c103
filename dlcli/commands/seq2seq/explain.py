"""Why a decoder gave a word its probability: the score, term by term, and its share of all scores."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from rich.console import Group
from rich.text import Text

from dlcli.commands.kinds.recurrence.readout_story import LISTED, output_sum
from dlcli.commands.seq2seq.record import Work
from dlcli.engines.attention.similarities import Additive, General, Similarity
from dlcli.engines.tensors.softmax import softmax_terms
from dlcli.tensor import Array, Axis, Tensor
from dlcli.views.origin import origin_words
from dlcli.views.story import Section, Story
from dlcli.views.tables.bar_table import BarTable, score_bars
from dlcli.views.tables.sums import SumTable, largest
from dlcli.views.text.cell import checked
from dlcli.views.text.formula import Formula, bracketed
from dlcli.views.text.text import clip
from dlcli.words.number import Numbers, number


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """Step and token: s · V + a, then softmax. Raises ``WrongUsage`` when there is no such step or token."""
    step, token = checked(cell, work.output)
    decoded, words = work.decoded, work.translator.target
    said = work.words(decoded.tokens)
    before = " ".join(said[:step]) or "nothing"
    word = clip(words[token], 20)
    told = f"step {step}, after “{clip(before, 40)}”" if step else "step 0, from the context alone"
    p = number(decoded.probabilities[step, token], precision)
    return Story(
        Section("input", "Input", origin_words(work.input, precision)),
        Section("formula", "Formula", Text(told, style="dim"), Group(
            Formula("score", f"{_read_name(work)} · V + a"),
            Formula("p", "exp(score − max) / Σ exp(score − max)", name_width=5),
        )),
        Section("arithmetic", f"Score of “{word}”", body=output_sum(
            work.translator.net.readout, decoded.read[step], token, float(decoded.scores[step, token]),
            name=f"{_read_name(work)}[{step}]", bias="a", precision=precision,
        )),
        Section("arithmetic", "Softmax", body=score_bars(
            "token", words, decoded.scores[step], decoded.probabilities[step], token, precision=precision
        )),
        *_drawn(work, step, precision),
        Section("result", "Result", Text(_result(work, step, token, p, precision))),
    )  # fmt: skip


def _read_name(work: Work) -> str:
    """What the output layer reads: s, or what attention has combined with it."""
    attention = work.translator.net.attention
    return "s" if attention is None or attention.combine is None else "s̃"


def _drawn(work: Work, step: int, precision: int) -> Iterator[Section]:
    """What temperature, top-k and top-p leave of the probabilities of a step, and what was drawn there."""
    if not work.decoded.draws:
        return
    drawn = work.decoded.draws[step]
    listed = [word for word in drawn.order.tolist() if drawn.in_p[word]][:LISTED]
    names = [clip(work.translator.target[word], 16) for word in listed]
    columns = {"z / T": drawn.scaled[listed], "of what is left": drawn.probabilities[listed]}
    place = listed.index(drawn.word) if drawn.word in listed else None
    table = BarTable("token", names, columns, marked=place, precision=precision)
    left = int(drawn.in_p.sum())
    told = f"{left} of {len(drawn.order)} tokens are left"
    if drawn.u is not None:
        told += f"; u = {number(drawn.u, precision)} falls into the part of “{_word(work, drawn.word)}”"
    yield Section("arithmetic", "Draw", Text(told, style="dim"), table)


def _word(work: Work, token: int) -> str:
    return clip(work.translator.target[token], 20)


def explain_alignment(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """Step and place: the score of a state that was read, term by term, and its share of all of them.

    Raises ``WrongUsage`` when there is no such step or place.
    """
    decoded, attention = work.decoded, work.translator.net.attention
    assert attention is not None
    assert decoded.alignment is not None
    assert decoded.similarity is not None
    steps = Axis("step", tuple(work.words(decoded.tokens)))
    step, place = checked(cell, Tensor(decoded.alignment, (steps, work.read_axis), "alignment"))
    query, asks = asking(work, step)
    scores, shares = decoded.similarity[step], decoded.alignment[step]
    key, word = work.encoded.states[place], f"h[{place}]"
    rows, formula = _terms(attention.similarity, query, key, asks, word)
    share = number(shares[place], precision)
    names = [clip(work.read_axis.place(j), 16) for j in range(len(shares))]
    told = f"step {step}, “{_word(work, int(decoded.tokens[step]))}”, and {_place(work, place)}"
    result = f"a[{step}, {place}] is {share}: so much of {word} goes into c[{step}]"
    return Story(
        Section("input", "Input", origin_words(work.input, precision)),
        Section("formula", "Formula", Text(told, style="dim"), Group(
            Formula("score", formula), Formula("a", "exp(score − max) / Σ exp(score − max)", name_width=5),
        )),
        Section("arithmetic", f"Score of {word}", body=SumTable(
            rows[:LISTED], _others(rows), float(scores[place]),
            heads=("from", "value", "with", "product"), precision=precision,
        )),
        Section("arithmetic", "Softmax", body=score_bars(
            "read", names, scores, shares, place, precision=precision,
        )),
        Section("result", "Result", Text(result)),
    )  # fmt: skip


def explain_context(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """Step and unit of what was seen: each state that was read, times its share.

    Raises ``WrongUsage`` when there is no such step or unit.
    """
    decoded = work.decoded
    assert decoded.alignment is not None
    assert decoded.contexts is not None
    steps = Axis("step", tuple(work.words(decoded.tokens)))
    step, unit = checked(cell, Tensor(decoded.contexts, (steps, Axis("unit")), "contexts"))
    shares, states = decoded.alignment[step], work.encoded.states[:, unit]
    rows = [
        (f"h[{j}] {clip(work.read_axis.place(j), 12)}", states[j], shares[j], states[j] * shares[j])
        for j in largest(states * shares, len(shares)).tolist()
    ]
    value = number(decoded.contexts[step, unit], precision)
    told = f"step {step}, “{_word(work, int(decoded.tokens[step]))}”, unit {unit}"
    return Story(
        Section("input", "Input", origin_words(work.input, precision)),
        Section("formula", "Formula", Text(told, style="dim"), Formula("c[t]", "Σ over j of a[t, j] · h[j]")),
        Section("arithmetic", f"Context c[{step}]", body=SumTable(
            rows[:LISTED], _others(rows), float(decoded.contexts[step, unit]),
            heads=("from", "h", "a", "product"), precision=precision,
        )),
        Section("result", "Result", Text(f"c[{step}] of unit {unit} is {value}")),
    )  # fmt: skip


def asking(work: Work, step: int) -> tuple[Array, str]:
    """The state of the decoder that looks back at a step (unit,), and its name."""
    attention = work.translator.net.attention
    if attention is not None and attention.combine is not None:
        return work.decoded.states[step], f"s[{step}]"
    if step:
        return work.decoded.states[step - 1], f"s[{step - 1}]"
    return work.encoded.context, "s[−1]"


def _place(work: Work, place: int) -> str:
    labels = work.read_axis.labels
    return f"h[{place}]" + (f" (“{clip(labels[place], 16)}”)" if labels else "")


def _terms(
    similarity: Similarity, query: Array, key: Array, asks: str, word: str
) -> tuple[list[tuple[str, float, float, float]], str]:
    """The products that make a score, and their formula."""
    if isinstance(similarity, Additive):
        hidden = np.tanh(query @ similarity.query_kernel + key @ similarity.key_kernel)
        products, names = (hidden, similarity.vector), "tanh(…)"
        formula = f"v · tanh({asks} A + {word} B)"
    else:
        asked = query @ similarity.weight if isinstance(similarity, General) else query
        names = f"({asks} W)" if isinstance(similarity, General) else asks
        products, formula = (asked, key), f"{names} · {word}"
    rows = [
        (f"{names} {i}", float(one), float(other), float(one * other))
        for i, (one, other) in enumerate(zip(*products, strict=True))
    ]
    return sorted(rows, key=lambda row: -abs(row[3])) if len(rows) > LISTED else rows, formula


def _others(rows: list[tuple[str, float, float, float]]) -> dict[str, float]:
    """What is added beside the rows that are listed."""
    return {"others": sum(row[3] for row in rows[LISTED:])} if len(rows) > LISTED else {}


def explain_logarithm(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """What makes the probability, then its logarithm by way of the scores, which loses no small number.

    Raises ``WrongUsage`` when there is no such step or token.
    """
    cell = checked(cell, work.output)
    step, token = cell
    *before, _ = explain(work, cell, precision=precision).sections
    scores = work.decoded.scores[step]
    terms = softmax_terms(scores)
    score, most, together = (
        number(value, precision) for value in (scores[token], float(terms.shift[0]), np.log(terms.total[0]))
    )
    value = number(work.decoded.log_probabilities[step, token], precision)
    lines = Group(
        Formula("log p", "score − max − log Σ exp(score − max)"),
        Formula("", f"{score} − {bracketed(most)} − {together}", value, name_width=len("log p")),
    )
    told = Text(f"log p(“{clip(work.translator.target[token], 20)}” | …) = {value}")
    result = Section("result", "Result", told)
    return Story(*before, Section("arithmetic", "Logarithm", body=lines), result)


def _result(work: Work, step: int, token: int, p: str, precision: int) -> str:
    decoded = work.decoded
    word = clip(work.translator.target[token], 20)
    if int(decoded.tokens[step]) == token:
        whole = number(math.exp(decoded.log_likelihood), precision)
        return f"p(“{word}” | …) = {p}, one factor of p(y | c) = {whole}"
    said = clip(work.words(decoded.tokens)[step], 20)
    (other,) = Numbers(decoded.probabilities[step, decoded.tokens[step]][None], precision).texts.tolist()
    return f"p(“{word}” | …) = {p}; said was “{said}”, {other.strip()}"
