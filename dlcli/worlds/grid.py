"""Grid worlds drawn with letters: walls, ends, rewards, jumps, wind, slippery floor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from dlcli.errors import BadData, printable
from dlcli.tensor import Array
from dlcli.worlds.world import Layout, World, transitions_of

#: Action -> (rows down, columns to the right, sign); each next to those it may slip into.
CROSS = {"up": (-1, 0, "↑"), "right": (0, 1, "→"), "down": (1, 0, "↓"), "left": (0, -1, "←")}
KING = {
    "up": (-1, 0, "↑"), "up-right": (-1, 1, "↗"), "right": (0, 1, "→"), "down-right": (1, 1, "↘"),
    "down": (1, 0, "↓"), "down-left": (1, -1, "↙"), "left": (0, -1, "←"), "up-left": (-1, -1, "↖"),
}  # fmt: skip
MOVES = {"cross": CROSS, "king": KING}

MOST = 1_000_000  # cells of a drawing


@dataclass(frozen=True)
class Letter:
    """What a letter of the drawing stands for.

    ``reward`` is paid for entering such a cell, instead of the step's; ``end`` ends the episode there.
    Who enters one with ``to`` finds himself on the cell of that letter; from one with ``jump`` every action
    leads to the cell of that letter and pays ``reward``. ``label`` says it in words.
    """

    wall: bool = False
    start: bool = False
    end: bool = False
    reward: float | None = None
    to: str | None = None
    jump: str | None = None
    label: str = ""


#: What letters stand for without a legend.
LETTERS = {
    "#": Letter(wall=True),
    ".": Letter(),
    "S": Letter(start=True, label="start"),
    "G": Letter(end=True, label="goal"),
}


@dataclass(frozen=True)
class Drawing:
    """A grid and the rules on it.

    Every move pays ``step_reward``, one that stays on the spot because of a wall or the edge
    ``bump_reward`` (the same unless given). With probability ``slip`` a move goes to one side of where it
    was meant to go, half as often to either. ``wind`` carries so many cells up, by the column that is left.
    """

    rows: tuple[str, ...]
    legend: Mapping[str, Letter]
    name: str = "grid"
    step_reward: float = 0.0
    bump_reward: float | None = None
    slip: float = 0.0
    wind: tuple[int, ...] = ()
    moves: str = "cross"
    gamma: float = 1.0


def grid_world(drawing: Drawing) -> World:
    """The world of a drawing; its states are called ``row,column``, from the top left on.

    Without a start every cell in which an episode does not end is one, all equally likely. Raises
    ``BadData`` for lines of different length, letters without a meaning, jumps to nowhere, and a start in
    which the episode has ended.

    >>> world = grid_world(Drawing(("S.G",), {}, step_reward=-1))
    >>> world.states, world.transitions.terminal
    (('0,0', '0,1', '0,2'), array([False, False,  True]))
    >>> right = world.actions.index("right")
    >>> world.transitions.next[world.transitions.action == right]
    array([1, 2])
    """
    cells = _cells(drawing)
    letters = {letter: _meaning(letter, drawing.legend) for letter in sorted(set(cells.ravel().tolist()))}
    is_state = np.isin(cells, [x for x, kind in letters.items() if not kind.wall and kind.to is None])
    number = np.where(is_state, is_state.cumsum().reshape(cells.shape) - 1, -1)
    places = np.argwhere(is_state)
    start = _start(cells[is_state], letters)
    moves = MOVES[drawing.moves]
    names = tuple(f"{row},{column}" for row, column in places.tolist())
    outcomes = _merged(np.concatenate([*_outcomes(drawing, cells, letters, number, places)]))
    transitions = transitions_of(outcomes.T, names, tuple(moves), start)
    walls = _being("wall", cells, letters)
    named = {letter: kind.label for letter, kind in letters.items() if kind.label}
    targets = {target for kind in letters.values() for target in (kind.to, kind.jump)}
    marked = [letter for letter, kind in letters.items() if kind.label or kind.start or letter in targets]
    marks = {
        (row, column): str(cells[row, column]) for row, column in np.argwhere(np.isin(cells, marked)).tolist()
    }
    arrows = "".join(sign for _, _, sign in moves.values())
    layout = Layout(places, walls, arrows, marks, named)
    return World(drawing.name, names, tuple(moves), transitions, drawing.gamma, layout)


def _cells(drawing: Drawing) -> Array:
    """The letters (rows, columns)."""
    if not drawing.rows or not drawing.rows[0]:
        raise BadData("a grid without a cell; draw one letter for each, such as 'S..G'")
    width = len(drawing.rows[0])
    for i, row in enumerate(drawing.rows):
        if len(row) != width:
            raise BadData(f"line {i + 1} of the grid has {len(row)} cells; the first has {width}")
    if width * len(drawing.rows) > MOST:
        raise BadData(f"a grid has at most {MOST} cells; received {len(drawing.rows)} × {width}")
    if drawing.wind and len(drawing.wind) != width:
        raise BadData(f"wind expects a number for each of {width} columns; received {len(drawing.wind)}")
    return np.array([list(row.replace(" ", ".")) for row in drawing.rows])


def _meaning(letter: str, legend: Mapping[str, Letter]) -> Letter:
    known = {**LETTERS, **legend}
    if letter not in known:
        raise BadData(
            printable(f"the grid has a letter {letter!r} that the legend does not know; it knows "
                      f"{', '.join(known)}")
        )  # fmt: skip
    return known[letter]


def _being(what: str, cells: Array, letters: Mapping[str, Letter]) -> Array:
    """The cells whose letter is a wall, a start or an end, in the shape of ``cells``."""
    return np.isin(cells, [letter for letter, one in letters.items() if getattr(one, what)])


def _target(letter: str, cells: Array, number: Array) -> int:
    """The only state with this letter."""
    found = number[cells == letter]
    if len(found) != 1 or found[0] < 0:
        what = "a wall or leads elsewhere" if len(found) == 1 else f"there {len(found)} times"
        raise BadData(printable(f"a jump to {letter!r} needs one such cell in the grid; it is {what}"))
    return int(found[0])


def _outcomes(
    drawing: Drawing, cells: Array, letters: Mapping[str, Letter], number: Array, places: Array
) -> Iterator[Array]:
    """Outcomes as arrays of (state, action, next, probability, reward); equal ones may stand there twice."""
    moves = MOVES[drawing.moves]
    kind = [letters[letter] for letter in cells[places[:, 0], places[:, 1]]]
    ends = np.array([one.end for one in kind])
    jumps = np.array([one.jump is not None for one in kind])
    landing, reward = _landings(drawing, cells, letters, number, places)
    walking = np.flatnonzero(~ends & ~jumps)
    turn = 1 if drawing.moves == "cross" else 2  # a quarter of a turn, in places of the list of moves
    meant = [(0, 1 - drawing.slip), (-turn, drawing.slip / 2), (turn, drawing.slip / 2)]
    for action in range(len(moves)):
        for side, chance in meant:
            if chance:
                goes = (action + side) % len(moves)
                yield _rows(walking, action, landing[walking, goes], chance, reward[walking, goes])
        for state in np.flatnonzero(jumps & ~ends):
            there = _target(str(kind[state].jump), cells, number)
            pays = drawing.step_reward if kind[state].reward is None else kind[state].reward
            yield _rows(np.array([state]), action, np.array([there]), 1.0, np.array([pays]))


def _landings(
    drawing: Drawing, cells: Array, letters: Mapping[str, Letter], number: Array, places: Array
) -> tuple[Array, Array]:
    """Where each move ends when it does not slip, and what that pays, (S, moves) both."""
    (height, width), moves = cells.shape, MOVES[drawing.moves].values()
    walls = _being("wall", cells, letters)
    wind = np.asarray(drawing.wind or (0,) * width)
    bump = drawing.step_reward if drawing.bump_reward is None else drawing.bump_reward
    lands, pays = np.full((height, width), -1), np.full((height, width), drawing.step_reward)
    lands[number >= 0] = number[number >= 0]
    for letter, one in letters.items():
        if one.to is not None:
            lands[cells == letter] = _target(one.to, cells, number)
        if one.reward is not None and one.jump is None:
            pays[cells == letter] = one.reward
    landing = np.empty((len(places), len(moves)), np.intp)
    reward = np.empty(landing.shape)
    for i, (down, aside, _) in enumerate(moves):
        row, column = _moved(places[:, 0], places[:, 1], down, aside, wind, walls)
        stays = (row == places[:, 0]) & (column == places[:, 1])
        landing[:, i] = lands[row, column]
        reward[:, i] = np.where(stays, bump, pays[row, column])
    return landing, reward


def _moved(
    row: Array, column: Array, down: int, aside: int, wind: Array, walls: Array
) -> tuple[Array, Array]:
    """The cells after a move; in wind the move aside comes first, then what the wind leaves of the other."""
    blows = wind[column]
    windy = blows > 0
    row, column = _stepped(row, column, np.where(windy, 0, down), np.full(len(row), aside), walls)
    net = np.where(windy, down - blows, 0)
    for i in range(int(np.abs(net).max(initial=0))):
        row, column = _stepped(row, column, np.where(np.abs(net) > i, np.sign(net), 0), 0 * net, walls)
    return row, column


def _stepped(row: Array, column: Array, down: Array, aside: Array, walls: Array) -> tuple[Array, Array]:
    """The cells one step on; who would leave the grid or enter a wall stays."""
    height, width = walls.shape
    to_row, to_column = np.clip(row + down, 0, height - 1), np.clip(column + aside, 0, width - 1)
    free = (to_row == row + down) & (to_column == column + aside) & ~walls[to_row, to_column]
    return np.where(free, to_row, row), np.where(free, to_column, column)


def _rows(state: Array, action: int, landing: Array, chance: float, reward: Array) -> Array:
    """Outcomes as rows of (state, action, next, probability, reward)."""
    columns = (state, np.full(len(state), action), landing, np.full(len(state), chance), reward)
    return np.stack([column.astype(np.float64) for column in columns], axis=1)


def _merged(outcomes: Array) -> Array:
    """The same with the probabilities of equal outcomes added up."""
    order = np.lexsort(outcomes[:, [4, 2, 1, 0]].T)
    rows = outcomes[order]
    new = np.ones(len(rows), bool)
    new[1:] = (rows[1:, [0, 1, 2, 4]] != rows[:-1, [0, 1, 2, 4]]).any(axis=1)
    first = np.flatnonzero(new)
    merged: Array = rows[first]
    if len(rows):
        merged[:, 3] = np.add.reduceat(rows[:, 3], first)
    return merged


def _start(letters_of: Array, letters: Mapping[str, Letter]) -> Array:
    """How likely an episode begins in each state."""
    over = _being("end", letters_of, letters)
    if over.all():
        raise BadData("in every cell of the grid the episode has ended: there is nowhere to start")
    for letter, one in letters.items():
        if one.start and one.end:
            raise BadData(
                printable(f"{letter!r} is both a start and an end: no episode can begin where it ends; "
                          "leave out one of the two")
            )  # fmt: skip
    starts = _being("start", letters_of, letters)
    if not starts.any():
        starts = ~over
    return starts / starts.sum()
