"""``dlcli softmax``: scores along an axis become probabilities."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import click
import numpy as np

from dlcli.engines.base.checks import Array
from dlcli.engines.tensors.softmax import Terms, entropy, log_softmax, softmax, softmax_terms
from dlcli.errors import DlcliError
from dlcli.runner.command import command as subcommand
from dlcli.runner.kinds import AxisName, Real
from dlcli.runner.manual import Manual
from dlcli.runner.result import Result, Run, Worker
from dlcli.tensor import Tensor
from dlcli.words.axis import axis_place

MANUAL = Manual(
    emits={
        "probabilities": "From 0 to 1, adding up to 1 along the axis.",
        "log-probabilities": "Their natural logarithms, exact where a probability is too small for a float.",
        "exponentials": "exp((x − max) / T): the numerators, from 0 to 1.",
    },
    formulas={
        "p[i]": "exp((x[i] − max) / T) / Σ exp((x[j] − max) / T)  over j along the axis",
        "log p[i]": "(x[i] − max) / T − log Σ exp((x[j] − max) / T)",
        "entropy": "−Σ p[i] · log2 p[i]  in bits",
    },
    groups={"Softmax": ("axis", "temperature")},
    explains="probabilities, or of what --emit asks for",
    examples=(
        "dlcli softmax '2 1 0.1'",
        "dlcli softmax '2 1 0.1' --temperature 3 --explain 0,1",
        "dlcli softmax '1000 1001; 3 3; 0 -inf' --axis column",
        "dlcli conv sample:lines -k line:0 -k line:45 -k line:90 | dlcli softmax --temperature 100",
        "dlcli softmax '2 1 0.1' --emit log-probabilities -f csv",
    ),
)

#: The view that explains the cells of each result.
EXPLAINERS = {
    "probabilities": "story",
    "log-probabilities": "log",
    "exponentials": "explain",
}


@dataclass(frozen=True)
class Work:
    """What the view is told; what only a story needs is computed when it is read."""

    input: Tensor
    output: Tensor
    axis: int
    temperature: float

    @property
    def bits(self) -> Array:
        """The entropy of each slice."""
        return entropy(self.output.data, self.axis)

    @property
    def overflows(self) -> bool:
        """Whether exp(x / T) of some score would be infinite."""
        data = self.input.data[np.isfinite(self.input.data)]
        most = math.log(float(np.finfo(self.output.data.dtype).max))
        return bool(data.size) and float(data.max()) > most * self.temperature

    def terms(self, cell: tuple[int, ...]) -> tuple[Array, Terms]:
        """The scores (n,) of the slice through a cell, and what became of them."""
        scores = np.moveaxis(self.input.data, self.axis, -1)[(*cell[: self.axis], *cell[self.axis + 1 :])]
        return scores, softmax_terms(scores, temperature=self.temperature)

    def logarithm(self, cell: tuple[int, ...]) -> float:
        """The logarithm of the probability of a cell."""
        scores, _ = self.terms(cell)
        return float(log_softmax(scores, -1, self.temperature)[cell[self.axis]])


@subcommand("softmax", MANUAL)
@click.option(
    "--axis",
    type=AxisName(),
    default="-1",
    show_default=True,
    help="The axis along which probabilities add up to 1, by name (channel) or place (0, -1).",
)
@click.option(
    "--temperature",
    type=Real("T", above=0),
    default=1.0,
    show_default=True,
    help="Scores are divided by it: above 1 the probabilities are more even, below 1 sharper.",
)
def command(run: Run, *, axis: str, temperature: float) -> Worker:
    """Turn scores into probabilities: all positive, larger for larger scores, adding up to 1 along an axis.

    A score of -inf gets probability 0, as a mask wants it. INPUT is a file, - for standard input,
    sample:NAME, or a literal such as '2 1 0.1'.
    """
    return partial(turned, axis=axis, temperature=temperature)


def turned(x: Tensor, *, axis: str, temperature: float) -> Result:
    """The probabilities of one tensor, its axes kept."""
    if not x.data.ndim or not x.data.size:
        raise DlcliError(f"softmax wants at least one axis, and none of them empty; received {x.describe()}")
    place = axis_place(axis, x)
    output = Tensor(softmax(x.data, place, temperature), x.axes, "probabilities", x.attrs)

    def logarithms() -> Tensor:
        return Tensor(log_softmax(x.data, place, temperature), x.axes, "log-probabilities", x.attrs)

    def exponentials() -> Tensor:
        terms = softmax_terms(x.data, place, temperature)
        return Tensor(terms.exponentials, x.axes, "exponentials", x.attrs)

    outputs = {
        "probabilities": lambda: output,
        "log-probabilities": logarithms,
        "exponentials": exponentials,
    }
    return Result(outputs, Work(x, output, place, temperature), explainers=EXPLAINERS)
