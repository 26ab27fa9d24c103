"""Learning what to do: SARSA, expected SARSA, Q-learning and double Q-learning, many runs in step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.decisions.learning.control_definition import Control, Step, checked_control
from dlcli.engines.decisions.learning.learning_curve import rms_error
from dlcli.engines.decisions.learning.td import td_error
from dlcli.engines.decisions.sampling import outcome_chance, start_chance
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
    epsilon: float = 0.1,
    initial: float = 0.0,
    limit: int = 10_000,
    steps: int | None = None,
    exact: Array | None = None,
    trace: int = 0,
) -> Control:
    """Learn what actions are worth while taking the best of them, all runs in step.

    In each state the best action so far is taken, one of them at random where several are, but with
    probability ε any action. Equals ``control_plain`` run by run, to the last bit.

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
    gamma, epsilon : float
        Discount, and the share of actions taken at random.
    initial : float
        The first guess for every action.
    limit : int
        Steps after which an episode is cut.
    steps : int, optional
        Steps of a run after which it ends, whatever is left of its episodes.
    exact : (S,), optional
        The optimal values, to compare the best action's value in each state with, before the first episode
        and after each.
    trace : int
        How many updates of the first run are kept.

    Raises ``EngineError`` for a rule that is none, and for numbers outside of their ranges.

    >>> fork = Transitions.of([0, 0], [0, 1], [1, 1], [1, 1], [4, 0], n_states=2, n_actions=2)
    >>> learnt = control(fork, "q-learning", [np.random.default_rng(0)], episodes=50, alpha=0.5)
    >>> learnt.q[0, 0].round(2)
    array([4., 0.])

    Source: Sutton and Barto, 2nd edition, sections 6.4 to 6.7.
    """
    checked_control(rule, alpha, gamma, epsilon)
    if episodes < 1:
        raise EngineError(f"episodes expects a whole number, at least 1; received {episodes}")
    return _ControlRuns(
        transitions, rule, generators, episodes, alpha, gamma, epsilon, initial, limit, steps, exact, trace
    ).learn()


@dataclass(eq=False)
class _ControlRuns:
    """All runs side by side, those that still go on at the same step."""

    transitions: Transitions
    rule: str
    generators: Sequence[np.random.Generator]
    episodes: int
    alpha: float | None
    gamma: float
    epsilon: float
    initial: float
    limit: int
    most: int | None
    exact: Array | None
    trace: int

    def __post_init__(self) -> None:
        moves, runs = self.transitions, len(self.generators)
        self.outcomes, (self.starts, self.start_states) = outcome_chance(moves), start_chance(moves)
        q = np.where(moves.allowed, self.initial, -np.inf)
        tables = 2 if self.rule == "double-q" else 1
        self.q = np.tile(q, (tables, runs, 1, 1))  # (tables, R, S, A); −inf where there is no such action
        self.seen = np.zeros(self.q.shape, np.intp)
        self.many = moves.allowed.sum(axis=1)  # actions of each state (S,)
        self.returns = np.full((runs, self.episodes), np.nan)
        self.steps = np.zeros((runs, self.episodes), np.intp)
        self.errors = np.full((runs, self.episodes + 1), np.nan)
        self.cut, self.happened = 0, list[Step]()

    def learn(self) -> Control:
        alive = np.arange(len(self.generators))
        self._compare(alive, np.zeros_like(alive))
        state = action = episode = paid = faded = length = np.zeros(0)
        tick = 0
        while alive.size:
            if tick % TICKS == 0:
                uniforms = np.zeros((TICKS, 4, len(self.generators)))
                for run in alive.tolist():
                    uniforms[:, :, run] = self.generators[run].random((TICKS, 4))
            start, act, outcome, coin = uniforms[tick % TICKS][:, alive]
            if not tick:
                state = self._started(start)
                action = self._chosen(alive, state, act)
                episode = length = np.zeros(len(alive), np.intp)
                paid, faded = np.zeros(len(alive)), np.ones(len(alive))
                tick = 1
                continue
            tick += 1
            k = self.outcomes.draw(state * self.transitions.n_actions + action, outcome)
            reward, after = self.transitions.reward[k], self.transitions.next[k]
            ended = self.transitions.terminal[after]
            length = length + 1
            paid, faded = paid + faded * reward, faded * self.gamma
            then = self._chosen(alive, after, act) if self.rule == "sarsa" else None
            self._update(alive, state, action, reward, after, ended, coin, then)
            cut = ~ended & (length == self.limit)
            self.cut += int(cut.sum())
            over = ended | cut
            if over.any():
                runs, done = alive[over], episode[over]
                self.returns[runs, done], self.steps[runs, done] = paid[over], length[over]
                self._compare(runs, done + 1)
            following = np.where(over, self._started(start), after)
            anew = self._chosen(alive, following, act)
            action = anew if then is None else np.where(over, anew, then)
            state, episode = following, episode + over
            paid, faded, length = (
                np.where(over, 0.0, paid), np.where(over, 1.0, faded), np.where(over, 0, length)
            )  # fmt: skip
            on = (episode < self.episodes) & (self.most is None or tick <= self.most)
            if not on.all():
                alive, state, action, episode = alive[on], state[on], action[on], episode[on]
                paid, faded, length = paid[on], faded[on], length[on]
        q = np.where(self.transitions.allowed, self.q, np.nan)
        return Control(
            q.mean(axis=0),
            self.returns,
            self.steps,
            self.cut,
            tuple(self.happened),
            None if self.exact is None else self.errors,
        )

    def _started(self, uniform: Array) -> Array:
        return self.start_states[self.starts.draw(np.zeros(len(uniform), np.intp), uniform)]

    def _chosen(self, alive: Array, state: Array, uniform: Array) -> Array:
        """ε-greedy actions, from one number each; of a terminal state some action that nobody takes."""
        q = self.q[0, alive, state] if len(self.q) == 1 else self.q[:, alive, state].sum(axis=0)
        best = q == q.max(axis=1, keepdims=True)
        greedy = uniform >= self.epsilon
        wanted = np.where(greedy[:, None], best, self.transitions.allowed[state])
        count = wanted.sum(axis=1)
        if not count.all():  # of values that are no numbers none is the best: any action will do
            wanted = np.where(count[:, None] > 0, wanted, self.transitions.allowed[state])
            count = wanted.sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(greedy, (uniform - self.epsilon) / (1 - self.epsilon), uniform / self.epsilon)
        which = np.minimum((share * count).astype(np.intp), np.maximum(count - 1, 0))
        chosen: Array = (np.cumsum(wanted, axis=1) > which[:, None]).argmax(axis=1)
        return chosen

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
    ) -> None:
        """Q(s, a) ← Q(s, a) + α [r + γ · what s′ is taken to be worth − Q(s, a)]."""
        table = (coin >= 0.5).astype(np.intp) if len(self.q) == 2 else np.zeros(len(alive), np.intp)
        value = self._worth(table, alive, after, then)
        target = reward + self.gamma * np.where(ended, 0.0, value)
        place = table, alive, state, action
        before = self.q[place]
        self.seen[place] += 1
        alpha = self.alpha if self.alpha is not None else 1 / self.seen[place]
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
            )
            self.happened.append(step)

    def _worth(self, table: Array, alive: Array, after: Array, then: Array | None) -> Array:
        """What the next state is taken to be worth, where it is not terminal."""
        q = self.q[table, alive, after]
        rows = np.arange(len(alive))
        if then is not None:
            return q[rows, then]
        if self.rule == "double-q":
            return self.q[1 - table, alive, after][rows, q.argmax(axis=1)]
        best = q.max(axis=1)
        if self.rule == "q-learning":
            return best
        total = np.zeros(len(alive))
        for a in range(q.shape[1]):  # one after the other, as the plain version adds them
            total = total + np.where(self.transitions.allowed[after, a], q[:, a], 0.0)
        mean = total / np.maximum(self.many[after], 1)
        return (1 - self.epsilon) * np.where(self.many[after] > 0, best, 0.0) + self.epsilon * mean

    def _compare(self, runs: Array, episodes: Array) -> None:
        """Write down how far the best actions' values are from the optimal ones after so many episodes."""
        if self.exact is not None:
            best = self.q[:, runs].mean(axis=0).max(axis=2)
            inner = ~self.transitions.terminal
            self.errors[runs, episodes] = rms_error(np.where(inner, best, 0.0), self.exact, inner)
