"""The textbook's figures of blackjack: 5.1 to 5.3."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
from dlcli.engines.decisions.transitions import Transitions
from dlcli.engines.decisions.walk import sample_episodes
from dlcli.tensor import Array
from dlcli.worlds import textbook_tables as book
from dlcli.worlds.blackjack import LEAST as LOWEST
from dlcli.worlds.blackjack import STICK, blackjack
from dlcli.worlds.comparison import Check, check, claim, otherwise
from dlcli.worlds.world import World

FEW, MANY, OFF_POLICY = 10_000, 500_000, 10_000
LEARNT, RUNS = 200_000, 100


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


def moments(moves: Transitions, weight: Array, powers: Sequence[int]) -> Array:
    """Σ over episodes from each state of Π w(s, a) p · Gᵏ, a row for each k (K, S), where only ends pay.

    With ``weight`` (S, A) a policy that is the mean of Gᵏ; with π² / b that of ρ² · Gᵏ from episodes of b.
    """
    size, inner = moves.n_states, np.flatnonzero(~moves.terminal)
    chance = weight[moves.state, moves.action] * moves.probability
    full = np.zeros((size, size))
    np.add.at(full, (moves.state, moves.next), chance)
    system = np.eye(len(inner)) - full[np.ix_(inner, inner)]
    ended = chance * moves.terminal[moves.next]
    found = np.zeros((len(powers), size))
    for row, power in zip(found, powers, strict=True):
        row[inner] = np.linalg.solve(
            system, np.bincount(moves.state, ended * moves.reward**power, size)[inner]
        )
    return found


def visits(moves: Transitions, policy: Array) -> Array:
    """How often an episode comes to each state on average (S,)."""
    full = np.zeros((moves.n_states, moves.n_states))
    np.add.at(full, (moves.state, moves.next), policy[moves.state, moves.action] * moves.probability)
    found: Array = np.linalg.solve(np.eye(moves.n_states) - full.T, moves.start)
    return found


def estimated_values(rng: np.random.Generator, many: int = MANY) -> Iterator[Check]:
    """Figure 5.1: first-visit Monte Carlo after 10,000 games and 500,000, beside the exact values."""
    world, policy = blackjack(), sticking_on(20)
    moves = world.transitions
    exact = evaluate(moves, policy, 1.0)
    off = {}
    for games in (FEW, many):
        (generator,) = rng.spawn(1)
        method = Method("mc", None, first_visit=True)
        off[games] = predict(moves, policy, [method], [generator], episodes=games).values[0, 0] - exact
    error = {games: [float(np.sqrt(np.mean(part**2))) for part in maps(world, off[games])] for games in off}
    yield claim("soft hands are less certain after 10,000", error[FEW][0] > error[FEW][1], "the text")
    nearer = all(late < early for late, early in zip(error[many], error[FEW], strict=True))
    yield claim("soft and hard ones are nearer after 500,000", nearer, "the text")
    soft, hard = maps(world, exact)
    rise = np.diff(hard, axis=0)
    yield claim(
        "no step up is as high as that to 20", (rise[7] > np.delete(rise, 7, 0)).all(), "exercise 5.1"
    )
    yield claim("an ace of the dealer's is worse than a 2", (hard[:, 0] < hard[:, 1]).all(), "exercise 5.1")
    yield claim("a soft 12 is worth more than a hard one", (soft[0] > hard[0]).all(), "exercise 5.1")
    spread = moments(moves, policy, (2,))[0] - exact**2
    inner = np.flatnonzero(~moves.terminal & (spread > 0))
    ratio = off[many][inner] ** 2 * many * visits(moves, policy)[inner] / spread[inner]
    # Each of the squares varies by √2 where errors are normal; along a game some of them are of one return.
    within = 5 * np.sqrt(2 / len(inner))
    yield otherwise(
        "squared errors, in exact variances",
        ratio.mean(),
        1.0,
        within,
        "the mean over states: five errors of it",
    )
    yield from _deuce(world, exact, spread)


def _deuce(world: World, exact: Array, spread: Array) -> Iterator[Check]:
    """The value of one state, which the book has from so many games."""
    state = world.states.index("soft 13 against 2")
    within = 3 * float(np.sqrt(spread[state] / book.DEUCE_GAMES))
    yield check("soft 13 against 2", exact[state], book.DEUCE, within, "three errors of 100 million games")


def best_strategy(rng: np.random.Generator, games: int = LEARNT) -> Iterator[Check]:
    """Figure 5.2: the best strategy, exactly, and by Monte Carlo with exploring starts."""
    world = blackjack()
    moves, best = world.transitions, policy_iteration(world.transitions, 1.0)
    for part, printed, hand in zip(
        maps(world, best.policy[:, STICK]),
        (book.STICKS_SOFT, book.STICKS_HARD),
        ("soft", "hard"),
        strict=True,
    ):
        same = int((LOWEST + (part == 1).argmax(axis=0) == np.array(printed)).sum())
        yield check(f"{hand} hands: least sums to stick at that agree", same, 10.0, 0.0, "drawn, of 10 cards")
    (generator,) = rng.spawn(1)
    learnt = control_long(
        moves, "mc", generator, episodes=games, alpha=None, explore=Exploration("greedy"),
        settings=Settings(first_visit=True), exploring_starts=True,
    )  # fmt: skip
    inner = ~moves.terminal
    taken = single_best(moves, learnt.q[0]).argmax(axis=1)[inner]
    lost = best.values[inner] - best.q[inner, taken]
    # A pair is begun with in a share of the games; two means of returns from −1 to 1 differ by so much.
    noise = float(np.sqrt(2 / (games / (inner.sum() * moves.n_actions))))
    yield otherwise("exploring starts: most that a hand loses", lost.max(), 0.0, 3 * noise,
                    "exact values: three errors of two means")  # fmt: skip
    pays = float(moves.start @ best.values) - greedy_return(moves, learnt.q[0], 1.0)
    yield otherwise("exploring starts: what a game loses", pays, 0.0, 0.4 * noise,
                    "exact values: 0.4 errors, the mean where two are tied")  # fmt: skip


def deuce_errors(rng: np.random.Generator, runs: int = RUNS) -> Iterator[Check]:
    """Figure 5.3: a soft 13 beside a deuce, by importance sampling from the random policy, 100 runs."""
    world = blackjack()
    moves, start = world.transitions, np.zeros(len(world.states))
    state = world.states.index("soft 13 against 2")
    start[state] = 1.0
    moves = replace(moves, start=start)
    target, behaviour = sticking_on(20), random_policy(moves)
    seen = sample_episodes(moves, behaviour, OFF_POLICY, rng.spawn(runs))
    ratios = importance_ratios(seen, target, behaviour).reshape(runs, OFF_POLICY)
    returns = seen.first_returns(1.0).reshape(runs, OFF_POLICY)
    exact = evaluate(moves, target, 1.0)
    yield from _deuce(world, exact, moments(moves, target, (2,))[0] - exact**2)
    squared = np.divide(target**2, behaviour, out=np.zeros_like(target), where=behaviour > 0)
    none, one, two = moments(moves, squared, (0, 1, 2))[:, state]
    value = float(exact[state])
    ordinary, weighted = (((one - value) ** 2).mean(axis=0) for one in importance_estimates(returns, ratios))
    yield claim("weighted is nearer in the first 100 games", weighted[:100].mean() < ordinary[:100].mean(),
                "the text")  # fmt: skip
    for name, errors in (("ordinary", ordinary), ("weighted", weighted)):
        yield claim(f"{name}: the error approaches zero", errors[-1] < errors[99] / 10, "the text")
    within = 5 * float(np.sqrt(2 / runs))
    for name, errors, spread in (
        ("ordinary", ordinary, two - value**2),
        ("weighted", weighted, two - 2 * value * one + value**2 * none),
    ):
        yield otherwise(f"{name}: squared error, in exact variances", OFF_POLICY * errors[-1] / spread, 1.0,
                        within, "variances: five errors of 100 runs")  # fmt: skip
