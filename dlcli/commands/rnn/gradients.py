"""What one net should have done with a sequence, and the gradient of the difference, path by path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from dlcli.commands.rnn.forward import ForwardRun
from dlcli.commands.rnn.options import Options
from dlcli.commands.rnn.targets import Targets
from dlcli.engines.recurrent.cell import Cell
from dlcli.engines.recurrent.clip import clip_by_norm, global_norm
from dlcli.engines.recurrent.gradient_paths import MOST_STEPS, Paths, gradient_paths, gradient_reach
from dlcli.engines.recurrent.memory import first_not_finite, keeping_gate, kept_by_distance
from dlcli.engines.recurrent.sequence_loss import Loss
from dlcli.engines.recurrent.stacked import StackGradients, stack_gradients
from dlcli.engines.recurrent.truncated import truncated_gradients
from dlcli.errors import DlcliError
from dlcli.tensor import Array

#: The matrices of a cell by their letters in formulas.
WEIGHTS = {"U": "recurrent_kernel", "W": "kernel", "S": "skip_kernel"}


def weight_named(letter: str, cell: Cell) -> str:
    """The name of the weight with this letter. Raises ``DlcliError`` where the cell does not have it."""
    has = cell.arrays()
    if WEIGHTS[letter] not in has:
        told = ", ".join(one for one, name in WEIGHTS.items() if name in has)
        raise DlcliError(f"a cell '{cell.kind}' like this has no {letter}; it has {told}")
    return WEIGHTS[letter]


@dataclass(frozen=True, eq=False)
class NetRun(ForwardRun):
    """A run and its way back; ``target`` makes the targets, or says why there are none.

    ``options`` are those that were typed, ``cell`` the word for the one cell of this run.
    """

    target: Callable[[], Targets] = field(kw_only=True)
    options: Options = field(kw_only=True)
    cell: str = field(kw_only=True)
    wants_gradients: bool = False
    truncate: int | None = None
    clip: float | None = None
    paths_of: str | None = None

    @cached_property
    def targets(self) -> Targets:
        """What the outputs are compared with."""
        return self.target()

    @property
    def has_targets(self) -> bool:
        """Whether there is something to compare the outputs with: nothing comes after a last step."""
        try:
            return self.targets is not None
        except DlcliError:
            return False

    @property
    def targets_wanted(self) -> bool:
        """Whether nothing comes after the step whose output counts, so that it has no target by itself."""
        return self.last_only or len(self.sequence.data) < 2

    @cached_property
    def loss(self) -> Loss:
        """The loss at each step. Raises ``DlcliError`` where it explodes."""
        with np.errstate(over="ignore", invalid="ignore"):
            found = self.targets(self.outputs)
        t = first_not_finite(found.steps[:, None])
        if t is not None:
            raise DlcliError(
                f"the losses explode: they are not finite from step {t} on; try smaller targets, "
                "--standardize, or smaller weights"
            )
        return found

    @cached_property
    def dstates(self) -> Array:
        """What the loss of each step says of the state of that step, (time, width)."""
        return self.loss.doutputs @ self.readout.kernel.T.astype(self.loss.doutputs.dtype)

    @cached_property
    def gradients(self) -> StackGradients:
        """All gradients, without truncation."""
        return stack_gradients(self.layers, self.steps, self.dstates)

    @property
    def weight(self) -> str:
        """The weight whose paths are told apart: what joins the steps, unless another is asked for."""
        if self.paths_of is None:
            return "recurrent_kernel" if "recurrent_kernel" in self.top.arrays() else "kernel"
        return weight_named(self.paths_of, self.top)

    @property
    def window(self) -> slice:
        """The steps whose paths are told apart: the last ones of a long sequence."""
        length = len(self.sequence.data)
        return slice(max(0, length - MOST_STEPS), length)

    @cached_property
    def paths(self) -> Paths:
        """The gradient of that weight of the highest layer, by its paths within the window."""
        return self._paths_of(None)

    @cached_property
    def short_paths(self) -> Paths:
        """The same, truncated when that was asked for."""
        return self.paths if self.truncate is None else self._paths_of(self.truncate)

    def _paths_of(self, truncate: int | None) -> Paths:
        steps = self.steps.piece(self.window.start, self.window.stop)
        return gradient_paths(
            self.layers, steps, self.dstates[self.window], weight=self.weight, truncate=truncate
        )

    @cached_property
    def short_gradients(self) -> StackGradients:
        """All gradients, truncated when that was asked for. Raises ``DlcliError`` where they explode."""
        with np.errstate(over="ignore", invalid="ignore"):
            if self.truncate is None:
                found = self.gradients
            else:
                found = truncated_gradients(self.layers, self.steps, self.dstates, self.truncate)
            sizes = np.linalg.norm(found.deltas[-1].forward.hidden, axis=-1)
        # Their way leads back: the last step that is not finite is the first that they came to.
        if (t := first_not_finite(sizes[::-1, None])) is not None:
            grows = f"; the recurrent matrix stretches by {self.radius:.3g} a step" if self.radius else ""
            raise DlcliError(
                f"the gradients explode: from step {len(sizes) - 1 - t} back they are not finite{grows}; "
                "try --truncate, a shorter sequence, or smaller weights"
            )
        return found

    @property
    def learnt(self) -> dict[str, Array]:
        """The gradient of every weight, the output layer's too, truncated but not clipped."""
        states, doutputs = self.steps.outputs, self.loss.doutputs
        found = {
            f"{n} {d} {name}": gradient
            for n, directions in enumerate(self.short_gradients.weights)
            for d, weights in enumerate(directions)
            for name, gradient in weights.items()
        }
        return found | {"output kernel": states.T @ doutputs, "output bias": doutputs.sum(axis=0)}

    @cached_property
    def norm(self) -> float:
        """The norm of all of them together, which is what clipping bounds."""
        return global_norm(self.learnt)

    @property
    def whole_gradient(self) -> Array:
        """dL/dW of that weight, nothing left out."""
        return self.gradients.weights[-1][0][self.weight]

    @property
    def short_gradient(self) -> Array:
        """The same, truncated when that was asked for."""
        return self.short_gradients.weights[-1][0][self.weight]

    @property
    def weight_gradient(self) -> Array:
        """The same, and clipped together with all others when that was asked for."""
        name = f"{len(self.layers) - 1} 0 {self.weight}"
        return (self.learnt if self.clip is None else clip_by_norm(self.learnt, self.clip))[name]

    @cached_property
    def kept(self) -> tuple[str, Array] | None:
        """Its keeping gate, and the mean product of it by distance."""
        found = keeping_gate(self.top, self.top_steps)
        return None if found is None else (found[0], kept_by_distance(found[1][self.window]))

    @cached_property
    def reach(self) -> Array:
        """How much of the gradient at a state is left d steps before it, by distance d."""
        return gradient_reach(self.paths.states)

    def hidden(self) -> Array:
        """dL/dh[t] of the highest layer, forwards; truncated, what the near losses say."""
        return self.short_gradients.deltas[-1].forward.hidden

    @property
    def hidden_norms(self) -> Array:
        """‖dL/dh[t]‖ at every step."""
        return np.asarray(np.linalg.norm(self.hidden(), axis=-1))
