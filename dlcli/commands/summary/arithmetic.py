"""How the counts of a layer come about: formulas with this layer's numbers in them, for each kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

from dlcli.commands.summary.over_time import Formulas, output_words, parameters_of, work_of
from dlcli.commands.summary.record import BYTES, Counted, Sight
from dlcli.engines.base.checks import pair
from dlcli.nets.layers.activation import Prelu
from dlcli.nets.layers.base import Kind, Shape, Window
from dlcli.nets.layers.convolution import Conv
from dlcli.nets.layers.dense import Dense
from dlcli.nets.layers.depthwise import DepthwiseConv, SeparableConv
from dlcli.nets.layers.normalise import BatchNorm, LayerNorm
from dlcli.nets.layers.pooling import GlobalAvg, Pool
from dlcli.nets.layers.sequence import Concat, Embedding
from dlcli.nets.layers.shape import Flatten, Reshape, Upsampling
from dlcli.nets.layers.transposed import ConvTranspose
from dlcli.words.number import number

#: A formula: what it gives, and its sides.
Line = tuple[str, list[str]]

#: Beyond it a count is told by its size alone.
READABLE = 10**15


def count_words(count: int) -> str:
    """A count as it is read: 18,496; one that nobody would read, in powers of ten.

    >>> count_words(18496), count_words(3 * 10**20)
    ('18,496', '3.00e20')
    """
    if count < READABLE:
        return f"{count:,}"
    digits = str(count) if count < 10**4000 else f"9{'9' * 4000}"
    return f"{digits[0]}.{digits[1:3]}e{len(digits) - 1}"


def shape_words(shape: Shape) -> str:
    """A shape as it is told: 30 × 30 × 32."""
    return "×".join(map(_length, shape))


def output_lines(one: Counted) -> list[Line]:
    """Where the shape of the output comes from."""
    kind, x, y = one.layer.kind, one.layer.input, one.layer.output
    if len(x) == 2 and (lines := output_words(kind, x, y, one.others)):
        return lines
    match kind:
        case Embedding() | Concat():
            return output_words(kind, x, y, one.others)
        case Conv() | DepthwiseConv() | SeparableConv() | Pool():
            channels: Line = ("channels", [_length(y[2])])
            if isinstance(kind, DepthwiseConv):
                channels = ("channels", [f"{_length(x[2])}·{kind.depth_multiplier}", _length(y[2])])
            return [*_sliding(kind, x), channels]
        case ConvTranspose():
            return [*_laid_down(kind, x), ("channels", [_length(y[2])])]
        case Upsampling():
            sizes = pair("size", kind.size)
            lines = [
                (axis, [f"{_length(n)}·{s}", _length(n * s)])
                for axis, n, s in zip(("height", "width"), x, sizes, strict=False)
            ]
            return [*_alike(lines), ("channels", [_length(y[2])])]
        case GlobalAvg():
            cells = f"{_length(x[0])}·{_length(x[1])}"
            return [("features", [f"{_length(y[0])} channels, a mean of {cells} cells each"])]
        case Flatten() | Reshape():
            given = "·".join(map(_length, x))
            made = "·".join(map(_length, y))
            sides = [given, *([made] if len(y) > 1 else []), count_words(prod(y))]
            return [("numbers", list(dict.fromkeys(sides)))]
        case Dense():
            return [("features", [f"{_length(y[0])} units"])]
    return [("shape", [f"{shape_words(y)}, that of the input"])]


def parameter_lines(one: Counted) -> list[Line]:
    """How many numbers the layer owns."""
    kind, x = one.layer.kind, one.layer.input
    told = count_words(one.parameters)
    if (formulas := parameters_of(kind, x)) is not None:
        return _totalled(formulas, "parameters", told)
    match kind:
        case Conv() | ConvTranspose():
            window, depth = _cells(kind), _depth(kind, x)
            into = f"{window}·{depth} + 1" if kind.use_bias else f"{window}·{depth}"
            return [("parameters", [f"({into})·{kind.filters}", told])]
        case DepthwiseConv():
            into = f"{_cells(kind)} + 1" if kind.use_bias else _cells(kind)
            return [("parameters", [f"({into})·{_length(x[2])}·{kind.depth_multiplier}", told])]
        case SeparableConv():
            depth = f"{_length(x[2])}·{kind.depth_multiplier}"
            bias = f" + {kind.filters}" if kind.use_bias else ""
            return [("parameters", [f"{_cells(kind)}·{depth} + {depth}·{kind.filters}{bias}", told])]
        case Dense():
            into = f"({_length(x[-1])} + 1)" if kind.use_bias else _length(x[-1])
            return [("parameters", [f"{into}·{kind.units}", told])]
        case BatchNorm():
            half, channels = count_words(one.trained), _length(x[-1])
            return [
                ("trained", [f"2·{channels}", f"{half}: gamma and beta"]),
                ("measured", [f"2·{channels}", f"{half}: mean and variance"]),
                ("parameters", [f"4·{channels}", told]),
            ]
        case LayerNorm():
            return [("parameters", [f"2·{_length(x[-1])}", f"{told}: gamma and beta"])]
        case Prelu():
            return [("parameters", [f"{told}: one alpha for each channel"])]
    return [("parameters", ["0"])]


def work_lines(one: Counted) -> list[Line]:
    """How many multiplications an input takes, each with an addition."""
    kind, x, y = one.layer.kind, one.layer.input, one.layer.output
    told, outputs = count_words(one.multiply_adds), "·".join(map(_length, y))
    if (formulas := work_of(kind, x, y, one.others)) is not None:
        return _totalled(formulas, "multiply-adds", told)
    match kind:
        case Conv():
            sides = [f"{outputs}·({_cells(kind)}·{_depth(kind, x)})", told]
        case ConvTranspose():
            sides = [f"{'·'.join(map(_length, x))}·({_cells(kind)}·{kind.filters})", told]
        case DepthwiseConv():
            sides = [f"{outputs}·({_cells(kind)})", told]
        case SeparableConv():
            where = f"{_length(y[0])}·{_length(y[1])}·{_length(x[2])}·{kind.depth_multiplier}"
            sides = [f"{where}·({_cells(kind)} + {kind.filters})", told]
        case Dense():
            sides = [f"{_length(x[0])}·{kind.units}", told]
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
    numbers = "·".join(map(_length, one.layer.output))
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
        top = f"⌊({_length(x[place])}{pads} − {span}) / {where.stride[place]}⌋ + 1"
        if where.stride[place] == 1:
            top = f"{_length(x[place])}{pads} − {span} + 1"
        lines.append((axis, [top, _length(where.out_size[place])]))
    return _alike(lines)


def _laid_down(kind: ConvTranspose, x: Shape) -> list[Line]:
    lines: list[Line] = []
    sizes, strides = pair("kernel_size", kind.kernel_size), pair("strides", kind.strides)
    for axis, n, k, s, m in zip(("height", "width"), x, sizes, strides, kind.output(x), strict=False):
        way = f"{_length(n)}·{s}" if kind.padding == "same" else f"({_length(n)} − 1)·{s} + max({k}, {s})"
        lines.append((axis, [way, _length(m)]))
    return _alike(lines)


def _alike(lines: Sequence[Line], both: str = "height, width") -> list[Line]:
    """One line of two that say the same."""
    first, second = lines
    return [(both, first[1])] if first[1] == second[1] else list(lines)


def _cells(kind: Kind) -> str:
    return "·".join(map(str, pair("kernel_size", getattr(kind, "kernel_size"))))  # noqa: B009 (not every kind has it)


def _depth(kind: Conv | ConvTranspose, x: Shape) -> str:
    """The channels that one kernel sees."""
    if isinstance(kind, Conv) and kind.groups > 1:
        return f"({_length(x[2])}/{kind.groups})"
    return _length(x[2])


def _length(n: int) -> str:
    """A length without commas, which stand between numbers of a shape elsewhere."""
    return str(n) if n < READABLE else count_words(n)


def all_lines(one: Counted, batch: int) -> Iterator[Line]:
    """Every formula of a layer."""
    yield from output_lines(one)
    yield from parameter_lines(one)
    yield from work_lines(one)
    yield from memory_lines(one, batch)
    yield from sight_lines(one)
