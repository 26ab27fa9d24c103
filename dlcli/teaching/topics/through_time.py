"""Topics of the way back: losses over time, the gradient as a sum of paths, when it vanishes."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from dlcli.engines.recurrent.slips import (
    half_square,
    handed_back,
    over_weights,
    through_tanh,
)
from dlcli.teaching.dice import Dice
from dlcli.teaching.task import Field, Pen, Say, Task, cells, grid
from dlcli.teaching.topic import topic
from dlcli.teaching.topics.literal import listed
from dlcli.teaching.topics.slipping import those
from dlcli.teaching.worked import given, words

HALF = Fraction(1, 2)

#: How each loss is meant.
LOSS = "L[t] = ½·(y[t] − target[t])²"


@topic(
    "loss-time",
    "Loss of each step and their sum",
    notes="4.3.8",
    needs=("rnn-state", "cross-entropy"),
    levels=("the sum", "the mean", "the last alone"),
    idea="Each step that has a target has a loss of its own; the text says what is made of them.",
    products=6,
)
def loss_time(dice: Dice, level: int) -> Task:
    """Outputs and targets: losses, and one number of them."""
    steps = 3
    # no multiples of 3: then the sum of three squares is one
    sizes: tuple[Any, ...] = (
        (1, 2, 4, 5) if level < 3 else (*(Fraction(one, 5) for one in (1, 2, 3, 4, 6, 7, 8)), 1, 2, 4, 5)
    )
    errors = [dice.one((-1, 1)) * dice.one(sizes) for _ in range(steps)]
    targets = dice.wholes(-4, 5, steps)
    outputs = [target + error for target, error in zip(targets, errors, strict=True)]
    asked = ("their sum L", "their mean L", "the loss L")[level - 1]

    def solve(pen: Pen) -> None:
        losses = []
        for t in range(steps):
            if level == 3 and t < steps - 1:
                losses.append(half_square(given(outputs[t]), given(targets[t])))
                continue
            line = given(outputs[t]), given(targets[t])
            losses.append(pen(f"L{t + 1}", half_square(*line), those("loss.no-half loss.not-squared", *line)))
        wrong = those("bptt.last-loss bptt.mean bptt.sum bptt.all-losses", losses)
        if level == 1:
            pen(
                "L",
                losses[0] + losses[1] + losses[2],
                {one: wrong[one] for one in ("bptt.last-loss", "bptt.mean")},
            )
        elif level == 2:
            whole = (losses[0] + losses[1] + losses[2]) / steps
            pen("L", whole, {one: wrong[one] for one in ("bptt.last-loss", "bptt.sum")})
        else:
            averaged = {"bptt.mean": wrong["bptt.mean"], "bptt.all-losses": wrong["bptt.all-losses"]}
            pen("L", losses[-1], averaged)

    made = "its state behind the last step alone" if level == 3 else "every step"
    text = (
        f"A net reads {steps} steps, and {made} has an output y and a target. The loss of a step is {LOSS}. "
        f"Compute {'' if level == 3 else 'the loss of each step and '}{asked}."
    )
    if level == 3:
        text = (
            f"A many-to-one net reads {steps} steps. What it would say at each of them, and what would be "
            f"right there, is below; its loss is that of the last step alone, {LOSS}. Compute {asked}."
        )
    names = [*(f"L{t}" for t in (1, 2, 3) if level < 3), "L"]
    given_ = {"y": outputs, "target": targets}
    return Task(
        (Say(text), grid("", [outputs, targets], [str(t) for t in (1, 2, 3)], ("y", "target"))),
        tuple(Field(name) for name in names),
        solve,
        (f"{LOSS},  L = Σ L[t]", f"{LOSS},  L = Σ L[t] / T", "L = ½·(y[T] − target[T])²")[level - 1],
        given_,
        f"dlcli tensor {listed(outputs)} --subtract={listed(targets)} --power 2 --divide 2",
        ("loss.no-half", "loss.not-squared")
        + (("bptt.last-loss", "bptt.mean"), ("bptt.last-loss", "bptt.sum"), ("bptt.all-losses", "bptt.mean"))[
            level - 1
        ],
    )


#: Weights of a linear unit.
WEIGHTS = (HALF, -HALF, 2, -2, Fraction(3, 2))


@topic(
    "bptt-path",
    "The gradient as a sum of paths",
    notes="4.3.9, 4.4.3",
    needs=("loss-time",),
    levels=("paths of the last loss", "all losses", "through tanh and a matrix"),
    idea="A weight is used at every step: go back from each loss, and add what each use contributes.",
    products=14,
    digits=6,
)
def bptt_path(dice: Dice, level: int) -> Task:
    """w, x, y: the terms and their sum."""
    return (_last_loss, _all_losses, _through_tanh)[level - 1](dice)


def _unit(dice: Dice) -> tuple[Any, list[Any], list[Any], str]:
    """Weight, states and errors of three steps, and what is said of them."""
    w = dice.one(WEIGHTS)
    xs, errors = [dice.one((-2, -1, 1, 2)) for _ in range(3)], [dice.one((-2, -1, 1, 2)) for _ in range(3)]
    h: list[Any] = []
    for x in xs:
        h.append(Fraction(x) + (w * h[-1] if h else 0))
    states = ", ".join(f"h{t} = {words(given(one))}" for t, one in enumerate(h, 1))
    said = (
        f"A linear unit, h[t] = w·h[t−1] + x[t] with w = {words(given(w))} and h0 = 0, has read three steps: "
        f"{states}. "
    )
    return w, h, errors, said


def _last_loss(dice: Dice) -> Task:
    w, h, errors, said = _unit(dice)
    e = errors[-1]

    def solve(pen: Pen) -> None:
        weight, error, states = given(w), given(e), given(h)
        back = pen("dh2", weight * error, {"bptt.no-factor": error})
        two = {"bptt.h-index": error * states[2]}
        first = pen("path3", error * states[1], two)
        none = {"bptt.h-index": back * states[1], "bptt.direct-only": given(0)}
        second = pen("path2", back * states[0], none)
        pen("dw", first + second, {"bptt.direct-only": first})

    text = (
        f"{said}The loss hangs on h3 alone, dL/dh3 = {words(given(e))}. The gradient dL/dw is a sum of "
        "paths, one for each use of w: path3 is the use in step 3, path2 that in step 2, reached through "
        "h2; the path of step 1 is 0, for h0 is. Compute path3, path2 and their sum dw."
    )
    return Task(
        (Say(text),),
        tuple(Field(name) for name in ("path3", "path2", "dw")),
        solve,
        "path3 = dL/dh3 · h2,  path2 = dL/dh3 · w · h1",
        {"w": w, "h": h, "e": [0, 0, e], "names": "path3 path2 dw"},
        "",
        ("bptt.direct-only", "bptt.h-index", "bptt.no-factor"),
    )


def _all_losses(dice: Dice) -> Task:
    w, h, errors, said = _unit(dice)

    def solve(pen: Pen) -> None:
        weight, (e1, e2, e3), states = given(w), given(errors), given(h)
        third = e3
        line = (e2, weight, third)
        back = "bptt.direct-only bptt.no-factor"
        only = {"bptt.last-loss": lambda: handed_back(given(0), weight, third)}
        second = pen("dh2", handed_back(*line), those(back, *line) | only)
        index = {"bptt.h-index": third * states[2] + second * states[1] + e1 * states[0]}
        pen(
            "dw",
            third * states[1] + second * states[0],
            index | {"bptt.mean": lambda: (third * states[1] + second * states[0]) / 3},
        )

    listed = ", ".join(f"e{t} = {words(given(one))}" for t, one in enumerate(errors, 1))
    text = (
        f"{said}Every step has a loss, and these are added up; y[t] − target[t] is {listed}, where y[t] = "
        "h[t] and L[t] = ½·(y[t] − target[t])². Compute dh2, the derivative of the whole loss by h2 with "
        "all ways counted, and dw, that by w."
    )
    return Task(
        (Say(text),),
        (Field("dh2"), Field("dw")),
        solve,
        "dh3 = e3,  dh2 = e2 + w·dh3,  dw = Σ dh[t]·h[t−1]",
        {"w": w, "h": h, "e": errors, "names": "dh2 dw"},
        "",
        ("bptt.direct-only", "bptt.last-loss", "bptt.h-index", "bptt.mean"),
    )


def _through_tanh(dice: Dice) -> Task:
    after = [Fraction(dice.one((-8, -6, -5, -4, -2, 2, 4, 5, 6, 8)), 10) for _ in range(2)]
    before = [Fraction(dice.one((-6, -4, -3, 3, 4, 7)), 10) for _ in range(2)]
    error = [dice.one((-2, -1, 1, 2, 4)) for _ in range(2)]
    u = [[dice.one((-2, -1, -HALF, HALF, 1, 2)) for _ in range(2)] for _ in range(2)]
    i, j = dice.whole(0, 1), dice.whole(0, 1)

    def solve(pen: Pen) -> None:
        e, h, old, weights = (given(one) for one in (error, after, before, u))
        names = "bptt.tanh-prime bptt.no-prime"
        delta = pen.table("delta", lambda: through_tanh(e, h), those(names, e, h))
        pen.table("back", lambda: over_weights(delta, weights), those("bptt.transpose", delta, weights))
        pen(
            f"dU[{i},{j}]",
            old[i] * delta[j],
            {"bptt.h-index": h[i] * delta[j], "bptt.transpose": old[j] * delta[i]},
        )

    text = (
        "Two units, h[t] = tanh(x[t]·W + h[t−1]·U) with rows for x and h, have in the last step the states "
        "h[t]; dL/dh[t] is e. Compute delta = e·(1 − h[t]²), cell by cell, which is the derivative by what "
        f"stands in tanh; back = dL/dh[t−1]; and dU[{i},{j}], what this step contributes to the gradient of "
        f"U[{i},{j}]."
    )
    return Task(
        (Say(text), grid("h[t]", after), grid("h[t−1]", before), grid("e", error), grid("U", u)),
        (*cells("delta", 2), *cells("back", 2), Field(f"dU[{i},{j}]")),
        solve,
        "δ = e·(1 − h²),  back = δ·Uᵀ,  dU[i,j] = h[t−1][i]·δ[j]",
        {"after": after, "before": before, "e": error, "u": u, "place": (i, j)},
        "",
        ("bptt.tanh-prime", "bptt.no-prime", "bptt.transpose", "bptt.h-index"),
    )


@topic(
    "vanish",
    "When the gradient vanishes",
    notes="4.4.4",
    needs=("bptt-path",),
    levels=("what is left", "the first distance below 1 %", "which of three cells"),
    idea="Each step back multiplies by w and by the derivative of tanh: a power of the distance.",
    products=12,
    digits=5,
)
def vanish(dice: Dice, level: int) -> Task:
    """w, h and a distance."""
    if level == 3:
        return _three_cells(dice)
    h = Fraction(dice.one((-6, -5, -4, 4, 5, 6, 8, -8)), 10)
    w = dice.one((HALF, Fraction(4, 5), Fraction(3, 4), Fraction(9, 10), Fraction(5, 4), Fraction(3, 2)))
    if level == 2:
        w = dice.one((HALF, Fraction(3, 5), Fraction(2, 5), Fraction(7, 10)))
    steps = dice.whole(3, 4)
    text = (
        f"A unit h[t] = tanh(w·h[t−1] + x[t]) has w = {words(given(w))}, and its state is about "
        f"{words(given(h))} at every step. Each step back multiplies the gradient by the same factor, w "
        "times the derivative of tanh, which is 1 − h². "
    )
    text += (
        f"Compute the factor, and what is left of a gradient of 1 after {steps} steps, to 2 significant "
        "digits."
        if level == 1
        else "Compute the factor. After how many steps is less than 1 % of a gradient left for the "
        "first time?"
    )

    def solve(pen: Pen) -> None:
        weight, state = given(w), given(h)
        factor = pen("factor", weight * (1 - state**2), those("vanish.no-derivative", weight, state))
        if level == 1:
            names = "vanish.power vanish.power-less vanish.linear"
            base = given(float(factor.value))
            pen("left", base**steps, those(names, base, steps))
            return
        count = _below(factor.value)
        for power in (count - 1, count):
            pen(f"after {power} steps", given(float(factor.value)) ** power)
        wrong = {"vanish.power": given(count + 1), "vanish.power-less": given(count - 1)}
        pen("steps", given(count), wrong)

    left = (w * (1 - h * h)) ** steps
    near = (
        (Field("left", _half_digit(left), says="to 2 significant digits"),)
        if level == 1
        else (Field("steps"),)
    )
    return Task(
        (Say(text),),
        (Field("factor"), *near),
        solve,
        ("factor = w·(1 − h²),  left = factor^steps", "the least n with factor^n < 0.01")[level - 1],
        {"w": w, "h": h} | ({"steps": steps} if level == 1 else {}),
        (
            f"dlcli tensor {listed([h])} --power 2 --multiply=-1 --add 1 --multiply {float(w)} "
            f"--power {listed((1, steps if level == 1 else _below(w * (1 - h * h))))}"
        ),
        ("vanish.no-derivative", "vanish.power", "vanish.power-less") + ("vanish.linear",) * (level == 1),
    )


def _half_digit(value: Fraction) -> Fraction:
    """Half of the second significant digit.

    >>> _half_digit(Fraction(123, 1000))
    Fraction(1, 200)
    """
    unit = Fraction(1)
    while abs(value) < unit:
        unit /= 10
    return unit / 20


def _below(factor: Any) -> int:
    """The first power that is less than a hundredth. Raises ``ValueError`` where none is."""
    if abs(factor) >= 1 or not factor:
        raise ValueError("it never falls")
    power = 1
    while abs(factor) ** power >= Fraction(1, 100):
        power += 1
    return power


#: Cells that hand a gradient back.
SIMPLE, LEAKY, GATED = "the simple unit", "the leaky unit", "the LSTM"


def _three_cells(dice: Dice) -> Task:
    steps = dice.whole(4, 10)
    while True:
        w, h = (
            dice.one((Fraction(6, 5), Fraction(11, 10), Fraction(3, 2))),
            Fraction(dice.one((5, 6, 7, 8)), 10),
        )
        alpha, f = (Fraction(dice.one((1, 2, 3, 4, 6, 7, 8, 9)), 10) for _ in range(2))
        if len({w * (1 - h * h), alpha, f, 1 - alpha, 1 - f}) == 5:
            break

    def solve(pen: Pen) -> None:
        simple = pen(
            "simple", given(w) * (1 - given(h) ** 2), those("vanish.no-derivative", given(w), given(h))
        )
        leak = pen("leaky", given(alpha), {"leaky.reversed": 1 - given(alpha)})
        gate = pen("lstm", given(f), {"lstm.complement": 1 - given(f)})
        factors = (simple.value, leak.value, gate.value)
        pen("cell", _largest(*factors), None, "the largest factor, and so the largest power")

    text = (
        f"Three cells hand a gradient back over {steps} steps: {SIMPLE}, h[t] = tanh(w·h[t−1] + x[t]) with w "
        f"= {words(given(w))} and states of about {words(given(h))}; {LEAKY}, h[t] = α·h[t−1] + (1 − α)·x[t] "
        f"with α = {words(given(alpha))}; {GATED}, whose forget gate is f = {words(given(f))} and whose "
        "gradient runs along its cell state. By which factor does each multiply the gradient in one step, "
        "and which hands back most?"
    )
    return Task(
        (Say(text),),
        (
            *(Field(name) for name in ("simple", "leaky", "lstm")),
            Field("cell", form="choice", options=tuple(dice.mixed((SIMPLE, LEAKY, GATED)))),
        ),
        solve,
        "factors w·(1 − h²), α, f",
        {"w": w, "h": h, "α": alpha, "f": f},
        "",
        ("vanish.no-derivative", "leaky.reversed", "lstm.complement"),
    )


def _largest(simple: Any, leaky: Any, gated: Any) -> str:
    """The cell with the largest factor; the first of those that have it."""
    factors = {SIMPLE: simple, LEAKY: leaky, GATED: gated}
    return max(factors, key=lambda one: factors[one])
