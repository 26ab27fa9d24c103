"""A world: states and actions with names, what can happen, and perhaps a drawing of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from dlcli.engines.base.checks import EngineError
from dlcli.engines.decisions.graph import steps_to
from dlcli.engines.decisions.transitions import Transitions
from dlcli.errors import BadData, printable
from dlcli.tensor import Array, Attr, Axis

NAMED = 5  # states that a sentence lists


@dataclass(frozen=True, eq=False)
class Numbers:
    """What the rows and columns of a layout count, and what its actions are called in a small cell.

    ``rows`` and ``columns`` are axes with labels or numbers. Where there is a name in ``parts``, the rows of
    the layout are several maps one below the other, with the same axes, under these names. ``signs`` (A) has
    a short word for each action, ``meaning`` what the signs stand for; where an action is an ``amount`` (A,)
    it can be drawn as a line.
    """

    rows: Axis
    columns: Axis
    signs: tuple[str, ...]
    meaning: str
    parts: tuple[str, ...] = ()
    amounts: Array | None = None


@dataclass(frozen=True, eq=False)
class Layout:
    """Where the states of a world stand in a drawing of rows and columns.

    ``places`` (S, 2) holds the row and column of each state, ``walls`` (rows, columns) what nobody enters;
    ``marks`` are letters in cells, ``names`` what the letters mean; ``arrows`` has one sign for each action.
    Where rows and columns are no places on the ground, ``numbers`` says what they count. A state with a place
    below 0 is not drawn.

    >>> Layout(np.array([[0, 0], [0, 2]]), np.array([[False, True, False]]), "←→").grid(np.array([5.0, 7.0]))
    array([[ 5., nan,  7.]])
    """

    places: Array
    walls: Array
    arrows: str
    marks: Mapping[tuple[int, int], str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    numbers: Numbers | None = None

    def grid(self, values: Array) -> Array:
        """What belongs to the states (S, …), by row and column; nan, or False, where there is no state."""
        values = values.astype(np.float64) if values.dtype.kind in "iu" else values
        empty = False if values.dtype.kind == "b" else np.nan
        drawn = np.full((*self.walls.shape, *values.shape[1:]), empty, values.dtype)
        seen = self.places[:, 0] >= 0
        drawn[self.places[seen, 0], self.places[seen, 1]] = values[seen]
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


def waiting(state: Array, next: Array, probability: Array, reward: Array) -> Array:
    """The states in which all that can be done is to stay for nothing: they are ends, written as a loop.

    None where that is so of every state from which an outcome leads.

    >>> waiting(np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([0.5, 0.5, 1]), np.array([1, 1, 0]))
    array([1])
    """
    goes = (state != next) | (reward != 0)
    found = np.setdiff1d(state, state[goes & (probability > 0)])
    return found if found.size < np.unique(state).size else found[:0]


def waiting_words(names: Sequence[str]) -> str:
    """What is said of such states.

    >>> waiting_words(["T", "U"])
    'T, U only stay where they are for nothing: taken for ends'
    """
    if len(names) == 1:
        return f"{names[0]} only stays where it is for nothing: taken for an end"
    listed = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
    return f"{listed} only stay where they are for nothing: taken for ends"


@dataclass(frozen=True, eq=False)
class World:
    """A Markov decision process with names.

    ``states`` (S) and ``actions`` (A) name what ``transitions`` counts; ``gamma`` is the discount that the
    world is usually looked at with; ``attrs["source"]`` is where it was read, as in a tensor. ``notes`` say
    what was made of a text that may have meant something else; ``max_steps`` are those after which an episode
    that is lived through is called off, and ``time_limit`` those after which whoever made the world calls it
    off, which its transitions do not say.
    """

    name: str
    states: tuple[str, ...]
    actions: tuple[str, ...]
    transitions: Transitions
    gamma: float = 1.0
    layout: Layout | None = None
    attrs: Mapping[str, Attr] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    max_steps: int | None = None
    time_limit: int | None = None

    @property
    def reachable(self) -> Array:
        """Whether episodes may come to each state (S,).

        >>> from dlcli.worlds.builtin import builtin
        >>> windy = builtin("windy")
        >>> windy.states[int(np.flatnonzero(~windy.reachable)[0])]
        '4,6'
        """
        moves = self.transitions
        found: Array = steps_to(moves.start > 0, moves.next, moves.state) >= 0
        return found

    @property
    def title(self) -> str:
        """What it is called: the file, the sample or the word that it was read from, or else its name."""
        source = str(self.attrs.get("source", self.name))
        return f"{self.name} from standard input" if source == "-" else source

    def with_attrs(self, **attrs: Attr) -> World:
        """The same world with further attributes."""
        return replace(self, attrs={**self.attrs, **attrs})
