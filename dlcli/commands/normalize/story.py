"""The story of a normalisation: which numbers share a mean, what it is, and what became of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from dlcli.commands.normalize.record import Response, Work
from dlcli.engines.tensors.normalise import Normalised, Sharing, neighbours
from dlcli.tensor import Array, Axis, Tensor
from dlcli.views.again import again
from dlcli.views.before_after import BeforeAfter
from dlcli.views.charts.histogram import Histogram
from dlcli.views.look import SMALL, facts, look, matrix, thumbnail
from dlcli.views.origin import origin_words
from dlcli.views.page.cells import in_places, listed, of_matrix
from dlcli.views.pictures.tone import finite_range
from dlcli.views.shelf import Shelf
from dlcli.views.story import Section, Story
from dlcli.views.tables.matrix import MarkedMatrix
from dlcli.views.tables.sums import Summands
from dlcli.views.tables.table import Table
from dlcli.views.text.cell import at_words, checked, strongest
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import Formula, bracketed, formulas, plus
from dlcli.views.text.text import clip
from dlcli.words.number import Numbers, counted, number, setting

LISTED = 8  # sets whose mean and deviation are listed
WRITTEN = 12  # numbers of a sum that are written out
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LIT = 1000  # cells with which a number shares a mean, up to which all are named
FEW = 8  # numbers of which a histogram would say nothing

#: What each kind takes a mean of, in words.
SHARES = {
    "batch": "each channel has a mean of its own, over all examples and places",
    "instance": "each channel of each example has a mean of its own, over its places",
    "layer": "each place has a mean of its own, over its features",
    "group": "each group of channels of each example has a mean of its own",
    "rms": "each place has a mean square of its own, over its features",
}


def story(work: Work, *, precision: int = 4) -> Story:
    """What came in, which numbers share a mean, what the means are, and what became of the numbers."""
    small = _is_small(work.input)
    sections = [
        Section("input", "Input", origin_words(work.input, precision),
                None if small else thumbnail(work.input, precision)),
        _formula(work, precision),
        Section("result", "Normalized", facts(work.output, precision), _result(work, small, precision)),
        Section("next", "Try next", body=CommandLine(*_again(work))),
    ]  # fmt: skip
    if work.made is not None:
        sections += [_sharing(work, work.made.sharing), _statistics(work, work.made, precision)]
        if work.input.data.size >= FEW:
            sections.append(Section("result", "Numbers", body=_histograms(work)))
    sections.append(Section("notice", "Notice", Text(" ".join(_notices(work, precision)))))
    if work.response is not None:
        sections.append(_conventions(work.response))
    return Story(*sections)


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """Mean and deviation of the numbers that one cell shares them with, and what they make of it.

    Raises ``WrongUsage`` when there is no such cell.
    """
    cell = checked(cell, work.output)
    where = Text(f"{number(work.output.data[cell], precision)}{at_words(cell, work.output)}")
    told = (
        _explained_response(work, work.response, cell, precision)
        if work.response is not None
        else _explained(work, work.made, cell, precision)
    )
    return Story(
        Section("input", "Input", origin_words(work.input, precision)),
        *told,
        Section("result", "Normalized", where),
    )


def _again(work: Work) -> list[list[str]]:
    """The same line, asking how its largest number came about, or the first if none is finite."""
    cell = strongest(work.output) or (0,) * work.output.data.ndim
    return again(work.line, work.input, "--explain", ",".join(map(str, cell)))


def _is_small(tensor: Tensor) -> bool:
    return tensor.data.ndim <= 2 and max(tensor.shape) <= SMALL


def _formula(work: Work, precision: int) -> Section:
    """The formula with what was set in it."""
    if work.response is not None:
        one = work.response
        inside = f"{setting(one.k)} + {setting(one.alpha)} / {one.size} · Σ x[c′]²"
        title = f"over the {one.size} channels around c, beyond the ends nothing"
        formula = Formula("y[c]", f"x[c] / ({inside})^{setting(one.beta)}")
        return Section("formula", "Formula", Text(title, style="dim"), formula)
    assert work.made is not None
    eps = setting(work.made.eps)
    rows = [("n", [f"(x − μ) / √(σ² + {eps})"])]
    title = "μ the mean, σ² the variance of the numbers that share them"
    if work.kind == "rms":
        rows = [("n", [f"x / √(μ₂ + {eps})"])]
        title = "μ₂ the mean of the squares of the numbers that share it"
    if work.gain is not None or work.bias is not None:
        y = "n" if work.gain is None else f"{_constant(work.gain) or 'γ'} · n"
        rows.append(("y", [y if work.bias is None else f"{y} {plus(_constant(work.bias) or 'β')}"]))
    return Section("formula", "Formula", Text(title, style="dim"), formulas(rows))


def _constant(values: Array) -> str:
    """A number that is the same for all; nothing where it is not."""
    return setting(float(values.ravel()[0])) if (values == values.ravel()[0]).all() else ""


def _sharing(work: Work, sharing: Sharing) -> Section:
    """Axis by axis, whether the mean goes over it; of a small matrix which cells share one."""
    rows = []
    for axis, length in zip(range(len(sharing.shape)), sharing.shape, strict=True):
        each = length // sharing.stat_shape[axis]
        if axis == sharing.group_axis:
            told = f"a mean for each {each} of them: {counted(sharing.groups, 'group')}"
        elif axis in sharing.axes:
            told = "the same for all" if work.moving else "the mean goes over all"
        else:
            told = "a mean for each" if length > 1 else "one"
        features = "channels" if len(sharing.shape) > 2 else "features"
        role = {work.channel: features, work.batch: "examples"}.get(axis, "")
        rows.append(
            (clip(work.input.axes[axis].name, 16), str(length), told, role if len(sharing.shape) > 1 else "")
        )
    table = Table(("axis", "length", "", "taken for"), rows, right=(1,))
    if not any(row[3] for row in rows):
        table = Table(("axis", "length", ""), [row[:3] for row in rows], right=(1,))
    blocks: list[tuple[str, RenderableType]] = [("", table)]
    if _is_small(work.input) and work.input.data.ndim == 2 and 1 < sharing.sets <= len(LETTERS):
        blocks.append(("", _letters(work.input, sharing)))
    what = "mean square" if work.kind == "rms" else "mean"
    title = f"{counted(sharing.sets, what)}, each of {counted(sharing.count, 'number')}"
    if work.moving:
        source = f"from {clip(work.moving, 40)}"
        title = f"{counted(sharing.sets, what)} {source}, each for {counted(sharing.count, 'number')}"
    elif not work.chosen:
        title += f": {SHARES[work.kind]}"
    return Section("parameters", f"Share a {what}", Text(title), Shelf(blocks))


def _letters(x: Tensor, sharing: Sharing) -> Table:
    """A small matrix with a letter for each mean."""
    names = np.array([*LETTERS[: sharing.sets]]).reshape(sharing.stat_shape)
    rows = [
        (clip(x.axes[0].place(i), 12), *(str(names[sharing.place((i, j))]) for j in range(x.shape[1])))
        for i in range(x.shape[0])
    ]
    heads = (clip(x.axes[0].name, 12), *(clip(x.axes[1].place(j), 12) for j in range(x.shape[1])))
    return Table(heads, rows, right=range(1, len(heads)))


def _statistics(work: Work, made: Normalised, precision: int) -> Section:
    """Mean and deviation of the first sets, before and after."""
    sharing = made.sharing
    places = [*np.ndindex(*sharing.stat_shape)][:LISTED] if sharing.sets <= LISTED else _first(sharing)
    after = [work.output.data[sharing.members(place)].astype(np.float64) for place in places]
    with np.errstate(all="ignore"):
        columns = [
            np.array([made.mean[place] for place in places]),
            np.array([made.divisor[place] for place in places]),
            np.array([values.mean() for values in after]),
            np.array([values.std() for values in after]),
        ]
    columns[2] = _without_rounding(columns[2], columns[3])
    heads = ["mean", "√(σ² + ε)", "mean after", "deviation after"]
    if work.kind == "rms":
        heads[1] = "√(μ₂ + ε)"
        columns, heads = columns[1:], heads[1:]
    texts = [Numbers(column, precision).texts.tolist() for column in columns]
    rows = [(_set_words(work, place), *(text[i] for text in texts)) for i, place in enumerate(places)]
    if sharing.sets > len(places):
        rows.append(("…", *("" for _ in heads)))
    title = f"those that {clip(work.moving, 40)} has kept from training" if work.moving else ""
    table = Table(("", *heads), rows, right=range(1, len(heads) + 1))
    return Section("parameters", "Statistics", Text(title) if title else None, table, found=True)


def _first(sharing: Sharing) -> list[tuple[int, ...]]:
    """The places of the first sets of many."""
    return [tuple(int(index) for index in np.unravel_index(i, sharing.stat_shape)) for i in range(LISTED)]


def _without_rounding(means: Array, deviations: Array) -> Array:
    """Means that are nothing but rounding as 0: what they are depends on the order of a sum."""
    return np.where(np.abs(means) <= 1e-5 * np.maximum(np.nan_to_num(deviations), 1e-3), 0, means)


def _set_words(work: Work, place: Sequence[int]) -> str:
    """Which set it is, in words."""
    assert work.made is not None
    sharing, words = work.made.sharing, []
    for axis, index in enumerate(place):
        name = clip(work.input.axes[axis].name, 16)
        if axis == sharing.group_axis:
            words.append(
                f"{_many(name)} {_range(work.input.axes[axis], index, sharing.shape[axis] // sharing.groups)}"
            )
        elif axis not in sharing.axes and sharing.shape[axis] > 1:
            words.append(f"{name} {clip(work.input.axes[axis].place(index), 16)}")
    return ", ".join(words) or "all"


def _many(name: str) -> str:
    """The name of an axis in the plural, where it is a word: what ends in a digit has none."""
    return f"{name}s" if name[-1:].isalpha() else name


def _range(axis: Axis, group: int, each: int) -> str:
    first, last = (clip(axis.place(i), 12) for i in (group * each, group * each + each - 1))
    return first if each == 1 else f"{first} to {last}"


def _result(work: Work, small: bool, precision: int) -> RenderableType:
    """Small: x and y side by side. Large: a look at what came out."""
    if not small:
        return look(work.output, precision=precision)
    shape = (1, -1) if work.input.data.ndim == 1 else work.input.shape
    axes = (None, *work.input.axes)[-2:]
    blocks: list[tuple[str, RenderableType]] = []
    for name, tensor in (("x", work.input), ("y", work.output)):
        high = max(abs(end) for end in finite_range(tensor.data))
        view = matrix(
            tensor.data.reshape(shape),
            *axes,
            precision=precision,
            limits=(-high, high),
            cells=of_matrix(tensor),
        )
        blocks.append((name, view))
    return Shelf(blocks)


def _histograms(work: Work) -> RenderableType:
    return BeforeAfter(
        "before", Histogram(work.input.data, name="x"), "after", Histogram(work.output.data, name="y")
    )


def _notices(work: Work, precision: int) -> Iterator[str]:
    if work.response is not None:
        yield from _response_notices(work, work.response)
        return
    made = work.made
    assert made is not None
    sharing = made.sharing
    if work.moving:
        yield (
            "Mean and variance are those of the training, so each number goes its way alone and the means "
            "here are not 0; --training takes those of the input."
        )
    elif sharing.count == 1:
        if work.kind == "rms":
            yield "Each number has its mean square to itself: nothing but its sign is left."
        else:
            yield "Each number has its mean to itself: all of them become 0."
    else:
        alike = int(np.count_nonzero(made.deviation == 0))
        if alike:
            many = f"{alike} of {counted(sharing.sets, 'set')}" if sharing.sets > 1 else "All"
            verb = "is" if alike == 1 and sharing.sets > 1 else "are"
            what = "zeros" if work.kind == "rms" else "equal numbers"
            if made.eps:
                yield f"{many} {verb} of {what}: ε keeps the division possible, they become 0."
            else:
                yield f"{many} {verb} of {what}: 0 / 0 without ε, which is no number; --eps 1e-5 makes it 0."
        if not np.isfinite(made.deviation).all():
            yield "A number that is not finite spoils all that share its mean."
        elif not np.isfinite(made.variance).all():
            what = "mean square" if work.kind == "rms" else "variance"
            yield (
                f"A {what} is beyond the largest float, 1.8e308; its root is not: it is computed of smaller "
                "numbers, all divided by one power of two."
            )
    if work.kind == "batch" and not work.moving and not work.chosen:
        if work.batch is None or work.input.shape[work.batch] == 1:
            yield (
                "This is a batch of one: in training a mean is taken over many examples, and each depends on "
                "the others."
            )
        else:
            yield (
                "Each example depends on the others of its batch; in inference the means of the training "
                "take their place."
            )
    elif work.kind in ("layer", "rms", "instance", "group") and not work.chosen and sharing.count > 1:
        yield "No example depends on another one: training and inference are the same."
    if work.gain is None and work.bias is None:
        yield "A layer goes on to y = γ · n + β with learnt numbers: --gain and --bias."


def _response_notices(work: Work, response: Response) -> Iterator[str]:
    with np.errstate(all="ignore"):
        ratio = np.abs(work.output.data.astype(np.float64)) / np.abs(work.input.data.astype(np.float64))
    known = ratio[np.isfinite(ratio)]
    if known.size:
        yield (
            f"Numbers become {number(float(known.min()), 3)} to {number(float(known.max()), 3)} times what "
            "they were: the stronger the channels around, the smaller."
        )


def _conventions(response: Response) -> Section:
    """What the numbers of a local response are elsewhere."""
    alpha = setting(response.alpha / response.size)
    told = (
        f"TensorFlow's alpha is not divided by the size: there it is {alpha}, with a depth radius of "
        f"{response.size // 2}."
    )
    return Section("method", "Conventions", Text(told), detail=True)


def _explained(
    work: Work, made: Normalised | None, cell: tuple[int, ...], precision: int
) -> Iterator[Section]:
    """Mean, variance, what is divided by what, gain and bias."""
    assert made is not None
    sharing = made.sharing
    place = sharing.place(cell)
    values = work.input.data[sharing.members(place)].astype(np.float64).ravel()
    mean, variance = float(made.mean[place]), float(made.variance[place])
    x = float(work.input.data[cell])

    def said(value: object) -> str:
        return number(value, precision)

    rows: list[tuple[str, list[str]]] = []
    eps = setting(made.eps)
    square = _square(variance, made.deviation[place], precision)
    if work.moving:
        rows = [("μ", ["moving mean", said(mean)]), ("σ²", ["moving variance", square])]
    elif work.kind == "rms":
        rows = [("μ₂", [*_mean_of(values, 0.0, precision), square])]
    else:
        total = [f"Σ x / {len(values)}", f"{said(values.sum())} / {len(values)}"]
        if len(values) <= WRITTEN:
            total = [f"({' + '.join(bracketed(said(value)) for value in values)}) / {len(values)}"]
        rows = [
            ("μ", [*total, said(mean)]),
            ("σ²", [*_mean_of(values, mean, precision), square]),
        ]
    deviation = float(made.divisor[place])
    n = made.normalised(cell)
    rows.append(("√", [f"√({square} + {eps})", said(deviation)]))
    top = f"({said(x)} − {bracketed(said(mean))})" if work.kind != "rms" else bracketed(said(x))
    rows.append(("n", [f"{top} / {said(deviation)}", said(n)]))
    y = []
    if work.gain is not None:
        y.append(
            f"{bracketed(said(float(np.broadcast_to(work.gain, work.input.shape)[cell])))} · "
            f"{bracketed(said(n))}"
        )
    if work.bias is not None:
        bias = plus(said(float(np.broadcast_to(work.bias, work.input.shape)[cell])))
        y = [f"{y[0] if y else bracketed(said(n))} {bias}"]
    rows.append(("y", [*(y or ["n"]), said(work.output.data[cell])]))
    whom = f"{counted(len(values), 'number')}: {_members_words(work, sharing, place)}"
    if work.moving:
        where = _set_words(work, place)
        told = f"the mean and variance that {clip(work.moving, 40)} has kept for {where}"
        yield Section("parameters", "From training", Text(told))
    else:
        members = _members(work, sharing, cell, precision)
        yield Section("parameters", "Shares a mean with", Text(whom), members)
    came = np.zeros(work.input.shape, bool)
    came[cell if work.moving else sharing.members(place)] = True
    cells = listed(work.input, np.argwhere(came).tolist() if came.sum() <= LIT else [cell])
    yield Section("arithmetic", "Arithmetic", body=formulas(rows), cells=cells)


def _members(work: Work, sharing: Sharing, cell: tuple[int, ...], precision: int) -> RenderableType | None:
    """Of a small matrix the numbers that share the mean on their colours, the cell in brackets."""
    if work.input.data.ndim != 2 or not _is_small(work.input):
        return None
    quiet, marks = np.ones(work.input.shape, bool), np.zeros(work.input.shape, bool)
    quiet[sharing.members(sharing.place(cell))] = False
    marks[cell] = True
    rows, columns = (
        (axis.name, [axis.place(i) for i in range(length)])
        for axis, length in zip(work.input.axes, work.input.shape, strict=True)
    )
    cells = in_places(work.input, range(len(quiet)), range(quiet.shape[1]))
    cells.cells[quiet] = ""
    return MarkedMatrix(work.input.data, marks, quiet, rows, columns, precision=precision, cells=cells)


def _square(value: float, root: float, precision: int) -> str:
    """A square in words; one that no float holds, while it holds the root, is neither infinite nor 0."""
    if np.isinf(value) and np.isfinite(root):
        return "over 1.8e308"
    return "below 1e−308" if value == 0 and root else number(value, precision)


def _mean_of(values: Array, mean: float, precision: int) -> list[str]:
    """The mean of squares of distances, written out where there are few."""
    count = len(values)
    if count > WRITTEN // 2:
        inside = "x²" if mean == 0 else f"(x − {bracketed(number(mean, precision))})²"
        with np.errstate(over="ignore"):
            total = float(np.square(values - mean).sum())
        return [
            f"Σ {inside} / {count}",
            f"{_square(total, np.abs(values - mean).max(), precision)} / {count}",
        ]
    parts = [
        f"{bracketed(number(value, precision))}²"
        if mean == 0
        else f"({number(value, precision)} {_minus(number(mean, precision))})²"
        for value in values
    ]
    return [f"({' + '.join(parts)}) / {count}"]


def _minus(text: str) -> str:
    """A number as it is subtracted from another."""
    return f"− {bracketed(text)}"


def _members_words(work: Work, sharing: Sharing, place: Sequence[int]) -> str:
    """Axis by axis, which places share the mean."""
    words = []
    for axis, index in enumerate(place):
        name, length = clip(work.input.axes[axis].name, 16), sharing.shape[axis]
        if axis == sharing.group_axis:
            words.append(f"{_many(name)} {_range(work.input.axes[axis], index, length // sharing.groups)}")
        elif axis in sharing.axes:
            words.append(f"every {name}")
        else:
            words.append(f"{name} {clip(work.input.axes[axis].place(index), 16)}")
    return ", ".join(words)


def _explained_response(
    work: Work, response: Response, cell: tuple[int, ...], precision: int
) -> Iterator[Section]:
    """The squares of the channels around, their sum, and what it divides."""
    axis = work.input.axes[response.axis]
    c, length = cell[response.axis], work.input.shape[response.axis]
    seen = neighbours(c, length, response.size)
    line = np.moveaxis(work.input.data, response.axis, -1)[
        tuple(index for place, index in enumerate(cell) if place != response.axis)
    ]
    values = line[seen].astype(np.float64)
    with np.errstate(over="ignore"):
        squares = values**2
        total = float(squares.sum())
        divisor = float(np.float64(response.k + response.alpha / response.size * total) ** response.beta)
        largest = np.abs(values).max()
        if np.isinf(total) and np.isfinite(largest):
            part = response.alpha / response.size * np.square(values / largest).sum()
            divisor = float(part**response.beta * largest**response.beta * largest**response.beta)
    names = [clip(axis.place(i), 16) for i in range(seen.start, seen.stop)]
    places = [(*cell[: response.axis], i, *cell[response.axis + 1 :]) for i in range(seen.start, seen.stop)]
    cells = listed(work.input, places)
    table = Summands(
        {clip(axis.name, 16): names},
        {"x": values, "x²": squares},
        [("sum", total)],
        cells=cells,
        precision=precision,
    )
    beyond = response.size - len(values)
    title = f"{counted(len(values), 'channel')} of {response.size}" + (
        f", {beyond} beyond the {'ends' if seen.start == 0 and seen.stop == length else 'end'}"
        if beyond
        else ""
    )
    yield Section("arithmetic", "Channels", Text(title), table, cells)

    def said(value: object) -> str:
        return number(value, precision)

    summed = _square(total, float(largest), precision)
    inside = f"({setting(response.k)} + {setting(response.alpha)} / {response.size} · {summed})"
    divides = "over 1.8e308" if np.isinf(divisor) and np.isfinite(largest) else setting(divisor, precision)
    rows = [
        ("d", [f"{inside}^{setting(response.beta)}", divides]),
        (
            "y",
            [
                f"{bracketed(said(float(work.input.data[cell])))} / {divides}",
                said(work.output.data[cell]),
            ],
        ),
    ]
    yield Section("arithmetic", "Arithmetic", body=formulas(rows))
