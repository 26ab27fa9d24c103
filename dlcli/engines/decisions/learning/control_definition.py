"""The definition of learning by doing: one run, one step after the other, as the textbook's boxes have it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, share
from dlcli.engines.decisions.learning.exploration import (
    ONE_IN_TEN,
    STEADY,
    Exploration,
    Fall,
    choose_plain,
    probabilities,
)
from dlcli.engines.decisions.learning.td import check_alpha, td_error
from dlcli.engines.decisions.sampling import normal_quantile, outcome_chance, start_chance
from dlcli.engines.decisions.transitions import Transitions

#: Rule -> what the next state s′ is taken to be worth.
RULES = {
    "sarsa": "Q(s′, a′)  of the action taken next",
    "expected-sarsa": "Σ π(a|s′) Q(s′, a)",
    "q-learning": "max Q(s′, a)",
    "double-q": "Q₂(s′, argmax Q₁(s′, a))  or the other way round",
}


@dataclass(frozen=True)
class Step:
    """An update of Q(s, a): what happened, target, error δ, step size, and the value before and after.

    In ``state`` came ``action``, paid ``reward`` and led to ``next``. ``table`` is 1 when it is the second
    one of double Q-learning; ``then`` is the action that SARSA takes next, None where the episode has ended
    and for the other rules. ``draw`` is the number, uniform in [0, 1), that chose the action.
    """

    state: int
    action: int
    reward: float
    next: int
    target: float
    delta: float
    alpha: float
    before: float
    after: float
    table: int = 0
    then: int | None = None
    draw: float = 0.0


@dataclass(frozen=True, eq=False)
class Control:
    """What R runs of E episodes learnt to do.

    ``q`` (R, S, A), the mean of both tables of double Q-learning, nan where there is no such action;
    ``returns`` and ``steps`` (R, E) of the episodes, nan and 0 for those that a run did not come to;
    ``cut`` counts the episodes that passed the step limit; ``happened`` are the first updates of the first
    run; ``errors`` (R, E+1) the RMS difference between the best action's values and the optimal ones, before
    the first episode and after each; ``best`` (R, E) the share of an episode's actions that were best.
    ``updates`` are all that the first run made, None where there is one for each step; ``average`` (R,) the
    average reward that a rule has learnt, where it does; ``last`` (R, E) the state in which each episode
    ended, −1 of one that was cut, None where nobody noted it.
    """

    q: Array
    returns: Array
    steps: Array
    cut: int
    happened: tuple[Step, ...]
    errors: Array | None = None
    best: Array | None = None
    updates: int | None = None
    average: Array | None = None
    last: Array | None = None


class Environment(Protocol):
    """Where experience comes from: a table of outcomes, or a world that can only be stepped in."""

    @property
    def allowed(self) -> Array: ...

    def begin(self, uniform: float) -> int:
        """The state in which an episode begins."""

    def step(self, state: int, action: int, uniform: float) -> tuple[float, int, bool]:
        """The reward, the next state, and whether the episode is over."""


class TableEnvironment:
    """Experience drawn from transitions."""

    def __init__(self, transitions: Transitions) -> None:
        self.transitions, self.allowed = transitions, transitions.allowed
        self.outcomes, (self.starts, self.states) = outcome_chance(transitions), start_chance(transitions)

    def begin(self, uniform: float) -> int:
        return int(self.states[self.starts.draw(np.zeros(1, int), np.array([uniform]))[0]])

    def step(self, state: int, action: int, uniform: float) -> tuple[float, int, bool]:
        moves = self.transitions
        pair = np.array([state * moves.n_actions + action])
        k = int(self.outcomes.draw(pair, np.array([uniform]))[0])
        after = int(moves.next[k])
        return float(moves.reward[k]), after, bool(moves.terminal[after])


class ArmsEnvironment:
    """A bandit: one state, whose actions pay a number from a normal distribution about their own mean.

    ``arms`` (A,) are the means, its deviation is 1; every episode is one step.
    """

    def __init__(self, arms: Array) -> None:
        self.arms, self.allowed = arms, np.array([np.ones(len(arms), bool), np.zeros(len(arms), bool)])

    def begin(self, uniform: float) -> int:
        return 0

    def step(self, state: int, action: int, uniform: float) -> tuple[float, int, bool]:
        return float(self.arms[action] + normal_quantile(np.array([uniform]))[0]), 1, True


def control_plain(
    transitions: Transitions | Environment,
    rule: str,
    generator: np.random.Generator,
    *,
    episodes: int,
    alpha: float | None = 0.1,
    gamma: float = 1.0,
    explore: Exploration = ONE_IN_TEN,
    fall: Fall = STEADY,
    initial: float = 0.0,
    limit: int = 10_000,
    best: Array | None = None,
) -> Control:
    """One run; every step takes four random numbers: a start, an action, an outcome, and which table.

    ``best`` (S, A) of bool are the actions that count as best ones, where their share is asked for.

    >>> fork = Transitions.of([0, 0], [0, 1], [1, 1], [1, 1], [4, 0], n_states=2, n_actions=2)
    >>> control_plain(fork, "sarsa", np.random.default_rng(0), episodes=50, alpha=0.5).q[0, 0].round(2)
    array([4., 0.])

    Source: Sutton and Barto, 2nd edition, the boxes of sections 6.4, 6.5 and 6.7, and equation 6.9.
    """
    checked_control(rule, alpha, gamma)
    environment = TableEnvironment(transitions) if isinstance(transitions, Transitions) else transitions
    allowed = environment.allowed
    q = [np.where(allowed, explore.first(initial), -np.inf) for _ in range(2 if rule == "double-q" else 1)]
    seen = [np.zeros(allowed.shape, int) for _ in q]
    happened: list[Step] = []
    returns, steps, cuts, right = np.zeros(episodes), np.zeros(episodes, int), 0, np.zeros(episodes)
    values, sizes = explore.values(episodes), fall.sizes(alpha, episodes)

    def chosen(state: int, episode: int, uniform: float) -> int:
        mean, count = (np.mean(q, axis=0), np.sum(seen, axis=0)) if len(q) > 1 else (q[0], seen[0])
        return choose_plain(
            explore, mean[state], allowed[state], count[state], float(values[episode]), uniform
        )

    start, act, _, _ = generator.random(4)
    s = environment.begin(start)
    a = chosen(s, 0, act)
    for episode in range(episodes):
        paid, faded = 0.0, 1.0
        for length in range(1, limit + 1):
            draw = act
            start, act, outcome, coin = generator.random(4)
            reward, after, ended = environment.step(s, a, outcome)
            table = int(coin >= 0.5) if len(q) == 2 else 0
            then = chosen(after, episode, act) if rule == "sarsa" and not ended else 0
            worth = 0.0
            if not ended and rule == "sarsa":
                worth = float(q[0][after, then])
            elif not ended and rule == "q-learning":
                worth = float(q[0][after].max())
            elif not ended and rule == "double-q":
                worth = float(q[1 - table][after, q[table][after].argmax()])
            elif not ended:
                there = q[0][after], allowed[after], seen[0][after]
                likely = probabilities(explore, *there, float(values[episode]))
                for b in np.flatnonzero(allowed[after]):
                    worth += float(likely[b]) * float(q[0][after, b])
            seen[table][s, a] += 1
            size = sizes[episode]
            step = size if size is not None else 1 / int(seen[table][s, a])
            before = float(q[table][s, a])
            target = reward + gamma * worth
            delta = td_error(target, before)
            q[table][s, a] = before + step * delta
            happened.append(
                Step(
                    s,
                    a,
                    reward,
                    after,
                    target,
                    delta,
                    step,
                    before,
                    float(q[table][s, a]),
                    table,
                    then if rule == "sarsa" and not ended else None,
                    float(draw),
                )
            )
            paid, faded = paid + faded * reward, faded * gamma
            right[episode] += 0.0 if best is None else float(best[s, a])
            cuts += not ended and length == limit
            if ended or length == limit:
                returns[episode], steps[episode] = paid, length
                right[episode] /= length
                s = environment.begin(start)
                a = chosen(s, episode + 1, act)
                break
            s, a = after, then if rule == "sarsa" else chosen(after, episode, act)
    learnt = np.mean([np.where(allowed, table, np.nan) for table in q], axis=0)
    shares = None if best is None else right[None]
    return Control(learnt[None], returns[None], steps[None], cuts, tuple(happened), best=shares)


def checked_control(rule: str, alpha: float | None, gamma: float) -> None:
    """Raise ``EngineError`` for a rule that does not exist and for numbers out of range."""
    check_rule(rule)
    check_alpha(alpha)
    share("gamma", gamma)


def check_rule(rule: str) -> None:
    """Raise ``EngineError`` for a rule that does not exist."""
    if rule not in RULES:
        raise EngineError(f"there is no rule {rule!r}; there are {', '.join(RULES)}")


@dataclass(frozen=True, eq=False)
class Ahead:
    """What s′ was taken to be ``worth``, and why.

    ``q`` (T, A) are the values Q(s′, a) in each table, nan where there is no such action. ``action`` is the
    one whose value is taken, None for expected SARSA, which takes them all, each as likely as ``policy`` (A,)
    says; the other rules have no ``policy``.
    """

    q: Array
    worth: float
    action: int | None = None
    policy: Array | None = None


def look_ahead(
    rule: str, q: Array, *, table: int = 0, then: int | None = None, policy: Array | None = None
) -> Ahead:
    """The worth of a state that is no end, by one of the rules.

    Parameters
    ----------
    rule : str
        One of ``RULES``.
    q : (T, A)
        Q(s′, a) before the update; of two tables for double Q-learning, otherwise of one.
    table : int
        Which of them is updated: it names the best action, and the other one tells what that is worth.
    then : int, optional
        The action that is taken next, which SARSA needs.
    policy : (A,), optional
        How likely each action is there, which expected SARSA needs.

    Raises ``EngineError`` for a rule that is none, for SARSA without its next action, and for expected SARSA
    without its policy.

    >>> two = np.array([[1.0, 3.0], [8.0, 2.0]])
    >>> look_ahead("double-q", two).worth, look_ahead("double-q", two, table=1).worth
    (2.0, 1.0)
    >>> look_ahead("expected-sarsa", two[:1], policy=np.array([0.25, 0.75])).worth
    2.5

    Source: Sutton and Barto, 2nd edition, sections 6.4 to 6.7.
    """
    check_rule(rule)
    if rule == "expected-sarsa":
        if policy is None:
            raise EngineError("expected-sarsa needs how likely each action is; received nothing")
        return Ahead(q, float(np.add.reduce(policy * np.where(np.isnan(q[0]), 0.0, q[0]))), policy=policy)
    if rule == "sarsa":
        if then is None:
            raise EngineError("sarsa needs the action that is taken next; received none")
        return Ahead(q, float(q[0, then]), then)
    best = int(np.nanargmax(q[table]))
    return Ahead(q, float(q[1 - table if rule == "double-q" else 0, best]), best)
