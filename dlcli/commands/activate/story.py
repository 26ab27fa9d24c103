"""The story of an activation: its curve, what it made of the numbers, and where gradients pass."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from dlcli.commands.activate.explain import SLOPE, F, explain, formulas
from dlcli.commands.activate.record import Work
from dlcli.tensor import Array, Axis, Tensor
from dlcli.views.before_after import BeforeAfter
from dlcli.views.charts.chart import LineChart
from dlcli.views.look import ROW, SMALL, facts, look
from dlcli.views.origin import source_word, whence
from dlcli.views.pictures.tone import finite_range
from dlcli.views.shelf import Shelf
from dlcli.views.story import Section, Story
from dlcli.views.tables.facts_table import FactsTable
from dlcli.views.tables.matrix import Matrix
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.text import clip
from dlcli.views.thumbnail import thumbnail
from dlcli.words.number import number

__all__ = ["explain", "story"]

CURVE = 8  # terminal rows of the curve
FLAT = 0.01  # a slope below this lets almost no gradient through
NAMED = 4  # dead units that are named

#: What holds of a function whatever the numbers.
TELLING = {
    "linear": "Without a bend, layers in a row are no more than one layer.",
    "relu": "Where relu gives 0 its slope is 0, too: no gradient passes, and a unit that is never above 0 "
    "stops learning.",
    "leaky-relu": "Below 0 the slope is small but not 0: a unit that is never above 0 still learns.",
    "sigmoid": "The slope is 0.25 at most: through many layers gradients fade.",
    "tanh": "The slope is 1 at 0 and fades to both sides; the outputs are balanced around 0.",
    "elu": "Below 0 it bends to −1 without a corner, so that the outputs are nearer to balanced around 0.",
    "gelu": "A smooth relu: it dips below 0 and is lowest, −0.17, at −0.75.",
    "softplus": "A smooth relu, always above 0; its slope is the sigmoid.",
}


def story(work: Work, *, precision: int = 4) -> Story:
    """The numbers, the function with its curve, what became of the numbers, how much gradient passes."""
    small = _rows(work.input) is not None
    shown = work.slope if work.derivative else work.output
    sections = [
        Section("input", "Input", whence(work.input, precision),
                None if small else thumbnail(work.input, precision)),
        formulas(work.function),
        Section("parameters", "Curve", body=_curve(work)),
        Section("result", shown.name.capitalize(), facts(shown, precision), _result(work, shown, precision)),
        Section("result", "Effect", body=FactsTable(list(_effect(work, precision)))),
        Section("notice", "Notice", Text(_notice(work))),
        Section("next", "Try next", body=CommandLine(_next(work))),
    ]  # fmt: skip
    return Story(tuple(sections))


def _curve(work: Work) -> LineChart:
    """f and f′ over the range of the input."""
    low, high = finite_range(work.input.data)
    if low == high:
        low, high = low - 1, high + 1
    x, y, slope = work.curve(low, high)
    return LineChart({F: y, SLOPE: slope}, x, height=CURVE)


def _result(work: Work, shown: Tensor, precision: int) -> RenderableType:
    """Small: x, f(x) and f′(x) side by side. Large: a look before and after."""
    if _rows(work.input) is None:
        before = look(work.input, precision=precision, legend=False)
        return BeforeAfter("input", before, shown.name, look(shown, precision=precision))
    both = [finite_range(tensor.data) for tensor in (work.input, work.output)]
    limit = max(abs(end) for ends in both for end in ends)
    return Shelf(
        [
            ("x", _matrix(work.input, limit, precision)),
            (F, _matrix(work.output, limit, precision)),
            (SLOPE, _matrix(work.slope, 1.0, precision)),
        ]
    )


def _matrix(tensor: Tensor, limit: float, precision: int) -> Matrix:
    values, rows, columns = _rows(tensor) or (tensor.data, None, None)
    return Matrix(values, rows=rows, columns=columns, precision=precision, limits=(-limit, limit))


def _rows(tensor: Tensor) -> tuple[Array, Axis | None, Axis | None] | None:
    """A small tensor as a matrix with the axes of its rows and columns; None when it is too large for one."""
    data = tensor.data
    if data.ndim == 2 and max(data.shape) <= SMALL:
        return data, tensor.axes[0], tensor.axes[1]
    if data.ndim == 1 and data.size <= ROW:
        return data[None], None, tensor.axes[0]
    return (data.reshape(1, 1), None, None) if data.ndim == 0 else None


def _effect(work: Work, precision: int) -> Iterator[tuple[str, str]]:
    """How many numbers became 0, how many stand where the curve is flat, which units are dead."""
    slope, size = work.slope.data, work.slope.data.size
    name = work.function.name
    if name == "relu":
        cut = int(np.count_nonzero((work.input.data != 0) & (work.output.data == 0)))
        yield "set to 0", _share(cut, size)
    elif name not in ("linear", "leaky-relu"):
        what = "saturated" if name in ("sigmoid", "tanh") else "flat"
        yield what, f"{_share(int(np.count_nonzero(np.abs(slope) < FLAT)), size)}, slope below {FLAT}"
    known = slope[np.isfinite(slope)]
    if known.size:
        mean = float(np.abs(known).mean(dtype=np.float64))
        yield "slope", f"{number(mean, precision)} on average: so much of a gradient passes"
    dead = _dead(work.slope)
    if dead is not None:
        yield "dead units", dead
    lost = size - int(np.count_nonzero(np.isfinite(work.output.data)))
    if lost:
        yield "not finite", _share(lost, size)


def _dead(slope: Tensor) -> str | None:
    """Places of the last axis, the units, of which no example lets a gradient pass; None without any."""
    if slope.data.ndim < 2 or slope.data.shape[-1] == slope.data.size:
        return None
    axis = slope.axes[-1]
    dead = np.flatnonzero(~np.any(slope.data, axis=tuple(range(slope.data.ndim - 1)))).tolist()
    if not dead:
        return None
    named = ", ".join(clip(axis.place(i), 16) for i in dead[:NAMED]) + (", …" if len(dead) > NAMED else "")
    return f"{len(dead)} of {slope.data.shape[-1]} ({clip(axis.name, 16)} {named}): slope 0 everywhere"


def _share(count: int, size: int) -> str:
    return f"{count} of {size} ({number(100 * count / size, 3)} %)"


def _notice(work: Work) -> str:
    """What holds for this run, then what holds for the function."""
    name, told = work.function.name, TELLING[work.function.name]
    if name in ("relu", "leaky-relu", "elu") and not np.any(work.input.data < 0):
        return f"No number is below 0: {name} changes nothing here. {told}"
    return told


def _next(work: Work) -> list[str]:
    """The same line asking for the least number: there, activations differ most."""
    source, data = source_word(work.input), work.input.data
    if source is None or not np.isfinite(data).any():
        return ["dlcli", "activate", work.function.name, "1 -2; 0 3", "--explain", "0,1"]
    least = np.where(np.isfinite(data), data, np.inf).argmin()
    cell = ",".join(map(str, np.unravel_index(least, data.shape)))
    more = ["--explain", cell] if cell else []
    if work.derivative == bool(cell):  # of a single number, the other of both is left to ask for
        more.insert(0, "--derivative")
    line = work.line.again(source, *more, without=("--derivative",))
    return [*line[:2], work.function.name, *line[2:]]
