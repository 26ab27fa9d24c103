"""Sequence to sequence: the context, the probability of what is said, greedy and best."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from dlcli.teaching.dice import Dice
from dlcli.teaching.task import Field, Pen, Say, Task, grid
from dlcli.teaching.topic import topic
from dlcli.teaching.topics.slipping import those
from dlcli.teaching.worked import given


@topic(
    "seq2seq",
    "Context, and the probability of an output",
    notes="4.5",
    needs=("softmax", "rnn-state"),
    levels=("the context", "the probability of a sentence", "greedy against best"),
    idea="One vector goes over; behind it each token has a probability given what was said before.",
    products=8,
    digits=5,
)
def seq2seq(dice: Dice, level: int) -> Task:
    """States, or a table of probabilities."""
    return (_context, _probability, _greedy)[level - 1](dice)


def _context(dice: Dice) -> Task:
    steps = 4
    units = [[Fraction(one, 10) for one in dice.some(range(-9, 10), steps)] for _ in range(2)]

    def solve(pen: Pen) -> None:
        for name, row in enumerate(units):
            states = [*given(row)]
            pen(f"c[{name}]", states[-1], those("seq.context seq.first seq.largest", states))

    text = (
        f"An encoder of two units without attention has read {steps} words; its states, a column for each "
        "word, are below. Which context does the decoder begin with?"
    )
    return Task(
        (Say(text), grid("h", units, [f"word {t}" for t in range(1, steps + 1)], ("unit 0", "unit 1"))),
        (Field("c[0]"), Field("c[1]")),
        solve,
        "c = h[T]",
        {"h": units},
        "",
        ("seq.context", "seq.first", "seq.largest"),
    )


#: What the decoder can say.
TOKENS = ("yes", "no")


def _tenths(dice: Dice) -> list[Fraction]:
    one = dice.one((1, 2, 3, 4, 6, 7, 8, 9))
    return [Fraction(one, 10), Fraction(10 - one, 10)]


def _table(rows: list[list[Fraction]]) -> Any:
    return grid("p", rows, TOKENS, ("at first", *(f"after {one}" for one in TOKENS)))


def _probability(dice: Dice) -> Task:
    rows = [_tenths(dice) for _ in range(3)]
    said = dice.wholes(0, 1, 3)

    def solve(pen: Pen) -> None:
        table, shares = given(rows), []
        for t, token in enumerate(said):
            before = said[t - 1] + 1 if t else 0
            wrong = those("seq.unconditioned", table, before, token) if t else {}
            shares.append(pen(f"p{t + 1}", table[before][token], wrong))
        whole = shares[0] * shares[1] * shares[2]
        pen("p", whole, those("seq.product seq.last-factor", shares))

    text = (
        "A decoder says yes or no three times; the probability of a word hangs on the word before alone, as "
        f"in this table. How probable is the output: {', '.join(TOKENS[one] for one in said)}?"
    )
    return Task(
        (Say(text), _table(rows)),
        (Field("p"),),
        solve,
        "p(y) = Π p(y[t] | y[t−1])",
        {"rows": rows, "said": said},
        "",
        ("seq.product", "seq.unconditioned", "seq.last-factor"),
    )


#: Likelier first steps, likelier second ones behind them, and second ones behind the other first step, in
#: hundredths: the way that begins with the likelier step is not the likeliest.
MISLEADING = tuple(
    (first, second, sure)
    for first in (52, 54, 55, 56, 58, 60)
    for second in (55, 60, 65, 70)
    for sure in (80, 85, 90, 95)
    if first != second and (100 - first) * sure > first * second
)


def misleading(dice: Dice) -> list[list[Fraction]]:
    """Probabilities of a first step, and of the second one behind each of the two."""
    first, *after = dice.one(MISLEADING)
    rows = [[Fraction(first, 100), Fraction(100 - first, 100)]]
    rows += [[Fraction(one, 100), Fraction(100 - one, 100)][:: dice.one((1, -1))] for one in after]
    return rows if dice.chance(1, 2) else [rows[0][::-1], rows[2], rows[1]]


def _greedy(dice: Dice) -> Task:
    """The likelier first word divides its share among two, the other one does not."""
    rows = misleading(dice)
    first = rows[0].index(max(rows[0]))

    def solve(pen: Pen) -> None:
        table = given(rows)
        shares = [
            pen(
                f"p({TOKENS[a]} {TOKENS[b]})",
                table[0][a] * table[a + 1][b],
                {"seq.product": table[0][a] + table[a + 1][b]},
            )
            for a in range(2)
            for b in range(2)
        ]
        greedy = max(shares[2 * first : 2 * first + 2])
        twice = table[0][first] ** 2
        made = pen("greedy", given(greedy.value), {"seq.unconditioned": twice})
        best = given(max(shares).value)
        pen("best", best, those("seq.greedy", made, best))

    text = (
        "A decoder says two words, each yes or no; the probability of the second hangs on the first, as in "
        "this table. How probable is the pair that greedy decoding says, which takes the likelier word each "
        "time? And how probable is the likeliest pair of all?"
    )
    return Task(
        (Say(text), _table(rows)),
        (Field("greedy"), Field("best")),
        solve,
        "p(a b) = p(a)·p(b | a);  greedy: the likelier a, then the likelier b;  best: the largest of four",
        {"rows": rows},
        "",
        ("seq.product", "seq.greedy", "seq.unconditioned"),
    )
