"""Learners of action values that look further than one step: what they do with each step and each episode."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from dlcli.engines.base.checks import EngineError, share, whole
from dlcli.engines.decisions.learning.control_definition import Step
from dlcli.engines.decisions.learning.td import td_error
from dlcli.engines.decisions.learning.td_lambda import checked_traces

#: Rule -> what an action value moves to.
AGENTS = {
    "n-step-sarsa": "n rewards, then Q of the state and action that they led to",
    "sarsa-lambda": "as SARSA, and each error reaches all pairs that were visited lately, by their traces",
    "mc": "the return of the whole episode",
    "off-policy-mc": "the return, weighted by how much likelier the best actions would have made it",
    "dyna-q": "as Q-learning, for every step and for some steps out of a model of what was seen",
    "differential-sarsa": "r − R̄ and Q of the action taken next: more than the average reward",
}

SMALL = 1e-12  # of a trace: nothing is left of it


@dataclass(frozen=True)
class Update(Step):
    """An update that is made of more than one step.

    It is of ``time``, a step of an ``episode``. ``rewards`` are those in the target, ``tail`` the state, the
    action and the value behind them, None where the episode ended. ``traces`` are the pairs (s, a, e) that
    the error reached, the updated one last; ``weight`` is the importance W of a return and ``total`` the sum
    C of those of its pair; ``average`` R̄ before the step; ``planned`` says that the step came out of the
    model. ``values`` are Q(s, a) of the state when its action was chosen, ``tried`` how often each had been
    taken, and ``exploring`` ε, τ or c then; empty where nobody chose.
    """

    episode: int = 0
    time: int = 0
    rewards: tuple[float, ...] = ()
    tail: tuple[int, int, float] | None = None
    traces: tuple[tuple[int, int, float], ...] = ()
    weight: float | None = None
    total: float | None = None
    average: float | None = None
    planned: bool = False
    values: tuple[float, ...] = ()
    tried: tuple[int, ...] = ()
    exploring: float = 0.0


@dataclass(frozen=True)
class Seen:
    """A step as it was lived through: in ``state`` came ``action``, paid ``reward`` and led to ``next``.

    ``then`` is the action that is taken next, None where the episode ended, or where that is chosen later.
    ``draw`` chose the action, with ``chance`` under the policy that was followed; where the update is kept,
    ``values``, ``tried`` and ``exploring`` are those of ``Update``.
    """

    state: int
    action: int
    reward: float
    next: int
    ended: bool
    then: int | None
    draw: float
    chance: float
    episode: int
    time: int
    values: tuple[float, ...]
    tried: tuple[int, ...]
    exploring: float


@dataclass(eq=False)
class Agent:
    """What all of them have: the values ``q`` and how often each was updated, lists of lists [s][a].

    ``alpha`` is the step size, None for one over the number of updates. The first ``keep`` updates are kept
    in ``happened``, and ``count`` counts all.
    """

    q: list[list[float]]
    alpha: float | None
    gamma: float
    keep: int = 0
    count: int = 0
    happened: list[Update] = field(default_factory=list)
    early = True  # whether the next action is chosen before anything is learnt from the last one

    def __post_init__(self) -> None:
        self.updated = [[0] * len(row) for row in self.q]

    def begin(self) -> None:
        """An episode begins."""

    def see(self, step: Seen) -> None:
        """Learn from a step."""

    def finish(self) -> None:
        """An episode is over."""

    def _move(self, step: Seen, target: float, size: float | None = None, **more: object) -> float:
        """Move Q(s, a) to a target by a step size; returns the error that there was."""
        s, a = step.state, step.action
        self.updated[s][a] += 1
        if size is None:
            size = self.alpha if self.alpha is not None else 1 / self.updated[s][a]
        before = self.q[s][a]
        delta = td_error(target, before)
        self.q[s][a] = before + size * delta
        self._note(step, target, delta, size, before, self.q[s][a], **more)
        return delta

    def _note(
        self,
        step: Seen,
        target: float,
        delta: float,
        size: float,
        before: float,
        after: float,
        **more: object,
    ) -> None:
        self.count += 1
        if len(self.happened) < self.keep:
            self.happened.append(
                Update(
                    step.state, step.action, step.reward, step.next, target, delta, size, before, after,
                    then=step.then, draw=step.draw, episode=step.episode, time=step.time, values=step.values,
                    tried=step.tried, exploring=step.exploring, **more,  # type: ignore[arg-type]
                )
            )  # fmt: skip

    def _ahead(self, step: Seen) -> float:
        """What SARSA takes the next state to be worth."""
        return 0.0 if step.then is None else self.q[step.next][step.then]


@dataclass(eq=False)
class NStepSarsa(Agent):
    """G = R₁ + γ R₂ + … + γⁿ⁻¹ Rₙ + γⁿ Q(Sₙ, Aₙ), as soon as these n steps are over.

    Source: Sutton and Barto, 2nd edition, equation 7.4 and the box of section 7.2.
    """

    n: int = 4

    def begin(self) -> None:
        self.steps: list[Seen] = []

    def see(self, step: Seen) -> None:
        self.steps.append(step)
        if len(self.steps) == self.n:
            self._first()

    def finish(self) -> None:
        while self.steps:
            self._first()

    def _first(self) -> None:
        """The update of the first step that waits for its target."""
        total, faded, last = 0.0, 1.0, self.steps[-1]
        for step in self.steps:
            total += faded * step.reward
            faded *= self.gamma
        tail = None
        if last.then is not None:
            tail = last.next, last.then, self.q[last.next][last.then]
            total += faded * tail[2]
        rewards = tuple(step.reward for step in self.steps)
        self._move(self.steps[0], total, rewards=rewards, tail=tail)
        self.steps.pop(0)


@dataclass(eq=False)
class SarsaLambda(Agent):
    """δ of SARSA, and Q(s, a) + α δ E(s, a) for all pairs; traces E fade by γλ with each step.

    Source: Sutton and Barto, 2nd edition, section 12.7 for one feature per pair; 1st edition, section 7.5.
    """

    decay: float = 0.9
    traces: str = "accumulating"

    def begin(self) -> None:
        self.trace: dict[tuple[int, int], float] = {}

    def see(self, step: Seen) -> None:
        s, a = step.state, step.action
        left = self.trace.pop((s, a), 0.0)
        self.trace[s, a] = left + 1.0 if self.traces == "accumulating" else 1.0
        self.updated[s][a] += 1
        size = self.alpha if self.alpha is not None else 1 / self.updated[s][a]
        before = self.q[s][a]
        target = step.reward + self.gamma * self._ahead(step)
        delta = td_error(target, before)
        for (one, did), trace in self.trace.items():
            self.q[one][did] += size * trace * delta
        reached: tuple[tuple[int, int, float], ...] = ()
        if len(self.happened) < self.keep:
            reached = tuple((*pair, trace) for pair, trace in self.trace.items())
        self._note(step, target, delta, size, before, self.q[s][a], traces=reached)
        fade = self.gamma * self.decay
        self.trace = {pair: fade * trace for pair, trace in self.trace.items() if fade * trace > SMALL}


@dataclass(eq=False)
class MonteCarlo(Agent):
    """The return that followed each step, once the episode has ended.

    Source: Sutton and Barto, 2nd edition, the boxes of sections 5.3 and 5.4.
    """

    first_visit: bool = False
    early = False

    def begin(self) -> None:
        self.steps: list[Seen] = []

    def see(self, step: Seen) -> None:
        self.steps.append(step)

    def finish(self) -> None:
        found, later = [0.0] * len(self.steps), 0.0
        for t in range(len(self.steps) - 1, -1, -1):
            later = self.steps[t].reward + self.gamma * later
            found[t] = later
        visited: set[tuple[int, int]] = set()
        rewards = tuple(step.reward for step in self.steps)
        for t, (step, total) in enumerate(zip(self.steps, found, strict=True)):
            pair = step.state, step.action
            if self.first_visit and pair in visited:
                continue
            visited.add(pair)
            kept = rewards[t:] if len(self.happened) < self.keep else ()
            self._move(step, total, rewards=kept)


@dataclass(eq=False)
class OffPolicyMonteCarlo(Agent):
    """Weighted importance sampling: Q moves by W / C to the return, from the last step back.

    W is how much likelier the greedy policy makes the steps that follow than the policy that was followed,
    and C the sum of the W of a pair. It ends at a step whose action is not the greedy one: from there on W is
    0.

    Source: Sutton and Barto, 2nd edition, the box of section 5.7.
    """

    early = False

    def begin(self) -> None:
        self.steps: list[Seen] = []
        if not hasattr(self, "weights"):
            self.weights = [[0.0] * len(row) for row in self.q]

    def see(self, step: Seen) -> None:
        self.steps.append(step)

    def finish(self) -> None:
        later, weight = 0.0, 1.0
        for t in range(len(self.steps) - 1, -1, -1):
            step = self.steps[t]
            s, a = step.state, step.action
            later = step.reward + self.gamma * later
            self.weights[s][a] += weight
            total = self.weights[s][a]
            kept = tuple(one.reward for one in self.steps[t:]) if len(self.happened) < self.keep else ()
            self._move(step, later, weight / total, rewards=kept, weight=weight, total=total)
            if self.q[s].index(max(self.q[s])) != a:
                break
            weight /= step.chance


@dataclass(eq=False)
class DynaQ(Agent):
    """Q-learning from each step, and then from ``planning`` steps of a model: of what was seen before.

    The model holds the last outcome of each pair that was tried. ``draw(count)`` gives numbers uniform in
    [0, 1), two for each planned step: a state that was seen, and an action that was taken in it.

    Source: Sutton and Barto, 2nd edition, the box of section 8.2.
    """

    planning: int = 5
    draw: Callable[[int], Sequence[float]] = lambda count: [0.0] * count
    early = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self.model: dict[int, dict[int, Seen]] = {}
        self.known: list[int] = []

    def see(self, step: Seen) -> None:
        self._learn(step)
        if step.state not in self.model:
            self.model[step.state] = {}
            self.known.append(step.state)
        self.model[step.state][step.action] = step
        numbers = self.draw(2 * self.planning)
        for i in range(self.planning):
            state = self.known[int(numbers[2 * i] * len(self.known))]
            tried = [*self.model[state].values()]
            self._learn(tried[int(numbers[2 * i + 1] * len(tried))], planned=True)

    def _learn(self, step: Seen, *, planned: bool = False) -> None:
        tail, worth = None, 0.0
        if not step.ended:
            row = self.q[step.next]
            worth = max(row)
            tail = step.next, row.index(worth), worth
        self._move(step, step.reward + self.gamma * worth, rewards=(step.reward,), tail=tail, planned=planned)


@dataclass(eq=False)
class DifferentialSarsa(Agent):
    """δ = r − R̄ + Q(s′, a′) − Q(s, a), by which Q moves with α and the average reward R̄ with β.

    Source: Sutton and Barto, 2nd edition, the box of section 10.3 for one feature per pair.
    """

    beta: float = 0.01
    average: float = 0.0

    def see(self, step: Seen) -> None:
        tail, worth = None, 0.0
        if step.then is not None:
            worth = self.q[step.next][step.then]
            tail = step.next, step.then, worth
        before = self.average
        target = step.reward - before + worth
        self.average = before + self.beta * td_error(target, self.q[step.state][step.action])
        self._move(step, target, rewards=(step.reward,), tail=tail, average=before)


@dataclass(frozen=True)
class Settings:
    """What rules of ``AGENTS`` can be told: n, λ and the kind of traces, planned steps, β, first visits."""

    n: int = 4
    decay: float = 0.9
    traces: str = "accumulating"
    planning: int = 5
    beta: float = 0.01
    first_visit: bool = False

    def check(self) -> None:
        """Raise ``EngineError`` for a number out of range."""
        whole("n", self.n, unit="steps")
        checked_traces(self.decay, self.traces)
        share("beta", self.beta)
        if self.planning < 0:
            raise EngineError(f"planning expects a number of steps from 0 on; received {self.planning}")


#: What rules are told when nobody tells them anything.
USUAL = Settings()


def agent_of(
    rule: str,
    q: list[list[float]],
    alpha: float | None,
    gamma: float,
    settings: Settings,
    draw: Callable[[int], Sequence[float]],
    keep: int,
) -> Agent:
    """The learner of a rule of ``AGENTS``. Raises ``EngineError`` for another one."""
    settings.check()
    common = q, alpha, gamma, keep
    if rule == "n-step-sarsa":
        return NStepSarsa(*common, n=settings.n)
    if rule == "sarsa-lambda":
        return SarsaLambda(*common, decay=settings.decay, traces=settings.traces)
    if rule == "mc":
        return MonteCarlo(*common, first_visit=settings.first_visit)
    if rule == "off-policy-mc":
        return OffPolicyMonteCarlo(*common)
    if rule == "dyna-q":
        return DynaQ(*common, planning=settings.planning, draw=draw)
    if rule == "differential-sarsa":
        return DifferentialSarsa(*common, beta=settings.beta)
    raise EngineError(f"there is no rule {rule!r}; there are {', '.join(AGENTS)}")
