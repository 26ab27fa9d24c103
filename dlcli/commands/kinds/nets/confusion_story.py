"""Which class was taken for which: as a table of all, or of the pairs that are mistaken most often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from rich.text import Text

from dlcli.tensor import Array
from dlcli.views.page import figures as page
from dlcli.views.page.figures import Cell, Figure
from dlcli.views.screen.colour import code, coloured
from dlcli.views.story import Section
from dlcli.views.tables.table import Table
from dlcli.views.text.text import clip
from dlcli.words.number import percent

MATRIX = 12  # classes up to which all that was taken for another is in one table
LISTED = 12  # pairs of classes that are listed of more
NAME = 12  # cells of a class name


def confusion(counts: Array, names: Sequence[str]) -> Section:
    """How often each class (row) was taken for each (column), and how many of it were right."""
    names = [clip(name, NAME) for name in names]
    if len(names) > MATRIX:
        return Section("result", "Confusion", None, _pairs(counts, names))
    rows = [
        [names[i], *(str(n) if n else "·" for n in row.tolist()), percent(row[i], row.sum())]
        for i, row in enumerate(counts)
        if row.sum()
    ]
    table = _Counts(["", *names, "right"], rows, right=range(1, len(names) + 2))
    return Section(
        "result", "Confusion", Text("true classes below each other, predicted side by side"), table
    )


class _Counts(Table):
    """Counts of true (row) and predicted (column) classes, on a page with the names of both and colours."""

    def figure(self) -> Figure:
        """Each count on the colour of its share of those of its class: what is right lies on the diagonal."""
        made = super().figure()
        if not isinstance(made, page.Table):
            return made
        *_, heads = made.head
        head = [[Cell(""), Cell("predicted", span=len(heads) - 2), Cell("")], [Cell("true"), *heads[1:]]]
        return replace(made, head=head, body=[self._shaded(row) for row in made.body])

    def _shaded(self, row: Sequence[Cell]) -> list[Cell]:
        name, *counts, right = row
        numbers = np.array([int(cell.text) if cell.text.isdecimal() else 0 for cell in counts])
        colours = coloured("sequential", numbers / max(1, numbers.sum()))
        shaded = [
            replace(cell, ground=code(colour)) if number else cell
            for cell, number, colour in zip(counts, numbers.tolist(), colours, strict=True)
        ]
        return [name, *shaded, right]


def _pairs(counts: Array, names: Sequence[str]) -> Table:
    wrong = counts - np.diag(np.diag(counts))
    order = np.argsort(-wrong, axis=None, kind="stable")[:LISTED]
    rows, columns = np.unravel_index(order, wrong.shape)
    pairs = [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if wrong[i, j]]
    listed = [[names[i], names[j], str(wrong[i, j])] for i, j in pairs]
    return Table(["true", "taken for", "times"], listed, right=[2])
