"""Gaps in place of numbers, for whoever is to find them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Protocol, runtime_checkable

import numpy as np
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.style import Style
from rich.text import Text

from dlcli.views.page.figures import Column, Drawing, Figure, HasFigure, Pixels, Row
from dlcli.views.page.shapes import Stroke
from dlcli.views.text.text import DIM, text_line

#: A gap in a line of words or in a formula.
GAP = "____"

#: What is called so among what is to be found is given.
GIVEN = frozenset(("x",))

#: Marks of parts of a text: what is given though it stands in a result, and what is an answer, words and all.
STAYS, ANSWER = (Style(meta={"sheet": sheet}) for sheet in ("given", "answer"))

#: Rows and columns of the room for a sketch.
FRAME = 5, 36

#: The longer side of that room in a page, and the least of the shorter one, in pixels.
ROOM, LOWEST = 400, 60

#: The least cells of a gap in a table: it is to be written in by hand.
LEAST = 4

#: Digits that stand raised: powers.
POWERS = "²³⁴⁵⁶⁷⁸⁹"

#: A number by itself, with its power of ten, imaginary part and percent sign: not the 2 of ``conv2d``,
#: and none that is joined to a letter: the 1 of ``h[t−1]``, the 2 of ``x^2``.
REAL = r"(?:\d(?:[\d,]*\d)?(?:\.\d+)?(?:e[−+-]?\d+)?|inf|∞|nan|NaN)"
NUMBER = re.compile(
    rf"(?:(?<![\w.])[−-]|(?<![\w.+^−-])){REAL}(?:[+−]{REAL}(?=[ij](?!\w)))?[ij]?%?(?![^\W{POWERS}]|\.\d)"
)

#: What somebody said or wrote, between quotation marks.
QUOTED = re.compile("“[^”]*”")

#: Words and letters that stand for no quantity of their own.
FUNCTIONS = {
    "exp", "ln", "log", "atan", "tanh", "sinh", "sin", "cos", "sqrt", "max", "min", "round", "floor", "ceil",
    "abs", "mean", "sum", "if", "and", "or", "else", "of", "is", "over", "e", "i", "j", "σ", "Σ", "π",
    "nan", "inf", "up", "to", "at", "from", "for", "in", "by", "the", "rounded", "down", "further", "on",
}  # fmt: skip


@runtime_checkable
class CanBeBlank(Protocol):
    """A view that can be shown with gaps in place of its numbers."""

    def blank(self) -> Any:
        """The same view without its numbers."""


@runtime_checkable
class CanBeUnmarked(Protocol):
    """A view in which something is pointed at."""

    def unmarked(self) -> Any:
        """The same view in which nothing is."""


def without_numbers(text: str) -> str:
    """A text with a gap for each of its numbers.

    >>> without_numbers("299 × 450 (height, width), float32, −3.5 to 5e−3"), without_numbers("40% of h2")
    ('____ × ____ (height, width), float32, ____ to ____', '____ of h2')
    >>> without_numbers("(−0.5+0.25i) · 2 = −1+0.5i"), without_numbers("√(0² + (−1)²)")
    ('(____) · ____ = ____', '√(____² + (____)²)')
    """
    return NUMBER.sub(GAP, text)


def without_fractions(text: str) -> str:
    """A name with a gap for each of its numbers that has a point: others may count what it names.

    >>> without_fractions("exp(x − 1.458)"), without_fractions("head 0")
    ('exp(x − ____)', 'head 0')
    """
    return NUMBER.sub(lambda found: GAP if "." in found[0] else found[0], text)


def symbolic(side: str) -> bool:
    """Whether a side of an equation has letters that stand for something: it is a rule, not its numbers.

    >>> symbolic("exp(x) / Σ exp(x)"), symbolic("exp(2) / 11.2"), symbolic("0.5·v(left) + 0.5·v(right)")
    (True, False, True)
    >>> symbolic("√(3² + 4²)"), symbolic("x²")
    (False, True)
    """
    return any(word not in FUNCTIONS for word in re.findall(rf"[^\W\d_{POWERS}]+", side))


def gap(texts: Iterable[str]) -> str:
    """One gap for all the texts of a column, as wide as the widest of them and wide enough to write in.

    >>> gap(["1", "−12.25"]), gap(["1"])
    ('______', '____')
    """
    return "_" * max(LEAST, *(len(text.strip()) for text in texts), 0)


def emptied(view: RenderableType) -> RenderableType:
    """A view whose numbers are gaps; an empty frame for a drawing, in which they could be seen."""
    if isinstance(view, Text):
        return gaps(view)
    if isinstance(view, Group):
        return Group(*map(emptied, view.renderables))
    return view.blank() if isinstance(view, CanBeBlank) else Frame(view)


class Frame:
    """An empty frame: room for a sketch of what a ``view`` shows, in a page of its proportions."""

    def __init__(self, view: RenderableType) -> None:
        self.view = view

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        inner = min(FRAME[1], options.max_width) - 2
        yield from text_line(f"┌{'─' * inner}┐", DIM)
        for _ in range(FRAME[0]):
            yield from text_line(f"│{' ' * inner}│", DIM)
        yield from text_line(f"└{'─' * inner}┘", DIM)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        width = min(FRAME[1], options.max_width)
        return Measurement(width, width)

    def figure(self) -> Drawing:
        """An empty box, as large as the picture or the drawing would be."""
        size = _size(self.view.figure()) if isinstance(self.view, HasFigure) else None
        wide, high = size or (ROOM, ROOM * FRAME[0] / FRAME[1] * 2)
        shrunk = ROOM / max(wide, high)
        wide, high = max(LOWEST, round(wide * shrunk)), max(LOWEST, round(high * shrunk))
        x = np.array([0.5, wide - 0.5, wide - 0.5, 0.5, 0.5])
        y = np.array([0.5, 0.5, high - 0.5, high - 0.5, 0.5])
        edge = Stroke(np.stack([x, y], axis=1), "edge")
        return Drawing(wide, high, [edge], "an empty frame for a sketch")


def _size(figure: Figure) -> tuple[float, float] | None:
    """The width and the height of the first picture or drawing in a figure; None where there is none."""
    if isinstance(figure, Drawing):
        return figure.width, figure.height
    if isinstance(figure, Pixels) and figure.data.size:
        return figure.data.shape[1], figure.data.shape[0]
    if isinstance(figure, Row):
        return next((size for _, part in figure.parts if (size := _size(part))), None)
    if isinstance(figure, Column):
        return next((size for part in figure.parts if (size := _size(part))), None)
    return None


def unmarked(view: RenderableType) -> RenderableType:
    """A view of what is given, in which nothing points at what is to be found."""
    if isinstance(view, Group):
        return Group(*(unmarked(part) for part in view.renderables))
    return view.unmarked() if isinstance(view, CanBeUnmarked) else view


def given(words: str, style: str = "") -> Text:
    """Words of a result that say what it is a result of: a worksheet has them with their numbers.

    >>> gaps(given("after 100 episodes").append(", 0.5 at the end")).plain
    'after 100 episodes, ____ at the end'
    """
    return _marked(words, style, STAYS)


def answer(words: str, style: str = "") -> Text:
    """Words that answer, be they numbers or not: a worksheet has a gap for them.

    >>> gaps(answer("all are within")).plain
    '____'
    """
    return _marked(words, style, ANSWER)


def _marked(words: str, style: str, mark: Style) -> Text:
    text = Text(words, style=style)
    text.stylize(mark)
    return text


def gaps(text: Text) -> Text:
    """The words of a text, with gaps for its numbers and for what stands between quotation marks."""

    def spans(mark: Style) -> list[tuple[int, int]]:
        return [(span.start, span.end) for span in text.spans if span.style == mark]

    stays, found = spans(STAYS), []
    for start, end in spans(ANSWER):
        found.append((start, end, GAP))
    for pattern, shown in ((QUOTED, f"“{GAP}”"), (NUMBER, GAP)):
        for one in pattern.finditer(text.plain):
            start, end = one.span()
            inside = any(a <= start and end <= b for a, b in stays)
            if not inside and not any(start < b and a < end for a, b, _ in found):
                found.append((start, end, shown))
    words = text.plain
    for start, end, shown in sorted(found, reverse=True):
        words = words[:start] + shown + words[end:]
    return Text(words, style=text.style)
