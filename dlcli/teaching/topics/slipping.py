"""What the topics of sequences and decisions share: slips by their names, and tables to look values up in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from dlcli.engines.base.slips import SLIPS
from dlcli.teaching.task import Grid, Pen
from dlcli.words.number import MINUS

#: Decimals of a table in which values are looked up.
LOOKED_UP = 4


def those(names: str, *numbers: Any) -> dict[str, Callable[[], Any]]:
    """What some slips, named with blanks between, make of these numbers.

    >>> from dlcli.engines.recurrent import slips
    >>> those("leaky.reversed leaky.new-alone", 0, 3, 5)["leaky.reversed"]()
    3
    """
    return {name: partial(SLIPS[name].wrong, *numbers) for name in names.split()}


def turned_into(slips: Mapping[str, Callable[[], Any]], change: Callable[[Any], Any]) -> dict[str, Any]:
    """What slips make, changed into what is asked.

    >>> from dlcli.engines.recurrent import slips
    >>> turned_into(those("leaky.new-alone", 0, 3, 5), str)["leaky.new-alone"]()
    '5'
    """

    def changed(made: Callable[[], Any]) -> Any:
        return change(made())

    return {name: partial(changed, made) for name, made in slips.items()}


def looked_up(
    name: str,
    function: Callable[[float], Any],
    solve: Callable[[Pen], None],
    lines: str,
    slips: str = "",
    also: Mapping[str, Callable[[float], Any]] | None = None,
) -> Grid:
    """A table of a function at all that a solution asks it for, rightly or with one of these slips.

    ``lines`` is what the names of the lines begin with whose values are looked up; ``also`` are functions
    that have a column of their own.
    """
    columns = {name: function, **(also or {})}
    found = set()
    for mistakes in ((), *((one,) for one in slips.split())):
        pen = Pen(mistakes)
        solve(pen)
        starts = tuple(lines.split())
        found |= {round(float(line.value), LOOKED_UP) for line in pen.lines if line.name.startswith(starts)}
    rows = tuple((_fixed(x), *(_fixed(float(one(x))) for one in columns.values())) for x in sorted(found))
    return Grid("", rows, ("x", *(f"{one}(x)" for one in columns)))


def _fixed(value: float) -> str:
    return f"{value:.{LOOKED_UP}f}".replace("-", MINUS)
