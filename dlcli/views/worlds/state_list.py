"""A list of states with their values and those of their actions."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Self

import numpy as np
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment

from dlcli.tensor import Array
from dlcli.views.page.cells import NO_CELLS, Listed
from dlcli.views.page.figures import Cell, Table
from dlcli.views.screen.colour import code, coloured, on
from dlcli.views.screen.screen import sixteen_colours
from dlcli.views.tables.matrix import shares
from dlcli.views.text.gaps import GAP as OPEN
from dlcli.views.text.gaps import gap
from dlcli.views.text.markdown import table
from dlcli.views.text.text import DIM, apart, clip, flush_left, text_line
from dlcli.words.number import Numbers

NAME = 24  # cells that the name of a state or an action may take
LEAST = 4
MOST = 4  # actions of one state that are shown
GAP = 2
BETWEEN = "   "


class StateList:
    """Names of states, what they are worth (n,), and what their actions are worth, the best ones first.

    Names are outside text. ``actions`` has for each state pairs of a name and of a number in words; of more
    than ``MOST`` only the first are shown, and how many others there are. Where it is narrow there are fewer
    of them, then names are cut: numbers never are. ``cells`` are those of a tensor that the values are.

    >>> from rich.console import Console
    >>> actions = [[("▸ go", "0.5"), ("stay", "0"), ("run", "−1")], [("■ end", "")]]
    >>> Console(width=34).print(StateList(["A", "end"], np.array([0.5, 0]), actions, "v(s)", "q(s, a)"))
    state  v(s)  q(s, a)
    A       0.5  ▸ go 0.5   … 2 more
    end     0.0  ■ end
    """

    def __init__(
        self,
        states: Sequence[str],
        values: Array,
        actions: Sequence[Sequence[tuple[str, str]]],
        value_head: str,
        actions_head: str,
        *,
        cells: Listed = NO_CELLS,
        precision: int = 4,
    ) -> None:
        self.cells = cells
        self.states = apart(states, NAME)
        self.actions = [[(clip(name, NAME), text) for name, text in each] for each in actions]
        self.heads = ("state", value_head, actions_head)
        numbers = Numbers(values, precision)
        self.texts = numbers.texts.tolist()
        self.width = numbers.width
        self.shares = shares(np.asarray(values, np.float64), "diverging", None)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        value = max(self.width, cell_len(self.heads[1]))
        name = max(map(cell_len, (self.heads[0], *self.states)))
        room = options.max_width - value - 2 * GAP
        wide = max(cell_len(self.heads[2]), *(cell_len(self._words(each, None)) for each in self.actions), 0)
        name = max(LEAST, min(name, room - wide), min(name, room // 3))
        words = max(0, room - name)
        colours = coloured("diverging", self.shares, sixteen=sixteen_colours(console))
        head = f"{flush_left(clip(self.heads[0], name), name)}  {self.heads[1].rjust(value)}  {self.heads[2]}"
        yield from text_line(clip(head, options.max_width), DIM)
        for i, state in enumerate(apart(self.states, name)):
            yield Segment(flush_left(state, name) + " " * (GAP + value - self.width))
            yield Segment(self.texts[i], DIM if np.isnan(self.shares[i]) else on(colours[i]))
            yield from text_line(f"  {self._words(self.actions[i], words)}".rstrip())

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        words = [self._words(each, None) for each in self.actions]
        columns = zip(self.states, self.texts, words, strict=True)
        wide = max(sum(map(cell_len, row)) for row in (self.heads, *columns)) + 2 * GAP
        return Measurement(min(wide, options.max_width), min(wide, options.max_width))

    def blank(self) -> Self:
        """The states with gaps for what they are worth and for their actions."""
        other = copy(self)
        other.texts = [gap(self.texts)] * len(self.texts)
        other.width = len(gap(self.texts))
        other.actions = [[("", OPEN)] if each else [] for each in self.actions]
        other.shares = np.zeros_like(self.shares)
        return other

    def markdown(self, width: int = 80) -> str:
        words = [self._words(each, None) for each in self.actions]
        rows = [
            [state, text.strip(), told]
            for state, text, told in zip(self.states, self.texts, words, strict=True)
        ]
        return table(self.heads, rows, right=(1,))

    def figure(self) -> Table:
        """A table of the names, the values on their colours, and what actions are worth."""
        colours = coloured("diverging", self.shares)
        body = [
            [
                Cell(state),
                self._value(i, text, colours[i]),
                Cell(self._words(self.actions[i], None)),
            ]
            for i, (state, text) in enumerate(zip(self.states, self.texts, strict=True))
        ]
        return Table([[*map(Cell, self.heads)]], body, right=(1,), of=self.cells.of)

    def _value(self, i: int, text: str, colour: Array) -> Cell:
        known = not np.isnan(self.shares[i])
        return Cell(text.strip(), ground=code(colour) if known else "", quiet=not known, cell=self.cells[i])

    def _words(self, actions: Sequence[tuple[str, str]], room: int | None) -> str:
        """As many actions as there is room for, and how many are left."""
        for count in range(min(len(actions), MOST), 0, -1):
            parts = [f"{name} {text}".rstrip() for name, text in actions[:count]]
            left = f"… {len(actions) - count} more" if count < len(actions) else ""
            told = BETWEEN.join([*parts, left] if left else parts)
            if room is None or cell_len(told) <= room:
                return told
        return self._alone(actions, room or 0) if actions else ""

    def _alone(self, actions: Sequence[tuple[str, str]], room: int) -> str:
        """The first action where not even that has room: fewer words behind it, its name cut."""
        name, text = actions[0]
        others = len(actions) - 1
        for left in (f" … {others} more", f" +{others}", "") if others else ("",):
            rest = f" {text}{left}".rstrip() if text else left
            if room - cell_len(rest) >= LEAST:
                return clip(name, room - cell_len(rest)) + rest
        return clip(f"{name} {text}".rstrip(), room) if not text else ""
