"""What was learnt, as the stories of ``dlcli td`` are told of it, and as tensors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dlcli.commands.td.words import method_name, step_size
from dlcli.engines.base.checks import Array
from dlcli.engines.decisions.bellman import q_values
from dlcli.engines.decisions.episodes import Episodes
from dlcli.engines.decisions.learning.backups import Backups, visit_numbers
from dlcli.engines.decisions.learning.learning_curve import by_transitions
from dlcli.engines.decisions.learning.prediction import Method, Prediction
from dlcli.engines.decisions.learning.td import Updates, backed_up
from dlcli.engines.decisions.learning.td_lambda import td_lambda, td_lambda_plain
from dlcli.engines.decisions.policy import best_actions
from dlcli.runner.result import Result
from dlcli.tensor import Axis, Tensor
from dlcli.words.not_finite import not_finite
from dlcli.words.number import number
from dlcli.worlds.read import numbers_named
from dlcli.worlds.world import World

TRACED = 100  # updates in the tensor of the trace, when nobody says how many
POINTS = 200  # of a curve over transitions

#: The columns of the trace: what happened, and what it did to the value of the state.
COLUMNS = ("episode", "state", "action", "reward", "next", "target", "delta", "alpha", "before", "after")


@dataclass(frozen=True, eq=False)
class Settings:
    """What was asked for, whatever is learnt by it."""

    gamma: float
    episodes: int
    initial: float
    limit: int
    trace: int | None
    against: str
    seed: int
    typed: tuple[tuple[str, ...], ...] = ()  # the options of the command line, for the one after it


@dataclass(frozen=True, eq=False)
class Moment:
    """A picture of learning: what is told of it, the values (S,), and the state the agent has come to."""

    title: str
    values: Array
    state: int | None = None
    best: Array | None = None


@dataclass(frozen=True, eq=False)
class Work:
    """Values that were learnt: the world, what was done in it, the methods side by side, and the truth.

    ``exact`` are the values that are looked for, None when there are none; ``why`` then says so.
    """

    world: World
    policy_word: str
    methods: tuple[Method, ...]
    settings: Settings
    learnt: Prediction
    exact: Array | None
    why: str = ""

    @property
    def runs(self) -> int:
        """R."""
        return len(self.learnt.steps)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """A name for each method, with its step size where these differ."""
        names = [method_name(method) for method in self.methods]
        sizes = {method.alpha for method in self.methods if not method.batch}
        if len(sizes) < 2:
            return unique(names)
        return unique(
            [
                name if method.batch else f"{name}, α = {step_size(method.alpha)}"
                for name, method in zip(names, self.methods, strict=True)
            ]
        )

    @cached_property
    def values(self) -> Array:
        """The mean over runs of what each method learnt (M, S)."""
        mean: Array = self.learnt.values.mean(axis=1)
        return mean

    @cached_property
    def q(self) -> Array:
        """What actions are worth by these values (M, S, A): one look ahead in the world."""
        return np.stack(
            [q_values(self.world.transitions, values, self.settings.gamma) for values in self.values]
        )

    @cached_property
    def best(self) -> Array:
        """The actions that the first method's values call best (S, A) of bool."""
        return best_actions(self.q[0])

    @cached_property
    def places(self) -> Axis:
        """Where on the curve its points stand: episodes, or numbers of transitions."""
        if self.settings.against == "episodes":
            return Axis("episode", start=0, step=1)
        every = -(-int(self.learnt.steps.sum(axis=1).min()) // POINTS)
        return Axis("transition", start=0, step=max(every, 1))

    @cached_property
    def curves(self) -> Array | None:
        """The RMS error of every method and run at these places (M, R, P)."""
        rms = self.learnt.rms
        if rms is None or self.settings.against == "episodes":
            return rms
        total = int(self.learnt.steps.sum(axis=1).min())
        places = np.arange(0, total + 1, int(self.places.step or 1))
        return np.stack([by_transitions(curve, self.learnt.steps, places) for curve in rms])

    @cached_property
    def shown(self) -> Array:
        """The mean return of each episode, for a world without exact values (E,)."""
        mean: Array = self.learnt.returns.mean(axis=0)
        return mean

    def efficiency(self, share: float) -> list[float]:
        """For each method the transitions after which its mean error is below a share of the first one.

        The number is a mean over runs, inf when that never happens.
        """
        assert self.learnt.rms is not None
        mean = self.learnt.rms.mean(axis=1)  # (M, E+1)
        ends = np.concatenate([[0], np.cumsum(self.learnt.steps.mean(axis=0))])
        return [
            float(ends[np.argmax(curve <= share * curve[0])]) if (curve <= share * curve[0]).any() else np.inf
            for curve in mean
        ]

    @cached_property
    def plan(self) -> Backups:
        """The updates that the first method made in the first run, in order."""
        return self.methods[0].backups(self.learnt.first, self.settings.gamma)

    @property
    def count(self) -> int:
        """How many there are."""
        return int(self.plan.offsets[1])

    def updates(self, count: int) -> Updates:
        """What the first of them did, step by step, as the definition has it."""
        return self.traced(count, keep=0)[0]

    def traced(self, count: int, keep: int | None = None) -> tuple[Updates, Array | None, Array]:
        """The same; beside it the traces of all states (N, S) of TD(λ), and the values after it (S,).

        Of the traces only the last ``keep`` are there, when that is a number.
        """
        method, plan = self.methods[0], self.plan.upto(count)
        values = np.where(self.world.transitions.terminal, 0.0, self.settings.initial)
        alpha: float | Array | None = method.alpha
        if alpha is None:
            alpha = 1 / visit_numbers(plan, np.zeros((1, len(values)), np.intp))
        if method.name != "lambda":
            return backed_up(values, plan, alpha), None, values
        happened, traces = td_lambda_plain(
            values,
            self.learnt.first.head(count),
            alpha=alpha,
            gamma=self.settings.gamma,
            decay=method.decay,
            traces=method.traces,
            keep=keep,
        )
        return happened, traces, values

    def moments(self, most: int) -> Iterator[Moment]:
        """The first run in at most so many pictures: its first steps one by one, then some episodes."""
        method, first, settings = self.methods[0], self.first, self.settings
        values = np.where(self.world.transitions.terminal, 0.0, settings.initial)
        episodes = min(settings.episodes, len(first.lengths) // first.runs)
        after = None
        if method.name == "lambda":
            alone = first.head(self.count)
            alpha: float | Array = (
                method.alpha if method.alpha is not None else self.updates(self.count).alpha
            )
            after = td_lambda(
                values[None].copy(), alone, alpha=alpha, gamma=settings.gamma, decay=method.decay,
                traces=method.traces,
            )  # fmt: skip
        happened = self.updates(self.count) if after is None else None
        ends = np.searchsorted(self.plan.step[: self.count], first.offsets[1 : episodes + 1])
        slow = most // 2 if happened is not None else 0
        shown = np.unique(np.linspace(0, episodes - 1, most - min(slow, most // 2)).round().astype(int))
        yield Moment("before the first step", values.copy())
        if happened is not None:
            for i in range(min(slow, int(ends[0]))):
                t = int(happened.step[i])
                values[first.state[t]] = happened.after[i]
                told = f"episode 0, step {t}: δ = {number(happened.delta[i])}"
                yield Moment(told, values.copy(), int(first.next[t]))
        done = 0
        for episode in shown.tolist():
            if after is not None:
                values = after[episode]
            elif happened is not None:
                mine = slice(done, int(ends[episode]))
                values[self.plan.state[mine]] = happened.after[mine]  # of several values the last one stays
                done = int(ends[episode])
            yield Moment(f"after {episode + 1} of {settings.episodes} episodes", np.array(values))

    @property
    def first(self) -> Episodes:
        """The beginning of the first run."""
        return self.learnt.first


def result(work: Work) -> Result:
    """The tensors of what was learnt, a column for each method where there are several."""
    world, settings = work.world, work.settings
    states, actions = Axis("state", world.states), Axis("action", world.actions)
    attrs = {**world.attrs, "gamma": settings.gamma, "seed": settings.seed}

    def several(data: Array, axis: Axis, name: str) -> Tensor:
        """(M, ·) as one vector, or as a matrix with a column for each method."""
        if len(data) == 1:
            return Tensor(data[0], (axis,), name, attrs)
        return Tensor(data.T, (axis, Axis("method", unique(work.labels))), name, attrs)

    def errors() -> Tensor:
        exact = np.full(len(world.states), np.nan) if work.exact is None else work.exact
        return several(work.values - exact, states, "errors")

    def rms() -> Tensor:
        curves = work.curves
        if curves is None:
            curves = np.full((len(work.methods), 1, settings.episodes + 1), np.nan)
        return several(curves.mean(axis=1), work.places, "rms")

    def q() -> Tensor:
        if len(work.methods) == 1:
            return Tensor(work.q[0], (states, actions), "q", attrs)
        axes = (Axis("method", unique(work.labels)), states, actions)
        return Tensor(work.q, axes, "q", attrs)

    return Result(
        {
            "values": lambda: several(work.values, states, "values"),
            "errors": errors,
            "rms": rms,
            "returns": lambda: Tensor(work.learnt.returns, (Axis("run"), Axis("episode")), "returns", attrs),
            "q": q,
            "trace": lambda: trace_tensor(work, attrs),
        },
        work,
        explained=lambda: Tensor(work.plan.reward[: work.count], (Axis("update"),), "updates"),
        verdict=not_finite(work.values, world.transitions.reward),
    )


def trace_tensor(work: Work, attrs: dict[str, str | int | float | bool]) -> Tensor:
    """The first updates of the first run, a row each; states and actions by numbers that have names."""
    attrs = attrs | numbers_named(work.world.states, work.world.actions)
    happened = work.updates(work.settings.trace or TRACED)
    t, first = happened.step, work.first
    columns = [
        first.episode[t], first.state[t], first.action[t], first.reward[t], first.next[t],
        happened.target, happened.delta, happened.alpha, happened.before, happened.after,
    ]  # fmt: skip
    labels: tuple[str, ...] = COLUMNS
    if work.methods[0].name == "lambda":  # after = before + alpha · trace · delta
        columns, labels = [*columns, happened.trace], (*COLUMNS, "trace")
    data = np.stack([np.asarray(column, np.float64) for column in columns], axis=1)
    return Tensor(data, (Axis("update"), Axis("column", labels)), "trace", attrs)


def unique(labels: Sequence[str]) -> tuple[str, ...]:
    """The labels, those that stand there again with a number behind them.

    >>> unique(["MC", "TD", "MC"])
    ('MC', 'TD', 'MC (2)')
    """
    found: list[str] = []
    for label in labels:
        again = found.count(label) + sum(one.startswith(f"{label} (") for one in found)
        found.append(f"{label} ({again + 1})" if again else label)
    return tuple(found)
