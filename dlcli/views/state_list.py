"""States without a drawing: a line for each with its value, on the colour of it, and words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.style import Style

from dlcli.tensor import Array
from dlcli.views.colour import coloured, on
from dlcli.views.markdown import table
from dlcli.views.matrix import shares
from dlcli.views.number import Numbers
from dlcli.views.screen import sixteen_colours
from dlcli.views.text import clip, flush_left, visible

NAME = 24  # cells that a state's name may take
LEAST = 4
DIM = Style(dim=True)


class StateList:
    """Names of states (outside text), what they are worth (n,), and words on each, under two heads.

    Where it is narrow, names are cut, then the words.

    >>> from rich.console import Console
    >>> values, words = np.array([0.5, 0]), ["go 0.5", "■"]
    >>> Console(width=40).print(StateList(["A", "end"], values, words, "v(s)", "q(s, a)"))
    state  v(s)  q(s, a)
    A       0.5  go 0.5
    end     0.0  ■
    """

    def __init__(
        self,
        states: Sequence[str],
        values: Array,
        words: Sequence[str],
        value_head: str,
        words_head: str,
        *,
        precision: int = 4,
    ) -> None:
        self.states = [clip(state, NAME) for state in states]
        self.words = [visible(text) for text in words]
        self.heads = ("state", value_head, words_head)
        numbers = Numbers(values, precision)
        self.texts = numbers.texts.tolist()
        self.width = numbers.width
        self.shares = shares(np.asarray(values, np.float64), "diverging", None)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        value = max(self.width, cell_len(self.heads[1]))
        name = max(map(cell_len, (self.heads[0], *self.states)))
        room = options.max_width - value - 4
        name = max(
            LEAST, min(name, room - max(map(cell_len, (self.heads[2], *self.words)))), min(name, room // 3)
        )
        words = max(0, room - name)
        colours = coloured("diverging", self.shares, sixteen=sixteen_colours(console))
        head = f"{flush_left(clip(self.heads[0], name), name)}  {self.heads[1].rjust(value)}  {self.heads[2]}"
        yield Segment(clip(head, options.max_width), DIM)
        yield Segment.line()
        for i, state in enumerate(self.states):
            yield Segment(flush_left(clip(state, name), name) + " " * (2 + value - self.width))
            yield Segment(self.texts[i], on(colours[i]))
            yield Segment(f"  {clip(self.words[i], words)}".rstrip())
            yield Segment.line()

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        columns = zip(self.states, self.texts, self.words, strict=True)
        wide = max(sum(map(cell_len, row)) for row in (self.heads, *columns)) + 4
        return Measurement(min(wide, options.max_width), min(wide, options.max_width))

    def markdown(self, width: int = 80) -> str:
        """The same as a Markdown table, nothing cut."""
        rows = [
            [state, text.strip(), words]
            for state, text, words in zip(self.states, self.texts, self.words, strict=True)
        ]
        return table(self.heads, rows, right=(1,))
