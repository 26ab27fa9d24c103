"""A story as HTML: headings, tables, pictures with their words, drawings; nothing is asked of a network."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

import numpy as np
from rich.console import RenderableType

from dlcli.tensor import Array
from dlcli.views.page.compose import figure_of, parts_of
from dlcli.views.page.elements import element, text
from dlcli.views.page.explained import Explained
from dlcli.views.page.figures import (
    Cell,
    Column,
    Drawing,
    Equation,
    Figure,
    Legend,
    Line,
    Lines,
    Part,
    Pixels,
    Row,
    Run,
    Table,
    Words,
    starts,
)
from dlcli.views.page.layout import BAR, bar_ends
from dlcli.views.page.png import BEST, data_url
from dlcli.views.page.style import (
    DRAWN,
    DRAWN_SHAPES,
    INK,
    LETTERS,
    LINK,
    MONOSPACED,
    PAPER,
    QUIET,
    RULE,
    SHADE,
    colour_rules,
    ink_on,
)
from dlcli.views.page.svg import elements
from dlcli.views.story import Story

LEGEND = 10  # pixels of the height of a scale of colours

SHAPES = (
    f"body{{margin:0;font:16px/1.5 {LETTERS};overflow-wrap:break-word}}"
    "main{max-width:52rem;margin:0 auto;padding:1rem}"
    "h1{font-size:1.15rem;margin:.5rem 0 1rem}h2{font-size:1rem;margin:1.2rem 0 .2rem}"
    "h3{font-size:.9rem;margin:.4rem 0 .2rem}p{margin:.2rem 0}span.quiet{font-size:.95em}"
    f"pre,code,td,th,figcaption{{font-family:{MONOSPACED};font-size:.875rem}}"
    "pre{margin:.4rem 0;line-height:1.25}.wide{overflow-x:auto;"
    "max-width:100%}pre.copy{white-space:pre-wrap;padding:.6rem .8rem;border-radius:4px}"
    "table{border-collapse:collapse;margin:.4rem 0}th{font-weight:400}"
    "th,td{padding:.1rem .5rem;text-align:left}thead th[colspan]{text-align:center}"
    "td small{display:block;font-size:.85em}.right{text-align:right}.ruled>*{border-top:1px solid}"
    ".barred{border-left:1px solid}.strong{font-weight:700}"
    "figure{margin:.4rem 0}figcaption{display:flex;gap:.5rem;align-items:center}"
    "img{max-width:100%;height:auto;"
    "display:block}.px,figcaption img{image-rendering:pixelated}"
    "svg{max-width:100%;height:auto;display:block}"
    ".row{display:flex;flex-wrap:wrap;gap:.4rem 1.4rem;align-items:flex-start}"
    ".row>*{min-width:0;max-width:100%}"
    ".equations{display:grid;grid-template-columns:auto 1fr;gap:.1rem 1rem;margin:.3rem 0}"
    "@media (max-width:30rem){.equations{grid-template-columns:1fr}}"
    ".over{position:relative;display:inline-block;cursor:crosshair}.marks{position:absolute;inset:0;width:100%;"
    "height:100%;pointer-events:none}.marks rect{fill:none;stroke:#d55e00;stroke-width:2;"
    "vector-effect:non-scaling-stroke}.marks rect.chosen{stroke:#0072b2}.lit{outline:2px solid #d55e00}"
    ".chosen{outline:3px solid #0072b2}td.lit,td.chosen{outline-offset:-2px}"
    "[tabindex][data-cell]{cursor:crosshair}.framed rect{fill:none;stroke:#d55e00;stroke-width:2;"
    "vector-effect:non-scaling-stroke}.framed rect.chosen{stroke:#0072b2}.marks rect,.framed rect{outline:0}"
    ".framed{pointer-events:none;overflow:visible}"
)

#: What pages around a story are used to lay over headings, tables and code.
GUEST = (
    "body{padding:.1rem .8rem .4rem}h1,h2,h3{font-weight:700}"
    "tr,tr:hover{background:none}code,pre{background:none;color:inherit;padding:0}"
    ".over,[tabindex][data-cell]{cursor:auto}"
)

#: How JupyterLab and VS Code say what their look is.
NOTEBOOKS = {
    "light": ":is([data-jp-theme-light=true],.vscode-light)",
    "dark": ":is([data-jp-theme-light=false],.vscode-dark)",
}

COLOURS = (
    ("body", "color", INK),
    ("body", "background", PAPER),
    (".quiet,th,figcaption", "color", QUIET),
    ("pre.copy", "background", SHADE),
    ("pre.copy", "color", LINK),
    (".ruled>*,.barred", "border-color", RULE),
    *DRAWN,
)


#: Takes a picture (see ``dlcli.views.page.figures.Pixels``) and returns its address.
Keep = Callable[[Array, Array | None], str]


class Writer:
    """Writes figures as HTML; what colours their cells have, its ``rules`` say.

    ``level`` is how much pictures are packed, 0 to 9; ``keep`` returns the address of an input's picture,
    where it does not stand in the page itself.
    """

    def __init__(self, level: int = BEST, keep: Keep | None = None) -> None:
        self.level, self.keep = level, keep
        self.input = False
        self.colours: set[str] = set()

    @property
    def rules(self) -> str:
        """The rules for the colours of all cells that have been written."""
        return "".join(
            f".{name}{{background:#{name[1:]};color:#{ink_on(name[1:])}}}"
            if name.startswith("g")
            else f".{name}{{color:#{name[1:]};fill:#{name[1:]}}}"
            for name in sorted(self.colours)
        )

    def story(self, story: Story, level: int = 2, place: int | None = None) -> str:
        """The sections of a story under headings of this level; ``place`` is its own among several."""
        title = element(f"h{level}", text(story.title)) if story.title else ""
        sections = "".join(self.part(part, level) for part in parts_of(story))
        return element("article", title, sections, class_="story", data_story=place)

    def any(self, body: RenderableType) -> str:
        """What a story is told of, or what else is to be shown."""
        return self.story(body) if isinstance(body, Story) else self.figure(figure_of(body))

    def part(self, part: Part, level: int = 2) -> str:
        """One section."""
        self.input = part.name == "input"
        inside = element(f"h{level}", text(part.heading))
        if part.title:
            inside += element("p", self.line(part.title))
        if part.body is not None:
            inside += self.figure(part.body)
        cells = {"data_of": part.cells.of, "data_from": " ".join(part.cells.cells)}
        return element("section", inside, data_part=part.name, **cells)

    def figure(self, figure: Figure) -> str:
        """A figure of any kind."""
        match figure:
            case Words():
                return element("p", self.line(figure.runs))
            case Lines():
                return self._lines(figure)
            case Equation():
                return self._equations([figure])
            case Table():
                return self._table(figure)
            case Pixels():
                return self._pixels(figure)
            case Legend():
                return element("figure", self.legend(figure))
            case Drawing():
                return drawing(figure, self.level)
            case Row():
                parts = (
                    (element("h3", text(name)) if name else "") + self.figure(part)
                    for name, part in figure.parts
                )
                return element("div", *(element("div", part) for part in parts), class_="row")
            case Column():
                return "".join(self._column(figure.parts))

    def line(self, runs: Line) -> str:
        """Styled text."""
        return "".join(map(self._run, runs))

    def _column(self, parts: Sequence[Figure]) -> Iterable[str]:
        for equations, run in groupby(parts, key=lambda part: isinstance(part, Equation)):
            if equations:
                yield self._equations([part for part in run if isinstance(part, Equation)])
            else:
                yield from map(self.figure, run)

    def _run(self, run: Run) -> str:
        classes = ["strong"] * run.bold + ["quiet"] * run.quiet
        if run.ground:
            classes.append(self._class("g", run.ground))
        elif run.ink:
            classes.append(self._class("i", run.ink))
        return element("span", text(run.text), class_=" ".join(classes)) if classes else text(run.text)

    def _class(self, kind: str, colour: str) -> str:
        self.colours.add(kind + colour)
        return kind + colour

    def _lines(self, figure: Lines) -> str:
        inside = "\n".join(map(self.line, figure.lines))
        if figure.copy:
            return element("pre", element("code", inside), class_="copy")
        return element("pre", inside, class_="wide", tabindex=0)

    def _equations(self, figures: Sequence[Equation]) -> str:
        rows = "".join(
            element("span", text(one.name), class_="quiet") + element("code", text(" = ".join(one.sides)))
            for one in figures
        )
        return element("div", rows, class_="equations")

    def _table(self, figure: Table) -> str:
        head = "".join(
            element("tr", *(self._cell(figure, column, cell, "col") for column, cell in starts(row)))
            for row in figure.head
        )
        body = "".join(
            element(
                "tr",
                *(
                    self._cell(figure, column, cell, "row" if column < figure.labels else "")
                    for column, cell in starts(row)
                ),
                class_="ruled" if place in figure.rules else "",
            )
            for place, row in enumerate(figure.body)
        )
        inside = (element("thead", head) if head else "") + element("tbody", body)
        return element("div", element("table", inside, data_of=figure.of), class_="wide", tabindex=0)

    def _cell(self, figure: Table, column: int, cell: Cell, names: str) -> str:
        classes = ["right"] * (column in figure.right) + ["barred"] * (column in figure.bars)
        classes += ["strong"] * cell.bold + ["quiet"] * cell.quiet
        if cell.ground:
            classes.append(self._class("g", cell.ground))
        inside = text(cell.text) + (self._below(cell) if cell.below else "")
        if cell.bar is not None:
            inside = self._bar(cell.bar, cell.ink)
        names = names if cell.text.strip() else ""
        return element(
            "th" if names else "td",
            inside,
            class_=" ".join(classes),
            scope=names,
            colspan=cell.span if cell.span > 1 else None,
            data_of=cell.of if cell.cell else "",
            data_cell=cell.cell,
        )

    def _below(self, cell: Cell) -> str:
        """What stands below a number: quiet, but on a colour of the same ink."""
        return element("small", text(cell.below), class_="" if cell.ground else "quiet")

    def _bar(self, share: float, ink: str) -> str:
        start, length = bar_ends(share)
        shape = element(
            "rect",
            x=start * BAR,
            y=2,
            width=length * BAR,
            height=10,
            class_=self._class("i", ink) if ink else "f0",
        )
        return element("svg", shape, width=BAR, height=14, aria_hidden="true")

    def _pixels(self, figure: Pixels) -> str:
        height, width = figure.data.shape[:2]
        image = element(
            "img",
            src=self.keep(figure.data, figure.colours)
            if self.keep is not None and self.input
            else data_url(figure.data, figure.colours, self.level),
            alt=figure.words,
            width=width * figure.times,
            height=height * figure.times,
            class_="px" if figure.times > 1 else "",
            data_of=figure.cells.of,
            data_cells=figure.cells.pattern,
            data_rows=(figure.cells.shape or figure.data.shape)[0] if figure.cells else None,
            data_columns=(figure.cells.shape or figure.data.shape)[1] if figure.cells else None,
        )
        caption = self.legend(figure.legend) if figure.legend is not None else ""
        return element("figure", image, caption)

    def legend(self, legend: Legend) -> str:
        """A scale of colours between the numbers at its ends."""
        strip = element(
            "img",
            src=data_url(legend.colours[None].astype(np.uint8), level=self.level),
            alt="to",
            width=LEGEND * len(legend.colours),
            height=LEGEND,
        )
        return element(
            "figcaption", element("span", text(legend.low)), strip, element("span", text(legend.high))
        )


def drawing(figure: Drawing, level: int = BEST) -> str:
    """A drawing as an element of SVG with its words; ``level`` packs its pictures."""
    return element(
        "svg",
        element("title", text(figure.words)),
        elements(figure.shapes, level),
        role="img",
        viewBox=f"0 0 {figure.width:g} {figure.height:g}",
        width=figure.width,
        height=figure.height,
    )


def page(stories: Sequence[RenderableType], *, title: str, theme: str = "auto", level: int = BEST) -> str:
    """Stories, one below the other, as a page that stands by itself."""
    writer = Writer(level)
    bodies = [
        story.html(writer.any, writer.figure) if isinstance(story, Explained) else writer.any(story)
        for story in stories
    ]
    style = SHAPES + DRAWN_SHAPES + colour_rules(theme, COLOURS) + writer.rules
    scheme = "light dark" if theme == "auto" else theme
    head = (
        '<meta charset="utf-8"><meta name="generator" content="dlcli">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="{scheme}">'
        f"<title>{text(title)}</title><style>{style}</style>"
    )
    body = element("main", element("h1", element("code", text(title))), *bodies)
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head><body>{body}</body></html>\n'


def fragment(stories: Sequence[RenderableType], *, theme: str = "auto", level: int = BEST) -> str:
    """Stories as a part of a page that has a look of its own: neither changes the other's.

    Cells that a page by itself would explain are not: no program comes along.
    """
    writer = Writer(level)
    bodies = [writer.any(story.story if isinstance(story, Explained) else story) for story in stories]
    style = scoped(SHAPES + GUEST + DRAWN_SHAPES + colour_rules(theme, COLOURS) + writer.rules, "dlcli")
    if theme == "auto":  # a notebook has a look of its own, whatever the system's is
        style += "".join(
            scoped(colour_rules(look, COLOURS), "dlcli", inside=inside) for look, inside in NOTEBOOKS.items()
        )
    return element("style", style) + element("div", *bodies, class_="dlcli")


def scoped(rules: str, name: str, *, inside: str = "") -> str:
    """Rules that hold inside elements of this class alone, and there before those of the page around them.

    >>> scoped("body{margin:0}@media print{td,th{padding:0}}", "x")
    '.x.x.x{margin:0}@media print{.x.x.x td,.x.x.x th{padding:0}}'
    """
    within = f"{inside} {f'.{name}' * 3}".lstrip()  # notebooks have rules such as ".rendered tbody tr:hover"

    def limited(found: re.Match[str]) -> str:
        selectors = (within if one == "body" else f"{within} {one}" for one in found[2].split(","))
        return found[1] + ",".join(selectors)

    return re.sub(r"(^|[{}])([^{}@]+)(?=\{)", limited, rules)
