"""Topics of recurrence: steps read and written, states, memory, parameters, directions, leaks, a latch."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from operator import itemgetter
from typing import Any

from dlcli.engines.base.exact import tanh
from dlcli.engines.recurrent.slips import (
    added,
    each,
    latched,
    leaked,
    not_turned_back,
    parameters,
    reversed_order,
    shared,
    skipped,
)
from dlcli.teaching.dice import Dice
from dlcli.teaching.task import Field, Lines, Pen, Say, Task, cells, grid
from dlcli.teaching.topic import topic
from dlcli.teaching.topics.literal import matrix
from dlcli.teaching.topics.slipping import looked_up, those, turned_into
from dlcli.teaching.worked import given, words

HALF, THOUSANDTH = Fraction(1, 2), Fraction(1, 1000)

DECIMALS = "to 3 decimals"

#: What is said of a table of tanh.
ODD = "tanh(−x) = −tanh(x)"

SHAPES = ("one-to-one", "one-to-many", "many-to-one", "many-to-many")

#: What a net does, and how many steps it reads and writes.
APPLICATIONS = (
    ("One picture goes in, one of ten digits comes out.", "one-to-one"),
    ("Age, weight and height of a person go in at once, one yes or no comes out.", "one-to-one"),
    ("One picture goes in, a sentence about it comes out word by word.", "one-to-many"),
    ("The name of a composer goes in, a melody comes out note by note.", "one-to-many"),
    ("One word goes in, its sound comes out frame by frame.", "one-to-many"),
    ("A review goes in word by word, one mark from 1 to 5 comes out.", "many-to-one"),
    ("Twelve frames of sound go in, one word of a command comes out.", "many-to-one"),
    ("The prices of thirty days go in, the price of the next day comes out.", "many-to-one"),
    ("A heartbeat goes in sample by sample, one diagnosis comes out.", "many-to-one"),
    ("A sentence goes in word by word, for each word its part of speech comes out.", "many-to-many"),
    ("A film goes in picture by picture, a label of each picture comes out.", "many-to-many"),
    ("A noisy sound goes in frame by frame, a clean one comes out frame by frame.", "many-to-many"),
)


@topic(
    "seq-shape",
    "One-to-one to many-to-many",
    notes="4.1",
    levels=("the name", "the shape of what comes out", "the states behind the loss"),
    idea="Count the steps that are read, then the steps at which something comes out.",
    products=1,
)
def seq_shape(dice: Dice, level: int) -> Task:
    """An application: its name, its shape, or the states that are read out."""
    if level == 1:
        return _kinds(dice)
    if level == 3:
        return _states_read(dice)
    said, right = dice.one(APPLICATIONS[5:])
    steps, units, classes = dice.whole(6, 30), dice.whole(7, 16), dice.whole(2, 5)
    every = right == "many-to-many"
    counted = said.replace("thirty", str(steps)).replace("Twelve", str(steps))
    text = (
        f"{counted} The net reads {steps} steps of {units} numbers; each result has {classes} numbers. "
        "How many results come out of it for one sequence, and how many numbers are these?"
    )
    at = steps if every else 1

    def solve(pen: Pen) -> None:
        other = "steps.last" if every else "steps.every"
        made = pen(
            "results", given(at), {other: given(1 if every else steps), "steps.exchanged": given(steps)}
        )
        pen("numbers", made * classes, {"steps.exchanged": given(steps) * units})

    return Task(
        (Say(text),),
        (Field("results"), Field("numbers")),
        solve,
        "a result at every step, or one behind the last; numbers = results · numbers of a result",
        {"every": every, "steps": steps, "classes": classes},
        "",
        ("steps.last" if every else "steps.every", "steps.exchanged"),
    )


#: The fields of a task about two applications.
BOTH = ("first", "second")


def _kinds(dice: Dice) -> Task:
    """Two applications of different kinds: their names."""
    kinds = dice.some(SHAPES, 2)
    listed = [dice.one([said for said, right in APPLICATIONS if right == kind]) for kind in kinds]
    options = tuple(dice.mixed(SHAPES))

    def named(made: tuple[str, str]) -> str:
        return f"{made[0]}-to-{str(made[1]).replace('1', 'one')}"

    def wrong(kind: str) -> dict[str, Any]:
        read, _, written = kind.partition("-to-")
        return turned_into(those("steps.exchanged steps.every steps.last", read, written), named)

    def solve(pen: Pen) -> None:
        for name, kind in zip(BOTH, kinds, strict=True):
            read, _, written = kind.partition("-to-")
            pen(name, kind, wrong(kind), f"{read} read, {written} written")

    seen = [one for kind in kinds for one, made in wrong(kind).items() if made() != kind]
    return Task(
        (
            Say("Which kind of net does the first of these have, and which the second?"),
            Lines(tuple(listed), numbered=True),
        ),
        tuple(Field(name, form="choice", options=options) for name in BOTH),
        solve,
        "how many steps are read - to - how many are written",
        {"said": listed},
        "",
        tuple(dict.fromkeys(seen)),
    )


def _states_read(dice: Dice) -> Task:
    """Two applications: which states the loss sees."""
    drawn = dice.some(APPLICATIONS[5:], 2)
    answers = ("the state of every step", "the state of the last step", "the state of the first step")
    options = tuple(dice.mixed((*answers, "the mean of all inputs, and no state")))
    every = [right == "many-to-many" for _, right in drawn]
    names = ["steps.last" if one else "steps.every" for one in every]

    def solve(pen: Pen) -> None:
        for name, slip, all_of_them in zip(BOTH, names, every, strict=True):
            wrong = {slip: answers[int(all_of_them)], "steps.exchanged": answers[2]}
            why = "something comes out at each step" if all_of_them else "one result, when all has been read"
            pen(name, answers[1 - all_of_them], wrong, why)

    return Task(
        (
            Say("Which states go into the loss directly: in the first of these nets, and in the second?"),
            Lines(tuple(said for said, _ in drawn), numbered=True),
        ),
        tuple(Field(name, form="choice", options=options) for name in BOTH),
        solve,
        "the states that are read out: at each step with a result",
        {"every": every},
        "",
        (*dict.fromkeys(names), "steps.exchanged"),
    )


#: Weights of a net of one unit.
WEIGHTS = (HALF, -HALF, 1, -1)


@topic(
    "rnn-state",
    "States of a simple net",
    notes="4.3.5-4.3.6",
    needs=("relu-family",),
    levels=("one step", "two steps", "two units"),
    idea="Input times weight, state before times its weight, the bias: tanh of their sum is the new state.",
    products=8,
)
def rnn_state(dice: Dice, level: int) -> Task:
    """x, w, u, b: states."""
    return _two_units(dice) if level == 3 else _one_unit(dice, level)


def _one_unit(dice: Dice, level: int) -> Task:
    """One step from a state, or two steps from 0."""
    w, u = dice.one((*WEIGHTS, 2, -2)), dice.one(WEIGHTS)
    b = dice.one((HALF, -HALF))
    steps = level
    xs = [dice.one((-2, -1, 1, 2)) for _ in range(steps)]
    first = dice.one((HALF, -HALF, Fraction(4, 5), Fraction(-4, 5))) if level == 1 else 0
    numbers = [given(one) for one in (w, u, b)]
    slips = "rnn.memory-cut rnn.swapped rnn.no-act rnn.outside"
    seen = slips if level == 1 else f"{slips} rnn.prev-input rnn.backwards"

    def solve(pen: Pen) -> None:
        state, before = given(first), given(0)
        for t in range(steps):
            x = given(xs[t])
            line = (x, state, *numbers, before)
            wrong = those("rnn.memory-cut rnn.swapped", *line)
            wrong["rnn.outside"] = wrong["rnn.memory-cut"]
            if level == 2:
                wrong |= those("rnn.prev-input", *line) if t else {}
                other = given(reversed_order(xs)[t])
                wrong["rnn.backwards"] = partial(added, other, *line[1:])
            a = pen(f"a{t + 1}", added(*line), wrong)
            state, before = (
                pen(f"h{t + 1}", tanh(a), those("rnn.no-act rnn.outside", a, state, numbers[1])),
                x,
            )

    inputs = ", ".join(f"x{t + 1} = {words(x)}" for t, x in enumerate(xs))
    text = (
        f"A net of one unit, h[t] = tanh(w·x[t] + u·h[t−1] + b), has w = {words(w)}, u = {words(u)} and "
        f"b = {words(b)}. It begins with h0 = {words(first)} and reads {inputs}. "
        f"Compute {'its state' if steps == 1 else 'both states'}. The table is of tanh; {ODD}."
    )
    return Task(
        (Say(text), looked_up("tanh", tanh, solve, "a", seen)),
        tuple(Field(f"h{t + 1}", THOUSANDTH, says=DECIMALS) for t in range(steps)),
        solve,
        "a[t] = w·x[t] + u·h[t−1] + b,  h[t] = tanh(a[t])",
        {"x": xs, "w": w, "u": u, "b": b, "h": first},
        "",
        tuple(slips.split()),
    )


def _two_units(dice: Dice) -> Task:
    """Two inputs, two units, one step."""
    w, u = dice.table(-1, 1, 2, 2), [[dice.one(WEIGHTS) for _ in range(2)] for _ in range(2)]
    x, b = [dice.one((-2, -1, 1, 2)) for _ in range(2)], [dice.one((HALF, -HALF)) for _ in range(2)]
    h = [dice.one((HALF, -HALF, 1, -1)) for _ in range(2)]
    line = tuple(given(one) for one in (x, h, w, u, b))
    slips = "rnn.memory-cut rnn.swapped rnn.transpose rnn.no-act rnn.outside"

    def solve(pen: Pen) -> None:
        wrong = those("rnn.memory-cut rnn.swapped rnn.transpose", *line)
        wrong["rnn.outside"] = wrong["rnn.memory-cut"]
        a = pen.table("a", lambda: added(*line), wrong)
        pen.table("h", lambda: each(tanh, a), those("rnn.no-act rnn.outside", a, line[1], line[3]))

    text = (
        "A net of two units reads two numbers at a step: h[t] = tanh(x[t]·W + h[t−1]·U + b), where x, h and "
        "b are rows, so that column j of W and U belongs to unit j. Compute its state. The table is of "
        f"tanh; {ODD}."
    )
    return Task(
        (
            Say(text),
            grid("x", x),
            grid("h before", h),
            grid("W", w),
            grid("U", u),
            grid("b", b),
            looked_up("tanh", tanh, solve, "a", slips),
        ),
        cells("h", 2, tolerance=THOUSANDTH, says=DECIMALS),
        solve,
        "h = tanh(x·W + h·U + b)",
        {"x": [x], "w": w, "u": u, "b": b, "h": h},
        "",
        ("rnn.memory-cut", "rnn.swapped", "rnn.transpose", "rnn.no-act"),
    )


@topic(
    "rnn-memory",
    "With the feedback cut",
    notes="4.2",
    needs=("rnn-state",),
    levels=("which sequence looks the same", "its states", "where two sequences part"),
    idea="Without the way back a state hears of the input of its own step alone.",
    products=4,
)
def rnn_memory(dice: Dice, level: int) -> Task:
    """Sequences read with and without memory."""
    if level == 1:
        return _same_without_memory(dice)
    if level == 3:
        return _where_they_part(dice)
    return _cut(dice)


def _cut(dice: Dice) -> Task:
    """Two states without feedback."""
    w, u, b = dice.one((*WEIGHTS, 2)), dice.one(WEIGHTS), dice.one((HALF, -HALF))
    xs = dice.some((-2, -1, 1, 2), 2)
    numbers = [given(one) for one in (w, u, b)]

    def solve(pen: Pen) -> None:
        state = given(0)
        for t, x in enumerate(given(xs)):
            whole = (x, state, *numbers)
            wrong = {"rnn.memory-kept": added(*whole)} if t else {}
            wrong |= {"rnn.swapped": numbers[1] * x + numbers[2]}
            wrong |= {"rnn.backwards": numbers[0] * given(xs[1 - t]) + numbers[2]}
            a = pen(f"a{t + 1}", numbers[0] * x + numbers[2], wrong)
            state = pen(f"h{t + 1}", tanh(a), those("rnn.no-act", a, state, numbers[1]))

    slips = "rnn.memory-kept rnn.swapped rnn.no-act rnn.backwards"
    text = (
        f"A net of one unit, h[t] = tanh(w·x[t] + u·h[t−1] + b), has w = {words(w)}, u = {words(u)}, "
        f"b = {words(b)} and h0 = 0. Its feedback is cut: nothing comes from h[t−1] any more. It reads "
        f"x1 = {words(xs[0])}, x2 = {words(xs[1])}. Compute both states. The table is of tanh; {ODD}."
    )
    return Task(
        (Say(text), looked_up("tanh", tanh, solve, "a", slips)),
        tuple(Field(f"h{t}", THOUSANDTH, says=DECIMALS) for t in (1, 2)),
        solve,
        "without feedback h[t] = tanh(w·x[t] + b)",
        {"x": xs, "w": w, "u": u, "b": b},
        "",
        ("rnn.memory-kept", "rnn.swapped", "rnn.no-act"),
    )


def _same_without_memory(dice: Dice) -> Task:
    read = dice.some(range(-4, 5), 4)
    others = [one for one in range(-9, 10) if one not in read]
    new = dice.some(others, 8)
    made = {
        "right": [new[0], new[1], new[2], read[3]],
        "rnn.backwards": [read[0], new[3], new[4], new[5]],
        "rnn.shuffled": [read[3], *dice.mixed(read[:3])],
        "none": [*read[:3], new[6]],
    }
    # eight in all: three tasks with one slip are then no chance
    begins: tuple[list[int], ...] = ([], [read[1]], [read[2], read[1]], [new[7], read[1], read[2]])
    made |= {f"other {k}": [*begin, *dice.some(new[:7], 4 - k)] for k, begin in enumerate(begins)}
    said = {name: ", ".join(words(given(one)) for one in row) for name, row in made.items()}

    def solve(pen: Pen) -> None:
        wrong = {name: said[name] for name in ("rnn.backwards", "rnn.shuffled")} | {
            "rnn.memory-kept": said["none"]
        }
        pen("sequence", said["right"], wrong, "its last input is the same")

    return Task(
        (
            Say(
                f"A net of one unit reads {', '.join(words(given(one)) for one in read)}, each number a "
                "step. Its feedback is cut: nothing comes from the state before. Which of these sequences "
                "surely gives the same last state?"
            ),
        ),
        (Field("sequence", form="choice", options=tuple(dice.mixed(list(said.values())))),),
        solve,
        "without feedback h[T] = f(x[T])",
        {"x": read, "options": made},
        "",
        ("rnn.backwards", "rnn.shuffled", "rnn.memory-kept"),
    )


def _where_they_part(dice: Dice) -> Task:
    steps = dice.whole(6, 11)
    place = dice.whole(1, steps - 3)
    first = dice.wholes(-3, 3, steps)
    second = [*first]
    second[place] = dice.one([one for one in range(-3, 4) if one != first[place]])

    def solve(pen: Pen) -> None:
        t, at = given(steps), given(place)
        pen(
            "with",
            t - at,
            {"rnn.memory-cut": given(1), "rnn.backwards": at + 1} | those("rnn.later", t, at),
        )
        pen(
            "cut",
            given(1),
            those("rnn.memory-kept", t, at) | {"rnn.later": given(1), "rnn.backwards": given(1)},
        )

    text = (
        "A net of one unit, h[t] = tanh(w·x[t] + u·h[t−1] + b) with w and u not 0, reads each of these two "
        f"sequences from the same h before; steps are counted from 0. At how many of the {steps} steps do "
        "its states differ between the two: with its feedback, and with the feedback cut? (Two different "
        "sums never have the same tanh, and no difference here happens to cancel.)"
    )
    return Task(
        (
            Say(text),
            grid("x", [first, second], [str(t) for t in range(steps)], ("first", "second")),
        ),
        (Field("with", says="a number of steps"), Field("cut", says="a number of steps")),
        solve,
        "from the first different input on; with the feedback cut at that step alone",
        {"first": first, "second": second},
        "",
        ("rnn.memory-cut", "rnn.memory-kept", "rnn.later"),
    )


@topic(
    "rnn-params",
    "Parameters of a recurrent layer",
    notes="4.3",
    needs=("params-dense",),
    levels=("a simple layer", "an LSTM", "a GRU with two biases"),
    idea="Every unit of every gate hears all features, all states before, and a bias.",
    products=5,
)
def rnn_params(dice: Dice, level: int) -> Task:
    """m and n: how many."""
    m, n = dice.whole(2, 8), dice.whole(2, 9)
    cell, gates, biases = (("simple", 1, 1), ("LSTM", 4, 1), ("GRU", 3, 2))[level - 1]
    how = (
        "two biases for each unit of each gate, one beside W and one beside U, as PyTorch and Keras' "
        "reset_after have them"
        if biases == 2
        else f"one bias for each unit{' of each gate' * (gates > 1)}, as Keras has it"
    )
    numbers = (given(m), given(n), given(gates), biases)
    slips = "params.lstm-recurrent params.lstm-bias params.lstm-square params.two-biases"
    slips += " params.lstm-one-gate" * (gates > 1)

    def solve(pen: Pen) -> None:
        pen("parameters", parameters(*numbers), those(slips, *numbers))

    kind = {1: "simple recurrent layer", 4: "layer of LSTM cells", 3: "layer of GRU cells"}[gates]
    rows = matrix([[0] * m] * 2)
    return Task(
        (
            Say(
                f"A {kind} of {n} units reads {m} features at each step, with {how}. How many parameters has "
                "it, without what reads its states out?"
            ),
        ),
        (Field("parameters"),),
        solve,
        ("n·m + n·n + n", "4·(n·m + n·n + n)", "3·(n·m + n·n + 2·n)")[level - 1],
        {"m": m, "n": n},
        f"dlcli rnn '{rows}' --cell {cell.lower()} --units {n}",
        ("params.lstm-recurrent", "params.lstm-bias", "params.lstm-square")
        + ("params.lstm-one-gate",) * (gates > 1),
    )


@topic(
    "bidirectional",
    "Forward, backward, merge",
    notes="4.4.2",
    needs=("rnn-state",),
    levels=("backward states", "shapes", "the sum of both"),
    idea="The second direction reads from the end; its states are turned back before they are merged.",
    products=6,
    digits=5,
)
def bidirectional(dice: Dice, level: int) -> Task:
    """Three steps, linear units."""
    if level == 2:
        return _merged_shape(dice)
    xs = dice.some((-4, -2, 2, 4, 6, 1, 3), 3)
    w, u = dice.one((1, 2, -1)), dice.one((HALF, 2, -HALF))
    if level == 1:
        return _backward_states(xs, w, u)
    own = dice.one([one for one in (1, 2, -1) if one != w])
    back = dice.one([one for one in (HALF, 2, -HALF) if one != u])

    def solve(pen: Pen) -> None:
        forth: list[Any] = []
        for t, x in enumerate(xs):
            forth.append(pen(f"f{t}", _fed(x, forth[-1] if t else None, w, u)))
        behind = [*forth]
        ahead = _states(xs, own, back)
        for t in (2, 1, 0):
            after = behind[t + 1] if t < 2 else None
            same = _fed(xs[t], after, *shared((w, u), (own, back)))
            line = _fed(xs[t], after, own, back)
            behind[t] = pen(f"b{t}", line, {"both.shared": same, "rnn.backwards": ahead[t]})
        for t in range(3):
            wrong = {"both.unturned": forth[t] + not_turned_back(behind)[t]}
            pen(f"h{t}", forth[t] + behind[t], wrong | those("both.mean", forth[t], behind[t]))

    text = (
        f"A bidirectional layer of one linear unit in each direction reads {_listed(xs)}. Forward f[t] = "
        f"w·x[t] + u·f[t−1] with w = {words(w)}, u = {words(u)}; backward, from the last step on, b[t] = "
        f"w·x[t] + u·b[t+1] with w = {words(own)}, u = {words(back)}. Both begin with 0, and are merged by "
        "their sum. Compute h[t] of each step."
    )
    return Task(
        (Say(text),),
        tuple(Field(f"h{t}") for t in range(3)),
        solve,
        "h[t] = f[t] + b[t]",
        {"x": xs, "forward": (w, u), "backward": (own, back)},
        "",
        ("both.unturned", "both.shared", "rnn.backwards", "both.mean"),
    )


def _listed(xs: list[int]) -> str:
    return ", ".join(f"x{t} = {words(given(x))}" for t, x in enumerate(xs))


def _fed(x: Any, state: Any, w: Any, u: Any) -> Any:
    """w·x + u·h; at the first step there is no state."""
    x, w, u = given(x), given(w), given(u)
    return w * x if state is None else w * x + u * state


def _states(xs: list[int], w: Any, u: Any) -> list[Any]:
    """All states of a linear unit, each written with the number of the one before."""
    made: list[Any] = []
    for x in xs:
        made.append(_fed(x, given(made[-1].value) if made else None, w, u))
    return made


def _backward_states(xs: list[int], w: Any, u: Any) -> Task:
    def solve(pen: Pen) -> None:
        ahead, unturned = _states(xs, w, u), _states(xs[::-1], w, u)
        after = None
        for t in (2, 1, 0):
            wrong = {"rnn.backwards": ahead[t], "both.unturned": unturned[t]}
            after = pen(f"h{t}", _fed(xs[t], after, w, u), wrong)

    text = (
        f"The backward direction of a bidirectional layer is one linear unit, h[t] = w·x[t] + u·h[t+1] with "
        f"w = {words(w)} and u = {words(u)}. It reads {_listed(xs)} from the last step on and begins with 0. "
        "Compute the state that belongs to each step of the sequence."
    )
    return Task(
        (Say(text),),
        tuple(Field(f"h{t}") for t in range(3)),
        solve,
        "h[T] = w·x[T],  h[t] = w·x[t] + u·h[t+1]",
        {"x": xs, "backward": (w, u)},
        "",
        ("both.unturned", "rnn.backwards"),
    )


def _merged_shape(dice: Dice) -> Task:
    steps, units, features = dice.whole(5, 20), dice.whole(2, 9), dice.whole(2, 9)
    text = (
        f"A bidirectional layer of {units} units in each direction reads {steps} steps of {features} "
        "features and gives its states at every step, merged by concatenating them. Its output for one "
        "sequence is a table: how many rows (steps) and how many columns has it?"
    )

    def solve(pen: Pen) -> None:
        t, n = given(steps), given(units)
        names = "both.once both.stacked both.last"
        for place, (name, right) in enumerate((("rows", t), ("columns", 2 * n))):
            wrong = those(names, t, n)
            pen(
                name,
                right,
                turned_into(wrong, itemgetter(place)),
            )

    return Task(
        (Say(text),),
        (Field("rows"), Field("columns")),
        solve,
        "(T, 2n)",
        {"steps": steps, "units": units},
        "",
        ("both.once", "both.stacked", "both.last"),
    )


@topic(
    "skip-leaky",
    "Skip connection, leaky unit",
    notes="4.4.5",
    needs=("rnn-state",),
    levels=("one leak", "three steps of a leak", "a skip of two steps"),
    idea="A leaky unit keeps a share of its old value; a skip lets a step hear of one farther back.",
    products=8,
    digits=5,
)
def skip_leaky(dice: Dice, level: int) -> Task:
    """α, h and x, or w, u, s and x."""
    if level == 3:
        return _skip(dice)
    a = dice.one([Fraction(one, 10) for one in (1, 2, 3, 4, 6, 7, 8, 9)])
    start = dice.one((-4, -3, -2, 2, 3, 4))
    xs = [dice.one([one for one in range(-4, 5) if one not in (0, start)]) for _ in range(2 * level - 1)]
    names = "leaky.reversed leaky.no-complement leaky.new-alone"

    def solve(pen: Pen) -> None:
        state, alpha = given(start), given(a)
        for t, x in enumerate(xs, 1):
            state = pen(f"h{t}", leaked(alpha, state, given(x)), those(names, alpha, state, given(x)))

    inputs = ", ".join(f"x{t} = {words(given(x))}" for t, x in enumerate(xs, 1))
    return Task(
        (
            Say(
                f"A leaky unit, h[t] = α·h[t−1] + (1 − α)·x[t], has α = {words(a)} and begins with "
                f"h0 = {words(given(start))}. It reads {inputs}. Compute its state{'s' * (level > 1)}."
            ),
        ),
        tuple(Field(f"h{t}") for t in range(1, len(xs) + 1)),
        solve,
        "h[t] = α·h[t−1] + (1 − α)·x[t]",
        {"α": a, "h": start, "x": xs},
        "",
        tuple(names.split()),
    )


def _skip(dice: Dice) -> Task:
    w, u = dice.one((1, 2, -1)), dice.one((HALF, -HALF, 2))
    s = dice.one([one for one in (1, 2, -1, HALF) if one != u])
    xs = [dice.one((-3, -2, -1, 1, 2, 3)) for _ in range(4)]
    names = "skip.forgotten skip.near skip.instead"
    weights = tuple(given(one) for one in (w, u, s))

    def solve(pen: Pen) -> None:
        made: list[Any] = []
        for t, x in enumerate(given(xs), 1):
            if t == 1:
                made.append(pen("h1", x * weights[0]))
            elif t == 2:
                near = x * weights[0] + made[0] * weights[1]
                wrong = {"skip.near": near + made[0] * weights[2], "skip.instead": x * weights[0]}
                made.append(pen("h2", near, wrong))
            else:
                line = (x, made[-1], made[-2], *weights)
                made.append(pen(f"h{t}", skipped(*line), those(names, *line)))

    inputs = ", ".join(f"x{t} = {words(given(x))}" for t, x in enumerate(xs, 1))
    return Task(
        (
            Say(
                "A linear unit with a skip connection of two steps, h[t] = w·x[t] + u·h[t−1] + s·h[t−2], "
                f"has w = {words(w)}, u = {words(u)}, s = {words(s)}; states before the first step are 0. It "
                f"reads {inputs}. Compute h3 and h4."
            ),
        ),
        (Field("h3"), Field("h4")),
        solve,
        "h[t] = x[t]·w + h[t−1]·u + h[t−2]·s",
        {"w": w, "u": u, "s": s, "x": xs},
        "",
        tuple(names.split()),
    )


@topic(
    "latch",
    "A gated latch",
    notes="4.4.5",
    needs=("rnn-state",),
    levels=("five steps", "eight steps", "which enable gives this Q"),
    idea="Where the enable is 1 the latch lets D in, where it is 0 it keeps what it has.",
    products=0,
)
def latch(dice: Dice, level: int) -> Task:
    """D, EN: Q."""
    steps = 5 if level == 1 else 8
    while True:
        d, enable = dice.wholes(0, 1, steps), dice.wholes(0, 1, steps)
        q = _latched(d, enable)
        rows = {
            "right": enable,
            "latch.inverted": [1 - one for one in enable],
            "latch.set": d,
            "latch.and": q,
        }
        if level < 3 or [row for row in rows.values() if _latched(d, row) == q] == [enable]:
            break
    line = f"dlcli rnn '{matrix(list(zip(enable, d, strict=True)))}' --cell latch"
    heads = [str(t) for t in range(steps)]
    names = "latch.inverted latch.transparent latch.and latch.set"
    if level < 3:

        def solve(pen: Pen) -> None:
            state = 0
            for t in range(steps):
                wrong = those(names, d[t], enable[t], state)
                state = pen(f"Q[{t}]", latched(d[t], enable[t], state), wrong).value

        return Task(
            (Say(LATCH + "Give Q behind each step."), grid("", [enable, d], heads, ("EN", "D"))),
            cells("Q", steps),
            solve,
            "Q = EN·D + (1 − EN)·Q before",
            {"d": d, "enable": enable},
            line,
            ("latch.inverted", "latch.transparent", "latch.and"),
        )
    # eight in all: three tasks with one slip are then no chance
    while len(rows) < 8:
        row = dice.wholes(0, 1, steps)
        if row not in rows.values() and _latched(d, row) != q:
            rows[f"other {len(rows)}"] = row
    said = {name: "".join(map(str, row)) for name, row in rows.items()}

    def solve_enable(pen: Pen) -> None:
        wrong = {name: row for name, row in said.items() if name.startswith("latch.")}
        pen("enable", said["right"], wrong, "with it Q comes out step by step")

    return Task(
        (
            Say(LATCH + "Which row of EN, step by step from the left, gives this Q?"),
            grid("", [d, q], heads, ("D", "Q")),
        ),
        (Field("enable", form="choice", options=tuple(dice.mixed(sorted(said.values())))),),
        solve_enable,
        "Q = EN·D + (1 − EN)·Q before",
        {"d": d, "q": q, "options": sorted(said.values())},
        line,
        ("latch.inverted", "latch.and", "latch.set"),
    )


#: What is said of every latch.
LATCH = "A gated latch lets D in where its enable EN is 1, and else keeps Q. Before the first step Q is 0. "


def _latched(d: list[int], enable: list[int]) -> list[int]:
    made = [0]
    for one, open_ in zip(d, enable, strict=True):
        made.append(latched(one, open_, made[-1]))
    return made[1:]
