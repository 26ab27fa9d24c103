"""The story of a comparison: both tensors, the rule, where they differ most, and the verdict."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from dlcli.commands.compare.notices import notices
from dlcli.commands.compare.record import Pair, Work
from dlcli.engines.tensors.comparison import Comparison
from dlcli.errors import WrongUsage
from dlcli.tensor import Axis, Tensor
from dlcli.views.again import again
from dlcli.views.look import facts, look
from dlcli.views.origin import origin_words
from dlcli.views.page.cells import NO_CELLS, listed
from dlcli.views.pictures.tone import finite_range
from dlcli.views.shelf import Shelf
from dlcli.views.story import Section, Story
from dlcli.views.tables.table import FactsTable, Table
from dlcli.views.text.cell import at_words, cell_words, checked
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import bracketed, formulas
from dlcli.views.text.gaps import answer
from dlcli.views.text.text import apart, clip
from dlcli.words.number import MINUS, number, percent, rounded_up, setting

LOW = 7  # terminal rows of the two that are compared
NAME = 28  # cells that the name of a tensor may take
NOTICED = 2
DIGITS = 17  # of a float64


def story(work: Work, *, precision: int = 4) -> Story:
    """Both tensors, the rule, the difference with its measures, and whether all is within the tolerance."""
    if not work.alone:
        return _of_several(work, precision)
    (pair,) = work.pairs
    assert pair.found is not None
    difference = pair.difference
    return Story(
        Section("input", "Reference", origin_words(pair.reference, precision)),
        Section("input", "Compared", origin_words(pair.actual, precision), _both(pair, precision)),
        _rule(work, precision),
        *_axes(pair),
        Section("result", "Difference", facts(difference, precision), _drawn(difference, precision)),
        Section("result", "Measures", body=FactsTable(_measures(pair, pair.found, precision))),
        Section("result", "Verdict", answer(_verdict(work))),
        Section("notice", "Notice", Text(" ".join(notices(pair)[:NOTICED]))),
        Section("next", "Try next", body=CommandLine(*_next(work))),
    )


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """The two numbers of a cell, their difference, and how large it may be.

    Raises ``WrongUsage`` for a cell that is not there, and where several tensors were compared.
    """
    if not work.alone:
        such = f"net.npz:{work.pairs[0].name}"
        raise WrongUsage(f"--explain tells of one tensor, and here are several: name one of each, as {such}")
    (pair,) = work.pairs
    found = pair.found
    assert found is not None
    cell = checked(cell, pair.difference)
    a, b, d = (values[cell] for values in (found.reference, found.actual, found.difference))
    in_a, in_b = _apart(a, b, precision)
    size, allowed = number(abs(d), precision), found.allowed(cell)
    within = bool(found.within[cell])
    rows = [
        ("a", [in_a]),
        ("b", [in_b]),
        ("b − a", [f"{in_b} {MINUS} {_in_brackets(in_a)}", number(d, precision)]),
        ("allowed", [_allowed(work, number(abs(a), precision), precision), number(allowed, precision)]),
        ("within", [f"{size} {'≤' if within else '>'} {number(allowed, precision)}"]),
    ]
    if not (np.isfinite(a) and np.isfinite(b)):
        rows[2:] = [("within", ["the same" if within else "not the same, and no tolerance is as large"])]
    where = cell_words(cell, pair.difference)
    verdict = f"{number(d, precision)}{f' at {where}' if where else ''}: "
    verdict += "within the tolerance" if within else "beyond the tolerance"
    said = Text("a is the reference, b what is compared", style="dim")
    both = [(one, listed(one, [cell]) if one.shape == pair.difference.shape else NO_CELLS)
            for one in (pair.reference, pair.actual)]  # fmt: skip
    return Story(
        *(
            Section("input", name, origin_words(one, precision), cells=cells)
            for name, (one, cells) in zip(("Reference", "Compared"), both, strict=True)
        ),
        Section("arithmetic", "Difference", said, formulas(rows)),
        Section("result", "Verdict", answer(verdict)),
    )


def _in_brackets(text: str) -> str:
    return f"({text})" if text.endswith("i") else bracketed(text)


def _both(pair: Pair, precision: int) -> RenderableType:
    """Both side by side, in the colours of one scale."""
    both = (pair.reference, pair.actual)
    sizes = [np.abs(one.data) if one.data.dtype.kind == "c" else one.data for one in both]
    ends = [finite_range(one) for one in sizes]
    limits = min(low for low, _ in ends), max(high for _, high in ends)
    shown = [Tensor(one.data, pair.picture_axes or one.axes, one.name, one.attrs) for one in both]
    if pair.is_picture and ends[0][0] >= 0:  # a photo stays one, where noise goes below 0
        limits = ends[0]
        shown[1] = replace(shown[1], data=np.clip(shown[1].data, *limits))
    views = [look(one, precision=precision, height=LOW, legend=False, limits=limits) for one in shown]
    return Shelf(list(zip(("reference", "compared"), views, strict=True)))


def _drawn(difference: Tensor, precision: int) -> RenderableType:
    """The difference around 0, which has the same colour in every one; in words where there is none."""
    data = difference.data
    if data.size and not data.any():
        return Text("nothing to draw: every number is the same", style="dim")
    low, high = finite_range(data) if data.dtype.kind != "c" else (0.0, 0.0)
    limits = (-max(-low, high), max(-low, high)) if low >= 0 < high or low < 0 >= high else None
    return look(difference, precision=precision, limits=limits)


def _rule(work: Work, precision: int) -> Section:
    said = Text("a number is within where |b − a| ≤ atol + rtol · |a|", style="dim")
    return Section("formula", "Rule", said, formulas([("allowed", [_allowed(work, "|a|", precision)])]))


def _allowed(work: Work, size: str, precision: int) -> str:
    return f"{setting(work.atol, precision)} + {setting(work.rtol, precision)} · {size}"


def _axes(pair: Pair) -> list[Section]:
    """The axes that are called or numbered otherwise."""
    rows = [
        [str(place), _described(a), _described(b)]
        for place, (a, b) in enumerate(zip(pair.reference.axes, pair.actual.axes, strict=True))
        if a != b
    ]
    if not rows:
        return []
    said = Text("not the same in both; numbers are compared by their places", style="dim")
    return [Section("parameters", "Axes", said, Table(["axis", "reference", "compared"], rows, right=(0,)))]


def _described(axis: Axis) -> str:
    if axis.labels is not None:
        return f"{clip(axis.name, NAME)}: {clip(', '.join(axis.labels), NAME)}"
    if axis.numeric:
        return f"{clip(axis.name, NAME)}: {axis.place(0)}, {axis.place(1)}, …"
    return clip(axis.name, NAME)


def _measures(pair: Pair, found: Comparison, precision: int) -> list[tuple[str, str]]:
    """What is told of the whole: how many, how much, and of a picture how alike it looks."""
    size = found.within.size
    if not size:
        return [("beyond", "no number to compare")]
    cells = f"{found.beyond} of {size} number{'s' * (size != 1)}"
    rows = [("beyond", f"{cells} ({percent(found.beyond, size)})" if found.beyond else f"none of {size}")]
    if found.largest:
        cell = found.worst
        a, b = _apart(found.reference[cell], found.actual[cell], precision)
        rows.append(
            ("largest", f"{_largest(found, precision)}{at_words(cell, pair.difference)}: {b}, not {a}")
        )
    else:
        rows.append(("largest", "0: every number is the same"))
    if not found.finite.all():
        rows.append(("finite", f"{np.count_nonzero(found.finite)} numbers in both; of these alone:"))
    rows.append(("RMS", _beyond(found) if math.isinf(found.rms) else _size(found.rms, precision)))
    rows.append(("SNR", f"{_decibels(found.snr)} (Σ a² over Σ (b − a)²)"))
    if pair.is_picture:
        span = number(pair.range, precision)
        rows.append(("PSNR", f"{_decibels(found.psnr(pair.range))} below the range {span}"))
        alike = "smaller than its window of 11 × 11" if pair.ssim is None else number(pair.ssim, precision)
        rows.append(("SSIM", f"{alike}" + " (1 is the same)" * (pair.ssim is not None)))
    return rows


def _apart(a: Any, b: Any, precision: int) -> tuple[str, str]:
    """Two numbers in as many digits as tell them apart."""
    while number(a, precision) == number(b, precision) and precision < DIGITS and a != b:
        precision += 1
    return number(a, precision), number(b, precision)


def _largest(found: Comparison, precision: int) -> str:
    return _beyond(found) if found.overflows else _size(found.largest, precision)


def _beyond(found: Comparison) -> str:
    return f"beyond the largest {found.difference.dtype}"


def _size(value: float, precision: int) -> str:
    return "not finite" if not math.isfinite(value) else number(value, precision)


def _decibels(value: float) -> str:
    if math.isnan(value):
        return "no finite number"
    if math.isinf(value):
        return "∞ dB" if value > 0 else f"{MINUS}∞ dB, the reference is 0"
    return f"{number(value, 4)} dB"


def _verdict(work: Work) -> str:
    (pair,) = work.pairs
    assert pair.found is not None
    if not pair.found.within.size:
        return "there is no number, and nothing differs (exit code 0)"
    if pair.passes:
        return "all numbers are within the tolerance (exit code 0)"
    needed = pair.found.needed
    passing = f"; --atol {rounded_up(needed)} would let them pass" if math.isfinite(needed) else ""
    return f"{pair.found.beyond} beyond the tolerance (exit code 1){passing}"


def _next(work: Work) -> list[list[str]]:
    """The same line asking for the cell where both differ most."""
    (pair,) = work.pairs
    assert pair.found is not None
    size = pair.found.within.size
    cell = ",".join(map(str, pair.found.worst)) if size else ""
    return _line(work, pair.actual, *(["--explain", cell] if cell else ["--emit", "measures"]))


def _line(work: Work, read: Tensor, *more: str) -> list[list[str]]:
    """The line again, with the reference before the input."""
    *before, line = again(work.line, read, *more)
    if line[1:2] != [work.line.command]:
        return [*before, line]
    if work.reference.word == "-":
        before = again(replace(work.line, inputs=()), work.reference.tensors[0])[:-1]
    return [*before, [*line[:2], work.reference.word, *line[2:]]]


def _of_several(work: Work, precision: int) -> Story:
    """Files of several tensors, name by name."""
    rows = []
    names = [*(pair.name for pair in work.pairs), *work.missing, *work.more]
    called = dict(zip(names, apart(names, NAME), strict=True))
    for pair in work.pairs:
        shape = " × ".join(map(str, pair.reference.shape)) or "one number"
        if pair.found is None:
            other = " × ".join(map(str, pair.actual.shape)) or "one number"
            rows.append([called[pair.name], f"{shape} / {other}", "", "", "", "another shape"])
            continue
        found = pair.found
        where = ",".join(map(str, found.worst)) if found.largest else ""
        largest = "overflow" if found.overflows else _size(found.largest, precision)
        verdict = "within" if pair.passes else f"{found.beyond} beyond"
        rows.append([called[pair.name], shape, largest, where, _size(found.rms, precision), verdict])
    rows += [[called[name], "", "", "", "", "only in the reference"] for name in work.missing]
    rows += [[called[name], "", "", "", "", "not in the reference"] for name in work.more]
    head = ["tensor", "shape", "largest", "at", "RMS", "verdict"]
    said = f"{work.failed} of {work.total} differ (exit code 1)"
    if not work.failed:
        said = "all are within the tolerance (exit code 0)"
    table = Table(head, rows, right=(2, 4), whole=(5,), spare=(1,))
    return Story(
        Section("input", "Reference", Text(_counted(work.reference.word, len(work.reference.tensors)))),
        Section("input", "Compared", Text(_counted(work.actual.word, len(work.actual.tensors)))),
        _rule(work, precision),
        Section("result", "Differences", Text("name by name", style="dim"), table),
        Section("result", "Verdict", answer(said)),
        Section("next", "Try next", body=CommandLine(*_next_of_several(work))),
    )


def _counted(word: str, count: int) -> str:
    name = "standard input" if word == "-" else clip(word, 40)
    return f"{name}, {count} tensor{'s' * (count != 1)}"


def _next_of_several(work: Work) -> list[list[str]]:
    """The tensor that is farthest off, alone; or its measures where it cannot be named."""
    told = [pair for pair in work.pairs if pair.found is not None]
    worst = max(told, key=lambda pair: pair.found.largest if pair.found else 0.0)
    names = (work.reference.names + work.actual.names).count(worst.name)
    if "-" in (work.reference.word, work.actual.word) or names != 2:
        return _line(work, worst.actual, "--emit", "measures")
    words = [
        f"{group.word}:{worst.name}" if len(group.tensors) > 1 else group.word
        for group in (work.reference, work.actual)
    ]
    options = [word for words_ in work.line.options for word in words_]
    return [["dlcli", work.line.command, *words, *options]]
