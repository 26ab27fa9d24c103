"""Topics of what a net does in training: dropout, activations, batch norm, gradients, Adam, bottlenecks."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import partial
from typing import Any

from dlcli.engines.base.exact import relu, root
from dlcli.engines.base.slips import these
from dlcli.engines.convolution.gradient_slips import input_gradient, weight_gradient
from dlcli.engines.tensors.adam_slips import corrected, moved, stepped
from dlcli.engines.tensors.training_slips import (
    decoded,
    dropped,
    encoded,
    leaky,
    mean,
    normalised,
    sigmoid_of,
    slope,
    squared_error,
    tanh_of,
    variance,
)
from dlcli.teaching.dice import Dice
from dlcli.teaching.task import Field, Lines, Pen, Say, Task, cells, grid
from dlcli.teaching.topic import topic
from dlcli.teaching.topics import tables
from dlcli.teaching.topics.literal import decimals, matrix, vector
from dlcli.teaching.topics.tables import CLOSE, DECIMAL, EITHER, NEAR
from dlcli.teaching.worked import given, words

#: Dropout rates that are no half: at a half much looks right that is not.
RATES = (Fraction(1, 5), Fraction(1, 4), Fraction(2, 5), Fraction(3, 5), Fraction(3, 4), Fraction(4, 5))

#: How dropout is meant.
INVERTED = "(inverted, as in Keras: in training what is kept is divided by 1 − rate)"

OF_DROPOUT = ("drop.unscaled", "drop.p-keep", "drop.multiply")

SIGNED = (-3, -2, -1, 1, 2, 3)


@topic(
    "dropout",
    "Dropout in training and in inference",
    notes="2.10",
    levels=("training", "and inference", "mean over all masks"),
    idea="What is kept grows, so that the mean stays as if nothing were dropped; in inference nothing is "
    "left to do.",
    products=12,
)
def dropout(dice: Dice, level: int) -> Task:
    """x, a mask, a rate: what becomes of the units."""
    return (_training, _inference, _all_masks)[level - 1](dice)


def _training(dice: Dice) -> Task:
    rate, x = dice.one(RATES), dice.some(range(1, 10), 3)
    mask = dice.mixed((1, 1, 0)) if dice.chance(1, 2) else dice.mixed((1, 0, 0))
    text = (
        f"Dropout with rate {words(given(rate))} {INVERTED} meets three units x in training; "
        "the mask says which are kept (1) and which are dropped (0). What are they behind it?"
    )
    z, p = given(x), given(rate)

    def solve(pen: Pen) -> None:
        for i, kept in enumerate(mask):
            pen(f"y[{i}]", partial(dropped, z[i], kept, p), these(OF_DROPOUT, z[i], kept, p))

    return Task(
        (Say(text), grid("x", x), grid("mask", mask)),
        cells("y", 3, tolerance=CLOSE, says=EITHER),
        solve,
        "y = x / (1 − rate) where the mask is 1, else 0",
        {"x": x, "rate": rate, "mask": mask},
        f"dlcli tensor '{vector(x)}' --multiply '{vector(mask)}' --divide {decimals([[1 - rate]])}",
        OF_DROPOUT,
    )


def _inference(dice: Dice) -> Task:
    rate, x = dice.one(RATES), dice.whole(1, 4)
    weights, biases = dice.some(range(1, 6), 2), [dice.one(SIGNED) for _ in range(2)]
    kept = dice.whole(0, 1)
    mask = [int(i == kept) for i in range(2)]
    text = (
        f"A layer makes two units of the input x = {x}: z[i] = w[i]·x + b[i]. Behind it stands dropout with "
        f"rate {words(given(rate))} {INVERTED}. What are the two units behind it in training, "
        f"where unit {kept} is kept and the other dropped? And what is unit {kept} behind it in inference?"
    )
    w, b, p, one = given(weights), given(biases), given(rate), given(x)

    def solve(pen: Pen) -> None:
        z = pen.table("z", lambda: w * one + b, {})
        for i, keep in enumerate(mask):
            before = these(("drop.before-bias",), w[i] * one, b[i], keep, p)
            slips = these(OF_DROPOUT, z[i], keep, p) | before
            pen(f"training[{i}]", partial(dropped, z[i], keep, p), slips)
        pen(f"inference[{kept}]", z[kept], these(("drop.inference",), z[kept], p))

    names = ("training[0]", "training[1]", f"inference[{kept}]")
    scale = decimals([[1 - rate]])
    return Task(
        (Say(text), grid("w", weights), grid("b", biases)),
        tuple(Field(name, CLOSE, says=EITHER) for name in names),
        solve,
        "training: z / (1 − rate), or 0;  inference: z",
        {"x": x, "w": weights, "b": biases, "rate": rate, "kept": kept},
        f"dlcli tensor '{vector(weights)}' --multiply {x} --add '{vector(biases)}' --multiply "
        f"'{vector(mask)}' --divide {scale}",
        (*OF_DROPOUT[:2], "drop.before-bias", "drop.inference"),
    )


def _all_masks(dice: Dice) -> Task:
    rate, x = dice.one(RATES), dice.some(range(1, 10), 2)
    text = (
        f"Two units x are added behind dropout with rate {words(given(rate))} {INVERTED}. What "
        "is their sum when both are kept, and when only the first is? And what is the mean of the sum over "
        "all four masks, each weighted by its probability?"
    )
    z, p = given(x), given(rate)

    def solve(pen: Pen) -> None:
        y = [pen(f"y[{i}]", partial(dropped, z[i], 1, p), these(OF_DROPOUT, z[i], 1, p)) for i in range(2)]
        both = pen("both", y[0] + y[1])
        first = pen("first", y[0])
        two = pen("P(both)", (1 - p) ** 2)
        one = pen("P(first)", (1 - p) * p)
        even = these(("drop.even",), [both, first, y[1], given(0)])
        pen("mean", two * both + one * first + one * y[1], even)

    return Task(
        (Say(text), grid("x", x)),
        tuple(Field(name, CLOSE, says=EITHER) for name in ("both", "first", "mean")),
        solve,
        "y = x / (1 − rate);  mean = Σ P(mask) · sum of what is kept",
        {"x": x, "rate": rate},
        f"dlcli tensor '{vector(x)}' --divide {decimals([[1 - rate]])}",
        (*OF_DROPOUT[:2], "drop.even"),
    )


@topic(
    "relu-family",
    "Activations and their derivatives",
    notes="2.8",
    levels=("ReLU and leaky ReLU", "sigmoid or tanh", "the derivative from the value"),
    idea="ReLU looks at the sign alone; sigmoid and tanh are made of e^x, and their derivatives of their "
    "values.",
)
def relu_family(dice: Dice, level: int) -> Task:
    """x, a function: its values; or the values, and the derivatives."""
    return (_rectified, _curved, _slopes)[level - 1](dice)


def _rectified(dice: Dice) -> Task:
    halves = [Fraction(one, 2) for one in range(1, 9)]
    x = dice.mixed((-dice.one(halves), dice.one(halves)))
    alpha = dice.one((Fraction(1, 10), Fraction(1, 5), Fraction(3, 10), Fraction(1, 100)))
    text = (
        f"ReLU is max(0, x); leaky ReLU is x above 0 and α·x below, here with α = {words(given(alpha))}. "
        "What do both make of these two numbers x?"
    )
    z, a = given(x), given(alpha)

    def solve(pen: Pen) -> None:
        for i, one in enumerate(z):
            pen(f"relu[{i}]", partial(relu, one), these(("activation.amount",), one))
        slips = ("activation.leaky-zero", "activation.leaky-sign", "activation.leaky-all")
        for i, one in enumerate(z):
            pen(f"leaky[{i}]", partial(leaky, one, a), these(slips, one, a))

    return Task(
        (Say(text), grid("x", x)),
        (*cells("relu", 2), *cells("leaky", 2)),
        solve,
        "relu = max(0, x);  leaky = x above 0, α·x below",
        {"x": x, "α": alpha},
        f"dlcli activate leaky-relu:{decimals([[alpha]])} '{decimals([x])}' --explain 0,{x.index(min(x))}",
        ("activation.amount", "activation.leaky-zero", "activation.leaky-sign", "activation.leaky-all"),
    )


def _curved(dice: Dice) -> Task:
    name = dice.one(("sigmoid", "tanh"))
    half = Fraction(1, 2)
    x = dice.some((-2, -1, -half, half, 1, 2), 2)
    text = f"What does {name} make of these two numbers x?"
    function = sigmoid_of if name == "sigmoid" else tanh_of
    slips = {
        "sigmoid": ("activation.sigmoid-sign", "activation.sigmoid-bare", "activation.sigmoid-tanh"),
        "tanh": ("activation.tanh-sigmoid", "activation.tanh-half", "activation.tanh-upside"),
    }[name]
    z = given(x)

    def solve(pen: Pen) -> None:
        for i, one in enumerate(z):
            pen(f"e^−x[{i}]", (-one).exp())
            pen(f"{name}[{i}]", partial(function, one), these(slips, one))

    return Task(
        (Say(text), grid("x", x), tables.table("e^x", math.exp, (-2, -1, -half, 0, half, 1, 2))),
        cells(name, 2, tolerance=NEAR, says=DECIMAL),
        solve,
        "sigmoid = 1 / (1 + e^−x)" if name == "sigmoid" else "tanh = (e^x − e^−x) / (e^x + e^−x)",
        {"x": x, "function": name},
        f"dlcli activate {name} '{decimals([x])}' --explain 0,0",
        slips,
    )


def _slopes(dice: Dice) -> Task:
    name = dice.one(("sigmoid", "tanh"))
    tenths = range(1, 10) if name == "sigmoid" else (*range(-9, 0), *range(1, 10))
    y = [Fraction(one, 10) for one in dice.some(tenths, 2)]
    text = f"Two units with {name} have the values y. What is the derivative of {name} at each of them?"
    slips = ("activation.prime-other", "activation.prime-one-minus", "activation.prime-inverse")
    x = [math.log(v / (1 - v)) if name == "sigmoid" else math.atanh(v) for v in y]
    values = given(y)

    def solve(pen: Pen) -> None:
        for i, value in enumerate(values):
            known = these((*slips, "activation.prime-again"), name, value)
            pen(f"derivative[{i}]", partial(slope, name, value), known)

    return Task(
        (Say(text), grid("y", y)),
        cells("derivative", 2, tolerance=Fraction(1, 1000), says="to 4 decimals"),
        solve,
        "sigmoid: y·(1 − y)" if name == "sigmoid" else "tanh: 1 − y²",
        {"y": y, "function": name},
        f"dlcli activate {name} '{decimals([x])}' --derivative --explain 0,0",
        slips,
    )


#: Four numbers whose variance is the square of a fraction; so it stays when all are moved.
BATCHES = (
    (0, 0, 4, 4), (0, 0, 6, 6), (0, 0, 3, 3), (0, 1, 1, 4), (0, 3, 3, 4), (0, 2, 2, 8), (0, 6, 6, 8),
    (0, 3, 4, 7), (0, 1, 4, 9), (0, 5, 8, 9),
)  # fmt: skip

#: Running variances and ε whose sum is the square of a fraction.
RUNNING: tuple[tuple[Any, Any], ...] = (
    (2, Fraction(1, 4)),
    (6, Fraction(1, 4)),
    (Fraction(3, 4), Fraction(1, 4)),
    (3, 1),
    (8, 1),
    (15, 1),
)


@topic(
    "batchnorm",
    "Batch norm",
    notes="2.8",
    levels=("mean and deviation", "with gamma and beta", "inference"),
    idea="From each number of a feature the mean is taken away, and the rest is divided by the deviation.",
    products=14,
)
def batchnorm(dice: Dice, level: int) -> Task:
    """A batch of four: its statistics, or what becomes of it; or running values in their place."""
    if level == 3:
        return _running(dice)
    move = dice.whole(-3, 3)
    column = [one + move for one in dice.mixed(dice.one(BATCHES))]
    return _statistics(column) if level == 1 else _of_feature(dice, column)


def _statistics(x: list[int]) -> Task:
    text = (
        "A feature has these values x in a batch of four. With which mean and which standard deviation does "
        "batch norm normalise them in training (ε = 0; the variance is the mean of the squared distances "
        "from the mean)?"
    )
    z = given(x)

    def solve(pen: Pen) -> None:
        m = pen("mean", mean(z))
        v = pen("variance", variance(z, m), these(("bn.unbiased", "bn.uncentred"), z, m))
        pen("deviation", lambda: root(v), {"bn.no-root": v})

    return Task(
        (Say(text), grid("x", x)),
        (Field("mean"), Field("deviation", NEAR, says=DECIMAL)),
        solve,
        "mean = Σ x / n;  deviation = √(Σ (x − mean)² / n)",
        {"x": x},
        f"dlcli normalize '{vector(x)}' --eps 0 --explain 0,0",
        ("bn.unbiased", "bn.no-root", "bn.uncentred"),
    )


def _of_feature(dice: Dice, column: list[int]) -> Task:
    other = dice.wholes(-3, 9, 4)
    f = dice.whole(0, 1)
    x = [[one, two] if f == 0 else [two, one] for one, two in zip(column, other, strict=True)]
    gamma, beta = dice.one((2, 3, -1, -2, 4)), dice.one(SIGNED)
    i = dice.whole(0, 3)
    asked = sorted((i, dice.one([j for j in range(4) if column[j] != column[i]])))
    text = (
        "A batch of four examples (the rows) with two features (the columns) goes through batch norm in "
        f"training, with ε = 0; feature {f} has gamma = {words(given(gamma))} and beta = "
        f"{words(given(beta))}. What are y[{asked[0]},{f}] and y[{asked[1]},{f}] (rows and columns are "
        "counted from 0)? Of each feature n = (x − mean) / √variance, and y = gamma · n + beta; the variance "
        "is divided by the number of examples."
    )
    z, g, b = given(x), given(gamma), given(beta)

    def solve(pen: Pen) -> None:
        m = pen("mean", mean(z[:, f]))
        v = pen("variance", variance(z[:, f], m), these(("bn.unbiased",), z[:, f], m))
        for i in asked:
            slips = these(("bn.no-root",), z[i, f], m, v) | these(("bn.axis",), z, i, f)
            n = pen(f"n[{i},{f}]", partial(normalised, z[i, f], m, v), slips)
            pen(f"y[{i},{f}]", g * n + b, these(("bn.beta-first",), n, g, b))

    both = [(gamma, 1), (1, gamma)][f], [(beta, 0), (0, beta)][f]
    return Task(
        (Say(text), grid("x", x)),
        tuple(Field(f"y[{i},{f}]", CLOSE, says=EITHER) for i in asked),
        solve,
        "n = (x − mean) / √variance, down the column;  y = gamma · n + beta",
        {"x": x, "feature": f, "gamma": gamma, "beta": beta, "asked": tuple(asked)},
        f"dlcli normalize '{matrix(x)}' --kind batch --eps 0 --gain '{vector(both[0])}' --bias "
        f"'{vector(both[1])}' --explain {asked[0]},{f}",
        ("bn.unbiased", "bn.no-root", "bn.axis", "bn.beta-first"),
    )


def _running(dice: Dice) -> Task:
    v, eps = dice.one(RUNNING)
    m, x = dice.whole(-3, 5), dice.some(range(-4, 10), 2)
    gamma, beta = dice.one((2, 3, -1, -2, 4)), dice.one(SIGNED)
    text = (
        f"A feature of batch norm has the running mean {words(given(m))}, the running variance "
        f"{words(given(v))}, ε = {words(given(eps))}, gamma = {words(given(gamma))} and beta = "
        f"{words(given(beta))}. In inference two examples come with the values x. What does "
        "y = gamma · (x − mean) / √(variance + ε) + beta make of them?"
    )
    z, mean_, variance_, e, g, b = given(x), given(m), given(v), given(eps), given(gamma), given(beta)
    slips = ("bn.no-root", "bn.eps-outside", "bn.eps-forgotten")

    def solve(pen: Pen) -> None:
        for i, one in enumerate(z):
            known = these(slips, one, mean_, variance_, e) | these(("bn.batch",), z, i, e)
            n = pen(f"n[{i}]", partial(normalised, one, mean_, variance_, e), known)
            pen(f"y[{i}]", g * n + b, these(("bn.beta-first",), n, g, b))

    deviation = decimals([[root(v + eps)]])
    return Task(
        (Say(text), grid("x", x)),
        cells("y", 2, tolerance=CLOSE, says=EITHER),
        solve,
        "n = (x − running mean) / √(running variance + ε);  y = gamma · n + beta",
        {"x": x, "m": m, "v": v, "ε": eps, "gamma": gamma, "beta": beta},
        f"dlcli tensor '{vector(x)}' --subtract {m} --divide {deviation} --multiply {gamma} --add {beta}",
        ("bn.batch", "bn.no-root", "bn.eps-outside", "bn.eps-forgotten"),
    )


#: β1 and β2 of Adam as everywhere; with 0.9 and 0.99 the correction would cancel in part.
BETAS = (0.9, 0.999)

#: A step of Adam, the t-th, counted from 1.
ADAM = (
    "m[t] = β1·m[t−1] + (1 − β1)·g",
    "v[t] = β2·v[t−1] + (1 − β2)·g²",
    "w[t] = w[t−1] − lr · m̂ / (√v̂ + ε), with m̂ = m[t] / (1 − β1^t) and v̂ = v[t] / (1 − β2^t)",
)

#: Slips of the correction: the first can be seen in each step, the second from the second on, …
OF_CORRECTION = ("adam.no-correction", "adam.power", "adam.t0")


@topic(
    "adam",
    "A step of Adam",
    notes="2.13",
    levels=("the first step", "the second step", "the third, with ε, and SGD"),
    idea="Adam keeps running means of g and of g², makes up for their beginning at 0, and divides one by "
    "the root.",
    products=30,
)
def adam(dice: Dice, level: int) -> Task:
    """w, lr, gradients: the means and the weight after a step."""
    rate, start = dice.one((0.1, 0.2, 0.5)), dice.whole(-2, 3)
    gradients = [dice.one((-4, -3, -2, -1, 1, 2, 3, 4)) for _ in range(level)]
    how = f"lr = {rate}, β1 = 0.9 and β2 = 0.999, and ε is so small that it changes nothing"
    if level == 3:
        return _third(gradients, rate, start, dice.one((0.2, 0.5)))
    numbers = [words(given(one)) for one in gradients]
    steps = f"in its first step the gradient is g = {numbers[0]}"
    if level == 2:
        steps = f"in its first two steps the gradient is g = {numbers[0]} and then {numbers[1]}"
    text = f"A weight is {words(given(start))}; {steps}. For Adam m and v begin at 0, {how}."
    asked = [f"m[{level}]", f"v[{level}]", f"w[{level}]"]
    what = f"What are {asked[0]}, {asked[1]} and the weight {asked[2]} after step {level}?"
    targets = ("adam.no-correction", "adam.no-root", ("adam.ascent", "adam.power")[level - 1])
    return _steps(f"{text} {what}", gradients, rate, (start, 0.0, 0.0), asked, targets)


def _third(gradients: list[int], rate: float, start: int, eps: float) -> Task:
    known = (0.0, 0.0)
    for g in gradients[:2]:
        known = (float(moved(known[0], BETAS[0], g)), float(moved(known[1], BETAS[1], g**2)))
    text = (
        f"After two steps of Adam a weight is {words(given(start))}, m = {words(given(known[0]))} and v = "
        f"{known[1]:.6f}; in the third the gradient is g = {words(given(gradients[2]))}. Here lr = {rate}, "
        f"β1 = 0.9 and β2 = 0.999, and ε = {eps}, which is added to the root of the corrected v. What are "
        "m[3] and the weight w[3] after this step? And what would the weight be after this step by plain "
        "gradient descent with the same lr (sgd)?"
    )
    targets = ("adam.no-correction", "adam.no-root", "adam.power", "adam.eps-inside")
    return _steps(text, gradients, rate, (start, *known), ["m[3]", "w[3]", "sgd"], targets, eps)


def _steps(
    text: str,
    gradients: list[int],
    rate: float,
    before: tuple[int, float, float],
    asked: list[str],
    targets: tuple[str, ...],
    eps: float = 0,
) -> Task:
    """Steps of Adam from w, m and v before them; the last is asked for."""
    last = len(gradients)
    first = 3 if last == 3 else 1
    slips = OF_CORRECTION[:last]

    def solve(pen: Pen) -> None:
        b1, b2, lr = given(BETAS[0]), given(BETAS[1]), given(rate)
        w, m, v = (given(one) for one in before)
        for t in range(first, last + 1):
            g = given(gradients[t - 1])
            of_v = these(("adam.betas",), v, b1, g**2) | these(("adam.no-square",), v, b2, g)
            m = pen(f"m[{t}]", moved(m, b1, g), these(("adam.betas",), m, b2, g))
            v = pen(f"v[{t}]", moved(v, b2, g**2), of_v)
            mh = pen(f"m̂[{t}]", partial(corrected, m, b1, t), these(slips, m, b1, t))
            of_root = these((*slips, "adam.correction-sqrt"), v, b2, t)
            vh = pen(f"v̂[{t}]", partial(corrected, v, b2, t), of_root)
            if last == 3:
                pen("sgd", w - lr * g)
            numbers = (w, mh, vh, lr, given(eps) if eps else 0)
            of_step = these(("adam.no-root", "adam.ascent"), *numbers)
            if eps:
                of_step |= these(("adam.eps-inside",), *numbers)
                of_step |= these(("adam.eps-hat",), *numbers, 1 - b2**t)
            w = pen(f"w[{t}]", partial(stepped, *numbers), of_step)

    return Task(
        (Say(text), Lines(ADAM)),
        tuple(Field(name, Fraction(1, 10**4), says="to 5 decimals") for name in asked),
        solve,
        "m = β1·m + (1 − β1)·g;  v = β2·v + (1 − β2)·g²;  w = w − lr · m/(1 − β1^t) / (√(v/(1 − β2^t)) + ε)",
        {"g": gradients, "lr": rate, "w": before[0], "known": before[1:], **({"ε": eps} if eps else {})},
        "",
        targets,
    )


@topic(
    "conv-grad",
    "Gradients of a convolution",
    notes="2.13",
    needs=("conv-map",),
    levels=("of one weight", "of the input", "of the bias, and a step"),
    idea="Every product of the forward pass sends its gradient back to both factors; what a number met, "
    "it adds up.",
    products=12,
)
def conv_grad(dice: Dice, level: int) -> Task:
    """x, k, dY: one cell of dK, two of dX, or a step."""
    x, k, dy = dice.table(0, 5, 3, 3), dice.table(-2, 2, 2, 2), dice.table(-2, 2, 2, 2)
    if level == 2:
        return _of_input(dice, x, k, dy)
    a, c = dice.whole(0, 1), dice.whole(0, 1)
    rate, bias = dice.one((Fraction(1, 10), Fraction(1, 2), Fraction(1, 5))), dice.one(SIGNED)
    said = "y[i,j] = Σ x[i+a,j+c]·k[a,c] + b, rows and columns counted from 0"
    text = f"A convolution ({said}) has the input x; the gradient of the loss by its output y is dY. "
    if level == 1:
        text += f"What is the gradient dk[{a},{c}] of the weight k[{a},{c}]?"
    else:
        text += (
            f"The weight k[{a},{c}] is {words(given(k[a][c]))}, the bias b is {words(given(bias))}. What is "
            f"the gradient dk[{a},{c}] of this weight, and what are k[{a},{c}] and b after a step of "
            f"gradient descent with lr = {words(given(rate))}?"
        )
    gx, gy, lr, w, b = given(x), given(dy), given(rate), given(k[a][c]), given(bias)
    of_weight = ("grad.dy-turned", "grad.dy-transposed", "grad.transposed-place", "grad.first-window")
    step = ("grad.ascent", "grad.no-rate")

    def solve(pen: Pen) -> None:
        slips = these(of_weight, gx, gy, a, c)
        dk = pen(f"dk[{a},{c}]", partial(weight_gradient, gx, gy, a, c), slips)
        if level == 3:
            pen(f"k[{a},{c}]", w - lr * dk, these(step, w, dk, lr))
            db = pen("db", gy.sum(), these(("grad.bias-mean",), gy) | these(("grad.bias-times-x",), gy, gx))
            pen("b", b - lr * db, these(step, b, db, lr))

    names = [f"dk[{a},{c}]"] + [f"k[{a},{c}]", "b"] * (level == 3)
    return Task(
        (Say(text), grid("x", x), grid("dY", dy)),
        tuple(Field(name) for name in names),
        solve,
        "dk[a,c] = Σ x[i+a,j+c] · dY[i,j];  db = Σ dY;  w ← w − lr · dw",
        {"x": x, "k": k, "dY": dy, "place": (a, c), **({"lr": rate, "b": bias} if level == 3 else {})},
        f"dlcli conv '{matrix(x)}' --kernel '{matrix(dy)}' --explain {a},{c}",
        of_weight[:2] if level == 1 else (*step, "grad.bias-mean", "grad.bias-times-x"),
    )


def _of_input(dice: Dice, x: list[list[int]], k: list[list[int]], dy: list[list[int]]) -> Task:
    edge = dice.one(((0, 1), (1, 0), (1, 2), (2, 1)))
    places = sorted(((1, 1), edge))
    text = (
        "A convolution (y[i,j] = Σ x[i+a,j+c]·k[a,c], rows and columns counted from 0) has an input x of 3 "
        "× 3 and the kernel k; the gradient of the loss by its output y is dY. What are the gradients "
        f"dx[{places[0][0]},{places[0][1]}] and dx[{places[1][0]},{places[1][1]}] by the input?"
    )
    gk, gy = given(k), given(dy)
    slips = ("grad.unturned", "grad.mirrored", "grad.transposed")

    def solve(pen: Pen) -> None:
        for i, j in places:
            pen(f"dx[{i},{j}]", partial(input_gradient, gy, gk, i, j), these(slips, gy, gk, i, j))

    turned = [row[::-1] for row in k[::-1]]
    return Task(
        (Say(text), grid("k", k), grid("dY", dy)),
        tuple(Field(f"dx[{i},{j}]") for i, j in places),
        solve,
        "dx[i,j] = Σ dY[i−a,j−c] · k[a,c]",
        {"x": x, "k": k, "dY": dy, "places": places},
        f"dlcli conv '{matrix(dy)}' --kernel '{matrix(turned)}' --padding 1 --explain "
        f"{places[0][0]},{places[0][1]}",
        slips,
    )


@topic(
    "autoencoder",
    "Bottleneck and reconstruction",
    notes="3",
    needs=("params-dense",),
    levels=("parameters", "code", "squared error"),
    idea="The encoder makes few numbers of many, the decoder many of few; what is lost is the loss.",
    products=10,
)
def autoencoder(dice: Dice, level: int) -> Task:
    """n, m: parameters; x, W: the code; x, c, u: what is lost."""
    return (_counted, _coded, _lost)[level - 1](dice)


def _counted(dice: Dice) -> Task:
    n, m = dice.whole(8, 30), dice.whole(2, 6)
    text = (
        f"An autoencoder of two dense layers makes a code of {m} numbers out of {n}, and {n} out of the "
        "code; every unit has a bias, and the decoder has weights of its own. How many parameters does it "
        "have?"
    )
    a, b = given(n), given(m)
    slips = ("autoencoder.bias", "autoencoder.half", "autoencoder.tied")

    def solve(pen: Pen) -> None:
        encoder = pen("encoder", a * b + b)
        decoder = pen("decoder", b * a + a)
        pen("parameters", encoder + decoder, these(slips, a, b))

    return Task(
        (Say(text),),
        (Field("parameters"),),
        solve,
        "n·m + m in the encoder, m·n + n in the decoder",
        {"n": n, "m": m},
        "",
        slips,
    )


def _coded(dice: Dice) -> Task:
    x, w = dice.wholes(0, 5, 4), dice.table(-1, 2, 4, 2)
    b, u = [dice.one(SIGNED) for _ in range(2)], [dice.one((-2, -1, 1, 2)) for _ in range(2)]
    text = (
        "A linear encoder makes a code of x: c[j] = Σ x[i]·w[i,j] + b[j]. The first number of the "
        "reconstruction is y[0] = Σ c[j]·u[j]. What are the code and y[0]?"
    )
    gx, gw, gb, gu = given(x), given(w), given(b), given(u)
    slips = ("autoencoder.code-bias", "autoencoder.reordered")

    def solve(pen: Pen) -> None:
        c = [pen(f"c[{j}]", encoded(gx, gw, gb, j), these(slips, gx, gw, gb, j)) for j in range(2)]
        pen("y[0]", decoded(c, gu), these(("autoencoder.code-swapped",), c, gu))

    return Task(
        (Say(text), grid("x", x), grid("w", w), grid("b", b), grid("u", u)),
        (Field("c[0]"), Field("c[1]"), Field("y[0]")),
        solve,
        "c[j] = Σ x[i]·w[i,j] + b[j];  y[0] = Σ c[j]·u[j]",
        {"x": x, "w": w, "b": b, "u": u},
        "",
        slips,
    )


def _lost(dice: Dice) -> Task:
    x, c = dice.wholes(0, 6, 4), dice.one((2, 3, 4))
    u = [dice.one((Fraction(1, 2), 1, Fraction(3, 2), 2, 0)) for _ in range(4)]
    text = (
        f"An autoencoder has made the code c = {c} of the four numbers x; its decoder makes y[i] = c·u[i] "
        "of it. What is the mean squared error between x and y?"
    )
    gx, gc, gu = given(x), given(c), given(u)
    slips = ("autoencoder.sum", "autoencoder.amount", "autoencoder.signed", "autoencoder.root")

    def solve(pen: Pen) -> None:
        y = pen.table("y", lambda: gu * gc, {})
        pen("loss", squared_error(gx, y), these(slips, gx, y))

    return Task(
        (Say(text), grid("x", x), grid("u", u)),
        (Field("loss", NEAR, says="to 3 decimals"),),
        solve,
        "loss = Σ (x − y)² / n",
        {"x": x, "c": c, "u": u},
        "",
        ("autoencoder.sum", "autoencoder.amount", "autoencoder.root"),
    )
