"""What is worth noticing about one attention: sentences that hold for the numbers of this run."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dlcli.commands.attn.record import Work
from dlcli.tensor import Array
from dlcli.words.number import number

DIGITS = 3  # of a share and of an entropy
NEARLY_ALL = 0.95  # a mean share from which on one key is said to have nearly everything
UNDECIDED = 1e-9  # bits of a row above which it has more than one key to choose from


def notices(work: Work) -> Iterator[str]:
    """The sentences for this run, the most telling first."""
    yield from _blind(work)
    yield from _lost(work)
    if work.causal:
        later = "" if _rows(work)[0].any() else ", and no output depends on what comes later"
        learnt = " What comes next only a net says that has learnt it: dlcli predict sample:writer 'It was '."
        first = max(0, min(work.offset + 1, work.cells.shape[1]))
        sees = f"{first or 'no'} key{'s' * (first != 1)}" if work.offset else "one key"
        yield f"Causal: the first query sees {sees}{later}." + learnt * work.query.words
    yield from _settings(work)
    words = work.query.words or work.key.words
    if words and work.weights_file is None:
        yield (
            "Untrained vectors know no meaning: only the same word, or a near place, looks alike; "
            "training is what would bring cat near kitten."
        )
    if work.without_scaling:
        yield _undivided(work)
    if work.heads > 1:
        yield f"{work.heads} heads of {work.width} features each: every one has a softmax of its own."
    elif not words and work.projection is None:
        yield "A long key gets large scores wherever it points; --similarity cosine compares directions."
    yield "All rows are computed at once: no query waits for another, as the steps of a recurrent net do."


def _settings(work: Work) -> Iterator[str]:
    """What cap, distance and window did to the numbers of this run."""
    if work.cap is not None:
        scaled, capped = (float(np.abs(part[np.isfinite(part)]).max(initial=0)) for part in _squeezed(work))
        yield f"The cap takes the largest score from {number(scaled, DIGITS)} to {number(capped, DIGITS)}."
    if work.slopes is not None:
        first, last = (number(float(work.slopes[place]), DIGITS) for place in (0, -1))
        steep = (
            f"m is {first}" if work.heads == 1 else f"m falls from {first} in head 0 to {last} in the last"
        )
        yield f"No vector of places: a key n places away loses m · n; {steep}."
    if work.window is not None:
        yield "What is outside the window reaches a query through the layers below, one window a layer."


def _squeezed(work: Work) -> tuple[Array, Array]:
    """The scaled scores of the head and those within the cap; of many those of its first query alone."""
    if work.whole:
        return work.attended.scaled[work.head], work.attended.capped[work.head]
    row = work.row(0)
    return row.scaled, row.capped


def _blind(work: Work) -> Iterator[str]:
    """Queries whose scores are all −inf: hidden by a mask or, where there is none, too far below zero."""
    blind = int(np.count_nonzero(work.survey.blind[work.head]))
    if not blind:
        return
    get = {"zero": "gets zeros", "nan": "gets NaN, which is no number"}[work.fully_masked]
    if not work.hides:
        these = "1 query" if blind == 1 else f"{blind} queries"
        least = f"{_most(work, '−')}, the least that floats hold"
        yield f"All scores of {these} are below {least}: such a row {get}."
    elif blind == 1:
        yield f"1 query may look at nothing and {get}."
    else:
        yield f"{blind} queries may look at nothing; each {get}."


def _lost(work: Work) -> Iterator[str]:
    """How many outputs are no numbers, and where on the way there the first such number comes up."""
    lost, by_scores = _rows(work)
    if not lost.any():
        return
    many = f"{int(np.count_nonzero(lost))} of {len(lost)} quer{'y' if len(lost) == 1 else 'ies'}"
    sources = (work.query, work.key, work.value)
    own, key, value = (not np.isfinite(source.tensor.data).all() for source in sources)
    if own or key or value:
        whose = " and ".join([*["its own"] * own, *["all that see its key"] * key])
        if value:
            whose = "it is in the sum of every row, and 0 times it is no number either"
        yield f"A number that is none (nan, inf) reaches {many}: {whose}."
    elif not all(np.isfinite(part).all() for part in work.parts):
        yield f"The matrices make more than floats hold, {_most(work)}: no number is left for {many}."
    elif by_scores:
        yield (
            f"Scores of more than floats hold, {_most(work)}, are inf, and a softmax with inf in its row "
            f"has no numbers: none is left for {many}."
        )
    else:
        yield f"The output's sums are more than floats hold, {_most(work)}: no number is left for {many}."


def _rows(work: Work) -> tuple[Array, bool]:
    """For each query whether its output is no number, and whether weights are the reason."""
    survey = work.survey
    heads = slice(None) if work.joins else slice(work.head, work.head + 1)
    no_weights = (np.isnan(survey.share) & ~survey.blind)[heads].any(axis=0)
    output = work.output.data if work.joins else work.output.data[work.head]  # (query, feature)
    strange = np.asarray(~np.isfinite(output).all(axis=1))
    blind = np.asarray(survey.blind[heads].any(axis=0))
    lost: Array = (no_weights | strange) & ~blind
    return lost, bool(no_weights.any())


def _most(work: Work, sign: str = "") -> str:
    return f"{sign}{number(float(np.finfo(work.output.data.dtype).max))}"


def _undivided(work: Work) -> str:
    """What the division by √d changes in this run: measured, not what it is there for."""
    divided, undivided = (survey.bits[work.head] for survey in (work.survey, work.unscaled))
    known = np.isfinite(divided) & np.isfinite(undivided)
    choosing = known & (divided > UNDECIDED)
    if work.width == 1:
        return "√1 is 1: with one feature nothing is divided."
    sums = f"A sum of {work.width} products varies √{work.width} times as much as one of them"
    if not choosing.any():
        return f"{sums}; no query has more than one key to choose from here, divided or not."
    even, sharp = (number(float(bits[known].mean()), DIGITS) for bits in (divided, undivided))
    share, alone = (
        float(survey.share[work.head][choosing].mean()) for survey in (work.survey, work.unscaled)
    )
    if alone >= NEARLY_ALL:
        return (
            f"{sums}: undivided, the softmax gives nearly everything to one key, {number(alone, DIGITS)} in "
            f"the mean ({number(share, DIGITS)} divided), and its gradient vanishes."
        )
    if even == sharp:
        return f"{sums}; here the rows are as even undivided: {even} bits."
    return (
        f"{sums}: undivided, the rows are sharper, {sharp} bits for {even}, and the strongest key of each "
        f"has {number(alone, DIGITS)} in the mean for {number(share, DIGITS)}."
    )
