"""Topics of tensors: what an index names, and where a number stands in another shape."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import prod
from typing import Any

import numpy as np

from dlcli.engines.base.slips import wrong
from dlcli.engines.tensors.slips import (
    Shape,
    always_larger,
    by_columns,
    column_major,
    flat_place,
    from_the_left,
    height_for_width,
    inside_out,
    lengths_added,
    met,
    one_based,
    one_by_one,
    rank_of_length,
    reshaped,
    swapped,
    taken,
    turned,
    turned_over,
)
from dlcli.teaching.dice import Dice
from dlcli.teaching.task import Field, Lines, Pen, Say, Task, cells, grid
from dlcli.teaching.topic import topic
from dlcli.teaching.topics.literal import matrix, nested, vector
from dlcli.teaching.worked import given

FROM_0 = "places are counted from 0, as in Python"
REFUSED = "refused"


def two_digits(dice: Dice, *shape: int) -> np.ndarray[Any, Any]:
    """A tensor of different numbers of two digits."""
    return np.array(dice.some(range(10, 100), prod(shape)), dtype=object).reshape(shape)


def printed(name: str, x: np.ndarray[Any, Any]) -> Lines:
    """A tensor as Python prints it."""
    text = np.array2string(x, separator=", ", prefix=f"{name} = ")
    return Lines(tuple(line for line in f"{name} = {text}".splitlines() if line))


def size_word(shape: Shape | None) -> str:
    """A shape as it is answered."""
    return REFUSED if shape is None else ",".join(map(str, shape))


@topic(
    "index",
    "Rank, axes, shape, size, index of a tensor",
    notes="2.12",
    levels=("rank, shape, size", "one element", "negative index, a row"),
    idea="From the outermost brackets inwards: each pair of brackets is an axis, each index goes one in.",
    products=2,
)
def index(dice: Dice, level: int) -> Task:
    """A tensor, and what is asked of it."""
    return (_shape, _element, _row)[level - 1](dice)


def _shape(dice: Dice) -> Task:
    shape = dice.one(((2, 3, 4), (2, 4, 3), (4, 2, 3), (4, 3, 2), (4, 3), (3, 5), (5, 3), (3, 4), (5, 4)))
    x = np.array(dice.wholes(0, 9, prod(shape))).reshape(shape)

    def solve(pen: Pen) -> None:
        pen("rank", len(shape), {"index.rank-length": rank_of_length(shape)})
        said = pen(
            "shape",
            size_word(shape),
            {"index.inside-out": size_word(inside_out(shape))},
            "the lengths, from the outermost brackets inwards",
        )
        lengths = given([int(one) for one in said.split(",")])
        pen("size", prod(lengths[1:], start=lengths[0]), {"index.sum": lambda: lengths_added(lengths)})

    return Task(
        (Say("What are the rank, the shape and the size of this tensor?"), printed("x", x)),
        (
            Field("rank"),
            Field("shape", form="word", says="lengths with commas between them"),
            Field("size"),
        ),
        solve,
        "rank = number of axes; size = product of the lengths",
        {"x": x.tolist()},
        f"dlcli tensor '{nested(x.tolist())}'",
        ("index.rank-length", "index.inside-out", "index.sum"),
    )


def _element(dice: Dice) -> Task:
    shape = dice.one(((3, 4), (4, 3), (4, 4), (4, 5)))
    x = two_digits(dice, *shape)
    place = tuple(dice.some(range(1, min(shape)), 2))
    shown = ",".join(map(str, place))

    def solve(pen: Pen) -> None:
        slips = {name: function(x, place) for name, function in OF_ELEMENTS.items()}
        pen("element", taken(x, place), slips)

    return Task(
        (Say(f"Which number is `x[{shown}]` ({FROM_0})?"), printed("x", x)),
        (Field("element"),),
        solve,
        "x[i,j]: row i, and in it column j",
        {"x": x.tolist(), "place": place},
        f"dlcli tensor '{nested(x.tolist())}' --index {shown}",
        tuple(OF_ELEMENTS),
    )


#: What can be seen of the index of one element.
OF_ELEMENTS = {"index.swapped": swapped, "flat.one-based": one_based}


def _row(dice: Dice) -> Task:
    shape = (3, 3, dice.whole(3, 4))
    x = two_digits(dice, *shape)
    place = (-dice.whole(1, 2), dice.whole(1, 2))
    shown = ",".join(map(str, place))

    def solve(pen: Pen) -> None:
        slips = wrong("index.", x, place, leaving=OF_SHAPES) | wrong("flat.one-based", x, place)
        pen.table("row", lambda: taken(x, place), slips)

    return Task(
        (Say(f"Which numbers are in `x[{shown}]`, from the left ({FROM_0})?"), printed("x", x)),
        cells("row", shape[2]),
        solve,
        "x[−1] is the last part along the first axis, x[−1,0] the first row of it",
        {"x": x.tolist(), "place": place},
        f"dlcli tensor '{nested(x.tolist())}' --index={shown}",
        ("index.swapped", "index.before-last", "index.minus-lost", "flat.one-based"),
    )


#: Slips of a shape, which know no place.
OF_SHAPES = ("index.sum", "index.inside-out", "index.rank-length")


@topic(
    "reshape",
    "Where an element lands after a reshape",
    notes="2.12",
    needs=("index",),
    levels=("a matrix", "three axes", "reshape or transpose"),
    idea="Write all numbers in one row, the last axis fastest, and cut that row anew.",
    products=6,
)
def reshape(dice: Dice, level: int) -> Task:
    """A tensor and its new shape."""
    return (_cut_anew, _lands, _which)[level - 1](dice)


def _cut_anew(dice: Dice) -> Task:
    shape = dice.one(((2, 3), (3, 2), (2, 4), (4, 2)))
    x = np.array(dice.some(range(1, 10), prod(shape)), dtype=object).reshape(shape)
    onto = shape[::-1]
    rows = x.tolist()

    def solve(pen: Pen) -> None:
        pen.table("y", lambda: reshaped(x, onto), wrong("reshape.", x, onto))

    return Task(
        (Say(f"The matrix x is reshaped to the shape {onto}. Fill in y."), grid("x", rows)),
        cells("y", *onto),
        solve,
        "the row of all numbers stays: i·columns + j is the same before and after",
        {"x": rows, "shape": onto},
        f"dlcli tensor '{matrix(rows)}' --reshape {onto[0]},{onto[1]} --explain 1,0",
        ("reshape.order", "reshape.transpose", "reshape.quarter-turn"),
    )


def _lands(dice: Dice) -> Task:
    h, w = dice.one(((3, 4), (4, 3), (2, 6), (6, 2)))
    p, q, r = onto = dice.one(((2, 2, 3), (2, 3, 2), (3, 2, 2)))
    fits = [(i, j) for i in range(1, h) for j in range(w) if max(i * w + j + 1, i * h + j) < h * w]
    i, j = dice.one(fits)
    numbers = [given(one) for one in (i, j, h, w)]
    x = np.arange(h * w).reshape(h, w).tolist()

    def solve(pen: Pen) -> None:
        n = pen(
            "n",
            flat_place(*numbers),
            {
                "flat.one-based": flat_place(*numbers) + 1,
                "flat.height-for-width": height_for_width(*numbers),
                "reshape.order": column_major(*numbers),
            },
        )
        a = pen("a", n // (given(q) * r), {"reshape.order": lambda: n - n // p * p})
        rest = pen("rest", n - a * (given(q) * r), {"reshape.order": lambda: n // p})
        b = pen("b", rest // r, {"reshape.order": lambda: rest - rest // q * q})
        pen("c", rest - b * r, {"reshape.order": lambda: rest // q})

    text = (
        f"A matrix x of the shape {(h, w)} is reshaped to y of the shape {onto}. The number that stood at "
        f"`x[{i},{j}]` lands at `y[a,b,c]`. What are a, b and c ({FROM_0})?"
    )
    return Task(
        (Say(text),),
        (Field("a"), Field("b"), Field("c")),
        solve,
        "n = i·columns + j; a = n div (q·r), rest = n − a·q·r, b = rest div r, c = rest − b·r",
        {"i": i, "j": j, "rows": h, "columns": w, "p": p, "q": q, "r": r},
        f"dlcli tensor '{matrix(x)}' --reshape {p},{q},{r}",
        ("flat.one-based", "flat.height-for-width", "reshape.order"),
    )


def _which(dice: Dice) -> Task:
    shape = dice.one(((2, 3), (3, 2)))
    onto = shape[::-1]
    x = np.array(dice.some(range(1, 10), 6), dtype=object).reshape(shape)
    rows = x.tolist()
    right, over, columns, quarter = (
        matrix(function(x, onto).tolist()) for function in (reshaped, turned_over, by_columns, turned)
    )
    # eight in all: three tasks with one slip are then no chance
    more = (x.T[::-1], x.T[::-1, ::-1], reshaped(x[:, ::-1], onto), reshaped(x[::-1], onto))
    others = [matrix(one.tolist()) for one in more]
    options = tuple(dice.mixed([*dict.fromkeys((right, over, columns, quarter, *others))]))

    def solve(pen: Pen) -> None:
        pen(
            "reshape",
            right,
            {"reshape.transpose": over, "reshape.order": columns},
            "the same row of numbers, cut elsewhere",
        )
        pen(
            "transpose",
            over,
            {"reshape.transpose": right, "reshape.quarter-turn": quarter},
            "row 0 has become column 0",
        )

    text = (
        f"Which of these is x reshaped to the shape {onto}, and which is x transposed? "
        "Rows are written one after the other, with a semicolon between them."
    )
    return Task(
        (Say(text), grid("x", rows)),
        (
            Field("reshape", form="choice", options=options),
            Field("transpose", form="choice", options=options),
        ),
        solve,
        "reshape keeps the row of numbers; transpose: y[j,i] = x[i,j]",
        {"x": rows, "shape": onto},
        f"dlcli tensor '{matrix(rows)}' --reshape {onto[0]},{onto[1]}",
        ("reshape.transpose", "reshape.order", "reshape.quarter-turn"),
    )


@topic(
    "broadcast",
    "Shape and one cell of x + y",
    notes="2.12",
    needs=("reshape",),
    levels=("a matrix and a row", "a column and a row", "three axes, or refused"),
    idea="Write both shapes below each other so that their last lengths meet; a 1, or nothing, is stretched.",
    products=0,
)
def broadcast(dice: Dice, level: int) -> Task:
    """Two tensors, or the shapes of two pairs."""
    return _shapes_meet(dice) if level == 3 else _sum(dice, column=level == 2)


def _sum(dice: Dice, *, column: bool) -> Task:
    """x + y, of a matrix or a column and a vector."""
    n = dice.whole(3, 4)
    same = dice.chance(2, 3)
    m = n if same else dice.one([one for one in (2, 3, 4, 5) if one != n])
    a, b = (n, 1) if column else (n, m), (m,)
    x = np.array(dice.some(range(10, 100), prod(a)), dtype=object).reshape(a)
    y = np.array(dice.some(range(1, 10), m), dtype=object)
    i, j = dice.some(range(1, min(n, m)), 2) if min(n, m) > 2 else (2, 1)
    made = met(a, b)

    def cell(p: int, q: int, end: int) -> Any:
        return given(x)[p, 0 if column else q] + given(y)[end]

    def solve(pen: Pen) -> None:
        slips = {"bcast.leading": from_the_left(a, b)}
        if column:
            slips["bcast.elementwise"] = one_by_one(a, b)
        pen(
            "shape",
            size_word(made),
            {name: size_word(one) for name, one in slips.items()},
            f"{a} and {b}, from the last length on",
        )
        others = {"flat.one-based": cell(i - 1, j - 1, j - 1)}
        if same:
            others["bcast.leading"] = cell(i, j, i)
            others["index.swapped"] = cell(j, i, i)
        pen("cell", cell(i, j, j), others)

    rows, row = x.tolist(), y.tolist()
    seen = ("bcast.elementwise",) if column else ("index.swapped",)
    return Task(
        (
            Say(
                f"The tensors x of the shape {a} and y of the shape {b} are added. Which shape has x + y, "
                f"and which number stands at its place `[{i},{j}]` ({FROM_0})?"
            ),
            grid("x", rows),
            grid("y", row),
        ),
        (Field("shape", form="word", says="lengths with commas, or refused"), Field("cell")),
        solve,
        "from the last axis on: lengths are equal, or one is 1 or missing and is stretched",
        {"x": rows, "y": row, "place": (i, j)},
        f"dlcli tensor '{matrix(rows)}' --add '[{vector(row).replace(' ', ', ')}]' --explain {i},{j}",
        ("bcast.leading", "flat.one-based", *seen) if same else ("flat.one-based",),
    )


def _shapes_meet(dice: Dice) -> Task:
    """Two pairs of shapes: one pair meets, the other does not, in an order that is drawn."""
    p, q, r = dice.some(range(2, 6), 3)
    fit = dice.one((((p, 1, q), (p, 1)), ((p, 1, 1), (p, r)), ((1, q, r), (q, 1))))
    fail = dice.one((((p, q), (p,)), ((p, q, r), (p, q)), ((p, q, r), (p, 1))))
    pairs: Sequence[tuple[Shape, Shape]] = dice.mixed((fit, fail))

    def solve(pen: Pen) -> None:
        for name, (a, b) in zip("ab", pairs, strict=True):
            slips = {
                "bcast.leading": from_the_left(a, b),
                "bcast.elementwise": one_by_one(a, b),
                "bcast.larger": always_larger(a, b),
            }
            pen(
                name,
                size_word(met(a, b)),
                {one: size_word(shape) for one, shape in slips.items()},
                f"{a} and {b}, from the last length on",
            )

    (a, b), (c, d) = pairs
    text = f"Two tensors are added: in a) of the shapes {a} and {b}, in b) of the shapes {c} and {d}. "
    ones = nested(np.zeros(fit[1], int).tolist())
    return Task(
        (Say(text + "Which shape has each sum? Where the shapes do not fit, write refused."),),
        tuple(Field(one, form="word", says="lengths with commas, or refused") for one in "ab"),
        solve,
        "from the last axis on: lengths are equal, or one is 1 or missing and is stretched",
        {"pairs": tuple(pairs)},
        f"dlcli tensor 0 --broadcast {size_word(fit[0])} | dlcli tensor --add '{ones}'",
        ("bcast.leading", "bcast.elementwise", "bcast.larger"),
    )


@topic(
    "flatten",
    "Index of a pixel in the flat vector, and back",
    notes="1.2",
    needs=("index",),
    levels=("gray", "in colour", "back from the index"),
    idea="Before row i stand i whole rows, before column j of it j pixels, and a pixel is all its channels.",
    products=6,
)
def flatten(dice: Dice, level: int) -> Task:
    """h, w, c and a place, or its index."""
    h, w = dice.some(range(3, 7), 2)
    c = 1 if level == 1 else 3
    i, j, k = dice.whole(1, h - 1), dice.whole(0, w - 1), dice.whole(0, c - 1)
    kind = f"{h} rows and {w} columns" + (" with 3 channels (height, width, channel)" if c > 1 else "")
    text = (
        f"A picture of {kind} is flattened row by row{', the channels of a pixel together' * (c > 1)}, as "
        "Keras does. "
    )
    shape = f"{h},{w}" + f",{c}" * (c > 1)
    n = flat_place(i, j, h, w, k, c)
    facts = {"height": h, "width": w} | ({"n": n} if level == 3 else {"i": i, "j": j})
    facts |= {1: {}, 2: {"k": k, "channels": c}, 3: {"channels": c}}[level]
    line = f"dlcli tensor 0 --broadcast {shape} | dlcli flatten --explain {n}"
    if level == 3:
        text += f"To which row, column and channel does index {n} belong ({FROM_0})?"
        return Task(
            (Say(text),),
            (Field("row"), Field("column"), Field("channel")),
            partial(_back, *(given(one) for one in (n, h, w, c))),
            "pixel = n div channels, channel = the rest; row = pixel div width, column = the rest",
            facts,
            line,
            ("flat.channels-first", "flat.column-major", "flat.height-for-width", "flat.one-based"),
        )
    numbers = [given(one) for one in (i, j, h, w, k)] + [given(c)]
    leaving = ("flat.one-based", *(("flat.channels-first",) if c == 1 else ()))

    def solve(pen: Pen) -> None:
        slips = wrong("flat.", *numbers, leaving=leaving)
        pen("index", flat_place(*numbers), slips | {"flat.one-based": flat_place(*numbers) + 1})

    which = f"channel {k} of the pixel" if c > 1 else "the pixel"
    text += f"Which index has {which} in row {i}, column {j} ({FROM_0})?"
    return Task(
        (Say(text),),
        (Field("index"),),
        solve,
        "index = (i·width + j)·channels + k" if c > 1 else "index = i·width + j",
        facts,
        line,
        ("flat.column-major", "flat.height-for-width", "flat.one-based")
        + (("flat.channels-first",) if c > 1 else ()),
    )


def _back(n: Any, h: Any, w: Any, c: Any, pen: Pen) -> None:
    """From the index of a number to its row, column and channel."""
    n = pen("n", n, {"flat.one-based": lambda: n - 1})
    pixel = pen(
        "pixel",
        n // c,
        {
            "flat.channels-first": lambda: n - n // (h * w) * (h * w),
            "flat.column-major": lambda: n - n // (h * w) * (h * w),
        },
    )
    row = pen(
        "row",
        pixel // w,
        {"flat.column-major": lambda: pixel - pixel // h * h, "flat.height-for-width": lambda: pixel // h},
    )
    pen(
        "column",
        pixel - row * w,
        {"flat.column-major": lambda: pixel // h, "flat.height-for-width": lambda: pixel - row * h},
    )
    pen(
        "channel",
        n - pixel * c,
        {"flat.channels-first": lambda: n // (h * w), "flat.column-major": lambda: n // (h * w)},
    )
