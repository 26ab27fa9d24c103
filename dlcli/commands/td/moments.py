"""A picture of learning: the world as it is known at that moment, and the agent in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.td.protocol import Moment
from dlcli.views.tables.table import Table
from dlcli.views.text.text import clip, plain
from dlcli.views.worlds.world_map import drawing
from dlcli.words.number import Numbers

if TYPE_CHECKING:
    from dlcli.worlds.world import World

PICTURES = 120  # of a run that is watched
DIGITS = 3
AGENT = "●"
STATES = 16  # in a list of them; of more, the first
NAME = 20


def frames_of(world: World, moments: Iterator[Moment], precision: int) -> Iterator[RenderableType]:
    """A picture of each moment: the values, the best actions, and where the agent is."""
    for moment in moments:
        yield moment_view(world, moment, min(precision, DIGITS))


def moment_view(world: World, moment: Moment, precision: int) -> RenderableType:
    """What is told of the moment above the world's drawing, or a list of its states."""
    title = plain(moment.title)
    layout, state = world.layout, moment.state
    if layout is None:
        return Group(title, _listing(world, moment, precision))
    if state is not None:
        row, column = layout.places[state].tolist()
        world = replace(world, layout=replace(layout, marks={**layout.marks, (row, column): AGENT}))
    grid = drawing(world, moment.values, moment.best, precision)
    return Group(title, grid if grid is not None else Text(""))


def _listing(world: World, moment: Moment, precision: int) -> RenderableType:
    inner = np.arange(min(len(world.states), STATES))
    texts = Numbers(moment.values[inner], precision).texts.tolist()
    rows = [
        [AGENT if s == moment.state else " ", clip(world.states[s], NAME), text]
        for s, text in zip(inner.tolist(), texts, strict=True)
    ]
    return Table(["", "state", "V(s)"], rows, right=[2])
