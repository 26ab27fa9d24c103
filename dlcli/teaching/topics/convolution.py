"""Topics of convolution: one cell, a map."""

from __future__ import annotations

from dlcli.engines.base.slips import wrong
from dlcli.engines.convolution.slips import correlated, size
from dlcli.teaching.dice import Dice
from dlcli.teaching.task import Field, Pen, Say, Task, cells, grid
from dlcli.teaching.topic import topic
from dlcli.teaching.topics.literal import matrix
from dlcli.teaching.worked import given, words


@topic(
    "outsize",
    "Output size of a convolution",
    notes="2.5-2.6",
    levels=("stride 1", "stride and padding", "dilation"),
    idea="Count the places where the kernel can begin: the first, and one more for each step that fits.",
    products=3,
)
def outsize(dice: Dice, level: int) -> Task:
    """n, k, s, p, d: how many places."""
    k = dice.whole(2, 5)
    s = 1 if level == 1 else dice.whole(2, 3)
    d = 2 if level == 3 else 1
    n, p = dice.whole(8, 32), dice.whole(s if level > 1 else 1, 4)
    extra = f", dilation {d}" if d > 1 else ""
    text = (
        f"A picture of {n} × {n} values, a kernel of {k} × {k}, stride {s}, {p} rows and columns of zeros on each side"
        f"{extra}. How many rows has the result?"
    )
    numbers = [given(one) for one in (n, k, s, p, d)]

    def solve(pen: Pen) -> None:
        leaving = ("size.dilation-forgotten", "size.dilation-dk") if d == 1 else ("size.dilation-dk",)
        pen("rows", size(*numbers), wrong("size.", *numbers, leaving=leaving))

    options = f"--stride {s} --padding {p}" + (f" --dilation {d}" if d > 1 else "")
    return Task(
        (Say(text),),
        (Field("rows"),),
        solve,
        "rows = (n + 2p − d(k − 1) − 1) div s + 1",
        {"n": n, "k": k, "s": s, "p": p, "d": d},
        f"dlcli tensor '0' --broadcast {n},{n} | dlcli conv --kernel box:{k} {options}",
        ("size.plus-one", "size.pad-once", *(("size.stride-forgotten",) if s > 1 else ("size.pad-forgotten",))),
    )


@topic(
    "conv-cell",
    "One cell of a convolution",
    notes="2.3",
    needs=(),
    levels=("2 × 2, no bias", "3 × 3 with bias", "stride and padding, at the edge"),
    idea="Lay the kernel on its window, multiply what lies on each other, add the products, then the bias.",
    products=6,
)
def conv_cell(dice: Dice, level: int) -> Task:
    """x, k, b and a place: one number."""
    side, m = (3, 2) if level == 1 else (4, 3)
    stride, padding = (2, 1) if level == 3 else (1, 0)
    x, k = dice.wholes(0, 9, side, side), dice.wholes(-2, 2, m, m)
    b = 0 if level == 1 else dice.one((-3, -2, -1, 1, 2, 3))
    most = (side + 2 * padding - m) // stride
    i, j = dice.whole(0, most), dice.whole(0, most)
    where = f", stride {stride} and one row and column of zeros on each side" if level == 3 else ""
    bias = f", bias {words(given(b))}" if b else ""
    text = f"A picture x and a kernel k{bias}{where}. Compute the cell y[{i},{j}] of the convolution, as Keras means it (the kernel is not turned). Rows and columns are counted from 0."
    name = f"y[{i},{j}]"
    a, w, c = given(x), given(k), given(b) if b else 0

    def solve(pen: Pen) -> None:
        right = correlated(a, w, c, stride, padding)[i, j]
        leaving = () if b else ("conv.bias-forgotten", "conv.bias-per-term", "conv.bias-sign")
        leaving += () if stride > 1 else ("conv.stride-origin",)
        slips = {one: _at(made, i, j) for one, made in wrong("conv.", a, w, c, stride, padding, leaving=leaving).items()}
        pen(name, right, slips)

    options = f" --bias={b}" * bool(b) + (f" --stride {stride} --padding {padding}" if level == 3 else "")
    return Task(
        (Say(text), grid("x", x), grid("k", k)),
        (Field(name),),
        solve,
        "y[i,j] = Σ x[i·s + a, j·s + c] · k[a,c] + b",
        {"x": x, "k": k, "b": b, "stride": stride, "padding": padding, "cell": (i, j)},
        f"dlcli conv '{matrix(x)}' --kernel '{matrix(k)}'{options} --explain {i},{j}",
        ("conv.flip", "conv.transpose", "conv.sign-lost", *(("conv.bias-forgotten",) if b else ("conv.mirror",))),
    )


def _at(made, i, j):
    return lambda: made()[i, j]


@topic(
    "conv-map",
    "A whole small map",
    notes="2.3-2.6",
    needs=("conv-cell",),
    levels=("2 × 2 kernel", "stride 2", "bias and padding"),
    idea="Every cell is one sum of products; the window moves by the stride.",
    products=36,
)
def conv_map(dice: Dice, level: int) -> Task:
    """x, k, b: all cells."""
    side, m, stride, padding = {1: (3, 2, 1, 0), 2: (4, 2, 2, 0), 3: (2, 2, 2, 1)}[level]
    x, k = dice.wholes(0, 9, side, side), dice.wholes(-2, 2, m, m)
    b = dice.one((-3, -2, -1, 1, 2, 3)) if level == 3 else 0
    where = f", stride {stride}" * (stride > 1) + ", one row and column of zeros on each side" * padding
    bias = f", bias {words(given(b))}" if b else ""
    text = f"A picture x and a kernel k{bias}{where}. Compute all cells of the convolution y, as Keras means it (the kernel is not turned)."
    a, w, c = given(x), given(k), given(b) if b else 0
    fields = cells("y", 2, 2)

    def solve(pen: Pen) -> None:
        right = correlated(a, w, c, stride, padding)
        leaving = () if b else ("conv.bias-forgotten", "conv.bias-per-term", "conv.bias-sign")
        leaving += () if stride > 1 else ("conv.stride-origin",)
        slips = wrong("conv.", a, w, c, stride, padding, leaving=leaving)
        for one in fields:
            pen(one.name, right[one.cell], {name: _at(made, *one.cell) for name, made in slips.items()})

    options = f" --bias={b}" * bool(b) + f" --stride {stride}" * (stride > 1) + f" --padding {padding}" * padding
    return Task(
        (Say(text), grid("x", x), grid("k", k)),
        fields,
        solve,
        "y[i,j] = Σ x[i·s + a, j·s + c] · k[a,c] + b",
        {"x": x, "k": k, "b": b, "stride": stride, "padding": padding},
        f"dlcli conv '{matrix(x)}' --kernel '{matrix(k)}'{options}",
        ("conv.flip", "conv.transpose", "conv.sign-lost", "conv.mirror"),
    )
