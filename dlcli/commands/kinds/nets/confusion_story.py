"""Which class was taken for which: as a table of all, or of the pairs that are mistaken most often."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.text import Text

from dlcli.tensor import Array
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
    table = Table(["", *names, "right"], rows, right=range(1, len(names) + 2))
    return Section(
        "result", "Confusion", Text("true classes below each other, predicted side by side"), table
    )


def _pairs(counts: Array, names: Sequence[str]) -> Table:
    wrong = counts - np.diag(np.diag(counts))
    order = np.argsort(-wrong, axis=None, kind="stable")[:LISTED]
    rows, columns = np.unravel_index(order, wrong.shape)
    pairs = [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if wrong[i, j]]
    listed = [[names[i], names[j], str(wrong[i, j])] for i, j in pairs]
    return Table(["true", "taken for", "times"], listed, right=[2])
