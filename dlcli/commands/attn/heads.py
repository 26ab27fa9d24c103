"""One score of one of several heads, as the table of all of them has it: head, query and key."""

from __future__ import annotations

from dlcli.commands.attn.explain import explain as of_one_head
from dlcli.commands.attn.protocol import Work
from dlcli.views.story import Story
from dlcli.views.text.cell import checked


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """The products, the softmax and the value of that head; without an axis of heads those of the only one.

    Raises ``WrongUsage`` when there is no such cell.
    """
    if len(work.all_cells.shape) == 2:
        return of_one_head(work, cell, precision=precision)
    head, query, key = checked(cell, work.all_cells)
    return of_one_head(work.at_head(head), (query, key), precision=precision)
