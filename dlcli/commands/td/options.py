"""The options of ``dlcli td``, and the methods and rules that they name."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import click

from dlcli.commands.kinds.policy import gamma_option, policy_option
from dlcli.commands.td.exploring import ExploreWord
from dlcli.engines.decisions.learning.control_replay import Rule
from dlcli.engines.decisions.learning.exploration import Exploration
from dlcli.engines.decisions.learning.prediction import Method
from dlcli.engines.decisions.learning.td_lambda import TRACES
from dlcli.runner.kinds import Real, Whole, Word, Words
from dlcli.runner.option import option, was_typed
from dlcli.words.near import plain
from dlcli.worlds.gym import SteppedWorld
from dlcli.worlds.textbook import NAMES
from dlcli.worlds.world import World

#: Method -> what its target is.
METHODS = {
    "td0": "r + γ · V(s'): the next state's value stands for all that is to come.",
    "n-step": "n rewards, then the value of the state they led to.",
    "lambda": "As td0, but each error reaches earlier states, too, by traces that fade with λ.",
    "mc": "The return of the whole episode (Monte Carlo), once it has ended.",
}

#: Rule -> what the next state is taken to be worth.
RULES = {
    "sarsa": "The value of the action that is taken next.",
    "expected-sarsa": "The mean over the actions that could be taken next, as likely as they are.",
    "q-learning": "The value of the best action there.",
    "double-q": "The same with two tables: one says which action is best, the other what it is worth.",
}


class LearningChoice(click.Choice[str]):
    """A method of prediction or a rule of control; one of the other kind is sent to its own option."""

    def __init__(self, own: dict[str, str], others: dict[str, str], elsewhere: str) -> None:
        super().__init__(tuple(own))
        self.others, self.elsewhere = others, elsewhere

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word itself."""
        if plain(value) in self.others:
            self.fail(f"{plain(value)} {self.elsewhere} {plain(value)}", param, ctx)
        return super().convert(value, param, ctx)


PREDICTION = LearningChoice(METHODS, RULES, "learns what to do, not what a policy is worth: type --control")
CONTROL = LearningChoice(RULES, METHODS, "learns what a policy is worth, not what to do: type --method")


class StepSize(Words):
    """A step size above 0 and up to 1, or ``1/n``: one over the number of visits."""

    name = "A|1/n"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float | str | None:
        """The number; ``1/n`` stays that word, since None means that nothing was typed."""
        if value == "1/n":
            return "1/n"
        top, slash, bottom = str(value).partition("/")
        try:
            size = float(top) / (float(bottom) if slash else 1.0)
        except (ValueError, ZeroDivisionError):
            size = math.nan
        if not 0 < size <= 1:
            self.fail(
                f"{str(value)!r} is no step size: give a number above 0 and up to 1, such as 0.1, or 1/n for "
                "one over the number of visits",
                param,
                ctx,
            )
        return size


#: Steps after which an episode is cut where nobody says when.
MAX_STEPS = 10_000

#: Options by their heading.
world_option = partial(option, under="World")
learning_option = partial(option, under="Learning")
control_option = partial(option, under="Control")
run_option = partial(option, under="Runs")


@dataclass(frozen=True)
class Options:
    """The options of ``dlcli td``."""

    policy: str = policy_option("World", excludes="--control")
    start: str | None = world_option(
        "--start",
        Word("STATE"),
        help="Where episodes begin, by name or number. [default: the world's]",
    )
    gamma: float | None = gamma_option("World")
    max_steps: int = world_option(
        "--max-steps",
        Whole(most=1_000_000),
        MAX_STEPS,
        help="Steps after which an episode is cut; a world may have its own number.",
    )
    method: tuple[str, ...] = learning_option(
        "--method",
        PREDICTION,
        many=True,
        excludes="--control",
        help="How values are learnt; several are compared. [default: td0]",
    )
    alpha: tuple[float | str, ...] = learning_option(
        "--alpha",
        StepSize(),
        many=True,
        help="Step size: a number, or 1/n, one over the visits; several are compared. [default: 0.1]",
    )
    n: tuple[int, ...] = learning_option(
        "--n",
        Whole(),
        many=True,
        needs="--method n-step",
        help="Rewards in a target of n-step; several are compared. [default: 4]",
    )
    decay: tuple[float, ...] = learning_option(
        "--lambda",
        Real("L", least=0, most=1),
        many=True,
        needs="--method lambda",
        help="How slowly traces fade: 0 is td0, 1 close to mc; several are compared. [default: 0.9]",
    )
    traces: str = learning_option(
        "--traces",
        click.Choice(TRACES),
        TRACES[0],
        needs="--method lambda",
        help="Whether a visit adds 1 to its trace, or sets it to 1.",
    )
    first_visit: bool = learning_option(
        "--first-visit",
        needs="--method mc",
        help="Let mc count the first visit of an episode only.",
    )
    batch: bool = learning_option(
        "--batch",
        excludes=("--method n-step", "--method lambda", "--alpha", "--control"),
        help="After each episode repeat all updates so far until they come to rest.",
    )
    initial: float = learning_option(
        "--initial",
        Real("V"),
        0.0,
        help="The first guess for every state, or action, that is not terminal.",
    )
    control: tuple[str, ...] = control_option(
        "--control",
        CONTROL,
        many=True,
        help="Learn what to do instead of what a policy is worth; several are compared.",
    )
    epsilon: float = control_option(
        "--epsilon",
        Real("E", least=0, most=1),
        0.1,
        needs="--control",
        help="With --control, how many of the actions are taken at random.",
    )
    explore: tuple[Exploration, ...] = control_option(
        "--explore",
        ExploreWord(),
        many=True,
        needs="--control",
        excludes="--epsilon",
        help="How actions are chosen, with a number and the factor that it falls by after each episode; "
        "several are compared. [default: epsilon-greedy:0.1]",
    )
    episodes: int = run_option(
        "--episodes",
        Whole(most=10_000_000),
        100,
        help="Episodes of each run.",
    )
    runs: int = run_option(
        "--runs",
        Whole(most=1_000_000),
        1,
        help="How often all is learnt anew, for means and the band of a curve.",
    )
    trace: int | None = run_option(
        "--trace",
        Whole(most=1_000_000),
        excludes="--batch",
        help="Show the first N updates: s, a, r, s', target, δ, V before and after.",
    )
    against: str = run_option(
        "--against",
        click.Choice(("episodes", "transitions")),
        "episodes",
        excludes="--control",
        help="What errors are drawn over; transitions show how much experience a method needs.",
    )
    watch: bool = run_option(
        "--watch",
        excludes="--batch",
        help="Show the first run as it goes, on a terminal: the agent and the values.",
    )
    reproduce: str | None = option(
        "--reproduce",
        click.Choice(NAMES),
        under="Textbook",
        metavar="NAME",
        help="Compute a figure of the textbook anew, and compare: exit code 1 where it does not hold.",
    )

    def discount(self, world: World | SteppedWorld) -> float:
        """The discount that was typed, or else the world's own."""
        return world.gamma if self.gamma is None else self.gamma

    def limit(self, world: World | SteppedWorld) -> int:
        """The steps after which an episode is cut: those that were typed, or else the world's own."""
        own = world.max_steps if isinstance(world, World) else None
        typed = was_typed("max_steps") or self.max_steps != MAX_STEPS
        return self.max_steps if typed or own is None else own

    def learning(self, world: World | SteppedWorld) -> dict[str, Any]:
        """What the engines are told of the runs, by any method or rule."""
        gamma = self.discount(world)
        limit = self.limit(world)
        return {"episodes": self.episodes, "gamma": gamma, "initial": self.initial, "limit": limit}

    @property
    def alphas(self) -> tuple[float | None, ...]:
        """The step sizes, None for one over the number of visits."""
        return tuple(None if size == "1/n" else float(size) for size in self.alpha) or (0.1,)

    @property
    def methods(self) -> tuple[Method, ...]:
        """Every method of prediction with every step size."""
        return tuple(
            Method(name, alpha, n, decay, self.traces, self.first_visit and name == "mc", self.batch)
            for name in self.method or ("td0",)
            for n in (self.n or (4,) if name == "n-step" else (1,))
            for decay in (self.decay if name == "lambda" else ()) or (0.9,)
            for alpha in self.alphas
        )

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule of control with every way to explore and every step size."""
        ways = self.explore or (Exploration(value=self.epsilon),)
        return tuple(Rule(name, alpha, way) for name, way, alpha in product(self.control, ways, self.alphas))
