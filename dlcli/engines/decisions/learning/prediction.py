"""Prediction: the values of a policy learnt from episodes, by several methods from the same ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from dlcli.engines.base.checks import Array, EngineError, share
from dlcli.engines.decisions.ends import Ends, SeenEnds
from dlcli.engines.decisions.episodes import Episodes
from dlcli.engines.decisions.learning.backups import (
    Backups,
    monte_carlo_backups,
    n_step_backups,
    off_policy_backups,
    td0_backups,
    visit_numbers,
    weight_totals,
)
from dlcli.engines.decisions.learning.batch import Batch
from dlcli.engines.decisions.learning.learning_curve import Curve, rms_error
from dlcli.engines.decisions.learning.td import check_alpha
from dlcli.engines.decisions.learning.td_fast import learn, td0_long
from dlcli.engines.decisions.learning.td_lambda import checked_traces, td_lambda
from dlcli.engines.decisions.transitions import Transitions
from dlcli.engines.decisions.walk import Moves, Walkers

METHODS = ("td0", "mc", "n-step", "lambda")

#: Ways to weigh the returns of another policy's episodes.
OFF_POLICY = ("ordinary", "weighted")

BLOCK = 8192  # episodes of a run that are held at once
GROUP = 16_384  # episodes of all runs that are
HELD = 1 << 21  # values after these episodes that are


@dataclass(frozen=True)
class Method:
    """A method of prediction and its parameters.

    ``alpha`` is the step size, None for one over the number of visits; ``n`` the steps of n-step, ``decay``
    the λ and ``traces`` the kind of traces of TD(λ); ``first_visit`` is for Monte Carlo. With ``batch`` all
    updates from the episodes so far are repeated after each of them until the values come to rest. Where
    episodes are those of another policy, ``ratio`` (S, A) is π(a|s) / b(a|s), and ``off_policy`` says how the
    returns of Monte Carlo are weighted by it: ``ordinary`` or ``weighted`` importance sampling.
    """

    name: str = "td0"
    alpha: float | None = 0.1
    n: int = 1
    decay: float = 0.9
    traces: str = "accumulating"
    first_visit: bool = False
    batch: bool = False
    off_policy: str = ""
    ratio: Array | None = field(default=None, compare=False, repr=False)

    def backups(self, episodes: Episodes, gamma: float) -> Backups:
        """The updates of these episodes; those of TD(λ) are TD(0)'s, which its traces spread."""
        if self.off_policy and self.ratio is not None:
            return off_policy_backups(
                episodes,
                gamma,
                self.ratio,
                ordinary=self.off_policy == "ordinary",
                first_visit=self.first_visit,
            )
        if self.name == "mc":
            return monte_carlo_backups(episodes, gamma, first_visit=self.first_visit)
        if self.name == "n-step":
            return n_step_backups(episodes, gamma, self.n)
        return td0_backups(episodes, gamma)

    def step_sizes(self, backups: Backups, seen: Array) -> float | Array:
        """The step size of each update, or of all; ``seen`` is ``unseen`` or what became of it."""
        if self.off_policy == "weighted" and backups.weights is not None:
            totals = weight_totals(backups, seen)
            return np.divide(backups.weights, totals, out=np.zeros(len(totals)), where=totals > 0)
        return 1 / visit_numbers(backups, seen) if self.alpha is None else self.alpha

    def unseen(self, runs: int, n_states: int) -> Array:
        """How often states were updated (R, S) before the first episode, or the sum of the weights: none."""
        return np.zeros((runs, n_states), np.float64 if self.off_policy == "weighted" else np.intp)


@dataclass(frozen=True, eq=False)
class EpisodeSource:
    """Where the episodes of some runs come from: ``episodes(count)`` are the next so many of each of them."""

    runs: int
    episodes: Callable[[int], Episodes]


@dataclass(frozen=True, eq=False)
class Prediction:
    """What M methods learnt in R runs of E episodes each.

    ``values`` (M, R, S) at the end; ``rms`` (M, R, E+1) their RMS error before and after each episode, when
    the exact values are known; ``steps`` and ``returns`` (R, E) of the episodes, which all methods share;
    ``cut`` how many of these passed the step limit; ``ends`` are those that all of them came to; ``first`` is
    the beginning of the first run.
    """

    values: Array
    rms: Array | None
    steps: Array
    returns: Array
    cut: int
    ends: Ends
    first: Episodes


def predict(
    transitions: Transitions,
    policy: Array,
    methods: Sequence[Method],
    generators: Sequence[np.random.Generator],
    *,
    episodes: int,
    gamma: float = 1.0,
    initial: float = 0.0,
    exact: Array | None = None,
    limit: int = 10_000,
) -> Prediction:
    """Learn the values of a policy from episodes, by each method from the same ones.

    Parameters
    ----------
    transitions, policy : Transitions, (S, A)
        The world, and what is done in it.
    methods : sequence of Method
        M ways to learn, side by side.
    generators : sequence of numpy.random.Generator
        One for each run. What a run sees depends on its own generator alone.
    episodes : int
        E of each run.
    gamma : float
        The discount, from 0 to 1.
    initial : float
        The first guess for every state that is not terminal.
    exact : (S,), optional
        The values that are looked for.
    limit : int
        Steps after which an episode is cut; TD goes on from the value of the state it had come to.

    Raises ``EngineError`` for a method that is none, for a step size outside of (0, 1], a gamma outside of
    [0, 1], and for more steps than are held at once.

    >>> chain = Transitions.of([0, 1], [0, 0], [1, 2], [1, 1], [0, 1], n_states=3, n_actions=1)
    >>> learnt = predict(chain, np.ones((3, 1)), [Method(alpha=0.5), Method("mc", alpha=0.5)],
    ...                  [np.random.default_rng(0)], episodes=2)
    >>> learnt.values[:, 0]
    array([[0.25, 0.75, 0.  ],
           [0.75, 0.75, 0.  ]])
    """
    moves = Moves.of(transitions, policy)
    each = min(episodes, _block(transitions.n_states))
    width = max(1, min(GROUP // each, HELD // (each * transitions.n_states)))

    def source(some: Sequence[np.random.Generator]) -> EpisodeSource:
        return EpisodeSource(len(some), lambda count: Walkers(moves, count, len(some), limit).walk(some))

    sources = [source(generators[i : i + width]) for i in range(0, len(generators), width)]
    return learn_from(
        sources, transitions.terminal, methods, episodes=episodes, gamma=gamma, initial=initial, exact=exact
    )


def _block(n_states: int) -> int:
    """Episodes of a run that are held at once, in a world of so many states."""
    return max(1, min(BLOCK, HELD // n_states))


def learn_from(
    sources: Sequence[EpisodeSource],
    terminal: Array,
    methods: Sequence[Method],
    *,
    episodes: int,
    gamma: float = 1.0,
    initial: float = 0.0,
    exact: Array | None = None,
) -> Prediction:
    """As ``predict``, from episodes that come from anywhere; ``terminal`` (S,) of bool tells the ends.

    >>> two = Episodes.of([0, 1], [0, 0], [0.0, 1.0], [1, 2], lengths=[2])
    >>> sources = [EpisodeSource(1, lambda count: two)]
    >>> learn_from(sources, np.array([False, False, True]), [Method(alpha=0.5)], episodes=1).values[0]
    array([[0. , 0.5, 0. ]])

    Raises ``EngineError`` as ``predict`` does.
    """
    for method in methods:
        _check(method)
    share("gamma", gamma)
    inner = ~terminal
    ends = SeenEnds(terminal)
    groups = [
        _PredictionRuns(source, methods, gamma, initial * inner, exact, inner, ends) for source in sources
    ]
    first: Episodes | None = None
    block = _block(len(terminal))
    for group in groups:
        for done in range(0, episodes, block):
            seen = group.learn(min(block, episodes - done))
            first = first or seen
    assert first is not None
    return Prediction(
        np.concatenate([group.values for group in groups], axis=1),
        None if exact is None else np.concatenate([group.curve() for group in groups], axis=1),
        np.concatenate([np.concatenate(group.steps, axis=1) for group in groups]),
        np.concatenate([np.concatenate(group.returns, axis=1) for group in groups]),
        sum(group.cut for group in groups),
        ends.ends,
        first,
    )


@dataclass(eq=False)
class _PredictionRuns:
    """Some of the runs, block after block of their episodes."""

    source: EpisodeSource
    methods: Sequence[Method]
    gamma: float
    initial: Array
    exact: Array | None
    inner: Array
    ends: SeenEnds

    def __post_init__(self) -> None:
        methods, runs, n_states = self.methods, self.source.runs, len(self.initial)
        self.values = np.tile(self.initial, (len(methods), runs, 1))  # (M, R, S)
        self.visits = [method.unseen(runs, n_states) for method in methods]
        self.batches = [Batch(runs, n_states) if method.batch else None for method in methods]
        self.steps: list[Array] = []
        self.returns: list[Array] = []
        self.cut = 0
        self.curves: list[Array] = []  # pieces of (M, R, ·)
        if self.exact is not None:
            self.curves.append(rms_error(self.values, self.exact, self.inner)[..., None])

    def learn(self, episodes: int) -> Episodes:
        """Take so many more episodes and learn from them by each method."""
        runs, seen = self.source.runs, self.source.episodes(episodes)
        self.steps.append(seen.lengths.reshape(runs, -1))
        returns = seen.first_returns(self.gamma)
        self.returns.append(returns.reshape(runs, -1))
        self.ends.see(seen, returns if self.gamma == 1 else None)
        self.cut += int(seen.cut.sum())
        curves = [self._method(place, seen) for place in range(len(self.methods))]
        if self.exact is not None:
            self.curves.append(np.array(curves))
        return seen

    def curve(self) -> Array:
        """The RMS errors so far (M, R, E+1)."""
        return np.concatenate(self.curves, axis=2)

    def _method(self, place: int, seen: Episodes) -> Array | None:
        """Learn by one of the methods; the RMS error after each episode (R, E)."""
        method, values = self.methods[place], self.values[place]
        batch = self.batches[place]
        if batch is not None:
            return self._batch(batch, method, values, seen)
        plain = method.name == "td0" or (method.name == "n-step" and method.n == 1)
        if plain and method.alpha is not None and self.exact is None and len(values) == 1:
            td0_long(values[0], seen, alpha=method.alpha, gamma=self.gamma)
            return None
        backups = method.backups(seen, self.gamma)
        alpha = method.step_sizes(backups, self.visits[place])
        if method.name == "lambda":
            after = td_lambda(
                values, seen, alpha=alpha, gamma=self.gamma, decay=method.decay, traces=method.traces
            )
            error = None if self.exact is None else rms_error(after, self.exact, self.inner)
            return None if error is None else error.reshape(len(values), -1)
        curve = None if self.exact is None else Curve(backups, seen, values, self.exact, self.inner)
        learn(values, backups, alpha, None if curve is None else curve.note)
        return None if curve is None else curve.rms()

    def _batch(self, batch: Batch, method: Method, values: Array, seen: Episodes) -> Array | None:
        """The values to which batch updates from the episodes so far converge, after each episode."""
        backups = method.backups(seen, self.gamma)
        runs = len(values)
        episode = seen.episode[backups.step] % (len(seen.lengths) // runs)
        order = np.argsort(episode, kind="stable")
        ends = np.cumsum(np.bincount(episode, minlength=len(seen.lengths) // runs))
        curve = []
        for chosen in np.split(order, ends[:-1]):
            batch.see(backups, chosen)
            if self.exact is not None:
                values[:] = batch.values(self.initial)
                curve.append(rms_error(values, self.exact, self.inner))
        if self.exact is None:
            values[:] = batch.values(self.initial)
            return None
        return np.stack(curve, axis=1)


def _check(method: Method) -> None:
    """Raise ``EngineError`` for a method that does not exist or whose numbers are out of range."""
    if method.name not in METHODS:
        raise EngineError(f"there is no method {method.name!r}; there are {', '.join(METHODS)}")
    check_alpha(method.alpha)
    if method.name == "lambda":
        checked_traces(method.decay, method.traces)
    if method.off_policy not in ("", *OFF_POLICY):
        raise EngineError(
            f"off-policy methods are {' and '.join(OFF_POLICY)}; received {method.off_policy!r}"
        )
    if method.off_policy and (method.name != "mc" or method.alpha is not None or method.batch):
        raise EngineError("importance sampling is there for mc with a step size of 1/n, episode by episode")
    if method.off_policy and method.ratio is None:
        raise EngineError("importance sampling needs the ratio of the two policies")
    if method.batch and method.name not in ("td0", "mc"):
        raise EngineError(f"batch learning is there for td0 and mc; received {method.name}")
