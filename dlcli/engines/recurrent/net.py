"""A whole recurrent net, and the facts about it that its arrays of weights do not hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.recurrent.bidirectional import MERGES, Layer
from dlcli.engines.recurrent.cell import Cell, Skip
from dlcli.engines.recurrent.cell_activations import SIGMOID, is_cell_activation
from dlcli.engines.recurrent.gru import GRUCell
from dlcli.engines.recurrent.leaky import LeakyCell
from dlcli.engines.recurrent.lstm import LSTMCell
from dlcli.engines.recurrent.sequence_loss import Readout
from dlcli.engines.recurrent.simple_rnn import SimpleRNNCell

#: How many blocks of columns the weights of a cell have -> which cell it is.
BLOCKS: dict[int, type[SimpleRNNCell | GRUCell | LSTMCell]] = {1: SimpleRNNCell, 3: GRUCell, 4: LSTMCell}

#: How much of its old value a leaky unit keeps unless it is said.
ALPHA = 0.9


@dataclass(frozen=True)
class RecurrentNet:
    """Layers over each other, the lowest first, and the output layer above them, if there is one."""

    layers: tuple[Layer, ...]
    readout: Readout | None = None

    @property
    def features(self) -> int:
        """Numbers that each step receives."""
        return self.layers[0].forward.features

    def arrays(self) -> dict[str, Array]:
        """All weights, by the names that ``NetGradients.weights`` gives their gradients.

        >>> layer, readout = Layer(LeakyCell(np.eye(2), alpha=0.5)), Readout(np.ones((2, 1)), np.zeros(1))
        >>> list(RecurrentNet((layer,), readout).arrays())
        ['0/0/kernel', 'output/kernel', 'output/bias']
        """
        found = {
            f"{place}/{direction}/{name}": array
            for place, layer in enumerate(self.layers)
            for direction, cell in enumerate(layer.cells)
            for name, array in cell.arrays().items()
        }
        if self.readout is not None:
            found |= {"output/kernel": self.readout.kernel, "output/bias": self.readout.bias}
        return found

    def with_arrays(self, arrays: Mapping[str, Array]) -> RecurrentNet:
        """The same net with other numbers: an array for each of ``arrays``; more of them are not heeded."""
        layers = []
        for place, layer in enumerate(self.layers):
            heads = (f"{place}/{direction}/" for direction in range(len(layer.cells)))
            cells = [
                cell.with_arrays({name: arrays[head + name] for name in cell.arrays()})
                for head, cell in zip(heads, layer.cells, strict=True)
            ]
            layers.append(Layer.of(cells, layer.merge))
        readout = self.readout
        if readout is not None:
            readout = replace(readout, kernel=arrays["output/kernel"], bias=arrays["output/bias"])
        return RecurrentNet(tuple(layers), readout)

    def check(self) -> None:
        """Raise ``EngineError`` where a cell contradicts itself or does not fit the layer below it."""
        for place, layer in enumerate(self.layers):
            for cell in layer.cells:
                cell.check()
                below = self.layers[place - 1].width if place else self.features
                if cell.features != below:
                    raise EngineError(
                        f"layer {place} reads {cell.features} numbers a step; "
                        f"{f'layer {place - 1} gives' if place else 'its other direction reads'} {below}"
                    )
        width = self.layers[-1].width
        if self.readout is None:
            return
        kernel, bias = self.readout.kernel, self.readout.bias
        if kernel.ndim != 2 or kernel.shape[0] != width or bias.shape != kernel.shape[1:]:
            raise EngineError(
                f"the output layer above {width} units has a kernel ({width}, output) and a bias (output,); "
                f"received {kernel.shape} and {bias.shape}"
            )


@dataclass(frozen=True)
class StoredFacts:
    """What must be known beside the weights of a net: None where nobody says it, and a convention decides.

    Then ``alpha`` is 0.9, ``skip`` 1 and ``merge`` concat; ``activation`` is that of the cell unless it is
    told another, ``recurrent_activation`` σ, and ``reset_after`` that of a layout.
    """

    activation: str | None = None
    recurrent_activation: str | None = None
    alpha: float | None = None
    skip: int | None = None
    reset_after: bool | None = None
    merge: str | None = None

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        """Read the facts that are stored in a file; a value that cannot be is left out.

        >>> StoredFacts.of({"activation": "relu", "merge": "nonsense", "source": "x.npz"}).facts()
        {'activation': 'relu'}
        """
        possible: dict[str, Callable[[Any], bool]] = {
            "activation": is_cell_activation,
            "recurrent_activation": is_cell_activation,
            "alpha": lambda x: isinstance(x, int | float) and 0 <= x <= 1,
            "skip": lambda x: isinstance(x, int) and x >= 1,
            "reset_after": lambda x: isinstance(x, bool),
            "merge": lambda x: x in MERGES,
        }
        return cls(
            **{name: facts[name] for name, can in possible.items() if name in facts and can(facts[name])}
        )

    @classmethod
    def by(cls, net: RecurrentNet) -> Self:
        """What would have to be stored beside the weights of a net."""
        first = net.layers[0]
        cells = [cell for layer in net.layers for cell in layer.cells]
        resets = [cell.reset_after for cell in cells if isinstance(cell, GRUCell)]
        alphas = [cell.alpha for cell in cells if isinstance(cell, LeakyCell)]
        skips = [cell.skip.steps for cell in cells if cell.skip]
        gated = [cell.gate_activation for cell in cells if isinstance(cell, GRUCell | LSTMCell)]
        merges = [layer.merge for layer in net.layers if layer.backward]
        return cls(
            activation=first.forward.activation,
            recurrent_activation=gated[0] if gated and gated[0] != SIGMOID else None,
            alpha=alphas[0] if alphas else None,
            skip=skips[0] if skips else None,
            reset_after=resets[0] if resets else None,
            merge=merges[0] if merges else None,
        )

    def facts(self) -> dict[str, str | int | float | bool]:
        """What has a value, by name."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}


def cell_of(
    kernel: Array,
    recurrent_kernel: Array | None,
    bias: Array | None,
    facts: StoredFacts,
    *,
    skip_kernel: Array | None = None,
    where: str = "the weights",
) -> Cell:
    """The cell that weights in Keras' layout belong to: how many blocks of columns they have tells which.

    >>> cell_of(np.zeros((3, 8)), np.zeros((2, 8)), None, StoredFacts()).kind
    'lstm'

    Raises ``EngineError`` when no cell has such shapes; ``where`` is what the message calls them.
    """
    own: dict[str, Any] = {} if facts.activation is None else {"activation": facts.activation}
    # Transposed arrays are slower to multiply with, and round differently.
    kernel = np.ascontiguousarray(kernel)
    bias = None if bias is None else np.ascontiguousarray(bias)
    skip = None if skip_kernel is None else Skip(skip_kernel, facts.skip or 1)
    if recurrent_kernel is None:
        return LeakyCell(kernel, bias, skip, alpha=ALPHA if facts.alpha is None else facts.alpha, **own)
    if kernel.ndim != 2 or recurrent_kernel.ndim != 2 or kernel.shape[1] != recurrent_kernel.shape[1]:
        raise EngineError(
            f"{where}: what meets the input and what meets the state are (feature, gates·unit) and "
            f"(unit, gates·unit); received {kernel.shape} and {recurrent_kernel.shape}"
        )
    recurrent_kernel = np.ascontiguousarray(recurrent_kernel)
    units, columns = recurrent_kernel.shape
    if not units or columns % units or columns // units not in BLOCKS:
        raise EngineError(
            f"{where}: {columns} columns for {units} units are no cell: a simple one has 1 block of columns, "
            "a GRU 3, an LSTM 4, each as wide as there are units"
        )
    made = BLOCKS[columns // units]
    if made is GRUCell:
        own["reset_after"] = bias.ndim == 2 if bias is not None else facts.reset_after is not False
    if made is not SimpleRNNCell and facts.recurrent_activation is not None:
        own["recurrent_activation"] = facts.recurrent_activation
    return made(kernel, bias, skip, recurrent_kernel=recurrent_kernel, **own)
