"""One cell of a dropout: the draw that decided about it, and what came of it in one mask or in many."""

from __future__ import annotations

import numpy as np
from rich.console import Group
from rich.text import Text

from dlcli.commands.dropout.record import Work
from dlcli.views.origin import origin_words
from dlcli.views.story import Section, Story
from dlcli.views.text.cell import cell_words, checked
from dlcli.views.text.formula import Formula
from dlcli.views.text.text import clip
from dlcli.words.number import MINUS, number


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """The draw that decided about one number, and its scaling.

    Raises ``WrongUsage`` when there is no such cell.
    """
    cell = checked(cell, work.output)
    x, y = (number(tensor.data[cell], precision) for tensor in (work.input, work.output))
    line, scaled = Formula("y", "x", y), []
    if not work.inference:
        line, sides = _draw(work, cell, precision), [y]
        if work.kept(cell):
            sides.insert(0, f"{_bracketed(x)} / (1 − {number(work.rate, precision)})")
        scaled = [Section("arithmetic", "Output", body=Formula("y", *sides))]
    return Story(
        (
            Section("input", "Input", origin_words(work.input, precision)),
            formula(work, precision),
            Section("arithmetic", "Arithmetic", _drawn_for(work, cell), line),
            *scaled,
            Section("result", "Dropped", Text(f"{y}{_where(cell, work)}")),
        )
    )


def explain_mask(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """The draw beside the rate, and whether the unit was kept.

    Raises ``WrongUsage`` when there is no such cell.
    """
    cell = checked(cell, work.output)
    rule = Formula("m", f"1 if u ≥ {number(work.rate, precision)} else 0")
    line = Formula("m", "1") if work.inference else _draw(work, cell, precision)
    told = "1 (kept)" if work.kept(cell) else "0 (dropped)"
    return Story(
        (
            Section("input", "Input", origin_words(work.input, precision)),
            *([] if work.inference else [Section("formula", "Mask", body=rule)]),
            Section("arithmetic", "Arithmetic", _drawn_for(work, cell), line),
            Section("result", "Mask", Text(f"{told}{_where(cell, work)}")),
        )
    )


def explain_mean(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """In how many masks the unit was kept, and the sum of what these made of it by the number of masks.

    The mean of a single mask is what it made of the number. Raises ``WrongUsage`` when there is no such cell.
    """
    if work.masks == 1:
        return explain(work, cell, precision=precision)
    cell = checked(cell, work.output)
    kept = int(np.broadcast_to(work.averages.kept, work.input.shape)[cell])
    x, value = number(work.input.data[cell], precision), number(work.mean.data[cell], precision)
    rate, masks = number(work.rate, precision), work.masks
    sides = [f"{kept} × {_bracketed(x)} / (1 − {rate}) / {masks}", value] if kept else [f"0 / {masks}", "0"]
    return Story(
        (
            Section("input", "Input", origin_words(work.input, precision)),
            Section("formula", "Mean", body=Formula("mean", f"kept × x / (1 − {rate}) / {masks}")),
            Section("arithmetic", "Arithmetic", _drawn_for(work, cell), Group(
                Formula("kept", f"by {kept} of {masks} masks", name_width=4),
                Formula("mean", *sides, name_width=4),
            )),
            Section("result", "Mean", Text(f"{value}{_where(cell, work)}")),
        )
    )  # fmt: skip


def formula(work: Work, precision: int) -> Section:
    """What becomes of a number by its draw u."""
    if work.inference:
        return Section("formula", "Dropout", Text("in inference", style="dim"), Formula("y", "x"))
    rate = number(work.rate, precision)
    if work.rate == 1:
        return Section("formula", "Dropout", body=Formula("y", "0, since no u is 1 or more"))
    scale = number(1 / (1 - work.rate), precision)
    then = f"x / (1 − {rate}) = {scale}·x"
    return Section("formula", "Dropout", body=Formula("y", f"{then} if u ≥ {rate} else 0"))


def _draw(work: Work, cell: tuple[int, ...], precision: int) -> Formula:
    """The draw of a cell beside the rate, and what it decided."""
    than, word = ("≥", "kept") if work.kept(cell) else ("<", "dropped")
    draw, limit = _told_apart(work.draw(cell), work.rate, precision)
    return Formula("u", f"{draw} {than} {limit}: {word}")


def _told_apart(u: float, rate: float, precision: int) -> tuple[str, str]:
    """A draw and the rate in as many digits as show which of them is the larger."""
    pairs = ((number(u, digits), number(rate, digits)) for digits in range(precision, 17))
    return next(((draw, limit) for draw, limit in pairs if draw != limit), (repr(u), repr(rate)))


def _drawn_for(work: Work, cell: tuple[int, ...]) -> Text | None:
    """Which numbers share the draw."""
    if work.inference:
        return None
    seed = f"seed {work.seed}"
    if work.per is None:
        return Text(seed, style="dim")
    shared = ", ".join(
        f"{clip(work.input.axes[place].name, 24)} {clip(work.input.axes[place].place(cell[place]), 24)}"
        for place in work.per
    )
    return Text(f"{seed}, one draw for {shared}", style="dim")


def _where(cell: tuple[int, ...], work: Work) -> str:
    return f" at {cell_words(cell, work.output)}" if cell else ""


def _bracketed(text: str) -> str:
    return f"({text})" if text.startswith(MINUS) else text
