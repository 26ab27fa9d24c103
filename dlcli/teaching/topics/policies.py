"""Topics of policies: the probabilities of ε-greedy, the greedy moves on a grid."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from dlcli.engines.decisions.slips import MOVES, epsilon_greedy, greedy
from dlcli.teaching.dice import Dice
from dlcli.teaching.task import Field, Pen, Say, Task, grid
from dlcli.teaching.topic import topic
from dlcli.teaching.topics.literal import listed
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
    levels=("one state", "moves of different cost", "ties"),
    idea="For each move add its reward to the value of where it leads; the largest sum is the greedy move.",
    products=0,
)
def policy_improve(dice: Dice, level: int) -> Task:
    """A grid of values: the greedy moves."""
    side, middle = 3, (1, 1)
    while True:
        values = dice.table(-6, 0, side, side)
        costs = dice.table(-3, -1, side, side) if level == 2 else [[-1] * side for _ in range(side)]
        afters = {move: values[1 + down][1 + right] for move, (down, right) in MOVES.items()}
        rewards = {move: costs[1 + down][1 + right] for move, (down, right) in MOVES.items()}
        worths = {move: rewards[move] + afters[move] for move in MOVES}
        best = greedy(worths)
        wrong = {name: made() for name, made in _moves(worths, rewards, afters, best, level).items()}
        if len(best) == (2 if level == 3 else 1) and all(len(one) <= 2 for one in wrong.values()):
            said = {_both(one) for one in (best, *wrong.values())}
            if len(said) == 1 + len(wrong):
                break
    more = (
        [_both((move,)) for move in MOVES]
        if level < 3
        else [_both(one) for one in (("up", "right"), ("down",))]
    )
    options = tuple(dice.mixed([*dict.fromkeys([*sorted(said), *more])]))

    def solve(pen: Pen) -> None:
        at = {move: pen(move, given(rewards[move]) + given(afters[move])) for move in MOVES}
        moves = {move: one.value for move, one in at.items()}
        made = _moves(moves, rewards, afters, greedy(moves), level)
        pen(
            "move",
            _both(greedy(moves)),
            turned_into(made, _both),
            "the largest sum",
        )

    costs_said = (
        "A move pays what stands at the cell that it enters." if level == 2 else "Every move pays −1."
    )
    ask = "All moves that are equally good are asked for." if level == 3 else "Which move does it take there?"
    return Task(
        (
            Say(
                f"A policy on a grid of 3 × 3 has these values. {costs_said} γ = 1. The improved policy is "
                f"greedy by them. {'Which moves may it take' if level == 3 else 'Look at the state'} in the "
                f"middle, row 1, column 1{'?' if level == 3 else '.'} {ask}"
            ),
            grid("V", values),
            *((grid("reward", costs),) if level == 2 else ()),
        ),
        (Field("move", form="choice", options=options),),
        solve,
        "greedy: the largest r + V(s')",
        {"values": values, "costs": costs, "place": middle},
        f"dlcli tensor {listed([*afters.values()])} --add={listed([*rewards.values()])}",
        tuple(wrong),
    )


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
