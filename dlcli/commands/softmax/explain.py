"""One cell of a softmax in full: its exponential, its share, its logarithm."""

from __future__ import annotations

import numpy as np
from rich.text import Text

from dlcli.commands.softmax.record import Work
from dlcli.views.origin import origin_words
from dlcli.views.story import Section, Story
from dlcli.views.tables.bar_table import BarTable
from dlcli.views.text.cell import cell_words, checked
from dlcli.views.text.formula import Formula
from dlcli.views.text.text import clip
from dlcli.words.number import MINUS, number

LISTED = 12  # entries of a slice that are listed; of a longer one these are the largest


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """All exponentials of the slice through one cell, their sum, and that cell's share of it.

    Raises ``WrongUsage`` when there is no such cell.
    """
    cell = checked(cell, work.output)
    scores, terms = work.terms(cell)
    at = cell[work.axis]
    score, shift, total, exponential = (
        number(value, precision)
        for value in (scores[at], terms.shift[0], terms.total[0], terms.exponentials[at])
    )
    value = number(work.output.data[cell], precision)
    places = f"{_numerator(score, work, shift, precision)} / {total}", f"{exponential} / {total}", value
    return Story(
        (
            Section("input", "Input", origin_words(work.input, precision)),
            formula(work, None, precision),
            Section(
                "arithmetic", "Arithmetic", _along(work, cell), slice_table(work, cell, precision, mark=True)
            ),
            Section("arithmetic", "Share", body=Formula(f"p[{at}]", *places)),
            Section("result", "Probabilities", Text(f"{value} at {cell_words(cell, work.output)}")),
        )
    )


def explain_logarithm(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """All exponentials of the slice through one cell, and what their sum takes from its exponent.

    Raises ``WrongUsage`` when there is no such cell.
    """
    cell = checked(cell, work.output)
    scores, terms = work.terms(cell)
    at = cell[work.axis]
    with np.errstate(divide="ignore"):
        logarithm = number(np.log(terms.total[0]), precision)
    score, shift, total, exponent = (
        number(value, precision)
        for value in (scores[at], terms.shift[0], terms.total[0], terms.exponents[at])
    )
    less = f"+ {logarithm[1:]}" if logarithm.startswith(MINUS) else f"{MINUS} {logarithm}"
    value = number(work.logarithm(cell), precision)
    over = _along(work, cell)
    name = clip(work.output.axes[work.axis].name, 24)
    general = _without_shift("x[i]", work, "max", precision), _without_shift("x[j]", work, "max", precision)
    return Story(
        (
            Section("input", "Input", origin_words(work.input, precision)),
            Section("formula", "Log-softmax", Text(f"i and j along {name}", style="dim"),
                    Formula("log p[i]", f"{general[0]} − log Σ exp({general[1]})")),
            Section("arithmetic", "Arithmetic", over, slice_table(work, cell, precision, mark=True)),
            Section("arithmetic", "Logarithm", body=Formula(
                f"log p[{at}]",
                f"{_without_shift(score, work, shift, precision)} − log({total})",
                f"{exponent} {less}",
                value,
            )),
            Section("result", "Log-probabilities", Text(f"{value} at {cell_words(cell, work.output)}")),
        )
    )  # fmt: skip


def explain_exponential(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """The largest score of the slice through one cell, and what is left of this one's exponential.

    Raises ``WrongUsage`` when there is no such cell.
    """
    cell = checked(cell, work.output)
    scores, terms = work.terms(cell)
    at = cell[work.axis]
    score, shift, exponent, value = (
        number(found, precision)
        for found in (scores[at], terms.shift[0], terms.exponents[at], terms.exponentials[at])
    )
    rule = Formula("e[i]", _numerator("x[i]", work, "max", precision))
    return Story(
        (
            Section("input", "Input", origin_words(work.input, precision)),
            Section("formula", "Exponential", body=rule),
            Section("arithmetic", "Largest", _along(work, cell), Formula("max", shift)),
            Section("arithmetic", "Arithmetic", body=Formula(
                f"e[{at}]", _numerator(score, work, shift, precision), f"exp({exponent})", value
            )),
            Section("result", "Exponentials", Text(f"{value} at {cell_words(cell, work.output)}")),
        )
    )  # fmt: skip


def formula(work: Work, cell: tuple[int, ...] | None, precision: int) -> Section:
    """The formula; with a cell, also with the numbers of the slice through it."""
    over = f"{_numerator('x[i]', work, 'max', precision)} / Σ {_numerator('x[j]', work, 'max', precision)}"
    sides = [over]
    if cell is not None:
        _, terms = work.terms(cell)
        shift, total = (number(value, precision) for value in (terms.shift[0], terms.total[0]))
        sides.append(f"{_numerator('x[i]', work, shift, precision)} / {total}")
    along = f"i and j along {clip(work.output.axes[work.axis].name, 24)}"
    return Section("formula", "Softmax", Text(along, style="dim"), Formula("p[i]", *sides))


def _numerator(score: str, work: Work, shift: str, precision: int) -> str:
    """The numerator in words."""
    return f"exp({_without_shift(score, work, shift, precision)})"


def _without_shift(score: str, work: Work, shift: str, precision: int) -> str:
    """What the exponential is of: the temperature is left out where it is 1."""
    difference = f"{score} − {shift}" if not shift.startswith(MINUS) else f"{score} + {shift[1:]}"
    if work.temperature == 1:
        return difference
    return f"({difference}) / {number(work.temperature, precision)}"


def slice_table(work: Work, cell: tuple[int, ...], precision: int, *, mark: bool = False) -> BarTable:
    """The slice through a cell, an entry a line."""
    scores, terms = work.terms(cell)
    count, at = len(scores), cell[work.axis]
    shown = np.arange(count)
    if count > LISTED:
        largest = np.argsort(-np.nan_to_num(terms.probabilities), kind="stable")[:LISTED]
        shown = np.union1d(largest, [at]) if mark else np.sort(largest)
    axis = work.output.axes[work.axis]
    divided = "" if work.temperature == 1 else f" / {number(work.temperature, precision)}"
    exponents = f"(x − max){divided}" if divided else "x − max"
    columns = {
        "x": scores[shown],
        exponents: terms.exponents[shown],
        "exp": terms.exponentials[shown],
        "probability": terms.probabilities[shown],
    }
    sums = {"exp": terms.exponentials, "probability": terms.probabilities}
    totals = [("sum", {head: values.sum() for head, values in sums.items()})]
    if len(shown) < count:
        rest = {head: values.sum() - values[shown].sum() for head, values in sums.items()}
        left = count - len(shown)
        totals.insert(0, (f"{left} other{'s' * (left > 1)}", rest))
    marked = int(np.searchsorted(shown, at)) if mark else None
    labels = [axis.place(int(i)) for i in shown]
    return BarTable(axis.name, labels, columns, totals=totals, marked=marked, precision=precision)


def _along(work: Work, cell: tuple[int, ...]) -> Text:
    """Which slice a cell is in."""
    tensor = work.output
    others = [
        f"{clip(axis.name, 24)} {clip(axis.place(index), 24)}"
        for place, (axis, index) in enumerate(zip(tensor.axes, cell, strict=True))
        if place != work.axis
    ]
    along = f"along {clip(tensor.axes[work.axis].name, 24)}"
    return Text(f"{along} at {', '.join(others)}" if others else along, style="dim")
