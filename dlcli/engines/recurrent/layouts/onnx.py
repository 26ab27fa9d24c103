"""Weights as ONNX' operators RNN, LSTM and GRU take them: W, R and B, both directions in one array."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.recurrent.bidirectional import Layer
from dlcli.engines.recurrent.cell import Cell
from dlcli.engines.recurrent.gru import GRUCell
from dlcli.engines.recurrent.layouts.names import Block, by_owner, by_rows, cell_by_rows, in_order
from dlcli.engines.recurrent.net import RecurrentNet, StoredFacts

PARTS = ("W", "R", "B", "P", "linear_before_reset")

#: Which of ONNX' blocks each of Keras' is, by how many there are: z r h as in Keras, and i o f c.
ORDER = {1: (0,), 3: (0, 1, 2), 4: (0, 2, 3, 1)}


def is_onnx(names: Mapping[str, Array]) -> bool:
    """Whether there is an R (directions, gates·unit, unit)."""
    return any("R" in found and names[found["R"]].ndim == 3 for found in by_owner(names, PARTS).values())


def read_onnx(arrays: Mapping[str, Array], facts: StoredFacts) -> list[Block]:
    """The layer of every operator, by what stands before ``W`` and ``R`` in their names.

    B has the bias beside the input and then that beside the state. They are added up, but for a GRU with
    ``linear_before_reset``: a number of that name beside the weights, or what ``facts`` say. Without either a
    GRU resets before the product, as ONNX has it.

    Raises ``EngineError`` for shapes that contradict each other, and for peepholes.
    """
    blocks = []
    for owner, names in by_owner(arrays, PARTS).items():
        if "P" in names:
            raise EngineError(f"{names['P']}: an LSTM with peepholes is not known here")
        if not {"W", "R"} <= set(names):
            continue
        w, r = arrays[names["W"]], arrays[names["R"]]
        b = arrays[names["B"]] if "B" in names else None
        if w.ndim != 3 or r.ndim != 3 or w.shape[:2] != r.shape[:2] or w.shape[0] not in (1, 2):
            raise EngineError(
                f"{names['W']} is (directions, gates·unit, feature) and {names['R']} "
                f"(directions, gates·unit, unit), directions being 1 or 2; received {w.shape} and {r.shape}"
            )
        if b is not None and b.shape != (w.shape[0], 2 * w.shape[1]):
            raise EngineError(f"{names['B']} has shape {(w.shape[0], 2 * w.shape[1])}; received {b.shape}")
        after = bool(facts.reset_after)
        if "linear_before_reset" in names:
            after = bool(np.any(arrays[names["linear_before_reset"]]))
        known = replace(facts, reset_after=after)
        pairs: list[Sequence[Array]] = [()] * len(w) if b is None else list(b.reshape(len(b), 2, -1))
        cells = [
            cell_by_rows(one, other, pair, known, ORDER, apart=after, where=names["R"])
            for one, other, pair in zip(w, r, pairs, strict=True)
        ]
        blocks.append(Block(owner, (Layer.of(cells),), frozenset(names.values())))
    return in_order(blocks)


def write_onnx(net: RecurrentNet) -> dict[str, Array]:
    """W, R and B of every layer, ``layer_0.W`` and so on where there are several; the output layer as ``fc``.

    Beside those of a GRU stands ``linear_before_reset``, the operator's attribute, as a number.
    Raises ``EngineError`` for what ONNX has no operator for.
    """
    found: dict[str, Array] = {}
    for i, layer in enumerate(net.layers):
        if layer.backward is not None and layer.merge != "concat":
            raise EngineError(f"ONNX keeps both directions side by side; this net merges by {layer.merge}")
        head = f"layer_{i}." if len(net.layers) > 1 else ""
        parts = [_arrays(cell) for cell in layer.cells]
        found |= {head + what: np.stack([part[what] for part in parts]) for what in parts[0]}
        if isinstance(layer.forward, GRUCell):
            found[f"{head}linear_before_reset"] = np.array(int(layer.forward.reset_after))
    if net.readout is not None:
        found |= {"fc.weight": net.readout.kernel.T, "fc.bias": net.readout.bias}
    return found


def _arrays(cell: Cell) -> dict[str, Array]:
    w, r, biases = by_rows(cell, "ONNX", ORDER)
    return {"W": w, "R": r} | ({"B": np.concatenate(biases)} if biases else {})
