"""``dlcli mdp``: what every state of a world is worth, under a policy or at best, exactly or by sweeps."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from shlex import quote

import click

from dlcli.commands.kinds.policy import POLICIES, PolicyWord, policy_of
from dlcli.commands.kinds.world import WORLD_WORDS, WORLDS, started
from dlcli.commands.mdp.record import Sampled, Work
from dlcli.engines.base.checks import Array
from dlcli.engines.decisions.bellman import evaluate, q_values
from dlcli.engines.decisions.optimal import policy_iteration
from dlcli.engines.decisions.policy import greedy_policy
from dlcli.engines.decisions.sweeps import optimal_sweeps, sweeps
from dlcli.engines.decisions.walk import sample_episodes
from dlcli.errors import DlcliError, WrongUsage, printable
from dlcli.runner.command import command as subcommand
from dlcli.runner.kinds import Real
from dlcli.runner.manual import Manual
from dlcli.runner.result import Result, Run, Worker
from dlcli.tensor import Axis, Tensor
from dlcli.words.not_finite import not_finite
from dlcli.worlds.gym import SteppedWorld
from dlcli.worlds.read import world_tensor
from dlcli.worlds.world import World

#: Characters of names that travel with a tensor, and how many stand between two names.
MOST_NAMES, BETWEEN = 900_000, 4

#: Steps after which an episode is cut at most, and the share of a reward that is nothing.
STEPS = 10_000
NOTHING = 1e-9

MANUAL = Manual(
    emits={
        "values": "v(s): what a state is worth, all rewards that follow it, later ones discounted (state).",
        "q": "q(s, a): what an action is worth in a state (state, action); NaN where there is none.",
        "policy": "π(a|s): how likely an action is in a state (state, action).",
        "transitions": "Every outcome of every action, a row each; mdp and td read it as a world again.",
    },
    formulas={
        "v(s)": "Σ π(a|s) Σ p · (r + γ · v(s'))  over actions, then outcomes",
        "q(s, a)": "Σ p · (r + γ · v(s'))",
        "v*(s)": "max q*(s, a)  over actions",
    },
    tables={
        "Worlds": WORLD_WORDS,
        "Policies": POLICIES,
    },
    groups={"Values": ("policy", "optimal", "gamma", "sweep_count", "in_place", "start", "episodes")},
    examples=(
        "dlcli mdp gridworld:4x4",
        "dlcli mdp gridworld:5x5 --optimal --explain 0,0",
        "dlcli mdp gridworld:4x4 --sweeps 3",
        "dlcli mdp random-walk --episodes 1000 --seed 1",
        "dlcli mdp sample:student --gamma 0.9 --explain exercise",
        "dlcli mdp sample:maze --optimal --emit policy -f csv",
        "dlcli mdp frozen-lake --optimal -o lake.npz",
    ),
)


@subcommand("mdp", MANUAL, reads=WORLDS)
@click.option(
    "--policy",
    type=PolicyWord(),
    default="random",
    show_default=True,
    help="What is done in each state.",
)
@click.option("--optimal", is_flag=True, help="Find the best policy and its values, by policy iteration.")
@click.option(
    "--gamma",
    type=Real("G", least=0, most=1),
    help="The discount: what a reward is worth that comes a step later. [default: the world's own, or 1]",
)
@click.option(
    "--sweeps",
    "sweep_count",
    type=click.IntRange(0, 1_000_000),
    metavar="K",
    help="Stop after K sweeps over all states, from 0; with --optimal, K sweeps of value iteration.",
)
@click.option("--in-place", is_flag=True, help="Let a sweep use the values that it has set already.")
@click.option(
    "--start",
    metavar="STATE",
    help="The state in which episodes begin, by name or number. [default: the world's]",
)
@click.option(
    "--episodes",
    type=click.IntRange(1, 1_000_000),
    metavar="N",
    help="Live through N episodes, too, and show what they were worth on average beside what is expected.",
)
def command(
    run: Run,
    *,
    policy: str,
    optimal: bool,
    gamma: float | None,
    sweep_count: int | None,
    in_place: bool,
    start: str | None,
    episodes: int | None,
) -> Worker:
    """Compute what every state of a world is worth: the reward of a step, and all that follow it.

    The values of a policy are the solution of one linear equation for each state, the Bellman equation;
    --optimal finds the policy with the largest. --sweeps K begins at 0 instead and applies the equations K
    times. --explain STATE fills in the equation of one state.

    WORLD is a name, a file with a table or a grid, - for standard input, or sample:NAME.
    """
    if optimal and policy not in ("random", "optimal"):
        raise WrongUsage(f"--optimal finds a policy; leave out --policy {printable(policy)}")
    if in_place and sweep_count is None:
        raise WrongUsage("--in-place is how sweeps are made: add --sweeps K")

    def look(world: World | SteppedWorld) -> Result:
        if isinstance(world, SteppedWorld):
            raise DlcliError(
                f"{printable(world.name)} has no table of transitions to compute with; it can be learnt by "
                f"stepping: dlcli td {quote(printable(world.name))}"
            )
        world = started(world, start)
        discount = world.gamma if gamma is None else gamma
        if optimal and sweep_count is None:
            work = _best(world, discount)
        elif optimal:
            work = _iterated(world, discount, sweep_count or 0, in_place)
        else:
            chosen = policy_of(policy, world, discount, run.limits)
            work = _evaluated(world, discount, policy, chosen, sweep_count, in_place)
        if episodes is not None:
            work = replace(work, sampled=_lived(work, episodes, run))
        return result(work)

    return look


def _best(world: World, gamma: float) -> Work:
    best = policy_iteration(world.transitions, gamma, states=world.states)
    return Work(world, "optimal", True, gamma, best.policy, best.values, best.q, rounds=best.rounds)


def _iterated(world: World, gamma: float, count: int, in_place: bool) -> Work:
    """Value iteration, and the policy that is best by its values."""
    before, values = _last(optimal_sweeps(world.transitions, gamma, in_place=in_place), count)
    q = q_values(world.transitions, values, gamma)
    return Work(world, "optimal", True, gamma, greedy_policy(q), values, q, count, in_place, before)


def _evaluated(
    world: World, gamma: float, word: str, policy: Array, count: int | None, in_place: bool
) -> Work:
    moves = world.transitions
    before = None
    if count is None:
        values = evaluate(moves, policy, gamma, states=world.states)
    else:
        before, values = _last(sweeps(moves, policy, gamma, in_place=in_place), count)
    return Work(
        world, word, False, gamma, policy, values, q_values(moves, values, gamma), count, in_place, before
    )


def _lived(work: Work, count: int, run: Run) -> Sampled:
    """Episodes under the policy; one without an end is cut where what is left counts for nothing."""
    limit = STEPS
    if 0 < work.gamma < 1:
        limit = min(STEPS, max(1, math.ceil(math.log(NOTHING) / math.log(work.gamma))))
    elif work.gamma == 0:
        limit = 1
    found = sample_episodes(work.world.transitions, work.policy, count, [run.generator()], limit=limit)
    first = found.returns(work.gamma)[found.offsets[:-1]]
    return Sampled(first, int(found.cut.sum()) if work.gamma == 1 else 0, run.seed)


def _last(every: Iterator[Array], count: int) -> tuple[Array, Array]:
    """The values before the last of so many sweeps, and after it."""
    before = values = next(every)
    for after in islice(every, count):
        before, values = values, after
    return before, values


def result(work: Work) -> Result:
    """The tensors of a world's values, its axes named as it names its states and actions."""
    world = work.world
    fits = sum(map(len, world.states)) + BETWEEN * len(world.states) <= MOST_NAMES
    states = Axis("state", world.states if fits else None)
    actions = Axis("action", world.actions)
    attrs = {**world.attrs, "gamma": work.gamma}
    return Result(
        {
            "values": lambda: Tensor(work.values, (states,), "values", attrs),
            "q": lambda: Tensor(work.q, (states, actions), "q", attrs),
            "policy": lambda: Tensor(work.policy, (states, actions), "policy", attrs),
            "transitions": lambda: world_tensor(world),
        },
        work,
        verdict=not_finite(work.values, world.transitions.reward),
    )
