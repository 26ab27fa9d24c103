"""The kernels that have a name: one in full, or all of them on one page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.kernels.record import Learnt, Work
from dlcli.commands.kinds.pictures.kernel_story import kernel_view
from dlcli.engines.convolution.kernel_steps import weight_steps
from dlcli.errors import WrongUsage
from dlcli.tensor import Array, Tensor
from dlcli.views.look import matrix
from dlcli.views.page.cells import of_matrix
from dlcli.views.pictures.colour_scale import ColourScale
from dlcli.views.pictures.picture import Picture
from dlcli.views.pictures.tone import Tone
from dlcli.views.shelf import Shelf
from dlcli.views.story import Section, Story
from dlcli.views.tables.listing import Listing
from dlcli.views.tables.matrix import Matrix
from dlcli.views.tables.table import with_rest
from dlcli.views.text.cell import checked
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import Formula
from dlcli.views.text.text import clip
from dlcli.words.number import number, percent

THUMBNAIL = 5  # rows and columns up to which a kernel in the list shows its numbers


LISTED = 32  # learnt kernels of a page
CHANNELS = 10  # channels of one that are drawn
WIDTH = 6  # columns of one


def story(work: Work | Learnt | Sequence[Work], *, precision: int = 4) -> Story:
    """One kernel: its weights, their formula, what they add up to. Several: each with its weights."""
    if isinstance(work, Learnt):
        return _learnt(work, precision)
    if isinstance(work, Sequence):
        return _page(work)
    kernel, array = work.kernel, work.kernel.array
    weights = _weights(work, precision)
    example = CommandLine(["dlcli", "conv", "sample:cat", "--kernel", kernel.name, *_seed(work)])
    sections = [
        *_heading(work),
        Section("result", "Weights", Text(" × ".join(map(str, array.shape))), weights),
        Section("notice", "Notice", Text(_sum_words(array, precision))),
        Section("next", "Try next", body=example),
    ]
    if work.factors is not None and min(array.shape) > 1:
        column, row = work.factors
        product = Shelf(
            [
                ("column", matrix(column[:, None], precision=precision)),
                ("row", matrix(row[None], precision=precision)),
            ]
        )
        said = Text("a column times a row: two short passes do")
        sections.append(Section("result", "Separable", said, product))
    return Story(*sections)


def with_axes(
    work: Work | Learnt | Sequence[Work], name: str, *, precision: int = 4
) -> RenderableType | None:
    """The weights of one kernel as its story has them."""
    return _weights(work, precision) if isinstance(work, Work) else None


def _weights(work: Work, precision: int) -> RenderableType:
    array = work.kernel.array
    limit, cells = float(np.abs(array).max()), of_matrix(work.output)
    return kernel_view(array, limit, *work.output.axes, precision=precision, cells=cells)


def explain(
    work: Work | Learnt | Sequence[Work], cell: tuple[int, ...], *, precision: int = 4
) -> Story | list[Story]:
    """One weight, or that of several kernels: where it stands, how it comes about, its share.

    Raises ``WrongUsage`` when a kernel has no such cell, and for kernels that were learnt.
    """
    if isinstance(work, Learnt):
        raise WrongUsage(
            "--explain tells how the weights of a kernel with a name come about; these were learnt: "
            f"dlcli conv --weights {work.weights} --layer {work.layer} --explain tells what they answer"
        )
    if isinstance(work, Sequence):
        return [_explained(one, cell, precision) for one in work]
    return _explained(work, cell, precision)


def _explained(work: Work, cell: tuple[int, ...], precision: int) -> Story:
    """Where a weight stands, how it comes about, its share."""
    cell = checked(cell, work.output)
    array = work.kernel.array
    weight = array[cell]
    y, x = (place - (size - 1) / 2 for place, size in zip(cell, array.shape, strict=True))
    formulas = [
        ("y", f"{cell[0]} − ({array.shape[0]} − 1) / 2", number(y)),
        ("x", f"{cell[1]} − ({array.shape[1]} − 1) / 2", number(x)),
    ]
    steps = weight_steps(work.kernel, (cell[0], cell[1]))
    for step in steps:
        told = step.told.format(*(_factor(one, precision) for one in step.numbers))
        formulas.append((step.name, told, number(step.value, precision)))
    if not steps and work.factors is not None:
        column, row = work.factors[0][cell[0]], work.factors[1][cell[1]]
        formulas.append(
            ("weight", f"{number(column, precision)} × {number(row, precision)}", number(weight, precision))
        )
    wide = max(len(name) for name, _, _ in formulas)
    size = np.abs(array).sum()
    told = f"{number(weight, precision)} of {number(size, precision)}, the sum of all sizes"
    return Story(
        *_heading(work),
        Section("arithmetic", "From the middle", body=Group(
            *(Formula(*formula, name_width=wide) for formula in formulas))),
        Section("result", "Share", Text(f"{percent(abs(weight), size)}: {told}")),
    )  # fmt: skip


def _factor(value: float, precision: int) -> str:
    """A number in a formula, in brackets where it has a sign."""
    told = number(value, precision)
    return f"({told})" if value < 0 else told


def _heading(work: Work) -> list[Section]:
    return [
        Section("input", "Kernel", Text(f"{work.kernel.name}: {work.kernel.summary}")),
        Section("formula", "Formula", Text(work.kernel.formula)),
    ]


def _page(works: Sequence[Work]) -> Story:
    rows: list[tuple[str, str, RenderableType]] = [
        (one.kernel.name, f"{one.kernel.summary}\n{one.kernel.formula}", _small(one.kernel.array))
        for one in works
    ]
    count = f"{len(works)}, each with what it answers to and the formula of its weights"
    # Of random kernels the first alone is the same again.
    closer = ["gaussian:9,2"] if len(works) >= 5 else [works[0].kernel.name, *_seed(works[0])]
    example = CommandLine(["dlcli", "kernels", *closer])
    return Story(
        Section("result", "Kernels", Text(count), Listing(rows)),
        Section("next", "Try next", body=example),
    )


def _learnt(work: Learnt, precision: int) -> Story:
    """The learnt kernels of one layer, all in the same colours, those that weigh most first."""
    sizes = np.array([np.abs(kernel.data).sum() for kernel in work.kernels])
    order = np.argsort(-sizes, kind="stable")
    limit = max(float(np.abs(kernel.data).max()) for kernel in work.kernels)
    rows = [
        (work.kernels[place].name, _about(work, place, precision), _channels(work.kernels[place], limit))
        for place in order[:LISTED].tolist()
    ]
    count, shape = len(work.kernels), " × ".join(map(str, work.kernels[0].shape))
    told = f"{count} of {work.layer} in {clip(work.weights, 32)}, each {shape}, the largest first"
    example = ["dlcli", "conv", "--weights", work.weights, "--layer", work.layer, "INPUT"]
    if work.kernels[0].data.ndim == 2:
        example = ["dlcli", "conv", "sample:cat", "--channels", "gray", *example[2:-1]]
    listed = with_rest(Listing(rows), count - LISTED, "kernels")
    if work.kernels[0].data.ndim > 2 or max(work.kernels[0].shape) > THUMBNAIL:  # drawn, not written
        listed = Group(listed, ColourScale(Tone(-limit, limit, signed=True), precision))
    sections = [Section("result", "Kernels", Text(told), listed)]
    if work.kernels[0].data.ndim == 2 or work.kernels[0].shape[2] == 3:
        sections.append(Section("next", "Try next", body=CommandLine(example)))
    return Story(*sections)


def _about(work: Learnt, place: int, precision: int) -> str:
    total = number(float(work.kernels[place].data.sum(dtype=np.float64)), precision)
    bias = "" if work.bias is None else f", bias {number(work.bias[place], precision)}"
    return f"sum {total}{bias}" + (f", then {work.activation}" if work.activation != "linear" else "")


def _channels(kernel: Tensor, limit: float) -> RenderableType:
    """A kernel as numbers or as a picture; of several channels the first ones side by side."""
    if kernel.data.ndim == 2:
        return _small(kernel.data, limit)
    count = kernel.shape[2]
    tone = Tone(-limit, limit, signed=True)
    parts = [
        (str(i), Picture(kernel.data[..., i], tone=tone, width=WIDTH, legend=False))
        for i in range(min(count, CHANNELS))
    ]
    return with_rest(Shelf(parts, gap=1), count - CHANNELS, "channels")


def _seed(work: Work) -> list[str]:
    return [] if work.seed is None else ["--seed", str(work.seed)]


def _small(array: Array, limit: float | None = None) -> RenderableType:
    if max(array.shape) <= THUMBNAIL:
        return Matrix(array, precision=2, limits=None if limit is None else (-limit, limit))
    alone = limit is None
    limit = float(np.abs(array).max()) if limit is None else limit
    tone = Tone(-limit, limit, signed=True)
    return Picture(array, tone=tone, height=-(-len(array) // 2), legend=alone, precision=2)


def _sum_words(array: Array, precision: int) -> str:
    total, size = array.sum(), np.abs(array).sum()
    if abs(total) <= 1e-9 * size:
        return "The weights add up to 0: an even area gives 0, only change answers."
    if abs(total - 1) <= 1e-9:
        return "The weights add up to 1: an even area keeps its brightness."
    told = number(total, precision)
    return f"The weights add up to {told}: an even area answers with {told} times its value."
