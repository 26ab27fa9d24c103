"""Which ends of a world are reached, as data: what mdp computes and what td saw or learnt."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from dlcli.engines.decisions.ends import Ends, goals
from dlcli.tensor import Array, Attr, Axis, Tensor
from dlcli.worlds.world import World

#: What --emit ends gives.
EMITTED = (
    "Each terminal state, and no end: how likely it is reached from the start, after how many steps, with "
    "what sum of rewards, none discounted; where no end is, what a step pays on average (end, column). Of "
    "episodes that were lived through not no end, but those that were cut."
)

COLUMNS = ("probability", "steps", "rewards", "a step")
NO_END, CUT = "no end", "cut"

#: What an end is called that is meant to be reached.
CALLED = re.compile(r"\b(goal|finish|target|exit)\b", re.IGNORECASE)


def ends_array(ends: Ends) -> Array:
    """A row for each end and one for none (E+1, 4): probability, steps, rewards, what a step pays.

    Of episodes that were lived through the last row is of those that were cut.
    """
    rows = np.stack([ends.chance, ends.steps, ends.reward, np.full(len(ends.state), np.nan)], axis=1)
    if ends.seen:
        return np.vstack([rows, [ends.cut, ends.cut_steps, ends.cut_reward, np.nan]])
    return np.vstack([rows, [ends.never, np.inf if ends.never else np.nan, np.nan, ends.pace]])


def ends_axes(world: World, ends: Ends) -> tuple[Axis, Axis]:
    """The names of these rows and columns."""
    names = tuple(world.states[s] for s in ends.state.tolist())
    return Axis("end", (*names, CUT if ends.seen else NO_END)), Axis("column", COLUMNS)


def ends_tensor(world: World, ends: Ends, attrs: Mapping[str, Attr]) -> Tensor:
    """The ends of one policy."""
    return Tensor(ends_array(ends), ends_axes(world, ends), "ends", attrs)


def end_name(world: World, state: int) -> str:
    """A state with what its drawing calls it.

    >>> from dlcli.worlds.builtin import builtin
    >>> end_name(builtin("frozen-lake"), 15), end_name(builtin("random-walk"), 0)
    ('3,3 (goal: 1)', 'left end')
    """
    name, layout = world.states[state], world.layout
    if layout is None:
        return name
    row, column = layout.places[state].tolist()
    called = layout.names.get(layout.marks.get((row, column), ""), "")
    return f"{name} ({called})" if called else name


def goals_of(world: World) -> list[int]:
    """The ends that are meant to be reached: those that pay who enters them, and those called a goal.

    >>> from dlcli.worlds.builtin import builtin
    >>> goals_of(builtin("random-walk")), goals_of(builtin("cliff"))
    ([6], [37])
    """
    ends = np.flatnonzero(world.transitions.terminal).tolist()
    named = [end for end in ends if CALLED.search(end_name(world, end))]
    return [int(end) for end in goals(world.transitions, named)]
