"""A world on the screen: its drawing with values and arrows, or a list of its states."""

from __future__ import annotations

import numpy as np
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.text import Text

from dlcli.tensor import Array, Axis, Tensor
from dlcli.views.charts.chart import LineChart
from dlcli.views.charts.heat_map import HeatMap
from dlcli.views.look import look
from dlcli.views.page.cells import NO_CELLS, Placed, listed
from dlcli.views.page.figures import Figure
from dlcli.views.pictures.tone import finite_range
from dlcli.views.shelf import Shelf
from dlcli.views.tables.matrix import Matrix
from dlcli.views.tables.table import with_rest
from dlcli.views.text.text import clip, plain
from dlcli.views.worlds.grid_world import GridWorld
from dlcli.views.worlds.outcomes import Outcomes
from dlcli.views.worlds.sign_map import SignMap
from dlcli.views.worlds.state_list import StateList
from dlcli.views.worlds.world_squares import WorldSquares
from dlcli.words.number import counted, number, rounded
from dlcli.worlds.bandit import Bandit
from dlcli.worlds.world import Layout, Numbers, World

ROWS, COLUMNS = 16, 24  # of a drawing whose cells are shown one by one; a larger one is a heat map
UNKNOWN = "·"  # in a map of values, where there is none; in a drawing, where nobody comes
FEW, DIGITS = 12, 3  # rows and columns of a map whose values are written, and their digits
STATES = 12  # listed; of more the first
LISTED = 16  # outcomes listed
CHART = 8  # rows of a line
NAME = 24


def facts(world: World) -> str:
    """How many states, actions and outcomes there are, and where episodes begin and end.

    A single start is named, and so are up to three ends.
    """
    moves = world.transitions
    ends = np.flatnonzero(moves.terminal)
    starts = np.flatnonzero(moves.start)
    begin = f"start {clip(world.states[starts[0]], NAME)}" if len(starts) == 1 else f"{len(starts)} starts"
    if len(starts) > 1 and len(starts) == moves.n_states - len(ends):
        begin = "starts anywhere"
    over = {0: "no end", 1: "1 end"}.get(len(ends), f"{len(ends)} ends")
    lost = int((~world.reachable).sum())
    begin += f", {lost} out of reach" if lost else ""
    return (
        f"{counted(moves.n_states, 'state')} ({over}, {begin}), {counted(moves.n_actions, 'action')}, "
        f"{counted(len(moves.state), 'outcome')}"
    )


def outcomes(world: World, precision: int) -> tuple[Text | None, RenderableType]:
    """What actions lead to: all of it in a small world, otherwise from the start alone; and which it is."""
    moves = world.transitions
    k = np.arange(len(moves.state))
    title = None
    if len(k) > LISTED:
        state = int(np.argmax(moves.start))
        k = np.arange(*moves.rows[state : state + 2])[:LISTED]
        left = len(moves.state) - len(k)
        title = Text(f"from {clip(world.states[state], NAME)}; {left} more: --emit transitions", style="dim")
    return title, Outcomes(
        [world.states[s] for s in moves.state[k]],
        [world.actions[a] for a in moves.action[k]],
        moves.probability[k],
        moves.reward[k],
        [world.states[s] for s in moves.next[k]],
        moves.terminal[moves.next[k]],
        precision=precision,
    )


def has_cells(world: World) -> bool:
    """Whether its drawing shows every cell, with arrows in it, and is no chart or heat map of the values.

    >>> from dlcli.worlds.builtin import builtin
    >>> has_cells(builtin("gridworld:4x4")), has_cells(builtin("gridworld:30x30"))
    (True, False)
    """
    layout = world.layout
    if layout is None or layout.numbers is not None:
        return False
    return layout.walls.shape[0] <= ROWS and layout.walls.shape[1] <= COLUMNS


def drawing(
    world: World,
    values: Array,
    arrows: Array | None,
    precision: int,
    limits: tuple[float, float] | None = None,
    of: str = "",
) -> RenderableType | None:
    """The world's own drawing with its values (S,) and arrows (S, A) of bool; None when it has none.

    ``of`` is the name of the tensor that holds the values.
    """
    layout = world.layout
    if layout is None:
        return None
    # What is worth nothing because episodes end there is not written.
    over = world.transitions.terminal & (values == 0)
    grid = layout.grid(np.where(over, np.nan, values.astype(np.float64)))
    if layout.numbers is not None:
        cells = _placed(layout, values, of)
        return numbered(layout, layout.numbers, grid, arrows, precision, limits, cells)
    if not has_cells(world):
        return chart(grid, precision)
    lost = layout.grid(~world.reachable).astype(bool) & ~layout.walls
    unseen = {(int(row), int(column)): UNKNOWN for row, column in np.argwhere(lost)}
    drawn = GridWorld(
        grid,
        arrows=None if arrows is None else layout.grid(arrows),
        directions=layout.arrows,
        walls=layout.walls,
        ends=layout.grid(world.transitions.terminal),
        marks={**unseen, **layout.marks},
        names={**layout.names, **({UNKNOWN: "out of reach"} if unseen else {})},
        limits=limits,
        cells=_placed(layout, values, of),
        precision=precision,
    )
    return Drawing(drawn, chart(grid, precision))


def _placed(layout: Layout, values: Array, of: str) -> Placed:
    """Which state of the tensor that holds the values (S,) stands where."""
    places = layout.grid(np.arange(len(values))).tolist()
    cells = [["" if np.isnan(place) or not of else str(int(place)) for place in row] for row in places]
    return Placed(of, np.array(cells, object))


def still(view: RenderableType | None) -> RenderableType | None:
    """A drawing of a world for pictures that follow each other: its cells keep their size."""
    return WorldSquares(view.cells, view) if isinstance(view, Drawing) else view


class Drawing:
    """Cells with their values, and where there is no room to write these a chart of them below."""

    def __init__(self, cells: GridWorld, chart: RenderableType) -> None:
        self.cells, self.chart = cells, chart

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self.cells
        if not self.cells.has_room(options.max_width):
            yield ""
            yield self.chart

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        if self.cells.has_room(options.max_width):
            return Measurement.get(console, options, self.cells)
        return Measurement(1, options.max_width)

    def figure(self) -> Figure:
        """The cells: a page has room for them."""
        return self.cells.figure()

    def blank(self) -> GridWorld:
        """The cells alone, nothing written into them."""
        return self.cells.blank()

    def markdown(self, width: int = 80) -> str:
        """The cells; a drawing in a fence has all the room it needs."""
        return self.cells.markdown(width)


def has_map(world: World) -> bool:
    """Whether its states are numbers, so that its best actions are a map or a line beside the values.

    >>> from dlcli.worlds.builtin import builtin
    >>> has_map(builtin("blackjack")), has_map(builtin("gridworld:4x4"))
    (True, False)
    """
    return world.layout is not None and world.layout.numbers is not None


def numbered(
    layout: Layout,
    numbers: Numbers,
    grid: Array,
    best: Array | None,
    precision: int,
    limits: tuple[float, float] | None = None,
    cells: Placed | None = None,
) -> RenderableType:
    """Values (rows, columns) of states that are numbers, and the first of the best actions (S, A) in each."""
    acts = None if best is None else np.where(best.any(axis=1), best.argmax(axis=1), -1)
    if len(grid) == 1:
        known = np.flatnonzero(np.isfinite(grid[0]))
        by = f"by {numbers.columns.name}"
        charts = [LineChart({"v": grid[0][known]}, known, y=f"v(s) {by}", height=CHART)]
        if acts is not None and numbers.amounts is not None:
            chosen = layout.grid(np.where(acts < 0, np.nan, numbers.amounts[acts]))[0]
            known = np.flatnonzero(np.isfinite(chosen))
            charts.append(LineChart({"a": chosen[known]}, known, y=f"{numbers.meaning} {by}", height=CHART))
        return Group(*charts)
    parts = numbers.parts or ("",)
    limits = limits or finite_range(grid)
    blocks: list[tuple[str, RenderableType]] = []
    cells = cells or Placed("", np.full(grid.shape, ""))
    placed = np.split(cells.cells, len(parts))
    for i, values in enumerate(np.split(grid, len(parts))):
        valued = _valued(numbers, values, precision, limits, Placed(cells.of, placed[i][::-1]))
        blocks.append((", ".join(filter(None, ("values", parts[i]))), valued))
    if acts is not None:
        signs = np.array(["", *numbers.signs])
        shares = np.linspace(-1, 1, len(numbers.signs))
        if numbers.amounts is not None:
            shares = numbers.amounts / (np.abs(numbers.amounts).max() or 1.0)
        shares = np.array([0.0, *shares])
        drawn = np.nan_to_num(layout.grid(acts + 1.0)).astype(np.intp)
        for i, which in enumerate(np.split(drawn, len(parts))):
            mapped = SignMap(signs[which], shares[which], numbers.rows, numbers.columns, numbers.meaning)
            blocks.append((", ".join(filter(None, ("best actions", parts[i]))), mapped))
    return Shelf(blocks)


def _valued(
    numbers: Numbers, values: Array, precision: int, limits: tuple[float, float], cells: Placed
) -> RenderableType:
    """The values of one map, their first row below: numbers where they are few, otherwise a heat map."""
    rows, columns = numbers.rows, numbers.columns
    if max(values.shape) > FEW:
        return HeatMap(
            values, rows, columns, origin="lower", limits=limits, height=2 * ROWS, precision=precision
        )
    upwards = tuple(rows.place(i) for i in reversed(range(len(values))))
    named = Axis(columns.name, tuple(columns.place(j) for j in range(values.shape[1])))
    largest = max(abs(limit) for limit in limits) or 1.0
    decimals = max(0, DIGITS - 1 - int(np.floor(np.log10(largest))))
    shown = rounded(values[::-1], decimals)
    matrix = Matrix(
        shown, rows=Axis(rows.name, upwards), columns=named, precision=precision, limits=limits, cells=cells
    )
    if matrix.texts.shape == shown.shape:  # nothing was left out
        unknown = np.isnan(shown)
        matrix.texts[unknown], matrix.filled[unknown] = UNKNOWN, False
    return matrix


def met(world: World, values: Array) -> Array:
    """What was learnt of states (S,): where these are numbers in a map, nan for those out of reach."""
    return np.where(world.reachable, values, np.nan) if has_map(world) else values


def chart(grid: Array, precision: int) -> RenderableType:
    """The values (rows, columns) as a heat map, those of a single row as a line."""
    if len(grid) == 1:
        known = np.flatnonzero(np.isfinite(grid[0]))
        return LineChart({"v": grid[0][known]}, known, y="v(s) by column", height=CHART)
    return look(Tensor(grid, (Axis("row"), Axis("column")), "values"), precision=precision, height=ROWS)


def listing(
    world: World, values: Array, q: Array, best: Array, precision: int, of: str = ""
) -> RenderableType:
    """States and their values, and what each action is worth there, the best ones first."""
    count = len(values) if len(values) <= STATES else STATES - 1
    reached = world.reachable
    actions: list[list[tuple[str, str]]] = []
    for s in range(count):
        worth = np.where(np.isnan(q[s]), -np.inf, q[s])  # in its order, a number that is none comes last
        there = ~np.isnan(q[s]) | world.transitions.allowed[s]
        order = sorted(np.flatnonzero(there).tolist(), key=lambda a: (not best[s, a], -worth[a], a))
        pairs = [
            (f"{'▸ ' if best[s, a] else ''}{world.actions[a]}", number(q[s, a], precision)) for a in order
        ]
        actions.append(pairs or [("■ end", "")])
        if not reached[s]:
            actions[-1].insert(0, ("out of reach:", ""))
    cells = listed(of, ([state] for state in range(count))) if of else NO_CELLS
    shown = StateList(
        world.states[:count], values[:count], actions, "v(s)", "q(s, a)", cells=cells, precision=precision
    )
    return with_rest(shown, len(values) - count, "states: --emit values -f csv")


def drawn_or_listed(
    world: World, values: Array, q: Array, best: Array, precision: int, of: str = ""
) -> RenderableType:
    """The world's drawing with the best actions (S, A) of bool as arrows, or where it has none a list.

    ``of`` is the name of the tensor that holds the values.
    """
    grid = drawing(world, values, best, precision, of=of)
    return listing(world, values, q, best, precision, of) if grid is None else grid


def world_words(world: World) -> Text:
    """The world by its name and size."""
    name = world.title
    if isinstance(world, Bandit):
        arms = f"{len(world.actions)} arms, whose worth q* is drawn from N(0, 1) for each run"
        return plain(f"{clip(name, 40)}, {arms}; a pull pays N(q*, 1)")
    return plain(f"{clip(name, 40)}, {facts(world)}")


def policy_words(word: str) -> str:
    """What is done in each state, by the word that was typed.

    >>> policy_words("greedy"), policy_words("me.csv"), policy_words("-")
    ('the greedy policy', 'the policy in me.csv', 'the policy from standard input')
    """
    if word == "-":
        return "the policy from standard input"
    if word in ("random", "greedy", "optimal"):
        return f"the {word} policy"
    return f"the policy in {clip(word, 40)}"
