"""The story of returns: rewards, the powers of the discount, and their sum at every step."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from dlcli.commands.returns.record import Work
from dlcli.views.again import again
from dlcli.views.look import facts, look
from dlcli.views.origin import origin_words
from dlcli.views.page.cells import Listed, listed
from dlcli.views.story import Section, Story
from dlcli.views.tables.sums import Summands
from dlcli.views.text.cell import cell_words, checked
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import Formula
from dlcli.views.text.gaps import given
from dlcli.words.number import apart, not_finite, number, setting

LISTED = 16  # steps that are listed; of more, the first


def story(work: Work, *, precision: int = 4) -> Story:
    """The rewards, the sum of the first step, the return of every step."""
    precision = apart(precision, work.gamma)
    tensor = work.output
    first = (0,) * tensor.data.ndim
    alone = tensor.data.size == tensor.shape[work.axis]
    return Story(
        Section("input", "Rewards", origin_words(work.input, precision)),
        _formula(work, precision),
        Section("arithmetic", "First step", _episode(work, first), _sum(work, first, precision)),
        Section("result", "Returns", facts(tensor, precision), _returns(work, alone, precision)),
        Section("notice", "Notice", Text(" ".join(_notices(work, first, precision)))),
        Section("next", "Try next", body=CommandLine(*_next(work))),
    )


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """The return of one step as a sum of all rewards that follow, and from the return of the step after it.

    Raises ``WrongUsage`` when there is no such step.
    """
    precision = apart(precision, work.gamma)
    cell = checked(cell, work.output)
    t, worth = cell[work.axis], work.later(cell)
    value = number(worth[t], precision)
    gamma = setting(work.gamma, precision)
    reward = number(work.terms(cell).rewards[0], precision)
    after = number(worth[t + 1], precision) if t + 1 < len(worth) else "0"
    back = Formula(f"G_{t}", f"R_{t + 1} + γ·G_{t + 1}", f"{reward} + {gamma}·{after}", value)
    return Story(
        Section("input", "Rewards", origin_words(work.input, precision)),
        _formula(work, precision),
        Section("arithmetic", "Arithmetic", _episode(work, cell), _sum(work, cell, precision),
                _rewards(work, cell)),
        Section("arithmetic", "From the step after", body=back),
        Section("result", "Return", Text(f"G_{t} = {value} at {cell_words(cell, work.output)}")),
    )  # fmt: skip


def _formula(work: Work, precision: int) -> Section:
    under = Text(f"γ = {setting(work.gamma, precision)}", style="dim")
    sides = ("R_{t+1} + γ·R_{t+2} + γ²·R_{t+3} + …", "Σ γ^k · R_{t+k+1}")
    return Section("formula", "Return", under, Formula("G_t", *sides))


def _episode(work: Work, cell: tuple[int, ...]) -> Text:
    others = [
        f"{axis.name} {axis.place(index)}"
        for place, (axis, index) in enumerate(zip(work.output.axes, cell, strict=True))
        if place != work.axis and work.output.shape[place] > 1
    ]
    words = f"t = {cell[work.axis]}" + (f" in {', '.join(others)}" if others else "")
    return given(words, "dim")


def _sum(work: Work, cell: tuple[int, ...], precision: int) -> RenderableType:
    """A line for each reward from a step on: the power of the discount, the reward, what it is worth."""
    terms, t = work.terms(cell), cell[work.axis]
    count = len(terms.products) if len(terms.products) <= LISTED else LISTED - 1
    totals = [(f"G_{t}", terms.products.sum())]
    if count < len(terms.products):
        totals.insert(0, (f"{len(terms.products) - count} later ones", terms.products[count:].sum()))
    names = {"reward": [f"R_{t + k + 1}" for k in range(count)]}
    columns = {
        "k": np.arange(count),
        "γ^k": terms.powers[:count],
        "R": terms.rewards[:count],
        "γ^k·R": terms.products[:count],
    }
    cells = _rewards(work, cell).only(range(count))
    return Summands(names, columns, totals, cells=cells, under="R", precision=precision)


def _rewards(work: Work, cell: tuple[int, ...]) -> Listed:
    """The rewards from a step on."""
    steps = range(cell[work.axis], work.input.shape[work.axis])
    return listed(work.input, ((*cell[: work.axis], t, *cell[work.axis + 1 :]) for t in steps))


def _returns(work: Work, alone: bool, precision: int) -> RenderableType:
    """The return of every step: a table of one short episode, otherwise as any tensor is looked at."""
    steps = work.output.shape[work.axis]
    if not alone or steps > LISTED:
        return look(work.output, precision=precision)
    first = (0,) * work.output.data.ndim
    worth, rewards = work.later(first), work.terms(first).rewards
    columns = {"R_{t+1}": rewards, "γ·G_{t+1}": work.gamma * np.append(worth[1:], 0.0), "G_t": worth}
    places = ((*first[: work.axis], t, *first[work.axis + 1 :]) for t in range(steps))
    return Summands(
        {"step": [f"t = {t}" for t in range(steps)]},
        columns,
        cells=listed(work.output.name, places),
        under="G_t",
        precision=precision,
    )


def _notices(work: Work, first: tuple[int, ...], precision: int) -> Iterator[str]:
    """The gamma that a well-known slip leaves out, and what the discount means for the last reward."""
    terms = work.terms(first)
    strange = int(np.count_nonzero(~np.isfinite(work.input.data)))
    if strange:
        are = "reward is no finite number" if strange == 1 else "rewards are no finite numbers"
        yield f"{strange} {are}, nor is any return before: what follows is in it."
    elif lost := not_finite(work.output.data, work.input.data, "returns"):
        yield lost
    gamma = setting(work.gamma, precision)
    if work.gamma < 1 and len(terms.rewards) > 1 and terms.rewards[1]:
        slip = terms.products.sum() + (1 - work.gamma) * terms.rewards[1]
        yield (
            "R_{t+2} has its γ, too: where notes begin with R_{t+1} + R_{t+2} + γ²·R_{t+3}, one is missing; "
            f"that would give {number(slip, precision)} at the first step."
        )
    if work.gamma == 1:
        yield "With γ = 1 a return is the plain sum of what is to come; without an end it may have no value."
    elif work.gamma == 0:
        yield "With γ = 0 a return is the next reward alone."
    else:
        whole = number(1 / (1 - work.gamma), precision)
        yield f"With γ = {gamma} a reward of 1 in every step, for ever, is worth 1 / (1 − γ) = {whole}."


def _next(work: Work) -> list[list[str]]:
    other = "0.5" if work.gamma != 0.5 else "1"
    return again(work.line, work.input, "--gamma", other, without=("--gamma",))
