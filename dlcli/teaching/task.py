"""A task: what is given, what is asked, and how it is solved, rightly or with a slip."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import product
from typing import Any, Literal

import numpy as np

from dlcli.engines.base.slips import SLIPS
from dlcli.teaching.worked import Worked, lifted, words

#: What an answer is: a number, letters of choices, or a short word such as a shape.
Form = Literal["number", "choice", "order", "word"]


@dataclass(frozen=True)
class Say:
    """A paragraph; what stands between backticks is typed as it is."""

    text: str


@dataclass(frozen=True)
class Grid:
    """A table of numbers with a name, with headers where rows or columns have names."""

    name: str
    rows: tuple[tuple[str, ...], ...]
    across: tuple[str, ...] = ()
    down: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lines:
    """Lines that stand as they are: a formula, a listing, a calculation."""

    lines: tuple[str, ...]
    numbered: bool = False


Block = Say | Grid | Lines

#: What is short in a formula, and what it stands for.
SHORT = {" div ": "div: divide, and round down", "ceil(": "ceil: round up"}

#: How many decimals are asked for.
DECIMALS = re.compile(r"(\d) decimals?\b")


def grid(name: str, values: Any, across: Iterable[str] = (), down: Iterable[str] = ()) -> Grid:
    """A table of drawn numbers; one row of them is a table, too.

    >>> grid("x", [[1, -2], [3, 4]]).rows
    (('1', '−2'), ('3', '4'))
    """
    rows = values if len(values) and isinstance(values[0], list | tuple) else [values]
    table = tuple(
        tuple(words(lifted(one).value) if not isinstance(one, str) else one for one in row) for row in rows
    )
    return Grid(name, table, tuple(across), tuple(down))


@dataclass(frozen=True)
class Field:
    """One answer: its name, how near is right, and of a choice what there is to choose from.

    ``name`` is that of a line of the solution; a cell of a table is ``y[0,1]``. ``tolerance`` is how far from
    the key an answer may lie, 0 where it is exact. ``says`` tells what is to be written: "to 3 decimals".
    """

    name: str
    tolerance: Fraction = Fraction(0)
    form: Form = "number"
    options: tuple[str, ...] = ()
    says: str = ""
    unit: str = ""

    @property
    def remark(self) -> str:
        """What stands beside it on a sheet, in brackets."""
        return remark(self.says, self.unit, self.tolerance)

    @property
    def table(self) -> str:
        """The name of the table that it is a cell of; empty for what stands alone."""
        return self.name.partition("[")[0] if self.name.endswith("]") else ""

    @property
    def cell(self) -> tuple[int, ...]:
        """Its place in the table."""
        inner = self.name.partition("[")[2].rstrip("]")
        return tuple(map(int, inner.split(","))) if self.table else ()


def remark(says: str, unit: str = "", tolerance: Fraction | int = 0) -> str:
    """How an answer is to be written, its unit, and how near is right where the decimals do not say it.

    >>> remark("to 3 decimals", tolerance=Fraction(1, 200)), remark("to 1 decimal", "Hz", Fraction(1, 20))
    ('(to 3 decimals, right within 0.005)', '(to 1 decimal, in Hz)')
    """
    told = [says, f"in {unit}" if unit and f"in {unit}" not in says else ""]
    decimals = DECIMALS.search(says)
    if tolerance and not (decimals and tolerance == Fraction(1, 2 * 10 ** int(decimals[1]))):
        told.append(f"right within {float(tolerance):.9f}".rstrip("0"))
    said = ", ".join(filter(None, told))
    return f"({said})" if said else ""


def cells(name: str, *shape: int, tolerance: Fraction | int = 0, says: str = "") -> tuple[Field, ...]:
    """The answers of a whole table.

    >>> [one.name for one in cells("y", 2, 2)]
    ['y[0,0]', 'y[0,1]', 'y[1,0]', 'y[1,1]']
    """
    places = product(*map(range, shape))
    named = (f"{name}[{','.join(map(str, place))}]" for place in places)
    return tuple(Field(one, Fraction(tolerance), says=says) for one in named)


@dataclass(frozen=True)
class Line:
    """One line of a solution: a name, how it was computed, what that gave, and the slip that it has."""

    name: str
    made: Worked | str
    value: Any
    slip: str = ""

    @property
    def text(self) -> str:
        """How it was computed; of a word, why it is that one."""
        return self.made if isinstance(self.made, str) else self.made.text

    @property
    def products(self) -> int:
        """The multiplications that it takes by hand."""
        return 0 if isinstance(self.made, str) else self.made.products

    def __str__(self) -> str:
        if isinstance(self.value, str | tuple):
            said = self.value if isinstance(self.value, str) else "; ".join(self.value)
            return f"{self.name}: {said}" + (f" ({self.text})" if self.text else "")
        value = words(self.value)
        return (
            f"{self.name} = {value}" if self.text in ("", value) else f"{self.name} = {self.text} = {value}"
        )


#: What may stand for a value in a solution: a number, a word, or what makes it when it is asked for.
Value = Any

#: Makes a whole table of a solution.
Table = Callable[[], Any]


class Pen:
    """Writes a solution down, line by line.

    ``mistakes`` are the slips that are made wherever a line knows them; ``instead`` are answers that somebody
    else has given for some lines: what follows is computed from them. What a slip cannot compute, by zero or
    of a negative root, raises what it raises.
    """

    def __init__(self, mistakes: Iterable[str] = (), instead: Mapping[str, Any] | None = None) -> None:
        self.mistakes = frozenset(mistakes)
        self.instead = instead or {}
        self.lines: list[Line] = []
        self.known: dict[str, None] = {}

    def __call__(
        self, name: str, right: Value, slips: Mapping[str, Value] | None = None, text: str = ""
    ) -> Any:
        """Write a line; returns its value for the lines below, as a number without its history.

        ``slips`` are what some mistakes would make of it. A word, the answer of a choice, has a ``text`` that
        says why.
        """
        slips = slips or {}
        self.known.update(dict.fromkeys(slips))
        made = next((one for one in slips if one in self.mistakes), "")
        value = slips[made] if made else right
        value = value() if callable(value) else value
        if isinstance(value, str | tuple):
            line = Line(name, text if not made else "", value, made)
        else:
            number = lifted(value)
            line = Line(name, number, number.value, made)
        self.lines.append(line)
        value = self.instead.get(name, line.value)
        return value if isinstance(value, str | tuple) else Worked(value)

    def table(
        self,
        name: str,
        right: Table,
        slips: Mapping[str, Table],
        places: Iterable[tuple[int, ...]] | None = None,
    ) -> Any:
        """Write a line for each cell of a table, ``y[0,1]``, or for some ``places``; returns the values.

        Each slip gives a whole table, which is made only where that slip is.
        """
        made = right()
        slip = next((one for one in slips if one in self.mistakes), "")
        other: Any = slips[slip]() if slip else None
        wrong: dict[str, Any] = dict.fromkeys(slips)
        found = np.empty(np.shape(made), object)
        for place in np.ndindex(found.shape) if places is None else places:
            if slip:
                wrong[slip] = other[place]
            found[place] = self(f"{name}[{','.join(map(str, place))}]", made[place], wrong)
        return found


@dataclass(frozen=True)
class Task:
    """What a topic draws.

    ``blocks`` are what is read, ``fields`` what is answered, ``solve`` writes the solution with a ``Pen``
    whose lines bear the names of the fields and of what comes before them. ``given`` are the drawn numbers
    by their names, ``formula`` is the rule without them, ``line`` the words of dlcli that explain the answer,
    and ``targets`` the slips that this draw must be able to tell apart.
    """

    blocks: tuple[Block, ...]
    fields: tuple[Field, ...]
    solve: Callable[[Pen], None]
    formula: str
    given: Mapping[str, Any] = field(default_factory=dict)
    line: str = ""
    targets: tuple[str, ...] = ()

    def lines(self, mistakes: Iterable[str] = (), instead: Mapping[str, Any] | None = None) -> list[Line]:
        """The lines of a solution, with these slips in it."""
        return self._solved(frozenset(mistakes), instead).lines

    def answers(
        self, mistakes: Iterable[str] = (), instead: Mapping[str, Any] | None = None
    ) -> tuple[Any, ...] | None:
        """What is answered with these slips; None where they cannot be computed.

        ``instead`` may be anything that was typed: an imaginary number of rows has no half.
        """
        cannot = (ZeroDivisionError, ValueError, OverflowError, *((TypeError,) if instead else ()))
        try:
            by_name = {line.name: line.value for line in self.lines(mistakes, instead)}
        except cannot:
            return None
        return tuple(by_name[one.name] for one in self.fields)

    def _solved(self, mistakes: frozenset[str], instead: Mapping[str, Any] | None) -> Pen:
        """The solution as it is written down; what depends on nobody's answers is written once."""
        if instead or mistakes not in self._pens:
            pen = Pen(mistakes, instead)
            self.solve(pen)
            if instead:
                return pen
            self._pens[mistakes] = pen
        return self._pens[mistakes]

    @cached_property
    def _pens(self) -> dict[frozenset[str], Pen]:
        return {}

    @property
    def rule(self) -> str:
        """The formula, with what is short in it written out."""
        told = [said for short, said in SHORT.items() if short in self.formula]
        return f"{self.formula}   ({'; '.join(told)})" if told else self.formula

    @property
    def key(self) -> tuple[Any, ...]:
        """The right answers."""
        made = self.answers()
        assert made is not None
        return made

    @property
    def slips(self) -> tuple[str, ...]:
        """All slips that its solution knows."""
        return tuple(self._solved(frozenset(), None).known)

    @cached_property
    def wrong(self) -> Mapping[str, tuple[Any, ...]]:
        """What each slip answers, of those that can be seen here: some answer differs from the key."""
        found = {}
        for one in self.slips:
            made = self.answers((one,))
            if made is not None and not alike(made, self.key, self.fields):
                found[one] = made
        return found


def near(one: Any, other: Any, tolerance: Fraction | float, times: int = 1) -> bool:
    """Whether two answers lie within so many tolerances; words are the same or not.

    >>> near(Fraction(1, 3), 0.335, Fraction(1, 200)), near("a", "b", 0)
    (True, False)
    """
    if isinstance(one, str | tuple) or isinstance(other, str | tuple):
        return bool(one == other)
    if not tolerance and isinstance(one, int | Fraction) and isinstance(other, int | Fraction):
        return one == other
    if isinstance(one, complex) or isinstance(other, complex):
        apart = abs(complex(one) - complex(other))
    else:
        apart = abs(float(one) - float(other))
    return bool(apart <= times * float(tolerance) * (1 + ROUNDING) + ROUNDING * max(1.0, abs(complex(other))))


#: What the rounding of floats may add to a tolerance.
ROUNDING = 1e-9


def alike(one: Sequence[Any], other: Sequence[Any], fields: Sequence[Field], times: int = 1) -> bool:
    """Whether two sets of answers are the same within so many tolerances."""
    return all(near(a, b, field.tolerance, times) for a, b, field in zip(one, other, fields, strict=True))


def is_convention(name: str) -> bool:
    """Whether a slip is none, but what another book defines."""
    return SLIPS[name].convention
