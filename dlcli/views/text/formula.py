"""A formula with this run's numbers in it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.segment import Segment

from dlcli.views.page.figures import Equation
from dlcli.views.text.gaps import GAP, symbolic, without_numbers
from dlcli.views.text.markdown import code, escape
from dlcli.views.text.text import DIM, text_line
from dlcli.words.number import MINUS

#: A line may end before one of these signs and words, and nowhere else: never inside a number or a name.
OPERATOR = re.compile(r" (?=(?:[=≈<>≤≥+−×·/→]|if|and|else) )")

#: Which of two numbers is the larger, and what follows from it.
VERDICT = re.compile(rf"{GAP} [<>≤≥] {GAP}.*")

#: Cells before a line that goes on, and before a formula below its name.
INDENT = 2


class Formula:
    """Sides of an equation after the name of what they give, in one line where that fits.

    A side may end with a ``constant`` of the rule, such as ``" + 1"``: it is no number of this run.
    Names of several formulas get the same ``name_width``, so that the formulas stand below each other.
    A longer one goes on in the next line, which starts with an operator; where the names leave too little
    room, it stands below its own.

    >>> from rich.console import Console
    >>> Console(width=80).print(Formula("height", "(300 + 0 + 0 − 2) / 1 + 1", "299"))
    height  (300 + 0 + 0 − 2) / 1 + 1 = 299
    >>> Console(width=26).print(Formula("height", "(300 + 0 + 0 − 2) / 1 + 1", "299"))
    height  (300 + 0 + 0 − 2)
              / 1 + 1 = 299
    >>> Console(width=20).print(Formula("new Q(start, right)", "0 + 0.1·(−1)", "−0.1"))
    new Q(start, right)
      0 + 0.1·(−1)
        = −0.1
    """

    def __init__(self, name: str, *sides: str, name_width: int = 0, constant: str = "") -> None:
        self.name, self.sides, self.constant = name, sides, constant
        self.name_width = max(name_width, cell_len(name))

    @property
    def text(self) -> str:
        """The sides in one line."""
        return " = ".join(self.sides)

    def lines(self, width: int) -> list[str]:
        """The sides cut before operators so that no line is wider than ``width``, if operators allow it."""
        lines: list[str] = []
        for part in OPERATOR.split(self.text):
            longer = f"{lines[-1]} {part}" if lines else part
            if not lines or cell_len(longer) > width:
                lines.append(f"  {part}" if lines else part)
            else:
                lines[-1] = longer
        return lines

    def blank(self) -> Formula:
        """The rule as it stands, where there is one, and behind it gaps for this run's numbers.

        >>> Formula("p", "exp(x) / Σ exp(x)", "7.389 / 11.21", "0.659").blank().text
        'exp(x) / Σ exp(x) = ____ / ____ = ____'
        >>> Formula("rows", "(3 − 2) / 1 + 1", "2", constant=" + 1").blank().text
        '(____ − ____) / ____ + 1 = ____'
        >>> Formula("u", "0.637 ≥ 0.5: kept").blank().text
        '____'
        """
        sides = (
            side if place == 0 and _is_rule(side) else self._emptied(side)
            for place, side in enumerate(self.sides)
        )
        return Formula(self.name, *sides, name_width=self.name_width, constant=self.constant)

    def _emptied(self, side: str) -> str:
        kept = self.constant if side.endswith(self.constant) else ""
        return VERDICT.sub(GAP, without_numbers(side.removesuffix(kept))) + kept

    def markdown(self, width: int = 80) -> str:
        """The formula as one line of code."""
        return f"- {escape(self.name)}: {code(self.text)}"

    def figure(self) -> Equation:
        """The name and the sides."""
        return Equation(self.name, self.sides)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        longest = max(map(cell_len, OPERATOR.split(self.text))) + INDENT
        side, own = self.name_width + 2, cell_len(self.name) + 2
        if side + longest > options.max_width:
            side = own if own + longest <= options.max_width else INDENT
        below = side < own
        if below:
            yield from text_line(self.name, DIM)
        for place, line in enumerate(self.lines(options.max_width - side)):
            name = self.name if place == 0 and not below else ""
            yield Segment(name + " " * (side - cell_len(name)), DIM)
            yield from text_line(line)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        side = self.name_width + 2
        longest = max(map(cell_len, OPERATOR.split(self.text)))
        return Measurement(side + longest, side + cell_len(self.text))


def bracketed(text: str) -> str:
    """A number as it may follow an operator: in brackets when it is negative.

    >>> bracketed("−0.5"), bracketed("2")
    ('(−0.5)', '2')
    """
    return f"({text})" if text.startswith(MINUS) else text


def plus(text: str) -> str:
    """A number as it is added to another.

    >>> plus("−0.5"), plus("2")
    ('− 0.5', '+ 2')
    """
    return f"{MINUS} {text[1:]}" if text.startswith(MINUS) else f"+ {text}"


def _is_rule(side: str) -> bool:
    """Whether a side has letters that stand for something, and no verdict on two numbers."""
    return symbolic(side) and not VERDICT.search(without_numbers(side))


def formulas(rows: Sequence[tuple[str, Sequence[str]]], *more: RenderableType) -> Group:
    """Formulas (name, sides) below each other, their sides beginning at the same place; then ``more``.

    >>> Console(width=40).print(formulas([("δ", ["1 − 2", "−1"]), ("new", ["3"])]))
    δ    1 − 2 = −1
    new  3
    """
    wide = max(cell_len(name) for name, _ in rows)
    return Group(*(Formula(name, *sides, name_width=wide) for name, sides in rows), *more)
