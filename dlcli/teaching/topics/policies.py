"""Topics of policies: the probabilities of ε-greedy, the greedy moves on a grid."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from dlcli.engines.decisions.slips import MOVES, epsilon_greedy, greedy
from dlcli.teaching.dice import Dice
from dlcli.teaching.task import Field, Pen, Say, Task, grid
from dlcli.teaching.topic import topic
from dlcli.teaching.topics.literal import listed, matrix
from dlcli.teaching.topics.slipping import those, turned_into
from dlcli.teaching.worked import given, words


@topic(
    "eps-greedy",
    "Probabilities of ε-greedy",
    notes="5.6",
    levels=("the best and another action", "all actions", "two that are equally good"),
    idea="With 1 − ε the best action; with ε any of all, which may be the best once more.",
    products=6,
    digits=5,
)
def eps_greedy(dice: Dice, level: int) -> Task:
    """Q, ε: the probability of each action."""
    n = dice.one((4, 5)) if level == 1 else dice.one((3, 4, 5)) if level == 3 else 4
    e = Fraction(dice.one((8, 10, 12, 16, 20, 24, 28, 30, 40, 60)), 100)
    ties = 2 if level == 3 else 1
    q = dice.some(range(-4, 9), n)
    q.sort()
    q = dice.mixed([*q[:-1], q[-1 if level < 3 else -2]] if level < 3 else [*q[:-2], q[-1], q[-1]])
    best = [one == max(q) for one in q]
    names = "eps.greedy eps.rest eps.inverted eps.explore"
    asked = [best.index(True), best.index(False)] if level == 1 else range(n)
    tolerance = Fraction(1, 1000) if n == 3 else Fraction(0)
    says = "to 3 decimals, or a fraction" if n == 3 else ""

    def solve(pen: Pen) -> None:
        first = True
        for k in asked:
            line = given(e), n, best[k], ties
            wrong = those(names, *line)
            if level == 3:
                one = given(e), n, best[k] and first
                wrong |= those("eps.first-best", *one)
            first = first and not best[k]
            pen(f"p[{k}]", epsilon_greedy(*line), wrong)

    shared_ = " Actions that are equally good share the greedy steps equally." * (level == 3)
    ask = (
        f"of action {asked[0]}, which is the best, and of action {asked[1]}"
        if level == 1
        else "of each action"
    )
    return Task(
        (
            Say(
                f"An ε-greedy policy with ε = {words(e)} takes the best action, and with probability ε one "
                f"drawn uniformly from all actions.{shared_} Compute the probability {ask}."
            ),
            grid("Q", q, [f"action {k}" for k in range(n)]),
        ),
        tuple(Field(f"p[{k}]", tolerance, says=says) for k in asked),
        solve,
        "p = (1 − ε) / (number of best actions) + ε / n for the best, ε / n for the others",
        {"q": q, "ε": e},
        f"dlcli tensor {listed([int(one) for one in best])} --multiply {listed([(1 - e) / ties])} "
        f"--add {listed([e / n])}",
        ("eps.greedy", "eps.inverted", "eps.explore")
        + (("eps.rest",) if level < 3 else ("eps.first-best",) * (level == 3)),
    )


@topic(
    "policy-improve",
    "Greedy policy from values",
    notes="5.5",
    needs=("bellman-opt",),
    levels=("every move pays the same", "moves of different cost", "ties"),
    idea="For each move add its reward to the value of where it leads; the largest sum is the greedy move.",
    products=0,
)
def policy_improve(dice: Dice, level: int) -> Task:
    """A grid of values: the greedy moves of two states."""
    places = {"first": (1, 1), "second": (1, 2)}
    values, costs = _grid(dice, level, [*places.values()])
    more = ["up or right", "down"] if level == 3 else [*MOVES]
    seen = [one for place in places.values() for one in _said(values, costs, place, level)]
    options = tuple(dice.mixed([*dict.fromkeys([*sorted(seen), *more])]))
    reached = {name: _around(values, costs, place) for name, place in places.items()}

    def solve(pen: Pen) -> None:
        for name, (rewards, afters) in reached.items():
            at = {
                move: pen(f"{move} of {name}", given(rewards[move]) + given(afters[move])) for move in MOVES
            }
            moves = {move: one.value for move, one in at.items()}
            best = greedy(moves)
            made = _moves(moves, rewards, afters, best, level)
            pen(name, _both(best), turned_into(made, _both), "the largest sum")

    costs_said = (
        "A move pays what stands at the cell that it enters." if level == 2 else "Every move pays −1."
    )
    ask = (
        "Which moves may it take in each? All that are equally good are asked for."
        if level == 3
        else "Which move does it take in each?"
    )
    sums = [[[one[move] for move in MOVES] for one in both] for both in reached.values()]
    return Task(
        (
            Say(
                f"A policy on a grid of 3 × 4 has these values. {costs_said} γ = 1. The improved policy is "
                "greedy by them. Look at two states of row 1: first at that in column 1, second at that in "
                f"column 2 (counted from 0). {ask}"
            ),
            grid("V", values),
            *((grid("reward", costs),) if level == 2 else ()),
        ),
        tuple(Field(name, form="choice", options=options) for name in places),
        solve,
        "greedy: the largest r + V(s')",
        {"values": values, "costs": costs},
        f"dlcli tensor '{matrix([after for _, after in sums])}' --add='{matrix([paid for paid, _ in sums])}'",
        (
            "policy.least",
            "policy.turned",
            *{2: ("policy.cost-forgotten",), 3: ("policy.first",)}.get(level, ()),
        ),
    )


Table = list[list[int]]


def _grid(dice: Dice, level: int, places: list[tuple[int, int]]) -> tuple[Table, Table]:
    """Values and what a move pays, such that each state in turn shows each slip."""
    values = dice.table(-6, 0, 3, 4)
    costs = dice.table(-3, -1, 3, 4) if level == 2 else [[-1] * 4 for _ in range(3)]
    while not all(_said(values, costs, place, level) for place in places):
        values = dice.table(-6, 0, 3, 4)
        costs = dice.table(-3, -1, 3, 4) if level == 2 else costs
    return values, costs


def _around(values: Table, costs: Table, place: tuple[int, int]) -> tuple[dict[str, int], dict[str, int]]:
    """What each move pays, and the value of where it leads."""
    i, j = place
    to = {move: (i + down, j + right) for move, (down, right) in MOVES.items()}
    return {move: costs[a][b] for move, (a, b) in to.items()}, {
        move: values[a][b] for move, (a, b) in to.items()
    }


def _said(values: Table, costs: Table, place: tuple[int, int], level: int) -> set[str]:
    """The greedy moves and those of each slip; none where these are not all different."""
    rewards, afters = _around(values, costs, place)
    worths = {move: rewards[move] + afters[move] for move in MOVES}
    best = greedy(worths)
    wrong = [made() for made in _moves(worths, rewards, afters, best, level).values()]
    said = {_both(one) for one in (best, *wrong)}
    fits = len(best) == (2 if level == 3 else 1) and all(len(one) <= 2 for one in wrong)
    return said if fits and len(said) == 1 + len(wrong) else set()


def _moves(worths: Any, rewards: Any, afters: Any, best: tuple[str, ...], level: int) -> dict[str, Any]:
    """What slips do in one state."""
    made = those("policy.least", worths) | those("policy.turned", best)
    if level == 2:
        made |= those("policy.cost-forgotten", rewards, afters)
    if level == 3:
        made |= those("policy.first", best)
    return made


def _both(moves: tuple[str, ...]) -> str:
    """A set of moves in one wording, whatever the order in which they were found."""
    return " or ".join(move for move in MOVES if move in moves)
