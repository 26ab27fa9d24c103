"""One run of ``dlcli td`` on one world: values that were learnt, or actions, or a figure of the textbook."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.decisions.bellman import q_values
from dlcli.engines.decisions.learning.control_definition import Control
from dlcli.engines.decisions.learning.control_replay import ControlReplay, Rule, best_values, greedy_return
from dlcli.engines.decisions.learning.learning_curve import by_transitions
from dlcli.engines.decisions.learning.prediction import Method, Prediction
from dlcli.engines.decisions.learning.replay import Replay
from dlcli.engines.decisions.optimal import Optimum
from dlcli.engines.decisions.policy import best_actions
from dlcli.tensor import Attr, Axis, Tensor
from dlcli.words.line import Line
from dlcli.words.number import number
from dlcli.worlds.read import numbers_named
from dlcli.worlds.textbook import Check, Figure
from dlcli.worlds.world import World

if TYPE_CHECKING:
    from dlcli.commands.td.options import Options

TRACED = 100  # updates in the tensor of the trace, when nobody says how many
POINTS = 200  # of a curve over transitions


@dataclass(frozen=True, eq=False, kw_only=True)
class Learnt(ABC):
    """What was learnt in a world, by methods or rules side by side, M of them in R runs.

    ``gamma`` is the discount; ``why`` says why there are no exact values, where there are none.
    """

    world: World
    options: Options
    methods: tuple[Method | Rule, ...]
    gamma: float
    seed: int = 0
    line: Line = field(default_factory=Line)
    why: str = ""

    @property
    @abstractmethod
    def values(self) -> Array:
        """What states are worth by each of them (M, S), the mean over runs."""

    @property
    @abstractmethod
    def q(self) -> Array:
        """What actions are worth by each of them (M, S, A); nan where there is no such action."""

    @property
    @abstractmethod
    def exact(self) -> Array | None:
        """The values (S,) that are looked for, where they can be computed."""

    @property
    @abstractmethod
    def errors(self) -> Array | None:
        """The RMS error of each (M, P), the mean over runs, at ``places``."""

    @property
    @abstractmethod
    def returns(self) -> Array:
        """What each episode paid, discounted (M, R, E); (1, R, E) where all learnt from the same episodes."""

    @property
    @abstractmethod
    def cut(self) -> int:
        """How many episodes passed the step limit."""

    @property
    @abstractmethod
    def replay(self) -> Replay | ControlReplay:
        """The updates of the first method or rule in the first run."""

    @abstractmethod
    def updates(self, count: int) -> dict[str, Array]:
        """The first so many of these, by columns (N,)."""

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """A name for each method or rule, with its step size where these differ."""
        names = [method_name(method) for method in self.methods]
        if len({method.alpha for method in self.methods}) > 1:
            sizes = [step_size(method.alpha) for method in self.methods]
            names = [f"{name}, α = {size}" for name, size in zip(names, sizes, strict=True)]
        return unique(names)

    @cached_property
    def best(self) -> Array:
        """The actions that are best by what the first of them learnt (S, A) of bool."""
        return best_actions(self.q[0])

    @property
    def places(self) -> Axis:
        """Where the points of the errors stand."""
        return Axis("episode", start=0, step=1)

    def outputs(self) -> Mapping[str, Callable[[], Tensor]]:
        """The tensors of what was learnt, a column for each method or rule where there are several."""
        states, actions = Axis("state", self.world.states), Axis("action", self.world.actions)
        attrs = {**self.world.attrs, "gamma": self.gamma, "seed": self.seed}
        unknown = np.full((len(self.methods), self.options.episodes + 1), np.nan)

        def columns(data: Array, axis: Axis, name: str) -> Tensor:
            """(M, ·) as one vector, or as a matrix with a column for each."""
            if len(data) == 1:
                return Tensor(data[0], (axis,), name, attrs)
            return Tensor(data.T, (axis, Axis("method", self.labels)), name, attrs)

        def stacked(data: Array, axes: tuple[Axis, ...], name: str) -> Tensor:
            """(M, ·, ·) as it is, or one alone."""
            if len(data) == 1:
                return Tensor(data[0], axes, name, attrs)
            return Tensor(data, (Axis("method", self.labels), *axes), name, attrs)

        def errors() -> Tensor:
            exact = np.full(len(self.world.states), np.nan) if self.exact is None else self.exact
            return columns(self.values - exact, states, "errors")

        return {
            "values": lambda: columns(self.values, states, "values"),
            "errors": errors,
            "rms": lambda: columns(unknown if self.errors is None else self.errors, self.places, "rms"),
            "returns": lambda: stacked(self.returns, (Axis("run"), Axis("episode")), "returns"),
            "q": lambda: stacked(self.q, (states, actions), "q"),
            "trace": lambda: self._trace(attrs),
        }

    def _trace(self, attrs: Mapping[str, Attr]) -> Tensor:
        """The first updates, a row each; states and actions by numbers that have names."""
        columns = self.updates(self.options.trace or TRACED)
        data = np.stack([np.asarray(column, np.float64) for column in columns.values()], axis=1)
        axes = (Axis("update"), Axis("column", tuple(columns)))
        return Tensor(data, axes, "trace", {**attrs, **numbers_named(self.world.states, self.world.actions)})


@dataclass(frozen=True, eq=False, kw_only=True)
class LearntValues(Learnt):
    """What a policy is worth, learnt by methods from the same episodes, and the exact values."""

    methods: tuple[Method, ...]
    learnt: Prediction
    exact: Array | None = None

    @cached_property
    def values(self) -> Array:
        """V(s) by each method (M, S), the mean over runs."""
        mean: Array = self.learnt.values.mean(axis=1)
        return mean

    @cached_property
    def q(self) -> Array:
        """What actions are worth by these values (M, S, A): one look ahead in the world."""
        return np.stack([q_values(self.world.transitions, values, self.gamma) for values in self.values])

    @cached_property
    def places(self) -> Axis:
        """Where on the curves their points stand: episodes, or numbers of transitions."""
        if self.options.against == "episodes":
            return super().places
        every = -(-int(self.learnt.steps.sum(axis=1).min()) // POINTS)
        return Axis("transition", start=0, step=max(every, 1))

    @cached_property
    def curves(self) -> Array | None:
        """The RMS error of every method and run at these places (M, R, P)."""
        rms = self.learnt.rms
        if rms is None or self.options.against == "episodes":
            return rms
        total = int(self.learnt.steps.sum(axis=1).min())
        places = np.arange(0, total + 1, int(self.places.step or 1))
        return np.stack([by_transitions(curve, self.learnt.steps, places) for curve in rms])

    @cached_property
    def errors(self) -> Array | None:
        """The mean of these curves over runs (M, P)."""
        return None if self.curves is None else self.curves.mean(axis=1)

    @property
    def returns(self) -> Array:
        """What each episode paid (1, R, E)."""
        return self.learnt.returns[None]

    @property
    def cut(self) -> int:
        """How many episodes passed the step limit; all methods share them."""
        return self.learnt.cut

    @cached_property
    def replay(self) -> Replay:
        """The updates of the first method in the first run."""
        terminal = self.world.transitions.terminal
        return Replay(self.methods[0], self.learnt.first, terminal, self.gamma, self.options.initial)

    def updates(self, count: int) -> dict[str, Array]:
        """The first of these, by columns."""
        return self.replay.columns(self.replay.upto(count, keep=0).updates)


@dataclass(frozen=True, eq=False, kw_only=True)
class LearntActions(Learnt):
    """What to do, learnt by rules, and the optimum, None where there is none.

    ``again`` learns by the first rule in the first run once more, and keeps so many of its updates.
    """

    methods: tuple[Rule, ...]
    learnt: tuple[Control, ...]
    again: Callable[[int], Control]
    optimum: Optimum | None = None

    @cached_property
    def q(self) -> Array:
        """What each rule learnt that actions are worth (M, S, A), the mean over runs."""
        return np.stack([learnt.q.mean(axis=0) for learnt in self.learnt])

    @cached_property
    def values(self) -> Array:
        """What the best action is worth (M, S), 0 in terminal states."""
        return best_values(self.world.transitions, self.q)

    @property
    def exact(self) -> Array | None:
        """The optimal values (S,)."""
        return None if self.optimum is None else self.optimum.values

    @property
    def errors(self) -> Array | None:
        """The RMS error of the best actions' values (M, E+1); nan for a rule without one."""
        missing = np.full((1, self.options.episodes + 1), np.nan)
        found = [missing if learnt.errors is None else learnt.errors for learnt in self.learnt]
        return np.stack([errors.mean(axis=0) for errors in found])

    @property
    def returns(self) -> Array:
        """What each episode paid (M, R, E)."""
        return np.stack([learnt.returns for learnt in self.learnt])

    @property
    def cut(self) -> int:
        """How many episodes passed the step limit, whatever the rule."""
        return sum(learnt.cut for learnt in self.learnt)

    @cached_property
    def replay(self) -> ControlReplay:
        """The updates of the first rule in the first run."""
        moves, initial = self.world.transitions, self.options.initial
        return ControlReplay(moves, self.methods[0], self.learnt[0], initial, self.again)

    def updates(self, count: int) -> dict[str, Array]:
        """The first of these, by columns."""
        return self.replay.columns(self.replay.steps(count))

    @cached_property
    def greedy(self) -> list[float | None]:
        """What an episode is worth to whoever only takes best actions, by rule; None when it never ends."""

        def worth(q: Array) -> float | None:
            try:
                return greedy_return(self.world.transitions, q, self.gamma)
            except EngineError:
                return None

        finite = np.isfinite(self.values).all()
        return [worth(q) if finite else None for q in self.q]

    @cached_property
    def optimal(self) -> float | None:
        """What an episode is worth at best."""
        return None if self.optimum is None else float(self.world.transitions.start @ self.optimum.values)


@dataclass(frozen=True, eq=False)
class Reproduction:
    """A figure of the textbook computed anew, and every comparison with what is printed."""

    figure: Figure
    checks: tuple[Check, ...]
    seed: int

    @property
    def failed(self) -> int:
        """Comparisons that did not hold."""
        return sum(not check.passed for check in self.checks)

    @property
    def tensor(self) -> Tensor:
        """A row for each number: ours, the book's, the tolerance, and whether it holds."""
        rows, labels = [], []
        for check in self.checks:
            grid = check.ours.size > 1
            for place in np.ndindex(check.ours.shape):
                ours, book = float(check.ours[place]), float(check.book[place])
                rows.append((ours, book, check.tolerance, float(abs(ours - book) <= check.tolerance)))
                labels.append(f"{check.label} {','.join(map(str, place))}" if grid else check.label)
        columns = ("ours", "book", "tolerance", "passed")
        axes = (Axis("number", tuple(labels)), Axis("column", columns))
        name = self.figure.name
        return Tensor(np.array(rows), axes, name, {"source": name, "seed": self.seed})


def step_size(alpha: float | None) -> str:
    """A step size in words.

    >>> step_size(0.05), step_size(None)
    ('0.05', '1/n')
    """
    return "1/n" if alpha is None else number(alpha)


def method_name(method: Method | Rule) -> str:
    """A method or a rule as it is called.

    >>> method_name(Method("n-step", n=3)), method_name(Method("lambda", decay=0.8, traces="replacing"))
    ('3-step TD', 'TD(λ = 0.8), replacing')
    >>> method_name(Method("mc", first_visit=True, batch=True)), method_name(Rule("double-q"))
    ('batch first-visit MC', 'double Q')
    """
    if isinstance(method, Rule):
        rules = {"sarsa": "SARSA", "expected-sarsa": "expected SARSA", "q-learning": "Q-learning"}
        return rules.get(method.name, "double Q")
    name = {
        "td0": "TD(0)",
        "mc": "first-visit MC" if method.first_visit else "MC",
        "n-step": f"{method.n}-step TD",
        "lambda": f"TD(λ = {number(method.decay)})",
    }[method.name]
    if method.name == "lambda" and method.traces != "accumulating":
        name += f", {method.traces}"
    return f"batch {name}" if method.batch else name


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
