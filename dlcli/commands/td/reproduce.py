"""``dlcli td --reproduce``: a figure of the textbook computed anew, ours beside what is printed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from dlcli.commands.kinds.world import WORLDS, worlds
from dlcli.runner.environment import Environment
from dlcli.runner.inputs import Block
from dlcli.runner.result import Result, Run
from dlcli.tensor import Axis, Tensor
from dlcli.wire.limits import Limits
from dlcli.worlds.gym import SteppedWorld
from dlcli.worlds.textbook import ALIASES, FIGURES, Check, Figure
from dlcli.worlds.world import World

ALL = "all"
NAMES = (*FIGURES, *ALIASES, ALL)

#: Name -> what it is.
TABLE = {name: f"{figure.title} ({figure.where})" for name, figure in FIGURES.items()} | {
    ALL: "Each of them, one after the other."
}

COLUMNS = ("ours", "book", "tolerance", "passed")


@dataclass(frozen=True, eq=False)
class Reproduction:
    """What the view is told: the figure, and every comparison."""

    figure: Figure
    checks: tuple[Check, ...]
    seed: int

    @property
    def failed(self) -> int:
        """Comparisons that did not hold."""
        return sum(not check.passed for check in self.checks)


def worlds_or_figures(
    word: str, environment: Environment, limits: Limits, block: Block | None = None
) -> Iterator[World | SteppedWorld | Figure]:
    """As ``worlds``; the names of figures stand for these, ``all`` for each of them."""
    if word in NAMES:
        yield from (FIGURES.values() if word == ALL else (FIGURES[ALIASES.get(word, word)],))
    else:
        yield from worlds(word, environment, limits, block)


#: Worlds, or figures of the textbook behind ``--reproduce``.
READING = replace(WORLDS, items=worlds_or_figures, option="reproduce")


def reproduced(figure: Figure, run: Run) -> Result:
    """A figure computed anew; where it does not hold, the result says so."""
    work = Reproduction(figure, tuple(figure.compute(run.generator())), run.seed)
    verdict = ""
    if work.failed:
        verdict = f"{figure.name}: {work.failed} of {len(work.checks)} comparisons with the book failed"
    return Result({"values": lambda: _tensor(work)}, work, view="story_reproduce", verdict=verdict)


def _tensor(work: Reproduction) -> Tensor:
    """A row for each number: ours, the book's, the tolerance, and whether it holds."""
    rows, labels = [], []
    for check in work.checks:
        grid = check.ours.size > 1
        for place in np.ndindex(check.ours.shape):
            ours, book = float(check.ours[place]), float(check.book[place])
            rows.append((ours, book, check.tolerance, float(abs(ours - book) <= check.tolerance)))
            labels.append(f"{check.label} {','.join(map(str, place))}" if grid else check.label)
    axes = (Axis("number", tuple(labels)), Axis("column", COLUMNS))
    return Tensor(np.array(rows), axes, work.figure.name, {"source": work.figure.name, "seed": work.seed})
