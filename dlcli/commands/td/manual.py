"""What ``dlcli td`` is told and what it gives: its options, and what its manual page says of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import click

from dlcli.commands.kinds.policy import POLICIES, PolicyWord
from dlcli.commands.kinds.world import WORLD_WORDS
from dlcli.commands.td.reproduce import NAMES, TABLE
from dlcli.commands.td.words import ACTIONS, METHODS, RULES, VALUES, StepSize
from dlcli.engines.decisions.learning.td_lambda import TRACES
from dlcli.runner.kinds import Real
from dlcli.runner.manual import Manual

MANUAL = Manual(
    emits={
        "values": "V(s) at the end, the mean over runs (state); with --control the best action's.",
        "errors": "V(s) minus the exact value; NaN where there is none.",
        "rms": "The RMS error before the first episode and after each, the mean over runs.",
        "returns": "What each episode paid, discounted (run, episode).",
        "q": "Q(s, a): what was learnt, or V(s) looked at one step ahead (state, action).",
        "trace": "The first updates of the first run, a row each; of TD(λ) with the trace of the state, of "
        "double Q with the table, 1 or 2.",
    },
    formulas={
        "δ": "r + γ · V(s') − V(s)  the reward prediction error",
        "new V(s)": "V(s) + α · δ",
        "new Q(s, a)": "Q(s, a) + α · [r + γ · worth of s' − Q(s, a)]",
        "RMS": "√ mean of (V(s) − v(s))²  over states that are not terminal",
    },
    tables={
        "Methods": METHODS,
        "Control": RULES,
        "Worlds": WORLD_WORDS,
        "Policies": POLICIES,
        "Figures": TABLE,
    },
    groups={
        "World": ("policy", "start", "gamma", "max_steps"),
        "Learning": ("method", "alpha", "n", "decay", "traces", "first_visit", "batch", "initial"),
        "Control": ("control", "epsilon"),
        "Runs": ("episodes", "runs", "trace", "against", "watch"),
        "Textbook": ("reproduce",),
    },
    examples=(
        "dlcli td random-walk --trace 8",
        "dlcli td random-walk --runs 100 --initial 0.5 --alpha 0.15 --alpha 0.1 --alpha 0.05",
        "dlcli td random-walk --initial 0.5 --explain 5",
        "dlcli td random-walk:19 --runs 50 --method td0 --method mc --alpha 0.1 --against transitions",
        "dlcli td random-walk --method td0 --method mc --batch --runs 100",
        "dlcli td cliff --control q-learning --control sarsa --alpha 0.5 --episodes 300 --runs 20",
        "dlcli td gridworld:4x4 --episodes 1000 --alpha 1/n --emit rms -f csv",
        "dlcli td --reproduce ex6.4",
    ),
)

#: Options that make a run what it is, and stay in the line to try next.
AGAIN = {name for names in MANUAL.groups.values() for name in names} - {"watch"} | {"seed", "precision"}

#: In the order of the help.
OPTIONS = (
    click.option(
        "--policy",
        type=PolicyWord(),
        default="random",
        show_default=True,
        help="What is done in each state.",
    ),
    click.option(
        "--start", metavar="STATE", help="Where episodes begin, by name or number. [default: the world's]"
    ),
    click.option(
        "--gamma",
        type=Real("G", least=0, most=1),
        help="The discount: what a reward is worth that comes a step later. [default: the world's own, or 1]",
    ),
    click.option(
        "--max-steps",
        type=click.IntRange(1, 1_000_000),
        metavar="N",
        default=10_000,
        show_default=True,
        help="Steps after which an episode is cut.",
    ),
    click.option(
        "--method",
        type=VALUES,
        multiple=True,
        help="How values are learnt; several are compared. [default: td0]",
    ),
    click.option(
        "--alpha",
        type=StepSize(),
        multiple=True,
        help="Step size: a number, or 1/n, one over the visits; several are compared. [default: 0.1]",
    ),
    click.option(
        "--n",
        type=click.IntRange(1),
        metavar="N",
        multiple=True,
        help="Rewards in a target of n-step; several are compared. [default: 4]",
    ),
    click.option(
        "--lambda",
        "decay",
        type=Real("L", least=0, most=1),
        multiple=True,
        help="How slowly traces fade: 0 is td0, 1 close to mc; several are compared. [default: 0.9]",
    ),
    click.option(
        "--traces",
        type=click.Choice(TRACES),
        default=TRACES[0],
        show_default=True,
        help="Whether a visit adds 1 to its trace, or sets it to 1.",
    ),
    click.option("--first-visit", is_flag=True, help="Let mc count the first visit of an episode only."),
    click.option(
        "--batch", is_flag=True, help="After each episode repeat all updates so far until they come to rest."
    ),
    click.option(
        "--initial",
        type=Real("V"),
        default=0.0,
        show_default=True,
        help="The first guess for every state, or action, that is not terminal.",
    ),
    click.option(
        "--control",
        type=ACTIONS,
        multiple=True,
        help="Learn what to do instead of what a policy is worth; several are compared.",
    ),
    click.option(
        "--epsilon",
        type=Real("E", least=0, most=1),
        default=0.1,
        show_default=True,
        help="With --control, how many of the actions are taken at random.",
    ),
    click.option(
        "--episodes",
        type=click.IntRange(1, 10_000_000),
        metavar="N",
        default=100,
        show_default=True,
        help="Episodes of each run.",
    ),
    click.option(
        "--runs",
        type=click.IntRange(1, 1_000_000),
        metavar="N",
        default=1,
        show_default=True,
        help="How often all is learnt anew, for means and the band of a curve.",
    ),
    click.option(
        "--trace",
        type=click.IntRange(1, 1_000_000),
        metavar="N",
        help="Show the first N updates: s, a, r, s', target, δ, V before and after.",
    ),
    click.option(
        "--against",
        type=click.Choice(("episodes", "transitions")),
        default="episodes",
        show_default=True,
        help="What errors are drawn over; transitions show how much experience a method needs.",
    ),
    click.option(
        "--watch",
        is_flag=True,
        help="Show the first run as it goes, on a terminal: the agent and the values.",
    ),
    click.option(
        "--reproduce",
        type=click.Choice(NAMES),
        metavar="NAME",
        help="Compute a figure of the textbook anew, and compare: exit code 1 where it does not hold.",
    ),
)


def options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with all of ``OPTIONS``."""
    return reduce(lambda made, option: option(made), reversed(OPTIONS), function)
