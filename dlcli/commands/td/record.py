"""One run of ``dlcli td`` on one world: values that were learnt, or actions, or a figure of the textbook."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from dlcli.commands.kinds.decisions.ends import ends_array, ends_axes, goals_of
from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.decisions.average import average_reward, best_average
from dlcli.engines.decisions.bellman import q_values
from dlcli.engines.decisions.chain import Chain
from dlcli.engines.decisions.ends import Ends, greedy_ends, mean_ends
from dlcli.engines.decisions.learning.control_definition import Control
from dlcli.engines.decisions.learning.control_replay import ControlReplay, Rule, best_values, greedy_return
from dlcli.engines.decisions.learning.exploration import Exploration
from dlcli.engines.decisions.learning.learning_curve import by_transitions
from dlcli.engines.decisions.learning.long_replay import LongReplay
from dlcli.engines.decisions.learning.prediction import Method, Prediction
from dlcli.engines.decisions.learning.replay import Replay
from dlcli.engines.decisions.optimal import Optimum
from dlcli.engines.decisions.policy import greedy_policy, single_best
from dlcli.errors import DlcliError
from dlcli.tensor import Axis, Tensor
from dlcli.words.line import Line
from dlcli.words.number import setting
from dlcli.worlds.comparison import Check
from dlcli.worlds.read import numbers_named
from dlcli.worlds.textbook import Figure
from dlcli.worlds.world import World

if TYPE_CHECKING:
    from dlcli.commands.td.options import Options

Found = TypeVar("Found")

TRACED = 100  # updates of control that are kept at once; more are made again when they are asked for
WHOLE = 1_000_000  # updates in the tensor of the trace, when nobody says how many
POINTS = 200  # of a curve over transitions
EPISODES = Axis("episode", start=0, step=1)


@dataclass(frozen=True, eq=False, kw_only=True)
class Learning:
    """What every run has: a world, the options, the line that was typed."""

    world: World
    options: Options
    seed: int = 0
    line: Line = field(default_factory=Line)

    @property
    def methods(self) -> tuple[Method, ...] | tuple[Rule, ...]:
        """The methods or rules side by side, M of them."""
        return self.options.rules or self.options.methods

    @property
    def gamma(self) -> float:
        """The discount."""
        return self.options.discount(self.world)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """A name for each method or rule, with its way to explore and its step size where these differ."""
        names = [method_name(method) for method in self.methods]
        ways = [method.explore for method in self.methods if isinstance(method, Rule)]
        if len(set(ways)) > 1:
            told = [exploration_name(way) for way in ways]
            alone = len(set(names)) == 1
            names = told if alone else [", ".join(pair) for pair in zip(names, told, strict=True)]
        if len({method.alpha for method in self.methods}) > 1:
            sizes = [step_size(method.alpha) for method in self.methods]
            names = [f"{name}, α = {size}" for name, size in zip(names, sizes, strict=True)]
        return unique(names)

    @property
    def traced(self) -> str:
        """Whose updates are traced and explained; nothing where there are no others.

        >>> from dlcli.commands.td.options import Options
        >>> from dlcli.worlds.builtin import random_walk
        >>> options = Options(method=("td0", "mc"), runs=3)
        >>> Learning(world=random_walk(), options=options).traced
        'TD(0), run 1 of 3'
        """
        runs = self.options.runs
        which = [*self.labels[:1] * (len(self.labels) > 1), *[f"run 1 of {runs}"] * (runs > 1)]
        return ", ".join(which)


@dataclass(frozen=True, eq=False, kw_only=True)
class LearntValues(Learning):
    """What a policy is worth, learnt by methods from the same episodes, and the exact values.

    ``exact`` (S,) is None where they cannot be computed, and ``why`` says why. ``methods`` are the M methods
    side by side; ``policies`` (S, A) are the one that is learnt of and the one that is followed, where these
    are two.
    """

    learnt: Prediction
    exact: Array | None = None
    why: str = ""
    methods: tuple[Method, ...] = ()
    policies: tuple[Array, Array] | None = None

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
            return EPISODES
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
    def lengths(self) -> Array:
        """The steps of each episode (1, R, E); all methods share them."""
        return self.learnt.steps[None]

    @property
    def cut(self) -> int:
        """How many episodes passed the step limit; all methods share them."""
        return self.learnt.cut

    @property
    def made(self) -> int:
        """How many updates the first method made in the first run."""
        return self.replay.count

    @cached_property
    def ends(self) -> tuple[Ends, ...]:
        """Which ends the episodes of all runs came to, whatever the method."""
        return (self.learnt.ends,)

    @cached_property
    def replay(self) -> Replay:
        """The updates of the first method in the first run."""
        terminal = self.world.transitions.terminal
        return Replay(self.methods[0], self.learnt.first, terminal, self.gamma, self.options.initial)

    def updates(self, count: int) -> dict[str, Array]:
        """The first of these, by columns."""
        return self.replay.columns(self.replay.upto(count, keep=0).updates)


@dataclass(frozen=True, eq=False, kw_only=True)
class LearntActions(Learning):
    """What to do, learnt by rules, and the optimum, None where there is none.

    ``again`` learns by the first rule in the first run once more, and keeps so many of its updates.
    """

    learnt: tuple[Control, ...]
    again: Callable[[int], Control]
    optimum: Optimum | None = None

    @cached_property
    def methods(self) -> tuple[Rule, ...]:
        """The rules side by side, M of them."""
        return self.options.rules

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
    def places(self) -> Axis:
        """Where the points of the errors stand."""
        return EPISODES

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
    def right(self) -> Array | None:
        """The share of best actions in each episode (M, R, E); None where nobody knows them."""
        found = [learnt.best for learnt in self.learnt if learnt.best is not None]
        return np.stack(found) if found else None

    @property
    def lengths(self) -> Array:
        """The steps of each episode (M, R, E)."""
        return np.stack([learnt.steps for learnt in self.learnt])

    @property
    def success(self) -> Array | None:
        """The share of runs whose episode ended in a goal (M, E); None where none is known."""
        aims, last = goals_of(self.world), [one.last for one in self.learnt if one.last is not None]
        if not len(aims) or len(last) < len(self.learnt):
            return None
        return np.stack([np.isin(one, aims).mean(axis=0) for one in last])

    @property
    def cut(self) -> int:
        """How many episodes passed the step limit, whatever the rule."""
        return sum(learnt.cut for learnt in self.learnt)

    @property
    def made(self) -> int:
        """How many updates the first rule made in the first run."""
        made = self.learnt[0].updates
        return int(self.learnt[0].steps[0].sum()) if made is None else made

    @cached_property
    def replay(self) -> ControlReplay | LongReplay:
        """The updates of the first rule in the first run."""
        rule, initial = self.methods[0], self.options.initial
        known = self.world.transitions, rule, self.learnt[0], initial, self.again
        return LongReplay(*known) if rule.long else ControlReplay(*known)

    def updates(self, count: int) -> dict[str, Array]:
        """The first of these, by columns."""
        replay = self.replay
        if isinstance(replay, LongReplay):
            return replay.columns(replay.steps(count))
        return replay.columns(replay.steps(count))

    @cached_property
    def greedy(self) -> list[Array | None]:
        """The return of an episode with the best actions of each rule in each of its runs, M of (R,).

        nan where it never ends and has no limit, None where nobody knows.
        """
        found = [self._by_runs(learnt.q, self._greedy_return) for learnt in self.learnt]
        return [None if paid is None else np.array(paid) for paid in found]

    @cached_property
    def ends(self) -> tuple[Ends, ...] | None:
        """Which ends the best actions of each rule reach, M of them; None where nobody knows of one.

        Each run has best actions of its own, and their ends are those of a run taken at random.
        """
        found = [
            self._by_runs(learnt.q, lambda q: greedy_ends(self.world.transitions, q))
            for learnt in self.learnt
        ]
        known = tuple(mean_ends(ends) for ends in found if ends is not None)
        return known if len(known) == len(found) else None

    @cached_property
    def circling(self) -> bool:
        """Whether in some run, from anywhere, the best actions of the first rule are paid without end."""
        moves = self.world.transitions
        found = self._by_runs(
            self.learnt[0].q, lambda q: Chain.of(moves, single_best(moves, q)).endless().any()
        )
        return bool(found is not None and any(found))

    def _greedy_return(self, q: Array) -> float:
        try:
            return greedy_return(self.world.transitions, q, self.gamma)
        except EngineError:
            return np.nan

    def _by_runs(self, tables: Array, find: Callable[[Array], Found | None]) -> list[Found] | None:
        """What is found of the tables (R, S, A) of all runs, the same for those whose best actions are.

        None where a table has a best action of which nobody knows what it leads to.
        """
        moves = self.world.transitions
        inner = ~moves.terminal
        known: dict[bytes, Found | None] = {}
        found = []
        for q in tables:
            if not np.isfinite(best_values(moves, q)).all():
                return None
            best = np.nanargmax(q[inner], axis=1)
            if not moves.allowed[inner][np.arange(len(best)), best].all():
                return None
            if best.tobytes() not in known:
                known[best.tobytes()] = find(q)
            one = known[best.tobytes()]
            if one is None:
                return None
            found.append(one)
        return found

    @cached_property
    def gains(self) -> list[float | None]:
        """What a step pays on average with the best actions of each rule; None where nobody knows."""
        found = [self._by_runs(learnt.q, self._gain) for learnt in self.learnt]
        return [None if gains is None else float(np.mean(gains)) for gains in found]

    @cached_property
    def best_gain(self) -> float | None:
        """The largest average reward of a step; None where there is none."""
        try:
            return best_average(self.world.transitions).gain
        except EngineError:
            return None

    def _gain(self, q: Array) -> float | None:
        moves = self.world.transitions
        try:
            return average_reward(moves, single_best(moves, q)).gain
        except EngineError:
            return None

    @cached_property
    def optimal(self) -> float | None:
        """What an episode is worth at best."""
        return None if self.optimum is None else float(self.world.transitions.start @ self.optimum.values)


@dataclass(frozen=True, eq=False, kw_only=True)
class LearntBandit(LearntActions):
    """What was learnt of a bandit: its ``arms`` (R, K) are others in each run; ``world`` has the first's."""

    arms: Array

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """A name for each way to explore: where nothing follows a pull, the rules are all the same."""
        return super().labels if len(self.methods) > 1 else (exploration_name(self.methods[0].explore),)


#: What was learnt by methods or rules.
Learnt = LearntValues | LearntActions


def outputs(work: Learnt, warn: Callable[[str], None]) -> Mapping[str, Callable[[], Tensor]]:
    """The tensors of what was learnt, a column for each method or rule where there are several.

    ``warn`` is told of what a trace has no room for: it is of one run of one method, and a batch has none.
    """
    states, actions = Axis("state", work.world.states), Axis("action", work.world.actions)
    attrs = {**work.world.attrs, "gamma": work.gamma, "seed": work.seed}

    def stacked(data: Array, axes: tuple[Axis, ...], name: str) -> Tensor:
        """(M, …) as it is, or one alone; of vectors each is a column."""
        if len(data) == 1:
            return Tensor(data[0], axes, name, attrs)
        every = Axis("method", work.labels)
        if len(axes) == 1:
            return Tensor(data.T, (*axes, every), name, attrs)
        return Tensor(data, (every, *axes), name, attrs)

    def errors() -> Tensor:
        exact = np.full(len(work.world.states), np.nan) if work.exact is None else work.exact
        return stacked(work.values - exact, (states,), "errors")

    def rms() -> Tensor:
        unknown = np.full((len(work.methods), work.options.episodes + 1), np.nan)
        return stacked(unknown if work.errors is None else work.errors, (work.places,), "rms")

    def best_shares() -> Tensor:
        right = work.right if isinstance(work, LearntActions) else None
        unknown = np.full((len(work.methods), work.options.episodes), np.nan)
        return stacked(unknown if right is None else right.mean(axis=1), (EPISODES,), "best-actions")

    def trace() -> Tensor:
        """All updates, or so many as were asked for, a row each; states and actions by numbers with names."""
        most = work.options.trace or WHOLE
        if work.options.trace is None and work.made > most:
            warn(f"the trace holds the first {most} of {work.made} updates; --trace says how many")
        if work.traced:
            warn(f"the trace is that of {work.traced}")
        columns = work.updates(min(most, work.made))
        data = np.stack([np.asarray(column, np.float64) for column in columns.values()], axis=1)
        named = {**attrs, **numbers_named(work.world.states, work.world.actions)}
        return Tensor(data, (Axis("update"), Axis("column", tuple(columns))), "trace", named)

    def ends() -> Tensor:
        if work.ends is None:
            raise DlcliError("nobody knows where some of the best actions lead: they were never taken")
        axes = ends_axes(work.world, work.ends[0])
        return stacked(np.stack([ends_array(one) for one in work.ends]), axes, "ends")

    def policy() -> Tensor:
        """The best actions of the first run: a mean of tables is none that anybody acted by."""
        assert isinstance(work, LearntActions)
        if work.options.runs > 1:
            warn(f"the policy is that of run 1 of {work.options.runs}")
        found = np.stack([greedy_policy(one.q[0]) for one in work.learnt])
        return stacked(found, (states, actions), "policy")

    def success() -> Tensor:
        reached = work.success if isinstance(work, LearntActions) else None
        if reached is None:
            raise DlcliError("no end of this world pays, or none is known to: nothing is a success")
        return stacked(reached, (EPISODES,), "success")

    found = {
        "values": lambda: stacked(work.values, (states,), "values"),
        "errors": errors,
        "rms": rms,
        "returns": lambda: stacked(work.returns, (Axis("run"), Axis("episode")), "returns"),
        "q": lambda: stacked(work.q, (states, actions), "q"),
        **({"policy": policy} if isinstance(work, LearntActions) else {}),
        "ends": ends,
        "rewards": lambda: stacked(work.returns.mean(axis=1), (EPISODES,), "rewards"),
        "lengths": lambda: stacked(work.lengths, (Axis("run"), Axis("episode")), "lengths"),
        **({"success": success} if isinstance(work, LearntActions) else {}),
        "best-actions": best_shares,
        **({} if work.options.batch else {"trace": trace}),
    }
    if isinstance(work, LearntBandit):  # whose arms are others in each run: values have no mean
        return {name: found[name] for name in ("rewards", "best-actions", "returns", "trace")}
    return found


@dataclass(frozen=True, eq=False)
class Reproduction:
    """A figure of the textbook computed anew, and every comparison with the book or with another way."""

    figure: Figure
    checks: tuple[Check, ...]
    seed: int

    @property
    def failed(self) -> int:
        """Comparisons that did not hold."""
        return sum(not check.passed for check in self.checks)

    @property
    def tensor(self) -> Tensor:
        """A row for each number: ours, the expected one, 1 of a claim, the tolerance, whether it holds."""
        rows, labels = [], []
        for check in self.checks:
            grid = check.ours.size > 1
            for place in np.ndindex(check.ours.shape):
                ours, expected = float(check.ours[place]), float(check.expected[place])
                rows.append((ours, expected, check.tolerance, float(abs(ours - expected) <= check.tolerance)))
                labels.append(f"{check.label} {','.join(map(str, place))}" if grid else check.label)
        columns = ("ours", "expected", "tolerance", "passed")
        axes = (Axis("number", tuple(labels)), Axis("column", columns))
        name = self.figure.name
        return Tensor(np.array(rows), axes, name, {"source": name, "seed": self.seed})


def step_size(alpha: float | None) -> str:
    """A step size in words.

    >>> step_size(0.05), step_size(None)
    ('0.05', '1/n')
    """
    return "1/n" if alpha is None else setting(alpha)


def method_name(method: Method | Rule) -> str:
    """A method or a rule as it is called.

    >>> method_name(Method("n-step", n=3)), method_name(Method("lambda", decay=0.8, traces="replacing"))
    ('3-step TD', 'TD(λ = 0.8), replacing')
    >>> method_name(Method("mc", first_visit=True, batch=True)), method_name(Rule("double-q"))
    ('batch first-visit MC', 'double Q')
    """
    if isinstance(method, Rule):
        told = method.settings
        name = {
            "sarsa": "SARSA",
            "expected-sarsa": "expected SARSA",
            "q-learning": "Q-learning",
            "double-q": "double Q",
            "n-step-sarsa": f"{told.n}-step SARSA",
            "sarsa-lambda": f"SARSA(λ = {setting(told.decay)})",
            "mc": "first-visit MC" if told.first_visit else "MC",
            "off-policy-mc": "off-policy MC",
            "dyna-q": f"Dyna-Q, {told.planning} planned",
            "differential-sarsa": "differential SARSA",
        }[method.name]
        return f"{name}, replacing" if method.name == "sarsa-lambda" and told.traces == "replacing" else name
    name = {
        "td0": "TD(0)",
        "mc": "first-visit MC" if method.first_visit else "MC",
        "n-step": f"{method.n}-step TD",
        "lambda": f"TD(λ = {setting(method.decay)})",
    }[method.name]
    if method.name == "lambda" and method.traces != "accumulating":
        name += f", {method.traces}"
    if method.off_policy:
        name += f", {method.off_policy}"
    return f"batch {name}" if method.batch else name


def exploration_name(explore: Exploration) -> str:
    """A way to explore as it is called, with its number.

    >>> exploration_name(Exploration()), exploration_name(Exploration("ucb", 2.0))
    ('ε-greedy 0.1', 'UCB 2')
    >>> exploration_name(Exploration("softmax", 1.0, 0.99)), exploration_name(Exploration("greedy"))
    ('softmax 1·0.99ⁿ', 'greedy')
    """
    name = {"epsilon-greedy": "ε-greedy", "ucb": "UCB"}.get(explore.name, explore.name)
    if explore.name == "greedy":
        return name
    falling = f"·{setting(explore.decay)}ⁿ" if explore.decay != 1 else ""
    falling += f", at least {setting(explore.least)}" if explore.least else ""
    return f"{name} {setting(explore.value)}{falling}"


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
