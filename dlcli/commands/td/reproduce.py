"""``dlcli td --reproduce``: the figures of the textbook by their names, as inputs and as results."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dlcli.commands.kinds.decisions.world import WORLDS, worlds
from dlcli.commands.td.record import Reproduction
from dlcli.runner.environment import Environment
from dlcli.runner.inputs import Block
from dlcli.runner.result import Result, Run
from dlcli.wire.stream import Limits
from dlcli.worlds.gym import SteppedWorld
from dlcli.worlds.gym_box import BoxWorld
from dlcli.worlds.textbook import ALIASES, ALL, FIGURES, NAMES, Figure
from dlcli.worlds.world import World

#: Name -> what it is.
TABLE = {name: f"{figure.title} ({figure.where})" for name, figure in FIGURES.items()} | {
    ALL: "Each of them, one after the other."
}


def worlds_or_figures(
    word: str, environment: Environment, limits: Limits, block: Block | None = None
) -> Iterator[World | SteppedWorld | BoxWorld | Figure]:
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
    return Result({"values": lambda: work.tensor}, work, view="story_reproduce", verdict=verdict)
