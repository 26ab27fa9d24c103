"""Weights as Keras has them: kernel, recurrent_kernel, bias, under the path of their layer."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.recurrent.bidirectional import Layer
from dlcli.engines.recurrent.cell import Cell
from dlcli.engines.recurrent.layouts.names import Block, by_owner, in_order
from dlcli.engines.recurrent.net import RecurrentNet, StoredFacts, cell_of

PARTS = ("kernel", "recurrent_kernel", "bias", "skip_kernel")

#: The part of a path that says which direction of a Bidirectional layer a weight belongs to.
DIRECTION = re.compile(r"(^|[/.])(forward|backward)(?=_|[/.]|$)")
BOTH = "both"  # what stands for it in the name of the layer

#: What Keras calls the layer of a cell; leaky units are ours.
LAYERS = {"simple": "simple_rnn", "leaky": "leaky", "lstm": "lstm", "gru": "gru"}


def is_keras(names: Mapping[str, Array]) -> bool:
    """Whether something among the names is a recurrent kernel, or a kernel that leaky units could have."""
    owners = by_owner(names, PARTS)
    return any("recurrent_kernel" in parts for parts in owners.values()) or any(map(_is_leaky, owners))


def read_keras(arrays: Mapping[str, Array], facts: StoredFacts) -> list[Block]:
    """The recurrent layers by their paths, such as ``gru_1/gru_cell/kernel``.

    A GRU whose bias has two rows resets after the product (``reset_after``), one with a single row before it.
    Raises ``EngineError`` for a recurrent kernel without a kernel, and for a direction without the other.
    """
    cells: dict[str, dict[str, tuple[str, Cell]]] = {}
    used: dict[str, set[str]] = {}
    for owner, names in by_owner(arrays, PARTS).items():
        if "recurrent_kernel" not in names and not _is_leaky(owner):
            continue
        if "kernel" not in names:
            raise EngineError(f"{names['recurrent_kernel']}: beside it there is no kernel")
        parts = {what: arrays[name] for what, name in names.items()}
        where = names.get("recurrent_kernel", names["kernel"])
        cell = cell_of(
            parts["kernel"], parts.get("recurrent_kernel"), parts.get("bias"), facts,
            skip_kernel=parts.get("skip_kernel"), where=where,
        )  # fmt: skip
        found = DIRECTION.search(owner)
        layer = DIRECTION.sub(rf"\1{BOTH}", owner) if found else owner
        cells.setdefault(layer, {})[found[2] if found else "forward"] = where, cell
        used.setdefault(layer, set()).update(names.values())
    return in_order([_block(layer, both, used[layer], facts) for layer, both in cells.items()])


def _block(layer: str, both: Mapping[str, tuple[str, Cell]], used: set[str], facts: StoredFacts) -> Block:
    if "forward" not in both or (BOTH in layer and "backward" not in both):
        (name, _), *_ = both.values()
        raise EngineError(f"{name}: of this layer one direction is missing; it has forward and backward")
    backward = both["backward"][1] if "backward" in both else None
    return Block(layer, (Layer(both["forward"][1], backward, facts.merge or "concat"),), frozenset(used))


def _is_leaky(owner: str) -> bool:
    return any(part.startswith("leaky") for part in re.split(r"[/._]", owner))


def write_keras(net: RecurrentNet) -> dict[str, Array]:
    """The weights of a net by the paths that Keras would give them, layer by layer.

    What Keras has no layer for, leaky units and skip connections, stands where it would.
    """
    arrays = net.arrays()
    return {path: arrays[name] for name, path in keras_paths(net).items()}


def keras_paths(net: RecurrentNet) -> dict[str, str]:
    """The names of ``RecurrentNet.arrays`` -> the paths that Keras would give them.

    >>> import numpy as np
    >>> from dlcli.engines.recurrent.seeded_layers import seeded_layers
    >>> net = RecurrentNet(seeded_layers("gru", 3, np.random.default_rng(0), layers=2))
    >>> keras_paths(net)["1/0/recurrent_kernel"]
    'gru_1/gru_cell/recurrent_kernel'
    """
    found: dict[str, str] = {}
    counts: dict[str, int] = {}

    def numbered(name: str) -> str:
        number = counts.get(name, 0)
        counts[name] = number + 1
        return f"{name}_{number}" if number else name

    for place, layer in enumerate(net.layers):
        kind = LAYERS[layer.forward.kind]
        path = numbered(kind)
        inner = [""]
        if layer.backward is not None:
            inner = [f"{direction}_{path}/" for direction in ("forward", "backward")]
            path = numbered("bidirectional")
        for direction, (words, cell) in enumerate(zip(inner, layer.cells, strict=True)):
            head, weights = f"{path}/{words}{kind}_cell", cell.arrays()
            found |= {f"{place}/{direction}/{what}": f"{head}/{what}" for what in PARTS if what in weights}
    if net.readout is not None:
        found |= {f"output/{what}": f"dense/{what}" for what in ("kernel", "bias")}
    return found
