"""Learning what to do: SARSA, expected SARSA, Q-learning and double Q-learning, many runs in step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.decisions.learning.control_definition import Control, Step, checked_control
from dlcli.engines.decisions.learning.exploration import (
    ONE_IN_TEN,
    STEADY,
    Exploration,
    Fall,
    choose,
    probabilities,
)
from dlcli.engines.decisions.learning.learning_curve import rms_error
from dlcli.engines.decisions.learning.td import td_error
from dlcli.engines.decisions.sampling import normal_quantile, outcome_chance, start_chance
from dlcli.engines.decisions.transitions import Transitions

TICKS = 256  # steps for which random numbers are drawn at once


def control(
    transitions: Transitions,
    rule: str,
    generators: Sequence[np.random.Generator],
    *,
    episodes: int,
    alpha: float | None = 0.1,
    gamma: float = 1.0,
    explore: Exploration = ONE_IN_TEN,
    fall: Fall = STEADY,
    initial: float = 0.0,
    limit: int = 10_000,
    steps: int | None = None,
    exact: Array | None = None,
    best: Array | None = None,
    arms: Array | None = None,
    trace: int = 0,
) -> Control:
    """Learn what actions are worth while choosing among them, all runs in step.

    Usually in each state the best action so far is taken, one of them at random where several are, but with
    probability ε any action; ``explore`` knows other ways. Equals ``control_plain`` run by run,
    to the last bit.

    Parameters
    ----------
    transitions : Transitions
        The world.
    rule : str
        One of ``RULES``: what the value of the next state is taken to be.
    generators : sequence of numpy.random.Generator
        One for each of R runs; what happens in a run depends on its own alone.
    episodes : int
        E of each run.
    alpha : float or None
        Step size; None for one over the number of visits of state and action.
    gamma : float
        Discount.
    explore : Exploration
        How actions are chosen.
    fall : Fall
        How the step size falls after each episode.
    initial : float
        The first guess for every action.
    limit : int
        Steps after which an episode is cut.
    steps : int, optional
        Steps of a run after which it ends, whatever is left of its episodes.
    exact : (S,), optional
        The optimal values, to compare the best action's value in each state with, before the first episode
        and after each.
    best : (S, A) or (R, S, A) of bool, optional
        The actions that count as best ones, in every run or in each, where their share is asked for.
    arms : (R, A), optional
        What each action pays on average in each run, in place of the rewards of the world: rewards are then
        drawn from a normal distribution of deviation 1 about it.
    trace : int
        How many updates of the first run are kept.

    Raises ``EngineError`` for a rule that is none, and for numbers outside of their ranges.

    >>> fork = Transitions.of([0, 0], [0, 1], [1, 1], [1, 1], [4, 0], n_states=2, n_actions=2)
    >>> learnt = control(fork, "q-learning", [np.random.default_rng(0)], episodes=50, alpha=0.5)
    >>> learnt.q[0, 0].round(2)
    array([4., 0.])

    Source: Sutton and Barto, 2nd edition, sections 6.4 to 6.7.
    """
    checked_control(rule, alpha, gamma)
    if episodes < 1:
        raise EngineError(f"episodes expects a whole number, at least 1; received {episodes}")
    return _ControlRuns(
        transitions, rule, generators, episodes, alpha, gamma, explore, fall, initial, limit, steps, exact,
        best, arms, trace,
    ).learn()  # fmt: skip


@dataclass(eq=False)
class _ControlRuns:
    """All runs side by side, those that still go on at the same step."""

    transitions: Transitions
    rule: str
    generators: Sequence[np.random.Generator]
    episodes: int
    alpha: float | None
    gamma: float
    explore: Exploration
    fall: Fall
    initial: float
    limit: int
    most: int | None
    exact: Array | None
    best: Array | None
    arms: Array | None
    trace: int

    def __post_init__(self) -> None:
        moves, runs = self.transitions, len(self.generators)
        self.outcomes, (self.starts, self.start_states) = outcome_chance(moves), start_chance(moves)
        q = np.where(moves.allowed, self.explore.first(self.initial), -np.inf)
        tables = 2 if self.rule == "double-q" else 1
        self.q = np.tile(q, (tables, runs, 1, 1))  # (tables, R, S, A); −inf where there is no such action
        self.seen = np.zeros(self.q.shape, np.intp)
        self.values = self.explore.values(self.episodes)  # ε, τ or c in each episode (E+1,)
        self.sizes = np.array(self.fall.sizes(self.alpha, self.episodes), np.float64)  # α in each (E+1,)
        self.returns = np.full((runs, self.episodes), np.nan)
        self.steps = np.zeros((runs, self.episodes), np.intp)
        self.errors = None if self.exact is None else np.full((runs, self.episodes + 1), np.nan)
        self.right = None if self.best is None else np.full((runs, self.episodes), np.nan)
        if self.best is not None:
            self.best = np.broadcast_to(self.best, (runs, *moves.allowed.shape))
        self.last = np.full((runs, self.episodes), -1)
        self.cut, self.happened = 0, list[Step]()

    def learn(self) -> Control:
        alive = np.arange(len(self.generators))
        self._compare(alive, np.zeros_like(alive))
        state = action = episode = paid = faded = length = right = draw = np.zeros(0)
        tick = 0
        while alive.size:
            if tick % TICKS == 0:
                uniforms = np.zeros((TICKS, 4, len(self.generators)))
                for run in alive.tolist():
                    uniforms[:, :, run] = self.generators[run].random((TICKS, 4))
            start, act, outcome, coin = uniforms[tick % TICKS][:, alive]
            if not tick:
                state = self._started(start)
                episode = length = np.zeros(len(alive), np.intp)
                paid, faded, right = np.zeros(len(alive)), np.ones(len(alive)), np.zeros(len(alive))
                action, draw = self._chosen(alive, state, episode, act), act
                tick = 1
                continue
            tick += 1
            k = self.outcomes.draw(state * self.transitions.n_actions + action, outcome)
            reward, after = self.transitions.reward[k], self.transitions.next[k]
            if self.arms is not None:
                reward = self.arms[alive, action] + normal_quantile(outcome)
            ended = self.transitions.terminal[after]
            length = length + 1
            paid, faded = paid + faded * reward, faded * self.gamma
            if self.best is not None:
                right = right + self.best[alive, state, action]
            then = self._chosen(alive, after, episode, act) if self.rule == "sarsa" else None
            self._update(alive, state, action, reward, after, ended, coin, then, episode, draw)
            cut = ~ended & (length == self.limit)
            self.cut += int(cut.sum())
            over = ended | cut
            if over.any():
                runs, done = alive[over], episode[over]
                self.returns[runs, done], self.steps[runs, done] = paid[over], length[over]
                self.last[runs, done] = np.where(ended, after, -1)[over]
                if self.right is not None:
                    self.right[runs, done] = right[over] / length[over]
                self._compare(runs, done + 1)
            state, episode = np.where(over, self._started(start), after), episode + over
            anew = self._chosen(alive, state, episode, act)
            action, draw = anew if then is None else np.where(over, anew, then), act
            paid, faded, length, right = (
                np.where(over, 0.0, paid), np.where(over, 1.0, faded), np.where(over, 0, length),
                np.where(over, 0.0, right),
            )  # fmt: skip
            on = (episode < self.episodes) & (self.most is None or tick <= self.most)
            if not on.all():
                alive, state, action, episode = alive[on], state[on], action[on], episode[on]
                paid, faded, length = paid[on], faded[on], length[on]
                right, draw = right[on], draw[on]
        q = np.where(self.transitions.allowed, self.q, np.nan)
        return Control(
            q.mean(axis=0),
            self.returns,
            self.steps,
            self.cut,
            tuple(self.happened),
            self.errors,
            self.right,
            last=self.last,
        )

    def _started(self, uniform: Array) -> Array:
        return self.start_states[self.starts.draw(np.zeros(len(uniform), np.intp), uniform)]

    def _chosen(self, alive: Array, state: Array, episode: Array, uniform: Array) -> Array:
        """The actions that are taken, from one number each; of a terminal state one that nobody takes."""
        q, seen = self.q[0, alive, state], self.seen[0, alive, state]
        if len(self.q) == 2:
            q, seen = (q + self.q[1, alive, state]) / 2, seen + self.seen[1, alive, state]
        allowed = self.transitions.allowed[state]
        return choose(self.explore, q, allowed, seen, self.values[episode], uniform)

    def _update(
        self,
        alive: Array,
        state: Array,
        action: Array,
        reward: Array,
        after: Array,
        ended: Array,
        coin: Array,
        then: Array | None,
        episode: Array,
        draw: Array,
    ) -> None:
        """Q(s, a) ← Q(s, a) + α [r + γ · what s′ is taken to be worth − Q(s, a)]."""
        table = (coin >= 0.5).astype(np.intp) if len(self.q) == 2 else np.zeros(len(alive), np.intp)
        target = reward
        if not ended.all():
            value = self._worth(table, alive, after, then, episode)
            target = reward + self.gamma * np.where(ended, 0.0, value)
        place = table, alive, state, action
        before = self.q[place]
        self.seen[place] += 1
        alpha = self.sizes[episode] if self.alpha is not None else 1 / self.seen[place]
        delta = td_error(target, before)
        self.q[place] = before + alpha * delta
        if len(self.happened) < self.trace and alive[0] == 0:
            step = Step(
                int(state[0]),
                int(action[0]),
                float(reward[0]),
                int(after[0]),
                float(target[0]),
                float(delta[0]),
                float(np.broadcast_to(alpha, len(alive))[0]),
                float(before[0]),
                float(self.q[place][0]),
                int(table[0]),
                None if then is None or ended[0] else int(then[0]),
                float(draw[0]),
            )
            self.happened.append(step)

    def _worth(self, table: Array, alive: Array, after: Array, then: Array | None, episode: Array) -> Array:
        """What the next state is taken to be worth, where it is not terminal."""
        q = self.q[table, alive, after]
        rows = np.arange(len(alive))
        if then is not None:
            return q[rows, then]
        if self.rule == "double-q":
            return self.q[1 - table, alive, after][rows, q.argmax(axis=1)]
        if self.rule == "q-learning":
            best: Array = q.max(axis=1)
            return best
        allowed = self.transitions.allowed[after]
        likely = probabilities(self.explore, q, allowed, self.seen[0, alive, after], self.values[episode])
        total = np.zeros(len(alive))
        for a in range(q.shape[1]):  # one after the other, as the plain version adds them
            total = total + likely[:, a] * np.where(allowed[:, a], q[:, a], 0.0)
        return total

    def _compare(self, runs: Array, episodes: Array) -> None:
        """Write down how far the best actions' values are from the optimal ones after so many episodes."""
        if self.exact is not None and self.errors is not None:
            best = self.q[:, runs].mean(axis=0).max(axis=2)
            inner = ~self.transitions.terminal
            self.errors[runs, episodes] = rms_error(np.where(inner, best, 0.0), self.exact, inner)
