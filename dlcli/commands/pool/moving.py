"""A window that slides over its input, picture by picture, and the one number that is left of each."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import Group, RenderableType

from dlcli.commands.kinds.pictures.moving_story import (
    Photo,
    as_squares,
    frames_of,
    padded,
    padded_size,
    rows_of,
    under,
)
from dlcli.commands.pool.record import Work
from dlcli.views.frames import DIGITS, Frames
from dlcli.views.shelf import Shelf
from dlcli.views.tables.board import Board, texts_of
from dlcli.views.text.text import clip, plain
from dlcli.words.number import counted, number

WRITTEN = 16  # numbers of a window that are written out
MARKS = {"max": "max", "min": "min"}


def sliding(work: Work, *, precision: int = DIGITS, most: int | None = None) -> Frames:
    """The windows one after the other; of a large input the rows of what is left of it."""
    return frames_of(
        work.windows.where,
        as_squares(padded_size(work.windows.where)),
        most,
        lambda places, shown: _windows(work, places, shown, precision),
        lambda shown: _rows(work, shown),
    )


def _windows(
    work: Work, places: list[tuple[int, ...]], shown: list[int], precision: int
) -> Iterator[RenderableType]:
    """Each window lit up over the padded input, what it keeps, and the result as far as it is known."""
    where = work.windows.where
    values, beside = padded(work.seen[..., 0], where)
    texts = np.where(beside, "", texts_of(values, precision))
    output = work.output.data[..., 0] if work.output.data.ndim == 3 else work.output.data
    answers = texts_of(output, precision)
    wide = max(3, *(len(text) for one in (texts, answers) for text in one.ravel().tolist()))
    for place in shown:
        row, column = cell = places[place][0], places[place][1]
        terms = work.terms(cell if work.output.data.ndim == 2 else (*cell, 0))
        lit, below = np.zeros(texts.shape, bool), np.full(texts.shape, "", object)
        seen = under(where, cell)
        inside = [
            grid.ravel()[grid.ravel() < n] for grid, n in zip(seen, texts.shape, strict=True)
        ]  # with --ceil a window may reach beyond the padding
        lit[np.ix_(*inside)] = True
        if terms.winner is not None:
            below[seen[0].ravel()[terms.winner[0]], seen[1].ravel()[terms.winner[1]]] = MARKS[work.kind]
        known = np.arange(answers.size).reshape(answers.shape) <= place
        at = np.zeros(answers.shape, bool)
        at[cell] = True
        blocks: list[tuple[str, RenderableType]] = [
            (_input_name(work), Board(texts, lit=lit, beside=beside, below=below, wide=wide)),
            (clip(work.output.name, 20), Board(np.where(known, answers, ""), lit=at, wide=wide)),
        ]
        told = f"window {place + 1} of {len(places)}: row {row}, column {column}"
        if work.seen.shape[-1] > 1:
            told += f"; the first of {work.seen.shape[-1]} channels"
        title = plain(told, "bold")
        kept = _kept(work, terms.values[terms.inside].tolist(), terms.count, output[cell], precision)
        yield Group(title, Shelf(blocks), plain(kept))


def _kept(work: Work, values: list[object], count: int, kept: object, precision: int) -> str:
    """What a window keeps of its numbers, in a line."""
    seen, answer = [number(value, precision) for value in values], number(kept, precision)
    listed = ", ".join(seen) if len(seen) <= WRITTEN else f"{len(seen)} numbers"
    match work.kind:
        case "avg":
            total = " + ".join(seen) if len(seen) <= WRITTEN else f"sum of {len(seen)} numbers"
            return f"({total}) / {count} = {answer}"
        case "lp":
            power = number(work.p)
            return f"(Σ x^{power})^(1/{power}) of {listed} = {answer}"
        case _:
            return f"{work.kind} of {listed} = {answer}"


def _rows(work: Work, shown: list[int]) -> Iterator[RenderableType]:
    """The rows of what is left of a large input, one after the other."""
    photo, where = Photo(work.input, work.output), work.windows.where
    for row in shown:
        blocks = photo.blocks(rows_of(where, row), (row + 1) / where.out_size[0])
        told = f"row {row + 1} of {where.out_size[0]} of the result (index {row}): "
        told += counted(where.out_size[1], "window")
        yield Group(photo.title(told), Shelf(blocks))


def _input_name(work: Work) -> str:
    """What the input is called; of several channels it is the first that is shown."""
    if work.input.data.ndim == 2:
        return "input"
    return clip(work.input.axes[2].place(0), 20)
