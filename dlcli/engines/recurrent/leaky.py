"""The leaky unit: a running average of what comes in, that forgets as fast as one number says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.recurrent.cell import Cell, Parts, State, StepBack, Steps
from dlcli.engines.recurrent.cell_activations import activate, slope
from dlcli.engines.recurrent.unroll import unroll


@dataclass(frozen=True)
class LeakyCell(Cell):
    """h[t] = a h[t-1] + (1 - a) f(x[t] W + b), with ``alpha`` a from 0 (no memory) to 1 (constant).

    There is no recurrent matrix: each unit hears of itself alone.
    """

    activation: str = "linear"
    alpha: float = field(kw_only=True)

    kind: ClassVar[str] = "leaky"
    gates: ClassVar[tuple[str, ...]] = ("candidate",)

    def check(self) -> None:
        """Raise ``EngineError`` also for an ``alpha`` outside of 0 to 1."""
        super().check()
        if not 0 <= self.alpha <= 1:
            raise EngineError(f"alpha of a leaky unit lies between 0 and 1; received {self.alpha}")

    def step(self, sums: Array, before: State) -> tuple[Parts, State]:
        """The old value and the new one, weighed."""
        candidate = activate(self.activation, sums)
        return {"candidate": candidate}, State(self.alpha * before.hidden + (1 - self.alpha) * candidate)

    def step_back(self, parts: Parts, before: State, after: State, gradient: State) -> StepBack:
        """A share a of the gradient goes back a step, the rest to the input: nothing else shrinks it."""
        dz = (1 - self.alpha) * gradient.hidden * slope(self.activation, parts["candidate"])
        return StepBack(dz, dz, State(self.alpha * gradient.hidden))


def leaky(x: Array, weights: LeakyCell, *, h0: Array | None = None) -> Steps:
    """A layer of leaky units over sequences (..., time, feature).

    >>> import numpy as np
    >>> leaky(np.array([[8.0], [0.0], [0.0]]), LeakyCell(np.eye(1), alpha=0.5)).states.ravel()
    array([4., 2., 1.])

    Raises ``EngineError`` as ``unroll`` does.

    Source: Mozer, Induction of multiscale temporal structure, 1992; Goodfellow, Bengio and Courville, Deep
    Learning, section 10.9.2.
    """
    return unroll(x, weights, h0=h0)
