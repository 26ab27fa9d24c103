"""Weights of recurrent nets as Keras, PyTorch and ONNX lay them out: recognised, read, written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dlcli.engines.base.checks import Array, EngineError
from dlcli.engines.recurrent.bidirectional import Layer
from dlcli.engines.recurrent.cell import Cell
from dlcli.engines.recurrent.gru import GRUCell
from dlcli.engines.recurrent.layouts.keras import is_keras, read_keras, write_keras
from dlcli.engines.recurrent.layouts.names import Block, described, order_is_told, split
from dlcli.engines.recurrent.layouts.onnx import is_onnx, read_onnx, write_onnx
from dlcli.engines.recurrent.layouts.torch import is_torch, read_torch, write_torch
from dlcli.engines.recurrent.net import RecurrentNet, StoredFacts
from dlcli.engines.recurrent.sequence_loss import Readout


@dataclass(frozen=True)
class Layout:
    """One way to name and to arrange the weights of a net.

    ``title`` is whose it is, ``orders`` the gates of each cell in its order, ``product`` how inputs and
    weights meet, ``biases`` how many there are, in a GRU that resets after the product and in other cells.
    """

    title: str
    orders: Mapping[str, str]
    product: str
    biases: tuple[str, str]
    known: Callable[[Mapping[str, Array]], bool]
    read: Callable[[Mapping[str, Array], StoredFacts], list[Block]]
    write: Callable[[RecurrentNet], dict[str, Array]]


LAYOUTS: dict[str, Layout] = {
    "keras": Layout("Keras", {"lstm": "i f c o", "gru": "z r h"}, "x W, inputs in rows",
                    ("one, of two rows", "one"),
                    is_keras, read_keras, write_keras),
    "torch": Layout("PyTorch", {"lstm": "i f g o", "gru": "r z n"}, "W x, outputs in rows",
                    ("two, kept apart", "two, added up"),
                    is_torch, read_torch, write_torch),
    "onnx": Layout("ONNX", {"lstm": "i o f c", "gru": "z r h"}, "W x, outputs in rows, directions stacked",
                   ("two behind each other, kept apart", "two behind each other, added up"),
                   is_onnx, read_onnx, write_onnx),
}  # fmt: skip

#: What PyTorch and ONNX call the weights of a layer that is no recurrent one, and what Keras calls them.
DENSE = {"weight": True, "kernel": False}


@dataclass(frozen=True)
class LoadedNet:
    """What a file of weights held: the net, and whose layout it was in.

    ``embedded`` says that an embedding was multiplied into the first layer: the net reads one-hot tokens.
    ``untold`` are the ``StoredFacts`` that neither arrays nor names nor facts told, so that a convention has
    decided; ``order`` names the layers as they were taken, where nothing told that either.
    """

    net: RecurrentNet
    layout: str
    embedded: bool = False
    untold: tuple[str, ...] = ()
    order: tuple[str, ...] = ()


def read_net(arrays: Mapping[str, Array], facts: StoredFacts | None = None) -> LoadedNet:
    """The net that a file's arrays are the weights of, in whichever of ``LAYOUTS`` they are named.

    >>> weights = {"rnn.weight_ih_l0": np.zeros((8, 3)), "rnn.weight_hh_l0": np.zeros((8, 2))}
    >>> found = read_net(weights)
    >>> found.layout, found.net.layers[0].forward.kind, found.net.features
    ('torch', 'lstm', 3)

    Raises ``EngineError`` when the names are nobody's, when weights do not fit each other, and when there
    are some that a recurrent net has no place for.
    """
    layout, facts = layout_of(arrays), facts or StoredFacts()
    blocks = LAYOUTS[layout].read(arrays, facts)
    layers = tuple(layer for block in blocks for layer in block.layers)
    used = {name for block in blocks for name in block.used}
    rest = {name: array for name, array in arrays.items() if name not in used}
    embedding = next((name for name in rest if _embeds(name)), None)
    if embedding is not None:
        layers = (_embedded(layers[0], rest.pop(embedding), embedding), *layers[1:])
    net = RecurrentNet(layers, read_dense(rest) if rest else None)
    net.check()
    order = () if order_is_told(blocks) else tuple(block.name for block in blocks)
    return LoadedNet(net, layout, embedding is not None, _untold(blocks, net, layout, facts), order)


def _untold(blocks: Sequence[Block], net: RecurrentNet, layout: str, facts: StoredFacts) -> tuple[str, ...]:
    """The names of the facts that a net depends on and nobody has told."""
    cells = [cell for layer in net.layers for cell in layer.cells]
    depends = {
        "activation": any(cell.kind == "simple" for cell in cells),
        "alpha": any(cell.kind == "leaky" for cell in cells),
        "skip": any(cell.skip for cell in cells),
        "reset_after": any(not _tells_reset(block, layout) for block in blocks),
        "merge": layout == "keras" and net.layers[-1].backward is not None and net.readout is None,
    }
    return tuple(fact for fact, matters in depends.items() if matters and getattr(facts, fact) is None)


def _tells_reset(block: Block, layout: str) -> bool:
    """Whether names and shapes say where the reset gate of a GRU acts; of other cells nobody asks."""
    gates = [cell for layer in block.layers for cell in layer.cells if isinstance(cell, GRUCell)]
    if layout == "onnx":
        return not gates or any(split(name)[1] == "linear_before_reset" for name in block.used)
    return layout == "torch" or all(cell.bias is not None for cell in gates)


def layout_of(arrays: Mapping[str, Array]) -> str:
    """The name in ``LAYOUTS`` of the library that names weights so.

    >>> layout_of({"rnn.weight_ih_l0": np.zeros((4, 3)), "rnn.weight_hh_l0": np.zeros((4, 4))})
    'torch'

    Raises ``EngineError`` when no library does.
    """
    for name, layout in LAYOUTS.items():
        if layout.known(arrays):
            return name
    raise EngineError(
        "expected a recurrent net's weights, named as Keras (kernel, recurrent_kernel, bias), PyTorch "
        f"(weight_ih_l0, weight_hh_l0) or ONNX (W, R, B) name them; received {described(arrays)}"
    )


def write_net(net: RecurrentNet, layout: str) -> dict[str, Array]:
    """The weights of a net by the names and in the arrangement of a layout.

    What they do not hold (activation, merge, how leaky) is in ``StoredFacts.by(net).facts()``.

    >>> from dlcli.engines.recurrent.seeded_cells import seeded_cell
    >>> net = RecurrentNet((Layer(seeded_cell("lstm", 3, 2, np.random.default_rng(0))),))
    >>> {name: array.shape for name, array in write_net(net, "onnx").items()}
    {'W': (1, 8, 3), 'R': (1, 8, 2), 'B': (1, 16)}

    Raises ``EngineError`` for a net that the layout has no place for.
    """
    net.check()
    return {name: np.ascontiguousarray(array) for name, array in LAYOUTS[layout].write(net).items()}


def read_dense(arrays: Mapping[str, Array]) -> Readout:
    """The one output layer among weights. Raises ``EngineError`` when there is more than that, or less."""
    matrices = [name for name, a in arrays.items() if split(name)[1] in DENSE and a.ndim == 2]
    biases = [name for name in arrays if split(name)[1] == "bias"]
    if len(matrices) != 1 or len(arrays) != 1 + len(biases) or len(biases) > 1:
        raise EngineError(
            "beside its recurrent layers a net has one output layer at most, a kernel or weight and a bias; "
            f"received {described(arrays)}"
        )
    (name,) = matrices
    kernel = arrays[name].T if DENSE[split(name)[1]] else arrays[name]
    bias = arrays[biases[0]] if biases else np.zeros(kernel.shape[1], kernel.dtype)
    return Readout(kernel, bias)


def implied(layout: str, net: RecurrentNet) -> dict[str, str]:
    """In words, what the layout of some weights says of the net, by what it is about.

    >>> from dlcli.engines.recurrent.seeded_cells import seeded_cell
    >>> lstm = seeded_cell("lstm", 1, 1, np.random.default_rng(0))
    >>> implied("torch", RecurrentNet((Layer(lstm),)))
    {'layout': 'as PyTorch has it: W x, outputs in rows; gates i f g o', 'bias': 'two, added up'}

    Of a GRU it also says what the reset gate is multiplied with; of layers that differ, which does what.
    """
    convention = LAYOUTS[layout]
    cells = [layer.forward for layer in net.layers]
    gates = {cell.kind: convention.orders[cell.kind] for cell in cells if cell.kind in convention.orders}
    named = [f"{order} of {kind}" if len(gates) > 1 else order for kind, order in gates.items()]
    words = {"layout": f"as {convention.title} has it: {convention.product}"}
    if named:
        words["layout"] += f"; gates {', '.join(named)}"
    words["bias"] = _each(cells, lambda cell: _bias_words(cell, convention))
    if any(isinstance(cell, GRUCell) for cell in cells):
        words["reset"] = _each(cells, _reset_words)
    return words


def _bias_words(cell: Cell, convention: Layout) -> str:
    if cell.bias is None:
        return "none"
    return convention.biases[0 if isinstance(cell, GRUCell) and cell.reset_after else 1]


def _reset_words(cell: Cell) -> str:
    if not isinstance(cell, GRUCell):
        return ""
    if cell.reset_after:
        return "after the product: n = tanh(x W + b + r·(h U + b′))"
    return "before the product: n = tanh(x W + b + (r·h) U)"


def _each(cells: Sequence[Cell], words: Callable[[Cell], str]) -> str:
    """What is true of every layer that it applies to, or of which layers what."""
    said: dict[str, list[str]] = {}
    for place, cell in enumerate(cells):
        if text := words(cell):
            said.setdefault(text, []).append(str(place))
    if len(said) == 1:
        return next(iter(said))
    return "; ".join(f"{text} (layer {', '.join(places)})" for text, places in said.items())


def _embeds(name: str) -> bool:
    owner, what = split(name)
    last = split(owner.replace("/", "."))[1].lower()
    return what == "embeddings" or (what == "weight" and last.startswith("emb"))


def _embedded(layer: Layer, embedding: Array, name: str) -> Layer:
    """A layer that reads tokens one-hot: e E W is the same as e (E W)."""
    if embedding.ndim != 2 or embedding.shape[1] != layer.forward.features:
        raise EngineError(
            f"{name} is (token, {layer.forward.features}), for what the first layer reads; "
            f"received {embedding.shape}"
        )
    cells = [cell.with_arrays({"kernel": embedding @ cell.kernel}) for cell in layer.cells]
    return Layer.of(cells, layer.merge)
