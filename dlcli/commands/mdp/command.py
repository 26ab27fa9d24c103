"""``dlcli mdp``: what every state of a world is worth, under a policy or at best, exactly or by sweeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from shlex import quote

import numpy as np

from dlcli.commands.kinds.decisions.ends import EMITTED, ends_tensor
from dlcli.commands.kinds.decisions.policy import (
    POLICIES,
    check_policy,
    gamma_option,
    policy_of,
    policy_option,
)
from dlcli.commands.kinds.decisions.world import WORLD_WORDS, WORLDS, started
from dlcli.commands.mdp.record import Sampled, Work
from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.decisions.average import average_reward, best_average
from dlcli.engines.decisions.bellman import evaluate, q_values
from dlcli.engines.decisions.ends import ends_of
from dlcli.engines.decisions.horizon import finite_horizon
from dlcli.engines.decisions.optimal import policy_iteration
from dlcli.engines.decisions.policy import equal_shares, proper_actions
from dlcli.engines.decisions.sweeps import optimal_sweeps, sweeps
from dlcli.engines.decisions.walk import sampled_returns
from dlcli.errors import DlcliError, WrongUsage, printable
from dlcli.runner.command import command as subcommand
from dlcli.runner.kinds import Whole, Word
from dlcli.runner.manual import Manual
from dlcli.runner.moving import Moving
from dlcli.runner.option import option
from dlcli.runner.result import Result, Run, Worker
from dlcli.tensor import Attr, Axis, Tensor
from dlcli.words.number import not_finite
from dlcli.worlds.bandit import Bandit
from dlcli.worlds.gym import SteppedWorld
from dlcli.worlds.gym_box import BoxWorld
from dlcli.worlds.read import world_tensor
from dlcli.worlds.world import World

#: The headings of its stories.
SECTIONS = (
    "World", "Bellman equation", "Outcomes", "Arithmetic", "Equation", "Average reward", "Convergence",
    "Ends", "Episodes", "Plan", "Start", "Value", "Values", "Notice", "Method", "Try next",
)  # fmt: skip

MANUAL = Manual(
    emits={
        "values": "v(s): what a state is worth, all rewards that follow it, later ones discounted (state).",
        "q": "q(s, a): what an action is worth in a state (state, action); NaN where there is none.",
        "policy": "π(a|s): how likely an action is in a state (state, action).",
        "ends": EMITTED,
        "transitions": "Every outcome of every action, a row each; mdp and td read it as a world again.",
    },
    sometimes={
        "plan": "With --horizon: π for each step (step, state, action), the first step first.",
        "by-step": "With --horizon: v(s) by step (step, state); after the last every state is worth 0.",
        "convergence": "With --sweeps: the largest change of each sweep, and how far the values then are "
        "from the exact ones, NaN where nobody knows them (sweep, column).",
    },
    formulas={
        "v(s)": "Σ π(a|s) Σ p · (r + γ · v(s'))  over actions, then outcomes",
        "q(s, a)": "Σ p · (r + γ · v(s'))",
        "v*(s)": "max q*(s, a)  over actions",
        "v(s), k steps left": "max Σ p · (r + γ · v(s') with k − 1 left)  (--horizon)",
        "h(s)": "Σ π(a|s) Σ p · (r − g + h(s'))  g is the average reward of a step (--average-reward)",
    },
    tables={
        "Worlds": WORLD_WORDS,
        "Policies": POLICIES,
    },
    examples=(
        "dlcli mdp gridworld:4x4",
        "dlcli mdp gridworld:5x5 --optimal --explain 0,0",
        "dlcli mdp gridworld:4x4 --sweeps 3",
        "dlcli mdp random-walk --episodes 1000 --seed 1",
        "dlcli mdp sample:student --gamma 0.9 --explain exercise",
        "dlcli mdp sample:maze --optimal --emit policy -f csv",
        "dlcli mdp frozen-lake --optimal -o lake.npz",
        "dlcli mdp frozen-lake --optimal --emit ends -f csv",
        "dlcli mdp sample:boat-race --optimal",
        "dlcli mdp blackjack --optimal",
        "dlcli mdp sample:maze --optimal --horizon 12",
        "dlcli mdp access-control --optimal --average-reward",
        "dlcli mdp gambler --optimal --sweeps 3 --in-place",
        "dlcli mdp gridworld:4x4 --sweeps 12 -o sweeps.gif",
    ),
    sections=SECTIONS,
)


LARGE = 10_000  # states of a world whose ends are not computed beside everything else
PLANNED = 20_000_000  # numbers of a plan: steps times states times actions

#: All options stand under one heading.
value_option = partial(option, under="Values")


@dataclass(frozen=True)
class Options(Moving):
    """The options of ``dlcli mdp``."""

    policy: str = policy_option("Values")
    optimal: bool = value_option(
        "--optimal", help="Find the best policy and its values, by policy iteration."
    )
    gamma: float | None = gamma_option("Values")
    sweep_count: int | None = value_option(
        "--sweeps",
        Whole("K", least=0, most=1_000_000),
        help="Stop after K sweeps over all states, from 0; with --optimal, K sweeps of value iteration.",
    )
    in_place: bool = value_option(
        "--in-place",
        needs="--sweeps",
        help="Let a sweep use the values that it has set already.",
    )
    horizon: int | None = value_option(
        "--horizon",
        Whole("N", most=10_000),
        excludes=("--sweeps", "--episodes"),
        help="Let everything be over after N steps: with --optimal a best action for each step.",
    )
    average: bool = value_option(
        "--average-reward",
        excludes=("--gamma", "--sweeps", "--horizon", "--episodes"),
        help="In a world without an end: the average reward of a step, and how much more or less each state "
        "is worth than the start.",
    )
    start: str | None = value_option(
        "--start",
        Word("STATE"),
        help="The state in which episodes begin, by name or number. [default: the world's]",
    )
    episodes: int | None = value_option(
        "--episodes",
        Whole(most=1_000_000),
        help="Live through N episodes, too, and show what they were worth on average beside what is "
        "expected.",
    )


@subcommand("mdp", MANUAL, Options, reads=WORLDS)
def command(run: Run, options: Options) -> Worker:
    """Compute what every state of a world is worth: the reward of a step, and all that follow it.

    The values of a policy are the solution of one linear equation for each state, the Bellman equation;
    --optimal finds the policy with the largest. --sweeps K begins at 0 instead and applies the equations K
    times. --explain STATE fills in the equation of one state.

    WORLD is a name, a file with a table or a grid, - for standard input, or sample:NAME.
    """
    if options.optimal and options.policy not in ("random", "optimal"):
        raise WrongUsage(
            f"--optimal does not go with --policy {printable(options.policy)}: leave one of them out"
        )

    check_policy(options.policy, run)

    def look(world: World | SteppedWorld | BoxWorld) -> Result:
        if isinstance(world, BoxWorld):
            raise DlcliError(
                f"{printable(world.name)} has no table of transitions to compute with: its observations are "
                f"{len(world.observed)} numbers; it can be learnt: dlcli td {quote(printable(world.name))} "
                "--control q-learning --approximate mlp"
            )
        if isinstance(world, SteppedWorld):
            raise DlcliError(
                f"{printable(world.name)} has no table of transitions to compute with; it can be learnt by "
                f"stepping: dlcli td {quote(printable(world.name))}"
            )
        if isinstance(world, Bandit):
            name = quote(printable(world.name))
            raise DlcliError(
                f"{name} draws what its arms are worth anew for each run: nothing can be computed; it can be "
                f"learnt: dlcli td {name} --control q-learning"
            )
        world = started(world, options.start)
        gamma = world.gamma if options.gamma is None else options.gamma
        try:
            work = _worked(world, gamma, options, run)
        except EngineError as error:
            if gamma == 1 and not options.average and not world.transitions.terminal.any():
                raise EngineError(f"{error}, or --average-reward") from None
            raise
        if options.episodes is not None:
            moves, rng = world.transitions, run.generator()
            returns, cut = sampled_returns(moves, work.policy, options.episodes, rng, gamma=gamma)
            work = replace(work, sampled=Sampled(returns, cut, run.seed))
        return result(replace(work, line=run.line), run.emit)

    return look


def _worked(world: World, gamma: float, options: Options, run: Run) -> Work:
    """The values that are asked for: without an end in sight, for some steps, or on average."""
    if options.average:
        return _averaged(world, options, run)
    if options.horizon is not None:
        return _planned(world, gamma, options.horizon, options, run)
    return _best(world, gamma, options) if options.optimal else _evaluated(world, gamma, options, run)


def _planned(world: World, gamma: float, steps: int, options: Options, run: Run) -> Work:
    """What some steps are worth, and what is done in each of them."""
    moves = world.transitions
    if steps * moves.n_states * moves.n_actions > PLANNED:
        raise DlcliError(
            f"a plan of {steps} steps for {moves.n_states} states and {moves.n_actions} actions has more "
            f"than {PLANNED} numbers; try a smaller --horizon"
        )
    policy = None if options.optimal else policy_of(options.policy, world, gamma, run)
    plan = finite_horizon(moves, steps, gamma, policy=policy)
    word = "optimal" if options.optimal else options.policy
    return Work(
        world, word, options.optimal, gamma, plan.policy[0], plan.values[0], plan.q[0], steps,
        before=plan.values[1], plan=plan,
    )  # fmt: skip


def _averaged(world: World, options: Options, run: Run) -> Work:
    """The average reward and the differential values, of a policy or the best ones."""
    moves = world.transitions
    if options.optimal:
        found = best_average(moves, states=world.states)
    else:
        found = average_reward(moves, policy_of(options.policy, world, world.gamma, run), states=world.states)
    word = "optimal" if options.optimal else options.policy
    rounds = found.rounds if options.optimal else None
    return Work(
        world, word, options.optimal, 1.0, found.policy, found.values, found.q, rounds=rounds, gain=found.gain
    )


def _best(world: World, gamma: float, options: Options) -> Work:
    """The best policy by policy iteration, or what is best by the values of value iteration."""
    moves, count = world.transitions, options.sweep_count
    if count is None:
        best = policy_iteration(moves, gamma, states=world.states)
        return Work(world, "optimal", True, gamma, best.policy, best.values, best.q, rounds=best.rounds)
    before, values = _last(optimal_sweeps(moves, gamma, in_place=options.in_place), count)
    q = q_values(moves, values, gamma)
    policy = equal_shares(proper_actions(moves, q, gamma))
    return Work(world, "optimal", True, gamma, policy, values, q, count, options.in_place, before)


def _evaluated(world: World, gamma: float, options: Options, run: Run) -> Work:
    """The values of the policy, by its linear equations or by sweeps."""
    moves, count, before = world.transitions, options.sweep_count, None
    policy = policy_of(options.policy, world, gamma, run)
    if count is None:
        values = evaluate(moves, policy, gamma, states=world.states)
    else:
        before, values = _last(sweeps(moves, policy, gamma, in_place=options.in_place), count)
    q = q_values(moves, values, gamma)
    return Work(world, options.policy, False, gamma, policy, values, q, count, options.in_place, before)


def _last(every: Iterator[Array], count: int) -> tuple[Array, Array]:
    """The values before the last of so many sweeps, and after it."""
    before = values = next(every)
    for after in islice(every, count):
        before, values = values, after
    return before, values


def result(work: Work, emit: str | None = None) -> Result:
    """The tensors of a world's values, its axes named as it names its states and actions.

    The ends of a large world take a while: they are among them when ``emit`` asks for them.
    """
    world = work.world
    states = Axis("state", world.states)
    actions = Axis("action", world.actions)
    attrs = {**world.attrs, "gamma": work.gamma}
    ends = {"ends": lambda: ends_tensor(world, ends_of(world.transitions, work.policy), attrs)}
    return Result(
        {
            "values": lambda: Tensor(work.values, (states,), "values", attrs),
            "q": lambda: Tensor(work.q, (states, actions), "q", attrs),
            "policy": lambda: Tensor(work.policy, (states, actions), "policy", attrs),
            **(ends if (len(world.states) <= LARGE or emit == "ends") and work.plan is None else {}),
            **_by_step(work, states, actions, attrs),
            **_sweep_by_sweep(work, attrs),
            "transitions": lambda: world_tensor(world),
        },
        work,
        verdict=not_finite(work.values, world.transitions.reward),
    )


def _by_step(
    work: Work, states: Axis, actions: Axis, attrs: Mapping[str, Attr]
) -> dict[str, Callable[[], Tensor]]:
    """The plan and its values; nothing without a horizon."""
    plan = work.plan
    if plan is None:
        return {}
    steps = Axis("step", start=0, step=1)
    return {
        "plan": lambda: Tensor(plan.policy, (steps, states, actions), "plan", attrs),
        "by-step": lambda: Tensor(plan.values, (steps, states), "by-step", attrs),
    }


def _sweep_by_sweep(work: Work, attrs: Mapping[str, Attr]) -> dict[str, Callable[[], Tensor]]:
    """How sweeps converge; nothing without any."""
    if not work.sweep_count or work.plan is not None:
        return {}
    axes = Axis("sweep", start=1, step=1), Axis("column", ("change", "away"))
    return {"convergence": lambda: Tensor(np.stack(work.convergence, axis=1), axes, "convergence", attrs)}
