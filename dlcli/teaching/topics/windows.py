"""Topics of windows: what one sees, how many there are, the padding of 'same'."""

from __future__ import annotations

from dlcli.engines.base.slips import wrong
from dlcli.engines.convolution.slips import size
from dlcli.engines.convolution.window_slips import (
    centred,
    first_place,
    last_place,
    needed,
    one_too_many,
    same,
    shifted,
    unpadded,
    unstrided,
)
from dlcli.teaching.dice import Dice
from dlcli.teaching.task import Field, Pen, Say, Task
from dlcli.teaching.topic import topic
from dlcli.teaching.worked import given


@topic(
    "window",
    "Which inputs an output cell sees",
    notes="2.3",
    needs=("index",),
    levels=("stride 1", "a stride", "padding"),
    idea="The window of output 0 begins at place 0; each output further, it moves on by the stride.",
    products=4,
)
def window_(dice: Dice, level: int) -> Task:
    """n, k, s, p and an output: its window."""
    k = dice.whole(3, 5)
    s = 1 if level == 1 else dice.whole(2, 3)
    p = dice.whole(1, 2) if level == 3 else 0
    count = dice.whole(3, 5)
    n = (count - 1) * s + k - 2 * p + dice.whole(0, s - 1)
    i, j = dice.some(range(1, count), 2)
    text = (
        f"A kernel of {k} × {k} moves over a picture of {n} × {n} with stride {s}"
        f"{f', with {p} rows and columns of zeros on each side' * bool(p)}. What are the top and bottom "
        f"row and the left and right column that the output `y[{i},{j}]` sees? They are counted from 0, the "
        f"first of the picture{'; row −1 is the zeros above it, those below are counted on' * bool(p)}."
    )
    targets = (
        "window.end",
        "conv.offset",
        ("window.centred", "conv.stride-origin", "window.padding")[level - 1],
    )

    def solve(pen: Pen) -> None:
        for begins, ends, place in (("top", "bottom", i), ("left", "right", j)):
            numbers = [given(one) for one in (place, k, s, p)]
            slips = {"conv.offset": shifted(*numbers), "window.centred": centred(*numbers)}
            if s > 1:
                slips["conv.stride-origin"] = unstrided(*numbers)
            if p:
                slips["window.padding"] = unpadded(*numbers)
            first = pen(begins, first_place(given(place), given(s), given(p)), slips)
            pen(ends, last_place(first, given(k)), {"window.end": one_too_many(first, given(k))})

    options = f" --stride {s}" * (s > 1) + f" --padding {p}" * bool(p)
    return Task(
        (Say(text),),
        tuple(Field(one) for one in ("top", "bottom", "left", "right")),
        solve,
        "top = i·s − p, bottom = top + k − 1; left and right alike, with j",
        {"n": n, "i": i, "j": j, "k": k, "s": s, "p": p},
        f"dlcli tensor 0 --broadcast {n},{n} | dlcli conv -k box:{k}{options} --explain {i},{j}",
        (*targets, "conv.stride-origin") if level == 3 else targets,
    )


@topic(
    "outsize",
    "Output size of a convolution",
    notes="2.5-2.6",
    needs=("window",),
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
        f"rows = (n + 2p − {'d(k − 1) − 1' if d > 1 else 'k'}) div s + 1",
        {"n": n, "k": k, "s": s, "p": p} | ({"d": d} if d > 1 else {}),
        f"dlcli tensor 0 --broadcast {n},{n} | dlcli conv -k box:{k} --stride {s} --padding {p}{dilation}",
        ("size.plus-one", "size.pad-once", "size.stride-forgotten" if s > 1 else "size.pad-forgotten"),
    )


@topic(
    "same",
    "Padding before and after for 'same'",
    notes="2.6",
    needs=("outsize",),
    levels=("k odd, stride 1", "k even", "stride 2"),
    idea="'same' gives ceil(n / s) places; what the last window lacks is shared by both sides.",
    products=3,
)
def same_(dice: Dice, level: int) -> Task:
    """n, k, s: rows of the result, zeros before and after."""
    s = 2 if level == 3 else 1
    k = dice.one(((3, 5, 7), (2, 4, 6), (3, 4, 5, 6))[level - 1])
    n = dice.whole(max(5, k), 14)
    odd = (k - s - n % s) % 2 == 1 if level == 3 else level == 2
    numbers = [given(one) for one in (n, k, s)]
    leaving = (("same.left",) * (not odd)) + (("same.stride1",) * (s == 1)) + (("same.half",) * (level == 1))

    def solve(pen: Pen) -> None:
        slips = wrong("same.", *numbers, leaving=leaving)
        parts = [{one: lambda made=made, i=i: made()[i] for one, made in slips.items()} for i in range(3)]
        rows = pen("rows", same(*numbers)[0], parts[0])
        total = pen("in all", needed(numbers[0], numbers[1], numbers[2], rows))
        before = pen("before", total // 2, parts[1])
        pen("after", total - before, parts[2])

    text = (
        f"A picture of {n} × {n}, a kernel of {k} × {k}, stride {s}, padding 'same' as in Keras. How many "
        "rows has the result, and how many rows of zeros stand before (above) and after (below) the picture?"
    )
    targets: tuple[str, ...] = ("same.left", "same.half", "same.stride1" if s > 1 else "same.each-side")
    if not odd:
        targets = ("same.each-side", "same.behind", "same.valid" if s == 1 else "same.stride1")
    stride = f" --stride {s}" * (s > 1)
    return Task(
        (Say(text),),
        (Field("rows"), Field("before"), Field("after")),
        solve,
        "rows = ceil(n / s); in all (rows − 1)·s + k − n; before = in all div 2, after = the rest",
        {"n": n, "k": k, "s": s},
        f"dlcli tensor 1 --broadcast {n},{n} | dlcli conv -k box:{k}{stride} --padding same --explain 0,0",
        targets,
    )
