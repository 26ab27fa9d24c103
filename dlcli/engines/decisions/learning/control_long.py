"""Learning what to do by whole episodes, several steps, traces, a model or the average reward: run by run."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, share
from dlcli.engines.decisions.learning.agents import AGENTS, USUAL, DifferentialSarsa, Seen, Settings, agent_of
from dlcli.engines.decisions.learning.control_definition import Control, Environment, TableEnvironment
from dlcli.engines.decisions.learning.exploration import (
    ONE_IN_TEN,
    STEADY,
    Exploration,
    Fall,
    choose_plain,
    probabilities,
)
from dlcli.engines.decisions.learning.learning_curve import rms_error
from dlcli.engines.decisions.learning.td import check_alpha
from dlcli.engines.decisions.transitions import Transitions


class ListEnvironment(TableEnvironment):
    """Experience drawn from transitions, the same as ``TableEnvironment`` draws, but quicker."""

    def __init__(self, transitions: Transitions) -> None:
        super().__init__(transitions)
        self._cumulative, self._rows = self.outcomes.cumulative.tolist(), self.outcomes.rows.tolist()
        self._reward, self._next = transitions.reward.tolist(), transitions.next.tolist()
        self._over = transitions.terminal.tolist()

    def step(self, state: int, action: int, uniform: float) -> tuple[float, int, bool]:
        pair = state * self.transitions.n_actions + action
        low, high = self._rows[pair], self._rows[pair + 1]
        k = min(bisect_right(self._cumulative, pair + uniform, low, high), high - 1)
        after = self._next[k]
        return self._reward[k], after, self._over[after]


def control_long(
    world: Transitions | Environment,
    rule: str,
    generator: np.random.Generator,
    *,
    episodes: int,
    alpha: float | None = 0.1,
    gamma: float = 1.0,
    explore: Exploration = ONE_IN_TEN,
    fall: Fall = STEADY,
    settings: Settings = USUAL,
    exploring_starts: bool = False,
    initial: float = 0.0,
    limit: int = 10_000,
    exact: Array | None = None,
    best: Array | None = None,
    trace: int = 0,
) -> Control:
    """One run of a rule of ``AGENTS``, as the textbook's boxes have them.

    Every step takes four random numbers as in ``control_plain``, and Dyna-Q two more for each planned step:
    with n = 1, λ = 0 or no planned steps it learns what ``control_plain`` learns, to the last bit. With
    ``exploring_starts`` every episode begins with any state and any of its actions. An episode that is cut
    ends there: a target of n steps looks at the state that was reached, a return has what was paid until
    then.
    ``exact`` (S,), ``best`` (S, A) and ``trace`` as in ``control``.

    Raises ``EngineError`` for a rule that is none, and for numbers outside of their ranges.

    >>> fork = Transitions.of([0, 0], [0, 1], [1, 1], [1, 1], [4, 0], n_states=2, n_actions=2)
    >>> control_long(fork, "mc", np.random.default_rng(0), episodes=50, alpha=0.5).q[0, 0].round(2)
    array([4., 0.])

    Source: Sutton and Barto, 2nd edition, chapters 5, 7, 8, 10 and 12.
    """
    check_alpha(alpha)
    share("gamma", gamma)
    if rule not in AGENTS:
        raise EngineError(f"there is no rule {rule!r}; there are {', '.join(AGENTS)}")
    if episodes < 1:
        raise EngineError(f"episodes expects a whole number, at least 1; received {episodes}")
    environment = ListEnvironment(world) if isinstance(world, Transitions) else world
    allowed = environment.allowed
    q = np.where(allowed, explore.first(initial), -np.inf).tolist()
    agent = agent_of(rule, q, alpha, gamma, settings, lambda count: generator.random(count).tolist(), trace)
    sizes, values = fall.sizes(alpha, episodes), explore.values(episodes)
    taken = [[0] * allowed.shape[1] for _ in q]
    acts = [np.flatnonzero(row).tolist() for row in allowed]
    going = [s for s, row in enumerate(acts) if row]
    inner, weighted = allowed.any(axis=1), rule == "off-policy-mc"
    returns, steps, cuts, right = np.zeros(episodes), np.zeros(episodes, int), 0, np.zeros(episodes)
    errors, last = None if exact is None else np.zeros(episodes + 1), np.full(episodes, -1)

    looked: tuple[tuple[float, ...], tuple[int, ...]] = (), ()

    def chosen(state: int, episode: int, uniform: float) -> int:
        nonlocal looked
        looked = (tuple(q[state]), tuple(taken[state])) if len(agent.happened) < trace else ((), ())
        value = float(values[episode])
        if explore.name not in ("softmax", "ucb"):
            among = acts[state]
            epsilon = value if explore.name == "epsilon-greedy" else 0.0
            if uniform < epsilon:
                part = uniform / epsilon
            else:
                top = max(q[state])
                found = [a for a in among if q[state][a] == top]
                among, part = found or among, (uniform - epsilon) / (1 - epsilon)
            return int(among[min(int(part * len(among)), len(among) - 1)])
        row, seen = np.array(q[state]), np.array(taken[state])
        return choose_plain(explore, row, allowed[state], seen, value, uniform)

    def chance(state: int, action: int, episode: int) -> float:
        known = np.array(q[state]), allowed[state], np.array(taken[state]), float(values[episode])
        return float(probabilities(explore, *known)[action])

    def begun(start: float, act: float, coin: float, episode: int) -> tuple[int, int]:
        if not exploring_starts:
            state = environment.begin(start)
            return state, chosen(state, episode, act)
        nonlocal looked
        looked, state = ((), ()), going[int(start * len(going))]
        return state, acts[state][int(coin * len(acts[state]))]

    def compare(episode: int) -> None:
        if errors is not None and exact is not None:
            found = np.where(inner, np.array(q).max(axis=1), 0.0)
            errors[episode] = float(rms_error(found[None], exact, np.asarray(inner))[0])

    start, act, _, coin = generator.random(4).tolist()
    s, a = begun(start, act, coin, 0)
    compare(0)
    for episode in range(episodes):
        paid, faded, ended = 0.0, 1.0, False
        agent.alpha = sizes[episode]
        agent.begin()
        for length in range(1, limit + 1):
            draw, likely = act, chance(s, a, episode) if weighted else 0.0
            row, tried = looked
            start, act, outcome, coin = generator.random(4).tolist()
            reward, after, ended = environment.step(s, a, outcome)
            then = chosen(after, episode, act) if agent.early and not ended else None
            taken[s][a] += 1
            agent.see(
                Seen(s, a, reward, after, ended, then, draw, likely, episode, length - 1, row, tried,
                     float(values[episode]))
            )  # fmt: skip
            paid, faded = paid + faded * reward, faded * gamma
            right[episode] += 0.0 if best is None else float(best[s, a])
            if ended or length == limit:
                break
            s, a = after, chosen(after, episode, act) if then is None else then
        cuts += not ended
        agent.finish()
        returns[episode], steps[episode], last[episode] = paid, length, after if ended else -1
        right[episode] /= length
        compare(episode + 1)
        s, a = begun(start, act, coin, episode + 1)
    learnt = np.where(allowed, np.array(q), np.nan)
    average = np.array([agent.average]) if isinstance(agent, DifferentialSarsa) else None
    return Control(
        learnt[None],
        returns[None],
        steps[None],
        cuts,
        tuple(agent.happened),
        None if errors is None else errors[None],
        None if best is None else right[None],
        agent.count,
        average,
        last[None],
    )


def joined(runs: Sequence[Control]) -> Control:
    """Several runs as one result: a row for each, and the updates of the first.

    >>> fork = Transitions.of([0, 0], [0, 1], [1, 1], [1, 1], [4, 0], n_states=2, n_actions=2)
    >>> both = [control_long(fork, "mc", one, episodes=5) for one in np.random.default_rng(0).spawn(2)]
    >>> joined(both).returns.shape
    (2, 5)
    """

    def stacked(name: str) -> Array | None:
        parts = [getattr(run, name) for run in runs]
        return None if any(part is None for part in parts) else np.concatenate(parts)

    q, returns, steps = (
        np.concatenate([getattr(run, name) for run in runs]) for name in ("q", "returns", "steps")
    )
    first = runs[0]
    return Control(
        q, returns, steps, sum(run.cut for run in runs), first.happened, stacked("errors"), stacked("best"),
        first.updates, stacked("average"), stacked("last"),
    )  # fmt: skip
