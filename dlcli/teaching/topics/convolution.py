"""Topics of convolution: how large the result is, one cell of it, a whole map."""

from __future__ import annotations

from dlcli.engines.base.slips import wrong
from dlcli.engines.convolution.slips import correlated, size
from dlcli.teaching.dice import Dice
from dlcli.teaching.task import Field, Pen, Say, Task, grid
from dlcli.teaching.topic import topic
from dlcli.teaching.topics.literal import matrix
from dlcli.teaching.worked import given, words

#: What every convolution says of itself.
CORRELATION = "the kernel is not turned, as in Keras; rows and columns are counted from 0"

#: Slips of the bias, and of the stride, which only show where there is one.
OF_BIAS = ("conv.bias-forgotten", "conv.bias-per-term", "conv.bias-sign")
OF_STRIDE = ("conv.stride-origin",)


@topic(
    "outsize",
    "Output size of a convolution",
    notes="2.5-2.6",
    levels=("stride 1", "stride and padding", "dilation"),
    idea="Count the places where the kernel can begin: the first, and one more for each step that fits.",
    products=3,
)
def outsize(dice: Dice, level: int) -> Task:
    """n, k, s, p, d: how many rows."""
    k = dice.whole(2, 5)
    s = 1 if level == 1 else dice.whole(2, 3)
    d = 2 if level == 3 else 1
    n, p = dice.whole(8, 32), dice.whole(s if level > 1 else 1, 4)
    text = (
        f"A picture of {n} × {n} values, a kernel of {k} × {k}, stride {s}, {p} rows and columns of zeros on "
        f"each side{f', dilation {d}' if d > 1 else ''}. How many rows has the result?"
    )
    numbers = [given(one) for one in (n, k, s, p, d)]
    leaving = ("size.dilation-dk", *(("size.dilation-forgotten",) if d == 1 else ()))

    def solve(pen: Pen) -> None:
        pen("rows", size(*numbers), wrong("size.", *numbers, leaving=leaving))

    dilation = f" --dilation {d}" if d > 1 else ""
    return Task(
        (Say(text),),
        (Field("rows"),),
        solve,
        "rows = (n + 2p − d(k − 1) − 1) div s + 1",
        {"n": n, "k": k, "s": s, "p": p, "d": d},
        f"dlcli tensor 0 --broadcast {n},{n} | dlcli conv -k box:{k} --stride {s} --padding {p}{dilation}",
        ("size.plus-one", "size.pad-once", "size.stride-forgotten" if s > 1 else "size.pad-forgotten"),
    )


@topic(
    "conv-cell",
    "One cell of a convolution",
    notes="2.3",
    levels=("2 × 2, no bias", "3 × 3 with bias", "stride and padding, at the edge"),
    idea="Lay the kernel on its window, multiply what lies on each other, add the products, then the bias.",
    products=6,
)
def conv_cell(dice: Dice, level: int) -> Task:
    """x, k, b and a place: one number."""
    side, m = (3, 2) if level == 1 else (4, 3)
    stride, padding = (2, 1) if level == 3 else (1, 0)
    x, k = dice.table(0, 9, side, side), dice.table(-2, 2, m, m)
    b = 0 if level == 1 else dice.one((-3, -2, -1, 1, 2, 3))
    most = (side + 2 * padding - m) // stride
    place = (dice.whole(0, most), dice.whole(0, most))
    text = f"Compute the cell y[{place[0]},{place[1]}] of this convolution"
    return _convolution(x, k, b, stride, padding, text, (place,), ("conv.mirror",) if not b else OF_BIAS[:1])


@topic(
    "conv-map",
    "A whole small map",
    notes="2.3-2.6",
    needs=("conv-cell",),
    levels=("2 × 2 kernel", "stride 2", "bias and padding"),
    idea="Every cell is one sum of products; from one cell to the next the window moves by the stride.",
    products=16,
)
def conv_map(dice: Dice, level: int) -> Task:
    """x, k, b: all cells."""
    side, stride, padding = {1: (3, 1, 0), 2: (4, 2, 0), 3: (2, 2, 1)}[level]
    x, k = dice.table(0, 9, side, side), dice.table(-2, 2, 2, 2)
    b = dice.one((-3, -2, -1, 1, 2, 3)) if level == 3 else 0
    places = ((0, 0), (0, 1), (1, 0), (1, 1))
    return _convolution(
        x, k, b, stride, padding, "Compute all cells of this convolution", places, ("conv.mirror",)
    )


def _convolution(
    x: list[list[int]],
    k: list[list[int]],
    b: int,
    stride: int,
    padding: int,
    text: str,
    places: tuple[tuple[int, int], ...],
    also: tuple[str, ...],
) -> Task:
    """Some cells of a map y."""
    how = [f"stride {stride}"] * (stride > 1) + [f"bias {words(given(b))}"] * bool(b)
    how += ["one row and column of zeros on each side"] * padding
    numbers = (given(x), given(k), given(b) if b else 0, stride, padding)
    leaving = OF_BIAS * (not b) + OF_STRIDE * (stride == 1)

    def solve(pen: Pen) -> None:
        slips = wrong("conv.", *numbers, leaving=leaving)
        pen.table("y", lambda: correlated(*numbers), slips, places)

    options = (
        f" --bias={b}" * bool(b) + f" --stride {stride}" * (stride > 1) + f" --padding {padding}" * padding
    )
    cell = f" --explain {places[0][0]},{places[0][1]}"
    return Task(
        (Say(f"{text}{': ' * bool(how)}{', '.join(how)} ({CORRELATION})."), grid("x", x), grid("k", k)),
        tuple(Field(f"y[{i},{j}]") for i, j in places),
        solve,
        "y[i,j] = Σ x[i·s + a, j·s + c] · k[a,c] + b, with the zeros counted in x",
        {"x": x, "k": k, "b": b, "stride": stride, "padding": padding, "places": places},
        f"dlcli conv '{matrix(x)}' --kernel '{matrix(k)}'{options}{cell}",
        ("conv.flip", "conv.transpose", "conv.sign-lost", *also),
    )
