"""The net of a run, from the words of the command line: its cells, layers and directions, seeded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import click
import numpy as np

from dlcli.engines.recurrent.bidirectional import Layer
from dlcli.engines.recurrent.cell import Cell
from dlcli.engines.recurrent.seeded_cells import CELLS, seeded_cell
from dlcli.runner.kinds import Words

LATCH = "latch"

#: Units of a layer unless it is said: few enough to follow each by eye.
UNITS = 2


@dataclass(frozen=True)
class CellWord:
    """A kind of cell as it is typed: ``lstm``, ``leaky:0.95``, ``simple+5`` with a skip connection of 5."""

    kind: str
    alpha: float | None = None
    skip: int = 0

    @property
    def typed(self) -> str:
        """The word again."""
        alpha = "" if self.alpha is None else f":{self.alpha:.15g}"
        return f"{self.kind}{alpha}{f'+{self.skip}' if self.skip else ''}"

    def says(self, option: str) -> bool:
        """Whether the word itself says what an option would."""
        return (option == "alpha" and self.alpha is not None) or (option == "skip" and self.skip > 0)


def cell_word(text: str) -> CellWord:
    """The parts of a word that is known to be well-formed.

    >>> cell_word("leaky:0.5+2")
    CellWord(kind='leaky', alpha=0.5, skip=2)
    """
    head, _, skip = text.partition("+")
    kind, _, alpha = head.partition(":")
    return CellWord(kind, float(alpha) if alpha else None, int(skip or 0))


class CellName(Words):
    """``KIND``, ``leaky:ALPHA``, ``KIND+D``."""

    name = "KIND[:ALPHA][+D]"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        """The kinds that begin so."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(kind) for kind in (*CELLS, LATCH) if kind.startswith(incomplete)]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> CellWord:
        """The parts of the word."""
        if isinstance(value, CellWord):
            return value
        head, plus, skip = str(value).partition("+")
        kind, colon, alpha = head.partition(":")
        if kind not in (*CELLS, LATCH):
            from difflib import get_close_matches

            near = get_close_matches(kind, (*CELLS, LATCH), n=1)
            hint = f": did you mean {near[0]}?" if near else f"; try one of {', '.join((*CELLS, LATCH))}"
            self.fail(f"no cell is called {kind!r}{hint}", param, ctx)
        if plus and not (skip.isdecimal() and int(skip)):
            self.fail(
                f"{value!r}: after + stands the number of steps of a skip connection, such as +5", param, ctx
            )
        if plus and kind == LATCH:
            self.fail(f"{value!r}: a latch has no skip connection; try --cell {LATCH}", param, ctx)
        if colon and (kind != "leaky" or not _is_share(alpha)):
            self.fail(f"{value!r}: after leaky: stands its alpha, from 0 to 1, such as leaky:0.9", param, ctx)
        return cell_word(str(value))


@dataclass(frozen=True)
class Architecture:
    """What a seeded net is made of; ``units`` None means the usual ones of its cell."""

    cell: CellWord
    units: int | None
    layers: int
    bidirectional: bool
    merge: str
    skip: int
    alpha: float
    activation: str | None
    reset_after: bool
    forget_bias: float

    def seeded(self, features: int, rng: np.random.Generator) -> tuple[Layer, ...]:
        """Layers for sequences of so many features, each drawn after the one below it."""
        made: list[Layer] = []
        for _ in range(self.layers):
            width = made[-1].width if made else features
            ahead = self._cell(width, rng)
            behind = self._cell(width, rng) if self.bidirectional else None
            made.append(Layer(ahead, behind, self.merge))
        return tuple(made)

    def _cell(self, features: int, rng: np.random.Generator) -> Cell:
        kind = self.cell.kind
        usual = features if kind == "leaky" and features <= 8 else UNITS
        return seeded_cell(
            kind,
            features,
            self.units or usual,
            rng,
            skip=self.cell.skip or self.skip,
            alpha=self.alpha if self.cell.alpha is None else self.cell.alpha,
            activation=self.activation,
            reset_after=self.reset_after,
            forget_bias=self.forget_bias,
        )


def _is_share(text: str) -> bool:
    try:
        return 0 <= float(text) <= 1
    except ValueError:
        return False
