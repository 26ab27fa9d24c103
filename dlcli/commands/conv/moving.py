"""A kernel that slides over its input, picture by picture: the sum of each window, and the map that fills."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.conv.record import Applied, Laid, Work
from dlcli.commands.kinds.pictures.moving_story import (
    DEPTH,
    LINE,
    ROWS,
    ROWS_RATE,
    WINDOWS,
    Photo,
    as_squares,
    factor,
    frames_of,
    padded,
    padded_size,
    rows_of,
    sum_lines,
    under,
)
from dlcli.engines.convolution.terms import conv_terms
from dlcli.engines.convolution.transposed import laid
from dlcli.tensor import Array, Tensor
from dlcli.views.frames import DIGITS, Frames, name_of_part, thinned
from dlcli.views.pictures.picture import Picture
from dlcli.views.shelf import Shelf
from dlcli.views.tables.board import Board, texts_of
from dlcli.views.text.text import clip, plain
from dlcli.words.number import counted, number

KERNEL = 7  # rows and columns of a kernel whose numbers are shown
HIGH, WIDE = 9, 18  # terminal rows and columns of the picture of a larger one


def sliding(work: Work, *, precision: int = DIGITS, most: int | None = None) -> Frames:
    """The windows one after the other; of a large input the rows of its map."""
    return frames_of(
        work.geometry,
        as_squares(padded_size(work.geometry)) and as_squares(work.geometry.out_size),
        most,
        lambda places, shown: _windows(work, places, shown, precision),
        lambda shown: _rows(work, shown, precision),
    )


def _windows(
    work: Work, places: list[tuple[int, ...]], shown: list[int], precision: int
) -> Iterator[RenderableType]:
    """Each window lit up over the padded input, its sum, and the map as far as it is known."""
    where = work.geometry
    channels = [padded(work.seen[..., k], where) for k in range(min(work.depth, DEPTH))]
    inputs = [texts_of(values, precision) for values, _ in channels]
    answers = texts_of(_first(work.output), precision)
    weights = texts_of(work.weights[..., 0], precision)
    written = max(where.kernel) <= KERNEL
    if written:  # squares of one size
        room = wide = max(_widest(*inputs, answers), 1 + _widest(weights))
    else:
        room, wide = _widest(*inputs), _widest(answers)
    names = _names(work)
    for place in shown:
        row, column = cell = places[place][0], places[place][1]
        blocks: list[tuple[str, RenderableType]] = []
        for k, (texts, (_, beside)) in enumerate(zip(inputs, channels, strict=True)):
            lit, below = np.zeros(texts.shape, bool), np.full(texts.shape, "", object)
            seen = under(where, cell)
            lit[seen] = True
            if written:
                below[seen] = [[f"×{text}" for text in line] for line in weights[..., k]]
            small = below if written else None
            blocks.append((names[k], Board(texts, lit=lit, beside=beside, below=small, wide=room)))
        known = np.arange(answers.size).reshape(answers.shape) <= place
        lit = np.zeros(answers.shape, bool)
        lit[cell] = True
        blocks.append((_map_name(work), Board(np.where(known, answers, ""), lit=lit, wide=wide)))
        if not written and work.depth == 1:
            blocks.append(_kernel(work, precision))
        told = f"window {place + 1} of {len(places)}: row {row}, column {column}{_of_first(work)}"
        title = _title(work, told)
        yield Group(title, Shelf(blocks), *_sum(work, cell, precision))


def _sum(work: Work, cell: tuple[int, int], precision: int) -> list[Text]:
    """The products of one window, a line for each row of the kernel, and what they add up to."""
    depth = work.depth
    terms = conv_terms(work.seen[..., :depth], work.weights[..., 0], work.bias[0].item(), work.geometry, cell)
    parts: dict[tuple[int, int], list[tuple[object, object]]] = {}
    for channel, row, x, w in zip(
        np.tile(np.arange(depth), len(terms.products) // depth).tolist(), terms.kernel_rows.tolist(),
        terms.inputs.tolist(), terms.weights.tolist(), strict=True,
    ):  # fmt: skip
        parts.setdefault((channel, row), []).append((x, w))
    name = f"y[{cell[0]}, {cell[1]}]"
    if depth > DEPTH:
        sums = terms.products.reshape(-1, depth).sum(axis=0).tolist()
        told = " + ".join(factor(one, precision) for one in sums)
        lines = [f"{name} = {told}   the sum of each channel"]
        if len(lines[0]) > LINE:
            lines = [f"{name} = the sums of {depth} channels, of {len(terms.products)} products"]
    else:
        lines = sum_lines(name, list(parts.values()), precision)
    return [plain(line) for line in (*lines, _end(work, name, terms.total, cell, precision))]


def _end(work: Applied, name: str, total: complex | float, cell: tuple[int, int], precision: int) -> str:
    """The last line of a sum: with the bias and the activation, where there are such."""
    told = f"{'':{len(name)}} = {number(total, precision)}"
    bias = work.bias[0].item()
    if bias:
        told += f"   + bias {number(bias, precision)} = {number(total + bias, precision)}"
    if work.activation != "linear":
        told += f"   {work.activation}: {number(_first(work.output)[cell].item(), precision)}"
    return told


def _widest(*texts: Array) -> int:
    """Letters of the longest of some texts."""
    return max(len(text) for one in texts for text in one.ravel().tolist())


def _kernel(work: Work, precision: int) -> tuple[str, RenderableType]:
    """The first kernel with its name: as numbers, or as a picture where it is large."""
    weights = work.weights[..., 0, 0]
    if max(weights.shape) <= KERNEL:
        return "kernel", Board(texts_of(weights, precision))
    name = f"kernel, {weights.shape[0]} × {weights.shape[1]}"
    return name, Picture(weights, height=HIGH, width=WIDE, precision=precision)


def _rows(work: Work, shown: list[int], precision: int) -> Iterator[RenderableType]:
    """The rows of a large map one after the other, and where the windows of each stand."""
    gray = work.seen[..., 0] if work.channels == "gray" and work.seen.shape[2] == 1 else None
    seen = work.input if gray is None else Tensor(gray.astype(work.input.data.dtype), work.input.axes[:2])
    photo = Photo(seen, work.output)
    where = work.geometry
    blocks: list[tuple[str, RenderableType]] = []
    if len(work.kernels) == 1 and work.kernels[0].array.shape[2] == 1:
        blocks.append(_kernel(work, precision))
    for row in shown:
        seen_blocks = photo.blocks(rows_of(where, row), (row + 1) / where.out_size[0])
        told = f"row {row + 1} of {where.out_size[0]} of the map (index {row}): "
        told += counted(where.out_size[1], "window")
        yield Group(photo.title(told), Shelf([*seen_blocks, *blocks]))


def laying(work: Laid, *, precision: int = DIGITS, most: int | None = None) -> Frames:
    """Each cell of the input lays its stamp, one after the other; of a large input its rows."""
    where = work.where
    if as_squares(where.in_size) and as_squares(where.out_size):
        places = list(np.ndindex(*where.in_size))
        shown = thinned(len(places), most or WINDOWS)
        ends = bool(np.any(work.bias[0])) or work.activation != "linear"
        return Frames(
            _stamps(work, places, shown, precision, ends=ends),
            len(shown) + ends,
            len(places) + ends,
            "stamps",
        )
    shown = thinned(where.in_size[0], most or ROWS)
    return Frames(_rows_laid(work, shown), len(shown), where.in_size[0], "rows of the input", ROWS_RATE)


def _stamps(
    work: Laid, places: list[tuple[int, ...]], shown: list[int], precision: int, *, ends: bool
) -> Iterator[RenderableType]:
    """A cell of the input and its stamp lit up, and the sums of all stamps so far."""
    where, names = work.where, _names(work)
    inputs = [texts_of(work.seen[..., k], precision) for k in range(min(work.depth, DEPTH))]
    order = np.arange(len(places)).reshape(where.in_size)
    sums = [_laid(work, order <= place) for place in shown]
    touched = [_laid(work, order <= place, ones=True) > 0 for place in shown]
    written = [np.where(on, texts_of(one, precision), "") for one, on in zip(sums, touched, strict=True)]
    final = texts_of(_first(work.output), precision)
    wide = _widest(*inputs, *written, final)
    if work.depth == 1:
        stamps = texts_of(
            work.seen[..., 0].reshape(-1, 1) * work.weights[..., 0, 0].reshape(1, -1), precision
        )
        wide = max(wide, _widest(stamps))
    for place, texts in zip(shown, written, strict=True):
        row, column = cell = places[place][0], places[place][1]
        at = order == place
        blocks: list[tuple[str, RenderableType]] = [
            (names[k], Board(one, lit=at, wide=wide)) for k, one in enumerate(inputs)
        ]
        stamp = _laid(work, at, ones=True) > 0
        blocks.append((_map_name(work), Board(texts, lit=stamp, wide=wide)))
        if work.depth == 1:
            times = work.seen[cell][0].item()
            kernel = Board(texts_of(times * work.weights[..., 0, 0], precision), wide=wide)
            blocks.insert(1, (f"{number(times, precision)} times the kernel", kernel))
        title = f"stamp {place + 1} of {len(places)}: of row {row}, column {column}{_of_first(work)}"
        told = "each square is the sum of the stamps that lie on it"
        yield Group(_title(work, title), Shelf(blocks), plain(told))
    if ends:
        told = f"all stamps, + bias {number(work.bias[0].item(), precision)}"
        told += f", {work.activation}" if work.activation != "linear" else ""
        blocks = [(names[k], Board(one, wide=wide)) for k, one in enumerate(inputs)]
        yield Group(_title(work, told), Shelf([*blocks, (_map_name(work), Board(final, wide=wide))]))


def _laid(work: Laid, cells: Array, *, ones: bool = False) -> Array:
    """What some cells of the input lay down of the first kernel, or how many stamps lie on each square."""
    depth = 1 if ones else work.depth
    x = np.ones((*cells.shape, 1)) if ones else work.seen[..., :depth]
    w = np.ones((*work.where.kernel, 1, 1)) if ones else work.weights[..., :1]
    made: Array = laid(np.where(cells[..., None], x, 0)[None], w, None, work.where)[0, ..., 0]
    return made


def _rows_laid(work: Laid, shown: list[int]) -> Iterator[RenderableType]:
    """The rows of a large input one after the other, and as much of the map as they reach."""
    photo, where = Photo(work.input, work.output), work.where
    for row in shown:
        end = row * where.stride[0] + where.span[0] - where.cut[0][0]
        share = 1.0 if row == where.in_size[0] - 1 else min(1.0, max(0, end) / where.out_size[0])
        blocks = photo.blocks((row / where.in_size[0], (row + 1) / where.in_size[0]), share)
        told = f"row {row + 1} of {where.in_size[0]} of the input (index {row}): "
        told += counted(where.in_size[1], "stamp")
        yield Group(photo.title(told), Shelf(blocks))


def _first(output: Tensor) -> Array:
    """The first map of an output."""
    return np.asarray(output.data[..., 0] if output.data.ndim == 3 else output.data)


def _names(work: Applied) -> list[str]:
    """What the channels of the input are called."""
    if work.depth == 1 or work.input.data.ndim == 2:
        return ["input"] * work.depth
    return [clip(work.input.axes[2].place(k), 20) for k in range(work.depth)]


def _title(work: Applied, told: str) -> Text:
    """What is told of a picture, and of how many channels it shows a part."""
    return plain(name_of_part(told, DEPTH, work.depth, "channels of the input"), "bold")


def _of_first(work: Applied) -> str:
    """That of several kernels the first is shown."""
    if work.channels == "keep" and work.seen.shape[2] > 1:
        return f"; the first of {work.seen.shape[2]} channels"
    return f"; the first of {len(work.kernels)} kernels" if len(work.kernels) > 1 else ""


def _map_name(work: Applied) -> str:
    """What the map is called; of several kernels it is that of the first."""
    name = clip(work.output.name, 20)
    return name if len(work.kernels) == 1 else f"{name} of {clip(work.kernels[0].name, 20)}"
