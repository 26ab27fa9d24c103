"""Topics of scores that become probabilities: softmax, its temperature, its axis, and the loss."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from dlcli.engines.base.exact import Log
from dlcli.engines.base.slips import these
from dlcli.engines.tensors.probability_slips import cooled, exponentials, share, shares, surprise
from dlcli.teaching.dice import Dice
from dlcli.teaching.task import Field, Pen, Say, Task, grid
from dlcli.teaching.topic import topic
from dlcli.teaching.topics import tables
from dlcli.teaching.topics.literal import decimals, matrix
from dlcli.teaching.topics.tables import CLOSE, DECIMAL, EITHER, NEAR
from dlcli.teaching.worked import given, words

OF_EXPONENT = ("softmax.no-exp", "softmax.base")
OF_SHARE = ("softmax.not-divided", "softmax.self-left-out")
OF_SCORE = ("softmax.sigmoid", "softmax.shift-half")
OF_LOSS = (
    "ce.sign",
    "ce.prob",
    "ce.softmax-twice",
    "ce.base",
    "ce.log-ten",
    "ce.all-classes",
    "ce.mean-classes",
)


def exponentials_of(pen: Pen, z: Any, slips: tuple[str, ...] = OF_EXPONENT) -> Any:
    """Write down the exponential of each score."""
    return pen.table("e", lambda: exponentials(z), these(slips, z))


def logs(dice: Dice, count: int, most: int) -> list[Log]:
    """Different scores that are logarithms of 1, 2, 3, …: their exponentials are exact."""
    return [Log(Fraction(one)) for one in dice.some(range(1, most + 1), count)]


@topic(
    "softmax",
    "Probabilities of some scores",
    notes="2.9",
    levels=("one of three, with a table", "one of four", "all three, exactly"),
    idea="Each score becomes e to its power; each of these is divided by the sum of all of them.",
)
def softmax(dice: Dice, level: int) -> Task:
    """z: one probability, or all."""
    count = 4 if level == 2 else 3
    scores: list[Any] = logs(dice, count, 6) if level == 3 else dice.some(range(-2, 4), count)
    asked = list(range(count)) if level == 3 else [dice.whole(0, count - 1)]
    what = "the probabilities p" if level == 3 else f"the probability p[{asked[0]}]"
    text = (
        f"A net has these scores z for {count} classes, which are counted from 0. Compute {what} that "
        "softmax makes of them."
    )
    z = given(scores)
    known = OF_EXPONENT[:1] if level == 3 else OF_EXPONENT

    def solve(pen: Pen) -> None:
        e = exponentials_of(pen, z, known)
        total = pen("sum", sum(e))
        for i in asked:
            pen(f"p[{i}]", e[i] / total, these(OF_SHARE, e, i) | these(OF_SCORE, z, i))

    also = {1: "softmax.self-left-out", 2: "softmax.base", 3: "softmax.sigmoid"}[level]
    return Task(
        (Say(text), grid("z", scores), *([tables.exponentials()] if level < 3 else [])),
        tuple(
            Field(f"p[{i}]", CLOSE if level == 3 else NEAR, says=EITHER if level == 3 else DECIMAL)
            for i in asked
        ),
        solve,
        "p[i] = e^z[i] / Σ e^z[j]",
        {"z": scores, "asked": tuple(asked)},
        f"dlcli softmax '{decimals([scores])}' --explain 0,{asked[0]}",
        ("softmax.no-exp", "softmax.not-divided", also),
    )


#: Temperatures to choose from.
TEMPERATURES = tuple(map(Fraction, ("0.1", "0.25", "0.5", "1", "2", "3", "5", "10")))


@topic(
    "temperature",
    "Softmax with a temperature",
    notes="2.9",
    needs=("softmax",),
    levels=("which is flatter", "T = 2", "T = 1/2"),
    idea="Scores are divided by T before they become exponentials: a large T brings them nearer together.",
)
def temperature(dice: Dice, level: int) -> Task:
    """z and T: one probability; or several T, and which makes the flattest of it."""
    if level == 1:
        return _flattest(dice)
    t = 2 if level == 2 else Fraction(1, 2)
    if level == 2:
        scores: list[Any] = dice.some(range(-4, 7, 2), 3)
    else:
        scores = [Log(Fraction(one)) for one in dice.some(range(1, 5), 3)]
    i = dice.whole(0, 2)
    text = (
        f"Softmax with T = {words(given(t))} makes probabilities of these scores of three classes, which "
        f"are counted from 0. What is p[{i}]?"
    )
    z = given(scores)

    def solve(pen: Pen) -> None:
        cold = pen.table("z/T", lambda: cooled(z, t), these(("temp.multiply", "temp.cancels"), z, t))
        e = exponentials_of(pen, cold, ("softmax.no-exp",))
        total = pen("sum", sum(e))
        after = these(("temp.after",), share(exponentials(z), i), t)
        pen(f"p[{i}]", e[i] / total, after | these(OF_SHARE, e, i))

    return Task(
        (Say(text), grid("z", scores), *([tables.exponentials(-2, 4)] if level == 2 else [])),
        (Field(f"p[{i}]", NEAR if level == 2 else CLOSE, says=DECIMAL if level == 2 else EITHER),),
        solve,
        "p[i] = e^(z[i]/T) / Σ e^(z[j]/T)",
        {"z": scores, "T": t, "i": i},
        f"dlcli softmax '{decimals([scores])}' --temperature {decimals([[t]])} --explain 0,{i}",
        ("temp.multiply", "temp.cancels", "temp.after"),
    )


def _flattest(dice: Dice) -> Task:
    scores = dice.some(range(-2, 4), 3)
    known = sorted(dice.some(TEMPERATURES, 3))
    said = [f"T = {words(given(one))}" for one in known]
    equal = "all alike: the order of the scores stays"
    text = (
        f"From these scores softmax makes probabilities at three temperatures, {', '.join(said[:2])} and "
        f"{said[2]}. At which are they most even, and at which sharpest, the largest of them nearest to 1?"
    )
    options = (*dice.mixed(said), equal)

    def solve(pen: Pen) -> None:
        for name, right, other, left in (("even", 2, 0, "small"), ("sharpest", 0, 2, "large")):
            why = f"scores are divided by T: {left} differences are left there"
            pen(name, said[right], {"temp.multiply": said[other], "temp.cancels": equal}, why)

    return Task(
        (Say(text), grid("z", scores)),
        tuple(Field(name, form="choice", options=options) for name in ("even", "sharpest")),
        solve,
        "p[i] = e^(z[i]/T) / Σ e^(z[j]/T)",
        {"z": scores, "T": known},
        f"dlcli tensor '{matrix([scores])}' --divide '{decimals([[one] for one in known])}' | dlcli softmax",
        ("temp.multiply", "temp.cancels"),
    )


@topic(
    "softmax-axis",
    "Softmax of a matrix along one axis",
    notes="2.9, 4.6",
    needs=("softmax",),
    levels=("rows", "columns", "which axis was it"),
    idea="Along the axis that is named probabilities add up to 1: each row, or each column, has its own sum.",
    products=9,
)
def softmax_axis(dice: Dice, level: int) -> Task:
    """z and an axis: all probabilities, or the axis."""
    rows, columns = (2, 2) if level == 1 else (2, 3)
    axis = {1: 1, 2: 0, 3: dice.whole(0, 1)}[level]
    scores = _uneven(dice, rows, columns)
    if level == 3:
        return _which_axis(dice, scores, axis)
    z = given(scores)
    one = ("column", "row")[axis]
    i = dice.whole(0, 1)
    places = [(i, j) for j in range(3)] if level == 2 else [(0, 0), (0, 1), (1, 0), (1, 1)]
    text = f"Softmax makes p of the matrix z along axis {axis}, so that each {one} adds up to 1. "
    text += f"What is row {i} of p (counted from 0)?" if level == 2 else "What is p?"

    def solve(pen: Pen) -> None:
        e = exponentials_of(pen, z, ())
        slips = these(("softmax.axis", "softmax.whole"), e, axis) | {"softmax.not-divided": lambda: e}
        pen.table("p", lambda: shares(e, axis), slips, places)

    return Task(
        (Say(text), grid("z", scores)),
        tuple(Field(f"p[{r},{c}]", CLOSE, says=EITHER) for r, c in places),
        solve,
        f"p[i,j] = e^z[i,j] / Σ e^z over the {one}",
        {"z": scores, "axis": axis, "places": places},
        f"dlcli softmax '{decimals(scores)}' --axis {axis} --explain {i},0",
        ("softmax.axis", "softmax.whole", "softmax.not-divided"),
    )


def _uneven(dice: Dice, rows: int, columns: int) -> list[list[Log]]:
    """Scores of which no two in a row or in a column are equal; along each axis only its own sums are 1."""
    while True:
        drawn = dice.table(1, 6, rows, columns)
        e = np.array([[Fraction(one) for one in row] for row in drawn], object)
        lines = [*drawn, *zip(*drawn, strict=True)]
        sums = [*(e / e.sum(1, keepdims=True)).sum(0), *(e / e.sum(0)).sum(1)]
        if all(len({*line}) == len(line) for line in lines) and 1 not in sums:
            return [[Log(one) for one in row] for row in e]


def _which_axis(dice: Dice, scores: list[list[Log]], axis: int) -> Task:
    names = ("each column", "each row", "the whole matrix")
    options = (*dice.mixed(names), "each number alone")
    i, j = dice.whole(0, 1), dice.whole(0, 2)
    z = given(scores)
    shown = given(shares(exponentials(np.array(scores, object)), axis))
    text = (
        "Softmax has made p of z along one of its two axes. What is it in p that adds up to 1 (axis)? And "
        f"what would p[{i},{j}] be, made along the other axis?"
    )

    def solve(pen: Pen) -> None:
        e = exponentials_of(pen, z, ())
        pen("sum of row 0", shown[0].sum())
        pen("sum of column 0", shown[:, 0].sum())
        pen(
            "axis",
            names[axis],
            {"softmax.axis": names[1 - axis], "softmax.whole": names[2], "softmax.sigmoid": options[-1]},
            f"{names[axis]} of p adds up to 1",
        )
        slips = these(("softmax.axis", "softmax.whole"), e, 1 - axis)
        pen.table("p", lambda: shares(e, 1 - axis), slips, [(i, j)])

    return Task(
        (Say(text), grid("z", scores), grid("p", shown.tolist())),
        (Field("axis", form="choice", options=options), Field(f"p[{i},{j}]", CLOSE, says=EITHER)),
        solve,
        "p[i,j] = e^z[i,j] / Σ e^z along the axis",
        {"z": scores, "p": shown.tolist(), "place": (i, j)},
        f"dlcli softmax '{decimals(scores)}' --axis {1 - axis} --explain {i},{j}",
        ("softmax.axis", "softmax.whole"),
    )


@topic(
    "cross-entropy",
    "Cross-entropy: the loss of one picture",
    notes="2.13",
    needs=("softmax",),
    levels=("from probabilities", "from scores", "mean of two pictures"),
    idea="Of all probabilities only that of the right class counts: the loss is minus its natural logarithm.",
    products=10,
)
def cross_entropy(dice: Dice, level: int) -> Task:
    """p or z, and the class t: the loss."""
    if level == 1:
        return _from_probabilities(dice)
    pictures = level - 1
    scores = [logs(dice, 3, 6) for _ in range(pictures)]
    right = [dice.whole(0, 2) for _ in range(pictures)]
    asked = "What is the cross-entropy loss, −ln of the probability of the right class"
    if pictures == 1:
        text = f"A net has the scores z; class {right[0]} (counted from 0) is right. {asked}?"
    else:
        text = (
            f"Two pictures have the scores in the two rows of z; class {right[0]} is right for the first, "
            f"class {right[1]} for the second (counted from 0). {asked} of each, and their mean?"
        )
    z = given(scores)
    names = ["loss"] if pictures == 1 else [f"loss[{n}]" for n in range(pictures)]

    def solve(pen: Pen) -> None:
        losses = []
        for n, t in enumerate(right):
            which = "" if pictures == 1 else str(n)
            e = pen.table(f"e{which}", partial(exponentials, z[n]), {})
            p = pen.table(f"p{which}", partial(shares, e, 0), {})
            slips = these(OF_LOSS, p, t) | these(("ce.log-logit",), z[n], t)
            losses.append(pen(names[n], partial(surprise, p, t), slips))
        if pictures > 1:
            pen("mean", sum(losses) / pictures)

    return Task(
        (Say(text), grid("z", scores), tables.logarithms(_needed(scores, right))),
        tuple(Field(name, NEAR, says=DECIMAL) for name in (*names, *(["mean"] if pictures > 1 else []))),
        solve,
        "p[i] = e^z[i] / Σ e^z[j];  loss = −ln p[t]",
        {"z": scores, "t": right},
        f"dlcli softmax '{decimals(scores)}' --emit log-probabilities --explain 0,{right[0]}",
        ("ce.softmax-twice", "ce.base", "ce.prob", "ce.mean-classes"),
    )


def _needed(scores: list[list[Log]], right: list[int]) -> list[int]:
    """Numbers whose logarithm is needed, and some that are not."""
    needed = {2, 3, 5, 7}
    for row, t in zip(scores, right, strict=True):
        needed |= {int(row[t].of), int(sum(one.of for one in row))}
    return sorted(needed - {1})


def _from_probabilities(dice: Dice) -> Task:
    first = dice.whole(1, 8)
    second = dice.whole(1, 9 - first)
    row = [Fraction(one, 10) for one in dice.mixed((first, second, 10 - first - second))]
    t = dice.whole(0, 2)
    text = (
        f"A net gives three classes the probabilities p; class {t} (counted from 0) is right. What is the "
        "cross-entropy loss, −ln of the probability of the right class?"
    )
    p = given(row)

    def solve(pen: Pen) -> None:
        right = pen("p of the right class", p[t])
        pen("loss", lambda: surprise([right], 0), these(OF_LOSS, p, t))

    return Task(
        (Say(text), grid("p", row), tables.logarithms([Fraction(one, 10) for one in range(1, 9)])),
        (Field("loss", NEAR, says=DECIMAL),),
        solve,
        "loss = −ln p[t]",
        {"p": row, "t": [t]},
        f"dlcli softmax '{decimals([[math.log(q) for q in row]])}' --emit log-probabilities --explain 0,{t}",
        ("ce.softmax-twice", "ce.base", "ce.prob", "ce.mean-classes"),
    )
