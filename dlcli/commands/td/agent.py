"""``dlcli td --control --approximate``: agents that learn what to do by features or by a net."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np

from dlcli.commands.kinds.decisions.world import started
from dlcli.commands.kinds.nets.net_convert import SUFFIXES, save_net
from dlcli.commands.td.approximate import SEEDS, alpha_of, approximation_name, features_of, table_features
from dlcli.commands.td.options import Options
from dlcli.commands.td.record_agent import RULE_NAMES, Agents, Learner, Update, outputs
from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.decisions.approximation.acting import (
    Agent,
    Budget,
    Course,
    PlacedStates,
    Surroundings,
    greedy_returns,
    learn,
)
from dlcli.engines.decisions.approximation.control import RULES as WITH_FEATURES
from dlcli.engines.decisions.approximation.control import LinearAgent
from dlcli.engines.decisions.approximation.features import Features, Scaled
from dlcli.engines.decisions.learning.control_replay import greedy_return
from dlcli.engines.decisions.optimal import policy_iteration
from dlcli.errors import DlcliError, WrongUsage, printable
from dlcli.nets.agents.deep_q import DeepQ, QSettings
from dlcli.nets.agents.nets import policy_net, q_net, value_net
from dlcli.nets.agents.policy_gradient import PolicySettings, Reinforce
from dlcli.nets.net import Net
from dlcli.runner.option import was_typed
from dlcli.runner.result import Result, Run
from dlcli.tensor import PLACES, Axis, Tensor
from dlcli.worlds.gym_box import BoxWorld
from dlcli.worlds.world import World

#: Rules that a net learns by.
WITH_NETS = ("q-learning", "double-q", "reinforce")

#: Steps of a run where observations cannot be counted, unless something else is typed.
STEPS = 100_000

#: Steps between two checks there, the episodes of one, and those that are lived through where it was good
#: enough, and once more, new ones, at the end.
EVERY, CHECKED, EVALUATED = 2500, 20, 100

#: The share of random actions of a deep Q-net, and the steps over which it falls to that.
EPSILON, DECAY = 0.02, 5000


@dataclass(frozen=True, eq=False)
class Setup:
    """The world as agents see it, and how long they learn in it."""

    world: World | BoxWorld
    options: Options
    budget: Budget
    gamma: float

    def surroundings(self, word: str, seed: int) -> Surroundings:
        """A world to act in, for an approximation."""
        if isinstance(self.world, BoxWorld):
            return self.world.simulate(seed % SEEDS)
        _, points = table_features(word, self.options, self.world)
        return PlacedStates(self.world.transitions, points, np.random.default_rng(seed))

    def features(self, word: str) -> Features:
        """The features of what is observed there. Raises ``DlcliError`` where there is no bound."""
        world = self.world
        if isinstance(world, World):
            return table_features(word, self.options, world)[0]
        if word == "linear" and self.options.features == "one-hot":
            raise DlcliError(f"{printable(world.name)} has no states to count: --features one-hot needs some")
        endless = [
            name
            for name, low, high in zip(world.observed, world.low, world.high, strict=True)
            if not np.isfinite([low, high]).all()
        ]
        if endless:
            raise DlcliError(
                f"{printable(world.name)}: {word} needs bounds, and there are none of "
                f"{printable(', '.join(endless))}; --approximate mlp needs none"
            )
        return Scaled(features_of(word, self.options, len(world.observed)), world.low, world.high)

    @property
    def observed(self) -> int:
        """Numbers of one observation."""
        if isinstance(self.world, BoxWorld):
            return len(self.world.observed)
        return int(table_features("mlp", self.options, self.world)[1].shape[1])

    def epsilon(self, word: str) -> tuple[float, int]:
        """The share of random actions, and the steps over which it falls to that."""
        options, net = self.options, word == "mlp"
        epsilon = EPSILON if net and not was_typed("epsilon") else options.epsilon
        decay = options.epsilon_decay
        return epsilon, (DECAY if net else 0) if decay is None else decay

    def agent(self, rule: str, word: str, seeds: Array, watched: int | None = None) -> Agent:
        """An agent that knows nothing yet."""
        options, n_actions = self.options, len(self.world.actions)
        generator = np.random.default_rng(int(seeds[0]))
        epsilon, decay = self.epsilon(word)
        alpha = alpha_of(word, options)
        if word != "mlp":
            return LinearAgent(
                rule, self.features(word), n_actions, generator, alpha=alpha, gamma=self.gamma,
                epsilon=epsilon, decay=decay, initial=options.initial, watched=watched,
            )  # fmt: skip
        made = policy_net if rule == "reinforce" else q_net
        net = Net(made(self.observed, n_actions, options.hidden)).draw(int(seeds[1]))
        settings = self.settings(rule, word)
        if isinstance(settings, PolicySettings):
            values = Net(value_net(self.observed, options.hidden)).draw(int(seeds[2]))
            return Reinforce(net, values, settings, generator, watched=watched)
        assert isinstance(settings, QSettings)
        return DeepQ(net, settings, generator, watched=watched)

    def settings(self, rule: str, word: str) -> QSettings | PolicySettings | tuple[float, float, int]:
        """What updates are set to; with features the step size, ε and the steps over which it falls."""
        epsilon, decay = self.epsilon(word)
        alpha, clip = alpha_of(word, self.options), self.options.clip
        if word != "mlp":
            return alpha, epsilon, decay
        if rule == "reinforce":
            return PolicySettings(alpha, self.gamma, clip, baseline=self.options.baseline is not False)
        length = QSettings.clip if clip is None else clip
        return QSettings(alpha, self.gamma, epsilon, decay, double=rule == "double-q", clip=length)


def learnt_agents(world: World | BoxWorld, options: Options, run: Run) -> Result:
    """Learn what to do in one world by each rule with each approximation."""
    pairs = list(product(dict.fromkeys(options.control), dict.fromkeys(options.approximate)))
    for rule, word in pairs:
        _check_pair(rule, word)
    if options.save_weights is not None:
        _check_file(options.save_weights, pairs)
    setup, told = _setup(world, options)
    runs = [one.integers(SEEDS, size=5) for one in run.generator().spawn(options.runs)]
    nets: list[tuple[float, int, Net]] = []
    learners = []
    for rule, word in pairs:
        label = f"{RULE_NAMES[rule]}, {approximation_name(word, options)}"
        learners.append(_learner(setup, rule, word, runs, run, label, nets))
    run.doing = ""
    world, (rule, word) = setup.world, pairs[0]

    def again(update: int) -> Update:
        """The update of the first learner's first run, which learns once more until then."""
        agent = setup.agent(rule, word, runs[0], watched=update)
        _run(setup, agent, word, runs[0])
        found: Update = agent.update  # type: ignore[attr-defined]
        return found

    optimum = None
    if isinstance(world, World):
        try:
            optimum = policy_iteration(world.transitions, setup.gamma)
        except EngineError:
            optimum = None
    work = Agents(
        world,
        options,
        tuple(learners),
        again,
        setup.gamma,
        setup.budget.limit,
        told,
        optimum,
        run.seed,
        run.line,
    )
    if options.save_weights is not None:
        _, place, net = max(nets, key=lambda one: (one[0], -one[1]))
        save_net(
            options.save_weights, net.spec, net.weights(), facts={"classes": list(world.actions), "data": {}}
        )
        if options.runs > 1:
            run.warn(f"{printable(options.save_weights)} holds the net of run {place + 1}, the best of them")
    count = int(learners[0].updates[0])
    return Result(
        outputs(work),
        work,
        explained=lambda: Tensor(np.zeros(count), (Axis("update"),), "updates", {PLACES: True}),
        view="story_agent",
    )


def _check_pair(rule: str, word: str) -> None:
    """Raise ``WrongUsage`` for a rule that an approximation cannot learn by."""
    if word == "mlp" and rule not in WITH_NETS:
        raise WrongUsage(
            f"--control {rule} does not go with --approximate mlp: a net learns by {', '.join(WITH_NETS)}"
        )
    if word != "mlp" and rule not in WITH_FEATURES:
        raise WrongUsage(
            f"--control {rule} does not go with --approximate {word}: features learn by "
            f"{', '.join(WITH_FEATURES)}"
        )


def _check_file(path: str, pairs: list[tuple[str, str]]) -> None:
    """Raise ``WrongUsage`` where a file cannot hold the net that is learnt."""
    if not path.lower().endswith(SUFFIXES):
        raise WrongUsage(f"cannot write {printable(path)}: a net is saved as {', '.join(SUFFIXES)}")
    if len(pairs) > 1:
        raise WrongUsage(f"--save-weights holds one net; here {len(pairs)} ways of learning are compared")


def _setup(world: World | BoxWorld, options: Options) -> tuple[Setup, str]:
    """How agents live in a world, and how long, in words."""
    gamma = options.discount(world)
    if isinstance(world, World):
        world = started(world, options.start)
        moves = world.transitions
        if not moves.allowed[~moves.terminal].all():
            raise DlcliError(
                f"{printable(world.title)} has states without some of its actions; with --approximate every "
                "action is there in every state"
            )
        budget = Budget(options.steps, options.episodes, options.max_steps)
    else:
        if options.start is not None:
            raise DlcliError(f"{printable(world.name)} begins where it likes; leave out --start")
        limit = options.max_steps if was_typed("max_steps") else world.limit
        episodes = options.episodes if was_typed("episodes") else None
        steps = STEPS if options.steps is None and episodes is None else options.steps
        budget = Budget(steps, episodes, limit, EVERY, world.solved)
    told = [f"{budget.episodes} episodes"] * (budget.episodes is not None)
    told += [f"{budget.steps} steps"] * (budget.steps is not None)
    return Setup(world, options, budget, gamma), " or ".join(told)


def _run(
    setup: Setup, agent: Agent, word: str, seeds: Array, seen: Callable[[Course], None] = lambda _: None
) -> Course:
    """One run from its seeds."""
    check = None
    if isinstance(setup.world, BoxWorld):
        worlds = [setup.surroundings(word, int(seeds[4]) + i) for i in range(EVALUATED)]
        limit, enough = setup.budget.limit, setup.budget.enough

        def check() -> float:
            """What a few episodes pay; where that is enough, what many do."""
            found = float(greedy_returns(agent.best, worlds[:CHECKED], limit=limit).mean())
            if enough is not None and found >= enough:
                found = float(greedy_returns(agent.best, worlds, limit=limit).mean())
            return found

    paid = 1.0 if isinstance(setup.world, BoxWorld) else setup.gamma  # what Gymnasium counts
    surroundings = setup.surroundings(word, int(seeds[3]))
    return learn(agent, surroundings, setup.budget, gamma=paid, check=check, seen=seen)


def _learner(
    setup: Setup,
    rule: str,
    word: str,
    runs: list[Array],
    run: Run,
    label: str,
    nets: list[tuple[float, int, Net]],
) -> Learner:
    """All runs of one rule with one approximation; ``nets`` are told of each net and what it is worth."""
    world, options = setup.world, setup.options
    courses, updates, evaluated, q, greedy = [], [], [], [], []
    numbers = 0
    for place, seeds in enumerate(runs):
        agent = setup.agent(rule, word, seeds)

        def seen(course: Course, place: int = place) -> None:
            late = float(np.mean(course.returns[-20:]))
            which = f"run {place + 1} of {len(runs)}, " * (len(runs) > 1)
            run.doing = (
                f"{label}: {which}{course.steps} steps, {len(course.returns)} episodes, return {late:.4g}"
            )

        course = _run(setup, agent, word, seeds, seen)
        if course.kept is not None:
            agent.parameters()[:] = course.kept
        courses.append(course)
        updates.append(agent.updates)
        numbers = len(agent.parameters())
        worth = float(np.mean(course.returns[-20:]))
        if isinstance(world, BoxWorld):
            begun = [setup.surroundings(word, int(seeds[4]) + EVALUATED + i) for i in range(EVALUATED)]
            evaluated.append(greedy_returns(agent.best, begun, limit=setup.budget.limit))
            worth = float(evaluated[-1].mean())
        else:
            values = _all_values(setup, agent, word, world)
            q.append(values)
            greedy.append(_greedy_worth(world, values, setup.gamma))
        if isinstance(agent, DeepQ | Reinforce):
            nets.append((worth, place, agent.net))
    cut = sum(course.cut for course in courses)
    if cut and isinstance(world, World):
        run.warn(f"{cut} episodes were cut after {setup.budget.limit} steps; --max-steps says when")
    policy = rule == "reinforce"
    return Learner(
        rule, word, approximation_name(word, options), numbers, setup.settings(rule, word), tuple(courses),
        np.array(updates), np.stack(evaluated) if evaluated else None,
        np.stack(q) if q and not policy else None, tuple(greedy),
    )  # fmt: skip


def _all_values(setup: Setup, agent: Agent, word: str, world: World) -> Array:
    """What the actions of each state are worth to an agent, or how likely, before a softmax (S, A)."""
    points = table_features(word, setup.options, world)[1]
    terminal = world.transitions.terminal
    if isinstance(agent, LinearAgent):
        values = agent.q(points)
    else:
        net: Net = agent.net  # type: ignore[attr-defined]
        values = net.forward(np.ascontiguousarray(points.T).astype(net.dtype)).T.astype(np.float64)
    return np.where(terminal[:, None], np.nan, values)


def _greedy_worth(world: World, values: Array, gamma: float) -> float | None:
    """What an episode pays with the best actions alone; None where it never ends."""
    try:
        return greedy_return(world.transitions, values, gamma)
    except EngineError:
        return None
