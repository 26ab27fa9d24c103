"""The learning rate over time, as a share of the one that was asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dlcli.engines.base.checks import EngineError
from dlcli.nets.layers.base import UnknownName

NAMES = ("constant", "step", "cosine", "warm-up")


@dataclass(frozen=True)
class Schedule:
    """A course of the learning rate by its name.

    ``epochs`` is after how many epochs ``step`` multiplies by ``factor``, and over how many ``warm-up`` rises
    before it falls as ``cosine`` does.

    >>> half = Schedule("cosine").share(50, 100, 10)
    >>> half, Schedule("step", 2, 0.5).share(20, 100, 10), Schedule("warm-up", 1).share(4, 100, 10)
    (0.5, 0.5, 0.5)

    Source: Loshchilov and Hutter, SGDR, 2017, equation 5; Goyal et al., Accurate, large minibatch SGD, 2017,
    section 2.2.
    """

    name: str = "constant"
    epochs: int = 1
    factor: float = 0.1

    @property
    def ends(self) -> bool:
        """Whether the course depends on how many steps there are in all."""
        return self.name in ("cosine", "warm-up")

    def share(self, step: int, steps: int, steps_per_epoch: int) -> float:
        """The share at a step, counted from 0, of ``steps`` in all."""
        match self.name:
            case "step":
                return float(self.factor ** (step // (self.epochs * steps_per_epoch)))
            case "cosine":
                return 0.5 + 0.5 * math.cos(math.pi * step / steps)
            case "warm-up":
                rise = self.epochs * steps_per_epoch
                if step < rise:
                    return (step + 1) / rise
                return 0.5 + 0.5 * math.cos(math.pi * (step - rise) / max(steps - rise, 1))
        return 1.0

    def __str__(self) -> str:
        match self.name:
            case "step":
                return f"step:{self.epochs},{self.factor:g}"
            case "warm-up":
                return f"warm-up:{self.epochs}"
        return self.name


def schedule(word: str) -> Schedule:
    """The schedule of a word: ``cosine``, ``step:10,0.5``, ``warm-up:2``.

    >>> schedule("step:10,0.5")
    Schedule(name='step', epochs=10, factor=0.5)

    Raises ``UnknownName`` or ``EngineError``.
    """
    name, _, rest = word.partition(":")
    if name not in NAMES:
        raise UnknownName("schedule", name, NAMES)
    if not rest:
        return Schedule(name, 10 if name == "step" else 1)
    wrong = EngineError(f"a schedule is written step:EPOCHS,FACTOR or warm-up:EPOCHS; received {word!r}")
    epochs, _, factor = rest.partition(",")
    try:
        made = Schedule(name, int(epochs), float(factor) if factor else 0.1)
    except ValueError:
        raise wrong from None
    if name not in ("step", "warm-up") or made.epochs < 1 or not 0 < made.factor < 1e9:
        raise wrong
    if factor and name != "step":
        raise wrong
    return made
