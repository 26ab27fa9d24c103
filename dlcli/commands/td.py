"""``dlcli td``: learn from experience what states are worth, or what to do, an update at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import click
import numpy as np
from click.core import ParameterSource

from dlcli.commands.policy_word import POLICIES, PolicyWord, policy_of
from dlcli.commands.td_control import controlled
from dlcli.commands.td_control import result as control_result
from dlcli.commands.td_options import Typed
from dlcli.commands.td_reproduce import NAMES, READING, TABLE, reproduced
from dlcli.commands.td_stepped import stepped_control, stepped_values
from dlcli.commands.td_words import ACTIONS, METHODS, RULES, VALUES, StepSize
from dlcli.commands.td_work import Settings, Work, result
from dlcli.commands.world_word import WORLD_WORDS, started
from dlcli.engines.checks import Array, EngineError
from dlcli.engines.mdp import evaluate
from dlcli.engines.prediction import Method, predict
from dlcli.engines.td_lambda import TRACES
from dlcli.engines.walk import check_held
from dlcli.errors import DlcliError, WrongUsage, printable
from dlcli.runner.command import command as subcommand
from dlcli.runner.kinds import Real
from dlcli.runner.manual import Manual
from dlcli.runner.result import Result, Run, Worker
from dlcli.runner.typed import typed_options
from dlcli.worlds.gym import SteppedWorld
from dlcli.worlds.textbook import Figure
from dlcli.worlds.world import World

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


@subcommand("td", MANUAL, reads=READING)
@click.option(
    "--policy",
    type=PolicyWord(),
    default="random",
    show_default=True,
    help="What is done in each state.",
)
@click.option(
    "--start", metavar="STATE", help="Where episodes begin, by name or number. [default: the world's]"
)
@click.option(
    "--gamma",
    type=Real("G", least=0, most=1),
    help="The discount: what a reward is worth that comes a step later. [default: the world's own, or 1]",
)
@click.option(
    "--max-steps",
    type=click.IntRange(1, 1_000_000),
    metavar="N",
    default=10_000,
    show_default=True,
    help="Steps after which an episode is cut.",
)
@click.option(
    "--method",
    type=VALUES,
    multiple=True,
    help="How values are learnt; several are compared. [default: td0]",
)
@click.option(
    "--alpha",
    type=StepSize(),
    multiple=True,
    help="Step size: a number, or 1/n, one over the visits; several are compared. [default: 0.1]",
)
@click.option(
    "--n",
    type=click.IntRange(1),
    metavar="N",
    multiple=True,
    help="Rewards in a target of n-step; several are compared. [default: 4]",
)
@click.option(
    "--lambda",
    "decay",
    type=Real("L", least=0, most=1),
    multiple=True,
    help="How slowly traces fade: 0 is td0, 1 close to mc; several are compared. [default: 0.9]",
)
@click.option(
    "--traces",
    type=click.Choice(TRACES),
    default=TRACES[0],
    show_default=True,
    help="Whether a visit adds 1 to its trace, or sets it to 1.",
)
@click.option("--first-visit", is_flag=True, help="Let mc count the first visit of an episode only.")
@click.option(
    "--batch", is_flag=True, help="After each episode repeat all updates so far until they come to rest."
)
@click.option(
    "--initial",
    type=Real("V"),
    default=0.0,
    show_default=True,
    help="The first guess for every state, or action, that is not terminal.",
)
@click.option(
    "--control",
    type=ACTIONS,
    multiple=True,
    help="Learn what to do instead of what a policy is worth; several are compared.",
)
@click.option(
    "--epsilon",
    type=Real("E", least=0, most=1),
    default=0.1,
    show_default=True,
    help="With --control, how many of the actions are taken at random.",
)
@click.option(
    "--episodes",
    type=click.IntRange(1, 10_000_000),
    metavar="N",
    default=100,
    show_default=True,
    help="Episodes of each run.",
)
@click.option(
    "--runs",
    type=click.IntRange(1, 1_000_000),
    metavar="N",
    default=1,
    show_default=True,
    help="How often all is learnt anew, for means and the band of a curve.",
)
@click.option(
    "--trace",
    type=click.IntRange(1, 1_000_000),
    metavar="N",
    help="Show the first N updates: s, a, r, s', target, δ, V before and after.",
)
@click.option(
    "--against",
    type=click.Choice(("episodes", "transitions")),
    default="episodes",
    show_default=True,
    help="What errors are drawn over; transitions show how much experience a method needs.",
)
@click.option(
    "--watch", is_flag=True, help="Show the first run as it goes, on a terminal: the agent and the values."
)
@click.option(
    "--reproduce",
    type=click.Choice(NAMES),
    metavar="NAME",
    help="Compute a figure of the textbook anew, and compare: exit code 1 where it does not hold.",
)
def command(
    run: Run,
    *,
    policy: str,
    start: str | None,
    control: tuple[str, ...],
    watch: bool,
    reproduce: str | None,
    **options: object,
) -> Worker:
    """Learn what states are worth from episodes, by temporal differences: one update after every step.

    The value of a state moves by a share α of the reward prediction error, which is the difference between
    what came and what was expected. --control learns what to do. The exact values stand beside what was
    learnt wherever they can be computed. --explain N fills in update N of the first run, from 0.

    WORLD is a name, a file with a table or a grid, - for standard input, or sample:NAME.
    """
    if reproduce is not None:
        _refuse_others()
    typed = Typed(**options)  # type: ignore[arg-type]
    if control:
        typed.refuse_prediction(policy)
        rules = typed.rules(control)
    elif _typed("epsilon"):
        raise WrongUsage("--epsilon is how often learnt actions are left: add --control, such as q-learning")
    methods = typed.methods()
    line = typed_options(click.get_current_context(), AGAIN)

    if watch and typed.batch:
        raise WrongUsage("--watch follows single updates; --batch adds all of them up")
    if watch and not run.screen:
        raise WrongUsage(
            "--watch shows pictures that move: it needs a terminal and -f rich; leave it out here"
        )

    def learn(world: World | SteppedWorld | Figure) -> Result:
        if isinstance(world, Figure):
            return reproduced(world, run)
        settings = typed.settings(world, run.seed, line)
        if not control:
            _check_held(typed.runs * typed.episodes)
        generators = tuple(run.generator().spawn(typed.runs))
        if isinstance(world, SteppedWorld):
            _refuse_for_stepped(world, policy, start)
        else:
            world = started(world, start)
        if control:
            if isinstance(world, SteppedWorld):
                acted = stepped_control(world, rules, settings, generators)
            else:
                acted = controlled(world, rules, settings, generators)
            _tell_cut(run, acted.cut, settings, len(rules) * typed.runs)
            return replace(control_result(acted), frames=watch)
        if isinstance(world, SteppedWorld):
            work = stepped_values(world, methods, settings, generators)
        else:
            chosen = policy_of(policy, world, settings.gamma, run.limits)
            work = predicted(world, policy, chosen, methods, settings, generators)
        _tell_cut(run, work.learnt.cut, settings, typed.runs)
        return replace(result(work), frames=watch)

    return learn


def _check_held(episodes: int) -> None:
    """Refuse more episodes than are held, each at least a step, before there is a generator for each run."""
    try:
        check_held(episodes, episodes)
    except EngineError as error:
        raise DlcliError(str(error)) from None


def _typed(name: str) -> bool:
    """Whether an option was given on the command line."""
    return click.get_current_context().get_parameter_source(name) is ParameterSource.COMMANDLINE


def _refuse_others() -> None:
    """Say no to options beside ``--reproduce``: a figure has its own settings."""
    context = click.get_current_context()
    own = {name for names in MANUAL.groups.values() for name in names} - {"reproduce"}
    for option in context.command.params:
        if option.name in own and _typed(option.name):
            raise WrongUsage(f"--reproduce has its own settings; leave out {max(option.opts, key=len)}")


def _refuse_for_stepped(world: SteppedWorld, policy: str, start: str | None) -> None:
    """Say no to what needs a table of the world."""
    if policy != "random":
        raise DlcliError(f"{printable(world.name)} can only be stepped in: --policy random is known there")
    if start is not None:
        raise DlcliError(f"{printable(world.name)} begins where it likes; leave out --start")


def predicted(
    world: World,
    word: str,
    policy: Array,
    methods: tuple[Method, ...],
    settings: Settings,
    generators: Sequence[np.random.Generator],
) -> Work:
    """Learn by each of the methods, and compute the truth beside it."""
    exact, why = None, ""
    try:
        exact = evaluate(world.transitions, policy, settings.gamma, states=world.states)
    except EngineError as error:
        why = str(error)
    learnt = predict(
        world.transitions,
        policy,
        methods,
        generators,
        episodes=settings.episodes,
        gamma=settings.gamma,
        initial=settings.initial,
        exact=exact,
        limit=settings.limit,
    )
    return Work(world, word, methods, settings, learnt, exact, why)


def _tell_cut(run: Run, cut: int, settings: Settings, lives: int) -> None:
    """Say how many episodes passed the step limit."""
    if cut:
        total = settings.episodes * lives
        what = f"episode{'s' * (total != 1)} {'was' if cut == 1 else 'were'}"
        run.warn(f"{cut} of {total} {what} cut after {settings.limit} steps; --max-steps says when")
