"""What the story of a world is told: by the command, and by both of its pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from rich.text import Text

from dlcli.tensor import Array
from dlcli.views.story import Section
from dlcli.views.text.formula import Formula
from dlcli.views.text.text import clip, plain
from dlcli.views.worlds.world_map import facts
from dlcli.words.number import number

if TYPE_CHECKING:
    from dlcli.engines.decisions.bellman import Terms
    from dlcli.worlds.world import World


class Sampled(Protocol):
    """What episodes were worth that were lived through."""

    @property
    def returns(self) -> Array: ...
    @property
    def cut(self) -> int: ...
    @property
    def seed(self) -> int: ...


class Work(Protocol):
    """What the command hands over."""

    @property
    def world(self) -> World: ...
    @property
    def policy_word(self) -> str: ...
    @property
    def optimal(self) -> bool: ...
    @property
    def gamma(self) -> float: ...
    @property
    def policy(self) -> Array: ...
    @property
    def values(self) -> Array: ...
    @property
    def q(self) -> Array: ...
    @property
    def best(self) -> Array: ...
    @property
    def sweep_count(self) -> int | None: ...
    @property
    def in_place(self) -> bool: ...
    @property
    def before(self) -> Array | None: ...
    @property
    def rounds(self) -> int | None: ...
    @property
    def sampled(self) -> Sampled | None: ...
    @property
    def exact(self) -> Array | None: ...
    @property
    def improved(self) -> Array | None: ...

    def worth(self, values: Array) -> float:
        """What an episode is worth, as it begins."""

    def terms(self, state: int) -> Terms:
        """The right side of the Bellman equation of a state."""


def world_words(work: Work) -> Text:
    source = str(work.world.attrs.get("source", work.world.name))
    name = f"{work.world.name} from standard input" if source == "-" else source
    return plain(f"{clip(name, 40)}, {facts(work.world)}")


def policy_name(work: Work) -> str:
    if work.policy_word in ("random", "greedy", "optimal"):
        return f"the {work.policy_word} policy"
    return f"the policy in {clip(work.policy_word, 40)}"


def equation(work: Work, precision: int) -> Section:
    """The equation that the values satisfy, or that a sweep applies, with the discount of this run."""
    gamma = number(work.gamma, precision)
    sides = (
        ("v*(s)", "max Σ p · (r + γ · v*(s'))")
        if work.optimal
        else ("v(s)", "Σ π(a|s) Σ p · (r + γ · v(s'))")
    )
    name, side = sides
    if work.sweep_count is not None:
        name = "new v(s)"
        side = side.replace("v*", "v")
    under = f"γ = {gamma}" if work.optimal else f"γ = {gamma}, π is {policy_name(work)}"
    return Section("formula", "Bellman equation", plain(under, "dim"), Formula(name, side))


def after_sweeps(work: Work) -> str:
    if work.sweep_count is None:
        return ""
    return f" after {work.sweep_count} sweep{'s' * (work.sweep_count != 1)}"
