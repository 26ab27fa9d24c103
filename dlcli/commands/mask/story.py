"""The story of a mask: what counts as strong, what was kept, before and after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from dlcli.commands.mask.record import Work
from dlcli.commands.mask.story_gain import (
    formula_rows,
    frequency_section,
    gain_rules,
    gain_sections,
    gained,
    noise_notices,
    noise_sections,
    steps,
)
from dlcli.views.again import again, of_several, source_of
from dlcli.views.before_after import BeforeAfter
from dlcli.views.look import SMALL, facts, look, matrix
from dlcli.views.origin import origin_words
from dlcli.views.page.cells import UNKNOWN, listed, of_matrix
from dlcli.views.pictures.tone import finite_range
from dlcli.views.shelf import Shelf
from dlcli.views.story import Section, Story
from dlcli.views.tables.table import FactsTable
from dlcli.views.text.cell import cell_words, checked
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.formula import formulas
from dlcli.views.text.text import clip
from dlcli.words.number import number, percent

NAME = 20  # cells that the name of an axis may take in a rule

SOME = 1 - 1e-5  # the largest share that is told where something is missing

SIGNS = {"above": "≥", "below": "≤"}


def story(work: Work, *, precision: int = 4) -> Story:
    """What came in, the rule with its numbers, how much was kept, before and after."""
    kept, size = int(np.count_nonzero(work.mask)), work.mask.size
    half = ", by a gain of a half at least" if work.soft is not None or work.smooth is not None else ""
    told = [("kept", f"{kept} of {size} number{'s' * (size > 1)} ({percent(kept, size)}){half}")]
    energy = _energy(work)
    if energy:
        told.append(("energy", energy))
    levels = gained(work)
    return Story(
        Section("input", "Input", origin_words(work.input, precision)),
        Section("formula", "Mask", body=_formula(work, precision)),
        Section("parameters", "Rules", body=FactsTable(_rules(work, precision))),
        *noise_sections(work),
        Section("result", "Masked", facts(work.output, precision), _result(work, precision)),
        *gain_sections(work, precision),
        Section("result", "Kept", body=FactsTable(told)),
        *([Section("result", "Levels", body=levels)] if levels else []),
        Section("notice", "Notice", Text(" ".join(_notices(work, kept, size)))),
        Section("next", "Try next", body=_next(work)),
    )


def _energy(work: Work) -> str:
    share = work.energy
    if share is None:
        return ""
    total = "Σ |x|" if work.powers else "Σ |x|²"
    if np.isnan(share):
        return f"{total} is infinite"
    nan = np.isnan(work.size)
    if (work.size[~work.mask & ~nan] > 0).any():
        share = min(share, SOME)  # where something is gone, it is not all
    return f"{percent(share)} of {total} is in them{', without NaN' if nan.any() else ''}"


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """One number's size against every rule, and its gain.

    Raises ``WrongUsage`` when there is no such cell.
    """
    cell = checked(cell, work.output)
    y = number(work.output.data[cell], precision)
    size = work.size[cell].item()
    checks: list[tuple[str, str]] = []
    if np.isnan(size):
        checks.append(("size", "NaN has none: no"))
    for name, typed, level in work.levels:
        if work.soft is not None:
            continue
        holds = size >= level if name == "above" else size <= level
        told = f"{number(size, precision)} {SIGNS[name]} {number(level, precision)} ({typed})"
        checks.append((name, f"|x| = {told}: {'yes' if holds else 'no'}"))
    for ranges, keep in ((work.bands, True), (work.drops, False)):
        for place in dict.fromkeys(place for place, _, _ in ranges):
            axis, ends = work.input.axes[place], [band[1:] for band in ranges if band[0] == place]
            inside = any(first <= cell[place] <= last for first, last in ends)
            met = [f"{axis.place(first)} to {axis.place(last)}" for first, last in ends if first <= last]
            spans = " or ".join(met) or "what this block has none of"
            told = clip(f"{axis.place(cell[place])} {'in' if keep or inside else 'not in'} {spans}", 60)
            failed = "no" if keep else "dropped"
            checks.append((axis.name, f"{told}: {'yes' if inside == keep else failed}"))
    if work.gain is None:
        verdict = "kept" if work.mask[cell] else "set to 0"
    else:
        verdict = f"the number times {number(float(work.gains[cell]), precision)}"
    sections = [
        Section("input", "Input", origin_words(work.input, precision)),
        Section("formula", "Mask", body=_formula(work, precision)),
        Section(
            "result",
            "Masked",
            Text(f"{y}, {verdict}, at {cell_words(cell, work.output)}"),
            cells=listed(work.input, [cell]),
        ),
    ]
    sections += frequency_section(work, cell)
    if checks:
        sections.append(Section("arithmetic", "Rules", body=FactsTable(checks)))
    if work.gain is not None and not np.isnan(size):
        sections.append(Section("arithmetic", "Gain", body=formulas(steps(work, cell, precision))))
    return Story(*sections)


def _formula(work: Work, precision: int) -> Group:
    levels = work.levels if work.soft is None else ()
    parts = [f"|x| {SIGNS[name]} {number(level, precision)}" for name, _, level in levels]
    for ranges, words in ((work.bands, ""), (work.drops, "not ")):
        for place, count in Counter(place for place, _, _ in ranges).items():
            every = f"{words}in its band" if count == 1 else f"{words}in one of its {count} bands"
            parts.append(f"{clip(work.input.axes[place].name, NAME)} {every}")
    return formulas(formula_rows(work, parts, precision))


def _rules(work: Work, precision: int) -> list[tuple[str, str]]:
    found = []
    for name, typed, level in work.levels:
        meaning = f"{typed} is {number(level, precision)}" if not typed[-1:].isdigit() else typed
        kept = f"sizes {SIGNS[name]} {number(level, precision)} are kept"
        found.append((name, f"{meaning}: {kept if work.soft is None else 'a half of this size is kept'}"))
    for ranges, what in ((work.bands, ""), (work.drops, "dropped: ")):
        for place, first, last in ranges:
            axis, length = work.input.axes[place], work.input.shape[place]
            if last < first:
                found.append((axis.name, f"{what}nothing of this block"))
                continue
            count = f"{last - first + 1} of {length} place{'s' * (length > 1)}"
            found.append((axis.name, f"{what}{axis.place(first)} to {axis.place(last)}, {count}"))
    return [*found, *gain_rules(work, precision)]


def _result(work: Work, precision: int) -> RenderableType:
    data = work.input.data
    if data.ndim == 2 and max(data.shape) <= SMALL:
        limit = max(abs(end) for end in finite_range(work.size))
        parts = {"x": (data, limit), "mask": (work.mask.astype(np.int8), 1), "y": (work.output.data, limit)}
        cells = {"x": of_matrix(work.input), "mask": UNKNOWN, "y": of_matrix(work.output)}
        return Shelf(
            [
                (
                    name,
                    matrix(
                        values, *work.input.axes, precision=precision, limits=(-end, end), cells=cells[name]
                    ),
                )
                for name, (values, end) in parts.items()
            ]
        )
    if not work.spectrum:
        first = look(work.input, precision=precision, legend=False)
        return BeforeAfter("input", first, "masked", look(work.output, precision=precision))
    first, second = (
        look(one, precision=precision, scale="sequential", legend=last, limits=(work.deepest, 0.0))
        for one, last in zip(work.decibels, (False, True), strict=True)
    )
    return BeforeAfter("input, dB", first, "masked, dB", second)


def _notices(work: Work, kept: int, size: int) -> Iterator[str]:
    """What became of the numbers, and what would change it; NaN, which is no size, is told apart."""
    nan = int(np.count_nonzero(np.isnan(work.size)))
    if nan:
        yield f"{nan} of {size} numbers {'is' if nan == 1 else 'are'} NaN: NaN has no size and is set to 0."
    infinite = int(np.count_nonzero(np.isinf(work.size) & work.mask))
    if infinite:
        yield f"{infinite} infinite number{'s are' if infinite > 1 else ' is'} kept."
    if work.noise is not None:
        yield from noise_notices(work)
        return
    if kept == size:
        less = work.other_rules("higher", "lower", "narrower")
        yield f"Everything is kept: {less} would take something away."
    elif work.gain is not None:
        yield "What is not kept is still there, only weaker."
    elif kept and work.spectrum:
        yield (
            "What is set to 0 is silent after istft; but frames overlap, and what is kept sounds a little "
            "beyond its place."
        )
    elif kept:
        yield "What is kept stays as it was; only the rest is 0."
    elif nan < size:
        yield f"Nothing is kept: {work.why_nothing}."


def _next(work: Work) -> CommandLine:
    """The same line asking for the largest number; of a spectrum down a pipe the way to a sound."""
    if work.spectrum and source_of(work.line, work.input) is None:
        name = "masked-{index}.wav" if of_several(work.line, work.input) else "masked.wav"
        return CommandLine(*again(work.line, work.input), ["dlcli", "istft", "-o", name])
    largest = np.unravel_index(int(np.argmax(np.nan_to_num(work.size))), work.input.shape)
    cell = ",".join(map(str, largest))
    return CommandLine(*again(work.line, work.input, *(["--explain", cell] if cell else [])))
