"""The transitions of a Markov decision process: every outcome of every action, sorted, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dlcli.engines.base.checks import Array, EngineError

#: How far the probabilities of one action may be from adding up to 1.
TOLERANCE = 1e-9

MOST = 50_000_000  # states times actions


@dataclass(frozen=True, eq=False)
class Transitions:
    """What can happen in a world of S states and A actions: K outcomes, sorted by state and action.

    Outcome ``k`` says that action ``action[k]`` in state ``state[k]`` leads to state ``next[k]`` with
    probability ``probability[k]`` and pays ``reward[k]``. The outcomes of action ``a`` in state ``s`` are
    those from ``pairs[s * A + a]`` up to ``pairs[s * A + a + 1]``; there are none where the state has no
    such action. A state without any action is terminal: episodes end there and its value is 0. Memory is
    proportional to K, never to S². All arrays are read-only.

    ``state``, ``action``, ``next`` (K,) and ``pairs`` (S·A+1,) are of ``intp``; ``probability`` and
    ``reward`` (K,) and ``start`` (S,), the probability that an episode begins in a state, of float64.
    """

    state: Array
    action: Array
    next: Array
    probability: Array
    reward: Array
    pairs: Array
    start: Array
    n_actions: int

    @staticmethod
    def of(
        state: Sequence[int] | Array,
        action: Sequence[int] | Array,
        next: Sequence[int] | Array,
        probability: Sequence[float] | Array,
        reward: Sequence[float] | Array,
        *,
        n_states: int,
        n_actions: int,
        start: int | Sequence[float] | Array | None = None,
        states: Sequence[str] | None = None,
        actions: Sequence[str] | None = None,
    ) -> Transitions:
        """Sort outcomes that came in any order, and check them; outcomes of probability 0 are left out.

        Parameters
        ----------
        state, action, next : (K,) whole numbers from 0
            Where an outcome begins, what is done, where it leads.
        probability, reward : (K,)
            How likely it is, among all outcomes of that action in that state, and what it pays.
        n_states, n_actions : int
            S and A.
        start : int or (S,)
            The state in which episodes begin, or a probability for each; otherwise they begin in the first
            state that is not terminal.
        states, actions : sequences of str, optional
            What messages call them; their numbers otherwise.

        Raises ``EngineError`` when the probabilities of an action do not add up to 1, with the state, the
        action and the sum; for states and actions that do not exist, and for numbers that are not finite;
        and when episodes are to begin in a state in which they have ended.

        >>> coin = Transitions.of([0, 0], [0, 0], [1, 2], [0.5, 0.5], [0, 1], n_states=3, n_actions=1)
        >>> coin.terminal
        array([False,  True,  True])
        >>> Transitions.of([0, 0], [0, 0], [1, 2], [0.5, 0.4], [0, 1], n_states=3, n_actions=1)
        Traceback (most recent call last):
            ...
        dlcli.engines.base.checks.EngineError: the probabilities of action 0 in state 0 add up to 0.9, not
        to 1
        """
        name = Labels(states, actions)
        places = _places((state, action, next), (n_states, n_actions, n_states))
        chances, rewards = (np.asarray(column, np.float64) for column in (probability, reward))
        if not len({column.shape for column in (*places, chances, rewards)}) == chances.ndim == 1:
            shapes = ", ".join(str(column.shape) for column in (*places, chances, rewards))
            raise EngineError(f"outcomes need five columns of one length; received {shapes}")
        _check_numbers(name, places, "probability", chances, np.isfinite(chances) & (chances >= 0))
        _check_numbers(name, places, "reward", rewards, np.isfinite(rewards))
        if n_states * n_actions > MOST:
            raise EngineError(
                f"{n_states} states times {n_actions} actions are more than {MOST}; "
                "try the same names of actions in every state"
            )
        pair = places[0] * n_actions + places[1]
        _check_sums(name, pair, chances, n_states, n_actions)
        order = np.argsort(pair, kind="stable")
        order = order[chances[order] > 0]
        going = np.bincount(places[0][order], minlength=n_states) > 0
        pairs = np.zeros(n_states * n_actions + 1, np.intp)
        np.cumsum(np.bincount(pair[order], minlength=n_states * n_actions), out=pairs[1:])
        return Transitions(
            state=_locked(places[0][order]),
            action=_locked(places[1][order]),
            next=_locked(places[2][order]),
            probability=_locked(chances[order]),
            reward=_locked(rewards[order]),
            pairs=_locked(pairs),
            start=_locked(_start(name, start, going)),
            n_actions=n_actions,
        )

    @property
    def n_states(self) -> int:
        """S, terminal states among them."""
        return len(self.start)

    @property
    def pair(self) -> Array:
        """The place s·A + a of each outcome's state and action (K,)."""
        return self.state * self.n_actions + self.action

    @cached_property
    def allowed(self) -> Array:
        """Whether a state has an action (S, A)."""
        return _locked((np.diff(self.pairs) > 0).reshape(self.n_states, self.n_actions))

    @cached_property
    def free(self) -> Array:
        """Whether an action (S, A) neither pays nor costs anything, whatever comes of it."""
        paying = np.bincount(
            self.pair, weights=self.reward != 0, minlength=self.n_states * self.n_actions
        ).reshape(self.n_states, self.n_actions)
        return _locked(self.allowed & (paying == 0))

    @cached_property
    def terminal(self) -> Array:
        """The states without any action (S,), in which episodes end."""
        return _locked(np.logical_not(self.allowed.any(axis=1)))

    @cached_property
    def rows(self) -> Array:
        """The outcomes of state s are those from ``rows[s]`` up to ``rows[s + 1]`` (S+1,)."""
        return _locked(np.ascontiguousarray(self.pairs[:: self.n_actions]))

    @cached_property
    def expected_reward(self) -> Array:
        """Σ p r over the outcomes of each action (S, A), 0 where a state has no such action."""
        sums = np.bincount(
            self.pair, weights=self.probability * self.reward, minlength=self.n_states * self.n_actions
        )
        return _locked(sums.reshape(self.n_states, self.n_actions))


class Labels:
    """What messages call states and actions."""

    def __init__(self, states: Sequence[str] | None, actions: Sequence[str] | None) -> None:
        self.states, self.actions = states, actions

    def state(self, state: int) -> str:
        return f"state {self.states[state] if self.states else state}"

    def pair(self, state: int, action: int) -> str:
        return f"action {self.action(action)} in {self.state(state)}"

    def action(self, action: int) -> str:
        return self.actions[action] if self.actions else str(action)


def _places(columns: Sequence[Sequence[int] | Array], counts: Sequence[int]) -> list[Array]:
    """States, actions and next states as whole numbers, each below its count."""
    found = []
    for what, column, count in zip(("state", "action", "next state"), columns, counts, strict=True):
        place = np.asarray(column, np.intp)
        wrong = place[(place < 0) | (place >= count)]
        if wrong.size:
            raise EngineError(f"there is no {what} {wrong[0]}; there are {count}, from 0 on")
        found.append(place)
    return found


def _check_numbers(name: Labels, places: list[Array], what: str, values: Array, good: Array) -> None:
    """Refuse a probability or a reward that is none, with its state and action."""
    if not good.all():
        k = int(np.flatnonzero(~good)[0])
        pair = name.pair(int(places[0][k]), int(places[1][k]))
        wanted = "a finite number from 0 to 1" if what == "probability" else "a finite number"
        raise EngineError(f"the {what} of {pair} expects {wanted}; received {values[k]:g}")


def _check_sums(name: Labels, pair: Array, chances: Array, n_states: int, n_actions: int) -> None:
    """Refuse an action whose probabilities do not add up to 1, with its state and the sum."""
    sums = np.bincount(pair, weights=chances, minlength=n_states * n_actions)
    there = np.bincount(pair, minlength=n_states * n_actions) > 0
    off = np.flatnonzero(there & (np.abs(sums - 1) > TOLERANCE))
    if off.size:
        told = name.pair(*divmod(int(off[0]), n_actions))
        raise EngineError(f"the probabilities of {told} add up to {sums[off[0]]:.10g}, not to 1")


def _start(name: Labels, start: int | Sequence[float] | Array | None, going: Array) -> Array:
    """The probability that an episode begins in each state (S,), of which ``going`` are not terminal (S,)."""
    n_states = len(going)
    if not going.any():
        raise EngineError(f"in each of {n_states} states the episode has ended: there is nowhere to start")
    given = np.asarray(np.argmax(going) if start is None else start)
    if given.ndim == 0:
        if not 0 <= int(given) < n_states:
            raise EngineError(f"there is no state {given} to start in; there are {n_states}, from 0 on")
        chances = np.zeros(n_states)
        chances[int(given)] = 1.0
    else:
        chances = given.astype(np.float64)
    if chances.shape != (n_states,):
        raise EngineError(
            f"start expects a probability for each of {n_states} states; received {chances.shape}"
        )
    wrong = np.flatnonzero(~(np.isfinite(chances) & (chances >= 0)))
    if wrong.size:
        told = f"the start of {name.state(int(wrong[0]))} expects a finite number from 0 to 1"
        raise EngineError(f"{told}; received {chances[wrong[0]]:g}")
    if abs(chances.sum() - 1) > TOLERANCE:
        raise EngineError(f"the probabilities of the start add up to {chances.sum():.10g}, not to 1")
    over = np.flatnonzero((chances > 0) & ~going)
    if over.size:
        told = name.state(int(over[0]))
        raise EngineError(
            f"{told} ends episodes: none can start in it, but its start is {chances[over[0]]:g}"
        )
    return chances


def _locked(array: Array) -> Array:
    array.flags.writeable = False
    return array
