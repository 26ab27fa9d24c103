"""The story of an activation: its curve, what it made of the numbers, and where gradients pass."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.activate.record import Work
from dlcli.engines.tensors.activation_forms import Form, forms_of, slopes_of
from dlcli.engines.tensors.activations import Activation
from dlcli.tensor import Array, Axis, Tensor
from dlcli.views.again import again
from dlcli.views.before_after import BeforeAfter
from dlcli.views.charts.chart import LineChart
from dlcli.views.look import ROW, SMALL, facts, look, thumbnail
from dlcli.views.origin import origin_words
from dlcli.views.page.cells import listed, of_matrix
from dlcli.views.pictures.tone import finite_range
from dlcli.views.shelf import Shelf
from dlcli.views.story import Section, Story
from dlcli.views.tables.matrix import Matrix
from dlcli.views.tables.table import FactsTable
from dlcli.views.text.cell import at_words, checked
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import Formula, bracketed
from dlcli.views.text.text import clip
from dlcli.words.number import MINUS, number, percent

CURVE = 8  # terminal rows of the curve
FLAT = 0.01  # a slope below this lets almost no gradient through
NAMED = 4  # dead units that are named

#: What holds of a function whatever the numbers.
TELLING = {
    "linear": "Without a bend, layers in a row are no more than one layer.",
    "relu": "Where relu gives 0 its slope is 0, too: no gradient passes, and a unit that is never above 0 "
    "stops learning.",
    "leaky-relu": "Below 0 the slope is ALPHA, not 0: a unit that is never above 0 still learns.",
    "sigmoid": "The slope is 0.25 at most: through many layers gradients fade.",
    "tanh": "The slope is 1 at 0 and fades to both sides; the outputs are balanced around 0.",
    "prelu": "Below 0 the slope is ALPHA to begin with, and learnt: dy/dα is x where x is not above 0, "
    "else 0.",
    "hard-sigmoid": "Three straight lines in place of the sigmoid, no exp to compute: beyond both bends the "
    "slope is 0, and no gradient passes.",
    "hard-tanh": "Three straight lines in place of tanh: below −1 and above 1 the slope is 0, and no "
    "gradient passes.",
    "elu": "Below 0 it bends to ALPHA, so that the outputs are nearer to balanced around 0.",
    "selu": "Its two numbers keep a mean of 0 and a variance of 1 through many layers, where weights begin "
    "as lecun-normal.",
    "gelu": "A smooth relu: it dips below 0 and is lowest, −0.17, at −0.75.",
    "silu": "A smooth relu: it dips below 0 and is lowest, −0.28, at −1.28. It is also called swish.",
    "softplus": "A smooth relu, always above 0; its slope is the sigmoid.",
}
F, SLOPE = "f(x)", "f′(x)"
NORMAL = "P, p: probability below x and density of a standard normal number"

#: Digits that the parts of a formula may have more than other numbers, so that what is written is true.
DIGITS = 3
MOST_DIGITS = 17

#: How far, relatively, rounded parts may miss the result.
HOLDS = 0.01

#: What is said of an equation that does not start from the formula above it.
OTHERWISE = "written so that no exp is too large and no digits are lost"

#: What divides the two branches of a formula.
BRANCHES = " if x > 0 else "

#: An x by itself: not the one in exp.
X = re.compile(r"\bx\b")


def story(work: Work, *, precision: int = 4) -> Story:
    """The numbers, the function with its curve, what became of the numbers, how much gradient passes."""
    small = _rows(work.input) is not None
    shown = work.slope if work.derivative else work.output
    return Story(
        Section("input", "Input", origin_words(work.input, precision),
                None if small else thumbnail(work.input, precision)),
        formulas(work.function),
        Section("parameters", "Curve", body=_curve(work), found=True),
        Section("result", shown.name.capitalize(), facts(shown, precision), _result(work, shown, precision)),
        Section("result", "Effect", body=FactsTable(list(_effect(work, precision)))),
        Section("notice", "Notice", Text(_notice(work))),
        Section("next", "Try next", body=CommandLine(*_next(work))),
    )  # fmt: skip


def _curve(work: Work) -> LineChart:
    low, high = finite_range(work.input.data)
    if low == high:
        low, high = low - 1, high + 1
    x, y, slope = work.curve(low, high)
    return LineChart({F: y, SLOPE: slope}, x, height=CURVE)


def _result(work: Work, shown: Tensor, precision: int) -> RenderableType:
    """Small: x, f(x) and f′(x) side by side. Large: a look before and after."""
    if _rows(work.input) is None:
        before = look(work.input, precision=precision, legend=False)
        return BeforeAfter("input", before, shown.name, look(shown, precision=precision))
    both = [finite_range(tensor.data) for tensor in (work.input, work.output)]
    limit = max(abs(end) for ends in both for end in ends)
    return Shelf(
        [
            ("x", _matrix(work.input, limit, precision)),
            (F, _matrix(work.output, limit, precision)),
            (SLOPE, _matrix(work.slope, 1.0, precision)),
        ]
    )


def _matrix(tensor: Tensor, limit: float, precision: int) -> Matrix:
    values, rows, columns = _rows(tensor) or (tensor.data, None, None)
    return Matrix(
        values,
        rows=rows,
        columns=columns,
        precision=precision,
        limits=(-limit, limit),
        cells=of_matrix(tensor),
    )


def _rows(tensor: Tensor) -> tuple[Array, Axis | None, Axis | None] | None:
    """A small tensor as a matrix with the axes of its rows and columns; None when it is too large for one."""
    data = tensor.data
    if data.ndim == 2 and max(data.shape) <= SMALL:
        return data, tensor.axes[0], tensor.axes[1]
    if data.ndim == 1 and data.size <= ROW:
        return data[None], None, tensor.axes[0]
    return (data.reshape(1, 1), None, None) if data.ndim == 0 else None


def _effect(work: Work, precision: int) -> Iterator[tuple[str, str]]:
    """How many numbers became 0, how many stand where the curve is flat, which units are dead."""
    slope, size = work.slope.data, work.slope.data.size
    name = work.function.kind
    if name == "relu":
        cut = int(np.count_nonzero((work.input.data != 0) & (work.output.data == 0)))
        yield "set to 0", _share(cut, size)
    elif name not in ("linear", "leaky-relu", "prelu"):
        what = "saturated" if name in ("sigmoid", "tanh", "hard-sigmoid", "hard-tanh") else "flat"
        yield what, f"{_share(int(np.count_nonzero(np.abs(slope) < FLAT)), size)}, slope below {FLAT}"
    known = slope[np.isfinite(slope)]
    if known.size:
        mean = float(np.abs(known).mean(dtype=np.float64))
        yield "slope", f"{number(mean, precision)} on average: so much of a gradient passes"
    dead = _dead(work.slope)
    if dead is not None:
        yield "dead units", dead
    lost = size - int(np.count_nonzero(np.isfinite(work.output.data)))
    if lost:
        yield "not finite", _share(lost, size)


def _dead(slope: Tensor) -> str | None:
    """Places of the last axis, the units, of which no example lets a gradient pass; None without any."""
    if slope.data.ndim < 2 or slope.data.shape[-1] == slope.data.size:
        return None
    axis = slope.axes[-1]
    dead = np.flatnonzero(~np.any(slope.data, axis=tuple(range(slope.data.ndim - 1)))).tolist()
    if not dead:
        return None
    named = ", ".join(clip(axis.place(i), 16) for i in dead[:NAMED]) + (", …" if len(dead) > NAMED else "")
    return f"{len(dead)} of {slope.data.shape[-1]} ({clip(axis.name, 16)} {named}): slope 0 everywhere"


def _share(count: int, size: int) -> str:
    return f"{count} of {size} ({percent(count, size)})"


def _notice(work: Work) -> str:
    name, told = work.function.name, _telling(work.function)
    if work.function.kind in ("relu", "leaky-relu", "prelu", "elu") and not np.any(work.input.data < 0):
        return f"No number is below 0: {name} changes nothing here. {told}"
    return told


def _telling(function: Activation) -> str:
    """What holds of a function whatever the numbers, its own number filled in."""
    if function.kind in ("leaky-relu", "prelu") and function.alpha == 0:
        return TELLING["relu"].replace("relu", function.name)
    if function.alpha is None:
        return TELLING[function.kind]
    sign = -1 if function.kind == "elu" else 1
    return TELLING[function.kind].replace("ALPHA", number(sign * function.alpha))


def _next(work: Work) -> list[list[str]]:
    """The same line asking for the least number: there, activations differ most."""
    data = work.input.data
    if not np.isfinite(data).any():
        return again(work.line, work.input, command="show")
    least = np.where(np.isfinite(data), data, np.inf).argmin()
    cell = ",".join(map(str, np.unravel_index(least, data.shape)))
    more = ["--explain", cell] if cell else []
    if work.derivative == bool(cell):  # of a single number, the other of both is left to ask for
        more.insert(0, "--derivative")
    *before, line = again(work.line, work.input, *more, without=("--derivative",))
    if line[1] != work.line.command:
        return [*before, line]
    return [*before, [*line[:2], work.function.name, *line[2:]]]


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """The formulas with one number filled in.

    Raises ``WrongUsage`` when there is no such cell.
    """
    cell = checked(cell, work.output)
    x = work.input.data[cell]
    value, slope = work.output.data[cell], work.slope.data[cell]
    at = number(x, precision)
    wide = len(SLOPE) + len(at) - 1
    lines, said = [], None
    if BRANCHES in work.function.derivative_formula:
        said = Text(f"{at} > 0" if x > 0 else f"{at} is not above 0", style="dim")
    for name, formula, forms, result in (
        (F, work.function.formula, forms_of(work.function), value),
        (SLOPE, work.function.derivative_formula, slopes_of(work.function), slope),
    ):
        sides = _sides(formula, forms, x, result, precision)
        lines.append(Formula(name.replace("x", at), *sides, name_width=wide))
        if sides[0] != filled(formula, x, {}, result, precision)[0]:
            said = Text(OTHERWISE, style="dim")
    results = [("activated", number(value, precision)), ("derivative", number(slope, precision))]
    if work.derivative:
        results.reverse()
    (name, told), (other, beside) = results
    return Story(
        Section("input", "Input", origin_words(work.input, precision)),
        formulas(work.function),
        Section("arithmetic", "Arithmetic", said, Group(*lines), listed(work.input, [cell])),
        Section("result", name.capitalize(), Text(f"{told}, {other} {beside}{at_words(cell, work.output)}")),
    )


def _sides(formula: str, forms: Sequence[Form], x: float, result: Any, precision: int) -> list[str]:
    """The sides of the equation in the first form whose numbers, as they are written, give the result.

    Where a few digits more help the formula, it has them; where no form's numbers do, they are left out.
    """
    fitting = [form for form in forms if form.fits(x)]
    few = range(precision, min(precision + DIGITS, MOST_DIGITS) + 1)
    tries = [(form, digits) for form in fitting for digits in few]
    tries += [(form, digits) for form in fitting[:1] for digits in range(precision, MOST_DIGITS + 1)]
    for form, digits in tries:
        parts = form.numbers(float(x), result.dtype)
        if _holds(form, float(x), parts, float(result), digits):
            return filled(form.formula, x, parts, result, precision, digits)
    return filled(formula, x, {}, result, precision)


def _holds(form: Form, x: float, parts: Mapping[str, float], result: float, digits: int) -> bool:
    """Whether the parts in so many digits give the result; an infinite one says nothing of a finite x."""
    values = list(parts.values())
    if math.isfinite(x) and not all(map(math.isfinite, values)):
        return False
    with np.errstate(all="ignore"):
        rounded = [np.float64(f"{value:.{digits - 1}e}") for value in values]
        given = float(form.gives(x, *rounded))
    if given == result or (math.isnan(given) and math.isnan(result)):
        return True
    return abs(given - result) <= max(HOLDS, 0.5 * 10.0 ** (1 - digits)) * abs(result)


def filled(
    formula: str,
    x: float,
    parts: Mapping[str, float],
    result: float,
    precision: int,
    digits: int | None = None,
) -> list[str]:
    """The sides of the equation from the formula with a number in it to the number that comes out.

    >>> filled("1 / (1 + exp(-x))", -2.0, {"exp(-x)": 7.389}, 0.1192, 4)
    ['1 / (1 + exp(−(−2)))', '1 / (1 + 7.389)', '0.1192']
    >>> filled("x if x > 0 else 0.01·x", -2.0, {}, -0.02, 4)
    ['0.01·(−2)', '−0.02']

    With ``digits`` the parts have so many of them.
    """
    if BRANCHES in formula:
        above, below = formula.split(BRANCHES)
        formula = above if x > 0 else below
    sides = [_with(formula, x, precision)]
    partly = formula
    for part, value in parts.items():
        partly = partly.replace(part, bracketed(number(value, digits or precision)))
    sides += [_with(partly, x, precision), number(result, precision)]
    return [side for place, side in enumerate(sides) if side not in sides[:place]]


def _with(formula: str, x: float, precision: int) -> str:
    """A formula in which x has become a number, in brackets where a minus sign needs them."""
    told = number(x, precision)
    formula = formula.replace("-", MINUS)
    if formula == "x":
        return told
    formula = re.sub(r"(?<=[(\s])x(?=\))", told, formula)  # the brackets of a function are enough
    return X.sub(bracketed(told), formula)


def formulas(function: Activation) -> Section:
    """The function and its derivative as they are written."""
    lines = [
        Formula(name, formula.replace("-", MINUS), name_width=len(SLOPE))
        for name, formula in ((F, function.formula), (SLOPE, function.derivative_formula))
    ]
    title = Text(NORMAL, style="dim") if "P(x)" in function.formula else None
    return Section("formula", function.name.capitalize(), title, Group(*lines))
