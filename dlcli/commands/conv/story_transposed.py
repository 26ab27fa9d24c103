"""The story of a transposed convolution: each cell of the input lays the kernel down, and stamps add up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.conv.arithmetic import Arithmetic
from dlcli.commands.conv.moving import laying as frames
from dlcli.commands.conv.record import Laid
from dlcli.commands.conv.story import came_from, grouped, kernel_facts, shown, whence
from dlcli.commands.kinds.nets.counts import cells_words, conv_parameters, count_words
from dlcli.commands.kinds.pictures.receptive_field_story import growth, seen
from dlcli.commands.kinds.pictures.sliding_story import heading, steps
from dlcli.engines.convolution.transposed import Stamps, transposed_terms
from dlcli.nets.layers.transposed import ConvTranspose
from dlcli.tensor import Array, Axis
from dlcli.views.again import again
from dlcli.views.look import SMALL, facts, look
from dlcli.views.shelf import Shelf
from dlcli.views.story import Section, Story
from dlcli.views.tables.matrix import MarkedMatrix
from dlcli.views.text.cell import cell_words, checked, strongest, strongest_words
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import Formula, formulas
from dlcli.views.text.text import clip
from dlcli.words.number import counted, number

__all__ = ["explain", "frames", "story"]

METHOD = "for each cell of the kernel, what all cells of the input lay down with it"
NOTICED = 3


def story(work: Laid, *, precision: int = 4) -> Story:
    """What came in, how large the map becomes and why, the kernels, how stamps overlap, and their sums."""
    return Story(
        Section("input", "Input", whence(work, precision), shown(work, precision)),
        _size(work),
        *growth(work.output),
        _counts(work),
        _sliding(work),
        Section("parameters", *kernel_facts(work, precision)),
        *_stamps(work, precision),
        Section("result", heading(work.output.name), facts(work.output, precision),
                look(work.output, precision=precision)),
        Section("result", "Strongest", strongest_words(work.output, precision)),
        Section("notice", "Notice", Text(" ".join([*_notices(work)][:NOTICED]))),
        Section("method", "Computed by", Text(METHOD), detail=True),
        Section("next", "Try next", body=CommandLine(*_again(work))),
    )  # fmt: skip


def explain(work: Laid, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """Which cells of the input reach one cell of the output, with which weights, and the sum of the products.

    Raises ``WrongUsage`` when there is no such cell.
    """
    cell = checked(cell, work.output)
    out = cell[2] if len(cell) == 3 else 0
    first = out // (work.weights.shape[3] // work.groups) * work.depth
    terms = transposed_terms(
        work.seen[..., first : first + work.depth], work.weights[..., out], work.bias[out].item(), work.where,
        (cell[0], cell[1]),
    )  # fmt: skip
    terms = replace(terms, channels=terms.channels + first)
    several = work.channels is not None and work.depth > 1
    channel = work.input.axes[2] if several or (grouped(work) and work.input.data.ndim == 3) else None
    value = work.output.data[cell]
    came = came_from(work, terms)
    reached: RenderableType = Text("no cell of the input reaches this one: nothing is added up")
    if len(terms.products):
        reached = Arithmetic(
            terms,
            result=value,
            channel=channel,
            activation=work.activation,
            kernel_places=True,
            precision=precision,
            cells=came,
        )
    elif work.bias[out]:
        reached = Text(
            f"no cell of the input reaches this one: the bias {number(work.bias[out].item(), precision)} "
            "is alone"
        )
    where = Text(f"{number(value, precision)} at {cell_words(cell, work.output)}")
    return Story(
        Section("input", "Input", whence(work, precision)),
        _reach(work, (cell[0], cell[1])),
        _sliding(work),
        Section("arithmetic", "Arithmetic", body=reached, cells=came),
        Section("result", heading(work.output.name), where),
        *seen(work.output, cell),
    )


def _again(work: Laid) -> list[list[str]]:
    """The same line, asking how the strongest cell came about, or the first where none is finite."""
    cell = strongest(work.output) or (0,) * work.output.data.ndim
    return again(work.line, work.input, "--explain", ",".join(map(str, cell)))


def _names(work: Laid) -> list[str]:
    return [clip(axis.name, 16) for axis in work.input.axes[:2]]


def _size(work: Laid) -> Section:
    """The size formula with its numbers."""
    where, names, lines = work.where, _names(work), []
    spread = max(where.dilation) > 1
    wide = max(map(len, (*names, "reach" * spread)))
    if spread:
        lines += [
            Formula("reach", f"({k} − 1) × {d} + 1", str(span), name_width=wide)
            for k, d, span in sorted(set(zip(where.kernel, where.dilation, where.span, strict=True)))
        ]
    for name, n, stride, span, (before, after), more, out in zip(
        names, where.in_size, where.stride, where.span, where.cut, where.added, where.out_size, strict=True
    ):
        formula = f"({n} − 1) × {stride} + {span} − {before} − {after} + {more}"
        lines.append(Formula(name, formula, str(out), name_width=wide))
    word = "reach of the kernel" if spread else "kernel"
    title = f"(input − 1) × stride + {word} − cut before − cut after + output padding"
    return Section("formula", "Size", Text(title, style="dim"), Group(*lines))


def _sliding(work: Laid) -> Section:
    """Where each number of the input is laid, and how the stamps step."""
    rule = "b + Σ x[i, j] · w[r, c]  over all that lands there"
    where = work.where
    return steps(
        ("y[i·s + r·d − p, …]", rule),
        work.input.axes,
        where.stride,
        where.dilation,
        where.cut,
        "cut",
    )


def _counts(work: Laid) -> Section:
    """The weights and the multiplications of a layer with these kernels; of groups, and of parts, nothing."""
    if work.groups > 1 or work.parts:
        return Section("formula", "Counts", Text())
    layer = ConvTranspose(
        filters=work.weights.shape[3], kernel_size=work.where.kernel, strides=work.where.stride,
        use_bias=work.biased
    )  # fmt: skip
    rows, columns, channels = shape = work.seen.shape
    each = f"({cells_words(layer)}·{layer.filters})"
    sides = [f"{rows}·{columns}·{channels}·{each}", count_words(layer.multiply_adds(shape))]
    told = Text("of such a Conv2DTranspose layer", style="dim")
    body = formulas([conv_parameters(layer, shape), ("multiply-adds", sides)])
    return Section("formula", "Counts", told, body)


def _reach(work: Laid, cell: tuple[int, int]) -> Section:
    """Which cells of the input lay something on one cell, by the formula."""
    where, lines = work.where, []
    names = _names(work)
    wide = max(map(len, names))
    for axis, (name, place, stride, (before, _), step) in enumerate(
        zip(names, cell, where.stride, where.cut, where.dilation, strict=True)
    ):
        inputs, cells = where.inputs_of(axis, place)
        times = f"{step} × " if step > 1 else ""
        found = [f"{i} × {stride} + {times}{r}" for i, r in zip(inputs.tolist(), cells.tolist(), strict=True)]
        lines.append(Formula(name, f"{place} + {before}", *(found or ["no input's"]), name_width=wide))
    title = "cell + cut before = input × stride + cell of the kernel"
    return Section("formula", "Reach", Text(title, style="dim"), Group(*lines))


def _stamps(work: Laid, precision: int) -> Iterator[Section]:
    """Where small outputs are: the stamp of one input alone, and how many stamps lie on each cell."""
    where = work.where
    rows, columns = where.stride
    step = f"{rows}" if rows == columns else f"{rows} down and {columns} across"
    told = (
        f"each cell of the input lays down its number × the kernel, the next one {step} further; they add up"
    )
    if max(where.out_size) > SMALL:
        yield Section("parameters", "Stamps", Text(f"{told}: {_counted(work.counts)}"))
        return
    blocks: list[tuple[str, RenderableType]] = []
    found = _strongest_input(work)
    if found is not None:
        channel = 0 if work.groups == 1 else found[2]
        stamp = work.stamp((found[0], found[1]), found[2], channel * work.weights.shape[3] // work.groups)
        value = number(work.seen[found], precision)
        blocks.append((f"stamp of {value} at {found[0]}, {found[1]}", _matrix(work, stamp, precision)))
    counts = work.counts
    blocks.append(("stamps on each cell", _matrix(work, counts.astype(np.float64), precision)))
    yield Section("parameters", "Stamps", Text(told), Shelf(blocks), found=True)


def _strongest_input(work: Laid) -> tuple[int, int, int] | None:
    """The cell of the input with the largest number."""
    sizes = np.abs(work.seen).astype(np.float64)
    if not np.isfinite(sizes).any():
        return None
    place = np.unravel_index(np.where(np.isfinite(sizes), sizes, -1).argmax(), sizes.shape)
    return int(place[0]), int(place[1]), int(place[2])


def _matrix(work: Laid, values: Array, precision: int) -> MarkedMatrix:
    """Numbers at their places in the output; where there is none, a dot."""
    empty = np.isnan(values) if values.dtype.kind == "f" else np.isnan(values.real)
    rows, columns = work.output.axes[:2]
    return MarkedMatrix(
        np.where(empty, 0, values), np.zeros(values.shape, bool), empty, (rows.name, _labels(rows,
        len(values))), (columns.name, _labels(columns, values.shape[1])), words=np.where(empty, "·", ""),
        precision=precision,
    )  # fmt: skip


def _labels(axis: Axis, length: int) -> list[str]:
    return [clip(axis.place(i), 16) for i in range(length)]


def _counted(counts: Array) -> str:
    low, high = int(counts.min()), int(counts.max())
    return f"{low} to {high} stamps on a cell" if low < high else f"{low} on every cell"


def _notices(work: Laid) -> Iterator[str]:
    where = work.where
    uneven = [axis for axis in (0, 1) if _uneven(where, axis)]
    if uneven:
        sizes, strides = (
            " and ".join(dict.fromkeys(str(of[axis]) for axis in uneven))
            for of in (where.kernel, where.stride)
        )
        better = ",".join(
            str(-(-where.kernel[axis] // where.stride[axis]) * where.stride[axis]) for axis in (0, 1)
        )
        middle = work.counts[tuple(slice(n // 4, n - n // 4) for n in where.out_size)]
        low, high = int(middle.min()), int(middle.max())
        told = f"{low} or {high}" if high - low == 1 else f"{low} to {high}"
        yield (
            f"Cells get {told} stamps in turn, for {sizes} is no multiple of the stride {strides}: where "
            "all is even "
            f"a checkerboard shows. A kernel of {better.replace(',', ' × ')} lays as many on each inner cell."
        )
    elif max(where.stride) > 1 and max(where.dilation) == 1:
        each = int(np.prod([k // s for k, s in zip(where.kernel, where.stride, strict=True)]))
        yield (
            f"The kernel's size is a multiple of the stride: {each} stamp{'s' * (each > 1)} on each inner "
            "cell, and no checkerboard."
        )
    if any(where.added):
        yield (
            f"At the end {counted(where.added[0], 'row')} and {counted(where.added[1], 'column')} are "
            "added; a cell of them that no stamp reaches holds the bias alone."
        )
    if max(map(max, where.cut)) > 0:
        yield "What stamps lay beyond the border is cut off."
    yield (
        "With the same stride and padding it is conv's way back, no inverse: it has conv's shapes the "
        "other way round, and the gradient of a conv at its input is computed so."
    )


def _uneven(where: Stamps, axis: int) -> bool:
    """Whether cells along an axis get stamps of different numbers of inputs, however large it is."""
    stride, dilation, kernel = where.stride[axis], where.dilation[axis], where.kernel[axis]
    if stride == 1:
        return False
    phases = np.bincount(np.arange(kernel) * dilation % stride, minlength=stride)
    return bool(phases.min() != phases.max())
