"""Topics of kernels: which one finds a line, and the exercise of the course notes."""

from __future__ import annotations

from fractions import Fraction
from functools import cache, partial
from typing import Any

import numpy as np

from dlcli.engines.base.slips import wrong
from dlcli.engines.convolution.slips import correlated, without_negatives
from dlcli.teaching.dice import Dice
from dlcli.teaching.task import Field, Pen, Say, Task, grid
from dlcli.teaching.topic import topic
from dlcli.teaching.topics.convolution import CORRELATION, OF_BIAS, OF_CHANNELS, OF_STRIDE
from dlcli.teaching.topics.literal import matrix
from dlcli.teaching.worked import given, words

FALLING, RISING = [[1, 0], [0, 1]], [[0, 1], [1, 0]]
LEVEL, UPRIGHT = [[1, 1], [0, 0]], [[1, 0], [1, 0]]

#: What a mirror makes of a diagonal, and a transpose of what is level or upright.
TAKEN_FOR = {
    matrix(FALLING): ("conv.mirror", matrix(RISING)),
    matrix(RISING): ("conv.mirror", matrix(FALLING)),
    matrix(LEVEL): ("conv.transpose", matrix(UPRIGHT)),
    matrix(UPRIGHT): ("conv.transpose", matrix(LEVEL)),
}

#: How a kernel stands among choices.
SEMICOLON = "rows are written one after the other, with a semicolon between them"


@topic(
    "which-kernel",
    "Which kernel finds this line",
    notes="2.1, 2.11",
    needs=("conv-cell",),
    levels=("one line", "a line and its mirror", "a line that stands alone"),
    idea="A kernel answers most where the picture is bright under all of its positive weights.",
    products=16,
)
def which_kernel(dice: Dice, level: int) -> Task:
    """A picture with lines, and kernels."""
    return (_one_line, _mirrored, _alone)[level - 1](dice)


def _map(x: Any, k: Any, b: Any, seen: tuple[str, ...]) -> tuple[Any, dict[str, Any]]:
    """What makes a map, and what some slips make of it."""
    numbers = (given(x), given(k), given(b) if b else 0)
    slips = wrong("conv.", *numbers, leaving=(*OF_STRIDE, *OF_CHANNELS))
    return cache(partial(correlated, *numbers)), {one: slips[one] for one in seen}


def _one_line(dice: Dice) -> Task:
    right = dice.one((FALLING, RISING, LEVEL, UPRIGHT))
    v, at = dice.whole(2, 9), dice.whole(1, 2)
    x = [[v * _on(right, at, i, j) for j in range(4)] for i in range(4)]
    options = tuple(dice.mixed([matrix(one) for one in (FALLING, RISING, LEVEL, UPRIGHT)]))
    slip, other = TAKEN_FOR[matrix(right)]
    row = at if right is LEVEL else dice.whole(0, 1) if right in (FALLING, RISING) else 1
    places = [(row, j) for j in range(3)]
    made, slips = _map(x, right, 0, ("conv.mirror", "conv.transpose", "conv.offset"))

    def solve(pen: Pen) -> None:
        pen("kernel", matrix(right), {slip: other}, "its positive weights lie as the line does")
        pen.table("y", made, slips, places)

    text = (
        f"Which of the four kernels answers most to the line in this picture ({SEMICOLON})? And what are the "
        f"cells of row {row} of its map y ({CORRELATION})?"
    )
    typed = "".join(f" --kernel '{one}'" for one in options)
    return Task(
        (Say(text), grid("x", x)),
        (Field("kernel", form="choice", options=options), *(Field(f"y[{i},{j}]") for i, j in places)),
        solve,
        "y[i,j] = Σ x[i + a, j + c] · k[a,c]",
        {"x": x, "options": options, "places": places},
        f"dlcli conv '{matrix(x)}'{typed} --explain {row},1,{options.index(matrix(right))}",
        (slip, "conv.offset"),
    )


def _on(kernel: list[list[int]], at: int, i: int, j: int) -> bool:
    """Whether a cell of a picture of 4 × 4 lies on the line that a kernel finds."""
    if kernel is LEVEL:
        return i == at
    if kernel is UPRIGHT:
        return j == at
    return i == j if kernel is FALLING else i + j == 3


DOWN, UP = "from the top left to the bottom right", "from the top right to the bottom left"


def _mirrored(dice: Dice) -> Task:
    right = dice.one((FALLING, RISING))
    v, w = dice.some(range(2, 10), 2)
    b = -dice.whole(1, 9)
    x = [[v if i == j else w if i + j == 3 else 0 for j in range(4)] for i in range(4)]
    options = tuple(dice.mixed((DOWN, UP)))
    line, mirror = (DOWN, UP) if right is FALLING else (UP, DOWN)
    places = [(0, 0), (0, 2), (2, 0), (2, 2)]
    made, slips = _map(x, right, b, ("conv.mirror", "conv.offset", *OF_BIAS))

    def solve(pen: Pen) -> None:
        pen("line", line, {"conv.mirror": mirror}, "its positive weights lie as the line does")
        pen.table("y", made, slips, places)

    text = (
        f"A kernel k with the bias {words(given(b))} looks at a picture with two lines. Which line is it "
        f"made for, and what are the cells in the corners of its map y ({CORRELATION})?"
    )
    return Task(
        (Say(text), grid("x", x), grid("k", right)),
        (Field("line", form="choice", options=options), *(Field(f"y[{i},{j}]") for i, j in places)),
        solve,
        "y[i,j] = Σ x[i + a, j + c] · k[a,c] + b",
        {"x": x, "kernel": right, "b": b, "places": places, "lines": (DOWN, UP)},
        f"dlcli conv '{matrix(x)}' --kernel '{matrix(right)}' --bias={b} --explain 0,0",
        ("conv.mirror", "conv.bias-forgotten", "conv.bias-sign"),
    )


def _alone(dice: Dice) -> Task:
    falls = dice.chance(1, 2)
    v, u = dice.some(range(2, 10), 2)
    block, line = dice.whole(0, 1), dice.whole(0, 1)
    x = [[0] * 5 for _ in range(3)]
    for i in range(2):
        x[block + i][0] = x[block + i][1] = u
        x[line + i][3 + (i if falls else 1 - i)] = v
    falling = [[1, -1], [-1, 1]]
    rising = [[-one for one in row] for row in falling]
    right, other = (falling, rising) if falls else (rising, falling)
    bare = without_negatives(np.array(right, object)).tolist()
    options = tuple(dice.mixed([matrix(one) for one in (falling, rising, FALLING, RISING)]))
    places = {"block": (block, 0), "line": (line, 3)}
    y, turned, passing = (correlated(given(x), given(k)) for k in (right, other, bare))
    lost = wrong("conv.sign-lost", given(x), given(right))["conv.sign-lost"]

    def solve(pen: Pen) -> None:
        pen(
            "kernel",
            matrix(right),
            {"conv.mirror": matrix(other), "kernel.zeros": matrix(bare)},
            "beside the line its weights are below 0",
        )
        for name, at in places.items():
            slips = {"conv.mirror": turned[at], "kernel.zeros": passing[at], "conv.sign-lost": lost()[at]}
            pen(name, y[at], slips)

    text = (
        "Which of the four kernels answers above 0 where it lies on the line, and not where it lies wholly "
        f"on the block ({SEMICOLON})? And what does it answer on the block, `y[{block},0]`, and where it "
        f"lies on the line, `y[{line},3]` ({CORRELATION})?"
    )
    typed = "".join(f" --kernel '{one}'" for one in options)
    return Task(
        (Say(text), grid("x", x)),
        (Field("kernel", form="choice", options=options), Field("block"), Field("line")),
        solve,
        "y[i,j] = Σ x[i + a, j + c] · k[a,c]",
        {"x": x, "options": options, "places": [*places.values()]},
        f"dlcli conv '{matrix(x)}'{typed} --explain {block},0,{options.index(matrix(right))}",
        ("conv.mirror", "kernel.zeros", "conv.sign-lost"),
    )


def _at(table: Any, i: int, j: int) -> Any:
    return table()[i, j]


#: The picture of the exercise in the course notes, and its four kernels with their biases.
PICTURE = [[23, 255, 40, 12, 4], [21, 34, 200, 43, 200], [160, 180, 17, 190, 80], [210, 190, 40, 3, 240]]
KERNELS = (
    (FALLING, "0"),
    (RISING, "-1"),
    ([["0.9", "1.1"], ["-2.8", "0.8"]], "0.15"),
    ([["0.9", "1.1"], ["0", "0.8"]], "-1.6"),
)


@topic(
    "sheet-2-11",
    "The exercise of the course notes",
    notes="2.11",
    needs=("which-kernel",),
    levels=("kernel 1", "kernel 2, with bias", "kernels 3 and 4"),
    idea="Lay the kernel on the four cells below and right of the place, multiply, add, and add the bias.",
    products=16,
    digits=5,
)
def sheet_2_11(dice: Dice, level: int) -> Task:
    """One of the four kernels, and four cells of its map."""
    number = level if level < 3 else dice.one((3, 4))
    weights, bias = KERNELS[number - 1]
    k = [[Fraction(one) for one in row] for row in weights]
    b = Fraction(bias)
    top, left = dice.whole(0, 1), dice.whole(0, 2)
    places = [(top + i, left + j) for i in range(2) for j in range(2)]
    seen = {
        1: ("conv.mirror", "conv.offset"),
        2: ("conv.mirror", "conv.offset", *OF_BIAS),
        3: ("conv.flip", "conv.transpose", "conv.mirror", *OF_BIAS) + ("conv.sign-lost",) * (number == 3),
    }[level]

    reach = 3 + ("conv.offset" in seen)
    cut = [row[left : left + reach] for row in PICTURE[top : top + reach]]
    made, slips = _map(cut, k, b, seen)

    def solve(pen: Pen) -> None:
        for i, j in places:
            others = {one: partial(_at, table, i - top, j - left) for one, table in slips.items()}
            pen(f"y[{i},{j}]", made()[i - top, j - left], others)

    with_bias = f" with the bias {words(given(b))}" * bool(b)
    text = (
        f"The exercise of the notes: kernel {number}{with_bias} over the picture x. Compute the cells of "
        f"rows {top} and {top + 1} and columns {left} and {left + 1} of the map y, without an activation "
        f"({CORRELATION})."
    )
    tolerance, says = (Fraction(0), "") if level < 3 else (Fraction(1, 200), "to 2 decimals")
    return Task(
        (Say(text), grid("x", PICTURE), grid("k", k)),
        tuple(Field(f"y[{i},{j}]", tolerance, says=says) for i, j in places),
        solve,
        "y[i,j] = x[i,j]·k[0,0] + x[i,j+1]·k[0,1] + x[i+1,j]·k[1,0] + x[i+1,j+1]·k[1,1] + b",
        {"kernel": number, "places": places},
        f"dlcli conv sample:exercise --kernel sample:exercise-kernel-{number}{f' --bias={bias}' * bool(b)} "
        f"--explain {top},{left}",
        seen[:4] if level < 3 else ("conv.flip", "conv.transpose", "conv.mirror", "conv.bias-sign"),
    )
