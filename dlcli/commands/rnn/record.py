"""One run of ``dlcli rnn``: a net over a sequence, several of them beside each other, or a latch."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence as Several
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np

from dlcli.commands.kinds.recurrence.sequence import Sequence
from dlcli.commands.rnn.cells import MATRICES, CellWord, Weight
from dlcli.commands.rnn.first_states import States, as_table
from dlcli.commands.rnn.targets import LOSSES, READ_BY, Targets
from dlcli.engines.base.central_differences import JITTER, Checked, check_array
from dlcli.engines.base.timing import Timing, in_turns
from dlcli.engines.recurrent.bidirectional import Layer
from dlcli.engines.recurrent.cell import Cell, Steps
from dlcli.engines.recurrent.clip import clip_by_norm
from dlcli.engines.recurrent.descent import Descent, Objective
from dlcli.engines.recurrent.gradient_paths import MOST_STEPS, Paths, gradient_paths, gradient_reach
from dlcli.engines.recurrent.latch import LatchSteps, latching_lstm
from dlcli.engines.recurrent.layouts.keras import keras_paths
from dlcli.engines.recurrent.lstm import lstm
from dlcli.engines.recurrent.memory import (
    adding_up,
    first_not_finite,
    keeping_gate,
    kept_by_distance,
    other_orders,
    spectral_radius,
    without_memory,
)
from dlcli.engines.recurrent.net import RecurrentNet
from dlcli.engines.recurrent.net_gradients import NetGradients, loss_gradients, net_gradients, states_read
from dlcli.engines.recurrent.sequence_loss import Loss, Readout
from dlcli.engines.recurrent.stacked import StackSteps, run_stack
from dlcli.engines.tensors.activations import sigmoid
from dlcli.engines.tensors.softmax import softmax
from dlcli.errors import DlcliError
from dlcli.tensor import Array, Tensor
from dlcli.words.line import Line
from dlcli.words.number import number

#: Shapes of which the output of the last step alone counts.
LAST_ONLY = ("many-to-one", "one-to-one")

#: Where the first states come from that one input hands to the next.
HANDED = "the end of the input before"

#: How hard the gates of the LSTM are that is shown beside a latch.
SHARPNESS = 5.0


@dataclass(frozen=True, eq=False)
class Learning:
    """Steps of gradient descent: how long, how many were asked for (None: one, unasked), what came of them.

    ``before`` is the net as it was.
    """

    rate: float
    times: int | None
    before: RecurrentNet
    descent: Descent


@dataclass(frozen=True, eq=False)
class Order:
    """Steps in an order, as their places, and the last states (width,) of three nets that read them so."""

    places: Array
    added: Array
    cut: Array
    recurrent: Array


@dataclass(frozen=True, eq=False)
class Work:
    """One net over one sequence; what only some results or stories need is computed when it is read.

    ``file`` is where the weights come from, None where they are drawn from ``seed``; ``readout_file`` the
    same of the output layer, ``conventions`` what the file's layout implies, ``two_biases`` whether it has
    two that are added up. ``aimless`` says why there are no ``targets``. ``bptt`` is true where the way back
    of the gradient is asked for, ``check`` where measured gradients are. With ``learning`` the weights are
    those behind its steps. ``initial`` are the states before the first step, zeros where there are none, and
    ``begins`` says where they come from; ``mask`` (time,) which steps are read, all where it is None;
    ``read_by`` what was asked to make probabilities of the outputs.
    """

    input: Tensor
    sequence: Sequence
    cell: CellWord
    name: str
    layers: tuple[Layer, ...]
    readout: Readout
    seed: int
    file: str | None
    readout_file: str | None
    conventions: Mapping[str, str]
    two_biases: bool
    targets: Targets | None
    aimless: str
    shape: str | None
    bptt: bool
    truncate: int | None
    clip: float | None
    paths_of: Weight | None
    line: Line
    check: bool = False
    without_memory: bool = False
    initial: States = ()
    begins: str = ""
    read_by: str | None = None
    stateful: bool = False
    mask: Array | None = None
    learning: Learning | None = None

    @cached_property
    def steps(self) -> StackSteps:
        """All gates and states of all layers. Raises ``DlcliError`` where they explode."""
        with np.errstate(over="ignore", invalid="ignore"):
            done = run_stack(self.sequence.data, self.layers, initial=self.initial, mask=self.mask)
        for i, layer in enumerate(done.layers):
            of = f" of layer {i}" if len(self.layers) > 1 else ""
            self._check(layer.outputs, f"the states{of}")
        return done

    @cached_property
    def read(self) -> Array:
        """The states that the output layer reads (time, width): of ``final`` nets the last row is theirs."""
        return states_read(self.layers, self.steps, final=self.final)

    @cached_property
    def outputs(self) -> Array:
        """y at every step, (time, output). Raises ``DlcliError`` where they explode."""
        with np.errstate(over="ignore", invalid="ignore"):
            outputs = self.readout(self.read)
        self._check(outputs, "the outputs")
        return outputs

    @cached_property
    def cut(self) -> Array:
        """The states of the same net without feedback, (time, width)."""
        with np.errstate(over="ignore", invalid="ignore"):
            return without_memory(self.sequence.data, self.layers, mask=self.mask)

    @cached_property
    def added(self) -> Array:
        """The states of the same net without feedback that reads the sum of its inputs, (time, width)."""
        with np.errstate(over="ignore", invalid="ignore"):
            return adding_up(self.heard, self.layers)

    @property
    def heard(self) -> Array:
        """The inputs (time, feature), of steps that are not read zeros: what a sum of them is of."""
        data = self.sequence.data
        return data if self.mask is None else np.where(self.mask[:, None], data, 0)

    @property
    def own_line(self) -> Line:
        """The line as it would be typed for this input alone.

        One of ``--lengths`` is its own; states that it was handed by the input before are typed, to a few
        digits.
        """
        options = list(self.line.options)
        if "--lengths" in self.line and self.mask is not None:
            own = "--lengths", str(int(self.mask.sum()))
            options = [own if words[0] == "--lengths" else words for words in options]
        if self.begins == HANDED:
            handed = as_table(self.initial, self.layers)
            rows = "; ".join(" ".join(f"{value:.4g}" for value in row) for row in handed.tolist())
            options = [words for words in options if words[0] not in ("--stateful", "--initial-state")]
            options.append(("--initial-state", rows))
        return replace(self.line, options=tuple(options))

    @cached_property
    def fresh(self) -> Array:
        """The states of the same net beginning with zeros, (time, width)."""
        return run_stack(self.sequence.data, self.layers, mask=self.mask).outputs

    @property
    def can_go_on(self) -> bool:
        """Whether the states at its end are all that it takes to go on, and make one table."""
        cells = [cell for layer in self.layers for cell in layer.cells]
        return not any(cell.skip for cell in cells) and len({cell.units for cell in cells}) == 1

    @cached_property
    def orders(self) -> list[Order]:
        """The sequence as it is and in other orders, and the last state that each net has behind it.

        In every order the recurrent net begins with the same first states.
        """
        data = self.sequence.data
        every = [np.arange(len(data)), *other_orders(data)]
        found = []
        for order in every:
            x = data[order]
            nets = (
                adding_up(x, self.layers),
                without_memory(x, self.layers),
                run_stack(x, self.layers, initial=self.initial).outputs,
            )
            found.append(Order(order, *(states[-1] for states in nets)))
        return found

    @property
    def net(self) -> RecurrentNet:
        """The layers and the output layer above them."""
        return RecurrentNet(self.layers, self.readout)

    @property
    def objective(self) -> Objective:
        """The losses as a function of the weights. Raises ``DlcliError`` where there are no targets."""
        if self.targets is None:
            raise DlcliError(self.aimless)
        return Objective(
            self.sequence.data,
            self.targets,
            self.final,
            self.truncate,
            self.two_biases,
            self.initial,
            self.mask,
        )

    @property
    def top(self) -> Cell:
        """The cell of the highest layer that reads forwards."""
        return self.layers[-1].forward

    @property
    def top_steps(self) -> Steps:
        """What it did."""
        return self.steps.layers[-1].forward

    @property
    def radius(self) -> float | None:
        """The spectral radius of its recurrent matrix; None where U is not alone on the way back.

        So it is beside gates, and beside a skip connection.
        """
        return spectral_radius(self.top) if self.top.kind == "simple" and self.top.skip is None else None

    @property
    def parameters(self) -> int:
        """Numbers that can be learnt, without the output layer."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def last_only(self) -> bool:
        """Whether only the output of the last step counts."""
        return self.shape in LAST_ONLY

    @property
    def final(self) -> bool:
        """Whether the only output is that of two directions, each where its reading ends."""
        return self.last_only and self.layers[-1].backward is not None

    @property
    def output_labels(self) -> tuple[str, ...] | None:
        """What each output stands for, where that has a name."""
        labels = self.targets.labels if self.targets else self.sequence.words
        return labels if labels and len(labels) == self.outputs.shape[1] else None

    @property
    def classes(self) -> bool:
        """Whether the outputs are scores of words or classes."""
        return self.targets is not None and self.targets.loss == LOSSES[1]

    @property
    def binary(self) -> bool:
        """Whether each output is compared with what is true or not."""
        return self.targets is not None and self.targets.loss == LOSSES[2]

    @property
    def readout_activation(self) -> str | None:
        """What makes probabilities of the outputs: softmax, sigmoid, or None where nothing does."""
        if self.targets is None:
            return self.read_by
        return next((name for name, loss in READ_BY.items() if loss == self.targets.loss), None)

    @cached_property
    def probabilities(self) -> Array:
        """p at every step, (time, output), where there is a ``readout_activation``."""
        return softmax(self.outputs) if self.readout_activation == "softmax" else sigmoid(self.outputs)

    @cached_property
    def loss(self) -> Loss:
        """The loss at each step. Raises ``DlcliError`` where it explodes, and where there are no targets."""
        if self.targets is None:
            raise DlcliError(self.aimless)
        with np.errstate(over="ignore", invalid="ignore"):
            loss = self.targets(self.outputs)
        t = first_not_finite(np.where(loss.counted, loss.steps, 0)[:, None])
        if t is not None:
            raise DlcliError(
                f"the losses explode: they are not finite from step {t} on; try "
                + self._tries(
                    f"smaller targets{', --standardize,' * self.sequence.can_standardize} or smaller weights"
                )
            )
        return loss

    @property
    def letter(self) -> str:
        """The letter of the weight whose paths are told apart: of what joins the steps, unless asked for."""
        if self.paths_of is not None:
            return self.paths_of.letter
        return "U" if MATRICES["U"] in self.top.arrays() else "W"

    @property
    def weight(self) -> str:
        """The name of that weight."""
        return MATRICES[self.letter]

    @property
    def entry(self) -> tuple[int, int] | None:
        """Which entry of it was asked for, (row, column); None where all of it is meant."""
        return None if self.paths_of is None else self.paths_of.entry

    @property
    def told_paths(self) -> Array:
        """(loss step, step): of an entry that was asked for its terms, else the norms of those of all."""
        return self.short_paths.sizes if self.entry is None else self.short_paths.terms

    @property
    def window(self) -> slice:
        """The steps whose paths are told apart: the last ones of a long sequence."""
        length = len(self.sequence.data)
        return slice(max(0, length - MOST_STEPS), length)

    @cached_property
    def paths(self) -> Paths:
        """The gradient of that weight of the highest layer, by its paths within the window."""
        return self._paths(None)

    @cached_property
    def short_paths(self) -> Paths:
        """The same, truncated when that was asked for."""
        return self.paths if self.truncate is None else self._paths(self.truncate)

    def _paths(self, truncate: int | None) -> Paths:
        layers, steps, doutputs = self.way_back
        piece = steps.piece(self.window.start, self.window.stop)
        return gradient_paths(
            layers, piece, doutputs[self.window], weight=self.weight, entry=self.entry, truncate=truncate
        )

    @cached_property
    def way_back(self) -> tuple[Several[Layer], StackSteps, Array]:
        """The layers, what they did, and what the losses say of their outputs: where the way back begins."""
        return loss_gradients(self.layers, self.readout, self.steps, self.loss, final=self.final)

    @cached_property
    def gradients(self) -> NetGradients:
        """All gradients, without truncation."""
        return self._gradients(None)

    @cached_property
    def short_gradients(self) -> NetGradients:
        """All gradients, truncated when that was asked for. Raises ``DlcliError`` where they explode."""
        with np.errstate(over="ignore", invalid="ignore"):
            gradients = self.gradients if self.truncate is None else self._gradients(self.truncate)
            sizes = np.linalg.norm(gradients.hidden, axis=-1)
        # Their way leads back: the last step that is not finite is the first that they came to.
        if (t := first_not_finite(sizes[::-1, None])) is not None:
            raise DlcliError(
                f"the gradients explode: from step {len(sizes) - 1 - t} back they are not finite"
                f"{self._stretches()}; "
                f"try {self._tries('--truncate, a shorter sequence, or smaller weights')}"
            )
        return gradients

    @cached_property
    def weight_gradients(self) -> dict[str, Array]:
        """The gradients of all weights by their names in ``RecurrentNet.arrays``, truncated and clipped."""
        found = self.short_gradients.weights
        found = found if self.clip is None else clip_by_norm(found, self.clip)
        return {name: found[name] for name in self.net.arrays()}

    @cached_property
    def checks(self) -> tuple[Checked, ...]:
        """Gradients beside central differences; those of the first step, where the net learns.

        They are whole, without truncation and clipping: what these leave is not the slope of the loss.
        """
        _ = self.loss  # which tells whether there is one, and whether it is finite
        net = self.net if self.learning is None else self.learning.before
        objective = replace(self.objective, truncate=None)
        rng = np.random.default_rng(self.seed)
        arrays = {name: np.array(array, np.float64, order="C") for name, array in net.arrays().items()}
        if self.kinked:
            for array in arrays.values():
                array += JITTER * rng.standard_normal(array.shape)
        net = net.with_arrays(arrays)
        value, gradients = objective.measured(net)
        slopes = gradients().weights

        def loss() -> float:
            return objective.measured(net)[0]

        found = []
        for name, path in keras_paths(net).items():
            *layers, what = (part for part in path.split("/") if not part.endswith("_cell"))
            slope = slopes[name]
            found.append(check_array(layers[-1], what, arrays[name], slope, loss, rng=rng, value=value))
        return tuple(found)

    @property
    def kinked(self) -> str:
        """The activation that has a kink where a state may stand, most often at 0; empty without one."""
        cells = [cell for layer in self.layers for cell in layer.cells]
        names = {name.partition(":")[0] for cell in cells for name in (cell.activation, cell.gate_activation)}
        return min(names & {"relu", "leaky-relu", "selu", "hard-sigmoid", "hard-tanh"}, default="")

    def _gradients(self, truncate: int | None) -> NetGradients:
        return net_gradients(
            self.layers,
            self.readout,
            self.steps,
            self.loss,
            truncate=truncate,
            final=self.final,
            two_biases=self.two_biases,
        )

    @cached_property
    def kept(self) -> tuple[str, Array] | None:
        """The gate of the top cell that keeps a share of its old state, and its mean product by distance."""
        gate = keeping_gate(self.top, self.top_steps)
        if gate is None or gate[1].min() < 0 or gate[1].max() > 1:
            return None  # what is no share of the old state keeps none
        return gate[0], kept_by_distance(gate[1][self.window])

    @cached_property
    def reach(self) -> Array:
        """How much of the gradient at a state is left d steps before it, by distance d."""
        return gradient_reach(self.paths.states)

    def _stretches(self) -> str:
        radius = spectral_radius(self.top) if self.top.kind == "simple" else None
        return f"; the recurrent matrix stretches by {number(radius, 3)} a step" if radius else ""

    def _tries(self, otherwise: str) -> str:
        """What to try against numbers that explode; learning is the first that may have done it."""
        return otherwise if self.learning is None else "--clip 1, or a smaller --step"

    def _check(self, values: Array, what: str) -> None:
        t = first_not_finite(values)
        if t is not None:
            flat = all(cell.activation == "tanh" for layer in self.layers for cell in layer.cells)
            tries = ["--activation tanh"] * (not flat) + ["--standardize"] * self.sequence.can_standardize
            small = f"{''.join(f'{one}, ' for one in tries)}{'or ' * bool(tries)}smaller weights"
            raise DlcliError(
                f"{what} explode: they are not finite from step {t} on{self._stretches()}; "
                f"try {self._tries(small)}"
            )


@dataclass(frozen=True)
class Comparison:
    """Nets with different cells over the same sequence."""

    works: tuple[Work, ...]

    @cached_property
    def times(self) -> tuple[Timing, ...]:
        """How long each net takes for the whole sequence, forwards, measured now."""
        return in_turns([partial(run_stack, work.sequence.data, work.layers) for work in self.works])


@dataclass(frozen=True)
class LatchWork:
    """A latch over a sequence of signals."""

    input: Tensor
    output: Tensor
    steps: LatchSteps
    line: Line

    @property
    def lstm(self) -> Steps:
        """An LSTM whose gates do the same, on the same signals."""
        x = np.stack([self.steps.enable, self.steps.data], axis=-1)
        return lstm(x, latching_lstm(SHARPNESS))
