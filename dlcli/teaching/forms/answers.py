"""What is answered on a sheet, in the order of its fields: a whole table as such, the rest line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

from dlcli.teaching.task import Field, Grid


@dataclass(frozen=True)
class Table:
    """Fields that are all the cells of a table of one or two axes; ``rows`` are their places in the task."""

    name: str
    rows: tuple[tuple[int, ...], ...]
    says: str
    across: tuple[str, ...]
    down: tuple[str, ...]


def groups(fields: Sequence[Field]) -> Iterator[Table | int]:
    """Tables, and the places of fields that stand alone.

    >>> from dlcli.teaching.task import cells
    >>> [one if isinstance(one, int) else one.rows for one in groups((*cells("y", 2, 2), Field("s")))]
    [((0, 1), (2, 3)), 4]
    """
    done: set[int] = set()
    for place, one in enumerate(fields):
        if place in done:
            continue
        places = [at for at, other in enumerate(fields) if other.table == one.table]
        table = _table(fields, places) if one.table else None
        if table is None:
            yield place
        else:
            done.update(places)
            yield table


def _table(fields: Sequence[Field], places: Sequence[int]) -> Table | None:
    """The table of these cells; None where some are missing, and where it has more axes than a page."""
    by_cell = {fields[at].cell: at for at in places}
    ranks = {len(cell) for cell in by_cell}
    if len(places) < 2 or len(by_cell) < len(places) or ranks not in ({1}, {2}):
        return None
    shape = [1 + max(axis) for axis in zip(*by_cell, strict=True)]
    if prod(shape) != len(by_cell) or any(fields[at].form != "number" for at in places):
        return None
    says = {fields[at].says for at in places}
    if len(says) > 1 or len({fields[at].unit for at in places}) > 1:
        return None
    first = fields[places[0]]
    rows, columns = (1, *shape)[-2:]
    inside = tuple(
        tuple(by_cell[(j,) if len(shape) == 1 else (i, j)] for j in range(columns)) for i in range(rows)
    )
    across, down = headers(rows if len(shape) == 2 else 0, columns)
    return Table(first.table, inside, f" {first.remark}".rstrip(), across, down)


def headers(rows: int, columns: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Headers of a table that has none: its indices, from 0 on; of a vector, with no rows, in brackets."""
    if not rows:
        return tuple(f"[{one}]" for one in range(columns)), ()
    return tuple(f"col {one}" for one in range(columns)), tuple(f"row {one}" for one in range(rows))


def headed(grid: Grid) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The headers of a table that is given: its own, or its indices where it has none at all."""
    if grid.across or grid.down:
        return grid.across, grid.down
    columns = max(map(len, grid.rows), default=0)
    return headers(0 if len(grid.rows) == 1 else len(grid.rows), columns)
