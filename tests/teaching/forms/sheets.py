"""Sheets with an answer of every kind, and with texts that try to be markup."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Any

import dlcli.engines.convolution.slips  # noqa: F401  (slips by name)
from dlcli.engines.base.slips import SLIPS, Slip
from dlcli.teaching.drawing import Drawn
from dlcli.teaching.sheet import Entry, Item, Plan, Sheet, sheet
from dlcli.teaching.task import Field, Grid, Lines, Pen, Say, Task, cells, grid
from dlcli.teaching.topic import Topic, topics

#: What tries to be markup somewhere, to end a text, or to be no text at all.
HOSTILE = (
    "]]> {1:NUMERICAL:=0:9} {#0:9} ~%100%x =y \\ \\n #z :: // -> % $x$ `b` _u_ * & &lt; &&058; \"q\" 'p' <script>alert(1)</script>"
    "\n\n\n// gone\n$CATEGORY: top\n\\end{document}\\input{x} ^^41 \x00\x07\x1b[2J\ud800 é Žß 中 −½ | [a](b) ![i](j) \N{RIGHT-TO-LEFT OVERRIDE}"
)

#: Slips that stand beside the numbers below: two of the same value, and a convention.
FLIP, TURN, MINUS, OTHER = "conv.flip", "conv.transpose", "conv.sign-lost", "test.convention"


def other_book() -> Slip:
    """A convention, as tests need one."""
    return Slip(OTHER, "with the sum in place of the mean", "The mean divides by n.", abs, convention=True)


Solve = Callable[[Pen], Any]


def task(solve: Solve, *fields: Field, blocks: Any = ()) -> Task:
    """A task with these answers."""

    def solved(pen: Pen) -> None:
        solve(pen)

    return Task(tuple(blocks) or (Say("What is it?"),), fields, solved, "y = f(x)", line="dlcli conv '1 2'")


def item(made: Task, number: int = 1, name: str = "", title: str = "A topic", points: Any = 1) -> Item:
    """A task as the only one of its topic."""
    topic = Topic(f"made-{number}", title, "1", ("a", "b", "c"), "An idea.", None, chapter="See")  # type: ignore[arg-type]
    return Item(number, Drawn(topic, 2, name, 0, made, 1), Fraction(points))


ORDER = ("gates", "cell", "output")


def complex_cells(pen: Pen) -> None:
    """A row of complex numbers, the first of them whole."""
    pen("X[0]", 6)
    pen("X[1]", -2 + 2j, {FLIP: -2 - 2j})


TASKS: dict[str, Task] = {
    "whole": task(lambda pen: pen("n", -27, {FLIP: 6, TURN: 6, MINUS: 27}), Field("n")),
    "fraction": task(lambda pen: pen("a", Fraction(1, 3), {FLIP: Fraction(1, 2), MINUS: Fraction(334, 1000)}), Field("a", says="as a fraction")),
    "rounded": task(lambda pen: pen("p", 0.66524095, {FLIP: 0.66924, TURN: 0.24472847, OTHER: 0.09}), Field("p", Fraction(1, 200), says="to 2 decimals", unit="Hz")),
    "table": task(
        lambda pen: [
            pen(f"y[{i},{j}]", v, {FLIP: w, OTHER: 9})
            for i, j, v, w in ((0, 0, 1, 1), (0, 1, 2, 3), (1, 0, Fraction(5, 2), 7), (1, 1, -4, 4))
        ],
        *cells("y", 2, 2), blocks=(Say("Fill in `y`."), grid("x", [[1, -2], [3, 4]]), Lines(("for i in x:", "    y"), True)),
    ),
    "complex": task(complex_cells, *cells("X", 2), blocks=(Grid("x", (("1", "2"),), ("re", "im"), ("X",)),)),
    "choice": task(lambda pen: pen("axis", "rows", {FLIP: "columns"}, "each sums to 1"), Field("axis", form="choice", options=("rows", "columns", "% all =x~"))),
    "order": task(lambda pen: pen("first", ORDER, {FLIP: ORDER[::-1]}), Field("first", form="order", options=("output", "gates", "cell"), says="the letters in order")),
    "word": task(lambda pen: pen("shape", "3,4", {FLIP: "4,3"}, "rows first"), Field("shape", form="word")),
    "mixed": task(
        lambda pen: (pen("where", "rows", {FLIP: "columns"}), pen("first", ORDER), pen("size", "refused"), pen("n", 3)),
        Field("where", form="choice", options=("rows", "columns")), Field("first", form="order", options=ORDER[::-1]), Field("size", form="word"), Field("n"),
    ),
}  # fmt: skip


def made(name: str = "Ada") -> Sheet:
    """A sheet with all of them."""
    items = tuple(
        item(one, number, name, f"Topic {kind}") for number, (kind, one) in enumerate(TASKS.items(), 1)
    )
    return Sheet(items, "Week 3", name, "conv-cell --seed 1")


def hostile(text: str = HOSTILE, word: str = "a*b}~#=\\:{c") -> Sheet:
    """A sheet whose every text is hostile."""
    options = (text, "=" + text, "[html]x", "%50%x", "#", "50 % -> all")
    one = Task(
        (Say(text), Grid(text, ((text, "1"),), (text, "b"), (text,)), Lines((text, "```" if text == HOSTILE else "x", ""))),
        (
            Field("which", form="choice", options=options, says=text),
            Field("x[0]", says=text, unit=text), Field("x[1]", says=text, unit=text),
        ),
        lambda pen: (pen("which", options[0], {FLIP: options[1]}, text), pen("x[0]", 1, {FLIP: 2}), pen("x[1]", 2), None)[3],
        text, line=text,
    )  # fmt: skip
    words = task(lambda pen: pen("w", word), Field("w", form="word"))
    chosen = task(lambda pen: pen("which", options[0], {FLIP: options[1]}, text), one.fields[0])
    order = task(lambda pen: pen("o", options[::-1]), Field("o", form="order", options=options))
    number = task(lambda pen: pen("n", -1), Field("n", says=text))
    items = tuple(
        item(each, place, text, text) for place, each in enumerate((one, words, chosen, order, number), 1)
    )
    return Sheet(items, text, text, text)


def calm() -> Sheet:
    """The same with texts that say nothing."""
    return hostile("x", "abc")


@cache
def drawn() -> Sheet:
    """One draw of every topic."""
    return sheet(Plan(tuple(Entry(one, 2) for one in topics().values()), "All"), "a test")


def known(monkeypatch: Any) -> None:
    """Let the convention of these sheets be one."""
    monkeypatch.setitem(SLIPS, OTHER, other_book())
