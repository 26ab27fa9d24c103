"""Actions that were learnt, as the stories of ``dlcli td --control`` are told of them, and as tensors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dlcli.commands.td.record import COLUMNS, TRACED, Moment, Settings, unique
from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.decisions.bellman import evaluate
from dlcli.engines.decisions.learning.control import control
from dlcli.engines.decisions.learning.control_ahead import Ahead, look_ahead
from dlcli.engines.decisions.learning.control_definition import Control, Step
from dlcli.engines.decisions.optimal import Optimum, policy_iteration
from dlcli.engines.decisions.policy import best_actions
from dlcli.runner.result import Result
from dlcli.tensor import Axis, Tensor
from dlcli.words.not_finite import not_finite
from dlcli.words.number import number
from dlcli.worlds.read import numbers_named
from dlcli.worlds.world import World

MOST = 1_000_000  # updates that can be explained


@dataclass(frozen=True)
class Rule:
    """One way to learn what to do: a rule, its step size (None: one over the visits), its share of chance."""

    name: str
    alpha: float | None
    epsilon: float

    @property
    def label(self) -> str:
        """What it is called."""
        return {
            "sarsa": "SARSA",
            "expected-sarsa": "expected SARSA",
            "q-learning": "Q-learning",
            "double-q": "double Q",
        }[self.name]


@dataclass(frozen=True, eq=False)
class ControlWork:
    """What was learnt to do: the world, the rules side by side, and the optimum, None where there is none."""

    world: World
    rules: tuple[Rule, ...]
    settings: Settings
    learnt: tuple[Control, ...]
    optimum: Optimum | None
    generators: tuple[np.random.Generator, ...]

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """A name for each rule, with its step size where these differ."""
        if len({rule.alpha for rule in self.rules}) < 2:
            return tuple(rule.label for rule in self.rules)
        sizes = ["1/n" if rule.alpha is None else number(rule.alpha) for rule in self.rules]
        return tuple(f"{rule.label}, α = {size}" for rule, size in zip(self.rules, sizes, strict=True))

    @property
    def runs(self) -> int:
        """R."""
        return len(self.generators)

    @property
    def cut(self) -> int:
        """Episodes that passed the step limit, whatever the rule."""
        return sum(learnt.cut for learnt in self.learnt)

    @cached_property
    def q(self) -> Array:
        """The mean over runs of what each rule learnt (M, S, A); nan where there is no such action."""
        return np.stack([learnt.q.mean(axis=0) for learnt in self.learnt])

    @cached_property
    def values(self) -> Array:
        """What the best action is worth (M, S), 0 in terminal states."""
        absent = np.isnan(self.q) & ~self.world.transitions.allowed
        known = np.where(absent, -np.inf, self.q)
        return np.where(self.world.transitions.terminal, 0.0, known.max(axis=2))

    @cached_property
    def best(self) -> Array:
        """The best actions by what the first rule learnt (S, A) of bool."""
        return best_actions(self.q[0])

    @cached_property
    def greedy(self) -> list[float | None]:
        """What an episode is worth to whoever only takes best actions, by rule; None when it never ends."""
        return [self._worth(q) for q in self.q]

    def _worth(self, q: Array) -> float | None:
        moves = self.world.transitions
        single = np.zeros(q.shape)
        rows = np.flatnonzero(~moves.terminal)
        if not np.isfinite(self.values).all():
            return None
        single[rows, np.nanargmax(q[rows], axis=1)] = 1.0  # one of the best, or it may dither between two
        try:
            return float(moves.start @ evaluate(moves, single, self.settings.gamma))
        except EngineError:
            return None

    @cached_property
    def optimal(self) -> float | None:
        """What an episode is worth at best."""
        return None if self.optimum is None else float(self.world.transitions.start @ self.optimum.values)

    def steps(self, count: int) -> tuple[Step, ...]:
        """The first so many updates of the first rule in the first run."""
        if count <= len(self.learnt[0].happened):
            return self.learnt[0].happened[:count]
        return self._again(count).happened

    @cached_property
    def count(self) -> int:
        """How many there are."""
        return min(int(self.learnt[0].steps[0].sum()), MOST)

    def place(self, update: int) -> tuple[int, int]:
        """The episode of an update, and the step in it."""
        episode = int(np.searchsorted(self._ends, update, side="right"))
        return episode, update - (int(self._ends[episode - 1]) if episode else 0)

    @cached_property
    def _ends(self) -> Array:
        """The updates of the first run before the end of each of its episodes (E,)."""
        ends: Array = np.cumsum(self.learnt[0].steps[0])
        return ends

    def ahead(self, update: int) -> Ahead | None:
        """What the next state was taken to be worth in an update; None where there was none but an end."""
        *before, step = self.steps(update + 1)
        if self.world.transitions.terminal[step.visit.next]:
            return None
        q = self._guesses()
        for one in before:
            q[one.table, one.visit.state, one.visit.action] = one.after
        rule = self.rules[0]
        following = q[:, step.visit.next]
        return look_ahead(rule.name, following, table=step.table, then=step.then, epsilon=rule.epsilon)

    def _guesses(self) -> Array:
        """What the first run begins with (T, S, A) in one table or two, nan where no action is."""
        tables = 2 if self.rules[0].name == "double-q" else 1
        known = ~np.isnan(self.learnt[0].q[0])
        return np.tile(np.where(known, self.settings.initial, np.nan), (tables, 1, 1))

    def moments(self, most: int) -> Iterator[Moment]:
        """The first run in at most so many pictures: its first steps one by one, then some further apart."""
        moves, steps, q = self.world.transitions, self.steps(self.count), self._guesses()
        slow = min(most // 2, len(steps))
        later = np.linspace(slow, len(steps), most - slow + 1).round().astype(int)
        shown = {*range(1, slow + 1), *later.tolist()}
        for i, step in enumerate(steps, start=1):
            visit = step.visit
            q[step.table, visit.state, visit.action] = step.after
            if i in shown:
                mean = q.mean(axis=0)
                best = best_actions(mean)
                values = np.where(moves.terminal, 0.0, np.where(np.isnan(mean), -np.inf, mean).max(axis=1))
                told = f"step {i} of {len(steps)}, episode {self.place(i - 1)[0]}: δ = {number(step.delta)}"
                yield Moment(told, values, visit.next, best)

    def _again(self, count: int) -> Control:
        """The first run once more, with so many of its updates written down."""
        return learn(self.world, self.rules[0], self.settings, self.generators[:1], trace=count, optimum=None)


def learn(
    world: World,
    rule: Rule,
    settings: Settings,
    generators: tuple[np.random.Generator, ...],
    *,
    trace: int,
    optimum: Optimum | None,
) -> Control:
    """One rule in all runs; generators are left as they were, so that each rule has the same ones."""
    from copy import deepcopy

    return control(
        world.transitions,
        rule.name,
        deepcopy(generators),
        episodes=settings.episodes,
        alpha=rule.alpha,
        gamma=settings.gamma,
        epsilon=rule.epsilon,
        initial=settings.initial,
        limit=settings.limit,
        exact=None if optimum is None else optimum.values,
        trace=trace,
    )


def controlled(
    world: World, rules: tuple[Rule, ...], settings: Settings, generators: tuple[np.random.Generator, ...]
) -> ControlWork:
    """Learn by each of the rules."""
    try:
        optimum: Optimum | None = policy_iteration(world.transitions, settings.gamma)
    except EngineError:
        optimum = None
    trace = max(settings.trace or 0, TRACED)
    learnt = tuple(learn(world, rule, settings, generators, trace=trace, optimum=optimum) for rule in rules)
    return ControlWork(world, rules, settings, learnt, optimum, generators)


def result(work: ControlWork) -> Result:
    """The tensors of what was learnt to do, a column for each rule where there are several."""
    world, settings = work.world, work.settings
    states, actions = Axis("state", world.states), Axis("action", world.actions)
    episodes = Axis("episode", start=0, step=1)
    attrs = {**world.attrs, "gamma": settings.gamma, "seed": settings.seed}

    def several(data: Array, axis: Axis, name: str) -> Tensor:
        if len(data) == 1:
            return Tensor(data[0], (axis,), name, attrs)
        return Tensor(data.T, (axis, Axis("method", unique(work.labels))), name, attrs)

    def errors() -> Tensor:
        exact = np.full(len(world.states), np.nan) if work.optimum is None else work.optimum.values
        return several(work.values - exact, states, "errors")

    def rms() -> Tensor:
        missing = np.full((1, settings.episodes + 1), np.nan)
        found = [missing if learnt.errors is None else learnt.errors for learnt in work.learnt]
        return several(np.stack([errors.mean(axis=0) for errors in found]), episodes, "rms")

    def returns() -> Tensor:
        several_rules = len(work.rules) > 1
        data = np.stack([learnt.returns for learnt in work.learnt])
        axes = (Axis("run"), Axis("episode"))
        if several_rules:
            return Tensor(data, (Axis("method", unique(work.labels)), *axes), "returns", attrs)
        return Tensor(data[0], axes, "returns", attrs)

    def q() -> Tensor:
        if len(work.rules) > 1:
            axes = (Axis("method", unique(work.labels)), states, actions)
            return Tensor(work.q, axes, "q", attrs)
        return Tensor(work.q[0], (states, actions), "q", attrs)

    return Result(
        {
            "values": lambda: several(work.values, states, "values"),
            "errors": errors,
            "rms": rms,
            "returns": returns,
            "q": q,
            "trace": lambda: _trace(work, attrs),
        },
        work,
        explained=lambda: Tensor(np.zeros(work.count), (Axis("update"),), "updates"),
        view="story_control",
        verdict=not_finite(work.values, world.transitions.reward),
    )


def _trace(work: ControlWork, attrs: dict[str, str | int | float | bool]) -> Tensor:
    """The first updates of the first rule in the first run; states and actions by numbers that have names."""
    attrs = attrs | numbers_named(work.world.states, work.world.actions)
    rows = []
    for i, step in enumerate(work.steps(work.settings.trace or TRACED)):
        visit = step.visit
        rows.append(
            (work.place(i)[0], visit.state, visit.action, visit.reward, visit.next, step.target, step.delta,
             step.alpha, step.before, step.after, step.table + 1)
        )  # fmt: skip
    # Which table was updated is only worth a column where there are two.
    columns = (*COLUMNS, "table") if work.rules[0].name == "double-q" else COLUMNS
    data = np.array(rows)[:, : len(columns)]
    return Tensor(data, (Axis("update"), Axis("column", columns)), "trace", attrs)
