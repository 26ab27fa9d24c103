"""A result as it is handed to whoever receives it: its numbers and its story, each made when asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click
import numpy as np

from dlcli.runner.inputs import Item
from dlcli.runner.options import Shared
from dlcli.runner.outputs import all_chosen, chosen
from dlcli.runner.result import Result, Run
from dlcli.tensor import Tensor
from dlcli.words.line import Line

if TYPE_CHECKING:
    from rich.console import RenderableType

    from dlcli.runner.moving import Moving

#: Cells to be explained, each by the words for its place on each axis.
Cells = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, eq=False)
class Handed:
    """One result of a command line, which can be asked while the line runs and when it is over.

    ``item`` is what it was made of, ``options`` are those that all commands share, as the line has them. Of
    what a catalogue lists together, ``entries`` are the single results. ``moving`` are the options of a
    command whose results have pictures that move.
    """

    command: str
    result: Result
    item: Item
    job: Run
    options: Shared
    context: click.Context
    entries: Sequence[tuple[Result, Tensor]] = ()
    moving: Moving | None = None

    @property
    def line(self) -> Line:
        """The options of the line as they were typed, and its inputs."""
        return self.job.line

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """While the block runs, the options are those of the command, and NumPy is silent as it was then."""
        with self.context.scope(cleanup=False), np.errstate(all="ignore"):
            yield

    def tensor(self, name: str | None = None) -> Tensor:
        """The output of this name; else the one that ``--emit`` names, or the first.

        Raises ``DlcliError`` where there is none.
        """
        with self.at_work():
            return chosen(self.result, name or self.options.emit)

    def sent(self) -> list[Tensor]:
        """The tensors that would go down a pipe."""
        results = [result for result, _ in self.entries] or [self.result]
        with self.at_work():
            return [tensor for result in results for tensor in all_chosen(result, self.options.emit)]

    def explained(self) -> Tensor:
        """The tensor whose cells can be explained. Raises ``WrongUsage`` where there is none."""
        from dlcli.runner.storyteller import explanation, view_of

        with self.at_work():
            _, tensor = explanation(view_of(self.command, self.result.view), self.result, self.options.emit)
            return tensor

    def parts(self, cells: Cells | None = None) -> Sequence[RenderableType]:
        """What the story is made of, or the arithmetic of ``cells``; by default of those of ``--explain``."""
        from dlcli.runner.storyteller import tell_all

        asked = self.options
        if cells is not None:  # which have other sections than the story
            asked = replace(asked, explain=cells, only=(), without=())
        with self.at_work():
            return tell_all(self.command, self.result, asked, self.job.warn, line=self.job.title(self.item))

    def story(self, format_: str, cells: Cells | None = None) -> str:
        """The same as text: ``plain``, ``rich``, ``markdown``, ``html`` or ``svg``."""
        from dlcli.runner.storyteller import render

        width = self.options.width or self.job.environment.width
        parts = self.parts(cells)
        with self.at_work():
            return render(
                parts, format_, self.job.environment, width, self.options.pixels,
                title=self.job.title(self.item), theme=self.options.theme,
            )  # fmt: skip

    def fragment(self, cells: Cells | None = None) -> str:
        """The same as HTML for a place in a page of somebody else's, such as a notebook."""
        from dlcli.views.page.html import fragment

        parts = self.parts(cells)
        with self.at_work():
            return fragment(parts, theme=self.options.theme)
