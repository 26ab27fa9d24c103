"""Topics of pooling: a small map of it, and its size."""

from __future__ import annotations

from functools import cache, partial

import numpy as np

from dlcli.engines.base.exact import ceiling
from dlcli.engines.base.slips import these
from dlcli.engines.pooling.slips import by_size, mean, part_lost, places, pooled
from dlcli.teaching.dice import Dice
from dlcli.teaching.task import Field, Pen, Say, Task, cells, grid
from dlcli.teaching.topic import topic
from dlcli.teaching.topics.literal import matrix, nested
from dlcli.teaching.worked import given

#: Slips that every max pooling can show.
OF_MAX = ("pool.average", "pool.min-sum", "pool.stride1")


@topic(
    "pool",
    "Pooling of a small map",
    notes="2.7",
    needs=("window",),
    levels=("2 × 2", "3 × 3, stride 2", "overlapping, channels, average"),
    idea="Lay the window down, keep one number of it, move on by the stride.",
    products=9,
)
def pool(dice: Dice, level: int) -> Task:
    """x, a size and a stride: the map."""
    if level == 1:
        return _largest(dice.table(0, 9, 4, 4), 2, 2)
    if level == 2:
        return _largest(_apart(dice), 3, 2)
    kind = dice.whole(0, 3)
    if kind == 0:
        return _largest(dice.table(0, 20, 5, 5), 3, 1)
    return _channels(dice) if kind == 1 else _average(dice)


def _apart(dice: Dice) -> list[list[int]]:
    """A map of 5 × 5 whose four windows of 3 × 3 have different largest cells."""
    while True:
        x = np.array(dice.wholes(0, 20, 25)).reshape(5, 5)
        if len({x[i : i + 3, j : j + 3].max() for i in (0, 2) for j in (0, 2)}) == 4:
            return [[int(one) for one in row] for row in x]


def _largest(x: list[list[int]], size: int, stride: int) -> Task:
    """Max pooling."""
    grown = np.array(given(x))
    side = places(len(x), size, stride)
    seen = OF_MAX if stride > 1 else OF_MAX[:2]
    right, slips = cache(partial(pooled, grown, size, stride)), these(seen, grown, size, stride)

    def solve(pen: Pen) -> None:
        pen.table("y", right, slips)

    how = f", stride {stride}" if stride != size else ""
    option = f" --stride {stride}" * (stride != size)
    return Task(
        (Say(f"Max pooling with windows of {size} × {size}{how}: fill in the map y."), grid("x", x)),
        cells("y", side, side),
        solve,
        "y[i,j] = max x[i·stride + a, j·stride + c]",
        {"x": x, "size": size, "stride": stride},
        f"dlcli pool '{matrix(x)}' --size {size}{option} --explain 0,0",
        seen,
    )


def _channels(dice: Dice) -> Task:
    """Max pooling of two channels."""
    x = np.array(dice.wholes(0, 9, 32), object).reshape(4, 4, 2)
    seen = (*OF_MAX, "pool.across-channels")
    right = cache(partial(pooled, given(x), 2, 2))
    slips = these(seen, given(x), 2, 2)

    def solve(pen: Pen) -> None:
        pen.table("y", right, slips)

    text = (
        "Max pooling with windows of 2 × 2 of a picture with two channels: fill in `y[row,column,channel]`."
    )
    return Task(
        (Say(text), *(grid(f"x, channel {c}", x[..., c].tolist()) for c in range(2))),
        cells("y", 2, 2, 2),
        solve,
        "y[i,j,c] = max x[i·stride + a, j·stride + b, c]: each channel by itself",
        {"x": x.tolist(), "size": 2, "stride": 2},
        f"dlcli pool '{nested(x.tolist())}' --explain 0,0,1",
        seen,
    )


def _average(dice: Dice) -> Task:
    """Average pooling with parts of windows at the edge."""
    x = dice.table(0, 9, 5, 5)
    seen = ("pool.max", "pool.sum", "pool.pad-counted")
    right = cache(partial(pooled, given(x), 2, 2, mean, cut=True))
    slips = these(seen, given(x), 2, 2, cut=True)

    def solve(pen: Pen) -> None:
        pen.table("y", right, slips)

    text = (
        "Average pooling with windows of 2 × 2 and padding 'same' as in Keras: the padding stands below and "
        "at the right, and does not count. Fill in the map y."
    )
    return Task(
        (Say(text), grid("x", x)),
        cells("y", 3, 3),
        solve,
        "y[i,j] = sum of the cells under the window / how many of them lie in the picture",
        {"x": x, "size": 2, "stride": 2, "mean": True},
        f"dlcli pool '{matrix(x)}' --kind avg --padding same --explain 0,2",
        seen,
    )


@topic(
    "pool-size",
    "Size after pooling",
    notes="2.7",
    needs=("outsize",),
    levels=("default stride", "a given stride", "'same', or rounded up"),
    idea="It is the size of a convolution; where no stride is given, it is the size of the window.",
    products=2,
)
def pool_size(dice: Dice, level: int) -> Task:
    """n, size, stride: how many rows and columns."""
    size = dice.whole(2, 3) if level == 1 else dice.whole(3, 4)
    stride = size if level == 1 else dice.whole(2, size - 1)
    same = level == 3 and dice.chance(1, 2)
    count = dice.wholes(2, 6, 2)
    rest = dice.wholes(1, stride - 1, 2)
    n = [size + one * stride + more for one, more in zip(count, rest, strict=True)]
    if same:
        n = [one * stride + more for one, more in zip(count, rest, strict=True)]
    numbers = [[given(value) for value in (one, size, stride)] for one in n]

    def solve(pen: Pen) -> None:
        for name, (one, k, s) in zip(("rows", "columns"), numbers, strict=True):
            slips = {"pool.own-size": by_size(one, k, s)} if level == 2 else {}
            if level < 3:
                right, ones = (one - k) // s + 1, one - k + 1
                slips |= {"pool.ceil": ceiling(one - k, s) + 1, "size.plus-one": (one - k) // s}
            elif same:
                right, ones = (one + s - 1) // s, one
                slips |= {"pool.part-lost": part_lost(one, k, s)}
            else:
                right, ones = (one - k + s - 1) // s + 1, one - k + 1
                slips |= {"pool.part-lost": part_lost(one, k, s)}
            pen(name, right, slips | {"pool.stride1": ones})

    how = f", stride {stride}" * (level > 1)
    if level == 3:
        how += (
            ", padding 'same' as in Keras"
            if same
            else ", where a window of which only a part lies in the picture counts, too"
        )
    text = (
        f"Max pooling of a picture of {n[0]} × {n[1]} (rows × columns) with windows of {size} × {size}{how}. "
        "How many rows and columns has the result?"
    )
    formula = "(n − k) div s + 1"
    if level == 3:
        formula = "ceil(n / s) = (n + s − 1) div s"
        if not same:
            formula = "ceil((n − k) / s) + 1 = (n − k + s − 1) div s + 1"
    options = f" --stride {stride}" * (level > 1) + (" --padding same" if same else " --ceil") * (level == 3)
    return Task(
        (Say(text),),
        (Field("rows"), Field("columns")),
        solve,
        f"rows = {formula}, columns alike",
        {"sides": n, "k": size, "s": stride, "same": same},
        f"dlcli tensor 0 --broadcast {n[0]},{n[1]} | dlcli pool --size {size}{options}",
        {
            1: ("pool.stride1", "pool.ceil", "size.plus-one"),
            2: ("pool.stride1", "pool.own-size", "pool.ceil"),
            3: ("pool.stride1", "pool.part-lost"),
        }[level],
    )
