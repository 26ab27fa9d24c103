"""One run of ``dlcli tensor`` on one tensor, step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dlcli.engines.tensors.arithmetic import Wrapped
from dlcli.engines.tensors.broadcast import AxisRule
from dlcli.engines.tensors.indexing import Pick
from dlcli.tensor import Tensor
from dlcli.words.line import Line

Cell = tuple[int, ...]

#: The dtypes of literals.
TYPED = ("int64", "float64", "complex128")


def is_typed(x: Tensor) -> bool:
    """Whether a tensor was typed by hand: its numbers have no precision of their own."""
    typed = x.attrs.get("source") == "literal" and "command" not in x.attrs
    return typed and x.data.dtype.name in TYPED


@dataclass(frozen=True)
class Step:
    """One change of a tensor: what it was, what it became, and how to get there again.

    ``origin`` gives the cell of ``before`` that has become a cell of ``after``; of several, the first.
    """

    before: Tensor
    after: Tensor
    origin: Callable[[Cell], Cell]


@dataclass(frozen=True)
class Indexing(Step):
    """Some places of each axis: ``picks`` in the order of the axes, new ones where they stand.

    ``text`` is the index as it is typed.
    """

    text: str
    picks: tuple[Pick, ...]


@dataclass(frozen=True)
class Transposing(Step):
    """Axes in another order: axis k of the result is axis ``order[k]`` of the input."""

    order: tuple[int, ...]


@dataclass(frozen=True)
class Reshaping(Step):
    """The same row of numbers cut elsewhere.

    ``asked`` is the shape as it was typed, ``kept`` says which axes mean what they did (axis after -> axis
    before), ``beside`` is the transpose to the same shape where there is one: what somebody may have wanted.
    """

    asked: tuple[int, ...]
    kept: Mapping[int, int]
    beside: Transposing | None


@dataclass(frozen=True)
class Broadcasting(Step):
    """The tensor repeated to the shape that it has in common with another: ``rules``, the last axis first.

    ``other`` is the tensor that it met, None when it was only a shape.
    """

    rules: tuple[AxisRule, ...]
    other: Tensor | None


@dataclass(frozen=True)
class Noise:
    """Random numbers that are added: ``gaussian`` has a deviation, ``uniform`` goes from -size to size."""

    kind: str
    size: float
    seed: int


@dataclass(frozen=True)
class Meeting(Step):
    """Every number with the one of another tensor at its place; ``operation`` is the engine's name for it.

    ``wrapped`` is what NumPy's integers would have lost, ``floats`` whether integers became floats because
    int64 might not hold the result; ``noise`` is what ``other`` was drawn from.
    """

    operation: str
    rules: tuple[AxisRule, ...]
    other: Tensor
    wrapped: Wrapped | None
    floats: bool
    noise: Noise | None = None


@dataclass(frozen=True)
class Product(Step):
    """A matrix product: every row with every column of ``other``; the rest as in ``Meeting``."""

    other: Tensor
    wrapped: Wrapped | None
    floats: bool


@dataclass(frozen=True)
class Summing(Step):
    """The sum along one axis, which goes."""

    axis: int


@dataclass(frozen=True)
class Work:
    """What went in, what came out, and the steps between."""

    input: Tensor
    output: Tensor
    steps: tuple[Step, ...]
    line: Line
