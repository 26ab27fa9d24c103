"""Weights as PyTorch's state dicts have them: outputs in rows, two biases, the reset gate first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.recurrent.bidirectional import Layer
from dlcli.engines.recurrent.cell import Cell
from dlcli.engines.recurrent.cell_activations import SIGMOID
from dlcli.engines.recurrent.gru import GRUCell
from dlcli.engines.recurrent.layouts.names import Block, by_rows, cell_by_rows, in_order, split
from dlcli.engines.recurrent.net import RecurrentNet, StoredFacts

NAME = re.compile(r"(weight|bias)_(ih|hh)(?:_l(\d+))?(_reverse)?")

#: Which of PyTorch's blocks each of Keras' is, by how many there are: r z n, and i f g o as in Keras.
ORDER = {1: (0,), 3: (1, 0, 2), 4: (0, 1, 2, 3)}

#: The activations that each cell can have, the one first that it has unless it is said.
ACTIVATIONS = {"simple": ("tanh", "relu"), "lstm": ("tanh",), "gru": ("tanh",)}

Parts = dict[tuple[str, str], str]


def is_torch(names: Mapping[str, Array]) -> bool:
    """Whether one of the names is PyTorch's for what meets the input of a recurrent layer."""
    return any((found := NAME.fullmatch(split(name)[1])) and found[1] == "weight" for name in names)


def read_torch(arrays: Mapping[str, Array], facts: StoredFacts) -> list[Block]:
    """The layers of every recurrent module in a state dict.

    Both biases of a GRU are kept, as the reset gate stands between them, also where there are none; of other
    cells they are added up.
    The activations of an LSTM and of a GRU are tanh and sigmoid, whatever ``facts`` have.
    Raises ``EngineError`` for weights without their partner, a layer that is missing, projections, and an
    activation that a simple cell cannot have.
    """
    facts = replace(facts, reset_after=True, recurrent_activation=None)
    modules: dict[str, dict[tuple[int, bool], Parts]] = {}
    for name in arrays:
        owner, what = split(name)
        if what.startswith("weight_hr"):
            raise EngineError(f"{name}: an LSTM whose state is projected (proj_size) is not known here")
        if found := NAME.fullmatch(what):
            place = int(found[3] or 0), bool(found[4])
            modules.setdefault(owner, {}).setdefault(place, {})[found[1], found[2]] = name
    return in_order([_block(owner, places, arrays, facts) for owner, places in modules.items()])


def _block(
    owner: str, places: Mapping[tuple[int, bool], Parts], arrays: Mapping[str, Array], facts: StoredFacts
) -> Block:
    count = max(layer for layer, _ in places) + 1
    both = any(reverse for _, reverse in places)
    head = f"{owner}." if owner else ""
    layers = []
    for i in range(count):
        cells = []
        for reverse in (False, True)[: 1 + both]:
            suffix = f"_l{i}{'_reverse' * reverse}"
            if (i, reverse) not in places:
                raise EngineError(f"{head}weight_ih{suffix} is missing: other weights say that it is there")
            cells.append(_cell(places[i, reverse], arrays, facts, head, suffix))
        layers.append(Layer.of(cells))
    used = frozenset(name for parts in places.values() for name in parts.values())
    return Block(owner, tuple(layers), used)


def _cell(parts: Parts, arrays: Mapping[str, Array], facts: StoredFacts, head: str, suffix: str) -> Cell:
    for which in ("ih", "hh"):
        if ("weight", which) not in parts:
            raise EngineError(f"{head}weight_{which}{suffix} is missing: a cell has weight_ih and weight_hh")
    if len(parts) == 3:
        raise EngineError(f"{head}bias_ih{suffix} and bias_hh{suffix} belong together; one is missing")
    name = parts["weight", "ih"]
    w, u = (arrays[parts["weight", which]] for which in ("ih", "hh"))
    biases = [arrays[parts["bias", which]] for which in ("ih", "hh")] if len(parts) == 4 else []
    columns = w.T.shape[-1:]
    if any(bias.shape != columns for bias in biases):
        raise EngineError(
            f"{name}: its biases have shape {columns}; received {biases[0].shape} and {biases[1].shape}"
        )
    cell = cell_by_rows(w, u, biases, facts, ORDER, apart=True, where=name)
    if len(ACTIVATIONS[cell.kind]) == 1:
        return replace(cell, activation=ACTIVATIONS[cell.kind][0])
    _check_activation(cell)
    return cell


def write_torch(net: RecurrentNet) -> dict[str, Array]:
    """The state dict of a net whose recurrent module is called ``rnn`` and whose output layer ``fc``.

    Raises ``EngineError`` for what PyTorch's recurrent modules cannot be.
    """
    first = net.layers[0]
    found: dict[str, Array] = {}
    for i, layer in enumerate(net.layers):
        if (type(layer.forward), layer.forward.units, layer.backward is None) != (
            type(first.forward), first.forward.units, first.backward is None
        ):  # fmt: skip
            raise EngineError("PyTorch's layers of one module are alike: cell, units and directions")
        if layer.backward is not None and layer.merge != "concat":
            raise EngineError(f"PyTorch only concatenates both directions; this net merges by {layer.merge}")
        for reverse, cell in enumerate(layer.cells):
            found |= {f"rnn.{name}_l{i}{'_reverse' * reverse}": a for name, a in _arrays(cell).items()}
    if net.readout is not None:
        found |= {"fc.weight": net.readout.kernel.T, "fc.bias": net.readout.bias}
    return found


def _arrays(cell: Cell) -> dict[str, Array]:
    w, u, biases = by_rows(cell, "PyTorch", ORDER)
    if isinstance(cell, GRUCell) and not cell.reset_after:
        raise EngineError(
            "a GRU of PyTorch resets after the product with the recurrent kernel, this one before it: "
            "they are different cells; try layout=keras or onnx"
        )
    _check_activation(cell)
    return {"weight_ih": w, "weight_hh": u, **dict(zip(("bias_ih", "bias_hh"), biases, strict=False))}


def _check_activation(cell: Cell) -> None:
    allowed = ACTIVATIONS[cell.kind]
    if cell.activation not in allowed:
        raise EngineError(
            f"a cell '{cell.kind}' of PyTorch knows {' and '.join(allowed)}, no activation {cell.activation}"
        )
    if cell.gate_activation != SIGMOID:
        raise EngineError(f"the gates of PyTorch are sigmoid; received {cell.gate_activation}")
