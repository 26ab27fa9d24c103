"""``dlcli td`` in worlds that can only be stepped in: what was seen there is the world of the story."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dlcli.commands.td.record import Settings, Work
from dlcli.commands.td.record_control import ControlWork, Rule
from dlcli.engines.base.checks import Array
from dlcli.engines.decisions.episodes import Episodes, Ways
from dlcli.engines.decisions.learning.control_definition import Control, Step, control_plain
from dlcli.engines.decisions.learning.prediction import Life, Method, learn_from
from dlcli.engines.decisions.stepping import Stepped, seen_transitions, stepped_episodes
from dlcli.worlds.gym import SteppedWorld
from dlcli.worlds.world import World

WHY = "this world has no table to compute them from"
SEEDS = 2**31


def stepped_values(
    world: SteppedWorld,
    methods: tuple[Method, ...],
    settings: Settings,
    generators: Sequence[np.random.Generator],
) -> Work:
    """Learn the values of the random policy."""
    n_states, n_actions = len(world.states), len(world.actions)
    policy = np.full((n_states, n_actions), 1 / n_actions)
    policy[-1] = 0.0
    terminal = np.zeros(n_states, bool)
    terminal[-1] = True

    def life(generator: np.random.Generator) -> Life:
        simulator = world.simulate(int(generator.integers(SEEDS)))
        return Life(
            1, lambda count: stepped_episodes(simulator, policy, count, generator, limit=settings.limit)
        )

    learnt = learn_from(
        [life(generator) for generator in generators],
        terminal,
        methods,
        episodes=settings.episodes,
        gamma=settings.gamma,
        initial=settings.initial,
    )
    first = learnt.first
    begins = first.state[first.offsets[:-1]]
    known, states = _known(world, first.state, first.action, first.reward, first.next, begins)
    number = _numbers(states, n_states)
    ways = Ways(number[first.state], first.action, first.reward, number[first.next])
    renamed = Episodes(np.arange(len(first.state)), ways, first.offsets, first.cut)
    learnt = replace(learnt, values=learnt.values[:, :, states], first=renamed)
    return Work(known, "random", methods, settings, learnt, None, WHY)


def stepped_control(
    world: SteppedWorld,
    rules: tuple[Rule, ...],
    settings: Settings,
    generators: tuple[np.random.Generator, ...],
) -> ControlWork:
    """Learn what to do, by each of the rules."""
    seeds = [int(generator.integers(SEEDS)) for generator in generators]
    learnt = [_learn(world, rule, settings, seeds) for rule in rules]
    steps = [step.visit for step in learnt[0].happened]
    state, action, after = (np.array([getattr(v, n) for v in steps]) for n in ("state", "action", "next"))
    reward = np.array([visit.reward for visit in steps])
    begins = np.append(state[0], state[1:][after[:-1] == len(world.states) - 1])
    known, states = _known(world, state, action, reward, after, begins)
    number = _numbers(states, len(world.states))
    seen = known.transitions
    found = []
    for one in learnt:
        q = one.q[:, states].copy()
        q[:, seen.terminal] = np.nan
        happened = tuple(_renamed(step, number) for step in one.happened) if one is learnt[0] else ()
        found.append(replace(one, q=q, happened=happened))
    return ControlWork(known, rules, settings, tuple(found), None, generators)


def _learn(world: SteppedWorld, rule: Rule, settings: Settings, seeds: Sequence[int]) -> Control:
    """One rule in all runs, one after the other."""
    runs = [
        control_plain(
            Stepped(world.simulate(seed), len(world.states), len(world.actions)),
            rule.name,
            np.random.default_rng(seed),
            episodes=settings.episodes,
            alpha=rule.alpha,
            gamma=settings.gamma,
            epsilon=rule.epsilon,
            initial=settings.initial,
            limit=settings.limit,
        )
        for seed in seeds
    ]
    return Control(
        np.concatenate([run.q for run in runs]),
        np.concatenate([run.returns for run in runs]),
        np.concatenate([run.steps for run in runs]),
        sum(run.cut for run in runs),
        runs[0].happened,
    )


def _known(
    world: SteppedWorld, state: Array, action: Array, reward: Array, after: Array, begins: Array
) -> tuple[World, Array]:
    """The world as the first run saw it, and which states these are."""
    seen, states = seen_transitions(state, action, reward, after, begins, len(world.actions))
    names = tuple(world.states[s] for s in states)
    return World(world.name, names, world.actions, seen, gamma=world.gamma, attrs=world.attrs), states


def _numbers(states: Array, n_states: int) -> Array:
    """The new number of each old state; 0 for those that were not seen."""
    number = np.zeros(n_states, np.intp)
    number[states] = np.arange(len(states))
    return number


def _renamed(step: Step, number: Array) -> Step:
    visit = step.visit
    return replace(step, visit=replace(visit, state=int(number[visit.state]), next=int(number[visit.next])))
