"""Derived gradients beside measured ones, and how far they are apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dlcli.engines.base.central_differences import NEAR, Checked
from dlcli.views.story import Section
from dlcli.views.tables.table import Table
from dlcli.views.text.text import plain
from dlcli.words.number import number

DIGITS = 3  # significant digits of a gradient


def gradients_checked(checks: Sequence[Checked], more: str = "") -> Iterator[Section]:
    """Both gradients of each array of weights, if any; ``more`` is said of all of them."""
    if not checks:
        return
    rows = [
        [f"{one.layer}/{one.weight}", ",".join(map(str, one.place)), number(one.derived, DIGITS),
         number(one.measured, DIGITS), "yes" if one.difference < NEAR else f"no: {one.difference:.1e}"]
        for one in checks
    ]  # fmt: skip
    told = (
        "by the formulas, and by moving the weight, equal to 1e-4 of the largest; of those tried, the "
        "steepest, or the one that is wrong"
    )
    body = Table(["weights", "at", "derived", "measured", "equal"], rows, right=[2, 3], whole=[0])
    yield Section("arithmetic", "Gradients", plain(f"{told}{more and f'; {more}'}"), body)
