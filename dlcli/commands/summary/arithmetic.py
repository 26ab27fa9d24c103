"""How the counts of a layer come about: formulas with this layer's numbers in them, for each kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

from dlcli.commands.kinds.nets.counts import (
    Line,
    cells_words,
    conv_parameters,
    conv_work,
    count_words,
    length_words,
)
from dlcli.commands.summary.over_time import Formulas, output_words, parameters_of, work_of
from dlcli.commands.summary.record import BYTES, Counted, Sight
from dlcli.engines.base.checks import pair
from dlcli.nets.layers.activation import Prelu
from dlcli.nets.layers.base import Shape, Window
from dlcli.nets.layers.convolution import Conv
from dlcli.nets.layers.dense import Dense
from dlcli.nets.layers.depthwise import DepthwiseConv, SeparableConv
from dlcli.nets.layers.normalise import BatchNorm, LayerNorm
from dlcli.nets.layers.pooling import GlobalAvg, Pool
from dlcli.nets.layers.sequence import Concat, Embedding
from dlcli.nets.layers.shape import Flatten, Reshape, Upsampling
from dlcli.nets.layers.transposed import ConvTranspose
from dlcli.words.number import number


def shape_words(shape: Shape) -> str:
    """A shape as it is told: 30 × 30 × 32."""
    return "×".join(map(length_words, shape))


def output_lines(one: Counted) -> list[Line]:
    """Where the shape of the output comes from."""
    kind, x, y = one.layer.kind, one.layer.input, one.layer.output
    if len(x) == 2 and (lines := output_words(kind, x, y, one.others)):
        return lines
    match kind:
        case Embedding() | Concat():
            return output_words(kind, x, y, one.others)
        case Conv() | DepthwiseConv() | SeparableConv() | Pool():
            channels: Line = ("channels", [length_words(y[2])])
            if isinstance(kind, DepthwiseConv):
                channels = ("channels", [f"{length_words(x[2])}·{kind.depth_multiplier}", length_words(y[2])])
            return [*_sliding(kind, x), channels]
        case ConvTranspose():
            return [*_laid_down(kind, x), ("channels", [length_words(y[2])])]
        case Upsampling():
            sizes = pair("size", kind.size)
            lines = [
                (axis, [f"{length_words(n)}·{s}", length_words(n * s)])
                for axis, n, s in zip(("height", "width"), x, sizes, strict=False)
            ]
            return [*_alike(lines), ("channels", [length_words(y[2])])]
        case GlobalAvg():
            cells = f"{length_words(x[0])}·{length_words(x[1])}"
            return [("features", [f"{length_words(y[0])} channels, a mean of {cells} cells each"])]
        case Flatten() | Reshape():
            given = "·".join(map(length_words, x))
            made = "·".join(map(length_words, y))
            sides = [given, *([made] if len(y) > 1 else []), count_words(prod(y))]
            return [("numbers", list(dict.fromkeys(sides)))]
        case Dense():
            return [("features", [f"{length_words(y[0])} units"])]
    return [("shape", [f"{shape_words(y)}, that of the input"])]


def parameter_lines(one: Counted) -> list[Line]:
    """How many numbers the layer owns."""
    kind, x = one.layer.kind, one.layer.input
    told = count_words(one.parameters)
    if (formulas := parameters_of(kind, x)) is not None:
        return _totalled(formulas, "parameters", told)
    match kind:
        case Conv() | ConvTranspose():
            return [conv_parameters(kind, x)]
        case DepthwiseConv():
            into = f"{cells_words(kind)} + 1" if kind.use_bias else cells_words(kind)
            return [("parameters", [f"({into})·{length_words(x[2])}·{kind.depth_multiplier}", told])]
        case SeparableConv():
            depth = f"{length_words(x[2])}·{kind.depth_multiplier}"
            bias = f" + {kind.filters}" if kind.use_bias else ""
            return [("parameters", [f"{cells_words(kind)}·{depth} + {depth}·{kind.filters}{bias}", told])]
        case Dense():
            into = f"({length_words(x[-1])} + 1)" if kind.use_bias else length_words(x[-1])
            return [("parameters", [f"{into}·{kind.units}", told])]
        case BatchNorm():
            half, channels = count_words(one.trained), length_words(x[-1])
            return [
                ("trained", [f"2·{channels}", f"{half}: gamma and beta"]),
                ("measured", [f"2·{channels}", f"{half}: mean and variance"]),
                ("parameters", [f"4·{channels}", told]),
            ]
        case LayerNorm():
            return [("parameters", [f"2·{length_words(x[-1])}", f"{told}: gamma and beta"])]
        case Prelu():
            return [("parameters", [f"{told}: one alpha for each channel"])]
    return [("parameters", ["0"])]


def work_lines(one: Counted) -> list[Line]:
    """How many multiplications an input takes, each with an addition."""
    kind, x, y = one.layer.kind, one.layer.input, one.layer.output
    told, outputs = count_words(one.multiply_adds), "·".join(map(length_words, y))
    if (formulas := work_of(kind, x, y, one.others)) is not None:
        return _totalled(formulas, "multiply-adds", told)
    match kind:
        case Conv():
            return [conv_work(kind, x)]
        case ConvTranspose():
            sides = [f"{'·'.join(map(length_words, x))}·({cells_words(kind)}·{kind.filters})", told]
        case DepthwiseConv():
            sides = [f"{outputs}·({cells_words(kind)})", told]
        case SeparableConv():
            where = f"{length_words(y[0])}·{length_words(y[1])}·{length_words(x[2])}·{kind.depth_multiplier}"
            sides = [f"{where}·({cells_words(kind)} + {kind.filters})", told]
        case Dense():
            sides = [f"{length_words(x[0])}·{kind.units}", told]
        case BatchNorm():
            sides = [outputs, told]
        case LayerNorm():
            sides = [f"2·{outputs}", told]
        case _:
            sides = ["0"]
    return [("multiply-adds", sides)]


def _totalled(formulas: Formulas, what: str, told: str) -> list[Line]:
    """A formula with its number; of several, their parts and then the sum."""
    if len(formulas) == 1:
        return [(formulas[0][0], [formulas[0][1], told])]
    return [*((word, [formula]) for word, formula in formulas), (what, [told])]


def memory_lines(one: Counted, batch: int) -> list[Line]:
    """The bytes of the output."""
    numbers = "·".join(map(length_words, one.layer.output))
    size = BYTES * one.numbers
    return [
        ("one input", [f"{numbers}·{BYTES}", f"{count_words(size)} bytes"]),
        (f"batch of {batch}", [f"{batch}·{count_words(size)}", f"{count_words(batch * size)} bytes"]),
    ]


def sight_lines(one: Counted, *, steps: bool = False) -> list[Line]:
    """What a cell of the output sees of the input."""
    before, after, kind = one.before, one.sight, one.layer.kind
    window = kind.window(one.layer.input)
    if after.everything:
        return [("each number", ["all steps up to its own" if after.causal else "all of the input"])]
    assert window is not None
    if steps and len(one.layer.input) < 3:
        return _step_lines(one, window)
    if isinstance(kind, Flatten | Reshape):
        return [("each number", [f"what the number below sees, {sight_words(after, steps=steps)}"])]
    lines: list[Line] = []
    for axis, place in (("rows", 0), ("columns", 1)):
        cells, seen, step = window[0][place], before.size[place], before.step[place]
        made = seen + (cells - 1) * step
        sides = [f"{number(seen)} + ({number(cells)} − 1)·{number(step)}", number(made)]
        if kind.sources:
            sides = [f"max({number(seen)}, {number(after.size[place])})", number(after.size[place])]
        if after.whole()[place] != after.size[place]:
            sides[-1] += f", {after.whole()[place]} at most"
        lines.append((axis, sides))
    for axis, place in (("from row to row", 0), ("from column to column", 1)):
        factor = after.step[place] / before.step[place]
        lines.append((axis, [f"{number(before.step[place])}·{number(factor)}", number(after.step[place])]))
    return _alike(lines[:2], "rows, columns") + _alike(lines[2:], "from cell to cell")


def _step_lines(one: Counted, window: Window) -> list[Line]:
    """Of a sequence: how many steps of the input a step sees, and which."""
    (cells, _), before, after = window[0], one.before, one.sight
    sides = [
        f"{number(before.size[0])} + ({number(cells)} − 1)·{number(before.step[0])}",
        number(after.size[0]),
    ]
    if one.others:
        sides = [f"max({number(before.size[0])}, …)", number(after.size[0])]
    sides[-1] += ", none after its own" if after.causal and after.size[0] > 1 else ""
    between = [f"{number(before.step[0])}·{number(window[1][0])}", number(after.step[0])]
    return [("steps", sides), ("from step to step", between)]


def sight_words(sight: Sight, *, steps: bool = False) -> str:
    """What a cell sees, in short: 10×10, or all; of a sequence so many steps, or what is past.

    >>> sight_words(Sight((10.0, 10.0), (2.0, 2.0))), sight_words(Sight((3, 1), (1, 1)), steps=True)
    ('10×10', '3')
    """
    if sight.everything:
        return "past" if steps and sight.causal else "all"
    return str(sight.whole()[0]) if steps else shape_words(sight.whole())


def _sliding(kind: Conv | DepthwiseConv | SeparableConv | Pool, x: Shape) -> list[Line]:
    """⌊(n + p − span) / stride⌋ + 1 for rows and columns."""
    where = kind.where(x)
    lines: list[Line] = []
    for place, axis in enumerate(("height", "width")):
        before, after = where.pads[place]
        pads = f" + {before} + {after}" if before or after else ""
        k, d = where.kernel[place], where.dilation[place]
        span = f"(({k} − 1)·{d} + 1)" if d > 1 else f"{k}"
        top = f"⌊({length_words(x[place])}{pads} − {span}) / {where.stride[place]}⌋ + 1"
        if where.stride[place] == 1:
            top = f"{length_words(x[place])}{pads} − {span} + 1"
        lines.append((axis, [top, length_words(where.out_size[place])]))
    return _alike(lines)


def _laid_down(kind: ConvTranspose, x: Shape) -> list[Line]:
    lines: list[Line] = []
    sizes, strides = pair("kernel_size", kind.kernel_size), pair("strides", kind.strides)
    for axis, n, k, s, m in zip(("height", "width"), x, sizes, strides, kind.output(x), strict=False):
        way = (
            f"{length_words(n)}·{s}"
            if kind.padding == "same"
            else f"({length_words(n)} − 1)·{s} + max({k}, {s})"
        )
        lines.append((axis, [way, length_words(m)]))
    return _alike(lines)


def _alike(lines: Sequence[Line], both: str = "height, width") -> list[Line]:
    """One line of two that say the same."""
    first, second = lines
    return [(both, first[1])] if first[1] == second[1] else list(lines)


def all_lines(one: Counted, batch: int) -> Iterator[Line]:
    """Every formula of a layer."""
    yield from output_lines(one)
    yield from parameter_lines(one)
    yield from work_lines(one)
    yield from memory_lines(one, batch)
    yield from sight_lines(one)
