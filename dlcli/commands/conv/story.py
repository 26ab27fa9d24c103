"""The story of a correlation: kernels that slide over an input, and where they answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from dlcli.commands.conv.arithmetic import Arithmetic
from dlcli.commands.conv.moving import sliding as frames
from dlcli.commands.conv.notices import notices
from dlcli.commands.conv.record import Applied, Work
from dlcli.commands.kinds.nets.counts import conv_parameters, conv_work
from dlcli.commands.kinds.pictures.kernel_story import ROWS, drawn, is_large, kernel_view
from dlcli.commands.kinds.pictures.receptive_field_story import growth, seen
from dlcli.commands.kinds.pictures.sliding_story import heading, size, steps, window
from dlcli.engines.convolution.terms import CellTerms, conv_terms
from dlcli.nets.layers.convolution import Conv
from dlcli.tensor import Array, Axis, Tensor
from dlcli.views.again import again
from dlcli.views.look import MOST, SMALL, facts, look, matrix, thumbnail
from dlcli.views.origin import origin_words
from dlcli.views.page.cells import Listed, Placed, listed
from dlcli.views.pictures.picture import Picture
from dlcli.views.pictures.tone import Tone, black_and_white
from dlcli.views.shelf import Shelf
from dlcli.views.story import Section, Story
from dlcli.views.tables.table import with_rest
from dlcli.views.text.cell import cell_words, checked, strongest, strongest_words
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import formulas
from dlcli.views.text.text import clip, visible
from dlcli.words.number import number

__all__ = ["explain", "frames", "story"]

NOTICED = 2
FEW, SHORT = 4, 5  # kernels, and rows of one, up to which all weights are written


def story(work: Work, *, precision: int = 4) -> Story:
    """What came in, how large the map becomes and why, the kernels, the map, and where it answers most."""
    sections = [
        Section("input", "Input", whence(work, precision), shown(work, precision)),
        size(work.geometry, work.input.axes),
        *growth(work.output),
        _sliding(work),
        _counts(work),
        Section("parameters", *kernel_facts(work, precision)),
        Section("result", heading(work.output.name), facts(work.output, precision),
                look(work.output, precision=precision)),
        Section("result", "Strongest", strongest_words(work.output, precision)),
        Section("method", "Computed by", Text(visible(work.method)), detail=True),
        Section("next", "Try next", body=CommandLine(*_again(work))),
    ]  # fmt: skip
    noticed = " ".join([*notices(work, precision)][:NOTICED])
    if noticed:
        sections.append(Section("notice", "Notice", Text(noticed)))
    return Story(*sections)


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """The products behind one cell of the map, from the window of the input to the number that came out.

    Raises ``WrongUsage`` when the map has no such cell.
    """
    cell = checked(cell, work.output)
    terms = _terms(work, cell)
    value = work.output.data[cell]
    # Of several channels that are filtered each by itself, a term sees one: the cell's own index names it.
    several = work.channels is not None and len(set(terms.channels.tolist()) - {-1}) > 1
    channel = work.input.axes[2] if several or grouped(work) else None
    where = Text(f"{number(value, precision)} at {cell_words(cell, work.output)}")
    came = came_from(work, terms)
    sections = [
        Section("input", "Input", whence(work, precision)),
        window(work.geometry, work.input.axes, terms.cell),
        _sliding(work),
        Section("arithmetic", "Arithmetic", body=Arithmetic(
            terms, result=value, channel=channel, activation=work.activation, cells=came,
            precision=precision), cells=Listed(came.of, [*filter(None, came.cells)])),
        Section("result", heading(work.output.name), where),
    ]  # fmt: skip
    sections += seen(work.output, cell)
    side_by_side = _window_and_weights(terms, channel, work.input.data, precision, came)
    if side_by_side is not None:
        sections.append(Section("parameters", "Window and weights", body=side_by_side))
    outside = int(terms.outside.sum())
    if outside:
        share = f"{outside} of {len(terms.outside)} factors come{'s' * (outside == 1)}"
        sections.append(
            Section("notice", "Notice", Text(f"{share} from the padding ({work.geometry.pad_mode})."))
        )
    return Story(*sections)


def _sliding(work: Work) -> Section:
    """How each number of the map is made, and how the windows step."""
    where = work.geometry
    padding = "padding" if where.pad_mode == "zeros" else f"padding ({where.pad_mode})"
    rule = "b + Σ x[i·s + r·d − p, j·s + c·d − p] · w[r, c]  over r, c"
    return steps(("y[i, j]", rule), work.input.axes, where.stride, where.dilation, where.pads, padding)


def _counts(work: Work) -> Section:
    """The weights and the multiplications of a layer with these kernels; of the parts of one nothing."""
    if work.parts:
        return Section("formula", "Counts", Text())
    where = work.geometry
    layer = Conv(
        filters=work.weights.shape[3], kernel_size=where.kernel, strides=where.stride, padding=where.pads,
        dilation_rate=where.dilation, groups=work.groups, use_bias=work.biased,
    )  # fmt: skip
    told = "of such a Conv2D layer"
    if work.added > 1:
        told += ", which has weights of its own for every channel"
    shape = work.seen.shape
    return Section("formula", "Counts", Text(told, style="dim"),
                   formulas([conv_parameters(layer, shape), conv_work(layer, shape)]))  # fmt: skip


def _terms(work: Work, cell: tuple[int, ...]) -> CellTerms:
    """The products behind one output cell."""
    out = cell[2] if len(cell) == 3 else 0
    group = out // (work.weights.shape[3] // work.groups)
    first = group * work.depth
    terms = conv_terms(
        work.seen[..., first : first + work.depth], work.weights[..., out], work.bias[out].item(),
        work.geometry, (cell[0], cell[1]),
    )  # fmt: skip
    return replace(terms, channels=np.where(terms.channels < 0, -1, terms.channels + first))


def came_from(work: Applied, terms: CellTerms) -> Listed:
    """The cells of the input in which the factors stand; of a picture that was turned gray, its pixels."""
    x = work.input
    axes = 3 if x.data.ndim == 3 and x.shape == work.seen.shape else 2
    places = np.stack([terms.rows, terms.columns, np.maximum(terms.channels, 0)][:axes], axis=1)
    came = listed(x, places.tolist())
    return replace(
        came, cells=[cell if row >= 0 else "" for cell, row in zip(came.cells, terms.rows, strict=True)]
    )


def _again(work: Work) -> list[list[str]]:
    """The same line, asking why the strongest cell answered, or the first where none is finite."""
    cell = strongest(work.output) or (0,) * work.output.data.ndim
    return again(work.line, work.input, "--explain", ",".join(map(str, cell)))


def whence(work: Applied, precision: int) -> Text:
    """Where the input is from, and that its colours became gray."""
    gray = ", turned gray" if work.channels == "gray" and work.input.data.ndim == 3 else ""
    return Text.assemble(origin_words(work.input, precision), gray)


def shown(work: Applied, precision: int) -> RenderableType:
    """A small view of the input, gray where its colours became gray."""
    x = work.input
    if work.channels == "gray" and x.data.ndim == 3:
        gray = work.seen[..., 0]
        gray = np.rint(gray).astype(x.data.dtype) if x.data.dtype.kind == "u" else gray
        x = Tensor(gray, x.axes[:2], x.name, x.attrs)
    return thumbnail(x, precision)


def kernel_facts(work: Applied, precision: int) -> tuple[str, Text, RenderableType]:
    """Heading, facts and coloured matrices of the kernels: a block for each, side by side its channels."""
    kernels = work.kernels
    biases = np.atleast_1d(work.bias)
    channel = work.input.axes[2] if work.input.data.ndim == 3 else None
    limit = max(float(np.abs(kernel.array).max()) for kernel in kernels)
    blocks: list[tuple[str, RenderableType]] = []
    for place, kernel in enumerate(kernels):
        depth = kernel.array.shape[2]
        bias = f"bias {number(biases[place], precision)}"
        for k in range(depth):
            name = clip(kernel.name, 20) if len(kernels) > 1 else ""
            seen = place * work.groups // len(kernels) * work.depth + k if grouped(work) else k
            known = channel and depth in (work.depth, work.input.shape[2])
            label = clip(channel.place(seen), 12) if channel and known else str(k)
            if grouped(work) and work.depth == 1:
                name = f"{name} on {label}"
            elif depth > 1:
                name = f"{name} {label}".strip()
            if len(kernels) > 1 and k == (0 if work.parts else depth - 1):
                name = f"{name}, {bias}"
            blocks.append((name, _kernel_view(work, kernel.array[..., k], limit, precision)))
    rows, columns, depth = kernels[0].array.shape
    shape = f"{rows} × {columns}" + (f" × {depth}" if depth > 1 else "")
    words = (
        f"{clip(kernels[0].name, 40)}, {shape}, {bias}"
        if len(kernels) == 1
        else f"{len(kernels)}, each {shape}"
    )
    if grouped(work):
        words += f"; in {work.groups} groups, each for {work.depth} of {work.seen.shape[2]} channels"
    elif work.channels == "sum" and channel and work.added > 1:
        words += ", the same on every channel, added up"
    if work.parts:
        words += "; each map is one channel's part of the sum" + ", the bias in the first" * bool(
            work.bias.any()
        )
    if work.flip:
        words += ", turned by 180° before use (--flip)"
    if work.activation != "linear":
        words += f", then {visible(work.activation)}"
    body = with_rest(Shelf(blocks[:MOST]), len(blocks) - MOST)
    return "Kernel" if len(kernels) == 1 else "Kernels", Text(words), body


def _kernel_view(work: Applied, array: Array, limit: float, precision: int) -> RenderableType:
    """The weights of a kernel on one channel; of many large kernels as a small picture."""
    if len(work.kernels) > FEW and max(array.shape) > SHORT:
        return drawn(array, limit)
    alone = len(work.kernels) == 1 and work.kernels[0].array.shape[2] == 1
    return kernel_view(array, limit, precision=precision, legend=alone)


def grouped(work: Applied) -> bool:
    """Whether a kernel sees some of the channels, as ``--groups`` has it."""
    return work.groups > 1 and work.channels == "sum"


def _window_and_weights(
    terms: CellTerms, channel: Axis | None, data: Array, precision: int, came: Listed
) -> RenderableType | None:
    """What the kernel saw beside its weights, channel by channel; None when that is too much to look at.

    The window is as bright as it is in all of the input.
    """
    shape = int(terms.kernel_rows.max()) + 1, int(terms.kernel_columns.max()) + 1, -1
    inputs, weights = terms.inputs.reshape(shape), terms.weights.reshape(shape)
    places = np.array(came.cells or [""] * terms.inputs.size, object).reshape(shape)
    large = is_large(weights[..., 0])
    if (max(shape[:2]) > SMALL and not large) or inputs.shape[2] > 4:
        return None
    seen_of = terms.channels.reshape(shape).max(axis=(0, 1))  # −1 where all of a window is padding
    bright = black_and_white(data)
    scale, limits = ("gray", bright) if bright[0] >= 0 else ("diverging", None)
    blocks: list[tuple[str, RenderableType]] = []
    for k, place in enumerate(seen_of.tolist()):
        of = f" {clip(channel.place(place), 16)}" if channel and place >= 0 else ""
        cells = Placed(came.of, places[..., k])
        limit = float(np.abs(weights).max())
        if large:
            tone = Tone.between(*limits, inputs) if limits else None
            seen: RenderableType = Picture(inputs[..., k], tone=tone, height=ROWS, legend=False)
        else:
            seen = matrix(inputs[..., k], precision=precision, scale=scale, limits=limits, cells=cells)
        blocks.append((f"input{of}", seen))
        view = kernel_view(weights[..., k], limit, precision=precision, legend=False)
        blocks.append((f"weights{of}", view))
    return Shelf(blocks)
