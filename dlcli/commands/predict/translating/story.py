"""The story of a translation: what was read, what was written, how sure each step was, where it looked."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dlcli.commands.predict.net_facts import again, learnt, net_words
from dlcli.commands.predict.translating.record import Translation
from dlcli.errors import WrongUsage
from dlcli.tensor import Axis
from dlcli.views.charts.heat_map import HeatMap
from dlcli.views.story import Section, Story
from dlcli.views.tables.bar_table import BarTable
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import Formula
from dlcli.views.text.text import clip, plain
from dlcli.words.number import counted, number, percent

ROWS = 12  # terminal rows of an alignment
LISTED = 12  # classes, or characters looked at, that are told of one step
BLANK = "␣"
LITTLE = 0.001  # a share of an attention that is not listed


def story(work: Translation, *, precision: int = 4) -> Story:
    """What was read, the net, what it wrote, and the alignment of its attention."""
    return Story(
        Section("input", "Input", plain(_whence(work))),
        Section("parameters", "Net", net_words(work.model)),
        *(Section("parameters", "Learnt", told) for told in learnt(work.model, precision)),
        Section(
            "result",
            "Written",
            plain(f"{work.written or 'nothing'}, p = {number(work.likelihood, precision)}"),
        ),
        Section(
            "result",
            "Steps",
            plain(f"at each the most probable {work.model.translated}"),
            _steps(work, precision),
        ),
        *_alignment(work),
        Section("notice", "Notice", plain(" ".join(_notices(work)))),
        Section("next", "Try next", body=CommandLine(*_next(work))),
    )


def explain(work: Translation, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """One step: the probabilities of all characters, and where the net looked.

    Raises ``WrongUsage`` for a step that was not written.
    """
    step = cell[0]
    if not -len(work.draws) <= step < len(work.draws):
        raise WrongUsage(f"--explain {step}: give the number of a step, 0 to {len(work.draws) - 1}")
    step %= len(work.draws)
    drawn, before = work.draws[step], work.behind(step)
    shown = drawn.order[:LISTED]
    body = BarTable(
        work.model.translated,
        [work.model.classes[one] for one in shown.tolist()],
        {"logit": drawn.logits[shown], "probability": drawn.shares[shown]},
        precision=precision,
    )
    behind = f"behind {before}" if before else "behind the start sign"
    name = work.characters[step]
    return Story(
        Section("input", "Input", plain(f"“{clip(work.text, 60)}”, step {step}, {behind}")),
        Section("parameters", "Net", net_words(work.model)),
        *_looked_at(work, step, precision),
        Section("formula", "Shares", None, Formula("p[c] = exp(z[c]) / Σ exp(z[k])")),
        Section("arithmetic", f"{work.model.translated.title()}s", None, body),
        Section("result", "Written", plain(f"{name}, the most probable")),
    )


EXPLAIN = {"written": explain, "probabilities": explain, "logits": explain, "alignment": explain}


def _whence(work: Translation) -> str:
    source = str(work.attrs.get("source", ""))
    where = "" if source == "literal" else "standard input: " if source == "-" else f"{clip(source, 40)}: "
    return f"{where}“{clip(work.text, 60)}”, {counted(len(work.read), work.model.translated)}"


def _steps(work: Translation, precision: int) -> BarTable:
    labels = [f"{step} {one}" for step, one in enumerate(work.characters)]
    totals = [("product", {"probability": work.likelihood})]
    return BarTable("step", labels, {"probability": work.shares}, totals=totals, precision=precision)


def _names(characters: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(BLANK if one == " " else one for one in characters)


def _alignment(work: Translation) -> Iterator[Section]:
    if work.found.alignment is None:
        return
    maps = work.found.alignment
    told = f"of what was read (across), how much goes into each {work.model.translated} written (down)"
    if len(maps) > 1:
        told += f"; the mean of {len(maps)} heads"
    axes = Axis("written", _names(work.characters)), Axis("read", _names(work.keys))
    body = HeatMap(maps.mean(axis=0), *axes, scale="sequential", limits=(0, 1), height=ROWS)
    yield Section("result", "Alignment", plain(told), body)


def _looked_at(work: Translation, step: int, precision: int) -> Iterator[Section]:
    """The characters that this step looked at most, in their order."""
    if work.found.alignment is None:
        return
    shares = work.found.alignment[:, step].mean(axis=0)
    order = np.argsort(-shares, kind="stable")[:LISTED]
    shown = np.sort(order[shares[order] >= min(LITTLE, shares.max())])
    names = _names(work.keys)
    totals = []
    if rest := len(shares) - len(shown):
        totals.append((counted(rest, "other"), {"share": 1 - shares[shown].sum()}))
    labels = [f"{place} {names[place]}" for place in shown.tolist()]
    body = BarTable("read", labels, {"share": shares[shown]}, totals=totals, precision=precision)
    yield Section("arithmetic", "Looked at", plain("the shares of its attention"), body)


def _notices(work: Translation) -> Iterator[str]:
    least = int(np.argmin(work.shares))
    yield f"It was least sure at step {least}: {work.characters[least]} has {percent(work.shares[least])}."
    if work.found.alignment is None:
        yield "It looks back at nothing: all it knows of what was read is one state."


def _next(work: Translation) -> list[list[str]]:
    return again(work, "--explain", str(int(np.argmin(work.shares))), without=("--explain", "--emit"))
