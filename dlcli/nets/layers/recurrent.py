"""Recurrent layers: the cells of ``engines/recurrent`` over the steps of a batch, and back through time.

    simple-rnn  h[t] = f(x[t] W + h[t-1] U + b)
    leaky       h[t] = a h[t-1] + (1 − a) f(x[t] W + b)
    lstm, gru   as the cells say, with the gates in Keras' order

Each gives its state after every step; a ``last-step`` behind it keeps the one at the end. Where the mask says
that a step is not there the state stays as it was, as in Keras. With ``stateful`` a batch begins with the
states that the one before ended with, sequence by sequence; gradients do not reach back over that.

Sources: those of the cells; Werbos, Backpropagation through time, 1990.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from dlcli.engines.base.checks import Array, DType, EngineError
from dlcli.engines.recurrent.bptt import Gradients
from dlcli.engines.recurrent.cell import Cell, Skip
from dlcli.engines.recurrent.cell_activations import SLOPES
from dlcli.engines.recurrent.fast_layer import Record, bptt_fast, record_fast
from dlcli.engines.recurrent.gru import GRUCell
from dlcli.engines.recurrent.leaky import LeakyCell
from dlcli.engines.recurrent.lstm import LSTMCell
from dlcli.engines.recurrent.simple_rnn import SimpleRNNCell
from dlcli.nets.layers.base import Arrays, Kind, Layer, Shape, Weight, Window, one_of, positive, sequence

#: What goes from batch to batch, by name: (sequence, unit).
STATES = "hidden", "cell"


@dataclass(frozen=True, kw_only=True)
class Recurrent(Kind):
    """``units`` numbers that each step hands on to the next."""

    cell: ClassVar[type[Cell]]

    units: int
    activation: str = "tanh"
    use_bias: bool = True
    stateful: bool = False
    initial: str = ""
    kernel_initializer: str = ""
    recurrent_initializer: str = ""
    bias_initializer: str = ""

    def __post_init__(self) -> None:
        positive(self, units=self.units)
        one_of(self, "activation", self.activation, tuple(SLOPES))

    @property
    def sources(self) -> tuple[str, ...]:
        return (self.initial,) if self.initial else ()

    @property
    def ending(self) -> str:
        return "linear"  # the activation is inside

    @property
    def looks_ahead(self) -> bool:
        return bool(self.sources)  # it begins with what a whole sequence has come to

    def check_sources(self, x: Shape, others: tuple[Shape, ...]) -> None:
        if others and others[0] != (self.units,):
            raise EngineError(
                f"it begins with the {self.units} numbers of another layer's state; {self.initial} gives "
                f"{others[0]}" + f"; a last-step behind {self.initial} gives its last" * (len(others[0]) == 2)
            )

    def output(self, x: Shape) -> Shape:
        return sequence(self, x)[0], self.units

    @property
    def columns(self) -> int:
        """Numbers that go into the gates of a step."""
        return len(self.cell.gates) * self.units

    @property
    def bias_shape(self) -> Shape:
        """The shape of the bias."""
        return (self.columns,)

    def weights(self, x: Shape) -> dict[str, Weight]:
        features, u, n = sequence(self, x)[1], self.units, self.columns
        made = {"kernel": Weight((features, n), self.kernel_initializer, (0, 1), (features, n), apart=u)}
        made["recurrent_kernel"] = self.recurrent_weight(n)
        if self.use_bias:
            order = tuple(range(len(self.bias_shape)))
            made["bias"] = Weight(self.bias_shape, self.bias_initializer, order, (u, n), apart=u, role="bias")
        return made

    def recurrent_weight(self, columns: int) -> Weight:
        """What meets a state."""
        u = self.units
        return Weight(
            (u, columns), self.recurrent_initializer, (0, 1), (u, columns), apart=u, role="recurrent"
        )

    def multiply_adds(self, x: Shape) -> int:
        time, features = sequence(self, x)
        return time * self.columns * (features + self.units)

    def window(self, x: Shape) -> Window | None:
        return None

    def made(self, arrays: Arrays) -> Cell:
        """The cell with these weights."""
        return self.cell(**{**arrays, "activation": self.activation, **self.own()})

    def own(self) -> dict[str, Any]:
        """What its cell takes beside weights and activation."""
        return {}

    def build(self, x: Shape, values: Arrays, slopes: Arrays, dtype: DType) -> Layer:
        return Unrolled(self, values, slopes, dtype)


@dataclass(frozen=True, kw_only=True)
class SimpleRNN(Recurrent):
    """Each step hears its input and the state before; with ``skip`` D also the state D steps ago."""

    kind: ClassVar[str] = "simple-rnn"
    keras: ClassVar[str] = "simple_rnn"
    cell: ClassVar[type[Cell]] = SimpleRNNCell

    skip: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.skip < 0 or (self.skip and self.stateful):
            raise EngineError(
                f"skip of simple-rnn is 0, for none, or steps to go back, and not for a stateful one; "
                f"received {self.skip}"
            )

    def weights(self, x: Shape) -> dict[str, Weight]:
        return super().weights(x) | ({"skip_kernel": self.recurrent_weight(self.units)} if self.skip else {})

    def multiply_adds(self, x: Shape) -> int:
        return super().multiply_adds(x) + (x[0] * self.units**2 if self.skip else 0)

    def made(self, arrays: Arrays) -> Cell:
        plain = {name: array for name, array in arrays.items() if name != "skip_kernel"}
        cell = super().made(plain)
        return replace(cell, skip=Skip(arrays["skip_kernel"], self.skip)) if self.skip else cell


@dataclass(frozen=True, kw_only=True)
class Leaky(Recurrent):
    """A running average of what comes in: ``alpha`` of the state stays. No unit hears another."""

    kind: ClassVar[str] = "leaky"
    keras: ClassVar[str] = "leaky"
    cell: ClassVar[type[Cell]] = LeakyCell

    activation: str = "linear"
    alpha: float = 0.9

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.alpha <= 1:
            raise EngineError(f"alpha of leaky is from 0 (no memory) to 1; received {self.alpha!r}")

    def weights(self, x: Shape) -> dict[str, Weight]:
        return {name: one for name, one in super().weights(x).items() if name != "recurrent_kernel"}

    def multiply_adds(self, x: Shape) -> int:
        time, features = sequence(self, x)
        return time * self.units * (features + 2)

    def own(self) -> dict[str, Any]:
        return {"alpha": self.alpha}


@dataclass(frozen=True, kw_only=True)
class LSTM(Recurrent):
    """A cell state that gates forget, add to and read; ``forget_bias`` above 0 begins by remembering.

    Without a ``forget_bias`` it is 1 where a model begins as in Keras. With ``chrono`` the units begin by
    remembering for up to so many steps, evenly spread, and by letting as little in.
    """

    kind: ClassVar[str] = "lstm"
    keras: ClassVar[str] = "lstm"
    cell: ClassVar[type[Cell]] = LSTMCell

    forget_bias: float | None = None
    chrono: int = 0

    def check_sources(self, x: Shape, others: tuple[Shape, ...]) -> None:
        if others:
            raise EngineError(
                "an lstm hands on two states, of which another layer gives one; gru and simple-rnn take one"
            )

    def begin(self, values: Arrays, recipe: str) -> None:
        if "bias" not in values:
            return
        let_in, forget = values["bias"][: self.units], values["bias"][self.units : 2 * self.units]
        if self.chrono:
            forget += spans(self.units, self.chrono)
            let_in -= spans(self.units, self.chrono)
        else:
            forget += self.forget_bias if self.forget_bias is not None else 1.0 * (recipe == "keras")


@dataclass(frozen=True, kw_only=True)
class GRU(Recurrent):
    """Two gates: what stays of the old state, what of it the new one may see.

    ``update_bias`` above 0 begins by keeping the old state; so does ``chrono``, for up to so many steps. With
    ``reset_after`` the reset gate meets h U, as in Keras, PyTorch and cuDNN; without it h, as in the paper.
    """

    kind: ClassVar[str] = "gru"
    keras: ClassVar[str] = "gru"
    cell: ClassVar[type[Cell]] = GRUCell

    update_bias: float = 0.0
    chrono: int = 0
    reset_after: bool = True

    @property
    def bias_shape(self) -> Shape:
        return (2, self.columns) if self.reset_after else (self.columns,)

    def own(self) -> dict[str, Any]:
        return {"reset_after": self.reset_after}

    def begin(self, values: Arrays, recipe: str) -> None:
        if "bias" in values:
            added = spans(self.units, self.chrono) if self.chrono else self.update_bias
            values["bias"].reshape(-1, self.columns)[0, : self.units] += added


def spans(units: int, steps: int) -> Array:
    """Biases of gates with which units keep their state for 2 to ``steps`` steps, evenly spread (unit,).

    A gate that stays open to σ(b) forgets the share 1 − σ(b) = 1 / (1 + exp b) at each step.

    >>> (1 + np.exp(spans(3, 100))).round(6)
    array([  2.,  51., 100.])

    Source: Tallec and Ollivier, Can recurrent neural networks warp time?, 2018, section 2.
    """
    return np.log(np.linspace(1, max(steps - 1, 1), units))


class Unrolled(Layer):
    """A recurrent layer at work: every step forward, and every step back."""

    def __init__(self, kind: Recurrent, values: Arrays, slopes: Arrays, dtype: DType) -> None:
        super().__init__(values, slopes, dtype)
        self.kind = kind
        self.kept: Any = None
        self.gathered: Gathered | None = None

    def forward(self, x: Array, training: bool) -> Array:
        self.gathered = None if self.mask is None else Gathered(self.mask)
        rows = x if self.gathered is None else self.gathered.to_front(x)
        n = x.shape[2]
        h0, c0 = (before if before is None else before[:n] for before in map(self.state.get, STATES))
        if h0 is not None and len(h0) < n:
            raise EngineError(
                f"a stateful layer goes on with the {len(h0)} sequences of the batch before; received {n}: "
                "each batch has as many, the last one fewer, or the states are forgotten between them"
            )
        if self.others:
            h0 = self.others[0].T
        cell = self.made = self.kind.made(self.values)
        self.kept = record_fast(rows.transpose(2, 1, 0), cell, h0=h0, c0=c0, room=self.memory.array)
        states, cells = self._states()
        if self.carries:
            self._carry(states, cells)
        y = self.memory.array("y", (self.kind.units, *x.shape[1:]))
        if self.gathered is None:
            np.copyto(y, states.transpose(1, 0, 2))
        else:
            first = np.zeros_like(states[0]) if h0 is None else h0.T
            np.copyto(y, self.gathered.back(states.transpose(1, 0, 2), first))
        return y

    def _states(self) -> tuple[Array, Array | None]:
        """The hidden and the cell states (time, unit, sequence)."""
        if isinstance(self.kept, Record):
            _, cells = self.kept.layer.named(self.kept)
            return self.kept.states[1:], None if cells is None else cells[1:]
        steps = self.kept
        turned = [None if one is None else one.transpose(1, 2, 0) for one in (steps.states, steps.cell)]
        assert turned[0] is not None
        return turned[0], turned[1]

    def _carry(self, states: Array, cells: Array | None) -> None:
        """Keep the states after the last step that there is, as the next batch takes them."""
        ends = np.full(states.shape[2], len(states) - 1)
        if self.gathered is not None:
            ends = self.gathered.lengths - 1
            if (ends < 0).any():
                raise EngineError("a sequence that goes on has at least one step in each batch")
        for name, some in zip(STATES, (states, cells), strict=True):
            if some is not None:
                self.state[name] = some[ends, :, np.arange(len(ends))]

    def backward(self, dy: Array) -> Array:
        if self.gathered is not None:
            dy, to_first = self.gathered.to_states(dy)
        found: Gradients = bptt_fast(self.made, self.kept, dy.transpose(2, 1, 0))
        for name, slope in self.slopes.items():
            np.copyto(slope, found.weights[name])
        if self.others:
            initial = found.initial.hidden.T
            self.to_others = (initial if self.gathered is None else initial + to_first,)
        if self.first:
            return dy
        dx = found.inputs.transpose(2, 1, 0)
        return np.ascontiguousarray(dx) if self.gathered is None else self.gathered.to_places(dx)


class Gathered:
    """The steps of sequences that there are, moved to the front, by a mask (time, sequence).

    >>> gathered = Gathered(np.array([[False, True], [True, False], [True, True]]))
    >>> x = np.arange(6.0).reshape(1, 3, 2)
    >>> gathered.lengths, gathered.to_front(x)[0].T
    (array([2, 2]), array([[2., 4., 0.],
           [1., 5., 0.]]))
    """

    def __init__(self, mask: Array) -> None:
        self.order = np.argsort(~mask, axis=0, kind="stable")  # (time, sequence)
        self.lengths = mask.sum(axis=0)
        self.there = np.arange(len(mask))[:, None] < self.lengths
        #: The step after which each step's state is; −1 before the first.
        self.after = np.cumsum(mask, axis=0) - 1

    def to_front(self, x: Array) -> Array:
        """(feature, time, sequence) with the steps that there are first, and zeros behind them."""
        return np.take_along_axis(x, self.order[None], axis=1) * self.there

    def to_places(self, dx: Array) -> Array:
        """The gradient at x, from that at ``to_front`` of it."""
        spread = np.zeros_like(dx, order="C")
        np.put_along_axis(spread, self.order[None], dx * self.there, axis=1)
        return spread

    def back(self, states: Array, first: Array) -> Array:
        """The state after each step, those that are not there having that of the one before."""
        taken = np.take_along_axis(states, np.maximum(self.after, 0)[None], axis=1)
        return np.where(self.after < 0, first[:, None], taken)

    def to_states(self, dy: Array) -> tuple[Array, Array]:
        """The gradient at the states (unit, time, sequence) and at the first, from that at ``back``."""
        d, first = np.zeros_like(dy, order="C"), np.where(self.after < 0, dy, 0).sum(axis=1)
        for t, after in enumerate(self.after):
            here = np.flatnonzero(after >= 0)
            d[:, after[here], here] += dy[:, t, here]
        return d, first
