"""The options of ``dlcli td`` together: which of them fit each other, and the methods that they name."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from dlcli.commands.td.record import Settings
from dlcli.commands.td.record_control import Rule
from dlcli.engines.decisions.learning.prediction import Method
from dlcli.engines.decisions.learning.td_lambda import TRACES
from dlcli.errors import WrongUsage
from dlcli.worlds.gym import SteppedWorld
from dlcli.worlds.world import World


class Typed:
    """The options, as they were typed."""

    def __init__(
        self,
        *,
        gamma: float | None,
        max_steps: int,
        method: tuple[str, ...],
        alpha: tuple[float | str, ...],
        n: tuple[int, ...],
        decay: tuple[float, ...],
        traces: str,
        first_visit: bool,
        batch: bool,
        initial: float,
        epsilon: float,
        episodes: int,
        runs: int,
        trace: int | None,
        against: str,
    ) -> None:
        self.gamma, self.limit, self.initial = gamma, max_steps, initial
        self.names = method or ("td0",)
        self.alphas = tuple(None if size == "1/n" else float(size) for size in alpha) or (0.1,)
        self.typed_alpha, self.typed_method = bool(alpha), bool(method)
        self.n, self.decays, self.traces = n, decay, traces
        self.first_visit, self.batch, self.epsilon = first_visit, batch, epsilon
        self.episodes, self.runs, self.trace, self.against = episodes, runs, trace, against
        for given, name, option in (
            (n, "n-step", "--n"),
            (decay, "lambda", "--lambda"),
            (traces != TRACES[0], "lambda", "--traces"),
            (first_visit, "mc", "--first-visit"),
        ):
            if given and name not in self.names:
                raise WrongUsage(f"{option} is for another method: add --method {name}")

    def refuse_prediction(self, policy: str) -> None:
        """Say no to options that mean nothing when actions are learnt."""
        if self.typed_method or self.batch:
            raise WrongUsage("--control has its own rule of learning; leave out --method and --batch")
        if policy != "random":
            raise WrongUsage("--control finds its own policy; leave out --policy")
        if self.against != "episodes":
            raise WrongUsage("--against transitions is there for values; leave it out with --control")

    def methods(self) -> tuple[Method, ...]:
        """Every method with every step size; in a batch the step size does not matter."""
        found = []
        for name in self.names:
            kinds: Sequence[dict[str, float]] = [{}]
            if name == "n-step":
                kinds = [{"n": n} for n in self.n or (4,)]
            elif name == "lambda":
                kinds = [{"decay": decay} for decay in self.decays or (0.9,)]
            if self.batch and name not in ("td0", "mc"):
                raise WrongUsage(f"--batch is there for td0 and mc, not for {name}")
            if self.batch and self.typed_alpha:
                raise WrongUsage("--batch comes to rest at the same values with any --alpha; leave it out")
            if self.batch and self.trace is not None:
                raise WrongUsage("--trace follows single updates; --batch adds all of them up")
            for kind, alpha in product(kinds, self.alphas):
                first = self.first_visit and name == "mc"
                found.append(
                    Method(name, alpha, traces=self.traces, first_visit=first, batch=self.batch, **kind)  # type: ignore[arg-type]
                )
        return tuple(found)

    def rules(self, names: tuple[str, ...]) -> tuple[Rule, ...]:
        """Every rule with every step size."""
        return tuple(Rule(name, alpha, self.epsilon) for name, alpha in product(names, self.alphas))

    def settings(
        self, world: World | SteppedWorld, seed: int, line: tuple[tuple[str, ...], ...] = ()
    ) -> Settings:
        """What is asked for in a world, by a line with these options."""
        gamma = world.gamma if self.gamma is None else self.gamma
        return Settings(gamma, self.episodes, self.initial, self.limit, self.trace, self.against, seed, line)
