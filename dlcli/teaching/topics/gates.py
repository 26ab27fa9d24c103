"""Topics of gates: one step of an LSTM, what each gate does, one step of a GRU."""

from __future__ import annotations

from fractions import Fraction
from operator import itemgetter
from typing import Any

import numpy as np

from dlcli.engines.base.exact import sigmoid, tanh
from dlcli.engines.recurrent.slips import (
    blended,
    blended_by_reset,
    candidate_sum,
    each,
    kept,
    keras_order,
)
from dlcli.teaching.dice import Dice
from dlcli.teaching.task import Field, Lines, Pen, Say, Task, cells, grid
from dlcli.teaching.topic import topic
from dlcli.teaching.topics.slipping import looked_up, those, turned_into
from dlcli.teaching.worked import given, words

HALF, THOUSANDTH = Fraction(1, 2), Fraction(1, 1000)

DECIMALS = "to 3 decimals"

#: Gates that are given: tenths, none of them a half.
OPEN = tuple(Fraction(one, 10) for one in (1, 2, 3, 4, 6, 7, 8, 9))

CANDIDATES = tuple(Fraction(one, 10) for one in (-8, -6, -5, 5, 6, 8))

#: What every LSTM here says of itself.
LSTM = "c[t] = f·c[t−1] + i·g,  h[t] = o·tanh(c[t])"


@topic(
    "lstm-step",
    "One LSTM step, gates given",
    notes="4.4.7",
    needs=("rnn-state",),
    levels=("the cell state", "cell state and output", "gates from their sums"),
    idea="Keep f of the old cell state, add i of the candidate; the output gate shows tanh of that.",
    products=4,
)
def lstm_step(dice: Dice, level: int) -> Task:
    """Gates, candidate, c: C and h."""
    return _from_sums(dice) if level == 3 else _gates_given(dice, level)


#: Slips of the cell state, and of the output.
OF_CELL = "lstm.f-i lstm.complement lstm.coupled lstm.forget-all"
OF_OUTPUT = "lstm.tanh-c lstm.c-for-h lstm.old-c"


def _gates_given(dice: Dice, level: int) -> Task:
    f, i, o = dice.some(OPEN, 3)
    g, c = dice.one(CANDIDATES), dice.one((-2, -1, -HALF, HALF, 1, 2))
    gates = [given(one) for one in (f, i, g, c)]

    def solve(pen: Pen) -> None:
        cell = pen("c", kept(*gates), those(OF_CELL, *gates))
        if level == 2:
            pen("h", given(o) * tanh(cell), those(OF_OUTPUT, given(o), cell, gates[3]))

    def tanhs(pen: Pen) -> None:
        solve(pen)
        pen("c before", gates[3])

    named = f"f = {words(f)}, i = {words(i)}, o = {words(o)}"
    text = (
        f"In one step of an LSTM, {LSTM}, the gates are {named}, the candidate is g = {words(g)}, and "
        f"c[t−1] = {words(c)}. Compute {'the new cell state c' if level == 1 else 'the new c and h'}."
    )
    table = (looked_up("tanh", tanh, tanhs, "c", OF_CELL),) if level == 2 else ()
    return Task(
        (Say(text), *table),
        (Field("c"), *((Field("h", THOUSANDTH, says=DECIMALS),) * (level == 2))),
        solve,
        LSTM,
        {"f": f, "i": i, "o": o, "g": g, "c": c},
        "",
        ("lstm.f-i", "lstm.complement", "lstm.coupled")
        + (("lstm.forget-all",) if level == 1 else ("lstm.tanh-c", "lstm.c-for-h")),
    )


def _from_sums(dice: Dice) -> Task:
    sums = dict(zip("fio", dice.some((-2, -1, -HALF, HALF, 1, 2), 3), strict=True))
    sums["g"] = dice.one((-1, -HALF, HALF, 1, 2))
    c = dice.one((-2, -1, 1, 2))

    def solve(pen: Pen) -> None:
        old = given(c)
        f, i, o = (pen(one, sigmoid(given(sums[one]))) for one in "fio")
        g = pen("g", tanh(given(sums["g"])), those("lstm.candidate-sigmoid", given(sums["g"])))
        cell = pen("c", kept(f, i, g, old), those(OF_CELL, f, i, g, old))
        pen("h", o * tanh(cell), those(OF_OUTPUT, o, cell, old))

    def tanhs(pen: Pen) -> None:
        solve(pen)
        pen("c before", given(c))
        pen("c of g", given(sums["g"]))

    def sigmas(pen: Pen) -> None:
        for one, value in sums.items():
            pen(one, given(value))

    named = ", ".join(f"{one} {words(sums[one])}" for one in "fiog")
    text = (
        f"In one step of an LSTM, {LSTM}, the sums before σ, of the candidate g before tanh, are {named}; "
        f"c[t−1] = {words(c)}. Compute the new c and h. The tables are of σ and tanh."
    )
    return Task(
        (
            Say(text),
            looked_up("σ", sigmoid, sigmas, "f i o g"),
            looked_up("tanh", tanh, tanhs, "c", f"{OF_CELL} lstm.candidate-sigmoid"),
        ),
        (Field("c", THOUSANDTH, says=DECIMALS), Field("h", THOUSANDTH, says=DECIMALS)),
        solve,
        f"f, i, o = σ(sum), g = tanh(sum),  {LSTM}",
        {"sums": sums, "c": c},
        "",
        ("lstm.f-i", "lstm.complement", "lstm.tanh-c", "lstm.candidate-sigmoid"),
    )


#: The parts of an LSTM as a choice names them.
PARTS = {"f": "the forget gate", "i": "the input gate", "g": "the candidate", "o": "the output gate"}

#: What one part of an LSTM does.
DUTIES = (
    ("It is near 0, and what was remembered is gone after this step.", "f"),
    ("It multiplies the old cell state.", "f"),
    ("As long as it is near 1 the gradient runs back through the cell state nearly undamped.", "f"),
    ("In Keras its bias begins at 1, so that at first nearly everything is kept.", "f"),
    ("It is near 0, and nothing of this step's input reaches the cell state.", "i"),
    ("It multiplies what is new before it is added to the cell state.", "i"),
    ("It says how much of the candidate is written down.", "i"),
    ("It is what would be written: a tanh, between −1 and 1.", "g"),
    ("Of the four it alone can be below 0.", "g"),
    ("It is near 0, and the cell remembers, yet shows nothing of it.", "o"),
    ("It multiplies the tanh of the new cell state.", "o"),
    ("It changes h of this step, but not c of this step.", "o"),
)

#: Who is taken for whom, by a slip.
TAKEN = {
    "lstm.f-i": {"f": "i", "i": "f"},
    "lstm.g-i": {"g": "i"},
    "lstm.c-for-h": {"o": "f"},
}

#: The four steps of an LSTM, each as it may be put.
STEPS = (
    (
        "f, i, o and g from x[t] and h[t−1]",
        "σ of three weighted sums, tanh of a fourth",
        "the weighted sums, and the gates and the candidate out of them",
    ),
    ("f · c[t−1]: what is kept", "the old cell state is multiplied by the forget gate"),
    (
        "+ i · g: what is written, which gives c[t]",
        "the candidate is added, as far as the input gate lets it",
    ),
    (
        "h[t] = o · tanh(c[t])",
        "the output gate shows tanh of the cell state",
        "what the unit hands on, h[t]",
    ),
)


@topic(
    "lstm-gates",
    "Which gate does that",
    notes="4.4.7",
    needs=("lstm-step",),
    levels=("its name", "the order of the four steps", "gates out of stacked numbers"),
    idea="Forget: times the old cell state. Input: times the candidate. Output: times tanh of the new one.",
    products=2,
)
def lstm_gates(dice: Dice, level: int) -> Task:
    """A sentence, four steps, or four stacked numbers."""
    if level == 2:
        return _in_order(dice)
    if level == 3:
        return _stacked(dice)
    part = dice.some([*PARTS], 2)
    listed = [dice.one([said for said, right in DUTIES if right == one]) for one in part]
    names = ("first", "second")

    def solve(pen: Pen) -> None:
        for name, right, said in zip(names, part, listed, strict=True):
            wrong = {one: PARTS[taken[right]] for one, taken in TAKEN.items() if right in taken}
            pen(name, PARTS[right], wrong, said)

    options = tuple(dice.mixed([*PARTS.values()]))
    return Task(
        (
            Say("Which part of an LSTM does the first sentence tell of, and which the second?"),
            Lines(tuple(listed), numbered=True),
        ),
        tuple(Field(name, form="choice", options=options) for name in names),
        solve,
        LSTM,
        {"said": listed},
        "",
        tuple(one for one, taken in TAKEN.items() if {*part} & {*taken}),
    )


def _in_order(dice: Dice) -> Task:
    steps = tuple(dice.one(ways) for ways in STEPS)
    gates, forget, write, show = steps
    options = tuple(dice.mixed(steps))

    def solve(pen: Pen) -> None:
        wrong = {
            "lstm.old-c": (gates, show, forget, write),
            "lstm.forget-all": (gates, write, forget, show),
            "lstm.gates-late": (forget, gates, write, show),
        }
        pen("order", steps, wrong, "each step needs what the one before it gave")

    return Task(
        (Say("Bring the steps of an LSTM into the order in which they are computed."),),
        (Field("order", form="order", options=options, says="the letters in order"),),
        solve,
        LSTM,
        {"steps": [*options]},
        "",
        ("lstm.old-c", "lstm.forget-all", "lstm.gates-late"),
    )


def _stacked(dice: Dice) -> Task:
    numbers = dice.some(OPEN, 4)
    numbers[2] = dice.one(CANDIDATES)
    c = dice.one((-2, -1, 1, 2))

    def solve(pen: Pen) -> None:
        right, orders = keras_order(numbers), those("lstm.gate-order lstm.formula-order", numbers)
        gates = [
            pen(one, given(right[one]), turned_into(turned_into(orders, itemgetter(one)), given))
            for one in "fig"
        ]
        line = (*gates, given(c))
        pen("c", kept(*line), those("lstm.f-i lstm.complement", *line))

    text = (
        "A file of Keras stacks the gates of an LSTM in the order input, forget, candidate, output. In one "
        f"step of one unit they are, behind σ and tanh, as below, and c[t−1] = {words(c)}. Which of them is "
        "the forget gate f, and what is the new cell state c[t] = f·c[t−1] + i·g?"
    )
    return Task(
        (Say(text), grid("stacked", numbers)),
        (Field("f"), Field("c")),
        solve,
        "i, f, g, o in this order;  c[t] = f·c[t−1] + i·g",
        {"stacked": numbers, "c": c},
        "",
        ("lstm.gate-order", "lstm.formula-order", "lstm.complement", "lstm.f-i"),
    )


#: What every GRU here says of itself.
GRU = "n = tanh(a + r·(h[t−1]·U + b)),  h[t] = (1 − z)·n + z·h[t−1]"


@topic(
    "gru-step",
    "One GRU step",
    notes="4.4.8",
    needs=("lstm-step",),
    levels=("the blend", "candidate and state", "two units"),
    idea="The reset gate acts inside the candidate; the update gate mixes the candidate with the old state.",
    products=14,
)
def gru_step(dice: Dice, level: int) -> Task:
    """z, r, h and what the candidate is made of."""
    return (_blend, _one_unit, _two_units)[level - 1](dice)


OF_BLEND = "gru.z gru.no-blend gru.reset-blend"
OF_CANDIDATE = "gru.reset-before gru.reset-missing gru.r-z"


def _blend(dice: Dice) -> Task:
    z, r = dice.some(OPEN, 2)
    n, h = dice.one(CANDIDATES), dice.one(CANDIDATES)
    line = [given(one) for one in (z, n, h, r)]

    def solve(pen: Pen) -> None:
        pen("h", blended(*line), those(OF_BLEND, *line) | {"gru.r-z": lambda: blended_by_reset(*line)})

    text = (
        f"In one step of a GRU, {GRU}, the gates are z = {words(z)} and r = {words(r)}, the candidate is "
        f"n = {words(n)}, the old state {words(h)}. Compute the new state h."
    )
    return Task(
        (Say(text),),
        (Field("h"),),
        solve,
        "h[t] = (1 − z)·n + z·h[t−1]",
        {"z": z, "n": n, "h": h},
        "",
        ("gru.z", "gru.no-blend", "gru.reset-blend", "gru.r-z"),
    )


def _gru(pen: Pen, line: tuple[Any, ...], z: Any) -> None:
    """The sum, the candidate and the blend of one step, whose numbers or rows are a, h, U, b, r."""
    a, h, _, _, r = line
    wrong = those(OF_CANDIDATE, *line, z)
    if isinstance(a, np.ndarray):
        s = pen.table("s", lambda: candidate_sum(*line), wrong)
        n = pen.table("n", lambda: each(tanh, s), {})
        blends = those(OF_BLEND, z, n, h, r) | {"gru.r-z": lambda: blended_by_reset(z, n, h, r)}
        pen.table("h", lambda: blended(z, n, h), blends)
        return
    n = pen("n", tanh(pen("s", candidate_sum(*line), wrong)))
    pen(
        "h", blended(z, n, h), those(OF_BLEND, z, n, h, r) | {"gru.r-z": lambda: blended_by_reset(z, n, h, r)}
    )


def _one_unit(dice: Dice) -> Task:
    z, r = dice.some(OPEN, 2)
    h, a = dice.one(CANDIDATES), dice.one((-1, -HALF, HALF, 1))
    u, b = dice.one((-2, -1, 1, 2)), dice.one((-HALF, HALF))

    def solve(pen: Pen) -> None:
        _gru(pen, tuple(given(one) for one in (a, h, u, b, r)), given(z))

    text = (
        f"In one step of a GRU of one unit, {GRU}, the gates are z = {words(z)} and r = {words(r)}, the "
        f"input gives a = {words(a)}, U = {words(u)}, b = {words(b)} and the old state is {words(h)}. The "
        "reset gate multiplies the whole bracket, b too. Compute the candidate n and the new state h. The "
        "table is of tanh."
    )
    return Task(
        (Say(text), looked_up("tanh", tanh, solve, "s", OF_CANDIDATE)),
        (Field("n", THOUSANDTH, says=DECIMALS), Field("h", THOUSANDTH, says=DECIMALS)),
        solve,
        GRU,
        {"z": [z], "r": [r], "a": [a], "u": [[u]], "b": [b], "h": [h]},
        "",
        ("gru.z", "gru.reset-before", "gru.reset-missing", "gru.r-z"),
    )


def _two_units(dice: Dice) -> Task:
    z, r = dice.some(OPEN, 2), dice.some(OPEN, 2)
    h = [dice.one((-1, -HALF, HALF, 1)) for _ in range(2)]
    a = [dice.one((-1, -HALF, HALF, 1)) for _ in range(2)]
    u = [[dice.one((-2, -1, 1, 2)) for _ in range(2)] for _ in range(2)]

    def solve(pen: Pen) -> None:
        _gru(pen, (given(a), given(h), given(u), 0, given(r)), given(z))

    text = (
        "In one step of a GRU of two units, n = tanh(a + r·(h[t−1]·U)) and h[t] = (1 − z)·n + z·h[t−1], all "
        "are rows but U, products of rows go cell by cell, and column j of U belongs to unit j. The reset "
        "gate acts behind the product with U, as PyTorch has it. Compute both cells of the candidate n and "
        "of the new state h. The table is of tanh."
    )
    return Task(
        (
            Say(text),
            grid("z", z),
            grid("r", r),
            grid("a", a),
            grid("h before", h),
            grid("U", u),
            looked_up("tanh", tanh, solve, "s", OF_CANDIDATE),
        ),
        (
            *cells("n", 2, tolerance=THOUSANDTH, says=DECIMALS),
            *cells("h", 2, tolerance=THOUSANDTH, says=DECIMALS),
        ),
        solve,
        "n = tanh(a + r·(h[t−1]·U)),  h[t] = (1 − z)·n + z·h[t−1]",
        {"z": z, "r": r, "a": a, "u": u, "b": 0, "h": h},
        "",
        ("gru.z", "gru.reset-before", "gru.reset-missing", "gru.r-z"),
    )
