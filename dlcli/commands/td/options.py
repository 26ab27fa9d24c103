"""The options of ``dlcli td``, and the methods and rules that they name."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any

import click

from dlcli.commands.kinds.decisions.policy import gamma_option, policy_option
from dlcli.commands.td.exploring import ExploreWord
from dlcli.engines.decisions.learning.agents import AGENTS, Settings
from dlcli.engines.decisions.learning.control_replay import Rule
from dlcli.engines.decisions.learning.exploration import Exploration, Fall
from dlcli.engines.decisions.learning.prediction import OFF_POLICY, Method
from dlcli.engines.decisions.learning.td_lambda import TRACES
from dlcli.errors import WrongUsage
from dlcli.runner.kinds import Real, Whole, Word, Words, Writes
from dlcli.runner.moving import Moving, moving_option
from dlcli.runner.option import option, was_typed
from dlcli.words.near import plain
from dlcli.words.numeral import plainly
from dlcli.worlds.gym import SteppedWorld
from dlcli.worlds.gym_box import BoxWorld
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
    "n-step-sarsa": "The value of the action taken n steps later, behind n rewards (--n).",
    "sarsa-lambda": "As sarsa; each error reaches earlier actions, too, by traces that fade (--lambda).",
    "mc": "What came: the return of the whole episode (Monte Carlo).",
    "off-policy-mc": "The same for the greedy policy, from episodes of the one that explores: returns are "
    "weighted by importance, W / C.",
    "dyna-q": "As q-learning; after each step it learns from --planning steps of a model, too.",
    "differential-sarsa": "As sarsa, for worlds without an end: rewards count less the average reward, no "
    "discount.",
    "reinforce": "None: the probabilities of actions follow the gradient of the return (--approximate mlp).",
}

#: What stands in the place of a table -> what it is.
APPROXIMATIONS = {
    "tiles": "Tile coding: a state lies in one tile of each of several grids that are moved a little.",
    "linear": "A weighted sum of features, which --features names.",
    "mlp": "A net with hidden layers: of values, of action values (deep Q-learning), or of probabilities.",
}


class LearningChoice(click.Choice[str]):
    """A method of prediction or a rule of control; one of the other kind is sent to its own option."""

    def __init__(self, own: dict[str, str], others: dict[str, str], elsewhere: str) -> None:
        super().__init__(tuple(own))
        self.others, self.elsewhere = others, elsewhere

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word itself."""
        if plain(value) in self.others and plain(value) not in self.choices:
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


class FallWord(Words):
    """The factor that a step size falls by after each episode, and its least: ``0.99:0.01``."""

    name = "D[:L]"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, float]:
        """Both numbers."""
        if isinstance(value, tuple):
            return value
        try:
            decay, *least = map(float, plainly(f":{value}")[1:].split(":"))
            fall = Fall(decay, *least)
            return fall.decay, fall.least
        except (ValueError, TypeError):
            self.fail(
                f"{str(value)!r} is no factor from 0 to 1 with a least step size behind it: 0.99:0.01",
                param,
                ctx,
            )


class FeatureWord(Words):
    """Features of a state: its position, one for each state, or groups of states."""

    name = "position|one-hot|groups:N"
    words = ("position", "one-hot", "groups:")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word itself."""
        word, _, count = str(value).partition(":")
        if word not in ("position", "one-hot", "groups") or (word == "groups") != bool(count):
            self.fail(f"{value!r} is none of {', '.join(self.words)}N", param, ctx)
        if word == "groups" and not (count.isdecimal() and 1 <= int(count[:9]) <= 1_000_000):
            self.fail(f"{value!r}: groups are counted from 1 on, as in groups:10", param, ctx)
        return str(value)


class Sizes(Words):
    """Units of the hidden layers, ``256`` or ``64,64``."""

    name = "N[,N...]"
    between = ","

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """The numbers of units."""
        if isinstance(value, tuple):
            return value
        parts = str(value).split(",")
        if not all(part.strip().isdecimal() and 1 <= int(part) <= 10_000 for part in parts):
            self.fail(f"{value!r} are no sizes of layers: give 1 to 10000 units, as in 64,64", param, ctx)
        return tuple(map(int, parts))


#: Steps after which an episode is cut where nobody says when.
MAX_STEPS = 10_000

#: Options by their heading.
world_option = partial(option, under="World")
learning_option = partial(option, under="Learning")
control_option = partial(option, under="Control")
approximation_option = partial(option, under="Approximation")
run_option = partial(option, under="Runs")


@dataclass(frozen=True)
class Options(Moving):
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
        help="Steps after which an episode is cut; a world may have its own number, and has one of "
        "Gymnasium's that is observed as numbers.",
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
        help="Step size: a number, or 1/n, one over the visits; several are compared. [default: 0.1; a net's "
        "learning rate 0.001]",
    )
    n: tuple[int, ...] = learning_option(
        "--n",
        Whole(),
        many=True,
        needs=("--method n-step", "--control n-step-sarsa"),
        help="Rewards in a target of n-step and n-step-sarsa; several are compared. [default: 4]",
    )
    decay: tuple[float, ...] = learning_option(
        "--lambda",
        Real("L", least=0, most=1),
        many=True,
        needs=("--method lambda", "--control sarsa-lambda"),
        help="How slowly traces fade: 0 is td0, 1 close to mc; several are compared. [default: 0.9]",
    )
    traces: str = learning_option(
        "--traces",
        click.Choice(TRACES),
        TRACES[0],
        needs=("--method lambda", "--control sarsa-lambda"),
        help="Whether a visit adds 1 to its trace, or sets it to 1.",
    )
    first_visit: bool = learning_option(
        "--first-visit",
        needs=("--method mc", "--control mc"),
        help="Let mc count the first visit of an episode only.",
    )
    off_policy: tuple[str, ...] = learning_option(
        "--off-policy",
        click.Choice(OFF_POLICY),
        many=True,
        needs="--method mc",
        excludes=("--control", "--alpha", "--batch", "--approximate"),
        help="Learn what --policy is worth from episodes of the random policy: returns are weighted by "
        "importance, as they are (ordinary) or over the sum of the weights; both are compared.",
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
        excludes="--explore",
        help="With --control, how many of the actions are taken at random; in deep Q-learning 0.02 unless "
        "typed.",
    )
    alpha_decay: tuple[float, float] = control_option(
        "--alpha-decay",
        FallWord(),
        "1",
        needs="--control",
        excludes=("--approximate", "--alpha 1/n", "--control off-policy-mc"),
        help="The factor D that the step size falls by after each episode, and the least L that it falls to.",
    )
    planning: int = control_option(
        "--planning",
        Whole(least=0, most=10_000),
        5,
        needs="--control dyna-q",
        help="Steps out of the model after each step of dyna-q.",
    )
    beta: float = control_option(
        "--beta",
        Real("B", least=0, most=1),
        0.01,
        needs="--control differential-sarsa",
        help="Step size of the average reward R̄ of differential-sarsa.",
    )
    exploring_starts: bool = control_option(
        "--exploring-starts",
        needs=tuple(f"--control {rule}" for rule in AGENTS),
        excludes="--start",
        help="Begin every episode with any state and any of its actions.",
    )
    approximate: tuple[str, ...] = approximation_option(
        "--approximate",
        click.Choice(tuple(APPROXIMATIONS)),
        many=True,
        excludes=("--trace", "--batch", "--watch"),
        help="Learn weights in place of a table; several are compared, beside the table where there is one.",
    )
    features: str = approximation_option(
        "--features",
        FeatureWord(),
        "position",
        needs="--approximate linear",
        help="Of what linear makes its sum: a bias and the position, one number for each state, or one for "
        "each of N groups of neighbours.",
    )
    tilings: int = approximation_option(
        "--tilings",
        Whole(most=1000),
        8,
        needs="--approximate tiles",
        help="Grids that lie over each other.",
    )
    tiles: int = approximation_option(
        "--tiles",
        Whole(most=10_000),
        4,
        needs="--approximate tiles",
        help="Tiles of a grid along each coordinate.",
    )
    hidden: tuple[int, ...] = approximation_option(
        "--hidden",
        Sizes(),
        "256",
        needs="--approximate mlp",
        help="Units of the hidden layers, with relu.",
    )
    steps: int | None = approximation_option(
        "--steps",
        Whole(most=100_000_000),
        help="With --control and --approximate, steps of each run, however many episodes these are. "
        "[default: 100000 where states cannot be counted and no --episodes are given]",
    )
    epsilon_decay: int | None = approximation_option(
        "--epsilon-decay",
        Whole("STEPS", least=0),
        help="With --control and --approximate, steps over which the share of random actions falls from 1 to "
        "--epsilon. [default: 0; mlp 5000]",
    )
    baseline: bool | None = approximation_option(
        "--baseline/--no-baseline",
        needs="--control reinforce",
        help="Whether REINFORCE takes what a second net expects from every return. [default: it does]",
    )
    clip: float | None = approximation_option(
        "--clip",
        Real("LENGTH", above=0),
        needs="--approximate mlp",
        help="Scale a gradient down that is longer than this. [default: 10 for deep Q-learning]",
    )
    save_weights: str | None = approximation_option(
        "--save-weights",
        Writes("FILE"),
        help="Write the net that --control and --approximate mlp learn, as .safetensors, .npz or .onnx, for "
        "dlcli predict.",
    )
    explore: tuple[Exploration, ...] = control_option(
        "--explore",
        ExploreWord(),
        many=True,
        needs="--control",
        excludes="--approximate",
        help="How actions are chosen, with a number, the factor D that it falls by after each episode, and "
        "the least L that it falls to; several are compared. [default: epsilon-greedy:0.1]",
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
    watch: bool = moving_option(
        "--watch",
        excludes="--batch",
        help="Show the first run as it goes, on a terminal: the agent and the values. -o FILE.gif, .apng or "
        ".webp writes the same pictures.",
    )
    reproduce: str | None = option(
        "--reproduce",
        click.Choice(NAMES),
        under="Textbook",
        metavar="NAME",
        help="Compute a figure of the textbook anew, and compare: exit code 1 where it does not hold.",
    )

    def discount(self, world: World | SteppedWorld | BoxWorld) -> float:
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

    def check_agent(self) -> None:
        """Raise ``WrongUsage`` for what only an agent has that learns weights, where there is none."""
        for name, word in (("steps", ""), ("epsilon_decay", ""), ("save_weights", " mlp")):
            missing = ["--control"] * (not self.control)
            if not (word.strip() in self.approximate if word else self.approximate):
                missing.append(f"--approximate{word}")
            if missing and was_typed(name):
                flag = f"--{name.replace('_', '-')}"
                wanted = " and ".join(missing)
                add = "it" if len(missing) == 1 else "both"
                raise WrongUsage(f"{flag} goes with {wanted}: add {add}, or leave {flag} out")
        if self.off_policy and set(self.method) != {"mc"}:
            raise WrongUsage("--off-policy is for --method mc alone: leave the other methods out")
        if self.off_policy and self.policy == "random":
            raise WrongUsage(
                "--off-policy learns of one policy from episodes of the random one: say of which, as in "
                "--policy optimal"
            )
        for flag, other in (("policy", "control"), ("against", "control"), ("epsilon", "explore")):
            if was_typed(flag) and getattr(self, other):  # its default is another thing than what is done
                raise WrongUsage(f"--{flag} does not go with --{other}: leave one of them out")
        if set(self.control) == {"off-policy-mc"} and was_typed("alpha"):
            raise WrongUsage("--control off-policy-mc has W / C for its step size: leave out --alpha")
        if "differential-sarsa" in self.control and self.gamma is not None:
            raise WrongUsage("--control differential-sarsa has no discount: leave out --gamma")
        if self.approximate and (rules := [rule for rule in self.control if rule in AGENTS]):
            raise WrongUsage(f"--control {rules[0]} learns in a table: leave out --approximate")
        ways = self.explore
        if was_typed("initial") and ways and all(way.name == "optimistic" for way in ways):
            raise WrongUsage(
                "--explore optimistic has the first guess in itself, as in optimistic:5: leave out --initial"
            )

    def check_approximation(self) -> None:
        """Raise ``WrongUsage`` for what means nothing to weights."""
        if len(self.alpha) > 1 or self.alpha == ("1/n",):
            raise WrongUsage(
                "--approximate takes one --alpha, a number: a share of each error, or a learning rate"
            )
        if len(self.method) > 1 or self.method == ("lambda",):
            raise WrongUsage("--approximate takes one --method of td0, n-step and mc")
        if len(self.n) > 1:
            raise WrongUsage("--approximate takes one --n")
        if self.first_visit or self.against != "episodes":
            flag = "--first-visit" if self.first_visit else "--against transitions"
            raise WrongUsage(f"{flag} does not go with --approximate: leave one of them out")
        if set(self.control) == {"reinforce"} and (was_typed("epsilon") or self.epsilon_decay is not None):
            flag = "--epsilon" if was_typed("epsilon") else "--epsilon-decay"
            raise WrongUsage(f"--control reinforce draws its actions from the policy: leave out {flag}")
        if self.initial and "mlp" in self.approximate:
            raise WrongUsage("--initial does not go with --approximate mlp: a net begins with random weights")

    @property
    def alphas(self) -> tuple[float | None, ...]:
        """The step sizes, None for one over the number of visits."""
        return tuple(None if size == "1/n" else float(size) for size in self.alpha) or (0.1,)

    @property
    def methods(self) -> tuple[Method, ...]:
        """Every method of prediction with every step size."""
        if self.off_policy:
            return tuple(
                Method("mc", None, first_visit=self.first_visit, off_policy=way)
                for way in dict.fromkeys(self.off_policy)
            )
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
        return tuple(
            Rule(
                name, alpha, way, settings, self.exploring_starts and name in AGENTS, Fall(*self.alpha_decay)
            )
            for name in self.control
            for settings in self._settings(name)
            for way, alpha in product(ways, (None,) if name == "off-policy-mc" else self.alphas)
        )

    def _settings(self, rule: str) -> tuple[Settings, ...]:
        """What a rule is told beside its step size: several where n or λ are compared."""
        common = Settings(
            traces=self.traces, planning=self.planning, beta=self.beta, first_visit=self.first_visit
        )
        if rule == "n-step-sarsa":
            return tuple(replace(common, n=n) for n in self.n or (common.n,))
        if rule == "sarsa-lambda":
            return tuple(replace(common, decay=decay) for decay in self.decay or (common.decay,))
        return (common,)
