"""How inputs are prepared, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dlcli.commands.predict.model import Model
from dlcli.engines.base.checks import Array
from dlcli.runner.result import Run


@dataclass(frozen=True)
class Preparing:
    """How inputs are prepared: ``fit``, ``invert``, ``rescale`` and ``part`` as the options say."""

    model: Model
    fit: str | None
    invert: bool
    rescale: float | None
    part: str | None
    run: Run


@dataclass(frozen=True)
class Inputs:
    """Inputs (k, …) as a net takes them, which ``take`` gives for indices (k,); see ``record.Work``."""

    count: int
    take: Callable[[Array], Array]
    alone: bool = False
    names: tuple[str, ...] | None = None
    labels: Array | None = None
    part: str = ""
    fitted: bool = False
    learnt: bool = False
    wanted: Array | None = None
    pixels: str = ""
    words: tuple[str, ...] = ()


#: Axes that count the inputs of a batch.
BATCH = ("picture", "row", "batch", "image", "sample")
