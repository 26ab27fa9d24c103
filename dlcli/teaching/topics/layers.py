"""Topics of layers: their parameters, the shapes between them, what a number sees through them."""

from __future__ import annotations

from typing import Any

from dlcli.engines.base.exact import ceiling
from dlcli.engines.base.slips import these
from dlcli.engines.convolution.parameter_slips import (
    bias_of_inputs,
    dense_parameters,
    parameters,
    pooling_weights,
    same_channels,
)
from dlcli.engines.convolution.slips import size
from dlcli.engines.convolution.window_slips import sees
from dlcli.teaching.dice import Dice
from dlcli.teaching.task import Field, Lines, Pen, Say, Task, cells
from dlcli.teaching.topic import topic
from dlcli.teaching.worked import given

#: What can be forgotten of the parameters of a convolution.
OF_CONV = ("params.bias", "params.channels", "params.both", "params.bias-once")


@topic(
    "params-conv",
    "Parameters of a convolution",
    notes="2.8",
    needs=("conv-rgb",),
    levels=("one layer", "weights and biases apart", "a whole listing"),
    idea="A kernel has a weight for each of its cells in each channel, and one bias; count one, times all.",
    products=9,
    digits=6,
)
def params_conv(dice: Dice, level: int) -> Task:
    """k, c, o; of a listing layer by layer."""
    if level == 3:
        return _listing(dice)
    k, c, o = dice.one((2, 3)), dice.whole(2, 4), dice.one((4, 5, 6, 8))
    if level == 2:
        k, c, o = dice.one((3, 5)), dice.one((3, 4, 8, 16)), dice.one((8, 12, 16, 24, 32))
    numbers = [given(one) for one in (k, c, o)]
    text = f"`Conv2D({o}, {k})` works on pictures with {c} channels"

    def solve(pen: Pen) -> None:
        if level == 1:
            pen("parameters", parameters(*numbers), these(OF_CONV, *numbers))
            return
        kernel, channels, kernels = numbers
        bare = kernel * kernel
        weights = pen(
            "weights",
            bare * channels * kernels,
            {"params.channels": bare * kernels, "params.both": bare * kernels},
        )
        others = {"params.bias": 0, "params.both": 0, "params.bias-once": 1}
        pen("parameters", weights + pen("biases", kernels, others))

    asked = ("weights", "biases", "parameters")[2 * (level == 1) :]
    question = (
        "How many parameters does it have?" if level == 1 else "How many weights, biases and parameters?"
    )
    return Task(
        (Say(f"{text}. {question}"),),
        tuple(Field(one) for one in asked),
        solve,
        "parameters = (k·k·channels + 1)·kernels",
        {"k": k, "channels": c, "kernels": o, "layers": [("conv", k, c, o)]},
        "",
        OF_CONV,
    )


def _listing(dice: Dice) -> Task:
    """The listing of the notes, with other numbers of kernels."""
    first = dice.one((4, 5, 6, 8, 10, 16))
    filters = [first, 2 * first, dice.one((3, 4)) * first]
    k = dice.one((3, 5)) if first < 8 else dice.one((2, 3))
    lines = ["Rescaling(1./255, input_shape=(64, 64, 3))"]
    for o in filters:
        lines += [f"Conv2D({o}, {k}, padding='same', activation='relu')", "MaxPooling2D()"]
    layers: list[tuple[Any, ...]] = []
    c = 3
    for o in filters:
        layers += [("conv", k, c, o), ("pool", 2)]
        c = o
    names = [f"{'conv' if one[0] == 'conv' else 'pool'}{i // 2}" for i, one in enumerate(layers)]

    def solve(pen: Pen) -> None:
        for name, (kind, *numbers) in zip(names, layers, strict=True):
            grown = [given(one) for one in numbers]
            if kind == "conv":
                pen(name, parameters(*grown), these(OF_CONV, *grown))
            else:
                pen(name, 0, {"params.pool": pooling_weights(*grown)})

    return Task(
        (
            Say(
                "How many parameters have the layers of this net? In their order, the convolutions are "
                "called conv0, conv1 and conv2, the poolings pool0, pool1 and pool2."
            ),
            Lines(tuple(lines)),
        ),
        tuple(Field(one) for one in names),
        solve,
        "of a convolution (k·k·channels + 1)·kernels, where the channels are the kernels of the one before",
        {"layers": layers},
        "",
        (*OF_CONV, "params.pool"),
    )


@topic(
    "params-dense",
    "Parameters of Flatten and Dense",
    notes="2.8, 2.13",
    needs=("params-conv", "flatten"),
    levels=("dense alone", "after flatten", "the end of a net"),
    idea="Every unit has a weight for each number that comes in, and a bias.",
    products=5,
    digits=6,
)
def params_dense(dice: Dice, level: int) -> Task:
    """What comes in, and the units of one or two dense layers."""
    if level == 1:
        n, units = dice.whole(6, 20), [dice.whole(4, 16)]
        side = c = 0
        text = f"`Dense({units[0]})` works on vectors of {n} numbers. How many parameters does it have?"
    else:
        side, c = (
            (dice.whole(2, 4), dice.one((4, 8))) if level == 2 else (dice.one((4, 5)), dice.one((16, 32)))
        )
        n = side * side * c
        units = [dice.whole(4, 12)] if level == 2 else [dice.one((20, 32, 50)), dice.one((10, 12))]
        *before, last = [f"`{one}`" for one in ("Flatten()", *(f"Dense({m})" for m in units))]
        stand = f"{', '.join(before)} and {last}"
        which = "Flatten and Dense" if level == 2 else "Flatten and the two dense layers, dense0 and dense1"
        text = (
            f"Behind the last map of a net, of {side} × {side} cells and {c} channels, stand {stand}. How "
            f"many numbers does Flatten give, and how many parameters have {which}?"
        )
    names = ["dense"] if len(units) == 1 else ["dense0", "dense1"]

    def solve(pen: Pen) -> None:
        inputs = given(n)
        if level > 1:
            inputs = pen("numbers", given(side) * side * c, {"params.channels": given(side) * side})
            pen("flatten", 0, {"params.pool": inputs})
        for name, m in zip(names, units, strict=True):
            count = given(m)
            others = {
                "params.bias": inputs * count,
                "params.bias-once": inputs * count + 1,
                "params.bias-inputs": bias_of_inputs(inputs, count),
            }
            pen(name, dense_parameters(inputs, count), others)
            inputs = count

    asked = [*(("numbers", "flatten") if level > 1 else ()), *names]
    flat = ("params.pool", "params.channels") if level > 1 else ("params.bias-inputs",)
    return Task(
        (Say(text),),
        tuple(Field(one) for one in asked),
        solve,
        "numbers = rows·columns·channels; parameters = (numbers + 1)·units",
        ({"rows": side, "columns": side, "channels": c} if level > 1 else {"numbers": n})
        | {"dense": units}
        | ({"units": units[0]} if level < 3 else {}),
        "",
        ("params.bias", "params.bias-once", *flat),
    )


@topic(
    "shapes-model",
    "Shapes through a listing",
    notes="2.8, 2.13",
    needs=("params-dense", "pool-size"),
    levels=("convolution and pooling", "with 'same'", "strides"),
    idea="Go layer by layer: what one gives is what the next one gets; channels are the kernels before.",
    products=6,
    digits=5,
)
def shapes_model(dice: Dice, level: int) -> Task:
    """A listing: rows and channels behind each layer, and what Flatten gives."""
    n, c = dice.whole(12, 20) if level < 3 else 2 * dice.whole(8, 14), dice.one((1, 3))
    a, b = dice.one((4, 6)), dice.one((8, 10))
    k = dice.one((3, 5)) if level < 3 else 3
    layers: list[tuple[str, int, int, int, bool]] = [
        ("conv", k, 2 if level == 3 else 1, a, level == 2),
        ("pool", 2, 2, 0, False),
        ("conv", 3, 1, b, level == 2 and dice.chance(1, 2)),
    ]
    lines = [f"   Input(({n}, {n}, {c}))"]
    for at, (kind, size_, stride, filters, same) in enumerate(layers):
        options = f", strides={stride}" * (stride > 1) + ", padding='same'" * same
        shown = (
            "MaxPooling2D((2, 2))" if kind == "pool" else f"Conv2D({filters}, ({size_}, {size_}){options})"
        )
        lines.append(f"{at}  {shown}")
    lines.append("   Flatten()")

    def solve(pen: Pen) -> None:
        rows, channels = given(n), given(c)
        for at, (kind, size_, stride, filters, same) in enumerate(layers):
            rows, channels = _behind(pen, at, (kind, size_, stride, filters, same), rows, channels)
        pen("flat", rows * rows * channels, {"params.channels": rows * rows})

    targets = ("shapes.channels", "pool.stride1", *(("size.plus-one",) * (not layers[2][4])))
    more = {1: (), 2: ("size.pad-forgotten",), 3: ("size.stride-forgotten", "size.floor-ceil")}[level]
    return Task(
        (
            Say(
                "Pictures and kernels of this net are square. Fill in the table shape: `shape[i,0]` are the "
                "rows of what layer i gives, `shape[i,1]` its channels; and flat, how many numbers Flatten "
                "gives."
            ),
            Lines(tuple(lines)),
        ),
        (*cells("shape", len(layers), 2), Field("flat")),
        solve,
        "rows = (n − k) div s + 1, with padding 'same' ceil(n / s); channels = number of kernels",
        {"n": n, "channels": c, "layers": layers},
        "",
        (*targets, *more),
    )


def _behind(
    pen: Pen, at: int, layer: tuple[str, int, int, int, bool], rows: Any, channels: Any
) -> tuple[Any, Any]:
    """Rows and channels behind a layer."""
    kind, k, s, filters, same = layer
    if kind == "pool":
        right = rows // s
        slips = {"pool.stride1": rows - k + 1}
    elif same:
        right, slips = rows, {"size.pad-forgotten": rows - k + 1}
    else:
        right = size(rows, given(k), given(s)) if s > 1 else rows - k + 1
        slips = {"size.plus-one": (rows - k) // s if s > 1 else rows - k}
        if s > 1:
            slips["size.stride-forgotten"] = rows - k + 1
            slips["size.floor-ceil"] = ceiling(rows - k, s) + 1
    made = pen(f"shape[{at},0]", right, slips)
    if kind == "pool":
        return made, pen(f"shape[{at},1]", channels)
    return made, pen(f"shape[{at},1]", given(filters), {"shapes.channels": same_channels(channels, filters)})


@topic(
    "receptive",
    "Receptive field of stacked layers",
    notes="2.8",
    needs=("outsize",),
    levels=("stride 1", "with a stride", "dilation"),
    idea="A layer adds k − 1 steps to what is seen; behind a stride, each step is that much wider.",
    products=6,
)
def receptive(dice: Dice, level: int) -> Task:
    """Some layers: what one number behind them sees, and how far its neighbour's window is away."""
    count = 3 if level == 1 else dice.whole(2, 3)
    k = [dice.one((2, 3, 5)) for _ in range(count)]
    s = [1] * count
    if level > 1:
        s[0] = dice.whole(2, 3)
        s[1] = dice.whole(1, 2) if count == 3 else dice.one((1, 2))
    d = [1] * count
    if level == 3:
        d[-1] = 2
    names = [f"field{i}" for i in range(count - 1)] + ["field"]
    jumps = [f"jump{i}" for i in range(count - 1)] + ["jump"]
    leaving = {1: ("rf.stride", "rf.own-stride", "rf.dilation"), 2: ("rf.dilation",), 3: ()}[level]
    asked = [one for one in OF_FIELD if one not in leaving]

    def solve(pen: Pen) -> None:
        r, j = given(1), given(1)
        for i in range(count):
            layer = [given(one) for one in (k[i], s[i], d[i])]
            slips = [one for one in asked if not (i == 0 and one in ("rf.plus-one", "rf.product"))]
            field = sees(r, j, *layer) if i else given(k[0])
            made = pen(names[i], field, these(slips, r, j, *layer))
            r, j = made, pen(jumps[i], j * layer[1] if i else layer[1])

    kinds = [
        f"{i}: kernel {k[i]} × {k[i]}, stride {s[i]}" + f", dilation {d[i]}" * (d[i] > 1)
        for i in range(count)
    ]
    wide = sum((k[i] - 1) * d[i] * _product(s[:i]) for i in range(count)) + 1
    n = wide + _product(s)
    stages = [
        f"dlcli conv -k box:{k[i]}" + f" --stride {s[i]}" * (s[i] > 1) + f" --dilation {d[i]}" * (d[i] > 1)
        for i in range(count)
    ]
    return Task(
        (
            Say(
                "Convolutions stand one behind the other. How many rows of the picture does one number "
                "behind the last of them see (answer field)? And by how many rows is the window of the next "
                "number further down (answer jump)?"
            ),
            Lines(tuple(kinds)),
        ),
        (Field("field"), Field("jump")),
        solve,
        "field = field before + dilation·(k − 1)·jump before, jump = jump before · stride; both begin with 1",
        {"k": k, "s": s, "d": d},
        f"dlcli tensor 0 --broadcast {n},{n} | {' | '.join(stages)}",
        {
            1: ("rf.plus-one", "rf.product"),
            2: ("rf.stride", "rf.own-stride", "rf.plus-one"),
            3: ("rf.stride", "rf.own-stride", "rf.dilation"),
        }[level],
    )


#: Slips of a receptive field.
OF_FIELD = ("rf.stride", "rf.own-stride", "rf.plus-one", "rf.dilation", "rf.product")


def _product(numbers: list[int]) -> int:
    made = 1
    for one in numbers:
        made *= one
    return made
