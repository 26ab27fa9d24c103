"""What a cell sees of the first picture of a pipe: layers that slide, remembered by the tensor."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlcli.engines.base.padding import PAD_MODES, source_of
from dlcli.tensor import FIELD, Array, Attr, Tensor

if TYPE_CHECKING:
    from dlcli.engines.base.padding import Geometry
    from dlcli.engines.convolution.transposed import Stamps
    from dlcli.engines.pooling.upsample import Sampling

#: Layers that a tensor remembers, at most.
MOST = 100

#: Cells of an axis that are asked what they see, to find the most: there are few different ones.
PHASES = 4096

#: Cells of a window along one axis, at most.
WIDEST = 2**16

#: The kinds of layers: a window that slides, kernels that are laid down, cells that are taken or mixed.
WINDOW, STAMPS, NEAREST, BILINEAR, ALIGNED = KINDS = ("window", "stamps", "nearest", "bilinear", "aligned")

#: A layer as the attribute has it: its name, then kind and numbers along rows and columns.
WRITTEN = re.compile(r"([a-z][a-z -]*) \[([^][]*)\] \[([^][]*)\]")


@dataclass(frozen=True)
class LineLayer:
    """A layer along one axis, from ``length`` cells to ``new``.

    A window of ``kernel`` cells, ``dilation`` apart, begins at cell · ``stride`` − ``before``; stamps begin
    there in the output. ``mode`` is what stands in the padding.
    """

    kind: str
    length: int
    new: int
    kernel: int = 1
    stride: int = 1
    dilation: int = 1
    before: int = 0
    mode: str = "zeros"

    @property
    def span(self) -> int:
        """Cells from the first to the last of a window or a stamp."""
        return (self.kernel - 1) * self.dilation + 1

    @property
    def cells(self) -> int:
        """How many cells in a row of the input one cell of the output sees, at most, padding counted in."""
        if self.kind == WINDOW:
            return self.span
        if self.kind == STAMPS:
            return -(-self.span // self.stride)
        return 1 if self.kind == NEAREST or self.new == self.length else min(2, self.length)

    @property
    def step(self) -> float:
        """How many cells of the input lie from one cell of the output to the next."""
        if self.kind == WINDOW:
            return self.stride
        if self.kind == STAMPS:
            return 1 / self.stride
        if self.kind == ALIGNED:
            return (self.length - 1) / max(self.new - 1, 1)
        return self.length / self.new

    def seen(self, cells: Array) -> Array:
        """The cells of the input, each once and in order, that these cells of the output see.

        None of padding with zeros; of padding that repeats the input the cells that stand there.

        >>> LineLayer(WINDOW, 9, 9, kernel=3, before=1, mode="wrap").seen(np.array([0]))
        array([0, 1, 8])
        >>> LineLayer(STAMPS, 4, 9, kernel=3, stride=2).seen(np.array([2]))
        array([0, 1])
        >>> LineLayer(BILINEAR, 4, 8).seen(np.array([3]))
        array([1, 2])
        """
        taps = np.arange(self.kernel) * self.dilation
        if self.kind == WINDOW:
            found = source_of((cells * self.stride - self.before)[:, None] + taps, self.length, self.mode)
        elif self.kind == STAMPS:
            found, left = np.divmod((cells + self.before)[:, None] - taps, self.stride)
            found = found[left == 0]
        else:
            found = np.stack([*self.back(cells, cells)]).clip(
                0, self.length - 1
            )  # one, or two that are mixed
        return np.unique(found[(found >= 0) & (found < self.length)])

    def back(self, first: Array, last: Array) -> tuple[Array, Array]:
        """From where to where the cells ``first`` to ``last`` see, as if there were no border.

        These are arrays, of many ranges; a range that ends before it begins holds none.
        """
        if self.kind == WINDOW:
            start = -self.before
            return first * self.stride + start, last * self.stride + start + self.span - 1
        if self.kind == STAMPS:
            return -(-(first + self.before - self.span + 1) // self.stride), (
                last + self.before
            ) // self.stride
        if self.kind == NEAREST:
            return first * self.length // self.new, last * self.length // self.new
        if self.kind == ALIGNED:
            above, less, below = self.length - 1, 0, max(self.new - 1, 1)
        else:
            above, less, below = 2 * self.length, self.length - self.new, 2 * self.new
        return (first * above + less) // below, -(-(last * above + less) // below)


@dataclass(frozen=True)
class Layer:
    """One command of the pipe: its ``name``, and what it does along rows and columns."""

    name: str
    rows: LineLayer
    columns: LineLayer

    @property
    def lines(self) -> tuple[LineLayer, LineLayer]:
        """Rows, then columns."""
        return self.rows, self.columns


@dataclass(frozen=True)
class Growth:
    """How the receptive field grows by one layer, along one axis: r = before + (cells − 1) · jump.

    ``most`` are the cells of the first picture that one sees behind the layer, at most: as many as ``after``
    says unless what was made larger lies unevenly, some cells at one place and the next a whole jump further.
    """

    before: float
    cells: int
    jump: float
    after: float
    step: float
    most: int

    @property
    def jump_after(self) -> float:
        """How many cells of the first picture lie from cell to cell behind the layer, on average."""
        return self.jump * self.step


@dataclass(frozen=True)
class ReceptiveField:
    """The layers between the first picture, called ``of``, and a tensor whose first two axes have
    ``axes``."""

    of: str
    axes: tuple[str, str]
    layers: tuple[Layer, ...]

    def grown(self, axis: int) -> list[Growth]:
        """Layer by layer along rows (0) or columns (1).

        Source: Araujo, Norris and Sim, Computing receptive fields of convolutional neural networks, 2019.
        """
        steps, field, jump = [], 1.0, 1.0
        for place, layer in enumerate(self.layers):
            line = layer.lines[axis]
            after = field + (line.cells - 1) * jump
            steps.append(Growth(field, line.cells, jump, after, line.step, self._most(axis, place)))
            field, jump = after, jump * line.step
        return steps

    def _most(self, axis: int, place: int) -> int:
        """The cells of the first picture from the first to the last that a cell behind a layer sees, at
        most."""
        low = high = np.arange(min(self.layers[place].lines[axis].new, PHASES))
        none = np.zeros(len(low), bool)
        for layer in reversed(self.layers[: place + 1]):
            low, high = layer.lines[axis].back(low, high)
            none |= low > high
        return int(np.where(none, 0, high - low + 1).max())

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns of the first picture that one cell sees, at most, padding counted in."""
        last = len(self.layers) - 1
        return self._most(0, last), self._most(1, last)

    @property
    def first(self) -> tuple[int, int]:
        """Rows and columns of the first picture."""
        rows, columns = self.layers[0].lines
        return rows.length, columns.length

    def seen(self, cell: Sequence[int]) -> tuple[Array, Array]:
        """The rows and the columns of the first picture that a cell sees, in order; none where it sees none.

        Exact at the border, too: what a window sees of padding is no pixel, unless the padding repeats one.
        """
        (rows, _), (columns, _) = (self._followed(cell, axis) for axis in (0, 1))
        return rows, columns

    def unlaid(self, cell: Sequence[int]) -> Layer | None:
        """The layer that lays kernels down and none where this cell sees; None where it sees something, or
        padding alone."""
        for axis in (0, 1):
            _, last = self._followed(cell, axis)
            if last is not None and last.lines[axis].kind == STAMPS:
                return last
        return None

    def _followed(self, cell: Sequence[int], axis: int) -> tuple[Array, Layer | None]:
        """What a cell sees along an axis; of nothing the layer at which it ends, too."""
        cells = np.array([cell[axis]])
        for layer in reversed(self.layers):
            cells = layer.lines[axis].seen(cells)
            if not len(cells):
                return cells, layer
        return cells, None

    @property
    def wraps(self) -> bool:
        """Whether a window that reaches over a border sees the other end of the picture."""
        return any(line.mode == "wrap" for layer in self.layers for line in layer.lines)


def windows(where: Geometry) -> tuple[LineLayer, LineLayer]:
    """A window that slides over rows and columns."""
    rows, columns = (
        LineLayer(WINDOW, n, out, kernel, stride, dilation, before, where.pad_mode)
        for n, out, kernel, stride, dilation, (before, _) in zip(
            where.in_size, where.out_size, where.kernel, where.stride, where.dilation, where.pads, strict=True
        )
    )
    return rows, columns


def laid_down(where: Stamps) -> tuple[LineLayer, LineLayer]:
    """Kernels that are laid down."""
    rows, columns = (
        LineLayer(STAMPS, n, out, kernel, stride, dilation, before)
        for n, out, kernel, stride, dilation, (before, _) in zip(
            where.in_size, where.out_size, where.kernel, where.stride, where.dilation, where.cut, strict=True
        )
    )
    return rows, columns


def enlarged(
    lines: Sequence[Sampling], kind: str, *, align_corners: bool = False
) -> tuple[LineLayer, LineLayer]:
    """Cells that are repeated, or mixed of their neighbours."""
    word = ALIGNED if align_corners else kind
    rows, columns = (LineLayer(word, line.length, len(line.centres)) for line in lines)
    return rows, columns


def field_of(x: Tensor) -> ReceptiveField | None:
    """The layers that a tensor remembers; None where it remembers none, or none that fit it."""
    told = x.attrs.get(FIELD)
    if not isinstance(told, str) or x.data.ndim < 2:
        return None
    parts, layers = told.split("; "), list[Layer]()
    while parts and (written := WRITTEN.fullmatch(parts[-1])):
        try:
            layers.insert(0, Layer(written[1], _line(written[2]), _line(written[3])))
        except (ValueError, TypeError):
            return None
        parts.pop()
    head, axes = "; ".join(parts), (x.axis_names[0], x.axis_names[1])
    if not head.endswith(_axes(axes)) or not 0 < len(layers) <= MOST:
        return None
    ends = [(layer.rows.new, layer.columns.new) for layer in layers]
    starts = [(layer.rows.length, layer.columns.length) for layer in layers[1:]]
    if ends != [*starts, x.shape[:2]]:
        return None
    return ReceptiveField(head.removesuffix(_axes(axes)), axes, tuple(layers))


def _axes(names: tuple[str, str]) -> str:
    return f"; {names[0]}, {names[1]}"


def _line(told: str) -> LineLayer:
    """One axis of a layer. Raises ``ValueError`` or ``TypeError`` for what is none."""
    kind, *words, mode = told.split(" ")
    length, new, kernel, stride, dilation, before = map(int, words)
    line = LineLayer(kind, length, new, kernel, stride, dilation, before, mode)
    if kind not in KINDS or mode not in PAD_MODES:
        raise ValueError(f"no layer: {told}")
    if min(line.length, line.new, line.kernel, line.stride, line.dilation) < 1 or line.kernel > WIDEST:
        raise ValueError(f"no layer: {told}")
    return line


def remembered(x: Tensor, name: str, lines: tuple[LineLayer, LineLayer]) -> dict[str, Attr]:
    """The attribute of what a layer of this name made of ``x``: all the layers that came before, and this
    one.

    A tensor that remembers none is the first picture.
    """
    before = field_of(x)
    if before is None:
        source = str(x.attrs.get("source", x.name))
        made = "command" in x.attrs
        unnamed = source in ("-", "literal")
        of = f"the {x.name}" if made else "the input"
        if not unnamed:
            of = f"the {x.name} of {source}" if made else source
        before = ReceptiveField(of, (x.axis_names[0], x.axis_names[1]), ())
    layers = (*before.layers, Layer(name, *lines))
    if len(layers) > MOST:
        return {}
    told = [before.of + _axes(before.axes), *map(_written, layers)]
    return {FIELD: "; ".join(told)}


def _written(layer: Layer) -> str:
    """A layer as ``WRITTEN`` reads it."""
    lines = (" ".join(map(str, vars(line).values())) for line in layer.lines)
    return " ".join([layer.name, *(f"[{line}]" for line in lines)])
