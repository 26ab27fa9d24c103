"""One run of ``dlcli normalize`` on one tensor."""

from __future__ import annotations

from dataclasses import dataclass

from dlcli.engines.base.checks import Array
from dlcli.engines.tensors.normalise import Normalised
from dlcli.tensor import Tensor
from dlcli.words.line import Line

#: Local response normalisation: the kind that takes no mean.
RESPONSE = "local-response"


@dataclass(frozen=True)
class Response:
    """How local response normalisation was set; ``axis`` is that of the channels."""

    axis: int
    size: int
    alpha: float
    beta: float
    k: float


@dataclass(frozen=True)
class Work:
    """A tensor before and after.

    ``made`` holds mean and variance of every set of numbers that share them; of local responses there are
    none, and ``response`` instead. ``channel`` and ``batch`` are the axes that were taken for these, where
    there are such. ``gain`` and ``bias`` broadcast with the input. ``moving`` names the file that mean and
    variance come from, where they are not those of the input. ``chosen`` says that the axes of the mean were
    typed.
    """

    input: Tensor
    output: Tensor
    kind: str
    made: Normalised | None
    response: Response | None
    channel: int | None
    batch: int | None
    gain: Array | None
    bias: Array | None
    moving: str
    chosen: bool
    line: Line
