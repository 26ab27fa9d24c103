"""A world: states and actions with names, what can happen, and perhaps a drawing of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from dlcli.engines.base.checks import EngineError
from dlcli.engines.decisions.transitions import Transitions
from dlcli.errors import BadData, printable
from dlcli.tensor import Array, Attr


@dataclass(frozen=True, eq=False)
class Layout:
    """Where the states of a world stand in a drawing of rows and columns.

    ``places`` (S, 2) holds the row and column of each state, ``walls`` (rows, columns) what nobody enters;
    ``marks`` are letters in cells, ``names`` what the letters mean; ``arrows`` has one sign for each action.

    >>> Layout(np.array([[0, 0], [0, 2]]), np.array([[False, True, False]]), "←→").grid(np.array([5.0, 7.0]))
    array([[ 5., nan,  7.]])
    """

    places: Array
    walls: Array
    arrows: str
    marks: Mapping[tuple[int, int], str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    def grid(self, values: Array) -> Array:
        """What belongs to the states (S, …), by row and column; nan, or False, where there is no state."""
        empty = False if values.dtype.kind == "b" else np.nan
        drawn = np.full((*self.walls.shape, *values.shape[1:]), empty, values.dtype)
        drawn[self.places[:, 0], self.places[:, 1]] = values
        return drawn


def transitions_of(
    columns: Iterable[Any], states: Sequence[str], actions: Sequence[str], start: Array | None = None
) -> Transitions:
    """The transitions of outcomes, columns (K,) of state, action, next, probability and reward.

    Raises ``BadData``, with the names of state and action, for what ``Transitions.of`` refuses.
    """
    try:
        return Transitions.of(
            *columns,
            n_states=len(states),
            n_actions=len(actions),
            start=start,
            states=states,
            actions=actions,
        )
    except EngineError as error:
        raise BadData(printable(str(error))) from None


@dataclass(frozen=True, eq=False)
class World:
    """A Markov decision process with names.

    ``states`` (S) and ``actions`` (A) name what ``transitions`` counts; ``gamma`` is the discount that the
    world is usually looked at with; ``attrs["source"]`` is where it was read, as in a tensor. ``notes`` say
    what was made of a text that may have meant something else.
    """

    name: str
    states: tuple[str, ...]
    actions: tuple[str, ...]
    transitions: Transitions
    gamma: float = 1.0
    layout: Layout | None = None
    attrs: Mapping[str, Attr] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def with_attrs(self, **attrs: Attr) -> World:
        """The same world with further attributes."""
        return replace(self, attrs={**self.attrs, **attrs})
