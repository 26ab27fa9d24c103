"""What all sliding windows share: how large their answer is, and where one window stood."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from dlcli.tensor import Axis
from dlcli.views.story import Section
from dlcli.views.tables.table import FactsTable
from dlcli.views.text.formula import Formula, formulas
from dlcli.views.text.text import clip
from dlcli.words.number import number

if TYPE_CHECKING:
    from dlcli.engines.base.padding import Geometry


def size(
    geometry: Geometry,
    axes: Sequence[Axis],
    *,
    what: str = "kernel",
    beyond: tuple[int, int] | None = None,
) -> Section:
    """The size formula with its numbers, rounding shown where it rounds.

    ``what`` is the window's name. ``beyond`` tells that it is rounded up, and how many rows and columns the
    last windows reach beyond the padded input for it.
    """
    names = [clip(axis.name, 16) for axis in axes[:2]]
    lines: list[Formula] = []
    spread = max(geometry.dilation) > 1
    wide = max(map(len, (*names, "reach")))
    if spread:
        pairs = sorted(set(zip(geometry.kernel, geometry.dilation, geometry.span, strict=True)))
        lines += [
            Formula("reach", f"({k} − 1) × {d} + 1", str(span), name_width=wide) for k, d, span in pairs
        ]
    left, right = "⌊⌋" if beyond is None else "⌈⌉"
    too_many = False
    for name, length, span, stride, pads, more, out in zip(
        names, geometry.in_size, geometry.span, geometry.stride, geometry.pads, beyond or (0, 0),
        geometry.out_size, strict=True,
    ):  # fmt: skip
        before, after = pads[0], pads[1] - more
        room = length + before + after - span
        inside = f"({length} + {before} + {after} − {span}) / {stride}"
        steps, last = [f"{inside} + 1"], ""
        if room % stride:
            if beyond is not None and not more:
                last, too_many = " − 1", True
            steps = [f"{left}{inside}{right} + 1{last}", f"{left}{number(room / stride)}{right} + 1{last}"]
        lines.append(Formula(name, *steps, str(out), name_width=wide, constant=f" + 1{last}"))
    word = f"reach of the {what}" if spread else what
    way = "down" if beyond is None else "up"
    rounds = f", rounded {way}" if any(left in formula.text for formula in lines) else ""
    less = ", less one that would begin behind the input" if too_many else ""
    title = Text(f"(input + padding before + after − {word}) / stride + 1{rounds}{less}", style="dim")
    return Section("formula", "Size", title, Group(*lines))


def steps(
    rule: tuple[str, str],
    axes: Sequence[Axis],
    stride: Sequence[int],
    dilation: Sequence[int],
    frame: Sequence[tuple[int, int]],
    framed: str = "padding",
) -> Section:
    """What each number is made of, and how the window steps along each axis: a worksheet has to say it.

    ``rule`` is the formula: what it gives, and how. ``frame`` are the cells before and after the input,
    ``framed`` what they are called.
    """
    rows = [rule]
    for axis, s, d, (before, after) in zip(axes, stride, dilation, frame, strict=False):
        words = f"stride s = {s}, dilation d = {d}, {framed} p = {before} before, {after} after"
        rows.append((clip(axis.name, 16), words))
    return Section("parameters", "Steps", body=FactsTable(rows), detail=True, sheet=True)


def window(geometry: Geometry, axes: Sequence[Axis], cell: tuple[int, int]) -> Section:
    """Where in the input the window of one cell stood."""
    names = [clip(axis.name, 16) for axis in axes[:2]]
    rows = []
    for name, place, stride, (before, _), span, step in zip(
        names, cell, geometry.stride, geometry.pads, geometry.span, geometry.dilation, strict=True
    ):
        start = place * stride - before
        last = f", up to {number(start + span - 1)}" if span > 1 else ""
        steps = f" in steps of {step}" if step > 1 and span > 1 else ""
        rows.append((name, [f"{place} × {stride} − {before}", f"{number(start)}{last}{steps}"]))
    title = Text("the window starts at cell × stride − padding before", style="dim")
    return Section("formula", "Window", title, formulas(rows))


def heading(name: str) -> str:
    """An outside name as the heading of a section."""
    name = clip(name, 40)
    return name[:1].upper() + name[1:]
