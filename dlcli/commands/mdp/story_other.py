"""The stories of a finite horizon, and of the average reward."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from dlcli.commands.kinds.decisions.world_story import (
    drawn_or_listed,
    outcomes,
    policy_words,
    world_words,
)
from dlcli.commands.mdp.explain import equation
from dlcli.commands.mdp.record import Work
from dlcli.engines.decisions.horizon import Plan
from dlcli.engines.decisions.policy import best_actions
from dlcli.tensor import Array
from dlcli.views.again import again
from dlcli.views.story import Section, Story
from dlcli.views.tables.table import Table
from dlcli.views.text.command_line import CommandLine
from dlcli.views.text.text import clip, plain
from dlcli.words.number import counted, number

NAME = 24
STEPS = 12  # of a plan that are listed


def story_other(work: Work, precision: int) -> Story:
    """The world, the equation, the values, and what belongs to a plan or to an average."""
    title, tree = outcomes(work.world, precision)
    parts = _plan(work, work.plan, precision) if work.plan is not None else _average(work, precision)
    return Story(
        Section("input", "World", world_words(work.world)),
        equation(work, precision),
        Section("parameters", "Outcomes", title, tree),
        *parts,
        Section("next", "Try next", body=CommandLine(*_next(work))),
    )


def _plan(work: Work, plan: Plan, precision: int) -> Iterator[Section]:
    """What is best, or done, with all steps left; how that changes as they run out."""
    steps, moves = len(plan.q), work.world.transitions
    best = best_actions(plan.q[0])
    what = "the best actions" if work.optimal else "the actions that are best now, if the policy goes on"
    told = f"with {counted(steps, 'step')} left; beside them {what}"
    drawn = drawn_or_listed(work.world, work.values, work.q, best, precision, "values")
    yield Section("result", "Values", Text(told, style="dim"), drawn)
    listed = _steps(work, plan, precision)
    yield Section("result", "Plan", Text("from the first step to the last", style="dim"), listed)
    method = f"exact: {counted(steps, 'step')} backwards from the last, after which nothing is worth anything"
    worth = f"{number(float(plan.values[0] @ moves.start), precision)} from the start"
    yield Section("result", "Start", plain(f"{counted(steps, 'step')} are worth {worth}"))
    notices = []
    if work.optimal and (changed := [k for k in range(1, steps) if _changed(plan, k).any()]):
        last = _changed(plan, changed[-1])
        several = counted(int(last.sum()), "state")
        notices.append(
            f"With few steps left other actions are best: at step {changed[-1]} they change in {several}, "
            "so that no single policy is the best one for all steps."
        )
    if work.optimal and not notices:
        notices.append("The same actions are best in every step: one policy is enough.")
    if work.gamma == 1:
        notices.append("Nothing is discounted, nor need it be: a sum of so many rewards is always a number.")
    yield Section("notice", "Notice", plain(" ".join(notices)))
    yield Section("method", "Method", Text(method))


def _changed(plan: Plan, step: int) -> Array:
    """The states (S,) of bool whose best actions are others at this step than at the one before."""
    both = best_actions(plan.q[step]) != best_actions(plan.q[step - 1])
    return np.asarray(both.any(axis=1))


def _steps(work: Work, plan: Plan, precision: int) -> RenderableType:
    """For each step what the start is worth, what is best there, and in how many states that is new."""
    total = len(plan.q)
    shown = [*range(total)] if total <= STEPS else [*range(STEPS // 2), *range(total - STEPS // 2, total)]
    state = int(np.argmax(work.world.transitions.start))
    rows = []
    for i, k in enumerate(shown):
        if i and k != shown[i - 1] + 1:
            rows.append(["…", "", "", "", ""])
        acts = np.flatnonzero(plan.policy[k, state] > 0)
        named = " or ".join(clip(work.world.actions[a], 12) for a in acts[:2])
        named = f"any of {len(acts)}" if len(acts) > 2 else named
        changed = str(int(_changed(plan, k).sum())) if k else ""
        rows.append([str(k), str(total - k), number(float(plan.values[k, state]), precision), named, changed])
    name = clip(work.world.states[state], NAME)
    done = "best" if work.optimal else "done"
    heads = ["step", "left", f"v({name})", f"{done} at {name}", "states that change"]
    return Table(heads, rows, right=(0, 1, 2, 4), heads=range(5))


def _average(work: Work, precision: int) -> Iterator[Section]:
    """The average reward, and how much more or less each state is worth than the start."""
    assert work.gain is not None
    best = best_actions(work.q)
    first = clip(work.world.states[int(np.argmax(work.world.transitions.start))], NAME)
    gain = number(work.gain, precision)
    whose = "of the best policy" if work.optimal else f"of {policy_words(work.policy_word)}"
    yield Section("result", "Average reward", plain(f"g = {gain} a step, in the long run, {whose}"))
    told = f"differential: rewards less g, beside those from {first}"
    drawn = drawn_or_listed(work.world, work.values, work.q, best, precision, "values")
    yield Section("result", "Values", plain(told, "dim"), drawn)
    worth = f"1 / (1 − γ) of it, such as {number(100 * work.gain, precision)} with γ = 0.99"
    notice = (
        "Where a policy begins does not matter in the long run; what it pays in a step does. With a discount "
        f"near 1 values are about {worth}, and h is what is left between states."
    )
    yield Section("notice", "Notice", plain(notice))
    unknown = counted(len(work.values), "state")
    method = f"exact: rewards and steps between two visits of one state, from all of {unknown}"
    if work.rounds is not None:
        rounds = f"exact: policy iteration, {counted(work.rounds, 'round')}, each of "
        method = rounds + method.removeprefix("exact: ")
    yield Section("method", "Method", Text(method))


def _next(work: Work) -> list[list[str]]:
    """The optimum, or the equation of the start."""
    if not work.optimal and work.policy_word == "random":
        return again(work.line, work.world, "--optimal")
    state = work.world.states[int(np.argmax(work.world.transitions.start))]
    return again(work.line, work.world, "--explain", state)
