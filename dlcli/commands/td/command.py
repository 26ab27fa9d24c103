"""``dlcli td``: learn from experience what states are worth, or what to do, an update at a time."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace

import numpy as np

from dlcli.commands.kinds.decisions.ends import EMITTED
from dlcli.commands.kinds.decisions.policy import POLICIES, check_policy, policy_of
from dlcli.commands.kinds.decisions.world import WORLD_WORDS, started
from dlcli.commands.td.exploring import EXPLORING
from dlcli.commands.td.options import APPROXIMATIONS, METHODS, RULES, Options
from dlcli.commands.td.record import TRACED, Learnt, LearntActions, LearntBandit, LearntValues, outputs
from dlcli.commands.td.reproduce import READING, TABLE, reproduced
from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.decisions.bellman import evaluate
from dlcli.engines.decisions.learning.agents import AGENTS
from dlcli.engines.decisions.learning.control import control
from dlcli.engines.decisions.learning.control_definition import Control
from dlcli.engines.decisions.learning.control_long import control_long, joined
from dlcli.engines.decisions.learning.control_replay import Rule
from dlcli.engines.decisions.learning.prediction import predict
from dlcli.engines.decisions.learning.stepped import Seen, control_stepped, predict_stepped
from dlcli.engines.decisions.optimal import policy_iteration
from dlcli.engines.decisions.policy import best_actions, random_policy
from dlcli.engines.decisions.walk import check_held
from dlcli.errors import DlcliError, WrongUsage, printable
from dlcli.runner.command import command as subcommand
from dlcli.runner.manual import Manual
from dlcli.runner.result import Result, Run, Together, Worker
from dlcli.tensor import PLACES, Axis, Tensor
from dlcli.words.number import not_finite
from dlcli.worlds.bandit import Bandit
from dlcli.worlds.gym import SteppedWorld
from dlcli.worlds.gym_box import BoxWorld
from dlcli.worlds.textbook import Figure
from dlcli.worlds.world import World

Generators = Sequence[np.random.Generator]

#: The headings of its stories.
SECTIONS = (
    "Book", "Figure", "World", "Course notes", "Double Q", "Dyna-Q…", "MC", "MC…", "Off-policy MC",
    "Q-learning", "REINFORCE", "SARSA…", "TD…", "Updates of action values", "Updates of values",
    "Weights in place of a table", "…SARSA", "Choice", "First news", "Ratio", "Target", "Traces",
    "Before the update", "Update …", "Updates", "Worth of s'", "Average", "Best arm", "Claims", "Ends",
    "Error by states", "Numbers", "Otherwise", "Policy", "RMS error", "Returns", "Rewards", "Runs",
    "Sample efficiency", "States, memory, error", "Value", "Values", "Verdict", "Ways", "Worth", "v*(s)",
    "Notice", "Try next",
)  # fmt: skip

MANUAL = Manual(
    emits={
        "values": "V(s) at the end, the mean over runs (state); with --control the best action's.",
        "errors": "V(s) minus the exact value; NaN where there is none.",
        "rms": "The RMS error before the first episode and after each, the mean over runs.",
        "returns": "What each episode paid, discounted (run, episode).",
        "q": "Q(s, a): what was learnt, or V(s) looked at one step ahead (state, action).",
        "ends": f"{EMITTED} Of all episodes; with --control, of the best actions, the mean over runs.",
        "rewards": "What an episode paid (episode), the mean over runs.",
        "lengths": "The steps of each episode (run, episode).",
        "best-actions": "With --control, the share of an episode's actions that were best (episode), the "
        "mean over runs; NaN where nobody knows.",
        "trace": "The updates of the first method in the first run, a row each (--trace N: the first N); of "
        "TD(λ) with the trace of the state, of double Q with the table, 1 or 2; --batch has none.",
    },
    sometimes={
        "policy": "With --control: the best actions of the first run, equally likely where several are tied "
        "(state, action); mdp --policy reads it.",
        "sizes": "With --approximate: states, numbers that are learnt, RMS error at the end (world, "
        "estimate, column).",
        "success": "With --control: the share of runs whose episode ended in a goal, an end that pays "
        "(episode).",
        "evaluated": "The same where observations are rows of numbers: what new episodes paid with the best "
        "actions alone (run, episode).",
    },
    formulas={
        "δ": "r + γ · V(s') − V(s)  the reward prediction error",
        "new V(s)": "V(s) + α · δ",
        "new Q(s, a)": "Q(s, a) + α · [r + γ · worth of s' − Q(s, a)]",
        "ε-greedy": "the largest Q(s, a); with ε any a",
        "softmax": "π(a|s) = exp(Q(s, a) / τ) / Σ exp(Q(s, b) / τ)",
        "UCB": "the largest Q(s, a) + c · √(ln t / N)  N of t times in s it was a",
        "RMS": "√ mean of (V(s) − v(s))²  over states that are not terminal",
        "ρ": "Π π(a|s) / b(a|s) to the end  the weight of a return from episodes of b (--off-policy)",
        "weights": "w + α · [target − v(s)] · ∇v(s)  the semi-gradient (--approximate)",
    },
    tables={
        "Methods": METHODS,
        "Control": RULES,
        "Approximation": APPROXIMATIONS,
        "Exploration": EXPLORING,
        "Worlds": WORLD_WORDS,
        "Policies": POLICIES,
        "Figures": TABLE,
    },
    examples=(
        "dlcli td random-walk --trace 8",
        "dlcli td random-walk --runs 100 --initial 0.5 --alpha 0.15 --alpha 0.1 --alpha 0.05",
        "dlcli td random-walk --initial 0.5 --explain 5",
        "dlcli td random-walk:19 --runs 50 --method td0 --method mc --alpha 0.1 --against transitions",
        "dlcli td random-walk --method td0 --method mc --batch --runs 100",
        "dlcli td cliff --control q-learning --control sarsa --alpha 0.5 --episodes 300 --runs 5",
        "dlcli td bandit:10 --control q-learning --explore greedy --explore epsilon-greedy:0.1 "
        "--alpha 1/n --runs 200 --episodes 500",
        "dlcli td bandit:10 --control q-learning --explore ucb:2 --alpha 1/n --explain 12",
        "dlcli td blackjack --policy optimal --method mc --off-policy ordinary --off-policy weighted "
        "--episodes 5000",
        "dlcli td blackjack --policy optimal --method mc --off-policy ordinary --explain 4",
        "dlcli td sample:boat-race --control q-learning",
        "dlcli td cliff --control sarsa --control n-step-sarsa --n 4 --alpha 0.5 --runs 5",
        "dlcli td cliff --control sarsa-lambda --lambda 0.8 --explain 20",
        "dlcli td blackjack --control mc --exploring-starts --explore greedy --alpha 1/n --episodes 5000",
        "dlcli td dyna-maze --control dyna-q --planning 50 --episodes 20",
        "dlcli td access-control --control differential-sarsa --episodes 1 --max-steps 5000",
        "dlcli td frozen-lake --control q-learning --explore epsilon-greedy:1:0.99 --episodes 500",
        "dlcli td gridworld:4x4 --episodes 1000 --alpha 1/n --emit rms -f csv",
        "dlcli td random-walk:5,9,19,39 --approximate tiles --episodes 20",
        "dlcli td random-walk --approximate tiles --explain 2",
        "dlcli td gym:CartPole-v1 --control q-learning --approximate mlp --steps 1500",
        "dlcli td gym:CartPole-v1 --control reinforce --approximate mlp --steps 1500 --runs 2",
        "dlcli td --reproduce ex6.4",
        "dlcli td gridworld:4x4 --episodes 20 -o learning.gif",
    ),
    sections=SECTIONS,
)


@subcommand("td", MANUAL, Options, reads=READING)
def command(run: Run, options: Options) -> Worker | Together:
    """Learn what states are worth from episodes, by temporal differences: one update after every step.

    The value of a state moves by a share α of the reward prediction error, which is the difference between
    what came and what was expected. --control learns what to do. The exact values stand beside what was
    learnt wherever they can be computed. --approximate learns weights in place of a table: where it would be
    too large, or cannot be, as in gym:CartPole-v1. --explain N fills in update N of the first method in the
    first run, from 0.

    WORLD is a name, a file with a table or a grid, - for standard input, or sample:NAME.
    """
    if options.reproduce is not None:
        for flag, *_ in run.line.options:
            if flag not in ("--reproduce", "--seed"):
                raise WrongUsage(f"--reproduce has its own settings; leave out {flag}")
    if "reinforce" in options.control and not options.approximate:
        raise WrongUsage("--control reinforce learns the probabilities of a net: add --approximate mlp")
    options.check_agent()
    check_policy(options.policy, run)
    if options.approximate:
        options.check_approximation()
        return Together(lambda worlds: approximately(worlds, options, run))

    def learn(world: World | SteppedWorld | BoxWorld | Figure) -> Result:
        if isinstance(world, Figure):
            return reproduced(world, run)
        if isinstance(world, BoxWorld):
            raise _needs_approximation(world)
        if not options.control:
            _check_held(options.runs * options.episodes)
        if isinstance(world, Bandit):
            _refuse_for_bandit(world, options)
        generators = run.generator().spawn(options.runs)
        work: Learnt
        if isinstance(world, SteppedWorld):
            _refuse_for_stepped(world, options)
            work = (stepped_control if options.control else stepped_values)(world, options, generators)
        elif options.control:
            work = controlled(started(world, options.start), options, generators)
        else:
            world = started(world, options.start)
            policy = policy_of(options.policy, world, options.discount(world), run)
            work = predicted(world, policy, options, generators)
        return _result(replace(work, seed=run.seed, line=run.line), run)

    return learn


def approximately(worlds: Sequence[World | SteppedWorld | BoxWorld], options: Options, run: Run) -> Result:
    """Learn by weights in place of a table: what to do in one world, or values in one or several."""
    if any(isinstance(world, Bandit) for world in worlds):
        raise WrongUsage("--approximate is for worlds of many states, and a bandit has one: leave it out")
    from dlcli.commands.td.agent import learnt_agents  # nets are loaded for this alone
    from dlcli.commands.td.approximate import approximated

    if options.control:
        if len(worlds) > 1:
            raise WrongUsage(f"--control with --approximate learns in one world; received {len(worlds)}")
        (world,) = worlds
        if isinstance(world, SteppedWorld):
            raise _no_positions(world)
        return learnt_agents(world, options, run)
    tables = []
    for world in worlds:
        if isinstance(world, BoxWorld):
            raise _needs_approximation(world)
        if isinstance(world, SteppedWorld):
            raise _no_positions(world)
        tables.append(world)
    return approximated(tables, options, run)


def _needs_approximation(world: BoxWorld) -> DlcliError:
    numbers = ", ".join(world.observed)
    return DlcliError(
        f"{printable(world.name)} is observed as {len(world.observed)} numbers ({numbers}), too many values "
        "for a table: add --control q-learning --approximate mlp"
    )


def _no_positions(world: SteppedWorld) -> DlcliError:
    return DlcliError(
        f"{printable(world.name)} has counted states without positions that weights could share; "
        "leave out --approximate: a table holds them"
    )


def _result(work: Learnt, run: Run) -> Result:
    """The tensors and the story of what was learnt; that episodes were cut is said at once."""
    options, cut, total = work.options, work.cut, work.returns.size
    if cut and {rule.name for rule in options.rules} != {"differential-sarsa"}:  # which is for no end
        what = f"episode{'s' * (total != 1)} {'was' if cut == 1 else 'were'}"
        run.warn(
            f"{cut} of {total} {what} cut after {options.limit(work.world)} steps; --max-steps says when"
        )
    return Result(
        outputs(work, run.warn),
        work,
        explained=lambda: Tensor(np.zeros(work.replay.count), (Axis("update"),), "updates", {PLACES: True}),
        view=_view(work),
        verdict=not_finite(work.values, work.world.transitions.reward),
    )


def _view(work: Learnt) -> str:
    if isinstance(work, LearntBandit):
        return "story_bandit"
    return "story_control" if isinstance(work, LearntActions) else "story"


def _check_held(episodes: int) -> None:
    """Refuse more episodes than are held, each at least a step, before there is a generator for each run."""
    try:
        check_held(episodes, episodes)
    except EngineError as error:
        raise DlcliError(str(error)) from None


def _refuse_for_stepped(world: SteppedWorld, options: Options) -> None:
    if options.policy != "random":
        raise DlcliError(f"{printable(world.name)} can only be stepped in: --policy random is known there")
    if options.start is not None or options.exploring_starts:
        flag = "--start" if options.start is not None else "--exploring-starts"
        raise DlcliError(f"{printable(world.name)} begins where it likes; leave out {flag}")


def _refuse_for_bandit(world: Bandit, options: Options) -> None:
    name = printable(world.name)
    if not options.control:
        raise DlcliError(f"{name} asks what to do, and --control learns that: add --control q-learning")
    if rules := [rule for rule in options.control if rule in AGENTS]:
        raise WrongUsage(f"an episode of {name} is one step: --control {rules[0]} is for longer ones")
    if options.watch:
        raise WrongUsage(f"--watch shows an agent on its way, and {name} has one state: leave it out")


def predicted(world: World, policy: Array, options: Options, generators: Generators) -> LearntValues:
    """Learn what a policy is worth by each of the methods, and compute the truth beside it."""
    moves, exact, why = world.transitions, None, ""
    try:
        exact = evaluate(moves, policy, options.discount(world), states=world.states)
    except EngineError as error:
        why = str(error)
    methods, policies = options.methods, None
    if options.off_policy:
        target, policy = policy, random_policy(moves)
        policies = target, policy
        ratio = np.divide(target, policy, out=np.zeros(policy.shape), where=policy > 0)
        methods = tuple(replace(method, ratio=ratio) for method in methods)
    learnt = predict(moves, policy, methods, generators, exact=exact, **options.learning(world))
    return LearntValues(
        world=world, options=options, learnt=learnt, exact=exact, why=why, methods=methods, policies=policies
    )


def controlled(world: World, options: Options, generators: Generators) -> LearntActions:
    """Learn what to do by each of the rules, and find the optimum beside it; of a bandit in each run."""
    moves, gamma = world.transitions, options.discount(world)
    try:
        optimum = None if isinstance(world, Bandit) else policy_iteration(moves, gamma)
    except EngineError:
        optimum = None
    best = None if optimum is None else best_actions(optimum.q)
    exact = None if optimum is None else optimum.values

    def learn(rule: Rule, some: Generators, trace: int, exact: Array | None) -> Control:
        some = deepcopy(some)  # each rule has the same chance
        if rule.long:
            runs = [
                control_long(
                    world.transitions,
                    rule.name,
                    generator,
                    alpha=rule.alpha,
                    explore=rule.explore,
                    fall=rule.fall,
                    settings=rule.settings,
                    exploring_starts=rule.exploring_starts,
                    exact=exact,
                    best=best,
                    trace=trace * (i == 0),
                    **options.learning(world),
                )
                for i, generator in enumerate(some)
            ]
            return joined(runs)
        arms = world.draw(some) if isinstance(world, Bandit) else None
        return control(
            world.transitions,
            rule.name,
            some,
            alpha=rule.alpha,
            explore=rule.explore,
            fall=rule.fall,
            exact=exact,
            best=best if arms is None else (arms == arms.max(axis=1, keepdims=True))[:, None],
            arms=arms,
            trace=trace,
            **options.learning(world),
        )

    rules, trace = options.rules, max(options.trace or 0, TRACED)
    learnt = tuple(learn(rule, generators, trace, exact) for rule in rules)
    again = lambda count: learn(rules[0], generators[:1], count, None)  # noqa: E731
    if isinstance(world, Bandit):
        arms = world.draw(deepcopy(generators))
        world = world.with_arms(arms[0])
        return LearntBandit(world=world, options=options, learnt=learnt, again=again, arms=arms)
    return LearntActions(world=world, options=options, learnt=learnt, again=again, optimum=optimum)


def stepped_values(world: SteppedWorld, options: Options, generators: Generators) -> LearntValues:
    """Learn the values of the random policy in a world that can only be stepped in."""
    size = len(world.states), len(world.actions)
    learnt, seen = predict_stepped(
        world.simulate, *size, options.methods, generators, **options.learning(world)
    )
    why = "this world has no table to compute them from"
    return LearntValues(
        world=_known(world, seen), options=options, learnt=learnt, why=why, methods=options.methods
    )


def stepped_control(world: SteppedWorld, options: Options, generators: Generators) -> LearntActions:
    """Learn what to do, in a world that can only be stepped in."""
    size = len(world.states), len(world.actions)
    learnt, seen = control_stepped(
        world.simulate, *size, options.rules, generators, **options.learning(world)
    )
    # All updates are there: none is learnt again.
    known = _known(world, seen)
    return LearntActions(world=known, options=options, learnt=learnt, again=lambda count: learnt[0])


def _known(world: SteppedWorld, seen: Seen) -> World:
    """The world as the first run saw it."""
    names = tuple(world.states[s] for s in seen.states)
    layout = world.layout and replace(world.layout, places=world.layout.places[seen.states])
    return World(
        world.name,
        names,
        world.actions,
        seen.transitions,
        gamma=world.gamma,
        layout=layout,
        attrs=world.attrs,
    )
