"""The story of a text that a net goes on with: what was there, how words are drawn, what was written."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from dlcli.commands.predict.net_facts import again, learnt, net_words
from dlcli.commands.predict.writing.record import Written
from dlcli.engines.language.sampling import Draw
from dlcli.errors import WrongUsage
from dlcli.views.story import Section, Story
from dlcli.views.tables.bar_table import BarTable
from dlcli.views.tables.table import Table, with_rest
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import Formula
from dlcli.views.text.text import clip, plain, visible
from dlcli.words.number import counted, number, percent

LISTED = 10  # words that are told
PROMPT = 160  # characters of the text that was there
DIGITS = 4


def story(work: Written, *, precision: int = 4) -> Story:
    """The text, the net, what comes next or what was written, and how sure the net was."""
    return Story(
        Section("input", "Input", plain(_whence(work)), _prose([(_end(work.prompt), "")])),
        Section("parameters", "Net", net_words(work.model)),
        *(Section("parameters", "Learnt", told) for told in learnt(work.model, precision)),
        *(_written(work) if work.writes else _next_word(work, precision)),
        Section("notice", "Notice", plain(" ".join(_notices(work)))),
        Section("next", "Try next", body=CommandLine(*_next(work))),
    )


def explain(work: Written, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """One word: what the net says of each, the temperature, what was cut away, the number that was drawn.

    Raises ``WrongUsage`` for a step that was not written.
    """
    step = cell[0]
    if len(cell) != 1 or not -len(work.draws) <= step < len(work.draws):
        raise WrongUsage(
            f"--explain {','.join(map(str, cell))}: give the number of a step, 0 to {len(work.draws) - 1}"
        )
    step %= len(work.draws)
    drawn = work.draws[step]
    before = work.text(work.words[: len(work.begun) + step])
    return Story(
        Section("input", "Input", plain(f"step {step}, behind"), _prose([(_end(before), "")])),
        Section("parameters", "Net", net_words(work.model)),
        Section("formula", "Shares", None, Formula("p = exp(z / T) / Σ exp(z / T)")),
        *_chosen(work),
        Section("arithmetic", "Characters", plain(_kept_words(drawn)), _table(work, drawn, precision)),
        Section("result", "Drawn", plain(_drawn_words(work, drawn))),
    )


EXPLAIN = {"written": explain, "probabilities": explain, "logits": explain}


def _whence(work: Written) -> str:
    source = str(work.attrs.get("source", ""))
    where = "" if source == "literal" else "standard input: " if source == "-" else f"{clip(source, 40)}: "
    return f"{where}{counted(len(work.begun), 'character')}"


def _end(text: str) -> str:
    return text if len(text) <= PROMPT else "…" + text[-PROMPT:]


def _prose(parts: list[tuple[str, str]]) -> RenderableType:
    """A text in its own lines, in parts of a style each."""
    made = Text()
    for text, style in parts:
        made.append_text(Text("\n".join(map(visible, text.split("\n"))), style=style))
    return made


def _name(work: Written, word: int) -> str:
    """A word in a table, where a blank is seen."""
    return repr(work.model.vocabulary[word])


def _chosen(work: Written) -> Iterator[Section]:
    parts = [f"temperature {number(work.temperature, DIGITS)}"]
    if work.top_k is not None:
        parts.append(f"among the {work.top_k} most probable")
    if work.top_p is not None:
        parts.append(f"among the fewest that have {number(work.top_p, DIGITS)} of the probability")
    parts.append("the most probable is taken" if work.temperature == 0 else f"drawn by seed {work.seed}")
    yield Section("parameters", "Choice", plain(", ".join(parts)))


def _written(work: Written) -> Iterator[Section]:
    yield from _chosen(work)
    title = counted(len(work.draws), "character")
    body = _prose([(_end(work.prompt), "dim"), (work.continuation, "")])
    yield Section("result", "Written", plain(title), body)
    if work.attends:
        yield Section("method", "Cache", plain(_cache_words(work)))


def _cache_words(work: Written) -> str:
    room, count = work.room, len(work.words)
    kept = min(count, room or count)
    told = (
        f"keys and values of {kept} characters, {work.cached} numbers of each, {kept * work.cached:,} in "
        "all: each step computes those of one character alone"
    )
    if room is not None and count > room:
        told += f"; behind {room} characters, as many as it has positions for, it reads the last {room} anew"
    return told


def _next_word(work: Written, precision: int) -> Iterator[Section]:
    drawn = work.draws[0]
    listed = drawn.order[:LISTED]
    rest = len(drawn.order) - len(listed)
    columns = {"logit": drawn.logits, "probability": drawn.shares}
    totals = []
    if rest > 0:
        left = drawn.shares[drawn.order[LISTED:]].sum()
        totals.append((f"{counted(rest, 'other')}", {"probability": left}))
    body = BarTable(
        "character",
        [_name(work, word) for word in listed.tolist()],
        {head: values[listed] for head, values in columns.items()},
        totals=totals,
        precision=precision,
    )
    yield Section("result", "Next", plain("what may come behind it"), body)


def _kept_words(drawn: Draw) -> str:
    count, in_k, in_p = len(drawn.order), int(drawn.in_k.sum()), int(drawn.in_p.sum())
    parts = [f"{count} in all"]
    if in_k < count:
        parts.append(f"top-k leaves {in_k}")
    if in_p < in_k:
        parts.append(f"top-p leaves {in_p}")
    return ", ".join(parts)


def _table(work: Written, drawn: Draw, precision: int) -> RenderableType:
    """The most probable words with every number on the way, the one that was drawn among them."""
    listed = drawn.order[:LISTED].tolist()
    if drawn.word not in listed:
        listed.append(drawn.word)
    reached = np.empty(len(drawn.order))
    reached[drawn.order] = drawn.reached
    rows = []
    for word in listed:
        cut = "" if drawn.in_p[word] else "top-k" if not drawn.in_k[word] else "top-p"
        shown = number(drawn.probabilities[word], precision) if not cut else f"cut by {cut}"
        rows.append(
            [
                ("▸ " if word == drawn.word else "  ") + _name(work, word),
                number(drawn.logits[word], precision),
                number(drawn.scaled[word], precision),
                number(drawn.shares[word], precision),
                shown,
                number(reached[word], precision) if not cut else "",
            ]
        )
    heads = ["character", "z", "z / T", "p", "of what is left", "up to it"]
    if work.temperature == 0:  # nothing is drawn: p says how sure the net is
        heads, rows = ["character", "z", "p at T = 1"], [[*row[:2], row[3]] for row in rows]
    body = Table(heads, rows, right=range(1, len(heads)), whole=[0])
    left = len(drawn.order) - len(rows)
    return with_rest(body, left, "character" + "s" * (left != 1))


def _drawn_words(work: Written, drawn: Draw) -> str:
    name, greedy = _name(work, drawn.word), _name(work, drawn.greedy)
    if drawn.u is None:
        return f"{name}, the most probable"
    told = f"u = {number(drawn.u, DIGITS)} falls into the part of {name}"
    if drawn.word == drawn.greedy:
        return f"{told}, which is also the most probable"
    return f"{told}; the most probable, {greedy}, would have been taken at temperature 0"


def _notices(work: Written) -> Iterator[str]:
    if not work.writes:
        drawn = work.draws[0]
        sure = float(drawn.shares[drawn.greedy])
        yield f"{_name(work, drawn.greedy)} has {percent(sure)}."
        yield "With --steps 200 it writes: one character is drawn, and read, and so on."
        return
    other = sum(one.word != one.greedy for one in work.draws)
    told = f"In {other} of {counted(len(work.draws), 'step')} another than the most probable was drawn."
    yield told if work.temperature else "At temperature 0 it writes the same whatever the seed."
    shares = [float(one.shares[one.greedy]) for one in work.draws]
    least = int(np.argmin(shares))
    yield f"It was least sure at step {least}: the most probable had {percent(shares[least])}."


def _next(work: Written) -> list[list[str]]:
    if not work.writes:
        return again(work, "--steps", "200")
    shares = [float(one.shares[one.greedy]) for one in work.draws]
    return again(work, "--explain", str(int(np.argmin(shares))), without=("--explain",))
