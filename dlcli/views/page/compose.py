"""From what a screen shows to figures of a page."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace

from rich.color import Color
from rich.console import Console, Group, RenderableType
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from dlcli.views.page.figures import Column, Figure, HasFigure, Line, Lines, Part, Run, Words
from dlcli.views.story import Story
from dlcli.views.text.text import visible

#: Columns of what is drawn in characters, for want of another figure.
WIDTH = 80


def figure_of(body: RenderableType) -> Figure:
    """What a renderable is on a page: its own figure, that of its parts, or the characters of a screen.

    >>> [part.runs[0].text for part in figure_of(Group(Text("a", style="dim"), "b")).parts]
    ['a', 'b']
    """
    if isinstance(body, HasFigure):
        return body.figure()
    if isinstance(body, str):
        return Words((Run(visible(body)),))
    if isinstance(body, Text):
        if "\n" in body.plain:
            return Lines([line_of(line) for line in body.split("\n")])
        return Words(line_of(body))
    if isinstance(body, Group):
        return Column(tuple(map(figure_of, body.renderables)))
    return Lines(lines_of(body))


def parts_of(story: Story) -> list[Part]:
    """The sections of a story."""
    return [
        Part(
            section.name,
            line_of(section.title) if section.title is not None else (),
            None if section.body is None else figure_of(section.body),
            section.part,
            section.cells,
        )
        for section in story.sections
    ]


def line_of(text: Text) -> Line:
    """A line of styled text.

    >>> line_of(Text("quiet", style="dim"))
    (Run(text='quiet', bold=False, quiet=True, ink='', ground=''),)
    """
    console = _console()
    if not text.spans and text.style:  # of a text without parts rich leaves its style to what prints it
        text = text.copy()
        text.stylize(text.style)
    runs = (_run(segment) for segment in text.render(console) if not segment.control)
    return tuple(joined(run for run in runs if run.text))


def lines_of(body: RenderableType) -> list[Line]:
    """What a renderable looks like on a screen of ``WIDTH`` columns that has all colours."""
    console = _console()
    lines = console.render_lines(body, console.options.update(width=WIDTH, height=None), pad=False)
    return [tuple(joined(_run(segment) for segment in line if not segment.control)) for line in lines]


def _console() -> Console:
    return Console(
        width=WIDTH, color_system="truecolor", force_terminal=True, file=io.StringIO(),
        legacy_windows=False, force_jupyter=False, highlight=False, markup=False, emoji=False, _environ={},
    )  # fmt: skip


def _run(segment: Segment) -> Run:
    style = segment.style or Style.null()
    return Run(
        visible(segment.text.rstrip("\n")),
        bold=bool(style.bold),
        quiet=bool(style.dim),
        ink=_hex(style.color),
        ground=_hex(style.bgcolor),
    )


def _hex(colour: Color | None) -> str:
    if colour is None or colour.is_default:
        return ""
    red, green, blue = colour.get_truecolor()
    return f"{red:02x}{green:02x}{blue:02x}"


def joined(runs: Iterable[Run]) -> list[Run]:
    """Neighbours that look alike as one."""
    joined: list[Run] = []
    for run in runs:
        if joined and replace(joined[-1], text="") == replace(run, text=""):
            joined[-1] = replace(run, text=joined[-1].text + run.text)
        else:
            joined.append(run)
    return joined
