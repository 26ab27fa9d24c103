"""Worlds from texts and tensors, and tensors from worlds."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from dlcli.errors import BadData
from dlcli.tensor import Array, Attr, Axis, Tensor, named, names_of
from dlcli.worlds.table import HEADER, is_table, read_table
from dlcli.worlds.toml_grid import read_grid
from dlcli.worlds.world import World, transitions_of, waiting, waiting_words

#: The columns of a tensor of transitions: what ``mdp`` emits, and what can be read again.
COLUMNS = ("state", "action", "next", "probability", "reward", "start")

#: The line of a drawing in TOML.
GRID = re.compile(r"^\s*grid\s*=", re.MULTILINE)

MOST = 10_000_000  # states


def read_world(text: str) -> World:
    """The world in a text: a table when its header says so, otherwise a grid in TOML.

    >>> read_world('grid = "S.G"').states
    ('0,0', '0,1', '0,2')

    Raises ``BadData`` as the two formats do.
    """
    if is_table(text):
        return read_table(text)
    if "=" not in text:
        raise BadData(f"a world is a table with the header {HEADER}, or TOML with a grid")
    return read_grid(text)


def looks_like_world(text: str) -> bool:
    """Whether a text is meant as a world: a table of outcomes, or TOML with a grid.

    >>> looks_like_world('grid = "S.G"'), looks_like_world("state,next,reward"), looks_like_world("1 2; 3 4")
    (True, True, False)
    """
    return is_table(text) or GRID.search(text) is not None


def world_tensor(world: World) -> Tensor:
    """Each outcome a row of (state, action, next, probability, reward, start), by their numbers.

    Their names are attributes (``numbers_named``); ``start`` is how likely episodes begin in the state of
    the row.

    >>> from dlcli.worlds.builtin import random_walk
    >>> world_tensor(random_walk(1)).data
    array([[1., 0., 0., 1., 0., 1.],
           [1., 1., 2., 1., 1., 1.]])
    """
    moves = world.transitions
    columns = [getattr(moves, name) for name in COLUMNS[:-1]] + [moves.start[moves.state]]
    attrs = {**world.attrs, "gamma": world.gamma, **numbers_named(world.states, world.actions)}
    axes = (Axis("outcome"), Axis("column", COLUMNS))
    return Tensor(np.stack(columns, axis=1).astype(np.float64), axes, "transitions", attrs)


def numbers_named(states: Sequence[str], actions: Sequence[str]) -> dict[str, Attr]:
    """The attributes with which a table of the columns state, next and action shows names for its numbers.

    >>> numbers_named(("rain", "sun"), ("go",))
    {'names of action': 'go', 'names of state, next': 'rain\\tsun'}
    """
    return named(("action",), actions) | named(("state", "next"), states)


def tensor_world(tensor: Tensor) -> World:
    """The world whose outcomes are the rows of a tensor, as ``world_tensor`` makes it.

    Raises ``BadData`` when the tensor is none of transitions, and as ``Transitions.of`` does.
    """
    labels = tensor.axes[1].labels if tensor.data.ndim == 2 else None
    wanted = COLUMNS[:-1]
    if labels is None or not set(wanted) <= set(labels) or not len(tensor.data):
        raise BadData(
            f"a world is a matrix with the columns {', '.join(wanted)}; received {tensor.describe()}"
        )
    columns = {name: tensor.data[:, labels.index(name)] for name in COLUMNS if name in labels}
    state, action, landing = (_whole(name, columns[name]) for name in wanted[:3])
    called = names_of(tensor)
    states, actions = (
        _names(called.get(column, ()), int(max(found.max() for found in of)) + 1)
        for column, of in (("state", (state, landing)), ("action", (action,)))
    )
    start: Array | None = None
    if columns.get("start", np.zeros(1)).any():
        start = np.zeros(len(states))
        start[state] = columns["start"]
    ends = waiting(state, landing, columns["probability"], columns["reward"])
    going = ~np.isin(state, ends)
    notes = (waiting_words([states[s] for s in ends.tolist()]),) if ends.size else ()
    outcomes = [of[going] for of in (state, action, landing, columns["probability"], columns["reward"])]
    moves = transitions_of(outcomes, states, actions, start)
    gamma = tensor.attrs.get("gamma")
    gamma = float(gamma) if isinstance(gamma, float | int) else 1.0
    known = {key: value for key, value in tensor.attrs.items() if key in ("source", "command")}
    return World(tensor.name, states, actions, moves, gamma, attrs=known, notes=notes)


def _whole(name: str, column: Array) -> Array:
    """Numbers of states or actions."""
    if not (np.isfinite(column).all() and (column >= 0).all() and (column == np.floor(column)).all()):
        raise BadData(f"the column {name} of a world expects whole numbers from 0")
    if column.max() >= MOST:
        raise BadData(f"the column {name} of a world expects numbers below {MOST}; received {column.max():g}")
    return column.astype(np.intp)


def _names(names: tuple[str, ...], count: int) -> tuple[str, ...]:
    """The names, or numbers where there are none or too few."""
    return names if len(names) >= count and len(set(names)) == len(names) else tuple(map(str, range(count)))
