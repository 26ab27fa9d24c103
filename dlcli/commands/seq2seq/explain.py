"""Why a decoder gave a word its probability: the score, term by term, and its share of all scores."""

from __future__ import annotations

import math

import numpy as np
from rich.console import Group
from rich.text import Text

from dlcli.commands.kinds.recurrence.readout_story import output_sum
from dlcli.commands.seq2seq.record import Work
from dlcli.engines.tensors.softmax import softmax_terms
from dlcli.views.origin import origin_words
from dlcli.views.story import Section, Story
from dlcli.views.tables.bar_table import score_bars
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
            Formula("score", "s · V + a"),
            Formula("p", "exp(score − max) / Σ exp(score − max)", name_width=5),
        )),
        Section("arithmetic", f"Score of “{word}”", body=output_sum(
            work.translator.net.readout, decoded.states[step], token, float(decoded.scores[step, token]),
            name=f"s[{step}]", bias="a", precision=precision,
        )),
        Section("arithmetic", "Softmax", body=score_bars(
            "token", words, decoded.scores[step], decoded.probabilities[step], token, precision=precision
        )),
        Section("result", "Result", Text(_result(work, step, token, p, precision))),
    )  # fmt: skip


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
