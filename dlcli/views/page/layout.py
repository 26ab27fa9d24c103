"""Figures laid out below each other: a page as shapes at their places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from rich.cells import cell_len
from rich.console import RenderableType

from dlcli.views.page.compose import figure_of, joined, parts_of
from dlcli.views.page.figures import (
    Cell,
    Column,
    Drawing,
    Equation,
    Figure,
    Legend,
    Line,
    Lines,
    Part,
    Pixels,
    Row,
    Run,
    Table,
    Words,
    starts,
)
from dlcli.views.page.shapes import SIGN, Box, Image, Letters, Shape, Stroke, moved
from dlcli.views.page.style import ink_on
from dlcli.views.story import Story
from dlcli.views.text.formula import Formula

LEADING = 18  # pixels from one line to the next
DRAWN = 14  # the same, of lines that are a drawing of characters
WIDTH, MARGIN = 640, 16  # pixels of what stands on the page, and around it
GAP, AIR = 6, 14  # pixels between two figures, and before a heading
PAD = 5  # pixels at both sides of a number on its ground
INDENT = 12
BASE = 5  # pixels below the base line of a text
SMALL = 13  # pixels below a number for the name of its place
BAR = 96  # pixels of the longest bar of a table
STRIP = 10  # pixels of a step of a scale of colours


@dataclass(frozen=True)
class Block:
    """What has been laid out: its size in pixels, and shapes."""

    width: float
    height: float
    shapes: Sequence[Shape] = ()

    def at(self, x: float, y: float) -> list[Shape]:
        """The shapes so far to the right and down."""
        return [moved(shape, x, y) for shape in self.shapes] if x or y else list(self.shapes)


def page(stories: Sequence[RenderableType]) -> Block:
    """Stories, one below the other, with air around them."""
    blocks = [
        story_block(story) if isinstance(story, Story) else block(figure_of(story)) for story in stories
    ]
    return around(below(blocks, 2 * AIR))


def around(body: Block, least: float = WIDTH, margin: float = MARGIN) -> Block:
    """A block with a margin, at least so wide."""
    size = max(least, body.width) + 2 * margin, body.height + 2 * margin
    return Block(*size, body.at(margin, margin))


def story_block(story: Story) -> Block:
    """The sections of a story below each other."""
    blocks = [part_block(part) for part in parts_of(story)]
    if story.title:
        blocks.insert(0, _line([Run(story.title, bold=True)]))
    return below(blocks, AIR)


def part_block(part: Part) -> Block:
    """One section: heading and title, and its figure below them."""
    blocks = [_wrapped((Run(f"{part.heading}  ", bold=True), *part.title), WIDTH)]
    if part.body is not None:
        body = block(part.body, WIDTH - INDENT)
        blocks.append(Block(body.width + INDENT, body.height, body.at(INDENT, 0)))
    return below(blocks, GAP)


def block(figure: Figure, width: float = WIDTH) -> Block:
    """A figure of any kind within a width."""
    match figure:
        case Words():
            return _wrapped(figure.runs, width)
        case Lines():
            return _lines(figure, width)
        case Equation():
            return _equation(figure, width)
        case Table():
            return _table(figure)
        case Pixels():
            return _pixels(figure, width)
        case Legend():
            return _legend(figure)
        case Drawing():
            share = min(1.0, width / figure.width)
            shapes = [moved(shape, 0, 0, share) for shape in figure.shapes]
            return Block(figure.width * share, figure.height * share, shapes)
        case Row():
            return _row(figure, width)
        case Column():
            names = [cell_len(part.name) for part in figure.parts if isinstance(part, Equation)]
            side = max(names, default=0)
            parts = (
                _equation(part, width, side) if isinstance(part, Equation) else block(part, width)
                for part in figure.parts
            )
            return below([*parts], GAP)


def _wrapped(runs: Line, width: float) -> Block:
    return below([_line(line) for line in _broken(runs, int(width / SIGN))], 0)


def _lines(figure: Lines, width: float) -> Block:
    if not figure.copy:
        return below([_line(line, DRAWN, kept=True) for line in figure.lines], 0)
    lines = [line for one in figure.lines for line in _broken(one, int(width / SIGN) - 4, " \\")]
    body = below([_line(line) for line in lines], 0)
    height = body.height + 2 * PAD
    return Block(width, height, [Box(0, 0, width, height, look="shade"), *body.at(PAD, PAD)])


def _equation(figure: Equation, width: float, side: int = 0) -> Block:
    formula = Formula(figure.name, *figure.sides)
    beside = SIGN * (max(cell_len(figure.name), side) + 2)
    apart = beside > width / 2
    lines = formula.lines(int((width - (INDENT if apart else beside)) / SIGN))
    name = _line([Run(figure.name, quiet=True)])
    body = below([_line([Run(line)]) for line in lines], 0)
    if apart:
        return below([name, Block(body.width + INDENT, body.height, body.at(INDENT, 0))], 0)
    return Block(beside + body.width, body.height, [*name.shapes, *body.at(beside, 0)])


def _table(figure: Table) -> Block:
    widths = _widths(figure)
    left = np.concatenate([[0.0], np.cumsum(widths)]).tolist()
    shapes: list[Shape] = []
    y = 0.0
    for place, row in enumerate((*figure.head, *figure.body)):
        inside = place - len(figure.head)
        high = LEADING + SMALL * any(cell.below for cell in row)
        if inside in figure.rules:
            shapes.append(Stroke(np.array([[0, y], [left[-1], y]]), "rule"))
        for column, cell in starts(row):
            quiet = inside < 0 or column < figure.labels or cell.quiet
            room = left[min(column + cell.span, len(widths))] - left[column]
            side = "end" if column in figure.right else "start"
            side = "middle" if inside < 0 and cell.span > 1 else side
            shapes += _cell(cell, left[column], y, room, high, side, quiet=quiet)
        y += high
    for column in figure.bars:
        shapes.append(Stroke(np.array([[left[column], 0], [left[column], y]]), "rule"))
    return Block(left[-1], y, shapes)


def _cell(
    cell: Cell, x: float, y: float, width: float, height: float, side: str, *, quiet: bool
) -> Iterator[Shape]:
    """A cell of a table: its ground, its text, what stands below it."""
    if cell.bar is not None:
        start, length = bar_ends(cell.bar)
        look, colour = ("", cell.ink) if cell.ink else ("0", "")
        yield Box(x + PAD + start * BAR, y + 4, length * BAR, LEADING - 8, look, colour)
        return
    if cell.ground:
        yield Box(x, y, width, height, colour=cell.ground)
    look, colour = ("", ink_on(cell.ground)) if cell.ground else ("quiet" if quiet else "ink", "")
    x += {"start": PAD, "middle": width / 2, "end": width - PAD}[side]
    if cell.text.strip():
        yield Letters(x, y + LEADING - BASE, cell.text.strip(), look, colour, side, bold=cell.bold)
    if cell.below:
        yield Letters(x, y + LEADING + SMALL - BASE, cell.below, look, colour, side, size=10)


def bar_ends(share: float) -> tuple[float, float]:
    """Where a bar begins and how long it is, in shares of the longest; one of both signs has half of that.

    >>> bar_ends(0.5), bar_ends(-0.5)
    ((0.0, 0.5), (0.25, 0.25))
    """
    return (0.0, share) if share >= 0 else ((1 + share) / 2, -share / 2)


def _widths(figure: Table) -> list[float]:
    """Pixels of each column: those of its widest cell; what spans several, they share."""
    rows = [[*starts(row)] for row in (*figure.head, *figure.body)]
    widths = [0.0] * max((column + cell.span for row in rows for column, cell in row), default=0)
    spanning = []
    for column, cell in (one for row in rows for one in row):
        signs = max(cell_len(cell.text.strip()), cell_len(cell.below) * 0.85)
        needed = 2 * PAD + (BAR if cell.bar is not None else SIGN * signs)
        if cell.span == 1:
            widths[column] = max(widths[column], needed)
        else:
            spanning.append((column, cell.span, needed))
    for column, span, needed in spanning:
        lacking = needed - sum(widths[column : column + span])
        for place in range(column, column + span):
            widths[place] += max(0.0, lacking) / span
    return widths


def _pixels(figure: Pixels, width: float) -> Block:
    rows, columns = figure.data.shape[:2]
    share = min(float(figure.times), width / columns)
    size = columns * share, rows * share
    image = Image(0, 0, *size, figure.data, figure.colours, figure.words, figure.cells)
    body = Block(*size, [image])
    return body if figure.legend is None else below([body, _legend(figure.legend)], 2)


def _legend(legend: Legend) -> Block:
    """A scale of colours between the numbers at its ends."""
    low, high = _line([Run(legend.low, quiet=True)]), _line([Run(legend.high, quiet=True)])
    wide = STRIP * len(legend.colours)
    strip = Image(low.width + GAP, 4, wide, STRIP, legend.colours[None].astype(np.uint8))
    right = low.width + wide + 2 * GAP
    return Block(right + high.width, LEADING, [*low.shapes, strip, *high.at(right, 0)])


def _row(figure: Row, width: float) -> Block:
    named = any(name for name, _ in figure.parts)
    rows: list[Block] = []
    line: list[Block] = []
    for name, part in figure.parts:
        body = block(part, width)
        one = below([_line([Run(name, bold=True)]), body], 2) if named else body
        if line and sum(other.width + 2 * AIR for other in line) + one.width > width:
            rows.append(_beside(line))
            line = []
        line.append(one)
    return below([*rows, *([_beside(line)] if line else [])], GAP)


def _line(runs: Line, leading: float = LEADING, *, kept: bool = False) -> Block:
    """A line of letters; where its drawing must be ``kept``, every piece is as wide as its signs."""
    x = 0.0
    shapes: list[Shape] = []
    for run in runs:
        wide = SIGN * cell_len(run.text)
        if run.ground:
            shapes.append(Box(x, 0, wide, leading, colour=run.ground))
        if text := run.text.strip(" "):
            begins = x + SIGN * (len(run.text) - len(run.text.lstrip(" ")))
            colour = run.ink or (ink_on(run.ground) if run.ground else "")
            look = "" if colour else "quiet" if run.quiet else "ink"
            fixed = SIGN * cell_len(text) if kept else None
            shapes.append(Letters(begins, leading - BASE, text, look, colour, bold=run.bold, wide=fixed))
        x += wide
    return Block(x, leading, shapes)


def _broken(runs: Line, signs: int, mark: str = "") -> Iterator[list[Run]]:
    """A line broken at blanks, each part of so many signs at most; ``mark`` ends all but the last."""
    line: list[Run] = []
    used = 0
    for run in runs:
        for place, word in enumerate(run.text.split(" ")):
            piece = f" {word}" if place else word
            if used and used + cell_len(piece) > signs and word:
                yield joined([*line, Run(mark)])
                line, used, piece = ([Run("    ")], 4, word) if mark else ([], 0, word)
            line.append(Run(piece, run.bold, run.quiet, run.ink, run.ground))
            used += cell_len(piece)
    yield joined(line)


def below(blocks: Sequence[Block], gap: float) -> Block:
    """Blocks below each other."""
    y = 0.0
    shapes: list[Shape] = []
    for place, one in enumerate(blocks):
        y += gap if place else 0
        shapes += one.at(0, y)
        y += one.height
    return Block(max((one.width for one in blocks), default=0.0), y, shapes)


def _beside(blocks: Sequence[Block]) -> Block:
    x = 0.0
    shapes: list[Shape] = []
    for place, one in enumerate(blocks):
        x += 2 * AIR if place else 0
        shapes += one.at(x, 0)
        x += one.width
    return Block(x, max(one.height for one in blocks), shapes)
