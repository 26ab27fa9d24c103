"""Learning in worlds that can only be stepped in; what was seen there is the world that is learnt about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.decisions.learning.agents import Update
from dlcli.engines.decisions.learning.control_definition import Control, Step, control_plain
from dlcli.engines.decisions.learning.control_long import control_long, joined
from dlcli.engines.decisions.learning.control_replay import MOST, Rule
from dlcli.engines.decisions.learning.prediction import EpisodeSource, Method, Prediction, learn_from
from dlcli.engines.decisions.stepping import (
    Simulator,
    SimulatorEnvironment,
    seen_transitions,
    stepped_episodes,
)
from dlcli.engines.decisions.transitions import Transitions

SEEDS = 2**31

#: Makes a world that can be stepped in, from a seed.
Simulate = Callable[[int], Simulator]


@dataclass(frozen=True, eq=False)
class Seen:
    """What the first run saw of a world: the outcomes, and the numbers that its states (S,) had before."""

    transitions: Transitions
    states: Array

    def renumbered(self, old: Array) -> Array:
        """The new numbers of states that were seen."""
        return np.searchsorted(self.states, old)


def predict_stepped(
    simulate: Simulate,
    n_states: int,
    n_actions: int,
    methods: Sequence[Method],
    generators: Sequence[np.random.Generator],
    *,
    episodes: int,
    gamma: float = 1.0,
    initial: float = 0.0,
    limit: int = 10_000,
) -> tuple[Prediction, Seen]:
    """Learn the values of the random policy by each method, all from the same episodes.

    The last of the ``n_states`` is the end. As ``predict`` otherwise; beside it stands what was seen, whose
    states alone are in the values.

    >>> class Coin:
    ...     def reset(self): return 0
    ...     def step(self, action): return 2, float(action), True
    >>> learnt, seen = predict_stepped(
    ...     lambda seed: Coin(), 3, 2, [Method("mc", None)], [np.random.default_rng(0)], episodes=400)
    >>> seen.states, learnt.values[0, 0].round(1)
    (array([0, 2]), array([0.5, 0. ]))

    Raises ``EngineError`` as ``learn_from`` does.
    """
    policy = np.full((n_states, n_actions), 1 / n_actions)
    policy[-1] = 0.0
    terminal = np.arange(n_states) == n_states - 1

    def source(generator: np.random.Generator) -> EpisodeSource:
        simulator = simulate(int(generator.integers(SEEDS)))
        return EpisodeSource(
            1, lambda count: stepped_episodes(simulator, policy, count, generator, limit=limit)
        )

    learnt = learn_from(
        [source(generator) for generator in generators],
        terminal,
        methods,
        episodes=episodes,
        gamma=gamma,
        initial=initial,
    )
    first = learnt.first
    begins = first.state[first.offsets[:-1]]
    seen = Seen(*seen_transitions(first.state, first.action, first.reward, first.next, begins, n_actions))
    kinds = first.kinds
    kinds = replace(kinds, state=seen.renumbered(kinds.state), next=seen.renumbered(kinds.next))
    end, ends = np.flatnonzero(seen.states == n_states - 1), learnt.ends  # where all were cut there is none
    chance, steps, reward = (part[: len(end)] for part in (ends.chance, ends.steps, ends.reward))
    ends = replace(ends, state=end, chance=chance, steps=steps, reward=reward)
    values = learnt.values[:, :, seen.states]
    return replace(learnt, values=values, ends=ends, first=replace(first, kinds=kinds)), seen


class RecordingEnvironment(SimulatorEnvironment):
    """An environment that writes down each step as state, action, reward and next state."""

    def __init__(self, environment: SimulatorEnvironment, steps: list[tuple[int, int, float, int]]) -> None:
        self.simulator, self.allowed, self.steps = environment.simulator, environment.allowed, steps

    def step(self, state: int, action: int, uniform: float) -> tuple[float, int, bool]:
        reward, after, ended = super().step(state, action, uniform)
        self.steps.append((state, action, reward, after))
        return reward, after, ended


def _renumbered(step: Step, number: Mapping[int, int]) -> Step:
    """An update whose states have other numbers; those that the first run did not see have none."""
    found = replace(step, state=number[step.state], next=number[step.next])
    if not isinstance(found, Update):
        return found
    tail = None if found.tail is None else (number[found.tail[0]], *found.tail[1:])
    traces = tuple((number[s], a, trace) for s, a, trace in found.traces)
    return replace(found, tail=tail, traces=traces)


def control_stepped(
    simulate: Simulate,
    n_states: int,
    n_actions: int,
    rules: Sequence[Rule],
    generators: Sequence[np.random.Generator],
    *,
    episodes: int,
    gamma: float = 1.0,
    initial: float = 0.0,
    limit: int = 10_000,
) -> tuple[tuple[Control, ...], Seen]:
    """Learn what to do by each of the rules; beside it what the first of them saw in its first run.

    The last of the ``n_states`` is the end. All updates of the first rule's first run are kept.

    >>> class Coin:
    ...     def reset(self): return 0
    ...     def step(self, action): return 2, float(action), True
    >>> (learnt,), seen = control_stepped(
    ...     lambda seed: Coin(), 3, 2, [Rule("q-learning", 0.5)], [np.random.default_rng(0)], episodes=60)
    >>> seen.states, learnt.q[0].round(2)
    (array([0, 2]), array([[ 0.,  1.],
           [nan, nan]]))

    Raises ``EngineError`` as ``control_plain`` does.
    """
    seeds = [int(generator.integers(SEEDS)) for generator in generators]

    first: list[tuple[int, int, float, int]] = []  # what the first rule saw in its first run

    def learnt_by(rule: Rule) -> Control:
        """One rule in all runs, one after the other."""
        runs = []
        for seed in seeds:
            environment = SimulatorEnvironment(simulate(seed), n_states, n_actions)
            if rule is rules[0] and seed == seeds[0]:
                environment = RecordingEnvironment(environment, first)
            common: dict[str, Any] = {
                "episodes": episodes,
                "alpha": rule.alpha,
                "gamma": gamma,
                "explore": rule.explore,
                "fall": rule.fall,
                "initial": initial,
                "limit": limit,
            }
            generator = np.random.default_rng(seed)
            if rule.long:
                kept = MOST if seed == seeds[0] else 0
                found = control_long(
                    environment, rule.name, generator, settings=rule.settings, trace=kept, **common
                )
            else:
                found = control_plain(environment, rule.name, generator, **common)
            runs.append(found)
        if rule.long:
            return joined(runs)
        q, returns, steps = (
            np.concatenate([getattr(run, name) for run in runs]) for name in ("q", "returns", "steps")
        )
        return Control(q, returns, steps, sum(run.cut for run in runs), runs[0].happened)

    learnt = [learnt_by(rule) for rule in rules]
    state, action, reward, after = map(np.array, zip(*first, strict=True))
    begins = np.append(state[0], state[1:][after[:-1] == n_states - 1])
    seen = Seen(*seen_transitions(state, action, reward, after, begins, n_actions))

    number = {old: new for new, old in enumerate(seen.states.tolist())}
    happened = tuple(_renumbered(step, number) for step in learnt[0].happened)
    found = []
    for one in learnt:
        q = one.q[:, seen.states].copy()
        q[:, seen.transitions.terminal] = np.nan
        found.append(replace(one, q=q, happened=happened if one is learnt[0] else ()))
    return tuple(found), seen
