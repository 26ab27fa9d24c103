"""The story of a figure computed anew: ours, the book's, how far they may differ, pass or fail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from dlcli.commands.td.record import Reproduction
from dlcli.errors import WrongUsage
from dlcli.views.shelf import Shelf
from dlcli.views.story import Section, Story
from dlcli.views.tables.matrix import Matrix
from dlcli.views.tables.table import Table
from dlcli.views.text.command_line import CommandLine
from dlcli.words.number import number
from dlcli.worlds.comparison import BOOK, CLAIM, OTHERWISE, Check

TITLE = "Sutton and Barto, Reinforcement Learning, 2nd edition"
PASS, FAIL = "✓ pass", "✗ FAIL"


def story(work: Reproduction, *, precision: int = 4) -> Story:
    """The figure, every comparison, and whether all of them hold."""
    grids = [check for check in work.checks if check.ours.size > 1]
    numbers = [check for check in work.checks if check.ours.size == 1]
    return Story(
        Section("input", "Figure", Text(f"{work.figure.name}: {work.figure.title}")),
        Section("input", "Book", Text(f"{TITLE}, {work.figure.where}", style="dim")),
        *(_grid(check, precision) for check in grids),
        *_numbers(numbers, precision),
        Section("result", "Verdict", Text(_verdict(work))),
        Section("notice", "Notice", Text(" ".join(_notices(work)))),
        Section("next", "Try next", body=CommandLine(work.figure.line.split())),
    )


def explain(work: Reproduction, cell: tuple[int, ...], *, precision: int = 4) -> Story:
    """There is nothing to explain: raises ``WrongUsage`` with the line that can be explained."""
    told = f"--explain goes with a single run, not with --reproduce; try {work.figure.line} --explain …"
    raise WrongUsage(told)


def _grid(check: Check, precision: int) -> Section:
    good = int((check.off <= check.tolerance).sum())
    told = f"{good} of {check.ours.size} within {number(check.tolerance, 2)} ({check.why})"
    blocks: list[tuple[str, RenderableType]] = [
        ("ours", Matrix(check.ours, precision=3)),
        ("book", Matrix(check.expected, precision=3)),
    ]
    verdict = PASS if check.passed else FAIL
    return Section("result", check.label, Text(f"{verdict}: {told}"), Shelf(blocks))


def _numbers(checks: Sequence[Check], precision: int) -> Iterator[Section]:
    """What the book prints, what its text states, and what was found in another way: a table for each."""
    for by, title, other in ((BOOK, "Numbers", "book"), (OTHERWISE, "Otherwise", "other way")):
        rows = [
            [
                check.label,
                number(float(check.ours), precision),
                number(float(check.expected), precision),
                number(check.tolerance, 2) if check.tolerance else "0",
                PASS if check.passed else FAIL,
            ]
            for check in checks
            if check.by == by
        ]
        if rows:
            body = Table(["", "ours", other, "±", ""], rows, right=(1, 2, 3), whole=(4,))
            yield Section("result", title, body=body)
        if by == BOOK:
            yield from _claims([check for check in checks if check.by == CLAIM])


def _claims(checks: Sequence[Check]) -> Iterator[Section]:
    if checks:
        rows = [[check.label, check.why, PASS if check.passed else FAIL] for check in checks]
        yield Section("result", "Claims", body=Table(["claim", "stated in", ""], rows, whole=(2,)))


def _verdict(work: Reproduction) -> str:
    if work.failed:
        return f"{work.failed} of {len(work.checks)} comparisons failed"
    return "passed" if len(work.checks) == 1 else f"all {len(work.checks)} comparisons passed"


def _notices(work: Reproduction) -> Iterator[str]:
    """Where the tolerances come from."""
    for by, told in ((BOOK, "Reasons for the tolerances"), (OTHERWISE, "Other ways")):
        reasons = dict.fromkeys(check.why for check in work.checks if check.by == by and check.why != "exact")
        if reasons:
            yield f"{told}: {'; '.join(reasons)}."
    if work.figure.chance:
        yield f"Seed {work.seed}: with another --seed the numbers differ, and the verdict should not."
    else:
        yield "Nothing here depends on chance."
