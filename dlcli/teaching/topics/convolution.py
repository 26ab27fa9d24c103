"""Topics of convolution: one cell, a whole map, bias and activation, channels."""

from __future__ import annotations

from dlcli.engines.base.slips import wrong
from dlcli.engines.convolution.slips import correlated
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
    "conv-cell",
    "One cell of a convolution",
    notes="2.3",
    needs=("window",),
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
