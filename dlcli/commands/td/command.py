"""``dlcli td``: learn from experience what states are worth, or what to do, an update at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import click
import numpy as np

from dlcli.commands.kinds.policy import policy_of
from dlcli.commands.kinds.world import started
from dlcli.commands.td.manual import AGAIN, MANUAL, options
from dlcli.commands.td.options import Typed
from dlcli.commands.td.record import Settings, Work, result
from dlcli.commands.td.record_control import controlled
from dlcli.commands.td.record_control import result as control_result
from dlcli.commands.td.reproduce import READING, reproduced
from dlcli.commands.td.stepped import stepped_control, stepped_values
from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.decisions.bellman import evaluate
from dlcli.engines.decisions.learning.prediction import Method, predict
from dlcli.engines.decisions.walk import check_held
from dlcli.errors import DlcliError, WrongUsage, printable
from dlcli.runner.command import command as subcommand
from dlcli.runner.line import typed_options, was_typed
from dlcli.runner.result import Result, Run, Worker
from dlcli.worlds.gym import SteppedWorld
from dlcli.worlds.textbook import Figure
from dlcli.worlds.world import World


@subcommand("td", MANUAL, reads=READING)
@options
def command(
    run: Run,
    *,
    policy: str,
    start: str | None,
    control: tuple[str, ...],
    watch: bool,
    reproduce: str | None,
    **others: object,
) -> Worker:
    """Learn what states are worth from episodes, by temporal differences: one update after every step.

    The value of a state moves by a share α of the reward prediction error, which is the difference between
    what came and what was expected. --control learns what to do. The exact values stand beside what was
    learnt wherever they can be computed. --explain N fills in update N of the first run, from 0.

    WORLD is a name, a file with a table or a grid, - for standard input, or sample:NAME.
    """
    if reproduce is not None:
        _refuse_others()
    typed = Typed(**others)  # type: ignore[arg-type]
    if control:
        typed.refuse_prediction(policy)
        rules = typed.rules(control)
    elif was_typed("epsilon"):
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


def _refuse_others() -> None:
    """Say no to options beside ``--reproduce``: a figure has its own settings."""
    context = click.get_current_context()
    own = {name for names in MANUAL.groups.values() for name in names} - {"reproduce"}
    for option in context.command.params:
        if option.name in own and was_typed(option.name):
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
