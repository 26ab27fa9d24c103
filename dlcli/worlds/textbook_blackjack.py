"""The textbook's figures of blackjack: 5.1 to 5.3."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from dlcli.engines.decisions.bellman import evaluate
from dlcli.engines.decisions.learning.agents import Settings
from dlcli.engines.decisions.learning.control_long import control_long
from dlcli.engines.decisions.learning.control_replay import greedy_return
from dlcli.engines.decisions.learning.exploration import Exploration
from dlcli.engines.decisions.learning.importance import importance_estimates, importance_ratios
from dlcli.engines.decisions.learning.prediction import Method, predict
from dlcli.engines.decisions.optimal import policy_iteration
from dlcli.engines.decisions.policy import random_policy, single_best
from dlcli.engines.decisions.walk import sample_episodes
from dlcli.tensor import Array
from dlcli.worlds import textbook_tables as book
from dlcli.worlds.blackjack import LEAST as LOWEST
from dlcli.worlds.blackjack import STICK, blackjack
from dlcli.worlds.world import World

FEW, MANY, OFF_POLICY = 10_000, 500_000, 10_000

#: A label, our number or numbers, the book's, the tolerance, and where that comes from.
Row = tuple[str, float | Array, float | Array, float, str]


def sticking_on(least: int) -> Array:
    """The policy (S, 2) that sticks on a sum of so much or more, and hits below."""
    world = blackjack()
    policy = np.zeros((len(world.states), 2))
    for numbers in maps(world, np.arange(float(len(world.states)))):
        part = numbers.astype(np.intp)
        rows = np.arange(len(part))[:, None] >= least - LOWEST
        stick = rows & np.ones(part.shape, bool)
        policy[part[stick], STICK] = 1.0
        policy[part[~stick], 1 - STICK] = 1.0
    return policy


def maps(world: World, values: Array) -> tuple[Array, Array]:
    """What belongs to the states (S,) as two maps (sum − 12, dealer's card − 1): soft hands, hard ones."""
    assert world.layout is not None
    soft, hard = np.split(world.layout.grid(values), 2)
    return soft, hard


def estimated_values(rng: np.random.Generator) -> Iterator[Row]:
    """Figure 5.1: first-visit Monte Carlo after 10,000 games and 500,000, beside the exact values."""
    world, policy = blackjack(), sticking_on(20)
    exact = evaluate(world.transitions, policy, 1.0)
    errors = {}
    for games in (FEW, MANY):
        (generator,) = rng.spawn(1)
        method = Method("mc", None, first_visit=True)
        found = predict(world.transitions, policy, [method], [generator], episodes=games).values[0, 0]
        errors[games] = [
            float(np.sqrt(np.mean(part * part)))
            for part in maps(world, np.where(np.isnan(found), 0, found) - exact)
        ]
    soft, hard = errors[MANY]
    yield "RMS error after 500,000 games, hard hands", hard, 0.0, 0.02, "the text: very well approximated"
    yield "RMS error after 500,000 games, soft hands", soft, 0.0, 0.06, "soft hands are rare"
    yield (
        "after 10,000 games soft ones are less certain",
        float(errors[FEW][0] > errors[FEW][1]),
        1.0,
        0.0,
        "the text",
    )
    deuce = float(exact[world.states.index("soft 13 against 2")])
    yield "soft 13 against 2, exact value", deuce, book.DEUCE, 2e-4, "100 million games differ by 0.0001"
    (soft_values, hard_values) = maps(world, exact)
    jump = float((hard_values[8] - hard_values[7]).min() > 0.3)
    yield "a jump to the rows of 20 and 21", jump, 1.0, 0.0, "exercise 5.1"
    lowest = float((hard_values[:, :1] < hard_values[:, 1:8]).all())
    yield "against an ace less than against 2 to 8", lowest, 1.0, 0.0, "exercise 5.1"
    higher = float((soft_values[:8] > hard_values[:8]).all())
    yield "soft hands below 20 are worth more", higher, 1.0, 0.0, "exercise 5.1"


def best_strategy(rng: np.random.Generator) -> Iterator[Row]:
    """Figure 5.2: the best strategy, and what Monte Carlo with exploring starts comes to in 200,000 games."""
    world = blackjack()
    best = policy_iteration(world.transitions, 1.0)
    for part, printed, hand in zip(
        maps(world, best.policy[:, STICK]),
        (book.STICKS_SOFT, book.STICKS_HARD),
        ("soft", "hard"),
        strict=True,
    ):
        same = int((LOWEST + (part == 1).argmax(axis=0) == np.array(printed)).sum())
        yield f"{hand} hands: least sums to stick at that agree", float(same), 10.0, 0.0, "exact"
    (generator,) = rng.spawn(1)
    learnt = control_long(
        world.transitions, "mc", generator, episodes=200_000, alpha=None, explore=Exploration("greedy"),
        settings=Settings(first_visit=True), exploring_starts=True,
    )  # fmt: skip
    pays = greedy_return(world.transitions, learnt.q[0], 1.0)
    optimum = float(world.transitions.start @ best.values)
    yield "exploring starts: a game, less the optimum", pays - optimum, 0.0, 0.01, "200,000 games"
    inner = ~world.transitions.terminal
    agree = single_best(world.transitions, learnt.q[0])[inner, STICK] == best.policy[inner, STICK]
    yield "hands of 200 with the best action", float(agree.sum()), 200.0, 30.0, "some differ by 0.01"


def deuce_errors(rng: np.random.Generator) -> Iterator[Row]:
    """Figure 5.3: a soft 13 beside a deuce, by importance sampling from the random policy, 100 runs."""
    world = blackjack()
    moves, start = world.transitions, np.zeros(len(world.states))
    start[world.states.index("soft 13 against 2")] = 1.0
    moves = replace(moves, start=start)
    target, behaviour = sticking_on(20), random_policy(moves)
    seen = sample_episodes(moves, behaviour, OFF_POLICY, rng.spawn(100))
    ratios = importance_ratios(seen, target, behaviour).reshape(100, OFF_POLICY)
    returns = seen.first_returns(1.0).reshape(100, OFF_POLICY)
    exact = float(start @ evaluate(moves, target, 1.0))
    yield "its value", exact, book.DEUCE, 2e-4, "100 million games differ by 0.0001"
    ordinary, weighted = (((one - exact) ** 2).mean(axis=0) for one in importance_estimates(returns, ratios))
    yield "weighted: squared error after 10,000", float(weighted[-1]), 0.0, 0.002, "approaches zero"
    yield "ordinary: squared error after 10,000", float(ordinary[-1]), 0.0, 0.005, "approaches zero"
    early = float(weighted[:100].mean() < ordinary[:100].mean())
    yield "the first 100 episodes: weighted is nearer", early, 1.0, 0.0, "the text: much lower at first"
