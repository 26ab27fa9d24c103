"""The story of several kernels: which of them answers most at each place, and how often each wins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from dlcli.commands.conv.record import Work
from dlcli.commands.conv.story import grouped, shown, whence
from dlcli.commands.kinds.pictures.kernel_story import drawn
from dlcli.commands.kinds.pictures.sliding_story import size, window
from dlcli.engines.convolution.winners import TIE, winners
from dlcli.views.again import again
from dlcli.views.page.cells import listed, of_matrix
from dlcli.views.pictures.winner_map import WinnerMap, colours_of, marks_of
from dlcli.views.shelf import Shelf
from dlcli.views.story import Section, Story
from dlcli.views.tables.bar_table import LABEL, BarTable
from dlcli.views.tables.table import FactsTable, with_rest
from dlcli.views.text.cell import cell_words, checked, strongest
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.text import clip, visible
from dlcli.words.number import counted, number, percent

KERNELS = 12  # drawn
LISTED = 36  # kernels of a histogram, and of an explained place


def story(work: Work, *, precision: int = 4) -> Story:
    """What came in, the kernels, who wins where and in which colour, how often each wins, and where none."""
    of = "Directions" if work.bank.angles else "Wins"
    return Story(
        Section("input", "Input", whence(work, precision), shown(work, precision)),
        size(work.geometry, work.input.axes),
        Section("parameters", "Kernels", Text(_kernel_words(work)), _kernels(work)),
        Section("result", "Strength", Text(_strength_words(work, precision))),
        Section("result", "Winner", Text(_colour_words(work)),
                WinnerMap(work.found.winner, work.bank, work.found.strength, cells=of_matrix(work.winner))),
        Section("result", of, *_histogram(work, precision)),
        Section("result", "No winner", body=FactsTable(list(_nobody(work, precision)))),
        Section("notice", "Notice", Text(" ".join(_notices(work, precision)))),
        Section("next", "Try next", body=CommandLine(*_next(work))),
    )  # fmt: skip


def explain(work: Work, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """The answers of all kernels at one place, the strongest first, and by how much the first leads.

    Raises ``WrongUsage`` when there is no such place.
    """
    cell = checked(cell, work.winner)
    answers = work.output.data[cell]
    order = np.argsort(-np.nan_to_num(answers, nan=-np.inf), kind="stable")
    shown = order[:LISTED]
    winner = int(work.found.winner[cell])
    table = BarTable(
        "kernel",
        [_rows(work, work.bank.names)[k] for k in shown.tolist()],
        {"answer": answers[shown]},
        cells=listed(work.output.name, ((*cell, k) for k in shown.tolist())),
        marked=None if winner < 0 else 0,
        signed=bool(np.any(answers < 0)),
        relative=True,
        inks=colours_of(work.bank)[shown],
        precision=precision,
    )
    return Story(
        Section("input", "Input", whence(work, precision)),
        window(work.geometry, work.input.axes, (cell[0], cell[1])),
        Section("arithmetic", "Answers", Text("of all kernels there, the strongest first"),
                with_rest(table, len(order) - LISTED, "kernels")),
        Section("result", "Winner",
                Text(f"{_verdict(work, cell, precision)}, at {cell_words(cell, work.winner)}")),
        Section("next", "Try next", body=CommandLine(*_products(work, (*cell, int(order[0]))))),
    )  # fmt: skip


EXPLAIN = {"winner": explain, "strength": explain}
TELLS = tuple(EXPLAIN)
STRONGEST = {"winner": "strength"}


def _verdict(work: Work, cell: tuple[int, ...], precision: int) -> str:
    """Who wins a place and by how much, or why nobody does."""
    found, answers = work.found, work.output.data[cell]
    if found.unknown[cell]:
        return "none: an answer is no number"
    first, second = (float(value) for value in np.sort(answers)[:-3:-1])
    if found.silent[cell]:
        least = f"{percent(work.share)} of the largest, {number(found.least, precision)}"
        return f"none: {number(first, precision)} is " + (
            f"below {least}" if first > 0 and found.least > 0 else "not above 0"
        )
    if found.tied[cell]:
        alike = np.flatnonzero(answers >= answers.max() * (1 - TIE)).tolist()
        return f"none: {_listed([work.bank.names[k] for k in alike])} answer alike"
    name, other = (clip(work.bank.names[k], 24) for k in np.argsort(-answers, kind="stable")[:2].tolist())
    return f"{name} with {number(first, precision)}, before {other} with {number(second, precision)}"


def _listed(names: list[str]) -> str:
    """Several names in words.

    >>> _listed(["a", "b"]), _listed(list("abcdef"))
    ('a and b', 'a, b, c and 3 more')
    """
    if len(names) > 4:
        return f"{', '.join(names[:3])} and {len(names) - 3} more"
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _kernel_words(work: Work) -> str:
    rows, columns, depth = work.kernels[0].array.shape
    words = f"{len(work.kernels)}, each {rows} × {columns}" + (f" × {depth}" if depth > 1 else "")
    if work.flip:
        words += ", turned by 180° before use (--flip)"
    return words + (f", then {work.activation}" if work.activation != "linear" else "")


def _kernels(work: Work) -> RenderableType:
    """The kernels as small pictures in the same colours; of several channels their mean."""
    weights = [kernel.array.mean(axis=2) for kernel in work.kernels[:KERNELS]]
    limit = max(float(np.abs(one).max()) for one in weights)
    blocks = [(label, drawn(one, limit)) for label, one in zip(work.bank.labels, weights, strict=False)]
    return with_rest(Shelf(blocks), len(work.kernels) - KERNELS, "kernels")


def _strength_words(work: Work, precision: int) -> str:
    shape = " × ".join(map(str, work.strength.shape))
    cell = strongest(work.strength)
    if cell is None:
        return f"{shape}, nowhere a number"
    return (
        f"{shape}, up to {number(work.strength.data[cell], precision)} at {cell_words(cell, work.strength)}"
    )


def _colour_words(work: Work) -> str:
    told = "the kernel that answers most"
    if not work.bank.angles:
        return told
    return f"{told}, its angle on a wheel of {work.bank.period}°"


def _rows(work: Work, names: Sequence[str]) -> list[str]:
    """What tables call the kernels: before names that are cut alike the signs of the map."""
    cut = [clip(name, LABEL) for name in names]
    alike = len({*cut}) < len({*names})
    return [
        f"{sign} {name}" if alike else name for sign, name in zip(marks_of(work.bank), names, strict=True)
    ]


def _histogram(work: Work, precision: int) -> tuple[Text, RenderableType]:
    """How many places each kernel wins, and how much all its winning answers weigh."""
    winner, strength = work.found.winner, work.found.strength.astype(np.float64)
    won = winner >= 0
    counts = np.bincount(winner[won], minlength=len(work.kernels))
    known = np.where(won & np.isfinite(strength), strength, 0.0)
    sums = np.bincount(winner[won], known[won], minlength=len(work.kernels))
    places, weights = 100 * counts / max(1, counts.sum()), 100 * sums / (sums.sum() or 1)
    table = BarTable(
        "kernel",
        _rows(work, work.bank.labels)[:LISTED],
        {"% of wins": places[:LISTED].round(1), "% of strength": weights[:LISTED].round(1)},
        relative=True,
        inks=colours_of(work.bank)[:LISTED],
        precision=precision,
    )
    told = f"of {percent(counts.sum(), winner.size)} of the places; bars: the sum of the winning answers"
    return Text(told), with_rest(table, len(work.kernels) - LISTED, "kernels")


def _nobody(work: Work, precision: int) -> Iterator[tuple[str, str]]:
    """At how many places nobody wins, and why."""
    found, places = work.found, work.found.winner.size
    if silent := int(np.count_nonzero(found.silent)):
        below = (
            f"below {percent(work.share)} of the largest, {number(found.least, precision)}"
            if found.least > 0
            else "not above 0"
        )
        yield "too weak", f"{percent(silent, places)} of the places: the strongest answer is {below}"
    if tied := int(np.count_nonzero(found.tied)):
        yield "a tie", f"{percent(tied, places)} of the places: two or more kernels answer alike"
    if unknown := int(np.count_nonzero(found.unknown)):
        yield "no number", f"{counted(unknown, 'place')}: an answer is nan"


def _notices(work: Work, precision: int) -> Iterator[str]:
    """What decides beside the picture, and why nobody wins."""
    twins = _twins(work)
    if twins:
        yield f"{twins[0]} and {twins[1]} have the same weights: wherever they answer most, nobody wins."
    if not (work.found.winner >= 0).any():
        yield _why_nobody(work)
    yield from _ahead(work, precision)
    if work.share and not np.array_equal(winners(work.output.data).winner, work.found.winner):
        yield "--threshold 0 lets the weakest answer above 0 win, too."


def _why_nobody(work: Work) -> str:
    """Why no place at all is won."""
    found = work.found
    known = found.strength[~np.isnan(found.strength)]
    if not known.size:
        return "Nobody wins: everywhere an answer is nan."
    if not (known > 0).any():
        told = "No answer is above 0"
        if work.bias.max() < 0:
            return f"{told}: every bias is negative, and no kernel answers with more than it takes away."
        return f"{told}: an even picture, or one that none of the kernels fits."
    told = "Nobody wins: wherever a kernel answers most, another answers as much"
    if work.activation != "linear" and not np.ptp(known):
        return f"{told}, for {visible(work.activation)} makes {number(float(known.max()))} of the answers."
    return f"{told}."


def _ahead(work: Work, precision: int) -> Iterator[str]:
    """What lets some kernels win more often than others whatever the picture shows."""
    names = [clip(name, 24) for name in work.bank.names]
    if grouped(work):
        yield "The kernels see other channels each: the brighter channel wins more often."
    if not work.layer and np.ptp(work.bias):
        most, least = int(work.bias.argmax()), int(work.bias.argmin())
        more, less = (number(work.bias[k], precision) for k in (most, least))
        yield (
            f"The bias of {names[most]} is {more} and that of {names[least]} {less}: the larger one is ahead "
            "wherever the picture is even."
        )
    sums = np.array([float(kernel.array.sum(dtype=np.float64)) for kernel in work.kernels])
    sizes = [float(np.abs(kernel.array).sum()) for kernel in work.kernels]
    if np.ptp(sums) > 0.05 * max(sizes):
        most, least = int(sums.argmax()), int(sums.argmin())
        more, less = (number(sums[k], precision) for k in (most, least))
        yield (
            f"The weights of {names[most]} add up to {more}, those of {names[least]} to {less}: an even area "
            f"answers with so many times its value, so what is bright is won by {names[most]} whatever it "
            "shows. Kernels that add up to 0, such as line:ANGLE, compare shapes alone."
        )
        return
    energies = [float(np.square(kernel.array).sum()) for kernel in work.kernels]
    if max(energies) > 1.05 * min(energies):
        yield (
            f"The squares of the weights add up to {number(min(energies), 3)} in one kernel and to "
            f"{number(max(energies), 3)} in another: larger weights win more often."
        )


def _twins(work: Work) -> tuple[str, str] | None:
    """Two kernels with the same weights, if there are any."""
    for place, one in enumerate(work.kernels):
        for other in work.kernels[place + 1 :]:
            if np.allclose(one.array, other.array, rtol=0, atol=1e-9 * float(np.abs(one.array).max())):
                return clip(one.name, 24), clip(other.name, 24)
    return None


def _next(work: Work) -> list[list[str]]:
    """The same line, asking for the place of the strongest answer."""
    cell = strongest(work.strength) or (0, 0)
    return again(work.line, work.input, "--emit", "winner", "--explain", ",".join(map(str, cell)))


def _products(work: Work, cell: tuple[int, ...]) -> list[list[str]]:
    """The line that tells the products behind one of the answers."""
    return again(work.line, work.input, "--explain", ",".join(map(str, cell)), without=("--threshold",))
