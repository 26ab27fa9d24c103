"""What every recurrent cell is: weights, a step forward, the same step backward; and what its steps gave."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Self

import numpy as np

from dlcli.engines.base.checks import Array, DType, EngineError

#: The gates and the candidate of one step or of all, by name, each (..., unit).
Parts = Mapping[str, Array]


@dataclass(frozen=True)
class State:
    """What goes from one step to the next: ``hidden`` (..., unit) and, in an LSTM, ``cell`` (..., unit)."""

    hidden: Array
    cell: Array | None = None

    def where(self, mask: Array, other: State) -> State:
        """This one where ``mask`` is true, elsewhere the other.

        >>> State(np.array([1.0, 2.0])).where(np.array([True, False]), State(np.zeros(2))).hidden
        array([1., 0.])
        """
        cell = None
        if self.cell is not None and other.cell is not None:
            cell = np.where(mask, self.cell, other.cell)
        return State(np.where(mask, self.hidden, other.hidden), cell)

    def map(self, change: Callable[[Array], Array]) -> State:
        """The same with every array changed."""
        return State(change(self.hidden), None if self.cell is None else change(self.cell))


@dataclass(frozen=True)
class StepBack:
    """What one step hands back of the gradient at its state.

    ``sums`` (..., gates·unit) is the gradient at x W + b, what the step receives from its input;
    ``recurrent_sums`` that at h U (and its bias, if it has one of its own), what it receives from the step
    before; ``before`` the gradient at the state before it; ``cell`` that at an LSTM's own cell state, what
    comes by way of the hidden state counted in.
    """

    sums: Array
    recurrent_sums: Array
    before: State
    cell: Array | None = None


@dataclass(frozen=True)
class Skip:
    """A connection over time: step t also receives h[t - ``steps``] times ``kernel`` (unit, gates·unit)."""

    kernel: Array
    steps: int


@dataclass(frozen=True)
class Cell(ABC):
    """The weights of one layer in one direction, laid out as Keras lays them out, and what they do.

    ``kernel`` (feature, gates·unit) meets the input, ``bias`` (gates·unit,) is added to it; the columns of
    each gate lie side by side, in the order of ``gates``. A cell never changes.
    """

    kernel: Array
    bias: Array | None = None
    skip: Skip | None = None
    activation: str = "tanh"

    kind: ClassVar[str]
    gates: ClassVar[tuple[str, ...]]
    has_cell: ClassVar[bool] = False

    @property
    def gate_activation(self) -> str:
        """What opens and shuts the gates of a cell that has any: ``recurrent_activation``."""
        return str(getattr(self, "recurrent_activation", "sigmoid"))

    @property
    def features(self) -> int:
        """Numbers that each step receives."""
        return int(self.kernel.shape[0])

    @property
    def units(self) -> int:
        """Numbers that each step hands on."""
        return int(self.kernel.shape[1]) // len(self.gates)

    @property
    def input_bias(self) -> Array | None:
        """The bias (gates·unit,) that is added to x W."""
        return self.bias

    def arrays(self) -> dict[str, Array]:
        """The weights that there are, by the names that Keras gives them, and ``skip_kernel``."""
        own = {field.name: getattr(self, field.name) for field in fields(self)}
        found = {name: value for name, value in own.items() if isinstance(value, np.ndarray)}
        return found | ({"skip_kernel": self.skip.kernel} if self.skip else {})

    @property
    def parameters(self) -> int:
        """How many numbers can be learnt."""
        return sum(array.size for array in self.arrays().values())

    def block(self, gate: str) -> slice:
        """The columns of a gate.

        >>> from dlcli.engines.recurrent.lstm import LSTMCell
        >>> LSTMCell(np.zeros((3, 8)), recurrent_kernel=np.zeros((2, 8))).block("candidate")
        slice(4, 6, None)
        """
        first = self.gates.index(gate) * self.units
        return slice(first, first + self.units)

    def with_arrays(self, arrays: Mapping[str, Array]) -> Self:
        """The same cell with other numbers, by the names of ``arrays``."""
        found: dict[str, Any] = dict(arrays)
        if self.skip and "skip_kernel" in found:
            found["skip"] = replace(self.skip, kernel=found.pop("skip_kernel"))
        return replace(self, **found)

    def astype(self, dtype: DType) -> Self:
        """The same cell, computing in this precision."""
        return self.with_arrays({name: a.astype(dtype, copy=False) for name, a in self.arrays().items()})

    def check(self) -> None:
        """Raise ``EngineError`` where one of the weights does not fit the kernel."""
        columns = len(self.gates) * self.units
        if self.kernel.ndim != 2 or self.kernel.shape[1] != columns or not columns:
            raise EngineError(
                f"the kernel of a cell '{self.kind}' is (feature, {len(self.gates)}·unit); "
                f"received {self.kernel.shape}"
            )
        for name, wanted in self.shapes().items():
            array = self.arrays().get(name)
            if array is not None and array.shape != wanted:
                raise EngineError(
                    f"{name} of a cell '{self.kind}' with {self.units} units has shape {wanted}; "
                    f"received {array.shape}"
                )
        if self.skip and self.skip.steps < 1:
            raise EngineError(f"a skip connection goes back at least 1 step; received {self.skip.steps}")

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape that each of the weights must have."""
        columns = len(self.gates) * self.units
        square = (self.units, columns)
        return {
            "kernel": (self.features, columns),
            "recurrent_kernel": square,
            "bias": (columns,),
            "skip_kernel": square,
        }

    @abstractmethod
    def step(self, sums: Array, before: State) -> tuple[Parts, State]:
        """One step of the definition, from ``sums`` x W + b (..., gates·unit): the gates, the state after."""

    @abstractmethod
    def step_back(self, parts: Parts, before: State, after: State, gradient: State) -> StepBack:
        """The derivative of ``step``, from the gradient at the state after it."""

    def recurrent_inputs(self, parts: Parts, before: Array) -> Iterator[tuple[slice, Array]]:
        """What meets the recurrent kernel: columns of it, and the (..., unit) multiplied with them."""
        yield slice(0, len(self.gates) * self.units), before


@dataclass(frozen=True)
class Steps:
    """Every number of a layer at every step.

    ``inputs`` (..., time, feature); ``initial`` the state before the first step; ``parts`` the gates and the
    candidate by name, ``states`` the hidden states and ``cell`` an LSTM's cell states, each
    (..., time, unit). ``mask`` (..., time) is false at the steps that were not read: their state is that of
    the step before, and what ``parts`` hold there counts for nothing.
    """

    inputs: Array
    initial: State
    parts: Parts
    states: Array
    cell: Array | None = None
    mask: Array | None = None

    @property
    def length(self) -> int:
        """How many steps there are."""
        return int(self.states.shape[-2])

    @property
    def last(self) -> State:
        """The state after the last step."""
        return self.after(self.length - 1)

    def at(self, t: int) -> Parts:
        """The gates and the candidate of step t."""
        return {name: part[..., t, :] for name, part in self.parts.items()}

    def after(self, t: int) -> State:
        """The state after step t; of −1, the state before the first."""
        if t < 0:
            return self.initial
        return State(self.states, self.cell).map(lambda states: states[..., t, :])

    def piece(self, first: int, last: int) -> Steps:
        """Steps ``first`` to ``last`` − 1 alone: their initial state is the one after the step before.

        >>> from dlcli.engines.recurrent.leaky import LeakyCell, leaky
        >>> run = leaky(np.array([[1.0], [2.0], [4.0]]), LeakyCell(np.eye(1), alpha=0.5))
        >>> run.piece(1, 3).initial.hidden, run.piece(1, 3).states.ravel()
        (array([0.5]), array([1.25 , 2.625]))
        """
        at = slice(first, last)
        parts = {name: part[..., at, :] for name, part in self.parts.items()}
        cell = None if self.cell is None else self.cell[..., at, :]
        mask = None if self.mask is None else self.mask[..., at]
        before = self.after(first - 1)
        return Steps(self.inputs[..., at, :], before, parts, self.states[..., at, :], cell, mask)

    def reads(self, t: int) -> bool:
        """Whether step t of a single sequence was read."""
        return self.mask is None or bool(self.mask[t])

    def hidden_before(self, steps: int = 1) -> Array:
        """h[t − steps] for every t, (..., time, unit): before the first state there are zeros.

        >>> from dlcli.engines.recurrent.leaky import LeakyCell, leaky
        >>> run = leaky(np.array([[1.0], [2.0], [3.0]]), LeakyCell(np.eye(1), alpha=0.0))
        >>> run.hidden_before(2).ravel()
        array([0., 0., 1.])
        """
        known = np.concatenate([self.initial.hidden[..., None, :], self.states], axis=-2)
        zeros = np.zeros_like(known[..., :1, :]).repeat(max(steps - 1, 0), axis=-2)
        return np.concatenate([zeros, known], axis=-2)[..., : self.length, :]
