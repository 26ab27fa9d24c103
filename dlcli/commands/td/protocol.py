"""What the stories of temporal differences are told from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from dlcli.tensor import Array, Axis

if TYPE_CHECKING:
    from dlcli.engines.decisions.episodes import Episodes
    from dlcli.engines.decisions.learning.backups import Backups
    from dlcli.engines.decisions.learning.control_ahead import Ahead
    from dlcli.engines.decisions.learning.control_definition import Control, Step
    from dlcli.engines.decisions.learning.prediction import Method, Prediction
    from dlcli.engines.decisions.learning.td import Updates
    from dlcli.engines.decisions.optimal import Optimum
    from dlcli.worlds.world import World


class Settings(Protocol):
    """What was asked for."""

    @property
    def gamma(self) -> float: ...
    @property
    def episodes(self) -> int: ...
    @property
    def initial(self) -> float: ...
    @property
    def trace(self) -> int | None: ...
    @property
    def against(self) -> str: ...
    @property
    def typed(self) -> tuple[tuple[str, ...], ...]: ...


class Moment(Protocol):
    """A picture of learning."""

    @property
    def title(self) -> str: ...
    @property
    def values(self) -> Array: ...
    @property
    def state(self) -> int | None: ...
    @property
    def best(self) -> Array | None: ...


class Work(Protocol):
    """Values that were learnt."""

    @property
    def world(self) -> World: ...
    @property
    def policy_word(self) -> str: ...
    @property
    def methods(self) -> tuple[Method, ...]: ...
    @property
    def labels(self) -> tuple[str, ...]: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def learnt(self) -> Prediction: ...
    @property
    def exact(self) -> Array | None: ...
    @property
    def why(self) -> str: ...
    @property
    def runs(self) -> int: ...
    @property
    def values(self) -> Array: ...
    @property
    def best(self) -> Array: ...
    @property
    def places(self) -> Axis: ...
    @property
    def curves(self) -> Array | None: ...
    @property
    def shown(self) -> Array: ...
    @property
    def plan(self) -> Backups: ...
    @property
    def count(self) -> int: ...
    @property
    def first(self) -> Episodes: ...

    def efficiency(self, share: float) -> list[float]:
        """Transitions after which each method's error is below a share of the first one."""

    def traced(self, count: int, keep: int | None = None) -> tuple[Updates, Array | None, Array]:
        """The first updates, the traces of TD(λ), all or the last of them, and the values after them."""

    def moments(self, most: int) -> Iterator[Moment]:
        """The first run in at most so many pictures."""


class Rule(Protocol):
    """One way to learn what to do."""

    @property
    def name(self) -> str: ...
    @property
    def alpha(self) -> float | None: ...
    @property
    def epsilon(self) -> float: ...
    @property
    def label(self) -> str: ...


class ControlWork(Protocol):
    """Actions that were learnt."""

    @property
    def world(self) -> World: ...
    @property
    def rules(self) -> tuple[Rule, ...]: ...
    @property
    def labels(self) -> tuple[str, ...]: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def learnt(self) -> tuple[Control, ...]: ...
    @property
    def optimum(self) -> Optimum | None: ...
    @property
    def runs(self) -> int: ...
    @property
    def q(self) -> Array: ...
    @property
    def values(self) -> Array: ...
    @property
    def best(self) -> Array: ...
    @property
    def greedy(self) -> list[float | None]: ...
    @property
    def optimal(self) -> float | None: ...
    @property
    def count(self) -> int: ...

    def steps(self, count: int) -> tuple[Step, ...]:
        """The first updates."""

    def place(self, update: int) -> tuple[int, int]:
        """The episode of an update, and the step in it."""

    def ahead(self, update: int) -> Ahead | None:
        """What the next state was taken to be worth in an update."""

    def moments(self, most: int) -> Iterator[Moment]:
        """The first run in at most so many pictures."""
