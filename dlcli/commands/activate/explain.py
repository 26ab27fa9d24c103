"""One number through an activation: its formulas with that number filled in."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from rich.console import Group
from rich.text import Text

from dlcli.commands.activate.record import Work
from dlcli.engines.tensors.activation_forms import Form
from dlcli.engines.tensors.activations import Activation
from dlcli.views.origin import origin_words
from dlcli.views.story import Section, Story
from dlcli.views.text.cell import cell_words, checked
from dlcli.views.text.formula import Formula
from dlcli.words.number import MINUS, number

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
        (F, work.function.formula, work.function.forms, value),
        (SLOPE, work.function.derivative_formula, work.function.slopes, slope),
    ):
        sides = _sides(formula, forms, x, result, precision)
        lines.append(Formula(name.replace("x", at), *sides, name_width=wide))
        if sides[0] != filled(formula, x, {}, result, precision)[0]:
            said = Text(OTHERWISE, style="dim")
    results = [("activated", number(value, precision)), ("derivative", number(slope, precision))]
    if work.derivative:
        results.reverse()
    (name, told), (other, beside) = results
    where = f" at {cell_words(cell, work.output)}" if cell else ""
    return Story(
        (
            Section("input", "Input", origin_words(work.input, precision)),
            formulas(work.function),
            Section("arithmetic", "Arithmetic", said, Group(*lines)),
            Section("result", name.capitalize(), Text(f"{told}, {other} {beside}{where}")),
        )
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
        partly = partly.replace(part, _bracketed(number(value, digits or precision)))
    sides += [_with(partly, x, precision), number(result, precision)]
    return [side for place, side in enumerate(sides) if side not in sides[:place]]


def _with(formula: str, x: float, precision: int) -> str:
    """A formula in which x has become a number, in brackets where a minus sign needs them."""
    told = number(x, precision)
    formula = formula.replace("-", MINUS)
    if formula == "x":
        return told
    formula = re.sub(r"(?<=[(\s])x(?=\))", told, formula)  # the brackets of a function are enough
    return X.sub(_bracketed(told), formula)


def _bracketed(text: str) -> str:
    return f"({text})" if text.startswith(MINUS) else text


def formulas(function: Activation) -> Section:
    """The function and its derivative as they are written."""
    lines = [
        Formula(name, formula.replace("-", MINUS), name_width=len(SLOPE))
        for name, formula in ((F, function.formula), (SLOPE, function.derivative_formula))
    ]
    title = Text(NORMAL, style="dim") if "P(x)" in function.formula else None
    return Section("formula", function.name.capitalize(), title, Group(*lines))
