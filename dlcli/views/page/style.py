"""How a page looks, in light and in dark: one list of colours, from which HTML and SVG take their rules."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from dlcli.views.screen.colour import on

#: What a page can be asked for: ``auto`` is as the reader's system is set.
THEMES = ("auto", "light", "dark")

#: Letters of one width, from what the reader's system has: nothing is fetched.
MONOSPACED = "ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace"
LETTERS = "system-ui,'Segoe UI','DejaVu Sans',sans-serif"

#: What is coloured, and its colours in light and in dark. Text has a contrast of 4.5 and more on what is
#: behind it, lines that say something 3 and more (WCAG 2.1, sections 1.4.3 and 1.4.11).
PAPER = ("#ffffff", "#14181d")
SHADE = ("#f3f5f7", "#1e242b")
INK = ("#1b1f24", "#e4e9ee")
QUIET = ("#59626c", "#a3adb8")
RULE = ("#c9d0d7", "#414b56")
LINK = ("#0b57a4", "#83bdf4")

#: Series, by their places: those of Okabe and Ito, darker on white and lighter on black.
SERIES = (
    ("#0072b2", "#5cb3e8"),
    ("#b84a00", "#f58a4c"),
    ("#00785a", "#34c79c"),
    ("#a8437f", "#e597c3"),
    ("#2d7fb0", "#9ad4f5"),
    ("#8a6100", "#f0b73f"),
)

#: Lines are told apart without colour, too.
DASHES = ("", "7 3", "2 3", "9 3 2 3", "5 2 1 2", "12 4")


def colour_rules(theme: str, rules: Iterable[tuple[str, str, tuple[str, str]]]) -> str:
    """Rules (selector, property, colours in light and dark) as CSS for a theme.

    >>> colour_rules("auto", [("p", "color", ("#000", "#fff"))])
    'p{color:#000}@media (prefers-color-scheme:dark){p{color:#fff}}'
    """
    rules = list(rules)

    def written(side: int) -> str:
        return "".join(f"{selector}{{{name}:{both[side]}}}" for selector, name, both in rules)

    if theme == "auto":
        return f"{written(0)}@media (prefers-color-scheme:dark){{{written(1)}}}"
    return written(("light", "dark").index(theme))


def ink_on(ground: str) -> str:
    """Black or white, whichever stands out more on a colour: all are ``rrggbb``.

    >>> ink_on("f7f7f7"), ink_on("053061")
    ('000000', 'ffffff')
    """
    colour = on(np.array(list(bytes.fromhex(ground)))).color
    return "000000" if colour is None else colour.name.lstrip("#")


#: Classes of what is drawn: letters, rules of axes, lines and areas of series.
DRAWN = (
    (".ink", "fill", INK),
    (".quiet", "fill", QUIET),
    (".rule", "stroke", RULE),
    (".edge", "stroke", QUIET),
    (".line", "stroke", INK),
    (".area", "fill", RULE),
    (".paper", "fill", PAPER),
    (".shade", "fill", SHADE),
    *((f".s{place}", "stroke", both) for place, both in enumerate(SERIES)),
    *((f".f{place}", "fill", both) for place, both in enumerate(SERIES)),
)
DRAWN_SHAPES = (
    # On the drawing, not on its letters: a rule for these would be stronger than the size that each has.
    f"svg{{font:12px {MONOSPACED}}}svg text{{white-space:pre}}"
    "svg .bold{font-weight:700}.rule,.edge,.line,.curve{fill:none}.rule,.edge{stroke-width:1}"
    ".line{stroke-width:1.5}.curve{stroke-width:2;stroke-linejoin:round}"
    + "".join(f".s{place}{{stroke-dasharray:{dash}}}" for place, dash in enumerate(DASHES) if dash)
    + "svg .px{image-rendering:pixelated}"
)


def svg_style(theme: str) -> str:
    """The rules of a drawing that stands by itself."""
    return DRAWN_SHAPES + colour_rules(theme, DRAWN)
