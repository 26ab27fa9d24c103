"""What the topics of sequences and decisions share: slips by their names, and tables to look values up in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

from dlcli.engines.base.slips import SLIPS
from dlcli.teaching.drawing import MOST
from dlcli.teaching.task import Grid, Pen, Task
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
    name: str, function: Callable[[float], Any], solve: Callable[[Pen], None], lines: str, slips: str = ""
) -> Grid:
    """A table of a function at all that a solution asks it for, rightly or with one of these slips.

    ``lines`` is what the names of the lines begin with whose values are looked up.
    """
    found = set()
    for mistakes in ((), *((one,) for one in slips.split())):
        pen = Pen(mistakes)
        solve(pen)
        starts = tuple(lines.split())
        found |= {round(float(line.value), LOOKED_UP) for line in pen.lines if line.name.startswith(starts)}
    rows = tuple((_fixed(x), _fixed(float(function(x)))) for x in sorted(found))
    return Grid("", rows, ("x", f"{name}(x)"))


def unmistakable(make: Callable[[], Task]) -> Task:
    """A task, drawn again while a slip that is to be told apart answers what may be meant otherwise.

    That is the key with fewer digits, or what a convention answers.

    Raises ``RuntimeError`` where no draw will do.
    """
    for _ in range(MOST):
        task = make()
        others = [task.answers((name,)) for name in task.slips if SLIPS[name].convention]
        wrong = {name: task.answers((name,)) for name in task.targets}
        taken = [made for name, made in wrong.items() if made in others and not SLIPS[name].convention]
        if not taken and not any(_shorter(task, made) for made in wrong.values() if made):
            return task
    raise RuntimeError(f"{MOST} draws, and each has a slip that may be meant otherwise")


def _shorter(task: Task, made: Sequence[Any]) -> bool:
    return any(
        isinstance(said, int | Fraction) and said and said != right and _rounded(right, said)
        for said, right in zip(made, task.key, strict=True)
        if not isinstance(right, str | tuple)
    )


def _rounded(right: Any, said: Fraction | int) -> bool:
    """Whether a decimal is a number rounded to the decimals that it has."""
    places = next((one for one in range(1, LOOKED_UP + 1) if (said * 10**one) == int(said * 10**one)), 0)
    return bool(places) and abs(float(said) - float(right)) <= 0.5 * 10**-places * (1 + 1e-9)


def _fixed(value: float) -> str:
    return f"{value:.{LOOKED_UP}f}".replace("-", MINUS)
