"""What actions lead to, as a tree: from each state its actions, from each action its outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Self

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment

from dlcli.tensor import Array
from dlcli.views.page.figures import Cell, Table
from dlcli.views.text.gaps import gap
from dlcli.views.text.markdown import table
from dlcli.views.text.text import BOLD, DIM, apart, clip, flush_left, text_line, visible
from dlcli.words.number import Numbers, whole

NAME = 20  # cells that a name may take
LEAST = 4  # and that it keeps on the narrowest screen
HEADS = ("state", "action", "p", "reward", "next")
END = " ■"


class Outcomes:
    """Outcomes sorted by state and action, each name written where it begins.

    Parameters
    ----------
    state, action, next : sequences of str, (K,)
        Outside text: where an outcome begins, what is done, where it leads.
    probability, reward : arrays (K,)
    ends : array (K,) of bool
        Whether the episode is over there; those are marked with a square.

    >>> import numpy as np
    >>> from rich.console import Console
    >>> chances, rewards = np.array([0.75, 0.25, 1]), np.array([1, 0, -1])
    >>> tree = Outcomes(["a", "a", "a"], ["go", "go", "stay"], chances, rewards, ["b", "a", "a"],
    ...                 np.array([True, False, False]))
    >>> Console(width=60).print(tree)
    state    action      p  reward    next
    a      ┬ go     ┬ 0.75       1  → b ■
           │        └ 0.25       0  → a
           └ stay   ─ 1.00      −1  → a
    """

    def __init__(
        self,
        state: Sequence[str],
        action: Sequence[str],
        probability: Array,
        reward: Array,
        next: Sequence[str],
        ends: Array,
        *,
        precision: int = 4,
    ) -> None:
        count = len(state)
        # A control character takes no cell, the sign that is seen in its place takes one.
        state, action, next = ([visible(name) for name in names] for names in (state, action, next))
        new_state = [i == 0 or state[i] != state[i - 1] for i in range(count)]
        new_pair = [new_state[i] or action[i] != action[i - 1] for i in range(count)]
        self.full = list(zip(state, action, next, strict=True))
        self.ends = ends.tolist()
        self.next = [name + END * bool(end) for name, end in zip(next, ends, strict=True)]
        self.state = [name if new else "" for name, new in zip(state, new_state, strict=True)]
        self.action = [name if new else "" for name, new in zip(action, new_pair, strict=True)]
        self.forks = _forks(new_state, new_pair)
        self.branches = _forks(new_pair, [True] * count)
        self.probability = [text.strip() for text in Numbers(probability, precision).texts]
        self.reward = [text.strip() for text in Numbers(whole(reward), precision).texts]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        first, second, third = self._names(options.max_width)
        p, r = self._numbers()
        head = f"{flush_left(HEADS[0], first)}   {flush_left(HEADS[1], second)}   "
        head += f"{HEADS[2].rjust(p)}  {HEADS[3].rjust(r)}    {HEADS[4]}"
        yield from text_line(clip(head, options.max_width), DIM)
        states, actions = apart(self.state, first), apart(self.action, second)
        follow = apart([name for _, _, name in self.full], third)
        ending = apart([name for _, _, name in self.full], third - cell_len(END))
        for i in range(len(self.full)):
            yield Segment(flush_left(states[i], first), BOLD)
            yield Segment(f" {self.forks[i]} ", DIM)
            yield Segment(flush_left(actions[i], second))
            yield Segment(f" {self.branches[i]} ", DIM)
            yield Segment(f"{self.probability[i].rjust(p)}  {self.reward[i].rjust(r)}")
            yield Segment("  → ", DIM)
            yield from text_line(ending[i] + END if self.ends[i] else follow[i])

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        most = sum(self._widest()) + sum(self._numbers()) + 12
        return Measurement(min(most, options.max_width), min(most, options.max_width))

    def blank(self) -> Self:
        """The same tree with gaps for probabilities and rewards."""
        other = copy(self)
        other.probability, other.reward = (
            [gap(texts)] * len(texts) for texts in (self.probability, self.reward)
        )
        return other

    def markdown(self, width: int = 80) -> str:
        """A table with every name in every row."""
        rows = [
            [state, action, self.probability[i], self.reward[i], there]
            for i, (state, action, there) in enumerate(self.full)
        ]
        return table(HEADS, rows, right=(2, 3))

    def figure(self) -> Table:
        """A table in which each name stands where it begins, below a line."""
        body = [
            [
                Cell(self.state[i]),
                Cell(self.action[i]),
                Cell(self.probability[i]),
                Cell(self.reward[i]),
                Cell(f"→ {self.next[i]}"),
            ]
            for i in range(len(self.full))
        ]
        rules = [i for i, state in enumerate(self.state) if state and i]
        return Table([[*map(Cell, HEADS)]], body, labels=2, right=(2, 3), rules=rules)

    def _numbers(self) -> tuple[int, int]:
        return (
            max(map(cell_len, (HEADS[2], *self.probability))),
            max(map(cell_len, (HEADS[3], *self.reward))),
        )

    def _widest(self) -> list[int]:
        named = zip((self.state, self.action, self.next), (HEADS[0], HEADS[1], HEADS[4]), strict=True)
        return [min(NAME, max(map(cell_len, (head, *names)))) for names, head in named]

    def _names(self, width: int) -> list[int]:
        """The cells for each kind of name: the widest give way."""
        widths = self._widest()
        while sum(widths) + sum(self._numbers()) + 12 > width and max(widths) > LEAST:
            widths[widths.index(max(widths))] -= 1
        return widths


def _forks(begins: Sequence[bool], counts: Sequence[bool]) -> list[str]:
    """The sign before each line: a group begins where ``begins``, its members where ``counts``."""
    signs = []
    for i in range(len(begins)):
        later = next((j for j in range(i + 1, len(begins)) if begins[j]), len(begins))
        more = any(counts[i + 1 : later])
        if begins[i]:
            signs.append("┬" if more else "─")
        elif counts[i]:
            signs.append("├" if more else "└")
        else:
            signs.append("│" if more else " ")
    return signs
