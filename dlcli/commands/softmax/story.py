"""The story of a softmax: scores, their exponentials, the sum of these, and the shares of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.softmax.record import Work
from dlcli.views.again import again
from dlcli.views.look import SMALL, facts, look, thumbnail
from dlcli.views.origin import origin_words
from dlcli.views.page.cells import Listed, listed, of_matrix
from dlcli.views.shares import share_matrix
from dlcli.views.story import Section, Story
from dlcli.views.tables.bar_table import BarTable
from dlcli.views.text.cell import cell_words, checked, strongest, strongest_words
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import Formula
from dlcli.views.text.text import clip
from dlcli.words.number import MINUS, number

NOTICED = 3
LISTED = 12  # entries of a slice that are listed; of a longer one these are the largest


def story(work: Work, *, precision: int = 4) -> Story:
    """The scores, the formula, the probabilities beside their numerators, how even they are."""
    tensor = work.output
    alone = tensor.data.size == tensor.shape[work.axis]
    return Story(
        Section("input", "Input", origin_words(work.input, precision),
                None if alone else thumbnail(work.input, precision)),
        formula(work, (0,) * tensor.data.ndim if alone else None, precision),
        Section("result", "Probabilities", facts(tensor, precision), _probabilities(work, alone, precision)),
        Section("result", "Largest", strongest_words(tensor, precision)),
        Section("result", "Evenness", _evenness(work, precision)),
        Section("notice", "Notice", Text(" ".join([*_notices(work, precision)][:NOTICED]))),
        Section("next", "Try next", body=CommandLine(*_next(work))),
    )  # fmt: skip


def _probabilities(work: Work, alone: bool, precision: int) -> RenderableType:
    tensor = work.output
    if alone:
        listed = slice_table(work, (0,) * tensor.data.ndim, precision)
        if tensor.data.size <= LISTED:
            return listed
        return Group(look(tensor, precision=precision, scale="sequential"), Text(""), listed)
    if tensor.data.ndim == 2 and max(tensor.shape) <= SMALL:
        return share_matrix(
            tensor.data, *tensor.axes, precision=precision, along=work.axis, cells=of_matrix(tensor)
        )
    return look(tensor, precision=precision, scale="sequential")


def _evenness(work: Work, precision: int) -> Text:
    """The entropy, and how many equally likely places would be as uncertain."""
    bits = work.bits[np.isfinite(work.bits)]
    count = work.output.shape[work.axis]
    if not bits.size:
        return Text("unknown: no slice has probabilities")
    low, high, mean = (float(value) for value in (bits.min(), bits.max(), bits.mean()))
    most = f"of at most {number(np.log2(count), precision)}"
    same = f"as uncertain as {number(2**mean, precision)} of {count} place{'s' * (count > 1)} alike"
    if number(low, precision) == number(high, precision):
        return Text(f"entropy {number(mean, precision)} bits {most}: {same}")
    ends = f"{number(low, precision)} to {number(high, precision)} bits"
    return Text(f"entropy {ends} {most}, on average {number(mean, precision)}: {same}")


def _notices(work: Work, precision: int) -> Iterator[str]:
    bits, scores = work.bits, work.input.data
    lost = bits.size - int(np.count_nonzero(np.isfinite(bits)))
    if lost:
        has, where = ("has", "it") if lost == 1 else ("have", "them")
        slices = f"{lost} of {bits.size} slices {has}" if bits.size > 1 else "There are"
        yield f"{slices} no probabilities (nan): NaN or inf is in {where}, or nothing but −inf."
    if work.output.shape[work.axis] == 1:
        yield "One place alone has probability 1, whatever its score."
    masked = int(np.count_nonzero(np.isneginf(scores))) if scores.dtype.kind == "f" else 0
    if masked and lost < bits.size:
        get = "score of −inf gets" if masked == 1 else "scores of −inf get"
        yield f"exp(−inf) is 0: {masked} {get} no probability."
    top = strongest(work.input)
    if top is None:
        return
    largest = number(scores[top] / work.temperature, precision)
    if work.overflows:
        dtype = work.output.data.dtype
        yield f"Without the shift by max, exp({largest}) would be more than {dtype} holds: inf / inf is nan."
    else:
        yield "The shift by max changes no share, and no exponential can overflow."
    if work.temperature == 1:
        yield "The order stays; a temperature above 1 makes the shares more even, below 1 sharper."
    else:
        what = "more even" if work.temperature > 1 else "sharper"
        told = number(work.temperature, precision)
        yield f"Divided by temperature {told} the scores give {what} shares than at 1; the order stays."


def _next(work: Work) -> list[list[str]]:
    """The same line at another temperature, along another axis, or asking why."""
    line, x, tensor = work.line, work.input, work.output
    if tensor.shape[work.axis] == 1 and tensor.data.size > 1:
        return again(line, x, "--axis", str(int(np.argmax(tensor.shape))), without=("--axis",))
    if work.temperature == 1:
        return again(line, x, "--temperature", "3", without=("--temperature",))
    cell = strongest(tensor) or (0,) * tensor.data.ndim
    return again(line, x, "--explain", ",".join(map(str, cell)))


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """All exponentials of the slice through one cell, their sum, and that cell's share of it.

    Raises ``WrongUsage`` when there is no such cell.
    """
    cell = checked(cell, work.output)
    at = cell[work.axis]
    score, shift, total, _, exponential = _written(work, cell, precision)
    value = number(work.output.data[cell], precision)
    places = f"{_numerator(score, work, shift, precision)} / {total}", f"{exponential} / {total}", value
    return Story(
        Section("input", "Input", origin_words(work.input, precision)),
        formula(work, None, precision),
        Section(
            "arithmetic",
            "Arithmetic",
            _along(work, cell),
            slice_table(work, cell, precision, mark=True),
            _slice(work, cell),
        ),
        Section("arithmetic", "Share", body=Formula(f"p[{at}]", *places)),
        Section("result", "Probabilities", Text(f"{value} at {cell_words(cell, work.output)}")),
    )


def explain_logarithm(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """All exponentials of the slice through one cell, and what their sum takes from its exponent.

    Raises ``WrongUsage`` when there is no such cell.
    """
    cell = checked(cell, work.output)
    at, (_, terms) = cell[work.axis], work.terms(cell)
    with np.errstate(divide="ignore"):
        logarithm = number(np.log(terms.total[0]), precision)
    score, shift, total, exponent, _ = _written(work, cell, precision)
    less = f"+ {logarithm[1:]}" if logarithm.startswith(MINUS) else f"{MINUS} {logarithm}"
    value = number(work.logarithm(cell), precision)
    over = _along(work, cell)
    name = clip(work.output.axes[work.axis].name, 24)
    general = _without_shift("x[i]", work, "max", precision), _without_shift("x[j]", work, "max", precision)
    return Story(
        Section("input", "Input", origin_words(work.input, precision)),
        Section("formula", "Log-softmax", Text(f"i and j along {name}", style="dim"),
                Formula("log p[i]", f"{general[0]} − log Σ exp({general[1]})")),
        Section("arithmetic", "Arithmetic", over, slice_table(work, cell, precision, mark=True),
                _slice(work, cell)),
        Section("arithmetic", "Logarithm", body=Formula(
            f"log p[{at}]",
            f"{_without_shift(score, work, shift, precision)} − log({total})",
            f"{exponent} {less}",
            value,
        )),
        Section("result", "Log-probabilities", Text(f"{value} at {cell_words(cell, work.output)}")),
    )  # fmt: skip


def explain_exponential(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """The largest score of the slice through one cell, and what is left of this one's exponential.

    Raises ``WrongUsage`` when there is no such cell.
    """
    cell = checked(cell, work.output)
    at = cell[work.axis]
    score, shift, _, exponent, value = _written(work, cell, precision)
    rule = Formula("e[i]", _numerator("x[i]", work, "max", precision))
    return Story(
        Section("input", "Input", origin_words(work.input, precision)),
        Section("formula", "Exponential", body=rule),
        Section("arithmetic", "Largest", _along(work, cell), Formula("max", shift), _slice(work, cell)),
        Section("arithmetic", "Arithmetic", body=Formula(
            f"e[{at}]", _numerator(score, work, shift, precision), f"exp({exponent})", value
        )),
        Section("result", "Exponentials", Text(f"{value} at {cell_words(cell, work.output)}")),
    )  # fmt: skip


def _written(work: Work, cell: tuple[int, ...], precision: int) -> list[str]:
    """A cell's score, the shift and the sum of its slice, its exponent and its exponential, as texts."""
    scores, terms = work.terms(cell)
    at = cell[work.axis]
    values = scores[at], terms.shift[0], terms.total[0], terms.exponents[at], terms.exponentials[at]
    return [number(value, precision) for value in values]


def formula(work: Work, cell: tuple[int, ...] | None, precision: int) -> Section:
    """The formula; with a cell, also with the numbers of the slice through it."""
    over = f"{_numerator('x[i]', work, 'max', precision)} / Σ {_numerator('x[j]', work, 'max', precision)}"
    sides = [over]
    if cell is not None:
        _, shift, total, *_ = _written(work, cell, precision)
        sides.append(f"{_numerator('x[i]', work, shift, precision)} / {total}")
    along = f"i and j along {clip(work.output.axes[work.axis].name, 24)}"
    return Section("formula", "Softmax", Text(along, style="dim"), Formula("p[i]", *sides))


def _numerator(score: str, work: Work, shift: str, precision: int) -> str:
    return f"exp({_without_shift(score, work, shift, precision)})"


def _without_shift(score: str, work: Work, shift: str, precision: int) -> str:
    """What the exponential is of: the temperature is left out where it is 1."""
    difference = f"{score} − {shift}" if not shift.startswith(MINUS) else f"{score} + {shift[1:]}"
    if work.temperature == 1:
        return difference
    return f"({difference}) / {number(work.temperature, precision)}"


def slice_table(work: Work, cell: tuple[int, ...], precision: int, *, mark: bool = False) -> BarTable:
    """The slice through a cell, an entry a line; with ``mark`` that of the cell is pointed at."""
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
    places = ((*cell[: work.axis], i, *cell[work.axis + 1 :]) for i in shown.tolist())
    of, under = (work.input, "x") if mark else (work.output, "probability")
    return BarTable(
        axis.name, labels, columns, totals=totals, marked=marked, precision=precision,
        cells=listed(of, places), under=under,
    )  # fmt: skip


def _slice(work: Work, cell: tuple[int, ...]) -> Listed:
    """The scores of the slice through a cell."""
    places = ((*cell[: work.axis], i, *cell[work.axis + 1 :]) for i in range(work.output.shape[work.axis]))
    return listed(work.input, places)


def _along(work: Work, cell: tuple[int, ...]) -> Text:
    tensor = work.output
    others = [
        f"{clip(axis.name, 24)} {clip(axis.place(index), 24)}"
        for place, (axis, index) in enumerate(zip(tensor.axes, cell, strict=True))
        if place != work.axis
    ]
    along = f"along {clip(tensor.axes[work.axis].name, 24)}"
    return Text(f"{along} at {', '.join(others)}" if others else along, style="dim")


#: Result -> what explains its cells.
EXPLAIN = {
    "probabilities": explain,
    "log-probabilities": explain_logarithm,
    "exponentials": explain_exponential,
}
