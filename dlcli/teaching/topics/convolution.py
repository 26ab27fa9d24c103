"""Topics of convolution: one cell, a whole map, bias and activation, channels."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import numpy as np

from dlcli.engines.base.exact import relu
from dlcli.engines.base.slips import wrong
from dlcli.engines.convolution.slips import channels_kept, correlated
from dlcli.teaching.dice import Dice
from dlcli.teaching.task import Field, Pen, Say, Task, grid
from dlcli.teaching.topic import topic
from dlcli.teaching.topics.literal import matrix, nested
from dlcli.teaching.worked import given, words

#: What every convolution says of itself.
CORRELATION = "the kernel is not turned, as in Keras; rows and columns are counted from 0"

#: Slips of the bias, of the stride and of channels, which only show where there are such.
OF_BIAS = ("conv.bias-forgotten", "conv.bias-per-term", "conv.bias-sign")
OF_STRIDE = ("conv.stride-origin",)
OF_CHANNELS = ("conv.bias-per-channel", "conv.one-channel", "conv.channels-kept")


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
    leaving = OF_CHANNELS + OF_BIAS * (not b) + OF_STRIDE * (stride == 1)

    right, slips = cache(partial(correlated, *numbers)), wrong("conv.", *numbers, leaving=leaving)

    def solve(pen: Pen) -> None:
        pen.table("y", right, slips, places)

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


@topic(
    "conv-bias-act",
    "Bias and activation, in that order",
    notes="2.3, 2.8",
    needs=("conv-cell",),
    levels=("ReLU open", "ReLU shut", "two kernels"),
    idea="First the sum of products, then the bias, and ReLU last, once.",
    products=8,
)
def conv_bias_act(dice: Dice, level: int) -> Task:
    """x, k, b: the sum with the bias, and what ReLU makes of it."""
    x = dice.table(1, 5, 2, 2)
    how = {1: ["open"], 2: [dice.one(("shut", "shut", "pulled down"))], 3: dice.mixed(("open", "shut"))}[
        level
    ]
    kernels, biases = zip(*(_for_relu(dice, x, one) for one in how), strict=True)
    several = len(how) > 1
    names = [f"[{o}]" * several for o in range(len(how))]
    leaving = ("act.forgotten", "act.abs") * (level == 1)
    products = [given(x) * given(k) for k in kernels]
    sums = [one.sum() for one in products]
    slips = [wrong("act.", one, given(b), leaving=leaving) for one, b in zip(products, biases, strict=True)]

    def solve(pen: Pen) -> None:
        for o, (name, b) in enumerate(zip(names, biases, strict=True)):
            z = pen(f"z{name}", sums[o])
            made = pen(f"sum{name}", z + b, {"conv.bias-forgotten": z, "conv.bias-sign": z - b})
            pen(f"y{name}", relu(made), slips[o])

    said = " and ".join(words(given(b)) for b in biases)
    what = f"two kernels, k0 and k1, with the biases {said}" if several else f"the bias {said}"
    text = (
        f"One cell of a convolution with {what}, and ReLU behind it ({CORRELATION.partition(';')[0]}). "
        f"Compute the sum with the bias and the answer y{', of each kernel' * several}."
    )
    shown = [grid(f"k{o}" if several else "k", k) for o, k in enumerate(kernels)]
    options = "".join(f" --kernel '{matrix(k)}'" for k in kernels) + "".join(f" --bias={b}" for b in biases)
    shut = () if level == 1 else ("act.forgotten",) * (how != ["pulled down"]) + ("act.abs",)
    first = ("act.before-bias",) * (how != ["pulled down"])
    return Task(
        (Say(text), grid("x", x), *shown),
        tuple(Field(f"{part}{name}") for name in names for part in ("sum", "y")),
        solve,
        "sum = Σ x·k + b; y = max(0, sum)",
        {"x": x, "kernels": kernels, "biases": biases},
        f"dlcli conv '{matrix(x)}'{options} --activation relu --explain 0,0{',0' * several}",
        (*first, "act.per-term", "conv.bias-forgotten", *shut),
    )


def _for_relu(dice: Dice, x: list[list[int]], how: str) -> tuple[list[list[int]], int]:
    """A kernel and a bias between which ReLU makes a difference.

    ``open``: the bias lifts a sum from below 0 above it; ``shut``: it is too small to; ``pulled down``: it
    takes a sum from above 0 below it.
    """
    z = 0
    while not 1 < abs(z) < 10:
        k = [[dice.one((1, 2)), dice.one((-1, -2))], [dice.whole(-2, 2), dice.whole(-2, 2)]]
        if dice.chance(1, 2):
            k = [k[0][::-1], k[1]]
        z = int((np.array(x) * np.array(k)).sum())
    if (z > 0) != (how == "pulled down"):
        k, z = [[-one for one in row] for row in k], -z
    if how == "shut":
        return k, dice.whole(1, -z - 1)
    return k, -z + dice.whole(1, 9) * (1 if how == "open" else -1)


@topic(
    "conv-rgb",
    "Several channels, one kernel as deep",
    notes="2.2",
    needs=("conv-cell",),
    levels=("two channels", "three channels", "two kernels"),
    idea="Every channel has its slice of the kernel; their sums are added, and then the bias, once.",
    products=8,
)
def conv_rgb(dice: Dice, level: int) -> Task:
    """x with its channels, a kernel as deep, a bias: one cell; of two kernels the shape, too."""
    channels, count = (2 if level == 1 else 3), (2 if level == 3 else 1)
    columns = 3 if level == 3 else 2
    x = np.array(dice.wholes(0, 5, 2 * columns * channels), object).reshape(2, columns, channels)
    kernels = [_deep_kernel(dice, channels) for _ in range(count)]
    biases = [dice.one((-3, -2, -1, 1, 2, 3)) for _ in kernels]
    j, o = dice.whole(0, columns - 2), dice.whole(0, count - 1)
    window, k, b = given(x[:, j : j + 2]), given(kernels[o]), given(biases[o])
    shape = (1, columns - 1, count)
    leaving = (*OF_BIAS, *OF_STRIDE, *OF_CHANNELS, "conv.offset")
    cuts = [(window[..., c], k[..., c]) for c in range(channels)]
    slips = [wrong("conv.", *one, leaving=leaving) for one in cuts]

    def solve(pen: Pen) -> None:
        if level == 3:
            right, kept = (",".join(map(str, one)) for one in (shape, channels_kept(shape, channels)))
            pen("shape", right, {"conv.channels-kept": kept}, "a channel for each kernel")
        sums = []
        for c in range(channels):
            first = {name: partial(_first, made) for name, made in slips[c].items()}
            sums.append(pen(f"s{c}", (cuts[c][0] * cuts[c][1]).sum(), first))
        together = sum(sums[1:], start=sums[0])
        pen(
            "y",
            together + b,
            {
                "conv.one-channel": lambda: sums[0] + b,
                "conv.bias-per-channel": lambda: together + channels * b,
                "conv.bias-forgotten": together,
                "conv.bias-sign": lambda: together - b,
            },
        )

    place = f"{0},{j},{o}" if count > 1 else f"0,{j}"
    said = " and ".join(words(given(one)) for one in biases)
    text = f"A picture of 2 × {columns} with {channels} channels; "
    text += "two kernels" if count > 1 else "one kernel"
    text += f" of 2 × 2, as deep as the picture, with the bias{'es' * (count > 1)} {said} ({CORRELATION}). "
    text += "Which shape (height, width, channel) has the result, and which" if count > 1 else "Which"
    text += f" number stands at `y[{place}]`?"
    blocks = [grid(f"x, channel {c}", x[..., c].tolist()) for c in range(channels)]
    for number, one in enumerate(kernels):
        name = f"k{number}" if count > 1 else "k"
        blocks += [grid(f"{name}, channel {c}", one[..., c].tolist()) for c in range(channels)]
    options = "".join(f" --kernel '{nested(one.tolist())}'" for one in kernels)
    options += "".join(f" --bias={one}" for one in biases)
    shaped = Field("shape", form="word", says="lengths with commas between them")
    return Task(
        (Say(text), *blocks),
        ((shaped,) if count > 1 else ()) + (Field("y"),),
        solve,
        "s_c = Σ x[..., c] · k[..., c] for each channel c; y = s_0 + s_1 + … + b",
        {"x": x.tolist(), "kernels": [one.tolist() for one in kernels], "biases": biases, "place": (j, o)},
        f"dlcli conv '{nested(x.tolist())}'{options} --explain {place}",
        ("conv.one-channel", "conv.bias-per-channel", "conv.bias-forgotten", "conv.mirror")
        + ("conv.channels-kept",) * (count > 1),
    )


def _first(made: Any) -> Any:
    return made()[0, 0]


def _deep_kernel(dice: Dice, channels: int) -> Any:
    """A kernel of −1, 0 and 1, of which three in four are not 0, some below it."""
    signs = [1, -1, 1, -1, dice.one((1, -1)), dice.one((1, -1))]
    signs += [dice.one((1, -1, 0)) for _ in range(4 * channels - len(signs))]
    return np.array(dice.mixed(signs), object).reshape(2, 2, channels)
