"""Shapes as elements of SVG, and a story as an SVG file: letters as text, pictures as PNG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from rich.console import RenderableType

from dlcli.tensor import Array
from dlcli.views.page.elements import element, number, text
from dlcli.views.page.layout import page as laid_out
from dlcli.views.page.png import BEST, data_url
from dlcli.views.page.shapes import Area, Box, Dots, Image, Letters, Shape, Stroke
from dlcli.views.page.style import svg_style


def page(stories: Sequence[RenderableType], *, title: str, theme: str = "auto", level: int = BEST) -> str:
    """Stories, one below the other, as an SVG file that stands by itself; ``level`` packs its pictures."""
    body = laid_out(stories)
    return (
        element(
            "svg",
            element("title", text(title)),
            element("style", svg_style(theme)),
            element("rect", width="100%", height="100%", class_="paper"),
            elements(body.shapes, level),
            data_generator="dlcli",
            xmlns="http://www.w3.org/2000/svg",
            width=body.width,
            height=body.height,
            viewBox=f"0 0 {number(body.width)} {number(body.height)}",
        )
        + "\n"
    )


def elements(shapes: Sequence[Shape], level: int = BEST) -> str:
    """Shapes as elements, the later ones over the earlier."""
    return "".join(_element(shape, level) for shape in shapes)


def _element(shape: Shape, level: int) -> str:
    match shape:
        case Letters():
            return element(
                "text",
                text(shape.text),
                x=shape.x,
                y=shape.y,
                class_=_class(shape, "f") + " bold" * shape.bold,
                fill=_colour(shape),
                text_anchor=shape.anchor if shape.anchor != "start" else None,
                font_size=shape.size if shape.size != 12 else None,
                textLength=shape.wide,
            )
        case Box():
            return element(
                "rect",
                x=shape.x,
                y=shape.y,
                width=shape.width,
                height=shape.height,
                class_=_class(shape, "f"),
                fill=_colour(shape),
                opacity=shape.opacity if shape.opacity < 1 else None,
                data_of=shape.of,
                data_cell=shape.cell,
            )
        case Stroke():
            return element(
                "path",
                d=" ".join(_lines(shape.points)),
                class_=f"{_class(shape, 's')} curve".strip() if shape.look.isdigit() else _class(shape, "s"),
                stroke=_colour(shape),
                fill="none",
                stroke_width=shape.wide if shape.wide != 1 else None,
            )
        case Area():
            return element(
                "path",
                d=" ".join(_lines(shape.points)) + "z",
                class_=_class(shape, "f"),
                fill=_colour(shape),
                opacity=shape.opacity if shape.opacity < 1 else None,
            )
        case Dots():
            radius = number(shape.radius)
            across = number(2 * shape.radius)
            turn = f"a{radius} {radius} 0 1 0 {across} 0a{radius} {radius} 0 1 0 -{across} 0"
            places = shape.points[np.isfinite(shape.points).all(axis=1)]
            path = "".join(f"M{number(x - shape.radius)} {number(y)}{turn}" for x, y in places.tolist())
            return element("path", d=path, class_=_class(shape, "f"), fill=_colour(shape))
        case Image():
            return element(
                "image",
                *([element("title", text(shape.words))] if shape.words else []),
                x=shape.x,
                y=shape.y,
                width=shape.width,
                height=shape.height,
                class_="px" if shape.width >= shape.data.shape[1] else "",
                role="img" if shape.words else None,
                preserveAspectRatio="none",
                data_of=shape.cells.of,
                data_cells=shape.cells.pattern,
                data_rows=(shape.cells.shape or shape.data.shape)[0] if shape.cells else None,
                data_columns=(shape.cells.shape or shape.data.shape)[1] if shape.cells else None,
                href=data_url(_magnified(shape), shape.colours, level),
            )


def _magnified(shape: Image) -> Array:
    """The pixels of a picture, each as often as it is wide on the page: not all programs draw squares."""
    times = min(
        int(size // count) for size, count in zip((shape.height, shape.width), shape.data.shape, strict=False)
    )
    return shape.data.repeat(times, axis=0).repeat(times, axis=1) if times > 1 else shape.data


def _class(shape: Letters | Box | Stroke | Area | Dots, kind: str) -> str:
    """The class of a look: those of series have letters for lines and for what is filled."""
    return f"{kind}{shape.look}" if shape.look.isdigit() else shape.look


def _colour(shape: Letters | Box | Stroke | Area | Dots) -> str | None:
    return f"#{shape.colour}" if shape.colour else None


def _lines(points: Array) -> Iterator[str]:
    """The commands of a path through points; where one is nan it begins anew behind it."""
    begins = True
    for x, y in np.asarray(points, float).tolist():
        if x != x or y != y:
            begins = True
            continue
        yield f"{'M' if begins else 'L'}{number(x)} {number(y)}"
        begins = False
